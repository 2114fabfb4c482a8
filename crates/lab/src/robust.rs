//! Robust decisions: what each lever changes and may cost beside the best one, over all draws, and
//! under which assumptions something comes about.
//!
//! Lempert, Popper and Bankes, Shaping the Next One Hundred Years (RAND, 2003): outcomes (M),
//! levers (L) and what nobody knows (X) are kept apart; no outcome is weighed against another one,
//! and no future has a probability. All alternatives get the same draws, so that differences are
//! theirs.

pub mod comparison;
pub mod discovery;
pub mod levers;
pub mod outcomes;
pub mod tables;

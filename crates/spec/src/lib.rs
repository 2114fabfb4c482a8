//! A second evaluator of law packs, written for obviousness, and a generator of transactions.
//!
//! [`decide`] follows `docs/reference/deciding.md` step by step. It walks the packs as they were
//! written, for every question anew: it compiles nothing, remembers nothing and shares no
//! evaluation
//! code with `law`. It is slow, and only tests use it: random transactions from a [`Generator`]
//! must get the same answer from both. This crate does no I/O and reads no clock.

mod aim;
mod borders;
mod chain;
pub mod corpus;
mod decide;
mod force;
mod generate;
mod obligations;
mod policy;
mod quotas;
mod random;
mod sets;
mod transaction;
mod worlds;

pub use decide::{decide, holds};
pub use generate::{Coverage, Generator, coverage, describe};
pub use quotas::Carry;
pub use random::Random;

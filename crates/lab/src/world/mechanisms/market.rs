//! 15. Market value of NVIDIA.
//!
//! ```text
//! V(t) = (0.7 V(t-¼) + 0.3 · multiple · margin a year) exp(σ ε)
//! ```
//!
//! A year's margin is four times the quarter's revenue less cost, at least 5 percent of revenue;
//! what noise does fades by three tenths a quarter. Most steps come out insignificant against it,
//! as in the event study of `weir lab events`. What a share is worth besides is not modeled.

use super::supply;
use crate::math::exp;
use crate::world::state::World;

/// Sets the value.
pub fn step(world: &mut World<'_>) {
    let chip = world.flows.chip;
    let margin = 1.0 - supply::cost(world) / chip.price;
    let yearly = 4.0 * world.flows.nvidia_revenue * margin.max(world.p.margin_least);
    let noise = world.p.market_noise * world.chances.market[world.t];
    let fair = world.p.market_multiple * yearly;
    let before = if world.market_value > 0.0 { world.market_value } else { fair };
    let keep = world.p.market_keep;
    world.market_value = (keep * before + (1.0 - keep) * fair) * exp(noise);
}

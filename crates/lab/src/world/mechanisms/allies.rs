//! 13. Ally investment and overcapacity.
//!
//! ```text
//! K_allies: K(t+8) += response · (dearness - 1 + subsidy/10¹⁰) K        OC = max(0, 1 - N/K)
//! centers(t) = 0.97 centers(t-1) + 0.9 · wanted at list price
//! idle = max(0, 1 - installed/centers)
//! ```
//!
//! China's centers are built for what its companies want to buy in the quarter, in flagships at
//! list price; what they get fills them. Sources: eight to twelve quarters for a plant; idle shares
//! of new Chinese centers of up to 80 percent (MIT Technology Review, one report).

use super::supply;
use crate::world::state::World;

/// Orders capacity, and counts what stands idle.
pub fn step(world: &mut World<'_>) {
    let dear = supply::dearness(world) - 1.0;
    let subsidy = world.levers.ally_subsidy / world.p.ally_normal;
    let at = world.t + world.p.ally_quarters as usize;
    if at < world.ordered.len() {
        world.ordered[at] += world.p.ally_response * (dear + subsidy) * world.capacity;
    }
    let capacity = supply::usable(world);
    world.overcapacity = (1.0 - world.need / capacity).max(0.0);
    let expected = world.flows.chip.bought(world.flows.china_wanted).h100e;
    world.centers = world.centers * world.p.centers_keep + world.p.centers_built * expected;
    let installed: f64 = world.china.iter().map(|pool| pool.installed.h100e).sum();
    world.idle = if world.centers > 0.0 { (1.0 - installed / world.centers).max(0.0) } else { 0.0 };
}

//! 5. Licenses: what applications let through.
//!
//! ```text
//! waiting(t) = waiting(t-1) + asked(t);   decided = waiting · (1 - exp(-1/delay))
//! approved = decided · clamp(p + √(p (1-p)/20) ε),   at most ν · sales in the United States
//! ```
//!
//! p by the review policy of the packs: presumption of approval, case by case, presumption of
//! denial. Twenty applications a quarter stand behind the luck. Elsewhere than in China approvals
//! come at once; the queue and the volume cap are China's alone. The cap ν and the fee are levers,
//! after the rule of January 2026 (50 percent; 15 or 25 percent of revenue).

use crate::math::exp;
use crate::world::state::World;

/// What licenses for China let through in the quarter, USD, of what is asked for; `policy` is the
/// share that the review policy approves.
pub fn approved(world: &mut World<'_>, asked: f64, policy: f64, sales_at_home: f64) -> f64 {
    world.applications += asked;
    let decided = world.applications * (1.0 - exp(-1.0 / world.p.license_delay));
    world.applications -= decided;
    let approved = decided * chance(world, policy);
    approved.min(world.levers.volume_cap * sales_at_home)
}

/// The share that is approved, with its luck.
pub fn chance(world: &World<'_>, p: f64) -> f64 {
    let spread = libm::sqrt(p * (1.0 - p) / world.p.applications);
    (p + spread * world.chances.licenses[world.t]).clamp(0.0, 1.0)
}

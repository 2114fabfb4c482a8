//! 14. Retaliation: whether China answers a step with minerals.
//!
//! ```text
//! chance of beginning in a quarter = logistic(b0 + 3 step - 4 truce);  ends with a truce
//! ```
//!
//! The chance is of a quarter in which there is a step to which the answer is not known; what is
//! known is scripted by lever, and a ban by lever holds whatever happens.
//! While it lasts, a hundredth of capacity cannot be used: USGS puts the loss of a ban on gallium
//! and germanium at 3.4 billion dollars (1.7 to 9.0) of U.S. output, small against the market.

use crate::math::logistic;
use crate::world::state::World;

/// Begins or ends it.
pub fn step(world: &mut World<'_>) {
    let pressed = world.flows.unanswered > 0.0;
    let chance = if pressed {
        let (step, truce) = (world.p.retaliation_step, world.p.retaliation_truce);
        let sum = step * world.flows.unanswered - truce * world.levers.truce;
        logistic(world.p.retaliation + sum)
    } else {
        0.0
    };
    if world.levers.mineral_ban > 0.5 || world.chances.retaliation[world.t] < chance {
        world.retaliation = true;
    } else if world.levers.truce > 0.5 {
        world.retaliation = false;
    }
}

//! 1. Rules: what may be sold to whom is the answer of the law packs.
//!
//! No equation: the shares of the quarter in which a flagship is open, licensed, under a quota or
//! closed are those of [`Compiled::access`](crate::world::Compiled::access), asked of the same
//! packs as an order, on the 15th of each month; what nobody may approve is closed. A step of the
//! United States is an event of the scenario.
//!
//! Taken for granted: buyers are private companies with civil uses and nothing suspicious.

use crate::quarter::Quarter;
use crate::world::compiled::Access;
use crate::world::scenario::EventKind;
use crate::world::state::World;

/// Sets the size of the steps of the quarter, and begins the boom where an event says so.
pub fn step(world: &mut World<'_>) {
    let compiled = world.compiled;
    for event in &compiled.scenario.events {
        if Quarter::of(event.day) != Some(world.quarter()) {
            continue;
        }
        match event.kind {
            EventKind::Step { size, answered } => {
                world.flows.step = (world.flows.step + size).min(1.0);
                if !answered {
                    world.flows.unanswered = (world.flows.unanswered + size).min(1.0);
                }
            }
            EventKind::Boom => {
                // The quarter in which it begins grows for the share that is left.
                world.excess = world.p.boom * (1.0 - Quarter::share_gone(event.day));
                world.begun = true;
            }
        }
    }
}

/// How the flagships on sale get to a place, by their shares in what is sold.
pub fn access(world: &World<'_>, place: usize) -> Access {
    let mut whole = Access::default();
    for (flagship, share) in world.mix.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let one = world.compiled.access(world.t, flagship, place);
        whole.open += share * one.open;
        whole.presumed += share * one.presumed;
        whole.case += share * one.case;
        whole.allocation += share * one.allocation;
        whole.denial += share * one.denial;
    }
    whole
}

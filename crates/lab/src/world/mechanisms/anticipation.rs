//! 7. Anticipation: demand that is pulled forward before a step that is known.
//!
//! ```text
//! in the quarter before a step of 0.4 or more that is known then:   B_China × (1 + φ)
//! in every quarter after:   B_China - min(½ of what is not made up for yet, 0.8 B_China)
//! ```
//!
//! Sources: 54,000 H100e of the H20 in the first quarter of 2025, half above the quarters before;
//! Samsung's memory in December 2024 (natex; SemiAnalysis digest). Bounded by what capacity serves.

use crate::world::scenario::EventKind;
use crate::world::state::{World, in_quarters};

/// Moves demand of China between quarters.
pub fn step(world: &mut World<'_>) {
    let now = world.t as f64;
    let coming = world.compiled.scenario.events.iter().any(|event| {
        let day = in_quarters(event.day);
        let large = matches!(event.kind, EventKind::Step { size, .. } if size >= world.p.pull_step);
        large && day >= now + 1.0 && day < now + 2.0 && in_quarters(event.known) < now + 1.0
    });
    if coming {
        let pulled = world.p.pull_forward * world.flows.china_wanted;
        world.flows.china_wanted += pulled;
        world.hoard += pulled;
    } else if world.hoard > 0.0 {
        let most = world.p.pull_most * world.flows.china_wanted;
        let back = (world.p.pull_back * world.hoard).min(most);
        world.flows.china_wanted -= back;
        world.hoard -= back;
    }
}

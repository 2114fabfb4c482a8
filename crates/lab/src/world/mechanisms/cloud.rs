//! 9. Offshore cloud: compute that Chinese companies rent abroad.
//!
//! ```text
//! rented in addition ≤ κ · additions outside China and the United States · (1 - control)
//! rented(t) = rented(t-¼) · (1 - ½ control) + rented in addition
//! rental price = price of an H100's value, scarcity included, × 1.84 / (4 years · 8766 h · 0.6)
//! ```
//!
//! Sources: 700,000 H100e rented offshore at the end of 2025 (ai-2040, one estimate); rental prices
//! of an H100 of 7 to 12 USD (2023), 2.99, 1.70 and 2.35 (SemiAnalysis and others, digests).

use crate::world::state::World;

/// Hours of a year.
const HOURS: f64 = 8766.0;

/// Sets how much can be rented to China in addition, and the rental price.
pub fn step(world: &mut World<'_>) {
    let china = world.compiled.data.china;
    let abroad =
        world.places.iter().enumerate().filter(|(place, _)| *place != 0 && *place != china);
    let added: f64 = abroad.map(|(_, pool)| pool.added.h100e).sum();
    world.flows.renting_room = world.p.rent_share * added * (1.0 - world.levers.cloud_control);
    let hours = world.p.rent_years * HOURS * world.p.rent_use;
    world.rental = world.flows.chip.price_of_value() * world.p.beside / hours;
    if world.levers.cloud_control > 0.0 {
        // What is rented already ends with the contracts it stands on.
        world.rented.lose(world.p.rent_ends * world.levers.cloud_control);
    }
}

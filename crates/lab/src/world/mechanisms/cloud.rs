//! 9. Offshore: compute that Chinese companies buy and rent abroad.
//!
//! ```text
//! rented in addition ≤ κ · additions outside China and the United States · (1 - control)
//! rented(t) = rented(t-¼) · (1 - ½ control) + rented in addition
//! bought abroad ≤ part of what China wants · served · share that the law lets through there
//! rental price = price of an H100's value, scarcity included, × 1.84 / (4 years · 8766 h · 0.6)
//! ```
//!
//! What their companies abroad may buy is asked of the law with a parent in China: since October
//! 2023 that takes a license wherever the company stands. They buy as companies of the capped
//! places spread. Renting is no export, and only the lever closes it. How much of what China wants
//! its companies would buy abroad is assumed.
//!
//! Sources: 700,000 H100e rented offshore at the end of 2025 (ai-2040, one estimate); rental prices
//! of an H100 of 7 to 12 USD (2023), 2.99, 1.70 and 2.35 (SemiAnalysis and others, digests).

use super::licenses;
use crate::world::state::World;

/// Hours of a year.
const HOURS: f64 = 8766.0;

/// Sets how much can be rented to China in addition, and the rental price.
pub fn step(world: &mut World<'_>) {
    let china = world.compiled.data.china;
    let elsewhere =
        world.places.iter().enumerate().filter(|(place, _)| *place != 0 && *place != china);
    let added: f64 = elsewhere.map(|(_, pool)| pool.added.h100e).sum();
    world.flows.renting_room = world.p.rent_share * added * (1.0 - world.levers.cloud_control);
    let hours = world.p.rent_years * HOURS * world.p.rent_use;
    abroad(world);
    world.rental = world.flows.chip.price_of_value() * world.p.beside / hours;
    if world.levers.cloud_control > 0.0 {
        // What is rented already ends with the contracts it stands on.
        world.rented.lose(world.p.rent_ends * world.levers.cloud_control);
    }
}

/// Sets what the law lets Chinese companies buy in third countries, and where they would.
fn abroad(world: &mut World<'_>) {
    let compiled = world.compiled;
    let places = super::demand::abroad(world, false);
    let [presumed, case, denial] =
        [world.p.approve_presumed, world.p.approve_case, world.p.approve_denial]
            .map(|policy| licenses::chance(world, policy));
    let mut through = vec![0.0; places.len()];
    for (place, weight) in places.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
        for (flagship, share) in world.mix.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let access = compiled.abroad(world.t, flagship, place);
            let some = access.presumed * presumed + access.case * case + access.denial * denial;
            through[place] += weight * share * (access.open + some);
        }
    }
    let open: f64 = through.iter().sum();
    let most = world.p.abroad_most * world.flows.china_wanted * world.flows.served;
    world.flows.abroad_room = most * open;
    world.flows.abroad =
        through.iter().map(|it| if open > 0.0 { it / open } else { 0.0 }).collect();
}

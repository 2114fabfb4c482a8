//! 12. Revenue, research, frontier.
//!
//! ```text
//! R&D_US = share · revenue a year ago
//! R&D_CN = (0.2 · revenue a year ago + ¼ subsidy) · (1 + response · tool control)
//! speed(t+¼) = speed + ((1 - lost)^χ - speed) / 6
//! lost = (0.9 wanted by China - sold there) / (U.S. revenue + the same), 0 to 0.9
//! ```
//!
//! Sources: 14 of 77 billion dollars (ITIF 2025); a rise of 16.58 percent of research intensity the
//! year after a listing (Hu et al. 2024); χ is assumed. Speed is that of flagships after the first
//! quarter of 2026 against the list. It follows the share of revenue that is lost in China, and not
//! research as booked, so that a boom does not speed chips beyond the list, which holds its trend.

use crate::math::pow;
use crate::world::state::World;

/// Books the revenue of the quarter and what it pays for.
pub fn step(world: &mut World<'_>) {
    let chip = world.flows.chip;
    let outside: f64 = world.flows.spent.iter().sum();
    let moved = world.flows.smuggled.plus(chip.compute.times(world.flows.seized));
    let smuggled = chip.price * moved.chips;
    let china = world.flows.legal_usd.0 + world.flows.legal_usd.1;
    let share = nvidia_share(world);
    let abroad = world.flows.abroad_usd;
    world.flows.us_revenue = outside + china + smuggled + abroad;
    world.flows.nvidia_revenue = outside * share + china + smuggled + abroad;
    let mut nvidia = chip.bought(outside * share);
    nvidia.add(moved);
    nvidia.add(world.abroad.added);
    nvidia.add(world.china[0].added);
    world.flows.nvidia = nvidia;
    let revenue = (world.flows.us_revenue, world.flows.nvidia_revenue, world.flows.domestic_usd);
    world.revenues.push(revenue);
    let past = world.revenues.len().checked_sub(5).map_or(revenue, |at| world.revenues[at]);
    let listing = world.levers.tool_control;
    let china =
        world.p.china_research * past.2 + world.p.subsidy_research * world.levers.china_subsidy;
    world.research =
        (world.p.research_share * past.0, china * (1.0 + world.p.research_response * listing));
    // Sales that were wanted and not made, six quarters ago.
    let without = world.flows.china_wanted.max(1.0) * world.p.china_served
        - (world.flows.legal_usd.0 + world.flows.legal_usd.1 + abroad);
    let lost =
        (without / (world.flows.us_revenue + without.max(0.0))).clamp(0.0, world.p.lost_most);
    let target = pow(1.0 - lost, world.p.research_effect);
    world.speed += (target - world.speed) / world.p.speed_quarters;
}

/// NVIDIA's share of spending outside China: near one until others' chips came, then falling to the
/// parameter by the end of 2025.
pub fn nvidia_share(world: &World<'_>) -> f64 {
    let first = world.p.nvidia_first;
    let gone = world.years_since(world.p.nvidia_from) / world.p.nvidia_years;
    let gone = gone.clamp(0.0, world.p.nvidia_most);
    (first + (world.p.nvidia_share - first) * gone).clamp(world.p.nvidia_least, 1.0)
}

/// The best chip that each side has, TPP: of the United States on sale, of China as made.
pub fn frontier(world: &World<'_>) -> (f64, f64) {
    let newest = world.compiled.newest(world.quarter());
    let us = newest.map_or(0.0, |at| {
        world.compiled.data.flagships[at].spec.tpp * super::supply::faster(world, at)
    });
    let huawei = world.china[2].added;
    let china = if huawei.chips > 0.0 { 2.0 * huawei.tpp / huawei.chips } else { 0.0 };
    (us, china)
}

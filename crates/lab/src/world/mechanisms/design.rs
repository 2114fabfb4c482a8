//! 6. Threshold design response: what designers make for China when a flagship is closed to it.
//!
//! ```text
//! choose (TPP, DRAM, IO) among what is free:  max (price - cost) / dies, if it is above nothing
//! price = v · (price of a flagship's value) · (1 - discount),   v = H^a · DRAM^b · IO^c
//! cost = dies · (wafer / (gross(A) · exp(-A D)) + packaging) + DRAM · memory price · keep^years
//! ready = day published + τ,   τ = months/3 · exp(¼ ε)
//! ```
//!
//! What is free comes from the law packs alone ([`Compiled::choices`](crate::world::Compiled)): no
//! threshold, and no chip made for China, is written here. Margin is counted by die because
//! packaging of dies is what is scarce. A chip can carry as many stacks of the flagship's memory as
//! its dies have sites for. A flagship gets a chip for China when it is sold enough to be worth
//! one; how much of each is sold follows its share a quarter earlier, and one whose operations
//! differ is taken up in half the time that a generation takes.
//!
//! Sources: the A800 was announced within a month of its rule and the H20 three weeks after its own
//! (Epoch AI, hardware); costs of the H100 and the B200 by part (Silicon Analysts). The exponents
//! of the value are assumed.
//!
//! Enough is a tenth of sales; shares are the mean of this quarter's and the last one's. The day
//! published is the last one of the steps of the United States that are at most a quarter old;
//! where there is none, the beginning of the quarter. Chips in stock that may no longer be sold, or
//! that a successor replaces, are written off.

use crate::instruments::output::{die_yield, gross_dies};
use crate::math::{exp, pow};
use crate::world::compiled::Design;
use crate::world::scenario::EventKind;
use crate::world::state::{
    Composite, Compute, Licensed, Line, Offered, World, in_quarters, value_of,
};

use super::supply;

/// When the parameter of the price of memory holds.
const MEMORY_BASE: f64 = 2023.0;

/// Sets what may be sold to China without a license, and under one.
pub fn step(world: &mut World<'_>) {
    for flagship in 0..world.lines.len() {
        let before = world.lines[flagship].map(|line| line.design);
        decide(world, flagship);
        if before != world.lines[flagship].map(|line| line.design) {
            let stock = std::mem::take(&mut world.stock[flagship]);
            world.written_off[flagship].add(stock);
        }
    }
    let weight = |at: usize| 0.5 * (world.mix_before[at] + world.mix[at]);
    world.flows.reference = supply::composite(world, weight, 1.0).value;
    world.flows.for_china = offered(world);
    world.flows.licensed = licensed(world);
}

/// What chips for China are sold and made for in a quarter.
struct Market {
    /// The price of a unit of value of the flagships, USD.
    value: f64,
    /// The price of memory, USD for each GB/s.
    memory: f64,
}

impl Market {
    fn new(world: &World<'_>) -> Market {
        let p = &world.p;
        let memory = p.memory_price * pow(p.memory_keep, world.years_since(MEMORY_BASE).max(0.0));
        Market { value: price_of_value(world), memory }
    }

    /// What a designer earns with a chip for China, USD by die of its package.
    fn margin(&self, world: &World<'_>, design: &Design) -> f64 {
        let p = &world.p;
        let area = design.spec.die_area_mm2 / 100.0 / design.dies;
        let good = gross_dies(p.wafer_diameter, area) * die_yield(area, p.foundry_defects);
        let cost = design.dies * (p.wafer_price / good + p.package_price)
            + design.spec.dram_gbs * self.memory;
        let price = price_for_china(world, value_of(p, &design.spec), self.value);
        (price - cost) / design.dies
    }
}

/// The price of a unit of value of the flagships, USD.
fn price_of_value(world: &World<'_>) -> f64 {
    supply::composite(world, |at| world.mix[at], 1.0).price_of_value()
}

/// What a chip of a value fetches in China, where a unit of value has such a price, USD.
fn price_for_china(world: &World<'_>, value: f64, of_value: f64) -> f64 {
    value * of_value * (1.0 - world.p.variant_discount)
}

/// Lets a designer keep, drop or begin a chip for China.
fn decide(world: &mut World<'_>, flagship: usize) {
    let compiled = world.compiled;
    let quarter = world.t;
    if world.mix[flagship] < world.p.line_worth && world.lines[flagship].is_none() {
        return;
    }
    let ends_open = compiled.choices(quarter).iter().any(|at| {
        let design = &compiled.designs[*at];
        design.flagship == flagship
            && design.spec.tpp >= compiled.data.flagships[flagship].spec.tpp
            && design.spec.io_gbs >= compiled.data.flagships[flagship].spec.io_gbs
    });
    if ends_open {
        world.lines[flagship] = None;
        return;
    }
    let market = Market::new(world);
    let still = world.lines[flagship].filter(|line| {
        let free = compiled.choices(quarter).contains(&line.design)
            || compiled.design_access(quarter, line.design).open > 0.99;
        free && market.margin(world, &compiled.designs[line.design]) > 0.0
    });
    if still.is_some() {
        return;
    }
    let best = compiled
        .choices(quarter)
        .iter()
        .filter(|at| compiled.designs[**at].flagship == flagship)
        .map(|at| (*at, market.margin(world, &compiled.designs[*at])))
        .filter(|(_, margin)| *margin > 0.0)
        .fold(None, |best: Option<(usize, f64)>, one| match best {
            Some(best) if best.1 >= one.1 => Some(best),
            _ => Some(one),
        });
    let delay =
        world.p.design_months / 3.0 * exp(world.p.line_spread * world.chances.designs[flagship]);
    match (best, world.lines[flagship]) {
        (Some((design, _)), old) => {
            // What is on sale until the new chip is ready stays open as long as the law lets it.
            let ready = begun(world) + delay;
            let keeps = old.is_some_and(|old| {
                compiled.design_access(quarter, old.design).open > 0.0
                    && ready >= quarter as f64 + 1.0
            });
            if !keeps {
                world.lines[flagship] = Some(Line { design, ready });
            }
        }
        (None, _) => world.lines[flagship] = None,
    }
}

/// When work on a chip begins: when the text can be read of the step that makes it necessary. That
/// one is coming tells buyers to hurry, but no designer where its lines will lie.
fn begun(world: &World<'_>) -> f64 {
    let now = world.t as f64;
    let is_new = |day: f64| day >= now - 1.0 && day < now + 1.0;
    let steps = world.compiled.scenario.events.iter().filter(|event| {
        matches!(event.kind, EventKind::Step { .. }) && is_new(in_quarters(event.day))
    });
    // Of several, the last text is what the lines are read from.
    steps.map(|event| in_quarters(event.published)).reduce(f64::max).unwrap_or(now)
}

/// The share of a quarter's demand that a chip can serve: from when it is ready, and as far as it
/// has been taken up. One with fewer links is the flagship to its buyers; one with other operations
/// or memory is qualified anew, in half the time that a generation takes.
fn ready_share(world: &World<'_>, line: &Line) -> f64 {
    let here = (world.t as f64 + 1.0 - line.ready).clamp(0.0, 1.0);
    let design = &world.compiled.designs[line.design];
    let flagship = &world.compiled.data.flagships[design.flagship].spec;
    let same = design.spec.tpp > 0.99 * flagship.tpp;
    if same || here <= 0.0 {
        return here;
    }
    let age = (world.t as f64 + 1.0 - line.ready).max(0.0);
    here * (1.0 - exp(-pow(age / (world.p.requalify * world.p.ramp_quarters), 2.0)))
}

/// What is open to China: flagships as far as they are, and what is made for it; on average, with
/// the share of the demand that it is open to.
fn offered(world: &mut World<'_>) -> (Composite, f64) {
    let (compiled, china) = (world.compiled, world.compiled.data.china);
    let mut offered = Vec::new();
    let (mut weights, mut open) = (0.0, 0.0);
    for flagship in 0..world.lines.len() {
        let weight = 0.5 * (world.mix_before[flagship] + world.mix[flagship]);
        if weight <= 0.0 {
            continue;
        }
        weights += weight;
        let whole = compiled.access(world.t, flagship, china).open;
        if whole > 0.0 {
            let chip = supply::composite(world, |at| f64::from(u8::from(at == flagship)), 1.0);
            offered.push(Offered { line: None, share: weight * whole, chip });
        }
        let mut made = 0.0;
        if let Some(line) = &world.lines[flagship] {
            made = ready_share(world, line).min(compiled.design_access(world.t, line.design).open);
            if made > 0.0 {
                let chip = variant(world, line);
                offered.push(Offered { line: Some(flagship), share: weight * made, chip });
            }
        }
        open += weight * (whole + made).min(1.0);
    }
    let sum: f64 = offered.iter().map(|it| it.share).sum();
    if sum <= 0.0 {
        return (Composite::default(), 0.0);
    }
    let mut all = Composite::default();
    for Offered { share, chip, .. } in &mut offered {
        *share /= sum;
        all.price += *share * chip.price;
        all.value += *share * chip.value;
        all.dies += *share * chip.dies;
        all.compute.add(chip.compute.times(*share));
    }
    world.flows.offered = offered;
    // Where one flagship's line is open, buyers of the others turn to it.
    (all, (open / weights).max(largest_open(world)))
}

/// The longest that any single line worth its name is open.
fn largest_open(world: &World<'_>) -> f64 {
    let compiled = world.compiled;
    let of = |(flagship, line): (usize, &Option<Line>)| {
        let worth = world.mix[flagship] + world.mix_before[flagship] > 2.0 * world.p.line_worth;
        match line {
            Some(line) if worth => {
                ready_share(world, line).min(compiled.design_access(world.t, line.design).open)
            }
            _ => 0.0,
        }
    };
    world.lines.iter().enumerate().map(of).fold(0.0, f64::max)
}

/// A chip made for China.
pub fn variant(world: &World<'_>, line: &Line) -> Composite {
    let design = &world.compiled.designs[line.design];
    let value = value_of(&world.p, &design.spec);
    Composite {
        price: price_for_china(world, value, price_of_value(world)),
        value,
        compute: Compute { chips: 1.0, h100e: design.spec.h100e(), tpp: design.spec.tpp },
        dies: design.dies,
    }
}

/// The best chip that China may have under a license decided case by case or presumed approved,
/// among flagships of the last years.
fn licensed(world: &World<'_>) -> Option<Licensed> {
    let (compiled, china) = (world.compiled, world.compiled.data.china);
    let recent = |at: &usize| {
        let age = (world.t as f64 - compiled.data.flagships[*at].from.index() as f64) / 4.0;
        (0.0..world.p.licensed_years).contains(&age)
    };
    let share = |at: usize| {
        let access = compiled.access(world.t, at, china);
        access.case + access.presumed
    };
    let candidates = (0..world.lines.len()).filter(recent).filter(|at| share(*at) > 0.0);
    let best = candidates.max_by(|a, b| world.values[*a].total_cmp(&world.values[*b]))?;
    let chip = supply::composite(world, |at| f64::from(u8::from(at == best)), 1.0);
    let access = compiled.access(world.t, best, china);
    let share = access.case + access.presumed;
    let approved =
        (access.case * world.p.approve_case + access.presumed * world.p.approve_presumed) / share;
    Some(Licensed { chip, share, approved })
}

/// The design on offer that is worth most, for the record.
pub fn on_offer<'c>(world: &World<'c>) -> Option<&'c Design> {
    let lines = world.lines.iter().flatten().filter(|line| ready_share(world, line) > 0.0);
    let best = lines.max_by(|a, b| {
        let value = |line: &Line| value_of(&world.p, &world.compiled.designs[line.design].spec);
        value(a).total_cmp(&value(b))
    })?;
    Some(&world.compiled.designs[best.design])
}

//! 6. Threshold design response: what designers make for China when a flagship is closed to it.
//!
//! ```text
//! choose (TPP, DRAM, IO) among what is free:  max v = H^a · DRAM^b · IO^c
//! ready = day known + τ,   τ = months/3 · exp(¼ ε)
//! price = v · (price of a flagship's value) · (1 - discount)
//! ```
//!
//! What is free comes from the law packs alone ([`Compiled::choices`](crate::world::Compiled)): no
//! threshold, and no chip made for China, is written here. A flagship gets a chip for China when it
//! is sold enough to be worth one; how much of each is sold follows its share a quarter earlier,
//! and one whose operations differ is taken up in half the time that a generation takes.
//!
//! Sources: the A800 was announced within a month of its rule and the H20 three weeks after its own
//! (Epoch AI, hardware). The exponents of the value are assumed.
//!
//! Enough is a tenth of sales; shares are the mean of this quarter's and the last one's. The day
//! known is that of the last step of the United States if it is at most a quarter old, else the
//! beginning of the quarter. Nothing is made where the flagship itself is to be had case by case.

use crate::math::{exp, pow};
use crate::world::scenario::EventKind;
use crate::world::state::{Composite, Compute, Licensed, Line, World, in_quarters, value_of};

use super::supply;

/// Share in sales from which a flagship is worth a chip for China.
const WORTH: f64 = 0.10;

/// Sets what may be sold to China without a license, and under one.
pub fn step(world: &mut World<'_>) {
    for flagship in 0..world.lines.len() {
        decide(world, flagship);
    }
    let (chip, open, made) = offered(world);
    world.flows.for_china = (chip, open);
    world.flows.made_for_china = made;
    let weight = |at: usize| 0.5 * (world.mix_before[at] + world.mix[at]);
    world.flows.reference = supply::composite(world, weight, 1.0).value;
    world.flows.licensed = licensed(world);
}

/// Lets a designer keep, drop or begin a chip for China.
fn decide(world: &mut World<'_>, flagship: usize) {
    let (compiled, china) = (world.compiled, world.compiled.data.china);
    let quarter = world.t;
    if world.mix[flagship] < WORTH && world.lines[flagship].is_none() {
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
    let still = world.lines[flagship].filter(|line| {
        compiled.choices(quarter).contains(&line.design)
            || compiled.design_access(quarter, line.design).open > 0.99
    });
    if still.is_some() || compiled.access(quarter, flagship, china).case > 0.99 {
        return;
    }
    let best = compiled
        .choices(quarter)
        .iter()
        .filter(|at| compiled.designs[**at].flagship == flagship)
        .map(|at| (*at, value_of(&world.p, &compiled.designs[*at].spec)))
        .fold(None, |best: Option<(usize, f64)>, one| match best {
            Some(best) if best.1 >= one.1 => Some(best),
            _ => Some(one),
        });
    let delay = world.p.design_months / 3.0 * exp(0.25 * world.chances.designs[flagship]);
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

/// When work on a chip begins: when the step is known that makes it necessary.
fn begun(world: &World<'_>) -> f64 {
    let now = world.t as f64;
    let steps = world.compiled.scenario.events.iter().rev();
    let mut last = steps.filter(|event| {
        matches!(event.kind, EventKind::Step { .. }) && in_quarters(event.day) < now + 1.0
    });
    match last.next() {
        Some(event) if in_quarters(event.day) >= now - 1.0 => in_quarters(event.known),
        _ => now,
    }
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
    here * (1.0 - exp(-pow(age / (0.5 * world.p.ramp_quarters), 2.0)))
}

/// What is open to China: flagships as far as they are, and what is made for it; with the share
/// of the demand that it is open to, and the share of chips made for it.
fn offered(world: &World<'_>) -> (Composite, f64, f64) {
    let (compiled, china) = (world.compiled, world.compiled.data.china);
    let mut all = Composite::default();
    let (mut sum, mut weights, mut open, mut variants) = (0.0, 0.0, 0.0, 0.0);
    for flagship in 0..world.lines.len() {
        let weight = 0.5 * (world.mix_before[flagship] + world.mix[flagship]);
        if weight <= 0.0 {
            continue;
        }
        weights += weight;
        let whole = compiled.access(world.t, flagship, china).open;
        let mut add = |share: f64, chip: Composite| {
            all.price += share * chip.price;
            all.value += share * chip.value;
            all.dies += share * chip.dies;
            all.compute.add(chip.compute.times(share));
            sum += share;
        };
        if whole > 0.0 {
            add(
                weight * whole,
                supply::composite(world, |at| f64::from(u8::from(at == flagship)), 1.0),
            );
        }
        let mut made = 0.0;
        if let Some(line) = &world.lines[flagship] {
            made = ready_share(world, line).min(compiled.design_access(world.t, line.design).open);
            if made > 0.0 {
                add(weight * made, variant(world, line));
                variants += weight * made;
            }
        }
        open += weight * (whole + made).min(1.0);
    }
    if sum <= 0.0 {
        return (Composite::default(), 0.0, 0.0);
    }
    all.price /= sum;
    all.value /= sum;
    all.dies /= sum;
    all.compute = all.compute.times(1.0 / sum);
    // Where one flagship's line is open, buyers of the others turn to it.
    (all, (open / weights).max(largest_open(world)), variants / sum)
}

/// The longest that any single line worth its name is open.
fn largest_open(world: &World<'_>) -> f64 {
    let compiled = world.compiled;
    let of = |(flagship, line): (usize, &Option<Line>)| {
        let worth = world.mix[flagship] + world.mix_before[flagship] > 0.2;
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
    let flagship = supply::composite(world, |at| world.mix[at], 1.0);
    Composite {
        price: value * flagship.price_of_value() * (1.0 - world.p.variant_discount),
        value,
        compute: Compute { chips: 1.0, h100e: design.spec.h100e(), tpp: design.spec.tpp },
        dies: design.dies,
    }
}

/// The best chip that China may have under a license decided case by case or presumed approved,
/// among flagships of the last five years.
fn licensed(world: &World<'_>) -> Option<Licensed> {
    let (compiled, china) = (world.compiled, world.compiled.data.china);
    let recent = |at: &usize| {
        let from = compiled.data.flagships[*at].from.0;
        from <= world.t && from + 20 > world.t
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
pub fn on_offer<'c>(world: &World<'c>) -> Option<&'c crate::world::compiled::Design> {
    let lines = world.lines.iter().flatten().filter(|line| ready_share(world, line) > 0.0);
    let best = lines.max_by(|a, b| {
        let value = |line: &Line| value_of(&world.p, &world.compiled.designs[line.design].spec);
        value(a).total_cmp(&value(b))
    })?;
    Some(&world.compiled.designs[best.design])
}

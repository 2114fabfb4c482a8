//! 3. World supply: what packaging and memory let designers make, and at which prices.
//!
//! ```text
//! served = min(1, K / N),   N = dies wanted: spending / price · dies a chip, and China's
//! K(t+lag) = K(t+lag-1) + clamp(N exp(lag γ⁺) - K(t+lag-1), 0, (exp(growth) - 1) K(t+lag-1))
//! γ(t) = ½ γ(t-1) + ½ ln N(t)/N(t-1), from -0.3 to 0.5
//! price = level · price at first · keep^years · min(1.6, (N/K)^0.15 while N > K, a quarter ago)
//! share of a generation at age a quarters: 1 - exp(-((a + ½)/ramp)²), newest first
//! cost = cost share · level · price at first · (1 + A u^2.5),   u = share of K in use
//! ```
//!
//! Sources: chips by generation and quarter (Epoch AI) for the ramp; prices (Epoch AI, annual); the
//! form of the surcharge from ai-2040 (A = 1, exponent 2.5, there of the cost of growth). Capacity
//! counts reticle-size dies, so that a package of two takes twice as much; memory is taken to grow
//! with packaging. The delay of capacity is cut to whole quarters. Before 2022 capacity follows the
//! trend of spending back. China's dies are what it wants of what needs no license, as far as it
//! took that a quarter ago, with a tenth of what is made for it ahead; what was licensed, smuggled,
//! seized and bought abroad by its companies counts as in the last quarter.

use crate::math::{exp, ln, pow};
use crate::quarter::Quarter;
use crate::world::state::{Composite, Compute, World};

/// What can be used of capacity, dies a quarter.
pub fn usable(world: &World<'_>) -> f64 {
    let minerals = if world.retaliation { 1.0 - world.p.mineral_loss } else { 1.0 };
    world.capacity * world.levers.supply * minerals
}

/// How much dearer chips are now, by what was wanted in the last quarter.
pub fn dearness(world: &World<'_>) -> f64 {
    let capacity = usable(world);
    if world.need > capacity && capacity > 0.0 {
        pow(world.need / capacity, world.p.scarcity_exponent).min(world.p.scarcity_most)
    } else {
        1.0
    }
}

/// Sets the mix of generations and their prices.
pub fn prices(world: &mut World<'_>) {
    generations(world);
    let dear = dearness(world);
    world.flows.chip = composite(world, |at| world.mix[at], dear);
}

/// Sets the share that is served.
pub fn step(world: &mut World<'_>) {
    world.capacity += world.ordered[world.t];
    let capacity = usable(world);
    let money: f64 = world.flows.wanted.local.iter().chain(&world.flows.wanted.guests).sum();
    let chip = world.flows.chip;
    // Of China's demand, what needs no license, as far as it was taken in the last quarter.
    let (offer, open) = world.flows.for_china;
    let china = if open > 0.0 {
        let welcome = 1.0 - world.levers.discouragement;
        let dies =
            world.flows.china_wanted * open * welcome * world.taken / offer.price * offer.dies;
        dies + ahead(world, dies)
    } else {
        0.0
    };
    let other = world.licensed_before + world.smuggled_before + world.abroad_before;
    let need = money / chip.price * chip.dies + china + other;
    world.need = need;
    world.flows.capacity = capacity;
    world.flows.served = (capacity / need).min(1.0);
    order(world, need);
}

/// Dies of chips for China that are to be made ahead of sales, of so many dies that are sold.
fn ahead(world: &World<'_>, sold: f64) -> f64 {
    let data = &world.compiled.data;
    let lines = world.flows.offered.iter().filter(|it| it.line.is_some());
    let made: f64 = lines.map(|it| it.share).sum();
    let stocks = world.stock.iter().zip(&data.flagships);
    let stock: f64 = stocks.map(|(stock, flagship)| stock.chips * flagship.dies).sum();
    (sold * made * world.p.stock_ahead - stock).max(0.0)
}

/// Orders the capacity that will be needed when it comes into use, if need goes on as it did.
fn order(world: &mut World<'_>, need: f64) {
    let before = if world.need_before > 0.0 { world.need_before } else { need };
    let newest = world.p.need_smoothing;
    let growth = (1.0 - newest) * world.need_growth + newest * ln(need / before);
    world.need_growth = growth.clamp(world.p.need_growth_least, world.p.need_growth_most);
    world.need_before = need;
    let first = Quarter::new(2022, 1).map_or(0, Quarter::index);
    if world.t < first {
        // Before the parameter's quarter, capacity leads to it along the trend of spending.
        world.capacity = world.p.capacity_2022
            * pow(world.p.growth_before, (world.t as f64 - first as f64 + 1.0) / 4.0);
        return;
    }
    let lag = world.p.capacity_lag.clamp(1.0, 12.0).round() as usize;
    let then: f64 = world.capacity + world.ordered[world.t + 1..world.t + lag].iter().sum::<f64>();
    let wanted = need * exp(lag as f64 * world.need_growth.max(0.0));
    let fastest = (exp(world.p.capacity_growth) - 1.0) * then;
    world.ordered[world.t + lag] += (wanted - then).clamp(0.0, fastest);
}

/// Shares of the generations in what is sold.
fn generations(world: &mut World<'_>) {
    std::mem::swap(&mut world.mix, &mut world.mix_before);
    let mut left = 1.0;
    for (at, flagship) in world.compiled.data.flagships.iter().enumerate().rev() {
        let age = world.t as f64 - flagship.from.index() as f64;
        let ramped = match age >= 0.0 {
            _ if at == 0 => 1.0,
            true => 1.0 - exp(-pow((age + 0.5) / world.p.ramp_quarters, 2.0)),
            false => 0.0,
        };
        world.mix[at] = left * ramped;
        left -= world.mix[at];
    }
}

/// The price of a flagship in the quarter.
pub fn price(world: &World<'_>, flagship: usize) -> f64 {
    let chip = &world.compiled.data.flagships[flagship];
    let years = (world.t as f64 - chip.from.index() as f64).max(0.0) / 4.0;
    world.p.price_level * chip.price_usd * pow(world.p.price_keep, years)
}

/// How much more a later flagship does than the table says, from research.
pub fn faster(world: &World<'_>, flagship: usize) -> f64 {
    let from = world.compiled.data.flagships[flagship].from.begins();
    if from >= world.p.speed_from { world.speed } else { 1.0 }
}

/// The flagships averaged: `share` is their share in chips sold.
pub fn composite(world: &World<'_>, share: impl Fn(usize) -> f64, dear: f64) -> Composite {
    let mut all = Composite::default();
    let mut sum = 0.0;
    for (at, flagship) in world.compiled.data.flagships.iter().enumerate() {
        let share = share(at);
        if share <= 0.0 {
            continue;
        }
        let faster = faster(world, at);
        let compute = Compute {
            chips: 1.0,
            h100e: flagship.spec.h100e() * faster,
            tpp: flagship.spec.tpp * faster,
        };
        all.price += share * price(world, at) * dear;
        all.value += share * world.values[at] * pow(faster, world.p.value_tpp);
        all.compute.add(compute.times(share));
        all.dies += share * flagship.dies;
        sum += share;
    }
    if sum > 0.0 {
        all.price /= sum;
        all.value /= sum;
        all.dies /= sum;
        all.compute = all.compute.times(1.0 / sum);
    }
    all
}

/// What a chip costs its designer, USD.
pub fn cost(world: &World<'_>) -> f64 {
    let first: f64 = world
        .compiled
        .data
        .flagships
        .iter()
        .zip(&world.mix)
        .map(|(flagship, share)| share * flagship.price_usd)
        .sum();
    let used = (world.need / usable(world)).min(1.0);
    world.p.cost_share
        * world.p.price_level
        * first
        * (1.0 + world.p.surcharge * pow(used, world.p.surcharge_exponent))
}

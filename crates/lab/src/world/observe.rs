//! What is observed of a world, with its unit.

use super::compiled::Compiled;
use super::data::H100E_TPP;
use super::mechanisms::{allocation, bifurcation, design, research};
use super::state::World;
use crate::quarter::{QUARTERS, Quarter};

/// A quantity of an actor, one value a quarter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Series {
    /// Whose.
    pub actor: String,
    /// What.
    pub quantity: &'static str,
    /// In which unit.
    pub unit: &'static str,
}

/// What is observed, in a fixed order.
#[derive(Clone, Debug)]
pub struct Observer {
    /// The series.
    pub series: Vec<Series>,
    places: Vec<String>,
}

/// What was observed: a row a quarter, a column a series. Where a quantity does not exist, the
/// value is no number.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    values: Vec<f64>,
    width: usize,
}

impl Observation {
    /// The values of a quarter.
    pub fn quarter(&self, quarter: usize) -> &[f64] {
        &self.values[quarter * self.width..(quarter + 1) * self.width]
    }

    /// A value.
    pub fn get(&self, quarter: Quarter, series: usize) -> f64 {
        self.values[quarter.index() * self.width + series]
    }

    /// Why the last quarter cannot be used.
    pub(super) fn trouble(&self, observer: &Observer) -> Option<String> {
        let last = &self.values[self.values.len() - self.width..];
        let bad = observer.series.iter().zip(last).find(|(series, value)| {
            let may_lack = LACKING.contains(&series.quantity) && value.is_nan();
            !(may_lack || value.is_finite() && **value >= -1e-6)
        })?;
        let (series, value) = bad;
        Some(format!(
            "`{}` of `{}` came to {value} ({})",
            series.quantity, series.actor, series.unit
        ))
    }
}

/// Quantities that exist only where something is on offer or under a quota.
const LACKING: [&str; 5] = [
    "variant_tpp",
    "variant_dram_gbs",
    "variant_io_gbs",
    "quota_utilization",
    "quota_shadow_price",
];

/// Quantities of the whole world, with their units.
const WORLD: &[(&str, &str)] = &[
    ("nvidia_shipped_cum", "H100e"),
    ("nvidia_shipped", "H100e a quarter"),
    ("us_vendor_revenue", "USD a quarter"),
    ("smuggled_cum", "H100e"),
    ("smuggled_chips", "chips a quarter"),
    ("h20_units", "chips a quarter"),
    ("a800_h800_units", "chips a quarter"),
    ("variant_tpp", "TPP"),
    ("variant_dram_gbs", "GB/s"),
    ("variant_io_gbs", "GB/s"),
    ("china_legal_nvidia_cum", "H100e"),
    ("huawei_cum", "H100e"),
    ("cambricon_cum", "H100e"),
    ("leased", "H100e in use"),
    ("china_total_cum", "H100e"),
    ("china_unmet", "share"),
    ("denied", "H100e a quarter"),
    ("premium", "ratio to list price"),
    ("rental_price", "USD per GPU-hour"),
    ("bifurcation_index", "0..1"),
    ("second_stack", "share"),
    ("locked_in", "share"),
    ("jobs", "jobs"),
    ("retaliation", "0 or 1"),
    ("china_market", "USD a quarter"),
    ("china_cards", "chips a quarter"),
    ("hyperscalers_cum", "H100e"),
    ("world_added", "H100e a quarter"),
    ("price_h100e", "USD per H100e"),
    ("seized_chips", "chips a quarter"),
    ("seized_stock", "chips"),
    ("die_bank", "dies"),
    ("memory_stock", "stacks"),
    ("unsold_chips", "chips"),
    ("written_off_chips", "chips"),
    ("china_abroad", "H100e in use"),
    ("hyperscalers_nvidia_cum", "H100e"),
];

/// Quantities of other actors, with their units.
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("china_domestic_share", "share", &["units", "value", "h100e", "made"]),
    ("frontier_tpp", "TPP", &["US", "CN"]),
    ("research", "USD a quarter", &["US", "CN"]),
    ("overcapacity", "share", &["foundry", "china_dc"]),
    ("market_value", "USD", &["nvidia"]),
    ("china_installed", "H100e", &SOURCES),
];

/// Quantities of places, with their units.
const OF_PLACES: &[(&str, &str)] = &[
    ("compute", "H100e"),
    ("compute_owned", "H100e"),
    ("quota_utilization", "share"),
    ("quota_shadow_price", "USD per H100e (TPP)"),
];

/// What the unit of what is rented ends in: `H100e in use` is no other unit than `H100e`.
pub const IN_USE: &str = " in use";

/// The unit of a quantity, which is that of all its actors; `None` where there is none of that
/// name.
pub fn unit_of(quantity: &str) -> Option<&'static str> {
    let others = OTHERS.iter().map(|(name, unit, _)| (*name, *unit));
    let mut all = WORLD.iter().chain(OF_PLACES).copied().chain(others);
    all.find(|(name, _)| *name == quantity).map(|(_, unit)| unit)
}

/// What `china_installed` tells apart, in the order of [`super::state::Source`].
const SOURCES: [&str; 4] = ["legal", "smuggled", "huawei", "other_domestic"];

/// The first quarter of 2022, from which Epoch AI's ledger counts NVIDIA's chips, and so do
/// `nvidia_shipped_cum` and `china_legal_nvidia_cum`.
const LEDGER_FROM: usize = 12;
/// The first quarter of 2024, from which it counts Chinese designers'.
const DOMESTIC_FROM: usize = 20;

impl Observer {
    /// Everything that can be observed in a world of these places.
    pub fn new(compiled: &Compiled) -> Observer {
        let places: Vec<String> =
            compiled.data.places.iter().map(|place| place.code.clone()).collect();
        let mut series = Vec::new();
        let mut add = |actor: &str, quantity, unit| {
            series.push(Series { actor: actor.to_owned(), quantity, unit });
        };
        WORLD.iter().for_each(|(quantity, unit)| add("world", quantity, unit));
        for (quantity, unit, actors) in OTHERS {
            actors.iter().for_each(|actor| add(actor, quantity, unit));
        }
        for (quantity, unit) in OF_PLACES {
            places.iter().for_each(|place| add(place, quantity, unit));
        }
        Observer { series, places }
    }

    /// The column of a series.
    pub fn find(&self, actor: &str, quantity: &str) -> Option<usize> {
        self.series.iter().position(|series| series.actor == actor && series.quantity == quantity)
    }

    /// Nothing observed yet.
    pub fn start(&self) -> Observation {
        let width = self.series.len();
        Observation { values: Vec::with_capacity(width * QUARTERS), width }
    }

    /// Writes down a quarter, in the order of the series.
    pub fn observe(&self, world: &World<'_>, observation: &mut Observation) {
        let out = &mut observation.values;
        let before = out.len();
        self.whole(world, before, out);
        shares(world, out);
        let (us, china) = research::frontier(world);
        out.extend([us, china, world.research.0, world.research.1]);
        out.extend([world.overcapacity, world.idle, world.market_value]);
        let china = world.compiled.data.china;
        out.extend(world.china.iter().map(|pool| pool.installed.h100e));
        let domestic: f64 = world.china.iter().map(|pool| pool.installed.h100e).sum();
        for (place, pool) in world.places.iter().enumerate() {
            out.push(pool.installed.h100e + if place == china { domestic } else { 0.0 });
        }
        for (place, pool) in world.owners.iter().enumerate() {
            out.push(pool.installed.h100e + if place == china { domestic } else { 0.0 });
        }
        for place in 0..self.places.len() {
            out.push(allocation::utilization(world, place).unwrap_or(f64::NAN));
        }
        for place in 0..self.places.len() {
            let held = allocation::utilization(world, place).is_some();
            out.push(if held { world.flows.shadow[place] * H100E_TPP } else { f64::NAN });
        }
        debug_assert_eq!(out.len() - before, self.series.len());
    }

    fn whole(&self, world: &World<'_>, before: usize, out: &mut Vec<f64>) {
        let [legal, smuggled, huawei, other] = &world.china;
        let flows = &world.flows;
        let shipped = before.checked_sub(self.series.len()).map_or(0.0, |at| out[at]);
        let before = |column: usize| {
            before.checked_sub(self.series.len()).map_or(0.0, |at| out[at + column])
        };
        let (legal_before, huawei_before, cambricon_before) = (before(10), before(11), before(12));
        let since = |sum: f64, from: usize| if world.t >= from { sum } else { 0.0 };
        let offer = design::on_offer(world).map(|design| design.spec);
        let made_for = made_for(world);
        let nvidia = research::nvidia_share(world);
        let (index, second, locked) = bifurcation::index(world);
        let added: f64 = world.places.iter().chain(&world.china).map(|pool| pool.added.h100e).sum();
        let foreign = flows.legal_usd.0 + flows.legal_usd.1;
        let cards = legal.added.chips + domestic_cards(world) + world.p.small_foreign;
        out.extend([
            shipped + if world.t >= LEDGER_FROM { flows.nvidia.h100e } else { 0.0 },
            flows.nvidia.h100e,
            flows.us_revenue,
            smuggled.ever.h100e,
            flows.smuggled.chips,
            made_for.1,
            made_for.0,
            offer.map_or(f64::NAN, |spec| spec.tpp),
            offer.map_or(f64::NAN, |spec| spec.dram_gbs),
            offer.map_or(f64::NAN, |spec| spec.io_gbs),
            since(legal_before + legal.added.h100e, LEDGER_FROM),
            since(huawei_before + huawei.added.h100e, DOMESTIC_FROM),
            since(cambricon_before + other.added.h100e * world.p.cambricon_share, DOMESTIC_FROM),
            world.rented.installed.h100e,
            since(legal_before + legal.added.h100e, LEDGER_FROM)
                + since(huawei_before + huawei.added.h100e, DOMESTIC_FROM)
                + smuggled.ever.h100e,
            flows.unmet,
            flows.denied,
            world.premium,
            world.rental,
            index,
            second,
            locked,
            4.0 * flows.us_revenue * world.p.jobs_per_dollar,
            f64::from(u8::from(world.retaliation)),
            foreign + flows.domestic_usd + flows.smuggled.chips * flows.chip.price * flows.premium,
            cards,
            five(world) * world.owners[0].ever.h100e,
            added,
            flows.chip.price / flows.chip.compute.h100e,
            flows.seized,
            world.seized.chips,
            world.bank.own.plus(world.bank.other).plus(world.bank.foreign).chips,
            world.stacks,
            world.stock.iter().map(|stock| stock.chips).sum(),
            world.written_off.iter().map(|stock| stock.chips).sum(),
            world.abroad.installed.h100e,
            before(WORLD.len() - 1) + five(world) * world.owners[0].added.h100e * nvidia,
        ]);
    }
}

/// Chips sold that were made for China under the rule of 2022, and under that of 2023.
fn made_for(world: &World<'_>) -> (f64, f64) {
    let sold = world.flows.variants;
    let since =
        world.lines.iter().flatten().map(|line| world.compiled.designs[line.design].since).min();
    match since {
        Some(since) if since < Quarter::at(19) => (sold, 0.0),
        Some(since) if since < Quarter::at(25) => (0.0, sold),
        _ => (0.0, 0.0),
    }
}

/// The share of the five largest in what U.S. companies buy (Epoch AI, 2022 to 2023).
fn five(world: &World<'_>) -> f64 {
    let data = &world.compiled.data;
    let five: f64 = data.buyers.iter().take(5).map(|buyer| buyer.weight).sum();
    let home: f64 =
        data.buyers.iter().filter(|buyer| buyer.hq == 0).map(|buyer| buyer.weight).sum();
    five / home
}

/// Domestic cards sold in China in the quarter, as reports of its market count them.
fn domestic_cards(world: &World<'_>) -> f64 {
    let [_, _, huawei, other] = world.china.each_ref().map(|pool| pool.added.chips);
    huawei * world.p.package_cards + other * (1.0 + world.p.small_cards)
}

/// The four definitions of the domestic share of China's additions.
fn shares(world: &World<'_>, out: &mut Vec<f64>) {
    let [legal, smuggled, huawei, other] = world.china.each_ref().map(|pool| pool.added);
    let flows = &world.flows;
    let share = |domestic: f64, all: f64| if all > 0.0 { domestic / all } else { 0.0 };
    let cards = domestic_cards(world);
    let foreign = flows.legal_usd.0 + flows.legal_usd.1;
    let compute = huawei.h100e + other.h100e;
    let all = compute + legal.h100e + smuggled.h100e;
    out.push(share(cards, cards + legal.chips + world.p.small_foreign));
    out.push(share(flows.domestic_usd, flows.domestic_usd + foreign));
    out.push(share(compute, all));
    out.push(share(compute * world.made_share, all));
}

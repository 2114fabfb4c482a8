//! 8. Diversion with enforcement: vendors and cloud fronts.
//!
//! ```text
//! profit = premium - 1 - 0.08 - p_det (F + 1), per price;   in business n* = logistic(profit/0.08)
//! n(t) = n(t-1) + entry · (n* - n(t-1));   volume ∝ (market / market of 2023Q4)^scale
//! p_det = 1 - (1 - min(0.95, yearly · e))^¼,   e = √(budget / 13.75 million) (1 + n + 2 l + w)
//! front:  s = min(1, f²),  audited with e (π0 + 0.08 (1 + n) s (1 - π0)), π0 = 0.02,
//!         at most ¼ · budget / cost of an inspection / fronts
//! caught = audited · (1 - FN (1 - 0.2)(1 - ½ w)(1 - l))
//! ```
//!
//! p_det is of a quarter; n, l, w are notification, location verification and whistleblowers. Who
//! is caught loses half of a quarter's chips and is out for six quarters. Nobody smuggles where
//! what is open to China is worth within 2 percent of what is not. A vendor's volume is lognormal
//! around the middle one; where neither path holds (`path` above 0.95), volumes are 0.01 to 100
//! times as large.
//!
//! Sources: CNAS 2025, appendix A (38 to 150 vendors with 17 to 1,000 chips a month; 1 to 10 fronts
//! with 10,000 to 100,000 chips a year, of which 40 to 99 percent diverted; vendors alone with
//! weight 0.75, both paths 0.20, neither 0.05); the form of detection from the compute permit
//! simulators of JTuffy and Christoph; penalty of at most twice the value (ECRA; Applied Materials
//! 252.5 of 126). Detection and entry are assumed.

use crate::math::{exp, logistic, pow};
use crate::world::state::{Chances, MOST_FRONTS, MOST_VENDORS, Vendor, World};

/// The vendors of a run: volumes spread around the middle one as the chances say.
pub fn vendors(p: &crate::world::Parameters, chances: &Chances) -> Vec<Vendor> {
    let count = (p.vendors * p.vendor_reserve).min(MOST_VENDORS as f64) as usize;
    let spread =
        |at: usize| crate::random::normal_quantile(chances.vendors[at].clamp(1e-9, 1.0 - 1e-9));
    // The mean of a lognormal is above its middle: the factor keeps the average.
    let (wide, mean) = (p.vendor_spread, 0.5 * p.vendor_spread * p.vendor_spread);
    let volume = |at: usize| 3.0 * p.vendor_monthly * exp(wide * spread(at) - mean);
    (0..count).map(|at| Vendor { volume: volume(at), out_until: 0 }).collect()
}

/// Sets how many chips vendors and fronts can move in the quarter.
pub fn step(world: &mut World<'_>) {
    let gap = need_for_smuggling(world);
    let premium = world.premium;
    let enforced = enforcement(world);
    let detection = detection(world);
    let profit = premium - 1.0 - world.p.moving_cost - detection * (world.p.fine_multiple + 1.0);
    let willing = if gap > 0.0 { logistic(profit / world.p.vendor_choice) } else { 0.0 };
    world.vendors_in += world.p.vendor_entry * (willing - world.vendors_in);
    if gap <= world.p.gap_least {
        world.vendors_in = 0.0;
    }
    let (last, at_2023) = world.volume;
    let scale = if at_2023 > 0.0 { pow(last / at_2023, world.p.vendor_scale) } else { 1.0 };
    let path = world.p.path;
    let outside = outside(&world.p);
    let (mut moved, mut seized) = by_vendors(world, detection);
    if path > world.p.path_vendors && path <= world.p.path_fronts && gap > world.p.gap_least {
        let fronts = by_fronts(world, enforced);
        moved += fronts.0;
        seized += fronts.1;
    }
    world.flows.smuggling_room = moved * scale * outside;
    world.flows.seizing = seized * scale * outside;
}

/// How volumes differ where neither path holds: evenly in decades, as `path` lies between.
fn outside(p: &crate::world::Parameters) -> f64 {
    let whole = 1.0 - p.path_fronts;
    let place = p.path - p.path_fronts - 0.5 * whole;
    if p.path > p.path_fronts { pow(10.0, 2.0 * p.path_scale * place / whole) } else { 1.0 }
}

/// How much worse what China may buy is than what it may not, share of the value.
pub fn need_for_smuggling(world: &World<'_>) -> f64 {
    let (chip, open) = world.flows.for_china;
    let best = world.flows.reference;
    let gap = (1.0 - open * chip.value / best).clamp(0.0, 1.0);
    if gap > ROUNDING { gap } else { 0.0 }
}

/// A gap that is rounding, of shares that add up to one: however small, it would draw all money
/// that no other source can take.
const ROUNDING: f64 = 1e-9;

/// Inspections and cases against those of 2024, ratio of budgets with what is told and located.
fn enforcement(world: &World<'_>) -> f64 {
    let levers = &world.levers;
    let budget = libm::sqrt(levers.enforcement_budget / world.p.budget_2024);
    let located = world.p.location_effect * levers.location_verification;
    budget * (1.0 + levers.notification + located + levers.whistleblower)
}

/// Detection of a vendor in a quarter.
fn detection(world: &World<'_>) -> f64 {
    let yearly = (world.p.detection * enforcement(world)).min(world.p.detection_most);
    1.0 - pow(1.0 - yearly, 0.25)
}

/// Chips moved and seized by vendors.
fn by_vendors(world: &mut World<'_>, detection: f64) -> (f64, f64) {
    let in_business = (world.vendors_in * world.p.vendors).min(world.vendors.len() as f64);
    let (mut moved, mut seized) = (0.0, 0.0);
    let (t, whole) = (world.t, in_business.floor() as usize);
    let (out, seizing) = (world.p.caught_out as usize, world.p.caught_seized);
    for (at, vendor) in world.vendors.iter_mut().enumerate() {
        let share = match at {
            at if at < whole => 1.0,
            at if at == whole => in_business - in_business.floor(),
            _ => break,
        };
        if vendor.out_until > t {
            continue;
        }
        let luck = world.chances.vendors[t * MOST_VENDORS + at];
        if luck < detection {
            vendor.out_until = t + out;
            seized += seizing * share * vendor.volume;
        } else {
            moved += share * vendor.volume;
        }
    }
    (moved, seized)
}

/// Chips moved and seized by fronts.
fn by_fronts(world: &mut World<'_>, enforced: f64) -> (f64, f64) {
    let count = world.p.fronts.round().clamp(1.0, MOST_FRONTS as f64) as usize;
    let diverted = world.p.front_diverts;
    let suspicion = (diverted * diverted).min(1.0);
    let (base, full) = (world.p.audit_base, world.p.audit_suspicion);
    let audit = base + full * (1.0 + world.levers.notification) * suspicion * (1.0 - base);
    let inspections = world.levers.enforcement_budget / world.p.inspection_cost;
    let audit = (audit * enforced).min(inspections / count as f64).min(1.0);
    let missed = world.p.inspection_misses
        * (1.0 - world.p.backcheck)
        * (1.0 - world.p.whistle_effect * world.levers.whistleblower)
        * (1.0 - world.levers.location_verification);
    let caught = audit * (1.0 - missed);
    let each = world.p.front_orders / 4.0 * diverted * world.vendors_in.min(1.0);
    let (mut moved, mut seized) = (0.0, 0.0);
    for front in 0..count {
        if world.fronts_out[front] > world.t {
            continue;
        }
        if world.chances.fronts[world.t * MOST_FRONTS + front] < caught {
            world.fronts_out[front] = world.t + world.p.caught_out as usize;
            seized += world.p.caught_seized * each;
        } else {
            moved += each;
        }
    }
    (moved, seized)
}

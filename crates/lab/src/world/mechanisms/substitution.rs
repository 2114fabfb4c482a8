//! 11. Substitution: what China buys from which source.
//!
//! ```text
//! share_i ∝ a_i (P_i / q_i)^(1-σ)    over open, licensed, smuggled, rented, domestic
//! premium clears the black market:  premium = base · (demand at base / supply)^(1/σ), 1 to 4
//! q_domestic(t+¼) = (q + ¼ λ (share - q)⁺) exp(¼ θ response · tool control), 0.05 to 1.2
//! share_domestic ≥ mandate, as far as there are chips
//! ```
//!
//! P is the price of a unit of value ([`value_of`](crate::world::state::value_of)); what a source
//! cannot deliver goes to the others, and what none delivers is unmet. a is one less discouragement
//! for what is open or licensed, the gap between what China may buy and what it may not times a
//! preference each for smuggled and for rented compute, and one for domestic. Licensed
//! chips are asked for where their value is a fifth above that of what is open; China bears half of
//! the fee. Without supply of smuggled chips the premium goes to that of a first seller.
//!
//! Sources: σ about 3 and the quality of domestic chips are assumed, identified by shares of
//! China's market (IDC, Bernstein, Morgan Stanley, TrendForce); prices of 910B and 910C from Epoch
//! AI.

use super::{diversion, licenses};
use crate::math::{exp, pow};
use crate::world::data::H100E_TPP;
use crate::world::state::{Composite, Compute, Licensed, Source, World};

/// 8-bit operations of a domestic die of 2024 in H100 equivalents: half a 910C, or a 910B.
const DIE_H100E: f64 = 0.38;
/// Growth of that after 2025, times a year.
const DIE_GROWTH: f64 = 1.25;
/// Value of that die before quality: TPP, memory and interconnect of a 910B against an H100.
const DIE_VALUE: f64 = 0.42;
/// Fall of a domestic die's price, ratio a year.
const DIE_KEEP: f64 = 0.9;

/// Share of a fee that the buyer pays in the price; assumed.
const PASSED_ON: f64 = 0.5;

/// What a source offers in a quarter.
#[derive(Clone, Copy, Debug, Default)]
struct Offer {
    /// Weight.
    weight: f64,
    /// Price per value as China reckons, USD.
    price: f64,
    /// The most that it can deliver, USD.
    room: f64,
    /// What is bought, USD.
    bought: f64,
}

/// Divides China's spending and installs what it buys.
pub fn step(world: &mut World<'_>) {
    let wanted = world.flows.china_wanted;
    let gap = diversion::need_for_smuggling(world);
    let list = world.flows.chip.price_of_value();
    let mut offers = [
        open(world, wanted),
        licensed(world, wanted),
        smuggled(world, gap, list),
        rented(world, gap, list),
        domestic(world, list),
    ];
    let sum = |offers: &[Offer; 5], sigma: f64| -> f64 {
        offers.iter().map(|it| attraction(it, sigma)).sum()
    };
    let sigma = world.p.sigma_source;
    let total = sum(&offers, sigma);
    // The premium that clears the black market.
    let share = if total > 0.0 { attraction(&offers[2], sigma) / total } else { 0.0 };
    let demand = wanted * share;
    let supply = offers[2].room / world.p.premium_base;
    if supply > 0.0 && demand > 0.0 {
        let cleared = world.p.premium_base * pow(demand / offers[2].room, 1.0 / sigma);
        world.flows.premium = cleared.clamp(1.0, 4.0);
        offers[2].room = supply * world.flows.premium;
        offers[2].price = list * world.flows.premium;
    }
    let floor = world.levers.mandate * wanted;
    divide(&mut offers, wanted, floor, sigma);
    world.premium = if gap > 0.02 {
        world.flows.premium.max(world.premium * 0.8 + 0.2 * start_premium(world, gap))
    } else {
        1.0
    };
    deliver(world, &offers, wanted);
}

/// Where nothing is smuggled yet, the premium that a first seller would find.
fn start_premium(world: &World<'_>, gap: f64) -> f64 {
    1.0 + (world.p.premium_base - 1.0) * (gap / 0.5).min(1.5)
}

fn attraction(offer: &Offer, sigma: f64) -> f64 {
    if offer.weight > 0.0 && offer.room > 0.0 {
        offer.weight * pow(offer.price, 1.0 - sigma)
    } else {
        0.0
    }
}

/// What needs no license.
fn open(world: &World<'_>, wanted: f64) -> Offer {
    let (chip, open) = world.flows.for_china;
    if open <= 0.0 {
        return Offer::default();
    }
    let welcome = 1.0 - world.levers.discouragement;
    let room = wanted * open * world.flows.served * welcome;
    Offer { weight: welcome, price: chip.price_of_value(), room, bought: 0.0 }
}

/// What licenses let through, where it is better than what needs none.
fn licensed(world: &mut World<'_>, wanted: f64) -> Offer {
    let (variant, open) = world.flows.for_china;
    let better = |chip: &Composite| open <= 0.0 || chip.value > 1.2 * variant.value;
    let Some(Licensed { chip, share, approved }) =
        world.flows.licensed.filter(|it| better(&it.chip))
    else {
        return Offer::default();
    };
    let welcome = 1.0 - world.levers.discouragement;
    let price = chip.price_of_value() * (1.0 + PASSED_ON * world.levers.fee);
    let asked = wanted * share * welcome;
    let at_home = world.flows.spent[0];
    let room = licenses::approved(world, asked, approved, at_home).min(wanted * world.flows.served);
    Offer { weight: welcome, price, room, bought: 0.0 }
}

fn smuggled(world: &World<'_>, gap: f64, list: f64) -> Offer {
    let chips = world.flows.smuggling_room;
    let base = world.p.premium_base;
    Offer {
        weight: world.p.smuggled_weight * gap,
        price: list * base,
        room: chips * world.flows.chip.price * base,
        bought: 0.0,
    }
}

fn rented(world: &World<'_>, gap: f64, list: f64) -> Offer {
    let price = list * 1.1;
    let chip = &world.flows.chip;
    let room = world.flows.renting_room / chip.compute.h100e * chip.price * 1.1;
    Offer { weight: world.p.rented_weight * gap, price, room, bought: 0.0 }
}

/// Price of a domestic die in the quarter, USD.
fn die_price(world: &World<'_>) -> f64 {
    world.p.price_domestic * pow(DIE_KEEP, world.years_since(2024, 1).max(0.0))
}

/// What a domestic die of the quarter does against one of 2024.
fn die_growth(world: &World<'_>) -> f64 {
    pow(DIE_GROWTH, world.years_since(2026, 1).max(0.0))
}

fn domestic(world: &World<'_>, list: f64) -> Offer {
    let value = DIE_VALUE * pow(die_growth(world), 0.7) * world.quality;
    let price = die_price(world) / value;
    let room = world.flows.dies.0 * die_price(world);
    // Where it is better value than the list, it still competes with what is there.
    Offer { weight: 1.0, price: price.max(0.25 * list), room, bought: 0.0 }
}

/// Spends by attraction; what one cannot deliver goes to the others.
fn divide(offers: &mut [Offer; 5], wanted: f64, floor: f64, sigma: f64) {
    offers[4].bought = floor.min(offers[4].room);
    for _ in 0..offers.len() {
        let left = wanted - offers.iter().map(|it| it.bought).sum::<f64>();
        let free = |it: &Offer| it.bought < it.room * (1.0 - 1e-12);
        let total: f64 = offers.iter().filter(|it| free(it)).map(|it| attraction(it, sigma)).sum();
        if left <= 1e-6 * wanted || total <= 0.0 {
            break;
        }
        for offer in offers.iter_mut() {
            if free(offer) {
                let more = left * attraction(offer, sigma) / total;
                offer.bought = (offer.bought + more).min(offer.room);
            }
        }
    }
}

/// Installs what was bought.
fn deliver(world: &mut World<'_>, offers: &[Offer; 5], wanted: f64) {
    let bought: f64 = offers.iter().map(|it| it.bought).sum();
    // What nobody in the world could have had is not unmet for want of a license.
    let could = wanted * world.flows.served;
    world.flows.unmet = if could > 0.0 { (1.0 - bought / could).max(0.0) } else { 0.0 };
    let chip = world.flows.chip;
    world.flows.denied = chip.bought(world.flows.unmet * could).h100e;
    sell_open(world, offers[0].bought);
    sell_licensed(world, offers[1].bought);
    world.flows.smuggled = chip.bought(offers[2].bought / world.flows.premium);
    let smuggled = world.flows.smuggled;
    world.smuggled_before = smuggled.chips;
    world.china[Source::Smuggled as usize].install(smuggled);
    world.rented.install(chip.bought(offers[3].bought / 1.1));
    let dies = offers[4].bought / die_price(world);
    let all = world.flows.dies.0.max(1e-9);
    let other = world.p.other_domestic * world.flows.dies.1.min(all) / all;
    let growth = die_growth(world);
    let die =
        Compute { chips: 1.0, h100e: DIE_H100E * growth, tpp: DIE_H100E * growth * H100E_TPP };
    world.china[Source::Huawei as usize].install(die.times(dies * (1.0 - other)));
    world.china[Source::OtherDomestic as usize].install(die.times(dies * other));
    world.flows.domestic_usd = offers[4].bought;
    let foreign = dies * (1.0 - world.flows.dies.1 / all).max(0.0);
    world.bank = (world.bank - foreign / world.p.packaging_yield).max(0.0);
    world.stacks = (world.stacks - 4.0 * dies / world.p.packaging_yield).max(0.0);
    world.made_share = 1.0 - foreign / dies.max(1e-9);
    quality(world, offers[4].bought, bought);
}

/// Sells what needs no license; what was made for China in advance is sold first.
fn sell_open(world: &mut World<'_>, money: f64) {
    let (chip, _) = world.flows.for_china;
    let what = chip.bought(money);
    let share = world.flows.made_for_china;
    world.china[Source::Legal as usize].install(what);
    world.flows.legal_usd = (money * (1.0 - share), money * share);
    // Of what is made for China, a tenth more than is sold is made ahead.
    let variants = what.times(share);
    let made = variants.times(1.10).without(world.inventory);
    let made = if made.chips > 0.0 { made } else { Compute::default() };
    world.inventory.add(made);
    world.inventory = world.inventory.without(variants);
    world.flows.variants = variants.chips;
    world.last_variants = world.flows.variants * chip.dies;
    world.flows.made = made.chips + what.chips * (1.0 - share);
}

/// Sells what licenses let through.
fn sell_licensed(world: &mut World<'_>, money: f64) {
    let Some(Licensed { chip, .. }) = world.flows.licensed else { return };
    let what = chip.bought(money / (1.0 + PASSED_ON * world.levers.fee));
    world.china[Source::Legal as usize].install(what);
    // What the government takes is no revenue of the designer.
    world.flows.legal_usd.0 += money * (1.0 - world.levers.fee);
    world.last_variants += what.chips * chip.dies;
    world.flows.made += what.chips;
}

/// Lets usefulness follow use, and research.
fn quality(world: &mut World<'_>, domestic: f64, bought: f64) {
    world.domestic_share = if bought > 0.0 { domestic / bought } else { 0.0 };
    let pull = (world.domestic_share - world.quality).max(0.0);
    let research =
        world.p.quality_research * world.p.research_response * world.levers.tool_control / 4.0;
    world.quality = (world.quality + 0.25 * world.p.quality_learning * pull) * exp(research);
    world.quality = world.quality.clamp(0.05, 1.2);
}

//! 11. Substitution: what China buys from which source.
//!
//! ```text
//! share_i ∝ a_i (P_i / q_i)^(1-σ)    over open, licensed, smuggled, rented, domestic, abroad
//! premium clears the black market:  premium = base · (demand at base / supply)^(1/σ), 1 to 4
//! q_domestic(t+¼) = (q + ¼ λ (share - q)⁺) exp(¼ θ response · tool control), 0.05 to 1.2
//! share_domestic ≥ mandate, as far as there are chips
//! ```
//!
//! P is the price of a unit of value ([`value_of`](crate::world::state::value_of)); what a source
//! cannot deliver goes to the others, and what none delivers is unmet. a is one less discouragement
//! for what is open or licensed, the gap between what China may buy and what it may not times a
//! preference each for smuggled and for rented compute, a preference of its own for what companies
//! of China buy for their centers abroad, and one for domestic. What would be bought of U.S. chips
//! beyond the packaging that is left is cut in one proportion, and the money divided again.
//! Licensed chips are asked for where their value is a fifth above that of what is open; China
//! bears half of the fee. Without supply of smuggled chips the premium goes to that of a first
//! seller.
//!
//! Sources: σ about 3 and the quality of domestic chips are assumed, identified by shares of
//! China's market (IDC, Bernstein, Morgan Stanley, TrendForce); prices of 910B and 910C from Epoch
//! AI.

use super::{diversion, licenses, manufacture};
use crate::math::{exp, pow};
use crate::world::state::{Composite, Licensed, Offered, Source, World};

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
        abroad(world, list),
    ];
    let sum = |offers: &[Offer; 6], sigma: f64| -> f64 {
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
        world.flows.premium = cleared.clamp(1.0, world.p.premium_most);
        offers[2].room = supply * world.flows.premium;
        offers[2].price = list * world.flows.premium;
    }
    let floor = world.levers.mandate * wanted;
    divide(&mut offers, wanted, floor, sigma);
    // What was taken of what was open foretells what packaging China will need.
    if offers[0].room > 0.0 {
        world.taken = (offers[0].bought / offers[0].room).min(1.0);
    }
    if let Some(share) = packaged_share(world, &offers) {
        // What packaging cannot make is turned to other sources.
        world.flows.seizing = caught(world, &offers[2]) * share;
        for (at, offer) in offers.iter_mut().enumerate() {
            let made = at < 3 || at == 5;
            offer.room = if made { offer.bought * share } else { offer.room };
            offer.bought = 0.0;
        }
        divide(&mut offers, wanted, floor, sigma);
    }
    world.premium = if gap > world.p.gap_least {
        let keep = world.p.premium_keep;
        let first = start_premium(world, gap);
        world.flows.premium.max(world.premium * keep + (1.0 - keep) * first)
    } else {
        1.0
    };
    deliver(world, &offers, wanted);
}

/// The share of what would be bought from U.S. designers that packaging can make, where that is
/// not all of it.
fn packaged_share(world: &World<'_>, offers: &[Offer; 6]) -> Option<f64> {
    let of = |chip: &Composite, money: f64| {
        if chip.price > 0.0 { money / chip.price * chip.dies } else { 0.0 }
    };
    let fee = 1.0 + world.p.fee_passed * world.levers.fee;
    let licensed = world.flows.licensed.map_or(0.0, |it| of(&it.chip, offers[1].bought / fee));
    let chip = &world.flows.chip;
    let smuggled = of(chip, offers[2].bought / world.flows.premium);
    let seized = caught(world, &offers[2]) * chip.dies;
    let dies = of(&world.flows.for_china.0, offers[0].bought)
        + licensed
        + smuggled
        + seized
        + of(chip, offers[5].bought);
    let left = (world.flows.capacity - world.balance.packaged_now).max(0.0);
    (dies > left).then(|| left / dies)
}

/// Chips seized on the way: of those that vendors were caught with, as many as had buyers.
fn caught(world: &World<'_>, smuggled: &Offer) -> f64 {
    let wanted = if smuggled.room > 0.0 { smuggled.bought / smuggled.room } else { 1.0 };
    world.flows.seizing * wanted.min(1.0)
}

/// Where nothing is smuggled yet, the premium that a first seller would find.
fn start_premium(world: &World<'_>, gap: f64) -> f64 {
    let wide = (gap / world.p.premium_gap).min(world.p.premium_gap_most);
    1.0 + (world.p.premium_base - 1.0) * wide
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
    let better =
        |chip: &Composite| open <= 0.0 || chip.value > world.p.licensed_better * variant.value;
    let Some(Licensed { chip, share, approved }) =
        world.flows.licensed.filter(|it| better(&it.chip))
    else {
        return Offer::default();
    };
    let welcome = 1.0 - world.levers.discouragement;
    let price = chip.price_of_value() * (1.0 + world.p.fee_passed * world.levers.fee);
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
    let markup = world.p.rent_markup;
    let price = list * markup;
    let chip = &world.flows.chip;
    let room = world.flows.renting_room / chip.compute.h100e * chip.price * markup;
    Offer { weight: world.p.rented_weight * gap, price, room, bought: 0.0 }
}

/// What Chinese companies may buy in third countries, at list price.
fn abroad(world: &World<'_>, list: f64) -> Offer {
    let room = world.flows.abroad_room;
    Offer { weight: world.p.abroad_weight, price: list, room, bought: 0.0 }
}

/// Price of a domestic die in the quarter, USD.
fn die_price(world: &World<'_>) -> f64 {
    let years = world.years_since(world.p.die_price_from).max(0.0);
    world.p.price_domestic * pow(world.p.die_keep, years)
}

/// What the dies in stock do on average against one of 2024; the newest, where there are none.
fn die_growth(world: &World<'_>) -> f64 {
    let bank = world.bank.own.plus(world.bank.other).plus(world.bank.foreign);
    let die = if bank.chips >= 1.0 { bank } else { manufacture::newest_die(world) };
    die.h100e / die.chips / world.p.die_h100e
}

fn domestic(world: &World<'_>, list: f64) -> Offer {
    let grown = pow(die_growth(world), world.p.die_value_exponent);
    let value = world.p.die_value * grown * world.quality;
    let price = die_price(world) / value;
    let room = (world.flows.dies.0 + world.flows.dies.1) * die_price(world);
    // Where it is better value than the list, it still competes with what is there.
    Offer { weight: 1.0, price: price.max(world.p.domestic_floor * list), room, bought: 0.0 }
}

/// Spends by attraction; what one cannot deliver goes to the others.
fn divide(offers: &mut [Offer; 6], wanted: f64, floor: f64, sigma: f64) {
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
fn deliver(world: &mut World<'_>, offers: &[Offer; 6], wanted: f64) {
    let bought: f64 = offers.iter().map(|it| it.bought).sum();
    // What nobody in the world could have had is not unmet for want of a license.
    let could = wanted * world.flows.served;
    world.flows.unmet = if could > 0.0 { (1.0 - bought / could).max(0.0) } else { 0.0 };
    let chip = world.flows.chip;
    world.flows.denied = chip.bought(world.flows.unmet * could).h100e;
    sell_licensed(world, offers[1].bought);
    smuggle(world, &offers[2]);
    buy_abroad(world, offers[5].bought);
    sell_open(world, offers[0].bought);
    world.rented.install(chip.bought(offers[3].bought / world.p.rent_markup));
    let dies = offers[4].bought / die_price(world);
    let (huawei, other) = world.flows.dies;
    let part = if huawei + other > 0.0 { huawei / (huawei + other) } else { 0.0 };
    manufacture::package(world, dies * part, dies * (1.0 - part));
    world.flows.domestic_usd = offers[4].bought;
    quality(world, offers[4].bought, bought);
}

/// Installs what Chinese companies buy in third countries: it stands there and is theirs.
fn buy_abroad(world: &mut World<'_>, money: f64) {
    let chip = world.flows.chip;
    let (what, china) = (chip.bought(money), world.compiled.data.china);
    world.flows.abroad_usd = money;
    world.abroad_before = what.chips * chip.dies;
    world.package(what.chips, chip.dies);
    for place in 0..world.places.len() {
        let here = what.times(world.flows.abroad[place]);
        world.balance.made[place].add(here);
        world.places[place].install(here);
        world.owners[china].install(here);
        world.abroad.install(here);
    }
}

/// Brings smuggled chips into China, and those that were caught into custody.
fn smuggle(world: &mut World<'_>, offer: &Offer) {
    let chip = world.flows.chip;
    let brought = chip.bought(offer.bought / world.flows.premium);
    let seized = chip.compute.times(caught(world, offer));
    let made = brought.plus(seized);
    world.balance.made_smuggled.add(made);
    world.package(made.chips, chip.dies);
    world.smuggled_before = made.chips * chip.dies;
    world.flows.smuggled = brought;
    world.flows.seized = seized.chips;
    world.seized.add(seized);
    world.china[Source::Smuggled as usize].install(brought);
}

/// Sells what needs no license: flagships as they are, chips made for China from stock and new.
fn sell_open(world: &mut World<'_>, money: f64) {
    let (chip, _) = world.flows.for_china;
    let chips = if chip.price > 0.0 { money / chip.price } else { 0.0 };
    let offered = std::mem::take(&mut world.flows.offered);
    for Offered { line, share, chip } in &offered {
        let what = chip.compute.times(chips * share);
        let paid = chip.price * what.chips;
        world.china[Source::Legal as usize].install(what);
        match *line {
            None => {
                world.flows.legal_usd.0 += paid;
                world.balance.made_flagships.add(what);
                world.package(what.chips, chip.dies);
            }
            Some(line) => {
                world.flows.legal_usd.1 += paid;
                world.flows.variants += what.chips;
                let lacking = (what.chips - world.stock[line].chips).max(0.0);
                make_line(world, line, chip, lacking);
                world.stock[line] = world.stock[line].without(what);
                world.balance.sold_lines[line].add(what);
            }
        }
    }
    // A part of sales is made ahead, where packaging is left.
    for Offered { line, share, chip } in &offered {
        let Some(line) = *line else { continue };
        let ahead = world.p.stock_ahead * chips * share - world.stock[line].chips;
        let left = (world.flows.capacity - world.balance.packaged_now).max(0.0) / chip.dies;
        make_line(world, line, chip, ahead.min(left).max(0.0));
    }
    world.flows.offered = offered;
}

/// Makes chips for China.
fn make_line(world: &mut World<'_>, line: usize, chip: &Composite, chips: f64) {
    let made = chip.compute.times(chips);
    world.balance.made_lines[line].add(made);
    world.package(made.chips, chip.dies);
    world.stock[line].add(made);
}

/// Sells what licenses let through.
fn sell_licensed(world: &mut World<'_>, money: f64) {
    world.licensed_before = 0.0;
    let Some(Licensed { chip, .. }) = world.flows.licensed else { return };
    let what = chip.bought(money / (1.0 + world.p.fee_passed * world.levers.fee));
    world.china[Source::Legal as usize].install(what);
    // What the government takes is no revenue of the designer.
    world.flows.legal_usd.0 += money * (1.0 - world.levers.fee);
    world.licensed_before = what.chips * chip.dies;
    world.balance.made_flagships.add(what);
    world.package(what.chips, chip.dies);
}

/// Lets usefulness follow use, and research.
fn quality(world: &mut World<'_>, domestic: f64, bought: f64) {
    world.domestic_share = if bought > 0.0 { domestic / bought } else { 0.0 };
    let pull = (world.domestic_share - world.quality).max(0.0);
    let research =
        world.p.quality_research * world.p.research_response * world.levers.tool_control / 4.0;
    world.quality = (world.quality + 0.25 * world.p.quality_learning * pull) * exp(research);
    world.quality = world.quality.clamp(world.p.quality_least, world.p.quality_most);
}

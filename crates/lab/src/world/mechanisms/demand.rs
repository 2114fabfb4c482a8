//! 2. Demand: what companies want to spend on accelerators.
//!
//! ```text
//! ln B(t+¼) = ln B(t) + ¼ (g₀ + (g(t) + e(t) - g₀) (1 - B/ceiling)⁺) + σ ε
//! e(t+¼) = e(t) · exp(-¼ / boom years)                       g₀ = ln 1.06
//! B_b = B · w_b · exp(s_b) / Σ,     s_b(t+¼) = 0.8 s_b(t) + 0.05 ε_b
//! B_China = κ · B · exp(σ_C ε_C)
//! ```
//!
//! g is the growth before the boom, then the long one, which fades from the end of 2025; e is the
//! boom's excess, which an event begins. Spending that capacity did not serve waits in part. With a
//! price elasticity other than one, scarcity changes spending: outside China
//!
//! ```text
//! wanted = B · demand · scarcity^(1 - elasticity) + backlog,   scarcity a quarter ago, B_b of it
//! w_b grows by capped growth^years since 2023 where the company is neither American nor allied
//! ```
//!
//! A part of what a company wants is wanted abroad, spread over places as the companies there
//! spend. China's companies are taken as one. The lever `demand` multiplies all of it. The long
//! growth is that from the end of 2022 on; it fades to that of the world's output.
//!
//! Sources: growth of capital spending 1.72 a year (ai-2040 and Epoch AI, 2023Q3 to 2025Q4); shares
//! of owners (Epoch AI, 2022 to 2023). The boom, the noise and the split of the places abroad are
//! assumed.

use crate::math::{exp, ln, pow};
use crate::world::state::{Wanted, World};

/// Sets what is wanted in the quarter.
pub fn step(world: &mut World<'_>) {
    let noise = world.p.spend_noise * world.chances.spend[world.t];
    // As it nears what the world can pay, growth falls to that of the world's output.
    let room = (1.0 - world.spend / world.p.spend_ceiling).max(0.0);
    let last = ln(world.p.growth_last);
    let growth = last + (trend(world) + world.excess - last) * room;
    world.spend *= exp(growth / 4.0 + noise);
    world.excess = if std::mem::take(&mut world.begun) {
        world.p.boom
    } else {
        world.excess * exp(-0.25 / world.p.boom_years)
    };
    let scarcity = super::supply::dearness(world);
    let elastic = pow(scarcity, 1.0 - world.p.price_elasticity);
    let total = world.spend * world.levers.demand * elastic + world.backlog;
    let shocks = world.p.china_noise * world.chances.china[world.t];
    world.flows.china_wanted =
        world.p.china_spend * world.spend * world.levers.demand * exp(shocks);
    world.flows.wanted = wanted(world, total);
}

/// Growth apart from the boom, logarithm a year.
fn trend(world: &World<'_>) -> f64 {
    let begun = world.years_since(world.p.growth_from) >= 0.0;
    let (before, long) = (ln(world.p.growth_before), ln(world.p.growth_long));
    let last = ln(world.p.growth_last);
    let since = world.years_since(world.p.fade_from);
    match (begun, since > 0.0) {
        (false, _) => before,
        (true, false) => long,
        (true, true) => last + (long - last) * exp(-since / world.p.fade_years),
    }
}

/// Spreads spending over buyers, and theirs over places.
fn wanted(world: &mut World<'_>, total: f64) -> Wanted {
    let compiled = world.compiled;
    let data = &compiled.data;
    let places = data.places.len();
    let mut wanted = Wanted { local: vec![0.0; places], guests: vec![0.0; places] };
    let capped_growth = pow(world.p.capped_growth, world.years_since(world.p.capped_from).max(0.0));
    let mut shares = vec![0.0; data.buyers.len()];
    let mut sum = 0.0;
    for (at, buyer) in data.buyers.iter().enumerate() {
        let luck = world.chances.buyers[world.t * data.buyers.len() + at];
        world.buyer_state[at] =
            world.p.buyer_keep * world.buyer_state[at] + world.p.buyer_noise * luck;
        if buyer.hq == data.china {
            continue;
        }
        let capped = !compiled.allied[buyer.hq] && buyer.hq != 0;
        let growth = if capped { capped_growth } else { 1.0 };
        shares[at] = buyer.weight * exp(world.buyer_state[at]) * growth;
        sum += shares[at];
    }
    let (allies, capped) = (abroad(world, true), abroad(world, false));
    for (buyer, share) in data.buyers.iter().zip(&shares) {
        let money = total * share / sum;
        wanted.local[buyer.hq] += money * (1.0 - buyer.abroad_allies - buyer.abroad_capped);
        for place in 0..places {
            let there = buyer.abroad_allies * allies[place] + buyer.abroad_capped * capped[place];
            wanted.guests[place] += money * there;
        }
    }
    wanted
}

/// How buyers spread what they want abroad over allied or over other places: as the companies
/// there do.
pub(super) fn abroad(world: &World<'_>, allied: bool) -> Vec<f64> {
    let compiled = world.compiled;
    let data = &compiled.data;
    let mut weights = vec![0.0; data.places.len()];
    for buyer in &data.buyers {
        let fits = compiled.allied[buyer.hq] == allied && !compiled.embargoed[buyer.hq];
        if fits && buyer.hq != 0 {
            weights[buyer.hq] += buyer.weight;
        }
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect()
}

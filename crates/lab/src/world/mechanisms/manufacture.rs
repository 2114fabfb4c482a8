//! 10. Domestic manufacture: how many dies, stacks and chips China can make.
//!
//! ```text
//! good dies = 3 W gross(A) exp(-A D),   D = D0 max(1, Cum/Cum0)^-b,   b = -log2(1 - learning)
//! W(t+¼) = W(t) (1 + (growth - 1) closed · (subsidy / normal)^0.1 · (1 - W / limit)⁺)^¼
//! closed = 1 - ½ tool control (0.4 + 0.6 alignment)
//! bank(t) = bank(t-1) + good + made abroad - packaged,   for Huawei and for others
//! packaged ≤ bank;   Huawei's ≤ packaging;   all ≤ stacks at hand / 4;   chips = yield · packaged
//! ```
//!
//! W wafers a month, Cum0 a quarter's output at the end of 2023. Good dies that are not packaged
//! wait in the bank, with what they could do when they were made. Dies made abroad arrive from the
//! third quarter of 2023, a sixth of the parameter a quarter times what foundries do not look at:
//! through 2024, and after it where they look less than half. Stacks are bought abroad from 2023,
//! 30 percent more a year, less what is forbidden, and three times as fast where the next quarter
//! forbids 0.2 more; before, as many as are used. Other designers' dies are bound by memory and not
//! by Huawei's packaging.
//!
//! Sources: SMIC's wafers (Morgan Stanley, SemiAnalysis), yields (CSIS 2025; press 2026), learning
//! 20 percent per doubling (Irwin and Klenow 1994), the bank and the stacks (SemiAnalysis,
//! September 2025), CXMT (ai-2040). Gross dies and yield: [`crate::instruments::output`].

use crate::instruments::output::{die_yield, gross_dies};
use crate::math::{ln, pow};
use crate::world::data::H100E_TPP;
use crate::world::state::{Compute, Source, World};

/// When the parameters of SMIC and of Huawei's packaging hold, the fourth quarter of 2023.
const BASE: f64 = 2023.75;
/// When the parameter of stacks bought abroad holds, the first quarter of 2024.
const STACKS_BASE: f64 = 2024.0;

/// Sets the dies that can become chips.
pub fn step(world: &mut World<'_>) {
    let since = world.years_since(BASE);
    plant(world);
    dies(world);
    abroad(world);
    let years = world.p.package_years;
    world.flows.packages = world.p.package_2023
        * pow(world.p.package_growth, since.min(years))
        * pow(world.p.package_later, (since - years).max(0.0));
    memory(world);
    let bank = &world.bank;
    let huawei = (bank.own.chips + bank.foreign.chips).min(world.flows.packages);
    let other = bank.other.chips;
    let bound = if world.flows.memory_free { f64::MAX } else { world.stacks / world.p.die_stacks };
    let share = if huawei + other > bound { bound / (huawei + other) } else { 1.0 };
    let works = share * world.p.packaging_yield;
    world.flows.dies = (huawei * works, other * works);
}

/// SMIC's wafers for AI.
fn plant(world: &mut World<'_>) {
    if world.years_since(world.p.smic_from) < 0.0 {
        world.smic = 0.0;
        return;
    }
    if world.smic == 0.0 {
        let since = world.years_since(BASE);
        world.smic = world.p.smic_wafers_2023 * pow(world.p.smic_growth, since);
        return;
    }
    let p = &world.p;
    let reach = p.tools_alone + (1.0 - p.tools_alone) * world.levers.ally_alignment;
    let closed = 1.0 - p.tools_effect * world.levers.tool_control * reach;
    let subsidy = (world.levers.china_subsidy / p.subsidy_normal).max(p.subsidy_least);
    // Growth slows as the plant nears the size of a large foundry.
    let room = (1.0 - world.smic / p.smic_limit).max(0.0);
    let help = pow(subsidy, p.subsidy_exponent);
    let growth = 1.0 + (p.smic_growth - 1.0) * closed * help * room;
    world.smic *= pow(growth, 0.25);
}

/// What a domestic die of the quarter can do.
pub fn newest_die(world: &World<'_>) -> Compute {
    let years = world.years_since(world.p.die_growth_from).max(0.0);
    let h100e = world.p.die_h100e * pow(world.p.die_growth, years);
    Compute { chips: 1.0, h100e, tpp: h100e * H100E_TPP }
}

/// Dies of the quarter's wafers: those that do not work are lost, the others go to the bank.
fn dies(world: &mut World<'_>) {
    let p = &world.p;
    let exponent = -ln(1.0 - p.learning) / ln(2.0);
    let gross = gross_dies(p.wafer_diameter, p.die_area);
    let first = 3.0 * p.smic_wafers_2023 * gross * die_yield(p.die_area, p.defects_2023);
    let defects = p.defects_2023 * pow((world.smic_ever / first).max(1.0), -exponent);
    let started = 3.0 * world.smic * gross;
    let good = started * die_yield(p.die_area, defects);
    let (share, die) = (p.other_domestic, newest_die(world));
    world.smic_ever += good;
    world.balance.started += started;
    world.balance.failed += started - good;
    world.balance.good.add(die.times(good));
    world.bank.own.add(die.times(good * (1.0 - share)));
    world.bank.other.add(die.times(good * share));
}

/// Dies made abroad for Huawei through a front.
fn abroad(world: &mut World<'_>) {
    let since = world.years_since(world.p.bank_from);
    let looked = world.levers.foundry_diligence;
    let quarters = world.p.bank_quarters;
    if since >= 0.0 && (4.0 * since < quarters || looked < world.p.bank_diligence) {
        let h100e = world.p.die_h100e;
        let die = Compute { chips: 1.0, h100e, tpp: h100e * H100E_TPP };
        let came = die.times(world.p.die_bank / quarters * (1.0 - looked));
        world.balance.bought.add(came);
        world.bank.foreign.add(came);
    }
}

/// Stacks of memory that come in the quarter.
fn memory(world: &mut World<'_>) {
    let p = &world.p;
    world.flows.memory_free = world.years_since(p.hbm_from) < 0.0;
    let mut came = 0.0;
    if !world.flows.memory_free {
        let hurry =
            world.compiled.scenario.levers.get(world.t + 1).map_or(0.0, |next| next.hbm_control);
        let now = world.levers.hbm_control;
        let rush = if hurry > now + p.hbm_rush_step { p.hbm_rush } else { 1.0 };
        let scale = pow(p.hbm_growth, world.years_since(STACKS_BASE));
        came += p.hbm_imports * scale * rush * (1.0 - now);
    }
    let cxmt = world.years_since(p.cxmt_from);
    if cxmt >= 0.0 {
        let wafers = p.cxmt_wafers_2026
            * pow(p.cxmt_growth, cxmt.min(p.cxmt_years))
            * pow(p.cxmt_later, (cxmt - p.cxmt_years).max(0.0));
        let grown = p.cxmt_yield_2026 * pow(p.cxmt_yield_growth, cxmt);
        let yields = grown.min(p.cxmt_yield_most);
        let tools = 1.0 - p.cxmt_tools * world.levers.tool_control * world.levers.ally_alignment;
        came += wafers * 3.0 * p.wafer_stacks * yields * tools;
    }
    world.balance.stacks_got += came;
    world.stacks += came;
}

/// Packages what is sold: takes dies and stacks, and leaves working chips in China's centers.
pub fn package(world: &mut World<'_>, huawei: f64, other: f64) {
    let yields = world.p.packaging_yield;
    let (into_huawei, into_other) = (huawei / yields, other / yields);
    // China's own dies first: those made abroad come no more.
    let own = into_huawei.min(world.bank.own.chips);
    let foreign = (into_huawei - own).min(world.bank.foreign.chips);
    let own = draw(&mut world.bank.own, own);
    let foreign = draw(&mut world.bank.foreign, foreign);
    let rest = draw(&mut world.bank.other, into_other);
    let ours = own.plus(foreign);
    world.flows.packaged_huawei = ours.chips;
    let used = world.p.die_stacks * (ours.chips + rest.chips);
    if world.flows.memory_free {
        world.balance.stacks_got += used;
        world.stacks += used;
    }
    world.stacks -= used;
    world.balance.stacks_used += used;
    for (pool, dies) in [(Source::Huawei, ours), (Source::OtherDomestic, rest)] {
        world.balance.packaged.add(dies);
        world.balance.broken.add(dies.times(1.0 - yields));
        world.china[pool as usize].install(dies.times(yields));
    }
    let all = ours.chips + rest.chips;
    world.made_share = if all > 0.0 { 1.0 - foreign.chips / all } else { 1.0 };
}

/// Takes dies out of a stock: a mean of what lies there.
fn draw(stock: &mut Compute, dies: f64) -> Compute {
    let share = if stock.chips > 0.0 { (dies / stock.chips).clamp(0.0, 1.0) } else { 0.0 };
    let drawn = stock.times(share);
    *stock = stock.without(drawn);
    drawn
}

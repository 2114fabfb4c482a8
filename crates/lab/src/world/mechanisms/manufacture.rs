//! 10. Domestic manufacture: how many dies, stacks and chips China can make.
//!
//! ```text
//! dies = 3 W gross(A) y,   y = exp(-A D),   D = D0 max(1, Cum/Cum0)^-b,   b = -log2(1 - learning)
//! W(t+¼) = W(t) (1 + (growth - 1) closed · (subsidy / 2·10⁹)^0.1 · (1 - W / 150,000)⁺)^¼
//! closed = 1 - ½ tool control (0.4 + 0.6 alignment)
//! chips (dies) ≤ own + bank   ≤ packaging capacity   ≤ (stacks in stock + CXMT's) / 4;   × yield
//! ```
//!
//! W wafers a month, A = 6.65 cm², Cum0 a quarter's output at the end of 2023. Dies made abroad
//! (the bank) arrive from the third quarter of 2023, a sixth of the parameter a quarter times what
//! foundries do not look at: through 2024, and after it where they look less than half. Stacks are
//! bought abroad from 2023, 30 percent more a year, less what is forbidden, and three times as fast
//! where the next quarter forbids 0.2 more. Dies of other designers than Huawei are bound by
//! neither packaging nor memory.
//!
//! Sources: SMIC's wafers (Morgan Stanley, SemiAnalysis), yields (CSIS 2025; press 2026), learning
//! 20 percent per doubling (Irwin and Klenow 1994), the bank and the stacks (SemiAnalysis,
//! September 2025), CXMT (ai-2040). Gross dies and yield: [`crate::instruments::output`].

use crate::instruments::output::{die_yield, gross_dies};
use crate::math::{ln, pow};
use crate::world::state::World;

/// Area of a die, cm².
const AREA: f64 = 6.65;
/// Diameter of a wafer, cm.
const WAFER: f64 = 30.0;
/// Stacks of memory that a die takes.
const STACKS: f64 = 4.0;
/// Stacks of eight on a wafer of memory.
const GROSS_STACKS: f64 = 88.0;

/// Sets the dies that can become chips, and how many of them are China's own.
pub fn step(world: &mut World<'_>) {
    let since = world.years_since(2023, 4);
    plant(world, since);
    let exponent = -ln(1.0 - world.p.learning) / ln(2.0);
    let gross = gross_dies(WAFER, AREA);
    let first = 3.0 * world.p.smic_wafers_2023 * gross * die_yield(AREA, world.p.defects_2023);
    let defects = world.p.defects_2023 * pow((world.smic_ever / first).max(1.0), -exponent);
    let own = 3.0 * world.smic * gross * die_yield(AREA, defects);
    world.smic_ever += own;
    bank(world);
    let packages = world.p.package_2023
        * pow(world.p.package_growth, since.min(4.0))
        * pow(1.25, (since - 4.0).max(0.0));
    let memory = memory(world);
    let other = world.p.other_domestic;
    let usable = own * (1.0 - other);
    let from_bank = (packages - usable).max(0.0).min(world.bank);
    let dies = (usable + from_bank).min(packages).min(memory / STACKS);
    let foreign = (dies - usable).max(0.0);
    let yields = world.p.packaging_yield;
    world.flows.dies = ((dies + own * other) * yields, (dies - foreign + own * other) * yields);
}

/// SMIC's wafers for AI.
fn plant(world: &mut World<'_>, since: f64) {
    if since < -2.0 {
        world.smic = 0.0;
        return;
    }
    if world.smic == 0.0 {
        world.smic = world.p.smic_wafers_2023 * pow(world.p.smic_growth, since);
        return;
    }
    let closed = 1.0 - 0.5 * world.levers.tool_control * (0.4 + 0.6 * world.levers.ally_alignment);
    let subsidy = pow((world.levers.china_subsidy / 2e9).max(0.1), 0.1);
    // Growth slows as the plant nears the size of a large foundry.
    let room = (1.0 - world.smic / 1.5e5).max(0.0);
    let growth = 1.0 + (world.p.smic_growth - 1.0) * closed * subsidy * room;
    world.smic *= pow(growth, 0.25);
}

/// Dies made abroad for Huawei through a front, from the second half of 2023.
fn bank(world: &mut World<'_>) {
    let (from, through) = (world.years_since(2023, 3), world.years_since(2025, 1));
    let open = 1.0 - world.levers.foundry_diligence;
    if from >= 0.0 && (through < 0.0 || world.levers.foundry_diligence < 0.5) {
        world.bank += world.p.die_bank / 6.0 * open;
    }
}

/// Stacks of memory at hand.
fn memory(world: &mut World<'_>) -> f64 {
    let since = world.years_since(2024, 1);
    if since >= -1.0 {
        let hurry =
            world.compiled.scenario.levers.get(world.t + 1).map_or(0.0, |next| next.hbm_control);
        let rush = if hurry > world.levers.hbm_control + 0.2 { 3.0 } else { 1.0 };
        let scale = pow(1.3, since);
        world.stacks += world.p.hbm_imports * scale * rush * (1.0 - world.levers.hbm_control);
    }
    let cxmt = world.years_since(2026, 1);
    if cxmt >= 0.0 {
        let wafers =
            world.p.cxmt_wafers_2026 * pow(1.7, cxmt.min(3.0)) * pow(1.15, (cxmt - 3.0).max(0.0));
        let yields = (world.p.cxmt_yield_2026 * pow(1.2, cxmt)).min(0.7);
        let tools = 1.0 - 0.4 * world.levers.tool_control * world.levers.ally_alignment;
        world.stacks += wafers * 3.0 * GROSS_STACKS * yields * tools;
    }
    // Before the boom, memory was no bound.
    if since < -1.0 { f64::MAX } else { world.stacks }
}

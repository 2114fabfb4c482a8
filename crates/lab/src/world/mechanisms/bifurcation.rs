//! 16. Bifurcation: how far two stacks of technology divide the world.
//!
//! ```text
//! x_r(t+¼) = x_r + drift (target - x_r) ± 0.15 drift · pressure
//! x_r = leaning to the U.S. stack
//! target = share of U.S. chips in what China adds;  0.1 under embargo;
//!          elsewhere 1 - q² · domestic share · held back / wanted - 0.02
//! BI = 1 - 2 Σ w_r min(x_r, 1 - x_r)          locked in: share of places with max(x, 1-x) > 0.8
//! ```
//!
//! w_r is the share of the region in what is added, q the usefulness of domestic chips. Places
//! under quotas turn from the U.S. stack by what quotas hold back, if domestic Chinese chips can be
//! had; pressure to choose moves them to the nearer side. The measure of locked-in countries
//! answers a forecast of Gartner (35 percent by 2027).

use crate::math::pow;
use crate::world::state::World;

/// Lets leanings follow what is bought.
pub fn step(world: &mut World<'_>) {
    let china = world.compiled.data.china;
    for place in 0..world.stack.len() {
        let target = if place == china {
            let domestic = world.china[2].added.h100e + world.china[3].added.h100e;
            let foreign = world.china[0].added.h100e + world.china[1].added.h100e;
            let all = domestic + foreign;
            if all > 0.0 { foreign / all } else { world.stack[place] }
        } else if world.compiled.embargoed[place] {
            world.p.stack_embargoed
        } else {
            open_share(world, place)
        };
        let toward = if world.stack[place] > 0.5 { 1.0 } else { -1.0 };
        let pressed = world.levers.stack_pressure * toward * world.p.stack_pressed;
        let drift = world.p.stack_drift;
        let next = world.stack[place] + drift * (target - world.stack[place]) + drift * pressed;
        world.stack[place] = next.clamp(0.0, 1.0);
    }
}

/// Share of U.S. chips in what a place adds when a part is held back and Chinese chips are on sale.
fn open_share(world: &World<'_>, place: usize) -> f64 {
    let (spent, held) = (world.flows.spent[place], world.flows.held_back[place]);
    if spent + held <= 0.0 {
        return world.stack[place];
    }
    let export = pow(world.quality.min(1.0), 2.0) * (world.domestic_share).min(1.0);
    1.0 - export * held / (spent + held) - world.p.stack_other
}

/// The index, the share of the second stack in what is added, and the share of places locked in.
/// The index is near one also where everybody uses one stack; the second stack tells which it is.
pub fn index(world: &World<'_>) -> (f64, f64, f64) {
    let china = world.compiled.data.china;
    let added = |place: usize| {
        let own: f64 =
            if place == china { world.china.iter().map(|it| it.added.h100e).sum() } else { 0.0 };
        own + world.places[place].added.h100e
    };
    let total: f64 = (0..world.stack.len()).map(added).sum();
    let divided =
        |place: usize| world.stack[place].min(1.0 - world.stack[place]) * added(place) / total;
    let mixed: f64 = if total > 0.0 { (0..world.stack.len()).map(divided).sum() } else { 0.0 };
    let other = |place: usize| (1.0 - world.stack[place]) * added(place) / total;
    let second: f64 = if total > 0.0 { (0..world.stack.len()).map(other).sum() } else { 0.0 };
    let locked = world.stack.iter().filter(|it| it.max(1.0 - **it) > world.p.locked_from).count();
    (1.0 - 2.0 * mixed, second, locked as f64 / world.stack.len() as f64)
}

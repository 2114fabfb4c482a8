//! One draw through one scenario.

use super::balance;
use super::compiled::Compiled;
use super::mechanisms::{
    allies, allocation, anticipation, bifurcation, cloud, demand, design, diversion, manufacture,
    market, research, retaliation, rules, substitution, supply,
};
use super::observe::{Observation, Observer};
use super::parameters::Parameters;
use super::state::{Chances, World};
use crate::quarter::{QUARTERS, Quarter};

/// A run that came to no end that can be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("draw {draw} of `{scenario}` diverged in {quarter}: {what}")]
pub struct Diverged {
    /// The scenario.
    pub scenario: String,
    /// The draw.
    pub draw: u64,
    /// The quarter.
    pub quarter: String,
    /// What happened.
    pub what: String,
}

/// A draw.
#[derive(Clone, Debug)]
pub struct Run {
    /// The seed of all draws.
    pub seed: u64,
    /// Its number.
    pub draw: u64,
    /// Its parameters.
    pub parameters: Parameters,
}

impl Run {
    /// Lets the world run; what is observed, quarter by quarter.
    ///
    /// # Errors
    /// [`Diverged`]: a quantity that is not finite or is negative where it cannot be, chips that
    /// are lost or made from nothing, a movement that the ledger refused.
    pub fn through(
        &self,
        compiled: &Compiled,
        observer: &Observer,
    ) -> Result<Observation, Diverged> {
        let data = &compiled.data;
        let chances = Chances::new(self.seed, self.draw, data.buyers.len(), data.flagships.len());
        let mut world = World::new(compiled, self.parameters.clone(), chances);
        let mut observation = observer.start();
        for t in 0..QUARTERS {
            quarter(&mut world, t);
            observer.observe(&world, &mut observation);
            if let Some(what) = trouble(&world).or_else(|| observation.trouble(observer)) {
                return Err(Diverged {
                    scenario: compiled.scenario.id.clone(),
                    draw: self.draw,
                    quarter: Quarter::at(t).to_string(),
                    what,
                });
            }
        }
        Ok(observation)
    }
}

/// A quarter: every mechanism once.
pub fn quarter(world: &mut World<'_>, t: usize) {
    world.begin(t);
    rules::step(world);
    demand::step(world);
    supply::prices(world);
    design::step(world);
    anticipation::step(world);
    supply::step(world);
    allocation::step(world);
    manufacture::step(world);
    diversion::step(world);
    cloud::step(world);
    substitution::step(world);
    research::step(world);
    allies::step(world);
    retaliation::step(world);
    market::step(world);
    bifurcation::step(world);
    world.volume.0 = world.flows.chip.bought(world.flows.spent.iter().sum()).chips;
    if world.quarter() == Quarter::at(19) {
        world.volume.1 = world.volume.0;
    }
}

/// C11: what the books of what was made and where it is do not agree in, if anything.
pub fn trouble(world: &World<'_>) -> Option<String> {
    balance::trouble(world).or_else(|| {
        let refused = world.books.refused > 0;
        refused.then(|| "the ledger refused a movement within its limits".to_owned())
    })
}

//! The outcome over all choices for the open rules, and which of those rules turn it.
//!
//! [`Worlds::by_trying_all`] is the meaning, word for word. It tries 2ⁿ worlds for n open rules, so
//! beyond [`MOST`] of them [`Worlds::by_extremes`] says the same from two facts: a further
//! requirement never makes the outcome milder, and a further exception never makes it stricter. A
//! test compares the two.

use law::Outcome;

/// The most open rules for which every world is tried.
pub(crate) const MOST: usize = 12;

/// The rules that hold or are open, and which exception overcomes which requirement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Worlds {
    /// For each requirement, whether it is open rather than holding.
    pub(crate) requirements: Vec<bool>,
    /// For each exception, the same.
    pub(crate) exceptions: Vec<bool>,
    /// For each exception, for each requirement, whether the one overcomes the other.
    pub(crate) overcomes: Vec<Vec<bool>>,
}

/// The outcome, and the open rules that turn it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The outcome of every world, or that there are several.
    pub(crate) outcome: Outcome,
    /// The requirements that turn it.
    pub(crate) requirements: Vec<usize>,
    /// The exceptions that turn it.
    pub(crate) exceptions: Vec<usize>,
}

/// A choice: whether each requirement and each exception holds.
#[derive(Clone)]
struct World {
    requirements: Vec<bool>,
    exceptions: Vec<bool>,
}

impl Worlds {
    /// The outcome over all worlds.
    pub(crate) fn settle(&self) -> Settled {
        let open = self.requirements.iter().chain(&self.exceptions).filter(|open| **open).count();
        if open <= MOST { self.by_trying_all() } else { self.by_extremes() }
    }

    /// Tries every world.
    pub(crate) fn by_trying_all(&self) -> Settled {
        let open_requirements = indexes(&self.requirements, true);
        let open_exceptions = indexes(&self.exceptions, true);
        let open = open_requirements.len() + open_exceptions.len();
        let world = |choice: usize| {
            let mut world = World {
                requirements: self.requirements.iter().map(|open| !open).collect(),
                exceptions: self.exceptions.iter().map(|open| !open).collect(),
            };
            for (bit, at) in open_requirements.iter().enumerate() {
                world.requirements[*at] = choice >> bit & 1 == 1;
            }
            for (bit, at) in open_exceptions.iter().enumerate() {
                world.exceptions[*at] = choice >> (open_requirements.len() + bit) & 1 == 1;
            }
            world
        };
        let outcomes: Vec<Outcome> =
            (0..1 << open).map(|choice| self.outcome(&world(choice))).collect();
        let turns = |bit: usize| {
            (0..1 << open).any(|choice: usize| outcomes[choice] != outcomes[choice ^ (1 << bit)])
        };
        let first = outcomes[0];
        let agree = outcomes.iter().all(|outcome| *outcome == first);
        let requirements = open_requirements.iter().enumerate();
        let exceptions = open_exceptions.iter().enumerate();
        Settled {
            outcome: if agree { first } else { Outcome::Unresolved },
            requirements: requirements.filter(|(bit, _)| turns(*bit)).map(|(_, at)| *at).collect(),
            exceptions: exceptions
                .filter(|(bit, _)| turns(open_requirements.len() + bit))
                .map(|(_, at)| *at)
                .collect(),
        }
    }

    fn outcome(&self, world: &World) -> Outcome {
        let holding = indexes(&world.requirements, true);
        if holding.is_empty() {
            return Outcome::NoLicenseRequired;
        }
        let covered = indexes(&world.exceptions, true)
            .iter()
            .any(|exception| holding.iter().all(|at| self.overcomes[*exception][*at]));
        if covered { Outcome::LicenseException } else { Outcome::LicenseRequired }
    }

    /// Says the same from the extreme worlds alone.
    pub(crate) fn by_extremes(&self) -> Settled {
        let none = vec![false; self.requirements.len()];
        let held: Vec<bool> = self.requirements.iter().map(|open| !open).collect();
        let all = vec![true; self.requirements.len()];
        let holding: Vec<bool> = self.exceptions.iter().map(|open| !open).collect();
        let every = vec![true; self.exceptions.len()];
        // The mildest worlds: as few requirements as there can be, every exception. Where none
        // holds, the mildest with a requirement is one with a single open one.
        let mut outcomes = vec![
            self.outcome(&World { requirements: held.clone(), exceptions: every.clone() }),
            self.outcome(&World { requirements: all, exceptions: holding.clone() }),
        ];
        if held == none {
            for at in 0..none.len() {
                let mut requirements = none.clone();
                requirements[at] = true;
                outcomes.push(self.outcome(&World { requirements, exceptions: every.clone() }));
            }
        }
        let agree = outcomes.iter().all(|outcome| *outcome == outcomes[0]);
        let requirements = indexes(&self.requirements, true);
        let exceptions = indexes(&self.exceptions, true);
        Settled {
            outcome: if agree { outcomes[0] } else { Outcome::Unresolved },
            requirements: requirements
                .into_iter()
                .filter(|at| held == none || self.requirement_turns(*at, &held, &holding))
                .collect(),
            exceptions: exceptions
                .into_iter()
                .filter(|at| self.exception_turns(*at, &held, &holding))
                .collect(),
        }
    }

    /// Whether an open requirement uncovers what some exception covered. The world that shows it,
    /// if any does, has that exception beside those that hold, and every open requirement that it
    /// overcomes, which leaves the fewest others that cover.
    fn requirement_turns(&self, at: usize, held: &[bool], holding: &[bool]) -> bool {
        (0..self.exceptions.len()).any(|exception| {
            let mut world = self.all_that_it_overcomes(exception, held);
            world[at] = false;
            let mut exceptions = holding.to_vec();
            exceptions[exception] = true;
            let without = World { requirements: world, exceptions };
            let mut with = without.clone();
            with.requirements[at] = true;
            self.outcome(&without) != self.outcome(&with)
        })
    }

    /// Whether an open exception covers what those that hold do not.
    fn exception_turns(&self, at: usize, held: &[bool], holding: &[bool]) -> bool {
        let without = World {
            requirements: self.all_that_it_overcomes(at, held),
            exceptions: holding.to_vec(),
        };
        let mut with = without.clone();
        with.exceptions[at] = true;
        self.outcome(&without) != self.outcome(&with)
    }

    fn all_that_it_overcomes(&self, exception: usize, held: &[bool]) -> Vec<bool> {
        held.iter()
            .zip(&self.overcomes[exception])
            .map(|(held, overcome)| *held || *overcome)
            .collect()
    }
}

fn indexes(of: &[bool], wanted: bool) -> Vec<usize> {
    of.iter().enumerate().filter(|(_, is)| **is == wanted).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn extreme_worlds_tell_what_all_worlds_tell() {
        let mut random = Random::new(7);
        for _ in 0..20_000 {
            let requirements: Vec<bool> = (0..random.below(5)).map(|_| random.chance(60)).collect();
            let exceptions: Vec<bool> = (0..random.below(5)).map(|_| random.chance(60)).collect();
            let overcomes = exceptions
                .iter()
                .map(|_| requirements.iter().map(|_| random.chance(70)).collect())
                .collect();
            let worlds = Worlds { requirements, exceptions, overcomes };
            assert_eq!(worlds.by_trying_all(), worlds.by_extremes(), "{worlds:?}");
        }
    }
}

//! Alternatives side by side: what each changes, what it may cost, and which are left.
//!
//! Regret is reckoned within a group only, because nobody chooses between a lever of theirs and an
//! answer of somebody else, or between one lever and a whole future.

use std::ops::Range;

use crate::ensemble::{self, Draws, FAILS_MOST};
use crate::quantiles::Sorted;
use crate::robust::outcomes::Outcome;
use crate::stats::StatsError;
use crate::stats::regret::{Change, Regret, Sense, change, dominated, regrets};
use crate::world::observe::Observer;
use crate::world::{Compiled, Diverged, Quarter};

/// What an alternative is one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What others are held against; it is a choice and a scenario.
    Base,
    /// A lever of the side that controls.
    Choice,
    /// A lever of China, or how the world turns out.
    Answer,
    /// A whole scenario.
    Scenario,
}

impl Group {
    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Group::Base => "base",
            Group::Choice => "choice",
            Group::Answer => "answer",
            Group::Scenario => "scenario",
        }
    }

    /// Whether an alternative of this group is among those of another.
    fn is_in(self, group: Group) -> bool {
        self == group || self == Group::Base
    }
}

/// The outcomes of one alternative: a list of draws for each, in order; NaN where a draw failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What it is one of.
    pub group: Group,
    /// The outcomes.
    pub outcomes: Vec<Vec<f64>>,
}

/// Lets draws run and keeps their outcomes, to which it adds; the draws that failed.
pub fn measure(
    compiled: &Compiled,
    observer: &Observer,
    draws: &Draws,
    numbers: Range<u64>,
    (outcomes, from, through): (&[Outcome], Quarter, Quarter),
    into: &mut Vec<Vec<f64>>,
) -> Vec<Diverged> {
    into.resize(outcomes.len(), Vec::new());
    let mut failed = Vec::new();
    for run in ensemble::run(compiled, observer, draws, numbers) {
        let seen = run.map_err(|why| failed.push(why)).ok();
        for (outcome, values) in outcomes.iter().zip(into.iter_mut()) {
            values.push(seen.as_ref().map_or(f64::NAN, |seen| outcome.of(seen, from, through)));
        }
    }
    failed
}

/// The regret of an alternative in one outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct RegretRow {
    /// Among what: choices or scenarios.
    pub group: Group,
    /// Which outcome.
    pub outcome: usize,
    /// Which alternative.
    pub alternative: usize,
    /// Its regret.
    pub regret: Regret,
    /// Whether its largest regret is the smallest of its group.
    pub is_minimax: bool,
    /// How many draws count.
    pub draws: usize,
}

/// What an alternative changes in one outcome, against the base.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectRow {
    /// Which outcome.
    pub outcome: usize,
    /// Which alternative.
    pub alternative: usize,
    /// The base's median.
    pub base: f64,
    /// The differences.
    pub change: Change,
}

/// What comes out of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Regrets by group, outcome, alternative.
    pub regrets: Vec<RegretRow>,
    /// Effects by outcome, alternative.
    pub effects: Vec<EffectRow>,
    /// For each alternative the one of its group that is no worse in the median of any outcome and
    /// better in one; none for those of the Pareto set, and for answers, which nobody chooses.
    pub dominated: Vec<Option<usize>>,
    /// The alternatives that are in no figure, because they fail too often, each with in how many
    /// draws.
    pub left_out: Vec<(usize, usize)>,
}

/// Compares alternatives, of which the first is the base.
///
/// # Errors
/// No alternative but the base, lists of different length, no draw that counts.
pub fn compare(senses: &[Sense], measured: &[Measured]) -> Result<Comparison, StatsError> {
    StatsError::at_least("options", measured.len(), 2)?;
    for one in measured {
        StatsError::same_length(one.outcomes.len(), senses.len())?;
    }
    let mut kept = Vec::new();
    let mut left_out = Vec::new();
    for (at, one) in measured.iter().enumerate() {
        let draws = one.outcomes.first().map_or(0, Vec::len);
        let fails = |draw: &usize| one.outcomes.iter().any(|it| !it[*draw].is_finite());
        let failed = (0..draws).filter(fails).count();
        // Else every other one would lose those draws.
        match at > 0 && failed as f64 > FAILS_MOST * draws as f64 {
            true => left_out.push((at, failed)),
            false => kept.push(at),
        }
    }
    let mut found = Comparison {
        regrets: Vec::new(),
        effects: Vec::new(),
        dominated: vec![None; measured.len()],
        left_out,
    };
    for group in [Group::Choice, Group::Scenario] {
        let of = |at: &&usize| measured[**at].group.is_in(group);
        let members: Vec<usize> = kept.iter().filter(of).copied().collect();
        if members.len() > 1 {
            add_group(&mut found, group, &members, senses, measured)?;
        }
    }
    let [base, ..] = measured else { return Ok(found) };
    for (outcome, sense) in senses.iter().enumerate() {
        let of_base = &base.outcomes[outcome];
        for at in kept.iter().skip(1) {
            let change = change(&measured[*at].outcomes[outcome], of_base, *sense)?;
            let base = median(of_base);
            found.effects.push(EffectRow { outcome, alternative: *at, base, change });
        }
    }
    Ok(found)
}

fn median(values: &[f64]) -> f64 {
    let finite = values.iter().copied().filter(|value| value.is_finite()).collect();
    Sorted::new(finite).quantile(0.5).unwrap_or(f64::NAN)
}

fn add_group(
    found: &mut Comparison,
    group: Group,
    members: &[usize],
    senses: &[Sense],
    measured: &[Measured],
) -> Result<(), StatsError> {
    for (outcome, sense) in senses.iter().enumerate() {
        let values: Vec<Vec<f64>> =
            members.iter().map(|at| measured[*at].outcomes[outcome].clone()).collect();
        let regrets = regrets(&values, *sense)?;
        let least = regrets.options[regrets.minimax].most;
        for (at, regret) in members.iter().zip(&regrets.options) {
            found.regrets.push(RegretRow {
                group,
                outcome,
                alternative: *at,
                regret: *regret,
                is_minimax: regret.most == least,
                draws: regrets.draws,
            });
        }
    }
    let medians: Vec<Vec<f64>> = members
        .iter()
        .map(|at| measured[*at].outcomes.iter().map(|values| median(values)).collect())
        .collect();
    for (at, by) in members.iter().zip(dominated(&medians, senses)?) {
        // The base may be dominated by a choice or by a scenario: the first is told.
        found.dominated[*at] = found.dominated[*at].or(by.map(|by| members[by]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(group: Group, outcomes: [[f64; 4]; 2]) -> Measured {
        Measured { group, outcomes: outcomes.map(|it| it.to_vec()).to_vec() }
    }

    /// A planted world: the base, a lever that denies more and earns less, one that is worse in
    /// both, an answer of China and a scenario.
    fn planted() -> Vec<Measured> {
        vec![
            measured(Group::Base, [[10.0, 20.0, 30.0, 40.0], [5.0, 5.0, 5.0, 5.0]]),
            measured(Group::Choice, [[14.0, 21.0, 30.0, 45.0], [4.0, 4.0, 4.0, 4.0]]),
            measured(Group::Choice, [[9.0, 18.0, 30.0, 39.0], [3.0, 3.0, 3.0, 3.0]]),
            measured(Group::Answer, [[99.0, 99.0, 99.0, 99.0], [9.0, 9.0, 9.0, 9.0]]),
            measured(Group::Scenario, [[0.0, 0.0, 0.0, 0.0], [8.0, 8.0, 8.0, 8.0]]),
        ]
    }

    #[test]
    fn a_planted_regret_is_found_within_its_group() {
        let found = compare(&[Sense::More, Sense::More], &planted()).expect("there are draws");
        let row = |group, outcome, alternative| {
            let is_it = |it: &&RegretRow| {
                (it.group, it.outcome, it.alternative) == (group, outcome, alternative)
            };
            found.regrets.iter().find(is_it).expect("a row")
        };
        let base = row(Group::Choice, 0, 0);
        assert_eq!((base.regret.most, base.regret.p50, base.regret.best), (5.0, 2.5, 0.25));
        assert_eq!(row(Group::Choice, 0, 2).regret.most, 6.0);
        assert!(row(Group::Choice, 0, 1).is_minimax && !base.is_minimax);
        assert_eq!(row(Group::Choice, 1, 1).regret.most, 1.0);
        // Neither the answer nor the scenario is a choice; the base is also a scenario.
        assert_eq!(row(Group::Scenario, 0, 4).regret.most, 40.0);
        assert_eq!(row(Group::Scenario, 0, 0).regret.most, 0.0);
        assert!(found.regrets.iter().all(|it| it.alternative != 3));
        assert_eq!(found.dominated, [None, None, Some(0), None, None]);
        let effect = |alternative| {
            found.effects.iter().find(|it| (it.outcome, it.alternative) == (0, alternative))
        };
        let change = effect(1).expect("an effect").change;
        assert_eq!((change.p50, change.better, change.worse), (2.5, 0.75, 0.0));
        assert_eq!(effect(3).expect("of an answer too").change.better, 1.0);
        assert_eq!(effect(1).expect("an effect").base, 25.0);
    }

    #[test]
    fn an_alternative_that_fails_often_costs_the_others_nothing() {
        let mut all = planted();
        all[2].outcomes[1][3] = f64::NAN;
        let found = compare(&[Sense::More, Sense::Less], &all).expect("there are draws");
        assert_eq!(found.left_out, [(2, 1)]);
        assert!(found.effects.iter().all(|it| it.alternative != 2 && it.change.draws == 4));
        assert!(compare(&[Sense::More], &all).is_err());
        assert!(compare(&[Sense::More, Sense::More], &all[..1]).is_err());
    }
}

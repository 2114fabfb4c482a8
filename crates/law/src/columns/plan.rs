//! What rows of one group have in common: their docket, and the tests that are open in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::sources::Sources;
use super::{Columns, Shared};
use crate::answer::{Answer, Because};
use crate::decide::{Decision, Desk};
use crate::docket::Docket;
use crate::facts::Facts;
use crate::node::{NodeId, NumId};
use crate::pack::Reading;
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// A plan.
#[derive(Debug)]
pub(super) struct Plan {
    steps: Vec<Step>,
    /// The answers, by how the steps come out.
    answers: FxHashMap<Box<[u32]>, Found>,
    key: Vec<u32>,
}

/// An answer that was looked for.
#[derive(Clone, Copy, Debug)]
enum Found {
    /// All rows whose steps come out so have it.
    Shared(u32),
    /// Something was tested that no step tests: each row is decided by itself.
    Own,
}

/// Tests that look at the same columns.
#[derive(Debug, Default)]
struct Step {
    tests: StepTests,
    /// The facts whose columns they look at.
    facts: Vec<FactId>,
    /// The bundles of these in the present table.
    bundles: Vec<usize>,
    /// The number of every combination of keys of several bundles, joined one after the other.
    joined: Vec<FxHashMap<u64, u32>>,
    /// How the tests come out for each combination.
    known: Vec<u32>,
    /// The numbers of the outcomes.
    outcomes: FxHashMap<Box<[u8]>, u32>,
}

/// What a step tests.
#[derive(Debug, Default)]
struct StepTests {
    conditions: Vec<NodeId>,
    numbers: Vec<NumId>,
    quotas: Vec<(Reading, usize)>,
    /// Whether the day is one that the packs cover.
    days: bool,
}

const UNKNOWN: u32 = u32::MAX;

impl Plan {
    /// The plan of rows like one.
    pub(super) fn new(
        columns: &Columns<'_>,
        regime: &Regime,
        facts: &Facts,
        desk: &mut Desk,
    ) -> Plan {
        let law = columns.law;
        let docket = desk.docket(law, regime, facts);
        let mut steps: BTreeMap<Vec<FactId>, StepTests> = BTreeMap::new();
        let vocabulary = law.vocabulary();
        // A fact of a party of which nothing is said is the first party's.
        let own = |sources: Sources<'_>| {
            let asked = sources.finish().into_iter().map(|fact| facts.asked(vocabulary, fact));
            let mut own: Vec<FactId> = asked.collect();
            own.sort_unstable();
            own.dedup();
            own
        };
        for id in &docket.tests.conditions {
            let mut sources = Sources::new(regime, &docket.settled);
            sources.truth(*id);
            steps.entry(own(sources)).or_default().conditions.push(*id);
        }
        for id in &docket.tests.numbers {
            let mut sources = Sources::new(regime, &docket.settled);
            sources.num(*id);
            steps.entry(own(sources)).or_default().numbers.push(*id);
        }
        for (reading, at) in quotas(regime, &docket) {
            let mut sources = Sources::new(regime, &docket.settled);
            sources.quota(&regime.reading(reading).quotas[at]);
            steps.entry(own(sources)).or_default().quotas.push((reading, at));
        }
        steps.entry(vec![law.date_fact()]).or_default().days = true;
        let step = |(facts, tests)| Step { tests, facts, ..Step::default() };
        let steps = steps.into_iter().map(step).collect();
        let mut plan = Plan { steps, answers: FxHashMap::default(), key: Vec::new() };
        plan.turn_to(columns);
        plan
    }

    /// How much it remembers.
    pub(super) fn remembered(&self) -> usize {
        let of_steps = self.steps.iter().map(|step| {
            let joined: usize = step.joined.iter().map(FxHashMap::len).sum();
            joined + step.known.len() / 4 + step.outcomes.len()
        });
        self.answers.len() + of_steps.sum::<usize>()
    }

    /// Turns to another table, whose keys are others.
    pub(super) fn turn_to(&mut self, columns: &Columns<'_>) {
        for step in &mut self.steps {
            let bundles = step.facts.iter().filter_map(|fact| columns.bundle_of.get(fact).copied());
            step.bundles = bundles.collect();
            step.bundles.sort_unstable();
            step.bundles.dedup();
            step.joined.clear();
            step.joined.resize_with(step.bundles.len().saturating_sub(1), FxHashMap::default);
            step.known.clear();
        }
    }

    /// The answer of a row, by its place among all answers; `None` where the row has no day.
    pub(super) fn answer(
        &mut self,
        columns: &Columns<'_>,
        row: usize,
        facts: &mut Facts,
        desk: &mut Desk,
        answers: &mut Vec<Arc<Shared>>,
    ) -> Option<u32> {
        self.key.clear();
        let mut is_filled = false;
        for step in &mut self.steps {
            let combination = step.combination(columns, row);
            if step.known.len() <= combination {
                step.known.resize(combination + 1, UNKNOWN);
            }
            if step.known[combination] == UNKNOWN {
                if !is_filled {
                    columns.facts(row, facts);
                    is_filled = true;
                }
                step.known[combination] = step.test(columns, facts, desk)?;
            }
            self.key.push(step.known[combination]);
        }
        if let Some(Found::Shared(answer)) = self.answers.get(self.key.as_slice()) {
            return Some(*answer);
        }
        if !is_filled {
            columns.facts(row, facts);
        }
        let mut decision = columns.law.deciding(facts, None, desk)?;
        for step in &self.steps {
            step.tests.make(&mut decision);
        }
        decision.eval.forget_tests();
        let determination = decision.determine();
        let is_shared = !decision.eval.tested_more();
        let place = answers.len() as u32;
        let counts = determination.readings.iter().any(counts);
        let is_dated = determination.readings.iter().any(|answer| !answer.obligations.is_empty());
        answers.push(Arc::new(Shared { determination, counts, is_dated }));
        let found = if is_shared { Found::Shared(place) } else { Found::Own };
        self.answers.insert(self.key.as_slice().into(), found);
        Some(place)
    }
}

/// Whether an answer holds amounts of a quota.
fn counts(answer: &Answer) -> bool {
    let is_full = |link: &Because| matches!(link, Because::Full(_));
    !answer.draws.is_empty() || answer.because.iter().any(is_full)
}

/// The quotas whose room can matter in a docket, each once.
fn quotas(regime: &Regime, docket: &Docket) -> Vec<(Reading, usize)> {
    let mut found: Vec<(Reading, usize)> = Vec::new();
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        let kept = &docket.readings[reading as usize];
        let of_exceptions = kept.exceptions.iter().flat_map(|at| {
            let exception = &rules.exceptions[usize::from(*at)];
            exception.draws.iter()
        });
        let of_policies = kept.requirements.iter().flat_map(|at| {
            let requirement = &rules.requirements[usize::from(*at)];
            requirement.policies.iter().flat_map(|policy| &policy.draws)
        });
        for at in of_exceptions.chain(of_policies) {
            let is_same = |(other, place): &(Reading, usize)| {
                regime.reading(*other).quotas[*place] == rules.quotas[*at]
            };
            if !found.iter().any(is_same) {
                found.push((reading, *at));
            }
        }
    }
    found
}

impl Step {
    /// The number of the combination of keys that a row has.
    fn combination(&mut self, columns: &Columns<'_>, row: usize) -> usize {
        let key = |bundle: usize| columns.bundles[bundle].keys[row];
        let Some((first, others)) = self.bundles.split_first() else { return 0 };
        let mut combination = key(*first);
        for (bundle, joined) in others.iter().zip(&mut self.joined) {
            let next = joined.len() as u32;
            let pair = u64::from(combination) << 32 | u64::from(key(*bundle));
            combination = *joined.entry(pair).or_insert(next);
        }
        combination as usize
    }

    /// Makes the tests on a row, and answers the number of what comes out.
    fn test(&mut self, columns: &Columns<'_>, facts: &Facts, desk: &mut Desk) -> Option<u32> {
        let mut decision = columns.law.deciding(facts, None, desk)?;
        let outcome = self.tests.make(&mut decision);
        let next = self.outcomes.len() as u32;
        Some(*self.outcomes.entry(outcome.into()).or_insert(next))
    }
}

impl StepTests {
    fn make(&self, decision: &mut Decision<'_>) -> Vec<u8> {
        let mut outcome = Vec::with_capacity(self.conditions.len() + self.numbers.len() + 4);
        outcome.extend(self.conditions.iter().map(|id| decision.eval.truth(*id) as u8));
        outcome.extend(self.numbers.iter().map(|id| u8::from(decision.eval.num(*id).is_some())));
        for (reading, at) in &self.quotas {
            let room = decision.room(*reading, &decision.regime.reading(*reading).quotas[*at]);
            outcome.push(room.truth as u8 * 2 + u8::from(room.draw.is_some()));
        }
        if self.days {
            outcome.extend(decision.days().map(u8::from));
        }
        outcome
    }
}

//! What to ask next: of the facts that can still change an answer, the one that comes first.
//!
//! This module must not ask anything that cannot turn the outcome: it chooses among what the
//! decision itself says is missing.

use crate::decide::{Desk, Determination};
use crate::eval::Open;
use crate::facts::Facts;
use crate::law::{Law, RuleId};
use crate::node::DoubtSource;
use crate::pack::Reading;
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// A fact to ask about, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The fact.
    pub fact: FactId,
    /// The rules that wait for it, in the order of tests.
    pub rules: Vec<RuleId>,
    /// The readings that it can turn.
    pub readings: Vec<Reading>,
}

/// Chooses the next question: of the first rule in the order of tests that waits for something, the
/// fact for which most rules wait. `None` where nothing is missing that is not in `skip`.
pub fn next(
    law: &Law,
    facts: &Facts,
    answer: &Determination,
    skip: &[FactId],
    desk: &mut Desk,
) -> Option<Question> {
    let wanted = |reading: Reading| {
        let missing = answer.reading(reading).missing.iter().copied();
        missing.filter(|fact| !skip.contains(fact)).collect::<Vec<_>>()
    };
    let waiting = waiting(law, facts, desk)?;
    let mut all: Vec<FactId> = Reading::BOTH.into_iter().flat_map(wanted).collect();
    all.sort_unstable();
    all.dedup();
    let waits = |fact: FactId| {
        waiting.iter().filter(move |(reading, _, facts)| {
            facts.contains(&fact) && answer.reading(*reading).missing.contains(&fact)
        })
    };
    let first = waiting.iter().find_map(|(reading, _, facts)| {
        let wanted = wanted(*reading);
        let mut own = facts.iter().copied().filter(|fact| wanted.contains(fact)).peekable();
        own.peek()?;
        // Of equals the earlier in the vocabulary.
        own.rev().max_by_key(|fact| waits(*fact).count())
    });
    let fact = first.or(all.first().copied())?;
    let mut rules: Vec<RuleId> = Vec::new();
    for (_, rule, _) in waits(fact) {
        if !rules.contains(rule) {
            rules.push(*rule);
        }
    }
    let readings = Reading::BOTH
        .into_iter()
        .filter(|reading| answer.reading(*reading).missing.contains(&fact))
        .collect();
    Some(Question { fact, rules, readings })
}

/// A rule that is open in a reading, and the facts it waits for.
type Waiting = (Reading, RuleId, Vec<FactId>);

/// The rules that are open in either reading, in the order of tests.
fn waiting(law: &Law, facts: &Facts, desk: &mut Desk) -> Option<Vec<Waiting>> {
    let mut decision = law.deciding(facts, None, desk)?;
    let regime = decision.regime;
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut add = |reading: Reading, rule: RuleId, open: Open| {
        let asked = open.facts.into_iter().map(|fact| facts.asked(law.vocabulary(), fact));
        let mut asked: Vec<FactId> = asked.collect();
        asked.sort_unstable();
        asked.dedup();
        waiting.push((reading, rule, asked));
    };
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        for requirement in &rules.requirements {
            if decision.truth_of(requirement.when, &requirement.doubts) == Truth::Unknown {
                let mut open = Open::default();
                decision.open_requirement(requirement, &mut open);
                add(reading, requirement.rule, open);
            }
        }
        for phantom in &rules.phantoms {
            if let DoubtSource::Rule(rule) = phantom.source {
                let mut open = Open::default();
                decision.eval.open_doubts(std::slice::from_ref(phantom), &mut open);
                add(reading, rule, open);
            }
        }
    }
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        for exception in &rules.exceptions {
            let truth = decision.exception(reading, rules, exception, &mut Vec::new());
            if truth == Truth::Unknown {
                let mut open = Open::default();
                decision.open_exception(reading, rules, exception, &mut open);
                add(reading, exception.rule, open);
            }
        }
    }
    // The readings share most of their rules: such a rule keeps its place among those of the first.
    let place = |rule: RuleId| waiting.iter().position(|(_, other, _)| *other == rule);
    let mut order: Vec<usize> = (0..waiting.len()).collect();
    order.sort_by_key(|at| (place(waiting[*at].1), *at));
    Some(order.into_iter().map(|at| waiting[at].clone()).collect())
}

//! Chooses the next question: what can still change the outcome, the most telling first.
//!
//! It must not ask: it looks at what keeps the two readings open, and supposes answers.

use std::collections::BTreeSet;

use law::decide::Flag;
use law::eval::{Evaluation, Memory, Open};
use law::node::{Node, NodeId};
use law::regime::{Quota, ReadingRules, Regime, Requirement};
use law::truth::Truth;
use law::{
    Answer, Country, Desk, Determination, Fact, FactId, FactType, Facts, Law, Outcome, Reading,
    RuleId, Value,
};

use crate::commands::ask::transaction::supposing;
use crate::input::rows::Order;

/// Facts that begin an interview where they matter, in this order.
const OPENING: [&str; 3] = ["activity", "destination", "item.kind"];
/// Values that are supposed of numbers: over all magnitudes of the vocabulary.
const NUMBERS: [&str; 12] = [
    "0",
    "0.5",
    "1",
    "5",
    "100",
    "1000",
    "3000",
    "10000",
    "1000000",
    "1000000000",
    "1000000000000",
    "1000000000000000000000000000",
];
const COUNTRIES: [&str; 7] = ["US", "CN", "GB", "MY", "IL", "RU", "HK"];
const WORST: usize = 1000;
/// What an item is measured by, asked before the parties where its kind is known.
const MEASURES: [&str; 3] = ["item.tpp", "item.hbm_density", "item.operations"];

/// What an interview is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The outcome in both readings.
    Outcome,
    /// How an application is reviewed.
    Policy,
}

/// A transaction as far as it is known, with its answer.
pub struct Known<'k> {
    /// The law.
    pub law: &'k Law,
    /// What was said.
    pub given: &'k Facts,
    /// What is known from it.
    pub order: &'k Order,
    /// The answer so far.
    pub determination: &'k Determination,
    /// Facts that the user does not know.
    pub skipped: &'k BTreeSet<FactId>,
}

/// The rules that need a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The first in the order of tests.
    pub first: RuleId,
    /// How many there are.
    pub rules: usize,
}

impl Known<'_> {
    /// The next fact to ask about, if one can still change what the interview is after.
    pub fn next(&self, aim: Aim, desk: &mut Desk) -> Option<FactId> {
        let open = self.open(aim, self.determination);
        for name in OPENING {
            let Some(fact) = self.law.vocabulary().find(name) else { continue };
            if open.contains(&fact) {
                return Some(fact);
            }
            let granted = self.is_taken_for_granted(fact) && !self.skipped.contains(&fact);
            if aim == Aim::Outcome && granted && self.matters(fact, desk) {
                return Some(fact);
            }
        }
        if open.is_empty() {
            return if aim == Aim::Outcome { self.granted(desk) } else { None };
        }
        let kind = self.law.vocabulary().find("item.kind");
        if kind.is_some_and(|kind| self.order.facts.get(kind).is_some()) {
            let measures = MEASURES.iter().filter_map(|name| self.law.vocabulary().find(name));
            if let Some(fact) = measures.into_iter().find(|fact| open.contains(fact)) {
                return Some(fact);
            }
        }
        open.iter()
            .filter(|fact| !self.follows_another(**fact, &open))
            .map(|fact| (self.left_after(*fact, aim, desk), *fact))
            .min()
            .map(|(_, fact)| fact)
    }

    /// Whether a fact makes sense only after another that is open too, as `authorization_country`
    /// does after `authorization`.
    fn follows_another(&self, fact: FactId, open: &BTreeSet<FactId>) -> bool {
        let name = |id: FactId| &*self.law.vocabulary().fact(id).name;
        open.iter().any(|other| {
            name(fact).strip_prefix(name(*other)).is_some_and(|rest| rest.starts_with('_'))
        })
    }

    /// The facts that the readings still depend on and that the user was not asked.
    pub fn open(&self, aim: Aim, determination: &Determination) -> BTreeSet<FactId> {
        let facts = determination.readings.iter().flat_map(|answer| keeping(answer, aim));
        facts.filter(|fact| !self.skipped.contains(fact)).collect()
    }

    /// A fact that has a default, and whose other values would lead to another outcome.
    fn granted(&self, desk: &mut Desk) -> Option<FactId> {
        let facts = self.law.vocabulary().facts();
        let mut facts = facts.filter(|(id, fact)| {
            self.is_taken_for_granted(*id)
                && !self.skipped.contains(id)
                && !matches!(fact.of, FactType::Country)
        });
        facts.find(|(id, _)| self.matters(*id, desk)).map(|(id, _)| id)
    }

    /// The facts that nobody gave, that have a value all the same, and whose other values would
    /// lead elsewhere.
    pub fn taken_for_granted(&self, desk: &mut Desk) -> Vec<FactId> {
        let facts = self.law.vocabulary().facts().map(|(id, _)| id);
        facts.filter(|id| self.is_taken_for_granted(*id) && self.matters(*id, desk)).collect()
    }

    fn is_taken_for_granted(&self, fact: FactId) -> bool {
        let fact_of = self.law.vocabulary().fact(fact);
        let default = self.law.defaults().iter().any(|(id, _)| *id == fact);
        self.given.get(fact).is_none()
            && default
            && !(&*fact_of.name == "item.chips" && self.is_a_chip())
    }

    /// Whether the item is a single circuit, of which one unit holds one.
    fn is_a_chip(&self) -> bool {
        let Some(kind) = self.law.vocabulary().find("item.kind") else { return false };
        let fact = self.law.vocabulary().fact(kind);
        self.order.facts.get(kind).is_some_and(|value| fact.show(value) == "chip")
    }

    /// Whether another value than the one taken for granted can lead elsewhere.
    fn matters(&self, fact: FactId, desk: &mut Desk) -> bool {
        let now = self.where_it_stands(self.determination);
        self.values(fact).into_iter().any(|value| {
            let other = self.suppose(fact, value, desk);
            other.is_some_and(|other| self.where_it_stands(&other) != now)
        })
    }

    fn where_it_stands(&self, determination: &Determination) -> ([Outcome; 2], BTreeSet<FactId>) {
        let outcomes = determination.readings.each_ref().map(|answer| answer.outcome);
        (outcomes, self.open(Aim::Outcome, determination))
    }

    fn suppose(&self, fact: FactId, value: Value, desk: &mut Desk) -> Option<Determination> {
        let facts = supposing(self.law, self.given, self.order, fact, value);
        self.law.decide(&facts, None, desk)
    }

    /// How many facts are left to ask on average, in hundredths, after the answer to a question.
    fn left_after(&self, fact: FactId, aim: Aim, desk: &mut Desk) -> usize {
        let (mut sum, mut supposed) = (0usize, 0usize);
        for value in self.values(fact) {
            let Some(then) = self.suppose(fact, value, desk) else { continue };
            sum += self.open(aim, &then).len() * 100;
            supposed += 1;
        }
        sum.checked_div(supposed).unwrap_or(WORST * 100)
    }

    /// Values that stand for what a fact can be.
    fn values(&self, id: FactId) -> Vec<Value> {
        let fact = self.law.vocabulary().fact(id);
        let parsed = |texts: &[&str]| -> Vec<Value> {
            texts.iter().filter_map(|text| fact.parse(text).ok().flatten()).collect()
        };
        match &fact.of {
            FactType::Bool => vec![Value::Bool(true), Value::Bool(false)],
            FactType::Enum(words) => (0..words.len()).map(|at| Value::Word(at as u8)).collect(),
            FactType::Country => self.countries(),
            FactType::Integer | FactType::Decimal => parsed(&NUMBERS),
            FactType::Text => self.texts(id, fact),
            FactType::List(_) => self.lists(id, fact),
            FactType::Date => Vec::new(),
        }
    }

    fn countries(&self) -> Vec<Value> {
        let destination = self.law.vocabulary().find("destination");
        let mut values: Vec<Value> =
            COUNTRIES.iter().filter_map(|code| Country::parse(code)).map(Value::Country).collect();
        let there = destination.and_then(|id| self.order.facts.get(id)).cloned();
        values.extend(there.filter(|there| !values.contains(there)));
        values
    }

    fn regime(&self) -> &Regime {
        self.law.on(self.determination.date)
    }

    fn texts(&self, id: FactId, fact: &Fact) -> Vec<Value> {
        let mut texts: BTreeSet<String> = BTreeSet::from(["EAR99".to_string()]);
        for node in self.regime().nodes.all() {
            match node {
                Node::TextIn(of, all) if *of == id => {
                    texts.extend(all.iter().map(|text| text.to_string()));
                }
                Node::Prefix(of, text) if *of == id => {
                    texts.insert(text.to_string());
                }
                _ => {}
            }
        }
        texts.iter().filter_map(|text| fact.parse(text).ok().flatten()).collect()
    }

    fn lists(&self, id: FactId, fact: &Fact) -> Vec<Value> {
        let mut held: BTreeSet<&str> = BTreeSet::new();
        for node in self.regime().nodes.all() {
            if let Node::Holds(of, text) = node
                && *of == id
            {
                held.insert(text);
            }
        }
        // Nothing held is by far the likeliest, and counts as much as all the others.
        let none = std::iter::repeat_n(Vec::new(), held.len().max(1));
        let lists = none.chain(held.into_iter().map(|text| vec![text]));
        lists.filter_map(|items| fact.list(&items).ok()).collect()
    }

    /// The rules that keep a reading open and need a fact.
    pub fn need(&self, fact: FactId, aim: Aim) -> Option<Need> {
        let mut memory = Memory::default();
        let regime = self.regime();
        let mut found: Vec<RuleId> = Vec::new();
        for reading in Reading::BOTH {
            if !keeping(self.determination.reading(reading), aim).contains(&fact) {
                continue;
            }
            let rules = regime.reading(reading);
            let mut search = Search {
                law: self.law,
                facts: &self.order.facts,
                evaluation: Evaluation::new(regime, &self.order.facts, &mut memory),
                fact,
            };
            for requirement in &rules.requirements {
                search.requirement(requirement, rules, aim, &mut found);
            }
            if aim == Aim::Outcome {
                search.exceptions(rules, &mut found);
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|rule| seen.insert(*rule));
        Some(Need { first: *found.first()?, rules: found.len() })
    }
}

/// The facts that keep open what the interview is after.
fn keeping(answer: &Answer, aim: Aim) -> Vec<FactId> {
    match aim {
        Aim::Outcome => answer.missing.clone(),
        Aim::Policy => answer.flags.iter().flat_map(policy_facts).copied().collect(),
    }
}

fn policy_facts(flag: &Flag) -> &[FactId] {
    match flag {
        Flag::PolicyOpen(facts, _) => facts,
        _ => &[],
    }
}

/// Looks for the rules that a fact keeps open.
struct Search<'s> {
    law: &'s Law,
    facts: &'s Facts,
    evaluation: Evaluation<'s>,
    fact: FactId,
}

impl Search<'_> {
    fn requirement(
        &mut self,
        requirement: &Requirement,
        rules: &ReadingRules,
        aim: Aim,
        found: &mut Vec<RuleId>,
    ) {
        let mut open = Open::default();
        self.evaluation.open(requirement.when, &mut open);
        self.evaluation.open_doubts(&requirement.doubts, &mut open);
        if self.is_in(&open) {
            found.push(requirement.rule);
        }
        if aim == Aim::Outcome || self.evaluation.truth(requirement.when) == Truth::False {
            return;
        }
        for policy in &requirement.policies {
            let mut open = Open::default();
            self.evaluation.open(policy.when, &mut open);
            self.evaluation.open_doubts(&policy.doubts, &mut open);
            self.quotas(rules, &policy.draws, &mut open);
            if self.is_in(&open) {
                found.push(policy.rule);
            }
        }
    }

    fn exceptions(&mut self, rules: &ReadingRules, found: &mut Vec<RuleId>) {
        for exception in &rules.exceptions {
            if self.evaluation.truth(exception.when) == Truth::False {
                continue;
            }
            let mut open = Open::default();
            self.evaluation.open(exception.when, &mut open);
            self.evaluation.open_doubts(&exception.doubts, &mut open);
            self.quotas(rules, &exception.draws, &mut open);
            if self.is_in(&open) {
                found.push(exception.rule);
            }
            for (bar, when) in &exception.bars {
                if self.keeps_open(*when) {
                    found.push(*bar);
                }
            }
        }
        for phantom in &rules.phantoms {
            if let law::node::DoubtSource::Rule(rule) = phantom.source
                && self.keeps_open(phantom.when)
            {
                found.push(rule);
            }
        }
    }

    fn keeps_open(&mut self, when: NodeId) -> bool {
        let mut open = Open::default();
        self.evaluation.open(when, &mut open);
        self.is_in(&open)
    }

    fn quotas(&mut self, rules: &ReadingRules, draws: &[usize], open: &mut Open) {
        for quota in draws.iter().filter_map(|at| rules.quotas.get(*at)) {
            self.quota(quota, open);
        }
    }

    fn quota(&mut self, quota: &Quota, open: &mut Open) {
        if self.evaluation.truth(quota.when) == Truth::False {
            return;
        }
        self.evaluation.open(quota.when, open);
        self.evaluation.open_num(quota.amount, open);
        if let Some(limit) = quota.limit {
            self.evaluation.open_num(limit, open);
        }
        let base = quota.base.map(|(fact, amount)| {
            self.evaluation.open_num(amount, open);
            fact
        });
        let unknown = [Some(quota.used), base].into_iter().flatten();
        open.facts.extend(unknown.filter(|fact| self.facts.get(*fact).is_none()));
    }

    fn is_in(&self, open: &Open) -> bool {
        let vocabulary = self.law.vocabulary();
        open.facts.iter().any(|fact| self.facts.asked(vocabulary, fact) == self.fact)
    }
}

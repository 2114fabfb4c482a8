//! Evaluates compiled conditions on the facts of one transaction, and finds what an unknown one
//! depends on.

use std::collections::BTreeSet;

use crate::answered::Tests;
use crate::bits::{BitSet, FactSet};
use crate::expr::Extreme;
use crate::facts::{Facts, Value};
use crate::node::{DoubtSource, Doubting, Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::regime::Regime;
use crate::settle::Settled;
use crate::trail::{Question, Trail, level};
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// What has been evaluated of one transaction; reused from one to the next.
#[derive(Debug, Default)]
pub struct Memory {
    truths: Vec<Option<Truth>>,
    /// Of numbers that were computed, whether they are known.
    known: Vec<Option<bool>>,
    /// The numbers that are known.
    numbers: Vec<Num>,
    /// Whether a test was made, or a number computed, since the [tests](Evaluation::test).
    tested: bool,
}

/// One transaction under the law of its day.
pub struct Evaluation<'e> {
    /// The law.
    pub regime: &'e Regime,
    /// The facts.
    pub facts: &'e Facts,
    memory: &'e mut Memory,
    /// Where it is noted what is asked, if that is wanted.
    pub(crate) trail: Option<&'e mut Trail>,
}

/// What keeps a condition unknown.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// Facts that are not given.
    pub facts: FactSet,
    /// Doubts that hold.
    pub doubts: BTreeSet<DoubtSource>,
    /// Where the search has been, so that what many conditions share is searched once.
    seen: BitSet,
}

impl<'e> Evaluation<'e> {
    /// Begins with a transaction.
    pub fn new(regime: &'e Regime, facts: &'e Facts, memory: &'e mut Memory) -> Evaluation<'e> {
        let (truths, numbers) = regime.nodes.counts();
        memory.truths.clear();
        memory.truths.resize(truths, None);
        memory.known.clear();
        memory.known.resize(numbers, None);
        memory.numbers.resize(numbers, Num::ZERO);
        Evaluation { regime, facts, memory, trail: None }
    }

    /// Begins with a transaction of which something is settled already.
    pub(crate) fn settled(
        regime: &'e Regime,
        facts: &'e Facts,
        settled: &Settled,
        memory: &'e mut Memory,
    ) -> Evaluation<'e> {
        memory.truths.clear();
        memory.truths.extend_from_slice(&settled.truths);
        memory.known.clear();
        memory.known.extend_from_slice(&settled.known);
        memory.numbers.resize(settled.known.len(), Num::ZERO);
        Evaluation { regime, facts, memory, trail: None }
    }

    /// Makes the tests that a docket leaves open, and writes how they come out.
    pub(crate) fn test(&mut self, tests: &Tests, outcomes: &mut Vec<u8>) {
        outcomes.extend(tests.conditions.iter().map(|id| self.truth(*id) as u8));
        let known =
            |id: &NumId| self.memory.known[id.0 as usize].map_or(0, |known| 1 + u8::from(known));
        outcomes.extend(tests.numbers.iter().map(known));
        self.memory.tested = false;
    }

    /// Whether anything was tested or computed since the tests of the docket.
    pub(crate) fn tested_more(&self) -> bool {
        self.memory.tested
    }

    /// Whether a condition holds.
    pub fn truth(&mut self, id: NodeId) -> Truth {
        let truth = self.worth(id);
        self.note(Question::Truth(id), level(truth));
        truth
    }

    /// Whether a fact is given.
    pub fn is_given(&mut self, fact: FactId) -> bool {
        let is_given = self.facts.get(fact).is_some();
        self.note(Question::Fact(fact), u8::from(is_given));
        is_given
    }

    pub(crate) fn note(&mut self, question: Question, reply: u8) {
        if let Some(trail) = &mut self.trail {
            trail.note(question, reply);
        }
    }

    /// The same as [`Evaluation::truth`], as a part of what was asked.
    fn worth(&mut self, id: NodeId) -> Truth {
        if let Some(known) = self.memory.truths[id.0 as usize] {
            return known;
        }
        self.memory.tested |= self.regime.nodes.node(id).is_test();
        let truth = self.compute(id);
        self.memory.truths[id.0 as usize] = Some(truth);
        truth
    }

    fn compute(&mut self, id: NodeId) -> Truth {
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::Const(value) => Truth::from(*value),
            Node::Fact(fact) => self.bool_fact(*fact),
            Node::Derived(fact, limbs) => match self.facts.get(*fact) {
                Some(Value::Bool(value)) => Truth::from(*value),
                _ => self.derived_truth(limbs),
            },
            Node::InSet(fact, set) => match self.facts.get(*fact) {
                Some(Value::Country(country)) => regime.set(*set).1.contains(*country).into(),
                _ => Truth::Unknown,
            },
            Node::SameFact(a, b) => match (self.facts.get(*a), self.facts.get(*b)) {
                (Some(a), Some(b)) => (a == b).into(),
                _ => Truth::Unknown,
            },
            Node::WordIn(fact, bits) => match self.facts.get(*fact) {
                Some(Value::Word(word)) => (bits >> word & 1 == 1).into(),
                _ => Truth::Unknown,
            },
            Node::TextIn(fact, texts) => match self.facts.get(*fact) {
                Some(Value::Text(text)) => texts.contains(text).into(),
                _ => Truth::Unknown,
            },
            Node::Prefix(fact, prefix) => match self.facts.get(*fact) {
                Some(Value::Text(text)) => text.starts_with(&**prefix).into(),
                _ => Truth::Unknown,
            },
            Node::Holds(fact, text) => match self.facts.get(*fact) {
                Some(Value::List(items)) => items.contains(text).into(),
                _ => Truth::Unknown,
            },
            Node::Compare(comparison, left, right) => match (self.num(*left), self.num(*right)) {
                (Some(left), Some(right)) => comparison.holds(left.cmp(&right)).into(),
                _ => Truth::Unknown,
            },
            Node::DateCompare(comparison, fact, date) => match self.facts.get(*fact) {
                Some(Value::Date(value)) => comparison.holds(value.cmp(date)).into(),
                _ => Truth::Unknown,
            },
            Node::Not(inner) => self.worth(*inner).not(),
            Node::And(parts) => {
                let mut all = Truth::True;
                for part in parts {
                    all = all.and(self.worth(*part));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
            Node::Or(parts) => {
                let mut any = Truth::False;
                for part in parts {
                    any = any.or(self.worth(*part));
                    if any == Truth::True {
                        break;
                    }
                }
                any
            }
            Node::Choose(condition, then, otherwise) => match self.worth(*condition) {
                Truth::True => self.worth(*then),
                Truth::False => self.worth(*otherwise),
                Truth::Unknown => {
                    let (then, otherwise) = (self.worth(*then), self.worth(*otherwise));
                    if then == otherwise { then } else { Truth::Unknown }
                }
            },
            Node::Present(party) => self.facts.is_present(usize::from(*party)).into(),
            Node::Named(_, inner) => self.worth(*inner),
            Node::Doubted(inner, doubts) => {
                let truth = self.worth(*inner);
                self.in_doubt(truth, doubts, Evaluation::worth)
            }
        }
    }

    /// What a truth is worth under doubts: a rule that would hold is neither while one may.
    pub fn doubted(&mut self, truth: Truth, doubts: &[Doubting]) -> Truth {
        self.in_doubt(truth, doubts, Evaluation::truth)
    }

    fn in_doubt(
        &mut self,
        truth: Truth,
        doubts: &[Doubting],
        worth: fn(&mut Self, NodeId) -> Truth,
    ) -> Truth {
        let mut is_clear = |doubt: &Doubting| worth(self, doubt.when) == Truth::False;
        let clear = truth == Truth::False || doubts.iter().all(&mut is_clear);
        if clear { truth } else { Truth::Unknown }
    }

    fn bool_fact(&self, fact: FactId) -> Truth {
        match self.facts.get(fact) {
            Some(Value::Bool(value)) => Truth::from(*value),
            _ => Truth::Unknown,
        }
    }

    fn derived_truth(&mut self, limbs: &[(NodeId, NodeId)]) -> Truth {
        for (when, value) in limbs {
            match self.worth(*when) {
                Truth::False => {}
                Truth::True => match self.worth(*value) {
                    Truth::Unknown => {}
                    known => return known,
                },
                Truth::Unknown => return Truth::Unknown,
            }
        }
        Truth::Unknown
    }

    /// The value of a numeric expression, if it is known.
    pub fn num(&mut self, id: NumId) -> Option<Num> {
        let at = id.0 as usize;
        if let Some(known) = self.memory.known[at] {
            return known.then(|| self.memory.numbers[at]);
        }
        self.memory.tested |= self.regime.nodes.num(id).is_computed();
        let value = self.compute_num(id);
        self.memory.known[at] = Some(value.is_some());
        if let Some(value) = value {
            self.memory.numbers[at] = value;
        }
        value
    }

    fn compute_num(&mut self, id: NumId) -> Option<Num> {
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Const(number) => Some(*number),
            NumNode::Fact(fact) => self.facts.num(*fact),
            NumNode::Derived(fact, limbs) => self.facts.num(*fact).or_else(|| {
                for (when, value) in limbs {
                    match self.worth(*when) {
                        Truth::False => {}
                        Truth::Unknown => return None,
                        Truth::True => {
                            if let Some(value) = self.num(*value) {
                                return Some(value);
                            }
                        }
                    }
                }
                None
            }),
            NumNode::Arithmetic(operator, left, right) => {
                operator.apply(self.num(*left)?, self.num(*right)?)
            }
            NumNode::Extreme(extreme, items) => {
                let known = items.iter().filter_map(|item| self.num(*item));
                match extreme {
                    Extreme::Max => known.max(),
                    Extreme::Min => known.min(),
                }
            }
            NumNode::Choose(condition, then, otherwise) => match self.worth(*condition) {
                Truth::True => self.num(*then),
                Truth::False => self.num(*otherwise),
                Truth::Unknown => {
                    let (then, otherwise) = (self.num(*then)?, self.num(*otherwise)?);
                    (then == otherwise).then_some(then)
                }
            },
            NumNode::Named(_, inner) => self.num(*inner),
        }
    }

    /// Adds what keeps an unknown condition unknown. A known one adds nothing.
    pub fn open(&mut self, id: NodeId, open: &mut Open) {
        if self.truth(id) != Truth::Unknown || !open.seen.insert(id.0 as usize) {
            return;
        }
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::Compare(_, left, right) => {
                self.open_num(*left, open);
                self.open_num(*right, open);
            }
            Node::Not(inner) | Node::Named(_, inner) => self.open(*inner, open),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().for_each(|part| self.open(*part, open));
            }
            Node::Choose(condition, then, otherwise) => match self.truth(*condition) {
                Truth::True => self.open(*then, open),
                Truth::False => self.open(*otherwise, open),
                Truth::Unknown => {
                    [condition, then, otherwise]
                        .into_iter()
                        .for_each(|part| self.open(*part, open));
                }
            },
            Node::Doubted(inner, doubts) => {
                self.open(*inner, open);
                self.open_doubts(doubts, open);
            }
            test => {
                open.facts.extend(test.facts().filter(|fact| !self.is_given(*fact)));
            }
        }
    }

    /// Adds the doubts that hold, and what keeps open those that may.
    pub fn open_doubts(&mut self, doubts: &[Doubting], open: &mut Open) {
        for doubt in doubts {
            match self.truth(doubt.when) {
                Truth::False => {}
                Truth::True => {
                    open.doubts.insert(doubt.source);
                }
                Truth::Unknown => self.open(doubt.when, open),
            }
        }
    }

    /// Adds what keeps a numeric expression unknown. A known one adds nothing.
    pub fn open_num(&mut self, id: NumId, open: &mut Open) {
        let regime = self.regime;
        let (truths, _) = regime.nodes.counts();
        let is_known = self.num(id).is_some();
        self.note(Question::Num(id), u8::from(is_known));
        if is_known || !open.seen.insert(truths + id.0 as usize) {
            return;
        }
        match regime.nodes.num(id) {
            NumNode::Const(_) => {}
            NumNode::Fact(fact) | NumNode::Derived(fact, _) => {
                open.facts.insert(*fact);
            }
            NumNode::Arithmetic(_, left, right) => {
                self.open_num(*left, open);
                self.open_num(*right, open);
            }
            NumNode::Extreme(_, items) => {
                items.iter().for_each(|item| self.open_num(*item, open));
            }
            NumNode::Choose(condition, then, otherwise) => match self.truth(*condition) {
                Truth::True => self.open_num(*then, open),
                Truth::False => self.open_num(*otherwise, open),
                Truth::Unknown => {
                    self.open(*condition, open);
                    self.open_num(*then, open);
                    self.open_num(*otherwise, open);
                }
            },
            NumNode::Named(_, inner) => self.open_num(*inner, open),
        }
    }
}

//! What transactions that agree in their words have in common: the conditions that are settled
//! whatever their numbers, texts and days are.
//!
//! Transactions agree where the same facts are known and their truths, words and countries are the
//! same, countries as far as the sets of the day tell them apart. Everything here looks only at
//! that.

use crate::answered::Tests;
use crate::facts::{Facts, Value};
use crate::node::{Doubting, Node, NodeId, NumId, NumNode};
use crate::regime::Regime;
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// What is settled of the conditions and numbers of a day, by their index.
#[derive(Debug, Default)]
pub struct Settled {
    /// What conditions are worth.
    pub truths: Box<[Option<Truth>]>,
    /// Of numbers, `Some(false)` where they are unknown.
    pub known: Box<[Option<bool>]>,
}

/// Looks for what is settled.
pub struct Settling<'s> {
    regime: &'s Regime,
    facts: &'s Facts,
    truths: Vec<Option<Option<Truth>>>,
    lacking: Vec<Option<bool>>,
}

impl<'s> Settling<'s> {
    /// Begins with one of the transactions.
    pub fn new(regime: &'s Regime, facts: &'s Facts) -> Settling<'s> {
        let (truths, numbers) = regime.nodes.counts();
        Settling { regime, facts, truths: vec![None; truths], lacking: vec![None; numbers] }
    }

    /// Everything that was looked at, and the tests that are open.
    pub fn finish(self) -> (Settled, Tests) {
        let nodes = &self.regime.nodes;
        let truths = self.truths.iter().enumerate().filter(|(_, found)| **found == Some(None));
        let numbers = self.lacking.iter().enumerate().filter(|(_, found)| **found == Some(false));
        let tests = Tests {
            conditions: truths
                .map(|(at, _)| NodeId(at as u32))
                .filter(|id| nodes.node(*id).is_test())
                .collect(),
            numbers: numbers
                .map(|(at, _)| NumId(at as u32))
                .filter(|id| nodes.num(*id).is_computed())
                .collect(),
        };
        let known = |lacking: Option<bool>| lacking.filter(|lacking| *lacking).map(|_| false);
        let settled = Settled {
            truths: self.truths.into_iter().map(Option::flatten).collect(),
            known: self.lacking.into_iter().map(known).collect(),
        };
        (settled, tests)
    }

    /// What a condition is worth, where that is settled.
    pub fn truth(&mut self, id: NodeId) -> Option<Truth> {
        if let Some(found) = self.truths[id.0 as usize] {
            return found;
        }
        let settled = self.settle(id);
        self.truths[id.0 as usize] = Some(settled);
        settled
    }

    fn settle(&mut self, id: NodeId) -> Option<Truth> {
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::Const(value) => Some(Truth::from(*value)),
            Node::Fact(fact) => Some(self.bool_fact(*fact)),
            Node::Derived(fact, limbs) => match self.facts.get(*fact) {
                Some(_) => Some(self.bool_fact(*fact)),
                None => self.derived(limbs),
            },
            Node::InSet(fact, set) => Some(match self.facts.get(*fact) {
                Some(Value::Country(country)) => regime.set(*set).1.contains(*country).into(),
                _ => Truth::Unknown,
            }),
            Node::SameFact(a, b) => self.same(*a, *b),
            Node::WordIn(fact, bits) => Some(match self.facts.get(*fact) {
                Some(Value::Word(word)) => (bits >> word & 1 == 1).into(),
                _ => Truth::Unknown,
            }),
            Node::TextIn(fact, _) | Node::Prefix(fact, _) | Node::DateCompare(_, fact, _) => {
                self.facts.get(*fact).is_none().then_some(Truth::Unknown)
            }
            Node::Holds(fact, _) => match self.facts.get(*fact) {
                Some(Value::List(items)) => items.is_empty().then_some(Truth::False),
                _ => Some(Truth::Unknown),
            },
            Node::Compare(_, left, right) => {
                (self.lacks(*left) | self.lacks(*right)).then_some(Truth::Unknown)
            }
            Node::Not(inner) => self.truth(*inner).map(Truth::not),
            Node::And(parts) => self.all(parts),
            Node::Or(parts) => self.any(parts),
            Node::Choose(condition, then, otherwise) => match self.truth(*condition) {
                Some(Truth::True) => self.truth(*then),
                Some(Truth::False) => self.truth(*otherwise),
                open => match (self.truth(*then), self.truth(*otherwise)) {
                    (Some(then), Some(otherwise)) if then == otherwise => Some(then),
                    (Some(_), Some(_)) => open,
                    _ => None,
                },
            },
            Node::Present(party) => Some(self.facts.is_present(usize::from(*party)).into()),
            Node::Named(_, inner) => self.truth(*inner),
            Node::Doubted(inner, doubts) => {
                let truth = self.truth(*inner);
                self.doubted(truth, doubts)
            }
        }
    }

    /// What a settled truth is worth under doubts.
    pub fn doubted(&mut self, truth: Option<Truth>, doubts: &[Doubting]) -> Option<Truth> {
        let mut clear = Some(Truth::True);
        for doubt in doubts {
            match self.truth(doubt.when) {
                Some(Truth::False) => {}
                Some(_) => clear = Some(Truth::Unknown),
                None => clear = clear.filter(|clear| *clear == Truth::Unknown),
            }
        }
        match truth? {
            Truth::True => clear,
            settled => Some(settled),
        }
    }

    fn bool_fact(&self, fact: FactId) -> Truth {
        match self.facts.get(fact) {
            Some(Value::Bool(value)) => Truth::from(*value),
            _ => Truth::Unknown,
        }
    }

    fn same(&self, a: FactId, b: FactId) -> Option<Truth> {
        match (self.facts.get(a), self.facts.get(b)) {
            (Some(Value::Country(a)), Some(Value::Country(b))) => {
                let classes = &self.regime.country_classes;
                let apart = classes.class(a.index()) != classes.class(b.index());
                apart.then_some(Truth::False)
            }
            (Some(a @ Value::Word(_)), Some(b @ Value::Word(_))) => Some((a == b).into()),
            (Some(_), Some(_)) => None,
            _ => Some(Truth::Unknown),
        }
    }

    fn all(&mut self, parts: &[NodeId]) -> Option<Truth> {
        let mut all = Some(Truth::True);
        for part in parts {
            match self.truth(*part) {
                Some(Truth::False) => return Some(Truth::False),
                settled => all = all.zip(settled).map(|(all, part)| all.and(part)),
            }
        }
        all
    }

    fn any(&mut self, parts: &[NodeId]) -> Option<Truth> {
        let mut any = Some(Truth::False);
        for part in parts {
            match self.truth(*part) {
                Some(Truth::True) => return Some(Truth::True),
                settled => any = any.zip(settled).map(|(any, part)| any.or(part)),
            }
        }
        any
    }

    fn derived(&mut self, limbs: &[(NodeId, NodeId)]) -> Option<Truth> {
        let mut settled = Some(Truth::Unknown);
        for (when, value) in limbs {
            let limb = match self.truth(*when) {
                Some(Truth::False) => continue,
                Some(Truth::True) => self.truth(*value),
                Some(Truth::Unknown) => return settled,
                None => self.truth(*value).and(None),
            };
            match limb {
                Some(Truth::Unknown) => {}
                Some(known) => return settled.and(Some(known)),
                // The limbs that follow are asked, so that what they hang on is looked at.
                None => settled = None,
            }
        }
        settled
    }

    /// Whether a number is unknown whatever the transaction says otherwise.
    pub fn lacks(&mut self, id: NumId) -> bool {
        if let Some(found) = self.lacking[id.0 as usize] {
            return found;
        }
        let regime = self.regime;
        let lacking = match regime.nodes.num(id) {
            NumNode::Const(_) => false,
            NumNode::Fact(fact) => self.facts.get(*fact).is_none(),
            NumNode::Derived(fact, limbs) => {
                self.facts.get(*fact).is_none() && self.derives_nothing(limbs)
            }
            // Both are asked, so that what both hang on is looked at.
            NumNode::Arithmetic(_, left, right) => self.lacks(*left) | self.lacks(*right),
            NumNode::Extreme(_, items) => {
                items.iter().fold(true, |lacking, item| self.lacks(*item) & lacking)
            }
            NumNode::Choose(condition, then, otherwise) => match self.truth(*condition) {
                Some(Truth::True) => self.lacks(*then),
                Some(Truth::False) => self.lacks(*otherwise),
                Some(Truth::Unknown) => self.lacks(*then) | self.lacks(*otherwise),
                None => self.lacks(*then) & self.lacks(*otherwise),
            },
            NumNode::Named(_, inner) => self.lacks(*inner),
        };
        self.lacking[id.0 as usize] = Some(lacking);
        lacking
    }

    /// The first limb that holds and is known decides; one in doubt leaves it unknown.
    fn derives_nothing(&mut self, limbs: &[(NodeId, NumId)]) -> bool {
        let mut nothing = true;
        for (when, value) in limbs {
            match self.truth(*when) {
                Some(Truth::False) => {}
                Some(Truth::Unknown) => break,
                Some(Truth::True) | None => nothing &= self.lacks(*value),
            }
        }
        nothing
    }
}

//! Which facts tests depend on, beyond what a docket settles.
//!
//! This module must not evaluate: it looks at what is written, and stops where the docket has
//! settled the answer.

use std::collections::BTreeSet;

use crate::bits::BitSet;
use crate::node::{Doubting, Node, NodeId, NumId, NumNode};
use crate::regime::{Quota, Regime};
use crate::settle::Settled;
use crate::vocabulary::FactId;

/// A walk through the conditions below a test.
pub(super) struct Sources<'s> {
    regime: &'s Regime,
    settled: &'s Settled,
    seen: BitSet,
    facts: BTreeSet<FactId>,
}

impl<'s> Sources<'s> {
    /// Begins with nothing.
    pub(super) fn new(regime: &'s Regime, settled: &'s Settled) -> Sources<'s> {
        Sources { regime, settled, seen: BitSet::default(), facts: BTreeSet::new() }
    }

    /// The facts that were found.
    pub(super) fn finish(self) -> BTreeSet<FactId> {
        self.facts
    }

    /// What a condition depends on. Truths, words, and countries in sets are the docket's.
    pub(super) fn truth(&mut self, id: NodeId) {
        let is_settled = self.settled.truths[id.0 as usize].is_some();
        if is_settled || !self.seen.insert(id.0 as usize) {
            return;
        }
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::Const(_)
            | Node::Fact(_)
            | Node::InSet(..)
            | Node::WordIn(..)
            | Node::Present(_) => {}
            Node::Derived(_, limbs) => limbs.iter().for_each(|(when, value)| {
                self.truth(*when);
                self.truth(*value);
            }),
            test @ (Node::SameFact(..)
            | Node::TextIn(..)
            | Node::Prefix(..)
            | Node::Holds(..)
            | Node::DateCompare(..)) => self.facts.extend(test.facts()),
            Node::Compare(_, left, right) => {
                self.num(*left);
                self.num(*right);
            }
            Node::Not(inner) | Node::Named(_, inner) => self.truth(*inner),
            Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| self.truth(*part)),
            Node::Choose(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.truth(*part));
            }
            Node::Doubted(inner, doubts) => {
                self.truth(*inner);
                self.doubts(doubts);
            }
        }
    }

    fn doubts(&mut self, doubts: &[Doubting]) {
        doubts.iter().for_each(|doubt| self.truth(doubt.when));
    }

    /// What a number depends on.
    pub(super) fn num(&mut self, id: NumId) {
        let (truths, _) = self.regime.nodes.counts();
        let is_settled = self.settled.known[id.0 as usize].is_some();
        if is_settled || !self.seen.insert(truths + id.0 as usize) {
            return;
        }
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Const(_) => {}
            NumNode::Fact(fact) => _ = self.facts.insert(*fact),
            NumNode::Derived(fact, limbs) => {
                self.facts.insert(*fact);
                for (when, value) in limbs {
                    self.truth(*when);
                    self.num(*value);
                }
            }
            NumNode::Arithmetic(_, left, right) => {
                self.num(*left);
                self.num(*right);
            }
            NumNode::Extreme(_, items) => items.iter().for_each(|item| self.num(*item)),
            NumNode::Choose(condition, then, otherwise) => {
                self.truth(*condition);
                self.num(*then);
                self.num(*otherwise);
            }
            NumNode::Named(_, inner) => self.num(*inner),
        }
    }

    /// What the room of a quota depends on, where nothing was drawn before.
    pub(super) fn quota(&mut self, quota: &Quota) {
        self.truth(quota.when);
        self.num(quota.amount);
        if let Some(limit) = quota.limit {
            self.num(limit);
        }
        self.facts.insert(quota.used);
        if let Some((base, amount)) = quota.base {
            self.facts.insert(base);
            self.num(amount);
        }
    }
}

//! Which facts the conditions and numbers of a day depend on, however far down.
//!
//! This module must not evaluate: it looks at what is written, whatever the transaction.

use std::collections::BTreeSet;

use crate::node::{Node, NodeId, NumId, NumNode};
use crate::pack::Reading;
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// Which facts the conditions and numbers of a day look at.
pub struct Uses {
    nums: Vec<BTreeSet<FactId>>,
    all: BTreeSet<FactId>,
}

impl Uses {
    /// Looks through a day's law.
    pub fn of(regime: &Regime) -> Uses {
        let mut uses = Uses { nums: Vec::new(), all: BTreeSet::new() };
        let mut truths: Vec<Option<BTreeSet<FactId>>> = vec![None; regime.nodes.all().count()];
        let mut nums: Vec<Option<BTreeSet<FactId>>> = vec![None; regime.nodes.all_nums().count()];
        for at in 0..nums.len() {
            num_uses(regime, NumId(at as u32), &mut truths, &mut nums);
        }
        for node in regime.nodes.all() {
            for fact in node.facts() {
                uses.all.insert(fact);
            }
        }
        uses.nums = nums.into_iter().map(Option::unwrap_or_default).collect();
        uses.all.extend(uses.nums.iter().flatten().copied());
        for quota in Reading::BOTH.iter().flat_map(|reading| &regime.reading(*reading).quotas) {
            uses.all.insert(quota.used);
            uses.all.extend(quota.base.map(|(fact, _)| fact));
        }
        uses
    }

    /// The facts on which a number depends.
    pub fn number(&self, id: NumId) -> &BTreeSet<FactId> {
        &self.nums[id.0 as usize]
    }

    /// Whether anything depends on a fact.
    pub fn anywhere(&self, fact: FactId) -> bool {
        self.all.contains(&fact)
    }
}

type Found = Vec<Option<BTreeSet<FactId>>>;

fn num_uses(regime: &Regime, id: NumId, truths: &mut Found, nums: &mut Found) -> BTreeSet<FactId> {
    if let Some(known) = &nums[id.0 as usize] {
        return known.clone();
    }
    let mut own = BTreeSet::new();
    match regime.nodes.num(id) {
        NumNode::Const(_) => {}
        NumNode::Fact(fact) => {
            own.insert(*fact);
        }
        NumNode::Derived(fact, limbs) => {
            own.insert(*fact);
            for (when, value) in limbs {
                own.extend(truth_uses(regime, *when, truths, nums));
                own.extend(num_uses(regime, *value, truths, nums));
            }
        }
        NumNode::Arithmetic(_, left, right) => {
            own.extend(num_uses(regime, *left, truths, nums));
            own.extend(num_uses(regime, *right, truths, nums));
        }
        NumNode::Extreme(_, items) => {
            for item in items {
                own.extend(num_uses(regime, *item, truths, nums));
            }
        }
        NumNode::Choose(condition, then, otherwise) => {
            own.extend(truth_uses(regime, *condition, truths, nums));
            own.extend(num_uses(regime, *then, truths, nums));
            own.extend(num_uses(regime, *otherwise, truths, nums));
        }
        NumNode::Named(_, inner) => own.extend(num_uses(regime, *inner, truths, nums)),
    }
    nums[id.0 as usize] = Some(own.clone());
    own
}

fn truth_uses(
    regime: &Regime,
    id: NodeId,
    truths: &mut Found,
    nums: &mut Found,
) -> BTreeSet<FactId> {
    if let Some(known) = &truths[id.0 as usize] {
        return known.clone();
    }
    let node = regime.nodes.node(id);
    let mut own: BTreeSet<FactId> = node.facts().collect();
    match node {
        Node::Compare(_, left, right) => {
            own.extend(num_uses(regime, *left, truths, nums));
            own.extend(num_uses(regime, *right, truths, nums));
        }
        Node::Derived(_, limbs) => {
            for (when, value) in limbs {
                own.extend(truth_uses(regime, *when, truths, nums));
                own.extend(truth_uses(regime, *value, truths, nums));
            }
        }
        Node::Not(inner) | Node::Named(_, inner) | Node::Doubted(inner, _) => {
            own.extend(truth_uses(regime, *inner, truths, nums));
        }
        Node::And(parts) | Node::Or(parts) => {
            for part in parts {
                own.extend(truth_uses(regime, *part, truths, nums));
            }
        }
        Node::Choose(condition, then, otherwise) => {
            for part in [condition, then, otherwise] {
                own.extend(truth_uses(regime, *part, truths, nums));
            }
        }
        _ => {}
    }
    truths[id.0 as usize] = Some(own.clone());
    own
}

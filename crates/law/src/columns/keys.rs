//! What rows are compared by: how every condition that a decision looks at comes out.
//!
//! A key has two parts. The first has two bits for each condition that a rule names, and what is
//! left of each quota. The second says what is unknown of all that lies below: it matters where a
//! condition of the first part is unknown, since an answer then names the facts that would settle
//! it, and is left out elsewhere.

use rustc_hash::FxHashMap;

use super::frame;
use crate::node::{Node, NodeId, NumNode};
use crate::pack::Reading;
use crate::regime::Regime;
use crate::vocabulary::Vocabulary;

/// Where everything stands in a key.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// The conditions that rules name, two bits each.
    pub(super) conditions: Vec<NodeId>,
    /// The quotas, four bits each.
    pub(super) quotas: Vec<(Reading, usize)>,
    /// Of each quota, the conditions of what draws on it.
    pub(super) draws: Vec<Vec<NodeId>>,
    /// How many words the first part has.
    pub(super) first: usize,
    /// How many words a key has.
    pub(super) width: usize,
    /// Of each node, the bits that say that it is unknown and that it holds, where they matter.
    unknown_nodes: Vec<u32>,
    true_nodes: Vec<u32>,
    unknown_facts: Vec<u32>,
    unknown_nums: usize,
}

/// No bit.
const NONE: u32 = u32::MAX;

impl Layout {
    pub(super) fn new(regime: &Regime, vocabulary: &Vocabulary) -> Layout {
        let conditions = conditions(regime);
        let (quotas, draws) = quotas(regime);
        let (nodes, nums) = regime.nodes.counts();
        let first = (2 * conditions.len()).div_ceil(64) + (4 * quotas.len()).div_ceil(64);
        let mut next = 64 * first as u32;
        let mut bit = || {
            next += 1;
            next - 1
        };
        let mut unknown_nodes = Vec::with_capacity(nodes);
        let mut true_nodes = vec![NONE; nodes];
        let mut unknown_facts = vec![NONE; vocabulary.len()];
        for node in regime.nodes.all() {
            // A test is unknown where its facts are: they have their own bits.
            let is_test = node.facts().next().is_some() && !matches!(node, Node::Derived(..));
            unknown_nodes.push(if is_test { NONE } else { bit() });
            let choices: Vec<NodeId> = match node {
                Node::Choose(condition, ..) => vec![*condition],
                Node::Doubted(_, doubts) => doubts.iter().map(|doubt| doubt.when).collect(),
                _ => Vec::new(),
            };
            for choice in choices {
                true_nodes[choice.0 as usize] = bit();
            }
        }
        for num in regime.nodes.all_nums() {
            if let NumNode::Choose(condition, ..) = num {
                true_nodes[condition.0 as usize] = bit();
            }
        }
        for fact in frame::read(regime) {
            unknown_facts[usize::from(fact.0)] = bit();
        }
        let unknown_nums = next as usize;
        let width = (unknown_nums + nums).div_ceil(64);
        Layout {
            conditions,
            quotas,
            draws,
            first,
            width,
            unknown_nodes,
            true_nodes,
            unknown_facts,
            unknown_nums,
        }
    }

    /// The first bit of a condition of a rule.
    pub(super) fn condition(&self, at: usize) -> usize {
        2 * at
    }

    /// The first bit of what is left of a quota.
    pub(super) fn quota(&self, at: usize) -> usize {
        (2 * self.conditions.len()).next_multiple_of(64) + 4 * at
    }

    /// The bit that says that a condition is unknown; a test has none.
    pub(super) fn unknown_node(&self, node: usize) -> Option<usize> {
        bit(self.unknown_nodes[node])
    }

    /// The bit that says that a condition holds, of those on which it hangs where else to look.
    pub(super) fn true_node(&self, node: usize) -> Option<usize> {
        bit(self.true_nodes[node])
    }

    /// The bit that says that a number is unknown.
    pub(super) fn unknown_num(&self, num: usize) -> usize {
        self.unknown_nums + num
    }

    /// The bit that says that a fact is not given; one that the law does not read has none.
    pub(super) fn unknown_fact(&self, fact: usize) -> Option<usize> {
        bit(self.unknown_facts[fact])
    }
}

fn bit(of: u32) -> Option<usize> {
    (of != NONE).then_some(of as usize)
}

/// Every condition that a rule of the day names, each once.
fn conditions(regime: &Regime) -> Vec<NodeId> {
    let mut all: Vec<NodeId> = regime.classes.iter().map(|(_, _, when)| *when).collect();
    all.extend(regime.coming.iter().map(|(_, when)| *when));
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        for requirement in &rules.requirements {
            all.push(requirement.when);
            all.extend(requirement.about);
            all.extend(requirement.doubts.iter().map(|doubt| doubt.when));
            for policy in &requirement.policies {
                all.push(policy.when);
                all.extend(policy.doubts.iter().map(|doubt| doubt.when));
            }
        }
        for exception in &rules.exceptions {
            all.push(exception.when);
            all.extend(exception.bars.iter().map(|(_, bar)| *bar));
            all.extend(exception.doubts.iter().map(|doubt| doubt.when));
        }
        all.extend(rules.phantoms.iter().map(|phantom| phantom.when));
        all.extend(rules.quotas.iter().map(|quota| quota.when));
        all.extend(rules.obligations.iter().flat_map(|due| [due.when, due.done]));
        all.extend(rules.flags.iter().chain(&rules.remarks).map(|(_, when)| *when));
        all.extend(rules.suspended.iter().map(|(_, when, _)| *when));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The quotas of the day, each once, and the conditions of what draws on each.
fn quotas(regime: &Regime) -> (Vec<(Reading, usize)>, Vec<Vec<NodeId>>) {
    let mut found: Vec<(Reading, usize)> = Vec::new();
    let mut draws: Vec<Vec<NodeId>> = Vec::new();
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        let of_exceptions = rules.exceptions.iter().map(|one| (&one.draws, one.when));
        let policies = rules.requirements.iter().flat_map(|one| &one.policies);
        let all: Vec<_> = of_exceptions.chain(policies.map(|one| (&one.draws, one.when))).collect();
        for (at, quota) in rules.quotas.iter().enumerate() {
            let is_same =
                |(other, at): &(Reading, usize)| regime.reading(*other).quotas[*at] == *quota;
            let place = found.iter().position(is_same).unwrap_or_else(|| {
                found.push((reading, at));
                draws.push(Vec::new());
                found.len() - 1
            });
            let of_it = all.iter().filter(|(of, _)| of.contains(&at)).map(|(_, when)| *when);
            draws[place].extend(of_it);
        }
    }
    (found, draws)
}

/// The keys of some rows, under way or whole.
#[derive(Debug, Default)]
pub(super) struct Keys {
    width: usize,
    first: usize,
    /// What all rows have in common.
    common: Vec<u64>,
    /// What is each row's own, by word.
    own: FxHashMap<usize, Vec<u64>>,
    spare: Vec<Vec<u64>>,
    /// Whether the second part counts.
    is_open: Vec<bool>,
    any_open: bool,
    words: Vec<u64>,
}

impl Keys {
    /// Begins anew, for so many rows.
    pub(super) fn begin(&mut self, layout: &Layout, rows: usize) {
        (self.width, self.first) = (layout.width, layout.first);
        self.common.clear();
        self.common.resize(layout.width, 0);
        self.spare.extend(self.own.drain().map(|(_, words)| words));
        self.is_open.clear();
        self.is_open.resize(rows, false);
        self.any_open = false;
    }

    /// Sets a number at a bit of every key.
    pub(super) fn set(&mut self, bit: usize, number: u8) {
        self.common[bit / 64] |= u64::from(number) << (bit % 64);
    }

    /// Sets a number at a bit, each row its own.
    pub(super) fn set_each(&mut self, bit: usize, numbers: impl Iterator<Item = u8>) {
        let (rows, spare) = (self.is_open.len(), &mut self.spare);
        let words = self.own.entry(bit / 64).or_insert_with(|| {
            let mut words = spare.pop().unwrap_or_default();
            words.clear();
            words.resize(rows, 0);
            words
        });
        for (word, number) in words.iter_mut().zip(numbers) {
            *word |= u64::from(number) << (bit % 64);
        }
    }

    /// Marks rows of which something is unknown.
    pub(super) fn open(&mut self, is_unknown: impl Iterator<Item = bool>) {
        for (open, is_unknown) in self.is_open.iter_mut().zip(is_unknown) {
            *open |= is_unknown;
            self.any_open |= is_unknown;
        }
    }

    /// Marks all rows so.
    pub(super) fn open_all(&mut self) {
        self.is_open.fill(true);
        self.any_open = !self.is_open.is_empty();
    }

    /// Whether something is unknown of any row.
    pub(super) fn is_any_open(&self) -> bool {
        self.any_open
    }

    /// Joins the words of each row.
    pub(super) fn finish(&mut self) {
        let kept = if self.any_open { self.width } else { self.first };
        self.width = kept;
        self.words.clear();
        for _ in 0..self.is_open.len() {
            self.words.extend_from_slice(&self.common[..kept]);
        }
        for (at, own) in self.own.iter().filter(|(at, _)| **at < kept) {
            let words = self.words[*at..].iter_mut().step_by(kept);
            words.zip(own).for_each(|(word, own)| *word |= own);
        }
    }

    /// The key of a row.
    pub(super) fn row(&self, row: usize) -> &[u64] {
        let start = row * self.width;
        let end = if self.is_open[row] { self.width } else { self.first };
        &self.words[start..start + end]
    }
}

//! What rows are compared by: how every condition that a decision looks at comes out.
//!
//! A key has two parts. The first has two bits for each condition that a rule names, and what is
//! left of each quota. The second says what is unknown of all that lies below: it matters where a
//! condition of the first part is unknown, since an answer then names the facts that would settle
//! it, and is left out elsewhere.

use rustc_hash::FxHashMap;

use crate::node::NodeId;
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
    /// How many words the first part has.
    pub(super) first: usize,
    /// How many words a key has.
    pub(super) width: usize,
    nodes: usize,
    nums: usize,
}

impl Layout {
    pub(super) fn new(regime: &Regime, vocabulary: &Vocabulary) -> Layout {
        let conditions = conditions(regime);
        let quotas = quotas(regime);
        let (nodes, nums) = regime.nodes.counts();
        let first = (2 * conditions.len()).div_ceil(64) + (4 * quotas.len()).div_ceil(64);
        let second = 2 * nodes + nums + vocabulary.len();
        let width = first + second.div_ceil(64);
        Layout { conditions, quotas, first, width, nodes, nums }
    }

    /// The first bit of a condition of a rule.
    pub(super) fn condition(&self, at: usize) -> usize {
        2 * at
    }

    /// The first bit of what is left of a quota.
    pub(super) fn quota(&self, at: usize) -> usize {
        (2 * self.conditions.len()).next_multiple_of(64) + 4 * at
    }

    /// The bit that says that a condition is unknown.
    pub(super) fn unknown_node(&self, node: usize) -> usize {
        64 * self.first + node
    }

    /// The bit that says that a condition holds.
    pub(super) fn true_node(&self, node: usize) -> usize {
        64 * self.first + self.nodes + node
    }

    /// The bit that says that a number is unknown.
    pub(super) fn unknown_num(&self, num: usize) -> usize {
        64 * self.first + 2 * self.nodes + num
    }

    /// The bit that says that a fact is not given.
    pub(super) fn unknown_fact(&self, fact: usize) -> usize {
        64 * self.first + 2 * self.nodes + self.nums + fact
    }
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

/// The quotas of the day, each once.
fn quotas(regime: &Regime) -> Vec<(Reading, usize)> {
    let mut found: Vec<(Reading, usize)> = Vec::new();
    for reading in Reading::BOTH {
        for (at, quota) in regime.reading(reading).quotas.iter().enumerate() {
            let is_same =
                |(other, at): &(Reading, usize)| regime.reading(*other).quotas[*at] == *quota;
            if !found.iter().any(is_same) {
                found.push((reading, at));
            }
        }
    }
    found
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

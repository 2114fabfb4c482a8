//! A few thousand rows, over which conditions are worked out one after the other.

use super::Columns;
use super::frame::{Frame, Scope};
use super::nums::{Numbers, number};
use crate::decide::{count, counted};
use crate::expr::Comparison;
use crate::facts::Value;
use crate::node::{Doubting, Node, NodeId, NumId};
use crate::number::Num;
use crate::regime::{Quota, Regime};
use crate::trail::{self, Question, level};
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// How many rows a sheet has at most: what is worked out of them should stay in the cache.
pub(super) const ROWS: usize = 2048;

/// What a condition is worth for every row, as [levels](level).
#[derive(Debug, Default)]
pub(super) enum Levels {
    /// Not worked out yet.
    #[default]
    Unset,
    /// The same for all.
    Constant(u8),
    /// Each its own.
    Rows(Vec<u8>),
}

/// Memory that sheets reuse.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) nodes: Vec<Levels>,
    pub(super) nums: Vec<Numbers>,
    /// For each row, which of the distinct values of a bundle it has; empty where nobody asked.
    pub(super) places: Vec<Vec<u32>>,
    spare: Vec<Vec<u8>>,
    pub(super) spare_nums: Vec<Vec<Option<Num>>>,
}

/// A sheet.
pub(super) struct Sheet<'s> {
    columns: &'s Columns<'s>,
    pub(super) regime: &'s Regime,
    pub(super) frame: &'s mut Frame,
    pub(super) rows: &'s [u32],
    pub(super) memory: &'s mut Memory,
}

impl<'s> Sheet<'s> {
    pub(super) fn new(
        columns: &'s Columns<'s>,
        regime: &'s Regime,
        frame: &'s mut Frame,
        rows: &'s [u32],
        memory: &'s mut Memory,
    ) -> Sheet<'s> {
        let Memory { nodes, nums, places, spare, spare_nums, .. } = &mut *memory;
        for levels in nodes.drain(..) {
            if let Levels::Rows(levels) = levels {
                spare.push(levels);
            }
        }
        let (truths, numbers) = regime.nodes.counts();
        nodes.resize_with(truths, Levels::default);
        for numbers in nums.drain(..) {
            if let Numbers::Rows(numbers) = numbers {
                spare_nums.push(numbers);
            }
        }
        nums.resize_with(numbers, Numbers::default);
        places.resize_with(columns.bundles.len(), Vec::new);
        places.iter_mut().for_each(Vec::clear);
        Sheet { columns, regime, frame, rows, memory }
    }

    /// Finds, for each row, which of the distinct values of a bundle it has.
    pub(super) fn place(&mut self, bundle: usize) {
        if !self.memory.places[bundle].is_empty() {
            return;
        }
        let of = &self.columns.bundles[bundle];
        if of.keys.is_none() {
            self.frame.rows(self.columns, self.regime, bundle, self.rows);
            self.memory.places[bundle].extend(0..self.rows.len() as u32);
            return;
        }
        let of_key = self.frame.distinct(self.columns, self.regime, bundle);
        let places = &mut self.memory.places[bundle];
        places.extend(self.rows.iter().map(|row| of_key[of.key(*row as usize)]));
    }

    /// The value of a fact for a row; its bundle has been placed.
    pub(super) fn fact_at(&self, fact: FactId, row: usize) -> Option<&Value> {
        match self.frame.values(fact) {
            Some((bundle, values)) => values[self.memory.places[bundle][row] as usize].as_ref(),
            None => self.frame.constant_fact(fact),
        }
    }

    pub(super) fn place_fact(&mut self, fact: FactId) {
        if let Some(bundle) = self.frame.bundle_of(fact) {
            self.place(bundle);
        }
    }

    /// What a condition is worth for a row; it was worked out.
    pub(super) fn level_at(&self, id: NodeId, row: usize) -> u8 {
        match &self.memory.nodes[id.0 as usize] {
            Levels::Unset => 1,
            Levels::Constant(level) => *level,
            Levels::Rows(levels) => levels[row],
        }
    }

    fn empty(&mut self) -> Vec<u8> {
        let mut levels = self.memory.spare.pop().unwrap_or_default();
        levels.clear();
        levels
    }

    /// Levels of all rows, as one where they are the same.
    fn settle(&mut self, levels: Vec<u8>) -> Levels {
        let least = levels.iter().fold(2, |least, level| least.min(*level));
        let most = levels.iter().fold(0, |most, level| most.max(*level));
        if least < most {
            return Levels::Rows(levels);
        }
        self.memory.spare.push(levels);
        Levels::Constant(least)
    }

    /// Works a condition out for every row.
    pub(super) fn truth(&mut self, id: NodeId) {
        if !matches!(self.memory.nodes[id.0 as usize], Levels::Unset) {
            return;
        }
        let levels = match self.frame.nodes[id.0 as usize] {
            Scope::Constant => Levels::Constant(self.frame.constant(id)),
            Scope::Bundle(bundle) => self.of_bundle(bundle, id),
            Scope::Rows => self.compute(id),
        };
        self.memory.nodes[id.0 as usize] = levels;
    }

    fn of_bundle(&mut self, bundle: usize, id: NodeId) -> Levels {
        self.place(bundle);
        let mut levels = self.empty();
        let truths = self.frame.truths(bundle, id);
        if truths.len() < ROWS
            && let Some(first) = truths.first()
            && truths.iter().all(|truth| truth == first)
        {
            return Levels::Constant(*first);
        }
        levels.extend(self.memory.places[bundle].iter().map(|place| truths[*place as usize]));
        self.settle(levels)
    }

    fn compute(&mut self, id: NodeId) -> Levels {
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::And(parts) => self.junction(parts, 0),
            Node::Or(parts) => self.junction(parts, 2),
            Node::Not(inner) => {
                self.truth(*inner);
                self.each(|sheet, row| 2 - sheet.level_at(*inner, row))
            }
            Node::Named(_, inner) => {
                self.truth(*inner);
                self.each(|sheet, row| sheet.level_at(*inner, row))
            }
            Node::Choose(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.truth(*part));
                self.each(|sheet, row| {
                    let then = sheet.level_at(*then, row);
                    let otherwise = sheet.level_at(*otherwise, row);
                    match sheet.level_at(*condition, row) {
                        0 => otherwise,
                        1 if then == otherwise => then,
                        1 => 1,
                        _ => then,
                    }
                })
            }
            Node::Doubted(inner, doubts) => {
                self.truth(*inner);
                doubts.iter().for_each(|doubt| self.truth(doubt.when));
                self.each(|sheet, row| {
                    let is_clear = |doubt: &Doubting| sheet.level_at(doubt.when, row) == 0;
                    let truth = sheet.level_at(*inner, row);
                    if truth == 0 || doubts.iter().all(is_clear) { truth } else { 1 }
                })
            }
            Node::Derived(fact, limbs) => self.derived(*fact, limbs),
            Node::SameFact(a, b) => self.same(*a, *b),
            Node::Compare(comparison, left, right) => {
                self.num(*left);
                self.num(*right);
                let is_unknown = |part: &NumId| {
                    matches!(self.memory.nums[part.0 as usize], Numbers::Constant(None))
                };
                if is_unknown(left) || is_unknown(right) {
                    return Levels::Constant(1);
                }
                self.compare_all(*comparison, *left, *right)
            }
            // These look at one column at most.
            Node::Const(_)
            | Node::Fact(_)
            | Node::InSet(..)
            | Node::WordIn(..)
            | Node::TextIn(..)
            | Node::Prefix(..)
            | Node::Holds(..)
            | Node::DateCompare(..)
            | Node::Present(_) => Levels::Constant(1),
        }
    }

    /// Two numbers of every row: mostly its own with one that all have.
    fn compare_all(&mut self, comparison: Comparison, left: NumId, right: NumId) -> Levels {
        let mut levels = self.empty();
        let nums = &self.memory.nums;
        match (&nums[left.0 as usize], &nums[right.0 as usize]) {
            (Numbers::Rows(numbers), Numbers::Constant(Some(bound))) => {
                levels.extend(numbers.iter().map(|number| match number {
                    Some(number) => level(comparison.holds(number.cmp(bound)).into()),
                    None => 1,
                }));
            }
            _ => {
                let rows = 0..self.rows.len();
                levels.extend(rows.map(|row| self.compare(comparison, left, right, row)));
            }
        }
        self.settle(levels)
    }

    fn compare(&self, comparison: Comparison, left: NumId, right: NumId, row: usize) -> u8 {
        match (self.num_at(left, row), self.num_at(right, row)) {
            (Some(left), Some(right)) => level(comparison.holds(left.cmp(&right)).into()),
            _ => 1,
        }
    }

    fn each(&mut self, level: impl Fn(&Sheet<'_>, usize) -> u8) -> Levels {
        let mut levels = self.empty();
        levels.extend((0..self.rows.len()).map(|row| level(self, row)));
        self.settle(levels)
    }

    /// All parts, where `final_level` is 0, or any of them, where it is 2: the level that settles
    /// it whatever the others are.
    fn junction(&mut self, parts: &[NodeId], final_level: u8) -> Levels {
        let joined = |a: u8, b: u8| if final_level == 0 { a.min(b) } else { a.max(b) };
        let mut constant = 2 - final_level;
        let mut levels: Option<Vec<u8>> = None;
        for part in parts {
            if let Some(levels) = &mut levels
                && self.join_numbers(*part, final_level, levels)
            {
                continue;
            }
            self.truth(*part);
            let mut own = if levels.is_none() { self.empty() } else { Vec::new() };
            match &self.memory.nodes[part.0 as usize] {
                Levels::Unset => constant = joined(constant, 1),
                Levels::Constant(level) => constant = joined(constant, *level),
                Levels::Rows(rows) => match &mut levels {
                    None => {
                        own.extend_from_slice(rows);
                        levels = Some(std::mem::take(&mut own));
                    }
                    Some(levels) if final_level == 0 => {
                        levels.iter_mut().zip(rows).for_each(|(level, row)| {
                            *level = (*level).min(*row);
                        });
                    }
                    Some(levels) => levels.iter_mut().zip(rows).for_each(|(level, row)| {
                        *level = (*level).max(*row);
                    }),
                },
            }
            if own.capacity() > 0 {
                self.memory.spare.push(own);
            }
            let is_settled = |levels: &Vec<u8>| {
                levels.iter().fold(true, |all, level| all & (*level == final_level))
            };
            if constant == final_level || levels.as_ref().is_some_and(is_settled) {
                self.memory.spare.extend(levels);
                return Levels::Constant(final_level);
            }
        }
        match levels {
            None => Levels::Constant(constant),
            Some(mut levels) => {
                if constant == 1 {
                    levels.iter_mut().for_each(|level| *level = joined(*level, 1));
                }
                self.settle(levels)
            }
        }
    }

    /// Numbers are compared only for rows that are not settled yet, where nobody asked for all.
    /// Whether the part is such a comparison.
    fn join_numbers(&mut self, part: NodeId, final_level: u8, levels: &mut [u8]) -> bool {
        let is_asked = !matches!(self.memory.nodes[part.0 as usize], Levels::Unset);
        if is_asked || self.frame.nodes[part.0 as usize] != Scope::Rows {
            return false;
        }
        let Node::Compare(comparison, left, right) = self.regime.nodes.node(part) else {
            return false;
        };
        self.num(*left);
        self.num(*right);
        for (row, level) in levels.iter_mut().enumerate() {
            if *level != final_level {
                let own = self.compare(*comparison, *left, *right, row);
                *level = if final_level == 0 { (*level).min(own) } else { (*level).max(own) };
            }
        }
        true
    }

    fn derived(&mut self, fact: FactId, limbs: &[(NodeId, NodeId)]) -> Levels {
        self.place_fact(fact);
        for (when, value) in limbs {
            self.truth(*when);
            self.truth(*value);
        }
        self.each(|sheet, row| {
            if let Some(Value::Bool(value)) = sheet.fact_at(fact, row) {
                return level(Truth::from(*value));
            }
            for (when, value) in limbs {
                match (sheet.level_at(*when, row), sheet.level_at(*value, row)) {
                    (0, _) | (2, 1) => {}
                    (1, _) => return 1,
                    (_, known) => return known,
                }
            }
            1
        })
    }

    fn same(&mut self, a: FactId, b: FactId) -> Levels {
        self.place_fact(a);
        self.place_fact(b);
        let id = |sheet: &Sheet<'_>, fact: FactId, row: usize| match sheet.frame.ids(fact) {
            Some((bundle, ids)) => ids[sheet.memory.places[bundle][row] as usize],
            None => sheet.frame.id_of(sheet.frame.constant_fact(fact)),
        };
        self.each(|sheet, row| match (id(sheet, a, row), id(sheet, b, row)) {
            (0, _) | (_, 0) => 1,
            (a, b) => level((a == b).into()),
        })
    }

    /// The reply of a row to a question.
    pub(super) fn reply(&mut self, question: Question, row: usize) -> u8 {
        match question {
            Question::Truth(id) => {
                self.truth(id);
                self.level_at(id, row)
            }
            Question::Num(id) => {
                self.num(id);
                u8::from(self.num_at(id, row).is_some())
            }
            Question::Fact(fact) => {
                self.place_fact(fact);
                u8::from(self.fact_at(fact, row).is_some())
            }
            Question::Room(reading, at) => {
                let quota = &self.regime.reading(reading).quotas[usize::from(at)];
                self.room(quota, row)
            }
        }
    }

    /// What is left of a quota for a row.
    fn room(&mut self, quota: &Quota, row: usize) -> u8 {
        self.truth(quota.when);
        self.num(quota.amount);
        quota.limit.iter().for_each(|limit| self.num(*limit));
        self.place_fact(quota.used);
        if let Some((base, amount)) = quota.base {
            self.place_fact(base);
            self.num(amount);
        }
        let applies = match self.level_at(quota.when, row) {
            0 => Truth::False,
            1 => Truth::Unknown,
            _ => Truth::True,
        };
        let (truth, left) = count(applies, self.num_at(quota.amount, row), |amount| {
            let used = number(self.fact_at(quota.used, row))?;
            let limit = self.num_at(quota.limit?, row)?;
            let whole = match quota.base {
                None => None,
                Some((base, added)) => {
                    let base = number(self.fact_at(base, row))?;
                    Some(base.checked_add(self.num_at(added, row)?)?)
                }
            };
            counted(amount, used, limit, whole)
        });
        trail::room(truth, left.is_some())
    }
}

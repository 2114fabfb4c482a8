//! A few thousand rows, over which conditions are worked out one after the other.

use std::collections::VecDeque;

use super::Columns;
use super::frame::{Frame, Scope, level};
use super::keys::Keys;
use super::nums::{Numbers, number};
use crate::bits::BitSet;
use crate::decide::{count, counted};
use crate::expr::Comparison;
use crate::facts::Value;
use crate::node::{Doubting, Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::regime::{Quota, Regime};
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

impl Levels {
    /// Whether it is unknown for some row.
    fn has_unknown(&self) -> bool {
        match self {
            Levels::Unset => false,
            Levels::Constant(level) => *level == 1,
            Levels::Rows(levels) => levels.iter().fold(false, |any, level| any | (*level == 1)),
        }
    }
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
    keys: Keys,
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

    /// The keys of all rows.
    pub(super) fn keys(&mut self) -> Keys {
        let mut keys = std::mem::take(&mut self.memory.keys);
        keys.begin(&self.frame.layout, self.rows.len());
        for at in 0..self.frame.layout.conditions.len() {
            let id = self.frame.layout.conditions[at];
            self.truth(id);
            let bit = self.frame.layout.condition(at);
            match &self.memory.nodes[id.0 as usize] {
                Levels::Unset | Levels::Constant(1) => {
                    keys.set(bit, 1);
                    keys.open_all();
                }
                Levels::Constant(level) => keys.set(bit, *level),
                Levels::Rows(levels) => {
                    keys.set_each(bit, levels.iter().copied());
                    keys.open(levels.iter().map(|level| *level == 1));
                }
            }
        }
        for at in 0..self.frame.layout.quotas.len() {
            let (reading, quota) = self.frame.layout.quotas[at];
            let regime = self.regime;
            self.room(&regime.reading(reading).quotas[quota], at, &mut keys);
        }
        if keys.is_any_open() {
            self.open(&mut keys);
        }
        keys.finish();
        keys
    }

    /// Gives the memory of keys back.
    pub(super) fn done(&mut self, keys: Keys) {
        self.memory.keys = keys;
    }

    /// Of each row, whether an exception or policy that draws on a quota can hold: elsewhere it
    /// does not matter what is left of it.
    fn draws(&self, at: usize) -> Vec<u8> {
        let mut draws = vec![0; self.rows.len()];
        for id in &self.frame.layout.draws[at] {
            match &self.memory.nodes[id.0 as usize] {
                Levels::Unset | Levels::Constant(0) => {}
                Levels::Constant(_) => draws.fill(1),
                Levels::Rows(levels) => {
                    draws.iter_mut().zip(levels).for_each(|(any, level)| *any |= level.min(&1));
                }
            }
        }
        draws
    }

    /// What is left of a quota for each row.
    fn room(&mut self, quota: &Quota, at: usize, keys: &mut Keys) {
        let bit = self.frame.layout.quota(at);
        let code = |truth: Truth, is_drawn: bool| 2 * level(truth) + u8::from(is_drawn);
        let draws = self.draws(at);
        if !draws.contains(&1) {
            return;
        }
        self.truth(quota.when);
        self.num(quota.amount);
        quota.limit.iter().for_each(|limit| self.num(*limit));
        self.place_fact(quota.used);
        if let Some((base, amount)) = quota.base {
            self.place_fact(base);
            self.num(amount);
        }
        let mut codes = self.empty();
        let sheet = &*self;
        codes.extend(draws.iter().enumerate().map(|(row, draws)| {
            if *draws == 0 {
                return 0;
            }
            let applies = match sheet.level_at(quota.when, row) {
                0 => Truth::False,
                1 => Truth::Unknown,
                _ => Truth::True,
            };
            let (truth, left) = count(applies, sheet.num_at(quota.amount, row), |amount| {
                let used = number(sheet.fact_at(quota.used, row))?;
                let limit = sheet.num_at(quota.limit?, row)?;
                let whole = match quota.base {
                    None => None,
                    Some((base, added)) => {
                        let base = number(sheet.fact_at(base, row))?;
                        Some(base.checked_add(sheet.num_at(added, row)?)?)
                    }
                };
                counted(amount, used, limit, whole)
            });
            1 + code(truth, left.is_some())
        }));
        // A quota that is unknown keeps what draws on it open.
        keys.open(codes.iter().map(|code| matches!(code, 3 | 4)));
        keys.set_each(bit, codes.iter().copied());
        self.memory.spare.push(codes);
    }

    /// Adds what is unknown of all that lies below conditions that are unknown.
    fn open(&mut self, keys: &mut Keys) {
        let regime = self.regime;
        let mut search = Search::default();
        search.nodes.extend(self.frame.layout.conditions.iter().copied());
        for at in 0..self.frame.layout.quotas.len() {
            let (reading, quota) = self.frame.layout.quotas[at];
            let quota = &regime.reading(reading).quotas[quota];
            search.nums.push_back(quota.amount);
            search.nums.extend(quota.limit);
            search.nums.extend(quota.base.map(|(_, amount)| amount));
            self.open_fact(quota.used, &mut search, keys);
            quota.base.iter().for_each(|(fact, _)| self.open_fact(*fact, &mut search, keys));
        }
        loop {
            if let Some(node) = search.nodes.pop_front() {
                self.open_node(node, &mut search, keys);
            } else if let Some(num) = search.nums.pop_front() {
                self.open_num(num, &mut search, keys);
            } else {
                break;
            }
        }
    }

    fn open_node(&mut self, id: NodeId, search: &mut Search, keys: &mut Keys) {
        let (regime, at) = (self.regime, id.0 as usize);
        if !search.seen_nodes.insert(at) {
            return;
        }
        self.truth(id);
        let levels = &self.memory.nodes[at];
        if !levels.has_unknown() {
            return;
        }
        if let Some(bit) = self.frame.layout.unknown_node(at) {
            match levels {
                Levels::Rows(levels) => {
                    keys.set_each(bit, levels.iter().map(|level| u8::from(*level == 1)));
                }
                _ => keys.set(bit, 1),
            }
        }
        match regime.nodes.node(id) {
            Node::Compare(_, left, right) => search.nums.extend([*left, *right]),
            Node::Not(inner) | Node::Named(_, inner) => search.nodes.push_back(*inner),
            Node::And(parts) | Node::Or(parts) => search.nodes.extend(parts.iter().copied()),
            Node::Choose(condition, then, otherwise) => {
                self.open_choice(*condition, search, keys);
                search.nodes.extend([*condition, *then, *otherwise]);
            }
            Node::Doubted(inner, doubts) => {
                search.nodes.push_back(*inner);
                for doubt in doubts {
                    self.open_choice(doubt.when, search, keys);
                    search.nodes.push_back(doubt.when);
                }
            }
            test => test.facts().for_each(|fact| self.open_fact(fact, search, keys)),
        }
    }

    /// Adds whether a condition holds, on which it hangs where else to look.
    fn open_choice(&mut self, id: NodeId, search: &mut Search, keys: &mut Keys) {
        let at = id.0 as usize;
        if !search.seen_choices.insert(at) {
            return;
        }
        self.truth(id);
        let Some(bit) = self.frame.layout.true_node(at) else { return };
        match &self.memory.nodes[at] {
            Levels::Rows(levels) => {
                keys.set_each(bit, levels.iter().map(|level| u8::from(*level == 2)));
            }
            Levels::Constant(level) => keys.set(bit, u8::from(*level == 2)),
            Levels::Unset => {}
        }
    }

    fn open_num(&mut self, id: NumId, search: &mut Search, keys: &mut Keys) {
        let (regime, at) = (self.regime, id.0 as usize);
        if !search.seen_nums.insert(at) {
            return;
        }
        self.num(id);
        if self.is_known(id) {
            return;
        }
        let bit = self.frame.layout.unknown_num(at);
        if matches!(self.memory.nums[at], Numbers::Constant(None)) {
            keys.set(bit, 1);
        } else {
            let sheet = &*self;
            let is_unknown = |row| u8::from(sheet.num_at(id, row).is_none());
            keys.set_each(bit, (0..sheet.rows.len()).map(is_unknown));
        }
        match regime.nodes.num(id) {
            NumNode::Const(_) | NumNode::Fact(_) | NumNode::Derived(..) => {}
            NumNode::Arithmetic(_, left, right) => search.nums.extend([*left, *right]),
            NumNode::Extreme(_, items) => search.nums.extend(items.iter().copied()),
            NumNode::Choose(condition, then, otherwise) => {
                self.open_choice(*condition, search, keys);
                search.nodes.push_back(*condition);
                search.nums.extend([*then, *otherwise]);
            }
            NumNode::Named(_, inner) => search.nums.push_back(*inner),
        }
    }

    /// Adds whether a fact is not given.
    fn open_fact(&mut self, fact: FactId, search: &mut Search, keys: &mut Keys) {
        if !search.seen_facts.insert(usize::from(fact.0)) {
            return;
        }
        self.place_fact(fact);
        let Some(bit) = self.frame.layout.unknown_fact(usize::from(fact.0)) else { return };
        match self.frame.bundle_of(fact) {
            None => keys.set(bit, u8::from(self.frame.constant_fact(fact).is_none())),
            Some(_) => {
                let sheet = &*self;
                let is_unknown = |row| u8::from(sheet.fact_at(fact, row).is_none());
                keys.set_each(bit, (0..sheet.rows.len()).map(is_unknown));
            }
        }
    }
}

/// A search for what is unknown.
#[derive(Default)]
struct Search {
    nodes: VecDeque<NodeId>,
    nums: VecDeque<NumId>,
    seen_nodes: BitSet,
    seen_choices: BitSet,
    seen_nums: BitSet,
    seen_facts: BitSet,
}

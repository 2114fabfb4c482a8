//! Values from which the same follows.
//!
//! Twenty thousand parties come to a few dozen *kinds*: those of one kind are alike in every
//! condition that looks at the party alone. A row's kinds, joined to one number, lead to a *plan*.
//! Mostly that is the answer. Elsewhere conditions that look at several bundles, such as a quantity
//! times a performance, can still turn it: then the plan names those, and the answer hangs on how
//! they come out.
//!
//! What is worked out here are the [keys](super::keys) of rows, by another way: rows of one number,
//! for which the conditions that the plan names come out alike, have the same key.

use rustc_hash::FxHashMap;

use super::frame::{Frame, Scope};
use super::sheet::{self, Sheet};
use super::{ColumnDesk, Columns, Decided};
use crate::bits::BitSet;
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::pack::Reading;
use crate::regime::Regime;

/// The most plans that may name conditions, and conditions of all plans: two bits each in a word.
const MOST_LEAVES: usize = 32;

/// Rows after which it is asked whether their kinds have anything in common.
const TRIAL: u64 = 8192;

/// What rows of one number of kinds need.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// Their answer.
    Answer(u32),
    /// How these conditions and numbers come out, as bits.
    Look(u32),
    /// Their whole key: what is left of a quota is each row's own.
    Key,
}

/// A condition or number that looks at several bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Leaf {
    Node(NodeId),
    Num(NumId),
}

/// The plans of a frame.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// How many bits the kinds of each bundle have in the number.
    widths: Vec<u32>,
    of_code: FxHashMap<u64, u32>,
    plans: Vec<Plan>,
    /// Answers by plan and by how its conditions come out.
    looked: FxHashMap<(u32, u64), u32>,
    leaves: Vec<Leaf>,
    rows: u64,
    fresh: u64,
}

impl Plans {
    /// How much is remembered.
    pub(super) fn remembered(&self) -> usize {
        self.plans.len() + self.looked.len()
    }

    /// Whether rows share what follows from their kinds.
    fn pays(&self) -> bool {
        self.rows < TRIAL || 2 * self.fresh < self.rows
    }

    /// The place of a condition or number among those that plans name.
    fn leaf(&mut self, leaf: Leaf) -> Option<usize> {
        let known = self.leaves.iter().position(|other| *other == leaf);
        known.or_else(|| {
            self.leaves.push(leaf);
            (self.leaves.len() <= MOST_LEAVES).then(|| self.leaves.len() - 1)
        })
    }

    /// The first bit of each bundle's kinds, where all fit into a word.
    fn shifts(&mut self, counts: &[usize]) -> Option<Vec<u32>> {
        let needed = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        let fits = |(width, count): (&u32, &usize)| needed(*count) <= *width;
        if self.widths.len() != counts.len() || !self.widths.iter().zip(counts).all(fits) {
            // One bit more than is needed: what comes next should mostly fit.
            let width = |count: &usize| if *count < 2 { 0 } else { needed(*count) + 1 };
            self.widths = counts.iter().map(width).collect();
            self.of_code.clear();
            self.plans.clear();
            self.looked.clear();
        }
        let mut next = 0;
        let shifts = self.widths.iter().map(|width| {
            next += width;
            next - width
        });
        let shifts = shifts.collect();
        (next <= u64::BITS).then_some(shifts)
    }
}

/// A number's part that answers hang on: whether it is unknown, nothing, or something.
pub(super) fn state(number: Option<&Num>) -> u8 {
    number.map_or(0, |number| 1 + u8::from(!number.is_zero()))
}

impl Columns<'_> {
    /// Decides rows of a frame by their kinds; `false` where that does not pay, and nothing is
    /// decided.
    pub(super) fn by_kinds(
        &self,
        regime: &Regime,
        at: usize,
        rows: &[u32],
        desk: &mut ColumnDesk,
        decided: &mut Decided,
        start: usize,
    ) -> bool {
        let frame = &mut desk.frames[at];
        if !frame.plans.pays() {
            return false;
        }
        let Some(codes) = self.codes(regime, frame, rows) else { return false };
        let (of_row, fresh) = self.plans(regime, frame, rows, &codes);
        let (mut alike, mut places) = (Vec::new(), Vec::new());
        for (plan, row) in &fresh {
            if matches!(frame.plans.plans[*plan as usize], Plan::Answer(_)) {
                alike.push(*row);
                places.push(*plan);
            }
        }
        for (rows, plans) in alike.chunks(sheet::ROWS).zip(places.chunks(sheet::ROWS)) {
            let answers = self.answers(regime, at, rows, desk);
            for (plan, answer) in plans.iter().zip(answers) {
                desk.frames[at].plans.plans[*plan as usize] = Plan::Answer(answer);
            }
        }
        let (mut looks, mut whole) = (Vec::new(), Vec::new());
        for (plan, row) in of_row.iter().zip(rows) {
            match desk.frames[at].plans.plans[*plan as usize] {
                Plan::Answer(answer) => {
                    let place = decided.place(answer, &desk.answers);
                    decided.of_row[*row as usize - start] = place;
                }
                Plan::Look(_) => looks.push((*row, *plan)),
                Plan::Key => whole.push(*row),
            }
        }
        let mut count = fresh.len();
        for looks in looks.chunks(sheet::ROWS) {
            count += self.look(regime, at, looks, desk, decided, start);
        }
        for rows in whole.chunks(sheet::ROWS) {
            self.sheet(regime, at, rows, desk, decided, start);
        }
        let plans = &mut desk.frames[at].plans;
        plans.rows += rows.len() as u64;
        plans.fresh += count as u64;
        true
    }

    /// The kinds of each row as one number; `None` where there are too many of them.
    fn codes(&self, regime: &Regime, frame: &mut Frame, rows: &[u32]) -> Option<Vec<u64>> {
        let by_row = |at: usize| self.bundles[at].keys.is_none() && frame.is_read(at);
        if (0..self.bundles.len()).any(by_row) {
            return None;
        }
        let mut counts = Vec::with_capacity(self.bundles.len());
        for at in 0..self.bundles.len() {
            let is_read = frame.is_read(at) && self.bundles[at].keys.is_some();
            counts.push(if is_read { frame.kinds(self, regime, at) } else { 0 });
        }
        let shifts = frame.plans.shifts(&counts)?;
        let mut codes = vec![0u64; rows.len()];
        for (at, bundle) in self.bundles.iter().enumerate().filter(|(at, _)| counts[*at] > 1) {
            let (kinds, shift) = (frame.kind_of_key(at), shifts[at]);
            let keys = bundle.keys.unwrap_or_default();
            for (code, row) in codes.iter_mut().zip(rows) {
                *code |= u64::from(kinds[keys[*row as usize] as usize]) << shift;
            }
        }
        Some(codes)
    }

    /// The plan of each row, and the plans that are new, with a row of each. Of those that need no
    /// more, the answer is still to be found.
    fn plans(
        &self,
        regime: &Regime,
        frame: &mut Frame,
        rows: &[u32],
        codes: &[u64],
    ) -> (Vec<u32>, Vec<(u32, u32)>) {
        let mut fresh = Vec::new();
        let mut of_row = Vec::with_capacity(rows.len());
        let mut last: Option<(u64, u32)> = None;
        for (code, row) in codes.iter().zip(rows) {
            let plan = match last {
                Some((other, plan)) if other == *code => plan,
                _ => match frame.plans.of_code.get(code) {
                    Some(plan) => *plan,
                    None => {
                        let plan = Survey::new(self, regime, frame, *row as usize).plan();
                        let place = frame.plans.plans.len() as u32;
                        frame.plans.plans.push(plan);
                        frame.plans.of_code.insert(*code, place);
                        fresh.push((place, *row));
                        place
                    }
                },
            };
            last = Some((*code, plan));
            of_row.push(plan);
        }
        (of_row, fresh)
    }

    /// Decides rows whose plans name conditions; answers how many had none to share.
    fn look(
        &self,
        regime: &Regime,
        at: usize,
        looks: &[(u32, u32)],
        desk: &mut ColumnDesk,
        decided: &mut Decided,
        start: usize,
    ) -> usize {
        let rows: Vec<u32> = looks.iter().map(|(row, _)| *row).collect();
        let plans = &desk.frames[at].plans;
        let masks: Vec<u32> = looks
            .iter()
            .map(|(_, plan)| match plans.plans[*plan as usize] {
                Plan::Look(mask) => mask,
                Plan::Answer(_) | Plan::Key => 0,
            })
            .collect();
        let any = masks.iter().fold(0, |any, mask| any | mask);
        let leaves: Vec<Leaf> = plans.leaves.iter().copied().take(MOST_LEAVES).collect();
        let mut seen = vec![0u64; rows.len()];
        let ColumnDesk { frames, sheet, .. } = &mut *desk;
        let mut sheet = Sheet::new(self, regime, &mut frames[at], &rows, sheet);
        for (place, leaf) in leaves.iter().enumerate().filter(|(place, _)| any >> place & 1 == 1) {
            let mut add = |row: usize, state: u8| {
                let is_asked = masks[row] >> place & 1;
                seen[row] |= u64::from(state) * u64::from(is_asked) << (2 * place);
            };
            match leaf {
                Leaf::Node(id) => {
                    sheet.truth(*id);
                    (0..rows.len()).for_each(|row| add(row, sheet.level_at(*id, row)));
                }
                Leaf::Num(id) => {
                    sheet.num(*id);
                    let state = |row| state(sheet.num_at(*id, row).as_ref());
                    (0..rows.len()).for_each(|row| add(row, state(row)));
                }
            }
        }
        let looked = &mut frames[at].plans.looked;
        let mut missing: Vec<u32> = Vec::new();
        let mut keys: Vec<(u32, u64)> = Vec::new();
        for ((row, plan), seen) in looks.iter().zip(&seen) {
            let key = (*plan, *seen);
            if !looked.contains_key(&key) {
                // Its place is kept, so that the next row of the same key is not missing, too.
                looked.insert(key, Decided::UNDATED);
                missing.push(*row);
                keys.push(key);
            }
        }
        for (key, answer) in keys.iter().zip(self.answers(regime, at, &missing, desk)) {
            desk.frames[at].plans.looked.insert(*key, answer);
        }
        for ((row, plan), seen) in looks.iter().zip(seen) {
            if let Some(answer) = desk.frames[at].plans.looked.get(&(*plan, seen)) {
                let place = decided.place(*answer, &desk.answers);
                decided.of_row[*row as usize - start] = place;
            }
        }
        missing.len()
    }
}

/// What a condition is worth that hangs on how another one comes out.
const VARIES: u8 = 3;

/// A look at the conditions of rows of one number of kinds, by one of them.
struct Survey<'s> {
    columns: &'s Columns<'s>,
    regime: &'s Regime,
    frame: &'s mut Frame,
    row: usize,
    worth: FxHashMap<NodeId, u8>,
    seen_nodes: BitSet,
    seen_nums: BitSet,
    /// The conditions to look at; `None` where they are too many.
    mask: Option<u32>,
}

impl<'s> Survey<'s> {
    fn new(
        columns: &'s Columns<'s>,
        regime: &'s Regime,
        frame: &'s mut Frame,
        row: usize,
    ) -> Survey<'s> {
        Survey {
            columns,
            regime,
            frame,
            row,
            worth: FxHashMap::default(),
            seen_nodes: BitSet::default(),
            seen_nums: BitSet::default(),
            mask: Some(0),
        }
    }

    fn plan(mut self) -> Plan {
        let mut is_open = false;
        for at in 0..self.frame.layout.conditions.len() {
            let id = self.frame.layout.conditions[at];
            is_open |= matches!(self.worth(id), 1 | VARIES);
            self.node(id);
        }
        for at in 0..self.frame.layout.quotas.len() {
            let (reading, quota) = self.frame.layout.quotas[at];
            let regime = self.regime;
            let quota = &regime.reading(reading).quotas[quota];
            let draws = self.frame.layout.draws[at].clone();
            if draws.iter().all(|draw| self.worth(*draw) == 0) || self.worth(quota.when) == 0 {
                continue;
            }
            if self.is_known(quota.used) {
                return Plan::Key;
            }
            is_open = true;
        }
        if is_open {
            for reading in Reading::BOTH {
                for quota in &self.regime.reading(reading).quotas {
                    self.num(quota.amount);
                    quota.limit.iter().for_each(|limit| self.num(*limit));
                    quota.base.iter().for_each(|(_, amount)| self.num(*amount));
                }
            }
        }
        match self.mask {
            Some(0) => Plan::Answer(Decided::UNDATED),
            Some(mask) => Plan::Look(mask),
            None => Plan::Key,
        }
    }

    /// Whether a fact is given.
    fn is_known(&self, fact: crate::vocabulary::FactId) -> bool {
        match self.frame.values(fact) {
            Some((bundle, values)) => values[self.place(bundle)].is_some(),
            None => self.frame.constant_fact(fact).is_some(),
        }
    }

    fn place(&self, bundle: usize) -> usize {
        self.frame.place_of_key(bundle, self.columns.bundles[bundle].key(self.row))
    }

    /// What a condition is worth for all rows of these kinds.
    fn worth(&mut self, id: NodeId) -> u8 {
        match self.frame.nodes[id.0 as usize] {
            Scope::Constant => return self.frame.constant(id),
            Scope::Bundle(bundle) => return self.frame.truths(bundle, id)[self.place(bundle)],
            Scope::Rows => {}
        }
        if let Some(worth) = self.worth.get(&id) {
            return *worth;
        }
        let regime = self.regime;
        let worth = match regime.nodes.node(id) {
            Node::And(parts) => self.junction(parts, 0),
            Node::Or(parts) => self.junction(parts, 2),
            Node::Named(_, inner) => self.worth(*inner),
            Node::Not(inner) => match self.worth(*inner) {
                VARIES => VARIES,
                worth => 2 - worth,
            },
            Node::Choose(condition, then, otherwise) => {
                match (self.worth(*condition), self.worth(*then), self.worth(*otherwise)) {
                    (0, _, otherwise) => otherwise,
                    (2, then, _) => then,
                    (VARIES, ..) | (_, VARIES, _) | (.., VARIES) => VARIES,
                    (_, then, otherwise) if then == otherwise => then,
                    _ => 1,
                }
            }
            // What looks at several bundles itself, or at doubts.
            _ => VARIES,
        };
        self.worth.insert(id, worth);
        worth
    }

    fn junction(&mut self, parts: &[NodeId], final_level: u8) -> u8 {
        let mut joined = 2 - final_level;
        for part in parts {
            match self.worth(*part) {
                worth if worth == final_level => return final_level,
                VARIES => joined = VARIES,
                1 if joined != VARIES => joined = 1,
                _ => {}
            }
        }
        joined
    }

    fn name(&mut self, leaf: Leaf) {
        let place = self.frame.plans.leaf(leaf);
        self.mask = self.mask.zip(place).map(|(mask, place)| mask | 1 << place);
    }

    /// Names all that a condition hangs on, and whose being unknown may count.
    fn node(&mut self, id: NodeId) {
        if self.frame.nodes[id.0 as usize] != Scope::Rows
            || !matches!(self.worth(id), 1 | VARIES)
            || !self.seen_nodes.insert(id.0 as usize)
        {
            return;
        }
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| self.node(*part)),
            Node::Not(inner) | Node::Named(_, inner) => self.node(*inner),
            Node::Choose(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.node(*part));
            }
            Node::Doubted(inner, doubts) => {
                self.name(Leaf::Node(id));
                self.node(*inner);
                doubts.iter().for_each(|doubt| self.node(doubt.when));
            }
            Node::Derived(_, limbs) => {
                self.name(Leaf::Node(id));
                for (when, value) in limbs {
                    self.node(*when);
                    self.node(*value);
                }
            }
            Node::Compare(_, left, right) => {
                self.name(Leaf::Node(id));
                self.num(*left);
                self.num(*right);
            }
            _ => self.name(Leaf::Node(id)),
        }
    }

    fn num(&mut self, id: NumId) {
        if self.frame.nums[id.0 as usize] != Scope::Rows || !self.seen_nums.insert(id.0 as usize) {
            return;
        }
        self.name(Leaf::Num(id));
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Const(_) | NumNode::Fact(_) => {}
            NumNode::Derived(_, limbs) => {
                for (when, value) in limbs {
                    self.node(*when);
                    self.num(*value);
                }
            }
            NumNode::Arithmetic(_, left, right) => {
                self.num(*left);
                self.num(*right);
            }
            NumNode::Extreme(_, items) => items.iter().for_each(|item| self.num(*item)),
            NumNode::Choose(condition, then, otherwise) => {
                self.node(*condition);
                self.num(*then);
                self.num(*otherwise);
            }
            NumNode::Named(_, inner) => self.num(*inner),
        }
    }
}

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
use crate::expr::{Extreme, Operator};
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::pack::Reading;
use crate::regime::Regime;

/// The most conditions and numbers that the plans of a frame may name: two bits each in a word.
const MOST_LEAVES: usize = 32;

/// Rows after which it is asked whether their kinds have anything in common; after as many again,
/// what came before counts half.
const TRIAL: u64 = 1 << 16;

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
    /// What a condition is worth.
    Node(NodeId),
    /// What is known of a number.
    Num(NumId),
    /// How a number lies to one that is the same for all rows.
    Order(NumId, NumId),
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
    notes: Notes,
    rows: u64,
    fresh: u64,
}

impl Plans {
    /// How much is remembered, in values: eight plans take the room of one.
    pub(super) fn remembered(&self) -> usize {
        (self.plans.len() + self.looked.len()) / 8
    }

    /// Whether rows share what follows from their kinds.
    fn pays(&self) -> bool {
        self.rows < TRIAL || 4 * self.fresh < 3 * self.rows
    }

    /// Counts rows, and those that had nothing to share.
    fn count(&mut self, rows: usize, fresh: usize) {
        if self.rows >= 2 * TRIAL {
            (self.rows, self.fresh) = (self.rows / 2, self.fresh / 2);
        }
        self.rows += rows as u64;
        self.fresh += fresh as u64;
    }

    /// The place of a condition or number among those that plans name.
    fn leaf(&mut self, leaf: Leaf) -> Option<usize> {
        let known = self.leaves.iter().position(|other| *other == leaf);
        let place = known.unwrap_or_else(|| {
            self.leaves.push(leaf);
            self.leaves.len() - 1
        });
        (place < MOST_LEAVES).then_some(place)
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

/// How long the parts of an everyday number are at most, in bits.
const EVERYDAY: (u32, u32) = (40, 20);

/// What answers hang on of a number: whether it is unknown, nothing, or something.
fn known(number: Option<&Num>) -> u8 {
    number.map_or(0, |number| 1 + u8::from(!number.is_zero()))
}

/// The same, and whether it is of an everyday size, with which nothing overflows.
pub(super) fn state(number: Option<&Num>) -> u8 {
    let is_everyday = |number: &Num| {
        let (num, den) = number.bits();
        !number.is_negative() && num <= EVERYDAY.0 && den <= EVERYDAY.1
    };
    known(number) + if number.is_some_and(is_everyday) { 2 } else { 0 }
}

/// What is known of a number of all rows of the same kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    /// Nothing.
    Varies,
    /// It is unknown.
    Unknown,
    /// It is zero, with a denominator of at most so many bits.
    Zero(u32),
    /// It is known and not zero.
    Something,
    /// It is over zero, and its parts have at most so many bits.
    Above(u32, u32),
}

/// The most bits of a number of which a part has 127.
const MOST_BITS: u32 = 120;

impl Size {
    fn of(number: Option<Num>) -> Size {
        match (state(number.as_ref()), number) {
            (4, Some(number)) => Size::Above(number.bits().0, number.bits().1),
            (state, _) => Size::of_state(state),
        }
    }

    fn of_state(state: u8) -> Size {
        match state {
            0 => Size::Unknown,
            1 => Size::Zero(i128::BITS),
            3 => Size::Zero(EVERYDAY.1),
            4 => Size::Above(EVERYDAY.0, EVERYDAY.1),
            _ => Size::Something,
        }
    }

    fn above(num: u32, den: u32) -> Size {
        if num.max(den) < MOST_BITS { Size::Above(num, den) } else { Size::Varies }
    }

    fn zero(den: u32) -> Size {
        if den < MOST_BITS { Size::Zero(den) } else { Size::Varies }
    }

    fn joined(self, operator: Operator, other: Size) -> Size {
        match (operator, self, other) {
            (_, Size::Unknown, _) | (_, _, Size::Unknown) => Size::Unknown,
            (Operator::Multiply, Size::Zero(a), Size::Zero(b) | Size::Above(_, b))
            | (Operator::Multiply, Size::Above(_, b), Size::Zero(a)) => Size::zero(a + b),
            (Operator::Multiply, Size::Above(a, b), Size::Above(c, d)) => Size::above(a + c, b + d),
            (Operator::Add, Size::Above(a, b), Size::Zero(den))
            | (Operator::Add, Size::Zero(den), Size::Above(a, b)) => Size::above(a + den, b + den),
            (Operator::Add, Size::Above(a, b), Size::Above(c, d)) => {
                Size::above((a + d).max(c + b) + 1, b + d)
            }
            _ => Size::Varies,
        }
    }

    fn extreme(self, extreme: Extreme, other: Size) -> Size {
        match (extreme, self, other) {
            (_, Size::Unknown, other) => other,
            (_, own, Size::Unknown) => own,
            (_, Size::Zero(a), Size::Zero(b)) => Size::Zero(a.max(b)),
            (Extreme::Max, Size::Above(a, b), Size::Zero(_))
            | (Extreme::Max, Size::Zero(_), Size::Above(a, b)) => Size::Above(a, b),
            (Extreme::Min, Size::Above(..), Size::Zero(den))
            | (Extreme::Min, Size::Zero(den), Size::Above(..)) => Size::Zero(den),
            (_, Size::Above(a, b), Size::Above(c, d)) => Size::Above(a.max(c), b.max(d)),
            _ => Size::Varies,
        }
    }
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
        desk.frames[at].plans.count(rows.len(), count);
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
            sheet.state(*leaf, |row, state| {
                let is_asked = masks[row] >> place & 1;
                seen[row] |= (u64::from(state) * u64::from(is_asked)) << (2 * place);
            });
        }
        let looked = &mut frames[at].plans.looked;
        let mut missing: Vec<u32> = Vec::new();
        let mut keys: Vec<(u32, u64)> = Vec::new();
        for ((row, plan), seen) in looks.iter().zip(&seen) {
            let key = (*plan, *seen);
            looked.entry(key).or_insert_with(|| {
                missing.push(*row);
                keys.push(key);
                // Its place is kept, so that the next row of the same key is not missing, too.
                Decided::UNDATED
            });
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

impl Sheet<'_> {
    /// How a condition or number comes out for every row, in two bits.
    fn state(&mut self, leaf: Leaf, mut tell: impl FnMut(usize, u8)) {
        let rows = 0..self.rows.len();
        match leaf {
            Leaf::Node(id) => {
                self.truth(id);
                rows.for_each(|row| tell(row, self.level_at(id, row)));
            }
            Leaf::Num(id) => {
                self.num(id);
                rows.for_each(|row| tell(row, known(self.num_at(id, row).as_ref())));
            }
            Leaf::Order(id, bound) => {
                self.num(id);
                let bound = self.frame.constant_num(bound);
                let order = |number: Num| bound.map_or(0, |bound| 2 + number.cmp(&bound) as i8);
                rows.for_each(|row| tell(row, self.num_at(id, row).map_or(0, order) as u8));
            }
        }
    }
}

/// What a condition is worth that hangs on how another one comes out.
const VARIES: u8 = 3;

/// What a survey found out so far; the memory of one serves the next.
#[derive(Debug, Default)]
struct Notes {
    worth: Vec<Option<u8>>,
    sizes: Vec<Option<Size>>,
    seen_nodes: Vec<bool>,
    seen_nums: Vec<bool>,
}

impl Notes {
    fn clear(&mut self, nodes: usize, nums: usize) {
        self.worth.clear();
        self.worth.resize(nodes, None);
        self.sizes.clear();
        self.sizes.resize(nums, None);
        self.seen_nodes.clear();
        self.seen_nodes.resize(nodes, false);
        self.seen_nums.clear();
        self.seen_nums.resize(nums, false);
    }
}

/// A look at the conditions of rows of one number of kinds, by one of them.
struct Survey<'s> {
    regime: &'s Regime,
    frame: &'s mut Frame,
    /// Which of its distinct values each bundle has.
    places: Vec<usize>,
    notes: Notes,
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
        let mut notes = std::mem::take(&mut frame.plans.notes);
        notes.clear(frame.nodes.len(), frame.nums.len());
        let bundles = columns.bundles.iter().enumerate();
        let places = bundles.map(|(at, bundle)| frame.place_of_key(at, bundle.key(row))).collect();
        Survey { regime, frame, places, notes, mask: Some(0) }
    }

    fn plan(mut self) -> Plan {
        let plan = self.find();
        self.frame.plans.notes = self.notes;
        plan
    }

    fn find(&mut self) -> Plan {
        let mut is_open = self.frame.is_open(&self.places);
        for at in 0..self.frame.joint.len() {
            let id = self.frame.joint[at];
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
            Some((bundle, values)) => values[self.places[bundle]].is_some(),
            None => self.frame.constant_fact(fact).is_some(),
        }
    }

    /// What a condition is worth for all rows of these kinds.
    fn worth(&mut self, id: NodeId) -> u8 {
        match self.frame.nodes[id.0 as usize] {
            Scope::Constant => return self.frame.constant(id),
            Scope::Bundle(bundle) => return self.frame.truths(bundle, id)[self.places[bundle]],
            Scope::Rows => {}
        }
        if let Some(worth) = self.notes.worth[id.0 as usize] {
            return worth;
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
            Node::Compare(_, left, right) => {
                let is_unknown = [left, right].map(|part| self.size(*part) == Size::Unknown);
                if is_unknown.contains(&true) { 1 } else { VARIES }
            }
            // What looks at several bundles itself, or at doubts.
            _ => VARIES,
        };
        self.notes.worth[id.0 as usize] = Some(worth);
        worth
    }

    /// What is known of a number of all rows of these kinds.
    fn size(&mut self, id: NumId) -> Size {
        match self.frame.nums[id.0 as usize] {
            Scope::Constant => return Size::of(self.frame.constant_num(id)),
            Scope::Bundle(bundle) => {
                let number = self.frame.numbers(bundle, id)[self.places[bundle]];
                return Size::of_state(state(number.as_ref()));
            }
            Scope::Rows => {}
        }
        if let Some(size) = self.notes.sizes[id.0 as usize] {
            return size;
        }
        let regime = self.regime;
        let size = match regime.nodes.num(id) {
            NumNode::Named(_, inner) => self.size(*inner),
            NumNode::Arithmetic(operator, left, right) => {
                let (left, right) = (self.size(*left), self.size(*right));
                left.joined(*operator, right)
            }
            NumNode::Extreme(extreme, items) => items.iter().fold(Size::Unknown, |size, item| {
                let item = self.size(*item);
                size.extreme(*extreme, item)
            }),
            NumNode::Choose(condition, then, otherwise) => match self.worth(*condition) {
                0 => self.size(*otherwise),
                2 => self.size(*then),
                _ => Size::Varies,
            },
            NumNode::Const(_) | NumNode::Fact(_) | NumNode::Derived(..) => Size::Varies,
        };
        self.notes.sizes[id.0 as usize] = Some(size);
        size
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
            || std::mem::replace(&mut self.notes.seen_nodes[id.0 as usize], true)
        {
            return;
        }
        let regime = self.regime;
        let varies = self.worth(id) == VARIES;
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
                if varies {
                    let leaf = self.order(*left, *right).unwrap_or(Leaf::Node(id));
                    self.name(leaf);
                }
                self.num(*left);
                self.num(*right);
            }
            _ => self.name(Leaf::Node(id)),
        }
    }

    /// Two numbers compared, of which one is the same for all rows.
    fn order(&mut self, left: NumId, right: NumId) -> Option<Leaf> {
        let is_constant = |id: NumId| self.frame.nums[id.0 as usize] == Scope::Constant;
        match (is_constant(left), is_constant(right)) {
            (false, true) => Some(Leaf::Order(self.plain(left), right)),
            (true, false) => Some(Leaf::Order(self.plain(right), left)),
            _ => None,
        }
    }

    /// The number that this one is for all rows of these kinds.
    fn plain(&mut self, id: NumId) -> NumId {
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Named(_, inner) => self.plain(*inner),
            NumNode::Extreme(_, items) => {
                let known = items.iter().copied().filter(|item| self.size(*item) != Size::Unknown);
                match known.collect::<Vec<NumId>>()[..] {
                    [one] => self.plain(one),
                    _ => id,
                }
            }
            _ => id,
        }
    }

    fn num(&mut self, id: NumId) {
        if self.frame.nums[id.0 as usize] != Scope::Rows
            || std::mem::replace(&mut self.notes.seen_nums[id.0 as usize], true)
        {
            return;
        }
        match self.size(id) {
            Size::Varies => self.name(Leaf::Num(id)),
            Size::Unknown => {}
            Size::Zero(_) | Size::Something | Size::Above(..) => return,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_at_least_that_of_the_number() {
        let nums = ["0", "1", "0.000000000000001", "4800", "1e29", "-3"];
        let nums = nums.map(|text| Num::parse(text).expect("a number"));
        let bits = |number: Num| Size::Above(number.bits().0, number.bits().1);
        for (a, b) in nums.iter().flat_map(|a| nums.iter().map(move |b| (*a, *b))) {
            for operator in [Operator::Add, Operator::Multiply] {
                let size = Size::of(Some(a)).joined(operator, Size::of(Some(b)));
                let Some(found) = operator.apply(a, b) else {
                    assert_eq!(size, Size::Varies);
                    continue;
                };
                match (size, bits(found)) {
                    (Size::Zero(most), Size::Above(_, den)) => {
                        assert!(found.is_zero() && den <= most);
                    }
                    (Size::Above(num_most, den_most), Size::Above(num, den)) => {
                        assert!(!found.is_zero() && num <= num_most && den <= den_most);
                    }
                    (other, _) => assert_eq!(other, Size::Varies),
                }
            }
        }
    }

    #[test]
    fn conditions_past_the_most_have_no_place() {
        let mut plans = Plans::default();
        for _ in 0..2 {
            for at in 0..2 * MOST_LEAVES {
                let place = plans.leaf(Leaf::Node(NodeId(at as u32)));
                assert_eq!(place, (at < MOST_LEAVES).then_some(at));
            }
        }
    }
}

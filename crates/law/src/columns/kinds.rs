//! Values from which the same follows.
//!
//! Twenty thousand parties come to a few dozen *kinds*: those of one kind are alike in every
//! condition that looks at the party alone. A row's kinds, joined to one number, lead to a *plan*:
//! the way that all rows of these kinds go through the [questions](super::inquiry) together. Mostly
//! it ends at an answer. Elsewhere conditions that look at several bundles, such as a quantity
//! times a performance, can still turn it: then the plan asks that, and goes on from the reply.

use rustc_hash::FxHashMap;

use super::cuts::{self, Cuts};
use super::frame::Frame;
use super::inquiry::{Branch, Inquiry};
use super::sheet::{self, Sheet};
use super::walk::{Arrival, Leaf, Notes, Walk};
use super::{ColumnDesk, Columns, Decided, Firsts};
use crate::regime::Regime;
use crate::trail::{Question, REPLIES};

/// Rows after which it is asked whether their kinds have anything in common; after as many again,
/// what came before counts half.
const TRIAL: u64 = 1 << 16;

/// What rows of one number of kinds need.
#[derive(Clone, Copy, Debug)]
enum Plan {
    /// Their answer.
    Answer(u32),
    /// How a leaf comes out, by its place.
    Part(Part),
}

/// A part of a plan.
#[derive(Clone, Copy, Debug)]
struct Part {
    leaf: u32,
    /// The question that it is about.
    branch: Branch,
    /// The part before, and how that came out.
    before: Option<(u32, u8)>,
    /// The plans to go on with, by how it comes out.
    next: [u32; REPLIES],
}

/// No plan yet.
const NONE: u32 = u32::MAX;

/// In a table of numbers of kinds: not the place of an answer, but a plan that asks.
const PART: u32 = 1 << 31;

/// Of so many bits, numbers of kinds stand in a table that a processor has at hand.
const TABLE_BITS: u32 = 16;

/// How many rows have their kinds joined at a time.
const BLOCK: usize = 2048;

/// How many bundles are joined in one go.
const ABREAST: usize = 4;

/// The plans of a frame.
#[derive(Debug, Default)]
pub(super) struct Plans {
    /// How many bits the kinds of each bundle have in the number.
    widths: Vec<u32>,
    of_code: FxHashMap<u64, u32>,
    plans: Vec<Plan>,
    leaves: Vec<(Leaf, Option<Cuts>)>,
    place_of_leaf: FxHashMap<Leaf, u32>,
    notes: Notes,
    rows: u64,
    fresh: u64,
}

impl Plans {
    /// How much is remembered, in values: four plans take the room of one.
    pub(super) fn remembered(&self) -> usize {
        self.plans.len() / 4
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

    /// The first bit of each bundle's kinds, and how many there are, where all fit into a word.
    fn shifts(&mut self, counts: &[usize]) -> Option<(Vec<u32>, u32)> {
        let needed = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        let fits = |(width, count): (&u32, &usize)| needed(*count) <= *width;
        if self.widths.len() != counts.len() || !self.widths.iter().zip(counts).all(fits) {
            // One bit more than is needed: what comes next should mostly fit.
            let width = |count: &usize| if *count < 2 { 0 } else { needed(*count) + 1 };
            self.widths = counts.iter().map(width).collect();
            self.of_code.clear();
            self.plans.clear();
        }
        let mut next = 0;
        let shifts = self.widths.iter().map(|width| {
            next += width;
            next - width
        });
        let shifts = shifts.collect();
        (next <= u64::BITS).then_some((shifts, next))
    }

    /// The leaves that were told apart on the way to a plan, with how they came out.
    fn told(&self, mut before: Option<(u32, u8)>) -> Vec<(Leaf, u8)> {
        let mut told = Vec::new();
        while let Some((plan, reply)) = before
            && let Plan::Part(part) = self.plans[plan as usize]
        {
            told.push((self.leaves[part.leaf as usize].0, reply));
            before = part.before;
        }
        told
    }
}

impl Frame {
    /// The place of a leaf.
    fn leaf(&mut self, regime: &Regime, leaf: Leaf) -> u32 {
        if let Some(place) = self.plans.place_of_leaf.get(&leaf) {
            return *place;
        }
        let cuts = match leaf {
            Leaf::Order(id, bound) => {
                let bound = self.constant_num(bound);
                bound.and_then(|bound| Cuts::new(regime, self, id, bound))
            }
            Leaf::Node(_) | Leaf::Num(_) | Leaf::Room(..) => None,
        };
        let place = self.plans.leaves.len() as u32;
        self.plans.leaves.push((leaf, cuts));
        self.plans.place_of_leaf.insert(leaf, place);
        self.grow_cuts();
        place
    }

    /// Lets the cuts know of values that came since.
    fn grow_cuts(&mut self) {
        let mut leaves = std::mem::take(&mut self.plans.leaves);
        leaves.iter_mut().filter_map(|(_, cuts)| cuts.as_mut()).for_each(|cuts| cuts.grow(self));
        self.plans.leaves = leaves;
    }

    /// Makes the plan of rows of the same kinds, or of those of them for which the parts before
    /// came out so.
    fn plan(
        &mut self,
        columns: &Columns<'_>,
        regime: &Regime,
        row: u32,
        before: Option<(u32, u8)>,
        firsts: &mut Firsts<'_>,
    ) -> u32 {
        let told = self.plans.told(before);
        let from = before.and_then(|(plan, _)| match self.plans.plans[plan as usize] {
            Plan::Part(part) => Some(part.branch),
            Plan::Answer(_) => None,
        });
        let mut arrival = self.arrive(columns, regime, row, &told, from);
        let mut answer = Decided::UNDATED;
        if matches!(arrival, Arrival::Nothing) {
            answer = firsts.decide(columns, self, row);
            arrival = self.arrive(columns, regime, row, &told, from);
            debug_assert!(!matches!(arrival, Arrival::Nothing), "a row replies as its kinds do");
        }
        let plan = match arrival {
            Arrival::Nothing => Plan::Answer(answer),
            Arrival::Answer(answer) => Plan::Answer(answer),
            Arrival::Part(leaf, branch) => {
                let leaf = self.leaf(regime, leaf);
                Plan::Part(Part { leaf, branch, before, next: [NONE; REPLIES] })
            }
        };
        let place = self.plans.plans.len() as u32;
        self.plans.plans.push(plan);
        if let Some((before, reply)) = before
            && let Plan::Part(part) = &mut self.plans.plans[before as usize]
        {
            part.next[usize::from(reply)] = place;
        }
        place
    }

    /// The plan of a number of kinds, made from one of the rows if there is none.
    fn plan_of(
        &mut self,
        columns: &Columns<'_>,
        regime: &Regime,
        code: u64,
        row: u32,
        firsts: &mut Firsts<'_>,
    ) -> u32 {
        if let Some(plan) = self.plans.of_code.get(&code) {
            return *plan;
        }
        let plan = self.plan(columns, regime, row, None, firsts);
        self.plans.of_code.insert(code, plan);
        plan
    }

    fn arrive(
        &mut self,
        columns: &Columns<'_>,
        regime: &Regime,
        row: u32,
        told: &[(Leaf, u8)],
        from: Option<Branch>,
    ) -> Arrival {
        let notes = std::mem::take(&mut self.plans.notes);
        let mut walk = Walk::new(columns, regime, self, notes, row as usize, told);
        let arrival = match from {
            None => walk.go(Inquiry::ROOT),
            Some(branch) => walk.go_on(self.inquiry.question(branch), branch),
        };
        self.plans.notes = walk.done();
        arrival
    }
}

/// How the kinds of a row are one number.
#[derive(Debug)]
struct Coding {
    /// The bundles of more than one kind, and the first bit of each one's kinds.
    shifts: Vec<(usize, u32)>,
    /// How many bits the number has.
    bits: u32,
}

impl Coding {
    /// A table of all numbers, where they are few for so many rows.
    fn table(&self, rows: usize) -> Vec<u32> {
        let is_small = self.bits <= TABLE_BITS && 1 << self.bits <= 4 * rows;
        vec![NONE; if is_small { 1 << self.bits } else { 0 }]
    }
}

/// What a table says of the numbers of rows.
fn look_up(table: &[u32], codes: &[u64], found: &mut [u32]) {
    for (found, code) in found.iter_mut().zip(codes) {
        *found = table.get(*code as usize).copied().unwrap_or(NONE);
    }
}

/// Whether rows, which ascend, are all that are between the first and the last of them.
fn are_whole(rows: &[u32]) -> bool {
    let ends = rows.first().zip(rows.last());
    ends.is_some_and(|(first, last)| (last - first) as usize + 1 == rows.len())
}

impl Decided {
    /// Takes down what was found for rows of a range that begins with a row. What asks gets its
    /// answer afterwards.
    fn put(&mut self, rows: &[u32], found: &[u32], start: usize) {
        let Some(first) = rows.first().map(|row| *row as usize - start) else { return };
        if are_whole(rows) {
            self.of_row[first..first + rows.len()].copy_from_slice(found);
            return;
        }
        for (row, found) in rows.iter().zip(found) {
            self.of_row[*row as usize - start] = *found;
        }
    }
}

/// Adds the kinds of some bundles to the numbers of rows, of each bundle by its keys, the kinds
/// behind them and the first bit.
fn join<const N: usize>(bundles: [(&[u32], &[u32], u32); N], codes: &mut [u64]) {
    let bundles = bundles.map(|(keys, kinds, shift)| (&keys[..codes.len()], kinds, shift));
    for (row, code) in codes.iter_mut().enumerate() {
        for (keys, kinds, shift) in bundles {
            *code |= u64::from(kinds[keys[row] as usize]) << shift;
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
        let (frames, sheet, mut firsts) = desk.parts(self);
        let frame = &mut frames[at];
        if !frame.plans.pays() {
            return false;
        }
        let Some(coding) = self.coding(regime, frame) else { return false };
        let before = frame.plans.plans.len();
        let mut parts = Vec::new();
        let mut table = coding.table(rows.len());
        let (mut codes, mut found) = ([0u64; BLOCK], [NONE; BLOCK]);
        for rows in rows.chunks(BLOCK) {
            let (codes, found) = (&mut codes[..rows.len()], &mut found[..rows.len()]);
            self.codes(frame, &coding, rows, codes);
            look_up(&table, codes, found);
            if found.iter().fold(0, |all, one| all | one) & PART == 0 {
                decided.put(rows, found, start);
                continue;
            }
            let rest = found.iter_mut().zip(codes).zip(rows);
            for ((found, code), row) in rest.filter(|((found, _), _)| **found & PART != 0) {
                // A row before may have found what this one needs.
                let known = match *found {
                    NONE => table.get(*code as usize).copied().unwrap_or(NONE),
                    known => known,
                };
                if known & PART == 0 {
                    *found = known;
                    continue;
                }
                let plan = match known {
                    NONE => frame.plan_of(self, regime, *code, *row, &mut firsts),
                    known => known & !PART,
                };
                *found = match frame.plans.plans[plan as usize] {
                    Plan::Answer(answer) => decided.place(answer, firsts.answers),
                    Plan::Part(_) => {
                        parts.push((*row, plan));
                        PART | plan
                    }
                };
                if let Some(known) = table.get_mut(*code as usize) {
                    *known = *found;
                }
            }
            decided.put(rows, found, start);
        }
        for parts in parts.chunks(sheet::ROWS) {
            let frame = &mut frames[at];
            self.ask(regime, frame, parts, sheet, &mut firsts, decided, start);
        }
        let frame = &mut frames[at];
        let fresh = frame.plans.plans.len() - before;
        frame.plans.count(rows.len(), fresh);
        true
    }

    /// How the kinds of a row are one number; `None` where there are too many of them.
    fn coding(&self, regime: &Regime, frame: &mut Frame) -> Option<Coding> {
        let by_row = |at: usize| self.bundles[at].keys.is_none() && frame.is_read(at);
        if (0..self.bundles.len()).any(by_row) {
            return None;
        }
        let mut counts = Vec::with_capacity(self.bundles.len());
        for at in 0..self.bundles.len() {
            let is_read = frame.is_read(at) && self.bundles[at].keys.is_some();
            counts.push(if is_read { frame.kinds(self, regime, at) } else { 0 });
        }
        let (shifts, bits) = frame.plans.shifts(&counts)?;
        let told = shifts.into_iter().enumerate().filter(|(at, _)| counts[*at] > 1);
        Some(Coding { shifts: told.collect(), bits })
    }

    /// The kinds of each row of a block as one number.
    fn codes(&self, frame: &Frame, coding: &Coding, rows: &[u32], codes: &mut [u64]) {
        codes.fill(0);
        let is_whole = are_whole(rows);
        for bundles in coding.shifts.chunks(ABREAST) {
            let mut apart: [Vec<u32>; ABREAST] = Default::default();
            if !is_whole {
                for ((bundle, _), apart) in bundles.iter().zip(&mut apart) {
                    let keys = self.bundles[*bundle].keys.unwrap_or_default();
                    apart.extend(rows.iter().map(|row| keys[*row as usize]));
                }
            }
            let part = |at: usize| {
                let (bundle, shift) = bundles[at];
                let keys = match is_whole {
                    true => &self.bundles[bundle].keys.unwrap_or_default()[rows[0] as usize..],
                    false => &apart[at][..],
                };
                (keys, frame.kind_of_key(bundle), shift)
            };
            match bundles.len() {
                1 => join([part(0)], codes),
                2 => join([part(0), part(1)], codes),
                3 => join([part(0), part(1), part(2)], codes),
                _ => join([part(0), part(1), part(2), part(3)], codes),
            }
        }
    }

    /// Decides rows whose plans ask how something comes out.
    #[expect(clippy::too_many_arguments, reason = "the parts of a desk are lent one by one")]
    fn ask(
        &self,
        regime: &Regime,
        frame: &mut Frame,
        parts: &[(u32, u32)],
        memory: &mut sheet::Memory,
        firsts: &mut Firsts<'_>,
        decided: &mut Decided,
        start: usize,
    ) {
        frame.grow_cuts();
        let rows: Vec<u32> = parts.iter().map(|(row, _)| *row).collect();
        let mut sheet = Sheet::new(self, regime, frame, &rows, memory);
        for (index, (row, plan)) in parts.iter().enumerate() {
            let mut plan = *plan;
            let answer = loop {
                let part = match sheet.frame.plans.plans[plan as usize] {
                    Plan::Answer(answer) => break answer,
                    Plan::Part(part) => part,
                };
                let reply = sheet.tell(part.leaf, index);
                plan = match part.next[usize::from(reply)] {
                    NONE => {
                        let before = Some((plan, reply));
                        sheet.frame.plan(self, regime, *row, before, firsts)
                    }
                    next => next,
                };
            };
            decided.of_row[*row as usize - start] = decided.place(answer, firsts.answers);
        }
    }
}

impl Sheet<'_> {
    /// How a leaf comes out for a row.
    fn tell(&mut self, place: u32, row: usize) -> u8 {
        let (leaf, cuts) = &self.frame.plans.leaves[place as usize];
        let leaf = *leaf;
        if let Some(bundles) = cuts.as_ref().map(Cuts::bundles) {
            bundles.iter().for_each(|bundle| self.place(*bundle));
            let [factor, whole] = bundles.map(|bundle| self.memory.places[bundle][row]);
            let cuts = self.frame.plans.leaves[place as usize].1.as_ref();
            if let Some(reply) = cuts.and_then(|cuts| cuts.reply(factor, whole)) {
                return reply;
            }
        }
        match leaf {
            Leaf::Node(id) => self.reply(Question::Truth(id), row),
            Leaf::Num(id) => self.reply(Question::Num(id), row),
            Leaf::Room(reading, at) => self.reply(Question::Room(reading, at), row),
            Leaf::Order(id, bound) => {
                self.num(id);
                let numbers = self.num_at(id, row).zip(self.frame.constant_num(bound));
                numbers
                    .map_or(cuts::UNKNOWN, |(number, bound)| (2 + number.cmp(&bound) as i8) as u8)
            }
        }
    }
}

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
        }
        let mut next = 0;
        let shifts = self.widths.iter().map(|width| {
            next += width;
            next - width
        });
        let shifts = shifts.collect();
        (next <= u64::BITS).then_some(shifts)
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
        let Some(codes) = self.codes(regime, frame, rows) else { return false };
        let before = frame.plans.plans.len();
        let mut parts = Vec::new();
        let mut last: Option<(u64, u32)> = None;
        for (code, row) in codes.iter().zip(rows) {
            let plan = match last {
                Some((other, plan)) if other == *code => plan,
                _ => match frame.plans.of_code.get(code) {
                    Some(plan) => *plan,
                    None => {
                        let plan = frame.plan(self, regime, *row, None, &mut firsts);
                        frame.plans.of_code.insert(*code, plan);
                        plan
                    }
                },
            };
            last = Some((*code, plan));
            match frame.plans.plans[plan as usize] {
                Plan::Answer(answer) => {
                    decided.of_row[*row as usize - start] = decided.place(answer, firsts.answers);
                }
                Plan::Part(_) => parts.push((*row, plan)),
            }
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

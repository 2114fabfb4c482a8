//! Decides rows that are given by column.
//!
//! A column has a key for each row and the distinct values behind the keys, as dictionaries have
//! it. Columns that share their keys are one bundle, such as all that a catalogue says of a
//! product.
//!
//! 1. Rows are put apart by the law of their day and by the parties of which something is said;
//!    each part has a *frame*, in which it is known where every fact comes from.
//! 2. Conditions that look at one bundle are evaluated once for each distinct value of it; all
//!    others are worked out over whole columns, a few thousand rows at a time (a *sheet*).
//! 3. Rows that reply alike to all that a decision asks have one answer. It is worked out once, on
//!    the first of them.
//!
//! What a row draws on a quota is its own: a shared answer says only that it draws, and
//! [`Columns::determination`] tells the amounts.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::answer::{Answer, Because, Determination};
use crate::decide::Desk;
use crate::facts::{Facts, Value};
use crate::law::Law;
use crate::regime::Regime;
use crate::trail::Trail;
use crate::vocabulary::{FactId, PARTIES};

mod cuts;
mod frame;
mod inquiry;
mod kinds;
mod nums;
mod roots;
mod sheet;
mod size;
mod walk;

use frame::{Frame, Place};
use inquiry::{Found, Inquiry};
use sheet::Sheet;

/// A column of one fact.
#[derive(Clone, Copy, Debug)]
pub struct Column<'t> {
    /// The fact.
    pub fact: FactId,
    /// For each row, which of the values it has.
    pub keys: &'t [u32],
    /// The values; `None` where the fact is not known.
    pub values: &'t [Option<Value>],
    /// A number for the values, where later tables have them, too: of two columns of one number, a
    /// key that both have values for has the same in both. What follows from them is then worked
    /// out once for all tables.
    pub dictionary: Option<u64>,
}

/// Why columns are no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnsError {
    /// A column has more or fewer rows than the first one.
    Length {
        /// The fact.
        fact: FactId,
        /// How many rows it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A key has no value.
    Key {
        /// The fact.
        fact: FactId,
        /// The row, from 0.
        row: usize,
    },
    /// Two columns are of one fact.
    Twice(FactId),
}

/// Rows, by column.
#[derive(Debug)]
pub struct Columns<'t> {
    law: &'t Law,
    rows: usize,
    columns: Vec<Column<'t>>,
    bundles: Vec<Bundle<'t>>,
    /// A number that no other table of the process has.
    id: u64,
}

/// Columns that share their keys; or those that mostly have another value for each row, whose key
/// is the row.
#[derive(Debug)]
struct Bundle<'t> {
    keys: Option<&'t [u32]>,
    /// How many keys there are.
    count: usize,
    columns: Vec<usize>,
    /// Those of the columns that say something of a party but the first, and its number.
    named: Vec<(usize, usize)>,
    /// Of which parties each key says something, a bit for each, once it was asked.
    parties: OnceLock<Vec<u32>>,
    dictionary: Option<u64>,
}

impl<'t> Bundle<'t> {
    fn new(keys: Option<&'t [u32]>, count: usize, dictionary: Option<u64>) -> Bundle<'t> {
        let (columns, named, parties) = (Vec::new(), Vec::new(), OnceLock::new());
        Bundle { keys, count, columns, named, parties, dictionary }
    }

    fn key(&self, row: usize) -> usize {
        self.keys.map_or(row, |keys| keys[row] as usize)
    }
}

impl<'t> Columns<'t> {
    /// Joins columns. Those that were made from one slice of keys are one bundle.
    ///
    /// # Errors
    /// See [`ColumnsError`].
    pub fn new(law: &'t Law, columns: Vec<Column<'t>>) -> Result<Columns<'t>, ColumnsError> {
        let rows = columns.first().map_or(0, |column| column.keys.len());
        let mut bundles: Vec<Bundle<'t>> = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            let fact = column.fact;
            if column.keys.len() != rows {
                let found = column.keys.len();
                return Err(ColumnsError::Length { fact, found, expected: rows });
            }
            if columns[..at].iter().any(|other| other.fact == fact) {
                return Err(ColumnsError::Twice(fact));
            }
            let count = column.values.len();
            let is_same = |bundle: &Bundle<'_>| {
                bundle.keys.is_some_and(|keys| std::ptr::eq(keys, column.keys))
                    && bundle.count == count
            };
            let bundle = bundles.iter().position(is_same).unwrap_or_else(|| {
                bundles.push(Bundle::new(Some(column.keys), count, column.dictionary));
                bundles.len() - 1
            });
            if bundles[bundle].dictionary != column.dictionary {
                bundles[bundle].dictionary = None;
            }
            if bundles[bundle].columns.is_empty()
                && let Some(row) = column.keys.iter().position(|key| *key as usize >= count)
            {
                return Err(ColumnsError::Key { fact, row });
            }
            bundles[bundle].columns.push(at);
        }
        join_by_row(&mut bundles, rows);
        for bundle in &mut bundles {
            let party = |column: usize| law.vocabulary().fact(columns[column].fact).party;
            let named = bundle.columns.iter().filter_map(|at| Some((*at, party(*at)?)));
            bundle.named = named.filter(|(_, party)| *party > 0).collect();
        }
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Columns { law, rows, columns, bundles, id })
    }

    /// The value of a column for a key of its bundle.
    fn value(&self, bundle: &Bundle<'_>, column: usize, key: usize) -> Option<&Value> {
        let column = &self.columns[column];
        let key = if bundle.keys.is_some() { key } else { column.keys[key] as usize };
        column.values[key].as_ref()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The facts of a row, [complete](Facts::complete).
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn facts(&self, row: usize, facts: &mut Facts) {
        facts.clear();
        for column in &self.columns {
            let value = &column.values[column.keys[row] as usize];
            if value.is_some() {
                facts.set(column.fact, value.clone());
            }
        }
        facts.complete(self.law.vocabulary(), self.law.defaults());
    }

    /// The answer for one row in full, with what it draws on quotas; `None` where it has no date.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn determination(&self, row: usize, desk: &mut ColumnDesk) -> Option<Determination> {
        desk.turn_to(self);
        let facts = desk.facts.get_or_insert_with(|| Facts::new(self.law.vocabulary()));
        self.facts(row, facts);
        self.law.decide(facts, None, &mut desk.desk)
    }

    /// Decides rows.
    ///
    /// # Panics
    /// Where the range goes beyond the last row.
    pub fn decide(&self, range: Range<usize>, desk: &mut ColumnDesk) -> Decided {
        assert!(range.end <= self.rows, "rows {range:?} of {}", self.rows);
        desk.begin(self);
        let mut decided = Decided {
            answers: Vec::new(),
            of_row: vec![Decided::UNDATED; range.len()],
            places: vec![Decided::UNDATED; desk.answers.len()],
        };
        for (place, rows) in self.places(range.clone()) {
            if rows.len() < FEW || self.is_varied() {
                rows.iter().for_each(|row| self.alone(*row as usize, desk, &mut decided, &range));
                continue;
            }
            let at = desk.frame(self, place);
            if !desk.frames[at].is_varied()
                && self.by_kinds(place.regime, at, &rows, desk, &mut decided, range.start)
            {
                continue;
            }
            for rows in rows.chunks(sheet::ROWS) {
                if desk.frames[at].is_varied() {
                    for row in rows {
                        self.alone(*row as usize, desk, &mut decided, &range);
                    }
                    continue;
                }
                let before = desk.answers.len();
                self.sheet(place.regime, at, rows, desk, &mut decided, range.start);
                let fresh = desk.answers.len() - before;
                desk.frames[at].count(rows.len(), fresh);
            }
        }
        decided
    }

    /// Whether so many columns have a value of their own for each row that rows have little in
    /// common.
    fn is_varied(&self) -> bool {
        self.bundles.iter().any(|bundle| bundle.keys.is_none() && bundle.columns.len() > VARIED)
    }

    /// Decides the rows of a sheet, each of which has a day, one after the other.
    fn sheet(
        &self,
        regime: &Regime,
        at: usize,
        rows: &[u32],
        desk: &mut ColumnDesk,
        decided: &mut Decided,
        start: usize,
    ) {
        let (frames, memory, mut firsts) = desk.parts(self);
        let mut sheet = Sheet::new(self, regime, &mut frames[at], rows, memory);
        for (index, row) in rows.iter().enumerate() {
            let mut spot = Inquiry::ROOT;
            let answer = loop {
                match sheet.frame.inquiry.at(spot) {
                    Found::Answer(answer) => break answer,
                    Found::Nothing => break firsts.decide(self, sheet.frame, *row),
                    Found::Ask(question, branch) => spot = branch.on(sheet.reply(question, index)),
                }
            };
            decided.of_row[*row as usize - start] = decided.place(answer, firsts.answers);
        }
    }

    /// Decides a row of which nothing is expected to be shared.
    fn alone(
        &self,
        row: usize,
        desk: &mut ColumnDesk,
        decided: &mut Decided,
        range: &Range<usize>,
    ) {
        if let Some(determination) = self.determination(row, desk) {
            decided.of_row[row - range.start] = decided.answers.len() as u32;
            decided.answers.push(Arc::new(Shared::new(determination)));
        }
    }

    /// The rows of a range, put apart by their places; those without a day are left out.
    fn places(&self, range: Range<usize>) -> Vec<(Place<'t>, Vec<u32>)> {
        let (laws, mut marks) = self.laws(range.clone());
        for bundle in self.bundles.iter().filter(|bundle| !bundle.named.is_empty()) {
            marks = self.with_parties(marks, bundle, range.clone());
        }
        let place = |mark: u32| {
            let (regime, days) = laws.get((mark >> PARTIES) as usize)?;
            Some(Place { regime, present: mark as u8, days: *days })
        };
        let rows = range.map(|row| row as u32);
        let marks = match marks {
            Marks::Each(marks) => marks,
            Marks::Same(mark) => {
                return place(mark).map(|place| (place, rows.collect())).into_iter().collect();
            }
        };
        let mut found: Vec<(u32, Vec<u32>)> = Vec::new();
        let mut last = 0;
        for (row, mark) in rows.zip(marks) {
            if found.get(last).is_none_or(|(other, _)| *other != mark) {
                let known = found.iter().position(|(other, _)| *other == mark);
                last = known.unwrap_or(found.len());
                if last == found.len() {
                    found.push((mark, Vec::new()));
                }
            }
            found[last].1.push(row);
        }
        found.into_iter().filter_map(|(mark, rows)| Some((place(mark)?, rows))).collect()
    }

    /// The laws of the days of a range, each once, and the marks of its rows by them.
    fn laws(&self, range: Range<usize>) -> (Vec<(&'t Regime, [bool; 2])>, Marks) {
        let law = self.law;
        let day = law.date_fact();
        let mut laws: Vec<(&'t Regime, [bool; 2])> = Vec::new();
        let assumed = law.defaults().iter().find(|(fact, _)| *fact == day);
        let mut mark = |value: Option<&Value>| {
            let Some(Value::Date(date)) = value.or(assumed.map(|(_, value)| value)) else {
                return Marks::UNDATED;
            };
            let (regime, days) = (law.on(*date), law.days(*date));
            let known = laws.iter().position(|law| (law.0.id, law.1) == (regime.id, days));
            let at = known.unwrap_or(laws.len());
            if at == laws.len() {
                laws.push((regime, days));
            }
            (at as u32) << PARTIES
        };
        let Some(column) = self.columns.iter().find(|column| column.fact == day) else {
            let mark = mark(None);
            return (laws, Marks::Same(mark));
        };
        let of_key: Vec<u32> = column.values.iter().map(|value| mark(value.as_ref())).collect();
        let marks = match all_same(&of_key) {
            Some(mark) => Marks::Same(mark),
            None => {
                Marks::Each(column.keys[range].iter().map(|key| of_key[*key as usize]).collect())
            }
        };
        (laws, marks)
    }

    /// The marks of rows, and of which parties a bundle says something.
    fn with_parties(&self, marks: Marks, bundle: &Bundle<'_>, range: Range<usize>) -> Marks {
        let of_key = |key: usize| {
            let bits = bundle.named.iter().map(|(column, party)| {
                u32::from(self.value(bundle, *column, key).is_some()) << party
            });
            bits.fold(0, |bits, bit| bits | bit)
        };
        let keys = match bundle.keys {
            Some(keys) if bundle.count <= self.rows => &keys[range],
            _ => return marks.with(range.map(|row| of_key(bundle.key(row)))),
        };
        let bits = bundle.parties.get_or_init(|| (0..bundle.count).map(of_key).collect());
        match (all_same(bits), marks) {
            (Some(bits), Marks::Same(mark)) => Marks::Same(mark | bits),
            (_, marks) => marks.with(keys.iter().map(|key| bits[*key as usize])),
        }
    }
}

/// What all of them are, where they are alike.
fn all_same(all: &[u32]) -> Option<u32> {
    let (first, others) = all.split_first()?;
    others.iter().all(|other| other == first).then_some(*first)
}

/// What puts rows apart: the parties of which something is said, a bit for each, and above them the
/// number of the law of their day.
enum Marks {
    /// All rows have one mark.
    Same(u32),
    /// Each has its own.
    Each(Vec<u32>),
}

impl Marks {
    /// Of a row without a day: there are not so many laws.
    const UNDATED: u32 = u32::MAX << PARTIES;

    /// The marks with more parties, row by row.
    fn with(self, parties: impl Iterator<Item = u32>) -> Marks {
        Marks::Each(match self {
            Marks::Same(mark) => parties.map(|bits| mark | bits).collect(),
            Marks::Each(mut marks) => {
                marks.iter_mut().zip(parties).for_each(|(mark, bits)| *mark |= bits);
                marks
            }
        })
    }
}

/// Bundles with about as many keys as there are rows become one: to look for what their values have
/// in common costs more than it saves.
fn join_by_row(bundles: &mut Vec<Bundle<'_>>, rows: usize) {
    let is_by_row = |bundle: &mut Bundle<'_>| {
        rows >= 256 && bundle.count > rows / 2 && bundle.dictionary.is_none()
    };
    let columns: Vec<usize> =
        bundles.extract_if(.., is_by_row).flat_map(|bundle| bundle.columns).collect();
    if !columns.is_empty() {
        bundles.push(Bundle { columns, ..Bundle::new(None, rows, None) });
    }
}

/// An answer that rows share.
#[derive(Debug)]
pub struct Shared {
    /// The answer. Its days are those of the row it was worked out on, and so is what it draws.
    pub determination: Determination,
    /// Whether it draws on quotas, or says that one is full: then the amounts are each row's own.
    pub counts: bool,
    /// Whether something is due, on a day that follows from the row's own.
    pub is_dated: bool,
}

impl Shared {
    fn new(determination: Determination) -> Shared {
        let is_full = |link: &Because| matches!(link, Because::Full(_));
        let counts =
            |answer: &Answer| !answer.draws.is_empty() || answer.because.iter().any(is_full);
        let is_dated = |answer: &Answer| !answer.obligations.is_empty();
        Shared {
            counts: determination.readings.iter().any(counts),
            is_dated: determination.readings.iter().any(is_dated),
            determination,
        }
    }
}

/// The answers of some rows.
#[derive(Debug)]
pub struct Decided {
    /// The answers, each once for every way to it.
    pub answers: Vec<Arc<Shared>>,
    of_row: Vec<u32>,
    /// Where each answer of the desk stands here.
    places: Vec<u32>,
}

impl Decided {
    const UNDATED: u32 = u32::MAX;

    /// Which of the answers a row has, the first of the range as row 0; `None` where it has no
    /// date.
    pub fn place_of(&self, row: usize) -> Option<usize> {
        self.of_row.get(row).filter(|place| **place != Decided::UNDATED).map(|at| *at as usize)
    }

    /// The answer of a row.
    pub fn answer(&self, row: usize) -> Option<&Shared> {
        self.place_of(row).map(|at| &*self.answers[at])
    }

    fn place(&mut self, answer: u32, all: &[Arc<Shared>]) -> u32 {
        if answer == Decided::UNDATED {
            return answer;
        }
        if self.places.len() < all.len() {
            self.places.resize(all.len(), Decided::UNDATED);
        }
        let place = &mut self.places[answer as usize];
        if *place == Decided::UNDATED {
            *place = self.answers.len() as u32;
            self.answers.push(Arc::clone(&all[answer as usize]));
        }
        *place
    }
}

/// Fewer rows of one frame than these are decided one by one.
const FEW: usize = 16;

/// Where more columns than these have another value for each row, rows are decided one by one.
const VARIED: usize = 12;

/// Past so many answers, or distinct values of a bundle, what a desk remembers is worked out anew,
/// so that memory stays flat.
const MOST: usize = 1 << 18;

/// Whether a bundle is by row, and its columns with their facts: frames of other tables are of no
/// use.
type Shape = (bool, Vec<(usize, FactId)>);

/// How many other shapes are remembered. The last rows of a file are often too few for a column to
/// have the same value twice, and the next file is as the one before.
const MOST_ASIDE: usize = 3;

/// What is remembered of tables of one shape while those of another are decided.
#[derive(Debug, Default)]
struct Aside {
    shape: Vec<Shape>,
    frames: Vec<Frame>,
    answers: Vec<Arc<Shared>>,
}

impl Aside {
    fn remembered(&self) -> usize {
        self.answers.len() + self.frames.iter().map(Frame::remembered).sum::<usize>()
    }
}

/// What a thread remembers from one range of rows to the next.
#[derive(Debug, Default)]
pub struct ColumnDesk {
    desk: Desk,
    facts: Option<Facts>,
    shape: Vec<Shape>,
    /// The table that was last decided.
    table: u64,
    frames: Vec<Frame>,
    answers: Vec<Arc<Shared>>,
    /// What was remembered of tables of other shapes, the last one first.
    aside: Vec<Aside>,
    sheet: sheet::Memory,
    trail: Trail,
}

/// What it takes to work out an answer that nobody had before.
struct Firsts<'f> {
    desk: &'f mut Desk,
    facts: &'f mut Facts,
    answers: &'f mut Vec<Arc<Shared>>,
    trail: &'f mut Trail,
}

impl Firsts<'_> {
    /// Decides a row, whose answer is then known for all that reply alike.
    fn decide(&mut self, columns: &Columns<'_>, frame: &mut Frame, row: u32) -> u32 {
        columns.facts(row as usize, self.facts);
        self.trail.clear();
        let law = columns.law;
        let determination = law.decide_asking(self.facts, &frame.docket, self.desk, self.trail);
        let Some(determination) = determination else { return Decided::UNDATED };
        self.answers.push(Arc::new(Shared::new(determination)));
        let answer = self.answers.len() as u32 - 1;
        frame.inquiry.add(&self.trail.asked, answer);
        answer
    }
}

impl ColumnDesk {
    /// The frames, the memory of sheets, and what it takes to work out an answer.
    fn parts(
        &mut self,
        columns: &Columns<'_>,
    ) -> (&mut Vec<Frame>, &mut sheet::Memory, Firsts<'_>) {
        let ColumnDesk { desk, facts, frames, answers, sheet, trail, .. } = self;
        let facts = facts.get_or_insert_with(|| Facts::new(columns.law.vocabulary()));
        (frames, sheet, Firsts { desk, facts, answers, trail })
    }

    fn begin(&mut self, columns: &Columns<'_>) {
        let of_bundle = |bundle: &Bundle<'_>| {
            let facts =
                bundle.columns.iter().map(|column| (*column, columns.columns[*column].fact));
            (bundle.keys.is_none(), facts.collect())
        };
        let shape: Vec<Shape> = columns.bundles.iter().map(of_bundle).collect();
        if self.shape != shape {
            self.take_up(shape);
        }
        let values: usize = self.frames.iter().map(Frame::remembered).sum();
        let aside: usize = self.aside.iter().map(Aside::remembered).sum();
        if self.answers.len() + values + aside > MOST {
            self.aside.clear();
        }
        if self.answers.len() + values > MOST {
            self.frames.clear();
            self.answers.clear();
        }
        self.turn_to(columns);
    }

    /// Puts aside what is remembered of tables of one shape, and takes up what is of another.
    fn take_up(&mut self, shape: Vec<Shape>) {
        let known = self.aside.iter().position(|aside| aside.shape == shape);
        let next = match known {
            Some(at) => self.aside.remove(at),
            None => Aside { shape, ..Aside::default() },
        };
        let last = Aside {
            shape: std::mem::replace(&mut self.shape, next.shape),
            frames: std::mem::replace(&mut self.frames, next.frames),
            answers: std::mem::replace(&mut self.answers, next.answers),
        };
        if !last.frames.is_empty() {
            self.aside.insert(0, last);
            self.aside.truncate(MOST_ASIDE);
        }
        // They know the keys of a table that is long gone.
        self.table = 0;
    }

    /// Turns to another table. Its keys mean something else, and so may its facts: it may be of
    /// another law.
    fn turn_to(&mut self, columns: &Columns<'_>) {
        if self.table != columns.id {
            self.table = columns.id;
            self.facts = None;
            self.frames.iter_mut().for_each(|frame| frame.forget_keys(columns));
        }
    }

    /// The frame of a place, made if there is none.
    fn frame(&mut self, columns: &Columns<'_>, place: Place<'_>) -> usize {
        let known = self.frames.iter().position(|frame| frame.is_at(&place));
        known.unwrap_or_else(|| {
            self.frames.push(Frame::new(columns, place));
            self.frames.len() - 1
        })
    }
}

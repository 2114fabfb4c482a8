//! Decides rows that are given by column.
//!
//! A column has a key for each row and the distinct values behind the keys, as dictionaries have
//! it. Columns that share their keys are one bundle: what depends on one bundle alone, such as all
//! that a catalogue says of a product, is worked out once for each of its keys.
//!
//! 1. Rows are grouped by the law of their day and by the words that tell
//!    [dockets](crate::docket) apart. Each group has a plan: its docket, and the tests that are
//!    open in it, put together by the columns they look at.
//! 2. Each test is made once for every combination of keys of its columns.
//! 3. Rows of one group whose tests come out alike have one answer. It is worked out once, on the
//!    first of them, as [`Law::decide`] works it out.
//!
//! What a row draws on a quota is its own: a shared answer says only that it draws, and
//! [`Columns::determination`] tells the amounts.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

use crate::answer::Determination;
use crate::decide::Desk;
use crate::facts::{Facts, Value};
use crate::law::Law;
use crate::regime::Regime;
use crate::vocabulary::FactId;

mod groups;
mod plan;
mod sources;

use groups::Grouping;
use plan::Plan;

/// A column of one fact.
#[derive(Clone, Copy, Debug)]
pub struct Column<'t> {
    /// The fact.
    pub fact: FactId,
    /// For each row, which of the values it has.
    pub keys: &'t [u32],
    /// The values; `None` where the fact is not known.
    pub values: &'t [Option<Value>],
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
    /// The bundle of each fact that has a column.
    bundle_of: HashMap<FactId, usize>,
    /// A number that no other table of the process has.
    id: u64,
}

/// Columns that share their keys.
#[derive(Debug)]
struct Bundle<'t> {
    keys: &'t [u32],
    /// How many keys there are.
    count: usize,
    columns: Vec<usize>,
}

impl<'t> Columns<'t> {
    /// Joins columns. Those that were made from one slice of keys are one bundle.
    ///
    /// # Errors
    /// See [`ColumnsError`].
    pub fn new(law: &'t Law, columns: Vec<Column<'t>>) -> Result<Columns<'t>, ColumnsError> {
        let rows = columns.first().map_or(0, |column| column.keys.len());
        let mut bundles: Vec<Bundle<'t>> = Vec::new();
        let mut bundle_of = HashMap::new();
        for (at, column) in columns.iter().enumerate() {
            let fact = column.fact;
            if column.keys.len() != rows {
                let found = column.keys.len();
                return Err(ColumnsError::Length { fact, found, expected: rows });
            }
            let count = column.values.len();
            let is_same = |bundle: &Bundle<'_>| {
                std::ptr::eq(bundle.keys, column.keys) && bundle.count == count
            };
            let bundle = bundles.iter().position(is_same).unwrap_or_else(|| {
                bundles.push(Bundle { keys: column.keys, count, columns: Vec::new() });
                bundles.len() - 1
            });
            if bundles[bundle].columns.is_empty()
                && let Some(row) = column.keys.iter().position(|key| *key as usize >= count)
            {
                return Err(ColumnsError::Key { fact, row });
            }
            bundles[bundle].columns.push(at);
            if bundle_of.insert(fact, bundle).is_some() {
                return Err(ColumnsError::Twice(fact));
            }
        }
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Ok(Columns { law, rows, columns, bundles, bundle_of, id })
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
        self.facts(row, desk.facts_of(self.law));
        let ColumnDesk { facts, desk, .. } = desk;
        self.law.decide(facts.as_ref()?, None, desk)
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
            local: FxHashMap::default(),
        };
        for (regime, rows) in self.by_regime(range.clone()) {
            let mut grouping = Grouping::new(rows);
            for (at, bundle) in self.bundles.iter().enumerate() {
                let classes = desk.classes(self, at, regime);
                if classes.count > 1 {
                    grouping.split(classes.count, |row| {
                        classes.of_key[bundle.keys[row as usize] as usize]
                    });
                }
            }
            for rows in grouping.finish() {
                let Some(first) = rows.first() else { continue };
                let plan = desk.plan(self, regime, *first as usize);
                for row in rows {
                    let answer = desk.answer(self, plan, row as usize);
                    if let Some(answer) = answer {
                        let place = decided.place(answer, &desk.answers);
                        decided.of_row[row as usize - range.start] = place;
                    }
                }
            }
        }
        decided
    }

    /// The rows of a range by the law of their day; those without a day are left out.
    fn by_regime(&self, range: Range<usize>) -> Vec<(&'t Regime, Vec<u32>)> {
        let law = self.law;
        let day = law.date_fact();
        let assumed = law.defaults().iter().find(|(fact, _)| *fact == day);
        let assumed = assumed.map(|(_, value)| value);
        let regime_of = |value: Option<&Value>| match value.or(assumed) {
            Some(Value::Date(date)) => Some(law.on(*date)),
            _ => None,
        };
        let mut found: Vec<(&'t Regime, Vec<u32>)> = Vec::new();
        let mut place = |regime: &'t Regime| {
            found.iter().position(|(one, _)| one.id == regime.id).unwrap_or_else(|| {
                found.push((regime, Vec::new()));
                found.len() - 1
            })
        };
        let Some(column) = self.columns.iter().find(|column| column.fact == day) else {
            let all = range.map(|row| row as u32).collect();
            return regime_of(None).map(|regime| (regime, all)).into_iter().collect();
        };
        let mut known: FxHashMap<u32, Option<usize>> = FxHashMap::default();
        let mut at_of = Vec::with_capacity(range.len());
        for key in &column.keys[range.clone()] {
            let at = *known.entry(*key).or_insert_with(|| {
                regime_of(column.values[*key as usize].as_ref()).map(&mut place)
            });
            at_of.push(at);
        }
        for (row, at) in range.zip(at_of) {
            if let Some(at) = at {
                found[at].1.push(row as u32);
            }
        }
        found
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

/// The answers of some rows.
#[derive(Debug)]
pub struct Decided {
    /// The answers, each once for every way to it.
    pub answers: Vec<Arc<Shared>>,
    of_row: Vec<u32>,
    local: FxHashMap<u32, u32>,
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
        *self.local.entry(answer).or_insert_with(|| {
            self.answers.push(Arc::clone(&all[answer as usize]));
            self.answers.len() as u32 - 1
        })
    }
}

/// Past so many answers, plans or combinations, what a desk remembers is worked out anew, so that
/// memory stays flat.
const MOST: usize = 1 << 22;

/// What a thread remembers from one range of rows to the next.
#[derive(Debug, Default)]
pub struct ColumnDesk {
    desk: Desk,
    facts: Option<Facts>,
    plans: Vec<Plan>,
    plan_of: FxHashMap<Box<[u16]>, usize>,
    answers: Vec<Arc<Shared>>,
    /// What follows holds for one table only.
    table: Option<u64>,
    classes: HashMap<(u64, usize), Arc<Classes>>,
}

/// What tells dockets apart in a bundle, as small numbers.
#[derive(Debug)]
struct Classes {
    of_key: Vec<u32>,
    count: usize,
}

impl ColumnDesk {
    fn facts_of(&mut self, law: &Law) -> &mut Facts {
        self.facts.get_or_insert_with(|| Facts::new(law.vocabulary()))
    }

    fn begin(&mut self, columns: &Columns<'_>) {
        let remembered: usize = self.plans.iter().map(Plan::remembered).sum();
        if self.answers.len() + remembered > MOST {
            *self = ColumnDesk::default();
        }
        self.facts_of(columns.law);
        if self.table != Some(columns.id) {
            self.table = Some(columns.id);
            self.classes.clear();
            self.plans.iter_mut().for_each(|plan| plan.turn_to(columns));
        }
    }

    fn classes(&mut self, columns: &Columns<'_>, at: usize, regime: &Regime) -> Arc<Classes> {
        let made = self.classes.entry((regime.id, at));
        Arc::clone(made.or_insert_with(|| Arc::new(Classes::of(columns, at, regime))))
    }

    /// The plan of a row.
    fn plan(&mut self, columns: &Columns<'_>, regime: &Regime, row: usize) -> usize {
        let mut key: Vec<u16> = [0, 16, 32, 48].map(|shift| (regime.id >> shift) as u16).into();
        for column in &columns.columns {
            let value = column.values[column.keys[row] as usize].as_ref();
            let code = regime.docket_facts.code(regime, column.fact, value);
            if code > 0 {
                key.extend([column.fact.0, code]);
            }
        }
        if let Some(plan) = self.plan_of.get(key.as_slice()) {
            return *plan;
        }
        let mut facts = self.facts.take().unwrap_or_else(|| Facts::new(columns.law.vocabulary()));
        columns.facts(row, &mut facts);
        let plan = Plan::new(columns, regime, &facts, &mut self.desk);
        self.facts = Some(facts);
        self.plans.push(plan);
        self.plan_of.insert(key.into(), self.plans.len() - 1);
        self.plans.len() - 1
    }

    /// The answer of a row under a plan.
    fn answer(&mut self, columns: &Columns<'_>, plan: usize, row: usize) -> Option<u32> {
        let ColumnDesk { desk, facts, plans, answers, .. } = self;
        let facts = facts.get_or_insert_with(|| Facts::new(columns.law.vocabulary()));
        plans[plan].answer(columns, row, facts, desk, answers)
    }
}

impl Classes {
    fn of(columns: &Columns<'_>, at: usize, regime: &Regime) -> Classes {
        let bundle = &columns.bundles[at];
        let mut named: FxHashMap<Vec<u16>, u32> = FxHashMap::default();
        let mut code = Vec::new();
        let class = |key: usize| {
            code.clear();
            code.extend(bundle.columns.iter().map(|column| {
                let column = &columns.columns[*column];
                regime.docket_facts.code(regime, column.fact, column.values[key].as_ref())
            }));
            if let Some(class) = named.get(&code) {
                return *class;
            }
            let class = named.len() as u32;
            named.insert(code.clone(), class);
            class
        };
        let of_key = (0..bundle.count).map(class).collect();
        Classes { of_key, count: named.len() }
    }
}

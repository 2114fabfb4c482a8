//! Rows given by column get the answers that they get one by one, from all three evaluators.
//!
//! `WEIR_SPEC_RUNS` sets how many rows; `WEIR_SPEC_SEED` sets where they begin.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;

use law::columns::{Column, ColumnDesk, Columns, ColumnsError};
use law::{Because, Desk, Determination, FactId, Facts, Law, Num, Value};
use spec::Random;
use support::{disagreements, is_asked, setting, shipped};

fn runs() -> usize {
    setting("WEIR_SPEC_RUNS").unwrap_or(100_000)
}

fn seed() -> u64 {
    setting("WEIR_SPEC_SEED").unwrap_or(1) as u64
}

/// Columns that own what they hold: some share their keys, as those of one catalogue do.
#[derive(Default)]
struct Table {
    keys: Vec<Vec<u32>>,
    columns: Vec<(FactId, usize, Vec<Option<Value>>)>,
}

impl Table {
    fn columns(&self) -> Vec<Column<'_>> {
        self.columns
            .iter()
            .map(|(fact, keys, values)| Column {
                fact: *fact,
                keys: &self.keys[*keys],
                values,
                dictionary: None,
            })
            .collect()
    }
}

/// A value that the row says itself, and not a party that stands in.
fn said(law: &Law, facts: &Facts, fact: FactId) -> Option<Value> {
    let party = law.vocabulary().fact(fact).party;
    let is_said = party.is_none_or(|party| facts.is_present(party));
    facts.get(fact).filter(|_| is_said).cloned()
}

/// Rows put together from what a few transactions say of the item, of each party and of the rest.
fn mixed(law: &Law, from: &[Facts], rows: usize, random: &mut Random) -> Table {
    let mut table = Table::default();
    let mut bundles: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
    for (id, fact) in law.vocabulary().facts() {
        let bundle = match (fact.party, fact.name.split_once('.')) {
            (Some(party), _) => format!("party {party}"),
            (None, Some(("item", _))) => "item".to_owned(),
            _ => fact.name.to_string(),
        };
        bundles.entry(bundle).or_default().push(id);
    }
    for facts in bundles.into_values() {
        // Most columns say the same throughout, as they do in the books of one house.
        let count = if random.chance(75) { 1 } else { 4 };
        let donors: Vec<&Facts> = (0..count).filter_map(|_| random.pick(from)).collect();
        let keys = (0..rows).map(|_| random.below(donors.len()) as u32).collect();
        table.keys.push(keys);
        for fact in facts {
            let values = donors.iter().map(|donor| said(law, donor, fact)).collect();
            table.columns.push((fact, table.keys.len() - 1, values));
        }
    }
    table
}

/// Each transaction as a row, every column with its own keys; some, or all, with one for each row.
fn as_rows(law: &Law, from: &[Facts], by_row: usize) -> Table {
    let mut table = Table::default();
    for (at, (fact, _)) in law.vocabulary().facts().enumerate() {
        let is_shared = at % 16 >= by_row;
        let mut values: Vec<Option<Value>> = vec![None];
        let mut keys = Vec::with_capacity(from.len());
        for facts in from {
            let value = said(law, facts, fact);
            let at = values.iter().position(|other| is_shared && *other == value);
            keys.push(at.unwrap_or(values.len()) as u32);
            if at.is_none() {
                values.push(value);
            }
        }
        table.keys.push(keys);
        table.columns.push((fact, table.keys.len() - 1, values));
    }
    table
}

/// A determination without what is each row's own: its days, and the amounts of quotas.
fn without_amounts(determination: &Determination) -> Determination {
    let mut shared = determination.clone();
    shared.date = jiff::civil::Date::MIN;
    for answer in &mut shared.readings {
        let draws = answer.because.iter_mut().filter_map(|link| match link {
            Because::Full(draw) => Some(draw),
            _ => None,
        });
        for draw in draws.chain(&mut answer.draws) {
            draw.key = None;
            (draw.amount, draw.remaining, draw.limit) = (Num::ZERO, Num::ZERO, Num::ZERO);
        }
        answer.obligations.iter_mut().for_each(|due| due.date = None);
    }
    shared
}

/// Decides a table by column and row by row, and answers how many answers there were.
fn agree(law: &Law, table: &Table, desk: &mut ColumnDesk) -> usize {
    let columns = Columns::new(law, table.columns()).expect("a table");
    let (mut facts, mut one_by_one) = (Facts::new(law.vocabulary()), Desk::default());
    let mut answers = 0;
    let (mut start, step) = (0, 700);
    while start < columns.rows() {
        let range = start..columns.rows().min(start + step);
        let decided = columns.decide(range.clone(), desk);
        answers += decided.answers.len();
        for row in range.clone() {
            columns.facts(row, &mut facts);
            let expected = law.decide(&facts, None, &mut one_by_one);
            let shared = decided.answer(row - range.start);
            assert_eq!(shared.is_some(), expected.is_some(), "row {row} has a day or not");
            let (Some(shared), Some(expected)) = (shared, expected) else { continue };
            let (one, other) = (without_amounts(&shared.determination), without_amounts(&expected));
            assert!(
                one == other,
                "row {row} of\n{}\nis decided otherwise by column:\n{}",
                spec::describe(law, &facts),
                disagreements(law, &one, &other).join("\n")
            );
            let counts = expected.readings.iter().any(|answer| {
                let is_full = |link: &Because| matches!(link, Because::Full(_));
                !answer.draws.is_empty() || answer.because.iter().any(is_full)
            });
            assert_eq!(shared.counts, counts);
            if is_asked(row, 4) {
                assert_eq!(columns.determination(row, desk), Some(expected.clone()));
                assert_eq!(spec::decide(law, &facts, None), Some(expected));
            }
        }
        start = range.end;
    }
    answers
}

#[test]
fn rows_that_share_what_they_say_get_one_answer_each() {
    let law = shipped();
    let (mut generator, mut random) = (spec::Generator::new(&law, seed()), Random::new(seed()));
    let mut desk = ColumnDesk::default();
    let (rows, mut answers) = (2_000, 0);
    let tables = (runs() / 4 / rows).max(1);
    for _ in 0..tables {
        let mut from = vec![generator.next()];
        while from.len() < 12 {
            let next = if random.chance(50) { generator.next() } else { generator.next_known() };
            from.push(next);
        }
        answers += agree(&law, &mixed(&law, &from, rows, &mut random), &mut desk);
    }
    assert!(answers < tables * rows, "no two rows shared an answer");
}

#[test]
fn rows_that_share_nothing_get_their_own_answers() {
    let law = shipped();
    let mut generator = spec::Generator::new(&law, seed() + 7);
    let mut desk = ColumnDesk::default();
    for _ in 0..(runs() / 16 / 1_000).max(1) {
        let from: Vec<Facts> = (0..1_000).map(|_| generator.next()).collect();
        for by_row in [0, 1, 16] {
            agree(&law, &as_rows(&law, &from, by_row), &mut desk);
        }
    }
}

/// One desk takes tables in turn in which a column is by row and by its values.
#[test]
fn a_desk_turns_to_tables_of_another_kind() {
    let law = shipped();
    let mut generator = spec::Generator::new(&law, seed() + 3);
    let from: Vec<Facts> = (0..4).map(|_| generator.next_known()).collect();
    let quantity = law.vocabulary().find("quantity").expect("a fact");
    let table = |is_by_row: bool| {
        let rows: Vec<Facts> = from.iter().cycle().take(600).cloned().collect();
        let mut table = as_rows(&law, &rows, 0);
        let last = table.columns.iter().position(|(fact, ..)| *fact == quantity);
        let (fact, keys, _) = table.columns.remove(last.expect("a column"));
        let value = |row: u32| Some(Value::Num(Num::int(i128::from(row) + 1)));
        let (count, key): (u32, fn(u32) -> u32) =
            if is_by_row { (600, |row| row) } else { (7, |row| row % 7) };
        table.keys[keys] = (0..600).map(key).collect();
        table.columns.push((fact, keys, (0..count).map(value).collect()));
        table
    };
    let mut desk = ColumnDesk::default();
    for is_by_row in [false, true, false, true] {
        agree(&law, &table(is_by_row), &mut desk);
    }
}

#[test]
fn what_is_no_table_is_said() {
    let law = shipped();
    let fact = law.vocabulary().find("quantity").expect("a fact");
    let other = law.vocabulary().find("destination").expect("a fact");
    let (one, two) = ([0, 1], [0]);
    let values = [None, None];
    let column = |fact, keys| Column { fact, keys, values: &values, dictionary: None };
    let failed = |columns| Columns::new(&law, columns).err();
    assert_eq!(
        failed(vec![column(fact, &one), column(other, &two)]),
        Some(ColumnsError::Length { fact: other, found: 1, expected: 2 })
    );
    assert_eq!(failed(vec![column(fact, &[0, 2])]), Some(ColumnsError::Key { fact, row: 1 }));
    assert_eq!(
        failed(vec![column(fact, &one), column(fact, &one)]),
        Some(ColumnsError::Twice(fact))
    );
    // Without a day nothing is decided.
    let table = Columns::new(&law, vec![column(fact, &one)]).expect("a table");
    let decided = table.decide(0..2, &mut ColumnDesk::default());
    assert!(decided.answer(0).is_none() && decided.place_of(1).is_none());
}

//! Rows whose columns have dictionaries that many tables share get the answers that they get one by
//! one.
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

use law::columns::{Column, ColumnDesk, Columns};
use law::{Because, Desk, Determination, FactId, FactType, Facts, Law, Num, Value};
use spec::{Generator, Random};
use support::{disagreements, is_asked, setting, shipped};

fn runs() -> usize {
    setting("WEIR_SPEC_RUNS").unwrap_or(100_000)
}

fn seed() -> u64 {
    setting("WEIR_SPEC_SEED").unwrap_or(1) as u64
}

/// Columns that share their keys, with all the values that they ever had.
struct Bundle {
    facts: Vec<FactId>,
    number: Option<u64>,
    values: Vec<Vec<Option<Value>>>,
    /// How many values a table adds, at most.
    growth: usize,
}

impl Bundle {
    /// Adds a value of each column, as one transaction says them.
    fn add(&mut self, law: &Law, donor: &Facts, random: &mut Random) {
        for (fact, values) in self.facts.iter().zip(&mut self.values) {
            values.push(value(law, donor, *fact, random));
        }
    }

    fn len(&self) -> usize {
        self.values[0].len()
    }
}

/// Numbers at which arithmetic turns: nothing, the smallest and the largest, long ones.
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "2",
    "0.000000000000001",
    "0.5",
    "1023.123456789",
    "1048576",
    "1048575.000001",
    "1099511627775",
    "1099511627776",
    "123456789012345.123456789012345",
    "1e17",
    "1e26",
    "999999999999999999999999999999",
];

/// A value that a row says itself, and not a party that stands in; a number now and then is an odd
/// one, or none.
fn value(law: &Law, donor: &Facts, fact: FactId, random: &mut Random) -> Option<Value> {
    let of = law.vocabulary().fact(fact);
    if matches!(of.of, FactType::Integer | FactType::Decimal) && random.chance(40) {
        let number = random.pick(&NUMBERS).filter(|_| random.clone().chance(70))?;
        return Some(Value::Num(Num::parse(number).expect("a number")));
    }
    let is_said = of.party.is_none_or(|party| donor.is_present(party));
    donor.get(fact).filter(|_| is_said).cloned()
}

/// Where a house's tables come from.
struct House<'l> {
    law: &'l Law,
    bundles: Vec<Bundle>,
    random: Random,
    generator: Generator<'l>,
    donors: Vec<Facts>,
}

impl<'l> House<'l> {
    /// A house whose books say the same of most things, and many things of a few.
    fn new(law: &'l Law, seed: u64, varied: usize) -> House<'l> {
        let (mut random, generator) = (Random::new(seed), Generator::new(law, seed));
        let is_apart = random.chance(50);
        let mut bundles: BTreeMap<String, Vec<FactId>> = BTreeMap::new();
        for (id, fact) in law.vocabulary().facts() {
            let name = match (fact.party, fact.name.split_once('.')) {
                (Some(party), _) => format!("party {party}"),
                (None, Some(("item", _))) if !is_apart => "item".to_owned(),
                _ => fact.name.to_string(),
            };
            bundles.entry(name).or_default().push(id);
        }
        let bundles = bundles.into_values().enumerate().map(|(at, facts)| Bundle {
            number: random.chance(80).then_some(1_000 * seed + at as u64),
            values: vec![Vec::new(); facts.len()],
            facts,
            growth: 0,
        });
        let bundles = bundles.collect();
        let mut house = House { law, bundles, random, generator, donors: Vec::new() };
        house.donors = (0..12).map(|_| house.donor()).collect();
        let first = house.generator.next_known();
        for bundle in &mut house.bundles {
            bundle.add(law, &first, &mut house.random);
        }
        let growth = if varied > 7 { 1 } else { 3 };
        for _ in 0..varied {
            let at = house.random.below(house.bundles.len());
            house.bundles[at].growth = growth;
        }
        let of = |name: &str| law.vocabulary().find(name).expect("a fact");
        let (day, quantity) = (law.date_fact(), of("quantity"));
        for bundle in &mut house.bundles {
            if bundle.facts.contains(&day) {
                bundle.growth = 1;
            } else if bundle.facts.contains(&quantity) {
                bundle.growth = *house.random.pick(&[1, 20, 2_000]).expect("one of them");
            }
        }
        house
    }

    fn donor(&mut self) -> Facts {
        if self.random.chance(30) { self.generator.next() } else { self.generator.next_known() }
    }

    /// The keys of the next table; its values may be more than those of the last.
    fn keys(&mut self, rows: usize) -> Vec<Vec<u32>> {
        if self.random.chance(30) {
            let (at, donor) = (self.random.below(self.donors.len()), self.donor());
            self.donors[at] = donor;
        }
        let random = &mut self.random;
        for bundle in &mut self.bundles {
            let growth = random.below(bundle.growth + 1) + usize::from(random.chance(1));
            for _ in 0..growth {
                let donor = random.pick(&self.donors).expect("a donor").clone();
                bundle.add(self.law, &donor, random);
                if growth > 100 {
                    let number = Num::int(random.below(1 << 30) as i128);
                    let last = bundle.values[0].last_mut().expect("a value");
                    *last = Some(Value::Num(number));
                }
            }
            // Other values, under another number.
            if random.chance(2) {
                bundle.number = bundle.number.map(|number| number + 1_000_000);
                let donor = random.pick(&self.donors).expect("a donor").clone();
                bundle.values.iter_mut().for_each(Vec::clear);
                bundle.add(self.law, &donor, random);
            }
        }
        let keys = self.bundles.iter().map(|bundle| {
            // Mostly a few of the last values, and all of them at times.
            let count = bundle.len();
            let span = if random.chance(70) { count.min(6) } else { count };
            (0..rows).map(|_| (count - 1 - random.below(span)) as u32).collect()
        });
        keys.collect()
    }

    fn columns<'t>(&'t self, keys: &'t [Vec<u32>]) -> Vec<Column<'t>> {
        let bundles = self.bundles.iter().zip(keys);
        let of_bundle = |(bundle, keys): (&'t Bundle, &'t Vec<u32>)| {
            let of = bundle.facts.iter().zip(&bundle.values);
            of.map(|(fact, values)| Column { fact: *fact, keys, values, dictionary: bundle.number })
        };
        bundles.flat_map(of_bundle).collect()
    }
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
fn agree(law: &Law, columns: &Columns<'_>, step: usize, desk: &mut ColumnDesk) -> usize {
    let (mut facts, mut one_by_one) = (Facts::new(law.vocabulary()), Desk::default());
    let mut answers = 0;
    let mut start = 0;
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
            if is_asked(row, 16) {
                assert_eq!(spec::decide(law, &facts, None), Some(expected));
            }
        }
        start = range.end;
    }
    answers
}

#[test]
fn tables_that_share_dictionaries_are_decided_row_by_row() {
    let law = shipped();
    let mut desk = ColumnDesk::default();
    let (rows, tables) = (2_000, 12);
    let (mut answers, mut all) = (0, 0);
    for house in 0..(runs() / rows / tables).max(1) {
        let mut random = Random::new(seed() + house as u64);
        let most = if random.chance(30) { 30 } else { 6 };
        let varied = random.below(most);
        let mut house = House::new(&law, seed() + house as u64, 2 + varied);
        for _ in 0..tables {
            let keys = house.keys(rows);
            let columns = Columns::new(&law, house.columns(&keys)).expect("a table");
            let step = *random.pick(&[300, 2_000]).expect("one of them");
            answers += agree(&law, &columns, step, &mut desk);
            all += rows;
        }
    }
    assert!(answers < all, "no two rows shared an answer");
}

/// Tables long enough to be decided block by block, in which some columns stay the same for long.
#[test]
fn long_tables_are_decided_row_by_row() {
    let law = shipped();
    let mut desk = ColumnDesk::default();
    let (rows, mut answers) = (9_000, 0);
    let houses = (runs() / rows).max(4);
    for house in 0..houses as u64 {
        let mut random = Random::new(seed() + house);
        let mut house = House::new(&law, seed() + 500 + house, 2 + random.below(6));
        let mut keys = house.keys(rows);
        for column in &mut keys {
            let run = *random.pick(&[1, 1, 50, 3_000]).expect("one of them");
            (0..rows).for_each(|row| column[row] = column[row - row % run]);
        }
        let columns = Columns::new(&law, house.columns(&keys)).expect("a table");
        let step = *random.pick(&[9_000, 4_500, 2_049, 2_048]).expect("one of them");
        answers += agree(&law, &columns, step, &mut desk);
    }
    assert!(answers < houses * rows / 2, "rows share answers: {answers}");
}

/// Tables of the same columns in another order, of which one has another value for each row.
#[test]
fn columns_may_change_their_places() {
    let law = shipped();
    let quantity = law.vocabulary().find("quantity").expect("a fact");
    let mut generator = Generator::new(&law, seed());
    let by_row: Vec<u32> = (0..600).collect();
    let amounts: Vec<_> = (0..600).map(|row| Some(Value::Num(Num::int(1 << (row % 30))))).collect();
    for _ in 0..40 {
        let donor = generator.next_known();
        let facts: Vec<FactId> = law.vocabulary().facts().map(|(fact, _)| fact).collect();
        let facts: Vec<FactId> = facts.into_iter().filter(|fact| *fact != quantity).collect();
        let values: Vec<_> = facts.iter().map(|fact| [donor.get(*fact).cloned()]).collect();
        let keys = vec![vec![0u32; 600]; facts.len()];
        let mut desk = ColumnDesk::default();
        for place in [0, facts.len(), 3] {
            let dictionary = None;
            let own = facts.iter().zip(&values).zip(&keys);
            let mut columns: Vec<Column<'_>> = own
                .map(|((fact, values), keys)| Column { fact: *fact, keys, values, dictionary })
                .collect();
            let column = Column { fact: quantity, keys: &by_row, values: &amounts, dictionary };
            columns.insert(place, column);
            agree(&law, &Columns::new(&law, columns).expect("a table"), 600, &mut desk);
        }
    }
}

/// What is missing does not hang on what was decided before.
#[test]
fn facts_that_only_a_quota_reads_are_asked_for_where_they_are_missing() {
    let law = shipped();
    let of = |name: &str| law.vocabulary().find(name).expect("a fact");
    let said = [
        ("date", "2026-02-01"),
        ("destination", "DE"),
        ("exporter.hq", "DE"),
        ("end_user.hq", "SA"),
        ("end_user.parent_hq", "US"),
    ];
    let mut desk = Desk::default();
    for total in ["1000000000", "", "1000000000"] {
        let mut facts = Facts::new(law.vocabulary());
        for (name, text) in said.into_iter().chain([("uveu_total_tpp", total)]) {
            facts.set(of(name), law.vocabulary().fact(of(name)).parse(text).expect("a value"));
        }
        facts.complete(law.vocabulary(), law.defaults());
        let by_law = law.decide(&facts, None, &mut desk).expect("a day");
        let by_spec = spec::decide(&law, &facts, None).expect("a day");
        let found = disagreements(&law, &by_law, &by_spec);
        assert!(found.is_empty(), "with `{total}`:\n{}", found.join("\n"));
    }
}

//! The full decision by column, beside the row evaluator, on a month of a vendor and on rows that
//! share nothing.

use std::collections::HashMap;

use anyhow::{Context, bail};
use jiff::civil::Date;
use law::columns::{Column, ColumnDesk, Columns};
use law::same::Sameness;
use law::{Country, Desk, FactId, Facts, Law, Num, Source, Value};
use spec::Random;

use crate::orders::Book;
use crate::table::{Row, Table, Target};
use crate::{Options, median_of_five, per_second};

const ROWS: usize = 8_000_000;
const ROWS_THAT_SHARE_NOTHING: usize = 20_000;
const ROWS_ONE_BY_ONE: usize = 10_000;
/// How many rows are decided at once.
pub const AT_ONCE: usize = 65_536;

/// Columns that own what they hold.
#[derive(Default)]
struct Owned {
    keys: Vec<Vec<u32>>,
    columns: Vec<(FactId, usize, Vec<Option<Value>>)>,
}

impl Owned {
    fn columns<'o>(&'o self, law: &'o Law) -> anyhow::Result<Columns<'o>> {
        let column = |(fact, keys, values): &'o (FactId, usize, Vec<Option<Value>>)| Column {
            fact: *fact,
            keys: &self.keys[*keys],
            values,
            dictionary: None,
        };
        let columns = self.columns.iter().map(column).collect();
        Columns::new(law, columns).map_err(|why| anyhow::anyhow!("no table: {why:?}"))
    }

    fn keys(&mut self, rows: usize, key: impl FnMut(usize) -> usize) -> usize {
        self.keys.push((0..rows).map(key).map(|key| key as u32).collect());
        self.keys.len() - 1
    }

    fn texts(&mut self, law: &Law, name: &str, keys: usize, texts: &[&str]) -> anyhow::Result<()> {
        let fact = law.vocabulary().find(name).with_context(|| format!("no fact `{name}`"))?;
        let of = law.vocabulary().fact(fact);
        let value = |text: &&str| of.parse(text).map_err(|why| anyhow::anyhow!("{}", why.message));
        let values = texts.iter().map(value).collect::<anyhow::Result<_>>()?;
        self.columns.push((fact, keys, values));
        Ok(())
    }
}

/// A few are frequent, most are rare.
pub fn skewed(random: &mut Random, count: usize) -> usize {
    let most = random.below(count) + 1;
    let most = random.below(most) + 1;
    random.below(most)
}

/// A company.
pub struct Party {
    /// Its name.
    pub name: String,
    /// Where its headquarters are.
    pub country: String,
    /// Where those of its parent are.
    pub parent: String,
}

/// Twenty thousand parties, most of whose parents are where they are.
pub fn parties(countries: &[String], random: &mut Random) -> Vec<Party> {
    let pick = |random: &mut Random| countries[skewed(random, countries.len())].clone();
    let party = |random: &mut Random| {
        let country = pick(random);
        let parent = if random.chance(85) { country.clone() } else { pick(random) };
        Party { name: format!("Company {}", random.below(1_000_000)), country, parent }
    };
    (0..20_000).map(|_| party(random)).collect()
}

/// A month of a vendor: 200 products, 150 countries, 20,000 parties; goods mostly go where the end
/// user is, whose parent mostly is there too.
fn month(book: &Book, rows: usize) -> anyhow::Result<Owned> {
    let law = &book.law;
    let mut random = Random::new(5);
    let mut owned = Owned::default();
    let days: Vec<String> = (1..=30).map(|day| format!("2025-06-{day:02}")).collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let keys = owned.keys(rows, |row| row * 30 / rows);
    owned.texts(law, "date", keys, &days)?;
    let chips = book.chips(200);
    let keys = owned.keys(rows, |_| skewed(&mut random, chips.len()));
    let mut facts: Vec<FactId> = chips.iter().flatten().map(|(fact, _)| *fact).collect();
    facts.sort_unstable();
    facts.dedup();
    for fact in facts {
        let of = |chip: &Vec<(FactId, Value)>| {
            chip.iter().find(|(own, _)| *own == fact).map(|(_, value)| value.clone())
        };
        owned.columns.push((fact, keys, chips.iter().map(of).collect()));
    }
    let countries = countries(150);
    let mut users = Vec::new();
    for who in ["end_user", "purchaser"] {
        let parties = parties(&countries, &mut random);
        let keys = owned.keys(rows, |_| skewed(&mut random, parties.len()));
        let texts = |of: fn(&Party) -> &str| parties.iter().map(of).collect::<Vec<&str>>();
        owned.texts(law, &format!("{who}.name"), keys, &texts(|party| &party.name))?;
        owned.texts(law, &format!("{who}.hq"), keys, &texts(|party| &party.country))?;
        owned.texts(law, &format!("{who}.parent_hq"), keys, &texts(|party| &party.parent))?;
        owned.texts(law, &format!("{who}.listed"), keys, &vec!["none"; parties.len()])?;
        if who == "end_user" {
            users = owned.keys[keys]
                .iter()
                .map(|key| &parties[*key as usize].country)
                .map(|country| countries.iter().position(|other| other == country).unwrap_or(0))
                .collect();
        }
    }
    let keys = owned.keys(rows, |row| {
        if random.chance(90) { users[row] } else { skewed(&mut random, countries.len()) }
    });
    let names: Vec<&str> = countries.iter().map(String::as_str).collect();
    owned.texts(law, "destination", keys, &names)?;
    let keys = owned.keys(rows, |_| skewed(&mut random, 5_000));
    let quantity = law.vocabulary().find("quantity").context("no fact `quantity`")?;
    let values = (1..=5_000).map(|pieces| Some(Value::Num(Num::int(pieces)))).collect();
    owned.columns.push((quantity, keys, values));
    words(law, &mut owned, rows, &mut random)?;
    Ok(owned)
}

/// Columns of words, most of which say the same throughout.
fn words(law: &Law, owned: &mut Owned, rows: usize, random: &mut Random) -> anyhow::Result<()> {
    for (name, texts) in [
        ("activity", &["export"][..]),
        ("origin", &["US", "TW"]),
        ("exporter.hq", &["US"]),
        ("exporter.informed", &["none"]),
        ("end_use", &["civil", "civil", "civil", "unknown"]),
        ("end_user.sector", &["private", "private", "government"]),
        ("authorization", &["none"]),
    ] {
        let known = |text: &&&str| {
            let fact = law.vocabulary().find(name).map(|fact| law.vocabulary().fact(fact));
            fact.is_some_and(|fact| fact.parse(text).is_ok())
        };
        let texts: Vec<&str> = texts.iter().filter(known).copied().collect();
        if !texts.is_empty() {
            let keys = owned.keys(rows, |_| random.below(texts.len()));
            owned.texts(law, name, keys, &texts)?;
        }
    }
    Ok(())
}

/// Codes of countries, those that the law says most of first.
pub fn countries(count: usize) -> Vec<String> {
    let letters = || 'A'..='Z';
    let codes = letters().flat_map(|one| letters().map(move |other| format!("{one}{other}")));
    let is_country =
        |code: &String| Country::parse(code).is_some_and(|country| country.is_assigned());
    let mut all: Vec<String> = ["CN", "SG", "MY", "AE", "TW", "DE", "GB", "IN", "KR", "JP"]
        .map(String::from)
        .into_iter()
        .collect();
    all.extend(codes.filter(is_country));
    let mut seen = std::collections::HashSet::new();
    all.retain(|code| seen.insert(code.clone()));
    all.truncate(count);
    all
}

/// Random transactions, each column with a value of its own for each row.
fn nothing_shared(law: &Law, rows: usize) -> Owned {
    let mut generator = spec::Generator::new(law, 9);
    let facts: Vec<Facts> = (0..rows).map(|_| generator.next()).collect();
    let mut owned = Owned::default();
    for (fact, _) in law.vocabulary().facts() {
        let keys = owned.keys(rows, |row| row);
        owned.columns.push((fact, keys, facts.iter().map(|one| one.get(fact).cloned()).collect()));
    }
    owned
}

/// Measures both evaluators on both tables.
pub fn measure(options: &Options, book: &Book, table: &mut Table) -> anyhow::Result<()> {
    let least = Target::AtLeast(5_000_000.0);
    table.part(format!("Full decision, both readings, by column: a month, {ROWS} rows"));
    let month = month(book, ROWS)?;
    let rate = one(&book.law, &month, least, table)?;
    supposed(options, book, &month, rate, table)?;
    table.part(format!("The same, {ROWS_THAT_SHARE_NOTHING} random rows that share nothing"));
    let owned = nothing_shared(&book.law, ROWS_THAT_SHARE_NOTHING);
    one(&book.law, &owned, Target::None, table).map(|_| ())
}

/// Measures a table; answers how many rows a second one thread decides.
fn one(law: &Law, owned: &Owned, least: Target, table: &mut Table) -> anyhow::Result<f64> {
    let columns = owned.columns(law)?;
    compare(law, &columns)?;
    let few = columns.rows().min(ROWS_ONE_BY_ONE);
    let by_row = per_second(
        few,
        median_of_five(|| {
            let (mut facts, mut desk) = (Facts::new(law.vocabulary()), Desk::default());
            for row in 0..few {
                columns.facts(row, &mut facts);
                std::hint::black_box(law.decide(&facts, None, &mut desk));
            }
        }),
    );
    let threads = rayon::current_num_threads();
    let row = |what: String, measured: f64, target: Target| Row {
        what,
        measured,
        unit: "rows/s",
        target,
        against: Some((measured / by_row, "row by row")),
    };
    let alone = rate(&columns, 1);
    table.add(row(format!("by column, {threads} threads"), rate(&columns, threads), least));
    table.add(row("by column, 1 thread".into(), alone, Target::None));
    table.add(row("row by row, 1 thread, facts set anew for each".into(), by_row, Target::None));
    Ok(alone)
}

/// How many rows a second so many threads decide.
fn rate(columns: &Columns<'_>, threads: usize) -> f64 {
    let at_once = AT_ONCE.min(columns.rows().div_ceil(threads));
    let took = median_of_five(|| {
        std::thread::scope(|scope| {
            for worker in 0..threads {
                scope.spawn(move || {
                    let mut desk = ColumnDesk::default();
                    let mut start = worker * at_once;
                    while start < columns.rows() {
                        let end = columns.rows().min(start + at_once);
                        std::hint::black_box(columns.decide(start..end, &mut desk));
                        start += threads * at_once;
                    }
                });
            }
        });
    });
    per_second(columns.rows(), took)
}

/// A supposition, and the day from which on it is one here: the middle of the month.
const SUPPOSED: (&str, &str) = ("examples/scenarios/threshold-2400.md", "2025-06-16");

/// The same month with a supposition laid over the law, of which the days before it know nothing.
fn supposed(
    options: &Options,
    book: &Book,
    owned: &Owned,
    base: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    let (place, from) = SUPPOSED;
    let text = std::fs::read_to_string(options.root.join(place))?;
    let line = text.lines().find(|line| line.starts_with("effective ")).context("no first day")?;
    let text = text.replacen(line, &format!("effective = {from}"), 1);
    let law = book.supposing(Source { name: place.into(), text })?;
    let columns = owned.columns(&law)?;
    let (before, after) = differing(&book.law, &law, owned, from.parse()?)?;
    if before > 0 || after == 0 {
        bail!("{before} rows before {from} are answered otherwise, and {after} from then on");
    }
    let rate = rate(&columns, 1);
    table.add(Row {
        what: format!("1 thread, a pack supposed from {from} on ({after} rows differ)"),
        measured: rate,
        unit: "rows/s",
        target: Target::AtLeast(base / 2.0),
        against: Some((rate / base, "without it")),
    });
    Ok(())
}

/// How many rows two laws answer otherwise, before a day and from then on.
fn differing(
    law: &Law,
    supposed: &Law,
    owned: &Owned,
    from: Date,
) -> anyhow::Result<(usize, usize)> {
    let same = Sameness::new(law, supposed);
    let day = law.date_fact();
    let dates = owned.columns.iter().find(|(fact, ..)| *fact == day).context("no days")?;
    let date_of = |row: usize| match &dates.2[owned.keys[dates.1][row] as usize] {
        Some(Value::Date(date)) => Some(*date),
        _ => None,
    };
    let tables = [owned.columns(law)?, owned.columns(supposed)?];
    let mut desks = [ColumnDesk::default(), ColumnDesk::default()];
    let (mut before, mut after) = (0, 0);
    for start in (0..tables[0].rows()).step_by(AT_ONCE) {
        let range = start..tables[0].rows().min(start + AT_ONCE);
        let [one, other] = [0, 1].map(|at| tables[at].decide(range.clone(), &mut desks[at]));
        let mut known = HashMap::new();
        for (at, row) in range.enumerate() {
            let date = date_of(row).context("a row has no date")?;
            if (date < from) != same.on(date) {
                bail!("the laws are not known to be the same on just the days before {from}");
            }
            let places = (one.place_of(at), other.place_of(at));
            let is_same = *known.entry(places).or_insert_with(|| {
                let said = [one.answer(at), other.answer(at)].map(|answer| answer.map(said));
                said[0].is_some() && said[0] == said[1]
            });
            *(if date < from { &mut before } else { &mut after }) += usize::from(!is_same);
        }
    }
    Ok((before, after))
}

/// All of a shared answer but what is each row's own: days, and amounts of quotas.
fn said(answer: &law::columns::Shared) -> String {
    let reading = |answer: &law::Answer| {
        let due: Vec<_> = answer.obligations.iter().map(|due| due.rule).collect();
        let law::Answer { outcome, exceptions, policy, because, flags, missing, doubts, .. } =
            answer;
        format!("{:?}", (outcome, exceptions, policy, because, due, flags, missing, doubts))
    };
    let found = &answer.determination;
    format!("{:?} {:?}", found.classification, found.readings.each_ref().map(reading))
}

/// What is measured is the same work: every hundredth row is decided alone as well.
fn compare(law: &Law, columns: &Columns<'_>) -> anyhow::Result<()> {
    let rows = columns.rows().min(AT_ONCE);
    let decided = columns.decide(0..rows, &mut ColumnDesk::default());
    let (mut facts, mut desk) = (Facts::new(law.vocabulary()), Desk::default());
    for row in (0..rows).step_by(100) {
        columns.facts(row, &mut facts);
        let alone = law.decide(&facts, None, &mut desk).context("a row has no date")?;
        let shared = decided.answer(row).context("a row has no answer")?;
        let outcomes = |of: &law::Determination| {
            of.readings
                .each_ref()
                .map(|answer| (answer.outcome, answer.exceptions.clone(), answer.policy))
        };
        if outcomes(&shared.determination) != outcomes(&alone) {
            bail!("row {row} is decided otherwise by column: {}", spec::describe(law, &facts));
        }
    }
    Ok(())
}

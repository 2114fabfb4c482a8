//! One small decision of five rules, the same in every engine: is a license required for a chip,
//! and if so, does an exception cover it?

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::{Context, bail};
use law::columns::{Column, ColumnDesk, Columns};
use law::{Desk, FactId, Facts, Law, Source, Value};
use spec::Random;

use crate::columns::{AT_ONCE, countries, parties, skewed};
use crate::openfisca::OpenFisca;
use crate::orders::Book;
use crate::table::{Row, Table, Target};
use crate::{Options, median_of_five, per_second};

/// How many inputs the engines decide that take them one by one.
const INPUTS: usize = 10_000;
/// How many rows are decided by column, each made for itself.
const ROWS: usize = 1_000_000;

/// Destinations under embargo.
pub const EMBARGOED: [&str; 4] = ["CU", "IR", "KP", "SY"];
/// Destinations of the third rule.
pub const ZONE: [&str; 6] = ["AE", "BY", "CN", "MO", "RU", "VN"];
/// Headquarters of the fourth rule.
pub const HEADQUARTERS: [&str; 4] = ["BY", "CN", "MO", "RU"];

/// What is known of a transaction.
#[derive(Clone, Debug)]
pub struct Input {
    /// Whether the end user is on a list.
    pub listed: bool,
    /// Where the chip goes.
    pub destination: String,
    /// Where the end user's ultimate parent is.
    pub parent: String,
    /// Total processing performance.
    pub tpp: i64,
    /// Whether it is made for data centers.
    pub datacenter: bool,
}

/// What the five rules say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No license is required.
    Free,
    /// An exception covers it.
    Exception,
    /// A license is required.
    Required,
}

impl Verdict {
    /// The word that the engines answer with.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Free => "no_license_required",
            Verdict::Exception => "license_exception",
            Verdict::Required => "license_required",
        }
    }

    /// The verdict of an engine's answer.
    pub fn of_word(word: &str) -> Option<Verdict> {
        let all = [Verdict::Free, Verdict::Exception, Verdict::Required];
        all.into_iter().find(|verdict| verdict.word() == word)
    }
}

/// An engine with its inputs made ready in its own types.
pub trait Engine {
    /// What it is called.
    fn name(&self) -> &'static str;
    /// Decides the input at an index.
    fn decide(&mut self, at: usize) -> Option<Verdict>;
}

/// The rules as plain code: the floor.
struct Native(Vec<Input>);

impl Engine for Native {
    fn name(&self) -> &'static str {
        "plain code (no law, no reasons)"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        let input = self.0.get(at)?;
        Some(if input.listed || EMBARGOED.contains(&input.destination.as_str()) {
            Verdict::Required
        } else if (input.tpp >= 2400 && ZONE.contains(&input.destination.as_str()))
            || (input.tpp >= 4800 && HEADQUARTERS.contains(&input.parent.as_str()))
        {
            if input.datacenter { Verdict::Required } else { Verdict::Exception }
        } else {
            Verdict::Free
        })
    }
}

/// A pack of the five rules, decided in both readings with the chain.
struct Weir {
    law: Law,
    facts: Vec<Facts>,
    desk: Desk,
}

impl Weir {
    fn new(vocabulary: &Arc<Source>, inputs: &[Input]) -> anyhow::Result<Weir> {
        let text = include_str!("five.md").to_string();
        let pack = Arc::new(Source { name: "five.md".into(), text });
        let (law, mistakes) = Law::read(vocabulary, &[pack]);
        let law = law.with_context(|| format!("{:?}", mistakes.first()))?;
        let fact = |facts: &mut Facts, name: &str, text: &str| -> anyhow::Result<()> {
            let id = law.vocabulary().find(name).with_context(|| format!("no fact `{name}`"))?;
            let value = law.vocabulary().fact(id).parse(text);
            facts.set(id, value.ok().flatten());
            Ok(())
        };
        let mut all = Vec::new();
        for input in inputs {
            let mut facts = Facts::new(law.vocabulary());
            fact(&mut facts, "date", "2025-06-02")?;
            fact(&mut facts, "destination", &input.destination)?;
            fact(&mut facts, "item.tpp", &input.tpp.to_string())?;
            fact(&mut facts, "item.datacenter", &input.datacenter.to_string())?;
            fact(&mut facts, "end_user.parent_hq", &input.parent)?;
            let listed = if input.listed { "entity_list" } else { "none" };
            fact(&mut facts, "end_user.listed", listed)?;
            facts.complete(law.vocabulary(), law.defaults());
            all.push(facts);
        }
        Ok(Weir { law, facts: all, desk: Desk::default() })
    }
}

impl Engine for Weir {
    fn name(&self) -> &'static str {
        "weir (two readings, with the chain)"
    }

    fn decide(&mut self, at: usize) -> Option<Verdict> {
        let found = self.law.decide(self.facts.get(at)?, None, &mut self.desk)?;
        let found = std::hint::black_box(found);
        Verdict::of_word(found.readings[0].outcome.word())
    }
}

/// Measures every engine on a month of a vendor, and by column and beside the fastest on rows that
/// share nothing, too.
pub fn measure(options: &Options, book: &Book, table: &mut Table) -> anyhow::Result<()> {
    let month = month(book)?;
    table
        .part(format!("Five rules, a month of a vendor, 1 thread, {INPUTS} inputs, equal answers"));
    one(options, book, &month, true, table)?;
    table.part("The same, rows that are all distinct".to_owned());
    one(options, book, &distinct(book)?, false, table)
}

/// What the five rules read of a month of a vendor, as in [`crate::columns`].
fn month(book: &Book) -> anyhow::Result<Vec<Input>> {
    let mut random = Random::new(2);
    let (countries, products) = (countries(150), products(book)?);
    let parties = parties(&countries, &mut random);
    let input = |_| {
        let party = &parties[skewed(&mut random, parties.len())];
        let (tpp, datacenter) = products[skewed(&mut random, products.len())];
        let goes_elsewhere = !random.chance(90);
        let elsewhere = goes_elsewhere.then(|| &countries[skewed(&mut random, countries.len())]);
        Input {
            listed: random.below(100) == 0,
            destination: elsewhere.unwrap_or(&party.country).clone(),
            parent: party.parent.clone(),
            tpp,
            datacenter,
        }
    };
    Ok((0..ROWS).map(input).collect())
}

/// Rates of the catalogue, in trillions of operations a second, and the bits of an operand.
const RATES: [(&str, f64); 6] = [
    ("item.rate_fp4_tflops", 4.0),
    ("item.rate_fp8_tflops", 8.0),
    ("item.rate_int8_tops", 8.0),
    ("item.rate_fp16_tflops", 16.0),
    ("item.rate_fp32_tflops", 32.0),
    ("item.rate_fp64_tflops", 64.0),
];

/// The total processing performance of 200 products, and whether they are made for data centers.
fn products(book: &Book) -> anyhow::Result<Vec<(i64, bool)>> {
    let vocabulary = book.law.vocabulary();
    let id = |name: &str| vocabulary.find(name).with_context(|| format!("no fact `{name}`"));
    let datacenter = id("item.datacenter")?;
    let rates = RATES.map(|(name, bits)| id(name).map(|id| (id, bits)));
    let rates = rates.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let of = |chip: Vec<(FactId, Value)>| {
        let find = |fact| chip.iter().find(|(own, _)| *own == fact).map(|(_, value)| value);
        let tpp = rates.iter().filter_map(|(fact, bits)| match find(*fact)? {
            Value::Num(rate) => Some(rate.to_string().parse::<f64>().ok()? * bits),
            _ => None,
        });
        (tpp.fold(0.0, f64::max) as i64, find(datacenter) == Some(&Value::Bool(true)))
    };
    Ok(book.chips(200).into_iter().map(of).collect())
}

/// Rows of which no two are alike: each has a performance of its own, around the limits.
fn distinct(book: &Book) -> anyhow::Result<Vec<Input>> {
    let mut random = Random::new(3);
    let countries = countries(150);
    let mut inputs = month(book)?;
    for (at, input) in inputs.iter_mut().enumerate() {
        // 7,919 shares no factor with the count of rows: every number comes once.
        input.tpp = (at * 7_919 % ROWS) as i64;
        input.destination.clone_from(&countries[random.below(countries.len())]);
        input.parent.clone_from(&countries[random.below(countries.len())]);
        input.datacenter = random.below(2) == 0;
    }
    Ok(inputs)
}

/// Measures the engines on inputs; the targets are for those of a month.
fn one(
    options: &Options,
    book: &Book,
    rows: &[Input],
    is_month: bool,
    table: &mut Table,
) -> anyhow::Result<()> {
    let inputs = &rows[..INPUTS];
    let mut engines: Vec<Box<dyn Engine>> =
        vec![Box::new(Native(inputs.to_vec())), Box::new(Weir::new(&book.vocabulary, inputs)?)];
    #[cfg(feature = "peers")]
    engines.extend(crate::peers::all(inputs)?);
    compare(&mut engines, inputs)?;
    let mut openfisca = openfisca(options, inputs)?;
    let rates: Vec<f64> = engines.iter_mut().map(|engine| rate(engine.as_mut())).collect();
    let (column, openfisca) = side_by_side(&book.vocabulary, rows, !is_month, openfisca.as_mut())?;
    let best = rates[2..].iter().copied().fold(0.0, f64::max);
    let fastest = openfisca.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    for (least, of, baseline) in [
        (0.25, rates[0], "plain code"),
        (50.0, best, "best other engine"),
        (5.0, fastest, "OpenFisca at its best"),
    ] {
        if of > 0.0 {
            table.add(Row {
                what: format!("weir by column, {ROWS} rows (two readings, with the chain)"),
                measured: column,
                unit: "rows/s",
                target: if is_month { Target::AtLeast(least * of) } else { Target::None },
                against: Some((column / of, baseline)),
            });
        }
    }
    let engines = engines.iter().map(|engine| engine.name().to_owned()).zip(rates.clone());
    let openfisca = openfisca.into_iter().map(|(count, rate)| {
        (format!("OpenFisca 46, a formula over {count} inputs at once"), rate)
    });
    for (name, rate) in engines.chain(openfisca) {
        table.add(Row {
            what: name,
            measured: rate,
            unit: "rows/s",
            target: Target::None,
            against: Some((rate / rates[1], "weir")),
        });
    }
    Ok(())
}

/// OpenFisca, after its answers are compared; nothing where it is not there.
fn openfisca(options: &Options, inputs: &[Input]) -> anyhow::Result<Option<OpenFisca>> {
    let Some(python) = &options.python else { return Ok(None) };
    let peer = OpenFisca::start(python, &options.root, &options.scratch, inputs)?;
    if peer.verdicts().len() != inputs.len() {
        bail!("OpenFisca answers {} of {} inputs", peer.verdicts().len(), inputs.len());
    }
    let mut native = Native(inputs.to_vec());
    for (at, (found, input)) in peer.verdicts().iter().zip(inputs).enumerate() {
        if *found != native.decide(at) {
            bail!("OpenFisca says {found:?} of {input:?}");
        }
    }
    Ok(Some(peer))
}

/// How many rows a second both decide by column: the best of three turns, so that what else the
/// machine does in one of them is no advantage to the other.
fn side_by_side(
    vocabulary: &Arc<Source>,
    rows: &[Input],
    apart: bool,
    mut openfisca: Option<&mut OpenFisca>,
) -> anyhow::Result<(f64, Vec<(usize, f64)>)> {
    let (mut own, mut others) = (0.0f64, Vec::<(usize, f64)>::new());
    for _ in 0..3 {
        own = own.max(by_column(vocabulary, rows, apart)?);
        let rates = openfisca.as_mut().map_or_else(|| Ok(Vec::new()), |peer| peer.rates())?;
        for (at, (count, rate)) in rates.into_iter().enumerate() {
            match others.get_mut(at) {
                Some((_, best)) => *best = best.max(rate),
                None => others.push((count, rate)),
            }
        }
    }
    Ok((own, others))
}

/// How many rows a second the same rules take by column; apart, each row has values of its own in
/// every column, although other rows may say the same.
fn by_column(vocabulary: &Arc<Source>, inputs: &[Input], apart: bool) -> anyhow::Result<f64> {
    let weir = Weir::new(vocabulary, &[])?;
    let law = &weir.law;
    let rows = inputs.len();
    let texts = |input: &Input| {
        [
            "2025-06-02".to_owned(),
            input.destination.clone(),
            input.parent.clone(),
            input.tpp.to_string(),
            input.datacenter.to_string(),
            if input.listed { "entity_list" } else { "none" }.to_owned(),
        ]
    };
    let names = [
        "date",
        "destination",
        "end_user.parent_hq",
        "item.tpp",
        "item.datacenter",
        "end_user.listed",
    ];
    let mut owned = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let fact = law.vocabulary().find(name).with_context(|| format!("no fact `{name}`"))?;
        let (mut known, mut places) = (Vec::<String>::new(), HashMap::new());
        let keys = inputs.iter().map(|input| {
            let text = texts(input)[at].clone();
            let place = if apart { None } else { places.get(&text).copied() };
            place.unwrap_or_else(|| {
                let place = known.len() as u32;
                places.insert(text.clone(), place);
                known.push(text);
                place
            })
        });
        let keys: Vec<u32> = keys.collect();
        let values =
            known.iter().map(|text| law.vocabulary().fact(fact).parse(text).ok().flatten());
        owned.push((fact, keys, values.collect::<Vec<_>>()));
    }
    let columns = owned.iter().map(|(fact, keys, values)| Column {
        fact: *fact,
        keys,
        values,
        dictionary: None,
    });
    let columns = Columns::new(law, columns.collect());
    let columns = columns.map_err(|why| anyhow::anyhow!("no table: {why:?}"))?;
    let (mut native, mut desk) = (Native(inputs.to_vec()), ColumnDesk::default());
    for start in (0..rows).step_by(AT_ONCE) {
        let range = start..rows.min(start + AT_ONCE);
        let decided = columns.decide(range.clone(), &mut desk);
        for (at, row) in range.enumerate() {
            let found = decided.answer(at).map(|answer| &answer.determination.readings[0]);
            if found.and_then(|found| Verdict::of_word(found.outcome.word())) != native.decide(row)
            {
                bail!("by column, {:?} is decided otherwise", inputs[row]);
            }
        }
    }
    let took = median_of_five(|| {
        let mut desk = ColumnDesk::default();
        for start in (0..rows).step_by(AT_ONCE) {
            let range = start..rows.min(start + AT_ONCE);
            std::hint::black_box(columns.decide(range, &mut desk));
        }
    });
    Ok(per_second(rows, took))
}

fn rate(engine: &mut dyn Engine) -> f64 {
    per_second(
        INPUTS,
        median_of_five(|| {
            for at in 0..INPUTS {
                std::hint::black_box(engine.decide(std::hint::black_box(at)));
            }
        }),
    )
}

fn compare(engines: &mut [Box<dyn Engine>], inputs: &[Input]) -> anyhow::Result<()> {
    let mut seen = [0usize; 3];
    for (at, input) in inputs.iter().enumerate() {
        let expected = engines[0].decide(at).context("plain code decides everything")?;
        seen[expected as usize] += 1;
        for engine in engines.iter_mut() {
            let found = engine.decide(at);
            if found != Some(expected) {
                bail!("{} says {found:?}, not {expected:?}, of {input:?}", engine.name());
            }
        }
    }
    if seen.contains(&0) {
        bail!("the inputs do not reach every verdict: {seen:?}");
    }
    Ok(())
}

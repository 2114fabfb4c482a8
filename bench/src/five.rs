//! One small decision of five rules, the same in every engine: is a license required for a chip,
//! and if so, does an exception cover it?

use std::sync::Arc;

use anyhow::{Context, bail};
use law::columns::{Column, ColumnDesk, Columns};
use law::{Desk, Facts, Law, Source};
use spec::Random;

use crate::openfisca::OpenFisca;
use crate::orders::Book;
use crate::table::{Row, Table, Target};
use crate::{Options, median_of_five, per_second};

const INPUTS: usize = 10_000;
const COUNTRIES: [&str; 10] = ["CN", "RU", "IR", "CU", "DE", "TW", "MY", "AE", "SG", "VN"];

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
    pub destination: &'static str,
    /// Where the end user's ultimate parent is.
    pub parent: &'static str,
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
        Some(if input.listed || EMBARGOED.contains(&input.destination) {
            Verdict::Required
        } else if (input.tpp >= 2400 && ZONE.contains(&input.destination))
            || (input.tpp >= 4800 && HEADQUARTERS.contains(&input.parent))
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
            fact(&mut facts, "destination", input.destination)?;
            fact(&mut facts, "item.tpp", &input.tpp.to_string())?;
            fact(&mut facts, "item.datacenter", &input.datacenter.to_string())?;
            fact(&mut facts, "end_user.parent_hq", input.parent)?;
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

/// Measures every engine on the same inputs, after comparing all their answers.
pub fn measure(options: &Options, book: &Book, table: &mut Table) -> anyhow::Result<()> {
    let mut random = Random::new(2);
    let inputs: Vec<Input> = (0..INPUTS)
        .map(|_| Input {
            listed: random.below(20) == 0,
            destination: COUNTRIES[random.below(COUNTRIES.len())],
            parent: COUNTRIES[random.below(COUNTRIES.len())],
            tpp: [1000, 2399, 2400, 4799, 4800, 15832][random.below(6)],
            datacenter: random.below(2) == 0,
        })
        .collect();
    let mut engines: Vec<Box<dyn Engine>> =
        vec![Box::new(Native(inputs.clone())), Box::new(Weir::new(&book.vocabulary, &inputs)?)];
    #[cfg(feature = "peers")]
    engines.extend(crate::peers::all(&inputs)?);
    compare(&mut engines, &inputs)?;
    let mut openfisca = openfisca(options, &inputs)?;
    let rates: Vec<f64> = engines.iter_mut().map(|engine| rate(engine.as_mut())).collect();
    table.part(format!("Five rules on a chip, 1 thread, {INPUTS} inputs, equal answers"));
    let (column, openfisca) = side_by_side(&book.vocabulary, &inputs, openfisca.as_mut())?;
    let best = rates[2..].iter().copied().fold(0.0, f64::max);
    let by_column = |target: Target, (ratio, baseline): (f64, &'static str)| Row {
        what: "weir by column (two readings, with the chain)".into(),
        measured: column,
        unit: "/s",
        target,
        against: Some((ratio, baseline)),
    };
    table.add(by_column(Target::AtLeast(rates[0] / 4.0), (column / rates[0], "plain code")));
    if best > 0.0 {
        table.add(by_column(Target::AtLeast(50.0 * best), (column / best, "best other engine")));
    }
    let fastest = openfisca.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    if fastest > 0.0 {
        let against = (column / fastest, "OpenFisca at its best");
        table.add(by_column(Target::AtLeast(5.0 * fastest), against));
    }
    let engines = engines.iter().map(|engine| engine.name().to_owned()).zip(rates.clone());
    let openfisca = openfisca.into_iter().map(|(count, rate)| {
        (format!("OpenFisca 46, a formula over {count} inputs at once"), rate)
    });
    for (name, rate) in engines.chain(openfisca) {
        table.add(Row {
            what: name,
            measured: rate,
            unit: "/s",
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
    inputs: &[Input],
    mut openfisca: Option<&mut OpenFisca>,
) -> anyhow::Result<(f64, Vec<(usize, f64)>)> {
    let (mut own, mut others) = (0.0f64, Vec::<(usize, f64)>::new());
    for _ in 0..3 {
        own = own.max(by_column(vocabulary, inputs)?);
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

/// How many rows a second the same rules take by column, on the same inputs over and over.
fn by_column(vocabulary: &Arc<Source>, inputs: &[Input]) -> anyhow::Result<f64> {
    let weir = Weir::new(vocabulary, &[])?;
    let law = &weir.law;
    let rows = 100 * inputs.len();
    let texts = |input: &Input| {
        [
            "2025-06-02".to_owned(),
            input.destination.to_owned(),
            input.parent.to_owned(),
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
        let mut known: Vec<String> = Vec::new();
        let keys = inputs.iter().map(|input| {
            let text = texts(input)[at].clone();
            known.iter().position(|other| *other == text).unwrap_or_else(|| {
                known.push(text);
                known.len() - 1
            }) as u32
        });
        let keys: Vec<u32> = keys.collect();
        let keys: Vec<u32> = keys.iter().copied().cycle().take(rows).collect();
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
    let decided = columns.decide(0..inputs.len(), &mut ColumnDesk::default());
    let mut native = Native(inputs.to_vec());
    for (at, input) in inputs.iter().enumerate() {
        let found = decided.answer(at).map(|answer| &answer.determination.readings[0]);
        if found.and_then(|found| Verdict::of_word(found.outcome.word())) != native.decide(at) {
            bail!("by column, {input:?} is decided otherwise");
        }
    }
    let took = median_of_five(|| {
        let mut desk = ColumnDesk::default();
        for start in (0..rows).step_by(65_536) {
            let range = start..rows.min(start + 65_536);
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

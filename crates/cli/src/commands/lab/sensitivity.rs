//! `weir lab sensitivity`.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use lab::ensemble::Draws;
use lab::stats::morris::Effect;
use lab::stats::sobol::{SobolDesign, analyze};
use lab::stats::{design, evaluate, morris, sobol};
use lab::world::observe::Observer;
use lab::world::{Compiled, Quarter, Run};

use super::fit::write;
use super::inputs::Data;
use super::{column, decimals, scenarios};
use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::sheet::{Cell, Kind, Sheet, grouped};
use crate::{Common, Done};

/// What to analyze.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A scenario, by name or file.
    #[arg(default_value = "history")]
    scenario: String,
    /// An outcome: quantity, actor and quarter.
    #[arg(
        long = "of",
        value_name = "QUANTITY[:ACTOR]@QUARTER",
        default_values = ["china_total_cum@2027Q4", "smuggled_cum@2027Q4", "us_vendor_revenue@2027Q4", "china_domestic_share:h100e@2027Q4"]
    )]
    outcomes: Vec<String>,
    /// Walks of the screening of all parameters.
    #[arg(long, default_value = "50", value_parser = clap::value_parser!(u64).range(4..=10_000))]
    walks: u64,
    /// How many parameters to keep after the screening.
    #[arg(long, default_value = "20", value_parser = clap::value_parser!(u64).range(2..=60))]
    keep: u64,
    /// Blocks of runs for the shares of the variance; a power of two is spread most evenly.
    #[arg(long, default_value = "1024", value_parser = clap::value_parser!(u64).range(16..=65_536))]
    blocks: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "1")]
    seed: u64,
    #[command(flatten)]
    inputs: Data,
    /// A folder for `sensitivity.csv`, which a report draws.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// Runs both designs.
///
/// # Errors
/// An outcome that does not exist, too many runs that diverge, a file that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let tables = args.inputs.tables()?;
    let draws = tables.draws(args.seed, false)?;
    let compiled = scenarios::load(&args.scenario, &Arc::new(tables.world()?), common)?.compiled;
    let observer = Observer::new(&compiled);
    let outcomes: Vec<Outcome> = args
        .outcomes
        .iter()
        .map(|text| Outcome::read(text, &observer))
        .collect::<Result<_, _>>()?;
    let model = Model {
        compiled: &compiled,
        observer: &observer,
        draws: &draws,
        outcomes: &outcomes,
        seed: args.seed,
    };
    let names: Vec<&str> = draws.priors().factors().map(|row| row.symbol.as_str()).collect();
    if !common.quiet && std::io::stderr().is_terminal() {
        let runs = args.walks * (names.len() as u64 + 2) + args.blocks * (args.keep + 3);
        let runs = grouped(&runs.to_string());
        let said = match common.lang {
            Language::En => format!("about {runs} runs"),
            Language::Zh => format!("约 {runs} 次运行"),
        };
        let _ = writeln!(std::io::stderr(), "{said}");
    }
    let found = analysis(args, &model, &names)?;
    if let Some(folder) = &args.into {
        write(folder, "sensitivity.csv", &csv(&found))?;
    }
    args.form.write(&sheet(&found, &compiled, common.lang), common)?;
    Ok(Done::Good)
}

/// An outcome.
struct Outcome {
    name: String,
    series: usize,
    quarter: Quarter,
}

impl Outcome {
    fn read(text: &str, observer: &Observer) -> anyhow::Result<Outcome> {
        let wrong = || {
            anyhow!(
                "`{text}` is no outcome\n\nhint: write QUANTITY@QUARTER or QUANTITY:ACTOR@QUARTER, such as huawei_cum@2027Q4"
            )
        };
        let (what, quarter) = text.split_once('@').ok_or_else(wrong)?;
        let (quantity, actor) = what.split_once(':').unwrap_or((what, "world"));
        let quarter = Quarter::parse(quarter).ok_or_else(wrong)?;
        let series = observer.find(actor, quantity).ok_or_else(|| {
            let quantities = observer.series.iter().map(|series| series.quantity);
            let mut known: Vec<&str> = quantities.collect();
            known.dedup();
            anyhow!(
                "`{text}`: the world has no `{quantity}` of `{actor}`\n\nhint: its quantities are {}",
                known.join(", ")
            )
        })?;
        Ok(Outcome { name: text.to_owned(), series, quarter })
    }
}

/// The world as a function of a point of the unit cube.
struct Model<'m> {
    compiled: &'m Compiled,
    observer: &'m Observer,
    draws: &'m Draws,
    outcomes: &'m [Outcome],
    seed: u64,
}

impl Model<'_> {
    /// The outcomes at a point whose last coordinate is the luck; no numbers where the run failed.
    fn at(&self, point: &[f64]) -> Vec<f64> {
        let failed = || vec![f64::NAN; self.outcomes.len()];
        let Some((luck, point)) = point.split_last() else { return failed() };
        let Ok(parameters) = self.draws.at(point) else { return failed() };
        let run = Run { seed: self.seed, draw: (luck * 1e6) as u64, parameters };
        let Ok(seen) = run.through(self.compiled, self.observer) else { return failed() };
        self.outcomes.iter().map(|outcome| seen.get(outcome.quarter, outcome.series)).collect()
    }
}

/// What was found of one parameter for one outcome.
struct Found {
    outcome: String,
    parameter: String,
    effect: Effect,
    first: Option<sobol::Index>,
    total: Option<sobol::Index>,
}

/// The luck, as a parameter.
const LUCK: &str = "luck";

fn analysis(args: &Args, model: &Model<'_>, names: &[&str]) -> anyhow::Result<Vec<Found>> {
    let factors = names.len() + 1;
    let walks = design::morris(args.walks as usize, factors, design::Levels::Middles, args.seed);
    let runs = evaluate(&walks.points, |point| model.at(point));
    let screened = (0..model.outcomes.len())
        .map(|outcome| morris::screen(&walks, &runs.column(outcome)))
        .collect::<Result<Vec<_>, _>>()?;
    // A parameter is kept by its best rank in any outcome.
    let mut kept: Vec<usize> = Vec::new();
    let ranked: Vec<Vec<usize>> = screened.iter().map(morris::Screening::ranked).collect();
    for rank in 0..factors {
        for order in &ranked {
            let full = kept.len() >= args.keep as usize;
            if !full && !kept.contains(&order[rank]) {
                kept.push(order[rank]);
            }
        }
    }
    let design = SobolDesign::new(args.blocks as usize, kept.len(), args.seed)?;
    let runs = evaluate(&design.points, |point| {
        let mut whole = vec![0.5; factors];
        kept.iter().zip(point).for_each(|(place, share)| whole[*place] = *share);
        model.at(&whole)
    });
    let mut found = Vec::new();
    for (at, outcome) in model.outcomes.iter().enumerate() {
        let results = runs.column(at);
        let logarithm = results.iter().all(|value| value.is_nan() || *value > 0.0)
            && !outcome.name.contains("share");
        let settings = sobol::Settings { logarithm, seed: args.seed, ..sobol::Settings::default() };
        let indices = analyze(&design, &results, settings);
        let indices = indices.with_context(|| format!("`{}` cannot be analyzed", outcome.name))?;
        for (factor, effect) in screened[at].effects.iter().enumerate() {
            let place = kept.iter().position(|place| *place == factor);
            found.push(Found {
                outcome: outcome.name.clone(),
                parameter: names.get(factor).copied().unwrap_or(LUCK).to_owned(),
                effect: *effect,
                first: place.map(|place| indices.first[place]),
                total: place.map(|place| indices.total[place]),
            });
        }
    }
    if found.is_empty() {
        bail!("there is nothing to analyze: name an outcome with `--of`");
    }
    Ok(found)
}

fn csv(found: &[Found]) -> String {
    let mut text = String::from(
        "method,output,parameter,first,first_low,first_high,total,total_low,total_high,mu_star,sigma\n",
    );
    for row in found {
        let Effect { mu_star, sigma, .. } = row.effect;
        let _ = writeln!(text, "morris,{},{},,,,,,,{mu_star},{sigma}", row.outcome, row.parameter);
        if let (Some(first), Some(total)) = (row.first, row.total) {
            let _ = writeln!(
                text,
                "sobol,{},{},{},{},{},{},{},{},,",
                row.outcome,
                row.parameter,
                first.value,
                first.low,
                first.high,
                total.value,
                total.low,
                total.high
            );
        }
    }
    text
}

fn sheet(found: &[Found], compiled: &Compiled, language: Language) -> Sheet {
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    let mut rows: Vec<&Found> = found.iter().filter(|row| row.total.is_some()).collect();
    let total = |row: &Found| row.total.map_or(0.0, |total| total.value);
    rows.sort_by(|a, b| a.outcome.cmp(&b.outcome).then(total(b).total_cmp(&total(a))));
    rows.retain(|row| total(row) >= 0.01);
    let cells = |row: &&Found| {
        let index = |index: Option<sobol::Index>| match index {
            Some(it) => [it.value, it.low, it.high].map(|value| decimals(value, 2)),
            None => [Cell::None, Cell::None, Cell::None],
        };
        let ([first, ..], [total, low, high]) = (index(row.first), index(row.total));
        vec![
            Cell::Text(row.outcome.clone()),
            Cell::Text(row.parameter.clone()),
            first,
            total,
            low,
            high,
        ]
    };
    Sheet {
        title: match language {
            Language::En => format!("What the outcomes of `{}` depend on", compiled.scenario.id),
            Language::Zh => format!("情景 `{}` 的结果取决于什么", compiled.scenario.id),
        },
        notes: vec![
            language
                .pick(
                    "Shares of the variance over the distributions of the parameters, of logarithms except for shares: alone, and with all that a parameter does together with others; 95 % intervals by bootstrap. Shares below 1 % are left out here and stand in sensitivity.csv (--into).",
                    "参数分布所致方差的份额（除份额类外取对数）：单独作用，以及与其他参数共同作用；自助法 95 % 区间。低于 1 % 者此处略去，见 sensitivity.csv（--into）。",
                )
                .to_owned(),
        ],
        heads: true,
        columns: vec![
            text("output", ["outcome", "结果"]),
            text("parameter", ["parameter", "参数"]),
            number("first", ["alone", "单独"]),
            number("total", ["in all", "总计"]),
            number("total_low", ["from", "自"]),
            number("total_high", ["to", "至"]),
        ],
        rows: rows.iter().map(cells).collect(),
        empty: String::new(),
    }
}

//! `weir lab discover`: under which assumptions a quantity passes a threshold.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use lab::ensemble::{self, Draws};
use lab::robust::discovery::{Cases, Discovery, HeldOut, Question, Side, Threshold, discover};
use lab::robust::outcomes::no_series;
use lab::stats::discover::Step;
use lab::stats::prior::Row;
use lab::world::Quarter;
use lab::world::observe::Observer;
use serde_json::{Value, json};

use super::fit::write;
use super::inputs::Fitted;
use super::regret::{csv_of, quarter};
use super::run::{bar, depends, threads};
use super::scenarios::{self, Loaded};
use super::{column, decimals, share};
use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::lab::{names, words};
use crate::output::sheet::{Cell, Kind, Sheet, grouped};
use crate::{Common, Done};

/// What to explain.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenarios, by name or file; of several, which one it is counts as an assumption.
    #[arg(default_value = "diffusion-enforced", value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// The quantity.
    #[arg(long, default_value = "china_total_cum")]
    quantity: String,
    /// Whose quantity: `world`, a place by its code, or another actor of the results.
    #[arg(long, default_value = "world")]
    actor: String,
    /// The quarter.
    #[arg(long, value_name = "QUARTER", default_value = "2030Q4", value_parser = quarter)]
    at: Quarter,
    /// Runs above this are of interest: a number, or p90 for the 90 percent quantile of the runs,
    /// which it is where nothing is given.
    #[arg(long, value_name = "VALUE", conflicts_with = "below", value_parser = threshold)]
    above: Option<Threshold>,
    /// Runs below this are of interest.
    #[arg(long, value_name = "VALUE", value_parser = threshold)]
    below: Option<Threshold>,
    /// The least share of runs of interest in the box; the box nearest to all of them and nothing
    /// else where none is given.
    #[arg(long, value_name = "SHARE")]
    density: Option<f64>,
    /// How many parameters a box and a rule may be made of: those that differ most among the runs
    /// of interest.
    #[arg(long, default_value = "8", value_parser = clap::value_parser!(u64).range(1..=100))]
    keep: u64,
    /// How many draws of the parameters each scenario gets; the same ones in all.
    #[arg(long, default_value = "4000", value_parser = clap::value_parser!(u64).range(20..=1_000_000))]
    draws: u64,
    /// How often runs are drawn anew, to see whether the box comes out again.
    #[arg(long, default_value = "20", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    resamples: u64,
    /// How many cuts deep the tree of rules goes at most.
    #[arg(long, default_value = "4", value_parser = clap::value_parser!(u64).range(1..=30))]
    depth: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "1")]
    seed: u64,
    /// Draw from the particles of the fit, not from the distributions as they are believed: they
    /// are few, so that a box holds less well where it was not searched.
    #[arg(long)]
    fitted: bool,
    #[command(flatten)]
    inputs: Fitted,
    /// How many threads to use; as many as there are cores where none are named.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// A folder for `discovery-box.csv`, `discovery-steps.csv`, `discovery-rules.csv` and
    /// `discovery.json`, which a report draws.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

fn threshold(text: &str) -> Result<Threshold, String> {
    text.parse()
}

/// Discovers.
///
/// # Errors
/// A quantity that does not exist, a threshold that tells no runs apart, a file that cannot be
/// written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    args.form.format()?;
    threads(args.threads);
    let tables = args.inputs.tables()?;
    // Whoever names particles wants to draw from them.
    let is_fitted = args.fitted || args.inputs.has_particles();
    let draws = tables.draws(args.seed, is_fitted)?;
    let world = Arc::new(tables.world()?);
    let mut loaded: Vec<Loaded> = Vec::new();
    for scenario in &args.scenarios {
        let one = scenarios::load(scenario, &world, common)?;
        if loaded.iter().any(|other| other.compiled.scenario.id == one.compiled.scenario.id) {
            bail!("the scenario `{}` is named twice", one.compiled.scenario.id);
        }
        loaded.push(one);
    }
    let observer = Observer::new(&loaded[0].compiled);
    let series = observer
        .find(&args.actor, &args.quantity)
        .ok_or_else(|| anyhow!("{}", no_series(&observer, &args.quantity, &args.actor)))?;
    let unit = observer.series[series].unit;
    let (cases, failed) = cases(args, common, &loaded, &draws, series);
    let (side, threshold) = match (args.above, args.below) {
        (_, Some(below)) => (Side::Below, below),
        (above, None) => (Side::Above, above.unwrap_or(Threshold::Quantile(0.9))),
    };
    let question = Question {
        threshold,
        side,
        density: args.density,
        keep: args.keep as usize,
        resamples: args.resamples as usize,
        depth: args.depth as usize,
        seed: args.seed,
    };
    let discovery = discover(&cases, question)?;
    let found = Found { args, discovery, cases: &cases, draws: &draws, side, unit, is_fitted };
    if let Some(folder) = &args.into {
        write(folder, "discovery-box.csv", &found.box_table()?)?;
        write(folder, "discovery-steps.csv", &found.steps_table()?)?;
        write(folder, "discovery-rules.csv", &found.rules_table()?)?;
        let record =
            found.record(depends(common, &loaded, (&tables, is_fitted), &[])?, &loaded, &failed);
        write(folder, "discovery.json", &(serde_json::to_string_pretty(&record)? + "\n"))?;
    }
    args.form.write(&found.sheet(common.lang), common)?;
    Ok(Done::Good)
}

/// Lets all scenarios run; the draws that failed have no value and are told.
fn cases(
    args: &Args,
    common: &Common,
    loaded: &[Loaded],
    draws: &Draws,
    series: usize,
) -> (Cases, Vec<Value>) {
    const CHUNK: usize = 50;
    let mut cases = Cases::default();
    cases.names.extend(draws.priors().factors().map(|row| row.symbol.clone()));
    let is_one = loaded.len() == 1;
    if !is_one {
        let ids = loaded.iter().map(|one| format!("scenario:{}", one.compiled.scenario.id));
        cases.names.extend(ids);
    }
    let mut failed = Vec::new();
    // Draws of one particle share their parameters.
    let mut groups: HashMap<Vec<u64>, u64> = HashMap::new();
    let bar = bar(common, args.draws * loaded.len() as u64);
    for (at, one) in loaded.iter().enumerate() {
        let observer = Observer::new(&one.compiled);
        bar.set_message(one.compiled.scenario.id.clone());
        for start in (0..args.draws).step_by(CHUNK) {
            let end = (start + CHUNK as u64).min(args.draws);
            let runs = ensemble::run(&one.compiled, &observer, draws, start..end);
            for (draw, run) in (start..end).zip(runs) {
                let mut point = draws.point(draw);
                let bits: Vec<u64> = point.iter().map(|share| share.to_bits()).collect();
                if !is_one {
                    let which = |other: usize| f64::from(u8::from(other == at));
                    point.extend((0..loaded.len()).map(which));
                }
                cases.groups.push(*groups.entry(bits).or_insert(draw));
                cases.points.push(point);
                cases.values.push(run.as_ref().map_or(f64::NAN, |it| it.get(args.at, series)));
                if let Err(why) = run {
                    failed.push(json!({ "scenario": why.scenario, "draw": why.draw, "quarter": why.quarter, "what": why.what }));
                }
            }
            bar.inc(end - start);
        }
    }
    bar.finish_and_clear();
    (cases, failed)
}

/// The columns of a box: as searched, and among the runs that were held out.
const BOX: [&str; 8] = [
    "runs",
    "interesting",
    "coverage",
    "density",
    "mass",
    "held_out_runs",
    "held_out_coverage",
    "held_out_density",
];

fn box_cells(step: &Step, held: HeldOut) -> [String; 8] {
    let density = if held.density.is_finite() { held.density.to_string() } else { String::new() };
    [
        step.runs.to_string(),
        step.interesting.to_string(),
        step.coverage.to_string(),
        step.density.to_string(),
        step.mass.to_string(),
        held.runs.to_string(),
        held.coverage.to_string(),
        density,
    ]
}

/// What was found, with what it takes to say it.
struct Found<'f> {
    args: &'f Args,
    discovery: Discovery,
    cases: &'f Cases,
    draws: &'f Draws,
    side: Side,
    unit: &'static str,
    is_fitted: bool,
}

impl Found<'_> {
    /// The parameter of a coordinate that was kept; none where it is a scenario.
    fn row(&self, factor: usize) -> Option<&Row> {
        self.draws.priors().factors().nth(self.discovery.kept[factor])
    }

    fn name(&self, factor: usize) -> &str {
        &self.cases.names[self.discovery.kept[factor]]
    }

    /// The value of a coordinate in its own unit.
    fn value(&self, factor: usize, share: f64) -> f64 {
        self.row(factor).map_or(share, |row| row.prior.quantile(share))
    }

    fn box_table(&self) -> anyhow::Result<String> {
        let head = [
            "parameter",
            "meaning",
            "unit",
            "low",
            "high",
            "low_share",
            "high_share",
            "by_chance",
            "reproduced",
        ];
        let rows = self.discovery.bounds.iter().map(|bound| {
            let row = self.row(bound.factor);
            let maybe = |end: Option<f64>| end.map_or(String::new(), |end| end.to_string());
            let value = |end: Option<f64>| end.map(|end| self.value(bound.factor, end));
            vec![
                self.name(bound.factor).to_owned(),
                row.map_or(String::new(), |row| row.meaning.clone()),
                row.map_or("0 or 1".to_owned(), |row| row.unit.clone()),
                maybe(value(bound.low)),
                maybe(value(bound.high)),
                maybe(bound.low),
                maybe(bound.high),
                bound.by_chance.to_string(),
                bound.reproduced.to_string(),
            ]
        });
        csv_of(&head, rows)
    }

    fn steps_table(&self) -> anyhow::Result<String> {
        let mut head = vec!["step", "kind"];
        head.extend(BOX);
        head.extend(["bounds", "chosen"]);
        let found = &self.discovery;
        let line = |at: usize, kind: &str, step: &Step, held: HeldOut| {
            let mut cells = vec![at.to_string(), kind.to_owned()];
            cells.extend(box_cells(step, held));
            let is_chosen = kind != "box" && at == found.chosen;
            cells.extend([step.restricted.len().to_string(), is_chosen.to_string()]);
            cells
        };
        let steps = found.trajectory.steps.iter().zip(&found.trajectory_held_out).enumerate();
        let steps = steps.map(|(at, (step, held))| {
            let kind = match at {
                0 => "all",
                at if at <= found.trajectory.peeled => "peel",
                _ => "paste",
            };
            line(at, kind, step, *held)
        });
        let last = line(found.trajectory.steps.len(), "box", &found.found, found.held_out);
        csv_of(&head, steps.chain([last]))
    }

    fn rules_table(&self) -> anyhow::Result<String> {
        let mut head = vec!["rule"];
        head.extend(BOX);
        let leaves = self.discovery.leaves.iter().zip(&self.discovery.leaves_held_out);
        let rows = leaves.map(|(leaf, held)| {
            let mut cells = vec![self.rule(leaf)];
            cells.extend(box_cells(leaf, *held));
            cells
        });
        csv_of(&head, rows)
    }

    /// A box in words that any tool can read: `a > 2 and b <= 3`.
    fn rule(&self, step: &Step) -> String {
        let whole = &self.discovery.whole;
        let mut parts = Vec::new();
        for factor in &step.restricted {
            let name = self.name(*factor);
            let (low, high) = (step.bounds.low[*factor], step.bounds.high[*factor]);
            let value = |share: f64| names::digits(self.value(*factor, share));
            if low > whole.low[*factor] {
                parts.push(format!("{name} > {}", value(low)));
            }
            if high < whole.high[*factor] {
                parts.push(format!("{name} <= {}", value(high)));
            }
        }
        parts.join(" and ")
    }

    fn record(&self, mut record: Value, loaded: &[Loaded], failed: &[Value]) -> Value {
        let (args, found) = (self.args, &self.discovery);
        let ids = loaded.iter().map(|one| one.compiled.scenario.id.as_str()).collect::<Vec<_>>();
        record["scenarios"] = json!(ids);
        record["quantity"] = json!(args.quantity);
        record["actor"] = json!(args.actor);
        record["at"] = json!(args.at.to_string());
        record["unit"] = json!(self.unit);
        record["side"] = json!(if self.side == Side::Above { "above" } else { "below" });
        record["threshold"] = json!(found.threshold);
        record["runs"] = json!(found.runs.0);
        record["interesting"] = json!(found.runs.1);
        record["seed"] = json!(args.seed);
        record["draws"] = json!(args.draws);
        record["resamples"] = json!(args.resamples);
        record["parameters"] = json!(if self.is_fitted { "fitted" } else { "prior" });
        record["failed"] = json!(failed);
        record
    }

    fn sheet(&self, language: Language) -> Sheet {
        let text = |name, titles| column(language, name, titles, Kind::Text);
        let number = |name, titles| column(language, name, titles, Kind::Number);
        let end = |factor: usize, end: Option<f64>| match end {
            Some(end) => Cell::number(names::digits(self.value(factor, end))),
            None => Cell::None,
        };
        let rows = self.discovery.bounds.iter().map(|bound| {
            let unit = self.row(bound.factor).map_or("0 or 1", |row| row.unit.as_str());
            vec![
                Cell::text(self.name(bound.factor)),
                end(bound.factor, bound.low),
                end(bound.factor, bound.high),
                Cell::text(words::unit(unit, language)),
                decimals(bound.by_chance, 4),
                share(bound.reproduced),
            ]
        });
        let of = words::quantity(&self.args.quantity, language);
        Sheet {
            title: match language {
                Language::En => format!("Which assumptions take \"{of}\" there"),
                Language::Zh => format!("哪些假设使“{of}”达到此值"),
            },
            notes: self.notes(language),
            heads: false,
            columns: vec![
                text("parameter", ["parameter", "参数"]),
                number("low", ["from", "自"]),
                number("high", ["to", "至"]),
                text("unit", ["unit", "单位"]),
                number("by_chance", ["chance does as well", "偶然所致概率"]),
                column(language, "reproduced", ["comes again", "重现"], Kind::Share),
            ],
            rows: rows.collect(),
            empty: language
                .pick(
                    "no bound is left that chance would not explain as well",
                    "没有任何边界不能用偶然来解释",
                )
                .to_owned(),
        }
    }

    fn notes(&self, language: Language) -> Vec<String> {
        let found = &self.discovery;
        let (runs, passing) = found.runs;
        let [runs, passing] = [runs, passing].map(|count| grouped(&count.to_string()));
        let threshold = words::value(found.threshold, self.unit, language);
        let unit = words::unit(self.unit, language);
        let at = self.args.at;
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let step = &found.found;
        let [coverage, density, mass] = [step.coverage, step.density, step.mass].map(percent);
        let [held, held_density] = [found.held_out.coverage, found.held_out.density].map(percent);
        let is_above = self.side == Side::Above;
        let mut notes = vec![
            match language {
                Language::En => format!(
                    "Of interest: {passing} of {runs} runs that are {} {threshold} ({unit}) in {at}.",
                    if is_above { "above" } else { "below" }
                ),
                Language::Zh => format!(
                    "受关注：{runs} 次运行中有 {passing} 次在 {at} {} {threshold}（{unit}）。",
                    if is_above { "高于" } else { "低于" }
                ),
            },
            match language {
                Language::En => format!(
                    "The box below holds {coverage} of them, and {density} of its runs are of interest; it is {mass} of all runs. Among the half of the runs in which it was not searched: {held} and {held_density}. Bounds that chance would explain with more than 5 % are dropped."
                ),
                Language::Zh => format!(
                    "下列范围覆盖其中 {coverage}，范围内的运行有 {density} 受关注，占全部运行的 {mass}。在未用于搜索的另一半运行中：{held} 与 {held_density}。偶然所致概率超过 5 % 的边界已去除。"
                ),
            },
        ];
        let share = found.runs.1 as f64 / found.runs.0 as f64;
        let leaves = found.leaves.iter().zip(&found.leaves_held_out);
        for (leaf, held) in leaves.filter(|it| it.0.density > share).take(3) {
            let rule = self.rule(leaf);
            let [coverage, density] = [leaf.coverage, leaf.density].map(percent);
            let held = percent(held.density);
            notes.push(match language {
                Language::En => format!(
                    "Rule of the tree: {rule}: {density} of its runs are of interest (held out: {held}), which are {coverage} of all such runs."
                ),
                Language::Zh => {
                    format!("决策树规则：{rule}：其中 {density} 受关注（留出：{held}），占此类运行的 {coverage}。")
                }
            });
        }
        notes
    }
}

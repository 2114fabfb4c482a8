//! `weir lab run`: many draws through scenarios, into one table and a record of the run.

use std::fs;
use std::io::{self, IsTerminal, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lab::ensemble::{self, Draws, FAILS_MOST};
use lab::tables::{Name, Tables};
use lab::world::Diverged;
use lab::world::observe::Observer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::inputs::Fitted;
use super::report::supposed;
use super::scenarios::{self, Loaded};
use crate::language::Language;
use crate::output::sheet::grouped;
use crate::{Common, Done};

mod parts;

use parts::Parts;

/// Draws that one part file holds.
const PART: u64 = 50;

/// What to run.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Scenarios: `history`, `diffusion-enforced`, `no-controls`, `negotiation`, `two-camps`,
    /// `full-decoupling`, or files.
    #[arg(required_unless_present = "show", value_name = "SCENARIO")]
    scenarios: Vec<String>,
    /// How many draws of the parameters each scenario gets; the same ones in all.
    #[arg(long, default_value = "200", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    draws: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "1")]
    seed: u64,
    /// The folder for `results.parquet` and `run.json`; a run that was stopped goes on there.
    #[arg(short, long, value_name = "DIR", required_unless_present = "show")]
    output: Option<PathBuf>,
    /// Draw from the distributions as they are believed, not as fitted to history.
    #[arg(long)]
    prior: bool,
    /// How many threads to use; as many as there are cores where none are named.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    #[command(flatten)]
    inputs: Fitted,
    /// Write a shipped scenario, a pack of one, or a table, such as `history`, `negotiation.md` or
    /// `parameters.csv`, for a start of your own.
    #[arg(long = "show", value_name = "NAME", conflicts_with = "scenarios")]
    show: Option<String>,
}

/// Runs.
///
/// # Errors
/// A scenario that cannot be used, a folder of another run, a file that cannot be written, a law
/// that leaves something open; not a draw that diverged, which is told, and makes another exit
/// status where there are many.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    if let Some(name) = &args.show {
        return show(name);
    }
    let Some(output) = &args.output else { bail!("name a folder with `-o`") };
    threads(args.threads);
    let tables = tables(&args.inputs, args.prior)?;
    let draws = tables.draws(args.seed, !args.prior)?;
    let world = Arc::new(tables.world()?);
    let mut loaded: Vec<Loaded> = Vec::new();
    for scenario in &args.scenarios {
        let one = scenarios::load(scenario, &world, common)?;
        if loaded.iter().any(|other| other.compiled.scenario.id == one.compiled.scenario.id) {
            bail!("the scenario `{}` is named twice", one.compiled.scenario.id);
        }
        loaded.push(one);
    }
    let record = record(args, common, &loaded, &tables)?;
    let parts = Parts::open(output, &record)?;
    let failed = all(args, common, &loaded, &draws, &parts)?;
    let rows = parts
        .join(&loaded.iter().map(|one| one.compiled.scenario.id.as_str()).collect::<Vec<_>>())?;
    let told = loaded.iter().map(|one| &one.compiled);
    parts.finish(supposed::with(with_failures(record, &failed, rows), told)?)?;
    let lost = lost(args.draws, &loaded, &failed);
    summary(args, common, loaded.len(), rows, output);
    left_out(args, common, &failed, &lost);
    Ok(if lost.is_empty() { Done::Good } else { Done::Met })
}

/// The scenarios of which too many draws failed, and how many.
fn lost<'l>(draws: u64, loaded: &'l [Loaded], failed: &[Diverged]) -> Vec<(&'l str, usize)> {
    let count = |one: &'l Loaded| {
        let id = one.compiled.scenario.id.as_str();
        (id, failed.iter().filter(|it| it.scenario == id).count())
    };
    let is_lost = |(_, count): &(&str, usize)| *count as f64 > FAILS_MOST * draws as f64;
    loaded.iter().map(count).filter(is_lost).collect()
}

fn show(name: &str) -> anyhow::Result<Done> {
    let shipped = crate::embedded::SCENARIOS.iter();
    let found = shipped.clone().find(|(file, _)| file.strip_suffix(".toml") == Some(name));
    let table = Name::ALL.into_iter().find(|table| table.file() == name);
    let tables = Tables::shipped();
    let pack = crate::embedded::SCENARIO_PACKS.iter().find(|(file, _)| *file == name);
    let text = found.or(pack).map(|(_, text)| *text);
    let text = text.or(table.map(|table| &*tables.get(table).text));
    let Some(text) = text else {
        let files = Name::ALL.iter().map(|table| table.file());
        let packs = crate::embedded::SCENARIO_PACKS.iter().map(|(file, _)| *file);
        let known: Vec<&str> = scenarios::names().chain(packs).chain(files).collect();
        bail!("there is no scenario, pack or table `{name}`\n\nhint: one of {}", known.join(", "));
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(Done::Good)
}

/// Runs what is not there yet; the draws that diverged.
fn all(
    args: &Args,
    common: &Common,
    loaded: &[Loaded],
    draws: &Draws,
    parts: &Parts,
) -> anyhow::Result<Vec<Diverged>> {
    let bar = bar(common, args.draws * loaded.len() as u64);
    let mut failed = Vec::new();
    for one in loaded {
        let compiled = &one.compiled;
        let observer = Observer::new(compiled);
        let id = &compiled.scenario.id;
        for first in (0..args.draws).step_by(PART as usize) {
            let end = (first + PART).min(args.draws);
            bar.set_message(id.clone());
            if let Some(before) = parts.done(id, first)? {
                failed.extend(before);
            } else {
                let results = ensemble::run(compiled, &observer, draws, first..end);
                failed.extend(parts.write(id, first, &observer, results)?);
            }
            bar.inc(end - first);
        }
    }
    bar.finish_and_clear();
    Ok(failed)
}

/// The bar of a run, where somebody watches.
pub(super) fn bar(common: &Common, length: u64) -> ProgressBar {
    if common.quiet || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(4));
    let style = match common.lang {
        Language::En => "{bar:24} {pos} of {len} draws, {per_sec}, {eta} left | {msg}",
        Language::Zh => "{bar:24} {pos}/{len} 次抽样，{per_sec}，剩余 {eta} | {msg}",
    };
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

/// What the results depend on: by this a run is known again, and can be repeated.
fn record(
    args: &Args,
    common: &Common,
    loaded: &[Loaded],
    tables: &Tables,
) -> anyhow::Result<Value> {
    let ids = loaded.iter().map(|one| one.compiled.scenario.id.as_str()).collect::<Vec<_>>();
    let mut record = depends(common, loaded, (tables, !args.prior), &[])?;
    record["seed"] = json!(args.seed);
    record["draws"] = json!(args.draws);
    record["parameters"] = json!(if args.prior { "prior" } else { "fitted" });
    record["scenarios"] = json!(ids);
    Ok(record)
}

/// The hash of texts, of which none can be taken for a part of another one.
fn hash<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The tables, where particles are named only to be drawn from.
pub(super) fn tables(inputs: &Fitted, prior: bool) -> anyhow::Result<Tables> {
    if prior && inputs.has_particles() {
        bail!(
            "`--posterior` names particles, and `--prior` draws none\n\nhint: leave one of them out"
        );
    }
    inputs.tables()
}

/// The hashes of law, of the tables that the world is made of (with particles, where it is drawn
/// from them), of more data, and of the program.
pub(super) fn depends(
    common: &Common,
    loaded: &[Loaded],
    (tables, fitted): (&Tables, bool),
    more: &[&str],
) -> anyhow::Result<Value> {
    let law = |one: &Loaded| hash(one.texts.iter().map(|source| source.text.as_str()));
    let laws: serde_json::Map<String, Value> = loaded
        .iter()
        .map(|one| (one.compiled.scenario.id.clone(), Value::String(law(one))))
        .collect();
    let particles = fitted.then_some(Name::Posterior);
    let used: Vec<Name> = Name::WORLD.into_iter().chain(particles).collect();
    let texts = used.iter().map(|name| &*tables.get(*name).text);
    let each = used.iter().map(|name| {
        let text = hash(std::iter::once(&*tables.get(*name).text));
        let from = if tables.is_shipped(*name) { "shipped" } else { "given" };
        (name.file().to_owned(), json!({ "hash": text, "from": from }))
    });
    let each: serde_json::Map<String, Value> = each.collect();
    Ok(json!({
        "law": laws,
        "data": hash(texts.chain([crate::embedded::CHIPS]).chain(more.iter().copied())),
        "tables": each,
        "assumed": common.assume,
        "program": concat!("weir ", env!("CARGO_PKG_VERSION")),
        "program_hash": program()?,
    }))
}

/// As many threads as were asked for.
pub(super) fn threads(threads: Option<u64>) {
    if let Some(threads) = threads {
        // A pool that stands already has the threads that were asked for before.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads as usize).build_global();
    }
}

/// The hash of the program's own file: a run does not go on under other equations.
fn program() -> anyhow::Result<String> {
    let path = std::env::current_exe().context("cannot find the program's own file")?;
    let file = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Sha256::digest(&file).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn with_failures(mut record: Value, failed: &[Diverged], rows: u64) -> Value {
    let one = |it: &Diverged| json!({ "scenario": it.scenario, "draw": it.draw, "quarter": it.quarter, "what": it.what });
    record["rows"] = json!(rows);
    record["failed"] = failed.iter().map(one).collect();
    record
}

fn summary(args: &Args, common: &Common, scenarios: usize, rows: u64, output: &Path) {
    let (draws, rows) = (grouped(&args.draws.to_string()), grouped(&rows.to_string()));
    let folder = output.display();
    common.say(&match common.lang {
        Language::En => format!("{draws} draws of {scenarios} scenarios: {rows} rows in {folder}"),
        Language::Zh => format!("{scenarios} 个情景各 {draws} 次抽样：{folder} 中 {rows} 行"),
    });
}

/// Tells of the draws that failed, also where nothing else is told; `run.json` lists them all.
fn left_out(args: &Args, common: &Common, failed: &[Diverged], lost: &[(&str, usize)]) {
    for one in failed.iter().take(5) {
        common.insist(&match common.lang {
            Language::En => format!("left out: {one}"),
            Language::Zh => format!("未计入：{}", crate::chinese::message(&one.to_string())),
        });
    }
    if let Some(more) = failed.len().checked_sub(5).filter(|more| *more > 0) {
        common.insist(&match common.lang {
            Language::En => format!("and {more} more, in `run.json`"),
            Language::Zh => format!("另有 {more} 次，见 `run.json`"),
        });
    }
    for (id, count) in lost {
        let draws = args.draws;
        common.insist(&match common.lang {
            Language::En => format!(
                "error: {count} of {draws} draws of `{id}` failed, more than a tenth: the others are no sample of what was drawn"
            ),
            Language::Zh => format!(
                "错误：`{id}` 的 {draws} 次抽样中有 {count} 次失败，超过十分之一：其余抽样不能代表全部抽样"
            ),
        });
    }
}

/// Reads a JSON file.
///
/// # Errors
/// It cannot be read, or is no JSON.
pub(super) fn read_json(path: &Path) -> anyhow::Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` is no JSON", path.display()))
}

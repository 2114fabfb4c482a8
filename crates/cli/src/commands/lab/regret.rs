//! `weir lab regret`: each lever of a scenario, and whole scenarios, over the same draws.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use lab::ensemble::Draws;
use lab::robust::comparison::{Comparison, Group, Measured, compare, measure};
use lab::robust::levers::{self, Lever, Menu, pulled};
use lab::robust::outcomes::Outcome;
use lab::stats::regret::Sense;
use lab::tables::{Name, Tables};
use lab::world::observe::Observer;
use lab::world::scenario::Levers;
use lab::world::{Compiled, Diverged, Quarter, WorldData};
use law::Source;
use serde_json::{Value, json};

use super::fit::write;
use super::inputs::Fitted;
use super::run::{bar, depends, tables, threads};
use super::scenarios::{self, Loaded};
use crate::commands::ledger::Form;
use crate::{Common, Done, diagnostics};

mod tables;

/// What to compare.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The scenario whose levers are pulled, by name or file.
    #[arg(default_value = "diffusion-enforced")]
    scenario: String,
    /// A file of levers and values in place of the shipped one.
    #[arg(long, value_name = "FILE")]
    levers: Option<PathBuf>,
    /// A table of outcomes in place of the shipped one.
    #[arg(long, value_name = "FILE")]
    outcomes: Option<PathBuf>,
    /// Whole scenarios to put side by side; all shipped ones where none are named.
    #[arg(long, value_name = "SCENARIO", value_delimiter = ',')]
    beside: Vec<String>,
    /// Levers alone, without other scenarios.
    #[arg(long, conflicts_with = "beside")]
    alone: bool,
    /// The quarter in which outcomes end.
    #[arg(long, value_name = "QUARTER", default_value = "2030Q4", value_parser = quarter)]
    at: Quarter,
    /// How many draws of the parameters each alternative gets; the same ones in all.
    #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    draws: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "1")]
    seed: u64,
    /// Draw from the distributions as they are believed, not as fitted to history.
    #[arg(long)]
    prior: bool,
    /// How many threads to use; as many as there are cores where none are named.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    threads: Option<u64>,
    /// A folder for `alternatives.csv`, `regret.csv`, `effects.csv` and `regret.json`, which a
    /// report draws.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    inputs: Fitted,
    /// Write the shipped levers, for a start of your own.
    #[arg(long)]
    show_levers: bool,
    #[command(flatten)]
    form: Form,
}

/// Reads a quarter of the world.
pub(super) fn quarter(text: &str) -> Result<Quarter, String> {
    Quarter::parse(text).ok_or_else(|| {
        format!("`{text}` is no quarter of the world\n\nhint: write quarters as 2025Q1, from 2019 to 2032")
    })
}

/// An alternative: what it is, before and after it has run.
struct Alternative {
    id: String,
    group: Group,
    titles: [String; 2],
    /// The lever, its value, and what the base has when it is pulled.
    pull: Option<(Lever, f64, f64)>,
    failed: Vec<Diverged>,
}

/// Everything that was compared.
struct Compared<'c> {
    alternatives: Vec<Alternative>,
    outcomes: &'c [Outcome],
    comparison: Comparison,
    from: jiff::civil::Date,
    /// Values of levers that the base has anyway.
    same: usize,
}

/// Compares.
///
/// # Errors
/// A file that cannot be used, an alternative that cannot be compared, a file that cannot be
/// written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    if args.show_levers {
        args.form.put(levers::SHIPPED.as_bytes())?;
        return Ok(Done::Good);
    }
    args.form.format()?;
    threads(args.threads);
    let tables = tables(&args.inputs, args.prior)?;
    let draws = tables.draws(args.seed, !args.prior)?;
    let world = Arc::new(tables.world()?);
    let (menu, text) = menu(args, &tables, common)?;
    let (from, first) = (menu.from, Quarter::of(menu.from).unwrap_or(Quarter::at(0)));
    if args.at < first {
        bail!(
            "outcomes end in {}, before levers are pulled on {from}\n\nhint: give a later `--at`, or an earlier `from` in the file of levers",
            args.at
        );
    }
    let mut loaded = vec![scenarios::load(&args.scenario, &world, common)?];
    let observer = Observer::new(&loaded[0].compiled);
    let (outcomes, outcomes_text) = read_outcomes(args, &tables, &observer)?;
    beside(args, &world, common, &mut loaded)?;
    let record = depends(common, &loaded, (&tables, !args.prior), &[&text, &outcomes_text])?;
    let (alternatives, measured, same) = {
        let how = How { args, common, draws: &draws, outcomes: &outcomes, first };
        how.all(&mut loaded, &menu)?
    };
    let senses: Vec<Sense> = outcomes.iter().map(|outcome| outcome.sense).collect();
    let comparison = compare(&senses, &measured)?;
    let compared = Compared { alternatives, outcomes: &outcomes, comparison, from, same };
    if let Some(folder) = &args.into {
        write(folder, "alternatives.csv", &tables::alternatives(&compared)?)?;
        write(folder, "regret.csv", &tables::regrets(&compared)?)?;
        write(folder, "effects.csv", &tables::effects(&compared)?)?;
        let record = described(args, record, &compared);
        write(folder, "regret.json", &(serde_json::to_string_pretty(&record)? + "\n"))?;
    }
    args.form.write(&tables::sheet(&compared, args.form.format()?, common.lang), common)?;
    Ok(Done::Good)
}

/// The levers, and the text they were read from.
fn menu(args: &Args, tables: &Tables, common: &Common) -> anyhow::Result<(Menu, String)> {
    let (name, text) = match &args.levers {
        None => named(tables, Name::Levers),
        Some(path) => (path.display().to_string(), super::text_of(path, &args.form)?),
    };
    let menu = Menu::read(&Arc::new(Source { name, text: text.clone() })).map_err(|mistakes| {
        let rendered = diagnostics::render(&mistakes, false, common.lang);
        anyhow!("the levers cannot be used\n\n{}", rendered.trim_end())
    })?;
    Ok((menu, text))
}

/// The name and the text of a table.
fn named(tables: &Tables, name: Name) -> (String, String) {
    let table = tables.get(name);
    (table.file.clone(), table.text.clone().into_owned())
}

fn read_outcomes(
    args: &Args,
    tables: &Tables,
    observer: &Observer,
) -> anyhow::Result<(Vec<Outcome>, String)> {
    let (name, text) = match &args.outcomes {
        None => named(tables, Name::Outcomes),
        Some(path) => (path.display().to_string(), super::text_of(path, &args.form)?),
    };
    Ok((Outcome::read(&name, &text, observer)?, text))
}

/// Loads the scenarios that stand beside the base.
fn beside(
    args: &Args,
    world: &Arc<WorldData>,
    common: &Common,
    loaded: &mut Vec<Loaded>,
) -> anyhow::Result<()> {
    let names: Vec<String> = match (args.alone, args.beside.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => scenarios::names().map(str::to_owned).collect(),
        (false, false) => args.beside.clone(),
    };
    for name in names {
        let one = scenarios::load(&name, world, common)?;
        let id = &one.compiled.scenario.id;
        let is_there = loaded.iter().any(|other| other.compiled.scenario.id == *id);
        if is_there && !args.beside.is_empty() {
            bail!("the scenario `{id}` is named twice");
        }
        if !is_there {
            loaded.push(one);
        }
    }
    Ok(())
}

/// How alternatives run.
struct How<'h> {
    args: &'h Args,
    common: &'h Common,
    draws: &'h Draws,
    outcomes: &'h [Outcome],
    first: Quarter,
}

/// Draws that are held in memory at once.
const CHUNK: usize = 50;

impl How<'_> {
    /// Runs the base, each value of each lever, and the other scenarios; and how many values the
    /// base has anyway.
    fn all(
        &self,
        loaded: &mut [Loaded],
        menu: &Menu,
    ) -> anyhow::Result<(Vec<Alternative>, Vec<Measured>, usize)> {
        let Some((base, others)) = loaded.split_first_mut() else {
            bail!("there is no scenario to compare");
        };
        let own = base.compiled.scenario.levers.clone();
        let mut plan: Vec<(&Lever, f64, Vec<Levers>)> = Vec::new();
        let mut same = 0;
        for lever in &menu.levers {
            for value in &lever.values {
                let levers = pulled(&base.compiled.scenario, &lever.name, *value, menu.from);
                if levers == own {
                    same += 1;
                } else {
                    plan.push((lever, *value, levers));
                }
            }
        }
        let runs = (1 + plan.len() + others.len()) as u64 * self.args.draws;
        let bar = bar(self.common, runs);
        let (mut alternatives, mut measured) = (Vec::new(), Vec::new());
        let mut add = |compiled: &Compiled, id: String, group, titles, pull| {
            bar.set_message(id.clone());
            let (outcomes, failed) = self.one(compiled, &bar);
            measured.push(Measured { group, outcomes });
            alternatives.push(Alternative { id, group, titles, pull, failed });
        };
        let scenario = &base.compiled.scenario;
        let (id, titles) = (scenario.id.clone(), scenario.titles.clone());
        add(&base.compiled, id, Group::Base, titles, None);
        for (lever, value, levers) in plan {
            let before = own[self.first.index()].get(&lever.name).unwrap_or_default();
            base.compiled.scenario.levers = levers;
            let group = if lever.by.is_choice() { Group::Choice } else { Group::Answer };
            let id = format!("{}={value}", lever.name);
            let pull = Some((lever.clone(), value, before));
            add(&base.compiled, id, group, lever.titles.clone(), pull);
        }
        base.compiled.scenario.levers = own;
        for other in others {
            let scenario = &other.compiled.scenario;
            let (id, titles) = (scenario.id.clone(), scenario.titles.clone());
            add(&other.compiled, id, Group::Scenario, titles, None);
        }
        bar.finish_and_clear();
        Ok((alternatives, measured, same))
    }

    fn one(
        &self,
        compiled: &Compiled,
        bar: &indicatif::ProgressBar,
    ) -> (Vec<Vec<f64>>, Vec<Diverged>) {
        let observer = Observer::new(compiled);
        let mut outcomes = Vec::new();
        let mut failed = Vec::new();
        for start in (0..self.args.draws).step_by(CHUNK) {
            let end = (start + CHUNK as u64).min(self.args.draws);
            let what = (self.outcomes, self.first, self.args.at);
            failed.extend(measure(
                compiled,
                &observer,
                self.draws,
                start..end,
                what,
                &mut outcomes,
            ));
            bar.inc(end - start);
        }
        (outcomes, failed)
    }
}

/// What the tables depend on and what they leave out.
fn described(args: &Args, mut record: Value, compared: &Compared<'_>) -> Value {
    let alternatives = &compared.alternatives;
    record["base"] = json!(alternatives.first().map(|one| one.id.as_str()));
    record["alternatives"] = json!(alternatives.len());
    record["seed"] = json!(args.seed);
    record["draws"] = json!(args.draws);
    record["parameters"] = json!(if args.prior { "prior" } else { "fitted" });
    record["from"] = json!(compared.from.to_string());
    record["at"] = json!(args.at.to_string());
    let left = &compared.comparison.left_out;
    record["left_out"] = left.iter().map(|(at, _)| json!(alternatives[*at].id)).collect();
    let failed = alternatives.iter().flat_map(|one| {
        one.failed.iter().map(|it| {
            json!({ "alternative": one.id, "draw": it.draw, "quarter": it.quarter, "what": it.what })
        })
    });
    record["failed"] = failed.collect();
    record
}

/// A table of lines of cells, as CSV.
pub(super) fn csv_of(
    head: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(head)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().context("cannot make a table")?;
    String::from_utf8(bytes).context("cannot make a table")
}

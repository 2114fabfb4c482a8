//! Tables that other commands write beside a run.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow};
use lab::robust::tables;
use lab::table::TableError;
use serde_json::Value;

use crate::output::lab::{discovery, regret};

/// A table that may stand beside the results.
pub fn table<T>(
    folder: &Path,
    name: &str,
    read: fn(&str, &str) -> Result<T, TableError>,
) -> anyhow::Result<Option<T>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Some(read(&path.display().to_string(), &text)?))
}

/// What `weir lab regret` wrote, if all of it is there.
///
/// # Errors
/// A table that cannot be used.
pub fn regret(folder: &Path) -> anyhow::Result<Option<regret::Tables>> {
    let Some(record) = record(folder, "regret.json")? else { return Ok(None) };
    let alternatives = table(folder, "alternatives.csv", tables::read_alternatives)?;
    let regrets = table(folder, "regret.csv", tables::read_regrets)?;
    let effects = table(folder, "effects.csv", tables::read_effects)?;
    let (Some(alternatives), Some(regrets), Some(effects)) = (alternatives, regrets, effects)
    else {
        return Ok(None);
    };
    let time = ["from", "at"].map(|name| record.text(name));
    let [from, at] = time;
    Ok(Some(regret::Tables { alternatives, regrets, effects, time: [from?, at?] }))
}

/// What `weir lab discover` wrote, if all of it is there.
///
/// # Errors
/// A table that cannot be used.
pub fn discovery(folder: &Path) -> anyhow::Result<Option<discovery::Tables>> {
    let Some(record) = record(folder, "discovery.json")? else { return Ok(None) };
    let steps = table(folder, "discovery-steps.csv", tables::read_steps)?;
    let bounds = table(folder, "discovery-box.csv", tables::read_bounds)?;
    let rules = table(folder, "discovery-rules.csv", tables::read_rules)?;
    let (Some(steps), Some(bounds), Some(rules)) = (steps, bounds, rules) else { return Ok(None) };
    let scenarios = record.of("scenarios", |value| {
        let names = value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned));
        names.collect::<Option<Vec<String>>>()
    })?;
    let question = discovery::Question {
        scenarios,
        of: [record.text("quantity")?, record.text("actor")?, record.text("at")?],
        unit: record.text("unit")?,
        is_above: record.text("side")? == "above",
        threshold: record.of("threshold", Value::as_f64)?,
        runs: [record.of("runs", Value::as_u64)?, record.of("interesting", Value::as_u64)?],
    };
    Ok(Some(discovery::Tables { steps, bounds, rules, question }))
}

/// What a command says of what it wrote.
struct Record {
    path: String,
    value: Value,
}

fn record(folder: &Path, name: &str) -> anyhow::Result<Option<Record>> {
    let path = folder.join(name);
    if !path.exists() {
        return Ok(None);
    }
    let value = super::super::run::read_json(&path)?;
    Ok(Some(Record { path: path.display().to_string(), value }))
}

impl Record {
    fn text(&self, key: &str) -> anyhow::Result<String> {
        self.of(key, |value| value.as_str().map(str::to_owned))
    }

    fn of<'r, T>(&'r self, key: &str, read: impl Fn(&'r Value) -> Option<T>) -> anyhow::Result<T> {
        self.value.get(key).and_then(read).ok_or_else(|| {
            anyhow!(
                "`{}` says nothing of `{key}` that can be used\n\nhint: run the command that wrote it again",
                self.path
            )
        })
    }
}

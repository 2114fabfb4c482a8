//! The same model in Mesa, by its own Python.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::schelling::{AGENTS, Measured, RADIUS, SIDE, STEPS, WANTED};
use crate::{median, millis};

const MODEL: &str = include_str!("schelling.py");
/// Runs; the middle one counts.
const RUNS: usize = 3;

/// Runs the model.
///
/// # Errors
/// A Python that cannot be run, a model that fails.
pub fn measure(python: &Path) -> anyhow::Result<Measured> {
    let numbers = [SIDE, AGENTS, RADIUS, WANTED, STEPS, RUNS].map(|number| number.to_string());
    let output = Command::new(python)
        .args(["-c", MODEL])
        .args(numbers)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run `{}`", python.display()))?;
    if !output.status.success() {
        bail!("the model in Mesa ended with {}", output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let times = lines.next().context("Mesa told no times")?;
    let times: Result<Vec<f64>, _> = times.split_whitespace().map(str::parse).collect();
    let times = times.context("Mesa told times that are no numbers")?;
    let map = lines.next().context("Mesa told no map")?;
    let digits = map.bytes().map(|digit| digit.wrapping_sub(b'0')).collect();
    let times = times.into_iter().map(Duration::from_secs_f64).collect();
    Ok(Measured { millis: millis(median(times)), map: digits })
}

//! The most memory that runs take, in a process of their own: the peak of a process never falls.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::table::{Row, Table, Target, figure};
use crate::world::{self, World};

/// Lets runs through in parts and prints the peak of this process, kilobytes.
///
/// # Errors
/// A world that cannot be loaded, or a system that tells no peak.
pub fn take(root: &Path, runs: u64) -> anyhow::Result<()> {
    let world = World::load(root, "history")?;
    world.in_parts(runs)?;
    println!("{}", peak()?);
    Ok(())
}

/// The most memory that this process ever had, kilobytes.
fn peak() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    number.parse().context("VmHWM is no number")
}

/// Measures short and long ensembles.
///
/// # Errors
/// A process that does not run to its end.
pub fn measure(root: &Path, table: &mut Table) -> anyhow::Result<()> {
    table.part(format!("Memory, `history` in parts of {} draws, all cores", world::PART));
    if !Path::new("/proc/self/status").exists() {
        println!("memory is left out: this system has no /proc/self/status");
        return Ok(());
    }
    let mut first = None;
    for runs in [1_000u64, 10_000] {
        let megabytes = of(root, runs)?;
        let least = *first.get_or_insert(megabytes);
        table.add(Row {
            what: format!("the most memory of {} runs", figure(runs as f64)),
            measured: megabytes,
            unit: "MB",
            target: if runs == 1_000 { Target::None } else { Target::AtMost(1.1 * least) },
            against: (runs != 1_000).then_some((megabytes / least, "1,000 runs")),
        });
    }
    Ok(())
}

fn of(root: &Path, runs: u64) -> anyhow::Result<f64> {
    let program = std::env::current_exe().context("this program has no name")?;
    let runs = runs.to_string();
    let output = Command::new(program).arg(root).args(["--memory", &runs]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{runs} runs ended with {}: {}", output.status, text.trim());
    }
    let kilobytes: f64 = text.trim().parse().context("no peak was printed")?;
    Ok(kilobytes * 1024.0 / 1e6)
}

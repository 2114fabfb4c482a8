//! Measures the simulated world, and a common model of agents beside frameworks for such models,
//! in one run on one machine.
//!
//! `cargo xtask bench lab` builds this as the program is shipped, and runs it. What is compared is
//! checked: the world gives the same bits on one core and on all, and the common model ends alike
//! in every implementation.

#![expect(clippy::print_stdout, reason = "a bench talks on the terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[cfg(feature = "peers")]
mod framework;
mod memory;
mod mesa;
mod schelling;
#[path = "../../src/table.rs"]
mod table;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use table::Table;

/// What was asked for.
struct Options {
    /// The folder with the law and the data.
    root: PathBuf,
    /// The Python that has Mesa, if there is one.
    python: Option<PathBuf>,
    /// Blocks of the Sobol design.
    blocks: usize,
    /// Whether a missed target is a failure.
    gate: bool,
    /// Only lets so many runs through and says how much memory that took: how this program
    /// measures itself.
    memory: Option<u64>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run() -> anyhow::Result<bool> {
    let options = options()?;
    if let Some(runs) = options.memory {
        memory::take(&options.root, runs)?;
        return Ok(true);
    }
    let mut table = Table::default();
    world::measure(&options, &mut table)?;
    schelling::measure(options.python.as_deref(), &mut table)?;
    println!("{}", table.render());
    Ok(!options.gate || table.every_target_met())
}

fn options() -> anyhow::Result<Options> {
    let mut words = std::env::args().skip(1);
    let root = words.next().map(PathBuf::from).context("no folder of the law")?;
    let mut options = Options { root, python: None, blocks: 1024, gate: false, memory: None };
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("`{word}` needs a value"));
        match word.as_str() {
            "--python" => options.python = Some(PathBuf::from(value()?)),
            "--blocks" => options.blocks = value()?.parse().context("`--blocks` needs a number")?,
            "--memory" => {
                options.memory = Some(value()?.parse().context("`--memory` needs a number")?);
            }
            "--gate" => options.gate = true,
            _ => bail!("unknown option `{word}`"),
        }
    }
    Ok(options)
}

/// How long something takes, and what comes out.
fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let out = run();
    (out, start.elapsed())
}

/// The middle one of times.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

//! Measures how fast `weir` decides, beside a naive evaluator and beside general rule engines, in
//! one run on one machine.
//!
//! `cargo xtask bench check` builds this and the program as they are shipped, and runs it; `cargo
//! xtask bench batch` measures tables by column in the same way. Before
//! anything is timed, the answers are compared: what is measured is the same work.

#![expect(clippy::print_stdout, reason = "a bench talks on the terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

/// The allocator of the program: what is measured is what is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod columns;
mod decisions;
mod files;
mod five;
mod openfisca;
mod orders;
#[cfg(feature = "peers")]
mod peers;
mod program;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use table::Table;

/// What was asked for.
struct Options {
    /// The root of the project.
    root: PathBuf,
    /// The program, as it is shipped.
    weir: PathBuf,
    /// Where the long files go.
    scratch: PathBuf,
    /// The Python that has OpenFisca, if there is one.
    python: Option<PathBuf>,
    /// Lines of the long file.
    lines: usize,
    /// Whether tables are measured, and not single lines.
    tables: bool,
    /// Whether a missed target is a failure.
    gate: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

fn run() -> anyhow::Result<bool> {
    let options = options()?;
    let book = orders::Book::read(&options.root)?;
    let mut table = Table::default();
    if options.tables {
        columns::measure(&options, &book, &mut table)?;
        five::measure(&options, &book, &mut table)?;
        files::measure(&options, &book, &mut table)?;
    } else {
        let naive = decisions::measure(&book, &mut table)?;
        five::measure(&options, &book, &mut table)?;
        program::measure(&options, &book, naive, &mut table)?;
    }
    println!("{}", table.render());
    Ok(!options.gate || table.every_target_met())
}

fn options() -> anyhow::Result<Options> {
    let mut words = std::env::args().skip(1);
    let mut place =
        |name: &str| words.next().map(PathBuf::from).with_context(|| format!("no {name}"));
    let (root, weir, scratch) = (place("root")?, place("program")?, place("scratch folder")?);
    let mut options =
        Options { root, weir, scratch, python: None, lines: 1_000_000, tables: false, gate: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--lines" => {
                let lines = words.next().context("`--lines` needs a number")?;
                options.lines = lines.parse().context("`--lines` needs a number")?;
            }
            "--python" => {
                options.python = Some(words.next().context("`--python` needs a path")?.into());
            }
            "--tables" => options.tables = true,
            "--gate" => options.gate = true,
            _ => bail!("unknown option `{word}`"),
        }
    }
    Ok(options)
}

/// The middle of five runs, after one that warms up.
fn median_of_five(mut run: impl FnMut()) -> Duration {
    run();
    let mut took: Vec<Duration> = (0..5)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    took[took.len() / 2]
}

/// How many a second.
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

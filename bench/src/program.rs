//! The program itself: long files from CSV to JSON Lines with their peak of memory, and one line
//! from process start to answer.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::Options;
use crate::orders::Book;
use crate::per_second;
use crate::table::{Row, Table, Target};

/// Measures the program.
pub fn measure(
    options: &Options,
    book: &Book,
    naive: f64,
    table: &mut Table,
) -> anyhow::Result<()> {
    fs::create_dir_all(&options.scratch)?;
    let short_lines = (options.lines / 10).max(1);
    let place = |name: &str| options.scratch.join(name);
    let (one, short, long) = (place("one.csv"), place("short.csv"), place("long.csv"));
    book.write(&one, 1)?;
    book.write(&short, short_lines)?;
    book.write(&long, options.lines)?;
    let answers = answers(&options.weir, &short)?;
    if answers != short_lines {
        bail!("{short_lines} lines in, {answers} answers out");
    }
    let (short_took, short_peak) = run(check(&options.weir, &short).stdout(Stdio::null()))?;
    let (long_took, long_peak) = run(check(&options.weir, &long).stdout(Stdio::null()))?;
    let start = start_to_answer(&options.weir, &one)?;
    for path in [&one, &short, &long] {
        fs::remove_file(path)?;
    }
    let rate = per_second(options.lines, long_took);
    table.part(format!("weir check, {} lines of CSV to full JSON Lines", options.lines));
    let row = |what: &str, measured: f64, unit: &'static str, target: Target| Row {
        what: what.into(),
        measured,
        unit,
        target,
        against: None,
    };
    let mut lines = row("lines", rate, "/s", Target::AtLeast(150_000.0));
    lines.against = Some((rate / naive, "naive decisions alone"));
    table.add(lines);
    let short_rate = per_second(short_lines, short_took);
    table.add(row("lines, of a file a tenth as long", short_rate, "/s", Target::None));
    table.add(row("peak of memory", long_peak, "MB", Target::AtMost(300.0)));
    table.add(row("peak of memory, a tenth as long", short_peak, "MB", Target::None));
    let growth = long_peak / short_peak;
    table.add(row("peak of ten times the lines", growth, "×", Target::AtMost(1.2)));
    table.part("One line, process start to answer, median of 50");
    let start = start.as_secs_f64() * 1000.0;
    table.add(row("weir check, one line", start, "ms", Target::AtMost(40.0)));
    Ok(())
}

fn check(weir: &Path, orders: &Path) -> Command {
    let mut command = Command::new(weir);
    command.arg("check").arg(orders).args(["--format", "jsonl", "--quiet"]);
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    command
}

/// How many answers come out.
fn answers(weir: &Path, orders: &Path) -> anyhow::Result<usize> {
    let mut child = check(weir, orders).stdout(Stdio::piped()).spawn()?;
    let out = child.stdout.take().context("standard output is piped")?;
    let mut answers = 0;
    for line in BufReader::new(out).lines() {
        let line = line?;
        if !line.starts_with('{') || !line.contains("\"written\":") {
            bail!("not an answer: {}", line.chars().take(300).collect::<String>());
        }
        answers += 1;
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("weir check ended with {status}");
    }
    Ok(answers)
}

/// How long a run of the program takes, and the peak of memory in MB.
pub fn run(command: &mut Command) -> anyhow::Result<(Duration, f64)> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0.0f64;
    let ended = loop {
        // The kernel keeps the peak itself, so that looking now and then misses nothing but the
        // end.
        peak_kb = peak_kb.max(high_water_kb(&status).unwrap_or(0.0));
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let took = start.elapsed();
    if !ended.success() {
        bail!("the program ended with {ended}");
    }
    if peak_kb == 0.0 {
        bail!("the peak of memory cannot be read: no `VmHWM` in /proc");
    }
    Ok((took, peak_kb / 1024.0))
}

fn high_water_kb(status: &str) -> Option<f64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

fn start_to_answer(weir: &Path, orders: &Path) -> anyhow::Result<Duration> {
    let mut took = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        let output = check(weir, orders).stdout(Stdio::piped()).output()?;
        took.push(start.elapsed());
        if !output.status.success() || output.stdout.is_empty() {
            bail!("weir check ended with {}", output.status);
        }
    }
    took.sort_unstable();
    Ok(took[took.len() / 2])
}

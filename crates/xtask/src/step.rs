//! One command of a task: run, timed, its tests counted, its failure kept.

use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use xtask::counts::Counts;

/// The steps of a task that were run.
#[derive(Debug, Default)]
pub struct Steps {
    done: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    counts: Counts,
    /// Why it failed, where it did.
    failure: Option<String>,
    took: Duration,
}

impl Steps {
    /// Runs a command as one check that passes or fails; whether it passed.
    pub fn run(&mut self, name: &str, command: &mut Command) -> bool {
        let (status, took) = timed(|| {
            announce(name, command);
            command.current_dir(xtask::root()).stdin(Stdio::null()).status()
        });
        let failure = match status {
            Ok(status) if status.success() => None,
            Ok(status) => Some(status.to_string()),
            Err(error) => Some(format!("cannot be run: {error}")),
        };
        self.add_check(name, failure, took)
    }

    /// Runs a command that runs tests, and counts them from its closing lines.
    pub fn run_tests(&mut self, name: &str, command: &mut Command) {
        let (counted, took) = timed(|| {
            announce(name, command);
            counted(command)
        });
        let (mut counts, mut failure) = (Counts::default(), None);
        match counted {
            Ok((ended_well, found)) => {
                counts = found;
                if counts.failed > 0 {
                    failure = Some(format!("{} failed", counts.failed));
                } else if !ended_well {
                    failure = Some("it did not end well".into());
                    counts.failed = 1;
                } else if counts.passed == 0 && counts.skipped > 0 {
                    failure = Some("every test was skipped".into());
                    counts.failed = 1;
                }
            }
            Err(error) => {
                failure = Some(format!("{error:#}"));
                counts.failed = 1;
            }
        }
        self.done.push(Step { name: name.into(), counts, failure, took });
    }

    /// Notes a check that was made otherwise.
    pub fn note(&mut self, name: &str, result: Result<(), String>) {
        self.add_check(name, result.err(), Duration::ZERO);
    }

    fn add_check(&mut self, name: &str, failure: Option<String>, took: Duration) -> bool {
        let passed = failure.is_none();
        let (passes, failures) = (usize::from(passed), usize::from(!passed));
        let counts = Counts { passed: passes, failed: failures, skipped: 0 };
        self.done.push(Step { name: name.into(), counts, failure, took });
        passed
    }

    /// Says how it went, and whether everything passed. The last line is `N passed, N failed`,
    /// where a step that runs no tests counts as one.
    pub fn close(self) -> bool {
        let mut total = Counts::default();
        println!();
        for Step { name, counts, failure, took } in &self.done {
            total += *counts;
            let seconds = took.as_secs();
            let mut said = format!("{} passed", counts.passed);
            if counts.skipped > 0 {
                said += &format!(", {} skipped", counts.skipped);
            }
            match failure {
                None => println!("ok      {name:<32} {seconds:>5} s  {said}"),
                Some(why) => println!("FAILED  {name:<32} {seconds:>5} s  {said}; {why}"),
            }
        }
        println!("{} passed, {} failed", total.passed, total.failed);
        total.failed == 0
    }
}

/// Runs something and says how long it took.
#[expect(clippy::disallowed_methods, reason = "a task may say how long it took")]
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = run();
    (value, start.elapsed())
}

/// The Cargo that runs this task.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    if std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    command
}

/// Whether a program can be started from the search path.
pub fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Shows a command before it runs.
pub fn announce(name: &str, command: &Command) {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    let program = std::path::Path::new(command.get_program());
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    println!("\n== {name}: {program} {}", words.join(" "));
}

/// Runs a command, shows what it writes as it comes, and adds up the closing lines.
fn counted(command: &mut Command) -> anyhow::Result<(bool, Counts)> {
    let mut child = command
        .current_dir(xtask::root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot be run")?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let counts = thread::scope(|scope| {
        let out = scope.spawn(|| pass_on(out, std::io::stdout()));
        let err = scope.spawn(|| pass_on(err, std::io::stderr()));
        let mut sum = out.join().unwrap_or_default();
        sum += err.join().unwrap_or_default();
        sum
    });
    Ok((child.wait()?.success(), counts))
}

fn pass_on(from: Option<impl Read>, mut to: impl Write) -> Counts {
    let mut sum = Counts::default();
    let Some(from) = from else { return sum };
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        // Where nobody reads any more, the tests still run to their end.
        let _ = to.write_all(&line);
        if let Some(counts) = Counts::of_line(&String::from_utf8_lossy(&line)) {
            sum += counts;
        }
        line.clear();
    }
    sum
}

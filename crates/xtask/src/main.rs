//! What a developer runs: `cargo xtask test|lint|spec|bench|python|generate`.
//!
//! Every task runs the same commands that a developer could type, shows them, and fails where one
//! of them fails. It holds no rule of its own: those are tests (`tests/tidy`) and lints.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks on the terminal")]

mod bench;
mod gate;
mod needs;
mod python;
mod step;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo xtask TASK

  test          the whole gate: formatting, lints, tests, house rules, documentation, worked cases
  lint          what needs no test run: formatting, clippy, house rules, the packs, licenses
  spec          all three evaluators over millions of random transactions, in release
  bench check   how fast `weir check` and the engine are, beside others, in one run
  bench batch   how fast tables are decided by column, beside row by row, in one run
  bench ledger  how fast the quota ledger is, beside the naive ways of keeping a quota, in one run
  bench lab     how fast the simulated world is, and a common model beside frameworks, in one run
  python        the Python wheel alone: installed, and tested beside the program
  generate      writes the pages of docs/reference that are made from the law and the help texts

options of spec:
  --runs N      transactions of each test (default 5000000; the gate takes 100000)
  --seed N      where they begin

options of bench check and bench batch:
  --no-peers    leave out the other rule engines (they take long to build)
  --lines N     lines of the long file (default 1000000)
  --gate        exit with 1 where a target is missed

options of bench ledger:
  --entries N   entries of the long journal (default 10000000)
  --no-postgres leave out PostgreSQL
  --gate        exit with 1 where a target is missed

options of bench lab:
  --no-peers    leave out krabmaga and Mesa
  --blocks N    blocks of the Sobol design, of 47 runs each (default 1024)
  --gate        exit with 1 where a target is missed";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => gate::test(),
        ["lint"] => gate::lint(),
        ["spec", options @ ..] => gate::spec(options),
        ["python"] => gate::python(),
        ["bench", "check", options @ ..] => bench::check(options),
        ["bench", "batch", options @ ..] => bench::batch(options),
        ["bench", "ledger", options @ ..] => bench::ledger(options),
        ["bench", "lab", options @ ..] => bench::lab(options),
        ["generate"] => gate::generate(),
        ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("error: no such task: `{}`\n\n{HELP}", words.join(" "));
            return ExitCode::from(1);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

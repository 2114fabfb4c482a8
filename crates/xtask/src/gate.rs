//! The gate, the lints and the generated pages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use xtask::generate;
use xtask::packages::Workspace;

use crate::step::{Steps, cargo, is_on_path};
use crate::{needs, python};

/// Every feature, so that what is optional is held to the same, and nothing is built twice.
const ALL: &str = "--features=weir/engine";

/// What builds the tests, and the program that they run.
const TESTS: [&str; 5] = ["test", "--workspace", ALL, "--locked", "--no-run"];

/// Runs the whole gate; whether everything passed.
///
/// # Errors
/// Cargo cannot say where it builds.
pub fn test() -> anyhow::Result<bool> {
    let mut steps = Steps::default();
    needs::provide(&mut steps);
    format_and_clippy(&mut steps);
    if is_on_path("cargo-nextest") {
        let all = ["nextest", "run", "--workspace", ALL, "--locked", "--no-fail-fast"];
        steps.run_tests("tests", &mut cargo(&all));
        let docs = ["test", "--workspace", ALL, "--locked", "--doc", "--no-fail-fast"];
        steps.run_tests("documentation examples", &mut cargo(&docs));
    } else {
        println!("\ncargo-nextest is not installed: cargo test does its work");
        let all = ["test", "--workspace", ALL, "--locked", "--no-fail-fast"];
        steps.run_tests("tests", &mut cargo(&all));
    }
    steps.run(
        "documentation",
        cargo(&["doc", "--workspace", ALL, "--no-deps", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    );
    // What the tests ran is there: nothing is built for it with other features.
    match weir(&mut steps, &TESTS)? {
        Some(weir) => {
            steps.run("weir law lint", Command::new(&weir).args(["law", "lint"]));
            steps.run("weir law test", Command::new(&weir).args(["law", "test"]));
        }
        None => println!("weir does not build: its packs are not checked"),
    }
    python::test(&mut steps, &Workspace::ask()?.target)?;
    Ok(steps.close())
}

/// Runs what needs no test run; whether everything passed.
///
/// # Errors
/// Cargo cannot say where it builds.
pub fn lint() -> anyhow::Result<bool> {
    let mut steps = Steps::default();
    format_and_clippy(&mut steps);
    steps.run_tests("house rules", &mut cargo(&["test", "--locked", "-p", "xtask"]));
    if let Some(weir) = weir(&mut steps, &["build", "--locked", "-p", "weir"])? {
        steps.run("weir law lint", Command::new(weir).args(["law", "lint"]));
    }
    if is_on_path("cargo-deny") {
        // Not of the bench: it is not shipped, and its peers bring what they bring.
        let check = ["deny", "--offline", "check", "licenses", "bans", "sources"];
        steps.run("licenses and sources", &mut cargo(&check));
    } else {
        println!("\ncargo-deny is not installed: licenses and sources were not checked");
        println!("hint: cargo install --locked cargo-deny");
    }
    Ok(steps.close())
}

/// How many transactions each test of the evaluators takes where nobody says.
const SPEC_RUNS: &str = "5000000";

/// Holds the evaluators against each other over far more transactions than the gate has time for,
/// all three on every row;
/// whether everything passed.
///
/// # Errors
/// An option that is not known, or that is no number.
pub fn spec(options: &[&str]) -> anyhow::Result<bool> {
    let mut tests = cargo(&["test", "--release", "--locked", "-p", "weir-spec", "--no-fail-fast"]);
    for (name, number) in spec_settings(options)? {
        tests.env(name, number);
    }
    let mut steps = Steps::default();
    steps.run_tests("all three evaluators", &mut tests);
    Ok(steps.close())
}

/// What the tests are told.
fn spec_settings(options: &[&str]) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut settings = vec![("WEIR_SPEC_RUNS", SPEC_RUNS.to_owned())];
    let mut rest = options;
    while let [name, others @ ..] = rest {
        let setting = match *name {
            "--runs" => "WEIR_SPEC_RUNS",
            "--seed" => "WEIR_SPEC_SEED",
            _ => bail!("there is no option `{name}`; --runs N and --seed N are"),
        };
        let [number, others @ ..] = others else { bail!("`{name}` wants a number") };
        number.parse::<u64>().with_context(|| format!("`{name} {number}` is no number"))?;
        settings.retain(|(own, _)| *own != setting);
        settings.push((setting, (*number).to_owned()));
        rest = others;
    }
    Ok(settings)
}

/// Tests the Python wheel alone; whether everything passed.
///
/// # Errors
/// Cargo cannot say where it builds.
pub fn python() -> anyhow::Result<bool> {
    let mut steps = Steps::default();
    if weir(&mut steps, &TESTS)?.is_some() {
        python::test(&mut steps, &Workspace::ask()?.target)?;
    }
    Ok(steps.close())
}

/// Writes the pages that are made from the law and from the help texts.
///
/// # Errors
/// A law that cannot be read, a page that cannot be written.
pub fn generate() -> anyhow::Result<bool> {
    for (place, page) in generate::pages()? {
        let path = xtask::root().join(place);
        if fs::read_to_string(&path).is_ok_and(|known| known == page) {
            println!("{place} is up to date");
            continue;
        }
        fs::write(&path, page).with_context(|| format!("cannot write `{place}`"))?;
        println!("{place} written");
    }
    // The help texts are the program's: its own test writes their page.
    let mut steps = Steps::default();
    let help = ["test", "--locked", "-p", "weir", "--features=engine", "--test", "reference"];
    steps.run("docs/reference/cli.md", cargo(&help).env("UPDATE_EXPECT", "1"));
    Ok(steps.close())
}

fn format_and_clippy(steps: &mut Steps) {
    steps.run("formatting", &mut cargo(&["fmt", "--all", "--check"]));
    for bench in ["bench", "bench/ledger", "bench/lab"] {
        let manifest = format!("{bench}/Cargo.toml");
        let format = ["fmt", "--check", "--manifest-path", manifest.as_str()];
        steps.run(&format!("formatting of {bench}"), &mut cargo(&format));
    }
    let all = ["clippy", "--workspace", ALL, "--all-targets", "--locked", "--", "-D", "warnings"];
    steps.run("clippy", &mut cargo(&all));
}

/// Builds the program and says where it is.
fn weir(steps: &mut Steps, build: &[&str]) -> anyhow::Result<Option<PathBuf>> {
    let path = Workspace::ask()?.target.join("debug/weir");
    let built = steps.run("build", &mut cargo(build));
    Ok((built && path.is_file()).then_some(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evaluators_are_told_how_many_and_from_where() {
        let told = |options: &[&str]| spec_settings(options).map_err(|why| why.to_string());
        let runs = |runs: &str| ("WEIR_SPEC_RUNS", runs.to_owned());
        assert_eq!(told(&[]), Ok(vec![runs(SPEC_RUNS)]));
        let seed = ("WEIR_SPEC_SEED", "7".to_owned());
        assert_eq!(told(&["--seed", "7", "--runs", "90"]), Ok(vec![seed, runs("90")]));
        assert_eq!(told(&["--runs", "many"]), Err("`--runs many` is no number".to_owned()));
        assert!(told(&["--runs"]).is_err() && told(&["--run", "1"]).is_err());
    }
}

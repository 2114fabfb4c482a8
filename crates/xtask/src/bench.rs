//! Builds the program and the bench as they are shipped, and runs the bench.
//!
//! The bench is a package of its own, outside the workspace (`bench/`), so that nobody else pays
//! for the rule engines that it compares with. What is measured, and how, stands there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::bail;
use xtask::packages::Workspace;

use crate::step::{announce, cargo};

/// Runs the bench of `weir check`; whether every target was met, where that was asked.
///
/// # Errors
/// Something that does not build, or a bench that does not run to its end.
pub fn check(options: &[&str]) -> anyhow::Result<bool> {
    decisions(options, &[], &[])
}

/// Runs the bench of tables; whether every target was met, where that was asked.
///
/// # Errors
/// Something that does not build, or a bench that does not run to its end.
pub fn batch(options: &[&str]) -> anyhow::Result<bool> {
    decisions(options, &["--tables"], &["--features", "batch"])
}

fn decisions(options: &[&str], own: &[&str], features: &[&str]) -> anyhow::Result<bool> {
    let (no_peers, rest): (Vec<&str>, Vec<&str>) =
        options.iter().partition(|option| **option == "--no-peers");
    let target = Workspace::ask()?.target;
    let mut build = vec!["build", "--release", "--locked", "--manifest-path", "bench/Cargo.toml"];
    if !no_peers.is_empty() {
        build.push("--no-default-features");
    }
    let bench_target = target.join("bench");
    let program = [&["build", "--release", "--locked", "-p", "weir"], features].concat();
    run("build of weir", &mut cargo(&program))?;
    run("build of the bench", cargo(&build).env("CARGO_TARGET_DIR", &bench_target))?;
    let mut bench = Command::new(bench_target.join("release/weir-bench"));
    bench.arg(xtask::root()).arg(target.join("release/weir")).arg(bench_target.join("scratch"));
    if no_peers.is_empty()
        && let Some(python) = environment(&bench_target.join("openfisca"), OPENFISCA)
    {
        bench.arg("--python").arg(python);
    }
    let gate = rest.contains(&"--gate");
    announce("bench", &bench);
    let status = bench.args(rest).args(own).status()?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if gate => Ok(false),
        _ => bail!("the bench ended with {status}"),
    }
}

/// Runs the bench of `weir ledger`; whether every target was met, where that was asked.
///
/// # Errors
/// Something that does not build, or a bench that does not run to its end.
pub fn ledger(options: &[&str]) -> anyhow::Result<bool> {
    let bench_target = Workspace::ask()?.target.join("bench");
    let build = ["build", "--release", "--locked", "--manifest-path", "bench/ledger/Cargo.toml"];
    run("build of the bench", cargo(&build).env("CARGO_TARGET_DIR", &bench_target))?;
    let mut bench = Command::new(bench_target.join("release/weir-bench-ledger"));
    bench.arg(bench_target.join("scratch"));
    announce("bench", &bench);
    let status = bench.args(options).status()?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if options.contains(&"--gate") => Ok(false),
        _ => bail!("the bench ended with {status}"),
    }
}

/// Runs the bench of the simulated world; whether every target was met, where that was asked.
///
/// # Errors
/// Something that does not build, or a bench that does not run to its end.
pub fn lab(options: &[&str]) -> anyhow::Result<bool> {
    let (no_peers, rest): (Vec<&str>, Vec<&str>) =
        options.iter().partition(|option| **option == "--no-peers");
    let bench_target = Workspace::ask()?.target.join("bench");
    let mut build =
        vec!["build", "--release", "--locked", "--manifest-path", "bench/lab/Cargo.toml"];
    if !no_peers.is_empty() {
        build.push("--no-default-features");
    }
    run("build of the bench", cargo(&build).env("CARGO_TARGET_DIR", &bench_target))?;
    let mut bench = Command::new(bench_target.join("release/weir-bench-lab"));
    bench.arg(xtask::root());
    if no_peers.is_empty()
        && let Some(python) = environment(&bench_target.join("mesa"), MESA)
    {
        bench.arg("--python").arg(python);
    }
    announce("bench", &bench);
    let status = bench.args(&rest).status()?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if rest.contains(&"--gate") => Ok(false),
        _ => bail!("the bench ended with {status}"),
    }
}

/// The Mesa that the bench compares with.
const MESA: &str = "mesa==3.3.1";

/// The OpenFisca that the bench of tables compares with.
const OPENFISCA: &str = "openfisca-core==46.0.1";

/// A Python environment with a package, made where there is none; `None`, and a word, where it
/// cannot be had.
fn environment(folder: &Path, package: &str) -> Option<PathBuf> {
    let python = folder.join("bin/python");
    let made = folder.join("installed");
    if python.is_file() && std::fs::read_to_string(&made).is_ok_and(|known| known == package) {
        return Some(python);
    }
    let create = ["-m", "venv", "--clear"];
    let mut environment = Command::new("python3");
    environment.args(create).arg(folder);
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", package]);
    for command in [&mut environment, &mut install] {
        announce(package, command);
        if !command.stdin(Stdio::null()).status().is_ok_and(|status| status.success()) {
            println!(
                "{package} is left out: it cannot be installed (it needs python3-venv and pip)"
            );
            return None;
        }
    }
    // Without the note it is only made anew the next time.
    let _ = std::fs::write(&made, package);
    Some(python)
}

fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    announce(name, command);
    let status = command.current_dir(xtask::root()).status()?;
    if !status.success() {
        bail!("the {name} ended with {status}");
    }
    Ok(())
}

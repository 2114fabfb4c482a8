//! Builds the program and the bench as they are shipped, and runs the bench.
//!
//! The bench is a package of its own, outside the workspace (`bench/`), so that nobody else pays
//! for the rule engines that it compares with. What is measured, and how, stands there.

use std::process::Command;

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

fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    announce(name, command);
    let status = command.current_dir(xtask::root()).status()?;
    if !status.success() {
        bail!("the {name} ended with {status}");
    }
    Ok(())
}

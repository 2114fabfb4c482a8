//! The Python wheel: installed from its folder into an environment of its own, and tested there.
//!
//! The environment stays between runs and is made anew where its requirements change. What it needs
//! comes through `pip` and its own settings.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::step::Steps;

/// The environment variable that leaves the wheel out where it is `skip`.
pub const SKIP: &str = "WEIR_TEST_PYTHON";

const PACKAGE: &str = "crates/python";
const REQUIREMENTS: &str = "crates/python/tests/requirements.txt";

/// Installs the wheel and runs its tests, beside the program in the target folder.
///
/// # Errors
/// A file that cannot be read or written.
pub fn test(steps: &mut Steps, target: &Path) -> anyhow::Result<()> {
    if std::env::var_os(SKIP).is_some_and(|it| it == "skip") {
        println!("\n{SKIP}=skip: the Python wheel is not tested");
        return Ok(());
    }
    let folder = target.join("python");
    let python = folder.join("bin/python");
    if !environment(steps, &folder, &python)? {
        return Ok(());
    }
    // The development profile: all but the wheel itself is built already.
    let install = ["-m", "pip", "install", "--no-build-isolation", "--no-deps", "--quiet"];
    let installed = steps.run(
        "python wheel",
        Command::new(&python)
            .args(install)
            .args(["--force-reinstall", PACKAGE])
            .env("MATURIN_PEP517_ARGS", "--profile dev --locked")
            .env("PATH", with_environment(&folder)?),
    );
    if installed {
        let all = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "crates/python/tests"];
        steps.run_tests(
            "python tests",
            Command::new(&python)
                .args(all)
                .env("WEIR", target.join("debug/weir"))
                .env("PYTHONDONTWRITEBYTECODE", "1"),
        );
    }
    Ok(())
}

/// Makes the environment, if there is none with these requirements; whether there is one.
fn environment(steps: &mut Steps, folder: &Path, python: &Path) -> anyhow::Result<bool> {
    let wanted = fs::read_to_string(xtask::root().join(REQUIREMENTS))
        .with_context(|| format!("cannot read `{REQUIREMENTS}`"))?;
    let made = folder.join("requirements.txt");
    if python.is_file() && fs::read_to_string(&made).is_ok_and(|known| known == wanted) {
        steps.note("python environment", Ok(()));
        return Ok(true);
    }
    let create = Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder).status();
    if !create.is_ok_and(|status| status.success()) {
        let why = "python3 -m venv cannot make one: apt-get install python3-venv";
        steps.note("python environment", Err(why.into()));
        return Ok(false);
    }
    let install = ["-m", "pip", "install", "--quiet", "-r", REQUIREMENTS];
    let installed = steps.run("python environment", Command::new(python).args(install));
    if installed {
        fs::write(&made, wanted).context("cannot note what is installed")?;
    }
    Ok(installed)
}

/// The search path with the programs of the environment first: the wheel is built by one of them.
fn with_environment(folder: &Path) -> anyhow::Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.join("bin")).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("the search path cannot be made")
}

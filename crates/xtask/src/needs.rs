//! Programs that tests need and Cargo does not bring: found, or installed where that is allowed.
//!
//! Only Debian's own packages are installed, and only by root or through a `sudo` that asks
//! nothing; elsewhere the task says what to do and fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::python;
use crate::step::{self, Steps};

struct Need {
    /// Whether it is there.
    found: fn() -> bool,
    /// The Debian package that brings it.
    package: &'static str,
    /// How the package is installed.
    options: &'static [&'static str],
    /// What needs it.
    by: &'static str,
    /// The environment variable that leaves it out where it is `skip`.
    skip: Option<&'static str>,
}

const NEEDS: [Need; 4] = [
    Need {
        found: has_browser,
        package: "chromium",
        options: &[],
        by: "the test of the HTML report",
        skip: None,
    },
    // Its tests start servers of their own, in temporary folders. Debian may start one too when it
    // installs the package; they do not meet.
    Need {
        found: has_postgres,
        package: "postgresql",
        options: &["--no-install-recommends"],
        by: "the tests of the ledger",
        skip: Some("WEIR_TEST_POSTGRES"),
    },
    Need {
        found: has_python,
        package: "python3-venv",
        options: &["--no-install-recommends"],
        by: "the tests of the Python wheel",
        skip: Some(python::SKIP),
    },
    Need {
        found: has_java,
        package: "default-jre-headless",
        options: &["--no-install-recommends"],
        by: "the test of the Python wheel on Spark",
        skip: Some(python::SKIP),
    },
];

/// Sees to it that everything is there that the tests need.
pub fn provide(steps: &mut Steps) {
    for need in &NEEDS {
        let skip = need.skip.filter(|name| std::env::var_os(name).is_some_and(|it| it == "skip"));
        if let Some(name) = skip {
            println!("\n{name}=skip: {} leave out what needs {}", need.by, need.package);
            continue;
        }
        let result = if (need.found)() { Ok(()) } else { install(need) };
        steps.note(&format!("{} is installed", need.package), result);
    }
}

fn has_browser() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].iter().any(|it| step::is_on_path(it))
}

/// Whether there is a Python that the wheel runs on, and that can make an environment.
fn has_python() -> bool {
    let ask = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";
    let asked = Command::new("python3").args(["-c", ask]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn has_java() -> bool {
    step::is_on_path("java")
}

/// Whether the programs of the server are there: where Debian puts them, a folder for each version,
/// or where `pg_config` says, or on the search path.
fn has_postgres() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let asked = || {
        let told = Command::new("pg_config").arg("--bindir").output().ok()?;
        Some(PathBuf::from(String::from_utf8(told.stdout).ok()?.trim()))
    };
    versions.map(|version| version.path().join("bin")).any(|folder| has_server(&folder))
        || asked().is_some_and(|folder| has_server(&folder))
        || SERVER.iter().all(|program| step::is_on_path(program))
}

const SERVER: [&str; 4] = ["postgres", "initdb", "pg_ctl", "psql"];

fn has_server(folder: &Path) -> bool {
    SERVER.iter().all(|program| folder.join(program).is_file())
}

fn install(need: &Need) -> Result<(), String> {
    let out =
        |how: &str| Err(format!("{how}; {} needs it: apt-get install {}", need.by, need.package));
    if !step::is_on_path("apt-get") {
        return out("not found, and there is no apt-get to install it with");
    }
    let as_root: &[&str] = if is_root() {
        &[]
    } else if step::is_on_path("sudo") {
        // Without a question: nobody may be there to answer.
        &["sudo", "--non-interactive"]
    } else {
        return out("not found, and only root can install it");
    };
    let install = [&["install", "-y", "-qq"], need.options, &[need.package]].concat();
    for arguments in [&["update", "-qq"][..], &install] {
        // `sudo` passes on no settings: `env` makes them behind it.
        let quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
        let words = [as_root, &quiet, arguments].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null());
        step::announce(need.package, &command);
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(status) => {
                return out(&format!(
                    "not found, and apt-get {} ended with {status}",
                    arguments[0]
                ));
            }
            Err(error) => return out(&format!("not found, and `{}`: {error}", words[0])),
        }
    }
    if (need.found)() { Ok(()) } else { out("installed, and still not found") }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

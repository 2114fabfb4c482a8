//! Programs that tests need and Cargo does not bring: found, or installed where that is allowed.
//!
//! Only Debian's own packages are installed, and only as root; elsewhere the task says what to do
//! and fails.

use std::process::{Command, Stdio};

use crate::step::{self, Steps};

struct Need {
    /// Any of these will do.
    programs: &'static [&'static str],
    /// The Debian package that brings one.
    package: &'static str,
    /// What needs it.
    by: &'static str,
}

const NEEDS: [Need; 1] = [Need {
    programs: &["chromium", "chromium-browser", "google-chrome"],
    package: "chromium",
    by: "the test of the HTML report",
}];

/// Sees to it that everything is there that the tests need.
///
/// A server that tests talk to belongs here too, once one does: started on a free port in a folder
/// of its own, its address handed to the tests in an environment variable, ended with the task.
pub fn provide(steps: &mut Steps) {
    for need in &NEEDS {
        let found = need.programs.iter().any(|program| step::is_on_path(program));
        let result = if found { Ok(()) } else { install(need) };
        steps.note(&format!("{} is installed", need.package), result);
    }
}

fn install(need: &Need) -> Result<(), String> {
    let out =
        |how: &str| Err(format!("{how}; {} needs it: apt-get install {}", need.by, need.package));
    if !step::is_on_path("apt-get") {
        return out("not found, and there is no apt-get to install it with");
    }
    if !is_root() {
        return out("not found, and only root can install it");
    }
    for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", need.package]] {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        step::announce(need.package, &command);
        match command.stdout(Stdio::null()).status() {
            Ok(status) if status.success() => {}
            Ok(status) => return out(&format!("apt-get {} ended with {status}", arguments[0])),
            Err(error) => return out(&format!("apt-get cannot be run: {error}")),
        }
    }
    Ok(())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

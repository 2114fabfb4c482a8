//! What `cargo metadata` says of the packages of this project.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

/// The workspace as Cargo sees it.
#[derive(Debug)]
pub struct Workspace {
    /// Where Cargo puts what it builds.
    pub target: PathBuf,
    /// The packages of the workspace.
    pub packages: Vec<Package>,
}

/// A package and what it depends on.
#[derive(Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Packages of this workspace that it depends on, and for what: `normal`, `dev` or `build`.
    pub on_ours: Vec<(String, String)>,
}

impl Workspace {
    /// Asks Cargo.
    ///
    /// # Errors
    /// Cargo cannot be run, or fails, or answers something else than JSON.
    pub fn ask() -> anyhow::Result<Workspace> {
        let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .current_dir(crate::root())
            .output()
            .context("cannot run cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata failed\n{}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let list = metadata["packages"].as_array().context("cargo metadata names no packages")?;
        let names: Vec<String> = list.iter().map(|package| text(&package["name"])).collect();
        let packages = list.iter().map(|package| Package {
            name: text(&package["name"]),
            on_ours: package["dependencies"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|edge| (text(&edge["name"]), edge["kind"].as_str().unwrap_or("normal").into()))
                .filter(|(name, _)| names.contains(name))
                .collect(),
        });
        Ok(Workspace {
            target: text(&metadata["target_directory"]).into(),
            packages: packages.collect(),
        })
    }
}

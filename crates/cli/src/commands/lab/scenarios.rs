//! Scenarios by name or file, with the law that they suppose.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use lab::world::{Compiled, Scenario, WorldData};
use law::Source;

use crate::loading::{self, Documents};
use crate::{Common, diagnostics, embedded};

/// The names of the scenarios that the program carries.
pub fn names() -> impl Iterator<Item = &'static str> {
    embedded::SCENARIOS.iter().filter_map(|(file, _)| file.strip_suffix(".toml"))
}

/// A scenario with what the law says in it, and all the texts that its results depend on.
pub struct Loaded {
    /// What was asked.
    pub compiled: Compiled,
    /// Vocabulary, packs and the scenario's own text.
    pub texts: Vec<Arc<Source>>,
}

/// Loads a scenario by its name or its file, and asks the law.
///
/// # Errors
/// No such scenario, a file with mistakes, a pack that it names and that is not there, a law that
/// leaves something open.
pub fn load(scenario: &str, data: &Arc<WorldData>, common: &Common) -> anyhow::Result<Loaded> {
    let (source, folder) = find(scenario)?;
    let read = Scenario::read(&source).map_err(|mistakes| {
        let rendered = diagnostics::render(&mistakes, false, common.lang);
        anyhow!("the scenario cannot be used\n\n{}", rendered.trim_end())
    })?;
    let mut documents = Documents::embedded().with(&common.law)?;
    for name in &read.packs {
        documents.packs.push(pack(name, folder.as_deref(), scenario)?);
    }
    let law = loading::law_of(&documents, &common.assume, common.lang)?;
    let mut texts = vec![Arc::clone(&documents.vocabulary), source];
    texts.extend(documents.packs);
    Ok(Loaded { compiled: Compiled::new(read, Arc::new(law), Arc::clone(data))?, texts })
}

/// The text of a scenario, and the folder it lies in if it is a file.
fn find(scenario: &str) -> anyhow::Result<(Arc<Source>, Option<PathBuf>)> {
    let shipped =
        embedded::SCENARIOS.iter().find(|(file, _)| file.strip_suffix(".toml") == Some(scenario));
    if let Some((file, text)) = shipped {
        return Ok((Arc::new(Source { name: (*file).to_owned(), text: (*text).to_owned() }), None));
    }
    let path = Path::new(scenario);
    if !path.exists() {
        let known: Vec<&str> = names().collect();
        bail!(
            "there is no scenario `{scenario}`\n\nhint: give a file, or one of {}",
            known.join(", ")
        );
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{scenario}`"))?;
    let folder = path.parent().map(Path::to_path_buf);
    Ok((Arc::new(Source { name: scenario.to_owned(), text }), folder))
}

/// A pack that a scenario names: beside its file, or one that the program carries.
fn pack(name: &str, folder: Option<&Path>, scenario: &str) -> anyhow::Result<Arc<Source>> {
    if let Some(path) = folder.map(|folder| folder.join(name)).filter(|path| path.exists()) {
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        return Ok(Arc::new(Source { name: path.display().to_string(), text }));
    }
    let shipped = embedded::SCENARIO_PACKS.iter().find(|(file, _)| *file == name);
    let Some((_, text)) = shipped else {
        bail!(
            "`{scenario}` names the pack `{name}`, which is not there\n\nhint: put it beside the scenario's file"
        );
    };
    Ok(Arc::new(Source { name: name.to_owned(), text: (*text).to_owned() }))
}

//! Loads the law: what the program carries, joined with what `--law` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use law::pack::Pack;
use law::{Diagnostic, Law, Source};

use crate::language::Language;
use crate::{diagnostics, embedded};

/// The documents of a law before they are read.
pub struct Documents {
    /// The vocabulary.
    pub vocabulary: Arc<Source>,
    /// The packs, the program's own first.
    pub packs: Vec<Arc<Source>>,
}

impl Documents {
    /// What the program carries.
    pub fn embedded() -> Documents {
        let source = |name: &str, text: &str| {
            Arc::new(Source { name: name.to_string(), text: text.to_string() })
        };
        Documents {
            vocabulary: source("law/vocabulary.toml", embedded::VOCABULARY),
            packs: embedded::PACKS
                .iter()
                .map(|(name, text)| source(&format!("law/{name}"), text))
                .collect(),
        }
    }

    /// Adds folders of packs, or single packs. A folder's `vocabulary.toml` takes the program's
    /// place.
    ///
    /// # Errors
    /// A path that cannot be read, or a folder without packs.
    pub fn with(mut self, paths: &[PathBuf]) -> anyhow::Result<Documents> {
        let mut ids: Vec<(String, PathBuf)> = Vec::new();
        for path in paths {
            let files = if path.is_dir() { pack_files(path)? } else { vec![path.clone()] };
            if files.is_empty() {
                bail!("`{}` holds no pack (*.md)", path.display());
            }
            for file in files {
                let source = read(&file)?;
                let (pack, mistakes) = Pack::read(&source);
                if pack.is_none() && mistakes.is_empty() && !path.is_dir() {
                    bail!(
                        "`{}` holds no law pack\n\nhint: a pack begins with a block ```toml pack",
                        path.display()
                    );
                }
                if let Some(pack) = pack {
                    if let Some((_, other)) = ids.iter().find(|(id, _)| *id == pack.id) {
                        bail!(
                            "`{}` and `{}` are both the pack `{}`\n\nhint: give one another `id`",
                            other.display(),
                            file.display(),
                            pack.id
                        );
                    }
                    ids.push((pack.id, file));
                }
                self.packs.push(source);
            }
            let vocabulary = path.join("vocabulary.toml");
            if vocabulary.is_file() {
                self.vocabulary = read(&vocabulary)?;
            }
        }
        Ok(self)
    }

    /// Reads them as a law, with every mistake.
    pub fn read(&self) -> (Option<Law>, Vec<Diagnostic>) {
        Law::read(&self.vocabulary, &self.packs)
    }
}

fn pack_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> anyhow::Result<Arc<Source>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Arc::new(Source { name: path.display().to_string(), text }))
}

/// The law that commands use.
///
/// # Errors
/// A law with mistakes, each rendered.
pub fn law(paths: &[PathBuf], assume: &[String], language: Language) -> anyhow::Result<Law> {
    law_of(&Documents::embedded().with(paths)?, assume, language)
}

/// The law of documents.
///
/// # Errors
/// As [`law()`].
pub fn law_of(documents: &Documents, assume: &[String], language: Language) -> anyhow::Result<Law> {
    let (law, mistakes) = documents.read();
    let Some(mut law) = law else {
        let rendered = diagnostics::render(&mistakes, false, language);
        bail!(
            "the law cannot be used\n\n{}\n\n\nhint: `weir law lint` shows the same",
            rendered.trim_end()
        );
    };
    for assumption in assume {
        let (name, value) = assumption
            .split_once('=')
            .ok_or_else(|| anyhow!("`--assume {assumption}` is not FACT=VALUE"))?;
        let Some(id) = law.vocabulary().find(name.trim()) else {
            let hint = law.vocabulary().nearest(name).unwrap_or("see `weir law facts`").to_string();
            bail!("`--assume {assumption}`: there is no fact `{name}`\n\nhint: {hint}");
        };
        let value = law.vocabulary().fact(id).parse(value).map_err(|error| {
            anyhow!("`--assume {assumption}`: {}\n\nhint: {}", error.message, error.hint)
        })?;
        if let Some(value) = value {
            law.assume(id, value);
        }
    }
    Ok(law)
}

/// Names all that a decision depends on besides the line: the program and what it carries, the
/// packs, what is taken for granted, and the vendors' tables.
///
/// # Errors
/// A path that cannot be read.
#[cfg(feature = "batch")]
pub fn fingerprint(
    paths: &[PathBuf],
    assume: &[String],
    parts: &[PathBuf],
) -> anyhow::Result<String> {
    let documents = Documents::embedded().with(paths)?;
    let parts: Vec<Arc<Source>> = parts.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    Ok(fingerprint_of(&documents, assume, parts.iter().map(|table| table.text.as_str())))
}

/// The same of documents.
#[cfg(feature = "batch")]
pub fn fingerprint_of<'t>(
    documents: &'t Documents,
    assume: &'t [String],
    parts: impl IntoIterator<Item = &'t str>,
) -> String {
    let ingredients = Ingredients {
        version: env!("CARGO_PKG_VERSION"),
        vocabulary: &documents.vocabulary.text,
        packs: documents.packs.iter().map(|pack| pack.text.as_str()).collect(),
        assume: assume.iter().map(String::as_str).collect(),
        chips: embedded::CHIPS,
        countries: embedded::COUNTRIES,
        own_parts: embedded::PARTS.iter().map(|(_, text)| *text).collect(),
        parts: parts.into_iter().collect(),
    };
    ingredients.hash()
}

/// All that a decision depends on besides the line. What it depends on through the program's code
/// is its version.
#[cfg(feature = "batch")]
#[derive(Clone, Default)]
struct Ingredients<'t> {
    version: &'t str,
    vocabulary: &'t str,
    packs: Vec<&'t str>,
    assume: Vec<&'t str>,
    chips: &'t str,
    countries: &'t str,
    /// The vendors' tables that the program carries.
    own_parts: Vec<&'t str>,
    /// Those of `--parts`.
    parts: Vec<&'t str>,
}

#[cfg(feature = "batch")]
impl Ingredients<'_> {
    fn hash(&self) -> String {
        use sha2::{Digest, Sha256};
        let Ingredients { version, vocabulary, packs, assume, chips, countries, own_parts, parts } =
            self;
        let mut hash = Sha256::new();
        // Lists go with their counts and texts with their lengths, so that none runs into the next.
        for list in [
            &[*version, vocabulary, chips, countries][..],
            packs.as_slice(),
            assume.as_slice(),
            own_parts.as_slice(),
            parts.as_slice(),
        ] {
            hash.update((list.len() as u64).to_le_bytes());
            for text in list {
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The law as it travels to others, who carry the same documents of the program's own.
///
/// # Errors
/// A path that cannot be read.
#[cfg(feature = "engine")]
pub fn shipment(
    paths: &[PathBuf],
    assume: &[String],
    parts: &[PathBuf],
) -> anyhow::Result<engine::cluster::Shipment> {
    use engine::cluster::{Document, Shipment};
    let own = Documents::embedded();
    let documents = Documents::embedded().with(paths)?;
    let document =
        |source: &Source| Document { name: source.name.clone(), text: source.text.clone() };
    let parts: Vec<Arc<Source>> = parts.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    let is_other = documents.vocabulary.text != own.vocabulary.text;
    Ok(Shipment {
        hash: fingerprint_of(&documents, assume, parts.iter().map(|table| table.text.as_str())),
        vocabulary: is_other.then(|| document(&documents.vocabulary)),
        packs: documents.packs[own.packs.len()..].iter().map(|pack| document(pack)).collect(),
        assume: assume.to_vec(),
        parts: parts.iter().map(|table| document(table)).collect(),
    })
}

#[cfg(feature = "engine")]
impl Documents {
    /// The program's own with what came in a shipment.
    pub fn shipped(shipment: &engine::cluster::Shipment) -> Documents {
        let source = |document: &engine::cluster::Document| {
            Arc::new(Source { name: document.name.clone(), text: document.text.clone() })
        };
        let mut documents = Documents::embedded();
        documents.packs.extend(shipment.packs.iter().map(source));
        if let Some(vocabulary) = &shipment.vocabulary {
            documents.vocabulary = source(vocabulary);
        }
        documents
    }
}

#[cfg(all(test, feature = "batch"))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_ingredient_is_in_the_hash() {
        let base = Ingredients {
            packs: vec!["a", "b"],
            assume: vec!["c"],
            own_parts: vec!["d"],
            parts: vec!["e"],
            ..Ingredients::default()
        };
        let change = |change: fn(&mut Ingredients<'static>)| {
            let mut changed = base.clone();
            change(&mut changed);
            changed.hash()
        };
        let hashes = [
            base.hash(),
            change(|it| it.version = "x"),
            change(|it| it.vocabulary = "x"),
            change(|it| it.chips = "x"),
            change(|it| it.countries = "x"),
            change(|it| it.packs[1] = "x"),
            change(|it| it.assume[0] = "x"),
            change(|it| it.own_parts[0] = "x"),
            change(|it| it.parts[0] = "x"),
            // What goes from the end of one list to the beginning of the next.
            change(|it| it.assume.insert(0, it.packs.pop().unwrap_or_default())),
            change(|it| it.own_parts.insert(0, it.assume.pop().unwrap_or_default())),
            change(|it| it.parts.insert(0, it.own_parts.pop().unwrap_or_default())),
        ];
        assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), hashes.len());
    }

    #[test]
    fn the_hash_of_a_law_is_that_of_everything_the_program_carries() {
        let documents = Documents::embedded();
        let assume = ["end_use=civil".to_owned()];
        let ingredients = Ingredients {
            version: env!("CARGO_PKG_VERSION"),
            vocabulary: embedded::VOCABULARY,
            packs: embedded::PACKS.iter().map(|(_, text)| *text).collect(),
            assume: vec!["end_use=civil"],
            chips: embedded::CHIPS,
            countries: embedded::COUNTRIES,
            own_parts: embedded::PARTS.iter().map(|(_, text)| *text).collect(),
            parts: vec!["part_number"],
        };
        assert!(!ingredients.own_parts.is_empty());
        assert_eq!(fingerprint_of(&documents, &assume, ["part_number"]), ingredients.hash());
    }
}

//! The files of the project, as they stand: everything but what is built and what git keeps.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::fs;
use std::path::Path;

/// A file with its place from the root, with `/` between folders.
pub struct File {
    /// Its place.
    pub place: String,
    /// Its bytes as text; what is not UTF-8 is replaced.
    pub text: String,
    /// How many bytes it has.
    pub bytes: usize,
}

/// Every file of the project.
pub fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&xtask::root(), "", &mut found);
    assert!(found.len() > 50, "the walk found only {} files", found.len());
    found
}

/// Every file whose name ends so.
pub fn files_ending(ending: &str) -> Vec<File> {
    files().into_iter().filter(|file| file.place.ends_with(ending)).collect()
}

fn walk(folder: &Path, place: &str, found: &mut Vec<File>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("cannot read `{place}`: {error}"))
        .map(|entry| entry.expect("an entry can be read"))
        .collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("an entry has a type");
        let place = if place.is_empty() { name.clone() } else { format!("{place}/{name}") };
        if kind.is_dir() {
            if name != "target" && name != ".git" {
                walk(&entry.path(), &place, found);
            }
        } else if kind.is_file() && name != ".git" {
            let bytes = fs::read(entry.path()).expect("a file can be read");
            let text = String::from_utf8_lossy(&bytes).into_owned();
            found.push(File { place, text, bytes: bytes.len() });
        }
    }
}

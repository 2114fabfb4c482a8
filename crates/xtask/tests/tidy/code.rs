//! What code may not hold, and where.

use crate::expect_none;
use crate::tree::{File, files, files_ending};

/// Words that may not stand in code of some places.
///
/// A word that ends with a letter must end there: `f64` is not found in `f64x4`. The words are
/// joined here from parts, so that this file does not hold what it looks for.
struct Ban {
    words: &'static [&'static [&'static str]],
    applies: fn(&str) -> bool,
    instead: &'static str,
}

const BANS: [Ban; 5] = [
    Ban {
        words: &[&["FIX", "ME"], &["to", "do!("], &["unimple", "mented!("], &["dbg", "!("]],
        applies: |_| true,
        instead: "finish it, or write an issue",
    },
    Ban {
        words: &[&["#[ig", "nore"]],
        applies: |_| true,
        instead: "a test that is not run says nothing: assert what is so today",
    },
    Ban {
        words: &[&["f", "32"], &["f", "64"]],
        applies: |place| is_in(place, &["law", "ledger"]),
        instead: "numbers are exact: `Num`, or integers with their unit in the name",
    },
    Ban {
        words: &[&["System", "Time"], &["Inst", "ant"]],
        applies: |place| !is_in(place, &["cli", "xtask"]) && !place.starts_with("bench/"),
        instead: "the day and the time come in as values",
    },
    Ban {
        words: &[&["std::", "fs"], &["std::", "env"], &["std::", "net"], &["std::", "process"]],
        applies: |place| place.starts_with("crates/law/src/"),
        instead: "`law` does no I/O: the caller gives it what it needs",
    },
];

fn is_in(place: &str, packages: &[&str]) -> bool {
    packages.iter().any(|package| place.starts_with(&format!("crates/{package}/src/")))
}

fn banned(file: &File, ban: &Ban) -> Vec<String> {
    let mut findings = Vec::new();
    if !(ban.applies)(&file.place) {
        return findings;
    }
    let words: Vec<String> = ban.words.iter().map(|parts| parts.concat()).collect();
    for (at, line) in file.text.lines().enumerate() {
        if let Some(word) = words.iter().find(|word| has_word(line, word)) {
            findings.push(format!("{}:{}: `{word}`: {}", file.place, at + 1, ban.instead));
        }
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    let joins = |letter: Option<char>| letter.is_some_and(|it| it.is_alphanumeric() || it == '_');
    line.match_indices(word).any(|(at, _)| {
        let (before, after) =
            (line[..at].chars().next_back(), line[at + word.len()..].chars().next());
        let open_start = !joins(word.chars().next()) || !joins(before);
        let open_end = !joins(word.chars().next_back()) || !joins(after);
        open_start && open_end
    })
}

#[test]
fn nothing_banned_is_used() {
    let mut findings = Vec::new();
    for file in files_ending(".rs") {
        findings.extend(BANS.iter().flat_map(|ban| banned(&file, ban)));
    }
    expect_none(&findings, "each line says what to do instead");
}

#[test]
fn every_file_of_code_says_what_it_is() {
    let findings: Vec<String> = files_ending(".rs")
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| format!("{} does not begin with `//! `", file.place))
        .collect();
    expect_none(&findings, "say in a sentence what it is for, and what it must not do");
}

#[test]
fn every_package_keeps_the_lints_of_the_workspace() {
    let findings: Vec<String> = files_ending("Cargo.toml")
        .into_iter()
        .filter(|file| file.place.starts_with("crates/"))
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| format!("{} does not have `[lints] workspace = true`", file.place))
        .collect();
    expect_none(&findings, "add the two lines");
}

#[test]
fn no_file_is_large() {
    const BYTES: usize = 1 << 20;
    let large = files().into_iter().filter(|file| file.bytes > BYTES);
    let findings: Vec<String> =
        large.map(|file| format!("{} has {} bytes", file.place, file.bytes)).collect();
    expect_none(&findings, "large data is made or fetched by a task, not kept in the history");
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    let folders: Vec<String> =
        ["work", "tmp", "root", "home"].iter().map(|name| format!("/{name}/")).collect();
    let mut findings = Vec::new();
    for file in files() {
        for (at, line) in file.text.lines().enumerate() {
            findings.extend(
                machine_path(line, &folders)
                    .map(|path| format!("{}:{}: `{path}`", file.place, at + 1)),
            );
        }
    }
    expect_none(&findings, "paths are from the root of the project, or given by the user");
}

fn machine_path<'f>(line: &str, folders: &'f [String]) -> Option<&'f str> {
    let starts = |before: Option<char>| {
        before.is_none_or(|letter| !letter.is_alphanumeric() && !"._-/*})".contains(letter))
    };
    folders
        .iter()
        .find(|folder| {
            line.match_indices(folder.as_str())
                .any(|(at, _)| starts(line[..at].chars().next_back()))
        })
        .map(String::as_str)
}

#[test]
fn words_are_found_whole() {
    assert!(has_word("let x: f64 = 1.0;", "f64"));
    assert!(!has_word("let x: f64x4;", "f64"));
    assert!(!has_word("let half64 = 1;", "f64"));
    assert!(has_word("    call!(x)", "call!("));
    let file = File { place: "crates/law/src/a.rs".into(), text: "\nlet x: f64;".into(), bytes: 0 };
    assert_eq!(banned(&file, &BANS[2]).len(), 1);
    let elsewhere = File { place: "crates/lab/src/a.rs".into(), ..file };
    assert_eq!(banned(&elsewhere, &BANS[2]).len(), 0);
}

#[test]
fn paths_are_found_where_they_begin() {
    let folders = ["/there/".to_string()];
    assert_eq!(machine_path("cd /there/x", &folders), Some("/there/"));
    assert_eq!(machine_path("see https://example.org/there/x", &folders), None);
    assert_eq!(machine_path("write it to target/there/x", &folders), None);
}

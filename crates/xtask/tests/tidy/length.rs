//! How wide lines, how long functions and how long files may be.

use crate::expect_none;
use crate::tree::files_ending;

const COLUMNS: usize = 100;
const FUNCTION_LINES: usize = 70;
const FILE_LINES: usize = 800;

/// Files with lines that are wider, and how many. May only shrink.
const WIDE: &[(&str, usize)] = &[];

/// Functions that are longer, and how long. May only shrink.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[("crates/law/src/eval.rs", "compute", 78)];

/// Files that are longer, and how long. May only shrink.
const LONG_FILES: &[(&str, usize)] = &[];

/// Lines that are too wide. What makes a line wide may be a text in quotes, which would be torn, or
/// a snapshot, which shows what a program writes.
fn wide_lines(text: &str) -> usize {
    let mut snapshot = false;
    let mut wide = 0;
    for line in text.lines() {
        snapshot = (snapshot || line.contains("expect![[r#\"")) && !line.contains("\"#]]");
        let code: usize = line.split('"').step_by(2).map(|part| part.chars().count()).sum();
        let inside_a_text = line.trim_start().starts_with(|first: char| first != '"')
            && (line.ends_with('\\') || line.contains("\\n\\"));
        if line.chars().count() > COLUMNS && code > COLUMNS && !snapshot && !inside_a_text {
            wide += 1;
        }
    }
    wide
}

/// The functions of a file that rustfmt wrote, with their lines from `fn` to the closing brace.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.ends_with('}') || line.ends_with(';') {
            continue;
        }
        let is_last = |line: &str| {
            line.strip_prefix(indent).is_some_and(|rest| {
                rest == "}"
                    || rest.starts_with(')') && (rest.ends_with(';') || rest.ends_with("{}"))
            })
        };
        if let Some(rest) = lines[at + 1..].iter().position(|line| is_last(line)) {
            found.push((name, rest + 2));
        }
    }
    found
}

/// The name of the function that a line begins, if it begins one.
fn function_name(line: &str) -> Option<String> {
    let (before, after) = line.trim_start().split_once("fn ")?;
    let qualifiers = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern"];
    if !before.split_whitespace().all(|word| qualifiers.contains(&word)) {
        return None;
    }
    let name: String =
        after.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// What is over the limit and not excused, and what is excused for more than it needs.
fn compare(what: &str, found: usize, limit: usize, excused: Option<usize>) -> Option<String> {
    match excused {
        None if found > limit => Some(format!("{what}: {found}, and at most {limit} are allowed")),
        Some(excused) if found > excused => {
            Some(format!("{what}: {found}, and the exception is for {excused}"))
        }
        Some(excused) if found <= limit => Some(format!(
            "{what}: {found} are allowed to all; take away its exception of {excused}"
        )),
        Some(excused) if found < excused => {
            Some(format!("{what}: shrank to {found}; lower its exception of {excused}"))
        }
        _ => None,
    }
}

#[test]
fn lines_fit() {
    let mut findings = Vec::new();
    for file in files_ending(".rs") {
        let excused = WIDE.iter().find(|(place, _)| *place == file.place).map(|(_, lines)| *lines);
        let what = format!("lines wider than {COLUMNS} columns in {}", file.place);
        findings.extend(compare(&what, wide_lines(&file.text), 0, excused));
    }
    let gone = |place: &str| !xtask::root().join(place).exists();
    findings.extend(WIDE.iter().filter(|it| gone(it.0)).map(|it| format!("{} is gone", it.0)));
    expect_none(&findings, "break the text with `\\` at the end of the line");
}

#[test]
fn functions_are_short() {
    let mut findings = Vec::new();
    let mut used = 0;
    for file in files_ending(".rs") {
        for (name, lines) in functions(&file.text) {
            let excused = LONG_FUNCTIONS.iter().find(|it| it.0 == file.place && it.1 == name);
            used += usize::from(excused.is_some());
            let what = format!("lines of `{name}` in {}", file.place);
            findings.extend(compare(&what, lines, FUNCTION_LINES, excused.map(|it| it.2)));
        }
    }
    if used < LONG_FUNCTIONS.len() {
        findings.push("an exception names a function that is gone".into());
    }
    expect_none(&findings, "move what does not branch into functions of their own");
}

#[test]
fn files_are_short() {
    let mut findings = Vec::new();
    for file in files_ending(".rs") {
        let excused = LONG_FILES.iter().find(|(place, _)| *place == file.place).map(|it| it.1);
        let what = format!("lines of {}", file.place);
        findings.extend(compare(&what, file.text.lines().count(), FILE_LINES, excused));
    }
    let gone = |place: &str| !xtask::root().join(place).exists();
    findings
        .extend(LONG_FILES.iter().filter(|it| gone(it.0)).map(|it| format!("{} is gone", it.0)));
    expect_none(&findings, "a file has one concept; give the other one its own");
}

#[test]
fn functions_are_measured() {
    let text = "\
pub(crate) const fn one() -> u8 {
    1
}

impl Thing {
    /// A fn in a comment.
    fn two(
        &self,
    ) -> u8 {
        if true {
            fn inner() {
                2;
            }
        }
    }

    fn none(&self) {}
}

trait Shape {
    fn area(
        &self,
    ) -> u8;
    fn name(&self) -> String;
}
";
    let found: Vec<String> =
        functions(text).into_iter().map(|(name, lines)| format!("{name} {lines}")).collect();
    assert_eq!(found, ["one 3", "two 9", "inner 3", "area 3"]);
}

#[test]
fn exceptions_only_shrink() {
    assert_eq!(compare("x", 70, 70, None), None);
    assert!(compare("x", 71, 70, None).is_some());
    assert_eq!(compare("x", 90, 70, Some(90)), None);
    assert!(compare("x", 91, 70, Some(90)).is_some());
    assert!(compare("x", 89, 70, Some(90)).is_some());
    assert!(compare("x", 60, 70, Some(90)).is_some());
}

#[test]
fn width_counts_characters() {
    assert_eq!(wide_lines(&"a".repeat(100)), 0);
    assert_eq!(wide_lines(&"许".repeat(100)), 0);
    assert_eq!(wide_lines(&"a".repeat(101)), 1);
}

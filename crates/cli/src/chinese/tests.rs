//! That every English text has its Chinese, read from the sources; and how phrases are found.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use super::*;

#[test]
fn phrases_are_found_by_their_pattern() {
    for (english, chinese) in [
        ("the line has no date", "该行没有日期"),
        ("`2024-13-01` is not a date", "“2024-13-01”不是日期"),
        ("`x` is of type bool, not a list or object", "`x` 的类型是真假值，不能是列表或对象"),
        ("the text names `{a.b}`, which is no fact", "文本中提到 `{a.b}`，但没有这一事实"),
        ("there is no requirement `x`", "没有名为 `x` 的许可证要求"),
        ("5 walks are too few", "5 个轨迹太少"),
        (
            "`own.csv`, row 24, column `a`: the low end 3 is not below the high end 1",
            "“own.csv”第 24 行 `a` 列：下端 3 不小于上端 1",
        ),
    ] {
        assert_eq!(text(english).as_deref(), Some(chinese), "{english}");
    }
    assert_eq!(text("nobody says this"), None);
    assert_eq!(message("`x` is empty\n\nhint: name a file"), "`x` 是空文件\n\n提示：请给出文件");
}

#[test]
fn chinese_uses_what_the_english_gives() {
    for (pattern, text) in phrases() {
        let given = pattern.matches("{}").count();
        for place in 0..10 {
            let used = text.contains(&format!("{{{place}}}"))
                || text.contains(&format!("{{{place}!}}"))
                || text.contains(&format!("{{{place},}}"));
            assert!(!used || place < given, "{pattern}: {text}");
        }
        assert!(!text.contains("{}"), "{text} would show its braces: number its places");
        assert!(!pattern.contains("{}{}"), "{pattern} cannot be told apart");
        let chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        let has_words = pattern.contains(|letter: char| letter.is_ascii_lowercase());
        let names_only = pattern.starts_with(['`', 'w', '-']) || *pattern == "eccn";
        assert!(!has_words || names_only || text.contains(chinese), "{pattern}");
    }
}

/// What stands before a text that a user may read.
const SAID: [&str; 30] = [
    "bail!(",
    "anyhow!(",
    "context(",
    "ValueError::new(",
    "Diagnostic::error(",
    ".error(",
    ".hint(",
    ".label(",
    "mismatch(",
    "unexpected(",
    "self.wrong(",
    "RowError {",
    "Warning {",
    "let message = ",
    "let hint = ",
    "message: ",
    "hint: ",
    "#[error(",
    "Err(format!(",
    "why| format!(",
    "_| format!(",
    "lines.push(format!(",
    "wrong(",
    "damaged(",
    "NotALedger(",
    "let why = ",
    "let what = ",
    "Some(DecodeError::Part(",
    "next(",
    "String::from(",
];

#[test]
fn everything_said_has_its_chinese() {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&cli.join("src"), &mut files);
    sources(&cli.join("../law/src"), &mut files);
    sources(&cli.join("../ledger/src"), &mut files);
    sources(&cli.join("../batch/src"), &mut files);
    sources(&cli.join("../engine/src"), &mut files);
    sources(&cli.join("../lab/src"), &mut files);
    assert!(files.len() > 50, "the sources are read");
    let mut without = Vec::new();
    for file in files {
        // What the interview says stands in both languages side by side.
        if file.file_name().is_some_and(|name| name == "tests.rs")
            || file.components().any(|part| part.as_os_str() == "chinese")
        {
            continue;
        }
        let source = std::fs::read_to_string(&file).expect("a source can be read");
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for said in spoken(source) {
            let parts = said.split("\n\nhint: ").flat_map(|part| part.split("\n  "));
            for part in parts.filter(|part| is_prose(part)) {
                if !is_known(part) && !without.iter().any(|(_, known)| known == part) {
                    without.push((file.display().to_string(), part.to_string()));
                }
            }
        }
    }
    assert!(without.is_empty(), "texts without Chinese: {without:#?}");
}

#[test]
fn help_has_its_chinese() {
    fn walk(command: &clap::Command, without: &mut Vec<String>) {
        let mut check = |help: Option<String>| {
            without.extend(help.filter(|help| !phrases().iter().any(|it| it.0 == help)));
        };
        check(command.get_about().map(ToString::to_string));
        check(command.get_long_about().map(ToString::to_string));
        for argument in command.get_arguments() {
            check(argument.get_help().map(ToString::to_string));
            check(argument.get_long_help().map(ToString::to_string));
            for value in argument.get_possible_values() {
                check(value.get_help().map(ToString::to_string));
            }
        }
        command.get_subcommands().for_each(|command| walk(command, without));
    }
    let mut without = Vec::new();
    let mut command = crate::Cli::command();
    command.build();
    walk(&command, &mut without);
    without.sort();
    without.dedup();
    assert!(without.is_empty(), "help without Chinese: {without:#?}");
}

/// Whether a pattern of more than a few letters of its own is that text.
fn is_known(said: &str) -> bool {
    let own = |pattern: &str| pattern.replace("{}", "").len();
    let found = |pattern: &str| own(pattern) > 5 && varying(pattern, said).is_some();
    phrases().iter().any(|(pattern, _)| *pattern == said || found(pattern))
}

/// Whether a text has words, and more than what a user types.
fn is_prose(said: &str) -> bool {
    let bare = said.replace("{}", "");
    let words = bare
        .split_whitespace()
        .filter(|word| word.len() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase()));
    let command = ["iconv ", "jq ", "tr ", "weir ", "; is {} meant?"];
    words.count() > 1 && !command.iter().any(|start| said.starts_with(start)) && said.is_ascii()
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The texts of a source that stand where something is said, with `{}` for what varies.
fn spoken(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut out = Vec::new();
    for start in SAID {
        for (at, _) in code.match_indices(start) {
            // The hint that a message holds is read with it.
            if code[..at].ends_with("\\n") {
                continue;
            }
            out.extend(texts(&code[at + start.len()..], start.ends_with(['(', '{'])));
        }
    }
    out
}

/// The quoted texts up to the end of what a call, a struct or a statement holds.
fn texts(code: &str, bracketed: bool) -> Vec<String> {
    let mut out = Vec::new();
    let mut depth = i32::from(bracketed);
    let mut letters = code.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth -= 1,
            ';' if depth == 0 => break,
            ',' if depth == 0 && !bracketed => break,
            '"' => {
                let (text, length) = unquoted(&code[at + 1..]);
                out.push(text);
                while letters.clone().next().is_some_and(|(next, _)| next < at + 1 + length) {
                    letters.next();
                }
            }
            _ => {}
        }
        if depth < i32::from(bracketed) {
            break;
        }
    }
    out
}

/// A text in quotes as it is meant, and how long it is as written, with its closing quote.
fn unquoted(code: &str) -> (String, usize) {
    let mut text = String::new();
    let mut letters = code.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (held(&text), at + 1),
            '\\' => match letters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, '\n')) => {
                    while letters.clone().next().is_some_and(|(_, next)| next.is_whitespace()) {
                        letters.next();
                    }
                }
                Some((_, other)) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    (held(&text), code.len())
}

/// A format with `{}` in every place, and single braces for doubled ones.
fn held(format: &str) -> String {
    let mut out = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' if letters.peek() == Some(&'{') => {
                letters.next();
                out.push('{');
            }
            '}' if letters.peek() == Some(&'}') => {
                letters.next();
                out.push('}');
            }
            '{' => {
                out.push_str("{}");
                letters.by_ref().take_while(|letter| *letter != '}').for_each(drop);
            }
            other => out.push(other),
        }
    }
    out
}

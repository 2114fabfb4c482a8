//! The shape of Markdown pages, of the change log, and that generated pages are up to date.

use std::fs;

use crate::expect_none;
use crate::tree::files_ending;

/// The lines of a page that are not inside a fenced block.
fn outside_fences(text: &str) -> Vec<&str> {
    let mut fence: Option<usize> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let ticks = line.trim_start().chars().take_while(|letter| *letter == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            None => lines.push(line),
            Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
            Some(_) => {}
        }
    }
    lines
}

fn title_finding(text: &str) -> Option<String> {
    let lines = outside_fences(text);
    let titles = lines.iter().filter(|line| line.starts_with("# ")).count();
    match titles {
        1 if text.starts_with("# ") => None,
        1 => Some("does not begin with its title".into()),
        titles => Some(format!("has {titles} titles")),
    }
}

#[test]
fn every_page_has_one_title() {
    let findings: Vec<String> = files_ending(".md")
        .iter()
        .filter_map(|file| Some(format!("{} {}", file.place, title_finding(&file.text)?)))
        .collect();
    expect_none(&findings, "begin with `# Title`; parts below it begin with `##`");
}

/// The places of this project that a page links to.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in outside_fences(text) {
        for (at, _) in line.match_indices("](") {
            let target = line[at + 2..].split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push(target);
            }
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for file in files_ending(".md") {
        let folder = xtask::root().join(&file.place);
        let folder = folder.parent().expect("a file is in a folder");
        let dead = links(&file.text).into_iter().filter(|target| !folder.join(target).exists());
        findings.extend(dead.map(|target| format!("{}: `{target}` does not exist", file.place)));
    }
    expect_none(&findings, "links are from the folder of the page");
}

#[test]
fn generated_pages_are_up_to_date() {
    let mut findings = Vec::new();
    for (place, page) in xtask::generate::pages().expect("the pages can be made") {
        let known = fs::read_to_string(xtask::root().join(place)).unwrap_or_default();
        if known != page {
            let at = known.lines().zip(page.lines()).take_while(|(a, b)| a == b).count();
            findings.push(format!("{place}:{}: out of date", at + 1));
        }
    }
    expect_none(&findings, "cargo xtask generate");
}

/// The groups of a version, in this order.
const GROUPS: [&str; 4] = ["### Decisions", "### Features", "### Fixes", "### Internals"];

/// What is wrong with the shape of a change log.
fn change_log_findings(text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut group: Option<usize> = None;
    let mut in_version = false;
    for (at, line) in text.lines().enumerate() {
        let mut wrong = |what: &str| findings.push(format!("CHANGELOG.md:{}: {what}", at + 1));
        if let Some(version) = line.strip_prefix("## ") {
            (in_version, group) = (true, None);
            if !is_version(version) {
                wrong("a version is `Unreleased` or `1.2.3 (2026-01-31)`");
            }
        } else if line.starts_with("### ") {
            let found = GROUPS.iter().position(|known| *known == line);
            match found {
                None => wrong("no such group"),
                Some(found) if group.is_some_and(|before| before >= found) => {
                    wrong("the groups are out of order");
                }
                _ => {}
            }
            group = found;
        } else if let Some(entry) = line.strip_prefix("- ") {
            if group.is_none() {
                wrong("an entry stands in a group");
            }
            if group == Some(0) && !entry.starts_with("★ ") {
                wrong("an entry that changes a decision begins with `★ `");
            }
        } else if in_version && !line.is_empty() && !line.starts_with("  ") {
            wrong("what is not a heading or an entry is indented below its entry");
        }
    }
    findings
}

fn is_version(text: &str) -> bool {
    let Some((number, date)) = text.split_once(' ') else { return text == "Unreleased" };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let date = date.strip_prefix('(').and_then(|date| date.strip_suffix(')')).unwrap_or_default();
    number.split('.').count() == 3
        && number.split('.').all(is_number)
        && date.split('-').map(str::len).eq([4, 2, 2])
        && date.split('-').all(is_number)
}

#[test]
fn the_change_log_keeps_its_shape() {
    let path = xtask::root().join("CHANGELOG.md");
    let text = fs::read_to_string(path).expect("there is a change log");
    assert!(text.starts_with("# Changelog\n") && text.contains("\n## "));
    expect_none(&change_log_findings(&text), "its first lines say what its shape is");
}

#[test]
fn a_bad_change_log_is_found() {
    let good = "# Changelog\n\nWords.\n\n## Unreleased\n\n### Decisions\n\n- ★ One\n  and more.\n\n\
                ### Fixes\n\n- Two.\n\n## 0.1.0 (2026-01-31)\n";
    assert_eq!(change_log_findings(good), Vec::<String>::new());
    for (bad, count) in [
        ("## 0.1\n", 1),
        ("## 0.1.0 (January)\n", 1),
        ("## Unreleased\n- One.\n", 1),
        ("## Unreleased\n### Fixes\n### Decisions\n- One.\n", 2),
        ("## Unreleased\n### Fixes\nOne.\n", 1),
        ("## Unreleased\n### Odds\n", 1),
    ] {
        assert_eq!(change_log_findings(bad).len(), count, "{bad}");
    }
}

#[test]
fn links_are_found_outside_blocks() {
    let text = "[a](b.md#c) and [d](https://example.org)\n```\n[e](f.md)\n```\n[g](#h) [i](j/)\n";
    assert_eq!(links(text), ["b.md", "j/"]);
}

#[test]
fn titles_in_blocks_do_not_count() {
    assert_eq!(title_finding("# One\n\n```sh\n# a comment\n```\n"), None);
    assert_eq!(title_finding("# One\n\n````markdown\n# Two\n```toml\n```\n````\n"), None);
    assert!(title_finding("# One\n# Two\n").is_some());
    assert!(title_finding("One\n").is_some());
}

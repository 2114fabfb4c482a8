//! What `weir law` shows: within the width of a page, and without the marks of templates.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use support::weir;
use unicode_width::UnicodeWidthStr;

fn shown(arguments: &[&str]) -> String {
    let output = weir(arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn lists_fit_a_page() {
    for command in ["list", "facts", "timeline"] {
        for language in ["en", "zh"] {
            let text = shown(&["law", command, "--lang", language]);
            assert!(text.lines().count() > 20, "{text}");
            for line in text.lines() {
                assert!(line.width() <= 100, "{command} {language}: {line}");
            }
        }
    }
    let facts = shown(&["law", "facts"]);
    assert!(facts.contains("\n    On which day is the item shipped"), "{facts}");
}

#[test]
fn the_time_line_stands_under_its_years() {
    let text = shown(&["law", "timeline"]);
    let mut lines = text.lines();
    let years = lines.next().unwrap();
    let at = years.find("2022").unwrap();
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, bar) = line.split_at(at);
        assert!(name.ends_with("  ") && !bar.contains('.'), "{line}");
    }
}

#[test]
fn texts_name_facts_without_braces() {
    let packs = shown(&["law", "list"]);
    for pack in packs.lines().filter_map(|line| line.split_whitespace().next()) {
        if pack.starts_with("us.") {
            let text = shown(&["law", "show", pack]);
            // A case gives its facts in braces; a text never has a name between two.
            assert!(!text.contains("{line_tpp}") && !text.contains("{destination}"), "{pack}");
        }
    }
    let rule = shown(&["law", "show", "lpp"]);
    assert!(rule.contains("‹line_tpp›"), "{rule}");
    let diff = shown(&["law", "diff", "2025-05-14", "2025-05-15"]);
    assert!(diff.contains('‹') && !diff.contains('{'), "{diff}");
}

#[test]
fn a_code_shows_its_rules() {
    for (code, rules) in [
        ("LPP", &["exception lpp", "obligation lpp-"][..]),
        ("NAC", &["exception nac"]),
        ("AIA", &["exception aia", "obligation aia-certification"]),
        ("3A090.a", &["class 3a090-a-1", "class 3a090-a-2"]),
    ] {
        let text = shown(&["law", "show", code]);
        for rule in rules {
            assert!(text.contains(rule), "{code}: {rule}: {text}");
        }
    }
    let output = weir(&["law", "show", "LPQ"], b"");
    let said = support::stderr(&output);
    assert!(said.contains("did you mean `LPP`?"), "{said}");
}

#[test]
fn an_order_book_of_a_vendors_parts_is_compared() {
    let folder = std::env::temp_dir().join(format!("weir-diff-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (orders, parts) = (folder.join("orders.csv"), folder.join("parts.csv"));
    let scenario =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenarios/threshold-2400.md");
    std::fs::write(&parts, "vendor,part_number,eccn,sku,chips\nV,X-9,,amd-mi210,\n").unwrap();
    let book = include_str!("../../../examples/orders.csv");
    let line = book.lines().find(|line| line.contains(",amd-mi210,,")).unwrap();
    let line = line.replace(",amd-mi210,,", ",,X-9,");
    std::fs::write(&orders, format!("{}\n{line}\n", book.lines().next().unwrap())).unwrap();
    let (orders, parts) = (orders.to_str().unwrap(), parts.to_str().unwrap());
    let without = shown(&["law", "diff", "shipped", scenario, "--orders", orders]);
    let with = ["law", "diff", "shipped", scenario, "--orders", orders, "--parts", parts];
    let with = shown(&with);
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(!without.contains(" → "), "{without}");
    assert!(with.contains(" → "), "{with}");
}

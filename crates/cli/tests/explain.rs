//! `weir explain`, run as a user does.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use serde_json::Value;
use support::{stderr, weir};

const HEADER: &str = "line_id,date,destination,quantity,item.sku,exporter.hq,exporter.role,\
    exporter.informed,end_user.location,end_user.hq,end_user.parent_hq,end_user.sector,\
    end_user.listed,end_user.listed_share,end_user.approved_under,end_use,authorization,\
    certifications,lpp_used_tpp,country_used_tpp,end_user.name";

fn line(id: &str, date: &str, to: &str, quantity: u32, parent: &str) -> String {
    format!(
        "{id},{date},{to},{quantity},nvidia-h100-sxm,US,distributor,none,{to},{to},{parent},private,\
         none,0,none,civil,none,none,0,0,Somebody"
    )
}

fn book(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn text(arguments: &[&str], input: &str) -> String {
    let output = weir(arguments, input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn json(arguments: &[&str], input: &str) -> Value {
    serde_json::from_str(&text(arguments, input)).expect("JSON")
}

#[test]
fn shows_the_tree_and_the_nearest_changes() {
    let input = book(&[line("A", "2025-06-02", "MY", 1000, "MY")]);
    let shown = text(&["explain", "-", "--format", "table", "--line", "A"], &input);
    for part in [
        "As written   license exception: LPP",
        "As enforced  no license required",
        "✓ worldwide-a (destination)  15 CFR 742.6(a)(6)(iii)(A)",
        "draws 15,832,000 of 26,900,000 TPP, 11,068,000 left",
        "quantity  1,000 → 1,700",
        "end_user.parent_hq  MY Malaysia → CN",
        "Not legal advice.",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    for line in shown.lines() {
        assert!(line.chars().count() <= 100, "too wide: {line}");
    }
    assert!(!shown.contains('\u{1b}'), "no color was asked for");
}

#[test]
fn draws_with_plain_letters_and_in_chinese() {
    let input = book(&[line("A", "2025-06-02", "MY", 1000, "MY")]);
    let ascii = text(&["explain", "-", "--format", "table", "--ascii"], &input);
    assert!(ascii.contains("`- + worldwide-a"), "{ascii}");
    let drawn: Vec<char> = "├└│✓✗─".chars().collect();
    assert!(!ascii.contains(drawn.as_slice()), "{ascii}");
    let chinese = text(&["explain", "-", "--format", "table", "--lang", "zh"], &input);
    assert!(chinese.contains("足以改变结果的最小变化"), "{chinese}");
    assert!(chinese.contains("剩余 11,068,000"), "{chinese}");
}

/// A line is explained with what the lines before it drew.
#[test]
fn counts_what_earlier_lines_drew() {
    let lines =
        [line("A", "2025-06-02", "MY", 1000, "MY"), line("B", "2025-06-03", "MY", 1000, "MY")];
    let input = book(&lines);
    let second = json(&["explain", "-", "--line", "B"], &input);
    assert_eq!(second["determination"]["written"]["outcome"], "license_required");
    let alone = json(&["explain", "-", "--line", "B", "--no-carry"], &input);
    assert_eq!(alone["determination"]["written"]["outcome"], "license_exception");
    let quantity = |explained: &Value| -> Value {
        let flips = explained["flips"].as_array().expect("a list");
        let found = flips.iter().find(|flip| flip["fact"] == "quantity");
        found.map_or(Value::Null, |flip| flip["to"].clone())
    };
    assert_eq!(quantity(&second), "699");
    assert_eq!(quantity(&alone), "1700");
}

/// The JSON has the same answer as `weir check`.
#[test]
fn agrees_with_check() {
    let input = book(&[line("A", "2026-02-01", "CN", 10, "CN")]);
    let explained = json(&["explain", "-"], &input);
    let checked: Value =
        serde_json::from_str(&text(&["check", "-", "--format", "jsonl"], &input)).expect("JSON");
    assert_eq!(explained["determination"], checked);
    assert!(explained["trace"]["written"]["requirements"].is_array());
}

#[test]
fn says_what_is_wrong_with_the_line() {
    let input = book(&[line("A-1", "2025-06-02", "MY", 1, "MY"), line("A-2", "x", "UK", 1, "MY")]);
    for (arguments, said) in [
        (&["explain", "-"][..], "several lines, and no --line says which"),
        (&["explain", "-", "--line", "A-11"], "hint: did you mean A-1?"),
        (&["explain", "-", "--line", "A-2"], "`x` is not a date"),
    ] {
        let output = weir(arguments, input.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

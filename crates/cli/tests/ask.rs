//! `weir ask`, answered from a pipe.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use serde_json::Value;
use support::{stderr, weir};

fn asked(arguments: &[&str], answers: &[&str]) -> (String, String) {
    let mut input = answers.join("\n");
    input.push('\n');
    let arguments: Vec<&str> = ["ask"].iter().chain(arguments).copied().collect();
    let output = weir(&arguments, input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (String::from_utf8(output.stdout).expect("UTF-8"), output_error(&output.stderr))
}

fn output_error(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The facts that were asked about, in order.
fn questions(shown: &str) -> Vec<&str> {
    let prompts = shown.lines().filter_map(|line| line.split_once("> "));
    let names = prompts.map(|(prompt, _)| prompt.split(' ').next().unwrap_or(prompt));
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_sale_at_home_is_settled_at_once() {
    let (shown, _) = asked(&[], &["2025-06-02", "", "US", "nvidia-h100-sxm", "none", "civil"]);
    let asked = questions(&shown);
    assert_eq!(&asked[..4], ["date", "activity", "destination", "item.sku"]);
    assert!(asked.len() < 12, "{asked:?}");
}

#[test]
fn asks_on_until_both_readings_are_settled() {
    let known = [
        "date=2025-06-02",
        "activity=export",
        "destination=MY",
        "item.sku=nvidia-h100-sxm",
        "quantity=1000",
        "end_user.listed=none",
        "end_use=civil",
        "item.eccn=3A090.a",
        "end_user.sector=private",
        "authorization=none",
        "lpp_used_tpp=0",
        "exporter.informed=none",
        "--format",
        "json",
    ];
    let (answer, dialogue) = asked(&known, &["Malaysia", "MY", "MY"]);
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!(answer["written"]["outcome"], "license_exception", "{dialogue}");
    assert_eq!(answer["enforced"]["outcome"], "no_license_required");
    assert!(dialogue.contains("= MY Malaysia"), "{dialogue}");
}

#[test]
fn goes_back_explains_and_asks_again() {
    let known = ["date=2025-06-02", "activity=export", "item.kind=chip"];
    let answers = ["UK!", "GB", "<", "?", "MY", "unknown", "."];
    let (shown, _) = asked(&known, &answers);
    assert!(shown.contains("`UK!` is not a country code"), "{shown}");
    assert!(shown.contains("hint: "), "{shown}");
    let destinations = questions(&shown).iter().filter(|name| **name == "destination").count();
    assert_eq!(destinations, 4, "{shown}");
    assert!(shown.contains("Defined or found in:"), "{shown}");
    assert!(shown.contains("Asked because "), "{shown}");
}

#[test]
fn saves_what_check_and_explain_read() {
    let folder = std::env::temp_dir().join(format!("weir-ask-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("order.json");
    let path = file.to_str().expect("UTF-8");
    let known = ["date=2025-06-02", "destination=CN", "item.sku=nvidia-h100-sxm", "--save", path];
    let (shown, said) = asked(&known, &["", "none", "."]);
    assert!(said.contains("weir explain"), "{said}");
    let saved: Value =
        serde_json::from_str(&std::fs::read_to_string(&file).expect("saved")).expect("JSON");
    assert_eq!(saved["item"]["sku"], "nvidia-h100-sxm", "{shown}");
    let checked = weir(&["check", path, "--format", "jsonl"], b"");
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    let explained = weir(&["explain", path], b"");
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn speaks_chinese() {
    let known = ["date=2025-06-02", "item.kind=chip", "--lang", "zh"];
    let (shown, _) = asked(&known, &["出口", "马来西亚", "未知", "."]);
    assert!(shown.contains("MY 马来西亚"), "{shown}");
    assert!(shown.contains("可能适用"), "{shown}");
}

#[test]
fn without_a_date_there_is_no_answer() {
    let output = weir(&["ask"], b".\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no date was given"), "{}", stderr(&output));
    let output = weir(&["ask", "destnation=MY"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("hint: destination"), "{}", stderr(&output));
}

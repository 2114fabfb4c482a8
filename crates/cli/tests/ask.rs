//! `weir ask` through a pipe: it asks only what matters, goes back, leaves unknown, saves.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what should not happen")]

mod support;

use std::path::PathBuf;

use serde_json::Value;
use support::{check, stderr, weir};

/// Holds an interview with answers, a line each, and what is written.
fn ask(arguments: &[&str], answers: &[&str]) -> String {
    let mut all = vec!["ask"];
    all.extend(arguments);
    let input: String = answers.iter().map(|answer| format!("{answer}\n")).collect();
    let output = weir(&all, input.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// How many questions were asked.
fn questions(transcript: &str) -> usize {
    let numbered = |line: &&str| {
        line.split_once(". ").is_some_and(|(number, _)| number.parse::<usize>().is_ok())
    };
    transcript.lines().filter(numbered).count()
}

/// A file of its own in the folder for the tests of the package.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Interviews and answers again from the file that was saved.
fn saved(name: &str, arguments: &[&str], answers: &[&str]) -> (String, Value, String) {
    let path = file(name);
    let shown = path.to_str().expect("the path is text");
    let mut all = vec!["--save", shown];
    all.extend(arguments);
    let transcript = ask(&all, answers);
    let line = std::fs::read_to_string(&path).expect("the transaction is saved");
    let (lines, _) = check(&line);
    (transcript, lines.into_iter().next().expect("one line"), line)
}

#[test]
fn a_chinese_destination_needs_four_questions_and_no_parent() {
    let transcript = ask(&[], &["2026-08-02", "", "china", "nvidia-h100-sxm", "no"]);
    assert!(transcript.contains("settled after 4 questions"), "{transcript}");
    assert!(transcript.contains("license required"), "{transcript}");
    assert_eq!(questions(&transcript), 4, "{transcript}");
    assert!(!transcript.contains("ultimate parent of the end user headquartered"), "{transcript}");
}

#[test]
fn a_domestic_sale_ends_after_the_destination() {
    let transcript = ask(&[], &["2026-08-02", "export", "US", "never read"]);
    assert_eq!(questions(&transcript), 3, "{transcript}");
    assert!(transcript.contains("no license required"), "{transcript}");
    assert!(transcript.contains("15 CFR 734.13"), "{transcript}");
}

#[test]
fn the_day_is_today_where_enter_is_pressed() {
    let transcript = ask(&["--set", "destination=US"], &["", ""]);
    let date = transcript.split("date = ").nth(1).and_then(|rest| rest.get(..10));
    assert!(date.is_some_and(|date| date.starts_with("20")), "{transcript}");
}

#[test]
fn goes_back_and_changes_its_mind() {
    let answers = ["2026-08-02", "", "CN", "<", "US"];
    let (transcript, answer, _) = saved("back.json", &[], &answers);
    assert!(transcript.contains("destination = CN (China)"), "{transcript}");
    assert_eq!(answer["written"]["outcome"], "no_license_required");
    let first = ask(&[], &["<", "2026-08-02", "", "US"]);
    assert!(first.contains("this is the first question"), "{first}");
}

#[test]
fn what_is_unknown_is_not_asked_again() {
    let answers =
        ["2026-08-02", "", "CN", "nvidia-rtx-4090", "unknown", "", "", "", "", "", "", ""];
    let (transcript, answer, _) = saved("unknown.json", &[], &answers);
    let asked: Vec<&str> = transcript.lines().filter(|line| line.ends_with(": unknown")).collect();
    let mut once = asked.clone();
    once.sort_unstable();
    once.dedup();
    assert!(asked.len() > 2 && asked.len() == once.len(), "{transcript}");
    assert!(transcript.contains("not settled"), "{transcript}");
    assert_eq!(answer["written"]["outcome"], "unresolved");
    let missing = answer["written"]["missing"].to_string();
    assert!(missing.contains("end_use") && transcript.contains("end_use: unknown"), "{missing}");
}

#[test]
fn wrong_answers_are_asked_again_with_a_way_out() {
    let transcript = ask(
        &[],
        &[
            "02/08/2026",
            "2026-08-02",
            "exprot",
            "1",
            "Frnace",
            "法国",
            "nvidia-h100",
            "chip",
            "1,500",
        ],
    );
    for expected in [
        "could be read as day first or month first",
        "did you mean `export`?",
        "did you mean FR (France)?",
        "destination = FR (France)",
        "there is no chip `nvidia-h100`",
        "item.kind = chip",
        "write it without separators: 1500",
    ] {
        assert!(transcript.contains(expected), "{expected}\n{transcript}");
    }
}

#[test]
fn a_question_mark_explains_in_both_languages() {
    let transcript = ask(&["--set", "date=2026-08-02"], &["?"]);
    for expected in ["activity (enum)", "15 CFR 734.13 (export)", "再出口"] {
        assert!(transcript.contains(expected), "{expected}\n{transcript}");
    }
}

#[test]
fn the_end_of_input_prints_what_is_known() {
    let transcript = ask(&[], &["2026-08-02", "", "CN"]);
    assert!(transcript.contains("not settled"), "{transcript}");
    assert!(transcript.contains("unresolved"), "{transcript}");
    let nothing = ask(&[], &[]);
    assert!(nothing.contains("nothing can be decided without a day"), "{nothing}");
}

#[test]
fn a_saved_interview_is_decided_alike() {
    let answers = [
        "2025-06-02",
        "",
        "Malaysia",
        "2",
        "nvidia-h100-sxm",
        // What is told beside the question stays true whatever is asked next.
        "quantity=10",
        "item.chips=8",
        "end_user.hq=MY",
        "end_user.parent_hq=MY",
        "end_user.location=MY",
        "end_user.listed=none",
        "end_user.sector=private",
        "end_use=civil",
        "authorization=none",
        "lpp_used_tpp=0.5",
        "item.eccn=4A090",
    ];
    let (transcript, answer, line) = saved("round.json", &[], &answers);
    assert!(transcript.contains("settled"), "{transcript}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert_eq!(answer["written"]["outcome"], "license_exception", "{answer}\n{transcript}");
    assert_eq!(answer["enforced"]["outcome"], "no_license_required");
    assert!(transcript.contains("license exception LPP"), "{transcript}");
    assert!(line.contains("\"item\": {\"sku\": \"nvidia-h100-sxm\""), "{line}");
    let path = file("round.json");
    let shown = path.to_str().expect("the path is text");
    let again = ask(&["--given", shown], &[]);
    assert_eq!(questions(&again), 0, "{again}");
    assert!(again.contains("settled by what is given"), "{again}");
    let (_, _, twice) = saved("twice.json", &["--given", shown], &[]);
    assert_eq!(line, twice);
}

#[test]
fn what_a_file_says_beside_facts_is_kept() {
    let path = file("given.json");
    let text = r#"{"line_id":"A-7","date":"2026-08-02","destination":"US","shop":{"floor":3}}"#;
    std::fs::write(&path, text).expect("the file is written");
    let shown = path.to_str().expect("the path is text");
    let (_, answer, line) = saved("kept.json", &["--given", shown], &[""]);
    assert_eq!(answer["line_id"], "A-7", "{line}");
    assert_eq!(answer["extra"]["shop.floor"], "3", "{line}");
}

#[test]
fn the_review_policy_can_be_asked_for() {
    let settled =
        ["--set", "date=2026-08-02", "--set", "destination=CN", "--set", "activity=export"];
    let sku = ["--set", "item.sku=nvidia-h100-sxm"];
    let arguments: Vec<&str> = settled.into_iter().chain(sku).collect();
    let on = ask(&arguments, &["maybe", "yes", "?"]);
    assert!(on.contains("neither yes nor no"), "{on}");
    assert_eq!(questions(&on), 1, "{on}");
    let off = ask(&arguments, &["no"]);
    assert_eq!(questions(&off), 0, "{off}");
}

#[test]
fn texts_that_conflict_end_the_interview() {
    let path = file("doubt.json");
    let text = r#"{"date": "2025-06-02", "activity": "iaas", "destination": "SG", "quantity": 1000,
        "item": {"kind": "computer", "sku": "nvidia-h100-sxm", "operations": 2e26,
        "published": false}, "exporter": {"hq": "US", "role": "cloud", "informed": []},
        "end_user": {"location": "SG", "hq": "SG", "parent_hq": "SG", "sector": "private",
        "listed": []}, "end_use": "train_4e091", "authorization": "none"}"#;
    std::fs::write(&path, text).expect("the file is written");
    let transcript = ask(&["--given", path.to_str().expect("the path is text")], &["never read"]);
    assert_eq!(questions(&transcript), 0, "{transcript}");
    assert!(transcript.contains("No fact can settle this outcome"), "{transcript}");
    assert!(transcript.contains("part 732, para. (b)28"), "{transcript}");
}

#[test]
fn json_goes_to_standard_output_alone() {
    let known = ["ask", "date=2026-08-02", "activity=export", "destination=CN", "--format", "json"];
    let output = weir(&known, b"nvidia-h100-sxm\nno\n");
    let answers = support::json_lines(&output);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["written"]["outcome"], "license_required");
    assert!(stderr(&output).contains("item.sku = nvidia-h100-sxm"), "{}", stderr(&output));
    let mistaken = weir(&["ask", "destnation=MY"], b"");
    assert_eq!(mistaken.status.code(), Some(1));
    assert!(stderr(&mistaken).contains("hint: did you mean `destination`?"), "{mistaken:?}");
}

#[test]
fn speaks_chinese() {
    let transcript = ask(&["--lang", "zh"], &["2026-08-02", "", "中国", "nvidia-h100-sxm", "否"]);
    for expected in ["destination = CN (中国)", "原因", "经 4 个问题，结论已确定", "需要许可证"]
    {
        assert!(transcript.contains(expected), "{expected}\n{transcript}");
    }
}

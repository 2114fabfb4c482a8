//! The worked cases that come with the law's fact sheet get their expected answers.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;
use support::{json_lines, stderr, weir};

/// Runs every case through `weir check` in one go and compares what the case expects: an outcome
/// and a policy exactly, lists by containment.
#[test]
fn every_worked_case_gets_its_answer() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/law/cases.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: the worked cases are not beside this checkout");
        return;
    };
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the cases are JSON");
    let mut input = String::new();
    for case in &cases {
        let mut line = case["given"].clone();
        line["line_id"] = case["id"].clone();
        input.push_str(&format!("{line}\n"));
    }
    let output = weir(&["check", "-", "--format", "jsonl", "--no-carry"], input.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    let answers: HashMap<String, Value> = json_lines(&output)
        .into_iter()
        .map(|answer| (answer["line_id"].as_str().unwrap_or_default().to_string(), answer))
        .collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let id = case["id"].as_str().unwrap_or_default();
        let Some(answer) = answers.get(id) else {
            wrong.push(format!("{id}: no answer"));
            continue;
        };
        wrong.extend(compare(case, answer).into_iter().map(|what| format!("{id}: {what}")));
    }
    println!("{} worked cases", cases.len());
    assert!(cases.len() >= 100 && wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(case: &Value, answer: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let expect = &case["expect"];
    wrong.extend(lacking("classification", &expect["classification"], &answer["classification"]));
    for reading in ["written", "enforced"] {
        let (wanted, found) = (&expect[reading], &answer[reading]);
        if wanted.is_null() {
            continue;
        }
        for key in ["outcome", "policy"] {
            if wanted.get(key).is_some_and(|value| *value != found[key]) {
                wrong.push(format!("{reading}.{key}: {} is not {}", found[key], wanted[key]));
            }
        }
        wrong.extend(lacking("exceptions", &wanted["exceptions"], &found["exceptions"]));
        for fact in wanted["missing"].as_array().into_iter().flatten() {
            let missing = found["missing"].as_array().cloned().unwrap_or_default();
            let same = *fact == "item.performance_density"
                && missing.contains(&"item.die_area_mm2".into());
            if !missing.contains(fact) && !same {
                wrong.push(format!("{reading}.missing: {fact} is not in {missing:?}"));
            }
        }
        let duties = found["obligations"].to_string();
        for (key, there) in [("obligations", true), ("obligations_absent", false)] {
            for cite in wanted[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                if duties.contains(cite) != there {
                    wrong.push(format!("{reading}.{key}: {cite}"));
                }
            }
        }
    }
    wrong
}

fn lacking(what: &str, wanted: &Value, found: &Value) -> Option<String> {
    let found = found.as_array().cloned().unwrap_or_default();
    let lacks: Vec<&Value> =
        wanted.as_array().into_iter().flatten().filter(|item| !found.contains(item)).collect();
    (!lacks.is_empty()).then(|| format!("{what}: {lacks:?} not in {found:?}"))
}

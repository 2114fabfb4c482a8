//! What changes between two days, on the shipped packs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod shipped;

use jiff::civil::date;
use law::changes::{Changes, changes};

use shipped::LAW;

fn thresholds<'c>(changes: &'c Changes, name: &str) -> (Vec<&'c str>, Vec<&'c str>) {
    let found = changes.thresholds.iter().find(|each| each.name == name).expect(name);
    let texts = |list: &'c [String]| list.iter().map(String::as_str).collect();
    (texts(&found.gone), texts(&found.new))
}

#[test]
fn the_thresholds_of_3a090_a_change_on_november_17_2023() {
    let found = changes(&LAW, date(2023, 11, 16), date(2023, 11, 17));
    assert_eq!(
        thresholds(&found, "3A090.a"),
        (vec!["item.io_gbs >= 600"], vec!["item.performance_density >= 5.92", "item.tpp >= 1600"])
    );
    assert!(!found.begun.is_empty());
}

#[test]
fn a_replaced_rule_is_told_with_the_one_that_replaces_it() {
    let found = changes(&LAW, date(2025, 11, 1), date(2026, 12, 1));
    let pairs: Vec<(&str, &str)> = found
        .replaced
        .iter()
        .map(|(was, is)| (LAW.rule(*was).id.as_str(), LAW.rule(*is).id.as_str()))
        .collect();
    assert!(pairs.contains(&("affiliates-50", "affiliates-50")), "{pairs:?}");
}

#[test]
fn nothing_changes_between_two_days_of_one_regime() {
    let found = changes(&LAW, date(2023, 12, 1), date(2023, 12, 2));
    assert!(found.is_empty(), "{found:?}");
}

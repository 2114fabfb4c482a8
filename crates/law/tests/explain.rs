//! The trace of a decision, on the shipped packs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may stop at what should not happen"
)]

mod shipped;

use std::fmt::Write as _;

use expect_test::{ExpectFile, expect_file};
use law::explain::{Branch, Explanation, Subject, explain};
use law::truth::Truth;
use law::{Desk, Facts, Outcome, Reading};

use shipped::{LAW, h100_with};

fn told(explanation: &Explanation, reading: Reading) -> String {
    let mut out = String::new();
    explanation.classes.iter().for_each(|branch| write_branch(branch, 0, &mut out));
    for section in &explanation.readings[reading as usize] {
        let shown: Vec<&Branch> = section.branches.iter().filter(|each| each.matters).collect();
        if !shown.is_empty() {
            writeln!(out, "== {} ({} in all)", section.part.word(), section.branches.len())
                .expect("writes");
        }
        shown.iter().for_each(|branch| write_branch(branch, 0, &mut out));
    }
    out
}

fn write_branch(branch: &Branch, depth: usize, out: &mut String) {
    if !branch.matters {
        return;
    }
    let mark = match branch.truth {
        Truth::True => '+',
        Truth::False => '-',
        Truth::Unknown => '?',
    };
    let rule = |id: &law::RuleId| LAW.rule(*id).id.clone();
    let subject = match &branch.subject {
        Subject::Class(code) => LAW.class_codes()[usize::from(*code)].clone(),
        Subject::Rule(id) => rule(id),
        Subject::Policy(id) => format!("policy {}", rule(id)),
        Subject::Bar(id) => format!("bar {}", rule(id)),
        Subject::Overcomes(id) => format!("overcomes {}", rule(id)),
        Subject::Quota(id, draw) => {
            let left = draw.as_ref().map_or("?".into(), |draw| draw.remaining.to_string());
            format!("quota {}, {left} left", rule(id))
        }
        other => format!("{other:?}"),
    };
    let values: Vec<String> = branch
        .values
        .iter()
        .map(|seen| {
            let derived = if seen.derived { "*" } else { "" };
            format!("{}{derived} = {}", seen.name, seen.value.as_deref().unwrap_or("?"))
        })
        .collect();
    let folded = if branch.folded > 0 { format!(" …{}", branch.folded) } else { String::new() };
    writeln!(
        out,
        "{:depth$}{mark} {subject}{folded} [{}]",
        "",
        values.join("; "),
        depth = depth * 2
    )
    .expect("writes");
    branch.children.iter().for_each(|child| write_branch(child, depth + 1, out));
}

fn check(facts: &Facts, reading: Reading, expected: ExpectFile) {
    let mut explanation = explain(&LAW, facts, None, &mut Desk::default()).expect("a date");
    explanation.shorten(&LAW, false);
    expected.assert_eq(&told(&explanation, reading));
}

#[test]
fn a_line_that_lpp_covers() {
    check(&h100_with(&[]), Reading::Written, expect_file!["snapshots/explain_lpp.txt"]);
}

#[test]
fn a_line_over_the_quota() {
    check(
        &h100_with(&[("lpp_used_tpp", "20000000"), ("country_used_tpp", "")]),
        Reading::Written,
        expect_file!["snapshots/explain_over_quota.txt"],
    );
}

#[test]
fn a_line_with_an_unknown_parent() {
    check(
        &h100_with(&[("end_user.parent_hq", ""), ("item.datacenter", "")]),
        Reading::Enforced,
        expect_file!["snapshots/explain_unknown_parent.txt"],
    );
}

/// The trace agrees with the answer on every case of the packs: a requirement that holds is in the
/// tree and true, and none is where no license is required.
#[test]
fn agrees_with_the_answer() {
    let mut explained = 0;
    for changes in [
        &[][..],
        &[("destination", "CN")],
        &[("end_user.parent_hq", "")],
        &[("date", "2023-01-05"), ("destination", "CN")],
        &[("date", "2026-02-01"), ("destination", "CN")],
        &[("item.kind", "hbm"), ("item.hbm_density", "3.1"), ("destination", "CN")],
        &[("quantity", "5000")],
    ] {
        let facts = h100_with(changes);
        let explanation = explain(&LAW, &facts, None, &mut Desk::default()).expect("a date");
        for reading in Reading::BOTH {
            let outcome = explanation.determination.reading(reading).outcome;
            let requirements = explanation.readings[reading as usize]
                .iter()
                .find(|section| section.part == law::explain::Part::Requirements);
            let held = requirements
                .is_some_and(|part| part.branches.iter().any(|each| each.truth == Truth::True));
            let wanted = matches!(outcome, Outcome::LicenseRequired | Outcome::LicenseException);
            assert!(held || !wanted, "{changes:?} {reading:?}");
            assert!(!held || outcome != Outcome::NoLicenseRequired, "{changes:?} {reading:?}");
            explained += 1;
        }
    }
    assert_eq!(explained, 14);
}

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

use expect_test::{Expect, expect};
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

fn check(facts: &Facts, reading: Reading, expected: Expect) {
    let mut explanation = explain(&LAW, facts, None, &mut Desk::default()).expect("a date");
    explanation.shorten(&LAW, false);
    expected.assert_eq(&told(&explanation, reading));
}

#[test]
fn a_line_that_lpp_covers() {
    check(
        &h100_with(&[]),
        Reading::Written,
        expect![[r#"
            + 3A090.a …1 []
              + 3a090-a-1 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 4800") [item.tpp = 15832]
              + 3a090-a-2 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 1600") [item.tpp = 15832]
                  + Test("item.performance_density >= 5.92") [item.performance_density* = 19.449631; item.tpp = 15832; item.die_area_mm2 = 814]
                  + Any []
                    + Test("item.datacenter") [item.datacenter = true]
                    + Test("item.tpp >= 4800") [item.tpp = 15832]
            == requirements (34 in all)
            + worldwide-a …1 []
              + When("level_a && moved && !uae_supp8_approved") []
                + All []
                  + Named("level_a") []
                    + Any …2 []
                      + Again("class(\"3A090.a\")") []
                  + Named("moved") []
                    + All []
                      + Test("activity in [\"export\", \"reexport\", \"transfer\"]") [activity = export]
                      + Test("destination != \"US\"") [destination = MY]
                  + Not []
                    - Named("uae_supp8_approved") []
            == exceptions (9 in all)
            + lpp …6 []
              + When("item.kind in [\"chip\", \"computer\"] && !(destination in macau_d5) && level_a && crosses && !(ultimate_consignee.hq in macau_d5 || ultimate_consignee.parent_hq in macau_d5)") []
                + All []
                  + Test("item.kind in [\"chip\", \"computer\"]") [item.kind = chip]
                  + Test("!(destination in macau_d5)") [destination = MY]
                  + Again("level_a") []
                  + Named("crosses") []
                    + All []
                      + Test("activity in [\"export\", \"reexport\"]") [activity = export]
                      + Test("destination != \"US\"") [destination = MY]
                  + Not []
                    - Any []
                      - Test("ultimate_consignee.hq in macau_d5") [ultimate_consignee.hq = MY]
                      - Test("ultimate_consignee.parent_hq in macau_d5") [ultimate_consignee.parent_hq = MY]
              + quota lpp-limit, 11068000 left [line_tpp* = 15832000; quantity = 1000; item.chips = 1; item.tpp = 15832; lpp_used_tpp = 0]
                + When("level_a && crosses") []
                  + All []
                    + Again("level_a") []
                    + Again("crosses") []
            == obligations (23 in all)
            + lpp-certification []
              - Done("\"lpp\" in certifications") [certifications = none]
            + lpp-copy []
            + lpp-prior-notice []
              + When("line_tpp >= 3200000") [line_tpp* = 15832000; quantity = 1000; item.chips = 1; item.tpp = 15832]
            == flags (38 in all)
            + diversion-diligence []
              + When("!(destination in a5) && moved && level_a") []
                + All []
                  + Test("!(destination in a5)") [destination = MY]
                  + Again("moved") []
                  + Again("level_a") []
        "#]],
    );
}

#[test]
fn a_line_over_the_quota() {
    check(
        &h100_with(&[("lpp_used_tpp", "20000000"), ("country_used_tpp", "")]),
        Reading::Written,
        expect![[r#"
            + 3A090.a …1 []
              + 3a090-a-1 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 4800") [item.tpp = 15832]
              + 3a090-a-2 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 1600") [item.tpp = 15832]
                  + Test("item.performance_density >= 5.92") [item.performance_density* = 19.449631; item.tpp = 15832; item.die_area_mm2 = 814]
                  + Any []
                    + Test("item.datacenter") [item.datacenter = true]
                    + Test("item.tpp >= 4800") [item.tpp = 15832]
            == requirements (34 in all)
            + worldwide-a …4 []
              + When("level_a && moved && !uae_supp8_approved") []
                + All []
                  + Named("level_a") []
                    + Any …2 []
                      + Again("class(\"3A090.a\")") []
                  + Named("moved") []
                    + All []
                      + Test("activity in [\"export\", \"reexport\", \"transfer\"]") [activity = export]
                      + Test("destination != \"US\"") [destination = MY]
                  + Not []
                    - Named("uae_supp8_approved") []
              ? policy allocation-approval []
                ? quota country-allocation, ? left [line_tpp* = 15832000; quantity = 1000; item.chips = 1; item.tpp = 15832; country_used_tpp = ?; country_limit_tpp = 790000000]
                  + When("level_a && moved") []
                    + All []
                      + Again("level_a") []
                      + Again("moved") []
              + policy allocation-denial []
            == exceptions (9 in all)
            - lpp …6 []
              + When("item.kind in [\"chip\", \"computer\"] && !(destination in macau_d5) && level_a && crosses && !(ultimate_consignee.hq in macau_d5 || ultimate_consignee.parent_hq in macau_d5)") []
                + All []
                  + Test("item.kind in [\"chip\", \"computer\"]") [item.kind = chip]
                  + Test("!(destination in macau_d5)") [destination = MY]
                  + Again("level_a") []
                  + Named("crosses") []
                    + All []
                      + Test("activity in [\"export\", \"reexport\"]") [activity = export]
                      + Test("destination != \"US\"") [destination = MY]
                  + Not []
                    - Any []
                      - Test("ultimate_consignee.hq in macau_d5") [ultimate_consignee.hq = MY]
                      - Test("ultimate_consignee.parent_hq in macau_d5") [ultimate_consignee.parent_hq = MY]
              - quota lpp-limit, -8932000 left [line_tpp* = 15832000; quantity = 1000; item.chips = 1; item.tpp = 15832; lpp_used_tpp = 20000000]
                + When("level_a && crosses") []
                  + All []
                    + Again("level_a") []
                    + Again("crosses") []
            == flags (38 in all)
            + diversion-diligence []
              + When("!(destination in a5) && moved && level_a") []
                + All []
                  + Test("!(destination in a5)") [destination = MY]
                  + Again("moved") []
                  + Again("level_a") []
        "#]],
    );
}

#[test]
fn a_line_with_an_unknown_parent() {
    check(
        &h100_with(&[("end_user.parent_hq", ""), ("item.datacenter", "")]),
        Reading::Enforced,
        expect![[r#"
            + 3A090.a …1 []
              + 3a090-a-1 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 4800") [item.tpp = 15832]
              + 3a090-a-2 []
                + All []
                  + Test("item.kind == \"chip\"") [item.kind = chip]
                  + Test("item.tpp >= 1600") [item.tpp = 15832]
                  + Test("item.performance_density >= 5.92") [item.performance_density* = 19.449631; item.tpp = 15832; item.die_area_mm2 = 814]
                  + Any …1 []
                    + Test("item.tpp >= 4800") [item.tpp = 15832]
            == requirements (33 in all)
            ? hq-a …1 []
              ? When("level_a && moved && recipient_macau_d5") []
                ? All …2 []
                  ? Named("recipient_macau_d5") []
                    ? Any …2 []
                      ? Test("end_user.parent_hq in macau_d5") [end_user.parent_hq = ?]
            == exceptions (9 in all)
            ? nac-2024 …3 []
              ? When("nac_item && crosses && (destination in macau_d5 || recipient_macau_d5)") []
                ? All …1 []
                  ? Named("nac_item") []
                    ? All …1 []
                      ? Any …1 []
                        ? All …1 []
                          ? Not []
                            ? Named("datacenter_item") []
                              ? Any …1 []
                                ? Test("item.datacenter") [item.datacenter = ?]
                  ? Any …1 []
                    ? Again("recipient_macau_d5") []
            ? aca-2025 …3 []
              ? When("nac_item && moved && (activity == \"transfer\" && destination in macau_d5 || !(destination in macau_d5) && !recipient_macau_d5)") []
                ? All …1 []
                  ? Again("nac_item") []
                  ? Any …1 []
                    ? All …1 []
                      ? Not []
                        ? Again("recipient_macau_d5") []
            ? lpp …5 []
              ? When("item.kind in [\"chip\", \"computer\"] && !(destination in macau_d5) && level_a && crosses && !(ultimate_consignee.hq in macau_d5 || ultimate_consignee.parent_hq in macau_d5)") []
                ? All …4 []
                  ? Not []
                    ? Any …1 []
                      ? Test("ultimate_consignee.parent_hq in macau_d5") [ultimate_consignee.parent_hq = ?]
              + quota lpp-limit, 11068000 left [line_tpp* = 15832000; quantity = 1000; item.chips = 1; item.tpp = 15832; lpp_used_tpp = 0]
                + When("level_a && crosses") []
                  + All []
                    + Named("level_a") []
                      + Any …2 []
                        + Again("class(\"3A090.a\")") []
                    + Named("crosses") []
                      + All []
                        + Test("activity in [\"export\", \"reexport\"]") [activity = export]
                        + Test("destination != \"US\"") [destination = MY]
              + Doubt(Rule(RuleId(63))) []
              - overcomes hq-a []
            == flags (37 in all)
            + diversion-diligence []
              + When("!(destination in a5) && moved && level_a") []
                + All []
                  + Test("!(destination in a5)") [destination = MY]
                  + Named("moved") []
                    + All []
                      + Test("activity in [\"export\", \"reexport\", \"transfer\"]") [activity = export]
                      + Test("destination != \"US\"") [destination = MY]
                  + Again("level_a") []
            == out_of_force (2 in all)
            + worldwide-a []
              + Status(StatusId(0)) []
              + When("level_a && moved && !uae_supp8_approved") []
                + All []
                  + Again("level_a") []
                  + Again("moved") []
                  + Not []
                    - Named("uae_supp8_approved") []
        "#]],
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

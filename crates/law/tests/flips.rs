//! The nearest flips, on the shipped packs.

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
use law::flips::{Change, Verdict, flips};
use law::{Desk, Facts, Reading};

use shipped::{LAW, h100_with};

fn shown(verdicts: &[Verdict; 2]) -> String {
    let word = |verdict: &Verdict| {
        let codes: Vec<&str> = verdict
            .exceptions
            .iter()
            .map(|code| LAW.exception_codes()[usize::from(*code)].as_str())
            .collect();
        let policy = verdict.policy.map_or("", |policy| policy.word());
        format!("{} {}{policy}", verdict.outcome.word(), codes.join(",")).trim().to_string()
    };
    format!("{} / {}", word(&verdicts[0]), word(&verdicts[1]))
}

fn told(facts: &Facts) -> String {
    let flips = flips(&LAW, facts, None, &mut Desk::default());
    let mut out = String::new();
    for flip in &flips {
        let fact = LAW.vocabulary().fact(flip.fact);
        let value = |value: &law::Value| fact.show(value);
        let from = flip.from.as_ref().map_or("?".into(), value);
        let turned = Reading::BOTH.map(|reading| format!("{:?}", flip.turns(reading)));
        let change = match &flip.change {
            Change::Added(word) => format!("+{word}"),
            Change::Removed(word) => format!("-{word}"),
            _ => value(&flip.to),
        };
        let after = shown(&flip.after);
        writeln!(
            out,
            "{:<5} {} {from} → {change}: {after} ({})",
            flip.cost,
            fact.name,
            turned.join("/")
        )
        .expect("writes");
    }
    out
}

fn check(facts: &Facts, expected: Expect) {
    expected.assert_eq(&told(facts));
}

#[test]
fn of_a_line_that_lpp_covers() {
    check(
        &h100_with(&[]),
        expect![[r#"
            190   date 2025-06-02 → 2025-05-14: no_license_required / no_license_required (Outcome/Nothing)
            4114  item.tpp 15832 → 26901: license_required presumption_of_approval / no_license_required (Outcome/Nothing)
            4117  quantity 1000 → 1700: license_required presumption_of_approval / no_license_required (Outcome/Nothing)
            5000  activity export → transfer: license_required presumption_of_approval / no_license_required (Outcome/Nothing)
            5000  activity export → deemed_export: no_license_required / no_license_required (Outcome/Nothing)
            5000  destination MY → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  destination MY → US: no_license_required / no_license_required (Outcome/Nothing)
            5000  destination MY → AE: unresolved / unresolved (Outcome/Outcome)
            5000  item.kind chip → hbm: no_license_required / no_license_required (Outcome/Nothing)
            5000  item.kind chip → model_weights: unresolved / no_license_required (Outcome/Nothing)
            5000  item.kind chip → software: unresolved / unresolved (Outcome/Outcome)
            5000  item.chips 1 → 2: license_required presumption_of_approval / no_license_required (Outcome/Nothing)
            5000  item.datacenter true → false: license_exception ACA,LPP / no_license_required (Exceptions/Nothing)
            5000  item.designer_hq US → CN: unresolved / unresolved (Outcome/Outcome)
            5000  end_use civil → wmd: license_required case_by_case / license_required case_by_case (Outcome/Outcome)
            5000  end_use civil → production: license_exception ACM,LPP / no_license_required (Exceptions/Nothing)
            5000  end_user.location MY → RU: license_required policy_of_denial / license_required policy_of_denial (Outcome/Outcome)
            5000  end_user.hq MY → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  end_user.parent_hq MY → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  end_user.listed none → +denied: license_required / license_required (Outcome/Outcome)
            5000  end_user.listed none → +meu: license_required / unresolved (Outcome/Outcome)
            5000  end_user.listed none → +sdn: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            6968  item.tpp 15832 → 4799: no_license_required / no_license_required (Outcome/Nothing)
            10000 lpp_used_tpp 0 → 11068001: license_required presumption_of_approval / no_license_required (Outcome/Nothing)
        "#]],
    );
}

#[test]
fn of_a_line_with_an_unknown_parent() {
    check(
        &h100_with(&[("end_user.parent_hq", "")]),
        expect![[r#"
            0     end_user.parent_hq ? → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            0     end_user.parent_hq ? → US: license_exception LPP / no_license_required (Outcome/Outcome)
            4114  item.tpp 15832 → 26901: license_required / unresolved (Outcome/Nothing)
            4117  quantity 1000 → 1700: license_required / unresolved (Outcome/Nothing)
            5000  activity export → transfer: license_required / unresolved (Outcome/Nothing)
            5000  activity export → deemed_export: no_license_required / no_license_required (Outcome/Outcome)
            5000  destination MY → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  destination MY → US: no_license_required / no_license_required (Outcome/Outcome)
            5000  destination MY → RU: license_required / license_required (Outcome/Outcome)
            5000  item.kind chip → model_weights: unresolved / no_license_required (Nothing/Outcome)
            5000  item.chips 1 → 2: license_required / unresolved (Outcome/Nothing)
            5000  end_use civil → wmd: license_required / license_required (Outcome/Outcome)
            5000  end_user.location MY → RU: license_required / license_required (Outcome/Outcome)
            5000  end_user.location MY → IR: license_required policy_of_denial / license_required policy_of_denial (Outcome/Outcome)
            5000  end_user.hq MY → CN: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  end_user.listed none → +denied: license_required / license_required (Outcome/Outcome)
            5000  end_user.listed none → +meu: license_required / unresolved (Outcome/Nothing)
            5000  end_user.listed none → +sdn: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5640  date 2025-06-02 → 2023-11-16: no_license_required / no_license_required (Outcome/Outcome)
            8484  item.tpp 15832 → 2399: no_license_required / no_license_required (Outcome/Outcome)
            10000 lpp_used_tpp 0 → 11068001: license_required / unresolved (Outcome/Nothing)
        "#]],
    );
}

#[test]
fn of_a_chip_below_the_thresholds() {
    check(
        &h100_with(&[("item.tpp", "2368"), ("destination", "CN"), ("date", "2024-06-01")]),
        expect![[r#"
            133   item.tpp 2368 → 2400: license_exception NAC / license_exception NAC (Outcome/Outcome)
            909   item.die_area_mm2 814 → 740: license_exception NAC / license_exception NAC (Outcome/Outcome)
            909   item.performance_density 2.90909 → 3.2: license_exception NAC / license_exception NAC (Outcome/Outcome)
            5000  destination CN → RU: unresolved / unresolved (Outcome/Outcome)
            5000  destination CN → IR: license_required policy_of_denial / license_required policy_of_denial (Outcome/Outcome)
            5000  item.kind chip → software: unresolved / unresolved (Outcome/Outcome)
            5000  end_use civil → supercomputer: unresolved / unresolved (Outcome/Outcome)
            5000  end_use civil → military_intelligence: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
            5000  end_use civil → wmd: license_required case_by_case / license_required case_by_case (Outcome/Outcome)
            5000  end_user.location MY → RU: unresolved / unresolved (Outcome/Outcome)
            5000  end_user.location MY → IR: license_required policy_of_denial / license_required policy_of_denial (Outcome/Outcome)
            5000  end_user.listed none → +denied: license_required / license_required (Outcome/Outcome)
            5000  end_user.listed none → +meu: unresolved / unresolved (Outcome/Outcome)
            5000  end_user.listed none → +sdn: license_required presumption_of_denial / license_required presumption_of_denial (Outcome/Outcome)
        "#]],
    );
}

/// Every flip is one: the change alone gives the answer it promises.
#[test]
fn are_true() {
    for facts in [
        h100_with(&[]),
        h100_with(&[("end_user.parent_hq", "CN")]),
        h100_with(&[("date", "2026-02-01"), ("destination", "CN")]),
        h100_with(&[("item.die_area_mm2", ""), ("item.tpp", "3000")]),
    ] {
        for flip in flips(&LAW, &facts, None, &mut Desk::default()) {
            let mut changed = facts.clone();
            changed.replace(LAW.vocabulary(), flip.fact, Some(&flip.to));
            let again = LAW.decide(&changed, None, &mut Desk::default()).expect("a date");
            assert_eq!(Verdict::both(&again), flip.after);
            assert_ne!(flip.before, flip.after);
        }
    }
}

//! A supposition leaves the days before it as they were, byte for byte, and the laws know it of
//! themselves: what they say is the same law decides alike, whatever the transaction.
//!
//! `WEIR_SPEC_RUNS` sets how many transactions; `WEIR_SPEC_SEED` sets where they begin.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what should not happen")]

mod support;

use jiff::civil::{Date, date};
use law::same::Sameness;
use law::{Desk, Law, Value};
use support::{law_of, law_of_packs, setting, shipped, supposing};

/// The suppositions of the examples, each with its first day.
const SCENARIOS: [(&str, Date); 5] = [
    ("malaysia-supp5a", date(2025, 6, 1)),
    ("threshold-2400", date(2025, 6, 1)),
    ("tier2-halved", date(2025, 10, 1)),
    ("tier3-thailand", date(2026, 1, 1)),
    ("diffusion-enforced", date(2026, 1, 1)),
];

/// Both laws on one transaction after another: answers that differ, by the day.
fn differing(laws: [&Law; 2], first: Date, runs: usize, seed: u64) -> Vec<Date> {
    let same = Sameness::new(laws[0], laws[1]);
    assert!(same.is_comparable());
    let mut generator = spec::Generator::new(laws[1], seed);
    let mut desks = [Desk::default(), Desk::default()];
    let mut differing = Vec::new();
    for run in 0..runs {
        let mut facts = if run % 2 == 0 { generator.next() } else { generator.next_known() };
        let Some(day) = facts.date(laws[0].date_fact()) else { continue };
        // Each transaction on its own day, and on the days around the border.
        for day in [Some(day), first.yesterday().ok(), Some(first)].into_iter().flatten() {
            facts.set(laws[0].date_fact(), Some(Value::Date(day)));
            let answers = [0, 1].map(|at| laws[at].decide(&facts, None, &mut desks[at]));
            let [was, is] = answers.map(|answer| format!("{answer:?}"));
            assert_eq!(same.on(day), day < first, "the law of {day}");
            if day < first {
                let told = || spec::describe(laws[0], &facts);
                assert_eq!(was, is, "before {first}:\n{}", told());
            } else if was != is {
                differing.push(day);
            }
        }
    }
    differing
}

#[test]
fn a_supposition_leaves_the_days_before_it_as_they_were() {
    let law = shipped();
    let runs = setting("WEIR_SPEC_RUNS").unwrap_or(100_000) / 50;
    let seed = setting("WEIR_SPEC_SEED").unwrap_or(1) as u64;
    for (scenario, first) in SCENARIOS {
        let supposed = supposing(&[scenario]);
        let found = differing([&law, &supposed], first, runs, seed);
        assert!(found.len() > 10, "{scenario} changes {} answers", found.len());
        // Which of two laws is named first does not matter.
        let turned = Sameness::new(&supposed, &law);
        let before = first.yesterday().expect("a day");
        assert_eq!([turned.on(before), turned.on(first)], [true, false]);
    }
}

const RULE: &str = "```toml requirement\nid = \"r\"\ngroup = \"item\"\ncite = \"T\"\n\
    text = \"Text.\"\ntext_zh = \"文。\"\nwhen = 'true'\n```\n";

fn over(keys: &str, block: &str) -> Law {
    let base = format!("{}{RULE}", support::PACK);
    let scenario = format!(
        "# Over\n\n```toml pack\nid = \"over\"\ntitle = \"Over\"\ntitle_zh = \"假\"\ncite = \"T\"\n\
         effective = 2025-01-01\nsure = \"inferred\"\n{keys}\n```\n\n{block}"
    );
    law_of_packs(&[&base, &scenario])
}

/// What reaches back is no same law, and neither is a real pack that was checked less far.
#[test]
fn what_reaches_back_is_told() {
    let base = law_of(RULE);
    let hypothetical = "verified_through = 2026-12-31\nhypothetical = true";
    let later = "```toml flag\nid = \"f\"\ncite = \"T\"\ntext = \"Text {x}.\"\ntext_zh = \"文。\"\n\
                 when = 'true'\n```\n```toml define\nid = \"x\"\ncite = \"T\"\nvalue = '1 + 2'\n```\n";
    let day = date(2024, 6, 1);
    let same = |law: &Law| Sameness::new(&base, law).on(day);
    assert!(same(&over(hypothetical, later)));
    let earlier = later.replace("when = 'true'", "when = 'true'\neffective = 2024-01-01");
    assert!(!same(&over(hypothetical, &earlier)));
    assert!(!same(&over("verified_through = 2024-03-01", later)));
    let other = law_of(&RULE.replace("Text.", "Other text."));
    assert!(!same(&other) && !Sameness::new(&base, &other).is_comparable());
}

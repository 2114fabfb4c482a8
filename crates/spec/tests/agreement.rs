//! Random transactions get the same answer from both evaluators.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::thread;

use law::{Facts, Law};
use support::{both, disagreements, shipped};

/// How many transactions a run asks both about. `WEIR_SPEC_RUNS` sets another number.
fn runs() -> usize {
    let wanted = std::env::var("WEIR_SPEC_RUNS").ok().and_then(|runs| runs.parse().ok());
    wanted.unwrap_or(100_000)
}

/// Removes facts one by one while the two still disagree.
fn shrunk(law: &Law, mut facts: Facts) -> Facts {
    loop {
        let smaller = spec::corpus::with_one_fact_less(law, &facts).into_iter().find(|fewer| {
            fewer.date(law.date_fact()).is_some() && {
                let (by_law, by_spec) = both(law, fewer, None);
                !disagreements(law, &by_law, &by_spec).is_empty()
            }
        });
        match smaller {
            Some(fewer) => facts = fewer,
            None => return facts,
        }
    }
}

fn report(law: &Law, facts: &Facts) -> String {
    let facts = shrunk(law, facts.clone());
    let (by_law, by_spec) = both(law, &facts, None);
    format!(
        "the evaluators disagree on\n{}in {}\n",
        spec::describe(law, &facts),
        disagreements(law, &by_law, &by_spec).join("\n")
    )
}

#[test]
fn random_transactions_get_one_answer() {
    let law = shipped();
    let threads = 2;
    let of_each = runs() / threads;
    let failures: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let law = &law;
                scope.spawn(move || {
                    let mut generator = spec::Generator::new(law, 1 + worker as u64);
                    let mut failures = Vec::new();
                    for _ in 0..of_each {
                        let facts = generator.next();
                        let (by_law, by_spec) = both(law, &facts, None);
                        if !disagreements(law, &by_law, &by_spec).is_empty() {
                            failures.push(report(law, &facts));
                            if failures.len() >= 3 {
                                break;
                            }
                        }
                    }
                    failures
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

//! Random transactions under the shipped packs get the same answer from both evaluators.
//!
//! `WEIR_SPEC_RUNS` sets how many; `WEIR_SPEC_SEED` sets where they begin.
//! A transaction on which the two disagree is shrunk and printed as the corpus writes it: keep it
//! there.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::path::PathBuf;
use std::thread;

use law::{Facts, Law, Value};
use support::{both, disagreements, setting, shipped};

const THREADS: usize = 2;

/// How many transactions are asked about: fewer without optimization, where each takes ten times as
/// long.
fn runs() -> usize {
    setting("WEIR_SPEC_RUNS").unwrap_or(100_000)
}

fn seed(worker: usize) -> u64 {
    (setting("WEIR_SPEC_SEED").unwrap_or(1) * THREADS + worker) as u64
}

/// Whether the two disagree on a single transaction.
fn disagree(law: &Law, facts: &Facts) -> bool {
    let (by_law, by_spec) = both(law, facts, None);
    by_law != by_spec
}

/// Removes facts one by one while the two still disagree.
fn shrunk(law: &Law, mut facts: Facts) -> Facts {
    loop {
        let fewer = spec::corpus::with_one_fact_less(law, &facts);
        let still = |fewer: &Facts| fewer.date(law.date_fact()).is_some() && disagree(law, fewer);
        match fewer.into_iter().find(still) {
            Some(fewer) => facts = fewer,
            None => return facts,
        }
    }
}

fn report(law: &Law, facts: &Facts) -> String {
    let facts = shrunk(law, facts.clone());
    let (by_law, by_spec) = both(law, &facts, None);
    let found = disagreements(law, &by_law, &by_spec).join("\n");
    format!("the evaluators disagree on\n{}\nin {found}\n", spec::describe(law, &facts))
}

/// Runs the same on every thread and joins what each found.
fn on_threads(work: impl Fn(usize) -> Vec<String> + Sync) -> Vec<String> {
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> =
            (0..THREADS).map(|worker| scope.spawn(move || work(worker))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("no panic")).collect()
    })
}

#[test]
fn random_transactions_get_one_answer() {
    let law = shipped();
    let failures = on_threads(|worker| {
        let mut generator = spec::Generator::new(&law, seed(worker));
        let mut failures = Vec::new();
        for _ in 0..runs() / THREADS {
            let facts = generator.next();
            if disagree(&law, &facts) {
                failures.push(report(&law, &facts));
                if failures.len() == 3 {
                    break;
                }
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// `law` works out once what such transactions have in common.
#[test]
fn transactions_that_agree_in_words_get_one_answer_each() {
    let law = shipped();
    let alike = 20;
    let failures = on_threads(|worker| {
        let mut generator = spec::Generator::new(&law, seed(worker) + 2_000_000);
        let mut failures = Vec::new();
        for _ in 0..runs() / THREADS / alike / 20 {
            let first = generator.next();
            for _ in 0..alike {
                let facts = with_other_figures(&law, &first, &generator.next());
                if disagree(&law, &facts) {
                    failures.push(report(&law, &facts));
                    break;
                }
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A transaction with the numbers, texts, days and lists of another where both are known.
fn with_other_figures(law: &Law, facts: &Facts, other: &Facts) -> Facts {
    let vocabulary = law.vocabulary();
    let mut changed = facts.clone();
    for (id, fact) in vocabulary.facts() {
        let stood_in_for = fact.party.is_some_and(|party| !facts.is_present(party));
        let is_word =
            matches!(facts.get(id), Some(Value::Bool(_) | Value::Word(_) | Value::Country(_)));
        if stood_in_for || is_word || facts.get(id).is_none() {
            continue;
        }
        if let Some(value) = other.get(id) {
            changed.replace(vocabulary, id, Some(value));
        }
    }
    changed
}

#[test]
fn the_lines_of_a_file_get_one_answer_with_what_earlier_ones_drew() {
    let law = shipped();
    let lines = 8;
    let failures = on_threads(|worker| {
        let mut generator = spec::Generator::new(&law, seed(worker) + 1_000_000);
        let mut failures = Vec::new();
        for _ in 0..runs() / THREADS / lines / 4 {
            let mut file = vec![generator.next()];
            while file.len() < lines {
                let next = generator.next_like(&file[file.len() - 1]);
                file.push(next);
            }
            failures.extend(decided_as_a_file(&law, &file).err());
            if failures.len() == 2 {
                break;
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Decides the lines in order, each after what the earlier ones drew. Answers how many quotas were
/// drawn on.
///
/// # Errors
/// The first line on which the two disagree, with those before it.
fn decided_as_a_file(law: &Law, file: &[Facts]) -> Result<usize, String> {
    let mut carry = (law::Carry::default(), spec::Carry::default());
    let mut draws = 0;
    for (index, facts) in file.iter().enumerate() {
        let (by_law, by_spec) = both(law, facts, Some((&carry.0, &carry.1)));
        if by_law != by_spec {
            let lines: Vec<String> =
                file[..=index].iter().map(|facts| spec::describe(law, facts)).collect();
            let found = disagreements(law, &by_law, &by_spec).join("\n");
            return Err(format!("after\n{}\nthey disagree in {found}", lines.join("\n")));
        }
        draws += by_spec.readings.iter().map(|answer| answer.draws.len()).sum::<usize>();
        carry.0.add(&by_law);
        carry.1.add(&by_spec);
    }
    Ok(draws)
}

#[test]
fn what_was_once_found_stays_settled() {
    let law = shipped();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            let text = std::fs::read_to_string(&path).expect("a text");
            let file = spec::corpus::read(&law, &text);
            let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!file.is_empty(), "{}: no transaction", path.display());
            if let Err(error) = decided_as_a_file(&law, &file) {
                panic!("{}: {error}", path.display());
            }
            read += 1;
        }
    }
    assert!(read > 0, "the corpus is empty");
}

/// The generator is of use only where it reaches every rule.
#[test]
fn every_rule_holds_in_some_transaction() {
    let law = shipped();
    let transactions = runs() / 2;
    let coverage = spec::coverage(&law, seed(0), transactions);
    let never: Vec<&str> =
        coverage.never().into_iter().map(|rule| law.rule(rule).id.as_str()).collect();
    let allowed = if transactions < 20_000 { coverage.held.len() / 50 } else { 0 };
    assert!(
        never.len() <= allowed,
        "in {transactions} transactions these of {} rules never held: {}",
        coverage.held.len(),
        never.join(", ")
    );
}

#[test]
fn a_seed_gives_the_same_transactions_again() {
    let law = shipped();
    let described = |seed| {
        let mut generator = spec::Generator::new(&law, seed);
        let facts: Vec<String> = (0..50).map(|_| spec::describe(&law, &generator.next())).collect();
        facts.join("\n")
    };
    assert_eq!(described(3), described(3));
    assert_ne!(described(3), described(4));
}

#[test]
fn what_is_described_reads_back() {
    let law = shipped();
    let mut generator = spec::Generator::new(&law, 11);
    for _ in 0..200 {
        let facts = generator.next();
        let text = spec::describe(&law, &facts);
        assert_eq!(spec::corpus::read(&law, &text), Ok(vec![facts]), "{text}");
    }
}

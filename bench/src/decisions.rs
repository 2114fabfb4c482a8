//! The full decision in memory: both readings, with the chain of rules, what is due and what is
//! missing, from facts that are already typed.

use anyhow::{Context, bail};
use law::{Desk, Facts, Law};
use rayon::prelude::*;

use crate::orders::Book;
use crate::table::{Row, Table, Target};
use crate::{median_of_five, per_second};

const ORDERS: usize = 20_000;
const ORDERS_OF_THE_NAIVE: usize = 60;

/// Measures both evaluators; how many decisions a second the naive one makes.
pub fn measure(book: &Book, table: &mut Table) -> anyhow::Result<f64> {
    let (law, facts) = (&book.law, book.facts(ORDERS)?);
    let few = &facts[..ORDERS_OF_THE_NAIVE.min(facts.len())];
    for each in few {
        let found = law.decide(each, None, &mut Desk::default()).context("an order has no date")?;
        if spec::decide(law, each, None).as_ref() != Some(&found) {
            bail!("the two evaluators disagree on {}", spec::describe(law, each));
        }
    }
    let naive = per_second(
        few.len(),
        median_of_five(|| {
            for each in few {
                std::hint::black_box(spec::decide(law, each, None));
            }
        }),
    );
    let single = per_second(facts.len(), median_of_five(|| decide_all(law, &facts)));
    let threads = rayon::current_num_threads();
    let share = facts.len().div_ceil(threads * 8).max(1);
    let all = per_second(
        facts.len(),
        median_of_five(|| {
            facts.par_chunks(share).for_each(|facts| decide_all(law, facts));
        }),
    );
    table.part(format!("Full decision in memory, {} orders", facts.len()));
    let row = |what: String, measured: f64, target: Target| Row {
        what,
        measured,
        unit: "/s",
        target,
        against: Some((measured / naive, "naive")),
    };
    table.add(row(format!("{threads} threads"), all, Target::AtLeast(500_000.0)));
    table.add(row("1 thread".into(), single, Target::None));
    table.add(row("naive evaluator (spec), 1 thread".into(), naive, Target::None));
    Ok(naive)
}

fn decide_all(law: &Law, facts: &[Facts]) {
    let mut desk = Desk::default();
    for each in facts {
        std::hint::black_box(law.decide(each, None, &mut desk));
    }
}

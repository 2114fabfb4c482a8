//! Transactions as plain text, so that one that was once found is decided for ever after.
//!
//! A line is `fact = value`, a line that begins with `#` is a remark, and an empty line ends a
//! transaction. Several transactions of one text are a file: what the earlier ones draw is carried.

use law::{Facts, Law};

/// Reads the transactions of a text, completed.
///
/// # Errors
/// The first line that names no fact, or whose value is none of its fact.
pub fn read(law: &Law, text: &str) -> Result<Vec<Facts>, String> {
    let vocabulary = law.vocabulary();
    let mut transactions = Vec::new();
    let mut facts: Option<Facts> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if line.is_empty() {
            transactions.extend(facts.take());
            continue;
        }
        let place = number + 1;
        let (name, value) =
            line.split_once('=').ok_or_else(|| format!("line {place}: expected `fact = value`"))?;
        let id = vocabulary
            .find(name.trim())
            .ok_or_else(|| format!("line {place}: there is no fact `{}`", name.trim()))?;
        let value = vocabulary.fact(id).parse(value);
        let value = value.map_err(|error| format!("line {place}: {}", error.message))?;
        facts.get_or_insert_with(|| Facts::new(vocabulary)).set(id, value);
    }
    transactions.extend(facts);
    for facts in &mut transactions {
        facts.complete(vocabulary, law.defaults());
    }
    Ok(transactions)
}

/// Writes the facts of a transaction, those of absent parties left out.
pub fn write(law: &Law, facts: &Facts) -> String {
    let mut out = String::new();
    for (id, fact) in law.vocabulary().facts() {
        let stands_in = fact.party.is_some_and(|party| !facts.is_present(party));
        if let Some(value) = facts.get(id).filter(|_| !stands_in) {
            out.push_str(&format!("{} = {}\n", fact.name, fact.show(value)));
        }
    }
    out
}

/// The same transaction with one fact less for each fact that it gives: what to try next where a
/// smaller one is looked for.
pub fn with_one_fact_less(law: &Law, facts: &Facts) -> Vec<Facts> {
    let vocabulary = law.vocabulary();
    let given: Vec<_> = vocabulary
        .facts()
        .filter(|(_, fact)| fact.party.is_none_or(|party| facts.is_present(party)))
        .filter(|(id, _)| facts.get(*id).is_some())
        .map(|(id, _)| id)
        .collect();
    let without = |left_out| {
        let mut fewer = Facts::new(vocabulary);
        for id in given.iter().filter(|id| **id != left_out) {
            fewer.set(*id, facts.get(*id).cloned());
        }
        fewer.complete(vocabulary, law.defaults());
        fewer
    };
    given.iter().map(|id| without(*id)).filter(|fewer| fewer != facts).collect()
}

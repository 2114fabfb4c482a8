//! A transaction under way: what was said of it, as the line of JSON that a file would hold.
//!
//! It must not decide by rules of its own: it is read back by the reader of `weir check`, so that a
//! saved interview and a checked file get the same answer.

use std::path::Path;

use anyhow::{Context, anyhow, bail};
use law::{Fact, FactId, FactType, Facts, Law, Value, Vocabulary};
use serde_json::Value as Json;

use crate::input::columns::{Column, column};
use crate::input::rows::{self, Order, Reader};
use crate::output::json;
use records::framing::Record;

/// Digits up to which a JSON number is exact for whoever reads it.
const EXACT_DIGITS: usize = 15;

/// What a file says beside facts: the caller's key and columns of the caller's own.
pub type Extras = Vec<(String, Json)>;

/// Reads a JSON object: its facts, and what is no fact.
///
/// # Errors
/// A file that cannot be read, or a value that is not one of its fact.
pub fn open(path: &Path, vocabulary: &Vocabulary) -> anyhow::Result<(Facts, Extras)> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))?;
    let json: Json =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            anyhow!(
                "`{shown}` is not one JSON object: {error}\n\nhint: give one line of an order book"
            )
        })?;
    let Json::Object(object) = json else {
        bail!("`{shown}` is not one JSON object\n\nhint: give one line of an order book");
    };
    let mut facts = Facts::new(vocabulary);
    let mut extras = Vec::new();
    flatten("", object, vocabulary, &mut facts, &mut extras).with_context(|| shown.to_string())?;
    Ok((facts, extras))
}

fn flatten(
    prefix: &str,
    object: serde_json::Map<String, Json>,
    vocabulary: &Vocabulary,
    facts: &mut Facts,
    extras: &mut Extras,
) -> anyhow::Result<()> {
    for (key, value) in object {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match (column(&name, vocabulary), value) {
            (Column::Fact(id), value) => {
                let read = rows::from_json(vocabulary.fact(id), &value);
                facts.set(id, read.map_err(|error| mistake(&name, &error))?);
            }
            (Column::Other, Json::Object(inner)) => {
                flatten(&name, inner, vocabulary, facts, extras)?;
            }
            (_, value) => extras.push((name, value)),
        }
    }
    Ok(())
}

/// A value that is not one of its fact, as an error with its way out.
pub fn mistake(name: &str, error: &law::ValueError) -> anyhow::Error {
    let hint = if error.hint.is_empty() { "see `weir law facts`" } else { &error.hint };
    anyhow!("{name}: {}\n\nhint: {hint}", error.message)
}

/// Reads `FACT=VALUE`.
///
/// # Errors
/// No such fact, or a value that is not one of it.
pub fn preset(text: &str, vocabulary: &Vocabulary) -> anyhow::Result<(FactId, Option<Value>)> {
    let Some((name, value)) = text.split_once('=') else {
        bail!("`{text}` is not FACT=VALUE\n\nhint: for instance destination=MY");
    };
    let name = name.trim();
    let Some(id) = vocabulary.find(name) else {
        let near = vocabulary.nearest(name);
        let hint = near
            .map_or("see `weir law facts`".to_string(), |near| format!("did you mean `{near}`?"));
        bail!("there is no fact `{name}`\n\nhint: {hint}");
    };
    let value = rows::parse(vocabulary.fact(id), value);
    Ok((id, value.map_err(|error| mistake(name, &error))?))
}

/// The transaction as one line of nested JSON.
pub fn to_json(given: &Facts, extras: &Extras, vocabulary: &Vocabulary) -> String {
    let mut groups: Vec<(String, Vec<(String, String)>)> = Vec::new();
    let known = vocabulary
        .facts()
        .filter_map(|(id, fact)| Some((fact.name.to_string(), value_json(fact, given.get(id)?))));
    let rest = extras.iter().map(|(name, value)| (name.clone(), value.to_string()));
    for (name, value) in known.chain(rest) {
        match name.split_once('.') {
            None => groups.push((name, vec![(String::new(), value)])),
            Some((group, key)) => {
                let entry = (key.to_string(), value);
                let own = |(known, of): &&mut (String, Vec<(String, String)>)| {
                    known == group && !of.iter().any(|(key, _)| key.is_empty())
                };
                match groups.iter_mut().find(own) {
                    Some((_, entries)) => entries.push(entry),
                    None => groups.push((group.to_string(), vec![entry])),
                }
            }
        }
    }
    let mut out = String::new();
    object(&mut out, &groups, |out, entries| match entries.as_slice() {
        [(key, value)] if key.is_empty() => out.push_str(value),
        entries => object(out, entries, |out, value| out.push_str(value)),
    });
    out
}

fn object<T>(out: &mut String, entries: &[(String, T)], write: impl Fn(&mut String, &T)) {
    out.push('{');
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        json::string(out, key);
        out.push_str(": ");
        write(out, value);
    }
    out.push('}');
}

fn value_json(fact: &Fact, value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Bool(value) => out.push_str(&value.to_string()),
        Value::List(items) => {
            json::list(&mut out, items.iter(), |out, item| json::string(out, item));
        }
        Value::Num(number) => {
            let text = number.to_string();
            // A number that JSON readers would round stays a text.
            if text.len() <= EXACT_DIGITS {
                out.push_str(&text);
            } else {
                json::string(&mut out, &text);
            }
        }
        other => json::string(&mut out, &fact.show(other)),
    }
    out
}

/// Reads the transaction as `weir check` reads a line: chips by their key, defaults, stand-ins.
pub fn read_back(given: &Facts, extras: &Extras, reader: &Reader) -> Order {
    let bytes = to_json(given, extras, reader.law.vocabulary()).into_bytes();
    let record = Record { row: 1, bytes, problem: None };
    reader.read(&record, 1, &mut reader.scratch())
}

/// The facts if one of them were this, where the others are as given.
pub fn supposing(law: &Law, given: &Facts, order: &Order, fact: FactId, value: Value) -> Facts {
    let vocabulary = law.vocabulary();
    let mut facts = order.facts.clone();
    for party in vocabulary.parties().iter().skip(1) {
        for own in party.facts.iter().filter(|own| given.get(**own).is_none()) {
            facts.set(*own, None);
        }
    }
    facts.set(fact, Some(value));
    facts.complete(vocabulary, law.defaults());
    facts
}

/// Whether a fact is a list, of which several can be named.
pub fn is_list(fact: &Fact) -> bool {
    matches!(fact.of, FactType::List(_))
}

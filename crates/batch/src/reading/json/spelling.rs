//! `item.sku` and `sku` within `item` are one column, whichever way a row writes it.

use serde_json::{Map, Value};

use super::{Clash, Kind, Wrong};

/// A name with points that other rows write as objects within objects.
pub(super) struct Spelling {
    name: String,
    /// Whether what is under both names can be one column.
    is_fit: bool,
}

/// Finds the names that are written in both ways, and keeps the objects alone.
pub(super) fn joined(known: &mut Vec<(String, Kind)>) -> Vec<Spelling> {
    let is_object =
        |name: &str| known.iter().any(|(own, kind)| own == name && matches!(kind, Kind::Object(_)));
    let is_both = |(name, _): &&(String, Kind)| {
        name.split_once('.').is_some_and(|(first, _)| is_object(first))
    };
    let both: Vec<(String, Kind)> = known.iter().filter(is_both).cloned().collect();
    known.retain(|(name, _)| !both.iter().any(|(own, _)| own == name));
    let spelling = |(name, kind): (String, Kind)| {
        let path: Vec<&str> = name.split('.').collect();
        let is_fit = add(known, &path, kind).is_ok();
        Spelling { name, is_fit }
    };
    both.into_iter().map(spelling).collect()
}

/// Adds a kind at a path.
fn add(members: &mut Vec<(String, Kind)>, path: &[&str], kind: Kind) -> Result<(), Clash> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let clash = || Clash(path.join("."));
    let at = members.iter().position(|(name, _)| name == first);
    let own = match at.and_then(|at| members.get_mut(at)) {
        Some((_, own)) => own,
        None => {
            members.push(((*first).to_owned(), Kind::Null));
            &mut members.last_mut().ok_or_else(clash)?.1
        }
    };
    if rest.is_empty() {
        *own = own.clone().with(kind, first)?;
        return Ok(());
    }
    if *own == Kind::Null {
        *own = Kind::Object(Vec::new());
    }
    match own {
        Kind::Object(inner) => add(inner, rest, kind),
        _ => Err(clash()),
    }
}

/// Whether a line may have one of these names. Its bytes say so but where letters are escaped.
pub(super) fn are_in(line: &[u8], spellings: &[Spelling]) -> bool {
    let is_there = |spelling: &Spelling| {
        let quoted = format!("\"{}\"", spelling.name);
        line.windows(quoted.len()).any(|part| part == quoted.as_bytes())
    };
    !spellings.is_empty() && (line.contains(&b'\\') || spellings.iter().any(is_there))
}

/// Writes each of these names as objects. What a row says in both ways, and not the same, is left
/// out and named.
pub(super) fn nest(row: &mut Map<String, Value>, spellings: &[Spelling]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for Spelling { name, is_fit } in spellings {
        let Some(value) = row.remove(name).filter(|value| !value.is_null()) else { continue };
        let path: Vec<&str> = name.split('.').collect();
        if !is_fit {
            wrong.push(super::clashing(Clash(name.clone())));
        } else if let Err(why) = put(row, &path, value, name) {
            wrong.push(why);
        }
    }
    wrong
}

fn put(
    members: &mut Map<String, Value>,
    path: &[&str],
    value: Value,
    name: &str,
) -> Result<(), Wrong> {
    let Some((first, rest)) = path.split_first() else { return Ok(()) };
    let own = members.entry(*first).or_insert(Value::Null);
    if rest.is_empty() {
        if own.is_null() {
            *own = value;
        } else if *own != value {
            // Neither is right: no one says which.
            *own = Value::Null;
            let message = format!("`{name}` is given twice in the line, and not the same");
            return Err(("given_twice", message));
        }
        return Ok(());
    }
    if own.is_null() {
        *own = Value::Object(Map::new());
    }
    match own {
        Value::Object(inner) => put(inner, rest, value, name),
        _ => Err(super::clashing(Clash(name.to_owned()))),
    }
}

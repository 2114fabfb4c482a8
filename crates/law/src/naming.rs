//! Names of columns as people write them, and the facts that they mean.

use crate::diagnostic::nearest;
use crate::vocabulary::{FactId, Vocabulary};

/// The fact that a column of that name holds: capitals do not matter, and spaces and hyphens are
/// underscores.
pub fn fact(name: &str, vocabulary: &Vocabulary) -> Option<FactId> {
    let lenient = || vocabulary.find(&name.trim().to_lowercase().replace([' ', '-'], "_"));
    vocabulary.find(name).or_else(lenient)
}

/// The name that a column probably means, among some: `SKU` means `item.sku`, `Destination Country`
/// means `destination`.
pub fn suggested<'v>(written: &str, known: impl Iterator<Item = &'v str>) -> Option<&'v str> {
    let known: Vec<(&str, Vec<String>)> = known.map(|name| (name, words(name))).collect();
    let own = words(written);
    if own.is_empty() {
        return None;
    }
    let last = |name: &str| words(name.rsplit('.').next().unwrap_or(name));
    let all_in = |part: &[String], whole: &[String]| part.iter().all(|word| whole.contains(word));
    let same = known.iter().find(|(_, theirs)| theirs.concat() == own.concat());
    // The words of a name without its group: `SKU`, `Parent HQ`.
    let ending = || known.iter().find(|(name, _)| last(name).concat() == own.concat());
    // More words than the name has, or some of several: the name with the most of them.
    let held = || {
        let holds = |(_, theirs): &&(&str, Vec<String>)| all_in(theirs, &own);
        known.iter().filter(holds).max_by_key(|(_, theirs)| theirs.len())
    };
    // The same without its group, where no other group has such a fact: `ECCN Code`.
    let tail = || {
        let alone =
            |name: &str| known.iter().filter(|(other, _)| last(other) == last(name)).count() == 1;
        known.iter().find(|(name, _)| all_in(&last(name), &own) && alone(name))
    };
    let part = || known.iter().find(|(_, theirs)| own.len() > 1 && all_in(&own, theirs));
    let named =
        same.or_else(ending).or_else(held).or_else(tail).or_else(part).map(|(name, _)| *name);
    named.or_else(|| {
        let joined = own.join("_");
        nearest(&joined, known.iter().map(|(name, _)| *name))
    })
}

/// The words of a name in lower case: `EndUser.parent_hq` has four.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_suggested_by_their_words() {
        let known = || ["line_id", "date", "destination", "item.sku", "end_user.hq"].into_iter();
        for (written, meant) in [
            ("SKU", Some("item.sku")),
            ("Ship Date", Some("date")),
            ("destnation", Some("destination")),
            ("EndUserHQ", Some("end_user.hq")),
            ("memo", None),
            ("", None),
        ] {
            assert_eq!(suggested(written, known()), meant, "{written}");
        }
    }
}

//! What the columns of an order book mean.

use anyhow::bail;
use law::diagnostic::nearest;
use law::{FactId, Vocabulary};

use crate::language::Language;

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// The caller's own key.
    LineId,
    /// A fact.
    Fact(FactId),
    /// Something that is kept and echoed.
    Other,
}

/// The columns of a CSV file.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Their names as written.
    pub names: Vec<String>,
    /// What they hold.
    pub columns: Vec<Column>,
}

impl Columns {
    /// Reads a header; also says what to warn of.
    ///
    /// # Errors
    /// A column that is there twice, or a needed one that is not there.
    pub fn read(
        header: &[String],
        vocabulary: &Vocabulary,
        needed: &[&str],
        name: &str,
    ) -> anyhow::Result<(Columns, Vec<String>)> {
        let mut columns = Vec::new();
        let mut unknown = Vec::new();
        for (at, written) in header.iter().enumerate() {
            let written = written.trim();
            let column = column(written, vocabulary);
            if column != Column::Other && columns.contains(&column) {
                bail!(
                    "`{name}`, row 1: the column `{written}` is there twice\n\nhint: drop one of them"
                );
            }
            if column == Column::Other {
                unknown.push((written, at));
            }
            columns.push(column);
        }
        for fact in needed {
            let id = vocabulary.find(fact).map(Column::Fact);
            if id.is_some_and(|id| !columns.contains(&id)) {
                let meant = |name: &&str| suggested(name, vocabulary, &columns) == Some(*fact);
                let near = header.iter().map(|name| name.trim()).find(meant);
                let hint = near.map_or_else(
                    || format!("add a column `{fact}`, or give one value for all with `--assume {fact}=…`"),
                    |near| format!("is `{near}` meant? rename it to `{fact}`"),
                );
                bail!("`{name}`, row 1: the column `{fact}` is missing\n\nhint: {hint}");
            }
        }
        let unknown = unknown.into_iter();
        let unknown = unknown.map(|(name, at)| described(name, at, vocabulary, &columns)).collect();
        let names = header.iter().map(|name| name.trim().to_string()).collect();
        Ok((Columns { names, columns }, unknown))
    }
}

/// What a column of that name holds.
pub fn column(name: &str, vocabulary: &Vocabulary) -> Column {
    if name == "line_id" {
        return Column::LineId;
    }
    let exact = vocabulary.find(name);
    let lenient = || vocabulary.find(&name.to_lowercase().replace([' ', '-'], "_"));
    exact.or_else(lenient).map_or(Column::Other, Column::Fact)
}

/// The warning of columns that are no facts.
pub fn kept(unknown: &[String], language: Language) -> String {
    match language {
        Language::En => {
            format!("columns that are no facts are kept and echoed: {}", unknown.join(", "))
        }
        Language::Zh => {
            let said: Vec<_> = unknown.iter().map(|column| language.said(column)).collect();
            format!("以下各列不是事实，将原样保留并输出：{}", said.join("、"))
        }
    }
}

fn described(written: &str, at: usize, vocabulary: &Vocabulary, columns: &[Column]) -> String {
    let shown =
        if written.is_empty() { format!("number {}", at + 1) } else { format!("`{written}`") };
    match suggested(written, vocabulary, columns) {
        Some(near) => format!("{shown} (is `{near}` meant?)"),
        None => shown,
    }
}

/// The name that a column probably means, among those that are not there: `SKU` means `item.sku`,
/// `Destination Country` means `destination`.
pub fn suggested<'v>(
    written: &str,
    vocabulary: &'v Vocabulary,
    columns: &[Column],
) -> Option<&'v str> {
    let is_free = |name: &&str| !columns.contains(&column(name, vocabulary));
    let known: Vec<(&str, Vec<String>)> = std::iter::once("line_id")
        .chain(vocabulary.names())
        .filter(is_free)
        .map(|name| (name, words(name)))
        .collect();
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

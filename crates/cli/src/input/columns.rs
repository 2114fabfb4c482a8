//! What the columns of an order book mean.

use anyhow::bail;
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
    law::naming::fact(name, vocabulary).map_or(Column::Other, Column::Fact)
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
    law::naming::suggested(
        written,
        std::iter::once("line_id").chain(vocabulary.names()).filter(is_free),
    )
}

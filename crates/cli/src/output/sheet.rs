//! A plain table of amounts, on a terminal with bars, as CSV, JSON Lines, or a page that stands alone.
//!
//! It must not know what the columns mean.

use std::io::{self, Write};

use askama::Template;
use serde_json::{Map, Value};

use crate::language::Language;
use crate::output::Format;
use crate::output::wrapping::{padded, padded_left, plain, width};

/// How wide a bar is on a terminal.
const BAR: usize = 20;

/// How wide a text may be in a table before it is cut.
const TEXT_MOST: usize = 44;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name in files.
    pub name: &'static str,
    /// Its heading for people.
    pub title: String,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A number or amount, written to the right.
    Number,
    /// A share from 0 to 1 in thousandths, shown as a bar.
    Share,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known or nothing applies.
    None,
    /// Text.
    Text(String),
    /// A decimal number as text.
    Number(String),
    /// A share in thousandths; over 1000 where a limit is crossed.
    Share(u32),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    /// A number, exact as it stands.
    pub fn number(number: impl ToString) -> Cell {
        Cell::Number(number.to_string())
    }

    /// The exact form for files.
    pub fn exact(&self) -> String {
        match self {
            Cell::None => String::new(),
            Cell::Text(text) | Cell::Number(text) => text.clone(),
            Cell::Share(share) => format!("{}.{:03}", share / 1000, share % 1000),
        }
    }

    fn json(&self) -> Value {
        match self {
            Cell::None => Value::Null,
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(_) | Cell::Share(_) => {
                serde_json::from_str(&self.exact()).unwrap_or(Value::Null)
            }
        }
    }
}

/// A table with what stands above and below it.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// Sentences above it.
    pub notes: Vec<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    pub empty: String,
}

impl Sheet {
    /// Writes it in a form.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub fn write(&self, format: Format, language: Language, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Table => self.table(out),
            Format::Csv => self.csv(out),
            Format::Json | Format::Jsonl => self.json(format == Format::Json, out),
            Format::Html => {
                let page = Page { sheet: self, language };
                out.write_all(page.render().map_err(io::Error::other)?.as_bytes())
            }
        }
    }

    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.title.is_empty() {
            writeln!(out, "{}\n", self.title)?;
        }
        for note in &self.notes {
            writeln!(out, "{note}")?;
        }
        if !self.notes.is_empty() {
            writeln!(out)?;
        }
        if self.rows.is_empty() {
            return writeln!(out, "{}", self.empty);
        }
        let shown: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(for_terminal).collect()).collect();
        let wide = |at: usize| {
            let cells = shown.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
            cells.max().unwrap_or(0).max(width(&self.columns[at].title))
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(wide).collect();
        let line = |cells: Vec<&str>| {
            let cells =
                cells.into_iter().enumerate().map(|(at, cell)| match self.columns[at].kind {
                    Kind::Number => padded_left(cell, widths[at]),
                    _ => padded(cell, widths[at]),
                });
            cells.collect::<Vec<String>>().join("  ").trim_end().to_owned()
        };
        writeln!(out, "{}", line(self.columns.iter().map(|one| one.title.as_str()).collect()))?;
        let rule: Vec<String> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
        writeln!(out, "{}", rule.join("  "))?;
        for row in &shown {
            writeln!(out, "{}", line(row.iter().map(String::as_str).collect()))?;
        }
        Ok(())
    }

    fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(self.columns.iter().map(|column| column.name))?;
        for row in &self.rows {
            csv.write_record(row.iter().map(Cell::exact))?;
        }
        csv.flush()
    }

    fn json(&self, list: bool, out: &mut dyn Write) -> io::Result<()> {
        let (first, between, last) = if list { ("[\n", ",\n", "\n]\n") } else { ("", "\n", "\n") };
        out.write_all(first.as_bytes())?;
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                out.write_all(between.as_bytes())?;
            }
            let named = self.columns.iter().zip(row);
            let object: Map<String, Value> =
                named.map(|(column, cell)| (column.name.to_owned(), cell.json())).collect();
            serde_json::to_writer(&mut *out, &object)?;
        }
        if self.rows.is_empty() && !list {
            return Ok(());
        }
        out.write_all(last.as_bytes())
    }
}

fn for_terminal(cell: &Cell) -> String {
    match cell {
        Cell::None => "–".to_owned(),
        Cell::Text(text) => cut(&plain(text)),
        Cell::Number(number) => grouped(number),
        Cell::Share(share) => bar(*share),
    }
}

fn cut(text: &str) -> String {
    if width(text) <= TEXT_MOST {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if width(&kept) + 2 >= TEXT_MOST {
            break;
        }
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// Digits in threes, exact whatever their number.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(part) = part {
        out.push('.');
        out.push_str(part);
    }
    out
}

/// A bar with its share in percent, which says so where it is over.
fn bar(share: u32) -> String {
    let eighths = usize::try_from(share.min(1000)).unwrap_or(0) * BAR * 8 / 1000;
    let mut bar = "█".repeat(eighths / 8);
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    bar.push_str(part);
    let empty = BAR - eighths / 8 - usize::from(!part.is_empty());
    bar.push_str(&"·".repeat(empty));
    format!("{bar} {:>3}.{} %", share / 10, share % 10)
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Page<'p> {
    sheet: &'p Sheet,
    language: Language,
}

impl Page<'_> {
    fn is_number(&self, at: &usize) -> bool {
        self.sheet.columns.get(*at).is_some_and(|column| column.kind == Kind::Number)
    }

    fn share(&self, cell: &Cell) -> Option<(u32, String)> {
        let Cell::Share(share) = cell else { return None };
        Some(((*share).min(1000), format!("{}.{} %", share / 10, share % 10)))
    }

    fn shown(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => text.clone(),
            cell => for_terminal(cell),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_exact() {
        assert_eq!(grouped("790000000"), "790,000,000");
        assert_eq!(grouped("-1234.5"), "-1,234.5");
        assert_eq!(grouped("999"), "999");
    }

    #[test]
    fn a_bar_has_one_width() {
        for share in [0, 1, 7, 499, 500, 999, 1000, 1234] {
            let wide = width(&bar(share));
            assert_eq!(wide, BAR + 8, "{share}: {:?}", bar(share));
        }
        assert!(bar(1000).starts_with(&"█".repeat(BAR)));
        assert!(bar(0).starts_with('·'));
    }
}

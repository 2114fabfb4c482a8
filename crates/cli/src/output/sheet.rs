//! A plain table of amounts: on a terminal with bars, as CSV, JSON Lines, or a page that stands
//! alone.
//!
//! It must not know what the columns mean.

use std::io::{self, Write};

use askama::Template;
use serde_json::{Map, Value};

use crate::language::Language;
use crate::output::Format;
use crate::output::wrapping::{padded, padded_left, plain, width, wrapped};

/// How wide a bar is on a terminal.
const BAR: usize = 20;

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
    /// Whether, on a terminal, the first column stands above the rows that share it.
    pub heads: bool,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// What is said where there are no rows.
    pub empty: String,
}

impl Sheet {
    /// The same with texts that no spreadsheet takes for formulas: for what is made to be opened in
    /// one, and not to be read back.
    pub fn without_formulas(mut self) -> Sheet {
        for cell in self.rows.iter_mut().flatten() {
            if let Cell::Text(text) = cell
                && text.starts_with(['=', '+', '-', '@', '\t', '\r'])
            {
                text.insert(0, '\'');
            }
        }
        self
    }

    /// Writes it in a form; a table fits so many columns where it can.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub fn write(
        &self,
        format: Format,
        language: Language,
        columns: usize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match format {
            Format::Table => self.table(columns, out),
            Format::Csv => self.csv(out),
            Format::Json | Format::Jsonl => self.json(format == Format::Json, out),
            Format::Html => {
                let page = Page { sheet: self, language };
                out.write_all(page.render().map_err(io::Error::other)?.as_bytes())
            }
        }
    }

    fn table(&self, columns: usize, out: &mut dyn Write) -> io::Result<()> {
        if !self.title.is_empty() {
            writeln!(out, "{}\n", self.title)?;
        }
        for line in self.notes.iter().flat_map(|note| wrapped(note, columns)) {
            writeln!(out, "{line}")?;
        }
        if !self.notes.is_empty() {
            writeln!(out)?;
        }
        if self.rows.is_empty() {
            return writeln!(out, "{}", self.empty);
        }
        let layout = Layout::of(self, columns);
        let titles = self.columns.iter().map(|one| vec![one.title.clone()]).collect();
        layout.write(self, titles, out)?;
        let rule: Vec<String> = layout.shown().map(|wide| "─".repeat(wide)).collect();
        writeln!(out, "{}{}", layout.indent(), rule.join("  "))?;
        let mut heading = None;
        for row in &self.rows {
            if self.heads && row.first() != heading {
                heading = row.first();
                writeln!(out, "{}", heading.map_or(String::new(), |cell| for_terminal(cell, 0)))?;
            }
            let cells = row.iter().zip(&layout.widths);
            let lines = cells.map(|(cell, wide)| layout.lines(cell, *wide)).collect();
            layout.write(self, lines, out)?;
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

/// How wide the columns of a table are on a terminal.
struct Layout {
    widths: Vec<usize>,
    bar: usize,
    heads: bool,
}

impl Layout {
    /// The widths that let a table fit, where that can be: bars become shorter, then texts take
    /// more lines, then bars go.
    fn of(sheet: &Sheet, columns: usize) -> Layout {
        let mut layout = Layout { widths: Vec::new(), bar: BAR, heads: sheet.heads };
        let least: Vec<usize> =
            (0..sheet.columns.len()).map(|at| longest_word(sheet, at)).collect();
        for (bar, text) in [(BAR, usize::MAX), (BAR / 2, usize::MAX), (BAR / 2, 24), (0, 12)] {
            layout.bar = bar;
            layout.widths = (0..sheet.columns.len()).map(|at| natural(sheet, at, bar)).collect();
            while layout.total() > columns {
                let texts = layout.widths.iter_mut().enumerate().skip(usize::from(sheet.heads));
                let texts = texts.filter(|(at, _)| sheet.columns[*at].kind == Kind::Text);
                let may_shrink = texts.filter(|(at, wide)| **wide > text.max(least[*at]));
                match may_shrink.map(|(_, wide)| wide).max() {
                    Some(wide) => *wide -= 1,
                    None => break,
                }
            }
            if layout.total() <= columns {
                break;
            }
        }
        layout
    }

    fn indent(&self) -> &'static str {
        if self.heads { "  " } else { "" }
    }

    fn shown(&self) -> impl Iterator<Item = usize> {
        self.widths.iter().copied().skip(usize::from(self.heads))
    }

    fn total(&self) -> usize {
        let gaps = 2 * self.shown().count().saturating_sub(1);
        self.shown().sum::<usize>() + gaps + self.indent().len()
    }

    fn lines(&self, cell: &Cell, wide: usize) -> Vec<String> {
        match cell {
            Cell::Text(text) => {
                wrapped(text, wide).into_iter().map(|line| line.replace('\u{a0}', " ")).collect()
            }
            cell => vec![for_terminal(cell, self.bar)],
        }
    }

    /// Writes a row, whose cells may take several lines.
    fn write(&self, sheet: &Sheet, row: Vec<Vec<String>>, out: &mut dyn Write) -> io::Result<()> {
        for line in 0..row.iter().map(Vec::len).max().unwrap_or(0) {
            let cells = row.iter().zip(&self.widths).zip(&sheet.columns);
            let cells = cells.skip(usize::from(self.heads)).map(|((lines, wide), column)| {
                let cell = lines.get(line).map_or("", String::as_str);
                match column.kind {
                    Kind::Number => padded_left(cell, *wide),
                    _ => padded(cell, *wide),
                }
            });
            let cells = cells.collect::<Vec<String>>().join("  ");
            writeln!(out, "{}", format!("{}{cells}", self.indent()).trim_end())?;
        }
        Ok(())
    }
}

/// How wide a column is without being told to fit.
fn natural(sheet: &Sheet, at: usize, bar: usize) -> usize {
    let cells = sheet.rows.iter().filter_map(|row| row.get(at));
    let cells = cells.map(|cell| width(&for_terminal(cell, bar)));
    cells.max().unwrap_or(0).max(width(&sheet.columns[at].title))
}

/// The width below which words of a column would be cut, as far as words go.
fn longest_word(sheet: &Sheet, at: usize) -> usize {
    let texts = sheet.rows.iter().filter_map(|row| match row.get(at) {
        Some(Cell::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    let words = texts.chain([sheet.columns[at].title.as_str()]).flat_map(|text| text.split(' '));
    words.map(width).max().unwrap_or(0).min(24)
}

fn for_terminal(cell: &Cell, bar: usize) -> String {
    match cell {
        Cell::None => "–".to_owned(),
        Cell::Text(text) => plain(text),
        Cell::Number(number) => grouped(number),
        Cell::Share(share) => self::bar(*share, bar),
    }
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

/// A bar of some letters with its share in percent, which says so where it is over.
fn bar(share: u32, letters: usize) -> String {
    let percent = format!("{:>3}.{} %", share / 10, share % 10);
    if letters == 0 {
        return percent;
    }
    let eighths = usize::try_from(share.min(1000)).unwrap_or(0) * letters * 8 / 1000;
    let mut bar = "█".repeat(eighths / 8);
    let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
    bar.push_str(part);
    let empty = letters - eighths / 8 - usize::from(!part.is_empty());
    bar.push_str(&"·".repeat(empty));
    format!("{bar} {percent}")
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

    /// Whether a cell is a day or an instant, which stays on one line.
    fn is_day(&self, cell: &Cell) -> bool {
        let is_part = |letter: char| letter.is_ascii_digit() || "-: \u{a0}".contains(letter);
        matches!(cell, Cell::Text(text) if text.len() >= 10 && text.chars().all(is_part))
    }

    fn share(&self, cell: &Cell) -> Option<(u32, String)> {
        let Cell::Share(share) = cell else { return None };
        Some(((*share).min(1000), format!("{}.{} %", share / 10, share % 10)))
    }

    fn shown(&self, cell: &Cell) -> String {
        match cell {
            Cell::Text(text) => text.clone(),
            cell => for_terminal(cell, BAR),
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
            for letters in [BAR, BAR / 2] {
                let bar = bar(share, letters);
                assert_eq!(width(&bar), letters + 8, "{share}: {bar:?}");
            }
        }
        assert!(bar(1000, BAR).starts_with(&"█".repeat(BAR)));
        assert!(bar(0, BAR).starts_with('·'));
        assert_eq!(bar(1234, 0), "123.4 %");
    }

    #[test]
    fn a_table_fits_where_it_can() {
        let column = |name, kind| Column { name, title: name.to_owned(), kind };
        let note = "Government assurances of 2 March 2026, as published in the Federal Register";
        let sheet = Sheet {
            title: String::new(),
            notes: Vec::new(),
            heads: true,
            columns: vec![
                column("quota", Kind::Text),
                column("account", Kind::Text),
                column("limit", Kind::Number),
                column("taken", Kind::Share),
                column("note", Kind::Text),
            ],
            rows: vec![
                vec![
                    Cell::text("country-allocation"),
                    Cell::text("MY"),
                    Cell::number(790_000_000),
                    Cell::Share(500),
                    Cell::text(note),
                ],
                vec![
                    Cell::text("country-allocation"),
                    Cell::text("配额账户"),
                    Cell::number(1),
                    Cell::Share(1000),
                    Cell::text(""),
                ],
            ],
            empty: String::new(),
        };
        for columns in [60, 80, 100, 200] {
            let mut table = Vec::new();
            sheet.table(columns, &mut table).expect("it is written");
            let table = String::from_utf8(table).expect("UTF-8");
            assert!(table.lines().all(|line| width(line) <= columns), "{columns}:\n{table}");
            assert_eq!(table.matches("country-allocation").count(), 1, "{table}");
            let words: Vec<&str> = table.split_whitespace().collect();
            assert!(note.split(' ').all(|word| words.contains(&word)), "{table}");
        }
    }
}

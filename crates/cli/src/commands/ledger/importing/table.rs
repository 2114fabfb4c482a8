//! The rows of a file of movements, whatever is wrong with some of them.

use std::fmt;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use ledger::account::Account;
use ledger::journal;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::super::transfer::Exporter;
use crate::input::STANDARD_INPUT;
use records::{delimiter, named_delimiter};

/// The columns that an import reads.
pub const COLUMNS: [&str; 19] = [
    "request",
    "event",
    "quota",
    "key",
    "accounts",
    "amount",
    "day",
    "expires",
    "reservation",
    "reserved_as",
    "reason",
    "note",
    "item",
    "units",
    "source",
    "to",
    "by",
    "owned",
    "owner",
];

/// What an export says besides, of the ledger from which it comes. An import passes over it.
pub const EXPORTED: [&str; 4] = ["number", "at", "asked_by", "returned"];

/// What stands between the parts of a key.
pub const BETWEEN: &str = " / ";

/// The key of an account in one cell, as an import reads it.
pub fn key_text(account: &Account) -> String {
    let is_plain = |part: &String| !part.contains(BETWEEN) && part.trim() == part;
    let text = account.key.join(BETWEEN);
    // What begins like a list is read as one.
    if account.key.iter().all(is_plain) && !text.starts_with('[') {
        return text;
    }
    Value::from(account.key.clone()).to_string()
}

/// The parts of a key in one cell.
pub fn key_parts(key: &str) -> Vec<String> {
    serde_json::from_str::<Vec<String>>(key)
        .unwrap_or_else(|_| key.split(BETWEEN).map(str::to_owned).collect())
}

/// One row of an import: texts by column.
pub struct Row {
    /// The number of its first line in the file.
    pub number: u64,
    /// Whether another ledger exported it.
    pub is_exported: bool,
    cells: Vec<(String, String)>,
}

impl Row {
    fn new(number: u64, cells: Vec<(String, String)>) -> Row {
        let is_exported = cells.iter().any(|(name, text)| name == "at" && !text.trim().is_empty());
        Row { number, is_exported, cells }
    }

    /// What stands in a column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let found = self.cells.iter().find(|(name, _)| name == column);
        // A ledger writes what it holds, white space and all.
        let text = found.map(|(_, text)| if self.is_exported { text } else { text.trim() });
        text.filter(|text| !text.is_empty())
    }

    /// A mistake in a column.
    pub fn wrong(&self, column: &'static str, why: String) -> Wrong {
        Wrong { row: self.number, column: Some(column.to_owned()), why, is_unknown_column: false }
    }

    /// What stands in a column that may not be empty.
    pub fn need(&self, column: &'static str, wrong: &mut Vec<Wrong>) -> Option<&str> {
        let found = self.get(column);
        if found.is_none() {
            wrong.push(self.wrong(column, "it is empty".to_owned()));
        }
        found
    }

    /// What a column says.
    pub fn read<T>(
        &self,
        column: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
        wrong: &mut Vec<Wrong>,
    ) -> Option<T> {
        noted(self, column, read(self.need(column, wrong)?), wrong)
    }

    /// What is there; `Some(None)` where nothing is, and `None` where it cannot be read.
    pub fn optional<T>(
        &self,
        column: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
        wrong: &mut Vec<Wrong>,
    ) -> Option<Option<T>> {
        match self.get(column) {
            Some(text) => noted(self, column, read(text), wrong).map(Some),
            None => Some(None),
        }
    }
}

/// What is wrong with a row, and in which column.
pub struct Wrong {
    /// The row.
    pub row: u64,
    column: Option<String>,
    why: String,
    /// Whether it names a column that there is not.
    pub is_unknown_column: bool,
}

impl Wrong {
    fn of_row(row: u64, why: impl Into<String>) -> Wrong {
        Wrong { row, column: None, why: why.into(), is_unknown_column: false }
    }

    /// What is said of it.
    pub fn line(&self) -> String {
        match &self.column {
            Some(column) => format!("row {}, column `{column}`: {}", self.row, self.why),
            None => format!("row {}: {}", self.row, self.why),
        }
    }
}

/// Notes what cannot be read.
pub fn noted<T>(
    row: &Row,
    column: &'static str,
    read: Result<T, String>,
    wrong: &mut Vec<Wrong>,
) -> Option<T> {
    read.map_err(|why| wrong.push(row.wrong(column, why))).ok()
}

/// The rows of a file that can be read. Those that cannot are noted.
///
/// # Errors
/// The file cannot be read, or its header.
pub fn rows(file: &Path, wrong: &mut Vec<Wrong>) -> anyhow::Result<Vec<Row>> {
    let name = name_of(file);
    let bytes = match file.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(file),
    };
    let bytes = bytes.with_context(|| format!("cannot read `{name}`"))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if text.trim_ascii().is_empty() {
        bail!("`{name}` is empty");
    }
    let is_json = file.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    // No header of a table begins with a brace, whatever the file is called.
    let is_object = text.trim_ascii_start().starts_with(b"{");
    if is_json || is_object { Ok(json_rows(text, wrong)) } else { csv_rows(&name, text, wrong) }
}

/// What a file is called where something is said of it.
pub fn name_of(file: &Path) -> String {
    match file.as_os_str() == "-" {
        true => STANDARD_INPUT.to_owned(),
        false => file.display().to_string(),
    }
}

/// A table as it is read: from a place on, with a delimiter.
fn reader(text: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    let mut form = csv::ReaderBuilder::new();
    form.has_headers(false).flexible(true).delimiter(delimiter).from_reader(text)
}

fn csv_rows(file: &str, text: &[u8], wrong: &mut Vec<Wrong>) -> anyhow::Result<Vec<Row>> {
    let delimiter = delimiter(text);
    let mut begun = named_delimiter(text).map_or(0, |(_, length)| length);
    let mut line = if begun > 0 { 2 } else { 1 };
    let (mut header, mut rows): (Vec<String>, Vec<Row>) = (Vec::new(), Vec::new());
    'reading: loop {
        let rest = text.get(begun..).unwrap_or_default();
        let (mut csv, mut record) = (reader(rest, delimiter), csv::ByteRecord::new());
        while csv.read_byte_record(&mut record)? {
            let place = Place::of(rest, &record, csv.position());
            let number = line + place.lines_before;
            if header.is_empty() {
                header = header_of(file, number, &record)?;
            } else if let Some(next) = place.second_line {
                // No text of a movement has two lines: a quote swallowed what follows, which may be
                // sound.
                let why = "a quote is opened and not closed in its line; within quotes, a quote is \
                           written twice";
                wrong.push(Wrong::of_row(number, why));
                (begun, line) = (begun + next, number + 1);
                continue 'reading;
            } else if record.len() == header.len() {
                rows.extend(row_of(number, &header, &record, wrong));
            } else {
                let (found, columns) = (record.len(), header.len());
                let why = format!(
                    "the row has {found} values, the header {columns} columns; a value with the delimiter in it stands in quotes"
                );
                wrong.push(Wrong::of_row(number, why));
            }
        }
        return Ok(rows);
    }
}

/// Where a record stands in the text from which it was read.
struct Place {
    lines_before: u64,
    /// Where its second line begins, where it has one.
    second_line: Option<usize>,
}

impl Place {
    fn of(text: &[u8], record: &csv::ByteRecord, end: &csv::Position) -> Place {
        let byte =
            |position: &csv::Position| usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let from = record.position().map_or(0, byte);
        let whole = text.get(from..byte(end)).unwrap_or_default();
        // Empty lines before a record are read with it.
        let is_break = |byte: &&u8| matches!(**byte, b'\n' | b'\r');
        let blank = whole.iter().take_while(is_break).count();
        let (empty, own) = whole.split_at(blank);
        let breaks = |text: &[u8]| memchr::memchr_iter(b'\n', text).count() as u64;
        let before = record.position().map_or(1, csv::Position::line).saturating_sub(1);
        let end = memchr::memchr(b'\n', own.trim_ascii_end());
        Place {
            lines_before: before + breaks(empty),
            second_line: end.map(|end| from + blank + end + 1),
        }
    }
}

/// The columns of a table.
fn header_of(file: &str, number: u64, record: &csv::ByteRecord) -> anyhow::Result<Vec<String>> {
    let header: Vec<String> =
        record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    for column in &header {
        if !COLUMNS.contains(&column.as_str()) && !EXPORTED.contains(&column.as_str()) {
            let name = file;
            bail!(
                "`{name}`, row {number}: there is no column `{column}` of movements\n\nhint: the columns are {}",
                COLUMNS.join(", ")
            );
        }
        if header.iter().filter(|one| *one == column).count() > 1 {
            bail!("`{}`, row {number}: the column `{column}` is there twice", file);
        }
    }
    Ok(header)
}

fn row_of(
    number: u64,
    header: &[String],
    record: &csv::ByteRecord,
    wrong: &mut Vec<Wrong>,
) -> Option<Row> {
    let mut cells = Vec::with_capacity(header.len());
    let mut is_text = true;
    for (column, cell) in header.iter().zip(record) {
        match std::str::from_utf8(cell) {
            Ok(text) => cells.push((column.clone(), text.to_owned())),
            Err(_) => {
                let (row, column) = (number, Some(column.clone()));
                let why = "it is not UTF-8 text; save the file as UTF-8".to_owned();
                wrong.push(Wrong { row, column, why, is_unknown_column: false });
                is_text = false;
            }
        }
    }
    is_text.then(|| Row::new(number, cells))
}

fn json_rows(text: &[u8], wrong: &mut Vec<Wrong>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut exporter = Exporter::default();
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let object = match serde_json::from_slice::<Object>(line) {
            Ok(Object(object)) => object,
            Err(why) => {
                wrong.push(Wrong::of_row(number, format!("it is no JSON object: {why}")));
                continue;
            }
        };
        let has = |name: &str| object.iter().any(|(field, _)| field == name);
        if has("v") && has("n") {
            let entry = journal::decode(&String::from_utf8_lossy(line));
            match entry {
                Ok(entry) => {
                    let cells = exporter.cells(&entry).into_iter();
                    let cells = cells.map(|(column, text)| (column.to_owned(), text)).collect();
                    rows.push(Row::new(number, cells));
                }
                Err(why) => wrong.push(Wrong::of_row(number, why.to_string())),
            }
        } else {
            rows.extend(row_of_object(number, object, wrong));
        }
    }
    rows
}

/// The fields of an object as they are written, also those that are there twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Object, D::Error> {
        source.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Object;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Object(fields))
    }
}

fn row_of_object(number: u64, object: Vec<(String, Value)>, wrong: &mut Vec<Wrong>) -> Option<Row> {
    let mut cells: Vec<(String, String)> = Vec::new();
    let mut is_known = true;
    for (at, (field, _)) in object.iter().enumerate() {
        if object[..at].iter().any(|(before, _)| before == field) {
            wrong.push(Wrong::of_row(number, format!("the field `{field}` is there twice")));
            is_known = false;
        }
    }
    for (column, value) in object {
        if !COLUMNS.contains(&column.as_str()) && !EXPORTED.contains(&column.as_str()) {
            let why = format!("there is no field `{column}` of movements");
            wrong.push(Wrong { row: number, column: None, why, is_unknown_column: true });
            is_known = false;
            continue;
        }
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            // A list of key parts is an account of its own form.
            other => other.to_string(),
        };
        cells.push((column, text));
    }
    is_known.then(|| Row::new(number, cells))
}

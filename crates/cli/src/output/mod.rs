//! The forms in which answers are written.

mod csv;
pub mod heading;
mod html;
pub mod json;
pub mod lab;
pub mod labels;
#[cfg(feature = "batch")]
pub mod moves;
mod readings;
pub mod sheet;
pub mod summary;
mod table;
pub mod wrapping;

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;

use crate::commands::check::{Answered, Tally, render};
use crate::input::columns::Columns;
use crate::wording::{Phrasebook, day};

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One JSON list.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values: the columns that came in, and the answer's.
    Csv,
    /// One page that stands alone.
    Html,
}

impl Format {
    /// The form that is asked for, or that the ending of the output's name tells; else a table on a
    /// terminal and JSON Lines otherwise.
    ///
    /// # Errors
    /// An ending that tells no form.
    pub fn choose(
        asked: Option<Format>,
        output: Option<&Path>,
        terminal: bool,
    ) -> anyhow::Result<Format> {
        if let Some(format) = asked {
            return Ok(format);
        }
        let Some(output) = output else {
            return Ok(if terminal { Format::Table } else { Format::Jsonl });
        };
        let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        Ok(match ending {
            "json" => Format::Json,
            "jsonl" | "ndjson" => Format::Jsonl,
            "csv" => Format::Csv,
            "html" | "htm" => Format::Html,
            "txt" => Format::Table,
            _ => bail!(
                "`{}` does not tell the form of output\n\nhint: end it in .jsonl, .json, .csv, \
                 .html or .txt, or give --format",
                output.display()
            ),
        })
    }
}

/// What else there is to say about how answers are written.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Whether they go to a terminal.
    pub terminal: bool,
    /// Whether to use color.
    pub color: bool,
    /// Whether a table has every text in full.
    pub details: bool,
    /// What the orders are called.
    pub name: String,
}

const TABLE_COLUMNS: usize = 100;
const TABLE_COLUMNS_MIN: usize = 80;
const TABLE_COLUMNS_MAX: usize = 140;

/// Writes answered lines in one form.
pub trait Sink: Send + Sync {
    /// What goes before the first line.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()>;
    /// A batch of lines, in order.
    fn write(&mut self, lines: &[Answered], out: &mut dyn Write) -> io::Result<()>;
    /// What goes after the last line.
    fn end(&mut self, tally: &Tally, out: &mut dyn Write) -> io::Result<()>;
}

/// The sink of a form.
pub fn sink<'s>(
    format: Format,
    book: &'s Phrasebook<'s>,
    columns: Option<&'s Columns>,
    manner: Manner,
) -> Box<dyn Sink + 's> {
    let json =
        |list| Box::new(JsonSink { book, fragments: json::Fragments::new(book), list, any: false });
    match format {
        Format::Jsonl => json(false),
        Format::Json => json(true),
        Format::Table => {
            let columns = table_columns(manner.terminal);
            let shape = table::Shape { columns, color: manner.color, details: manner.details };
            Box::new(table::TableSink::new(book, shape))
        }
        Format::Csv => Box::new(csv::CsvSink::new(book, columns)),
        Format::Html => {
            // The page may be sent to others, whom the folders do not concern.
            let file = Path::new(&manner.name).file_name();
            let name = file.map_or(manner.name.clone(), |file| file.to_string_lossy().into_owned());
            Box::new(html::HtmlSink::new(book, name))
        }
    }
}

/// How many columns a table takes: what the terminal has, within reason.
pub fn table_columns(terminal: bool) -> usize {
    let wide = if terminal { terminal_size::terminal_size() } else { None };
    wide.map_or(TABLE_COLUMNS, |(wide, _)| {
        usize::from(wide.0).clamp(TABLE_COLUMNS_MIN, TABLE_COLUMNS_MAX)
    })
}

/// JSON, a line each or as one list.
struct JsonSink<'s> {
    book: &'s Phrasebook<'s>,
    fragments: json::Fragments,
    list: bool,
    any: bool,
}

impl Sink for JsonSink<'_> {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.list { out.write_all(b"[") } else { Ok(()) }
    }

    fn write(&mut self, lines: &[Answered], out: &mut dyn Write) -> io::Result<()> {
        if self.list {
            out.write_all(if std::mem::replace(&mut self.any, true) { b",\n" } else { b"\n" })?;
        }
        let last = lines.last().map(|line| line.order.row);
        render(lines, out, |line, memory, text| {
            match (&line.determination, &line.order.error) {
                (Some(determination), _) => {
                    let date = day(determination.date);
                    let worded = self.book.word(determination, &line.order.facts, memory);
                    json::determination(text, &line.order, &date, &worded, &self.fragments);
                }
                (None, Some(error)) => json::error(text, &line.order, error),
                (None, None) => {}
            }
            match (self.list, last == Some(line.order.row)) {
                (true, true) => {}
                (true, false) => text.push_str(",\n"),
                (false, _) => text.push('\n'),
            }
        })
    }

    fn end(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        if self.list { out.write_all(b"\n]\n") } else { Ok(()) }
    }
}

/// The hash by which a page's policy names its style or its script.
#[cfg(test)]
pub(crate) fn policy_hash(text: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(text.as_bytes());
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest))
}

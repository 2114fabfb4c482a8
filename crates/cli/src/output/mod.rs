//! The forms in which answers are written.

pub mod json;
pub mod summary;

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;

use crate::commands::check::{Answered, Tally, render};
use crate::input::columns::Columns;
use crate::wording::Phrasebook;

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
    pub fn choose(asked: Option<Format>, output: Option<&Path>, terminal: bool) -> anyhow::Result<Format> {
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
                "`{}` does not tell the form of output\n\nhint: end it in .jsonl, .json, .csv, .html or \
                 .txt, or give --format",
                output.display()
            ),
        })
    }
}

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
    color: bool,
    name: &str,
) -> Box<dyn Sink + 's> {
    let _ = (columns, color, name);
    let note = json::LawNote::new(book.law);
    match format {
        Format::Jsonl => Box::new(JsonSink { book, note, list: false, any: false }),
        _ => Box::new(JsonSink { book, note, list: true, any: false }),
    }
}

/// JSON, a line each or as one list.
struct JsonSink<'s> {
    book: &'s Phrasebook<'s>,
    note: json::LawNote,
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
                    let date = determination.date.to_string();
                    let worded = self.book.word(determination, &line.order.facts, memory);
                    json::determination(text, &line.order, &date, &worded, &self.note);
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

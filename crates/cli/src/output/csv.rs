//! Writes determinations as CSV: the columns as they came in, then the answer's.
//!
//! The values that came in are written as they are, also where a spreadsheet would take one for a
//! formula: changing them would break the way back into the system that wrote them. The answer's
//! own columns begin with a word, a number of the law or a date, never with `=`, `+`, `-` or `@`.
//! A column of the input that bears the name of one of the answer's (a file that was answered
//! before) gives way to it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use csv::Writer;
use law::eval::Memory;
use law::{FactId, Reading};
use rayon::prelude::*;

use crate::commands::check::{Answered, Tally};
use crate::input::columns::{Column, Columns};
use crate::input::rows::Order;
use crate::output::Sink;
use crate::wording::{Duty, Link, Phrasebook, WordedAnswer};

const LINES_OF_A_CHUNK: usize = 128;
const ANSWER_COLUMNS: [&str; 8] =
    ["outcome", "exceptions", "policy", "because", "obligations", "missing", "doubts", "flags"];
const LINE_ID: &str = "weir_line_id";
const OTHER_FACTS: &str = "weir_other_facts";

/// Comma-separated values.
pub struct CsvSink<'s> {
    book: &'s Phrasebook<'s>,
    columns: Option<&'s Columns>,
    shape: Option<Shape>,
}

/// What is repeated of the input.
enum Shape {
    /// The columns of a CSV file, by index, and whether the key is among them.
    Columns(Vec<usize>, bool),
    /// Facts and unknown names, as the first lines of a JSON Lines file have them.
    Facts(Vec<FactId>, Vec<String>),
}

impl<'s> CsvSink<'s> {
    /// Answers beside these columns; `None` where the orders come as JSON Lines.
    pub fn new(book: &'s Phrasebook<'s>, columns: Option<&'s Columns>) -> CsvSink<'s> {
        CsvSink { book, columns, shape: None }
    }

    fn shape(&self, lines: &[Answered]) -> Shape {
        let own: BTreeSet<String> = answer_columns().collect();
        if let Some(columns) = self.columns {
            let kept = |at: &usize| !own.contains(&columns.names[*at]);
            let has_key = columns.columns.contains(&Column::LineId);
            return Shape::Columns((0..columns.names.len()).filter(kept).collect(), has_key);
        }
        let orders = || lines.iter().map(|line| &line.order);
        let facts: BTreeSet<FactId> =
            orders().flat_map(|order| order.given.iter().copied()).collect();
        let extra: BTreeSet<&str> =
            orders().flat_map(|order| order.extra.iter().map(|(name, _)| name.as_str())).collect();
        let extra = extra.into_iter().filter(|name| !own.contains(*name)).map(str::to_string);
        Shape::Facts(facts.into_iter().collect(), extra.collect())
    }

    fn header(&self, shape: &Shape) -> Vec<String> {
        let mut header: Vec<String> = Vec::new();
        match shape {
            Shape::Columns(kept, has_key) => {
                let names = self.columns.map_or(&[][..], |columns| &columns.names);
                header.extend(kept.iter().map(|at| names[*at].clone()));
                header.extend((!has_key).then(|| LINE_ID.to_string()));
            }
            Shape::Facts(facts, extra) => {
                let name = |id: &FactId| self.book.fact_name(*id).to_string();
                header.push("line_id".into());
                header.extend(facts.iter().map(name));
                header.extend(extra.iter().cloned());
                header.push(OTHER_FACTS.into());
            }
        }
        header.extend(answer_columns().filter(|name| name != LINE_ID && name != OTHER_FACTS));
        header
    }

    fn record(
        &self,
        shape: &Shape,
        line: &Answered,
        memory: &mut Memory,
        out: &mut Writer<Vec<u8>>,
    ) -> csv::Result<()> {
        let order = &line.order;
        match shape {
            Shape::Columns(kept, has_key) => {
                for at in kept {
                    out.write_field(order.cells.get(*at).map_or("", String::as_str))?;
                }
                if !has_key {
                    out.write_field(&order.id)?;
                }
            }
            Shape::Facts(facts, extra) => self.given(order, facts, extra, out)?,
        }
        match &line.determination {
            Some(determination) => {
                let worded = self.book.word(determination, &order.facts, memory);
                out.write_field(worded.classification.join("; "))?;
                for answer in &worded.readings {
                    answer_fields(answer, out)?;
                }
            }
            None => {
                for _ in 0..=2 * ANSWER_COLUMNS.len() {
                    out.write_field("")?;
                }
            }
        }
        let error = |error: &crate::input::rows::RowError| match &error.column {
            Some(column) => format!("{}: {} (column {column})", error.code, error.message),
            None => format!("{}: {}", error.code, error.message),
        };
        out.write_field(order.errors().map(error).collect::<Vec<_>>().join("; "))?;
        let warning = |warning: &crate::input::rows::Warning| {
            format!("{}: {}", warning.code, warning.message)
        };
        out.write_field(order.warnings.iter().map(warning).collect::<Vec<_>>().join("; "))?;
        out.write_field(order.reserved.as_ref().map_or(String::new(), |held| {
            let all = std::iter::once(held).chain(&held.further);
            all.map(|one| one.entry.to_string()).collect::<Vec<_>>().join("; ")
        }))?;
        out.write_record(None::<&[u8]>)
    }

    /// What a JSON line gives: the columns, then whatever none of them holds.
    fn given(
        &self,
        order: &Order,
        facts: &[FactId],
        extra: &[String],
        out: &mut Writer<Vec<u8>>,
    ) -> csv::Result<()> {
        let show = |id: FactId| {
            let value = order.facts.get(id).filter(|_| order.given.contains(&id));
            value.map_or(String::new(), |value| self.book.law.vocabulary().fact(id).show(value))
        };
        out.write_field(&order.id)?;
        for id in facts {
            out.write_field(show(*id))?;
        }
        for name in extra {
            let found = order.extra.iter().find(|(known, _)| known == name);
            out.write_field(found.map_or("", |(_, value)| value))?;
        }
        let more_facts = order.given.iter().filter(|id| !facts.contains(id));
        let more_facts = more_facts.map(|id| format!("{}={}", self.book.fact_name(*id), show(*id)));
        let more_extra = order.extra.iter().filter(|(name, _)| !extra.contains(name));
        let more_extra = more_extra.map(|(name, value)| format!("{name}={value}"));
        out.write_field(more_facts.chain(more_extra).collect::<Vec<_>>().join("; "))
    }
}

/// The names of the answer's own columns.
fn answer_columns() -> impl Iterator<Item = String> {
    let readings = Reading::BOTH.into_iter().flat_map(|reading| {
        ANSWER_COLUMNS.map(|column| format!("weir_{}_{column}", reading.word()))
    });
    let first = [LINE_ID, OTHER_FACTS, "weir_classification"].map(String::from);
    first
        .into_iter()
        .chain(readings)
        .chain(["weir_error", "weir_warnings", "weir_reservation"].map(String::from))
}

fn answer_fields(answer: &WordedAnswer, out: &mut Writer<Vec<u8>>) -> csv::Result<()> {
    out.write_field(answer.outcome.word())?;
    out.write_field(answer.exceptions.join("; "))?;
    out.write_field(answer.policy.map_or("", |policy| policy.word()))?;
    out.write_field(cites(&answer.because))?;
    out.write_field(answer.obligations.iter().map(duty).collect::<Vec<_>>().join("; "))?;
    out.write_field(answer.missing.join("; "))?;
    out.write_field(cites(&answer.doubts))?;
    out.write_field(answer.flags.iter().map(|flag| flag.rule).collect::<Vec<_>>().join("; "))
}

/// The paragraphs of links; the rule's id where the program itself speaks.
fn cites(links: &[Link]) -> String {
    let cite = |link: &Link| match link.cite {
        "" => link.rule.to_string(),
        cite => cite.to_string(),
    };
    links.iter().map(cite).collect::<Vec<_>>().join("; ")
}

fn duty(duty: &Duty) -> String {
    let due = duty.date.as_deref().unwrap_or(duty.due);
    format!("{} {} ({due})", duty.kind, duty.cite)
}

impl Sink for CsvSink<'_> {
    fn begin(&mut self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, lines: &[Answered], out: &mut dyn Write) -> io::Result<()> {
        if self.shape.is_none() {
            let shape = self.shape(lines);
            let mut header = Writer::from_writer(Vec::new());
            header.write_record(self.header(&shape))?;
            out.write_all(&finished(header)?)?;
            self.shape = Some(shape);
        }
        let Some(shape) = &self.shape else { return Ok(()) };
        let chunks: Vec<io::Result<Vec<u8>>> = lines
            .par_chunks(LINES_OF_A_CHUNK)
            .map_init(Memory::default, |memory, chunk| {
                let mut writer = Writer::from_writer(Vec::new());
                for line in chunk {
                    self.record(shape, line, memory, &mut writer)?;
                }
                finished(writer)
            })
            .collect();
        chunks.into_iter().try_for_each(|chunk| out.write_all(&chunk?))
    }

    fn end(&mut self, _: &Tally, out: &mut dyn Write) -> io::Result<()> {
        // A file without lines has a header all the same.
        self.write(&[], out)
    }
}

fn finished(writer: Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

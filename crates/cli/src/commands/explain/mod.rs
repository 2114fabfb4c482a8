//! `weir explain`: one line of an order book, with the whole trace of its decision and the nearest
//! changes of fact that would change it.
//!
//! This module must not decide or trace anything itself: the tree and the flips come from the law.

mod json;
mod nearest;
#[cfg(feature = "batch")]
mod row;
mod tree;
mod words;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::bail;
use law::explain::{Explanation, explain};
use law::flips::{Flip, flips};
use law::{Carry, Desk, Law};

use crate::catalogue::{Chips, Parts};
use crate::commands::check::header;
use crate::input::rows::{Order, Reader};
use crate::input::{self, Form, Orders};
use crate::language::Language;
#[cfg(feature = "batch")]
use crate::output::json::Fragments;
use crate::output::table_columns;
use crate::output::wrapping::wrapped;
use crate::wording::Phrasebook;
use crate::{Common, Done};

/// Explains one line: everything that was tested, with the values seen, and the smallest changes of
/// fact that would change the answer.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// CSV or JSON Lines; `-` for standard input.
    orders: PathBuf,
    /// The line's `line_id`, or its number where the file has none; may be left out where there is
    /// only one line.
    #[arg(long, value_name = "ID")]
    line: Option<String>,
    /// The row of a table, of Parquet, Arrow, CSV or JSON Lines, from 1, a header not counted, as
    /// `weir batch` decides it.
    #[cfg(feature = "batch")]
    #[arg(long, value_name = "N", conflicts_with = "line")]
    row: Option<u64>,
    /// A fact and the column that holds it, where the column has another name.
    #[cfg(feature = "batch")]
    #[arg(long, value_name = "FACT=COLUMN", requires = "row")]
    map: Vec<String>,
    /// The form of output; a tree on a terminal, JSON otherwise.
    #[arg(long)]
    format: Option<Format>,
    /// Show what did not matter too.
    #[arg(long)]
    all: bool,
    /// Draw the tree with plain letters.
    #[arg(long)]
    ascii: bool,
    /// Leave out what earlier lines drew on the same quotas.
    #[arg(long)]
    no_carry: bool,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    parts: Vec<PathBuf>,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A tree for people, and a table of the nearest changes.
    Table,
    /// One JSON object.
    Json,
}

/// Everything there is to show.
struct Explained<'x> {
    law: &'x Law,
    order: &'x Order,
    explanation: Explanation,
    flips: Vec<Flip>,
}

/// Runs the command.
///
/// # Errors
/// Bad usage, unreadable input or law, a line that is not there or cannot be decided.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    #[cfg(feature = "batch")]
    if let Some(row) = args.row {
        let order = row::find(args, row, &law, common)?;
        return shown(args, common, &law, &order, &Carry::default());
    }
    let parts = Parts::new(args.parts.clone());
    let mut orders = input::open(&args.orders)?;
    let (columns, _) = header(&mut orders, &law, common)?;
    let delimiter = match orders.form {
        Form::Csv(delimiter) => delimiter,
        Form::JsonLines => b',',
    };
    let reader = Reader::new(&law, &chips, &parts, columns.as_ref(), delimiter, false);
    let mut carry = Carry::default();
    let mut order = find(args, &law, &reader, &mut orders, &mut carry)?;
    reader.translate(&mut order, common.lang);
    shown(args, common, &law, &order, &carry)
}

/// Shows the trace of a line, or says what is wrong with it.
fn shown(
    args: &Args,
    common: &Common,
    law: &Law,
    order: &Order,
    carry: &Carry,
) -> anyhow::Result<Done> {
    let terminal = io::stdout().is_terminal();
    let format = args.format.unwrap_or(if terminal { Format::Table } else { Format::Json });
    if let Some(error) = &order.error {
        let hint =
            if error.hint.is_empty() { String::new() } else { format!("\n\nhint: {}", error.hint) };
        let row = |message: &str| match common.lang {
            Language::En => format!("row {}: {message}", order.row),
            Language::Zh => format!("第 {} 行：{message}", order.row),
        };
        let rows: Vec<String> = order.errors().map(|error| row(&error.message)).collect();
        bail!("{}{hint}", rows.join("\n"));
    }
    for warning in &order.warnings {
        common.warn(&warning.message);
    }
    let Some(explained) = explained(law, order, carry, args.all) else {
        bail!("row {}: the line has no date", order.row);
    };
    let mut out = BufWriter::new(io::stdout());
    let written = match format {
        Format::Json => json::write(&mut out, &explained, &Phrasebook::new(law, common.lang)),
        Format::Table => {
            let shape = tree::Shape {
                columns: table_columns(terminal),
                color: common.color(terminal),
                ascii: args.ascii,
                all: args.all,
                language: common.lang,
            };
            table(&mut out, &explained, shape)
        }
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Done::Good),
    }
}

/// Everything there is to show of a line; `None` where it has no date.
fn explained<'x>(
    law: &'x Law,
    order: &'x Order,
    carry: &Carry,
    all: bool,
) -> Option<Explained<'x>> {
    let mut desk = Desk::default();
    let mut explanation = explain(law, &order.facts, Some(carry), &mut desk)?;
    explanation.shorten(law, all);
    let flips = flips(law, &order.facts, Some(carry), &mut desk);
    Some(Explained { law, order, explanation, flips })
}

/// The JSON of a line that stands alone; `None` where it has no date.
#[cfg(feature = "batch")]
pub fn in_json(
    book: &Phrasebook,
    fragments: &Fragments,
    order: &Order,
    all: bool,
) -> Option<String> {
    let explained = explained(book.law, order, &Carry::default(), all)?;
    Some(json::text(&explained, book, fragments))
}

/// Reads up to the wanted line, counting what the lines before it draw.
fn find(
    args: &Args,
    law: &Law,
    reader: &Reader,
    orders: &mut Orders,
    carry: &mut Carry,
) -> anyhow::Result<Order> {
    let mut scratch = reader.scratch();
    let mut desk = Desk::default();
    let mut known: Vec<String> = Vec::new();
    let mut number = 0;
    let mut only: Option<Order> = None;
    while let Some(record) = orders.records.next_record()? {
        number += 1;
        let order = reader.read(&record, number, &mut scratch);
        known.push(order.id.clone());
        match &args.line {
            Some(wanted) if *wanted == order.id => return Ok(order),
            None if number == 1 => {
                only = Some(order);
                continue;
            }
            None => bail!(
                "`{}` has several lines, and no --line says which to explain\n\nhint: --line {}, for \
                 instance",
                orders.name,
                known.first().map_or("1", String::as_str)
            ),
            Some(_) => {}
        }
        if !args.no_carry && order.error.is_none() {
            let found = law.decide(&order.facts, Some(carry), &mut desk);
            found.iter().for_each(|found| carry.add(found));
        }
    }
    let name = &orders.name;
    match (only, &args.line) {
        (Some(order), _) => Ok(order),
        (None, Some(wanted)) => {
            let near = law::diagnostic::nearest(wanted, known.iter().map(String::as_str));
            let hint = match (near, known.first(), known.last()) {
                (Some(near), ..) => format!("did you mean {near}?"),
                (None, Some(first), Some(last)) => format!("the lines are {first} to {last}"),
                _ => "the file has no lines".into(),
            };
            bail!("`{name}` has no line `{wanted}`\n\nhint: {hint}")
        }
        (None, None) => bail!("`{name}` has no lines\n\nhint: a header alone is no order"),
    }
}

fn table(out: &mut dyn Write, explained: &Explained, shape: tree::Shape) -> io::Result<()> {
    tree::write(out, explained, shape)?;
    nearest::write(out, explained, shape)?;
    for line in wrapped(words::advice(shape.language), shape.columns) {
        writeln!(out, "{}", shape.dim(&line))?;
    }
    Ok(())
}

//! Where rows of an answer go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use batch::arrow::array::RecordBatch;
use batch::arrow::datatypes::{DataType, Schema, SchemaRef};
use batch::arrow::util::display::{ArrayFormatter, FormatOptions};
use batch::arrow::{csv, json};
use batch::files::{Format, Writer, flattened_batch};

use crate::output::wrapping::{padded, padded_left, plain, width};

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// A table for people.
    Table,
    /// Comma-separated values; what is nested has columns such as `decision.outcome`.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet; wants `--output`.
    Parquet,
    /// Arrow IPC; wants `--output`.
    Arrow,
}

impl Form {
    /// The form that is asked for, or that the ending of the output's name tells; else a table on a
    /// terminal and JSON Lines otherwise.
    ///
    /// # Errors
    /// An ending that tells no form, a form that wants a file.
    pub fn choose(
        asked: Option<Form>,
        output: Option<&Path>,
        terminal: bool,
    ) -> anyhow::Result<Form> {
        let of_ending = |output: &Path| match Format::of(output) {
            Some(Format::Parquet) => Some(Form::Parquet),
            Some(Format::Arrow) => Some(Form::Arrow),
            Some(Format::Csv) => Some(Form::Csv),
            Some(Format::JsonLines) => Some(Form::Jsonl),
            None => output.extension().is_some_and(|it| it == "txt").then_some(Form::Table),
        };
        match (asked, output) {
            (Some(form @ (Form::Parquet | Form::Arrow)), None) => {
                let name = if form == Form::Parquet { "parquet" } else { "arrow" };
                bail!("`--format {name}` wants a file\n\nhint: --output answer.{name}")
            }
            (Some(form), _) => Ok(form),
            (None, None) => Ok(if terminal { Form::Table } else { Form::Jsonl }),
            (None, Some(output)) => match of_ending(output) {
                Some(form) => Ok(form),
                None => bail!(
                    "`{}` does not tell the form of output\n\nhint: end it in .parquet, .arrow, \
                     .csv, .jsonl or .txt, or give --format",
                    output.display()
                ),
            },
        }
    }
}

/// What writes rows, and the file that gets its name at the end.
pub struct Sink {
    writing: Writing,
    place: Option<Place>,
    rows: u64,
}

struct Place {
    partial: PathBuf,
    target: PathBuf,
}

impl Drop for Place {
    /// Leaves no half of an output behind. Where it has its name by now, nothing is found.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.partial);
    }
}

enum Writing {
    Table(Box<Table>),
    Csv(Box<csv::Writer<Out>>),
    Jsonl(Box<json::LineDelimitedWriter<Out>>),
    File(Box<Writer>),
}

type Out = Box<dyn Write>;

impl Sink {
    /// Begins an output.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(form: Form, output: Option<&Path>, schema: SchemaRef) -> anyhow::Result<Sink> {
        let place = output.map(|output| {
            let mut partial = output.as_os_str().to_owned();
            partial.push(format!(".{}.partial", std::process::id()));
            Place { partial: PathBuf::from(partial), target: output.to_owned() }
        });
        let cannot = || match output {
            Some(output) => format!("cannot write `{}`", output.display()),
            None => "standard output cannot be written".to_owned(),
        };
        let out = || -> io::Result<Out> {
            Ok(match &place {
                Some(place) => Box::new(BufWriter::new(File::create(&place.partial)?)),
                None => Box::new(BufWriter::new(io::stdout())),
            })
        };
        let writing = match (form, &place) {
            (Form::Table, _) => {
                Writing::Table(Box::new(Table::new(out().with_context(cannot)?, &schema)))
            }
            (Form::Csv, _) => {
                let mut writer = csv::Writer::new(out().with_context(cannot)?);
                // An answer without rows has its columns.
                writer.write(&flattened_batch(&RecordBatch::new_empty(schema))?)?;
                Writing::Csv(Box::new(writer))
            }
            (Form::Jsonl, _) => {
                let out = out().with_context(cannot)?;
                Writing::Jsonl(Box::new(json::LineDelimitedWriter::new(out)))
            }
            (Form::Parquet | Form::Arrow, Some(place)) => {
                let format = if form == Form::Arrow { Format::Arrow } else { Format::Parquet };
                let writer = Writer::create(&place.partial, format, schema);
                Writing::File(Box::new(writer.with_context(cannot)?))
            }
            (Form::Parquet | Form::Arrow, None) => bail!("this form wants a file"),
        };
        Ok(Sink { writing, place, rows: 0 })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        self.rows += batch.num_rows() as u64;
        match &mut self.writing {
            Writing::Table(table) => table.write(batch)?,
            Writing::Csv(writer) => writer.write(&flattened_batch(batch)?)?,
            Writing::Jsonl(writer) => writer.write(batch)?,
            Writing::File(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Ends the output and gives the file its name; says how many rows it has.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> anyhow::Result<u64> {
        match self.writing {
            Writing::Table(table) => (*table).finish()?,
            Writing::Csv(writer) => writer.into_inner().flush()?,
            Writing::Jsonl(mut writer) => {
                writer.finish()?;
                writer.into_inner().flush()?;
            }
            Writing::File(writer) => writer.finish()?,
        }
        if let Some(Place { partial, target }) = &self.place {
            std::fs::rename(partial, target)
                .with_context(|| format!("cannot write `{}`", target.display()))?;
        }
        Ok(self.rows)
    }
}

/// How many rows tell how wide columns are.
const WIDTHS_FROM: usize = 1000;

/// A table for people. Its columns are as wide as its first rows need.
struct Table {
    out: Out,
    heads: Vec<String>,
    is_right: Vec<bool>,
    first: Vec<Vec<String>>,
    widths: Option<Vec<usize>>,
}

impl Table {
    fn new(out: Out, schema: &Schema) -> Table {
        let fields = schema.fields();
        Table {
            out,
            heads: fields.iter().map(|field| field.name().clone()).collect(),
            is_right: fields.iter().map(|field| field.data_type().is_numeric()).collect(),
            first: Vec::new(),
            widths: None,
        }
    }

    fn write(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let options = FormatOptions::default().with_null("");
        let columns: Vec<ArrayFormatter<'_>> = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<_, _>>()?;
        let is_decimal: Vec<bool> = batch
            .columns()
            .iter()
            .map(|column| matches!(column.data_type(), DataType::Decimal128(..)))
            .collect();
        for row in 0..batch.num_rows() {
            let cell = |(column, is_decimal): (&ArrayFormatter<'_>, &bool)| {
                let text = column.value(row).to_string();
                let text = if *is_decimal { shortened(&text) } else { text };
                text.lines().map(plain).collect::<Vec<_>>().join("\n")
            };
            let cells: Vec<String> = columns.iter().zip(&is_decimal).map(cell).collect();
            if self.widths.is_some() {
                self.line(&cells)?;
                continue;
            }
            self.first.push(cells);
            if self.first.len() == WIDTHS_FROM {
                self.begin()?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        let mut widths: Vec<usize> = self.heads.iter().map(|head| width(head)).collect();
        for row in &self.first {
            for (wide, cell) in widths.iter_mut().zip(row) {
                *wide = cell.lines().map(width).fold(*wide, usize::max);
            }
        }
        self.widths = Some(widths);
        let heads = std::mem::take(&mut self.heads);
        self.line(&heads)?;
        for row in std::mem::take(&mut self.first) {
            self.line(&row)?;
        }
        Ok(())
    }

    /// Writes a row; a cell of several lines, as a plan has, makes it so many lines high.
    fn line(&mut self, cells: &[String]) -> io::Result<()> {
        let widths = self.widths.as_deref().unwrap_or_default();
        let height = cells.iter().map(|cell| cell.lines().count()).max().unwrap_or(1).max(1);
        for at in 0..height {
            let mut line = String::new();
            for (column, ((cell, wide), is_right)) in
                cells.iter().zip(widths).zip(&self.is_right).enumerate()
            {
                if column > 0 {
                    line.push_str("  ");
                }
                let side = if *is_right { padded_left } else { padded };
                line.push_str(&side(cell.lines().nth(at).unwrap_or_default(), *wide));
            }
            writeln!(self.out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if self.widths.is_none() {
            self.begin()?;
        }
        self.out.flush()
    }
}

/// A decimal without the zeros at its end.
fn shortened(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

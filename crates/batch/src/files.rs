//! Files of record batches: Parquet, Arrow IPC, CSV and JSON Lines.

use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, nullif};
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::FileWriter;
use arrow::json;
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

use crate::columnar::TableWriter;
use crate::places::Sink;
use crate::reading::{self, Read, Reads};

/// How many rows are decided at once.
pub const ROWS: usize = 16_384;

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, the file form (Feather 2).
    Arrow,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// The format of a file to write, by the ending of its name.
    pub fn of(path: &Path) -> Option<Format> {
        Format::named(&ending(path)?)
    }

    /// The format of a file to read, by the ending of its name. Texts may be compressed,
    /// `orders.csv.gz`.
    pub fn of_input(path: &Path) -> Option<Format> {
        let plain = unpacked(path);
        let format = match ending(plain)?.as_str() {
            "tsv" => Format::Csv,
            name => Format::named(name)?,
        };
        let is_text = matches!(format, Format::Csv | Format::JsonLines);
        (is_text || plain == path).then_some(format)
    }

    /// A format by its name or ending.
    pub fn named(name: &str) -> Option<Format> {
        Some(match name {
            "parquet" | "pq" => Format::Parquet,
            "arrow" | "feather" | "ipc" => Format::Arrow,
            "csv" => Format::Csv,
            "jsonl" | "ndjson" => Format::JsonLines,
            _ => return None,
        })
    }

    /// The ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Arrow => "arrow",
            Format::Csv => "csv",
            Format::JsonLines => "jsonl",
        }
    }
}

fn ending(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// A path without what says that its file is compressed: `orders.csv` for `orders.csv.gz`.
pub fn unpacked(path: &Path) -> &Path {
    let is_packed = matches!(ending(path).as_deref(), Some("gz" | "zst"));
    let text = path.to_str().filter(|_| is_packed);
    text.and_then(|text| text.rsplit_once('.')).map_or(path, |(plain, _)| Path::new(plain))
}

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What the system says.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What is in it is not its format.
    #[error("{0}")]
    Arrow(#[from] ArrowError),
    /// What is in it cannot be rows.
    #[error("{0}")]
    Content(String),
    /// The same of Parquet.
    #[error("{}", own_words(.0))]
    Parquet(#[from] ParquetError),
}

/// What the system says, where Parquet only hands it on.
fn own_words(why: &ParquetError) -> String {
    match why {
        ParquetError::External(why) => why.to_string(),
        why => why.to_string(),
    }
}

/// Record batches of one schema.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, FileError>> + Send>;

/// Opens a file, of which every row can be read.
///
/// # Errors
/// A file that cannot be opened, or that is not of its format; then, in its place, a row that
/// cannot be read.
pub fn open(path: &Path, format: Format) -> Result<(SchemaRef, Batches), FileError> {
    let (schema, reads) = reading::read(path, format)?;
    let whole = |read: Result<Read, FileError>| {
        let Read { batch, errors, .. } = read?;
        match errors.into_values().flatten().next() {
            Some(error) => Err(FileError::Content(error.message)),
            None => Ok(batch),
        }
    };
    Ok((schema, Box::new(reads.map(whole))))
}

/// Columns within columns are facts by their path, such as `item.sku`. Structs of which no path is
/// wanted stay as they are.
pub(crate) fn flattened(
    schema: &SchemaRef,
    reads: Reads,
    is_wanted: &dyn Fn(&str) -> bool,
) -> (SchemaRef, Reads) {
    let mut whole: Vec<String> = Vec::new();
    let mut is_nested = false;
    for field in schema.fields() {
        if matches!(field.data_type(), DataType::Struct(_)) {
            let (paths, _) = flat("", std::iter::once((Arc::clone(field), None)), &[]);
            match paths.iter().any(|path| is_wanted(path.name())) {
                true => is_nested = true,
                false => whole.push(field.name().clone()),
            }
        }
    }
    if !is_nested {
        return (Arc::clone(schema), reads);
    }
    let columns = schema.fields().iter().map(|field| (Arc::clone(field), None));
    let (fields, _) = flat("", columns, &whole);
    let schema = Arc::new(Schema::new(fields));
    let flat_schema = Arc::clone(&schema);
    let one = move |read: Result<Read, FileError>| {
        let Read { batch, errors, bytes } = read?;
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, column)| (Arc::clone(field), Some(Arc::clone(column))));
        let (_, columns) = flat("", columns, &whole);
        let batch = RecordBatch::try_new(Arc::clone(&flat_schema), columns)?;
        Ok(Read { batch, errors, bytes })
    };
    (schema, Box::new(reads.map(one)))
}

/// A batch whose columns within columns are columns by their path, such as `item.sku`.
///
/// # Errors
/// Columns that do not fit together.
pub fn flattened_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| (Arc::clone(field), Some(Arc::clone(column))));
    let (fields, columns) = flat("", columns, &[]);
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// How many columns of a Parquet file a field takes.
pub(crate) fn leaves(of: &DataType) -> usize {
    match of {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            leaves(field.data_type())
        }
        DataType::Map(field, _) => leaves(field.data_type()),
        _ => 1,
    }
}

fn flat(
    prefix: &str,
    columns: impl Iterator<Item = (Arc<Field>, Option<ArrayRef>)>,
    whole: &[String],
) -> (Vec<Field>, Vec<ArrayRef>) {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (field, array) in columns {
        let name = match prefix {
            "" => field.name().clone(),
            prefix => format!("{prefix}.{}", field.name()),
        };
        match field.data_type() {
            DataType::Struct(inner) if !whole.contains(&name) => {
                let parts = array.map(|array| {
                    let (_, parts, nulls) = array.as_struct().clone().into_parts();
                    (parts, nulls)
                });
                let inner = inner.iter().enumerate().map(|(at, field)| {
                    let part = parts.as_ref().map(|(parts, nulls)| match nulls {
                        // What an object that is not there holds is not there.
                        Some(nulls) => masked(&parts[at], nulls),
                        None => Arc::clone(&parts[at]),
                    });
                    (Arc::clone(field), part)
                });
                let inner: Vec<_> = inner.collect();
                let (more_fields, more) = flat(&name, inner.into_iter(), &[]);
                fields.extend(more_fields);
                arrays.extend(more);
            }
            of => {
                fields.push(Field::new(name, of.clone(), true));
                arrays.extend(array);
            }
        }
    }
    (fields, arrays)
}

fn masked(array: &ArrayRef, nulls: &NullBuffer) -> ArrayRef {
    let absent = BooleanArray::new(!nulls.inner(), None);
    nullif(array, &absent).unwrap_or_else(|_| Arc::clone(array))
}

/// A file of Arrow has one dictionary for all its batches, and here they grow: texts are plain.
fn plain_schema(schema: &Schema) -> SchemaRef {
    let plain = |field: &Arc<Field>| match field.data_type() {
        DataType::Dictionary(_, of) => {
            Arc::new(field.as_ref().clone().with_data_type(of.as_ref().clone()))
        }
        _ => Arc::clone(field),
    };
    let fields: Vec<Arc<Field>> = schema.fields().iter().map(plain).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn plain(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = plain_schema(&batch.schema());
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    RecordBatch::try_new(Arc::clone(&schema), columns.collect::<Result<_, _>>()?)
}

/// A column that cannot be written in a format, if there is one.
pub fn unwritable(schema: &Schema, format: Format) -> Option<String> {
    let nested = schema
        .fields()
        .iter()
        .find(|field| format == Format::Csv && field.data_type().is_nested())?;
    let (name, of) = (nested.name(), nested.data_type());
    Some(format!("column `{name}` of type {of} cannot be written as CSV; take another `--format`"))
}

/// What writes record batches to a file.
pub struct Writer(Kind);

enum Kind {
    Parquet(Box<TableWriter>),
    Arrow(Box<FileWriter<BufWriter<Sink>>>),
    Csv(Box<csv::Writer<BufWriter<Sink>>>),
    JsonLines(Box<json::LineDelimitedWriter<BufWriter<Sink>>>),
}

impl Writer {
    /// Makes a file.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, format: Format, schema: SchemaRef) -> Result<Writer, FileError> {
        Writer::new(Sink::in_place(path)?, format, schema)
    }

    /// Begins a file.
    pub(crate) fn new(file: Sink, format: Format, schema: SchemaRef) -> Result<Writer, FileError> {
        Ok(Writer(match format {
            Format::Parquet => Kind::Parquet(Box::new(TableWriter::new(file, schema)?)),
            Format::Arrow => {
                let schema = plain_schema(&schema);
                Kind::Arrow(Box::new(FileWriter::try_new(BufWriter::new(file), &schema)?))
            }
            Format::Csv => Kind::Csv(Box::new(csv::Writer::new(BufWriter::new(file)))),
            Format::JsonLines => {
                Kind::JsonLines(Box::new(json::LineDelimitedWriter::new(BufWriter::new(file))))
            }
        }))
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        match &mut self.0 {
            Kind::Parquet(writer) => writer.write(batch)?,
            Kind::Arrow(writer) => writer.write(&plain(batch)?)?,
            Kind::Csv(writer) => writer.write(batch)?,
            Kind::JsonLines(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// About how many bytes wait for a row group to be full.
    pub(crate) fn waiting(&self) -> usize {
        match &self.0 {
            Kind::Parquet(writer) => writer.waiting(),
            _ => 0,
        }
    }

    /// Writes what waits.
    pub(crate) fn relieve(&mut self) -> Result<(), FileError> {
        match &mut self.0 {
            Kind::Parquet(writer) => Ok(writer.flush()?),
            _ => Ok(()),
        }
    }

    /// Ends the file and waits until it is on the disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<(), FileError> {
        self.end(0)?.name()?;
        Ok(())
    }

    /// Ends the file, which is then whole and has no name yet. So many bytes of it may wait in
    /// memory for that.
    pub(crate) fn end(self, room: usize) -> Result<Sink, FileError> {
        let whole = |file: BufWriter<Sink>| -> Result<Sink, FileError> {
            file.into_inner().map_err(|why| FileError::Io(why.into_error()))
        };
        let mut file = match self.0 {
            Kind::Parquet(writer) => writer.finish()?,
            Kind::Arrow(mut writer) => {
                writer.finish()?;
                whole(writer.into_inner()?)?
            }
            Kind::Csv(writer) => whole(writer.into_inner())?,
            Kind::JsonLines(mut writer) => {
                writer.finish()?;
                whole(writer.into_inner())?
            }
        };
        file.finish(room)?;
        Ok(file)
    }
}

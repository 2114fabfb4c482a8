//! Files of record batches: Parquet, Arrow IPC, CSV and JSON Lines.

use std::fs::File;
use std::io::{BufReader, BufWriter, Seek};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, nullif};
use arrow::csv;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use arrow::json;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};

/// How many rows are decided at once.
pub const ROWS: usize = 65_536;

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
    /// The format of a file by the ending of its name.
    pub fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Format::named(&ending)
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

/// Why a file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What the system says.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// What is in it is not its format.
    #[error("{0}")]
    Arrow(#[from] ArrowError),
    /// The same of Parquet.
    #[error("{0}")]
    Parquet(#[from] ParquetError),
}

impl FileError {
    /// Whether there is no room left.
    pub fn is_full(&self) -> bool {
        let kind = match self {
            FileError::Io(why) => Some(why.kind()),
            FileError::Arrow(ArrowError::IoError(_, why)) => Some(why.kind()),
            FileError::Arrow(_) => None,
            FileError::Parquet(ParquetError::External(why)) => {
                why.downcast_ref::<std::io::Error>().map(std::io::Error::kind)
            }
            FileError::Parquet(_) => None,
        };
        kind == Some(std::io::ErrorKind::StorageFull)
            || self.to_string().contains("No space left on device")
    }
}

/// Record batches of one schema.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch, FileError>> + Send>;

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened, or that is not of its format.
pub fn open(path: &Path, format: Format) -> Result<(SchemaRef, Batches), FileError> {
    let (schema, batches) = match format {
        Format::Parquet => columnar(path),
        Format::Arrow => {
            let reader = FileReader::try_new(BufReader::new(File::open(path)?), None)?;
            let schema = reader.schema();
            let batches: Batches = Box::new(reader.map(|batch| Ok(batch?)));
            Ok((schema, batches))
        }
        Format::Csv => comma_separated(path),
        Format::JsonLines => json_lines(path),
    }?;
    Ok(flattened(&schema, batches))
}

/// Columns within columns are facts by their path, such as `item.sku`.
fn flattened(schema: &SchemaRef, batches: Batches) -> (SchemaRef, Batches) {
    let is_nested = |field: &Arc<Field>| matches!(field.data_type(), DataType::Struct(_));
    if !schema.fields().iter().any(is_nested) {
        return (Arc::clone(schema), batches);
    }
    let (fields, _) = flat("", schema.fields().iter().map(|field| (Arc::clone(field), None)));
    let schema = Arc::new(Schema::new(fields));
    let flat_schema = Arc::clone(&schema);
    let one = move |batch: Result<RecordBatch, FileError>| {
        let batch = batch?;
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns());
        let columns = columns.map(|(field, column)| (Arc::clone(field), Some(Arc::clone(column))));
        let (_, columns) = flat("", columns);
        Ok(RecordBatch::try_new(Arc::clone(&flat_schema), columns)?)
    };
    (schema, Box::new(batches.map(one)))
}

/// A batch whose columns within columns are columns by their path, such as `item.sku`.
///
/// # Errors
/// Columns that do not fit together.
pub fn flattened_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| (Arc::clone(field), Some(Arc::clone(column))));
    let (fields, columns) = flat("", columns);
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// Texts that the file keeps as dictionaries are read as such: what is distinct is known then.
fn columnar(path: &Path) -> Result<(SchemaRef, Batches), FileError> {
    let file = File::open(path)?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let schema = metadata.schema();
    let first = metadata.metadata().row_groups().first();
    let mut leaf = 0;
    let mut fields: Vec<Arc<Field>> = Vec::new();
    for field in schema.fields() {
        let has_dictionary = first.is_some_and(|group| {
            leaf < group.num_columns() && group.column(leaf).dictionary_page_offset().is_some()
        });
        leaf += leaves(field.data_type());
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8);
        fields.push(if is_text && has_dictionary {
            let text = Box::new(DataType::Utf8);
            let of = DataType::Dictionary(Box::new(DataType::Int32), text);
            Arc::new(field.as_ref().clone().with_data_type(of))
        } else {
            Arc::clone(field)
        });
    }
    let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
    let options = ArrowReaderOptions::new().with_schema(schema);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let schema = Arc::clone(builder.schema());
    let reader = builder.with_batch_size(ROWS).build()?;
    Ok((schema, Box::new(reader.map(|batch| Ok(batch?)))))
}

/// How many columns of a Parquet file a field takes.
fn leaves(of: &DataType) -> usize {
    match of {
        DataType::Struct(fields) => fields.iter().map(|field| leaves(field.data_type())).sum(),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            leaves(field.data_type())
        }
        DataType::Map(field, _) => leaves(field.data_type()),
        _ => 1,
    }
}

/// Every cell is a text: what it is as a fact is the law's to say.
fn comma_separated(path: &Path) -> Result<(SchemaRef, Batches), FileError> {
    let format = csv::reader::Format::default().with_header(true);
    let (inferred, _) = format.infer_schema(BufReader::new(File::open(path)?), Some(1))?;
    let text = |field: &Arc<Field>| Field::new(field.name().trim(), DataType::Utf8, true);
    let schema = Arc::new(Schema::new(inferred.fields().iter().map(text).collect::<Vec<_>>()));
    let reader = csv::ReaderBuilder::new(Arc::clone(&schema))
        .with_header(true)
        .with_batch_size(ROWS)
        .build(BufReader::new(File::open(path)?))?;
    Ok((schema, Box::new(reader.map(|batch| Ok(batch?)))))
}

fn json_lines(path: &Path) -> Result<(SchemaRef, Batches), FileError> {
    let mut file = BufReader::new(File::open(path)?);
    let (schema, _) = json::reader::infer_json_schema(&mut file, None)?;
    file.rewind()?;
    let schema = Arc::new(schema);
    let reader = json::ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(ROWS).build(file)?;
    Ok((schema, Box::new(reader.map(|batch| Ok(batch?)))))
}

fn flat(
    prefix: &str,
    columns: impl Iterator<Item = (Arc<Field>, Option<ArrayRef>)>,
) -> (Vec<Field>, Vec<ArrayRef>) {
    let (mut fields, mut arrays) = (Vec::new(), Vec::new());
    for (field, array) in columns {
        let name = match prefix {
            "" => field.name().clone(),
            prefix => format!("{prefix}.{}", field.name()),
        };
        match field.data_type() {
            DataType::Struct(inner) => {
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
                let (more_fields, more) = flat(&name, inner.into_iter());
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
pub enum Writer {
    /// Parquet.
    Parquet(Box<ArrowWriter<File>>),
    /// Arrow IPC.
    Arrow(Box<FileWriter<BufWriter<File>>>),
    /// CSV.
    Csv(Box<csv::Writer<BufWriter<File>>>),
    /// JSON Lines.
    JsonLines(Box<json::LineDelimitedWriter<BufWriter<File>>>),
}

impl Writer {
    /// Makes a file.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, format: Format, schema: SchemaRef) -> Result<Writer, FileError> {
        let file = File::create(path)?;
        Ok(match format {
            Format::Parquet => Writer::Parquet(Box::new(ArrowWriter::try_new(file, schema, None)?)),
            Format::Arrow => {
                let schema = plain_schema(&schema);
                Writer::Arrow(Box::new(FileWriter::try_new(BufWriter::new(file), &schema)?))
            }
            Format::Csv => Writer::Csv(Box::new(csv::Writer::new(BufWriter::new(file)))),
            Format::JsonLines => {
                Writer::JsonLines(Box::new(json::LineDelimitedWriter::new(BufWriter::new(file))))
            }
        })
    }

    /// Writes a batch.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), FileError> {
        match self {
            Writer::Parquet(writer) => writer.write(batch)?,
            Writer::Arrow(writer) => writer.write(&plain(batch)?)?,
            Writer::Csv(writer) => writer.write(batch)?,
            Writer::JsonLines(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Ends the file and waits until it is on the disk.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<(), FileError> {
        let whole = |file: BufWriter<File>| -> Result<File, FileError> {
            file.into_inner().map_err(|why| FileError::Io(why.into_error()))
        };
        let file = match self {
            Writer::Parquet(writer) => writer.into_inner()?,
            Writer::Arrow(mut writer) => {
                writer.finish()?;
                whole(writer.into_inner()?)?
            }
            Writer::Csv(writer) => whole(writer.into_inner())?,
            Writer::JsonLines(mut writer) => {
                writer.finish()?;
                whole(writer.into_inner())?
            }
        };
        file.sync_all()?;
        Ok(())
    }
}

//! Files as batches of rows, with what is wrong with single rows: a row that cannot be read costs
//! itself and nobody else.

mod json;
mod separated;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::ipc::reader::FileReader;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};

use crate::files::{FileError, Format, ROWS, flattened, leaves};
use crate::table::RowError;

/// Some rows of a file.
pub struct Read {
    /// The rows.
    pub batch: RecordBatch,
    /// What is wrong with rows, by their place in the batch. Such rows are there, as far as they
    /// could be read.
    pub errors: BTreeMap<usize, Vec<RowError>>,
    /// About how many bytes of the file are read by now.
    pub bytes: u64,
}

/// Rows of one schema.
pub type Reads = Box<dyn Iterator<Item = Result<Read, FileError>> + Send>;

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened, or that is not of its format.
pub fn read(path: &Path, format: Format) -> Result<(SchemaRef, Reads), FileError> {
    let (schema, reads) = match format {
        Format::Parquet => columnar(path)?,
        Format::Arrow => arrow_file(path)?,
        Format::Csv => separated::read(path)?,
        Format::JsonLines => json::read(path)?,
    };
    Ok(flattened(&schema, reads))
}

/// An error of a row.
fn row_error(code: &'static str, message: String) -> Vec<RowError> {
    vec![RowError { code, message }]
}

/// Texts that the file keeps as dictionaries are read as such: what is distinct is known then.
fn columnar(path: &Path) -> Result<(SchemaRef, Reads), FileError> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
    let schema = metadata.schema();
    let first = metadata.metadata().row_groups().first();
    let total = metadata.metadata().file_metadata().num_rows().max(1) as u128;
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
    let mut rows = 0;
    let reads = reader.map(move |batch| {
        let batch = batch?;
        rows += batch.num_rows() as u128;
        let bytes = (u128::from(bytes) * rows / total) as u64;
        Ok(Read { batch, errors: BTreeMap::new(), bytes })
    });
    Ok((schema, Box::new(reads)))
}

/// A file of Arrow has batches of any size; long ones are taken in parts.
fn arrow_file(path: &Path) -> Result<(SchemaRef, Reads), FileError> {
    let file = File::open(path)?;
    let bytes = u128::from(file.metadata()?.len());
    let reader = FileReader::try_new(BufReader::new(file), None)?;
    let (schema, count) = (reader.schema(), reader.num_batches().max(1) as u128);
    let reads = reader.enumerate().flat_map(move |(at, batch)| {
        let bytes = (bytes * (at as u128 + 1) / count) as u64;
        let part = move |batch: RecordBatch| Read { batch, errors: BTreeMap::new(), bytes };
        match batch {
            Ok(batch) => parts(&batch).map(|batch| Ok(part(batch))).collect::<Vec<_>>(),
            Err(why) => vec![Err(FileError::from(why))],
        }
    });
    Ok((schema, Box::new(reads)))
}

fn parts(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(ROWS);
    starts.map(|start| batch.slice(start, ROWS.min(batch.num_rows() - start)))
}

//! Files as batches of rows, with what is wrong with single rows: a row that cannot be read costs
//! itself and nobody else.

mod json;
mod packed;
mod separated;

use std::collections::BTreeMap;
use std::io::{BufReader, Read as _, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{Encoding, PageType};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::reader::ChunkReader;

use crate::files::{FileError, Format, ROWS, flattened, leaves};
use crate::places::{Chunks, Source, Stream};
use crate::table::RowError;
use packed::Text;

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

type Opened = Result<(SchemaRef, Reads), FileError>;

/// Opens a file.
///
/// # Errors
/// A file that cannot be opened, or that is not of its format.
pub fn read(path: &Path, format: Format) -> Result<(SchemaRef, Reads), FileError> {
    let names = Names { is_apart: &|_| true, is_list: &|_| false };
    read_from(Source::open(path, None)?, format, &names)
}

/// Opens a file whose structs are columns as they stand.
///
/// # Errors
/// As [`read`].
pub fn read_whole(path: &Path, format: Format) -> Result<(SchemaRef, Reads), FileError> {
    let names = Names { is_apart: &|_| false, is_list: &|_| false };
    read_from(Source::open(path, None)?, format, &names)
}

/// What is known of columns by their names.
pub(crate) struct Names<'n> {
    /// Whether a path within a struct is to be a column of its own.
    pub is_apart: &'n dyn Fn(&str) -> bool,
    /// Whether a column is a list of texts.
    pub is_list: &'n dyn Fn(&str) -> bool,
}

/// Reads a file that is open. Structs are columns of their own where one of their paths is to be.
pub(crate) fn read_from(
    source: Source,
    format: Format,
    names: &Names<'_>,
) -> Result<(SchemaRef, Reads), FileError> {
    let bytes = source.bytes()?;
    let (schema, reads) = match (format, source) {
        (Format::Parquet, Source::File(file)) => {
            let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
            columnar(file, &metadata, bytes)?
        }
        (Format::Parquet, Source::Object(object)) => {
            object.expect_footer();
            let chunks = Chunks(object);
            let metadata = ArrowReaderMetadata::load(&chunks, ArrowReaderOptions::new())?;
            chunks.0.expect_rows(metadata.metadata());
            columnar(chunks, &metadata, bytes)?
        }
        (Format::Arrow, source) => arrow_file(source, bytes)?,
        (Format::Csv, source) => text(source, separated::read)?,
        (Format::JsonLines, source) => text(source, |file| json::read(file, names.is_list))?,
    };
    Ok(flattened(&schema, reads, names.is_apart))
}

/// Opens a text. How far a compressed one is read is told by its own bytes.
fn text(source: Source, read: impl FnOnce(Box<dyn Stream>) -> Opened) -> Opened {
    let Text { stream, packed } = Text::open(source.stream())?;
    let (schema, reads) = read(stream)?;
    let Some(packed) = packed else { return Ok((schema, reads)) };
    let reads = reads.map(move |read| {
        let bytes = packed.load(Ordering::Relaxed);
        read.map(|read| Read { bytes, ..read })
    });
    Ok((schema, Box::new(reads)))
}

/// An error of a row.
fn row_error(code: &'static str, message: String) -> Vec<RowError> {
    vec![RowError { code, message }]
}

/// Whether a column stands in its dictionary to the end. One that grew too long for it has mostly
/// texts of their own, and to find those that are equal takes longer than it saves.
fn is_in_dictionary(column: &ColumnChunkMetaData) -> bool {
    let is_plain = |stats: &PageEncodingStats| {
        matches!(stats.page_type, PageType::DATA_PAGE | PageType::DATA_PAGE_V2)
            && stats.encoding == Encoding::PLAIN
    };
    let is_mixed = match (column.page_encoding_stats_mask(), column.page_encoding_stats()) {
        (Some(mask), _) => mask.is_set(Encoding::PLAIN),
        (None, stats) => stats.is_some_and(|stats| stats.iter().any(is_plain)),
    };
    column.dictionary_page_offset().is_some() && !is_mixed
}

/// Texts that the file keeps as dictionaries are read as such: what is distinct is known then.
pub(crate) fn with_dictionaries(metadata: &ArrowReaderMetadata) -> ArrowReaderMetadata {
    let schema = metadata.schema();
    let first = metadata.metadata().row_groups().first();
    let mut leaf = 0;
    let mut fields: Vec<Arc<Field>> = Vec::new();
    for field in schema.fields() {
        let column = first.filter(|group| leaf < group.num_columns());
        let has_dictionary = column.is_some_and(|group| is_in_dictionary(group.column(leaf)));
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
    let with = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options);
    // A table with groups that Arrow leaves out is read as it stands.
    with.unwrap_or_else(|_| metadata.clone())
}

fn columnar<R: ChunkReader + 'static>(
    file: R,
    metadata: &ArrowReaderMetadata,
    bytes: u64,
) -> Result<(SchemaRef, Reads), FileError>
where
    R::T: Send,
{
    let total = metadata.metadata().file_metadata().num_rows().max(1) as u128;
    let metadata = with_dictionaries(metadata);
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
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

/// What a file of Arrow begins with. A stream does not.
const ARROW: &[u8] = b"ARROW1";

/// A file or a stream of Arrow has batches of any size; long ones are taken in parts.
fn arrow_file(source: Source, bytes: u64) -> Result<(SchemaRef, Reads), FileError> {
    let mut stream = BufReader::new(source.stream());
    let mut start = Vec::new();
    stream.by_ref().take(ARROW.len() as u64).read_to_end(&mut start)?;
    stream.rewind()?;
    if start == ARROW {
        let reader = FileReader::try_new(stream, None)?;
        let (schema, count) = (reader.schema(), reader.num_batches().max(1) as u128);
        let reached = move |at: usize| (u128::from(bytes) * (at as u128 + 1) / count) as u64;
        return Ok((schema, in_parts(reader, reached)));
    }
    let reader = StreamReader::try_new(stream, None)?;
    // How many batches come is not known before the last of them.
    Ok((reader.schema(), in_parts(reader, |_| 0)))
}

fn in_parts(
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
    reached: impl Fn(usize) -> u64 + Send + 'static,
) -> Reads {
    Box::new(batches.enumerate().flat_map(move |(at, batch)| {
        let bytes = reached(at);
        let part = move |batch: RecordBatch| Read { batch, errors: BTreeMap::new(), bytes };
        match batch {
            Ok(batch) => parts(&batch).map(|batch| Ok(part(batch))).collect::<Vec<_>>(),
            Err(why) => vec![Err(FileError::from(why))],
        }
    }))
}

fn parts(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(ROWS);
    starts.map(|start| batch.slice(start, ROWS.min(batch.num_rows() - start)))
}

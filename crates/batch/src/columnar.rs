//! Writes tables as Parquet.
//!
//! Columns of texts are written from their dictionaries: a text is looked up once for each batch in
//! which it occurs, and not once for each row. All else is the library's to write.

mod copied;
mod runs;
mod words;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;

use crate::job::lawful::KEY;
use crate::places::Sink;
pub(crate) use copied::{Columns, Copy, CopyError, CopyWriter};
use words::Words;

/// How many rows a row group has at most.
const GROUP: usize = 1 << 18;

/// A Parquet file that is being written.
pub(crate) struct TableWriter {
    file: SerializedFileWriter<Sink>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The columns of the row group that is being written.
    columns: Vec<Column>,
    rows: usize,
}

/// A column of a row group.
enum Column {
    /// Of texts.
    Words(Box<Words>),
    /// Of anything else, perhaps of several leaves.
    Leaves(Vec<ArrowColumnWriter>),
}

/// A column that is whole.
enum Chunk {
    Words(Bytes, ColumnCloseResult),
    Leaf(ArrowColumnChunk),
}

/// Whether a column is one of texts, as they are or by their place in a dictionary.
fn is_words(of: &DataType) -> bool {
    match of {
        DataType::Dictionary(key, of) => **key == DataType::Int32 && **of == DataType::Utf8,
        of => *of == DataType::Utf8,
    }
}

/// Decisions are few texts, each said very often: which of them is the first by the alphabet helps
/// nobody who reads the file, and takes time to find.
fn has_statistics(name: &str) -> bool {
    !name.starts_with("weir_")
}

/// By which law a file was decided, where readers without Arrow find it, too.
fn lawful(schema: &Schema) -> Option<Vec<KeyValue>> {
    let told = schema.metadata().get(KEY)?;
    Some(vec![KeyValue::new(KEY.to_owned(), told.clone())])
}

impl TableWriter {
    /// Begins a file.
    pub fn new(file: Sink, schema: SchemaRef) -> Result<TableWriter, ParquetError> {
        let chunks = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::Chunk);
        let ours = schema.fields().iter().filter(|field| !has_statistics(field.name()));
        let without = ours.fold(chunks, |properties, field| {
            let column = ColumnPath::new(vec![field.name().clone()]);
            properties.set_column_statistics_enabled(column, EnabledStatistics::None)
        });
        let properties = without.set_key_value_metadata(lawful(&schema)).build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(TableWriter { file, factory, schema, columns: Vec::new(), rows: 0 })
    }

    /// Writes a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let mut start = 0;
        while start < batch.num_rows() {
            if self.columns.is_empty() {
                self.columns = self.begun()?;
            }
            let rows = (GROUP - self.rows).min(batch.num_rows() - start);
            let part = batch.slice(start, rows);
            let fields = self.schema.fields().iter().zip(part.columns());
            for (column, (field, array)) in self.columns.iter_mut().zip(fields) {
                match column {
                    Column::Words(words) => words.write(array)?,
                    Column::Leaves(writers) => {
                        let leaves = compute_leaves(field, array)?;
                        for (writer, leaf) in writers.iter_mut().zip(leaves) {
                            writer.write(&leaf)?;
                        }
                    }
                }
            }
            (self.rows, start) = (self.rows + rows, start + rows);
            if self.rows == GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// The columns of a new row group.
    fn begun(&self) -> Result<Vec<Column>, ParquetError> {
        let group = self.file.flushed_row_groups().len();
        let mut writers = self.factory.create_column_writers(group)?.into_iter();
        let mut leaves = self.file.schema_descr().columns().iter();
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            // A field has as many leaves as columns of the file whose path begins with its place.
            let count = crate::files::leaves(field.data_type());
            let own: Vec<ArrowColumnWriter> = writers.by_ref().take(count).collect();
            let descriptions: Vec<_> = leaves.by_ref().take(count).collect();
            columns.push(match descriptions[..] {
                [description] if is_words(field.data_type()) => {
                    let has_statistics = has_statistics(field.name());
                    Column::Words(Box::new(Words::new(Arc::clone(description), has_statistics)))
                }
                _ => Column::Leaves(own),
            });
        }
        Ok(columns)
    }

    /// Writes the row group that waits.
    pub fn flush(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut chunks = Vec::new();
        for column in std::mem::take(&mut self.columns) {
            match column {
                Column::Words(words) => {
                    let (bytes, closed) = words.close()?;
                    chunks.push(Chunk::Words(bytes, closed));
                }
                Column::Leaves(writers) => {
                    for writer in writers {
                        chunks.push(Chunk::Leaf(writer.close()?));
                    }
                }
            }
        }
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            match chunk {
                Chunk::Words(bytes, closed) => group.append_column(&bytes, closed)?,
                Chunk::Leaf(leaf) => leaf.append_to_row_group(&mut group)?,
            }
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// About how many bytes wait for the row group to be full.
    pub fn waiting(&self) -> usize {
        let of = |column: &Column| match column {
            Column::Words(words) => words.waiting(),
            Column::Leaves(writers) => writers.iter().map(ArrowColumnWriter::memory_size).sum(),
        };
        self.columns.iter().map(of).sum()
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result<Sink, ParquetError> {
        self.flush()?;
        self.file.into_inner()
    }
}

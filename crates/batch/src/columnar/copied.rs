//! Row groups of which most columns are copied from another file, as they stand there.

use std::io::BufWriter;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::add_encoded_arrow_schema_to_metadata;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescPtr, TypePtr};

use super::words::Words;
use super::{has_statistics, lawful};
use crate::answers::{DecisionColumn, Decisions, Worker};
use crate::places::{Ahead, Noted, Sink, Stored};

/// Columns up to so many bytes are read in one go.
const AT_ONCE: u64 = 1 << 24;

/// What is written at once.
const BLOCK: usize = 1 << 20;

/// The columns of a row group that are new. All of them are texts.
pub(crate) struct Columns(Vec<Words>);

impl Columns {
    /// Begins them.
    pub fn new(descriptions: &[ColumnDescPtr]) -> Columns {
        let one = |description: &ColumnDescPtr| {
            let has_statistics = has_statistics(description.name());
            Words::new(Arc::clone(description), has_statistics)
        };
        Columns(descriptions.iter().map(one).collect())
    }

    /// Adds rows: the columns that folders stand for, then the decisions.
    pub fn write(
        &mut self,
        folders: &[ArrayRef],
        decisions: &Decisions,
        worker: &Worker,
    ) -> Result<(), ParquetError> {
        let mut all = self.0.iter_mut();
        // The shorter one has to come first, or a column would be lost.
        for (array, words) in folders.iter().zip(all.by_ref()) {
            words.write(array)?;
        }
        for (at, words) in all.enumerate() {
            match decisions.column(at) {
                DecisionColumn::Of(array) => words.write(array)?,
                DecisionColumn::Words(column) => {
                    words.choose(&decisions.ways, &worker.texts(column, decisions));
                }
            }
        }
        Ok(())
    }

    /// Ends them.
    pub fn close(self) -> Result<Vec<(Bytes, ColumnCloseResult)>, ParquetError> {
        self.0.into_iter().map(Words::close).collect()
    }
}

/// A column of a row group, as another file has it.
pub(crate) struct Copy<'c> {
    /// The other file.
    pub stored: &'c Stored,
    /// How many rows it has.
    pub rows: i64,
    /// What that file says of it.
    pub column: &'c ColumnChunkMetaData,
    pub column_index: Option<&'c ColumnIndexMetaData>,
    pub offset_index: Option<&'c OffsetIndexMetaData>,
    /// Whether that file says of it that its bounds are by the order of its type.
    pub has_order: bool,
}

/// A column as it is read: bytes, and what is known of them.
pub(crate) struct Copied {
    bytes: Ahead,
    closed: ColumnCloseResult,
}

impl Copy<'_> {
    /// Reads the column, as far as it is not long.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(self) -> Result<Copied, ParquetError> {
        let (start, length) = self.column.byte_range();
        let part = (length <= AT_ONCE).then_some((start, length));
        let bytes = Arc::new(Ahead::new(self.stored.clone(), part.into_iter())?);
        // What begins with no page is no column, or one that is kept secret.
        if length > 0 {
            let rows = usize::try_from(self.rows).unwrap_or(usize::MAX);
            let mut pages = SerializedPageReader::new(Arc::clone(&bytes), self.column, rows, None)?;
            pages.peek_next_page()?;
        }
        let bloom_filter = match Sbbf::read_from_column_chunk(self.column, &*bytes) {
            Ok(filter) => filter,
            Err(why) if is_io(&why) => return Err(why),
            // It only helps who looks for something: a column goes without one that is of a kind
            // not known here, or not where it is said to be.
            Err(_) => None,
        };
        let mut metadata = self.column.clone();
        if !self.has_order {
            // Bounds of which nobody says how they are ordered are none.
            metadata = metadata.into_builder().clear_statistics().build()?;
        }
        let has_index = |index: &&ColumnIndexMetaData| {
            self.has_order && !matches!(index, ColumnIndexMetaData::NONE)
        };
        let closed = ColumnCloseResult {
            bytes_written: length,
            rows_written: self.rows as u64,
            metadata,
            bloom_filter,
            column_index: self.column_index.filter(has_index).cloned(),
            offset_index: self.offset_index.cloned(),
        };
        let bytes = Arc::into_inner(bytes)
            .ok_or_else(|| ParquetError::General("a column is read twice".to_owned()))?;
        Ok(Copied { bytes, closed })
    }
}

/// Whether reading itself failed, and not what was read.
fn is_io(why: &ParquetError) -> bool {
    matches!(why, ParquetError::External(why) if why.is::<std::io::Error>())
}

/// Why a column was not copied.
#[derive(Debug)]
pub(crate) enum CopyError {
    /// The file that has it failed.
    Unread(ParquetError),
    /// The file that was to have it failed.
    Unwritten(ParquetError),
}

/// A Parquet file whose row groups are mostly copied.
pub(crate) struct CopyWriter {
    file: SerializedFileWriter<BufWriter<Sink>>,
    has_pages: bool,
}

/// A row group of it.
pub(crate) struct GroupWriter<'w> {
    group: SerializedRowGroupWriter<'w, BufWriter<Sink>>,
    has_pages: bool,
}

impl CopyWriter {
    /// Begins a file. It says of all columns where their pages begin, or of none.
    pub fn new(
        file: Sink,
        schema: &SchemaRef,
        root: &TypePtr,
        has_pages: bool,
    ) -> Result<CopyWriter, ParquetError> {
        let properties = WriterProperties::builder().set_key_value_metadata(lawful(schema));
        let mut properties = properties.build();
        add_encoded_arrow_schema_to_metadata(schema, &mut properties);
        let file = BufWriter::with_capacity(BLOCK, file);
        let file = SerializedFileWriter::new(file, Arc::clone(root), Arc::new(properties))?;
        Ok(CopyWriter { file, has_pages })
    }

    /// Begins a row group.
    pub fn group(&mut self) -> Result<GroupWriter<'_>, ParquetError> {
        Ok(GroupWriter { group: self.file.next_row_group()?, has_pages: self.has_pages })
    }

    /// Ends the file.
    pub fn finish(self) -> Result<Sink, ParquetError> {
        let file = self.file.into_inner()?;
        file.into_inner().map_err(|why| why.into_error().into())
    }
}

impl GroupWriter<'_> {
    /// Copies a column. A long one is read meanwhile.
    ///
    /// # Errors
    /// It cannot be read or not be written.
    pub fn copy(&mut self, Copied { bytes, closed }: Copied) -> Result<(), CopyError> {
        let closed = self.with_pages(closed);
        let noted = Noted::new(&bytes);
        self.group.append_column(&noted, closed).map_err(|why| match noted.failed() {
            Some(why) => CopyError::Unread(why.into()),
            None => CopyError::Unwritten(why),
        })
    }

    /// Adds a column that is new.
    pub fn add(&mut self, (bytes, closed): (Bytes, ColumnCloseResult)) -> Result<(), ParquetError> {
        let closed = self.with_pages(closed);
        self.group.append_column(&bytes, closed)
    }

    /// What is known of pages is of use only where they can be found.
    fn with_pages(&self, closed: ColumnCloseResult) -> ColumnCloseResult {
        match self.has_pages {
            true => closed,
            false => ColumnCloseResult { column_index: None, offset_index: None, ..closed },
        }
    }

    /// Ends the row group.
    pub fn finish(self) -> Result<(), ParquetError> {
        self.group.close().map(|_| ())
    }
}

#[allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]
#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use arrow::array::{Int64Array, RecordBatch};
    use parquet::arrow::ArrowWriter;
    use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

    use super::*;
    use crate::places::Source;

    /// Copies the column of a table.
    fn copied(metadata: &ParquetMetaData, from: &Path, to: &Path) {
        let stored = Stored::of(&Source::open(from, None).unwrap()).unwrap();
        let descriptor = metadata.file_metadata().schema_descr();
        let schema = parquet::arrow::parquet_to_arrow_schema(descriptor, None).unwrap();
        let root = descriptor.root_schema_ptr();
        let sink = Sink::in_place(to).unwrap();
        let mut writer = CopyWriter::new(sink, &Arc::new(schema), &root, false).unwrap();
        let mut group = writer.group().unwrap();
        let copy = Copy {
            stored: &stored,
            rows: metadata.row_group(0).num_rows(),
            column: metadata.row_group(0).column(0),
            column_index: None,
            offset_index: None,
            has_order: true,
        };
        let why = group.copy(copy.read().unwrap()).unwrap_err();
        let is_unread = matches!(why, CopyError::Unread(_));
        assert_eq!(is_unread, to != Path::new("/dev/full"), "{why:?}");
    }

    #[test]
    fn it_is_known_which_of_two_files_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let numbers = Int64Array::from_iter_values(0..(AT_ONCE / 8) as i64 + 1_000);
        let batch = RecordBatch::try_from_iter([("n", Arc::new(numbers) as ArrayRef)]).unwrap();
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_max_row_group_row_count(None)
            .build();
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file).unwrap();
        assert!(metadata.row_group(0).num_rows() * 8 > AT_ONCE as i64);
        copied(&metadata, &path, Path::new("/dev/full"));
        file.set_len(AT_ONCE / 2).unwrap();
        copied(&metadata, &path, &folder.path().join("out.parquet"));
    }
}

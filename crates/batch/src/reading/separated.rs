//! Comma-separated values. Every cell is a text: what it is as a fact is the law's to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use csv::ByteRecord;

use super::{Read, Reads, row_error};
use crate::files::{FileError, ROWS};
use crate::places::Stream;

/// Opens a file.
pub fn read(file: Box<dyn Stream>) -> Result<(SchemaRef, Reads), FileError> {
    // A row may be too short or too long: that is its own mistake.
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).buffer_capacity(1 << 18).from_reader(file);
    let header = reader.byte_headers()?.clone();
    if header.is_empty() {
        return Err(FileError::Content("the file is empty".to_owned()));
    }
    let mut names = Vec::new();
    for cell in &header {
        let Ok(name) = std::str::from_utf8(cell) else {
            return Err(FileError::Content("the header is not UTF-8".to_owned()));
        };
        names.push(Field::new(name.trim_start_matches('\u{feff}').trim(), DataType::Utf8, true));
    }
    let schema = Arc::new(Schema::new(names));
    let rows = Rows { reader, schema: Arc::clone(&schema), record: ByteRecord::new(), rows: 0 };
    Ok((schema, Box::new(rows)))
}

struct Rows {
    reader: csv::Reader<Box<dyn Stream>>,
    schema: SchemaRef,
    record: ByteRecord,
    rows: u64,
}

impl Iterator for Rows {
    type Item = Result<Read, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.batch() {
            Ok(read) if read.batch.num_rows() == 0 => None,
            read => Some(read),
        }
    }
}

impl Rows {
    fn batch(&mut self) -> Result<Read, FileError> {
        let columns = self.schema.fields().len();
        let mut cells: Vec<StringBuilder> = (0..columns).map(|_| StringBuilder::new()).collect();
        let (mut errors, mut rows) = (BTreeMap::new(), 0);
        while rows < ROWS && self.reader.read_byte_record(&mut self.record)? {
            let found = self.record.len();
            if found != columns {
                self.closed()?;
                let message = format!("the row has {found} values, the header {columns} columns");
                errors.insert(rows, row_error("ragged_row", message));
            }
            for (at, cells) in cells.iter_mut().enumerate() {
                match self.record.get(at).map(std::str::from_utf8) {
                    None | Some(Ok("")) => cells.append_null(),
                    Some(Ok(text)) => cells.append_value(text),
                    Some(Err(_)) => {
                        cells.append_null();
                        let name = self.schema.field(at).name();
                        let message = format!("the value is not UTF-8 (column {name})");
                        errors.entry(rows).or_insert_with(|| row_error("not_utf8", message));
                    }
                }
            }
            rows += 1;
        }
        self.rows += rows as u64;
        let arrays = cells.iter_mut().map(|cells| Arc::new(cells.finish()) as ArrayRef).collect();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        Ok(Read { batch, errors, bytes: self.reader.position().byte() })
    }

    /// A row of the wrong length that ends in a value of several lines is a quote that was opened
    /// and not closed: what follows is in that value, and is not to be lost.
    fn closed(&self) -> Result<(), FileError> {
        let last = self.record.iter().next_back().unwrap_or_default();
        if last.contains(&b'\n') {
            let why = "a quote is opened and not closed".to_owned();
            return Err(FileError::Content(why));
        }
        Ok(())
    }
}

//! Separated values, in the dialects of an order book. Every cell is a text: what it is as a fact
//! is the law's to say.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Read as _};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use records::framing::MAX_RECORD_BYTES;
use records::{
    Cutter, Framing, NoText, Problem, Record, Records, SNIFFED_BYTES, delimiter, named_delimiter,
    no_text, without_mark,
};

use super::{Read, Reads, row_error};
use crate::files::{FileError, ROWS};
use crate::places::Stream;

/// Opens a file.
pub fn read(file: Box<dyn Stream>) -> Result<(SchemaRef, Reads), FileError> {
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut start = Vec::new();
    file.by_ref().take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    if let Some(why) = no_text(&start) {
        return Err(FileError::Content(refusal(why).to_owned()));
    }
    let text = without_mark(&start);
    let delimiter = delimiter(text);
    let text = &text[named_delimiter(text).map_or(0, |(_, length)| length)..];
    let before = (start.len() - text.len()) as u64;
    let reader: Box<dyn BufRead + Send> = Box::new(Cursor::new(text.to_vec()).chain(file));
    let mut records = Records::new(reader, Framing::Csv(delimiter), 1);
    let mut cutter = Cutter::new(delimiter);
    let schema = header(&mut records, &mut cutter)?;
    // An empty row is a row: it has a number, and comes out as one.
    records.keep_bare();
    let record = Record::default();
    let rows = Rows { records, cutter, schema: Arc::clone(&schema), record, before };
    Ok((schema, Box::new(rows)))
}

fn refusal(why: NoText) -> &'static str {
    match why {
        NoText::Utf16 => "it is in UTF-16; save it as UTF-8",
        NoText::CarriageReturns => {
            "its lines end with carriage returns only; save it with line feeds"
        }
        NoText::Binary => "it is not a text file",
    }
}

fn header(
    records: &mut Records<Box<dyn BufRead + Send>>,
    cutter: &mut Cutter,
) -> Result<SchemaRef, FileError> {
    let refused = |why: &str| FileError::Content(why.to_owned());
    let Some(record) = records.next_record()? else { return Err(refused("the file is empty")) };
    let count = if record.problem.is_none() { cutter.cut(&record.bytes) } else { None };
    let Some(count) = count else { return Err(refused("the header cannot be read")) };
    let mut names = Vec::new();
    for at in 0..count {
        let name = cutter.record().text(at).ok_or_else(|| refused("the header is not UTF-8"))?;
        names.push(Field::new(name.trim(), DataType::Utf8, true));
    }
    Ok(Arc::new(Schema::new(names)))
}

struct Rows {
    records: Records<Box<dyn BufRead + Send>>,
    cutter: Cutter,
    schema: SchemaRef,
    record: Record,
    /// How many bytes stand before the first record.
    before: u64,
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
        while rows < ROWS && self.records.read(&mut self.record)? {
            let (found, wrong) = self.cut();
            if let Some((code, message)) = wrong {
                errors.insert(rows, row_error(code, message));
            } else if found != columns {
                let message = format!("the row has {found} values, the header {columns} columns");
                errors.insert(rows, row_error("ragged_row", message));
            }
            for (at, cells) in cells.iter_mut().enumerate() {
                match self.cutter.record().text(at).filter(|_| at < found) {
                    Some("") => cells.append_null(),
                    Some(text) => cells.append_value(text),
                    None => {
                        cells.append_null();
                        if at < found {
                            let name = self.schema.field(at).name();
                            let message = format!("the value is not UTF-8 (column {name})");
                            errors.entry(rows).or_insert_with(|| row_error("not_utf8", message));
                        }
                    }
                }
            }
            rows += 1;
        }
        let arrays = cells.iter_mut().map(|cells| Arc::new(cells.finish()) as ArrayRef).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        Ok(Read { batch, errors, bytes: self.before + self.records.bytes_read() })
    }

    /// Cuts the record: how many values it has, and what is wrong with its form. What stands before
    /// an open quote, and the rest of its line, is kept.
    fn cut(&mut self) -> (usize, Option<(&'static str, String)>) {
        let Record { bytes, problem, .. } = &mut self.record;
        let (code, message) = match problem {
            None => match self.cutter.cut(bytes) {
                Some(found) => return (found, None),
                None if bytes.contains(&b'\r') => (
                    "stray_return",
                    "a carriage return stands within the row; end lines with line feeds, or put \
                     the value in quotes"
                        .to_owned(),
                ),
                None => ("open_quote", open_quote()),
            },
            Some(Problem::OpenQuote) => {
                bytes.push(b'"');
                ("open_quote", open_quote())
            }
            Some(Problem::TooLong) => {
                let message = format!("the line is longer than {MAX_RECORD_BYTES} bytes");
                return (0, Some(("line_too_long", message)));
            }
        };
        (self.cutter.cut_through(bytes).unwrap_or(0), Some((code, message)))
    }
}

fn open_quote() -> String {
    "a quote is opened and never closed; write two quotes for one inside a quoted value".to_owned()
}

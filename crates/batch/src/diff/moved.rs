//! The rows that move, one by one: where each stands under both laws, and by which rule.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use law::Reading;

use crate::files::{FileError, Format, Writer, open};
use crate::moves::Flow;

/// A row that moves in a reading or in both.
pub(crate) struct Moved {
    /// Its place in the batch.
    pub row: usize,
    /// Where it goes in each reading.
    pub flows: [Flow; 2],
    /// The rules that decided in each reading, under both laws; empty where none did.
    pub rules: [[String; 2]; 2],
}

/// What is said of each reading.
const COLUMNS: [&str; 7] =
    ["from_outcome", "from_policy", "from_rule", "to_outcome", "to_policy", "to_rule", "direction"];

fn schema() -> SchemaRef {
    let mut fields =
        vec![Field::new("file", DataType::Utf8, false), Field::new("row", DataType::UInt64, false)];
    for reading in Reading::BOTH {
        for column in COLUMNS {
            let name = format!("{}_{column}", reading.word());
            fields.push(Field::new(name, DataType::Utf8, true));
        }
    }
    Arc::new(Schema::new(fields))
}

/// What is said of a row in a reading, in the order of the columns.
fn said(moved: &Moved, reading: Reading, column: usize) -> Option<&str> {
    let Flow { from, to } = moved.flows[reading as usize];
    let [was, is] = &moved.rules[reading as usize];
    let text = match column {
        0 => from.outcome().word(),
        1 => from.policy().map_or("", |policy| policy.word()),
        2 => was,
        3 => to.outcome().word(),
        4 => to.policy().map_or("", |policy| policy.word()),
        5 => is,
        _ => moved.flows[reading as usize].direction().word(),
    };
    (!text.is_empty()).then_some(text)
}

/// The rows of one file, which stand apart until all files are read.
pub(super) struct Part {
    path: PathBuf,
    writer: Option<Writer>,
}

impl Part {
    /// Where the rows of a file stand until then.
    pub fn path(folder: &Path, at: usize) -> PathBuf {
        folder.join(format!(".moved-{at}.part"))
    }

    /// No rows yet.
    pub fn new(folder: &Path, at: usize) -> Part {
        let path = Part::path(folder, at);
        // What a run that was killed left half written.
        _ = fs::remove_file(&path);
        Part { path, writer: None }
    }

    /// Adds rows of a file, before whose batch there were so many.
    pub fn add(&mut self, file: &str, before: u64, rows: &[Moved]) -> Result<(), FileError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec![file; rows.len()])),
            Arc::new(UInt64Array::from_iter_values(
                rows.iter().map(|moved| before + moved.row as u64 + 1),
            )),
        ];
        for reading in Reading::BOTH {
            for column in 0..COLUMNS.len() {
                let texts = rows.iter().map(|moved| said(moved, reading, column));
                arrays.push(Arc::new(texts.collect::<StringArray>()));
            }
        }
        let batch = RecordBatch::try_new(schema(), arrays)?;
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => Writer::create(&self.path, Format::Arrow, schema())?,
        };
        let written = writer.write(&batch);
        self.writer = Some(writer);
        written
    }

    /// Ends it.
    pub fn finish(self) -> Result<(), FileError> {
        self.writer.map_or(Ok(()), Writer::finish)
    }
}

/// The rows of all files, which get the name that was given when all are read.
pub(super) struct Listing {
    folder: PathBuf,
    parts: usize,
    begun: PathBuf,
    path: PathBuf,
}

impl Listing {
    /// Begins it, for so many files, beside the name that it will have.
    pub fn begin(folder: &Path, parts: usize, path: &Path) -> Result<Listing, FileError> {
        if path.is_dir() {
            return Err(FileError::Io(ErrorKind::IsADirectory.into()));
        }
        let begun = path.with_added_extension("part");
        File::create(&begun)?;
        Ok(Listing { folder: folder.to_owned(), parts, begun, path: path.to_owned() })
    }

    /// The name that it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Joins the rows of all files, in their order, under the name.
    pub fn join(self, is_out: impl Fn(usize) -> bool) -> Result<(), FileError> {
        let format = Format::of(&self.path).unwrap_or(Format::Csv);
        let mut writer = Writer::create(&self.begun, format, schema())?;
        // A table without rows has its columns.
        writer.write(&RecordBatch::new_empty(schema()))?;
        for at in 0..self.parts {
            let part = Part::path(&self.folder, at);
            if !is_out(at) && part.exists() {
                let (_, batches) = open(&part, Format::Arrow)?;
                for batch in batches {
                    writer.write(&batch?)?;
                }
            }
            _ = fs::remove_file(part);
        }
        writer.finish()?;
        Ok(fs::rename(&self.begun, &self.path)?)
    }
}

impl Drop for Listing {
    /// Removes what a run that stopped has written by then.
    fn drop(&mut self) {
        _ = fs::remove_file(&self.begun);
        for at in 0..self.parts {
            _ = fs::remove_file(Part::path(&self.folder, at));
        }
    }
}

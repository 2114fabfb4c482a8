//! What an input becomes: one file of the same name, or one in each folder of its partitions.
//!
//! Files are written apart and get their names when all of them are whole. Not all partitions are
//! open at once. Where there are too many, rows are held back for as long as there is room, so that
//! each partition gets all that came for it together; one that was shut and gets more rows goes on
//! in another file.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{cast, take_record_batch};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::files::{FileError, Format, Writer};
use crate::inputs::NO_VALUE;
use crate::places::{Place, Sink, is_stored};
use crate::table::{ColumnError, RowError, joined};

/// How many files all threads together have open.
const MOST_OPEN: usize = 640;

/// So many bytes of rows are held back by all threads, where there are too many partitions.
const MOST_HELD: usize = 1 << 29;

/// So many bytes may wait in the writers of one input before some are written.
const MOST_WAITING: usize = 1 << 28;

/// So many bytes of files that are whole may wait in memory until all are.
const ROOM: usize = 1 << 26;

/// So many bytes a part of a batch takes that is held back, besides the letters of its path.
const PART: usize = 256;

/// So many bytes the name of a file or folder has at most, on most file systems.
const NAME_MAX: usize = 255;

/// What the name of a folder holds as it is.
const NAMED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// What is to be written.
pub(crate) struct Plan<'p> {
    /// Where the folder is.
    pub place: Place,
    /// The folder.
    pub folder: &'p Path,
    /// The name below it.
    pub name: &'p Path,
    /// What it is written in.
    pub format: Format,
    /// The columns that come.
    pub schema: SchemaRef,
    /// The columns that become folders.
    pub partition_by: &'p [String],
    /// The columns that the folders of the name say.
    pub said: &'p [String],
    /// How many inputs are worked on at once.
    pub threads: usize,
    /// Where the files stand until they are whole, by their number.
    pub part: &'p (dyn Fn(usize) -> PathBuf + Sync),
}

/// Something that cannot be written.
pub(crate) struct Failed {
    /// Where.
    pub path: PathBuf,
    /// Why.
    pub why: FileError,
}

/// A file that is whole and has not got its name yet.
pub(crate) struct Whole {
    file: Sink,
    /// Its name below the folder.
    output: PathBuf,
}

impl Whole {
    /// A file that is written to its end, under its name below the folder.
    pub fn of(mut file: Sink, output: PathBuf) -> std::io::Result<Whole> {
        file.finish(ROOM)?;
        Ok(Whole { file, output })
    }

    /// Its name and how many bytes it has.
    pub fn record(&self) -> (PathBuf, u64) {
        (self.output.clone(), self.file.bytes())
    }

    /// Gives it its name.
    pub fn name(self) -> std::io::Result<()> {
        self.file.name()
    }
}

/// A file that is being written.
struct Open {
    writer: Writer,
    /// How much of it waits to be sent.
    unsent: Arc<AtomicUsize>,
    /// Where it stands until it is whole, and what it is called then.
    part: PathBuf,
    output: PathBuf,
    /// When it was last written to.
    used: u64,
}

/// The files of one input.
pub(crate) struct Outputs<'p> {
    plan: Plan<'p>,
    /// The columns that become folders, and those that stay.
    folders: Vec<usize>,
    kept: Vec<usize>,
    schema: SchemaRef,
    most: usize,
    open: BTreeMap<PathBuf, Open>,
    /// Rows that are held back, each batch with its partitions, and how many bytes may be.
    held: Vec<(RecordBatch, Vec<(PathBuf, UInt32Array)>)>,
    held_bytes: usize,
    most_held: usize,
    whole: Vec<Whole>,
    /// How much of what is whole is in memory.
    kept_bytes: usize,
    /// How many files each partition has, and all together.
    begun: HashMap<PathBuf, usize>,
    made: usize,
    tick: u64,
}

impl<'p> Outputs<'p> {
    /// Makes a plan of it.
    ///
    /// # Errors
    /// A column that is to become folders and is not there, or that no folder can be named by.
    pub fn new(plan: Plan<'p>) -> Result<Outputs<'p>, ColumnError> {
        let mut folders = Vec::new();
        for column in plan.partition_by {
            let fields = plan.schema.fields();
            let Some(at) = fields.iter().position(|field| field.name() == column) else {
                return Err(ColumnError::missing(column));
            };
            let of = fields[at].data_type();
            if of.is_nested() || matches!(of, DataType::Binary | DataType::LargeBinary) {
                let why = format!("a column of type {of} cannot name folders");
                return Err(ColumnError { column: column.clone(), why });
            }
            folders.push(at);
        }
        let fields = plan.schema.fields();
        // Who reads a folder knows its columns from its name, and stumbles where types differ.
        let is_kept = |at: &usize| !folders.contains(at) && !plan.said.contains(fields[*at].name());
        let kept: Vec<usize> = (0..fields.len()).filter(is_kept).collect();
        let fields: Vec<_> = kept.iter().map(|at| Arc::clone(&fields[*at])).collect();
        let schema = Schema::new_with_metadata(fields, plan.schema.metadata().clone());
        let most = (MOST_OPEN / plan.threads.max(1)).max(8);
        let most_held = MOST_HELD / plan.threads.max(2);
        Ok(Outputs {
            folders,
            kept,
            schema: Arc::new(schema),
            most,
            open: BTreeMap::new(),
            held: Vec::new(),
            held_bytes: 0,
            most_held,
            whole: Vec::new(),
            kept_bytes: 0,
            begun: HashMap::new(),
            made: 0,
            tick: 0,
            plan,
        })
    }

    /// Makes the one file that there is without partitions.
    pub fn begin(&mut self) -> Result<(), Failed> {
        if self.folders.is_empty() { self.writer(PathBuf::new()).map(|_| ()) } else { Ok(()) }
    }

    /// Writes a batch, each row to its partition.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Failed> {
        if self.folders.is_empty() {
            let batch = batch.project(&self.kept).map_err(|why| Failed {
                path: self.plan.folder.join(self.plan.name),
                why: why.into(),
            })?;
            return self.add(PathBuf::new(), &batch);
        }
        let here = |why| Failed { path: self.plan.folder.join(self.plan.name), why };
        let parts = self.parts(batch).map_err(here)?;
        let is_new = |folder: &PathBuf| !self.open.contains_key(folder);
        let new = parts.iter().filter(|(folder, _)| is_new(folder)).count();
        if self.held.is_empty() && self.made == self.open.len() && self.made + new <= self.most {
            for (folder, rows) in parts {
                self.take(folder, batch, &rows)?;
            }
            return self.relieve();
        }
        let of_part = |(folder, _): &(PathBuf, _)| PART + folder.as_os_str().len();
        self.held_bytes += bytes(batch) + parts.iter().map(of_part).sum::<usize>();
        self.held.push((batch.clone(), parts));
        if self.held_bytes > self.most_held { self.release() } else { Ok(()) }
    }

    /// Writes what was held back, partition by partition: first to those that are open.
    fn release(&mut self) -> Result<(), Failed> {
        self.held_bytes = 0;
        let held = std::mem::take(&mut self.held);
        let mut parts: BTreeMap<(bool, &Path), Vec<(&RecordBatch, &UInt32Array)>> = BTreeMap::new();
        for (batch, own) in &held {
            for (folder, rows) in own {
                let key = (!self.open.contains_key(folder), folder.as_path());
                parts.entry(key).or_default().push((batch, rows));
            }
        }
        for ((_, folder), parts) in parts {
            for (batch, rows) in parts {
                self.take(folder.to_owned(), batch, rows)?;
            }
            self.relieve()?;
        }
        Ok(())
    }

    /// Writes some rows of a batch to their partition.
    fn take(
        &mut self,
        folder: PathBuf,
        batch: &RecordBatch,
        rows: &UInt32Array,
    ) -> Result<(), Failed> {
        let part = take_record_batch(batch, rows).and_then(|part| part.project(&self.kept));
        let part = part.map_err(|why| Failed {
            path: self.plan.folder.join(self.plan.name),
            why: why.into(),
        })?;
        self.add(folder, &part)
    }

    /// The rows of each partition, in order.
    fn parts(&self, batch: &RecordBatch) -> Result<Vec<(PathBuf, UInt32Array)>, FileError> {
        let mut texts = Vec::new();
        for at in &self.folders {
            texts.push(cast(batch.column(*at), &DataType::Utf8)?);
        }
        let value = |column: usize, row: usize| {
            let text = texts[column].as_string::<i32>();
            (!text.is_null(row) && !text.value(row).is_empty()).then(|| text.value(row))
        };
        let rows = batch.num_rows();
        let keys = (0..texts.len()).map(|column| {
            let mut known: HashMap<Option<&str>, u32> = HashMap::new();
            let key = |row: usize| {
                let next = known.len() as u32;
                *known.entry(value(column, row)).or_insert(next)
            };
            (0..rows).map(key).collect::<Vec<u32>>()
        });
        let keys = joined(keys, rows);
        let mut parts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (row, key) in keys.iter().enumerate() {
            parts.entry(*key).or_default().push(row as u32);
        }
        let part = |rows: Vec<u32>| {
            let mut folder = PathBuf::new();
            for (column, name) in self.plan.partition_by.iter().enumerate() {
                let text = value(column, rows[0] as usize);
                let named = text.map(|text| folder_of(name, text));
                // Such a row is in error, and says so.
                let named = named.filter(|named| named.len() <= NAME_MAX);
                folder.push(named.unwrap_or_else(|| format!("{}={NO_VALUE}", encoded(name))));
            }
            (folder, UInt32Array::from(rows))
        };
        Ok(parts.into_values().map(part).collect())
    }

    fn add(&mut self, folder: PathBuf, batch: &RecordBatch) -> Result<(), Failed> {
        let open = self.writer(folder)?;
        let written = open.writer.write(batch);
        written.map_err(|why| Failed { path: open.part.clone(), why })
    }

    /// The writer of a partition. One that was not used for long makes room for it.
    fn writer(&mut self, folder: PathBuf) -> Result<&mut Open, Failed> {
        self.tick += 1;
        if !self.open.contains_key(&folder) {
            if self.open.len() >= self.most {
                let oldest = self.open.iter().min_by_key(|(_, open)| open.used);
                if let Some(oldest) = oldest.map(|(folder, _)| folder.clone()) {
                    self.shut(&oldest)?;
                }
            }
            let opened = self.create(&folder)?;
            self.open.insert(folder.clone(), opened);
        }
        let tick = self.tick;
        let open = self.open.entry(folder);
        match open {
            std::collections::btree_map::Entry::Occupied(open) => {
                let open = open.into_mut();
                open.used = tick;
                Ok(open)
            }
            std::collections::btree_map::Entry::Vacant(open) => {
                let path = self.plan.folder.join(open.key());
                Err(Failed { path, why: FileError::Io(std::io::Error::other("it is not open")) })
            }
        }
    }

    fn create(&mut self, folder: &Path) -> Result<Open, Failed> {
        let before = self.begun.entry(folder.to_owned()).or_default();
        let ending = self.plan.format.ending();
        let output = match *before {
            0 => folder.join(self.plan.name),
            more => folder.join(further(self.plan.name, more, ending)),
        };
        *before += 1;
        let part = (self.plan.part)(self.made);
        self.made += 1;
        let path = self.plan.folder.join(&output);
        let failed = |why: FileError| Failed { path: path.clone(), why };
        let file = self.plan.place.create(&part, &path).map_err(|why| failed(why.into()))?;
        let unsent = file.unsent();
        let writer = Writer::new(file, self.plan.format, Arc::clone(&self.schema));
        let writer = writer.map_err(failed)?;
        let part = if is_stored(&path) { path } else { part };
        Ok(Open { writer, unsent, part, output, used: self.tick })
    }

    /// Ends a file.
    fn shut(&mut self, folder: &Path) -> Result<(), Failed> {
        let Some(Open { writer, part, output, .. }) = self.open.remove(folder) else {
            return Ok(());
        };
        let file = writer.end(ROOM.saturating_sub(self.kept_bytes));
        let file = file.map_err(|why| Failed { path: part, why })?;
        self.kept_bytes += file.unsent().load(Ordering::Relaxed);
        self.whole.push(Whole { file, output });
        Ok(())
    }

    /// Lets the fullest writers write, where much waits in all of them together.
    fn relieve(&mut self) -> Result<(), Failed> {
        let mut waiting: usize = self.open.values().map(|open| open.writer.waiting()).sum();
        while waiting > MOST_WAITING {
            let fullest = self.open.values_mut().max_by_key(|open| open.writer.waiting());
            let Some(open) = fullest.filter(|open| open.writer.waiting() > 0) else { break };
            waiting -= open.writer.waiting();
            let relieved = open.writer.relieve();
            relieved.map_err(|why| Failed { path: open.part.clone(), why })?;
        }
        self.send()
    }

    /// Ends those files of which most waits to be sent, where that is much in all of them together:
    /// a store takes no short parts.
    fn send(&mut self) -> Result<(), Failed> {
        let unsent = |open: &Open| open.unsent.load(Ordering::Relaxed);
        let mut waiting: usize = self.open.values().map(unsent).sum();
        while waiting > MOST_WAITING {
            let Some((folder, open)) = self.open.iter().max_by_key(|(_, open)| unsent(open)) else {
                break;
            };
            waiting -= unsent(open);
            let folder = folder.clone();
            self.shut(&folder)?;
        }
        Ok(())
    }

    /// Ends all files and waits until they are on the disk.
    pub fn finish(mut self) -> Result<Vec<Whole>, Failed> {
        self.release()?;
        let folders: Vec<PathBuf> = self.open.keys().cloned().collect();
        folders.iter().try_for_each(|folder| self.shut(folder))?;
        Ok(std::mem::take(&mut self.whole))
    }
}

/// The rows of a batch of which no folder can be named.
///
/// # Errors
/// A column that has no texts.
pub(crate) fn unnamed(
    batch: &RecordBatch,
    partition_by: &[String],
) -> Result<BTreeMap<usize, RowError>, ColumnError> {
    let mut found = BTreeMap::new();
    for name in partition_by {
        let Some(column) = batch.column_by_name(name) else { continue };
        let texts = cast(column, &DataType::Utf8);
        let texts =
            texts.map_err(|why| ColumnError { column: name.clone(), why: why.to_string() })?;
        for (row, text) in texts.as_string::<i32>().iter().enumerate() {
            // A byte becomes three at most.
            let Some(text) = text.filter(|text| 3 * (name.len() + text.len()) + 1 > NAME_MAX)
            else {
                continue;
            };
            let length = folder_of(name, text).len();
            if length > NAME_MAX {
                let message = format!(
                    "the value is too long for a folder: its name would have {length} bytes, and \
                     {NAME_MAX} is the most (column {name})"
                );
                found.entry(row).or_insert(RowError { code: "long_value", message });
            }
        }
    }
    Ok(found)
}

/// The name of the folder of a value.
fn folder_of(column: &str, text: &str) -> String {
    format!("{}={}", encoded(column), encoded(text))
}

/// About how many bytes a batch takes. Dictionaries are shared by many, and are not counted: then
/// it does not hang on which thread made them, and every run writes the same files.
fn bytes(batch: &RecordBatch) -> usize {
    let of = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(..) => size_of::<u32>() * array.len(),
        _ => array.to_data().get_slice_memory_size().unwrap_or_default(),
    };
    batch.columns().iter().map(of).sum()
}

/// The name of a further file of a partition, `orders~1.csv` for `orders.csv`.
fn further(name: &Path, number: usize, ending: &str) -> PathBuf {
    let mut own = name.file_stem().unwrap_or_default().to_owned();
    own.push(format!("~{number}.{ending}"));
    name.with_file_name(own)
}

/// The name of which a name may be that of a further file: an input must not have it besides.
pub(crate) fn begun(name: &Path) -> Option<PathBuf> {
    let (own, number) = name.file_stem()?.to_str()?.rsplit_once('~')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let ending = name.extension()?.to_str()?;
    is_number.then(|| name.with_file_name(format!("{own}.{ending}")))
}

/// A text as the name of a folder can hold it.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NAMED).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]
mod tests {
    use arrow::array::StringArray;
    use arrow::datatypes::Field;

    use super::*;

    /// Of very many short partitions, what is known of each takes more than its rows.
    #[test]
    fn what_is_known_of_partitions_is_held_as_well() {
        let folder = tempfile::tempdir().unwrap();
        let lots = StringArray::from_iter_values((0..600).map(|at| format!("{at}")));
        let schema = Schema::new(vec![
            Field::new("lot", DataType::Utf8, false),
            Field::new("other", DataType::Utf8, false),
        ]);
        let lots: ArrayRef = Arc::new(lots);
        let columns = vec![Arc::clone(&lots), lots];
        let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
        let part = |number: usize| folder.path().join(format!("{number}.part"));
        let plan = Plan {
            place: Place::Here,
            folder: folder.path(),
            name: Path::new("o.csv"),
            format: Format::Csv,
            schema: batch.schema(),
            partition_by: &["lot".to_owned()],
            said: &[],
            threads: MOST_HELD / (600 * PART),
            part: &part,
        };
        let mut outputs = Outputs::new(plan).unwrap();
        assert!(bytes(&batch) < outputs.most_held / 4);
        assert!(outputs.write(&batch).is_ok());
        assert!(outputs.held.is_empty(), "{} bytes are held", outputs.held_bytes);
        assert_eq!(outputs.finish().map(|whole| whole.len()).ok(), Some(600));
    }
}

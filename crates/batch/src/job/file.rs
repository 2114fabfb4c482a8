//! One file of a job: read, decided, written, and kept when it is whole.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::lawful::with_law;
use super::pool::Pool;
use super::{Bad, Finished, Job, Progress, Reading, Stop, Task, Went, copied, own, own_of, part};
use crate::answers::{Decided, Decider, Worker, is_decision};
use crate::copying::Original;
use crate::files::{FileError, Format, unwritable};
use crate::inputs::{partitioned, with_partitions};
use crate::outputs::{Failed, Outputs, Plan, Whole, unnamed};
use crate::places::{Place, Sink, Source, Stored};
use crate::reading::{Names, Read, Reads, read_from};
use crate::rejects::{Reject, Rejects};
use crate::summary::Summary;
use crate::table::{ColumnError, RowError};

/// Why a file does not become another.
pub(super) enum Failure {
    Input(Bad),
    /// The store of the input is gone, and nothing is known of the file.
    Lost(String),
    /// The run was given up.
    Stopped,
    Output(Failed),
    Row(u64, String),
}

impl Failure {
    pub(super) fn input(why: &dyn std::fmt::Display) -> Failure {
        Failure::Input(Bad { why: why.to_string(), column: None })
    }
}

/// What came of a file that was decided to its end.
pub(super) struct Written {
    pub(super) finished: Finished,
    pub(super) whole: Vec<Whole>,
    pub(super) rejects: Option<Sink>,
}

/// Does one file.
pub(super) fn work(
    job: &Job,
    pool: &Pool<'_>,
    task: &Task,
    worker: &mut Worker,
    progress: &dyn Progress,
) -> Result<Went, Stop> {
    let mut reading = Reading::new(progress, task.bytes());
    let output = || job.output.join(&task.name);
    let unwritable = |why: io::Error| Stop::Output(output(), why.to_string());
    let place = Place::of(&job.output).map_err(unwritable)?;
    if progress.is_stopped() {
        return Err(Stop::Asked);
    }
    if let Some(finished) = finished_at(&place, job, task) {
        return Ok(Went::Kept(finished));
    }
    match written(job, &place, pool, task, worker, &mut reading) {
        Ok(_) if progress.is_stopped() => Err(Stop::Asked),
        Ok(written) => keep(job, &place, task, written).map(Went::Decided).map_err(unwritable),
        Err(Failure::Input(bad)) => left_out(job, &place, task, bad),
        Err(Failure::Stopped) => Err(Stop::Asked),
        Err(Failure::Lost(why)) => Err(Stop::Input(task.input.clone(), why)),
        Err(Failure::Output(Failed { path, why })) => Err(Stop::Output(path, why.to_string())),
        Err(Failure::Row(row, why)) => Err(Stop::Strict(task.input.clone(), Some(row), why)),
    }
}

/// Leaves a file out, with what an earlier run made of it: that is no longer what the input says.
fn left_out(job: &Job, place: &Place, task: &Task, bad: Bad) -> Result<Went, Stop> {
    if job.strict {
        return Err(Stop::Strict(task.input.clone(), None, bad.why));
    }
    let record = own(job, task, "json");
    if let Some(finished) = self::record(place, &record) {
        remove(job, place, task, &finished.outputs);
        _ = place.remove(&record);
        _ = place.remove(&own(job, task, "rejects.jsonl"));
    }
    Ok(Went::Rejected(bad))
}

/// Gives files that are whole their names, and keeps what there is to know of them.
fn keep(job: &Job, place: &Place, task: &Task, written: Written) -> io::Result<Finished> {
    let Written { mut finished, whole, rejects } = written;
    match rejects {
        Some(rejects) => rejects.name()?,
        None => _ = place.remove(&own(job, task, "rejects.jsonl")),
    }
    let outputs: Vec<(PathBuf, u64)> = whole.iter().map(Whole::record).collect();
    let path = own(job, task, "json");
    let before = record(place, &path).map_or_else(Vec::new, |before| before.outputs);
    let now: HashSet<&Path> = outputs.iter().map(|(output, _)| output.as_path()).collect();
    let gone = before.into_iter().filter(|(output, _)| !now.contains(output.as_path()));
    let gone: Vec<(PathBuf, u64)> = gone.collect();
    // A run that is cut off here leaves a record of all that may be there, which no input has.
    let fingerprint = std::mem::take(&mut finished.fingerprint);
    finished.outputs = [gone.as_slice(), &outputs].concat();
    place.write(&path, serde_json::to_vec(&finished)?)?;
    remove(job, place, task, &gone);
    whole.into_iter().try_for_each(Whole::name)?;
    finished = Finished { fingerprint, outputs, ..finished };
    place.write(&path, serde_json::to_vec(&finished)?)?;
    Ok(finished)
}

/// Removes what a file became before, but for what another has become: further files were once
/// called as an input can be.
fn remove(job: &Job, place: &Place, task: &Task, outputs: &[(PathBuf, u64)]) {
    for (output, _) in outputs {
        let is_in = |finished: Finished| finished.outputs.iter().any(|(other, _)| other == output);
        let is_of = |name: &Path| record(place, &own_of(job, name, "json")).is_some_and(is_in);
        let mut parts = output.components();
        let names = std::iter::from_fn(|| {
            let name = parts.as_path().to_owned();
            parts.next().map(|_| name)
        });
        if output.ends_with(&task.name) || !names.into_iter().any(|name| is_of(&name)) {
            _ = place.remove(&job.output.join(output));
        }
    }
}

/// What an earlier run kept.
pub(super) fn record(place: &Place, path: &Path) -> Option<Finished> {
    serde_json::from_slice(&place.read(path).ok()?).ok()
}

/// What an earlier run finished of a file, from the same input and by the same law.
pub(super) fn known(job: &Job, task: &Task) -> Option<Finished> {
    finished_at(&Place::of(&job.output).ok()?, job, task)
}

fn finished_at(place: &Place, job: &Job, task: &Task) -> Option<Finished> {
    let finished = record(place, &own(job, task, "json"))?;
    if finished.fingerprint != task.fingerprint {
        return None;
    }
    let path = |(output, _): &(PathBuf, u64)| job.output.join(output);
    let paths: Vec<PathBuf> = finished.outputs.iter().map(path).collect();
    let sizes = place.sizes(&paths);
    let is_whole = |(size, output): (Option<u64>, &(PathBuf, u64))| size == Some(output.1);
    sizes.into_iter().zip(&finished.outputs).all(is_whole).then_some(finished)
}

/// A file without a column that is named, or with one that cannot be read.
fn bad(why: ColumnError) -> Failure {
    let said = why.to_string();
    Failure::Input(Bad { why: said, column: why.is_missing().then_some(why.column) })
}

/// A table whose columns can be copied, if it is to be Parquet again.
fn original(
    job: &Job,
    decider: &Decider,
    task: &Task,
    source: &Source,
    format: Format,
) -> Option<Result<Option<Original>, FileError>> {
    if [task.format, format] != [Format::Parquet; 2] || !job.partition_by.is_empty() {
        return None;
    }
    let stored = Stored::of(source).ok()?;
    Some(Original::open(stored, &task.partitions, &task.said(), decider, &task.lawful))
}

/// Decides a file into another, or into several. While a batch is decided, the one before it is
/// written.
fn written(
    job: &Job,
    place: &Place,
    pool: &Pool<'_>,
    task: &Task,
    worker: &mut Worker,
    reading: &mut Reading<'_>,
) -> Result<Written, Failure> {
    let decider = pool.decider;
    let source = Source::open(&task.input, task.about.as_ref());
    let source = source.map_err(|why| Failure::input(&why))?;
    let watch = source.watch();
    // Where the store is gone, nothing is known of what is in it.
    let lost = |failure: Failure| match (failure, watch.lost()) {
        (Failure::Input(_), Some(why)) => Failure::Lost(why),
        (failure, _) => failure,
    };
    let format = Format::of(&task.name).unwrap_or(task.format);
    match original(job, decider, task, &source, format) {
        Some(Ok(Some(original))) => {
            let opened = pool.open(original);
            return copied::written(job, place, task, &opened, worker, reading).map_err(lost);
        }
        Some(Err(why)) if watch.lost().is_some() => return Err(lost(Failure::input(&why))),
        // What cannot be copied, or not be read in this way, is read row by row.
        _ => {}
    }
    let (schema, reads, said) = opened(source, task, decider, format).map_err(lost)?;
    let part_of = |number: usize| part(job, task, &format!("{number}.part"));
    let plan = Plan {
        place: place.clone(),
        folder: &job.output,
        name: &task.name,
        format,
        schema: with_law(&decider.schema(&schema), &task.lawful),
        partition_by: &job.partition_by,
        said: &said,
        threads: job.threads,
        part: &part_of,
    };
    let mut outputs = Outputs::new(plan).map_err(bad)?;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<RecordBatch>(2);
        let writing = scope.spawn(move || -> Result<Vec<Whole>, Failed> {
            outputs.begin()?;
            for batch in receive {
                outputs.write(&batch)?;
            }
            outputs.finish()
        });
        let decided = decided(job, decider, task, worker, reading, (&schema, reads), &send);
        drop(send);
        let written = writing.join().unwrap_or_else(|_| {
            let why = FileError::Io(io::Error::other("the writer failed"));
            Err(Failed { path: job.output.join(&task.name), why })
        });
        // A writer that failed is why nothing more was taken.
        match (decided, written) {
            (_, Err(why)) => Err(Failure::Output(why)),
            (Err(why), Ok(_)) => Err(lost(why)),
            (Ok((finished, rejects)), Ok(whole)) => Ok(Written { finished, whole, rejects }),
        }
    })
}

/// Opens a file that is read row by row: its columns, its rows, and the columns that need not be
/// written, for the path of what it becomes says them.
fn opened(
    source: Source,
    task: &Task,
    decider: &Decider,
    format: Format,
) -> Result<(SchemaRef, Reads, Vec<String>), Failure> {
    // What is in a struct becomes columns of its own where they are facts, or where there are none.
    let is_apart = |path: &str| format == Format::Csv || decider.is_fact(path);
    let names = Names { is_apart: &is_apart, is_list: &|path| decider.is_list(path) };
    let opened = read_from(source, task.format, &names);
    let (schema, reads) = opened.map_err(|why| Failure::input(&why))?;
    let mut said = task.said();
    // What the file has itself, and what is decided, stays whatever its folders say.
    said.retain(|name| schema.field_with_name(name).is_err() && !is_decision(name));
    let schema = with_partitions(&schema, &task.partitions);
    decider.dated(&schema).map_err(bad)?;
    match unwritable(&schema, format) {
        Some(why) => Err(Failure::input(&why)),
        None => Ok((schema, reads, said)),
    }
}

/// Decides a file, batch by batch; answers what came of it and whether rows were rejected.
fn decided(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    reading: &mut Reading<'_>,
    (schema, reads): (&SchemaRef, Reads),
    send: &mpsc::SyncSender<RecordBatch>,
) -> Result<(Finished, Option<Sink>), Failure> {
    let mut summary = Summary::default();
    let mut listed = Listed::new(job, task)?;
    let mut rows = 0;
    for read in reads {
        let Read { batch, errors, bytes } =
            read.map_err(|why| Failure::input(&format!("after row {rows}: {why}")))?;
        let batch = partitioned(batch, &task.partitions).map_err(|why| Failure::input(&why))?;
        let decided = filed(job, decider, &batch, errors, worker);
        let Decided { batch, errors, counts, missing, warned } = decided.map_err(bad)?;
        for (row, errors) in &errors {
            let row = rows + *row as u64 + 1;
            errors.iter().try_for_each(|error| listed.add(row, error))?;
        }
        summary.add(counts, errors.len() as u64);
        summary.add_missing(missing);
        summary.warned += warned;
        rows += batch.num_rows() as u64;
        reading.reached(bytes, batch.num_rows());
        if reading.is_stopped() {
            return Err(Failure::Stopped);
        }
        if send.send(batch).is_err() {
            // The writer says why.
            break;
        }
    }
    if rows == 0 {
        // A file without rows has its columns.
        let empty = decider.decide(&RecordBatch::new_empty(Arc::clone(schema)), worker);
        let empty = empty.map_err(bad)?;
        _ = send.send(empty.batch);
    }
    let (alike, is_unplaced) = (decider.alike(schema), decider.is_unplaced(schema));
    Ok((Finished { alike, is_unplaced, ..finished(task, rows, summary) }, listed.finish()?))
}

/// Decides a batch. A row of which no folder can be named is in error: the file system would refuse
/// it, and with it all the others, every time.
fn filed(
    job: &Job,
    decider: &Decider,
    batch: &RecordBatch,
    errors: BTreeMap<usize, Vec<RowError>>,
    worker: &mut Worker,
) -> Result<Decided, ColumnError> {
    if job.partition_by.is_empty() {
        return decider.decide_read(batch, errors, worker);
    }
    let mut all = errors.clone();
    let decided = decider.decide_read(batch, errors, worker)?;
    let unnamed = unnamed(&decided.batch, &job.partition_by)?;
    if unnamed.is_empty() {
        return Ok(decided);
    }
    for (row, error) in unnamed {
        all.entry(row).or_default().push(error);
    }
    decider.decide_read(batch, all, worker)
}

/// What is kept of a file that was decided to its end.
pub(super) fn finished(task: &Task, rows: u64, summary: Summary) -> Finished {
    Finished {
        fingerprint: task.fingerprint.clone(),
        outputs: Vec::new(),
        rows,
        errors: summary.errors,
        groups: summary.groups.into_iter().collect(),
        missing: summary.missing,
        warned: summary.warned,
        alike: BTreeMap::new(),
        is_unplaced: false,
    }
}

/// What is wrong with the rows of a file.
pub(super) struct Listed<'j> {
    job: &'j Job,
    file: String,
    path: PathBuf,
    rejects: Rejects,
}

impl<'j> Listed<'j> {
    pub(super) fn new(job: &'j Job, task: &Task) -> Result<Listed<'j>, Failure> {
        let (part, path) = (part(job, task, "rejects.part"), own(job, task, "rejects.jsonl"));
        let place = Place::of(&job.output).map_err(|why| unlisted(&path, why))?;
        let rejects = Rejects::new(place, part, path.clone());
        Ok(Listed { job, file: task.file(), path, rejects })
    }

    /// Adds a row; where the first mistake ends the run, it does.
    pub(super) fn add(&mut self, row: u64, error: &RowError) -> Result<(), Failure> {
        if self.job.strict {
            return Err(Failure::Row(row, error.message.clone()));
        }
        let (code, message) = (error.code, error.message.as_str());
        let reject = Reject { file: &self.file, row: Some(row), code, message };
        self.rejects.add(&reject).map_err(|why| unlisted(&self.path, why))
    }

    pub(super) fn finish(self) -> Result<Option<Sink>, Failure> {
        self.rejects.finish().map_err(|why| unlisted(&self.path, why))
    }
}

fn unlisted(path: &Path, why: io::Error) -> Failure {
    Failure::Output(Failed { path: path.to_owned(), why: FileError::Io(why) })
}

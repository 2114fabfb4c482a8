//! A job: files in, files out, and what is needed to go on where it was interrupted.
//!
//! Every input file becomes one output file of the same name. It is written beside its final name,
//! which it gets when it is whole and on the disk; what was counted and rejected stands in
//! `_weir/` by then. A run that finds a file finished, from the same input by the same law and
//! mapping, leaves it as it is.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

use crate::answers::{Decided, Decider, Worker};
use crate::files::{Batches, FileError, Format, Writer, open, unwritable};
use crate::summary::{Group, Summary};

/// The folder of an output that holds what the job knows of itself.
const OWN: &str = "_weir";

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Files and folders of files.
    pub inputs: Vec<PathBuf>,
    /// The folder for what comes out.
    pub output: PathBuf,
    /// What it is written in; as the input where none is given.
    pub format: Option<Format>,
    /// Names the law and all else that a decision depends on: files that were decided by another
    /// are decided anew.
    pub law: String,
    /// How many files are worked on at once.
    pub threads: usize,
    /// Whether the first mistake ends the run.
    pub strict: bool,
}

/// Learns how a job goes.
pub trait Progress: Sync {
    /// So many files with so many bytes are to be done.
    fn begin(&self, files: u64, bytes: u64);
    /// Rows were decided.
    fn rows(&self, rows: u64);
    /// A file of so many bytes is done.
    fn file(&self, bytes: u64);
}

/// Nobody to tell.
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {}
    fn file(&self, _: u64) {}
}

/// Why a job did not end.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// A file or folder that is named is not there, or cannot be read.
    #[error("cannot read `{}`: {why}", .path.display())]
    Input {
        /// The path.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// There is nothing to decide.
    #[error(
        "there is no file to decide: the endings are .parquet, .csv, .jsonl (or .ndjson) and \
         .arrow (or .feather)"
    )]
    Nothing,
    /// Two inputs would become one output.
    #[error(
        "`{}` and `{}` would both be written to `{}`; give one another name or decide them apart",
        .one.display(), .other.display(), .output.display()
    )]
    SameName {
        /// One.
        one: PathBuf,
        /// The other.
        other: PathBuf,
        /// The output.
        output: PathBuf,
    },
    /// The output folder lies within the input, or is it.
    #[error(
        "the output `{}` lies in the input `{}`; take another folder",
        .output.display(), .input.display()
    )]
    Within {
        /// The output.
        output: PathBuf,
        /// The input.
        input: PathBuf,
    },
    /// An output would take the place of an input.
    #[error("`{}` would be written over: it is an input; take another folder", .0.display())]
    Overwrites(PathBuf),
    /// A file of another kind is named.
    #[error(
        "`{}` is not .parquet, .csv, .jsonl (or .ndjson) nor .arrow (or .feather)", .0.display()
    )]
    Ending(PathBuf),
    /// The output cannot be written.
    #[error(
        "cannot write to `{}`: {why}; {finished} of {files} files are finished and valid, and the \
         same command goes on from there",
        .path.display()
    )]
    Output {
        /// Where.
        path: PathBuf,
        /// Why.
        why: String,
        /// How many files are finished.
        finished: usize,
        /// How many there are.
        files: usize,
    },
    /// A mistake, where the first one ends the run.
    #[error(
        "`{}`{}: {why}; {finished} of {files} files are finished and valid",
        .path.display(), .row.map_or(String::new(), |row| format!(", row {row}"))
    )]
    Strict {
        /// The file.
        path: PathBuf,
        /// The row, from 1, the header not counted.
        row: Option<u64>,
        /// What is wrong.
        why: String,
        /// How many files are finished.
        finished: usize,
        /// How many there are.
        files: usize,
    },
}

/// What came of a job.
#[derive(Debug, Default)]
pub struct Report {
    /// Files that were decided in this run.
    pub decided: usize,
    /// Files that an earlier run had finished.
    pub kept: usize,
    /// Files that cannot be read, and why.
    pub rejected: Vec<(PathBuf, String)>,
    /// Rows of this run.
    pub rows: u64,
    /// Counts over all files.
    pub summary: Summary,
    /// Where rejects are listed, if there are any.
    pub rejects: Option<PathBuf>,
}

/// One file to do.
struct Task {
    input: PathBuf,
    /// Columns from the names of its folders, `month=2025-06`.
    partitions: Vec<(String, String)>,
    name: PathBuf,
    format: Format,
    bytes: u64,
    fingerprint: String,
    /// Stands in the name of the file while it is written.
    attempt: String,
}

/// What is kept of a finished file.
#[derive(Serialize, Deserialize)]
struct Finished {
    fingerprint: String,
    output_bytes: u64,
    rows: u64,
    errors: u64,
    groups: Vec<(Group, u64)>,
}

/// One line of the reject file.
#[derive(Serialize)]
struct Reject<'r> {
    file: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    code: &'r str,
    message: &'r str,
}

/// How a file went.
enum Went {
    Decided(Finished),
    Kept(Finished),
    Rejected(String),
}

/// What ends a run.
enum Stop {
    Output(PathBuf, String),
    Strict(PathBuf, Option<u64>, String),
}

/// Does a job.
///
/// # Errors
/// See [`JobError`]. Files that are finished by then stay valid.
pub fn run(job: &Job, decider: &Decider, progress: &dyn Progress) -> Result<Report, JobError> {
    let tasks = tasks(job, decider)?;
    let own = job.output.join(OWN);
    let failed = |path: &Path, why: &dyn std::fmt::Display| JobError::Output {
        path: path.to_owned(),
        why: why.to_string(),
        finished: 0,
        files: tasks.len(),
    };
    fs::create_dir_all(&own).map_err(|why| failed(&own, &why))?;
    progress.begin(tasks.len() as u64, tasks.iter().map(|task| task.bytes).sum());
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let went: Mutex<BTreeMap<usize, Went>> = Mutex::new(BTreeMap::new());
    let stopped: Mutex<Option<Stop>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..job.threads.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                let mut worker = Worker::default();
                while !is_over.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(at) else { break };
                    match work(job, decider, task, &mut worker, progress) {
                        Ok(how) => {
                            progress.file(task.bytes);
                            went.lock().unwrap_or_else(PoisonError::into_inner).insert(at, how);
                        }
                        Err(stop) => {
                            is_over.store(true, Ordering::Relaxed);
                            let mut first = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                            first.get_or_insert(stop);
                        }
                    }
                }
            });
        }
    });
    let went = went.into_inner().unwrap_or_else(PoisonError::into_inner);
    let is_whole = |how: &&Went| !matches!(how, Went::Rejected(_));
    let (finished, files) = (went.values().filter(is_whole).count(), tasks.len());
    match stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(Stop::Output(path, why)) => Err(JobError::Output { path, why, finished, files }),
        Some(Stop::Strict(path, row, why)) => {
            Err(JobError::Strict { path, row, why, finished, files })
        }
        None => {
            let report = reported(job, &tasks, went);
            report.map_err(|why| failed(&own, &why))
        }
    }
}

/// One file of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub input: PathBuf,
    /// What it becomes, below the output.
    pub name: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// Whether an earlier run finished it.
    pub is_finished: bool,
}

/// The files of a job, in the order in which they are done.
///
/// # Errors
/// See [`JobError`].
pub fn files(job: &Job, decider: &Decider) -> Result<Vec<File>, JobError> {
    let file = |task: Task| {
        let is_finished = finished(job, &task, &job.output.join(&task.name)).is_some();
        File { input: task.input, name: task.name, bytes: task.bytes, is_finished }
    };
    Ok(tasks(job, decider)?.into_iter().map(file).collect())
}

/// Does one file of a job, so that [`run`] finds it finished; says how many rows it has, if it can
/// be read. Several processes may do so at once, also the same file, each as another `attempt`.
///
/// # Errors
/// See [`JobError`].
pub fn run_one(
    job: &Job,
    decider: &Decider,
    file: &File,
    attempt: &str,
    worker: &mut Worker,
) -> Result<Option<u64>, JobError> {
    let format = Format::of(&file.input).ok_or_else(|| JobError::Ending(file.input.clone()))?;
    let mut task = task(job, decider, file.input.clone(), file.name.clone(), format);
    task.attempt = format!("{attempt}.");
    let own = job.output.join(OWN);
    let (finished, files) = (0, 1);
    fs::create_dir_all(&own).map_err(|why| JobError::Output {
        path: own,
        why: why.to_string(),
        finished,
        files,
    })?;
    match work(job, decider, &task, worker, &Quiet) {
        Ok(Went::Decided(done) | Went::Kept(done)) => Ok(Some(done.rows)),
        Ok(Went::Rejected(_)) => Ok(None),
        Err(Stop::Output(path, why)) => Err(JobError::Output { path, why, finished, files }),
        Err(Stop::Strict(path, row, why)) => {
            Err(JobError::Strict { path, row, why, finished, files })
        }
    }
}

/// Removes what attempts at files of a job left unfinished when they were cut off.
pub fn remove_unfinished(job: &Job, files: &[File]) {
    let names: HashSet<PathBuf> = files.iter().map(|file| job.output.join(&file.name)).collect();
    let folders: BTreeSet<&Path> = names.iter().filter_map(|name| name.parent()).collect();
    for folder in folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            // `orders.parquet.ATTEMPT.part` was to become `orders.parquet`.
            let is_part = path.extension().is_some_and(|ending| ending == "part");
            if is_part && names.contains(&path.with_extension("").with_extension("")) {
                _ = fs::remove_file(path);
            }
        }
    }
}

/// Joins what came of each file.
fn reported(
    job: &Job,
    tasks: &[Task],
    went: BTreeMap<usize, Went>,
) -> Result<Report, std::io::Error> {
    let mut report = Report::default();
    let mut rejects = Vec::new();
    for (at, how) in went {
        let task = &tasks[at];
        match how {
            Went::Rejected(why) => {
                let reject = Reject {
                    file: &task.input.display().to_string(),
                    row: None,
                    code: "bad_file",
                    message: &why,
                };
                serde_json::to_writer(&mut rejects, &reject)?;
                rejects.push(b'\n');
                report.rejected.push((task.input.clone(), why));
            }
            Went::Decided(finished) => {
                report.decided += 1;
                report.rows += finished.rows;
                report.summary.add(finished.groups, finished.errors);
                rejects.extend(fs::read(own(job, task, "rejects.jsonl")).unwrap_or_default());
            }
            Went::Kept(finished) => {
                report.kept += 1;
                report.summary.add(finished.groups, finished.errors);
                rejects.extend(fs::read(own(job, task, "rejects.jsonl")).unwrap_or_default());
            }
        }
    }
    let path = job.output.join(OWN).join("rejects.jsonl");
    if rejects.is_empty() {
        _ = fs::remove_file(&path);
    } else {
        fs::write(&path, rejects)?;
        report.rejects = Some(path);
    }
    fs::write(job.output.join(OWN).join("summary.csv"), report.summary.to_csv())?;
    Ok(report)
}

/// Where something about a file is kept.
fn own(job: &Job, task: &Task, ending: &str) -> PathBuf {
    let name = task.name.display().to_string();
    let name = name.replace('%', "%25").replace('/', "%2F").replace('\\', "%5C");
    job.output.join(OWN).join(format!("{name}.{ending}"))
}

/// Finds the files of a job.
fn tasks(job: &Job, decider: &Decider) -> Result<Vec<Task>, JobError> {
    let mut tasks: Vec<Task> = Vec::new();
    for input in &job.inputs {
        let unreadable = |why| JobError::Input { path: input.clone(), why };
        let is_folder = fs::metadata(input).map_err(unreadable)?.is_dir();
        let mut files = Vec::new();
        if is_folder {
            if resolved(&job.output).starts_with(resolved(input)) {
                let (output, input) = (job.output.clone(), input.clone());
                return Err(JobError::Within { output, input });
            }
            collect(input, &mut files).map_err(unreadable)?;
            files.sort();
        } else {
            files.push(input.clone());
        }
        for file in files {
            let Some(format) = Format::of(&file) else {
                if is_folder {
                    continue;
                }
                return Err(JobError::Ending(file));
            };
            let inside = file.strip_prefix(input).ok().filter(|_| is_folder);
            let name = inside
                .map_or_else(|| file.file_name().map(PathBuf::from), |path| Some(path.to_owned()));
            let Some(name) = name else { continue };
            let out = job.format.unwrap_or(format);
            let task = task(job, decider, file, name.with_extension(out.ending()), format);
            if let Some(other) = tasks.iter().find(|other| other.name == task.name) {
                return Err(JobError::SameName {
                    one: other.input.clone(),
                    other: task.input,
                    output: job.output.join(&task.name),
                });
            }
            tasks.push(task);
        }
    }
    let inputs: HashSet<PathBuf> = tasks.iter().map(|task| resolved(&task.input)).collect();
    let output = |task: &Task| resolved(&job.output.join(&task.name));
    if let Some(over) = tasks.iter().map(output).find(|output| inputs.contains(output)) {
        return Err(JobError::Overwrites(over));
    }
    if tasks.is_empty() { Err(JobError::Nothing) } else { Ok(tasks) }
}

/// What there is to know of a file before it is read.
fn task(job: &Job, decider: &Decider, input: PathBuf, name: PathBuf, format: Format) -> Task {
    // A file that is not there after all is told when it is its turn.
    let metadata = fs::metadata(&input).ok();
    Task {
        partitions: partitions(&input),
        name,
        format,
        bytes: metadata.as_ref().map_or(0, fs::Metadata::len),
        fingerprint: fingerprint(job, decider, &input, metadata.as_ref()),
        attempt: String::new(),
        input,
    }
}

/// Where a path leads, also where its last parts are not there yet.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(whole) = fs::canonicalize(path) {
        return whole;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => {
            resolved(Path::new(".")).join(name)
        }
        (Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_owned(),
    }
}

/// Every file below a folder, but for what begins with a dot or an underscore.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_none_or(|name| name.starts_with(['.', '_'])) {
            continue;
        }
        // A link to a folder may lead back here.
        if !path.is_dir() {
            files.push(path);
        } else if !path.is_symlink() {
            collect(&path, files)?;
        }
    }
    Ok(())
}

/// The columns that the folders of a file stand for.
fn partitions(name: &Path) -> Vec<(String, String)> {
    let folders = name.parent().into_iter().flat_map(Path::components);
    let column = |part: std::path::Component<'_>| {
        let text = part.as_os_str().to_str()?;
        let (column, value) = text.split_once('=')?;
        Some((column.to_owned(), value.to_owned()))
    };
    folders.filter_map(column).collect()
}

/// What a finished file depends on.
fn fingerprint(
    job: &Job,
    decider: &Decider,
    path: &Path,
    metadata: Option<&fs::Metadata>,
) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&job.law);
    for (fact, column) in decider.mapping().pairs() {
        add(fact);
        add(column);
    }
    add(&fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).display().to_string());
    add(&metadata.map_or(0, fs::Metadata::len).to_string());
    let modified = metadata.and_then(|metadata| metadata.modified().ok());
    let modified = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    add(&modified.map_or(0, |since| since.as_nanos()).to_string());
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Does one file.
fn work(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    progress: &dyn Progress,
) -> Result<Went, Stop> {
    let output = job.output.join(&task.name);
    if let Some(finished) = finished(job, task, &output) {
        return Ok(Went::Kept(finished));
    }
    let bad = |why: String| {
        if job.strict {
            return Err(Stop::Strict(task.input.clone(), None, why));
        }
        // What an earlier run made of it is no longer what the input says.
        if fs::remove_file(own(job, task, "json")).is_ok() {
            _ = fs::remove_file(&output);
            _ = fs::remove_file(own(job, task, "rejects.jsonl"));
        }
        Ok(Went::Rejected(why))
    };
    let (schema, batches) = match open(&task.input, task.format) {
        Ok(opened) => opened,
        Err(why) => return bad(why.to_string()),
    };
    let schema = with_partitions(&schema, &task.partitions);
    if let Err(why) = decider.facts(&schema) {
        return bad(why.to_string());
    }
    let out = Format::of(&task.name).unwrap_or(task.format);
    if let Some(why) = unwritable(&schema, out) {
        return bad(why);
    }
    let stop = |why: &dyn std::fmt::Display| Stop::Output(output.clone(), why.to_string());
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).map_err(|why| stop(&why))?;
    }
    let part = output.with_extension(format!(
        "{}.{}part",
        task.name
            .extension()
            .map_or_else(String::new, |ending| ending.to_string_lossy().into_owned()),
        task.attempt
    ));
    let written = written(job, decider, task, worker, progress, (&schema, batches), &part);
    match written {
        Ok(written) => {
            keep(job, task, written, &part, &output).map(Went::Decided).map_err(|why| stop(&why))
        }
        Err(failure) => {
            _ = fs::remove_file(&part);
            match failure {
                Failure::Input(why) => bad(why),
                Failure::Output(why) => Err(stop(&why)),
                Failure::Row(row, why) => Err(Stop::Strict(task.input.clone(), Some(row), why)),
            }
        }
    }
}

/// Gives a file that is whole its name, and keeps what there is to know of it.
fn keep(
    job: &Job,
    task: &Task,
    Written { finished, rejects }: Written,
    part: &Path,
    output: &Path,
) -> std::io::Result<Finished> {
    if rejects.is_empty() {
        _ = fs::remove_file(own(job, task, "rejects.jsonl"));
    } else {
        fs::write(own(job, task, "rejects.jsonl"), rejects)?;
    }
    let finished = Finished { output_bytes: fs::metadata(part)?.len(), ..finished };
    // What is known of the file before is no longer so.
    _ = fs::remove_file(own(job, task, "json"));
    fs::rename(part, output)?;
    let mut record = fs::File::create(own(job, task, "json"))?;
    serde_json::to_writer(&mut record, &finished)?;
    record.flush()?;
    record.sync_all()?;
    Ok(finished)
}

/// What an earlier run finished of a file, from the same input and by the same law.
fn finished(job: &Job, task: &Task, output: &Path) -> Option<Finished> {
    let record = fs::read(own(job, task, "json")).ok()?;
    let finished: Finished = serde_json::from_slice(&record).ok()?;
    let is_whole = fs::metadata(output).is_ok_and(|found| found.len() == finished.output_bytes);
    (is_whole && finished.fingerprint == task.fingerprint).then_some(finished)
}

struct Written {
    finished: Finished,
    rejects: Vec<u8>,
}

enum Failure {
    Input(String),
    Output(FileError),
    Row(u64, String),
}

/// Decides a file into another. While a batch is decided, the one before it is written.
fn written(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    progress: &dyn Progress,
    (schema, batches): (&SchemaRef, Batches),
    part: &Path,
) -> Result<Written, Failure> {
    let out = Format::of(&task.name).unwrap_or(task.format);
    let mut writer = Writer::create(part, out, decider.schema(schema)).map_err(Failure::Output)?;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel::<RecordBatch>(2);
        let writing = scope.spawn(move || -> Result<(), FileError> {
            for batch in receive {
                writer.write(&batch)?;
            }
            writer.finish()
        });
        // A file without rows has its columns.
        let mut batches = batches.peekable();
        let empty =
            batches.peek().is_none().then(|| Ok(RecordBatch::new_empty(Arc::clone(schema))));
        let batches = empty.into_iter().chain(batches);
        let decided = decided(job, decider, task, worker, progress, Box::new(batches), &send);
        drop(send);
        let written = match writing.join() {
            Ok(written) => written.map_err(Failure::Output),
            Err(_) => {
                Err(Failure::Output(FileError::Io(std::io::Error::other("the writer failed"))))
            }
        };
        // A writer that failed is why nothing more was taken.
        match (decided, written) {
            (_, Err(why)) => Err(why),
            (decided, Ok(())) => decided,
        }
    })
}

fn decided(
    job: &Job,
    decider: &Decider,
    task: &Task,
    worker: &mut Worker,
    progress: &dyn Progress,
    batches: Batches,
    send: &mpsc::SyncSender<RecordBatch>,
) -> Result<Written, Failure> {
    let mut summary = Summary::default();
    let (mut rows, mut rejects) = (0, Vec::new());
    let file = task.input.display().to_string();
    for batch in batches {
        let batch = batch.map_err(|why| Failure::Input(format!("after row {rows}: {why}")))?;
        let batch =
            partitioned(batch, &task.partitions).map_err(|why| Failure::Input(why.to_string()))?;
        let Decided { batch, errors, counts, .. } =
            decider.decide(&batch, worker).map_err(|why| Failure::Input(why.to_string()))?;
        for (row, errors) in &errors {
            let row = rows + *row as u64 + 1;
            for error in errors {
                if job.strict {
                    return Err(Failure::Row(row, error.message.clone()));
                }
                let reject = Reject {
                    file: &file,
                    row: Some(row),
                    code: error.code,
                    message: &error.message,
                };
                let written = serde_json::to_writer(&mut rejects, &reject);
                written.map_err(|why| Failure::Input(why.to_string()))?;
                rejects.push(b'\n');
            }
        }
        summary.add(counts, errors.len() as u64);
        rows += batch.num_rows() as u64;
        progress.rows(batch.num_rows() as u64);
        if send.send(batch).is_err() {
            // The writer says why.
            break;
        }
    }
    let finished = Finished {
        fingerprint: task.fingerprint.clone(),
        output_bytes: 0,
        rows,
        errors: summary.errors,
        groups: summary.groups.into_iter().collect(),
    };
    Ok(Written { finished, rejects })
}

fn with_partitions(schema: &SchemaRef, partitions: &[(String, String)]) -> SchemaRef {
    if partitions.is_empty() {
        return Arc::clone(schema);
    }
    let mut fields: Vec<Arc<Field>> = schema.fields().iter().cloned().collect();
    let is_new = |name: &str| schema.field_with_name(name).is_err();
    for (name, _) in partitions.iter().filter(|(name, _)| is_new(name)) {
        fields.push(Arc::new(Field::new(name, DataType::Utf8, true)));
    }
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn partitioned(
    batch: RecordBatch,
    partitions: &[(String, String)],
) -> Result<RecordBatch, arrow::error::ArrowError> {
    if partitions.is_empty() {
        return Ok(batch);
    }
    let schema = with_partitions(&batch.schema(), partitions);
    let rows = batch.num_rows();
    let mut columns = batch.columns().to_vec();
    for field in &schema.fields()[columns.len()..] {
        let value = partitions.iter().find(|(name, _)| name == field.name());
        let value = value
            .map(|(_, value)| value.as_str())
            .filter(|value| *value != "__HIVE_DEFAULT_PARTITION__");
        let array: ArrayRef = Arc::new(StringArray::from_iter(std::iter::repeat_n(value, rows)));
        columns.push(array);
    }
    RecordBatch::try_new(schema, columns)
}

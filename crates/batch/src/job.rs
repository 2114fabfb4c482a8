//! A job: files in, files out, and what is needed to go on where it was interrupted.
//!
//! Every input file becomes one output file of the same name, or one in each folder of its
//! partitions. It is written in `_weir/` and gets its name when it is whole and on the disk; what
//! was counted and rejected stands beside it there by then. A run that finds a file finished, from
//! the same input by the same law and mapping, leaves it as it is.

mod copied;
mod file;
pub(crate) mod lawful;
pub(crate) mod lock;
mod pool;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::answers::{Decider, Worker};
use crate::files::{Format, unpacked};
use crate::inputs::{self, Found, Input, resolved};
use crate::outputs::begun;
use crate::places::{About, Place, token};
use crate::rejects::{Reject, Rejects};
use crate::summary::{Group, Summary};
use lock::Lock;
pub use lock::remove_unfinished;
use pool::Pool;

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
    /// Columns whose values become folders, `month=2025-06`.
    pub partition_by: Vec<String>,
    /// Whether what earlier runs wrote, and no input of this one becomes, is removed.
    pub prune: bool,
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
    /// So many more bytes are read.
    fn bytes(&self, bytes: u64);
    /// A file is done.
    fn file(&self);
    /// A file is finished and valid: it was not left out.
    fn finished(&self) {}
    /// Whether the job is to be given up: what is being written is then removed, and so are parts
    /// that a store keeps of it.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// Nobody to tell.
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {}
    fn bytes(&self, _: u64) {}
    fn file(&self) {}
}

/// Tells how far a file is read, and in the end that it is done.
pub(crate) struct Reading<'r> {
    progress: &'r dyn Progress,
    total: u64,
    done: u64,
}

impl<'r> Reading<'r> {
    /// A file of so many bytes.
    pub fn new(progress: &'r dyn Progress, total: u64) -> Reading<'r> {
        Reading { progress, total, done: 0 }
    }

    /// It is read so far, with so many rows more.
    pub fn reached(&mut self, bytes: u64, rows: usize) {
        let bytes = bytes.min(self.total);
        self.progress.rows(rows as u64);
        self.progress.bytes(bytes.saturating_sub(self.done));
        self.done = self.done.max(bytes);
    }

    /// Whether the job is to be given up.
    pub fn is_stopped(&self) -> bool {
        self.progress.is_stopped()
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.progress.bytes(self.total - self.done);
        self.progress.file();
    }
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
        why: io::Error,
    },
    /// There is nothing to decide.
    #[error(
        "there is no file to decide: the endings are .parquet, .arrow (or .feather), .csv, .tsv and \
         .jsonl (or .ndjson), and of texts these with .gz or .zst"
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
    /// Another run is writing to the output.
    #[error(
        "another run is writing to `{}`; wait until it is done, or take another folder",
        .0.display()
    )]
    Busy(PathBuf),
    /// A column that is named and that no input has.
    #[error("no input has a column `{0}`")]
    NoColumn(String),
    /// A pattern that no file has.
    #[error("no file is named like `{0}`")]
    NoMatch(PathBuf),
    /// A file of another kind is named.
    #[error(
        "`{}` ends in none of .parquet, .arrow (or .feather), .csv, .tsv and .jsonl (or .ndjson), \
         nor in one of the texts and .gz or .zst", .0.display()
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
    /// The run was given up.
    #[error(
        "stopped: {finished} of {files} files are finished and valid, and the same command goes on \
         from there"
    )]
    Stopped {
        /// How many files are finished.
        finished: usize,
        /// How many there are.
        files: usize,
    },
    /// The store of an input was lost.
    #[error(
        "cannot read `{}`: {why}; {finished} of {files} files are finished and valid, and the same \
         command goes on from there",
        .path.display()
    )]
    Lost {
        /// The file.
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
    /// Columns that are called like a fact and were not taken, each with the name of that.
    pub alike: BTreeMap<String, String>,
    /// Files in which no column says where things go, so that their rows stay open.
    pub unplaced: Vec<PathBuf>,
    /// Where rejects are listed, if there are any.
    pub rejects: Option<PathBuf>,
    /// Files beside the inputs that are no tables.
    pub skipped: Vec<PathBuf>,
    /// What earlier runs wrote and no input of this one becomes; it was removed where the job says
    /// so.
    pub stale: Vec<PathBuf>,
}

/// One file to do.
struct Task {
    input: PathBuf,
    /// Columns from the names of its folders, `month=2025-06`.
    partitions: Vec<(String, String)>,
    name: PathBuf,
    format: Format,
    about: Option<About>,
    fingerprint: String,
    /// Stands in the names of what is being written.
    attempt: String,
    /// By which law it is decided.
    lawful: Arc<str>,
}

impl Task {
    /// The columns that its output's path says: they need not stand in it.
    fn said(&self) -> Vec<String> {
        inputs::partitions(&self.name).into_iter().map(|(column, _)| column).collect()
    }

    /// The file below the input that was named: the same wherever that is.
    fn file(&self) -> String {
        let name = self.input.file_name().unwrap_or_default();
        self.name.with_file_name(name).display().to_string()
    }

    fn bytes(&self) -> u64 {
        self.about.as_ref().map_or(0, |about| about.bytes)
    }
}

/// What is kept of a finished file.
#[derive(Serialize, Deserialize)]
struct Finished {
    fingerprint: String,
    /// What it became, below the output, and how many bytes each is.
    outputs: Vec<(PathBuf, u64)>,
    rows: u64,
    errors: u64,
    groups: Vec<(Group, u64)>,
    missing: BTreeMap<String, u64>,
    // What was added later is not in older records, which still say what is to be removed.
    #[serde(default)]
    warned: u64,
    /// Columns that are called like a fact and are none, each with the name of that.
    #[serde(default)]
    alike: BTreeMap<String, String>,
    /// Whether no column says where things go.
    #[serde(default)]
    is_unplaced: bool,
}

/// How a file went.
enum Went {
    Decided(Finished),
    Kept(Finished),
    Rejected(Bad),
}

/// Whether a file became another, in this run or in one before.
fn is_whole(how: &Went) -> bool {
    !matches!(how, Went::Rejected(_))
}

/// Why a file is left out.
#[derive(Clone)]
struct Bad {
    why: String,
    /// The column that was named and that it does not have.
    column: Option<String>,
}

/// What ends a run.
enum Stop {
    Asked,
    Input(PathBuf, String),
    Output(PathBuf, String),
    Strict(PathBuf, Option<u64>, String),
}

impl Stop {
    fn with(self, finished: usize, files: usize) -> JobError {
        match self {
            Stop::Asked => JobError::Stopped { finished, files },
            Stop::Input(path, why) => JobError::Lost { path, why, finished, files },
            Stop::Output(path, why) => JobError::Output { path, why, finished, files },
            Stop::Strict(path, row, why) => JobError::Strict { path, row, why, finished, files },
        }
    }
}

/// Does a job.
///
/// # Errors
/// See [`JobError`]. Files that are finished by then stay valid.
pub fn run(job: &Job, decider: &Decider, progress: &dyn Progress) -> Result<Report, JobError> {
    let (tasks, skipped) = tasks(job, decider)?;
    let own = job.output.join(OWN);
    let failed = |path: &Path, why: &dyn std::fmt::Display| JobError::Output {
        path: path.to_owned(),
        why: why.to_string(),
        finished: 0,
        files: tasks.len(),
    };
    let place = Place::of(&own).and_then(|place| place.prepare(&own).map(|()| place));
    let place = place.map_err(|why| failed(&own, &why))?;
    let _lock = Lock::alone(job, tasks.len())?;
    progress.begin(tasks.len() as u64, tasks.iter().map(Task::bytes).sum());
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let went: Mutex<BTreeMap<usize, Went>> = Mutex::new(BTreeMap::new());
    let stopped: Mutex<Option<Stop>> = Mutex::new(None);
    let pool = Pool::new(decider, progress, job.threads.max(1));
    std::thread::scope(|scope| {
        for _ in 0..job.threads.max(1) {
            scope.spawn(|| {
                let mut worker = Worker::default();
                let busy = pool.busy();
                while !is_over.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(at) else { break };
                    match file::work(job, &pool, task, &mut worker, progress) {
                        Ok(how) => {
                            if is_whole(&how) {
                                progress.finished();
                            }
                            went.lock().unwrap_or_else(PoisonError::into_inner).insert(at, how);
                        }
                        Err(stop) => {
                            is_over.store(true, Ordering::Relaxed);
                            let mut first = stopped.lock().unwrap_or_else(PoisonError::into_inner);
                            first.get_or_insert(stop);
                        }
                    }
                }
                drop(busy);
                pool.help(&mut worker);
            });
        }
    });
    let went = went.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (finished, files) = (went.values().filter(|how| is_whole(how)).count(), tasks.len());
    match stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(stop) => {
            place.settle();
            Err(stop.with(finished, files))
        }
        None => {
            if let Some(column) = nowhere(&went) {
                return Err(JobError::NoColumn(column));
            }
            let report = reported(job, &place, &tasks, went);
            place.settle();
            let report = report.map_err(|why| failed(&own, &why))?;
            Ok(Report { skipped, ..report })
        }
    }
}

/// So long a run waits before it sees again whether others are done.
const PAUSE: Duration = Duration::from_millis(100);

/// Does a job as [`run`] does; where others are writing to the output, waits up to about so long.
///
/// # Errors
/// See [`JobError`].
pub fn run_when_free(
    job: &Job,
    decider: &Decider,
    progress: &dyn Progress,
    patience: Duration,
) -> Result<Report, JobError> {
    for _ in 0..patience.as_millis() / PAUSE.as_millis() {
        match run(job, decider, progress) {
            Err(JobError::Busy(_)) => std::thread::sleep(PAUSE),
            ended => return ended,
        }
    }
    run(job, decider, progress)
}

/// One file of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub input: PathBuf,
    /// What it becomes, below the output.
    pub name: PathBuf,
    /// Columns from the names of its folders, `month=2025-06`.
    pub partitions: Vec<(String, String)>,
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
        let is_finished = file::known(job, &task).is_some();
        let bytes = task.bytes();
        let Task { input, name, partitions, .. } = task;
        File { input, name, partitions, bytes, is_finished }
    };
    Ok(tasks(job, decider)?.0.into_iter().map(file).collect())
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
    let File { input, name, partitions, .. } = file.clone();
    let format = Format::of_input(&input).ok_or_else(|| JobError::Ending(input.clone()))?;
    // A file that is not there after all is told when it is its turn.
    let about = Place::of(&input).ok().and_then(|place| place.about(&input));
    let input = Input { path: input, name: name.clone(), format, partitions, about };
    let task = Task {
        name,
        fingerprint: fingerprint(job, decider, &input),
        about: input.about,
        input: input.path,
        partitions: input.partitions,
        format,
        attempt: format!("{attempt}."),
        lawful: lawful::told(job, decider).into(),
    };
    let own = job.output.join(OWN);
    let (finished, files) = (0, 1);
    let place = Place::of(&own).and_then(|place| place.prepare(&own).map(|()| place));
    let place = place.map_err(|why| JobError::Output {
        path: own,
        why: why.to_string(),
        finished,
        files,
    })?;
    let _lock = Lock::shared(job)?;
    match file::work(job, &Pool::new(decider, &Quiet, 1), &task, worker, &Quiet) {
        Ok(Went::Decided(done) | Went::Kept(done)) => Ok(Some(done.rows)),
        Ok(Went::Rejected(_)) => Ok(None),
        Err(stop) => {
            place.settle();
            Err(stop.with(finished, files))
        }
    }
}

/// A column that was named and that no file has, where for that no file was decided.
fn nowhere(went: &BTreeMap<usize, Went>) -> Option<String> {
    let mut column = None;
    for how in went.values() {
        let Went::Rejected(bad) = how else { return None };
        column = column.or_else(|| bad.column.clone());
    }
    column
}

/// Joins what came of each file.
fn reported(
    job: &Job,
    place: &Place,
    tasks: &[Task],
    went: BTreeMap<usize, Went>,
) -> io::Result<Report> {
    let mut report = Report::default();
    let path = job.output.join(OWN).join("rejects.jsonl");
    let begun = job.output.join(OWN).join(format!("rejects.jsonl.{}.part", token()));
    let mut rejects = Rejects::new(place.clone(), begun, path.clone());
    for (at, how) in went {
        let task = &tasks[at];
        let finished = match how {
            Went::Rejected(Bad { why, .. }) => {
                let file = task.file();
                rejects.add(&Reject { file: &file, row: None, code: "bad_file", message: &why })?;
                report.rejected.push((task.input.clone(), why));
                continue;
            }
            Went::Decided(finished) => {
                report.decided += 1;
                report.rows += finished.rows;
                finished
            }
            Went::Kept(finished) => {
                report.kept += 1;
                finished
            }
        };
        report.summary.add(finished.groups, finished.errors);
        report.summary.add_missing(finished.missing);
        report.summary.warned += finished.warned;
        report.alike.extend(finished.alike);
        if finished.is_unplaced {
            report.unplaced.push(task.input.clone());
        }
        rejects.append(&own(job, task, "rejects.jsonl"))?;
    }
    if let Some(listed) = rejects.finish()? {
        listed.name()?;
        report.rejects = Some(path);
    } else {
        _ = place.remove(&path);
    }
    let summary = report.summary.to_csv().into_bytes();
    place.write(&job.output.join(OWN).join("summary.csv"), summary)?;
    if let Some(task) = tasks.first() {
        let told = format!("{}\n", task.lawful);
        place.write(&job.output.join(OWN).join("law.json"), told.into_bytes())?;
    }
    report.stale = stale(job, place, tasks)?;
    Ok(report)
}

/// What earlier runs wrote and no input of this one becomes. Where the job says so it is removed.
fn stale(job: &Job, place: &Place, tasks: &[Task]) -> io::Result<Vec<PathBuf>> {
    let own_records: HashSet<PathBuf> = tasks.iter().map(|task| own(job, task, "json")).collect();
    let mut known: HashSet<PathBuf> = HashSet::new();
    let mut others = Vec::new();
    for path in place.files_of(&job.output.join(OWN), "json")? {
        let Some(finished) = file::record(place, &path) else { continue };
        let outputs = finished.outputs.into_iter().map(|(output, _)| output);
        if own_records.contains(&path) {
            known.extend(outputs);
        } else {
            others.push((path, outputs.collect::<Vec<_>>()));
        }
    }
    let mut stale = Vec::new();
    for (record, outputs) in others {
        // What another file has become in the meantime is no longer of that run.
        let gone = outputs.into_iter().filter(|output| !known.contains(output));
        let gone: Vec<PathBuf> = gone.map(|output| job.output.join(output)).collect();
        let sizes = place.sizes(&gone);
        let gone: Vec<PathBuf> = gone.into_iter().zip(sizes).filter_map(there).collect();
        if job.prune {
            gone.iter().try_for_each(|path| place.remove(path))?;
            _ = place.remove(&record.with_extension("rejects.jsonl"));
            place.remove(&record)?;
        }
        stale.extend(gone);
    }
    stale.sort();
    Ok(stale)
}

/// A file that is there.
fn there((path, size): (PathBuf, Option<u64>)) -> Option<PathBuf> {
    size.map(|_| path)
}

/// Where something about a file is kept.
fn own(job: &Job, task: &Task, ending: &str) -> PathBuf {
    own_of(job, &task.name, ending)
}

/// Where something about a file is kept that becomes one of this name.
fn own_of(job: &Job, name: &Path, ending: &str) -> PathBuf {
    let name = name.display().to_string();
    let name = name.replace('%', "%25").replace('/', "%2F").replace('\\', "%5C");
    job.output.join(OWN).join(format!("{name}.{ending}"))
}

/// Where something about a file is while it is written. The name of the file is not in it, which
/// may be as long as a name can be.
fn part(job: &Job, task: &Task, ending: &str) -> PathBuf {
    job.output.join(OWN).join(format!("{}{ending}", task.attempt))
}

/// The files of a job, each with where it goes, and what lies beside them.
fn tasks(job: &Job, decider: &Decider) -> Result<(Vec<Task>, Vec<PathBuf>), JobError> {
    let mut tasks: Vec<Task> = Vec::new();
    let mut by_name: HashMap<PathBuf, usize> = HashMap::new();
    let attempt = token();
    let lawful: Arc<str> = lawful::told(job, decider).into();
    let Found { tables, skipped } = inputs::find(&job.inputs, &job.output)?;
    for input in tables {
        let out = job.format.unwrap_or(input.format);
        let task = Task {
            name: unpacked(&input.name).with_extension(out.ending()),
            fingerprint: fingerprint(job, decider, &input),
            about: input.about,
            input: input.path,
            partitions: input.partitions,
            format: input.format,
            attempt: format!("{attempt}.{}.", tasks.len()),
            lawful: Arc::clone(&lawful),
        };
        if let Some(other) = by_name.insert(task.name.clone(), tasks.len()) {
            return Err(JobError::SameName {
                one: tasks[other].input.clone(),
                other: task.input,
                output: job.output.join(&task.name),
            });
        }
        tasks.push(task);
    }
    if !job.partition_by.is_empty() {
        for other in &tasks {
            let Some(&one) = begun(&other.name).and_then(|name| by_name.get(&name)) else {
                continue;
            };
            return Err(JobError::SameName {
                one: tasks[one].input.clone(),
                other: other.input.clone(),
                output: job.output.join(&other.name),
            });
        }
    }
    let inputs: HashSet<PathBuf> = tasks.iter().map(|task| resolved(&task.input)).collect();
    let output = |task: &Task| resolved(&job.output.join(&task.name));
    if let Some(over) = tasks.iter().map(output).find(|output| inputs.contains(output)) {
        return Err(JobError::Overwrites(over));
    }
    // In which folders what is partitioned comes to lie is not known yet.
    let folder = resolved(&job.output);
    let is_within = |input: &PathBuf| !job.partition_by.is_empty() && input.starts_with(&folder);
    match inputs.into_iter().find(is_within) {
        Some(over) => Err(JobError::Overwrites(over)),
        None => Ok((tasks, skipped)),
    }
}

/// Another whenever the same input by the same law becomes another file than before.
const FORM: &str = "4";

/// What a finished file depends on.
fn fingerprint(job: &Job, decider: &Decider, input: &Input) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(FORM);
    add(&job.law);
    // Without their number a pair of names could be two columns of folders.
    add(&decider.mapping().pairs().count().to_string());
    for (fact, column) in decider.mapping().pairs() {
        add(fact);
        add(column);
    }
    add(&job.partition_by.len().to_string());
    job.partition_by.iter().for_each(|column| add(column));
    add(&resolved(&input.path).display().to_string());
    add(&input.bytes().to_string());
    add(input.about.as_ref().map_or("0", |about| &about.version));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

//! A comparison over a data set: every file once, each batch under both laws.
//!
//! Files are read side by side, and while a batch is decided the next one is read. A file counts
//! when it was read to its end: of one that breaks off, nothing does.

mod moved;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

use crate::compare::{Bench, Comparison, Errors};
use crate::files::FileError;
use crate::inputs::{self, Found, Input, partitioned, resolved, with_partitions};
use crate::job::lock::Lock;
use crate::job::{JobError, Progress, Reading};
use crate::moves::Moves;
use crate::places::{Place, Source};
use crate::reading::{Names, Read, Reads, read_from};
use crate::rejects::{Reject, Rejects};
use crate::table::ColumnError;
pub(crate) use moved::Moved;
use moved::{Listing, Part};

/// What is to be compared.
pub struct DiffJob {
    /// Files, folders of files and patterns.
    pub inputs: Vec<PathBuf>,
    /// The folder for what comes out.
    pub output: PathBuf,
    /// How many files are worked on at once.
    pub threads: usize,
    /// Whether the first mistake ends the run.
    pub strict: bool,
    /// Where the rows that move are listed, one by one; its ending says in which form.
    pub moved: Option<PathBuf>,
}

/// Why a comparison did not end.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// The inputs.
    #[error(transparent)]
    Inputs(#[from] JobError),
    /// The output cannot be written.
    #[error("cannot write to `{}`: {why}", .path.display())]
    Output {
        /// Where.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// The store of an input was lost.
    #[error(
        "cannot read `{}`: {why}; what moves in some of the files would pass for what moves in \
         all, so that nothing is reported; the same command begins anew",
        .path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A mistake, where the first one ends the run.
    #[error(
        "stopped at `{}`{}: {why}",
        .path.display(), .row.map_or(String::new(), |row| format!(", row {row}"))
    )]
    Strict {
        /// The file.
        path: PathBuf,
        /// The row, from 1, the header not counted.
        row: Option<u64>,
        /// What is wrong.
        why: String,
    },
}

/// What came of a comparison.
#[derive(Debug, Default)]
pub struct DiffReport {
    /// What moves.
    pub moves: Moves,
    /// Files that were read.
    pub files: usize,
    /// Files that cannot be read, and why.
    pub rejected: Vec<(PathBuf, String)>,
    /// Where rejects are listed, if there are any.
    pub rejects: Option<PathBuf>,
    /// Other files beside those that were read.
    pub skipped: Vec<PathBuf>,
    /// Nobody else writes to the folder until the report is written there.
    _lock: Option<Lock>,
}

/// Why a file is not counted.
enum Failure {
    /// A column that is named and that it does not have.
    Column(ColumnError),
    Input(String),
    /// The store of the input is gone, and nothing is known of the file.
    Lost(String),
    Row(u64, String),
    Output(std::io::Error),
}

impl Failure {
    /// The column that was named and is not there, where that is why.
    fn missing(&self) -> Option<&str> {
        match self {
            Failure::Column(why) if why.is_missing() => Some(&why.column),
            _ => None,
        }
    }
}

/// Compares two laws over a data set.
///
/// # Errors
/// See [`DiffError`].
pub fn run(
    job: &DiffJob,
    comparison: &Comparison<'_>,
    progress: &dyn Progress,
) -> Result<DiffReport, DiffError> {
    let Found { tables: inputs, skipped } = inputs::find(&job.inputs, &job.output)?;
    let output = |why| DiffError::Output { path: job.output.clone(), why };
    let (lock, listing) = prepared(job, &inputs)?;
    let names = names(&inputs);
    progress.begin(inputs.len() as u64, inputs.iter().map(Input::bytes).sum());
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let moves = Mutex::new(Moves::default());
    let rejected: Mutex<BTreeMap<usize, String>> = Mutex::new(BTreeMap::new());
    let stopped: Mutex<Option<DiffError>> = Mutex::new(None);
    let nowhere: Mutex<Option<String>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..job.threads.clamp(1, inputs.len()) {
            scope.spawn(|| {
                let mut bench = Bench::default();
                while !is_over.load(Ordering::Relaxed) {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(input) = inputs.get(at) else { break };
                    let stop = match file(
                        job,
                        comparison,
                        (at, input, &names[at]),
                        &mut bench,
                        progress,
                    ) {
                        Ok(of_file) => {
                            locked(&moves).join(of_file);
                            None
                        }
                        Err(failure) => {
                            if let Some(column) = failure.missing() {
                                locked(&nowhere).get_or_insert(column.to_owned());
                            }
                            let left_out = |why| _ = locked(&rejected).insert(at, why);
                            end(job, input, failure).map_err(left_out).ok()
                        }
                    };
                    if let Some(stop) = stop {
                        is_over.store(true, Ordering::Relaxed);
                        locked(&stopped).get_or_insert(stop);
                    }
                }
            });
        }
    });
    let rejected = rejected.into_inner().unwrap_or_else(PoisonError::into_inner);
    let listed = listed(job, &names, &rejected);
    if let Some(stop) = stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(stop);
    }
    let nowhere = nowhere.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(column) = nowhere.filter(|_| rejected.len() == inputs.len()) {
        _ = fs::remove_file(job.output.join("rejects.jsonl"));
        return Err(JobError::NoColumn(column).into());
    }
    join(listing, &rejected)?;
    Ok(DiffReport {
        moves: moves.into_inner().unwrap_or_else(PoisonError::into_inner),
        files: inputs.len() - rejected.len(),
        skipped,
        _lock: Some(lock),
        rejects: listed.map_err(output)?,
        rejected: rejected.into_iter().map(|(at, why)| (inputs[at].path.clone(), why)).collect(),
    })
}

/// Makes the folder and takes it for this run alone, and begins the list of rows that move, where
/// that is asked for: what cannot be written is told before anything is read.
fn prepared(job: &DiffJob, inputs: &[Input]) -> Result<(Lock, Option<Listing>), DiffError> {
    if let Some(path) = &job.moved {
        let own = resolved(path);
        if inputs.iter().any(|input| resolved(&input.path) == own) {
            return Err(JobError::Overwrites(path.clone()).into());
        }
    }
    let output = |why| DiffError::Output { path: job.output.clone(), why };
    fs::create_dir_all(&job.output).map_err(output)?;
    let lock = Lock::of_folder(&job.output, LOCK)?;
    sweep(&job.output).map_err(output)?;
    let Some(path) = &job.moved else { return Ok((lock, None)) };
    let begun = Listing::begin(&job.output, inputs.len(), path);
    let begun = begun.map_err(|why| unlisted(path.clone(), &why))?;
    Ok((lock, Some(begun)))
}

/// The file by which the folder is locked.
const LOCK: &str = ".lock";

/// Removes what killed runs left half written: nobody is at it while the folder is locked.
fn sweep(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_own = [".rejects", ".moved-"].iter().any(|start| name.starts_with(start));
        if is_own && [".part", ".begun"].iter().any(|end| name.ends_with(end)) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Gives the list of rows that move its name, with those of files that were read to their end.
fn join(listing: Option<Listing>, rejected: &BTreeMap<usize, String>) -> Result<(), DiffError> {
    let Some(listing) = listing else { return Ok(()) };
    let path = listing.path().to_owned();
    listing.join(|at| rejected.contains_key(&at)).map_err(|why| unlisted(path, &why))
}

fn unlisted(path: PathBuf, why: &FileError) -> DiffError {
    DiffError::Output { path, why: std::io::Error::other(why.to_string()) }
}

/// What each file is called: its path below the input, or, where that is not one file's alone, as
/// it was found.
fn names(inputs: &[Input]) -> Vec<String> {
    let different: HashSet<&Path> = inputs.iter().map(|input| input.name.as_path()).collect();
    let is_clear = different.len() == inputs.len();
    let name = |input: &Input| match is_clear {
        true => input.name.display().to_string(),
        false => input.path.display().to_string(),
    };
    inputs.iter().map(name).collect()
}

fn locked<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why a file that failed is left out, or why it ends the run.
fn end(job: &DiffJob, input: &Input, failure: Failure) -> Result<DiffError, String> {
    let path = input.path.clone();
    match failure {
        Failure::Column(why) => end(job, input, Failure::Input(why.to_string())),
        Failure::Lost(why) => Ok(DiffError::Lost { path, why }),
        Failure::Output(why) => Ok(DiffError::Output { path: job.output.clone(), why }),
        Failure::Row(row, why) => Ok(DiffError::Strict { path, row: Some(row), why }),
        Failure::Input(why) if job.strict => Ok(DiffError::Strict { path, row: None, why }),
        Failure::Input(why) => Err(why),
    }
}

/// Where the rejects of a file stand until all files are read.
fn part(job: &DiffJob, at: usize) -> PathBuf {
    job.output.join(format!(".rejects-{at}.part"))
}

/// Joins the rejects of all files, in their order.
fn listed(
    job: &DiffJob,
    names: &[String],
    rejected: &BTreeMap<usize, String>,
) -> std::io::Result<Option<PathBuf>> {
    let whole = job.output.join("rejects.jsonl");
    let begun = job.output.join(".rejects.part");
    let mut rejects = Rejects::new(Place::Here, begun, whole.clone());
    for (at, file) in names.iter().enumerate() {
        let part = part(job, at);
        if let Some(why) = rejected.get(&at) {
            rejects.add(&Reject { file, row: None, code: "bad_file", message: why })?;
        } else {
            rejects.append(&part)?;
        }
        _ = fs::remove_file(part);
    }
    if let Some(listed) = rejects.finish()? {
        listed.name()?;
        return Ok(Some(whole));
    }
    _ = fs::remove_file(whole);
    Ok(None)
}

/// Counts one file.
fn file(
    job: &DiffJob,
    comparison: &Comparison<'_>,
    (at, input, name): (usize, &Input, &str),
    bench: &mut Bench,
    progress: &dyn Progress,
) -> Result<Moves, Failure> {
    let source = Source::open(&input.path, input.about.as_ref());
    let source = source.map_err(|why| Failure::Input(why.to_string()))?;
    let watch = source.watch();
    let counted = counted(job, comparison, (at, input, name), source, bench, progress);
    // Where the store is gone, nothing is known of what is in it.
    counted.map_err(|failure| match (failure, watch.lost()) {
        (Failure::Input(_) | Failure::Column(_), Some(why)) => Failure::Lost(why),
        (failure, _) => failure,
    })
}

/// Counts what a file that is open holds.
fn counted(
    job: &DiffJob,
    comparison: &Comparison<'_>,
    (at, input, name): (usize, &Input, &str),
    source: Source,
    bench: &mut Bench,
    progress: &dyn Progress,
) -> Result<Moves, Failure> {
    let bad = |why: &dyn std::fmt::Display| Failure::Input(why.to_string());
    let mut reading = Reading::new(progress, input.bytes());
    let is_apart = |path: &str| comparison.is_fact(path);
    let names = Names { is_apart: &is_apart, is_list: &|path| comparison.is_list(path) };
    let (schema, reads) = read_from(source, input.format, &names).map_err(|why| bad(&why))?;
    let schema = with_partitions(&schema, &input.partitions);
    comparison.fits(&schema).map_err(Failure::Column)?;
    let part = part(job, at);
    let mut rejects = Rejects::new(Place::Here, part.with_extension("begun"), part);
    let mut moves = Moves::default();
    let mut rows = 0;
    let mut moving = job.moved.as_ref().map(|_| Part::new(&job.output, at));
    let unwritten = |why: FileError| Failure::Output(std::io::Error::other(why.to_string()));
    std::thread::scope(|scope| {
        for read in ahead(scope, reads) {
            let read = read.map_err(|why| bad(&format!("after row {rows}: {why}")))?;
            let Read { batch, errors, bytes } = read;
            let batch = partitioned(batch, &input.partitions).map_err(|why| bad(&why))?;
            bench.moved = moving.as_ref().map(|_| Vec::new());
            let errors = comparison.count(&batch, errors, bench, &mut moves);
            let errors = errors.map_err(Failure::Column)?;
            tell(job, name, rows, &errors, &mut rejects)?;
            if let Some(part) = &mut moving {
                let found = bench.moved.take().unwrap_or_default();
                part.add(name, rows, &found).map_err(unwritten)?;
            }
            rows += batch.num_rows() as u64;
            reading.reached(bytes, batch.num_rows());
        }
        Ok(())
    })?;
    if let Some(part) = moving {
        part.finish().map_err(unwritten)?;
    }
    if let Some(listed) = rejects.finish().map_err(Failure::Output)? {
        listed.name().map_err(Failure::Output)?;
    }
    Ok(moves)
}

/// Lists what is wrong with rows; where the first mistake ends the run, it does.
fn tell(
    job: &DiffJob,
    file: &str,
    before: u64,
    errors: &Errors,
    rejects: &mut Rejects,
) -> Result<(), Failure> {
    for (row, errors) in errors {
        let row = before + *row as u64 + 1;
        for error in errors {
            if job.strict {
                return Err(Failure::Row(row, error.message.clone()));
            }
            let (code, message) = (error.code, error.message.as_str());
            let reject = Reject { file, row: Some(row), code, message };
            rejects.add(&reject).map_err(Failure::Output)?;
        }
    }
    Ok(())
}

/// Batches that another thread reads, a few ahead.
fn ahead<'s>(
    scope: &'s std::thread::Scope<'s, '_>,
    reads: Reads,
) -> mpsc::IntoIter<Result<Read, FileError>> {
    let (send, receive) = mpsc::sync_channel(2);
    scope.spawn(move || {
        for read in reads {
            if send.send(read).is_err() {
                break;
            }
        }
    });
    receive.into_iter()
}

//! Who writes to an output. Two runs of one output would write its files over each other.
//!
//! A run holds `_weir/lock` alone; those that do single files of a job together share it. The
//! system lets go of it when a process ends, however it ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::{Job, JobError, OWN};
use crate::places::is_stored;

/// Held as long as an output is written to.
#[derive(Debug)]
pub(crate) struct Lock(Option<File>);

impl Lock {
    /// Takes an output for one run alone, and removes what killed ones left half written: nobody is
    /// at it then.
    ///
    /// # Errors
    /// Another run is at work, or the lock cannot be made.
    pub fn alone(job: &Job, files: usize) -> Result<Lock, JobError> {
        let lock = taken(&job.output, &of_job(job), files, File::try_lock)?;
        if lock.0.is_some() {
            sweep(&job.output.join(OWN));
        }
        Ok(lock)
    }

    /// Takes an output together with others that do files of the same job.
    ///
    /// # Errors
    /// A run is at work alone, or the lock cannot be made.
    pub fn shared(job: &Job) -> Result<Lock, JobError> {
        taken(&job.output, &of_job(job), 1, File::try_lock_shared)
    }

    /// Takes a folder for one run alone, by a file in it.
    ///
    /// # Errors
    /// Another run is at work, or the lock cannot be made.
    pub fn of_folder(folder: &Path, file: &str) -> Result<Lock, JobError> {
        taken(folder, &folder.join(file), 0, File::try_lock)
    }
}

/// The file by which an output is locked.
fn of_job(job: &Job) -> PathBuf {
    job.output.join(OWN).join("lock")
}

fn taken(
    output: &Path,
    path: &Path,
    files: usize,
    lock: impl FnOnce(&File) -> Result<(), TryLockError>,
) -> Result<Lock, JobError> {
    // A store has no locks: what is written there under one name is whole, whoever comes last.
    if is_stored(output) {
        return Ok(Lock(None));
    }
    let failed = |path: &Path, why: io::Error| {
        let (path, why) = (path.to_owned(), why.to_string());
        JobError::Output { path, why, finished: 0, files }
    };
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(|why| failed(path, why))?;
    match lock(&file) {
        Ok(()) => Ok(Lock(Some(file))),
        Err(TryLockError::WouldBlock) => Err(JobError::Busy(output.to_owned())),
        // Some file systems know no locks; there the names of what is being written differ still.
        Err(TryLockError::Error(why)) if why.kind() == io::ErrorKind::Unsupported => Ok(Lock(None)),
        Err(TryLockError::Error(why)) => Err(failed(path, why)),
    }
}

fn sweep(own: &Path) {
    let entries = fs::read_dir(own).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.extension().is_some_and(|ending| ending == "part") {
            _ = fs::remove_file::<PathBuf>(path);
        }
    }
}

/// Removes what attempts at files of a job left unfinished when they were cut off. Where somebody
/// is still at work, all stays.
pub fn remove_unfinished(job: &Job) {
    // Parts of objects are in the store's keeping. Where nothing was written, there is no lock.
    _ = Lock::alone(job, 0);
}

//! The files of a ledger: how they are opened, and what it means where that fails.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};

use crate::store::StoreError;

/// How long SQLite waits for another writer. The ledger's writer then tries again, some ten seconds
/// in all: SQLite asks ever more rarely, and beginning anew makes two busy writers take turns.
const PATIENCE: Duration = Duration::from_secs(1);

/// How much is written to find out whether there is room: more than SQLite asks for at once beside
/// a transaction's own pages.
const PROBE: usize = 64 << 10;

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Mode {
    /// Reading, and writing.
    Write,
    /// Reading a file that cannot be written, with the log beside it.
    Read,
    /// Reading a file that cannot be written and has no log: as it is, without locks.
    Still,
}

impl Mode {
    pub(in crate::store) fn options(self, path: &Path) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(false)
            .read_only(!matches!(self, Mode::Write))
            .immutable(matches!(self, Mode::Still))
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(PATIENCE)
            .foreign_keys(false)
            // What a statement may have to undo stays in memory, not in a file made for each.
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-65536")
            .pragma("wal_autocheckpoint", "16384")
            .command_buffer_size(64)
            .row_buffer_size(4096)
    }
}

/// What an error of the database means.
pub(super) fn meant(error: sqlx::Error) -> StoreError {
    let Some(code) = error.as_database_error().and_then(|error| error.code()) else {
        return match error {
            sqlx::Error::Io(error) if error.kind() == ErrorKind::StorageFull => StoreError::Full,
            sqlx::Error::WorkerCrashed => StoreError::Lost(error.to_string()),
            other => StoreError::Other(other.to_string()),
        };
    };
    match code.parse::<u32>().unwrap_or(0) {
        2067 | 1555 if error.to_string().contains("entry.request") => StoreError::KeyTaken,
        code => match code & 0xff {
            5 | 6 => StoreError::Locked,
            8 => StoreError::ReadOnly,
            13 => StoreError::Full,
            11 => StoreError::damaged("the file", error),
            26 => StoreError::NotALedger("it is no SQLite file".to_owned()),
            // SQLITE_IOERR and SQLITE_CANTOPEN, whatever kept the files from being used.
            10 | 14 => StoreError::Files(error.to_string()),
            _ => StoreError::Other(error.to_string()),
        },
    }
}

/// What it means that SQLite could not use its files: it says that a call failed, and not why. A
/// file beside them that is written and taken away again finds out.
pub(super) fn explained(path: &Path, why: StoreError) -> StoreError {
    if !matches!(why, StoreError::Files(_)) {
        return why;
    }
    if !is_writable(path) {
        return StoreError::ReadOnly;
    }
    match probed(path).map_err(|error| error.kind()) {
        Err(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => StoreError::Full,
        Err(ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => StoreError::ReadOnly,
        _ => why,
    }
}

fn probed(path: &Path) -> io::Result<()> {
    let probe = beside(path, &format!("-probe-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).open(&probe)?;
    let written = file.write_all(&[1; PROBE]).and_then(|()| file.sync_all());
    drop(file);
    fs::remove_file(&probe).and(written)
}

/// Whether a file can be written, as far as it says so.
pub(super) fn is_writable(path: &Path) -> bool {
    if !path.is_file() {
        return true;
    }
    let opened = OpenOptions::new().write(true).open(path);
    !opened.is_err_and(|why| {
        matches!(why.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    })
}

/// The log beside a file, where it has one that is not empty.
pub(super) fn log_of(path: &Path) -> Option<PathBuf> {
    let log = beside(path, "-wal");
    fs::metadata(&log).is_ok_and(|about| about.len() > 0).then_some(log)
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

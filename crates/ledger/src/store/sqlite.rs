//! A ledger in one SQLite file.

use std::collections::{BTreeMap, HashMap};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row};

use super::rows::{
    account, amount, balance, day, hash, hold, instant, is_whole, key_text, micros, migrator, page,
    signed, unsigned,
};
use super::sql::{insert_many, sql_store};
use super::{
    AccountAt, Derived, Identity, ReadStore, StoreError, StoredEntry, Tip, WriteStore, decoded,
};
use crate::account::Account;
use crate::book::{Book, Head, Needs, Recorded};
use crate::movement::Event;
use crate::owners::Owners;
use crate::proof::Hash;
use crate::proof::merkle::{Frontier, Subtree};

/// How long SQLite waits for another writer. The ledger's writer then tries again, some ten seconds
/// in all: SQLite asks ever more rarely, and beginning anew makes two busy writers take turns.
const PATIENCE: Duration = Duration::from_secs(1);

/// Parameters by their place.
const NAMED: bool = false;

/// A page of entries as one row: rows are dear, texts are not.
const PAGE: &str = "SELECT count(*), group_concat(number, ' '), group_concat(at_us, ' '), \
    group_concat(coalesce('=' || request, ''), char(10)), group_concat(body, char(10)), \
    group_concat(lower(hex(hash)), ' ') \
    FROM (SELECT * FROM entry WHERE number >= $1 ORDER BY number LIMIT $2)";

/// A reader that begins to read sees the file as it is then.
const FREEZE: &str = "BEGIN";

const MIGRATIONS: [(&str, &str); 1] =
    [("ledger", include_str!("../../migrations/sqlite/0001_ledger.sql"))];

/// A ledger in one SQLite file, over one connection.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    connection: SqliteConnection,
    ids: HashMap<Account, i64>,
    last: u64,
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .foreign_keys(false)
        .command_buffer_size(64)
        .row_buffer_size(4096)
}

/// What an error of the database means.
fn meant(error: sqlx::Error) -> StoreError {
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
            _ => StoreError::Other(error.to_string()),
        },
    }
}

impl Sqlite {
    /// Makes a ledger where there is none.
    ///
    /// # Errors
    /// [`StoreError::Exists`], and what the file system says.
    pub async fn create(path: &Path, identity: &Identity, tip: &Tip) -> Result<(), StoreError> {
        OpenOptions::new().write(true).create_new(true).open(path).map_err(|why| {
            match why.kind() {
                ErrorKind::AlreadyExists => StoreError::Exists(path.display().to_string()),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly,
                ErrorKind::StorageFull => StoreError::Full,
                _ => StoreError::Other(format!("{}: {why}", path.display())),
            }
        })?;
        let filled = Sqlite::fill(path, identity, tip).await;
        if filled.is_err() {
            // What is no ledger is in the way of the next attempt.
            _ = std::fs::remove_file(path);
        }
        filled
    }

    async fn fill(path: &Path, identity: &Identity, tip: &Tip) -> Result<(), StoreError> {
        // The file remembers this; one that is opened, and may be no ledger, stays as it is.
        let options = options(path).journal_mode(SqliteJournalMode::Wal);
        let mut connection = options.connect().await.map_err(meant)?;
        migrator(&MIGRATIONS).run(&mut connection).await.map_err(migration)?;
        sqlx::query("INSERT INTO ledger VALUES (1, $1, $2, $3)")
            .bind(&identity.id)
            .bind(&identity.verifier)
            .bind(micros(identity.created))
            .execute(&mut connection)
            .await
            .map_err(meant)?;
        sqlx::query("INSERT INTO head VALUES (1, 0, $1, $2, $3)")
            .bind(micros(tip.head.at))
            .bind(&tip.head.hash.as_bytes()[..])
            .bind(tip.frontier.to_bytes())
            .execute(&mut connection)
            .await
            .map_err(meant)?;
        // Closed, the file is whole without the one that SQLite writes first.
        connection.close().await.map_err(meant)
    }

    /// Opens a ledger, brought up to this version's schema.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Newer`], [`StoreError::NotALedger`].
    pub async fn open(path: &Path) -> Result<Sqlite, StoreError> {
        if !path.exists() {
            return Err(StoreError::Absent(path.display().to_string()));
        }
        let mut connection = options(path).connect().await.map_err(meant)?;
        if !is_whole(&migrator(&MIGRATIONS), &applied(&mut connection).await?)? {
            migrator(&MIGRATIONS).run(&mut connection).await.map_err(migration)?;
        }
        Ok(Sqlite { path: path.to_owned(), connection, ids: HashMap::new(), last: 0 })
    }

    async fn lock(&mut self) -> Result<(), StoreError> {
        self.end("BEGIN IMMEDIATE").await
    }

    /// What a transaction of this process came to is known when it failed.
    async fn settle(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut self.connection).await.map_err(meant)?;
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.connection = options(&self.path).connect().await.map_err(meant)?;
        Ok(())
    }
}

/// The migrations that were applied, with their checksums.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations")
        .fetch_all(connection)
        .await
        .map_err(|error| match meant(error) {
            StoreError::Other(why) => StoreError::NotALedger(why),
            other => other,
        })?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

fn migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => meant(error),
        other => StoreError::NotALedger(other.to_string()),
    }
}

sql_store!(
    Sqlite, SqliteRow,
    numbers: "(SELECT value FROM json_each($1))",
    texts: "(SELECT value FROM json_each($1))"
);

//! A ledger in one SQLite file.

use std::collections::{HashMap, HashSet};
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteQueryResult, SqliteRow,
};
use sqlx::{ConnectOptions, Connection, Either, Executor, Row};

use files::{Mode, meant};

use super::once::{self, Once};
use super::page::{Page, Texts};
use super::rows::{
    account, amount, balance, day, hash, hold, instant, is_whole, key_text, micros, migrator,
    signed, unsigned,
};
use super::sql::{Rows, lines, sql_store};
use super::wal::Mover;
use super::{
    AccountAt, Batch, Identity, Lines, ReadStore, StoreError, StoredEntry, Table, Tip, WriteStore,
    decoded, start_of,
};
use crate::account::Account;
use crate::book::{Book, Head, Lately, Needs, Recorded, used_on};
use crate::movement::Event;
use crate::owners::Owners;
use crate::proof::Hash;
use crate::proof::merkle::{Frontier, Subtree};
use crate::proof::note::Checkpoint;
use crate::view::entry_at;

pub(super) mod files;

/// A hash as text.
const HEX: &str = "lower(hex(hash))";

/// A page of entries as one row: rows are dear, texts are not.
const PAGE: &str = "SELECT count(*), min(number), max(number), group_concat(at_us, ' '), \
    group_concat(coalesce('=' || request, ''), char(10)), group_concat(body, char(10)), \
    group_concat(hex(hash), '') \
    FROM (SELECT * FROM entry WHERE number >= $1 ORDER BY number LIMIT $2)";

/// A reader that begins to read sees the file as it is then.
const FREEZE: &str = "BEGIN";

pub(super) const MIGRATIONS: [(&str, &str); 1] =
    [("ledger", include_str!("../../migrations/sqlite/0001_ledger.sql"))];

/// The numbers of rows of a statement, the widest first: few, so that each is prepared once, and so
/// wide that a large batch goes in few of them.
const WIDTHS: [usize; 6] = [1024, 256, 64, 16, 4, 1];

/// How many texts of whole transactions are kept.
const TEXTS: usize = 64;

/// `INSERT INTO t (a, b) VALUES (?,?),(?,?)`: a name for each would be looked up one by one.
fn insert(into: &str, columns: usize, rows: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(","));
    format!("INSERT INTO {into} VALUES {}", vec![row; rows].join(","))
}

/// Inserts rows, many to a statement.
macro_rules! insert_many {
    (
        $connection:expr, $rows:expr, $into:literal, $columns:literal,
        |$query:ident, $one:ident| $bind:expr
    ) => {{
        static STATEMENTS: std::sync::LazyLock<[String; 6]> =
            std::sync::LazyLock::new(|| WIDTHS.map(|rows| insert($into, $columns, rows)));
        let mut rest = &$rows[..];
        while !rest.is_empty() {
            let widths = WIDTHS;
            let fits = widths.iter().position(|width| *width <= rest.len()).unwrap_or(5);
            let (chunk, left) = rest.split_at(widths[fits]);
            rest = left;
            let mut $query = sqlx::query(STATEMENTS[fits].as_str());
            for $one in chunk {
                $query = $bind;
            }
            $query.execute($connection).await.map_err(meant)?;
        }
    }};
}

/// A ledger in one SQLite file, over one connection.
#[derive(Debug)]
pub struct Sqlite {
    path: PathBuf,
    mode: Mode,
    connection: SqliteConnection,
    ids: foldhash::HashMap<Account, i64>,
    last: u64,
    texts: foldhash::HashMap<Once, (Arc<str>, usize)>,
    /// Whether a part of a batch is written, and the rest is to come.
    is_amid: bool,
    log: Mover,
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
        let options = Mode::Write.options(path).journal_mode(SqliteJournalMode::Wal);
        let mut connection = options.connect().await.map_err(meant)?;
        // All of it is there, or nothing is.
        let mut transaction = connection.begin().await.map_err(meant)?;
        Sqlite::found(&mut transaction, identity, tip).await?;
        transaction.commit().await.map_err(meant)?;
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
        if path.is_dir() {
            return Err(StoreError::NotALedger("it is a folder".to_owned()));
        }
        Sqlite::open_as(Mode::Write, path).await.map_err(|why| files::explained(path, why))
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a ledger to read it, also where nothing can be written.
    ///
    /// # Errors
    /// Those of [`Sqlite::open`], and [`StoreError::InLog`].
    pub async fn open_to_read(path: &Path) -> Result<Sqlite, StoreError> {
        let why = match files::is_writable(path) {
            false => StoreError::ReadOnly,
            true => match Sqlite::open(path).await {
                Err(why @ StoreError::ReadOnly) => why,
                other => return other,
            },
        };
        if !path.exists() {
            return Err(StoreError::Absent(path.display().to_string()));
        }
        let Some(log) = files::log_of(path) else {
            return Sqlite::open_as(Mode::Still, path).await;
        };
        Sqlite::open_as(Mode::Read, path).await.map_err(|other| match other {
            StoreError::ReadOnly | StoreError::Files(_) => {
                StoreError::InLog(log.display().to_string(), why.to_string())
            }
            other => other,
        })
    }

    async fn open_as(mode: Mode, path: &Path) -> Result<Sqlite, StoreError> {
        let mut connection = mode.options(path).connect().await.map_err(meant)?;
        Sqlite::bring_up(&mut connection, mode, &MIGRATIONS).await?;
        Ok(Sqlite::over(mode, path.to_owned(), connection))
    }

    /// Brings a ledger of an earlier schema up to these migrations.
    pub(super) async fn bring_up(
        connection: &mut SqliteConnection,
        mode: Mode,
        migrations: &[(&'static str, &'static str)],
    ) -> Result<(), StoreError> {
        let migrator = migrator(migrations);
        if is_whole(&migrator, &applied(connection).await?)? {
            return Ok(());
        }
        if !matches!(mode, Mode::Write) {
            return Err(StoreError::Earlier);
        }
        migrator.run(connection).await.map_err(migration)
    }

    async fn another(&self) -> Result<Sqlite, StoreError> {
        let connection = self.options().connect().await.map_err(meant)?;
        Ok(Sqlite::over(self.mode, self.path.clone(), connection))
    }

    fn options(&self) -> SqliteConnectOptions {
        self.mode.options(&self.path)
    }

    pub(super) fn over(mode: Mode, path: PathBuf, connection: SqliteConnection) -> Sqlite {
        Sqlite {
            path,
            mode,
            connection,
            ids: foldhash::HashMap::default(),
            last: 0,
            texts: foldhash::HashMap::default(),
            is_amid: false,
            log: Mover::default(),
        }
    }

    async fn lock(&mut self) -> Result<(), StoreError> {
        self.log.finish(&mut self.connection).await;
        self.end("BEGIN IMMEDIATE").await
    }

    /// What a transaction of this process came to is known when it failed.
    async fn settle(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.is_amid = false;
        let done = sqlx::query(sql).execute(&mut self.connection).await;
        done.map(drop).map_err(|error| files::explained(&self.path, meant(error)))
    }

    /// Writes what a batch brings, and the end of the journal.
    async fn write(&mut self, rows: &Rows<'_>, tip: &Tip) -> Result<(), StoreError> {
        self.log.wrote(rows.entries.len(), true, || Mode::Write.options(&self.path));
        let to = &mut self.connection;
        insert_many!(
            &mut *to,
            rows.entries,
            "entry (number, at_us, request, body, hash)",
            5,
            |query, one| query
                .bind(signed(one.entry.number)?)
                .bind(micros(one.entry.at))
                .bind(one.entry.key.as_deref())
                .bind(&*one.body)
                .bind(&one.hash.as_bytes()[..])
        );
        insert_many!(
            &mut *to,
            rows.postings,
            "posting (account, step, number, used, held)",
            5,
            |query, row| query
                .bind(row.0)
                .bind(&*row.1)
                .bind(row.2)
                .bind(row.3.used.to_string())
                .bind(row.3.held.to_string())
        );
        insert_many!(
            &mut *to,
            rows.opened,
            "hold (account, number, expires_us)",
            3,
            |query, row| query.bind(row.0).bind(row.1).bind(row.2)
        );
        if !rows.closed.is_empty() {
            sqlx::query(
                "DELETE FROM hold WHERE (account, number) IN \
                 (SELECT value ->> 0, value ->> 1 FROM json_each($1))",
            )
            .bind(serde_json::to_string(&rows.closed).unwrap_or_default())
            .execute(&mut *to)
            .await
            .map_err(meant)?;
        }
        insert_many!(&mut *to, rows.ended, "ended (reservation, number)", 2, |query, row| query
            .bind(row.0)
            .bind(row.1));
        sqlx::query("UPDATE head SET number = $1, at_us = $2, hash = $3, frontier = $4")
            .bind(signed(tip.head.number)?)
            .bind(micros(tip.head.at))
            .bind(&tip.head.hash.as_bytes()[..])
            .bind(tip.frontier.to_bytes())
            .execute(to)
            .await
            .map_err(meant)?;
        Ok(())
    }

    /// Whether a batch goes in one text.
    fn fits_once(rows: &Rows<'_>, batch: Batch<'_>) -> bool {
        Once::of(rows, batch, true).fits()
    }

    /// Closes both connections, so that the file is whole without the log.
    async fn shut(mut self) {
        self.log.close().await;
        // What stays in the log is read from there.
        _ = self.connection.close().await;
    }

    /// Writes a batch, or a part of one, in one go: between the statements nothing goes back and
    /// forth.
    async fn write_once(
        &mut self,
        end: &Head,
        rows: &Rows<'_>,
        batch: Batch<'_>,
    ) -> Result<bool, StoreError> {
        let begins = !std::mem::take(&mut self.is_amid);
        let once = Once::of(rows, batch, begins);
        if self.texts.len() > TEXTS {
            self.texts.clear();
        }
        let text = self.texts.entry(once).or_insert_with(|| {
            let (text, statements) = once.text();
            (text.into(), statements)
        });
        let (text, statements) = text.clone();
        let query = sqlx::query_with(sqlx::AssertSqlSafe(text), once.values(end, rows, batch)?);
        if begins {
            self.log.finish(&mut self.connection).await;
        }
        match done(self.connection.fetch_many(query), statements).await {
            Ok(()) => {
                self.is_amid = !batch.is_last;
                self.log
                    .wrote(rows.entries.len(), batch.is_last, || Mode::Write.options(&self.path));
                Ok(true)
            }
            Err(error) if once::is_elsewhere(&error) && begins => Ok(false),
            Err(error) => Err(files::explained(&self.path, meant(error))),
        }
    }

    /// A file may have been put in the place of the one that is open: who opens it anew sees it.
    async fn look(&mut self, _: &Checkpoint) -> Option<Result<(), StoreError>> {
        None
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.connection = self.options().connect().await.map_err(meant)?;
        Ok(())
    }
}

/// Waits until so many statements are done. The word that there is no further one comes later.
async fn done<R>(
    mut results: BoxStream<'_, Result<Either<SqliteQueryResult, R>, sqlx::Error>>,
    statements: usize,
) -> Result<(), sqlx::Error> {
    let mut done = 0;
    while done < statements
        && let Some(result) = results.try_next().await?
    {
        done += usize::from(result.is_left());
    }
    Ok(())
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
    Sqlite, SqliteConnection, SqliteRow, in_parts: true,
    numbers: "(SELECT value FROM json_each($1))",
    texts: "(SELECT value FROM json_each($1))"
);

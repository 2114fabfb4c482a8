//! A ledger in PostgreSQL, for several servers.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgRow};
use sqlx::query::Query;
use sqlx::{ConnectOptions, Connection, Row};

use super::page::{Page, Texts};
use super::rows::{
    account, amount, balance, day, hash, hold, instant, is_whole, key_text, micros, migrator,
    signed, unsigned,
};
use super::sql::{Rows, lines, sql_store};
use super::{
    AccountAt, Batch, Identity, Lines, ReadStore, StoreError, StoredEntry, Table, Tip, WriteStore,
    decoded, start_of,
};
use crate::account::Account;
use crate::book::{Book, Head, Lately, Needs, Recorded, used_on};
use crate::guard;
use crate::movement::Event;
use crate::owners::Owners;
use crate::proof::Hash;
use crate::proof::merkle::{Frontier, Subtree};
use crate::proof::note::Checkpoint;
use crate::view::entry_at;

/// A hash as text.
const HEX: &str = "encode(hash, 'hex')";

/// A page of entries as one row: rows are dear, texts are not.
const PAGE: &str = "SELECT count(*), min(number), max(number), \
    string_agg(at_us::text, ' ' ORDER BY number), \
    string_agg(coalesce('=' || request, ''), chr(10) ORDER BY number), \
    string_agg(body, chr(10) ORDER BY number), string_agg(encode(hash, 'hex'), '' ORDER BY number) \
    FROM (SELECT * FROM entry WHERE number >= $1 ORDER BY number LIMIT $2) AS page";

/// A writer that begins has the end of the journal to itself.
const LOCK: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE head IN EXCLUSIVE MODE";

const FREEZE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What a session begins with; answers whether the server makes durable what it says is.
///
/// How long it waits for another one's lock, and how long it may stand still within a transaction,
/// where its server, database, role or URL says nothing of it: the ledger's writer tries nine
/// times, half a minute in all, and a session that stands still keeps all others out. And that a
/// commit is answered when it is durable, whatever the database is set to: nothing that was
/// acknowledged may be lost.
const SETTINGS: &str = "SELECT current_setting('fsync') = 'on' AND \
    (SELECT count(set_config(name, value, false)) FROM (VALUES \
        ('lock_timeout', '4s', '{0}'), \
        ('idle_in_transaction_session_timeout', '60s', '{0}'), \
        ('synchronous_commit', 'on', '{off,local,remote_write}')) AS mine (name, value, weak) \
    WHERE current_setting(name) = ANY (weak::text[])) >= 0";

/// How often a server that has no connection free, or is starting, is asked for one: with half a
/// second at most between, half a minute in all.
const TRIES: u32 = 64;

/// The lock of whoever makes a ledger.
const MAKING: i64 = i64::from_be_bytes(*b"weirinit");

/// All that a batch writes to the tables that every batch writes to.
const WRITE: &str = "WITH entries AS (
        INSERT INTO entry (number, at_us, request, body, hash)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[])
    ), postings AS (
        INSERT INTO posting (account, step, number, used, held)
        SELECT * FROM unnest($6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[])
    ), opened AS (
        INSERT INTO hold (account, number, expires_us)
        SELECT * FROM unnest($11::bigint[], $12::bigint[], $13::bigint[])
    ), closed AS (
        DELETE FROM hold USING unnest($14::bigint[], $15::bigint[]) AS over (account, number)
        WHERE hold.account = over.account AND hold.number = over.number
    ), ended AS (
        INSERT INTO ended (reservation, number) SELECT * FROM unnest($16::bigint[], $17::bigint[])
    )
    UPDATE head SET number = $18, at_us = $19, hash = $20, frontier = $21";

/// The same as a transaction of its own, with subtrees and a checkpoint: the end of the journal
/// moves only from where it is said to be, and nothing is written unless it moves.
const WRITE_ONCE: &str = "WITH moved AS (
        UPDATE head SET number = $18, at_us = $19, hash = $20, frontier = $21
        WHERE number = $22 AND hash = $23 RETURNING one
    ), entries AS (
        INSERT INTO entry (number, at_us, request, body, hash)
        SELECT row.* FROM moved,
            unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bytea[]) AS row
    ), postings AS (
        INSERT INTO posting (account, step, number, used, held)
        SELECT row.* FROM moved,
            unnest($6::bigint[], $7::text[], $8::bigint[], $9::text[], $10::text[]) AS row
    ), opened AS (
        INSERT INTO hold (account, number, expires_us)
        SELECT row.* FROM moved, unnest($11::bigint[], $12::bigint[], $13::bigint[]) AS row
    ), closed AS (
        DELETE FROM hold USING moved,
            unnest($14::bigint[], $15::bigint[]) AS over (account, number)
        WHERE hold.account = over.account AND hold.number = over.number
    ), ended AS (
        INSERT INTO ended (reservation, number)
        SELECT row.* FROM moved, unnest($16::bigint[], $17::bigint[]) AS row
    ), subtrees AS (
        INSERT INTO subtree (level, position, hash)
        SELECT row.* FROM moved, unnest($24::bigint[], $25::bigint[], $26::bytea[]) AS row
    ), signed AS (
        INSERT INTO checkpoint SELECT row.* FROM moved, unnest($27::bigint[], $28::text[]) AS row
        ON CONFLICT DO NOTHING
    )
    SELECT one FROM moved";

pub(super) const MIGRATIONS: [(&str, &str); 1] =
    [("ledger", include_str!("../../migrations/postgres/0001_ledger.sql"))];

/// A ledger in PostgreSQL, over one connection.
#[derive(Debug)]
pub struct Postgres {
    options: PgConnectOptions,
    connection: PgConnection,
    is_durable: bool,
    ids: foldhash::HashMap<Account, i64>,
    last: u64,
}

pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        // The URL may hold a password.
        .map_err(|why| StoreError::Other(format!("this is no URL of PostgreSQL: {why}")))?;
    Ok(options.application_name("weir"))
}

/// A session, and whether the server makes durable what it says is.
pub(super) async fn connect(
    options: &PgConnectOptions,
) -> Result<(PgConnection, bool), StoreError> {
    let (mut tries, mut pause) = (1, Duration::from_millis(10));
    let mut connection = loop {
        match options.connect().await.map_err(meant) {
            Err(StoreError::Busy(_)) if tries < TRIES => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(500));
                tries += 1;
            }
            other => break other?,
        }
    };
    let row = sqlx::query(SETTINGS).fetch_one(&mut connection).await.map_err(meant)?;
    Ok((connection, row.get(0)))
}

/// One column of rows.
fn list<'r, R, T>(rows: &'r [R], column: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

/// What an error of the database means.
fn meant(error: sqlx::Error) -> StoreError {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
                StoreError::Lost(error.to_string())
            }
            other => StoreError::Other(other.to_string()),
        };
    };
    let code = database.code().unwrap_or_default().into_owned();
    match code.as_str() {
        "23505" if database.constraint() == Some("entry_request") => StoreError::KeyTaken,
        "40001" | "40P01" => StoreError::Conflict,
        "55P03" => StoreError::Held,
        "25P03" => StoreError::Idle,
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        "53300" | "57P03" => StoreError::Busy(database.message().to_owned()),
        "3D000" => StoreError::NoDatabase(database.message().to_owned()),
        code if code.starts_with("57P") || code.starts_with("08") => {
            StoreError::Lost(database.message().to_owned())
        }
        code if code.starts_with("XX") => StoreError::damaged("the database", database.message()),
        _ => StoreError::Other(database.message().to_owned()),
    }
}

impl Postgres {
    /// Makes a ledger in a database that holds none.
    ///
    /// # Errors
    /// [`StoreError::Exists`], and what the server says.
    pub async fn create(url: &str, identity: &Identity, tip: &Tip) -> Result<(), StoreError> {
        let (mut connection, _) = connect(&options(url)?).await?;
        // All of it is there, or nothing is; of two that make one, the second finds the first's.
        let mut transaction = connection.begin().await.map_err(meant)?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(MAKING)
            .execute(&mut *transaction)
            .await
            .map_err(meant)?;
        if applied(&mut transaction).await?.is_some() {
            return Err(StoreError::Exists("this database".to_owned()));
        }
        Postgres::found(&mut transaction, identity, tip).await?;
        transaction.commit().await.map_err(meant)
    }

    /// Opens a ledger, brought up to this version's schema.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::NoDatabase`], [`StoreError::Newer`],
    /// [`StoreError::Lost`].
    pub async fn open(url: &str) -> Result<Postgres, StoreError> {
        let options = options(url)?;
        let (mut connection, is_durable) = connect(&options).await?;
        let applied = applied(&mut connection).await?;
        let applied = applied.ok_or_else(|| StoreError::Absent("this database".to_owned()))?;
        Postgres::bring_up(&mut connection, &applied, &MIGRATIONS).await?;
        let ids = foldhash::HashMap::default();
        Ok(Postgres { options, connection, is_durable, ids, last: 0 })
    }

    /// Brings a ledger of an earlier schema, of which these migrations were applied, up to more.
    pub(super) async fn bring_up(
        connection: &mut PgConnection,
        applied: &[(i64, Vec<u8>)],
        migrations: &[(&'static str, &'static str)],
    ) -> Result<(), StoreError> {
        let migrator = migrator(migrations);
        // A server that only reads, such as a standby, is asked for no change.
        if is_whole(&migrator, applied)? {
            return Ok(());
        }
        migrator.run(connection).await.map_err(|why| match migration(why) {
            StoreError::ReadOnly => StoreError::Earlier,
            other => other,
        })
    }

    /// Whether the server makes durable what it says is: one with `fsync=off` does not.
    pub fn is_durable(&self) -> bool {
        self.is_durable
    }

    #[cfg(test)]
    pub(super) fn over(options: PgConnectOptions, connection: PgConnection) -> Postgres {
        let ids = foldhash::HashMap::default();
        Postgres { options, connection, is_durable: true, ids, last: 0 }
    }

    async fn another(&self) -> Result<Postgres, StoreError> {
        let (connection, is_durable) = connect(&self.options).await?;
        let (options, ids) = (self.options.clone(), foldhash::HashMap::default());
        Ok(Postgres { options, connection, is_durable, ids, last: 0 })
    }

    /// Keeps every other writer out. The lock comes before the transaction sees anything, so that
    /// writers queue here and do not fail later.
    async fn lock(&mut self) -> Result<(), StoreError> {
        match self.end(LOCK).await {
            Err(StoreError::Lost(_)) => {
                self.reconnect().await?;
                self.end(LOCK).await
            }
            other => other,
        }
    }

    /// Waits for a transaction that a lost connection may still be committing.
    async fn settle(&mut self) -> Result<(), StoreError> {
        self.lock().await
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::raw_sql(sql).execute(&mut self.connection).await.map_err(meant)?;
        Ok(())
    }

    /// Writes what a batch brings, and the end of the journal: one statement, one way there and
    /// back.
    async fn write(&mut self, rows: &Rows<'_>, tip: &Tip) -> Result<(), StoreError> {
        values(WRITE, rows, tip)?.execute(&mut self.connection).await.map_err(meant)?;
        Ok(())
    }

    /// Whether a batch goes in one statement.
    fn fits_once(_: &Rows<'_>, _: Batch<'_>) -> bool {
        true
    }

    async fn shut(self) {
        // The server ends the session by itself where this does not reach it.
        _ = self.connection.close().await;
    }

    /// Writes a batch in a transaction of one statement.
    async fn write_once(
        &mut self,
        end: &Head,
        rows: &Rows<'_>,
        batch: Batch<'_>,
    ) -> Result<bool, StoreError> {
        let subtrees = batch.subtrees;
        let positions = subtrees.iter().map(|subtree| signed(subtree.index));
        let checkpoint = batch.checkpoint.map(|(size, note)| Ok((signed(size)?, note)));
        let checkpoint = checkpoint.transpose()?;
        let moved = values(WRITE_ONCE, rows, batch.tip)?
            .bind(signed(end.number)?)
            .bind(&end.hash.as_bytes()[..])
            .bind(list(subtrees, |subtree| i64::from(subtree.level)))
            .bind(positions.collect::<Result<Vec<_>, _>>()?)
            .bind(list(subtrees, |subtree| &subtree.hash.as_bytes()[..]))
            .bind(checkpoint.iter().map(|one| one.0).collect::<Vec<_>>())
            .bind(checkpoint.iter().map(|one| one.1).collect::<Vec<_>>())
            .fetch_optional(&mut self.connection)
            .await
            .map_err(meant)?;
        Ok(moved.is_some())
    }

    /// Looks by this session: a server may have no further one free.
    async fn look(&mut self, kept: &Checkpoint) -> Option<Result<(), StoreError>> {
        Some(match guard::contains(self, kept).await {
            Err(StoreError::Lost(_)) => match self.reconnect().await {
                Ok(()) => guard::contains(self, kept).await,
                lost => lost,
            },
            found => found,
        })
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        (self.connection, self.is_durable) = connect(&self.options).await?;
        Ok(())
    }
}

/// A statement with the values that every batch has.
fn values<'q>(
    sql: &'static str,
    rows: &Rows<'_>,
    tip: &Tip,
) -> Result<Query<'q, sqlx::Postgres, PgArguments>, StoreError> {
    let numbers = rows.entries.iter().map(|one| signed(one.entry.number));
    let hashes = rows.entries.iter().map(|one| &one.hash.as_bytes()[..]);
    Ok(sqlx::query(sql)
        .bind(numbers.collect::<Result<Vec<_>, _>>()?)
        .bind(list(rows.entries, |one| micros(one.entry.at)))
        .bind(list(rows.entries, |one| one.entry.key.as_deref()))
        .bind(list(rows.entries, |one| &*one.body))
        .bind(hashes.collect::<Vec<_>>())
        .bind(list(&rows.postings, |row| row.0))
        .bind(list(&rows.postings, |row| &*row.1))
        .bind(list(&rows.postings, |row| row.2))
        .bind(list(&rows.postings, |row| row.3.used.to_string()))
        .bind(list(&rows.postings, |row| row.3.held.to_string()))
        .bind(list(&rows.opened, |row| row.0))
        .bind(list(&rows.opened, |row| row.1))
        .bind(list(&rows.opened, |row| row.2))
        .bind(list(&rows.closed, |row| row.0))
        .bind(list(&rows.closed, |row| row.1))
        .bind(list(&rows.ended, |row| row.0))
        .bind(list(&rows.ended, |row| row.1))
        .bind(signed(tip.head.number)?)
        .bind(micros(tip.head.at))
        .bind(&tip.head.hash.as_bytes()[..])
        .bind(tip.frontier.to_bytes()))
}

/// The migrations that were applied, with their checksums; `None` where there were none.
pub(super) async fn applied(
    connection: &mut PgConnection,
) -> Result<Option<Vec<(i64, Vec<u8>)>>, StoreError> {
    let is_there = sqlx::query("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await
        .map_err(meant)?;
    if !is_there.get::<bool, _>(0) {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT version, checksum FROM _sqlx_migrations")
        .fetch_all(connection)
        .await
        .map_err(meant)?;
    Ok(Some(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
}

fn migration(error: MigrateError) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => meant(error),
        other => StoreError::NotALedger(other.to_string()),
    }
}

sql_store!(
    Postgres, PgConnection, PgRow, in_parts: false,
    numbers: "(SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb))",
    texts: "(SELECT value FROM jsonb_array_elements_text($1::jsonb))"
);

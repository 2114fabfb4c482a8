//! A ledger in PostgreSQL, for several servers.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use jiff::Timestamp;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{ConnectOptions, Row};

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

/// Parameters by number.
const NAMED: bool = true;

/// A page of entries as one row: rows are dear, texts are not.
const PAGE: &str = "SELECT count(*), string_agg(number::text, ' ' ORDER BY number), \
    string_agg(at_us::text, ' ' ORDER BY number), \
    string_agg(coalesce('=' || request, ''), chr(10) ORDER BY number), \
    string_agg(body, chr(10) ORDER BY number), string_agg(encode(hash, 'hex'), ' ' ORDER BY number) \
    FROM (SELECT * FROM entry WHERE number >= $1 ORDER BY number LIMIT $2) AS page";

const FREEZE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

const MIGRATIONS: [(&str, &str); 1] =
    [("ledger", include_str!("../../migrations/postgres/0001_ledger.sql"))];

/// A ledger in PostgreSQL, over one connection.
#[derive(Debug)]
pub struct Postgres {
    options: PgConnectOptions,
    connection: PgConnection,
    ids: HashMap<Account, i64>,
    last: u64,
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|why| StoreError::Other(format!("{url:?} is no URL of PostgreSQL: {why}")))?;
    Ok(options.application_name("weir"))
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
        "55P03" => StoreError::Locked,
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        "3D000" => StoreError::Absent(database.message().to_owned()),
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
        let mut connection = options(url)?.connect().await.map_err(meant)?;
        if applied(&mut connection).await?.is_some() {
            return Err(StoreError::Exists("this database".to_owned()));
        }
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
        Ok(())
    }

    /// Opens a ledger, brought up to this version's schema.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Newer`], [`StoreError::Lost`].
    pub async fn open(url: &str) -> Result<Postgres, StoreError> {
        let options = options(url)?;
        let mut connection = options.connect().await.map_err(meant)?;
        let applied = applied(&mut connection).await?;
        let applied = applied.ok_or_else(|| StoreError::Absent("this database".to_owned()))?;
        // A server that only reads, such as a standby, is asked for no change.
        if !is_whole(&migrator(&MIGRATIONS), &applied)? {
            migrator(&MIGRATIONS).run(&mut connection).await.map_err(migration)?;
        }
        Ok(Postgres { options, connection, ids: HashMap::new(), last: 0 })
    }

    /// Keeps every other writer out. The lock comes before the transaction sees anything, so that
    /// writers queue here and do not fail later.
    async fn lock(&mut self) -> Result<(), StoreError> {
        if self.end("BEGIN ISOLATION LEVEL SERIALIZABLE").await.is_err() {
            self.reconnect().await?;
            self.end("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
        }
        self.end("LOCK TABLE head IN EXCLUSIVE MODE").await
    }

    /// Waits for a transaction that a lost connection may still be committing.
    async fn settle(&mut self) -> Result<(), StoreError> {
        self.lock().await
    }

    async fn end(&mut self, sql: &'static str) -> Result<(), StoreError> {
        sqlx::query(sql).execute(&mut self.connection).await.map_err(meant)?;
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), StoreError> {
        self.connection = self.options.connect().await.map_err(meant)?;
        Ok(())
    }
}

/// The migrations that were applied, with their checksums; `None` where there were none.
async fn applied(connection: &mut PgConnection) -> Result<Option<Vec<(i64, Vec<u8>)>>, StoreError> {
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
    Postgres, PgRow,
    numbers: "(SELECT value::bigint FROM jsonb_array_elements_text($1::jsonb))",
    texts: "(SELECT value FROM jsonb_array_elements_text($1::jsonb))"
);

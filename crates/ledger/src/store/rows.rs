//! What rows of both databases have in common: the forms of instants, days, amounts and keys.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::{StoreError, StoredEntry, decoded};
use crate::account::Account;
use crate::amount::Amount;
use crate::book::{Balance, Hold, Stage};
use crate::movement::Event;
use crate::proof::Hash;

/// The migrations of a schema, by name and text, the first one first.
pub(super) fn migrator(migrations: &[(&'static str, &'static str)]) -> Migrator {
    let one = |(at, (name, sql)): (usize, &(&'static str, &'static str))| {
        let version = i64::try_from(at + 1).unwrap_or(i64::MAX);
        let sql = sql.into_sql_str();
        Migration::new(version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(migrations.iter().enumerate().map(one).collect())
}

/// Whether every migration of a schema was applied, by the versions and checksums that the database
/// remembers.
pub(super) fn is_whole(
    migrator: &Migrator,
    applied: &[(i64, Vec<u8>)],
) -> Result<bool, StoreError> {
    let mut known = 0;
    for migration in migrator.iter() {
        known = known.max(migration.version);
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, checksum)) if *checksum == *migration.checksum => {}
            None if migration.version > 1 => {}
            _ => return Err(StoreError::NotALedger("its schema is another one".to_owned())),
        }
    }
    match applied.iter().map(|(version, _)| *version).max() {
        Some(found) if found > known => Err(StoreError::Newer { found, known }),
        found => Ok(found == Some(known)),
    }
}

pub(super) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

pub(super) fn instant(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|why| StoreError::damaged("an instant", why))
}

pub(super) fn day(text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|why| StoreError::damaged(format!("day {text:?}"), why))
}

pub(super) fn amount(text: &str) -> Result<Amount, StoreError> {
    Amount::parse(text).map_err(|why| StoreError::damaged(format!("amount {text:?}"), why))
}

pub(super) fn balance(used: &str, held: &str) -> Result<Balance, StoreError> {
    Ok(Balance { used: amount(used)?, held: amount(held)? })
}

pub(super) fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    Hash::try_from(bytes).map_err(|why| StoreError::damaged("a hash", why))
}

/// A number of the journal, which databases count with a sign.
pub(super) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|why| StoreError::damaged(format!("number {number}"), why))
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|why| StoreError::damaged(format!("number {number}"), why))
}

/// An account's key as one text.
pub(super) fn key_text(account: &Account) -> String {
    serde_json::to_string(&account.key).unwrap_or_default()
}

pub(super) fn account(quota: String, key: &str) -> Result<Account, StoreError> {
    let key = serde_json::from_str(key).map_err(|why| StoreError::damaged("an account", why))?;
    Ok(Account::of(quota, key))
}

/// A reservation from its entry and the entry that ended it; `None` where it reserves nothing.
pub(super) fn hold(
    reserved: &StoredEntry,
    ended: Option<&StoredEntry>,
) -> Result<Option<Hold>, StoreError> {
    let entry = decoded(reserved)?;
    let Event::Reserve { amount, legs, expires, note, .. } = &entry.event else {
        return Ok(None);
    };
    let stage = match ended {
        None => Stage::Open,
        Some(ended) => match decoded(ended)?.event {
            Event::Commit { .. } => Stage::Committed(ended.number),
            Event::Release { .. } => Stage::Released(ended.number),
            Event::Expire { .. } => Stage::Expired(ended.number),
            _ => {
                let place = format!("entry {}", ended.number);
                return Err(StoreError::damaged(place, "it ends no reservation"));
            }
        },
    };
    let legs = legs.iter().map(|leg| (leg.account.clone(), leg.step)).collect();
    let goods = note.goods.clone();
    Ok(Some(Hold { amount: *amount, legs, goods, expires: *expires, stage }))
}

//! One reader for all stores.

use std::collections::HashMap;

use jiff::Timestamp;

use super::memory::Memory;
use super::page::Page;
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use super::{
    AccountAt, Identity, Lines, ReadStore, StoreError, StoredEntry, Table, Tip, WriteStore,
};
use crate::account::Account;
use crate::owners::Owners;
use crate::proof::Hash;

/// The reading side of a ledger, wherever it is.
#[derive(Debug)]
pub enum Reader {
    /// In memory.
    Memory(Memory),
    /// In a SQLite file.
    Sqlite(Box<Sqlite>),
    /// In PostgreSQL.
    Postgres(Box<Postgres>),
}

macro_rules! each {
    ($reader:expr, $store:ident => $call:expr) => {
        match $reader {
            Reader::Memory($store) => $call.await,
            Reader::Sqlite($store) => $call.await,
            Reader::Postgres($store) => $call.await,
        }
    };
}

impl Reader {
    /// Whether what is kept there, once it is said to be, survives a machine that fails. A server
    /// of PostgreSQL with `fsync=off` says so before it is.
    pub fn is_durable(&self) -> bool {
        match self {
            Reader::Memory(_) | Reader::Sqlite(_) => true,
            Reader::Postgres(store) => store.is_durable(),
        }
    }

    /// Lets go of the ledger. A file that nobody has open any more is whole without its log, which
    /// it may not be for a moment after a reader that is only dropped.
    pub async fn close(self) {
        match self {
            Reader::Memory(_) => {}
            Reader::Sqlite(store) => store.close().await,
            Reader::Postgres(store) => store.close().await,
        }
    }
}

impl ReadStore for Reader {
    async fn freeze(&mut self) -> Result<(), StoreError> {
        each!(self, store => store.freeze())
    }

    async fn twin(&mut self) -> Option<Reader> {
        match self {
            Reader::Memory(store) => store.twin().await.map(Reader::Memory),
            Reader::Sqlite(store) => store.twin().await.map(Box::new).map(Reader::Sqlite),
            Reader::Postgres(store) => store.twin().await.map(Box::new).map(Reader::Postgres),
        }
    }

    async fn thaw(&mut self) {
        each!(self, store => store.thaw());
    }

    async fn lapsed(&mut self, by: Timestamp) -> Result<Vec<u64>, StoreError> {
        each!(self, store => store.lapsed(by))
    }

    async fn identity(&mut self) -> Result<Identity, StoreError> {
        each!(self, store => store.identity())
    }

    async fn tip(&mut self) -> Result<Tip, StoreError> {
        each!(self, store => store.tip())
    }

    async fn entries(&mut self, from: u64, most: u32) -> Result<Vec<StoredEntry>, StoreError> {
        each!(self, store => store.entries(from, most))
    }

    async fn page(&mut self, from: u64, most: u32) -> Result<Page, StoreError> {
        each!(self, store => store.page(from, most))
    }

    async fn entries_of(&mut self, numbers: &[u64]) -> Result<Vec<StoredEntry>, StoreError> {
        each!(self, store => store.entries_of(numbers))
    }

    async fn entry_of(&mut self, key: &str) -> Result<Option<u64>, StoreError> {
        each!(self, store => store.entry_of(key))
    }

    async fn ended_by(&mut self, reservation: u64) -> Result<Option<u64>, StoreError> {
        each!(self, store => store.ended_by(reservation))
    }

    async fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        each!(self, store => store.accounts())
    }

    async fn balances(&mut self, account: &Account, through: u64) -> Result<AccountAt, StoreError> {
        each!(self, store => store.balances(account, through))
    }

    async fn balances_of(
        &mut self,
        accounts: &[Account],
        through: u64,
    ) -> Result<HashMap<Account, AccountAt>, StoreError> {
        each!(self, store => store.balances_of(accounts, through))
    }

    async fn holds_on(&mut self, account: &Account) -> Result<Vec<u64>, StoreError> {
        each!(self, store => store.holds_on(account))
    }

    async fn owners(&mut self, through: u64) -> Result<Owners, StoreError> {
        each!(self, store => store.owners(through))
    }

    async fn checkpoints(&mut self) -> Result<Vec<(u64, String)>, StoreError> {
        each!(self, store => store.checkpoints())
    }

    async fn subtrees(
        &mut self,
        level: u8,
        from: u64,
        count: u64,
    ) -> Result<Vec<Hash>, StoreError> {
        each!(self, store => store.subtrees(level, from, count))
    }

    async fn account_ids(&mut self) -> Result<Vec<(i64, Account)>, StoreError> {
        each!(self, store => store.account_ids())
    }

    async fn lines(
        &mut self,
        table: Table,
        after: Option<&str>,
        most: u32,
    ) -> Result<Lines, StoreError> {
        each!(self, store => store.lines(table, after, most))
    }

    async fn repeated_key(&mut self) -> Result<Option<String>, StoreError> {
        each!(self, store => store.repeated_key())
    }
}

//! A reader that counts how often it is asked.

use std::collections::HashMap;

use jiff::Timestamp;
use ledger::account::Account;
use ledger::owners::Owners;
use ledger::proof::Hash;
use ledger::store::page::Page;
use ledger::store::reader::Reader;
use ledger::store::{AccountAt, Identity, Lines, ReadStore, StoreError, StoredEntry, Table, Tip};

/// A reader, and how often it was asked.
pub struct Counting {
    /// The reader.
    pub reader: Reader,
    /// How often it was asked.
    pub asked: usize,
}

/// Asks the reader, and counts.
macro_rules! counted {
    ($(fn $name:ident(&mut self $(, $part:ident: $of:ty)*) -> $answer:ty;)*) => {
        $(async fn $name(&mut self $(, $part: $of)*) -> $answer {
            self.asked += 1;
            self.reader.$name($($part),*).await
        })*
    };
}

impl ReadStore for Counting {
    async fn twin(&mut self) -> Option<Counting> {
        None
    }

    counted! {
        fn freeze(&mut self) -> Result<(), StoreError>;
        fn thaw(&mut self) -> ();
        fn identity(&mut self) -> Result<Identity, StoreError>;
        fn tip(&mut self) -> Result<Tip, StoreError>;
        fn entries(&mut self, from: u64, most: u32) -> Result<Vec<StoredEntry>, StoreError>;
        fn page(&mut self, from: u64, most: u32) -> Result<Page, StoreError>;
        fn entries_of(&mut self, numbers: &[u64]) -> Result<Vec<StoredEntry>, StoreError>;
        fn entry_of(&mut self, key: &str) -> Result<Option<u64>, StoreError>;
        fn ended_by(&mut self, reservation: u64) -> Result<Option<u64>, StoreError>;
        fn accounts(&mut self) -> Result<Vec<Account>, StoreError>;
        fn balances(&mut self, account: &Account, through: u64) -> Result<AccountAt, StoreError>;
        fn balances_of(
            &mut self, accounts: &[Account], through: u64
        ) -> Result<HashMap<Account, AccountAt>, StoreError>;
        fn lapsed(&mut self, by: Timestamp) -> Result<Vec<u64>, StoreError>;
        fn holds_on(&mut self, account: &Account) -> Result<Vec<u64>, StoreError>;
        fn owners(&mut self, through: u64) -> Result<Owners, StoreError>;
        fn checkpoints(&mut self) -> Result<Vec<(u64, String)>, StoreError>;
        fn subtrees(&mut self, level: u8, from: u64, count: u64) -> Result<Vec<Hash>, StoreError>;
        fn account_ids(&mut self) -> Result<Vec<(i64, Account)>, StoreError>;
        fn lines(
            &mut self, table: Table, after: Option<&str>, most: u32
        ) -> Result<Lines, StoreError>;
        fn repeated_key(&mut self) -> Result<Option<String>, StoreError>;
    }
}

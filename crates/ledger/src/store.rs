//! Where a ledger is kept. SQL stands in these modules and nowhere else.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::Account;
use crate::amount::Amount;
use crate::book::{Balance, Book, Head, Needs, Recorded};
use crate::movement::Entry;
use crate::owners::Owners;
use crate::proof::Hash;
use crate::proof::chain;
use crate::proof::merkle::{Frontier, Subtree};
use crate::proof::note::Checkpoint;
use page::Page;

pub mod memory;
mod once;
pub mod page;
pub mod postgres;
pub mod reader;
mod rows;
mod sql;
pub mod sqlite;
#[cfg(test)]
mod tests;
mod wal;

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no ledger there.
    #[error("there is no ledger at {0}; `weir ledger init` makes one")]
    Absent(String),
    /// There is not even a database.
    #[error(
        "the server says: {0}; make the database, and then a ledger in it with `weir ledger init`"
    )]
    NoDatabase(String),
    /// There is one already.
    #[error("there is a ledger at {0} already")]
    Exists(String),
    /// A later weir made it.
    #[error(
        "the ledger has schema version {found} and this weir knows {known}; use the weir that made it, or a later one"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The last version known.
        known: i64,
    },
    /// It is of an earlier weir and has to be changed before it can be read, which it cannot be.
    #[error(
        "the ledger is of an earlier weir and has to be brought up to the schema of this one, which cannot be written here; open it once where it can be written, or read it with the weir that made it"
    )]
    Earlier,
    /// It was changed by hand, or is of something else.
    #[error("the database is not a ledger of weir: {0}")]
    NotALedger(String),
    /// Another process holds it.
    #[error("the ledger is locked by another process; try again when it is done")]
    Locked,
    /// Another session of the database holds it and does not let go.
    #[error(
        "another session of PostgreSQL has held the ledger for too long; ask again, or find the session in pg_stat_activity and end it with pg_terminate_backend"
    )]
    Held,
    /// The database ended the session, which did nothing within a transaction for too long.
    #[error(
        "PostgreSQL ended the session of weir, which had stood still within a transaction for too long; ask again"
    )]
    Idle,
    /// No room on the disk.
    #[error("the disk is full")]
    Full,
    /// It cannot be written.
    #[error("the ledger cannot be written: the file or its folder is read-only")]
    ReadOnly,
    /// Its newest entries are in a log that cannot be read without writing beside it.
    #[error(
        "the newest entries of the ledger are in {0}, which SQLite reads only where it can write: {1}; copy the ledger and that file together into a folder of your own and read the copy"
    )]
    InLog(String, String),
    /// SQLite could not use its files.
    #[error("the files of the ledger cannot be used: {0}")]
    Files(String),
    /// The server cannot be reached, or went away.
    #[error("the connection to the database is lost: {0}")]
    Lost(String),
    /// The server takes no connection now: it has none free, or is starting or stopping.
    #[error("the database takes no connection now: {0}; ask again, or allow it more connections")]
    Busy(String),
    /// Two servers moved at once; trying again helps.
    #[error("another server moved at the same time")]
    Conflict,
    /// The key at hand is another ledger's.
    #[error("this is not the key of this ledger, whose public key is {0}")]
    OtherKey(String),
    /// The checkpoint beside the key covers more entries than there are.
    #[error(
        "the ledger has {entries} entries, and the checkpoint beside its key covers {size}: it was cut off, or an older copy was put in its place; put the newest one back, or, where that is lost, move the checkpoint away from the key and keep it"
    )]
    Older {
        /// How many entries there are.
        entries: u64,
        /// How many there were.
        size: u64,
    },
    /// The entries that the checkpoint beside the key covers are other ones.
    #[error(
        "the first {size} entries of the ledger are not those that the checkpoint beside its key covers: an older copy was put in its place and written on; put the right one back, or, where that is lost, move the checkpoint away from the key and keep it"
    )]
    Parted {
        /// How many entries the checkpoint covers.
        size: u64,
    },
    /// The checkpoint beside the key cannot be held against the ledger.
    #[error("the checkpoint beside the key cannot be read: {0}")]
    Kept(String),
    /// A request key is in the journal already.
    #[error("a request key is in the journal already")]
    KeyTaken,
    /// What is stored makes no sense.
    #[error("the ledger is damaged at {place}: {why}; run `weir ledger verify`")]
    Damaged {
        /// Where.
        place: String,
        /// What.
        why: String,
    },
    /// Anything else.
    #[error("the database says: {0}")]
    Other(String),
}

impl StoreError {
    fn damaged(place: impl Into<String>, why: impl ToString) -> StoreError {
        StoreError::Damaged { place: place.into(), why: why.to_string() }
    }

    /// Whether the same may work in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            StoreError::Locked | StoreError::Held | StoreError::Conflict | StoreError::Busy(_)
        )
    }
}

/// The end of the journal, with what the tree needs in order to grow.
#[derive(Clone, Debug)]
pub struct Tip {
    /// The end of the journal.
    pub head: Head,
    /// The tree's right edge.
    pub frontier: Frontier,
}

impl Tip {
    /// The end of a journal without entries.
    pub fn start(identity: &Identity) -> Tip {
        let hash = chain::start(&identity.id);
        let head = Head { number: 0, at: identity.created, hash };
        Tip { head, frontier: Frontier::new() }
    }
}

/// What a ledger says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its name in proofs.
    pub id: String,
    /// The public key of its checkpoints.
    pub verifier: String,
    /// When it was made.
    pub created: Timestamp,
}

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its number.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Its request's key.
    pub request: Option<String>,
    /// Its bytes.
    pub body: String,
    /// The chain's hash through it.
    pub hash: Hash,
}

/// All that a commit brings.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'b> {
    /// The entries.
    pub fresh: &'b [Recorded],
    /// The subtrees that they complete.
    pub subtrees: &'b [Subtree],
    /// The end of the journal with them.
    pub tip: &'b Tip,
    /// A checkpoint over them: its size and its note.
    pub checkpoint: Option<(u64, &'b str)>,
    /// Whether the commit ends with them, or more is to come.
    pub is_last: bool,
}

/// The writing side: one transaction at a time, which keeps every other writer out.
pub trait WriteStore: Send + 'static {
    /// Whether [`WriteStore::write_at`] can write a part while the next one is being judged.
    const IN_PARTS: bool;

    /// Begins a transaction and answers the end of the journal.
    fn begin(&mut self) -> impl Future<Output = Result<Tip, StoreError>> + Send;

    /// Tells the book what it needs.
    fn learn(
        &mut self,
        needs: &Needs,
        book: &mut Book,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The open reservations that are due at a time.
    fn due(&mut self, now: Timestamp) -> impl Future<Output = Result<Vec<u64>, StoreError>> + Send;

    /// When the next open reservation lapses.
    fn next_due(&mut self) -> impl Future<Output = Result<Option<Timestamp>, StoreError>> + Send;

    /// Tells the book of the entries that have these request keys.
    fn learn_keys(
        &mut self,
        keys: &[&str],
        book: &mut Book,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Adds entries.
    fn append(
        &mut self,
        fresh: &[Recorded],
        subtrees: &[Subtree],
        tip: &Tip,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Adds a checkpoint.
    fn add_checkpoint(
        &mut self,
        size: u64,
        note: &str,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Makes a batch durable in a transaction of its own and in one go, if the journal still ends
    /// where it is said to; a batch that is not the last waits in that transaction for the next
    /// one. `false`: nothing of it was written, because the journal ends elsewhere or the batch has
    /// to go step by step; what waits in the transaction is still there.
    fn write_at(
        &mut self,
        end: &Head,
        batch: Batch<'_>,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Whether the ledger contains what a kept checkpoint signs, as this session sees it; `None`
    /// where that is for a reader of its own to say.
    fn contains(
        &mut self,
        kept: &Checkpoint,
    ) -> impl Future<Output = Option<Result<(), StoreError>>> + Send;

    /// Makes the transaction durable.
    fn commit(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends the work on the store, so that nothing of it is open any more.
    fn close(self) -> impl Future<Output = ()> + Send;

    /// Gives the transaction up.
    fn rollback(&mut self) -> impl Future<Output = ()> + Send;

    /// Whether an entry is in the journal, asked anew after a commit that failed.
    fn is_durable(
        &mut self,
        number: u64,
        hash: &Hash,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}

/// The reading side.
pub trait ReadStore: Send + 'static {
    /// Sees from now on the ledger as it is now, whatever is written meanwhile.
    fn freeze(&mut self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Another reader of the same ledger, so that two things can be read at once; `None` where
    /// there can be none, or it brings nothing.
    fn twin(&mut self) -> impl Future<Output = Option<Self>> + Send
    where
        Self: Sized;

    /// Sees what is written again.
    fn thaw(&mut self) -> impl Future<Output = ()> + Send;

    /// What the ledger says of itself.
    fn identity(&mut self) -> impl Future<Output = Result<Identity, StoreError>> + Send;

    /// The end of the journal.
    fn tip(&mut self) -> impl Future<Output = Result<Tip, StoreError>> + Send;

    /// Entries from a number on, at most so many.
    fn entries(
        &mut self,
        from: u64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<StoredEntry>, StoreError>> + Send;

    /// The same, by a way that is faster for many.
    fn page(
        &mut self,
        from: u64,
        most: u32,
    ) -> impl Future<Output = Result<Page, StoreError>> + Send;

    /// The entries of these numbers, in order.
    fn entries_of(
        &mut self,
        numbers: &[u64],
    ) -> impl Future<Output = Result<Vec<StoredEntry>, StoreError>> + Send;

    /// The entry of a request key.
    fn entry_of(
        &mut self,
        key: &str,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// The entry that ended a reservation.
    fn ended_by(
        &mut self,
        reservation: u64,
    ) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Every account that was ever moved, in order.
    fn accounts(&mut self) -> impl Future<Output = Result<Vec<Account>, StoreError>> + Send;

    /// What the entries through a number leave on an account: balances by step, and the limit
    /// recorded for it.
    fn balances(
        &mut self,
        account: &Account,
        through: u64,
    ) -> impl Future<Output = Result<AccountAt, StoreError>> + Send;

    /// The same of many accounts, in as few questions as of one; those that nothing moved are left
    /// out.
    fn balances_of(
        &mut self,
        accounts: &[Account],
        through: u64,
    ) -> impl Future<Output = Result<HashMap<Account, AccountAt>, StoreError>> + Send;

    /// The open reservations that lapse by a time and that no entry says so of yet.
    fn lapsed(
        &mut self,
        by: Timestamp,
    ) -> impl Future<Output = Result<Vec<u64>, StoreError>> + Send;

    /// The open reservations on an account, by number.
    fn holds_on(
        &mut self,
        account: &Account,
    ) -> impl Future<Output = Result<Vec<u64>, StoreError>> + Send;

    /// Who owns whom, by the entries through a number.
    fn owners(&mut self, through: u64) -> impl Future<Output = Result<Owners, StoreError>> + Send;

    /// Checkpoints by size.
    fn checkpoints(
        &mut self,
    ) -> impl Future<Output = Result<Vec<(u64, String)>, StoreError>> + Send;

    /// Roots of stored subtrees of a level, from a position on.
    fn subtrees(
        &mut self,
        level: u8,
        from: u64,
        count: u64,
    ) -> impl Future<Output = Result<Vec<Hash>, StoreError>> + Send;

    /// Every account that was ever moved, with the number that the tables know it by.
    fn account_ids(
        &mut self,
    ) -> impl Future<Output = Result<Vec<(i64, Account)>, StoreError>> + Send;

    /// Rows of a table beside the journal, in their order, after a line of them.
    fn lines(
        &mut self,
        table: Table,
        after: Option<&str>,
        most: u32,
    ) -> impl Future<Output = Result<Lines, StoreError>> + Send;

    /// A request key that more than one entry has.
    fn repeated_key(&mut self) -> impl Future<Output = Result<Option<String>, StoreError>> + Send;
}

/// A table beside the journal, whose rows follow from the entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// What entries leave on accounts.
    Posting,
    /// Limits that were recorded.
    Raise,
    /// Open reservations.
    Hold,
    /// Reservations that are over.
    Ended,
    /// Who owns whom.
    Owner,
    /// Roots of perfect subtrees.
    Subtree,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 6] =
        [Table::Posting, Table::Raise, Table::Hold, Table::Ended, Table::Owner, Table::Subtree];

    /// Its name in both databases.
    pub fn name(self) -> &'static str {
        match self {
            Table::Posting => "posting",
            Table::Raise => "raise",
            Table::Hold => "hold",
            Table::Ended => "ended",
            Table::Owner => "owner",
            Table::Subtree => "subtree",
        }
    }

    /// Its columns, and how many of them, the first ones, order its rows.
    fn columns(self) -> (&'static [&'static str], usize) {
        match self {
            Table::Posting => (&["account", "step", "number", "used", "held"], 3),
            Table::Raise => (&["account", "number", "limit_to"], 2),
            Table::Hold => (&["account", "number", "expires_us"], 2),
            Table::Ended => (&["reservation", "number"], 1),
            Table::Owner => (&["number", "owned", "owner", "share"], 1),
            Table::Subtree => (&["level", "position", "hash"], 2),
        }
    }

    /// The entry from which a row follows.
    pub fn entry_of(self, line: &str) -> Option<u64> {
        let mut columns = line.split('\t');
        if self == Table::Subtree {
            let level: u32 = columns.next()?.parse().ok()?;
            let position: u64 = columns.next()?.parse().ok()?;
            return position.checked_add(1)?.checked_shl(level);
        }
        let at = match self {
            Table::Posting => 2,
            Table::Owner => 0,
            _ => 1,
        };
        columns.nth(at)?.parse().ok()
    }
}

/// Rows as text: a line each, with tabs between the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many rows there are.
    pub count: usize,
    /// The lines, with line feeds between them.
    pub text: String,
}

/// An account at some entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountAt {
    /// Balances by the first day of their step.
    pub steps: BTreeMap<Date, Balance>,
    /// The limit recorded for it.
    pub raised: Option<Amount>,
}

impl AccountAt {
    /// Everything in the steps that begin by a day: by the last day of a step, all that counts in
    /// it, also where a pack moved its first day.
    pub fn through(&self, day: Date) -> Option<Balance> {
        let mut balances = self.steps.range(..=day);
        balances.try_fold(Balance::default(), |sum, (_, balance)| sum.plus(*balance))
    }
}

/// The first instant at which what is done on a day can have been recorded: in the east the day
/// begins on the day before in UTC.
fn start_of(day: Date) -> Timestamp {
    let before = day.yesterday().unwrap_or(day);
    let start = TimeZone::UTC.to_timestamp(before.to_datetime(jiff::civil::Time::midnight()));
    start.unwrap_or(Timestamp::MIN)
}

/// A decoded entry with its stored form.
pub fn decoded(stored: &StoredEntry) -> Result<Arc<Entry>, StoreError> {
    let place = || format!("entry {}", stored.number);
    let entry =
        crate::journal::decode(&stored.body).map_err(|why| StoreError::damaged(place(), why))?;
    if entry.number != stored.number {
        return Err(StoreError::damaged(place(), format!("its body says {}", entry.number)));
    }
    Ok(Arc::new(entry))
}

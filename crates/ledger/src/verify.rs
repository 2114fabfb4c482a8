//! The auditor: holds the whole history against itself, the checkpoints and the books.
//!
//! Every entry is read, decoded and followed; its hash, its place in the Merkle tree and what it
//! leaves on every account are computed anew. Nothing that is stored is taken for true.

use std::collections::VecDeque;

use crate::book::{Head, Misfit};
use crate::journal;
use crate::movement::Entry;
use crate::proof::merkle::Frontier;
use crate::proof::note::{Checkpoint, PublicKey};
use crate::proof::{Hash, chain};
use crate::store::page::Page;
use crate::store::{ReadStore, StoreError, Tip};

mod audit;
mod tables;

use audit::Audit;
use tables::Tables;

/// How many entries are read at once.
const PAGE: u32 = 1024;

/// How many pages are decoded ahead of the one that is followed.
const AHEAD: usize = 2;

/// How often two readers try to see the same state of a ledger that is written to.
const TRIES: u32 = 8;

/// What a history that holds comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries there are.
    pub entries: u64,
    /// The chain's hash through the last.
    pub head: Hash,
    /// The root of the Merkle tree.
    pub root: Hash,
    /// How many checkpoints were checked, signatures and all.
    pub checkpoints: u64,
    /// How many entries the last checkpoint covers.
    pub covered: u64,
    /// How many accounts have a balance.
    pub accounts: u64,
    /// How many reservations are open.
    pub open: u64,
}

/// What is wrong, and where the history stops being provable.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry that does not fit.
    #[error("entry {number} does not fit: {why}")]
    Entry {
        /// Its number.
        number: u64,
        /// Why.
        why: String,
    },
    /// An entry is missing.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// The end of the journal is not where the ledger says.
    #[error("the journal ends with entry {found}, and the ledger says {said}")]
    Tail {
        /// The last entry there is.
        found: u64,
        /// The last entry there should be.
        said: u64,
    },
    /// A checkpoint that does not fit.
    #[error("the checkpoint of {size} entries does not fit: {why}")]
    Checkpoint {
        /// How many entries it covers.
        size: u64,
        /// Why.
        why: String,
    },
    /// A checkpoint kept elsewhere says that this is not the latest state of the ledger.
    #[error(
        "the ledger has {entries} entries, and a checkpoint kept outside covers {size}: it was cut off, or an older copy was put in its place"
    )]
    Older {
        /// How many entries there are.
        entries: u64,
        /// How many there were.
        size: u64,
    },
    /// A table beside the journal does not follow from it.
    #[error("{0}, which does not follow from the journal")]
    Books(String),
}

/// Verifies a ledger from the first entry to the last.
///
/// `witness` are checkpoints kept outside the ledger's own storage.
///
/// # Errors
/// [`VerifyError`]: the first thing that does not fit.
pub async fn verify<S: ReadStore + 'static>(
    store: &mut S,
    key: Option<&PublicKey>,
    witness: &[Checkpoint],
) -> Result<Verified, VerifyError> {
    let beside = freeze(store).await?;
    let verified = verify_frozen(store, beside, key, witness).await;
    store.thaw().await;
    verified
}

/// Freezes a store, and another reader of it in the same state where there can be one.
async fn freeze<S: ReadStore>(store: &mut S) -> Result<Option<S>, VerifyError> {
    store.freeze().await?;
    let Some(mut twin) = store.twin().await else { return Ok(None) };
    for _ in 0..TRIES {
        twin.freeze().await?;
        // What was written between the two moments shows at the end of the journal.
        if store.tip().await?.head == twin.tip().await?.head {
            return Ok(Some(twin));
        }
        twin.thaw().await;
        store.thaw().await;
        store.freeze().await?;
    }
    Ok(None)
}

async fn verify_frozen<S: ReadStore + 'static>(
    store: &mut S,
    beside: Option<S>,
    key: Option<&PublicKey>,
    witness: &[Checkpoint],
) -> Result<Verified, VerifyError> {
    let identity = store.identity().await?;
    if key.is_some_and(|key| identity.verifier != key.to_string()) {
        let what = "the ledger names another public key".to_owned();
        return Err(VerifyError::Books(what));
    }
    let start = Tip::start(&identity).head;
    if store.entries(0, 1).await?.first().is_some_and(|first| first.number == 0) {
        let why = "entries are numbered from 1".to_owned();
        return Err(VerifyError::Entry { number: 0, why });
    }
    let entries = store.tip().await?.head.number;
    let signed = signed(store, entries, key, witness).await?;
    let walk = Walk::new(Audit::new(store.account_ids().await?)?, signed, start);
    // The tables are read while the journal is walked, where there are two to read.
    let mut tables = walk.audit.tables.apart();
    let reading = beside.map(|mut twin| {
        tokio::spawn(async move {
            let read = tables.read(&mut twin, entries).await;
            twin.thaw().await;
            read.map(|()| tables)
        })
    });
    let walk = follow(store, walk).await?;
    let read = match reading {
        Some(reading) => reading.await.map_err(gone)??,
        None => {
            let mut tables = walk.audit.tables.apart();
            tables.read(store, entries).await?;
            tables
        }
    };
    walk.end(store, &read).await
}

/// Walks through the journal: while a page is followed, the next ones are decoded, and one after
/// them read.
async fn follow<S: ReadStore>(store: &mut S, walk: Walk) -> Result<Walk, VerifyError> {
    let mut previous = walk.head.hash;
    let mut next = Some(1);
    let mut decoding = VecDeque::new();
    let mut following = tokio::task::spawn_blocking(move || Ok(walk));
    let mut fetched = Ok(());
    while next.is_some() || !decoding.is_empty() {
        if let Some(first) = next.take() {
            // What cannot be read is said after what is wrong before it.
            let page = store.page(first, PAGE).await;
            fetched = page.map(|page| {
                if let Some((number, hash)) = page.last() {
                    let before = std::mem::replace(&mut previous, hash);
                    decoding.push_back(tokio::task::spawn_blocking(move || decode(&before, &page)));
                    next = number.checked_add(1);
                }
            });
        }
        if decoding.len() > AHEAD || next.is_none() {
            let Some(read) = decoding.pop_front() else { break };
            let read = read.await;
            let mut walk: Walk = following.await.map_err(gone)??;
            let read = read.map_err(gone)??;
            following = tokio::task::spawn_blocking(move || walk.page(read).map(|()| walk));
        }
    }
    let walk = following.await.map_err(gone)??;
    fetched?;
    Ok(walk)
}

fn gone(why: tokio::task::JoinError) -> StoreError {
    StoreError::Other(why.to_string())
}

/// The checkpoints in the ledger and those kept outside, the smallest first.
async fn signed<S: ReadStore>(
    store: &mut S,
    entries: u64,
    key: Option<&PublicKey>,
    witness: &[Checkpoint],
) -> Result<Vec<Checkpoint>, VerifyError> {
    let mut signed = Vec::new();
    if let Some(key) = key {
        for (size, note) in store.checkpoints().await? {
            let wrong = |why: String| VerifyError::Checkpoint { size, why };
            let checkpoint = Checkpoint::open(&note, key).map_err(|why| wrong(why.to_string()))?;
            if checkpoint.size != size {
                return Err(wrong(format!("the note says {}", checkpoint.size)));
            }
            signed.push(checkpoint);
        }
    }
    let latest = witness.iter().chain(&signed).map(|one| one.size).max().unwrap_or(0);
    if latest > entries {
        return Err(VerifyError::Older { entries, size: latest });
    }
    signed.extend_from_slice(witness);
    signed.sort_by_key(|one| one.size);
    Ok(signed)
}

/// An entry that was read, and what is wrong with it in itself.
struct Read {
    number: u64,
    hash: Hash,
    entry: Result<Entry, String>,
}

/// Decodes entries and checks all that needs no more than the entry before: a page may be decoded
/// before the one before it was followed.
fn decode(before: &Hash, page: &Page) -> Result<Vec<Read>, StoreError> {
    let mut previous = *before;
    let stored = page.entries()?;
    let mut read = Vec::with_capacity(stored.len());
    for one in stored {
        let expected = chain::next(&previous, one.body.as_bytes());
        previous = one.hash;
        let entry = match journal::decode(one.body) {
            _ if expected != one.hash => {
                Err("its hash is not that of its text after the entry before".to_owned())
            }
            Err(why) => Err(why.to_string()),
            Ok(entry) if entry.number != one.number => {
                Err(Misfit::Number { found: entry.number, expected: one.number }.to_string())
            }
            Ok(entry) if (entry.at, entry.key.as_deref()) != (one.at, one.request) => {
                Err("its time or request key is not the one in its text".to_owned())
            }
            Ok(entry) => Ok(entry),
        };
        read.push(Read { number: one.number, hash: one.hash, entry });
    }
    Ok(read)
}

/// A walk through the journal, and how far it is.
struct Walk {
    audit: Audit,
    head: Head,
    frontier: Frontier,
    signed: std::vec::IntoIter<Checkpoint>,
    next_signed: Option<Checkpoint>,
    checkpoints: u64,
    covered: u64,
}

impl Walk {
    fn new(audit: Audit, signed: Vec<Checkpoint>, head: Head) -> Walk {
        let mut signed = signed.into_iter();
        let next_signed = signed.next();
        let frontier = Frontier::new();
        Walk { audit, head, frontier, signed, next_signed, checkpoints: 0, covered: 0 }
    }

    fn page(&mut self, page: Vec<Read>) -> Result<(), VerifyError> {
        page.into_iter().try_for_each(|read| self.entry(read))
    }

    fn entry(&mut self, read: Read) -> Result<(), VerifyError> {
        self.checkpoint()?;
        let number = self.head.number + 1;
        if read.number != number {
            return Err(VerifyError::Missing(number));
        }
        let wrong = |why: String| VerifyError::Entry { number, why };
        let entry = read.entry.map_err(wrong)?;
        if entry.at < self.head.at {
            return Err(wrong(Misfit::Time.to_string()));
        }
        self.audit.entry(&entry).map_err(|why: Misfit| wrong(why.to_string()))?;
        self.head = Head { number, at: entry.at, hash: read.hash };
        for subtree in self.frontier.append(&read.hash) {
            self.audit.tables.subtree(&subtree);
        }
        Ok(())
    }

    /// Checks the checkpoints of the present size.
    fn checkpoint(&mut self) -> Result<(), VerifyError> {
        let size = self.frontier.size();
        while let Some(one) = self.next_signed.take_if(|one| one.size == size) {
            let wrong = |why: &str| VerifyError::Checkpoint { size, why: why.to_owned() };
            if one.head != self.head.hash {
                return Err(wrong("its last entry is another one"));
            }
            if one.root != self.frontier.root() {
                return Err(wrong("the root of its tree is another one"));
            }
            self.checkpoints += 1;
            self.covered = size;
            self.next_signed = self.signed.next();
        }
        Ok(())
    }

    /// Holds the end of the journal, and the tables beside it, against what follows from it.
    async fn end<S: ReadStore>(
        mut self,
        store: &mut S,
        read: &Tables,
    ) -> Result<Verified, VerifyError> {
        self.checkpoint()?;
        let tip = store.tip().await?;
        let head = self.head;
        if head.number != tip.head.number {
            let (found, said) = (head.number, tip.head.number);
            return Err(VerifyError::Tail { found, said });
        }
        if (head.hash, head.at) != (tip.head.hash, tip.head.at) || self.frontier != tip.frontier {
            return Err(VerifyError::Books("the end of the journal is another one".to_owned()));
        }
        if let Some(key) = store.repeated_key().await? {
            return Err(VerifyError::Books(format!("request key {key:?} names two entries")));
        }
        self.audit.end()?;
        self.audit.tables.settle(read)?;
        let (accounts, open) = self.audit.counts();
        Ok(Verified {
            entries: head.number,
            head: head.hash,
            root: self.frontier.root(),
            checkpoints: self.checkpoints,
            covered: self.covered,
            accounts,
            open,
        })
    }
}

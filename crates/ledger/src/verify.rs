//! The auditor: holds the whole history against itself, the checkpoints and the books.
//!
//! Every entry is read, decoded and followed; its hash, its place in the Merkle tree and what it
//! leaves on every account are computed anew. Nothing that is stored is taken for true.

use std::collections::HashMap;
use std::sync::Arc;

use crate::account::Account;
use crate::book::{Book, Head, Misfit};
use crate::movement::Entry;
use crate::proof::merkle::Frontier;
use crate::proof::note::{Checkpoint, PublicKey};
use crate::proof::{Hash, chain};
use crate::store::{AccountAt, Derived, ReadStore, StoreError, StoredEntry, Tip, decoded};

/// How many entries are read at once.
const PAGE: u32 = 8192;

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
pub async fn verify<S: ReadStore>(
    store: &mut S,
    key: Option<&PublicKey>,
    witness: &[Checkpoint],
) -> Result<Verified, VerifyError> {
    store.freeze().await?;
    let verified = verify_frozen(store, key, witness).await;
    store.thaw().await;
    verified
}

async fn verify_frozen<S: ReadStore>(
    store: &mut S,
    key: Option<&PublicKey>,
    witness: &[Checkpoint],
) -> Result<Verified, VerifyError> {
    let identity = store.identity().await?;
    let start = Tip::start(&identity);
    let mut audit = Audit::new(store, key, witness, start.head).await?;
    if store.entries(0, 1).await?.first().is_some_and(|first| first.number == 0) {
        let why = "entries are numbered from 1".to_owned();
        return Err(VerifyError::Entry { number: 0, why });
    }
    let mut page = store.page(1, PAGE).await?;
    // While a page is audited, the next one is read.
    while let Some(last) = page.last() {
        let next = last.number.saturating_add(1);
        let work = tokio::task::spawn_blocking(move || audit.page(&page).map(|()| audit));
        let read = store.page(next, PAGE).await;
        audit = match work.await {
            Ok(audited) => audited?,
            Err(why) => return Err(StoreError::Other(why.to_string()).into()),
        };
        audit.subtrees(store).await?;
        page = read?;
    }
    audit.end(store).await
}

struct Audit {
    book: Book,
    frontier: Frontier,
    signed: std::vec::IntoIter<Checkpoint>,
    next_signed: Option<Checkpoint>,
    checkpoints: u64,
    covered: u64,
    postings: u64,
    ended: Vec<(u64, u64)>,
    subtrees: Vec<crate::proof::merkle::Subtree>,
}

impl Audit {
    async fn new<S: ReadStore>(
        store: &mut S,
        key: Option<&PublicKey>,
        witness: &[Checkpoint],
        head: Head,
    ) -> Result<Audit, VerifyError> {
        let entries = store.tip().await?.head.number;
        let mut signed = Vec::new();
        if let Some(key) = key {
            for (size, note) in store.checkpoints().await? {
                let wrong = |why: String| VerifyError::Checkpoint { size, why };
                let checkpoint =
                    Checkpoint::open(&note, key).map_err(|why| wrong(why.to_string()))?;
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
        let mut signed = signed.into_iter();
        Ok(Audit {
            book: Book::at(head),
            frontier: Frontier::new(),
            next_signed: signed.next(),
            signed,
            checkpoints: 0,
            covered: 0,
            postings: 0,
            ended: Vec::new(),
            subtrees: Vec::new(),
        })
    }

    /// Follows a page of entries. What needs no other entry is done by all cores.
    fn page(&mut self, page: &[StoredEntry]) -> Result<(), VerifyError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let chunk = page.len().div_ceil(cores).max(1);
        let entries: Vec<Result<Arc<Entry>, StoreError>> = std::thread::scope(|scope| {
            let decode = |chunk: &'_ [StoredEntry]| chunk.iter().map(decoded).collect::<Vec<_>>();
            let threads: Vec<_> =
                page.chunks(chunk).map(|chunk| scope.spawn(move || decode(chunk))).collect();
            let joined = threads.into_iter().filter_map(|thread| thread.join().ok());
            joined.flatten().collect()
        });
        page.iter().zip(entries).try_for_each(|(stored, entry)| self.entry(stored, entry))
    }

    fn entry(
        &mut self,
        stored: &StoredEntry,
        entry: Result<Arc<Entry>, StoreError>,
    ) -> Result<(), VerifyError> {
        self.checkpoint()?;
        let number = self.book.head().number + 1;
        if stored.number != number {
            return Err(VerifyError::Missing(number));
        }
        let wrong = |why: String| VerifyError::Entry { number, why };
        let hash = chain::next(&self.book.head().hash, stored.body.as_bytes());
        if hash != stored.hash {
            return Err(wrong("its hash is not that of its text after the entry before".into()));
        }
        let entry = entry.map_err(|why| wrong(why.to_string()))?;
        if (entry.at, &entry.key) != (stored.at, &stored.request) {
            return Err(wrong("its time or request key is not the one in its text".into()));
        }
        let posted = self.book.audit(&entry, hash).map_err(|why: Misfit| wrong(why.to_string()))?;
        self.postings += posted.len() as u64;
        if let Some(reservation) = entry.event.reservation() {
            self.ended.push((reservation, number));
        }
        self.subtrees.extend(self.frontier.append(&hash));
        Ok(())
    }

    /// Checks the checkpoints of the present size.
    fn checkpoint(&mut self) -> Result<(), VerifyError> {
        let size = self.frontier.size();
        while let Some(one) = self.next_signed.take_if(|one| one.size == size) {
            let wrong = |why: &str| VerifyError::Checkpoint { size, why: why.to_owned() };
            if one.head != self.book.head().hash {
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

    async fn subtrees<S: ReadStore>(&mut self, store: &mut S) -> Result<(), VerifyError> {
        for subtree in std::mem::take(&mut self.subtrees) {
            let stored = store.subtrees(subtree.level, subtree.index, 1).await?;
            if stored.first() != Some(&subtree.hash) {
                let (level, index) = (subtree.level, subtree.index);
                return Err(VerifyError::Books(format!(
                    "subtree {index} of level {level} has another hash"
                )));
            }
        }
        Ok(())
    }

    async fn end<S: ReadStore>(mut self, store: &mut S) -> Result<Verified, VerifyError> {
        self.checkpoint()?;
        let tip = store.tip().await?;
        let head = self.book.head().clone();
        if head.number != tip.head.number {
            let (found, said) = (head.number, tip.head.number);
            return Err(VerifyError::Tail { found, said });
        }
        if (head.hash, head.at) != (tip.head.hash, tip.head.at) || self.frontier != tip.frontier {
            return Err(VerifyError::Books("the end of the journal is another one".to_owned()));
        }
        self.books(&store.derived().await?)?;
        Ok(Verified {
            entries: head.number,
            head: head.hash,
            root: self.frontier.root(),
            checkpoints: self.checkpoints,
            covered: self.covered,
            accounts: self.book.accounts().count() as u64,
            open: self.book.holds().count() as u64,
        })
    }

    /// Holds the tables beside the journal against what follows from it.
    fn books(&mut self, derived: &Derived) -> Result<(), VerifyError> {
        let wrong = |what: String| Err(VerifyError::Books(what));
        if let Some(key) = derived.repeated_keys.first() {
            return wrong(format!("request key {key:?} names two entries"));
        }
        let mut accounts: HashMap<Account, AccountAt> = HashMap::new();
        for (account, state) in self.book.accounts() {
            let at = AccountAt { steps: state.steps.clone(), raised: state.raised };
            accounts.insert(account.clone(), at);
        }
        for (account, at) in &accounts {
            if derived.accounts.get(account) != Some(at) {
                return wrong(format!("the balance of {account} is another one"));
            }
        }
        let is_unknown = |account: &&Account| !accounts.contains_key(*account);
        if let Some(account) = derived.accounts.keys().find(is_unknown) {
            return wrong(format!("there is an account {account}"));
        }
        let mut holds = Vec::new();
        for (number, hold) in self.book.holds() {
            holds.extend(
                hold.legs.iter().map(|(account, _)| (number, account.clone(), hold.expires)),
            );
        }
        holds.sort();
        let mut stored = derived.holds.clone();
        stored.sort();
        if let Some(other) = differing(&holds, &stored) {
            return wrong(format!("reservation {} is open, or is not", other.0));
        }
        self.ended.sort_unstable();
        if let Some(other) = differing(&self.ended, &derived.ended) {
            return wrong(format!("reservation {} is over, or is not", other.0));
        }
        if self.postings != derived.postings {
            let (found, said) = (derived.postings, self.postings);
            return wrong(format!("there are {found} balances in the tables for {said} moved"));
        }
        Ok(())
    }
}

/// The first element in which two sorted lists differ.
fn differing<'l, T: PartialEq>(one: &'l [T], other: &'l [T]) -> Option<&'l T> {
    let at = one.iter().zip(other).position(|(a, b)| a != b);
    match at {
        Some(at) => one.get(at),
        None => one.get(other.len()).or_else(|| other.get(one.len())),
    }
}

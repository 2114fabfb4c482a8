//! The ledger as its callers see it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::account::Quotas;
use crate::book::Receipt;
use crate::guard::Guard;
use crate::movement::{Request, whole_micros};
use crate::proof::note::PublicKey;
use crate::refusal::Refusal;
use crate::store::memory::Memory;
use crate::store::postgres::Postgres;
use crate::store::reader::Reader;
use crate::store::sqlite::Sqlite;
use crate::store::{Identity, ReadStore, StoreError, Tip, WriteStore};
use crate::writer::{Answer, Job, Outside, Task, Writer};

/// Signs checkpoints, where the key is at hand.
pub trait Notary: Send + 'static {
    /// The signed note for a tip; `None` without a key.
    fn sign(&self, tip: &Tip) -> Option<String>;

    /// How many entries may follow a checkpoint before there is another one.
    fn every(&self) -> u64 {
        4096
    }

    /// The public half of the key.
    fn public_key(&self) -> Option<PublicKey> {
        None
    }

    /// The note that was kept last, by whoever has the key.
    ///
    /// # Errors
    /// It cannot be read.
    fn kept(&self) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// Keeps a checkpoint that became durable where the ledger's own storage cannot change it.
    fn witness(&self, note: &str);
}

/// No key is at hand: no checkpoint is signed.
#[derive(Clone, Copy, Debug)]
pub struct NoNotary;

impl Notary for NoNotary {
    fn sign(&self, _: &Tip) -> Option<String> {
        None
    }

    fn witness(&self, _: &str) {}
}

/// Where a ledger is.
#[derive(Clone, Debug)]
pub enum Place {
    /// In memory.
    Memory(Memory),
    /// In a SQLite file.
    Sqlite(PathBuf),
    /// In PostgreSQL, by its URL.
    Postgres(String),
}

impl Place {
    /// Reads `postgres://…`, `sqlite:PATH` or a path.
    pub fn parse(text: &str) -> Place {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Place::Postgres(text.to_owned());
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
        Place::Sqlite(PathBuf::from(path.unwrap_or(text)))
    }

    /// Makes an empty ledger there.
    ///
    /// # Errors
    /// [`StoreError::Exists`], and what keeps it from being made.
    pub async fn create(&self, identity: &Identity) -> Result<(), StoreError> {
        let tip = Tip::start(identity);
        match self {
            Place::Memory(_) => Ok(()),
            Place::Sqlite(path) => Sqlite::create(path, identity, &tip).await,
            Place::Postgres(url) => Postgres::create(url, identity, &tip).await,
        }
    }

    /// Opens the ledger there for reading, also where it cannot be written.
    ///
    /// # Errors
    /// [`StoreError::Absent`], [`StoreError::Newer`], [`StoreError::NotALedger`], and what keeps it
    /// from being read.
    pub async fn reader(&self) -> Result<Reader, StoreError> {
        Ok(match self {
            Place::Memory(memory) => Reader::Memory(memory.clone()),
            Place::Sqlite(path) => Reader::Sqlite(Box::new(Sqlite::open_to_read(path).await?)),
            Place::Postgres(url) => Reader::Postgres(Box::new(Postgres::open(url).await?)),
        })
    }
}

/// Where the ledger's time comes from. The ledger reads no clock of its own.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks a function.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// The time, in whole microseconds.
    pub(crate) fn now(&self) -> Timestamp {
        whole_micros((self.0)())
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Clock({})", self.now())
    }
}

/// The store failed, and what that means for the movement.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// Nothing moved.
    #[error("not done: {0}")]
    NotDone(Arc<StoreError>),
    /// The store failed while it made the movement durable, and does not say whether it did.
    #[error(
        "it is not known whether this was done: {0}; ask again with the same request key, or look the key up"
    )]
    Unknown(Arc<StoreError>),
    /// The ledger was closed. Nothing moved.
    #[error("not done: the ledger is closed")]
    Closed,
}

/// Why a request has no receipt.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MoveError {
    /// The books do not allow it. Nothing moved.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Why several movements that go together have no receipts.
#[derive(Debug, Clone)]
pub enum AllError {
    /// The books do not allow these, by their place in the list. Nothing moved.
    Refused(Vec<(usize, Refusal)>),
    /// The store failed.
    Failed(Failure),
}

/// A ledger. Clones share its writer.
#[derive(Clone, Debug)]
pub struct Ledger {
    jobs: mpsc::Sender<Job>,
}

/// A ledger's writer at work.
#[derive(Debug)]
pub struct Work(JoinHandle<()>);

impl Work {
    /// Waits until everything asked for is answered; every [`Ledger`] must be dropped before.
    pub async fn finish(self) {
        _ = self.0.await;
    }
}

impl Ledger {
    /// Opens the ledger at a place and starts its writer.
    ///
    /// # Errors
    /// Those of [`Place::reader`], [`StoreError::OtherKey`], and what the checkpoint kept beside
    /// the key says: [`StoreError::Older`], [`StoreError::Parted`], [`StoreError::Kept`].
    pub async fn open(
        place: &Place,
        quotas: Arc<dyn Quotas>,
        clock: Clock,
        notary: Box<dyn Notary>,
    ) -> Result<(Ledger, Work), StoreError> {
        let mut reader = place.reader().await?;
        let verifier = reader.identity().await?.verifier;
        if notary.public_key().is_some_and(|key| key.to_string() != verifier) {
            return Err(StoreError::OtherKey(verifier));
        }
        let mut guard = Guard::new(place);
        if let Some(kept) = guard.unknown(&*notary)? {
            guard.check_by(&mut reader, kept).await?;
        }
        let signed = reader.checkpoints().await?;
        let signed = signed.last().map_or(0, |(size, _)| *size);
        let outside = Outside { notary, quotas, clock, guard };
        Ok(match reader {
            Reader::Memory(memory) => Ledger::start(memory.writer(), outside, signed),
            // A server may have few connections: the one that read writes on.
            Reader::Postgres(store) => Ledger::start(*store, outside, signed),
            Reader::Sqlite(store) => {
                let path = store.path().to_owned();
                store.close().await;
                Ledger::start(Sqlite::open(&path).await?, outside, signed)
            }
        })
    }

    fn start<S: WriteStore>(store: S, outside: Outside, checkpoint: u64) -> (Ledger, Work) {
        let (jobs, queue) = mpsc::channel(16_384);
        let writer = Writer::new(store, outside, checkpoint);
        (Ledger { jobs }, Work(tokio::spawn(writer.run(queue))))
    }

    /// Asks for one movement.
    ///
    /// # Errors
    /// See [`MoveError`].
    pub async fn request(&self, request: Request) -> Result<Receipt, MoveError> {
        let answers = self.each(vec![request]).await?;
        let answer = answers.into_iter().next().ok_or(Failure::Closed)?;
        Ok(answer?)
    }

    /// Asks for movements one after the other, each for itself: what is refused does not keep the
    /// next from moving.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn each(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Receipt, Refusal>>, Failure> {
        self.ask(Task::Each(requests)).await
    }

    /// Asks for movements that happen all or not at all.
    ///
    /// # Errors
    /// See [`AllError`].
    pub async fn all(&self, requests: Vec<Request>) -> Result<Vec<Receipt>, AllError> {
        let answers = self.ask(Task::All(requests)).await.map_err(AllError::Failed)?;
        let (mut receipts, mut refused) = (Vec::with_capacity(answers.len()), Vec::new());
        let mut places = HashMap::new();
        for (at, answer) in answers.into_iter().enumerate() {
            match answer {
                Ok(receipt) => {
                    if !receipt.repeated {
                        places.insert(receipt.entry.number, at);
                    }
                    receipts.push(receipt);
                }
                Err(refusal) => refused.push((at, refusal)),
            }
        }
        if refused.is_empty() {
            return Ok(receipts);
        }
        let unmade = |(at, refusal): (usize, Refusal)| {
            (at, refusal.together(|entry| places.get(&entry).copied()))
        };
        Err(AllError::Refused(refused.into_iter().map(unmade).collect()))
    }

    /// Records the expiries that are due.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn expire(&self) -> Result<(), Failure> {
        self.ask(Task::Expire).await.map(drop)
    }

    /// Signs a checkpoint of the journal as it is, where the key is at hand.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn checkpoint(&self) -> Result<(), Failure> {
        self.ask(Task::Checkpoint).await.map(drop)
    }

    async fn ask(&self, task: Task) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { task, reply }).await.map_err(|_| Failure::Closed)?;
        answer.await.map_err(|_| Failure::Closed)?
    }
}

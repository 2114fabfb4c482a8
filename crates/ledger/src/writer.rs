//! Group commit: what callers ask for at the same time becomes durable together.
//!
//! One task owns the books. While it waits for a commit, requests gather; the next commit takes
//! them all. A request is answered only when it is durable, and in the order in which it came.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use crate::account::Quotas;
use crate::book::{Book, Head, Needs, Receipt, Recorded, check_key};
use crate::guard::Guard;
use crate::ledger::{Clock, Failure, Notary};
use crate::movement::{Event, Request};
use crate::proof::merkle::{Frontier, Subtree};
use crate::refusal::Refusal;
use crate::store::{Batch, StoreError, Tip, WriteStore};

/// How many requests one commit takes at most.
const WIDEST: usize = 4096;

/// How many reservations and keys the books remember.
const REMEMBERED: usize = 65_536;

/// From so many requests on, the second half of a batch is judged while the first is written.
const WORTH_HALVING: usize = 32;

/// How often a passing trouble of the store is met by trying again.
const TRIES: u32 = 8;

/// The answer to a job: one for each of its requests, or one for all.
pub(crate) type Answer = Result<Answers, Failure>;

type Answers = Vec<Result<Receipt, Refusal>>;

/// Work for the writer.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) task: Task,
    pub(crate) reply: oneshot::Sender<Answer>,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Task {
    /// Requests one after the other, each for itself.
    Each(Vec<Request>),
    /// Requests that move all or nothing.
    All(Vec<Request>),
    /// Expiries that are due.
    Expire,
    /// A checkpoint of the journal as it is.
    Checkpoint,
}

impl Task {
    fn requests(&self) -> &[Request] {
        match self {
            Task::Each(requests) | Task::All(requests) => requests,
            Task::Expire | Task::Checkpoint => &[],
        }
    }

    /// Whether what was answered moves nothing, as it goes together and a part was refused.
    fn is_void(&self, answers: &[Result<Receipt, Refusal>]) -> bool {
        matches!(self, Task::All(_)) && answers.iter().any(Result::is_err)
    }

    fn is_shared(&self) -> bool {
        matches!(self, Task::Each(_))
    }
}

/// What a writer has from outside its store.
pub(crate) struct Outside {
    pub(crate) notary: Box<dyn Notary>,
    pub(crate) quotas: Arc<dyn Quotas>,
    pub(crate) clock: Clock,
    pub(crate) guard: Guard,
}

pub(crate) struct Writer<S> {
    store: S,
    notary: Box<dyn Notary>,
    quotas: Arc<dyn Quotas>,
    clock: Clock,
    guard: Guard,
    book: Option<Book>,
    frontier: Frontier,
    checkpoint: u64,
    next_due: Option<Timestamp>,
    /// Whether a transaction has begun.
    is_inside: bool,
    /// Whether it is one that the store writes at one go, part by part.
    is_amid: bool,
    /// Whether nobody else wrote between the last two transactions.
    is_alone: bool,
}

impl<S: WriteStore> Writer<S> {
    pub(crate) fn new(store: S, outside: Outside, checkpoint: u64) -> Writer<S> {
        let Outside { notary, quotas, clock, guard } = outside;
        Writer {
            store,
            notary,
            quotas,
            clock,
            guard,
            book: None,
            frontier: Frontier::new(),
            checkpoint,
            next_due: None,
            is_inside: false,
            is_amid: false,
            is_alone: false,
        }
    }

    /// Works until the last caller is gone.
    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut waiting: Option<Job> = None;
        loop {
            let first = match waiting.take() {
                Some(job) => job,
                None => match jobs.recv().await {
                    Some(job) => job,
                    None => break,
                },
            };
            let mut batch = vec![first];
            waiting = gather(&mut jobs, &mut batch).await;
            self.serve(batch).await;
            if let Some(book) = &mut self.book {
                book.forget(REMEMBERED);
            }
        }
        self.store.close().await;
    }

    async fn serve(&mut self, batch: Vec<Job>) {
        let mut knows_keys = false;
        let mut tries = 0;
        let answers = loop {
            match self.attempt(&batch, knows_keys).await {
                Ok(answers) => break Ok(answers),
                // What did not come about at one go is tried again step by step.
                Err(Trouble::Again) => {}
                Err(Trouble::NotDone(StoreError::KeyTaken)) if !knows_keys => knows_keys = true,
                Err(Trouble::NotDone(why)) if why.is_passing() && tries < TRIES => {
                    let pause = Duration::from_millis(1 << tries);
                    tokio::time::sleep(pause).await;
                    tries += 1;
                }
                Err(why) => break Err(why),
            }
        };
        match answers {
            Ok(answers) => {
                for (job, answer) in batch.into_iter().zip(answers) {
                    // A caller that went away learns the answer by asking with the same key.
                    _ = job.reply.send(Ok(answer));
                }
            }
            Err(why) => {
                let why = match why {
                    Trouble::Again => Failure::NotDone(Arc::new(StoreError::Conflict)),
                    Trouble::NotDone(why) => Failure::NotDone(Arc::new(why)),
                    Trouble::Unknown(why) => Failure::Unknown(Arc::new(why)),
                };
                for job in batch {
                    _ = job.reply.send(Err(why.clone()));
                }
            }
        }
    }

    async fn attempt(&mut self, batch: &[Job], knows_keys: bool) -> Result<Vec<Answers>, Trouble> {
        // Nothing is written on a ledger that is not the one whose checkpoint is kept.
        if let Some(kept) = self.guard.unknown(&*self.notary).map_err(Trouble::NotDone)? {
            self.guard.check(kept).await.map_err(Trouble::NotDone)?;
        }
        let tip = match self.ahead(batch, knows_keys) {
            Some(tip) => tip,
            None => {
                let tip = self.begin().await?;
                self.is_alone = self.book.as_ref().is_some_and(|book| *book.head() == tip.head);
                tip
            }
        };
        match self.work(batch, tip, knows_keys).await {
            Ok(Worked { answers, written: Written { tip, is_nothing, note }, is_begun }) => {
                if is_begun || !is_nothing {
                    if self.is_inside {
                        let committed = self.store.commit().await;
                        self.is_inside = false;
                        self.settle(committed, &tip).await?;
                    }
                    self.frontier = tip.frontier;
                    if note.is_some() {
                        self.checkpoint = tip.head.number;
                    }
                } else {
                    self.give_up().await;
                }
                if let Some(note) = note {
                    self.notary.witness(&note);
                    self.guard.signed(note);
                }
                Ok(answers)
            }
            Err(why) => {
                self.book = None;
                self.give_up().await;
                Err(why)
            }
        }
    }

    /// The end of the journal, where requests can be judged by the books before the store is asked:
    /// nobody else wrote of late, and what is written at one go is written only if that is still
    /// so. One request alone has little to win.
    fn ahead(&self, batch: &[Job], knows_keys: bool) -> Option<Tip> {
        let requests: usize = batch.iter().map(|job| job.task.requests().len()).sum();
        let is_plain = requests > 1 && batch.iter().all(|job| job.task.is_shared());
        let book = self.book.as_ref().filter(|_| is_plain && self.is_alone && !knows_keys)?;
        Some(Tip { head: book.head().clone(), frontier: self.frontier.clone() })
    }

    async fn begin(&mut self) -> Result<Tip, Trouble> {
        match self.store.begin().await {
            Ok(tip) => {
                self.is_inside = true;
                Ok(tip)
            }
            Err(why) => {
                // It may have begun, and would keep every other writer out.
                self.store.rollback().await;
                Err(Trouble::NotDone(why))
            }
        }
    }

    /// Begins a transaction, if none has begun, before the store is asked anything: what it answers
    /// has to be of the journal that the books end with.
    async fn enter(&mut self, end: &Head) -> Result<(), Trouble> {
        if self.is_inside || self.begin().await?.head == *end {
            return Ok(());
        }
        self.is_alone = false;
        Err(Trouble::Again)
    }

    async fn give_up(&mut self) {
        if self.is_inside {
            self.is_inside = false;
            self.store.rollback().await;
        }
    }

    /// After a commit: whether it is done, is not, or cannot be known.
    async fn settle(
        &mut self,
        committed: Result<(), StoreError>,
        tip: &Tip,
    ) -> Result<(), Trouble> {
        let Err(why) = committed else { return Ok(()) };
        self.book = None;
        self.store.rollback().await;
        self.find_out(why, tip).await
    }

    async fn find_out(&mut self, why: StoreError, tip: &Tip) -> Result<(), Trouble> {
        match self.store.is_durable(tip.head.number, &tip.head.hash).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Trouble::NotDone(why)),
            Err(_) => Err(Trouble::Unknown(why)),
        }
    }

    async fn work(&mut self, batch: &[Job], tip: Tip, knows_keys: bool) -> Result<Worked, Trouble> {
        let mut book = match self.book.take() {
            Some(book) if *book.head() == tip.head => book,
            _ => {
                self.frontier = tip.frontier.clone();
                self.next_due = None;
                Book::at(tip.head.clone())
            }
        };
        let now = self.clock.now().max(tip.head.at);
        if knows_keys {
            let requests = batch.iter().flat_map(|job| job.task.requests());
            self.learn_keys(requests, &tip.head, &mut book).await?;
        }
        self.expire(&mut book, &tip.head, now).await?;
        self.learn(batch, &tip.head, &mut book).await?;
        let (answers, end) = self.judge(batch, &mut book, now).await?;
        let is_void = batch.iter().zip(&answers).any(|(job, answers)| job.task.is_void(answers));
        if !knows_keys && self.is_repeated(batch, &answers, is_void, &tip.head, &book).await? {
            return Err(StoreError::KeyTaken.into());
        }
        if is_void {
            // All or nothing: the books are read anew, and only what lapsed stays.
            self.next_due = None;
            book = Book::at(tip.head.clone());
            self.expire(&mut book, &tip.head, now).await?;
        }
        let is_begun = end.number > tip.head.number;
        let worked = self.write(batch, &end, &mut book).await;
        self.book = Some(book);
        worked.map(|written| Worked { answers, written, is_begun })
    }

    /// Answers requests by the books, and says from where on what they come to is not written yet:
    /// of many, what the first half comes to is written while the others are answered.
    async fn judge(
        &mut self,
        batch: &[Job],
        book: &mut Book,
        now: Timestamp,
    ) -> Result<(Vec<Answers>, Head), Trouble> {
        let quotas = self.quotas.clone();
        let judge = |jobs: &[Job], book: &mut Book| -> Vec<Answers> {
            let mut answer = |request: &Request| book.apply(&*quotas, request, now);
            jobs.iter().map(|job| job.task.requests().iter().map(&mut answer).collect()).collect()
        };
        self.is_amid = false;
        let start = book.head().clone();
        let requests: usize = batch.iter().map(|job| job.task.requests().len()).sum();
        let mut before = 0;
        let is_first = |job: &&Job| {
            let is_first = before < requests / 2;
            before += job.task.requests().len();
            is_first
        };
        let (first, others) = batch.split_at(batch.iter().take_while(is_first).count());
        let is_worth = requests >= WORTH_HALVING && !others.is_empty();
        if !S::IN_PARTS || self.is_inside || !is_worth {
            return Ok((judge(batch, book), start));
        }
        let mut answers = judge(first, book);
        let fresh = self.fresh(book);
        if fresh.entries.is_empty() {
            answers.extend(judge(others, book));
            return Ok((answers, start));
        }
        let (written, rest) = tokio::join!(
            biased;
            self.write_at(&start, fresh.batch(None, false)),
            async { judge(others, book) },
        );
        self.is_amid = written?;
        if !self.is_amid {
            self.enter(&start).await?;
            self.store.append(&fresh.entries, &fresh.subtrees, &fresh.tip).await?;
        }
        self.is_inside = true;
        self.frontier = fresh.tip.frontier;
        answers.extend(rest);
        Ok((answers, fresh.tip.head))
    }

    /// What was recorded since the last time.
    fn fresh(&mut self, book: &mut Book) -> Fresh {
        let entries = book.take_fresh();
        let mut frontier = self.frontier.clone();
        let mut subtrees = Vec::new();
        for recorded in &entries {
            subtrees.extend(frontier.append(&recorded.hash));
            if let Event::Reserve { expires, .. } = &recorded.entry.event {
                self.next_due = self.next_due.map(|due| due.min(*expires));
            }
        }
        Fresh { entries, subtrees, tip: Tip { head: book.head().clone(), frontier } }
    }

    /// Writes what was recorded after an end of the journal.
    async fn write(
        &mut self,
        batch: &[Job],
        end: &Head,
        book: &mut Book,
    ) -> Result<Written, Trouble> {
        let fresh = self.fresh(book);
        let size = fresh.tip.head.number;
        let is_asked = batch.iter().any(|job| matches!(job.task, Task::Checkpoint));
        let is_time = is_asked || size >= self.checkpoint + self.notary.every();
        let is_due = size > self.checkpoint && is_time;
        // What is signed already is kept anew where nothing is kept any more.
        let is_same = is_asked && size > 0 && size == self.checkpoint;
        let is_again = is_same && matches!(self.notary.kept(), Ok(None));
        let note = if is_due || is_again { self.notary.sign(&fresh.tip) } else { None };
        let is_nothing = fresh.entries.is_empty() && (is_again || note.is_none());
        let written = Written { tip: fresh.tip.clone(), is_nothing, note };
        if is_nothing {
            // What was answered by the books alone is so only if the journal ends as they do.
            self.enter(end).await?;
            return Ok(written);
        }
        let checkpoint = written.note.as_deref().filter(|_| is_due).map(|note| (size, note));
        let is_once = !self.is_inside || self.is_amid;
        if is_once && self.write_at(end, fresh.batch(checkpoint, true)).await? {
            self.is_inside = false;
            return Ok(written);
        }
        self.enter(end).await?;
        if !fresh.entries.is_empty() {
            self.store.append(&fresh.entries, &fresh.subtrees, &fresh.tip).await?;
        }
        if let Some((size, note)) = checkpoint {
            self.store.add_checkpoint(size, note).await?;
        }
        Ok(written)
    }

    /// Writes a batch at one go; `false` where that is not possible and nothing was written.
    async fn write_at(&mut self, end: &Head, batch: Batch<'_>) -> Result<bool, Trouble> {
        let why = match self.store.write_at(end, batch).await {
            Ok(is_done) => return Ok(is_done),
            Err(why @ StoreError::KeyTaken) => return Err(Trouble::NotDone(why)),
            Err(why) => why,
        };
        self.is_alone = false;
        if why.is_passing() {
            return Err(Trouble::Again);
        }
        match self.find_out(why, batch.tip).await {
            Err(Trouble::NotDone(_)) => Err(Trouble::Again),
            // No commit was asked for.
            Err(Trouble::Unknown(why)) if !batch.is_last => Err(Trouble::NotDone(why)),
            other => other.map(|()| true),
        }
    }

    /// Records the expiries that are due: before anything else, so that what lapsed is free.
    async fn expire(&mut self, book: &mut Book, end: &Head, now: Timestamp) -> Result<(), Trouble> {
        if self.next_due.is_none() {
            self.enter(end).await?;
            self.next_due = self.store.next_due().await?;
        }
        if self.next_due.is_none_or(|due| due > now) {
            return Ok(());
        }
        self.enter(end).await?;
        self.next_due = None;
        let due = self.store.due(now).await?;
        let mut needs = Needs::default();
        needs.reservations.extend(due.iter().filter(|number| book.hold(**number).is_none()));
        self.store.learn(&needs, book).await?;
        let mut needs = Needs::default();
        book.needs_of_due(now, &mut needs);
        self.store.learn(&needs, book).await?;
        let misfit = book.expire(now).map_err(|why| StoreError::Damaged {
            place: "a reservation".to_owned(),
            why: why.to_string(),
        });
        Ok(misfit?)
    }

    /// Whether the journal has the key of a request that seemed new and will not come to the store,
    /// which would say so: then its answer is the entry's.
    async fn is_repeated(
        &mut self,
        batch: &[Job],
        answers: &[Answers],
        is_void: bool,
        end: &Head,
        book: &Book,
    ) -> Result<bool, Trouble> {
        let requests = batch.iter().flat_map(|job| job.task.requests());
        let seemed_new = requests.zip(answers.iter().flatten()).filter(|(request, answer)| {
            let is_new = answer.as_ref().is_ok_and(|receipt| !receipt.repeated);
            is_void && is_new || answer.is_err() && !book.knows_key(&request.key)
        });
        let seemed_new: Vec<&Request> = seemed_new.map(|(request, _)| request).collect();
        let mut known = Book::at(book.head().clone());
        self.learn_keys(seemed_new.iter().copied(), end, &mut known).await?;
        Ok(seemed_new.iter().any(|request| known.knows_key(&request.key)))
    }

    async fn learn_keys(
        &mut self,
        requests: impl Iterator<Item = &Request> + Send,
        end: &Head,
        book: &mut Book,
    ) -> Result<(), Trouble> {
        let keys = requests.map(|request| request.key.as_str());
        // What can be no key is in no journal, and in no database's text.
        let keys: Vec<&str> = keys.filter(|key| check_key(key).is_ok()).collect();
        if keys.is_empty() {
            return Ok(());
        }
        self.enter(end).await?;
        Ok(self.store.learn_keys(&keys, book).await?)
    }

    async fn learn(&mut self, batch: &[Job], end: &Head, book: &mut Book) -> Result<(), Trouble> {
        // A reservation brings its accounts: at most two rounds find anything new.
        for _ in 0..3 {
            let mut needs = Needs::default();
            for request in batch.iter().flat_map(|job| job.task.requests()) {
                book.needs(&*self.quotas, &request.ask, &mut needs);
            }
            if needs.is_empty() {
                break;
            }
            self.enter(end).await?;
            self.store.learn(&needs, book).await?;
        }
        Ok(())
    }
}

/// Adds to a batch what else is asked for now; answers the job that has to wait for the next one.
///
/// Callers who were just answered ask again in a moment: as long as more come, they are let in.
async fn gather(jobs: &mut mpsc::Receiver<Job>, batch: &mut Vec<Job>) -> Option<Job> {
    let mut requests: usize = batch.iter().map(|job| job.task.requests().len()).sum();
    while batch.iter().all(|job| job.task.is_shared()) {
        tokio::task::yield_now().await;
        let before = batch.len();
        while requests < WIDEST {
            match jobs.try_recv() {
                Ok(job) if job.task.is_shared() => {
                    requests += job.task.requests().len();
                    batch.push(job);
                }
                Ok(job) => return Some(job),
                Err(_) => break,
            }
        }
        if batch.len() == before || requests >= WIDEST {
            break;
        }
    }
    None
}

/// What stopped a commit.
enum Trouble {
    /// It was not done at one go.
    Again,
    NotDone(StoreError),
    Unknown(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(why: StoreError) -> Trouble {
        Trouble::NotDone(why)
    }
}

/// What was recorded, with what the tree needs.
struct Fresh {
    entries: Vec<Recorded>,
    subtrees: Vec<Subtree>,
    tip: Tip,
}

impl Fresh {
    fn batch<'f>(&'f self, checkpoint: Option<(u64, &'f str)>, is_last: bool) -> Batch<'f> {
        let Fresh { entries, subtrees, tip } = self;
        Batch { fresh: entries, subtrees, tip, checkpoint, is_last }
    }
}

struct Written {
    tip: Tip,
    /// Whether there was nothing to write.
    is_nothing: bool,
    note: Option<String>,
}

struct Worked {
    answers: Vec<Answers>,
    written: Written,
    /// Whether the first half of the batch was written before.
    is_begun: bool,
}

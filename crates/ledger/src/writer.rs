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

/// How many reservations and keys the books remember: about as many as a processor keeps at hand.
const REMEMBERED: usize = 16_384;

/// From so many requests on, the first part of a batch is written while the others come in and are
/// judged.
const WORTH_PARTING: usize = 32;

/// How many times larger than its first part a batch is.
const PARTS: usize = 3;

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
    pub(crate) async fn run(mut self, jobs: mpsc::Receiver<Job>) {
        let mut intake = Intake::new(jobs);
        while intake.begin().await {
            let is_ahead = S::IN_PARTS && self.is_ahead();
            intake.gather(if is_ahead { intake.enough() } else { WIDEST }).await;
            self.serve(&mut intake).await;
            if let Some(forgotten) = self.book.as_mut().and_then(|book| book.forget(REMEMBERED)) {
                tokio::task::spawn_blocking(|| drop(forgotten));
            }
        }
        self.store.close().await;
    }

    async fn serve(&mut self, intake: &mut Intake) {
        let mut knows_keys = false;
        let mut tries = 0;
        let answers = loop {
            match self.attempt(intake, knows_keys).await {
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
        let batch = std::mem::take(&mut intake.batch);
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

    async fn attempt(
        &mut self,
        intake: &mut Intake,
        knows_keys: bool,
    ) -> Result<Vec<Answers>, Trouble> {
        // Nothing is written on a ledger that is not the one whose checkpoint is kept.
        if let Some(kept) = self.guard.unknown(&*self.notary).map_err(Trouble::NotDone)? {
            let found = self.guard.check(&mut self.store, kept).await;
            found.map_err(Trouble::NotDone)?;
        }
        let tip = match self.ahead(&intake.batch, knows_keys) {
            Some(tip) => tip,
            None => {
                let tip = self.begin().await?;
                self.is_alone = self.book.as_ref().is_some_and(|book| *book.head() == tip.head);
                tip
            }
        };
        match self.work(intake, tip, knows_keys).await {
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
        let is_ahead = is_plain && self.is_ahead() && !knows_keys;
        let book = self.book.as_ref().filter(|_| is_ahead)?;
        Some(Tip { head: book.head().clone(), frontier: self.frontier.clone() })
    }

    fn is_ahead(&self) -> bool {
        self.is_alone && self.book.is_some()
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

    async fn work(
        &mut self,
        intake: &mut Intake,
        tip: Tip,
        knows_keys: bool,
    ) -> Result<Worked, Trouble> {
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
            let requests = intake.batch.iter().flat_map(|job| job.task.requests());
            self.learn_keys(requests, &tip.head, &mut book).await?;
        }
        self.expire(&mut book, &tip.head, now).await?;
        self.learn(&intake.batch, &tip.head, &mut book).await?;
        let (answers, end) = self.judge(intake, &mut book, now).await?;
        let batch = &intake.batch[..];
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
    /// of many, what the first come to is written while the others come in and are answered.
    async fn judge(
        &mut self,
        intake: &mut Intake,
        book: &mut Book,
        now: Timestamp,
    ) -> Result<(Vec<Answers>, Head), Trouble> {
        self.is_amid = false;
        let start = book.head().clone();
        let quotas = self.quotas.clone();
        let first = if S::IN_PARTS && !self.is_inside { intake.first() } else { 0 };
        if first == 0 {
            return Ok((answers(&intake.batch, &*quotas, book, now), start));
        }
        let mut answered = answers(&intake.batch[..first], &*quotas, book, now);
        let fresh = self.fresh(book);
        if fresh.entries.is_empty() {
            answered.extend(answers(&intake.batch[first..], &*quotas, book, now));
            return Ok((answered, start));
        }
        let (clock, due) = (self.clock.clone(), self.next_due);
        let (written, rest) = tokio::join!(
            biased;
            self.write_at(&start, fresh.batch(None, false)),
            async {
                intake.gather(WIDEST).await;
                let (rest, now) = (&intake.batch[first..], clock.now().max(now));
                let is_due = due.is_none_or(|due| due <= now);
                let is_known = needs(rest, &*quotas, book).is_empty();
                (is_known && !is_due).then(|| answers(rest, &*quotas, book, now)).ok_or(now)
            },
        );
        self.is_amid = written?;
        if !self.is_amid {
            self.enter(&start).await?;
            self.store.append(&fresh.entries, &fresh.subtrees, &fresh.tip).await?;
        }
        self.is_inside = true;
        self.frontier = fresh.tip.frontier;
        let end = fresh.tip.head;
        answered.extend(match rest {
            Ok(rest) => rest,
            Err(now) => {
                self.expire(book, &end, now).await?;
                self.learn(&intake.batch[first..], &end, book).await?;
                answers(&intake.batch[first..], &*quotas, book, now)
            }
        });
        Ok((answered, end))
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
            let needs = needs(batch, &*self.quotas, book);
            if needs.is_empty() {
                break;
            }
            self.enter(end).await?;
            self.store.learn(&needs, book).await?;
        }
        Ok(())
    }
}

/// What the books have to learn before they can answer.
fn needs(batch: &[Job], quotas: &dyn Quotas, book: &Book) -> Needs {
    let mut needs = Needs::default();
    for request in batch.iter().flat_map(|job| job.task.requests()) {
        book.needs(quotas, &request.ask, &mut needs);
    }
    needs
}

/// Answers requests by the books.
fn answers(batch: &[Job], quotas: &dyn Quotas, book: &mut Book, now: Timestamp) -> Vec<Answers> {
    let mut answer = |request: &Request| book.apply(quotas, request, now);
    batch.iter().map(|job| job.task.requests().iter().map(&mut answer).collect()).collect()
}

/// What is asked for, and what of it goes together.
struct Intake {
    jobs: mpsc::Receiver<Job>,
    batch: Vec<Job>,
    /// How many requests the batch has.
    requests: usize,
    /// How many the one before had.
    before: usize,
    /// The job that has to wait for the next batch.
    waiting: Option<Job>,
}

impl Intake {
    fn new(jobs: mpsc::Receiver<Job>) -> Intake {
        Intake { jobs, batch: Vec::new(), requests: 0, before: 0, waiting: None }
    }

    /// Begins a batch with the next job; `false` where no more will come.
    async fn begin(&mut self) -> bool {
        let job = match self.waiting.take() {
            Some(job) => Some(job),
            None => self.jobs.recv().await,
        };
        (self.before, self.requests) = (self.requests, 0);
        job.map(|job| self.add(job)).is_some()
    }

    fn add(&mut self, job: Job) {
        self.requests += job.task.requests().len();
        self.batch.push(job);
    }

    /// Adds to the batch what else is asked for now, until it has so many requests.
    ///
    /// Callers who were just answered ask again in a moment: as long as more come, they are let in.
    async fn gather(&mut self, most: usize) {
        let is_shared = self.batch.iter().all(|job| job.task.is_shared());
        while is_shared && self.waiting.is_none() && self.requests < most {
            tokio::task::yield_now().await;
            let before = self.batch.len();
            while self.requests < WIDEST {
                match self.jobs.try_recv() {
                    Ok(job) if job.task.is_shared() => self.add(job),
                    Ok(job) => self.waiting = Some(job),
                    Err(_) => break,
                }
                if self.waiting.is_some() {
                    break;
                }
            }
            if self.batch.len() == before {
                break;
            }
        }
    }

    /// How many requests are enough to begin with, where the batch becomes as large as the one
    /// before or larger.
    fn enough(&self) -> usize {
        let expected = self.before.max(self.requests);
        if expected >= WORTH_PARTING { expected / PARTS } else { WIDEST }
    }

    /// How many jobs are written first; none where that is not worth it.
    fn first(&self) -> usize {
        let enough = self.enough();
        let mut requests = 0;
        let is_enough = |job: &Job| {
            requests += job.task.requests().len();
            requests >= enough
        };
        self.batch.iter().position(is_enough).map_or(0, |at| at + 1)
    }
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

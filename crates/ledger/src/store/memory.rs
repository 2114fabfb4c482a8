//! A ledger in memory: for tests, and for worlds that are simulated.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::page::Page;
use super::{
    AccountAt, Batch, Identity, Lines, ReadStore, StoreError, StoredEntry, Table, Tip, WriteStore,
    start_of,
};
use crate::account::Account;
use crate::book::{Balance, Book, Head, Hold, Lately, Needs, Recorded, Stage, used_on};
use crate::movement::Event;
use crate::owners::Owners;
use crate::proof::Hash;
use crate::proof::merkle::Subtree;
use crate::proof::note::Checkpoint;

/// A ledger in memory. Clones share it.
#[derive(Clone, Debug)]
pub struct Memory {
    shared: Arc<Mutex<Inner>>,
    thawed: Option<Arc<Mutex<Inner>>>,
}

/// The writing side of a ledger in memory.
#[derive(Debug)]
pub struct MemoryWriter {
    memory: Memory,
    transaction: Option<Transaction>,
}

#[derive(Debug)]
struct Transaction {
    inner: OwnedMutexGuard<Inner>,
    fresh: Vec<Recorded>,
    subtrees: Vec<Subtree>,
    tip: Option<Tip>,
    checkpoint: Option<(u64, String)>,
}

#[derive(Clone, Debug)]
struct Inner {
    identity: Identity,
    tip: Tip,
    entries: Vec<Recorded>,
    keys: HashMap<String, u64>,
    postings: BTreeMap<Account, Vec<usize>>,
    open: BTreeSet<(Timestamp, u64)>,
    ended: BTreeMap<u64, u64>,
    subtrees: BTreeMap<(u8, u64), Hash>,
    checkpoints: BTreeMap<u64, String>,
}

impl Memory {
    /// An empty ledger.
    pub fn new(identity: Identity, tip: Tip) -> Memory {
        let inner = Inner {
            identity,
            tip,
            entries: Vec::new(),
            keys: HashMap::new(),
            postings: BTreeMap::new(),
            open: BTreeSet::new(),
            ended: BTreeMap::new(),
            subtrees: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
        };
        Memory { shared: Arc::new(Mutex::new(inner)), thawed: None }
    }

    /// Its writing side.
    pub fn writer(&self) -> MemoryWriter {
        MemoryWriter { memory: self.clone(), transaction: None }
    }
}

impl Inner {
    fn recorded(&self, number: u64) -> Option<&Recorded> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        self.entries.get(at)
    }

    fn due(&self, by: Timestamp) -> Vec<u64> {
        self.open.range(..=(by, u64::MAX)).map(|(_, number)| *number).collect()
    }

    fn hold(&self, number: u64) -> Option<Hold> {
        let Event::Reserve { amount, legs, expires, note, .. } =
            &self.recorded(number)?.entry.event
        else {
            return None;
        };
        let stage = match self.ended.get(&number) {
            None => Stage::Open,
            Some(ended) => match self.recorded(*ended)?.entry.event {
                Event::Commit { .. } => Stage::Committed(*ended),
                Event::Release { .. } => Stage::Released(*ended),
                _ => Stage::Expired(*ended),
            },
        };
        let legs = legs.iter().map(|leg| (leg.account.clone(), leg.step)).collect();
        let goods = note.goods.clone();
        Some(Hold { amount: *amount, legs, goods, expires: *expires, stage })
    }

    fn account(&self, account: &Account, through: u64) -> AccountAt {
        let mut at = AccountAt::default();
        for index in self.postings.get(account).into_iter().flatten() {
            let Some(recorded) = self.entries.get(*index) else { continue };
            if recorded.entry.number > through {
                break;
            }
            if let Event::Raise { limit, .. } = &recorded.entry.event {
                at.raised = Some(*limit);
            }
            for (one, step, balance) in &recorded.postings {
                if one == account {
                    at.steps.insert(*step, *balance);
                }
            }
        }
        at
    }

    /// What changed of what is used by movements of a day or later.
    fn lately(&self, account: &Account, since: Date) -> Lately {
        let mut lately = Lately::new(since);
        let first = start_of(since);
        for index in self.postings.get(account).into_iter().flatten().rev() {
            let Some(recorded) = self.entries.get(*index) else { continue };
            if recorded.entry.at < first {
                break;
            }
            let Some((day, change)) = used_on(&recorded.entry) else { continue };
            for (_, step, _) in recorded.postings.iter().filter(|(one, _, _)| one == account) {
                lately.add(day, *step, change);
            }
        }
        lately
    }

    /// The rows that a database would have in a table.
    fn lines(&self, table: Table) -> Vec<String> {
        let ids: HashMap<&Account, i64> = self.postings.keys().zip(0..).collect();
        let id = |account: &Account| ids.get(account).copied().unwrap_or(-1);
        let mut lines = Vec::new();
        match table {
            Table::Hold => {
                for (expires, number) in &self.open {
                    for (account, _) in self.hold(*number).into_iter().flat_map(|hold| hold.legs) {
                        let (id, expires) = (id(&account), expires.as_microsecond());
                        lines.push(format!("{id}\t{number}\t{expires}"));
                    }
                }
            }
            Table::Ended => lines.extend(self.ended.iter().map(|(one, by)| format!("{one}\t{by}"))),
            Table::Subtree => lines.extend(
                self.subtrees
                    .iter()
                    .map(|((level, index), hash)| format!("{level}\t{index}\t{hash}")),
            ),
            Table::Posting | Table::Raise | Table::Owner => {}
        }
        for recorded in &self.entries {
            let number = recorded.entry.number;
            match (table, &recorded.entry.event) {
                (Table::Posting, _) => {
                    lines.extend(recorded.postings.iter().map(|(account, step, left)| {
                        let Balance { used, held } = left;
                        format!("{}\t{step}\t{number}\t{used}\t{held}", id(account))
                    }));
                }
                (Table::Raise, Event::Raise { account, limit, .. }) => {
                    lines.push(format!("{}\t{number}\t{limit}", id(account)));
                }
                (Table::Owner, Event::Own { owned, owner, share, .. }) => {
                    lines.push(format!("{number}\t{owned}\t{owner}\t{share}"));
                }
                _ => {}
            }
        }
        lines
    }

    fn owners(&self, through: u64) -> Owners {
        let mut owners = Owners::default();
        for recorded in self.entries.iter().take_while(|one| one.entry.number <= through) {
            if let Event::Own { owned, owner, share, .. } = &recorded.entry.event {
                owners.record(owned, owner, *share);
            }
        }
        owners
    }

    fn add(&mut self, recorded: Recorded) {
        let entry = recorded.entry.clone();
        let index = self.entries.len();
        if let Some(key) = &entry.key {
            self.keys.insert(key.clone(), entry.number);
        }
        match &entry.event {
            Event::Reserve { expires, .. } => _ = self.open.insert((*expires, entry.number)),
            Event::Raise { account, .. } => {
                self.postings.entry(account.clone()).or_default().push(index);
            }
            _ => {}
        }
        if let (Some(hold), Some(reservation)) = (&recorded.closes, entry.event.reservation()) {
            self.open.remove(&(hold.expires, reservation));
            self.ended.insert(reservation, entry.number);
        }
        for (account, _, _) in &recorded.postings {
            self.postings.entry(account.clone()).or_default().push(index);
        }
        self.entries.push(recorded);
    }
}

fn stored(recorded: &Recorded) -> StoredEntry {
    StoredEntry {
        number: recorded.entry.number,
        at: recorded.entry.at,
        request: recorded.entry.key.clone(),
        body: recorded.body.to_string(),
        hash: recorded.hash,
    }
}

impl MemoryWriter {
    fn transaction(&mut self) -> Result<&mut Transaction, StoreError> {
        let none = || StoreError::Other("no transaction was begun".to_owned());
        self.transaction.as_mut().ok_or_else(none)
    }

    async fn write(&mut self, batch: Batch<'_>) -> Result<(), StoreError> {
        self.append(batch.fresh, batch.subtrees, batch.tip).await?;
        if let Some((size, note)) = batch.checkpoint {
            self.add_checkpoint(size, note).await?;
        }
        self.commit().await
    }
}

impl WriteStore for MemoryWriter {
    const IN_PARTS: bool = false;

    async fn begin(&mut self) -> Result<Tip, StoreError> {
        let inner = self.memory.shared.clone().lock_owned().await;
        let tip = inner.tip.clone();
        self.transaction = Some(Transaction {
            inner,
            fresh: Vec::new(),
            subtrees: Vec::new(),
            tip: None,
            checkpoint: None,
        });
        Ok(tip)
    }

    async fn learn(&mut self, needs: &Needs, book: &mut Book) -> Result<(), StoreError> {
        let inner = &self.transaction()?.inner;
        for account in &needs.accounts {
            let at = inner.account(account, u64::MAX);
            book.learn_account(account.clone(), at.steps, at.raised);
        }
        for (account, since) in &needs.lately {
            book.learn_lately(account, inner.lately(account, *since));
        }
        if needs.owners {
            book.learn_owners(inner.owners(u64::MAX));
        }
        for number in &needs.reservations {
            if let Some(hold) = inner.hold(*number) {
                book.learn_hold(*number, hold);
            }
        }
        Ok(())
    }

    async fn due(&mut self, now: Timestamp) -> Result<Vec<u64>, StoreError> {
        Ok(self.transaction()?.inner.due(now))
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.transaction()?.inner.open.first().map(|(expires, _)| *expires))
    }

    async fn learn_keys(&mut self, keys: &[&str], book: &mut Book) -> Result<(), StoreError> {
        let inner = &self.transaction()?.inner;
        let numbers = keys.iter().filter_map(|key| inner.keys.get(*key));
        for recorded in numbers.filter_map(|number| inner.recorded(*number)) {
            book.learn_key(recorded.entry.clone());
        }
        Ok(())
    }

    async fn append(
        &mut self,
        fresh: &[Recorded],
        subtrees: &[Subtree],
        tip: &Tip,
    ) -> Result<(), StoreError> {
        let transaction = self.transaction()?;
        let is_taken = |key: &String| transaction.inner.keys.contains_key(key);
        if fresh.iter().filter_map(|one| one.entry.key.as_ref()).any(is_taken) {
            return Err(StoreError::KeyTaken);
        }
        transaction.fresh = fresh.to_vec();
        transaction.subtrees = subtrees.to_vec();
        transaction.tip = Some(tip.clone());
        Ok(())
    }

    async fn add_checkpoint(&mut self, size: u64, note: &str) -> Result<(), StoreError> {
        self.transaction()?.checkpoint = Some((size, note.to_owned()));
        Ok(())
    }

    async fn write_at(&mut self, end: &Head, batch: Batch<'_>) -> Result<bool, StoreError> {
        if !batch.is_last {
            return Ok(false);
        }
        let is_there = self.begin().await?.head == *end;
        let written = if is_there { self.write(batch).await } else { Ok(()) };
        // Whoever begins next waits for this one to be over, whatever came of it.
        self.rollback().await;
        written.map(|()| is_there)
    }

    async fn close(self) {}

    async fn contains(&mut self, _: &Checkpoint) -> Option<Result<(), StoreError>> {
        None
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let Some(mut transaction) = self.transaction.take() else { return Ok(()) };
        let inner = &mut transaction.inner;
        transaction.fresh.into_iter().for_each(|recorded| inner.add(recorded));
        for subtree in transaction.subtrees {
            inner.subtrees.insert((subtree.level, subtree.index), subtree.hash);
        }
        if let Some(tip) = transaction.tip {
            inner.tip = tip;
        }
        inner.checkpoints.extend(transaction.checkpoint);
        Ok(())
    }

    async fn rollback(&mut self) {
        self.transaction = None;
    }

    async fn is_durable(&mut self, number: u64, hash: &Hash) -> Result<bool, StoreError> {
        let inner = self.memory.shared.lock().await;
        Ok(inner.recorded(number).is_some_and(|recorded| recorded.hash == *hash))
    }
}

impl ReadStore for Memory {
    async fn freeze(&mut self) -> Result<(), StoreError> {
        let frozen = self.shared.lock().await.clone();
        self.thawed = Some(std::mem::replace(&mut self.shared, Arc::new(Mutex::new(frozen))));
        Ok(())
    }

    async fn twin(&mut self) -> Option<Memory> {
        None
    }

    async fn thaw(&mut self) {
        if let Some(shared) = self.thawed.take() {
            self.shared = shared;
        }
    }

    async fn lapsed(&mut self, by: Timestamp) -> Result<Vec<u64>, StoreError> {
        Ok(self.shared.lock().await.due(by))
    }

    async fn identity(&mut self) -> Result<Identity, StoreError> {
        Ok(self.shared.lock().await.identity.clone())
    }

    async fn tip(&mut self) -> Result<Tip, StoreError> {
        Ok(self.shared.lock().await.tip.clone())
    }

    async fn entries(&mut self, from: u64, most: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let inner = self.shared.lock().await;
        let skipped = usize::try_from(from.saturating_sub(1)).unwrap_or(usize::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(inner.entries.iter().skip(skipped).take(most).map(stored).collect())
    }

    async fn page(&mut self, from: u64, most: u32) -> Result<Page, StoreError> {
        self.entries(from, most).await.map(Page::Rows)
    }

    async fn entries_of(&mut self, numbers: &[u64]) -> Result<Vec<StoredEntry>, StoreError> {
        let inner = self.shared.lock().await;
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers.into_iter().filter_map(|one| inner.recorded(one)).map(stored).collect())
    }

    async fn entry_of(&mut self, key: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.shared.lock().await.keys.get(key).copied())
    }

    async fn ended_by(&mut self, reservation: u64) -> Result<Option<u64>, StoreError> {
        Ok(self.shared.lock().await.ended.get(&reservation).copied())
    }

    async fn accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        Ok(self.shared.lock().await.postings.keys().cloned().collect())
    }

    async fn balances(&mut self, account: &Account, through: u64) -> Result<AccountAt, StoreError> {
        Ok(self.shared.lock().await.account(account, through))
    }

    async fn balances_of(
        &mut self,
        accounts: &[Account],
        through: u64,
    ) -> Result<HashMap<Account, AccountAt>, StoreError> {
        let inner = self.shared.lock().await;
        let moved = accounts.iter().filter(|account| inner.postings.contains_key(account));
        Ok(moved.map(|account| (account.clone(), inner.account(account, through))).collect())
    }

    async fn holds_on(&mut self, account: &Account) -> Result<Vec<u64>, StoreError> {
        let inner = self.shared.lock().await;
        let is_on = |number: &u64| {
            let hold = inner.hold(*number);
            hold.is_some_and(|hold| hold.legs.iter().any(|(one, _)| one == account))
        };
        let mut holds: Vec<u64> = inner.open.iter().map(|(_, number)| *number).collect();
        holds.retain(is_on);
        holds.sort_unstable();
        Ok(holds)
    }

    async fn owners(&mut self, through: u64) -> Result<Owners, StoreError> {
        Ok(self.shared.lock().await.owners(through))
    }

    async fn checkpoints(&mut self) -> Result<Vec<(u64, String)>, StoreError> {
        let inner = self.shared.lock().await;
        Ok(inner.checkpoints.iter().map(|(size, note)| (*size, note.clone())).collect())
    }

    async fn subtrees(
        &mut self,
        level: u8,
        from: u64,
        count: u64,
    ) -> Result<Vec<Hash>, StoreError> {
        let inner = self.shared.lock().await;
        let range = (level, from)..(level, from.saturating_add(count));
        Ok(inner.subtrees.range(range).map(|(_, hash)| *hash).collect())
    }

    async fn account_ids(&mut self) -> Result<Vec<(i64, Account)>, StoreError> {
        let inner = self.shared.lock().await;
        Ok((0..).zip(inner.postings.keys().cloned()).collect())
    }

    async fn lines(
        &mut self,
        table: Table,
        after: Option<&str>,
        _: u32,
    ) -> Result<Lines, StoreError> {
        // All at once: they are in memory already.
        let inner = self.shared.lock().await;
        let lines = if after.is_some() { Vec::new() } else { inner.lines(table) };
        Ok(Lines { count: lines.len(), text: lines.join("\n") })
    }

    async fn repeated_key(&mut self) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
}

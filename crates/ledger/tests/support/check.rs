//! Holds what a ledger stores against what a model says of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::{Balance, Book};
use ledger::journal;
use ledger::ledger::Place;
use ledger::movement::{Entry, Event};
use ledger::proof::chain;
use ledger::proof::merkle::Frontier;
use ledger::store::reader::Reader;
use ledger::store::{AccountAt, ReadStore, Tip};

use super::model::{Model, sum};

/// The last number that every store can be asked for.
const LAST: u64 = u64::MAX >> 1;

/// Reads the whole journal and checks it against itself and against every table beside it: each
/// body says what its row says, the chain and the tree hold, the books follow from it, and the
/// auditor finds the tables as they should be. Others may write meanwhile.
pub async fn journal_of(place: &Place) -> Vec<Entry> {
    let mut reader = place.reader().await.unwrap();
    reader.freeze().await.unwrap();
    let identity = reader.identity().await.unwrap();
    let tip = reader.tip().await.unwrap();
    let mut book = Book::at(Tip::start(&identity).head);
    let (mut hash, mut frontier) = (chain::start(&identity.id), Frontier::new());
    let (mut entries, mut subtrees) = (Vec::new(), Vec::new());
    loop {
        let from = entries.len() as u64 + 1;
        let stored = reader.entries(from, 1000).await.unwrap();
        if stored.is_empty() {
            break;
        }
        for (one, number) in stored.into_iter().zip(from..) {
            let entry = journal::decode(&one.body).unwrap();
            assert_eq!((one.number, one.at, &one.request), (number, entry.at, &entry.key));
            assert_eq!(entry.number, number);
            hash = chain::next(&hash, one.body.as_bytes());
            assert_eq!(one.hash, hash, "the chain breaks at entry {number}");
            subtrees.extend(frontier.append(&hash));
            book.record(entry.clone()).unwrap();
            entries.push(entry);
        }
    }
    assert_eq!(tip.head, *book.head());
    assert_eq!(tip.frontier.to_bytes(), frontier.to_bytes());
    for subtree in subtrees {
        let stored = reader.subtrees(subtree.level, subtree.index, 1).await.unwrap();
        assert_eq!(stored, [subtree.hash]);
    }
    reader.thaw().await;
    // The auditor may see what came since.
    let verified = ledger::verify::verify(&mut reader, None, &[]).await.unwrap();
    assert!(verified.entries >= entries.len() as u64);
    entries
}

/// Holds everything a reader can learn of a ledger against the model.
pub async fn same(place: &Place, model: &Model) {
    let entries = journal_of(place).await;
    assert_eq!(entries, model.entries());
    let mut reader = place.reader().await.unwrap();
    let accounts = accounts(model);
    let listed: Vec<Account> = accounts.iter().cloned().collect();
    assert_eq!(reader.accounts().await.unwrap(), listed);
    let last = entries.len() as u64;
    let mut throughs = vec![0, last / 3, last / 2, last.saturating_sub(1), last, LAST];
    throughs.dedup();
    for through in throughs {
        let then = model.at(through);
        for account in &accounts {
            let stored = reader.balances(account, through).await.unwrap();
            assert_eq!(stored, at(&then, account), "{account} through {through}");
        }
    }
    for account in &accounts {
        let on = |(number, on, _): &(u64, Vec<Account>, _)| on.contains(account).then_some(*number);
        let open: Vec<u64> = model.open().iter().filter_map(on).collect();
        assert_eq!(reader.holds_on(account).await.unwrap(), open);
    }
    for entry in &entries {
        let ended = model.ended(entry.number).map(|ended| ended.number);
        assert_eq!(reader.ended_by(entry.number).await.unwrap(), ended);
        if let Some(key) = &entry.key {
            assert_eq!(reader.entry_of(key).await.unwrap(), Some(entry.number));
        }
    }
    owners(&mut reader, model).await;
}

async fn owners(reader: &mut Reader, model: &Model) {
    let last = model.entries().len() as u64;
    for through in [0, last / 2, last, LAST] {
        let (owners, then) = (reader.owners(through).await.unwrap(), model.at(through));
        for company in then.companies() {
            assert_eq!(owners.ultimate(&company), then.ultimate(&company), "{company}");
            let mut family = owners.family(&company);
            family.sort_unstable();
            assert_eq!(family, then.family(&company), "{company}");
        }
    }
}

fn accounts(model: &Model) -> BTreeSet<Account> {
    let raised = model.entries().iter().filter_map(|entry| match &entry.event {
        Event::Raise { account, .. } => Some(account.clone()),
        _ => None,
    });
    raised.chain(model.changes().into_iter().map(|change| change.account)).collect()
}

fn at(model: &Model, account: &Account) -> AccountAt {
    let mut by_step: BTreeMap<Date, (Vec<i128>, Vec<i128>)> = BTreeMap::new();
    for change in model.changes() {
        if change.account == *account {
            let (used, held) = by_step.entry(change.step).or_default();
            used.push(change.used);
            held.push(change.held);
        }
    }
    let total = |values: Vec<i128>| Amount::from_millionths(sum(values).unwrap());
    let balance = |(used, held)| Balance { used: total(used), held: total(held) };
    let steps = by_step.into_iter().map(|(step, changes)| (step, balance(changes))).collect();
    AccountAt { steps, raised: model.raised(account) }
}

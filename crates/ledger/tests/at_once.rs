//! What is written at one go: only where the journal ends as the books do, and all or nothing.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may stop at what should not happen")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::{Book, Head, Recorded};
use ledger::ledger::{Ledger, Notary, Place};
use ledger::movement::{Adjustment, Ask, Event, Expiry, Request};
use ledger::proof::merkle::Subtree;
use ledger::refusal::Refusal;
use ledger::store::postgres::Postgres;
use ledger::store::sqlite::Sqlite;
use ledger::store::{Batch, ReadStore, StoreError, Tip, WriteStore};
use ledger::verify::verify;

use support::ask::reserve;
use support::table::Table;
use support::world::{self, Hands};
use support::{check, postgres};

/// An empty ledger in SQLite and, where there is a server, in PostgreSQL.
async fn places(folder: &Path) -> Vec<Place> {
    let sqlite = Place::Sqlite(folder.join("ledger.db"));
    sqlite.create(&world::identity()).await.unwrap();
    let mut places = vec![sqlite];
    if let Some(server) = postgres::shared().unwrap() {
        places.push(world::renew(&server.create_database().unwrap()).await);
    }
    places
}

/// What requests with these keys come to after an end of the journal.
async fn recorded<S: ReadStore>(
    store: &mut S,
    tip: &Tip,
    keys: &[String],
) -> (Vec<Recorded>, Vec<Subtree>, Tip) {
    let mut book = Book::at(tip.head.clone());
    let account = Account::new("whole", &["MY"]);
    let at = store.balances(&account, tip.head.number).await.unwrap();
    book.learn_account(account, at.steps, at.raised);
    for key in keys {
        book.apply(&Table, &reserve(key), Hands::new().now()).unwrap();
    }
    let (fresh, mut frontier) = (book.take_fresh(), tip.frontier.clone());
    let subtrees = fresh.iter().flat_map(|one| frontier.append(&one.hash)).collect();
    (fresh, subtrees, Tip { head: book.head().clone(), frontier })
}

fn keys(word: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{word} {number}")).collect()
}

/// Writes step by step, so that the store knows the account.
async fn write<S: WriteStore + ReadStore>(store: &mut S, keys: &[String]) -> Tip {
    let tip = store.begin().await.unwrap();
    let (fresh, subtrees, tip) = recorded(store, &tip, keys).await;
    store.append(&fresh, &subtrees, &tip).await.unwrap();
    store.commit().await.unwrap();
    tip
}

async fn write_at<S: WriteStore + ReadStore>(
    store: &mut S,
    tip: &Tip,
    end: &Head,
    keys: &[String],
) -> (Result<bool, StoreError>, Tip) {
    let (fresh, subtrees, tip) = recorded(store, tip, keys).await;
    let checkpoint = Some((tip.head.number, "a note"));
    let batch = Batch { fresh: &fresh, subtrees: &subtrees, tip: &tip, checkpoint, is_last: true };
    (store.write_at(end, batch).await, tip)
}

/// One store writes at one go, and another gets in between.
async fn two_stores<S: WriteStore + ReadStore>(mut one: S, mut other: S) {
    let start = one.begin().await.unwrap();
    one.rollback().await;
    let (done, _) = write_at(&mut one, &start, &start.head, &keys("none", 1)).await;
    assert!(!done.unwrap(), "an account that the tables do not name goes step by step");
    let first = write(&mut one, &keys("first", 2)).await;
    // 300 entries complete a subtree; 3 more are no power of two.
    let (done, tip) = write_at(&mut one, &first, &first.head, &keys("second", 300)).await;
    assert!(done.unwrap());
    assert_eq!(one.tip().await.unwrap().head, tip.head);
    assert_eq!(one.checkpoints().await.unwrap(), [(302, "a note".to_owned())]);
    assert_eq!(one.subtrees(8, 0, 9).await.unwrap().len(), 1);
    let (done, tip) = write_at(&mut one, &tip, &tip.head, &keys("third", 3)).await;
    assert!(done.unwrap());

    let wrong = Head { hash: first.head.hash, ..tip.head.clone() };
    let (done, _) = write_at(&mut one, &tip, &wrong, &keys("wrong", 2)).await;
    assert!(!done.unwrap(), "the number is right, and the hash is another entry's");

    let tip = write(&mut one, &keys("before", 2)).await;
    let theirs = write(&mut other, &keys("theirs", 2)).await;
    let (done, _) = write_at(&mut one, &tip, &tip.head, &keys("late", 2)).await;
    assert!(!done.unwrap(), "the journal has gone on");
    let tip = write(&mut one, &keys("fourth", 2)).await;
    assert_eq!(tip.head.number, theirs.head.number + 2);

    let twice = ["fifth".to_owned(), "first 0".to_owned()];
    let (done, _) = write_at(&mut one, &tip, &tip.head, &twice).await;
    assert!(matches!(done, Err(StoreError::KeyTaken)), "{done:?}");
    assert_eq!(other.tip().await.unwrap().head, tip.head, "nothing of it is there");
    if S::IN_PARTS {
        // What waits for the rest is not there, and is gone when the rest does not come.
        let (fresh, subtrees, part) = recorded(&mut one, &tip, &keys("part", 3)).await;
        let (checkpoint, is_last) = (None, false);
        let batch = Batch { fresh: &fresh, subtrees: &subtrees, tip: &part, checkpoint, is_last };
        let tip = write(&mut one, &[]).await;
        assert!(one.write_at(&tip.head, batch).await.unwrap());
        assert_eq!(other.tip().await.unwrap().head, tip.head);
        one.rollback().await;
    }
    // Nobody is kept out by what failed.
    write(&mut other, &keys("sixth", 2)).await;
    write(&mut one, &keys("seventh", 2)).await;
    assert_eq!(one.tip().await.unwrap().head.number, 315);
}

#[tokio::test]
async fn a_store_that_another_gets_in_between() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()).await {
        match &place {
            Place::Sqlite(path) => {
                let open = || Sqlite::open(path);
                two_stores(open().await.unwrap(), open().await.unwrap()).await;
            }
            Place::Postgres(url) => {
                let open = || Postgres::open(url);
                two_stores(open().await.unwrap(), open().await.unwrap()).await;
            }
            Place::Memory(_) => {}
        }
        let verified = verify(&mut place.reader().await.unwrap(), None, &[]).await.unwrap();
        assert_eq!((verified.entries, verified.open), (315, 315), "{place:?}");
    }
}

/// Signs at every fifth entry.
struct Fifth;

impl Notary for Fifth {
    fn sign(&self, tip: &Tip) -> Option<String> {
        Some(format!("through {}", tip.head.number))
    }

    fn every(&self) -> u64 {
        5
    }

    fn witness(&self, _: &str) {}
}

fn request(key: &str, ask: Ask) -> Request {
    Request { key: key.to_owned(), by: "desk".to_owned(), ask }
}

fn cap(name: &str, amount: i128) -> Ask {
    Ask::Reserve {
        day: Some(jiff::civil::date(2025, 6, 2)),
        amount: Amount::units(amount).unwrap(),
        accounts: vec![Account::new("cap", &[name])],
        expiry: Expiry::After(60),
        note: "a line".into(),
    }
}

/// The numbers of entries, with whether they were there before; `None` where it was refused.
type Numbers = Vec<Option<(u64, bool)>>;

async fn numbers(ledger: &Ledger, requests: Vec<Request>) -> Numbers {
    let answers = ledger.each(requests).await.unwrap();
    let number = |answer: &Result<ledger::book::Receipt, Refusal>| {
        answer.as_ref().ok().map(|receipt| (receipt.entry.number, receipt.repeated))
    };
    answers.iter().map(number).collect()
}

fn pair(word: &str) -> Vec<Request> {
    vec![reserve(&format!("{word} a")), reserve(&format!("{word} b"))]
}

fn new(first: u64) -> Numbers {
    vec![Some((first, false)), Some((first + 1, false))]
}

/// Everything that a batch can bring while the ledger writes at one go: the books, the journal and
/// the tables stay the same thing.
#[tokio::test]
async fn a_ledger_whose_batches_bring_everything() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path()).await;
    places.push(world::memory());
    for place in places {
        let hands = Hands::new();
        let open = || Ledger::open(&place, Arc::new(Table), hands.clock(), Box::new(Fifth));
        let (ledger, work) = open().await.unwrap();
        for (turn, first) in (0..4).zip([1, 3, 5, 7]) {
            assert_eq!(numbers(&ledger, pair(&format!("turn {turn}"))).await, new(first));
        }
        // An account that is new, one that ends a reservation of the same batch, and a limit.
        let source = "a letter".to_owned();
        let account = Account::new("cap", &["MY"]);
        let by = Adjustment::By(Amount::units(1).unwrap());
        let all = vec![
            request("new", cap("MY", 10)),
            request("release", Ask::Release { reservation: 1.into() }),
            request("both", Ask::Release { reservation: 9.into() }),
            request("adjust", Ask::Adjust { day: None, account, to: by, goods: None, source }),
        ];
        let done = numbers(&ledger, all.clone()).await;
        assert_eq!(done, [9, 10, 11, 12].map(|number| Some((number, false))), "{place:?}");
        // What was done before, what is refused, what is new.
        let mut again = all;
        again.push(request("too much", cap("MY", 1_000_000_000)));
        again.push(reserve("more"));
        let done = numbers(&ledger, again).await;
        let mut expected = vec![(9, true), (10, true), (11, true), (12, true)];
        expected.push((13, false));
        let expected: Vec<_> = expected.into_iter().map(Some).collect();
        assert_eq!([&done[..4], &done[5..]].concat(), expected, "{place:?}");
        assert_eq!(done[4], None);
        for (turn, first) in (0..2).zip([14, 16]) {
            assert_eq!(numbers(&ledger, pair(&format!("then {turn}"))).await, new(first));
        }
        // Another ledger gets in between, with a key that is asked for here too.
        let (other, others) = open().await.unwrap();
        assert_eq!(numbers(&other, pair("theirs")).await, new(18));
        world::close(other, others).await;
        let both = vec![reserve("mine"), reserve("theirs a")];
        assert_eq!(numbers(&ledger, both).await, [Some((20, false)), Some((18, true))]);
        for (turn, first) in (0..2).zip([21, 23]) {
            assert_eq!(numbers(&ledger, pair(&format!("last {turn}"))).await, new(first));
        }
        // A key of long ago, which the books do not remember.
        world::close(ledger, work).await;
        let (ledger, work) = open().await.unwrap();
        for (turn, first) in (0..3).zip([25, 27, 29]) {
            assert_eq!(numbers(&ledger, pair(&format!("anew {turn}"))).await, new(first));
        }
        let both = vec![reserve("fresh"), reserve("turn 0 a")];
        assert_eq!(numbers(&ledger, both).await, [Some((31, false)), Some((1, true))]);
        // Everything that is open lapses before what is asked next.
        hands.move_by(10_000_000_000_000);
        let done = numbers(&ledger, pair("late")).await;
        assert_eq!(done.len(), 2);
        assert!(done.iter().all(|one| one.is_some_and(|(number, _)| number > 32)), "{done:?}");
        world::close(ledger, work).await;
        let mut reader = place.reader().await.unwrap();
        let sizes: Vec<u64> = reader.checkpoints().await.unwrap().iter().map(|one| one.0).collect();
        assert_eq!(sizes[..3], [6, 12, 17], "{place:?}");
        let verified = verify(&mut reader, None, &[]).await.unwrap();
        assert_eq!(verified.open, 2, "{place:?}");
        assert_eq!(check::journal_of(&place).await.len() as u64, verified.entries);
    }
}

/// Forty requests with these keys.
fn forty(word: &str) -> Vec<Request> {
    keys(word, 40).iter().map(|key| reserve(key)).collect()
}

/// What two callers are answered who ask before the ledger looks: they are in one batch.
async fn both(ledger: &Ledger, one: Vec<Request>, other: Vec<Request>) -> (Numbers, Numbers) {
    tokio::join!(biased; numbers(ledger, one), numbers(ledger, other))
}

/// The numbers from one on.
fn from(first: u64) -> Numbers {
    (first..first + 40).map(|number| Some((number, false))).collect()
}

/// A batch whose first half is written while the second comes in and is judged: whatever either
/// brings, the answers are those of one batch, and both are there or neither is.
#[tokio::test]
async fn a_batch_in_two_halves() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path()).await;
    places.push(world::memory());
    for place in places {
        let hands = Hands::new();
        let open = || Ledger::open(&place, Arc::new(Table), hands.clock(), Box::new(Fifth));
        let (ledger, work) = open().await.unwrap();
        for (turn, first) in (0..3).zip([1, 81, 161]) {
            let [one, two] = ["one", "two"].map(|half| forty(&format!("{half} {turn}")));
            let done = both(&ledger, one, two).await;
            assert_eq!(done, (from(first), from(first + 40)), "{place:?}");
        }
        // An account that is new in the first half, then in the second.
        let newcomer = |name: &str| vec![request(name, cap(name, 10))];
        let done = both(&ledger, newcomer("MY"), forty("with MY")).await;
        assert_eq!(done, (vec![Some((241, false))], from(242)), "{place:?}");
        let done = both(&ledger, forty("before SA"), newcomer("SA")).await;
        assert_eq!(done, (from(282), vec![Some((322, false))]), "{place:?}");
        // One that the books know and the tables do not, for all that was asked of it was refused.
        let too_much = vec![request("too much in Qatar", cap("QA", 1_000_000_000))];
        assert_eq!(numbers(&ledger, too_much).await, [None], "{place:?}");
        for (turn, first) in (0..2).zip([323, 363]) {
            assert_eq!(numbers(&ledger, forty(&format!("turn {turn}"))).await, from(first));
        }
        let done = both(&ledger, forty("before QA"), newcomer("QA")).await;
        assert_eq!(done, (from(403), vec![Some((443, false))]), "{place:?}");
        // Nothing new in the first half, then in the second.
        let again: Vec<_> = (1..=40).map(|number| Some((number, true))).collect();
        let done = both(&ledger, forty("one 0"), forty("after")).await;
        assert_eq!(done, (again.clone(), from(444)), "{place:?}");
        let done = both(&ledger, forty("ahead"), forty("one 0")).await;
        assert_eq!(done, (from(484), again.clone()), "{place:?}");
        // The second half asks for what the first has done, and for too much.
        let mut second = forty("same");
        second.push(request("too much", cap("MY", 1_000_000_000)));
        let (first, done) = both(&ledger, forty("same"), second).await;
        assert_eq!(first, from(524), "{place:?}");
        let repeated = (524..564).map(|number| Some((number, true)));
        assert_eq!(done, repeated.chain([None]).collect::<Vec<_>>(), "{place:?}");
        // Keys that the books do not remember.
        world::close(ledger, work).await;
        let (ledger, work) = open().await.unwrap();
        for (turn, first) in (0..3).zip([564, 644, 724]) {
            let [one, two] = ["anew", "again"].map(|half| forty(&format!("{half} {turn}")));
            assert_eq!(both(&ledger, one, two).await, (from(first), from(first + 40)));
        }
        let done = both(&ledger, forty("then"), forty("one 0")).await;
        assert_eq!(done, (from(804), again), "{place:?}");
        // Another ledger gets in between.
        let done = both(&ledger, forty("last"), forty("last but one")).await;
        assert_eq!(done, (from(844), from(884)));
        let (other, others) = open().await.unwrap();
        assert_eq!(numbers(&other, pair("theirs")).await, new(924));
        world::close(other, others).await;
        let done = both(&ledger, forty("mine"), forty("and mine")).await;
        assert_eq!(done, (from(926), from(966)), "{place:?}");
        world::close(ledger, work).await;
        let verified = verify(&mut place.reader().await.unwrap(), None, &[]).await.unwrap();
        assert_eq!((verified.entries, verified.open), (1005, 1005), "{place:?}");
    }
}

/// Reservations lapse while the first of a batch are written: after those, which were judged
/// before, and ahead of what comes in then.
#[tokio::test]
async fn what_lapses_while_a_batch_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(folder.path()).await;
    places.push(world::memory());
    for place in places {
        let hands = Hands::new();
        let (ledger, work) = world::open(&place, &hands).await;
        for (turn, first) in (0..3).zip([1, 81, 161]) {
            let [one, two] = ["one", "two"].map(|half| forty(&format!("{half} {turn}")));
            assert_eq!(both(&ledger, one, two).await, (from(first), from(first + 40)));
        }
        let late = async {
            tokio::task::yield_now().await;
            hands.move_by(1_000_000_000_000);
            numbers(&ledger, forty("late")).await
        };
        let done = tokio::join!(biased; numbers(&ledger, forty("soon")), late);
        let expected = match &place {
            // All that was reserved until then lapses, that of this batch too.
            Place::Sqlite(_) => (from(241), from(241 + 40 + 280)),
            // What is not written in parts is judged together.
            _ => (from(241 + 240), from(241 + 240 + 40)),
        };
        assert_eq!(done, expected, "{place:?}");
        world::close(ledger, work).await;
        let mut open = BTreeMap::new();
        for entry in check::journal_of(&place).await {
            let due = open.values().min().is_some_and(|due| *due <= entry.at);
            match &entry.event {
                Event::Reserve { expires, .. } => {
                    assert!(!due, "{place:?}: entry {} comes before what lapsed", entry.number);
                    open.insert(entry.number, *expires);
                }
                other => drop(other.reservation().map(|number| open.remove(&number))),
            }
        }
    }
}

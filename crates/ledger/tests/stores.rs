//! The same movements on every store.

#![allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use jiff::civil::date;
use ledger::account::{Account, Limit, NoTerms, Quotas, Step, Terms};
use ledger::amount::Amount;
use ledger::ledger::{Clock, Ledger, MoveError, NoNotary, Place};
use ledger::movement::{Ask, Expiry, Request};
use ledger::refusal::Refusal;
use ledger::store::memory::Memory;
use ledger::store::{Identity, ReadStore, Tip};
use ledger::verify::verify;
use ledger::view;

struct OneCap;

impl Quotas for OneCap {
    fn terms(&self, account: &Account, raised: Option<Amount>) -> Result<Terms, NoTerms> {
        if account.quota != "cap" {
            return Err(NoTerms::UnknownQuota(Some("cap".to_owned())));
        }
        let limit = Limit::Amount(raised.unwrap_or(Amount::units(1000).unwrap()));
        let step = Step { from: date(2025, 1, 1), through: date(2027, 12, 31), limit };
        Ok(Terms {
            steps: vec![step],
            beside: Vec::new(),
            consolidated: false,
            counts_from: None,
            takes_off: true,
        })
    }

    fn can_raise(&self, _: &Account) -> bool {
        true
    }
}

fn reserve(key: &str, amount: i128, seconds: u32) -> Request {
    Request {
        key: key.to_owned(),
        by: "test".to_owned(),
        ask: Ask::Reserve {
            day: Some(date(2025, 6, 2)),
            amount: Amount::units(amount).unwrap(),
            accounts: vec![Account::new("cap", &["MY"])],
            expiry: Expiry::After(seconds),
            note: "line 1".into(),
        },
    }
}

fn ask(key: &str, ask: Ask) -> Request {
    Request { key: key.to_owned(), by: "test".to_owned(), ask }
}

async fn walk(place: Place) {
    let seconds = Arc::new(AtomicI64::new(1_750_000_000));
    let ticking = seconds.clone();
    let clock = Clock::new(move || Timestamp::from_second(ticking.load(Ordering::SeqCst)).unwrap());
    let (ledger, work) =
        Ledger::open(&place, Arc::new(OneCap), clock, Box::new(NoNotary)).await.unwrap();
    let first = ledger.request(reserve("a", 600, 60)).await.unwrap();
    assert_eq!((first.entry.number, first.repeated), (1, false));
    let again = ledger.request(reserve("a", 600, 60)).await.unwrap();
    assert_eq!((again.entry.number, again.repeated), (1, true));
    let other = ledger.request(reserve("a", 601, 60)).await.unwrap_err();
    assert!(matches!(other, MoveError::Refused(Refusal::KeyReused { entry: 1, .. })));
    let over = ledger.request(reserve("b", 500, 60)).await.unwrap_err();
    assert!(matches!(over, MoveError::Refused(Refusal::Over { .. })), "{over}");
    let amount = Some(Amount::units(100).unwrap());
    let part = Ask::Commit { reservation: 1.into(), amount, units: None, day: None };
    ledger.request(ask("c", part)).await.unwrap();
    ledger.request(reserve("d", 900, 60)).await.unwrap();
    seconds.fetch_add(60, Ordering::SeqCst);
    let late = ledger.request(ask("e", Ask::Release { reservation: 3.into() })).await.unwrap_err();
    assert!(
        matches!(late, MoveError::Refused(Refusal::AlreadyExpired { reservation: 3, entry: 4 })),
        "{late}"
    );
    ledger.request(reserve("f", 900, 60)).await.unwrap();
    drop(ledger);
    work.finish().await;
    let mut reader = place.reader().await.unwrap();
    let at = reader.balances(&Account::new("cap", &["MY"]), u64::MAX >> 1).await.unwrap();
    let balance = at.steps[&date(2025, 1, 1)];
    assert_eq!((balance.used.to_string(), balance.held.to_string()), ("100".into(), "900".into()));
    assert_eq!(reader.tip().await.unwrap().head.number, 5);
    assert_eq!(reader.holds_on(&Account::new("cap", &["MY"])).await.unwrap(), [5]);
    assert_eq!(reader.ended_by(3).await.unwrap(), Some(4));
    let verified = verify(&mut reader, None, &[]).await.unwrap();
    assert_eq!((verified.entries, verified.accounts, verified.open), (5, 1, 1));
    let account = Account::new("cap", &["MY"]);
    let day = date(2025, 6, 2);
    let mut held = Vec::new();
    for second in [1_749_999_999, 1_750_000_000, 1_750_000_059, 1_750_000_060, 1_750_000_120] {
        let at = Timestamp::from_second(second).unwrap();
        let standing = view::standing(&mut reader, &OneCap, &account, at).await.unwrap();
        let step = standing.on(day).unwrap();
        held.push((step.used.to_string(), step.held.to_string()));
    }
    let held: Vec<(&str, &str)> = held.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    // The last of them is open in the journal and lapsed by the clock.
    assert_eq!(held, [("0", "0"), ("100", "900"), ("100", "900"), ("100", "900"), ("100", "0")]);
}

fn identity() -> Identity {
    Identity {
        id: "example.com/quota".to_owned(),
        verifier: String::new(),
        created: Timestamp::from_second(1_749_000_000).unwrap(),
    }
}

#[tokio::test]
async fn in_memory() {
    walk(Place::Memory(Memory::new(identity(), Tip::start(&identity())))).await;
}

#[tokio::test]
async fn in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(folder.path().join("quota.db"));
    place.create(&identity()).await.unwrap();
    walk(place).await;
}

//! Every refusal, in order of precedence.
//!
//! Each kind of request begins with everything wrong that can be wrong together. The rows repair
//! one mistake after the other: what is answered is always the first that is left, whatever else is
//! wrong too. With the last mistake repaired, the request moves something.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use jiff::civil::{Date, date};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::ledger::{Ledger, MoveError, Place};
use ledger::movement::{Adjustment, Ask, Expiry, Goods, Note, Reason, Request, Reserved};
use ledger::refusal::Refusal;
use ledger::store::ReadStore;

use support::postgres;
use support::world::{self, Hands};

/// The place of a refusal in the order of precedence. A new one belongs here and in the table.
fn place_of(refusal: &Refusal) -> usize {
    match refusal {
        Refusal::BadKey => 0,
        Refusal::KeyReused { .. } => 1,
        Refusal::BadText { .. } => 2,
        Refusal::NoSource => 3,
        Refusal::NotPositive(_) => 4,
        Refusal::BadShare(_) => 5,
        Refusal::NoAccount => 6,
        Refusal::AccountTwice(_) => 7,
        Refusal::UnknownQuota { .. } => 8,
        Refusal::WrongAccountKey { .. } => 9,
        Refusal::WithoutWhole { .. } => 10,
        Refusal::ExpiryPast { .. } => 11,
        Refusal::DayAhead { .. } => 12,
        Refusal::NoAttrition(_) => 13,
        Refusal::CannotRaise(_) => 14,
        Refusal::RaisesNothing { .. } => 15,
        Refusal::NoLimit { .. } => 16,
        Refusal::SumTooLarge(_) => 17,
        Refusal::Over { .. } => 18,
        Refusal::NotReserved(_) | Refusal::NoSuchReservation(_) => 19,
        Refusal::AlreadyCommitted { .. } => 20,
        Refusal::AlreadyReleased { .. } => 21,
        Refusal::AlreadyExpired { .. } => 22,
        Refusal::OtherStep { .. } => 23,
        Refusal::MoreUnits { .. } => 24,
        Refusal::NoWholeAmount { .. } => 25,
        Refusal::MoreThanReserved { .. } => 26,
        Refusal::NoWholeUnits { .. } => 27,
        Refusal::MoreThanUsed { .. } => 28,
        // No request alone brings these.
        Refusal::Unfit(_) | Refusal::Together { .. } => 29,
    }
}

/// How many there are that a request alone can bring.
const REFUSALS: usize = 29;

/// Rows about one kind of request: what is asked, and what is answered.
struct Rows {
    rows: Vec<(Request, Refusal)>,
    /// The request with every mistake repaired.
    right: Request,
}

/// A request of any kind, in parts that can be repaired one by one.
#[derive(Clone)]
struct Draft {
    key: &'static str,
    by: &'static str,
    text: &'static str,
    day: Date,
    amount: Amount,
    accounts: Vec<Account>,
    expiry: Expiry,
    figure: Adjustment,
    reservation: u64,
    units: u64,
    owner: &'static str,
}

fn units(units: i128) -> Amount {
    Amount::units(units).unwrap()
}

fn least() -> Amount {
    Amount::from_millionths(i128::MIN)
}

const CAP: (&str, &[&str]) = ("cap", &["MY"]);
const FULL: (&str, &[&str]) = ("whole", &["XX"]);
const WRONG: (&str, &[&str]) = ("cap", &["MY", "TH"]);
const EMPTY: (&str, &[&str]) = ("cap", &[" "]);
const GROUP: (&str, &[&str]) = ("group", &["Acme"]);
const PART: (&str, &[&str]) = ("part", &["MY"]);
const UNKNOWN: (&str, &[&str]) = ("cup", &["MY"]);

fn accounts(accounts: &[(&str, &[&str])]) -> Vec<Account> {
    accounts.iter().map(|(quota, key)| Account::new(quota, key)).collect()
}

fn account(account: (&str, &[&str])) -> Account {
    Account::new(account.0, account.1)
}

fn bad_text(what: &'static str, most: usize) -> Refusal {
    Refusal::BadText { what, most }
}

fn reused() -> Refusal {
    Refusal::KeyReused { key: "used".to_owned(), entry: 1 }
}

fn unknown_quota() -> Refusal {
    Refusal::UnknownQuota { name: "cup".to_owned(), nearest: Some("cap".to_owned()) }
}

fn wrong_key() -> Refusal {
    Refusal::WrongAccountKey { account: account(WRONG), expected: vec!["country".to_owned()] }
}

fn empty_key() -> Refusal {
    let expected = vec!["texts of 1 to 200 characters, 2,000 bytes in all".to_owned()];
    Refusal::WrongAccountKey { account: account(EMPTY), expected }
}

fn without_whole() -> Refusal {
    Refusal::WithoutWhole { account: account(PART), whole: Account::new("whole", &["MY"]) }
}

/// The day of these tests is 2025-06-15.
fn day_ahead(day: Date) -> Refusal {
    Refusal::DayAhead { day, today: date(2025, 6, 15) }
}

fn no_limit(one: (&str, &[&str]), day: Date) -> Refusal {
    Refusal::NoLimit { account: account(one), day }
}

const BEFORE: Date = date(2024, 12, 31);

/// Everything wrong.
fn worst() -> Draft {
    Draft {
        key: "",
        by: "de\nsk",
        text: "li\tne",
        day: BEFORE,
        amount: least(),
        accounts: accounts(&[UNKNOWN, UNKNOWN]),
        expiry: Expiry::After(0),
        figure: Adjustment::To(least()),
        reservation: u64::MAX,
        units: 4,
        owner: " ",
    }
}

/// Collects rows while a draft is repaired.
struct Chain<'m> {
    draft: Draft,
    make: &'m dyn Fn(&Draft) -> Ask,
    rows: Vec<(Request, Refusal)>,
}

impl<'m> Chain<'m> {
    /// Begins with everything wrong: the key, who asks, and what the making takes of the rest.
    fn new(make: &'m dyn Fn(&Draft) -> Ask) -> Chain<'m> {
        let mut chain = Chain { draft: worst(), make, rows: Vec::new() };
        chain.refuses(Refusal::BadKey);
        chain.repair(|draft| draft.key = "used").refuses(reused());
        chain.repair(|draft| draft.key = "fresh");
        chain.refuses(bad_text("the name of who asks", 200));
        chain.repair(|draft| draft.by = "desk");
        chain
    }

    fn request(&self) -> Request {
        let draft = &self.draft;
        Request { key: draft.key.to_owned(), by: draft.by.to_owned(), ask: (self.make)(draft) }
    }

    fn repair(&mut self, change: impl FnOnce(&mut Draft)) -> &mut Self {
        change(&mut self.draft);
        self
    }

    fn refuses(&mut self, refusal: Refusal) -> &mut Self {
        self.rows.push((self.request(), refusal));
        self
    }

    fn end(self) -> Rows {
        Rows { right: self.request(), rows: self.rows }
    }
}

fn over(asked: i128) -> Refusal {
    Refusal::Over {
        account: account(CAP),
        step: date(2025, 1, 1),
        limit: units(1000),
        used: units(50),
        held: units(100),
        asked: units(asked),
        short: units(asked - 850),
        placed: None,
    }
}

fn reserve() -> Rows {
    let make = |draft: &Draft| Ask::Reserve {
        day: Some(draft.day),
        amount: draft.amount,
        accounts: draft.accounts.clone(),
        expiry: draft.expiry,
        note: draft.text.into(),
    };
    let now = Hands::new().now() + jiff::SignedDuration::from_secs(60);
    let mut chain = Chain::new(&make);
    chain.refuses(bad_text("the note", 1000));
    chain.repair(|draft| draft.text = "").refuses(Refusal::NotPositive(least()));
    chain.repair(|draft| draft.amount = Amount::ZERO).refuses(Refusal::NotPositive(Amount::ZERO));
    chain.repair(|draft| draft.amount = units(2000)).repair(|draft| draft.accounts = Vec::new());
    chain.refuses(Refusal::NoAccount);
    chain.repair(|draft| draft.accounts = accounts(&[UNKNOWN, WRONG, UNKNOWN, FULL, CAP]));
    chain.refuses(Refusal::AccountTwice(account(UNKNOWN)));
    chain.repair(|draft| draft.accounts = accounts(&[UNKNOWN, WRONG, EMPTY, FULL, CAP]));
    chain.refuses(unknown_quota());
    chain.repair(|draft| draft.accounts = accounts(&[WRONG, EMPTY, FULL, CAP]));
    chain.refuses(wrong_key());
    chain.repair(|draft| draft.accounts = accounts(&[EMPTY, PART, CAP])).refuses(empty_key());
    chain.repair(|draft| draft.accounts = accounts(&[FULL, PART, CAP])).refuses(without_whole());
    chain.repair(|draft| draft.accounts = accounts(&[FULL, CAP]));
    chain.refuses(Refusal::ExpiryPast { expires: now, now });
    chain.repair(|draft| draft.expiry = Expiry::At(now));
    chain.refuses(Refusal::ExpiryPast { expires: now, now });
    chain.repair(|draft| draft.expiry = Expiry::After(60)).refuses(no_limit(FULL, BEFORE));
    chain.repair(|draft| draft.day = date(2025, 6, 2));
    chain.refuses(Refusal::SumTooLarge(account(FULL)));
    chain.repair(|draft| draft.accounts = accounts(&[CAP])).refuses(over(2000));
    chain.repair(|draft| draft.amount = Amount::from_millionths(850_000_001));
    let Refusal::Over { account, step, limit, used, held, .. } = over(0) else { panic!() };
    let (asked, short) = (Amount::from_millionths(850_000_001), Amount::from_millionths(1));
    let placed = None;
    chain.refuses(Refusal::Over { account, step, limit, used, held, asked, short, placed });
    chain.repair(|draft| draft.amount = units(850));
    chain.end()
}

/// Limits are asked of one account after the other.
fn reserve_in_order() -> Rows {
    let make = |draft: &Draft| Ask::Reserve {
        day: Some(date(2025, 6, 2)),
        amount: units(2000),
        accounts: draft.accounts.clone(),
        expiry: Expiry::After(60),
        note: Note::default(),
    };
    let mut chain = Chain::new(&make);
    chain.repair(|draft| draft.accounts = accounts(&[CAP, FULL])).refuses(over(2000));
    chain.repair(|draft| draft.accounts = accounts(&[("whole", &["MY"])]));
    chain.end()
}

fn commit() -> Rows {
    let make = |draft: &Draft| Ask::Commit {
        reservation: Reserved::Entry(draft.reservation),
        amount: (draft.amount != Amount::ZERO).then_some(draft.amount),
        units: NonZeroU64::new(draft.units),
        day: Some(draft.day),
    };
    let mut chain = Chain::new(&make);
    chain.repair(|draft| draft.day = Date::MAX).refuses(Refusal::NotPositive(least()));
    let more = |reservation: u64, held: i128| Refusal::MoreThanReserved {
        reservation,
        asked: units(101),
        held: units(held),
    };
    chain.repair(|draft| draft.amount = units(101)).refuses(day_ahead(Date::MAX));
    chain.repair(|draft| draft.day = date(2025, 6, 17)).refuses(day_ahead(date(2025, 6, 17)));
    chain.repair(|draft| draft.day = BEFORE);
    chain.refuses(Refusal::NotReserved(u64::MAX));
    chain.repair(|draft| draft.reservation = 0).refuses(Refusal::NotReserved(0));
    chain.repair(|draft| draft.reservation = 3).refuses(Refusal::NotReserved(3));
    chain.repair(|draft| draft.reservation = 2);
    chain.refuses(Refusal::AlreadyCommitted { reservation: 2, entry: 3 });
    chain.repair(|draft| draft.reservation = 4);
    chain.refuses(Refusal::AlreadyReleased { reservation: 4, entry: 5 });
    chain.repair(|draft| draft.reservation = 6);
    chain.refuses(Refusal::AlreadyExpired { reservation: 6, entry: 8 });
    let more_units = |asked| Refusal::MoreUnits { reservation: 1, asked, units: 3 };
    chain.repair(|draft| draft.reservation = 1).refuses(Refusal::OtherStep {
        reservation: 1,
        account: account(CAP),
        day: BEFORE,
        from: date(2025, 1, 1),
        through: date(2027, 12, 31),
    });
    chain.repair(|draft| draft.day = date(2025, 6, 16)).refuses(more_units(4));
    chain.repair(|draft| (draft.units, draft.amount) = (1, Amount::ZERO));
    chain.refuses(Refusal::NoWholeAmount { reservation: 1, units: 1, held: units(100) });
    chain.repair(|draft| (draft.units, draft.amount) = (0, units(101))).refuses(more(1, 100));
    chain.repair(|draft| draft.amount = units(50));
    chain.refuses(Refusal::NoWholeUnits {
        reservation: 1,
        asked: units(50),
        held: units(100),
        item: "chip".to_owned(),
        units: 3,
    });
    chain.repair(|draft| draft.amount = units(100));
    chain.end()
}

fn release() -> Rows {
    let make = |draft: &Draft| Ask::Release { reservation: Reserved::Entry(draft.reservation) };
    let mut chain = Chain::new(&make);
    chain.refuses(Refusal::NotReserved(u64::MAX));
    chain.repair(|draft| draft.reservation = 2);
    chain.refuses(Refusal::AlreadyCommitted { reservation: 2, entry: 3 });
    chain.repair(|draft| draft.reservation = 4);
    chain.refuses(Refusal::AlreadyReleased { reservation: 4, entry: 5 });
    chain.repair(|draft| draft.reservation = 6);
    chain.refuses(Refusal::AlreadyExpired { reservation: 6, entry: 8 });
    chain.repair(|draft| draft.reservation = 1);
    chain.end()
}

fn retire() -> Rows {
    let make = |draft: &Draft| Ask::Retire {
        day: Some(draft.day),
        amount: draft.amount,
        accounts: draft.accounts.clone(),
        reason: Reason::Lost,
        note: draft.text.into(),
    };
    let mut chain = Chain::new(&make);
    chain.refuses(bad_text("the note", 1000));
    chain.repair(|draft| draft.text = "").refuses(Refusal::NotPositive(least()));
    chain.repair(|draft| draft.amount = units(51)).repair(|draft| draft.accounts = Vec::new());
    chain.refuses(Refusal::NoAccount);
    chain.repair(|draft| draft.accounts = accounts(&[UNKNOWN, WRONG, UNKNOWN, CAP]));
    chain.refuses(Refusal::AccountTwice(account(UNKNOWN)));
    chain.repair(|draft| draft.accounts = accounts(&[UNKNOWN, WRONG, CAP]));
    chain.refuses(unknown_quota());
    chain.repair(|draft| draft.accounts = accounts(&[WRONG, PART])).refuses(wrong_key());
    chain.repair(|draft| draft.day = Date::MAX);
    chain.repair(|draft| draft.accounts = accounts(&[CAP, GROUP, PART])).refuses(without_whole());
    chain.repair(|draft| draft.accounts = accounts(&[CAP, GROUP])).refuses(day_ahead(Date::MAX));
    chain.repair(|draft| draft.day = BEFORE).refuses(Refusal::NoAttrition(account(GROUP)));
    chain.repair(|draft| draft.accounts = accounts(&[CAP])).refuses(no_limit(CAP, BEFORE));
    chain.repair(|draft| draft.day = date(2025, 6, 16));
    let (asked, used) = (units(51), units(50));
    chain.refuses(Refusal::MoreThanUsed { account: account(CAP), asked, used });
    chain.repair(|draft| draft.amount = units(50));
    chain.end()
}

fn adjust() -> Rows {
    let make = |draft: &Draft| Ask::Adjust {
        day: Some(draft.day),
        account: draft.accounts[0].clone(),
        to: draft.figure,
        goods: None,
        source: draft.text.to_owned(),
    };
    let mut chain = Chain::new(&make);
    chain.refuses(bad_text("the source", 1000));
    chain.repair(|draft| draft.text = " ").refuses(Refusal::NoSource);
    chain.repair(|draft| draft.text = "FR 90 1").refuses(Refusal::NotPositive(least()));
    chain.repair(|draft| draft.figure = Adjustment::By(Amount::ZERO));
    chain.refuses(Refusal::NotPositive(Amount::ZERO));
    chain.repair(|draft| draft.figure = Adjustment::By(least())).refuses(unknown_quota());
    chain.repair(|draft| draft.accounts = accounts(&[WRONG])).refuses(wrong_key());
    chain.repair(|draft| (draft.day, draft.accounts) = (Date::MAX, accounts(&[CAP])));
    chain.refuses(day_ahead(Date::MAX));
    chain.repair(|draft| draft.day = BEFORE).refuses(no_limit(CAP, BEFORE));
    chain.repair(|draft| draft.day = date(2025, 6, 2));
    chain.refuses(Refusal::SumTooLarge(account(CAP)));
    // What is in use would fit, and with what is held it would not.
    let most = Amount::from_millionths(i128::MAX - 60_000_000);
    chain.repair(|draft| draft.figure = Adjustment::By(most));
    chain.refuses(Refusal::SumTooLarge(account(CAP)));
    chain.repair(|draft| draft.figure = Adjustment::By(units(-51)));
    let (asked, used) = (units(51), units(50));
    chain.refuses(Refusal::MoreThanUsed { account: account(CAP), asked, used });
    chain.repair(|draft| draft.figure = Adjustment::By(units(-50)));
    chain.end()
}

fn raise() -> Rows {
    let make = |draft: &Draft| Ask::Raise {
        account: draft.accounts[0].clone(),
        limit: draft.amount,
        source: draft.text.to_owned(),
    };
    let mut chain = Chain::new(&make);
    chain.refuses(bad_text("the source", 1000));
    chain.repair(|draft| draft.text = "").refuses(Refusal::NoSource);
    chain.repair(|draft| draft.text = "FR 90 1").refuses(Refusal::NotPositive(least()));
    chain.repair(|draft| draft.amount = units(1)).refuses(unknown_quota());
    chain.repair(|draft| draft.accounts = accounts(&[WRONG])).refuses(wrong_key());
    chain.repair(|draft| draft.accounts = accounts(&[FULL]));
    chain.refuses(Refusal::CannotRaise(account(FULL)));
    chain.repair(|draft| (draft.accounts, draft.amount) = (accounts(&[CAP]), units(1000)));
    chain.refuses(Refusal::RaisesNothing { account: account(CAP), limit: units(1000) });
    chain.repair(|draft| draft.amount = units(1));
    chain.end()
}

fn own() -> Rows {
    let make = |draft: &Draft| Ask::Own {
        owned: "Acme".to_owned(),
        owner: draft.owner.to_owned(),
        share: draft.amount,
        source: draft.text.to_owned(),
    };
    let mut chain = Chain::new(&make);
    chain.refuses(bad_text("the name of a company", 200));
    chain.repair(|draft| draft.owner = "Bo\0lt").refuses(bad_text("the name of a company", 200));
    chain.repair(|draft| draft.owner = "Bolt").refuses(bad_text("the source", 1000));
    chain.repair(|draft| draft.text = "").refuses(Refusal::NoSource);
    chain.repair(|draft| draft.text = "its report").refuses(Refusal::BadShare(least()));
    let too_much = Amount::from_millionths(1_000_001);
    chain.repair(|draft| draft.amount = too_much).refuses(Refusal::BadShare(too_much));
    chain.repair(|draft| draft.amount = units(1));
    chain.end()
}

fn table() -> Vec<Rows> {
    let commits = [commit(), release()].into_iter();
    let moves = [reserve(), reserve_in_order(), retire(), adjust()].into_iter();
    commits.chain(moves).chain([raise(), own()]).collect()
}

/// The goods of the reservation that stays open: three chips, of which none has an exact amount.
fn goods(amount: i128) -> Option<Goods> {
    let units = NonZeroU64::new(3).filter(|_| amount == 100)?;
    Some(Goods { item: "chip".to_owned(), units })
}

fn all_of(reservation: u64) -> Ask {
    Ask::Commit { reservation: Reserved::Entry(reservation), amount: None, units: None, day: None }
}

/// A ledger with a reservation in each state: 1 is open, 2 committed by 3, 4 released by 5; 6
/// lapsed, as 8 says. 7 fills an account.
async fn prepare(place: &Place) -> (Ledger, ledger::ledger::Work) {
    let hands = Hands::new();
    let (ledger, work) = world::open(place, &hands).await;
    let reserve = |amount: i128, seconds: u32| Ask::Reserve {
        day: Some(date(2025, 6, 2)),
        amount: units(amount),
        accounts: accounts(&[CAP]),
        expiry: Expiry::After(seconds),
        note: Note { text: String::new(), goods: goods(amount) },
    };
    let full = Ask::Adjust {
        day: Some(date(2025, 6, 2)),
        account: account(FULL),
        to: Adjustment::To(Amount::from_millionths(i128::MAX)),
        goods: None,
        source: "a test".to_owned(),
    };
    let asks = [
        ("used", reserve(100, 1_000_000)),
        ("two", reserve(50, 1_000_000)),
        ("three", all_of(2)),
        ("four", reserve(10, 1_000_000)),
        ("five", Ask::Release { reservation: Reserved::Entry(4) }),
        ("six", reserve(10, 60)),
        ("seven", full),
    ];
    for (key, ask) in asks {
        let request = Request { key: key.to_owned(), by: "desk".to_owned(), ask };
        ledger.request(request).await.unwrap();
    }
    hands.move_by(60_000_000);
    ledger.expire().await.unwrap();
    (ledger, work)
}

async fn refuses(places: Vec<Place>) {
    for (rows, place) in table().into_iter().zip(places) {
        let (ledger, work) = prepare(&place).await;
        for (at, (request, expected)) in rows.rows.iter().enumerate() {
            match ledger.request(request.clone()).await {
                Err(MoveError::Refused(refusal)) => {
                    assert_eq!(refusal, *expected, "row {at}: {request:?}");
                }
                other => panic!("row {at}: {request:?} is answered {other:?}"),
            }
        }
        assert_eq!(place.reader().await.unwrap().tip().await.unwrap().head.number, 8);
        let receipt = ledger.request(rows.right.clone()).await.unwrap();
        assert_eq!((receipt.entry.number, receipt.repeated), (9, false));
        world::close(ledger, work).await;
    }
}

#[test]
fn the_table_has_every_refusal_and_each_before_what_follows_it() {
    let mut found = BTreeSet::new();
    for rows in table() {
        let places: Vec<usize> = rows.rows.iter().map(|(_, refusal)| place_of(refusal)).collect();
        assert!(places.is_sorted(), "{places:?}");
        found.extend(places);
    }
    assert_eq!(found, (0..REFUSALS).collect());
}

#[test]
fn every_refusal_has_its_own_word() {
    let rows = table().into_iter().flat_map(|rows| rows.rows);
    let words: BTreeSet<&str> = rows.map(|(_, refusal)| refusal.code()).collect();
    assert_eq!(words.len(), REFUSALS);
}

#[tokio::test]
async fn in_memory() {
    refuses(table().iter().map(|_| world::memory()).collect()).await;
}

#[tokio::test]
async fn in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut places = Vec::new();
    for at in 0..table().len() {
        let place = Place::Sqlite(folder.path().join(format!("{at}.db")));
        place.create(&world::identity()).await.unwrap();
        places.push(place);
    }
    refuses(places).await;
}

#[tokio::test]
async fn in_postgres() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let mut places = Vec::new();
    for _ in 0..table().len() {
        places.push(world::renew(&server.create_database().unwrap()).await);
    }
    refuses(places).await;
}

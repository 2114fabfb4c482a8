//! What is left to the ledger, and what several movements that go together say of one another.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::num::NonZeroU64;

use jiff::civil::{Date, date};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::ledger::{AllError, Ledger, Place};
use ledger::movement::{Adjustment, Ask, Event, Expiry, Goods, Note, Request, Reserved};
use ledger::refusal::Refusal;
use ledger::store::ReadStore;
use ledger::view;

use support::counting::Counting;
use support::table::Table;
use support::world::{self, Hands};
use support::{check, postgres};

const DAY: i64 = 86_400 * 1_000_000;

fn units(units: i128) -> Amount {
    Amount::units(units).unwrap()
}

fn cap() -> Account {
    Account::new("cap", &["MY"])
}

fn request(key: &str, ask: Ask) -> Request {
    Request { key: key.to_owned(), by: "desk".to_owned(), ask }
}

/// Eight chips of 10 each.
fn reserve(day: Option<Date>, expiry: Expiry) -> Ask {
    let units_of = NonZeroU64::new(8).unwrap();
    let goods = Some(Goods { item: "chip".to_owned(), units: units_of });
    let note = Note { text: "an order".to_owned(), goods };
    Ask::Reserve { day, amount: units(80), accounts: vec![cap()], expiry, note }
}

fn commit(reservation: impl Into<Reserved>, amount: Option<i128>, chips: Option<u64>) -> Ask {
    let units_of = chips.and_then(NonZeroU64::new);
    let amount = amount.map(units);
    Ask::Commit { reservation: reservation.into(), amount, units: units_of, day: None }
}

fn by_request(key: &str) -> Reserved {
    Reserved::Request(key.to_owned())
}

async fn refused(ledger: &Ledger, requests: Vec<Request>) -> Vec<(usize, Refusal)> {
    match ledger.all(requests).await {
        Err(AllError::Refused(refused)) => refused,
        other => panic!("{other:?}"),
    }
}

/// An empty ledger in memory, in SQLite and, where there is a server, in PostgreSQL.
async fn places(folder: &std::path::Path) -> Vec<Place> {
    let sqlite = Place::Sqlite(folder.join("ledger.db"));
    sqlite.create(&world::identity()).await.unwrap();
    let mut places = vec![world::memory(), sqlite];
    if let Some(server) = postgres::shared().unwrap() {
        places.push(world::renew(&server.create_database().unwrap()).await);
    }
    places
}

/// Midnight lies between a request and its repetition: the day that the ledger chose stays.
#[tokio::test]
async fn a_day_that_was_left_to_the_ledger_is_the_same_after_midnight() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()).await {
        let hands = Hands::new();
        let today = date(2025, 6, 15);
        let asks = || {
            let note = Note::default();
            let (account, source) = (cap(), "a count".to_owned());
            let reason = ledger::movement::Reason::Lost;
            let (to, accounts) = (Adjustment::To(units(50)), vec![cap()]);
            [
                ("a", reserve(None, Expiry::After(10_000_000))),
                ("b", commit(1, None, None)),
                ("c", Ask::Adjust { day: None, account, to, goods: None, source }),
                ("d", Ask::Retire { day: None, amount: units(5), accounts, reason, note }),
            ]
        };
        for (again, number) in [false, true].into_iter().zip([1, 1]) {
            let (ledger, work) = world::open(&place, &hands).await;
            for (number, (key, ask)) in (number..).zip(asks()) {
                let receipt = ledger.request(request(key, ask)).await.unwrap();
                assert_eq!((receipt.entry.number, receipt.repeated), (number, again), "{key}");
                let day = match &receipt.entry.event {
                    Event::Commit { day, .. } => day.unwrap(),
                    Event::Reserve { day, .. }
                    | Event::Adjust { day, .. }
                    | Event::Retire { day, .. } => *day,
                    other => panic!("{other:?}"),
                };
                assert_eq!(day, today, "{key}");
            }
            // A day that is named is content.
            let other = reserve(Some(date(2025, 6, 16)), Expiry::After(10_000_000));
            let refused = ledger.request(request("a", other)).await.unwrap_err();
            assert!(refused.to_string().contains("was used for entry 1"), "{refused}");
            world::close(ledger, work).await;
            hands.move_by(DAY);
        }
        check::journal_of(&place).await;
    }
}

/// Chips are counted: a part of a reservation is so many of them, or it is said.
#[tokio::test]
async fn a_part_of_a_reservation_is_a_whole_number_of_its_goods() {
    let place = world::memory();
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let chips = async |key: &str, ask: Ask| {
        let entry = ledger.request(request(key, ask)).await.unwrap().entry;
        let Event::Commit { amount, units, day, .. } = &entry.event else { panic!("{entry:?}") };
        assert_eq!(*day, Some(date(2025, 6, 15)));
        (amount.to_string(), units.map(NonZeroU64::get))
    };
    for number in 1..=5 {
        let ask = reserve(Some(date(2025, 6, 2)), Expiry::After(10_000_000));
        ledger.request(request(&format!("r{number}"), ask)).await.unwrap();
    }
    assert_eq!(chips("all", commit(1, None, None)).await, ("80".to_owned(), Some(8)));
    assert_eq!(chips("amount", commit(2, Some(30), None)).await, ("30".to_owned(), Some(3)));
    assert_eq!(chips("units", commit(3, None, Some(5))).await, ("50".to_owned(), Some(5)));
    assert_eq!(chips("both", commit(4, Some(35), Some(4))).await, ("35".to_owned(), Some(4)));
    let why = ledger.request(request("part", commit(5, Some(35), None))).await.unwrap_err();
    assert_eq!(
        why.to_string(),
        "refused: 35 of the 80 that reservation 5 holds is no whole number of its 8 chip; \
         say how many items they are"
    );
    let why = ledger.request(request("more", commit(5, None, Some(9)))).await.unwrap_err();
    assert_eq!(why.to_string(), "refused: 9 items are more than reservation 5 is for: 8");
    // The same again, however it was said the first time.
    let again = ledger.request(request("units", commit(3, None, Some(5)))).await.unwrap();
    assert!(again.repeated);
    let other = ledger.request(request("units", commit(3, None, Some(6)))).await.unwrap_err();
    assert!(other.to_string().contains("was used"), "{other}");
    world::close(ledger, work).await;
    check::journal_of(&place).await;
}

/// Movements of one file end what others of it reserve, whatever numbers the ledger gives them.
#[tokio::test]
async fn a_reservation_is_named_by_its_request_key() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()).await {
        let hands = Hands::new();
        let asks = || {
            let release = Ask::Release { reservation: by_request("b") };
            vec![
                request("a", reserve(Some(date(2025, 6, 2)), Expiry::Any)),
                request("b", reserve(Some(date(2025, 6, 2)), Expiry::Any)),
                request("a arrived", commit(by_request("a"), Some(40), None)),
                request("b off", release),
            ]
        };
        let (ledger, work) = world::open(&place, &hands).await;
        support::ask::moves(&ledger, "before").await;
        let receipts = ledger.all(asks()).await.unwrap();
        assert_eq!(receipts.iter().map(|one| one.entry.number).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert_eq!(receipts[2].entry.event.reservation(), Some(2));
        assert_eq!(receipts[3].entry.event.reservation(), Some(3));
        world::close(ledger, work).await;
        hands.move_by(90 * DAY);
        // Asked again by a process that knows nothing of them.
        let (ledger, work) = world::open(&place, &hands).await;
        let receipts = ledger.all(asks()).await.unwrap();
        assert!(receipts.iter().all(|one| one.repeated), "{receipts:?}");
        let unknown = commit(by_request("c"), None, None);
        let why = ledger.request(request("c arrived", unknown)).await.unwrap_err();
        assert_eq!(why.to_string(), "refused: nothing was reserved under request key \"c\"");
        world::close(ledger, work).await;
        check::journal_of(&place).await;
    }
}

/// What was refused together was not recorded, and is not named as if it were.
#[tokio::test]
async fn a_refusal_names_no_entry_that_was_never_made() {
    let place = world::memory();
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let first = reserve(Some(date(2025, 6, 2)), Expiry::After(100));
    ledger.request(request("first", first.clone())).await.unwrap();
    ledger.request(request("first arrived", commit(1, None, None))).await.unwrap();
    let requests = vec![
        request("a", first),
        request("b", commit(by_request("a"), Some(40), None)),
        request("c", Ask::Release { reservation: by_request("a") }),
        request("a", reserve(Some(date(2025, 6, 3)), Expiry::After(100))),
        request("d", commit(1, None, None)),
        request("e", commit(17, None, None)),
    ];
    let refused = refused(&ledger, requests).await;
    let said: Vec<String> =
        refused.iter().map(|(at, why)| format!("{at} {}: {why}", why.code())).collect();
    assert_eq!(
        said,
        [
            "2 already_committed: none of these movements was recorded, and the entries named here \
             would be those of movements 1, 2: reservation 3 was committed by entry 4",
            "3 key_reused: none of these movements was recorded, and the entries named here would be \
             those of movements 1: request key \"a\" was used for entry 3, which asks for something \
             else; use a new key",
            "4 already_committed: reservation 1 was committed by entry 2",
            "5 not_reserved: entry 17 is no reservation",
        ]
    );
    assert_eq!(place.reader().await.unwrap().tip().await.unwrap().head.number, 2);
    world::close(ledger, work).await;
}

/// Books that a store tells wrongly are no reservation 0.
#[test]
fn what_does_not_fit_the_books_is_said() {
    use ledger::book::Misfit;
    let why = Refusal::from(Misfit::Reservation(7));
    assert_eq!(why.code(), "unfit");
    assert_eq!(
        why.to_string(),
        "the books do not take it: it ends reservation 7, which does not hold that amount; run \
         `weir ledger verify`"
    );
    assert_eq!(Refusal::from(Misfit::Balance(cap())), Refusal::SumTooLarge(cap()));
}

/// Many accounts at once stand as each does alone, also those that nothing moved or nobody knows.
#[tokio::test]
async fn many_accounts_are_read_as_one_is() {
    let folder = tempfile::tempdir().unwrap();
    for place in places(folder.path()).await {
        let hands = Hands::new();
        let (ledger, work) = world::open(&place, &hands).await;
        let part = |country: &str| Account::new("part", &[country]);
        let whole = |country: &str| Account::new("whole", &[country]);
        let mut accounts = vec![cap(), Account::new("gone", &["MY"]), part("ZZ")];
        for (at, country) in ["MY", "TH", "VN"].into_iter().enumerate() {
            let day = Some(date(2025, 6, 2));
            let (to, source) = (Adjustment::To(units(1000)), "a count".to_owned());
            let count = Ask::Adjust { day, account: whole(country), to, goods: None, source };
            ledger.request(request(&format!("w{country}"), count)).await.unwrap();
            let hold = Ask::Reserve {
                day,
                amount: units(10),
                accounts: vec![part(country), whole(country)],
                expiry: Expiry::After(u32::try_from(60 * (at + 1)).unwrap()),
                note: Note::default(),
            };
            ledger.request(request(&format!("p{country}"), hold)).await.unwrap();
            accounts.extend([part(country), whole(country)]);
        }
        let raise = Ask::Raise { account: cap(), limit: units(5), source: "a count".to_owned() };
        ledger.request(request("raised", raise)).await.unwrap();
        accounts.extend(of_one_owner(&ledger).await);
        let mut reader = place.reader().await.unwrap();
        for seconds in [-10, 30, 90, 150, 1000] {
            let at = hands.now() + jiff::SignedDuration::from_secs(seconds);
            let all = view::standings(&mut reader, &Table, &accounts, at).await.unwrap();
            for (account, (found, standing)) in accounts.iter().zip(all) {
                assert_eq!(found, view::balances(&mut reader, account, at).await.unwrap());
                match view::standing(&mut reader, &Table, account, at).await {
                    Ok(one) => assert_eq!(one, standing.unwrap(), "{account} {seconds}"),
                    Err(why) => assert_eq!(why.to_string(), standing.unwrap_err().to_string()),
                }
            }
        }
        let wanted = [5, 1, 99, 3];
        let found = reader.entries_of(&wanted).await.unwrap();
        assert_eq!(found.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 3, 5]);
        world::close(ledger, work).await;
    }
}

/// Accounts of a company that drew before its owner was recorded, and those of the owner.
async fn of_one_owner(ledger: &Ledger) -> Vec<Account> {
    let day = Some(date(2025, 6, 2));
    let quotas = ["slice", "total", "group"];
    let of = |company: &str| quotas.map(|quota| Account::new(quota, &[company]));
    let [_, total, _] = of("Sub");
    let (to, source) = (Adjustment::To(units(1000)), "a count".to_owned());
    let count = Ask::Adjust { day, account: total, to, goods: None, source };
    let (expiry, note) = (Expiry::After(90), Note::default());
    let hold = Ask::Reserve { day, amount: units(7), accounts: of("Sub").to_vec(), expiry, note };
    let (owned, owner, source) = ("Sub".to_owned(), "Acme".to_owned(), "a report".to_owned());
    let own = Ask::Own { owned, owner, share: units(1), source };
    for (key, ask) in [("total", count), ("hold", hold), ("own", own)] {
        ledger.request(request(key, ask)).await.unwrap();
    }
    of("Sub").into_iter().chain(of("Acme")).collect()
}

/// Many accounts and many holders take no more questions than few.
#[tokio::test]
async fn the_store_is_asked_as_often_for_many_as_for_few() {
    let place = world::memory();
    let hands = Hands::new();
    let (ledger, work) = world::open(&place, &hands).await;
    let reserved = async |number: usize| {
        let part = Account::new("part", &[&format!("C{number}")]);
        let group = Account::new("group", &[&format!("C{number}")]);
        let (day, note) = (Some(date(2025, 6, 2)), Note::default());
        let (to, source) = (Adjustment::To(units(1000)), "a count".to_owned());
        let whole = Account::new("whole", &part.key.iter().map(String::as_str).collect::<Vec<_>>());
        let mine = [whole.clone(), part.clone(), group.clone()];
        let accounts = [Account::new("whole", &["MY"])].into_iter().chain(mine.clone()).collect();
        let count = Ask::Adjust { day, account: whole, to, goods: None, source };
        ledger.request(request(&format!("w{number}"), count)).await.unwrap();
        // Half of them lapse before they are looked at.
        let expiry = Expiry::After(if number.is_multiple_of(2) { 60 } else { 1_000_000 });
        let hold = Ask::Reserve { day, amount: units(1), accounts, expiry, note };
        ledger.request(request(&format!("r{number}"), hold)).await.unwrap();
        // All count for one owner.
        let (owned, owner, source) = (format!("C{number}"), "Top".to_owned(), "its".to_owned());
        let own = Ask::Own { owned, owner, share: units(1), source };
        ledger.request(request(&format!("o{number}"), own)).await.unwrap();
        mine
    };
    let mut asked = Vec::new();
    let mut accounts = Vec::new();
    for number in 0..60 {
        accounts.extend(reserved(number).await);
        if number != 2 && number != 59 {
            continue;
        }
        let mut store = Counting { reader: place.reader().await.unwrap(), asked: 0 };
        let at = hands.now() + jiff::SignedDuration::from_secs(100);
        let standings = view::standings(&mut store, &Table, &accounts, at).await.unwrap();
        assert!(standings.iter().all(|(_, standing)| standing.is_ok()));
        let whole = Account::new("whole", &["MY"]);
        view::balances(&mut store, &whole, at).await.unwrap();
        let holders = view::holders(&mut store, &whole, at).await.unwrap();
        assert_eq!(holders.len(), number.div_ceil(2));
        asked.push(store.asked);
    }
    assert_eq!(asked[0], asked[1]);
    world::close(ledger, work).await;
}

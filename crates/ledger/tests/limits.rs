//! What limits allow where shares, owners and packs that change come together.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may stop at what should not happen")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use jiff::civil::{Date, date};
use ledger::account::{Account, Limit, NoTerms, Quotas, Step, Terms};
use ledger::amount::Amount;
use ledger::ledger::{Clock, Ledger, MoveError, NoNotary, Place, Work};
use ledger::movement::{Adjustment, Ask, Expiry, Reason, Request, Reserved};
use ledger::refusal::Refusal;
use ledger::store::memory::Memory;
use ledger::store::{Identity, Tip};
use ledger::verify::verify;
use ledger::view::{self, StepStanding};

const DAY: Date = date(2025, 8, 1);

fn now() -> Timestamp {
    Timestamp::from_second(1_767_200_000).unwrap()
}

fn units(units: i128) -> Amount {
    Amount::units(units).unwrap()
}

/// - `part [company]`: a half of `whole [company]`, both of owners;
/// - `corner [company]`: the same, of what is in the part;
/// - `cap [company]`: 100, of owners;
/// - `base [company]`: 100 in the first half of 2025 and 300 in the second, which begins a
///   fortnight earlier once it is moved.
#[derive(Default)]
struct Terrain {
    is_moved: AtomicBool,
}

impl Quotas for Terrain {
    fn terms(&self, account: &Account, _: Option<Amount>) -> Result<Terms, NoTerms> {
        let (first, last) = (date(2025, 1, 1), date(2025, 12, 31));
        let all = |limit| vec![Step { from: first, through: last, limit }];
        let is_moved = self.is_moved.load(Ordering::SeqCst);
        let second = if is_moved { date(2025, 6, 15) } else { date(2025, 7, 1) };
        let steps = match account.quota.as_str() {
            "part" | "corner" => {
                let whole = Account::of("whole".to_owned(), account.key.clone());
                all(Limit::Share { share: (1, 2), whole })
            }
            "whole" => all(Limit::Unlimited),
            "cap" => all(Limit::Amount(units(100))),
            "base" => {
                let limit = |units: i128| Limit::Amount(Amount::units(units).unwrap());
                let until = second.yesterday().unwrap();
                vec![
                    Step { from: first, through: until, limit: limit(100) },
                    Step { from: second, through: last, limit: limit(300) },
                ]
            }
            _ => return Err(NoTerms::UnknownQuota(None)),
        };
        let consolidated = account.quota != "base";
        let beside = match account.quota.as_str() {
            "corner" => vec![Account::of("part".to_owned(), account.key.clone())],
            _ => Vec::new(),
        };
        Ok(Terms { steps, beside, consolidated, counts_from: None, takes_off: true })
    }

    fn can_raise(&self, _: &Account) -> bool {
        false
    }
}

struct Desk {
    place: Place,
    quotas: Arc<Terrain>,
    ledger: Ledger,
    work: Work,
    asked: std::cell::Cell<u32>,
}

impl Desk {
    async fn new() -> Desk {
        let created = Timestamp::from_second(1_749_000_000).unwrap();
        let identity =
            Identity { id: "example.com/quota".to_owned(), verifier: String::new(), created };
        let place = Place::Memory(Memory::new(identity.clone(), Tip::start(&identity)));
        let quotas = Arc::new(Terrain::default());
        let clock = Clock::new(now);
        let (ledger, work) =
            Ledger::open(&place, quotas.clone(), clock, Box::new(NoNotary)).await.unwrap();
        Desk { place, quotas, ledger, work, asked: std::cell::Cell::new(0) }
    }

    async fn ask(&self, ask: Ask) -> Result<u64, Refusal> {
        self.asked.set(self.asked.get() + 1);
        self.ask_as(&format!("key {}", self.asked.get()), ask).await
    }

    async fn ask_as(&self, key: &str, ask: Ask) -> Result<u64, Refusal> {
        let request = Request { key: key.to_owned(), by: "desk".to_owned(), ask };
        match self.ledger.request(request).await {
            Ok(receipt) => Ok(receipt.entry.number),
            Err(MoveError::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        }
    }

    async fn reserve(&self, accounts: &[Account], amount: i128) -> Result<u64, Refusal> {
        self.ask(reserve(accounts, amount)).await
    }

    async fn commit(&self, reservation: u64) {
        let (reservation, day) = (Reserved::Entry(reservation), Some(DAY));
        self.ask(Ask::Commit { reservation, amount: None, units: None, day }).await.unwrap();
    }

    async fn adjust(&self, account: Account, day: Date, to: i128) {
        let (to, source) = (Adjustment::To(units(to)), "a report".to_owned());
        self.ask(Ask::Adjust { day: Some(day), account, to, goods: None, source }).await.unwrap();
    }

    async fn retire(
        &self,
        day: Date,
        accounts: &[Account],
        amount: i128,
        reason: Reason,
    ) -> Result<u64, Refusal> {
        let (accounts, amount, day) = (accounts.to_vec(), units(amount), Some(day));
        self.ask(Ask::Retire { day, amount, accounts, reason, note: "".into() }).await
    }

    async fn own(&self, owned: &str, owner: &str, percent: i128) {
        let share = Amount::from_millionths(percent * 10_000);
        let (owned, owner) = (owned.to_owned(), owner.to_owned());
        let source = "its report".to_owned();
        self.ask(Ask::Own { owned, owner, share, source }).await.unwrap();
    }

    async fn standing(&self, account: &Account, day: Date) -> StepStanding {
        let mut reader = self.place.reader().await.unwrap();
        let standing = view::standing(&mut reader, &*self.quotas, account, now()).await.unwrap();
        standing.on(day).unwrap().clone()
    }

    /// The history holds.
    async fn close(self) {
        let mut reader = self.place.reader().await.unwrap();
        verify(&mut reader, None, &[]).await.unwrap();
        drop(self.ledger);
        self.work.finish().await;
    }
}

fn reserve(accounts: &[Account], amount: i128) -> Ask {
    let expiry = Expiry::After(60);
    let (accounts, amount) = (accounts.to_vec(), units(amount));
    Ask::Reserve { day: Some(DAY), amount, accounts, expiry, note: "".into() }
}

fn of(quota: &str, company: &str) -> Account {
    Account::new(quota, &[company])
}

fn both(company: &str) -> [Account; 2] {
    [of("part", company), of("whole", company)]
}

#[tokio::test]
async fn a_part_is_held_with_its_whole_and_never_exceeds_its_share() {
    let desk = Desk::new().await;
    desk.adjust(of("whole", "Acme"), DAY, 100).await;
    let [part, whole] = both("Acme");
    let alone = desk.reserve(std::slice::from_ref(&part), 60).await.unwrap_err();
    assert_eq!(alone, Refusal::WithoutWhole { account: part.clone(), whole: whole.clone() });
    assert_eq!(alone.code(), "without_whole");
    // The room is what can really be placed: (100 / 2) / (1 - 1/2).
    assert_eq!(desk.standing(&part, DAY).await.room(), Some(units(100)));
    let first = desk.reserve(&both("Acme"), 60).await.unwrap();
    assert_eq!(desk.standing(&part, DAY).await.room(), Some(units(40)));
    let second = desk.reserve(&both("Acme"), 40).await.unwrap();
    assert!(matches!(desk.reserve(&both("Acme"), 1).await, Err(Refusal::Over { .. })));
    for reservation in [first, second] {
        desk.commit(reservation).await;
        let (part, whole) = (desk.standing(&part, DAY).await, desk.standing(&whole, DAY).await);
        assert!(part.used.millionths() * 2 <= whole.used.millionths(), "{part:?} of {whole:?}");
    }
    assert_eq!(desk.standing(&part, DAY).await.room(), Some(Amount::ZERO));
    desk.close().await;
}

#[tokio::test]
async fn what_is_lost_is_recorded_and_its_part_shown_as_over() {
    let desk = Desk::new().await;
    desk.adjust(of("whole", "Acme"), DAY, 100).await;
    let [part, whole] = both("Acme");
    let reservation = desk.reserve(&both("Acme"), 80).await.unwrap();
    desk.commit(reservation).await;
    // What is lost from a part is lost from the whole; what moves elsewhere stays in it.
    let alone = desk.retire(DAY, std::slice::from_ref(&part), 10, Reason::Lost).await;
    assert!(matches!(alone, Err(Refusal::WithoutWhole { .. })));
    desk.retire(DAY, std::slice::from_ref(&part), 5, Reason::Relocated).await.unwrap();
    desk.retire(DAY, &both("Acme"), 5, Reason::Lost).await.unwrap();
    assert_eq!(desk.standing(&part, DAY).await.room(), Some(units(35)));
    // 70 of 175. Where 45 are lost elsewhere, 70 of 130 are too many: 10 off both are 60 of 120.
    desk.retire(DAY, std::slice::from_ref(&whole), 45, Reason::Damaged).await.unwrap();
    let standing = desk.standing(&part, DAY).await;
    assert_eq!((standing.limit, standing.room()), (Some(units(65)), Some(units(-10))));
    assert!(matches!(desk.reserve(&both("Acme"), 1).await, Err(Refusal::Over { .. })));
    desk.retire(DAY, &both("Acme"), 10, Reason::Lost).await.unwrap();
    assert_eq!(desk.standing(&part, DAY).await.room(), Some(Amount::ZERO));
    desk.close().await;
}

#[tokio::test]
async fn what_was_drawn_before_an_owner_was_known_counts_for_the_owner() {
    let desk = Desk::new().await;
    let cap = |company: &str| of("cap", company);
    let held = desk.reserve(&[cap("Sub")], 30).await.unwrap();
    desk.reserve(&[cap("Parent")], 20).await.unwrap();
    desk.own("Sub", "Parent", 60).await;
    for company in ["Sub", "Parent"] {
        let standing = desk.standing(&cap(company), DAY).await;
        assert_eq!((standing.held, standing.room()), (units(50), Some(units(50))), "{company}");
    }
    let over = desk.reserve(&[cap("Sub")], 51).await.unwrap_err();
    let Refusal::Over { account, held: found, .. } = over else { panic!("{over}") };
    assert_eq!((account, found), (cap("Parent"), units(50)));
    // What a company asks for is held on its owner's account.
    let asked = reserve(&[cap("Sub")], 50);
    let number = desk.ask_as("again", asked.clone()).await.unwrap();
    let named_twice = desk.reserve(&[cap("Sub"), cap("Parent")], 1).await;
    assert_eq!(named_twice, Err(Refusal::AccountTwice(cap("Parent"))));
    // Sold to nobody known: what it drew itself goes with it, and the same request is the same.
    desk.commit(held).await;
    desk.own("Sub", "Parent", 0).await;
    assert_eq!(desk.standing(&cap("Sub"), DAY).await.room(), Some(units(70)));
    assert_eq!(desk.standing(&cap("Parent"), DAY).await.room(), Some(units(30)));
    assert_eq!(desk.ask_as("again", asked).await, Ok(number));
    desk.own("Parent", "Group", 100).await;
    assert_eq!(desk.standing(&cap("Group"), DAY).await.room(), Some(units(30)));
    desk.close().await;
}

#[tokio::test]
async fn owners_count_within_one_batch_and_for_shares() {
    let desk = Desk::new().await;
    desk.adjust(of("whole", "Sub"), DAY, 60).await;
    desk.adjust(of("whole", "Parent"), DAY, 40).await;
    let request = |key: &str, ask: Ask| Request { key: key.to_owned(), by: "desk".to_owned(), ask };
    let own = Ask::Own {
        owned: "Sub".to_owned(),
        owner: "Parent".to_owned(),
        share: units(1),
        source: "its report".to_owned(),
    };
    let requests = vec![
        request("owned", own),
        request("fits", reserve(&both("Sub"), 100)),
        request("over", reserve(&both("Parent"), 1)),
    ];
    let answers = desk.ledger.each(requests).await.unwrap();
    assert!(answers[0].is_ok() && answers[1].is_ok(), "{answers:?}");
    assert!(matches!(answers[2], Err(Refusal::Over { .. })), "{answers:?}");
    desk.close().await;
}

#[tokio::test]
async fn a_step_that_begins_earlier_keeps_what_was_drawn() {
    let desk = Desk::new().await;
    let base = of("base", "Acme");
    desk.adjust(base.clone(), date(2025, 2, 1), 50).await;
    desk.adjust(base.clone(), date(2025, 7, 20), 250).await;
    desk.quotas.is_moved.store(true, Ordering::SeqCst);
    let standing = desk.standing(&base, DAY).await;
    assert_eq!((standing.used, standing.room()), (units(250), Some(units(50))));
    assert_eq!(desk.standing(&base, date(2025, 2, 1)).await.used, units(50));
    // The writer learns the terms of a pack when it starts.
    let Desk { place, quotas, ledger, work, asked } = desk;
    drop(ledger);
    work.finish().await;
    let opened = Ledger::open(&place, quotas.clone(), Clock::new(now), Box::new(NoNotary)).await;
    let (ledger, work) = opened.unwrap();
    let desk = Desk { place, quotas, ledger, work, asked };
    assert!(matches!(
        desk.reserve(std::slice::from_ref(&base), 51).await,
        Err(Refusal::Over { .. })
    ));
    desk.reserve(std::slice::from_ref(&base), 40).await.unwrap();
    // What comes off is found too, and the history holds.
    let early = date(2025, 6, 20);
    desk.retire(early, std::slice::from_ref(&base), 200, Reason::Failed).await.unwrap();
    assert_eq!(desk.standing(&base, DAY).await.used, units(50));
    desk.close().await;
}

/// What falls in a part of a part is held on both, and on the accounts of the owner.
#[tokio::test]
async fn a_part_is_held_with_the_part_it_falls_in() {
    let desk = Desk::new().await;
    desk.own("Sub", "Acme", 100).await;
    desk.adjust(of("whole", "Acme"), DAY, 100).await;
    let accounts = |company: &str| ["corner", "whole", "part"].map(|quota| of(quota, company));
    let [corner, _, part] = accounts("Acme");
    let alone = desk.reserve(&accounts("Sub")[..2], 10).await.unwrap_err();
    assert_eq!(alone, Refusal::WithoutWhole { account: corner.clone(), whole: part });
    assert!(alone.to_string().contains("counts in part [Acme] too"), "{alone}");
    let held = desk.reserve(&accounts("Sub"), 10).await.unwrap();
    desk.commit(held).await;
    let lost = desk.retire(DAY, &accounts("Acme")[..2], 1, Reason::Lost).await.unwrap_err();
    assert!(matches!(lost, Refusal::WithoutWhole { .. }), "{lost}");
    desk.retire(DAY, &accounts("Acme"), 1, Reason::Lost).await.unwrap();
    // What moves within the company may leave the one alone.
    desk.retire(DAY, &[corner], 1, Reason::Relocated).await.unwrap();
    desk.close().await;
}

/// A total as of a day says nothing of what came after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_total_as_of_a_day_leaves_what_came_later() {
    let desk = Desk::new().await;
    let base = of("base", "Acme");
    let used = async |day| desk.standing(&base, day).await.used;
    let commit = async |amount: i128, day: Date| {
        let ask = Ask::Reserve {
            day: Some(date(2025, 7, 2)),
            amount: units(amount),
            accounts: vec![base.clone()],
            expiry: Expiry::At(Timestamp::from_second(1_800_000_000).unwrap()),
            note: "".into(),
        };
        let reservation = Reserved::Entry(desk.ask(ask).await.unwrap());
        let (amount, units) = (None, None);
        let ask = Ask::Commit { reservation, amount, units, day: Some(day) };
        desk.ask(ask).await.unwrap();
    };
    commit(30, date(2025, 10, 5)).await;
    commit(20, date(2025, 8, 30)).await;
    // The 20 are among the 50; the 30 came later.
    desk.adjust(base.clone(), date(2025, 8, 31), 50).await;
    assert_eq!(used(DAY).await, units(80));
    desk.adjust(base.clone(), date(2025, 8, 31), 50).await;
    assert_eq!(used(DAY).await, units(80));
    // What was corrected as of the end of August stands in a later figure.
    desk.adjust(base.clone(), date(2025, 10, 4), 60).await;
    assert_eq!(used(DAY).await, units(90));
    desk.adjust(base.clone(), date(2025, 10, 5), 100).await;
    assert_eq!(used(DAY).await, units(100));
    // An earlier one is taken over as of its day, below what came after.
    desk.adjust(base.clone(), date(2025, 8, 31), 0).await;
    assert_eq!(used(DAY).await, units(50));
    desk.close().await;
}

//! Random sequences of requests, answered by a ledger and by a model that is obviously right.
//!
//! Every answer is predicted exactly, and after each sequence everything that is stored. What a
//! sequence refers to (a reservation, an earlier key) is drawn as a position, so that a sequence
//! that fails shrinks to a short one that still means something.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::pin::Pin;
use std::task::Poll;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::{Book, Misfit};
use ledger::ledger::{AllError, Ledger, MoveError, Place, Work};
use ledger::movement::{Adjustment, Ask, Event, Expiry, Goods, Reason, Request, Reserved};
use ledger::refusal::Refusal;
use ledger::store::Tip;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use support::model::{Model, Reply};
use support::table::Table;
use support::world::{self, Hands};
use support::{check, postgres};

/// What happens in a sequence.
#[derive(Clone, Debug)]
enum Step {
    /// One request, and the wait for its answer.
    One(Draft),
    /// Several in one job, each for itself.
    Each(Vec<Draft>),
    /// Several in one job, all or none.
    All(Vec<Draft>),
    /// Several callers at once.
    Together(Vec<Draft>),
    /// Expiries alone.
    Expire,
    /// The clock moves by so many microseconds.
    Tick(i64),
    /// The ledger is closed and opened.
    Reopen,
}

/// A request whose references are still open.
#[derive(Clone, Debug)]
struct Draft {
    key: Key,
    by: &'static str,
    ask: Ask,
    /// Where `ask` names a reservation: the one at this position.
    reservation: prop::sample::Index,
    /// How that position is meant.
    wild: Wild,
}

/// Which reservation a draft means.
#[derive(Clone, Copy, Debug)]
enum Wild {
    /// One that is there.
    Known,
    /// An entry that is about to be made.
    Next(u64),
    /// This number.
    Number(u64),
}

/// Which key a draft has.
#[derive(Clone, Debug)]
enum Key {
    /// A new one.
    Fresh,
    /// An earlier request is repeated with all its content.
    Repeat(prop::sample::Index),
    /// An earlier request's key, for this.
    Stolen(prop::sample::Index),
    /// This text.
    Text(String),
}

fn account() -> impl Strategy<Value = Account> {
    let known = prop::sample::select(vec![
        ("cap", vec!["MY"]),
        ("cap", vec!["TH"]),
        ("base", vec!["Acme", "MY"]),
        ("base", vec!["Bolt", "MY"]),
        ("part", vec!["MY"]),
        ("whole", vec!["MY"]),
        ("group", vec!["Acme"]),
        ("group", vec!["Bolt"]),
        ("group", vec!["Crow"]),
        ("total", vec!["Acme"]),
        ("total", vec!["Bolt"]),
    ]);
    let wrong = prop::sample::select(vec![
        ("cup", vec!["MY"]),
        ("none", vec!["MY"]),
        ("none\0", vec!["MY"]),
        ("cap", vec!["MY", "TH"]),
        ("whole", vec![]),
        ("base", vec!["Acme", " "]),
        ("part", vec!["M\0Y"]),
        ("slice", vec!["Acme"]),
        ("group", vec!["Ac\0me"]),
    ]);
    prop_oneof![40 => known, 1 => wrong].prop_map(|(quota, key)| Account::new(quota, &key))
}

fn accounts() -> impl Strategy<Value = Vec<Account>> {
    let part = [Account::new("part", &["MY"]), Account::new("whole", &["MY"])];
    prop_oneof![
        6 => vec(account(), 1),
        3 => vec(account(), 2..4),
        2 => Just(part.to_vec()),
        2 => prop::sample::select(vec!["Acme", "Bolt", "Crow"]).prop_map(|company| {
            vec![Account::new("slice", &[company]), Account::new("total", &[company])]
        }),
        1 => vec(account(), 0..6),
    ]
}

fn day() -> impl Strategy<Value = Date> {
    let usual = prop::sample::select(vec![
        date(2025, 1, 1),
        date(2025, 3, 31),
        date(2025, 5, 9),
        date(2025, 12, 31),
        date(2026, 1, 1),
    ]);
    let odd = vec![date(2024, 12, 31), date(2025, 8, 1), date(2027, 6, 1), Date::MAX, Date::MIN];
    prop_oneof![8 => usual, 1 => prop::sample::select(odd)]
}

fn amount() -> impl Strategy<Value = Amount> {
    let odd = vec![0, -1, i128::MAX, i128::MAX / 2, i128::MIN, i128::MIN + 1, 1, 999_999];
    prop_oneof![
        10 => (1..200_i128).prop_map(|units| units * 1_000_000),
        6 => (1..2_000_i128).prop_map(|quarters| quarters * 250_000),
        1 => prop::sample::select(odd),
    ]
    .prop_map(Amount::from_millionths)
}

fn expiry() -> impl Strategy<Value = Expiry> {
    let at = |micros: i64| Timestamp::from_microsecond(1_750_000_000_000_000 + micros).unwrap();
    prop_oneof![
        4 => (1..100_u32).prop_map(Expiry::After),
        4 => (1..100_u32).prop_map(|tens| Expiry::After(tens * 10_000)),
        2 => (-5..100_i64).prop_map(move |seconds| Expiry::At(at(seconds * 1_000_000))),
        1 => Just(Expiry::After(0)),
        1 => Just(Expiry::At(Timestamp::MAX)),
        1 => Just(Expiry::At(Timestamp::MIN)),
        1 => (1..9_i64).prop_map(move |micros| {
            Expiry::At(at(micros) + SignedDuration::from_nanos(500))
        }),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let odd = ["", " ", "tab\there", "\u{85}", "\"quoted\" \\ ≤ 😀", "\0"];
    let odd = prop::sample::select(odd.map(str::to_owned).to_vec());
    prop_oneof![
        20 => Just("line 1".to_owned()),
        1 => odd,
        1 => (999..1002_usize).prop_map(|length| "é".repeat(length)),
    ]
}

fn name() -> impl Strategy<Value = String> {
    let odd = ["", "Acme\n", &"A".repeat(201), &"é".repeat(200)].map(str::to_owned);
    let usual = ["Acme", "Bolt", "Crow"].map(str::to_owned);
    prop_oneof![
        9 => prop::sample::select(usual.to_vec()),
        1 => prop::sample::select(odd.to_vec()),
    ]
}

fn figure() -> impl Strategy<Value = Adjustment> {
    prop_oneof![
        2 => amount().prop_map(Adjustment::To),
        1 => amount().prop_map(Adjustment::By),
        1 => amount().prop_map(|amount| {
            Adjustment::By(Amount::from_millionths(amount.millionths().saturating_neg()))
        }),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let reserve = (day(), amount(), accounts(), expiry(), text()).prop_map(
        |(day, amount, accounts, expiry, note)| Ask::Reserve {
            day: Some(day),
            amount,
            accounts,
            expiry,
            note: note.into(),
        },
    );
    let commit = (day(), prop_oneof![1 => Just(None), 1 => amount().prop_map(Some)]).prop_map(
        |(day, amount)| {
            let (reservation, day) = (Reserved::Entry(0), Some(day));
            Ask::Commit { reservation, amount, units: None, day }
        },
    );
    let reason = prop::sample::select(Reason::ALL.to_vec());
    let retire = (day(), amount(), accounts(), reason, text()).prop_map(
        |(day, amount, accounts, reason, note)| Ask::Retire {
            day: Some(day),
            amount,
            accounts,
            reason,
            note: note.into(),
        },
    );
    let goods = prop::sample::select(vec![None, Some(1), Some(7)]);
    let adjust = (day(), account(), figure(), goods, text()).prop_map(
        |(day, account, to, units, source)| {
            let goods = units.and_then(std::num::NonZeroU64::new);
            let goods = goods.map(|units| Goods { item: "h100".to_owned(), units });
            Ask::Adjust { day: Some(day), account, to, goods, source }
        },
    );
    let raise = (account(), amount(), text()).prop_map(|(account, limit, source)| Ask::Raise {
        account,
        limit,
        source,
    });
    let share = prop::sample::select(vec![500_000, 1_000_000, 600_000, 1, 0, 1_000_001, -1]);
    let own = (name(), name(), share, text()).prop_map(|(owned, owner, share, source)| Ask::Own {
        owned,
        owner,
        share: Amount::from_millionths(share),
        source,
    });
    prop_oneof![
        10 => reserve,
        7 => commit,
        2 => Just(Ask::Release { reservation: Reserved::Entry(0) }),
        3 => retire,
        2 => adjust,
        1 => raise,
        2 => own,
    ]
}

fn key() -> impl Strategy<Value = Key> {
    let odd = ["", "a\0b", "line\n", &"k".repeat(201), &"é".repeat(200), "plain"];
    let odd = odd.map(str::to_owned).to_vec();
    prop_oneof![
        12 => Just(Key::Fresh),
        3 => any::<prop::sample::Index>().prop_map(Key::Repeat),
        1 => any::<prop::sample::Index>().prop_map(Key::Stolen),
        1 => prop::sample::select(odd).prop_map(Key::Text),
    ]
}

fn draft() -> impl Strategy<Value = Draft> {
    let by = prop_oneof![30 => Just("desk"), 1 => Just("de\0sk"), 1 => Just("")];
    let wild = prop_oneof![
        12 => Just(Wild::Known),
        2 => (1..4_u64).prop_map(Wild::Next),
        1 => prop::sample::select(vec![0, u64::MAX, u64::MAX >> 1]).prop_map(Wild::Number),
    ];
    (key(), by, ask(), any::<prop::sample::Index>(), wild)
        .prop_map(|(key, by, ask, reservation, wild)| Draft { key, by, ask, reservation, wild })
}

fn step() -> impl Strategy<Value = Step> {
    let tick = prop_oneof![
        4 => (1..60_i64).prop_map(|seconds| seconds * 1_000_000),
        2 => 1..10_i64,
        1 => (1..60_i64).prop_map(|days| days * 86_400_000_000),
        1 => -30_000_000..0_i64,
    ];
    prop_oneof![
        8 => draft().prop_map(Step::One),
        3 => vec(draft(), 0..6).prop_map(Step::Each),
        3 => vec(draft(), 0..4).prop_map(Step::All),
        3 => vec(draft(), 1..6).prop_map(Step::Together),
        1 => Just(Step::Expire),
        4 => tick.prop_map(Step::Tick),
        1 => Just(Step::Reopen),
    ]
}

/// A ledger and its model, side by side.
struct Pair {
    place: Place,
    hands: Hands,
    model: Model,
    ledger: Ledger,
    work: Work,
    requests: Vec<Request>,
}

impl Pair {
    async fn new(place: Place) -> Pair {
        let hands = Hands::new();
        let (ledger, work) = world::open(&place, &hands).await;
        let model = Model::new(world::identity().created);
        Pair { place, hands, model, ledger, work, requests: Vec::new() }
    }

    fn request(&mut self, draft: &Draft) -> Request {
        let fresh = format!("key {}", self.requests.len());
        let earlier = |at: &prop::sample::Index, requests: &[Request]| {
            (!requests.is_empty()).then(|| at.get(requests).clone())
        };
        let key = match &draft.key {
            Key::Fresh => fresh,
            Key::Text(text) => text.clone(),
            Key::Stolen(at) => earlier(at, &self.requests).map_or(fresh, |request| request.key),
            Key::Repeat(at) => match earlier(at, &self.requests) {
                Some(request) => return request,
                None => fresh,
            },
        };
        let mut ask = draft.ask.clone();
        if let Ask::Commit { reservation, .. } | Ask::Release { reservation } = &mut ask {
            *reservation = Reserved::Entry(self.number(draft));
        }
        let request = Request { key, by: draft.by.to_owned(), ask };
        self.requests.push(request.clone());
        request
    }

    fn number(&self, draft: &Draft) -> u64 {
        let entries = self.model.entries();
        match draft.wild {
            Wild::Next(ahead) => entries.len() as u64 + ahead,
            Wild::Number(number) => number,
            Wild::Known => {
                let is_reserve = |event: &Event| matches!(event, Event::Reserve { .. });
                let reserved = entries.iter().filter(|entry| is_reserve(&entry.event));
                let numbers: Vec<u64> = reserved.map(|entry| entry.number).collect();
                if numbers.is_empty() { 0 } else { *draft.reservation.get(&numbers) }
            }
        }
    }

    fn draw(&mut self, drafts: &[Draft]) -> Vec<Request> {
        drafts.iter().map(|draft| self.request(draft)).collect()
    }

    /// What the model says to requests one after the other.
    fn predict(&mut self, requests: &[Request]) -> Vec<Reply> {
        let now = self.hands.now();
        self.model.expire(now);
        requests.iter().map(|request| self.model.ask(request, now)).collect()
    }

    async fn take(mut self, step: Step) -> Pair {
        match step {
            Step::One(draft) => self.together(&[draft]).await,
            Step::Together(drafts) => self.together(&drafts).await,
            Step::Each(drafts) => {
                let requests = self.draw(&drafts);
                let expected = self.predict(&requests);
                let answers = self.ledger.each(requests).await.unwrap();
                let answers: Vec<Reply> = answers.into_iter().map(reply).collect();
                assert_eq!(answers, expected);
            }
            Step::All(drafts) => self.all(&drafts).await,
            Step::Expire => {
                self.predict(&[]);
                self.ledger.expire().await.unwrap();
            }
            Step::Tick(micros) => self.hands.move_by(micros),
            Step::Reopen => {
                world::close(self.ledger, self.work).await;
                (self.ledger, self.work) = world::open(&self.place, &self.hands).await;
            }
        }
        self
    }

    async fn all(&mut self, drafts: &[Draft]) {
        let requests = self.draw(drafts);
        self.predict(&[]);
        let before = self.model.clone();
        let expected = self.predict(&requests);
        let refused = |(at, reply): (usize, &Reply)| Some((at, reply.as_ref().err()?.clone()));
        let refused: Vec<(usize, Refusal)> =
            expected.iter().enumerate().filter_map(refused).collect();
        match self.ledger.all(requests).await {
            Ok(receipts) => {
                let receipts: Vec<Reply> = receipts.into_iter().map(Ok).map(reply).collect();
                assert_eq!(receipts, expected);
            }
            Err(AllError::Refused(answers)) => {
                let recorded = before.entries().len() as u64;
                let plain = |(at, refusal): (usize, Refusal)| match refusal {
                    // It names what would have been recorded, and by which of the requests.
                    Refusal::Together { why, entries } => {
                        assert!(entries.iter().all(|(entry, by)| *entry > recorded && *by < at));
                        (at, *why)
                    }
                    refusal => (at, refusal),
                };
                let answers: Vec<(usize, Refusal)> = answers.into_iter().map(plain).collect();
                assert_eq!(answers, refused);
                self.model = before;
            }
            Err(AllError::Failed(failure)) => panic!("{failure}"),
        }
    }

    /// Every request is a caller's own, all at once.
    async fn together(&mut self, drafts: &[Draft]) {
        let requests = self.draw(drafts);
        let expected = self.predict(&requests);
        let ledger = &self.ledger;
        type Call<'l> = Pin<Box<dyn Future<Output = Reply> + 'l>>;
        let call = |request: Request| -> Call<'_> {
            Box::pin(async move {
                match ledger.request(request).await {
                    Err(MoveError::Failed(failure)) => panic!("{failure}"),
                    Err(MoveError::Refused(refusal)) => Err(refusal),
                    Ok(receipt) => reply(Ok(receipt)),
                }
            })
        };
        let mut calls: Vec<Call<'_>> = requests.into_iter().map(call).collect();
        let mut replies: Vec<Option<Reply>> = vec![None; calls.len()];
        std::future::poll_fn(|context| {
            for (call, reply) in calls.iter_mut().zip(&mut replies) {
                if reply.is_none()
                    && let Poll::Ready(answer) = call.as_mut().poll(context)
                {
                    *reply = Some(answer);
                }
            }
            if replies.contains(&None) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        let replies: Vec<Reply> = replies.into_iter().flatten().collect();
        assert_eq!(replies, expected);
    }
}

fn reply(answer: Result<ledger::book::Receipt, Refusal>) -> Reply {
    answer.map(|receipt| ((*receipt.entry).clone(), receipt.repeated))
}

/// Runs sequences on new ledgers at places that are made for each.
fn run<F: Future<Output = Place>>(sequences: u32, length: usize, new_place: impl Fn() -> F) {
    let config = Config {
        cases: sequences,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    };
    // The usual run is the same every time; one that is asked for looks further.
    let mut runner = if std::env::var_os("WEIR_LEDGER_RUNS").is_some() {
        TestRunner::new(config)
    } else {
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng)
    };
    let outcome = runner.run(&vec(step(), 1..length), |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new(new_place().await).await;
            for step in steps {
                pair = pair.take(step).await;
            }
            world::close(pair.ledger, pair.work).await;
            check::same(&pair.place, &pair.model).await;
        });
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn a_ledger_in_memory_answers_like_the_model() {
    run(world::runs(), 40, || async { world::memory() });
}

#[test]
fn books_without_a_journal_answer_like_books_with_one() {
    let of = |asks: &[(Ask, u64)]| {
        let now = Hands::new().now();
        let head = Tip::start(&world::identity()).head;
        let (mut kept, mut played) = (Book::at(head.clone()), Book::at(head.clone()));
        let mut moved = 0;
        for (at, (ask, reservation)) in asks.iter().enumerate() {
            let mut ask = ask.clone();
            if let Ask::Commit { reservation: one, .. } | Ask::Release { reservation: one } =
                &mut ask
            {
                *one = Reserved::Entry(*reservation);
            }
            let request = Request { key: format!("key {at}"), by: "desk".to_owned(), ask };
            let answer = kept.apply(&Table, &request, now).map(|receipt| receipt.entry.number);
            // Texts are for the journal, and looked at there alone.
            if let Err(Refusal::BadText { .. } | Refusal::NoSource) = answer {
                continue;
            }
            moved += usize::from(answer.is_ok());
            assert_eq!(played.play(&Table, &request.ask, now), answer);
        }
        let recorded = kept.take_fresh();
        for (account, step, _) in recorded.iter().flat_map(|one| one.postings.clone()) {
            let balance = |book: &Book| book.account(&account).map(|state| state.steps[&step]);
            assert_eq!(balance(&played), balance(&kept));
        }
        let (end, there) = (played.head(), kept.head());
        assert_eq!((end.number, end.at, end.hash), (there.number, there.at, head.hash));
        assert!(played.take_fresh().is_empty());
        // A journal that began now would have a gap.
        if let Some(last) = recorded.last() {
            assert_eq!(played.record((*last.entry).clone()).err(), Some(Misfit::Gap));
        }
        moved
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let config = Config { cases: world::runs(), failure_persistence: None, ..Config::default() };
    let moved = std::cell::Cell::new(0);
    let outcome =
        TestRunner::new_with_rng(config, rng).run(&vec((ask(), 1..20_u64), 1..40), |asks| {
            moved.set(moved.get() + of(&asks));
            Ok(())
        });
    assert_eq!(outcome, Ok(()));
    assert!(moved.get() > world::runs() as usize);
}

#[test]
fn a_ledger_in_sqlite_answers_like_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let files = std::cell::Cell::new(0);
    run(world::runs().div_ceil(50), 60, || async {
        files.set(files.get() + 1);
        let place = Place::Sqlite(folder.path().join(format!("{}.db", files.get())));
        place.create(&world::identity()).await.unwrap();
        place
    });
}

#[test]
fn a_ledger_in_postgres_answers_like_the_model() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let url = server.create_database().unwrap();
    run(world::runs().div_ceil(50), 60, || world::renew(&url));
}

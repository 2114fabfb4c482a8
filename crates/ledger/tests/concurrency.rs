//! Many callers on one hot account, through one ledger and through two that share a database.
//!
//! Nobody knows in which order the requests come, but the journal says it. Asked in that order, the
//! model must answer every request as the ledger did, to the last field; what is stored must be
//! what the model says; and every refusal must be one that was true at some point.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::civil::date;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::Receipt;
use ledger::ledger::{AllError, Ledger, MoveError, Place};
use ledger::movement::{Adjustment, Ask, Entry, Event, Expiry, Note, Reason, Request};
use ledger::refusal::Refusal;

use support::dice::Dice;
use support::model::Model;
use support::world::{self, Hands};
use support::{check, postgres};

/// How many callers there are.
const CALLERS: u64 = 64;

/// How often each asks.
const TURNS: u64 = 16;

type Answer = Result<Receipt, Refusal>;

/// What one caller asked and was answered, in order.
type Talk = Vec<(Request, Answer)>;

struct Caller {
    number: u64,
    dice: Dice,
    ledgers: Vec<Ledger>,
    hands: Hands,
    open: Vec<u64>,
    talk: Talk,
}

fn amount(dice: &mut Dice, most: u64) -> Amount {
    Amount::from_millionths(i128::from(1 + dice.roll(most)) * 250_000)
}

fn reserve(dice: &mut Dice) -> Ask {
    let hot = Account::new("cap", &["MY"]);
    let base = Account::new("base", &["Acme", "MY"]);
    let [part, whole] = ["part", "whole"].map(|quota| Account::new(quota, &["MY"]));
    let accounts = match dice.roll(8) {
        0 => vec![base],
        1 => vec![base, hot],
        2 => vec![part, whole],
        3 => vec![whole],
        _ => vec![hot],
    };
    Ask::Reserve {
        day: Some(date(2025, if dice.roll(2) == 0 { 2 } else { 5 }, 9)),
        amount: amount(dice, 160),
        accounts,
        expiry: Expiry::After(u32::try_from(1 + dice.roll(200)).unwrap()),
        note: "a line".into(),
    }
}

impl Caller {
    fn request(&self, ask: Ask) -> Request {
        let key = format!("{} {}", self.number, self.talk.len());
        Request { key, by: format!("caller {}", self.number), ask }
    }

    fn ask(&mut self) -> Ask {
        let hot = Account::new("cap", &["MY"]);
        let day = Some(date(2025, 6, 2));
        match (self.dice.roll(10), self.open.pop()) {
            (0..4, Some(reservation)) => {
                let amount = (self.dice.roll(2) == 0).then(|| amount(&mut self.dice, 40));
                Ask::Commit { reservation: reservation.into(), amount, units: None, day }
            }
            (4, Some(reservation)) => Ask::Release { reservation: reservation.into() },
            (5, open) => {
                self.open.extend(open);
                let (amount, note) = (amount(&mut self.dice, 8), Note::default());
                Ask::Retire { day, amount, accounts: vec![hot], reason: Reason::Failed, note }
            }
            (6, open) => {
                self.open.extend(open);
                let by = Amount::from_millionths(-amount(&mut self.dice, 8).millionths());
                let (to, source) = (Adjustment::By(by), "a count".to_owned());
                Ask::Adjust { day, account: hot, to, goods: None, source }
            }
            (_, open) => {
                self.open.extend(open);
                reserve(&mut self.dice)
            }
        }
    }

    fn two(&mut self) -> Vec<Request> {
        let ask = reserve(&mut self.dice);
        let mut requests = vec![self.request(ask); 2];
        requests[1].key.push_str(" b");
        requests
    }

    /// One of the ledgers, as if a balancer had picked a server.
    fn ledger(&mut self) -> Ledger {
        let servers = self.ledgers.len() as u64;
        self.ledgers[usize::try_from(self.dice.roll(servers)).unwrap()].clone()
    }

    fn note(&mut self, request: Request, answer: Answer) {
        if let Ok(Receipt { entry, repeated: false }) = &answer
            && matches!(entry.event, Event::Reserve { .. })
        {
            self.open.push(entry.number);
        }
        self.talk.push((request, answer));
    }

    async fn turn(&mut self) {
        self.hands.move_by(100_000);
        let ledger = self.ledger();
        match self.dice.roll(12) {
            0 if !self.talk.is_empty() => {
                let at = self.dice.roll(self.talk.len() as u64);
                let (mut request, _) = self.talk[usize::try_from(at).unwrap()].clone();
                if self.dice.roll(3) == 0 {
                    request.ask = Ask::Release { reservation: 0.into() };
                }
                let answer = moved(ledger.request(request.clone()).await);
                self.note(request, answer);
            }
            1 => {
                let requests = self.two();
                let answers = ledger.each(requests.clone()).await.unwrap();
                for (request, answer) in requests.into_iter().zip(answers) {
                    self.note(request, answer);
                }
            }
            2 => {
                let requests = self.two();
                match ledger.all(requests.clone()).await {
                    Ok(receipts) => {
                        for (request, receipt) in requests.into_iter().zip(receipts) {
                            self.note(request, Ok(receipt));
                        }
                    }
                    Err(AllError::Refused(refused)) => assert!(!refused.is_empty()),
                    Err(AllError::Failed(failure)) => panic!("{failure}"),
                }
            }
            _ => {
                let ask = self.ask();
                let request = self.request(ask);
                let answer = moved(ledger.request(request.clone()).await);
                self.note(request, answer);
            }
        }
    }
}

fn moved(answer: Result<Receipt, MoveError>) -> Answer {
    match answer {
        Ok(receipt) => Ok(receipt),
        Err(MoveError::Refused(refusal)) => Err(refusal),
        Err(MoveError::Failed(failure)) => panic!("{failure}"),
    }
}

/// Asks the model in the order of the journal.
fn follow(entries: &[Entry], talks: &[Talk]) -> Model {
    let mut asked: HashMap<u64, &Request> = HashMap::new();
    for (request, answer) in talks.iter().flatten() {
        if let Ok(Receipt { entry, repeated: false }) = answer {
            assert!(asked.insert(entry.number, request).is_none(), "two made entry {entry:?}");
        }
    }
    let mut model = Model::new(world::identity().created);
    for entry in entries {
        model.expire(entry.at);
        if model.entries().len() as u64 >= entry.number {
            continue;
        }
        let request = asked.get(&entry.number).expect("somebody was told of it");
        assert_eq!(model.ask(request, entry.at), Ok((entry.clone(), false)));
    }
    model
}

/// Holds every answer against the journal.
fn hold_answers(entries: &[Entry], model: &Model, talks: &[Talk]) {
    let at = |number: u64| &entries[usize::try_from(number).unwrap() - 1];
    let keys: HashMap<&str, u64> =
        entries.iter().filter_map(|entry| Some((entry.key.as_deref()?, entry.number))).collect();
    let mut sums: HashSet<(Account, Amount, Amount)> = HashSet::new();
    let (mut used, mut held) = (HashMap::new(), HashMap::new());
    let hot = Account::new("cap", &["MY"]);
    sums.insert((hot.clone(), Amount::ZERO, Amount::ZERO));
    for change in model.changes().into_iter().filter(|change| change.account == hot) {
        let used: &mut i128 = used.entry(()).or_default();
        let held: &mut i128 = held.entry(()).or_default();
        *used += change.used;
        *held += change.held;
        assert!(*used >= 0 && *held >= 0 && *used + *held <= 1_000_000_000);
        let [used, held] = [*used, *held].map(Amount::from_millionths);
        sums.insert((change.account, used, held));
    }
    for talk in talks {
        let mut last = 0;
        for (request, answer) in talk {
            match answer {
                Ok(receipt) => {
                    assert_eq!(*receipt.entry, *at(receipt.entry.number));
                    assert_eq!(receipt.entry.key.as_ref(), Some(&request.key));
                    assert!(receipt.repeated || receipt.entry.number > last, "out of order");
                    last = last.max(receipt.entry.number);
                }
                Err(Refusal::KeyReused { key, entry }) => assert_eq!(keys[key.as_str()], *entry),
                Err(Refusal::Over { account, used, held, .. }) if *account == hot => {
                    assert!(sums.contains(&(account.clone(), *used, *held)), "{answer:?}");
                }
                Err(
                    Refusal::AlreadyCommitted { reservation, entry }
                    | Refusal::AlreadyReleased { reservation, entry }
                    | Refusal::AlreadyExpired { reservation, entry },
                ) => assert_eq!(at(*entry).event.reservation(), Some(*reservation)),
                Err(_) => {}
            }
        }
    }
}

/// Lets all callers ask at once, each through all of the ledgers in turn.
async fn storm(place: Place, key: &Path, servers: usize) {
    let hands = Hands::new();
    let (mut ledgers, mut works) = (Vec::new(), Vec::new());
    for server in 0..servers {
        // Each has the key and keeps its own checkpoints.
        let own = key.with_extension(server.to_string());
        std::fs::copy(key, &own).unwrap();
        let (ledger, work) = world::open_to_sign(&place, &hands, &own).await;
        ledgers.push(ledger);
        works.push(work);
    }
    let caller = |number: u64| Caller {
        number,
        dice: Dice::new(number),
        ledgers: ledgers.clone(),
        hands: hands.clone(),
        open: Vec::new(),
        talk: Vec::new(),
    };
    let talk = |mut caller: Caller| async move {
        for _ in 0..TURNS {
            caller.turn().await;
        }
        caller.talk
    };
    let tasks: Vec<_> = (0..CALLERS).map(|number| tokio::spawn(talk(caller(number)))).collect();
    let mut talks = Vec::new();
    for task in tasks {
        talks.push(task.await.unwrap());
    }
    drop(ledgers);
    for work in works {
        work.finish().await;
    }
    let entries = check::journal_of(&place).await;
    let model = follow(&entries, &talks);
    hold_answers(&entries, &model, &talks);
    check::same(&place, &model).await;
}

async fn in_sqlite(servers: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (place, key) = (Place::Sqlite(folder.path().join("quota.db")), folder.path().join("key"));
    place.create(&world::signed_identity(&key)).await.unwrap();
    storm(place, &key, servers).await;
}

async fn in_postgres(servers: usize) {
    let Some(server) = postgres::shared().unwrap() else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let identity = world::signed_identity(&key);
    let place = world::renew_as(&server.create_database().unwrap(), &identity).await;
    storm(place, &key, servers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_on_one_account_in_sqlite() {
    in_sqlite(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_callers_on_one_account_in_postgres() {
    in_postgres(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_ledgers_on_one_sqlite_file() {
    in_sqlite(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_on_one_postgres_database() {
    in_postgres(2).await;
}

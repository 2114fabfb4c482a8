//! Callers who reserve on one account.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use jiff::civil::date;
use ledger::account::{Account, Limit, NoTerms, Quotas, Step, Terms};
use ledger::amount::Amount;
use ledger::ledger::{Clock, Ledger, NoNotary, Place};
use ledger::movement::{Ask, Expiry, Request};
use ledger::store::{Identity, ReadStore};
use tokio::sync::Mutex;

/// The quota.
pub const QUOTA: &str = "country-allocation";

/// Who asks for how much.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How many callers there are at once.
    pub callers: usize,
    /// How many reservations a caller asks for at a time.
    pub window: usize,
    /// How many there are in all.
    pub total: usize,
    /// Whether each has the ledger to itself: one transaction a reservation.
    pub alone: bool,
    /// What request keys are.
    pub keys: Keys,
}

/// Request keys: UUIDs of RFC 9562.
#[derive(Clone, Copy, Debug)]
pub enum Keys {
    /// Version 7, which begins with the time.
    Timed,
    /// Version 4, which is random.
    Random,
}

impl Keys {
    /// A key that no other request has.
    fn make(self, caller: usize, number: usize) -> String {
        let seed = (caller as u64) << 40 | number as u64;
        let (chance, low) = (mixed(seed), mixed(!seed) >> 2 | 1 << 63);
        let millis = Timestamp::now().as_millisecond().unsigned_abs();
        let high = match self {
            Keys::Timed => millis << 16 | 7 << 12 | chance & 0xfff,
            Keys::Random => chance & !0xf000 | 4 << 12,
        };
        let (time, middle, version) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
        let (variant, node) = (low >> 48, low & 0xffff_ffff_ffff);
        format!("{time:08x}-{middle:04x}-{version:04x}-{variant:04x}-{node:012x}")
    }
}

/// What looks random and is the same in every run (SplitMix64), different for different numbers.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Reservations a second.
    pub rate: f64,
    /// What half of the callers waited at most.
    pub median: Duration,
    /// What 99 of 100 waited at most.
    pub slow: Duration,
}

/// One large limit.
struct Roomy;

impl Quotas for Roomy {
    fn terms(&self, _: &Account, _: Option<Amount>) -> Result<Terms, NoTerms> {
        let limit = Limit::Amount(Amount::from_millionths(i128::MAX / 2));
        let (from, through) = (date(2025, 1, 1), date(2027, 12, 31));
        let steps = vec![Step { from, through, limit }];
        let (beside, counts_from) = (Vec::new(), None);
        Ok(Terms { steps, beside, consolidated: false, counts_from, takes_off: false })
    }

    fn can_raise(&self, _: &Account) -> bool {
        true
    }
}

fn request(key: String, number: usize) -> anyhow::Result<Request> {
    Ok(Request {
        key,
        by: "bench".to_owned(),
        ask: Ask::Reserve {
            day: Some(date(2025, 6, 2)),
            amount: Amount::units(15_832)?,
            accounts: vec![Account::new(QUOTA, &["MY"])],
            expiry: Expiry::After(30 * 86_400),
            note: format!("orders.csv line {number}").into(),
        },
    })
}

impl Load {
    /// Makes a ledger, puts the load on it, and checks that everything asked for is there.
    ///
    /// # Errors
    /// A ledger that fails, or that does not hold what it said.
    pub async fn run(&self, place: &Place) -> anyhow::Result<Measured> {
        let identity = Identity {
            id: "example.com/bench".to_owned(),
            verifier: String::new(),
            created: Timestamp::now(),
        };
        place.create(&identity).await?;
        let clock = Clock::new(Timestamp::now);
        let (ledger, work) =
            Ledger::open(place, Arc::new(Roomy), clock, Box::new(NoNotary)).await?;
        let turn = self.alone.then(|| Arc::new(Mutex::new(())));
        let start = Instant::now();
        let mut callers = Vec::new();
        for caller in 0..self.callers {
            let (ledger, turn, load) = (ledger.clone(), turn.clone(), *self);
            callers.push(tokio::spawn(async move { load.call(caller, &ledger, turn).await }));
        }
        let mut waits = Vec::new();
        for caller in callers {
            waits.extend(caller.await??);
        }
        let taken = start.elapsed();
        drop(ledger);
        work.finish().await;
        let count = self.total / self.callers * self.callers;
        let stored = place.reader().await?.tip().await?.head.number;
        ensure!(stored == count as u64, "{stored} entries are stored of {count}");
        waits.sort();
        let at = |part: usize| waits.get(waits.len() * part / 100).copied();
        Ok(Measured {
            rate: count as f64 / taken.as_secs_f64(),
            median: at(50).context("nobody waited")?,
            slow: at(99).context("nobody waited")?,
        })
    }

    async fn call(
        &self,
        caller: usize,
        ledger: &Ledger,
        turn: Option<Arc<Mutex<()>>>,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut waits = Vec::new();
        let mut next = 0;
        let mine = self.total / self.callers;
        while next < mine {
            let last = mine.min(next + self.window);
            let requests =
                (next..last).map(|number| request(self.keys.make(caller, number), number));
            let requests = requests.collect::<anyhow::Result<Vec<Request>>>()?;
            let _turn = match &turn {
                Some(turn) => Some(turn.lock().await),
                None => None,
            };
            let start = Instant::now();
            for answer in ledger.each(requests).await? {
                answer?;
            }
            waits.push(start.elapsed());
            next = last;
        }
        Ok(waits)
    }
}

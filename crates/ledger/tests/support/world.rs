//! What a ledger under test stands in: a clock that is set, an identity, a place.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use ledger::keys::{self, KeyNotary};
use ledger::ledger::{Clock, Ledger, NoNotary, Place, Work};
use ledger::store::memory::Memory;
use ledger::store::{Identity, Tip};
use sqlx::Connection;

use super::table::Table;

/// A clock that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct Hands(Arc<AtomicI64>);

impl Hands {
    /// A clock that shows the time at which the ledgers of these tests begin to work.
    pub fn new() -> Hands {
        Hands(Arc::new(AtomicI64::new(1_750_000_000_000_000)))
    }

    /// Moves it, also back.
    pub fn move_by(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }

    /// The ledger's view of it.
    pub fn clock(&self) -> Clock {
        let hands = self.clone();
        Clock::new(move || hands.now())
    }
}

/// The ledger that these tests make.
pub fn identity() -> Identity {
    Identity {
        id: "example.com/quota".to_owned(),
        verifier: String::new(),
        created: Timestamp::from_second(1_749_000_000).unwrap(),
    }
}

/// A new ledger in memory.
pub fn memory() -> Place {
    Place::Memory(Memory::new(identity(), Tip::start(&identity())))
}

/// Opens a ledger with the table of quotas.
pub async fn open(place: &Place, hands: &Hands) -> (Ledger, Work) {
    Ledger::open(place, Arc::new(Table), hands.clock(), Box::new(NoNotary)).await.unwrap()
}

/// The ledger that these tests make, with a key beside it that is made for it.
pub fn signed_identity(key: &Path) -> Identity {
    let name = identity().id;
    let verifier = keys::create(key, &name).unwrap().to_string();
    Identity { verifier, ..identity() }
}

/// Opens a ledger that signs, as the program does.
pub async fn open_to_sign(place: &Place, hands: &Hands, key: &Path) -> (Ledger, Work) {
    let notary = Box::new(KeyNotary::open(key).unwrap());
    Ledger::open(place, Arc::new(Table), hands.clock(), notary).await.unwrap()
}

/// Closes a ledger, when everything is answered.
pub async fn close(ledger: Ledger, work: Work) {
    drop(ledger);
    work.finish().await;
}

/// Empties a database of PostgreSQL and makes a ledger in it.
pub async fn renew(url: &str) -> Place {
    renew_as(url, &identity()).await
}

/// The same with an identity of its own.
pub async fn renew_as(url: &str, identity: &Identity) -> Place {
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let place = Place::Postgres(url.to_owned());
    place.create(identity).await.unwrap();
    place
}

/// How many sequences a test runs: `WEIR_LEDGER_RUNS`, or else a number that is quick.
pub fn runs() -> u32 {
    let asked = std::env::var("WEIR_LEDGER_RUNS").ok();
    asked.map_or(2000, |runs| runs.parse().expect("WEIR_LEDGER_RUNS is a number"))
}

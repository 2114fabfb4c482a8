//! Ledgers of an earlier schema, brought up to a later one, which only these tests have.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::postgres::{self, Postgres};
use super::sqlite::files::Mode;
use super::sqlite::{self, Sqlite};
use super::{Identity, ReadStore, StoreError, WriteStore};
use crate::account::{Account, NoTerms, Quotas, Terms};
use crate::amount::Amount;
use crate::ledger::{Clock, Ledger, NoNotary, Place};
use crate::movement::{Ask, Request};
use crate::verify;

#[path = "../../tests/support/postgres.rs"]
#[allow(
    dead_code,
    unfulfilled_lint_expectations,
    reason = "these tests need less of it than others, and may print"
)]
mod server;

/// What a later weir might add: it reads what is there.
const LATER: (&str, &str) = ("later", "CREATE TABLE later AS SELECT number FROM entry");

/// How many entries are there before.
const ENTRIES: u64 = 20;

/// What is recorded needs no quotas.
struct NoQuotas;

impl Quotas for NoQuotas {
    fn terms(&self, _: &Account, _: Option<Amount>) -> Result<Terms, NoTerms> {
        Err(NoTerms::UnknownQuota(None))
    }

    fn can_raise(&self, _: &Account) -> bool {
        false
    }
}

/// Makes a ledger of the schema as it is, with some entries.
async fn filled(place: &Place) {
    let created = Timestamp::from_second(1_750_000_000).unwrap();
    let (id, verifier) = ("example.com/quota".to_owned(), String::new());
    place.create(&Identity { id, verifier, created }).await.unwrap();
    let clock = Clock::new(move || created);
    let opened = Ledger::open(place, Arc::new(NoQuotas), clock, Box::new(NoNotary));
    let (ledger, work) = opened.await.unwrap();
    let own = |number: u64| Request {
        key: format!("key {number}"),
        by: "desk".to_owned(),
        ask: Ask::Own {
            owned: format!("company {number}"),
            owner: "Holding".to_owned(),
            share: Amount::units(1).unwrap(),
            source: "its report".to_owned(),
        },
    };
    ledger.all((1..=ENTRIES).map(own).collect()).await.unwrap();
    drop(ledger);
    work.finish().await;
}

/// That everything is there, and one can go on.
async fn hold(store: &mut (impl ReadStore + WriteStore)) {
    let found = verify::verify(store, None, &[]).await.unwrap();
    assert_eq!(found.entries, ENTRIES);
    assert_eq!(store.begin().await.unwrap().head.number, ENTRIES);
    store.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_brought_up_with_all_that_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("quota.db");
    filled(&Place::Sqlite(path.clone())).await;
    let open = async |path: &Path, mode: Mode| -> Result<Sqlite, StoreError> {
        use sqlx::ConnectOptions;
        let mut connection = mode.options(path).connect().await.unwrap();
        let later = [sqlite::MIGRATIONS[0], LATER];
        Sqlite::bring_up(&mut connection, mode, &later).await?;
        Ok(Sqlite::over(mode, path.to_owned(), connection))
    };
    for mode in [Mode::Still, Mode::Read] {
        let why = open(&path, mode).await.expect_err("it cannot be changed");
        assert!(matches!(why, StoreError::Earlier), "{why:?}");
    }
    for _ in 0..2 {
        let mut store = open(&path, Mode::Write).await.unwrap();
        hold(&mut store).await;
        store.close().await;
    }
    open(&path, Mode::Still).await.unwrap();
    let why = Sqlite::open(&path).await.expect_err("it is of a later weir");
    assert!(matches!(why, StoreError::Newer { found: 2, known: 1 }), "{why:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_brought_up_with_all_that_is_in_it() {
    let Some(server) = server::shared().unwrap() else { return };
    let url = server.create_database().unwrap();
    filled(&Place::Postgres(url.clone())).await;
    let open = async || -> Result<Postgres, StoreError> {
        let options = postgres::options(&url)?;
        let (mut connection, _) = postgres::connect(&options).await?;
        let applied = postgres::applied(&mut connection).await?.unwrap();
        let later = [postgres::MIGRATIONS[0], LATER];
        Postgres::bring_up(&mut connection, &applied, &later).await?;
        Ok(Postgres::over(options, connection))
    };
    let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap();
    let other = url.replacen(&format!("/{name}?"), "/postgres?", 1);
    let only = |read: &str| {
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {read}");
        server.query(&other, &set).unwrap()
    };
    only("on");
    let why = open().await.expect_err("it cannot be changed");
    assert!(matches!(why, StoreError::Earlier), "{why:?}");
    only("off");
    for _ in 0..2 {
        let mut store = open().await.unwrap();
        hold(&mut store).await;
        store.close().await;
    }
    let why = Postgres::open(&url).await.expect_err("it is of a later weir");
    assert!(matches!(why, StoreError::Newer { found: 2, known: 1 }), "{why:?}");
}

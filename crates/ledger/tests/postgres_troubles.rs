//! What goes wrong with a server: every trouble is told apart, it is said rightly whether something
//! was done, and when the trouble is over the ledger works again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ledger::ledger::{Failure, MoveError, Place};
use ledger::store::{ReadStore, StoreError};
use sqlx::{Connection, PgConnection};

use support::ask::{moves, not_done, reserve};
use support::check;
use support::postgres::{self, Server};
use support::world::{self, Hands};

/// A database with an empty ledger, and its URL.
async fn ledger_on(server: &Server) -> (String, Place) {
    let url = server.create_database().unwrap();
    let place = world::renew(&url).await;
    (url, place)
}

async fn why_not(place: &Place) -> StoreError {
    place.reader().await.expect_err("it cannot be opened")
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Waits until a connection of a ledger waits for another one.
async fn until_it_waits(connection: &mut PgConnection) {
    for _ in 0..10_000 {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'weir' AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits");
}

/// Ends every connection of a ledger to this database, as a network or an operator may.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND application_name = 'weir'";

/// Lets every commit wait until nobody holds the lock 1.
const SLOW_COMMIT: &str = "
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON entry DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION wait();";

#[tokio::test]
async fn a_database_that_is_absent_or_empty() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let url = server.create_database().unwrap();
    let why = why_not(&Place::Postgres(url.clone())).await;
    assert!(matches!(why, StoreError::Absent(_)), "{why:?}");
    let other = Place::Postgres(url.replacen("/weir_", "/no_weir_", 1));
    let why = why_not(&other).await;
    assert!(matches!(why, StoreError::NoDatabase(_)), "{why:?}");
}

#[tokio::test]
async fn a_server_that_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres://postgres@localhost/x?host={}", folder.path().display());
    let why = why_not(&Place::Postgres(url)).await;
    assert!(matches!(why, StoreError::Lost(_)), "{why:?}");
    let why = why_not(&Place::Postgres("postgres://[".to_owned())).await;
    assert!(matches!(why, StoreError::Other(_)), "{why:?}");
}

#[tokio::test]
async fn a_ledger_that_is_there_already() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (_, place) = ledger_on(server).await;
    let again = place.create(&world::identity()).await;
    assert!(matches!(again, Err(StoreError::Exists(_))), "{again:?}");
}

#[tokio::test]
async fn schemas_that_are_newer_or_of_something_else() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let mut connection = connect(&url).await;
    let later = "INSERT INTO _sqlx_migrations
                 (version, description, success, checksum, execution_time)
                 VALUES (2, 'later', true, '\\x00', 0)";
    run(&mut connection, later).await;
    let why = why_not(&place).await;
    assert!(matches!(why, StoreError::Newer { found: 2, known: 1 }), "{why:?}");
    run(&mut connection, "UPDATE _sqlx_migrations SET checksum = '\\x00'").await;
    let why = why_not(&place).await;
    assert!(matches!(why, StoreError::NotALedger(_)), "{why:?}");
}

#[tokio::test]
async fn a_database_that_is_read_only() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let mut connection = connect(&url).await;
    let read_only = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                     default_transaction_read_only = on', current_database()); END $$";
    run(&mut connection, read_only).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let why = not_done(&ledger, "a").await;
    assert!(matches!(*why, StoreError::ReadOnly), "{why:?}");
    world::close(ledger, work).await;
    assert!(check::journal_of(&place).await.is_empty());
}

#[tokio::test]
async fn a_ledger_that_another_server_holds() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let mut connection = connect(&url).await;
    let impatient = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET \
                     lock_timeout = 20', current_database()); END $$";
    run(&mut connection, impatient).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    run(&mut connection, "BEGIN; LOCK TABLE head IN EXCLUSIVE MODE").await;
    let why = not_done(&ledger, "a").await;
    assert!(matches!(*why, StoreError::Held), "{why:?}");
    run(&mut connection, "ROLLBACK").await;
    assert_eq!(moves(&ledger, "a").await, 1);
    world::close(ledger, work).await;
    check::journal_of(&place).await;
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_of_a_batch() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    moves(&ledger, "a").await;
    let mut connection = connect(&url).await;
    run(&mut connection, "BEGIN; LOCK TABLE posting IN ACCESS EXCLUSIVE MODE").await;
    let asked = ledger.clone();
    let waiting = tokio::spawn(async move { not_done(&asked, "b").await });
    until_it_waits(&mut connection).await;
    run(&mut connection, CUT).await;
    let why = waiting.await.unwrap();
    assert!(matches!(*why, StoreError::Lost(_)), "{why:?}");
    run(&mut connection, "ROLLBACK").await;
    assert_eq!(moves(&ledger, "b").await, 2);
    world::close(ledger, work).await;
    assert_eq!(check::journal_of(&place).await.len(), 2);
}

#[tokio::test]
async fn a_connection_lost_in_the_middle_of_a_commit() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let mut connection = connect(&url).await;
    run(&mut connection, SLOW_COMMIT).await;
    run(&mut connection, "SELECT pg_advisory_lock(1)").await;
    let asked = ledger.clone();
    let waiting = tokio::spawn(async move { not_done(&asked, "a").await });
    until_it_waits(&mut connection).await;
    run(&mut connection, CUT).await;
    let why = waiting.await.unwrap();
    assert!(matches!(*why, StoreError::Lost(_)), "{why:?}");
    run(&mut connection, "SELECT pg_advisory_unlock(1)").await;
    assert_eq!(moves(&ledger, "a").await, 1);
    world::close(ledger, work).await;
    assert_eq!(check::journal_of(&place).await.len(), 1);
}

/// Runs on a server of its own, which goes away.
#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_of_a_commit() {
    let Some(server) = Server::launch(true).unwrap() else { return };
    let (url, place) = ledger_on(&server).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    moves(&ledger, "a").await;
    let mut connection = connect(&url).await;
    run(&mut connection, SLOW_COMMIT).await;
    run(&mut connection, "SELECT pg_advisory_lock(1)").await;
    let asked = ledger.clone();
    let waiting = tokio::spawn(async move { asked.request(reserve("b")).await });
    until_it_waits(&mut connection).await;
    server.stop_immediate().unwrap();
    match waiting.await.unwrap() {
        Err(MoveError::Failed(Failure::Unknown(why))) => {
            assert!(matches!(*why, StoreError::Lost(_)), "{why:?}");
        }
        other => panic!("{other:?}"),
    }
    // As long as the server is away, it is certain that nothing moves.
    let why = not_done(&ledger, "c").await;
    assert!(matches!(*why, StoreError::Lost(_)), "{why:?}");
    server.start().unwrap();
    assert_eq!(place.reader().await.unwrap().entry_of("b").await.unwrap(), None);
    assert_eq!(moves(&ledger, "b").await, 2);
    assert_eq!(moves(&ledger, "c").await, 3);
    world::close(ledger, work).await;
    assert_eq!(check::journal_of(&place).await.len(), 3);
}

/// What no text and no number of the database can be is refused, and what was asked beside it, also
/// by a key that has to be looked up, is answered.
#[tokio::test]
async fn what_the_database_cannot_hold_harms_nobody_else() {
    use ledger::account::Account;
    use ledger::movement::{Ask, Expiry};
    use ledger::refusal::Refusal;
    let Some(server) = postgres::shared().unwrap() else { return };
    let (_, place) = ledger_on(server).await;
    let hands = Hands::new();
    let (ledger, work) = world::open(&place, &hands).await;
    moves(&ledger, "a").await;
    world::close(ledger, work).await;
    let (ledger, work) = world::open(&place, &hands).await;
    let with = |key: &str, change: &dyn Fn(&mut Ask)| {
        let mut request = reserve(key);
        change(&mut request.ask);
        request
    };
    let nul = |ask: &mut Ask| {
        if let Ask::Reserve { accounts, .. } = ask {
            *accounts = vec![Account::new("wh\0le", &["M\0Y"])];
        }
    };
    let long = |ask: &mut Ask| {
        if let Ask::Reserve { accounts, expiry, .. } = ask {
            *accounts = vec![Account::new("base", &[&"😀".repeat(200), &"😁".repeat(200)])];
            *expiry = Expiry::At(jiff::Timestamp::MAX);
        }
    };
    let requests = vec![
        reserve("\0"),
        with("b", &nul),
        with("c", &|ask| *ask = Ask::Release { reservation: u64::MAX.into() }),
        with("d", &long),
        reserve("a"),
    ];
    let answers = ledger.each(requests).await.unwrap();
    assert!(matches!(answers[0], Err(Refusal::BadKey)), "{:?}", answers[0]);
    assert!(matches!(answers[1], Err(Refusal::UnknownQuota { .. })), "{:?}", answers[1]);
    assert!(matches!(answers[2], Err(Refusal::NotReserved(u64::MAX))), "{:?}", answers[2]);
    assert_eq!(answers[3].as_ref().unwrap().entry.number, 2);
    assert!(answers[4].as_ref().unwrap().repeated);
    world::close(ledger, work).await;
    check::journal_of(&place).await;
}

/// What keeps a ledger from being made leaves nothing of it behind.
#[tokio::test]
async fn a_ledger_is_made_whole_or_not_at_all() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let url = server.create_database().unwrap();
    let place = Place::Postgres(url.clone());
    let mut connection = connect(&url).await;
    run(&mut connection, "CREATE TABLE subtree (mine int)").await;
    let why = place.create(&world::identity()).await.unwrap_err();
    assert!(why.to_string().contains("subtree"), "{why}");
    assert!(matches!(why_not(&place).await, StoreError::Absent(_)));
    run(&mut connection, "DROP TABLE subtree").await;
    let identity = world::identity();
    let (one, other) = tokio::join!(place.create(&identity), place.create(&identity));
    let made = [one, other];
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1, "{made:?}");
    let is_there = |made: &Result<(), StoreError>| matches!(made, Err(StoreError::Exists(_)));
    assert_eq!(made.iter().filter(|made| is_there(made)).count(), 1, "{made:?}");
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    assert_eq!(moves(&ledger, "a").await, 1);
    world::close(ledger, work).await;
}

/// A session that another one keeps waiting says so in time, and how to end that.
#[tokio::test]
async fn a_wait_has_an_end() {
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, _) = ledger_on(server).await;
    let patient = Place::Postgres(format!("{url}&options[lock_timeout]=30ms"));
    let mut connection = connect(&url).await;
    run(&mut connection, "BEGIN; LOCK TABLE head IN EXCLUSIVE MODE").await;
    let (ledger, work) = world::open(&patient, &Hands::new()).await;
    let why = ledger.request(reserve("b")).await.unwrap_err();
    assert_eq!(
        why.to_string(),
        "not done: another session of PostgreSQL has held the ledger for too long; ask again, or \
         find the session in pg_stat_activity and end it with pg_terminate_backend"
    );
    run(&mut connection, "ROLLBACK").await;
    assert_eq!(moves(&ledger, "b").await, 1);
    world::close(ledger, work).await;
}

/// The server ends a session of the ledger that stands still within a transaction.
#[tokio::test]
async fn a_session_that_stands_still() {
    use ledger::book::{Book, Needs};
    use ledger::store::WriteStore;
    use ledger::store::postgres::Postgres;
    let Some(server) = postgres::shared().unwrap() else { return };
    let (url, place) = ledger_on(server).await;
    let mut connection = connect(&url).await;
    let shown = "SELECT current_setting('lock_timeout') || ' ' || \
                 current_setting('idle_in_transaction_session_timeout')";
    let own: String = sqlx::query_scalar(shown).fetch_one(&mut connection).await.unwrap();
    assert_eq!(own, "0 0", "the server's own are none");
    let still = "options[idle_in_transaction_session_timeout]=20ms";
    let mut store = Postgres::open(&format!("{url}&{still}")).await.unwrap();
    let tip = store.begin().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut needs = Needs::default();
    needs.reservations.insert(1);
    let why = store.learn(&needs, &mut Book::at(tip.head)).await.unwrap_err();
    assert!(matches!(why, StoreError::Idle | StoreError::Lost(_)), "{why:?}");
    // Nobody is kept out, and the session's own store goes on.
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    assert_eq!(moves(&ledger, "a").await, 1);
    world::close(ledger, work).await;
    store.rollback().await;
    assert_eq!(store.begin().await.unwrap().head.number, 1);
}

/// The folder in which a test runs again, where it may mount a disk of its own.
const FOLDER: &str = "WEIR_TEST_FOLDER";

/// Runs again in a process that sees a small disk, as only root may: the server is another user.
#[tokio::test]
async fn a_full_disk() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return on_a_full_disk(&Path::new(&folder).join("disk")).await;
    }
    if postgres::shared().unwrap().is_none() {
        return;
    }
    let can_mount = |command: &mut Command| command.status().is_ok_and(|is| is.success());
    let mount = "mount -t tmpfs -o size=768k tmpfs \"$1/disk\" && chown postgres \"$1/disk\"";
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mounting = |then: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &format!("{mount} && {then}"), "sh"]);
        command.arg(folder.path());
        command
    };
    if !can_mount(mounting("true").stderr(Stdio::null())) {
        return eprintln!("skipped: a_full_disk: no file system can be mounted here");
    }
    let mut command = mounting("exec \"$2\" --exact a_full_disk --nocapture");
    command.arg(std::env::current_exe().unwrap()).env(FOLDER, folder.path());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

async fn on_a_full_disk(disk: &Path) {
    let server = Server::launch(false).unwrap().unwrap();
    let (url, place) = ledger_on(&server).await;
    // A table space can be in no transaction.
    let small = format!("CREATE TABLESPACE small LOCATION '{}'", disk.display());
    server.query(&url, &small).unwrap();
    server.query(&url, "ALTER TABLE entry SET TABLESPACE small").unwrap();
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![1; 640 * 1024]).unwrap();
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let mut done = 0;
    let why = loop {
        match ledger.request(reserve(&format!("key {done}"))).await {
            Ok(_) => done += 1,
            Err(why) => break why,
        }
        assert!(done < 100_000, "the disk does not fill");
    };
    assert_eq!(why.to_string(), "not done: the disk is full");
    assert!(matches!(*not_done(&ledger, &format!("key {done}")).await, StoreError::Full));
    assert_eq!(place.reader().await.unwrap().tip().await.unwrap().head.number, done);
    fs::remove_file(ballast).unwrap();
    assert_eq!(moves(&ledger, &format!("key {done}")).await, done + 1);
    world::close(ledger, work).await;
    assert_eq!(check::journal_of(&place).await.len() as u64, done + 1);
}

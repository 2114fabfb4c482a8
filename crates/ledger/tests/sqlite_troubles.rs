//! What goes wrong with a file: every trouble is told apart, nothing is lost, and when the trouble
//! is over the ledger works again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use ledger::ledger::{Ledger, NoNotary, Place};
use ledger::store::{ReadStore, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

use support::ask::{moves, not_done};
use support::check;
use support::table::Table;
use support::world::{self, Hands};

/// Where a test that runs in a process of its own finds its folder.
const FOLDER: &str = "WEIR_TEST_FOLDER";

/// What a process says that cannot be what it should be.
const CANNOT: i32 = 77;

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.connect().await.unwrap()
}

async fn run(path: &Path, sql: &'static str) {
    let mut connection = connect(path).await;
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn ledger_in(folder: &Path) -> (PathBuf, Place) {
    let path = folder.join("quota.db");
    let place = Place::Sqlite(path.clone());
    place.create(&world::identity()).await.unwrap();
    (path, place)
}

/// Why a place cannot be opened.
async fn why_not(place: &Place) -> StoreError {
    place.reader().await.expect_err("it cannot be opened")
}

#[tokio::test]
async fn a_file_that_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(folder.path().join("quota.db"));
    assert!(matches!(why_not(&place).await, StoreError::Absent(_)));
    assert!(!folder.path().join("quota.db").exists());
}

#[tokio::test]
async fn a_file_that_is_there_already() {
    let folder = tempfile::tempdir().unwrap();
    let (path, place) = ledger_in(folder.path()).await;
    let before = fs::read(&path).unwrap();
    let again = place.create(&world::identity()).await;
    assert!(matches!(again, Err(StoreError::Exists(_))), "{again:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_folder_that_is_absent() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Sqlite(folder.path().join("none").join("quota.db"));
    let why = place.create(&world::identity()).await.unwrap_err();
    assert!(matches!(&why, StoreError::Other(why) if why.contains("none/quota.db")), "{why:?}");
}

#[tokio::test]
async fn a_file_that_is_no_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    for content in [String::new(), "id,quantity\n".to_owned(), "id,quantity\n".repeat(1000)] {
        let path = folder.path().join("orders.csv");
        fs::write(&path, &content).unwrap();
        let why = why_not(&Place::Sqlite(path.clone())).await;
        assert!(matches!(why, StoreError::NotALedger(_)), "{why:?}");
        assert_eq!(fs::read(&path).unwrap(), content.into_bytes());
    }
}

#[tokio::test]
async fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let why = why_not(&Place::Sqlite(folder.path().to_owned())).await;
    assert!(matches!(why, StoreError::NotALedger(_)), "{why:?}");
}

#[tokio::test]
async fn a_database_of_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    run(&path, "CREATE TABLE orders (id TEXT)").await;
    let before = fs::read(&path).unwrap();
    let why = why_not(&Place::Sqlite(path.clone())).await;
    assert!(matches!(why, StoreError::NotALedger(_)), "{why:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_database_of_something_else_that_has_migrations_too() {
    let folder = tempfile::tempdir().unwrap();
    let (path, place) = ledger_in(folder.path()).await;
    run(&path, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let why = why_not(&place).await;
    assert!(matches!(why, StoreError::NotALedger(_)), "{why:?}");
}

#[tokio::test]
async fn a_newer_schema() {
    let folder = tempfile::tempdir().unwrap();
    let (path, place) = ledger_in(folder.path()).await;
    run(
        &path,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (2, 'later', 1, x'00', 0)",
    )
    .await;
    let why = why_not(&place).await;
    assert!(matches!(why, StoreError::Newer { found: 2, known: 1 }), "{why:?}");
}

#[tokio::test]
async fn a_file_that_another_process_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (path, place) = ledger_in(folder.path()).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    moves(&ledger, "a").await;
    let mut other = connect(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    // Who reads is not kept waiting.
    assert_eq!(place.reader().await.unwrap().tip().await.unwrap().head.number, 1);
    let why = not_done(&ledger, "b").await;
    assert!(matches!(*why, StoreError::Locked), "{why:?}");
    other.close().await.unwrap();
    assert_eq!(moves(&ledger, "b").await, 2);
    world::close(ledger, work).await;
    check::journal_of(&place).await;
}

/// Runs a test of this file again as a process of its own, which a command begins. Where the system
/// does not let it be what it should be, that is said and the test is left out.
fn again(test: &str, folder: &Path, mut command: Command) {
    let exe = folder.join("test");
    fs::copy(std::env::current_exe().unwrap(), &exe).unwrap();
    command.arg(exe).args(["--exact", test, "--nocapture"]).env(FOLDER, folder);
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => return eprintln!("skipped: {test}: {command:?}: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(CANNOT) {
        return eprintln!("skipped: {test}: {said}");
    }
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
async fn a_full_disk() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return on_a_full_disk(&Path::new(&folder).join("disk")).await;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("disk")).unwrap();
    let mut command = Command::new("unshare");
    let mount = format!(
        "mount -t tmpfs -o size=768k tmpfs {}/disk || exit {CANNOT}; exec \"$@\"",
        folder.path().display()
    );
    command.args(["--map-root-user", "--mount", "sh", "-c", &mount, "sh"]);
    if !Command::new("unshare").args(["-r", "-m", "true"]).status().is_ok_and(|is| is.success()) {
        return eprintln!("skipped: a_full_disk: no file system can be mounted here");
    }
    again("a_full_disk", folder.path(), command);
}

async fn on_a_full_disk(disk: &Path) {
    let (_, place) = ledger_in(disk).await;
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![1; 256 * 1024]).unwrap();
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    let mut done = 0;
    let why = loop {
        match ledger.request(support::ask::reserve(&format!("key {done}"))).await {
            Ok(_) => done += 1,
            Err(why) => break why,
        }
        assert!(done < 100_000, "the disk does not fill");
    };
    let full = "not done: the disk is full";
    assert_eq!(why.to_string(), full);
    assert!(matches!(*not_done(&ledger, &format!("key {done}")).await, StoreError::Full));
    assert_eq!(place.reader().await.unwrap().tip().await.unwrap().head.number, done);
    fs::remove_file(ballast).unwrap();
    assert_eq!(moves(&ledger, &format!("key {done}")).await, done + 1);
    world::close(ledger, work).await;
    assert_eq!(check::journal_of(&place).await.len() as u64, done + 1);
    // Without room for what SQLite writes beside the file, it does not open.
    let mut filler = fs::File::create(disk.join("filler")).unwrap();
    while filler.write_all(&[1; 4096]).is_ok() {}
    let why = cannot_write(&place).await;
    assert!(matches!(why, StoreError::Full), "{why:?}");
    drop(filler);
    fs::remove_file(disk.join("filler")).unwrap();
    assert_eq!(check::journal_of(&place).await.len() as u64, done + 1);
}

#[tokio::test]
async fn a_file_system_that_is_read_only() {
    const NAME: &str = "a_file_system_that_is_read_only";
    if let Some(folder) = std::env::var_os(FOLDER) {
        let place = Place::Sqlite(Path::new(&folder).join("disk").join("quota.db"));
        let why = cannot_write(&place).await;
        assert!(matches!(why, StoreError::ReadOnly), "{why:?}");
        assert_eq!(check::journal_of(&place).await.len(), 1);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let (_, place) = ledger_in(&disk).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    moves(&ledger, "a").await;
    world::close(ledger, work).await;
    let mut command = Command::new("unshare");
    let path = disk.display();
    let mount = format!(
        "mount --bind {path} {path} && mount -o remount,bind,ro {path} || exit {CANNOT}; \
         exec \"$@\""
    );
    command.args(["--map-root-user", "--mount", "sh", "-c", &mount, "sh"]);
    if !Command::new("unshare").args(["-r", "-m", "true"]).status().is_ok_and(|is| is.success()) {
        return eprintln!("skipped: {NAME}: no file system can be mounted here");
    }
    again(NAME, folder.path(), command);
}

#[tokio::test]
async fn a_file_or_folder_that_cannot_be_written() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return read_only(Path::new(&folder)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    // A copy of one that is in use: its newest entry is in the log alone.
    let (used, log) = (folder.path().join("used"), folder.path().join("log"));
    fs::create_dir(&used).unwrap();
    fs::create_dir(&log).unwrap();
    let (path, place) = ledger_in(&used).await;
    let (ledger, work) = world::open(&place, &Hands::new()).await;
    moves(&ledger, "a").await;
    for ending in ["", "-wal"] {
        let name = format!("quota.db{ending}");
        fs::copy(path.with_file_name(&name), log.join(&name)).unwrap();
        fs::set_permissions(log.join(&name), Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(&log, Permissions::from_mode(0o555)).unwrap();
    world::close(ledger, work).await;
    for (name, folder_mode, file_mode) in [("file", 0o777, 0o444), ("folder", 0o555, 0o444)] {
        let inner = folder.path().join(name);
        fs::create_dir(&inner).unwrap();
        let (path, place) = ledger_in(&inner).await;
        let (ledger, work) = world::open(&place, &Hands::new()).await;
        moves(&ledger, "a").await;
        world::close(ledger, work).await;
        fs::set_permissions(&path, Permissions::from_mode(file_mode)).unwrap();
        fs::set_permissions(&inner, Permissions::from_mode(folder_mode)).unwrap();
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("env");
    // Who may do everything would not notice.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    again("a_file_or_folder_that_cannot_be_written", folder.path(), command);
    for name in ["folder", "log"] {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o755)).unwrap();
    }
}

async fn read_only(folder: &Path) {
    for name in ["file", "folder"] {
        let place = Place::Sqlite(folder.join(name).join("quota.db"));
        let why = cannot_write(&place).await;
        assert!(matches!(why, StoreError::ReadOnly), "{name}: {why:?}");
        // It is read all the same.
        assert_eq!(check::journal_of(&place).await.len(), 1, "{name}");
    }
    let place = Place::Sqlite(folder.join("log").join("quota.db"));
    let why = place.reader().await.unwrap_err();
    assert!(matches!(why, StoreError::InLog(..)), "{why:?}");
    let inside = Place::Sqlite(folder.join("folder").join("other.db"));
    let why = inside.create(&world::identity()).await.unwrap_err();
    assert!(matches!(why, StoreError::ReadOnly), "{why:?}");
}

/// Why a ledger cannot be written, found when it is opened or when it is asked.
async fn cannot_write(place: &Place) -> StoreError {
    let hands = Hands::new();
    let opened = Ledger::open(place, Arc::new(Table), hands.clock(), Box::new(NoNotary)).await;
    let (ledger, work) = match opened {
        Ok(opened) => opened,
        Err(why) => return why,
    };
    let why = not_done(&ledger, "b").await;
    world::close(ledger, work).await;
    Arc::into_inner(why).unwrap()
}

//! What was acknowledged is never lost, and what was not is never half there.
//!
//! Processes that write and sign a SQLite file are killed two hundred times after their first
//! movement, and some more before it; a PostgreSQL server is killed twenty-five times. Each time
//! the whole journal is read and held against everything beside it, and against the checkpoint that
//! is kept beside the key.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::civil::date;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::journal;
use ledger::keys;
use ledger::ledger::{AllError, Failure, Ledger, MoveError, Place};
use ledger::movement::{Ask, Entry, Expiry, Request, Reserved};
use ledger::proof::note::Checkpoint;
use ledger::store::ReadStore;
use tokio::runtime::Runtime;

use support::check;
use support::dice::Dice;
use support::postgres::Server;
use support::world::{self, Hands};

/// Where a process that is to be killed finds its ledger.
const FILE: &str = "WEIR_TEST_FILE";

/// Which process it is, from 0.
const LIFE: &str = "WEIR_TEST_LIFE";

/// How many processes are killed under load, after a first movement was acknowledged.
const KILLED: u64 = 200;

/// How many processes write a file one after the other before there is a new one.
const LIVES: u64 = 6;

/// How often the server is killed.
const CRASHES: u32 = 20;

/// How many callers there are at once.
const CALLERS: u64 = 12;

/// What a caller reserves at its turn: the same whenever it is asked again.
fn reserve(life: u64, caller: u64, turn: u64) -> Request {
    let hot = Account::new("whole", &["MY"]);
    // However fast the machine, no account fills: the limits are small.
    let own = Account::new("base", &[&format!("caller {caller}, {}", turn / 30), "MY"]);
    let ask = Ask::Reserve {
        day: Some(date(2025, 6, 2)),
        amount: Amount::from_millionths(i128::from(turn % 7 + 1) * 250_000),
        accounts: if turn.is_multiple_of(3) { vec![hot, own] } else { vec![hot] },
        expiry: Expiry::After(15),
        note: "a line of an order".into(),
    };
    Request { key: format!("{life} {caller} {turn}"), by: format!("caller {caller}"), ask }
}

/// What a caller does with what it reserved at the turn before.
fn end(life: u64, caller: u64, turn: u64, reservation: u64) -> Request {
    let reservation = Reserved::Entry(reservation);
    let part = Amount::from_millionths(250_000);
    let ask = match turn % 3 {
        0 => Ask::Release { reservation },
        1 => Ask::Commit { reservation, amount: None, units: None, day: None },
        _ => Ask::Commit { reservation, amount: Some(part), units: None, day: None },
    };
    Request { key: format!("{life} {caller} {turn}"), by: format!("caller {caller}"), ask }
}

/// Two that go together, on the account that has no limit.
fn pair(life: u64, turn: u64) -> Vec<Request> {
    let mut requests = vec![reserve(life, 0, 3 * turn + 1); 2];
    requests[0].key.push_str(" a");
    requests[1].key.push_str(" b");
    requests
}

/// Tells whoever listens that a movement was acknowledged.
fn acknowledge(entry: &Entry) {
    let line = format!("done {}\n", journal::encode(entry));
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

/// The key of the ledger in a file.
fn key_of(file: &Path) -> PathBuf {
    file.with_extension("key")
}

/// Moves as much as it can, until it is killed.
async fn live(file: &Path, life: u64) {
    let hands = Hands::new();
    // Two lives later, what one left open has lapsed.
    hands.move_by(i64::try_from(life).unwrap() * 10_000_000);
    let place = Place::Sqlite(file.to_owned());
    let (ledger, _work) = world::open_to_sign(&place, &hands, &key_of(file)).await;
    let caller = |ledger: Ledger, caller: u64| async move {
        for turn in (0..).step_by(2) {
            if caller == 0 {
                for receipt in ledger.all(pair(life, turn)).await.unwrap() {
                    acknowledge(&receipt.entry);
                }
                continue;
            }
            let receipt = ledger.request(reserve(life, caller, turn)).await.unwrap();
            acknowledge(&receipt.entry);
            let ending = end(life, caller, turn + 1, receipt.entry.number);
            acknowledge(&ledger.request(ending).await.unwrap().entry);
        }
    };
    let callers: Vec<_> =
        (0..CALLERS).map(|number| tokio::spawn(caller(ledger.clone(), number))).collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

/// A process that lives on a file, and those who listen to it.
struct Life {
    process: Child,
    /// Speaks at the first movement that was acknowledged.
    first: Receiver<()>,
    acknowledged: JoinHandle<Vec<String>>,
}

impl Life {
    fn begin(file: &Path, life: u64) -> Life {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "processes_that_are_killed", "--nocapture"]);
        command.env(FILE, file).env(LIFE, life.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        let (tell, first) = std::sync::mpsc::channel();
        let acknowledged = std::thread::spawn(move || {
            let mut bodies = Vec::new();
            let mut line = String::new();
            // What has no end of line was being said when the process was killed.
            while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
                if let Some((_, body)) = line.trim_end().split_once("done ") {
                    bodies.push(body.to_owned());
                    _ = tell.send(());
                }
                line.clear();
            }
            bodies
        });
        Life { process, first, acknowledged }
    }

    /// Kills it at some point, mostly under load; answers what it acknowledged, and whether its
    /// first movement was waited for.
    fn kill(mut self, dice: &mut Dice) -> (Vec<String>, bool) {
        let is_loaded = dice.roll(10) > 0;
        let pause = if is_loaded {
            self.first.recv().expect("it moves something");
            dice.roll(40)
        } else {
            dice.roll(60)
        };
        std::thread::sleep(Duration::from_millis(pause));
        self.process.kill().unwrap();
        let status = self.process.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");
        (self.acknowledged.join().unwrap(), is_loaded)
    }
}

/// Reads the whole journal and holds what was acknowledged against it, and what is kept beside the
/// key.
async fn hold(place: &Place, key: Option<&Path>, acknowledged: &[String]) {
    let entries = check::journal_of(place).await;
    if let Some(key) = key {
        let public = keys::read_public(&key.with_extension("key.pub")).unwrap();
        let kept: Vec<Checkpoint> = keys::witness(key, &public).unwrap().into_iter().collect();
        let mut reader = place.reader().await.unwrap();
        let found = ledger::verify::verify(&mut reader, Some(&public), &kept).await.unwrap();
        assert!(found.checkpoints >= kept.len() as u64);
    }
    let bodies: Vec<String> = entries.iter().map(journal::encode).collect();
    for body in acknowledged {
        let entry = journal::decode(body).unwrap();
        assert_eq!(bodies.get(usize::try_from(entry.number).unwrap() - 1), Some(body));
    }
    let keys: HashSet<&str> = entries.iter().filter_map(|entry| entry.key.as_deref()).collect();
    for key in &keys {
        if let Some(key) = key.strip_suffix(" a") {
            assert!(keys.contains(format!("{key} b").as_str()), "{key} is half there");
        }
    }
}

/// Asks again for what was under way when a process was killed: it is answered as before where it
/// is in the journal, and done where it is not.
async fn ask_again(place: &Place, key: &Path, life: u64) {
    let mut reader = place.reader().await.unwrap();
    let (ledger, work) = world::open_to_sign(place, &Hands::new(), key).await;
    for caller in 1..CALLERS {
        let mut turn = 0;
        while reader.entry_of(&reserve(life, caller, turn).key).await.unwrap().is_some() {
            turn += 2;
        }
        let last = turn.saturating_sub(2);
        let known = reader.entry_of(&reserve(life, caller, last).key).await.unwrap();
        let receipt = ledger.request(reserve(life, caller, last)).await.unwrap();
        assert_eq!(receipt.repeated.then_some(receipt.entry.number), known);
    }
    world::close(ledger, work).await;
}

#[test]
fn processes_that_are_killed() {
    let runtime = Runtime::new().unwrap();
    if let (Some(file), Ok(life)) = (std::env::var_os(FILE), std::env::var(LIFE)) {
        return runtime.block_on(live(Path::new(&file), life.parse().unwrap()));
    }
    let folder = tempfile::tempdir().unwrap();
    let mut dice = Dice::new(1);
    let (mut life, mut killed) = (0, 0);
    while killed < KILLED {
        let file = folder.path().join(format!("{life}.db"));
        let (place, key) = (Place::Sqlite(file.clone()), key_of(&file));
        runtime.block_on(place.create(&world::signed_identity(&key))).unwrap();
        let last = life + LIVES;
        let mut acknowledged = Vec::new();
        while life < last {
            // Every third has another one beside it.
            let together = if life % 3 == 1 { 2 } else { 1 };
            let lives: Vec<Life> =
                (life..life + together).map(|life| Life::begin(&file, life)).collect();
            for life in lives {
                let (bodies, is_loaded) = life.kill(&mut dice);
                acknowledged.extend(bodies);
                killed += u64::from(is_loaded);
            }
            life += together;
            runtime.block_on(hold(&place, Some(&key), &acknowledged));
        }
        runtime.block_on(ask_again(&place, &key, life - 1));
        runtime.block_on(hold(&place, Some(&key), &acknowledged));
        std::fs::remove_file(&file).unwrap();
    }
}

/// Asks until it is answered. What is said to be not done is not in the journal when it is asked
/// again; of what is unknown nothing is said.
async fn insist(ledger: &Ledger, request: Request) -> Arc<Entry> {
    let mut is_unknown = false;
    loop {
        match ledger.request(request.clone()).await {
            Ok(receipt) => {
                assert!(!receipt.repeated || is_unknown, "it was done and said not to be");
                return receipt.entry;
            }
            Err(MoveError::Failed(Failure::NotDone(_))) => {}
            Err(MoveError::Failed(Failure::Unknown(_))) => is_unknown = true,
            Err(other) => panic!("{other}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The same for several that go together.
async fn insist_on_all(ledger: &Ledger, requests: Vec<Request>) -> Vec<Arc<Entry>> {
    let mut is_unknown = false;
    loop {
        match ledger.all(requests.clone()).await {
            Ok(receipts) => {
                let repeated = receipts.iter().filter(|receipt| receipt.repeated).count();
                assert!(repeated == 0 || is_unknown && repeated == receipts.len());
                return receipts.into_iter().map(|receipt| receipt.entry).collect();
            }
            Err(AllError::Failed(Failure::NotDone(_))) => {}
            Err(AllError::Failed(Failure::Unknown(_))) => is_unknown = true,
            Err(other) => panic!("{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What a caller asks of a ledger whose server is killed again and again.
async fn insistent(
    ledger: Ledger,
    caller: u64,
    done: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> Vec<String> {
    let mut bodies = Vec::new();
    for turn in (0..).step_by(2) {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let entries = if caller == 0 {
            insist_on_all(&ledger, pair(0, turn)).await
        } else {
            let reserved = insist(&ledger, reserve(0, caller, turn)).await;
            let ending = end(0, caller, turn + 1, reserved.number);
            vec![reserved, insist(&ledger, ending).await]
        };
        bodies.extend(entries.iter().map(|entry| journal::encode(entry)));
        done.fetch_add(2, Ordering::SeqCst);
    }
    bodies
}

#[test]
fn a_server_that_is_killed() {
    let Some(server) = Server::launch(true).unwrap() else { return };
    let url = server.create_database().unwrap();
    is_killed_under_load(&server, &url, CRASHES);
}

/// A database that answers before what it says is durable, and a server that takes its time to make
/// it so.
#[test]
fn a_server_that_is_killed_with_a_database_that_does_not_wait() {
    let Some(server) = Server::launch(true).unwrap() else { return };
    let url = server.create_database().unwrap();
    let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap();
    let late = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    server.query(&url, &late).unwrap();
    server.query(&url, "ALTER SYSTEM SET wal_writer_delay = '10s'").unwrap();
    server.query(&url, "SELECT pg_reload_conf()").unwrap();
    is_killed_under_load(&server, &url, 5);
}

/// Kills a server so often while callers insist on their movements, and holds what they were told
/// against what is there.
fn is_killed_under_load(server: &Server, url: &str, crashes: u32) {
    let runtime = Runtime::new().unwrap();
    let place = runtime.block_on(world::renew(url));
    let (ledger, work) = runtime.block_on(world::open(&place, &Hands::new()));
    let (done, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let insistent = |caller| insistent(ledger.clone(), caller, done.clone(), over.clone());
    let callers: Vec<_> = (0..CALLERS).map(|caller| runtime.spawn(insistent(caller))).collect();
    let mut dice = Dice::new(2);
    for _ in 0..crashes {
        let enough = done.load(Ordering::SeqCst) + 1 + dice.roll(100);
        while done.load(Ordering::SeqCst) < enough {
            std::thread::sleep(Duration::from_millis(1));
        }
        server.stop_immediate().unwrap();
        server.start().unwrap();
        runtime.block_on(check::journal_of(&place));
    }
    over.store(true, Ordering::SeqCst);
    drop(ledger);
    let mut acknowledged = Vec::new();
    for caller in callers {
        acknowledged.extend(runtime.block_on(caller).unwrap());
    }
    runtime.block_on(work.finish());
    runtime.block_on(hold(&place, None, &acknowledged));
}

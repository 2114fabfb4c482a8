//! Measures how fast the ledger keeps one hot account, beside the naive ways on the same store, in
//! one run on one machine.
//!
//! `cargo xtask bench ledger` builds this as the program is shipped, and runs it. After every
//! measurement the books are verified: what is counted was done.

#![expect(clippy::print_stdout, reason = "a bench talks on the terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod load;
mod pgbench;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../../crates/ledger/tests/support/postgres.rs"]
mod postgres;
#[path = "../../src/table.rs"]
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use jiff::Timestamp;
use ledger::account::Account;
use ledger::ledger::Place;
use ledger::store::ReadStore;
use ledger::{verify, view};

use load::{Keys, Load, Measured};
use table::{Row, Table, Target};

/// What was asked for.
struct Options {
    /// Where the files go: the disk that is measured.
    scratch: PathBuf,
    /// Entries of the long journal.
    entries: usize,
    /// Whether PostgreSQL is measured.
    postgres: bool,
    /// Whether a missed target is a failure.
    gate: bool,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(why) => Err(why.into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

async fn run() -> anyhow::Result<bool> {
    let options = options()?;
    std::fs::create_dir_all(&options.scratch)?;
    let mut table = Table::default();
    let commit = sync_time(&options.scratch)?;
    table.part("This disk");
    table.add(Row {
        what: "one write and fsync at the end of a file, median".into(),
        measured: millis(commit),
        unit: "ms",
        target: Target::None,
        against: None,
    });
    sqlite(&options, &mut table).await?;
    if options.postgres {
        postgresql(&mut table).await?;
    }
    long_journal(&options, &mut table).await?;
    println!("{}", table.render());
    Ok(!options.gate || table.every_target_met())
}

fn options() -> anyhow::Result<Options> {
    let mut words = std::env::args().skip(1);
    let scratch = words.next().map(PathBuf::from).context("no scratch folder")?;
    let mut options = Options { scratch, entries: 10_000_000, postgres: true, gate: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--entries" => {
                let entries = words.next().context("`--entries` needs a number")?;
                options.entries = entries.parse().context("`--entries` needs a number")?;
            }
            "--no-postgres" => options.postgres = false,
            "--gate" => options.gate = true,
            _ => bail!("unknown option `{word}`"),
        }
    }
    Ok(options)
}

/// The median time of a small durable write, which no commit can be faster than.
fn sync_time(folder: &Path) -> anyhow::Result<Duration> {
    use std::io::Write;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.as_file().sync_data()?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[times.len() / 2])
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn row(what: impl Into<String>, measured: &Measured, target: Target) -> Row {
    Row { what: what.into(), measured: measured.rate, unit: "/s", target, against: None }
}

async fn sqlite(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    table.part("Durable reservations on one hot account, SQLite (WAL, synchronous=FULL)");
    let folder = tempfile::tempdir_in(&options.scratch)?;
    let place = |name: &str| Place::Sqlite(folder.path().join(name));
    let naive = Load { callers: 64, window: 1, total: 2_000, alone: true, keys: Keys::Timed };
    let naive = naive.run(&place("naive.db")).await?;
    table.add(row("64 callers, one transaction a reservation", &naive, Target::None));
    let single = Load { callers: 64, window: 1, total: 100_000, alone: false, keys: Keys::Timed };
    let single = single.run(&place("single.db")).await?;
    let least = Target::AtLeast(50_000.0);
    let mut one = row("64 callers, each waits for every answer", &single, least);
    one.against = Some((single.rate / naive.rate, "one by one"));
    table.add(one);
    let random = Load { callers: 64, window: 1, total: 100_000, alone: false, keys: Keys::Random };
    table.add(in_random_order(&random.run(&place("random.db")).await?, &single));
    let grouped = Load { callers: 64, window: 16, total: 500_000, alone: false, keys: Keys::Timed };
    let grouped = grouped.run(&place("grouped.db")).await?;
    let what = "64 callers, each asks for 16 lines at a time";
    let mut many = row(what, &grouped, least);
    many.against = Some((grouped.rate / naive.rate, "one by one"));
    table.add(many);
    latency(table, &naive, &single);
    Ok(())
}

/// What keys cost that do not begin with the time: the index of keys changes everywhere at once.
fn in_random_order(random: &Measured, timed: &Measured) -> Row {
    let mut row = row("the same with keys in random order (UUIDv4)", random, Target::None);
    row.against = Some((random.rate / timed.rate, "keys by time"));
    row
}

/// What a caller waits, beside the commit of a store that does nothing else.
fn latency(table: &mut Table, naive: &Measured, single: &Measured) {
    let commit = 1.0 / naive.rate * 1e3;
    table.add(Row {
        what: "median wait of a caller who waits for every answer".into(),
        measured: millis(single.median),
        unit: "ms",
        target: Target::AtMost(commit + 5.0),
        against: Some((millis(single.median) / commit, "one commit")),
    });
    table.add(Row {
        what: "99 of 100 waits are at most".into(),
        measured: millis(single.slow),
        unit: "ms",
        target: Target::None,
        against: None,
    });
}

async fn postgresql(table: &mut Table) -> anyhow::Result<()> {
    table.part("The same in PostgreSQL (fsync on)");
    let Some(server) = postgres::Server::launch(true).map_err(anyhow::Error::msg)? else {
        println!("PostgreSQL is left out, as WEIR_TEST_POSTGRES says");
        return Ok(());
    };
    let database = || server.create_database().map_err(anyhow::Error::msg);
    let hand = pgbench::hot_row(&server, &database()?, 64)?;
    table.add(Row {
        what: "pgbench, a PL/pgSQL function on one row, 64 clients".into(),
        measured: hand,
        unit: "/s",
        target: Target::None,
        against: None,
    });
    let naive = Load { callers: 64, window: 1, total: 1_000, alone: true, keys: Keys::Timed };
    let naive = naive.run(&Place::Postgres(database()?)).await?;
    table.add(row("64 callers, one transaction a reservation", &naive, Target::None));
    let single = Load { callers: 64, window: 1, total: 50_000, alone: false, keys: Keys::Timed };
    let single = single.run(&Place::Postgres(database()?)).await?;
    let least = Target::AtLeast(20.0 * hand);
    let mut one = row("64 callers, each waits for every answer", &single, least);
    one.against = Some((single.rate / hand, "pgbench"));
    table.add(one);
    let random = Load { callers: 64, window: 1, total: 50_000, alone: false, keys: Keys::Random };
    table.add(in_random_order(&random.run(&Place::Postgres(database()?)).await?, &single));
    let grouped = Load { callers: 64, window: 16, total: 200_000, alone: false, keys: Keys::Timed };
    let grouped = grouped.run(&Place::Postgres(database()?)).await?;
    let mut many = row("64 callers, each asks for 16 lines at a time", &grouped, least);
    many.against = Some((grouped.rate / hand, "pgbench"));
    table.add(many);
    latency(table, &naive, &single);
    Ok(())
}

async fn long_journal(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let entries = options.entries;
    table.part(format!("A journal of {entries} entries, SQLite"));
    let folder = tempfile::tempdir_in(&options.scratch)?;
    let place = Place::Sqlite(folder.path().join("long.db"));
    let load = Load { callers: 8, window: 2_000, total: entries, alone: false, keys: Keys::Timed };
    let written = load.run(&place).await?;
    table.add(row("reservations in lists of 2,000", &written, Target::None));
    let mut reader = place.reader().await?;
    let first = reader.entries(1, 1).await?.first().context("no entry")?.at;
    let last = reader.tip().await?.head.at;
    let account = Account::new(load::QUOTA, &["MY"]);
    let mut times = Vec::new();
    let span = last.as_microsecond() - first.as_microsecond();
    for part in 0..100 {
        let at = Timestamp::from_microsecond(first.as_microsecond() + span * part / 100)?;
        let start = Instant::now();
        let found = view::balances(&mut reader, &account, at).await?;
        times.push(start.elapsed());
        if part > 0 && found.steps.is_empty() {
            bail!("nothing was known of the account at {at}");
        }
    }
    times.sort();
    table.add(Row {
        what: "a balance as of a past instant, the slowest of 100".into(),
        measured: millis(times[times.len() - 1]),
        unit: "ms",
        target: Target::AtMost(50.0),
        against: None,
    });
    let start = Instant::now();
    let verified = verify::verify(&mut reader, None, &[]).await?;
    table.add(Row {
        what: "verify: every entry, hash, balance and subtree anew".into(),
        measured: verified.entries as f64 / start.elapsed().as_secs_f64(),
        unit: "entries/s",
        target: Target::AtLeast(300_000.0),
        against: None,
    });
    Ok(())
}

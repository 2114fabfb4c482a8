//! `weir lab run` and `fit`: the same seed is the same bytes, a run that was stopped goes on, and
//! what is wrong is told with its place.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use batch::arrow::array::AsArray;
use batch::arrow::datatypes::{Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use support::{stderr, weir};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn run(folder: &Path, more: &[&str]) {
    let mut arguments = vec!["lab", "run", "-o", text(folder)];
    arguments.extend(more);
    let output = weir(&arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

fn results(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("results.parquet")).unwrap()
}

#[test]
fn the_same_seed_is_the_same_bytes_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, other] = ["one", "two", "other"].map(|name| folder.path().join(name));
    run(&one, &["history", "no-controls", "--draws", "8", "--threads", "1"]);
    run(&two, &["history", "no-controls", "--draws", "8", "--threads", "3"]);
    run(&other, &["history", "no-controls", "--draws", "8", "--seed", "2"]);
    assert_eq!(results(&one), results(&two));
    assert_ne!(results(&one), results(&other));
    let record: Value = serde_json::from_slice(&fs::read(one.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["seed"], 1);
    assert_eq!(record["failed"], Value::Array(Vec::new()));
    assert_eq!(record["law"].as_object().unwrap().len(), 2);
    let file = fs::File::open(one.join("results.parquet")).unwrap();
    let mut rows = 0;
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let columns: Vec<String> =
            batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(columns, ["scenario", "draw", "quarter", "actor", "quantity", "unit", "value"]);
        let draws = batch.column(1).as_primitive::<Int64Type>();
        assert!(draws.values().iter().all(|draw| (0..8).contains(draw)));
        assert!(
            batch.column(6).as_primitive::<Float64Type>().values().iter().all(|it| it.is_finite())
        );
        rows += batch.num_rows();
    }
    assert_eq!(record["rows"], rows);
}

/// Killed in the middle, a run goes on where it was and comes to the same bytes.
#[test]
fn a_run_that_was_killed_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    let what = ["history", "two-camps", "--draws", "150"];
    run(&whole, &what);
    let mut child = Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["lab", "run", "-o", text(&broken), "-q"])
        .args(what)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let first = broken.join(".begun/history-0000000.parquet");
    for _ in 0..3_000 {
        if first.exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(first.exists(), "the run writes its first part");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!broken.join("results.parquet").exists(), "nothing half is under its final name");
    let other = weir(&["lab", "run", "history", "--draws", "9", "-o", text(&broken)], b"");
    assert_eq!(other.status.code(), Some(1));
    assert!(stderr(&other).contains("another run that was begun"), "{}", stderr(&other));
    run(&broken, &what);
    assert_eq!(results(&whole), results(&broken));
    assert!(!broken.join(".begun").exists());
    let again = weir(&["lab", "run", "history", "--draws", "9", "-o", text(&broken)], b"");
    assert!(stderr(&again).contains("holds the results of a run already"), "{}", stderr(&again));
}

#[test]
fn a_scenario_of_ones_own_stands_beside_its_pack() {
    let folder = tempfile::tempdir().unwrap();
    let show = weir(&["lab", "run", "--show", "negotiation"], b"");
    let own = String::from_utf8(show.stdout).unwrap();
    let pack = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenarios/threshold-2400.md");
    fs::copy(pack, folder.path().join("mine.md")).unwrap();
    let write = |from: &str, to: &str| -> PathBuf {
        let path = folder.path().join("mine.toml");
        let mine = own.replacen("id       = \"negotiation\"", "id       = \"mine\"", 1);
        let mine = mine.replacen("\"negotiation.md\"", "\"mine.md\"", 1);
        assert!(mine.contains(from), "{from}");
        fs::write(&path, mine.replacen(from, to, 1)).unwrap();
        path
    };
    let good = write("mandate = 0.05", "mandate = 0.1");
    let out = folder.path().join("out");
    run(&out, &[text(&good), "--draws", "4"]);
    // What it supposes goes with the run, and stands on its page, whatever becomes of the file.
    let page = folder.path().join("page.html");
    let output = weir(&["lab", "report", text(&out), "-o", text(&page)], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("mandate = 0.1") && html.contains("An agreement"), "levers");
    assert!(html.contains("<i>mine.md</i>"), "its pack with its day");
    assert!(!html.contains("The run does not say what these suppose"));
    assert!(html.contains("class=\"rule\""), "charts mark where rules change");
    for (from, to, said) in [
        ("mandate = 0.05", "mandat = 0.05", "there is no lever `mandat`"),
        ("mandate = 0.05", "mandate = 5", "`mandate` is a number from 0 to 1"),
        ("\"mine.md\"", "\"gone.md\"", "names the pack `gone.md`, which is not there"),
        ("from   = 2027-01-01", "from   = 2047-01-01", "outside the run of 2019 to 2032"),
    ] {
        let path = write(from, to);
        let output =
            weir(&["lab", "run", text(&path), "-o", text(&folder.path().join("bad"))], b"");
        assert_eq!(output.status.code(), Some(1), "{from}");
        let told = stderr(&output);
        assert!(told.contains(said) && told.contains("mine.toml"), "{told}");
    }
    let unknown = weir(&["lab", "run", "histori", "-o", text(&out)], b"");
    let told = stderr(&unknown);
    assert!(
        told.contains("there is no scenario `histori`") && told.contains("two-camps"),
        "{told}"
    );
}

#[test]
fn the_shipped_fit_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let into = text(folder.path());
    let output = weir(
        &["lab", "fit", "--shipped", "--draws", "200", "--into", into, "--format", "jsonl"],
        b"",
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let rows: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        rows.iter().any(|row| row["target"] == "T19" && row["split"] == "held out"),
        "{rows:?}"
    );
    let table = fs::read_to_string(folder.path().join("fit.csv")).unwrap();
    assert!(table.lines().count() > 25);
    // A sum has its quarters and is no count by the quarter; a share has a share to beat.
    let row = |id: &str| rows.iter().find(|row| row["target"] == id).unwrap();
    let told = [&row("T15")["period"], &row("T15")["unit"]].map(|it| it.as_str().unwrap());
    assert_eq!(told, ["2024Q1 – 2024Q4", "chips, sum"]);
    assert!(table.lines().any(|line| line.starts_with("T15,holdout,chips,958410,")), "{table}");
    assert!(row("T34")["crps_share"].is_number() && row("T34")["crps_drift"].is_null());
    let told = weir(&["lab", "fit", "--shipped", "--draws", "50", "--format", "table"], b"");
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("not unseen any more"), "{told}");
}

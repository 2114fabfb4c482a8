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

/// A shipped table, in a folder, with one text in the place of another.
fn changed(folder: &Path, table: &str, from: &str, to: &str) {
    let output = weir(&["lab", "run", "--show", table], b"");
    let shipped = String::from_utf8(output.stdout).unwrap();
    assert!(shipped.contains(from), "{table}: {from}");
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(table), shipped.replacen(from, to, 1)).unwrap();
}

fn record(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap()
}

#[test]
fn tables_of_ones_own_change_a_run_and_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    changed(&data, "parameters.csv", "rent_share,", "rent_share,");
    let [shipped, same, other] = ["shipped", "same", "other"].map(|it| folder.path().join(it));
    let scenario = ["history", "--draws", "3"];
    run(&shipped, &scenario);
    run(&same, &[&scenario[..], &["--data", text(&data)]].concat());
    assert_eq!(results(&shipped), results(&same));
    assert_eq!(record(&shipped)["data"], record(&same)["data"]);
    // Nothing can be rented.
    changed(&data, "parameters.csv", "share,lognormal-90,0.04,0.4,", "share,fixed,0,,");
    run(&other, &[&scenario[..], &["--data", text(&data)]].concat());
    assert_ne!(results(&shipped), results(&other));
    let tables = &record(&other)["tables"];
    assert_ne!(
        tables["parameters.csv"]["hash"],
        record(&shipped)["tables"]["parameters.csv"]["hash"]
    );
    assert_eq!(tables["parameters.csv"]["from"], "given");
    assert_eq!(tables["posterior.csv"]["from"], "shipped");
    assert_eq!(record(&shipped)["tables"]["parameters.csv"]["from"], "shipped");
}

/// Draws that fail are told under `--quiet` and in every form of the report; where they are more
/// than a tenth, the exit status says so.
#[test]
fn draws_that_fail_are_told_and_too_many_are_another_status() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    // Chips that live for less than a year leave no number in the last years.
    let life = "years,lognormal-90,4,9,";
    let with = |range: &str, out: &Path| {
        changed(&data, "parameters.csv", life, &format!("years,uniform,{range},"));
        let arguments = ["lab", "run", "history", "--draws", "40", "-q", "--data", text(&data)];
        weir(&[&arguments[..], &["-o", text(out)]].concat(), b"")
    };
    let [many, few, none] = ["many", "few", "none"].map(|name| folder.path().join(name));
    let output = with("0.8,1.2", &many);
    let failed = record(&many)["failed"].as_array().unwrap().len();
    assert!(failed > 4 && failed < 40, "{failed}");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("left out: draw ") && said.contains("diverged in 20"), "{said}");
    let sum = format!("error: {failed} of 40 draws of `history` failed, more than a tenth");
    assert!(said.contains(&sum) && !said.contains("rows in"), "{said}");
    let note = format!("Draws of `history` that failed and are in no figure: {failed} of 40;");
    let report = |form: &str| weir(&["lab", "report", text(&many), "--format", form, "-q"], b"");
    let table = report("table");
    assert!(String::from_utf8(table.stdout).unwrap().contains(&note), "{note}");
    for form in ["csv", "jsonl"] {
        let output = report(form);
        assert_eq!(output.status.code(), Some(0));
        assert!(stderr(&output).contains(&note), "{form}: {}", stderr(&output));
    }
    let output = with("0.94,1.4", &few);
    let failed = record(&few)["failed"].as_array().unwrap().len();
    assert!((1..=4).contains(&failed), "{failed}");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("left out: draw "), "{}", stderr(&output));
    let output = with("4,9", &none);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn a_run_that_was_begun_with_other_tables_does_not_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, own) = (folder.path().join("data"), folder.path().join("run"));
    run(&own, &["history", "--draws", "2"]);
    // As if it had been stopped before its end.
    let begun = own.join(".begun");
    fs::create_dir_all(&begun).unwrap();
    let mut before = record(&own);
    // What is known only at the end is not in the record of what was begun.
    let last = ["rows", "failed", "suppositions"];
    before.as_object_mut().unwrap().retain(|key, _| !last.contains(&key.as_str()));
    fs::write(begun.join("run.json"), before.to_string()).unwrap();
    changed(&data, "flagships.csv", "gen-2028,,2028Q1,4,80000", "gen-2028,,2028Q1,4,90000");
    let arguments = ["lab", "run", "history", "--draws", "2", "-o", text(&own)];
    let output = weir(&[&arguments[..], &["--data", text(&data)]].concat(), b"");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("holds another run that was begun"), "{}", stderr(&output));
    assert_eq!(weir(&arguments, b"").status.code(), Some(0));
}

#[test]
fn tables_that_contradict_are_refused_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let bad = |arguments: &[&str], said: &[&str]| {
        let output = weir(arguments, b"");
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        for words in said {
            assert!(stderr(&output).contains(words), "{words}: {}", stderr(&output));
        }
    };
    changed(&data, "parameters.csv", "uniform,1.0,2.6", "uniform,2.6,1.0");
    let place = format!("`{}`, row 4, column `a`", data.join("parameters.csv").display());
    let row = place.as_str();
    let folder_of = text(&data);
    let out = text(folder.path());
    bad(&["lab", "run", "history", "-o", out, "--data", folder_of], &[row, "is not below"]);
    bad(&["lab", "regret", "--data", folder_of], &[row]);
    bad(&["lab", "discover", "--data", folder_of], &[row]);
    bad(&["lab", "sensitivity", "--data", folder_of], &[row]);
    bad(&["lab", "fit", "--data", folder_of], &[row]);
    let chinese = ["lab", "run", "history", "-o", out, "--data", folder_of, "--lang", "zh"];
    bad(&chinese, &["第 4 行", "不小于"]);
    // The shipped particles are shares of the shipped distribution of what was fitted.
    changed(&data, "parameters.csv", "uniform,1.0,2.6", "uniform,1.0,3.0");
    bad(
        &["lab", "run", "history", "-o", out, "--data", folder_of],
        &["row 4, column `b`", "fit anew"],
    );
    run(&folder.path().join("prior"), &["history", "--draws", "2", "--prior", "--data", folder_of]);
    // Particles of another table, and a fit plan that names no target.
    let particles = folder.path().join("posterior.csv");
    fs::write(&particles, "boom,growth\n0.5,0.5\n").unwrap();
    let arguments = ["lab", "run", "history", "-o", out, "--posterior", text(&particles)];
    bad(&arguments, &["row 1, column `growth`", "no such parameter"]);
    bad(&[&arguments[..], &["--prior"]].concat(), &["`--prior` draws none"]);
    let plan = folder.path().join("plan");
    changed(&plan, "fit.csv", "T01,fit", "T00,fit");
    bad(&["lab", "fit", "--data", text(&plan)], &["fit.csv`, row 3", "no target `T00`"]);
    let into = ["lab", "fit", "--data", text(&plan), "--into", text(&plan)];
    changed(&plan, "fit.csv", "T01,fit,,0.2", "T01,fit,,0.3");
    bad(&into, &["is the plan of the fit", "name another folder"]);
    changed(&plan, "places.csv", "\nMY,", "\nXYZ,");
    bad(&["lab", "run", "history", "-o", out, "--data", text(&plan)], &["row 9, column `code`"]);
}

#[test]
fn targets_and_weights_in_another_unit_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let said = |arguments: &[&str]| {
        let output = weir(&[arguments, &["--data", text(&data)]].concat(), b"");
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        stderr(&output)
    };
    changed(&data, "targets.csv", "707968,,,H100e", "707968,,,TPP");
    let told = said(&["lab", "fit", "--shipped"]);
    assert!(told.contains("`huawei_cum` is in `TPP` here"), "{told}");
    assert!(told.contains("targets.csv`, row ") && told.contains("in `H100e`"), "{told}");
    fs::remove_file(data.join("targets.csv")).unwrap();
    let unit = "\"share of the world's spending without China, 2022-2023\"";
    changed(&data, "buyers.csv", unit, "USD a quarter");
    let told = said(&["lab", "run", "history", "-o", text(folder.path())]);
    assert!(told.contains("buyers.csv`, row 2, column `unit`: `Microsoft`"), "{told}");
}

#[test]
fn a_refit_can_be_run_and_judged() {
    let folder = tempfile::tempdir().unwrap();
    let fit = folder.path().join("fit");
    let effort = ["--points", "100", "--particles", "50", "--generations", "1", "--draws", "50"];
    let output = weir(&[&["lab", "fit", "--into", text(&fit)], &effort[..]].concat(), b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let judged = String::from_utf8(output.stdout).unwrap();
    // The folder as it lies, and the particles alone, are judged as they were by the fit itself.
    let posterior = fit.join("posterior.csv");
    for given in [["--data", text(&fit)], ["--posterior", text(&posterior)]] {
        let output =
            weir(&[&["lab", "fit", "--shipped", "--draws", "50"], &given[..]].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), judged, "{given:?}");
    }
    let [own, shipped] = ["own", "shipped"].map(|name| folder.path().join(name));
    run(&own, &["history", "--draws", "2", "--posterior", text(&posterior)]);
    run(&shipped, &["history", "--draws", "2"]);
    assert_ne!(results(&own), results(&shipped));
}

//! `weir lab` as a user runs it, and the page about it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what should not happen")]

mod support;

use std::fmt::Write as _;
use std::process::Command;

use support::{json_lines, stderr, weir};

/// Every command of the page writes what the page shows.
#[test]
fn the_page_shows_what_the_commands_write() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lab/instruments.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let mut run = 0;
    for block in page.split("```sh\n").skip(1) {
        let (command, after) = block.split_once("\n```").expect("a block ends");
        let Some((between, shown)) = after.split_once("```text\n") else { continue };
        if !between.trim().is_empty() {
            continue;
        }
        let (shown, _) = shown.split_once("```").expect("a block ends");
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let output = weir(&arguments, b"");
        assert!(output.status.success(), "{command}: {}", stderr(&output));
        assert_eq!(String::from_utf8_lossy(&output.stdout), shown, "{command}");
        run += 1;
    }
    assert_eq!(run, 5, "commands with what they write");
}

#[test]
fn the_same_seed_writes_the_same_bytes_at_any_number_of_threads() {
    let bytes = |threads: &str, seed: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_weir"))
            .args(["lab", "diversion", "--draws", "20000", "--seed", seed])
            .env("RAYON_NUM_THREADS", threads)
            .output()
            .expect("weir runs");
        assert!(output.status.success());
        output.stdout
    };
    assert_eq!(bytes("1", "1"), bytes("2", "1"));
    assert_eq!(bytes("1", "1"), bytes("8", "1"));
    assert_ne!(bytes("1", "1"), bytes("1", "2"));
}

#[test]
fn options_make_a_reading_of_ones_own() {
    let output = weir(
        &["lab", "diversion", "--draws", "20000", "--monthly", "uniform", "--other", "1:2"],
        b"",
    );
    let rows = json_lines(&output);
    let own = rows.last().expect("rows");
    assert_eq!(own["reading"], "own");
    assert_eq!((&own["monthly"], &own["vendors"]), (&"uniform".into(), &"lognormal".into()));
    let median = |row: &serde_json::Value| row["p50"].as_f64().expect("a number");
    assert!(median(own) > 2.0 * median(&rows[1]), "{rows:#?}");
}

#[test]
fn a_table_of_ones_own_is_read_and_its_mistakes_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ranges.csv");
    let shipped = weir(&["lab", "diversion", "--show-data"], b"").stdout;
    let shipped = String::from_utf8(shipped).expect("UTF-8");
    let run = |text: &str, more: &[&str]| {
        std::fs::write(&path, text).expect("it is written");
        let path = path.to_str().expect("UTF-8");
        weir(&[&["lab", "diversion", "--draws", "5000", "--ranges", path], more].concat(), b"")
    };
    let more = run(&shipped.replace("vendors,38,150", "vendors,380,1500"), &[]);
    let rows = json_lines(&more);
    assert!(rows[1]["p50"].as_f64().expect("a number") > 700_000.0, "{rows:#?}");
    let wrong = shipped.replace("vendors,38,150", "vendors,many,150");
    let said = stderr(&run(&wrong, &[]));
    assert!(said.contains("ranges.csv`, row 2, column `low`: `many` is no number"), "{said}");
    let said = stderr(&run(&wrong, &["--lang", "zh"]));
    assert!(said.contains("第 2 行 `low` 列：“many”不是数字"), "{said}");
}

#[test]
fn a_table_in_another_unit_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("own.csv");
    let own = path.to_str().expect("UTF-8");
    for (command, file, from, to, row, units) in [
        ("output", &[own][..], "6.65,cm2", "665,mm2", 2, ["mm2", "cm2"]),
        (
            "diversion",
            &["--ranges", own],
            "chips per vendor and month",
            "chips per vendor and year",
            3,
            ["chips per vendor and year", "chips per vendor and month"],
        ),
        (
            "kinks",
            &[own],
            "H100e (8-bit) at the end of the day",
            "TPP at the start of the day",
            2,
            ["TPP at the start of the day", "H100e (8-bit) at the end of the day"],
        ),
    ] {
        let shipped = weir(&["lab", command, "--show-data"], b"").stdout;
        let shipped = String::from_utf8(shipped).expect("UTF-8");
        assert!(shipped.contains(from), "{shipped}");
        std::fs::write(&path, shipped.replace(from, to)).expect("it is written");
        let [found, wanted] = units;
        for (language, place, said) in [
            ("en", format!("own.csv`, row {row}, column `unit`"), "weir reckons it in"),
            ("zh", format!("第 {row} 行 `unit` 列"), "而 weir 以"),
        ] {
            let output = weir(&[&["lab", command, "--lang", language], file].concat(), b"");
            let told = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{command}: {told}");
            let parts = [&place, said, &format!("`{found}`"), &format!("`{wanted}`")];
            assert!(parts.iter().all(|part| told.contains(*part)), "{parts:?}: {told}");
        }
    }
}

/// The rules exclude China and Russia from the exceptions, and nothing is exported to the United
/// States.
#[test]
fn where_nothing_can_draw_on_a_quota_there_is_none() {
    for (place, is_open) in [("CN", false), ("RU", false), ("US", false), ("GB", true)] {
        let quota = ["lab", "quota", "nvidia-gb300", "--year", "2025", "--to", place];
        let output = weir(&quota, b"");
        assert!(output.status.success(), "{place}");
        let rows = json_lines(&output);
        assert_eq!(
            rows.iter().any(|row| row["quota"] == "lpp-limit"),
            is_open,
            "{place}: {rows:?}"
        );
        if !is_open {
            let table = weir(&[&quota[..], &["--format", "table"]].concat(), b"");
            let table = String::from_utf8(table.stdout).expect("UTF-8");
            assert!(table.contains("nothing that goes there can draw on a quota"), "{table}");
        }
    }
}

#[test]
fn quotas_follow_the_packs_and_the_catalogue() {
    let rows = json_lines(&weir(&["lab", "quota", "nvidia-gb300", "--to", "Malaysia"], b""));
    let chips = |quota: &str, raised: &str, chip: &str| {
        let row = rows
            .iter()
            .find(|row| row["quota"] == quota && row["chip"] == chip && row["raised"] == raised);
        row.map(|row| row["chips"].as_u64().expect("a number"))
    };
    assert_eq!(chips("country-allocation", "as written", "H100e"), Some(49_901));
    assert_eq!(chips("country-allocation", "as written", "nvidia-gb300"), Some(13_166));
    assert_eq!(chips("country-allocation", "raised to the most", "H100e"), Some(99_802));
    assert_eq!(chips("lpp-limit", "as written", "H100e"), Some(1_699));
    let said = stderr(&weir(&["lab", "quota", "nvidia-b999"], b""));
    assert!(said.contains("there is no chip `nvidia-b999`"), "{said}");
    let said = stderr(&weir(&["lab", "quota", "--to", "Narnia"], b""));
    assert!(said.contains("`Narnia` is no country"), "{said}");
}

/// Prices of a stock that is twice the market, with a wiggle of its own, and a fall on one day.
fn prices() -> String {
    let mut text = String::from("date,SPY,NVDA\n");
    let (mut market, mut stock) = (400.0, 100.0);
    let start = jiff::civil::date(2023, 1, 2);
    for at in 0..700_i64 {
        // Two sines whose periods are no multiple of a day: deterministic, and not alike.
        let own = 0.01 * (at as f64 * 2.3).sin() + 0.008 * (at as f64 * 0.71).cos();
        let of_market = 0.009 * (at as f64 * 1.7).sin() + 0.0005;
        market *= 1.0 + of_market;
        stock *= 1.0 + 2.0 * of_market + own - if at == 600 { 0.1 } else { 0.0 };
        let day = start + jiff::Span::new().days(at);
        let _ = writeln!(text, "{day},{market},{stock}");
    }
    text
}

#[test]
fn an_event_is_measured_against_the_market_and_other_days() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("prices.csv");
    std::fs::write(&path, prices()).expect("it is written");
    let path = path.to_str().expect("UTF-8");
    let out = folder.path().join("events.csv");
    let event = ["lab", "events", path, "--market", "SPY", "--event"];
    let output = weir(&[&event[..], &["2024-08-24"]].concat(), b"");
    let row = json_lines(&output).remove(0);
    let number = |name: &str| row[name].as_f64().expect("a number");
    assert!((number("beta") - 2.0).abs() < 0.2, "{row}");
    assert!((number("abnormal") + 0.1).abs() < 0.02, "{row}");
    assert!(number("t") < -5.0 && number("p") < 0.001 && number("placebo_p") < 0.01, "{row}");
    assert!(number("placebo_days") > 400.0, "{row}");
    let to = out.to_str().expect("UTF-8");
    let output = weir(&[&event[..], &["2024-08-24", "--window", "-1:1", "-o", to]].concat(), b"");
    assert!(output.status.success(), "{}", stderr(&output));
    let written = std::fs::read_to_string(&out).expect("it is there");
    assert!(
        written.starts_with("name,event,day,returns,beta,raw,abnormal,error,t,p,"),
        "{written}"
    );
    let left = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 2, "prices and output, and nothing half written");
    for (arguments, said) in [
        (vec!["2019-01-01"], "lies outside the prices, which run from 2023-01-02"),
        (vec!["2023-02-01"], "returns in the estimation window of 2023-02-01, where 60"),
        (vec!["2024-08-24", "--name", "AMD"], "there are no prices `AMD`"),
        (vec!["2024-08-24", "--window", "-40:0"], "the windows -250:-30 and -40:0 cannot"),
        (vec!["24.8.2024"], "is no day"),
        (vec!["2024-08-24", "-o", path], "is what is read"),
    ] {
        let output = weir(&[&event[..], &arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(said), "{said}: {}", stderr(&output));
    }
}

#[test]
fn output_and_sums_read_tables_of_ones_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("figures.csv");
    let run = |command: &str, from: &str, to: &str| {
        let shipped = weir(&["lab", command, "--show-data"], b"").stdout;
        let shipped = String::from_utf8(shipped).expect("UTF-8");
        assert!(shipped.contains(from), "{from}");
        std::fs::write(&path, shipped.replacen(from, to, 1)).expect("it is written");
        weir(&["lab", command, path.to_str().expect("UTF-8")], b"")
    };
    let rows = json_lines(&run("output", "2026,stack_yield,0.25", "2026,stack_yield,0.5"));
    assert_eq!(rows[0]["chips_by_stacks"], 1_980_000);
    assert_eq!(rows[0]["scarcer"], "dies");
    let rows = json_lines(&run("sums", "Korea,21", "Korea,22"));
    assert_eq!((&rows[0]["sum"], &rows[0]["left"]), (&77.into(), &0.into()));
    let said = stderr(&run("sums", "Korea,21", "Korea,some"));
    assert!(said.contains("figures.csv`, row 3, column `value`: `some` is no number"), "{said}");
}

//! `weir batch` gives the answers of `weir check`, and says what it could not read.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use support::weir;

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The example as `weir check` decides it, each line for itself.
fn checked() -> BTreeMap<String, Value> {
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");
    let output = weir(&["check", orders, "--no-carry", "--format", "jsonl", "-q"], b"");
    let lines = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        (line["line_id"].as_str().unwrap().to_owned(), line)
    };
    lines.lines().map(line).collect()
}

#[test]
fn a_table_is_decided_as_its_lines_are() {
    let folder = tempfile::tempdir().unwrap();
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");
    let (parquet, lines) = (folder.path().join("parquet"), folder.path().join("lines"));
    let run = |input: &str, output: &Path, format: &str| {
        let output = weir(&["batch", input, "-o", text(output), "--format", format], b"");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    let said = run(orders, &parquet, "parquet");
    assert!(
        said.starts_with("60 lines decided, 0 in error, in 1 file (0 finished before)"),
        "{said}"
    );
    assert!(said.contains("license required, by destination\n  CN "), "{said}");
    let again = run(orders, &parquet, "parquet");
    assert!(again.starts_with("60 lines decided, 0 in error, in 1 file (1 finished before)"));
    run(text(&parquet), &lines, "jsonl");
    let decided = fs::read_to_string(lines.join("orders.jsonl")).unwrap();
    let expected = checked();
    assert_eq!((decided.lines().count(), expected.len()), (60, 60));
    for line in decided.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = line["line_id"].as_str().unwrap();
        for reading in ["written", "enforced"] {
            let own = &expected[id][reading];
            let column = |name: &str| &line[format!("weir_{reading}_{name}").as_str()];
            assert_eq!(column("outcome"), &own["outcome"], "{id} {reading}");
            let joined = |list: &Value| {
                let words = list.as_array().unwrap().iter().map(|word| word.as_str().unwrap());
                words.collect::<Vec<_>>().join("; ")
            };
            let of = |name: &str| column(name).as_str().unwrap_or_default().to_owned();
            assert_eq!(of("exceptions"), joined(&own["exceptions"]), "{id} {reading}");
            assert_eq!(of("missing"), joined(&own["missing"]), "{id} {reading}");
            let policy = own["policy"].as_str().unwrap_or_default();
            assert_eq!(of("policy"), policy, "{id} {reading}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    fs::write(input.join("good.csv"), "date,destination,item.sku\n2025-06-02,DE,nvidia-h100-sxm\n")
        .unwrap();
    fs::write(input.join("bad.csv"), "date,destination,item.sku\n2025-06-02,DE,h100-of-nobody\n")
        .unwrap();
    fs::write(input.join("none.parquet"), "none").unwrap();
    let output = folder.path().join("out");
    let arguments = ["batch", text(&input), "-o", text(&output)];
    let run = weir(&arguments, b"");
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(3), "{errors}");
    for part in ["none.parquet` cannot be read: ", "1 line cannot be decided", "rejects.jsonl`"] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    let rejects = fs::read_to_string(output.join("_weir/rejects.jsonl")).unwrap();
    assert!(rejects.contains("unknown_sku") && rejects.contains("bad_file"), "{rejects}");
    let chinese = weir(&[&arguments[..], &["--lang", "zh"]].concat(), b"");
    let said = String::from_utf8(chinese.stderr).unwrap();
    assert!(said.contains("有 1 行无法裁定") && said.contains("无法读取："), "{said}");
    let strict = weir(
        &[&arguments[..2], &["-o", text(&folder.path().join("s")), "--strict", "--threads", "1"]]
            .concat(),
        b"",
    );
    assert_eq!(strict.status.code(), Some(1));
    let said = String::from_utf8(strict.stderr).unwrap();
    assert!(said.contains("bad.csv`, row 1: there is no chip `h100-of-nobody`"), "{said}");
    let unknown = weir(&[&arguments[..], &["--map", "quantiti=n"]].concat(), b"");
    let said = String::from_utf8(unknown.stderr).unwrap();
    assert_eq!(said, "error: there is no fact `quantiti`; is `quantity` meant?\n");
}

#[test]
fn folders_leftovers_and_missing_facts() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let order = "date,destination,quantity,item.sku\n2025-06-02,MY,10,nvidia-h100-sxm\n";
    for name in ["2025-06.csv", "2025-07.csv"] {
        fs::write(input.join(name), order).unwrap();
    }
    let pattern = input.join("2025-*");
    let base = ["batch", text(&pattern), "-o", text(&output)];
    let said = |more: &[&str]| {
        let run = weir(&[&base[..], more].concat(), b"");
        let errors = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(0), "{errors}");
        (String::from_utf8(run.stdout).unwrap(), errors)
    };
    let by = ["--partition-by", "destination,weir_written_outcome", "--format", "jsonl"];
    let (summary, errors) = said(&by);
    assert_eq!(errors, "");
    let (_, missing) = summary.split_once("\nmissing most often\n").expect("facts are missing");
    assert!(missing.contains("end_user.hq") && missing.contains(" 2\n"), "{missing}");
    let one = output.join("destination=MY/weir_written_outcome=unresolved/2025-06.jsonl");
    let line: Value = serde_json::from_str(fs::read_to_string(one).unwrap().trim()).unwrap();
    assert!(line.get("destination").is_none() && line["weir_enforced_outcome"].is_string());
    fs::remove_file(input.join("2025-07.csv")).unwrap();
    let (_, errors) = said(&by);
    let left = "2025-07.jsonl` is of an earlier run and no input of this one becomes it; `--prune`";
    assert!(errors.contains(left), "{errors}");
    let (_, errors) = said(&[&by[..], &["--lang", "zh"]].concat());
    assert!(errors.contains("为先前运行所写，本次没有输入与之对应"), "{errors}");
    said(&[&by[..], &["--prune"]].concat());
    assert_eq!(said(&by).1, "");
    let unknown = weir(&[&base[..], &["--map", "origin=from"]].concat(), b"");
    assert_eq!(String::from_utf8(unknown.stderr).unwrap(), "error: no input has a column `from`\n");
}

/// More folders than a process may have files open.
#[cfg(unix)]
#[test]
fn folders_may_be_more_than_files_may_be_open() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    let mut rows = String::from("date,destination,lot\n");
    (0..2_000).for_each(|at| rows.push_str(&format!("2025-06-02,DE,{}\n", at % 400)));
    fs::write(&input, rows).unwrap();
    let limited = "ulimit -n 256 && exec \"$0\" \"$@\"";
    let run = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_weir"), "batch", text(&input)])
        .args(["-o", text(&output), "--partition-by", "lot", "--threads", "8"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let lots = fs::read_dir(&output).unwrap().map(|entry| entry.unwrap().path());
    let lots = lots.filter(|path| !path.ends_with("_weir"));
    let files: Vec<usize> = lots.map(|lot| fs::read_dir(lot).unwrap().count()).collect();
    assert_eq!(files, [1; 400], "each folder has one file");
}

/// Dialects, names of columns and forms of numbers are those of an order book.
#[test]
fn check_and_batch_read_alike() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [
        "id;Date;DESTINATION;Quantity;Item.SKU",
        "A;2025-06-02;CN;8;nvidia-h100-sxm",
        "B;\"2025-06-02;CN;8;nvidia-h100-sxm",
        "C;2025-06-02;CN;1.000;nvidia-h100-sxm",
        "D;2025-06-02;DE;8;nvidia-h100-sxm",
    ];
    let book = rows.join("\r\n") + "\r\n";
    let line = |quantity: &str| {
        format!(
            "{{\"date\":\"2025-06-02\",\"destination\":\"CN\",\"item\":{{\"sku\":\"nvidia-h100-sxm\"}},\
             \"quantity\":{quantity}}}\n"
        )
    };
    let lines = ["64.000", "64.125", "8"].map(line).concat();
    for (name, bytes) in [
        ("a.csv", book.clone()),
        ("b.csv", format!("sep=;\r\n{book}")),
        ("c.csv", book.replace(';', "\t")),
        ("d.jsonl", lines),
    ] {
        let (input, output) = (folder.path().join(name), folder.path().join("out"));
        fs::write(&input, bytes).unwrap();
        let checked = weir(&["check", text(&input), "--no-carry", "--format", "jsonl", "-q"], b"");
        let checked = String::from_utf8(checked.stdout).unwrap();
        let checked = checked.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            (line["written"]["outcome"].clone(), line["error"]["code"].clone())
        });
        weir(&["batch", text(&input), "-o", text(&output), "--format", "jsonl"], b"");
        let decided = fs::read_to_string(output.join(name).with_extension("jsonl")).unwrap();
        let decided = decided.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let error = line["weir_error"].as_str().and_then(|error| error.split(": ").next());
            (line["weir_written_outcome"].clone(), error.map_or(Value::Null, Value::from))
        });
        let checked: Vec<_> = checked.collect();
        assert!(checked.len() >= 3 && checked.iter().any(|(outcome, _)| !outcome.is_null()));
        assert_eq!(checked, decided.collect::<Vec<_>>(), "{name}");
    }
}

/// What check warns of, batch says in a column and counts.
#[test]
fn warnings_are_those_of_check() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    let rows = "date,destination,item.sku,item.part_number,item.tpp\n\
                2025-06-02,DE,nvidia-h100-sxm,NO-SUCH-PART,\n\
                2025-06-02,DE,nvidia-h100-sxm,,\n\
                2025-06-02,DE,nvidia-h100-sxm,,16500\n\
                2025-06-02,DE,h100-of-nobody,,16500\n";
    fs::write(&input, rows).unwrap();
    let run = weir(&["batch", text(&input), "-o", text(&output), "--format", "jsonl"], b"");
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.contains("\n3 lines to look at: `weir_warnings` says why\n"), "{said}");
    let decided = fs::read_to_string(output.join("o.jsonl")).unwrap();
    let decided = decided.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["weir_warnings"].as_str().unwrap_or_default().to_owned()
    });
    let decided: Vec<String> = decided.collect();
    for (at, code) in [(0, "unknown_part: "), (2, "tpp_differs: "), (3, "unknown_sku: ")] {
        assert!(decided[at].starts_with(code), "{decided:?}");
    }
    let checked = weir(&["check", text(&input), "--no-carry", "--format", "jsonl", "-q"], b"");
    let checked = String::from_utf8(checked.stdout).unwrap();
    let checked = checked.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let warnings = line["warnings"].as_array().cloned().unwrap_or_default();
        let said = warnings.iter().map(|it| {
            format!("{}: {}", it["code"].as_str().unwrap(), it["message"].as_str().unwrap())
        });
        said.collect::<Vec<_>>().join("; ")
    });
    assert_eq!(decided, checked.collect::<Vec<_>>());
}

#[test]
fn what_is_no_table_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    for name in ["a.csv", "b.csv.xz", "c.xlsx"] {
        fs::write(input.join(name), "date,destination\n2025-06-02,DE\n").unwrap();
    }
    let run = weir(&["batch", text(&input), "-o", text(&output)], b"");
    assert_eq!(run.status.code(), Some(0));
    let errors = String::from_utf8(run.stderr).unwrap();
    let left = "b.csv.xz` and 1 more files are left out: what is decided ends in .parquet, .arrow";
    assert!(errors.contains(left), "{errors}");
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.contains("(0 finished before, 2 beside them left out)"), "{said}");
}

/// Who stops a run is told what is done, and the same command goes on.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_says_what_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let header = "date,destination,item.sku,quantity\n";
    let short = format!("{header}2025-06-02,DE,nvidia-h100-sxm,1\n");
    fs::write(input.join("a.csv"), &short).unwrap();
    // It is read before the long one and left out: it is not finished.
    fs::write(input.join("a.parquet"), "none").unwrap();
    let mut long = header.to_owned();
    (1..400_000).for_each(|at| long.push_str(&format!("2025-06-02,DE,nvidia-h100-sxm,{at}\n")));
    fs::write(input.join("b.csv"), long).unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(["batch", text(&input), "-o", text(&output), "--threads", "1"])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let is_begun = || {
        let parts = fs::read_dir(output.join("_weir")).into_iter().flatten().flatten();
        output.join("a.csv").exists()
            && parts.into_iter().any(|it| it.path().extension().is_some_and(|it| it == "part"))
    };
    while !is_begun() {
        std::thread::sleep(std::time::Duration::from_millis(5));
        assert!(run.try_wait().unwrap().is_none(), "it is not done");
    }
    let stopped = std::process::Command::new("kill").args(["-INT", &run.id().to_string()]).status();
    assert!(stopped.unwrap().success());
    let run = run.wait_with_output().unwrap();
    let errors = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(130), "{errors}");
    let said =
        "stopped: 1 of 3 files are finished and valid, and the same command goes on from there\n";
    assert_eq!(errors, said);
    fs::write(input.join("b.csv"), short).unwrap();
    fs::remove_file(input.join("a.parquet")).unwrap();
    let again = weir(&["batch", text(&input), "-o", text(&output)], b"");
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(
        said.starts_with("2 lines decided, 0 in error, in 2 files (1 finished before)"),
        "{said}"
    );
}

/// A row of a table is explained as the line of the order book that it was.
#[test]
fn a_row_of_a_table_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let orders = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");
    let output = folder.path().join("out");
    weir(&["batch", orders, "-o", text(&output), "--format", "parquet"], b"");
    let table = output.join("orders.parquet");
    let explained = |arguments: &[&str]| {
        let run = weir(&[&["explain"], arguments, &["--format", "json", "-q"]].concat(), b"");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    let ids: Vec<String> = checked().into_keys().collect();
    let lines = fs::read_to_string(orders).unwrap();
    let places = lines.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned());
    for (at, id) in places.enumerate().step_by(13) {
        assert!(ids.contains(&id));
        let row = explained(&[text(&table), "--row", &(at + 1).to_string()]);
        let line = explained(&[orders, "--line", &id, "--no-carry"]);
        for part in ["determination", "tree", "flips"] {
            let answer = |of: &Value, reading: &str| of[part][reading]["outcome"].clone();
            assert_eq!(answer(&row, "written"), answer(&line, "written"), "{id}");
            assert_eq!(answer(&row, "enforced"), answer(&line, "enforced"), "{id}");
        }
        assert!(row["determination"]["written"]["outcome"].is_string(), "{row}");
        assert_eq!(row["flips"], line["flips"], "{id}");
    }
    let past = weir(&["explain", text(&table), "--row", "61"], b"");
    let said = String::from_utf8(past.stderr).unwrap();
    assert!(said.ends_with("orders.parquet` has 60 rows, and no row 61\n"), "{said}");
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "date,destination,quantity\n2025-06-02,DE,many\n").unwrap();
    let wrong = weir(&["explain", text(&bad), "--row", "1"], b"");
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("row 1: `many` is not a number"), "{said}");
}

/// A disk that takes no more bytes ends the run with what is finished, and nothing half-written.
#[cfg(unix)]
#[test]
fn a_run_onto_a_full_disk_goes_on_where_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let head = "date,destination,quantity,note\n";
    let row = format!("2025-06-02,DE,1,{}\n", "n".repeat(100));
    fs::write(input.join("a.csv"), format!("{head}{row}")).unwrap();
    fs::write(input.join("b.csv"), format!("{head}{}", row.repeat(5_000))).unwrap();
    fs::write(input.join("c.csv"), format!("{head}{row}")).unwrap();
    // A file may have so many blocks of 512 bytes: to the program that is as a disk without room.
    let script = "trap '' XFSZ; ulimit -f 200; exec \"$0\" \"$@\"";
    let limited = std::process::Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_weir"), "batch", text(&input)])
        .args(["-o", text(&output), "--threads", "1"])
        .output()
        .expect("a shell");
    let errors = String::from_utf8(limited.stderr).unwrap();
    assert_eq!(limited.status.code(), Some(1), "{errors}");
    for part in [
        "error: cannot write to `",
        "File too large",
        "1 of 3 files are finished and valid, and the same command goes on from there",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    assert!(output.join("a.csv").exists() && !output.join("b.csv").exists());
    let own = fs::read_dir(output.join("_weir")).unwrap();
    let names = own.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.ends_with(".part")));
    let again = weir(&["batch", text(&input), "-o", text(&output)], b"");
    let said = String::from_utf8(again.stdout).unwrap();
    assert!(said.starts_with("5,002 lines decided, 0 in error, in 3 files (1 finished"), "{said}");
}

#[test]
fn a_table_that_says_of_no_row_where_it_goes_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let rows = "2025-06-02,DE,nvidia-h100-sxm\n";
    fs::write(input.join("a.csv"), format!("date,destination,item.sku\n{rows}")).unwrap();
    fs::write(input.join("b.csv"), format!("date,to,item.sku\n{rows}")).unwrap();
    let parquet = folder.path().join("parquet");
    let said_in = |output: &Path, more: &[&str]| {
        let run = weir(&[&["batch", text(&input), "-o", text(output)], more].concat(), b"");
        assert_eq!(run.status.code(), Some(0));
        String::from_utf8(run.stderr).unwrap()
    };
    let said = |more: &[&str]| said_in(&output, more);
    let warning = "b.csv` has no column that is `destination`, so that its rows stay open; `--map \
                   destination=COLUMN` says which it is\n";
    // What was finished before is told again; from Parquet it is told as well.
    for errors in [said(&[]), said(&[]), said_in(&parquet, &["--format", "parquet"])] {
        assert!(errors.contains(warning) && !errors.contains("a.csv"), "{errors}");
    }
    let again = folder.path().join("again");
    let copied = weir(&["batch", text(&parquet.join("b.parquet")), "-o", text(&again)], b"");
    assert!(String::from_utf8(copied.stderr).unwrap().contains("b.parquet` has no column that is"));
    assert_eq!(said(&["--assume", "destination=DE"]), "");
    let chinese = said(&["--lang", "zh"]);
    assert!(chinese.contains("b.csv` 没有与 `destination` 对应的列"), "{chinese}");
}

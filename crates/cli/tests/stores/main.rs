//! `weir batch` on a store of objects gives what it gives on folders, byte by byte, and leaves
//! nothing half-written under a name.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use batch::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use batch::files::{Format, Writer};
use hyper::Method;
use server::{BUCKET, Server};

/// What is said before a bad line.
const HEADER: &str = "date,destination,item.sku,quantity\n";

/// A program that is set up for a store.
fn command(server: &Server, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weir"));
    command.arg("batch").args(arguments).env("NO_COLOR", "1").envs(server.settings());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn weir(server: &Server, arguments: &[&str]) -> Output {
    command(server, arguments).output().expect("weir starts")
}

#[track_caller]
fn expect(output: &Output, code: i32) -> (String, String) {
    let said = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, errors) = (said(&output.stdout), said(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{errors}");
    (out, errors)
}

fn url(path: &str) -> String {
    format!("s3://{BUCKET}/{path}")
}

/// Every file below a folder, by its name there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn add(folder: &Path, base: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(&path, base, found);
            } else {
                let name = path.strip_prefix(base).unwrap().to_str().unwrap().to_owned();
                // A store has no locks.
                if name != "_weir/lock" {
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    add(folder, folder, &mut found);
    found
}

/// A table of many rows with texts that no codec makes short, in several row groups, so that it is
/// read in spans and written in parts.
fn long_table(path: &Path) {
    let mut seed = 7u64;
    let mut letter = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'!' + (seed >> 33) as u8 % 90)
    };
    let mut writer = None;
    for start in (0..24_000i64).step_by(4_000) {
        let rows = start..start + 4_000;
        let text = |of: &dyn Fn(i64) -> &'static str| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.clone().map(of)))
        };
        let notes: Vec<String> =
            rows.clone().map(|_| (0..1_000).map(|_| letter()).collect()).collect();
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("date", text(&|_| "2025-06-02")),
            ("destination", text(&|row| ["CN", "DE", "MY"][row as usize % 3])),
            ("item.sku", text(&|row| ["nvidia-h100-sxm", "nvidia-h20"][row as usize % 2])),
            ("quantity", Arc::new(Int64Array::from_iter_values(rows.clone()))),
            ("note", Arc::new(StringArray::from(notes))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let create = || Writer::create(path, Format::Parquet, batch.schema()).unwrap();
        writer.get_or_insert_with(create).write(&batch).unwrap();
    }
    writer.unwrap().finish().unwrap();
}

/// Inputs of all kinds, in folders that are columns, with a line that cannot be decided.
fn inputs(folder: &Path) {
    for month in ["month=2025-06", "month=2025-07"] {
        fs::create_dir_all(folder.join(month)).unwrap();
    }
    long_table(&folder.join("month=2025-06/long.parquet"));
    let rows = "2025-06-02,DE,nvidia-h100-sxm,8\n2025-06-02,MY,h100-of-nobody,1\n2025-06-03,CN,nvidia-h20,2\n";
    fs::write(folder.join("month=2025-06/short.csv"), format!("{HEADER}{rows}")).unwrap();
    let line = r#"{"date":"2025-07-02","destination":"CN","item.sku":"nvidia-h20","quantity":3}"#;
    fs::write(folder.join("month=2025-07/lines.jsonl"), format!("{line}\n{line}\n")).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("date", Arc::new(StringArray::from(vec!["2025-07-01", "2025-07-02"]))),
        ("destination", Arc::new(StringArray::from(vec!["AE", "a/b=c d%"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let path = folder.join("month=2025-07/table.arrow");
    let mut writer = Writer::create(&path, Format::Arrow, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

/// Puts every file of a folder below a prefix.
fn upload(server: &Server, folder: &Path, prefix: &str) {
    for (name, bytes) in files(folder) {
        server.put(&format!("{prefix}{name}"), bytes);
    }
}

/// A folder and a store that hold the same inputs.
fn both() -> (tempfile::TempDir, PathBuf, Server) {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    inputs(&input);
    let server = Server::start();
    upload(&server, &input, "in/");
    (folder, input, server)
}

/// What came out, but for what is known of the inputs, which are others.
fn outputs(found: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let is_record = |name: &str| name.starts_with("_weir/") && name.ends_with(".json");
    found.into_iter().filter(|(name, _)| !is_record(name)).collect()
}

/// The same command goes on, and comes to what is decided in folders of this machine.
fn goes_on(server: &Server, arguments: &[&str], input: &Path, local: &Path) {
    expect(&weir(server, arguments), 3);
    expect(&weir(server, &[input.to_str().unwrap(), "-o", local.to_str().unwrap()]), 3);
    expect_same(server, "out/", local, input);
}

#[track_caller]
fn expect_same(server: &Server, prefix: &str, folder: &Path, input: &Path) {
    let stored = server.names(prefix);
    let stored = stored.into_iter().map(|name| {
        let bytes = server.get(&format!("{prefix}{name}")).to_vec();
        (name, bytes)
    });
    let (stored, local) = (outputs(stored.collect()), outputs(files(folder)));
    let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&stored), names(&local));
    for (name, bytes) in &local {
        if name.ends_with("rejects.jsonl") {
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let there = text(&stored[name]).replace(&url("in"), input.to_str().unwrap());
            assert_eq!(there, text(bytes), "{name}");
        } else {
            assert!(stored[name] == *bytes, "{name} differs");
        }
    }
    assert!(server.held.lock().unwrap().uploads.is_empty(), "parts were left");
}

#[test]
fn a_job_gives_the_same_files_in_a_store() {
    let (folder, input, server) = both();
    let input_text = input.to_str().unwrap();
    for (at, more) in [&[][..], &["--partition-by", "destination,month"]].into_iter().enumerate() {
        let local = folder.path().join(format!("out-{at}"));
        let prefix = format!("out-{at}");
        let here = weir(&server, &[&[input_text, "-o", local.to_str().unwrap()], more].concat());
        let (said_here, _) = expect(&here, 3);
        let there = weir(&server, &[&[&*url("in"), "-o", &url(&prefix)], more].concat());
        let (said_there, errors) = expect(&there, 3);
        assert_eq!(said_here, said_there);
        let listed =
            format!("every reason is in `{}`", url(&format!("{prefix}/_weir/rejects.jsonl")));
        assert!(errors.contains(&listed), "{errors}");
        expect_same(&server, &format!("{prefix}/"), &local, &input);
        // What is finished is found finished.
        let again = weir(&server, &[&[&*url("in/"), "-o", &url(&prefix)], more].concat());
        let (said, _) = expect(&again, 3);
        assert!(said.contains("(4 finished before)"), "{said}");
    }
    let held = server.held.lock().unwrap();
    assert!(held.begun > 0, "nothing was written in parts");
    let long = held.asked.iter().filter(|(method, key, _)| {
        *method == Method::GET && key == "in/month=2025-06/long.parquet"
    });
    // Each run reads the end of the table and then its rows, in spans and not page by page.
    assert!((4..24).contains(&long.count()), "{:?}", held.asked.len());
}

#[test]
fn stores_and_folders_mix() {
    let (folder, input, server) = both();
    let (local, plain) = (folder.path().join("from-store"), folder.path().join("plain"));
    let file = format!("file://{}", plain.display());
    expect(&weir(&server, &[&format!("file://{}", input.display()), "-o", &file]), 3);
    expect(&weir(&server, &[&url("in"), "-o", local.to_str().unwrap()]), 3);
    expect(&weir(&server, &[input.to_str().unwrap(), "-o", &url("mixed")]), 3);
    let tables = |folder: &Path| {
        let mut found = outputs(files(folder));
        found.retain(|name, _| !name.starts_with("_weir/"));
        found
    };
    assert!(tables(&local) == tables(&plain) && tables(&plain).len() == 4);
    for (name, bytes) in tables(&plain) {
        assert!(server.get(&format!("mixed/{name}")) == bytes, "{name}");
    }
}

#[test]
fn patterns_match_as_they_do_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let row = format!("{HEADER}2025-06-02,DE,nvidia-h100-sxm,8\n");
    for name in [
        "a/x-1.csv",
        "a/x-2.csv",
        "a/deep/x-3.csv",
        "b/x-1.csv",
        "b/note.txt",
        "b/.x-9.csv",
        "b/_x-8.csv",
        "c/_hidden/x-1.csv",
        "c/y.csv",
        "top.csv",
    ] {
        fs::create_dir_all(input.join(name).parent().unwrap()).unwrap();
        fs::write(input.join(name), &row).unwrap();
    }
    let server = Server::start();
    upload(&server, &input, "in/");
    let patterns =
        ["*.csv", "*/x-?.csv", "*/x-[12].csv", "?", "[bc]", "*", "a/*", "**/x-1.csv", "b/*"];
    for (at, pattern) in patterns.into_iter().enumerate() {
        let local = folder.path().join(format!("out-{at}"));
        let prefix = format!("out-{at}");
        let here = input.join(pattern);
        expect(&weir(&server, &[here.to_str().unwrap(), "-o", local.to_str().unwrap()]), 0);
        expect(&weir(&server, &[&url(&format!("in/{pattern}")), "-o", &url(&prefix)]), 0);
        let stored: BTreeSet<String> = server.names(&format!("{prefix}/"));
        let local: BTreeSet<String> = files(&local).into_keys().collect();
        assert!(local.len() > 2, "{pattern} matches nothing");
        assert_eq!(stored, local, "{pattern}");
    }
    let (_, errors) = expect(&weir(&server, &[&url("in/*.parquet"), "-o", &url("none")]), 1);
    assert!(
        errors.contains(&format!("no file is named like `{}`", url("in/*.parquet"))),
        "{errors}"
    );
    // An output within what a pattern matches is no input the next time.
    let twice = [&*url("in/b/**/*.csv"), "-o", &url("in/b/out")];
    expect(&weir(&server, &twice), 0);
    let (said, _) = expect(&weir(&server, &twice), 0);
    assert!(said.starts_with("1 lines decided") || said.contains("finished before"), "{said}");
}

/// Many small inputs of which the one in the middle waits.
fn many(server: &Server) -> Vec<String> {
    let names: Vec<String> = (0..6).map(|at| format!("many/{at}.csv")).collect();
    for name in &names {
        server.put(name, format!("{HEADER}2025-06-02,DE,nvidia-h100-sxm,8\n"));
    }
    names
}

#[test]
fn a_run_that_loses_the_store_goes_on_later() {
    let server = Server::start();
    many(&server);
    let arguments = [&*url("many"), "-o", &url("out"), "--threads", "1"];
    // From the fourth file on nothing can be written.
    server.refuse(Some(Box::new(|method, key, _| *method == Method::PUT && key == "out/3.csv")));
    let (_, errors) = expect(&weir(&server, &arguments), 1);
    for part in [
        "cannot write to `s3://orders/out/3.csv`: ",
        "3 of 6 files are finished and valid, \
        and the same command goes on from there",
    ] {
        assert!(errors.contains(part), "{errors}");
    }
    assert!(!server.names("out/").contains("3.csv"));
    // Then nothing can be read: the inputs are not bad for that.
    server.refuse(Some(Box::new(|method, key, _| *method == Method::GET && key == "many/4.csv")));
    let (_, errors) = expect(&weir(&server, &arguments), 1);
    for part in ["cannot read `s3://orders/many/4.csv`: ", "cannot be reached", "4 of 6 files"] {
        assert!(errors.contains(part), "{errors}");
    }
    let chinese = weir(&server, &[&arguments[..], &["--lang", "zh"]].concat());
    let (_, errors) = expect(&chinese, 1);
    assert!(
        errors.contains("无法读取 `s3://orders/many/4.csv`") && errors.contains("无法连接"),
        "{errors}"
    );
    server.refuse(None);
    let (said, _) = expect(&weir(&server, &arguments), 0);
    assert!(
        said.starts_with("6 lines decided, 0 in error, in 6 files (4 finished before)"),
        "{said}"
    );
    let names = server.names("out/");
    assert_eq!(names.iter().filter(|name| name.ends_with(".csv")).count(), 7, "{names:?}");
}

#[test]
fn what_is_given_up_leaves_nothing_behind() {
    let (folder, input, server) = both();
    // The store is lost when the first part of an output is there.
    server.refuse(Some(Box::new(|method, _, query| {
        *method == Method::PUT && query.contains("partNumber=2")
    })));
    let arguments = [&*url("in"), "-o", &url("out"), "--threads", "1"];
    let (_, errors) = expect(&weir(&server, &arguments), 1);
    let long = "cannot write to `s3://orders/out/month=2025-06/long.parquet`: ";
    assert!(errors.contains(long), "{errors}");
    let held = server.held.lock().unwrap();
    assert!(held.begun > 0 && held.uploads.is_empty(), "{:?}", held.uploads.keys());
    assert!(!held.objects.keys().any(|key| key.starts_with("out/month=2025-06/long")));
    drop(held);
    server.refuse(None);
    goes_on(&server, &arguments, &input, &folder.path().join("out"));
}

#[test]
fn a_run_that_is_killed_goes_on_later() {
    let (folder, input, server) = both();
    let arguments = [&*url("in"), "-o", &url("out"), "--threads", "1"];
    let mut child = command(&server, &arguments).spawn().unwrap();
    // Killed when parts of the long table are there.
    let is_begun = || {
        let held = server.held.lock().unwrap();
        held.uploads.values().any(|(_, parts)| !parts.is_empty())
    };
    while !is_begun() {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!server.names("out/").contains("month=2025-06/long.parquet"));
    // What the store keeps of it without a name is the store's to remove.
    server.held.lock().unwrap().uploads.clear();
    expect(&weir(&server, &arguments), 3);
    let local = folder.path().join("out");
    expect(&weir(&server, &[input.to_str().unwrap(), "-o", local.to_str().unwrap()]), 3);
    expect_same(&server, "out/", &local, &input);
}

#[test]
fn changed_and_vanished_objects_are_noticed() {
    let server = Server::start();
    many(&server);
    let arguments = [&*url("many"), "-o", &url("out")];
    expect(&weir(&server, &arguments), 0);
    // Another content of the same length, an output that is gone, an input that is gone.
    server.put("many/1.csv", format!("{HEADER}2025-06-02,CN,nvidia-h100-sxm,8\n"));
    server.held.lock().unwrap().objects.remove("out/2.csv");
    server.held.lock().unwrap().objects.remove("many/5.csv");
    let (said, errors) = expect(&weir(&server, &arguments), 0);
    assert!(said.contains("in 5 files (3 finished before)"), "{said}");
    assert!(errors.contains("`s3://orders/out/5.csv` is of an earlier run"), "{errors}");
    assert!(server.names("out/").contains("2.csv") && server.names("out/").contains("5.csv"));
    assert!(server.get("out/1.csv").windows(16).any(|part| part == b"license_required"));
    let (_, errors) = expect(&weir(&server, &[&arguments[..], &["--prune"]].concat()), 0);
    assert_eq!(errors, "");
    let names = server.names("out/");
    assert!(!names.contains("5.csv") && !names.contains("_weir/5.csv.json"), "{names:?}");
}

#[test]
fn what_cannot_be_reached_is_told_with_the_way_out() {
    let server = Server::start();
    many(&server);
    let refused = |input: &str, output: &str, set: &[(&str, &str)], parts: &[&str]| {
        let mut command = command(&server, &[input, "-o", output]);
        command.envs(set.iter().copied());
        let (_, errors) = expect(&command.output().unwrap(), 1);
        for part in parts {
            assert!(errors.contains(part), "{part}: {errors}");
        }
        assert!(!errors.contains("hint: \n") && errors.starts_with("error: "), "{errors}");
    };
    let (input, output) = (&*url("many"), &*url("out"));
    let wrong = [("AWS_ACCESS_KEY_ID", "nobody")];
    let said = ["`s3://orders/many`", "InvalidAccessKeyId (set AWS_ACCESS_KEY_ID and"];
    refused(input, output, &wrong, &said);
    let said =
        ["`s3://elsewhere/x`", "there is no bucket `elsewhere` at http://", "AWS_ENDPOINT_URL"];
    refused("s3://elsewhere/x", output, &[], &said);
    let said = ["cannot write to `s3://elsewhere/x/_weir`", "there is no bucket `elsewhere`"];
    refused(input, "s3://elsewhere/x", &[], &said);
    let said = ["`s3://orders/nothing`", "there is no object of that name, and none below it"];
    refused(&url("nothing"), output, &[], &said);
    let nobody = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    refused(input, output, &nobody, &["http://127.0.0.1:9 cannot be reached", "AWS_ENDPOINT_URL"]);
    let plain = [("AWS_ALLOW_HTTP", "false")];
    refused(input, output, &plain, &["is not encrypted (AWS_ALLOW_HTTP=true allows that)"]);
    refused("gs://orders/x", output, &[], &["`gs://orders/x` cannot be used"]);
    refused("s3://", output, &[], &["`s3://` names no bucket; write s3://BUCKET/PREFIX"]);
    refused("file://host/x", output, &[], &["write file:///PATH"]);
    let patience = [("WEIR_STORE_PATIENCE", "long")];
    refused(input, output, &patience, &["WEIR_STORE_PATIENCE is `long`"]);
    refused(input, &url("many/out"), &[], &["lies in the input"]);
    refused(&url("many/1.csv"), &url("many"), &[], &["would be written over"]);
}

/// What moves in some of the files is not what moves.
#[test]
fn a_comparison_that_loses_the_store_reports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start();
    many(&server);
    let scenario =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/scenarios/malaysia-supp5a.md");
    let output = folder.path().join("out");
    let (input, to) = (url("many"), output.to_str().unwrap());
    let base = ["diff", &*input, "--scenario", scenario, "-o", to, "--threads", "1"];
    server.refuse(Some(Box::new(|method, key, _| *method == Method::GET && key == "many/4.csv")));
    let (said, errors) = expect(&weir(&server, &base), 1);
    assert_eq!(said, "");
    for part in [
        "cannot read `s3://orders/many/4.csv`: ",
        "cannot be reached",
        "nothing is reported; the same command begins anew",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
    let names = files(&output).into_keys().collect::<Vec<_>>();
    assert_eq!(names, [".lock"], "nothing is left of it");
    let chinese = weir(&server, &[&base[..], &["--lang", "zh"]].concat());
    let (_, errors) = expect(&chinese, 1);
    assert!(errors.contains("无法读取 `s3://orders/many/4.csv`"), "{errors}");
    server.refuse(None);
    expect(&weir(&server, &base), 0);
    assert!(output.join("report.html").exists());
}

/// Parts without a name are paid for until somebody removes them.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_lets_go_of_what_it_has_begun() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let (folder, input, server) = both();
        let arguments = [&*url("in"), "-o", &url("out"), "--threads", "1"];
        // The first part takes its time, and others overtake it.
        server.refuse(Some(Box::new(|_, _, query| {
            if query.contains("partNumber=1&") {
                std::thread::sleep(Duration::from_secs(2));
            }
            false
        })));
        let mut child = command(&server, &arguments).spawn().unwrap();
        let is_begun = || server.held.lock().unwrap().begun > 0;
        while !is_begun() {
            assert!(child.try_wait().unwrap().is_none(), "the run ended before it was stopped");
            std::thread::sleep(Duration::from_millis(2));
        }
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let (_, errors) = expect(&child.wait_with_output().unwrap(), status);
        assert!(errors.contains(" of 4 files are finished and valid, and the same"), "{errors}");
        assert!(errors.starts_with("stopped: ") && errors.lines().count() == 1, "{errors}");
        let held = server.held.lock().unwrap();
        assert!(held.begun > 0 && held.uploads.is_empty(), "{:?}", held.uploads.keys());
        assert!(!held.objects.contains_key("out/month=2025-06/long.parquet"));
        drop(held);
        server.refuse(None);
        goes_on(&server, &arguments, &input, &folder.path().join("out"));
    }
}

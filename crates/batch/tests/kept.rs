//! What a run leaves to the next: whose an output is, which names are taken, and who is at work.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use batch::Worker;
use batch::files::{Format, ROWS, open};
use batch::job::{Job, JobError, Progress, Quiet, files, run, run_one, run_when_free};
use support::{decider, done, job};

fn by(columns: &[&str], job: Job) -> Job {
    Job { partition_by: columns.iter().map(|column| (*column).to_owned()).collect(), ..job }
}

/// How many rows all tables of a folder have.
fn rows(folder: &Path) -> usize {
    let mut tables = Vec::new();
    batch::files_below(folder, &mut tables).unwrap();
    let of = |path: &PathBuf| {
        let (_, batches) = open(path, Format::of(path).unwrap()).unwrap();
        batches.map(|batch| batch.unwrap().num_rows()).sum::<usize>()
    };
    tables.iter().map(of).sum()
}

const ORDERS: &str = "date,destination,quantity,shop\n2025-06-02,CN,1,a\n2025-06-02,MY,2,b\n";

#[test]
fn a_record_of_an_earlier_version_says_what_is_to_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    fs::write(input.join("b.csv"), ORDERS).unwrap();
    done(&job(&[&input], &output));
    let path = output.join("_weir/a.csv.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let members = record.as_object_mut().unwrap();
    assert!(members.remove("warned").is_some() && members.remove("alike").is_some());
    fs::write(&path, record.to_string()).unwrap();
    fs::remove_file(input.join("a.csv")).unwrap();
    let report = done(&Job { prune: true, ..job(&[&input], &output) });
    assert_eq!(report.stale, [output.join("a.csv")]);
    assert!(!output.join("a.csv").exists() && !path.exists());
}

/// More partitions than may be open, so that each gets further files.
#[test]
fn further_files_take_no_name_of_an_input() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let mut text = String::from("date,destination,quantity,shop,note\n");
    let count = 2 * ROWS + 100;
    for at in 0..count {
        let shop = at * 7 % 20;
        text.push_str(&format!("2025-06-02,CN,{},{shop},{at:0>40}\n", at + 1));
    }
    fs::write(input.join("orders.csv"), &text).unwrap();
    fs::write(input.join("orders.1.csv"), &text).unwrap();
    let of = |output: &Path| by(&["shop"], Job { threads: 256, ..job(&[&input], output) });
    assert_eq!(done(&of(&output)).rows, 2 * count as u64);
    let names = |name: &str| output.join("shop=3").join(name).exists();
    assert!(
        ["orders.csv", "orders~1.csv", "orders.1.csv", "orders.1~1.csv"].map(names) == [true; 4]
    );
    assert_eq!(rows(&output), 2 * count);
    // An input that is called like a further file is refused before anything is written.
    fs::rename(input.join("orders.1.csv"), input.join("orders~1.csv")).unwrap();
    let other = folder.path().join("other");
    let refused = run(&of(&other), &decider(&[]), &Quiet).unwrap_err();
    assert!(matches!(refused, JobError::SameName { .. }), "{refused}");
    assert!(refused.to_string().contains("orders~1.csv"), "{refused}");
    assert!(!other.exists());
    // Without folders there are no further files, and alone it is in nobody's way.
    fs::write(input.join("orders.csv"), ORDERS).unwrap();
    assert_eq!(done(&job(&[&input], &other)).decided, 2);
    fs::remove_file(input.join("orders.csv")).unwrap();
    assert_eq!(done(&of(&folder.path().join("alone"))).decided, 1);
}

/// Further files were once called `orders.1.csv`: what an input of that name has become stays.
#[test]
fn what_another_input_became_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("orders.csv"), ORDERS).unwrap();
    fs::write(input.join("orders.1.csv"), ORDERS).unwrap();
    let job = by(&["shop"], job(&[&input], &output));
    done(&job);
    let path = output.join("_weir/orders.csv.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    record["fingerprint"] = "of an earlier version".into();
    let outputs = record["outputs"].as_array_mut().unwrap();
    outputs.push(serde_json::json!(["shop=a/orders.1.csv", 1]));
    outputs.push(serde_json::json!(["shop=a/orders.2.csv", 1]));
    fs::write(&path, record.to_string()).unwrap();
    fs::copy(output.join("shop=a/orders.csv"), output.join("shop=a/orders.2.csv")).unwrap();
    let report = done(&job);
    assert_eq!((report.decided, report.kept), (1, 1));
    assert_eq!(rows(&output), 4);
    assert!(output.join("shop=a/orders.1.csv").exists());
    assert!(!output.join("shop=a/orders.2.csv").exists());
}

#[test]
fn a_mapping_is_not_a_pair_of_folders() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    fs::write(&input, ORDERS.replace(",a\n", ",CN\n").replace(",b\n", ",MY\n")).unwrap();
    let job = job(&[&input], &output);
    let decided = |job: &Job, map: &[&str]| run(job, &decider(map), &Quiet).unwrap().decided;
    assert_eq!(decided(&job, &["destination=shop"]), 1);
    assert_eq!(decided(&job, &["destination=shop"]), 0);
    assert_eq!(decided(&by(&["destination", "shop"], job), &[]), 1);
    assert!(output.join("destination=CN/shop=CN/o.csv").exists());
}

#[test]
fn names_may_be_long() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let name = format!("{}.csv", "o".repeat(235 - 4));
    fs::write(input.join(&name), format!("{ORDERS}when?,CN,1,a\n")).unwrap();
    let job = job(&[&input], &output);
    let report = done(&job);
    assert_eq!((report.decided, report.summary.errors), (1, 1));
    assert_eq!(rows(&output), 3);
    // So it is where a file is done for itself.
    let job = Job { output: folder.path().join("one"), ..job };
    let decider = decider(&[]);
    let file = &files(&job, &decider).unwrap()[0];
    let attempt = "0123456789abcdef";
    let rows = run_one(&job, &decider, file, attempt, &mut Worker::default());
    assert_eq!(rows.unwrap_or_else(|why| panic!("{why}")), Some(3));
}

#[test]
fn outputs_of_a_run_that_was_cut_off_have_an_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    let job = by(&["shop"], job(&[&input], &output));
    // A run that ends while its files get their names: one of them cannot.
    let in_the_way = output.join("shop=b/a.csv");
    fs::create_dir_all(in_the_way.join("more")).unwrap();
    assert!(matches!(run(&job, &decider(&[]), &Quiet), Err(JobError::Output { .. })));
    fs::remove_dir_all(&in_the_way).unwrap();
    assert!(output.join("shop=a/a.csv").exists());
    // It is not finished, although nothing else is missing.
    let file = |job: &Job| files(job, &decider(&[])).unwrap()[0].is_finished;
    assert!(!file(&job));
    fs::rename(input.join("a.csv"), input.join("b.csv")).unwrap();
    let report = done(&Job { prune: true, ..job.clone() });
    assert_eq!(report.stale, [output.join("shop=a/a.csv")]);
    assert_eq!(rows(&output), 2);
    assert!(file(&job));
}

/// Counts files that were read, and those of them that are finished.
#[derive(Default)]
struct Told([AtomicU64; 2]);

impl Progress for Told {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {}
    fn bytes(&self, _: u64) {}
    fn file(&self) {
        self.0[0].fetch_add(1, Ordering::Relaxed);
    }
    fn finished(&self) {
        self.0[1].fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_file_that_is_left_out_is_not_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(input.join(name), ORDERS).unwrap();
    }
    fs::write(input.join("d.parquet"), "none").unwrap();
    // Those of an earlier run count as well.
    for kept in [0, 3] {
        let told = Told::default();
        let report = run(&job(&[&input], &output), &decider(&[]), &told).unwrap();
        assert_eq!((report.kept, report.rejected.len()), (kept, 1));
        assert_eq!(told.0.map(AtomicU64::into_inner), [4, 3]);
    }
}

#[test]
fn a_run_may_wait_until_others_are_done() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.csv"), folder.path().join("out"));
    fs::write(&input, ORDERS).unwrap();
    let job = job(&[&input], &output);
    done(&job);
    let at_work = fs::File::open(output.join("_weir/lock")).unwrap();
    at_work.lock_shared().unwrap();
    let within =
        |patience: u64| run_when_free(&job, &decider(&[]), &Quiet, Duration::from_millis(patience));
    assert!(matches!(within(150), Err(JobError::Busy(_))));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            drop(at_work);
        });
        assert_eq!(within(60_000).unwrap().kept, 1);
    });
}

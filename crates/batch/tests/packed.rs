//! Texts that are compressed, and texts with tabs between their values.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::Path;

use batch::arrow::array::AsArray;
use batch::files::{Format, open};
use batch::job::{Job, JobError, Quiet, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use support::{decider, done, job};

const CSV: &str = "id,date,destination,quantity\nA,2025-06-02,CN,1\nB,2025-06-02,DE,1\n";
const LINES: &str = "\
{\"id\":\"A\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1}
{\"id\":\"B\",\"date\":\"2025-06-02\",\"destination\":\"DE\",\"quantity\":1}
";

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn outcomes(path: &Path) -> Vec<String> {
    let (_, batches) = open(path, Format::of(path).unwrap()).unwrap();
    let batches = batches.flat_map(|batch| {
        let batch = batch.unwrap();
        let outcomes = batch.column_by_name("weir_written_outcome").unwrap();
        let outcomes = outcomes.as_string::<i32>();
        outcomes.iter().map(|outcome| outcome.unwrap().to_owned()).collect::<Vec<_>>()
    });
    batches.collect()
}

#[test]
fn compressed_texts_are_decided_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 0).unwrap();
    let rows = CSV.find("A,").unwrap();
    let members = [gzip(&CSV[..rows + 5]), gzip(&CSV[rows + 5..])].concat();
    for (name, bytes) in [
        ("plain.csv", CSV.as_bytes().to_vec()),
        ("tabs.tsv", CSV.replace(',', "\t").into_bytes()),
        ("one.csv.gz", gzip(CSV)),
        ("members.csv.gz", members),
        ("tabs-too.tsv.gz", gzip(&CSV.replace(',', "\t"))),
        ("two.CSV.ZST", zstd(CSV)),
        ("lines.jsonl.gz", gzip(LINES)),
        ("more.ndjson.zst", zstd(LINES)),
        // What a file is packed with is told by its bytes.
        ("misnamed.csv", gzip(CSV)),
    ] {
        fs::write(input.join(name), bytes).unwrap();
    }
    fs::write(input.join("no.parquet.gz"), gzip(CSV)).unwrap();
    let report = done(&job(&[&input], &output));
    assert_eq!(report.rejected, []);
    assert_eq!((report.decided, report.rows), (9, 18));
    assert_eq!(report.skipped, [input.join("no.parquet.gz")]);
    for name in [
        "plain.csv",
        "tabs.csv",
        "one.csv",
        "members.csv",
        "tabs-too.csv",
        "two.csv",
        "lines.jsonl",
        "more.jsonl",
        "misnamed.csv",
    ] {
        let outcomes = outcomes(&output.join(name));
        assert_eq!(outcomes, ["license_required", "no_license_required"], "{name}");
    }
}

/// A file that ends too early costs itself: nothing of it stands under its name.
#[test]
fn a_compressed_file_that_is_cut_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let row = |at: usize| format!("N{at},2025-06-0{},CN,{}\n", at % 9 + 1, at * 7919 % 10_007);
    let long = (0..200_000)
        .fold(String::from("id,date,destination,quantity\n"), |text, at| text + &row(at));
    let packed = gzip(&long);
    fs::write(input.join("a.csv.gz"), gzip(CSV)).unwrap();
    fs::write(input.join("b.csv.gz"), &packed[..packed.len() / 2]).unwrap();
    fs::write(input.join("c.csv.gz"), gzip(CSV)).unwrap();
    let job = Job { format: Some(Format::Parquet), ..job(&[&input], &output) };
    let report = done(&job);
    assert_eq!(report.decided, 2);
    let [(file, why)] = report.rejected.as_slice() else { panic!("{:?}", report.rejected) };
    assert_eq!(*file, input.join("b.csv.gz"));
    assert!(why.contains("its compressed data is cut short or damaged"), "{why}");
    assert!(!output.join("b.parquet").exists());
    let rejects = fs::read_to_string(report.rejects.unwrap()).unwrap();
    assert!(rejects.contains("b.csv.gz"), "{rejects}");
    // Whole, it is done by the same command, and the others are left alone.
    fs::write(input.join("b.csv.gz"), &packed).unwrap();
    let report = done(&job);
    assert_eq!((report.decided, report.kept, report.rows), (1, 2, 200_000));
}

#[test]
fn a_file_and_its_compressed_copy_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), CSV).unwrap();
    fs::write(input.join("a.csv.gz"), gzip(CSV)).unwrap();
    let same = run(&job(&[&input], &output), &decider(&[]), &Quiet).unwrap_err();
    assert!(matches!(same, JobError::SameName { .. }), "{same}");
}

#[test]
fn what_stands_between_values_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let of = |text: Vec<u8>| {
        fs::write(&path, text).unwrap();
        let (schema, _) = open(&path, Format::Csv).map_err(|why| why.to_string())?;
        Ok::<_, String>(schema.fields().iter().map(|field| field.name().clone()).collect())
    };
    let names: Vec<String> = CSV.lines().next().unwrap().split(',').map(str::to_owned).collect();
    assert!(names.len() > 1);
    for text in [
        CSV.into(),
        gzip(&CSV.replace(',', ";")),
        CSV.replace(',', "\t").into(),
        format!("sep=;\n{}", CSV.replace(',', ";")).into(),
    ] {
        assert_eq!(of(text), Ok(names.clone()));
    }
    assert!(of(vec![0, 1, 2]).unwrap_err().contains("not a text file"));
}

//! Tables as they come and go: patterns, folders by column, rows that cannot be read, numbers that
//! no float holds, what earlier runs left, and how far a run is.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use batch::arrow::array::{
    ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray, Float64Array, LargeBinaryArray,
    RecordBatch, StringArray,
};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::{DataType, Field, Schema};
use batch::files::{Format, ROWS, Writer, open};
use batch::job::{Job, JobError, Progress, Quiet, run};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use support::{decider, done, job};

fn read(path: &Path) -> RecordBatch {
    let (schema, batches) = open(path, Format::of(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let array = batch.column_by_name(name).unwrap_or_else(|| panic!("there is no `{name}`"));
    let texts = cast(array, &DataType::Utf8).unwrap();
    let texts = texts.as_string::<i32>();
    texts.iter().map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned)).collect()
}

/// The files below a folder, but for what a job keeps for itself.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.is_dir() {
                found.push(path);
            } else if path.file_name().unwrap() != "_weir" {
                walk(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, &mut found);
    let name = |path: PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    found.into_iter().map(name).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const ORDERS: &str = "\
id,date,destination,quantity,note
A,2025-06-02,CN,1,a=b/c
B,2025-06-02,DE,1,
C,2025-06-03,CN,,100% 中
D,2025-06-03,DE,x,..
";

#[test]
fn rows_go_to_folders_by_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    fs::write(&input, ORDERS).unwrap();
    for format in [Format::Parquet, Format::Arrow, Format::Csv, Format::JsonLines] {
        let output = output.join(format.ending());
        let whole = Job {
            format: Some(format),
            partition_by: vec!["note".to_owned(), "weir_written_outcome".to_owned()],
            ..job(&[&input], &output)
        };
        let report = done(&whole);
        assert_eq!((report.decided, report.rows, report.summary.errors), (1, 4, 1));
        let ending = format.ending();
        let expected = [
            "note=%2E%2E/weir_written_outcome=__HIVE_DEFAULT_PARTITION__/o",
            "note=100%25%20%E4%B8%AD/weir_written_outcome=unresolved/o",
            "note=a%3Db%2Fc/weir_written_outcome=license_required/o",
            "note=__HIVE_DEFAULT_PARTITION__/weir_written_outcome=no_license_required/o",
        ]
        .map(|name| format!("{name}.{ending}").replace("%2E%2E", ".."));
        assert_eq!(files(&output), expected.iter().cloned().collect(), "{format:?}");
        // What the folders say is not said in the files, and is read back from the folders.
        let one = read(&output.join(&expected[2]));
        assert_eq!(column(&one, "id"), [Some("A".to_owned())]);
        assert!(one.column_by_name("note").is_none());
        let again = folder.path().join("again").join(ending);
        let mut notes = BTreeMap::new();
        for (at, name) in expected.iter().enumerate() {
            // Where the path of what comes out does not say it, the file does.
            let again = again.join(at.to_string());
            done(&Job { format: Some(Format::Csv), ..job(&[&output.join(name)], &again) });
            let batch = read(&again.join("o.csv"));
            let id = column(&batch, "id").remove(0).unwrap();
            notes.insert(
                id,
                (
                    column(&batch, "note").remove(0),
                    column(&batch, "weir_written_outcome").remove(0),
                ),
            );
        }
        let said = |note: Option<&str>, outcome: Option<&str>| {
            (note.map(str::to_owned), outcome.map(str::to_owned))
        };
        assert_eq!(notes["A"], said(Some("a=b/c"), Some("license_required")));
        assert_eq!(notes["B"], said(None, Some("no_license_required")));
        assert_eq!(notes["C"], said(Some("100% 中"), Some("unresolved")));
        assert_eq!(notes["D"], said(Some(".."), None));
        // Finished is finished; other folders take the place of these.
        assert_eq!((done(&whole).kept, done(&whole).decided), (1, 0));
        // A run that was killed leaves what it had begun, and the next one takes it away.
        fs::remove_file(output.join(&expected[0])).unwrap();
        let own = |number: u32| output.join(format!("_weir/o.{ending}.{number}.part"));
        (0..9).for_each(|number| fs::write(own(number), "half").unwrap());
        assert_eq!(done(&whole).decided, 1);
        assert!((0..9).all(|number| !own(number).exists()));
        let by_day = Job { partition_by: vec!["date".to_owned()], ..whole };
        done(&by_day);
        let days = ["2025-06-02", "2025-06-03"].map(|day| format!("date={day}/o.{ending}"));
        assert_eq!(files(&output), days.into_iter().collect());
    }
}

/// More partitions than may be open: rows are held back, so that each gets few files, the same in
/// every run.
#[test]
fn many_partitions_are_written_a_few_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("o.csv");
    let mut text = String::from("date,destination,quantity,lot\n");
    let rows = 2 * ROWS + 100;
    for at in 0..rows {
        text.push_str(&format!("2025-06-02,CN,{},{}\n", at + 1, at * 7 % 20));
    }
    fs::write(&input, text).unwrap();
    let mut runs = Vec::new();
    // So many threads that each may have no more than eight files open; of these many, each may
    // hold a batch or two back.
    for (name, threads, most) in [("one", 90, 1), ("two", 90, 1), ("small", 256, 2)] {
        let output = folder.path().join(name);
        let lots = Job {
            format: Some(Format::Parquet),
            partition_by: vec!["lot".to_owned()],
            threads,
            ..job(&[&input], &output)
        };
        done(&lots);
        let names = files(&output);
        assert_eq!(names.iter().filter(|name| name.ends_with("/o.parquet")).count(), 20);
        assert_eq!(names.iter().any(|name| name.contains("o~1.")), most > 1, "{names:?}");
        assert!(names.len() <= most * 20, "{names:?}");
        let batches: Vec<RecordBatch> = names.iter().map(|name| read(&output.join(name))).collect();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), rows);
        let of_lot = |name: &&String| name.starts_with("lot=3/");
        let quantities = names
            .iter()
            .filter(of_lot)
            .flat_map(|name| column(&read(&output.join(name)), "quantity").into_iter().flatten());
        let quantities: Vec<u64> = quantities.map(|text| text.parse().unwrap()).collect();
        assert!(quantities.is_sorted(), "rows stay in order");
        let bytes: Vec<Vec<u8>> =
            names.iter().map(|name| fs::read(output.join(name)).unwrap()).collect();
        runs.push((names, bytes));
    }
    assert!(runs[0] == runs[1], "two runs write the same");
}

/// Files with rows that cannot be read, and two that cannot be read at all.
fn with_bad_rows(input: &Path) {
    fs::create_dir(input).unwrap();
    let csv = "id,date,destination,quantity\nA,2025-06-02,CN,1\nB,2025-06-02,CN\n\
               C,2025-06-02,CN,1,too,many\n\"D\",2025-06-02,DE,1\n";
    let mut bytes = csv.as_bytes().to_vec();
    bytes.extend(b"E\xff,2025-06-02,CN,1\n");
    fs::write(input.join("a.csv"), bytes).unwrap();
    let open_quote =
        "id,date,destination,quantity\nA,2025-06-02,CN,1\nB,\"2025-06-02,CN,1\nC,2025-06-02,CN,1\n";
    fs::write(input.join("b.csv"), open_quote).unwrap();
    let lines = "{\"id\":\"A\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1,\"tags\":[1]}\n\
                 {\"id\":\"B\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\n\n\
                 {\"id\":\"C\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":\"1\",\"tags\":null}\n\
                 {\"id\":\"D\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1,\"tags\":\"x\"}\n\
                 [1]\n{\"id\":\"F\",\"date\":\"2025-06-02\",\"destination\":\"DE\",\"quantity\":true}";
    fs::write(input.join("c.jsonl"), lines).unwrap();
    fs::write(input.join("d.jsonl"), "[\n{\"id\":\"A\"}\n]\n").unwrap();
    fs::write(input.join("e.jsonl"), "[1]\n[2]\n").unwrap();
    fs::write(input.join("f.csv"), "").unwrap();
}

#[test]
fn a_row_that_cannot_be_read_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    with_bad_rows(&input);
    let report = done(&job(&[&input], &output));
    let rejected = report.rejected.iter();
    let rejected: Vec<String> = rejected
        .map(|(path, why)| format!("{}: {why}", path.file_name().unwrap().display()))
        .collect();
    assert_eq!(
        rejected,
        [
            "d.jsonl: column `date`: no column is this fact; say which is with `--map date=…`, or \
             give one value for all with `--assume date=…`",
            "e.jsonl: the line is no JSON object",
            "f.csv: the file is empty",
        ]
    );
    let outcome = |name: &str| {
        let batch = read(&output.join(name));
        let (ids, outcomes) = (column(&batch, "id"), column(&batch, "weir_written_outcome"));
        let both = ids.into_iter().zip(outcomes).zip(column(&batch, "weir_error"));
        both.map(|((id, outcome), error)| {
            format!("{} {}", id.unwrap_or_default(), outcome.or(error).unwrap_or_default())
        })
        .collect::<Vec<String>>()
    };
    assert_eq!(
        outcome("a.csv"),
        [
            "A license_required",
            "B ragged_row: the row has 3 values, the header 4 columns",
            "C ragged_row: the row has 6 values, the header 4 columns",
            "D no_license_required",
            " not_utf8: the value is not UTF-8 (column id)",
        ]
    );
    assert_eq!(
        outcome("b.csv"),
        [
            "A license_required",
            "B open_quote: a quote is opened and never closed; write two quotes for one inside a \
             quoted value",
            "C license_required",
        ]
    );
    let lines = outcome("c.jsonl");
    assert_eq!(
        (lines.len(), lines[0].as_str(), lines[2].as_str()),
        (6, "A license_required", "C license_required")
    );
    assert!(lines[1].starts_with(" bad_json: the line is no JSON: EOF"), "{lines:?}");
    assert_eq!(
        lines[3],
        "D mixed_types: `tags` is a list or an object in one place and not in another"
    );
    assert_eq!(lines[4], " bad_json: the line is no JSON object");
    assert!(lines[5].starts_with("F bad_"), "{lines:?}");
    // Each row has its own number; empty lines are none.
    let rejects = fs::read_to_string(report.rejects.unwrap()).unwrap();
    let rows: Vec<&str> = rejects
        .lines()
        .filter(|line| line.contains("c.jsonl"))
        .map(|line| line.split("\"row\":").nth(1).unwrap().split(',').next().unwrap())
        .collect();
    assert_eq!(rows, ["2", "4", "5", "6"]);
    // Of a file that a strict reader opens, the first bad row is the mistake.
    let (_, mut batches) = open(&input.join("a.csv"), Format::Csv).unwrap();
    assert!(batches.next().unwrap().is_err());
}

/// Numbers that no float and no machine word holds are what they were.
#[test]
fn numbers_of_json_stay_exact() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.jsonl"), folder.path().join("out"));
    let line = |values: [&str; 5]| {
        let [big, long, mixed, float, fine] = values;
        format!(
            "{{\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1,\"big\":{big},\
             \"long\":{long},\"mixed\":{mixed},\"float\":{float},\"fine\":{{\"x\":{fine}}}}}\n"
        )
    };
    let first = ["123456789012345678901234567890", "9007199254740993", "1", "0.1", "2.5"];
    let second = ["5", "-9223372036854775808", "\"1\"", "1234567.12345678901", "3"];
    fs::write(&input, line(first) + &line(second)).unwrap();
    done(&Job { format: Some(Format::JsonLines), ..job(&[&input], &output) });
    let text = fs::read_to_string(output.join("o.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |row: usize, name: &str| match &rows[row][name] {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for (row, values) in [first, second].into_iter().enumerate() {
        let names = ["big", "long", "mixed", "float", "fine"];
        for (name, value) in names.into_iter().zip(values) {
            let found = match name {
                "fine" => rows[row]["fine"]["x"].to_string(),
                name => of(row, name),
            };
            let value = value.trim_matches('"');
            let is_same = found == value || found == format!("{value}.0");
            assert!(is_same, "{name}: {found} for {value}");
        }
        assert_eq!(of(row, "weir_written_outcome"), "license_required");
    }
    assert!(
        rows[0]["long"].is_number()
            && rows[0]["fine"]["x"].is_number()
            && rows[0]["big"].is_string()
    );
}

#[test]
fn patterns_name_files_and_folders_name_columns() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    for day in ["2025-06-02", "2025-07-02", "2026-01-01"] {
        let of_day = input.join(format!("destination=%43N/date={day}"));
        fs::create_dir_all(&of_day).unwrap();
        fs::write(of_day.join("o.csv"), "quantity\n1\n").unwrap();
        fs::write(of_day.join("read me.txt"), "no table").unwrap();
    }
    for (number, (pattern, count)) in [
        ("*/date=2025-*/*", 2),
        ("**/*.csv", 3),
        ("*/date=202[56]-0?-??", 3),
        ("dest*/date=2026*/o.csv", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let output = folder.path().join(number.to_string());
        let report = done(&job(&[&input.join(pattern)], &output));
        assert_eq!((report.decided, report.summary.errors), (count, 0), "{pattern}");
        for name in files(&output) {
            assert!(name.starts_with("destination=%43N/date="), "{name}");
            let outcomes = column(&read(&output.join(name)), "weir_written_outcome");
            assert_eq!(outcomes, [Some("license_required".to_owned())]);
        }
    }
    // A pattern that matches what an earlier run wrote means the inputs alone.
    for _ in 0..2 {
        let output = input.join("out");
        let report = done(&job(&[&input.join("**/*.csv")], &output));
        assert_eq!((report.decided + report.kept, report.summary.errors), (3, 0));
    }
    let none = run(&job(&[&input.join("x*")], &folder.path().join("x")), &decider(&[]), &Quiet);
    assert!(matches!(none, Err(JobError::NoMatch(_))));
}

#[test]
fn a_column_that_no_input_has_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    fs::write(input.join("b.csv"), ORDERS).unwrap();
    fs::write(input.join("c.parquet"), "none").unwrap();
    let mapped = run(&job(&[&input], &output), &decider(&["destination=ship_to"]), &Quiet);
    let said = mapped.unwrap_err();
    assert!(matches!(&said, JobError::NoColumn(column) if column == "ship_to"), "{said}");
    let by = Job { partition_by: vec!["ship_to".to_owned()], ..job(&[&input], &output) };
    let said = run(&by, &decider(&[]), &Quiet).unwrap_err();
    assert!(matches!(&said, JobError::NoColumn(column) if column == "ship_to"), "{said}");
    // Where one input has it, the others are left out for it.
    fs::write(input.join("b.csv"), ORDERS.replace("destination", "ship_to")).unwrap();
    let report = run(&job(&[&input], &output), &decider(&["destination=ship_to"]), &Quiet).unwrap();
    assert_eq!((report.decided, report.rejected.len()), (1, 2));
}

#[test]
fn what_earlier_runs_left_is_told_and_removed_where_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    fs::write(input.join("b.csv"), ORDERS).unwrap();
    assert!(done(&job(&[&input], &output)).stale.is_empty());
    fs::remove_file(input.join("b.csv")).unwrap();
    let as_parquet = Job { format: Some(Format::Parquet), ..job(&[&input], &output) };
    let report = done(&as_parquet);
    assert_eq!(report.stale, [output.join("a.csv"), output.join("b.csv")]);
    assert_eq!(files(&output), set(&["a.csv", "b.csv", "a.parquet"]));
    let report = done(&Job { prune: true, ..as_parquet });
    assert_eq!((report.kept, report.stale.len()), (1, 2));
    assert_eq!(files(&output), set(&["a.parquet"]));
    assert!(
        done(&Job { format: Some(Format::Parquet), ..job(&[&input], &output) }).stale.is_empty()
    );
}

/// Counts what it is told.
#[derive(Default)]
struct Told {
    total: AtomicU64,
    bytes: AtomicU64,
    rows: AtomicU64,
    most_rows: AtomicU64,
    files: AtomicU64,
}

impl Progress for Told {
    fn begin(&self, _: u64, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    fn rows(&self, rows: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.most_rows.fetch_max(rows, Ordering::Relaxed);
    }

    fn bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_run_tells_how_far_it_is_and_takes_long_batches_in_parts() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let rows = ROWS + 10;
    let names = ["date", "destination", "quantity"];
    let fields: Vec<Field> =
        names.iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
    let columns = ["2025-06-02", "CN", "1"];
    let columns = columns.map(|value| Arc::new(StringArray::from(vec![value; rows])) as ArrayRef);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.to_vec()).unwrap();
    for format in [Format::Arrow, Format::Parquet, Format::Csv, Format::JsonLines] {
        let path = input.join(format!("{0}.{0}", format.ending()));
        let mut writer = Writer::create(&path, format, batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
    }
    fs::write(input.join("none.parquet"), "none").unwrap();
    for is_first in [true, false] {
        let told = Told::default();
        run(&job(&[&input], &output), &decider(&[]), &told).unwrap();
        let of = |number: &AtomicU64| number.load(Ordering::Relaxed);
        assert_eq!(of(&told.bytes), of(&told.total));
        assert_eq!(of(&told.files), 5);
        let expected = if is_first { (4 * rows as u64, ROWS as u64) } else { (0, 0) };
        assert_eq!((of(&told.rows), of(&told.most_rows)), expected);
    }
}

#[test]
fn facts_that_would_settle_rows_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    fs::write(&input, ORDERS).unwrap();
    for _ in 0..2 {
        let report = done(&job(&[&input], &output));
        assert_eq!(report.summary.most_missing(), [("quantity", 1)]);
    }
}

#[test]
fn separated_values_of_every_dialect_are_cut_as_an_order_book_is() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let rows = "id;date;destination;quantity;note, free\nA;2025-06-02;CN;1;x, y\n\n\
                B;2025-06-02;DE;1;\"two\nlines\"\r\n";
    let tabs = rows.replace(';', "\t");
    let texts = [
        ("a", rows.to_owned()),
        ("b", format!("sep=;\r\n{rows}")),
        ("c", format!("\u{feff}\"sep=;\"\n{rows}")),
        ("d", tabs.clone()),
        ("e", format!("sep=\t\n{tabs}")),
        (
            "f",
            "id,date,destination,quantity,\"note, free\"\nA,2025-06-02,CN,1,\"x, y\"\n\
               B,2025-06-02,DE,1,\"two\nlines\"\n"
                .to_owned(),
        ),
    ];
    for (name, text) in &texts {
        fs::write(input.join(format!("{name}.csv")), text).unwrap();
    }
    let report = done(&job(&[&input], &output));
    assert_eq!((report.decided, report.rows, report.summary.errors), (6, 12, 0));
    let first = read(&output.join("a.csv"));
    assert_eq!(column(&first, "note, free"), [Some("x, y".to_owned()), Some("two\nlines".into())]);
    for (name, _) in &texts {
        assert_eq!(read(&output.join(format!("{name}.csv"))), first, "{name}");
    }
    for (bytes, why) in [
        (&b"\xff\xfei\0d\0"[..], "it is in UTF-16; save it as UTF-8"),
        (b"id,date\rA,2025-06-02\r", "carriage returns only"),
        (b"id,date\nA,\0\n", "it is not a text file"),
    ] {
        fs::write(input.join("a.csv"), bytes).unwrap();
        let report = done(&job(&[&input.join("a.csv")], &folder.path().join("other")));
        assert!(report.rejected[0].1.contains(why), "{:?}", report.rejected);
    }
}

#[test]
fn names_of_columns_are_read_as_an_order_book_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let rows = "2025-06-02,CN,1,x,x\n";
    fs::write(input.join("a.csv"), format!("Date,DESTINATION,Quantity,SKU,memo\n{rows}")).unwrap();
    fs::write(input.join("b.csv"), format!("date,destination,quantity,Destination,memo\n{rows}"))
        .unwrap();
    fs::write(input.join("c.csv"), format!("Ship Date,destination,quantity,b,c\n{rows}")).unwrap();
    let report = done(&job(&[&input], &output));
    let alike: Vec<_> = report.alike.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(alike, [("SKU", "item.sku")]);
    let decided = read(&output.join("a.csv"));
    assert_eq!(column(&decided, "weir_written_outcome"), [Some("license_required".to_owned())]);
    assert_eq!(column(&decided, "DESTINATION"), [Some("CN".to_owned())], "the name stays");
    let rejected: Vec<&str> = report.rejected.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        rejected,
        [
            "column `Destination`: `destination` is the fact `destination` as well; say which is \
             meant with `--map destination=…`",
            "column `date`: no column is this fact; is `Ship Date` meant? say so with `--map \
             date=Ship Date`",
        ]
    );
    // What is said of a fact settles it, and what was finished is told again.
    let named = |map: &[&str]| run(&job(&[&input], &output), &decider(map), &Quiet).unwrap();
    let mapped = named(&["destination=destination"]);
    assert_eq!(mapped.rejected.len(), 2, "{:?}", mapped.rejected);
    assert_eq!(done(&job(&[&input], &output)).alike, report.alike);
    assert_eq!(done(&job(&[&input], &output)).kept, 1);
}

/// Some writers of Parquet do not say that their texts are texts.
#[test]
fn bytes_are_texts_where_they_are_utf_8() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.parquet"), folder.path().join("out"));
    let columns: [(&str, ArrayRef); 3] = [
        ("date", Arc::new(LargeBinaryArray::from(vec![&b"2025-06-02"[..]; 3]))),
        ("destination", Arc::new(BinaryArray::from(vec![&b"CN"[..], b"DE", b"\xff"]))),
        ("quantity", Arc::new(BinaryViewArray::from(vec![&b"1"[..]; 3]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = Writer::create(&input, Format::Parquet, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    assert_eq!(done(&job(&[&input], &output)).rows, 3);
    let decided = read(&output.join("a.parquet"));
    let outcomes = [Some("license_required".to_owned()), Some("no_license_required".into()), None];
    assert_eq!(column(&decided, "weir_written_outcome"), outcomes);
    let wrong = "not_utf8: the value is not UTF-8; write it as UTF-8 (column destination)";
    assert_eq!(column(&decided, "weir_error")[2].as_deref(), Some(wrong));
}

#[test]
fn a_column_of_a_wrong_type_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let put = |name: &str, quantity: ArrayRef, date: ArrayRef| {
        let destination: ArrayRef = Arc::new(StringArray::from(vec!["CN"; 3]));
        let columns = [("date", date), ("destination", destination), ("quantity", quantity)];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .unwrap();
        for ending in ["parquet", "arrow"] {
            let path = input.join(format!("{name}.{ending}"));
            let format = Format::of(&path).unwrap();
            let mut writer = Writer::create(&path, format, batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            writer.finish().unwrap();
        }
    };
    let days = || -> ArrayRef { Arc::new(StringArray::from(vec!["2025-06-02"; 3])) };
    let truths = |one: Option<bool>| -> ArrayRef { Arc::new(BooleanArray::from(vec![one; 3])) };
    put("a", truths(Some(true)), days());
    put("b", truths(None), days());
    put("c", truths(None), Arc::new(Float64Array::from(vec![45_000.5; 3])));
    let report = done(&job(&[&input], &output));
    // A column without values may be of any type.
    assert_eq!((report.decided, report.rows, report.summary.errors), (2, 6, 0));
    assert_eq!(report.rejected.len(), 4);
    for (path, why) in &report.rejected {
        let column = if path.file_stem().unwrap() == "a" { "quantity" } else { "date" };
        assert!(why.starts_with(&format!("column `{column}`: a column of type ")), "{why}");
        assert!(why.contains(&format!("`--map {column}=…`")), "{why}");
    }
    let rejects = fs::read_to_string(output.join("_weir/rejects.jsonl")).unwrap();
    let files = rejects.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["file"].as_str().unwrap().to_owned()
    });
    // Where the input lies is nothing that a cluster and a machine agree on.
    let files: Vec<String> = files.collect();
    assert_eq!(files, ["a.arrow", "a.parquet", "c.arrow", "c.parquet"]);
}

#[test]
fn points_and_objects_are_one_spelling() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.jsonl"), folder.path().join("out"));
    let row = |id: &str, item: &str| {
        format!(
            "{{\"id\":\"{id}\",\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1{item}}}\n"
        )
    };
    let text = [
        row("A", r#","item":{"sku":"x","tpp":4800}"#),
        row("B", r#","item.sku":"y""#),
        row("C", r#","item.sku":"z","item":{"tpp":1}"#),
        row("D", r#","item.sku":"z","item":{"sku":"z"}"#),
        row("E", r#","item.sku":"z","item":{"sku":"w"}"#),
        row("F", r#","item.sku":null,"item":{"sku":"v"},"end_user.hq":"DE""#),
    ];
    fs::write(&input, text.concat()).unwrap();
    let report = done(&job(&[&input], &output));
    assert_eq!((report.rows, report.summary.errors), (6, 1), "{:?}", report.rejected);
    let csv = Job { format: Some(Format::Csv), ..job(&[&input], &folder.path().join("csv")) };
    done(&csv);
    let decided = read(&csv.output.join("a.csv"));
    let ids = ["A", "B", "C", "D", "E", "F"].map(|id| Some(id.to_owned()));
    assert_eq!(column(&decided, "id"), ids, "only what is said twice is left out");
    let skus = ["x", "y", "z", "z", "", "v"].map(|sku| Some(sku.to_owned()));
    assert_eq!(column(&decided, "item.sku"), skus.map(|sku| sku.filter(|sku| !sku.is_empty())));
    assert_eq!(column(&decided, "end_user.hq")[5].as_deref(), Some("DE"));
    let wrong = "given_twice: `item.sku` is given twice in the line, and not the same";
    assert_eq!(column(&decided, "weir_error")[4].as_deref(), Some(wrong));
}

/// What folders say is said once: readers of a folder stumble over files that say it again.
#[test]
fn folders_of_the_input_are_folders_of_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let part = input.join("year=2025/month=06");
    fs::create_dir_all(&part).unwrap();
    fs::write(part.join("a.csv"), "date,destination,quantity\n2025-06-02,CN,1\n").unwrap();
    let batch = read(&part.join("a.csv"));
    let mut writer =
        Writer::create(&part.join("b.parquet"), Format::Parquet, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let output = folder.path().join("out");
    done(&job(&[&input], &output));
    let below = folder.path().join("below");
    done(&job(&[&input.join("year=2025")], &below));
    for name in ["a.csv", "b.parquet"] {
        let names = |path: PathBuf| {
            let schema = read(&path).schema();
            let names = schema.fields().iter().map(|field| field.name().clone());
            names.take_while(|name| !name.starts_with("weir_")).collect::<Vec<_>>()
        };
        let own = ["date", "destination", "quantity"];
        assert_eq!(names(output.join("year=2025/month=06").join(name)), own, "{name}");
        // The path of this one does not say the year.
        let with_year = [&own[..], &["year"]].concat();
        assert_eq!(names(below.join("month=06").join(name)), with_year, "{name}");
    }
}

#[test]
fn structs_that_are_no_facts_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.jsonl"), folder.path().join("out"));
    let line = "{\"date\":\"2025-06-02\",\"destination\":\"CN\",\"quantity\":1,\
                \"ship\":{\"street\":\"1 Main\",\"at\":{\"zip\":\"9\"}},\
                \"item\":{\"sku\":\"x\",\"color\":\"red\"}}\n";
    fs::write(&input, line).unwrap();
    let parquet = Job { format: Some(Format::Parquet), ..job(&[&input], &output) };
    done(&parquet);
    let file = fs::File::open(output.join("a.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = Arc::clone(reader.schema());
    assert!(matches!(schema.field_with_name("ship").unwrap().data_type(), DataType::Struct(_)));
    assert!(schema.field_with_name("item.sku").is_ok() && schema.field_with_name("item").is_err());
    // They are facts where somebody says so, and in CSV there are none.
    let mapped = decider(&["destination=ship.street"]);
    let report = run(&job(&[&input], &folder.path().join("mapped")), &mapped, &Quiet).unwrap();
    assert_eq!((report.rows, report.summary.errors), (1, 1), "no country is called so");
    let csv = Job { format: Some(Format::Csv), ..job(&[&input], &folder.path().join("csv")) };
    done(&csv);
    let street = column(&read(&csv.output.join("a.csv")), "ship.street");
    assert_eq!(street, [Some("1 Main".to_owned())]);
}

/// A file says by which law it was decided, in whichever way it was written.
#[test]
fn files_say_by_which_law_they_were_decided() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("a.csv"), folder.path().join("out"));
    fs::write(&input, "date,to,quantity\n2025-06-02,CN,1\n").unwrap();
    let mapped = decider(&["destination=to"]);
    let of = |inputs: &[&Path], output: &Path, format: Format, law: &str| {
        let job = Job { format: Some(format), law: law.to_owned(), ..job(inputs, output) };
        run(&job, &mapped, &Quiet).unwrap()
    };
    of(&[&input], &output, Format::Parquet, "one");
    let told: serde_json::Value =
        serde_json::from_slice(&fs::read(output.join("_weir/law.json")).unwrap()).unwrap();
    assert_eq!(told["law"], "one");
    assert_eq!(told["packs"][0]["id"], "one");
    assert_eq!(told["packs"][0]["verified_through"], "2030-01-01");
    assert_eq!(told["map"]["destination"], "to");
    assert_eq!(told["readings"], serde_json::json!(["written", "enforced"]));
    assert!(told["program"].as_str().unwrap().starts_with("weir "));
    let said = |path: &Path| {
        let file = fs::File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let metadata = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let own: Vec<_> = metadata.iter().filter(|it| it.key == "weir.law").collect();
        assert_eq!(own.len(), 1);
        let arrow = reader.schema().metadata()["weir.law"].clone();
        assert_eq!(own[0].value.as_ref(), Some(&arrow));
        serde_json::from_str::<serde_json::Value>(&arrow).unwrap()
    };
    assert_eq!(said(&output.join("a.parquet")), told);
    // What was decided before by another law is decided by this one alone.
    let again = folder.path().join("again");
    of(&[&output.join("a.parquet")], &again, Format::Parquet, "two");
    let law = said(&again.join("a.parquet"))["law"].clone();
    assert_eq!(law, "two", "copied");
    of(&[&output.join("a.parquet")], &again, Format::Arrow, "three");
    let arrow = read(&again.join("a.arrow"));
    assert!(arrow.schema().metadata()["weir.law"].contains("\"three\""));
    let before = fs::read(output.join("_weir/law.json")).unwrap();
    assert_eq!(of(&[&input], &output, Format::Parquet, "one").kept, 1);
    assert_eq!(fs::read(output.join("_weir/law.json")).unwrap(), before);
}

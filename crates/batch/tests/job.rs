//! Jobs over folders: the same answers as line by line, whatever the format; bad files and rows are
//! told; what is finished is left alone.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use batch::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch, StringArray, UInt64Array,
};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::{DataType, Field, Schema};
use batch::files::{Format, Writer, open};
use batch::job::{Job, JobError, Progress, Quiet, Report, files, run, run_one};
use batch::{Catalogue, Decider, Mapping, Refused, Worker};
use law::{Desk, Facts, Law, Reading, Source};
use support::job;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn shipped() -> Arc<Law> {
    let source = |path: &Path| {
        let text = fs::read_to_string(path).expect("a document");
        Arc::new(Source { name: path.display().to_string(), text })
    };
    let folder = root().join("law");
    let mut packs: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the packs").map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    packs.sort();
    let packs: Vec<Arc<Source>> = packs.iter().map(|path| source(path)).collect();
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml")), &packs);
    Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")))
}

/// A catalogue of one chip.
struct OneChip(Arc<Law>);

impl Catalogue for OneChip {
    fn enrich(&self, facts: &mut Facts) -> Result<(), Refused> {
        let vocabulary = self.0.vocabulary();
        let sku = vocabulary.find("item.sku").and_then(|fact| facts.get(fact)).cloned();
        let Some(law::Value::Text(sku)) = sku else { return Ok(()) };
        if &*sku != "big-chip" {
            let message = format!("there is no chip `{sku}` in the catalogue");
            return Err(Refused { code: "unknown_sku", message });
        }
        for (name, text) in
            [("item.kind", "chip"), ("item.tpp", "15832"), ("item.datacenter", "true")]
        {
            let fact = vocabulary.find(name).unwrap();
            if facts.get(fact).is_none() {
                facts.set(fact, vocabulary.fact(fact).parse(text).unwrap());
            }
        }
        Ok(())
    }
}

const ORDERS: &str = "\
order,date,destination,quantity,item.sku,exporter.hq,end_user.hq,end_user.parent_hq,activity,note
A-1,2025-06-02,MY,100,big-chip,US,MY,MY,export,first
A-2,2025-06-02,CN,8,big-chip,US,CN,CN,export,second
A-3,2025-06-03,DE,8,big-chip,US,DE,DE,export,\"third, with a comma\"
A-4,2022-01-10,CN,8,big-chip,US,CN,CN,export,
";

fn decider(law: &Arc<Law>, map: &[&str]) -> Decider {
    let mapping = Mapping::read(map.iter().copied(), law.vocabulary()).unwrap();
    Decider::new(Arc::clone(law), Some(Arc::new(OneChip(Arc::clone(law)))), mapping)
}

fn done(job: &Job, decider: &Decider) -> Report {
    run(job, decider, &Quiet).unwrap_or_else(|why| panic!("{why}"))
}

/// A whole file as one batch.
fn read(path: &Path) -> RecordBatch {
    let (schema, batches) = open(path, Format::of(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// A column as texts.
fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    // JSON Lines say nothing of what is not there.
    let Some(array) = batch.column_by_name(name) else { return vec![None; batch.num_rows()] };
    let texts = cast(array, &DataType::Utf8).unwrap();
    let texts = texts.as_string::<i32>();
    texts.iter().map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned)).collect()
}

fn texts(values: &[Option<&str>]) -> Vec<Option<String>> {
    values.iter().map(|value| value.map(str::to_owned)).collect()
}

/// What the law says line by line.
fn one_by_one(law: &Arc<Law>, rows: &[[&str; 9]]) -> Vec<law::Determination> {
    let names = [
        "date",
        "destination",
        "quantity",
        "item.sku",
        "exporter.hq",
        "end_user.hq",
        "end_user.parent_hq",
        "activity",
    ];
    let mut desk = Desk::default();
    rows.iter()
        .map(|row| {
            let mut facts = Facts::new(law.vocabulary());
            for (name, text) in names.iter().zip(&row[1..]) {
                let fact = law.vocabulary().find(name).unwrap();
                facts.set(fact, law.vocabulary().fact(fact).parse(text).unwrap());
            }
            OneChip(Arc::clone(law)).enrich(&mut facts).unwrap();
            facts.complete(law.vocabulary(), law.defaults());
            law.decide(&facts, None, &mut desk).unwrap()
        })
        .collect()
}

#[test]
fn every_format_gets_the_answers_of_single_lines() {
    let law = shipped();
    let rows: Vec<[&str; 9]> = ORDERS
        .lines()
        .skip(1)
        .map(|line| line.splitn(10, ',').take(9).collect::<Vec<_>>().try_into().unwrap())
        .collect();
    let expected = one_by_one(&law, &rows);
    let folder = tempfile::tempdir().unwrap();
    let (first, out) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&first).unwrap();
    fs::write(first.join("orders.csv"), ORDERS).unwrap();
    let decider = decider(&law, &[]);
    let mut input = first;
    // Each format is written once and read once; decisions of before give way to those of now.
    for (at, format) in
        [Format::Parquet, Format::Arrow, Format::JsonLines, Format::Csv].into_iter().enumerate()
    {
        let output = out.join(at.to_string());
        let report = done(&Job { format: Some(format), ..job(&[&input], &output) }, &decider);
        assert_eq!((report.decided, report.rows, report.summary.errors), (1, 4, 0));
        let batch = read(&output.join(format!("orders.{}", format.ending())));
        assert_eq!(
            column(&batch, "order"),
            texts(&[Some("A-1"), Some("A-2"), Some("A-3"), Some("A-4")])
        );
        assert_eq!(column(&batch, "note")[2].as_deref(), Some("third, with a comma"));
        for reading in Reading::BOTH {
            let outcomes: Vec<Option<String>> = expected
                .iter()
                .map(|one| Some(one.reading(reading).outcome.word().to_owned()))
                .collect();
            let name = format!("weir_{}_outcome", reading.word());
            assert_eq!(column(&batch, &name), outcomes, "{format:?}");
            let draws = expected.iter().map(|one| {
                let draws = one.reading(reading).draws.iter();
                let draws =
                    draws.map(|draw| format!("{}={}", law.rule(draw.quota).id, draw.amount));
                let draws: Vec<String> = draws.collect();
                (!draws.is_empty()).then(|| draws.join("; "))
            });
            let draws: Vec<Option<String>> = draws.collect();
            assert_eq!(column(&batch, &format!("weir_{}_draws", reading.word())), draws);
        }
        assert_eq!(column(&batch, "weir_error"), texts(&[None; 4]));
        let summary = fs::read_to_string(output.join("_weir/summary.csv")).unwrap();
        assert_eq!(report.summary.decided(), 4);
        assert!(summary.lines().any(|line| line.starts_with("2022-01,CN,")), "{summary}");
        input = output;
    }
}

/// Two files of orders, one of them with mistakes; one that is no Parquet, and one with a column of
/// another type.
fn with_mistakes(input: &Path) {
    fs::create_dir(input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    let bad = ORDERS
        .replace("2025-06-03", "03/06/2025")
        .replace("A-2,2025-06-02,CN,8", "A-2,,CN,x")
        .replace("A-1,2025-06-02,MY,100,big-chip", "A-1,2025-06-02,MY,100,small-chip");
    fs::write(input.join("b.csv"), bad).unwrap();
    fs::write(input.join("c.parquet"), b"PAR1 and then nothing of the kind").unwrap();
    fs::write(input.join("ignored.txt"), "x").unwrap();
    let schema = Schema::new(vec![
        Field::new("date", DataType::Utf8, true),
        Field::new("destination", DataType::FixedSizeBinary(2), true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["2025-06-02"])),
        Arc::new(FixedSizeBinaryArray::try_from_iter([[0xff, 0xfe]].into_iter()).unwrap()),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let mut writer =
        Writer::create(&input.join("d.parquet"), Format::Parquet, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

#[test]
fn bad_rows_and_files_are_told_and_the_rest_is_decided() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    with_mistakes(&input);
    let decider = decider(&law, &[]);
    let report = done(&job(&[&input], &output), &decider);
    assert_eq!((report.decided, report.rows, report.summary.errors), (2, 8, 3));
    let rejected: Vec<String> = report
        .rejected
        .iter()
        .map(|(path, why)| format!("{}: {why}", path.file_name().unwrap().display()))
        .collect();
    assert_eq!(rejected.len(), 2, "{rejected:?}");
    assert!(rejected[0].starts_with("c.parquet: "), "{rejected:?}");
    assert!(rejected[1].starts_with("d.parquet: column `destination`: "), "{rejected:?}");
    assert!(!output.join("c.parquet").exists() && !output.join("d.parquet").exists());
    let rejects = fs::read_to_string(report.rejects.unwrap()).unwrap();
    let codes = |row: &str| rejects.lines().filter(|line| line.contains(row)).count();
    assert_eq!(
        (codes("\"row\":1,"), codes("\"row\":2,"), codes("\"row\":3,")),
        (1, 2, 1),
        "{rejects}"
    );
    for part in
        ["unknown_sku", "bad_number", "missing_date", "bad_date", "bad_file", "(column quantity)"]
    {
        assert!(rejects.contains(part), "{part}: {rejects}");
    }
    // Nothing is lost: rows in error are there, without a decision and with the reason.
    let decided = read(&output.join("b.csv"));
    let outcomes = column(&decided, "weir_written_outcome");
    assert_eq!(
        outcomes.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, false, true]
    );
    assert!(column(&decided, "weir_error")[2].as_deref().unwrap().starts_with("bad_date: "));
}

#[test]
fn the_first_mistake_ends_a_strict_run() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    with_mistakes(&input);
    let decider = decider(&law, &[]);
    let strict = Job {
        strict: true,
        output: folder.path().join("strict"),
        threads: 1,
        ..job(&[&input], &output)
    };
    let stopped = run(&strict, &decider, &Quiet).unwrap_err();
    assert!(matches!(stopped, JobError::Strict { finished: 1, files: 4, .. }), "{stopped}");
    assert!(
        stopped.to_string().contains("b.csv`, row 1: there is no chip `small-chip`"),
        "{stopped}"
    );
    assert!(!strict.output.join("b.csv").exists());
    assert!(
        fs::read_dir(&strict.output)
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().ends_with(".part") })
    );
}

#[test]
fn a_run_goes_on_where_another_ended() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(input.join(name), ORDERS).unwrap();
    }
    let decider = decider(&law, &[]);
    let whole = done(&job(&[&input], &output), &decider);
    assert_eq!((whole.decided, whole.kept), (3, 0));
    let first = fs::read(output.join("a.csv")).unwrap();
    // What is missing, cut off or of another input is done again; nothing else is.
    fs::remove_file(output.join("b.csv")).unwrap();
    fs::write(output.join("c.csv"), "order").unwrap();
    let again = done(&job(&[&input], &output), &decider);
    assert_eq!((again.decided, again.kept), (2, 1));
    assert_eq!(again.summary, whole.summary);
    assert_eq!(fs::read(output.join("b.csv")).unwrap(), first);
    assert_eq!(done(&job(&[&input], &output), &decider).kept, 3);
    fs::write(
        input.join("a.csv"),
        format!("{ORDERS}A-5,2025-06-02,SG,1,big-chip,US,SG,SG,export,\n"),
    )
    .unwrap();
    let grown = done(&job(&[&input], &output), &decider);
    assert_eq!((grown.decided, grown.kept, grown.summary.decided()), (1, 2, 13));
    let other = Job { law: "another".to_owned(), ..job(&[&input], &output) };
    assert_eq!(done(&other, &decider).decided, 3);
}

#[test]
fn folders_are_columns_and_columns_are_named() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    let month = input.join("destination=MY");
    fs::create_dir_all(&month).unwrap();
    let schema = Schema::new(vec![
        Field::new("shipped", DataType::Utf8, true),
        Field::new("pieces", DataType::UInt64, true),
        Field::new("sku", DataType::Utf8, true),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("2025-06-02"), Some("2025-06-02"), None])),
        Arc::new(UInt64Array::from(vec![Some(100), None, Some(1)])),
        Arc::new(StringArray::from(vec!["big-chip", "big-chip", "big-chip"])),
    ];
    let batch = RecordBatch::try_new(Arc::new(schema), columns).unwrap();
    let mut writer =
        Writer::create(&month.join("part-0.parquet"), Format::Parquet, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let decider = decider(&law, &["date=shipped", "quantity=pieces", "item.sku=sku"]);
    let report = done(&job(&[&input], &output), &decider);
    assert_eq!((report.rows, report.summary.errors), (3, 1));
    let decided = read(&output.join("destination=MY/part-0.parquet"));
    assert!(decided.column_by_name("destination").is_none(), "its folder says it");
    assert_eq!(column(&decided, "pieces"), texts(&[Some("100"), None, Some("1")]));
    assert!(column(&decided, "weir_error")[2].as_deref().unwrap().contains("missing_date"));
    assert!(report.summary.groups.keys().all(|group| group.destination == "MY"));
    assert!(decided.column_by_name("weir_classification").unwrap().len() == 3);
}

/// Answers do not hang on what stood in the batches before, nor on how the file is written.
#[test]
fn a_long_file_is_decided_as_its_parts_are() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (long, part) = (folder.path().join("long.csv"), folder.path().join("part.csv"));
    let header = "date,destination,quantity,item.kind,item.datacenter,item.tpp\n";
    let row = |at: usize| {
        let to = ["MY", "CN", "DE", "AE"][at % 4];
        format!("2025-06-02,{to},{},chip,true,{}\n", 1 + at % 50, 1000 + at % 7000)
    };
    let rows = 70_000;
    fs::write(&long, (0..rows).map(row).fold(header.to_owned(), |text, row| text + &row)).unwrap();
    let last = (rows - 300..rows).map(row).fold(header.to_owned(), |text, row| text + &row);
    fs::write(&part, last).unwrap();
    let decider = decider(&law, &[]);
    let arrow = |input: &Path, name: &str| {
        let output = folder.path().join(name);
        let job = Job { format: Some(Format::Arrow), ..job(&[input], &output) };
        assert_eq!(done(&job, &decider).summary.errors, 0);
        read(&output.join(input.with_extension("arrow").file_name().unwrap()))
    };
    let (whole, part) = (arrow(&long, "a"), arrow(&part, "b"));
    assert_eq!((whole.num_rows(), part.num_rows()), (rows, 300));
    let end = whole.slice(rows - 300, 300);
    for name in ["weir_classification", "weir_written_outcome", "weir_written_rules"] {
        assert_eq!(column(&end, name), column(&part, name), "{name}");
    }
}

#[test]
fn no_input_is_written_over_and_nothing_stale_stays() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    fs::write(input.join("b.csv"), "date,destination\n").unwrap();
    let decider = decider(&law, &[]);
    let over = run(&job(&[&input.join("a.csv")], &input), &decider, &Quiet).unwrap_err();
    assert!(matches!(over, JobError::Overwrites(_)), "{over}");
    let within = run(&job(&[&input], &input.join("out")), &decider, &Quiet).unwrap_err();
    assert!(matches!(within, JobError::Within { .. }), "{within}");
    let output = folder.path().join("out");
    assert_eq!(done(&job(&[&input], &output), &decider).decided, 2);
    // A file without rows has its columns.
    assert!(
        fs::read_to_string(output.join("b.csv")).unwrap().starts_with("date,destination,weir_")
    );
    fs::write(input.join("a.csv"), "date,date\n2025-06-02,2025-06-03\n").unwrap();
    let report = done(&job(&[&input], &output), &decider);
    assert_eq!(report.rejected.len(), 1);
    assert_eq!(report.rejected[0].1, "column `date`: it is there twice");
    assert!(!output.join("a.csv").exists(), "what was made of another file is gone");
    fs::write(input.join("c.txt"), "x").unwrap();
    let other = run(&job(&[&input.join("c.txt")], &output), &decider, &Quiet).unwrap_err();
    assert!(matches!(other, JobError::Ending(_)), "{other}");
    // What has no cell in CSV costs its own file.
    fs::write(input.join("l.jsonl"), "{\"date\":\"2025-06-02\",\"certifications\":[\"aia\"]}\n")
        .unwrap();
    let csv = Job { format: Some(Format::Csv), ..job(&[&input.join("l.jsonl")], &output) };
    assert!(done(&csv, &decider).rejected[0].1.contains("cannot be written as CSV"));
}

#[test]
fn moments_and_decimals_are_read_as_they_are_meant() {
    use batch::arrow::array::{Decimal128Array, Float64Array, TimestampMillisecondArray};
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.arrow");
    // The last moment of 2025-06-02 in UTC is the next day in Singapore.
    let moment = 1_748_908_799_000;
    let moments = TimestampMillisecondArray::from(vec![moment, moment]).with_timezone("+08:00");
    let amounts = Decimal128Array::from(vec![1_583_200, 100]).with_precision_and_scale(10, 2);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("date", Arc::new(moments)),
        ("item.tpp", Arc::new(amounts.unwrap())),
        ("quantity", Arc::new(Float64Array::from(vec![Some(2.0), Some(2.5)]))),
        ("destination", Arc::new(StringArray::from(vec!["DE", "DE"]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = Writer::create(&input, Format::Arrow, batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let output = folder.path().join("out");
    let csv = Job { format: Some(Format::Csv), ..job(&[&input], &output) };
    let report = done(&csv, &decider(&law, &[]));
    assert_eq!((report.rows, report.summary.errors), (2, 1));
    assert!(report.summary.groups.keys().all(|group| group.month == "2025-06"));
    let errors = column(&read(&output.join("a.csv")), "weir_error");
    assert_eq!(errors[0], None);
    assert!(errors[1].as_deref().unwrap().starts_with("not_whole: "), "{errors:?}");
}

/// A typed number has no marks of thousands, whatever its scale.
#[test]
fn typed_numbers_are_numbers() {
    use batch::arrow::array::{Decimal128Array, Float64Array};
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let of_scale = |amounts: Vec<i128>| -> ArrayRef {
        let amounts = Decimal128Array::from(amounts);
        Arc::new(amounts.with_precision_and_scale(18, 3).unwrap())
    };
    let cases: [(&str, ArrayRef); 2] = [
        ("a.parquet", of_scale(vec![64_000, 64_125])),
        ("b.parquet", Arc::new(Float64Array::from(vec![64.0, 64.125]))),
    ];
    for (name, quantity) in cases {
        let input = folder.path().join(name);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("date", Arc::new(StringArray::from(vec!["2025-06-02"; 2]))),
            ("destination", Arc::new(StringArray::from(vec!["DE"; 2]))),
            ("quantity", quantity),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut writer = Writer::create(&input, Format::Parquet, batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        let output = folder.path().join("out");
        done(&job(&[&input], &output), &decider(&law, &[]));
        let errors = column(&read(&output.join(name)), "weir_error");
        assert_eq!(errors[0], None, "{name}");
        let wrong = "not_whole: `quantity` is a whole number, not 64.125 (column quantity)";
        assert_eq!(errors[1].as_deref(), Some(wrong), "{name}");
    }
}

#[test]
fn rows_of_which_nothing_is_known_are_in_error() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("a.csv");
    fs::write(&input, "order,date\nA-1,\nA-2,\n").unwrap();
    let report = done(&job(&[&input], &folder.path().join("out")), &decider(&law, &[]));
    assert_eq!((report.rows, report.summary.errors), (2, 2));
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_written() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    fs::create_dir_all(input.join("sub")).unwrap();
    let decider = decider(&law, &[]);
    let failed = |job: &Job| run(job, &decider, &Quiet).unwrap_err();
    let output = folder.path().join("out");
    assert!(matches!(failed(&job(&[&input], &output)), JobError::Nothing));
    assert!(matches!(failed(&job(&[&folder.path().join("no")], &output)), JobError::Input { .. }));
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    assert!(matches!(failed(&job(&[&input], &input)), JobError::Within { .. }));
    fs::write(input.join("a.jsonl"), "{}\n").unwrap();
    let same = Job { format: Some(Format::Parquet), ..job(&[&input], &output) };
    assert!(matches!(failed(&same), JobError::SameName { .. }));
    assert!(!output.exists());
    let failed = Mapping::read(["quantiti=n"], law.vocabulary()).unwrap_err();
    assert_eq!(failed.to_string(), "there is no fact `quantiti`; is `quantity` meant?");
    assert_eq!(
        Mapping::read(["quantity"], law.vocabulary()).unwrap_err().to_string(),
        "`--map quantity` is not FACT=COLUMN"
    );
}

/// Begins another run of the same output as soon as rows are decided.
struct Second<'t> {
    job: &'t Job,
    decider: &'t Decider,
    said: Mutex<Option<Result<Report, JobError>>>,
}

impl Progress for Second<'_> {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {
        let mut said = self.said.lock().unwrap();
        if said.is_none() {
            *said = Some(run(self.job, self.decider, &Quiet));
        }
    }
    fn bytes(&self, _: u64) {}
    fn file(&self) {}
}

#[test]
fn two_runs_do_not_write_to_one_output() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    let decider = decider(&law, &[]);
    let job = job(&[&input], &output);
    let second = Second { job: &job, decider: &decider, said: Mutex::default() };
    let report = run(&job, &decider, &second).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!((report.decided, report.rows), (1, 4));
    let refused = second.said.into_inner().unwrap().unwrap().unwrap_err();
    assert!(matches!(&refused, JobError::Busy(path) if *path == output), "{refused}");
    assert!(refused.to_string().contains("wait until it is done"), "{refused}");
    assert_eq!(read(&output.join("a.csv")).num_rows(), 4);
    // A killed run leaves its parts and no lock: the next one takes them away.
    let own = output.join("_weir");
    fs::write(own.join("0123456789abcdef.0.0.part"), "half").unwrap();
    let at_work = fs::File::open(own.join("lock")).unwrap();
    at_work.lock_shared().unwrap();
    batch::job::remove_unfinished(&job);
    assert!(own.join("0123456789abcdef.0.0.part").exists(), "somebody is at work");
    drop(at_work);
    assert_eq!(done(&job, &decider).kept, 1);
    assert!(!own.join("0123456789abcdef.0.0.part").exists());
}

#[test]
fn attempts_at_one_file_do_not_meet() {
    let law = shipped();
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), ORDERS).unwrap();
    let decider = decider(&law, &[]);
    let job = job(&[&input], &output);
    let files = files(&job, &decider).unwrap();
    let attempt = |name: &str| run_one(&job, &decider, &files[0], name, &mut Worker::default());
    let part = output.join("_weir/one.0.part");
    fs::create_dir_all(output.join("_weir")).unwrap();
    fs::write(&part, "of somebody else").unwrap();
    assert!(matches!(attempt("one"), Err(JobError::Output { .. })));
    assert_eq!(fs::read_to_string(&part).unwrap(), "of somebody else");
    assert!(matches!(attempt("two"), Ok(Some(4))));
    assert!(fs::read_to_string(&part).is_ok());
    // While files are done one by one, no run takes the output for itself.
    let lock = fs::File::open(output.join("_weir/lock")).unwrap();
    lock.lock_shared().unwrap();
    assert!(matches!(attempt("three"), Ok(Some(4))));
    assert!(matches!(run(&job, &decider, &Quiet), Err(JobError::Busy(_))));
}

//! Tables of Parquet that become Parquet: what is kept is copied byte for byte, row group by row
//! group, and everything else is as it is where each row is read.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, LargeStringArray, ListBuilder,
    RecordBatch, StringArray, StringBuilder, StructArray, new_null_array,
};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::{DataType, Field, Fields, Schema};
use batch::files::{Format, open};
use batch::job::{Job, JobError, Quiet, Report, run};
use batch::{DECISION_COLUMNS, Decider, Mapping};
use law::{Law, Source};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};

const ROWS: usize = 60_000;
const GROUP: usize = 20_000;

fn shipped() -> Arc<Law> {
    let source = |path: &Path| {
        let text = fs::read_to_string(path).expect("a document");
        Arc::new(Source { name: path.display().to_string(), text })
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../law");
    let mut packs: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the packs").map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    packs.sort();
    let packs: Vec<Arc<Source>> = packs.iter().map(|path| source(path)).collect();
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml")), &packs);
    Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")))
}

fn decider(map: &[&str]) -> Decider {
    let law = shipped();
    let mapping = Mapping::read(map.iter().copied(), law.vocabulary()).unwrap();
    Decider::new(law, None, mapping)
}

fn job(input: &Path, output: &Path, threads: usize) -> Job {
    Job {
        inputs: vec![input.to_owned()],
        output: output.to_owned(),
        format: None,
        partition_by: Vec::new(),
        prune: false,
        law: "test".to_owned(),
        threads,
        strict: false,
    }
}

fn done(job: &Job, decider: &Decider) -> Report {
    run(job, decider, &Quiet).unwrap_or_else(|why| panic!("{why}"))
}

/// Rows of every kind, some of which no law can decide.
fn rows(count: usize) -> RecordBatch {
    let texts = |of: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
        Arc::new((0..count).map(of).collect::<StringArray>())
    };
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in 0..count {
        lists.append_value((0..row % 3).map(|item| (item != 1).then(|| format!("{row}-{item}"))));
    }
    let to = |row: usize| match row % 9_001 {
        77 => "nowhere".to_owned(),
        _ => ["MY", "CN", "DE", "AE"][row * 7 / 3 % 4].to_owned(),
    };
    let value = (0..count).map(|row| (row % 7 != 0).then_some(row as i128 * 1_001));
    let value = Decimal128Array::from_iter(value).with_precision_and_scale(18, 2).unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("line", texts(&|row| Some(format!("L-{row:07}")))),
        ("date", texts(&|row| Some(format!("2025-{:02}-02", 1 + row * 12 / count)))),
        ("weir_error", texts(&|row| Some(format!("of before {row}")))),
        ("destination", texts(&|row| Some(to(row)))),
        (
            "quantity",
            Arc::new(Int64Array::from_iter(
                (0..count).map(|row| (row % 11 != 0).then_some(1 + row as i64 % 300)),
            )),
        ),
        ("item.kind", texts(&|_| Some("chip".to_owned()))),
        ("item.datacenter", texts(&|row| (row % 5 != 0).then(|| "true".to_owned()))),
        (
            "item.tpp",
            Arc::new(Int64Array::from_iter_values(
                (0..count).map(|row| 1_000 + row as i64 * 31 % 7_000),
            )),
        ),
        ("parts", Arc::new(lists.finish())),
        ("worth", Arc::new(value)),
        (
            "note",
            Arc::new(
                (0..count)
                    .map(|row| (row % 4 != 0).then(|| format!("note {}", row % 97)))
                    .collect::<LargeStringArray>(),
            ),
        ),
    ];
    let field = |(name, array): &(&str, ArrayRef)| {
        let metadata = [("of".to_owned(), (*name).to_owned())].into();
        Field::new(*name, array.data_type().clone(), *name != "line").with_metadata(metadata)
    };
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let metadata = [("made by".to_owned(), "a test".to_owned())].into();
    let schema = Schema::new_with_metadata(fields, metadata);
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, it)| it).collect()).unwrap()
}

/// Writes a table as others do: compressed, with page indexes and a Bloom filter.
fn write(path: &Path, batch: &RecordBatch, group: usize) {
    let properties = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::Page);
    write_as(path, batch, group, properties);
}

fn write_as(path: &Path, batch: &RecordBatch, group: usize, of: WriterPropertiesBuilder) {
    let properties = of
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(group))
        .set_data_page_row_count_limit(5_000)
        .set_column_bloom_filter_enabled("line".into(), true)
        .build();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn metadata(path: &Path) -> ParquetMetaData {
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    reader.try_parse(&File::open(path).unwrap()).unwrap();
    reader.finish().unwrap()
}

/// A whole file as one batch, in which texts stand for themselves.
fn read(path: &Path) -> RecordBatch {
    let (_, batches) = open(path, Format::of(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = batches.map(|batch| plain(&batch.unwrap())).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn plain(batch: &RecordBatch) -> RecordBatch {
    let plain = |array: &ArrayRef| match array.data_type() {
        DataType::Dictionary(..) | DataType::LargeUtf8 => cast(array, &DataType::Utf8).unwrap(),
        _ => Arc::clone(array),
    };
    let columns: Vec<ArrayRef> = batch.columns().iter().map(plain).collect();
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(&columns);
    let fields: Fields =
        fields.map(|(field, it)| Field::new(field.name(), it.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let texts = cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

/// Two tables have the same columns with the same rows.
fn same(one: &RecordBatch, other: &RecordBatch) {
    let names = |batch: &RecordBatch| {
        batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(one), names(other));
    for (name, (one, other)) in names(one).iter().zip(one.columns().iter().zip(other.columns())) {
        assert!(one == other, "{name} differs");
    }
}

/// Through Arrow every row is read and written anew.
fn anew(input: &Path, folder: &Path, decider: &Decider) -> (RecordBatch, Report) {
    let output = folder.join("anew");
    let job = Job { format: Some(Format::Arrow), ..job(input, &output, 1) };
    let report = done(&job, decider);
    let mut files = Vec::new();
    batch::files_below(&output, &mut files).unwrap();
    assert_eq!(files.len(), 1);
    (read(&files[0]), report)
}

#[test]
fn what_is_copied_is_what_is_read_and_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(ROWS), GROUP);
    let decider = decider(&[]);
    let output = folder.path().join("out");
    let report = done(&job(&input, &output, 2), &decider);
    let (expected, other) = anew(&input, folder.path(), &decider);
    let found = read(&output.join("t.parquet"));
    assert_eq!(found.num_rows(), ROWS);
    assert_eq!(found.num_columns(), 10 + 3 + 2 * DECISION_COLUMNS.len());
    same(&found, &expected);
    assert_eq!((report.rows, &report.summary), (other.rows, &other.summary));
    assert!(report.summary.errors > 0 && report.summary.groups.len() > 10);
    let rejects = |folder: &str| {
        fs::read_to_string(input.parent().unwrap().join(folder).join("_weir/rejects.jsonl"))
            .unwrap()
    };
    assert_eq!(rejects("../out"), rejects("../anew"));
    assert!(rejects("../out").contains("\"row\":9079,"), "rows count through the file");
    let errors = column(&found, "weir_error");
    assert!(errors[9_078].as_deref().unwrap().contains("nowhere"));
    assert_eq!(errors[9_079], None, "what an earlier decision said is gone");
}

#[test]
fn kept_columns_are_the_very_bytes_with_all_that_was_known_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(ROWS), GROUP);
    let output = folder.path().join("out");
    done(&job(&input, &output, 1), &decider(&[]));
    let output = output.join("t.parquet");
    let (before, after) = (metadata(&input), metadata(&output));
    assert_eq!((before.num_row_groups(), after.num_row_groups()), (3, 3));
    let bytes = [&input, &output].map(|path| fs::read(path).unwrap());
    let files = [&input, &output].map(|path| File::open(path).unwrap());
    let mut copied = 0;
    for (group, old) in before.row_groups().iter().enumerate() {
        let new = after.row_group(group);
        assert_eq!(old.num_rows(), new.num_rows());
        for (at, column) in old.columns().iter().enumerate() {
            let path = column.column_path();
            if path.string() == "weir_error" {
                continue;
            }
            copied += 1;
            let place = new.columns().iter().position(|it| it.column_path() == path).unwrap();
            let other = new.column(place);
            let of = |chunk: (u64, u64)| chunk.0 as usize..(chunk.0 + chunk.1) as usize;
            let same = bytes[0][of(column.byte_range())] == bytes[1][of(other.byte_range())];
            assert!(same, "{path} is not the same");
            assert_eq!(column.statistics(), other.statistics(), "{path}");
            assert_eq!(column.page_encoding_stats_mask(), other.page_encoding_stats_mask());
            assert_eq!(column.compression(), other.compression());
            let index =
                |of: &ParquetMetaData, at: usize| of.column_index().unwrap()[group][at].clone();
            assert_eq!(index(&before, at), index(&after, place), "{path}");
            let pages = |of: &ParquetMetaData, at: usize, from: u64| {
                let pages = &of.offset_index().unwrap()[group][at].page_locations;
                let one = |page: &parquet::file::page_index::offset_index::PageLocation| {
                    (page.offset as u64 - from, page.compressed_page_size, page.first_row_index)
                };
                pages.iter().map(one).collect::<Vec<_>>()
            };
            let (old, new) = (column.byte_range().0, other.byte_range().0);
            assert_eq!(pages(&before, at, old), pages(&after, place, new), "{path}");
            if path.string() == "line" {
                let filter = Sbbf::read_from_column_chunk(other, &files[1]).unwrap().unwrap();
                assert!((0..GROUP).all(|row| {
                    filter.check(&format!("L-{:07}", group * GROUP + row).as_str())
                }));
                assert!(!filter.check(&"no such line"));
            } else {
                assert!(other.bloom_filter_offset().is_none());
            }
        }
    }
    assert_eq!(copied, 30, "ten columns in three row groups");
    // What Arrow knew of the columns, it knows.
    let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(
        File::open(&output).unwrap(),
    );
    let schema = Arc::clone(reader.unwrap().schema());
    assert_eq!(schema.metadata()["made by"], "a test");
    let note = schema.field_with_name("note").unwrap();
    assert_eq!((note.data_type(), note.metadata()["of"].as_str()), (&DataType::LargeUtf8, "note"));
    assert!(!schema.field_with_name("line").unwrap().is_nullable());
}

/// Many writers do not say where pages begin. Then the new columns do not either.
#[test]
fn a_table_without_page_indexes_is_copied_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    let plain = WriterProperties::builder().set_offset_index_disabled(true);
    let plain = plain.set_dictionary_enabled(false);
    let plain = plain.set_statistics_enabled(EnabledStatistics::Chunk);
    write_as(&input, &rows(ROWS), GROUP, plain);
    let of = metadata(&input);
    assert!(of.offset_index().is_none());
    let output = folder.path().join("out");
    let decider = decider(&[]);
    done(&job(&input, &output, 2), &decider);
    let (expected, _) = anew(&input, folder.path(), &decider);
    let output = output.join("t.parquet");
    same(&read(&output), &expected);
    let after = metadata(&output);
    assert_eq!(after.num_row_groups(), 3);
    assert!(after.offset_index().is_none() && after.column_index().is_none());
    let length = |of: &ParquetMetaData| of.row_group(2).column(0).byte_range().1;
    assert_eq!(length(&of), length(&after));
}

#[test]
fn one_file_is_the_same_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(9 * GROUP), GROUP);
    let decider = decider(&[]);
    let mut found = Vec::new();
    for threads in [1, 2, 7] {
        let output = folder.path().join(format!("out-{threads}"));
        let report = done(&job(&input, &output, threads), &decider);
        let bytes = |name: &str| fs::read(output.join(name)).unwrap();
        let names = ["t.parquet", "_weir/rejects.jsonl", "_weir/summary.csv"];
        found.push((report.summary, names.map(bytes)));
    }
    let first = found.remove(0);
    assert!(found.into_iter().all(|other| other == first));
}

#[test]
fn several_files_are_the_same_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let all = rows(9 * GROUP);
    for (name, groups) in [("a", 1), ("b", 9), ("c", 2), ("d", 7), ("e", 1)] {
        let path = input.join(format!("{name}.parquet"));
        write(&path, &all.slice(0, groups * GROUP), GROUP);
    }
    let decider = decider(&[]);
    let mut found = Vec::new();
    for threads in [1, 2, 3, 8] {
        let output = folder.path().join(format!("out-{threads}"));
        let report = done(&job(&input, &output, threads), &decider);
        assert_eq!((report.decided, report.rows), (5, 20 * GROUP as u64));
        let bytes = |name: &str| fs::read(output.join(name)).unwrap();
        let names = ["a.parquet", "b.parquet", "c.parquet", "d.parquet", "e.parquet"];
        found.push((report.summary, names.map(bytes), bytes("_weir/rejects.jsonl")));
    }
    let first = found.remove(0);
    assert!(found.into_iter().all(|other| other == first));
}

#[test]
fn a_run_goes_on_and_a_strict_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    for name in ["a.parquet", "b.parquet"] {
        write(&input.join(name), &rows(ROWS), GROUP);
    }
    let decider = decider(&[]);
    let output = folder.path().join("out");
    assert_eq!(done(&job(&input, &output, 3), &decider).decided, 2);
    let before = fs::read(output.join("b.parquet")).unwrap();
    fs::remove_file(output.join("b.parquet")).unwrap();
    let again = done(&job(&input, &output, 3), &decider);
    assert_eq!((again.decided, again.kept), (1, 1));
    assert!(fs::read(output.join("b.parquet")).unwrap() == before);
    let strict = Job { strict: true, ..job(&input, &folder.path().join("strict"), 2) };
    match run(&strict, &decider, &Quiet) {
        Err(JobError::Strict { row, why, .. }) => {
            assert_eq!(row, Some(78));
            assert!(why.contains("nowhere"), "{why}");
        }
        other => panic!("{other:?}"),
    }
    let left = fs::read_dir(folder.path().join("strict/_weir")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with("part")), "{left:?}");
}

#[test]
fn folders_are_columns_and_columns_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let all = rows(ROWS);
    // One folder stands for a fact, one has the name of a column that is kept.
    let own: Vec<usize> = (0..all.num_columns())
        .filter(|at| {
            !["destination", "item.tpp"].contains(&all.schema().field(*at).name().as_str())
        })
        .collect();
    let part = all.project(&own).unwrap();
    let input = folder.path().join("in/destination=CN/note=x/performance=4900/t.parquet");
    write(&input, &part, GROUP);
    let decider = decider(&["item.tpp=performance"]);
    let output = folder.path().join("out");
    let report = done(&job(&folder.path().join("in"), &output, 2), &decider);
    assert_eq!((report.rows, report.summary.errors), (ROWS as u64, 0));
    let name = "destination=CN/note=x/performance=4900/t.parquet";
    let found = read(&output.join(name));
    let (expected, _) = anew(&folder.path().join("in"), folder.path(), &decider);
    same(&found, &expected);
    assert!(found.column_by_name("destination").is_none(), "its folder says it");
    assert_eq!(column(&found, "note")[7].as_deref(), Some("note 7"));
    assert_eq!(column(&found, "weir_written_outcome")[7].as_deref(), Some("license_required"));
    let (before, after) = (metadata(&input), metadata(&output.join(name)));
    let encoding = |of: &ParquetMetaData| of.row_group(0).column(0).compression();
    assert_eq!((encoding(&before), encoding(&after)), (Compression::SNAPPY, Compression::SNAPPY));
}

#[test]
fn what_cannot_be_copied_is_read_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let decider = decider(&[]);
    let all = rows(ROWS);
    // Row groups that are too short are joined.
    let short = folder.path().join("short/t.parquet");
    write(&short, &all, 500);
    assert_eq!(metadata(&short).num_row_groups(), 120);
    // What is in a struct becomes columns.
    let inner = StructArray::from(vec![(
        Arc::new(Field::new("tpp", DataType::Int64, true)),
        Arc::clone(all.column_by_name("item.tpp").unwrap()),
    )]);
    let mut fields: Vec<Arc<Field>> = all.schema().fields().iter().cloned().collect();
    fields[7] = Arc::new(Field::new("item", inner.data_type().clone(), true));
    let mut columns = all.columns().to_vec();
    columns[7] = Arc::new(inner);
    let nested = folder.path().join("nested/t.parquet");
    write(&nested, &RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap(), GROUP);
    let whole = folder.path().join("whole/t.parquet");
    write(&whole, &all, GROUP);
    let decided = |input: &Path, name: &str| {
        let output = folder.path().join(name);
        done(&job(input, &output, 2), &decider);
        output.join("t.parquet")
    };
    let expected = read(&decided(&whole, "out-whole"));
    for (input, name) in [(&short, "out-short"), (&nested, "out-nested")] {
        let output = decided(input, name);
        same(&read(&output), &expected);
        assert_eq!(metadata(&output).num_row_groups(), 1, "{name}");
    }
    // Where rows go to folders, each is read.
    let output = folder.path().join("out-folders");
    let parted = Job { partition_by: vec!["destination".to_owned()], ..job(&whole, &output, 2) };
    assert_eq!(done(&parted, &decider).rows, ROWS as u64);
    assert!(output.join("destination=MY/t.parquet").is_file());
}

#[test]
fn rows_without_a_fact_are_in_error_and_stay() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    let others = rows(ROWS).project(&[0, 8, 9]).unwrap();
    let date = Field::new("date", DataType::Utf8, true);
    let schema = others.schema();
    let fields = schema.fields().iter().cloned().chain([Arc::new(date)]);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = others.columns().iter().cloned().chain([new_null_array(&DataType::Utf8, ROWS)]);
    write(&input, &RecordBatch::try_new(schema, columns.collect()).unwrap(), GROUP);
    let decider = decider(&[]);
    let output = folder.path().join("out");
    let report = done(&job(&input, &output, 2), &decider);
    assert_eq!((report.rows, report.summary.errors), (ROWS as u64, ROWS as u64));
    let (expected, _) = anew(&input, folder.path(), &decider);
    same(&read(&output.join("t.parquet")), &expected);
    let rejects = fs::read_to_string(output.join("_weir/rejects.jsonl")).unwrap();
    assert_eq!(rejects.lines().count(), ROWS);
}

/// A file is whole or is left out, whichever of its bytes are not what they should be.
#[test]
fn broken_columns_cost_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(ROWS), GROUP);
    let whole = fs::read(&input).unwrap();
    let of = metadata(&input);
    let decider = decider(&[]);
    for (group, name) in [(1, "destination"), (2, "worth")] {
        let columns = of.row_group(group).columns().iter();
        let column = columns.clone().find(|it| it.column_path().string() == name).unwrap();
        let (start, length) = column.byte_range();
        let mut broken = whole.clone();
        broken[start as usize..(start + length) as usize].fill(0xff);
        fs::write(&input, &broken).unwrap();
        let output = folder.path().join(format!("out-{name}"));
        let report = done(&job(&input, &output, 2), &decider);
        assert_eq!(report.rejected.len(), 1, "{name}");
        let why = &report.rejected[0].1;
        assert!(why.starts_with(&format!("after row {}:", group * GROUP)), "{why}");
        assert!(!output.join("t.parquet").exists());
        let left = fs::read_dir(output.join("_weir")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_string_lossy().ends_with("part")), "{left:?}");
    }
    // Cut off, it says nothing of where its rows are.
    fs::write(&input, &whole[..whole.len() / 2]).unwrap();
    let report = done(&job(&input, &folder.path().join("out-cut"), 2), &decider);
    assert_eq!(report.rejected.len(), 1);
}

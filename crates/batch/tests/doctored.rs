//! Tables that are not what they say, or that do not stay what they were, while they are copied:
//! what is wrong with a file costs no more than it has to, and nothing wrong is handed on.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use batch::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::DataType;
use batch::files::{Format, open};
use batch::job::{Job, Progress, Report, run};
use batch::{Decider, Mapping};
use bytes::Bytes;
use law::{Law, Source};
use parquet::arrow::ArrowWriter;
use parquet::basic::{ColumnOrder, Repetition, Type as PhysicalType};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type, Int96, Int96Type};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{Type, TypePtr};

const ROWS: usize = 20_000;

fn decider() -> Decider {
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
    let law = Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")));
    let mapping = Mapping::read(std::iter::empty(), law.vocabulary()).unwrap();
    Decider::new(law, None, mapping)
}

/// Does something once, when the first rows are decided and none of the others are copied yet.
struct Meanwhile<F: Fn() + Sync>(F, AtomicBool);

impl<F: Fn() + Sync> Progress for Meanwhile<F> {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {
        if !self.1.swap(true, Ordering::SeqCst) {
            self.0();
        }
    }
    fn bytes(&self, _: u64) {}
    fn file(&self) {}
}

fn done(input: &Path, output: &Path, meanwhile: impl Fn() + Sync) -> Report {
    let job = Job {
        inputs: vec![input.to_owned()],
        output: output.to_owned(),
        format: None,
        partition_by: Vec::new(),
        prune: false,
        law: "test".to_owned(),
        threads: 1,
        strict: false,
    };
    let meanwhile = Meanwhile(meanwhile, AtomicBool::new(false));
    run(&job, &decider(), &meanwhile).unwrap_or_else(|why| panic!("{why}"))
}

/// Rows of which half can be decided, with a column of long texts that no law reads.
fn rows(long: usize) -> RecordBatch {
    let texts = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new((0..ROWS).map(|row| Some(of(row))).collect::<StringArray>())
    };
    let tpp = (0..ROWS).map(|row| 1_000 + row as i64 * 31 % 7_000);
    RecordBatch::try_from_iter([
        ("long", texts(&|row| format!("{row:0long$}"))),
        ("line", texts(&|row| format!("L-{row:07}"))),
        ("date", texts(&|_| "2025-06-02".to_owned())),
        ("destination", texts(&|row| ["CN", "nowhere"][row * 2 / ROWS].to_owned())),
        ("item.kind", texts(&|_| "chip".to_owned())),
        ("item.datacenter", texts(&|_| "true".to_owned())),
        ("item.tpp", Arc::new(Int64Array::from_iter_values(tpp))),
    ])
    .unwrap()
}

fn write(path: &Path, batch: &RecordBatch, of: WriterPropertiesBuilder) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let properties = of
        .set_dictionary_enabled(false)
        .set_data_page_row_count_limit(ROWS / 4)
        .set_write_batch_size(ROWS / 8)
        .build();
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

/// A whole file as one batch.
fn read(path: &Path) -> RecordBatch {
    let (_, batches) = open(path, Format::Parquet).unwrap();
    let batches: Vec<RecordBatch> = batches.map(|batch| batch.unwrap()).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let texts = cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

/// No half of a file stays.
fn nothing_left(output: &Path, name: &str) {
    assert!(!output.join(name).exists());
    let left = fs::read_dir(output.join("_weir")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with("part")), "{left:?}");
}

#[test]
fn a_table_that_ends_while_a_long_column_is_copied_is_left_out_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in");
    let (cut, whole) = (input.join("a.parquet"), input.join("b.parquet"));
    write(&cut, &rows(1_000), WriterProperties::builder());
    write(&whole, &rows(10), WriterProperties::builder());
    let (start, length) = metadata(&cut).row_group(0).column(0).byte_range();
    assert!(length > 1 << 24, "it is not read in one go");
    let output = folder.path().join("out");
    let report = done(&input, &output, || {
        File::options().write(true).open(&cut).unwrap().set_len(start + length / 2).unwrap();
    });
    assert_eq!((report.decided, report.rejected.len()), (1, 1));
    let (file, why) = &report.rejected[0];
    assert_eq!(file, &cut);
    assert!(why.starts_with("after row 0: column `long`: "), "{why}");
    nothing_left(&output, "a.parquet");
    assert_eq!(read(&output.join("b.parquet")).num_rows(), ROWS);
}

#[test]
fn a_bloom_filter_that_cannot_be_read_costs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    let with = WriterProperties::builder().set_column_bloom_filter_enabled("line".into(), true);
    write(&input, &rows(10), with);
    let line = |path: &Path| metadata(path).row_group(0).column(1).clone();
    let whole = folder.path().join("whole");
    done(&input, &whole, || ());
    assert!(line(&whole.join("t.parquet")).bloom_filter_offset().is_some());
    // Where it is said to begin stands something else.
    let mut bytes = fs::read(&input).unwrap();
    let at = line(&input).bloom_filter_offset().unwrap() as usize;
    bytes[at..at + 16].fill(0xff);
    fs::write(&input, &bytes).unwrap();
    let output = folder.path().join("out");
    let report = done(&input, &output, || ());
    assert_eq!((report.decided, report.rejected.len()), (1, 0));
    assert!(line(&output.join("t.parquet")).bloom_filter_offset().is_none());
    assert!(read(&output.join("t.parquet")) == read(&whole.join("t.parquet")));
}

/// Writes a table anew of whose columns something else is said.
fn doctor(path: &Path, with: impl Fn(&str, &mut ColumnCloseResult)) {
    let root = metadata(path).file_metadata().schema_descr().root_schema_ptr();
    doctor_as(path, root, with);
}

fn doctor_as(path: &Path, root: TypePtr, with: impl Fn(&str, &mut ColumnCloseResult)) {
    let of = metadata(path);
    let whole = Bytes::from(fs::read(path).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, root, properties).unwrap();
    for (group, chunks) in of.row_groups().iter().enumerate() {
        let mut columns = writer.next_row_group().unwrap();
        for (at, column) in chunks.columns().iter().enumerate() {
            let mut closed = ColumnCloseResult {
                bytes_written: column.byte_range().1,
                rows_written: chunks.num_rows() as u64,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: of.column_index().map(|all| all[group][at].clone()),
                offset_index: of.offset_index().map(|all| all[group][at].clone()),
            };
            with(&column.column_path().string(), &mut closed);
            columns.append_column(&whole, closed).unwrap();
        }
        columns.close().unwrap();
    }
    writer.close().unwrap();
}

#[test]
fn facts_are_read_whatever_is_said_of_where_their_pages_begin() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(10), WriterProperties::builder());
    let whole = folder.path().join("whole");
    done(&input, &whole, || ());
    doctor(&input, |name, closed| {
        if name == "destination" {
            let pages = &mut closed.offset_index.as_mut().unwrap().page_locations;
            assert_eq!(pages.len(), 4);
            let (first, last) = (pages[0].offset, pages[3].offset);
            (pages[0].offset, pages[3].offset) = (last, first);
        }
    });
    let output = folder.path().join("out");
    done(&input, &output, || ());
    let [expected, found] = [&whole, &output].map(|folder| read(&folder.join("t.parquet")));
    let errors = column(&expected, "weir_error");
    assert_ne!(errors[500], errors[ROWS - 500], "it matters which row goes where");
    assert!(found == expected);
}

#[test]
fn a_group_without_columns_does_not_shift_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(10), WriterProperties::builder());
    let whole = folder.path().join("whole");
    done(&input, &whole, || ());
    let root = metadata(&input).file_metadata().schema_descr().root_schema_ptr();
    let mut roots = root.get_fields().to_vec();
    let nothing = Type::group_type_builder("nothing").with_repetition(Repetition::OPTIONAL);
    roots.insert(1, Arc::new(nothing.build().unwrap()));
    let root = Type::group_type_builder("schema").with_fields(roots).build().unwrap();
    doctor_as(&input, Arc::new(root), |_, _| ());
    let output = folder.path().join("out");
    let report = done(&input, &output, || ());
    assert_eq!((report.decided, report.rejected.len()), (1, 0), "{:?}", report.rejected);
    let [expected, found] = [&whole, &output].map(|folder| read(&folder.join("t.parquet")));
    let names = |of: &RecordBatch| {
        of.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&found), names(&expected));
    for name in names(&expected) {
        assert!(column(&found, &name) == column(&expected, &name), "{name}");
    }
}

#[test]
fn a_table_that_is_written_over_while_it_is_copied_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(10), WriterProperties::builder());
    let whole = fs::read(&input).unwrap();
    let output = folder.path().join("out");
    let report = done(&input, &output, || {
        // It is as long as before, and its columns can be read.
        let mut file = File::options().write(true).open(&input).unwrap();
        file.write_all(&whole).unwrap();
        let before = file.metadata().unwrap().modified().unwrap();
        file.set_modified(before + Duration::from_secs(5)).unwrap();
    });
    assert_eq!((report.decided, report.rejected.len()), (0, 1));
    assert_eq!(report.rejected[0].1, "it was changed while it was read");
    nothing_left(&output, "t.parquet");
    // The same command goes on with what it has become.
    assert_eq!(done(&input, &output, || ()).decided, 1);
}

/// What a column's order is called is an empty struct in a union: 1, then two ends.
fn with_unknown_order(path: &Path, column: usize) {
    let count = metadata(path).file_metadata().schema_descr().num_columns();
    let mut bytes = fs::read(path).unwrap();
    let all = [0x1c, 0, 0].repeat(count);
    let at = bytes.windows(all.len()).rposition(|found| found == all).unwrap();
    bytes[at + 3 * column] = 0x9c;
    fs::write(path, bytes).unwrap();
}

#[test]
fn bounds_by_an_order_that_is_not_known_are_not_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in/t.parquet");
    write(&input, &rows(10), WriterProperties::builder());
    with_unknown_order(&input, 1);
    let orders = metadata(&input).file_metadata().column_orders().cloned().unwrap();
    assert_eq!(orders[1], ColumnOrder::UNKNOWN);
    assert!(matches!(orders[0], ColumnOrder::TYPE_DEFINED_ORDER(_)));
    let output = folder.path().join("out");
    done(&input, &output, || ());
    let (before, after) = (metadata(&input), metadata(&output.join("t.parquet")));
    for at in 0..orders.len() {
        let has = |of: &ParquetMetaData| {
            let pages = &of.column_index().unwrap()[0][at];
            let is_bound = |it: &Statistics| it.min_bytes_opt().is_some();
            (
                of.row_group(0).column(at).statistics().is_some_and(is_bound),
                !matches!(pages, ColumnIndexMetaData::NONE),
            )
        };
        assert_eq!(has(&after), if at == 1 { (false, false) } else { (true, true) }, "{at}");
        assert!(at == 1 || has(&before) == (true, true));
    }
}

/// Older engines write moments as INT96, whose bytes are in no order that all agree on.
#[test]
fn bounds_of_int96_are_not_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("t.parquet");
    let root = "message schema { required int96 at; required int64 quantity; \
                required binary date (UTF8); }";
    let root = Arc::new(parse_message_type(root).unwrap());
    let file = File::create(&input).unwrap();
    let mut writer = SerializedFileWriter::new(file, root, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let days: Vec<Int96> = (0..ROWS).map(|row| Int96::from(vec![0, 0, row as u32])).collect();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int96Type>().write_batch(&days, None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&vec![7; ROWS], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let days = vec![ByteArray::from("2025-06-02"); ROWS];
    column.typed::<ByteArrayType>().write_batch(&days, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let before = metadata(&input);
    assert!(before.row_group(0).column(0).statistics().is_some(), "there is something to leave");
    let output = folder.path().join("out");
    done(&input, &output, || ());
    let after = metadata(&output.join("t.parquet"));
    assert_eq!(after.row_group(0).column(0).column_type(), PhysicalType::INT96, "it was copied");
    assert_eq!(after.row_group(0).column(0).statistics(), None);
    let index = &after.column_index().unwrap()[0];
    assert!(matches!(index[0], ColumnIndexMetaData::NONE));
    assert!(!matches!(index[1], ColumnIndexMetaData::NONE));
    assert!(after.row_group(0).column(1).statistics().is_some());
}

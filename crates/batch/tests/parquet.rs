//! What is written as Parquet is read again as it was, whatever its texts are like, and others find
//! in the file what they look for.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use batch::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, StructArray, new_null_array,
};
use batch::arrow::compute::{cast, concat, concat_batches};
use batch::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use batch::arrow::ipc::CompressionType;
use batch::arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use batch::files::{Format, Writer, open};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::WriterProperties;

fn dictionary(keys: Vec<Option<i32>>, values: Vec<Option<&str>>) -> ArrayRef {
    let values = Arc::new(StringArray::from(values));
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(keys), values))
}

/// Rows from a number on. Each batch has a dictionary of its own, in another order.
fn batch(start: usize, rows: usize) -> RecordBatch {
    let at = start..start + rows;
    let texts = |of: &dyn Fn(usize) -> Option<String>| -> ArrayRef {
        Arc::new(at.clone().map(of).collect::<StringArray>())
    };
    let mut values = vec![Some("b"), None, Some(""), Some("ß∂"), Some("never")];
    values.rotate_left(start % 4);
    let keys = at.clone().map(|row| (row % 7 != 0).then_some((row % 4) as i32)).collect();
    let mut lists = ListBuilder::new(StringBuilder::new());
    for row in at.clone() {
        lists.append_value((0..row % 3).map(|item| (item != 1).then(|| format!("{row}-{item}"))));
    }
    let inner: ArrayRef = texts(&|row| (row % 5 != 0).then(|| format!("in-{}", row % 11)));
    let inner = StructArray::from(vec![(Arc::new(Field::new("a", DataType::Utf8, true)), inner)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("few", texts(&|row| Some(["DE", "CN", "MY"][row / 900 % 3].to_owned()))),
        ("own", texts(&|row| (row % 10 != 3).then(|| format!("line-{row:09}")))),
        ("late", texts(&|row| Some(if row < 100_000 { "x".to_owned() } else { row.to_string() }))),
        ("long", texts(&|row| (row % 9_000 == 1).then(|| "long ".repeat(40_000)))),
        ("none", new_null_array(&DataType::Utf8, rows)),
        ("keys", dictionary(keys, values)),
        ("weir_one", dictionary(vec![Some(0); rows], vec![Some("only")])),
        ("number", Arc::new(Int64Array::from_iter_values(at.clone().map(|row| row as i64 % 77)))),
        ("list", Arc::new(lists.finish())),
        ("inner", Arc::new(inner)),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), *name != "few"))
        .collect();
    let columns = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn metadata(path: &Path) -> ParquetMetaData {
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader.try_parse(&File::open(path).unwrap()).unwrap();
    reader.finish().unwrap()
}

#[test]
fn texts_of_every_kind_are_read_as_they_were_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let mut batches = Vec::new();
    let mut start = 0;
    // Of any length, among them one row, and more than a page or a row group holds.
    for rows in [1, 16_384, 5, 70_000, 16_384, 200_000, 3] {
        batches.push(batch(start, rows));
        start += rows;
    }
    let mut writer = Writer::create(&path, Format::Parquet, batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    let (_, read) = open(&path, Format::Parquet).unwrap();
    let read: Vec<RecordBatch> = read.map(Result::unwrap).collect();
    let read = concat_batches(&read[0].schema(), &read).unwrap();
    assert_eq!(read.num_rows(), start);
    // What was in the struct is a column by its path.
    for (name, column) in
        read.schema().fields().iter().map(|field| field.name()).zip(read.columns())
    {
        let of = |batch: &RecordBatch| match name.split_once('.') {
            Some((outer, inner)) => {
                let outer = batch.column_by_name(outer).unwrap().as_struct();
                Arc::clone(outer.column_by_name(inner).unwrap())
            }
            None => Arc::clone(batch.column_by_name(name).unwrap()),
        };
        let plain = |array: ArrayRef| match array.data_type() {
            DataType::Dictionary(..) => cast(&array, &DataType::Utf8).unwrap(),
            _ => array,
        };
        let written: Vec<ArrayRef> = batches.iter().map(|batch| plain(of(batch))).collect();
        let written: Vec<&dyn Array> = written.iter().map(AsRef::as_ref).collect();
        let written = concat(&written).unwrap();
        assert!(plain(Arc::clone(column)) == written, "{name} differs");
    }
}

#[test]
fn a_file_says_what_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let rows = batch(0, 280_000);
    let mut writer = Writer::create(&path, Format::Parquet, rows.schema()).unwrap();
    writer.write(&rows).unwrap();
    writer.finish().unwrap();
    let metadata = metadata(&path);
    assert_eq!(metadata.file_metadata().num_rows(), 280_000);
    assert_eq!(metadata.num_row_groups(), 2);
    let group = metadata.row_group(0);
    let column = |name: &str| {
        let found = group.columns().iter().find(|column| column.column_path().string() == name);
        found.unwrap()
    };
    let bounds = |name: &str| {
        let found = column(name).statistics().unwrap();
        let text = |bytes: Option<&[u8]>| bytes.map(|it| String::from_utf8(it.to_vec()).unwrap());
        (text(found.min_bytes_opt()), text(found.max_bytes_opt()), found.null_count_opt())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(bounds("few"), (some("CN"), some("MY"), Some(0)));
    assert_eq!(bounds("own").0, some("line-000000000"));
    assert_eq!(bounds("none"), (None, None, Some(group.num_rows() as u64)));
    assert_eq!(bounds("keys").1, some("ß∂"));
    // Texts that are too long to be bounds are none.
    assert_eq!(bounds("long").0, None);
    assert!(column("weir_one").statistics().is_none());
    // A column that was too much for its dictionary says so, and is read without one.
    let is_plain =
        |name: &str| column(name).page_encoding_stats_mask().unwrap().is_set(Encoding::PLAIN);
    assert!(is_plain("own") && is_plain("late") && !is_plain("few") && !is_plain("keys"));
    let (schema, _) = open(&path, Format::Parquet).unwrap();
    let of = |name: &str| schema.field_with_name(name).unwrap().data_type().clone();
    assert_eq!(of("own"), DataType::Utf8);
    assert!(matches!(of("few"), DataType::Dictionary(..)));
    // The pages of a column cover its rows, one after the other.
    let offsets = &metadata.offset_index().unwrap()[0];
    for (offsets, column) in offsets.iter().zip(group.columns()) {
        let pages = offsets.page_locations();
        assert_eq!(pages[0].first_row_index, 0, "{}", column.column_path());
        assert_eq!(pages[0].offset, column.data_page_offset(), "{}", column.column_path());
        let end = pages.last().map(|page| page.offset + i64::from(page.compressed_page_size));
        let (start, length) = column.byte_range();
        assert_eq!(end, Some((start + length) as i64), "{}", column.column_path());
    }
}

#[test]
fn every_codec_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let expected = batch(0, 3_000).project(&[0, 1, 7]).unwrap();
    let read = |path: &Path| {
        let (schema, batches) = open(path, Format::of(path).unwrap()).unwrap();
        let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
        let whole = concat_batches(&schema, &batches).unwrap();
        let fields = expected.schema().fields().clone();
        let plain = whole.columns().iter().zip(&fields);
        let columns = plain.map(|(column, field)| cast(column, field.data_type()).unwrap());
        RecordBatch::try_new(expected.schema(), columns.collect()).unwrap()
    };
    for codec in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let path = folder.path().join("t.parquet");
        let properties = WriterProperties::builder().set_compression(codec).build();
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, expected.schema(), Some(properties)).unwrap();
        writer.write(&expected).unwrap();
        writer.close().unwrap();
        assert_eq!(read(&path), expected, "{codec}");
    }
    for codec in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let options = || IpcWriteOptions::default().try_with_compression(codec).unwrap();
        let path = folder.path().join("t.feather");
        let (file, schema) = (File::create(&path).unwrap(), expected.schema());
        let mut writer = FileWriter::try_new_with_options(file, &schema, options()).unwrap();
        writer.write(&expected).unwrap();
        writer.finish().unwrap();
        assert_eq!(read(&path), expected, "{codec:?}");
        // A stream has no list of its batches at its end.
        let file = File::create(&path).unwrap();
        let mut writer = StreamWriter::try_new_with_options(file, &schema, options()).unwrap();
        writer.write(&expected.slice(0, 1_000)).unwrap();
        writer.write(&expected.slice(1_000, 2_000)).unwrap();
        writer.finish().unwrap();
        assert_eq!(read(&path), expected, "a stream, {codec:?}");
    }
}

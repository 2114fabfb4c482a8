//! What cells of odd types and values come to: a mistake of the row, or of the column as a whole.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use batch::Worker;
use batch::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListBuilder, Float64Array, Int64Array, ListArray,
    ListBuilder, RecordBatch, StringArray, StringBuilder,
};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::{DataType, Field, Int64Type};
use batch::files::{Format, open};
use batch::job::Job;
use support::{decider, done, job};

fn read(path: &Path) -> RecordBatch {
    let (schema, batches) = open(path, Format::of(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
    concat_batches(&schema, &batches).unwrap()
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let texts = cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    let texts = texts.as_string::<i32>();
    texts.iter().map(|text| text.filter(|text| !text.is_empty()).map(str::to_owned)).collect()
}

/// A batch is held to what a file is, whoever decides it.
#[test]
fn a_batch_without_a_day_or_of_a_wrong_type_is_told_once() {
    let decided = |columns: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let decided = decider(&[]).decide(&batch, &mut Worker::default());
        decided.map(|decided| decided.errors.len()).map_err(|why| why.to_string())
    };
    let days = || -> ArrayRef { Arc::new(StringArray::from(vec!["2025-06-02"; 2])) };
    let places = || -> ArrayRef { Arc::new(StringArray::from(vec!["CN"; 2])) };
    assert_eq!(decided(vec![("date", days()), ("destination", places())]), Ok(0));
    let why = decided(vec![("destination", places())]).unwrap_err();
    assert!(why.starts_with("column `date`: no column is this fact"), "{why}");
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let why = decided(vec![("date", days()), ("destination", numbers)]).unwrap_err();
    assert!(why.starts_with("column `destination`: a column of type Int64"), "{why}");
    let nothing: ArrayRef = Arc::new(Int64Array::from(vec![None, None]));
    assert_eq!(decided(vec![("date", days()), ("destination", nothing)]), Ok(0));
}

/// A list says what it does not hold, so that an item that is not known leaves nothing known.
#[test]
fn lists_of_every_type_hold_texts_alone() {
    let days: ArrayRef = Arc::new(StringArray::from(vec!["2025-06-02"; 5]));
    let lists = || {
        let mut lists = ListBuilder::new(StringBuilder::new());
        for items in [
            Some(vec![Some("uvl")]),
            Some(vec![None]),
            Some(vec![Some("uvl"), None]),
            Some(vec![]),
            None,
        ] {
            lists.append_option(items);
        }
        lists.finish()
    };
    let wrong = |list: ArrayRef, name: &str| {
        let rows = list.len();
        let columns = [("date", days.slice(0, rows)), (name, list)];
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        );
        let decided = decider(&[]).decide(&batch.unwrap(), &mut Worker::default()).unwrap();
        let codes = decided.errors.into_iter().map(|(row, errors)| (row, errors[0].code));
        codes.collect::<Vec<_>>()
    };
    let listed = "end_user.listed";
    let expected = [(1, "bad_list"), (2, "bad_list")];
    assert_eq!(wrong(Arc::new(lists()), listed), expected);
    let large = DataType::LargeList(Arc::new(Field::new_list_field(DataType::LargeUtf8, true)));
    assert_eq!(wrong(cast(&lists(), &large).unwrap(), listed), expected);
    let two = [Some(vec![Some("uvl"), Some("meu")]), Some(vec![Some("uvl"), None]), None];
    let mut fixed = FixedSizeListBuilder::new(StringBuilder::new(), 2);
    for items in two {
        let is_known = items.is_some();
        for item in items.unwrap_or_else(|| vec![None, None]) {
            fixed.values().append_option(item);
        }
        fixed.append(is_known);
    }
    assert_eq!(wrong(Arc::new(fixed.finish()), listed), [(1, "bad_list")]);
    // What holds no texts, and what is given for one value.
    let numbers = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1)]),
        Some(vec![]),
        None,
    ]);
    assert_eq!(wrong(Arc::new(numbers), listed), [(0, "bad_list")]);
    let of_one = [(0, "wrong_type"), (1, "wrong_type"), (2, "wrong_type"), (3, "wrong_type")];
    assert_eq!(wrong(Arc::new(lists()), "destination"), of_one);
    // A truth is no measure.
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None]));
    assert_eq!(wrong(floats, "permanent_employee"), [(0, "bad_bool")]);
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2)]));
    assert_eq!(wrong(ints, "permanent_employee"), [(1, "bad_bool")]);
}

/// A value that no folder can be named by costs its own row, and nobody else's.
#[test]
fn a_value_too_long_for_a_folder_is_the_mistake_of_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let head = "date,destination,quantity,end_user.name\n";
    let row = |name: &str| format!("2025-06-02,CN,1,{name}\n");
    let (long, foreign) = ("n".repeat(300), "é".repeat(60));
    for name in ["a.csv", "c.csv"] {
        fs::write(input.join(name), format!("{head}{}", row("Acme"))).unwrap();
    }
    let rows = [row("Acme"), row(&long), row(&foreign), row(&"n".repeat(200))].concat();
    fs::write(input.join("b.csv"), format!("{head}{rows}")).unwrap();
    let job = Job { partition_by: vec!["end_user.name".to_owned()], ..job(&[&input], &output) };
    let report = done(&job);
    assert_eq!((report.decided, report.rows, report.summary.errors), (3, 6, 2));
    assert_eq!(report.summary.decided(), 4);
    let rejects = fs::read_to_string(output.join("_weir/rejects.jsonl")).unwrap();
    let told: Vec<serde_json::Value> =
        rejects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), 2);
    for (told, (row, bytes)) in told.iter().zip([(2, 314), (3, 374)]) {
        assert_eq!((told["code"].as_str(), told["row"].as_u64()), (Some("long_value"), Some(row)));
        let message = told["message"].as_str().unwrap();
        assert!(message.contains(&format!("its name would have {bytes} bytes")), "{message}");
    }
    // Such rows are there, without a decision and with the reason.
    let none = output.join("end_user.name=__HIVE_DEFAULT_PARTITION__/b.csv");
    let kept = read(&none);
    assert_eq!(column(&kept, "weir_written_outcome"), [None, None]);
    let errors = column(&kept, "weir_error");
    assert!(errors.iter().flatten().all(|why| why.starts_with("long_value: ")), "{errors:?}");
    assert!(output.join(format!("end_user.name={}/b.csv", "n".repeat(200))).exists());
    assert_eq!(done(&job).kept, 3);
}

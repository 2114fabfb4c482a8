//! Rows whose form is broken, or only looks so: each has its own place, what can be read of it is
//! there, and its neighbors are decided.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::fs;

use batch::arrow::array::{ArrayRef, AsArray};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::DataType;
use batch::files::{Format, open};
use batch::job::{Job, Quiet, run};
use batch::{Decider, Mapping};
use support::{job, law_of};

/// Decides a file of that name and text, and reads columns of what comes out: a row a line, with
/// what is empty as `-`.
fn decided(name: &str, text: &str, map: &[&str], columns: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join(name), folder.path().join("out"));
    fs::write(&input, text).unwrap();
    let law = law_of("destination == \"CN\"");
    let mapping = Mapping::read(map.iter().copied(), law.vocabulary()).unwrap();
    let job = Job { format: Some(Format::Parquet), ..job(&[&input], &output) };
    let report = run(&job, &Decider::new(law, None, mapping), &Quiet).unwrap();
    assert_eq!(report.rejected, [], "the file itself is read");
    let stem = name.split('.').next().unwrap();
    let (schema, batches) = open(&output.join(format!("{stem}.parquet")), Format::Parquet).unwrap();
    let batches: Vec<_> = batches.map(Result::unwrap).collect();
    let batch = concat_batches(&schema, &batches).unwrap();
    let columns: Vec<_> = columns
        .iter()
        .map(|name| {
            let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no `{name}`"));
            cast(column, &DataType::Utf8).unwrap()
        })
        .collect();
    let cell = |column: &ArrayRef, row: usize| {
        let texts = column.as_string::<i32>();
        let text = texts.iter().nth(row).flatten().filter(|text| !text.is_empty());
        text.unwrap_or("-").split(": ").next().unwrap_or("-").to_owned()
    };
    let row = |row| columns.iter().map(|column| cell(column, row)).collect::<Vec<_>>().join(" ");
    (0..batch.num_rows()).map(row).collect()
}

/// What a row was decided as, or why it was not.
const ANSWER: [&str; 2] = ["weir_written_outcome", "weir_error"];

fn with_answer<'a>(columns: &[&'a str]) -> Vec<&'a str> {
    columns.iter().copied().chain(ANSWER).collect()
}

#[test]
fn names_whose_letters_are_escaped_are_the_same_names() {
    let text = [
        r#"{"date":"2025-06-02","item":{"sku":"H100"},"客户":{"国家":"CN"}}"#,
        r#"{"date":"2025-06-02","item.sku":"H200","\u5ba2\u6237.\u56fd\u5bb6":"CN"}"#,
        r#"{"date":"2025-06-02","item\u002esku":"H200","客户.国家":"DE"}"#,
        r#"{"date":"2025-06-02","item":{"sku":"a\\b"},"客户":{"国家":"DE"}}"#,
    ];
    let columns = with_answer(&["item.sku"]);
    assert_eq!(
        decided("a.jsonl", &text.join("\n"), &["destination=客户.国家"], &columns),
        [
            "H100 license_required -",
            "H200 license_required -",
            "H200 no_license_required -",
            "a\\b no_license_required -",
        ]
    );
}

#[test]
fn a_row_that_contradicts_itself_or_others_keeps_the_rest() {
    let text = [
        r#"{"id":"A","date":"2025-06-02","destination":"CN","tags":[1],"item":{"sku":"x"}}"#,
        r#"{"id":"B","date":"2025-06-02","destination":"CN","tags":"t","own":"b","item":{"sku":"y"}}"#,
        r#"{"id":"C","date":"2025-06-02","destination":"CN","item":{"sku":[1],"note":"n"},"own":1}"#,
        r#"{"id":"D","date":"2025-06-02","destination":"CN","item.sku":"p","item":{"sku":"q","note":"m"}}"#,
        r#"{"id":7,"date":"2025-06-02","destination":"CN","tags":{"a":[1,[2]]},"item.sku":"r"}"#,
        r#"{"id":"F","date":"2025-06-02","destination":"DE","tags":[2],"item.sku":"s"}"#,
    ];
    let columns = with_answer(&["id", "item.sku", "item.note", "own"]);
    assert_eq!(
        decided("a.jsonl", &text.join("\n"), &[], &columns),
        [
            "A x - - license_required -",
            "B y - b - mixed_types",
            "C - n 1 - mixed_types",
            "D - m - - given_twice",
            "7 r - - - mixed_types",
            "F s - - no_license_required -",
        ]
    );
}

#[test]
fn a_quote_after_another_delimiter_takes_no_row_away() {
    let text = "date,id,destination,note\n2025-06-02,A,CN,size;\"large\n\
                2025-06-02,B,DE,size;\"small\n";
    assert_eq!(
        decided("a.csv", text, &[], &with_answer(&["id", "note"])),
        ["A size;\"large license_required -", "B size;\"small no_license_required -",]
    );
}

#[test]
fn an_open_quote_does_not_end_at_the_next_rows_quote() {
    let text = "id,date,destination,note\n1,2025-06-02,CN,\"open\n\
                2,2025-06-02,DE,\"quoted note\"\n3,2025-06-02,CN,\"two\nlines\"\n";
    assert_eq!(
        decided("a.csv", text, &[], &with_answer(&["id", "note"])),
        [
            "1 open - open_quote",
            "2 quoted note no_license_required -",
            "3 two\nlines license_required -",
        ]
    );
}

#[test]
fn a_row_of_nothing_but_delimiters_is_a_row() {
    let text = ",,\nid,date,destination\nA,2025-06-02,CN\n,,\n\nB,2025-06-02,DE\n,,,\n";
    assert_eq!(
        decided("a.csv", text, &[], &with_answer(&["id"])),
        ["A license_required -", "- - missing_date", "B no_license_required -", "- - ragged_row",]
    );
    let tabs = "id\tdate\tdestination\n\t\t\nB\t2025-06-02\tDE\n";
    let found = decided("a.csv", tabs, &[], &with_answer(&["id"]));
    assert_eq!(found, ["- - missing_date", "B no_license_required -"]);
}

#[test]
fn a_value_of_many_lines_is_one_value() {
    let note = "line\n".repeat(250);
    let text =
        format!("id,date,destination,note\nA,2025-06-02,CN,\"{note}\"\nB,2025-06-02,DE,short\n");
    let found = decided("a.csv", &text, &[], &with_answer(&["id", "note"]));
    assert_eq!(
        found,
        [format!("A {note} license_required -"), "B short no_license_required -".to_owned()]
    );
}

#[test]
fn a_stray_carriage_return_is_told_as_what_it_is() {
    let text = "id,date,destination,note\nA,2025-06-02,CN,a\rb\n\
                B,2025-06-02,DE,\"a\rb\"\nC,2025-06-02,DE,c\r\r\n\
                D,2025-06-02,CN,\"d\"\rE,2025-06-02,CN,e\n";
    assert_eq!(
        decided("a.csv", text, &[], &with_answer(&["id", "note"])),
        [
            "A a\rb - stray_return",
            "B a\rb no_license_required -",
            "C c no_license_required -",
            "D d\rE - stray_return",
        ]
    );
}

//! Whatever stands in a cell, `weir batch` takes it as `weir check` does: as the same value, or as
//! a mistake. What one calls a mistake is never decided by the other.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use batch::files::{Format, Writer, open};
use serde_json::Value;
use support::weir;

/// Values as JSON writes them.
const VALUES: [&str; 41] = [
    "null",
    "true",
    "false",
    "0",
    "1",
    "1.0",
    "0.0",
    "1.5",
    "-1",
    "1e3",
    "64.000",
    "20250602",
    "1234567890123456789",
    "0.1234567890123456789",
    "1e400",
    r#""""#,
    r#"" ""#,
    r#""true""#,
    r#""1""#,
    r#""1.0""#,
    r#""1,000""#,
    r#""64.000""#,
    r#""2025-06-02""#,
    r#""2025-06-02T00:00:00Z""#,
    r#""DE""#,
    r#""uk""#,
    r#""XX""#,
    r#""none""#,
    r#""entity_list;uvl""#,
    "[]",
    "[null]",
    "[1]",
    "[true]",
    "[1.5]",
    r#"["DE"]"#,
    r#"["2025-06-02"]"#,
    r#"["entity_list"]"#,
    r#"["entity_list",null]"#,
    r#"["entity_list",1]"#,
    r#"[["entity_list"]]"#,
    r#"{"a":1}"#,
];

/// A fact of every type, lists of words and of texts among them.
const FACTS: [&str; 12] = [
    "date",
    "destination",
    "quantity",
    "value_usd",
    "item.tpp",
    "item.part_number",
    "end_user.hq",
    "end_user.listed",
    "certifications",
    "permanent_employee",
    "item.eccn",
    "end_use",
];

/// Orders that say one thing oddly, each on a line of its own: under the name of its file.
fn orders() -> BTreeMap<String, String> {
    let mut orders = BTreeMap::new();
    for fact in FACTS {
        for (at, value) in VALUES.iter().enumerate() {
            let mut order = format!(r#"{{"line_id":"{fact}-{at:02}""#);
            for (name, own) in [("date", r#""2025-06-02""#), ("destination", r#""DE""#)] {
                if name != fact {
                    order.push_str(&format!(r#","{name}":{own}"#));
                }
            }
            order.push_str(&format!(r#","{fact}":{value}}}"#));
            orders.insert(format!("{fact}-{at:02}"), order);
        }
    }
    orders
}

/// What became of an order: its outcomes, or the code of the mistake.
type Went = Result<[String; 2], String>;

fn checked(orders: &BTreeMap<String, String>) -> BTreeMap<String, Went> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.jsonl");
    let lines: String = orders.values().map(|order| format!("{order}\n")).collect();
    fs::write(&path, lines).unwrap();
    let path = path.to_str().unwrap();
    let output = weir(&["check", path, "--no-carry", "--format", "jsonl", "-q"], b"");
    let said = String::from_utf8(output.stdout).unwrap();
    let went = |line: &str| -> Went {
        let line: Value = serde_json::from_str(line).unwrap();
        match line["errors"].as_array().and_then(|errors| errors.first()) {
            Some(error) => Err(error["code"].as_str().unwrap().to_owned()),
            None => Ok(["written", "enforced"]
                .map(|reading| line[reading]["outcome"].as_str().expect("an outcome").to_owned())),
        }
    };
    assert_eq!(said.lines().count(), orders.len());
    orders.keys().cloned().zip(said.lines().map(went)).collect()
}

/// What becomes of each file of a folder, of which some are refused as a whole.
fn decided(input: &Path, output: &Path) -> BTreeMap<String, Went> {
    let (from, to) = (input.to_str().unwrap(), output.to_str().unwrap());
    let run = weir(&["batch", from, "-o", to, "--format", "jsonl", "-q"], b"");
    assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stderr));
    let mut went = BTreeMap::new();
    for entry in fs::read_dir(input).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        let decided = fs::read_to_string(output.join(format!("{name}.jsonl")));
        let of_row = |text: String| -> Went {
            let line: Value = serde_json::from_str(text.trim()).unwrap();
            match line["weir_error"].as_str() {
                Some(error) => Err(error.split(':').next().unwrap().to_owned()),
                None => Ok(["written", "enforced"].map(|reading| {
                    let outcome = &line[format!("weir_{reading}_outcome").as_str()];
                    outcome.as_str().expect("an outcome").to_owned()
                })),
            }
        };
        went.insert(name, decided.map_or(Err("bad_file".to_owned()), of_row));
    }
    went
}

#[test]
fn odd_values_are_the_same_mistakes_in_tables() {
    let folder = tempfile::tempdir().unwrap();
    let (lines, parquet) = (folder.path().join("lines"), folder.path().join("parquet"));
    fs::create_dir(&lines).unwrap();
    fs::create_dir(&parquet).unwrap();
    let orders = orders();
    for (name, order) in &orders {
        let path = lines.join(format!("{name}.jsonl"));
        fs::write(&path, format!("{order}\n")).unwrap();
        // A column of Arrow is of one type, and an object in it is columns of its own.
        if order.contains(",1]") || order.contains(r#"{"a":"#) {
            continue;
        }
        let (schema, batches) = open(&path, Format::JsonLines).unwrap();
        let path = parquet.join(format!("{name}.parquet"));
        let mut writer = Writer::create(&path, Format::Parquet, schema).unwrap();
        batches.for_each(|batch| writer.write(&batch.unwrap()).unwrap());
        writer.finish().unwrap();
    }
    let expected = checked(&orders);
    let codes = |code: &str| expected.values().filter(|went| **went == Err(code.into())).count();
    for code in ["bad_list", "wrong_type", "bad_bool", "bad_country", "unknown_word"] {
        assert!(codes(code) > 0, "no value is {code}");
    }
    assert!(expected.values().filter(|went| went.is_ok()).count() > 60);
    let mut found = Vec::new();
    for (form, input) in [("lines", &lines), ("parquet", &parquet)] {
        let went = decided(input, &folder.path().join(format!("out-{form}")));
        assert!(went.len() > orders.len() - 3 * FACTS.len());
        for (name, went) in went {
            let is_same = match (&expected[&name], &went) {
                // A column is refused as a whole, and told once.
                (Err(_), Err(code)) if code == "bad_file" => true,
                // A line takes truths as texts; a column of them is no column of texts.
                (Ok(_), Err(code)) if code == "bad_file" => {
                    [":true}", ":false}"].iter().any(|end| orders[&name].ends_with(end))
                }
                (one, other) => one == other,
            };
            if !is_same {
                let order = &orders[&name];
                found.push(format!("{form}: {order}\n  {:?}\n  {went:?}", expected[&name]));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

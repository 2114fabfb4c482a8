//! Bad input gets a clear error that names row, column and the way out; the other lines are
//! decided.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use serde_json::Value;
use support::{check, json_lines, stderr, weir};

const HEAD: &str = "line_id,date,destination,quantity,item.sku,end_user.parent_hq";

fn orders(lines: &[&str]) -> String {
    format!("{HEAD}\n{}\n", lines.join("\n"))
}

/// The error of one line between two good ones, which must come back decided.
#[track_caller]
fn error_between(bad: &str) -> Value {
    let good = "a,2024-06-01,CN,1,nvidia-h100-sxm,CN";
    let (answers, _) = check(orders(&[good, bad, good]));
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(answers[0]["written"]["outcome"], "license_required");
    assert_eq!(answers[2]["written"], answers[0]["written"]);
    assert_eq!(answers[1]["error"]["row"], 3);
    answers[1]["error"].clone()
}

#[track_caller]
fn expect_error(bad: &str, code: &str, column: &str, hint: &str) {
    let error = error_between(bad);
    assert_eq!(error["code"], code, "{error}");
    assert_eq!(error["column"].as_str().unwrap_or(""), column, "{error}");
    assert!(error["hint"].as_str().unwrap_or("").contains(hint), "{error}");
}

#[test]
fn every_mistake_of_a_row_is_told() {
    let error = |line: &str| {
        let (answers, _) = check(orders(&[line]));
        let errors = answers[0]["errors"].as_array().expect("a list of mistakes").clone();
        assert_eq!(answers[0]["error"], errors[0]);
        let told: Vec<String> = errors
            .iter()
            .map(|error| format!("{} {}", error["code"], error["column"]).replace('"', ""))
            .collect();
        told.join(", ")
    };
    for (line, told) in [
        (
            "b,2024-13-01,UK,1.5,nvidia-h1000,CN",
            "bad_date date, bad_country destination, not_whole quantity, unknown_sku item.sku",
        ),
        ("b,,UK,1,nvidia-h100-sxm,CN", "bad_country destination, missing_date date"),
        ("b,,CN,1,nvidia-h100-sxm,CN", "missing_date date"),
        ("b,x,UK", "ragged_row null"),
    ] {
        assert_eq!(error(line), told, "{line}");
    }
    let (answers, _) = check("{\"date\":\"x\",\"destination\":7,\"quantity\":[1]}\n");
    assert_eq!(answers[0]["errors"].as_array().map(Vec::len), Some(3), "{answers:?}");
    let input = orders(&["b,2024-13-01,UK,1,nvidia-h100-sxm,CN"]);
    let csv = weir(&["check", "-", "--format", "csv"], input.as_bytes());
    let csv = String::from_utf8(csv.stdout).expect("UTF-8");
    assert!(csv.contains("(column date); bad_country: "), "{csv}");
    let table = weir(&["check", "-", "--format", "table"], input.as_bytes());
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert!(table.contains("column date") && table.contains("column destination"), "{table}");
    let explained = weir(&["explain", "-"], input.as_bytes());
    let said = stderr(&explained);
    assert!(said.contains("is not a date\nrow 2: `UK` is not"), "{said}");
}

#[test]
fn a_described_item_needs_no_chip_even_where_its_figure_is_wrong() {
    let input = "date,destination,item.sku,item.tpp\n2024-06-01,CN,my-chip,4.800.0\n";
    let (answers, _) = check(input);
    let errors = answers[0]["errors"].as_array().expect("a list of mistakes");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0]["column"], "item.tpp");
}

#[test]
fn values_that_are_wrong() {
    expect_error("b,2024-13-01,CN,1,nvidia-h100-sxm,CN", "bad_date", "date", "YYYY-MM-DD");
    expect_error("b,06/01/2024,CN,1,nvidia-h100-sxm,CN", "bad_date", "date", "2024-MM-DD");
    expect_error("b,,CN,1,nvidia-h100-sxm,CN", "missing_date", "date", "YYYY-MM-DD");
    expect_error("b,2024-06-01,UK,1,nvidia-h100-sxm,CN", "bad_country", "destination", "GB");
    expect_error("b,2024-06-01,Germany,1,nvidia-h100-sxm,CN", "bad_country", "destination", "DE");
    expect_error("b,2024-06-01,XX,1,nvidia-h100-sxm,CN", "bad_country", "destination", "ISO");
    expect_error("b,2024-06-01,CN,-5,nvidia-h100-sxm,CN", "number_out_of_range", "quantity", "");
    expect_error(
        "b,2024-06-01,CN,99999999999999,nvidia-h100-sxm,CN",
        "number_out_of_range",
        "quantity",
        "unit",
    );
    expect_error("b,2024-06-01,CN,1.5,nvidia-h100-sxm,CN", "not_whole", "quantity", "");
    expect_error("b,2024-06-01,CN,\"1,000\",nvidia-h100-sxm,CN", "bad_number", "quantity", "1000");
    expect_error("b,2024-06-01,CN,500 pcs,nvidia-h100-sxm,CN", "bad_number", "quantity", "500");
    expect_error(
        "b,2024-06-01,CN,1e400,nvidia-h100-sxm,CN",
        "number_out_of_range",
        "quantity",
        "digits",
    );
    expect_error(
        "b,2024-06-01,CN,1,nvidia-h100-smx,CN",
        "unknown_sku",
        "item.sku",
        "nvidia-h100-sxm",
    );
}

#[test]
fn rows_that_are_broken() {
    expect_error("b,2024-06-01,CN,1", "ragged_row", "", "delimiters");
    expect_error("b,2024-06-01,CN,1,nvidia-h100-sxm,CN,more", "ragged_row", "", "quotes");
    expect_error("b,2024-06-01,\"CN,1,nvidia-h100-sxm,CN", "open_quote", "", "two quotes");
    let long = format!("b,2024-06-01,CN,1,{},CN", "x".repeat(3 << 20));
    expect_error(&long, "line_too_long", "", "line break");
}

#[test]
fn an_endless_line_costs_no_memory_and_loses_no_neighbor() {
    let good = "a,2024-06-01,CN,1,nvidia-h100-sxm,CN";
    let mut text = orders(&[good]).into_bytes();
    text.resize(text.len() + (200 << 20), b'x');
    text.extend_from_slice(format!("\n{good}\n").as_bytes());
    let (answers, _) = check(&text);
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[1]["error"]["code"], "line_too_long");
    assert_eq!(answers[2]["written"]["outcome"], "license_required");
}

#[test]
fn encodings() {
    let mut text = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]).into_bytes();
    text.extend_from_slice(b"b,2024-06-01,CN,1,nvidia-h100-sxm\xe9,CN\n");
    let (answers, _) = check(&text);
    assert_eq!(answers[1]["error"]["code"], "bad_encoding");
    assert_eq!(answers[1]["error"]["column"], "item.sku");
    let windows = format!("\u{feff}{}", orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]));
    let (answers, _) = check(windows.replace('\n', "\r\n"));
    assert_eq!(answers[0]["written"]["outcome"], "license_required", "{answers:?}");
    let semicolons = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]).replace(',', ";");
    assert_eq!(check(semicolons).0[0]["written"]["outcome"], "license_required");
}

#[test]
fn columns() {
    let (answers, said) =
        check("date,destination,item.tpp,end_user.parent,memo\n2024-06-01,DE,100,CN,x\n");
    assert_eq!(answers[0]["extra"]["memo"], "x");
    assert_eq!(said.matches("warning: columns").count(), 1, "{said}");
    assert!(said.contains("`end_user.parent`") && said.contains("memo"), "{said}");
    let refused = |text: &str| {
        let output = weir(&["check", "-"], text.as_bytes());
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let error = refused("dat,destination\n2024-06-01,DE\n");
    assert!(
        error.contains("column `date` is missing") && error.contains("is `dat` meant?"),
        "{error}"
    );
    assert!(refused("date,destination,date\n").contains("there twice"));
}

#[test]
fn files_that_are_no_order_books() {
    for (bytes, said) in [
        (b"".as_slice(), "is empty"),
        (b"\n \n", "is empty"),
        (b"\x7fELF\x00\x01", "not a text file"),
        (b"PAR1\x00", "Parquet"),
        (b"PK\x03\x04\x00", "spreadsheet"),
        (b"\xff\xfed\x00a\x00", "UTF-16"),
        (b"[{\"date\": \"2024-06-01\"}]", "jq -c"),
    ] {
        let output = weir(&["check", "-"], bytes);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let error = stderr(&output);
        assert!(error.contains(said) && error.contains("hint:"), "{error}");
    }
    let output = weir(&["check", "no-such-file.csv"], b"");
    assert!(stderr(&output).contains("cannot open `no-such-file.csv`"));
}

#[test]
fn json_lines_that_are_wrong() {
    let input = "{\"date\": \"2024-06-01\", \"destination\": \"CN\", \"item\": {\"tpp\": 4800, \"datacenter\": true, \"kind\": \"chip\"}}\n\
                 {broken\n[1]\n{\"date\": \"2024-06-01\", \"destination\": [\"CN\"]}\n\
                 {\"date\": \"2024-06-01\", \"destination\": \"CN\", \"certifications\": [1]}\n";
    let (answers, _) = check(input);
    assert_eq!(answers[0]["written"]["outcome"], "license_required", "{}", answers[0]);
    for (at, code) in [(1, "bad_json"), (2, "bad_json"), (3, "wrong_type"), (4, "bad_list")] {
        assert_eq!(answers[at]["error"]["code"], code, "{}", answers[at]);
    }
}

/// A number of JSON has no marks of thousands; a text may have.
#[test]
fn numbers_of_json_are_numbers() {
    let line = |quantity: &str| {
        format!(
            "{{\"date\": \"2024-06-01\", \"destination\": \"CN\", \"item.sku\": \
             \"nvidia-h100-sxm\", \"quantity\": {quantity}}}\n"
        )
    };
    let (answers, _) = check(line("64.000") + &line("64.125") + &line("\"64.000\""));
    assert_eq!(answers[0]["written"]["outcome"], "license_required", "{}", answers[0]);
    assert_eq!(answers[1]["error"]["code"], "not_whole", "{}", answers[1]);
    assert_eq!(answers[2]["error"]["code"], "bad_number", "{}", answers[2]);
}

#[test]
fn one_thing_is_said_once_or_alike() {
    let line =
        |item: &str| format!("{{\"date\": \"2024-06-01\", \"destination\": \"CN\", {item}}}\n");
    let (answers, _) = check(
        line(r#""item.sku": "nvidia-h100-sxm", "item": {"sku": "nvidia-h100-sxm"}"#)
            + &line(r#""item.sku": "nvidia-h100-sxm", "item": {"sku": "nvidia-h200-sxm"}"#)
            + &line(r#""item": {"sku": "nvidia-h100-sxm"}, "item.sku": null"#),
    );
    assert_eq!(answers[0]["written"]["outcome"], "license_required", "{}", answers[0]);
    assert_eq!(answers[1]["error"]["code"], "given_twice", "{}", answers[1]);
    assert_eq!(answers[2]["written"]["outcome"], "license_required", "{}", answers[2]);
}

#[test]
fn days_outside_the_packs_are_answered_with_a_warning() {
    let (answers, said) = check(orders(&[
        "early,2001-01-01,CN,1,nvidia-h100-sxm,CN",
        "late,2031-01-01,CN,1,nvidia-h100-sxm,CN",
    ]));
    let flag = |at: usize| answers[at]["written"]["flags"].to_string();
    assert_eq!(answers[0]["written"]["outcome"], "no_license_required");
    assert!(flag(0).contains("before-first"), "{}", flag(0));
    assert!(flag(1).contains("unverified"), "{}", flag(1));
    assert!(said.contains("1 line is dated after"), "{said}");
    assert!(said.contains("1 line is dated before 2022-10-07"), "{said}");
}

#[test]
fn facts_that_contradict_the_catalogue() {
    let head = "date,destination,item.sku,item.tpp\n2024-06-01,CN,nvidia-h100-sxm,";
    let (answers, _) = check(format!("{head}15000\n"));
    assert_eq!(answers[0]["warnings"][0]["code"], "tpp_differs", "{}", answers[0]);
    // A slipped digit would take the chip out of 3A090.a.2 or of control altogether.
    let (answers, _) = check(format!("{head}1583\n"));
    assert_eq!(answers[0]["error"]["code"], "tpp_contradicts", "{}", answers[0]);
}

#[test]
fn statuses_tell_how_a_run_ended() {
    let good = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]);
    let bad = orders(&["a,2024-99-01,CN,1,nvidia-h100-sxm,CN"]);
    let status = |arguments: &[&str], text: &str| weir(arguments, text.as_bytes()).status.code();
    assert_eq!(status(&["check", "-"], &good), Some(0));
    assert_eq!(status(&["check", "-", "--fail-on", "license_required,unresolved"], &good), Some(3));
    assert_eq!(status(&["check", "-", "--fail-on", "license_exception"], &good), Some(0));
    assert_eq!(status(&["check", "-"], &bad), Some(0));
    assert_eq!(status(&["check", "-", "--strict"], &bad), Some(1));
    assert_eq!(status(&["check", "-", "--fail-on", "maybe"], &good), Some(1));
    assert_eq!(status(&["chek", "-"], &good), Some(1));
}

#[test]
fn lines_of_one_file_draw_on_the_same_quota() {
    let head = "line_id,date,destination,quantity,item.sku,exporter.hq,exporter.informed,end_user.name,\
                end_user.location,end_user.hq,end_user.parent_hq,end_user.sector,end_user.listed,\
                end_user.listed_share,end_user.approved_under,end_use,authorization,certifications,\
                lpp_used_tpp,country_used_tpp";
    let line = |id: &str, quantity: u32, buyer: &str| {
        format!(
            "{id},2025-06-02,MY,{quantity},nvidia-h100-sxm,US,none,{buyer},MY,MY,MY,private,none,0,none,\
             civil,none,lpp,0,0"
        )
    };
    let text = [
        head.to_string(),
        line("a", 1000, "X"),
        line("b", 699, "X"),
        line("c", 1, "X"),
        line("d", 1699, "Y"),
    ]
    .join("\n");
    let (answers, _) = check(&text);
    let outcomes: Vec<&str> =
        answers.iter().filter_map(|answer| answer["written"]["outcome"].as_str()).collect();
    assert_eq!(
        outcomes,
        ["license_exception", "license_exception", "license_required", "license_exception"]
    );
    assert_eq!(answers[1]["written"]["draws"][0]["remaining_tpp"], 1432);
    let because = answers[2]["written"]["because"].to_string();
    assert!(because.contains("crossed by 14,400 TPP"), "{because}");
    let output = weir(&["check", "-", "--format", "jsonl", "--no-carry"], text.as_bytes());
    assert_eq!(json_lines(&output)[2]["written"]["outcome"], "license_exception");
}

#[test]
fn what_a_spreadsheet_does_to_orders() {
    expect_error("b,2024-06-01,CN,1.000,nvidia-h100-sxm,CN", "bad_number", "quantity", "1000");
    expect_error(
        "b,2024-06-01T10:00,CN,1,nvidia-h100-sxm,CN",
        "bad_date",
        "date",
        "write 2024-06-01",
    );
    expect_error("b,2024-06-01,CN,1,nvidia h200,CN", "unknown_sku", "item.sku", "nvidia-h200-sxm");
    let (answers, _) = check(orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN", ",,,,,"]));
    assert_eq!(answers.len(), 1);
    let bad = orders(&["a,2024-99-01,CN,1,nvidia-h100-sxm,CN"]);
    let output = weir(&["check", "-", "--fail-on", "license_required"], bad.as_bytes());
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn assumptions_outputs_and_tables_are_checked_before_the_first_line() {
    let good = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]);
    for (arguments, said) in [
        (["check", "-", "--assume", "destination=UK"], "not a country code"),
        (["check", "-", "--parts", "no-such.csv"], "cannot read `no-such.csv`"),
        (["check", "-", "--law", "Cargo.toml"], "holds no law pack"),
    ] {
        let output = weir(&arguments, good.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    let output = weir(&["check", "-"], b"date,destination\r2024-06-01,CN\r");
    assert!(stderr(&output).contains("carriage returns only"));
}

/// A link keeps pointing where it did, and its target gets the answers.
#[cfg(unix)]
#[test]
fn an_output_that_is_a_link_is_followed() {
    let folder = std::env::temp_dir().join(format!("weir-link-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (target, link) = (folder.join("target.jsonl"), folder.join("link.jsonl"));
    std::fs::write(&target, "old").expect("it is written");
    std::os::unix::fs::symlink(&target, &link).expect("a link");
    let good = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]);
    let output = weir(&["check", "-", "-o", &link.display().to_string()], good.as_bytes());
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(std::fs::symlink_metadata(&link).expect("the link").is_symlink());
    assert!(std::fs::read_to_string(&target).expect("the target").contains("license_required"));
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn what_excel_does_to_a_file() {
    let rows = "line_id;date;destination;quantity;item.sku;note, free\n\
                a;2024-06-01;CN;1;nvidia-h100-sxm;x, y\nb;2024-13-01;CN;1;nvidia-h100-sxm;\n";
    for (first, row) in [("sep=;\r\n", 4), ("\u{feff}SEP=;\n", 4), ("\"sep=;\"\n", 4), ("", 3)] {
        let (answers, _) = check(format!("{first}{rows}"));
        assert_eq!(answers.len(), 2, "{answers:?}");
        assert_eq!(answers[0]["written"]["outcome"], "license_required");
        assert_eq!(answers[0]["extra"]["note, free"], "x, y");
        assert_eq!(answers[1]["error"]["row"], row, "{first:?}");
    }
    let tabs = rows.replace(';', "\t");
    for first in ["", "sep=\t\n"] {
        let (answers, _) = check(format!("{first}{tabs}"));
        assert_eq!(answers[0]["line_id"], "a", "{answers:?}");
    }
    let commas = "date,destination,\"a;b;c;d\"\n2024-06-01,CN,x\n";
    assert_eq!(check(commas).0[0]["extra"]["a;b;c;d"], "x");
}

#[test]
fn headers_that_mean_a_fact() {
    let (_, said) = check(
        "date,Destination,SKU,Line ID,Qty.,End User Parent HQ,EndUseType,ECCN Code,part number,memo\n\
         2024-06-01,DE,x,1,1,CN,x,x,,x\n",
    );
    for hint in [
        "`SKU` (is `item.sku` meant?)",
        "`Line ID` (is `line_id` meant?)",
        "`End User Parent HQ` (is `end_user.parent_hq` meant?)",
        "`ECCN Code` (is `item.eccn` meant?)",
        "`EndUseType` (is `end_use` meant?)",
        "`part number` (is `item.part_number` meant?)",
        ", `memo`\n",
    ] {
        assert!(said.contains(hint), "{hint}: {said}");
    }
    let output = weir(&["check", "-"], b"Ship Date,Destination Country\n2024-06-01,DE\n");
    assert!(stderr(&output).contains("is `Ship Date` meant? rename it to `date`"));
    let output = weir(&["check", "-"], b"date,Destination Country\n2024-06-01,DE\n");
    let said = stderr(&output);
    assert!(said.contains("is `Destination Country` meant? rename it to `destination`"), "{said}");
}

#[test]
fn chinese_bytes_are_told_from_western_ones() {
    let mut text = orders(&["a,2024-06-01,CN,1,nvidia-h100-sxm,CN"]).into_bytes();
    text.extend_from_slice(b"b,2024-06-01,\xd6\xd0\xb9\xfa,1,nvidia-h100-sxm,CN\n");
    let (answers, _) = check(&text);
    let hint = answers[1]["error"]["hint"].as_str().unwrap_or_default().to_string();
    assert!(hint.contains("iconv -f GB18030"), "{hint}");
    let output = weir(&["check", "-"], b"date,destination,\xb1\xb8\xd7\xa2\n");
    assert!(stderr(&output).contains("iconv -f GB18030"), "{}", stderr(&output));
}

#[test]
fn pretty_json_is_no_json_lines() {
    let pretty = "{\n  \"date\": \"2024-06-01\",\n  \"destination\": \"CN\"\n}\n";
    let output = weir(&["check", "-"], pretty.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("hint: jq -c . FILE"), "{}", stderr(&output));
    // A broken first line is one bad line.
    let (answers, _) = check("{\"date\": \n{\"date\": \"2024-06-01\", \"destination\": \"CN\"}\n");
    assert_eq!(answers[0]["error"]["code"], "bad_json");
    assert_eq!(answers.len(), 2);
}

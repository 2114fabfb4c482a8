//! The tables of `data/`: every figure has a source, and the vendors' own points come out of the
//! published specifications or are listed with the reason why not.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::{BTreeSet, HashMap, HashSet};

use support::check;
use weir_cli::library::{Added, Library};

fn table(name: &str) -> Vec<HashMap<String, String>> {
    rows_of(&format!("{}/../../data/{name}", env!("CARGO_MANIFEST_DIR")))
}

/// What each chip falls under by the tests of October 2022 and October 2023, worked out from the
/// figures of the catalogue and the wording of the rules without the packs, in three values.
fn classes() -> Vec<HashMap<String, String>> {
    rows_of(&format!("{}/tests/chips/classes.csv", env!("CARGO_MANIFEST_DIR")))
}

fn rows_of(path: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("the table is there");
    let header = reader.headers().expect("it has a header").clone();
    let row = |record: csv::StringRecord| {
        header.iter().map(str::to_string).zip(record.iter().map(str::to_string)).collect()
    };
    reader.records().map(|record| row(record.expect("the table is regular"))).collect()
}

#[test]
fn every_chip_has_a_key_and_a_source() {
    let chips = table("chips.csv");
    let keys: HashSet<&String> = chips.iter().map(|chip| &chip["sku"]).collect();
    assert_eq!(keys.len(), chips.len());
    for chip in &chips {
        assert!(!chip["source"].is_empty() && !chip["sure"].is_empty(), "{}", chip["sku"]);
        assert!(!chip.contains_key("tpp"), "performance is computed, never stored");
    }
}

/// A point is explained by a rate and a bit length whose product is the vendor's figure exactly
/// (the reason says how the rate is rounded), or it says why it is not.
#[test]
fn vendor_points_are_reproduced_or_explained() {
    let points = table("vendor_points.csv");
    assert_eq!(points.len(), 25);
    let number = |text: &str| law::Num::parse(text).expect("a number");
    for point in &points {
        assert!(!point["reason"].is_empty(), "{point:?}");
        if point["explained"] != "yes" {
            continue;
        }
        let product = number(&point["rate_tflops"]).checked_mul(number(&point["bit_length"]));
        let product = product.expect("fits").to_decimals(0);
        assert_eq!(product, point["tpp_published"], "{point:?}");
    }
    assert!(points.iter().filter(|point| point["explained"] == "yes").count() >= 12);
}

/// The packs derive the vendor's classification for every part that has a published performance,
/// but for these, each of which is argued in `vendor_points.csv`.
#[test]
fn parts_are_classified_as_their_vendor_does() {
    let parts = table("parts/nvidia.csv");
    let with_tpp: Vec<_> = parts.iter().filter(|part| !part["tpp"].is_empty()).collect();
    let mut input = String::from("line_id,date,destination,item.part_number\n");
    for part in &with_tpp {
        let number = &part["part_number"];
        input.push_str(&format!("{number},2026-07-31,CN,{number}\n"));
    }
    let (answers, _) = check(&input);
    assert_eq!(answers.len(), with_tpp.len());
    let mut differing = BTreeSet::new();
    for (answer, part) in answers.iter().zip(&with_tpp) {
        if answer["warnings"].to_string().contains("eccn_differs") {
            differing.insert(format!("{} {}", part["eccn"], part["tpp"]));
        }
    }
    let differing: Vec<String> = differing.into_iter().collect();
    println!("{} parts compared, differing: {differing:?}", with_tpp.len());
    assert_eq!(differing, ["4A090.a 3822", "5A992.c 7024"]);
}

/// The paragraph of 3A090 that the packs put a chip in, a day of each rule.
fn classified(library: &Library, sku: &str) -> [String; 2] {
    ["2022-12-01", "2023-12-01"].map(|day| {
        let line = format!(r#"{{"date":"{day}","item.sku":"{sku}"}}"#);
        let answer = library.classify(line.as_bytes());
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("it is JSON");
        assert_eq!(answer["as_of"], day, "{answer}");
        match (answer["classification"].as_array().expect("a list").as_slice(), &answer["open"]) {
            ([], open) if *open == true => "not known".to_owned(),
            ([], _) => "none".to_owned(),
            ([code], _) => code.as_str().expect("a text").to_owned(),
            (more, _) => panic!("{sku} is in {more:?}"),
        }
    })
}

#[test]
fn every_chip_is_classified_as_the_rules_of_2022_and_2023_say() {
    let library = Library::open(Added::default()).expect("the shipped law");
    let keys = |table: Vec<HashMap<String, String>>| -> BTreeSet<String> {
        table.into_iter().map(|row| row["sku"].clone()).collect()
    };
    assert_eq!(keys(classes()), keys(table("chips.csv")), "each chip has its row");
    for row in classes() {
        let found = classified(&library, &row["sku"]);
        let wanted = ["october_2022", "october_2023"].map(|rule| row[rule].clone());
        assert_eq!(found, wanted, "{}", row["sku"]);
    }
}

/// The cases that the classifier is known by: what the first rule caught, what was made to escape
/// it and was caught by the second, and what was made to escape that one.
#[test]
fn chips_that_a_rule_was_written_for_or_escaped_are_classified() {
    let library = Library::open(Added::default()).expect("the shipped law");
    for (sku, october_2022, october_2023) in [
        ("nvidia-a100-sxm", "3A090.a", "3A090.a"),
        ("nvidia-h100-sxm", "3A090.a", "3A090.a"),
        ("nvidia-a800-sxm", "none", "3A090.a"),
        ("nvidia-h800-sxm", "none", "3A090.a"),
        ("nvidia-l40", "none", "3A090.b"),
        ("amd-mi210", "none", "3A090.b"),
        ("nvidia-l40s", "none", "3A090.a"),
        ("nvidia-rtx-4090", "none", "3A090.a"),
        ("nvidia-h20", "none", "none"),
        ("nvidia-l20", "none", "none"),
        ("nvidia-l2", "none", "none"),
        ("nvidia-rtx-4090-d", "none", "none"),
    ] {
        assert_eq!(classified(&library, sku), [october_2022, october_2023], "{sku}");
    }
}

/// A list of chips that others classified: where it says something else, the table says why, and
/// only there.
#[test]
fn classes_are_those_of_the_list_of_chips_or_it_is_said_why() {
    let list = format!("{}/../../../shared/chips/chips.csv", env!("CARGO_MANIFEST_DIR"));
    if !std::path::Path::new(&list).is_file() {
        println!("left out: the shared list of chips is not beside the repository");
        return;
    }
    let list: HashMap<String, HashMap<String, String>> =
        rows_of(&list).into_iter().map(|row| (row["name"].clone(), row)).collect();
    let said = |text: &str| match text {
        "not caught" | "not controlled" | "not controlled (not DC-marketed)" => Some("none"),
        "3A090" | "3A090.a" | "3A090.a-level but not DC-marketed (NAC/ACA)" => Some("3A090.a"),
        "3A090.b" => Some("3A090.b"),
        "unknown (no interconnect)" | "unknown (no die area)" => Some("not known"),
        "" => None,
        other => panic!("the list says `{other}`"),
    };
    let mut compared = 0;
    for row in classes().iter().filter(|row| !row["listed_as"].is_empty()) {
        let listed = &list[&row["listed_as"]];
        let is_same =
            |ours: &str, theirs: &str| said(&listed[theirs]).is_none_or(|it| it == row[ours]);
        let same =
            is_same("october_2022", "rule_2022_10") && is_same("october_2023", "rule_2023_10");
        assert_eq!(same, row["why"].is_empty(), "{row:?} {listed:?}");
        compared += 1;
    }
    assert!(compared > 130, "{compared}");
}

#[test]
fn countries_are_those_of_iso() {
    let countries = table("countries.csv");
    assert_eq!(countries.len(), 250);
    assert!(
        countries
            .iter()
            .all(|country| !country["name"].is_empty() && !country["name_zh"].is_empty())
    );
}

#[test]
fn a_vendors_table_is_imported_and_used() {
    let folder = std::env::temp_dir().join(format!("weir-import-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (table, parts) = (folder.join("vendor.csv"), folder.join("parts.csv"));
    let text = "Product Name,Part Number,US ECCN,TPP\n\
                \"HGX H100 8 GPU, SXM5 80GB HBM3\",X-1,4A090.a,\"15,840\"\n\
                NVIDIA H20 96GB,X-2,4A090.a,2368\n,,,\n";
    std::fs::write(&table, text).expect("it is written");
    let path = |path: &std::path::Path| path.display().to_string();
    let arguments = [
        "chips",
        "import",
        &path(&table),
        "--vendor",
        "V",
        "--as-of",
        "2026-07-31",
        "-o",
        &path(&parts),
    ];
    let output = support::weir(&arguments, b"");
    assert!(
        support::stderr(&output).contains("2 parts, 2 of them"),
        "{}",
        support::stderr(&output)
    );
    let orders =
        "date,destination,quantity,item.part_number\n2026-03-01,CN,2,X-1\n2026-03-01,CN,2,X-2\n";
    let arguments = ["check", "-", "--format", "jsonl", "--parts", &path(&parts)];
    let answers = support::json_lines(&support::weir(&arguments, orders.as_bytes()));
    assert_eq!(answers[0]["classification"][0], "4A090.a", "{}", answers[0]);
    assert_eq!(answers[0]["vendor"]["eccn"], "4A090.a");
    // H20 is under every limb, so the vendor's paragraph is not the derived one.
    assert_eq!(answers[1]["warnings"][0]["code"], "eccn_differs", "{}", answers[1]);
    let refused =
        support::weir(&["chips", "import", &path(&parts.with_file_name("none.csv"))], b"");
    assert!(support::stderr(&refused).contains("cannot read"));
    std::fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn tables_with_semicolons_and_repeated_parts_are_imported() {
    let folder = std::env::temp_dir().join(format!("weir-import-rows-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let table = folder.join("vendor.csv");
    let path = table.display().to_string();
    let import = |text: &str| {
        std::fs::write(&table, text).expect("it is written");
        let output = support::weir(&["chips", "import", &path, "--vendor", "V"], b"");
        let written = String::from_utf8_lossy(&output.stdout).into_owned();
        (written, support::stderr(&output))
    };
    let (written, said) = import(
        "sep=;\nPart Number;US ECCN;TPP\nX-1;4A090.a;15,840\nX-2;5A992.c;\nX-1;4A090.a;15,840\n\
         X-2;4A090.a;2368\n;;\n",
    );
    assert!(written.contains("V,X-1,,4A090.a,15840,"), "{written}");
    assert!(written.contains("V,X-2,,4A090.a,2368,"), "{written}");
    assert_eq!(written.lines().count(), 3, "{written}");
    for part in [
        "2 parts",
        "rows without a part number, left out: 7",
        "rows that repeat an earlier one, left out: 5",
        "rows that give an earlier part number other values, taken instead of it: 6",
    ] {
        assert!(said.contains(part), "{said}");
    }
    let (_, said) = import("Part Number,ECCN,ECCN\nX-1,4A090.a,5A992.c\n");
    assert!(said.contains("has two columns `ECCN`"), "{said}");
    let (_, said) = import("Stock,ECCN\nX-1,4A090.a\n");
    assert!(said.contains("no column for the part number") && said.contains("Stock"), "{said}");
    std::fs::remove_dir_all(folder).expect("it is ours");
}

//! The guide's pack is a pack: it lints, its cases hold, and it changes what it says it changes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may stop at what should not happen")]

mod support;

use support::{json_lines, stderr, weir};

#[test]
fn the_pack_of_the_guide_runs() {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/writing-a-pack.md");
    let output = weir(&["law", "lint", guide], b"");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", stderr(&output));
    assert!(said.contains("17 packs"), "{said}");

    let order = "date,destination,quantity,item.kind,item.tpp,item.die_area_mm2,item.dram_gbs,\
                 item.io_gbs,item.datacenter,item.eccn,exporter.informed,end_use\n\
                 2027-03-01,CN,10,chip,1000,500,4000,100,true,3A991,none,civil\n";
    let mut arguments = vec!["check", "-", "--format", "jsonl", "--law", guide];
    for assumption in [
        "exporter.role=distributor",
        "end_user.location=CN",
        "end_user.hq=CN",
        "end_user.parent_hq=CN",
        "end_user.sector=private",
        "end_user.listed=none",
        "end_user.listed_share=0",
    ] {
        arguments.extend(["--assume", assumption]);
    }
    let answer = json_lines(&weir(&arguments, order.as_bytes())).remove(0);
    assert_eq!(answer["written"]["outcome"], "license_required", "{answer}");
    assert!(answer["written"]["flags"].to_string().contains("hypothetical"), "{answer}");

    let shown = weir(&["law", "show", "memory-bandwidth", "--law", guide], b"");
    assert!(String::from_utf8_lossy(&shown.stdout).contains("binds from 2027-03-01"));
}

#[test]
fn the_what_if_packs_of_the_examples_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let scenarios = format!("{folder}/scenarios");
    let output = weir(&["law", "lint", &scenarios], b"");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let orders = format!("{folder}/orders.csv");
    for scenario in ["threshold-2400", "malaysia-supp5a"] {
        let pack = format!("{scenarios}/{scenario}.md");
        let output = weir(&["law", "diff", "shipped", &pack, "--orders", &orders], b"");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            !said.contains("0 lines change") && said.contains("lines change out of 60"),
            "{said}"
        );
    }
    let refused = weir(&["law", "diff", "shipped", "2025-01-01"], b"");
    assert!(stderr(&refused).contains("hint:"));
}

#[test]
fn a_pack_without_chinese_speaks_english() {
    let guide = include_str!("../../../docs/guide/writing-a-pack.md");
    let folder = std::env::temp_dir().join(format!("weir-english-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let english: Vec<&str> = guide.lines().filter(|line| !line.contains("_zh")).collect();
    std::fs::write(folder.join("pack.md"), english.join("\n")).expect("it is written");
    let path = folder.to_str().expect("UTF-8");
    let lint = weir(&["law", "lint", path], b"");
    let show = weir(&["law", "show", "memory-bandwidth", "--law", path, "--lang", "zh"], b"");
    std::fs::remove_dir_all(&folder).expect("it is ours");
    let said = String::from_utf8_lossy(&lint.stdout);
    assert!(lint.status.success(), "{said}");
    assert_eq!(said.matches("warning[no-chinese]").count(), 1, "{said}");
    assert!(said.contains("for 7 of its texts") && said.contains(": 0 errors"), "{said}");
    let said = String::from_utf8_lossy(&show.stdout);
    assert!(said.contains("A license is required"), "{said}");
}

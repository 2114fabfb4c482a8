//! `weir batch diff` over the example: tables, a page that stands alone, and what is said where
//! something is wrong.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect_file;
use serde_json::Value;
use support::{json_lines, stderr, weir};

fn example(name: &str) -> String {
    format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn scenario(name: &str) -> String {
    example(&format!("scenarios/{name}.md"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn done(arguments: &[&str]) -> String {
    let output = weir(arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The rows of a CSV file, by name of column.
fn table(path: PathBuf) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

/// The example's lines as `weir check` decides them under one law, each for itself.
fn checked(law: Option<&str>) -> BTreeMap<String, Value> {
    let sales = example("sales.csv");
    let mut arguments = vec!["check", &sales, "--no-carry", "--format", "jsonl", "-q"];
    arguments.extend(law.into_iter().flat_map(|law| ["--law", law]));
    let lines = json_lines(&weir(&arguments, b"")).into_iter();
    lines.map(|line| (line["line_id"].as_str().unwrap().to_owned(), line)).collect()
}

#[test]
fn what_moves_is_what_check_decides_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (output, pack) = (folder.path().join("out"), scenario("tier2-halved"));
    let sales = example("sales.csv");
    let said = done(&["batch", "diff", &sales, "--scenario", &pack, "-o", text(&output)]);
    let said = said.replace(text(&output), "OUT");
    expect_file!["output/moves.txt"].assert_eq(&said);
    let (before, after) = (checked(None), checked(Some(&pack)));
    let mut expected: BTreeMap<[String; 5], u64> = BTreeMap::new();
    for (id, was) in &before {
        for reading in ["written", "enforced"] {
            let of = |answer: &Value, key: &str| {
                let is_license = answer["outcome"] == "license_required";
                let kept = key == "outcome" || is_license;
                answer[key].as_str().filter(|_| kept).unwrap_or_default().to_owned()
            };
            let (was, is) = (&was[reading], &after[id][reading]);
            let key = [
                reading.to_owned(),
                of(was, "outcome"),
                of(was, "policy"),
                of(is, "outcome"),
                of(is, "policy"),
            ];
            *expected.entry(key).or_default() += 1;
        }
    }
    let columns = ["reading", "from_outcome", "from_policy", "to_outcome", "to_policy"];
    let found: BTreeMap<[String; 5], u64> = table(output.join("flows.csv"))
        .iter()
        .map(|row| (columns.map(|column| row[column].clone()), row["lines"].parse().unwrap()))
        .collect();
    assert_eq!(found, expected);
    // Every table is of the same rows.
    for name in ["by_country", "by_month", "by_product", "by_rule"] {
        let rows = table(output.join(format!("{name}.csv")));
        let lines: u64 = rows.iter().map(|row| row["lines"].parse::<u64>().unwrap()).sum();
        assert_eq!(lines, 2 * before.len() as u64, "{name}");
    }
}

/// What the guide shows is what is said, command by command.
#[test]
fn the_session_of_the_guide() {
    let guide = include_str!("../../../docs/guide/what-if.md");
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    std::os::unix::fs::symlink(examples, folder.path().join("examples")).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_weir")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut commands = 0;
    for block in guide.split("```console\n$ ").skip(1) {
        let (block, _) = block.split_once("```").unwrap();
        let (command, expected) = block.split_once('\n').unwrap();
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{path}", program.display()))
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{command}");
        commands += 1;
    }
    assert!(commands > 3, "there is a session");
}

#[test]
fn the_page_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let (sales, pack) = (example("sales.csv"), scenario("tier3-thailand"));
    let arguments = ["batch", "diff", &sales, "--scenario", &pack, "-o", text(&output)];
    done(&arguments);
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
        assert!(!page.contains(outside), "{outside}");
    }
    for part in [
        "A supposition, not law.",
        "What if: Thailand falls to the lowest tier",
        "class=\"sankey\"",
        "class=\"months\"",
        "Thailand <small>TH</small>",
        "aria-label=\"As enforced, Value (USD)\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let said = done(&[&arguments[..], &["--lang", "zh"]].concat());
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    assert!(said.contains("泰国 (趋严") && said.contains("网页报告："), "{said}");
    assert!(page.contains("lang=\"zh-Hans\"") && page.contains("假设，并非法律。"));
    assert!(!page.contains(">Before<") && !page.contains("license,"), "no English is left");
    // Nothing that is half done is left.
    let names: Vec<String> = fs::read_dir(&output)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != ".lock")
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn two_laws_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (output, sales) = (folder.path().join("out"), example("sales.csv"));
    let (one, two) = (scenario("tier2-halved"), scenario("malaysia-supp5a"));
    let base = ["batch", "diff", &sales, "-o", text(&output)];
    let flows = |more: &[&str]| {
        done(&[&base[..], more].concat());
        fs::read_to_string(output.join("flows.csv")).unwrap()
    };
    let supposed = flows(&["--scenario", &one]);
    assert_eq!(flows(&["--law", &one]), supposed);
    assert_eq!(flows(&["--law", "shipped", "--law", &one]), supposed);
    let turned = flows(&["--law", &one, "--law", "shipped"]);
    let swapped = |text: &str| text.replace("stricter", "!").replace("easier", "stricter");
    assert!(turned.contains(",easier,") && !turned.contains(",stricter,"), "{turned}");
    assert_eq!(
        swapped(&turned).matches(",stricter,").count(),
        supposed.matches(",stricter,").count()
    );
    // A scenario over a law that has another one in it.
    let over = flows(&["--law", &one, "--scenario", &two]);
    assert_ne!(over, flows(&["--scenario", &two]));
    assert!(over.contains(",easier,"), "{over}");
    for (more, said) in [
        (&[][..], "there is one law and nothing to compare it with"),
        (&["--law", &one, "--law", &two, "--scenario", &one], "and a scenario besides"),
        (&["--law", &one, "--law", &two, "--law", "shipped"], "more than two laws are named"),
        (&["--scenario", "none.md"], "cannot read `none.md`"),
    ] {
        let output = weir(&[&base[..], more].concat(), b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
        let chinese = weir(&[&base[..], more, &["--lang", "zh"]].concat(), b"");
        assert!(!stderr(&chinese).contains("hint") && !stderr(&chinese).contains(said));
    }
}

#[test]
fn other_currencies_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("o.csv"), folder.path().join("out"));
    let head = "date,destination,quantity,item.sku,value_usd,money";
    let row = "2025-06-02,MY,1,nvidia-h100-sxm,5";
    fs::write(&input, format!("{head}\n{row},USD\n{row},EUR\n{row},EUR\n")).unwrap();
    let pack = scenario("malaysia-supp5a");
    let base = ["batch", "diff", text(&input), "--scenario", &pack, "-o", text(&output)];
    let said = done(&[&base[..], &["--currency", "money"]].concat());
    assert!(said.contains("2 lines are not in U.S. dollars (EUR 2); they are in no sum"), "{said}");
    let rows = table(output.join("by_currency.csv"));
    let euros = rows.iter().find(|row| row["currency"] == "EUR").unwrap();
    assert_eq!((euros["lines"].as_str(), euros["value"].as_str()), ("2", "10"));
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    assert!(page.contains("2 lines are not in U.S. dollars (EUR 2)"));
    // A supposition that passes for law is told.
    let law = folder.path().join("law.md");
    let text = fs::read_to_string(&pack).unwrap();
    fs::write(&law, text.replace("hypothetical     = true", "")).unwrap();
    let run = weir(&[&base[..4], &[law.to_str().unwrap()], &base[5..]].concat(), b"");
    assert!(stderr(&run).contains("does not say `hypothetical = true`"), "{}", stderr(&run));
    // What a run does not write, an earlier one's is not left for it.
    done(&base);
    assert!(!output.join("by_currency.csv").exists());
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("2025-06.csv");
    let sales = fs::read_to_string(example("sales.csv")).unwrap();
    fs::write(&input, sales.replace(",nvidia-b200,", ",nvidia-b2000,")).unwrap();
    fs::write(folder.path().join("2025-07.parquet"), "none").unwrap();
    let (pattern, output) = (folder.path().join("2025-*"), folder.path().join("out"));
    let pack = scenario("tier2-halved");
    let arguments = ["batch", "diff", text(&pattern), "--scenario", &pack, "-o", text(&output)];
    let run = weir(&arguments, b"");
    let said = stderr(&run);
    assert_eq!(run.status.code(), Some(3), "{said}");
    let wrong = sales.matches(",nvidia-b200,").count();
    assert!(said.contains(&format!("{wrong} lines cannot be decided")), "{said}");
    assert!(said.contains("2025-07.parquet` cannot be read: "), "{said}");
    let rejects = fs::read_to_string(output.join("rejects.jsonl")).unwrap();
    assert_eq!(rejects.lines().count(), wrong + 1);
    let page = fs::read_to_string(output.join("report.html")).unwrap();
    assert!(page.contains(&format!("{wrong} lines that cannot be decided, and 1 files")));
    let none = weir(&["batch", "diff", "no-*.csv", "--scenario", &pack, "-o", "out"], b"");
    assert_eq!(stderr(&none), "error: no file is named like `no-*.csv`\n");
    let strict = weir(&[&arguments[..], &["--strict", "--threads", "1"]].concat(), b"");
    assert_eq!(strict.status.code(), Some(1));
    assert!(stderr(&strict).contains("stopped at `"), "{}", stderr(&strict));
}

#[test]
fn rows_that_move_are_listed_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let (sales, scenario) = (
        format!("{root}/examples/sales.csv"),
        format!("{root}/examples/scenarios/malaysia-supp5a.md"),
    );
    let (output, moved) = (folder.path().join("out"), folder.path().join("moved.csv"));
    let run = |moved: &str| {
        let output = output.to_str().unwrap();
        let diff = ["batch", "diff", &sales, "--scenario", &scenario, "-o", output];
        weir(&[&diff[..], &["--moved", moved]].concat(), b"")
    };
    let done = run(moved.to_str().unwrap());
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let text = fs::read_to_string(&moved).unwrap();
    let mut lines = text.lines();
    let header = "file,row,written_from_outcome,written_from_policy,written_from_rule,";
    assert!(lines.next().unwrap().starts_with(header), "{text}");
    assert!(lines.clone().count() > 10 && lines.all(|line| line.starts_with("sales.csv,")));
    let refused = run("moved.xlsx");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("the ending is one of .csv, .parquet, .arrow, .jsonl"), "{said}");
}

//! `weir lab regret` and `weir lab discover`: the same bytes at any number of threads, effects that
//! runs of the same scenarios confirm, mistakes with their place, and what a report makes of both.

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

use batch::arrow::array::AsArray;
use batch::arrow::compute::cast;
use batch::arrow::datatypes::{DataType, Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use support::{stderr, weir};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn good(arguments: &[&str]) -> String {
    let output = weir(arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn bad(arguments: &[&str], said: &[&str]) {
    let output = weir(arguments, b"");
    let told = stderr(&output);
    assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    assert!(said.iter().all(|said| told.contains(said)), "{said:?}: {told}");
}

const LEVERS: &str = "from = 2027-01-01\n\n[[lever]]\nname = \"demand\"\ntitle = \"Demand\"\n\
    title_zh = \"需求\"\nby = \"us\"\nunit = \"ratio\"\nvalues = [1, 2]\nreason = \"twice\"\n\n\
    [[lever]]\nname = \"mandate\"\ntitle = \"Mandate\"\ntitle_zh = \"强制\"\nby = \"china\"\n\
    unit = \"share\"\nvalues = [0.9]\nreason = \"nearly all\"\n";

fn levers(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("own.toml");
    fs::write(&path, text).unwrap();
    path
}

/// A table as rows of cells by column.
fn table(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn regret_is_the_same_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let own = levers(folder.path(), LEVERS);
    let [one, three, other] = ["one", "three", "other"].map(|name| folder.path().join(name));
    let run = |into: &Path, more: &[&str]| {
        let mut arguments = vec!["lab", "regret", "--levers", text(&own), "--draws", "6"];
        arguments.extend(["--beside", "no-controls", "--into", text(into), "--format", "jsonl"]);
        arguments.extend(more);
        good(&arguments)
    };
    let rows = run(&one, &["--threads", "1"]);
    assert_eq!(rows, run(&three, &["--threads", "3"]));
    assert_ne!(rows, run(&other, &["--seed", "2"]));
    for name in ["alternatives.csv", "regret.csv", "effects.csv"] {
        assert_eq!(
            fs::read(one.join(name)).unwrap(),
            fs::read(three.join(name)).unwrap(),
            "{name}"
        );
    }
    let alternatives = table(&one.join("alternatives.csv"));
    let names: Vec<&str> = alternatives.iter().map(|row| row["alternative"].as_str()).collect();
    // A demand of 1 is what the base has: it is not run twice.
    assert_eq!(names, ["diffusion-enforced", "demand=2", "mandate=0.9", "no-controls"]);
    let groups: Vec<&str> = alternatives.iter().map(|row| row["group"].as_str()).collect();
    assert_eq!(groups, ["base", "choice", "answer", "scenario"]);
    let regrets = table(&one.join("regret.csv"));
    assert!(regrets.iter().all(|row| row["alternative"] != "mandate=0.9"), "nobody chooses it");
    let number = |row: &BTreeMap<String, String>, name: &str| row[name].parse::<f64>().unwrap();
    for row in &regrets {
        let [p5, p50, p95] = ["p5", "p50", "p95"].map(|name| number(row, name));
        assert!(0.0 <= p5 && p5 <= p50 && p50 <= p95 && p95 <= number(row, "largest"), "{row:?}");
        let of = |it: &&BTreeMap<String, String>| {
            it["group"] == row["group"] && it["outcome"] == row["outcome"]
        };
        let best: f64 = regrets.iter().filter(of).map(|it| number(it, "best")).sum();
        assert!(best >= 1.0 - 1e-9, "something is best in every draw");
        assert!(regrets.iter().filter(of).any(|it| it["minimax"] == "true"));
    }
    let record: Value =
        serde_json::from_slice(&fs::read(one.join("regret.json")).unwrap()).unwrap();
    assert_eq!((&record["seed"], &record["draws"]), (&Value::from(1), &Value::from(6)));
    assert_eq!(record["law"].as_object().unwrap().len(), 2);
    assert_eq!(rows.lines().count(), regrets.len());
}

/// One value a draw of a run.
fn values(folder: &Path, [quantity, actor, quarter]: [&str; 3]) -> BTreeMap<i64, f64> {
    let file = fs::File::open(folder.join("results.parquet")).unwrap();
    let mut out = BTreeMap::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let words =
            |name: &str| cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
        let (quantities, actors, quarters) = (words("quantity"), words("actor"), words("quarter"));
        let is_it = |row: usize| {
            quantities.as_string::<i32>().value(row) == quantity
                && actors.as_string::<i32>().value(row) == actor
                && quarters.as_string::<i32>().value(row) == quarter
        };
        let draws = batch.column_by_name("draw").unwrap().as_primitive::<Int64Type>().clone();
        let of = batch.column_by_name("value").unwrap().as_primitive::<Float64Type>().clone();
        out.extend(
            (0..batch.num_rows())
                .filter(|row| is_it(*row))
                .map(|row| (draws.value(row), of.value(row))),
        );
    }
    out
}

/// The effect of a lever is what two runs differ by, of which one has the lever in its file.
#[test]
fn an_effect_is_the_difference_of_two_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let own = levers(folder.path(), LEVERS);
    let scenario = good(&["lab", "run", "--show", "history"]);
    let change = "\n[[change]]\nfrom = 2027-01-01\nlevers = { demand = 2.0 }\n";
    let pulled = scenario.replacen("id       = \"history\"", "id = \"pulled\"", 1) + change;
    assert!(pulled.contains("id = \"pulled\""));
    fs::write(at("pulled.toml"), pulled).unwrap();
    for (name, into) in [("history", "a"), (text(&at("pulled.toml")), "b")] {
        good(&["lab", "run", name, "--draws", "3", "-o", text(&at(into)), "-q"]);
    }
    good(&[
        "lab",
        "regret",
        "history",
        "--alone",
        "--levers",
        text(&own),
        "--draws",
        "3",
        "--at",
        "2029Q2",
        "--into",
        text(&at("r")),
    ]);
    let effects = table(&at("r").join("effects.csv"));
    let what = ["compute", "CN", "2029Q2"];
    let (base, other) = (values(&at("a"), what), values(&at("b"), what));
    let mut differences: Vec<f64> = base.iter().map(|(draw, it)| other[draw] - it).collect();
    differences.sort_unstable_by(f64::total_cmp);
    let row = effects
        .iter()
        .find(|row| row["alternative"] == "demand=2" && row["outcome"] == "china_compute")
        .unwrap();
    let found: f64 = row["p50"].parse().unwrap();
    // Installed and rented: what the lever changes of both together.
    let rented = ["leased", "world", "2029Q2"];
    let (base_rented, other_rented) = (values(&at("a"), rented), values(&at("b"), rented));
    let mut both: Vec<f64> = base
        .iter()
        .map(|(draw, it)| other[draw] - it + other_rented[draw] - base_rented[draw])
        .collect();
    both.sort_unstable_by(f64::total_cmp);
    let row = effects
        .iter()
        .find(|row| row["alternative"] == "demand=2" && row["outcome"] == "china_everywhere")
        .unwrap();
    let everywhere: f64 = row["p50"].parse().unwrap();
    assert!(both[1] > differences[1], "more is rented too: {both:?} {differences:?}");
    assert!((everywhere / both[1] - 1.0).abs() < 1e-9, "{everywhere} {both:?}");
    assert_eq!(row["unit"], "H100e");
    assert_eq!(differences.len(), 3);
    assert!(differences[1] > 0.0, "twice the demand buys more: {differences:?}");
    assert!((found / differences[1] - 1.0).abs() < 1e-9, "{found} {differences:?}");
}

#[test]
fn levers_and_outcomes_that_cannot_be_used_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, said) in [
        ("\"demand\"", "\"demant\"", ["there is no lever `demant`", "own.toml:4", "`demand`"]),
        ("[1, 2]", "[1, 20]", ["`demand` is a number from 0 to 10", "own.toml:9", "20"]),
        ("[1, 2]", "[]", ["`values` is empty", "own.toml", "lever"]),
    ] {
        let own = levers(folder.path(), &LEVERS.replacen(from, to, 1));
        bad(&["lab", "regret", "--levers", text(&own), "--draws", "2"], &said);
    }
    let own = levers(folder.path(), LEVERS);
    let early = ["lab", "regret", "--levers", text(&own), "--at", "2026Q4"];
    bad(&early, &["outcomes end in 2026Q4, before levers are pulled on 2027-01-01", "--at"]);
    let outcomes = folder.path().join("outcomes.csv");
    let head = "outcome,title,title_zh,quantity,actor,measure,sense,wanted_by\n";
    for (row, said) in [
        ("a,A,一,smuggled_cumm,world,at,less,x", "did you mean `smuggled_cum`?"),
        (
            "a,A,一,smuggled_cum,world,sum,less,x",
            "column `measure`: `smuggled_cum` (H100e) is no flow",
        ),
        ("a,A,一,smuggled_cum,world,at,best,x", "row 2, column `sense`: `best` is no sense"),
        ("a,A,一,compute,XX,at,less,x", "the world has no `compute` of `XX`"),
        ("a,A,一,compute+leased,CN,at,less,x", "row 2, column `actor`: 2 quantities have 1 actors"),
        (
            "a,A,一,compute + die_bank,CN + world,at,less,x",
            "`die_bank` is in dies, and what it would be added to in H100e",
        ),
    ] {
        fs::write(&outcomes, format!("{head}{row}\n")).unwrap();
        bad(&["lab", "regret", "--outcomes", text(&outcomes)], &[said, "outcomes.csv"]);
    }
    bad(&["lab", "regret", "--beside", "history,history"], &["`history` is named twice"]);
    let shown = good(&["lab", "regret", "--show-levers"]);
    assert!(shown.contains("[[lever]]") && shown.contains("reason"));
}

#[test]
fn discovery_is_the_same_at_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let [one, three] = ["one", "three"].map(|name| folder.path().join(name));
    let run = |into: &Path, threads: &str| {
        good(&[
            "lab",
            "discover",
            "history",
            "no-controls",
            "--quantity",
            "smuggled_cum",
            "--below",
            "1000",
            "--draws",
            "150",
            "--threads",
            threads,
            "--into",
            text(into),
            "--format",
            "jsonl",
        ])
    };
    assert_eq!(run(&one, "1"), run(&three, "3"));
    for name in ["discovery-box.csv", "discovery-steps.csv", "discovery-rules.csv"] {
        assert_eq!(
            fs::read(one.join(name)).unwrap(),
            fs::read(three.join(name)).unwrap(),
            "{name}"
        );
    }
    // Without controls nothing is smuggled, whatever the parameters: the box is the scenario.
    let bounds = table(&one.join("discovery-box.csv"));
    assert_eq!(bounds.len(), 1, "{bounds:?}");
    assert!(bounds[0]["parameter"].starts_with("scenario:"), "{bounds:?}");
    let rules = table(&one.join("discovery-rules.csv"));
    assert_eq!(rules[0]["rule"], "scenario:history <= 0.5");
    assert_eq!((rules[0]["density"].as_str(), rules[0]["held_out_density"].as_str()), ("1", "1"));
    let steps = table(&one.join("discovery-steps.csv"));
    assert_eq!((steps[0]["kind"].as_str(), steps[0]["coverage"].as_str()), ("all", "1"));
    assert_eq!(steps.iter().filter(|step| step["chosen"] == "true").count(), 1);
    assert_eq!(steps.last().unwrap()["kind"], "box");
    let record: Value =
        serde_json::from_slice(&fs::read(one.join("discovery.json")).unwrap()).unwrap();
    assert_eq!((&record["runs"], &record["interesting"]), (&Value::from(300), &Value::from(150)));
    assert_eq!(record["parameters"], "prior");
}

#[test]
fn questions_that_have_no_answer_are_told() {
    let discover = |more: &[&str], said: &[&str]| {
        let mut arguments = vec!["lab", "discover", "history", "--draws", "40"];
        arguments.extend(more);
        bad(&arguments, said);
    };
    discover(
        &["--quantity", "china_total_cun"],
        &["no quantity `china_total_cun`", "did you mean `china_total_cum`?"],
    );
    discover(
        &["--quantity", "china_domestic_share"],
        &["no `china_domestic_share` of `world`", "units, value, h100e, made"],
    );
    discover(&["--above", "1e30"], &["0 of 40 runs pass the threshold", "the runs come to"]);
    discover(&["--above", "0"], &["40 of 40 runs pass the threshold 0"]);
    discover(&["--above", "p100"], &["`p100` is no threshold"]);
    discover(&["--density", "1.5"], &["no box has a density of 1.5", "the densest one has"]);
    discover(&["--at", "2040Q1"], &["`2040Q1` is no quarter of the world"]);
}

#[test]
fn a_report_shows_both_or_says_how_to_get_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    good(&["lab", "run", "history", "no-controls", "--draws", "3", "-o", text(&run), "-q"]);
    let page = |more: &[&str]| {
        let path = folder.path().join("page.html");
        let mut arguments = vec!["lab", "report", text(&run), "-o", text(&path)];
        arguments.extend(more);
        good(&arguments);
        fs::read_to_string(&path).unwrap()
    };
    let without = page(&[]);
    for command in ["weir lab regret --into", "weir lab discover --into"] {
        assert!(without.contains(command), "{command}");
    }
    let own = levers(folder.path(), LEVERS);
    good(&[
        "lab",
        "regret",
        "--levers",
        text(&own),
        "--beside",
        "history",
        "--draws",
        "4",
        "--into",
        text(&run),
    ]);
    good(&["lab", "discover", "--draws", "120", "--into", text(&run)]);
    let svg = folder.path().join("svg");
    let with = page(&["--svg", text(&svg)]);
    for chart in ["regret-levers", "regret-scenarios", "regret-effects", "discovery"] {
        assert!(with.contains(&format!("<figure id=\"{chart}\">")), "{chart}");
        assert!(svg.join(format!("{chart}.svg")).exists(), "{chart}");
    }
    // Thirteen columns have no room for their heads: they are slanted, and none is broken.
    let read = |name: &str| fs::read_to_string(svg.join(name)).unwrap();
    let heat = read("regret-levers.svg");
    for head in ["Bifurcation index</text>", "Compute in China</text>", "Mineral ban, share of"] {
        let at = heat.find(&format!(">{head}")).unwrap_or_else(|| panic!("{head}: {heat:.2000}"));
        let tag = heat[..at].rfind('<').unwrap();
        assert!(heat[tag..at].contains("rotate(-60)"), "{}", &heat[tag..at]);
    }
    // What a lever does is told by its name, and an assumption by what it is.
    let effects = read("regret-effects.svg");
    assert!(effects.contains("<title>Demand: 2; ") && !effects.contains("demand=2"));
    assert!(with.contains("Demand: 2") && !with.contains("weir lab regret --into"));
    assert!(page(&["--lang", "zh"]).contains("需求：2"));
    let broken =
        fs::read_to_string(run.join("regret.csv")).unwrap().replacen(",less,", ",best,", 1);
    fs::write(run.join("regret.csv"), broken).unwrap();
    let said = ["regret.csv", "column `sense`", "write `more` or `less`"];
    bad(&["lab", "report", text(&run), "-o", text(&folder.path().join("no.html"))], &said);
    assert!(!folder.path().join("no.html").exists());
}

//! What moves between two laws is what moves line by line: counted, added up, and told by month,
//! country, product and rule. A supposition leaves the days before it as they were.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::arrow::array::{AsArray, RecordBatch};
use batch::arrow::compute::{cast, concat_batches};
use batch::arrow::datatypes::DataType;
use batch::compare::Comparison;
use batch::diff::{DiffError, DiffJob, DiffReport, run};
use batch::files::{Format, open};
use batch::job::{JobError, Progress, Quiet};
use batch::moves::{Amounts, Direction, Flow, Moves, Spread, Standing, Sum};
use batch::{Decider, Mapping};
use law::text::Values;
use law::{Desk, Facts, Law, Num, Reading, Source};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn source(path: &Path) -> Arc<Source> {
    let text = fs::read_to_string(path).expect("a document");
    Arc::new(Source { name: path.display().to_string(), text })
}

/// The shipped law with other packs over it.
fn with(packs: &[&str]) -> Arc<Law> {
    let folder = root().join("law");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the packs").map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    let mut documents: Vec<Arc<Source>> = paths.iter().map(|path| source(path)).collect();
    documents.extend(packs.iter().map(|name| {
        let text = match name.strip_prefix("text:") {
            Some(text) => text.to_owned(),
            None => fs::read_to_string(root().join("examples/scenarios").join(name)).unwrap(),
        };
        Arc::new(Source { name: (*name).to_owned(), text })
    }));
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml")), &documents);
    Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")))
}

fn decider(law: &Arc<Law>) -> Decider {
    Decider::new(Arc::clone(law), None, Mapping::default())
}

fn job(input: &Path, output: &Path) -> DiffJob {
    DiffJob {
        inputs: vec![input.to_owned()],
        output: output.to_owned(),
        threads: 2,
        strict: false,
        moved: None,
    }
}

/// What lies in the folder of a comparison, but for its lock.
fn left(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != ".lock").collect()
}

fn compared(laws: [&Arc<Law>; 2], job: &DiffJob) -> DiffReport {
    let [first, second] = laws.map(decider);
    let comparison = Comparison::new(&first, &second);
    run(job, &comparison, &Quiet).unwrap_or_else(|why| panic!("{why}"))
}

const HEAD: &str = "date,destination,quantity,value_usd,item.sku,item.kind,item.tpp,item.chips,\
                    item.rate_fp16_tflops,item.datacenter,exporter.hq,end_user.hq,\
                    end_user.parent_hq,end_user.location,end_user.sector,lpp_used_tpp,\
                    country_used_tpp,exporter.role,exporter.informed,end_user.listed,\
                    end_user.listed_share,end_use,authorization,certifications,item.eccn,\
                    end_user.approved_under,item.die_area_mm2,item.dram_gbs,item.io_gbs";

/// Rows of many kinds, without a random number: every property varies with another period.
fn rows(from: usize, count: usize) -> String {
    let mut text = format!("{HEAD}\n");
    for at in from..from + count {
        let pick = |list: &[&str], every: usize| list[(at / every) % list.len()].to_owned();
        let country = pick(&["MY", "CN", "DE", "BR", "AE", "US", "JP", ""], 1);
        let cells = [
            pick(&["2024-11-30", "2025-05-31", "2025-06-01", "2025-06-02", "2026-03-31"], 3),
            country.clone(),
            pick(&["1", "8", "1000", "2500", ""], 5),
            pick(&["25000.10", "", "1234567.891", "3"], 7),
            pick(&["big-chip", "small-chip", "\"odd, chip\"", ""], 2),
            pick(&["chip", "computer", "hbm", ""], 11),
            pick(&["15832", "2500.5", "", "100"], 2),
            pick(&["", "8"], 13),
            pick(&["", "989.5"], 4),
            pick(&["true", "false", ""], 9),
            "US".to_owned(),
            country.clone(),
            pick(&["CN", "MY", "DE"], 17),
            country,
            "private".to_owned(),
            pick(&["0", "26000000", ""], 19),
            "0,distributor,none,none,0,civil,none,none,3A991,none,800,1000,400".to_owned(),
        ];
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

type Naive = BTreeMap<(Flow, String), Amounts>;

/// The same, a line at a time.
struct Expected {
    /// By month, destination, product and rules, in both readings.
    by: [[Naive; 2]; 4],
    other_grounds: [u64; 2],
}

fn one_by_one(laws: [&Arc<Law>; 2], texts: &[String]) -> Expected {
    let mut expected = Expected { by: Default::default(), other_grounds: [0; 2] };
    let vocabulary = laws[0].vocabulary();
    let (mut desk, mut memory) = (Desk::default(), law::eval::Memory::default());
    for text in texts {
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let names = table.headers().unwrap().clone();
        for row in table.records() {
            let row = row.unwrap();
            let mut facts = Facts::new(vocabulary);
            for (name, text) in names.iter().zip(&row) {
                let fact = vocabulary.find(name).unwrap();
                facts.set(fact, vocabulary.fact(fact).parse(text).unwrap());
            }
            facts.complete(vocabulary, laws[0].defaults());
            let num = |name: &str| facts.num(vocabulary.find(name).unwrap());
            let tpp = Values::new(laws[0], &facts, &mut memory).unwrap().num("line_tpp");
            let tpp = tpp.filter(|_| &row[5] != "hbm").and_then(Sum::of);
            let amounts = Amounts::row(tpp, num("value_usd").and_then(Sum::of));
            let answers = laws.map(|law| law.decide(&facts, None, &mut desk).unwrap());
            for reading in Reading::BOTH {
                let both = [0, 1].map(|at| answers[at].reading(reading));
                let [from, to] = both.map(Standing::of);
                let rules = [0, 1].map(|at| rule(laws[at], both[at]));
                let codes = [0, 1].map(|at| {
                    let codes = laws[at].exception_codes();
                    both[at].exceptions.iter().map(|code| &codes[usize::from(*code)])
                });
                let [was, is] = codes;
                expected.other_grounds[reading as usize] +=
                    u64::from(from == to && (rules[0] != rules[1] || !was.eq(is)));
                let values = [
                    row[0][..7].to_owned(),
                    row[1].to_owned(),
                    row[4].to_owned(),
                    rules.join(" > "),
                ];
                for (by, value) in expected.by.iter_mut().zip(values) {
                    let key = (Flow { from, to }, value);
                    by[reading as usize].entry(key).or_default().add(&amounts);
                }
            }
        }
    }
    expected
}

/// The rule that decided, told from the chain.
fn rule(law: &Law, answer: &law::Answer) -> String {
    use law::{Because, Outcome, pack::Body};
    let is_wanted = |body: &Body| match answer.outcome {
        Outcome::LicenseException => matches!(body, Body::Exception { .. }),
        Outcome::Unresolved => false,
        _ => matches!(body, Body::Requirement { .. }),
    };
    let rules = answer.because.iter().filter_map(|link| match link {
        Because::Rule(rule) | Because::Otherwise(rule) | Because::Suspended(rule, _) => Some(*rule),
        _ => None,
    });
    let mut rules = rules.map(|rule| law.rule(rule)).filter(|rule| is_wanted(&rule.body));
    rules.next().map(|rule| rule.id.clone()).unwrap_or_default()
}

fn flat<K: Ord + Clone>(spread: &Spread<K>, reading: Reading, name: fn(&K) -> String) -> Naive {
    let mut flat = Naive::new();
    for (value, flows) in spread.iter(reading) {
        for (flow, amounts) in flows.iter() {
            flat.insert((flow, name(value)), *amounts);
        }
    }
    flat
}

fn expect(moves: &Moves, expected: &Expected) {
    for reading in Reading::BOTH {
        let at = reading as usize;
        let found = [
            flat(&moves.months, reading, String::clone),
            flat(&moves.destinations, reading, String::clone),
            flat(&moves.products, reading, String::clone),
            flat(&moves.rules, reading, |rules| rules.join(" > ")),
        ];
        for (found, expected) in found.iter().zip(&expected.by) {
            assert_eq!(found, &expected[at], "{reading:?}");
        }
        let mut all: BTreeMap<Flow, Amounts> = BTreeMap::new();
        for ((flow, _), amounts) in &expected.by[0][at] {
            all.entry(*flow).or_default().add(amounts);
        }
        assert_eq!(
            moves.all[at].iter().map(|(flow, one)| (flow, *one)).collect::<Vec<_>>(),
            all.into_iter().collect::<Vec<_>>()
        );
    }
    assert_eq!(moves.other_grounds, expected.other_grounds);
}

#[test]
fn what_moves_is_what_moves_line_by_line() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md", "threshold-2400.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let texts: Vec<String> = (0..4).map(|at| rows(at * 1500, 1500)).collect();
    for (at, text) in texts.iter().enumerate() {
        fs::write(input.join(format!("{at}.csv")), text).unwrap();
    }
    for laws in [[&shipped, &supposed], [&supposed, &shipped], [&shipped, &shipped]] {
        let report = compared(laws, &job(&input, &output));
        let moves = &report.moves;
        assert_eq!((report.files, moves.decided(), moves.errors), (4, 6000, 0));
        assert_eq!(report.rejects, None);
        expect(moves, &one_by_one(laws, &texts));
        let moving = moves.all[0].moving();
        if Arc::ptr_eq(laws[0], laws[1]) {
            assert_eq!((moving.lines, moves.same_law, moves.changed), (0, 6000, None));
        } else {
            assert!(moving.lines > 100, "{moving:?}");
            assert!(moving.without_tpp > 0 && moving.without_usd > 0, "{moving:?}");
            assert!(!moving.tpp.is_zero() && !moving.usd.is_zero());
            // Two of five days are before the supposition.
            assert_eq!(moves.same_law, 2400);
            let [first, last] = moves.changed.unwrap();
            assert_eq!(
                (first.to_string(), last.to_string()),
                ("2025-06-01".into(), "2026-03-31".into())
            );
        }
    }
}

/// A pack that takes the place of a shipped one: the days cannot be compared, the rows are.
#[test]
fn a_pack_in_the_place_of_a_shipped_one() {
    let shipped = with(&[]);
    let text = fs::read_to_string(root().join("law/ai-diffusion.md")).unwrap();
    let other = text.replace("limit   = '26900000'", "limit   = '13450000'");
    assert_ne!(text, other);
    let supposed = with(&[&format!("text:{other}")]);
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("one.csv");
    let texts = [rows(0, 3000)];
    fs::write(&input, &texts[0]).unwrap();
    let report = compared([&shipped, &supposed], &job(&input, &folder.path().join("out")));
    expect(&report.moves, &one_by_one([&shipped, &supposed], &texts));
    assert_eq!(report.moves.same_law, 0);
}

#[test]
fn what_cannot_be_read_is_listed_and_not_counted() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    let good = rows(0, 40);
    fs::write(input.join("a.csv"), &good).unwrap();
    let bad = good.replace("2025-06-01,", "2025-06-31,");
    assert_ne!(bad, good);
    fs::write(input.join("b.csv"), &bad).unwrap();
    fs::write(input.join("c.parquet"), "none").unwrap();
    let job = job(&input, &output);
    let report = compared([&shipped, &supposed], &job);
    let wrong = bad.matches("2025-06-31").count() as u64;
    assert_eq!((report.files, report.rejected.len(), report.moves.errors), (2, 1, wrong));
    assert_eq!(report.moves.decided(), 80 - wrong);
    let rejects = fs::read_to_string(report.rejects.as_ref().unwrap()).unwrap();
    assert_eq!(rejects.lines().count() as u64, wrong + 1);
    assert!(rejects.lines().next().unwrap().contains("\"row\":") && rejects.contains("bad_file"));
    assert_eq!(left(&output), ["rejects.jsonl"], "nothing half done is left");
    // Where the input lies is nothing that two machines agree on.
    assert!(
        rejects.contains("{\"file\":\"b.csv\",") && rejects.contains("{\"file\":\"c.parquet\",")
    );
    let [first, second] = [&shipped, &supposed].map(decider);
    drop(report);
    let strict = DiffJob { strict: true, threads: 1, ..job };
    let why = run(&strict, &Comparison::new(&first, &second), &Quiet);
    assert!(matches!(why, Err(DiffError::Strict { row: Some(_), .. })));
}

/// What is not in dollars is in no sum of dollars, and in its own.
#[test]
fn currencies_are_counted_apart() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("one.csv");
    let head = "date,destination,quantity,item.kind,item.tpp,value_usd,money";
    let row = |value: &str, money: &str| format!("2025-06-02,MY,1,chip,15832,{value},{money}\n");
    let rows = [("10.5", "usd"), ("100", "EUR"), ("1", " eur "), ("7", ""), ("", "EUR")];
    let rows: String = rows.iter().map(|(value, money)| row(value, money)).collect();
    fs::write(&input, format!("{head}\n{rows}")).unwrap();
    let [first, second] = [&shipped, &supposed].map(decider);
    let job = job(&input, &folder.path().join("out"));
    let compare = |column: &str| {
        let comparison = Comparison::new(&first, &second).with_currency(Some(column.to_owned()));
        run(&job, &comparison, &Quiet)
    };
    let moves = compare("money").unwrap().moves;
    let all = moves.all[0].sum(|_| true);
    assert_eq!((all.lines, all.usd.to_string(), all.without_usd), (5, "10.5".to_owned(), 4));
    let own: Vec<(String, u64, String, u64)> = moves
        .currencies
        .iter(Reading::Written)
        .map(|(name, flows)| (name.clone(), flows.sum(|_| true)))
        .map(|(name, sum)| (name, sum.lines, sum.usd.to_string(), sum.without_usd))
        .collect();
    let expected = [("", 1, "7", 0), ("EUR", 3, "101", 1), ("USD", 1, "10.5", 0)]
        .map(|(name, lines, sum, without)| (name.to_owned(), lines, sum.to_owned(), without));
    assert_eq!(own, expected);
    let why = compare("currency").unwrap_err();
    assert_eq!(why.to_string(), "no input has a column `currency`");
}

#[test]
fn sums_are_exact() {
    let mut sum = Sum::ZERO;
    for _ in 0..1000 {
        sum.add(Sum::of(Num::parse("0.1").unwrap()).unwrap());
    }
    assert_eq!(sum.to_string(), "100");
    let one = Sum::of(Num::parse("2500.000000000000001").unwrap()).unwrap();
    assert_eq!(one.times(1_000_000_000).unwrap().to_string(), "2500000000000.000001");
    let largest = Sum::of(Num::parse("10000000000000").unwrap()).unwrap();
    let mut sum = Sum::ZERO;
    (0..100_000).for_each(|_| sum.add(largest));
    assert_eq!(sum.to_string(), "1000000000000000000");
}

#[test]
fn directions_are_those_of_restraint() {
    let way = |from, to| Flow { from, to }.direction();
    assert_eq!(way(Standing::Free, Standing::Exception), Direction::Stricter);
    assert_eq!(way(Standing::Denial, Standing::Approval), Direction::Easier);
    assert_eq!(way(Standing::Exception, Standing::NoPolicy), Direction::Stricter);
    assert_eq!(way(Standing::NoPolicy, Standing::Denial), Direction::Open);
    assert_eq!(way(Standing::Unresolved, Standing::Free), Direction::Open);
    assert_eq!(way(Standing::Denial, Standing::Denial), Direction::Stays);
}

/// The rows that move are listed one by one, in order, as many as are counted.
#[test]
fn rows_that_move_are_listed() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir_all(input.join("month=06")).unwrap();
    fs::write(input.join("a.csv"), rows(0, 1500)).unwrap();
    fs::write(input.join("month=06/b.csv"), rows(1500, 1500)).unwrap();
    fs::write(input.join("c.parquet"), "none").unwrap();
    let mut texts = Vec::new();
    for (name, format) in [("m.csv", Format::Csv), ("m.parquet", Format::Parquet)] {
        let path = folder.path().join(name);
        let job = DiffJob { moved: Some(path.clone()), ..job(&input, &output) };
        let report = compared([&shipped, &supposed], &job);
        let (_, batches) = open(&path, format).unwrap();
        let batches: Vec<RecordBatch> = batches.map(Result::unwrap).collect();
        let moved = concat_batches(&batches[0].schema(), &batches).unwrap();
        let column = |name: &str| {
            let texts = cast(moved.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
            let texts = texts.as_string::<i32>().iter();
            texts.map(|text| text.unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        let moves = |flow: Flow| flow.from != flow.to;
        for (at, reading) in Reading::BOTH.into_iter().enumerate() {
            let of = |name: &str| column(&format!("{}_{name}", reading.word()));
            let counted = report.moves.all[at].sum(moves).lines;
            let found = of("direction").iter().filter(|way| *way != "stays").count() as u64;
            assert_eq!(counted, found);
            let stricter = report.moves.all[at].sum(|it| it.direction() == Direction::Stricter);
            let found = of("direction").iter().filter(|way| *way == "stricter").count() as u64;
            assert_eq!(found, stricter.lines);
            let rules = of("from_rule").into_iter().zip(of("to_rule"));
            let is_other = |(from, to): (String, String)| !to.is_empty() && from != to;
            // The policy of the day sets aside what the supposition changes.
            let is_written = reading == Reading::Written;
            assert_eq!(counted > 10 && rules.into_iter().any(is_other), is_written);
        }
        let places: Vec<(String, u64)> = column("file")
            .into_iter()
            .zip(column("row").iter().map(|row| row.parse().unwrap()))
            .collect();
        assert!(places.is_sorted() && places.iter().all(|(_, row)| (1..=1500).contains(row)));
        assert!(places.iter().any(|(file, _)| file == "month=06/b.csv"));
        texts.push((places, column("written_to_outcome")));
        assert_eq!(left(&output), ["rejects.jsonl"]);
    }
    assert!(texts[0] == texts[1], "both forms say the same");
}

/// Where the rows cannot be listed is said before anything is read, and nothing is left of it.
#[test]
fn a_list_that_cannot_be_is_refused_before_anything_is_read() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.csv"), folder.path().join("out"));
    let text = rows(0, 1500);
    fs::write(&input, &text).unwrap();
    fs::create_dir(folder.path().join("folder.csv")).unwrap();
    let [first, second] = [&shipped, &supposed].map(decider);
    let comparison = Comparison::new(&first, &second);
    let refused = |moved: &str, job: DiffJob| {
        let job = DiffJob { moved: Some(folder.path().join(moved)), ..job };
        let refused = run(&job, &comparison, &Unread).unwrap_err();
        assert!(refused.to_string().contains(moved), "{refused}");
        assert!(left(&output).is_empty(), "{moved}");
        refused
    };
    let over = refused("in.csv", job(&input, &output));
    assert!(matches!(over, DiffError::Inputs(JobError::Overwrites(_))), "{over}");
    assert_eq!(fs::read_to_string(&input).unwrap(), text);
    for moved in ["none/m.csv", "folder.csv"] {
        let why = refused(moved, job(&input, &output));
        assert!(matches!(why, DiffError::Output { .. }), "{why}");
    }
    // A run that stops leaves no list that is half of one.
    let bad = folder.path().join("bad.parquet");
    fs::write(&bad, "none").unwrap();
    let moved = folder.path().join("m.csv");
    let inputs = vec![input.clone(), bad];
    let (strict, moved) = (true, Some(moved));
    let stopped = DiffJob { inputs, strict, moved, ..job(&input, &output) };
    assert!(matches!(run(&stopped, &comparison, &Quiet), Err(DiffError::Strict { .. })));
    let is_of_list = |path: &Path| path.to_string_lossy().contains("m.csv");
    assert!(!left(folder.path()).iter().any(|path| is_of_list(Path::new(path))));
    assert!(!left(&output).iter().any(|name| name.contains(".moved")));
}

/// Nothing is to be read.
struct Unread;

impl Progress for Unread {
    fn begin(&self, _: u64, _: u64) {}
    fn rows(&self, _: u64) {
        panic!("rows were read");
    }
    fn bytes(&self, _: u64) {}
    fn file(&self) {}
}

/// Files of one name are told apart where their rows are listed.
#[test]
fn files_of_one_name_are_told_apart() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let inputs: Vec<PathBuf> =
        ["a/o.csv", "b/o.csv"].iter().map(|name| folder.path().join(name)).collect();
    for input in &inputs {
        fs::create_dir(input.parent().unwrap()).unwrap();
        fs::write(input, rows(0, 1500)).unwrap();
    }
    let (output, path) = (folder.path().join("out"), folder.path().join("m.csv"));
    let moved = Some(path.clone());
    let job = DiffJob { inputs: inputs.clone(), moved, ..job(&inputs[0], &output) };
    compared([&shipped, &supposed], &job);
    let text = fs::read_to_string(&path).unwrap();
    let of = |input: &PathBuf| {
        let begin = format!("{},", input.display());
        text.lines().filter(|line| line.starts_with(&begin)).count()
    };
    let found = inputs.iter().map(of).collect::<Vec<usize>>();
    assert!(found[0] > 10 && found[0] == found[1], "{found:?}");
    assert_eq!(text.lines().count(), 1 + found[0] + found[1]);
}

/// Two comparisons in one folder would mix what they found.
#[test]
fn one_folder_is_for_one_comparison_at_a_time() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.csv"), folder.path().join("out"));
    fs::write(&input, rows(0, 200)).unwrap();
    fs::create_dir(&output).unwrap();
    // What a run left that was killed, also at more files than there are now.
    for name in [".rejects-7.begun", ".rejects-7.part", ".moved-9.part", ".rejects.part"] {
        fs::write(output.join(name), "half").unwrap();
    }
    fs::write(output.join("notes.part"), "mine").unwrap();
    let job = job(&input, &output);
    let report = compared([&shipped, &supposed], &job);
    assert_eq!(left(&output), ["notes.part"]);
    // The folder is taken until the report is written there.
    let [first, second] = [&shipped, &supposed].map(decider);
    let comparison = Comparison::new(&first, &second);
    let refused = run(&job, &comparison, &Unread).unwrap_err();
    assert!(matches!(refused, DiffError::Inputs(JobError::Busy(_))), "{refused}");
    assert!(refused.to_string().starts_with("another run is writing to `"), "{refused}");
    drop(report);
    assert!(run(&job, &comparison, &Quiet).is_ok());
}

/// What is wrong with a whole column is told once a file, as where tables are decided.
#[test]
fn columns_that_cannot_be_are_told_once() {
    let (shipped, supposed) = (with(&[]), with(&["malaysia-supp5a.md"]));
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.csv"), rows(0, 50)).unwrap();
    fs::write(input.join("b.csv"), "shipped,destination\n2025-06-02,MY\n2025-06-03,MY\n").unwrap();
    let line = "{\"date\":\"2025-06-02\",\"destination\":1}\n";
    fs::write(input.join("c.jsonl"), line.repeat(3)).unwrap();
    let report = compared([&shipped, &supposed], &job(&input, &output));
    assert_eq!((report.files, report.moves.errors), (1, 0));
    let whys: Vec<&str> = report.rejected.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(whys.len(), 2);
    assert!(whys[0].starts_with("column `date`: no column is this fact"), "{whys:?}");
    assert!(whys[1].starts_with("column `destination`: a column of type Int64"), "{whys:?}");
    assert!(whys.iter().all(|why| why.contains("--map")), "{whys:?}");
    let rejects = fs::read_to_string(report.rejects.as_ref().unwrap()).unwrap();
    let files: Vec<&str> = rejects.lines().filter_map(|line| line.split('"').nth(3)).collect();
    assert_eq!(files, ["b.csv", "c.jsonl"]);
}

//! `weir sql` gives the answers of `weir check`, and says where a statement is wrong.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;
use support::{json_lines, stderr, weir};

const ORDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/orders.csv");

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[track_caller]
fn sql(arguments: &[&str]) -> Vec<Value> {
    let output = weir(&[&["sql"], arguments].concat(), b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    json_lines(&output)
}

/// The example as `weir check` decides it, each line for itself.
fn checked() -> BTreeMap<String, Value> {
    let output = weir(&["check", ORDERS, "--no-carry", "--format", "jsonl", "-q"], b"");
    let line = |line: Value| (line["line_id"].as_str().unwrap().to_owned(), line);
    json_lines(&output).into_iter().map(line).collect()
}

#[test]
fn a_query_decides_as_lines_are_decided() {
    let expected = checked();
    // Through Parquet and through CSV, whose columns have other types.
    let folder = tempfile::tempdir().unwrap();
    let parquet = folder.path().join("orders");
    let made = weir(&["batch", ORDERS, "-o", text(&parquet), "--format", "parquet", "-q"], b"");
    assert!(made.status.success(), "{}", stderr(&made));
    for path in [ORDERS, text(&parquet)] {
        for reading in ["written", "enforced"] {
            let statement = format!(
                "select line_id, weir_decide(orders.*, '{reading}') as d from orders order by 1"
            );
            let lines = sql(&[&statement, "--table", &format!("orders={path}")]);
            assert_eq!(lines.len(), expected.len());
            for line in &lines {
                let id = line["line_id"].as_str().unwrap();
                let own = &expected[id][reading];
                assert_eq!(line["d"]["outcome"], own["outcome"], "{id} {reading}");
                assert_eq!(line["d"]["policy"], own["policy"], "{id} {reading}");
                for list in ["exceptions", "missing"] {
                    let words = own[list].as_array().unwrap().iter();
                    let words: Vec<&str> = words.map(|word| word.as_str().unwrap()).collect();
                    let found = line["d"][list].as_str().unwrap_or_default();
                    assert_eq!(found, words.join("; "), "{id} {reading} {list}");
                }
            }
        }
    }
}

#[test]
fn texts_are_read_with_what_separates_and_packs_them() {
    let folder = tempfile::tempdir().unwrap();
    let orders = fs::read_to_string(ORDERS).unwrap();
    assert!(!orders.contains([';', '\t']));
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        let file = fs::File::create(&path).unwrap();
        if name.ends_with(".gz") {
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap();
        } else {
            fs::write(&path, text).unwrap();
        }
        path
    };
    let count = |path: &Path| {
        let statement = "select weir_decide(orders.*)['outcome'] as outcome, count(*) as n \
                         from orders group by 1 order by 1";
        sql(&[statement, "--table", &format!("orders={}", text(path))])
    };
    let expected = count(Path::new(ORDERS));
    for (name, separator) in [("a.csv", ";"), ("a.tsv", "\t"), ("a.csv.gz", ","), ("b.csv.gz", ";")]
    {
        assert_eq!(count(&write(name, &orders.replace(',', separator))), expected, "{name}");
    }
    let lines = weir(&["batch", ORDERS, "-o", text(folder.path()), "--format", "jsonl", "-q"], b"");
    assert!(lines.status.success(), "{}", stderr(&lines));
    let lines = fs::read_to_string(folder.path().join("orders.jsonl")).unwrap();
    assert_eq!(count(&write("lines.jsonl.gz", &lines)), expected);

    // Files of one folder may be written and packed in several ways.
    let several = folder.path().join("several");
    fs::create_dir(&several).unwrap();
    let (head, rows) = orders.split_once('\n').unwrap();
    let half = rows.lines().count() / 2;
    let part = |rows: Vec<&str>| format!("{head}\n{}\n", rows.join("\n"));
    write("several/a.csv", &part(rows.lines().take(half).collect()));
    let second = part(rows.lines().skip(half).collect());
    write("several/b.csv.gz", &format!("sep=;\n{}", second.replace(',', ";")));
    assert_eq!(count(&several), expected);
}

/// What is asked of a CSV text, and what is said of it besides.
fn asked(text_of_table: &str, statement: &str) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    fs::write(&path, text_of_table).unwrap();
    let output = weir(&["sql", statement, text(&path)], b"");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (json_lines(&output), stderr(&output))
}

#[test]
fn values_of_texts_are_exact() {
    let head = "line_id,date,destination,quantity,value_usd,item.kind,item.datacenter,item.tpp";
    let near = "00000,2025-06-02,CN,2,1000.5,chip,true,4799.9999999999999";
    let at = "00001,2025-06-03,CN,3,20,chip,true,4800";
    let orders = format!("{head}\n{near}\n{at}\n");
    let statement = "select line_id, weir_decide(orders.*)['classification'] as class, \
                     cast(\"item.tpp\" as varchar) as tpp from orders order by line_id";
    let (lines, said) = asked(&orders, statement);
    assert_eq!(said, "");
    let checked = weir(&["check", "-", "--format", "jsonl", "-q"], orders.as_bytes());
    let classes: Vec<String> = json_lines(&checked)
        .iter()
        .map(|line| line["classification"].to_string().replace(['[', ']', '"'], ""))
        .collect();
    assert!(classes[0].is_empty() && classes[1].contains("3A090"), "{classes:?}");
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line["class"].as_str().unwrap_or_default().replace("; ", ","), classes[at]);
        assert_eq!(line["line_id"], format!("0000{at}"));
    }
    assert_eq!(lines[0]["tpp"], "4799.9999999999999");
    // Sums, comparisons and days are as of any table.
    let statement = "select sum(quantity) as n, sum(value_usd) as usd, max(date) as day, \
                     date_part('month', max(date)) as month, \
                     count(*) filter (where value_usd > 100) as dear from orders";
    let line = &asked(&orders, statement).0[0];
    assert_eq!(line["n"], 5);
    assert_eq!(line["usd"].to_string().trim_matches('"'), "1020.5");
    assert_eq!((&line["day"], &line["dear"]), (&"2025-06-03".into(), &1.into()));
    assert_eq!(line["month"], 6);
}

#[test]
fn a_bad_value_costs_its_own_row() {
    let mut orders = String::from("line_id,date,destination,quantity,item.sku\n");
    for row in 0..3000 {
        let (quantity, day) = match row {
            1700 => ("twelve".to_owned(), 2),
            2900 => ("1".to_owned(), 31),
            _ => (row.to_string(), row % 30 + 1),
        };
        orders.push_str(&format!("{row},2025-06-{day:02},CN,{quantity},nvidia-h20\n"));
    }
    let decided = "select line_id, d['outcome'] as outcome, d['error'] as error from \
                   (select line_id, weir_decide(orders.*) as d from orders) \
                   where d['error'] is not null order by line_id";
    let (lines, said) = asked(&orders, decided);
    assert_eq!(said, "");
    let errors: Vec<&str> = lines.iter().map(|line| line["error"].as_str().unwrap()).collect();
    // A quantity of 0 is none, either.
    assert_eq!(lines.len(), 3, "{errors:?}");
    assert!(errors[1].contains("twelve") && errors[2].contains("2025-06-31"), "{errors:?}");
    assert!(lines.iter().all(|line| line["outcome"].is_null()));
    // Where a question needs numbers it says how to ask for them.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.csv");
    fs::write(&path, &orders).unwrap();
    for statement in ["select * from orders where quantity > 5", "select sum(quantity) from orders"]
    {
        let output = weir(&["sql", statement, text(&path)], b"");
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("try_cast(quantity as decimal)"), "{said}");
    }
    let sum = "select sum(try_cast(quantity as bigint)) as n from orders";
    let whole: u64 = (0..3000).filter(|row| ![1700, 2900].contains(row)).sum();
    assert_eq!(asked(&orders, sum).0[0]["n"], whole + 1);
}

#[test]
fn a_row_that_cannot_be_read_has_no_values_and_says_why() {
    let orders = "line_id,date,destination,quantity,item.sku\n\
                  a,2025-06-02,CN,1,nvidia-h20\n\
                  b,2025-06-02,CN,1\n\
                  c,2025-06-02,DE,2,nvidia-h20\n";
    let (lines, said) = asked(
        orders,
        "select line_id, sum(quantity) over () as n, weir_unread, \
         weir_decide(orders.*)['error'] as error, \
         weir_decide(date, destination)['outcome'] as outcome \
         from orders order by line_id nulls last",
    );
    assert!(said.starts_with("warning: `"), "{said}");
    assert!(said.contains("orders.csv`: 1 row cannot be read and has no values; "), "{said}");
    let ids: Vec<_> = lines.iter().map(|line| line["line_id"].as_str()).collect();
    assert_eq!(ids, [Some("a"), Some("c"), None]);
    assert_eq!(lines[0]["n"], 3);
    let why = lines[2]["error"].as_str().unwrap();
    assert!(why.starts_with("ragged_row: the row has 4 values, the header 5 columns (row 2 of "));
    assert_eq!(lines[2]["weir_unread"], why);
    assert!(lines[2]["outcome"].is_null() && lines[0]["error"].is_null());
}

#[test]
fn a_performance_with_more_decimals_is_null() {
    let orders = "line_id,item.tpp\na,0.0000001\nb,4800\n";
    let (lines, _) =
        asked(orders, "select line_id, weir_tpp(orders.*) as tpp from orders order by 1");
    assert!(lines[0]["tpp"].is_null(), "{lines:?}");
    assert_eq!(lines[1]["tpp"].to_string().trim_matches('"'), "4800.000000");
}

#[test]
fn facts_are_given_by_name() {
    let by = |facts: &str| {
        let statement = format!(
            "select weir_decide({facts})['outcome'] as outcome, count(*) as n from orders \
             group by 1 order by 1"
        );
        sql(&[&statement, ORDERS])
    };
    let whole = by("*");
    assert!(whole.len() > 2, "{whole:?}");
    assert_eq!(by("orders.*"), whole);
    // A name that is written goes before a column of that name.
    let germany = by("orders.*, destination => 'DE', end_user_location => 'DE'");
    assert_ne!(germany, whole);
    let named = "date => o.date, destination => o.ship_to, item_sku => o.sku, quantity => o.n";
    let renamed = sql(&[
        &format!(
            "with o as (select date, destination as ship_to, \"item.sku\" as sku, quantity as n \
             from orders) select weir_decide({named})['outcome'] as outcome, count(*) as n from o \
             group by 1 order by 1"
        ),
        ORDERS,
    ]);
    assert_eq!(by("date, destination, \"item.sku\", quantity"), renamed);
    let in_a_struct = "named_struct('date', date, 'destination', destination, 'quantity', quantity, \
                       'item', named_struct('sku', \"item.sku\"))";
    assert_eq!(by(in_a_struct), renamed);
}

#[test]
fn where_and_group_by_see_the_answer() {
    let required = checked();
    let required =
        required.values().filter(|line| line["written"]["outcome"] == "license_required").count();
    let lines = sql(&[
        "select destination, count(*) as n from orders \
         where weir_decide(orders.*)['outcome'] = 'license_required' group by destination \
         order by n desc, destination",
        "--table",
        &format!("orders={ORDERS}"),
    ]);
    let total: u64 = lines.iter().map(|line| line["n"].as_u64().unwrap()).sum();
    assert_eq!(total, required as u64);
    assert_eq!(lines[0]["destination"], "CN");
}

#[test]
fn chips_are_measured_as_the_catalogue_lists_them() {
    let listed = json_lines(&weir(&["chips", "list", "--format", "jsonl"], b""));
    let lines = sql(&[
        "select sku, cast(tpp as varchar) as tpp, classification, weir_tpp(sku) = tpp as same, \
         weir_classify(sku) as class from weir_chips()",
    ]);
    assert_eq!(lines.len(), listed.len());
    for (line, listed) in lines.iter().zip(&listed) {
        let sku = line["sku"].as_str().unwrap();
        assert_eq!(line["sku"], listed["sku"]);
        let tpp = line["tpp"].as_str().unwrap_or_default();
        let tpp =
            if tpp.contains('.') { tpp.trim_end_matches('0').trim_end_matches('.') } else { tpp };
        assert_eq!(tpp, listed["tpp"].as_str().unwrap().replace(',', ""), "{sku}");
        if !tpp.is_empty() {
            assert_eq!(line["same"], true, "{sku}");
        }
        let class = listed["class"].as_str().unwrap();
        let class = if matches!(class, "none" | "not known") { "" } else { class };
        for own in ["classification", "class"] {
            let found = line[own].as_str().unwrap_or_default();
            assert_eq!(found.replace("; ", ", "), class, "{sku} {own}");
        }
    }
    // By a day, by facts, and of nothing that is known.
    let line = &sql(&["select weir_classify('nvidia-a800-sxm', '2022-11-01') as before, \
         weir_classify('nvidia-a800-sxm', date '2024-01-01') as after, \
         weir_tpp(item_kind => 'chip', item_rate_fp8_tflops => 100.125) as tpp, \
         weir_tpp('nobody-made-this') as nothing"])[0];
    assert_eq!(line["before"].as_str(), None, "{line}");
    assert!(line["after"].as_str().unwrap().contains("3A090"), "{line}");
    assert!(line["tpp"].to_string().trim_matches('"').starts_with("801.000000"), "{line}");
    assert_eq!(line["nothing"].as_str(), None, "{line}");
}

#[test]
fn the_law_is_tables() {
    let packs = &sql(&["select count(*) as n, max(verified_through) as day from weir_packs()"])[0];
    assert!(packs["n"].as_u64().unwrap() > 10, "{packs}");
    let rules =
        &sql(&["select citation, kind from weir_rules() where rule = 'ear-742-6-a-6-iii' \
         or kind = 'requirement' limit 1"])[0];
    assert_eq!(rules["kind"], "requirement");
    let joined = sql(&[
        "select d.rule, r.citation, count(*) as n from (select weir_decide(orders.*)['rule'] as \
         rule from orders) d join weir_rules() r on r.rule = d.rule group by 1, 2 order by 1",
        ORDERS,
    ]);
    assert!(joined.len() > 3 && joined.iter().all(|line| line["citation"].is_string()));
    // Whoever is a member on a day is in exactly one span of time.
    let twice = sql(&[
        "select set, member, count(*) as n from weir_sets() where (\"from\" is null or \"from\" \
         <= date '2025-01-15') and (until is null or until >= date '2025-01-15') group by 1, 2 \
         having count(*) <> 1",
    ]);
    assert!(twice.is_empty(), "{twice:?}");
    let some = sql(&["select * from weir_sets() where until is not null limit 1"]);
    assert_eq!(some.len(), 1);
}

#[test]
fn folders_patterns_and_partitions_are_tables() {
    let folder = tempfile::tempdir().unwrap();
    let month = |month: &str, rows: &str| {
        let folder = folder.path().join(format!("orders/month={month}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.csv"), format!("date,destination,quantity\n{rows}")).unwrap();
    };
    month("2025-05", "2025-05-02,DE,1\n");
    month("2025-06", "2025-06-02,FR,2\n2025-06-03,CN,3\n");
    fs::create_dir(folder.path().join("orders/_weir")).unwrap();
    fs::write(folder.path().join("orders/_weir/summary.csv"), "a,b\n1,2\n").unwrap();
    let orders = folder.path().join("orders");
    let by_month = "select month, sum(quantity) as n from orders group by 1 order by 1";
    fs::create_dir_all(orders.join("month=2025-06/_old")).unwrap();
    fs::write(orders.join("month=2025-06/_old/a.csv"), "date,quantity\n2025-06-02,900\n").unwrap();
    let lines = sql(&[by_month, text(&orders)]);
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["month"], &lines[1]["n"]), (&"2025-06".into(), &5.into()));
    // Decided files hold the columns of their folders themselves.
    let decided = folder.path().join("decided");
    let made = weir(&["batch", text(&orders), "-o", text(&decided), "-q"], b"");
    assert!(made.status.success(), "{}", stderr(&made));
    let of_decided = by_month.replace("orders", "decided");
    assert_eq!(sql(&[&of_decided, text(&decided)]), lines);
    let pattern = format!("o={}/month=2025-06/*.csv", text(&orders));
    assert_eq!(sql(&["select count(*) as n from o", "--table", &pattern])[0]["n"], 2);
    for (path, said) in [
        (format!("{}/month=*/*.csv", text(&orders)), "a pattern over folders that are columns"),
        (format!("{}/nothing-*.csv", text(&orders)), "holds no file to read"),
        (format!("{}/none", text(&orders)), "cannot read `"),
    ] {
        let output = weir(&["sql", "select 1", "--table", &format!("o={path}")], b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    fs::write(orders.join("b.parquet"), "no").unwrap();
    let output = weir(&["sql", "select 1", text(&orders)], b"");
    assert!(stderr(&output).contains("holds files of several kinds: .csv, .parquet"));
}

#[test]
fn names_that_begin_with_an_underscore_are_left_out_at_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let made = weir(&["sql", "select 1 as n", "-o", text(&path)], b"");
        assert!(made.status.success(), "{}", stderr(&made));
    };
    for ending in ["parquet", "csv", "jsonl"] {
        for name in ["a", "sub/b", "sub/_weir/c", "_d", "sub/deep/.e"] {
            write(&format!("{ending}/{name}.{ending}"));
        }
        let table = format!("t={}/{ending}", text(folder.path()));
        let lines = sql(&["select count(*) as n from t", "--table", &table]);
        assert_eq!(lines[0]["n"], 2, "{ending}");
    }
    // Beside folders that are columns the engine would read it.
    write("columns/month=1/a.parquet");
    write("columns/sub/_old/b.parquet");
    let table = format!("t={}/columns", text(folder.path()));
    let output = weir(&["sql", "select * from t", "--table", &table], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("which is left out for its name"), "{}", stderr(&output));
}

#[test]
fn a_full_disk_leaves_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    // A name at which nothing can be put stands for a disk that is full.
    let file = folder.path().join("answer.csv");
    fs::create_dir_all(file.join("in the way")).unwrap();
    let output = weir(&["sql", "select 1 as n", "-o", text(&file)], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("cannot write `"), "{}", stderr(&output));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half is left");
}

#[test]
fn answers_are_written_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let statement = "select line_id, weir_decide(orders.*) as d from orders order by line_id";
    for ending in ["parquet", "arrow", "csv", "jsonl", "txt"] {
        let file = folder.path().join(format!("answer.{ending}"));
        let output = weir(&["sql", statement, ORDERS, "-o", text(&file)], b"");
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(file.is_file());
        if matches!(ending, "parquet" | "arrow" | "jsonl") {
            let read = "select line_id, d['outcome'] as outcome from answer order by 1 limit 1";
            assert_eq!(sql(&[read, text(&file)])[0]["outcome"], "no_license_required", "{ending}");
        }
    }
    let csv = fs::read_to_string(folder.path().join("answer.csv")).unwrap();
    assert!(csv.starts_with("line_id,d.classification,d.outcome,"), "{csv}");
    assert_eq!(csv.lines().count(), 61);
    let table = weir(&["sql", "select 'a' as x, 1.50 as y", "--format", "table"], b"");
    assert_eq!(String::from_utf8_lossy(&table.stdout), "x    y\na  1.5\n");
    let lines = "select 'a' || chr(10) || 'bc' as x, 1 as y, null as z";
    let table = weir(&["sql", lines, "--format", "table"], b"");
    assert_eq!(String::from_utf8_lossy(&table.stdout), "x   y  z\na   1\nbc\n");
    let none = weir(&["sql", "select 1", "--format", "parquet"], b"");
    assert!(stderr(&none).contains("`--format parquet` wants a file"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "nothing half is left");
}

#[test]
fn a_wrong_statement_is_shown_with_its_place() {
    for (statement, said) in [
        ("select destinatoin from orders", "is `destination` meant?"),
        ("select weir_decid(*) from orders", "weir_decide"),
        ("select * form orders", "the statement cannot be read"),
        ("select * from ordrs", "name its files: --table ordrs=PATH"),
        ("select weir_decide(line_id) from orders", "the column `line_id` is no fact"),
        ("select weir_decide(orders.*, dat => date) from orders", "is `date` meant?"),
        ("select weir_decide(orders.*, 'codified') from orders", "'written' or 'enforced'"),
        ("select weir_decide(quantity + 1) from orders", "wants a struct whose fields are named"),
        (
            "select weir_decide(orders.*, destination => interval '1 day') from orders",
            "column `destination`: a column of type Interval",
        ),
        ("select sum(destination) from orders", "`sum` does not take such values: sum("),
        ("drop table orders", "a statement can read, and nothing else"),
    ] {
        let output = weir(&["sql", statement, ORDERS], b"");
        assert_eq!(output.status.code(), Some(1), "{statement}");
        let said_now = stderr(&output);
        assert!(said_now.contains(said), "{statement}: {said_now}");
        assert!(!said_now.contains("DataFusion") && !said_now.contains("Backtrace"), "{said_now}");
    }
    let output = weir(&["sql", "select destinatoin\nfrom orders", ORDERS], b"");
    let said = stderr(&output);
    assert!(said.contains("sql:1:8") && said.contains("^^^^^^^^^^^"), "{said}");
    let chinese = weir(&["sql", "select destinatoin from orders", ORDERS, "--lang", "zh"], b"");
    assert!(stderr(&chinese).contains("没有列 `destinatoin`"), "{}", stderr(&chinese));
}

#[test]
fn the_statements_of_the_guide_run() {
    let guide = include_str!("../../../docs/guide/sql-and-clusters.md");
    let statements: Vec<&str> = guide
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("\n```")?.0))
        .collect();
    assert!(statements.len() >= 6, "the guide has statements");
    for statement in statements {
        let lines = sql(&[statement, "--table", &format!("orders={ORDERS}")]);
        assert!(!lines.is_empty(), "{statement}");
    }
}

#[test]
fn the_manifests_say_what_the_program_knows() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/cluster");
    let mut commands = 0;
    for name in ["compose.yaml", "compose.s3.yaml", "kubernetes.yaml", "kubernetes.s3.yaml"] {
        let text = fs::read_to_string(format!("{folder}/{name}")).unwrap();
        for line in text.lines().map(str::trim_start) {
            let list = line.strip_prefix("command: ").or_else(|| line.strip_prefix("args: "));
            let Some(list) = list else { continue };
            let words: Vec<String> = serde_json::from_str(list).expect("a list of words");
            // What is not known is said before help is.
            let words: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
            let output = weir(&words, b"");
            assert!(output.status.success(), "{name}: {words:?}: {}", stderr(&output));
            commands += 1;
        }
    }
    assert_eq!(commands, 12);
}

/// The words of a text between backquotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn compose_passes_on_every_variable_that_the_guide_names() {
    let guide = include_str!("../../../docs/guide/deciding-tables.md");
    let (_, table) = guide.split_once("| variable | what it says |\n").unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let mut named: Vec<&str> =
        rows.flat_map(|row| quoted(row.split('|').nth(1).unwrap())).collect();
    let compose = include_str!("../../../examples/cluster/compose.s3.yaml");
    let (_, store) = compose.split_once("x-store: &store\n").unwrap();
    let (store, _) = store.split_once("\n\n").unwrap();
    let is_passed = |line: &&str| !line.trim_start().starts_with('#');
    let passed = store.lines().filter(is_passed).map(|line| line.trim().split_once(':').unwrap());
    let mut passed: Vec<&str> = passed
        .map(|(name, value)| {
            assert!(value.contains(&format!("${{{name}:")), "{name}: {value}");
            name
        })
        .collect();
    named.sort_unstable();
    passed.sort_unstable();
    assert!(named.len() > 5, "{named:?}");
    assert_eq!(passed, named);
}

//! `weir lab report` and `weir lab claims` over a small run that the test writes itself.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use batch::arrow::compute::cast;
use batch::arrow::datatypes::DataType;
use parquet::arrow::ArrowWriter;
use resvg::usvg::roxmltree::{Document, Node};
use serde_json::Value;
use support::{json_lines, stderr, weir};

const DRAWS: i64 = 41;
const QUARTERS: [&str; 8] =
    ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4"];
const SCENARIOS: [&str; 3] = ["history", "no-controls", "full-decoupling"];

/// A quantity: its name, actor, unit, and the value of a draw from 0 to 1 in a quarter.
type Quantity = (&'static str, &'static str, &'static str, fn(usize, f64, f64) -> f64);

/// What the run has: the scenario by number, the draw from 0 to 1, the quarter from 1.
const QUANTITIES: [Quantity; 26] = [
    ("china_installed", "legal", "H100e", |_, _, t| 4e4 * t),
    ("china_installed", "smuggled", "H100e", |_, _, t| 6e4 * t),
    ("china_installed", "huawei", "H100e", |_, _, t| 7e4 * t),
    ("china_installed", "other_domestic", "H100e", |_, _, t| 3e4 * t),
    ("china_legal_nvidia_cum", "world", "H100e", |_, _, t| 4e4 * t),
    ("smuggled_cum", "world", "H100e", |s, z, t| 1e5 * t * (1.0 + z) / (1.0 + s as f64)),
    ("smuggled_chips", "world", "chips a quarter", |_, z, _| 3e4 + 1e4 * z),
    ("leased", "world", "H100e", |_, z, t| 8e4 * t * (1.0 + z)),
    ("huawei_cum", "world", "H100e", |_, _, t| 9e4 * t),
    ("cambricon_cum", "world", "H100e", |_, _, t| 5e3 * t),
    ("china_total_cum", "world", "H100e", |_, z, t| 1e3 * 10_f64.powf(0.5 * t) * (1.0 + z)),
    ("china_domestic_share", "units", "share", |_, z, _| 0.3 + 0.1 * z),
    ("china_domestic_share", "value", "share", |_, z, _| 0.4 + 0.1 * z),
    ("china_domestic_share", "h100e", "share", |_, z, _| 0.5 + 0.1 * z),
    ("china_domestic_share", "made", "share", |_, z, _| 0.2 + 0.1 * z),
    ("us_vendor_revenue", "world", "USD a quarter", |s, z, _| 1e10 * (3.0 - s as f64) * (1.0 + z)),
    ("denied", "world", "H100e a quarter", |s, z, _| 1e5 * s as f64 * (1.0 + z)),
    ("compute", "US", "H100e", |_, _, t| 1e6 * t),
    ("compute", "CN", "H100e", |_, _, t| 2e5 * t),
    ("compute", "MY", "H100e", |_, _, t| 1e4 * t),
    ("quota_utilization", "MY", "share", |_, z, _| 0.5 + 0.2 * z),
    ("market_value", "nvidia", "USD", |s, z, _| 1e12 * (4.0 - s as f64) - 1e11 * z * s as f64),
    ("bifurcation_index", "world", "0..1", |s, z, _| 0.2 * s as f64 + 0.05 * z),
    ("second_stack", "world", "share", |s, z, _| 0.2 * s as f64 + 0.05 * z),
    ("overcapacity", "china_dc", "share", |_, z, _| 0.3 + 0.1 * z),
    ("something_new", "world", "apples", |_, z, t| t + z),
];

/// The columns of a run, before they become a file.
#[derive(Default)]
struct Rows {
    texts: [Vec<Option<String>>; 5],
    draws: Vec<i64>,
    values: Vec<Option<f64>>,
}

const TEXTS: [&str; 5] = ["scenario", "quarter", "actor", "quantity", "unit"];

impl Rows {
    fn add(&mut self, texts: [&str; 5], draw: i64, value: f64) {
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(Some(text.to_owned()));
        }
        self.draws.push(draw);
        self.values.push(Some(value));
    }

    fn whole() -> Rows {
        let mut rows = Rows::default();
        for (s, scenario) in SCENARIOS.into_iter().enumerate() {
            for draw in 0..DRAWS {
                let z = draw as f64 / (DRAWS - 1) as f64;
                for (quantity, actor, unit, value) in QUANTITIES {
                    for (at, quarter) in QUARTERS.into_iter().enumerate() {
                        let value = value(s, z, at as f64 + 1.0);
                        rows.add([scenario, quarter, actor, quantity, unit], draw + 100, value);
                    }
                }
            }
        }
        rows
    }

    /// Keeps the rows that a test of the texts accepts.
    fn only(mut self, keep: impl Fn(&[Option<String>; 5]) -> bool) -> Rows {
        let at = |at: usize| self.texts.each_ref().map(|column| column[at].clone());
        let kept: Vec<bool> = (0..self.draws.len()).map(|row| keep(&at(row))).collect();
        for column in &mut self.texts {
            let mut kept = kept.iter();
            column.retain(|_| *kept.next().unwrap());
        }
        let mut each = kept.iter();
        self.draws.retain(|_| *each.next().unwrap());
        let mut each = kept.iter();
        self.values.retain(|_| *each.next().unwrap());
        self
    }

    fn columns(&self) -> Vec<(&'static str, ArrayRef)> {
        let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut columns: Vec<(&'static str, ArrayRef)> = Vec::new();
        for (name, column) in TEXTS.into_iter().zip(&self.texts) {
            let plain: ArrayRef = Arc::new(StringArray::from(column.clone()));
            // Plain texts and dictionaries are both what a run may write.
            let column = if name == "unit" { plain } else { cast(&plain, &words).unwrap() };
            columns.push((name, column));
        }
        columns.push(("draw", Arc::new(Int64Array::from(self.draws.clone()))));
        columns.push(("value", Arc::new(Float64Array::from(self.values.clone()))));
        columns
    }
}

fn write(folder: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )
    .unwrap();
    let file = File::create(folder.join("results.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    // Several batches, so that dictionaries differ.
    let half = batch.num_rows() / 2;
    writer.write(&batch.slice(0, half)).unwrap();
    writer.write(&batch.slice(half, batch.num_rows() - half)).unwrap();
    writer.close().unwrap();
}

fn run(rows: &Rows) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), rows.columns());
    let about = r#"{"seed": 11, "draws": 41, "hashes": {"law": "abc"},
                    "failed": [{"draw": 7, "reason": "no allocation <here>"}]}"#;
    fs::write(folder.path().join("run.json"), about).unwrap();
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = weir(arguments, b"");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// The charts of a run as files, by name.
fn charts(folder: &Path, more: &[&str]) -> BTreeMap<String, String> {
    let out = folder.join("svg");
    let mut arguments = vec!["lab", "report", text(folder), "--svg", text(&out)];
    arguments.extend(more);
    done(&arguments);
    let entries = fs::read_dir(&out).unwrap().map(Result::unwrap);
    let read = |path: PathBuf| fs::read_to_string(path).unwrap();
    entries.map(|it| (it.file_name().to_string_lossy().into_owned(), read(it.path()))).collect()
}

fn classes<'d>(document: &'d Document<'_>, class: &str) -> Vec<Node<'d, 'd>> {
    let has = |node: &Node<'_, '_>| {
        node.attribute("class").is_some_and(|it| it.split(' ').any(|one| one == class))
    };
    document.descendants().filter(has).collect()
}

/// How many points a path goes through.
fn points(node: &Node<'_, '_>) -> usize {
    node.attribute("d").unwrap().matches(['M', 'L']).count()
}

#[test]
fn every_chart_has_its_data() {
    let folder = run(&Rows::whole());
    let charts = charts(folder.path(), &[]);
    let chart = |name: &str| {
        let text = charts.get(name).unwrap_or_else(|| panic!("{name}: {:?}", charts.keys()));
        Document::parse(text).unwrap_or_else(|why| panic!("{name}: {why}"))
    };
    // A line and a band a scenario, a point a quarter; of others' estimates what lies in the time.
    let fan = chart("fan-smuggled-cum-world.svg");
    let lines = classes(&fan, "line");
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| points(line) == 8));
    assert!(classes(&fan, "band").iter().all(|band| points(band) == 16));
    assert_eq!(classes(&fan, "holdout").len(), 3 * 8, "T18, T19 and six quarters, three panels");
    // Labels say the median at the end.
    let said: Vec<&str> = classes(&fan, "name").iter().filter_map(Node::text).collect();
    assert!(said.contains(&"1.2M") && said.contains(&"600K"), "{said:?}");
    // A year is marked at its first quarter: the first one at the left edge.
    let ticks = classes(&fan, "tick").into_iter();
    let years: Vec<(&str, f64)> = ticks
        .filter(|it| it.attribute("text-anchor") == Some("middle"))
        .map(|it| (it.text().unwrap(), it.attribute("x").unwrap().parse().unwrap()))
        .take(2)
        .collect();
    let line = classes(&fan, "line")[0].attribute("d").unwrap();
    let starts: f64 = line[1..].split(' ').next().unwrap().parse().unwrap();
    let fourth: f64 = line.split('L').nth(4).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert_eq!(years, [("2024", starts), ("2025", fourth)]);
    // More than 300 times the smallest: by decades, and that is said.
    let log = &charts["fan-china-total-cum-world.svg"];
    assert!(
        log.contains("logarithmic") && !charts["fan-huawei-cum-world.svg"].contains("logarithmic")
    );
    let map = chart("map-compute.svg");
    assert_eq!(classes(&map, "place").len(), 3 * 3, "three places, three scenarios");
    assert!(charts["map-compute.svg"].contains("id=\"land-MY\""), "a file has its outlines");
    let quota = chart("map-quota.svg");
    let circles = classes(&quota, "q3").into_iter().filter(|it| it.has_tag_name("circle"));
    assert_eq!(circles.count(), 3, "60 percent in every scenario and year: one year says it");
    assert!(charts["map-quota.svg"].contains("until no color changes any more"));
    let scatter = chart("trade-off.svg");
    assert_eq!(
        classes(&scatter, "dot").len(),
        3 * 2 * 41,
        "a dot a draw, two scenarios beside the base, three measures of what is denied"
    );
    let panels = chart("places-compute.svg");
    assert_eq!(classes(&panels, "thin").len(), 3 * 3);
    assert!(charts.contains_key("fan-something-new-world.svg"), "what nobody knows is drawn too");
    for (name, text) in &charts {
        let document = Document::parse(text).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(document.root_element().children().any(|it| it.has_tag_name("title")), "{name}");
        assert!(
            !text.contains("var(--") && !text.contains("NaN") && !text.contains("inf"),
            "{name}"
        );
    }
}

/// Decades of a share say nothing: its scale is even, however far its values lie apart. What is
/// called a total by nobody but the ledger is called by what it is.
#[test]
fn shares_have_even_scales_and_sums_their_names() {
    let mut rows = Rows::whole().only(|texts| texts[3].as_deref() == Some("china_total_cum"));
    for (at, quarter) in QUARTERS.into_iter().enumerate() {
        for draw in 0..DRAWS {
            let value = 10_f64.powi(at as i32 - 8);
            rows.add(["history", quarter, "world", "china_unmet", "share"], draw + 100, value);
        }
    }
    let folder = run(&rows);
    let charts = charts(folder.path(), &[]);
    let share = Document::parse(&charts["fan-china-unmet-world.svg"]).unwrap();
    let ticks: Vec<&str> = classes(&share, "tick").iter().filter_map(Node::text).collect();
    assert!(
        ticks.contains(&"10 %") && !charts["fan-china-unmet-world.svg"].contains("logarithmic")
    );
    assert_eq!(ticks.iter().filter(|tick| **tick == "0 %").count(), 1, "{ticks:?}");
    let total = &charts["fan-china-total-cum-world.svg"];
    assert!(total.contains("Legal, Huawei's and smuggled compute"), "{total:.300}");
    assert!(total.contains("nothing is written off") && !total.contains("every source"));
}

/// What is in use is stacked to the sum that stands at a glance, and a mark tells its definition.
#[test]
fn sources_add_up_to_the_sum_at_a_glance() {
    let folder = run(&Rows::whole());
    let charts = charts(folder.path(), &[]);
    let stack = Document::parse(&charts["china-sources.svg"]).unwrap();
    assert_eq!(classes(&stack, "part").len(), 3 * 4, "four sources, three scenarios");
    assert_eq!(classes(&stack, "line").len(), 3 * 4, "four definitions, three scenarios");
    assert_eq!(classes(&stack, "median").len(), 1 + 3, "in the legend and in every scenario");
    // The parts add up to what is installed in China and rented abroad, whose median is drawn.
    for (parts, sum) in
        classes(&stack, "part").chunks(4).zip(classes(&stack, "median").iter().skip(1))
    {
        let top = parts[3].attribute("d").unwrap();
        let sum = sum.attribute("d").unwrap();
        assert!(top.starts_with(&format!("{sum}L")), "{top} {sum}");
    }
    // A mark has the color of the definition that it is about.
    let marks = classes(&stack, "holdout");
    let colors: Vec<&str> = marks.iter().filter_map(|it| it.attribute("class")).collect();
    assert_eq!(colors.iter().filter(|it| **it == "holdout s0r").count(), 3 * 2, "{colors:?}");
    assert_eq!(colors.iter().filter(|it| **it == "holdout s2r").count(), 3 * 4, "{colors:?}");
}

/// Runs of before have no compute by source: the picture is left out, and it is said how to get it.
#[test]
fn a_run_without_sources_says_so() {
    let folder = run(&Rows::whole().only(|texts| texts[3].as_deref() != Some("china_installed")));
    assert!(!charts(folder.path(), &[]).contains_key("china-sources.svg"));
    let page = folder.path().join("page.html");
    done(&["lab", "report", text(folder.path()), "-o", text(&page)]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("(`china_installed`), as runs of earlier versions do not: run it again"));
}

/// Quotas are shown year by year from the first, as far as anything changes; whoever asks for
/// quarters gets those. Countries of the rest of the world have its fill.
#[test]
fn quotas_are_drawn_as_they_are_used_up() {
    let mut rows = Rows::whole();
    for year in 2026..2032 {
        let share = f64::from((year - 2025).min(3)) * 0.3;
        for (quarter, place) in [(2, "ZA"), (4, "ZA"), (4, "MY")] {
            let at = format!("{year}Q{quarter}");
            rows.add(["history", &at, place, "quota_utilization", "share"], 100, share);
        }
    }
    let rows = rows.only(|texts| {
        texts[3].as_deref() == Some("quota_utilization") && texts[1].as_deref() >= Some("2026")
    });
    let folder = run(&rows);
    let fills = |more: &[&str]| -> Vec<String> {
        let charts = charts(folder.path(), more);
        let map = Document::parse(&charts["map-quota.svg"]).unwrap();
        let rest = map.descendants().filter(|it| it.attribute("href") == Some("#land-ZA"));
        rest.map(|it| it.attribute("class").unwrap().to_owned()).collect()
    };
    assert_eq!(fills(&[]), ["q1", "q3", "q4"], "by the second quarter, until 2028");
    assert_eq!(fills(&["--at", "2026Q2,2031Q4"]), ["q1", "q4"]);
}

/// A dot stands where its draw's losses are.
#[test]
fn dots_stand_where_their_draws_are() {
    let folder = run(&Rows::whole());
    let charts = charts(folder.path(), &["--base", "history"]);
    let scatter = Document::parse(&charts["trade-off.svg"]).unwrap();
    let dots = classes(&scatter, "dot");
    assert_eq!(dots.len(), 3 * 2 * 41);
    // Nobody has less of what is installed here, and what is rented is the same: the dots lie on
    // zero. Unmet demand and lost revenue both grow with the draw, so that its dots rise to the
    // right.
    let (less, unmet) = dots.split_at(2 * 2 * 41);
    let at = |node: &Node<'_, '_>, name| node.attribute(name).unwrap().parse::<f64>().unwrap();
    let heights: Vec<f64> = less.iter().map(|dot| at(dot, "cy")).collect();
    assert!(heights.windows(2).all(|pair| pair[0] == pair[1]), "{heights:?}");
    for cloud in unmet.chunks(41) {
        assert!(cloud.windows(2).all(|pair| at(&pair[0], "cx") < at(&pair[1], "cx")));
        assert!(cloud.windows(2).all(|pair| at(&pair[0], "cy") > at(&pair[1], "cy")));
    }
    let said: Vec<&str> = scatter
        .descendants()
        .filter(|it| it.has_tag_name("title"))
        .filter_map(|it| it.text())
        .collect();
    // 8 quarters x 1e10 x 1.5 at the median draw, and 8 x 1e5 x 1.5.
    assert!(
        said.iter().any(|it| it.starts_with("No controls: 120") && it.contains("1,200,000")),
        "{said:?}"
    );
    // 1.2e11 dollars over 1.2e6 H100e; of installed compute nothing is denied.
    let costs: Vec<&str> = classes(&scatter, "cost").iter().filter_map(Node::text).collect();
    assert_eq!(costs.len(), 3 * 2, "{costs:?}");
    assert!(costs[..4].iter().all(|it| *it == "in no draw"), "{costs:?}");
    assert!(costs[4].starts_with("100K (100K … 100K); 100 %"), "{costs:?}");
    let titles = classes(&scatter, "soft");
    let titles: Vec<&str> = titles.iter().filter_map(Node::text).collect();
    assert!(titles.contains(&"H100e less than in \"History\", at the end of 2025Q4"), "{titles:?}");
}

#[test]
fn the_page_stands_alone_and_tells_what_is_absent() {
    let folder = run(&Rows::whole());
    let page = folder.path().join("page.html");
    done(&["lab", "report", text(folder.path()), "-o", text(&page)]);
    let html = fs::read_to_string(&page).unwrap();
    for outside in ["src=", "href=\"http", "@import", "url(", "<script"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("Not in this run: ") && html.contains("(premium)"));
    assert!(
        html.contains("There is no `sensitivity.csv`") && html.contains("There is no `fit.csv`")
    );
    assert!(html.contains("no allocation &#60;here&#62;"), "failed draws are listed");
    assert!(html.contains("scenarios carry no probabilities"));
    // What is there in all leads, with what is rented beside it; two systems are told by a second.
    let glance = html.split("<section").next().unwrap();
    let places = [
        "Installed in China, from every source",
        "Compute that China rents abroad",
        "Installed in China and rented abroad",
        "Share of the second stack",
    ]
    .map(|title| glance.find(title).unwrap_or_else(|| panic!("{title}")));
    assert!(places.is_sorted(), "{places:?}");
    assert!(!glance.contains("Bifurcation index"));
    let first = html.split("id=\"part-china\"").nth(1).unwrap().split("<figure id=\"").nth(1);
    assert!(first.unwrap().starts_with("fan-compute-CN\""), "the first fan");
    assert_eq!(html.matches("<svg class=\"chart\"").count(), html.matches("<figure").count());
    for svg in html.split("<svg class=\"chart\"").skip(1) {
        let svg = format!("<svg class=\"chart\"{}</svg>", svg.split("</svg>").next().unwrap());
        Document::parse(&svg).unwrap_or_else(|why| panic!("{why}: {svg:.200}"));
    }
    done(&["lab", "report", text(folder.path()), "-o", text(&page), "--lang", "zh"]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("模拟世界的结果") && html.contains("本次运行没有："));
    for english in [
        "The rules as they were enforced",
        "Not in this run",
        "percent of draws",
        "Codes in tables",
        "At a glance",
    ] {
        assert!(!html.contains(english), "{english}");
    }
}

#[test]
fn sensitivities_and_the_fit_are_drawn_where_they_are() {
    let folder = run(&Rows::whole());
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put(
        "sensitivity.csv",
        "method,output,parameter,first,first_low,first_high,total,total_low,total_high,mu_star,sigma\n\
         sobol,smuggled_cum,n_vendor,0.4,0.3,0.5,0.6,0.5,0.7,,\n\
         sobol,smuggled_cum,vendor_monthly,0.1,0.0,0.2,0.8,0.6,0.9,,\n\
         morris,china_domestic_share:h100e@2027Q4,y7,,,,,,,12000,3000\n",
    );
    put(
        "fit.csv",
        "target,split,unit,observed,low,high,p10,p50,p90,covered,crps,error,crps_drift,crps_share,crps_last_rule\n\
         T19,holdout,H100e,662048,294087,1592327,900000,1600000,2900000,false,7e5,9e5,3e5,,4e5\n\
         T20,holdout,chips,465762,213232,1069982,2e5,4.5e5,1e6,true,1e4,0.1,,,\n\
         T34,holdout,share,0.304,,,0.25,0.32,0.4,true,0.02,0.01,0.05,0.06,0.04\n",
    );
    let charts = charts(folder.path(), &[]);
    let tornado = Document::parse(&charts["tornado-sobol-smuggled-cum.svg"]).unwrap();
    let labels: Vec<&str> = classes(&tornado, "label").iter().filter_map(Node::text).collect();
    let known = "chips a month of a middle vendor";
    assert_eq!(
        labels,
        [known, "n_vendor"],
        "the largest total first, unknown ones by their symbol"
    );
    let symbols: Vec<&str> = classes(&tornado, "symbol").iter().filter_map(Node::text).collect();
    assert_eq!(symbols, ["vendor_monthly"], "what tables go by stands below");
    assert_eq!(classes(&tornado, "reach").len(), 2);
    let other = &charts["tornado-morris-china-domestic-share-h100e-2027Q4.svg"];
    assert!(other.contains("Domestic share: by compute, 2027Q4: what moves it"), "{other:.300}");
    let chinese = self::charts(folder.path(), &["--lang", "zh"]);
    let tornado = &chinese["tornado-sobol-smuggled-cum.svg"];
    assert!(tornado.contains(">中等商贩每月的芯片数</text>"), "{tornado:.300}");
    let fit = Document::parse(&charts["fit.svg"]).unwrap();
    let text: String = fit.descendants().filter_map(|it| it.text()).collect();
    assert!(text.contains("✗ missed") && text.contains("✓ covered"));
    let page = folder.path().join("page.html");
    done(&["lab", "report", text_of(&folder), "-o", text_path(&page)]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Held out: 2 of 3 lie in the middle 80 percent, 1 do not."), "{html:.0}");
    assert!(html.contains("Better than drift in 1 of 2"));
    assert!(html.contains("They are not unseen any more"), "the caveat stands on the page");
    // A sum says of which quarters it is, and that it is no count by the quarter.
    assert!(html.contains("Domestic share: by chips, 2024Q1 – 2024Q4; share, mean"));
    assert!(html.contains("2024Q1 – 2025Q4; chips, sum"), "T20");
    // What history misses is told with its size:.
    assert!(html.contains("lie outside 90 percent of its draws"));
    let missed = "Huawei&#39;s compute, 2024Q1: 45,028 observed, 90,000 (90,000 … 90,000) simulated \
                  H100e: 2.00 times too high.";
    assert!(
        html.contains(missed),
        "{}",
        &html[html.find("What history misses").unwrap()..][..2500]
    );
    put("fit.csv", "target,split\nT1,train\n");
    let output = weir(&["lab", "report", text_of(&folder)], b"");
    assert!(stderr(&output).contains("fit.csv` has no column `unit`"), "{}", stderr(&output));
}

fn text_of(folder: &tempfile::TempDir) -> &str {
    folder.path().to_str().unwrap()
}

fn text_path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_table_has_the_quantiles() {
    let folder = run(&Rows::whole());
    let rows = json_lines(&weir(
        &["lab", "report", text_of(&folder), "--format", "jsonl", "--at", "2025Q4,2024Q1"],
        b"",
    ));
    // And the sum of what is installed in China and rented abroad, which the report makes.
    assert_eq!(rows.len(), (QUANTITIES.len() + 1) * SCENARIOS.len() * 2);
    let of = |quantity: &str, scenario: &str, quarter: &str| {
        let is_it = |row: &&Value| {
            row["quantity"] == quantity && row["scenario"] == scenario && row["quarter"] == quarter
        };
        rows.iter().find(is_it).unwrap_or_else(|| panic!("{quantity} {scenario} {quarter}"))
    };
    let row = of("smuggled_cum", "history", "2025Q4");
    let near = |value: &Value, wanted: f64| {
        let value = value.as_f64().unwrap();
        assert!((value / wanted - 1.0).abs() < 1e-5, "{value} {wanted}");
    };
    near(&row["p5"], 8e5 * 1.05);
    near(&row["p50"], 8e5 * 1.5);
    near(&row["p95"], 8e5 * 1.95);
    assert_eq!((&row["draws"], &row["unit"]), (&41.into(), &"H100e".into()));
    near(&of("smuggled_cum", "no-controls", "2024Q1")["p50"], 0.75e5);
    near(&of("china_with_rented", "history", "2025Q4")["p50"], 16e5 + 8.0 * 8e4 * 1.5);
    let csv = done(&["lab", "report", text_of(&folder), "--format", "csv", "--quantity", "denied"]);
    assert!(csv.starts_with("quantity,actor,scenario,quarter,p5,p50,p95,unit,draws\n"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 3, "the last quarter, three scenarios");
    let table = done(&["lab", "report", text_of(&folder), "--format", "table"]);
    assert!(table.contains("Domestic share") && table.contains("more quantities"), "{table}");
    let table = done(&["lab", "report", text_of(&folder), "--format", "table", "--lang", "zh"]);
    assert!(table.contains("国产比例") && table.contains("史实"), "{table}");
    for (option, value, said) in [
        ("--at", "2030Q1", "there is nothing of 2030Q1 in the run"),
        ("--at", "2030", "`2030` is no quarter such as 2026Q2"),
        ("--quantity", "x", "there is no quantity `x` in the run"),
    ] {
        let output = weir(&["lab", "report", text_of(&folder), option, value], b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
    let output = weir(&["lab", "report", text_of(&folder), "--base", "x", "--format", "csv"], b"");
    assert_eq!(output.status.code(), Some(1), "as any other name that the run does not have");
    assert!(output.stdout.is_empty(), "nothing is written");
    let said = stderr(&output);
    assert!(said.contains("no scenario `x`") && said.contains("history, no-controls"), "{said}");
}

#[test]
fn what_is_wrong_in_a_run_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let said = |columns: Vec<(&str, ArrayRef)>, language: &str| {
        write(folder.path(), columns);
        let output = weir(&["lab", "report", text_of(&folder), "--lang", language], b"");
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let few = || Rows::whole().only(|texts| texts[3].as_deref() == Some("denied"));
    let replaced = |name: &str, with: ArrayRef| {
        let replace = |(known, column)| (known, if known == name { with.clone() } else { column });
        few().columns().into_iter().map(replace).collect::<Vec<_>>()
    };
    let rows = few().draws.len();
    let words: ArrayRef = Arc::new(StringArray::from(vec!["1"; rows]));
    let wrong = said(replaced("draw", words.clone()), "en");
    assert!(wrong.contains("results.parquet`, column `draw`: it is of type Utf8"), "{wrong}");
    assert!(wrong.contains("should be whole numbers") && wrong.contains("hint: "), "{wrong}");
    let wrong = said(replaced("draw", words.clone()), "zh");
    assert!(wrong.contains("`draw` 列类型为 Utf8") && wrong.contains("整数"), "{wrong}");
    let wrong = said(replaced("value", words), "en");
    assert!(wrong.contains("column `value`"), "{wrong}");
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1; rows]));
    let wrong = said(replaced("quarter", numbers), "en");
    assert!(wrong.contains("column `quarter`: it is of type Int64, and should be text"), "{wrong}");
    let without = few().columns().into_iter().filter(|(name, _)| *name != "unit").collect();
    let wrong = said(without, "en");
    assert!(wrong.contains("has no column `unit`\n\nhint: its columns are scenario"), "{wrong}");
    let broken = |change: &dyn Fn(&mut Rows)| {
        let mut rows = few();
        change(&mut rows);
        rows.columns()
    };
    let wrong = said(broken(&|rows| rows.texts[1][5] = Some("2024".into())), "en");
    assert!(wrong.contains("row 6, column `quarter`: `2024` is no quarter"), "{wrong}");
    let wrong = said(broken(&|rows| rows.texts[2][3] = None), "en");
    assert!(wrong.contains("row 4, column `actor`: it is empty"), "{wrong}");
    let wrong = said(broken(&|rows| rows.texts[1][1] = rows.texts[1][0].clone()), "en");
    assert!(
        wrong.contains("row 2, column `value`: `denied` of `world` in 2024Q1 is there twice"),
        "{wrong}"
    );
    let wrong = said(broken(&|rows| rows.texts[4][9] = Some("USD".into())), "en");
    assert!(wrong.contains("row 10") && wrong.contains("is in USD, and in H100e"), "{wrong}");
    let wrong = said(Rows::default().columns(), "en");
    assert!(wrong.contains("has no rows"), "{wrong}");
    fs::write(folder.path().join("results.parquet"), "no Parquet").unwrap();
    let output = weir(&["lab", "report", text_of(&folder)], b"");
    assert!(stderr(&output).contains("cannot be read as Parquet"), "{}", stderr(&output));
    let empty = tempfile::tempdir().unwrap();
    let output = weir(&["lab", "report", text_of(&empty)], b"");
    assert!(stderr(&output).contains("has no `results.parquet`"), "{}", stderr(&output));
}

#[test]
fn values_that_are_no_numbers_are_told() {
    let mut rows = Rows::whole();
    rows.values[0] = Some(f64::NAN);
    rows.values[1] = None;
    let folder = run(&rows);
    fs::remove_file(folder.path().join("run.json")).unwrap();
    let page = folder.path().join("page.html");
    done(&["lab", "report", text_of(&folder), "-o", text_path(&page)]);
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("2 of 25,584 values are empty or not finite"));
    assert!(html.contains("There is no `run.json`"));
}

#[test]
fn charts_are_painted() {
    let rows = Rows::whole().only(|texts| {
        ["compute", "denied", "us_vendor_revenue"].contains(&texts[3].as_deref().unwrap())
    });
    let folder = run(&rows);
    let [png, svg] = ["png", "svg"].map(|name| folder.path().join(name));
    let (png_text, svg_text) = (text_path(&png), text_path(&svg));
    let output =
        weir(&["lab", "report", text_of(&folder), "--png", png_text, "--svg", svg_text], b"");
    if stderr(&output).contains("there are no fonts") {
        // A machine without any font paints nothing and says so.
        assert_eq!(output.status.code(), Some(1));
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(output.stdout.is_empty(), "files were asked for and nothing else");
    let count = |folder: &Path| fs::read_dir(folder).unwrap().count();
    assert_eq!(count(&png), count(&svg));
    let bytes = fs::read(png.join("trade-off.png")).unwrap();
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!(side(16) > 1500 && side(20) > 500, "{} {}", side(16), side(20));
}

const KEYS: [&str; 8] = ["basis", "claimed", "found", "high", "id", "low", "unit", "verdict"];

#[test]
fn claims_have_their_form_and_their_verdicts() {
    let rows = json_lines(&weir(&["lab", "claims", "--format", "jsonl"], b""));
    assert_eq!(rows.len(), 20);
    let mut verdicts = BTreeMap::new();
    for row in &rows {
        let mut keys: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, KEYS);
        assert!(row["basis"].as_str().is_some_and(|basis| !basis.is_empty()), "{row}");
        let [low, high] = ["low", "high"].map(|end| row[end].as_f64());
        assert!(low.zip(high).is_none_or(|(low, high)| low <= high), "{row}");
        verdicts.insert(row["id"].as_str().unwrap(), row["verdict"].as_str().unwrap());
    }
    for (id, verdict) in [
        ("c01", "too early"),
        ("c02", "holds"),
        ("c03", "holds in part"),
        ("c04", "too high"),
        ("c05", "too low"),
        // That chips come is tested, and through which countries is not.
        ("c07", "holds in part"),
        ("c08", "needs a run"),
        ("c09", "holds in part"),
        ("c10", "too high"),
        ("c11", "holds in part"),
        ("c15", "not testable"),
        ("c17", "holds"),
        ("c19", "contested"),
    ] {
        assert_eq!(verdicts[id], verdict, "{id}");
    }
    let by_id = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!((&by_id("c02")["found"], &by_id("c01")["found"]), (&3.into(), &"2025-01".into()));
    let basis = by_id("c02")["basis"].as_str().unwrap();
    assert!(basis.contains("49,901 H100e") && basis.contains("19 destinations"), "{basis}");
    assert_eq!((&by_id("c17")["low"], &by_id("c17")["high"]), (&4.into(), &5.into()));
}

/// A verdict follows from the law and the run, and changes with them.
#[test]
fn verdicts_follow_from_what_is_found() {
    let folder = run(&Rows::whole());
    let with = json_lines(&weir(
        &["lab", "claims", "--format", "jsonl", "--results", text_of(&folder)],
        b"",
    ));
    let by_id = |rows: &[Value], id: &str| rows.iter().find(|row| row["id"] == id).unwrap().clone();
    // The run ends in 2025, the claims speak of 2027.
    let lost = by_id(&with, "c08");
    assert_eq!(lost["verdict"], "needs a run");
    assert!(lost["basis"].as_str().unwrap().contains("does not have `market_value`"), "{lost}");
    assert!(
        by_id(&with, "c11")["basis"]
            .as_str()
            .unwrap()
            .contains("By compute, simulated, \"History\": 55 %")
    );
    assert!(by_id(&with, "c18")["basis"].as_str().unwrap().contains("960,000"));
    let mut rows = Rows::whole();
    for quarter in &mut rows.texts[1] {
        *quarter = quarter.take().map(|it| it.replace("2025", "2027"));
    }
    let later = run(&rows);
    let with = json_lines(&weir(
        &["lab", "claims", "--format", "jsonl", "--results", text_of(&later)],
        b"",
    ));
    let lost = by_id(&with, "c08");
    assert_eq!(lost["verdict"], "holds in part", "{lost}");
    let near = |value: &Value, wanted: f64| {
        assert!((value.as_f64().unwrap() - wanted).abs() < 0.01, "{value} {wanted}");
    };
    // Full decoupling has 1,000 billion less than no controls, and 100 more less at the last draw;
    // history has as much more.
    near(&lost["low"], -1095.0);
    near(&lost["found"], 0.0);
    near(&lost["high"], 1095.0);
    let basis = lost["basis"].as_str().unwrap();
    assert!(basis.contains("below \"No controls\" at the end of 2027Q4"), "{basis}");
    assert!(by_id(&with, "c14")["basis"].as_str().unwrap().contains("at least"), "{with:?}");
}

/// What quotas do is the framework enforced against history, one quantity after another; what is
/// above everything found is not called true.
#[test]
fn limbs_of_a_claim_are_told_apart() {
    let mut rows = Rows::whole().only(|texts| texts[0].as_deref() != Some("no-controls"));
    for quarter in &mut rows.texts[1] {
        *quarter = quarter.take().map(|it| it.replace("2025", "2027"));
    }
    for scenario in &mut rows.texts[0] {
        *scenario = scenario.take().map(|it| it.replace("full-decoupling", "diffusion-enforced"));
    }
    for draw in 0..DRAWS {
        let z = draw as f64 / (DRAWS - 1) as f64;
        for (scenario, more) in [("history", 0.0), ("diffusion-enforced", 1.0)] {
            let mut add = |actor, quantity, unit, value| {
                rows.add([scenario, "2027Q4", actor, quantity, unit], draw + 100, value);
            };
            // Foundries are idler in every draw, chips dearer in half of them, rents as before.
            add("foundry", "overcapacity", "share", 0.1 + more * 0.05);
            add("world", "price_h100e", "USD per H100e", 1e4 + more * (z - 0.45) * 100.0);
            add("world", "rental_price", "USD per GPU-hour", 2.0);
        }
    }
    let folder = run(&rows);
    let with = json_lines(&weir(
        &["lab", "claims", "--format", "jsonl", "--results", text_of(&folder)],
        b"",
    ));
    let quotas = with.iter().find(|row| row["id"] == "c20").unwrap();
    let basis = quotas["basis"].as_str().unwrap();
    assert_eq!(quotas["verdict"], "holds in part", "{quotas}");
    for limb in [
        "`overcapacity` of china_dc, \"Diffusion rule enforced\" over \"History\"",
        "+0.0 (+0.0 … +0.0) percentage points; that it rises: does not hold",
        "+5.0 (+5.0 … +5.0) percentage points; that it rises: holds.",
        "+5 (-40 … +50) USD per H100e, +0.05 % of what it is; that it rises: holds in part.",
        "0 (0 … 0) USD per GPU-hour, +0.00 % of what it is; that it rises: does not hold.",
    ] {
        assert!(basis.contains(limb), "{limb}: {basis}");
    }
}

#[test]
fn claims_can_be_read_in_both_languages() {
    let page = done(&["lab", "claims", "--format", "html"]);
    assert_eq!(page.matches("<article").count(), 20);
    assert!(
        page.contains("The rule sorts the world into three tiers") && !page.contains("href=\"http")
    );
    let page = done(&["lab", "claims", "--format", "html", "--lang", "zh"]);
    assert!(page.contains("该规则把世界分为三级") && page.contains("部分成立"));
    let markdown = done(&["lab", "claims", "--format", "md"]);
    assert!(markdown.starts_with("# Claims under test\n"), "{markdown}");
    assert_eq!(markdown.lines().filter(|line| line.starts_with("| c")).count(), 20);
    let markdown = done(&["lab", "claims", "--format", "md", "--lang", "zh"]);
    assert!(markdown.contains("| c01 |") && markdown.contains("**过早**"), "{markdown}");
    let table = done(&["lab", "claims", "--format", "table", "--lang", "zh"]);
    assert!(table.contains("待验说法") && table.contains("无法检验"), "{table}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("claims.xyz");
    let output = weir(&["lab", "claims", "-o", text_path(&file)], b"");
    assert!(stderr(&output).contains("does not tell the form"), "{}", stderr(&output));
    assert!(!file.exists());
    let data = done(&["lab", "claims", "--show-data"]);
    assert!(data.starts_with("id,claim,claim_zh,kind,"));
}

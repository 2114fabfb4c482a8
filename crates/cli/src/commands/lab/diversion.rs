//! `weir lab diversion`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use lab::instruments::diversion::{
    Family, MOST_DRAWS, Outcome, Range, Reading, SHIPPED, Stated, run as draw,
};

use super::{column, decimals, share, text_of};
use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::sheet::{Cell, Column, Kind, Sheet, grouped};
use crate::{Common, Done};

/// The study and what it leaves open.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// How often to draw from each reading.
    #[arg(
        long,
        default_value = "1000000",
        value_parser = clap::value_parser!(u64).range(1..=MOST_DRAWS)
    )]
    draws: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "2026")]
    seed: u64,
    /// The number of chips of which the table says how likely more are.
    #[arg(long, default_value = "100000", value_name = "CHIPS")]
    above: u32,
    /// A table of ranges and weights in place of the study's, of the form that `--show-data`
    /// writes.
    #[arg(long, value_name = "FILE")]
    ranges: Option<PathBuf>,
    /// A reading of your own: what the range of vendors is.
    #[arg(long, value_name = "FAMILY")]
    vendors: Option<Choice>,
    /// Of your own reading: what the range of chips per vendor and month is.
    #[arg(long, value_name = "FAMILY")]
    monthly: Option<Choice>,
    /// Of your own reading: what the range of cloud companies that are fronts is.
    #[arg(long, value_name = "FAMILY")]
    fronts: Option<Choice>,
    /// Of your own reading: what the range of chips ordered per front is.
    #[arg(long, value_name = "FAMILY")]
    ordered: Option<Choice>,
    /// Of your own reading: what the range of the share diverted is.
    #[arg(long, value_name = "FAMILY")]
    diverted: Option<Choice>,
    /// Of your own reading: the chips a year where the framework is wrong, as LOW:HIGH.
    #[arg(long, value_name = "LOW:HIGH", value_parser = range)]
    other: Option<Range>,
    /// Writes the ranges and weights that are used, with their sources, and draws nothing.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    show_data: bool,
    #[command(flatten)]
    form: Form,
}

/// What a range of the study is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Choice {
    /// The middle 90 percent of a lognormal variable.
    Lognormal,
    /// Bounds between which the logarithm is uniform.
    LogUniform,
    /// Bounds between which the value is uniform.
    Uniform,
}

impl Choice {
    fn family(self) -> Family {
        match self {
            Choice::Lognormal => Family::Lognormal,
            Choice::LogUniform => Family::LogUniform,
            Choice::Uniform => Family::Uniform,
        }
    }
}

/// Reads two ends of a range above zero.
fn range(text: &str) -> Result<Range, String> {
    let ends = text.split_once(':').and_then(|(low, high)| {
        Some(Range { low: low.trim().parse().ok()?, high: high.trim().parse().ok()? })
    });
    ends.filter(|ends| ends.low > 0.0 && ends.high >= ends.low && ends.high.is_finite())
        .ok_or_else(|| format!("`{text}` is no range such as 100:10000000"))
}

/// Draws from every reading.
///
/// # Errors
/// A table of ranges that cannot be used, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let (name, text) = match &args.ranges {
        Some(path) => (path.display().to_string(), text_of(path, &args.form)?),
        None => (lab::instruments::diversion::SHIPPED_NAME.to_owned(), SHIPPED.to_owned()),
    };
    let stated = Stated::read(&name, &text)?;
    if args.show_data {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(Done::Good);
    }
    // A form that cannot be told is no reason to draw first.
    args.form.format()?;
    let mut readings = Reading::all(&stated);
    readings.extend(own(args, &stated));
    let mut rows = vec![published(&stated)];
    for reading in &readings {
        let outcome = draw(&stated, reading, args.draws, args.seed, f64::from(args.above))
            .ok_or_else(|| anyhow!("there are no draws\n\nhint: give --draws"))?;
        rows.push(row(common.lang, reading, &outcome));
    }
    let sheet = Sheet {
        title: common
            .lang
            .pick("Chips diverted to China in 2024", "2024 年转运至中国的芯片")
            .into(),
        notes: notes(args, common.lang),
        heads: false,
        columns: columns(common.lang, args.above),
        rows,
        empty: String::new(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

/// The reading that the options make; `None` where none is given.
fn own(args: &Args, stated: &Stated) -> Option<Reading> {
    let first = Reading::lognormal(stated);
    let family = |choice: Option<Choice>, or: Family| choice.map_or(or, Choice::family);
    let reading = Reading {
        name: "own".to_owned(),
        vendors: family(args.vendors, first.vendors),
        monthly: family(args.monthly, first.monthly),
        fronts: family(args.fronts, first.fronts),
        ordered: family(args.ordered, first.ordered),
        diverted: family(args.diverted, first.diverted),
        other: args.other.unwrap_or(first.other),
    };
    let choices = [args.vendors, args.monthly, args.fronts, args.ordered, args.diverted];
    (choices.iter().any(Option::is_some) || args.other.is_some()).then_some(reading)
}

fn columns(language: Language, above: u32) -> Vec<Column> {
    let above = grouped(&above.to_string());
    let above = [format!("above {above}"), format!("超过 {above}")];
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    vec![
        text("reading", ["reading", "解读"]),
        text("vendors", ["vendors", "中间商"]),
        text("monthly", ["a month", "月均量"]),
        text("clouds", ["clouds", "云公司"]),
        text("other", ["other outcome", "其他结果"]),
        number("p5", ["5 %", "5%"]),
        number("p50", ["median", "中位数"]),
        number("p95", ["95 %", "95%"]),
        number("mean", ["mean", "均值"]),
        column(language, "above", [&above[0], &above[1]], Kind::Share),
        number("vendors_p50", ["by vendors", "中间商途径"]),
        number("clouds_p50", ["by clouds", "云公司途径"]),
    ]
}

fn published(stated: &Stated) -> Vec<Cell> {
    let mut row = vec![Cell::None; 12];
    row[0] = Cell::text("published");
    row[6] = decimals(stated.median, 0);
    row
}

fn row(language: Language, reading: &Reading, outcome: &Outcome) -> Vec<Cell> {
    let ends = |range: Range| {
        let end = |end: f64| grouped(&format!("{end:.0}"));
        format!("{}–{}", end(range.low), end(range.high))
    };
    let clouds = [reading.fronts, reading.ordered, reading.diverted];
    let clouds = match clouds.iter().all(|family| *family == clouds[0]) {
        true => word(language, clouds[0]).to_owned(),
        false => clouds.map(|family| word(language, family)).join(" × "),
    };
    vec![
        Cell::text(&reading.name),
        Cell::text(word(language, reading.vendors)),
        Cell::text(word(language, reading.monthly)),
        Cell::text(clouds),
        Cell::text(ends(reading.other)),
        decimals(outcome.total[0], 0),
        decimals(outcome.total[2], 0),
        decimals(outcome.total[4], 0),
        decimals(outcome.mean, 0),
        share(outcome.above),
        decimals(outcome.by_vendors[2], 0),
        decimals(outcome.by_clouds[2], 0),
    ]
}

fn word(language: Language, family: Family) -> &'static str {
    match family {
        Family::Lognormal => language.pick("lognormal", "对数正态"),
        Family::LogUniform => language.pick("log-uniform", "对数均匀"),
        Family::Uniform => language.pick("uniform", "均匀"),
    }
}

fn notes(args: &Args, language: Language) -> Vec<String> {
    let draws = grouped(&args.draws.to_string());
    let seed = args.seed;
    match language {
        Language::En => vec![
            "Grunewald and Fist (CNAS, June 2025) state ranges and weights, and no distributions; each row is one reading of them.".into(),
            format!("Chips a year; {draws} draws a reading, seed {seed}. By vendors and by clouds: the median of each path alone."),
        ],
        Language::Zh => vec![
            "Grunewald 与 Fist（CNAS，2025 年 6 月）给出区间和权重，但未给出分布；每行是一种解读。".into(),
            format!("单位：芯片/年；每种解读抽样 {draws} 次，种子 {seed}。两条途径各为其单独的中位数。"),
        ],
    }
}

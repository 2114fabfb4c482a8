//! `weir lab kinks`.

use std::io::Write;
use std::path::PathBuf;

use jiff::civil::Date;
use lab::instruments::kinks::{Kink, Pair, SHIPPED, SHIPPED_NAME, kinks};

use super::{column, decimals, text_of};
use crate::commands::ledger::{Form, day};
use crate::language::Language;
use crate::output::sheet::{Cell, Kind, Sheet};
use crate::{Common, Done};

/// Two series and a day.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A CSV table with a column `date` and a column for each series; stocks of compute by Epoch AI
    /// without one.
    series: Option<PathBuf>,
    /// The column that the event is about.
    #[arg(long, value_name = "COLUMN", default_value = "china_with_huawei")]
    treated: String,
    /// The column to compare with.
    #[arg(long, value_name = "COLUMN", default_value = "hyperscalers")]
    control: String,
    /// The day; may be given more than once.
    #[arg(long, value_name = "DATE", default_value = "2023-10-17", value_parser = day)]
    event: Vec<Date>,
    /// How many days before and after the day count, those near to it the most.
    #[arg(
        long,
        value_name = "DAYS",
        default_value = "548",
        value_parser = clap::value_parser!(u32).range(1..=36500)
    )]
    bandwidth: u32,
    /// Writes the series that are used, with their sources, and estimates nothing.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    show_data: bool,
    #[command(flatten)]
    form: Form,
}

/// Writes the bends.
///
/// # Errors
/// Series that cannot be used, too few points near a day, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let (name, text) = match &args.series {
        Some(path) => (path.display().to_string(), text_of(path, &args.form)?),
        None => (SHIPPED_NAME.to_owned(), SHIPPED.to_owned()),
    };
    if args.show_data {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(Done::Good);
    }
    args.form.format()?;
    let pair = Pair::read(&name, &text, &args.treated, &args.control)?;
    let language = common.lang;
    let mut rows = Vec::new();
    for event in &args.event {
        let found = kinks(&pair, *event, args.bandwidth)?;
        let difference = language.pick("difference", "差值");
        for (series, kink) in [
            (args.treated.as_str(), found.treated),
            (args.control.as_str(), found.control),
            (difference, found.difference),
        ] {
            rows.push(row(*event, series, &kink, found.points));
        }
    }
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    let sheet = Sheet {
        title: language.pick("Difference in kinks", "拐点差分").into(),
        notes: notes(args, language, &name),
        heads: true,
        columns: vec![
            text("event", ["event", "事件日"]),
            text("series", ["series", "序列"]),
            number("points_before", ["points before", "此前点数"]),
            number("points_after", ["after", "此后点数"]),
            number("slope_before", ["slope before", "此前斜率"]),
            number("slope_after", ["slope after", "此后斜率"]),
            number("kink", ["kink a day", "每日拐点"]),
            number("error", ["s.e.", "标准误"]),
            number("t", ["t", "t"]),
            number("kink_per_year", ["kink a year", "每年拐点"]),
        ],
        rows,
        empty: String::new(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

fn row(event: Date, series: &str, kink: &Kink, points: (usize, usize)) -> Vec<Cell> {
    /// Days of a year, on average.
    const YEAR: f64 = 365.25;
    vec![
        Cell::text(event.to_string()),
        Cell::text(series),
        Cell::number(points.0),
        Cell::number(points.1),
        decimals(kink.before, 6),
        decimals(kink.after, 6),
        decimals(kink.kink, 6),
        decimals(kink.error, 6),
        decimals(kink.kink / kink.error, 2),
        decimals(kink.kink * YEAR, 3),
    ]
}

fn notes(args: &Args, language: Language, name: &str) -> Vec<String> {
    let bandwidth = args.bandwidth;
    match language {
        Language::En => vec![
            format!("Of {name}, in natural logarithms a day; bandwidth {bandwidth} days."),
            "Errors are robust to unequal variance and not to errors that hang together over time: of stocks, the true ones are larger.".into(),
        ],
        Language::Zh => vec![
            format!("数据：{name}；单位：自然对数/日；带宽 {bandwidth} 天。"),
            "标准误对异方差稳健，但对时间上的相关不稳健：存量序列的真实误差更大。".into(),
        ],
    }
}

//! `weir lab events`.

use std::path::PathBuf;

use jiff::civil::Date;
use lab::instruments::events::{Effect, Placebo, Prices, Windows};

use super::{column, decimals, share, text_of};
use crate::commands::ledger::{Form, day};
use crate::language::Language;
use crate::output::sheet::{Cell, Column, Kind, Sheet, grouped};
use crate::{Common, Done};

/// Prices, events and windows.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A CSV table with a column `date` and a column of daily prices for each name.
    prices: PathBuf,
    /// The column of the market.
    #[arg(long, value_name = "COLUMN")]
    market: String,
    /// A day on which something happened; may be given more than once.
    #[arg(long, value_name = "DATE", required = true, value_parser = day)]
    event: Vec<Date>,
    /// The columns to study; all but the market by default.
    #[arg(long, value_name = "COLUMN")]
    name: Vec<String>,
    /// The days of the event, in trading days from it.
    #[arg(
        long,
        value_name = "FIRST:LAST",
        default_value = "0:0",
        value_parser = window,
        allow_hyphen_values = true
    )]
    window: (i32, i32),
    /// The days that the market model is estimated on, in trading days from the event.
    #[arg(
        long,
        value_name = "FIRST:LAST",
        default_value = "-250:-30",
        value_parser = window,
        allow_hyphen_values = true
    )]
    estimation: (i32, i32),
    /// The fewest returns to estimate from.
    #[arg(
        long,
        value_name = "RETURNS",
        default_value = "60",
        value_parser = clap::value_parser!(u16).range(10..)
    )]
    least: u16,
    #[command(flatten)]
    form: Form,
}

/// Reads the first and the last day of a window.
fn window(text: &str) -> Result<(i32, i32), String> {
    let ends = text.split_once(':');
    let ends = ends.and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    let near = |day: i32| (-10_000..=10_000).contains(&day);
    ends.filter(|(first, last)| near(*first) && near(*last) && first <= last)
        .ok_or_else(|| format!("`{text}` is no window such as -1:1"))
}

/// Writes what each event did to each price.
///
/// # Errors
/// Prices that cannot be used, an event outside them, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    args.form.format()?;
    let prices =
        Prices::read(&args.prices.display().to_string(), &text_of(&args.prices, &args.form)?)?;
    let windows =
        Windows { estimation: args.estimation, event: args.window, least: args.least.into() };
    let names: Vec<&str> = match args.name.as_slice() {
        [] => prices.names().filter(|name| *name != args.market).collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    let mut rows = Vec::new();
    for name in names {
        let placebo = prices.placebo(name, &args.market, &args.event, &windows)?;
        for event in &args.event {
            let effect = prices.effect(name, &args.market, *event, &windows)?;
            rows.push(row(name, *event, &effect, &placebo));
        }
    }
    let sheet = Sheet {
        title: common.lang.pick("Abnormal returns", "异常收益率").into(),
        notes: notes(args, common.lang),
        heads: true,
        columns: columns(common.lang),
        rows,
        empty: common
            .lang
            .pick("there are no prices but the market's", "除市场外没有其他价格列")
            .into(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

fn columns(language: Language) -> Vec<Column> {
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    vec![
        text("name", ["name", "名称"]),
        text("event", ["event", "事件日"]),
        text("day", ["trading day", "交易日"]),
        number("returns", ["n", "样本"]),
        number("beta", ["beta", "贝塔"]),
        number("raw", ["raw", "原始收益"]),
        number("abnormal", ["abnormal", "异常收益"]),
        number("error", ["s.e.", "标准误"]),
        number("t", ["t", "t"]),
        number("p", ["p", "p"]),
        number("placebo_p", ["placebo p", "安慰剂 p"]),
        number("placebo_days", ["placebo days", "安慰剂天数"]),
        number("placebo_t5", ["t 5 %", "t 5%"]),
        number("placebo_t95", ["t 95 %", "t 95%"]),
        column(language, "placebo_size", ["size at 5 %", "5% 检验水平"], Kind::Share),
    ]
}

fn row(name: &str, event: Date, effect: &Effect, placebo: &Placebo) -> Vec<Cell> {
    let of_t = |share: f64| placebo.t.quantile(share).map_or(Cell::None, |t| decimals(t, 2));
    let has_days = placebo.days > 0;
    vec![
        Cell::text(name),
        Cell::text(event.to_string()),
        Cell::text(effect.day.to_string()),
        Cell::number(effect.returns),
        decimals(effect.beta, 3),
        decimals(effect.raw, 4),
        decimals(effect.abnormal, 4),
        decimals(effect.error, 4),
        decimals(effect.t, 2),
        decimals(effect.p, 4),
        if has_days { decimals(placebo.p(effect.t), 4) } else { Cell::None },
        Cell::number(placebo.days),
        of_t(0.05),
        of_t(0.95),
        placebo.size().map_or(Cell::None, share),
    ]
}

fn notes(args: &Args, language: Language) -> Vec<String> {
    let days = |(first, last): (i32, i32)| format!("{first}:{last}");
    let (window, estimation) = (days(args.window), days(args.estimation));
    let market = &args.market;
    let events = grouped(&args.event.len().to_string());
    match language {
        Language::En => vec![
            format!("Market model on `{market}`; event window {window}, estimation window {estimation} trading days; {events} events."),
            "Returns are fractions: -0.03 is minus 3 percent. Placebo days are all others: their size says how often a test of 5 percent rejects where nothing is known to have happened.".into(),
        ],
        Language::Zh => vec![
            format!("市场模型以“{market}”为市场；事件窗口 {window}，估计窗口 {estimation}（交易日）；事件 {events} 个。"),
            "收益率为小数：-0.03 即下跌 3%。安慰剂日为其余各日：其检验水平表示在无已知事件时 5% 检验的拒绝频率。".into(),
        ],
    }
}

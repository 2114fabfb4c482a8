//! `weir chips`: the catalogue, the vendors' tables, and any chip under every version of the law.

use std::io::{self, Write};

use anyhow::{anyhow, bail};
use jiff::civil::Date;
use law::headroom::{Limb, headroom};
use law::text::{Values, grouped};
use law::truth::Truth;
use law::{FactType, Facts, Law};
use serde_json::Value as Json;

use crate::catalogue::{Chip, Chips};
use crate::commands::import;
use crate::language::Language;
use crate::output::wrapping::padded;
use crate::output::{json, labels};
use crate::{Common, Done};

/// Lists, shows and classifies chips, and imports vendors' part tables.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// The catalogue: every chip with its performance and today's paragraph.
    List {
        /// Only those whose key, name or vendor holds this.
        filter: Option<String>,
        /// `table`, `csv` or `jsonl`.
        #[arg(long, default_value = "table")]
        format: Form,
    },
    /// Everything the catalogue knows of a chip, with its source.
    Show {
        /// The key, as `weir chips list` shows it.
        sku: String,
    },
    /// A chip or a specification under every version of the law, with its distance to each
    /// threshold.
    Classify(Classify),
    /// Turns a vendor's published part table into one that `--parts` reads.
    Import(import::Args),
}

/// How a list of chips is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people.
    Table,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What to classify.
#[derive(clap::Args, Debug)]
struct Classify {
    /// A key of the catalogue; without one, a specification made of `--set`.
    sku: Option<String>,
    /// A fact of the item, such as `item.tpp=4000`; `item.` may be left out.
    #[arg(long = "set", value_name = "FACT=VALUE")]
    set: Vec<String>,
    /// The day whose thresholds are shown in detail; today by default.
    #[arg(long)]
    date: Option<Date>,
    /// `table` or `jsonl`.
    #[arg(long, default_value = "table")]
    format: Form,
}

/// Runs the command.
///
/// # Errors
/// An unknown chip or fact, an unreadable table.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    if let Command::Import(args) = &args.command {
        return import::run(args, common);
    }
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    let mut out = io::BufWriter::new(io::stdout());
    match &args.command {
        Command::List { filter, format } => {
            list(&mut out, &law, &chips, filter.as_deref(), *format, common.lang)?;
        }
        Command::Show { sku } => show(&mut out, &law, find(&chips, sku)?, common.lang)?,
        Command::Classify(args) => classify(&mut out, &law, &chips, args, common.lang)?,
        Command::Import(_) => {}
    }
    out.flush()?;
    Ok(Done::Good)
}

fn find<'c>(chips: &'c Chips, sku: &str) -> anyhow::Result<&'c Chip> {
    chips.find(sku).ok_or_else(|| {
        let near = chips.suggestions(sku);
        let hint = match near.as_slice() {
            [] => "see `weir chips list`".to_string(),
            near => format!("did you mean {}?", near.join(", ")),
        };
        anyhow!("there is no chip `{sku}` in the catalogue\n\nhint: {hint}")
    })
}

/// The facts of a chip on a day.
pub fn facts_of(law: &Law, chip: Option<&Chip>, date: Date) -> Facts {
    let mut facts = Facts::new(law.vocabulary());
    if let Some(chip) = chip {
        chip.facts.iter().for_each(|(fact, value)| facts.set(*fact, Some(value.clone())));
    }
    facts.set(law.date_fact(), Some(law::Value::Date(date)));
    facts
}

/// The paragraphs under which an item falls, and whether more could be said with more facts.
pub fn paragraphs(law: &Law, facts: &Facts) -> (Vec<String>, bool) {
    let mut facts = facts.clone();
    facts.complete(law.vocabulary(), law.defaults());
    let limbs = headroom(law, &facts);
    let mut codes: Vec<String> = Vec::new();
    for limb in limbs.iter().filter(|limb| limb.truth == Truth::True) {
        if !codes.contains(&limb.code) {
            codes.push(limb.code.clone());
        }
    }
    let open = codes.is_empty() && limbs.iter().any(|limb| limb.truth == Truth::Unknown);
    (codes, open)
}

fn shown(codes: &[String], open: bool, language: Language) -> String {
    match (codes.is_empty(), open) {
        (false, _) => codes.join(", "),
        (true, true) => language.pick("not known", "未知").into(),
        (true, false) => language.pick("none", "无").into(),
    }
}

fn number(law: &Law, facts: &Facts, name: &str) -> Option<String> {
    let mut memory = law::eval::Memory::default();
    let value = Values::new(law, facts, &mut memory)?.num(name)?;
    Some(if value.is_decimal() { grouped(value) } else { value.to_decimals(2) })
}

/// The columns of a list for programs.
const LIST_COLUMNS: [&str; 9] =
    ["sku", "vendor", "announced", "tpp", "tpp_per_mm2", "dram_gbs", "io_gbs", "class", "sure"];

/// The heads of a list for people, in English and Chinese.
const LIST_HEADS: [[&str; 9]; 2] = [
    ["chip", "vendor", "announced", "TPP", "TPP/mm²", "DRAM GB/s", "I/O GB/s", "class", "sure"],
    ["芯片", "厂商", "发布", "TPP", "TPP/mm²", "显存 GB/s", "互连 GB/s", "分类", "可信度"],
];

fn list(
    out: &mut dyn Write,
    law: &Law,
    chips: &Chips,
    filter: Option<&str>,
    form: Form,
    language: Language,
) -> anyhow::Result<()> {
    let table = listed(law, chips, filter, language);
    match form {
        Form::Table => {
            let rows: Vec<[String; 9]> = table
                .into_iter()
                .map(|mut row| {
                    row[8] = labels::sure(language, &row[8]).to_string();
                    row
                })
                .collect();
            let head = LIST_HEADS[language as usize].map(str::to_string);
            let today = law.verified_through();
            writeln!(out, "{}", aligned(&head, &rows, &[3, 4, 5, 6]))?;
            match language {
                Language::En => writeln!(out, "{} chips; class as of {today}", rows.len())?,
                Language::Zh => writeln!(out, "共 {} 款芯片；分类截至 {today}", rows.len())?,
            }
        }
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(LIST_COLUMNS)?;
            for row in &table {
                csv.write_record(row.iter().map(|cell| cell.replace(',', "")))?;
            }
            csv.flush()?;
        }
        Form::Jsonl => {
            for row in &table {
                let cells = row.iter().map(String::as_str);
                writeln!(out, "{}", object(LIST_COLUMNS.into_iter().zip(cells)))?;
            }
        }
    }
    Ok(())
}

/// The chips of a list, with their figures and paragraphs.
fn listed(law: &Law, chips: &Chips, filter: Option<&str>, language: Language) -> Vec<[String; 9]> {
    let today = law.verified_through();
    let wanted = filter.map(str::to_lowercase);
    let mut table = Vec::new();
    for chip in chips.iter() {
        let text = format!("{} {} {}", chip.sku, chip.column("name"), chip.column("vendor"))
            .to_lowercase();
        if wanted.as_ref().is_some_and(|wanted| !text.contains(wanted)) {
            continue;
        }
        let facts = facts_of(law, Some(chip), today);
        let (codes, open) = paragraphs(law, &facts);
        table.push([
            chip.sku.clone(),
            chip.column("vendor").to_string(),
            chip.column("announced").to_string(),
            number(law, &facts, "item.tpp").unwrap_or_default(),
            number(law, &facts, "item.performance_density").unwrap_or_default(),
            chip.column("dram_gbs").to_string(),
            chip.column("io_gbs").to_string(),
            shown(&codes, open, language),
            chip.column("sure").to_string(),
        ]);
    }
    table
}

/// A JSON object of texts.
fn object<'o>(entries: impl Iterator<Item = (&'o str, &'o str)>) -> String {
    let mut line = String::from("{");
    for (at, (name, value)) in entries.enumerate() {
        if at > 0 {
            line.push(',');
        }
        json::string(&mut line, name);
        line.push(':');
        json::string(&mut line, value);
    }
    line.push('}');
    line
}

fn show(out: &mut dyn Write, law: &Law, chip: &Chip, language: Language) -> anyhow::Result<()> {
    writeln!(out, "{}  {}", chip.sku, chip.column("name"))?;
    for (name, value) in
        chip.columns.iter().filter(|(name, _)| !matches!(name.as_str(), "sku" | "name"))
    {
        let value = match name.as_str() {
            _ if value.is_empty() => language.pick("unknown", "未知"),
            "sure" => labels::sure(language, value),
            _ => value,
        };
        writeln!(out, "  {}{value}", padded(labels::chip_column(language, name), 18))?;
    }
    let facts = facts_of(law, Some(chip), law.verified_through());
    let unknown = || language.pick("unknown", "未知").to_string();
    writeln!(out, "{}", language.pick("computed by the law packs", "由规则包计算"))?;
    let tpp = number(law, &facts, "item.tpp").unwrap_or_else(unknown);
    let density = number(law, &facts, "item.performance_density").unwrap_or_else(unknown);
    writeln!(out, "  {:<18}{tpp}", "TPP")?;
    writeln!(out, "  {:<18}{density}", "TPP/mm²")?;
    versions(out, law, &|date| facts_of(law, Some(chip), date), language)
}

fn classify(
    out: &mut dyn Write,
    law: &Law,
    chips: &Chips,
    args: &Classify,
    language: Language,
) -> anyhow::Result<()> {
    let chip = args.sku.as_deref().map(|sku| find(chips, sku)).transpose()?;
    if chip.is_none() && args.set.is_empty() {
        bail!(
            "nothing to classify\n\nhint: weir chips classify nvidia-h20, or weir chips classify --set \
             kind=chip --set tpp=4000 --set die_area_mm2=800 --set datacenter=true"
        );
    }
    let mut set = Vec::new();
    for setting in &args.set {
        set.push(parse_setting(law, setting)?);
    }
    let facts_on = |date: Date| {
        let mut facts = facts_of(law, chip, date);
        set.iter().for_each(|(fact, value)| facts.set(*fact, value.clone()));
        facts
    };
    let date = args.date.unwrap_or_else(crate::today);
    if args.format == Form::Jsonl {
        return classify_jsonl(out, law, &facts_on, date);
    }
    if let Some(chip) = chip {
        writeln!(out, "{}  {}", chip.sku, chip.column("name"))?;
    }
    let facts = facts_on(date);
    let unknown = || language.pick("unknown", "未知").to_string();
    let tpp = number(law, &facts, "item.tpp").unwrap_or_else(unknown);
    let density = number(law, &facts, "item.performance_density").unwrap_or_else(unknown);
    writeln!(out, "TPP {tpp}   TPP/mm² {density}")?;
    versions(out, law, &facts_on, language)?;
    thresholds(out, law, &facts, date, language)
}

fn parse_setting(law: &Law, setting: &str) -> anyhow::Result<(law::FactId, Option<law::Value>)> {
    let (name, value) =
        setting.split_once('=').ok_or_else(|| anyhow!("`--set {setting}` is not FACT=VALUE"))?;
    let vocabulary = law.vocabulary();
    let found = vocabulary.find(name).or_else(|| vocabulary.find(&format!("item.{name}")));
    let Some(id) = found else {
        let near = vocabulary.nearest(name).or_else(|| vocabulary.nearest(&format!("item.{name}")));
        let hint = near.unwrap_or("see `weir law facts`");
        bail!("`--set {setting}`: there is no fact `{name}`\n\nhint: {hint}");
    };
    let value = vocabulary
        .fact(id)
        .parse(value)
        .map_err(|error| anyhow!("`--set {setting}`: {}\n\nhint: {}", error.message, error.hint))?;
    Ok((id, value))
}

/// The spans of time in which an item falls under the same paragraphs.
fn spans(
    law: &Law,
    facts_on: &dyn Fn(Date) -> Facts,
) -> Vec<(Date, Option<Date>, Vec<String>, bool)> {
    let mut spans: Vec<(Date, Option<Date>, Vec<String>, bool)> = Vec::new();
    for date in law.dates().iter().copied().filter(|date| *date >= law.first_day()) {
        let (codes, open) = paragraphs(law, &facts_on(date));
        match spans.last_mut() {
            Some((_, _, last, last_open)) if *last == codes && *last_open == open => {}
            Some((_, end, ..)) => {
                *end = date.yesterday().ok();
                spans.push((date, None, codes, open));
            }
            None => spans.push((date, None, codes, open)),
        }
    }
    spans
}

fn versions(
    out: &mut dyn Write,
    law: &Law,
    facts_on: &dyn Fn(Date) -> Facts,
    language: Language,
) -> anyhow::Result<()> {
    writeln!(out, "{}", language.pick("under each version of the law", "在各版本法规下"))?;
    for (from, through, codes, open) in spans(law, facts_on) {
        let through = through.map_or_else(String::new, |date| date.to_string());
        writeln!(out, "  {from} – {through:<10}  {}", shown(&codes, open, language))?;
    }
    Ok(())
}

fn thresholds(
    out: &mut dyn Write,
    law: &Law,
    facts: &Facts,
    date: Date,
    language: Language,
) -> anyhow::Result<()> {
    let mut complete = facts.clone();
    complete.complete(law.vocabulary(), law.defaults());
    match language {
        Language::En => writeln!(out, "distance to the thresholds of {date}")?,
        Language::Zh => writeln!(out, "与 {date} 各阈值的距离")?,
    }
    let about = about(law, &complete);
    let limbs: Vec<Limb> = headroom(law, &complete)
        .into_iter()
        .filter(|limb| !limb.thresholds.is_empty() && about.contains(&limb.rule))
        .collect();
    let mut seen: Vec<Vec<law::headroom::Threshold>> = Vec::new();
    for limb in limbs {
        // The companions of other entries test the same numbers; once is enough.
        if seen.contains(&limb.thresholds) {
            continue;
        }
        let verdict = match limb.truth {
            Truth::True => language.pick("falls under", "落入"),
            Truth::False => language.pick("not under", "不属于"),
            Truth::Unknown => language.pick("not known", "未知"),
        };
        let rule = law.rule(limb.rule);
        writeln!(out, "  {:<12}{verdict:<12}{}", limb.code, rule.cite)?;
        for threshold in &limb.thresholds {
            writeln!(out, "    {}", measured(threshold, language))?;
        }
        seen.push(limb.thresholds);
    }
    Ok(())
}

/// The limbs that some figures could make hold: a chip is not measured as a computer is.
fn about(law: &Law, facts: &Facts) -> Vec<law::RuleId> {
    let mut blank = facts.clone();
    for (id, fact) in law.vocabulary().facts() {
        let figure = matches!(fact.of, FactType::Integer | FactType::Decimal);
        if figure && fact.name.starts_with("item.") {
            blank.set(id, None);
        }
    }
    let open = headroom(law, &blank).into_iter().filter(|limb| limb.truth != Truth::False);
    open.map(|limb| limb.rule).collect()
}

fn measured(threshold: &law::headroom::Threshold, language: Language) -> String {
    let unit =
        if threshold.unit.is_empty() { String::new() } else { format!(" {}", threshold.unit) };
    let name = threshold.name.trim_start_matches("item.");
    let test = format!("{name} {} {}", threshold.comparison.symbol(), grouped(threshold.limit));
    let value = match threshold.value {
        Some(value) if value.is_decimal() => grouped(value),
        Some(value) => value.to_decimals(4),
        None => language.pick("unknown", "未知").into(),
    };
    let distance = match (threshold.value, threshold.distance()) {
        (Some(_), Some(distance)) if distance.is_zero() => {
            language.pick("exactly at it", "恰好等于").to_string()
        }
        (Some(value), Some(distance)) => {
            let shown =
                if distance.is_decimal() { grouped(distance) } else { distance.to_decimals(4) };
            let side = if value < threshold.limit {
                language.pick("below", "低于")
            } else {
                language.pick("above", "高于")
            };
            match language {
                Language::En => format!("{shown}{unit} {side}"),
                Language::Zh => format!("{side} {shown}{unit}"),
            }
        }
        _ => String::new(),
    };
    format!("{test:<38}{value:>14}   {distance}")
}

fn classify_jsonl(
    out: &mut dyn Write,
    law: &Law,
    facts_on: &dyn Fn(Date) -> Facts,
    date: Date,
) -> anyhow::Result<()> {
    for value in versions_in_json(law, facts_on) {
        writeln!(out, "{value}")?;
    }
    for value in thresholds_in_json(law, facts_on(date), date) {
        writeln!(out, "{value}")?;
    }
    Ok(())
}

fn versions_in_json(law: &Law, facts_on: &dyn Fn(Date) -> Facts) -> Vec<Json> {
    let version = |(from, through, codes, open): (Date, Option<Date>, Vec<String>, bool)| {
        let through = through.map(|date| date.to_string());
        serde_json::json!({
            "from": from.to_string(), "through": through, "classification": codes, "open": open,
        })
    };
    spans(law, facts_on).into_iter().map(version).collect()
}

fn thresholds_in_json(law: &Law, mut facts: Facts, date: Date) -> Vec<Json> {
    facts.complete(law.vocabulary(), law.defaults());
    let limbs = headroom(law, &facts).into_iter().filter(|limb| !limb.thresholds.is_empty());
    let value = |limb: Limb| {
        let thresholds: Vec<Json> = limb
            .thresholds
            .iter()
            .map(|threshold| {
                serde_json::json!({
                    "fact": threshold.name, "comparison": threshold.comparison.symbol(),
                    "limit": threshold.limit.to_string(), "unit": threshold.unit,
                    "value": threshold.value.map(|value| value.to_string()),
                    "distance": threshold.distance().map(|distance| distance.to_string()),
                })
            })
            .collect();
        let held = match limb.truth {
            Truth::True => Some(true),
            Truth::False => Some(false),
            Truth::Unknown => None,
        };
        serde_json::json!({
            "as_of": date.to_string(), "code": limb.code, "cite": law.rule(limb.rule).cite,
            "holds": held, "thresholds": thresholds,
        })
    };
    limbs.map(value).collect()
}

/// All that there is to say of an item on its day, as one JSON object.
#[cfg(feature = "batch")]
pub fn in_json(law: &Law, facts: &Facts) -> Option<Json> {
    let date = facts.date(law.date_fact())?;
    let facts_on = |date: Date| {
        let mut facts = facts.clone();
        facts.set(law.date_fact(), Some(law::Value::Date(date)));
        facts
    };
    let (codes, open) = paragraphs(law, facts);
    let figure = |name: &str| {
        let mut memory = law::eval::Memory::default();
        Values::new(law, facts, &mut memory)?.num(name).map(|value| value.to_string())
    };
    Some(serde_json::json!({
        "as_of": date.to_string(),
        "classification": codes,
        "open": open,
        "tpp": figure("item.tpp"),
        "performance_density": figure("item.performance_density"),
        "unknown": unknown(law, facts, date),
        "versions": versions_in_json(law, &facts_on),
        "thresholds": thresholds_in_json(law, facts.clone(), date),
    }))
}

/// The facts that would say whether the item falls under the paragraphs that are open.
#[cfg(feature = "batch")]
fn unknown(law: &Law, facts: &Facts, date: Date) -> Vec<String> {
    let mut facts = facts.clone();
    facts.complete(law.vocabulary(), law.defaults());
    let regime = law.on(date);
    let mut memory = law::eval::Memory::default();
    let mut evaluation = law::eval::Evaluation::new(regime, &facts, &mut memory);
    let mut open = law::eval::Open::default();
    for (_, _, when) in &regime.classes {
        if evaluation.truth(*when) == Truth::Unknown {
            evaluation.open(*when, &mut open);
        }
    }
    let mut asked: Vec<law::FactId> =
        open.facts.iter().map(|fact| facts.asked(law.vocabulary(), fact)).collect();
    asked.sort_unstable();
    asked.dedup();
    asked.into_iter().map(|fact| law.vocabulary().fact(fact).name.to_string()).collect()
}

/// A table whose columns are as wide as their widest cell; some are set to the right.
pub fn aligned<const N: usize>(
    head: &[String; N],
    rows: &[[String; N]],
    right: &[usize],
) -> String {
    let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let mut widths = [0; N];
    for row in rows.iter().chain([head]) {
        for (at, cell) in row.iter().enumerate() {
            widths[at] = widths[at].max(width(cell));
        }
    }
    let mut lines = Vec::new();
    for row in [head].into_iter().chain(rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[at] - width(cell));
            if right.contains(&at) {
                line.push_str(&space);
                line.push_str(cell);
            } else {
                line.push_str(cell);
                line.push_str(&space);
            }
            line.push_str("  ");
        }
        lines.push(line.trim_end().to_string());
    }
    lines.join("\n")
}

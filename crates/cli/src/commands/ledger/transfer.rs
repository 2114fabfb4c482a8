//! The journal to files.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::journal;
use ledger::movement::{Entry, Event, Goods, Leg, Note, Reason};
use ledger::store::{ReadStore, StoredEntry, decoded};

use super::At;
use super::desk::Desk;
use super::importing::{COLUMNS, EXPORTED, key_text};
use crate::language::Language;
use crate::output::Format;
use crate::output::sheet::{Cell, Column, Kind};
use crate::{Common, Done};

/// The journal to a file.
#[derive(clap::Args, Debug)]
pub struct Export {
    /// `csv`, or `jsonl` for the journal's own bytes.
    #[arg(long)]
    format: Option<Format>,
    /// Where to write; the ending tells the form.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes the journal.
///
/// # Errors
/// The ledger cannot be read, or the output not written.
pub fn export(args: &Export, at: &At, common: &Common) -> anyhow::Result<Done> {
    let format = match (args.format, &args.output) {
        (Some(format), _) => format,
        (None, Some(path)) => Format::choose(None, Some(path), false)?,
        (None, None) => Format::Jsonl,
    };
    if !matches!(format, Format::Csv | Format::Jsonl) {
        bail!("the journal is exported as csv or jsonl; `weir ledger log` writes the other forms");
    }
    let mut desk = Desk::open(at, common)?;
    let mut out: Box<dyn Write> = match &args.output {
        Some(path) => Box::new(BufWriter::new(
            std::fs::File::create(path)
                .with_context(|| format!("cannot write `{}`", path.display()))?,
        )),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let (runtime, reader, _) = desk.reading();
    let (mut next, mut exporter) = (1, Exporter::default());
    if format == Format::Csv {
        let mut csv = csv::Writer::from_writer(&mut out);
        csv.write_record(exported())?;
        csv.flush()?;
    }
    loop {
        let page = runtime.block_on(reader.entries(next, 4096))?;
        let Some(last) = page.last() else { break };
        next = last.number + 1;
        if format == Format::Jsonl {
            for stored in &page {
                writeln!(out, "{}", stored.body)?;
            }
        } else {
            let mut csv = csv::Writer::from_writer(&mut out);
            for stored in &page {
                let cells = exporter.cells(&*decoded(stored)?);
                let cell = |column: &str| {
                    let found = cells.iter().find(|(name, _)| *name == column);
                    found.map_or("", |(_, text)| text.as_str())
                };
                csv.write_record(exported().map(cell))?;
            }
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(Done::Good)
}

/// The columns of an export: what it says of this ledger, then what another one imports.
fn exported() -> impl Iterator<Item = &'static str> {
    EXPORTED.into_iter().chain(COLUMNS)
}

/// Puts entries of a journal, from the first on, into the columns of movements.
#[derive(Default)]
pub struct Exporter {
    /// The request keys of the reservations that are under way.
    reserved: HashMap<u64, String>,
}

impl Exporter {
    /// An entry by columns; those that it leaves empty are left out.
    pub fn cells(&mut self, entry: &Entry) -> Vec<(&'static str, String)> {
        let mut cells = vec![
            ("number", entry.number.to_string()),
            ("at", entry.at.to_string()),
            ("asked_by", entry.by.clone()),
            ("event", entry.event.word().to_owned()),
        ];
        cells.extend(entry.key.clone().map(|key| ("request", key)));
        match &entry.event {
            Event::Reserve { day, amount, legs, expires, note, .. } => {
                self.reserved.extend(entry.key.clone().map(|key| (entry.number, key)));
                cells.extend([("day", day.to_string()), ("amount", amount.to_string())]);
                cells.push(("expires", expires.to_string()));
                on_legs(&mut cells, legs);
                about(&mut cells, note);
            }
            Event::Commit { amount, returned, units, day, .. } => {
                cells.extend([("amount", amount.to_string()), ("returned", returned.to_string())]);
                cells.extend(units.map(|units| ("units", units.to_string())));
                cells.extend(day.map(|day| ("day", day.to_string())));
            }
            Event::Release { returned, .. } | Event::Expire { returned, .. } => {
                cells.push(("returned", returned.to_string()));
            }
            Event::Retire { day, amount, legs, reason, note } => {
                cells.extend([("day", day.to_string()), ("amount", amount.to_string())]);
                cells.push(("reason", reason.word().to_owned()));
                on_legs(&mut cells, legs);
                about(&mut cells, note);
            }
            Event::Adjust { day, leg, by, to, source } => {
                let figure = to.as_ref().map_or(("by", by), |to| ("to", to));
                cells.extend([("day", day.to_string()), (figure.0, figure.1.to_string())]);
                on_account(&mut cells, &leg.account);
                cells.push(("source", source.clone()));
            }
            Event::Raise { account, limit, source } => {
                on_account(&mut cells, account);
                cells.extend([("amount", limit.to_string()), ("source", source.clone())]);
            }
            Event::Own { owned, owner, share, source } => {
                cells.extend([("owned", owned.clone()), ("owner", owner.clone())]);
                cells.extend([("amount", share.to_string()), ("source", source.clone())]);
            }
        }
        if let Some(number) = entry.event.reservation() {
            cells.push(("reservation", number.to_string()));
            cells.extend(self.reserved.remove(&number).map(|key| ("reserved_as", key)));
        }
        cells
    }
}

fn on_account(cells: &mut Vec<(&'static str, String)>, account: &Account) {
    cells.extend([("quota", account.quota.clone()), ("key", key_text(account))]);
}

fn on_legs(cells: &mut Vec<(&'static str, String)>, legs: &[Leg]) {
    if let [one] = legs {
        return on_account(cells, &one.account);
    }
    let list = |leg: &Leg| {
        let parts = std::iter::once(&leg.account.quota).chain(&leg.account.key);
        parts.cloned().collect::<Vec<String>>()
    };
    let lists: Vec<Vec<String>> = legs.iter().map(list).collect();
    cells.push(("accounts", serde_json::Value::from_iter(lists).to_string()));
}

fn about(cells: &mut Vec<(&'static str, String)>, note: &Note) {
    cells.push(("note", note.text.clone()));
    if let Some(Goods { item, units }) = &note.goods {
        cells.extend([("item", item.clone()), ("units", units.to_string())]);
    }
}

/// The columns of the journal as a table.
pub fn columns(language: Language) -> Vec<Column> {
    let column = |name, en: &str, zh: &str, kind| Column {
        name,
        title: language.pick(en, zh).to_owned(),
        kind,
    };
    vec![
        column("number", "entry", "分录", Kind::Number),
        column("at", "at", "时间", Kind::Text),
        column("event", "event", "事项", Kind::Text),
        column("reservation", "of", "预留", Kind::Number),
        column("quota", "quota", "配额", Kind::Text),
        column("key", "account", "账户", Kind::Text),
        column("day", "day", "日期", Kind::Text),
        column("amount", "amount", "数量", Kind::Number),
        column("returned", "returned", "退回", Kind::Number),
        column("expires", "lapses", "失效", Kind::Text),
        column("by", "by", "经办", Kind::Text),
        column("note", "note", "备注", Kind::Text),
    ]
}

fn in_chinese(event: &Event) -> &'static str {
    match event {
        Event::Reserve { .. } => "预留",
        Event::Commit { .. } => "确认",
        Event::Release { .. } => "释放",
        Event::Expire { .. } => "失效",
        Event::Retire { .. } => "核减",
        Event::Adjust { .. } => "调整",
        Event::Raise { .. } => "限额",
        Event::Own { .. } => "控股",
    }
}

fn reason_in_chinese(reason: Reason) -> &'static str {
    match reason {
        Reason::Lost => "丢失",
        Reason::Damaged => "损坏",
        Reason::Failed => "故障",
        Reason::Relocated => "迁出",
        Reason::Resold => "转售",
    }
}

/// The rows of an entry: one an account, or one without.
///
/// # Errors
/// It is no entry of the journal.
pub fn rows(stored: &StoredEntry, language: Language) -> anyhow::Result<Vec<Vec<Cell>>> {
    let entry =
        journal::decode(&stored.body).with_context(|| format!("entry {}", stored.number))?;
    let (mut day, mut expires, mut returned, mut note) = (None, None, None, String::new());
    let mut legs: Vec<Account> = Vec::new();
    let of = |legs: &[Leg]| legs.iter().map(|leg| leg.account.clone()).collect();
    let amount = match &entry.event {
        Event::Reserve { day: on, amount, legs: all, expires: until, note: why, .. } => {
            (day, expires, note, legs) = (Some(*on), Some(*until), why.to_string(), of(all));
            Some(*amount)
        }
        Event::Commit { amount, returned: back, .. } => {
            returned = Some(*back);
            Some(*amount)
        }
        Event::Release { returned: back, .. } => {
            returned = Some(*back);
            None
        }
        Event::Expire { returned: back, due, .. } => {
            (returned, expires) = (Some(*back), Some(*due));
            None
        }
        Event::Retire { day: on, amount, legs: all, reason, note: why } => {
            (day, legs) = (Some(*on), of(all));
            let reason = language.pick(reason.word(), reason_in_chinese(*reason));
            note = format!("{reason} {why}").trim().to_owned();
            Some(*amount)
        }
        Event::Adjust { day: on, leg, by, source, .. } => {
            (day, note, legs) = (Some(*on), source.clone(), vec![leg.account.clone()]);
            Some(*by)
        }
        Event::Raise { account, limit, source } => {
            (note, legs) = (source.clone(), vec![account.clone()]);
            Some(*limit)
        }
        Event::Own { owned, owner, share, source } => {
            note = match language {
                Language::En => format!("{owner} owns {share} of {owned}: {source}"),
                Language::Zh => format!("{owner} 持有 {owned} 的 {share}：{source}"),
            };
            None
        }
    };
    let optional = |amount: Option<Amount>| amount.map_or(Cell::None, Cell::number);
    let row = |account: Option<&Account>| {
        vec![
            Cell::number(entry.number),
            Cell::text(entry.at.to_string()),
            Cell::text(language.pick(entry.event.word(), in_chinese(&entry.event))),
            entry.event.reservation().map_or(Cell::None, Cell::number),
            account.map_or(Cell::None, |account| Cell::text(&account.quota)),
            account.map_or(Cell::None, |account| Cell::text(key_text(account))),
            day.map_or(Cell::None, |day| Cell::text(day.to_string())),
            optional(amount),
            optional(returned),
            expires.map_or(Cell::None, |until| Cell::text(until.to_string())),
            Cell::text(&entry.by),
            Cell::text(&note),
        ]
    };
    Ok(if legs.is_empty() {
        vec![row(None)]
    } else {
        legs.iter().map(|account| row(Some(account))).collect()
    })
}

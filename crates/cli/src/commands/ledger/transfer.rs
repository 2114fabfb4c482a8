//! Movements from files, and the journal to files.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroU64;
use std::path::PathBuf;

use anyhow::{Context, bail};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::journal;
use ledger::ledger::AllError;
use ledger::movement::{Adjustment, Ask, Event, Goods, Leg, Note, Reason, Request};
use ledger::store::{ReadStore, StoredEntry};
use serde_json::Value;

use super::At;
use super::desk::{Desk, counted, user};
use super::moving::{amount, day, entry_number, expiry, reason};
use crate::language::Language;
use crate::output::Format;
use crate::output::sheet::{Cell, Column, Kind};
use crate::{Common, Done};

/// Movements from a file.
#[derive(clap::Args, Debug)]
pub struct Import {
    /// CSV with a header, or JSON Lines (`.jsonl`); see the reference for its columns.
    file: PathBuf,
}

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

/// The columns that an import reads.
const COLUMNS: [&str; 18] = [
    "request",
    "event",
    "quota",
    "key",
    "accounts",
    "amount",
    "day",
    "expires",
    "reservation",
    "reason",
    "note",
    "item",
    "units",
    "source",
    "to",
    "by",
    "owned",
    "owner",
];

/// What stands between the parts of a key.
pub const BETWEEN: &str = " / ";

/// The key of an account in one cell, as an import reads it.
pub fn key_text(account: &Account) -> String {
    if account.key.iter().any(|part| part.contains(BETWEEN)) {
        return Value::from(account.key.clone()).to_string();
    }
    account.key.join(BETWEEN)
}

/// The parts of a key in one cell.
pub fn key_parts(key: &str) -> Vec<String> {
    serde_json::from_str::<Vec<String>>(key)
        .unwrap_or_else(|_| key.split(BETWEEN).map(str::to_owned).collect())
}

/// One row of an import: texts by column.
struct Row {
    number: u64,
    cells: Vec<(String, String)>,
}

impl Row {
    fn get(&self, column: &str) -> Option<&str> {
        let found = self.cells.iter().find(|(name, _)| name == column);
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    fn need(&self, column: &'static str, wrong: &mut Vec<Wrong>) -> Option<&str> {
        let found = self.get(column);
        if found.is_none() {
            wrong.push(Wrong { column, why: "it is empty".to_owned() });
        }
        found
    }

    fn read<T>(
        &self,
        column: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
        wrong: &mut Vec<Wrong>,
    ) -> Option<T> {
        noted(column, read(self.need(column, wrong)?), wrong)
    }

    /// What is there; `Some(None)` where nothing is, and `None` where it cannot be read.
    fn optional<T>(
        &self,
        column: &'static str,
        read: impl Fn(&str) -> Result<T, String>,
        wrong: &mut Vec<Wrong>,
    ) -> Option<Option<T>> {
        match self.get(column) {
            Some(text) => noted(column, read(text), wrong).map(Some),
            None => Some(None),
        }
    }
}

/// What is wrong with a row, and in which column.
struct Wrong {
    column: &'static str,
    why: String,
}

fn noted<T>(column: &'static str, read: Result<T, String>, wrong: &mut Vec<Wrong>) -> Option<T> {
    read.map_err(|why| wrong.push(Wrong { column, why })).ok()
}

/// Imports movements, all or nothing.
///
/// # Errors
/// A row that cannot be read, or a movement that is refused: every one of them is named.
pub fn import(args: &Import, at: &At, common: &Common) -> anyhow::Result<Done> {
    let rows = rows_of(&args.file)?;
    let mut desk = Desk::open(at, common)?;
    let (mut requests, mut wrong) = (Vec::new(), Vec::new());
    for row in &rows {
        let mut mistakes = Vec::new();
        if let Some(ask) = ask(row, &mut mistakes) {
            requests.push(Request {
                key: row.get("request").map_or_else(|| key_of(&args.file, row), str::to_owned),
                by: user(),
                ask,
            });
        }
        for Wrong { column, why } in mistakes {
            wrong.push(format!("row {}, column `{column}`: {why}", row.number));
        }
    }
    let name = args.file.display();
    if !wrong.is_empty() {
        bail!("`{name}`: nothing was imported\n  {}", wrong.join("\n  "));
    }
    let ledger = desk.ledger()?;
    let answer = desk.wait(ledger.all(requests));
    drop(ledger);
    let receipts = match answer {
        Ok(receipts) => receipts,
        Err(AllError::Failed(why)) => return Err(why.into()),
        Err(AllError::Refused(refused)) => {
            let line = |(at, why): &(usize, ledger::refusal::Refusal)| {
                let number = rows.get(*at).map_or(0, |row| row.number);
                format!("row {number}: {} ({})", why, why.code())
            };
            let lines: Vec<String> = refused.iter().map(line).collect();
            bail!("`{name}`: nothing was imported\n  {}", lines.join("\n  "));
        }
    };
    desk.leave(common);
    let repeated = receipts.iter().filter(|receipt| receipt.repeated).count();
    let fresh = receipts.len() - repeated;
    common.say(&match common.lang {
        Language::En => {
            let imported = counted(fresh, "movement", "movements");
            match repeated {
                0 => format!("{imported} imported"),
                1 => format!("{imported} imported, 1 was there before"),
                _ => format!("{imported} imported, {repeated} were there before"),
            }
        }
        Language::Zh => match repeated {
            0 => format!("已导入 {fresh} 笔变动"),
            _ => format!("已导入 {fresh} 笔变动，另有 {repeated} 笔先前已记"),
        },
    });
    Ok(Done::Good)
}

/// The key of a row without one: the file's name and the row, so that the same file moves nothing
/// twice.
fn key_of(file: &std::path::Path, row: &Row) -> String {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut name = name.unwrap_or_default();
    name.retain(|letter| !letter.is_control());
    let name: String = name.chars().take(150).collect();
    format!("{name}:{}", row.number)
}

fn rows_of(file: &std::path::Path) -> anyhow::Result<Vec<Row>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read `{}` as UTF-8", file.display()))?;
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        bail!("`{}` is empty", file.display());
    }
    let is_json = file.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    if is_json { json_rows(file, text) } else { csv_rows(file, text) }
}

fn csv_rows(file: &std::path::Path, text: &str) -> anyhow::Result<Vec<Row>> {
    let name = file.display();
    let mut csv = csv::Reader::from_reader(text.as_bytes());
    let header = csv.headers().with_context(|| format!("`{name}`, row 1"))?.clone();
    for column in &header {
        if !COLUMNS.contains(&column.trim()) {
            bail!(
                "`{name}`, row 1: there is no column `{column}` of movements\n\nhint: the columns are {}",
                COLUMNS.join(", ")
            );
        }
    }
    let mut rows = Vec::new();
    for (at, record) in csv.records().enumerate() {
        let number = at as u64 + 2;
        let record = record.with_context(|| format!("`{name}`, row {number}"))?;
        let cells = header.iter().zip(&record);
        let cells = cells.map(|(name, cell)| (name.trim().to_owned(), cell.to_owned())).collect();
        rows.push(Row { number, cells });
    }
    Ok(rows)
}

fn json_rows(file: &std::path::Path, text: &str) -> anyhow::Result<Vec<Row>> {
    let name = file.display();
    let mut rows = Vec::new();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number = at as u64 + 1;
        let object: serde_json::Map<String, Value> =
            serde_json::from_str(line).with_context(|| format!("`{name}`, row {number}"))?;
        let mut cells = Vec::new();
        for (column, value) in object {
            if !COLUMNS.contains(&column.as_str()) {
                bail!(
                    "`{name}`, row {number}: there is no field `{column}` of movements\n\nhint: the fields are {}",
                    COLUMNS.join(", ")
                );
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                // A list of key parts is an account of its own form.
                Value::Array(parts) if column == "key" => Value::Array(parts).to_string(),
                other => other.to_string(),
            };
            cells.push((column, text));
        }
        rows.push(Row { number, cells });
    }
    Ok(rows)
}

/// The accounts of a row: one by `quota` and `key`, several by `accounts`.
fn accounts(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Vec<Account>> {
    if let Some(text) = row.get("accounts") {
        return noted("accounts", listed(text), wrong);
    }
    let (quota, key) = (row.need("quota", wrong), row.need("key", wrong));
    let (quota, key) = quota.zip(key)?;
    Some(vec![Account { quota: quota.to_owned(), key: key_parts(key) }])
}

/// Accounts as JSON: lists of a quota and its key.
fn listed(text: &str) -> Result<Vec<Account>, String> {
    let lists: Vec<Vec<String>> = serde_json::from_str(text).map_err(|_| {
        String::from("it should be JSON such as [[\"lpp-limit\",\"Acme\",\"2026\"]]")
    })?;
    let account = |list: Vec<String>| match list.split_first() {
        Some((quota, key)) => Ok(Account { quota: quota.clone(), key: key.to_vec() }),
        None => Err("an account is empty".to_owned()),
    };
    lists.into_iter().map(account).collect()
}

fn one_account(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Account> {
    let mut accounts = accounts(row, wrong)?;
    match (accounts.pop(), accounts.is_empty()) {
        (Some(account), true) => Some(account),
        _ => {
            let why = "one account is wanted".to_owned();
            wrong.push(Wrong { column: "accounts", why });
            None
        }
    }
}

/// What a movement is about, in words and goods.
fn about(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Note> {
    let units = |text: &str| {
        text.parse::<NonZeroU64>().map_err(|_| format!("`{text}` is no number of items"))
    };
    let units = row.optional("units", units, wrong)?;
    let goods = match (row.get("item"), units) {
        (Some(item), Some(units)) => Some(Goods { item: item.to_owned(), units }),
        (None, None) => None,
        (item, _) => {
            let column = if item.is_some() { "units" } else { "item" };
            let why = "`item` and `units` go together".to_owned();
            wrong.push(Wrong { column, why });
            return None;
        }
    };
    Some(Note { text: row.get("note").unwrap_or_default().to_owned(), goods })
}

/// What a row asks for. Every mistake in it is noted.
fn ask(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Ask> {
    let text = |column: &str| row.get(column).unwrap_or_default().to_owned();
    match row.need("event", wrong)? {
        "reserve" => {
            let on = (accounts(row, wrong), row.read("amount", amount, wrong));
            let when = (row.read("day", day, wrong), row.read("expires", expiry, wrong));
            Some(Ask::Reserve {
                day: when.0?,
                amount: on.1?,
                accounts: on.0?,
                expiry: when.1?,
                note: about(row, wrong)?,
            })
        }
        "commit" => {
            let reservation = row.read("reservation", entry_number, wrong);
            let amount = row.optional("amount", amount, wrong);
            Some(Ask::Commit { reservation: reservation?, amount: amount? })
        }
        "release" => {
            let reservation = row.read("reservation", entry_number, wrong)?;
            Some(Ask::Release { reservation })
        }
        "retire" => {
            let on = (accounts(row, wrong), row.read("amount", amount, wrong));
            let why = (row.read("day", day, wrong), row.read("reason", reason, wrong));
            Some(Ask::Retire {
                day: why.0?,
                amount: on.1?,
                accounts: on.0?,
                reason: why.1?,
                note: about(row, wrong)?,
            })
        }
        "adjust" => {
            let on = (one_account(row, wrong), row.read("day", day, wrong), figure(row, wrong));
            Some(Ask::Adjust { day: on.1?, account: on.0?, to: on.2?, source: text("source") })
        }
        "raise" => {
            let on = (one_account(row, wrong), row.read("amount", amount, wrong));
            Some(Ask::Raise { account: on.0?, limit: on.1?, source: text("source") })
        }
        "own" => {
            let who = (row.need("owned", wrong), row.need("owner", wrong));
            let share = row.optional("amount", amount, wrong)?;
            Some(Ask::Own {
                owned: who.0?.to_owned(),
                owner: who.1?.to_owned(),
                share: share.unwrap_or(Amount::units(1).unwrap_or_default()),
                source: text("source"),
            })
        }
        other => {
            let why = format!(
                "`{other}` is no movement; one of reserve, commit, release, retire, adjust, raise, own"
            );
            wrong.push(Wrong { column: "event", why });
            None
        }
    }
}

/// The outside figure of a row.
fn figure(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Adjustment> {
    let to = row.optional("to", amount, wrong);
    let by = row.optional("by", amount, wrong);
    match (to?, by?) {
        (Some(total), None) => Some(Adjustment::To(total)),
        (None, Some(change)) => Some(Adjustment::By(change)),
        _ => {
            let why = "either `to` or `by` is wanted".to_owned();
            wrong.push(Wrong { column: "to", why });
            None
        }
    }
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
    let mut next = 1;
    if format == Format::Csv {
        let mut csv = csv::Writer::from_writer(&mut out);
        csv.write_record(columns(Language::En).iter().map(|column| column.name))?;
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
            for row in page
                .iter()
                .map(|stored| rows(stored, Language::En))
                .collect::<Result<Vec<_>, _>>()?
                .concat()
            {
                csv.write_record(row.iter().map(Cell::exact))?;
            }
            csv.flush()?;
        }
    }
    out.flush()?;
    Ok(Done::Good)
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

//! The journal as a list, and what is open in it.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use ledger::account::{Account, NoTerms, Quotas};
use ledger::amount::Amount;
use ledger::book::units_of;
use ledger::movement::{Entry, Event, Goods, Leg, Note, Reason};
use ledger::refusal::Refusal;
use ledger::store::reader::Reader;
use ledger::store::{ReadStore, decoded};

use super::At;
use super::desk::Desk;
use super::importing::key_text;
use super::moving::{day_or_instant, entry_number};
use super::showing::Form;
use crate::language::Language;
use crate::output::Format;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::{Common, Done};

/// How many entries a table shows where nobody says how many.
const LATEST: u32 = 20;

/// How many entries are read at once.
const PAGE: u32 = 4096;

/// The journal.
#[derive(clap::Args, Debug)]
pub struct Log {
    /// Only those that move an account of this quota.
    quota: Option<String>,
    /// Only those whose key begins so.
    key: Vec<String>,
    /// Only these movements, such as `commit,release`.
    #[arg(long, value_name = "EVENT", value_delimiter = ',', value_parser = event)]
    event: Vec<String>,
    /// From this entry on; otherwise the last ones.
    #[arg(long, value_name = "NUMBER", value_parser = entry_number)]
    from: Option<u64>,
    /// At most so many; by default all, and of a table without `--from` the last 20.
    #[arg(long)]
    most: Option<u32>,
    #[command(flatten)]
    form: Form,
}

/// The open reservations.
#[derive(clap::Args, Debug)]
pub struct Open {
    /// Only those on an account of this quota.
    quota: Option<String>,
    /// Only those whose key begins so.
    key: Vec<String>,
    /// Only those that lapse before a day begins (UTC), or by an instant.
    #[arg(long, value_name = "DAY", value_parser = before)]
    expires_before: Option<Timestamp>,
    #[command(flatten)]
    form: Form,
}

impl Log {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.form.output()
    }
}

impl Open {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.form.output()
    }
}

/// The words of movements in the journal.
const EVENTS: [&str; 8] =
    ["reserve", "commit", "release", "expire", "retire", "adjust", "raise", "own"];

fn event(word: &str) -> Result<String, String> {
    match EVENTS.contains(&word) {
        true => Ok(word.to_owned()),
        false => Err(format!("`{word}` is no movement; one of {}", EVENTS.join(", "))),
    }
}

/// Reads an instant, or a day for its beginning.
fn before(text: &str) -> Result<Timestamp, String> {
    if let Ok(day) = text.parse::<Date>()
        && let Ok(start) = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0))
        && !text.contains(['T', 't', ' '])
    {
        return Ok(start);
    }
    let wrong = || format!("`{text}` is no day (2026-12-31) or instant (2026-12-31T12:00:00Z)");
    day_or_instant(text).ok_or_else(wrong)?
}

/// Which accounts are meant.
struct Wanted<'w> {
    quota: Option<&'w str>,
    key: &'w [String],
}

impl Wanted<'_> {
    fn is(&self, account: &Account) -> bool {
        self.quota.is_none_or(|quota| account.quota == quota && account.key.starts_with(self.key))
    }

    /// That there is such a quota, where the ledger shows nothing of it.
    fn check(&self, quotas: &dyn Quotas) -> anyhow::Result<()> {
        let Some(quota) = self.quota else { return Ok(()) };
        let account = Account::of(quota.to_owned(), self.key.to_vec());
        match quotas.terms(&account, None) {
            Err(why @ NoTerms::UnknownQuota(_)) => Err(Refusal::of_terms(&account, why).into()),
            _ => Ok(()),
        }
    }
}

/// An entry with the reservation that it ends.
struct Told {
    entry: Arc<Entry>,
    reserved: Option<Arc<Entry>>,
}

/// Entries with the reservations that they end.
fn with_reserved(
    runtime: &tokio::runtime::Runtime,
    reader: &mut Reader,
    (from, most): (u64, u32),
) -> anyhow::Result<Vec<Told>> {
    let stored = runtime.block_on(reader.entries(from, most))?;
    let entries = stored.iter().map(decoded).collect::<Result<Vec<_>, _>>()?;
    let wanted: Vec<u64> = entries.iter().filter_map(|one| one.event.reservation()).collect();
    let mut reserved = HashMap::new();
    for numbers in wanted.chunks(1024) {
        for stored in runtime.block_on(reader.entries_of(numbers))? {
            reserved.insert(stored.number, decoded(&stored)?);
        }
    }
    let told = |entry: Arc<Entry>| {
        let reserved = entry.event.reservation().and_then(|number| reserved.get(&number));
        Told { reserved: reserved.cloned(), entry }
    };
    Ok(entries.into_iter().map(told).collect())
}

/// The entries that are asked for, in order.
fn chosen(args: &Log, most: u32, desk: &mut Desk) -> anyhow::Result<Vec<Told>> {
    let wanted = Wanted { quota: args.quota.as_deref(), key: &args.key };
    let is_wanted = |told: &Told| {
        (args.event.is_empty() || args.event.iter().any(|word| word == told.entry.event.word()))
            && (wanted.quota.is_none() || told.accounts().iter().any(|one| wanted.is(one)))
    };
    let (runtime, reader, quotas) = desk.reading();
    let page = if args.event.is_empty() && args.quota.is_none() { most.min(PAGE) } else { PAGE };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found: VecDeque<Told> = VecDeque::new();
    let last = runtime.block_on(reader.tip())?.head.number;
    if let Some(mut next) = args.from {
        while found.len() < most && next <= last {
            let told = with_reserved(runtime, reader, (next, page))?;
            next = told.last().map_or(u64::MAX, |told| told.entry.number + 1);
            found.extend(told.into_iter().filter(is_wanted));
        }
        found.truncate(most);
    } else {
        let mut end = last;
        while found.len() < most && end > 0 {
            let start = (end + 1).saturating_sub(u64::from(page)).max(1);
            let count = u32::try_from(end + 1 - start).unwrap_or(page);
            let told = with_reserved(runtime, reader, (start, count))?;
            told.into_iter().rev().filter(is_wanted).for_each(|told| found.push_front(told));
            end = start - 1;
        }
        found.drain(..found.len().saturating_sub(most));
    }
    if found.is_empty() {
        wanted.check(quotas)?;
    }
    Ok(found.into())
}

/// The journal, the latest entries last.
///
/// # Errors
/// The ledger cannot be read.
pub fn log(args: &Log, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let language = common.lang;
    let format = args.form.format()?;
    // A terminal has room for the latest; whoever writes a file or names a beginning wants all.
    let is_short = format == Format::Table && args.from.is_none();
    let most = args.most.unwrap_or(if is_short { LATEST } else { u32::MAX });
    let told = chosen(args, most, &mut desk)?;
    // Files have the journal's own words.
    let for_people = matches!(format, Format::Table | Format::Html);
    let words = if for_people { Some(language) } else { None };
    let wanted = Wanted { quota: args.quota.as_deref(), key: &args.key };
    let mut rows = Vec::new();
    for one in &told {
        rows.extend(one.rows(&wanted, words));
    }
    let mut columns = columns(language);
    if for_people {
        to_the_minute(&columns, &mut rows);
        (columns, rows) = without(&["item", "units"], columns, rows);
    }
    if format == Format::Table {
        (columns, rows) = shortened(columns, rows);
    }
    let mut notes = vec![language.pick("Times are UTC.", "时间为 UTC。").to_owned()];
    notes.extend(left_out(&told, args, &mut desk, language)?);
    let sheet = Sheet {
        title: language.pick("Journal", "日记账").to_owned(),
        notes,
        heads: false,
        columns,
        rows,
        empty: language.pick("The journal is empty.", "日记账为空。").to_owned(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

/// Says that there are entries before those that are shown, where nobody asked for so many; nothing
/// where there are none.
fn left_out(
    told: &[Told],
    args: &Log,
    desk: &mut Desk,
    language: Language,
) -> anyhow::Result<Option<String>> {
    let first = told.first().map_or(0, |first| first.entry.number);
    if args.most.is_some() || args.from.is_some() || told.len() < LATEST as usize || first <= 1 {
        return Ok(None);
    }
    let (runtime, reader, _) = desk.reading();
    let (shown, last) = (told.len(), runtime.block_on(reader.tip())?.head.number);
    let is_all = args.event.is_empty() && args.quota.is_none();
    Ok(match (is_all, language) {
        (true, Language::En) => {
            Some(format!("The last {shown} of {last} entries; --most shows more."))
        }
        (true, Language::Zh) => {
            Some(format!("共 {last} 条分录，此为最后 {shown} 条；可用 --most 显示更多。"))
        }
        (false, Language::En) => Some(format!("The last {shown} of these; --most shows more.")),
        (false, Language::Zh) => Some(format!("此为其中最后 {shown} 条；可用 --most 显示更多。")),
    })
}

/// The reservations that are open, those that lapse first going first.
///
/// # Errors
/// The ledger cannot be read.
pub fn open(args: &Open, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let wanted = Wanted { quota: args.quota.as_deref(), key: &args.key };
    let mut found: Vec<(Timestamp, u64, Vec<Vec<Cell>>)> = Vec::new();
    let format = args.form.format()?;
    let for_people = matches!(format, Format::Table | Format::Html);
    desk.each_open(|_, entry| {
        let Event::Reserve { expires, legs, .. } = &entry.event else { return Ok(()) };
        let is_due = args.expires_before.is_none_or(|before| *expires <= before);
        let legs = legs.iter().filter(|leg| is_due && wanted.is(&leg.account));
        let rows: Vec<_> = legs.map(|leg| open_row(entry, leg, for_people)).collect();
        if !rows.is_empty() {
            found.push((*expires, entry.number, rows));
        }
        Ok(())
    })?;
    if found.is_empty() {
        wanted.check(desk.reading().2)?;
    }
    found.sort_by_key(|(expires, number, _)| (*expires, *number));
    let mut rows: Vec<Vec<Cell>> = found.into_iter().flat_map(|(_, _, rows)| rows).collect();
    let language = common.lang;
    let mut columns = open_columns(language);
    if for_people {
        to_the_minute(&columns, &mut rows);
        (columns, rows) = without(&["item", "units", "request"], columns, rows);
    }
    if format == Format::Table {
        (columns, rows) = shortened_to(&["quota", "day"], columns, rows);
    }
    let sheet = Sheet {
        title: language.pick("Open reservations", "未了结的预留").to_owned(),
        notes: vec![language.pick("Times are UTC.", "时间为 UTC。").to_owned()],
        heads: false,
        columns,
        rows,
        empty: language.pick("No reservation is open.", "没有未了结的预留。").to_owned(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

fn column(language: Language, name: &'static str, en: &str, zh: &str, kind: Kind) -> Column {
    Column { name, title: language.pick(en, zh).to_owned(), kind }
}

/// The columns of open reservations.
fn open_columns(language: Language) -> Vec<Column> {
    let column = |name, en, zh, kind| column(language, name, en, zh, kind);
    vec![
        column("reservation", "entry", "分录", Kind::Number),
        column("quota", "quota", "配额", Kind::Text),
        column("key", "account", "账户", Kind::Text),
        column("amount", "amount", "数量", Kind::Number),
        column("day", "day", "日期", Kind::Text),
        column("expires", "lapses", "失效", Kind::Text),
        column("by", "by", "经办", Kind::Text),
        column("note", "note", "备注", Kind::Text),
        column("item", "item", "物项", Kind::Text),
        column("units", "units", "件数", Kind::Number),
        column("request", "request", "请求键", Kind::Text),
    ]
}

fn open_row(entry: &Entry, leg: &Leg, for_people: bool) -> Vec<Cell> {
    let Event::Reserve { amount, day, expires, note, .. } = &entry.event else {
        return Vec::new();
    };
    let goods = note.goods.as_ref();
    vec![
        Cell::number(entry.number),
        Cell::text(&leg.account.quota),
        Cell::text(key_text(&leg.account)),
        Cell::number(amount),
        Cell::text(day.to_string()),
        Cell::text(expires.to_string()),
        Cell::text(&entry.by),
        Cell::text(note_text(note, for_people)),
        goods.map_or(Cell::None, |goods| Cell::text(&goods.item)),
        goods.map_or(Cell::None, |goods| Cell::number(goods.units)),
        entry.key.as_ref().map_or(Cell::None, Cell::text),
    ]
}

/// A note: for people with its goods, which files have in columns of their own.
fn note_text(note: &Note, for_people: bool) -> String {
    if for_people { note.to_string() } else { note.text.clone() }
}

/// The columns of the journal as a table.
fn columns(language: Language) -> Vec<Column> {
    let column = |name, en, zh, kind| column(language, name, en, zh, kind);
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
        column("item", "item", "物项", Kind::Text),
        column("units", "units", "件数", Kind::Number),
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

/// What an entry says, in the columns of the journal.
#[derive(Default)]
struct Line {
    day: Option<Date>,
    amount: Option<Amount>,
    returned: Option<Amount>,
    expires: Option<Timestamp>,
    note: String,
    item: Option<String>,
    units: Option<u64>,
}

impl Told {
    /// The accounts that it is about: of one that ends a reservation, those on which that was.
    fn accounts(&self) -> Vec<&Account> {
        let event = match self.entry.event.reservation() {
            Some(_) => self.reserved.as_ref().map(|entry| &entry.event),
            None => Some(&self.entry.event),
        };
        match event {
            Some(Event::Reserve { legs, .. } | Event::Retire { legs, .. }) => {
                legs.iter().map(|leg| &leg.account).collect()
            }
            Some(Event::Adjust { leg, .. }) => vec![&leg.account],
            Some(Event::Raise { account, .. }) => vec![account],
            _ => Vec::new(),
        }
    }

    /// The reservation that it ends: its day, its amount and its goods.
    fn reservation(&self) -> Option<(Date, Amount, Option<&Goods>)> {
        match &self.reserved.as_ref()?.event {
            Event::Reserve { day, amount, note, .. } => Some((*day, *amount, note.goods.as_ref())),
            _ => None,
        }
    }

    /// The rows of an entry: one an account that is wanted, or one without; in a language for
    /// people, or as files have it.
    fn rows(&self, wanted: &Wanted<'_>, words: Option<Language>) -> Vec<Vec<Cell>> {
        let Told { entry, .. } = self;
        let (line, accounts) = (self.line(words), self.accounts());
        let language = words.unwrap_or(Language::En);
        let optional = |amount: Option<Amount>| amount.map_or(Cell::None, Cell::number);
        let row = |account: Option<&Account>| {
            vec![
                Cell::number(entry.number),
                Cell::text(entry.at.to_string()),
                Cell::text(language.pick(entry.event.word(), in_chinese(&entry.event))),
                entry.event.reservation().map_or(Cell::None, Cell::number),
                account.map_or(Cell::None, |account| Cell::text(&account.quota)),
                account.map_or(Cell::None, |account| Cell::text(key_text(account))),
                line.day.map_or(Cell::None, |day| Cell::text(day.to_string())),
                optional(line.amount),
                optional(line.returned),
                line.expires.map_or(Cell::None, |until| Cell::text(until.to_string())),
                Cell::text(&entry.by),
                Cell::text(&line.note),
                line.item.as_ref().map_or(Cell::None, Cell::text),
                line.units.map_or(Cell::None, Cell::number),
            ]
        };
        if accounts.is_empty() {
            return vec![row(None)];
        }
        accounts.into_iter().filter(|one| wanted.is(one)).map(|one| row(Some(one))).collect()
    }

    fn line(&self, words: Option<Language>) -> Line {
        let language = words.unwrap_or(Language::En);
        let goods = |goods: Option<&Goods>| {
            (goods.map(|goods| goods.item.clone()), goods.map(|goods| goods.units.get()))
        };
        let reserved = self.reservation();
        let mut line = Line::default();
        match &self.entry.event {
            Event::Reserve { day, amount, expires, note, .. } => {
                (line.day, line.amount, line.expires) = (Some(*day), Some(*amount), Some(*expires));
                line.note = note_text(note, words.is_some());
                (line.item, line.units) = goods(note.goods.as_ref());
            }
            Event::Commit { amount, returned, units, day, .. } => {
                (line.amount, line.returned) = (Some(*amount), Some(*returned));
                // Entries of earlier versions say neither day nor units of their own.
                line.day = day.or(reserved.map(|(day, ..)| day));
                if let Some((_, held, Some(goods))) = reserved {
                    let part = units.or_else(|| units_of(*amount, held, goods.units.get()));
                    line.item = Some(goods.item.clone());
                    line.units = part.map(|units| units.get());
                }
            }
            Event::Release { returned, .. } => {
                (line.returned, line.day) = (Some(*returned), reserved.map(|(day, ..)| day));
                (line.item, line.units) = goods(reserved.and_then(|(_, _, goods)| goods));
            }
            Event::Expire { returned, due, .. } => {
                (line.returned, line.day) = (Some(*returned), reserved.map(|(day, ..)| day));
                line.expires = Some(*due);
                (line.item, line.units) = goods(reserved.and_then(|(_, _, goods)| goods));
            }
            Event::Retire { day, amount, reason, note, .. } => {
                (line.day, line.amount) = (Some(*day), Some(*amount));
                let reason = language.pick(reason.word(), reason_in_chinese(*reason));
                let note_text = note_text(note, words.is_some());
                line.note = format!("{reason} {note_text}").trim().to_owned();
                (line.item, line.units) = goods(note.goods.as_ref());
            }
            Event::Adjust { day, by, goods: of, source, .. } => {
                (line.day, line.amount) = (Some(*day), Some(*by));
                let note = Note { text: source.clone(), goods: of.clone() };
                line.note = note_text(&note, words.is_some());
                (line.item, line.units) = goods(of.as_ref());
            }
            Event::Raise { limit, source, .. } => {
                line.amount = Some(*limit);
                line.note.clone_from(source);
            }
            Event::Own { owned, owner, share, source } => {
                line.note = match language {
                    Language::En => format!("{owner} owns {share} of {owned}: {source}"),
                    Language::Zh => format!("{owner} 持有 {owned} 的 {share}：{source}"),
                };
            }
        }
        line
    }
}

/// Cuts instants to the minute.
fn to_the_minute(columns: &[Column], rows: &mut [Vec<Cell>]) {
    let instants = columns.iter().map(|column| matches!(column.name, "at" | "expires"));
    let instants: Vec<bool> = instants.collect();
    for row in rows {
        for (cell, _) in row.iter_mut().zip(&instants).filter(|(_, instant)| **instant) {
            if let Cell::Text(at) = cell {
                // No line ends within an instant.
                *at = at.get(..16).unwrap_or(at).replace('T', "\u{a0}");
            }
        }
    }
}

/// Columns and rows without some.
fn without(
    left_out: &[&str],
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let keeps: Vec<bool> = columns.iter().map(|one| !left_out.contains(&one.name)).collect();
    let kept = |row: Vec<Cell>| {
        row.into_iter().zip(&keeps).filter(|(_, keeps)| **keeps).map(|(cell, _)| cell).collect()
    };
    let rows = rows.into_iter().map(kept).collect();
    (columns.into_iter().filter(|one| !left_out.contains(&one.name)).collect(), rows)
}

/// The columns of the journal that fit a terminal, an account in one.
fn shortened(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> (Vec<Column>, Vec<Vec<Cell>>) {
    shortened_to(&["quota", "day", "returned", "expires", "by"], columns, rows)
}

/// An account in one column, and some columns left out.
fn shortened_to(
    left_out: &[&str],
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let place = |name| columns.iter().position(|one| one.name == name);
    let places = place("quota").zip(place("key"));
    let joined = |mut row: Vec<Cell>| {
        if let Some((quota, key)) = places
            && let (Some(Cell::Text(quota)), Some(Cell::Text(key))) = (row.get(quota), row.get(key))
        {
            let account = Cell::Text(format!("{quota} {key}"));
            row.splice(places.map_or(0..0, |(_, key)| key..key + 1), [account]);
        }
        row
    };
    let rows = rows.into_iter().map(joined).collect();
    without(left_out, columns, rows)
}

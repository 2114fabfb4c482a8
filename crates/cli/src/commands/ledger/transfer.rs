//! The journal to files.

use std::collections::HashMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::civil::Date;
use ledger::account::Account;
use ledger::movement::{Entry, Event, Goods, Leg, Note};
use ledger::store::{ReadStore, decoded};

use super::At;
use super::desk::Desk;
use super::importing::{COLUMNS, EXPORTED, key_text};
use super::showing::whole_by;
use crate::output::Format;
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

impl Export {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref()
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
    match &args.output {
        Some(path) => whole_by(path, |out| journal(&mut desk, format, out))
            .with_context(|| format!("cannot write `{}`", path.display()))?,
        None => journal(&mut desk, format, &mut BufWriter::new(io::stdout()))?,
    }
    Ok(Done::Good)
}

/// Writes every entry.
fn journal(desk: &mut Desk, format: Format, mut out: &mut dyn Write) -> anyhow::Result<()> {
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
    Ok(())
}

/// The columns of an export: what it says of this ledger, then what another one imports.
fn exported() -> impl Iterator<Item = &'static str> {
    EXPORTED.into_iter().chain(COLUMNS)
}

/// Puts entries of a journal, from the first on, into the columns of movements.
#[derive(Default)]
pub struct Exporter {
    /// The request keys of the reservations that are under way, and their days.
    reserved: HashMap<u64, (String, Date)>,
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
                let key = entry.key.clone();
                self.reserved.extend(key.map(|key| (entry.number, (key, *day))));
                cells.extend([("day", day.to_string()), ("amount", amount.to_string())]);
                cells.push(("expires", expires.to_string()));
                on_legs(&mut cells, legs);
                about(&mut cells, note);
            }
            Event::Commit { reservation, amount, returned, units, day } => {
                // Entries of earlier versions say no day: it is that of the reservation.
                let reserved = self.reserved.get(reservation).map(|(_, day)| *day);
                let day = day.or(reserved);
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
            Event::Adjust { day, leg, by, to, goods, source } => {
                // What goods are of is the change.
                let to = to.as_ref().filter(|_| goods.is_none());
                let figure = to.map_or(("by", by), |to| ("to", to));
                of_goods(&mut cells, goods.as_ref());
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
            cells.extend(self.reserved.remove(&number).map(|(key, _)| ("reserved_as", key)));
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
    of_goods(cells, note.goods.as_ref());
}

fn of_goods(cells: &mut Vec<(&'static str, String)>, goods: Option<&Goods>) {
    if let Some(Goods { item, units }) = goods {
        cells.extend([("item", item.clone()), ("units", units.to_string())]);
    }
}

//! Movements from files: lists of them, and what another ledger exported.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;
use std::path::PathBuf;

use anyhow::anyhow;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::ledger::AllError;
use ledger::movement::{Adjustment, Ask, Expiry, Goods, Note, Request, Reserved};
use ledger::proof::Hash;
use ledger::refusal::Refusal;
use ledger::store::ReadStore;

use super::desk::{Desk, counted, user};
use super::moving::{amount, day, entry_number, expiry, reason};
use super::{At, alike, excess};
use crate::language::Language;
use crate::{Common, Done, now};

mod cells;
mod table;
mod trial;

pub use table::{BETWEEN, COLUMNS, EXPORTED, key_parts, key_text};
use table::{Row, Wrong, noted};

/// After how many seconds a reservation lapses of which nothing is said: 30 days.
const DEFAULT_EXPIRY: u32 = 30 * 86_400;

/// Movements from a file.
#[derive(clap::Args, Debug)]
pub struct Import {
    /// CSV with a header, JSON Lines, or what `weir ledger export` wrote; see the reference for its
    /// columns. `-` for standard input.
    file: PathBuf,
}

/// What is asked for, each with the row it stands in, and how many reservations had lapsed in the
/// ledger from which they come.
struct Movements {
    requests: Vec<Request>,
    rows: Vec<u64>,
    lapsed: usize,
}

/// Imports movements, all or nothing.
///
/// # Errors
/// A row that cannot be read, or a movement that is refused: every one of them is named.
pub fn import(args: &Import, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut wrong = Vec::new();
    let rows = table::rows(&args.file, &mut wrong)?;
    let name = table::name_of(&args.file);
    if rows.is_empty() && wrong.is_empty() {
        common.say(&match common.lang {
            Language::En => format!("`{name}` has a header and no movement: nothing was imported"),
            Language::Zh => format!("`{name}` 只有表头，没有变动：未导入任何变动"),
        });
        return Ok(Done::Good);
    }
    let mut desk = Desk::open_to_move(at, common)?;
    let (unread, missing) = (!wrong.is_empty(), wrong.iter().any(|one| one.is_unknown_column));
    let movements = movements(&rows, &mut desk, &mut wrong)?;
    if !wrong.is_empty() {
        let mut lines: Vec<(u64, String)> = wrong.iter().map(|one| (one.row, one.line())).collect();
        // A ledger that cannot be asked does not hide what is wrong with the file.
        let refusals = trial::refusals(&rows, movements, &wrong, unread, &mut desk);
        lines.extend(refusals.unwrap_or_default());
        return Err(nothing_imported(args, lines, missing));
    }
    let ledger = desk.ledger()?;
    let Movements { requests, rows, lapsed } = movements;
    let answer = desk.wait(ledger.all(requests));
    drop(ledger);
    let receipts = match answer {
        Ok(receipts) => receipts,
        Err(AllError::Failed(why)) => return Err(why.into()),
        Err(AllError::Refused(refused)) => {
            let lines = refused.iter().map(|(at, why)| refused_line(&rows, *at, why));
            return Err(nothing_imported(args, lines.collect(), false));
        }
    };
    let made: Vec<_> =
        receipts.iter().filter(|one| !one.repeated).map(|one| one.entry.clone()).collect();
    alike::warn(&mut desk, &made, common);
    excess::warn(&mut desk, &made, common);
    desk.leave(common);
    let repeated = receipts.iter().filter(|receipt| receipt.repeated).count();
    common.say(&told(receipts.len() - repeated, repeated, lapsed, common));
    Ok(Done::Good)
}

/// Every row that is wrong or refused, in the order of the file.
fn nothing_imported(
    args: &Import,
    mut lines: Vec<(u64, String)>,
    is_unknown_column: bool,
) -> anyhow::Error {
    lines.sort_by_key(|(row, _)| *row);
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    let hint = if is_unknown_column {
        format!("\n\nhint: the fields are {}", COLUMNS.join(", "))
    } else {
        String::new()
    };
    let name = table::name_of(&args.file);
    anyhow!("`{name}`: nothing was imported\n  {}{hint}", lines.join("\n  "))
}

fn told(fresh: usize, repeated: usize, lapsed: usize, common: &Common) -> String {
    match common.lang {
        Language::En => {
            let mut told = format!("{} imported", counted(fresh, "movement", "movements"));
            match repeated {
                0 => {}
                1 => told.push_str(", 1 was there before"),
                _ => told.push_str(&format!(", {repeated} were there before")),
            }
            if lapsed > 0 {
                let lapsed = counted(lapsed, "reservation", "reservations");
                told.push_str(&format!("; {lapsed} that had lapsed left out"));
            }
            told
        }
        Language::Zh => {
            let mut told = format!("已导入 {fresh} 笔变动");
            if repeated > 0 {
                told.push_str(&format!("，另有 {repeated} 笔先前已记"));
            }
            if lapsed > 0 {
                told.push_str(&format!("；略去 {lapsed} 项已失效的预留"));
            }
            told
        }
    }
}

/// A refusal with its row and the column to look at.
fn refused_line(rows: &[u64], at: usize, why: &Refusal) -> (u64, String) {
    let row = |at: usize| rows.get(at).copied().unwrap_or_default();
    let (number, code) = (row(at), why.code());
    let (why, entries) = match why {
        Refusal::Together { why, entries } => (&**why, &entries[..]),
        why => (why, &[][..]),
    };
    let others: Vec<String> = entries.iter().map(|(_, at)| row(*at).to_string()).collect();
    let said = match &others[..] {
        [] => why.to_string(),
        [other] => {
            format!("the entry named here would be that of row {other}, which was not made: {why}")
        }
        others => {
            let others = others.join(", ");
            format!(
                "the entries named here would be those of rows {others}, and none was made: {why}"
            )
        }
    };
    let line = match column_of(why) {
        Some(column) => format!("row {number}, column `{column}` ({code}): {said}"),
        None => format!("row {number} ({code}): {said}"),
    };
    (number, line)
}

/// The column that a refusal is about.
fn column_of(why: &Refusal) -> Option<&'static str> {
    Some(match why {
        Refusal::BadKey | Refusal::KeyReused { .. } => "request",
        Refusal::NoSource => "source",
        Refusal::NotPositive(_)
        | Refusal::BadShare(_)
        | Refusal::RaisesNothing { .. }
        | Refusal::SumTooLarge(_)
        | Refusal::Over { .. }
        | Refusal::MoreThanReserved { .. }
        | Refusal::NoWholeAmount { .. }
        | Refusal::MoreThanUsed { .. } => "amount",
        Refusal::MoreUnits { .. } | Refusal::NoWholeUnits { .. } => "units",
        Refusal::NoAccount | Refusal::AccountTwice(_) | Refusal::WithoutWhole { .. } => "accounts",
        Refusal::UnknownQuota { .. } | Refusal::CannotRaise(_) | Refusal::NoAttrition(_) => "quota",
        Refusal::WrongAccountKey { .. } => "key",
        Refusal::ExpiryPast { .. } => "expires",
        Refusal::NoLimit { .. } | Refusal::DayAhead { .. } | Refusal::OtherStep { .. } => "day",
        Refusal::NoSuchReservation(_) => "reserved_as",
        Refusal::NotReserved(_)
        | Refusal::AlreadyCommitted { .. }
        | Refusal::AlreadyReleased { .. }
        | Refusal::AlreadyExpired { .. } => "reservation",
        Refusal::BadText { .. } | Refusal::Unfit(_) | Refusal::Together { .. } => return None,
    })
}

/// What the rows of a file ask for. Every mistake in them is noted.
fn movements(rows: &[Row], desk: &mut Desk, wrong: &mut Vec<Wrong>) -> anyhow::Result<Movements> {
    let is = |row: &Row, event: &str| row.get("event") == Some(event);
    let reserved: HashSet<&str> =
        rows.iter().filter(|row| is(row, "reserve")).filter_map(|row| row.get("request")).collect();
    let ends = |event: &[&str]| -> HashSet<&str> {
        let ending = rows.iter().filter(|row| event.iter().any(|event| is(row, event)));
        ending.filter_map(|row| row.get("reserved_as")).collect()
    };
    let (ended, expired) = (ends(&["commit", "release"]), ends(&["expire"]));
    let mut movements = Movements { requests: Vec::new(), rows: Vec::new(), lapsed: 0 };
    let mut seen: HashMap<u128, u32> = HashMap::new();
    for row in rows {
        let request = row.get("request");
        let is_in = |names: &HashSet<&str>| request.is_some_and(|name| names.contains(name));
        if is(row, "expire") {
            if row.get("reserved_as").is_none_or(|name| !reserved.contains(name)) {
                let why = "a reservation lapses by itself; only with the row that made it can it be \
                           imported as lapsed";
                wrong.push(row.wrong("event", why.to_owned()));
            }
            continue;
        }
        let before = wrong.len();
        cells::unused(row, wrong);
        let ask = ask(row, wrong);
        check_reservation(row, desk, wrong)?;
        let Some(mut ask) = ask.filter(|_| wrong.len() == before) else { continue };
        if let Ask::Reserve { expiry, .. } = &mut ask
            && row.is_exported
        {
            let is_past = matches!(expiry, Expiry::At(at) if *at <= now());
            if is_in(&expired) || is_past && !is_in(&ended) {
                movements.lapsed += 1;
                continue;
            }
            if is_in(&ended) {
                // When it would have lapsed no longer matters.
                *expiry = Expiry::Any;
            }
        }
        if let Ask::Commit { reservation, .. } | Ask::Release { reservation } = &mut ask
            && let Reserved::Request(name) = &*reservation
            && !reserved.contains(name.as_str())
        {
            let (runtime, reader, _) = desk.reading();
            match runtime.block_on(reader.entry_of(name))? {
                Some(number) => *reservation = Reserved::Entry(number),
                None => {
                    let why = format!("nothing is reserved as `{name}`, here or in the ledger");
                    wrong.push(row.wrong("reserved_as", why));
                }
            }
        }
        let key = request.map_or_else(|| key_of(row, &mut seen), str::to_owned);
        movements.requests.push(Request { key, by: user(), ask });
        movements.rows.push(row.number);
    }
    Ok(movements)
}

/// A row may name its reservation by number and request key, where both are the same one. An
/// export has numbers of the ledger from which it comes.
fn check_reservation(row: &Row, desk: &mut Desk, wrong: &mut Vec<Wrong>) -> anyhow::Result<()> {
    let both = row.get("reservation").zip(row.get("reserved_as"));
    let Some((number, name)) = both.filter(|_| !row.is_exported) else { return Ok(()) };
    let (runtime, reader, _) = desk.reading();
    let found = runtime.block_on(reader.entry_of(name))?;
    if found.is_none_or(|found| Ok(found) != entry_number(number)) {
        let why =
            format!("`{number}` is not the entry that reserved as `{name}`; give one of them");
        wrong.push(row.wrong("reservation", why));
    }
    Ok(())
}

/// The key of a row without one: a hash of what it says and its place among rows that say the same,
/// so that the same file moves nothing twice, and another of the same name is another.
fn key_of(row: &Row, seen: &mut HashMap<u128, u32>) -> String {
    let cells = COLUMNS.into_iter().filter_map(|column| Some((column, row.get(column)?)));
    let said: String =
        cells.map(|(column, text)| format!("{column}\n{}\n{text}\n", text.len())).collect();
    let hash = Hash::of(&[said.as_bytes()]).short();
    let seen = seen.entry(hash).or_default();
    *seen += 1;
    if *seen == 1 { format!("import:{hash:032x}") } else { format!("import:{hash:032x}.{seen}") }
}

/// The accounts of a row: one by `quota` and `key`, several by `accounts`.
fn accounts(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Vec<Account>> {
    if let Some(text) = row.get("accounts") {
        return noted(row, "accounts", listed(text), wrong);
    }
    let (quota, key) = (row.need("quota", wrong), row.need("key", wrong));
    let (quota, key) = quota.zip(key)?;
    Some(vec![Account::of(quota.to_owned(), key_parts(key))])
}

/// Accounts as JSON: lists of a quota and its key.
fn listed(text: &str) -> Result<Vec<Account>, String> {
    let lists: Vec<Vec<String>> = serde_json::from_str(text).map_err(|_| {
        String::from("it should be JSON such as [[\"lpp-limit\",\"Acme\",\"2026\"]]")
    })?;
    let account = |list: Vec<String>| match list.split_first() {
        Some((quota, key)) => Ok(Account::of(quota.clone(), key.to_vec())),
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
            wrong.push(row.wrong("accounts", why));
            None
        }
    }
}

fn units(text: &str) -> Result<NonZeroU64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of items"))
}

/// What a movement is about, in words and goods.
fn about(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Note> {
    let goods = goods(row, wrong)?;
    Some(Note { text: row.get("note").unwrap_or_default().to_owned(), goods })
}

/// The goods of a row, where it has any.
fn goods(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Option<Goods>> {
    let units = row.optional("units", units, wrong)?;
    match (row.get("item"), units) {
        (Some(item), Some(units)) => Some(Some(Goods { item: item.to_owned(), units })),
        (None, None) => Some(None),
        (item, _) => {
            let column = if item.is_some() { "units" } else { "item" };
            let why = "`item` and `units` go together".to_owned();
            wrong.push(row.wrong(column, why));
            None
        }
    }
}

/// The reservation of a row: by the request key under which it was made, or by its number.
fn reservation(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Reserved> {
    match row.get("reserved_as") {
        Some(name) => Some(Reserved::Request(name.to_owned())),
        None => row.read("reservation", entry_number, wrong).map(Reserved::Entry),
    }
}

/// What a row asks for. Every mistake in it is noted.
fn ask(row: &Row, wrong: &mut Vec<Wrong>) -> Option<Ask> {
    let text = |column: &str| row.get(column).unwrap_or_default().to_owned();
    match row.need("event", wrong)? {
        "reserve" => {
            let on = (accounts(row, wrong), row.read("amount", amount, wrong));
            let when = (row.read("day", day, wrong), row.optional("expires", expiry, wrong));
            let note = about(row, wrong);
            let (day, amount, accounts) = (Some(when.0?), on.1?, on.0?);
            let expiry = when.1?.unwrap_or(Expiry::After(DEFAULT_EXPIRY));
            Some(Ask::Reserve { day, amount, accounts, expiry, note: note? })
        }
        "commit" => {
            let reservation = reservation(row, wrong);
            let amount = row.optional("amount", amount, wrong);
            let units = row.optional("units", units, wrong);
            let day = row.optional("day", day, wrong);
            let (reservation, amount, units) = (reservation?, amount?, units?);
            Some(Ask::Commit { reservation, amount, units, day: day? })
        }
        "release" => Some(Ask::Release { reservation: reservation(row, wrong)? }),
        "retire" => {
            let on = (accounts(row, wrong), row.read("amount", amount, wrong));
            let why = (row.read("day", day, wrong), row.read("reason", reason, wrong));
            let note = about(row, wrong);
            let (day, amount, accounts, reason) = (Some(why.0?), on.1?, on.0?, why.1?);
            Some(Ask::Retire { day, amount, accounts, reason, note: note? })
        }
        "adjust" => {
            let on = (one_account(row, wrong), row.read("day", day, wrong), figure(row, wrong));
            let (account, day, to) = (on.0?, Some(on.1?), on.2?);
            let goods = goods(row, wrong)?;
            if goods.is_some() && matches!(to, Adjustment::To(_)) {
                let why = "`item` and `units` say what changes, and go with `by`".to_owned();
                wrong.push(row.wrong("item", why));
                return None;
            }
            Some(Ask::Adjust { day, account, to, goods, source: text("source") })
        }
        "raise" => {
            let on = (one_account(row, wrong), row.read("amount", amount, wrong));
            Some(Ask::Raise { account: on.0?, limit: on.1?, source: text("source") })
        }
        "own" => {
            let who = (row.need("owned", wrong), row.need("owner", wrong));
            if let (Some(owned), Some(owner)) = who
                && owned == owner
            {
                wrong.push(row.wrong("owner", format!("`{owned}` cannot own itself")));
            }
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
            wrong.push(row.wrong("event", why));
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
            wrong.push(row.wrong("to", why));
            None
        }
    }
}

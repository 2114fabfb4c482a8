//! One movement from the command line.

use std::io::{self, Write};
use std::num::NonZeroU64;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};
use law::eval::Memory;
use law::{Facts, Law, Value};
use ledger::account::{Account, Limit, Quotas};
use ledger::amount::Amount;
use ledger::book::Receipt;
use ledger::journal;
use ledger::movement::{Adjustment, Ask, Entry, Event, Expiry, Goods, Note, Reason, Reserved};
use ledger::packs::PackQuotas;
use ledger::store::{ReadStore, decoded};

use super::desk::{Desk, grouped};
use super::importing::{BETWEEN, key_parts};
use super::{At, alike, excess};
use crate::language::Language;
use crate::wording::Phrasebook;
use crate::{Common, Done, now, today};

/// The account and the request.
#[derive(clap::Args, Debug)]
struct On {
    /// The quota's id in the packs, such as `lpp-limit`.
    quota: String,
    /// Whose account it is: the values of the quota's key, and the year of a yearly one.
    #[arg(required = true)]
    key: Vec<String>,
}

impl On {
    fn account(&self) -> Account {
        Account::of(self.quota.clone(), self.key.clone())
    }

    fn accounts(&self, also: &[Account]) -> Vec<Account> {
        std::iter::once(self.account()).chain(also.iter().cloned()).collect()
    }
}

/// The request's own key.
#[derive(clap::Args, Debug)]
struct Named {
    /// A name for the request: the same again is answered as before and moves nothing twice.
    #[arg(long, value_name = "KEY")]
    request: Option<String>,
}

/// What a movement is about.
#[derive(clap::Args, Debug)]
struct About {
    /// In your own words, such as the order and its line.
    #[arg(long, default_value = "")]
    note: String,
    /// The item, such as `nvidia-h100-sxm`; reports list chips by it.
    #[arg(long, requires = "units")]
    item: Option<String>,
    /// How many of the item.
    #[arg(long, requires = "item")]
    units: Option<NonZeroU64>,
}

impl About {
    fn note(&self) -> Note {
        let goods = self.item.clone().zip(self.units);
        let goods = goods.map(|(item, units)| Goods { item, units });
        Note { text: self.note.clone(), goods }
    }
}

/// Holds an amount.
#[derive(clap::Args, Debug)]
pub struct Reserve {
    #[command(flatten)]
    on: On,
    /// Another account that moves with it, such as the whole of a share: `uveu_total_tpp / Acme`.
    #[arg(long, value_name = "ACCOUNT", value_parser = any_account)]
    also: Vec<Account>,
    /// How much, in the quota's unit: `26900000`, `26900000TPP`.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Amount,
    /// The day of the shipment; today by default.
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    /// When it lapses: a day (its end, UTC), an instant, or a span such as `30d`, `12h`.
    #[arg(long, default_value = "30d", value_parser = expiry)]
    expires: Expiry,
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    named: Named,
}

/// Uses a reservation.
#[derive(clap::Args, Debug)]
pub struct Commit {
    #[command(flatten)]
    of: OfReservation,
    /// How much of it; all by default. The rest returns.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Option<Amount>,
    /// How many of the reservation's items; by default as many as the amount makes.
    #[arg(long)]
    units: Option<NonZeroU64>,
    /// The day of the shipment or receipt, which reports show; today by default.
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[command(flatten)]
    named: Named,
}

/// Gives a reservation up.
#[derive(clap::Args, Debug)]
pub struct Release {
    #[command(flatten)]
    of: OfReservation,
    #[command(flatten)]
    named: Named,
}

/// Which reservation is meant.
#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct OfReservation {
    /// The reservation's number.
    #[arg(value_parser = entry_number)]
    reservation: Option<u64>,
    /// Instead: the request key under which it was made.
    #[arg(long, value_name = "KEY")]
    reserved_as: Option<String>,
}

impl OfReservation {
    fn reserved(&self) -> Reserved {
        match &self.reserved_as {
            Some(key) => Reserved::Request(key.clone()),
            None => Reserved::Entry(self.reservation.unwrap_or(0)),
        }
    }
}

/// Takes something off an account.
#[derive(clap::Args, Debug)]
pub struct Retire {
    #[command(flatten)]
    on: On,
    /// Another account that moves with it, such as the whole of a share: `uveu_total_tpp / Acme`.
    #[arg(long, value_name = "ACCOUNT", value_parser = any_account)]
    also: Vec<Account>,
    /// How much.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    amount: Amount,
    /// Why: `lost`, `damaged`, `failed`, `relocated` or `resold`.
    #[arg(long, value_parser = reason)]
    reason: Reason,
    /// The day; today by default.
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    named: Named,
}

/// Takes over a figure.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("figure").required(true).args(["to", "by"])))]
pub struct Adjust {
    #[command(flatten)]
    on: On,
    /// What is used is this much.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    to: Option<Amount>,
    /// So much more is used; less where it is negative.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    by: Option<Amount>,
    /// Where the figure is from.
    #[arg(long)]
    source: String,
    /// The item of which it is so much more or less; goes with `--by`.
    #[arg(long, requires = "units")]
    item: Option<String>,
    /// How many more or less of the item.
    #[arg(long, requires = "item")]
    units: Option<NonZeroU64>,
    /// The day it is about; today by default.
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    #[command(flatten)]
    named: Named,
}

/// Records a limit.
#[derive(clap::Args, Debug)]
pub struct Raise {
    #[command(flatten)]
    on: On,
    /// The limit; the text's own formula still bounds it.
    #[arg(long, value_parser = amount, allow_negative_numbers = true)]
    limit: Amount,
    /// Where it is from.
    #[arg(long)]
    source: String,
    #[command(flatten)]
    named: Named,
}

/// Records an owner.
#[derive(clap::Args, Debug)]
pub struct Own {
    /// Whose shares they are.
    owned: String,
    /// Who holds them.
    owner: String,
    /// The share, 0 to 1; 0 where it was sold and the buyer is not known.
    #[arg(long, default_value = "1", value_parser = amount)]
    share: Amount,
    /// Where it is from.
    #[arg(long)]
    source: String,
    #[command(flatten)]
    named: Named,
}

/// Reads an account: its quota and key, as sheets write them.
fn any_account(text: &str) -> Result<Account, String> {
    let (quota, key) = text.split_once(BETWEEN).ok_or_else(|| {
        format!(
            "`{text}` is no account; write its quota and key, such as `lpp-limit / Acme / 2026`"
        )
    })?;
    Ok(Account::of(quota.trim().to_owned(), key_parts(key)))
}

/// Reads an amount with or without its unit.
pub fn amount(text: &str) -> Result<Amount, String> {
    let text = text.trim();
    let end = text.find(|letter: char| letter.is_alphabetic()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    let has_exponent = unit.strip_prefix(['e', 'E']).is_some_and(|exponent| {
        let digits = exponent.trim_start_matches(['+', '-']);
        digits.is_empty() || digits.bytes().all(|letter| letter.is_ascii_digit())
    });
    if has_exponent {
        return Err(format!("`{text}` has an exponent; write the number in full"));
    }
    if !digits.trim().is_empty() && !matches!(unit.trim(), "" | "TPP") {
        return Err(format!("`{}` is no unit of a quota; amounts are in TPP", unit.trim()));
    }
    let number = if digits.trim().is_empty() { text } else { digits.trim() };
    Amount::parse(number).map_err(|why| format!("`{text}` {why}"))
}

/// Reads the number of an entry.
pub fn entry_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number of an entry"))
}

/// Reads a day.
pub fn day(text: &str) -> Result<Date, String> {
    plain_day(text).ok_or_else(|| format!("`{text}` is no day such as 2026-12-31"))
}

/// A day that is written as one: what has a time is none.
fn plain_day(text: &str) -> Option<Date> {
    let fits = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    let is_plain = text.len() == 10 && text.bytes().enumerate().all(fits);
    text.parse().ok().filter(|_| is_plain)
}

/// Reads an instant, or a day for its end; none where it is neither.
pub fn day_or_instant(text: &str) -> Option<Result<Timestamp, String>> {
    if let Some(day) = plain_day(text) {
        let beyond = || format!("`{text}` is out of the calendar, whose last day is 9999-12-29");
        return Some(day_end(day).ok_or_else(beyond));
    }
    if let Ok(instant) = text.parse() {
        return Some(Ok(instant));
    }
    text.parse::<DateTime>().ok().map(|_| {
        Err(format!(
            "`{text}` has no time zone; end it with Z for UTC, or an offset such as +08:00"
        ))
    })
}

/// The first instant after a day, in UTC.
pub fn day_end(day: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(day.tomorrow().ok()?.at(0, 0, 0, 0)).ok()
}

/// Reads when a reservation lapses.
pub fn expiry(text: &str) -> Result<Expiry, String> {
    let wrong = || {
        format!(
            "`{text}` is no day (2026-12-31), instant (2026-12-31T12:00:00Z) or span (30d, 12h)"
        )
    };
    if let Some((number, unit)) = text.split_at_checked(text.len().saturating_sub(1))
        && let Ok(number) = number.parse::<u32>()
    {
        let seconds: u32 = match unit {
            "d" => 86_400,
            "h" => 3_600,
            "m" => 60,
            "s" => 1,
            _ => return Err(wrong()),
        };
        let longest = u32::MAX / seconds;
        let too_long = || format!("`{text}` is too long; the longest span is {longest}{unit}");
        return number.checked_mul(seconds).map(Expiry::After).ok_or_else(too_long);
    }
    day_or_instant(text).ok_or_else(wrong)?.map(Expiry::At)
}

/// Reads a reason.
pub fn reason(word: &str) -> Result<Reason, String> {
    Reason::parse(word).ok_or_else(|| {
        let words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.word()).collect();
        format!("`{word}` is no reason; one of {}", words.join(", "))
    })
}

fn moved(at: &At, common: &Common, named: &Named, mut ask: Ask) -> anyhow::Result<Done> {
    let mut desk = Desk::open_to_move(at, common)?;
    if let Ask::Commit { reservation, .. } | Ask::Release { reservation } = &mut ask
        && let Reserved::Request(key) = &*reservation
    {
        let (runtime, reader, _) = desk.reading();
        if let Some(number) = runtime.block_on(reader.entry_of(key))? {
            *reservation = Reserved::Entry(number);
        }
    }
    let receipt = desk.request(named.request.as_deref(), ask)?;
    let Receipt { entry, repeated } = &receipt;
    let mut out = io::stdout();
    writeln!(out, "{}", journal::encode(entry))?;
    if *repeated {
        let number = entry.number;
        common.say(&match common.lang {
            Language::En => {
                format!("entry {number} did this before under the same request key")
            }
            Language::Zh => format!("分录 {number} 已用同一请求键记过此笔"),
        });
        if let Some(over) = over(&mut desk, entry)? {
            common.warn(&over);
        }
    }
    if !*repeated {
        alike::warn(&mut desk, std::slice::from_ref(entry), common);
        excess::warn(&mut desk, std::slice::from_ref(entry), common);
    }
    desk.leave(common);
    Ok(Done::Good)
}

/// What became of a reservation since, where it holds nothing any more.
fn over(desk: &mut Desk, entry: &Entry) -> anyhow::Result<Option<String>> {
    let Event::Reserve { expires, .. } = &entry.event else { return Ok(None) };
    let reservation = entry.number;
    let (runtime, reader, _) = desk.reading();
    let Some(number) = runtime.block_on(reader.ended_by(reservation))? else {
        let told = format!("reservation {reservation} lapsed at {expires}: nothing is held");
        return Ok((*expires <= now()).then_some(told));
    };
    let stored = runtime.block_on(reader.entries(number, 1))?;
    let ended = stored.first().map(decoded).transpose()?;
    Ok(ended.map(|ended| match &ended.event {
        Event::Commit { .. } => {
            format!("reservation {reservation} was committed by entry {number}: nothing is held")
        }
        Event::Release { .. } => {
            format!("reservation {reservation} was released by entry {number}: nothing is held")
        }
        _ => format!("reservation {reservation} lapsed with entry {number}: nothing is held"),
    }))
}

/// Holds an amount on an account, or on several at once.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn reserve(args: &Reserve, at: &At, common: &Common) -> anyhow::Result<Done> {
    let ask = Ask::Reserve {
        day: args.day,
        amount: args.amount,
        accounts: args.on.accounts(&args.also),
        expiry: args.expires,
        note: args.about.note(),
    };
    moved(at, common, &args.named, ask)
}

/// Uses a reservation.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn commit(args: &Commit, at: &At, common: &Common) -> anyhow::Result<Done> {
    let ask = Ask::Commit {
        reservation: args.of.reserved(),
        amount: args.amount,
        units: args.units,
        day: args.day,
    };
    moved(at, common, &args.named, ask)
}

/// Gives a reservation up.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn release(args: &Release, at: &At, common: &Common) -> anyhow::Result<Done> {
    moved(at, common, &args.named, Ask::Release { reservation: args.of.reserved() })
}

/// Takes something off an account.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn retire(args: &Retire, at: &At, common: &Common) -> anyhow::Result<Done> {
    let ask = Ask::Retire {
        day: args.day,
        amount: args.amount,
        accounts: args.on.accounts(&args.also),
        reason: args.reason,
        note: args.about.note(),
    };
    moved(at, common, &args.named, ask)
}

/// Takes over an outside figure.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn adjust(args: &Adjust, at: &At, common: &Common) -> anyhow::Result<Done> {
    let to = match (args.to, args.by) {
        (Some(total), None) => Adjustment::To(total),
        (None, Some(change)) => Adjustment::By(change),
        _ => bail!("either --to or --by"),
    };
    if args.item.is_some() && matches!(to, Adjustment::To(_)) {
        bail!(
            "`--item` and `--units` say what changes, and `--to` is a total\n\nhint: give the \
             change with `--by`"
        );
    }
    let goods = args.item.clone().zip(args.units);
    let goods = goods.map(|(item, units)| Goods { item, units });
    let (day, account, source) = (args.day, args.on.account(), args.source.clone());
    let ask = Ask::Adjust { day, account, to, goods, source };
    moved(at, common, &args.named, ask)
}

/// Records a limit.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn raise(args: &Raise, at: &At, common: &Common) -> anyhow::Result<Done> {
    let (account, source) = (args.on.account(), args.source.clone());
    let ask = Ask::Raise { account: account.clone(), limit: args.limit, source };
    let done = moved(at, common, &args.named, ask)?;
    let law = Arc::new(common.law()?);
    for flag in raised_flags(&law, &account, args.limit, common.lang) {
        common.warn(&flag);
    }
    let quotas = PackQuotas::new(law);
    let terms = quotas.terms(&account, Some(args.limit));
    for step in terms.iter().flat_map(|terms| &terms.steps) {
        let Limit::Amount(limit) = step.limit else { continue };
        let (limit, from, through) = (grouped(limit), step.from, step.through);
        common.say(&match common.lang {
            Language::En => {
                format!(
                    "with this, the limit of {account} is {limit}, from {from} through {through}"
                )
            }
            Language::Zh => format!("据此，{account} 的限额为 {limit}（{from} 至 {through}）"),
        });
    }
    Ok(done)
}

/// What the packs remark of a limit: their flags for who the account is of, today, that are not
/// there without it.
fn raised_flags(law: &Law, account: &Account, limit: Amount, language: Language) -> Vec<String> {
    let mut facts = Facts::new(law.vocabulary());
    facts.set(law.date_fact(), Some(Value::Date(today())));
    let mut raised = None;
    for rule in law.quotas().filter(|rule| rule.rule.rule.id == account.quota) {
        let find = |name: &str| law.vocabulary().find(name);
        raised = rule.quota.raised.as_ref().and_then(|(name, _)| find(name)).or(raised);
        for ((name, _), part) in rule.quota.key.iter().zip(&account.key) {
            let Some(fact) = find(name) else { continue };
            facts.set(fact, law.vocabulary().fact(fact).parse(part).ok().flatten());
        }
    }
    let Some((fact, limit)) = raised.zip(limit.to_num()) else { return Vec::new() };
    let book = Phrasebook::new(law, language);
    let flags = |facts: &Facts| -> Vec<(String, String)> {
        let mut memory = Memory::default();
        let Some(found) = law.decide(facts, None, &mut law::Desk::default()) else {
            return Vec::new();
        };
        let worded = book.word(&found, facts, &mut memory);
        let links = worded.readings.iter().flat_map(|reading| &reading.flags);
        links.map(|link| (link.rule.to_owned(), format!("{} ({})", link.text, link.cite))).collect()
    };
    let before = flags(&facts);
    facts.set(fact, Some(Value::Num(limit)));
    let mut fresh: Vec<(String, String)> = Vec::new();
    for flag in flags(&facts) {
        if !before.iter().chain(&fresh).any(|(rule, _)| *rule == flag.0) {
            fresh.push(flag);
        }
    }
    fresh.into_iter().map(|(_, text)| text).collect()
}

/// Records an owner.
///
/// # Errors
/// It is refused, or the ledger cannot be written.
pub fn own(args: &Own, at: &At, common: &Common) -> anyhow::Result<Done> {
    if args.owned == args.owner {
        return Err(anyhow!("`{}` cannot own itself", args.owned));
    }
    let ask = Ask::Own {
        owned: args.owned.clone(),
        owner: args.owner.clone(),
        share: args.share,
        source: args.source.clone(),
    };
    moved(at, common, &args.named, ask)
}

//! What the accounts and the journal say.

use std::collections::HashMap;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use ledger::account::{Account, NoTerms};
use ledger::amount::Amount;
use ledger::owners::Owners;
use ledger::refusal::Refusal;
use ledger::store::{AccountAt, ReadStore, StoredEntry};
use ledger::view::{self, Forecast, Standing, StandingError, StepStanding};

use super::At;
use super::desk::{Desk, counted};
use super::importing::key_text;
use super::moving::{amount, day_or_instant, entry_number};
use crate::language::Language;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::output::{Format, table_columns};
use crate::{Common, Done, now};

/// The form and place of a sheet.
#[derive(clap::Args, Debug)]
pub struct Form {
    /// The form of output; a table on a terminal, JSON Lines otherwise.
    #[arg(long)]
    format: Option<Format>,
    /// Where to write; the ending tells the form.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Form {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    /// The form that is asked for.
    ///
    /// # Errors
    /// An ending that tells no form.
    pub fn format(&self) -> anyhow::Result<Format> {
        let terminal = self.output.is_none() && io::stdout().is_terminal();
        Format::choose(self.format, self.output.as_deref(), terminal)
    }

    /// Writes a sheet.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub fn write(&self, sheet: &Sheet, common: &Common) -> anyhow::Result<()> {
        let format = self.format()?;
        let mut bytes = Vec::new();
        let terminal = self.output.is_none() && io::stdout().is_terminal();
        sheet.write(format, common.lang, table_columns(terminal), &mut bytes)?;
        self.put(&bytes)
    }

    /// Writes what is in its form already.
    ///
    /// # Errors
    /// An output that cannot be written.
    pub fn put(&self, bytes: &[u8]) -> anyhow::Result<()> {
        match &self.output {
            Some(path) => {
                whole(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
            }
            None => io::stdout().write_all(bytes)?,
        }
        Ok(())
    }

    /// Whether a form or a place was asked for.
    #[cfg(feature = "batch")]
    pub fn is_asked(&self) -> bool {
        self.format.is_some() || self.output.is_some()
    }

    /// Makes sure that the output does not take the place of what is read.
    ///
    /// # Errors
    /// Both are one file.
    pub fn spare(&self, input: &Path) -> anyhow::Result<()> {
        if let Some(output) = &self.output
            && let (Ok(output), Ok(input)) = (output.canonicalize(), input.canonicalize())
            && output == input
        {
            bail!(
                "`{}` is what is read\n\nhint: give the output another name",
                self.output.as_deref().unwrap_or(&output).display()
            );
        }
        Ok(())
    }
}

/// Writes a file that appears under its name only when it is whole.
///
/// # Errors
/// It cannot be written.
pub fn whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    whole_by(path, |out| out.write_all(bytes))
}

/// The same of what is written little by little.
///
/// # Errors
/// It cannot be written, or what writes it fails.
pub fn whole_by<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
) -> Result<(), E> {
    // A link is followed, and what is no file (a pipe, a device) is written into as it is.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    if target.exists() && !target.is_file() {
        let file = std::fs::File::options().write(true).open(target)?;
        return write(&mut io::BufWriter::new(file));
    }
    let mut partial = target.clone().into_os_string();
    partial.push(format!(".{}.partial", std::process::id()));
    let written = || {
        let mut out = io::BufWriter::new(std::fs::File::create(&partial)?);
        write(&mut out)?;
        out.flush()?;
        Ok(std::fs::rename(&partial, &target)?)
    };
    let done = written();
    if done.is_err() {
        // Nothing may be there to take away.
        let _ = std::fs::remove_file(&partial);
    }
    done
}

/// The accounts.
#[derive(clap::Args, Debug)]
pub struct Balance {
    /// Only those of this quota.
    quota: Option<String>,
    /// Only those whose key begins so.
    key: Vec<String>,
    /// As it was known at an instant, or at the end of a day (UTC).
    #[arg(long, value_name = "WHEN", value_parser = instant)]
    as_of: Option<Timestamp>,
    /// The step of a day: an installed base has a limit a quarter. Today by default.
    #[arg(long, value_parser = super::moving::day)]
    day: Option<Date>,
    /// When each account fills: at the pace of the last so many days.
    #[arg(long, value_name = "DAYS", num_args = 0..=1, default_missing_value = "90")]
    forecast: Option<u32>,
    /// When each account fills, at so much a day.
    #[arg(long, value_name = "AMOUNT", value_parser = amount)]
    rate: Option<Amount>,
    #[command(flatten)]
    form: Form,
}

impl Balance {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        self.form.output()
    }
}

/// One entry.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["number", "request"])))]
pub struct Show {
    /// Its number.
    #[arg(value_parser = entry_number)]
    number: Option<u64>,
    /// Its request key.
    #[arg(long, value_name = "KEY")]
    request: Option<String>,
}

/// Reads an instant, or a day for its end.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no day (2026-12-31) or instant (2026-12-31T12:00:00Z)");
    let read = day_or_instant(text).ok_or_else(wrong)??;
    // A day is known with all that was recorded on it.
    let is_day = !text.contains(['T', 't', ' ']);
    Ok(if is_day { read - SignedDuration::from_micros(1) } else { read })
}

/// The accounts and what is left of them.
///
/// # Errors
/// The ledger cannot be read.
pub fn balance(args: &Balance, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let when = args.as_of.unwrap_or_else(now);
    let day = args.day.unwrap_or_else(|| TimeZone::UTC.to_datetime(when).date());
    let accounts = chosen(&mut desk, args, when)?;
    let standings = standings(&mut desk, &accounts, when)?;
    let has_forecast = args.forecast.is_some() || args.rate.is_some();
    let pace = match (args.rate, args.forecast) {
        (None, Some(days)) => Some(Pace::of(&mut desk, days, when, day)?),
        _ => None,
    };
    let language = common.lang;
    let (mut rows, mut notes) = (Vec::new(), vec![as_of(language, when, day)]);
    let mut without_limit = 0u64;
    for (account, (found, standing)) in accounts.iter().zip(standings) {
        let standing = match standing {
            Ok(standing) => standing,
            Err(why) => {
                let told = untold(account, why);
                common.warn(&told);
                notes.push(language.said(&told).into_owned());
                rows.push(without_terms(account, &found, has_forecast));
                continue;
            }
        };
        let mut row = row(account, &on(&standing, day, &mut without_limit));
        if has_forecast {
            let paced = || pace.as_ref().and_then(|pace| pace.a_day(&desk, account));
            row.extend(forecast(&standing, args.rate.or_else(paced), day));
        }
        rows.push(row);
    }
    notes.extend(limits_ended(without_limit, day, common));
    let mut columns = columns(language);
    if has_forecast {
        columns.extend(forecast_columns(language));
    }
    let sheet = Sheet {
        title: language.pick("Quota accounts", "配额账户").to_owned(),
        notes,
        heads: true,
        columns,
        rows,
        empty: language.pick("No account was moved.", "尚无账户发生变动。").to_owned(),
    };
    args.form.write(&sheet, common)?;
    Ok(Done::Good)
}

/// Says which moment a sheet shows.
pub fn as_of(language: Language, when: Timestamp, day: Date) -> String {
    let when = when.strftime("%Y-%m-%d %H:%M UTC");
    match language {
        Language::En => format!("As known at {when}; limits of {day}; amounts in TPP."),
        Language::Zh => format!("截至 {when} 已知；{day} 的限额；单位 TPP。"),
    }
}

fn columns(language: Language) -> Vec<Column> {
    let column = |name, en: &str, zh: &str, kind| Column {
        name,
        title: language.pick(en, zh).to_owned(),
        kind,
    };
    vec![
        column("quota", "quota", "配额", Kind::Text),
        column("key", "account", "账户", Kind::Text),
        column("limit", "limit", "限额", Kind::Number),
        column("used", "used", "已用", Kind::Number),
        column("held", "held", "预留", Kind::Number),
        column("room", "room", "余量", Kind::Number),
        column("utilization", "taken", "占用率", Kind::Share),
    ]
}

fn row(account: &Account, step: &StepStanding) -> Vec<Cell> {
    let optional = |amount: Option<Amount>| amount.map_or(Cell::None, Cell::number);
    vec![
        Cell::text(&account.quota),
        Cell::text(key_text(account)),
        optional(step.limit),
        Cell::number(step.used),
        Cell::number(step.held),
        optional(step.room()),
        share(step).map_or(Cell::None, Cell::Share),
    ]
}

/// How much of a step is used or held, in thousandths; nothing where there is no limit to be used.
pub fn share(step: &StepStanding) -> Option<u32> {
    let limit = step.limit?.millionths();
    let total = step.used.checked_add(step.held)?.millionths();
    let limit = Some(limit).filter(|limit| *limit > 0)?;
    u32::try_from(total.checked_mul(1000)?.div_euclid(limit)).ok()
}

fn chosen(desk: &mut Desk, args: &Balance, when: Timestamp) -> anyhow::Result<Vec<Account>> {
    let (runtime, reader, quotas) = desk.reading();
    let mut accounts = runtime.block_on(reader.accounts())?;
    accounts.sort();
    if let Some(quota) = &args.quota {
        accounts.retain(|one| one.quota == *quota && one.key.starts_with(&args.key));
        let whole = Account::of(quota.clone(), args.key.clone());
        if let Err(why @ NoTerms::UnknownQuota(_)) = quotas.terms(&whole, None)
            && accounts.is_empty()
        {
            return Err(Refusal::of_terms(&whole, why).into());
        }
        // An account that nothing moved yet has its limit all the same.
        if accounts.is_empty() && !args.key.is_empty() {
            quotas.terms(&whole, None).map_err(|why| Refusal::of_terms(&whole, why))?;
            accounts.push(whole);
        }
    }
    to_owners(desk, &mut accounts, when)?;
    Ok(accounts)
}

/// Puts the accounts of ultimate owners in the place of those that count on them, and all in order.
///
/// # Errors
/// The ledger cannot be read.
pub fn to_owners(
    desk: &mut Desk,
    accounts: &mut Vec<Account>,
    when: Timestamp,
) -> anyhow::Result<()> {
    let (runtime, reader, quotas) = desk.reading();
    let owners = runtime.block_on(view::owners(reader, when))?;
    for account in accounts.iter_mut() {
        if quotas.terms(account, None).is_ok_and(|terms| terms.consolidated) {
            *account = owners.account(account);
        }
    }
    accounts.sort();
    accounts.dedup();
    Ok(())
}

/// How accounts stand, and what each has whether or not the packs know it.
///
/// # Errors
/// The ledger cannot be read.
pub fn standings(
    desk: &mut Desk,
    accounts: &[Account],
    when: Timestamp,
) -> anyhow::Result<Vec<(AccountAt, Result<Standing, StandingError>)>> {
    let (runtime, reader, quotas) = desk.reading();
    Ok(runtime.block_on(view::standings(reader, quotas, accounts, when))?)
}

/// Why an account is shown without a limit.
pub fn untold(account: &Account, why: StandingError) -> String {
    let why = match why {
        StandingError::Terms(why) => Refusal::of_terms(account, why).to_string(),
        why => why.to_string(),
    };
    format!("{account} is shown without its limit: {why}")
}

/// The row of an account whose limit is not known: all that is used and held on it.
fn without_terms(account: &Account, found: &AccountAt, has_forecast: bool) -> Vec<Cell> {
    let total = view::total(found);
    let shown = |amount: Option<Amount>| amount.map_or(Cell::None, Cell::number);
    let mut row = vec![
        Cell::text(&account.quota),
        Cell::text(key_text(account)),
        Cell::None,
        shown(total.map(|total| total.used)),
        shown(total.map(|total| total.held)),
        Cell::None,
        Cell::None,
    ];
    if has_forecast {
        row.extend([Cell::None, Cell::None, Cell::None]);
    }
    row
}

/// How an account stands on a day, counting those of which the text states no limit for it.
pub fn on(standing: &Standing, day: Date, without_limit: &mut u64) -> StepStanding {
    let step = standing.on(day).cloned();
    *without_limit += u64::from(step.is_none() && standing.is_limited());
    step.unwrap_or_else(|| standing.without_limit(day))
}

/// Says that so many accounts are shown without a limit for a day; nothing where there are none.
pub fn limits_ended(accounts: u64, day: Date, common: &Common) -> Option<String> {
    let accounts = (accounts > 0).then(|| counted(accounts, "account", "accounts"))?;
    let told = format!("the text states no limit for {day} of {accounts}: no room is shown there");
    common.warn(&told);
    Some(common.lang.said(&told).into_owned())
}

/// How fast accounts fill: what was shipped and is to be, by its own days.
pub struct Pace {
    days: u32,
    owners: Owners,
    shipped: HashMap<Account, Amount>,
}

impl Pace {
    /// The pace of so many days through a day, or through that of an instant where that is earlier,
    /// as known at that instant.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn of(desk: &mut Desk, days: u32, when: Timestamp, day: Date) -> anyhow::Result<Pace> {
        let through = TimeZone::UTC.to_datetime(when).date().min(day);
        let span = SignedDuration::from_hours(24 * i64::from(days.max(1) - 1));
        let from = through.checked_sub(span).unwrap_or(Date::MIN);
        let (runtime, reader, _) = desk.reading();
        let owners = runtime.block_on(view::owners(reader, when))?;
        let shipped = runtime.block_on(view::shipped(reader, (from, through), when))?;
        Ok(Pace { days, owners, shipped })
    }

    /// What a day adds to an account.
    pub fn a_day(&self, desk: &Desk, account: &Account) -> Option<Amount> {
        let terms = desk.quotas.terms(account, None);
        let is_consolidated = terms.is_ok_and(|terms| terms.consolidated);
        let owners = Some(&self.owners).filter(|_| is_consolidated);
        view::rate(owners, account, &self.shipped, self.days)
    }
}

/// What an account fills at, when it is full, and where it is not, through when that holds.
pub fn forecast(standing: &Standing, a_day: Option<Amount>, day: Date) -> [Cell; 3] {
    let (full_on, not_by) = match a_day.and_then(|a_day| view::forecast(standing, a_day, day)) {
        Some(Forecast::FullOn(day)) => (Some(day), None),
        Some(Forecast::NotBy(day)) => (None, Some(day)),
        None => (None, None),
    };
    let shown = |day: Option<Date>| day.map_or(Cell::None, |day| Cell::text(day.to_string()));
    [a_day.map_or(Cell::None, Cell::number), shown(full_on), shown(not_by)]
}

/// The columns of a forecast.
pub fn forecast_columns(language: Language) -> [Column; 3] {
    let column = |name, en: &str, zh: &str, kind| Column {
        name,
        title: language.pick(en, zh).to_owned(),
        kind,
    };
    [
        column("a_day", "a day", "每日", Kind::Number),
        column("full_on", "full on", "用尽日", Kind::Text),
        column("not_by", "not by", "至此未尽", Kind::Text),
    ]
}

/// One entry.
///
/// # Errors
/// There is none, or the ledger cannot be read.
pub fn show(args: &Show, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let (runtime, reader, _) = desk.reading();
    let number = match (&args.request, args.number) {
        (Some(key), _) => match runtime.block_on(reader.entry_of(key))? {
            Some(number) => number,
            None => {
                bail!("no entry has the request key {key:?}: what was asked under it is not done")
            }
        },
        (None, number) => number.unwrap_or(0),
    };
    let entries = runtime.block_on(reader.entries(number, 1))?;
    let found = entries.first().filter(|entry| entry.number == number);
    let Some(StoredEntry { body, hash, .. }) = found else {
        bail!("there is no entry {number}");
    };
    let mut out = io::stdout();
    writeln!(out, "{body}")?;
    common.say(&format!("hash {hash}"));
    if let Some(ended) = runtime.block_on(reader.ended_by(number))? {
        common.say(&match common.lang {
            Language::En => format!("ended by entry {ended}"),
            Language::Zh => format!("由分录 {ended} 了结"),
        });
    }
    Ok(Done::Good)
}

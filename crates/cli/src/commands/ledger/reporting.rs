//! Reports that the regulation asks for, from the journal.
//!
//! Which quota is which is the packs' to say: a yearly one is what a consignee certifies, a
//! cumulative one is a country's, an installed base or the whole of a ratio is a data center's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;

use anyhow::bail;
use jiff::civil::{Date, date};
use law::pack::QuotaKind;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::units_of;
use ledger::movement::{Entry, Event, Leg, Note, Reason};
use ledger::store::{ReadStore, decoded};
use ledger::view::{self, Standing};

use super::At;
use super::desk::Desk;
use super::importing::key_text;
use super::moving::day;
use super::showing::{self, Form, Pace};
use crate::language::Language;
use crate::output::Format;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::output::wrapping::generic;
use crate::{Common, Done, now, today};

/// A report.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    which: Which,
}

#[derive(clap::Subcommand, Debug)]
enum Which {
    /// What each consignee drew on a yearly quota, shipment by shipment: the data of an LPP
    /// certificate.
    Lpp {
        /// The year; this one by default.
        #[arg(long)]
        year: Option<i16>,
        /// Only this consignee, with the companies that count with it.
        #[arg(long, value_name = "NAME")]
        consignee: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// What came into and went out of each data center account: the semiannual report.
    DataCenters {
        /// First day; by default of the half-year of the last one, or of the one before today's.
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: Option<Date>,
        /// Last day; by default of the half-year in which the first one is.
        #[arg(long, value_name = "DAY", value_parser = day)]
        through: Option<Date>,
        /// Only this company.
        #[arg(long, value_name = "NAME")]
        company: Option<String>,
        #[command(flatten)]
        form: Form,
    },
    /// How far each country has used its allocation, and when it fills at the pace of late.
    Countries {
        /// The pace is that of the last so many days.
        #[arg(long, value_name = "DAYS", default_value = "90")]
        pace: u32,
        #[command(flatten)]
        form: Form,
    },
}

impl Args {
    /// Where to write, where that is a file.
    pub fn output(&self) -> Option<&Path> {
        let (Which::Lpp { form, .. }
        | Which::DataCenters { form, .. }
        | Which::Countries { form, .. }) = &self.which;
        form.output()
    }
}

/// Writes a report.
///
/// # Errors
/// The ledger cannot be read, or the output not written.
pub fn run(args: &Args, at: &At, common: &Common) -> anyhow::Result<Done> {
    let law = Arc::new(common.law()?);
    let quotas = |wanted: QuotaKind| {
        let mut ids: Vec<String> = law
            .quotas()
            .filter(|rule| rule.quota.kind == wanted)
            .map(|rule| rule.rule.rule.id.clone())
            .collect();
        ids.dedup();
        ids
    };
    let mut desk = Desk::with_law(at, law.clone())?;
    let (mut sheet, form, rests_on) = match &args.which {
        Which::Lpp { year, consignee, form } => {
            let year = year.unwrap_or_else(|| today().year());
            let only = consignee.as_deref();
            let yearly = quotas(QuotaKind::CalendarYear);
            let counted = drawn(&mut desk, &law, &yearly, year, only)?;
            (lpp(&mut desk, &counted, year, common)?, form, yearly)
        }
        Which::DataCenters { from, through, company, form } => {
            let days = half_year(*from, *through)?;
            let mut installed = quotas(QuotaKind::InstalledBase);
            for rule in law.quotas() {
                if let Some(((whole, _), _)) = &rule.quota.base
                    && !installed.contains(whole)
                {
                    installed.push(whole.clone());
                }
            }
            let sheet = data_centers(&mut desk, &installed, days, company.as_deref(), common)?;
            (sheet, form, installed)
        }
        Which::Countries { pace, form } => {
            let cumulative = quotas(QuotaKind::Cumulative);
            (countries(&mut desk, &cumulative, *pace, common)?, form, cumulative)
        }
    };
    sheet.notes.extend(basis(&law, &rests_on, common));
    // A report is opened in a spreadsheet and read back by nobody.
    let sheet = if form.format()? == Format::Csv { sheet.without_formulas() } else { sheet };
    form.write(&sheet, common)?;
    Ok(Done::Good)
}

/// What the packs say of quotas, by their paragraph: what a report rests on.
fn basis(law: &law::Law, quotas: &[String], common: &Common) -> Vec<String> {
    let mut notes: Vec<String> = Vec::new();
    for rule in law.quotas() {
        let whole = rule.quota.base.as_ref().map(|((whole, _), _)| whole);
        if quotas.contains(&rule.rule.rule.id) || whole.is_some_and(|one| quotas.contains(one)) {
            let text = generic(&rule.rule.rule.text[common.lang as usize]);
            let note = format!("{}{}{text}", rule.rule.rule.cite, common.lang.pick(": ", "："));
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// The days of a semiannual report: those that are given, and of what is not, the half-year in
/// which the other is; by default the half-year before today's.
fn half_year(from: Option<Date>, through: Option<Date>) -> anyhow::Result<(Date, Date)> {
    let of = |day: Date| match day.month() {
        1..=6 => (date(day.year(), 1, 1), date(day.year(), 6, 30)),
        _ => (date(day.year(), 7, 1), date(day.year(), 12, 31)),
    };
    let (first, last) = match from.or(through) {
        Some(day) => of(day),
        None => of(of(today()).0.yesterday()?),
    };
    let (from, through) = (from.unwrap_or(first), through.unwrap_or(last));
    if from > through {
        bail!("the report would begin on {from}, after its last day, {through}");
    }
    Ok((from, through))
}

/// Why what is used changed.
#[derive(Clone, Copy)]
enum Cause {
    Shipment,
    Gone(Reason),
    Correction,
}

/// A change of what is used on an account.
#[derive(Clone)]
struct Moved {
    number: u64,
    day: Date,
    account: Account,
    change: Amount,
    cause: Cause,
    /// What it is about, with the goods that moved.
    note: Note,
    /// Whether goods moved and nobody said how many.
    is_uncounted: bool,
    by: String,
}

/// A reservation that is under way.
struct Reservation {
    day: Date,
    amount: Amount,
    accounts: Vec<Account>,
    note: Note,
}

impl Reservation {
    /// What arrived of it: its note with so many of its goods, and whether their number is unknown.
    fn arrived(mut self, amount: Amount, units: Option<NonZeroU64>) -> (Vec<Account>, Note, bool) {
        let mut is_uncounted = false;
        if let Some(goods) = &mut self.note.goods {
            match units.or_else(|| units_of(amount, self.amount, goods.units.get())) {
                Some(units) => goods.units = units,
                None => is_uncounted = true,
            }
        }
        (self.accounts, self.note, is_uncounted)
    }
}

/// Every change of what is used on some accounts, in the order of the journal.
fn moved(desk: &mut Desk, wanted: impl Fn(&Account) -> bool) -> anyhow::Result<Vec<Moved>> {
    let (runtime, reader, _) = desk.reading();
    let mut reserved: HashMap<u64, Reservation> = HashMap::new();
    let mut all = Vec::new();
    let mut next = 1;
    loop {
        let page = runtime.block_on(reader.entries(next, 4096))?;
        let Some(last) = page.last() else { break };
        next = last.number + 1;
        for stored in &page {
            let entry = decoded(stored)?;
            let Some(happened) = happened(&entry, &mut reserved, &wanted) else { continue };
            let Happened { day, accounts, change, cause, note, is_uncounted } = happened;
            let (number, by) = (entry.number, &entry.by);
            for account in accounts {
                let (note, by) = (note.clone(), by.clone());
                all.push(Moved { number, day, account, change, cause, note, is_uncounted, by });
            }
        }
    }
    Ok(all)
}

/// What an entry changed on accounts.
struct Happened {
    day: Date,
    accounts: Vec<Account>,
    change: Amount,
    cause: Cause,
    note: Note,
    is_uncounted: bool,
}

/// What an entry changed on the accounts that are wanted, where it changed what is used.
fn happened(
    entry: &Entry,
    reserved: &mut HashMap<u64, Reservation>,
    wanted: &impl Fn(&Account) -> bool,
) -> Option<Happened> {
    let of = |legs: &[Leg]| -> Vec<Account> {
        let accounts = legs.iter().map(|leg| &leg.account);
        accounts.filter(|account| wanted(account)).cloned().collect()
    };
    match &entry.event {
        Event::Reserve { day, amount, legs, note, .. } => {
            let (accounts, note) = (of(legs), note.clone());
            if !accounts.is_empty() {
                let one = Reservation { day: *day, amount: *amount, accounts, note };
                reserved.insert(entry.number, one);
            }
            None
        }
        Event::Commit { reservation, amount, units, day, .. } => {
            let one = reserved.remove(reservation)?;
            // Entries of earlier versions say no day of their own.
            let day = day.unwrap_or(one.day);
            let (accounts, note, is_uncounted) = one.arrived(*amount, *units);
            let (change, cause) = (*amount, Cause::Shipment);
            Some(Happened { day, accounts, change, cause, note, is_uncounted })
        }
        Event::Release { reservation, .. } | Event::Expire { reservation, .. } => {
            reserved.remove(reservation);
            None
        }
        Event::Retire { day, amount, legs, reason, note } => {
            let change = Amount::from_millionths(-amount.millionths());
            let (accounts, cause, note) = (of(legs), Cause::Gone(*reason), note.clone());
            Some(Happened { day: *day, accounts, change, cause, note, is_uncounted: false })
        }
        Event::Adjust { day, leg, by, goods, source, .. } => {
            let accounts = of(std::slice::from_ref(leg));
            let (change, cause) = (*by, Cause::Correction);
            let note = Note { text: source.clone(), goods: goods.clone() };
            Some(Happened { day: *day, accounts, change, cause, note, is_uncounted: false })
        }
        Event::Raise { .. } | Event::Own { .. } => None,
    }
}

/// How accounts stand, by account; one that the packs do not know is told and left out.
fn standings(
    desk: &mut Desk,
    accounts: &[Account],
    when: jiff::Timestamp,
    common: &Common,
) -> anyhow::Result<HashMap<Account, Standing>> {
    let mut known = HashMap::new();
    let standings = showing::standings(desk, accounts, when)?;
    for (account, (_, standing)) in accounts.iter().zip(standings) {
        match standing {
            Ok(standing) => _ = known.insert(account.clone(), standing),
            Err(why) => common.warn(&showing::untold(account, why)),
        }
    }
    Ok(known)
}

fn column(common: &Common, name: &'static str, en: &str, zh: &str, kind: Kind) -> Column {
    Column { name, title: common.lang.pick(en, zh).to_owned(), kind }
}

/// Changes of what is used, each with the account on which it counts.
type Counted = Vec<(Account, Moved)>;

/// What was drawn on yearly quotas of a year, by the account on which it counts: that of the
/// ultimate owner, where the quota counts for that. Of a consignee, what counts with its own.
fn drawn(
    desk: &mut Desk,
    law: &law::Law,
    quotas: &[String],
    year: i16,
    consignee: Option<&str>,
) -> anyhow::Result<Counted> {
    let of_year = year.to_string();
    let (runtime, reader, _) = desk.reading();
    let owners = runtime.block_on(view::owners(reader, now()))?;
    let counts_on = |account: &Account| match law.is_consolidated(&account.quota) {
        true => owners.account(account),
        false => account.clone(),
    };
    let is_of = |account: &Account, name: &str| {
        let rest = account.key.iter().skip(1).cloned();
        let key = std::iter::once(name.to_owned()).chain(rest).collect();
        counts_on(account) == counts_on(&Account::of(account.quota.clone(), key))
    };
    let changes = moved(desk, |account| {
        quotas.contains(&account.quota)
            && account.key.last() == Some(&of_year)
            && consignee.is_none_or(|name| is_of(account, name))
    })?;
    let mut counted: Counted =
        changes.into_iter().map(|change| (counts_on(&change.account), change)).collect();
    counted.sort_by(|(on, a), (on2, b)| (on, a.day, a.number).cmp(&(on2, b.day, b.number)));
    Ok(counted)
}

fn lpp(desk: &mut Desk, counted: &Counted, year: i16, common: &Common) -> anyhow::Result<Sheet> {
    let mut accounts: Vec<Account> = counted.iter().map(|(on, _)| on.clone()).collect();
    accounts.dedup();
    let standings = standings(desk, &accounts, now(), common)?;
    let mut notes = vec![common.lang.pick("Amounts in TPP.", "单位 TPP。").to_owned()];
    for (_, change) in counted.iter().filter(|(_, change)| change.day.year() != year) {
        let (number, day) = (change.number, change.day);
        let told =
            format!("entry {number} is of {day} and counts in {year}, where it was reserved");
        common.warn(&told);
        notes.push(common.lang.said(&told).into_owned());
    }
    notes.extend(of_others(counted, common.lang));
    let mut totals: HashMap<&Account, Amount> = HashMap::new();
    let mut rows = Vec::new();
    for (on, change) in counted {
        let total = totals.entry(on).or_default();
        *total = total.checked_add(change.change).unwrap_or(*total);
        let step = standings.get(on).and_then(|one| one.on(change.day));
        let limit = step.and_then(|step| step.limit);
        let left = limit.and_then(|limit| limit.checked_sub(*total));
        rows.push(vec![
            Cell::text(change.account.key.first().cloned().unwrap_or_default()),
            Cell::text(change.day.to_string()),
            Cell::number(change.number),
            Cell::number(change.change),
            Cell::number(*total),
            left.map_or(Cell::None, Cell::number),
            Cell::text(&change.by),
            Cell::text(change.note.to_string()),
        ]);
    }
    let language = common.lang;
    Ok(Sheet {
        title: match language {
            Language::En => format!("Shipments under yearly limits, {year}"),
            Language::Zh => format!("{year} 年度限额下的发货"),
        },
        notes,
        heads: false,
        columns: vec![
            column(common, "consignee", "consignee", "最终收货人", Kind::Text),
            column(common, "day", "day", "日期", Kind::Text),
            column(common, "entry", "entry", "分录", Kind::Number),
            column(common, "amount", "amount", "数量", Kind::Number),
            column(common, "total", "total so far", "累计", Kind::Number),
            column(common, "left", "left", "余额", Kind::Number),
            column(common, "by", "by", "经办", Kind::Text),
            column(common, "note", "note", "备注", Kind::Text),
        ],
        rows,
        empty: language.pick("No shipment was committed.", "没有已确认的发货。").to_owned(),
    })
}

/// Says which companies' shipments count for their owner.
fn of_others(counted: &Counted, language: Language) -> BTreeSet<String> {
    let names = counted
        .iter()
        .filter_map(|(on, change)| Some((change.account.key.first()?, on.key.first()?)));
    let names = names.filter(|(name, owner)| name != owner);
    let told = names.map(|(name, owner)| match language {
        Language::En => format!("What {name} drew counts for {owner}."),
        Language::Zh => format!("{name} 的用量计入 {owner}。"),
    });
    told.collect()
}

/// An inventory as it goes: chips by item as far as movements name them, and performance.
#[derive(Clone, Default)]
struct Inventory {
    chips: BTreeMap<String, i128>,
    tpp: Amount,
}

impl Inventory {
    fn add(&mut self, change: &Moved) -> i128 {
        let goods = change.note.goods.as_ref().filter(|_| !change.is_uncounted);
        let units = goods.map_or(0, |goods| i128::from(goods.units.get()));
        let chips = if change.change.is_positive() { units } else { -units };
        if let Some(goods) = goods {
            *self.chips.entry(goods.item.clone()).or_default() += chips;
        }
        self.tpp = self.tpp.checked_add(change.change).unwrap_or(self.tpp);
        chips
    }

    /// Whether less than nothing is there after a change that took something off.
    fn is_short(&self, change: &Moved) -> bool {
        let item = change.note.goods.as_ref().map(|goods| &goods.item);
        let chips = item.and_then(|item| self.chips.get(item)).copied().unwrap_or_default();
        change.change < Amount::ZERO && (self.tpp < Amount::ZERO || chips < 0)
    }

    /// The rows that say how an account stands: one an item, or one where no item is named.
    fn rows(&self, account: &Account, day: Date, what: &str) -> Vec<Vec<Cell>> {
        let row = |item: Option<(&String, &i128)>| {
            vec![
                Cell::text(key_text(account)),
                Cell::text(day.to_string()),
                Cell::text(what),
                item.map_or(Cell::None, |(item, _)| Cell::text(item)),
                Cell::None,
                Cell::None,
                item.map_or(Cell::None, |(_, chips)| Cell::number(chips)),
                Cell::number(self.tpp),
                Cell::text(&account.quota),
            ]
        };
        let there = self.chips.iter().filter(|(_, chips)| **chips != 0);
        let rows: Vec<Vec<Cell>> = there.map(|item| row(Some(item))).collect();
        if rows.is_empty() { vec![row(None)] } else { rows }
    }
}

fn data_centers(
    desk: &mut Desk,
    quotas: &[String],
    (from, through): (Date, Date),
    company: Option<&str>,
    common: &Common,
) -> anyhow::Result<Sheet> {
    let changes = moved(desk, |account| {
        quotas.contains(&account.quota)
            && company.is_none_or(|name| account.key.first().is_some_and(|key| key == name))
    })?;
    let mut accounts: BTreeMap<&Account, Vec<&Moved>> = BTreeMap::new();
    for change in changes.iter().filter(|change| change.day <= through) {
        accounts.entry(&change.account).or_default().push(change);
    }
    let language = common.lang;
    let mut notes = vec![match language {
        Language::En => format!("From {from} through {through}; amounts in TPP."),
        Language::Zh => format!("{from} 至 {through}；单位 TPP。"),
    }];
    let in_time = changes.iter().filter(|change| change.day <= through && change.is_uncounted);
    let uncounted: BTreeSet<u64> = in_time.map(|change| change.number).collect();
    for number in uncounted {
        let told = format!(
            "entry {number} commits a part that is no whole number of its items: chips are without it"
        );
        common.warn(&told);
        notes.push(language.said(&told).into_owned());
    }
    let mut rows = Vec::new();
    for (account, mut changes) in accounts {
        changes.sort_by_key(|change| (change.day, change.number));
        let mut inventory = Inventory::default();
        let begun = changes.partition_point(|change| change.day < from);
        changes[..begun].iter().for_each(|change| _ = inventory.add(change));
        let opening = language.pick("opening", "期初");
        rows.extend(inventory.rows(account, from, opening));
        for change in &changes[begun..] {
            let chips = inventory.add(change);
            if inventory.is_short(change) {
                let (number, day) = (change.number, change.day);
                let told = format!(
                    "entry {number} takes more off {account} than had come by its day, {day}"
                );
                common.warn(&told);
                notes.push(language.said(&told).into_owned());
            }
            let what = match change.cause {
                Cause::Shipment => language.pick("received", "收到"),
                Cause::Gone(reason) => reason_word(reason, common),
                Cause::Correction => language.pick("corrected", "更正"),
            };
            rows.push(inventory_row(account, what, (change, chips), &inventory));
        }
        let closing = language.pick("closing", "期末");
        rows.extend(inventory.rows(account, through, closing));
    }
    Ok(Sheet {
        title: language.pick("Installed base", "装机总量").to_owned(),
        notes,
        heads: true,
        columns: data_center_columns(common),
        rows,
        empty: language.pick("Nothing was received.", "没有收货。").to_owned(),
    })
}

fn reason_word(reason: Reason, common: &Common) -> &'static str {
    match reason {
        Reason::Lost => common.lang.pick("lost", "丢失"),
        Reason::Damaged => common.lang.pick("damaged", "损坏"),
        Reason::Failed => common.lang.pick("failed", "故障"),
        Reason::Relocated => common.lang.pick("relocated", "迁出"),
        Reason::Resold => common.lang.pick("resold", "转售"),
    }
}

fn inventory_row(
    account: &Account,
    what: &str,
    (change, chips): (&Moved, i128),
    inventory: &Inventory,
) -> Vec<Cell> {
    let goods = change.note.goods.as_ref();
    let then = goods.and_then(|goods| inventory.chips.get(&goods.item));
    vec![
        Cell::text(key_text(account)),
        Cell::text(change.day.to_string()),
        Cell::text(what),
        goods.map_or(Cell::None, |goods| Cell::text(&goods.item)),
        if chips == 0 { Cell::None } else { Cell::number(chips) },
        Cell::number(change.change),
        then.map_or(Cell::None, Cell::number),
        Cell::number(inventory.tpp),
        Cell::text(&account.quota),
    ]
}

fn data_center_columns(common: &Common) -> Vec<Column> {
    vec![
        column(common, "key", "account", "账户", Kind::Text),
        column(common, "day", "day", "日期", Kind::Text),
        column(common, "event", "event", "事项", Kind::Text),
        column(common, "item", "item", "物项", Kind::Text),
        column(common, "chips", "chips", "芯片数", Kind::Number),
        column(common, "amount", "amount", "数量", Kind::Number),
        column(common, "inventory_chips", "chips then", "芯片结存", Kind::Number),
        column(common, "inventory", "inventory", "结存", Kind::Number),
        column(common, "quota", "quota", "配额", Kind::Text),
    ]
}

fn countries(
    desk: &mut Desk,
    quotas: &[String],
    pace: u32,
    common: &Common,
) -> anyhow::Result<Sheet> {
    let when = now();
    let day = today();
    let (runtime, reader, _) = desk.reading();
    let mut accounts = runtime.block_on(reader.accounts())?;
    accounts.retain(|account| quotas.contains(&account.quota));
    showing::to_owners(desk, &mut accounts, when)?;
    let standings = standings(desk, &accounts, when, common)?;
    let pace = Pace::of(desk, pace, when, day)?;
    let (mut rows, mut without_limit) = (Vec::new(), 0);
    for account in &accounts {
        let Some(standing) = standings.get(account) else { continue };
        let step = showing::on(standing, day, &mut without_limit);
        let optional = |amount: Option<Amount>| amount.map_or(Cell::None, Cell::number);
        let mut row = vec![
            Cell::text(key_text(account)),
            optional(step.limit),
            Cell::number(step.used),
            Cell::number(step.held),
            optional(step.room()),
            showing::share(&step).map_or(Cell::None, Cell::Share),
        ];
        row.extend(showing::forecast(standing, pace.a_day(desk, account), day));
        rows.push((showing::share(&step), row));
    }
    rows.sort_by_key(|(share, _)| std::cmp::Reverse(*share));
    let language = common.lang;
    let mut notes = vec![showing::as_of(language, when, day)];
    notes.extend(showing::limits_ended(without_limit, day, common));
    let mut columns = vec![
        column(common, "country", "country", "国家", Kind::Text),
        column(common, "limit", "limit", "限额", Kind::Number),
        column(common, "used", "used", "已用", Kind::Number),
        column(common, "held", "held", "预留", Kind::Number),
        column(common, "room", "room", "余量", Kind::Number),
        column(common, "utilization", "taken", "占用率", Kind::Share),
    ];
    columns.extend(showing::forecast_columns(language));
    Ok(Sheet {
        title: language.pick("Country allocations", "国家配额使用情况").to_owned(),
        notes,
        heads: false,
        columns,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        empty: language.pick("No country was moved.", "尚无国家发生变动。").to_owned(),
    })
}

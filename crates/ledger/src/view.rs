//! What the accounts say: today, as of any past instant, and when they fill.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, NoTerms, Quotas, Terms};
use crate::amount::Amount;
use crate::book::Balance;
use crate::movement::{Entry, Event, Leg, Note};
use crate::owners::Owners;
use crate::room;
use crate::store::{AccountAt, ReadStore, StoreError, decoded};

/// An account at an instant, by what was known then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The account.
    pub account: Account,
    /// The limit recorded for it.
    pub raised: Option<Amount>,
    /// Its steps, the earliest first, each with everything up to and with it.
    pub steps: Vec<StepStanding>,
}

/// How an account stands in a step of its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepStanding {
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The limit; `None` where the account only counts.
    pub limit: Option<Amount>,
    /// What is used.
    pub used: Amount,
    /// What is held.
    pub held: Amount,
    room: Option<Amount>,
}

impl StepStanding {
    /// What is left, below zero where the limit is crossed; `None` without a limit. Of a share,
    /// what can be placed where all of it counts in the whole too (see [`room::left`]).
    pub fn room(&self) -> Option<Amount> {
        self.room
    }
}

impl Standing {
    /// The step of a day; `None` where the text states no limit for it. An account of a year says
    /// itself which one it is, and has its step on any day.
    pub fn on(&self, day: Date) -> Option<&StepStanding> {
        let of_day = self.steps.iter().find(|step| step.from <= day && day <= step.through);
        let of_year = || match &self.steps[..] {
            [one] => self.account.key.last().is_some_and(|key| is_year(key, one)).then_some(one),
            _ => None,
        };
        of_day.or_else(of_year)
    }

    /// How the account stands on a day for which the text states no limit: with all that counts in
    /// the steps before it.
    pub fn without_limit(&self, day: Date) -> StepStanding {
        let begun = self.steps.iter().rfind(|step| step.from <= day);
        let (used, held) = begun.map_or_else(Default::default, |step| (step.used, step.held));
        StepStanding { from: day, through: day, limit: None, used, held, room: None }
    }

    /// Whether the text states a limit on some day.
    pub fn is_limited(&self) -> bool {
        self.steps.iter().any(|step| step.limit.is_some())
    }
}

/// Whether a step is the year that a text names.
fn is_year(text: &str, step: &StepStanding) -> bool {
    // The first one may begin late.
    text.parse() == Ok(step.from.year()) && step.through == step.from.last_of_year()
}

/// The number of the last entry that was recorded at an instant or before; 0 before the first.
///
/// # Errors
/// The store cannot be read.
pub async fn entry_at<S: ReadStore>(store: &mut S, at: Timestamp) -> Result<u64, StoreError> {
    let tip = store.tip().await?.head;
    if tip.at <= at {
        return Ok(tip.number);
    }
    // Entries are in the order of time.
    let (mut before, mut after) = (0, tip.number);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match store.entries(middle, 1).await?.first() {
            Some(entry) if entry.at <= at => before = middle,
            _ => after = middle,
        }
    }
    Ok(before)
}

/// What an account has at an instant. A reservation that has lapsed by then holds nothing, whether
/// or not the journal says so yet.
///
/// # Errors
/// The store cannot be read.
pub async fn balances<S: ReadStore>(
    store: &mut S,
    account: &Account,
    at: Timestamp,
) -> Result<AccountAt, StoreError> {
    let moment = Moment::of(store, at).await?;
    let mut found = moment.balances(store, std::slice::from_ref(account)).await?;
    Ok(found.remove(account).unwrap_or_default())
}

/// What the journal says at an instant: its last entry then, and what lapsed without its saying so.
struct Moment {
    number: u64,
    lapsed: Vec<Arc<Entry>>,
}

impl Moment {
    async fn of<S: ReadStore>(store: &mut S, at: Timestamp) -> Result<Moment, StoreError> {
        let number = entry_at(store, at).await?;
        let lapsed = lapsed_at(store, number, at).await?;
        let lapsed = store.entries_of(&lapsed).await?;
        Ok(Moment { number, lapsed: lapsed.iter().map(decoded).collect::<Result<_, _>>()? })
    }

    /// What accounts have then; those that nothing moved are left out.
    async fn balances<S: ReadStore>(
        &self,
        store: &mut S,
        accounts: &[Account],
    ) -> Result<HashMap<Account, AccountAt>, StoreError> {
        let mut found = store.balances_of(accounts, self.number).await?;
        for entry in &self.lapsed {
            let Event::Reserve { amount, legs, .. } = &entry.event else { continue };
            for leg in legs {
                let at = found.get_mut(&leg.account);
                if let Some(balance) = at.and_then(|at| at.steps.get_mut(&leg.step)) {
                    balance.held = balance.held.checked_sub(*amount).unwrap_or(balance.held);
                }
            }
        }
        Ok(found)
    }
}

/// The reservations that have lapsed by an instant and that no entry up to a number says so of.
async fn lapsed_at<S: ReadStore>(
    store: &mut S,
    number: u64,
    at: Timestamp,
) -> Result<Vec<u64>, StoreError> {
    // The writer records what is due before anything else, so that what had lapsed by then is what
    // the next entries say, or what nobody has said yet.
    let mut lapsed = Vec::new();
    let mut next = number + 1;
    'pages: loop {
        let page = store.entries(next, 256).await?;
        if page.is_empty() {
            lapsed.extend(store.lapsed(at).await?);
            break;
        }
        for stored in &page {
            match &decoded(stored)?.event {
                Event::Expire { reservation, due, .. } if *due <= at => lapsed.push(*reservation),
                _ => break 'pages,
            }
        }
        next += page.len() as u64;
    }
    Ok(lapsed)
}

/// Why an account has no standing.
#[derive(Debug, thiserror::Error)]
pub enum StandingError {
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The packs have no such quota, or the key does not fit it.
    #[error("the law packs have no terms for this account")]
    Terms(NoTerms),
    /// A sum that does not fit.
    #[error("the sum on {0} is past the largest amount of the ledger")]
    TooLarge(Account),
}

/// How an account stands at an instant.
///
/// # Errors
/// See [`StandingError`].
pub async fn standing<S: ReadStore>(
    store: &mut S,
    quotas: &dyn Quotas,
    account: &Account,
    at: Timestamp,
) -> Result<Standing, StandingError> {
    let found = standings(store, quotas, std::slice::from_ref(account), at).await?;
    match found.into_iter().next() {
        Some((_, standing)) => standing,
        // One account was asked for, and has an answer.
        None => Err(StandingError::TooLarge(account.clone())),
    }
}

/// How accounts stand at an instant, in their order: of each what it has itself, and how that
/// stands by its terms, with what counts on it besides. The store is asked as often for many as for
/// one.
///
/// # Errors
/// The store cannot be read.
pub async fn standings<S: ReadStore>(
    store: &mut S,
    quotas: &dyn Quotas,
    accounts: &[Account],
    at: Timestamp,
) -> Result<Vec<(AccountAt, Result<Standing, StandingError>)>, StoreError> {
    let moment = Moment::of(store, at).await?;
    let is_owners =
        |account: &Account| quotas.terms(account, None).is_ok_and(|one| one.consolidated);
    let owners = match accounts.iter().any(is_owners) {
        true => Some(store.owners(moment.number).await?),
        false => None,
    };
    let owners_by = |terms: &Terms| owners.as_ref().filter(|_| terms.consolidated);
    let mut wanted: BTreeSet<Account> = accounts.iter().cloned().collect();
    for account in accounts.iter().filter(|account| is_owners(account)) {
        wanted.extend(kin(owners.as_ref(), account));
    }
    let wanted: Vec<Account> = wanted.into_iter().collect();
    let mut found = moment.balances(store, &wanted).await?;
    let terms_of = |account: &Account| {
        quotas.terms(account, found.get(account).and_then(|found| found.raised))
    };
    let terms: Vec<Result<Terms, NoTerms>> = accounts.iter().map(terms_of).collect();
    let wholes = terms.iter().flatten().filter_map(|terms| Some((terms, terms.whole()?)));
    let wholes = wholes.flat_map(|(terms, whole)| kin(owners_by(terms), whole));
    let wholes: BTreeSet<Account> = wholes.filter(|one| !found.contains_key(one)).collect();
    let wholes: Vec<Account> = wholes.into_iter().collect();
    found.extend(moment.balances(store, &wholes).await?);
    let one = |(account, terms): (&Account, Result<Terms, NoTerms>)| {
        let standing = terms.map_err(StandingError::Terms).and_then(|terms| {
            let owners = owners_by(&terms);
            let at = sum(owners, account, &found)?;
            let whole = terms.whole().map(|whole| sum(owners, whole, &found)).transpose()?;
            stands(account, &terms, &at, whole.as_ref())
        });
        (found.get(account).cloned().unwrap_or_default(), standing)
    };
    Ok(accounts.iter().zip(terms).map(one).collect())
}

fn stands(
    account: &Account,
    terms: &Terms,
    found: &AccountAt,
    whole: Option<&AccountAt>,
) -> Result<Standing, StandingError> {
    let too_large = || StandingError::TooLarge(account.clone());
    let whole = whole.map_or(Some(Balance::default()), total);
    let whole = whole.ok_or_else(too_large)?.used;
    let mut steps = Vec::with_capacity(terms.steps.len());
    for step in &terms.steps {
        let balance = found.through(step.through).ok_or_else(too_large)?;
        let limit = room::ceiling(&step.limit, balance, whole).map_err(|_| too_large())?;
        let room = room::left(&step.limit, balance, whole).map_err(|_| too_large())?;
        let (from, through, Balance { used, held }) = (step.from, step.through, balance);
        steps.push(StepStanding { from, through, limit, used, held, room });
    }
    Ok(Standing { account: account.clone(), raised: found.raised, steps })
}

/// All that is used and held on an account, whatever the steps of its terms; `None` where that is
/// too much for the ledger.
pub fn total(found: &AccountAt) -> Option<Balance> {
    found.through(Date::MAX)
}

/// Who holds how much of an account, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The reservation.
    pub reservation: u64,
    /// Who made it.
    pub by: String,
    /// What it is for.
    pub note: Note,
    /// What it holds.
    pub amount: Amount,
    /// When it lapses.
    pub expires: Timestamp,
}

/// The open reservations on an account, those that lapse first going first.
///
/// # Errors
/// The store cannot be read.
pub async fn holders<S: ReadStore>(
    store: &mut S,
    account: &Account,
    now: Timestamp,
) -> Result<Vec<Holder>, StoreError> {
    let mut holders = Vec::new();
    let reservations = store.holds_on(account).await?;
    for stored in store.entries_of(&reservations).await? {
        let (reservation, entry) = (stored.number, decoded(&stored)?);
        let Entry { by, event: Event::Reserve { amount, expires, note, .. }, .. } = &*entry else {
            continue;
        };
        if *expires > now {
            holders.push(Holder {
                reservation,
                by: by.clone(),
                note: note.clone(),
                amount: *amount,
                expires: *expires,
            });
        }
    }
    holders.sort_by_key(|holder| (holder.expires, holder.reservation));
    Ok(holders)
}

/// Who owned whom at an instant, by what was known then.
///
/// # Errors
/// The store cannot be read.
pub async fn owners<S: ReadStore>(store: &mut S, at: Timestamp) -> Result<Owners, StoreError> {
    let number = entry_at(store, at).await?;
    store.owners(number).await
}

/// What counts against the limit of an account at an instant: what the account has and, where it is
/// one of `owners`, what those have that the company owns. The recorded limit is its own.
///
/// # Errors
/// See [`StandingError`].
pub async fn counted<S: ReadStore>(
    store: &mut S,
    owners: Option<&Owners>,
    account: &Account,
    at: Timestamp,
) -> Result<AccountAt, StandingError> {
    let moment = Moment::of(store, at).await?;
    let found = moment.balances(store, &kin(owners, account)).await?;
    sum(owners, account, &found)
}

/// The accounts that count together with an account where it is one of `owners`, itself among them.
fn kin(owners: Option<&Owners>, account: &Account) -> Vec<Account> {
    owners.map_or_else(|| vec![account.clone()], |owners| owners.accounts(account))
}

/// What accounts that count together have, with the limit recorded for the one that is asked about.
fn sum(
    owners: Option<&Owners>,
    account: &Account,
    found: &HashMap<Account, AccountAt>,
) -> Result<AccountAt, StandingError> {
    let raised = found.get(account).and_then(|found| found.raised);
    let mut sum = AccountAt { raised, ..AccountAt::default() };
    for one in kin(owners, account) {
        for (step, balance) in found.get(&one).into_iter().flat_map(|found| &found.steps) {
            let entry = sum.steps.entry(*step).or_default();
            let more = entry.plus(*balance);
            *entry = more.ok_or_else(|| StandingError::TooLarge(account.clone()))?;
        }
    }
    Ok(sum)
}

/// How an account fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forecast {
    /// Nothing is left from this day on.
    FullOn(Date),
    /// There is room still on this day, the last for which the text states a limit.
    NotBy(Date),
}

/// What was shipped, and what is to be, on days from one through another, by account: what was
/// committed, on its own day, and what was reserved on its day and is open still, as known at an
/// instant. Figures from outside are no pace, and what came off is none.
///
/// # Errors
/// The store cannot be read.
pub async fn shipped<S: ReadStore>(
    store: &mut S,
    (from, through): (Date, Date),
    at: Timestamp,
) -> Result<HashMap<Account, Amount>, StoreError> {
    let last = entry_at(store, at).await?;
    let mut open: HashMap<u64, Arc<Entry>> = HashMap::new();
    let mut shipped = HashMap::new();
    let mut count = |legs: &[Leg], day: Date, amount: Amount| {
        for leg in legs.iter().filter(|_| from <= day && day <= through) {
            let sum: &mut Amount = shipped.entry(leg.account.clone()).or_default();
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
    };
    let mut next = 1;
    while next <= last {
        let page = store.entries(next, 4096).await?;
        let Some(end) = page.last().map(|stored| stored.number) else { break };
        for stored in page.iter().filter(|stored| stored.number <= last) {
            let entry = decoded(stored)?;
            let ended = entry.event.reservation().and_then(|number| open.remove(&number));
            let reserved = ended.as_ref().map(|entry| &entry.event);
            match (&entry.event, reserved) {
                (Event::Reserve { .. }, _) => _ = open.insert(entry.number, entry),
                (Event::Commit { amount, day, .. }, Some(Event::Reserve { day: of, legs, .. })) => {
                    // Entries of earlier versions say no day of their own.
                    count(legs, day.unwrap_or(*of), *amount);
                }
                _ => {}
            }
        }
        next = end + 1;
    }
    for entry in open.values() {
        if let Event::Reserve { day, amount, legs, expires, .. } = &entry.event
            && *expires > at
        {
            count(legs, *day, *amount);
        }
    }
    Ok(shipped)
}

/// What a day adds to an account, where so much was shipped in so many days, on it and on those
/// that count with it.
pub fn rate(
    owners: Option<&Owners>,
    account: &Account,
    shipped: &HashMap<Account, Amount>,
    days: u32,
) -> Option<Amount> {
    let sum = kin(owners, account).iter().try_fold(Amount::ZERO, |sum, one| {
        sum.checked_add(shipped.get(one).copied().unwrap_or_default())
    })?;
    let a_day = sum.millionths().div_euclid(i128::from(days.max(1)));
    // A pace is an estimate: whole units say enough.
    Amount::units(a_day.div_euclid(Amount::units(1).ok()?.millionths())).ok()
}

/// When an account is full, at a rate, from a day on, through all its later steps; `None` where
/// nothing bounds it then.
pub fn forecast(standing: &Standing, a_day: Amount, today: Date) -> Option<Forecast> {
    let from = standing.on(today).map_or(today, |step| step.from);
    let mut last = None;
    for step in standing.steps.iter().filter(|step| step.from >= from) {
        let Some(room) = step.room else { continue };
        let full_on = filled_on(room, a_day, today).map(|day| day.max(step.from));
        if let Some(day) = full_on.filter(|day| *day <= step.through.max(today)) {
            return Some(Forecast::FullOn(day));
        }
        last = Some(Forecast::NotBy(step.through));
    }
    last
}

/// The day on which nothing is left of a room, at a rate; `None` where that is never.
fn filled_on(room: Amount, a_day: Amount, today: Date) -> Option<Date> {
    if !room.is_positive() {
        return Some(today);
    }
    if !a_day.is_positive() {
        return None;
    }
    let days = i64::try_from(room.millionths().div_euclid(a_day.millionths())).ok()?;
    today.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}

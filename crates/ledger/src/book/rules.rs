//! What makes a request good or bad, in the order in which a caller learns of it.

use std::num::NonZeroU64;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Balance, Book, Hold, Stage, day_of};
use crate::account::{Account, Limit, Quotas, Step, Terms};
use crate::amount::Amount;
use crate::movement::{
    Adjustment, Ask, Event, Expiry, Goods, Leg, Reason, Request, Reserved, whole_micros,
};
use crate::owners::Owners;
use crate::refusal::Refusal;
use crate::room;

const KEY_MOST: usize = 200;
const TEXT_MOST: usize = 1000;
/// How many bytes of UTF-8 the parts of an account's key have at most together.
const ACCOUNT_MOST: usize = 2000;

fn is_text(text: &str, most: usize) -> bool {
    text.chars().count() <= most && !text.chars().any(char::is_control)
}

pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || !is_text(key, KEY_MOST) { Err(Refusal::BadKey) } else { Ok(()) }
}

pub(super) fn check_words(request: &Request) -> Result<(), Refusal> {
    let check = |what: &'static str, text: &str, most: usize| {
        if is_text(text, most) { Ok(()) } else { Err(Refusal::BadText { what, most }) }
    };
    let check_item = |goods: Option<&Goods>| {
        check("the item", goods.map_or("", |goods| goods.item.as_str()), KEY_MOST)
    };
    check("the name of who asks", &request.by, KEY_MOST)?;
    if let Ask::Own { owned, owner, .. } = &request.ask {
        for name in [owned, owner] {
            let what = "the name of a company";
            check(what, name, KEY_MOST)?;
            if name.trim().is_empty() {
                return Err(Refusal::BadText { what, most: KEY_MOST });
            }
        }
    }
    match &request.ask {
        Ask::Reserve { note, .. } | Ask::Retire { note, .. } => {
            check("the note", &note.text, TEXT_MOST)?;
            check_item(note.goods.as_ref())
        }
        Ask::Adjust { source, .. } | Ask::Raise { source, .. } | Ask::Own { source, .. } => {
            check("the source", source, TEXT_MOST)?;
            if source.trim().is_empty() {
                return Err(Refusal::NoSource);
            }
            match &request.ask {
                Ask::Adjust { goods, .. } => check_item(goods.as_ref()),
                _ => Ok(()),
            }
        }
        Ask::Commit { .. } | Ask::Release { .. } => Ok(()),
    }
}

/// Whether an account's name and key are texts that every store can keep.
pub(super) fn is_sound(account: &Account) -> bool {
    let is_part = |part: &String| !part.trim().is_empty() && is_text(part, KEY_MOST);
    // A database's index takes no longer texts.
    let bytes: usize = account.key.iter().map(String::len).sum();
    bytes <= ACCOUNT_MOST && is_part(&account.quota) && account.key.iter().all(is_part)
}

fn positive(amount: Amount) -> Result<(), Refusal> {
    if amount.is_positive() { Ok(()) } else { Err(Refusal::NotPositive(amount)) }
}

/// A share of a company: none where it was sold and nobody knows to whom.
fn proper_share(share: Amount) -> Result<Amount, Refusal> {
    let whole = Amount::units(1).unwrap_or_default();
    if share < Amount::ZERO || share > whole { Err(Refusal::BadShare(share)) } else { Ok(share) }
}

impl Book {
    /// What a request would bring about now.
    pub(super) fn judge(
        &mut self,
        quotas: &dyn Quotas,
        ask: &Ask,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        match ask {
            Ask::Reserve { day, amount, accounts, expiry, note } => {
                let day = day.unwrap_or_else(|| day_of(now));
                positive(*amount)?;
                let accounts: Vec<Account> =
                    accounts.iter().map(|account| self.owners_of(quotas, account)).collect();
                let terms = self.all_terms(quotas, &accounts)?;
                with_wholes(&accounts, &terms)?;
                let (expires, after) = expiry_of(*expiry, now)?;
                let mut legs = Vec::with_capacity(accounts.len());
                for (account, terms) in accounts.iter().zip(&terms) {
                    legs.push(self.room(account, terms, day, *amount)?);
                }
                Ok(Event::Reserve {
                    day,
                    amount: *amount,
                    legs,
                    expires,
                    after,
                    note: note.clone(),
                })
            }
            Ask::Commit { reservation, amount, units, day } => {
                if let Some(amount) = amount {
                    positive(*amount)?;
                }
                let day = past_day(*day, now)?;
                self.commit(quotas, reservation, (*amount, *units), day)
            }
            Ask::Release { reservation } => {
                let reservation = number_of(reservation)?;
                let returned = self.open(reservation)?.amount;
                Ok(Event::Release { reservation, returned })
            }
            Ask::Retire { day, amount, accounts, reason, note } => {
                positive(*amount)?;
                let terms = self.all_terms(quotas, accounts)?;
                // What moves within a company leaves a part and stays in the whole.
                if *reason != Reason::Relocated {
                    with_wholes(accounts, &terms)?;
                }
                let (day, amount, reason) = (past_day(*day, now)?, *amount, *reason);
                let legs = self.retirements(accounts, &terms, day, amount)?;
                Ok(Event::Retire { day, amount, legs, reason, note: note.clone() })
            }
            Ask::Adjust { day, account, to, goods, source } => {
                figure_of(*to)?;
                let terms = self.terms(quotas, account)?;
                let about = (goods.as_ref(), source.as_str());
                self.adjust(&terms, past_day(*day, now)?, account, *to, about)
            }
            Ask::Raise { account, limit, source } => self.raise(quotas, account, *limit, source),
            Ask::Own { owned, owner, share, source } => {
                let share = proper_share(*share)?;
                let (owned, owner) = (owned.clone(), owner.clone());
                Ok(Event::Own { owned, owner, share, source: source.clone() })
            }
        }
    }

    fn raise(
        &mut self,
        quotas: &dyn Quotas,
        account: &Account,
        limit: Amount,
        source: &str,
    ) -> Result<Event, Refusal> {
        positive(limit)?;
        let terms = self.terms(quotas, account)?;
        if !quotas.can_raise(account) {
            return Err(Refusal::CannotRaise(account.clone()));
        }
        let raised = quotas.terms(account, Some(limit));
        let raised = raised.map_err(|why| Refusal::of_terms(account, why))?;
        if raised.steps == terms.steps {
            return Err(Refusal::RaisesNothing { account: account.clone(), limit });
        }
        Ok(Event::Raise { account: account.clone(), limit, source: source.to_owned() })
    }

    fn commit(
        &self,
        quotas: &dyn Quotas,
        reservation: &Reserved,
        (amount, units): (Option<Amount>, Option<NonZeroU64>),
        day: Date,
    ) -> Result<Event, Refusal> {
        let reservation = number_of(reservation)?;
        let hold = self.open(reservation)?;
        self.in_step(quotas, (reservation, hold), day)?;
        let held = hold.amount;
        let reserved = hold.goods.as_ref().map_or(0, |goods| goods.units.get());
        if let Some(asked) = units.map(NonZeroU64::get).filter(|asked| *asked > reserved) {
            return Err(Refusal::MoreUnits { reservation, asked, units: reserved });
        }
        let asked = match (amount, units) {
            (Some(amount), _) => amount,
            (None, None) => held,
            (None, Some(units)) => part_of(held, units.get(), reserved)
                .ok_or(Refusal::NoWholeAmount { reservation, units: units.get(), held })?,
        };
        let more = Refusal::MoreThanReserved { reservation, asked, held };
        let returned = held.checked_sub(asked).filter(|left| *left >= Amount::ZERO).ok_or(more)?;
        let units = match (units, &hold.goods) {
            (None, Some(Goods { item, units })) => {
                let (item, of) = (item.clone(), units.get());
                let part = units_of(asked, held, of);
                let no_units = Refusal::NoWholeUnits { reservation, asked, held, item, units: of };
                Some(part.ok_or(no_units)?)
            }
            (units, _) => units,
        };
        Ok(Event::Commit { reservation, amount: asked, returned, units, day: Some(day) })
    }

    /// That a day is in the steps in which a reservation was given its room: what arrives in
    /// another one is bounded by a limit that it was not held against.
    fn in_step(
        &self,
        quotas: &dyn Quotas,
        (reservation, hold): (u64, &Hold),
        day: Date,
    ) -> Result<(), Refusal> {
        for (account, held_in) in &hold.legs {
            // What the packs do not know any more bounds nothing.
            let Some(terms) = self.known_terms(quotas, account) else { continue };
            let holds = |step: &Step, day: Date| step.from <= day && day <= step.through;
            // Of a whole, which only counts, several steps may hold the same day.
            let mut steps = terms.steps.iter().filter(|step| holds(step, *held_in));
            let Some(first) = steps.next() else { continue };
            if !holds(first, day) && !steps.any(|step| holds(step, day)) {
                let (from, through) = (first.from, first.through);
                let account = account.clone();
                return Err(Refusal::OtherStep { reservation, account, day, from, through });
            }
        }
        Ok(())
    }

    /// The terms of an account, as far as they do not hang on what else is recorded of it.
    fn known_terms(&self, quotas: &dyn Quotas, account: &Account) -> Option<Arc<Terms>> {
        let known = self.accounts.get(account).and_then(|state| state.terms.clone());
        known.or_else(|| quotas.terms(account, None).ok().map(Arc::new))
    }

    fn open(&self, reservation: u64) -> Result<&Hold, Refusal> {
        let hold = self.hold(reservation).ok_or(Refusal::NotReserved(reservation))?;
        match hold.stage {
            Stage::Open => Ok(hold),
            Stage::Committed(entry) => Err(Refusal::AlreadyCommitted { reservation, entry }),
            Stage::Released(entry) => Err(Refusal::AlreadyReleased { reservation, entry }),
            Stage::Expired(entry) => Err(Refusal::AlreadyExpired { reservation, entry }),
        }
    }

    fn all_terms(
        &mut self,
        quotas: &dyn Quotas,
        accounts: &[Account],
    ) -> Result<Vec<Arc<Terms>>, Refusal> {
        if accounts.is_empty() {
            return Err(Refusal::NoAccount);
        }
        for (at, account) in accounts.iter().enumerate() {
            if accounts[..at].contains(account) {
                return Err(Refusal::AccountTwice(account.clone()));
            }
        }
        accounts.iter().map(|account| self.terms(quotas, account)).collect()
    }

    fn terms(&mut self, quotas: &dyn Quotas, account: &Account) -> Result<Arc<Terms>, Refusal> {
        let known = self.accounts.get(account);
        if let Some(terms) = known.and_then(|state| state.terms.clone()) {
            return Ok(terms);
        }
        let raised = known.and_then(|state| state.raised);
        let terms = quotas.terms(account, raised);
        let terms = terms.map_err(|why| Refusal::of_terms(account, why))?;
        if !is_sound(account) {
            let expected = vec!["texts of 1 to 200 characters, 2,000 bytes in all".to_owned()];
            return Err(Refusal::WrongAccountKey { account: account.clone(), expected });
        }
        let terms = Arc::new(terms);
        if let Some(state) = self.accounts.get_mut(account) {
            state.terms = Some(terms.clone());
        }
        Ok(terms)
    }

    /// The account that an account's amounts are held on: its ultimate owner's, where the quota
    /// counts for that.
    pub(super) fn owners_of(&self, quotas: &dyn Quotas, account: &Account) -> Account {
        let terms = self.known_terms(quotas, account);
        match &self.owners {
            Some(owners) if terms.is_some_and(|terms| terms.consolidated) => {
                owners.account(account)
            }
            _ => account.clone(),
        }
    }

    /// Whether what is asked of an account may be held on another one: that of an owner, now or
    /// before.
    pub(super) fn is_held_on(&self, quotas: &dyn Quotas, asked: &Account, held: &Account) -> bool {
        let is_consolidated = || quotas.terms(asked, None).is_ok_and(|terms| terms.consolidated);
        let is_owners = |owners: &Owners| owners.may_be_of(asked, held) && is_consolidated();
        asked == held || self.owners.as_ref().is_some_and(is_owners)
    }

    /// What an account itself has in the steps that begin by a day.
    fn balance(&self, account: &Account, day: Date) -> Result<Balance, Refusal> {
        match self.accounts.get(account) {
            Some(state) => state.through(day).ok_or_else(|| Refusal::SumTooLarge(account.clone())),
            None => Ok(Balance::default()),
        }
    }

    /// What counts against an account's limit: what it has itself, and what those have that the
    /// company owns.
    fn total(&self, account: &Account, terms: &Terms, day: Date) -> Result<Balance, Refusal> {
        let Some(owners) = self.owners.as_ref().filter(|_| terms.consolidated) else {
            return self.balance(account, day);
        };
        owners.accounts(account).iter().try_fold(Balance::default(), |sum, one| {
            let more = self.balance(one, day)?;
            sum.plus(more).ok_or_else(|| Refusal::SumTooLarge(account.clone()))
        })
    }

    /// The step under which what comes off in a step is posted: the latest of its days under which
    /// anything stands, as a pack may have moved its first day.
    fn posted(&self, account: &Account, step: &Step) -> Date {
        let steps = self.accounts.get(account).map(|state| &state.steps);
        let last = steps.and_then(|steps| steps.range(step.from..=step.through).next_back());
        last.map_or(step.from, |(day, _)| *day)
    }

    /// Whether an account has room for an amount on a day: in the day's step and in all later ones.
    fn room(
        &self,
        account: &Account,
        terms: &Terms,
        day: Date,
        amount: Amount,
    ) -> Result<Leg, Refusal> {
        let no_limit = || Refusal::NoLimit { account: account.clone(), day };
        let first = terms.step(day).ok_or_else(no_limit)?;
        let mut checked = None;
        for step in terms.steps.iter().filter(|step| step.from >= first.from) {
            let limit = self.room_in(account, terms, step, amount)?;
            checked = checked.or(Some(limit));
        }
        Ok(Leg { account: account.clone(), step: first.from, limit: checked.flatten() })
    }

    /// Whether an amount fits in a step, and the limit that says so.
    fn room_in(
        &self,
        account: &Account,
        terms: &Terms,
        step: &Step,
        amount: Amount,
    ) -> Result<Option<Amount>, Refusal> {
        let too_large = || Refusal::SumTooLarge(account.clone());
        let Balance { used, held } = self.total(account, terms, step.through)?;
        let after = Balance { used, held: held.checked_add(amount).ok_or_else(too_large)? };
        let total = used.checked_add(after.held).ok_or_else(too_large)?;
        // The worst that open reservations can bring: every part arrives, and of the whole nothing
        // but these parts.
        let whole = match &step.limit {
            Limit::Share { whole, .. } => self.total(whole, terms, Date::MAX)?.used,
            _ => Amount::ZERO,
        };
        let ceiling = room::ceiling(&step.limit, after, whole);
        let Some(limit) = ceiling.map_err(|_| too_large())? else { return Ok(None) };
        if total <= limit {
            return Ok(Some(limit));
        }
        Err(over(account, step, Balance { used, held }, (amount, whole)).unwrap_or_else(too_large))
    }

    fn retirements(
        &self,
        accounts: &[Account],
        terms: &[Arc<Terms>],
        day: Date,
        amount: Amount,
    ) -> Result<Vec<Leg>, Refusal> {
        if let Some(at) = terms.iter().position(|terms| !terms.takes_off) {
            return Err(Refusal::NoAttrition(accounts[at].clone()));
        }
        let each = accounts.iter().zip(terms);
        each.map(|(account, terms)| self.retirable(account, terms, day, amount)).collect()
    }

    fn retirable(
        &self,
        account: &Account,
        terms: &Terms,
        day: Date,
        amount: Amount,
    ) -> Result<Leg, Refusal> {
        let step = step_or_last(account, terms, day)?;
        for later in terms.steps.iter().filter(|later| later.from >= step.from) {
            let used = self.balance(account, later.through)?.used;
            if amount > used {
                let account = account.clone();
                return Err(Refusal::MoreThanUsed { account, asked: amount, used });
            }
        }
        Ok(Leg { account: account.clone(), step: self.posted(account, step), limit: None })
    }

    /// What was used of an account in a step and before by movements up to a day: a figure as of
    /// that day knows nothing of later ones.
    fn used_by(&self, account: &Account, step: &Step, day: Date) -> Result<Amount, Refusal> {
        let used = self.balance(account, step.through)?.used;
        let state = self.accounts.get(account);
        let Some(lately) = state.and_then(|state| state.lately.as_ref()) else { return Ok(used) };
        let by_then = lately.by(day, step.through, used);
        by_then.ok_or_else(|| Refusal::SumTooLarge(account.clone()))
    }

    fn adjust(
        &self,
        terms: &Terms,
        day: Date,
        account: &Account,
        figure: Adjustment,
        (goods, source): (Option<&Goods>, &str),
    ) -> Result<Event, Refusal> {
        let step = step_or_last(account, terms, day)?;
        let too_large = || Refusal::SumTooLarge(account.clone());
        let (by, to) = match figure {
            Adjustment::To(total) => {
                let used = self.used_by(account, step, day)?;
                (total.checked_sub(used).ok_or_else(too_large)?, Some(total))
            }
            Adjustment::By(change) => (change, None),
        };
        for later in terms.steps.iter().filter(|later| later.from >= step.from) {
            let Balance { used, held } = self.balance(account, later.through)?;
            let after = used.checked_add(by).ok_or_else(too_large)?;
            if after < Amount::ZERO {
                let asked = Amount::ZERO.checked_sub(by).ok_or_else(too_large)?;
                return Err(Refusal::MoreThanUsed { account: account.clone(), asked, used });
            }
            // What is held can still be committed.
            after.checked_add(held).ok_or_else(too_large)?;
        }
        let step = self.posted(account, step);
        let leg = Leg { account: account.clone(), step, limit: None };
        let (goods, source) = (goods.cloned(), source.to_owned());
        Ok(Event::Adjust { day, leg, by, to, goods, source })
    }
}

/// Whether every part is moved with its whole, and with the parts in which it falls: what is held
/// for a part is counted on those too, and what is lost from a part is lost from them.
fn with_wholes(accounts: &[Account], terms: &[Arc<Terms>]) -> Result<(), Refusal> {
    for (account, terms) in accounts.iter().zip(terms) {
        let mut wholes = terms.whole().into_iter().chain(&terms.beside);
        if let Some(whole) = wholes.find(|whole| !accounts.contains(whole)) {
            let (account, whole) = (account.clone(), whole.clone());
            return Err(Refusal::WithoutWhole { account, whole });
        }
    }
    Ok(())
}

/// The refusal of an amount for which there is no room in a step, where a share is one of a whole
/// of which so much is used; `None` where the sums do not fit.
fn over(
    account: &Account,
    step: &Step,
    balance: Balance,
    (asked, whole): (Amount, Amount),
) -> Option<Refusal> {
    let limit = room::ceiling(&step.limit, balance, whole).ok()??;
    let room = room::left(&step.limit, balance, whole).ok()??;
    Some(Refusal::Over {
        account: account.clone(),
        step: step.from,
        limit,
        used: balance.used,
        held: balance.held,
        asked,
        short: asked.checked_sub(room)?,
        placed: matches!(step.limit, Limit::Share { .. }).then(|| room.max(Amount::ZERO)),
    })
}

/// What comes off or is corrected after the last step still belongs to it, and what the text counts
/// before the first to that one.
fn step_or_last<'t>(account: &Account, terms: &'t Terms, day: Date) -> Result<&'t Step, Refusal> {
    let begun = || terms.steps.iter().rfind(|step| step.from <= day);
    let counted =
        || terms.steps.first().filter(|_| terms.counts_from.is_some_and(|from| from <= day));
    let no_limit = || Refusal::NoLimit { account: account.clone(), day };
    terms.step(day).or_else(begun).or_else(counted).ok_or_else(no_limit)
}

/// What is used cannot be below zero, and a change is one.
fn figure_of(figure: Adjustment) -> Result<(), Refusal> {
    match figure {
        Adjustment::To(total) if total < Amount::ZERO => Err(Refusal::NotPositive(total)),
        Adjustment::By(change) if change == Amount::ZERO => Err(Refusal::NotPositive(change)),
        _ => Ok(()),
    }
}

/// The day of what is done: today in UTC, or as it was said. It may be tomorrow, as in the east it
/// is already.
fn past_day(day: Option<Date>, now: Timestamp) -> Result<Date, Refusal> {
    let today = day_of(now);
    let day = day.unwrap_or(today);
    let last = today.tomorrow().unwrap_or(today);
    if day > last { Err(Refusal::DayAhead { day, today }) } else { Ok(day) }
}

fn number_of(reservation: &Reserved) -> Result<u64, Refusal> {
    match reservation {
        Reserved::Entry(number) => Ok(*number),
        Reserved::Request(key) => Err(Refusal::NoSuchReservation(key.clone())),
    }
}

/// How many of the goods of a reservation an amount makes, where that is a whole number.
pub fn units_of(amount: Amount, held: Amount, units: u64) -> Option<NonZeroU64> {
    if amount == held {
        return NonZeroU64::new(units);
    }
    let parts = amount.millionths().checked_mul(i128::from(units))?;
    let is_whole = parts.checked_rem(held.millionths())? == 0;
    let whole = parts.checked_div(held.millionths()).filter(|_| is_whole)?;
    NonZeroU64::new(u64::try_from(whole).ok()?)
}

/// What so many of the goods of a reservation make of its amount, exactly.
fn part_of(held: Amount, units: u64, of: u64) -> Option<Amount> {
    let parts = held.millionths().checked_mul(i128::from(units))?;
    let is_whole = parts.checked_rem(i128::from(of))? == 0;
    let part = parts.checked_div(i128::from(of)).filter(|_| is_whole)?;
    Some(Amount::from_millionths(part))
}

fn expiry_of(expiry: Expiry, now: Timestamp) -> Result<(Timestamp, Option<u32>), Refusal> {
    let (expires, after) = match expiry {
        Expiry::At(expires) => (expires, None),
        Expiry::After(seconds) => {
            let expires = now.checked_add(SignedDuration::from_secs(i64::from(seconds)));
            (expires.unwrap_or(Timestamp::MAX), Some(seconds))
        }
        Expiry::Any => {
            let expires = now.checked_add(SignedDuration::from_hours(30 * 24));
            (expires.unwrap_or(Timestamp::MAX), None)
        }
    };
    let expires = whole_micros(expires);
    if expires > now { Ok((expires, after)) } else { Err(Refusal::ExpiryPast { expires, now }) }
}

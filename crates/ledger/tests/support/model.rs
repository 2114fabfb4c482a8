//! A ledger that is obviously right: a list of movements, from which everything is counted anew
//! each time. It shares no code with the ledger's books and nothing of it is fast.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::account::{Account, Limit, NoTerms, Quotas, Step};
use ledger::amount::Amount;
use ledger::movement::{
    Adjustment, Ask, Entry, Event, Expiry, Goods, Leg, Reason, Request, Reserved,
};
use ledger::refusal::Refusal;

use super::table::Table;

/// What the ledger should answer: the entry, and whether it was there before.
pub type Reply = Result<(Entry, bool), Refusal>;

/// All movements, and for each what was asked, where somebody asked.
#[derive(Clone, Debug)]
pub struct Model {
    entries: Vec<Entry>,
    asked: Vec<Option<Ask>>,
    created: Timestamp,
}

/// What a movement does to one account in one step, in millionths.
pub struct Change {
    /// The movement's number.
    pub number: u64,
    /// The account.
    pub account: Account,
    /// The first day of the step.
    pub step: Date,
    /// The day that the movement is about.
    pub day: Date,
    /// More in use.
    pub used: i128,
    /// More on hold.
    pub held: i128,
}

/// A sum, where it fits 128 bits, whatever the sums on the way to it.
pub fn sum(values: impl IntoIterator<Item = i128>) -> Option<i128> {
    let (mut high, mut low) = (0_i128, 0_i128);
    for value in values {
        high += value >> 64;
        low += value & i128::from(u64::MAX);
    }
    high += low >> 64;
    let fits = i64::try_from(high).ok()?;
    Some(i128::from(fits) << 64 | (low & i128::from(u64::MAX)))
}

fn amount(millionths: i128) -> Amount {
    Amount::from_millionths(millionths)
}

impl Model {
    /// A ledger without movements.
    pub fn new(created: Timestamp) -> Model {
        Model { entries: Vec::new(), asked: Vec::new(), created }
    }

    /// Every movement.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A copy as it was after so many movements.
    pub fn at(&self, number: u64) -> Model {
        let mut model = self.clone();
        model.entries.truncate(usize::try_from(number).unwrap_or(usize::MAX));
        model.asked.truncate(model.entries.len());
        model
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }

    fn reserved(&self, number: u64) -> Option<(Amount, &[Leg], Timestamp)> {
        match &self.entry(number)?.event {
            Event::Reserve { amount, legs, expires, .. } => Some((*amount, legs, *expires)),
            _ => None,
        }
    }

    /// The movement that ended a reservation.
    pub fn ended(&self, reservation: u64) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.event.reservation() == Some(reservation))
    }

    /// The open reservations: number, accounts, expiry.
    pub fn open(&self) -> Vec<(u64, Vec<Account>, Timestamp)> {
        let open = |entry: &Entry| {
            let (_, legs, expires) = self.reserved(entry.number)?;
            let accounts = legs.iter().map(|leg| leg.account.clone()).collect();
            self.ended(entry.number).is_none().then_some((entry.number, accounts, expires))
        };
        self.entries.iter().filter_map(open).collect()
    }

    /// Every change of every account.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for entry in &self.entries {
            let (legs, used, held): (&[Leg], i128, i128) = match &entry.event {
                Event::Reserve { amount, legs, .. } => (legs, 0, amount.millionths()),
                Event::Retire { amount, legs, .. } => (legs, -amount.millionths(), 0),
                Event::Adjust { leg, by, .. } => (std::slice::from_ref(leg), by.millionths(), 0),
                Event::Commit { reservation, amount, .. } => {
                    let (held, legs, _) = self.reserved(*reservation).unwrap();
                    (legs, amount.millionths(), -held.millionths())
                }
                Event::Release { reservation, .. } | Event::Expire { reservation, .. } => {
                    let (held, legs, _) = self.reserved(*reservation).unwrap();
                    (legs, 0, -held.millionths())
                }
                Event::Raise { .. } | Event::Own { .. } => (&[], 0, 0),
            };
            let day = match &entry.event {
                Event::Reserve { day, .. } | Event::Retire { day, .. } => *day,
                Event::Adjust { day, .. } => *day,
                Event::Commit { day, .. } => day.expect("the model says a day"),
                _ => Date::MIN,
            };
            for leg in legs {
                let (account, step) = (leg.account.clone(), leg.step);
                changes.push(Change { number: entry.number, account, step, day, used, held });
            }
        }
        changes
    }

    /// What is in use and on hold on an account, in every step until a day.
    pub fn balance(&self, account: &Account, until: Date) -> (i128, i128) {
        let changes = self.changes();
        let counts = |change: &&Change| change.account == *account && change.step <= until;
        let used = sum(changes.iter().filter(counts).map(|change| change.used));
        let held = sum(changes.iter().filter(counts).map(|change| change.held));
        (used.expect("use fits"), held.expect("holds fit"))
    }

    /// The limit that was recorded last.
    pub fn raised(&self, account: &Account) -> Option<Amount> {
        self.entries.iter().rev().find_map(|entry| match &entry.event {
            Event::Raise { account: one, limit, .. } if one == account => Some(*limit),
            _ => None,
        })
    }

    fn now(&self, clock: Timestamp) -> Timestamp {
        clock.max(self.entries.last().map_or(self.created, |entry| entry.at))
    }

    fn add(&mut self, now: Timestamp, request: Option<(&Request, Ask)>, event: Event) -> Entry {
        let number = self.entries.len() as u64 + 1;
        let by = request.as_ref().map_or("ledger", |(request, _)| &request.by).to_owned();
        let key = request.as_ref().map(|(request, _)| request.key.clone());
        let entry = Entry { number, at: self.now(now), key, by, event };
        self.entries.push(entry.clone());
        self.asked.push(request.map(|(_, ask)| ask));
        entry
    }

    /// Ends what is due: the earliest first, and of the same time the first one.
    pub fn expire(&mut self, clock: Timestamp) {
        let now = self.now(clock);
        let mut due = self.open();
        due.retain(|(_, _, expires)| *expires <= now);
        due.sort_by_key(|(number, _, expires)| (*expires, *number));
        for (reservation, _, due) in due {
            let (returned, _, _) = self.reserved(reservation).unwrap();
            self.add(now, None, Event::Expire { reservation, returned, due });
        }
    }

    /// Answers a request; what is due was ended before.
    pub fn ask(&mut self, request: &Request, clock: Timestamp) -> Reply {
        if !(1..=200).contains(&request.key.chars().count()) || has_control(&request.key) {
            return Err(Refusal::BadKey);
        }
        let has_key = |entry: &&Entry| entry.key.as_ref() == Some(&request.key);
        if let Some(entry) = self.entries.iter().find(has_key) {
            let at = usize::try_from(entry.number).unwrap() - 1;
            let same = self.is_same(entry, &self.asked[at], &self.plain(&request.ask));
            let reused = Refusal::KeyReused { key: request.key.clone(), entry: entry.number };
            return if same { Ok((entry.clone(), true)) } else { Err(reused) };
        }
        texts(request)?;
        let now = self.now(clock);
        let event = self.judge(&request.ask, now)?;
        let plain = self.plain(&request.ask);
        Ok((self.add(now, Some((request, plain)), event), false))
    }

    /// A request in the form in which two of the same content are equal: a commitment of all that
    /// is held is one of that amount, and instants have microseconds.
    fn plain(&self, ask: &Ask) -> Ask {
        let mut ask = ask.clone();
        match &mut ask {
            Ask::Commit { reservation, amount: amount @ None, .. } => {
                *amount = self.reserved(number(reservation)).map(|(held, _, _)| held);
            }
            Ask::Reserve { expiry: Expiry::At(at), .. } => *at = whole_micros(*at),
            _ => {}
        }
        ask
    }

    /// Whether a request repeats what was asked, on the accounts on which it was held.
    fn is_same(&self, entry: &Entry, before: &Option<Ask>, ask: &Ask) -> bool {
        let mut before = before.clone();
        if let Event::Reserve { legs, expires, .. } = &entry.event
            && let Some(Ask::Reserve { accounts: held, expiry: wanted, .. }) = &mut before
            && let Ask::Reserve { accounts: asked, expiry, .. } = ask
        {
            // The instant at which it lapses is the same, however it was asked for.
            if *expiry == Expiry::At(*expires) {
                *wanted = *expiry;
            }
            let of = |(leg, asked): (&Leg, &Account)| self.is_held_on(asked, &leg.account);
            if legs.len() != asked.len() || !legs.iter().zip(asked).all(of) {
                return false;
            }
            held.clone_from(asked);
        }
        before.as_ref() == Some(ask)
    }

    /// Whether an account is that of a company of which another ever had shares, or of one of its
    /// owners.
    fn is_held_on(&self, asked: &Account, held: &Account) -> bool {
        if asked == held {
            return true;
        }
        if asked.quota != held.quota || !Table::is_consolidated(&asked.quota) {
            return false;
        }
        let (Some(company), Some(above)) = (asked.key.first(), held.key.first()) else {
            return false;
        };
        let mut owners = vec![company.clone()];
        for _ in 0..self.entries.len() {
            for (owned, owner, _) in self.shares() {
                if owners.contains(&owned) && !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
        }
        asked.key.len() == 1 && held.key.len() == 1 && owners.contains(above)
    }

    /// Every share as it was recorded.
    fn shares(&self) -> Vec<(String, String, i128)> {
        let share = |entry: &Entry| match &entry.event {
            Event::Own { owned, owner, share, .. } => {
                Some((owned.clone(), owner.clone(), share.millionths()))
            }
            _ => None,
        };
        self.entries.iter().filter_map(share).collect()
    }

    /// Every company of whose shares something was recorded, once.
    pub fn companies(&self) -> Vec<String> {
        let shares = self.shares().into_iter();
        let mut companies: Vec<String> =
            shares.flat_map(|(owned, owner, _)| [owned, owner]).collect();
        companies.sort();
        companies.dedup();
        companies
    }

    /// Who has more than half of a company: of those for whom the last that was recorded is so, the
    /// one recorded last.
    fn owner(&self, company: &str) -> Option<String> {
        let mut shares = self.shares();
        shares.retain(|(owned, _, _)| owned == company);
        let last = |at: usize| !shares[at + 1..].iter().any(|(_, owner, _)| *owner == shares[at].1);
        let latest = (0..shares.len()).rev().find(|at| last(*at) && shares[*at].2 > 500_000);
        latest.map(|at| shares[at].1.clone())
    }

    /// Who owns a company in the end; of companies in a circle, the first by name.
    pub fn ultimate(&self, company: &str) -> String {
        let mut line = vec![company.to_owned()];
        while let Some(owner) = self.owner(&line[line.len() - 1]) {
            if let Some(at) = line.iter().position(|one| *one == owner) {
                return line[at..].iter().min().unwrap().clone();
            }
            line.push(owner);
        }
        line[line.len() - 1].clone()
    }

    /// Every company that is owned by the same one in the end, and that one, by name.
    pub fn family(&self, company: &str) -> Vec<String> {
        let mut companies = self.companies();
        companies.push(company.to_owned());
        companies.sort();
        companies.dedup();
        companies.retain(|one| self.ultimate(one) == self.ultimate(company));
        companies
    }

    /// The account on which something is held.
    fn held_on(&self, account: &Account) -> Account {
        let mut key = account.key.clone();
        if Table.terms(account, None).is_ok_and(|terms| terms.consolidated) {
            key[0] = self.ultimate(&key[0]);
        }
        Account::of(account.quota.clone(), key)
    }

    /// What is in use and on hold on an account and on those that count with it.
    fn total(&self, account: &Account, until: Date) -> Result<(i128, i128), Refusal> {
        if !Table::is_consolidated(&account.quota) {
            return Ok(self.balance(account, until));
        }
        let of = |company: String| Account::new(&account.quota, &[&company]);
        let family = self.family(&account.key[0]).into_iter();
        let balances: Vec<(i128, i128)> =
            family.map(|company| self.balance(&of(company), until)).collect();
        let used = sum(balances.iter().map(|(used, _)| *used));
        let held = sum(balances.iter().map(|(_, held)| *held));
        used.zip(held).ok_or_else(|| Refusal::SumTooLarge(account.clone()))
    }

    /// A part needs its whole in the same movement.
    fn wholes(&self, accounts: &[Account]) -> Result<(), Refusal> {
        for account in accounts {
            let whole = Table::whole_of(account);
            let is_part = matches!(account.quota.as_str(), "part" | "slice");
            if is_part && !accounts.contains(&whole) {
                return Err(Refusal::WithoutWhole { account: account.clone(), whole });
            }
        }
        Ok(())
    }

    fn judge(&self, ask: &Ask, now: Timestamp) -> Result<Event, Refusal> {
        match ask.clone() {
            Ask::Reserve { day, amount, accounts, expiry, note } => {
                let day = day.unwrap();
                positive(amount)?;
                let accounts: Vec<Account> =
                    accounts.iter().map(|account| self.held_on(account)).collect();
                self.accounts(&accounts)?;
                self.wholes(&accounts)?;
                let (expires, after) = match expiry {
                    Expiry::At(at) => (whole_micros(at), None),
                    Expiry::After(seconds) => {
                        let micros = now.as_microsecond() + i64::from(seconds) * 1_000_000;
                        (Timestamp::from_microsecond(micros).unwrap(), Some(seconds))
                    }
                    Expiry::Any => panic!("the model says when"),
                };
                if expires <= now {
                    return Err(Refusal::ExpiryPast { expires, now });
                }
                let leg = |account: &Account| self.reserve(account, day, amount.millionths());
                let legs = accounts.iter().map(leg).collect::<Result<_, _>>()?;
                Ok(Event::Reserve { day, amount, legs, expires, after, note })
            }
            Ask::Commit { reservation, amount: asked, units, day } => {
                let reservation = number(&reservation);
                asked.map_or(Ok(()), positive)?;
                not_ahead(day, now)?;
                let held = self.still_open(reservation)?;
                self.same_step(reservation, day.unwrap())?;
                let asked = asked.unwrap_or(held);
                if asked > held {
                    return Err(Refusal::MoreThanReserved { reservation, asked, held });
                }
                let returned = amount(held.millionths() - asked.millionths());
                Ok(Event::Commit { reservation, amount: asked, returned, units, day })
            }
            Ask::Release { reservation } => {
                let reservation = number(&reservation);
                Ok(Event::Release { reservation, returned: self.still_open(reservation)? })
            }
            Ask::Retire { day, amount, accounts, reason, note } => {
                let day = day.unwrap();
                positive(amount)?;
                self.accounts(&accounts)?;
                if reason != Reason::Relocated {
                    self.wholes(&accounts)?;
                }
                not_ahead(Some(day), now)?;
                if let Some(account) = accounts.iter().find(|account| account.quota == "group") {
                    return Err(Refusal::NoAttrition(account.clone()));
                }
                let leg = |account: &Account| self.retire(account, day, amount);
                let legs = accounts.iter().map(leg).collect::<Result<_, _>>()?;
                Ok(Event::Retire { day, amount, legs, reason, note })
            }
            Ask::Adjust { day, account, to, goods, source } => {
                self.adjust(day.unwrap(), now, account, to, (goods, source))
            }
            Ask::Raise { account, limit, source } => self.raise(account, limit, source),
            Ask::Own { owned, owner, share, source } => {
                if share.millionths() < 0 || share.millionths() > 1_000_000 {
                    return Err(Refusal::BadShare(share));
                }
                Ok(Event::Own { owned, owner, share, source })
            }
        }
    }

    fn raise(&self, account: Account, limit: Amount, source: String) -> Result<Event, Refusal> {
        positive(limit)?;
        self.accounts(std::slice::from_ref(&account))?;
        if !matches!(account.quota.as_str(), "cap" | "base" | "group") {
            return Err(Refusal::CannotRaise(account));
        }
        if Table.terms(&account, Some(limit)).unwrap().steps == self.steps(&account) {
            return Err(Refusal::RaisesNothing { account, limit });
        }
        Ok(Event::Raise { account, limit, source })
    }

    fn accounts(&self, accounts: &[Account]) -> Result<(), Refusal> {
        if accounts.is_empty() {
            return Err(Refusal::NoAccount);
        }
        for (at, account) in accounts.iter().enumerate() {
            if accounts.iter().take(at).any(|other| other == account) {
                return Err(Refusal::AccountTwice(account.clone()));
            }
        }
        for account in accounts {
            match Table.terms(account, None) {
                Err(NoTerms::UnknownQuota(nearest)) => {
                    return Err(Refusal::UnknownQuota { name: account.quota.clone(), nearest });
                }
                Err(NoTerms::WrongKey(expected)) => {
                    return Err(Refusal::WrongAccountKey { account: account.clone(), expected });
                }
                Ok(_) => {}
            }
            let bad = |part: &String| {
                part.trim().is_empty() || part.chars().count() > 200 || has_control(part)
            };
            if account.key.iter().any(bad) {
                let expected = vec!["texts of 1 to 200 characters, 2,000 bytes in all".to_owned()];
                return Err(Refusal::WrongAccountKey { account: account.clone(), expected });
            }
        }
        Ok(())
    }

    fn steps(&self, account: &Account) -> Vec<Step> {
        Table.terms(account, self.raised(account)).unwrap().steps
    }

    /// A reservation counts in the step of its day and in every later one.
    fn reserve(&self, account: &Account, day: Date, asked: i128) -> Result<Leg, Refusal> {
        let steps = self.steps(account);
        let Some(at) = steps.iter().position(|step| step.from <= day && day <= step.through) else {
            return Err(Refusal::NoLimit { account: account.clone(), day });
        };
        let too_large = || Refusal::SumTooLarge(account.clone());
        let mut limits = Vec::new();
        for step in &steps[at..] {
            let (used, held) = self.total(account, step.from)?;
            let total = sum([used, held, asked]).ok_or_else(too_large)?;
            // The limit with what is asked for, the one without it, and what can be placed.
            let (limit, before, room) = match &step.limit {
                Limit::Unlimited => (None, 0, 0),
                Limit::Amount(limit) => {
                    let limit = limit.millionths();
                    (Some(limit), limit, limit.wrapping_sub(used + held))
                }
                Limit::Share { share: (part, of), whole } => {
                    let (part, of) = (i128::from(*part), i128::from(*of));
                    let (whole, _) = self.total(whole, Date::MAX)?;
                    let after = sum([whole, held, asked]).ok_or_else(too_large)?;
                    let times = |of: i128| of.checked_mul(part).ok_or_else(too_large);
                    let (after, before) = (times(after)?, times(whole + held)?);
                    let taken = (used + held).checked_mul(of);
                    let free = taken.and_then(|taken| before.checked_sub(taken));
                    let room = free.map(|free| free.div_euclid(of - part));
                    let limit = after.div_euclid(of);
                    if total > limit && room.is_none() {
                        return Err(too_large());
                    }
                    (Some(limit), before.div_euclid(of), room.unwrap_or(0))
                }
            };
            limits.push(limit.map(amount));
            if limit.is_some_and(|limit| total > limit) {
                let is_share = matches!(step.limit, Limit::Share { .. });
                return Err(Refusal::Over {
                    account: account.clone(),
                    step: step.from,
                    limit: amount(before),
                    used: amount(used),
                    held: amount(held),
                    asked: amount(asked),
                    short: amount(asked.checked_sub(room).ok_or_else(too_large)?),
                    placed: is_share.then(|| amount(room.max(0))),
                });
            }
        }
        Ok(Leg { account: account.clone(), step: steps[at].from, limit: limits[0] })
    }

    fn still_open(&self, reservation: u64) -> Result<Amount, Refusal> {
        let reserved = self.reserved(reservation);
        let (held, _, _) = reserved.ok_or(Refusal::NotReserved(reservation))?;
        let Some(ended) = self.ended(reservation) else { return Ok(held) };
        let entry = ended.number;
        Err(match ended.event {
            Event::Commit { .. } => Refusal::AlreadyCommitted { reservation, entry },
            Event::Release { .. } => Refusal::AlreadyReleased { reservation, entry },
            _ => Refusal::AlreadyExpired { reservation, entry },
        })
    }

    /// What is committed is of a day in the step of each account for which it was reserved.
    fn same_step(&self, reservation: u64, day: Date) -> Result<(), Refusal> {
        let (_, legs, _) = self.reserved(reservation).unwrap();
        for leg in legs {
            let steps = self.steps(&leg.account);
            let step = steps.into_iter().find(|step| step.from == leg.step).unwrap();
            let (account, from, through) = (leg.account.clone(), step.from, step.through);
            if !(from..=through).contains(&day) {
                return Err(Refusal::OtherStep { reservation, account, day, from, through });
            }
        }
        Ok(())
    }

    /// The steps from a day on; after the end of a step it is the one that began last.
    fn steps_from(&self, account: &Account, day: Date) -> Result<Vec<Date>, Refusal> {
        let begins: Vec<Date> = self.steps(account).iter().map(|step| step.from).collect();
        let begun = begins.iter().filter(|from| **from <= day).max();
        let first = *begun.ok_or(Refusal::NoLimit { account: account.clone(), day })?;
        Ok(begins.into_iter().filter(|from| *from >= first).collect())
    }

    fn retire(&self, account: &Account, day: Date, asked: Amount) -> Result<Leg, Refusal> {
        let steps = self.steps_from(account, day)?;
        for step in &steps {
            let used = amount(self.balance(account, *step).0);
            if asked > used {
                return Err(Refusal::MoreThanUsed { account: account.clone(), asked, used });
            }
        }
        Ok(Leg { account: account.clone(), step: steps[0], limit: None })
    }

    fn adjust(
        &self,
        day: Date,
        now: Timestamp,
        account: Account,
        figure: Adjustment,
        (goods, source): (Option<Goods>, String),
    ) -> Result<Event, Refusal> {
        match figure {
            Adjustment::To(total) if total.millionths() < 0 => {
                return Err(Refusal::NotPositive(total));
            }
            Adjustment::By(by) if by.millionths() == 0 => return Err(Refusal::NotPositive(by)),
            _ => {}
        }
        self.accounts(std::slice::from_ref(&account))?;
        not_ahead(Some(day), now)?;
        let steps = self.steps_from(&account, day)?;
        let too_large = || Refusal::SumTooLarge(account.clone());
        let (by, to) = match figure {
            Adjustment::By(by) => (by.millionths(), None),
            Adjustment::To(total) => {
                // A figure as of a day knows nothing of what came after it.
                let known = |change: &&Change| {
                    change.account == account && change.step <= steps[0] && change.day <= day
                };
                let changes = self.changes();
                let used = sum(changes.iter().filter(known).map(|change| change.used));
                let used = used.ok_or_else(too_large)?;
                (total.millionths() - used, Some(total))
            }
        };
        for step in &steps {
            let (used, held) = self.balance(&account, *step);
            let after = sum([used, by]).ok_or_else(too_large)?;
            if after < 0 {
                let asked = amount(by.checked_neg().ok_or_else(too_large)?);
                let used = amount(used);
                return Err(Refusal::MoreThanUsed { account: account.clone(), asked, used });
            }
            sum([after, held]).ok_or_else(too_large)?;
        }
        let leg = Leg { account: account.clone(), step: steps[0], limit: None };
        Ok(Event::Adjust { day, leg, by: amount(by), to, goods, source })
    }
}

fn has_control(text: &str) -> bool {
    text.chars().any(|letter| letter < ' ' || ('\u{7f}'..='\u{9f}').contains(&letter))
}

fn whole_micros(at: Timestamp) -> Timestamp {
    let last = Timestamp::from_second(253_402_207_200).unwrap();
    if at >= last { last } else { Timestamp::from_microsecond(at.as_microsecond()).unwrap() }
}

/// What is done has a day that is no later than tomorrow.
fn not_ahead(day: Option<Date>, now: Timestamp) -> Result<(), Refusal> {
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let Some(day) = day.filter(|day| *day > today.tomorrow().unwrap()) else { return Ok(()) };
    Err(Refusal::DayAhead { day, today })
}

fn positive(amount: Amount) -> Result<(), Refusal> {
    if amount.millionths() > 0 { Ok(()) } else { Err(Refusal::NotPositive(amount)) }
}

fn texts(request: &Request) -> Result<(), Refusal> {
    let bad = |text: &str, most: usize| text.chars().count() > most || has_control(text);
    if bad(&request.by, 200) {
        return Err(Refusal::BadText { what: "the name of who asks", most: 200 });
    }
    if let Ask::Own { owned, owner, .. } = &request.ask
        && [owned, owner].iter().any(|name| bad(name, 200) || name.trim().is_empty())
    {
        return Err(Refusal::BadText { what: "the name of a company", most: 200 });
    }
    match &request.ask {
        Ask::Reserve { note, .. } | Ask::Retire { note, .. } if bad(&note.text, 1000) => {
            Err(Refusal::BadText { what: "the note", most: 1000 })
        }
        Ask::Adjust { source, .. } | Ask::Raise { source, .. } | Ask::Own { source, .. } => {
            if bad(source, 1000) {
                return Err(Refusal::BadText { what: "the source", most: 1000 });
            }
            if source.trim().is_empty() { Err(Refusal::NoSource) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn number(reservation: &Reserved) -> u64 {
    match reservation {
        Reserved::Entry(number) => *number,
        Reserved::Request(key) => panic!("the model knows numbers, not {key}"),
    }
}

//! The books: what a request does to the accounts, without storage and without a clock.
//!
//! A [`Book`] may know all accounts or only those it was told of; a store tells it what a request
//! needs ([`Book::needs`]) before the request is applied. Nothing changes unless all of it does.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::{Account, Quotas, Terms};
use crate::amount::Amount;
use crate::journal;
use crate::movement::{Adjustment, Ask, Entry, Event, Goods, Leg, Request, Reserved};
use crate::owners::{Owners, of_company};
use crate::proof::Hash;
use crate::proof::chain;
use crate::refusal::Refusal;

mod lately;
mod rules;

pub use lately::Lately;
pub(crate) use rules::check_key;
pub use rules::units_of;

/// Who asks for an expiry: the ledger itself.
pub const LEDGER: &str = "ledger";

/// What an account has in use and on hold, of one step of its terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Committed, adjusted and not retired.
    pub used: Amount,
    /// Reserved and still open.
    pub held: Amount,
}

impl Balance {
    pub(crate) fn plus(self, other: Balance) -> Option<Balance> {
        Some(Balance {
            used: self.used.checked_add(other.used)?,
            held: self.held.checked_add(other.held)?,
        })
    }
}

/// What the book knows of an account.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Balances by the first day of their step. Use may be negative in one: what was installed in
    /// one quarter and came off in another.
    pub steps: BTreeMap<Date, Balance>,
    /// The limit recorded for it, where there is one.
    pub raised: Option<Amount>,
    terms: Option<Arc<Terms>>,
    lately: Option<Lately>,
}

impl State {
    /// Everything in the steps that begin by a day. Where a pack moved a step's first day, what
    /// was drawn under the earlier one is found by the last day of the step.
    pub fn through(&self, day: Date) -> Option<Balance> {
        self.steps
            .range(..=day)
            .try_fold(Balance::default(), |sum, (_, balance)| sum.plus(*balance))
    }
}

/// How far a reservation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It holds its amount.
    Open,
    /// Committed by the entry of this number.
    Committed(u64),
    /// Released by it.
    Released(u64),
    /// Lapsed with it.
    Expired(u64),
}

/// A reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// What it holds on each account.
    pub amount: Amount,
    /// The accounts and steps.
    pub legs: Vec<(Account, Date)>,
    /// What moves, where it is known.
    pub goods: Option<Goods>,
    /// When it lapses.
    pub expires: Timestamp,
    /// How far it is.
    pub stage: Stage,
}

/// The end of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The number of the last entry; 0 where there is none.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The chain's hash through it.
    pub hash: Hash,
}

/// What has to be known before requests can be applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Accounts.
    pub accounts: HashSet<Account>,
    /// Reservations, by number.
    pub reservations: HashSet<u64>,
    /// Accounts of which it has to be known what was used by movements of a day or later.
    pub lately: HashMap<Account, Date>,
    /// Who owns whom.
    pub owners: bool,
    /// Who is about to be recorded as owned by whom.
    owned: Vec<(String, String)>,
}

impl Needs {
    /// Whether nothing is needed.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.reservations.is_empty()
            && self.lately.is_empty()
            && !self.owners
    }
}

/// The balances that an entry leaves, one for each account and step it moved.
pub type Postings = Vec<(Account, Date, Balance)>;

/// An entry with all that storage keeps of it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Its bytes.
    pub body: Arc<str>,
    /// The chain's hash through it.
    pub hash: Hash,
    /// The balances it leaves.
    pub postings: Postings,
    /// The reservation it ended.
    pub closes: Option<Hold>,
}

/// The answer to a request that moved something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The entry.
    pub entry: Arc<Entry>,
    /// Whether the key had been used, for the same: nothing was moved again.
    pub repeated: bool,
}

/// The books.
#[derive(Debug)]
pub struct Book {
    head: Head,
    accounts: foldhash::HashMap<Account, State>,
    holds: foldhash::HashMap<u64, Hold>,
    due: BTreeSet<(Timestamp, u64)>,
    /// Keys are what callers like: their hash is one that nobody can aim at.
    keys: HashMap<String, Arc<Entry>>,
    /// Whether something moved that stands in no journal.
    has_played: bool,
    owners: Option<Owners>,
    fresh: Vec<Recorded>,
}

/// What the books knew and know no longer.
#[derive(Debug, Default)]
pub struct Forgotten {
    accounts: Vec<(Account, State)>,
    holds: Vec<(u64, Hold)>,
    due: BTreeSet<(Timestamp, u64)>,
    keys: Vec<(String, Arc<Entry>)>,
}

/// Why an entry does not follow from the entries before it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Its number is not the next one.
    #[error("its number is {found}, not {expected}")]
    Number {
        /// The number it has.
        found: u64,
        /// The number it should have.
        expected: u64,
    },
    /// It is earlier than the one before.
    #[error("it is earlier than the entry before it")]
    Time,
    /// Its request key is another entry's.
    #[error("its request key is that of entry {0}")]
    Key(u64),
    /// It ends a reservation that is not open, or not for what was held.
    #[error("it ends reservation {0}, which does not hold that amount")]
    Reservation(u64),
    /// It leaves an account beyond its limit, below zero, or past 128 bits.
    #[error("it does not fit the balance of {0}")]
    Balance(Account),
    /// Something before it stands in no journal.
    #[error("something before it stands in no journal")]
    Gap,
    /// It moves an account that is not among those that the ledger names.
    #[error("it moves {0}, which the ledger does not name")]
    Unnamed(Account),
}

/// The day of what an entry did to what is used, and how much that was on each of its accounts;
/// `None` for an entry that changed nothing of it.
pub(crate) fn used_on(entry: &Entry) -> Option<(Date, Amount)> {
    match &entry.event {
        // Entries of earlier versions say no day of their own.
        Event::Commit { day, amount, .. } => {
            Some((day.unwrap_or_else(|| day_of(entry.at)), *amount))
        }
        Event::Retire { day, amount, .. } => {
            Some((*day, Amount::from_millionths(-amount.millionths())))
        }
        Event::Adjust { day, by, .. } => Some((*day, *by)),
        _ => None,
    }
}

/// The day of an instant, in UTC.
pub(crate) fn day_of(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}

impl Book {
    /// An empty book that continues a journal.
    pub fn at(head: Head) -> Book {
        Book {
            head,
            accounts: foldhash::HashMap::default(),
            holds: foldhash::HashMap::default(),
            due: BTreeSet::new(),
            keys: HashMap::new(),
            has_played: false,
            owners: None,
            fresh: Vec::new(),
        }
    }

    /// The end of the journal as the book knows it.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What an account has, where the book knows it.
    pub fn account(&self, account: &Account) -> Option<&State> {
        self.accounts.get(account)
    }

    /// Every account the book knows.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, &State)> {
        self.accounts.iter()
    }

    /// A reservation, where the book knows it.
    pub fn hold(&self, number: u64) -> Option<&Hold> {
        self.holds.get(&number)
    }

    /// Every reservation the book knows.
    pub fn holds(&self) -> impl Iterator<Item = (u64, &Hold)> {
        self.holds.iter().map(|(number, hold)| (*number, hold))
    }

    /// Tells the book of an account, in full.
    pub fn learn_account(
        &mut self,
        account: Account,
        steps: BTreeMap<Date, Balance>,
        raised: Option<Amount>,
    ) {
        self.accounts.insert(account, State { steps, raised, terms: None, lately: None });
    }

    /// Tells the book of the latest changes of an account that it knows.
    pub fn learn_lately(&mut self, account: &Account, lately: Lately) {
        if let Some(state) = self.accounts.get_mut(account) {
            state.lately = Some(lately);
        }
    }

    /// Tells the book of a reservation.
    pub fn learn_hold(&mut self, number: u64, hold: Hold) {
        if hold.stage == Stage::Open {
            self.due.insert((hold.expires, number));
        }
        self.holds.insert(number, hold);
    }

    /// Tells the book of an entry whose key a request repeats.
    pub fn learn_key(&mut self, entry: Arc<Entry>) {
        if let Some(key) = &entry.key {
            self.keys.insert(key.clone(), entry);
        }
    }

    /// Tells the book who owns whom.
    pub fn learn_owners(&mut self, owners: Owners) {
        self.owners = Some(owners);
    }

    /// Whether the book knows the entry of a request key.
    pub fn knows_key(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// Forgets accounts, reservations and keys when they are more than `most`; they can be learned
    /// again. To let go of so many takes time, which is left to whom they are given.
    pub fn forget(&mut self, most: usize) -> Option<Forgotten> {
        let mut forgotten = Forgotten::default();
        if self.accounts.len() > most {
            forgotten.accounts.extend(self.accounts.drain());
        }
        if self.holds.len() > most {
            forgotten.holds.extend(self.holds.drain());
            forgotten.due = std::mem::take(&mut self.due);
        }
        if self.keys.len() > most {
            forgotten.keys.extend(self.keys.drain());
        }
        let Forgotten { accounts, holds, keys, .. } = &forgotten;
        let is_some = !(accounts.is_empty() && holds.is_empty() && keys.is_empty());
        is_some.then_some(forgotten)
    }

    /// What the book has to learn before it can answer a request. Learning a reservation may
    /// bring further needs: ask again until there are none.
    pub fn needs(&self, quotas: &dyn Quotas, ask: &Ask, needs: &mut Needs) {
        match ask {
            Ask::Reserve { accounts, .. } | Ask::Retire { accounts, .. } => {
                accounts.iter().for_each(|account| self.needs_terms(quotas, account, needs));
            }
            Ask::Adjust { day, account, to, .. } => {
                self.needs_terms(quotas, account, needs);
                if matches!(to, Adjustment::To(_)) {
                    self.needs_lately(account, day.unwrap_or_else(|| day_of(self.head.at)), needs);
                }
            }
            Ask::Raise { account, .. } => self.needs_terms(quotas, account, needs),
            Ask::Commit { reservation, .. } | Ask::Release { reservation } => {
                // One that is not known is made by what is asked for together with this.
                let Some(reservation) = &self.number_of(reservation) else { return };
                match self.holds.get(reservation) {
                    Some(hold) => hold.legs.iter().for_each(|(one, _)| self.needs_of(one, needs)),
                    // No store knows of a later entry.
                    None if (1..=self.head.number).contains(reservation) => {
                        needs.reservations.insert(*reservation);
                    }
                    None => {}
                }
            }
            // Who belongs together may be another matter for what is asked after it.
            Ask::Own { owned, owner, .. } => needs.owned.push((owned.clone(), owner.clone())),
        }
    }

    fn needs_of(&self, account: &Account, needs: &mut Needs) {
        if !self.accounts.contains_key(account) {
            needs.accounts.insert(account.clone());
        }
    }

    /// What was used of an account after a day, where its terms make it one that is asked about.
    fn needs_lately(&self, account: &Account, day: Date, needs: &mut Needs) {
        let known = self.accounts.get(account);
        if known.is_none() && !needs.accounts.contains(account) {
            return;
        }
        let lately = known.and_then(|state| state.lately.as_ref());
        if lately.is_none_or(|lately| lately.since > day) {
            let since = needs.lately.entry(account.clone()).or_insert(day);
            *since = day.min(*since);
        }
    }

    /// An account, the whole of which it is a part, and the accounts that count with them. One
    /// without terms is refused whatever is known of it, and may have a name that no store can
    /// keep.
    fn needs_terms(&self, quotas: &dyn Quotas, account: &Account, needs: &mut Needs) {
        let known = self.accounts.get(account).and_then(|state| state.terms.clone());
        let sound = || rules::is_sound(account).then(|| quotas.terms(account, None).ok());
        let Some(terms) = known.or_else(|| sound().flatten().map(Arc::new)) else { return };
        let accounts = std::iter::once(account).chain(terms.whole());
        accounts.clone().for_each(|one| self.needs_of(one, needs));
        let company = account.key.first().filter(|_| terms.consolidated);
        match (&self.owners, company) {
            (None, Some(_)) => needs.owners = true,
            (Some(owners), Some(company)) => {
                let owned = std::mem::take(&mut needs.owned);
                for one in owners.kin(company, &owned) {
                    accounts.clone().for_each(|account| {
                        self.needs_of(&of_company(account, one), needs);
                    });
                }
                needs.owned = owned;
            }
            (_, None) => {}
        }
    }

    /// The accounts of the reservations that are due and not known yet.
    pub fn needs_of_due(&self, now: Timestamp, needs: &mut Needs) {
        for (_, number) in self.due.range(..=(now, u64::MAX)) {
            for (account, _) in self.holds.get(number).into_iter().flat_map(|hold| &hold.legs) {
                self.needs_of(account, needs);
            }
        }
    }

    /// Records the expiry of every reservation the book knows to be due, the earliest first.
    ///
    /// # Errors
    /// [`Misfit`] where the books do not agree with the journal.
    pub fn expire(&mut self, now: Timestamp) -> Result<(), Misfit> {
        while let Some(&(due, reservation)) = self.due.first() {
            if due > now {
                break;
            }
            let returned = self.holds.get(&reservation).map(|hold| hold.amount);
            let returned = returned.ok_or(Misfit::Reservation(reservation))?;
            let event = Event::Expire { reservation, returned, due };
            self.record(self.next(now, None, LEDGER.to_owned(), event))?;
        }
        Ok(())
    }

    /// Answers a request at a time. What is due has expired before, and what the request needs is
    /// known.
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed.
    pub fn apply(
        &mut self,
        quotas: &dyn Quotas,
        request: &Request,
        now: Timestamp,
    ) -> Result<Receipt, Refusal> {
        check_key(&request.key)?;
        let asked = self.numbered(&request.ask);
        if let Some(entry) = self.keys.get(&request.key) {
            let same = |held: &Account, asked: &Account| self.is_held_on(quotas, asked, held);
            if entry.event.answers(&asked, same) {
                return Ok(Receipt { entry: entry.clone(), repeated: true });
            }
            return Err(Refusal::KeyReused { key: request.key.clone(), entry: entry.number });
        }
        rules::check_words(request)?;
        let event = self.judge(quotas, &asked, now.max(self.head.at))?;
        let entry = self.next(now, Some(request.key.clone()), request.by.clone(), event);
        self.record(entry).map_err(Refusal::from)
    }

    /// The entry of a reservation that is named by its number or by a request key.
    fn number_of(&self, reservation: &Reserved) -> Option<u64> {
        match reservation {
            Reserved::Entry(number) => Some(*number),
            Reserved::Request(key) => self.number_of_key(key),
        }
    }

    fn number_of_key(&self, key: &str) -> Option<u64> {
        self.keys.get(key).map(|entry| entry.number)
    }

    /// A request with the number of its reservation, where that is known by its request key.
    fn numbered<'a>(&self, ask: &'a Ask) -> Cow<'a, Ask> {
        let (Ask::Commit { reservation, .. } | Ask::Release { reservation }) = ask else {
            return Cow::Borrowed(ask);
        };
        let Reserved::Request(key) = reservation else { return Cow::Borrowed(ask) };
        let Some(number) = self.number_of_key(key) else { return Cow::Borrowed(ask) };
        let mut ask = ask.clone();
        if let Ask::Commit { reservation, .. } | Ask::Release { reservation } = &mut ask {
            *reservation = Reserved::Entry(number);
        }
        Cow::Owned(ask)
    }

    fn next(&self, now: Timestamp, key: Option<String>, by: String, event: Event) -> Entry {
        Entry { number: self.head.number + 1, at: now.max(self.head.at), key, by, event }
    }

    /// Moves what is asked for in the books alone, under no request key and with no line in a
    /// journal, which is most of what a movement costs: for worlds that are simulated. Answers the
    /// movement's number, by which a reservation is named then.
    ///
    /// Amounts, days and limits are judged as by [`Book::apply`], of what has expired and is known
    /// before; texts, which are for the journal, are not looked at. Books that did so keep no
    /// journal any more.
    ///
    /// # Errors
    /// [`Refusal`], and nothing has changed.
    pub fn play(&mut self, quotas: &dyn Quotas, ask: &Ask, now: Timestamp) -> Result<u64, Refusal> {
        let event = self.judge(quotas, &self.numbered(ask), now.max(self.head.at))?;
        let entry = self.next(now, None, String::new(), event);
        self.enter(&entry)?;
        self.has_played = true;
        Ok(entry.number)
    }

    /// Adds an entry that follows from the books.
    ///
    /// # Errors
    /// [`Misfit`], and nothing has changed; [`Misfit::Gap`] in books that have
    /// [played](Book::play).
    pub fn record(&mut self, entry: Entry) -> Result<Receipt, Misfit> {
        if self.has_played {
            return Err(Misfit::Gap);
        }
        let (postings, closes) = self.enter(&entry)?;
        let body: Arc<str> = journal::encode(&entry).into();
        let hash = chain::next(&self.head.hash, body.as_bytes());
        self.head.hash = hash;
        let entry = Arc::new(entry);
        if let Some(key) = &entry.key {
            self.keys.insert(key.clone(), entry.clone());
        }
        self.fresh.push(Recorded { entry: entry.clone(), body, hash, postings, closes });
        Ok(Receipt { entry, repeated: false })
    }

    /// Moves what an entry moves: the balances it leaves, and the reservation it ended.
    fn enter(&mut self, entry: &Entry) -> Result<(Postings, Option<Hold>), Misfit> {
        self.fits(entry)?;
        let postings = self.post(entry)?;
        let closes = self.turn(entry);
        (self.head.number, self.head.at) = (entry.number, entry.at);
        Ok((postings, closes))
    }

    /// What was recorded since the last time it was taken.
    pub fn take_fresh(&mut self) -> Vec<Recorded> {
        std::mem::take(&mut self.fresh)
    }

    fn fits(&self, entry: &Entry) -> Result<(), Misfit> {
        if entry.number != self.head.number + 1 {
            let expected = self.head.number + 1;
            return Err(Misfit::Number { found: entry.number, expected });
        }
        if entry.at < self.head.at {
            return Err(Misfit::Time);
        }
        match entry.key.as_ref().and_then(|key| self.keys.get(key)) {
            Some(other) => Err(Misfit::Key(other.number)),
            None => Ok(()),
        }
    }

    /// Moves the balances, all or none, and answers what they are then.
    fn post(&mut self, entry: &Entry) -> Result<Postings, Misfit> {
        let moves = self.moves(&entry.event)?;
        let mut postings = Vec::with_capacity(moves.len());
        for (account, step, change) in moves {
            let steps = self.accounts.get(&account).map(|state| &state.steps);
            let balance = steps.and_then(|steps| steps.get(&step)).copied().unwrap_or_default();
            let balance = balance.plus(change).ok_or_else(|| Misfit::Balance(account.clone()))?;
            postings.push((account, step, balance));
        }
        let used = used_on(entry);
        for (account, step, balance) in &postings {
            match self.accounts.get_mut(account) {
                Some(state) => {
                    state.steps.insert(*step, *balance);
                    if let (Some((day, change)), Some(lately)) = (used, &mut state.lately) {
                        lately.add(day, *step, change);
                    }
                }
                None => {
                    let state = State { steps: [(*step, *balance)].into(), ..State::default() };
                    self.accounts.insert(account.clone(), state);
                }
            }
        }
        Ok(postings)
    }

    /// The changes of balances that an event brings.
    fn moves(&self, event: &Event) -> Result<Vec<(Account, Date, Balance)>, Misfit> {
        let minus = |amount: Amount| Amount::from_millionths(-amount.millionths());
        let on = |legs: &[Leg], change: Balance| {
            legs.iter().map(|leg| (leg.account.clone(), leg.step, change)).collect()
        };
        let used = |used: Amount| Balance { used, held: Amount::ZERO };
        Ok(match event {
            Event::Reserve { amount, legs, .. } => {
                on(legs, Balance { used: Amount::ZERO, held: *amount })
            }
            Event::Commit { reservation, amount, returned, .. } => {
                self.ending(*reservation, *amount, *returned)?
            }
            Event::Release { reservation, returned }
            | Event::Expire { reservation, returned, .. } => {
                self.ending(*reservation, Amount::ZERO, *returned)?
            }
            Event::Retire { amount, legs, .. } => on(legs, used(minus(*amount))),
            Event::Adjust { leg, by, .. } => on(std::slice::from_ref(leg), used(*by)),
            Event::Raise { .. } | Event::Own { .. } => Vec::new(),
        })
    }

    fn ending(
        &self,
        reservation: u64,
        used: Amount,
        returned: Amount,
    ) -> Result<Vec<(Account, Date, Balance)>, Misfit> {
        let misfit = || Misfit::Reservation(reservation);
        let hold = self.holds.get(&reservation).ok_or_else(misfit)?;
        if hold.stage != Stage::Open || used.checked_add(returned) != Some(hold.amount) {
            return Err(misfit());
        }
        let held = Amount::from_millionths(-hold.amount.millionths());
        let change = Balance { used, held };
        Ok(hold.legs.iter().map(|(account, step)| (account.clone(), *step, change)).collect())
    }

    /// Moves reservations and limits on, and answers the reservation that ended.
    fn turn(&mut self, entry: &Entry) -> Option<Hold> {
        let number = entry.number;
        let (reservation, stage) = match &entry.event {
            Event::Reserve { amount, legs, expires, note, .. } => {
                let legs = legs.iter().map(|leg| (leg.account.clone(), leg.step)).collect();
                let (goods, expires, stage) = (note.goods.clone(), *expires, Stage::Open);
                let hold = Hold { amount: *amount, legs, goods, expires, stage };
                self.learn_hold(number, hold);
                return None;
            }
            Event::Raise { account, limit, .. } => {
                let state = self.accounts.entry(account.clone()).or_default();
                (state.raised, state.terms) = (Some(*limit), None);
                return None;
            }
            Event::Commit { reservation, .. } => (*reservation, Stage::Committed(number)),
            Event::Release { reservation, .. } => (*reservation, Stage::Released(number)),
            Event::Expire { reservation, .. } => (*reservation, Stage::Expired(number)),
            Event::Own { owned, owner, share, .. } => {
                if let Some(owners) = &mut self.owners {
                    owners.record(owned, owner, *share);
                }
                return None;
            }
            Event::Retire { .. } | Event::Adjust { .. } => return None,
        };
        let hold = self.holds.get_mut(&reservation)?;
        hold.stage = stage;
        let hold = hold.clone();
        self.due.remove(&(hold.expires, reservation));
        Some(hold)
    }
}

//! What an auditor knows: the accounts and the open reservations, followed entry by entry, apart
//! from the books that wrote them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::VerifyError;
use super::tables::Tables;
use crate::account::Account;
use crate::amount::Amount;
use crate::book::{Balance, Misfit};
use crate::movement::{Entry, Event, Leg};

/// An account, by its place among those that the ledger names.
type Place = u32;

/// Accounts and reservations as the entries leave them.
pub(super) struct Audit {
    named: foldhash::HashMap<Account, Place>,
    accounts: Vec<Known>,
    open: BTreeMap<u64, Open>,
    pub(super) tables: Tables,
}

/// An account.
struct Known {
    id: i64,
    account: Account,
    steps: BTreeMap<Date, Balance>,
    is_used: bool,
}

/// An open reservation.
struct Open {
    amount: Amount,
    legs: Box<[(Place, Date)]>,
    expires_us: i64,
}

/// A change of a balance.
type Move = (Place, Date, Balance);

impl Audit {
    /// An auditor who was told the accounts and how the tables call them.
    pub(super) fn new(ids: Vec<(i64, Account)>) -> Result<Audit, VerifyError> {
        let mut named = foldhash::HashMap::default();
        let mut accounts = Vec::with_capacity(ids.len());
        for (place, (id, account)) in (0..).zip(ids) {
            if named.insert(account.clone(), place).is_some() {
                return Err(VerifyError::Books(format!("there are two accounts {account}")));
            }
            accounts.push(Known { id, account, steps: BTreeMap::new(), is_used: false });
        }
        Ok(Audit { named, accounts, open: BTreeMap::new(), tables: Tables::new() })
    }

    /// How many accounts and open reservations there are.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.accounts.len() as u64, self.open.len() as u64)
    }

    /// Follows an entry: that it ends what is open and for what was held, that nothing falls below
    /// zero, and that a reservation keeps to the limit that it names.
    pub(super) fn entry(&mut self, entry: &Entry) -> Result<(), Misfit> {
        let number = entry.number;
        for (place, step, change) in self.moves(entry)? {
            let known = &mut self.accounts[place as usize];
            let misfit = || Misfit::Balance(known.account.clone());
            let before = known.steps.get(&step).copied().unwrap_or_default();
            let after = before.plus(change).ok_or_else(misfit)?;
            known.steps.insert(step, after);
            self.tables.posting(known.id, step, number, after);
            let through = known.steps.range(..=step);
            let sum = through.map(|(_, one)| *one).try_fold(Balance::default(), Balance::plus);
            let Balance { used, held } = sum.ok_or_else(misfit)?;
            let total = used.checked_add(held).ok_or_else(misfit)?;
            let is_over = limit_of(entry, &known.account).is_some_and(|limit| total > limit);
            if used < Amount::ZERO || held < Amount::ZERO || is_over {
                return Err(misfit());
            }
        }
        match &entry.event {
            Event::Raise { account, limit, .. } => {
                let place = self.place(account)?;
                self.tables.raise(self.accounts[place as usize].id, number, limit);
            }
            Event::Own { owned, owner, share, .. } => {
                self.tables.owner(number, owned, owner, share);
            }
            event => {
                if let Some(reservation) = event.reservation() {
                    self.tables.ended(reservation, number);
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, account: &Account) -> Result<Place, Misfit> {
        let place = self.named.get(account).copied();
        let place = place.ok_or_else(|| Misfit::Unnamed(account.clone()))?;
        self.accounts[place as usize].is_used = true;
        Ok(place)
    }

    fn places(&mut self, legs: &[Leg]) -> Result<Box<[(Place, Date)]>, Misfit> {
        legs.iter().map(|leg| Ok((self.place(&leg.account)?, leg.step))).collect()
    }

    /// The changes of balances that an entry brings.
    fn moves(&mut self, entry: &Entry) -> Result<Vec<Move>, Misfit> {
        let used = |used: Amount| Balance { used, held: Amount::ZERO };
        let on = |legs: &[(Place, Date)], change: Balance| {
            legs.iter().map(|(place, step)| (*place, *step, change)).collect::<Vec<Move>>()
        };
        Ok(match &entry.event {
            Event::Reserve { amount, legs, expires, .. } => {
                let legs = self.places(legs)?;
                let moves = on(&legs, Balance { used: Amount::ZERO, held: *amount });
                let expires_us = expires.as_microsecond();
                self.open.insert(entry.number, Open { amount: *amount, legs, expires_us });
                moves
            }
            Event::Commit { reservation, amount, returned, .. } => {
                self.ending(*reservation, *amount, *returned)?
            }
            Event::Release { reservation, returned }
            | Event::Expire { reservation, returned, .. } => {
                self.ending(*reservation, Amount::ZERO, *returned)?
            }
            Event::Retire { amount, legs, .. } => {
                on(&self.places(legs)?, used(Amount::from_millionths(-amount.millionths())))
            }
            Event::Adjust { leg, by, .. } => vec![(self.place(&leg.account)?, leg.step, used(*by))],
            Event::Raise { .. } | Event::Own { .. } => Vec::new(),
        })
    }

    fn ending(
        &mut self,
        reservation: u64,
        used: Amount,
        returned: Amount,
    ) -> Result<Vec<Move>, Misfit> {
        let misfit = || Misfit::Reservation(reservation);
        let open = self.open.remove(&reservation).ok_or_else(misfit)?;
        if used.checked_add(returned) != Some(open.amount) {
            return Err(misfit());
        }
        let held = Amount::from_millionths(-open.amount.millionths());
        let change = Balance { used, held };
        Ok(open.legs.iter().map(|(place, step)| (*place, *step, change)).collect())
    }

    /// What stands at the end: the reservations that are open, and no account that nothing moved.
    pub(super) fn end(&mut self) -> Result<(), VerifyError> {
        if let Some(unused) = self.accounts.iter().find(|known| !known.is_used) {
            return Err(VerifyError::Books(format!("there is an account {}", unused.account)));
        }
        for (number, open) in &self.open {
            for (place, _) in &open.legs {
                let id = self.accounts[*place as usize].id;
                self.tables.hold(id, *number, open.expires_us);
            }
        }
        Ok(())
    }
}

/// The limit that a reservation names for an account.
fn limit_of(entry: &Entry, account: &Account) -> Option<Amount> {
    let Event::Reserve { legs, .. } = &entry.event else { return None };
    legs.iter().find(|leg| leg.account == *account)?.limit
}

//! Why a request moved nothing.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account::{Account, NoTerms};
use crate::amount::Amount;
use crate::book::Misfit;

/// Why a request moved nothing. The variants stand in order of precedence: the first that applies
/// is the answer.
///
/// Where several accounts are named, their quotas and keys are looked at first, one account after
/// the other, and then, again one after the other, whether each can take the movement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request's key is empty, over 200 characters long, or has control characters.
    #[error("the request's key must have 1 to 200 characters and no control characters")]
    BadKey,
    /// The key was used for something else.
    #[error(
        "request key {key:?} was used for entry {entry}, which asks for something else; use a new key"
    )]
    KeyReused {
        /// The key.
        key: String,
        /// The entry it names.
        entry: u64,
    },
    /// A text is too long or has control characters.
    #[error("{what} must have at most {most} characters and no control characters")]
    BadText {
        /// Which text.
        what: &'static str,
        /// The largest number of characters.
        most: usize,
    },
    /// A figure from outside needs a source.
    #[error("an outside figure needs a source: who published it, and where")]
    NoSource,
    /// An amount is zero or negative.
    #[error("the amount is {0:#}; it must be over zero")]
    NotPositive(Amount),
    /// A share is not between 0 and 1.
    #[error("the share is {0}; it must be 0 to 1")]
    BadShare(Amount),
    /// No account is named.
    #[error("no account is named")]
    NoAccount,
    /// An account is named twice.
    #[error("account {0} is named twice")]
    AccountTwice(Account),
    /// No quota has this name.
    #[error("there is no quota {name:?} in the law packs{}", did_you_mean(.nearest.as_deref()))]
    UnknownQuota {
        /// The name.
        name: String,
        /// The nearest that exists.
        nearest: Option<String>,
    },
    /// The key does not fit the quota.
    #[error("account {account} does not fit its quota, whose key is: {}", .expected.join(", "))]
    WrongAccountKey {
        /// The account.
        account: Account,
        /// What the key should hold.
        expected: Vec<String>,
    },
    /// A part is to move without its whole, or without another part in which it falls.
    #[error(
        "{account} counts in {whole} too, which has to be moved with it: name both in one movement"
    )]
    WithoutWhole {
        /// The part.
        account: Account,
        /// The whole.
        whole: Account,
    },
    /// The expiry is not in the future.
    #[error("the reservation would have lapsed at {expires}; it is {now}")]
    ExpiryPast {
        /// The expiry.
        expires: Timestamp,
        /// The ledger's time.
        now: Timestamp,
    },
    /// What is recorded as done is on a day to come.
    #[error("{day} has not come: it is {today} in UTC, and what is done has a day")]
    DayAhead {
        /// The day.
        day: Date,
        /// The ledger's day.
        today: Date,
    },
    /// Nothing comes off the quota.
    #[error(
        "nothing comes off {0}: its quota counts what was drawn, whether or not it is still there; correct a figure with `adjust` and its source"
    )]
    NoAttrition(Account),
    /// The quota has no limit that can be raised.
    #[error("{0} has a limit that nothing raises: its quota in the law packs names no `raised`")]
    CannotRaise(Account),
    /// The limit leaves everything as it is.
    #[error("{limit:#} leaves {account} with the limit it has: the text's own formula bounds it")]
    RaisesNothing {
        /// The account.
        account: Account,
        /// The limit that was to be recorded.
        limit: Amount,
    },
    /// The text states no limit for the day.
    #[error("the text states no limit of {account} for {day}")]
    NoLimit {
        /// The account.
        account: Account,
        /// The day.
        day: Date,
    },
    /// A sum is past what the ledger holds.
    #[error("the sum on {0} is past the largest amount of the ledger")]
    SumTooLarge(Account),
    /// The limit does not allow it.
    #[error(
        "{account} has no room for {asked:#}: its limit from {step} is {limit:#}, {used:#} are used and {held:#} held; {short:#} too much{}",
        fits(*.placed)
    )]
    Over {
        /// The account.
        account: Account,
        /// The first day of the step that would be crossed.
        step: Date,
        /// Its limit.
        limit: Amount,
        /// What is used of it.
        used: Amount,
        /// What is held of it.
        held: Amount,
        /// What was asked.
        asked: Amount,
        /// By how much too much it is.
        short: Amount,
        /// Of a share, what can be placed, as that grows the whole too.
        placed: Option<Amount>,
    },
    /// No entry has this number, or it reserves nothing.
    #[error("entry {0} is no reservation")]
    NotReserved(u64),
    /// Nothing was reserved under this request key.
    #[error("nothing was reserved under request key {0:?}")]
    NoSuchReservation(String),
    /// The reservation is used.
    #[error("reservation {reservation} was committed by entry {entry}")]
    AlreadyCommitted {
        /// The reservation.
        reservation: u64,
        /// The entry that committed it.
        entry: u64,
    },
    /// The reservation was given up.
    #[error("reservation {reservation} was released by entry {entry}")]
    AlreadyReleased {
        /// The reservation.
        reservation: u64,
        /// The entry that released it.
        entry: u64,
    },
    /// The reservation lapsed.
    #[error("reservation {reservation} lapsed with entry {entry}")]
    AlreadyExpired {
        /// The reservation.
        reservation: u64,
        /// The entry that says so.
        entry: u64,
    },
    /// What is to be committed is of a day in another step than the reservation.
    #[error(
        "{day} is not in the step of {account} for which reservation {reservation} was made, {from} through {through}: give the day of the shipment, or release {reservation} and reserve anew for that day"
    )]
    OtherStep {
        /// The reservation.
        reservation: u64,
        /// The account.
        account: Account,
        /// The day of what is to be committed.
        day: Date,
        /// The first day of the reservation's step.
        from: Date,
        /// Its last day.
        through: Date,
    },
    /// More goods are to be committed than were reserved.
    #[error("{asked} items are more than reservation {reservation} is for: {units}")]
    MoreUnits {
        /// The reservation.
        reservation: u64,
        /// How many were asked.
        asked: u64,
        /// How many it is for; none where it names no item.
        units: u64,
    },
    /// So many goods make no amount that can be written.
    #[error(
        "what {units} items make of the {held:#} that reservation {reservation} holds is no exact amount; give the amount too"
    )]
    NoWholeAmount {
        /// The reservation.
        reservation: u64,
        /// How many were asked.
        units: u64,
        /// What is held.
        held: Amount,
    },
    /// More is to be committed than was reserved.
    #[error("{asked:#} is more than reservation {reservation} holds: {held:#}")]
    MoreThanReserved {
        /// The reservation.
        reservation: u64,
        /// What was asked.
        asked: Amount,
        /// What is held.
        held: Amount,
    },
    /// The amount is no whole number of the goods reserved.
    #[error(
        "{asked:#} of the {held:#} that reservation {reservation} holds is no whole number of its {units} {item}; say how many items they are"
    )]
    NoWholeUnits {
        /// The reservation.
        reservation: u64,
        /// What was asked.
        asked: Amount,
        /// What is held.
        held: Amount,
        /// The item.
        item: String,
        /// How many it is for.
        units: u64,
    },
    /// More is to come off an account than is on it.
    #[error("{asked:#} is more than {account} has in use: {used:#}")]
    MoreThanUsed {
        /// The account.
        account: Account,
        /// What was asked.
        asked: Amount,
        /// What is used.
        used: Amount,
    },
    /// The books, as the store tells them, do not take what the rules allow.
    #[error("the books do not take it: {0}; run `weir ledger verify`")]
    Unfit(String),
    /// One of several movements asked for together, whose refusal names entries that the others
    /// would have made. None was made.
    #[error(
        "none of these movements was recorded, and the entries named here would be those of movements {}: {why}",
        places(.entries)
    )]
    Together {
        /// Why it was refused.
        why: Box<Refusal>,
        /// The entries, each with the place of its movement, from 0.
        entries: Vec<(u64, usize)>,
    },
}

fn places(entries: &[(u64, usize)]) -> String {
    let places: Vec<String> = entries.iter().map(|(_, at)| (at + 1).to_string()).collect();
    places.join(", ")
}

impl From<Misfit> for Refusal {
    fn from(misfit: Misfit) -> Refusal {
        match misfit {
            Misfit::Balance(account) => Refusal::SumTooLarge(account),
            other => Refusal::Unfit(other.to_string()),
        }
    }
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}

fn fits(placed: Option<Amount>) -> String {
    let said = |room| format!("; {room:#} can be placed, as it counts in the whole too");
    placed.map(said).unwrap_or_default()
}

impl Refusal {
    /// What an account without terms means for a request.
    pub fn of_terms(account: &Account, why: NoTerms) -> Refusal {
        match why {
            NoTerms::UnknownQuota(nearest) => {
                Refusal::UnknownQuota { name: account.quota.clone(), nearest }
            }
            NoTerms::WrongKey(expected) => {
                Refusal::WrongAccountKey { account: account.clone(), expected }
            }
        }
    }

    /// The refusal's word in files and answers.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::BadKey => "bad_key",
            Refusal::KeyReused { .. } => "key_reused",
            Refusal::BadText { .. } => "bad_text",
            Refusal::NoSource => "no_source",
            Refusal::NotPositive(_) => "not_positive",
            Refusal::BadShare(_) => "bad_share",
            Refusal::NoAccount => "no_account",
            Refusal::AccountTwice(_) => "account_twice",
            Refusal::UnknownQuota { .. } => "unknown_quota",
            Refusal::WrongAccountKey { .. } => "wrong_account_key",
            Refusal::WithoutWhole { .. } => "without_whole",
            Refusal::ExpiryPast { .. } => "expiry_past",
            Refusal::DayAhead { .. } => "day_ahead",
            Refusal::NoAttrition(_) => "no_attrition",
            Refusal::CannotRaise(_) => "cannot_raise",
            Refusal::RaisesNothing { .. } => "raises_nothing",
            Refusal::NoLimit { .. } => "no_limit",
            Refusal::SumTooLarge(_) => "sum_too_large",
            Refusal::Over { .. } => "over_limit",
            Refusal::NotReserved(_) | Refusal::NoSuchReservation(_) => "not_reserved",
            Refusal::AlreadyCommitted { .. } => "already_committed",
            Refusal::AlreadyReleased { .. } => "already_released",
            Refusal::AlreadyExpired { .. } => "already_expired",
            Refusal::OtherStep { .. } => "other_step",
            Refusal::MoreUnits { .. } => "more_units",
            Refusal::NoWholeAmount { .. } => "no_whole_amount",
            Refusal::MoreThanReserved { .. } => "more_than_reserved",
            Refusal::NoWholeUnits { .. } => "no_whole_units",
            Refusal::MoreThanUsed { .. } => "more_than_used",
            Refusal::Unfit(_) => "unfit",
            Refusal::Together { why, .. } => why.code(),
        }
    }

    /// The refusal of one of several movements asked for together, where `made` finds the place of
    /// the movement that would have made an entry: it names no entry as if it were there.
    pub(crate) fn together(self, made: impl Fn(u64) -> Option<usize>) -> Refusal {
        let named: Vec<u64> = match &self {
            Refusal::KeyReused { entry, .. } => vec![*entry],
            Refusal::AlreadyCommitted { reservation, entry }
            | Refusal::AlreadyReleased { reservation, entry }
            | Refusal::AlreadyExpired { reservation, entry } => vec![*reservation, *entry],
            Refusal::OtherStep { reservation, .. }
            | Refusal::MoreUnits { reservation, .. }
            | Refusal::NoWholeAmount { reservation, .. }
            | Refusal::MoreThanReserved { reservation, .. }
            | Refusal::NoWholeUnits { reservation, .. } => vec![*reservation],
            _ => Vec::new(),
        };
        let entries = named.into_iter().filter_map(|entry| Some((entry, made(entry)?)));
        let entries: Vec<(u64, usize)> = entries.collect();
        if entries.is_empty() {
            return self;
        }
        Refusal::Together { why: Box::new(self), entries }
    }
}

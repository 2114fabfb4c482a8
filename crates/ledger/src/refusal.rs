//! Why a request moved nothing.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account::{Account, NoTerms};
use crate::amount::Amount;

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
    /// A part is to move without its whole.
    #[error(
        "{account} is a share of {whole}, which has to be moved with it: name both in one movement"
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
        "{account} has no room for {asked:#}: its limit from {step} is {limit:#}, {used:#} are used and {held:#} held; {short:#} too much"
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
        /// By how much it would be crossed.
        short: Amount,
    },
    /// No entry has this number, or it reserves nothing.
    #[error("entry {0} is no reservation")]
    NotReserved(u64),
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
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
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
            Refusal::NoLimit { .. } => "no_limit",
            Refusal::SumTooLarge(_) => "sum_too_large",
            Refusal::Over { .. } => "over_limit",
            Refusal::NotReserved(_) => "not_reserved",
            Refusal::AlreadyCommitted { .. } => "already_committed",
            Refusal::AlreadyReleased { .. } => "already_released",
            Refusal::AlreadyExpired { .. } => "already_expired",
            Refusal::MoreThanReserved { .. } => "more_than_reserved",
            Refusal::MoreThanUsed { .. } => "more_than_used",
        }
    }
}

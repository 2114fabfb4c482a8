//! What a ledger can be asked, and what it records.

use std::fmt;
use std::num::NonZeroU64;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::account::Account;
use crate::amount::Amount;

/// A request for a movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The caller's name for it: the same key with the same content is answered as before, with
    /// other content refused.
    ///
    /// Keys that begin with the time (UUIDv7 of RFC 9562, ULID) are written faster in SQLite than
    /// random ones, 1.4 times as many a second: the index of keys grows at its end, and a commit
    /// changes a page or two of it; random keys change one page each.
    pub key: String,
    /// Who asks.
    pub by: String,
    /// What is asked.
    pub ask: Ask,
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Holds an amount on every account named, or on none.
    Reserve {
        /// The day of the shipment, which decides on the step of a limit; the day on which it is
        /// recorded (UTC) where none is given.
        day: Option<Date>,
        /// The amount, the same on each account.
        amount: Amount,
        /// The accounts.
        accounts: Vec<Account>,
        /// When it lapses.
        expiry: Expiry,
        /// What it is for, such as an order line.
        note: Note,
    },
    /// Turns a reservation into use, in full or in part; the rest returns.
    Commit {
        /// The reservation.
        reservation: Reserved,
        /// How much; all of it where none is given.
        amount: Option<Amount>,
        /// How many of the reservation's goods; where none are given, as many as the amount makes.
        units: Option<NonZeroU64>,
        /// The day of the shipment or receipt, for reports: it counts in the step in which it was
        /// reserved. The day on which it is recorded (UTC) where none is given.
        day: Option<Date>,
    },
    /// Gives a reservation up.
    Release {
        /// The reservation.
        reservation: Reserved,
    },
    /// Takes what failed, was lost, relocated or resold off the accounts.
    Retire {
        /// The day; the one on which it is recorded (UTC) where none is given.
        day: Option<Date>,
        /// The amount, the same on each account.
        amount: Amount,
        /// The accounts.
        accounts: Vec<Account>,
        /// Why.
        reason: Reason,
        /// What it is about.
        note: Note,
    },
    /// Takes over an outside figure, such as the total that a regulator published.
    Adjust {
        /// The day it is about; the one on which it is recorded (UTC) where none is given.
        day: Option<Date>,
        /// The account.
        account: Account,
        /// The figure.
        to: Adjustment,
        /// The goods of which it is so much more or less, where they are known.
        goods: Option<Goods>,
        /// Where the figure is from.
        source: String,
    },
    /// Records another limit of an account, such as after assurances between governments.
    Raise {
        /// The account.
        account: Account,
        /// The limit that the text's own formula then works with.
        limit: Amount,
        /// Where it is from.
        source: String,
    },
    /// Records who owns whom, for quotas that count for the ultimate owner.
    Own {
        /// Whose shares they are.
        owned: String,
        /// Who holds them.
        owner: String,
        /// The share, 0 to 1.
        share: Amount,
        /// Where it is from.
        source: String,
    },
}

/// Which reservation is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// The one that this entry made.
    Entry(u64),
    /// The one that is made under this request key among the movements asked for together, or was
    /// made so when they were asked for before.
    Request(String),
}

impl From<u64> for Reserved {
    fn from(number: u64) -> Reserved {
        Reserved::Entry(number)
    }
}

/// An instant in the microseconds of the journal: what is finer is cut off.
pub(crate) fn whole_micros(at: Timestamp) -> Timestamp {
    // The last second of all has no microseconds that could be read again.
    let whole_second = || Timestamp::from_second(at.as_second()).unwrap_or(at);
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or_else(|_| whole_second())
}

/// What a movement is about, in words and in goods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// In the caller's words.
    pub text: String,
    /// The goods, where they are known.
    pub goods: Option<Goods>,
}

/// So many of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    /// The item, such as a key of the chip catalogue.
    pub item: String,
    /// How many, in the item's own units.
    pub units: NonZeroU64,
}

impl From<String> for Note {
    fn from(text: String) -> Note {
        Note { text, goods: None }
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Note {
        Note::from(text.to_owned())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Note { text, goods } = self;
        match goods {
            None => write!(out, "{text}"),
            Some(Goods { item, units }) if text.is_empty() => write!(out, "{units} × {item}"),
            Some(Goods { item, units }) => write!(out, "{units} × {item}, {text}"),
        }
    }
}

/// When a reservation lapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// At an instant.
    At(Timestamp),
    /// So many seconds after it is recorded.
    After(u32),
    /// Whenever: another movement asked for together with it ends it. 30 days after it is recorded.
    Any,
}

/// Why something comes off an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It no longer works.
    Failed,
    /// It is lost.
    Lost,
    /// It was damaged.
    Damaged,
    /// It was moved elsewhere.
    Relocated,
    /// It was sold on.
    Resold,
}

impl Reason {
    /// All, in the order of 15 CFR 748.15(a)(2)(iii)(B).
    pub const ALL: [Reason; 5] =
        [Reason::Lost, Reason::Damaged, Reason::Failed, Reason::Relocated, Reason::Resold];

    /// Its word in files.
    pub fn word(self) -> &'static str {
        match self {
            Reason::Failed => "failed",
            Reason::Lost => "lost",
            Reason::Damaged => "damaged",
            Reason::Relocated => "relocated",
            Reason::Resold => "resold",
        }
    }

    /// The reason of a word.
    pub fn parse(word: &str) -> Option<Reason> {
        Reason::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// An outside figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// What is used is this much.
    To(Amount),
    /// So much more, or less where it is negative.
    By(Amount),
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The request's key; an expiry, which nobody asks for, has none.
    pub key: Option<String>,
    /// Who asked.
    pub by: String,
    /// What happened.
    pub event: Event,
}

/// One account that an entry moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The account.
    pub account: Account,
    /// The first day of the step the movement falls in.
    pub step: Date,
    /// The limit it was checked against, where there was one.
    pub limit: Option<Amount>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An amount is held.
    Reserve {
        /// The day of the shipment.
        day: Date,
        /// The amount on each account.
        amount: Amount,
        /// The accounts.
        legs: Vec<Leg>,
        /// When it lapses.
        expires: Timestamp,
        /// The seconds it was asked for, where it was asked so.
        after: Option<u32>,
        /// What it is for.
        note: Note,
    },
    /// A reservation is used.
    Commit {
        /// Its number.
        reservation: u64,
        /// What is used.
        amount: Amount,
        /// What returns.
        returned: Amount,
        /// How many of the reservation's goods; entries of earlier versions do not say.
        units: Option<NonZeroU64>,
        /// The day of the shipment or receipt; entries of earlier versions do not say.
        day: Option<Date>,
    },
    /// A reservation is given up.
    Release {
        /// Its number.
        reservation: u64,
        /// What returns.
        returned: Amount,
    },
    /// A reservation lapsed.
    Expire {
        /// Its number.
        reservation: u64,
        /// What returns.
        returned: Amount,
        /// When it was due.
        due: Timestamp,
    },
    /// Something comes off the accounts.
    Retire {
        /// The day.
        day: Date,
        /// The amount on each account.
        amount: Amount,
        /// The accounts.
        legs: Vec<Leg>,
        /// Why.
        reason: Reason,
        /// What it is about.
        note: Note,
    },
    /// An outside figure is taken over.
    Adjust {
        /// The day it is about.
        day: Date,
        /// The account.
        leg: Leg,
        /// The change.
        by: Amount,
        /// The total, where that was the figure.
        to: Option<Amount>,
        /// The goods of the change, where they are known; entries of earlier versions say none.
        goods: Option<Goods>,
        /// Where it is from.
        source: String,
    },
    /// An account has another limit.
    Raise {
        /// The account.
        account: Account,
        /// The limit.
        limit: Amount,
        /// Where it is from.
        source: String,
    },
    /// Who owns whom.
    Own {
        /// Whose shares they are.
        owned: String,
        /// Who holds them.
        owner: String,
        /// The share, 0 to 1.
        share: Amount,
        /// Where it is from.
        source: String,
    },
}

impl Event {
    /// Its word in the journal and in files.
    pub fn word(&self) -> &'static str {
        match self {
            Event::Reserve { .. } => "reserve",
            Event::Commit { .. } => "commit",
            Event::Release { .. } => "release",
            Event::Expire { .. } => "expire",
            Event::Retire { .. } => "retire",
            Event::Adjust { .. } => "adjust",
            Event::Raise { .. } => "raise",
            Event::Own { .. } => "own",
        }
    }

    /// The reservation it ends.
    pub fn reservation(&self) -> Option<u64> {
        match self {
            Event::Commit { reservation, .. }
            | Event::Release { reservation, .. }
            | Event::Expire { reservation, .. } => Some(*reservation),
            _ => None,
        }
    }

    /// Whether a request asks for what happened here, where `same_account` says whether what is
    /// asked of an account is held on another: that of its owner. What a request leaves to the
    /// ledger is the same whatever the ledger took.
    pub fn answers(&self, ask: &Ask, same_account: impl Fn(&Account, &Account) -> bool) -> bool {
        let accounts_of = |legs: &[Leg], accounts: &[Account]| {
            legs.iter().map(|leg| &leg.account).eq(accounts.iter())
        };
        // A day that the ledger chose is whichever it chose the first time.
        let is_day = |day: Date, asked: Option<Date>| asked.is_none_or(|asked| asked == day);
        match (self, ask) {
            (
                Event::Reserve { day, amount, legs, expires, after, note },
                Ask::Reserve { day: day2, amount: amount2, accounts, expiry, note: note2 },
            ) => {
                let expiry = match expiry {
                    // The instant itself is the same, however it was asked for.
                    Expiry::At(at) => whole_micros(*at) == *expires,
                    Expiry::After(seconds) => *after == Some(*seconds),
                    Expiry::Any => true,
                };
                let same = is_day(*day, *day2) && (amount, note) == (amount2, note2);
                let of = |(leg, asked): (&Leg, &Account)| same_account(&leg.account, asked);
                same && expiry && legs.len() == accounts.len() && legs.iter().zip(accounts).all(of)
            }
            (
                Event::Commit { reservation, amount, returned, units, day },
                Ask::Commit { reservation: of, amount: amount2, units: units2, day: day2 },
            ) => {
                let same = match amount2 {
                    Some(asked) => asked == amount,
                    None => units2.is_some() || *returned == Amount::ZERO,
                };
                let same = same && units2.is_none_or(|asked| *units == Some(asked));
                let same = same && day2.is_none_or(|asked| *day == Some(asked));
                *of == Reserved::Entry(*reservation) && same
            }
            (Event::Release { reservation, .. }, Ask::Release { reservation: of }) => {
                *of == Reserved::Entry(*reservation)
            }
            (
                Event::Retire { day, amount, legs, reason, note },
                Ask::Retire { day: day2, amount: amount2, accounts, reason: reason2, note: note2 },
            ) => {
                is_day(*day, *day2)
                    && (amount, reason, note) == (amount2, reason2, note2)
                    && accounts_of(legs, accounts)
            }
            (
                Event::Adjust { day, leg, by, to, goods, source },
                Ask::Adjust { day: day2, account, to: asked, goods: goods2, source: source2 },
            ) => {
                let same = match asked {
                    Adjustment::To(total) => *to == Some(*total),
                    Adjustment::By(change) => to.is_none() && by == change,
                };
                let same = same && (&leg.account, goods, source) == (account, goods2, source2);
                is_day(*day, *day2) && same
            }
            (
                Event::Raise { account, limit, source },
                Ask::Raise { account: account2, limit: limit2, source: source2 },
            ) => (account, limit, source) == (account2, limit2, source2),
            (
                Event::Own { owned, owner, share, source },
                Ask::Own { owned: owned2, owner: owner2, share: share2, source: source2 },
            ) => (owned, owner, share, source) == (owned2, owner2, share2, source2),
            _ => false,
        }
    }
}

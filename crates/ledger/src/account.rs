//! Accounts, and the terms on which a quota lets an account be drawn on.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use jiff::civil::Date;

use crate::amount::Amount;

/// An account: a quota, and whose it is. Copies are cheap, and share what they say.
///
/// The key has one text for each key fact of the quota's block, in the block's order, and the year
/// as a last one where the quota is for a calendar year: `lpp-limit`, `["Acme", "2025"]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account(Arc<Name>);

/// What an account is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name {
    /// The quota's name: its id in the packs, or the fact's name for the whole of a ratio.
    pub quota: String,
    /// Whose it is.
    pub key: Vec<String>,
}

impl Account {
    /// An account by its quota and key.
    pub fn new(quota: &str, key: &[&str]) -> Account {
        Account::of(quota.to_owned(), key.iter().map(|part| (*part).to_owned()).collect())
    }

    /// The same from texts that are there already.
    pub fn of(quota: String, key: Vec<String>) -> Account {
        Account(Arc::new(Name { quota, key }))
    }
}

impl Deref for Account {
    type Target = Name;

    fn deref(&self) -> &Name {
        &self.0
    }
}

impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a terminal would obey is shown, not sent.
        let plain = |text: &str| -> String {
            let shown = |letter: char| match letter.is_control() {
                true => letter.escape_default().collect(),
                false => letter.to_string(),
            };
            text.chars().map(shown).collect()
        };
        write!(out, "{} [{}]", plain(&self.quota), plain(&self.key.join(", ")))
    }
}

/// What bounds an account for some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// At most so much.
    Amount(Amount),
    /// At most this share of another account, `share.0 / share.1`.
    Share {
        /// Numerator and denominator.
        share: (u64, u64),
        /// The whole of which the account is a part.
        whole: Account,
    },
    /// Nothing: the account only counts.
    Unlimited,
}

/// A limit, and the days whose movements it bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The limit.
    pub limit: Limit,
}

/// The terms of an account: steps by day, the earliest first.
///
/// What is drawn in one step counts in the later ones too: an installed base has one ceiling a
/// quarter, and what was installed stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The steps.
    pub steps: Vec<Step>,
    /// Other parts of the same whole in which all falls that falls in this one: the share of all
    /// countries, for that of one.
    pub beside: Vec<Account>,
    /// Whether the first of the key is a company whose ultimate owner's account it is, and the
    /// amounts on the accounts of all that one owns count together.
    pub consolidated: bool,
    /// The first day that the text counts, where it is before the first on which the quota bounds
    /// anything: figures from outside may be of days from then on.
    pub counts_from: Option<Date>,
    /// Whether what is lost or leaves comes off: the account counts what is there, and not what was
    /// drawn.
    pub takes_off: bool,
}

impl Terms {
    /// The step a day falls in; `None` where the text states none.
    pub fn step(&self, day: Date) -> Option<&Step> {
        self.steps.iter().find(|step| step.from <= day && day <= step.through)
    }

    /// The account whose share bounds this one.
    pub fn whole(&self) -> Option<&Account> {
        self.steps.iter().find_map(|step| match &step.limit {
            Limit::Share { whole, .. } => Some(whole),
            _ => None,
        })
    }
}

/// Why an account has no terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoTerms {
    /// No quota has this name; the nearest one that exists.
    UnknownQuota(Option<String>),
    /// The key does not fit the quota; what it should hold.
    WrongKey(Vec<String>),
}

/// Where the terms of accounts come from: the law packs, or a table in a test.
pub trait Quotas: Send + Sync {
    /// The terms of an account, where `raised` is a limit that was recorded for it.
    ///
    /// # Errors
    /// See [`NoTerms`].
    fn terms(&self, account: &Account, raised: Option<Amount>) -> Result<Terms, NoTerms>;

    /// Whether a limit that is recorded for an account can change its terms.
    fn can_raise(&self, account: &Account) -> bool;
}

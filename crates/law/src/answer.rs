//! What a decision answers: the outcome in both readings, the chain behind it, what is due and what
//! is not known. Rules are referred to by their index; words are put to them elsewhere.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::law::{RuleId, StatusId};
use crate::node::DoubtSource;
use crate::number::Num;
use crate::pack::{Policy, Reading};
use crate::vocabulary::FactId;

/// What the law says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// No license is required.
    NoLicenseRequired,
    /// At least one exception covers the whole line.
    LicenseException,
    /// A license is required.
    LicenseRequired,
    /// The facts given, or the text itself, do not settle it.
    Unresolved,
}

impl Outcome {
    /// All, in the order of reports.
    pub const ALL: [Outcome; 4] = [
        Outcome::LicenseRequired,
        Outcome::Unresolved,
        Outcome::LicenseException,
        Outcome::NoLicenseRequired,
    ];

    /// The word of the answers.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::NoLicenseRequired => "no_license_required",
            Outcome::LicenseException => "license_exception",
            Outcome::LicenseRequired => "license_required",
            Outcome::Unresolved => "unresolved",
        }
    }
}

/// The answer for one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Determination {
    /// The day it was decided for.
    pub date: Date,
    /// The paragraphs the item falls under, by index of their codes.
    pub classification: Vec<u16>,
    /// The two readings of the day.
    pub readings: [Answer; 2],
}

impl Determination {
    /// One of the two readings.
    pub fn reading(&self, reading: Reading) -> &Answer {
        &self.readings[reading as usize]
    }
}

/// The answer in one reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the law says.
    pub outcome: Outcome,
    /// The exceptions that cover the line, by index of their codes, the one taken first.
    pub exceptions: Vec<u8>,
    /// How an application is reviewed.
    pub policy: Option<Policy>,
    /// The chain that carries the outcome.
    pub because: Vec<Because>,
    /// What is due.
    pub obligations: Vec<Due>,
    /// What the line draws on quotas.
    pub draws: Vec<Draw>,
    /// Red flags and remarks.
    pub flags: Vec<Flag>,
    /// Facts that would settle an open outcome.
    pub missing: Vec<FactId>,
    /// Texts that keep it open.
    pub doubts: Vec<DoubtSource>,
}

/// A link of the chain.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// A rule that holds.
    Rule(RuleId),
    /// A requirement that is about the transaction and does not hold.
    Otherwise(RuleId),
    /// A requirement that would hold and is out of force.
    Suspended(RuleId, StatusId),
    /// A quota that has no room.
    Full(Draw),
    /// No requirement is about the transaction.
    NoRequirement,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The rule.
    pub rule: RuleId,
    /// The day, where the rule gives one.
    pub date: Option<Date>,
}

/// What a line draws on a quota.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The quota.
    pub quota: RuleId,
    /// The account: its key facts, and the year of a calendar year.
    pub key: Option<String>,
    /// The amount.
    pub amount: Num,
    /// What is left afterwards; below zero by how much the limit is crossed.
    pub remaining: Num,
    /// The limit, of a ratio in units of the whole.
    pub limit: Num,
}

/// A red flag or remark.
#[derive(Clone, Debug, PartialEq)]
pub enum Flag {
    /// A `flag` block, or a doubt that only remarks.
    Rule(RuleId),
    /// A rule in force that does not bind yet.
    Coming(RuleId),
    /// An obligation that may be due.
    MayBeDue(RuleId, Vec<FactId>),
    /// The review policy depends on facts not given, or on texts in doubt.
    PolicyOpen(Vec<FactId>, Vec<DoubtSource>),
    /// The day is later than the packs were verified for.
    Unverified,
    /// The day is before the first rule of the packs.
    BeforeFirst,
    /// The answer rests on a hypothetical pack.
    Hypothetical(usize),
}

/// What earlier lines of the same file drew: per reading, quota and account, the amount and what it
/// added to the whole of a ratio.
#[derive(Debug, Default)]
pub struct Carry {
    drawn: HashMap<Account, (Num, Num)>,
    held: HashMap<(RuleId, String), Num>,
}

/// An account of a quota in one reading, by its key.
pub type Account = (Reading, RuleId, String);

impl Carry {
    /// Counts what a line draws. A sum that would not fit stays as it was.
    pub fn add(&mut self, determination: &Determination) {
        for reading in Reading::BOTH {
            for draw in &determination.reading(reading).draws {
                let Some(key) = &draw.key else { continue };
                let entry = self
                    .drawn
                    .entry((reading, draw.quota, key.clone()))
                    .or_insert((Num::ZERO, Num::ZERO));
                entry.0 = entry.0.checked_add(draw.amount).unwrap_or(entry.0);
                entry.1 = entry.1.checked_add(draw.amount).unwrap_or(entry.1);
            }
        }
    }

    /// Says what is held for a part of a ratio: `used` has it already, and it counts in the whole
    /// for that part alone, as nothing says that it arrives.
    pub fn hold(&mut self, quota: RuleId, key: String, amount: Num) {
        if amount.is_zero() {
            self.held.remove(&(quota, key));
        } else {
            self.held.insert((quota, key), amount);
        }
    }

    /// Whether anything was drawn or is held on one of these accounts.
    pub fn touches(&self, accounts: &[Account]) -> bool {
        let is_held = |account: &Account| {
            !self.held.is_empty() && self.held.contains_key(&(account.1, account.2.clone()))
        };
        (!self.drawn.is_empty() || !self.held.is_empty())
            && accounts.iter().any(|one| self.drawn.contains_key(one) || is_held(one))
    }

    pub(crate) fn before(&self, account: &Account) -> (Num, Num) {
        let (drawn, whole) = self.drawn.get(account).copied().unwrap_or((Num::ZERO, Num::ZERO));
        let held = match self.held.is_empty() {
            true => None,
            false => self.held.get(&(account.1, account.2.clone())),
        };
        (drawn, held.and_then(|held| whole.checked_add(*held)).unwrap_or(whole))
    }
}

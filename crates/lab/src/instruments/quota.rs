//! How many chips a quota of the law packs is.
//!
//! ```text
//! chips = ⌊ limit (TPP) ÷ TPP of one chip ⌋
//! ```
//!
//! Units: TPP, total processing performance as 3A090 defines it (the greatest of 2 × MacTOPS × bit
//! length of an operation, that is, TOPS × bit length); exact fractions, no float.
//!
//! Limits come from the packs' `quota` blocks on the days they say, also the highest that a raised
//! limit may reach; nothing of them stands here. A share of a whole (`ratio`) is no number of chips
//! and is left out.
//!
//! Taken for granted: a quota is filled with one kind of chip, each alone in its item.

use jiff::civil::Date;
use law::accounts::{Span, SpanLimit};
use law::pack::QuotaKind;
use law::{Facts, Law, Num, Value};

use crate::table::{Table, TableError};

/// One kind of chip, or a unit such as the H100 equivalent.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// What it is called.
    pub name: String,
    /// Its TPP.
    pub tpp: Num,
}

/// A limit of a quota for some days.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The quota's id.
    pub quota: String,
    /// Where it is cited.
    pub cite: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The limit, in the unit.
    pub limit: Num,
    /// The unit of the pack, such as TPP.
    pub unit: String,
    /// Whether this is the highest limit that may be recorded, and not the one of the text alone.
    pub raised: bool,
}

impl Limit {
    /// How many of a chip fit; `None` where the chip has no TPP or the number does not fit.
    pub fn chips(&self, chip: &Chip) -> Option<u64> {
        if chip.tpp.is_zero() || chip.tpp.is_negative() || self.limit.is_negative() {
            return None;
        }
        // Decimals are cut toward zero, so no decimals is the floor of what is not negative.
        self.limit.checked_div(chip.tpp)?.to_decimals(0).parse().ok()
    }
}

/// The limits in TPP that the packs set for a destination and a calendar year, in the packs' order
/// and each quota's earliest days first.
///
/// Only spans that touch the year are given, and only those in which something that goes to the
/// destination can draw on the quota: a consignee's limit is none where no exception lets anything
/// go. A company is named only because an account needs a name: the limits of the packs do not
/// depend on it.
pub fn limits(law: &Law, destination: &str, year: i16) -> Vec<Limit> {
    // Above every limit: the text then says how far it lets itself be raised.
    let beyond = Num::int(10_i128.pow(24));
    let facts = going_to(law, destination);
    let mut limits: Vec<Limit> = Vec::new();
    for rule in law.quotas() {
        if rule.quota.kind == QuotaKind::Ratio || rule.quota.unit != "TPP" {
            continue;
        }
        let id = &rule.rule.rule.id;
        if limits.iter().any(|limit| limit.quota == *id) {
            // `spans` gives all versions of a quota at once.
            continue;
        }
        let Some(key) = key(law, &rule.key_names(), destination, year) else { continue };
        let spans = |raised| law.spans(id, &key, raised).unwrap_or_default();
        let plain = spans(None);
        let raised = spans(Some(beyond));
        let wanted = |span: &&Span| {
            let days = in_year((span.from, span.through), year);
            days.is_some_and(|(from, through)| law.can_draw(id, &facts, from, through))
        };
        let limit = |span: &Span, raised| {
            let SpanLimit::Amount(amount) = &span.limit else { return None };
            Some(Limit {
                quota: id.clone(),
                cite: rule.rule.rule.cite.clone(),
                from: span.from,
                through: span.through,
                limit: *amount,
                unit: rule.quota.unit.clone(),
                raised,
            })
        };
        limits.extend(plain.iter().filter(wanted).filter_map(|span| limit(span, false)));
        let higher = raised.iter().filter(wanted).filter(|span| !plain.contains(span));
        limits.extend(higher.filter_map(|span| limit(span, true)));
    }
    limits
}

/// What is known of all that goes to a destination.
fn going_to(law: &Law, destination: &str) -> Facts {
    let mut facts = Facts::new(law.vocabulary());
    if let Some(fact) = law.vocabulary().find("destination")
        && let Ok(Some(value)) = law.vocabulary().fact(fact).parse(destination)
    {
        facts.set(fact, Some(value));
    }
    facts
}

/// The days of a calendar year that lie among these; `None` where none does.
fn in_year((from, through): (Date, Date), year: i16) -> Option<(Date, Date)> {
    let first = Date::new(year, 1, 1).ok()?.max(from);
    let last = Date::new(year, 12, 31).ok()?.min(through);
    (first <= last).then_some((first, last))
}

/// The key of an account: the destination, the year, and a name where a party is asked for.
fn key(law: &Law, names: &[String], destination: &str, year: i16) -> Option<Vec<String>> {
    let part = |name: &String| {
        if name == "year" {
            return Some(year.to_string());
        }
        let fact = law.vocabulary().fact(law.vocabulary().find(name)?);
        match fact.parse(destination) {
            Ok(Some(Value::Country(_))) => Some(destination.to_owned()),
            _ => Some("any company".to_owned()),
        }
    };
    names.iter().map(part).collect()
}

/// The units that the program carries: an H100 equivalent and what it is.
pub const UNITS: &str = include_str!("../../../../data/lab/units.csv");

/// What [`UNITS`] is called.
pub const UNITS_NAME: &str = "data/lab/units.csv";

/// The units that the program carries, as kinds of chips.
///
/// # Errors
/// A table that cannot be read.
pub fn units() -> Result<Vec<Chip>, TableError> {
    let table = Table::read(UNITS_NAME, UNITS)?;
    let (unit, tpp) = (table.column("unit")?, table.column("tpp")?);
    let chip = |row: usize| {
        let number = Num::parse(table.text(row, tpp));
        let number = number.map_err(|_| table.unusable(row, tpp, "this is no number of TPP"))?;
        Ok(Chip { name: table.text(row, unit).to_owned(), tpp: number })
    };
    (0..table.len()).map(chip).collect()
}

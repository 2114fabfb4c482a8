//! What moves from one outcome to another where another law decides the same rows: how many lines,
//! how much performance and how much money, by what they have in common.
//!
//! Sums are exact. What is kept grows with the months, countries, products and rules that there
//! are, up to a bound, and not with the rows.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use law::{Answer, Num, Outcome, Policy, Reading};

/// So many decimals a fact may have, and so many a sum has.
const DECIMALS: u32 = 15;
const UNIT: i128 = 10i128.pow(DECIMALS);

/// How many values of one property are kept apart.
pub const MOST_VALUES: usize = 50_000;

/// An exact sum of decimals: whole numbers, and what is left in units of 10⁻¹⁵.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sum {
    whole: i128,
    rest: i128,
}

impl Sum {
    /// Nothing.
    pub const ZERO: Sum = Sum { whole: 0, rest: 0 };

    /// A number; `None` where it has more than fifteen decimals.
    pub fn of(number: Num) -> Option<Sum> {
        let (whole, rest) = number.split(DECIMALS)?;
        Some(Sum { whole, rest })
    }

    /// So many times as much; `None` where that does not fit.
    pub fn times(self, count: i128) -> Option<Sum> {
        let rest = self.rest.checked_mul(count)?;
        let whole = self.whole.checked_mul(count)?.checked_add(rest.div_euclid(UNIT))?;
        Some(Sum { whole, rest: rest.rem_euclid(UNIT) })
    }

    /// Adds another. Facts have bounds, so that no number of rows can go beyond what fits.
    pub fn add(&mut self, other: Sum) {
        let rest = self.rest + other.rest;
        self.whole = self.whole.saturating_add(other.whole).saturating_add(rest / UNIT);
        self.rest = rest % UNIT;
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self == Sum::ZERO
    }

    /// The whole number at or below it.
    pub fn whole(self) -> i128 {
        self.whole
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.whole)?;
        if self.rest == 0 {
            return Ok(());
        }
        let digits = format!("{:015}", self.rest);
        write!(out, ".{}", digits.trim_end_matches('0'))
    }
}

/// What rows amount to. What is not known of a row is no zero: such rows are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Rows.
    pub lines: u64,
    /// Processing performance: quantity, chips in one and TPP of a chip, multiplied.
    pub tpp: Sum,
    /// Rows of which it is not known, or that are no chips and hold none.
    pub without_tpp: u64,
    /// Value in U.S. dollars.
    pub usd: Sum,
    /// Rows of which it is not known.
    pub without_usd: u64,
}

impl Amounts {
    /// One row.
    pub fn row(tpp: Option<Sum>, usd: Option<Sum>) -> Amounts {
        Amounts {
            lines: 1,
            tpp: tpp.unwrap_or_default(),
            without_tpp: u64::from(tpp.is_none()),
            usd: usd.unwrap_or_default(),
            without_usd: u64::from(usd.is_none()),
        }
    }

    /// Adds others.
    pub fn add(&mut self, other: &Amounts) {
        self.lines += other.lines;
        self.tpp.add(other.tpp);
        self.without_tpp += other.without_tpp;
        self.usd.add(other.usd);
        self.without_usd += other.without_usd;
    }
}

/// Where a row stands: its outcome, and how an application is reviewed where a license is required.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// No license is required.
    Free,
    /// An exception covers it.
    Exception,
    /// A license is required, and presumed to be granted.
    Approval,
    /// A license is required; each application is weighed.
    CaseByCase,
    /// A license is required, and no one policy is stated or settled.
    NoPolicy,
    /// A license is required, and presumed to be denied.
    Denial,
    /// A license is required and is not granted.
    NoGrant,
    /// The facts given, or the text, do not settle it.
    Unresolved,
}

impl Standing {
    /// All, from the freest on.
    pub const ALL: [Standing; 8] = [
        Standing::Free,
        Standing::Exception,
        Standing::Approval,
        Standing::CaseByCase,
        Standing::NoPolicy,
        Standing::Denial,
        Standing::NoGrant,
        Standing::Unresolved,
    ];

    /// Where an answer stands.
    pub fn of(answer: &Answer) -> Standing {
        match (answer.outcome, answer.policy) {
            (Outcome::NoLicenseRequired, _) => Standing::Free,
            (Outcome::LicenseException, _) => Standing::Exception,
            (Outcome::Unresolved, _) => Standing::Unresolved,
            (Outcome::LicenseRequired, None) => Standing::NoPolicy,
            (Outcome::LicenseRequired, Some(Policy::PresumptionOfApproval)) => Standing::Approval,
            (Outcome::LicenseRequired, Some(Policy::CaseByCase)) => Standing::CaseByCase,
            (Outcome::LicenseRequired, Some(Policy::PresumptionOfDenial)) => Standing::Denial,
            (Outcome::LicenseRequired, Some(Policy::PolicyOfDenial)) => Standing::NoGrant,
        }
    }

    /// The outcome.
    pub fn outcome(self) -> Outcome {
        match self {
            Standing::Free => Outcome::NoLicenseRequired,
            Standing::Exception => Outcome::LicenseException,
            Standing::Unresolved => Outcome::Unresolved,
            _ => Outcome::LicenseRequired,
        }
    }

    /// The review policy.
    pub fn policy(self) -> Option<Policy> {
        match self {
            Standing::Approval => Some(Policy::PresumptionOfApproval),
            Standing::CaseByCase => Some(Policy::CaseByCase),
            Standing::Denial => Some(Policy::PresumptionOfDenial),
            Standing::NoGrant => Some(Policy::PolicyOfDenial),
            _ => None,
        }
    }
}

/// From where to where rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// Where they stand under the first law.
    pub from: Standing,
    /// Where they stand under the second.
    pub to: Standing,
}

/// Which way rows go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Nowhere.
    Stays,
    /// To more restraint: from none to an exception, to a license, to a denial.
    Stricter,
    /// To less.
    Easier,
    /// To or from what is not settled.
    Open,
}

impl Direction {
    /// The word of the tables.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Stays => "stays",
            Direction::Stricter => "stricter",
            Direction::Easier => "easier",
            Direction::Open => "open",
        }
    }
}

impl Flow {
    /// How many there are.
    const COUNT: usize = Standing::ALL.len() * Standing::ALL.len();

    pub(crate) fn index(self) -> usize {
        self.from as usize * Standing::ALL.len() + self.to as usize
    }

    pub(crate) fn at(index: usize) -> Flow {
        let (from, to) = (index / Standing::ALL.len(), index % Standing::ALL.len());
        Flow { from: Standing::ALL[from % 8], to: Standing::ALL[to] }
    }

    /// Whether the outcome is another.
    pub fn changes_outcome(self) -> bool {
        self.from.outcome() != self.to.outcome()
    }

    /// Which way it goes.
    pub fn direction(self) -> Direction {
        let is_open = |standing: Standing| standing == Standing::Unresolved;
        let is_unranked = |standing: Standing| standing == Standing::NoPolicy;
        if self.from == self.to {
            return Direction::Stays;
        }
        let within = !self.changes_outcome();
        if is_open(self.from)
            || is_open(self.to)
            || (within && (is_unranked(self.from) || is_unranked(self.to)))
        {
            return Direction::Open;
        }
        if self.to > self.from { Direction::Stricter } else { Direction::Easier }
    }
}

/// Amounts by where rows come from and go to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flows(BTreeMap<Flow, Amounts>);

impl Flows {
    /// Each with its amounts.
    pub fn iter(&self) -> impl Iterator<Item = (Flow, &Amounts)> {
        self.0.iter().map(|(flow, amounts)| (*flow, amounts))
    }

    pub(crate) fn add(&mut self, flow: Flow, amounts: &Amounts) {
        self.0.entry(flow).or_default().add(amounts);
    }

    fn join(&mut self, other: Flows) {
        other.0.into_iter().for_each(|(flow, amounts)| self.add(flow, &amounts));
    }

    /// The amounts of those that a condition holds for.
    pub fn sum(&self, is: impl Fn(Flow) -> bool) -> Amounts {
        let mut sum = Amounts::default();
        self.iter().filter(|(flow, _)| is(*flow)).for_each(|(_, amounts)| sum.add(amounts));
        sum
    }

    /// The amounts of those that go one way.
    pub fn going(&self, way: Direction) -> Amounts {
        self.sum(|flow| flow.direction() == way)
    }

    /// The amounts of those that go anywhere.
    pub fn moving(&self) -> Amounts {
        self.sum(|flow| flow.direction() != Direction::Stays)
    }
}

/// Flows in both readings by one property of rows.
///
/// Of very many values the first ones in order are kept apart and all others together, so that
/// what is kept apart does not hang on the order of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread<K> {
    kept: BTreeMap<K, [Flows; 2]>,
    rest: [Flows; 2],
}

impl<K> Default for Spread<K> {
    fn default() -> Spread<K> {
        Spread { kept: BTreeMap::new(), rest: Default::default() }
    }
}

impl<K: Ord + Clone> Spread<K> {
    /// The values with their flows in a reading.
    pub fn iter(&self, reading: Reading) -> impl Iterator<Item = (&K, &Flows)> {
        self.kept.iter().map(move |(value, flows)| (value, &flows[reading as usize]))
    }

    /// What the values that are not kept apart amount to.
    pub fn rest(&self, reading: Reading) -> &Flows {
        &self.rest[reading as usize]
    }

    /// Where the flows of a value are to be added.
    pub(crate) fn of(&mut self, value: &K) -> &mut [Flows; 2] {
        if self.kept.contains_key(value) || self.kept.len() < MOST_VALUES {
            return self.kept.entry(value.clone()).or_default();
        }
        if self.kept.last_key_value().is_some_and(|(last, _)| last < value) {
            return &mut self.rest;
        }
        if let Some((_, flows)) = self.kept.pop_last() {
            join(&mut self.rest, flows);
        }
        self.kept.entry(value.clone()).or_default()
    }

    fn join(&mut self, other: Spread<K>) {
        for (value, flows) in other.kept {
            join(self.of(&value), flows);
        }
        join(&mut self.rest, other.rest);
    }
}

fn join(into: &mut [Flows; 2], from: [Flows; 2]) {
    into.iter_mut().zip(from).for_each(|(into, from)| into.join(from));
}

/// The rules that decided rows under the first law and under the second; empty where none did.
pub type Rules = [String; 2];

/// What moves in a data set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// All rows.
    pub all: [Flows; 2],
    /// By month, `2025-06`.
    pub months: Spread<String>,
    /// By the country that the item goes to; empty where it is not known.
    pub destinations: Spread<String>,
    /// By product, as the row names it; empty where it does not.
    pub products: Spread<String>,
    /// By the rule that decided.
    pub rules: Spread<Rules>,
    /// By the currency that a column names, each row's value in its own; empty where it names none.
    /// Nothing where no column is asked.
    pub currencies: Spread<String>,
    /// Rows that stand where they stood, on other grounds: another rule decided, or another
    /// exception covers them.
    pub other_grounds: [u64; 2],
    /// Rows of days on which the two laws are the same.
    pub same_law: u64,
    /// The first and the last day of all.
    pub days: Option<[Date; 2]>,
    /// The first and the last day with a row that stands otherwise, or on other grounds.
    pub changed: Option<[Date; 2]>,
    /// Rows that cannot be decided.
    pub errors: u64,
}

impl Moves {
    /// How many rows were decided.
    pub fn decided(&self) -> u64 {
        self.all[0].sum(|_| true).lines
    }

    /// Adds what moves elsewhere.
    pub fn join(&mut self, other: Moves) {
        join(&mut self.all, other.all);
        self.months.join(other.months);
        self.destinations.join(other.destinations);
        self.products.join(other.products);
        self.rules.join(other.rules);
        self.currencies.join(other.currencies);
        for (own, more) in self.other_grounds.iter_mut().zip(other.other_grounds) {
            *own += more;
        }
        self.same_law += other.same_law;
        self.errors += other.errors;
        other.days.into_iter().flatten().for_each(|day| widen(&mut self.days, day));
        other.changed.into_iter().flatten().for_each(|day| widen(&mut self.changed, day));
    }
}

/// Lets a span of days reach a day.
pub(crate) fn widen(span: &mut Option<[Date; 2]>, day: Date) {
    let [first, last] = span.unwrap_or([day, day]);
    *span = Some([first.min(day), last.max(day)]);
}

/// Flows of rows of one value, while a batch is counted: by both readings at once.
pub(crate) type Counted = rustc_hash::FxHashMap<(u32, u16), Amounts>;

/// Both readings' flows as one number.
pub(crate) fn both(flows: [Flow; 2]) -> u16 {
    (flows[0].index() * Flow::COUNT + flows[1].index()) as u16
}

/// The flows of that number.
pub(crate) fn apart(both: u16) -> [Flow; 2] {
    let both = usize::from(both);
    [Flow::at(both / Flow::COUNT), Flow::at(both % Flow::COUNT)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept apart does not hang on the order in which values come, nor on who joins whom.
    #[test]
    fn a_bound_is_kept_whatever_the_order() {
        let flow = Flow { from: Standing::Free, to: Standing::Denial };
        let one = Amounts::row(None, None);
        let count = MOST_VALUES + 2_000;
        let spread = |order: &dyn Fn(usize) -> usize, parts: usize| {
            let mut joined: Spread<String> = Spread::default();
            for part in 0..parts {
                let mut own: Spread<String> = Spread::default();
                for at in (0..count).skip(part).step_by(parts) {
                    own.of(&format!("{:06}", order(at)))[0].add(flow, &one);
                }
                joined.join(own);
            }
            joined
        };
        let forward = spread(&|at| at, 1);
        assert!(forward == spread(&|at| count - 1 - at, 1));
        assert!(forward == spread(&|at| at * 7919 % count, 3));
        assert_eq!(forward.iter(Reading::Written).count(), MOST_VALUES);
        assert_eq!(forward.rest(Reading::Written).moving().lines, 2_000);
        let last = forward.iter(Reading::Written).last().map(|(value, _)| value.clone());
        assert_eq!(last, Some(format!("{:06}", MOST_VALUES - 1)));
    }
}

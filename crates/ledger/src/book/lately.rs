//! What was used of an account of late, by the day that each movement is about.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::amount::Amount;

/// What changed of what is used on an account from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lately {
    /// Every change of this day or later is here. It was recorded on the day before or later, as
    /// what is done has a day that is at most tomorrow.
    pub(super) since: Date,
    /// Sums by the movements' day and the first day of their step.
    changes: BTreeMap<(Date, Date), Sum>,
}

/// A sum that may be past what an amount can be on the way to one that is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    high: i128,
    low: i128,
}

impl Sum {
    fn add(&mut self, amount: Amount, sign: i128) {
        let value = amount.millionths();
        self.high += sign * (value >> 64);
        self.low += sign * (value & i128::from(u64::MAX));
    }

    fn total(self) -> Option<Amount> {
        let high = self.high + (self.low >> 64);
        let low = self.low & i128::from(u64::MAX);
        let high = i64::try_from(high).ok()?;
        Some(Amount::from_millionths(i128::from(high) << 64 | low))
    }
}

impl Lately {
    /// Nothing from a day on.
    pub fn new(since: Date) -> Lately {
        Lately { since, changes: BTreeMap::new() }
    }

    /// Adds a change.
    pub fn add(&mut self, day: Date, step: Date, change: Amount) {
        self.changes.entry((day, step)).or_default().add(change, 1);
    }

    /// What of an amount that is used in the steps that begin by a day was used by another day;
    /// `None` where that is past the largest amount.
    pub(super) fn by(&self, day: Date, through: Date, used: Amount) -> Option<Amount> {
        let mut sum = Sum::default();
        sum.add(used, 1);
        let later = self.changes.iter().filter(|((on, step), _)| *on > day && *step <= through);
        for (_, change) in later {
            sum.high -= change.high;
            sum.low -= change.low;
        }
        sum.total()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn what_came_after_a_day_is_taken_off() {
        let most = Amount::from_millionths(i128::MAX);
        let least = Amount::from_millionths(i128::MIN + 1);
        let one = Amount::from_millionths(1);
        let (first, second) = (date(2025, 1, 1), date(2025, 7, 1));
        let mut lately = Lately::new(date(2025, 2, 1));
        lately.add(date(2025, 2, 2), first, one);
        lately.add(date(2025, 2, 3), second, one);
        let all = Amount::from_millionths(5);
        let by = |lately: &Lately, day, through| lately.by(day, through, all);
        assert_eq!(by(&lately, date(2025, 2, 2), first), Some(all));
        let four = Amount::from_millionths(4);
        assert_eq!(by(&lately, date(2025, 2, 1), first), Some(four));
        assert_eq!(by(&lately, date(2025, 2, 1), second), Some(Amount::from_millionths(3)));
        // Sums on the way may be past what an amount can be.
        for change in [most, most, least, least] {
            lately.add(date(2025, 2, 2), first, change);
        }
        assert_eq!(by(&lately, date(2025, 2, 1), first), Some(four));
        lately.add(date(2025, 2, 2), first, least);
        lately.add(date(2025, 2, 2), first, least);
        assert_eq!(by(&lately, date(2025, 2, 1), first), None);
    }
}

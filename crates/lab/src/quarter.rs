//! Calendar quarters, in results and in the world.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// A calendar quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(i32);

/// The first year of a run of the world.
pub const FIRST_YEAR: f64 = 2019.0;

/// The first quarter of a run.
const FIRST: i32 = FIRST_YEAR as i32 * 4;

/// How many quarters a run has: 2019 to 2032.
pub const QUARTERS: usize = 56;

impl Quarter {
    /// The quarter of a year, from 1 to 4.
    pub fn new(year: i32, quarter: i32) -> Option<Quarter> {
        ((1..=4).contains(&quarter) && (1900..=2200).contains(&year))
            .then(|| Quarter(year * 4 + quarter - 1))
    }

    /// That of a run, counted from 0.
    pub const fn at(place: usize) -> Quarter {
        Quarter(FIRST + place as i32)
    }

    /// Its place in a run, from 0; `None` outside 2019 to 2032.
    pub fn in_run(self) -> Option<usize> {
        usize::try_from(self.0 - FIRST).ok().filter(|place| *place < QUARTERS)
    }

    /// Its place in a run; that of the first one before it, and of the one after the last after it.
    pub fn index(self) -> usize {
        (self.0 - FIRST).clamp(0, QUARTERS as i32) as usize
    }

    /// The quarter of a day; `None` outside 2019 to 2032.
    pub fn of(day: Date) -> Option<Quarter> {
        let quarter = Quarter(i32::from(day.year()) * 4 + (i32::from(day.month()) - 1) / 3);
        quarter.in_run().map(|_| quarter)
    }

    /// Reads `2025Q1`; `None` outside 2019 to 2032.
    pub fn parse(text: &str) -> Option<Quarter> {
        text.parse().ok().filter(|quarter: &Quarter| quarter.in_run().is_some())
    }

    /// Its year.
    pub fn year(self) -> i32 {
        self.0.div_euclid(4)
    }

    /// Which of the year it is, from 1 to 4.
    pub fn of_year(self) -> i32 {
        self.0.rem_euclid(4) + 1
    }

    /// How many quarters after another it is; negative before it.
    pub fn since(self, other: Quarter) -> i32 {
        self.0 - other.0
    }

    /// The quarter so many later.
    pub fn plus(self, quarters: i32) -> Quarter {
        Quarter(self.0 + quarters)
    }

    /// A day of one of its months, from 1 to 3.
    fn day(self, month: i32, day: i8) -> Date {
        let month = (self.of_year() - 1) * 3 + month;
        jiff::civil::date(self.year() as i16, month as i8, day)
    }

    /// The middle days of its three months, on which the law is asked.
    pub fn days(self) -> [Date; 3] {
        [1, 2, 3].map(|month| self.day(month, 15))
    }

    /// Its last day but for the length of months: the 28th of its third one.
    pub fn late_day(self) -> Date {
        self.day(3, 28)
    }

    /// When it begins, in years: 2023.5 for the third one of 2023.
    pub fn begins(self) -> f64 {
        f64::from(self.0) / 4.0
    }

    /// The share of a quarter that has gone by on a day.
    pub fn share_gone(day: Date) -> f64 {
        let month = f64::from((day.month() - 1) % 3);
        (month + f64::from(day.day() - 1) / 30.5) / 3.0
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Q{}", self.year(), self.of_year())
    }
}

impl FromStr for Quarter {
    type Err = String;

    fn from_str(text: &str) -> Result<Quarter, String> {
        let read = || {
            let (year, quarter) = text.split_once('Q').filter(|(year, _)| year.len() == 4)?;
            Quarter::new(year.parse().ok()?, quarter.parse().ok()?)
        };
        read().ok_or_else(|| format!("`{text}` is no quarter such as 2026Q2"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn quarters_are_named_by_year_and_number() {
        assert_eq!(Quarter::of(date(2019, 1, 1)), Some(Quarter::at(0)));
        assert_eq!(Quarter::of(date(2032, 12, 31)), Some(Quarter::at(QUARTERS - 1)));
        assert_eq!(Quarter::of(date(2033, 1, 1)), None);
        assert_eq!(Quarter::of(date(2018, 12, 31)), None);
        let quarter = Quarter::of(date(2025, 5, 13)).unwrap();
        assert_eq!(quarter.to_string(), "2025Q2");
        assert_eq!(Quarter::parse("2025Q2"), Some(quarter));
        assert_eq!(Quarter::parse("2025Q5"), None);
        assert_eq!(Quarter::parse("2018Q4"), None);
        assert_eq!((quarter.index(), quarter.in_run()), (25, Some(25)));
        assert_eq!(quarter.days()[2], date(2025, 6, 15));
        assert_eq!(quarter.late_day(), date(2025, 6, 28));
    }
}

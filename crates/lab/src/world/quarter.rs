//! Quarters of the world's time.

use jiff::civil::Date;

/// A calendar quarter, counted from the first one of 2019.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter(pub usize);

/// The first year.
pub const FIRST_YEAR: f64 = 2019.0;

/// How many quarters a run has: 2019 to 2032.
pub const QUARTERS: usize = 56;

impl Quarter {
    /// The quarter of a day; `None` outside 2019 to 2032.
    pub fn of(day: Date) -> Option<Quarter> {
        let years = usize::try_from(day.year() - FIRST_YEAR as i16).ok()?;
        let quarter = Quarter(years * 4 + (day.month() as usize - 1) / 3);
        (quarter.0 < QUARTERS).then_some(quarter)
    }

    /// A quarter of a year, from 1 to 4; `None` outside 2019 to 2032.
    pub fn new(year: i16, number: usize) -> Option<Quarter> {
        let years = usize::try_from(year - FIRST_YEAR as i16).ok()?;
        let quarter = Quarter(years * 4 + number.checked_sub(1)?);
        (number <= 4 && quarter.0 < QUARTERS).then_some(quarter)
    }

    /// The quarter of a calendar; `None` outside 2019 to 2032.
    pub fn of_calendar(quarter: crate::results::Quarter) -> Option<Quarter> {
        Quarter::new(quarter.year().try_into().ok()?, quarter.of_year().try_into().ok()?)
    }

    /// Reads `2025Q1`.
    pub fn parse(text: &str) -> Option<Quarter> {
        let (year, number) = text.split_once('Q')?;
        Quarter::new(year.parse().ok()?, number.parse().ok()?)
    }

    /// The year.
    pub fn year(self) -> i16 {
        FIRST_YEAR as i16 + (self.0 / 4) as i16
    }

    /// The middle days of its three months, on which the law is asked.
    pub fn days(self) -> [Date; 3] {
        let first = (self.0 % 4) as i8 * 3;
        [1, 2, 3].map(|month| jiff::civil::date(self.year(), first + month, 15))
    }

    /// Its last day but for the length of months: the 28th of its third one.
    pub fn late_day(self) -> Date {
        jiff::civil::date(self.year(), (self.0 % 4) as i8 * 3 + 3, 28)
    }

    /// When it begins, in years: 2023.5 for the third one of 2023.
    pub fn begins(self) -> f64 {
        FIRST_YEAR + self.0 as f64 / 4.0
    }

    /// Years since the first day of 2019, at its middle.
    pub fn years(self) -> f64 {
        (self.0 as f64 + 0.5) / 4.0
    }

    /// The share of the quarter that has gone by on a day.
    pub fn share_gone(day: Date) -> f64 {
        let month = f64::from((day.month() - 1) % 3);
        (month + f64::from(day.day() - 1) / 30.5) / 3.0
    }
}

impl std::fmt::Display for Quarter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}Q{}", self.year(), self.0 % 4 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn quarters_are_named_by_year_and_number() {
        assert_eq!(Quarter::of(date(2019, 1, 1)), Some(Quarter(0)));
        assert_eq!(Quarter::of(date(2032, 12, 31)), Some(Quarter(QUARTERS - 1)));
        assert_eq!(Quarter::of(date(2033, 1, 1)), None);
        assert_eq!(Quarter::of(date(2018, 12, 31)), None);
        let quarter = Quarter::of(date(2025, 5, 13)).unwrap();
        assert_eq!(quarter.to_string(), "2025Q2");
        assert_eq!(Quarter::parse("2025Q2"), Some(quarter));
        assert_eq!(Quarter::parse("2025Q5"), None);
        assert_eq!(quarter.days()[2], date(2025, 6, 15));
    }
}

//! Daily returns around what was announced, as a market model left them.
//!
//! No prices ship with the program, but what came of them does: of fifteen days and six names the
//! return, and the part of it that the market does not explain. [`crate::instruments::events`] does
//! the same from any table of prices.
//!
//! ```text
//! t        = abnormal ÷ residual        Student's t with n − 2 degrees of freedom
//! interval = abnormal ± t(0.975) · residual
//! ```
//!
//! Units: returns as fractions. The error of the estimated α and β is left out: with n of 135 to
//! 220 it widens the interval by less than one percent.

use jiff::civil::Date;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::table::{Table, TableError};

/// The returns that the program carries.
pub const SHIPPED: &str = include_str!("../../../data/lab/returns.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/returns.csv";

/// What one day did to one price.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// The trading day.
    pub day: Date,
    /// What happened.
    pub event: String,
    /// The name of the price.
    pub name: String,
    /// How many returns the market model was estimated from.
    pub returns: f64,
    /// The standard deviation of its residuals.
    pub residual: f64,
    /// The return.
    pub raw: f64,
    /// What of it the market does not explain.
    pub abnormal: f64,
}

impl Return {
    /// The abnormal return in standard deviations.
    pub fn t(&self) -> f64 {
        self.abnormal / self.residual
    }

    /// The probability of an abnormal return as far from zero by chance, on both sides.
    pub fn p(&self) -> Option<f64> {
        Some(2.0 * (1.0 - self.student()?.cdf(self.t().abs())))
    }

    /// The middle 95 percent around the abnormal return.
    pub fn interval(&self) -> Option<[f64; 2]> {
        let reach = self.student()?.inverse_cdf(0.975) * self.residual;
        Some([self.abnormal - reach, self.abnormal + reach])
    }

    fn student(&self) -> Option<StudentsT> {
        StudentsT::new(0.0, 1.0, self.returns - 2.0).ok()
    }
}

/// Reads a table of returns.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read(name: &str, text: &str) -> Result<Vec<Return>, TableError> {
    let table = Table::read(name, text)?;
    let columns = ["day", "event", "name", "returns", "residual", "raw", "abnormal"];
    let [day, event, of, returns, residual, raw, abnormal] =
        columns.map(|column| table.column(column));
    let (day, event, of) = (day?, event?, of?);
    let (returns, residual, raw, abnormal) = (returns?, residual?, raw?, abnormal?);
    let one = |row: usize| {
        for column in [returns, residual] {
            if table.number(row, column)? <= 0.0 {
                return Err(table.unusable(row, column, "it is not above zero"));
            }
        }
        Ok(Return {
            day: table.day(row, day)?,
            event: table.text(row, event).to_owned(),
            name: table.text(row, of).to_owned(),
            returns: table.number(row, returns)?,
            residual: table.number(row, residual)?,
            raw: table.number(row, raw)?,
            abnormal: table.number(row, abnormal)?,
        })
    };
    (0..table.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_that_are_talked_about() {
        let returns = read(SHIPPED_NAME, SHIPPED).expect("a sound table");
        assert_eq!(returns.len(), 90);
        let of = |name: &str, day: &str| {
            let day: Date = day.parse().expect("a day");
            returns.iter().find(|it| it.name == name && it.day == day).expect("it is there")
        };
        let nvidia = of("NVDA", "2025-01-10");
        assert!((nvidia.raw + 0.02998).abs() < 1e-9);
        let [low, high] = nvidia.interval().expect("an interval");
        assert!(low < 0.0 && high > 0.0, "{low} {high}");
        assert!(nvidia.p().is_some_and(|p| (0.6..0.7).contains(&p)));
        let letter = of("NVDA", "2022-09-01");
        assert!((letter.t() + 3.9).abs() < 0.05, "{}", letter.t());
        assert!(letter.p().is_some_and(|p| p < 0.001));
    }
}

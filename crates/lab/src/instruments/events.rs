//! Event study by the market model: what a day did to a price beyond what the market did.
//!
//! ```text
//! r          = price ÷ price of the day before − 1
//! r          = α + β · r_market + e                 least squares over the estimation window
//! abnormal   = Σ over the event window of r − α − β · r_market
//! variance   = s² · (L + L²/n + (Σ r_market − L · mean r_market)² ÷ Sxx)
//! t          = abnormal ÷ √variance                 Student's t with n − 2 degrees of freedom
//! ```
//!
//! L days in the event window, n returns in the estimation window, s² the variance of residuals and
//! Sxx the spread of the market's returns in it. MacKinlay, "Event Studies in Economics and
//! Finance", Journal of Economic Literature 35 (1997); the variance includes that of the estimates,
//! also summed over several days.
//!
//! Units: returns as fractions (−0.03 is minus 3 percent), days as trading days of the table.
//!
//! Taken for granted: prices are adjusted for splits and dividends; returns of the estimation
//! window are independent with one variance, and the event's days would have had it too. Prices of
//! chip makers have fatter tails and calm and wild times: the *placebo* tells how much that matters
//! here. It runs the same test on every other day that has a whole estimation window and does not
//! touch an event's window; a test of 5 percent should reject about 5 percent of them.

use jiff::civil::Date;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::quantiles::Sorted;
use crate::table::{Table, TableError};

/// Daily prices.
#[derive(Clone, Debug)]
pub struct Prices {
    days: Vec<Date>,
    names: Vec<String>,
    /// Of each name, the return of each day; none where a price is missing.
    returns: Vec<Vec<Option<f64>>>,
}

/// The windows, in trading days from the event day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The first and the last day of the estimation window.
    pub estimation: (i32, i32),
    /// The first and the last day of the event window.
    pub event: (i32, i32),
    /// The fewest returns that an estimate is made of.
    pub least: usize,
}

impl Default for Windows {
    /// The day alone, against the 250th to the 30th day before it, of which 60 must have returns.
    fn default() -> Windows {
        Windows { estimation: (-250, -30), event: (0, 0), least: 60 }
    }
}

/// What the event window of a price says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The trading day: the event's own, or the next.
    pub day: Date,
    /// How many returns the estimate is made of.
    pub returns: usize,
    /// The daily return that is not the market's.
    pub alpha: f64,
    /// The return that comes with one of the market.
    pub beta: f64,
    /// The standard deviation of residuals.
    pub residual: f64,
    /// The return of the event window, summed over its days.
    pub raw: f64,
    /// The abnormal return of the event window.
    pub abnormal: f64,
    /// Its standard error.
    pub error: f64,
    /// The abnormal return in standard errors.
    pub t: f64,
    /// The probability of a `t` as far from zero by chance, on both sides.
    pub p: f64,
}

/// The same test on days on which nothing is known to have happened.
#[derive(Clone, Debug)]
pub struct Placebo {
    /// How many days.
    pub days: usize,
    /// On how many of them the test rejects at 5 percent.
    pub rejected: usize,
    /// Their `t`, ascending.
    pub t: Sorted,
    /// Their |t|, ascending.
    absolute: Sorted,
}

impl Placebo {
    /// The share of days on which the test rejects at 5 percent; `None` without days.
    pub fn size(&self) -> Option<f64> {
        (self.days > 0).then(|| self.rejected as f64 / self.days as f64)
    }

    /// The share of days with a `t` as far from zero as this one, the event's own day counted among
    /// them: a probability that needs no distribution.
    pub fn p(&self, t: f64) -> f64 {
        let above = self.absolute.share_above(t.abs().next_down()).unwrap_or(0.0);
        (above * self.days as f64 + 1.0) / (self.days as f64 + 1.0)
    }
}

/// Why an event has no effect that can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEffect {
    /// There is no such column of prices.
    #[error("there are no prices `{name}`\n\nhint: the columns are {known}")]
    NoPrices {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The windows overlap or are empty.
    #[error(
        "the windows {estimation} and {event} cannot be used\n\nhint: give the estimation window before the event window, each as FIRST:LAST, such as -250:-30 and 0:2"
    )]
    Windows {
        /// The estimation window.
        estimation: String,
        /// The event window.
        event: String,
    },
    /// The event lies outside the table.
    #[error("the event of {day} lies outside the prices, which run from {first} to {last}")]
    Outside {
        /// The event.
        day: Date,
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
    /// Too few returns before the event.
    #[error(
        "`{name}` has {found} returns in the estimation window of {day}, where {least} are needed\n\nhint: give earlier prices, a longer --estimation or a smaller --least"
    )]
    TooFew {
        /// The prices.
        name: String,
        /// The event.
        day: Date,
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// A return of the event window is missing.
    #[error("`{name}` or the market has no return on a day of the event window of {day}")]
    Gap {
        /// The prices.
        name: String,
        /// The event.
        day: Date,
    },
    /// Prices that follow the market exactly, or a market that stands still.
    #[error("`{name}` and the market leave nothing to estimate from in the window of {day}")]
    Flat {
        /// The prices.
        name: String,
        /// The event.
        day: Date,
    },
}

impl Prices {
    /// Reads a table whose column `date` holds days and every other column prices. A price may be
    /// missing; returns are not taken over a gap.
    ///
    /// # Errors
    /// Days that do not ascend, a price that is no number or not above zero.
    pub fn read(file: &str, text: &str) -> Result<Prices, TableError> {
        let table = Table::read(file, text)?;
        let date = table.column("date")?;
        let names: Vec<(usize, String)> = table
            .columns()
            .enumerate()
            .filter(|(at, _)| *at != date)
            .map(|(at, name)| (at, name.to_owned()))
            .collect();
        let mut days: Vec<Date> = Vec::new();
        let mut returns = vec![Vec::new(); names.len()];
        let mut last: Vec<Option<f64>> = vec![None; names.len()];
        for row in 0..table.len() {
            let day = table.day(row, date)?;
            if days.last().is_some_and(|last| day <= *last) {
                let why =
                    "it is not after the day above\n\nhint: sort the rows by date, one row a day";
                return Err(table.unusable(row, date, why));
            }
            days.push(day);
            for (of, (column, _)) in names.iter().enumerate() {
                let price = table.maybe_number(row, *column)?;
                if price.is_some_and(|price| price <= 0.0) {
                    return Err(table.unusable(row, *column, "a price is above zero"));
                }
                let pair = price.zip(last[of]);
                returns[of].push(pair.map(|(price, before)| price / before - 1.0));
                last[of] = price;
            }
        }
        Ok(Prices { days, names: names.into_iter().map(|(_, name)| name).collect(), returns })
    }

    /// The names of the prices.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    fn returns(&self, name: &str) -> Result<&[Option<f64>], NoEffect> {
        let place = self.names.iter().position(|known| known == name);
        place.map(|at| self.returns[at].as_slice()).ok_or_else(|| NoEffect::NoPrices {
            name: name.to_owned(),
            known: self.names.join(", "),
        })
    }

    /// The place of an event's trading day.
    fn place(&self, day: Date) -> Result<usize, NoEffect> {
        let place = self.days.partition_point(|known| *known < day);
        match (self.days.first(), self.days.last()) {
            (Some(first), Some(last)) if day < *first || day > *last => {
                Err(NoEffect::Outside { day, first: *first, last: *last })
            }
            _ => Ok(place),
        }
    }

    /// What an event did to a price beyond what the market did.
    ///
    /// # Errors
    /// See [`NoEffect`].
    pub fn effect(
        &self,
        name: &str,
        market: &str,
        event: Date,
        windows: &Windows,
    ) -> Result<Effect, NoEffect> {
        windows.check()?;
        let place = self.place(event)?;
        self.effect_at(name, (self.returns(name)?, self.returns(market)?), place, windows)
    }

    /// The same test on every day that has a whole estimation window and whose event window touches
    /// none of these events'.
    ///
    /// # Errors
    /// Prices that are not there, windows that cannot be used.
    pub fn placebo(
        &self,
        name: &str,
        market: &str,
        events: &[Date],
        windows: &Windows,
    ) -> Result<Placebo, NoEffect> {
        windows.check()?;
        let returns = (self.returns(name)?, self.returns(market)?);
        let events: Vec<usize> = events.iter().filter_map(|day| self.place(*day).ok()).collect();
        let length = usize::try_from(windows.event.1 - windows.event.0).unwrap_or(0);
        let first = usize::try_from(-windows.estimation.0).unwrap_or(0);
        let mut t = Vec::new();
        let mut rejected = 0;
        for place in first..self.days.len() {
            if events.iter().any(|event| event.abs_diff(place) <= length) {
                continue;
            }
            let Ok(effect) = self.effect_at(name, returns, place, windows) else { continue };
            rejected += usize::from(effect.p < 0.05);
            t.push(effect.t);
        }
        let absolute = Sorted::new(t.iter().map(|t| t.abs()).collect());
        Ok(Placebo { days: t.len(), rejected, t: Sorted::new(t), absolute })
    }

    fn effect_at(
        &self,
        name: &str,
        (price, market): (&[Option<f64>], &[Option<f64>]),
        place: usize,
        windows: &Windows,
    ) -> Result<Effect, NoEffect> {
        let day = self.days[place];
        let both = |place: usize| price[place].zip(market[place]);
        let within = |(first, last): (i32, i32)| {
            let at = |offset: i32| place as i64 + i64::from(offset);
            let end = self.days.len() as i64;
            (at(first).clamp(0, end) as usize)..((at(last) + 1).clamp(0, end) as usize)
        };
        let sample: Vec<(f64, f64)> = within(windows.estimation).filter_map(both).collect();
        if sample.len() < windows.least {
            let (name, found, least) = (name.to_owned(), sample.len(), windows.least);
            return Err(NoEffect::TooFew { name, day, found, least });
        }
        let length = (windows.event.1 - windows.event.0 + 1) as usize;
        let event: Vec<(f64, f64)> = within(windows.event).filter_map(both).collect();
        if event.len() != length {
            return Err(NoEffect::Gap { name: name.to_owned(), day });
        }
        let line = Line::through(&sample);
        let flat = || NoEffect::Flat { name: name.to_owned(), day };
        let line = line.ok_or_else(flat)?;
        let raw: f64 = event.iter().map(|(price, _)| price).sum();
        let of_market: f64 = event.iter().map(|(_, market)| market).sum();
        let (count, length) = (sample.len() as f64, length as f64);
        let abnormal = raw - length * line.alpha - line.beta * of_market;
        let leverage = (of_market - length * line.mean).powi(2) / line.spread;
        let error = line.residual * (length + length * length / count + leverage).sqrt();
        let t = abnormal / error;
        let student = StudentsT::new(0.0, 1.0, count - 2.0).map_err(|_| flat())?;
        Ok(Effect {
            day,
            returns: sample.len(),
            alpha: line.alpha,
            beta: line.beta,
            residual: line.residual,
            raw,
            abnormal,
            error,
            t,
            p: 2.0 * student.cdf(-t.abs()),
        })
    }
}

impl Windows {
    fn check(&self) -> Result<(), NoEffect> {
        let ordered = self.estimation.0 <= self.estimation.1 && self.event.0 <= self.event.1;
        if ordered && self.estimation.1 < self.event.0 && self.estimation.0 < 0 {
            return Ok(());
        }
        let shown = |(first, last): (i32, i32)| format!("{first}:{last}");
        Err(NoEffect::Windows { estimation: shown(self.estimation), event: shown(self.event) })
    }
}

/// A line by least squares.
struct Line {
    alpha: f64,
    beta: f64,
    residual: f64,
    mean: f64,
    spread: f64,
}

impl Line {
    /// The line through pairs of a return and the market's; `None` where they do not tell one, or
    /// leave no residual.
    fn through(sample: &[(f64, f64)]) -> Option<Line> {
        let count = sample.len() as f64;
        if sample.len() < 3 {
            return None;
        }
        let mean_price = sample.iter().map(|(price, _)| price).sum::<f64>() / count;
        let mean = sample.iter().map(|(_, market)| market).sum::<f64>() / count;
        let spread: f64 = sample.iter().map(|(_, market)| (market - mean).powi(2)).sum();
        let shared: f64 =
            sample.iter().map(|(price, market)| (price - mean_price) * (market - mean)).sum();
        let beta = shared / spread;
        let alpha = mean_price - beta * mean;
        let rest = |(price, market): &(f64, f64)| (price - alpha - beta * market).powi(2);
        let residual = (sample.iter().map(rest).sum::<f64>() / (count - 2.0)).sqrt();
        // What is left of an exact line is the rounding of its numbers.
        let usable = spread > 0.0 && residual > 1e-12;
        usable.then_some(Line { alpha, beta, residual, mean, spread })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use jiff::ToSpan;
    use jiff::civil::date;

    use super::*;
    use crate::random::Stream;

    /// Prices of a market and a stock that follows it, with a shock on one day.
    fn simulated(days: usize, seed: u64, shock: Option<(usize, f64)>) -> (String, Vec<Date>) {
        let mut text = String::from("date,SPY,NVDA\n");
        let (mut market, mut stock) = (400.0, 100.0);
        let mut dates = Vec::new();
        for at in 0..days {
            let mut stream = Stream::new("events", seed, at as u64);
            let of_market = 0.0004 + 0.01 * stream.normal();
            let mut own = 0.0005 + 1.8 * of_market + 0.02 * stream.normal();
            own += shock.filter(|(day, _)| *day == at).map_or(0.0, |(_, size)| size);
            market *= 1.0 + of_market;
            stock *= 1.0 + own;
            let day = date(2010, 1, 1) + i64::try_from(at).unwrap_or(0).days();
            dates.push(day);
            let _ = writeln!(text, "{day},{market},{stock}");
        }
        (text, dates)
    }

    #[test]
    fn placebo_days_reject_about_one_in_twenty() {
        let (text, _) = simulated(4000, 11, None);
        let prices = Prices::read("p.csv", &text).expect("sound prices");
        for event in [(0, 0), (-1, 1)] {
            let windows = Windows { event, ..Windows::default() };
            let placebo = prices.placebo("NVDA", "SPY", &[], &windows).expect("there are prices");
            assert!(placebo.days > 3700, "{}", placebo.days);
            let size = placebo.size().expect("there are days");
            // One day: 5 percent give or take 0.35. Three overlapping days: somewhat more.
            assert!((0.035..0.065).contains(&size), "{event:?}: {size}");
        }
    }

    #[test]
    fn a_shock_is_found_and_its_size_told() {
        let (text, days) = simulated(1200, 3, Some((900, -0.12)));
        let prices = Prices::read("p.csv", &text).expect("sound prices");
        let found =
            prices.effect("NVDA", "SPY", days[900], &Windows::default()).expect("an effect");
        assert!((found.abnormal + 0.12).abs() < 3.0 * 0.02, "{found:?}");
        assert!(found.t < -3.0 && found.p < 0.01, "{found:?}");
        assert!((found.beta - 1.8).abs() < 0.5 && (found.residual - 0.02).abs() < 0.004);
        assert_eq!(found.returns, 221);
        let placebo = prices.placebo("NVDA", "SPY", &[days[900]], &Windows::default());
        let placebo = placebo.expect("there are prices");
        assert!(placebo.p(found.t) < 0.01, "{}", placebo.p(found.t));
        assert!(placebo.p(0.0) > 0.99);
    }

    /// Worked by hand: the line of four returns, and the error of a fifth.
    #[test]
    fn a_small_case_by_hand() {
        let sample = [(0.01, 0.0), (0.03, 0.01), (0.05, 0.02), (0.03, 0.01)];
        assert!(Line::through(&sample).is_none(), "an exact line leaves nothing");
        let sample = [(0.00, 0.0), (0.03, 0.01), (0.05, 0.02), (0.02, 0.01)];
        let line = Line::through(&sample).expect("a line");
        // Sxx = 0.0002, Sxy = 0.0005, residuals 0, 0.005, 0, -0.005.
        assert!((line.beta - 2.5).abs() < 1e-12 && line.alpha.abs() < 1e-12);
        assert!((line.residual - 0.005).abs() < 1e-12);
        let text = "date,M,S\n2025-01-01,1,1\n2025-01-02,1,1\n2025-01-03,1.01,1.03\n\
                    2025-01-04,1.0302,1.0815\n2025-01-05,1.040502,1.10313\n2025-01-06,1.040502,1.0\n";
        let prices = Prices::read("p.csv", text).expect("sound prices");
        let windows = Windows { estimation: (-4, -1), event: (0, 0), least: 4 };
        let found = prices.effect("S", "M", date(2025, 1, 6), &windows).expect("an effect");
        let raw = 1.0 / 1.10313 - 1.0;
        assert!((found.abnormal - raw).abs() < 1e-9, "{found:?}");
        // The market stood still, one below its mean of 0.01: 1 + 1/4 + 0.0001 / 0.0002.
        assert!((found.error - 0.005 * 1.75f64.sqrt()).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn an_event_on_a_day_without_trade_is_of_the_next() {
        let (text, days) = simulated(400, 5, None);
        let without: String = text
            .lines()
            .filter(|line| !line.starts_with(&days[350].to_string()))
            .flat_map(|line| [line, "\n"])
            .collect();
        let prices = Prices::read("p.csv", &without).expect("sound prices");
        let found = prices.effect("NVDA", "SPY", days[350], &Windows::default());
        assert_eq!(found.expect("an effect").day, days[351]);
    }

    #[test]
    fn what_cannot_be_told_says_why() {
        let (text, days) = simulated(400, 5, None);
        let prices = Prices::read("p.csv", &text).expect("sound prices");
        let said = |name: &str, market: &str, day: Date, windows: &Windows| {
            prices.effect(name, market, day, windows).expect_err("it cannot").to_string()
        };
        let usual = Windows::default();
        assert!(said("AMD", "SPY", days[350], &usual).contains("the columns are SPY, NVDA"));
        assert!(said("NVDA", "QQQ", days[350], &usual).contains("no prices `QQQ`"));
        assert!(said("NVDA", "SPY", days[50], &usual).contains("20 returns"));
        assert!(said("NVDA", "SPY", date(2001, 1, 1), &usual).contains("outside the prices"));
        assert!(said("SPY", "SPY", days[350], &usual).contains("nothing to estimate"));
        let late = Windows { event: (0, 90), ..usual };
        assert!(said("NVDA", "SPY", days[350], &late).contains("no return on a day"));
        let overlap = Windows { event: (-30, 0), ..usual };
        assert!(said("NVDA", "SPY", days[350], &overlap).contains("cannot be used"));
        let read = |text: &str| Prices::read("p.csv", text).expect_err("wrong").to_string();
        assert!(read("date,A\n2025-01-01,-3\n").contains("row 2, column `A`: a price"));
        assert!(read("date,A\n2025-01-01,3\n2025-01-01,3\n").contains("row 3, column `date`"));
    }
}

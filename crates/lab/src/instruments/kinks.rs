//! Difference in kinks: whether the growth of one series bends at a day, against another series.
//!
//! ```text
//! slope⁻, slope⁺ : of ln y on days, weighted by 1 − |days| ÷ bandwidth, before the day and from it
//! kink           = slope⁺ − slope⁻                        (ln per day)
//! difference     = kink(treated) − kink(control)
//! ```
//!
//! After the regression kink design (Card, Lee, Pei and Weber 2015) with a second group, as
//! Hillebrandt (2026, self-published) applies it to stocks of compute at the rule of October 17,
//! 2023, with a bandwidth of 548 days.
//!
//! Both series are taken on the same days, so the difference is the kink of the logarithm of their
//! ratio; its standard error is that of this one regression. It is robust to unequal variance
//! (HC1) and *not* to errors that hang together over time: stocks add up, so the true error is
//! larger.
//!
//! Taken for granted: without the event both series would have bent alike; nothing else happened
//! near the day; the series are known exactly. Estimates of stocks have models of their own inside.

use jiff::civil::Date;

use crate::table::{Table, TableError};

/// Stocks of compute that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/compute_stocks.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/compute_stocks.csv";

/// The fewest points on one side: a line through three has one residual to tell its error from.
pub const LEAST: usize = 4;

/// Two series on the same days.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The days, ascending.
    pub days: Vec<Date>,
    /// The series that the event is about; above zero.
    pub treated: Vec<f64>,
    /// The other; above zero.
    pub control: Vec<f64>,
}

impl Pair {
    /// Reads two columns of a table whose column `date` holds days; rows in which one of them is
    /// empty are passed over. A table may say its unit in a column `unit`: series that the program
    /// carries keep theirs, others have one from the first row to the last.
    ///
    /// # Errors
    /// A column that is missing, days that do not ascend, another unit, a value that is not above
    /// zero.
    pub fn read(file: &str, text: &str, treated: &str, control: &str) -> Result<Pair, TableError> {
        let table = Table::read(file, text)?;
        let date = table.column("date")?;
        let columns = [table.column(treated)?, table.column(control)?];
        one_unit(&table, [treated, control])?;
        let mut pair = Pair { days: Vec::new(), treated: Vec::new(), control: Vec::new() };
        let mut last = None;
        for row in 0..table.len() {
            let day = table.day(row, date)?;
            if last.is_some_and(|last| day <= last) {
                let why =
                    "it is not after the day above\n\nhint: sort the rows by date, one row a day";
                return Err(table.unusable(row, date, why));
            }
            last = Some(day);
            let mut values = [None; 2];
            for (value, column) in values.iter_mut().zip(columns) {
                *value = table.maybe_number(row, column)?;
                if value.is_some_and(|value| value <= 0.0) {
                    let why = "it is not above zero: a logarithm is taken of it";
                    return Err(table.unusable(row, column, why));
                }
            }
            if let [Some(treated), Some(control)] = values {
                pair.days.push(day);
                pair.treated.push(treated);
                pair.control.push(control);
            }
        }
        Ok(pair)
    }
}

/// That all rows are in one unit: that of the program's own table where a series is one of it.
/// A unit that changes on the way would be a bend that nothing made.
fn one_unit(table: &Table, series: [&str; 2]) -> Result<(), TableError> {
    if table.column("unit").is_err() {
        return Ok(());
    }
    let shipped = Table::read(SHIPPED_NAME, SHIPPED)?;
    let of = series.into_iter().find(|name| shipped.column(name).is_ok());
    let wanted = match of {
        Some(_) => shipped.text_in(0, "unit")?,
        None => table.text_in(0, "unit")?,
    };
    (0..table.len()).try_for_each(|row| table.in_unit(row, of.unwrap_or(series[0]), wanted))
}

/// The bend of one series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kink {
    /// ln per day before the day.
    pub before: f64,
    /// ln per day from the day on.
    pub after: f64,
    /// The difference of the two.
    pub kink: f64,
    /// The standard error of the difference, HC1.
    pub error: f64,
}

/// What the two series say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kinks {
    /// The series that the event is about.
    pub treated: Kink,
    /// The other.
    pub control: Kink,
    /// The first less the second.
    pub difference: Kink,
    /// How many points lie within the bandwidth before the day, and from it on.
    pub points: (usize, usize),
}

/// Why there are no kinks.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoKinks {
    /// Too few points lie near the day.
    #[error(
        "{before} points lie within {bandwidth} days before {day} and {after} from it on, where each side needs {LEAST}\n\nhint: give a longer --bandwidth or another --event"
    )]
    TooFew {
        /// The day.
        day: Date,
        /// The bandwidth in days.
        bandwidth: u32,
        /// How many lie before.
        before: usize,
        /// How many lie from the day on.
        after: usize,
    },
}

/// The bends of two series at a day.
///
/// # Errors
/// See [`NoKinks`].
pub fn kinks(pair: &Pair, event: Date, bandwidth: u32) -> Result<Kinks, NoKinks> {
    let offsets: Vec<f64> = pair.days.iter().map(|day| days_between(event, *day)).collect();
    let near = |offset: f64| offset.abs() < f64::from(bandwidth);
    let before = offsets.iter().filter(|at| near(**at) && **at < 0.0).count();
    let after = offsets.iter().filter(|at| near(**at) && **at >= 0.0).count();
    if before < LEAST || after < LEAST {
        return Err(NoKinks::TooFew { day: event, bandwidth, before, after });
    }
    let kink = |value: &dyn Fn(usize) -> f64| {
        let side = |is_after: bool| {
            let points = offsets.iter().enumerate();
            let points = points.filter(|(_, at)| near(**at) && (**at >= 0.0) == is_after);
            let weight = |at: f64| 1.0 - at.abs() / f64::from(bandwidth);
            let points: Vec<[f64; 3]> =
                points.map(|(row, at)| [*at, value(row), weight(*at)]).collect();
            slope(&points)
        };
        let ((before, error_before), (after, error_after)) = (side(false), side(true));
        let error = (error_before + error_after).sqrt();
        Kink { before, after, kink: after - before, error }
    };
    Ok(Kinks {
        treated: kink(&|row| pair.treated[row].ln()),
        control: kink(&|row| pair.control[row].ln()),
        difference: kink(&|row| pair.treated[row].ln() - pair.control[row].ln()),
        points: (before, after),
    })
}

fn days_between(from: Date, to: Date) -> f64 {
    f64::from((to - from).get_days())
}

/// The slope of a weighted line through points of place, value and weight, and its variance (HC1).
fn slope(points: &[[f64; 3]]) -> (f64, f64) {
    let total: f64 = points.iter().map(|[_, _, weight]| weight).sum();
    let mean = |of: usize| points.iter().map(|it| it[of] * it[2]).sum::<f64>() / total;
    let (mean_x, mean_y) = (mean(0), mean(1));
    let spread: f64 = points.iter().map(|[x, _, w]| w * (x - mean_x).powi(2)).sum();
    let slope =
        points.iter().map(|[x, y, w]| w * (x - mean_x) * (y - mean_y)).sum::<f64>() / spread;
    let residual = |x: f64, y: f64| y - mean_y - slope * (x - mean_x);
    let meat: f64 =
        points.iter().map(|[x, y, w]| (w * (x - mean_x) * residual(*x, *y)).powi(2)).sum();
    let count = points.len() as f64;
    (slope, count / (count - 2.0) * meat / spread.powi(2))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    /// Weekly series that grow at one rate before a day and at another from it on.
    fn pair(event: Date, treated: [f64; 2], control: [f64; 2]) -> Pair {
        let days: Vec<Date> = (-120..120).map(|week| event + (7 * week).days()).collect();
        let grown = |rates: [f64; 2]| {
            days.iter().map(move |day| {
                let at = days_between(event, *day);
                (3.0 + at * if at < 0.0 { rates[0] } else { rates[1] }).exp()
            })
        };
        Pair { treated: grown(treated).collect(), control: grown(control).collect(), days }
    }

    proptest! {
        #[test]
        fn a_known_kink_is_found(
            a in -0.01..0.01f64, b in -0.01..0.01f64, c in -0.01..0.01f64, d in -0.01..0.01f64,
            bandwidth in 60u32..800,
        ) {
            let event = date(2023, 10, 17);
            let found = kinks(&pair(event, [a, b], [c, d]), event, bandwidth).expect("enough points");
            prop_assert!((found.treated.kink - (b - a)).abs() < 1e-9);
            prop_assert!((found.control.kink - (d - c)).abs() < 1e-9);
            prop_assert!((found.difference.kink - ((b - a) - (d - c))).abs() < 1e-9);
            prop_assert!(found.difference.error < 1e-9, "there is no noise");
            let of_two = found.treated.kink - found.control.kink;
            prop_assert!((found.difference.kink - of_two).abs() < 1e-9);
        }
    }

    #[test]
    fn what_bends_alike_has_no_difference() {
        let event = date(2022, 10, 7);
        let found = kinks(&pair(event, [0.003, 0.001], [0.004, 0.002]), event, 548);
        let found = found.expect("enough points");
        assert!((found.treated.kink + 0.002).abs() < 1e-12);
        assert!(found.difference.kink.abs() < 1e-12);
    }

    /// Noise without a bend is taken for one about one time in twenty.
    #[test]
    fn the_error_is_as_large_as_noise_makes_it() {
        let event = date(2023, 10, 17);
        let clean = pair(event, [0.003, 0.001], [0.004, 0.002]);
        let mut beyond = 0;
        for draw in 0..400 {
            let mut stream = crate::random::Stream::new("kinks", 5, draw);
            let mut noisy = clean.clone();
            noisy.treated.iter_mut().for_each(|it| *it *= (0.05 * stream.normal()).exp());
            let found = kinks(&noisy, event, 548).expect("enough points").difference;
            beyond += usize::from((found.kink / found.error).abs() > 1.96);
        }
        // 5 percent of 400 is 20, give or take 4.4.
        assert!((8..=36).contains(&beyond), "{beyond}");
    }

    /// The reference computation on the same data: China with Huawei -0.00223, hyperscalers
    /// -0.00087, China's NVIDIA chips alone -0.00356 a day.
    #[test]
    fn the_shipped_stocks_bend_as_an_independent_computation_finds() {
        let event = date(2023, 10, 17);
        let found = |treated: &str, control: &str| {
            let pair = Pair::read(SHIPPED_NAME, SHIPPED, treated, control).expect("a sound table");
            kinks(&pair, event, 548).expect("enough points")
        };
        let all = found("china_with_huawei", "hyperscalers");
        assert!((all.treated.kink - -0.002_229_617).abs() < 1e-8, "{all:?}");
        assert!((all.control.kink - -0.000_873_087).abs() < 1e-8, "{all:?}");
        assert_eq!(all.points, (6, 6));
        let alone = found("china_nvidia", "hyperscalers_nvidia");
        assert!((alone.treated.kink - -0.003_564_027).abs() < 1e-8, "{alone:?}");
    }

    #[test]
    fn too_few_points_and_bad_rows_are_told() {
        let read = |text: &str| Pair::read("s.csv", text, "a", "b");
        let short = read("date,a,b\n2023-01-01,1,1\n2023-02-01,1,\n2024-01-01,1,1\n");
        let short = short.expect("it can be read");
        assert_eq!(short.days.len(), 2, "a row with a gap is passed over");
        let why = kinks(&short, date(2023, 10, 17), 548).expect_err("too few").to_string();
        assert!(why.contains("1 points lie within 548 days before 2023-10-17 and 1"), "{why}");
        let said = |text: &str| read(text).expect_err("it is wrong").to_string();
        assert!(said("date,a,b\n2023-01-01,1,0\n").contains("row 2, column `b`: it is not above"));
        let unsorted = "date,a,b\n2023-01-02,1,1\n2023-01-01,1,1\n";
        assert!(said(unsorted).contains("row 3, column `date`: it is not after"));
    }

    #[test]
    fn series_have_one_unit_and_known_ones_their_own() {
        let said = |text: &str, treated: &str| match Pair::read("s.csv", text, treated, "b") {
            Ok(_) => String::new(),
            Err(why) => why.to_string(),
        };
        let own = "date,a,b,unit\n2023-01-01,1,1,USD\n2023-02-01,1,1,USD\n";
        assert_eq!(said(own, "a"), "", "series of one's own have any unit");
        let mixed = said(&own.replacen("2023-02-01,1,1,USD", "2023-02-01,1,1,EUR", 1), "a");
        assert!(mixed.starts_with("`s.csv`, row 3, column `unit`: `a` is in `EUR`"), "{mixed}");
        let known = said(&own.replacen("a,b", "china_nvidia,b", 1), "china_nvidia");
        assert!(known.starts_with("`s.csv`, row 2, column `unit`: `china_nvidia`"), "{known}");
        let days = SHIPPED.replace("at the end of the day", "at the start of the day");
        let read = Pair::read("s.csv", &days, "china_nvidia", "hyperscalers");
        let why = read.expect_err("another unit").to_string();
        assert!(why.contains("reckons it in `H100e (8-bit) at the end of the day`"), "{why}");
    }
}

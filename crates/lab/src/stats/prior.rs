//! What is believed of a quantity before anything is compared: distributions, given by their
//! quantile functions, and the table that holds one a row.
//!
//! A distribution here is a function from a number of the unit interval to a value, so that any
//! design on the unit cube becomes one of quantities. Only `+ - * /` and `libm` are used.
//!
//! What a word of the column `distribution` means, and what it takes from `a`, `b` and `c`:
//!
//! | word | `a` | `b` | `c` |
//! |---|---|---|---|
//! | `fixed` | the value | | |
//! | `normal` | mean | standard deviation | |
//! | `lognormal-90` | 5th percentile | 95th percentile | |
//! | `lognormal-median-90` | median | 5th percentile | 95th percentile |
//! | `uniform` | low | high | |
//! | `loguniform` | low | high | |
//! | `beta` | first shape | second shape | |
//! | `beta-mean-90` | mean | low | high |
//! | `triangular` | low | mode | high |
//! | `weibull` | shape | scale | |

use crate::random::normal_quantile;
use crate::stats::special::{beta_quantile, regularized_beta};
use crate::table::{Table, TableError};

/// The priors that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/priors.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/priors.csv";

/// The probability between the two ends of an interval.
const INTERVAL: f64 = 0.9;

/// A distribution of one quantity. What it was made from does not contradict itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior(Kind);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Fixed(f64),
    Normal {
        mean: f64,
        deviation: f64,
    },
    /// Deviations of the logarithm below and above its median.
    LogNormal {
        median: f64,
        below: f64,
        above: f64,
    },
    Uniform {
        low: f64,
        high: f64,
    },
    LogUniform {
        low: f64,
        high: f64,
    },
    Beta {
        a: f64,
        b: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Weibull {
        shape: f64,
        scale: f64,
    },
}

/// Why numbers make no distribution, and which of them is to blame.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{why}")]
pub struct PriorError {
    /// The number, from 0; `None` where it is the distribution itself.
    pub parameter: Option<usize>,
    /// What is wrong.
    pub why: Contradiction,
}

/// What is wrong with the numbers of a distribution.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Contradiction {
    /// There is no such distribution.
    #[error("`{word}` is no distribution\n\nhint: known distributions are {known}")]
    Unknown {
        /// What stands there.
        word: String,
        /// What may stand there.
        known: String,
    },
    /// A number is missing.
    #[error("`{word}` needs a number here")]
    Missing {
        /// The distribution.
        word: String,
    },
    /// There is a number too many.
    #[error("`{word}` takes no number here\n\nhint: leave the cell empty")]
    Extra {
        /// The distribution.
        word: String,
    },
    /// A number is not finite.
    #[error("{0} is no finite number")]
    NotFinite(f64),
    /// The two ends are the wrong way round, or the same.
    #[error(
        "the low end {low} is not below the high end {high}\n\nhint: exchange them; what is known exactly is `fixed`"
    )]
    Order {
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
    /// The middle is not between the ends.
    #[error("the middle {middle} does not lie between {low} and {high}")]
    Outside {
        /// The median, mean or mode.
        middle: f64,
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
    /// A number has to be positive.
    #[error("{0} is not above zero, which this distribution needs")]
    NotPositive(f64),
    /// A number has to be a share.
    #[error("{0} does not lie between 0 and 1, where a beta distribution has its values")]
    NoShare(f64),
    /// No beta distribution is like that.
    #[error(
        "no beta distribution with the mean {mean} has 90 % of its probability between {low} and {high}\n\nhint: give the two shapes as `beta`"
    )]
    NoBeta {
        /// The mean.
        mean: f64,
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
}

fn blame<T>(parameter: usize, why: Contradiction) -> Result<T, PriorError> {
    Err(PriorError { parameter: Some(parameter), why })
}

fn finite(values: &[f64]) -> Result<(), PriorError> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => blame(at, Contradiction::NotFinite(values[at])),
        None => Ok(()),
    }
}

fn positive(parameter: usize, value: f64) -> Result<(), PriorError> {
    if value > 0.0 { Ok(()) } else { blame(parameter, Contradiction::NotPositive(value)) }
}

fn ordered(parameter: usize, low: f64, high: f64) -> Result<(), PriorError> {
    if low < high { Ok(()) } else { blame(parameter, Contradiction::Order { low, high }) }
}

fn between(parameter: usize, low: f64, middle: f64, high: f64) -> Result<(), PriorError> {
    if low < middle && middle < high {
        return Ok(());
    }
    blame(parameter, Contradiction::Outside { middle, low, high })
}

/// The distance of the 95th percentile of a normal variable from its mean, in deviations.
fn end() -> f64 {
    normal_quantile(0.5 + INTERVAL / 2.0)
}

impl Prior {
    /// A quantity that is known.
    ///
    /// # Errors
    /// It is not finite.
    pub fn fixed(value: f64) -> Result<Prior, PriorError> {
        finite(&[value])?;
        Ok(Prior(Kind::Fixed(value)))
    }

    /// A normal variable.
    ///
    /// # Errors
    /// The deviation is not above zero.
    pub fn normal(mean: f64, deviation: f64) -> Result<Prior, PriorError> {
        finite(&[mean, deviation])?;
        positive(1, deviation)?;
        Ok(Prior(Kind::Normal { mean, deviation }))
    }

    /// A lognormal variable by its 5th and 95th percentile.
    ///
    /// # Errors
    /// They are not above zero, or the wrong way round.
    pub fn log_normal_90(low: f64, high: f64) -> Result<Prior, PriorError> {
        finite(&[low, high])?;
        positive(0, low)?;
        ordered(0, low, high)?;
        let (low, high) = (libm::log(low), libm::log(high));
        let deviation = (high - low) / (2.0 * end());
        let median = (low + high) / 2.0;
        Ok(Prior(Kind::LogNormal { median, below: deviation, above: deviation }))
    }

    /// A lognormal variable by its median, 5th and 95th percentile. Where the median is not the
    /// geometric mean of the ends, its logarithm has one deviation below the median and another
    /// above it, so that all three percentiles are those stated.
    ///
    /// # Errors
    /// They are not above zero, or not in order.
    pub fn log_normal_median_90(median: f64, low: f64, high: f64) -> Result<Prior, PriorError> {
        finite(&[median, low, high])?;
        positive(1, low)?;
        ordered(1, low, high)?;
        between(0, low, median, high)?;
        let [median, low, high] = [median, low, high].map(libm::log);
        let (below, above) = ((median - low) / end(), (high - median) / end());
        Ok(Prior(Kind::LogNormal { median, below, above }))
    }

    /// A uniform variable between two bounds.
    ///
    /// # Errors
    /// They are the wrong way round.
    pub fn uniform(low: f64, high: f64) -> Result<Prior, PriorError> {
        finite(&[low, high])?;
        ordered(0, low, high)?;
        Ok(Prior(Kind::Uniform { low, high }))
    }

    /// A variable between two bounds whose logarithm is uniform.
    ///
    /// # Errors
    /// The bounds are not above zero, or the wrong way round.
    pub fn log_uniform(low: f64, high: f64) -> Result<Prior, PriorError> {
        finite(&[low, high])?;
        positive(0, low)?;
        ordered(0, low, high)?;
        Ok(Prior(Kind::LogUniform { low: libm::log(low), high: libm::log(high) }))
    }

    /// A beta variable by its two shapes.
    ///
    /// # Errors
    /// They are not above zero.
    pub fn beta(a: f64, b: f64) -> Result<Prior, PriorError> {
        finite(&[a, b])?;
        positive(0, a)?;
        positive(1, b)?;
        Ok(Prior(Kind::Beta { a, b }))
    }

    /// A beta variable by its mean and two ends with 90 percent of the probability between them.
    /// That settles both shapes; the two tails need not be equal, see [`Prior::interval_90`].
    ///
    /// # Errors
    /// A number lies outside 0 to 1, the mean outside its ends, or there is no such distribution.
    pub fn beta_mean_90(mean: f64, low: f64, high: f64) -> Result<Prior, PriorError> {
        for (at, value) in [mean, low, high].into_iter().enumerate() {
            finite(&[value])?;
            if !(0.0..=1.0).contains(&value) {
                return blame(at, Contradiction::NoShare(value));
            }
        }
        ordered(1, low, high)?;
        between(0, low, mean, high)?;
        let shapes = |log: f64| (mean * libm::exp(log), (1.0 - mean) * libm::exp(log));
        let inside = |log: f64| {
            let (a, b) = shapes(log);
            regularized_beta(a, b, high) - regularized_beta(a, b, low)
        };
        // The logarithm of the sum of the shapes: from nearly all at 0 and 1 to nearly a point.
        let (mut wide, mut narrow) = (-4.0, 13.0);
        if inside(wide) >= INTERVAL || inside(narrow) <= INTERVAL {
            return blame(0, Contradiction::NoBeta { mean, low, high });
        }
        for _ in 0..60 {
            let middle = (wide + narrow) / 2.0;
            if inside(middle) < INTERVAL {
                wide = middle;
            } else {
                narrow = middle;
            }
        }
        let (a, b) = shapes((wide + narrow) / 2.0);
        Ok(Prior(Kind::Beta { a, b }))
    }

    /// A triangular variable. The mode may be one of the ends.
    ///
    /// # Errors
    /// The numbers are not in order.
    pub fn triangular(low: f64, mode: f64, high: f64) -> Result<Prior, PriorError> {
        finite(&[low, mode, high])?;
        ordered(0, low, high)?;
        if mode < low || mode > high {
            return blame(1, Contradiction::Outside { middle: mode, low, high });
        }
        Ok(Prior(Kind::Triangular { low, mode, high }))
    }

    /// A Weibull variable, such as a lifetime.
    ///
    /// # Errors
    /// Its shape or scale is not above zero.
    pub fn weibull(shape: f64, scale: f64) -> Result<Prior, PriorError> {
        finite(&[shape, scale])?;
        positive(0, shape)?;
        positive(1, scale)?;
        Ok(Prior(Kind::Weibull { shape, scale }))
    }

    /// A distribution by its word and numbers; see the table at the top.
    ///
    /// # Errors
    /// An unknown word, a number too few or too many, or numbers that contradict each other.
    pub fn parse(word: &str, numbers: [Option<f64>; 3]) -> Result<Prior, PriorError> {
        let Some((_, takes, make)) = WORDS.iter().find(|it| it.0 == word) else {
            let known = WORDS.iter().map(|it| format!("`{}`", it.0)).collect::<Vec<_>>().join(", ");
            let why = Contradiction::Unknown { word: word.to_owned(), known };
            return Err(PriorError { parameter: None, why });
        };
        let mut given = [0.0; 3];
        for (at, number) in numbers.into_iter().enumerate() {
            let word = word.to_owned();
            given[at] = match number {
                Some(number) if at < *takes => number,
                None if at >= *takes => continue,
                None => return blame(at, Contradiction::Missing { word }),
                Some(_) => return blame(at, Contradiction::Extra { word }),
            };
        }
        make(given)
    }

    /// The value below which the quantity lies with probability `share`, for `0 < share < 1`. At 0
    /// and 1 it is the end of the distribution, which may be infinite; elsewhere NaN.
    pub fn quantile(&self, share: f64) -> f64 {
        if !(0.0..=1.0).contains(&share) {
            return f64::NAN;
        }
        match self.0 {
            Kind::Fixed(value) => value,
            Kind::Normal { mean, deviation } => mean + deviation * normal_anywhere(share),
            Kind::LogNormal { median, below, above } => {
                let z = normal_anywhere(share);
                libm::exp(median + if z < 0.0 { below } else { above } * z)
            }
            Kind::Uniform { low, high } => low + (high - low) * share,
            Kind::LogUniform { low, high } => libm::exp(low + (high - low) * share),
            Kind::Beta { a, b } => beta_quantile(a, b, share),
            Kind::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if share * width <= rise {
                    low + (share * width * rise).sqrt()
                } else {
                    high - ((1.0 - share) * width * (high - mode)).sqrt()
                }
            }
            Kind::Weibull { shape, scale } => scale * libm::pow(-libm::log1p(-share), 1.0 / shape),
        }
    }

    /// The 5th and the 95th percentile.
    pub fn interval_90(&self) -> [f64; 2] {
        [0.05, 0.95].map(|share| self.quantile(share))
    }

    /// Whether there is nothing to draw.
    pub fn is_fixed(&self) -> bool {
        matches!(self.0, Kind::Fixed(_))
    }
}

fn normal_anywhere(share: f64) -> f64 {
    if share <= 0.0 {
        f64::NEG_INFINITY
    } else if share >= 1.0 {
        f64::INFINITY
    } else {
        normal_quantile(share)
    }
}

/// A word, how many numbers it takes, and what it makes of them.
type Word = (&'static str, usize, fn([f64; 3]) -> Result<Prior, PriorError>);

const WORDS: [Word; 10] = [
    ("fixed", 1, |[a, ..]| Prior::fixed(a)),
    ("normal", 2, |[a, b, _]| Prior::normal(a, b)),
    ("lognormal-90", 2, |[a, b, _]| Prior::log_normal_90(a, b)),
    ("lognormal-median-90", 3, |[a, b, c]| Prior::log_normal_median_90(a, b, c)),
    ("uniform", 2, |[a, b, _]| Prior::uniform(a, b)),
    ("loguniform", 2, |[a, b, _]| Prior::log_uniform(a, b)),
    ("beta", 2, |[a, b, _]| Prior::beta(a, b)),
    ("beta-mean-90", 3, |[a, b, c]| Prior::beta_mean_90(a, b, c)),
    ("triangular", 3, |[a, b, c]| Prior::triangular(a, b, c)),
    ("weibull", 2, |[a, b, _]| Prior::weibull(a, b)),
];

/// How well what a row says is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Seen in the source.
    Verified,
    /// Known from a copy or a report of the source.
    Secondary,
    /// Computed from other rows.
    Derived,
    /// Taken for granted; no source bears it.
    Assumed,
}

const VERIFICATIONS: [(&str, Verification); 4] = [
    ("VERIFIED", Verification::Verified),
    ("SECONDARY", Verification::Secondary),
    ("DERIVED", Verification::Derived),
    ("ASSUMED", Verification::Assumed),
];

/// A quantity and what is believed of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What a model calls it.
    pub symbol: String,
    /// What it is.
    pub meaning: String,
    /// Its unit; `1` of a pure number.
    pub unit: String,
    /// What is believed of it.
    pub prior: Prior,
    /// Where that comes from.
    pub basis: String,
    /// How well it is known.
    pub verification: Verification,
}

/// Quantities, each with its prior, in the order of their table.
#[derive(Clone, Debug, PartialEq)]
pub struct Priors {
    rows: Vec<Row>,
}

impl Priors {
    /// What the program carries.
    ///
    /// # Errors
    /// See [`Priors::read`].
    pub fn shipped() -> Result<Priors, TableError> {
        Priors::read(SHIPPED_NAME, SHIPPED)
    }

    /// Reads a table with the columns `symbol`, `meaning`, `unit`, `distribution`, `a`, `b`, `c`,
    /// `basis` and `verification`.
    ///
    /// # Errors
    /// A symbol that is empty or twice there, no distribution, a basis left out, another
    /// verification: with file, row and column.
    pub fn read(file: &str, text: &str) -> Result<Priors, TableError> {
        let table = Table::read(file, text)?;
        let columns = ["symbol", "meaning", "unit", "distribution", "basis", "verification"];
        let mut places = [0; 6];
        for (place, column) in places.iter_mut().zip(columns) {
            *place = table.column(column)?;
        }
        let numbers = [table.column("a")?, table.column("b")?, table.column("c")?];
        let mut rows: Vec<Row> = Vec::with_capacity(table.len());
        for row in 0..table.len() {
            let read = read_row(&table, row, places, numbers)?;
            if rows.iter().any(|before| before.symbol == read.symbol) {
                let why =
                    format!("`{}` is there twice\n\nhint: leave one of the rows out", read.symbol);
                return Err(table.unusable(row, places[0], why));
            }
            rows.push(read);
        }
        Ok(Priors { rows })
    }

    /// All quantities.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A quantity by its symbol.
    pub fn find(&self, symbol: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.symbol == symbol)
    }

    /// The same quantities in another order.
    ///
    /// # Errors
    /// The first name that is not there.
    pub fn in_order<'n>(self, names: &[&'n str]) -> Result<Priors, &'n str> {
        let row = |name: &&'n str| self.find(name).cloned().ok_or(*name);
        Ok(Priors { rows: names.iter().map(row).collect::<Result<_, _>>()? })
    }

    /// The quantities that are not fixed: the factors of a design, in the order of its columns.
    pub fn factors(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.prior.is_fixed())
    }

    /// The values of all quantities at a point of the unit cube that has one coordinate for each of
    /// [`Priors::factors`].
    ///
    /// # Errors
    /// The point has another number of coordinates.
    pub fn at(&self, unit: &[f64]) -> Result<Vec<f64>, super::StatsError> {
        super::StatsError::same_length(unit.len(), self.factors().count())?;
        let mut shares = unit.iter();
        let value = |row: &Row| {
            let drawn = if row.prior.is_fixed() { None } else { shares.next() };
            row.prior.quantile(drawn.copied().unwrap_or(0.5))
        };
        Ok(self.rows.iter().map(value).collect())
    }
}

fn read_row(
    table: &Table,
    row: usize,
    [symbol, meaning, unit, distribution, basis, verification]: [usize; 6],
    numbers: [usize; 3],
) -> Result<Row, TableError> {
    for needed in [symbol, unit, basis] {
        if table.text(row, needed).is_empty() {
            let why = "it is empty\n\nhint: every quantity has a symbol, a unit and a basis";
            return Err(table.unusable(row, needed, why));
        }
    }
    let word = table.text(row, verification);
    let Some((_, verification)) = VERIFICATIONS.iter().find(|it| it.0 == word) else {
        let why = format!(
            "`{word}` is no verification\n\nhint: write VERIFIED, SECONDARY, DERIVED or ASSUMED"
        );
        return Err(table.unusable(row, verification, why));
    };
    let mut given = [None; 3];
    for (place, column) in given.iter_mut().zip(numbers) {
        *place = table.maybe_number(row, column)?;
    }
    let prior = Prior::parse(table.text(row, distribution), given).map_err(|error| {
        let column = error.parameter.map_or(distribution, |at| numbers[at]);
        table.unusable(row, column, error.to_string())
    })?;
    let text = |column: usize| table.text(row, column).to_owned();
    Ok(Row {
        symbol: text(symbol),
        meaning: text(meaning),
        unit: text(unit),
        prior,
        basis: text(basis),
        verification: *verification,
    })
}

#[cfg(test)]
mod tests;

//! Statistics of computer experiments: what to run, what the runs say, and how good they are.
//!
//! Nothing here knows what a model is about. A model is a function from a point to numbers; points
//! lie in the unit cube, and [`prior`] turns them into quantities. [`design`] says which points to
//! run, [`morris`] and [`sobol`] which factors matter, [`discover`] where cases of interest lie,
//! [`regret`] what a choice may cost, [`fit`] which points agree with what was observed, [`score`]
//! how good forecasts were.
//!
//! The same seed gives the same bits on every machine and at any number of threads: runs land by
//! their number, chance comes from [`crate::random`], sums have a fixed order.

use std::convert::Infallible;
use std::fmt::Display;

use rayon::prelude::*;

pub mod design;
pub mod discover;
pub mod fit;
pub mod morris;
pub mod prior;
pub mod regret;
pub mod score;
pub mod sobol;
mod special;

/// Points, one a run: the same number of coordinates each.
pub type Points = Vec<Vec<f64>>;

/// The bounds of a box, ends counted, in the units of the points.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// The lower end of each factor.
    pub low: Vec<f64>,
    /// The upper end of each factor.
    pub high: Vec<f64>,
}

impl Bounds {
    /// The smallest box around points, of which there is one at least.
    pub(crate) fn around(points: &[Vec<f64>]) -> Bounds {
        let mut bounds = Bounds { low: points[0].clone(), high: points[0].clone() };
        for point in points {
            for (factor, value) in point.iter().enumerate() {
                bounds.low[factor] = bounds.low[factor].min(*value);
                bounds.high[factor] = bounds.high[factor].max(*value);
            }
        }
        bounds
    }

    /// Whether a point lies inside.
    pub fn holds(&self, point: &[f64]) -> bool {
        self.holds_but(point, usize::MAX)
    }

    /// Whether a point lies inside, whatever one of its factors is.
    pub(crate) fn holds_but(&self, point: &[f64], but: usize) -> bool {
        point.iter().enumerate().all(|(factor, value)| {
            factor == but || (self.low[factor] <= *value && *value <= self.high[factor])
        })
    }

    /// The unit cube.
    pub fn unit(factors: usize) -> Bounds {
        Bounds { low: vec![0.0; factors], high: vec![1.0; factors] }
    }

    /// Whether two boxes share more than a face.
    pub fn overlaps(&self, other: &Bounds) -> bool {
        let ends = self.low.iter().zip(&self.high).zip(other.low.iter().zip(&other.high));
        ends.into_iter().all(|((low, high), (from, to))| low < to && from < high)
    }

    /// The product of the sides.
    pub fn volume(&self) -> f64 {
        self.low.iter().zip(&self.high).map(|(low, high)| high - low).product()
    }

    /// The place inside of a point of the unit cube.
    pub(crate) fn place(&self, unit: &[f64]) -> Vec<f64> {
        let sides = self.low.iter().zip(&self.high);
        unit.iter().zip(sides).map(|(share, (low, high))| low + (high - low) * share).collect()
    }
}

/// Why a method cannot be used on what it was given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// There is too little of something, such as runs or options.
    #[error("{found} {what} are too few\n\nhint: at least {least} are needed")]
    TooFew {
        /// What of.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there must be.
        least: usize,
    },
    /// A design is larger than its sequence.
    #[error(
        "a Sobol sequence of {runs} points in {factors} dimensions is too large\n\nhint: it has at most {most_runs} points in {most_factors} dimensions; Latin hypercubes have no such bound"
    )]
    TooLarge {
        /// Points.
        runs: usize,
        /// Dimensions.
        factors: usize,
        /// The most points.
        most_runs: usize,
        /// The most dimensions.
        most_factors: usize,
    },
    /// Two lists that belong together are of different length.
    #[error("{found} values where {wanted} are expected\n\nhint: give one for each, in order")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        wanted: usize,
    },
    /// A logarithm is asked for that does not exist.
    #[error("value {place} is {value}, which has no logarithm\n\nhint: work without logarithms")]
    NoLogarithm {
        /// Which value, from 1.
        place: usize,
        /// What it is.
        value: f64,
    },
    /// A value is not finite.
    #[error("value {place} is {value}, which is no finite number\n\nhint: leave it out")]
    NotFinite {
        /// Which value, from 1.
        place: usize,
        /// What it is.
        value: f64,
    },
    /// All runs give the same.
    #[error("all runs give the same result, so no factor matters\n\nhint: look at another result")]
    Constant,
    /// No run is of interest, or all are.
    #[error("of {runs} runs {interesting} are of interest, so there is nothing to tell apart")]
    NothingToFind {
        /// Runs.
        runs: usize,
        /// Those of interest.
        interesting: usize,
    },
    /// A number that cannot be below zero is.
    #[error("`{name}` is {value}, which is below zero")]
    BelowZero {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// Two ends are the wrong way round.
    #[error("the low end {low} is not below the high end {high}\n\nhint: exchange them")]
    Ends {
        /// The low end.
        low: f64,
        /// The high end.
        high: f64,
    },
    /// A target allows for nothing.
    #[error(
        "the target `{name}` has no variance, so only a model that meets it exactly is left\n\nhint: say how well it was observed, or what the model leaves out"
    )]
    Exact {
        /// Its name.
        name: String,
    },
    /// A setting lies outside what it can be.
    #[error(
        "the setting `{name}` is {value}, outside of what it can be\n\nhint: it goes from {low} to {high}"
    )]
    Setting {
        /// Its name.
        name: &'static str,
        /// What it is.
        value: f64,
        /// The least it can be.
        low: f64,
        /// The most it can be.
        high: f64,
    },
}

impl StatsError {
    /// That a setting lies within its bounds.
    pub(crate) fn check(
        name: &'static str,
        value: f64,
        low: f64,
        high: f64,
    ) -> Result<(), StatsError> {
        let inside = value >= low && value <= high;
        if inside { Ok(()) } else { Err(StatsError::Setting { name, value, low, high }) }
    }

    /// That there are enough.
    pub(crate) fn at_least(
        what: &'static str,
        found: usize,
        least: usize,
    ) -> Result<(), StatsError> {
        if found >= least { Ok(()) } else { Err(StatsError::TooFew { what, found, least }) }
    }

    /// That a number is not below zero.
    pub(crate) fn not_below_zero(name: &'static str, value: f64) -> Result<(), StatsError> {
        if value < 0.0 { Err(StatsError::BelowZero { name, value }) } else { Ok(()) }
    }

    /// That two lists are of one length.
    pub(crate) fn same_length(found: usize, wanted: usize) -> Result<(), StatsError> {
        if found == wanted { Ok(()) } else { Err(StatsError::Length { found, wanted }) }
    }

    /// That all values are finite.
    pub(crate) fn all_finite(values: &[f64]) -> Result<(), StatsError> {
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(at) => Err(StatsError::NotFinite { place: at + 1, value: values[at] }),
        }
    }
}

/// A run that gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which run, from 0.
    pub run: usize,
    /// What the model says.
    pub why: String,
}

/// What runs gave, in the order of their points.
#[derive(Clone, Debug, PartialEq)]
pub struct Runs {
    /// What each run gave: as many numbers each, all NaN where the run failed.
    pub results: Vec<Vec<f64>>,
    /// The runs that failed.
    pub failures: Vec<Failure>,
}

impl Runs {
    /// One result of every run; NaN where the run failed, and where there is no such result.
    pub fn column(&self, result: usize) -> Vec<f64> {
        self.results.iter().map(|run| run.get(result).copied().unwrap_or(f64::NAN)).collect()
    }
}

/// Runs a model at every point, in parallel. A run fails that gives another number of results than
/// the first run that did not fail, or only NaN.
///
/// # Examples
/// ```
/// let points = vec![vec![0.25], vec![0.5]];
/// let runs = lab::stats::evaluate(&points, |point| vec![point[0] * 4.0]);
/// assert_eq!(runs.column(0), [1.0, 2.0]);
/// ```
pub fn evaluate(points: &[Vec<f64>], model: impl Fn(&[f64]) -> Vec<f64> + Sync) -> Runs {
    try_evaluate(points, |point| Ok::<_, Infallible>(model(point)))
}

/// Runs a model that may fail at every point, in parallel; see [`evaluate`].
pub fn try_evaluate<E: Display>(
    points: &[Vec<f64>],
    model: impl Fn(&[f64]) -> Result<Vec<f64>, E> + Sync,
) -> Runs {
    let outcomes: Vec<Result<Vec<f64>, String>> = points
        .par_iter()
        .map(|point| match model(point) {
            Ok(results) if results.iter().all(|it| it.is_nan()) => {
                let why = "the run gives no number";
                Err(why.to_owned())
            }
            Ok(results) => Ok(results),
            Err(why) => Err(why.to_string()),
        })
        .collect();
    let width = outcomes.iter().flatten().map(Vec::len).next().unwrap_or(0);
    let mut runs = Runs { results: Vec::with_capacity(points.len()), failures: Vec::new() };
    for (run, outcome) in outcomes.into_iter().enumerate() {
        let checked = outcome.and_then(|results| {
            if results.len() == width {
                return Ok(results);
            }
            let why = format!("the run gives {} results, where others give {width}", results.len());
            Err(why)
        });
        let results = checked.unwrap_or_else(|why| {
            runs.failures.push(Failure { run, why });
            vec![f64::NAN; width]
        });
        runs.results.push(results);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_runs_are_counted_and_keep_their_place() {
        let points: Points = (0..5).map(|run| vec![f64::from(run)]).collect();
        let runs = try_evaluate(&points, |point| match point[0] as u32 {
            1 => Err("it broke"),
            2 => Ok(vec![f64::NAN, f64::NAN]),
            3 => Ok(vec![1.0]),
            run => Ok(vec![f64::from(run), 7.0]),
        });
        let failed: Vec<usize> = runs.failures.iter().map(|failure| failure.run).collect();
        assert_eq!(failed, [1, 2, 3]);
        assert_eq!(runs.failures[0].why, "it broke");
        let column = runs.column(0);
        assert_eq!((column[0], column[4]), (0.0, 4.0));
        assert!(column[1..4].iter().all(|value| value.is_nan()));
        assert!(runs.column(9).iter().all(|value| value.is_nan()));
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Functions and checks that several tests share.

    use std::f64::consts::PI;

    /// Ishigami and Homma 1990 with a = 7 and b = 0.1, on the unit cube.
    pub fn ishigami(unit: &[f64]) -> Vec<f64> {
        let x: Vec<f64> = unit.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
        let (first, second) = (libm::sin(x[0]), libm::sin(x[1]));
        let third = x[2] * x[2];
        vec![first + 7.0 * second * second + 0.1 * third * third * first]
    }

    /// What a computation gives on one thread and on three.
    pub fn on_threads<T: Send>(compute: impl Fn() -> T + Sync) -> [T; 2] {
        [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("threads start").install(&compute)
        })
    }
}

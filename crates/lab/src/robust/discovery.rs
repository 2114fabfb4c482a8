//! Scenario discovery: under which assumptions a quantity passes a threshold.
//!
//! Runs are points of the unit cube, a coordinate a parameter: the share of its distribution that
//! lies below. Where several scenarios are looked at together, each is a coordinate of 0 or 1 too.

use std::str::FromStr;

use crate::quantiles::Sorted;
use crate::stats::discover::{self, Step, Trajectory, cart, prim, resample};
use crate::stats::{Points, StatsError};

/// Bounds that chance explains with a larger probability are dropped (Bryant and Lempert 2010).
pub const CHANCE_MOST: f64 = 0.05;

/// Where cases of interest begin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// At a value, in the quantity's unit.
    Value(f64),
    /// At a quantile of the runs.
    Quantile(f64),
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Threshold, String> {
        let wrong = || {
            format!(
                "`{text}` is no threshold\n\nhint: write a number, or p90 for the 90 percent quantile of the runs"
            )
        };
        let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
        if let Some(percent) = text.strip_prefix('p') {
            let percent = number(percent).filter(|it| *it > 0.0 && *it < 100.0);
            return percent.map(|it| Threshold::Quantile(it / 100.0)).ok_or_else(wrong);
        }
        number(text).map(Threshold::Value).ok_or_else(wrong)
    }
}

/// Which side of the threshold is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Values above it.
    Above,
    /// Values below it.
    Below,
}

/// Runs to tell apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cases {
    /// The names of the coordinates.
    pub names: Vec<String>,
    /// The runs.
    pub points: Points,
    /// The value of each run.
    pub values: Vec<f64>,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// Where cases of interest begin.
    pub threshold: Threshold,
    /// On which side.
    pub side: Side,
    /// The least density of the box to look at; the box nearest to full coverage and density where
    /// none is given.
    pub density: Option<f64>,
    /// How often runs are drawn anew.
    pub resamples: usize,
    /// The deepest leaf of the tree, in cuts.
    pub depth: usize,
    /// The seed of the resamples.
    pub seed: u64,
}

/// A coordinate that the box bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Which coordinate.
    pub factor: usize,
    /// Its lower end, where the box has one.
    pub low: Option<f64>,
    /// Its upper end, where the box has one.
    pub high: Option<f64>,
    /// The probability that chance does as well.
    pub by_chance: f64,
    /// The share of resamples whose like box bounds it too.
    pub reproduced: f64,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Discovery {
    /// The threshold as a value.
    pub threshold: f64,
    /// How many runs there are, and how many are of interest.
    pub runs: (usize, usize),
    /// The boxes on the way.
    pub trajectory: Trajectory,
    /// Which of them is looked at.
    pub chosen: usize,
    /// That box, without the bounds that chance explains.
    pub found: Step,
    /// Its bounds, the surest first.
    pub bounds: Vec<Bound>,
    /// The leaves of the tree, the densest first.
    pub leaves: Vec<Step>,
    /// The smallest box around all runs.
    pub whole: crate::stats::Bounds,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DiscoveryError {
    /// No run passes the threshold, or every one does.
    #[error(
        "{passing} of {runs} runs pass the threshold {threshold}, so there is nothing to tell apart\n\nhint: the runs come to {low} to {high}; p90 is the 90 percent quantile"
    )]
    OneSided {
        /// The runs that pass.
        passing: usize,
        /// All runs.
        runs: usize,
        /// The threshold.
        threshold: f64,
        /// The least value.
        low: f64,
        /// The greatest.
        high: f64,
    },
    /// No box is as dense as was asked for.
    #[error("no box has a density of {wanted}\n\nhint: the densest one has {densest:.3}")]
    Sparse {
        /// What was asked for.
        wanted: f64,
        /// The densest.
        densest: f64,
    },
    /// Another reason.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

/// Finds boxes of cases of interest, by PRIM and by a tree. Runs without a value are left out.
///
/// # Errors
/// [`DiscoveryError`].
pub fn discover(cases: &Cases, question: Question) -> Result<Discovery, DiscoveryError> {
    StatsError::same_length(cases.values.len(), cases.points.len())?;
    let has =
        |(point, value): (&Vec<f64>, &f64)| value.is_finite().then(|| (point.clone(), *value));
    let (points, values): (Points, Vec<f64>) =
        cases.points.iter().zip(&cases.values).filter_map(has).unzip();
    StatsError::at_least("runs that succeed", values.len(), 2)?;
    let sorted = Sorted::new(values.clone());
    let at = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
    let threshold = match question.threshold {
        Threshold::Value(value) => value,
        Threshold::Quantile(share) => at(share),
    };
    let passes = |value: &f64| match question.side {
        Side::Above => *value > threshold,
        Side::Below => *value < threshold,
    };
    let interest: Vec<bool> = values.iter().map(passes).collect();
    let passing = interest.iter().filter(|it| **it).count();
    let runs = values.len();
    if passing == 0 || passing == runs {
        let (low, high) = (at(0.0), at(1.0));
        return Err(DiscoveryError::OneSided { passing, runs, threshold, low, high });
    }
    let trajectory = prim(&points, &interest, discover::Settings::default())?;
    let chosen = chosen(&trajectory, question.density)?;
    let found = discover::pruned(&points, &interest, &trajectory.steps[chosen], CHANCE_MOST)?;
    let again =
        resample::reproduced(&points, &interest, &found, question.resamples, question.seed)?;
    let chances = discover::by_chance(&points, &interest, &found);
    let whole = trajectory.steps[0].bounds.clone();
    let bound = |factor: &usize| {
        let (low, high) = (found.bounds.low[*factor], found.bounds.high[*factor]);
        Bound {
            factor: *factor,
            low: (low > whole.low[*factor]).then_some(low),
            high: (high < whole.high[*factor]).then_some(high),
            by_chance: chances[*factor].unwrap_or(1.0),
            reproduced: again[*factor],
        }
    };
    let mut bounds: Vec<Bound> = found.restricted.iter().map(bound).collect();
    bounds.sort_by(|a, b| a.by_chance.total_cmp(&b.by_chance));
    let leaves = cart::cart(&points, &interest, CHANCE_MOST, question.depth)?;
    Ok(Discovery {
        threshold,
        runs: (runs, passing),
        trajectory,
        chosen,
        found,
        bounds,
        leaves,
        whole,
    })
}

fn chosen(trajectory: &Trajectory, density: Option<f64>) -> Result<usize, DiscoveryError> {
    let Some(wanted) = density else { return Ok(trajectory.nearest(1.0, 1.0)) };
    let Some(step) = trajectory.at_density(wanted) else {
        let densest = trajectory.steps.iter().map(|step| step.density).fold(0.0, f64::max);
        return Err(DiscoveryError::Sparse { wanted, densest });
    };
    Ok(trajectory.steps.iter().position(|it| it == step).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{design, samples};

    fn question(threshold: Threshold) -> Question {
        Question { threshold, side: Side::Above, density: None, resamples: 5, depth: 4, seed: 1 }
    }

    /// A value that is large only where one coordinate is high and another low.
    fn planted() -> Cases {
        let points = design::latin_hypercube(800, 6, 9);
        let value = |x: &Vec<f64>| f64::from(u8::from(x[2] > 0.6 && x[5] < 0.5)) * 10.0 + x[0];
        let values = points.iter().map(value).collect();
        Cases { names: (0..6).map(|at| format!("x{at}")).collect(), points, values }
    }

    #[test]
    fn a_planted_box_is_found_by_both_methods() {
        let mut cases = planted();
        cases.values[7] = f64::NAN;
        let found = discover(&cases, question(Threshold::Value(5.0))).expect("there is a box");
        assert_eq!(found.runs.0, 799, "a run that failed is left out");
        let mut factors: Vec<usize> = found.bounds.iter().map(|bound| bound.factor).collect();
        factors.sort_unstable();
        assert_eq!(factors, [2, 5], "{:?}", found.bounds);
        let of = |factor| found.bounds.iter().find(|it| it.factor == factor).expect("a bound");
        assert!((of(2).low.expect("a lower end") - 0.6).abs() < 0.03 && of(2).high.is_none());
        assert!((of(5).high.expect("an upper end") - 0.5).abs() < 0.03 && of(5).low.is_none());
        assert!(found.bounds.iter().all(|it| it.by_chance < 1e-6 && it.reproduced == 1.0));
        assert!(found.found.coverage > 0.95 && found.found.density > 0.95, "{:?}", found.found);
        let best = &found.leaves[0];
        assert!(best.density > 0.95 && (best.bounds.low[2] - 0.6).abs() < 0.02, "{best:?}");
    }

    #[test]
    fn thresholds_that_tell_nothing_apart_are_told() {
        let cases = planted();
        for (threshold, said) in [(99.0, "0 of 800 runs pass"), (-1.0, "800 of 800 runs pass")] {
            let wrong = discover(&cases, question(Threshold::Value(threshold))).expect_err(said);
            let wrong = wrong.to_string();
            assert!(wrong.contains(said) && wrong.contains("the runs come to"), "{wrong}");
        }
        let dense = Question { density: Some(1.1), ..question(Threshold::Value(5.0)) };
        let wrong = discover(&cases, dense).expect_err("no such box").to_string();
        assert!(wrong.starts_with("no box has a density of 1.1"), "{wrong}");
    }

    #[test]
    fn quantiles_and_values_are_thresholds() {
        assert_eq!("p90".parse(), Ok(Threshold::Quantile(0.9)));
        assert_eq!("2.5e6".parse(), Ok(Threshold::Value(2.5e6)));
        for wrong in ["p0", "p100", "p", "many", "NaN", "inf"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
        let found = discover(&planted(), question(Threshold::Quantile(0.9))).expect("a box");
        assert_eq!(found.runs.1, 80);
        let low = Question { side: Side::Below, ..question(Threshold::Quantile(0.3)) };
        assert_eq!(discover(&planted(), low).expect("a box").runs.1, 240);
    }

    #[test]
    fn the_same_is_found_at_any_number_of_threads() {
        let cases = planted();
        let [one, three] =
            samples::on_threads(|| discover(&cases, question(Threshold::Quantile(0.8))));
        assert_eq!(one, three);
    }
}

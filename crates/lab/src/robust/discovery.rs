//! Scenario discovery: under which assumptions a quantity passes a threshold.
//!
//! Runs are points of the unit cube, a coordinate a parameter: the share of its distribution that
//! lies below. Where several scenarios are looked at together, each is a coordinate of 0 or 1 too.
//!
//! A box is searched in one half of the runs and judged by the other one: with dozens of parameters
//! a box that looks dense may be nothing but luck. Runs that share their parameters, such as a
//! particle of the fit drawn twice, lie in the same half.

use std::collections::HashMap;
use std::str::FromStr;

use crate::quantiles::Sorted;
use crate::stats::discover::{self, Step, Trajectory, cart, prim, resample, screen};
use crate::stats::{Bounds, Points, StatsError};

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
    /// The parameters of each run by number: runs of the same ones lie in the same half.
    pub groups: Vec<u64>,
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
    /// How many coordinates a box may bound: those that differ most among the cases of interest.
    pub keep: usize,
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
    /// Which of the coordinates that were kept.
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

/// How a box does among the runs that it was not searched in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// The share of cases of interest that it holds.
    pub coverage: f64,
    /// The share of its runs that are of interest; no number where it holds none.
    pub density: f64,
    /// The runs that it holds.
    pub runs: usize,
}

/// What was found. Boxes are those of the coordinates that were kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Discovery {
    /// The threshold as a value.
    pub threshold: f64,
    /// How many runs there are, and how many are of interest.
    pub runs: (usize, usize),
    /// The coordinates that boxes are made of.
    pub kept: Vec<usize>,
    /// The boxes on the way.
    pub trajectory: Trajectory,
    /// How each of them does among the other runs.
    pub trajectory_held_out: Vec<HeldOut>,
    /// Which of them is looked at.
    pub chosen: usize,
    /// That box, without the bounds that chance explains.
    pub found: Step,
    /// How it does among the other runs.
    pub held_out: HeldOut,
    /// Its bounds, the surest first.
    pub bounds: Vec<Bound>,
    /// The leaves of the tree, the densest first.
    pub leaves: Vec<Step>,
    /// How each of them does among the other runs.
    pub leaves_held_out: Vec<HeldOut>,
    /// The smallest box around the runs that were searched.
    pub whole: Bounds,
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

/// Runs of one half.
#[derive(Default)]
struct Half {
    points: Points,
    interest: Vec<bool>,
}

impl Half {
    /// How a box does here; its sides at the ends of all runs are open.
    fn judge(&self, step: &Step, whole: &Bounds) -> HeldOut {
        let mut open = step.bounds.clone();
        for factor in 0..whole.low.len() {
            if open.low[factor] <= whole.low[factor] {
                open.low[factor] = f64::NEG_INFINITY;
            }
            if open.high[factor] >= whole.high[factor] {
                open.high[factor] = f64::INFINITY;
            }
        }
        let inside = || self.points.iter().zip(&self.interest).filter(|it| open.holds(it.0));
        let (runs, hits) = (inside().count(), inside().filter(|it| *it.1).count());
        let all = self.interest.iter().filter(|it| **it).count();
        HeldOut { coverage: hits as f64 / all as f64, density: hits as f64 / runs as f64, runs }
    }
}

/// Finds boxes of cases of interest, by PRIM and by a tree. Runs without a value are left out.
///
/// # Errors
/// [`DiscoveryError`].
pub fn discover(cases: &Cases, question: Question) -> Result<Discovery, DiscoveryError> {
    StatsError::same_length(cases.values.len(), cases.points.len())?;
    StatsError::same_length(cases.groups.len(), cases.points.len())?;
    let (threshold, runs) = passing(cases, question)?;
    let [mut searched, mut other] = halves(cases, question.side, threshold);
    let kept = screen::strongest(&searched.points, &searched.interest, question.keep)?;
    for half in [&mut searched, &mut other] {
        for point in &mut half.points {
            *point = kept.iter().map(|factor| point[*factor]).collect();
        }
    }
    let (points, interest) = (&searched.points, &searched.interest);
    let trajectory = prim(points, interest, discover::Settings::default())?;
    let chosen = chosen(&trajectory, question.density)?;
    let found = discover::pruned(points, interest, &trajectory.steps[chosen], CHANCE_MOST)?;
    let whole = trajectory.steps[0].bounds.clone();
    let bounds = bounds(&searched, &found, &whole, question)?;
    let leaves = cart::cart(points, interest, CHANCE_MOST, question.depth)?;
    let judge = |step: &Step| other.judge(step, &whole);
    Ok(Discovery {
        threshold,
        runs,
        kept,
        trajectory_held_out: trajectory.steps.iter().map(judge).collect(),
        trajectory,
        chosen,
        held_out: judge(&found),
        found,
        bounds,
        leaves_held_out: leaves.iter().map(judge).collect(),
        leaves,
        whole,
    })
}

fn passes(value: f64, side: Side, threshold: f64) -> bool {
    match side {
        Side::Above => value > threshold,
        Side::Below => value < threshold,
    }
}

/// The threshold as a value, the runs with a value, and those of interest.
fn passing(cases: &Cases, question: Question) -> Result<(f64, (usize, usize)), DiscoveryError> {
    let values: Vec<f64> = cases.values.iter().copied().filter(|it| it.is_finite()).collect();
    let runs = values.len();
    StatsError::at_least("runs that succeed", runs, 2)?;
    let sorted = Sorted::new(values.clone());
    let at = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
    let threshold = match question.threshold {
        Threshold::Value(value) => value,
        Threshold::Quantile(share) => at(share),
    };
    let passing = values.iter().filter(|it| passes(**it, question.side, threshold)).count();
    if passing == 0 || passing == runs {
        let (low, high) = (at(0.0), at(1.0));
        return Err(DiscoveryError::OneSided { passing, runs, threshold, low, high });
    }
    Ok((threshold, (runs, passing)))
}

/// Puts every other set of parameters, in the order in which they first appear, into one half.
fn halves(cases: &Cases, side: Side, threshold: f64) -> [Half; 2] {
    let mut halves = [Half::default(), Half::default()];
    let mut known: HashMap<u64, usize> = HashMap::new();
    for ((point, value), group) in cases.points.iter().zip(&cases.values).zip(&cases.groups) {
        let next = known.len();
        let half = &mut halves[*known.entry(*group).or_insert(next) % 2];
        if value.is_finite() {
            half.points.push(point.clone());
            half.interest.push(passes(*value, side, threshold));
        }
    }
    halves
}

/// The bounds of a box, the surest first.
fn bounds(
    half: &Half,
    found: &Step,
    whole: &Bounds,
    question: Question,
) -> Result<Vec<Bound>, StatsError> {
    let (points, interest) = (&half.points, &half.interest);
    let again = resample::reproduced(points, interest, found, question.resamples, question.seed)?;
    let chances = discover::by_chance(points, interest, found);
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
    Ok(bounds)
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
        let side = Side::Above;
        Question { threshold, side, density: None, keep: 8, resamples: 5, depth: 4, seed: 1 }
    }

    /// A value that is large only where one of forty coordinates is high and another one low.
    fn planted() -> Cases {
        let points = design::latin_hypercube(1600, 40, 9);
        let value = |x: &Vec<f64>| f64::from(u8::from(x[2] > 0.6 && x[35] < 0.5)) * 10.0 + x[0];
        let values = points.iter().map(value).collect();
        let names = (0..40).map(|at| format!("x{at}")).collect();
        Cases { names, points, values, groups: (0..1600).collect() }
    }

    #[test]
    fn a_planted_box_is_found_by_both_methods() {
        let mut cases = planted();
        cases.values[7] = f64::NAN;
        let found = discover(&cases, question(Threshold::Value(5.0))).expect("there is a box");
        assert_eq!(found.runs.0, 1599, "a run that failed is left out");
        assert_eq!(found.kept.len(), 8);
        let bound = |name: usize| {
            found.bounds.iter().find(|it| found.kept[it.factor] == name).expect("a bound")
        };
        assert_eq!(found.bounds.len(), 2, "{:?}", found.bounds);
        let (high, low) = (bound(2), bound(35));
        assert!((high.low.expect("a lower end") - 0.6).abs() < 0.03 && high.high.is_none());
        assert!((low.high.expect("an upper end") - 0.5).abs() < 0.03 && low.low.is_none());
        assert!(found.bounds.iter().all(|it| it.by_chance < 1e-6 && it.reproduced == 1.0));
        assert!(found.found.coverage > 0.95 && found.found.density > 0.95, "{:?}", found.found);
        let held = found.held_out;
        assert!(held.coverage > 0.9 && held.density > 0.9 && held.runs > 100, "{held:?}");
        let (best, held) = (&found.leaves[0], found.leaves_held_out[0]);
        let factor = found.kept.iter().position(|it| *it == 2).expect("kept");
        assert!(best.density > 0.95 && (best.bounds.low[factor] - 0.6).abs() < 0.02, "{best:?}");
        assert!(held.density > 0.9, "{held:?}");
        assert_eq!(found.trajectory_held_out[0].coverage, 1.0, "the whole is open on all sides");
    }

    #[test]
    fn a_box_in_noise_does_not_hold_where_it_was_not_searched() {
        let mut cases = planted();
        let mut stream = crate::random::Stream::new("noise", 4, 0);
        cases.values.iter_mut().for_each(|value| *value = stream.uniform());
        let found = discover(&cases, question(Threshold::Quantile(0.9))).expect("a box");
        let (own, held) = (&found.trajectory.steps, &found.trajectory_held_out);
        let last = own.len() - 1;
        let (own, held) = (own[last].density, held[last].density);
        assert!(own > 0.25 && held < 0.2, "{own} {held}");
        // Runs of the same parameters lie in one half.
        cases.groups = (0..1600).map(|run| run / 2).collect();
        let [one, two] = halves(&cases, Side::Above, 0.5);
        assert_eq!((one.points.len(), two.points.len()), (800, 800));
        assert_eq!(one.points[..2], cases.points[..2]);
        assert_eq!(two.points[..2], cases.points[2..4]);
    }

    #[test]
    fn thresholds_that_tell_nothing_apart_are_told() {
        let cases = planted();
        for (threshold, said) in [(99.0, "0 of 1600 runs pass"), (-1.0, "1600 of 1600 runs pass")] {
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
        assert_eq!(found.runs.1, 160);
        let low = Question { side: Side::Below, ..question(Threshold::Quantile(0.3)) };
        assert_eq!(discover(&planted(), low).expect("a box").runs.1, 480);
    }

    #[test]
    fn the_same_is_found_at_any_number_of_threads() {
        let cases = planted();
        let [one, three] =
            samples::on_threads(|| discover(&cases, question(Threshold::Quantile(0.8))));
        assert_eq!(one, three);
    }
}

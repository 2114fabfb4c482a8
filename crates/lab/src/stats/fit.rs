//! Which points agree with what was observed: history matching, then [`abc`] within what is left.
//!
//! ```text
//! I_j = |E f_j - z_j| / sqrt(V_obs + V_ens + V_disc)     a point is implausible if max I_j >= 3
//! ```
//!
//! Craig et al. 1997; Vernon, Goldstein and Bower, Bayesian Analysis 5 (2010); for models with
//! chance inside McCulloch et al., JASSS 25(2)1 (2022). Three is the rule of Pukelsheim (The
//! American Statistician 48, 1994): 95 percent of any unimodal variable lie within three
//! deviations.
//!
//! Points lie in the unit cube. V_obs is the variance of the observation, V_ens that of the model's
//! own chance over replicates, V_disc that of what the model cannot say, which has to be stated:
//! all in the square of the target's unit. What is not implausible is not likely for that, and a
//! region that is empty says that the model is wrong somewhere, or its discrepancy understated.

use std::fmt::Display;

use rayon::prelude::*;

use crate::random::normal_quantile;
use crate::stats::{Bounds, Points, StatsError, design};

pub mod abc;

/// Something observed that a model has to come near.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What was observed.
    pub value: f64,
    /// The variance of the observation.
    pub observation: f64,
    /// The variance of what the model leaves out.
    pub discrepancy: f64,
}

impl Target {
    /// A target by its variances.
    ///
    /// # Errors
    /// A number that is not finite or a variance below zero; both variances zero.
    pub fn new(
        name: &str,
        value: f64,
        observation: f64,
        discrepancy: f64,
    ) -> Result<Target, StatsError> {
        StatsError::all_finite(&[value, observation, discrepancy])?;
        StatsError::not_below_zero("observation", observation)?;
        StatsError::not_below_zero("discrepancy", discrepancy)?;
        if observation + discrepancy == 0.0 {
            return Err(StatsError::Exact { name: name.to_owned() });
        }
        Ok(Target { name: name.to_owned(), value, observation, discrepancy })
    }

    /// A target whose observation has a 5th and a 95th percentile, read as those of a normal
    /// variable, and whose discrepancy has a deviation that is a share of the value.
    ///
    /// # Errors
    /// As [`Target::new`]; ends the wrong way round.
    pub fn with_interval(
        name: &str,
        value: f64,
        [low, high]: [f64; 2],
        share: f64,
    ) -> Result<Target, StatsError> {
        if low > high {
            return Err(StatsError::Ends { low, high });
        }
        let deviation = (high - low) / (2.0 * normal_quantile(0.95));
        let left_out = share * value;
        Target::new(name, value, deviation * deviation, left_out * left_out)
    }

    /// How far an expectation lies from the observation, in deviations; `ensemble` is the variance
    /// of the model's own chance.
    pub fn implausibility(&self, expected: f64, ensemble: f64) -> f64 {
        let variance = self.observation + ensemble + self.discrepancy;
        (expected - self.value).abs() / variance.sqrt()
    }
}

/// The distance of a run from all targets: the root mean square of its implausibilities, without
/// the model's own chance, which [`abc`] draws.
///
/// # Errors
/// Another number of results than targets.
pub fn distance(targets: &[Target], results: &[f64]) -> Result<f64, StatsError> {
    StatsError::at_least("targets", targets.len(), 1)?;
    StatsError::same_length(results.len(), targets.len())?;
    let apart = targets.iter().zip(results).map(|(target, it)| target.implausibility(*it, 0.0));
    Ok((apart.map(|it| it * it).sum::<f64>() / targets.len() as f64).sqrt())
}

/// How points are matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Points of a wave.
    pub points: usize,
    /// Runs of each point. One says nothing of the model's own chance: its variance is then zero.
    pub replicates: u64,
    /// The most waves.
    pub waves: usize,
    /// The implausibility from which a point is ruled out.
    pub cutoff: f64,
    /// The share of its volume that a region has to lose for another wave to be worth it.
    pub shrinks: f64,
    /// The seed.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { points: 1000, replicates: 1, waves: 10, cutoff: 3.0, shrinks: 0.05, seed: 1 }
    }
}

/// What one wave found.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Where its points were laid.
    pub region: Bounds,
    /// How many points there were.
    pub points: usize,
    /// How many of them are not implausible.
    pub kept: usize,
    /// How many of them had a run that failed; they are not kept.
    pub failed: usize,
    /// What the model says of the first of these.
    pub first_failure: Option<String>,
    /// How many points pass each target.
    pub passed: Vec<usize>,
    /// The smallest implausibility of each target; infinite where no run succeeded.
    pub nearest: Vec<f64>,
    /// The smallest of the points' largest implausibilities.
    pub best: f64,
}

/// How the matching ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// The region shrinks no more.
    Settled,
    /// It still shrank when the waves were used up.
    WavesUsed,
    /// No point is left.
    Empty {
        /// The targets that no point of any wave passed, each of which rules everything out alone.
        alone: Vec<usize>,
        /// The target that the fewest points passed.
        tightest: usize,
    },
}

/// What is left after all waves.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched {
    /// The waves, in order.
    pub waves: Vec<Wave>,
    /// The points of all waves that are not implausible.
    pub kept: Points,
    /// A box around them with the margin that their number asks for; `None` where there are none.
    pub region: Option<Bounds>,
    /// How it ended.
    pub ended: Ended,
}

/// A point that was tried, with its largest implausibility.
type Tried = (Vec<f64>, f64);

/// Matches a model to targets by waves of Latin hypercubes in a box that shrinks around what is not
/// implausible. Where that is less than a tenth of a wave's points, those that come nearest make up
/// the tenth, so that a small region is neither missed nor cut; it is empty when that stops
/// helping.
///
/// The model is given a point of the unit cube and the number of the replicate, from 0, the same
/// for all points: a model that takes its chance from it gives all points the same chances. The
/// same seed gives the same bits at any number of threads.
///
/// # Errors
/// No targets, no factors, fewer than ten points, no replicates or waves, settings out of bounds;
/// a run that gives another number of results than there are targets.
pub fn match_history<E: Display>(
    factors: usize,
    targets: &[Target],
    model: impl Fn(&[f64], u64) -> Result<Vec<f64>, E> + Sync,
    settings: Settings,
) -> Result<Matched, StatsError> {
    StatsError::at_least("factors", factors, 1)?;
    StatsError::at_least("targets", targets.len(), 1)?;
    StatsError::at_least("points", settings.points, 10)?;
    StatsError::check("replicates", settings.replicates as f64, 1.0, 1e6)?;
    StatsError::check("waves", settings.waves as f64, 1.0, 1e4)?;
    StatsError::check("cutoff", settings.cutoff, 0.01, 1e6)?;
    StatsError::check("shrinks", settings.shrinks, 0.0, 1.0)?;
    let mut region = Bounds::unit(factors);
    let (mut waves, mut kept) = (Vec::<Wave>::new(), Points::new());
    let mut ended = Ended::WavesUsed;
    let (mut best, mut stale) = (f64::INFINITY, 0);
    for number in 0..settings.waves {
        let (wave, tried) = run_wave(number, &region, targets, &model, settings)?;
        stale = if wave.best < 0.99 * best { 0 } else { stale + 1 };
        best = best.min(wave.best);
        waves.push(wave);
        let new = tried.iter().filter(|(_, worst)| *worst < settings.cutoff);
        kept.extend(new.map(|(point, _)| point.clone()));
        let mut around: Vec<&Vec<f64>> = kept.iter().collect();
        let enough = settings.points.div_ceil(10);
        if kept.len() < enough {
            around.extend(nearest(&tried, enough, settings.cutoff));
        }
        let Some(next) = narrowed(&around, &region) else { break };
        let shrinks = next.volume() < (1.0 - settings.shrinks) * region.volume();
        if !kept.is_empty() && !shrinks {
            ended = Ended::Settled;
            break;
        }
        if kept.is_empty() && stale >= 2 {
            break;
        }
        region = next;
    }
    if kept.is_empty() {
        ended = empty(&waves, targets.len());
        return Ok(Matched { waves, kept, region: None, ended });
    }
    let around: Vec<&Vec<f64>> = kept.iter().collect();
    let region = narrowed(&around, &region);
    Ok(Matched { waves, kept, region, ended })
}

/// The points of a wave that come nearest without being kept, so many of them.
fn nearest(tried: &[Tried], count: usize, cutoff: f64) -> Vec<&Vec<f64>> {
    let open = |worst: f64| worst.is_finite() && worst >= cutoff;
    let mut order: Vec<&Tried> = tried.iter().filter(|(_, worst)| open(*worst)).collect();
    // The sort is stable, so equal points stay in the order in which they were tried.
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    order.truncate(count);
    order.into_iter().map(|(point, _)| point).collect()
}

/// A box around points that lie in a region, each side moved out by how far the ends of a sample
/// lie inside of what it comes from: the mean distance between neighbors where that is even, and
/// about `n^(-2/(d+1))` of half its width where it is an ellipsoid in `d` dimensions, whose ends
/// hold next to nothing.
fn narrowed(points: &[&Vec<f64>], region: &Bounds) -> Option<Bounds> {
    let first = points.first()?;
    let mut bounds = Bounds { low: first.to_vec(), high: first.to_vec() };
    let (count, factors) = (points.len() as f64, first.len() as f64);
    let round = libm::pow(count, -2.0 / (factors + 1.0)) / 2.0;
    let margin = round.max(1.0 / (count - 1.0).max(1.0));
    for factor in 0..first.len() {
        let values = points.iter().map(|point| point[factor]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        let side = region.high[factor] - region.low[factor];
        // Of a single point nothing is known but where it lies.
        let margin = if points.len() == 1 { side / 4.0 } else { (high - low) * margin };
        bounds.low[factor] = (low - margin).max(region.low[factor]);
        bounds.high[factor] = (high + margin).min(region.high[factor]);
    }
    Some(bounds)
}

fn run_wave<E: Display>(
    number: usize,
    region: &Bounds,
    targets: &[Target],
    model: &(impl Fn(&[f64], u64) -> Result<Vec<f64>, E> + Sync),
    settings: Settings,
) -> Result<(Wave, Vec<Tried>), StatsError> {
    // Each wave has a hypercube of its own: the seeds of two waves never meet for small numbers.
    let seed = settings.seed.wrapping_add((number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let units = design::latin_hypercube(settings.points, region.low.len(), seed);
    let points: Points = units.iter().map(|unit| region.place(unit)).collect();
    let judged: Vec<Result<Judged, StatsError>> =
        points.par_iter().map(|point| judge(point, targets, model, settings.replicates)).collect();
    let mut wave = Wave {
        region: region.clone(),
        points: points.len(),
        kept: 0,
        failed: 0,
        first_failure: None,
        passed: vec![0; targets.len()],
        nearest: vec![f64::INFINITY; targets.len()],
        best: f64::INFINITY,
    };
    let mut tried = Vec::with_capacity(points.len());
    for (point, judged) in points.into_iter().zip(judged) {
        let each = match judged? {
            Ok(each) => each,
            Err(why) => {
                wave.failed += 1;
                wave.first_failure.get_or_insert(why);
                tried.push((point, f64::INFINITY));
                continue;
            }
        };
        for (at, value) in each.iter().enumerate() {
            wave.passed[at] += usize::from(*value < settings.cutoff);
            wave.nearest[at] = wave.nearest[at].min(*value);
        }
        let worst = each.iter().copied().fold(0.0, f64::max);
        wave.kept += usize::from(worst < settings.cutoff);
        wave.best = wave.best.min(worst);
        tried.push((point, worst));
    }
    Ok((wave, tried))
}

/// The implausibility of a point for each target, or why a run of it failed.
type Judged = Result<Vec<f64>, String>;

/// What is to be said of a point.
fn judge<E: Display>(
    point: &[f64],
    targets: &[Target],
    model: &(impl Fn(&[f64], u64) -> Result<Vec<f64>, E> + Sync),
    replicates: u64,
) -> Result<Judged, StatsError> {
    let mut runs = Vec::new();
    for replicate in 0..replicates {
        let results = match model(point, replicate) {
            Ok(results) => results,
            Err(why) => return Ok(Err(why.to_string())),
        };
        StatsError::same_length(results.len(), targets.len())?;
        if results.iter().any(|it| !it.is_finite()) {
            let why = "the run gives no number";
            return Ok(Err(why.to_owned()));
        }
        runs.push(results);
    }
    let count = runs.len() as f64;
    let one = |(at, target): (usize, &Target)| {
        let mean = runs.iter().map(|run| run[at]).sum::<f64>() / count;
        let squares = runs.iter().map(|run| (run[at] - mean) * (run[at] - mean)).sum::<f64>();
        target.implausibility(mean, squares / (count - 1.0).max(1.0))
    };
    Ok(Ok(targets.iter().enumerate().map(one).collect()))
}

fn empty(waves: &[Wave], targets: usize) -> Ended {
    let passed = |target: &usize| waves.iter().map(|wave| wave.passed[*target]).sum::<usize>();
    let alone = (0..targets).filter(|target| passed(target) == 0).collect();
    let tightest = (0..targets).min_by_key(passed).unwrap_or(0);
    Ended::Empty { alone, tightest }
}

#[cfg(test)]
mod tests;

//! The distribution of points given what was observed: approximate Bayesian computation by
//! sequential Monte Carlo.
//!
//! Particles are drawn from the prior, which is uniform over a region of the unit cube; those that
//! come near what was observed are moved and weighted until they come nearer (Toni et al., Journal
//! of the Royal Society Interface 6, 2009). The kernel is a normal in each coordinate with twice
//! the particles' weighted variance (Beaumont et al., Biometrika 96, 2009). The tolerance of a
//! generation is a quantile of the distances of the last (Drovandi and Pettitt, Biometrics 67,
//! 2011), so it adapts to what the model can reach.
//!
//! ```text
//! weight of a particle at x = 1 / Σ_j w_j Π_k exp(-(x_k - x_jk)² / 2 v_k) / P_jk
//! v_k = 2 var_k
//! ```
//!
//! over the particles j of the generation before, then scaled to add up to 1. The kernel is cut off
//! where the region ends, P_jk being what is left of it, so no move is lost in many dimensions.

use std::fmt::Display;

use rayon::prelude::*;

use crate::random::{Stream, normal_quantile};
use crate::stats::special::normal_cdf;
use crate::stats::{Bounds, Points, StatsError};

/// How particles are moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How many particles there are.
    pub particles: usize,
    /// The most generations after the first, which is the prior.
    pub generations: usize,
    /// The quantile of the last distances that is the next tolerance.
    pub quantile: f64,
    /// The tolerance at which to stop.
    pub tolerance: f64,
    /// The most runs of a particle in a generation; where one needs more, the generation before it
    /// is the result.
    pub tries: u64,
    /// The seed.
    pub seed: u64,
    /// Where the prior lies in the unit cube.
    pub region: Bounds,
}

impl Settings {
    /// Settings for a prior that is the whole unit cube.
    pub fn unit(factors: usize) -> Settings {
        Settings {
            particles: 500,
            generations: 12,
            quantile: 0.5,
            tolerance: 0.0,
            tries: 2000,
            seed: 1,
            region: Bounds::unit(factors),
        }
    }
}

/// What one generation took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Generation {
    /// The tolerance; infinite for the first.
    pub tolerance: f64,
    /// How many runs it took.
    pub runs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// The share of runs whose particle was taken.
    pub accepted: f64,
    /// How many equally weighted particles its weights are worth: `1 / Σ w²` (Kish).
    pub effective: f64,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The tolerance asked for is reached.
    Reached,
    /// The generations are used up.
    GenerationsUsed,
    /// A particle found nothing near enough in the runs it may take, or nothing comes nearer.
    Stuck,
}

/// Weighted points: what is believed after what was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// The points, in the unit cube.
    pub points: Points,
    /// Their weights, which add up to 1.
    pub weights: Vec<f64>,
    /// Their distances from what was observed.
    pub distances: Vec<f64>,
    /// The generations, in order.
    pub generations: Vec<Generation>,
    /// Why it ended.
    pub ended: Ended,
}

impl Posterior {
    /// The mean of a factor.
    pub fn mean(&self, factor: usize) -> f64 {
        self.points.iter().zip(&self.weights).map(|(point, weight)| point[factor] * weight).sum()
    }

    /// The variance of a factor.
    pub fn variance(&self, factor: usize) -> f64 {
        let mean = self.mean(factor);
        let square = |point: &Vec<f64>| (point[factor] - mean) * (point[factor] - mean);
        self.points.iter().zip(&self.weights).map(|(point, weight)| square(point) * weight).sum()
    }

    /// The smallest value of a factor at or below which a share of the weight lies.
    pub fn quantile(&self, factor: usize, share: f64) -> f64 {
        let values = self.points.iter().map(|point| point[factor]);
        let mut sorted: Vec<(f64, f64)> = values.zip(self.weights.iter().copied()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        for (value, weight) in &sorted {
            below += weight;
            if below >= share {
                return *value;
            }
        }
        sorted.last().map_or(f64::NAN, |(value, _)| *value)
    }
}

/// Moves particles toward what was observed.
///
/// The model is given a point of the unit cube and a number for its chance, another one for every
/// run, and gives the run's distance from what was observed, such as [`super::distance`]. A run
/// that fails or gives NaN is counted and taken for infinitely far. Every particle of a generation
/// has a random stream of its own, so the same seed gives the same bits at any number of threads.
///
/// # Errors
/// No factors, fewer than ten particles, settings out of bounds; a prior under which every run of a
/// particle fails.
pub fn sample<E: Display>(
    model: impl Fn(&[f64], u64) -> Result<f64, E> + Sync,
    settings: &Settings,
) -> Result<Posterior, StatsError> {
    StatsError::at_least("factors", settings.region.low.len(), 1)?;
    StatsError::same_length(settings.region.high.len(), settings.region.low.len())?;
    StatsError::at_least("particles", settings.particles, 10)?;
    StatsError::check("quantile", settings.quantile, 0.01, 0.99)?;
    StatsError::check("tries", settings.tries as f64, 1.0, 1e9)?;
    StatsError::not_below_zero("tolerance", settings.tolerance)?;
    for (low, high) in settings.region.low.iter().zip(&settings.region.high) {
        StatsError::check("low", *low, 0.0, 1.0)?;
        StatsError::check("high", *high, 0.0, 1.0)?;
        if low >= high {
            return Err(StatsError::Ends { low: *low, high: *high });
        }
    }
    let mut last = Particles::first(settings);
    let Some(first) = last.next(0, f64::MAX, &model, settings) else {
        return Err(StatsError::TooFew {
            what: "runs that succeed",
            found: 0,
            least: settings.particles,
        });
    };
    last = first;
    let mut generations = vec![Generation { tolerance: f64::INFINITY, ..last.report }];
    let mut tolerance = f64::INFINITY;
    let mut ended = Ended::GenerationsUsed;
    for number in 1..=settings.generations {
        let next = last.nearer(settings.quantile).max(settings.tolerance);
        if next >= tolerance {
            ended = Ended::Stuck;
            break;
        }
        let Some(moved) = last.next(number as u64, next, &model, settings) else {
            ended = Ended::Stuck;
            break;
        };
        tolerance = next;
        last = moved;
        generations.push(last.report);
        if tolerance <= settings.tolerance {
            ended = Ended::Reached;
            break;
        }
    }
    let Particles { points, weights, distances, .. } = last;
    Ok(Posterior { points, weights, distances, generations, ended })
}

/// A generation.
struct Particles {
    points: Points,
    weights: Vec<f64>,
    distances: Vec<f64>,
    /// The deviation of the kernel in each coordinate.
    kernel: Vec<f64>,
    /// How much of each particle's kernel lies in the region.
    reach: Vec<f64>,
    report: Generation,
}

/// A particle that was taken, or none; and the runs that it took, and those that failed.
type Attempt = (Option<(Vec<f64>, f64)>, u64, u64);

impl Particles {
    /// No particles yet: the next generation is drawn from the prior.
    fn first(settings: &Settings) -> Particles {
        let tolerance = f64::INFINITY;
        let report = Generation { tolerance, runs: 0, failed: 0, accepted: 0.0, effective: 0.0 };
        let kernel = vec![0.0; settings.region.low.len()];
        let (weights, distances, reach) = (Vec::new(), Vec::new(), Vec::new());
        Particles { points: Points::new(), weights, distances, kernel, reach, report }
    }

    /// The distance below which a share of the particles lies.
    fn nearer(&self, share: f64) -> f64 {
        let sorted = crate::quantiles::Sorted::new(self.distances.clone());
        sorted.quantile(share).unwrap_or(f64::NAN)
    }

    fn next<E: Display>(
        &self,
        generation: u64,
        tolerance: f64,
        model: &(impl Fn(&[f64], u64) -> Result<f64, E> + Sync),
        settings: &Settings,
    ) -> Option<Particles> {
        let mut sum = 0.0;
        let sums: Vec<f64> = self
            .weights
            .iter()
            .map(|weight| {
                sum += weight;
                sum
            })
            .collect();
        let attempts: Vec<Attempt> = (0..settings.particles as u64)
            .into_par_iter()
            .map(|particle| {
                // No generation has as many particles as the next one's streams are away.
                let draw = (generation << 40) | particle;
                let mut stream = Stream::new("abc-smc", settings.seed, draw);
                self.attempt(&sums, tolerance, model, settings, &mut stream)
            })
            .collect();
        let (runs, failed) = attempts.iter().fold((0, 0), |sum, it| (sum.0 + it.1, sum.1 + it.2));
        let mut points = Points::with_capacity(attempts.len());
        let mut distances = Vec::with_capacity(attempts.len());
        for (taken, ..) in attempts {
            let (point, distance) = taken?;
            points.push(point);
            distances.push(distance);
        }
        let mut weights: Vec<f64> = points.par_iter().map(|point| self.weight(point)).collect();
        let all: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= all);
        let kernel = kernel(&points, &weights);
        let effective = 1.0 / weights.iter().map(|weight| weight * weight).sum::<f64>();
        let accepted = points.len() as f64 / runs as f64;
        let report = Generation { tolerance, runs, failed, accepted, effective };
        let inside = |point: &Vec<f64>| {
            let ends = point.iter().zip(&kernel).enumerate();
            let part = ends.map(|(at, (value, deviation))| {
                let [below, upto] = ends_of(*value, *deviation, &settings.region, at);
                upto - below
            });
            part.product()
        };
        let reach = points.iter().map(inside).collect();
        Some(Particles { points, weights, distances, kernel, reach, report })
    }

    fn attempt<E: Display>(
        &self,
        sums: &[f64],
        tolerance: f64,
        model: &(impl Fn(&[f64], u64) -> Result<f64, E> + Sync),
        settings: &Settings,
        stream: &mut Stream,
    ) -> Attempt {
        let (mut runs, mut failed) = (0, 0);
        while runs < settings.tries {
            let point = self.propose(sums, &settings.region, stream);
            let chance = (stream.uniform() * (1u64 << 53) as f64) as u64;
            runs += 1;
            match model(&point, chance) {
                Ok(distance) if distance.is_nan() => failed += 1,
                Ok(distance) if distance <= tolerance => {
                    return (Some((point, distance)), runs, failed);
                }
                Ok(_) => {}
                Err(_) => failed += 1,
            }
        }
        (None, runs, failed)
    }

    /// A point of the prior, or a particle by weight, moved by the kernel, within the region.
    fn propose(&self, sums: &[f64], region: &Bounds, stream: &mut Stream) -> Vec<f64> {
        let Some(all) = sums.last() else {
            let unit: Vec<f64> = region.low.iter().map(|_| stream.uniform()).collect();
            return region.place(&unit);
        };
        let place = stream.uniform() * all;
        let parent = sums.partition_point(|sum| *sum <= place).min(sums.len() - 1);
        let mut point = self.points[parent].clone();
        for (at, value) in point.iter_mut().enumerate() {
            let [below, upto] = ends_of(*value, self.kernel[at], region, at);
            let share = below + (upto - below) * stream.uniform();
            let moved = *value + self.kernel[at] * normal_quantile(share);
            *value = moved.clamp(region.low[at], region.high[at]);
        }
        point
    }

    /// The weight of a particle that came from this generation, up to a common factor.
    fn weight(&self, point: &[f64]) -> f64 {
        if self.points.is_empty() {
            return 1.0;
        }
        let near = |(parent, other): (usize, &Vec<f64>)| {
            let mut square = 0.0;
            for (at, deviation) in self.kernel.iter().enumerate() {
                let away = (point[at] - other[at]) / deviation;
                square += away * away;
            }
            self.weights[parent] * libm::exp(-square / 2.0) / self.reach[parent]
        };
        1.0 / self.points.iter().enumerate().map(near).sum::<f64>()
    }
}

/// How likely a move from a value ends below the region, and below its upper end.
fn ends_of(value: f64, deviation: f64, region: &Bounds, at: usize) -> [f64; 2] {
    [region.low[at], region.high[at]].map(|end| normal_cdf((end - value) / deviation))
}

/// The deviation of the kernel: the root of twice the weighted variance of each coordinate.
fn kernel(points: &[Vec<f64>], weights: &[f64]) -> Vec<f64> {
    // Particles that agree on a coordinate in every bit would leave no way to move.
    const LEAST: f64 = 1e-12;
    let one = |factor: usize| {
        let all = || points.iter().map(|point| point[factor]).zip(weights);
        let mean: f64 = all().map(|(value, weight)| value * weight).sum();
        let variance: f64 =
            all().map(|(value, weight)| (value - mean) * (value - mean) * weight).sum();
        (2.0 * variance).sqrt().max(LEAST)
    };
    (0..points[0].len()).map(one).collect()
}

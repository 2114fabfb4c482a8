//! Which factors matter at all: the elementary effects of Morris (Technometrics 33, 1991), with the
//! mean of absolute effects of Campolongo, Cariboni and Saltelli (Environmental Modelling &
//! Software 22, 2007).
//!
//! ```text
//! d    = (f(x + Δ e_i) - f(x)) / Δ           one for each factor and walk
//! mu   = mean of d      mu* = mean of |d|      sigma = standard deviation of d (of a sample)
//! ```
//!
//! Units: those of the result, over the whole range of the factor's unit coordinate. A large mu*
//! says that a factor matters, a sigma as large that it does so by curvature or with others.

use crate::stats::StatsError;
use crate::stats::design::Trajectories;

/// The elementary effects of one factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Their mean.
    pub mu: f64,
    /// The mean of their absolute values.
    pub mu_star: f64,
    /// Their standard deviation.
    pub sigma: f64,
}

/// What a screening finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Screening {
    /// One entry a factor.
    pub effects: Vec<Effect>,
    /// How many walks count.
    pub walks: usize,
    /// How many walks were left out, because a run of theirs failed.
    pub dropped: usize,
    /// How many runs failed.
    pub failed: usize,
}

impl Screening {
    /// The factors, the one that matters most first; those that matter alike by their number.
    pub fn ranked(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.effects.len()).collect();
        order.sort_by(|a, b| self.effects[*b].mu_star.total_cmp(&self.effects[*a].mu_star));
        order
    }
}

/// The effects of every factor on a result, given for each point of the design in order. A result
/// that is not finite is a run that failed, and its whole walk is left out.
///
/// # Errors
/// Another number of results than points; fewer than two walks without failed runs.
///
/// # Examples
/// ```
/// use lab::stats::{design, evaluate, morris};
///
/// let design = design::morris(10, 2, design::Levels::Ends, 1);
/// let runs = evaluate(&design.points, |point| vec![3.0 * point[0]]);
/// let found = morris::screen(&design, &runs.column(0))?;
/// assert!((found.effects[0].mu_star - 3.0).abs() < 1e-12);
/// assert_eq!(found.effects[1].mu_star, 0.0);
/// # Ok::<(), lab::stats::StatsError>(())
/// ```
pub fn screen(design: &Trajectories, results: &[f64]) -> Result<Screening, StatsError> {
    StatsError::same_length(results.len(), design.points.len())?;
    let factors = design.factors;
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); factors];
    let (mut walks, mut dropped) = (0, 0);
    for (walk, results) in results.chunks(factors + 1).enumerate() {
        if results.iter().any(|result| !result.is_finite()) {
            dropped += 1;
            continue;
        }
        walks += 1;
        let points = &design.points[walk * (factors + 1)..];
        for step in 0..factors {
            let factor = design.moves[walk * factors + step];
            let by = points[step + 1][factor] - points[step][factor];
            effects[factor].push((results[step + 1] - results[step]) / by);
        }
    }
    StatsError::at_least("walks", walks, 2)?;
    let failed = results.iter().filter(|result| !result.is_finite()).count();
    let effects = effects.iter().map(|effects| summarize(effects)).collect();
    Ok(Screening { effects, walks, dropped, failed })
}

fn summarize(effects: &[f64]) -> Effect {
    let count = effects.len() as f64;
    let mu = effects.iter().sum::<f64>() / count;
    let mu_star = effects.iter().map(|effect| effect.abs()).sum::<f64>() / count;
    let squares = effects.iter().map(|effect| (effect - mu) * (effect - mu)).sum::<f64>();
    Effect { mu, mu_star, sigma: (squares / (count - 1.0)).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::design::{self, Levels};
    use crate::stats::{evaluate, samples};

    /// On the grid of four levels the sine of the first factor always rises by √3/2, that of the
    /// second is 0 at half of the places and the fourth power of the third moves by a known amount:
    /// so all effects are known. SALib 1.5.1 with 200 walks gives mu* 8.079, 7.875, 7.061 and sigma
    /// 6.253, 7.891, 9.416, which is within three of its standard errors.
    #[test]
    fn ishigami_has_its_effects_on_the_grid() {
        let design = design::morris(4000, 3, Levels::Ends, 4);
        let runs = evaluate(&design.points, samples::ishigami);
        let found = screen(&design, &runs.column(0)).expect("there are walks");
        let (sine, outer, inner) = (0.75f64.sqrt(), 97.409_091, 1.202_581);
        let slopes = [1.0 + 0.1 * outer, 1.0 + 0.1 * inner].map(|it| it * sine * 1.5);
        let first = (slopes[0] + slopes[1]) / 2.0;
        let third = 0.1 * (outer - inner) * 1.5 * sine;
        let known = [
            (first, (slopes[0] - slopes[1]) / 2.0),
            (7.0 * 0.75 * 1.5, 7.0 * 0.75 * 1.5),
            (third / 2.0, third / 2.0f64.sqrt()),
        ];
        for (effect, (mu_star, sigma)) in found.effects.iter().zip(known) {
            assert!((effect.mu_star / mu_star - 1.0).abs() < 0.04, "{found:?} {known:?}");
            assert!((effect.sigma / sigma - 1.0).abs() < 0.04, "{found:?} {known:?}");
        }
        let salib = [(8.079, 6.253), (7.875, 7.891), (7.061, 9.416)];
        for ((mu_star, sigma), (other, _)) in known.iter().zip(salib) {
            let spread = (sigma * sigma + 0.01f64).sqrt() / 200.0f64.sqrt();
            assert!((mu_star - other).abs() < 3.0 * spread, "{known:?}");
        }
        assert!((found.effects[1].mu_star - 7.875).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn a_line_has_its_slopes_and_no_spread() {
        for levels in [Levels::Ends, Levels::Middles] {
            let design = design::morris(50, 4, levels, 9);
            let line = |x: &[f64]| vec![5.0 * x[0] - 3.0 * x[1] + 0.5 * x[2]];
            let runs = evaluate(&design.points, line);
            let found = screen(&design, &runs.column(0)).expect("there are walks");
            for (effect, slope) in found.effects.iter().zip([5.0, -3.0, 0.5, 0.0]) {
                let wrong = [effect.mu - slope, effect.mu_star - f64::abs(slope), effect.sigma];
                assert!(wrong.iter().all(|it| it.abs() < 1e-12), "{found:?}");
            }
            assert_eq!(found.ranked(), [0, 1, 2, 3]);
        }
    }

    #[test]
    fn walks_with_failed_runs_are_left_out_whole() {
        let design = design::morris(10, 3, Levels::Middles, 1);
        let mut results = evaluate(&design.points, |x| vec![x[0]]).column(0);
        results[5] = f64::NAN;
        results[6] = f64::INFINITY;
        let found = screen(&design, &results).expect("there are walks");
        assert_eq!((found.walks, found.dropped, found.failed), (9, 1, 2));
        assert!((found.effects[0].mu_star - 1.0).abs() < 1e-12);
        assert!(screen(&design, &results[1..]).is_err());
        let none = vec![f64::NAN; results.len()];
        assert_eq!(
            screen(&design, &none),
            Err(StatsError::TooFew { what: "walks", found: 0, least: 2 })
        );
    }
}

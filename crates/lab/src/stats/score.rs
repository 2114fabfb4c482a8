//! How good forecasts were: coverage of intervals, the continuous ranked probability score of an
//! ensemble, the error of medians; and naive forecasts that a model has to beat.
//!
//! Values are in the unit of what is forecast, logarithms where a name says so.

use crate::quantiles::Sorted;
use crate::random::normal_quantile;
use crate::stats::StatsError;
use crate::stats::special::{binomial, normal_cdf};

/// The continuous ranked probability score of an ensemble, in the unit of the values; less is
/// better, and of one value it is the absolute error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crps {
    /// Of the ensemble as a distribution: `mean |x - y| - mean |x - x'| / 2`, over all pairs.
    pub standard: f64,
    /// Of the distribution that the ensemble is a sample of: pairs of a member with itself do not
    /// count, so that the number of members does not matter on average (Ferro 2014). As the
    /// standard one where there is only one member.
    pub fair: f64,
}

/// Scores an ensemble against what came, from its sorted values: `Σ (2i - m - 1) x_i` is half the
/// sum of the distances of all pairs (Gneiting and Raftery 2007; Zamo and Naveau 2018).
///
/// # Errors
/// No members, or a value that is not finite.
///
/// # Examples
/// ```
/// let score = lab::stats::score::crps(&[1.0, 3.0], 2.0)?;
/// assert_eq!((score.standard, score.fair), (0.5, 0.0));
/// # Ok::<(), lab::stats::StatsError>(())
/// ```
pub fn crps(ensemble: &[f64], observed: f64) -> Result<Crps, StatsError> {
    StatsError::at_least("members", ensemble.len(), 1)?;
    StatsError::all_finite(ensemble)?;
    StatsError::all_finite(&[observed])?;
    let mut sorted = ensemble.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let members = sorted.len() as f64;
    let away = sorted.iter().map(|value| (value - observed).abs()).sum::<f64>() / members;
    let apart = |(at, value): (usize, &f64)| (2.0 * at as f64 - members + 1.0) * value;
    let apart = sorted.iter().enumerate().map(apart).sum::<f64>();
    let pairs = (members * (members - 1.0)).max(1.0);
    Ok(Crps { standard: away - apart / (members * members), fair: away - apart / pairs })
}

/// How intervals cover what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// How many intervals hold what came, ends counted.
    pub inside: u64,
    /// How many intervals there are.
    pub of: u64,
    /// The probability that they were said to have.
    pub nominal: f64,
    /// How likely a result at least as unlikely as this one is, if they do have it and the series
    /// are independent: the exact two-sided binomial test.
    pub p_value: f64,
}

impl Coverage {
    /// The share of intervals that hold what came.
    pub fn share(&self) -> f64 {
        self.inside as f64 / self.of as f64
    }

    /// Whether the nominal coverage is rejected at a level such as 0.05. That it is not rejected is
    /// no proof: of eight series at 80 percent, from five to eight inside are not.
    pub fn rejected(&self, level: f64) -> bool {
        self.p_value < level
    }
}

/// The coverage of central intervals of ensembles, one ensemble and one value a series.
///
/// # Errors
/// No series, lists of different length, an empty ensemble, a value that is not finite, a nominal
/// coverage outside 0.01 to 0.99.
pub fn coverage(
    ensembles: &[Vec<f64>],
    observed: &[f64],
    nominal: f64,
) -> Result<Coverage, StatsError> {
    StatsError::at_least("series", observed.len(), 1)?;
    StatsError::same_length(ensembles.len(), observed.len())?;
    StatsError::all_finite(observed)?;
    let mut inside = 0;
    for (ensemble, value) in ensembles.iter().zip(observed) {
        StatsError::at_least("members", ensemble.len(), 1)?;
        StatsError::all_finite(ensemble)?;
        let sorted = Sorted::new(ensemble.clone());
        let end = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
        let (low, high) = (end((1.0 - nominal) / 2.0), end((1.0 + nominal) / 2.0));
        inside += u64::from(low <= *value && *value <= high);
    }
    coverage_test(inside, observed.len() as u64, nominal)
}

/// The test alone, of a number of intervals that hold what came.
///
/// # Errors
/// No intervals, more inside than there are, a nominal coverage outside 0.01 to 0.99.
pub fn coverage_test(inside: u64, of: u64, nominal: f64) -> Result<Coverage, StatsError> {
    StatsError::check("nominal", nominal, 0.01, 0.99)?;
    StatsError::at_least("series", of as usize, 1)?;
    StatsError::check("inside", inside as f64, 0.0, of as f64)?;
    let here = binomial(inside, of, nominal);
    // Equal probabilities come out unequal in their last bits.
    let as_unlikely = |it: &f64| *it <= here * (1.0 + 1e-7);
    let p_value: f64 = (0..=of).map(|hits| binomial(hits, of, nominal)).filter(as_unlikely).sum();
    Ok(Coverage { inside, of, nominal, p_value: p_value.min(1.0) })
}

/// The error of an ensemble's median.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MedianError {
    /// The median less what came.
    pub plain: f64,
    /// The logarithm of their ratio, where both are positive: 0.1 is about 10 percent too much.
    pub logarithm: Option<f64>,
}

/// The error of an ensemble's median.
///
/// # Errors
/// No members, or a value that is not finite.
pub fn median_error(ensemble: &[f64], observed: f64) -> Result<MedianError, StatsError> {
    StatsError::at_least("members", ensemble.len(), 1)?;
    StatsError::all_finite(ensemble)?;
    StatsError::all_finite(&[observed])?;
    let median = Sorted::new(ensemble.to_vec()).quantile(0.5).unwrap_or(f64::NAN);
    let both = median > 0.0 && observed > 0.0;
    let logarithm = both.then(|| libm::log(median) - libm::log(observed));
    Ok(MedianError { plain: median - observed, logarithm })
}

/// How much better a score is than that of a reference: 1 is perfect, 0 as good, below 0 worse;
/// `None` where the reference is perfect.
pub fn skill(score: f64, reference: f64) -> Option<f64> {
    (reference > 0.0).then(|| 1.0 - score / reference)
}

/// A naive forecast: a lognormal variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Its median, in the unit of the series.
    pub median: f64,
    /// The standard deviation of its logarithm.
    pub deviation: f64,
}

impl Forecast {
    /// The value below which it says that what comes lies with probability `share`.
    pub fn quantile(&self, share: f64) -> f64 {
        self.median * libm::exp(self.deviation * normal_quantile(share))
    }

    /// Its score against what came, in closed form (Baran and Lerch, Quarterly Journal of the Royal
    /// Meteorological Society 141, 2015): to be compared with the fair score of a model's ensemble.
    ///
    /// # Errors
    /// A value that is not above zero.
    pub fn crps(&self, observed: f64) -> Result<f64, StatsError> {
        let (log, spread) = (logarithms(&[observed])?[0] - libm::log(self.median), self.deviation);
        if spread == 0.0 {
            return Ok((self.median - observed).abs());
        }
        let mean = self.median * libm::exp(spread * spread / 2.0);
        let below = 2.0 * normal_cdf(log / spread) - 1.0;
        let above = normal_cdf(log / spread - spread)
            + normal_cdf(spread * std::f64::consts::FRAC_1_SQRT_2)
            - 1.0;
        Ok(observed * below - 2.0 * mean * above)
    }

    /// An ensemble of equally likely values, to be scored as a model's.
    pub fn ensemble(&self, members: usize) -> Vec<f64> {
        (0..members).map(|at| self.quantile((at as f64 + 0.5) / members as f64)).collect()
    }
}

/// Log-linear drift: the mean growth so far goes on from the last value, `ahead` steps.
///
/// ```text
/// median    = y_n exp(h g)                 g = ln(y_n / y_1) / (n - 1)
/// deviation = s sqrt(h (1 + h / (n - 1)))  s of the n - 1 steps about g
/// ```
///
/// A random walk with drift in logarithms (Hyndman and Athanasopoulos, Forecasting: Principles and
/// Practice, sections 5.2 and 5.5). For a series that does not fall to zero, at equal steps.
///
/// # Errors
/// Fewer than three values, or one that is not above zero.
pub fn drift(series: &[f64], ahead: u32) -> Result<Forecast, StatsError> {
    StatsError::at_least("values", series.len(), 3)?;
    let logs = logarithms(series)?;
    let steps: Vec<f64> = logs.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (count, h) = (steps.len() as f64, f64::from(ahead));
    let growth = (logs[logs.len() - 1] - logs[0]) / count;
    let squares = steps.iter().map(|step| (step - growth) * (step - growth)).sum::<f64>();
    let spread = (squares / (count - 1.0)).sqrt();
    Ok(Forecast {
        median: libm::exp(logs[logs.len() - 1] + h * growth),
        deviation: spread * (h * (1.0 + h / count)).sqrt(),
    })
}

/// Constant share: the part keeps the last share of its whole, whose later value is known or
/// forecast elsewhere. Its deviation is that of a random walk of the share's logarithm.
///
/// # Errors
/// Fewer than two values, lists of different length, or a value that is not above zero.
pub fn constant_share(
    part: &[f64],
    whole: &[f64],
    later_whole: f64,
    ahead: u32,
) -> Result<Forecast, StatsError> {
    StatsError::at_least("values", part.len(), 2)?;
    StatsError::same_length(whole.len(), part.len())?;
    let later = logarithms(&[later_whole])?[0];
    let (part, whole) = (logarithms(part)?, logarithms(whole)?);
    let shares: Vec<f64> = part.iter().zip(&whole).map(|(part, whole)| part - whole).collect();
    let squares: f64 =
        shares.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    let spread = (squares / (shares.len() - 1) as f64).sqrt();
    Ok(Forecast {
        median: libm::exp(shares[shares.len() - 1] + later),
        deviation: spread * f64::from(ahead).sqrt(),
    })
}

/// The last value stays as it is: of a share, that it is constant. Its deviation is that of a
/// random walk of its logarithm, and nothing where one value alone is known.
///
/// # Errors
/// No values, or one that is not above zero.
pub fn last_value(series: &[f64], ahead: u32) -> Result<Forecast, StatsError> {
    StatsError::at_least("values", series.len(), 1)?;
    let logs = logarithms(series)?;
    let steps = logs.windows(2).map(|pair| pair[1] - pair[0]);
    let squares: f64 = steps.map(|step| step * step).sum();
    let count = (logs.len() - 1).max(1) as f64;
    Ok(Forecast {
        median: series[series.len() - 1],
        deviation: (squares / count * f64::from(ahead)).sqrt(),
    })
}

/// "The last rule changed nothing": the drift of the values before the rule goes on, and what came
/// between the rule and the end of the series is as if it were not known. `before` is how many
/// values lie before the rule, `ahead` counts from the end of the series.
///
/// # Errors
/// Fewer than three values before the rule, more than there are, or one that is not above zero.
pub fn rule_changed_nothing(
    series: &[f64],
    before: usize,
    ahead: u32,
) -> Result<Forecast, StatsError> {
    StatsError::at_least("values", series.len(), before)?;
    let since = u32::try_from(series.len() - before).unwrap_or(u32::MAX);
    drift(&series[..before], ahead.saturating_add(since))
}

fn logarithms(series: &[f64]) -> Result<Vec<f64>, StatsError> {
    StatsError::all_finite(series)?;
    match series.iter().position(|value| *value <= 0.0) {
        Some(at) => Err(StatsError::NoLogarithm { place: at + 1, value: series[at] }),
        None => Ok(series.iter().map(|value| libm::log(*value)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;

    /// The score of a normal forecast in closed form (Gneiting et al. 2005).
    fn crps_of_normal(mean: f64, deviation: f64, observed: f64) -> f64 {
        let z = (observed - mean) / deviation;
        let density = libm::exp(-z * z / 2.0) / (2.0 * PI).sqrt();
        deviation * (z * (2.0 * normal_cdf(z) - 1.0) + 2.0 * density - 1.0 / PI.sqrt())
    }

    #[test]
    fn an_ensemble_of_a_normal_has_the_score_of_the_normal() {
        let shares = (0..20_000).map(|at| (f64::from(at) + 0.5) / 20_000.0);
        let ensemble: Vec<f64> = shares.map(|share| 3.0 + 2.0 * normal_quantile(share)).collect();
        for observed in [-4.0, 2.0, 3.0, 5.5] {
            let score = crps(&ensemble, observed).expect("it has members");
            let known = crps_of_normal(3.0, 2.0, observed);
            assert!((score.standard - known).abs() < 2e-4, "{score:?} {known}");
        }
    }

    #[test]
    fn the_fair_score_does_not_hang_on_the_number_of_members() {
        // Five members drawn over and over: fair on average, the standard score a fifth of half
        // the mean distance too large.
        let (mut fair, mut standard) = (0.0, 0.0);
        for draw in 0..40_000 {
            let mut stream = Stream::new("crps-test", 1, draw);
            let ensemble: Vec<f64> = (0..5).map(|_| stream.normal()).collect();
            let score = crps(&ensemble, 0.7).expect("it has members");
            fair += score.fair / 40_000.0;
            standard += score.standard / 40_000.0;
        }
        let known = crps_of_normal(0.0, 1.0, 0.7);
        assert!((fair - known).abs() < 0.006, "{fair} {known}");
        assert!((standard - known - 1.0 / (5.0 * PI.sqrt())).abs() < 0.006, "{standard} {known}");
        assert_eq!(crps(&[2.0], 5.0), Ok(Crps { standard: 3.0, fair: 3.0 }));
        assert!(crps(&[], 5.0).is_err());
        assert!(crps(&[f64::NAN], 5.0).is_err());
    }

    #[test]
    fn coverage_is_tested_exactly() {
        // Of eight at 0.8: four inside has P(X <= 4) = 0.0563 below, and nothing above is as rare.
        let four = coverage_test(4, 8, 0.8).expect("sound");
        assert!((four.p_value - 0.056_281_6).abs() < 1e-7, "{four:?}");
        let three = coverage_test(3, 8, 0.8).expect("sound");
        assert!(three.rejected(0.05) && !four.rejected(0.05), "{three:?}");
        for inside in 5..=8 {
            assert!(!coverage_test(inside, 8, 0.8).expect("sound").rejected(0.05));
        }
        // A fair coin: symmetric, so both tails count.
        let coin = coverage_test(8, 10, 0.5).expect("sound");
        assert!((coin.p_value - 112.0 / 1024.0).abs() < 1e-12, "{coin:?}");
        assert!(coverage_test(9, 8, 0.8).is_err());
        assert!(coverage_test(0, 0, 0.8).is_err());
        let ensembles = vec![(0..=100).map(f64::from).collect::<Vec<f64>>(); 4];
        let found = coverage(&ensembles, &[10.0, 90.0, 9.9, 200.0], 0.8).expect("sound");
        assert_eq!((found.inside, found.of, found.share()), (2, 4, 0.5));
        assert!(coverage(&ensembles, &[1.0], 0.8).is_err());
    }

    #[test]
    fn errors_of_medians() {
        let error = median_error(&[1.0, 2.0, 30.0], 4.0).expect("it has members");
        assert_eq!(error.plain, -2.0);
        assert!((error.logarithm.expect("positive") + libm::log(2.0)).abs() < 1e-15);
        assert_eq!(median_error(&[-1.0], 4.0).expect("it has members").logarithm, None);
        assert_eq!((skill(1.0, 4.0), skill(1.0, 0.0)), (Some(0.75), None));
    }

    #[test]
    fn drift_goes_on() {
        let forecast = drift(&[1.0, 2.0, 4.0, 8.0], 2).expect("it grows");
        assert!((forecast.median - 32.0).abs() < 1e-12);
        assert!(forecast.deviation < 1e-12);
        // Steps of ln 2 and ln 8: mean ln 4, deviation ln 2 times the root of 2.
        let forecast = drift(&[1.0, 2.0, 16.0], 1).expect("it grows");
        assert!((forecast.median - 64.0).abs() < 1e-9);
        let known = libm::log(2.0) * 2.0f64.sqrt() * 1.5f64.sqrt();
        assert!((forecast.deviation - known).abs() < 1e-12, "{forecast:?}");
        assert!((forecast.quantile(0.5) - 64.0).abs() < 1e-9);
        assert!(drift(&[1.0, 2.0], 1).is_err());
        let told = drift(&[1.0, 0.0, 2.0], 1).expect_err("zero").to_string();
        assert!(told.starts_with("value 2 is 0"), "{told}");
    }

    #[test]
    fn a_forecast_has_the_score_of_its_ensemble() {
        let forecast = Forecast { median: 40.0, deviation: 0.6 };
        let ensemble = forecast.ensemble(200_000);
        for observed in [5.0, 40.0, 150.0] {
            let known = crps(&ensemble, observed).expect("it has members").standard;
            let found = forecast.crps(observed).expect("it is positive");
            assert!((found / known - 1.0).abs() < 1e-3, "{observed}: {found} {known}");
        }
        let certain = Forecast { median: 40.0, deviation: 0.0 };
        assert_eq!(certain.crps(30.0), Ok(10.0));
        assert!(forecast.crps(0.0).is_err());
    }

    #[test]
    fn a_share_stays_and_a_rule_changes_nothing() {
        let share = constant_share(&[1.0, 2.0, 3.0], &[10.0, 10.0, 10.0], 50.0, 4);
        let share = share.expect("they are positive");
        assert!((share.median - 15.0).abs() < 1e-12);
        let (first, second) = (libm::log(2.0), libm::log(1.5));
        let known = ((first * first + second * second) / 2.0).sqrt() * 2.0;
        assert!((share.deviation - known).abs() < 1e-12, "{share:?}");
        // A share that is a number of its own: known once, or with steps of ln 2 and ln 1.5.
        let once = last_value(&[0.1], 9).expect("it is positive");
        assert_eq!((once.median, once.deviation), (0.1, 0.0));
        assert!((once.crps(0.3).expect("a score") - 0.2).abs() < 1e-12);
        let often = last_value(&[1.0, 2.0, 3.0], 4).expect("they are positive");
        assert!((often.deviation - known).abs() < 1e-12 && often.median == 3.0, "{often:?}");
        assert!(last_value(&[], 1).is_err() && last_value(&[0.0], 1).is_err());
        // It doubled until the rule and stood still after it.
        let series = [1.0, 2.0, 4.0, 4.0, 4.0];
        let as_if = rule_changed_nothing(&series, 3, 1).expect("it grows");
        assert!((as_if.median - 32.0).abs() < 1e-12, "{as_if:?}");
        let after = drift(&series, 1).expect("it grows");
        assert!(after.median < 6.0);
        assert!(rule_changed_nothing(&series, 6, 1).is_err());
        assert!(rule_changed_nothing(&series, 2, 1).is_err());
    }

    proptest! {
        #[test]
        fn sorted_sums_are_the_sums_of_all_pairs(
            ensemble in prop::collection::vec(-100.0..100.0f64, 1..40),
            observed in -200.0..200.0f64,
        ) {
            let members = ensemble.len() as f64;
            let away = ensemble.iter().map(|it| (it - observed).abs()).sum::<f64>() / members;
            let pairs = ensemble.iter().flat_map(|a| ensemble.iter().map(move |b| (a - b).abs()));
            let apart: f64 = pairs.sum();
            let score = crps(&ensemble, observed).expect("it has members");
            let known = away - apart / (2.0 * members * members);
            prop_assert!((score.standard - known).abs() < 1e-9);
            prop_assert!(score.standard >= -1e-9 && score.fair <= score.standard + 1e-12);
        }

        #[test]
        fn a_forecast_is_the_ensemble_that_it_makes(
            median in 0.1..1e3f64, deviation in 0.0..2.0f64,
        ) {
            let forecast = Forecast { median, deviation };
            let ensemble = forecast.ensemble(401);
            let found = Sorted::new(ensemble).quantile(0.5).expect("it has members");
            prop_assert!((found / median - 1.0).abs() < 1e-9);
        }
    }
}

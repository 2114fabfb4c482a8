//! Known parameters are found again, an empty region says why, and threads change nothing.

use proptest::prelude::*;

use super::*;
use crate::random::Stream;
use crate::stats::samples;

/// Growth that saturates: its rate, its ceiling and a factor that does nothing; with chance inside.
fn growth(unit: &[f64], chance: u64) -> Result<Vec<f64>, String> {
    if unit[2] > 0.98 {
        return Err("the run broke".to_owned());
    }
    let (rate, ceiling) = (0.2 + 1.6 * unit[0], 50.0 + 100.0 * unit[1]);
    let mut stream = Stream::new("growth", 3, chance);
    let at = |time: f64| ceiling / (1.0 + 40.0 * libm::exp(-rate * time));
    Ok([2.0, 4.0, 6.0, 9.0].map(|time| at(time) + 0.5 * stream.normal()).to_vec())
}

/// Observations of a rate of 1.0 and a ceiling of 120: 0.5 and 0.7 of the unit cube.
const TRUTH: [f64; 2] = [0.5, 0.7];

fn targets() -> Vec<Target> {
    let observed = growth(&[TRUTH[0], TRUTH[1], 0.5], 999).expect("it runs");
    let target = |(at, value): (usize, &f64)| Target::new(&format!("time {at}"), *value, 1.0, 0.25);
    observed.iter().enumerate().map(|it| target(it).expect("sound")).collect()
}

#[test]
fn implausibility_is_a_distance_in_deviations() {
    let target = Target::new("stock", 10.0, 9.0, 7.0).expect("sound");
    assert_eq!(target.implausibility(18.0, 0.0), 2.0);
    assert_eq!(target.implausibility(5.0, 9.0), 1.0);
    let target = Target::with_interval("stock", 100.0, [83.551_463_73, 116.448_536_27], 0.2);
    let target = target.expect("sound");
    assert!((target.observation - 100.0).abs() < 1e-6, "{target:?}");
    assert!((target.discrepancy - 400.0).abs() < 1e-9, "{target:?}");
    assert!(Target::new("exact", 1.0, 0.0, 0.0).is_err());
    assert!(Target::new("odd", 1.0, -1.0, 2.0).is_err());
    assert!(Target::with_interval("odd", 1.0, [2.0, 1.0], 0.1).is_err());
    let pair = [target.clone(), target];
    let rms = distance(&pair, &[100.0, 100.0 + 500.0f64.sqrt()]).expect("two results");
    assert!((rms - 0.5f64.sqrt()).abs() < 1e-9);
    assert!(distance(&pair, &[1.0]).is_err());
}

#[test]
fn history_matching_closes_in_on_known_parameters() {
    let settings = Settings { points: 400, replicates: 5, ..Settings::default() };
    let found = match_history(3, &targets(), growth, settings).expect("sound");
    assert_eq!(found.ended, Ended::Settled, "{:?}", found.waves);
    assert!(found.waves.len() >= 2);
    let region = found.region.expect("points are left");
    for (factor, truth) in TRUTH.iter().enumerate() {
        assert!(region.low[factor] < *truth && *truth < region.high[factor], "{region:?}");
        assert!(region.high[factor] - region.low[factor] < 0.25, "{region:?}");
    }
    // The factor that does nothing stays as wide as runs that do not break let it be.
    assert!(region.low[2] < 0.02 && region.high[2] > 0.95, "{region:?}");
    assert!(found.waves[0].failed > 0 && found.waves[0].failed < 20);
    assert!(found.kept.iter().all(|point| region.holds(point)));
    let volumes: Vec<f64> = found.waves.iter().map(|wave| wave.region.volume()).collect();
    assert!(volumes.windows(2).all(|pair| pair[1] < pair[0]), "{volumes:?}");
}

#[test]
fn a_region_too_small_for_the_first_wave_is_found() {
    let targets = [0.311, 0.722, 0.555, 0.444]
        .map(|value| Target::new("place", value, 1e-6, 0.0).expect("sound"));
    let model = |unit: &[f64], _: u64| Ok::<_, String>(unit.to_vec());
    let settings = Settings { points: 200, waves: 40, ..Settings::default() };
    let found = match_history(4, &targets, model, settings).expect("sound");
    assert_eq!(found.waves[0].kept, 0);
    let region = found.region.expect("points are left");
    for (factor, target) in targets.iter().enumerate() {
        assert!(region.low[factor] < target.value && target.value < region.high[factor]);
        assert!(region.high[factor] - region.low[factor] < 0.02, "{region:?}");
    }
}

#[test]
fn an_empty_region_names_what_ruled_everything_out() {
    let mut wrong = targets();
    wrong[3] = Target::new("beyond any ceiling", 400.0, 1.0, 1.0).expect("sound");
    let settings = Settings { points: 200, ..Settings::default() };
    let found = match_history(3, &wrong, growth, settings).expect("sound");
    assert_eq!(found.ended, Ended::Empty { alone: vec![3], tightest: 3 });
    assert_eq!((found.region, found.kept.len()), (None, 0));
    assert!(found.waves.iter().all(|wave| wave.nearest[3] > 3.0));
    // Two targets that each can be met, but never at once.
    let model = |unit: &[f64], _: u64| Ok::<_, String>(vec![unit[0], unit[0]]);
    let pair = [0.2, 0.8].map(|value| Target::new("x", value, 1e-4, 0.0).expect("sound"));
    let found = match_history(1, &pair, model, settings).expect("sound");
    let Ended::Empty { alone, .. } = found.ended else { panic!("{found:?}") };
    assert!(alone.is_empty());
    // A model that never runs.
    let broken = |_: &[f64], _: u64| Err::<Vec<f64>, _>("no");
    let found = match_history(1, &pair, broken, settings).expect("sound");
    assert_eq!((found.waves.len(), found.waves[0].failed), (1, 200));
    assert_eq!(found.waves[0].first_failure.as_deref(), Some("no"));
    assert!(matches!(found.ended, Ended::Empty { .. }));
    // One that gives too few results is no failed run but a mistake.
    let short = |_: &[f64], _: u64| Ok::<_, String>(vec![1.0]);
    let told = match_history(1, &pair, short, settings);
    assert_eq!(told, Err(StatsError::Length { found: 1, wanted: 2 }));
}

#[test]
fn particles_find_known_parameters_within_the_region() {
    let targets = targets();
    let settings = Settings { points: 400, replicates: 5, ..Settings::default() };
    let matched = match_history(3, &targets, growth, settings).expect("sound");
    let region = matched.region.expect("points are left");
    let model = |unit: &[f64], chance: u64| {
        let results = growth(unit, chance)?;
        distance(&targets, &results).map_err(|why| why.to_string())
    };
    let settings = abc::Settings {
        particles: 300,
        tolerance: 0.6,
        region: region.clone(),
        ..abc::Settings::unit(3)
    };
    let posterior = abc::sample(model, &settings).expect("runs succeed");
    assert_eq!(posterior.ended, abc::Ended::Reached, "{:?}", posterior.generations);
    for (factor, truth) in TRUTH.iter().enumerate() {
        let (low, high) = (posterior.quantile(factor, 0.025), posterior.quantile(factor, 0.975));
        assert!(low < *truth && *truth < high, "{factor}: {low} {high}");
        assert!((posterior.mean(factor) - truth).abs() < 0.03, "{factor}");
        assert!(high - low < 0.12, "{factor}: {low} {high}");
    }
    assert!(posterior.distances.iter().all(|distance| *distance <= 0.6));
    assert!(posterior.points.iter().all(|point| region.holds(point)));
    assert!((posterior.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let falls = posterior.generations.windows(2).all(|it| it[1].tolerance < it[0].tolerance);
    assert!(falls && posterior.generations.iter().all(|it| it.effective > 50.0));
}

/// One observation of a normal variable with known deviation and a uniform prior: the posterior is
/// that normal.
#[test]
fn the_posterior_of_a_normal_is_the_one_known() {
    let model = |unit: &[f64], chance: u64| {
        let mut stream = Stream::new("normal", 8, chance);
        Ok::<_, String>((unit[0] + 0.1 * stream.normal() - 0.4).abs())
    };
    let settings = abc::Settings {
        particles: 2000,
        tolerance: 0.01,
        generations: 20,
        ..abc::Settings::unit(1)
    };
    let posterior = abc::sample(model, &settings).expect("runs succeed");
    assert_eq!(posterior.ended, abc::Ended::Reached);
    assert!((posterior.mean(0) - 0.4).abs() < 0.01, "{}", posterior.mean(0));
    let deviation = posterior.variance(0).sqrt();
    assert!((deviation / 0.1 - 1.0).abs() < 0.06, "{deviation}");
    for (share, z) in [(0.05, -1.645), (0.5, 0.0), (0.95, 1.645)] {
        let found = posterior.quantile(0, share);
        assert!((found - 0.4 - 0.1 * z).abs() < 0.02, "{share}: {found}");
    }
}

/// The same where the observation lies at the edge of the prior: the posterior is half a normal, of
/// which the weights have to know that the kernel is cut off there.
#[test]
fn the_edge_of_the_prior_takes_no_weight_away() {
    let model = |unit: &[f64], chance: u64| {
        let mut stream = Stream::new("normal", 8, chance);
        Ok::<_, String>((unit[0] + 0.1 * stream.normal()).abs())
    };
    let settings = abc::Settings {
        particles: 2000,
        tolerance: 0.01,
        generations: 20,
        ..abc::Settings::unit(1)
    };
    let posterior = abc::sample(model, &settings).expect("runs succeed");
    // The mean of half a normal is its deviation times the root of 2 / π, its median 0.6745 of it.
    assert!((posterior.mean(0) - 0.079_788).abs() < 0.004, "{}", posterior.mean(0));
    assert!((posterior.quantile(0, 0.5) - 0.067_45).abs() < 0.006);
}

#[test]
fn many_factors_that_do_nothing_stay_as_they_were() {
    let model = |unit: &[f64], _: u64| Ok::<_, String>((unit[0] - 0.3).abs());
    let settings = abc::Settings { particles: 400, generations: 4, ..abc::Settings::unit(40) };
    let posterior = abc::sample(model, &settings).expect("runs succeed");
    assert_eq!(posterior.generations.len(), 5);
    assert!((posterior.mean(0) - 0.3).abs() < 0.02);
    let others: f64 = (1..40).map(|factor| posterior.mean(factor)).sum::<f64>() / 39.0;
    assert!((others - 0.5).abs() < 0.05, "{others}");
}

#[test]
fn particles_that_get_stuck_say_so() {
    // Nothing comes nearer than 1.
    let model = |unit: &[f64], _: u64| {
        if unit[0] < 0.1 { Err("it broke") } else { Ok(1.0 + unit[0].floor()) }
    };
    let settings = abc::Settings { particles: 50, ..abc::Settings::unit(1) };
    let posterior = abc::sample(model, &settings).expect("runs succeed");
    assert_eq!(posterior.ended, abc::Ended::Stuck);
    assert!(posterior.generations.iter().map(|it| it.failed).sum::<u64>() > 0);
    let broken = |_: &[f64], _: u64| Err::<f64, _>("no");
    assert!(abc::sample(broken, &settings).is_err());
    let few = abc::Settings { particles: 5, ..settings };
    assert!(abc::sample(model, &few).is_err());
}

#[test]
fn the_bits_are_the_same_at_any_number_of_threads() {
    let targets = targets();
    let settings = Settings { points: 100, replicates: 3, ..Settings::default() };
    let [one, three] =
        samples::on_threads(|| match_history(3, &targets, growth, settings).expect("sound"));
    assert_eq!(one, three);
    let model = |unit: &[f64], chance: u64| {
        let results = growth(unit, chance)?;
        distance(&targets, &results).map_err(|why| why.to_string())
    };
    let settings = abc::Settings { particles: 60, generations: 4, ..abc::Settings::unit(3) };
    let bits = |posterior: &abc::Posterior| {
        let all = [posterior.points.concat(), posterior.weights.clone()].concat();
        all.into_iter().map(f64::to_bits).collect::<Vec<u64>>()
    };
    let [one, three] = samples::on_threads(|| abc::sample(model, &settings).expect("runs succeed"));
    assert_eq!(bits(&one), bits(&three));
    let other = abc::Settings { seed: 2, ..settings };
    assert_ne!(bits(&one), bits(&abc::sample(model, &other).expect("runs succeed")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn no_plausible_point_is_outside_the_region(
        truth in prop::collection::vec(0.05..0.95f64, 2), seed: u64,
    ) {
        let model = |unit: &[f64], _: u64| {
            Ok::<_, String>(vec![unit[0] + unit[1] * unit[1], unit[0] - unit[1]])
        };
        let observed = model(&truth, 0).expect("it runs");
        let targets: Vec<Target> = observed
            .iter()
            .map(|value| Target::new("sum", *value, 1e-3, 0.0).expect("sound"))
            .collect();
        let settings = Settings { points: 150, seed, ..Settings::default() };
        let found = match_history(2, &targets, model, settings).expect("sound");
        let region = found.region.expect("points are left");
        prop_assert!(region.holds(&truth), "{:?}", region);
    }
}

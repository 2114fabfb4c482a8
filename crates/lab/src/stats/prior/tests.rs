//! Priors keep to what they are made from, and a bad table is told with its place.

use proptest::prelude::*;
use statrs::distribution::{Beta, ContinuousCDF, LogNormal, Normal, Triangular, Weibull};

use super::*;

fn near(found: f64, known: f64) -> bool {
    (found - known).abs() <= 1e-9 * known.abs().max(1.0)
}

#[test]
fn stated_percentiles_come_out() {
    let growth = Prior::log_normal_median_90(1.72, 1.5, 2.0).expect("sound");
    for (share, value) in [(0.05, 1.5), (0.5, 1.72), (0.95, 2.0)] {
        assert!(near(growth.quantile(share), value), "{share}");
    }
    let vendors = Prior::log_normal_90(38.0, 150.0).expect("sound");
    assert!(near(vendors.quantile(0.5), (38.0f64 * 150.0).sqrt()));
    assert!(near(vendors.interval_90()[1], 150.0));
    let prices = Prior::log_uniform(20.0, 80.0).expect("sound");
    assert!(near(prices.quantile(0.5), 40.0));
    assert_eq!(Prior::fixed(8.0).expect("sound").quantile(0.1), 8.0);
    assert!(Prior::fixed(8.0).expect("sound").quantile(1.5).is_nan());
}

#[test]
fn a_beta_has_its_mean_and_its_interval() {
    for (mean, low, high) in [(0.6, 0.35, 0.85), (0.35, 0.2, 0.5), (0.02, 0.001, 0.05)] {
        let prior = Prior::beta_mean_90(mean, low, high).expect("sound");
        let Kind::Beta { a, b } = prior.0 else { panic!("{prior:?}") };
        assert!(near(a / (a + b), mean));
        let beta = Beta::new(a, b).expect("positive");
        assert!((beta.cdf(high) - beta.cdf(low) - 0.9).abs() < 1e-9, "{prior:?}");
    }
}

#[test]
fn quantiles_are_those_of_another_library() {
    let check = |prior: Result<Prior, PriorError>, other: &dyn Fn(f64) -> f64| {
        let prior = prior.expect("sound");
        for share in [0.001, 0.05, 0.3, 0.5, 0.77, 0.95, 0.999] {
            let back = other(prior.quantile(share));
            assert!((back - share).abs() < 1e-9, "{prior:?} at {share}: {back}");
        }
    };
    let normal = Normal::new(0.2, 0.05).expect("sound");
    check(Prior::normal(0.2, 0.05), &|x| normal.cdf(x));
    let weibull = Weibull::new(2.5, 6.5).expect("sound");
    check(Prior::weibull(2.5, 6.5), &|x| weibull.cdf(x));
    let triangular = Triangular::new(2.0, 3.0, 2.9).expect("sound");
    check(Prior::triangular(2.0, 2.9, 3.0), &|x| triangular.cdf(x));
    let beta = Beta::new(1.2, 8.0).expect("sound");
    check(Prior::beta(1.2, 8.0), &|x| beta.cdf(x));
    let deviation = libm::log(10.0) / (2.0 * end());
    let log_normal = LogNormal::new(libm::log(10.0) / 2.0, deviation).expect("sound");
    check(Prior::log_normal_90(1.0, 10.0), &|x| log_normal.cdf(x));
}

#[test]
fn the_mode_of_a_triangle_may_be_an_end() {
    let rising = Prior::triangular(0.0, 30.0, 30.0).expect("sound");
    assert!(near(rising.quantile(0.25), 15.0));
    let falling = Prior::triangular(0.0, 0.0, 30.0).expect("sound");
    assert!(near(falling.quantile(0.75), 15.0));
}

#[test]
fn contradictions_are_refused_and_the_number_is_named() {
    use Contradiction::{Extra, Missing, NoBeta, NoShare, NotPositive, Order, Outside, Unknown};
    let parse = |word: &str, numbers: &[f64]| {
        let mut given = [None; 3];
        for (place, number) in given.iter_mut().zip(numbers) {
            *place = Some(*number);
        }
        let error = Prior::parse(word, given).expect_err("it contradicts itself");
        (error.parameter, error.why)
    };
    assert!(matches!(parse("uniform", &[3.0, 2.0]), (Some(0), Order { .. })));
    assert!(matches!(parse("uniform", &[2.0, 2.0]), (Some(0), Order { .. })));
    assert!(matches!(parse("normal", &[2.0, -1.0]), (Some(1), NotPositive(_))));
    assert!(matches!(parse("weibull", &[2.0, 0.0]), (Some(1), NotPositive(_))));
    assert!(matches!(parse("loguniform", &[0.0, 1.0]), (Some(0), NotPositive(_))));
    assert!(matches!(parse("beta-mean-90", &[0.9, 0.2, 0.5]), (Some(0), Outside { .. })));
    assert!(matches!(parse("beta-mean-90", &[0.4, 0.2, 1.5]), (Some(2), NoShare(_))));
    assert!(matches!(parse("beta-mean-90", &[0.5, 0.0, 1.0]), (Some(0), NoBeta { .. })));
    assert!(matches!(parse("lognormal-median-90", &[9.0, 1.0, 5.0]), (Some(0), Outside { .. })));
    assert!(matches!(parse("triangular", &[0.0, 9.0, 5.0]), (Some(1), Outside { .. })));
    assert!(matches!(parse("fixed", &[1.0, 2.0]), (Some(1), Extra { .. })));
    assert!(matches!(parse("normal", &[1.0]), (Some(1), Missing { .. })));
    assert!(matches!(parse("gamma", &[1.0]), (None, Unknown { .. })));
    assert!(Prior::normal(f64::NAN, 1.0).is_err());
}

#[test]
fn a_bad_table_is_told_with_its_place() {
    let said = |from: &str, to: &str| {
        let text = SHIPPED.replacen(from, to, 1);
        assert_ne!(text, SHIPPED, "{from}");
        Priors::read("own.csv", &text).expect_err("it is wrong").to_string()
    };
    let line = |symbol: &str| {
        1 + SHIPPED.lines().position(|line| line.starts_with(symbol)).expect("a row")
    };
    let vendors = line("n_vendor,");
    let told = said("lognormal-90,38,150", "lognormal-90,380,150");
    assert!(told.starts_with(&format!("`own.csv`, row {vendors}, column `a`: ")), "{told}");
    assert!(said("lognormal-90,38,150", "lognormal-90,38,").contains("column `b`: `lognormal-90`"));
    assert!(said("lognormal-90,38,150", "pareto,38,150").contains("column `distribution`"));
    assert!(said("lognormal-90,38,150", "lognormal-90,38,x").contains("`x` is no number"));
    assert!(said("n_vendor", "n_front").contains("`n_front` is there twice"));
    assert!(said("n_vendor", "").contains("column `symbol`: it is empty"));
    assert!(said("ASSUMED", "GUESSED").contains("`GUESSED` is no verification"));
    assert!(said("distribution", "family").contains("no column `distribution`"));
}

#[test]
fn the_shipped_table_makes_points() {
    let priors = Priors::shipped().expect("the shipped table is sound");
    let factors = priors.factors().count();
    assert!(factors > 30 && factors < priors.rows().len());
    let middle = priors.at(&vec![0.5; factors]).expect("as many as factors");
    for (row, value) in priors.rows().iter().zip(&middle) {
        assert!(value.is_finite(), "{row:?}");
        assert!(row.prior.is_fixed() || row.prior.quantile(0.5) == *value);
    }
    assert!(priors.at(&[0.5]).is_err());
    let growth = priors.find("g_capex").expect("a row");
    assert_eq!(growth.verification, Verification::Verified);
    assert!(near(growth.prior.quantile(0.5), 1.72));
    let shares = |start: &str| {
        let rows = priors.rows().iter().filter(|row| row.symbol.starts_with(start));
        rows.map(|row| row.prior.quantile(0.5)).sum::<f64>()
    };
    assert!(near(shares("w_path_"), 1.0));
}

/// Every quantity of the models' list has its row, or one row a year or part.
#[test]
fn no_quantity_of_the_models_is_left_out() {
    let list = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/lab");
    let Ok(text) = std::fs::read_to_string(list.join("data/priors.csv")) else {
        println!("left out: the shared list of priors is not beside the repository");
        return;
    };
    let table = Table::read("priors.csv", &text).expect("it is a table");
    let symbol = table.column("symbol").expect("it has symbols");
    let priors = Priors::shipped().expect("the shipped table is sound");
    assert_eq!(table.len(), 45);
    for row in 0..table.len() {
        let symbol = table.text(row, symbol);
        let parts = format!("{symbol}_");
        let known = |row: &Row| row.symbol == symbol || row.symbol.starts_with(&parts);
        assert!(priors.rows().iter().any(known), "{symbol}");
    }
}

proptest! {
    #[test]
    fn quantiles_rise(
        a in 0.001..0.999f64, b in 0.001..0.999f64, low in 0.01..0.4f64, width in 0.05..0.5f64,
    ) {
        let (lower, upper) = (a.min(b), a.max(b));
        let (middle, high) = (low + width * 0.4, low + width);
        let all = [
            Prior::normal(low, width),
            Prior::log_normal_90(low, high),
            Prior::log_normal_median_90(middle, low, high),
            Prior::uniform(low, high),
            Prior::log_uniform(low, high),
            Prior::beta_mean_90(middle, low, high),
            Prior::triangular(low, middle, high),
            Prior::weibull(1.0 + low, width),
        ];
        for prior in all.into_iter().flatten() {
            prop_assert!(prior.quantile(lower) <= prior.quantile(upper), "{:?}", prior);
        }
    }
}

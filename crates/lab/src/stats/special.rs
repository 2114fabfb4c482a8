//! Special functions from `+ - * /` and `libm` alone, so that they are the same bits everywhere.

/// The probability that a standard normal variable lies below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The regularized incomplete beta function I_x(a, b), for positive `a` and `b`.
///
/// The continued fraction of DLMF 8.17.22 by the modified Lentz method, on the side where it
/// converges fast (DLMF 8.17.4 turns one side into the other).
pub fn regularized_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(
        a * libm::log(x) + b * libm::log1p(-x) + libm::lgamma(a + b)
            - libm::lgamma(a)
            - libm::lgamma(b),
    );
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, x) / a
    } else {
        1.0 - front * fraction(b, a, 1.0 - x) / b
    }
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const MOST_TERMS: u32 = 20_000;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut value = below;
    for term in 1..=MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            below = 1.0 / away(1.0 + coefficient * below);
            above = away(1.0 + coefficient / above);
            change = above * below;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The value below which a beta variable lies with probability `p`.
///
/// Newton's method within a bracket. Where a step leaves the bracket, and every fourth time, the
/// middle by bit pattern takes its place, so that very small values are found as fast as others.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return p.clamp(0.0, 1.0);
    }
    let scale = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b);
    let density =
        |x: f64| libm::exp(scale + (a - 1.0) * libm::log(x) + (b - 1.0) * libm::log1p(-x));
    let (mut low, mut high) = (0.0f64, 1.0f64);
    let mut x = a / (a + b);
    for step in 1..=400 {
        let over = regularized_beta(a, b, x) - p;
        if over == 0.0 {
            return x;
        }
        if over < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let middle = f64::from_bits(low.to_bits().midpoint(high.to_bits()));
        if middle == low || middle == high {
            return x;
        }
        let newton = x - over / density(x);
        let next = if newton > low && newton < high && step % 4 != 0 { newton } else { middle };
        if (next - x).abs() <= f64::EPSILON * x {
            return next;
        }
        x = next;
    }
    x
}

/// The probability of at least `hits` of `trials` that each hit with probability `share`.
pub fn binomial_at_least(hits: u64, trials: u64, share: f64) -> f64 {
    if hits == 0 {
        return 1.0;
    }
    if hits > trials {
        return 0.0;
    }
    regularized_beta(hits as f64, (trials - hits) as f64 + 1.0, share)
}

/// The probability of exactly `hits` of `trials`.
pub fn binomial(hits: u64, trials: u64, share: f64) -> f64 {
    if hits > trials {
        return 0.0;
    }
    let (k, n) = (hits as f64, trials as f64);
    // Zero times the logarithm of zero is nothing here.
    let times = |count: f64, log: f64| if count == 0.0 { 0.0 } else { count * log };
    libm::exp(
        libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
            + times(k, libm::log(share))
            + times(n - k, libm::log1p(-share)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{Beta, ContinuousCDF, Normal};
    use statrs::function::beta::beta_reg;

    use super::*;

    #[test]
    fn known_values() {
        // Abramowitz and Stegun, table 26.1.
        assert!((normal_cdf(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((normal_cdf(-3.0) - 0.001_349_898_031_630_094_6).abs() < 1e-17);
        // I_x(1, b) = 1 - (1 - x)^b, I_x(a, 1) = x^a, and symmetry at one half.
        assert!((regularized_beta(1.0, 3.0, 0.2) - (1.0 - 0.512)).abs() < 1e-15);
        assert!((regularized_beta(2.5, 1.0, 0.3) - libm::pow(0.3, 2.5)).abs() < 1e-15);
        assert!((regularized_beta(7.0, 7.0, 0.5) - 0.5).abs() < 1e-14);
        assert!((beta_quantile(1.0, 1.0, 0.37) - 0.37).abs() < 1e-15);
        // 8 of 8 at 0.8, and what is left of 10 tosses.
        assert!((binomial_at_least(8, 8, 0.8) - 0.167_772_16).abs() < 1e-14);
        assert!((binomial(3, 10, 0.5) - 120.0 / 1024.0).abs() < 1e-13);
        assert_eq!((binomial(0, 5, 0.0), binomial(6, 5, 0.5)), (1.0, 0.0));
        assert_eq!((binomial_at_least(0, 5, 0.1), binomial_at_least(6, 5, 0.1)), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn the_incomplete_beta_is_that_of_another_library(
            a in 0.05..200.0f64, b in 0.05..200.0f64, x in 0.001..0.999f64,
        ) {
            prop_assert!((regularized_beta(a, b, x) - beta_reg(a, b, x)).abs() < 1e-11);
        }

        #[test]
        fn the_quantile_of_beta_turns_it_round(
            a in 0.2..300.0f64, b in 0.2..300.0f64, p in 1e-6..(1.0 - 1e-6f64),
        ) {
            let x = beta_quantile(a, b, p);
            prop_assert!((0.0..=1.0).contains(&x));
            // Near 1 the next float may be a large step in probability.
            let beta = Beta::new(a, b).expect("both are positive");
            let step = beta.cdf((x + 1.2e-16).min(1.0)) - beta.cdf(x - 1.2e-16);
            prop_assert!((beta.cdf(x) - p).abs() < 1e-10 + step.abs());
        }

        #[test]
        fn the_normal_is_that_of_another_library(z in -8.0..8.0f64) {
            // The other library's error function has about ten digits.
            prop_assert!((normal_cdf(z) - Normal::standard().cdf(z)).abs() < 1e-9);
        }

        #[test]
        fn binomial_probabilities_add_up(
            trials in 1..60u64, share in 0.01..0.99f64, hits in 0..60u64,
        ) {
            let sum: f64 = (hits..=trials).map(|it| binomial(it, trials, share)).sum();
            prop_assert!((binomial_at_least(hits, trials, share) - sum).abs() < 1e-11);
        }
    }
}

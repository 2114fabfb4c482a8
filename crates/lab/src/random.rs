//! Random numbers that are the same bits for the same seed, on every machine and at any number of
//! threads.
//!
//! Every draw of a run has a ChaCha8 stream of its own, so no draw depends on which thread makes it
//! or on how many there are. The distributions are written here and use only `+ - * /`, `sqrt` and
//! `libm`, which is compiled with the program: a later version of a library of distributions, or
//! another system's mathematics library, changes nothing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The random numbers of one draw.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of one draw of an instrument. The instrument's name is part of the key, so that
    /// two instruments with one seed do not share their chances; its first 24 bytes count.
    pub fn new(instrument: &str, seed: u64, draw: u64) -> Stream {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        for (place, byte) in key[8..].iter_mut().zip(instrument.bytes()) {
            *place = byte;
        }
        let mut chacha = ChaCha8Rng::from_seed(key);
        chacha.set_stream(draw);
        Stream(chacha)
    }

    /// A number between 0 and 1, neither of them: one of 2⁵³ at equal distances.
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1u64 << 53) as f64;
        ((self.0.next_u64() >> 11) as f64 + 0.5) * STEP
    }

    /// A number of the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }
}

/// The value below which a standard normal variable lies with probability `p`, for `0 < p < 1`.
///
/// Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
/// Statistics 37 (1988), routine PPND16: about 16 significant digits.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return q * ratio(&NEAR, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let value = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if q < 0.0 { -value } else { value }
}

/// Two polynomials, the highest power first.
type Ratio = ([f64; 8], [f64; 8]);

fn ratio((above, below): &Ratio, x: f64) -> f64 {
    let polynomial = |terms: &[f64; 8]| terms.iter().fold(0.0, |sum, term| sum * x + term);
    polynomial(above) / polynomial(below)
}

#[allow(clippy::excessive_precision, reason = "as published")]
const NEAR: Ratio = (
    [
        2.5090809287301226727e3,
        3.3430575583588128105e4,
        6.7265770927008700853e4,
        4.5921953931549871457e4,
        1.3731693765509461125e4,
        1.9715909503065514427e3,
        1.3314166789178437745e2,
        3.3871328727963666080e0,
    ],
    [
        5.2264952788528545610e3,
        2.8729085735721942674e4,
        3.9307895800092710610e4,
        2.1213794301586595867e4,
        5.3941960214247511077e3,
        6.8718700749205790830e2,
        4.2313330701600911252e1,
        1.0,
    ],
);

#[allow(clippy::excessive_precision, reason = "as published")]
const MIDDLE: Ratio = (
    [
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e0,
        3.64784832476320460504e0,
        5.76949722146069140550e0,
        4.63033784615654529590e0,
        1.42343711074968357734e0,
    ],
    [
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e0,
        2.05319162663775882187e0,
        1.0,
    ],
);

#[allow(clippy::excessive_precision, reason = "as published")]
const FAR: Ratio = (
    [
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e0,
        5.46378491116411436990e0,
        6.65790464350110377720e0,
    ],
    [
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ],
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;

    #[test]
    fn known_percentage_points() {
        // Wichura's own checks, and the point that intervals of 90 percent use.
        for (p, value) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_813_5),
            (1e-20, -9.262_340_089_798_408),
            (0.95, 1.644_853_626_951_472_2),
        ] {
            let found = normal_quantile(p);
            assert!((found - value).abs() < 1e-14 * value.abs().max(1.0), "{p}: {found}");
        }
    }

    #[test]
    fn the_same_seed_is_the_same_bits_for_good() {
        let mut stream = Stream::new("diversion", 1, 2);
        let bits: Vec<u64> = (0..3).map(|_| stream.normal().to_bits()).collect();
        assert_eq!(bits, FROZEN, "{bits:#x?}");
        let mut other = Stream::new("events", 1, 2);
        assert_ne!(other.normal().to_bits(), FROZEN[0]);
        let mut next = Stream::new("diversion", 1, 3);
        assert_ne!(next.normal().to_bits(), FROZEN[0]);
    }

    /// Written down once: a change here changes every published figure.
    const FROZEN: [u64; 3] = [0xbff3_e1ce_4d2b_bac1, 0xbfd6_d6f1_2919_7c82, 0xbfef_bdc3_ce9e_5d0d];

    proptest! {
        #[test]
        fn the_quantile_turns_the_distribution_round(p in 1e-12..(1.0 - 1e-12)) {
            let normal = Normal::standard();
            prop_assert!((normal.cdf(normal_quantile(p)) - p).abs() < 1e-10);
        }

        #[test]
        fn uniforms_lie_inside(seed: u64, draw: u64) {
            let uniform = Stream::new("any", seed, draw).uniform();
            prop_assert!(uniform > 0.0 && uniform < 1.0);
        }
    }
}

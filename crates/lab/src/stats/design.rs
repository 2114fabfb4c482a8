//! Which points of the unit cube to run: Latin hypercubes, Owen-scrambled Sobol points, and the
//! trajectories of Morris.
//!
//! No point of the first two touches a face of the cube, where the quantile of a distribution may
//! be infinite.

use crate::random::Stream;
use crate::stats::{Points, StatsError};

/// The most points of a Sobol design.
pub const MOST_SOBOL_RUNS: usize = 1 << 16;

/// The most dimensions of a Sobol design.
pub const MOST_SOBOL_FACTORS: usize = sobol_burley::NUM_DIMENSIONS as usize;

/// A Latin hypercube: each of `runs` equal slices of each factor holds one point, anywhere in it.
///
/// McKay, Beckman and Conover, Technometrics 21 (1979).
pub fn latin_hypercube(runs: usize, factors: usize, seed: u64) -> Points {
    let mut points = vec![vec![0.0; factors]; runs];
    for factor in 0..factors {
        let mut stream = Stream::new("latin-hypercube", seed, factor as u64);
        let order = shuffled(runs, &mut stream);
        for (point, slice) in points.iter_mut().zip(order) {
            point[factor] = inside((slice as f64 + stream.uniform()) / runs as f64);
        }
    }
    points
}

/// The numbers below `count` in a random order (Fisher and Yates).
pub(crate) fn shuffled(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        order.swap(last, below(last + 1, stream));
    }
    order
}

/// A number below `count`.
pub(crate) fn below(count: usize, stream: &mut Stream) -> usize {
    ((stream.uniform() * count as f64) as usize).min(count.saturating_sub(1))
}

/// Rounding may take a number that is nearly 1 to 1.
fn inside(share: f64) -> f64 {
    share.min(1.0 - f64::EPSILON / 2.0)
}

/// The first points of a Sobol sequence with Owen's scrambling, which keeps its even spread and
/// makes it random. A power of two of points is spread most evenly.
///
/// Direction numbers: Joe and Kuo 2008, new-joe-kuo-6. Scrambling by hash: Burley, Journal of
/// Computer Graphics Techniques 9 (2020), from the library `sobol_burley`: integers only. Its
/// coordinates are multiples of 2⁻²³, 128 times finer than its longest sequence; each is moved by
/// half of that into the cube.
///
/// # Errors
/// More points than [`MOST_SOBOL_RUNS`] or factors than [`MOST_SOBOL_FACTORS`].
pub fn sobol(runs: usize, factors: usize, seed: u64) -> Result<Points, StatsError> {
    const HALF_STEP: f64 = 1.0 / (1u64 << 24) as f64;
    if runs > MOST_SOBOL_RUNS || factors > MOST_SOBOL_FACTORS {
        let (most_runs, most_factors) = (MOST_SOBOL_RUNS, MOST_SOBOL_FACTORS);
        return Err(StatsError::TooLarge { runs, factors, most_runs, most_factors });
    }
    let mixed = Stream::new("sobol-design", seed, 0).uniform();
    let scramble = (mixed * (1u64 << 32) as f64) as u32;
    let coordinate = |run: usize, factor: usize| {
        f64::from(sobol_burley::sample(run as u32, factor as u32, scramble)) + HALF_STEP
    };
    let point = |run: usize| (0..factors).map(|factor| coordinate(run, factor)).collect();
    Ok((0..runs).map(point).collect())
}

/// Where the four levels of Morris's grid lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// At 0, 1/3, 2/3 and 1, as in the paper; a step is 2/3. For bounded quantities only: at 0 and
    /// 1 the quantile of others is infinite.
    Ends,
    /// At 1/8, 3/8, 5/8 and 7/8, the middles of four equal slices; a step is 1/2.
    Middles,
}

impl Levels {
    fn place(self, level: usize) -> f64 {
        match self {
            Levels::Ends => level as f64 / 3.0,
            Levels::Middles => (2 * level + 1) as f64 / 8.0,
        }
    }
}

/// Walks through the grid: each moves every factor once, by two of four levels, in a random order.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectories {
    /// The points, one walk after the other, `factors + 1` each.
    pub points: Points,
    /// Which factor moves in each step, one walk after the other, `factors` each.
    pub moves: Vec<usize>,
    /// How many factors there are.
    pub factors: usize,
}

/// Walks of Morris, Technometrics 33 (1991), with four levels and the step of two levels that he
/// recommends, by which every level is as likely.
pub fn morris(walks: usize, factors: usize, levels: Levels, seed: u64) -> Trajectories {
    let mut out = Trajectories { points: Vec::new(), moves: Vec::new(), factors };
    for walk in 0..walks {
        let mut stream = Stream::new("morris-design", seed, walk as u64);
        let mut at: Vec<usize> = (0..factors).map(|_| below(4, &mut stream)).collect();
        let point = |at: &[usize]| at.iter().map(|level| levels.place(*level)).collect();
        out.points.push(point(&at));
        for factor in shuffled(factors, &mut stream) {
            // From 0 to 2, 1 to 3, and back: there is one way to go two levels.
            at[factor] = (at[factor] + 2) % 4;
            out.points.push(point(&at));
            out.moves.push(factor);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_power_of_two_of_sobol_points_is_spread_evenly() {
        let points = sobol(1024, 64, 5).expect("it is small");
        for factor in 0..64 {
            for runs in [16, 256, 1024] {
                let mut slices = vec![0; runs];
                for point in &points[..runs] {
                    slices[(point[factor] * runs as f64) as usize] += 1;
                }
                assert!(slices.iter().all(|count| *count == 1), "{factor} of {runs}");
            }
        }
        // The first two dimensions are a net: 1024 points, one in each of 32 by 32 squares.
        let mut squares = vec![0; 1024];
        for point in &points {
            squares[(point[0] * 32.0) as usize * 32 + (point[1] * 32.0) as usize] += 1;
        }
        assert!(squares.iter().all(|count| *count == 1));
    }

    #[test]
    fn sobol_points_keep_to_the_seed_and_to_the_bounds() {
        let points = sobol(4, 2, 1).expect("it is small");
        let bits: Vec<u64> = points.concat().iter().map(|it| it.to_bits()).collect();
        assert_eq!(bits, FROZEN, "{bits:#x?}");
        assert_ne!(points, sobol(4, 2, 2).expect("it is small"));
        assert!(sobol(MOST_SOBOL_RUNS + 1, 1, 1).is_err());
        let told = sobol(1, MOST_SOBOL_FACTORS + 1, 1).expect_err("too many").to_string();
        assert!(told.contains("257 dimensions") && told.contains("256 dimensions"), "{told}");
    }

    /// Written down once: a change here changes every published index.
    const FROZEN: [u64; 8] = [
        0x3fc4_6e12_8000_0000,
        0x3fe5_a2a0_2000_0000,
        0x3fe4_f728_2000_0000,
        0x3fdc_1786_c000_0000,
        0x3fd1_b22f_c000_0000,
        0x3f99_a124_0000_0000,
        0x3fe8_d461_a000_0000,
        0x3fec_e9fe_6000_0000,
    ];

    #[test]
    fn sobol_integrates_better_than_chance() {
        // The mean of a product of six factors is 1; chance would be off by about 0.014.
        let points = sobol(4096, 6, 3).expect("it is small");
        let product = |point: &Vec<f64>| point.iter().map(|u| 0.5 + u).product::<f64>();
        let mean = points.iter().map(product).sum::<f64>() / 4096.0;
        assert!((mean - 1.0).abs() < 5e-4, "{mean}");
    }

    proptest! {
        #[test]
        fn each_slice_of_a_latin_hypercube_holds_one_point(
            runs in 1..200usize, factors in 1..8usize, seed: u64,
        ) {
            let points = latin_hypercube(runs, factors, seed);
            for factor in 0..factors {
                let mut slices = vec![0; runs];
                for point in &points {
                    prop_assert!(point[factor] > 0.0 && point[factor] < 1.0);
                    slices[((point[factor] * runs as f64) as usize).min(runs - 1)] += 1;
                }
                prop_assert!(slices.iter().all(|count| *count == 1));
            }
        }

        #[test]
        fn a_walk_moves_every_factor_once(walks in 1..20usize, factors in 1..9usize, seed: u64) {
            for (levels, step) in [(Levels::Ends, 2.0 / 3.0), (Levels::Middles, 0.5)] {
                let design = morris(walks, factors, levels, seed);
                for (walk, points) in design.points.chunks(factors + 1).enumerate() {
                    let moves = &design.moves[walk * factors..(walk + 1) * factors];
                    let mut once = moves.to_vec();
                    once.sort_unstable();
                    prop_assert_eq!(once, (0..factors).collect::<Vec<_>>());
                    for (pair, moved) in points.windows(2).zip(moves) {
                        let ends = pair[0].iter().zip(&pair[1]);
                        for (factor, (from, to)) in ends.enumerate() {
                            let by = (to - from).abs();
                            let expected = if factor == *moved { step } else { 0.0 };
                            prop_assert!((by - expected).abs() < 1e-12);
                        }
                    }
                }
            }
        }
    }
}

//! Whether a box comes out again where its runs are drawn anew.
//!
//! Bryant and Lempert (2010) ask of a box how often resampled runs lead to bounds on the same
//! factors: boxes are searched in bootstrap samples, and in each the one is taken whose coverage
//! and density are nearest to those of the box in question.

use crate::random::Stream;
use crate::stats::discover::{Settings, Step, prim};
use crate::stats::{Points, StatsError};

/// For each factor, the share of resamples whose box of like coverage and density bounds it. A
/// resample without a case of interest, or with nothing else, is drawn but does not count.
///
/// # Errors
/// As [`prim`]; a number of resamples outside 1 to 10,000; none that counts.
pub fn reproduced(
    points: &[Vec<f64>],
    interest: &[bool],
    step: &Step,
    resamples: usize,
    seed: u64,
) -> Result<Vec<f64>, StatsError> {
    StatsError::check("resamples", resamples as f64, 1.0, 10_000.0)?;
    StatsError::same_length(interest.len(), points.len())?;
    let mut again = vec![0_usize; step.bounds.low.len()];
    let mut counted = 0;
    for resample in 0..resamples {
        let mut stream = Stream::new("resampled boxes", seed, resample as u64);
        let last = points.len().saturating_sub(1);
        let one = |_| ((stream.uniform() * points.len() as f64) as usize).min(last);
        let chosen: Vec<usize> = (0..points.len()).map(one).collect();
        let drawn: Points = chosen.iter().map(|run| points[*run].clone()).collect();
        let of_interest: Vec<bool> = chosen.iter().map(|run| interest[*run]).collect();
        let found = match prim(&drawn, &of_interest, Settings::default()) {
            Err(StatsError::NothingToFind { .. }) => continue,
            found => found?,
        };
        counted += 1;
        let like = &found.steps[found.nearest(step.coverage, step.density)];
        like.restricted.iter().for_each(|factor| again[*factor] += 1);
    }
    StatsError::at_least("runs that succeed", counted, 1)?;
    Ok(again.into_iter().map(|times| times as f64 / counted as f64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::design;

    #[test]
    fn what_is_there_comes_again_and_what_is_not_does_not() {
        let points = design::latin_hypercube(600, 6, 3);
        let mut stream = Stream::new("noise", 1, 0);
        let interest: Vec<bool> = points
            .iter()
            .map(|x| (x[0] > 0.5 && x[4] < 0.5) != (stream.uniform() < 0.05))
            .collect();
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let step = &found.steps[found.nearest(1.0, 1.0)];
        let again = reproduced(&points, &interest, step, 12, 7).expect("there are cases");
        assert!(again[0] == 1.0 && again[4] == 1.0, "{again:?}");
        assert!([1, 2, 3, 5].iter().all(|factor| again[*factor] < 0.7), "{again:?}");
        assert_eq!(again, reproduced(&points, &interest, step, 12, 7).expect("the same"));
        assert!(reproduced(&points, &interest, step, 0, 7).is_err());
    }
}

//! Which factors are worth a bound: those that are spread otherwise among the cases of interest.
//!
//! Hornberger and Spear, Journal of Environmental Management 12 (1981): a factor's distribution
//! among runs of interest is held against that among the rest, by the largest distance between both
//! (Kolmogorov and Smirnov). With as many factors as runs of interest a box finds room without any
//! such run on every side by chance, so that it is searched among a few.

use crate::stats::StatsError;

/// The distance of each factor, from 0 to 1.
///
/// # Errors
/// Lists of different length, coordinates that are not finite, no case of interest or nothing but
/// such cases.
pub fn distances(points: &[Vec<f64>], interest: &[bool]) -> Result<Vec<f64>, StatsError> {
    let search = super::checked(points, interest, super::Settings::default())?;
    let (hits, all) = (search.interesting as f64, points.len() as f64);
    let one = |factor: usize| {
        let mut values: Vec<(f64, bool)> =
            points.iter().zip(interest).map(|(point, it)| (point[factor], *it)).collect();
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut inside, mut outside, mut most) = (0.0, 0.0, 0.0_f64);
        for (at, (value, of_interest)) in values.iter().enumerate() {
            let count = if *of_interest { &mut inside } else { &mut outside };
            *count += 1.0;
            // Equal values are one step of both distributions.
            if values.get(at + 1).is_none_or(|next| next.0 > *value) {
                most = most.max((inside / hits - outside / (all - hits)).abs());
            }
        }
        most
    };
    Ok((0..search.whole.low.len()).map(one).collect())
}

/// The factors with the greatest distances, at most so many, in their own order; of equal ones the
/// first.
///
/// # Errors
/// As [`distances`].
pub fn strongest(
    points: &[Vec<f64>],
    interest: &[bool],
    keep: usize,
) -> Result<Vec<usize>, StatsError> {
    let distances = distances(points, interest)?;
    let mut order: Vec<usize> = (0..distances.len()).collect();
    order.sort_by(|a, b| distances[*b].total_cmp(&distances[*a]));
    order.truncate(keep);
    order.sort_unstable();
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::design;

    #[test]
    fn distances_are_those_of_kolmogorov_and_smirnov() {
        let points: Vec<Vec<f64>> =
            [1.0, 2.0, 2.0, 3.0, 4.0].iter().map(|it| vec![*it, 7.0]).collect();
        let interest = [false, true, false, true, true];
        // Up to 2: one third of the one, all of the other; a constant tells nothing apart.
        let found = distances(&points, &interest).expect("there are both");
        assert!((found[0] - 2.0 / 3.0).abs() < 1e-15 && found[1] == 0.0, "{found:?}");
        assert!(distances(&points, &[true; 5]).is_err());
    }

    #[test]
    fn the_factors_that_matter_are_kept() {
        let points = design::latin_hypercube(400, 30, 2);
        let interest: Vec<bool> = points.iter().map(|x| x[4] > 0.7 && x[21] < 0.5).collect();
        let kept = strongest(&points, &interest, 5).expect("there are both");
        assert!(kept.len() == 5 && kept.contains(&4) && kept.contains(&21), "{kept:?}");
        assert!(kept.is_sorted());
    }
}

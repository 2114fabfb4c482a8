//! Boxes by a classification tree: all of them at once, where PRIM finds one.
//!
//! Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984: a box is cut in
//! two where that lowers the Gini impurity `2 p (1 - p)` of its parts most, by runs, until a part
//! would hold too few runs. The leaves cover the space, and none of them is pruned.

use rayon::prelude::*;

use crate::stats::StatsError;
use crate::stats::discover::{Search, Settings, Step, checked};

/// The leaves of a tree whose boxes hold at least a share `least_mass` of all runs and lie at most
/// `depth` cuts deep, the densest first. The same input gives the same boxes at any number of
/// threads; of equal cuts the first factor's lowest is made.
///
/// # Errors
/// As [`super::prim`]; a depth outside 1 to 30.
pub fn cart(
    points: &[Vec<f64>],
    interest: &[bool],
    least_mass: f64,
    depth: usize,
) -> Result<Vec<Step>, StatsError> {
    StatsError::check("depth", depth as f64, 1.0, 30.0)?;
    let search = checked(points, interest, Settings { least_mass, ..Settings::default() })?;
    let mut leaves = Vec::new();
    let mut open = vec![(search.whole.clone(), (0..points.len()).collect::<Vec<_>>(), 0)];
    while let Some((bounds, runs, deep)) = open.pop() {
        let cut = if deep < depth { best_cut(&search, &runs) } else { None };
        let Some((_, factor, end)) = cut else {
            leaves.push(search.step(&bounds));
            continue;
        };
        let (low, high): (Vec<usize>, Vec<usize>) =
            runs.into_iter().partition(|run| points[*run][factor] <= end);
        let (mut below, mut above) = (bounds.clone(), bounds);
        below.high[factor] = end;
        above.low[factor] = end;
        open.push((above, high, deep + 1));
        open.push((below, low, deep + 1));
    }
    leaves.sort_by(|a, b| b.density.total_cmp(&a.density));
    Ok(leaves)
}

/// How much a cut lowers the impurity, of which factor it is and where it lies.
type Cut = (f64, usize, f64);

fn best_cut(search: &Search<'_>, runs: &[usize]) -> Option<Cut> {
    let hits = runs.iter().filter(|run| search.interest[**run]).count();
    if hits == 0 || hits == runs.len() {
        return None;
    }
    let factors = search.whole.low.len();
    let cuts: Vec<Option<Cut>> =
        (0..factors).into_par_iter().map(|factor| cut(search, runs, hits, factor)).collect();
    cuts.into_iter().flatten().reduce(|best, cut| if cut.0 > best.0 { cut } else { best })
}

fn cut(search: &Search<'_>, runs: &[usize], hits: usize, factor: usize) -> Option<Cut> {
    let value = |run: &usize| (search.points[*run][factor], search.interest[*run]);
    let mut values: Vec<(f64, bool)> = runs.iter().map(value).collect();
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let least = search.settings.least_mass * search.points.len() as f64;
    let all = values.len();
    let impurity = |hits: usize, runs: usize| {
        let share = hits as f64 / runs as f64;
        2.0 * share * (1.0 - share) * runs as f64
    };
    let whole = impurity(hits, all);
    let mut best: Option<Cut> = None;
    let mut below = 0;
    for at in 1..all {
        below += usize::from(values[at - 1].1);
        let few = (at as f64) < least || ((all - at) as f64) < least;
        let end = (values[at - 1].0 + values[at].0) / 2.0;
        // A middle that is one of the two would put equal runs on both sides.
        if few || end <= values[at - 1].0 || end >= values[at].0 {
            continue;
        }
        let gain = whole - impurity(below, at) - impurity(hits - below, all - at);
        if gain > best.map_or(1e-9, |best| best.0) {
            best = Some((gain, factor, end));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{design, samples};

    /// Two boxes apart from each other, which one box cannot hold.
    fn planted() -> (Vec<Vec<f64>>, Vec<bool>) {
        let points = design::latin_hypercube(3000, 4, 5);
        let two = |x: &Vec<f64>| (x[0] < 0.3 && x[1] < 0.5) || (x[0] > 0.6 && x[2] > 0.5);
        let interest = points.iter().map(two).collect();
        (points, interest)
    }

    #[test]
    fn two_planted_boxes_are_found() {
        let (points, interest) = planted();
        let leaves = cart(&points, &interest, 0.02, 6).expect("there are boxes");
        let dense: Vec<&Step> = leaves.iter().filter(|leaf| leaf.density > 0.95).collect();
        let covered: f64 = dense.iter().map(|leaf| leaf.coverage).sum();
        assert!(covered > 0.95, "{leaves:?}");
        let near = |value: f64, known: f64| (value - known).abs() < 0.02;
        assert!(
            dense.iter().any(|it| near(it.bounds.high[0], 0.3) && near(it.bounds.high[1], 0.5))
        );
        assert!(dense.iter().any(|it| near(it.bounds.low[0], 0.6) && near(it.bounds.low[2], 0.5)));
        assert!(leaves.iter().all(|leaf| !leaf.restricted.contains(&3) || leaf.mass < 0.1));
    }

    #[test]
    fn leaves_cover_everything_once() {
        let (points, interest) = planted();
        let leaves = cart(&points, &interest, 0.02, 6).expect("there are boxes");
        assert_eq!(leaves.iter().map(|leaf| leaf.runs).sum::<usize>(), points.len());
        let coverage: f64 = leaves.iter().map(|leaf| leaf.coverage).sum();
        assert!((coverage - 1.0).abs() < 1e-12);
        assert!(leaves.iter().all(|leaf| leaf.mass >= 0.02));
        for (at, leaf) in leaves.iter().enumerate() {
            assert!(leaves[at + 1..].iter().all(|other| !leaf.bounds.overlaps(&other.bounds)));
        }
        assert!(leaves.windows(2).all(|pair| pair[0].density >= pair[1].density));
        assert!(cart(&points, &interest, 0.02, 0).is_err());
        let [one, three] = samples::on_threads(|| cart(&points, &interest, 0.02, 6));
        assert_eq!(one, three);
    }
}

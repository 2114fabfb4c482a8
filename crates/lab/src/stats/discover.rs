//! Where the cases of interest lie: boxes in the space of factors, found by PRIM.
//!
//! The patient rule induction method of Friedman and Fisher (Statistics and Computing 9, 1999) as
//! scenario discovery uses it (Bryant and Lempert, Technological Forecasting and Social Change 77,
//! 2010) and EMA Workbench carries it out: a box that holds all runs is peeled, a small share of
//! its runs at a time, from the side where the mean rises most for each run given up; then sides
//! are pasted back while the mean does not fall.
//!
//! ```text
//! coverage = cases of interest in the box / all cases of interest
//! density  = cases of interest in the box / runs in the box
//! mass     = runs in the box / all runs
//! ```
//!
//! All three are shares. There is no best box: the trajectory shows what density costs in coverage,
//! and a person chooses.

use rayon::prelude::*;

use crate::stats::special::binomial_at_least;

pub mod cart;
pub mod resample;
pub mod screen;
use crate::stats::{Bounds, StatsError};

/// How boxes are peeled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The share of a box's runs that a peel takes.
    pub peel: f64,
    /// The share of a box's runs that a paste gives back.
    pub paste: f64,
    /// The least share of all runs that a box keeps.
    pub least_mass: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { peel: 0.05, paste: 0.05, least_mass: 0.05 }
    }
}

/// A box on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its bounds.
    pub bounds: Bounds,
    /// Runs in it.
    pub runs: usize,
    /// Cases of interest in it.
    pub interesting: usize,
    /// The share of all cases of interest that it holds.
    pub coverage: f64,
    /// The share of its runs that are of interest.
    pub density: f64,
    /// The share of all runs that it holds.
    pub mass: f64,
    /// The factors that it bounds.
    pub restricted: Vec<usize>,
}

/// The boxes from the whole space to the last paste.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// The boxes, in order; the first holds all runs.
    pub steps: Vec<Step>,
    /// How many of them were peeled: those that follow were pasted.
    pub peeled: usize,
}

impl Trajectory {
    /// The box with the most coverage of those that are at least so dense; of several the one that
    /// bounds the fewest factors.
    pub fn at_density(&self, least: f64) -> Option<&Step> {
        let dense = self.steps.iter().filter(|step| step.density >= least);
        dense.max_by(|a, b| {
            let fewer = b.restricted.len().cmp(&a.restricted.len());
            a.coverage.total_cmp(&b.coverage).then(fewer)
        })
    }

    /// The place of the box nearest to a coverage and a density, in the plane of both; the first of
    /// several. At 1 and 1 it is a common choice of one box to look at first.
    pub fn nearest(&self, coverage: f64, density: f64) -> usize {
        let away = |step: &Step| {
            let (across, up) = (step.coverage - coverage, step.density - density);
            across * across + up * up
        };
        let closer = |a: &usize, b: &usize| away(&self.steps[*a]).total_cmp(&away(&self.steps[*b]));
        (0..self.steps.len()).min_by(closer).unwrap_or(0)
    }
}

/// A box without the bounds that chance would explain as well: the likeliest to be chance is
/// dropped, and the rest weighed anew, until all are below `most`.
///
/// # Errors
/// As [`prim`].
pub fn pruned(
    points: &[Vec<f64>],
    interest: &[bool],
    step: &Step,
    most: f64,
) -> Result<Step, StatsError> {
    let search = checked(points, interest, Settings::default())?;
    let mut step = step.clone();
    loop {
        let chances = by_chance(points, interest, &step);
        let weak = chances.iter().enumerate().filter_map(|(at, chance)| Some((at, (*chance)?)));
        let weakest = weak.filter(|it| it.1 > most).reduce(|a, b| if b.1 > a.1 { b } else { a });
        let Some((factor, _)) = weakest else { return Ok(step) };
        let mut bounds = step.bounds.clone();
        bounds.low[factor] = search.whole.low[factor];
        bounds.high[factor] = search.whole.high[factor];
        step = search.step(&bounds);
    }
}

/// Peels and pastes boxes towards the cases of interest. The same input gives the same boxes at any
/// number of threads; of equal sides the first factor's lower one is taken.
///
/// # Errors
/// Lists of different length, coordinates that are not finite, settings outside 0.001 to 0.5, no
/// case of interest or nothing but such cases.
pub fn prim(
    points: &[Vec<f64>],
    interest: &[bool],
    settings: Settings,
) -> Result<Trajectory, StatsError> {
    let search = checked(points, interest, settings)?;
    let mut here = search.whole.clone();
    let mut steps = vec![search.step(&here)];
    while let Some(next) = search.peel(&here) {
        here = next;
        steps.push(search.step(&here));
    }
    let peeled = steps.len() - 1;
    while let Some(next) = search.paste(&here) {
        here = next;
        steps.push(search.step(&here));
    }
    Ok(Trajectory { steps, peeled })
}

/// A search, if its input allows one.
fn checked<'d>(
    points: &'d [Vec<f64>],
    interest: &'d [bool],
    settings: Settings,
) -> Result<Search<'d>, StatsError> {
    let interesting = interest.iter().filter(|it| **it).count();
    StatsError::same_length(interest.len(), points.len())?;
    if interesting == 0 || interesting == points.len() {
        return Err(StatsError::NothingToFind { runs: points.len(), interesting });
    }
    for point in points {
        StatsError::same_length(point.len(), points[0].len())?;
        StatsError::all_finite(point)?;
    }
    StatsError::check("peel", settings.peel, 0.001, 0.5)?;
    StatsError::check("paste", settings.paste, 0.001, 0.5)?;
    StatsError::check("least_mass", settings.least_mass, 0.0, 0.5)?;
    Ok(Search { points, interest, interesting, whole: Bounds::around(points), settings })
}

/// How likely each bound of a box would do as well by chance: the probability that as many of the
/// box's runs are of interest as are, if the bounds of that factor said nothing. `None` where the
/// factor is not bounded. Below 0.05 a bound is commonly kept (Bryant and Lempert 2010).
pub fn by_chance(points: &[Vec<f64>], interest: &[bool], step: &Step) -> Vec<Option<f64>> {
    let factors = step.bounds.low.len();
    let one = |factor: usize| {
        step.restricted.contains(&factor).then(|| {
            let (mut runs, mut hits) = (0u64, 0u64);
            for (point, of_interest) in points.iter().zip(interest) {
                let inside = step.bounds.holds_but(point, factor);
                runs += u64::from(inside);
                hits += u64::from(inside && *of_interest);
            }
            let share = hits as f64 / runs as f64;
            binomial_at_least(step.interesting as u64, step.runs as u64, share)
        })
    };
    (0..factors).map(one).collect()
}

struct Search<'d> {
    points: &'d [Vec<f64>],
    interest: &'d [bool],
    interesting: usize,
    whole: Bounds,
    settings: Settings,
}

/// A side of a box moved to where it is tried.
struct Side {
    factor: usize,
    upper: bool,
    end: f64,
    score: f64,
}

impl Search<'_> {
    fn step(&self, bounds: &Bounds) -> Step {
        let (runs, interesting) = self.count(|point| bounds.holds(point));
        let bounded = |factor: &usize| {
            bounds.low[*factor] > self.whole.low[*factor]
                || bounds.high[*factor] < self.whole.high[*factor]
        };
        Step {
            runs,
            interesting,
            coverage: interesting as f64 / self.interesting as f64,
            density: interesting as f64 / runs as f64,
            mass: runs as f64 / self.points.len() as f64,
            restricted: (0..bounds.low.len()).filter(bounded).collect(),
            bounds: bounds.clone(),
        }
    }

    fn count(&self, holds: impl Fn(&[f64]) -> bool) -> (usize, usize) {
        let (mut runs, mut interesting) = (0, 0);
        for (point, of_interest) in self.points.iter().zip(self.interest) {
            if holds(point) {
                runs += 1;
                interesting += usize::from(*of_interest);
            }
        }
        (runs, interesting)
    }

    /// The box after its best peel, if one is left that keeps enough runs.
    fn peel(&self, bounds: &Bounds) -> Option<Bounds> {
        let inside: Vec<usize> =
            (0..self.points.len()).filter(|run| bounds.holds(&self.points[*run])).collect();
        let hits = inside.iter().filter(|run| self.interest[**run]).count();
        if hits == inside.len() {
            return None;
        }
        let least = self.settings.least_mass * self.points.len() as f64;
        let sides = (0..bounds.low.len()).into_par_iter().map(|factor| {
            let value = |run: &usize| (self.points[*run][factor], self.interest[*run]);
            let mut values: Vec<(f64, bool)> = inside.iter().map(value).collect();
            values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            let lower = self.cut(&values, hits, least);
            values.reverse();
            let upper = self.cut(&values, hits, least);
            let side = |upper: bool, (end, score): (f64, f64)| Side { factor, upper, end, score };
            [lower.map(|it| side(false, it)), upper.map(|it| side(true, it))]
        });
        let sides: Vec<[Option<Side>; 2]> = sides.collect();
        best(sides.into_iter().flatten().flatten()).map(|side| moved(bounds, &side))
    }

    /// Takes runs from the front of a sorted list: where the new end lies, and by how much the mean
    /// rises for each run taken. Equal values go together.
    fn cut(&self, values: &[(f64, bool)], hits: usize, least: f64) -> Option<(f64, f64)> {
        let all = values.len();
        let mut taken = ((self.settings.peel * all as f64) as usize).max(1);
        while taken < all && values[taken].0 == values[taken - 1].0 {
            taken += 1;
        }
        let left = all - taken.min(all);
        if left == 0 || (left as f64) < least {
            return None;
        }
        let lost = values[..taken].iter().filter(|(_, of_interest)| *of_interest).count();
        let mean = (hits - lost) as f64 / left as f64;
        let rise = (mean - hits as f64 / all as f64) / taken as f64;
        Some(((values[taken].0 + values[taken - 1].0) / 2.0, rise))
    }

    /// The box after its best paste, if one is left by which the mean does not fall.
    fn paste(&self, bounds: &Bounds) -> Option<Bounds> {
        let (runs, hits) = self.count(|point| bounds.holds(point));
        let give = ((self.settings.paste * runs as f64) as usize).max(1);
        let sides = (0..bounds.low.len()).into_par_iter().map(|factor| {
            [false, true].map(|upper| self.extend(bounds, factor, upper, give, (runs, hits)))
        });
        let sides: Vec<[Option<Side>; 2]> = sides.collect();
        best(sides.into_iter().flatten().flatten()).map(|side| moved(bounds, &side))
    }

    /// One side of a box moved outward over a number of runs.
    fn extend(
        &self,
        bounds: &Bounds,
        factor: usize,
        upper: bool,
        give: usize,
        (runs, hits): (usize, usize),
    ) -> Option<Side> {
        let outside = |value: f64| match upper {
            true => value > bounds.high[factor],
            false => value < bounds.low[factor],
        };
        let found = self.points.iter().zip(self.interest);
        let mut beyond: Vec<(f64, bool)> = found
            .filter(|(point, _)| outside(point[factor]) && bounds.holds_but(point, factor))
            .map(|(point, of_interest)| (point[factor], *of_interest))
            .collect();
        beyond.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        if !upper {
            beyond.reverse();
        }
        let mut taken = give.min(beyond.len());
        while taken > 0 && taken < beyond.len() && beyond[taken].0 == beyond[taken - 1].0 {
            taken += 1;
        }
        let end = beyond.get(taken.checked_sub(1)?)?.0;
        let won = beyond[..taken].iter().filter(|(_, of_interest)| *of_interest).count();
        let mean = (hits + won) as f64 / (runs + taken) as f64;
        let rise = mean - hits as f64 / runs as f64;
        (rise >= 0.0).then_some(Side { factor, upper, end, score: rise / taken as f64 })
    }
}

/// The side with the highest score; the first of several.
fn best(sides: impl Iterator<Item = Side>) -> Option<Side> {
    sides.reduce(|best, side| if side.score > best.score { side } else { best })
}

fn moved(bounds: &Bounds, side: &Side) -> Bounds {
    let mut next = bounds.clone();
    let ends = if side.upper { &mut next.high } else { &mut next.low };
    ends[side.factor] = side.end;
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Stream;
    use crate::stats::{design, samples};

    /// Runs in five dimensions, of which a box in two is of interest, and a few elsewhere.
    fn planted(noise: f64) -> (Vec<Vec<f64>>, Vec<bool>) {
        let points = design::latin_hypercube(2000, 5, 11);
        let mut stream = Stream::new("planted", 1, 0);
        let interest = points
            .iter()
            .map(|x| (x[1] < 0.4 && x[3] > 0.55) != (stream.uniform() < noise))
            .collect();
        (points, interest)
    }

    #[test]
    fn a_planted_box_is_found() {
        let (points, interest) = planted(0.0);
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let step = found.at_density(0.95).expect("a dense box");
        assert_eq!(step.restricted, [1, 3], "{step:?}");
        assert!(step.coverage > 0.95, "{step:?}");
        assert!((step.bounds.high[1] - 0.4).abs() < 0.03, "{step:?}");
        assert!((step.bounds.low[3] - 0.55).abs() < 0.03, "{step:?}");
        assert_eq!(step.bounds.low[1], found.steps[0].bounds.low[1]);
        let chances = by_chance(&points, &interest, step);
        for (factor, chance) in chances.iter().enumerate() {
            assert_eq!(chance.is_some(), step.restricted.contains(&factor));
            assert!(chance.is_none_or(|chance| chance < 1e-6), "{chances:?}");
        }
    }

    #[test]
    fn a_planted_box_is_found_in_noise() {
        let (points, interest) = planted(0.1);
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let step = found.at_density(0.85).expect("a dense box");
        assert!(step.restricted.contains(&1) && step.restricted.contains(&3), "{step:?}");
        assert!((step.bounds.high[1] - 0.4).abs() < 0.08, "{step:?}");
        assert!((step.bounds.low[3] - 0.55).abs() < 0.08, "{step:?}");
        assert!(step.coverage > 0.5, "{step:?}");
    }

    #[test]
    fn bounds_by_chance_are_pruned() {
        let (points, interest) = planted(0.1);
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let loose = found.steps.iter().max_by_key(|step| step.restricted.len()).expect("steps");
        let tight = pruned(&points, &interest, loose, 0.05).expect("there is a box");
        assert!(tight.restricted.contains(&1) && tight.restricted.contains(&3), "{tight:?}");
        let chances = by_chance(&points, &interest, &tight);
        assert!(chances.iter().flatten().all(|chance| *chance <= 0.05), "{chances:?}");
        assert!(tight.runs >= loose.runs);
        let nearest = &found.steps[found.nearest(1.0, 1.0)];
        let away = |step: &Step| (1.0 - step.coverage).hypot(1.0 - step.density);
        assert!(found.steps.iter().all(|step| away(step) >= away(nearest)));
    }

    #[test]
    fn the_trajectory_begins_whole_and_counts_right() {
        let (points, interest) = planted(0.1);
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let first = &found.steps[0];
        assert_eq!((first.runs, first.coverage, first.mass), (2000, 1.0, 1.0));
        assert!(first.restricted.is_empty());
        for (at, step) in found.steps.iter().enumerate() {
            let inside = points.iter().zip(&interest).filter(|it| step.bounds.holds(it.0));
            let hits = inside.clone().filter(|it| *it.1).count();
            assert_eq!((step.runs, step.interesting), (inside.count(), hits));
            assert!(step.mass >= 0.05);
            let grows = at > found.peeled;
            let before = &found.steps[at.saturating_sub(1)];
            assert!(at == 0 || (step.runs > before.runs) == grows, "{at}");
            assert!(!grows || step.density >= before.density);
        }
    }

    #[test]
    fn levels_go_together() {
        // A factor of three levels: a peel takes a whole level.
        let points: Vec<Vec<f64>> = (0..300).map(|run| vec![f64::from(run % 3)]).collect();
        let interest: Vec<bool> = points.iter().map(|point| point[0] == 2.0).collect();
        let found = prim(&points, &interest, Settings::default()).expect("there is a box");
        let last = found.steps.last().expect("there are steps");
        assert_eq!((last.runs, last.density, last.bounds.low[0]), (100, 1.0, 1.5));
    }

    #[test]
    fn nothing_to_find_is_told() {
        let points = vec![vec![0.0], vec![1.0]];
        let none = prim(&points, &[false, false], Settings::default()).expect_err("nothing");
        assert!(none.to_string().starts_with("of 2 runs 0 are of interest"), "{none}");
        assert!(prim(&points, &[true, true], Settings::default()).is_err());
        assert!(prim(&points, &[true], Settings::default()).is_err());
        let wild = Settings { peel: 0.9, ..Settings::default() };
        assert!(prim(&points, &[true, false], wild).is_err());
    }

    #[test]
    fn the_boxes_are_the_same_at_any_number_of_threads() {
        let (points, interest) = planted(0.1);
        let [one, three] = samples::on_threads(|| prim(&points, &interest, Settings::default()));
        assert_eq!(one, three);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_planted_box_is_found(low in 0.0..0.5f64, width in 0.3..0.5f64, seed: u64) {
            let points = design::latin_hypercube(800, 3, seed);
            let interest: Vec<bool> =
                points.iter().map(|x| x[2] >= low && x[2] <= low + width).collect();
            let found = prim(&points, &interest, Settings::default()).expect("there is a box");
            let step = found.at_density(0.98).expect("a dense box");
            prop_assert!(step.coverage > 0.9, "{:?}", step);
        }
    }
}

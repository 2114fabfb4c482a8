//! What each option may cost beside the best one: regret over an ensemble.
//!
//! ```text
//! regret of an option in a draw = best outcome of all options in it - its own   (more is better)
//!                               = its own - best outcome of all options in it   (less is better)
//! ```
//!
//! Savage, Journal of the American Statistical Association 46 (1951). Draws have no probability
//! here but what their design gives them, and options none at all. Units: those of the outcome.

use crate::quantiles::Sorted;
use crate::stats::StatsError;

/// Which way an outcome is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// More is better.
    More,
    /// Less is better.
    Less,
}

/// The regret of one option over all draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regret {
    /// The 5th percentile.
    pub p5: f64,
    /// The median.
    pub p50: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The largest.
    pub most: f64,
    /// The mean.
    pub mean: f64,
    /// The share of draws in which no option is better.
    pub best: f64,
}

/// The regrets of all options.
#[derive(Clone, Debug, PartialEq)]
pub struct Regrets {
    /// One entry an option.
    pub options: Vec<Regret>,
    /// The option whose largest regret is smallest; the first of several.
    pub minimax: usize,
    /// How many draws count.
    pub draws: usize,
    /// How many draws were left out, because an option's run failed in them.
    pub dropped: usize,
}

/// The regrets of options, each given by its outcomes in the same draws, in order. A draw in which
/// an outcome is not finite is left out for all options.
///
/// # Errors
/// Fewer than two options, options with another number of draws, no draw that counts.
///
/// # Examples
/// ```
/// use lab::stats::regret::{Sense, regrets};
///
/// let found = regrets(&[vec![10.0, 0.0], vec![6.0, 5.0]], Sense::More)?;
/// assert_eq!((found.options[0].most, found.options[1].most), (5.0, 4.0));
/// assert_eq!(found.minimax, 1);
/// # Ok::<(), lab::stats::StatsError>(())
/// ```
pub fn regrets(outcomes: &[Vec<f64>], sense: Sense) -> Result<Regrets, StatsError> {
    StatsError::at_least("options", outcomes.len(), 2)?;
    let draws = outcomes[0].len();
    for option in outcomes {
        StatsError::same_length(option.len(), draws)?;
    }
    let whole = |draw: &usize| outcomes.iter().all(|option| option[*draw].is_finite());
    let kept: Vec<usize> = (0..draws).filter(whole).collect();
    StatsError::at_least("draws", kept.len(), 1)?;
    let good = |value: f64| if sense == Sense::More { value } else { -value };
    let best: Vec<f64> = kept
        .iter()
        .map(|draw| outcomes.iter().map(|it| good(it[*draw])).fold(f64::NEG_INFINITY, f64::max))
        .collect();
    let options: Vec<Regret> = outcomes
        .iter()
        .map(|option| {
            let own = kept.iter().zip(&best).map(|(draw, best)| best - good(option[*draw]));
            summarize(own.collect())
        })
        .collect();
    let smaller = |a: &usize, b: &usize| options[*a].most.total_cmp(&options[*b].most);
    let minimax = (0..options.len()).min_by(smaller).unwrap_or(0);
    Ok(Regrets { options, minimax, draws: kept.len(), dropped: draws - kept.len() })
}

/// What an option changes, draw by draw, against another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The 5th percentile of the differences.
    pub p5: f64,
    /// Their median.
    pub p50: f64,
    /// Their 95th percentile.
    pub p95: f64,
    /// The share of draws in which the option is better.
    pub better: f64,
    /// The share in which it is worse; it is the same in the rest.
    pub worse: f64,
    /// How many draws count.
    pub draws: usize,
}

/// The differences between an option and a base in the same draws: own less the base's. A draw in
/// which one of the two is not finite is left out.
///
/// # Errors
/// Another number of draws, no draw that counts.
///
/// # Examples
/// ```
/// use lab::stats::regret::{Sense, change};
///
/// let found = change(&[3.0, 1.0, 5.0], &[1.0, 1.0, 1.0], Sense::Less)?;
/// assert_eq!((found.p50, found.better), (2.0, 0.0));
/// # Ok::<(), lab::stats::StatsError>(())
/// ```
pub fn change(option: &[f64], base: &[f64], sense: Sense) -> Result<Change, StatsError> {
    StatsError::same_length(option.len(), base.len())?;
    let differences = option.iter().zip(base).map(|(own, base)| own - base);
    let differences: Vec<f64> = differences.filter(|it| it.is_finite()).collect();
    StatsError::at_least("draws", differences.len(), 1)?;
    let draws = differences.len();
    let share =
        |is_it: fn(&&f64) -> bool| differences.iter().filter(is_it).count() as f64 / draws as f64;
    let (up, down) = (share(|it| **it > 0.0), share(|it| **it < 0.0));
    let (better, worse) = if sense == Sense::More { (up, down) } else { (down, up) };
    let sorted = Sorted::new(differences);
    let at = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
    Ok(Change { p5: at(0.05), p50: at(0.5), p95: at(0.95), better, worse, draws })
}

/// For each option the first one that is no worse in any outcome and better in one; `None` for
/// those of the Pareto set. Options are given by one number an outcome.
///
/// # Errors
/// Options with another number of outcomes than there are senses, a number that is not finite.
pub fn dominated(options: &[Vec<f64>], senses: &[Sense]) -> Result<Vec<Option<usize>>, StatsError> {
    for option in options {
        StatsError::same_length(option.len(), senses.len())?;
        StatsError::all_finite(option)?;
    }
    let gain = |a: &[f64], b: &[f64], at: usize| match senses[at] {
        Sense::More => a[at] - b[at],
        Sense::Less => b[at] - a[at],
    };
    let beats = |a: &[f64], b: &[f64]| {
        let each = || (0..senses.len()).map(|at| gain(a, b, at));
        each().all(|gain| gain >= 0.0) && each().any(|gain| gain > 0.0)
    };
    let by = |own: &Vec<f64>| options.iter().position(|other| beats(other, own));
    Ok(options.iter().map(by).collect())
}

fn summarize(regrets: Vec<f64>) -> Regret {
    let sorted = Sorted::new(regrets);
    let at = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
    Regret {
        p5: at(0.05),
        p50: at(0.5),
        p95: at(0.95),
        most: at(1.0),
        mean: sorted.mean().unwrap_or(f64::NAN),
        best: 1.0 - sorted.share_above(0.0).unwrap_or(f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn regrets_are_measured_against_the_best_of_each_draw() {
        let outcomes = [vec![10.0, 0.0, 4.0, f64::NAN], vec![6.0, 5.0, 4.0, 1.0]];
        let more = regrets(&outcomes, Sense::More).expect("there are draws");
        assert_eq!((more.draws, more.dropped, more.minimax), (3, 1, 1));
        assert_eq!((more.options[0].most, more.options[1].most), (5.0, 4.0));
        assert_eq!(more.options[0].p50, 0.0);
        assert!((more.options[0].best - 2.0 / 3.0).abs() < 1e-15);
        let less = regrets(&outcomes, Sense::Less).expect("there are draws");
        assert_eq!((less.options[0].most, less.options[1].most), (4.0, 5.0));
        assert_eq!(less.minimax, 0);
    }

    #[test]
    fn changes_have_a_sense_and_leave_out_what_failed() {
        let (own, base) = ([4.0, 2.0, 2.0, f64::NAN], [1.0, 2.0, 3.0, 1.0]);
        let more = change(&own, &base, Sense::More).expect("there are draws");
        assert_eq!((more.p50, more.draws), (0.0, 3));
        assert!((more.better - 1.0 / 3.0).abs() < 1e-15 && more.better == more.worse);
        assert!((more.p95 - 2.7).abs() < 1e-12, "{more:?}");
        assert!(change(&own, &base[1..], Sense::More).is_err());
        assert!(change(&own[3..], &base[3..], Sense::More).is_err());
    }

    #[test]
    fn the_pareto_set_is_what_nothing_dominates() {
        let options = vec![vec![3.0, 1.0], vec![2.0, 2.0], vec![1.0, 3.0], vec![3.0, 1.0]];
        let both = [Sense::More, Sense::Less];
        let found = dominated(&options, &both).expect("finite");
        assert_eq!(found, [None, Some(0), Some(0), None], "equal options do not dominate");
        let mixed = dominated(&options, &[Sense::More, Sense::More]).expect("finite");
        assert_eq!(mixed, [None, None, None, None]);
        assert!(dominated(&[vec![f64::NAN, 0.0]], &both).is_err());
        assert!(dominated(&[vec![0.0]], &both).is_err());
    }

    #[test]
    fn what_cannot_be_compared_is_refused() {
        assert!(regrets(&[vec![1.0]], Sense::More).is_err());
        assert!(regrets(&[vec![1.0], vec![1.0, 2.0]], Sense::More).is_err());
        assert!(regrets(&[vec![f64::NAN], vec![1.0]], Sense::More).is_err());
    }

    proptest! {
        #[test]
        fn some_option_is_best_and_senses_mirror(
            a in prop::collection::vec(-1e3..1e3f64, 1..40),
            seed in prop::collection::vec(-1e3..1e3f64, 80),
        ) {
            let b: Vec<f64> = seed[..a.len()].to_vec();
            let c: Vec<f64> = seed[40..40 + a.len()].to_vec();
            let options = [a, b, c];
            let more = regrets(&options, Sense::More).expect("there are draws");
            let mirrored = options.map(|option| option.iter().map(|it| -it).collect());
            let less = regrets(&mirrored, Sense::Less).expect("there are draws");
            prop_assert_eq!(&more, &less);
            let bests: f64 = more.options.iter().map(|option| option.best).sum();
            prop_assert!(bests >= 1.0 - 1e-12);
            prop_assert!(more.options.iter().all(|option| option.p5 >= 0.0));
        }
    }
}

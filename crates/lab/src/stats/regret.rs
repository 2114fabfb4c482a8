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

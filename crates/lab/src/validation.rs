//! Fits the world to history and judges it by years that it has not seen.
//!
//! What is fitted and what is judged was written down before the first fit: `data/lab/fit.csv`
//! names targets of `data/lab/targets.csv`, with the share of a value that is taken for an
//! observation's standard deviation where none is published, and the share that is left to what the
//! model lacks.
//!
//! The method is history matching, then approximate Bayesian computation within what is left
//! ([`crate::stats::fit`]). Forecasts of the held-out years are judged by the coverage of 80
//! percent intervals, the continuous ranked probability score and the error of the median, beside
//! three naive forecasts ([`crate::stats::score`]).

use crate::ensemble::Draws;
use crate::quantiles::Sorted;
use crate::random::{Stream, normal_quantile};
use crate::stats::fit::{self, Matched, abc};
use crate::stats::score::{self, Coverage, Forecast};
use crate::stats::{Bounds, StatsError};
use crate::table::{Table, TableError};
use crate::targets::{Basis, Split, Target};
use crate::world::observe::{Observation, Observer};
use crate::world::{Compiled, Quarter, Run};

/// What is fitted and judged, `data/lab/fit.csv`.
pub const PLAN: &str = include_str!("../../../data/lab/fit.csv");
/// What [`PLAN`] is called.
pub const PLAN_NAME: &str = "data/lab/fit.csv";

/// A target that is fitted or judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The target.
    pub target: Target,
    /// Standard deviation of its observation.
    pub observation: f64,
    /// Standard deviation of what the model lacks; 0 of one that is judged.
    pub discrepancy: f64,
}

/// What is fitted, and what is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Targets to fit.
    pub fit: Vec<Planned>,
    /// Targets to judge by.
    pub judged: Vec<Planned>,
    /// All targets, for the series that naive forecasts go on from.
    pub targets: Vec<Target>,
}

impl Plan {
    /// The shipped plan.
    ///
    /// # Errors
    /// [`TableError`], which the crate's tests rule out for what is shipped.
    pub fn shipped() -> Result<Plan, TableError> {
        crate::tables::Tables::shipped().plan()
    }

    /// Reads a plan over targets.
    ///
    /// # Errors
    /// A target that is not there, one that is fitted though it is held out or another model's, a
    /// role that is none: with row and column.
    pub fn read(file: &str, text: &str, targets: Vec<Target>) -> Result<Plan, TableError> {
        let table = Table::read(file, text)?;
        let (mut fitted, mut judged) = (Vec::new(), Vec::new());
        for row in 0..table.len() {
            let id = table.text_in(row, "target")?;
            let Some(target) = targets.iter().find(|target| target.id == id) else {
                let why =
                    format!("there is no target `{id}`\n\nhint: its names stand in targets.csv");
                return Err(table.refuse(row, "target", why));
            };
            let observation = table.maybe_number(row, table.column("observation")?)?;
            let spread = target.low.zip(target.high).filter(|(low, high)| high > low);
            let published = spread.map(|(low, high)| (high - low) / (2.0 * normal_quantile(0.95)));
            let assumed = observation.map(|share| share * target.value);
            let observation = assumed.or(published).unwrap_or(0.0);
            let share = table.maybe_number(row, table.column("discrepancy")?)?.unwrap_or(0.0);
            let planned =
                Planned { target: target.clone(), observation, discrepancy: share * target.value };
            match (table.text_in(row, "role")?, target.split) {
                ("fit", Split::Train) if observation + share > 0.0 => fitted.push(planned),
                ("fit", Split::Train) => {
                    let why = "it has no spread\n\nhint: give the share of the value that an \
                               observation may be off";
                    return Err(table.refuse(row, "observation", why));
                }
                ("fit", _) => {
                    let why = "what is held out or another model's is not fitted\n\nhint: only \
                               targets of the split `train`";
                    return Err(table.refuse(row, "role", why));
                }
                ("score", _) => judged.push(planned),
                _ => return Err(table.refuse(row, "role", "a role is `fit` or `score`")),
            }
        }
        Ok(Plan { fit: fitted, judged, targets })
    }
}

/// What a run says of a target; `None` where it does not observe it.
pub fn simulated(target: &Target, observer: &Observer, run: &Observation) -> Option<f64> {
    let column = observer.find(&target.actor, &target.quantity)?;
    let (from, through) = (target.from.in_run()?, target.through.in_run()?);
    let values = (from..=through).map(|at| run.get(Quarter::at(at), column));
    Some(match target.basis {
        Basis::Level => run.get(Quarter::at(through), column),
        Basis::Sum => values.sum(),
        Basis::Mean => values.sum::<f64>() / (through - from + 1) as f64,
    })
}

/// The parameters that are fitted: those that what was observed through 2023 can tell about. All
/// others keep their distributions, and are drawn anew for every run of the fit.
pub const FITTED: [&str; 14] = [
    "spend_2022",
    "growth_before",
    "boom",
    "boom_years",
    "price_level",
    "ramp_quarters",
    "capacity_2022",
    "capacity_growth",
    "china_spend",
    "design_months",
    "variant_discount",
    "premium_base",
    "smuggled_weight",
    "package_2023",
];

/// How much is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Points of a wave of history matching.
    pub points: usize,
    /// Particles of the fit.
    pub particles: usize,
    /// Generations of the fit.
    pub generations: usize,
    /// The seed.
    pub seed: u64,
}

/// A fit.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// What history matching left.
    pub matched: Matched,
    /// The particles; `None` where nothing was left.
    pub posterior: Option<abc::Posterior>,
}

/// Fits the parameters to the training targets under a scenario, which is that of history.
///
/// # Errors
/// [`StatsError`]: settings out of bounds, a target without spread, a prior under which runs fail.
pub fn fit(
    compiled: &Compiled,
    draws: &Draws,
    plan: &Plan,
    effort: Effort,
) -> Result<Fitted, StatsError> {
    let observer = Observer::new(compiled);
    let square = |deviation: f64| deviation * deviation;
    let targets = plan.fit.iter().map(|it| {
        fit::Target::new(
            &it.target.id,
            it.target.value,
            square(it.observation),
            square(it.discrepancy),
        )
    });
    let targets: Vec<fit::Target> = targets.collect::<Result<_, _>>()?;
    let places = places(draws);
    let model = |point: &[f64], chance: u64| -> Result<Vec<f64>, String> {
        let whole = filled(point, &places, draws.priors().factors().count(), effort.seed, chance);
        let parameters = draws.at(&whole).map_err(|why| why.to_string())?;
        let run = Run { seed: effort.seed, draw: chance, parameters };
        let seen = run.through(compiled, &observer).map_err(|why| why.to_string())?;
        let value = |it: &Planned| {
            simulated(&it.target, &observer, &seen).ok_or_else(|| it.target.id.clone())
        };
        plan.fit.iter().map(value).collect()
    };
    let factors = FITTED.len();
    let waves = fit::Settings {
        points: effort.points,
        replicates: 4,
        waves: 4,
        cutoff: 3.0,
        shrinks: 0.1,
        seed: effort.seed,
    };
    let matched = fit::match_history(factors, &targets, model, waves)?;
    let Some(region) = matched.region.clone() else {
        return Ok(Fitted { matched, posterior: None });
    };
    let settings = abc::Settings {
        particles: effort.particles,
        generations: effort.generations,
        quantile: 0.5,
        tolerance: 0.0,
        tries: 300,
        seed: effort.seed,
        region: Bounds { low: region.low, high: region.high },
    };
    let distance = |point: &[f64], chance: u64| -> Result<f64, String> {
        let results = model(point, chance)?;
        fit::distance(&targets, &results).map_err(|why| why.to_string())
    };
    let posterior = abc::sample(distance, &settings)?;
    Ok(Fitted { matched, posterior: Some(posterior) })
}

/// Where the fitted parameters stand among those that are not fixed.
fn places(draws: &Draws) -> Vec<usize> {
    let mut factors = draws.priors().factors();
    let names: Vec<&str> = factors.by_ref().map(|row| row.symbol.as_str()).collect();
    FITTED.iter().filter_map(|fitted| names.iter().position(|name| name == fitted)).collect()
}

/// A point of all parameters: the fitted ones as given, the others drawn.
fn filled(point: &[f64], places: &[usize], factors: usize, seed: u64, chance: u64) -> Vec<f64> {
    let mut stream = Stream::new("world fit", seed, chance);
    let mut whole: Vec<f64> = (0..factors).map(|_| stream.uniform()).collect();
    for (place, share) in places.iter().zip(point) {
        whole[*place] = *share;
    }
    whole
}

/// Equally weighted particles of a fit, by systematic resampling, with the parameters that are not
/// fitted drawn from their distributions.
pub fn particles(posterior: &abc::Posterior, draws: &Draws, count: usize) -> Vec<Vec<f64>> {
    let places = places(draws);
    let factors = draws.priors().factors().count();
    let total: f64 = posterior.weights.iter().sum();
    let (mut at, mut reached) = (0, posterior.weights.first().copied().unwrap_or(0.0));
    (0..count)
        .map(|one| {
            let place = (one as f64 + 0.5) / count as f64 * total;
            while reached < place && at + 1 < posterior.weights.len() {
                at += 1;
                reached += posterior.weights[at];
            }
            filled(&posterior.points[at], &places, factors, draws.seed(), u64::MAX - one as u64)
        })
        .collect()
}

/// How one target came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The target.
    pub target: Target,
    /// Whether it was fitted.
    pub fitted: bool,
    /// The 10th, 50th and 90th percentile of the runs.
    pub simulated: [f64; 3],
    /// Whether the value lies between the first and the last.
    pub covered: bool,
    /// Score of the runs.
    pub crps: f64,
    /// Error of the median: its logarithm's where there is one, else the difference.
    pub error: f64,
    /// Scores of drift, constant share, and "the last rule changed nothing"; `None` where too little
    /// was observed before that they could go on from.
    pub naive: [Option<f64>; 3],
}

/// A whole judgment.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgment {
    /// Target by target, fitted ones first.
    pub rows: Vec<Judged>,
    /// Coverage over one target a series of the held-out years: the last of each.
    pub coverage: Coverage,
    /// Of those with a drift to compare with, how many beat it.
    pub beats_drift: (usize, usize),
}

/// Judges runs by the plan.
///
/// # Errors
/// [`StatsError`]: no runs, or values that are not finite.
pub fn judge(
    plan: &Plan,
    observer: &Observer,
    runs: &[Observation],
) -> Result<Judgment, StatsError> {
    let mut rows = Vec::new();
    let all = plan.fit.iter().map(|it| (it, true)).chain(plan.judged.iter().map(|it| (it, false)));
    let (mut ensembles, mut values, mut series) =
        (Vec::new(), Vec::new(), Vec::<(String, String)>::new());
    for (planned, fitted) in all {
        let target = &planned.target;
        let seen: Vec<f64> =
            runs.iter().filter_map(|run| simulated(target, observer, run)).collect();
        rows.push(judged(plan, target, fitted, &seen)?);
        if fitted {
            continue;
        }
        let key = (target.quantity.clone(), target.actor.clone());
        match series.iter().position(|other| *other == key) {
            Some(at) => (ensembles[at], values[at]) = (seen, target.value),
            None => {
                series.push(key);
                ensembles.push(seen);
                values.push(target.value);
            }
        }
    }
    let coverage = score::coverage(&ensembles, &values, 0.8)?;
    let compared =
        rows.iter().filter(|row| !row.fitted).filter_map(|row| Some((row.crps, row.naive[0]?)));
    let compared: Vec<(f64, f64)> = compared.collect();
    let beats = compared.iter().filter(|(own, drift)| own < drift).count();
    Ok(Judgment { rows, coverage, beats_drift: (beats, compared.len()) })
}

fn judged(plan: &Plan, target: &Target, fitted: bool, seen: &[f64]) -> Result<Judged, StatsError> {
    let sorted = Sorted::new(seen.to_vec());
    let share = |share: f64| sorted.quantile(share).unwrap_or(f64::NAN);
    let simulated = [share(0.1), share(0.5), share(0.9)];
    let error = score::median_error(seen, target.value)?;
    Ok(Judged {
        target: target.clone(),
        fitted,
        simulated,
        covered: simulated[0] <= target.value && target.value <= simulated[2],
        crps: score::crps(seen, target.value)?.fair,
        error: error.logarithm.unwrap_or(error.plain),
        naive: if fitted { [None; 3] } else { naive(plan, target) },
    })
}

/// The last quarter that was known when forecasts begin.
const KNOWN: usize = 19;
/// The quarter of the last rule before that: October 2023.
const RULE: usize = 18;

/// Scores of naive forecasts of a target, from what was observed through 2023.
///
/// The share that is kept is that of NVIDIA's shipments: of what was shipped in a quarter for what
/// is counted by the quarter, of all that was shipped so far for what has piled up. What is a share
/// itself keeps its last value.
fn naive(plan: &Plan, target: &Target) -> [Option<f64>; 3] {
    // A chip that did not exist yet is forecast by the ones it replaced.
    let quantity =
        if target.quantity == "h20_units" { "a800_h800_units" } else { &target.quantity };
    let own = observed(plan, quantity, &target.actor);
    let quarters = [target.from, target.through].map(Quarter::in_run);
    let [Some(from), Some(through)] = quarters else { return [None; 3] };
    let times = if target.basis == Basis::Sum { (through - from + 1) as f64 } else { 1.0 };
    let at = if target.basis == Basis::Level { through } else { (from + through).div_ceil(2) };
    let Some(ahead) = at.checked_sub(KNOWN).and_then(|ahead| u32::try_from(ahead).ok()) else {
        return [None; 3];
    };
    let scored = |forecast: Result<Forecast, StatsError>| -> Option<f64> {
        let forecast = forecast.ok()?;
        Some(times * forecast.crps(target.value / times).ok()?)
    };
    let before = own.iter().filter(|(quarter, _)| *quarter <= RULE).count();
    let all: Vec<f64> = own.iter().map(|(_, value)| *value).collect();
    // A mean is about several quarters: it is no series of equal steps that could drift.
    let [drift, rule] = match target.basis {
        Basis::Mean => [None, None],
        Basis::Level | Basis::Sum => [
            scored(score::drift(&all, ahead)),
            scored(score::rule_changed_nothing(&all, before, ahead)),
        ],
    };
    let share = match target.unit.as_str() {
        "share" => score::last_value(&all, ahead),
        _ => kept_share(plan, target, &own, ahead),
    };
    let is_whole = quantity == "nvidia_shipped_cum";
    [drift, if is_whole { None } else { scored(share) }, rule]
}

/// The forecast that a quantity keeps its last share of what NVIDIA ships.
fn kept_share(
    plan: &Plan,
    target: &Target,
    own: &[(usize, f64)],
    ahead: u32,
) -> Result<Forecast, StatsError> {
    let is_flow = target.unit.ends_with(" a quarter");
    let whole = if is_flow { "nvidia_shipped" } else { "nvidia_shipped_cum" };
    let whole = observed(plan, whole, "world");
    let (values, wholes): (Vec<f64>, Vec<f64>) = own
        .iter()
        .filter_map(|(at, value)| Some((*value, whole.iter().find(|(other, _)| other == at)?.1)))
        .unzip();
    let later = score::drift(&whole.iter().map(|(_, value)| *value).collect::<Vec<_>>(), ahead)?;
    score::constant_share(&values, &wholes, later.median, ahead)
}

/// What was observed of a quantity through 2023, by the last quarter that it is about: levels, and
/// means over quarters.
fn observed(plan: &Plan, quantity: &str, actor: &str) -> Vec<(usize, f64)> {
    let of = |target: &&Target| {
        target.quantity == quantity
            && target.actor == actor
            && target.basis != Basis::Sum
            && target.value > 0.0
    };
    let at = |target: &Target| Some((target.through.in_run()?, target.value));
    let mut found: Vec<(usize, f64)> = plan.targets.iter().filter(of).filter_map(at).collect();
    found.retain(|(quarter, _)| *quarter <= KNOWN);
    found.sort_by_key(|(quarter, _)| *quarter);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(id: &str) -> [Option<f64>; 3] {
        let plan = Plan::shipped().expect("a sound plan");
        let judged = plan.judged.iter().find(|it| it.target.id == id);
        naive(&plan, &judged.expect("it is judged").target)
    }

    /// 10 percent of cards in 2023, 19 percent of value: kept, they miss by what came instead.
    #[test]
    fn a_share_keeps_its_last_value() {
        for (id, observed, last) in
            [("T34", 0.304, 0.1), ("T37", 0.4, 0.1), ("T36", 0.34, 0.19), ("T38", 0.43, 0.19)]
        {
            let [drift, share, rule] = scores(id);
            assert!((share.expect("a share") - (observed - last)).abs() < 1e-12, "{id} {share:?}");
            assert_eq!((drift, rule), (None, None), "{id}: two numbers make no drift");
        }
    }

    /// The chips made for China are held against what NVIDIA ships in a quarter, not against all
    /// that it ever shipped.
    #[test]
    fn a_flow_keeps_its_share_of_a_flow() {
        let plan = Plan::shipped().expect("a sound plan");
        let shipped = observed(&plan, "nvidia_shipped", "world");
        let own = observed(&plan, "a800_h800_units", "world");
        let (at, last) = *own.last().expect("quarters of 2023");
        let (_, whole) = *shipped.iter().find(|(other, _)| *other == at).expect("the same quarter");
        let values: Vec<f64> = shipped.iter().map(|(_, value)| *value).collect();
        // The middle of 2024 lies three quarters ahead.
        let later = score::drift(&values, 3).expect("a drift").median;
        let judged = plan.judged.iter().find(|it| it.target.id == "T15").expect("it is judged");
        let kept = kept_share(&plan, &judged.target, &own, 3).expect("a share");
        assert!((kept.median / (last / whole * later) - 1.0).abs() < 1e-9, "{kept:?}");
        assert!(scores("T15").iter().all(Option::is_some));
        // What piled up is still held against what piled up, and the whole against nothing.
        assert!(scores("T13")[1].is_some() && scores("T03")[1].is_none());
        assert_eq!(scores("T18"), [None; 3], "nothing was observed before 2024");
    }
}

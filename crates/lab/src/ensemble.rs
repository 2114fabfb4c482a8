//! Ensembles: many draws of the parameters through scenarios.
//!
//! A draw depends on the seed and its number alone, and is the same in every scenario, so that
//! scenarios differ by what they suppose and not by luck (common random numbers).

use std::ops::Range;

use rayon::prelude::*;

use crate::random::Stream;
use crate::stats::StatsError;
use crate::stats::prior::{Priors, Row};
use crate::table::{Table, TableError};
use crate::validation::FITTED;
use crate::world::observe::{Observation, Observer};
use crate::world::{Compiled, Diverged, Parameters, Run};

/// The distributions of the parameters, `data/lab/parameters.csv`.
pub const PARAMETERS: &str = include_str!("../../../data/lab/parameters.csv");
/// What [`PARAMETERS`] is called.
pub const PARAMETERS_NAME: &str = "data/lab/parameters.csv";
/// Particles of the fit, `data/lab/posterior.csv`: a column a parameter that is not fixed, a row a
/// particle, shares of the prior's distribution.
pub const POSTERIOR: &str = include_str!("../../../data/lab/posterior.csv");
/// What [`POSTERIOR`] is called.
pub const POSTERIOR_NAME: &str = "data/lab/posterior.csv";

/// Where more than this share of the draws of a scenario fails, what is left is no sample of what
/// was drawn.
pub const FAILS_MOST: f64 = 0.1;

/// Where parameters are drawn from.
#[derive(Clone, Debug)]
pub struct Draws {
    priors: Priors,
    particles: Vec<Vec<f64>>,
    seed: u64,
}

/// Why parameters cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawsError {
    /// A table that cannot be used.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table lacks a parameter of the world.
    #[error(
        "`{file}` has no row for the parameter `{name}`\n\nhint: begin with the whole table: `weir lab run --show parameters.csv`"
    )]
    NoRow {
        /// The file.
        file: String,
        /// The parameter.
        name: String,
    },
    /// The particles lack a parameter that is fitted.
    #[error(
        "`{file}` has no column for `{name}`, which is fitted\n\nhint: give a table as `weir lab fit --into DIR` writes it"
    )]
    NoColumn {
        /// The file.
        file: String,
        /// The parameter.
        name: String,
    },
    /// The particles have a column that means nothing.
    #[error("`{file}`, row 1, column `{name}`: the world has no such parameter\n\nhint: {hint}")]
    Column {
        /// The file.
        file: String,
        /// The column.
        name: String,
        /// What it may have been.
        hint: String,
    },
    /// The particles are shares of a distribution that is none.
    #[error(
        "`{file}`, row 1, column `{name}`: it was fitted, and `{parameters}` has it as known\n\nhint: fit anew with `weir lab fit --data DIR --into DIR`, or draw with `--prior`"
    )]
    Known {
        /// The file of the particles.
        file: String,
        /// The parameter.
        name: String,
        /// The file of the distributions.
        parameters: String,
    },
}

impl Draws {
    /// Draws of the shipped distributions, fitted or not.
    ///
    /// # Errors
    /// [`DrawsError`], which the crate's tests rule out for what is shipped.
    pub fn shipped(seed: u64, fitted: bool) -> Result<Draws, DrawsError> {
        let particles = if fitted { Some((POSTERIOR_NAME, POSTERIOR)) } else { None };
        Draws::read((PARAMETERS_NAME, PARAMETERS), particles, seed)
    }

    /// Draws of distributions, and of particles if there are any: names and texts of the tables.
    /// Rows and columns may stand in any order. A parameter that is not fitted and that particles
    /// say nothing of is drawn from its distribution.
    ///
    /// # Errors
    /// [`DrawsError`].
    pub fn read(
        parameters: (&str, &str),
        particles: Option<(&str, &str)>,
        seed: u64,
    ) -> Result<Draws, DrawsError> {
        let priors = distributions(parameters.0, parameters.1)?;
        let mut points = Vec::new();
        if let Some((file, text)) = particles {
            let table = Table::read(file, text)?;
            let columns = columns(&table, file, parameters.0, &priors)?;
            for row in 0..table.len() {
                let point = columns.iter().map(|column| match column {
                    Some(column) => share(&table, row, *column),
                    None => Ok(f64::NAN),
                });
                points.push(point.collect::<Result<Vec<f64>, TableError>>()?);
            }
        }
        Ok(Draws { priors, particles: points, seed })
    }

    /// The distributions.
    pub fn priors(&self) -> &Priors {
        &self.priors
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The point of the unit cube of a draw: a particle of the fit, or one of the prior.
    pub fn point(&self, draw: u64) -> Vec<f64> {
        let mut stream = Stream::new("world parameters", self.seed, draw);
        if self.particles.is_empty() {
            return self.priors.factors().map(|_| stream.uniform()).collect();
        }
        let at = (stream.uniform() * self.particles.len() as f64) as usize;
        let mut point = self.particles[at.min(self.particles.len() - 1)].clone();
        point.iter_mut().filter(|it| it.is_nan()).for_each(|it| *it = stream.uniform());
        point
    }

    /// The parameters of a draw.
    ///
    /// # Errors
    /// None that the tables have not been checked for.
    pub fn parameters(&self, draw: u64) -> Result<Parameters, StatsError> {
        self.at(&self.point(draw))
    }

    /// The parameters at a point of the unit cube, a coordinate for each that is not fixed.
    ///
    /// # Errors
    /// Another number of coordinates.
    pub fn at(&self, point: &[f64]) -> Result<Parameters, StatsError> {
        let values = self.priors.at(point)?;
        let length = StatsError::Length { found: values.len(), wanted: Parameters::NAMES.len() };
        Parameters::from_values(&values).ok_or(length)
    }
}

/// Reads distributions in the order of the world's parameters, and holds them to what the world
/// reckons with: names, units, and values that can be.
fn distributions(file: &str, text: &str) -> Result<Priors, DrawsError> {
    let priors = Priors::read(file, text)?;
    if text == PARAMETERS {
        return ordered(file, priors);
    }
    let (table, shipped) = (Table::read(file, text)?, Priors::read(PARAMETERS_NAME, PARAMETERS)?);
    for (at, row) in priors.rows().iter().enumerate() {
        let Some(known) = shipped.find(&row.symbol) else {
            let why = format!(
                "the world has no parameter `{}`\n\nhint: {}",
                row.symbol,
                nearest(&row.symbol)
            );
            return Err(table.refuse(at, "symbol", why).into());
        };
        table.in_unit(at, &row.symbol, &known.unit)?;
        bounded(&table, at, row)?;
    }
    let place = |name: &str| priors.rows().iter().position(|row| row.symbol == name);
    for (below, above) in ORDERED {
        let (Some(low), Some(high)) = (place(below), place(above)) else { continue };
        let (most, least) =
            (priors.rows()[low].prior.quantile(1.0), priors.rows()[high].prior.quantile(0.0));
        if most > least {
            let why = format!(
                "`{below}` may come to {most}, above `{above}` at {least}\n\nhint: keep all of the one below all of the other"
            );
            return Err(table.refuse(low, "a", why).into());
        }
    }
    ordered(file, priors)
}

/// Parameters that bound another quantity from below and above.
const ORDERED: [(&str, &str); 3] = [
    ("need_growth_least", "need_growth_most"),
    ("quality_least", "quality_most"),
    ("path_vendors", "path_fronts"),
];

/// Parameters that bound a quantity whose other bound is no parameter: where all of their
/// distribution has to lie.
const WITHIN: [(&str, f64, f64); 4] = [
    ("premium_most", 1.0, f64::INFINITY),
    ("lost_most", 0.0, 1.0),
    ("nvidia_most", 0.0, f64::INFINITY),
    ("nvidia_least", 0.0, 1.0),
];

/// That a distribution has values that can be: of a share, nine in ten lie from 0 to 1; of what
/// is no logarithm or plain number, above 0.
fn bounded(table: &Table, at: usize, row: &Row) -> Result<(), TableError> {
    let unit = row.unit.as_str();
    let is_share = unit == "0 to 1" || unit == "share" || unit.starts_with("share ");
    let is_signed = ["1", "logit", "exponent"].contains(&unit)
        || ["logarithm", "1 per"].iter().any(|word| unit.starts_with(word));
    let [mut low, mut high] = row.prior.interval_90();
    let (mut least, mut most) = match (is_share, is_signed) {
        (true, _) => (0.0, 1.0),
        (false, true) => (f64::NEG_INFINITY, f64::INFINITY),
        (false, false) => (0.0, f64::INFINITY),
    };
    if let Some((_, from, to)) = WITHIN.iter().find(|(name, ..)| *name == row.symbol) {
        (low, high) = (row.prior.quantile(0.0), row.prior.quantile(1.0));
        (least, most) = (*from, *to);
    }
    if low >= least && high <= most {
        return Ok(());
    }
    let why = format!(
        "`{}` would lie between {low} and {high}, and can only be from {least} to {most}\n\nhint: its unit is `{unit}`",
        row.symbol
    );
    Err(table.refuse(at, "a", why))
}

fn ordered(file: &str, priors: Priors) -> Result<Priors, DrawsError> {
    let missing = |name: &str| DrawsError::NoRow { file: file.to_owned(), name: name.to_owned() };
    priors.in_order(Parameters::NAMES).map_err(missing)
}

/// Which column of particles each parameter that is drawn has, if any.
fn columns(
    table: &Table,
    file: &str,
    parameters: &str,
    priors: &Priors,
) -> Result<Vec<Option<usize>>, DrawsError> {
    let file = || file.to_owned();
    for name in table.columns() {
        let Some(row) = priors.find(name) else {
            let (name, hint) = (name.to_owned(), nearest(name));
            return Err(DrawsError::Column { file: file(), name, hint });
        };
        if row.prior.is_fixed() && FITTED.contains(&name) {
            let (name, parameters) = (name.to_owned(), parameters.to_owned());
            return Err(DrawsError::Known { file: file(), name, parameters });
        }
    }
    let column = |row: &Row| {
        let found = table.columns().position(|name| name == row.symbol);
        if found.is_none() && FITTED.contains(&row.symbol.as_str()) {
            return Err(DrawsError::NoColumn { file: file(), name: row.symbol.clone() });
        }
        Ok(found)
    };
    priors.factors().map(column).collect()
}

/// What a word may have been, where it is no parameter.
fn nearest(word: &str) -> String {
    let found = law::diagnostic::did_you_mean(word, Parameters::NAMES.iter().copied());
    if found.is_empty() {
        return "`weir lab run --show parameters.csv` writes those that there are".to_owned();
    }
    found
}

fn share(table: &Table, row: usize, column: usize) -> Result<f64, TableError> {
    let share = table.number(row, column)?;
    // At the ends, the quantile of many distributions is infinite.
    if share > 0.0 && share < 1.0 {
        return Ok(share);
    }
    let why = "it is no share of a distribution\n\nhint: particles are numbers between 0 and 1, as `weir lab fit` writes them";
    Err(table.unusable(row, column, why))
}

/// Runs draws in parallel; the results stand in the order of the draws.
pub fn run(
    compiled: &Compiled,
    observer: &Observer,
    draws: &Draws,
    numbers: Range<u64>,
) -> Vec<Result<Observation, Diverged>> {
    let one = |draw: u64| {
        let parameters = draws.parameters(draw).map_err(|why| Diverged {
            scenario: compiled.scenario.id.clone(),
            draw,
            quarter: "2019Q1".to_owned(),
            what: why.to_string(),
        })?;
        Run { seed: draws.seed, draw, parameters }.through(compiled, observer)
    };
    let numbers: Vec<u64> = numbers.collect();
    numbers.into_par_iter().map(one).collect()
}

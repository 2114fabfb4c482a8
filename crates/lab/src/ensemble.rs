//! Ensembles: many draws of the parameters through scenarios.
//!
//! A draw depends on the seed and its number alone, and is the same in every scenario, so that
//! scenarios differ by what they suppose and not by luck (common random numbers).

use std::ops::Range;

use rayon::prelude::*;

use crate::random::Stream;
use crate::stats::StatsError;
use crate::stats::prior::Priors;
use crate::table::{Table, TableError};
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
    /// The table lacks a parameter of the world, or has another.
    #[error(
        "`{file}` names {found} where the world has `{wanted}`\n\nhint: it has one for each parameter of `data/lab/parameters.csv`, in that order"
    )]
    Names {
        /// The file.
        file: String,
        /// What stands there.
        found: String,
        /// What should.
        wanted: String,
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
    ///
    /// # Errors
    /// [`DrawsError`].
    pub fn read(
        parameters: (&str, &str),
        particles: Option<(&str, &str)>,
        seed: u64,
    ) -> Result<Draws, DrawsError> {
        let priors = Priors::read(parameters.0, parameters.1)?;
        let names = |wanted: &[&str], found: &[&str], file: &str| {
            let at =
                (0..wanted.len().max(found.len())).find(|at| wanted.get(*at) != found.get(*at));
            let word = |list: &[&str], at: usize| {
                list.get(at).map_or("nothing more".to_owned(), |it| format!("`{it}`"))
            };
            at.map_or(Ok(()), |at| {
                let wanted = wanted.get(at).copied().unwrap_or("nothing more").to_owned();
                Err(DrawsError::Names { file: file.to_owned(), found: word(found, at), wanted })
            })
        };
        let found: Vec<&str> = priors.rows().iter().map(|row| row.symbol.as_str()).collect();
        names(Parameters::NAMES, &found, parameters.0)?;
        let mut points = Vec::new();
        if let Some((file, text)) = particles {
            let table = Table::read(file, text)?;
            let wanted: Vec<&str> = priors.factors().map(|row| row.symbol.as_str()).collect();
            names(&wanted, &table.columns().collect::<Vec<_>>(), file)?;
            for row in 0..table.len() {
                let point = (0..wanted.len()).map(|column| share(&table, row, column));
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
        self.particles[at.min(self.particles.len() - 1)].clone()
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

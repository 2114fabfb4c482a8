//! The tables that the world is made of: those that the program carries, or others in their place.
//!
//! A table takes the place of a shipped one whole, under the same name ([`Name::file`]). The
//! particles of a fit are shares of the distributions that were fitted: they go with their own
//! [`Name::Parameters`], and are refused beside a table in which a fitted distribution differs.

use std::borrow::Cow;

use crate::ensemble::{self, Draws, DrawsError};
use crate::robust::{levers, outcomes};
use crate::table::{Table, TableError};
use crate::validation::{self, Plan};
use crate::world::WorldData;
use crate::world::data;

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The distributions of the parameters.
    Parameters,
    /// The particles of the fit.
    Posterior,
    /// Places.
    Places,
    /// Buyers.
    Buyers,
    /// Chips.
    Flagships,
    /// What was observed.
    Targets,
    /// What of it is fitted and judged.
    Plan,
    /// Outcomes of choices.
    Outcomes,
    /// Levers and their values.
    Levers,
}

impl Name {
    /// All of them.
    pub const ALL: [Name; 9] = [
        Name::Parameters,
        Name::Posterior,
        Name::Places,
        Name::Buyers,
        Name::Flagships,
        Name::Targets,
        Name::Plan,
        Name::Outcomes,
        Name::Levers,
    ];

    /// What the scenarios of a run are made of beside the law; with particles where it is drawn
    /// from them.
    pub const WORLD: [Name; 4] = [Name::Parameters, Name::Places, Name::Buyers, Name::Flagships];

    /// The name of its file.
    pub fn file(self) -> &'static str {
        match self {
            Name::Parameters => "parameters.csv",
            Name::Posterior => "posterior.csv",
            Name::Places => "places.csv",
            Name::Buyers => "buyers.csv",
            Name::Flagships => "flagships.csv",
            Name::Targets => "targets.csv",
            Name::Plan => "fit.csv",
            Name::Outcomes => "outcomes.csv",
            Name::Levers => "levers.toml",
        }
    }

    /// What the shipped one is called, and its text.
    fn shipped(self) -> (&'static str, &'static str) {
        match self {
            Name::Parameters => (ensemble::PARAMETERS_NAME, ensemble::PARAMETERS),
            Name::Posterior => (ensemble::POSTERIOR_NAME, ensemble::POSTERIOR),
            Name::Places => ("data/lab/places.csv", data::PLACES),
            Name::Buyers => ("data/lab/buyers.csv", data::BUYERS),
            Name::Flagships => ("data/lab/flagships.csv", data::FLAGSHIPS),
            Name::Targets => (crate::targets::SHIPPED_NAME, crate::targets::SHIPPED),
            Name::Plan => (validation::PLAN_NAME, validation::PLAN),
            Name::Outcomes => (outcomes::SHIPPED_NAME, outcomes::SHIPPED),
            Name::Levers => (levers::SHIPPED_NAME, levers::SHIPPED),
        }
    }
}

/// The text of a table, and what it is called in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its file.
    pub file: String,
    /// What stands in it.
    pub text: Cow<'static, str>,
}

impl Text {
    fn as_pair(&self) -> (&str, &str) {
        (&self.file, &self.text)
    }
}

/// The tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    texts: [Text; Name::ALL.len()],
    /// The distributions that the particles are shares of; `None` where nobody knows.
    fitted: Option<Text>,
}

impl Default for Tables {
    fn default() -> Tables {
        Tables::shipped()
    }
}

impl Tables {
    /// Those that the program carries.
    pub fn shipped() -> Tables {
        let text = |name: Name| {
            let (file, text) = name.shipped();
            Text { file: file.to_owned(), text: Cow::Borrowed(text) }
        };
        Tables { texts: Name::ALL.map(text), fitted: Some(text(Name::Parameters)) }
    }

    /// Puts a table in the place of the one that is there.
    pub fn put(&mut self, name: Name, file: &str, text: String) {
        self.texts[name as usize] = Text { file: file.to_owned(), text: Cow::Owned(text) };
    }

    /// Puts particles in the place of those that are there, with the name and text of the
    /// distributions that they are shares of, where these are known.
    pub fn put_particles(&mut self, file: &str, text: String, of: Option<(&str, String)>) {
        self.put(Name::Posterior, file, text);
        self.fitted = of.map(|(file, text)| Text { file: file.to_owned(), text: Cow::Owned(text) });
    }

    /// A table.
    pub fn get(&self, name: Name) -> &Text {
        &self.texts[name as usize]
    }

    /// Whether a table is the shipped one, word for word.
    pub fn is_shipped(&self, name: Name) -> bool {
        self.get(name).text == name.shipped().1
    }

    /// Where parameters are drawn from: particles of the fit, or distributions as believed.
    ///
    /// # Errors
    /// [`DrawsError`]: a table that cannot be used, particles of other distributions.
    pub fn draws(&self, seed: u64, fitted: bool) -> Result<Draws, DrawsError> {
        let parameters = self.get(Name::Parameters);
        let particles = fitted.then(|| self.get(Name::Posterior));
        let draws = Draws::read(parameters.as_pair(), particles.map(Text::as_pair), seed)?;
        if let (Some(particles), Some(of)) = (particles, &self.fitted) {
            same_distributions(parameters, particles, of)?;
        }
        Ok(draws)
    }

    /// Places, buyers and chips.
    ///
    /// # Errors
    /// [`TableError`]: file, row and column.
    pub fn world(&self) -> Result<WorldData, TableError> {
        let table = |name: Name| {
            let (file, text) = self.get(name).as_pair();
            Table::read(file, text)
        };
        WorldData::read(&table(Name::Places)?, &table(Name::Buyers)?, &table(Name::Flagships)?)
    }

    /// What is fitted and judged.
    ///
    /// # Errors
    /// [`TableError`]: file, row and column.
    pub fn plan(&self) -> Result<Plan, TableError> {
        let (file, text) = self.get(Name::Targets).as_pair();
        let targets = crate::targets::read(file, text)?;
        let (file, text) = self.get(Name::Plan).as_pair();
        Plan::read(file, text, targets)
    }
}

/// That fitted parameters have the distributions of which the particles are shares.
fn same_distributions(parameters: &Text, particles: &Text, of: &Text) -> Result<(), TableError> {
    if parameters.text == of.text {
        return Ok(());
    }
    let (ours, theirs) =
        (Table::read(&parameters.file, &parameters.text)?, Table::read(&of.file, &of.text)?);
    let find = |table: &Table, name: &str| -> Result<Option<usize>, TableError> {
        let symbol = table.column("symbol")?;
        Ok((0..table.len()).find(|row| table.text(*row, symbol) == name))
    };
    for name in validation::FITTED {
        let (Some(row), Some(other)) = (find(&ours, name)?, find(&theirs, name)?) else { continue };
        for column in ["distribution", "a", "b", "c"] {
            let (own, fitted) = (ours.text_in(row, column)?, theirs.text_in(other, column)?);
            let is_same = own == fitted
                || own
                    .parse::<f64>()
                    .ok()
                    .zip(fitted.parse::<f64>().ok())
                    .is_some_and(|(a, b)| a == b);
            if !is_same {
                let why = format!(
                    "`{own}` is not the `{fitted}` of `{}`, and the particles of `{}` are shares of that distribution of `{name}`\n\nhint: fit anew with `weir lab fit --data DIR --into DIR`, or draw with `--prior`",
                    of.file, particles.file
                );
                return Err(ours.refuse(row, column, why));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

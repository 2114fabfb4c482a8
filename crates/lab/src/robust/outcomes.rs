//! Outcomes that choices are judged by, each with its sense, made of what a run observes.
//!
//! `data/lab/outcomes.csv` says which: a quantity of an actor, `at` the end, or its `sum` or `mean`
//! from the day on which levers are pulled; whether `more` or `less` is better, and for whom.
//! Quantities of one unit that are joined by `+` are added, each with its own actor.

use crate::stats::regret::Sense;
use crate::table::{Table, TableError};
use crate::world::Quarter;
use crate::world::observe::{IN_USE, Observation, Observer};

/// The outcomes that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/outcomes.csv");
/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/outcomes.csv";

/// How quarters become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The value of the last quarter.
    At,
    /// The sum over quarters, of what is a flow.
    Sum,
    /// The mean over quarters.
    Mean,
}

/// An outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Its name in files.
    pub name: String,
    /// What it is called in English and Chinese.
    pub titles: [String; 2],
    /// The columns of the observer, which are added.
    pub series: Vec<usize>,
    /// How quarters become one number.
    pub measure: Measure,
    /// Which way it is good.
    pub sense: Sense,
    /// Its unit.
    pub unit: String,
}

/// What a flow's unit ends in.
const A_QUARTER: &str = " a quarter";

impl Outcome {
    /// Reads a table of outcomes.
    ///
    /// # Errors
    /// A table that cannot be used, with row and column; a quantity that the world does not have.
    pub fn read(file: &str, text: &str, observer: &Observer) -> Result<Vec<Outcome>, TableError> {
        let table = Table::read(file, text)?;
        let mut outcomes: Vec<Outcome> = Vec::new();
        for row in 0..table.len() {
            let outcome = one(&table, row, observer)?;
            if outcomes.iter().any(|other| other.name == outcome.name) {
                let why =
                    format!("`{}` is there twice\n\nhint: leave one of the rows out", outcome.name);
                return Err(table.unusable(row, table.column("outcome")?, why));
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Its value in a run, over quarters, ends counted.
    pub fn of(&self, seen: &Observation, from: Quarter, through: Quarter) -> f64 {
        let quarters = (from.index()..=through.index()).map(Quarter::at);
        let at = |quarter| self.series.iter().map(|series| seen.get(quarter, *series)).sum::<f64>();
        let sum = || quarters.clone().map(at).sum::<f64>();
        match self.measure {
            Measure::At => at(through),
            Measure::Sum => sum(),
            Measure::Mean => sum() / quarters.clone().count() as f64,
        }
    }
}

fn one(table: &Table, row: usize, observer: &Observer) -> Result<Outcome, TableError> {
    let text = |column: &str| table.text_in(row, column).map(str::to_owned);
    let (name, quantity) = (text("outcome")?, text("quantity")?);
    let wrong = |column: &str, why: String| Ok(table.unusable(row, table.column(column)?, why));
    if name.is_empty() {
        return Err(wrong("outcome", "an outcome has a name".to_owned())?);
    }
    let (series, unit) = added(table, row, observer)?;
    let (measure, unit) = match (text("measure")?.as_str(), unit.strip_suffix(A_QUARTER)) {
        ("at", _) => (Measure::At, unit),
        ("mean", _) => (Measure::Mean, unit),
        ("sum", Some(whole)) => (Measure::Sum, whole),
        ("sum", None) => {
            let why = format!(
                "`{quantity}` ({unit}) is no flow, so quarters do not add up\n\nhint: write `at` or `mean`"
            );
            return Err(wrong("measure", why)?);
        }
        (other, _) => {
            let why = format!("`{other}` is no measure\n\nhint: write `at`, `sum` or `mean`");
            return Err(wrong("measure", why)?);
        }
    };
    let sense = match text("sense")?.as_str() {
        "more" => Sense::More,
        "less" => Sense::Less,
        other => {
            let why =
                format!("`{other}` is no sense\n\nhint: write `more` or `less`: which is better");
            return Err(wrong("sense", why)?);
        }
    };
    let titles = [text("title")?, text("title_zh")?];
    Ok(Outcome { name, titles, series, measure, sense, unit: unit.to_owned() })
}

/// The columns of quantities that are added, and their unit.
fn added(
    table: &Table,
    row: usize,
    observer: &Observer,
) -> Result<(Vec<usize>, &'static str), TableError> {
    let split = |column| -> Result<Vec<&str>, TableError> {
        Ok(table.text_in(row, column)?.split('+').map(str::trim).collect())
    };
    let (quantities, actors) = (split("quantity")?, split("actor")?);
    if quantities.len() != actors.len() {
        let why = format!(
            "{} quantities have {} actors\n\nhint: join as many by `+`, in the same order",
            quantities.len(),
            actors.len()
        );
        return Err(table.refuse(row, "actor", why));
    }
    let mut series: Vec<usize> = Vec::new();
    let mut units: Vec<&'static str> = Vec::new();
    for (quantity, actor) in quantities.iter().zip(&actors) {
        let Some(one) = observer.find(actor, quantity) else {
            return Err(table.refuse(row, "quantity", no_series(observer, quantity, actor)));
        };
        let unit = observer.series[one].unit;
        let plain = |unit: &'static str| unit.strip_suffix(IN_USE).unwrap_or(unit);
        if let Some(first) = units.first().filter(|first| plain(first) != plain(unit)) {
            let why = format!(
                "`{quantity}` is in {unit}, and what it would be added to in {first}\n\nhint: only quantities of one unit can be added"
            );
            return Err(table.refuse(row, "quantity", why));
        }
        series.push(one);
        units.push(unit);
    }
    let unit = units.first().copied().unwrap_or_default();
    Ok((series, unit))
}

/// That the world has no such quantity of such an actor, with those that it has.
pub fn no_series(observer: &Observer, quantity: &str, actor: &str) -> String {
    let series = || observer.series.iter();
    let actors: Vec<&str> =
        series().filter(|it| it.quantity == quantity).map(|it| it.actor.as_str()).collect();
    if !actors.is_empty() {
        let actors = actors.join(", ");
        return format!(
            "the world has no `{quantity}` of `{actor}`\n\nhint: it has it of {actors}"
        );
    }
    let mut known: Vec<&str> = series().map(|it| it.quantity).collect();
    known.dedup();
    let hint = match law::diagnostic::did_you_mean(quantity, known.iter().copied()) {
        hint if hint.is_empty() => format!("its quantities are {}", known.join(", ")),
        hint => hint,
    };
    format!("the world has no quantity `{quantity}`\n\nhint: {hint}")
}

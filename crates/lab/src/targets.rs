//! What was observed or estimated by others: history and the marks that a simulation is held to.
//!
//! A target is a level at the end of a quarter, or a sum or mean over quarters. `train` may have
//! been used to fit, `holdout` was kept back, `compare` is another model's figure and nothing to be
//! fitted or judged by.

use crate::results::Quarter;
use crate::table::{Table, TableError};
use crate::world::observe::{IN_USE, unit_of};

/// The targets that the program carries.
pub const SHIPPED: &str = include_str!("../../../data/lab/targets.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/targets.csv";

/// What a target is of its quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The level at the end of the last.
    Level,
    /// The sum over all.
    Sum,
    /// The mean over all.
    Mean,
}

/// What a target may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Fitting.
    Train,
    /// Judging a fit.
    Holdout,
    /// Comparing with another model.
    Compare,
}

impl Split {
    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Holdout => "holdout",
            Split::Compare => "compare",
        }
    }
}

/// One target.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Its id.
    pub id: String,
    /// The quantity of the simulation.
    pub quantity: String,
    /// The actor.
    pub actor: String,
    /// The first quarter.
    pub from: Quarter,
    /// The last quarter.
    pub through: Quarter,
    /// What it is of them.
    pub basis: Basis,
    /// The value.
    pub value: f64,
    /// The lower end of the published interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The unit.
    pub unit: String,
    /// What it may be used for.
    pub split: Split,
    /// How sure somebody can be of it.
    pub verification: String,
    /// Who says so.
    pub source: String,
    /// What else there is to say, in English and Chinese.
    pub note: [String; 2],
}

impl Target {
    /// Value, low and high for one quarter: a sum spread evenly over its quarters.
    pub fn a_quarter(&self) -> [Option<f64>; 3] {
        let quarters = f64::from(self.through.since(self.from) + 1);
        let part = if self.basis == Basis::Sum { quarters } else { 1.0 };
        [Some(self.value), self.low, self.high].map(|it| it.map(|it| it / part))
    }

    /// The unit of its value: what is counted by the quarter is only counted in a sum.
    pub fn unit_of_value(&self) -> &str {
        match self.basis {
            Basis::Sum => self.unit.strip_suffix(" a quarter").unwrap_or(&self.unit),
            Basis::Level | Basis::Mean => &self.unit,
        }
    }

    /// The quarters that it is about: one, or the first and the last.
    pub fn period(&self) -> String {
        match self.from == self.through {
            true => self.through.to_string(),
            false => format!("{} – {}", self.from, self.through),
        }
    }

    /// The years that it is about.
    pub fn years(&self) -> std::ops::RangeInclusive<i32> {
        self.from.year()..=self.through.year()
    }
}

/// Reads a table of targets. One of a quantity that the world has is in the unit of its series,
/// a sum in that of a quarter; what is in use is counted as what is there.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read(name: &str, text: &str) -> Result<Vec<Target>, TableError> {
    let table = Table::read(name, text)?;
    let column = |name| table.column(name);
    let [id, quantity, actor, from, through] =
        ["id", "quantity", "actor", "from", "through"].map(column);
    let [basis, value, low, high, unit] = ["basis", "value", "low", "high", "unit"].map(column);
    let [split, verification, source, note] =
        ["split", "verification", "source", "note"].map(column);
    let (id, quantity, actor, from, through) = (id?, quantity?, actor?, from?, through?);
    let (basis, value, low, high, unit) = (basis?, value?, low?, high?, unit?);
    let (split, verification, source) = (split?, verification?, source?);
    let note = [note?, column("note_zh")?];
    let quarter = |row, column: usize| -> Result<Quarter, TableError> {
        table.text(row, column).parse().map_err(|why: String| table.unusable(row, column, why))
    };
    let target = |row: usize| {
        let [from, through_at] = [quarter(row, from)?, quarter(row, through)?];
        if through_at < from {
            return Err(table.unusable(row, through, "it is before `from`"));
        }
        let of = table.text(row, quantity);
        if let Some(series) = unit_of(of) {
            table.in_unit(row, of, series.strip_suffix(IN_USE).unwrap_or(series))?;
        }
        Ok(Target {
            id: table.text(row, id).to_owned(),
            quantity: table.text(row, quantity).to_owned(),
            actor: table.text(row, actor).to_owned(),
            from,
            through: through_at,
            basis: match table.text(row, basis) {
                "level" => Basis::Level,
                "sum" => Basis::Sum,
                "mean" => Basis::Mean,
                _ => return Err(table.unusable(row, basis, BASES)),
            },
            value: table.number(row, value)?,
            low: table.maybe_number(row, low)?,
            high: table.maybe_number(row, high)?,
            unit: table.text(row, unit).to_owned(),
            split: match table.text(row, split) {
                "train" => Split::Train,
                "holdout" => Split::Holdout,
                "compare" => Split::Compare,
                _ => return Err(table.unusable(row, split, SPLITS)),
            },
            verification: table.text(row, verification).to_owned(),
            source: table.text(row, source).to_owned(),
            note: note.map(|column| table.text(row, column).to_owned()),
        })
    };
    (0..table.len()).map(target).collect()
}

/// What is said of another basis.
const BASES: &str = "a basis is `level`, `sum` or `mean`";

/// What is said of another split.
const SPLITS: &str = "a split is `train`, `holdout` or `compare`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_sound() {
        let targets = read(SHIPPED_NAME, SHIPPED).expect("a sound table");
        let ids: std::collections::BTreeSet<&str> =
            targets.iter().map(|target| target.id.as_str()).collect();
        assert_eq!(ids.len(), targets.len(), "every id is there once");
        for target in &targets {
            let [low, high] = [target.low, target.high].map(|it| it.unwrap_or(target.value));
            assert!(low <= target.value && target.value <= high, "{}", target.id);
            assert!(!target.source.is_empty() && !target.unit.is_empty(), "{}", target.id);
            assert_eq!(target.note[0].is_empty(), target.note[1].is_empty(), "{}", target.id);
        }
        let held = targets.iter().filter(|target| target.split == Split::Holdout).count();
        assert!(held >= 20 && targets.iter().any(|target| target.split == Split::Train));
    }

    #[test]
    fn a_sum_is_spread_over_its_quarters() {
        let targets = read(SHIPPED_NAME, SHIPPED).expect("a sound table");
        let of = |id: &str| targets.iter().find(|target| target.id == id).expect("it is there");
        assert_eq!(of("T21").a_quarter(), [Some(35_000.0), Some(2_500.0), Some(125_000.0)]);
        assert_eq!(of("T29").a_quarter()[0], Some(34_925.0));
        let told = |id: &str| (of(id).period(), of(id).unit_of_value().to_owned());
        assert_eq!(told("T15"), ("2024Q1 – 2024Q4".to_owned(), "chips".to_owned()));
        assert_eq!(told("h20-2024Q4"), ("2024Q4".to_owned(), "chips a quarter".to_owned()));
        assert_eq!(told("T35"), ("2023Q1 – 2023Q4".to_owned(), "share".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let head = "id,quantity,actor,from,through,basis,value,low,high,unit,split,\
                    verification,source,note,note_zh\n";
        let said = |row: &str| match read("t.csv", &format!("{head}{row}\n")) {
            Ok(_) => String::new(),
            Err(why) => why.to_string(),
        };
        assert_eq!(said("a,q,world,2024Q1,2024Q4,sum,1,,,chips,train,verified,s,,"), "");
        let wrong = said("a,q,world,2024,2024Q4,sum,1,,,chips,train,verified,s,,");
        assert!(wrong.contains("row 2, column `from`: `2024` is no quarter"), "{wrong}");
        let wrong = said("a,q,world,2024Q1,2023Q4,sum,1,,,chips,train,verified,s,,");
        assert!(wrong.contains("column `through`"), "{wrong}");
        let wrong = said("a,q,world,2024Q1,2024Q4,max,1,,,chips,train,verified,s,,");
        assert!(wrong.contains("column `basis`"), "{wrong}");
        let wrong = said("a,q,world,2024Q1,2024Q4,sum,1,,,chips,test,verified,s,,");
        assert!(wrong.contains("column `split`"), "{wrong}");
    }
}

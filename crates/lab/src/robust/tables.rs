//! The tables of `weir lab regret` and `weir lab discover`, as a report reads them back.

use crate::table::{Table, TableError};

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Its name in the other tables.
    pub name: String,
    /// `base`, `choice`, `answer` or `scenario`.
    pub group: String,
    /// What it is called in English and Chinese.
    pub titles: [String; 2],
    /// The value of its lever, and what the base has; nothing for scenarios.
    pub values: Option<[f64; 2]>,
    /// The unit of its lever.
    pub unit: String,
    /// The alternative that is no worse anywhere and better somewhere, in medians.
    pub dominated_by: Option<String>,
}

/// Reads `alternatives.csv`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_alternatives(name: &str, text: &str) -> Result<Vec<Alternative>, TableError> {
    let table = Table::read(name, text)?;
    let [value, base] = ["value", "base_value"].map(|column| table.column(column));
    let (value, base) = (value?, base?);
    let one = |row: usize| {
        let text = |column: &str| table.text_in(row, column).map(str::to_owned);
        let values = table.maybe_number(row, value)?.zip(table.maybe_number(row, base)?);
        Ok(Alternative {
            name: text("alternative")?,
            group: text("group")?,
            titles: [text("title")?, text("title_zh")?],
            values: values.map(|(value, base)| [value, base]),
            unit: text("unit")?,
            dominated_by: Some(text("dominated_by")?).filter(|by| !by.is_empty()),
        })
    };
    (0..table.len()).map(one).collect()
}

/// What a row of regrets or effects is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The alternative.
    pub alternative: String,
    /// The outcome.
    pub outcome: String,
    /// What the outcome is called in English and Chinese.
    pub titles: [String; 2],
    /// Its unit.
    pub unit: String,
    /// Whether more of it is better.
    pub is_more: bool,
}

fn subject(table: &Table, row: usize) -> Result<Subject, TableError> {
    let text = |column: &str| table.text_in(row, column).map(str::to_owned);
    let is_more = match text("sense")?.as_str() {
        "more" => true,
        "less" => false,
        _ => {
            let why = "write `more` or `less`: which is better";
            return Err(table.unusable(row, table.column("sense")?, why));
        }
    };
    Ok(Subject {
        alternative: text("alternative")?,
        outcome: text("outcome")?,
        titles: [text("title")?, text("title_zh")?],
        unit: text("unit")?,
        is_more,
    })
}

/// A regret.
#[derive(Clone, Debug, PartialEq)]
pub struct Regret {
    /// Of what.
    pub subject: Subject,
    /// Among what: `choice` or `scenario`.
    pub group: String,
    /// The median, the 95th percentile and the largest.
    pub of: [f64; 3],
    /// The share of draws in which nothing is better.
    pub best: f64,
    /// Whether its largest is the smallest of its group.
    pub is_minimax: bool,
    /// How many draws count.
    pub draws: f64,
}

/// Reads `regret.csv`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_regrets(name: &str, text: &str) -> Result<Vec<Regret>, TableError> {
    let table = Table::read(name, text)?;
    let numbers = ["p50", "p95", "largest", "best", "draws"].map(|column| table.column(column));
    let [p50, p95, largest, best, draws] = numbers;
    let (p50, p95, largest, best, draws) = (p50?, p95?, largest?, best?, draws?);
    let one = |row: usize| {
        let number = |column| table.number(row, column);
        Ok(Regret {
            subject: subject(&table, row)?,
            group: table.text_in(row, "group")?.to_owned(),
            of: [number(p50)?, number(p95)?, number(largest)?],
            best: number(best)?,
            is_minimax: table.text_in(row, "minimax")? == "true",
            draws: number(draws)?,
        })
    };
    (0..table.len()).map(one).collect()
}

/// An effect against the base.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Of what.
    pub subject: Subject,
    /// The base's median.
    pub base: f64,
    /// The 5, 50 and 95 percent quantiles of the differences.
    pub of: [f64; 3],
    /// The shares of draws in which it is better, and worse.
    pub shares: [f64; 2],
}

/// Reads `effects.csv`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_effects(name: &str, text: &str) -> Result<Vec<Effect>, TableError> {
    let table = Table::read(name, text)?;
    let columns = ["base_p50", "p5", "p50", "p95", "better", "worse"];
    let [base, p5, p50, p95, better, worse] = columns.map(|column| table.column(column));
    let (base, p5, p50, p95, better, worse) = (base?, p5?, p50?, p95?, better?, worse?);
    let one = |row: usize| {
        let number = |column| table.number(row, column);
        Ok(Effect {
            subject: subject(&table, row)?,
            base: number(base)?,
            of: [number(p5)?, number(p50)?, number(p95)?],
            shares: [number(better)?, number(worse)?],
        })
    };
    (0..table.len()).map(one).collect()
}

/// A box on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// `all`, `peel`, `paste`, or `box` for the one that is looked at without bounds by chance.
    pub kind: String,
    /// The share of cases of interest that it holds, and the share of its runs that are such cases.
    pub searched: [f64; 2],
    /// The same among the runs that were held out; nothing where it holds none of them.
    pub held_out: Option<[f64; 2]>,
    /// Whether it is the one that is looked at.
    pub is_chosen: bool,
}

/// Reads `discovery-steps.csv`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_steps(name: &str, text: &str) -> Result<Vec<Step>, TableError> {
    let table = Table::read(name, text)?;
    let columns = ["coverage", "density", "held_out_coverage", "held_out_density"];
    let [coverage, density, held, held_density] = columns.map(|column| table.column(column));
    let (coverage, density, held, held_density) = (coverage?, density?, held?, held_density?);
    let one = |row: usize| {
        let held_out = table.maybe_number(row, held)?.zip(table.maybe_number(row, held_density)?);
        Ok(Step {
            kind: table.text_in(row, "kind")?.to_owned(),
            searched: [table.number(row, coverage)?, table.number(row, density)?],
            held_out: held_out.map(|(coverage, density)| [coverage, density]),
            is_chosen: table.text_in(row, "chosen")? == "true",
        })
    };
    (0..table.len()).map(one).collect()
}

/// A bound of the box.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The parameter.
    pub parameter: String,
    /// Its unit.
    pub unit: String,
    /// The ends, where it has them.
    pub ends: [Option<f64>; 2],
    /// The same as shares of the distribution.
    pub shares: [Option<f64>; 2],
    /// The probability that chance does as well.
    pub by_chance: f64,
    /// The share of resamples that bound it too.
    pub reproduced: f64,
}

/// Reads `discovery-box.csv`, which has no rows where no bound is left.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_bounds(name: &str, text: &str) -> Result<Vec<Bound>, TableError> {
    if text.trim().lines().count() == 1 {
        return Ok(Vec::new());
    }
    let table = Table::read(name, text)?;
    let columns = ["low", "high", "low_share", "high_share", "by_chance", "reproduced"];
    let [low, high, low_share, high_share, by_chance, reproduced] =
        columns.map(|column| table.column(column));
    let (low, high, low_share, high_share) = (low?, high?, low_share?, high_share?);
    let (by_chance, reproduced) = (by_chance?, reproduced?);
    let one = |row: usize| {
        let maybe = |column| table.maybe_number(row, column);
        Ok(Bound {
            parameter: table.text_in(row, "parameter")?.to_owned(),
            unit: table.text_in(row, "unit")?.to_owned(),
            ends: [maybe(low)?, maybe(high)?],
            shares: [maybe(low_share)?, maybe(high_share)?],
            by_chance: table.number(row, by_chance)?,
            reproduced: table.number(row, reproduced)?,
        })
    };
    (0..table.len()).map(one).collect()
}

/// A rule of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The rule.
    pub rule: String,
    /// The share of cases of interest that it holds.
    pub coverage: f64,
    /// The share of its runs that are such cases.
    pub density: f64,
    /// The same among the runs that were held out.
    pub held_out_density: Option<f64>,
}

/// Reads `discovery-rules.csv`.
///
/// # Errors
/// A table that cannot be used, with row and column.
pub fn read_rules(name: &str, text: &str) -> Result<Vec<Rule>, TableError> {
    let table = Table::read(name, text)?;
    let columns = ["coverage", "density", "held_out_density"];
    let [coverage, density, held] = columns.map(|column| table.column(column));
    let (coverage, density, held) = (coverage?, density?, held?);
    let one = |row: usize| {
        Ok(Rule {
            rule: table.text_in(row, "rule")?.to_owned(),
            coverage: table.number(row, coverage)?,
            density: table.number(row, density)?,
            held_out_density: table.maybe_number(row, held)?,
        })
    };
    (0..table.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_have_their_place() {
        let head = "group,alternative,outcome,title,title_zh,unit,sense,p50,p95,largest,best,\
                    minimax,draws\n";
        let good = format!("{head}choice,fee=0,denied,Denied,拒绝,H100e,more,1,2,3,0.5,true,9\n");
        let row = &read_regrets("r.csv", &good).expect("sound")[0];
        assert!(row.is_minimax && row.subject.is_more && row.of == [1.0, 2.0, 3.0]);
        for (from, to, said) in [
            (",more,", ",best,", "row 2, column `sense`: write `more` or `less`"),
            (",3,", ",x,", "row 2, column `largest`: `x` is no number"),
            ("best,", "beste,", "no column `best`"),
        ] {
            let wrong = read_regrets("r.csv", &good.replacen(from, to, 1)).expect_err(to);
            assert!(wrong.to_string().contains(said), "{wrong}");
        }
    }

    #[test]
    fn a_box_may_have_no_bounds_or_one_end() {
        let head = "parameter,meaning,unit,low,high,low_share,high_share,by_chance,reproduced\n";
        assert_eq!(read_bounds("b.csv", head).expect("no bounds"), []);
        let text = format!("{head}boom,how fast,1,1.5,,0.3,,0.01,0.9\n");
        let bound = &read_bounds("b.csv", &text).expect("sound")[0];
        assert_eq!((bound.ends, bound.shares), ([Some(1.5), None], [Some(0.3), None]));
    }
}

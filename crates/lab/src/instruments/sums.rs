//! Whether published figures add up: parts against the whole they are said to make.
//!
//! ```text
//! sum   = Σ parts
//! ratio = sum ÷ whole
//! left  = whole − sum
//! ```
//!
//! Units: those of the figures; all figures of one check have one unit.
//!
//! `data/lab/sums.csv` holds the checks that ship, each figure with its source: who is said to gain
//! what U.S. firms lose (ITIF 2025: 76 of 77 billion USD), what of a lost dollar of sales is lost
//! to research (ITIF 2025: 14 of 77), and what a settlement was of the value of the goods, which
//! bears on how large a fine deters.
//!
//! Taken for granted: nothing. That figures add up makes none of them true.

use law::Num;

use crate::table::{Table, TableError};

/// The checks that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/sums.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/sums.csv";

/// Parts and the whole they are held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// The unit of all its figures.
    pub unit: String,
    /// The parts, with what each is called.
    pub parts: Vec<(String, Num)>,
    /// The whole, with what it is called.
    pub whole: (String, Num),
    /// The sum of the parts.
    pub sum: Num,
    /// The sum in wholes.
    pub ratio: Num,
    /// The whole less the sum.
    pub left: Num,
}

/// Reads a table with the columns `check`, `role` (`part` or `whole`), `item`, `value`, `unit` and
/// adds each check up, in the order of the table.
///
/// # Errors
/// Another role or unit, a check without parts or without one whole, a figure that is no number.
pub fn read(file: &str, text: &str) -> Result<Vec<Check>, TableError> {
    let table = Table::read(file, text)?;
    let columns = Columns {
        check: table.column("check")?,
        role: table.column("role")?,
        item: table.column("item")?,
        value: table.column("value")?,
        unit: table.column("unit")?,
    };
    let mut names: Vec<&str> = Vec::new();
    for row in 0..table.len() {
        let name = table.text(row, columns.check);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().map(|name| columns.add_up(&table, name)).collect()
}

struct Columns {
    check: usize,
    role: usize,
    item: usize,
    value: usize,
    unit: usize,
}

impl Columns {
    fn add_up(&self, table: &Table, name: &str) -> Result<Check, TableError> {
        let rows: Vec<usize> =
            (0..table.len()).filter(|row| table.text(*row, self.check) == name).collect();
        let unit = table.text(rows[0], self.unit);
        let (mut parts, mut whole, mut sum) = (Vec::new(), None, Num::ZERO);
        for row in &rows {
            if table.text(*row, self.unit) != unit {
                let why = format!(
                    "the unit is another than that of `{name}` above\n\nhint: figures of one check have one unit"
                );
                return Err(table.unusable(*row, self.unit, why));
            }
            // The same words for what is no number as everywhere.
            table.number(*row, self.value)?;
            let too_large =
                || table.unusable(*row, self.value, "the number is too large or too long");
            let value = Num::parse(table.text(*row, self.value)).map_err(|_| too_large())?;
            let item = table.text(*row, self.item).to_owned();
            match table.text(*row, self.role) {
                "part" => {
                    sum = sum.checked_add(value).ok_or_else(too_large)?;
                    parts.push((item, value));
                }
                "whole" if whole.is_none() && !value.is_zero() => whole = Some((item, value)),
                "whole" => {
                    let why = format!("`{name}` needs one whole, and not zero");
                    return Err(table.unusable(*row, self.value, why));
                }
                _ => {
                    let why = "a role is `part` or `whole`";
                    return Err(table.unusable(*row, self.role, why));
                }
            }
        }
        let lacks = |why: String| table.unusable(rows[0], self.check, why);
        let whole = whole.ok_or_else(|| lacks(format!("`{name}` has no whole")))?;
        if parts.is_empty() {
            return Err(lacks(format!("`{name}` has no parts")));
        }
        let beyond = || lacks(format!("the figures of `{name}` are too large to divide"));
        Ok(Check {
            name: name.to_owned(),
            unit: unit.to_owned(),
            sum,
            ratio: sum.checked_div(whole.1).ok_or_else(beyond)?,
            left: whole.1.checked_sub(sum).ok_or_else(beyond)?,
            parts,
            whole,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(name: &str) -> Check {
        let checks = read(SHIPPED_NAME, SHIPPED).expect("the shipped table is sound");
        checks.into_iter().find(|check| check.name == name).expect("a check")
    }

    #[test]
    fn what_us_firms_lose_others_gain_but_for_one_billion() {
        let check = shipped("sales lost and gained");
        assert_eq!(check.sum, Num::int(76));
        assert_eq!(check.whole.1, Num::int(77));
        assert_eq!(check.left, Num::int(1));
        assert_eq!(check.parts.len(), 6);
    }

    #[test]
    fn a_settlement_of_twice_the_goods() {
        let check = shipped("fine in values of the goods");
        assert_eq!(check.ratio.to_decimals(1), "2");
        assert_eq!(check.ratio.to_decimals(3), "2.003");
    }

    #[test]
    fn a_lost_dollar_takes_18_cents_of_research() {
        assert_eq!(shipped("research lost with sales").ratio.to_decimals(2), "0.18");
    }

    #[test]
    fn a_bad_table_is_told_with_its_place() {
        let said = |text: &str| {
            let text = format!("check,role,item,value,unit,source\n{text}");
            read("own.csv", &text).expect_err("it is wrong").to_string()
        };
        assert!(said("a,part,x,1,USD,s\n").contains("`a` has no whole"));
        assert!(said("a,whole,x,1,USD,s\n").contains("`a` has no parts"));
        assert!(said("a,part,x,1,USD,s\na,whole,y,0,USD,s\n").contains("row 3, column `value`"));
        assert!(said("a,part,x,1,USD,s\na,whole,y,2,EUR,s\n").contains("row 3, column `unit`"));
        assert!(said("a,half,x,1,USD,s\n").contains("row 2, column `role`"));
        assert!(said("a,part,x,one,USD,s\n").contains("`one` is no number"));
    }
}

//! How many accelerators a country's own wafers make, by dies and by memory.
//!
//! ```text
//! gross   = π (d/2)² ÷ A − π d ÷ √(2 A)              dies of a wafer (de Vries 2005)
//! good    = 12 · logic wafers · gross · exp(−A · D0)  dies a year (Poisson yield)
//! stacks  = 12 · memory wafers · stacks a wafer · yield
//! chips   = min((stock + good) ÷ dies a chip · packaging, (stock + stacks) ÷ stacks a chip)
//! ```
//!
//! Units: wafers a month; A in cm², d in cm, D0 in defects per cm²; dies, stacks and chips a year.
//! A *chip* is a package such as the Ascend 910C. What the scarcer part leaves over of the other is
//! taken into the next year.
//!
//! Sources: the equation and figures of ai-2040 (memory: 1.0, 2.2 and 4.9 million 910C equivalents
//! in 2026 to 2028), CNAS and digests of SemiAnalysis, each in its row of `data/lab/output.csv`.
//!
//! Taken for granted: all wafers go into this one chip; a die that works is a die that is used;
//! packaging that fails costs dies and no memory, as in ai-2040.

use crate::math::exp;
use crate::table::{Table, TableError};

/// The figures that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/output.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/output.csv";

const MONTHS: f64 = 12.0;

/// What goes in, in one year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Year {
    /// The calendar year.
    pub year: i16,
    /// Logic wafers started a month.
    pub logic_wafers: f64,
    /// The area of a die, cm².
    pub die_area: f64,
    /// Defects per cm².
    pub defect_density: f64,
    /// The diameter of a wafer, cm.
    pub wafer_diameter: f64,
    /// Dies in a chip.
    pub dies_per_chip: f64,
    /// The share of packages that work.
    pub packaging_yield: f64,
    /// Memory wafers started a month.
    pub memory_wafers: f64,
    /// Stacks of a wafer before yield.
    pub stacks_per_wafer: f64,
    /// The share of stacks that work.
    pub stack_yield: f64,
    /// Stacks in a chip.
    pub stacks_per_chip: f64,
}

/// What is in stock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stock {
    /// Good dies.
    pub dies: f64,
    /// Good stacks.
    pub stacks: f64,
}

/// What comes out in one year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// The calendar year.
    pub year: i16,
    /// Dies of a wafer before yield.
    pub gross: f64,
    /// The share of dies that work.
    pub die_yield: f64,
    /// Good dies made.
    pub dies: f64,
    /// Good stacks made.
    pub stacks: f64,
    /// Chips that this year's dies alone would make.
    pub by_dies: f64,
    /// Chips that this year's stacks alone would make.
    pub by_stacks: f64,
    /// Chips made, of this year's parts and of stock.
    pub chips: f64,
    /// Whether memory is the scarcer part.
    pub memory_binds: bool,
    /// What is left.
    pub left: Stock,
}

/// Dies of a wafer before yield: `diameter` in cm, `area` in cm²; none where they do not fit.
pub fn gross_dies(diameter: f64, area: f64) -> f64 {
    use std::f64::consts::PI;
    let whole = PI * (diameter / 2.0).powi(2) / area;
    (whole - PI * diameter / (2.0 * area).sqrt()).max(0.0)
}

/// The share of dies that work: `area` in cm², `density` in defects per cm² (Poisson).
pub fn die_yield(area: f64, density: f64) -> f64 {
    exp(-area * density)
}

/// The defect density that a yield of dies means, per cm².
pub fn defect_density(area: f64, die_yield: f64) -> f64 {
    -die_yield.ln() / area
}

/// One year's output, and what it leaves.
pub fn make(year: &Year, stock: Stock) -> Output {
    let gross = gross_dies(year.wafer_diameter, year.die_area);
    let die_yield = die_yield(year.die_area, year.defect_density);
    let dies = MONTHS * year.logic_wafers * gross * die_yield;
    let stacks = MONTHS * year.memory_wafers * year.stacks_per_wafer * year.stack_yield;
    let of_dies = |dies: f64| dies / year.dies_per_chip * year.packaging_yield;
    let of_stacks = |stacks: f64| stacks / year.stacks_per_chip;
    let most = (of_dies(stock.dies + dies), of_stacks(stock.stacks + stacks));
    let chips = most.0.min(most.1);
    let left = Stock {
        dies: (stock.dies + dies - chips * year.dies_per_chip / year.packaging_yield).max(0.0),
        stacks: (stock.stacks + stacks - chips * year.stacks_per_chip).max(0.0),
    };
    let (by_dies, by_stacks, memory_binds) = (of_dies(dies), of_stacks(stacks), most.1 < most.0);
    let year = year.year;
    Output { year, gross, die_yield, dies, stacks, by_dies, by_stacks, chips, memory_binds, left }
}

/// The output of years in a row.
pub fn run(years: &[Year], first: Stock) -> Vec<Output> {
    let mut stock = first;
    let mut outputs = Vec::new();
    for year in years {
        let output = make(year, stock);
        stock = output.left;
        outputs.push(output);
    }
    outputs
}

/// Reads a table with the columns `year`, `quantity`, `value` and `unit`; a row without a year is
/// about every year.
///
/// # Errors
/// A quantity that is missing, twice there or unknown, another unit than that of [`Year`], a value
/// that makes no sense, a gap between years.
pub fn read(file: &str, text: &str) -> Result<(Vec<Year>, Stock), TableError> {
    let table = Table::read(file, text)?;
    let figures = Figures::of(&table)?;
    let mut years: Vec<i16> = figures.all.iter().filter_map(|figure| figure.year).collect();
    years.sort_unstable();
    years.dedup();
    if let Some(pair) = years.windows(2).find(|pair| pair[1] != pair[0] + 1) {
        let row = figures.all.iter().position(|one| one.year == Some(pair[1])).unwrap_or(0);
        let why =
            format!("there is nothing about {}, and stocks go from year to year", pair[0] + 1);
        return Err(table.unusable(row, figures.year, why));
    }
    if years.is_empty() {
        return Err(table.unusable(0, figures.year, "no row names a year"));
    }
    let first = Stock {
        dies: figures.find("first_dies", None)?,
        stacks: figures.find("first_stacks", None)?,
    };
    let years: Result<Vec<Year>, TableError> = years
        .into_iter()
        .map(|year| {
            let find = |name| figures.find(name, Some(year));
            Ok(Year {
                year,
                logic_wafers: find("logic_wafers")?,
                die_area: find("die_area")?,
                defect_density: find("defect_density")?,
                wafer_diameter: find("wafer_diameter")?,
                dies_per_chip: find("dies_per_chip")?,
                packaging_yield: find("packaging_yield")?,
                memory_wafers: find("memory_wafers")?,
                stacks_per_wafer: find("stacks_per_wafer")?,
                stack_yield: find("stack_yield")?,
                stacks_per_chip: find("stacks_per_chip")?,
            })
        })
        .collect();
    Ok((years?, first))
}

/// One row of a table of figures.
struct Figure {
    year: Option<i16>,
    quantity: usize,
    value: f64,
}

struct Figures<'t> {
    table: &'t Table,
    year: usize,
    quantity: usize,
    all: Vec<Figure>,
}

/// The quantities, their units, and what their values may be.
const QUANTITIES: [(&str, &str, Bound); 12] = [
    ("logic_wafers", "wafers per month", Bound::NotNegative),
    ("die_area", "cm2", Bound::Positive),
    ("defect_density", "defects per cm2", Bound::NotNegative),
    ("wafer_diameter", "cm", Bound::Positive),
    ("dies_per_chip", "dies", Bound::Positive),
    ("packaging_yield", "share", Bound::Share),
    ("memory_wafers", "wafers per month", Bound::NotNegative),
    ("stacks_per_wafer", "stacks", Bound::NotNegative),
    ("stack_yield", "share", Bound::Share),
    ("stacks_per_chip", "stacks", Bound::Positive),
    ("first_dies", "dies", Bound::NotNegative),
    ("first_stacks", "stacks", Bound::NotNegative),
];

#[derive(Clone, Copy)]
enum Bound {
    NotNegative,
    Positive,
    Share,
}

impl Bound {
    fn wrong(self, value: f64) -> Option<&'static str> {
        match self {
            Bound::NotNegative => (value < 0.0).then_some("it is below zero"),
            Bound::Positive => (value <= 0.0).then_some("it is not above zero"),
            Bound::Share => {
                let is_share = value > 0.0 && value <= 1.0;
                (!is_share).then_some("a share is above 0 and at most 1")
            }
        }
    }
}

impl<'t> Figures<'t> {
    fn of(table: &'t Table) -> Result<Figures<'t>, TableError> {
        let [year, quantity] = [table.column("year")?, table.column("quantity")?];
        let column = table.column("value")?;
        let mut all: Vec<Figure> = Vec::new();
        for row in 0..table.len() {
            let name = table.text(row, quantity);
            let Some(place) = QUANTITIES.iter().position(|(known, ..)| *known == name) else {
                let known = QUANTITIES.map(|(known, ..)| known).join(", ");
                let why = format!("`{name}` is no quantity here\n\nhint: they are {known}");
                return Err(table.unusable(row, quantity, why));
            };
            let of = match table.text(row, year) {
                "" => None,
                text => Some(text.parse().map_err(|_| {
                    table.unusable(row, year, "this is no year\n\nhint: write years as 2026")
                })?),
            };
            let value = table.number(row, column)?;
            let (_, unit, bound) = QUANTITIES[place];
            table.in_unit(row, name, unit)?;
            if let Some(why) = bound.wrong(value) {
                return Err(table.unusable(row, column, why));
            }
            if all.iter().any(|one| one.quantity == place && one.year == of) {
                let why = format!("`{name}` is there twice\n\nhint: leave one of the rows out");
                return Err(table.unusable(row, quantity, why));
            }
            all.push(Figure { year: of, quantity: place, value });
        }
        Ok(Figures { table, year, quantity, all })
    }

    /// The figure of a year; else the one of every year.
    fn find(&self, name: &str, year: Option<i16>) -> Result<f64, TableError> {
        let place = QUANTITIES.iter().position(|(known, ..)| *known == name);
        let of = |year: Option<i16>| {
            self.all.iter().find(|one| Some(one.quantity) == place && one.year == year)
        };
        of(year).or_else(|| of(None)).map(|one| one.value).ok_or_else(|| {
            let hint = "`weir lab output --show-data` writes a whole table";
            let why = match year {
                Some(year) => format!("there is no row `{name}` of {year}\n\nhint: {hint}"),
                None => format!("there is no row `{name}`\n\nhint: {hint}"),
            };
            self.table.unusable(self.table.len() - 1, self.quantity, why)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The published figures are 1.0, 2.2 and 4.9 million; the arithmetic gives 0.990, 2.251 and
    /// 4.884.
    #[test]
    fn memory_makes_as_many_chips_as_published() {
        let (years, first) = read(SHIPPED_NAME, SHIPPED).expect("the shipped table is sound");
        let outputs = run(&years, first);
        let stacks: Vec<f64> = outputs.iter().map(|year| year.by_stacks).collect();
        for (found, exact) in stacks.iter().zip([990_000.0, 2_250_600.0, 4_884_000.0]) {
            assert!((found - exact).abs() < 1e-3, "{stacks:?}");
        }
        for (found, published) in stacks.iter().zip([0.99e6, 2.2e6, 4.95e6]) {
            assert!((found / published - 1.0).abs() < 0.025, "{stacks:?}");
        }
    }

    #[test]
    fn a_yield_of_35_percent_is_a_density_of_0_158() {
        assert!((defect_density(6.65, 0.35) - 0.158).abs() < 0.0005);
        assert!((die_yield(6.65, defect_density(6.65, 0.35)) - 0.35).abs() < 1e-12);
    }

    #[test]
    fn a_die_larger_than_its_wafer_makes_none() {
        assert!((gross_dies(30.0, 6.65) - 80.5).abs() < 0.5);
        assert_eq!(gross_dies(30.0, 600.0), 0.0);
    }

    #[test]
    fn a_bad_table_is_told_with_its_place() {
        let said = |from: &str, to: &str| {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED, "{from}");
            read("own.csv", &text).expect_err("it is wrong").to_string()
        };
        assert!(said(",die_area,6.65", ",die_area,0").contains("row 2, column `value`"));
        assert!(said(",stack_yield,0.25", ",stack_yield,25").contains("at most 1"));
        assert!(said("2026,stack_yield", "2027,stack_yield").contains("twice"));
        assert!(said("2026,stack_yield", "2026,memory_yield").contains("`memory_yield` is no"));
        assert!(said("2026,logic_wafers", "2o26,logic_wafers").contains("no year"));
        assert!(
            said(",dies_per_chip,2,", "2026,dies_per_chip,2,").contains("`dies_per_chip` of 2027")
        );
        assert!(said("2026,logic_wafers", "2020,logic_wafers").contains("nothing about 2021"));
    }

    /// 665 mm² would be dies larger than their wafer.
    #[test]
    fn every_row_has_to_be_in_the_unit_that_is_reckoned_in() {
        let table = Table::read(SHIPPED_NAME, SHIPPED).expect("it is a table");
        for row in 0..table.len() {
            let [unit, quantity] =
                ["unit", "quantity"].map(|column| table.text_in(row, column).expect("a column"));
            let line = SHIPPED.lines().nth(row + 1).expect("a line");
            let other = line.replacen(&format!(",{unit},"), ",other,", 1);
            assert_ne!(line, other);
            let text = SHIPPED.replacen(line, &other, 1);
            let said = read("own.csv", &text).expect_err("another unit").to_string();
            let place = format!("`own.csv`, row {}, column `unit`: `{quantity}` is in", row + 2);
            assert!(said.starts_with(&place), "{said}");
            assert!(said.contains(&format!("`other` here, and weir reckons it in `{unit}`")));
        }
    }

    proptest! {
        #[test]
        fn nothing_is_made_of_nothing_and_nothing_is_lost(
            logic in 0.0..1e5f64, memory in 0.0..1e5f64, dies in 0.0..1e7f64, stacks in 0.0..1e8f64,
        ) {
            let (years, _) = read(SHIPPED_NAME, SHIPPED).expect("the shipped table is sound");
            let year = Year { logic_wafers: logic, memory_wafers: memory, ..years[0] };
            let made = make(&year, Stock { dies, stacks });
            let used_dies = made.chips * year.dies_per_chip / year.packaging_yield;
            let used_stacks = made.chips * year.stacks_per_chip;
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(1.0);
            prop_assert!(close(dies + made.dies, used_dies + made.left.dies));
            prop_assert!(close(stacks + made.stacks, used_stacks + made.left.stacks));
            let scarce = if made.memory_binds { made.left.stacks } else { made.left.dies };
            prop_assert!(scarce <= 1e-6 * (dies + stacks + made.dies + made.stacks).max(1.0));
        }
    }
}

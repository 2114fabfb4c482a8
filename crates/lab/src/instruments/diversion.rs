//! How many chips were diverted to China in 2024: the Monte Carlo of Grunewald and Fist (CNAS, June
//! 2025, appendix A), under every reading of what it leaves unstated.
//!
//! ```text
//! vendors' path   = vendors × chips per vendor and month × 12
//! clouds' path    = fronts × chips ordered per front and year × share diverted
//! chips in a year = vendors' path                    with probability 0.75
//!                   vendors' path + clouds' path     with probability 0.20
//!                   any other outcome                with probability 0.05
//! ```
//!
//! Units: chips a year, whatever their performance; never H100 equivalents.
//!
//! Stated: the ranges and weights of `data/lab/diversion.csv`, and that vendors are a 90 percent
//! interval. Not stated: the distributions, whether the other ranges are 90 percent intervals or
//! bounds, and what "the framework is wrong" looks like. A [`Reading`] is one answer to all of
//! these; the published median of about 140,000 comes out where all are lognormal 90 percent
//! intervals, and moves threefold where they are not.
//!
//! Taken for granted, as in the source: the quantities are independent, and the average of all
//! vendors is drawn, not each vendor.
//!
//! Draws have common random numbers: draw *i* of every reading uses the same seven uniforms, so
//! readings differ by what they say and not by chance.

use rayon::prelude::*;

use crate::quantiles::Sorted;
use crate::random::{Stream, normal_quantile};
use crate::table::{Table, TableError};

/// The ranges and weights that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/diversion.csv");

/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/diversion.csv";

/// The most draws of a run: what fits into memory.
pub const MOST_DRAWS: u64 = 20_000_000;

const MONTHS: f64 = 12.0;

/// Two ends of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower.
    pub low: f64,
    /// The upper.
    pub high: f64,
}

/// What a range means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The middle 90 percent of a lognormal variable.
    Lognormal,
    /// The bounds of a variable whose logarithm is uniform.
    LogUniform,
    /// The bounds of a uniform variable.
    Uniform,
}

impl Family {
    /// The value of a range at a share of probability, for `0 < share < 1`.
    pub fn quantile(self, range: Range, share: f64) -> f64 {
        let (low, high) = (range.low, range.high);
        match self {
            Family::Uniform => low + (high - low) * share,
            Family::LogUniform => {
                let (low, high) = (libm::log(low), libm::log(high));
                libm::exp(low + (high - low) * share)
            }
            Family::Lognormal => {
                let (low, high) = (libm::log(low), libm::log(high));
                let deviation = (high - low) / (2.0 * normal_quantile(0.95));
                libm::exp((low + high) / 2.0 + deviation * normal_quantile(share))
            }
        }
    }
}

/// What the study states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// How many vendors divert chips.
    pub vendors: Range,
    /// Chips per vendor and month.
    pub monthly: Range,
    /// How many cloud companies are fronts.
    pub fronts: Range,
    /// Chips that a front orders in a year.
    pub ordered: Range,
    /// The share of them that it diverts.
    pub diverted: Range,
    /// The probability that vendors are the only path.
    pub vendors_only: f64,
    /// The probability that there are both paths.
    pub both: f64,
    /// What may be where the framework is wrong, chips a year. Not stated: an assumption.
    pub other: Range,
    /// The published median, chips in 2024.
    pub median: f64,
}

impl Stated {
    /// What the program carries.
    ///
    /// # Errors
    /// See [`Stated::read`].
    pub fn shipped() -> Result<Stated, TableError> {
        Stated::read(SHIPPED_NAME, SHIPPED)
    }

    /// Reads a table with the columns `quantity`, `low`, `high` and `unit`.
    ///
    /// # Errors
    /// A quantity that is missing, twice there or of another name; another unit than it is drawn
    /// in; a range that cannot be drawn from; weights that do not add up to 1.
    pub fn read(file: &str, text: &str) -> Result<Stated, TableError> {
        let table = Table::read(file, text)?;
        let rows = Rows::of(&table)?;
        let weight = |name: &str| {
            let (row, range) = rows.find(name)?;
            let is_weight = range.low == range.high && range.high <= 1.0;
            is_weight.then_some((row, range.low)).ok_or_else(|| {
                rows.wrong(row, "a weight is one number from 0 to 1, as `low` and as `high`")
            })
        };
        let (_, vendors_only) = weight("weight_vendors_only")?;
        let (_, both) = weight("weight_both")?;
        let (row, other_weight) = weight("weight_other")?;
        if (vendors_only + both + other_weight - 1.0).abs() > 1e-9 {
            return Err(rows.wrong(row, "the three weights do not add up to 1"));
        }
        let positive = |name: &str| {
            let (row, range) = rows.find(name)?;
            let is_positive = range.low > 0.0;
            is_positive
                .then_some((row, range))
                .ok_or_else(|| rows.wrong(row, "it is not above zero: a logarithm is taken of it"))
        };
        let (row, diverted) = positive("diverted_share")?;
        if diverted.high > 1.0 {
            return Err(rows.wrong(row, "a share is at most 1"));
        }
        Ok(Stated {
            vendors: positive("vendors")?.1,
            monthly: positive("monthly_per_vendor")?.1,
            fronts: positive("fronts")?.1,
            ordered: positive("ordered_per_front")?.1,
            diverted,
            vendors_only,
            both,
            other: positive("other_outcome")?.1,
            median: positive("published_median")?.1.low,
        })
    }
}

/// The rows of a table of ranges.
struct Rows<'t> {
    table: &'t Table,
    quantity: usize,
    low: usize,
    high: usize,
}

impl<'t> Rows<'t> {
    /// The quantities and their units.
    const KNOWN: [(&'static str, &'static str); 10] = [
        ("vendors", "vendors"),
        ("monthly_per_vendor", "chips per vendor and month"),
        ("fronts", "cloud companies"),
        ("ordered_per_front", "chips per company and year"),
        ("diverted_share", "share of what is ordered"),
        ("weight_vendors_only", "probability"),
        ("weight_both", "probability"),
        ("weight_other", "probability"),
        ("other_outcome", "chips per year"),
        ("published_median", "chips in 2024"),
    ];

    fn of(table: &'t Table) -> Result<Rows<'t>, TableError> {
        let quantity = table.column("quantity")?;
        let rows = Rows { table, quantity, low: table.column("low")?, high: table.column("high")? };
        for row in 0..table.len() {
            let name = table.text(row, quantity);
            let Some((_, unit)) = Rows::KNOWN.iter().find(|(known, _)| *known == name) else {
                let known = Rows::KNOWN.map(|(known, _)| known).join(", ");
                let why = format!("`{name}` is no quantity of the study\n\nhint: it has {known}");
                return Err(table.unusable(row, quantity, why));
            };
            if (0..row).any(|before| table.text(before, quantity) == name) {
                let why = format!("`{name}` is there twice\n\nhint: leave one of the rows out");
                return Err(table.unusable(row, quantity, why));
            }
            table.in_unit(row, name, unit)?;
        }
        Ok(rows)
    }

    fn find(&self, name: &str) -> Result<(usize, Range), TableError> {
        let found = (0..self.table.len()).find(|row| self.table.text(*row, self.quantity) == name);
        let Some(row) = found else {
            let why = format!(
                "there is no row `{name}`\n\nhint: `weir lab diversion --show-data` writes the whole table"
            );
            return Err(self.table.unusable(self.table.len() - 1, self.quantity, why));
        };
        let low = self.table.number(row, self.low)?;
        let high = self.table.number(row, self.high)?;
        if low < 0.0 {
            return Err(self.wrong(row, "it is below zero"));
        }
        if high < low {
            return Err(self.wrong(row, "`high` is below `low`"));
        }
        Ok((row, Range { low, high }))
    }

    fn wrong(&self, row: usize, why: &str) -> TableError {
        self.table.unusable(row, self.low, why)
    }
}

/// One answer to what the study leaves open.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Its name.
    pub name: String,
    /// What the number of vendors is.
    pub vendors: Family,
    /// What chips per vendor and month are.
    pub monthly: Family,
    /// What the number of fronts is.
    pub fronts: Family,
    /// What a front's orders are.
    pub ordered: Family,
    /// What the share diverted is; never above 1.
    pub diverted: Family,
    /// Any other outcome, chips a year; its logarithm is uniform.
    pub other: Range,
}

impl Reading {
    /// The reading under which the published median comes out: every range is a 90 percent interval
    /// of a lognormal variable.
    pub fn lognormal(stated: &Stated) -> Reading {
        Reading {
            name: "lognormal".to_owned(),
            vendors: Family::Lognormal,
            monthly: Family::Lognormal,
            fronts: Family::Lognormal,
            ordered: Family::Lognormal,
            diverted: Family::Lognormal,
            other: stated.other,
        }
    }

    /// Readings that a reader of the study may hold, each another step away from the first.
    pub fn all(stated: &Stated) -> Vec<Reading> {
        use Family::{LogUniform, Uniform};
        let first = Reading::lognormal(stated);
        let named = |name: &str| Reading { name: name.to_owned(), ..first.clone() };
        let narrower = Range { low: stated.other.low * 10.0, high: stated.other.high / 10.0 };
        let has_narrower = narrower.low < narrower.high;
        let clouds_bounded =
            Reading { fronts: LogUniform, ordered: LogUniform, diverted: Uniform, ..first.clone() };
        let clouds_flat =
            Reading { fronts: Uniform, ordered: Uniform, diverted: Uniform, ..first.clone() };
        let mut all = vec![
            first.clone(),
            Reading {
                other: if has_narrower { narrower } else { first.other },
                ..named("narrow-other")
            },
            Reading { name: "clouds-log-uniform".into(), ..clouds_bounded.clone() },
            Reading {
                name: "volume-log-uniform".into(),
                monthly: LogUniform,
                ..clouds_flat.clone()
            },
            Reading { name: "volume-uniform".into(), monthly: Uniform, ..clouds_flat.clone() },
            Reading {
                name: "all-log-uniform".into(),
                vendors: LogUniform,
                monthly: LogUniform,
                diverted: LogUniform,
                ..clouds_bounded
            },
            Reading {
                name: "all-uniform".into(),
                vendors: Uniform,
                monthly: Uniform,
                ..clouds_flat
            },
        ];
        if !has_narrower {
            all.retain(|reading| reading.name != "narrow-other");
        }
        all
    }

    /// One draw: the vendors' path, the clouds' path, and what comes of them, in chips a year.
    fn draw(&self, stated: &Stated, seed: u64, draw: u64) -> [f64; 3] {
        let mut stream = Stream::new("diversion", seed, draw);
        // The order is fixed: it is part of what a seed means.
        let shares: [f64; 7] = std::array::from_fn(|_| stream.uniform());
        let [route, vendors, monthly, fronts, ordered, diverted, other] = shares;
        let vendors = self.vendors.quantile(stated.vendors, vendors);
        let by_vendors = vendors * self.monthly.quantile(stated.monthly, monthly) * MONTHS;
        let ordered = self.ordered.quantile(stated.ordered, ordered);
        let diverted = self.diverted.quantile(stated.diverted, diverted).min(1.0);
        let by_clouds = self.fronts.quantile(stated.fronts, fronts) * ordered * diverted;
        let total = if route < stated.vendors_only {
            by_vendors
        } else if route < stated.vendors_only + stated.both {
            by_vendors + by_clouds
        } else {
            Family::LogUniform.quantile(self.other, other)
        };
        [by_vendors, by_clouds, total]
    }
}

/// What a reading comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Chips in a year: the 5th, 25th, 50th, 75th and 95th percentile.
    pub total: [f64; 5],
    /// The vendors' path alone, the same percentiles.
    pub by_vendors: [f64; 5],
    /// The clouds' path alone, the same percentiles.
    pub by_clouds: [f64; 5],
    /// The mean of chips in a year.
    pub mean: f64,
    /// The share of draws above the number asked for.
    pub above: f64,
}

/// The shares of [`Outcome`]'s percentiles.
pub const SHARES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Draws from a reading. The same seed gives the same bits at any number of threads; `None` where
/// no draws are asked for, or more than [`MOST_DRAWS`].
pub fn run(
    stated: &Stated,
    reading: &Reading,
    draws: u64,
    seed: u64,
    above: f64,
) -> Option<Outcome> {
    if draws == 0 || draws > MOST_DRAWS {
        return None;
    }
    let drawn: Vec<[f64; 3]> =
        (0..draws).into_par_iter().map(|draw| reading.draw(stated, seed, draw)).collect();
    let sorted = |of: usize| Sorted::new(drawn.iter().map(|draw| draw[of]).collect());
    let percentiles = |sorted: &Sorted| -> Option<[f64; 5]> {
        let mut out = [0.0; 5];
        for (place, share) in out.iter_mut().zip(SHARES) {
            *place = sorted.quantile(share)?;
        }
        Some(out)
    };
    let total = sorted(2);
    Some(Outcome {
        total: percentiles(&total)?,
        by_vendors: percentiles(&sorted(0))?,
        by_clouds: percentiles(&sorted(1))?,
        mean: total.mean()?,
        above: total.share_above(above)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stated() -> Stated {
        Stated::shipped().expect("the shipped table is sound")
    }

    fn outcome(name: &str, draws: u64) -> Outcome {
        let all = Reading::all(&stated());
        let reading = all.iter().find(|reading| reading.name == name).expect("a reading");
        run(&stated(), reading, draws, 2026, 100_000.0).expect("there are draws")
    }

    /// The reference computation with another generator and two million draws: median, 5th and
    /// 95th percentile, and the share above 100,000.
    #[test]
    fn readings_come_to_what_an_independent_computation_finds() {
        for (name, low, median, high, above) in [
            ("lognormal", 11_863.0, 137_853.0, 1_158_318.0, 0.597),
            ("narrow-other", 12_382.0, 136_210.0, 1_021_779.0, 0.594),
            ("clouds-log-uniform", 11_819.0, 138_979.0, 1_149_705.0, 0.599),
            ("volume-log-uniform", 15_051.0, 162_368.0, 973_052.0, 0.613),
            ("volume-uniform", 40_049.0, 461_420.0, 1_331_912.0, 0.889),
        ] {
            let found = outcome(name, 1_000_000);
            let near = |found: f64, known: f64, part: f64| (found / known - 1.0).abs() < part;
            assert!(near(found.total[2], median, 0.01), "{name}: {found:?}");
            assert!(near(found.total[0], low, 0.03), "{name}: {found:?}");
            assert!(near(found.total[4], high, 0.03), "{name}: {found:?}");
            assert!((found.above - above).abs() < 0.003, "{name}: {found:?}");
        }
    }

    #[test]
    fn each_path_comes_to_what_an_independent_computation_finds() {
        let found = outcome("lognormal", 1_000_000);
        assert!((found.by_vendors[2] / 118_194.0 - 1.0).abs() < 0.01, "{found:?}");
        assert!((found.by_clouds[2] / 62_574.0 - 1.0).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn the_bits_are_the_same_at_any_number_of_threads() {
        let reading = Reading::lognormal(&stated());
        let bits = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let run = || run(&stated(), &reading, 50_000, 7, 1e5);
            let outcome = pool.expect("threads start").install(run).expect("there are draws");
            let all = [outcome.total, outcome.by_vendors, outcome.by_clouds].concat();
            let rest = [outcome.mean, outcome.above];
            all.into_iter().chain(rest).map(f64::to_bits).collect::<Vec<u64>>()
        };
        assert_eq!(bits(1), bits(2));
        assert_eq!(bits(1), bits(8));
        let other = run(&stated(), &reading, 50_000, 8, 1e5).expect("there are draws");
        assert_ne!(bits(1)[2], other.total[2].to_bits(), "another seed, another outcome");
    }

    #[test]
    fn no_draws_and_too_many_are_refused() {
        let reading = Reading::lognormal(&stated());
        assert_eq!(run(&stated(), &reading, 0, 1, 1.0), None);
        assert_eq!(run(&stated(), &reading, MOST_DRAWS + 1, 1, 1.0), None);
    }

    #[test]
    fn a_bad_table_is_told_with_its_place() {
        let said = |from: &str, to: &str| {
            let text = SHIPPED.replacen(from, to, 1);
            assert_ne!(text, SHIPPED, "{from}");
            Stated::read("own.csv", &text).expect_err("it is wrong").to_string()
        };
        assert!(said("vendors,38,150", "vendors,380,150").contains("row 2, column `low`"));
        assert!(said("vendors,38,150", "vendors,0,150").contains("not above zero"));
        assert!(said("vendors,38,150", "sellers,38,150").contains("`sellers` is no quantity"));
        assert!(said("fronts,1,10", "vendors,1,10").contains("twice"));
        assert!(said("0.75,0.75", "0.7,0.7").contains("add up to 1"));
        assert!(said("0.4,0.99", "0.4,1.5").contains("at most 1"));
        for (row, (name, unit)) in (2..).zip(Rows::KNOWN) {
            let line = SHIPPED.lines().nth(row - 1).expect("a line");
            let other = line.replacen(&format!(",{unit},"), ",other,", 1);
            let said = said(line, &other);
            assert!(said.starts_with(&format!("`own.csv`, row {row}, column `unit`")), "{said}");
            assert!(said.contains(&format!("`{name}` is in `other` here")), "{said}");
            assert!(said.contains(&format!("reckons it in `{unit}`")), "{said}");
        }
        let short: String = SHIPPED.lines().take(4).flat_map(|line| [line, "\n"]).collect();
        let said = Stated::read("own.csv", &short).expect_err("it is short").to_string();
        assert!(said.contains("there is no row"), "{said}");
    }

    proptest! {
        #[test]
        fn quantiles_rise_and_keep_to_bounds(
            low in 0.1..1e4f64, factor in 1.01..1e3f64, a in 0.001..0.999f64, b in 0.001..0.999f64,
        ) {
            let range = Range { low, high: low * factor };
            for family in [Family::Lognormal, Family::LogUniform, Family::Uniform] {
                let (lower, upper) = (a.min(b), a.max(b));
                let (lower, upper) = (family.quantile(range, lower), family.quantile(range, upper));
                prop_assert!(lower <= upper);
                if family != Family::Lognormal {
                    prop_assert!(lower >= low * (1.0 - 1e-12));
                    prop_assert!(upper <= range.high * (1.0 + 1e-12));
                }
            }
            for (share, end) in [(0.05, range.low), (0.95, range.high)] {
                let found = Family::Lognormal.quantile(range, share);
                prop_assert!((found / end - 1.0).abs() < 1e-9);
            }
        }
    }
}

//! What a run of the simulated world left: one value a scenario, draw, quarter, actor and quantity.
//!
//! Rows come one by one, in any order, and are kept in columns: of each series and quarter the
//! values of all draws, side by side. Where they come from (a Parquet file, a table) is not known
//! here. A value is kept with 24 significant bits, about seven digits, so that a run of a thousand
//! draws takes half the memory; quantiles and sums are worked out with 53.
//!
//! ```text
//! low, mid, high = the 5, 50 and 95 percent quantiles over draws (type 7)
//! mean           = the sum over draws ÷ how many there are; means add up, quantiles do not
//! ```

use std::collections::{BTreeMap, HashMap};

pub use crate::quarter::Quarter;

use crate::quantiles::Sorted;

/// What one series is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The scenario, as [`Results::name`] numbers it.
    pub scenario: u32,
    /// The quantity.
    pub quantity: u32,
    /// The actor.
    pub actor: u32,
}

/// The quantiles of one value over draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// 5 percent of draws lie below.
    pub low: f64,
    /// Half of them do.
    pub mid: f64,
    /// 95 percent of them do.
    pub high: f64,
    /// The mean.
    pub mean: f64,
    /// Of how many draws.
    pub draws: usize,
}

impl Band {
    /// Of a sample, of which values that are not finite are left out; `None` where none is left.
    pub fn of(sample: impl IntoIterator<Item = f64>) -> Option<Band> {
        let sample: Vec<f64> = sample.into_iter().filter(|value| value.is_finite()).collect();
        let draws = sample.len();
        let sorted = Sorted::new(sample);
        Some(Band {
            low: sorted.quantile(0.05)?,
            mid: sorted.quantile(0.5)?,
            high: sorted.quantile(0.95)?,
            mean: sorted.mean()?,
            draws,
        })
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowFault {
    /// The same value was there before.
    #[error(
        "`{quantity}` of `{actor}` in {quarter} is there twice for draw {draw} of `{scenario}`"
    )]
    Twice {
        /// The quantity.
        quantity: String,
        /// The actor.
        actor: String,
        /// The quarter.
        quarter: Quarter,
        /// The draw.
        draw: i64,
        /// The scenario.
        scenario: String,
    },
    /// One quantity has two units.
    #[error("`{quantity}` of `{actor}` is in {other}, and in {unit} above")]
    Unit {
        /// The quantity.
        quantity: String,
        /// The actor.
        actor: String,
        /// The unit of the row.
        other: String,
        /// The unit of the rows above.
        unit: String,
    },
}

/// One series: of each quarter the values of all draws, not a number where a draw has none.
#[derive(Clone, Debug, Default)]
struct Series {
    unit: u32,
    quarters: BTreeMap<Quarter, Vec<f32>>,
}

/// All that a run left.
#[derive(Clone, Debug, Default)]
pub struct Results {
    names: Vec<String>,
    by_name: HashMap<String, u32>,
    draws: HashMap<i64, usize>,
    numbers: Vec<i64>,
    last_draw: Option<(i64, usize)>,
    series: BTreeMap<Key, Series>,
    rows: u64,
    left_out: u64,
}

impl Results {
    /// Nothing yet.
    pub fn new() -> Results {
        Results::default()
    }

    /// The number of a name, a new one where it is new.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.by_name.insert(name.to_owned(), number);
        number
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|at| self.names.get(at)).map_or("", String::as_str)
    }

    /// Adds a row. A value that is not finite is counted and left out.
    ///
    /// # Errors
    /// A value that is there already, a unit that is not that of the rows above.
    pub fn add(
        &mut self,
        key: Key,
        unit: u32,
        draw: i64,
        quarter: Quarter,
        value: f64,
    ) -> Result<(), RowFault> {
        self.rows += 1;
        if !value.is_finite() {
            self.left_out += 1;
            return Ok(());
        }
        let at = self.draw(draw);
        let series =
            self.series.entry(key).or_insert_with(|| Series { unit, quarters: BTreeMap::new() });
        let known = series.unit;
        let values = series.quarters.entry(quarter).or_default();
        if values.len() <= at {
            values.resize(at + 1, f32::NAN);
        }
        let is_new = values[at].is_nan();
        // A value beyond what 32 bits hold becomes the largest that they do.
        values[at] = value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        if is_new && known == unit {
            return Ok(());
        }
        let [quantity, actor] = [key.quantity, key.actor].map(|it| self.name(it).to_owned());
        if known != unit {
            let [other, unit] = [unit, known].map(|it| self.name(it).to_owned());
            return Err(RowFault::Unit { quantity, actor, other, unit });
        }
        let scenario = self.name(key.scenario).to_owned();
        Err(RowFault::Twice { quantity, actor, quarter, draw, scenario })
    }

    /// Adds a series that is the sum of others, draw by draw, in every scenario and quarter that
    /// has all of them. Nothing is added to a run that has the quantity itself.
    pub fn add_sum(&mut self, (quantity, actor): (&str, &str), unit: &str, of: &[(&str, &str)]) {
        if self
            .by_name
            .get(quantity)
            .is_some_and(|it| self.series.keys().any(|k| k.quantity == *it))
        {
            return;
        }
        let scenarios: Vec<String> = self.scenarios().into_iter().map(str::to_owned).collect();
        let [quantity, actor, unit] = [quantity, actor, unit].map(|name| self.number(name));
        for scenario in scenarios {
            let parts: Vec<&Series> =
                of.iter().filter_map(|(part, of)| self.series(&scenario, part, of)).collect();
            let Some((first, others)) = parts.split_first().filter(|_| parts.len() == of.len())
            else {
                continue;
            };
            let mut quarters = BTreeMap::new();
            for (quarter, values) in &first.quarters {
                let others: Option<Vec<&Vec<f32>>> =
                    others.iter().map(|part| part.quarters.get(quarter)).collect();
                let Some(others) = others else { continue };
                let of = |draw: usize, values: &Vec<f32>| {
                    values.get(draw).map_or(f64::NAN, |value| f64::from(*value))
                };
                let sum = |draw: usize| {
                    let rest = others.iter().map(|values| of(draw, values)).sum::<f64>();
                    (of(draw, values) + rest) as f32
                };
                quarters.insert(*quarter, (0..values.len()).map(sum).collect::<Vec<f32>>());
            }
            let scenario = self.number(&scenario);
            self.series.insert(Key { scenario, quantity, actor }, Series { unit, quarters });
        }
    }

    fn draw(&mut self, draw: i64) -> usize {
        if let Some((known, at)) = self.last_draw
            && known == draw
        {
            return at;
        }
        let next = self.numbers.len();
        let at = *self.draws.entry(draw).or_insert(next);
        if at == next {
            self.numbers.push(draw);
        }
        self.last_draw = Some((draw, at));
        at
    }

    /// How many rows were added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them have no finite value.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How many draws there are.
    pub fn draws(&self) -> usize {
        self.numbers.len()
    }

    /// The scenarios in the order in which they came.
    pub fn scenarios(&self) -> Vec<&str> {
        self.distinct(|key| key.scenario)
    }

    /// The quantities in the order in which they came.
    pub fn quantities(&self) -> Vec<&str> {
        self.distinct(|key| key.quantity)
    }

    fn distinct(&self, of: fn(&Key) -> u32) -> Vec<&str> {
        let mut numbers: Vec<u32> = self.series.keys().map(of).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().map(|number| self.name(number)).collect()
    }

    /// The actors of a quantity in any scenario, in the order in which they came.
    pub fn actors(&self, quantity: &str) -> Vec<&str> {
        let Some(quantity) = self.by_name.get(quantity) else { return Vec::new() };
        let of = self.series.keys().filter(|key| key.quantity == *quantity);
        let mut numbers: Vec<u32> = of.map(|key| key.actor).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().map(|number| self.name(number)).collect()
    }

    /// The unit of a quantity.
    pub fn unit(&self, quantity: &str) -> Option<&str> {
        let quantity = self.by_name.get(quantity)?;
        let series = self.series.iter().find(|(key, _)| key.quantity == *quantity);
        series.map(|(_, series)| self.name(series.unit))
    }

    fn series(&self, scenario: &str, quantity: &str, actor: &str) -> Option<&Series> {
        let number = |name| self.by_name.get(name).copied();
        let key =
            Key { scenario: number(scenario)?, quantity: number(quantity)?, actor: number(actor)? };
        self.series.get(&key)
    }

    /// The quarters that any series has, ascending.
    pub fn quarters(&self) -> Vec<Quarter> {
        let mut quarters: Vec<Quarter> =
            self.series.values().flat_map(|series| series.quarters.keys().copied()).collect();
        quarters.sort_unstable();
        quarters.dedup();
        quarters
    }

    /// The quarters that a quantity has of any actor in any scenario, ascending.
    pub fn quarters_of(&self, quantity: &str) -> Vec<Quarter> {
        let Some(quantity) = self.by_name.get(quantity) else { return Vec::new() };
        let of = self.series.iter().filter(|(key, _)| key.quantity == *quantity);
        let mut quarters: Vec<Quarter> =
            of.flat_map(|(_, series)| series.quarters.keys().copied()).collect();
        quarters.sort_unstable();
        quarters.dedup();
        quarters
    }

    /// The quantiles of every quarter of a series; nothing where there is no such series.
    pub fn path(&self, scenario: &str, quantity: &str, actor: &str) -> Vec<(Quarter, Band)> {
        let Some(series) = self.series(scenario, quantity, actor) else { return Vec::new() };
        let band = |(quarter, values): (&Quarter, &Vec<f32>)| {
            Some((*quarter, Band::of(values.iter().map(|value| f64::from(*value)))?))
        };
        series.quarters.iter().filter_map(band).collect()
    }

    /// The quantiles of one quarter.
    pub fn band(
        &self,
        scenario: &str,
        quantity: &str,
        actor: &str,
        quarter: Quarter,
    ) -> Option<Band> {
        Band::of(self.values(scenario, quantity, actor, quarter))
    }

    /// The values of one quarter by draw, in the same order for every series; not a number where
    /// a draw has none.
    pub fn values(
        &self,
        scenario: &str,
        quantity: &str,
        actor: &str,
        quarter: Quarter,
    ) -> Vec<f64> {
        let series = self.series(scenario, quantity, actor);
        let values = series.and_then(|series| series.quarters.get(&quarter));
        let mut values: Vec<f64> =
            values.into_iter().flatten().map(|value| f64::from(*value)).collect();
        values.resize(self.draws(), f64::NAN);
        values
    }

    /// The sums over quarters by draw; not a number where a draw lacks a quarter that others have.
    pub fn sums(
        &self,
        scenario: &str,
        quantity: &str,
        actor: &str,
        quarters: std::ops::RangeInclusive<Quarter>,
    ) -> Vec<f64> {
        let Some(series) = self.series(scenario, quantity, actor) else {
            return vec![f64::NAN; self.draws()];
        };
        let mut sums = vec![f64::NAN; self.draws()];
        for (at, (_, values)) in series.quarters.range(quarters).enumerate() {
            for (draw, sum) in sums.iter_mut().enumerate() {
                let value = values.get(draw).map_or(f64::NAN, |value| f64::from(*value));
                *sum = if at == 0 { value } else { *sum + value };
            }
        }
        sums
    }

    /// The number of the draw that stands at a place of [`Results::values`].
    pub fn draw_at(&self, at: usize) -> Option<i64> {
        self.numbers.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarter(text: &str) -> Quarter {
        text.parse().unwrap_or_else(|why| unreachable!("{why}"))
    }

    #[test]
    fn quarters_read_and_write() {
        assert_eq!(quarter("2026Q2").to_string(), "2026Q2");
        assert_eq!(quarter("2026Q1").since(quarter("2025Q4")), 1);
        assert_eq!(quarter("2025Q4").plus(5), quarter("2027Q1"));
        for bad in ["2026", "2026Q5", "2026Q0", "26Q1", "2026q1", "x026Q1", "2026Q1 "] {
            assert!(bad.parse::<Quarter>().is_err(), "{bad}");
        }
    }

    fn results() -> Results {
        let mut results = Results::new();
        let [scenario, quantity, actor, unit] =
            ["history", "huawei_cum", "world", "H100e"].map(|name| results.number(name));
        let key = Key { scenario, quantity, actor };
        for draw in 0..=100_i32 {
            for at in ["2025Q1", "2025Q2"] {
                let value = f64::from(draw) * if at == "2025Q1" { 1.0 } else { 10.0 };
                results.add(key, unit, i64::from(draw) - 7, quarter(at), value).expect("new");
            }
        }
        results
    }

    #[test]
    fn quantiles_over_draws() {
        let results = results();
        let path = results.path("history", "huawei_cum", "world");
        assert_eq!(path.len(), 2);
        let (at, band) = path[1];
        assert_eq!(at, quarter("2025Q2"));
        assert_eq!((band.low, band.mid, band.high, band.mean), (50.0, 500.0, 950.0, 500.0));
        assert_eq!((band.draws, results.draws(), results.draw_at(0)), (101, 101, Some(-7)));
        let sums =
            results.sums("history", "huawei_cum", "world", quarter("2025Q1")..=quarter("2025Q2"));
        assert_eq!((sums[0], sums[100]), (0.0, 1100.0));
        assert_eq!(results.quarters_of("huawei_cum"), results.quarters());
        assert!(results.quarters_of("x").is_empty());
        assert!(results.path("history", "huawei_cum", "CN").is_empty());
        assert!(results.path("x", "huawei_cum", "world").is_empty());
    }

    #[test]
    fn what_is_there_twice_or_in_another_unit_is_told() {
        let mut results = results();
        let [scenario, quantity, actor, unit, chips] =
            ["history", "huawei_cum", "world", "H100e", "chips"].map(|name| results.number(name));
        let key = Key { scenario, quantity, actor };
        let twice = results.add(key, unit, -7, quarter("2025Q1"), 1.0);
        assert!(matches!(twice, Err(RowFault::Twice { draw: -7, .. })), "{twice:?}");
        let other = results.add(key, chips, -7, quarter("2026Q1"), 1.0);
        assert!(matches!(other, Err(RowFault::Unit { .. })), "{other:?}");
        assert_eq!(results.add(key, unit, -7, quarter("2027Q1"), f64::NAN), Ok(()));
        assert_eq!(results.left_out(), 1);
        assert!(results.band("history", "huawei_cum", "world", quarter("2027Q1")).is_none());
    }

    #[test]
    fn a_sum_of_series_is_a_series() {
        let mut results = results();
        let [scenario, leased, world, unit, made] =
            ["history", "leased", "world", "H100e", "made"].map(|name| results.number(name));
        let key = Key { scenario, quantity: leased, actor: world };
        results.add(key, unit, -7, quarter("2025Q1"), 0.5).expect("new");
        results.add(key, unit, -5, quarter("2025Q1"), 1.5).expect("new");
        let other = Key { scenario: made, quantity: leased, actor: world };
        results.add(other, unit, -7, quarter("2025Q1"), 9.0).expect("new");
        let rows = results.rows();
        let of = [("huawei_cum", "world"), ("leased", "world")];
        results.add_sum(("both", "world"), "H100e", &of);
        let sums = results.values("history", "both", "world", quarter("2025Q1"));
        assert_eq!((sums[0], sums[2]), (0.5, 3.5));
        assert!(sums[1].is_nan(), "a draw that lacks one of them has no sum");
        assert_eq!(results.quarters_of("both"), [quarter("2025Q1")], "the quarters of all");
        assert!(results.path("made", "both", "world").is_empty(), "it has one of the two alone");
        assert_eq!((results.unit("both"), results.rows()), (Some("H100e"), rows));
        // What a run has itself stays as it is.
        results.add_sum(("leased", "world"), "chips", &of);
        assert_eq!(results.unit("leased"), Some("H100e"));
        assert_eq!(results.values("history", "leased", "world", quarter("2025Q1"))[2], 1.5);
    }

    #[test]
    fn a_draw_without_a_value_has_no_sum() {
        let mut results = results();
        let [scenario, quantity, actor, unit] =
            ["history", "h20_units", "world", "chips"].map(|name| results.number(name));
        let key = Key { scenario, quantity, actor };
        results.add(key, unit, 0, quarter("2025Q1"), 5.0).expect("new");
        let sums =
            results.sums("history", "h20_units", "world", quarter("2025Q1")..=quarter("2025Q4"));
        assert_eq!(sums.iter().filter(|sum| sum.is_finite()).count(), 1);
        assert_eq!(sums[7], 5.0);
    }
}

//! Files of levers and of the values that they are set to, one at a time.
//!
//! ```toml
//! from = 2027-01-01              # the day from which every value holds
//!
//! [[lever]]
//! name     = "location_verification"
//! title    = "Chips that tell where they are"
//! title_zh = "可核实位置的芯片"
//! by       = "us"                # who pulls it: us, allies, china or world
//! unit     = "share"
//! values   = [0.5, 1.0]
//! reason   = "half of all chips, and all of them"
//! ```
//!
//! Levers of the United States and its allies are choices, among which regret is reckoned. China
//! answers and the world turns out as it does: of those only the effects are told.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use law::Source;
use law::diagnostic::{Diagnostic, did_you_mean};
use law::fields::{Fields, Item, TomlValue};

use crate::quarter::QUARTERS;
use crate::world::Quarter;
use crate::world::scenario::{Levers, Scenario};

/// The levers that the program carries.
pub const SHIPPED: &str = include_str!("../../../../data/lab/levers.toml");
/// What [`SHIPPED`] is called.
pub const SHIPPED_NAME: &str = "data/lab/levers.toml";

/// Who pulls a lever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The United States.
    UnitedStates,
    /// Their allies.
    Allies,
    /// China.
    China,
    /// Nobody: it is how the world turns out.
    World,
}

impl By {
    const WORDS: [(&str, By); 4] = [
        ("us", By::UnitedStates),
        ("allies", By::Allies),
        ("china", By::China),
        ("world", By::World),
    ];

    /// Whether the side that controls can choose it.
    pub fn is_choice(self) -> bool {
        matches!(self, By::UnitedStates | By::Allies)
    }

    /// Its word in files.
    pub fn word(self) -> &'static str {
        By::WORDS.iter().find(|it| it.1 == self).map_or("", |it| it.0)
    }
}

/// A lever and the values that it is set to.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// Its name in scenarios.
    pub name: String,
    /// What it is called in English and Chinese.
    pub titles: [String; 2],
    /// Who pulls it.
    pub by: By,
    /// The unit of its values.
    pub unit: String,
    /// The values.
    pub values: Vec<f64>,
    /// Why these.
    pub reason: String,
}

/// A file of levers.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu {
    /// The day from which values hold, to the end of the run.
    pub from: Date,
    /// The levers, in the order of the file.
    pub levers: Vec<Lever>,
}

impl Menu {
    /// Reads a file; all mistakes at once, each with its place.
    ///
    /// # Errors
    /// What is wrong in the file.
    pub fn read(source: &Arc<Source>) -> Result<Menu, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut file = Fields::read(source, 0..source.text.len(), &mut diagnostics);
        let from = file.date("from");
        if Quarter::of(from).is_none() && from != Date::MIN {
            file.error("outside", format!("`from` is {from}, outside the run of 2019 to 2032"));
        }
        let mut levers: Vec<Lever> = Vec::new();
        for mut table in file.tables("lever") {
            let span = table.span();
            if let Some(lever) = read_lever(&mut table) {
                if levers.iter().any(|other| other.name == lever.name) {
                    let message = format!("the lever `{}` is there twice", lever.name);
                    let hint = "put all its values into one list";
                    table.push(Diagnostic::error("twice", source, span, message).hint(hint));
                }
                levers.push(lever);
            }
            table.finish(&mut diagnostics);
        }
        if levers.is_empty() && diagnostics.is_empty() {
            file.error("missing-key", "there is no `[[lever]]`: which levers are pulled how far");
        }
        file.finish(&mut diagnostics);
        if diagnostics.is_empty() { Ok(Menu { from, levers }) } else { Err(diagnostics) }
    }
}

fn read_lever(table: &mut Fields) -> Option<Lever> {
    let source = Arc::clone(table.source());
    let name = table.optional_placed_text("name");
    let titles = [table.text("title"), table.text("title_zh")];
    let word = table.one_of("by", &By::WORDS.map(|it| it.0));
    let by = By::WORDS.iter().find(|it| it.0 == word).map_or(By::World, |it| it.1);
    let unit = table.optional_placed_text("unit");
    let reason = table.text("reason");
    let values = table.take("values");
    let Some((name, span)) = name else {
        table.error("missing-key", "`name` is missing: the name of a lever");
        return None;
    };
    let Some((_, low, high)) = Levers::RANGES.iter().find(|(known, ..)| *known == name) else {
        let message = format!("there is no lever `{name}`");
        let hint = did_you_mean(&name, Levers::RANGES.iter().map(|(known, ..)| *known));
        table.push(Diagnostic::error("unknown-lever", &source, span, message).hint(hint));
        return None;
    };
    let unit = unit_of(table, &name, unit);
    let Some(Item { value: TomlValue::Array(items), .. }) = values else {
        table.error("missing-key", "`values` is missing: a list of numbers");
        return None;
    };
    let mut numbers: Vec<f64> = Vec::new();
    for item in items {
        let number = match &item.value {
            TomlValue::Number(text) => text.replace('_', "").parse::<f64>().ok(),
            _ => None,
        };
        match number.filter(|number| (*low..=*high).contains(number)) {
            Some(number) if numbers.contains(&number) => {
                let message = format!("the value {number} of `{name}` is there twice");
                table.push(Diagnostic::error("twice", &source, item.span, message));
            }
            Some(number) => numbers.push(number),
            None => {
                let message = format!("`{name}` is a number from {low} to {high}");
                table.push(Diagnostic::error("lever-range", &source, item.span, message));
            }
        }
    }
    if numbers.is_empty() {
        table.error("missing-key", "`values` is empty: it lists what the lever is set to");
    }
    Some(Lever { name, titles, by, unit, values: numbers, reason })
}

/// The unit of a lever, which is the one that its values are reckoned in.
fn unit_of(table: &mut Fields, name: &str, found: Option<(String, Range<usize>)>) -> String {
    let wanted = Levers::UNITS.iter().find(|(known, _)| *known == name).map(|(_, unit)| *unit);
    let Some((found, span)) = found else {
        if !table.has_error_about("unit") {
            table.error("missing-key", "`unit` is missing");
        }
        return String::new();
    };
    if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
        let source = Arc::clone(table.source());
        let message = format!("`{name}` is in `{found}` here, and weir reckons it in `{wanted}`");
        let hint = "convert the numbers and write that unit";
        table.push(Diagnostic::error("other-unit", &source, span, message).hint(hint));
    }
    found
}

/// The levers of a scenario quarter by quarter, with one set to a value from a day on whatever the
/// scenario says of it later; a quarter that has begun by then counts for the share that is left.
pub fn pulled(scenario: &Scenario, name: &str, value: f64, from: Date) -> Vec<Levers> {
    let first = Quarter::of(from).map_or(QUARTERS, Quarter::index);
    let mut levers = scenario.levers.clone();
    for (quarter, levers) in levers.iter_mut().enumerate().skip(first) {
        let left = if quarter == first { 1.0 - Quarter::share_gone(from) } else { 1.0 };
        let before = levers.get(name).unwrap_or_default();
        levers.set(name, before + left * (value - before));
    }
    levers
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn read(text: &str) -> Result<Menu, Vec<Diagnostic>> {
        Menu::read(&Arc::new(Source { name: "own.toml".to_owned(), text: text.to_owned() }))
    }

    const GOOD: &str = "from = 2027-01-01\n[[lever]]\nname = \"fee\"\ntitle = \"Fee\"\n\
                        title_zh = \"费\"\nby = \"us\"\nunit = \"share of revenue\"\n\
                        values = [0, 0.5]\n\
                        reason = \"none, and half\"\n";

    #[test]
    fn the_shipped_levers_are_all_there_are() {
        let menu = read(SHIPPED).expect("the shipped levers are sound");
        let mut names: Vec<&str> = menu.levers.iter().map(|lever| lever.name.as_str()).collect();
        let mut known: Vec<&str> = Levers::RANGES.iter().map(|it| it.0).collect();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known, "each lever of the scenario format is pulled");
        assert!(menu.levers.iter().any(|lever| !lever.by.is_choice()));
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        assert_eq!(read(GOOD).expect("sound").levers[0].values, [0.0, 0.5]);
        for (from, to, said) in [
            ("\"fee\"", "\"fees\"", "there is no lever `fees`"),
            ("0.5]", "1.5]", "`fee` is a number from 0 to 1"),
            ("0.5]", "\"half\"]", "`fee` is a number from 0 to 1"),
            ("0.5]", "0]", "the value 0 of `fee` is there twice"),
            ("[0, 0.5]", "[]", "`values` is empty"),
            ("values = [0, 0.5]\n", "", "`values` is missing"),
            ("2027-01-01", "2047-01-01", "outside the run"),
            ("\"us\"", "\"mars\"", "mars"),
            ("unit", "units", "units"),
            ("unit", "units", "`unit` is missing"),
            (
                "\"share of revenue\"",
                "\"percent\"",
                "`fee` is in `percent` here, and weir reckons it in `share of revenue`",
            ),
        ] {
            let wrong = read(&GOOD.replacen(from, to, 1)).expect_err(to);
            assert!(wrong.iter().any(|it| it.message.contains(said)), "{to}: {wrong:?}");
        }
        let twice = format!("{GOOD}{}", GOOD.split_once('\n').expect("lines").1);
        assert!(read(&twice).expect_err("twice")[0].message.contains("is there twice"));
        assert!(read("from = 2027-01-01\n").is_err());
    }

    #[test]
    fn a_lever_is_pulled_from_its_day_on() {
        let text = "id = \"a\"\ntitle = \"a\"\ntitle_zh = \"一\"\nabout = \"a\"\n[[law]]\n\
                    from = 2019-01-01\nreading = \"none\"\n[[change]]\nfrom = 2030-01-01\n\
                    levers = { fee = 0.9 }\n";
        let source = Source { name: "a.toml".to_owned(), text: text.to_owned() };
        let scenario = Scenario::read(&Arc::new(source)).expect("sound");
        let levers = pulled(&scenario, "fee", 0.4, date(2027, 2, 15));
        let fee = |quarter: &str| levers[Quarter::parse(quarter).expect("a quarter").index()].fee;
        assert_eq!((fee("2026Q4"), fee("2027Q2"), fee("2031Q1")), (0.0, 0.4, 0.4));
        assert!((fee("2027Q1") - 0.2).abs() < 0.01, "{}", fee("2027Q1"));
        assert_eq!(levers[50].demand, 1.0);
    }
}

//! Scenarios: files of law over time, levers and events.
//!
//! A scenario says what governments and companies do; it carries no probability. What nobody knows
//! is in the [`Parameters`](super::Parameters), which are the same draws in every scenario.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use law::diagnostic::{Diagnostic, did_you_mean};
use law::fields::{Fields, Item, TomlValue};
use law::{Reading, Source};

use crate::quarter::{QUARTERS, Quarter};

/// Declares the levers: name, value before anything is said, range, unit.
macro_rules! levers {
    ($($(#[$doc:meta])*
       $name:ident = $start:literal in $low:literal ..= $high:literal, $unit:literal,)*) => {
        /// What governments do beside the law packs, in one quarter.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Levers {
            $($(#[$doc])* pub $name: f64,)*
        }

        impl Levers {
            /// Name, least and greatest value of each.
            pub const RANGES: &[(&str, f64, f64)] = &[$((stringify!($name), $low, $high)),*];

            /// Name and unit of each.
            pub const UNITS: &[(&str, &str)] = &[$((stringify!($name), $unit)),*];

            /// Pulls one by its name; whether there is such a lever.
            pub fn set(&mut self, name: &str, value: f64) -> bool {
                match name {
                    $(stringify!($name) => self.$name = value,)*
                    _ => return false,
                }
                true
            }

            /// The value of one by its name.
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)*
                    _ => None,
                }
            }
        }

        impl Default for Levers {
            fn default() -> Levers {
                Levers { $($name: $start,)* }
            }
        }
    };
}

levers! {
    /// Money for inspections and cases, USD a quarter (CNAS: 55 million a year in 2024).
    enforcement_budget = 1.0e7 in 0.0 ..= 1.0e10, "USD a quarter",
    /// Whether sellers must tell of suspicious orders, 0 to 1.
    notification = 0.0 in 0.0 ..= 1.0, "share",
    /// Share of chips whose location can be told, 0 to 1.
    location_verification = 0.0 in 0.0 ..= 1.0, "share",
    /// Strength of rewards for whistleblowers, 0 to 1.
    whistleblower = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// Share of rented compute that is closed to Chinese companies, 0 to 1.
    cloud_control = 0.0 in 0.0 ..= 1.0, "share",
    /// How far allies do the same, 0 to 1.
    ally_alignment = 0.2 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// Whether high-bandwidth memory may no longer be sold to China, 0 to 1.
    hbm_control = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// How far tools for advanced nodes are closed to China, 0 to 1.
    tool_control = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// How far foundries abroad look whom they make dies for, 0 to 1.
    foundry_diligence = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// Share of revenue, or tariff, on licensed sales to China, 0 to 1.
    fee = 0.0 in 0.0 ..= 1.0, "share of revenue",
    /// Sales to China of licensed chips against those in the United States, at most, ratio.
    volume_cap = 0.5 in 0.0 ..= 10.0, "ratio to sales in the United States",
    /// Share of China's spending that must go to domestic chips, 0 to 1.
    mandate = 0.0 in 0.0 ..= 1.0, "share",
    /// How far China keeps its companies from foreign chips that they may have, 0 to 1.
    discouragement = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// Subsidy of Chinese chip making, USD a quarter.
    china_subsidy = 2.0e9 in 0.0 ..= 1.0e11, "USD a quarter",
    /// Subsidy of chip making in allied countries, USD a quarter.
    ally_subsidy = 0.0 in 0.0 ..= 1.0e11, "USD a quarter",
    /// Whether a truce holds back retaliation, 0 to 1.
    truce = 0.0 in 0.0 ..= 1.0, "0 or 1",
    /// Whether China bans minerals whatever happens, 0 to 1.
    mineral_ban = 0.0 in 0.0 ..= 1.0, "0 or 1",
    /// How hard countries between are pressed to choose one stack, 0 to 1.
    stack_pressure = 0.0 in 0.0 ..= 1.0, "strength, 0 to 1",
    /// Share of the country allocation that the regulator gives out, ratio.
    allocation_given = 1.0 in 0.0 ..= 1.0, "share",
    /// Whether large companies are made national validated end users, 0 to 1.
    nveu_given = 0.5 in 0.0 ..= 1.0, "share",
    /// Spending of all buyers against what it would be, ratio.
    demand = 1.0 in 0.0 ..= 10.0, "ratio",
    /// Capacity of packaging and memory against what it would be, ratio.
    supply = 1.0 in 0.0 ..= 10.0, "ratio",
}

/// Which law holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LawReading {
    /// No controls at all.
    None,
    /// A reading of the packs.
    Packs(Reading),
}

/// Something that is known before it happens, or that happens once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A step by the United States: how large, 0 to 1; known some days before.
    Step {
        /// How large.
        size: f64,
        /// Whether what China did about it is known, and stands among the levers: then no answer
        /// is drawn.
        answered: bool,
    },
    /// The boom of spending begins.
    Boom,
}

/// An event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its day.
    pub day: Date,
    /// The day from which it is expected; its own where nobody knew.
    pub known: Date,
    /// The day from which its text can be read, so that chips can be designed for it.
    pub published: Date,
    /// What it is.
    pub kind: EventKind,
    /// What happened.
    pub about: String,
}

/// A letter that informs exporters (`exporter.informed`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its word in the packs.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day on which it keeps exporters from shipping without a license.
    pub through: Date,
}

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub id: String,
    /// Its title in English and Chinese.
    pub titles: [String; 2],
    /// What it supposes.
    pub about: String,
    /// Packs beside the shipped ones, by the names of their files.
    pub packs: Vec<String>,
    /// Law by first day, earliest first.
    pub law: Vec<(Date, LawReading)>,
    /// Letters.
    pub letters: Vec<Letter>,
    /// Levers in each quarter.
    pub levers: Vec<Levers>,
    /// Events, earliest first.
    pub events: Vec<Event>,
    /// The document, for what is said about it later.
    pub source: Arc<Source>,
}

impl Scenario {
    /// The law of a day.
    pub fn law_on(&self, day: Date) -> LawReading {
        let at = self.law.partition_point(|(from, _)| *from <= day);
        self.law[at.saturating_sub(1)].1
    }

    /// The letters that bind on a day.
    pub fn letters_on(&self, day: Date) -> impl Iterator<Item = &str> {
        let binding = move |letter: &&Letter| letter.from <= day && day <= letter.through;
        self.letters.iter().filter(binding).map(|letter| letter.name.as_str())
    }

    /// Reads a scenario; all mistakes at once, each with its place.
    ///
    /// # Errors
    /// What is wrong in the file.
    pub fn read(source: &Arc<Source>) -> Result<Scenario, Vec<Diagnostic>> {
        let mut diagnostics = Vec::new();
        let mut file = Fields::read(source, 0..source.text.len(), &mut diagnostics);
        let id = file.text("id");
        let sound = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if !id.chars().all(|letter| sound(letter) || letter == '-') || !id.starts_with(sound) {
            let message = "`id` is made of a to z, 0 to 9 and hyphens: files are named after it";
            file.error("bad-id", message);
        }
        let titles = [file.text("title"), file.text("title_zh")];
        let about = file.text("about");
        let packs = file.optional_texts("packs").unwrap_or_default();
        let law = read_law(&mut file, &mut diagnostics);
        let letters =
            file.tables("letter").into_iter().map(|table| read_letter(table, &mut diagnostics));
        let letters = letters.collect();
        let changes = read_changes(&mut file, &mut diagnostics);
        let events = read_events(&mut file, &mut diagnostics);
        file.finish(&mut diagnostics);
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let levers = over_time(&changes);
        Ok(Scenario {
            id,
            titles,
            about,
            packs,
            law,
            letters,
            levers,
            events,
            source: Arc::clone(source),
        })
    }
}

/// Levers quarter by quarter: a change in the middle of one counts for the share that is left.
fn over_time(changes: &[(Date, Vec<(String, f64)>)]) -> Vec<Levers> {
    let mut settled = Levers::default();
    (0..QUARTERS)
        .map(|quarter| {
            let mut mean = settled;
            for (day, values) in changes {
                if Quarter::of(*day) != Some(Quarter::at(quarter)) {
                    continue;
                }
                let left = 1.0 - Quarter::share_gone(*day);
                for (name, value) in values {
                    let before = settled.get(name).unwrap_or_default();
                    let so_far = mean.get(name).unwrap_or_default();
                    mean.set(name, so_far + left * (value - before));
                    settled.set(name, *value);
                }
            }
            mean
        })
        .collect()
}

fn read_law(file: &mut Fields, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Date, LawReading)> {
    let mut law: Vec<(Date, LawReading)> = Vec::new();
    let mut places = Vec::new();
    for mut table in file.tables("law") {
        let from = day(&mut table, "from");
        let span = table.span();
        let first = places.iter().find(|(other, _)| *other == from && from != Date::MIN);
        if let Some((_, first)) = first {
            let message = format!(
                "two `[[law]]` hold from {from}: on line {} and on line {}",
                line(table.source(), first),
                line(table.source(), &span)
            );
            let wrong = Diagnostic::error("twice", table.source(), span.clone(), message);
            table.push(wrong.hint("leave one of them out, or give it another day"));
        }
        places.push((from, span));
        let reading = match table.one_of("reading", &["enforced", "written", "none"]).as_str() {
            "written" => LawReading::Packs(Reading::Written),
            "none" => LawReading::None,
            _ => LawReading::Packs(Reading::Enforced),
        };
        law.push((from, reading));
        table.finish(diagnostics);
    }
    if law.is_empty() {
        file.error("missing-key", "there is no `[[law]]`: which law holds from when");
    }
    law.sort_by_key(|(from, _)| *from);
    let begins = jiff::civil::date(2019, 1, 1);
    if law.first().is_some_and(|(from, _)| *from > begins) {
        file.error("law-begins", "no `[[law]]` holds from 2019-01-01 on, when the run begins");
    }
    law
}

fn read_letter(mut table: Fields, diagnostics: &mut Vec<Diagnostic>) -> Letter {
    let name = table.text("name");
    let [from, through] = [day(&mut table, "from"), day(&mut table, "through")];
    if through < from {
        table.error("wrong-order", "`through` is before `from`");
    }
    table.finish(diagnostics);
    Letter { name, from, through }
}

/// A day of the run.
fn day(table: &mut Fields, key: &'static str) -> Date {
    let day = table.date(key);
    if Quarter::of(day).is_none() && day != Date::MIN {
        table.error("outside", format!("`{key}` is {day}, outside the run of 2019 to 2032"));
    }
    day
}

fn read_changes(
    file: &mut Fields,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(Date, Vec<(String, f64)>)> {
    let mut changes = Vec::new();
    let mut places: Vec<(Date, String, Range<usize>)> = Vec::new();
    for mut table in file.tables("change") {
        let from = day(&mut table, "from");
        table.optional_text("about");
        let levers = table.take("levers");
        let values = match levers {
            Some(Item { value: TomlValue::Table(entries), .. }) => {
                entries.into_iter().filter_map(|(name, span, item)| {
                    once(&mut table, &mut places, (from, &name, &span));
                    lever(&mut table, name, span, &item)
                })
            }
            .collect(),
            Some(_) | None => {
                table.error(
                    "missing-key",
                    "`levers` is missing: a table of levers and their values",
                );
                Vec::new()
            }
        };
        changes.push((from, values));
        table.finish(diagnostics);
    }
    changes.sort_by_key(|(from, _)| *from);
    changes
}

/// That a lever is set once a day: of two values, nobody could tell which one holds.
fn once(
    table: &mut Fields,
    places: &mut Vec<(Date, String, Range<usize>)>,
    (day, name, span): (Date, &str, &Range<usize>),
) {
    let source = Arc::clone(table.source());
    let first = places.iter().find(|(other, of, _)| *other == day && of == name);
    if let Some((.., first)) = first.filter(|_| day != Date::MIN) {
        let message = format!(
            "`{name}` is set twice on {day}: on line {} and on line {}",
            line(&source, first),
            line(&source, span)
        );
        let wrong = Diagnostic::error("twice", &source, span.clone(), message);
        table.push(wrong.hint("leave one of them out, or give it another day"));
    }
    places.push((day, name.to_owned(), span.clone()));
}

/// The line of a document on which something begins, from 1.
fn line(source: &Arc<Source>, span: &Range<usize>) -> usize {
    Diagnostic::error("", source, span.clone(), "").line_column().0
}

/// A lever and its value, if there is such a lever and it can have that value.
fn lever(
    table: &mut Fields,
    name: String,
    span: Range<usize>,
    item: &Item,
) -> Option<(String, f64)> {
    let source = Arc::clone(table.source());
    let Some((_, low, high)) = Levers::RANGES.iter().find(|(known, ..)| *known == name) else {
        let message = format!("there is no lever `{name}`");
        let hint = did_you_mean(&name, Levers::RANGES.iter().map(|(known, ..)| *known));
        table.push(Diagnostic::error("unknown-lever", &source, span, message).hint(hint));
        return None;
    };
    let number = match &item.value {
        TomlValue::Number(text) => text.replace('_', "").parse::<f64>().ok(),
        _ => None,
    };
    match number.filter(|number| (*low..=*high).contains(number)) {
        Some(number) => Some((name, number)),
        None => {
            let message = format!("`{name}` is a number from {low} to {high}");
            table.push(Diagnostic::error("lever-range", &source, item.span.clone(), message));
            None
        }
    }
}

fn read_events(file: &mut Fields, diagnostics: &mut Vec<Diagnostic>) -> Vec<Event> {
    let mut events = Vec::new();
    for mut table in file.tables("event") {
        let on = day(&mut table, "day");
        let known = table.optional_date("known").unwrap_or(on);
        let published = table.optional_date("published").unwrap_or(known);
        let answered = table.optional_bool("answered").unwrap_or_default();
        let size = table.optional_num("size");
        let kind = match table.one_of("kind", &["step", "boom"]).as_str() {
            "boom" => EventKind::Boom,
            _ => {
                let size =
                    size.and_then(|size| size.to_decimals(6).parse::<f64>().ok()).unwrap_or(0.5);
                if !(0.0..=1.0).contains(&size) {
                    table.error("event-size", "`size` is a number from 0 to 1");
                }
                EventKind::Step { size, answered }
            }
        };
        let about = table.text("about");
        if known > on {
            table.error("wrong-order", "`known` is after `day`");
        }
        if published < known || published > on {
            table.error("wrong-order", "`published` does not lie between `known` and `day`");
        }
        events.push(Event { day: on, known, published, kind, about });
        table.finish(diagnostics);
    }
    events.sort_by_key(|event| event.day);
    events
}

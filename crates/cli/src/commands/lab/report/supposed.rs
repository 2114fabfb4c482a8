//! What scenarios suppose: from their files into `run.json`, and back from there.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use lab::world::scenario::{EventKind, LawReading};
use lab::world::{Compiled, Scenario};
use law::fields::{Fields, Item, TomlValue};
use law::pack::Pack;
use law::{Reading, Source};
use serde_json::Value;

use super::super::results::RUN;
use crate::output::lab::suppositions::{Entry, Kind, Supposition, Told, told};
use crate::output::sheet::grouped;

/// The key of `run.json`.
const KEY: &str = "suppositions";

/// A record of a run with what its scenarios suppose.
///
/// # Errors
/// None that a run could meet: they are texts.
pub fn with<'c>(
    mut record: Value,
    scenarios: impl Iterator<Item = &'c Compiled>,
) -> anyhow::Result<Value> {
    let one = |it: &Compiled| supposition(&it.scenario, it.law.packs());
    let all: Vec<Supposition> = scenarios.map(one).collect();
    record[KEY] = serde_json::to_value(all)?;
    Ok(record)
}

/// What scenarios suppose by the record of a run; of one that the record does not have, what the
/// program carries under its name.
///
/// # Errors
/// A record that says it in another form.
pub fn of(folder: &Path, about: Option<&Value>, names: &[&str]) -> anyhow::Result<Vec<Told>> {
    let recorded: Vec<Supposition> = match about.and_then(|about| about.get(KEY)) {
        None => Vec::new(),
        Some(value) => serde_json::from_value(value.clone()).with_context(|| {
            format!("`{}` says nothing of `{KEY}` that can be used", folder.join(RUN).display())
        })?,
    };
    let one = |name: &&str| {
        let by_run = recorded.iter().find(|it| it.id == *name).cloned().map(|it| (it, true));
        by_run.or_else(|| {
            let (scenario, packs) = shipped(name)?;
            Some((supposition(&scenario, &packs), false))
        })
    };
    Ok(told(names.iter().filter_map(one).collect()))
}

/// A scenario that the program carries, with the packs that it carries for scenarios.
fn shipped(name: &str) -> Option<(Scenario, Vec<Pack>)> {
    let mut all = crate::embedded::SCENARIOS.iter();
    let (file, text) = all.find(|(file, _)| file.strip_suffix(".toml") == Some(name))?;
    let source = |(file, text): &(&str, &str)| {
        Arc::new(Source { name: (*file).to_owned(), text: (*text).to_owned() })
    };
    let packs = crate::embedded::SCENARIO_PACKS.iter().filter_map(|it| Pack::read(&source(it)).0);
    Some((Scenario::read(&source(&(file, text))).ok()?, packs.collect()))
}

/// On one line.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn supposition(scenario: &Scenario, packs: &[Pack]) -> Supposition {
    let entry = |day: &dyn ToString, kind, about: &str, what: String| Entry {
        day: day.to_string(),
        kind,
        about: plain(about),
        about_zh: String::new(),
        what,
    };
    let joining = scenario.packs.iter().filter_map(|file| {
        // A pack beside a scenario's file is known by its path.
        let is_it = |pack: &&Pack| Path::new(&pack.source.name).ends_with(file);
        let pack = packs.iter().find(is_it)?;
        let [title, title_zh] = &pack.title;
        let joins = entry(&pack.effective, Kind::Pack, title, file.clone());
        Some(Entry { about_zh: plain(title_zh), ..joins })
    });
    let law = scenario.law.iter().map(|(day, reading)| {
        let word = match reading {
            LawReading::None => "none",
            LawReading::Packs(Reading::Enforced) => "enforced",
            LawReading::Packs(Reading::Written) => "written",
        };
        entry(day, Kind::Law, "", word.to_owned())
    });
    let letters = scenario.letters.iter().map(|letter| {
        entry(&letter.from, Kind::Letter, "", format!("{} … {}", letter.name, letter.through))
    });
    let events = scenario.events.iter().map(|event| {
        let (kind, what) = match event.kind {
            EventKind::Step { .. } if event.known == event.day => (Kind::Step, String::new()),
            EventKind::Step { .. } => (Kind::Step, event.known.to_string()),
            EventKind::Boom => (Kind::Boom, String::new()),
        };
        entry(&event.day, kind, &event.about, what)
    });
    let mut entries: Vec<Entry> = law.chain(joining).chain(letters).chain(events).collect();
    entries.extend(changes(&scenario.source));
    entries.sort_by(|a, b| a.day.cmp(&b.day));
    Supposition { id: scenario.id.clone(), about: plain(&scenario.about), entries }
}

/// The changes of levers with their reasons, which only the document has.
fn changes(source: &Arc<Source>) -> Vec<Entry> {
    // The scenario was read from the same text: what is wrong in it was told then.
    let mut unheard = Vec::new();
    let mut file = Fields::read(source, 0..source.text.len(), &mut unheard);
    let one = |mut table: Fields| {
        let day = table.date("from").to_string();
        let about = plain(&table.optional_text("about").unwrap_or_default());
        let set = match table.take("levers") {
            Some(Item { value: TomlValue::Table(entries), .. }) => entries,
            _ => Vec::new(),
        };
        let levers = set.into_iter().filter_map(|(name, _, item)| match item.value {
            TomlValue::Number(value) => Some(format!("{name} = {}", grouped(&value))),
            _ => None,
        });
        let what = levers.collect::<Vec<_>>().join(", ");
        Entry { day, kind: Kind::Levers, about, about_zh: String::new(), what }
    };
    file.tables("change").into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_scenarios_say_what_they_suppose_in_both_languages() {
        let mut missing = Vec::new();
        for (file, _) in crate::embedded::SCENARIOS {
            let Some(scenario) = file.strip_suffix(".toml").and_then(shipped) else { continue };
            let (scenario, packs) = scenario;
            let supposed = supposition(&scenario, &packs);
            let joining = supposed.entries.iter().filter(|entry| entry.kind == Kind::Pack);
            assert_eq!(joining.clone().count(), scenario.packs.len(), "{file}: packs by their day");
            assert!(joining.clone().all(|pack| !pack.about_zh.is_empty()), "{file}");
            assert!(!supposed.about.is_empty() && supposed.entries.len() >= 2, "{file}");
            let texts = supposed.entries.iter().map(|entry| &entry.about).chain([&supposed.about]);
            let titles: Vec<&str> = joining.map(|pack| pack.about.as_str()).collect();
            for text in texts.filter(|it| !it.is_empty() && !titles.contains(&it.as_str())) {
                if crate::chinese::text(text).is_none() {
                    missing.push(format!("{file}: {text}"));
                }
            }
        }
        missing.sort_unstable();
        missing.dedup();
        assert!(missing.is_empty(), "in Chinese (chinese/scenarios.rs):\n{}", missing.join("\n"));
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let (scenario, packs) = shipped("two-camps").expect("it is shipped");
        let supposed = supposition(&scenario, &packs);
        let record = serde_json::json!({ "seed": 1, KEY: [&supposed] });
        let all = of(Path::new("run"), Some(&record), &["two-camps", "history", "own"]);
        let all = all.expect("it was written so");
        assert_eq!(all.len(), 2, "what is told nowhere is left out");
        assert!(all[0].by_run && !all[1].by_run);
        assert_eq!(all[0].supposes, supposed);
        assert_eq!(all[0].parting.map(|at| at.to_string()).as_deref(), Some("2027Q1"));
        let levers =
            all[0].supposes.entries.iter().find(|it| it.what.contains("hbm_control = 0.95"));
        assert_eq!(levers.map(|it| it.about.as_str()), Some("High-bandwidth memory"));
        let broken = serde_json::json!({ "suppositions": [{ "id": 3 }] });
        let told = of(Path::new("run"), Some(&broken), &["history"]).expect_err("another form");
        assert!(format!("{told:#}").contains("run.json` says nothing of `suppositions`"), "{told}");
    }
}

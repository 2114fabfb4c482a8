//! Worlds to test: shipped scenarios, with their text and their packs amended.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test may stop at what should not happen")]
#![allow(dead_code, reason = "no test uses all of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab::ensemble::{self, Draws};
use lab::world::observe::{Observation, Observer};
use lab::world::state::{Chances, World};
use lab::world::{Compiled, Parameters, Quarter, Run, Scenario, WorldData};
use law::{Law, Source};

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn source(path: &Path) -> Arc<Source> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    Arc::new(Source { name, text: std::fs::read_to_string(path).unwrap() })
}

pub fn compile(name: &str) -> Compiled {
    compile_amended(name, str::to_owned, |_| ())
}

/// A scenario with its packs amended.
pub fn compile_with(name: &str, amend: impl Fn(&mut Source)) -> Compiled {
    compile_amended(name, str::to_owned, amend)
}

/// A scenario with its text amended.
pub fn compile_scenario(name: &str, amend: impl Fn(&str) -> String) -> Compiled {
    compile_amended(name, amend, |_| ())
}

/// A scenario with its text and its packs amended.
pub fn compile_amended(
    name: &str,
    text: impl Fn(&str) -> String,
    packs: impl Fn(&mut Source),
) -> Compiled {
    let whole = source(&root().join(format!("data/lab/scenarios/{name}.toml")));
    let amended = Source { name: whole.name.clone(), text: text(&whole.text) };
    let scenario = Scenario::read(&Arc::new(amended)).unwrap();
    let law = read_law(&scenario, &[], packs);
    Compiled::new(scenario, law, Arc::new(WorldData::shipped().unwrap())).unwrap()
}

pub fn read_law(scenario: &Scenario, more: &[PathBuf], amend: impl Fn(&mut Source)) -> Arc<Law> {
    let folder = root().join("data/lab/scenarios");
    let mut packs: Vec<PathBuf> =
        std::fs::read_dir(root().join("law")).unwrap().map(|entry| entry.unwrap().path()).collect();
    packs.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    packs.sort();
    packs.extend(scenario.packs.iter().map(|pack| folder.join(pack)));
    packs.extend_from_slice(more);
    let amended = |path: &PathBuf| {
        let whole = source(path);
        let mut amended = Source { name: whole.name.clone(), text: whole.text.clone() };
        amend(&mut amended);
        Arc::new(amended)
    };
    let packs: Vec<_> = packs.iter().map(amended).collect();
    let (law, mistakes) = Law::read(&source(&root().join("law/vocabulary.toml")), &packs);
    let mistake = || mistakes.first().map(|it| &it.message);
    Arc::new(law.unwrap_or_else(|| panic!("{}: {:?}", scenario.id, mistake())))
}

pub fn quarter(text: &str) -> Quarter {
    Quarter::parse(text).unwrap()
}

/// The middle of every distribution.
pub fn medians() -> Parameters {
    let draws = Draws::shipped(1, false).unwrap();
    draws.at(&vec![0.5; draws.priors().factors().count()]).unwrap()
}

pub fn middle(compiled: &Compiled) -> (Observer, Observation) {
    let observer = Observer::new(compiled);
    let run = Run { seed: 1, draw: 0, parameters: medians() };
    let seen = run.through(compiled, &observer).unwrap();
    (observer, seen)
}

pub fn draws(compiled: &Compiled, count: u64) -> (Observer, Vec<Observation>) {
    let observer = Observer::new(compiled);
    let draws = Draws::shipped(1, true).unwrap();
    let runs = ensemble::run(compiled, &observer, &draws, 0..count);
    (observer, runs.into_iter().collect::<Result<_, _>>().unwrap())
}

/// A world of the middle parameters before its first quarter, in a draw in which some are caught.
pub fn fresh(compiled: &Compiled) -> World<'_> {
    let chances = Chances::new(1, 1, compiled.data.buyers.len(), compiled.data.flagships.len());
    World::new(compiled, medians(), chances)
}

/// The same after so many quarters, each of them without trouble.
pub fn lived_in(compiled: &Compiled, quarters: usize) -> World<'_> {
    let mut world = fresh(compiled);
    for t in 0..quarters {
        lab::world::run::quarter(&mut world, t);
        assert_eq!(lab::world::run::trouble(&world), None, "{t}");
    }
    world
}

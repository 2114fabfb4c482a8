//! The simulated world: how long a run takes, how many a second, and what it keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use lab::ensemble::{self, Draws};
use lab::quarter::QUARTERS;
use lab::stats::sobol::SobolDesign;
use lab::world::observe::{Observation, Observer};
use lab::world::state::{Chances, MOST_FRONTS};
use lab::world::{Compiled, Diverged, Quarter, Run, Scenario, WorldData};
use law::{Law, Source};
use rayon::prelude::*;

use crate::table::{Row, Table, Target, figure};
use crate::{Options, median, memory, millis, timed};

/// Draws that are kept at a time, as `weir lab run` keeps them.
pub const PART: u64 = 50;
/// Scenarios that are measured: one without quotas, one in which every quota binds.
const SCENARIOS: [&str; 2] = ["history", "diffusion-enforced"];
/// Draws of one measurement on one core.
const DRAWS: u64 = 100;
/// Factors of the Sobol design.
const FACTORS: usize = 45;
/// Who designs chips: U.S. designers, who decide together what to make for China, Huawei, and the
/// other Chinese ones.
const DESIGNERS: usize = 3;
/// Who makes rules: the United States, and China, which answers.
const REGULATORS: usize = 2;

/// A scenario that is ready to run.
pub struct World {
    compiled: Compiled,
    observer: Observer,
    draws: Draws,
    /// How long asking the law took.
    asked: Duration,
}

impl World {
    /// Loads a shipped scenario as `weir lab run` does, and asks the law.
    ///
    /// # Errors
    /// A file that cannot be read, or a law or scenario with mistakes.
    pub fn load(root: &Path, name: &str) -> anyhow::Result<World> {
        let folder = root.join("data/lab/scenarios");
        let text = source(&folder.join(format!("{name}.toml")))?;
        let scenario = Scenario::read(&text).map_err(|why| anyhow!("`{name}`: {why:?}"))?;
        let mut packs = packs(&root.join("law"))?;
        packs.extend(scenario.packs.iter().map(|pack| folder.join(pack)));
        let packs: Vec<_> = packs.iter().map(|path| source(path)).collect::<Result<_, _>>()?;
        let (law, mistakes) = Law::read(&source(&root.join("law/vocabulary.toml"))?, &packs);
        let law = Arc::new(law.with_context(|| format!("{:?}", mistakes.first()))?);
        let data = Arc::new(WorldData::shipped()?);
        let (compiled, asked) = timed(|| Compiled::new(scenario, law, data));
        let compiled = compiled?;
        let observer = Observer::new(&compiled);
        Ok(World { compiled, observer, draws: Draws::shipped(1, true)?, asked })
    }

    /// Lets draws through on all cores, a part after the other, and keeps none: what is left is
    /// how many there were.
    ///
    /// # Errors
    /// More than one run in a hundred that diverged.
    pub fn in_parts(&self, runs: u64) -> anyhow::Result<u64> {
        let mut failed = 0;
        for first in (0..runs).step_by(PART as usize) {
            let part = first..runs.min(first + PART);
            let results = ensemble::run(&self.compiled, &self.observer, &self.draws, part);
            failed += results.iter().filter(|one| one.is_err()).count() as u64;
        }
        few(failed, runs)
    }

    /// One draw after the other on this core.
    fn one_by_one(&self) -> anyhow::Result<Vec<Observation>> {
        let one = |draw: u64| {
            let parameters = self.draws.parameters(draw)?;
            let run = Run { seed: self.draws.seed(), draw, parameters };
            Ok(run.through(&self.compiled, &self.observer)?)
        };
        (0..DRAWS).map(one).collect()
    }

    /// How many actors a draw has, on average.
    fn actors(&self) -> anyhow::Result<Actors> {
        let data = &self.compiled.data;
        let (mut vendors, mut fronts) = (0.0, 0.0);
        for draw in 0..DRAWS {
            let p = self.draws.parameters(draw)?;
            let chances =
                Chances::new(self.draws.seed(), draw, data.buyers.len(), data.flagships.len());
            fronts += p.fronts.round().clamp(1.0, MOST_FRONTS as f64);
            vendors += lab::world::mechanisms::diversion::vendors(&p, &chances).len() as f64;
        }
        let mean = |sum: f64| sum / DRAWS as f64;
        Ok(Actors {
            buyers: data.buyers.len(),
            places: data.places.len(),
            vendors: mean(vendors),
            fronts: mean(fronts),
        })
    }
}

/// Actors of a run.
struct Actors {
    buyers: usize,
    places: usize,
    vendors: f64,
    fronts: f64,
}

impl Actors {
    fn count(&self) -> f64 {
        (self.buyers + self.places + DESIGNERS + REGULATORS) as f64 + self.vendors + self.fronts
    }

    fn described(&self) -> String {
        format!(
            "An actor is a buyer ({}), a place ({}), a designer ({DESIGNERS}: U.S. designers \
             together, Huawei,\nother Chinese ones), a regulator ({REGULATORS}), a vendor ({:.0}) \
             or a front ({:.0}) that smuggles;\nof the last two, the mean of {DRAWS} draws.",
            self.buyers, self.places, self.vendors, self.fronts
        )
    }
}

fn few(failed: u64, runs: u64) -> anyhow::Result<u64> {
    if failed * 100 > runs {
        bail!("{failed} of {runs} runs diverged");
    }
    Ok(failed)
}

fn packs(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    found.sort();
    Ok(found)
}

fn source(path: &Path) -> anyhow::Result<Arc<Source>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Arc::new(Source { name: path.display().to_string(), text }))
}

/// Measures all of it.
///
/// # Errors
/// A world that cannot be loaded, or that gives other bits on all cores than on one.
pub fn measure(options: &Options, table: &mut Table) -> anyhow::Result<()> {
    let cores = rayon::current_num_threads();
    let mut worlds = Vec::new();
    for name in SCENARIOS {
        let world = World::load(&options.root, name)?;
        if worlds.is_empty() {
            println!("{}", world.actors()?.described());
        }
        one_core(name, &world, table)?;
        worlds.push(world);
    }
    table.part(format!("Runs on {cores} cores, and of a Sobol design on 2"));
    for (name, world) in SCENARIOS.iter().zip(&worlds) {
        let (done, took) = timed(|| world.in_parts(1_000));
        done?;
        table.add(Row {
            what: format!("runs of `{name}`"),
            measured: 1_000.0 / took.as_secs_f64(),
            unit: "/s",
            target: Target::AtLeast(500.0 * cores as f64),
            against: None,
        });
    }
    for (name, world) in SCENARIOS.iter().zip(&worlds) {
        sobol(name, world, options.blocks, table)?;
    }
    memory::measure(&options.root, table)
}

/// What one run costs on one core.
fn one_core(name: &str, world: &World, table: &mut Table) -> anyhow::Result<()> {
    table.part(format!("`{name}`, {QUARTERS} quarters, 1 core"));
    table.add(Row {
        what: "asking the law, once a scenario".into(),
        measured: millis(world.asked),
        unit: "ms",
        target: Target::None,
        against: None,
    });
    let alone = world.one_by_one()?;
    let bits = fingerprint(alone.iter());
    let together = ensemble::run(&world.compiled, &world.observer, &world.draws, 0..DRAWS);
    let together: Vec<Observation> = together.into_iter().collect::<Result<_, Diverged>>()?;
    if fingerprint(together.iter()) != bits {
        bail!("`{name}` gives other bits on all cores than on one");
    }
    println!("{DRAWS} draws of `{name}`: bits {bits:016x}, on one core and on all");
    let mut times = Vec::new();
    for _ in 0..5 {
        let (done, took) = timed(|| world.one_by_one());
        std::hint::black_box(done?);
        times.push(took);
    }
    let run = median(times) / DRAWS as u32;
    table.add(Row {
        what: format!("a run, mean of {DRAWS} draws"),
        measured: millis(run),
        unit: "ms",
        target: Target::AtMost(2.0),
        against: None,
    });
    let count = world.actors()?.count();
    table.add(Row {
        what: format!("a quarter of an actor, {count:.0} actors"),
        measured: run.as_secs_f64() * 1e9 / QUARTERS as f64 / count,
        unit: "ns",
        target: Target::None,
        against: None,
    });
    Ok(())
}

/// The runs of a whole sensitivity analysis on two cores, from the design to the outcomes.
fn sobol(name: &str, world: &World, blocks: usize, table: &mut Table) -> anyhow::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    let free = world.draws.priors().factors().count();
    let outcome = world.observer.find("world", "huawei_cum").context("no `huawei_cum`")?;
    let late = Quarter::parse("2027Q4").context("no 2027Q4")?;
    let one = |point: &Vec<f64>| -> anyhow::Result<f64> {
        let mut whole = vec![0.5; free];
        for (place, value) in whole.iter_mut().zip(point) {
            *place = *value;
        }
        let run = Run { seed: 1, draw: 0, parameters: world.draws.at(&whole)? };
        Ok(run.through(&world.compiled, &world.observer)?.get(late, outcome))
    };
    let ((runs, outcomes), took) = timed(|| {
        let design = SobolDesign::new(blocks, FACTORS.min(free), 1);
        let outcomes = design.map(|design| {
            let found = pool.install(|| design.points.par_iter().map(one).collect::<Vec<_>>());
            (design.points.len(), found)
        });
        outcomes.map_or_else(|why| (0, Err(why)), |(runs, found)| (runs, Ok(found)))
    });
    let failed = outcomes?.iter().filter(|one| one.is_err()).count();
    let failed = few(failed as u64, runs as u64)?;
    println!("Sobol design of `{name}`: {failed} of {runs} runs diverged");
    table.add(Row {
        what: format!("{} runs of `{name}`, {FACTORS} factors, 2 cores", figure(runs as f64)),
        measured: took.as_secs_f64(),
        unit: "s",
        target: Target::AtMost(60.0 * runs as f64 / 48_128.0),
        against: None,
    });
    Ok(())
}

/// A hash of all values to the last bit (FNV-1a).
fn fingerprint<'o>(observations: impl Iterator<Item = &'o Observation>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for observation in observations {
        for quarter in 0..QUARTERS {
            for value in observation.quarter(quarter) {
                for byte in value.to_bits().to_le_bytes() {
                    hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                }
            }
        }
    }
    hash
}

//! Schelling's segregation at the large published size (JuliaDynamics/ABMFrameworksComparison): in
//! plain Rust with the lab's random numbers, beside frameworks for models of agents.
//!
//! Two groups of equal size live on a square of cells that does not wrap round, one agent a cell.
//! In each step all agents, in random order, count the agents of their group within two cells; who
//! counts fewer than eight moves to an empty cell, any with the same chance.

use std::path::Path;

use anyhow::{Context, bail};
use lab::random::Stream;

use crate::mesa;
use crate::table::{Row, Table, Target, figure};
use crate::{median, millis, timed};

/// Cells on a side.
pub const SIDE: usize = 100;
/// Agents, half of them of either group.
pub const AGENTS: usize = 8_000;
/// How far an agent looks, cells.
pub const RADIUS: usize = 2;
/// How many of its group an agent wants within that.
pub const WANTED: usize = 8;
/// Steps of a run.
pub const STEPS: usize = 20;

/// Runs of each implementation; the middle one counts.
const RUNS: u64 = 11;
/// By how much the shares in which implementations end may differ.
const SPREAD: f64 = 0.02;

/// Cells on a side with a border that is always empty, so that no agent looks over the edge.
const WIDTH: usize = SIDE + 2 * RADIUS;
/// What a cell holds when nobody lives there; else it holds a group.
const EMPTY: u8 = 0;

/// A town as columns: what agents are, where they live, and who lives in a cell.
pub struct Town {
    /// Group of each agent, 1 or 2.
    groups: Vec<u8>,
    /// Cell of each agent.
    places: Vec<u32>,
    /// Group in each cell, border and all.
    cells: Vec<u8>,
    /// Cells in which nobody lives.
    empty: Vec<u32>,
    /// Agents in the order of their turns.
    order: Vec<u32>,
    chances: Stream,
}

impl Town {
    /// A town in which everybody lives at random.
    pub fn new(run: u64) -> Town {
        let mut chances = Stream::new("schelling", 1, run);
        let cell = |at: usize| ((at / SIDE + RADIUS) * WIDTH + at % SIDE + RADIUS) as u32;
        let mut empty: Vec<u32> = (0..SIDE * SIDE).map(cell).collect();
        shuffle(&mut empty, &mut chances);
        let places = empty.split_off(SIDE * SIDE - AGENTS);
        let groups: Vec<u8> = (0..AGENTS).map(|agent| 1 + (agent % 2) as u8).collect();
        let mut cells = vec![EMPTY; WIDTH * WIDTH];
        for (place, group) in places.iter().zip(&groups) {
            cells[*place as usize] = *group;
        }
        let order = (0..AGENTS as u32).collect();
        Town { groups, places, cells, empty, order, chances }
    }

    /// Everybody's turn.
    fn step(&mut self) {
        shuffle(&mut self.order, &mut self.chances);
        for agent in &self.order {
            let agent = *agent as usize;
            let (group, place) = (self.groups[agent], self.places[agent]);
            if alike(&self.cells, place as usize, group) < WANTED {
                let at = below(self.empty.len(), &mut self.chances);
                let to = std::mem::replace(&mut self.empty[at], place);
                self.cells[place as usize] = EMPTY;
                self.cells[to as usize] = group;
                self.places[agent] = to;
            }
        }
    }

    /// Who lives in each cell, row by row, without the border.
    pub fn map(&self) -> Vec<u8> {
        let rows = self.cells.chunks(WIDTH).skip(RADIUS).take(SIDE);
        rows.flat_map(|row| &row[RADIUS..RADIUS + SIDE]).copied().collect()
    }
}

/// How many others of a group live around a cell in which one of it lives.
fn alike(cells: &[u8], place: usize, group: u8) -> usize {
    let corner = place - RADIUS * WIDTH - RADIUS;
    let mut count = 0u8;
    for row in 0..=2 * RADIUS {
        let start = corner + row * WIDTH;
        let row = &cells[start..=start + 2 * RADIUS];
        count += row.iter().map(|cell| u8::from(*cell == group)).sum::<u8>();
    }
    usize::from(count) - 1
}

/// A whole number below a limit, all with the same chance to within 2⁻⁵³ times the limit.
pub fn below(limit: usize, chances: &mut Stream) -> usize {
    (chances.uniform() * limit as f64) as usize
}

fn shuffle(values: &mut [u32], chances: &mut Stream) {
    for end in (1..values.len()).rev() {
        values.swap(end, below(end + 1, chances));
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug)]
struct End {
    /// Share of agents that have as many of their group around them as they want.
    content: f64,
    /// Share of neighbors that are of an agent's group, mean of the agents that have any.
    alike: f64,
}

impl End {
    /// Reads a map, row by row, of whatever implementation.
    fn of(map: &[u8]) -> anyhow::Result<End> {
        let agents = map.iter().filter(|cell| **cell != EMPTY).count();
        if map.len() != SIDE * SIDE || agents != AGENTS {
            bail!("{agents} agents are left on {} cells", map.len());
        }
        let (mut content, mut share, mut social) = (0.0, 0.0, 0.0);
        for (at, group) in map.iter().enumerate().filter(|(_, group)| **group != EMPTY) {
            let (row, column) = (at / SIDE, at % SIDE);
            let rows = row.saturating_sub(RADIUS)..(row + RADIUS + 1).min(SIDE);
            let columns = column.saturating_sub(RADIUS)..(column + RADIUS + 1).min(SIDE);
            let around = rows.flat_map(|row| &map[row * SIDE..][columns.clone()]);
            let (mut same, mut all) = (0usize, 0usize);
            for other in around.filter(|other| **other != EMPTY) {
                all += 1;
                same += usize::from(other == group);
            }
            let (same, all) = (same - 1, all - 1);
            content += f64::from(u8::from(same >= WANTED));
            if all > 0 {
                social += 1.0;
                share += same as f64 / all as f64;
            }
        }
        Ok(End { content: content / AGENTS as f64, alike: share / social })
    }
}

/// What an implementation took, and how it ended.
pub struct Measured {
    /// Median time of a run, milliseconds.
    pub millis: f64,
    /// The map at the end of the last run.
    pub map: Vec<u8>,
}

fn plain() -> Measured {
    let mut times = Vec::new();
    let mut map = Vec::new();
    for run in 0..RUNS {
        let mut town = Town::new(run);
        let ((), took) = timed(|| (0..STEPS).for_each(|_| town.step()));
        times.push(took);
        map = town.map();
    }
    Measured { millis: millis(median(times)), map }
}

#[cfg(feature = "peers")]
fn framework(as_its_example: bool) -> Measured {
    let mut times = Vec::new();
    let mut map = Vec::new();
    for run in 0..RUNS {
        let mut town = crate::framework::Simulation::new(&Town::new(run), run, as_its_example);
        let ((), took) = timed(|| (0..STEPS).for_each(|_| town.step()));
        times.push(took);
        map = town.map();
    }
    Measured { millis: millis(median(times)), map }
}

/// Measures all implementations and compares how they end.
///
/// # Errors
/// Implementations that end otherwise than the plain one.
pub fn measure(python: Option<&Path>, table: &mut Table) -> anyhow::Result<()> {
    let ours = plain();
    let mut peers: Vec<(&'static str, Measured)> = Vec::new();
    #[cfg(feature = "peers")]
    {
        peers.push(("krabmaga 0.6.2, empty cells found once a step", framework(false)));
        let example = framework(true);
        let stacked = SIDE * SIDE - example.map.iter().filter(|cell| **cell == EMPTY).count();
        println!(
            "krabmaga as in its example: {stacked} of {} cells in use by {AGENTS} agents",
            SIDE * SIDE
        );
        peers.push((EXAMPLE, example));
    }
    let mesa = python.map(mesa::measure).transpose()?;
    let agents = figure(AGENTS as f64);
    let heading = format!("Schelling, {SIDE} × {SIDE}, {agents} agents, {STEPS} steps, 1 core");
    table.part(heading);
    let fastest = peers.iter().map(|(_, one)| one.millis).fold(f64::INFINITY, f64::min);
    table.add(Row {
        what: "plain Rust, by columns, the lab's random numbers".into(),
        measured: ours.millis,
        unit: "ms",
        target: if peers.is_empty() { Target::None } else { Target::AtMost(fastest / 10.0) },
        against: None,
    });
    peers.extend(mesa.map(|mesa| ("Mesa 3.3.1, discrete_space", mesa)));
    for (name, peer) in &peers {
        table.add(Row {
            what: (*name).into(),
            measured: peer.millis,
            unit: "ms",
            target: Target::None,
            against: Some((peer.millis / ours.millis, "plain Rust")),
        });
    }
    let end = End::of(&ours.map).context("plain Rust")?;
    ends(table, "plain Rust", end);
    for (name, peer) in peers.iter().filter(|(name, _)| *name != EXAMPLE) {
        let other = End::of(&peer.map).context(*name)?;
        ends(table, name, other);
        let apart = (end.content - other.content).abs().max((end.alike - other.alike).abs());
        if apart > SPREAD {
            bail!("{name} ends at {other:?}, plain Rust at {end:?}: no fair comparison");
        }
    }
    Ok(())
}

/// What is not compared by how it ends: agents of one cell hide each other there.
const EXAMPLE: &str = "krabmaga 0.6.2, as in its example";

fn ends(table: &mut Table, name: &str, end: End) {
    let short = name.split(',').next().unwrap_or(name);
    for (what, share) in
        [("agents content at the end", end.content), ("neighbors alike at the end", end.alike)]
    {
        table.add(Row {
            what: format!("{what}, {short}"),
            measured: 100.0 * share,
            unit: "%",
            target: Target::None,
            against: None,
        });
    }
}

//! The same model in krabmaga, as near to the rules as its fields allow.
//!
//! Its grid has two buffers: all agents of a step see the grid as it was before the step, and move
//! at once. Its own example asks for a random empty cell for every agent that moves, which looks
//! through the whole grid each time and lets two agents choose the same cell. The other way finds
//! the empty cells once a step and gives each to one agent, which keeps the rule of one agent a
//! cell and is faster.

use std::any::Any;

use krabmaga::engine::agent::Agent;
use krabmaga::engine::fields::dense_object_grid_2d::DenseGrid2D;
use krabmaga::engine::fields::field::Field;
use krabmaga::engine::location::Int2D;
use krabmaga::engine::schedule::Schedule;
use krabmaga::engine::state::State;
use lab::random::Stream;

use crate::schelling::{RADIUS, SIDE, Town, WANTED, below};

/// An agent of the model: an object of the grid.
#[derive(Clone, Copy)]
struct Resident {
    id: u32,
    group: u8,
}

impl PartialEq for Resident {
    fn eq(&self, other: &Resident) -> bool {
        self.id == other.id
    }
}

impl Eq for Resident {}

impl std::hash::Hash for Resident {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

/// The state of the framework.
struct Grid {
    field: DenseGrid2D<Resident>,
    /// Who lives where at the beginning.
    start: Vec<u8>,
    chances: Stream,
    as_its_example: bool,
}

impl State for Grid {
    fn init(&mut self, schedule: &mut Schedule) {
        let residents = self.start.iter().enumerate().filter(|(_, group)| **group != 0);
        for (at, group) in residents {
            let resident = Resident { id: at as u32, group: *group };
            self.field.set_object_location(resident, &cell(at));
        }
        schedule.schedule_repeating(Box::new(Mover), 0.0, 0);
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_state_mut(&mut self) -> &mut dyn State {
        self
    }

    fn as_state(&self) -> &dyn State {
        self
    }

    fn reset(&mut self) {
        self.field = DenseGrid2D::new(SIDE as i32, SIDE as i32);
    }

    fn update(&mut self, _step: u64) {
        self.field.lazy_update();
    }
}

/// The one agent of the schedule, which moves all residents, as in the example.
#[derive(Clone)]
struct Mover;

impl Agent for Mover {
    fn step(&mut self, state: &mut dyn State) {
        let Some(grid) = state.as_any_mut().downcast_mut::<Grid>() else { return };
        let field = &grid.field;
        let (mut stay, mut unhappy) = (Vec::new(), Vec::new());
        for at in 0..SIDE * SIDE {
            let here = cell(at);
            for resident in field.get_objects(&here).into_iter().flatten() {
                let content = alike(field, &here, resident.group) >= WANTED;
                if content { &mut stay } else { &mut unhappy }.push((resident, here));
            }
        }
        for (resident, here) in &stay {
            field.set_object_location(*resident, here);
        }
        let mut empty = if grid.as_its_example { Vec::new() } else { field.get_empty_bags() };
        for (resident, here) in &unhappy {
            let to = if grid.as_its_example {
                field.get_random_empty_bag()
            } else if empty.is_empty() {
                None
            } else {
                Some(empty.swap_remove(below(empty.len(), &mut grid.chances)))
            };
            field.set_object_location(*resident, &to.unwrap_or(*here));
        }
    }
}

fn cell(at: usize) -> Int2D {
    Int2D { x: (at / SIDE) as i32, y: (at % SIDE) as i32 }
}

/// How many others of a group live around a cell, the first of each cell as in the example.
fn alike(field: &DenseGrid2D<Resident>, here: &Int2D, group: u8) -> usize {
    let (reach, side) = (RADIUS as i32, SIDE as i32);
    let mut count = 0;
    for x in (here.x - reach).max(0)..=(here.x + reach).min(side - 1) {
        for y in (here.y - reach).max(0)..=(here.y + reach).min(side - 1) {
            if (x, y) == (here.x, here.y) {
                continue;
            }
            let there = field.get_objects(&Int2D { x, y });
            let first = there.as_ref().and_then(|objects| objects.first());
            count += usize::from(first.is_some_and(|other| other.group == group));
        }
    }
    count
}

/// A run of the framework.
pub struct Simulation {
    grid: Grid,
    schedule: Schedule,
}

impl Simulation {
    /// A run that begins as a town does.
    pub fn new(town: &Town, run: u64, as_its_example: bool) -> Simulation {
        let mut grid = Grid {
            field: DenseGrid2D::new(SIDE as i32, SIDE as i32),
            start: town.map(),
            chances: Stream::new("schelling framework", 1, run),
            as_its_example,
        };
        let mut schedule = Schedule::new();
        grid.init(&mut schedule);
        Simulation { grid, schedule }
    }

    /// A step.
    pub fn step(&mut self) {
        self.schedule.step(&mut self.grid);
    }

    /// Who lives in each cell, row by row.
    pub fn map(&self) -> Vec<u8> {
        let first = |at: usize| {
            let objects = self.grid.field.get_objects(&cell(at));
            objects.and_then(|objects| objects.first().map(|one| one.group)).unwrap_or(0)
        };
        (0..SIDE * SIDE).map(first).collect()
    }
}

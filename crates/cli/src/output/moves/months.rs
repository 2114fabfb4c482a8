//! What moves month by month, as columns: up to more restraint, down to less.

use batch::moves::Direction;

use super::sankey::place;
use super::{Measure, Ranked, brief, way};
use crate::language::Language;

const WIDTH: f64 = 1000.0;
const LEFT: f64 = 76.0;
const TOP: f64 = 12.0;
const HEIGHT: f64 = 220.0;
/// Room for the names of months below.
const NAMES: f64 = 26.0;
/// A name takes so much.
const NAME: f64 = 62.0;
/// A column is no wider.
const BAR: f64 = 56.0;
/// More months than these are not drawn one by one.
const MOST: i32 = 600;

/// The drawing.
pub struct Months {
    /// How high it is.
    pub height: u32,
    /// The columns.
    pub bars: Vec<Bar>,
    /// Lines across, with what they stand for.
    pub lines: Vec<Line>,
    /// The names below.
    pub names: Vec<(String, String)>,
    /// Where the names stand.
    pub names_y: String,
}

/// A column, or a part of one.
pub struct Bar {
    /// The word of its direction.
    pub way: &'static str,
    /// Its left side.
    pub x: String,
    /// Its upper side.
    pub y: String,
    /// Its width.
    pub width: String,
    /// Its height.
    pub height: String,
    /// What it says.
    pub title: String,
}

/// A line across.
pub struct Line {
    /// Where it stands.
    pub y: String,
    /// Where what it stands for stands.
    pub text_y: String,
    /// What it stands for.
    pub text: String,
    /// Whether it is the line of nothing.
    pub is_zero: bool,
}

/// Draws months; nothing where none is known.
pub fn draw(months: &[Ranked], by: Measure, language: Language) -> Option<Months> {
    let dated: Vec<(i32, &Ranked)> =
        months.iter().filter_map(|month| Some((number(&month.name)?, month))).collect();
    let (first, last) = (dated.first()?.0, dated.last()?.0);
    let of = |month: &Ranked, way: Direction| by.of(&month.going(way));
    let most = |value: &dyn Fn(&Ranked) -> i128| {
        dated.iter().map(|(_, month)| value(month)).max().unwrap_or(0)
    };
    let up = most(&|month| of(month, Direction::Stricter) + of(month, Direction::Open));
    let down = most(&|month| of(month, Direction::Easier));
    if up + down == 0 || last - first >= MOST {
        return None;
    }
    let tick = step(up.max(down));
    let [above, below] = [up, down].map(|most| (most + tick - 1) / tick * tick);
    let scale = HEIGHT / (above + below) as f64;
    let zero = TOP + above as f64 * scale;
    let slot = (WIDTH - LEFT) / f64::from(last - first + 1);
    let wide = (slot * 0.72).min(BAR);
    let mut bars = Vec::new();
    for (number, month) in &dated {
        let x = LEFT + (f64::from(number - first) + 0.5) * slot - wide / 2.0;
        let mut top = zero;
        for direction in [Direction::Stricter, Direction::Open, Direction::Easier] {
            let value = of(month, direction);
            if value == 0 {
                continue;
            }
            let height = (value as f64 * scale).max(1.0);
            let y = if direction == Direction::Easier { zero } else { top - height };
            top = if direction == Direction::Easier { top } else { y };
            let (word, amount) = (way(language, direction), by.brief(value, language));
            bars.push(Bar {
                way: direction.word(),
                x: place(x),
                y: place(y),
                width: place(wide),
                height: place(height),
                title: format!("{}{}{word} {amount}", month.name, language.pick(": ", "：")),
            });
        }
    }
    let ticks = (-(below / tick)..=above / tick).map(|at| at * tick);
    let line = |value: i128| {
        let y = zero - value as f64 * scale;
        Line {
            y: place(y),
            text_y: place(y + 4.0),
            text: brief(value.abs(), language),
            is_zero: value == 0,
        }
    };
    let every = (NAME / slot).ceil().max(1.0) as i32;
    let named = (first..=last).step_by(every.max(1) as usize).map(|number| {
        let x = LEFT + (f64::from(number - first) + 0.5) * slot;
        (place(x), format!("{:04}-{:02}", number.div_euclid(12), number.rem_euclid(12) + 1))
    });
    Some(Months {
        height: (TOP + HEIGHT + NAMES).ceil() as u32,
        bars,
        lines: ticks.map(line).collect(),
        names: named.collect(),
        names_y: place(TOP + HEIGHT + NAMES - 6.0),
    })
}

/// A month as a number: months since the year 0.
fn number(month: &str) -> Option<i32> {
    let (year, month) = month.split_once('-')?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

/// A round number of which two to five reach a value.
fn step(most: i128) -> i128 {
    let mut power = 1;
    while power * 10 <= most {
        power *= 10;
    }
    let step = [power / 5, power / 2, power, power * 2].into_iter();
    step.filter(|step| *step > 0).find(|step| most <= step * 4).unwrap_or(power.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (most, expected) in [(1, 1), (4, 1), (7, 2), (10, 5), (39, 10), (1_234, 500)] {
            assert_eq!(step(most), expected, "{most}");
        }
        assert_eq!(number("2025-06"), Some(2025 * 12 + 5));
    }
}

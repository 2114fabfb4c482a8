//! Where what moves comes from and goes to, as bands between two columns.

use batch::moves::{Direction, Flow, Flows, Standing};

use super::{Measure, standing};
use crate::language::Language;

const WIDTH: f64 = 1000.0;
/// How wide a node is, and where the columns stand: their names need the room beside them.
const NODE: f64 = 14.0;
const LEFT: f64 = 290.0;
const RIGHT: f64 = WIDTH - LEFT - NODE;
/// How high all bands together are drawn.
const BANDS: f64 = 300.0;
/// A name has two lines, so that nodes stand no closer.
const SLOT: f64 = 44.0;
const GAP: f64 = 12.0;
const MARGIN: f64 = 8.0;

/// The drawing.
pub struct Sankey {
    /// How high it is.
    pub height: u32,
    /// The bands, the widest first: they lie below the others.
    pub bands: Vec<Band>,
    /// The nodes of both columns.
    pub nodes: Vec<Node>,
}

/// What moves from one standing to another.
pub struct Band {
    /// The word of its direction.
    pub way: &'static str,
    /// Its outline.
    pub path: String,
    /// What it says.
    pub title: String,
}

/// A standing.
pub struct Node {
    /// Its place in the order of standings.
    pub at: usize,
    /// Its left side.
    pub x: String,
    /// Its upper side.
    pub y: String,
    /// How high it is.
    pub height: String,
    /// Where its name begins or ends.
    pub name_x: String,
    /// Where the name's lines stand.
    pub name_y: [String; 2],
    /// How the name is set: `end` or `start`.
    pub anchor: &'static str,
    /// Its name.
    pub name: String,
    /// What it comes to.
    pub amount: String,
}

/// A node while it is drawn.
struct Side {
    standing: Standing,
    value: i128,
    y: f64,
    /// How much of its height bands have taken.
    taken: f64,
}

/// Draws what moves; nothing where nothing does, or where it is not known how much.
pub fn draw(flows: &Flows, by: Measure, language: Language) -> Option<Sankey> {
    let moving: Vec<(Flow, i128)> = flows
        .iter()
        .filter(|(flow, _)| flow.direction() != Direction::Stays)
        .map(|(flow, amounts)| (flow, by.of(amounts)))
        .filter(|(_, value)| *value > 0)
        .collect();
    let total: i128 = moving.iter().map(|(_, value)| value).sum();
    if total == 0 {
        return None;
    }
    let scale = BANDS / total as f64;
    let mut columns = [from as fn(Flow) -> Standing, to].map(|end| column(&moving, end));
    let heights = columns.each_mut().map(|column| stack(column, scale));
    let height = heights[0].max(heights[1]);
    for (column, own) in columns.iter_mut().zip(heights) {
        column.iter_mut().for_each(|side| side.y += (height - own) / 2.0 + MARGIN);
    }
    let nodes = [true, false].into_iter().zip(&columns).flat_map(|(is_left, column)| {
        column.iter().map(move |side| node(side, scale, is_left, by, language))
    });
    let nodes = nodes.collect();
    let mut bands: Vec<(i128, Band)> = moving
        .iter()
        .map(|(flow, value)| (*value, band(*flow, *value, scale, &mut columns, by, language)))
        .collect();
    bands.sort_by_key(|(value, _)| std::cmp::Reverse(*value));
    Some(Sankey {
        height: (height + 2.0 * MARGIN).ceil() as u32,
        bands: bands.into_iter().map(|(_, band)| band).collect(),
        nodes,
    })
}

fn from(flow: Flow) -> Standing {
    flow.from
}

fn to(flow: Flow) -> Standing {
    flow.to
}

/// The standings at one end of the bands, in their order.
fn column(moving: &[(Flow, i128)], end: fn(Flow) -> Standing) -> Vec<Side> {
    let value = |standing: Standing| {
        let own = moving.iter().filter(|(flow, _)| end(*flow) == standing);
        own.map(|(_, value)| value).sum::<i128>()
    };
    let sides = Standing::ALL.into_iter().map(|standing| Side {
        standing,
        value: value(standing),
        y: 0.0,
        taken: 0.0,
    });
    sides.filter(|side| side.value > 0).collect()
}

/// Puts nodes under each other, and answers how high they are together.
fn stack(column: &mut [Side], scale: f64) -> f64 {
    let mut y = 0.0;
    for side in column.iter_mut() {
        let height = side.value as f64 * scale;
        let slot = height.max(SLOT);
        side.y = y + (slot - height) / 2.0;
        y += slot + GAP;
    }
    y - GAP
}

fn node(side: &Side, scale: f64, is_left: bool, by: Measure, language: Language) -> Node {
    let height = side.value as f64 * scale;
    let middle = side.y + height / 2.0;
    let x = if is_left { LEFT } else { RIGHT };
    Node {
        at: side.standing as usize,
        x: place(x),
        y: place(side.y),
        height: place(height.max(1.0)),
        name_x: place(if is_left { x - 12.0 } else { x + NODE + 12.0 }),
        name_y: [place(middle - 4.0), place(middle + 14.0)],
        anchor: if is_left { "end" } else { "start" },
        name: standing(language, side.standing),
        amount: by.brief(side.value, language),
    }
}

fn band(
    flow: Flow,
    value: i128,
    scale: f64,
    columns: &mut [Vec<Side>; 2],
    by: Measure,
    language: Language,
) -> Band {
    let height = value as f64 * scale;
    let [left, right] = &mut *columns;
    let top = |column: &mut Vec<Side>, standing: Standing| {
        let side = column.iter_mut().find(|side| side.standing == standing);
        side.map_or(0.0, |side| {
            let top = side.y + side.taken;
            side.taken += height;
            top
        })
    };
    let (left, right) = (top(left, flow.from), top(right, flow.to));
    let (start, end) = (LEFT + NODE, RIGHT);
    let bend = (start + end) / 2.0;
    let drawn = height.max(1.0);
    let [start, end, bend] = [start, end, bend].map(place);
    let [left_top, right_top, left_low, right_low] =
        [left, right, left + drawn, right + drawn].map(place);
    Band {
        way: flow.direction().word(),
        path: format!(
            "M{start} {left_top}C{bend} {left_top} {bend} {right_top} {end} {right_top}V{right_low}\
             C{bend} {right_low} {bend} {left_low} {start} {left_low}Z"
        ),
        title: format!(
            "{} → {}{}{}",
            standing(language, flow.from),
            standing(language, flow.to),
            language.pick(": ", "："),
            by.brief(value, language)
        ),
    }
}

/// A coordinate with one decimal.
pub fn place(at: f64) -> String {
    let text = format!("{at:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

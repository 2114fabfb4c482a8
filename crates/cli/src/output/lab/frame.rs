//! What charts over time have in common: panels in a grid, axes, targets, lines of scenarios.

use lab::results::{Quarter, Results};
use lab::targets::{Basis, Split, Target};

use super::names::spoken;
use super::regions::Region;
use super::suppositions::Told;
use super::svg::{Anchor, COLORS, Canvas, Scale};
use super::words;
use crate::language::Language;

/// How wide every chart is.
pub const WIDTH: f64 = 1000.0;

/// What is drawn from.
pub struct Scene<'s> {
    /// The language of what is written.
    pub language: Language,
    /// The run.
    pub results: &'s Results,
    /// History and what others estimated.
    pub targets: &'s [Target],
    /// The places.
    pub regions: &'s [Region],
    /// The scenarios in the order of the run.
    pub scenarios: Vec<&'s str>,
    /// The first and the last quarter of the run.
    pub span: (Quarter, Quarter),
    /// What scenarios suppose, as far as it is known.
    pub supposed: Vec<Told>,
}

/// Where one panel draws its values.
#[derive(Clone, Copy, Debug)]
pub struct Plot {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Plot {
    /// The place of a value from 0 to 1 above the foot.
    pub fn y(&self, share: f64) -> f64 {
        self.top + self.height * (1.0 - share)
    }

    /// The foot.
    pub fn foot(&self) -> f64 {
        self.top + self.height
    }

    /// The right edge.
    pub fn right(&self) -> f64 {
        self.left + self.width
    }
}

/// A grid of panels.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    columns: usize,
    height: f64,
    margins: [f64; 4],
}

impl Grid {
    /// A grid of so many columns and panels of such a height, of which the plot leaves free what
    /// stands above, to the right, below and to the left.
    pub fn new(columns: usize, height: f64, margins: [f64; 4]) -> Grid {
        Grid { columns: columns.max(1), height, margins }
    }

    /// The plot of a panel by its number.
    pub fn plot(&self, at: usize) -> Plot {
        let wide = WIDTH / self.columns as f64;
        let [above, right, below, left] = self.margins;
        Plot {
            left: wide * (at % self.columns) as f64 + left,
            top: self.height * (at / self.columns) as f64 + above,
            width: wide - left - right,
            height: self.height - above - below,
        }
    }

    /// How large so many panels are.
    pub fn size(&self, panels: usize) -> (f64, f64) {
        (WIDTH, self.height * panels.div_ceil(self.columns) as f64)
    }
}

impl Scene<'_> {
    /// The place of the end of a quarter.
    pub fn x(&self, plot: &Plot, quarter: Quarter) -> f64 {
        let (first, last) = self.span;
        let whole = f64::from(last.since(first).max(1));
        plot.left + plot.width * f64::from(quarter.since(first)) / whole
    }

    /// The number of the color of a scenario.
    pub fn color(&self, scenario: &str) -> usize {
        self.scenarios.iter().position(|it| *it == scenario).unwrap_or(0) % COLORS
    }

    /// Whether a target lies in the time that is drawn.
    pub fn shows(&self, target: &Target) -> bool {
        let (first, last) = self.span;
        target.through >= first && target.from <= last
    }

    /// The targets of a quantity in the time that is drawn.
    pub fn targets_of(&self, quantity: &str, actor: &str) -> Vec<&Target> {
        let of = |target: &&Target| target.quantity == quantity && target.actor == actor;
        self.targets.iter().filter(of).filter(|target| self.shows(target)).collect()
    }

    /// The axes: values with lines across, years below.
    pub fn axes(&self, canvas: &mut Canvas, plot: &Plot, scale: &Scale, unit: &str) {
        for tick in scale.ticks() {
            let y = plot.y(scale.at(tick));
            canvas.line("grid", (plot.left, y), (plot.right(), y));
            let text = words::value(tick, unit, self.language);
            canvas.text("tick", (plot.left - 5.0, y + 3.5), Anchor::End, &text);
        }
        let (first, last) = self.span;
        let years = last.year() - first.year() + 1;
        let most = (plot.width / 38.0).max(1.0);
        let step = [1, 2, 3, 5, 10].into_iter().find(|step| f64::from(years / step) <= most);
        let step = step.unwrap_or(20);
        for year in first.year()..=last.year() {
            // A year is marked at its first quarter.
            let Some(begin) = Quarter::new(year, 1).filter(|it| *it >= first && *it <= last) else {
                continue;
            };
            let x = self.x(plot, begin);
            if (year - first.year()) % step == 0 {
                canvas.line("axis", (x, plot.foot()), (x, plot.foot() + 4.0));
                canvas.text("tick", (x, plot.foot() + 15.0), Anchor::Middle, &year.to_string());
            }
        }
        canvas.line("axis", (plot.left, plot.foot()), (plot.right(), plot.foot()));
    }

    /// Thin lines where rules change, and one where the scenario parts from the one that it is told
    /// beside.
    pub fn rules(&self, canvas: &mut Canvas, plot: &Plot, scenario: &str) {
        let Some(told) = self.supposed.iter().find(|told| told.id == scenario) else { return };
        let within = |at: &Quarter| *at > self.span.0 && *at <= self.span.1;
        let parting = told.parting.filter(within);
        let mut line = |class: &str, at: Quarter| {
            let x = self.x(plot, at);
            canvas.line(class, (x, plot.top), (x, plot.foot()));
        };
        let rules = told.rules.iter().copied().filter(|at| within(at) && Some(*at) != parting);
        rules.for_each(|at| line("rule", at));
        if let Some(at) = parting {
            line("parting", at);
        }
    }

    /// What others observed or estimated, with how far they say it may be off; in the color of what
    /// it is about where one panel has several of them.
    pub fn marks(
        &self,
        canvas: &mut Canvas,
        plot: &Plot,
        scale: &Scale,
        (targets, color): (&[&Target], Option<usize>),
    ) {
        let colored = |class: &str, of: &str| match color {
            Some(at) => format!("{class} {}", of.replace('?', &at.to_string())),
            None => class.to_owned(),
        };
        let reach = colored("reach", "s?");
        for target in targets {
            let (first, last) = self.span;
            let [from, through] = [target.from.max(first), target.through.min(last)];
            let [start, end] = [from, through].map(|quarter| self.x(plot, quarter));
            let is_span = target.basis != Basis::Level && target.from != target.through;
            let x = if is_span { (start + end) / 2.0 } else { end };
            let [value, low, high] = target.a_quarter();
            let y = plot.y(scale.at(value.unwrap_or(target.value)));
            if is_span {
                canvas.line(&reach, (start, y), (end, y));
            }
            if low.is_some() || high.is_some() {
                let ends = [low, high].map(|it| plot.y(scale.at(it.or(value).unwrap_or(0.0))));
                canvas.line(&reach, (x, ends[0]), (x, ends[1]));
            }
            let said = self.target_in_words(target);
            match target.split {
                Split::Compare => {
                    canvas.diamond(&colored("compare", "s?"), (x, y), 4.5, &said);
                }
                Split::Holdout => {
                    canvas.circle(&colored("holdout", "s?r"), (x, y), 2.9, &said);
                }
                Split::Train => canvas.circle(&colored("train", "f?"), (x, y), 2.9, &said),
            }
        }
    }

    /// A target as a sentence.
    pub fn target_in_words(&self, target: &Target) -> String {
        let language = self.language;
        let unit = words::unit(target.unit_of_value(), language);
        let of = |value: f64| match words::is_share(&target.unit) {
            true => words::value(value, &target.unit, language),
            false => spoken(value),
        };
        let ends = match (target.low, target.high) {
            (None, None) => String::new(),
            (low, high) => {
                let [low, high] = [low, high].map(|it| it.map_or("–".to_owned(), of));
                format!(" ({low} … {high})")
            }
        };
        let period = target.period();
        let basis = match target.basis {
            Basis::Level => String::new(),
            Basis::Sum => language.pick(", sum", "，合计").to_owned(),
            Basis::Mean => language.pick(", mean", "，均值").to_owned(),
        };
        let value = of(target.value);
        let note = match target.note[language as usize].as_str() {
            "" => String::new(),
            note => format!("{}{note}", language.pick("; ", "；")),
        };
        let split = split(target.split, language);
        format!(
            "{}: {value}{ends} {unit}, {period}{basis}; {split}; {}{note}",
            target.id, target.source
        )
    }

    /// The names of scenarios with their colors and dashes, in a row; how high it is.
    pub fn legend(&self, canvas: &mut Canvas, scenarios: &[&str], top: f64) -> f64 {
        let mut x = 4.0;
        let mut y = top + 12.0;
        for scenario in scenarios {
            let name = words::scenario(scenario, self.language);
            let wide = 46.0 + 7.4 * crate::output::wrapping::width(name) as f64;
            if x + wide > WIDTH {
                (x, y) = (4.0, y + 18.0);
            }
            let color = self.color(scenario);
            canvas.line(&format!("line s{color} d{color}"), (x, y - 4.0), (x + 22.0, y - 4.0));
            canvas.text(&format!("name t{color}"), (x + 27.0, y), Anchor::Start, name);
            x += wide;
        }
        y - top + 8.0
    }
}

/// What a target may be used for, in words.
pub fn split(split: Split, language: Language) -> &'static str {
    match split {
        Split::Train => language.pick("may have been fitted", "可用于拟合"),
        Split::Holdout => language.pick("held out", "留出"),
        Split::Compare => language.pick("another model or forecast", "他人的模型或预测"),
    }
}

/// Puts labels apart that stand at the same height: their places, moved as little as it takes.
pub fn apart(places: &[f64], least: f64, bounds: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
    let mut out = places.to_vec();
    let mut above = f64::MIN;
    for at in &order {
        out[*at] = out[*at].max(above + least).max(bounds.0);
        above = out[*at];
    }
    let mut below = bounds.1 + least;
    for at in order.iter().rev() {
        out[*at] = out[*at].min(below - least);
        below = out[*at];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_apart() {
        let places = apart(&[10.0, 11.0, 50.0, 99.0, 100.0], 10.0, (0.0, 100.0));
        let mut sorted = places.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 9.99), "{places:?}");
        assert_eq!(places[2], 50.0);
        assert!(places.iter().all(|place| (0.0..=100.0).contains(place)), "{places:?}");
    }

    #[test]
    fn panels_lie_in_a_grid() {
        let grid = Grid::new(3, 200.0, [20.0, 10.0, 30.0, 50.0]);
        let (first, last) = (grid.plot(0), grid.plot(5));
        assert_eq!((first.left, first.top, first.foot()), (50.0, 20.0, 170.0));
        assert!(last.right() <= WIDTH - 9.9 && last.foot() <= grid.size(6).1);
        assert_eq!(grid.size(4), (WIDTH, 400.0));
    }
}

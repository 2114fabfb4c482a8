//! Charts as SVG: a canvas that escapes what it is given, scales, ticks and numbers.
//!
//! It must not know what is drawn. Colors are classes of `charts.css`: the page gives them their
//! values by light, dark and print, a file of its own has those of light written into it.

use std::fmt::Write as _;

/// The style of charts, with variables for colors.
pub const CHARTS_CSS: &str = include_str!("../../../templates/charts.css");

/// The colors of light, as `charts.css` names them. The page's own style has the same ones.
pub const LIGHT: [(&str, &str); 16] = [
    ("paper", "#fdfdfb"),
    ("ink", "#1c1e21"),
    ("soft", "#5a6068"),
    ("rule", "#d9dad6"),
    ("land", "#e7e7e1"),
    ("q0", "#fbe3a0"),
    ("q1", "#b3dcae"),
    ("q2", "#5fb5b0"),
    ("q3", "#2a7aa6"),
    ("q4", "#1c3f7d"),
    ("s0", "#0072b2"),
    ("s1", "#c44e00"),
    ("s2", "#00795a"),
    ("s3", "#a8528a"),
    ("s4", "#9c6a00"),
    ("s5", "#5b5f97"),
];

/// How many colors of lines there are.
pub const COLORS: usize = 6;

/// How steeply slanted texts rise, in degrees.
pub const SLANT: f64 = 60.0;

/// One chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// Its id in the page, and its name as a file.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it shows, its unit and its scale.
    pub about: String,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    body: String,
}

impl Chart {
    /// The chart as a part of a page.
    pub fn inline(&self) -> String {
        let Chart { id, width, height, body, .. } = self;
        let (title, about) = (escaped(&self.title), escaped(&self.about));
        format!(
            "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
             <desc id=\"{id}-d\">{about}</desc>{body}</svg>"
        )
    }

    /// The chart as a file that stands alone, with its title; `defs` is what it refers to.
    pub fn file(&self, defs: &str) -> String {
        // What lies between the caption and the chart.
        const GAP: f64 = 10.0;
        let mut style = CHARTS_CSS.to_owned();
        for (name, color) in LIGHT {
            style = style.replace(&format!("var(--{name})"), color);
        }
        let defs = if self.body.contains("<use ") { defs } else { "" };
        let (title, about) = (escaped(&self.title), escaped(&self.about));
        let mut lines = String::new();
        let mut top = 6.0;
        for (class, text, wide, high) in
            [("title", &self.title, 10.2, 20.0), ("soft", &self.about, 6.2, 14.0)]
        {
            for line in crate::output::wrapping::wrapped(text, (self.width / wide) as usize) {
                top += high;
                let line = escaped(&line);
                let _ = write!(lines, "<text class=\"{class}\" x=\"16\" y=\"{top}\">{line}</text>");
            }
            top += 4.0;
        }
        let (top, width) = (top + GAP, self.width + 32.0);
        let height = self.height + top + 14.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\"><title>{title}</title><desc>{about}</desc>\
             <style>{style}</style>{defs}<rect class=\"paper\" width=\"{width}\" \
             height=\"{height}\"/>{lines}<g transform=\"translate(16 {top})\">{}</g></svg>\n",
            self.body
        )
    }
}

/// Where a chart is drawn.
#[derive(Clone, Debug, Default)]
pub struct Canvas {
    body: String,
}

/// Where a text stands from its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

impl Canvas {
    /// What was drawn, as a chart.
    pub fn chart(self, id: &str, title: String, about: String, size: (f64, f64)) -> Chart {
        let (width, height) = size;
        Chart { id: id.to_owned(), title, about, width, height, body: self.body }
    }

    /// A text.
    pub fn text(&mut self, class: &str, at: (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            self.body,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            place(at.0),
            place(at.1),
            escaped(text)
        );
    }

    /// A text that rises to the right from its place, so many units below the line through it.
    pub fn slanted(&mut self, class: &str, at: (f64, f64), below: f64, text: &str) {
        let _ = write!(
            self.body,
            "<text class=\"{class}\" y=\"{}\" transform=\"translate({} {}) rotate(-{SLANT})\">{}\
             </text>",
            place(below),
            place(at.0),
            place(at.1),
            escaped(text)
        );
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(place);
        let _ = write!(self.body, "<path class=\"{class}\" d=\"M{x1} {y1}L{x2} {y2}\"/>");
    }

    /// Straight lines through points, open at the ends.
    pub fn through(&mut self, class: &str, points: &[(f64, f64)]) {
        if !points.is_empty() {
            let _ = write!(self.body, "<path class=\"{class}\" d=\"{}\"/>", joined(points));
        }
    }

    /// The area between an upper and a lower edge, both from left to right.
    pub fn area(&mut self, class: &str, upper: &[(f64, f64)], lower: &[(f64, f64)], said: &str) {
        if upper.is_empty() {
            return;
        }
        let mut points = upper.to_vec();
        points.extend(lower.iter().rev());
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{}Z\">", joined(&points));
        let _ = write!(self.body, "<title>{}</title></path>", escaped(said));
    }

    /// A rectangle.
    pub fn rect(&mut self, class: &str, at: (f64, f64), size: (f64, f64), said: &str) {
        let [x, y, width, height] = [at.0, at.1, size.0.max(0.0), size.1.max(0.0)].map(place);
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\">\
             <title>{}</title></rect>",
            escaped(said)
        );
    }

    /// A circle with what is said of it.
    pub fn circle(&mut self, class: &str, at: (f64, f64), radius: f64, said: &str) {
        let [x, y, r] = [at.0, at.1, radius].map(place);
        let _ = write!(self.body, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"");
        match said {
            "" => self.body.push_str("/>"),
            said => {
                let _ = write!(self.body, "><title>{}</title></circle>", escaped(said));
            }
        }
    }

    /// A mark that stands on its corner.
    pub fn diamond(&mut self, class: &str, at: (f64, f64), radius: f64, said: &str) {
        let ((x, y), r) = (at, radius);
        let corners = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
        self.area(class, &corners, &[], said);
    }

    /// What is defined elsewhere, at a place and size.
    pub fn reuse(&mut self, class: &str, id: &str, transform: &str, said: &str) {
        let _ = write!(
            self.body,
            "<use class=\"{class}\" href=\"#{id}\" transform=\"{transform}\"><title>{}</title></use>",
            escaped(said)
        );
    }
}

fn joined(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = write!(out, "{}{} {}", if at == 0 { 'M' } else { 'L' }, place(*x), place(*y));
    }
    out
}

/// A coordinate with one decimal.
pub fn place(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text that may stand in markup.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

/// How values become places between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Evenly.
    Linear {
        /// The value at 0.
        low: f64,
        /// The value at 1.
        high: f64,
    },
    /// By decades.
    Log {
        /// The value at 0, above zero.
        low: f64,
        /// The value at 1.
        high: f64,
    },
    /// Evenly near zero and by decades away from it, on both sides.
    Signed {
        /// Up to where it is about even.
        unit: f64,
        /// The value at 0.
        low: f64,
        /// The value at 1.
        high: f64,
    },
}

/// The most decades that a logarithmic scale shows.
const DECADES_MAX: f64 = 5.0;

/// A scale is logarithmic where the largest value is so many times the smallest that matters.
const WIDE: f64 = 300.0;

impl Scale {
    /// An even scale that has all values, and zero.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Scale {
        let (low, high) = values
            .into_iter()
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = without_dust(low, high);
        if low == high {
            return Scale::Linear { low, high: low + 1.0 };
        }
        let step = step(high - low, 5.0);
        // A little below zero, or above it, needs no step of its own.
        let end = |size: f64| if size < step / 2.0 { size } else { (size / step).ceil() * step };
        let (below, above) = ((-low).max(0.0), high.max(0.0));
        Scale::Linear { low: -end(below), high: end(above) }
    }

    /// A scale that shows small and large: by decades where values above zero differ by much.
    pub fn fitting(middles: &[f64], others: &[f64]) -> Scale {
        let all = || middles.iter().chain(others).copied().filter(|value| value.is_finite());
        let high = all().fold(0.0, f64::max);
        let low = middles.iter().copied().filter(|value| *value > 0.0).fold(high, f64::min);
        let has_negative = all().any(|value| value < 0.0);
        if has_negative || low <= 0.0 || high / low < WIDE {
            return Scale::linear(all());
        }
        let low = low.max(high / 10_f64.powf(DECADES_MAX));
        Scale::Log { low: 10_f64.powf(low.log10().floor()), high: 10_f64.powf(high.log10().ceil()) }
    }

    /// A scale for values of both signs: even, or by decades away from zero where the largest are
    /// `heavy` times the middle.
    pub fn signed(values: impl IntoIterator<Item = f64>, heavy: f64) -> Scale {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let mut sizes: Vec<f64> =
            values.iter().map(|value| value.abs()).filter(|size| *size > 0.0).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let (Some(middle), Some(most)) = (sizes.get(sizes.len() / 2), sizes.last()) else {
            return Scale::linear(values);
        };
        if most / middle < heavy {
            return Scale::linear(values);
        }
        let unit = 10_f64.powf(middle.log10().floor());
        let end = |size: f64| 10_f64.powf(size.log10().ceil());
        let (low, high) = values
            .iter()
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let (low, high) = without_dust(low, high);
        // A loss far smaller than the unit needs no decade of its own.
        let end = |size: f64| if size < unit { size } else { end(size) };
        Scale::Signed { unit, low: -end(-low), high: end(high) }
    }

    /// Whether it goes by decades.
    pub fn is_log(&self) -> bool {
        !matches!(self, Scale::Linear { .. })
    }

    /// The place of a value; what lies below a logarithmic scale is at its foot.
    pub fn at(&self, value: f64) -> f64 {
        match *self {
            Scale::Linear { low, high } => ((value - low) / (high - low)).clamp(0.0, 1.0),
            Scale::Log { low, high } => {
                if value <= low {
                    return 0.0;
                }
                ((value / low).log10() / (high / low).log10()).clamp(0.0, 1.0)
            }
            Scale::Signed { unit, low, high } => {
                let bent = |value: f64| (value / unit).asinh();
                ((bent(value) - bent(low)) / (bent(high) - bent(low))).clamp(0.0, 1.0)
            }
        }
    }

    /// Values to mark.
    pub fn ticks(&self) -> Vec<f64> {
        match *self {
            Scale::Linear { low, high } => {
                let step = step(high - low, 5.0);
                let first = (low / step).ceil();
                let count = ((high - low) / step + 1e-9).floor() as usize;
                (0..=count).map(|at| (first + at as f64) * step).collect()
            }
            Scale::Log { low, high } => {
                let (first, last) = (low.log10().round() as i32, high.log10().round() as i32);
                (first..=last).map(|power| 10_f64.powi(power)).collect()
            }
            Scale::Signed { unit, low, high } => {
                let powers = |end: f64| {
                    let first = unit.log10().round() as i32;
                    let last = if end >= unit { end.log10().round() as i32 } else { first - 1 };
                    (first..=last).map(|power| 10_f64.powi(power))
                };
                let mut ticks: Vec<f64> = powers(-low).map(|tick| -tick).collect();
                ticks.reverse();
                ticks.push(0.0);
                ticks.extend(powers(high));
                ticks
            }
        }
    }
}

/// The ends of values without what is left of sums and differences: an end that is a millionth of
/// the other one is zero, so that no axis reaches below zero for what cannot be negative.
fn without_dust(low: f64, high: f64) -> (f64, f64) {
    const DUST: f64 = 1e-6;
    (if -low < high * DUST { 0.0 } else { low }, if high < -low * DUST { 0.0 } else { high })
}

/// A round distance that divides a length into about so many parts.
fn step(length: f64, parts: f64) -> f64 {
    let rough = length / parts;
    let power = 10_f64.powf(rough.log10().floor());
    let factor = match rough / power {
        ratio if ratio <= 1.0 => 1.0,
        ratio if ratio <= 2.0 => 2.0,
        ratio if ratio <= 5.0 => 5.0,
        _ => 10.0,
    };
    factor * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_honest() {
        let scale = Scale::linear([3.0, 97.0]);
        assert_eq!(scale, Scale::Linear { low: 0.0, high: 100.0 });
        assert_eq!(scale.ticks(), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(scale.at(50.0), 0.5);
        let negative = Scale::linear([-3.0, 8.0]);
        assert!(negative.at(0.0) > 0.2 && negative.ticks().contains(&0.0), "{negative:?}");
        // A little below zero is shown, and has no step of its own.
        let little = Scale::linear([-3.0, 97.0]);
        assert_eq!(little, Scale::Linear { low: -3.0, high: 100.0 });
        assert_eq!(little.ticks(), [0.0, 50.0, 100.0]);
        let few = Scale::signed([-0.3, 2.0, 3.0, 4.0, 900.0], 15.0);
        assert_eq!(few.ticks(), [0.0, 1.0, 10.0, 100.0, 1000.0]);
        assert!(few.at(-0.3) == 0.0 && few.at(0.0) > 0.0, "{few:?}");
        // What cannot be negative has an axis that begins at zero, whatever rounding left.
        assert_eq!(Scale::linear([-1e-7, 97.0]), Scale::Linear { low: 0.0, high: 100.0 });
        let dust = [-1e-6, 2.0, 3.0, 4.0, 900.0];
        assert_eq!(Scale::signed(dust, 15.0).ticks(), [0.0, 1.0, 10.0, 100.0, 1000.0]);
        let wide = Scale::fitting(&[10.0, 5e6], &[0.0]);
        assert!(wide.is_log(), "{wide:?}");
        assert!(wide.ticks().windows(2).all(|pair| (pair[1] / pair[0] - 10.0).abs() < 1e-6));
        assert_eq!((wide.at(0.0), wide.at(1e7)), (0.0, 1.0));
        assert!(!Scale::fitting(&[-1.0, 5e6], &[]).is_log(), "no logarithm of a loss");
        let both = Scale::signed([-30.0, 2.0, 3.0, 4.0, 900.0], 15.0);
        assert_eq!(both.ticks(), [-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1000.0]);
        assert!(both.at(-30.0) < both.at(0.0) && both.at(0.0) < both.at(3.0), "{both:?}");
        assert_eq!((both.at(-100.0), both.at(1000.0)), (0.0, 1.0));
        assert!(!Scale::signed([1.0, 2.0, 3.0], 15.0).is_log());
        assert!(!Scale::fitting(&[0.0], &[]).is_log());
    }

    #[test]
    fn what_is_given_is_escaped() {
        let mut canvas = Canvas::default();
        canvas.text("x", (1.0, 2.0), Anchor::Start, "a<b & \"c\"");
        canvas.circle("d", (0.0, -0.04), 3.0, "<t>");
        let chart = canvas.chart("c", "T<1>".into(), String::new(), (10.0, 10.0));
        let inline = chart.inline();
        assert!(inline.contains("a&lt;b &amp; &quot;c&quot;") && inline.contains("T&lt;1&gt;"));
        assert!(inline.contains("cy=\"0\"") && !inline.contains("<t>"));
        let file = chart.file("");
        assert!(!file.contains("var(--"), "colors are written out: {file}");
    }

    /// A title that is wider than its chart takes two lines, and everything moves down by one.
    #[test]
    fn a_long_title_goes_on_below() {
        let file = |title: &str| {
            Canvas::default().chart("c", title.into(), "About.".into(), (300.0, 10.0)).file("")
        };
        let (short, long) = (file("Short"), file("A title that is far too long for its chart"));
        let lines = |file: &str| file.matches("class=\"title\"").count();
        assert_eq!((lines(&short), lines(&long)), (1, 2), "{long}");
        let top = |file: &str| -> f64 {
            let after = file.split("translate(16 ").nth(1).unwrap_or_default();
            after.split(')').next().and_then(|top| top.parse().ok()).unwrap_or_default()
        };
        assert_eq!(top(&long) - top(&short), 20.0);
    }

    #[test]
    fn every_color_has_a_value() {
        for (at, _) in CHARTS_CSS.match_indices("var(--") {
            let name = CHARTS_CSS[at + 6..].split(')').next().unwrap_or_default();
            assert!(LIGHT.iter().any(|(known, _)| *known == name), "{name}");
        }
    }
}

//! Sensitivities as a tornado: of every output the parameters that move it most.

use lab::sensitivity::{Index, Sensitivity};

use super::frame::{Scene, WIDTH};
use super::names::spoken;
use super::svg::{Anchor, Canvas, Chart, Scale};
use super::words;
use crate::output::wrapping::wrapped;

/// The most parameters of one output.
const MOST: usize = 12;

/// How high a row is beside the lines of its label.
const ROW: f64 = 7.0;

/// How high a line of a label is.
const LINE: f64 = 12.5;

/// How high a bar is.
const BAR: f64 = 16.0;

/// How wide labels are.
const LEFT: f64 = 384.0;

/// A chart for every method and output, in the order of the table.
pub fn draw(scene: &Scene<'_>, table: &[Sensitivity]) -> Vec<Chart> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for row in table {
        let group = (row.method.as_str(), row.output.as_str());
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    let of = |group: &(&str, &str)| {
        let rows = table.iter().filter(|row| (row.method.as_str(), row.output.as_str()) == *group);
        one(scene, *group, rows.collect())
    };
    groups.iter().filter_map(of).collect()
}

/// The bar's end, its solid part and its whisker.
struct Bar<'b> {
    symbol: &'b str,
    /// What the parameter is, in lines; nothing where that is not known.
    lines: Vec<String>,
    end: f64,
    solid: f64,
    whisker: Option<(f64, f64)>,
    said: String,
}

fn one(
    scene: &Scene<'_>,
    (method, output): (&str, &str),
    rows: Vec<&Sensitivity>,
) -> Option<Chart> {
    let language = scene.language;
    let unit = unit_of(scene, output);
    let mut bars: Vec<Bar<'_>> = rows.iter().map(|row| bar(scene, row)).collect();
    bars.sort_by(|a, b| b.end.total_cmp(&a.end));
    let more = bars.len().saturating_sub(MOST);
    bars.truncate(MOST);
    let is_share = rows.iter().any(|row| matches!(row.index, Index::Variance { .. }));
    let whiskers = bars.iter().filter_map(|bar| bar.whisker.map(|it| it.1));
    let ends: Vec<f64> = bars.iter().map(|bar| bar.end).chain(whiskers).collect();
    if ends.is_empty() {
        return None;
    }
    let scale = Scale::linear(ends);
    let (left, width, top) = (LEFT, WIDTH - LEFT - 76.0, 8.0);
    let foot = top + bars.iter().map(Bar::height).sum::<f64>();
    let x = |value: f64| left + width * scale.at(value);
    let mut canvas = Canvas::default();
    for tick in scale.ticks() {
        canvas.line("grid", (x(tick), top), (x(tick), foot));
        let text = if is_share { format!("{tick:.2}") } else { words::value(tick, unit, language) };
        canvas.text("tick", (x(tick), foot + 15.0), Anchor::Middle, &text);
    }
    let mut y = top;
    for bar in &bars {
        let middle = y + bar.height() / 2.0;
        y += bar.height();
        bar.label(&mut canvas, (left - 8.0, middle));
        let zero = x(0.0);
        let wide = x(bar.end) - zero;
        canvas.rect("total f0", (zero, middle - BAR / 2.0), (wide, BAR), &bar.said);
        // Without shares there is one length, and nothing to tell apart.
        let high = if is_share { BAR - 6.0 } else { BAR };
        let solid = (x(bar.solid) - zero, high);
        canvas.rect("f0", (zero, middle - high / 2.0), solid, &bar.said);
        let mut end = x(bar.end);
        if let Some((low, high)) = bar.whisker {
            canvas.line("reach", (x(low), middle), (x(high), middle));
            end = end.max(x(high));
        }
        let text = match is_share {
            true => format!("{:.2}", bar.end),
            false => words::value(bar.end, unit, language),
        };
        canvas.text("tick", (end + 6.0, middle + 3.5), Anchor::Start, &text);
    }
    canvas.line("axis", (x(0.0), top), (x(0.0), foot));
    let kind = match is_share {
        true => {
            language.pick(": what moves it, shares of the variance", "：受什么影响（方差份额）")
        }
        false => language.pick(": what moves it, screening", "：受什么影响（筛选）"),
    };
    let title = format!("{}{kind}", output_in_words(scene, output));
    let id = format!("tornado-{}-{}", super::fan::safe(method), super::fan::safe(output));
    Some(canvas.chart(
        &id,
        title,
        about(scene, (method, unit), is_share, more),
        (WIDTH, foot + 24.0),
    ))
}

/// The unit of an output.
fn unit_of<'s>(scene: &'s Scene<'_>, output: &str) -> &'s str {
    let name = output.split_once('@').map_or(output, |(name, _)| name);
    let quantity = name.split_once(':').map_or(name, |(quantity, _)| quantity);
    scene.results.unit(quantity).unwrap_or_default()
}

/// An output such as `china_domestic_share:h100e@2027Q4`, of which actor and quarter may be absent.
fn output_in_words(scene: &Scene<'_>, output: &str) -> String {
    let (name, quarter) =
        output.split_once('@').map_or((output, None), |(name, quarter)| (name, Some(quarter)));
    let (quantity, actor) = name.split_once(':').unwrap_or((name, "world"));
    let title = super::fan::title(scene, quantity, actor);
    match quarter {
        Some(quarter) => format!("{title}{}{quarter}", scene.language.pick(", ", "，")),
        None => title,
    }
}

impl Bar<'_> {
    fn height(&self) -> f64 {
        ROW + LINE * (self.lines.len() + 1) as f64
    }

    /// What the parameter is, and in gray below it its symbol, which tables go by.
    fn label(&self, canvas: &mut Canvas, (right, middle): (f64, f64)) {
        let mut y = middle - LINE * self.lines.len() as f64 / 2.0 + 3.5;
        for line in &self.lines {
            canvas.text("label", (right, y), Anchor::End, line);
            y += LINE;
        }
        let class = if self.lines.is_empty() { "label" } else { "tick symbol" };
        canvas.text(class, (right, y), Anchor::End, self.symbol);
    }
}

fn bar<'b>(scene: &Scene<'_>, row: &'b Sensitivity) -> Bar<'b> {
    let symbol = row.parameter.as_str();
    let meaning = super::parameters::meaning(symbol, scene.language);
    let lines = meaning.map_or_else(Vec::new, |meaning| wrapped(&meaning, (LEFT / 6.4) as usize));
    let (end, solid, whisker, said) = match row.index {
        Index::Variance { first, total, total_ends } => {
            let said = format!("{symbol}: S1 {first:.3}, ST {total:.3}");
            (total, first.clamp(0.0, total.max(0.0)), total_ends, said)
        }
        Index::Screening { mu_star, sigma } => {
            let said = format!("{symbol}: μ* {}, σ {}", spoken(mu_star), spoken(sigma));
            (mu_star, mu_star, None, said)
        }
    };
    Bar { symbol, lines, end, solid, whisker, said }
}

fn about(scene: &Scene<'_>, (method, unit): (&str, &str), is_share: bool, more: usize) -> String {
    let language = scene.language;
    let method = match method {
        "morris" => language.pick("Morris's walks", "Morris 轨迹法"),
        "sobol" => language.pick("Sobol' indices", "Sobol' 指数"),
        other => other,
    };
    let unit = words::unit(unit, language);
    let mut about = match is_share {
        true => language.pick(
            "Shares of the variance: pale with interactions (total), full alone (first order); lines: intervals of the total.",
            "方差份额：浅色含交互作用（总效应），深色仅自身（一阶）；线段为总效应的区间。",
        ),
        false => language.pick(
            "Mean absolute elementary effect (μ*): of a parameter over its whole distribution, others held",
            "平均绝对基本效应（μ*）：其他参数不变，该参数跨越其整个分布",
        ),
    }
    .to_owned();
    if !is_share {
        about.push_str(&match language {
            crate::language::Language::En => format!(", {unit}."),
            crate::language::Language::Zh => format!("，{unit}。"),
        });
    }
    about.push_str(&match language {
        crate::language::Language::En => format!(" Method: {method}."),
        crate::language::Language::Zh => format!("方法：{method}。"),
    });
    if more > 0 {
        about.push_str(&match language {
            crate::language::Language::En => format!(" {more} smaller ones are not drawn."),
            crate::language::Language::Zh => format!("另有 {more} 个较小者未画出。"),
        });
    }
    about
}

//! China's compute by source, stacked, and under it the domestic share by every definition.

use std::collections::BTreeMap;

use lab::results::{Band, Quarter};

use super::WITH_RENTED;
use super::frame::{Grid, Plot, Scene, WIDTH, apart};
use super::svg::{Anchor, COLORS, Canvas, Chart, Scale};
use super::words;
use crate::language::Language;

/// The quantity of what runs in China, an actor a source.
const INSTALLED: &str = "china_installed";

/// A source: what it is called, and the series that make it up.
type Source = ([&'static str; 2], &'static [(&'static str, &'static str)]);

/// The sources from the foot up. All are in use at the end of a quarter, so that they add up.
const SOURCES: [Source; 4] = [
    (["domestic", "国产"], &[(INSTALLED, "huawei"), (INSTALLED, "other_domestic")]),
    (["rented abroad", "境外租用"], &[("leased", "world")]),
    (["smuggled", "走私"], &[(INSTALLED, "smuggled")]),
    (["legal", "合法进口"], &[(INSTALLED, "legal")]),
];

/// The quantity of shares, an actor a definition.
const SHARE: &str = "china_domestic_share";

/// The mean of every quarter.
type Means = BTreeMap<Quarter, f64>;

/// The stacked picture, a panel a scenario; `None` where the run does not tell what is installed
/// by source.
pub fn draw(scene: &Scene<'_>) -> Option<Chart> {
    let language = scene.language;
    scene.results.unit(INSTALLED)?;
    let stacks: Vec<(&str, Vec<Means>)> = scene
        .scenarios
        .iter()
        .map(|scenario| {
            (*scenario, SOURCES.iter().map(|it| means(scene, scenario, it.1)).collect())
        })
        .filter(|(_, sources): &(&str, Vec<Means>)| sources.iter().any(|it| !it.is_empty()))
        .collect();
    if stacks.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let head = legend(scene, &mut canvas);
    let columns = stacks.len().min(3);
    let height = 352.0;
    let upper = Grid::new(columns, height, [head + 26.0, 74.0, 176.0 - head, 44.0]);
    let lower = Grid::new(columns, height, [head + 210.0, 74.0, 26.0 - head, 44.0]);
    for (at, (scenario, sources)) in stacks.iter().enumerate() {
        let plot = upper.plot(at);
        let name = words::scenario(scenario, language);
        canvas.text("name", (plot.left, plot.top - 10.0), Anchor::Start, name);
        sources_of(scene, &mut canvas, &plot, (scenario, sources));
        shares(scene, &mut canvas, &lower.plot(at), scenario);
    }
    let title = language.pick("China's compute by source", "中国算力的来源").to_owned();
    let (width, height) = upper.size(stacks.len());
    Some(canvas.chart("china-sources", title, about(scene), (width, height + head)))
}

fn about(scene: &Scene<'_>) -> String {
    let language = scene.language;
    let mut about = language
        .pick(
            "Above: H100e in use at the end of each quarter: what runs in China, by where it comes from, and what its companies rent abroad; what has worn out is not counted. Areas are means over draws, which add up where medians would not; the dashed line is the median of the sum, as at a glance; each panel has a scale of its own. Below: the domestic share of what is added in a quarter, by every definition, medians; marks are what others reckoned, each in the color of its definition.",
            "上：各季度末在用的 H100 当量：中国境内在运行者按来源，另加其企业在境外租用者；已报废者不计。面积为抽样的均值（均值可相加，中位数不可）；虚线为合计的中位数，即概览中的数字；各图刻度不同。下：各种定义下国产在当季新增中的比例，中位数；标记为他人的测算，颜色同其定义。",
        )
        .to_owned();
    if scene.results.unit("leased").is_none() {
        let rented = words::quantity("leased", language);
        about.push_str(&match language {
            Language::En => format!(" Not in this run: {rented}."),
            Language::Zh => format!("本次运行没有：{rented}。"),
        });
    }
    about
}

/// The means of the sum of series, of which those that are absent count nothing.
fn means(scene: &Scene<'_>, scenario: &str, series: &[(&str, &str)]) -> Means {
    let mut out = Means::new();
    for (quantity, actor) in series {
        for (quarter, band) in scene.results.path(scenario, quantity, actor) {
            *out.entry(quarter).or_default() += band.mean;
        }
    }
    out
}

fn sources_of(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    plot: &Plot,
    (scenario, sources): (&str, &[Means]),
) {
    let language = scene.language;
    let mut quarters: Vec<Quarter> =
        sources.iter().flat_map(|source| source.keys().copied()).collect();
    quarters.sort_unstable();
    quarters.dedup();
    let of = |source: &Means, quarter: Quarter| source.get(&quarter).copied().unwrap_or(0.0);
    let total = |quarter: &Quarter| sources.iter().map(|source| of(source, *quarter)).sum::<f64>();
    let middle = scene.results.path(scenario, WITH_RENTED, "world");
    let most = middle.iter().map(|(_, band)| band.mid);
    let scale = Scale::linear(quarters.iter().map(total).chain(most));
    scene.axes(canvas, plot, &scale, "H100e");
    let mut below = vec![0.0; quarters.len()];
    let mut labels = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let above: Vec<f64> = quarters
            .iter()
            .zip(&below)
            .map(|(quarter, foot)| foot + of(source, *quarter))
            .collect();
        let edge = |values: &[f64]| -> Vec<(f64, f64)> {
            let point = |(quarter, value): (&Quarter, &f64)| {
                (scene.x(plot, *quarter), plot.y(scale.at(*value)))
            };
            quarters.iter().zip(values).map(point).collect()
        };
        let name = SOURCES[at].0[language as usize];
        canvas.area(&format!("part f{at}"), &edge(&above), &edge(&below), name);
        if let (Some(top), Some(foot)) = (above.last(), below.last())
            && top > foot
        {
            let class = format!("small t{at}");
            labels.push((class, plot.y(scale.at((top + foot) / 2.0)), top - foot));
        }
        below = above;
    }
    let point =
        |(quarter, band): &(Quarter, Band)| (scene.x(plot, *quarter), plot.y(scale.at(band.mid)));
    let points: Vec<(f64, f64)> = middle.iter().map(point).collect();
    canvas.through("median", &points);
    if let (Some((_, y)), Some((_, band))) = (points.last(), middle.last()) {
        labels.push(("name".to_owned(), *y, band.mid));
    }
    let places: Vec<f64> = labels.iter().map(|label| label.1).collect();
    let places = apart(&places, 12.0, (plot.top - 6.0, plot.foot()));
    for ((class, _, value), y) in labels.iter().zip(places) {
        let text = words::value(*value, "H100e", language);
        canvas.text(class, (plot.right() + 5.0, y + 3.5), Anchor::Start, &text);
    }
}

/// The lines of the four definitions.
fn shares(scene: &Scene<'_>, canvas: &mut Canvas, plot: &Plot, scenario: &str) {
    let actors = scene.results.actors(SHARE);
    let scale = Scale::Linear { low: 0.0, high: 1.0 };
    scene.axes(canvas, plot, &scale, "share");
    let mut ends = Vec::new();
    for (at, actor) in actors.iter().enumerate() {
        let path = scene.results.path(scenario, SHARE, actor);
        let point = |(quarter, band): &(Quarter, Band)| {
            (scene.x(plot, *quarter), plot.y(scale.at(band.mid)))
        };
        let points: Vec<(f64, f64)> = path.iter().map(point).collect();
        let at = at % COLORS;
        canvas.through(&format!("line s{at} d{at}"), &points);
        if let Some((_, y)) = points.last() {
            ends.push((at, *actor, *y));
        }
        let targets = scene.targets_of(SHARE, actor);
        scene.marks(canvas, plot, &scale, (&targets, Some(at)));
    }
    let places: Vec<f64> = ends.iter().map(|end| end.2).collect();
    for ((at, actor, _), y) in ends.iter().zip(apart(&places, 11.0, (plot.top, plot.foot()))) {
        let name = match *actor {
            "units" => scene.language.pick("chips", "芯片数"),
            "value" => scene.language.pick("value", "金额"),
            "h100e" => scene.language.pick("compute", "算力"),
            "made" => scene.language.pick("made there", "制造地"),
            other => other,
        };
        canvas.text(&format!("small t{at}"), (plot.right() + 5.0, y + 3.5), Anchor::Start, name);
    }
}

/// The names of the sources with their colors; how high it is.
fn legend(scene: &Scene<'_>, canvas: &mut Canvas) -> f64 {
    let mut x = 4.0;
    for (at, (name, _)) in SOURCES.iter().enumerate().rev() {
        let name = name[scene.language as usize];
        canvas.rect(&format!("f{at}"), (x, 3.0), (14.0, 10.0), name);
        canvas.text("name", (x + 20.0, 12.0), Anchor::Start, name);
        x += 44.0 + 7.2 * crate::output::wrapping::width(name) as f64;
    }
    if scene.results.unit(WITH_RENTED).is_some() {
        let name = scene.language.pick("median of the sum", "合计的中位数");
        canvas.line("median", (x, 8.0), (x + 20.0, 8.0));
        canvas.text("name", (x + 26.0, 12.0), Anchor::Start, name);
        x += 50.0 + 7.2 * crate::output::wrapping::width(name) as f64;
    }
    debug_assert!(x < WIDTH, "the legend fits");
    20.0
}

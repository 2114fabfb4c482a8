//! China's compute by source, stacked, and under it the domestic share by every definition.

use lab::results::{Band, Quarter};

use super::frame::{Grid, Plot, Scene, WIDTH, apart};
use super::svg::{Anchor, COLORS, Canvas, Chart, Scale};
use super::words;

/// The sources from the foot up: what they are called, and the quantities that make them up.
const SOURCES: [([&str; 2], &[&str]); 4] = [
    (["domestic", "国产"], &["huawei_cum", "cambricon_cum"]),
    (["rented abroad", "境外租用"], &["leased"]),
    (["smuggled", "走私"], &["smuggled_cum"]),
    (["legal", "合法进口"], &["china_legal_nvidia_cum"]),
];

/// The quantity of shares, an actor a definition.
const SHARE: &str = "china_domestic_share";

/// The mean of every quarter.
type Means = Vec<(Quarter, f64)>;

/// The stacked picture, a panel a scenario; `None` where no source is in the run.
pub fn draw(scene: &Scene<'_>) -> Option<Chart> {
    let language = scene.language;
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
        sources_of(scene, &mut canvas, &plot, sources);
        shares(scene, &mut canvas, &lower.plot(at), scenario);
    }
    let title = language.pick("China's compute by source", "中国算力的来源").to_owned();
    let (width, height) = upper.size(stacks.len());
    Some(canvas.chart("china-sources", title, about(scene), (width, height + head)))
}

fn about(scene: &Scene<'_>) -> String {
    let language = scene.language;
    let has = |quantity: &&str| scene.results.unit(quantity).is_some();
    let absent: Vec<&str> = SOURCES
        .iter()
        .flat_map(|(_, quantities)| quantities.iter())
        .filter(|quantity| !has(quantity))
        .map(|quantity| words::quantity(quantity, language))
        .collect();
    let mut about = language
        .pick(
            "Above: H100e ever delivered, as the ledger counts: legal since 2022, Chinese since 2024, of other domestic designers half, nothing written off, so that it is not what is installed; means over draws, which add up where medians would not; each panel has a scale of its own. Below: the domestic share by every definition, medians; dots are what others reckoned.",
            "上：历来交付的 H100 当量（台账口径：合法自 2022 年、国产自 2024 年起，其他国产设计商计一半，不扣报废，故不等于装机量）；抽样的均值（均值可相加，中位数不可）；各图刻度不同。下：各种定义的国产比例，中位数；点为他人的测算。",
        )
        .to_owned();
    if !absent.is_empty() {
        let list = absent.join(language.pick(", ", "、"));
        about.push_str(&match language {
            crate::language::Language::En => format!(" Not in this run: {list}."),
            crate::language::Language::Zh => format!("本次运行没有：{list}。"),
        });
    }
    about
}

/// The means of the sum of quantities, of which those that are absent count nothing.
fn means(scene: &Scene<'_>, scenario: &str, quantities: &[&str]) -> Means {
    let mut out: std::collections::BTreeMap<Quarter, f64> = std::collections::BTreeMap::new();
    for quantity in quantities {
        for (quarter, band) in scene.results.path(scenario, quantity, "world") {
            *out.entry(quarter).or_default() += band.mean;
        }
    }
    out.into_iter().collect()
}

fn sources_of(scene: &Scene<'_>, canvas: &mut Canvas, plot: &Plot, sources: &[Means]) {
    let language = scene.language;
    let mut quarters: Vec<Quarter> =
        sources.iter().flatten().map(|(quarter, _)| *quarter).collect();
    quarters.sort_unstable();
    quarters.dedup();
    let of = |source: &Means, quarter: Quarter| {
        source.iter().find(|(at, _)| *at == quarter).map_or(0.0, |(_, mean)| *mean)
    };
    let total = |quarter: &Quarter| sources.iter().map(|source| of(source, *quarter)).sum::<f64>();
    let scale = Scale::linear(quarters.iter().map(total));
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
            labels.push((at, plot.y(scale.at((top + foot) / 2.0)), top - foot));
        }
        below = above;
    }
    let places: Vec<f64> = labels.iter().map(|label| label.1).collect();
    for ((at, _, value), y) in labels.iter().zip(apart(&places, 12.0, (plot.top, plot.foot()))) {
        let text = words::value(*value, "H100e", language);
        canvas.text(&format!("small t{at}"), (plot.right() + 5.0, y + 3.5), Anchor::Start, &text);
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
        scene.marks(canvas, plot, &scale, &scene.targets_of(SHARE, actor));
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
    debug_assert!(x < WIDTH, "the legend fits");
    20.0
}

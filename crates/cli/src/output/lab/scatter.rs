//! What a scenario costs and what it denies: one dot a draw, against the same draw of another
//! scenario.

use lab::results::{Band, Quarter};

use super::frame::{Grid, Plot, Scene};
use super::names::spoken;
use super::svg::{Anchor, Canvas, Chart, Scale};
use super::words;
use crate::language::Language;

/// The most dots of one scenario: more are no clearer.
const DOTS: usize = 1000;

/// One draw: revenue lost in billions of dollars, compute denied in H100e.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Dot {
    /// Revenue lost, in billions of dollars.
    lost: f64,
    /// Compute denied, in H100e.
    denied: f64,
}

/// What stands for the compute denied: what China asked for and no source met, or what it has less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Denied,
    Less,
}

fn measure(scene: &Scene<'_>) -> Measure {
    if scene.results.unit("denied").is_some() { Measure::Denied } else { Measure::Less }
}

/// The dots of a scenario against the base, by draw; draws that lack one of the two are left out.
fn measured(
    scene: &Scene<'_>,
    scenario: &str,
    base: &str,
    through: Quarter,
    measure: Measure,
) -> Vec<Dot> {
    let results = scene.results;
    let span = scene.span.0..=through;
    let sums =
        |scenario: &str, quantity: &str| results.sums(scenario, quantity, "world", span.clone());
    let last = |scenario: &str| results.values(scenario, "china_total_cum", "world", through);
    let revenue = [scenario, base].map(|scenario| sums(scenario, "us_vendor_revenue"));
    let compute = match measure {
        Measure::Denied => [sums(scenario, "denied"), sums(base, "denied")],
        Measure::Less => [last(base), last(scenario)],
    };
    let [revenue, base_revenue] = revenue;
    let [compute, base_compute] = compute;
    let lost = base_revenue.iter().zip(&revenue).map(|(base, it)| (base - it) / 1e9);
    let denied = compute.iter().zip(&base_compute).map(|(it, base)| it - base);
    let dots = lost.zip(denied).map(|(lost, denied)| Dot { lost, denied });
    dots.filter(|dot| dot.lost.is_finite() && dot.denied.is_finite()).collect()
}

/// The trade-off of every scenario against a base; `None` where the run has no such draws.
pub fn draw(scene: &Scene<'_>, base: &str, through: Quarter) -> Option<Chart> {
    let language = scene.language;
    let measure = measure(scene);
    let others = scene.scenarios.iter().filter(|scenario| **scenario != base);
    let clouds: Vec<(&str, Vec<Dot>)> = others
        .map(|scenario| (*scenario, measured(scene, scenario, base, through, measure)))
        .filter(|(_, dots)| !dots.is_empty())
        .collect();
    if clouds.is_empty() {
        return None;
    }
    let all = || clouds.iter().flat_map(|(_, dots)| dots.iter().take(DOTS));
    let across = Scale::signed(all().map(|dot| dot.lost));
    let up = Scale::signed(all().map(|dot| dot.denied));
    let grid = Grid::new(1, 470.0, [40.0, 190.0, 52.0, 70.0]);
    let plot = grid.plot(0);
    let mut canvas = Canvas::default();
    axes(scene, &mut canvas, &plot, [&across, &up]);
    let point =
        |dot: Dot| (plot.left + plot.width * across.at(dot.lost), plot.y(up.at(dot.denied)));
    for (scenario, dots) in &clouds {
        let color = scene.color(scenario);
        for dot in dots.iter().take(DOTS) {
            canvas.circle(&format!("dot f{color}"), point(*dot), 2.6, "");
        }
    }
    middles(scene, &mut canvas, &plot, &clouds, &point);
    let title = language.pick("Compute denied against revenue lost", "拒绝的算力与损失的营收");
    let mut about = about(scene, base, through, measure);
    if across.is_log() || up.is_log() {
        about.push_str(language.pick(
            " Scales are even near zero and logarithmic away from it.",
            "刻度在零附近均匀，远离零处为对数。",
        ));
    }
    Some(canvas.chart("trade-off", title.to_owned(), about, grid.size(1)))
}

/// The middle of every cloud with its name.
fn middles(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    plot: &Plot,
    clouds: &[(&str, Vec<Dot>)],
    point: &dyn Fn(Dot) -> (f64, f64),
) {
    let middle = |dots: &[Dot], of: fn(&Dot) -> f64| Band::of(dots.iter().map(of));
    let mut ends = Vec::new();
    for (scenario, dots) in clouds {
        let bands = (middle(dots, |dot| dot.lost), middle(dots, |dot| dot.denied));
        let (Some(lost), Some(denied)) = bands else { continue };
        let at = point(Dot { lost: lost.mid, denied: denied.mid });
        let name = words::scenario(scenario, scene.language);
        let said = format!(
            "{name}: {} ({} … {}) bn USD; {} ({} … {}) H100e",
            spoken(lost.mid),
            spoken(lost.low),
            spoken(lost.high),
            spoken(denied.mid),
            spoken(denied.low),
            spoken(denied.high)
        );
        canvas.circle(&format!("middle f{}", scene.color(scenario)), at, 6.0, &said);
        ends.push((scene.color(scenario), name, at));
    }
    let places: Vec<f64> = ends.iter().map(|end| end.2.1).collect();
    let ys = super::frame::apart(&places, 15.0, (plot.top, plot.foot()));
    for ((color, name, (x, y)), label) in ends.iter().zip(ys) {
        let foot = plot.right() + 8.0;
        canvas.line("dash", (*x + 7.0, *y), (foot - 3.0, label - 1.0));
        canvas.text(&format!("name t{color}"), (foot, label + 3.0), Anchor::Start, name);
    }
}

fn axes(scene: &Scene<'_>, canvas: &mut Canvas, plot: &Plot, [across, up]: [&Scale; 2]) {
    let language = scene.language;
    for tick in up.ticks() {
        let y = plot.y(up.at(tick));
        canvas.line("grid", (plot.left, y), (plot.right(), y));
        let text = words::value(tick, "H100e", language);
        canvas.text("tick", (plot.left - 6.0, y + 3.5), Anchor::End, &text);
    }
    for tick in across.ticks() {
        let x = plot.left + plot.width * across.at(tick);
        canvas.line("grid", (x, plot.top), (x, plot.foot()));
        let text = spoken(tick);
        canvas.text("tick", (x, plot.foot() + 16.0), Anchor::Middle, &text);
    }
    let zero = (plot.left + plot.width * across.at(0.0), plot.y(up.at(0.0)));
    canvas.line("axis", (zero.0, plot.top), (zero.0, plot.foot()));
    canvas.line("axis", (plot.left, zero.1), (plot.right(), zero.1));
    let lost =
        language.pick("revenue of U.S. vendors lost, billion USD", "美国厂商损失的营收，十亿美元");
    let middle = plot.left + plot.width / 2.0;
    canvas.text("soft", (middle, plot.foot() + 36.0), Anchor::Middle, lost);
    let denied = language.pick("compute denied to China, H100e", "对中国拒绝的算力，H100 当量");
    canvas.text("soft", (plot.left - 40.0, plot.top - 16.0), Anchor::Start, denied);
}

fn about(scene: &Scene<'_>, base: &str, through: Quarter, measure: Measure) -> String {
    let language = scene.language;
    let base = words::scenario(base, language);
    let from = scene.span.0;
    match language {
        Language::En => {
            let measure = match measure {
                Measure::Denied => {
                    "Compute denied: demand at list price that no source met, summed"
                }
                Measure::Less => {
                    "Compute denied: what China has less at the end (the run has no `denied`)"
                }
            };
            format!(
                "One dot a draw, against the same draw of \"{base}\", {from} to {through}; large dots: medians. {measure}. To the left of zero revenue is gained."
            )
        }
        Language::Zh => {
            let measure = match measure {
                Measure::Denied => "拒绝的算力：按标价的需求中无任何来源满足者之和",
                Measure::Less => "拒绝的算力：期末中国减少的算力（本次运行没有 `denied`）",
            };
            format!(
                "每次抽样一点，与“{base}”的同一抽样相比，{from} 至 {through}；大点为中位数。{measure}。零的左侧表示营收增加。"
            )
        }
    }
}

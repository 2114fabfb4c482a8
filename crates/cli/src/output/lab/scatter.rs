//! What a scenario costs and what it denies: one dot a draw, against the same draw of another
//! scenario, a panel a measure of what is denied; and what a unit of it costs.

use lab::results::{Band, Quarter};

use super::frame::{Grid, Plot, Scene};
use super::names::spoken;
use super::svg::{Anchor, Canvas, Chart, Scale};
use super::words;
use crate::language::Language;

/// From which share of what China has something is called denied, where its price is reckoned: what
/// is next to nothing has a price without meaning.
const DENIED_MIN: f64 = 0.01;

/// A scale goes by decades where the largest value is so many times the middle one.
const HEAVY: f64 = 5.0;

/// The most dots of one scenario: more are no clearer.
const DOTS: usize = 1000;

/// One draw.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Dot {
    /// Revenue lost, in billions of dollars.
    lost: f64,
    /// Compute denied, in H100e.
    denied: f64,
    /// What China has installed in the base, in H100e; not a number where that is not known.
    of: f64,
}

/// What stands for the compute denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    /// What China has less at the end, of what is installed there.
    Installed,
    /// The same, with what it rents abroad.
    WithRented,
    /// What it asked for at list price and no source met, summed: what was bought more dearly,
    /// rented or smuggled instead does not count.
    Unmet,
}

impl Measure {
    const ALL: [Measure; 3] = [Measure::Installed, Measure::WithRented, Measure::Unmet];

    fn title(self, language: Language) -> &'static str {
        match self {
            Measure::Installed => {
                language.pick("Installed in China: how much less", "中国境内装机：减少多少")
            }
            Measure::WithRented => language.pick(
                "Installed in China and rented abroad: how much less",
                "境内装机与境外租用：减少多少",
            ),
            Measure::Unmet => language.pick(
                "Demand at list price that no source met: how much more",
                "按标价而无任何来源满足的需求：增加多少",
            ),
        }
    }

    /// What the axis up shows.
    fn axis(self, scene: &Scene<'_>, base: &str, through: Quarter) -> String {
        let base = words::scenario(base, scene.language);
        match (self, scene.language) {
            (Measure::Unmet, Language::En) => {
                format!("H100e more than in \"{base}\", summed through {through}")
            }
            (Measure::Unmet, Language::Zh) => {
                format!("比“{base}”多的 H100 当量，累计至 {through}")
            }
            (_, Language::En) => format!("H100e less than in \"{base}\", at the end of {through}"),
            (_, Language::Zh) => format!("比“{base}”少的 H100 当量，{through} 末"),
        }
    }

    /// What it comes to in every draw.
    fn values(self, scene: &Scene<'_>, scenario: &str, base: &str, through: Quarter) -> Vec<f64> {
        let results = scene.results;
        let pair = |of: &dyn Fn(&str) -> Vec<f64>, [more, less]: [&str; 2]| {
            let less = of(less);
            of(more).into_iter().zip(less).map(|(more, less)| more - less).collect()
        };
        let span = scene.span.0..=through;
        match self {
            Measure::Installed => {
                pair(&|it| results.values(it, "compute", "CN", through), [base, scenario])
            }
            Measure::WithRented => pair(
                &|it| results.values(it, super::WITH_RENTED, "world", through),
                [base, scenario],
            ),
            Measure::Unmet => {
                pair(&|it| results.sums(it, "denied", "world", span.clone()), [scenario, base])
            }
        }
    }
}

/// The dots of a scenario.
type Cloud<'s> = (&'s str, Vec<Dot>);

/// The dots of every scenario against the base, by draw; draws that lack one of the two are left
/// out.
fn clouds<'s>(
    scene: &'s Scene<'_>,
    base: &str,
    through: Quarter,
    measure: Measure,
) -> Vec<Cloud<'s>> {
    let revenue = |scenario: &str| {
        let span = scene.span.0..=through;
        scene.results.sums(scenario, "us_vendor_revenue", "world", span)
    };
    let base_revenue = revenue(base);
    let base_compute = scene.results.values(base, "compute", "CN", through);
    let others = scene.scenarios.iter().filter(|scenario| **scenario != base);
    let cloud = |scenario: &&'s str| {
        let lost = base_revenue.iter().zip(revenue(scenario)).map(|(base, it)| (base - it) / 1e9);
        let denied = measure.values(scene, scenario, base, through);
        let dots = lost.zip(denied).zip(&base_compute);
        let dots = dots.map(|((lost, denied), of)| Dot { lost, denied, of: *of });
        let dots = dots.filter(|dot| dot.lost.is_finite() && dot.denied.is_finite()).collect();
        (*scenario, dots)
    };
    others.map(cloud).filter(|(_, dots): &Cloud<'_>| !dots.is_empty()).collect()
}

/// The trade-off of every scenario against a base; `None` where the run has no such draws.
pub fn draw(scene: &Scene<'_>, base: &str, through: Quarter) -> Option<Chart> {
    let language = scene.language;
    let panels: Vec<(Measure, Vec<Cloud<'_>>)> = Measure::ALL
        .into_iter()
        .map(|measure| (measure, clouds(scene, base, through, measure)))
        .filter(|(_, clouds)| !clouds.is_empty())
        .collect();
    if panels.is_empty() {
        return None;
    }
    let grid = Grid::new(2, 400.0, [58.0, 164.0, 56.0, 52.0]);
    let mut canvas = Canvas::default();
    let mut is_log = false;
    for (at, (measure, clouds)) in panels.iter().enumerate() {
        let plot = grid.plot(at);
        let all = || clouds.iter().flat_map(|(_, dots)| dots.iter().take(DOTS));
        let across = Scale::signed(all().map(|dot| dot.lost), HEAVY);
        let up = Scale::signed(all().map(|dot| dot.denied), HEAVY);
        is_log |= across.is_log() || up.is_log();
        let head = (plot.left - 40.0, plot.top - 36.0);
        canvas.text("name", head, Anchor::Start, measure.title(language));
        let axis = measure.axis(scene, base, through);
        canvas.text("soft", (head.0, plot.top - 18.0), Anchor::Start, &axis);
        axes(scene, &mut canvas, &plot, [&across, &up]);
        let point =
            |dot: Dot| (plot.left + plot.width * across.at(dot.lost), plot.y(up.at(dot.denied)));
        for (scenario, dots) in clouds {
            let color = scene.color(scenario);
            for dot in dots.iter().take(DOTS) {
                canvas.circle(&format!("dot f{color}"), point(*dot), 2.3, "");
            }
        }
        middles(scene, &mut canvas, &plot, clouds, &point);
    }
    let place = grid.plot(panels.len());
    costs(scene, &mut canvas, (place.left - 40.0, place.top - 36.0), &panels);
    let title = language.pick("Compute denied against revenue lost", "拒绝的算力与损失的营收");
    let mut about = about(scene, base, through);
    if is_log {
        about.push_str(language.pick(
            " Scales are even near zero and logarithmic away from it.",
            "刻度在零附近均匀，远离零处为对数。",
        ));
    }
    Some(canvas.chart("trade-off", title.to_owned(), about, grid.size(panels.len() + 1)))
}

/// The middle of every cloud with its name.
fn middles(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    plot: &Plot,
    clouds: &[Cloud<'_>],
    point: &dyn Fn(Dot) -> (f64, f64),
) {
    let middle = |dots: &[Dot], of: fn(&Dot) -> f64| Band::of(dots.iter().map(of));
    let mut ends = Vec::new();
    for (scenario, dots) in clouds {
        let bands = (middle(dots, |dot| dot.lost), middle(dots, |dot| dot.denied));
        let (Some(lost), Some(denied)) = bands else { continue };
        let at = point(Dot { lost: lost.mid, denied: denied.mid, of: f64::NAN });
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

/// Lost revenue in dollars over compute denied: the quantiles of the draws in which something is
/// denied, and their share of all draws.
fn cost(dots: &[Dot]) -> Option<(Band, f64)> {
    let least = |dot: &Dot| if dot.of.is_finite() { DENIED_MIN * dot.of } else { 0.0 };
    let denying = dots.iter().filter(|dot| dot.denied > least(dot));
    let band = Band::of(denying.map(|dot| dot.lost * 1e9 / dot.denied))?;
    Some((band, band.draws as f64 / dots.len() as f64))
}

/// The revenue that a unit denied costs, a line a scenario and measure.
fn costs(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    (left, top): (f64, f64),
    panels: &[(Measure, Vec<Cloud<'_>>)],
) {
    let language = scene.language;
    let head = language.pick(
        "U.S. revenue lost per H100e denied, USD",
        "每拒绝一个 H100 当量所损失的美国营收，美元",
    );
    canvas.text("name", (left, top), Anchor::Start, head);
    let notes = [
        language.pick(
            "median (5 … 95 %) of the draws in which more than 1 % of what China has",
            "拒绝量超过中国在基准情景中装机 1% 的抽样：中位数（5% … 95%）；",
        ),
        language.pick(
            "in the base is denied; behind it, which share of all draws these are",
            "其后为此类抽样的占比",
        ),
    ];
    for (at, note) in notes.into_iter().enumerate() {
        canvas.text("soft", (left, top + 18.0 + 14.0 * at as f64), Anchor::Start, note);
    }
    let brief = |value: f64| super::names::brief(value, language);
    let mut y = top + 58.0;
    for (measure, clouds) in panels {
        let name = measure.title(language).split([':', '：']).next().unwrap_or_default();
        canvas.text("soft", (left, y), Anchor::Start, name);
        y += 17.0;
        for (scenario, dots) in clouds {
            let color = scene.color(scenario);
            let name = words::scenario(scenario, language);
            canvas.text(&format!("name t{color}"), (left + 10.0, y), Anchor::Start, name);
            let said = match cost(dots) {
                None => language.pick("in no draw", "无此抽样").into(),
                Some((band, share)) => format!(
                    "{} ({} … {}); {}",
                    brief(band.mid),
                    brief(band.low),
                    brief(band.high),
                    words::value(share, "share", language)
                ),
            };
            canvas.text("cost", (left + 430.0, y), Anchor::End, &said);
            y += 15.0;
        }
        y += 8.0;
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
    // Labels that would meet are left out; the line stays.
    let mut last = f64::MIN;
    for tick in across.ticks() {
        let x = plot.left + plot.width * across.at(tick);
        canvas.line("grid", (x, plot.top), (x, plot.foot()));
        let text = words::value(tick, "USD bn", language);
        let wide = 5.6 * text.len() as f64 + 6.0;
        if x - last >= wide {
            canvas.text("tick", (x, plot.foot() + 16.0), Anchor::Middle, &text);
            last = x;
        }
    }
    let zero = (plot.left + plot.width * across.at(0.0), plot.y(up.at(0.0)));
    canvas.line("axis", (zero.0, plot.top), (zero.0, plot.foot()));
    canvas.line("axis", (plot.left, zero.1), (plot.right(), zero.1));
    let lost = language.pick(
        "revenue that U.S. vendors lose, billion USD, summed",
        "美国厂商损失的营收，十亿美元，累计",
    );
    let middle = plot.left + plot.width / 2.0;
    canvas.text("soft", (middle, plot.foot() + 34.0), Anchor::Middle, lost);
}

fn about(scene: &Scene<'_>, base: &str, through: Quarter) -> String {
    let base = words::scenario(base, scene.language);
    let from = scene.span.0;
    match scene.language {
        Language::En => format!(
            "One dot a draw, against the same draw of \"{base}\", {from} to {through}; large dots: medians. Up: what China has less, or what it wanted at list price and got from nobody. The latter leaves out whatever it smuggled, rented, made or paid more for instead, and so says little of what it lacks. Left of zero revenue is gained; below zero China has more."
        ),
        Language::Zh => format!(
            "每次抽样一点，与“{base}”的同一抽样相比，{from} 至 {through}；大点为中位数。纵轴：中国减少的算力，或按标价想买而无人供应的算力。后者不计其改为走私、租用、自产或加价购得的部分，因此难以说明其缺少多少。零的左侧表示营收增加，零以下表示中国的算力增加。"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_denied_has_its_price() {
        let dot = |lost, denied| Dot { lost, denied, of: 5e6 };
        let dots = [dot(1.0, 1e6), dot(3.0, 1e6), dot(2.0, 1e6), dot(5.0, -1.0), dot(9.0, 4e4)];
        let (band, share) = cost(&dots).expect("three deny");
        assert_eq!((band.mid, band.draws, share), (2000.0, 3, 0.6));
        assert!(cost(&dots[3..]).is_none(), "next to nothing is denied");
    }
}

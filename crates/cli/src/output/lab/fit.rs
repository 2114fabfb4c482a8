//! The fit: every target beside what the simulation says of it, failures as plain as successes.

use lab::results::Band;
use lab::sensitivity::Fit;
use lab::targets::{Basis, Split, Target};

use super::frame::{Scene, WIDTH};
use super::names::spoken;
use super::svg::{Anchor, Canvas, Chart, Scale};
use super::words;
use crate::language::Language;

/// How high a row of the chart is.
const ROW: f64 = 20.0;

/// A row of the table of the page.
pub struct Row {
    /// The target's id.
    pub target: String,
    /// What it is.
    pub name: String,
    /// Whether it was held out.
    pub split: String,
    /// What was observed, and its ends.
    pub observed: [String; 2],
    /// The simulation's median, and its ends.
    pub simulated: [String; 2],
    /// Whether the interval holds it.
    pub covered: bool,
    /// The score, and that of naive forecasts.
    pub scores: [String; 4],
    /// Whether the score is the best of them; nothing where there is no other.
    pub is_best: Option<bool>,
}

/// The rows of the table.
pub fn rows(scene: &Scene<'_>, table: &[Fit]) -> Vec<Row> {
    in_order(table).into_iter().map(|fit| row(scene, fit)).collect()
}

/// What was held out first: it is what a fit is judged by.
fn in_order(table: &[Fit]) -> Vec<&Fit> {
    let mut rows: Vec<&Fit> = table.iter().collect();
    rows.sort_by_key(|fit| fit.split != "holdout");
    rows
}

/// What a split is called.
fn split<'f>(scene: &Scene<'_>, fit: &'f Fit) -> &'f str {
    match fit.split.as_str() {
        "train" => scene.language.pick("fitted", "拟合"),
        "holdout" => scene.language.pick("held out", "留出"),
        other => other,
    }
}

fn name(scene: &Scene<'_>, id: &str) -> String {
    let target: Option<&Target> = scene.targets.iter().find(|target| target.id == id);
    target.map_or_else(String::new, |target| {
        let title = super::fan::title(scene, &target.quantity, &target.actor);
        format!("{title}, {}", target.period())
    })
}

/// The unit of a row: that of its target, where it is known, with what is made of the quarters.
fn unit(scene: &Scene<'_>, fit: &Fit) -> String {
    let language = scene.language;
    let target = scene.targets.iter().find(|target| target.id == fit.target);
    let Some(target) = target else { return words::unit(&fit.unit, language).to_owned() };
    let unit = words::unit(target.unit_of_value(), language);
    match target.basis {
        Basis::Level => unit.to_owned(),
        Basis::Sum => format!("{unit}{}", language.pick(", sum", "，合计")),
        Basis::Mean => format!("{unit}{}", language.pick(", mean", "，均值")),
    }
}

fn row(scene: &Scene<'_>, fit: &Fit) -> Row {
    let of = |value: f64| match words::is_share(&fit.unit) {
        true => words::value(value, &fit.unit, scene.language),
        false => spoken(value),
    };
    let ends = fit.ends.map(|(low, high)| format!("{} … {}", of(low), of(high)));
    let [p10, p50, p90] = fit.simulated.map(of);
    let score = |score: Option<f64>| score.map_or("–".to_owned(), of);
    let [drift, share, last] = fit.crps_of;
    let unit = unit(scene, fit);
    let others: Vec<f64> = fit.crps_of.into_iter().flatten().collect();
    Row {
        target: fit.target.clone(),
        name: match name(scene, &fit.target) {
            name if name.is_empty() => unit,
            name => format!("{name}{}{unit}", scene.language.pick("; ", "；")),
        },
        // On one line, however narrow its column.
        split: split(scene, fit).replace(' ', "\u{a0}"),
        observed: [of(fit.observed), ends.unwrap_or_default()],
        simulated: [p50, format!("{p10} … {p90}")],
        covered: fit.covered,
        scores: [score(fit.crps), score(drift), score(share), score(last)],
        is_best: fit
            .crps
            .filter(|_| !others.is_empty())
            .map(|crps| others.iter().all(|other| crps < *other)),
    }
}

/// How many targets of a split are covered, and how many are met better than by naive forecasts.
pub fn tally(scene: &Scene<'_>, table: &[Fit], split: &str) -> Option<String> {
    let of: Vec<&Fit> = table.iter().filter(|fit| fit.split == split).collect();
    if of.is_empty() {
        return None;
    }
    let covered = of.iter().filter(|fit| fit.covered).count();
    let beats = |at: usize| {
        let pairs = of.iter().filter_map(|fit| Some((fit.crps?, fit.crps_of[at]?)));
        pairs.fold((0, 0), |(won, all), (own, other)| (won + usize::from(own < other), all + 1))
    };
    let all = of.len();
    let which = match split {
        "train" => scene.language.pick("May have been fitted", "可用于拟合"),
        "holdout" => scene.language.pick("Held out", "留出"),
        other => other,
    };
    let mut said = match scene.language {
        Language::En => format!(
            "{which}: {covered} of {all} lie in the middle 80 percent, {} do not.",
            all - covered
        ),
        Language::Zh => {
            format!("{which}：{all} 项中 {covered} 项落在中间 80% 之内，{} 项没有。", all - covered)
        }
    };
    for (at, name) in NAIVE.into_iter().enumerate() {
        let ((won, pairs), name) = (beats(at), name[scene.language as usize]);
        if pairs > 0 {
            said.push_str(&match scene.language {
                Language::En => format!(" Better than {name} in {won} of {pairs}."),
                Language::Zh => format!("优于{name} {won}/{pairs}。"),
            });
        }
    }
    Some(said)
}

/// What a fit page must say before its figures.
pub const CAVEATS: [[&str; 2]; 2] = [
    [
        "2024 and 2025 are called held out because nothing is fitted to them. They are not unseen any more: two priors of packaging were changed after the model had been judged by these years, one of them twice, and faults were mended after they had been looked at. Only 2026 is unseen, and in none of the files.",
        "2024 年与 2025 年称为“留出”，因为没有任何参数拟合于它们。但它们已非未见：在以这两年评判之后，封装的两项先验曾被修改（其中一项两次），也有错误在查看之后得到修正。只有 2026 年未曾见过，且不在任何文件之中。",
    ],
    [
        "A naive forecast that rests on one earlier figure is a single number: its score is how far off it is.",
        "仅据一个先前数值的朴素预测只是一个点：其评分即偏离的大小。",
    ],
];

/// A target of the held-out years beside what history came to.
struct Miss<'t> {
    target: &'t Target,
    band: Band,
}

impl Miss<'_> {
    /// How many times too high or too low the middle is, as the size of a logarithm.
    fn size(&self) -> f64 {
        (self.band.mid.max(1e-9) / self.target.value.max(1e-9)).ln().abs()
    }
}

/// The most misses that are told.
const MISSES_MAX: usize = 8;

/// The scenario that is to be what happened.
const HISTORY: &str = "history";

/// What lies outside 90 percent of the draws of history in the held-out years, of each quantity the
/// worst, the worst first; `None` where the run has no history.
pub fn misses(scene: &Scene<'_>) -> Option<(String, Vec<String>)> {
    if !scene.scenarios.contains(&HISTORY) {
        return None;
    }
    let held = scene.targets.iter().filter(|it| it.split == Split::Holdout && it.value > 0.0);
    let seen: Vec<Miss<'_>> =
        held.filter_map(|target| Some(Miss { target, band: simulated(scene, target)? })).collect();
    let all = seen.len();
    let mut missed: Vec<Miss<'_>> = seen
        .into_iter()
        .filter(|it| !(it.band.low..=it.band.high).contains(&it.target.value))
        .collect();
    let count = missed.len();
    missed.sort_by(|a, b| b.size().total_cmp(&a.size()));
    let mut told: Vec<(&str, &str)> = Vec::new();
    missed.retain(|miss| {
        let series = (miss.target.quantity.as_str(), miss.target.actor.as_str());
        let is_new = !told.contains(&series);
        told.push(series);
        is_new
    });
    let lines = missed.iter().take(MISSES_MAX).map(|miss| said(scene, miss)).collect();
    let head = match scene.language {
        Language::En => format!(
            "Of {all} marks of the held-out years that history can be held against, {count} lie outside 90 percent of its draws. The worst of each quantity:"
        ),
        Language::Zh => format!(
            "留出年份中可与史实情景对照的 {all} 个标记，有 {count} 个落在其 90% 的抽样之外。各数量中最甚者："
        ),
    };
    Some((head, lines))
}

/// What history came to for a target.
fn simulated(scene: &Scene<'_>, target: &Target) -> Option<Band> {
    let Target { quantity, actor, from, through, .. } = target;
    let results = scene.results;
    if target.basis == Basis::Level {
        return results.band(HISTORY, quantity, actor, *through);
    }
    // A part of a sum is no sum.
    if *from < scene.span.0 || *through > scene.span.1 {
        return None;
    }
    let quarters = f64::from(through.since(*from) + 1);
    let part = if target.basis == Basis::Mean { quarters } else { 1.0 };
    let sums = results.sums(HISTORY, quantity, actor, *from..=*through);
    Band::of(sums.into_iter().map(|sum| sum / part))
}

fn said(scene: &Scene<'_>, miss: &Miss<'_>) -> String {
    let Miss { target, band } = miss;
    let language = scene.language;
    let of = |value: f64| match words::is_share(&target.unit) {
        true => words::value(value, &target.unit, language),
        false => spoken(value),
    };
    let name = format!(
        "{}, {}",
        super::fan::title(scene, &target.quantity, &target.actor),
        target.period()
    );
    let [observed, low, mid, high] = [target.value, band.low, band.mid, band.high].map(of);
    let unit = match words::is_share(&target.unit) {
        true => String::new(),
        false => format!(" {}", words::unit(target.unit_of_value(), language)),
    };
    let times = spoken(miss.size().exp());
    let is_above = band.mid > target.value;
    let note = target.note[language as usize].as_str();
    let note = match (note, language) {
        ("", _) => String::new(),
        (note, Language::En) => format!(" ({note})"),
        (note, Language::Zh) => format!("（{note}）"),
    };
    match language {
        Language::En => {
            let side = if is_above { "too high" } else { "too low" };
            format!(
                "{name}: {observed} observed{note}, {mid} ({low} … {high}) simulated{unit}: {times} times {side}."
            )
        }
        Language::Zh => {
            let side = if is_above { "偏高" } else { "偏低" };
            format!(
                "{name}：观测 {observed}{note}，模拟 {mid}（{low} … {high}）{unit}：{side}，相差 {times} 倍。"
            )
        }
    }
}

/// The naive forecasts, in the order of their scores.
const NAIVE: [[&str; 2]; 3] = [
    ["drift", "趋势外推"],
    ["a constant share", "份额不变"],
    ["\"the last rule changed nothing\"", "“最近的规则没有影响”"],
];

/// Simulated over observed, a row a target; `None` where none is above zero.
pub fn draw(scene: &Scene<'_>, table: &[Fit]) -> Option<Chart> {
    let mut rows = in_order(table);
    rows.retain(|fit| fit.observed > 0.0);
    if rows.is_empty() {
        return None;
    }
    let scale = Scale::Log { low: 0.1, high: 10.0 };
    let (left, width, top) = (330.0, WIDTH - 330.0 - 130.0, 10.0);
    let mut splits: Vec<&str> = rows.iter().map(|fit| fit.split.as_str()).collect();
    splits.dedup();
    let foot = top + ROW * (rows.len() + splits.len()) as f64;
    let x = |ratio: f64| left + width * scale.at(ratio);
    let mut canvas = Canvas::default();
    for tick in [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0] {
        canvas.line(if tick == 1.0 { "axis" } else { "grid" }, (x(tick), top), (x(tick), foot));
        canvas.text("tick", (x(tick), foot + 15.0), Anchor::Middle, &format!("{tick}×"));
    }
    let (mut y, mut before) = (top - ROW * 0.5, "");
    for fit in rows {
        if before != fit.split {
            y += ROW;
            let head = split(scene, fit);
            canvas.text("name", (left - 8.0, y + 4.0), Anchor::End, head);
            before = &fit.split;
        }
        y += ROW;
        let color = usize::from(!fit.covered);
        let name = name(scene, &fit.target);
        let label =
            if name.is_empty() { fit.target.clone() } else { format!("{name} · {}", fit.target) };
        canvas.text("small", (left - 8.0, y + 3.5), Anchor::End, &label);
        let [p10, p50, p90] = fit.simulated.map(|value| value / fit.observed);
        canvas.rect(&format!("total f{color}"), (x(p10), y - 4.0), (x(p90) - x(p10), 8.0), &label);
        let said = format!("{label}: {}", spoken(p50));
        if p50 > 0.0 {
            canvas.circle(&format!("f{color}"), (x(p50), y), 3.6, &said);
        }
        if let Some((low, high)) = fit.ends {
            canvas.line("reach", (x(low / fit.observed), y), (x(high / fit.observed), y));
        }
        let word = match fit.covered {
            true => scene.language.pick("✓ covered", "✓ 覆盖"),
            false => scene.language.pick("✗ missed", "✗ 未覆盖"),
        };
        canvas.text(
            &format!("small t{color}"),
            (left + width + 10.0, y + 3.5),
            Anchor::Start,
            word,
        );
    }
    let title = scene.language.pick("Simulated over observed", "模拟值与观测值之比").to_owned();
    let about = scene.language.pick(
        "Bar: 10 to 90 percent of draws, dot: median, thin line: how far the observation may be off; all over what was observed, logarithmic scale from a tenth to ten times, what lies beyond is drawn at the edge.",
        "条：10% 至 90% 的抽样；点：中位数；细线：观测的误差范围；均除以观测值，对数刻度，超出 0.1 至 10 倍者画在边上。",
    );
    Some(canvas.chart("fit", title, about.to_owned(), (WIDTH, foot + 24.0)))
}

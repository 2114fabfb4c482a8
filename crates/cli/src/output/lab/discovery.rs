//! Scenario discovery: what density costs in coverage, and the box as ranges of its parameters.

use lab::robust::tables::{Bound, Rule, Step};

use super::frame::{Plot, Scene, WIDTH};
use super::svg::{Anchor, Canvas, Chart};
use super::words;
use crate::language::Language;

/// What `weir lab discover` left beside the run.
pub struct Tables {
    /// The boxes on the way.
    pub steps: Vec<Step>,
    /// The bounds of the box that is looked at.
    pub bounds: Vec<Bound>,
    /// The rules of the tree.
    pub rules: Vec<Rule>,
    /// What was asked.
    pub question: Question,
}

/// What was asked.
pub struct Question {
    /// The scenarios.
    pub scenarios: Vec<String>,
    /// The quantity, its actor and the quarter.
    pub of: [String; 3],
    /// The unit.
    pub unit: String,
    /// Whether runs above the threshold are of interest.
    pub is_above: bool,
    /// The threshold.
    pub threshold: f64,
    /// All runs, and those of interest.
    pub runs: [u64; 2],
}

/// How high the row of a bound is.
const ROW: f64 = 44.0;

/// What is asked, in a sentence, and the rules.
pub fn intro(scene: &Scene<'_>, tables: &Tables) -> Vec<String> {
    let language = scene.language;
    let asked = &tables.question;
    let [quantity, actor, at] = &asked.of;
    let title = super::fan::title(scene, quantity, actor);
    let unit = words::unit(&asked.unit, language);
    let threshold = words::value(asked.threshold, &asked.unit, language);
    let [runs, passing] = asked.runs.map(|count| crate::output::sheet::grouped(&count.to_string()));
    let scenarios: Vec<&str> =
        asked.scenarios.iter().map(|name| words::scenario(name, language)).collect();
    let scenarios = scenarios.join(language.pick(", ", "、"));
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut out = vec![match language {
        Language::En => format!(
            "Of interest: {passing} of {runs} runs ({scenarios}) in which \"{title}\" is {} {threshold} ({unit}) in {at}.",
            if asked.is_above { "above" } else { "below" }
        ),
        Language::Zh => format!(
            "受关注：{runs} 次运行（{scenarios}）中有 {passing} 次的“{title}”在 {at} {} {threshold}（{unit}）。",
            if asked.is_above { "高于" } else { "低于" }
        ),
    }];
    let share = asked.runs[1] as f64 / asked.runs[0].max(1) as f64;
    for rule in tables.rules.iter().filter(|rule| rule.density > share).take(3) {
        let [coverage, density] = [rule.coverage, rule.density].map(percent);
        let held = rule.held_out_density.map_or("–".to_owned(), percent);
        let text = super::parameters::explained(&rule.rule, language);
        out.push(match language {
            Language::En => format!(
                "Rule of the tree: {text}: {density} of its runs are of interest (held out: {held}), which are {coverage} of all such runs."
            ),
            Language::Zh => format!(
                "决策树规则：{text}：其中 {density} 受关注（留出：{held}），占此类运行的 {coverage}。"
            ),
        });
    }
    out
}

/// The trajectory on the left, the box on the right.
pub fn draw(scene: &Scene<'_>, tables: &Tables) -> Option<Chart> {
    if tables.steps.is_empty() {
        return None;
    }
    let language = scene.language;
    let rows = tables.bounds.len().max(1) as f64;
    let height = (60.0 + ROW * rows).max(300.0);
    let plot = Plot { left: 52.0, top: 34.0, width: 370.0, height: height - 90.0 };
    let mut canvas = Canvas::default();
    trajectory(scene, &mut canvas, &plot, tables);
    ranges(scene, &mut canvas, tables);
    let about = language.pick(
        "Left: each box of the peeling trajectory: coverage is the share of all runs of interest that it holds, density the share of its runs that are of interest. Solid: among the runs that were searched, dashed: among those that were held out; where the two part, the box is luck. Ring: the box that is looked at, diamond: the same without bounds that chance would explain. Right: its bounds as shares of what was believed of each parameter (full width: the whole distribution).",
        "左：剥离过程中的每个范围：覆盖率为其所含受关注运行占全部受关注运行的比例，密度为范围内受关注运行的比例。实线：用于搜索的运行；虚线：留出的运行；两者分开之处，范围只是运气。圆环：所考察的范围；菱形：去除偶然边界之后。右：其边界，以各参数先验分布的份额表示（全宽为整个分布）。",
    );
    let title = language.pick("Coverage, density and the box", "覆盖率、密度与范围").to_owned();
    Some(canvas.chart("discovery", title, about.to_owned(), (WIDTH, height)))
}

fn trajectory(scene: &Scene<'_>, canvas: &mut Canvas, plot: &Plot, tables: &Tables) {
    let language = scene.language;
    let x = |share: f64| plot.left + plot.width * share;
    for tick in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0] {
        let text = words::value(tick, "share", language);
        canvas.line("grid", (plot.left, plot.y(tick)), (plot.right(), plot.y(tick)));
        canvas.text("tick", (plot.left - 5.0, plot.y(tick) + 3.5), Anchor::End, &text);
        canvas.line("grid", (x(tick), plot.top), (x(tick), plot.foot()));
        canvas.text("tick", (x(tick), plot.foot() + 15.0), Anchor::Middle, &text);
    }
    canvas.line("axis", (plot.left, plot.foot()), (plot.right(), plot.foot()));
    let middle = plot.left + plot.width / 2.0;
    let coverage = language.pick("coverage", "覆盖率");
    canvas.text("soft", (middle, plot.foot() + 32.0), Anchor::Middle, coverage);
    let density = language.pick("density", "密度");
    canvas.text("soft", (plot.left - 40.0, plot.top - 16.0), Anchor::Start, density);
    let steps: Vec<&Step> = tables.steps.iter().filter(|step| step.kind != "box").collect();
    let place = |[coverage, density]: [f64; 2]| (x(coverage), plot.y(density));
    let searched: Vec<(f64, f64)> = steps.iter().map(|step| place(step.searched)).collect();
    let held: Vec<(f64, f64)> = steps.iter().filter_map(|step| step.held_out.map(place)).collect();
    canvas.through("line s1 d4", &held);
    canvas.through("line s0", &searched);
    for step in &tables.steps {
        let said = said(scene, step);
        let at = place(step.searched);
        match step.kind.as_str() {
            "box" => {
                canvas.diamond("f0", at, 6.0, &said);
                if let Some(held) = step.held_out {
                    canvas.diamond("f1", place(held), 6.0, &said);
                }
            }
            _ => canvas.circle("f0", at, 2.4, &said),
        }
        if step.is_chosen {
            canvas.circle("ring", at, 6.5, &said);
        }
    }
    let names = [language.pick("searched", "搜索所用"), language.pick("held out", "留出")];
    let mut left = plot.left + 60.0;
    for (color, name) in names.into_iter().enumerate() {
        let dash = if color == 1 { " d4" } else { "" };
        canvas.line(&format!("line s{color}{dash}"), (left, 14.0), (left + 24.0, 14.0));
        canvas.text(&format!("name t{color}"), (left + 30.0, 18.0), Anchor::Start, name);
        left += 130.0;
    }
}

fn said(scene: &Scene<'_>, step: &Step) -> String {
    let percent = |[coverage, density]: [f64; 2]| {
        [coverage, density].map(|share| format!("{:.0} %", share * 100.0))
    };
    let [coverage, density] = percent(step.searched);
    let held = step.held_out.map(percent);
    match scene.language {
        Language::En => {
            let held = held.map_or(String::new(), |[a, b]| format!("; held out: {a}, {b}"));
            format!("coverage {coverage}, density {density}{held}")
        }
        Language::Zh => {
            let held = held.map_or(String::new(), |[a, b]| format!("；留出：{a}，{b}"));
            format!("覆盖率 {coverage}，密度 {density}{held}")
        }
    }
}

fn ranges(scene: &Scene<'_>, canvas: &mut Canvas, tables: &Tables) {
    let language = scene.language;
    let (left, wide, top) = (486.0, 200.0, 34.0);
    let heads = [
        (left, Anchor::Start, language.pick("parameter and its distribution", "参数及其分布")),
        (left + wide + 12.0, Anchor::Start, language.pick("range", "范围")),
        (WIDTH - 4.0, Anchor::End, language.pick("chance · again", "偶然 · 重现")),
    ];
    for (x, anchor, head) in heads {
        canvas.text("soft", (x, 18.0), anchor, head);
    }
    if tables.bounds.is_empty() {
        let none = language.pick(
            "no bound is left that chance would not explain as well",
            "没有任何边界不能用偶然来解释",
        );
        canvas.text("soft", (left, top + 24.0), Anchor::Start, none);
    }
    for (at, bound) in tables.bounds.iter().enumerate() {
        let head = top + ROW * at as f64 + 10.0;
        let y = head + 16.0;
        let name = bound.parameter.as_str();
        let known = match name.strip_prefix("scenario:") {
            Some(scenario) => Some(words::scenario(scenario, language).to_owned()),
            None => super::parameters::meaning(name, language),
        };
        let parameter = match known {
            Some(known) => {
                canvas.text("tick symbol", (WIDTH - 4.0, head), Anchor::End, name);
                known
            }
            None => name.to_owned(),
        };
        canvas.text("label", (left, head), Anchor::Start, &parameter);
        let [low, high] = bound.shares;
        let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(1.0));
        let range = range(scene, bound);
        let chance = match bound.by_chance {
            chance if chance < 1e-4 => "<0.0001".to_owned(),
            chance => format!("{chance:.4}"),
        };
        let again = format!("{:.0} %", bound.reproduced * 100.0);
        let said = format!("{parameter} {range}; {:.0}–{:.0} %", low * 100.0, high * 100.0);
        canvas.rect("land", (left, y - 5.0), (wide, 10.0), &said);
        canvas.rect("f0", (left + wide * low, y - 5.0), (wide * (high - low), 10.0), &said);
        canvas.text("small", (left + wide + 12.0, y + 3.5), Anchor::Start, &range);
        let text = format!("{chance} · {again}");
        canvas.text("tick", (WIDTH - 4.0, y + 3.5), Anchor::End, &text);
    }
}

/// The range of a bound in its unit.
fn range(scene: &Scene<'_>, bound: &Bound) -> String {
    let language = scene.language;
    let value = |value: f64| words::value(value, &bound.unit, language);
    let range = match bound.ends.map(|end| end.map(value)) {
        [Some(low), Some(high)] => format!("{low} … {high}"),
        [Some(low), None] => format!("> {low}"),
        [None, Some(high)] => format!("≤ {high}"),
        [None, None] => "–".to_owned(),
    };
    let unit = words::unit(&bound.unit, language);
    if words::is_share(&bound.unit) || bound.unit == "1" {
        range
    } else {
        format!("{range} {unit}")
    }
}

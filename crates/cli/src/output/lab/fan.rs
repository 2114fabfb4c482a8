//! Fan charts: of one quantity, a panel a scenario, with what others observed; and one quantity by
//! country, a panel a country, with a line a scenario.

use lab::results::{Band, Quarter};

use super::frame::{Grid, Plot, Scene};
use super::names::spoken;
use super::svg::{Anchor, Canvas, Chart, Scale};
use super::words;

/// A series with its scenario.
type Path<'p> = (&'p str, Vec<(Quarter, Band)>);

/// The chart of one quantity of one actor; `None` where the run has nothing of it.
pub fn quantity(scene: &Scene<'_>, quantity: &str, actor: &str) -> Option<Chart> {
    let paths = paths(scene, quantity, actor);
    if paths.is_empty() {
        return None;
    }
    let language = scene.language;
    let unit = scene.results.unit(quantity).unwrap_or_default();
    let targets = scene.targets_of(quantity, actor);
    let scale = fitting(scene, &paths, quantity, actor);
    let columns = paths.len().min(3);
    let grid = Grid::new(columns, 188.0, [26.0, 16.0, 24.0, 50.0]);
    let mut canvas = Canvas::default();
    for (at, (scenario, path)) in paths.iter().enumerate() {
        let plot = grid.plot(at);
        let color = scene.color(scenario);
        let name = words::scenario(scenario, language);
        canvas.text(&format!("name t{color}"), (plot.left, plot.top - 10.0), Anchor::Start, name);
        scene.axes(&mut canvas, &plot, &scale, unit);
        scene.rules(&mut canvas, &plot, scenario);
        fan(scene, &mut canvas, &plot, &scale, (color, name), path);
        scene.marks(&mut canvas, &plot, &scale, (&targets, None));
        if let Some((quarter, band)) = path.last() {
            let text = words::value(band.mid, unit, language);
            let x = scene.x(&plot, *quarter) - 2.0;
            let y = label(scene, &plot, &scale, path, x);
            let anchor = if path.len() > 1 { Anchor::End } else { Anchor::Start };
            canvas.text(&format!("name t{color}"), (x, y), anchor, &text);
        }
    }
    let title = title(scene, quantity, actor);
    let mut about = about(scene, unit, &scale, targets.len());
    if let Some(note) = words::note(quantity, actor, language) {
        about.push_str(language.pick(" ", ""));
        about.push_str(note);
    }
    let id = format!("fan-{}-{}", safe(quantity), safe(actor));
    Some(canvas.chart(&id, title, about, grid.size(paths.len())))
}

/// Where the label of a line's end stands: above the line as far as the label reaches, or below it
/// where there is no room.
fn label(scene: &Scene<'_>, plot: &Plot, scale: &Scale, path: &[(Quarter, Band)], end: f64) -> f64 {
    const WIDE: f64 = 42.0;
    let near = path.iter().filter(|(quarter, _)| scene.x(plot, *quarter) > end - WIDE);
    let heights = near.map(|(_, band)| plot.y(scale.at(band.mid)));
    let (top, foot) =
        heights.fold((f64::MAX, f64::MIN), |(top, foot), y| (top.min(y), foot.max(y)));
    let above = top - 6.0;
    if above >= plot.top + 6.0 { above } else { foot + 15.0 }
}

/// A name as it may stand in ids and names of files.
pub fn safe(name: &str) -> String {
    name.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect()
}

/// What a quantity of an actor is called.
pub fn title(scene: &Scene<'_>, quantity: &str, actor: &str) -> String {
    if let Some(title) = words::of_its_own(quantity, actor, scene.language) {
        return title.to_owned();
    }
    let name = words::quantity(quantity, scene.language);
    match actor {
        "world" => name.to_owned(),
        actor => {
            let actor = words::actor(actor, scene.regions, scene.language);
            format!("{name}{}{actor}", scene.language.pick(": ", "："))
        }
    }
}

fn paths<'s>(scene: &Scene<'s>, quantity: &str, actor: &str) -> Vec<Path<'s>> {
    let path = |scenario: &&'s str| (*scenario, scene.results.path(scenario, quantity, actor));
    scene.scenarios.iter().map(path).filter(|(_, path)| !path.is_empty()).collect()
}

/// The scale that all panels share.
fn fitting(scene: &Scene<'_>, paths: &[Path<'_>], quantity: &str, actor: &str) -> Scale {
    let is_share = words::is_share(scene.results.unit(quantity).unwrap_or_default());
    let bands = || paths.iter().flat_map(|(_, path)| path.iter().map(|(_, band)| band));
    let middles: Vec<f64> = bands().map(|band| band.mid).collect();
    let mut others: Vec<f64> = bands().flat_map(|band| [band.low, band.high]).collect();
    for target in scene.targets_of(quantity, actor) {
        others.extend(target.a_quarter().into_iter().flatten());
    }
    match is_share {
        // Decades of a share say nothing that a reader could use: 0 %, 0 %, 0 %.
        true => Scale::linear(middles.into_iter().chain(others)),
        false => Scale::fitting(&middles, &others),
    }
}

fn fan(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    plot: &Plot,
    scale: &Scale,
    (color, name): (usize, &str),
    path: &[(Quarter, Band)],
) {
    let edge = |of: fn(&Band) -> f64| -> Vec<(f64, f64)> {
        let point = |(quarter, band): &(Quarter, Band)| {
            (scene.x(plot, *quarter), plot.y(scale.at(of(band))))
        };
        path.iter().map(point).collect()
    };
    let (upper, lower) = (edge(|band| band.high), edge(|band| band.low));
    canvas.area(&format!("band f{color}"), &upper, &lower, name);
    let middle = edge(|band| band.mid);
    canvas.through(&format!("line s{color}"), &middle);
    // A line needs two points to be seen.
    if let [point] = middle.as_slice() {
        canvas.circle(&format!("f{color}"), *point, 3.0, name);
    }
}

/// A word as it begins a sentence.
fn sentence(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn about(scene: &Scene<'_>, unit: &str, scale: &Scale, targets: usize) -> String {
    let language = scene.language;
    let mut parts = vec![
        sentence(words::unit(unit, language)),
        language
            .pick(
                "line: median; band: 5 to 95 percent of draws",
                "线：中位数；带：5% 至 95% 的抽样",
            )
            .to_owned(),
    ];
    if scale.is_log() {
        parts.push(
            language
                .pick(
                    "logarithmic scale, what lies below it is drawn at its foot",
                    "对数刻度，低于刻度者画在底边",
                )
                .to_owned(),
        );
    }
    if scene.supposed.iter().any(|told| !told.rules.is_empty()) {
        parts.push(
            language
                .pick(
                    "thin upright lines: rules change; dashed: the scenario parts from history",
                    "竖细线：规则变化；虚线：该情景与史实分开之处",
                )
                .to_owned(),
        );
    }
    parts.push(match targets {
        0 => language.pick("no target is known", "无可对照的目标值").to_owned(),
        _ => language
            .pick(
                "dots: estimates that may have been fitted (full) or were held out (open); diamonds: other models",
                "点：可用于拟合（实心）或留出（空心）的估计；菱形：他人的模型",
            )
            .to_owned(),
    });
    let mut about = parts.join(language.pick("; ", "；"));
    about.push_str(language.pick(".", "。"));
    about
}

/// One quantity by actor: a panel each, with the median of every scenario.
pub fn by_actor(scene: &Scene<'_>, quantity: &str) -> Option<Chart> {
    let language = scene.language;
    let unit = scene.results.unit(quantity)?;
    let all = scene.results.actors(quantity);
    let of = |actor: &&str| (actor.to_string(), paths(scene, quantity, actor));
    let panels: Vec<(String, Vec<Path<'_>>)> = all.iter().map(of).collect();
    let mut canvas = Canvas::default();
    let has = |scenario: &&&str| {
        panels.iter().any(|(_, paths)| paths.iter().any(|(name, _)| name == *scenario))
    };
    let shown: Vec<&str> = scene.scenarios.iter().filter(has).copied().collect();
    let head = scene.legend(&mut canvas, &shown, 0.0);
    let columns = panels.len().min(4);
    let grid = Grid::new(columns, 150.0, [head + 26.0, 14.0, 24.0 - head, 46.0]);
    for (at, (actor, paths)) in panels.iter().enumerate() {
        let plot = grid.plot(at);
        let name = words::actor(actor, scene.regions, language);
        canvas.text("name", (plot.left - 40.0, plot.top - 11.0), Anchor::Start, &name);
        let middles = paths.iter().flat_map(|(_, path)| path.iter().map(|(_, band)| band.mid));
        let scale = Scale::linear(middles);
        scene.axes(&mut canvas, &plot, &scale, unit);
        for (scenario, path) in paths {
            let color = scene.color(scenario);
            let point = |(quarter, band): &(Quarter, Band)| {
                (scene.x(&plot, *quarter), plot.y(scale.at(band.mid)))
            };
            let points: Vec<(f64, f64)> = path.iter().map(point).collect();
            canvas.through(&format!("thin s{color} d{color}"), &points);
        }
    }
    let about = format!(
        "{}{}{}",
        sentence(words::unit(unit, language)),
        language.pick(
            "; medians over draws; every panel has a scale of its own that begins at zero.",
            "；抽样的中位数；各图刻度不同，均从零开始。"
        ),
        words::note(quantity, "", language)
            .map_or_else(String::new, |note| format!("{}{note}", language.pick(" ", "")))
    );
    let (width, height) = grid.size(panels.len());
    let title = words::quantity(quantity, language).to_owned();
    let id = format!("places-{}", safe(quantity));
    Some(canvas.chart(&id, title, about, (width, height + head)))
}

/// The rows of a table of one quantity at some quarters: `low, mid, high` in words.
pub fn in_words(band: &Band, unit: &str) -> [String; 3] {
    [band.low, band.mid, band.high].map(|value| match words::is_share(unit) {
        true => words::value(value, unit, crate::language::Language::En),
        false => spoken(value),
    })
}

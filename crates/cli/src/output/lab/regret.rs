//! Regret as a heat map, and the effect of each lever as intervals.

use lab::robust::tables::{Alternative, Effect, Regret, Subject};

use super::frame::{Scene, WIDTH};
use super::names::digits;
use super::svg::{Anchor, Canvas, Chart, SLANT, Scale};
use super::words;
use crate::language::Language;
use crate::output::wrapping::{width, wrapped};

/// What `weir lab regret` left beside the run.
pub struct Tables {
    /// What was compared.
    pub alternatives: Vec<Alternative>,
    /// Regrets.
    pub regrets: Vec<Regret>,
    /// Effects.
    pub effects: Vec<Effect>,
    /// The day from which levers are pulled, and the quarter in which outcomes end.
    pub time: [String; 2],
}

/// How high a row is.
const ROW: f64 = 18.0;

/// How wide the names of alternatives are.
const NAMES: f64 = 292.0;

/// How many fills a sequence has.
const CLASSES: usize = 5;

/// The heat maps of choices and of scenarios, and the effects.
pub fn draw(scene: &Scene<'_>, tables: &Tables) -> Vec<Chart> {
    let heat = ["choice", "scenario"].into_iter().filter_map(|group| heat(scene, tables, group));
    heat.chain(effects(scene, tables)).collect()
}

/// What an alternative is called: its lever and the value, or the scenario.
fn name(scene: &Scene<'_>, tables: &Tables, id: &str) -> String {
    let language = scene.language;
    let Some(one) = tables.alternatives.iter().find(|one| one.name == id) else {
        return id.to_owned();
    };
    let title = match one.titles[language as usize].as_str() {
        "" => id,
        title => title,
    };
    let Some([value, _]) = one.values else {
        let known = words::scenario(id, language);
        let name = if known == id { title } else { known };
        let base = if one.group == "base" { language.pick(" (base)", "（基准）") } else { "" };
        return format!("{name}{base}");
    };
    let value = match words::is_share(&one.unit) {
        true => words::value(value, "share", language),
        false if one.unit.starts_with("USD") => {
            format!("{} {}", words::value(value, &one.unit, language), language.pick("USD", "美元"))
        }
        false => words::value(value, &one.unit, language),
    };
    format!("{title}{}{value}", language.pick(": ", "："))
}

/// A scale goes by decades where the largest value is so many times the middle one.
const HEAVY: f64 = 15.0;

/// The outcomes of a table in its order.
fn outcomes<'t>(subjects: impl Iterator<Item = &'t Subject>) -> Vec<&'t Subject> {
    let mut out: Vec<&Subject> = Vec::new();
    for subject in subjects {
        if !out.iter().any(|known| known.outcome == subject.outcome) {
            out.push(subject);
        }
    }
    out
}

/// What an outcome is called.
fn title<'s>(scene: &Scene<'_>, subject: &'s Subject) -> &'s str {
    match subject.titles[scene.language as usize].as_str() {
        "" => &subject.outcome,
        title => title,
    }
}

/// Which way an outcome is good, in an arrow.
fn arrow(subject: &Subject) -> &'static str {
    if subject.is_more { "↑" } else { "↓" }
}

fn heat(scene: &Scene<'_>, tables: &Tables, group: &str) -> Option<Chart> {
    let language = scene.language;
    let rows: Vec<&Regret> = tables.regrets.iter().filter(|row| row.group == group).collect();
    let columns = outcomes(rows.iter().map(|row| &row.subject));
    let mut names: Vec<&str> = Vec::new();
    for row in &rows {
        if !names.contains(&row.subject.alternative.as_str()) {
            names.push(&row.subject.alternative);
        }
    }
    let first = rows.first()?;
    let mut canvas = Canvas::default();
    let (top, wide) = heads(scene, &mut canvas, &columns);
    let shades: Vec<Shade> = columns.iter().map(|it| Shade::of(tables, &rows, it)).collect();
    for (at, id) in names.iter().enumerate() {
        let y = top + ROW * at as f64;
        let label = shortened(&name(scene, tables, id), 54);
        canvas.text("small", (NAMES - 8.0, y + 12.5), Anchor::End, &label);
        for (column, subject) in columns.iter().enumerate() {
            let is_it = |row: &&&Regret| {
                row.subject.alternative == *id && row.subject.outcome == subject.outcome
            };
            let Some(row) = rows.iter().find(is_it) else { continue };
            let x = NAMES + wide * column as f64;
            cell(scene, &mut canvas, (x, y, wide), row, (&label, shades[column]));
        }
    }
    let foot = top + ROW * names.len() as f64;
    legend(scene, &mut canvas, foot + 8.0);
    let (named, id) = match group {
        "scenario" => (language.pick("Regret of whole scenarios", "整个情景的后悔值"), "scenarios"),
        _ => (language.pick("Regret of each lever", "各手段的后悔值"), "levers"),
    };
    Some(canvas.chart(
        &format!("regret-{id}"),
        named.to_owned(),
        about(scene, tables, first.draws),
        (WIDTH, foot + 32.0),
    ))
}

/// How wide a letter of a head is.
const LETTER: f64 = 5.9;

/// The heads of columns: on as many lines as they take where every word fits, else slanted. Where
/// the rows begin, and how wide columns are.
fn heads(scene: &Scene<'_>, canvas: &mut Canvas, columns: &[&Subject]) -> (f64, f64) {
    let language = scene.language;
    let wide = (WIDTH - NAMES) / columns.len() as f64;
    let letters = (wide / LETTER) as usize;
    let texts: Vec<[String; 2]> = columns
        .iter()
        .map(|column| {
            let unit = words::unit(&column.unit, language);
            [title(scene, column).to_owned(), format!("{} {unit}", arrow(column))]
        })
        .collect();
    // Chinese breaks between any two letters.
    let longest = |text: &String| text.split_whitespace().map(width).max().unwrap_or(0);
    let has_room = |text: &String| language == Language::Zh || longest(text) <= letters;
    if !texts.iter().flatten().all(has_room) {
        return slanted(canvas, &texts);
    }
    let lines = |at: usize| texts.iter().map(move |text| wrapped(&text[at], letters));
    let most = |at: usize| lines(at).map(|lines| lines.len()).max().unwrap_or(1);
    let (first, more) = (most(0), most(1));
    for (at, (head, unit)) in lines(0).zip(lines(1)).enumerate() {
        let middle = NAMES + wide * (at as f64 + 0.5);
        let down = first - head.len();
        let mut put = |class: &str, line: usize, text: &str| {
            let y = 12.0 + 12.0 * line as f64;
            canvas.text(class, (middle, y), Anchor::Middle, text);
        };
        head.iter().enumerate().for_each(|(line, text)| put("small", down + line, text));
        unit.iter().enumerate().for_each(|(line, text)| put("tick", first + line, text));
    }
    (8.0 + 12.0 * (first + more) as f64, wide)
}

/// Heads that rise to the right, each with its unit below it.
fn slanted(canvas: &mut Canvas, texts: &[[String; 2]]) -> (f64, f64) {
    const LETTERS: usize = 22;
    let lines = |text: &[String; 2]| {
        let head = wrapped(&text[0], LETTERS).into_iter().map(|line| ("small", line));
        let unit = wrapped(&text[1], LETTERS).into_iter().map(|line| ("tick", line));
        head.chain(unit).collect::<Vec<_>>()
    };
    let all: Vec<Vec<(&str, String)>> = texts.iter().map(lines).collect();
    let longest = all.iter().flatten().map(|(_, line)| width(line)).max().unwrap_or(0);
    let long = LETTER * longest as f64;
    let (sin, cos) = SLANT.to_radians().sin_cos();
    // The last head reaches beyond its column.
    let wide = (WIDTH - NAMES - long * cos) / texts.len() as f64;
    let top = long * sin + 24.0;
    for (at, lines) in all.iter().enumerate() {
        let middle = NAMES + wide * (at as f64 + 0.5);
        let first = -12.0 * (lines.len() as f64 - 1.0) / 2.0 + 4.0;
        for (line, (class, text)) in lines.iter().enumerate() {
            canvas.slanted(class, (middle, top - 10.0), first + 12.0 * line as f64, text);
        }
    }
    (top, wide)
}

/// How a column is shaded.
#[derive(Clone, Copy)]
struct Shade {
    /// The value of the darkest; nothing where no regret comes to much.
    most: Option<f64>,
    /// Whether its alternatives differ at all.
    differs: bool,
}

impl Shade {
    /// A column in which nothing comes to so much of the base's median is not shaded.
    const LEAST: f64 = 0.01;

    fn of(tables: &Tables, rows: &[&Regret], column: &Subject) -> Shade {
        let of = || rows.iter().filter(|row| row.subject.outcome == column.outcome);
        let most = of().map(|row| row.of[1]).fold(0.0, f64::max);
        let is_it = |row: &&Effect| row.subject.outcome == column.outcome;
        let base = tables.effects.iter().find(is_it).map_or(0.0, |row| row.base.abs());
        let most = (most > 0.0 && most >= Shade::LEAST * base).then_some(most);
        Shade { most, differs: !of().all(|row| row.is_minimax) }
    }
}

fn cell(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    (x, y, wide): (f64, f64, f64),
    row: &Regret,
    (label, shade): (&str, Shade),
) {
    let (language, unit) = (scene.language, row.subject.unit.as_str());
    let [p50, p95, largest] = row.of.map(|value| words::value(value, unit, language));
    let share = shade.most.map_or(0.0, |most| row.of[1] / most);
    let class = ((share * CLASSES as f64).floor().max(0.0) as usize).min(CLASSES - 1);
    let best = words::value(row.best, "share", language);
    let said = match language {
        Language::En => format!(
            "{label}; {}: median {p50}, 95 % {p95}, largest {largest}; best in {best} of draws",
            title(scene, &row.subject)
        ),
        Language::Zh => format!(
            "{label}；{}：中位数 {p50}，95% {p95}，最大 {largest}；在 {best} 的抽样中最优",
            title(scene, &row.subject)
        ),
    };
    // What is not shaded is no lowest class.
    let fill = if shade.most.is_some() { format!("q{class}") } else { "land".to_owned() };
    canvas.rect(&fill, (x + 1.0, y + 1.0), (wide - 2.0, ROW - 2.0), &said);
    if row.is_minimax && shade.differs {
        canvas.rect("outline", (x + 2.0, y + 2.0), (wide - 4.0, ROW - 4.0), &said);
    }
    let on = if class >= 3 { "tick on" } else { "tick ink" };
    canvas.text(on, (x + wide / 2.0, y + 12.5), Anchor::Middle, &p95);
}

fn legend(scene: &Scene<'_>, canvas: &mut Canvas, top: f64) {
    let language = scene.language;
    let mut x = NAMES;
    for at in 0..CLASSES {
        let (from, to) = (at * 100 / CLASSES, (at + 1) * 100 / CLASSES);
        let text = format!("{from}–{to} %");
        canvas.rect(&format!("q{at}"), (x, top + 4.0), (16.0, 11.0), &text);
        canvas.text("small", (x + 21.0, top + 13.5), Anchor::Start, &text);
        x += 76.0;
    }
    canvas.rect("outline", (x + 8.0, top + 4.0), (16.0, 11.0), "");
    let text = language.pick("smallest largest regret", "最大后悔值最小");
    canvas.text("small", (x + 30.0, top + 13.5), Anchor::Start, text);
}

fn about(scene: &Scene<'_>, tables: &Tables, draws: f64) -> String {
    let [from, at] = &tables.time;
    let draws = crate::output::sheet::grouped(&format!("{draws:.0}"));
    match scene.language {
        Language::En => format!(
            "95th percentile over {draws} draws of what the best of these alternatives does better in the same draw; dark: large for its column (not shaded where all are below 1 percent of the base's median). Arrows: which way an outcome is better; no column weighs more than another. Levers hold from {from}, outcomes run to {at}."
        ),
        Language::Zh => format!(
            "同一次抽样中最优选项好出多少，取 {draws} 次抽样的 95% 分位数；颜色越深在该列中越大（全列低于基准中位数 1% 时不着色）。箭头表示何方向更好；各列不加权。手段自 {from} 起生效，结果截至 {at}。"
        ),
    }
}

/// The outcomes whose effects are drawn, where the tables have them; else their first three.
const SHOWN: [&str; 3] = ["china_compute", "us_revenue", "smuggled"];

fn effects(scene: &Scene<'_>, tables: &Tables) -> Option<Chart> {
    let language = scene.language;
    let is_lever = |row: &&Effect| {
        let of = tables.alternatives.iter().find(|one| one.name == row.subject.alternative);
        of.is_some_and(|one| one.values.is_some())
    };
    let rows: Vec<&Effect> = tables.effects.iter().filter(is_lever).collect();
    let all = outcomes(rows.iter().map(|row| &row.subject));
    let known: Vec<&Subject> = SHOWN
        .iter()
        .filter_map(|name| all.iter().find(|it| it.outcome == *name).copied())
        .collect();
    let columns: Vec<&Subject> =
        if known.is_empty() { all.into_iter().take(3).collect() } else { known };
    let mut names: Vec<&str> = Vec::new();
    for row in &rows {
        if !names.contains(&row.subject.alternative.as_str()) {
            names.push(&row.subject.alternative);
        }
    }
    if names.is_empty() {
        return None;
    }
    let wide = (WIDTH - NAMES) / columns.len() as f64;
    let (top, gap) = (38.0, 46.0);
    let foot = top + ROW * names.len() as f64;
    let mut canvas = Canvas::default();
    let labels: Vec<String> = names.iter().map(|id| name(scene, tables, id)).collect();
    for (at, label) in labels.iter().enumerate() {
        let y = top + ROW * (at as f64 + 0.5);
        canvas.text("small", (NAMES - 8.0, y + 3.5), Anchor::End, &shortened(label, 54));
        canvas.line("grid", (NAMES, y), (WIDTH - 20.0, y));
    }
    for (at, column) in columns.iter().enumerate() {
        let left = NAMES + wide * at as f64 + gap / 2.0;
        let of = |id: &&str| {
            let is_it = |row: &&&Effect| {
                row.subject.alternative == **id && row.subject.outcome == column.outcome
            };
            rows.iter().find(is_it).copied()
        };
        let rows: Vec<Option<&Effect>> = names.iter().map(of).collect();
        panel(scene, &mut canvas, column, (&rows, &labels), [left, top, wide - gap, foot]);
    }
    let about = language.pick(
        "Difference from the base, draw by draw: dot: median, line: 5 to 95 percent of draws. Green: better in more draws than worse, orange: worse in more, gray: neither. Scales are even near zero and by decades away from it where that shows more. Levers of China and of the world are no choices; they are here for their size.",
        "与基准逐次抽样之差：点为中位数，线为 5% 至 95% 的抽样。绿：更好的抽样多于更差者，橙：反之，灰：相同。差距悬殊时刻度在零附近均匀、远处取对数。中国与世界的手段不是可选项，列出以示大小。",
    );
    let title = language.pick("What each lever changes", "各手段改变什么").to_owned();
    Some(canvas.chart("regret-effects", title, about.to_owned(), (WIDTH, foot + 24.0)))
}

fn panel(
    scene: &Scene<'_>,
    canvas: &mut Canvas,
    column: &Subject,
    (rows, labels): (&[Option<&Effect>], &[String]),
    [left, top, wide, foot]: [f64; 4],
) {
    let language = scene.language;
    let unit = words::unit(&column.unit, language);
    let head = format!("{} {}", title(scene, column), arrow(column));
    canvas.text("name", (left + wide / 2.0, 12.0), Anchor::Middle, &head);
    canvas.text("tick", (left + wide / 2.0, 25.0), Anchor::Middle, unit);
    let scale = Scale::signed(rows.iter().flatten().flat_map(|row| row.of), HEAVY);
    let x = |value: f64| left + wide * scale.at(value);
    let tick = |tick: f64| (x(tick), words::value(tick, &column.unit, language));
    let ticks: Vec<(f64, String)> = scale.ticks().into_iter().map(tick).collect();
    for ((at, text), is_written) in ticks.iter().zip(written(&ticks, x(0.0))) {
        canvas.line("grid", (*at, top), (*at, foot));
        if is_written {
            canvas.text("tick", (*at, foot + 15.0), Anchor::Middle, text);
        }
    }
    canvas.line("axis", (x(0.0), top), (x(0.0), foot));
    for (at, (row, label)) in rows.iter().zip(labels).enumerate() {
        let Some(row) = row else { continue };
        let y = top + ROW * (at as f64 + 0.5);
        let [low, mid, high] = row.of;
        let [better, worse] = row.shares;
        let color = match better.total_cmp(&worse) {
            std::cmp::Ordering::Greater => "s2",
            std::cmp::Ordering::Less => "s1",
            std::cmp::Ordering::Equal => "none",
        };
        let said = [low, mid, high].map(digits);
        let said = match language {
            Language::En => format!(
                "{label}; {} ({} … {}); better in {:.0} %, worse in {:.0} % of draws",
                said[1],
                said[0],
                said[2],
                better * 100.0,
                worse * 100.0
            ),
            Language::Zh => format!(
                "{label}；{}（{} … {}）；{:.0}% 的抽样更好，{:.0}% 更差",
                said[1],
                said[0],
                said[2],
                better * 100.0,
                worse * 100.0
            ),
        };
        canvas.line(&format!("line {color}"), (x(low), y), (x(high), y));
        let fill = color.replace('s', "f");
        canvas.circle(&format!("{fill} middle"), (x(mid), y), 4.0, &said);
    }
}

/// Which labels of an axis are written, by their middles from left to right: where decades crowd,
/// some of them say enough, and zero is always one of them.
fn written(labels: &[(f64, String)], zero: f64) -> Vec<bool> {
    let half = |text: &str| 3.1 * width(text) as f64 + 3.0;
    let mut end = f64::MIN;
    let mut one = |(at, text): &(f64, String)| {
        let is_near_zero = *at != zero && (at - zero).abs() < half(text) + half("0");
        let is_written = at - half(text) >= end && !is_near_zero;
        if is_written {
            end = at + half(text);
        }
        is_written
    };
    labels.iter().map(&mut one).collect()
}

/// A text that takes no more than so many letters.
fn shortened(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    for letter in text.chars() {
        if width(&out) + 2 > most {
            break;
        }
        out.push(letter);
    }
    out + "…"
}

/// The choices that another one dominates, in a sentence; nothing where there are none.
pub fn dominated(scene: &Scene<'_>, tables: &Tables) -> Option<String> {
    let of = |one: &&Alternative| one.group == "choice" || one.group == "base";
    let all: Vec<&Alternative> = tables.alternatives.iter().filter(of).collect();
    let worse: Vec<String> = all
        .iter()
        .filter_map(|one| {
            let by = name(scene, tables, one.dominated_by.as_ref()?);
            Some(format!("{} ({by})", name(scene, tables, &one.name)))
        })
        .collect();
    (!worse.is_empty()).then(|| match scene.language {
        Language::En => format!(
            "{} of {} choices are dominated: in the medians, the one in brackets is no worse in any outcome and better in one: {}.",
            worse.len(),
            all.len(),
            worse.join("; ")
        ),
        Language::Zh => format!(
            "{} 个选项中 {} 个被支配：按中位数，括号中者没有一项更差且至少一项更好：{}。",
            all.len(),
            worse.len(),
            worse.join("；")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_crowded_decades_do_not_meet() {
        let labels = [(0.0, "-10T"), (22.0, "-1T"), (44.0, "-100B"), (92.0, "-10B"), (96.0, "0")];
        let labels = labels.map(|(at, text)| (at, text.to_owned()));
        assert_eq!(written(&labels, 96.0), [true, false, true, false, true]);
    }
}

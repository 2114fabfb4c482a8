//! Maps: compute as circles, a small map a scenario; use of quotas as fills, a row of small maps a
//! scenario, one a year.

use lab::results::{Band, Quarter};

use super::frame::{Scene, WIDTH};
use super::regions::{LEFT, Region, SIZE};
use super::svg::{Anchor, Canvas, Chart, place};
use super::words;
use crate::language::Language;

/// How large the circle of the largest compute is, on a map of full width.
const RADIUS: f64 = 74.0;

/// How many classes fills have.
const CLASSES: usize = 5;

/// The quantity of what is used of quotas.
const QUOTA: &str = "quota_utilization";

/// The values of places.
type Places<'s> = Vec<(&'s Region, Band)>;

/// A small map: its quarter and the values.
type Map<'s> = (Quarter, Places<'s>);

/// Of each scenario the values of the places.
type Values<'s> = Vec<(&'s str, Places<'s>)>;

/// Compute by location in a quarter; `None` where the run has none then.
pub fn compute(scene: &Scene<'_>, quarter: Quarter) -> Option<Chart> {
    let language = scene.language;
    let values = values(scene, "compute", quarter)?;
    let most = values.iter().flat_map(|(_, places)| places.iter().map(|(_, band)| band.mid));
    let most = most.fold(0.0, f64::max);
    let mut canvas = Canvas::default();
    for (at, (scenario, places)) in values.iter().enumerate() {
        let frame = Frame::of(at, values.len());
        frame.name(&mut canvas, words::scenario(scenario, language));
        for region in scene.regions {
            frame.land(&mut canvas, "land", region, "");
        }
        frame.rest(&mut canvas);
        let mut places = places.clone();
        places.sort_by(|a, b| b.1.mid.total_cmp(&a.1.mid));
        for (region, band) in &places {
            let radius = RADIUS * frame.scale * (band.mid.max(0.0) / most.max(1.0)).sqrt();
            let said = said(scene, region, band, "H100e");
            canvas.circle("place f0", frame.at(region.at), radius.max(0.8), &said);
        }
        // The largest places are named where the names do not meet.
        let mut taken: Vec<(f64, f64)> = Vec::new();
        for (region, band) in places.iter().take(6) {
            let (x, y) = frame.at(region.at);
            if taken.iter().any(|(a, b)| (a - x).abs() < 52.0 && (b - y).abs() < 13.0) {
                continue;
            }
            taken.push((x, y));
            let text = format!(
                "{} {}",
                region.short[language as usize],
                words::value(band.mid, "H100e", language)
            );
            canvas.text("small", (x, y + 3.5), Anchor::Middle, &text);
        }
    }
    let about = match language {
        Language::En => format!(
            "H100e installed at the end of {quarter}, by where it stands, medians over draws. Areas of circles are in proportion, the largest {}. {}",
            words::value(most, "H100e", language),
            stands_for(scene)
        ),
        Language::Zh => format!(
            "{quarter} 末装机的 H100 当量，按所在地，抽样的中位数。圆面积与数量成正比，最大为 {}。{}",
            words::value(most, "H100e", language),
            stands_for(scene)
        ),
    };
    let title = language.pick("Where the compute is", "算力分布").to_owned();
    Some(canvas.chart("map-compute", title, about, Frame::size(values.len(), 0.0)))
}

/// The most small maps side by side.
const ACROSS: usize = 4;

/// How high the name of a scenario stands above its maps.
const NAME: f64 = 20.0;

/// Use of quotas in the quarters that were asked for, or by the year, a row of small maps a
/// scenario; `None` where the run has none then.
pub fn quota(scene: &Scene<'_>, asked: Option<&[Quarter]>) -> Option<Chart> {
    let language = scene.language;
    let rows: Vec<(&str, Vec<Map<'_>>)> = scene
        .scenarios
        .iter()
        .map(|scenario| {
            let quarters = match asked {
                Some(asked) => asked.to_vec(),
                None => by_year(scene, scenario),
            };
            let map = |at: &Quarter| Some((*at, places(scene, QUOTA, scenario, *at)?));
            (*scenario, quarters.iter().filter_map(map).collect())
        })
        .filter(|(_, maps): &(&str, Vec<Map<'_>>)| !maps.is_empty())
        .collect();
    let across = rows.iter().map(|(_, maps)| maps.len()).max()?.min(ACROSS);
    let mut canvas = Canvas::default();
    let mut top = 0.0;
    for (scenario, maps) in &rows {
        let name = words::scenario(scenario, language);
        canvas.text("name", (4.0, top + 13.0), Anchor::Start, name);
        for (at, (quarter, places)) in maps.iter().enumerate() {
            let frame = Frame::beside(at % across, across, top + NAME, at / across);
            frame.quarter(&mut canvas, *quarter);
            used(scene, &mut canvas, &frame, places);
        }
        top += NAME + Frame::high(across) * maps.len().div_ceil(across) as f64;
    }
    legend(&mut canvas, top);
    let about = quota_about(scene, asked.is_none());
    let title = language.pick("How far quotas are used", "配额使用程度").to_owned();
    Some(canvas.chart("map-quota", title, about, (WIDTH, top + 24.0)))
}

/// Fills the places by the use of their quotas.
fn used(scene: &Scene<'_>, canvas: &mut Canvas, frame: &Frame, places: &[(&Region, Band)]) {
    for region in scene.regions {
        let found = places.iter().find(|(place, _)| place.code == region.code);
        let (class, said) = match found {
            Some((_, band)) => {
                (format!("q{}", class(band.mid)), said(scene, region, band, "share"))
            }
            None => ("land".to_owned(), String::new()),
        };
        frame.land(canvas, &class, region, &said);
    }
    frame.rest(canvas);
    // The rest of the world is large enough, and has no place of its own.
    for (region, band) in places.iter().filter(|(region, _)| !region.is_rest()) {
        let said = said(scene, region, band, "share");
        let radius = (9.0 * frame.scale).max(2.5);
        canvas.circle(&format!("q{}", class(band.mid)), frame.at(region.at), radius, &said);
    }
}

fn quota_about(scene: &Scene<'_>, is_by_year: bool) -> String {
    let language = scene.language;
    let rest = scene.regions.iter().find(|region| region.is_rest());
    let rest = rest.map_or("", |region| region.name[language as usize].as_str());
    let mut about = match language {
        Language::En => format!(
            "Use of each country's quota by the end of the quarter, medians over draws; gray: no quota. Places that stand for several countries are reckoned as one: countries of the {rest} share one value. Circles: the same, also where a place is small."
        ),
        Language::Zh => format!(
            "截至各季末各国配额的使用率，抽样的中位数；灰色：无配额。代表多国的地区按一地核算：{rest}各国同为一个数值。圆点含义相同，便于显示面积小的地方。"
        ),
    };
    if is_by_year {
        about.push_str(language.pick(
            " A map a year from the first quarter with a quota, until no color changes any more.",
            "自有配额的首个季度起每年一图，至颜色不再变化为止。",
        ));
    }
    about.push_str(language.pick(" ", ""));
    about + &stands_for(scene)
}

/// The first quarter in which a scenario has quotas and every fourth one after it, up to the one
/// after which no fill changes.
fn by_year(scene: &Scene<'_>, scenario: &str) -> Vec<Quarter> {
    let all = scene.results.quarters_of(QUOTA);
    let fills = |quarter: Quarter| {
        let places = places(scene, QUOTA, scenario, quarter)?;
        Some(places.iter().map(|(it, band)| (&it.code, class(band.mid))).collect::<Vec<_>>())
    };
    let first = all.iter().copied().find(|quarter| fills(*quarter).is_some());
    let is_shown = |quarter: &Quarter| first.is_some_and(|first| quarter.since(first) % 4 == 0);
    let mut years: Vec<Quarter> =
        all.into_iter().filter(|quarter| Some(*quarter) >= first && is_shown(quarter)).collect();
    while let [.., before, last] = years[..]
        && fills(before) == fills(last)
    {
        years.pop();
    }
    years
}

/// The names of classes with their fills.
fn legend(canvas: &mut Canvas, top: f64) {
    let mut x = 4.0;
    for at in 0..CLASSES {
        let (from, to) = (at * 100 / CLASSES, (at + 1) * 100 / CLASSES);
        let text = format!("{from}–{to} %");
        canvas.rect(&format!("q{at}"), (x, top + 4.0), (16.0, 11.0), &text);
        canvas.text("small", (x + 21.0, top + 13.5), Anchor::Start, &text);
        x += 82.0;
    }
}

fn class(share: f64) -> usize {
    ((share * CLASSES as f64).floor().max(0.0) as usize).min(CLASSES - 1)
}

fn values<'s>(scene: &'s Scene<'_>, quantity: &str, quarter: Quarter) -> Option<Values<'s>> {
    let of = |scenario: &&'s str| Some((*scenario, places(scene, quantity, scenario, quarter)?));
    let out: Values<'s> = scene.scenarios.iter().filter_map(of).collect();
    (!out.is_empty()).then_some(out)
}

/// The values of the places in a quarter of a scenario; `None` where it has none then.
fn places<'s>(
    scene: &'s Scene<'_>,
    quantity: &str,
    scenario: &str,
    quarter: Quarter,
) -> Option<Places<'s>> {
    let of = |region: &'s Region| {
        Some((region, scene.results.band(scenario, quantity, &region.code, quarter)?))
    };
    let places: Places<'s> = scene.regions.iter().filter_map(of).collect();
    (!places.is_empty()).then_some(places)
}

fn said(scene: &Scene<'_>, region: &Region, band: &Band, unit: &str) -> String {
    let name = words::actor(&region.code, scene.regions, scene.language);
    let [low, mid, high] = super::fan::in_words(band, unit);
    let colon = scene.language.pick(": ", "：");
    format!("{name}{colon}{mid} ({low} … {high})")
}

/// The codes that stand for more than their country.
fn stands_for(scene: &Scene<'_>) -> String {
    let language = scene.language;
    let more = scene.regions.iter().filter(|region| !region.name[0].is_empty());
    let each = more.map(|region| {
        let name = &region.name[language as usize];
        match language {
            Language::En => format!("{}: {name}", region.code),
            Language::Zh => format!("{}：{name}", region.code),
        }
    });
    let each: Vec<String> = each.collect();
    match language {
        Language::En => format!("Codes in tables: {}.", each.join("; ")),
        Language::Zh => format!("表中代码：{}。", each.join("；")),
    }
}

/// One small map among several.
struct Frame {
    left: f64,
    top: f64,
    scale: f64,
}

impl Frame {
    fn columns(maps: usize) -> usize {
        match maps {
            1 => 1,
            2 | 4 => 2,
            _ => 3,
        }
    }

    fn of(at: usize, maps: usize) -> Frame {
        let columns = Frame::columns(maps);
        let wide = WIDTH / columns as f64;
        let scale = (wide - 12.0) / SIZE.0;
        let high = SIZE.1 * scale + 30.0;
        Frame {
            left: wide * (at % columns) as f64,
            top: high * (at / columns) as f64 + 20.0,
            scale,
        }
    }

    fn size(maps: usize, more: f64) -> (f64, f64) {
        let columns = Frame::columns(maps);
        let high = SIZE.1 * (WIDTH / columns as f64 - 12.0) / SIZE.0 + 30.0;
        (WIDTH, high * maps.div_ceil(columns) as f64 + more)
    }

    /// How high a small map is, with its quarter above it.
    fn high(across: usize) -> f64 {
        SIZE.1 * (WIDTH / across as f64 - 12.0) / SIZE.0 + 24.0
    }

    /// One of a row of small maps.
    fn beside(column: usize, across: usize, top: f64, row: usize) -> Frame {
        let wide = WIDTH / across as f64;
        Frame {
            left: wide * column as f64,
            top: top + Frame::high(across) * row as f64 + 14.0,
            scale: (wide - 12.0) / SIZE.0,
        }
    }

    fn quarter(&self, canvas: &mut Canvas, quarter: Quarter) {
        let at = (self.left + 4.0, self.top - 3.0);
        canvas.text("soft", at, Anchor::Start, &quarter.to_string());
    }

    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.left + (x - LEFT) * self.scale, self.top + y * self.scale)
    }

    fn name(&self, canvas: &mut Canvas, name: &str) {
        canvas.text("name", (self.left + 4.0, self.top - 7.0), Anchor::Start, name);
    }

    fn transform(&self) -> String {
        let left = self.left - LEFT * self.scale;
        format!("translate({} {}) scale({:.4})", place(left), place(self.top), self.scale)
    }

    fn land(&self, canvas: &mut Canvas, class: &str, region: &Region, said: &str) {
        canvas.reuse(class, &format!("land-{}", region.code), &self.transform(), said);
    }

    fn rest(&self, canvas: &mut Canvas) {
        canvas.reuse("land", "land-", &self.transform(), "");
    }
}

//! `weir lab report`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, anyhow, bail};
use lab::results::{Quarter, Results};
use lab::targets::{SHIPPED, SHIPPED_NAME};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{FontResolver, Options, Tree, fontdb};
use serde_json::Value;

use super::{column, results};
use crate::commands::ledger::{Form, whole};
use crate::language::Language;
use crate::output::Format;
use crate::output::lab::WITH_RENTED;
use crate::output::lab::frame::Scene;
use crate::output::lab::names::digits;
use crate::output::lab::page::{self, Picture};
use crate::output::lab::regions::{self, Region};
use crate::output::lab::svg::Chart;
use crate::output::lab::words;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::{Common, Done};

mod beside;
pub(super) mod supposed;

/// The run, and what is written of it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The folder that `weir lab run` wrote.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The quarters of the tables and the map, such as 2027Q4; the last one ends the trade-off.
    #[arg(long, value_name = "QUARTER", value_delimiter = ',', value_parser = quarter)]
    at: Vec<Quarter>,
    /// Quantities of the table; on a terminal a few by default, in files all.
    #[arg(long, value_name = "QUANTITY", value_delimiter = ',')]
    quantity: Vec<String>,
    /// The scenario that others are held against, draw by draw; `no-controls` where the run has it,
    /// else `history`.
    #[arg(long, value_name = "SCENARIO")]
    base: Option<String>,
    /// A folder for every chart as an SVG file.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// A folder for every chart as a PNG file.
    #[arg(long, value_name = "DIR")]
    png: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// Reads a quarter.
fn quarter(text: &str) -> Result<Quarter, String> {
    text.parse()
}

/// What a table on a terminal shows where nothing else is asked for.
const HEADLINES: [(&str, Option<&str>); 9] = [
    ("compute", Some("CN")),
    ("leased", None),
    (WITH_RENTED, None),
    ("smuggled_cum", None),
    ("huawei_cum", None),
    ("china_domestic_share", None),
    ("us_vendor_revenue", None),
    ("premium", None),
    ("second_stack", None),
];

/// The scenarios that others are held against where nothing is asked for.
const BASES: [&str; 2] = ["no-controls", "history"];

/// The quarters of tables where nothing else is asked for, as far as the run has them.
const QUARTERS: [(i32, i32); 2] = [(2025, 4), (2027, 4)];

/// Writes the report.
///
/// # Errors
/// A run that cannot be read, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let format = args.form.format()?;
    args.form.spare(&args.folder.join(results::RESULTS))?;
    let mut run = results::read(&args.folder, &|_| true)?;
    // What is installed in China, of all sources, and what its companies rent abroad.
    let of = [("compute", "CN"), ("leased", "world")];
    run.results.add_sum((WITH_RENTED, "world"), "H100e", &of);
    let regions = regions::regions()?;
    let targets = lab::targets::read(SHIPPED_NAME, SHIPPED)?;
    let mut scene = scene(&run.results, &targets, &regions, common.lang)?;
    scene.supposed = supposed::of(&args.folder, run.about.as_ref(), &scene.scenarios)?;
    let base = base(args, &scene.scenarios)?;
    let at = chosen(args, &run.results, &scene)?;
    let picture = Picture {
        name: results::name(&args.folder),
        about: run.about.as_ref().map(|about| results::facts(about).into_iter().collect()),
        failed: run.about.as_ref().map_or_else(Vec::new, results::failed),
        sensitivity: beside::table(&args.folder, "sensitivity.csv", lab::sensitivity::read)?,
        fit: beside::table(&args.folder, "fit.csv", lab::sensitivity::read_fit)?,
        regret: beside::regret(&args.folder)?,
        discovery: beside::discovery(&args.folder)?,
        base,
        at,
        is_asked: !args.at.is_empty(),
        scene,
    };
    let only_files = (args.svg.is_some() || args.png.is_some()) && !args.form.is_asked();
    files(args, &picture, common)?;
    match format {
        _ if only_files => {}
        Format::Html => {
            let mut bytes = Vec::new();
            page::write(&picture, &mut bytes)?;
            args.form.put(&bytes)?;
        }
        format => {
            let mut sheet = sheet(args, &picture, format)?;
            let lost = run.about.as_ref().map_or_else(Vec::new, |it| lost(it, common.lang));
            if format != Format::Table {
                // What machines read has no room for notes.
                lost.iter().for_each(|note| common.insist(note));
            }
            sheet.notes.extend(lost);
            args.form.write(&sheet, common)?;
        }
    }
    Ok(Done::Good)
}

/// What to know of the draws that failed, a sentence a scenario.
fn lost(about: &Value, language: Language) -> Vec<String> {
    let all = about.get("draws").and_then(Value::as_u64);
    let one = |(id, count): (&str, usize)| {
        let of = all.filter(|_| !id.is_empty()).map_or(String::new(), |all| match language {
            Language::En => format!(" of {all}"),
            Language::Zh => format!("（共 {all} 次）"),
        });
        match (language, id.is_empty()) {
            (Language::En, false) => format!(
                "Draws of `{id}` that failed and are in no figure: {count}{of}; `run.json` says why."
            ),
            (Language::En, true) => {
                format!("Draws that failed and are in no figure: {count}; `run.json` says why.")
            }
            (Language::Zh, false) => {
                format!("`{id}` 中失败且未计入任何数字的抽样：{count} 次{of}；原因见 `run.json`。")
            }
            (Language::Zh, true) => {
                format!("失败且未计入任何数字的抽样：{count} 次；原因见 `run.json`。")
            }
        }
    };
    results::failed_of(about).into_iter().map(one).collect()
}

/// The scenario that others are held against.
fn base(args: &Args, known: &[&str]) -> anyhow::Result<String> {
    if let Some(asked) = &args.base {
        if !known.contains(&asked.as_str()) {
            bail!(
                "there is no scenario `{asked}` in the run to hold others against\n\nhint: the scenarios are {}",
                known.join(", ")
            );
        }
        return Ok(asked.clone());
    }
    let found = BASES.into_iter().find(|base| known.contains(base));
    Ok(found.or(known.first().copied()).unwrap_or_default().to_owned())
}

fn scene<'s>(
    results: &'s Results,
    targets: &'s [lab::targets::Target],
    regions: &'s [Region],
    language: Language,
) -> anyhow::Result<Scene<'s>> {
    let quarters = results.quarters();
    let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else {
        bail!("the run has no finite value\n\nhint: `weir lab run` writes another");
    };
    Ok(Scene {
        language,
        results,
        targets,
        regions,
        scenarios: results.scenarios(),
        span: (*first, *last),
        supposed: Vec::new(),
    })
}

/// The quarters that are asked for, or some that the run has.
fn chosen(args: &Args, results: &Results, scene: &Scene<'_>) -> anyhow::Result<Vec<Quarter>> {
    let known = results.quarters();
    if let Some(missing) = args.at.iter().find(|quarter| !known.contains(quarter)) {
        bail!(
            "there is nothing of {missing} in the run\n\nhint: its quarters are {} to {}",
            scene.span.0,
            scene.span.1
        );
    }
    let mut at = args.at.clone();
    if at.is_empty() {
        at.extend(QUARTERS.iter().filter_map(|(year, quarter)| Quarter::new(*year, *quarter)));
        at.push(scene.span.1);
        at.retain(|quarter| known.contains(quarter));
    }
    at.sort_unstable();
    at.dedup();
    Ok(at)
}

/// Writes every chart as a file, where that is asked for.
fn files(args: &Args, picture: &Picture<'_>, common: &Common) -> anyhow::Result<()> {
    if args.svg.is_none() && args.png.is_none() {
        return Ok(());
    }
    let defs = regions::defs(picture.scene.regions);
    let charts = page::charts(picture);
    let made = charts.iter().map(|chart| (chart, chart.file(&defs))).collect::<Vec<_>>();
    if let Some(folder) = &args.svg {
        make_folder(folder)?;
        for (chart, text) in &made {
            put(&folder.join(format!("{}.svg", chart.id)), text.as_bytes())?;
        }
        told(common, made.len(), folder);
    }
    if let Some(folder) = &args.png {
        make_folder(folder)?;
        let painter = Painter::new(common)?;
        for (chart, text) in &made {
            put(&folder.join(format!("{}.png", chart.id)), &painter.paint(chart, text)?)?;
        }
        painter.complain(common);
        told(common, made.len(), folder);
    }
    Ok(())
}

fn told(common: &Common, charts: usize, folder: &Path) {
    common.say(&match common.lang {
        Language::En => format!("{charts} charts in {}", folder.display()),
        Language::Zh => format!("{charts} 张图已写入 {}", folder.display()),
    });
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))
}

fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    whole(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Paints SVG as PNG with the fonts of the system.
struct Painter {
    options: Options<'static>,
    misses: Arc<AtomicBool>,
}

/// How many points of a PNG one unit of a chart is.
const SHARP: f32 = 2.0;

impl Painter {
    fn new(common: &Common) -> anyhow::Result<Painter> {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        let any = fonts.faces().next().and_then(|face| face.families.first());
        let Some((any, _)) = any.cloned() else {
            bail!(
                "there are no fonts to write texts with\n\nhint: install a font such as DejaVu Sans, or give --svg"
            );
        };
        // A name that stands for whatever the system has must lead to something that it has.
        let sans = ["Noto Sans", "DejaVu Sans", "Liberation Sans", "Arial", "Helvetica"];
        let has = |name: &&str| {
            fonts.faces().any(|face| face.families.iter().any(|(family, _)| family == name))
        };
        let sans = sans.iter().find(|name| has(name)).map_or(any, |name| (*name).to_owned());
        fonts.set_sans_serif_family(sans);
        let misses = Arc::new(AtomicBool::new(false));
        let fallback = FontResolver::default_fallback_selector();
        let missed = Arc::clone(&misses);
        let font_resolver = FontResolver {
            select_font: FontResolver::default_font_selector(),
            select_fallback: Box::new(move |letter, used, fonts| {
                let found = fallback(letter, used, fonts);
                missed.fetch_or(found.is_none(), Ordering::Relaxed);
                found
            }),
        };
        let language = common.lang.pick("en", "zh").to_owned();
        let options = Options {
            font_resolver,
            languages: vec![language],
            fontdb: Arc::new(fonts),
            ..Options::default()
        };
        Ok(Painter { options, misses })
    }

    fn paint(&self, chart: &Chart, text: &str) -> anyhow::Result<Vec<u8>> {
        let cannot = |why: &dyn std::fmt::Display| anyhow!("cannot paint `{}`: {why}", chart.id);
        let tree = Tree::from_str(text, &self.options).map_err(|why| cannot(&why))?;
        let [width, height] =
            [tree.size().width(), tree.size().height()].map(|it| (it * SHARP).ceil() as u32);
        let mut pixels = Pixmap::new(width, height).ok_or_else(|| cannot(&"it has no size"))?;
        resvg::render(&tree, Transform::from_scale(SHARP, SHARP), &mut pixels.as_mut());
        pixels.encode_png().map_err(|why| cannot(&why))
    }

    /// Tells where letters could not be drawn.
    fn complain(&self, common: &Common) {
        if self.misses.load(Ordering::Relaxed) {
            common.warn(
                "some letters are in no font of this system and are not drawn\n\nhint: install a font that has them, such as Noto Sans CJK, or give --svg",
            );
        }
    }
}

/// The table of quantiles.
fn sheet(args: &Args, picture: &Picture<'_>, format: Format) -> anyhow::Result<Sheet> {
    let scene = &picture.scene;
    let language = scene.language;
    let known = scene.results.quantities();
    for wanted in &args.quantity {
        if !known.contains(&wanted.as_str()) {
            bail!(
                "there is no quantity `{wanted}` in the run\n\nhint: its quantities are {}",
                known.join(", ")
            );
        }
    }
    let is_few = args.quantity.is_empty() && format == Format::Table;
    let wanted = |quantity: &&str| match (is_few, args.quantity.is_empty()) {
        (true, _) => HEADLINES.iter().any(|it| it.0 == *quantity),
        (false, true) => true,
        (false, false) => args.quantity.iter().any(|it| it == quantity),
    };
    let mut shown: Vec<&str> = known.iter().copied().filter(|it| wanted(it)).collect();
    let headline = |quantity: &str| HEADLINES.iter().position(|it| it.0 == quantity);
    if is_few {
        shown.sort_by_key(|quantity| headline(quantity));
    }
    let mut rows = Vec::new();
    for quantity in &shown {
        let only = headline(quantity).filter(|_| is_few).and_then(|at| HEADLINES[at].1);
        let actors = scene.results.actors(quantity);
        for actor in actors.into_iter().filter(|actor| only.is_none_or(|only| only == *actor)) {
            let title = only.and_then(|only| words::of_its_own(quantity, only, language));
            for scenario in &scene.scenarios {
                let of = [*quantity, actor, *scenario];
                rows.extend(
                    picture.at.iter().filter_map(|at| row(picture, (format, title), of, *at)),
                );
            }
        }
    }
    let more = known.len() - shown.len();
    Ok(Sheet {
        title: match language {
            Language::En => format!("What {} came to", picture.name),
            Language::Zh => format!("{} 的结果", picture.name),
        },
        notes: notes(picture, more),
        heads: format == Format::Table,
        columns: columns(language),
        rows,
        empty: language.pick("nothing of that is in the run", "本次运行没有所要的内容").into(),
    })
}

fn notes(picture: &Picture<'_>, more: usize) -> Vec<String> {
    let draws = picture.scene.results.draws();
    let mut notes = match picture.scene.language {
        Language::En => vec![format!(
            "5, 50 and 95 percent of {draws} draws. A simulation, no forecast: scenarios carry no probabilities."
        )],
        Language::Zh => vec![format!(
            "{draws} 次抽样的 5%、50% 和 95% 分位数。这是模拟，不是预测：情景不附概率。"
        )],
    };
    if more > 0 {
        notes.push(match picture.scene.language {
            Language::En => {
                format!("{more} more quantities: --quantity shows them, -o report.html draws them.")
            }
            Language::Zh => format!("另有 {more} 项：--quantity 可列出，-o report.html 可绘图。"),
        });
    }
    notes
}

fn columns(language: Language) -> Vec<Column> {
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    vec![
        text("quantity", ["quantity", "数量"]),
        text("actor", ["of", "对象"]),
        text("scenario", ["scenario", "情景"]),
        text("quarter", ["quarter", "季度"]),
        number("p5", ["5 %", "5%"]),
        number("p50", ["median", "中位数"]),
        number("p95", ["95 %", "95%"]),
        text("unit", ["unit", "单位"]),
        number("draws", ["draws", "抽样"]),
    ]
}

fn row(
    picture: &Picture<'_>,
    (format, title): (Format, Option<&str>),
    [quantity, actor, scenario]: [&str; 3],
    quarter: Quarter,
) -> Option<Vec<Cell>> {
    let scene = &picture.scene;
    let band = scene.results.band(scenario, quantity, actor, quarter)?;
    let unit = scene.results.unit(quantity).unwrap_or_default();
    let language = scene.language;
    let number = |value: f64| Cell::number(digits(value));
    // Files keep the run's own names, so that they can be joined; people read words.
    let texts = match format {
        Format::Table => [
            title.unwrap_or_else(|| words::quantity(quantity, language)).to_owned(),
            words::actor(actor, scene.regions, language),
            words::scenario(scenario, language).to_owned(),
        ],
        _ => [quantity, actor, scenario].map(str::to_owned),
    };
    let unit = if format == Format::Table { words::unit(unit, language) } else { unit };
    let [quantity, actor, scenario] = texts.map(Cell::Text);
    Some(vec![
        quantity,
        actor,
        scenario,
        Cell::text(quarter.to_string()),
        number(band.low),
        number(band.mid),
        number(band.high),
        Cell::text(unit),
        Cell::number(band.draws),
    ])
}

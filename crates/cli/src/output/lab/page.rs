//! The report of a run as one page that needs no network.

use std::io::{self, Write};

use askama::Template;
use lab::results::{Band, Quarter};
use lab::sensitivity::{Fit, Sensitivity};
use lab::targets::Target;

use super::frame::{self, Scene};
use super::svg::Chart;
use super::words::{self, Part, QUANTITIES};
use super::{discovery, fan, fit, map, regions, regret, scatter, stack, suppositions, tornado};
use crate::language::Language;

const STYLE: &str = concat!(
    include_str!("../../../templates/lab.css"),
    include_str!("../../../templates/charts.css")
);

/// What the page's policy allows as style.
const STYLE_HASH: &str = "sha256-luwkBTacZhLaiEsF/06wAzZcXmdPKsYOydZtFf6TUog=";

/// What the page is made of.
pub struct Picture<'p> {
    /// The run and what it is drawn with.
    pub scene: Scene<'p>,
    /// What the run is called.
    pub name: String,
    /// What the run says of itself, a line a fact; nothing where it says nothing.
    pub about: Option<Vec<(String, String)>>,
    /// The draws that failed, with why.
    pub failed: Vec<String>,
    /// The sensitivities, where there are any.
    pub sensitivity: Option<Vec<Sensitivity>>,
    /// The fit, where there is one.
    pub fit: Option<Vec<Fit>>,
    /// Regrets and effects, where there are any.
    pub regret: Option<regret::Tables>,
    /// What assumptions explain, where that was asked.
    pub discovery: Option<discovery::Tables>,
    /// The scenario that others are held against.
    pub base: String,
    /// The quarters of the tables, ascending.
    pub at: Vec<Quarter>,
    /// Whether those quarters were asked for.
    pub is_asked: bool,
}

/// A part of the page.
pub struct Section {
    id: String,
    title: String,
    intro: Vec<String>,
    charts: Vec<Chart>,
    absent: Option<String>,
}

/// What the tables above all charts show: a quantity and its actor.
const GLANCE: [(&str, &str); 7] = [
    ("compute", "CN"),
    ("leased", "world"),
    (super::WITH_RENTED, "world"),
    ("smuggled_cum", "world"),
    ("china_domestic_share", "h100e"),
    ("us_vendor_revenue", "world"),
    ("second_stack", "world"),
];

/// A row of the table above all charts.
struct Glance {
    scenario: String,
    cells: Vec<Option<[String; 3]>>,
}

#[derive(Template)]
#[template(path = "lab.html")]
struct Page<'p> {
    language: Language,
    picture: &'p Picture<'p>,
    style: &'static str,
    style_hash: &'static str,
    defs: String,
    sections: Vec<Section>,
    glance_at: String,
    glance_titles: Vec<[String; 2]>,
    glance: Vec<Glance>,
    absent: Option<String>,
    left_out: Option<String>,
    fit_rows: Vec<fit::Row>,
    fit_tally: Vec<String>,
    fit_misses: Option<(String, Vec<String>)>,
    supposed: Vec<suppositions::Row>,
    unsaid: Option<String>,
    limits: Vec<String>,
    targets: Vec<[String; 4]>,
}

/// Every chart of a run, by the sections of the page.
pub fn sections(picture: &Picture<'_>) -> Vec<Section> {
    let mut sections = vec![sources(picture), maps(picture), trade_off(picture)];
    sections.extend(Part::FANS.into_iter().filter_map(|part| fans(picture, part)));
    sections.extend([places(picture), regrets(picture), discovered(picture)]);
    sections.extend([sensitivities(picture), fitted(picture)]);
    sections
}

/// Every chart, in the order of the page.
pub fn charts(picture: &Picture<'_>) -> Vec<Chart> {
    sections(picture).into_iter().flat_map(|section| section.charts).collect()
}

/// Writes the page.
///
/// # Errors
/// It cannot be written.
pub fn write(picture: &Picture<'_>, out: &mut dyn Write) -> io::Result<()> {
    let page = page(picture).render().map_err(io::Error::other)?;
    out.write_all(page.as_bytes())
}

fn page<'p>(picture: &'p Picture<'p>) -> Page<'p> {
    let scene = &picture.scene;
    let language = scene.language;
    let glance_at = picture.at.last().copied().unwrap_or(scene.span.1);
    let shown = scene.targets.iter().filter(|target| scene.shows(target));
    Page {
        language,
        picture,
        style: STYLE,
        style_hash: STYLE_HASH,
        defs: regions::defs(scene.regions),
        sections: sections(picture),
        glance_at: glance_at.to_string(),
        glance_titles: glances(scene)
            .into_iter()
            .map(|(quantity, actor)| heading(scene, quantity, actor))
            .collect(),
        glance: glance(scene, glance_at),
        absent: absent(scene),
        left_out: left_out(scene),
        fit_rows: picture.fit.as_deref().map_or_else(Vec::new, |fit| fit::rows(scene, fit)),
        fit_tally: tallies(picture),
        fit_misses: picture.fit.as_ref().and_then(|_| fit::misses(scene)),
        supposed: suppositions::rows(&scene.supposed, language),
        unsaid: suppositions::unsaid(&scene.supposed, language),
        limits: limits(scene),
        targets: shown.map(|target| target_row(scene, target)).collect(),
    }
}

impl Page<'_> {
    fn pick<'t>(&self, en: &'t str, zh: &'t str) -> &'t str {
        self.language.pick(en, zh)
    }
}

fn glances<'s>(scene: &Scene<'_>) -> Vec<(&'s str, &'s str)> {
    let has = |quantity: &str, actor: &str| scene.results.actors(quantity).contains(&actor);
    GLANCE.into_iter().filter(|(quantity, actor)| has(quantity, actor)).collect()
}

fn heading(scene: &Scene<'_>, quantity: &str, actor: &str) -> [String; 2] {
    let unit = scene.results.unit(quantity).unwrap_or_default();
    [fan::title(scene, quantity, actor), words::unit(unit, scene.language).to_owned()]
}

fn glance(scene: &Scene<'_>, quarter: Quarter) -> Vec<Glance> {
    let row = |scenario: &&str| Glance {
        scenario: words::scenario(scenario, scene.language).to_owned(),
        cells: glances(scene)
            .into_iter()
            .map(|(quantity, actor)| {
                let band = scene.results.band(scenario, quantity, actor, quarter)?;
                Some(briefly(scene, &band, scene.results.unit(quantity)?))
            })
            .collect(),
    };
    scene.scenarios.iter().map(row).collect()
}

/// Median and ends in few letters.
fn briefly(scene: &Scene<'_>, band: &Band, unit: &str) -> [String; 3] {
    [band.mid, band.low, band.high].map(|value| words::value(value, unit, scene.language))
}

fn section(id: &str, title: &str, intro: Vec<String>, charts: Vec<Chart>) -> Section {
    Section { id: id.to_owned(), title: title.to_owned(), intro, charts, absent: None }
}

fn sources(picture: &Picture<'_>) -> Section {
    let language = picture.scene.language;
    let title = language.pick("Where China's compute comes from", "中国的算力从何而来");
    let mut out =
        section("sources", title, Vec::new(), stack::draw(&picture.scene).into_iter().collect());
    if out.charts.is_empty() {
        out.absent = Some(
            language
                .pick(
                    "The run does not say what is installed in China by source (`china_installed`), as runs of earlier versions do not: run it again.",
                    "本次运行没有按来源的中国境内装机（`china_installed`），早期版本的运行均如此：请重新运行。",
                )
                .into(),
        );
    }
    out
}

/// The last of the chosen quarters in which a quantity has values, or the last of all.
fn last_of(picture: &Picture<'_>, quantity: &str) -> Option<Quarter> {
    let quarters = picture.scene.results.quarters_of(quantity);
    let chosen = picture.at.iter().rev().find(|quarter| quarters.contains(quarter)).copied();
    chosen.or(quarters.last().copied())
}

fn maps(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let compute = last_of(picture, "compute").and_then(|quarter| map::compute(scene, quarter));
    // At the end of a run every quota is used up: unless quarters were asked for, years are shown.
    let quota = map::quota(scene, picture.is_asked.then_some(picture.at.as_slice()));
    let mut absent = Vec::new();
    if compute.is_none() {
        absent.push(
            language.pick("The run has no compute by location.", "本次运行没有按所在地的算力。"),
        );
    }
    if quota.is_none() {
        absent.push(language.pick("The run has no use of quotas.", "本次运行没有配额使用率。"));
    }
    let title = language.pick("On the map", "地图");
    let note = language.pick(
        "Outlines: Natural Earth, public domain. They say nothing about who a place belongs to.",
        "轮廓：Natural Earth（公有领域），不表示任何地方的归属。",
    );
    let charts: Vec<Chart> = compute.into_iter().chain(quota).collect();
    let intro = if charts.is_empty() { Vec::new() } else { vec![note.to_owned()] };
    let mut out = section("map", title, intro, charts);
    out.absent = (!absent.is_empty()).then(|| absent.join(" "));
    out
}

fn trade_off(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let title = language.pick("What it costs and what it denies", "代价与效果");
    let through = picture.at.last().copied().unwrap_or(scene.span.1);
    let chart = scatter::draw(scene, &picture.base, through);
    let mut out = section("trade-off", title, Vec::new(), chart.into_iter().collect());
    if out.charts.is_empty() {
        let base = &picture.base;
        out.absent = Some(match language {
            Language::En => format!(
                "This needs the scenario `{base}`, another one, `us_vendor_revenue`, and `compute` of CN or `denied`; `--base` chooses another scenario."
            ),
            Language::Zh => format!(
                "需要情景 `{base}`、另一情景、`us_vendor_revenue`，以及 CN 的 `compute` 或 `denied`；`--base` 可另选情景。"
            ),
        });
    }
    out
}

fn fans(picture: &Picture<'_>, part: Part) -> Option<Section> {
    let scene = &picture.scene;
    let known = QUANTITIES.iter().map(|it| it.0).filter(|name| words::part(name) == part);
    let others = scene.results.quantities().into_iter();
    let is_new = |name: &&str| part == Part::Other && !QUANTITIES.iter().any(|it| it.0 == *name);
    let quantities: Vec<&str> = known.chain(others.filter(is_new)).collect();
    let mut charts = Vec::new();
    if part == Part::China {
        // What is there in all comes first; by country it stands further down.
        charts.extend(fan::quantity(scene, "compute", "CN"));
    }
    for quantity in quantities {
        for actor in scene.results.actors(quantity) {
            charts.extend(fan::quantity(scene, quantity, actor));
        }
    }
    let id = format!("part-{part:?}").to_lowercase();
    (!charts.is_empty()).then(|| section(&id, part.title(scene.language), Vec::new(), charts))
}

fn places(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let of = QUANTITIES.iter().map(|it| it.0).filter(|name| words::part(name) == Part::Countries);
    let charts: Vec<Chart> = of.filter_map(|quantity| fan::by_actor(scene, quantity)).collect();
    let mut out = section("countries", Part::Countries.title(language), Vec::new(), charts);
    if out.charts.is_empty() {
        out.absent = Some(
            language.pick("The run has nothing by country.", "本次运行没有分国家的数量。").into(),
        );
    }
    out
}

fn regrets(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let title = language.pick("What a choice may cost", "选择的代价");
    let tables = picture.regret.as_ref();
    let charts = tables.map(|tables| regret::draw(scene, tables)).unwrap_or_default();
    let intro = tables.and_then(|tables| regret::dominated(scene, tables));
    let mut out = section("regret", title, intro.into_iter().collect(), charts);
    if out.charts.is_empty() {
        out.absent = Some(
            language
                .pick(
                    "There is no `regret.csv` beside the run: `weir lab regret --into DIR` writes what each lever changes and may cost.",
                    "结果旁没有 `regret.csv`：`weir lab regret --into DIR` 可写出各手段的效果与代价。",
                )
                .into(),
        );
    }
    out
}

fn discovered(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let title = language.pick("Under which assumptions", "在哪些假设之下");
    let tables = picture.discovery.as_ref();
    let chart = tables.and_then(|tables| discovery::draw(scene, tables));
    let intro = tables.map(|tables| discovery::intro(scene, tables)).unwrap_or_default();
    let mut out = section("discovery", title, intro, chart.into_iter().collect());
    if out.charts.is_empty() {
        out.absent = Some(
            language
                .pick(
                    "There is no `discovery.json` beside the run: `weir lab discover --into DIR` writes which assumptions take a quantity past a threshold.",
                    "结果旁没有 `discovery.json`：`weir lab discover --into DIR` 可写出哪些假设使某一数量越过门槛。",
                )
                .into(),
        );
    }
    out
}

fn sensitivities(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let title = language.pick("What the results hang on", "结果取决于什么");
    let charts = picture.sensitivity.as_deref().map(|table| tornado::draw(scene, table));
    let mut out = section("sensitivity", title, Vec::new(), charts.unwrap_or_default());
    if out.charts.is_empty() {
        out.absent = Some(language.pick(
            "There is no `sensitivity.csv` beside the run, so nothing is said about which assumptions matter: `weir lab sensitivity --into DIR` writes it.",
            "结果旁没有 `sensitivity.csv`，因此无从说明哪些假设起作用：`weir lab sensitivity --into DIR` 可将其写出。",
        ).into());
    }
    out
}

fn fitted(picture: &Picture<'_>) -> Section {
    let scene = &picture.scene;
    let language = scene.language;
    let title = language.pick("How well history is met", "与史实的符合程度");
    let chart = picture.fit.as_deref().and_then(|table| fit::draw(scene, table));
    let caveats = fit::CAVEATS.map(|it| it[language as usize].to_owned());
    let caveats = if picture.fit.is_some() { Vec::from(caveats) } else { Vec::new() };
    let mut out = section("fit", title, caveats, chart.into_iter().collect());
    if picture.fit.is_none() {
        out.absent = Some(language.pick(
            "There is no `fit.csv` beside the run: whether the simulation meets what was observed has not been reckoned; `weir lab fit --shipped --into DIR` does it. The marks in the charts above are all there is.",
            "结果旁没有 `fit.csv`：尚未核算模拟与观测是否相符（`weir lab fit --shipped --into DIR` 可核算），仅有上面图中的标记可供对照。",
        ).into());
    }
    out
}

fn tallies(picture: &Picture<'_>) -> Vec<String> {
    let table = picture.fit.as_deref().unwrap_or_default();
    ["holdout", "train"]
        .into_iter()
        .filter_map(|split| fit::tally(&picture.scene, table, split))
        .collect()
}

/// The quantities that the report knows and the run does not have.
fn absent(scene: &Scene<'_>) -> Option<String> {
    let has = scene.results.quantities();
    let missing = QUANTITIES.iter().filter(|it| !has.contains(&it.0));
    let names: Vec<String> = missing
        .map(|(name, title, _)| format!("{} ({name})", title[scene.language as usize]))
        .collect();
    (!names.is_empty()).then(|| match scene.language {
        Language::En => format!("Not in this run: {}.", names.join("; ")),
        Language::Zh => format!("本次运行没有：{}。", names.join("；")),
    })
}

/// That values which are no numbers were left out.
fn left_out(scene: &Scene<'_>) -> Option<String> {
    let [left, rows] = [scene.results.left_out(), scene.results.rows()]
        .map(|number| crate::output::sheet::grouped(&number.to_string()));
    (scene.results.left_out() > 0).then(|| match scene.language {
        Language::En => {
            format!("{left} of {rows} values are empty or not finite and were left out.")
        }
        Language::Zh => format!("{rows} 个值中有 {left} 个为空或非有限数，已略去。"),
    })
}

fn target_row(scene: &Scene<'_>, target: &Target) -> [String; 4] {
    let of = |value: f64| match words::is_share(&target.unit) {
        true => words::value(value, &target.unit, scene.language),
        false => super::names::spoken(value),
    };
    let ends = match (target.low, target.high) {
        (None, None) => String::new(),
        (low, high) => {
            let [low, high] = [low, high].map(|it| it.map_or("–".to_owned(), of));
            format!(" ({low} … {high})")
        }
    };
    let title = fan::title(scene, &target.quantity, &target.actor);
    let period = target.period();
    let unit = words::unit(target.unit_of_value(), scene.language);
    [
        format!("{title}, {period}"),
        format!("{}{ends} {unit}", of(target.value)),
        frame::split(target.split, scene.language).to_owned(),
        target.source.clone(),
    ]
}

/// What no run can say, and what this one shows of it.
fn limits(scene: &Scene<'_>) -> Vec<String> {
    let language = scene.language;
    let mut all: Vec<String> = LIMITS.iter().map(|it| it[language as usize].to_owned()).collect();
    let last = scene.span.1;
    let waiting = scene.scenarios.first().and_then(|scenario| {
        let band = scene.results.band(scenario, "die_bank", "world", last)?;
        Some((words::scenario(scenario, language), words::value(band.mid, "dies", language)))
    });
    if let Some((scenario, dies)) = waiting {
        all.push(match language {
            Language::En => format!(
                "China's plants do not stop here. Wafer starts answer to tools and subsidy only, so that dies are made beyond what can be packaged or sold: in \"{scenario}\" {dies} of them wait at the end of {last}, in the middle of the draws."
            ),
            Language::Zh => format!(
                "此处的中国晶圆厂不会停工。投片只取决于设备和补贴，故裸片超出可封装、可售出的数量：“{scenario}”中 {last} 末有 {dies}片积压（抽样的中位数）。"
            ),
        });
    }
    all
}

/// What no run can say.
const LIMITS: [[&str; 2]; 13] = [
    [
        "No probabilities of futures. Scenarios are bundles of rules and answers, run over the same assumptions; a band says how far the assumptions spread one of them, not how likely it is.",
        "不给出未来的概率。情景是规则与应对的组合，在相同的假设上运行；带的宽窄表示假设的不确定，而非情景的可能性。",
    ],
    [
        "No intelligence data. Smuggling is known from court cases, trade figures and the estimates of others, and what stays hidden stays out.",
        "没有情报数据。走私的规模来自案件、贸易数据和他人的估计；隐蔽的部分不在其内。",
    ],
    [
        "The ledger of chips is a model too. Most targets are estimates with models inside, and some assumptions here come from the same authors: agreement is partly agreement with oneself.",
        "芯片台账本身也是模型。多数目标值是含模型的估计，部分假设出自相同的作者：相符有一部分是自我相符。",
    ],
    [
        "Two or three shocks of policy are all that history offers. About eight series are independent of each other; that coverage is not rejected is the most that can be claimed.",
        "历史只提供了两三次政策冲击，相互独立的序列约八条；至多只能说“覆盖率未被拒绝”。",
    ],
    fit::CAVEATS[0],
    [
        "Chips of the future are assumed. From 2026Q4 on every flagship, its price and its memory is a guess that carries today's growth on; what is compared in later years is compared among guesses.",
        "未来的芯片属假设。2026Q4 起的每款旗舰及其价格、内存都是把当前增长外推的猜测；其后年份的比较是猜测之间的比较。",
    ],
    [
        "Ownership is not location. A chip owned by a U.S. company may stand anywhere, and who uses it may be somebody else.",
        "归属不是所在地。美国公司拥有的芯片可以在任何地方，使用者也可能另有其人。",
    ],
    [
        "Peak performance is not usable compute. H100 equivalents count 8-bit peak rates; software, links and failures take more from some chips than from others.",
        "峰值性能不是可用算力。H100 当量按 8 位峰值计；软件、互连和故障对不同芯片的损耗不同。",
    ],
    [
        "An H100 equivalent has two definitions, which part ways where 4-bit rates count: one chip may be 2.5 of one and 3.8 of the other.",
        "H100 当量有两种定义，在计入 4 位速率时分道扬镳：同一芯片按一种为 2.5，按另一种为 3.8。",
    ],
    [
        "\"Domestic\" has four definitions that give anything from 30 to 88 percent for nearly the same year. None of them is the right one.",
        "“国产”有四种定义，对几乎同一年给出 30% 至 88% 的结果，没有哪一种才算正确。",
    ],
    [
        "How controls act on innovation is in dispute: the sign of the effect on research output is left open, and no result should be read as settling it.",
        "管制对创新的作用存在争议：对研发产出的影响方向未定，任何结果都不应读作定论。",
    ],
    [
        "People and governments here follow rules of thumb. Surprise, diplomacy and war are outside.",
        "此处的人和政府按经验规则行事，意外、外交和战争不在模型之内。",
    ],
    [
        "It is no legal advice. What a rule says comes from law packs that were checked through a day that they name.",
        "不构成法律意见。规则内容出自规则包，核对截至其所载日期。",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::policy_hash;

    /// The page's policy names its style by hash. Whoever changes it changes its hash too: the
    /// failing test shows the new one.
    #[test]
    fn allows_its_own_style() {
        assert_eq!(policy_hash(STYLE), STYLE_HASH, "templates/lab.css, charts.css");
    }

    /// What has a quota and hardly uses it is told from what has none, in light, dark and print.
    #[test]
    fn the_lowest_class_is_no_land() {
        let channels = |block: &str, name: &str| -> Vec<i32> {
            let at = block.find(&format!("--{name}: #")).map(|at| at + name.len() + 5);
            let color = &block[at.unwrap_or_default()..][..6];
            let of = |at: usize| i32::from_str_radix(&color[at..at + 2], 16).unwrap_or_default();
            [0, 2, 4].map(of).into()
        };
        let blocks: Vec<&str> = STYLE.split("--paper: ").skip(1).collect();
        assert_eq!(blocks.len(), 3);
        for block in blocks {
            let (land, lowest) = (channels(block, "land"), channels(block, "q0"));
            let far: i32 = land.iter().zip(&lowest).map(|(a, b)| (a - b).abs()).sum();
            assert!(far >= 80, "{land:?} {lowest:?}: {far}");
        }
    }

    /// Files of charts have the colors of the page in light.
    #[test]
    fn light_is_the_light_of_the_page() {
        let light = STYLE.split("@media").next().unwrap_or_default();
        for (name, color) in super::super::svg::LIGHT {
            assert!(light.contains(&format!("--{name}: {color};")), "{name}");
        }
    }
}

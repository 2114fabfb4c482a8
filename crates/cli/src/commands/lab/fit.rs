//! `weir lab fit`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use lab::ensemble::{self, Draws};
use lab::stats::fit::Ended;
use lab::stats::fit::abc::Posterior;
use lab::tables::{Name, Tables};
use lab::targets::Basis;
use lab::validation::{self, Effort, FITTED, Fitted, Judged, Judgment, Plan};
use lab::world::Diverged;
use lab::world::observe::{Observation, Observer};

use super::inputs::Fitted as Inputs;
use super::{column, scenarios};
use crate::commands::ledger::{Form, whole};
use crate::language::Language;
use crate::output::lab::names;
use crate::output::sheet::{Cell, Kind, Sheet, grouped};
use crate::{Common, Done};

/// How much to try.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Judge the fit that is there, and fit nothing.
    #[arg(long, conflicts_with_all = ["points", "particles", "generations"])]
    shipped: bool,
    /// Points of a wave of history matching.
    #[arg(long, default_value = "1500", value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    points: u64,
    /// Particles of the fit.
    #[arg(long, default_value = "512", value_parser = clap::value_parser!(u64).range(50..=100_000))]
    particles: u64,
    /// Generations of the fit.
    #[arg(long, default_value = "4", value_parser = clap::value_parser!(u64).range(1..=50))]
    generations: u64,
    /// Draws to judge by.
    #[arg(long, default_value = "1000", value_parser = clap::value_parser!(u64).range(50..=1_000_000))]
    draws: u64,
    /// The seed: the same one gives the same figures on every machine.
    #[arg(long, default_value = "1")]
    seed: u64,
    #[command(flatten)]
    inputs: Inputs,
    /// A folder for `posterior.csv` with the `parameters.csv` that it was fitted from, which
    /// `--data` takes, and for `fit.csv`, which a report draws.
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

/// Fits and judges.
///
/// # Errors
/// A law that leaves something open, a plan that cannot be used, a region of parameters that is
/// empty, a file that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let tables = args.inputs.tables()?;
    // Whoever names particles wants them judged.
    let is_judged = args.shipped || args.inputs.has_particles();
    let mut draws = tables.draws(args.seed, is_judged)?;
    let history = scenarios::load("history", &Arc::new(tables.world()?), common)?.compiled;
    let plan = tables.plan()?;
    if let Some(folder) = &args.into {
        spare(folder, &tables)?;
    }
    let mut notes = Vec::new();
    if !is_judged {
        let effort = Effort {
            points: args.points as usize,
            particles: args.particles as usize,
            generations: args.generations as usize,
            seed: args.seed,
        };
        let fitted = validation::fit(&history, &draws, &plan, effort)?;
        let Some(posterior) = &fitted.posterior else { bail!("{}", empty(&fitted, &plan)) };
        notes = steps(&fitted, posterior, common.lang);
        let text = table(&draws, posterior);
        let parameters = tables.get(Name::Parameters);
        if let Some(folder) = &args.into {
            write(folder, "posterior.csv", &text)?;
            write(folder, "parameters.csv", &parameters.text)?;
        }
        let parameters = (parameters.file.as_str(), &*parameters.text);
        draws = Draws::read(parameters, Some(("posterior.csv", &text)), args.seed)?;
    }
    let observer = Observer::new(&history);
    let runs = ensemble::run(&history, &observer, &draws, 0..args.draws);
    let failed: Vec<Diverged> = runs.iter().filter_map(|run| run.as_ref().err().cloned()).collect();
    let runs: Vec<Observation> = runs.into_iter().flatten().collect();
    let judgment = validation::judge(&plan, &observer, &runs)?;
    if let Some(folder) = &args.into {
        write(folder, "fit.csv", &judged_table(&judgment))?;
    }
    notes.push(common.lang.pick(UNSEEN[0], UNSEEN[1]).to_owned());
    notes.extend(verdict(&judgment, &failed, common.lang));
    args.form.write(&sheet(&judgment, notes, common.lang), common)?;
    Ok(Done::Good)
}

/// What must be said before the held-out years are spoken of.
const UNSEEN: [&str; 2] = [
    "Nothing is fitted to 2024 and 2025, but they are not unseen any more: two priors were changed after the model had been judged by them (docs/lab/trace.md). A quantity is named there by what it counts: `h20_units` are all chips made for China under the rule of 2023.",
    "2024 年与 2025 年未参与拟合，但已非未见：以其评判之后，有两项先验被修改（docs/lab/trace.md）。数量的含义见该文：`h20_units` 为按 2023 年规则设计的全部对华芯片。",
];

/// That what is written does not take the place of the plan that is read.
fn spare(folder: &Path, tables: &Tables) -> anyhow::Result<()> {
    let (judgment, plan) = (folder.join("fit.csv"), Path::new(&tables.get(Name::Plan).file));
    let same = judgment.canonicalize().ok().zip(plan.canonicalize().ok());
    if same.is_some_and(|(judgment, plan)| judgment == plan) {
        bail!(
            "`{}` is the plan of the fit, and its judgment would take its place\n\nhint: name another folder for `--into`",
            plan.display()
        );
    }
    Ok(())
}

/// Why nothing is left to fit.
fn empty(fitted: &Fitted, plan: &Plan) -> String {
    let names = |places: &[usize]| -> String {
        let names: Vec<&str> = places.iter().map(|at| plan.fit[*at].target.id.as_str()).collect();
        names.join(", ")
    };
    let which = match &fitted.matched.ended {
        Ended::Empty { alone, .. } if !alone.is_empty() => names(alone),
        Ended::Empty { tightest, .. } => names(&[*tightest]),
        Ended::Settled | Ended::WavesUsed => String::new(),
    };
    format!(
        "no parameters come near history: {which} rules them out\n\nhint: the model is wrong there, or its distributions are too narrow; more `--points` may find a small region"
    )
}

/// What the fit did.
fn steps(fitted: &Fitted, posterior: &Posterior, language: Language) -> Vec<String> {
    let mut notes = Vec::new();
    for wave in &fitted.matched.waves {
        let [kept, points] = [wave.kept, wave.points].map(|count| grouped(&count.to_string()));
        notes.push(match language {
            Language::En => {
                format!("History matching: {kept} of {points} points are not implausible.")
            }
            Language::Zh => format!("历史匹配：{points} 个点中 {kept} 个并非不可信。"),
        });
    }
    if let Some(last) = posterior.generations.last() {
        let runs: u64 = posterior.generations.iter().map(|it| it.runs).sum();
        let (runs, effective) =
            (grouped(&runs.to_string()), grouped(&format!("{:.0}", last.effective)));
        let tolerance = last.tolerance;
        notes.push(match language {
            Language::En => format!(
                "Approximate Bayesian computation: {runs} runs, last tolerance {tolerance:.2} standard deviations, {effective} effective particles."
            ),
            Language::Zh => format!(
                "近似贝叶斯计算：{runs} 次运行，最终容差 {tolerance:.2} 个标准差，有效粒子 {effective} 个。"
            ),
        });
    }
    let moved = FITTED.iter().enumerate().map(|(at, name)| {
        let [low, high] = [0.1, 0.9].map(|share| posterior.quantile(at, share));
        format!("{name} {low:.2}-{high:.2}")
    });
    let moved = moved.collect::<Vec<_>>().join(", ");
    notes.push(match language {
        Language::En => format!(
            "Where 80 % of the particles lie, in shares of the distribution before: {moved}."
        ),
        Language::Zh => format!("80 % 的粒子所在位置（按先验分布的份额）：{moved}。"),
    });
    notes
}

/// What the judgment comes to, in words.
fn verdict(judgment: &Judgment, failed: &[Diverged], language: Language) -> Vec<String> {
    let coverage = &judgment.coverage;
    let (inside, of, p) = (coverage.inside, coverage.of, coverage.p_value);
    let (beats, compared) = judgment.beats_drift;
    let rejected = coverage.rejected(0.05);
    let mut notes = vec![
        match language {
            Language::En => format!(
                "Held-out years, the last value of each of {of} series: {inside} lie in the 80 % interval; coverage is {} (p = {p:.2}).",
                if rejected { "rejected" } else { "not rejected" }
            ),
            Language::Zh => format!(
                "留出年份，{of} 个序列各自的最后一个值：{inside} 个落在 80 % 区间内；覆盖率{}（p = {p:.2}）。",
                if rejected { "被拒绝" } else { "未被拒绝" }
            ),
        },
        match language {
            Language::En => format!(
                "Of {compared} values with a drift to go on, {beats} are forecast better than by it."
            ),
            Language::Zh => {
                format!("在可用漂移外推的 {compared} 个值中，{beats} 个的预测优于漂移。")
            }
        },
    ];
    if let Some(first) = failed.first() {
        let count = failed.len();
        notes.push(match language {
            Language::En => {
                format!("{count} runs diverged and are not counted; the first: {first}.")
            }
            Language::Zh => {
                let first = crate::chinese::message(&first.to_string());
                format!("{count} 次运行发散，未计入；第一次：{first}。")
            }
        });
    }
    notes
}

fn sheet(judgment: &Judgment, notes: Vec<String>, language: Language) -> Sheet {
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    Sheet {
        title: language
            .pick("The simulated world against what was observed", "模拟世界与观测对照")
            .into(),
        notes,
        heads: true,
        columns: vec![
            text("target", ["target", "目标"]),
            text("quantity", ["quantity", "数量"]),
            text("period", ["quarters", "季度"]),
            text("unit", ["unit", "单位"]),
            text("split", ["split", "分组"]),
            number("observed", ["observed", "观测"]),
            number("p10", ["10 %", "10 %"]),
            number("p50", ["median", "中位数"]),
            number("p90", ["90 %", "90 %"]),
            text("covered", ["inside", "在区间内"]),
            number("error", ["error", "误差"]),
            number("crps_drift", ["score / drift", "评分/漂移"]),
            number("crps_share", ["/ constant share", "/份额不变"]),
            number("crps_last_rule", ["/ last rule did nothing", "/最近规则无影响"]),
        ],
        rows: judgment.rows.iter().map(|row| cells(row, language)).collect(),
        empty: String::new(),
    }
}

/// The unit of a target, with what is made of its quarters.
fn unit(row: &Judged, language: Language) -> String {
    let unit = names::unit(row.target.unit_of_value(), language);
    match row.target.basis {
        Basis::Level => unit.to_owned(),
        Basis::Sum => format!("{unit}{}", language.pick(", sum", "，合计")),
        Basis::Mean => format!("{unit}{}", language.pick(", mean", "，均值")),
    }
}

fn cells(row: &Judged, language: Language) -> Vec<Cell> {
    let figure = |value: f64| {
        let decimals = if value.abs() < 100.0 { 2 } else { 0 };
        super::decimals(value, decimals)
    };
    let text = |text: &str| Cell::Text(text.to_owned());
    let covered = if row.covered { ["yes", "是"] } else { ["no", "否"] };
    let split = if row.fitted { ["fitted", "已拟合"] } else { ["held out", "留出"] };
    let [p10, p50, p90] = row.simulated.map(figure);
    let ratio =
        |naive: Option<f64>| naive.map_or(Cell::None, |it| super::decimals(row.crps / it, 2));
    let [drift, share, rule] = row.naive.map(ratio);
    vec![
        text(&row.target.id),
        text(&format!("{} ({})", row.target.quantity, row.target.actor)),
        text(&row.target.period()),
        text(&unit(row, language)),
        text(language.pick(split[0], split[1])),
        figure(row.target.value),
        p10,
        p50,
        p90,
        text(language.pick(covered[0], covered[1])),
        super::decimals(row.error, 2),
        drift,
        share,
        rule,
    ]
}

/// The particles, as the program carries them.
fn table(draws: &Draws, posterior: &Posterior) -> String {
    let names: Vec<&str> = draws.priors().factors().map(|row| row.symbol.as_str()).collect();
    let mut text = names.join(",") + "\n";
    for particle in validation::particles(posterior, draws, PARTICLES) {
        let shares: Vec<String> =
            particle.iter().map(|share| format!("{:.4}", share.clamp(1e-4, 1.0 - 1e-4))).collect();
        text.push_str(&shares.join(","));
        text.push('\n');
    }
    text
}

/// Particles that are kept.
const PARTICLES: usize = 400;

/// The judgment as a report reads it.
fn judged_table(judgment: &Judgment) -> String {
    let mut text = String::from(
        "target,split,unit,observed,low,high,p10,p50,p90,covered,crps,error,crps_drift,crps_share,crps_last_rule\n",
    );
    for row in &judgment.rows {
        let target = &row.target;
        let maybe = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
        let [p10, p50, p90] = row.simulated;
        let [drift, share, rule] = row.naive.map(maybe);
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{p10},{p50},{p90},{},{},{},{drift},{share},{rule}",
            target.id,
            target.split.word(),
            target.unit_of_value(),
            target.value,
            maybe(target.low),
            maybe(target.high),
            row.covered,
            row.crps,
            row.error,
        );
    }
    text
}

/// Writes a file of a folder, which is made where it is missing.
pub fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let cannot = || format!("cannot make the folder `{}`", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let path = folder.join(name);
    whole(&path, text.as_bytes()).with_context(|| format!("cannot write `{}`", path.display()))
}

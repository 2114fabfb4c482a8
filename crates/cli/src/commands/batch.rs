//! `weir batch`: decides files of rows, by the folder.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use batch::files::Format;
use batch::job::{self, Job, Progress, Report};
use batch::summary::{Group, Summary};
use batch::{Catalogue, Decider, Mapping, Refused};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use law::{Facts, Law, Outcome, Reading};

use crate::catalogue::{Chips, Parts};
use crate::input::rows::Reader;
use crate::language::Language;
use crate::output::wrapping::{padded, padded_left};
use crate::{Common, Done, loading};

/// Decides files of rows: Parquet, Arrow, CSV and JSON Lines, each into a file of the same name
/// with the decision beside what came in.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Files, or folders of files; folders such as `month=2025-06` are columns.
    #[arg(required = true, value_name = "PATH")]
    inputs: Vec<PathBuf>,
    /// The folder to write to. The same command goes on where an earlier run was interrupted.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What to write: parquet, arrow, csv or jsonl; as the input by default.
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// A fact and the column that holds it, where the column has another name.
    #[arg(long, value_name = "FACT=COLUMN")]
    map: Vec<String>,
    /// Files worked on at once; as many as there are cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Stop at the first file or row that cannot be read.
    #[arg(long)]
    strict: bool,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// The scheduler of a cluster whose executors do the work; paths have to mean the same to all.
    #[cfg(feature = "engine")]
    #[arg(long, value_name = "HOST:PORT", value_parser = super::cluster::place)]
    cluster: Option<(String, u16)>,
}

fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| "one of parquet, arrow, csv, jsonl".to_owned())
}

/// The catalogue that single lines are read with.
pub struct Known {
    law: Arc<Law>,
    chips: Chips,
    parts: Parts,
}

impl Known {
    /// What the program carries, and more parts.
    pub fn new(law: Arc<Law>, chips: Chips, parts: Parts) -> Known {
        Known { law, chips, parts }
    }
}

impl Catalogue for Known {
    fn enrich(&self, facts: &mut Facts) -> Result<(), Refused> {
        let reader = Reader::new(&self.law, &self.chips, &self.parts, None, b',', false);
        reader.enrich_facts(facts).map_err(|why| Refused {
            code: why.code,
            message: if why.hint.is_empty() {
                why.message
            } else {
                format!("{}; {}", why.message, why.hint)
            },
        })
    }
}

/// Runs the command.
///
/// # Errors
/// A law that cannot be used, inputs that are not there, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let law = Arc::new(common.law()?);
    let chips = Chips::embedded(law.vocabulary())?;
    let parts = Parts::new(args.parts.clone());
    let mapping = Mapping::read(args.map.iter().map(String::as_str), law.vocabulary())?;
    let known = Known::new(Arc::clone(&law), chips, parts);
    let decider = Decider::new(Arc::clone(&law), Some(Arc::new(known)), mapping);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let job = Job {
        inputs: args.inputs.clone(),
        output: args.output.clone(),
        format: args.format,
        law: loading::fingerprint(&common.law, &common.assume, &args.parts)?,
        threads: args.threads.map_or(cores, usize::from),
        strict: args.strict,
    };
    #[cfg(feature = "engine")]
    if let Some(address) = &args.cluster {
        let report = by_cluster(address, args, common, job, &decider)?;
        return done(&report, common);
    }
    let bar = Bar::new(common.quiet);
    let report = job::run(&job, &decider, &bar);
    bar.0.finish_and_clear();
    done(&report?, common)
}

/// Says how a job went.
fn done(report: &Report, common: &Common) -> anyhow::Result<Done> {
    say(report, common.lang, &mut io::stdout())?;
    for (path, why) in &report.rejected {
        common.warn(&format!("`{}` cannot be read: {why}", path.display()));
    }
    if report.summary.errors > 0 {
        common.warn(&match report.summary.errors {
            1 => "1 line cannot be decided".to_owned(),
            errors => format!("{errors} lines cannot be decided"),
        });
    }
    if let Some(rejects) = &report.rejects {
        common.warn(&format!("every reason is in `{}`", rejects.display()));
    }
    let is_clean = report.rejected.is_empty() && report.summary.errors == 0;
    Ok(if is_clean { Done::Good } else { Done::Met })
}

/// Has a cluster decide the files of a job, and looks over what it did.
#[cfg(feature = "engine")]
fn by_cluster(
    address: &(String, u16),
    args: &Args,
    common: &Common,
    job: Job,
    decider: &Decider,
) -> anyhow::Result<Report> {
    // Others have other folders of their own.
    let whole = |path: &PathBuf| std::path::absolute(path);
    let inputs = job.inputs.iter().map(whole).collect::<io::Result<_>>()?;
    let job = Job { inputs, output: whole(&job.output)?, ..job };
    let law = loading::shipment(&common.law, &common.assume, &args.parts)?;
    let waiting = Bar::waiting(common.quiet);
    let decided = super::cluster::decide(address, &job, decider, law);
    waiting.0.finish_and_clear();
    let kept = decided?;
    let report = job::run(&job, decider, &job::Quiet)?;
    let decided = report.decided + report.kept - kept;
    Ok(Report { decided, kept, ..report })
}

/// How a job goes, on a terminal.
struct Bar(ProgressBar, AtomicU64);

impl Bar {
    fn new(is_quiet: bool) -> Bar {
        if is_quiet || !io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden(), AtomicU64::new(0));
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
        let style = "{bar:30} {bytes}/{total_bytes} ({binary_bytes_per_sec}, {eta} left) {msg}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Bar(bar, AtomicU64::new(0))
    }
}

#[cfg(feature = "engine")]
impl Bar {
    /// Shows for how long others have been at work.
    fn waiting(is_quiet: bool) -> Bar {
        if is_quiet || !io::stderr().is_terminal() {
            return Bar(ProgressBar::hidden(), AtomicU64::new(0));
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed_precise}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Bar(bar, AtomicU64::new(0))
    }
}

impl Progress for Bar {
    fn begin(&self, _: u64, bytes: u64) {
        self.0.set_length(bytes);
    }

    fn rows(&self, rows: u64) {
        let rows = rows + self.1.fetch_add(rows, Ordering::Relaxed);
        self.0.set_message(format!("{} rows", grouped(rows)));
    }

    fn file(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

fn say(report: &Report, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    let (decided, errors) = (grouped(summary.decided()), grouped(summary.errors));
    let (files, kept) = (report.decided + report.kept, report.kept);
    let files = match (files, language) {
        (1, Language::En) => "1 file".to_owned(),
        (files, Language::En) => format!("{files} files"),
        (files, Language::Zh) => format!("{files} 个文件"),
    };
    match language {
        Language::En => writeln!(
            out,
            "{decided} lines decided, {errors} in error, in {files} ({kept} finished before)\n"
        )?,
        Language::Zh => writeln!(
            out,
            "已裁定 {decided} 行，{errors} 行有误，共 {files}（其中 {kept} 个先前已完成）\n"
        )?,
    }
    let heading = match language {
        Language::En => ["outcome", "as written", "as enforced"],
        Language::Zh => ["结论", "按条文", "按执法"],
    };
    let line = |name: &str, written: &str, enforced: &str| {
        let (written, enforced) = (padded_left(written, 16), padded_left(enforced, 16));
        format!("{}{written}{enforced}", padded(name, 24))
    };
    writeln!(out, "{}", line(heading[0], heading[1], heading[2]))?;
    for outcome in Outcome::ALL {
        let count = |reading: Reading| {
            let is = |group: &&Group| group.outcomes[reading as usize] == outcome.word();
            let found = summary.groups.keys().filter(is);
            grouped(found.map(|group| summary.groups[group]).sum())
        };
        let [written, enforced] = Reading::BOTH.map(count);
        writeln!(out, "{}", line(language.outcome(outcome), &written, &enforced))?;
    }
    say_required(summary, language, out)
}

/// Where, when and by which rule licenses are required as written, the most frequent first.
fn say_required(summary: &Summary, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let property = |group: &Group, at: usize| match at {
        _ if group.outcomes[0] != Outcome::LicenseRequired.word() => String::new(),
        0 => group.destination.clone(),
        1 => group.month.clone(),
        _ => group.rules[0].clone(),
    };
    let titles = [
        language.pick("license required, by destination", "需要许可，按目的地"),
        language.pick("license required, by month", "需要许可，按月份"),
        language.pick("license required, by rule", "需要许可，按规则"),
    ];
    for (at, title) in titles.into_iter().enumerate() {
        let mut found = summary.by(|group| property(group, at));
        found.retain(|(name, _)| !name.is_empty());
        if !found.is_empty() {
            writeln!(out, "\n{title}")?;
        }
        for (name, count) in found.iter().take(10) {
            writeln!(out, "  {name:<38}{:>16}", grouped(*count))?;
        }
        if found.len() > 10 {
            let rest: u64 = found[10..].iter().map(|(_, count)| count).sum();
            let name = match language {
                Language::En => format!("{} more", found.len() - 10),
                Language::Zh => format!("其余 {} 项", found.len() - 10),
            };
            writeln!(out, "  {}{:>16}", padded(&name, 38), grouped(rest))?;
        }
    }
    Ok(())
}

/// Digits in threes.
fn grouped(number: u64) -> String {
    law::text::grouped(law::Num::int(i128::from(number)))
}

//! `weir batch`: decides files of rows, by the folder.

mod diff;
mod interrupt;
mod progress;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use batch::files::Format;
use batch::job::{self, Job, Report};
use batch::summary::{Group, Summary};
use batch::{Catalogue, Decider, Mapping, Refused, RowWarning, address};
use law::{Facts, Law, Outcome, Reading};

use crate::catalogue::{Chips, Parts};
use crate::input::rows::Reader;
use crate::language::Language;
use crate::output::wrapping::{padded, padded_left};
use crate::{Common, Done, loading};
use progress::Bar;

/// Decides files of rows: Parquet, Arrow, CSV and JSON Lines, each into a file of the same name
/// with the decision beside what came in.
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    other: Option<Other>,
    #[command(flatten)]
    deciding: Option<Deciding>,
}

/// What else there is to do with files of rows.
#[derive(clap::Subcommand, Debug)]
enum Other {
    Diff(diff::Args),
}

#[derive(clap::Args, Debug)]
struct Deciding {
    /// Files, folders of files, or patterns such as `2025-*.parquet`, also in a store as
    /// `s3://BUCKET/PREFIX`; folders such as `month=2025-06` are columns.
    #[arg(required = true, value_name = "PATH")]
    inputs: Vec<PathBuf>,
    /// The folder to write to, or `s3://BUCKET/PREFIX`. The same command goes on where an earlier
    /// run was interrupted.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What to write: parquet, arrow, csv or jsonl; as the input by default.
    #[arg(long, value_parser = format)]
    format: Option<Format>,
    /// Columns whose values become folders of the output, such as `destination=DE`; those of the
    /// decision among them.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    partition_by: Vec<String>,
    /// Remove what earlier runs wrote and no input of this one becomes.
    #[arg(long)]
    prune: bool,
    /// A fact and the column that holds it, where the column has another name.
    #[arg(long, value_name = "FACT=COLUMN")]
    map: Vec<String>,
    /// Files, or row groups of long Parquet files, worked on at once; as many as there are cores by
    /// default.
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

/// How many facts are named that would settle open lines.
const MISSING_MAX: usize = 8;

fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| "one of parquet, arrow, csv, jsonl".to_owned())
}

/// The catalogue that single lines are read with.
pub struct Known {
    law: Arc<Law>,
    chips: Chips,
    parts: Arc<Parts>,
}

impl Known {
    /// What the program carries, and more parts.
    pub fn new(law: Arc<Law>, chips: Chips, parts: Arc<Parts>) -> Known {
        Known { law, chips, parts }
    }
}

impl Catalogue for Known {
    fn enrich(&self, facts: &mut Facts) -> Result<(), Refused> {
        self.enrich_and_warn(facts, &mut Vec::new())
    }

    fn enrich_and_warn(
        &self,
        facts: &mut Facts,
        warnings: &mut Vec<RowWarning>,
    ) -> Result<(), Refused> {
        let (enriched, found) = self.reader().enrich_facts(facts);
        let found = found.into_iter();
        warnings.extend(found.map(|it| RowWarning { code: it.code, message: it.message }));
        enriched.map_err(|why| Refused {
            code: why.code,
            message: if why.hint.is_empty() {
                why.message
            } else {
                format!("{}; {}", why.message, why.hint)
            },
        })
    }
}

impl Known {
    /// What reads lines of JSON.
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(&self.law, &self.chips, &self.parts, None, b',', false)
    }
}

/// Runs the command.
///
/// # Errors
/// A law that cannot be used, inputs that are not there, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    match (&args.other, &args.deciding) {
        (Some(Other::Diff(args)), _) => diff::run(args, common),
        (None, Some(args)) => decide(args, common),
        // The command line asks for one of the two.
        (None, None) => Ok(Done::Bad),
    }
}

fn decide(args: &Deciding, common: &Common) -> anyhow::Result<Done> {
    let law = Arc::new(common.law()?);
    let chips = Chips::embedded(law.vocabulary())?;
    let parts = Arc::new(Parts::new(args.parts.clone()));
    let mapping = Mapping::read(args.map.iter().map(String::as_str), law.vocabulary())?;
    let known = Known::new(Arc::clone(&law), chips, parts);
    let decider = Decider::new(Arc::clone(&law), Some(Arc::new(known)), mapping);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut partition_by: Vec<String> = Vec::new();
    for column in &args.partition_by {
        if !partition_by.contains(column) {
            partition_by.push(column.clone());
        }
    }
    let job = Job {
        inputs: args.inputs.iter().map(|path| address(path)).collect::<Result<_, _>>()?,
        output: address(&args.output)?,
        format: args.format,
        partition_by,
        prune: args.prune,
        law: loading::fingerprint(&common.law, &common.assume, &args.parts)?,
        threads: args.threads.map_or(cores, usize::from),
        strict: args.strict,
    };
    #[cfg(feature = "engine")]
    if let Some(address) = &args.cluster {
        let report = by_cluster(address, args, common, job, &decider)?;
        return done(&report, args, common);
    }
    let mut bar = Bar::new(common);
    let (stopped, files) = (Arc::clone(&bar.is_stopped), Arc::clone(&bar.files));
    let watch = interrupt::watch(stopped, files, bar.bar.clone(), common.lang);
    let report = job::run(&job, &decider, &bar);
    bar.finish();
    watch.ended();
    done(&report?, args, common)
}

/// Says how a job went.
fn done(report: &Report, args: &Deciding, common: &Common) -> anyhow::Result<Done> {
    say(report, common.lang, &mut io::stdout())?;
    warn(common, &report.rejected, report.summary.errors, report.rejects.as_deref());
    warn_of_names(common, report);
    warn_of_unplaced(common, &report.unplaced);
    warn_of_skipped(common, &report.skipped);
    warn_of_stale(common, &report.stale, args.prune);
    let is_clean = report.rejected.is_empty() && report.summary.errors == 0;
    Ok(if is_clean { Done::Good } else { Done::Met })
}

/// So long an executor that was given up may still be at a file.
#[cfg(feature = "engine")]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

/// Has a cluster decide the files of a job, and looks over what it did.
#[cfg(feature = "engine")]
fn by_cluster(
    address: &(String, u16),
    args: &Deciding,
    common: &Common,
    job: Job,
    decider: &Decider,
) -> anyhow::Result<Report> {
    // Others have other folders of their own.
    let whole = |path: &PathBuf| match batch::is_stored(path) {
        true => Ok(path.clone()),
        false => std::path::absolute(path),
    };
    let inputs = job.inputs.iter().map(whole).collect::<io::Result<_>>()?;
    let job = Job { inputs, output: whole(&job.output)?, ..job };
    let law = loading::shipment(&common.law, &common.assume, &args.parts)?;
    let kept = super::cluster::decide(address, &job, decider, law, common)?;
    let report = job::run_when_free(&job, decider, &job::Quiet, PATIENCE)?;
    let decided = report.decided + report.kept - kept;
    Ok(Report { decided, kept, ..report })
}

/// Says what could not be read.
fn warn(common: &Common, rejected: &[(PathBuf, String)], errors: u64, rejects: Option<&Path>) {
    for (path, why) in rejected {
        common.warn(&format!("`{}` cannot be read: {why}", path.display()));
    }
    if errors > 0 {
        common.warn(&match errors {
            1 => "1 line cannot be decided".to_owned(),
            errors => format!("{errors} lines cannot be decided"),
        });
    }
    if let Some(rejects) = rejects {
        common.warn(&format!("every reason is in `{}`", rejects.display()));
    }
}

/// Says which columns are called like a fact and were not taken.
fn warn_of_names(common: &Common, report: &Report) {
    if report.alike.is_empty() {
        return;
    }
    let meant = |(column, fact): (&String, &String)| {
        common.lang.said(&format!("`{column}` (is `{fact}` meant?)")).into_owned()
    };
    let columns: Vec<String> = report.alike.iter().map(meant).collect();
    let columns = columns.join(common.lang.pick(", ", "、"));
    common.warn(&format!(
        "columns that look like facts and were not taken: {columns}; `--map FACT=COLUMN` says what \
         they are"
    ));
}

/// Names files in which no column says where things go.
fn warn_of_unplaced(common: &Common, unplaced: &[PathBuf]) {
    let Some(first) = unplaced.first() else { return };
    let first = first.display();
    common.warn(&match unplaced.len() {
        1 => format!(
            "`{first}` has no column that is `destination`, so that its rows stay open; `--map \
             destination=COLUMN` says which it is"
        ),
        count => format!(
            "`{first}` and {} more files have no column that is `destination`, so that their rows \
             stay open; `--map destination=COLUMN` says which it is",
            count - 1
        ),
    });
}

/// Names files that lie beside tables and are none.
fn warn_of_skipped(common: &Common, skipped: &[PathBuf]) {
    let Some(first) = skipped.first() else { return };
    let first = first.display();
    let endings = ".parquet, .arrow (or .feather), .csv, .tsv and .jsonl (or .ndjson)";
    common.warn(&match skipped.len() {
        1 => format!(
            "`{first}` is left out: what is decided ends in {endings}, and of texts in these with .gz \
             or .zst"
        ),
        count => format!(
            "`{first}` and {} more files are left out: what is decided ends in {endings}, and of \
             texts in these with .gz or .zst",
            count - 1
        ),
    });
}

/// Says what earlier runs left, if it was not removed.
fn warn_of_stale(common: &Common, stale: &[PathBuf], is_pruned: bool) {
    let Some(first) = stale.first().filter(|_| !is_pruned) else { return };
    let first = first.display();
    common.warn(&match stale.len() {
        1 => format!(
            "`{first}` is of an earlier run and no input of this one becomes it; `--prune` removes it"
        ),
        count => format!(
            "`{first}` and {} more are of earlier runs and no input of this one becomes them; \
             `--prune` removes them",
            count - 1
        ),
    });
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
    let left = match (report.skipped.len(), language) {
        (0, _) => String::new(),
        (left, Language::En) => format!(", {left} beside them left out"),
        (left, Language::Zh) => format!("，另有 {left} 个未裁定"),
    };
    match language {
        Language::En => writeln!(
            out,
            "{decided} lines decided, {errors} in error, in {files} ({kept} finished before{left})\n"
        )?,
        Language::Zh => writeln!(
            out,
            "已裁定 {decided} 行，{errors} 行有误，共 {files}（其中 {kept} 个先前已完成{left}）\n"
        )?,
    }
    match (summary.warned, language) {
        (0, _) => {}
        (1, Language::En) => writeln!(out, "1 line to look at: `weir_warnings` says why\n")?,
        (warned, Language::En) => {
            writeln!(out, "{} lines to look at: `weir_warnings` says why\n", grouped(warned))?;
        }
        (warned, Language::Zh) => {
            writeln!(out, "{} 行需要留意：原因见 `weir_warnings`\n", grouped(warned))?;
        }
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
    say_required(summary, language, out)?;
    let missing = summary.most_missing();
    if !missing.is_empty() {
        writeln!(out, "\n{}", language.pick("missing most often", "最常缺失的事实"))?;
    }
    for (fact, lines) in missing.iter().take(MISSING_MAX) {
        writeln!(out, "  {fact:<38}{:>16}", grouped(*lines))?;
    }
    Ok(())
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

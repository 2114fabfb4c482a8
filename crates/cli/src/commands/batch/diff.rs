//! `weir batch diff`: what moves where another law decides the same rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use batch::compare::Comparison;
use batch::diff::{self, DiffJob};
use batch::{Decider, Mapping, address};
use law::Law;

use super::Known;
use super::progress::Bar;
use crate::catalogue::{Chips, Parts};
use crate::language::Language;
use crate::output::moves::{self, Picture};
use crate::{Common, Done, loading};

/// What of a data set moves from one outcome to another under another law: lines, performance and
/// value, by month, country, product and rule.
///
/// The two laws are named by `--law`, twice: `shipped`, or packs that join the program's own. With
/// one `--law` the shipped law is the first. `--scenario` lays packs over the one law named, or
/// over the shipped law, and that is the second.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Files, folders of files, or patterns such as `2025-*.parquet`, also in a store as
    /// `s3://BUCKET/PREFIX`.
    #[arg(required = true, value_name = "PATH")]
    inputs: Vec<PathBuf>,
    /// The folder for the page, the tables and what could not be read.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// A pack that is laid over the law: what if it were law as well.
    #[arg(long, value_name = "FILE")]
    scenario: Vec<PathBuf>,
    /// A fact and the column that holds it, where the column has another name.
    #[arg(long, value_name = "FACT=COLUMN")]
    map: Vec<String>,
    /// A column that names the currency of `value_usd`: what is not USD is in no sum of dollars.
    #[arg(long, value_name = "COLUMN")]
    currency: Option<String>,
    /// Files worked on at once; as many as there are cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Stop at the first file or row that cannot be read.
    #[arg(long)]
    strict: bool,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// A file for the rows that move, one by one, with both outcomes and rules; the ending tells
    /// the form (.csv, .parquet, .arrow, .jsonl).
    #[arg(long, value_name = "FILE", value_parser = table)]
    moved: Option<PathBuf>,
}

fn table(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match batch::files::Format::of(&path) {
        Some(_) => Ok(path),
        None => Err("the ending is one of .csv, .parquet, .arrow, .jsonl".to_owned()),
    }
}

/// A law that is compared.
struct Side {
    name: String,
    law: Arc<Law>,
}

/// Runs the command.
///
/// # Errors
/// Laws that cannot be used, inputs that are not there, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let sides = sides(args, common)?;
    let parts = Arc::new(Parts::new(args.parts.clone()));
    // A table that cannot be read is told before the first line, not on every line.
    parts.find("")?;
    let deciders = sides.each_ref().map(|side| decider(side, args, &parts));
    let [first, second] = deciders;
    let (first, second) = (first?, second?);
    let comparison = Comparison::new(&first, &second).with_currency(args.currency.clone());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let job = DiffJob {
        inputs: args.inputs.iter().map(|path| address(path)).collect::<Result<_, _>>()?,
        output: args.output.clone(),
        threads: args.threads.map_or(cores, usize::from),
        strict: args.strict,
        moved: args.moved.clone(),
    };
    let mut bar = Bar::new(common);
    let report = diff::run(&job, &comparison, &bar);
    bar.finish();
    let report = report?;
    let [before, after] = &sides;
    let picture = Picture {
        language: common.lang,
        moves: &report.moves,
        laws: [&before.law, &after.law],
        names: [before.name.clone(), after.name.clone()],
        data: data(&args.inputs),
        files: [report.files, report.rejected.len()],
        knows_days: comparison.knows_days(),
    };
    let page = written(&args.output, &picture)?;
    let by = moves::page::first_measure(&picture);
    let mut out = io::stdout().lock();
    moves::table::write(&picture, by, &mut out)?;
    match common.lang {
        Language::En => writeln!(out, "\nthe page: {}", page.display())?,
        Language::Zh => writeln!(out, "\n网页报告：{}", page.display())?,
    }
    super::warn_of_skipped(common, &report.skipped);
    super::warn(common, &report.rejected, report.moves.errors, report.rejects.as_deref());
    let is_clean = report.rejected.is_empty() && report.moves.errors == 0;
    Ok(if is_clean { Done::Good } else { Done::Met })
}

fn decider(side: &Side, args: &Args, parts: &Arc<Parts>) -> anyhow::Result<Decider> {
    let law = &side.law;
    let chips = Chips::embedded(law.vocabulary())?;
    let mapping = Mapping::read(args.map.iter().map(String::as_str), law.vocabulary())?;
    let known = Known { law: Arc::clone(law), chips, parts: Arc::clone(parts) };
    Ok(Decider::new(Arc::clone(law), Some(Arc::new(known)), mapping))
}

/// The two laws that are meant.
fn sides(args: &Args, common: &Common) -> anyhow::Result<[Side; 2]> {
    let own = |path: &PathBuf| match path.to_str() {
        Some("shipped") => Vec::new(),
        _ => vec![path.clone()],
    };
    let laws: Vec<Vec<PathBuf>> = common.law.iter().map(own).collect();
    let [first, second] = match (laws.as_slice(), args.scenario.is_empty()) {
        ([], true) => bail!(
            "there is one law and nothing to compare it with\n\nhint: name another with `--law`, or \
             what if with `--scenario`"
        ),
        ([], false) => [Vec::new(), args.scenario.clone()],
        ([only], true) => [Vec::new(), only.clone()],
        ([only], false) => [only.clone(), [only.clone(), args.scenario.clone()].concat()],
        ([first, second], true) => [first.clone(), second.clone()],
        ([_, _], false) => bail!(
            "two laws are named and a scenario besides\n\nhint: a scenario is laid over one law; name \
             one `--law`, or none"
        ),
        _ => {
            bail!("more than two laws are named\n\nhint: put the packs of one law into one folder")
        }
    };
    let side = |paths: &[PathBuf]| -> anyhow::Result<Side> {
        let law = Arc::new(loading::law(paths, &common.assume, common.lang)?);
        Ok(Side { name: name(&law, paths, common.lang), law })
    };
    let sides = [side(&first)?, side(&second)?];
    let is_supposed =
        |name: &str| args.scenario.iter().any(|path| Path::new(name).starts_with(path));
    for pack in sides[1].law.packs().iter().filter(|pack| is_supposed(&pack.source.name)) {
        if !pack.hypothetical {
            common.warn(&format!(
                "the scenario `{}` does not say `hypothetical = true`, so that its answers pass for \
                 law",
                pack.id
            ));
        }
    }
    Ok(sides)
}

/// What a law is called: the shipped law, and what the packs besides it say that they are.
fn name(law: &Law, paths: &[PathBuf], language: Language) -> String {
    let is_own = |name: &str| paths.iter().any(|path| Path::new(name).starts_with(path));
    let packs = law.packs().iter().filter(|pack| is_own(&pack.source.name));
    let titles: Vec<&str> = packs.map(|pack| pack.title[language as usize].as_str()).collect();
    let shipped = language.pick("the shipped law", "随附的法律");
    match titles.as_slice() {
        [] => shipped.to_owned(),
        _ => format!("{shipped} + {}", titles.join(" + ")),
    }
}

/// What a data set is called. The page may be sent to others, whom the folders do not concern.
fn data(inputs: &[PathBuf]) -> String {
    let name = |path: &PathBuf| {
        let path = if path.file_name().is_some() {
            path.clone()
        } else {
            fs::canonicalize(path).unwrap_or_default()
        };
        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    };
    inputs.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Writes the tables and the page, each under its name when it is whole; answers where the page is.
fn written(folder: &Path, picture: &Picture<'_>) -> anyhow::Result<PathBuf> {
    // The one that not every run writes.
    _ = fs::remove_file(folder.join("by_currency.csv"));
    for (name, bytes) in moves::csv::files(picture.moves)? {
        whole(&folder.join(name), |out| out.write_all(&bytes))?;
    }
    let page = folder.join("report.html");
    whole(&page, |out| moves::page::write(picture, out))?;
    Ok(page)
}

fn whole(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    let part = path.with_added_extension("part");
    let begun = || -> io::Result<()> {
        let mut out = BufWriter::new(File::create(&part)?);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&part, path)
    };
    let done = begun();
    if done.is_err() {
        // What is half written is of no use.
        _ = fs::remove_file(&part);
    }
    done.with_context(|| format!("cannot write `{}`", path.display()))
}

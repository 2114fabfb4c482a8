//! `weir law`: the law to read, to test, and to compare.

mod diff;
mod show;
mod timeline;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use law::{FactType, Law, Severity};

use crate::commands::chips::aligned;
use crate::language::Language;
use crate::loading::Documents;
use crate::output::wrapping::{hanging, width};
use crate::output::{labels, table_columns};
use crate::{Common, Done, diagnostics};

/// Shows, checks and compares the law packs.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// The packs: dates, rules, how sure they are.
    List,
    /// A pack, a rule or a set of countries, rendered for reading.
    Show {
        /// The id of a pack, a rule or a set; or the code of an exception or a paragraph.
        name: String,
    },
    /// The facts that an order book can give: type, unit, question.
    Facts,
    /// The regimes on a time line: published, effective, compliance, stayed, unenforced, expiring.
    Timeline,
    /// What changed between two days, or what other packs would change in an order book.
    Diff(diff::Args),
    /// Runs the worked cases of the packs.
    Test,
    /// Every mistake in the packs, with its place and the way out.
    Lint {
        /// Packs to check beside the program's own.
        paths: Vec<PathBuf>,
    },
}

/// Runs the command.
///
/// # Errors
/// An unknown name, or a law that cannot be used.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let mut out = io::BufWriter::new(io::stdout());
    let done = match &args.command {
        Command::List => list(&mut out, &common.law()?, common)?,
        Command::Show { name } => show::run(&mut out, &common.law()?, name, common)?,
        Command::Facts => facts(&mut out, &common.law()?, common)?,
        Command::Timeline => timeline::run(&mut out, &common.law()?, common)?,
        Command::Diff(args) => diff::run(&mut out, args, common)?,
        Command::Test => test(&mut out, &common.law()?, common)?,
        Command::Lint { paths } => lint(&mut out, paths, common)?,
    };
    out.flush()?;
    Ok(done)
}

fn list(out: &mut dyn Write, law: &Law, common: &Common) -> anyhow::Result<Done> {
    let rows: Vec<[String; 7]> = law
        .packs()
        .iter()
        .map(|pack| {
            let day = |date: Option<jiff::civil::Date>| {
                date.map_or_else(String::new, |it| it.to_string())
            };
            [
                pack.id.clone(),
                pack.effective.to_string(),
                day(pack.comply_by),
                pack.rules().count().to_string(),
                pack.cases().count().to_string(),
                labels::sure(common.lang, pack.sure.word()).to_string(),
                pack.title[common.lang as usize].clone(),
            ]
        })
        .collect();
    let head = ["pack", "effective", "comply by", "rules", "cases", "sure", "title"];
    let head_zh = ["规则包", "生效", "合规", "规则", "案例", "可信度", "标题"];
    let head = if common.lang as usize == 0 { head } else { head_zh };
    writeln!(out, "{}", stacked(head, &rows, &[3, 4]))?;
    writeln!(
        out,
        "{} {}",
        common.lang.pick("checked against the law through", "核对截至"),
        law.verified_through()
    )?;
    Ok(Done::Good)
}

/// A table for a terminal: the last column, which is long, stands under the others.
fn stacked<const N: usize>(head: [&str; N], rows: &[[String; N]], right: &[usize]) -> String {
    let columns = table_columns(io::stdout().is_terminal());
    let lasts = rows.iter().map(|row| row[N - 1].as_str());
    let lasts: Vec<&str> = std::iter::once(head[N - 1]).chain(lasts).collect();
    let firsts = |mut row: [String; N]| {
        row[N - 1].clear();
        row
    };
    let rows: Vec<[String; N]> = rows.iter().cloned().map(firsts).collect();
    let table = aligned(&firsts(head.map(str::to_string)), &rows, right);
    let lines = table.lines().zip(lasts);
    let under = |text: &str| hanging("    ", text, columns);
    let rows = lines
        .flat_map(|(line, last)| std::iter::once(line.to_string()).chain(last.lines().map(under)));
    rows.collect::<Vec<_>>().join("\n")
}

fn facts(out: &mut dyn Write, law: &Law, common: &Common) -> anyhow::Result<Done> {
    let rows: Vec<[String; 5]> = law
        .vocabulary()
        .facts()
        .map(|(_, fact)| {
            let kind = match (&fact.of, fact.of.words()) {
                (_, Some(words)) => words.join("|"),
                (FactType::Integer | FactType::Decimal, None) if !fact.unit_text.is_empty() => {
                    fact.unit_text.clone()
                }
                (other, None) => common.lang.said(other.word()).into_owned(),
            };
            // Many words stand under the question, whole.
            let long = width(&kind) > 32;
            let question = fact.question[common.lang as usize].as_str();
            let words =
                if long { fact.of.words().unwrap_or_default().join(" | ") } else { String::new() };
            let kind = if long { "…".into() } else { kind };
            [
                fact.name.to_string(),
                common.lang.said(fact.of.word()).into_owned(),
                kind,
                fact.default.clone().unwrap_or_default(),
                format!("{question}\n{words}").trim_end().to_string(),
            ]
        })
        .collect();
    let head = match common.lang as usize {
        0 => ["fact", "type", "unit or words", "default", "question"],
        _ => ["事实", "类型", "单位或取值", "默认", "问题"],
    };
    writeln!(out, "{}", stacked(head, &rows, &[]))?;
    Ok(Done::Good)
}

fn test(out: &mut dyn Write, law: &Law, common: &Common) -> anyhow::Result<Done> {
    let (count, failures) = law::cases::run_all(law);
    write!(
        out,
        "{}",
        diagnostics::render(&failures, common.color(io::stdout().is_terminal()), common.lang)
    )?;
    match common.lang {
        Language::En => writeln!(out, "{} cases, {} failures", count, failures.len())?,
        Language::Zh => writeln!(out, "{} 个案例，{} 处未通过", count, failures.len())?,
    }
    Ok(if failures.is_empty() { Done::Good } else { Done::Bad })
}

fn lint(out: &mut dyn Write, paths: &[PathBuf], common: &Common) -> anyhow::Result<Done> {
    let all: Vec<PathBuf> = common.law.iter().chain(paths).cloned().collect();
    let documents = Documents::embedded().with(&all)?;
    let (law, mut mistakes) = documents.read();
    let mut ran = None;
    if let Some(law) = &law {
        let (cases, more) = law::lint::lint(law);
        mistakes.extend(more);
        ran = Some(cases);
    }
    write!(
        out,
        "{}",
        diagnostics::render(&mistakes, common.color(io::stdout().is_terminal()), common.lang)
    )?;
    let errors = mistakes.iter().filter(|mistake| mistake.severity == Severity::Error).count();
    match (&law, ran) {
        (Some(law), Some(cases)) => {
            let (packs, rules) = (law.packs().len(), law.rules().count());
            match common.lang {
                Language::En => {
                    writeln!(out, "{packs} packs, {rules} rules, {cases} cases: {errors} errors")?;
                }
                Language::Zh => writeln!(
                    out,
                    "{packs} 个规则包，{rules} 条规则，{cases} 个案例：{errors} 处错误"
                )?,
            }
        }
        _ => match common.lang {
            Language::En => writeln!(
                out,
                "{errors} errors; cases and unreachable rules are checked once these are gone"
            )?,
            Language::Zh => writeln!(out, "{errors} 处错误；改正后才会检查案例和永远不适用的规则")?,
        },
    }
    Ok(if errors == 0 { Done::Good } else { Done::Bad })
}

//! `weir lab claims`.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use lab::claims::{SHIPPED, SHIPPED_NAME, read};

use super::column;
use crate::commands::ledger::whole;
use crate::language::Language;
use crate::output::lab::claims::{Figure, Report, Tested, html, markdown, verdict};
use crate::output::lab::names::digits;
use crate::output::sheet::{Cell, Column, Kind, Sheet};
use crate::output::{Format, table_columns};
use crate::{Common, Done};

mod figures;
mod finding;
mod law;

/// Where results come from, and how the report is written.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A folder that `weir lab run` wrote, for the claims that need a simulation.
    #[cfg(feature = "batch")]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
    /// The form of the report; a table on a terminal, JSON Lines otherwise.
    #[arg(long)]
    format: Option<Form>,
    /// Where to write; the ending tells the form.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Writes the claims with what is known of them, and tests nothing.
    #[arg(long, conflicts_with_all = ["format", "output"])]
    show_data: bool,
}

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A table for people.
    Table,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values.
    Csv,
    /// One page that stands alone.
    Html,
    /// Markdown.
    Md,
}

/// Writes the claims with their verdicts.
///
/// # Errors
/// Results that cannot be read, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    if args.show_data {
        std::io::stdout().write_all(SHIPPED.as_bytes())?;
        return Ok(Done::Good);
    }
    let form = form(args)?;
    let claims = read(SHIPPED_NAME, SHIPPED)?;
    let given = given(args, &claims)?;
    let law = common.law()?;
    let bench = finding::Bench::new(&law, given.as_ref().map(|it| &it.1), common.lang)?;
    let mut tested = Vec::new();
    for claim in claims {
        tested.push(bench.test(claim)?);
    }
    let report = Report {
        language: common.lang,
        tested: &tested,
        run: given.as_ref().map(|it| it.0.clone()),
    };
    let mut bytes = Vec::new();
    let columns = table_columns(args.output.is_none() && std::io::stdout().is_terminal());
    match form {
        Form::Html => html(&report, &mut bytes)?,
        Form::Md => markdown(&report, &mut bytes)?,
        Form::Table => {
            people(common.lang, &report).write(Format::Table, common.lang, columns, &mut bytes)?
        }
        Form::Jsonl => {
            files(common.lang, &tested).write(Format::Jsonl, common.lang, columns, &mut bytes)?
        }
        Form::Csv => {
            files(common.lang, &tested).write(Format::Csv, common.lang, columns, &mut bytes)?;
        }
    }
    match &args.output {
        Some(path) => {
            whole(path, &bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        None => std::io::stdout().write_all(&bytes)?,
    }
    Ok(Done::Good)
}

/// The name of a run and its results, as far as the claims look at them.
type Given = Option<(String, lab::results::Results)>;

#[cfg(feature = "batch")]
fn given(args: &Args, claims: &[lab::claims::Claim]) -> anyhow::Result<Given> {
    let Some(folder) = &args.results else { return Ok(None) };
    let wanted = |quantity: &str| {
        let asked = |claim: &lab::claims::Claim| {
            claim.inputs.split(['|', ';', '@']).any(|input| input == quantity)
        };
        claims.iter().any(asked) || finding::ALSO.contains(&quantity)
    };
    let run = super::results::read(folder, &wanted)?;
    Ok(Some((super::results::name(folder), run.results)))
}

#[cfg(not(feature = "batch"))]
fn given(_: &Args, _: &[lab::claims::Claim]) -> anyhow::Result<Given> {
    Ok(None)
}

fn form(args: &Args) -> anyhow::Result<Form> {
    if let Some(form) = args.format {
        return Ok(form);
    }
    let Some(output) = &args.output else {
        return Ok(if std::io::stdout().is_terminal() { Form::Table } else { Form::Jsonl });
    };
    Ok(match output.extension().and_then(|ending| ending.to_str()).unwrap_or("") {
        "jsonl" | "ndjson" => Form::Jsonl,
        "csv" => Form::Csv,
        "html" | "htm" => Form::Html,
        "md" | "markdown" => Form::Md,
        "txt" => Form::Table,
        _ => bail!(
            "`{}` does not tell the form of the report\n\nhint: end it in .jsonl, .csv, .html, .md \
             or .txt, or give --format",
            output.display()
        ),
    })
}

fn number(value: Option<f64>) -> Cell {
    value.filter(|it| it.is_finite()).map_or(Cell::None, |value| Cell::number(digits(value)))
}

/// The table for programs: its columns and the words of verdicts are the same in every language.
fn files(language: Language, tested: &[Tested]) -> Sheet {
    let of = |name, kind| Column { name, title: name.to_owned(), kind };
    let (text, amount) = (|name| of(name, Kind::Text), |name| of(name, Kind::Number));
    let row = |tested: &Tested| {
        let claim = &tested.claim;
        let claimed = match (claim.figure(), claim.claimed.as_str()) {
            (Some(figure), _) => number(Some(figure)),
            (None, "") => Cell::None,
            (None, text) => Cell::text(text),
        };
        let found = match &tested.found {
            Some(Figure::Number(value)) => number(Some(*value)),
            Some(Figure::Text(text)) => Cell::text(text),
            None => Cell::None,
        };
        vec![
            Cell::text(&claim.id),
            claimed,
            found,
            number(tested.low),
            number(tested.high),
            if claim.unit.is_empty() { Cell::None } else { Cell::text(&claim.unit) },
            Cell::text(tested.basis(language)),
            Cell::text(tested.verdict.words()),
        ]
    };
    Sheet {
        title: String::new(),
        notes: Vec::new(),
        heads: false,
        columns: vec![
            text("id"),
            amount("claimed"),
            amount("found"),
            amount("low"),
            amount("high"),
            text("unit"),
            text("basis"),
            text("verdict"),
        ],
        rows: tested.iter().map(row).collect(),
        empty: String::new(),
    }
}

/// The table for people.
fn people(language: Language, report: &Report<'_>) -> Sheet {
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let amount = |name, titles| column(language, name, titles, Kind::Number);
    let row = |tested: &Tested| {
        let shown = |text: Option<String>| text.map_or(Cell::None, Cell::Text);
        vec![
            Cell::text(&tested.claim.id),
            Cell::text(&tested.claim.text[language as usize]),
            shown(tested.claimed()),
            shown(tested.found()),
            shown(tested.ends()),
            Cell::text(tested.unit(language)),
            Cell::text(verdict(tested.verdict, language)),
        ]
    };
    let mut notes = report.notes();
    notes.push(
        language
            .pick(
                "What each verdict rests on: --format md, or -o claims.html.",
                "各结论的依据：--format md，或 -o claims.html。",
            )
            .to_owned(),
    );
    Sheet {
        title: report.title().to_owned(),
        notes,
        heads: false,
        columns: vec![
            text("id", ["id", "编号"]),
            text("claim", ["claim", "说法"]),
            amount("claimed", ["claimed", "所称"]),
            amount("found", ["found", "所得"]),
            amount("ends", ["from … to", "范围"]),
            text("unit", ["unit", "单位"]),
            text("verdict", ["verdict", "结论"]),
        ],
        rows: report.tested.iter().map(row).collect(),
        empty: String::new(),
    }
}

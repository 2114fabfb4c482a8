//! `weir sql`: questions to tables and to the law, in SQL.

mod sink;

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use engine::datafusion::error::DataFusionError;
use engine::datafusion::prelude::SessionContext;
use engine::sql::{context, mistake, query};
use engine::{Lawbook, register, tables};
use futures::StreamExt;
use law::{Diagnostic, Law, Severity, Source};

use crate::catalogue::{Chips, Parts};
use crate::commands::batch::Known;
use crate::{Common, Done, diagnostics, loading};
use sink::{Form, Sink};

/// Answers a question in SQL: over files as tables, with `weir_decide`, `weir_classify` and
/// `weir_tpp` as functions, and over the law itself.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The statement; `-` for standard input.
    #[arg(value_name = "SQL")]
    sql: String,
    /// Files, folders or patterns, each a table of its own name: `orders` for `orders.parquet`.
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// A table, and the file, folder or pattern that holds it: Parquet, Arrow, CSV or JSON Lines.
    #[arg(long, value_name = "NAME=PATH")]
    table: Vec<String>,
    /// The form of output; a table on a terminal, JSON Lines otherwise.
    #[arg(long)]
    format: Option<Form>,
    /// Where to write; the ending tells the form (.parquet, .arrow, .csv, .jsonl, .txt).
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Threads; as many as there are cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    parts: Vec<PathBuf>,
    /// The scheduler of a cluster whose executors do the work; paths have to mean the same to all.
    #[arg(long, value_name = "HOST:PORT", value_parser = super::cluster::place)]
    cluster: Option<(String, u16)>,
}

/// Runs the command.
///
/// # Errors
/// A law or tables that cannot be used, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let form = Form::choose(args.format, args.output.as_deref(), io::stdout().is_terminal())?;
    let text = match args.sql.as_str() {
        "-" => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
            text
        }
        text => text.to_owned(),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.map_or(cores, usize::from);
    let mut lawbook = lawbook(Arc::new(common.law()?), args.parts.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .context("threads cannot be started")?;
    runtime.block_on(async {
        let context = match &args.cluster {
            None => context(threads),
            Some((host, port)) => {
                let law = loading::shipment(&common.law, &common.assume, &args.parts)?;
                lawbook = lawbook.sent_as(&law);
                engine::cluster::context(&format!("{host}:{port}")).await?
            }
        };
        register(&context, &lawbook)?;
        for (name, path) in tables_of(args)? {
            let unread = match &args.cluster {
                None => tables::open(&context, &name, &path).await?,
                Some(_) => tables::open_for_cluster(&context, &name, &path).await?,
            };
            warn_of_unread(common, &path, unread);
        }
        answer(args, common, &context, &text, form).await
    })
}

/// Says how many rows of a table have no values.
fn warn_of_unread(common: &Common, path: &str, unread: u64) {
    let path = path.trim_end_matches('/');
    match unread {
        0 => {}
        1 => common.warn(&format!(
            "`{path}`: 1 row cannot be read and has no values; its column `weir_unread` says why"
        )),
        unread => common.warn(&format!(
            "`{path}`: {unread} rows cannot be read and have no values; their column `weir_unread` \
             says why"
        )),
    }
}

/// The law with what is known of chips, as functions take it.
pub fn lawbook(law: Arc<Law>, parts: Vec<PathBuf>) -> anyhow::Result<Lawbook> {
    let chips = Chips::embedded(law.vocabulary())?;
    let listed = chips
        .iter()
        .map(|chip| engine::Chip { columns: chip.columns.clone(), facts: chip.facts.clone() });
    let listed = listed.collect();
    let known = Known::new(Arc::clone(&law), chips, Arc::new(Parts::new(parts)));
    Ok(Lawbook::new(law).with_catalogue(Arc::new(known), listed))
}

/// The tables by name.
fn tables_of(args: &Args) -> anyhow::Result<Vec<(String, String)>> {
    let mut found: Vec<(String, String)> = Vec::new();
    for table in &args.table {
        let Some((name, path)) = table.split_once('=') else {
            bail!("`--table {table}` is not NAME=PATH");
        };
        found.push((name.trim().to_owned(), path.to_owned()));
    }
    for path in &args.paths {
        let name = tables::name_of(path).ok_or_else(|| {
            anyhow!("`{path}` makes no name of a table\n\nhint: give it one: --table orders={path}")
        })?;
        found.push((name, path.clone()));
    }
    for (at, (name, path)) in found.iter().enumerate() {
        if let Some((_, other)) = found[..at].iter().find(|(other, _)| other == name) {
            bail!(
                "`{other}` and `{path}` are both the table `{name}`\n\nhint: give one another \
                 name with --table NAME=PATH"
            );
        }
    }
    Ok(found)
}

async fn answer(
    args: &Args,
    common: &Common,
    context: &SessionContext,
    text: &str,
    form: Form,
) -> anyhow::Result<Done> {
    let wrong = |why: &DataFusionError| said(common, text, why);
    let frame = match query(context, text).await {
        Ok(frame) => frame,
        Err(why) => return wrong(&why),
    };
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let mut rows = match frame.execute_stream().await {
        Ok(rows) => rows,
        Err(why) => return wrong(&why),
    };
    let mut sink = Sink::create(form, args.output.as_deref(), schema)?;
    while let Some(batch) = rows.next().await {
        match batch {
            Ok(batch) => sink.write(&batch)?,
            Err(why) => return wrong(&why),
        }
    }
    let count = sink.finish()?;
    if form == Form::Table && args.output.is_none() {
        let number = law::text::grouped(law::Num::int(i128::from(count)));
        common.say(&match (count, common.lang) {
            (1, crate::language::Language::En) => "1 row".to_owned(),
            (_, crate::language::Language::En) => format!("{number} rows"),
            (_, crate::language::Language::Zh) => format!("{number} 行"),
        });
    }
    Ok(Done::Good)
}

/// Shows what is wrong with the statement, and where.
fn said(common: &Common, text: &str, why: &DataFusionError) -> anyhow::Result<Done> {
    let found = mistake(text, why);
    let Some(span) = found.span else {
        if found.hint.is_empty() {
            bail!("{}", found.message);
        }
        bail!("{}\n\nhint: {}", found.message, found.hint);
    };
    let diagnostic = Diagnostic {
        code: "sql",
        severity: Severity::Error,
        source: Arc::new(Source { name: "sql".to_owned(), text: text.to_owned() }),
        span,
        message: found.message,
        label: String::new(),
        hint: found.hint,
    };
    let color = common.color(io::stderr().is_terminal());
    let rendered = diagnostics::render(&[diagnostic], color, common.lang);
    use std::io::Write;
    // Standard error may be closed; the exit status says it, too.
    let _ = writeln!(io::stderr(), "{}", rendered.trim_end());
    Ok(Done::Bad)
}

//! `weir check`: decides every line of an order book.
//!
//! Lines are read in order, decided in parallel a batch at a time, then drawn on quotas one after
//! another, so that the answer does not depend on the number of threads and memory does not depend
//! on the length of the file.

mod keeping;
mod pipeline;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use law::decide::Account;
use law::eval::Memory;
use law::{Carry, Determination, Law, Outcome, Reading};
use rayon::prelude::*;

use crate::catalogue::{Chips, Parts};
use crate::commands::ledger::At;
use crate::input::columns::{Columns, kept};
use crate::input::encoding;
use crate::input::rows::{Order, Reader};
use crate::input::{self, Form, Orders};
use crate::output::{self, Format, Manner};
use crate::wording::Phrasebook;
use crate::{Common, Done};
use keeping::{Keeper, Reserving};
use ledger::movement::Expiry;
use pipeline::Run;

/// Decides every line of an order book: what the law of its day says, by which paragraph, with what
/// left to do.
#[derive(clap::Args, Debug)]
#[command(group(clap::ArgGroup::new("kept").multiple(true)))]
pub struct Args {
    /// CSV or JSON Lines; `-` for standard input.
    pub orders: PathBuf,
    /// The form of output; a table on a terminal, JSON Lines otherwise.
    #[arg(long)]
    pub format: Option<Format>,
    /// Where to write; the ending tells the form (.jsonl, .json, .csv, .html, .txt).
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write every text of a table in full.
    #[arg(long)]
    pub details: bool,
    /// Exit with 3 where a line has one of these outcomes in either reading, or cannot be decided.
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',', value_parser = outcome)]
    pub fail_on: Vec<Outcome>,
    /// Exit with 1 where a line could not be decided.
    #[arg(long)]
    pub strict: bool,
    /// Let every line draw on full quotas, as if the others were not there.
    #[arg(long)]
    pub no_carry: bool,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    pub parts: Vec<PathBuf>,
    /// The ledger that fills the facts of quotas: a SQLite file, or `postgres://…`. Without a
    /// value, the one that `WEIR_LEDGER` names, or `weir-ledger.db`.
    #[arg(long, value_name = "URL", num_args = 0..=1, group = "kept")]
    pub ledger: Option<Option<String>>,
    /// Reserve in the ledger what each line draws, in the order of the file. Without `--ledger`, in
    /// the one that `WEIR_LEDGER` names, or `weir-ledger.db`.
    #[arg(long, group = "kept")]
    pub reserve: bool,
    /// When the reservations lapse: a day, an instant, or a span such as `30d`.
    #[arg(long, default_value = "30d", value_name = "WHEN", requires = "reserve")]
    #[arg(value_parser = crate::commands::ledger::expiry)]
    pub expires: Expiry,
    /// The reading whose draws are reserved: `written` or `enforced`.
    #[arg(long, default_value = "written", requires = "reserve", value_parser = reading)]
    pub reading: Reading,
    /// The key that signs the ledger's checkpoints; by default the one that `WEIR_LEDGER_KEY`
    /// names, or beside a SQLite file its name with `.key`.
    #[arg(long, value_name = "FILE", requires = "kept")]
    pub key: Option<PathBuf>,
    /// Threads that decide; all cores by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
}

fn outcome(text: &str) -> Result<Outcome, String> {
    let found = Outcome::ALL.into_iter().find(|outcome| outcome.word() == text);
    found.ok_or_else(|| {
        let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        format!("there is no outcome `{text}`; one of {}", words.join(", "))
    })
}

fn reading(text: &str) -> Result<Reading, String> {
    let found = Reading::BOTH.into_iter().find(|reading| reading.word() == text);
    found.ok_or_else(|| format!("there is no reading `{text}`; one of written, enforced"))
}

/// One line with its answer.
pub struct Answered {
    /// The line as read.
    pub order: Order,
    /// The answer; `None` where the line could not be decided.
    pub determination: Option<Determination>,
    /// The accounts on which what other lines drew could change the answer.
    accounts: Vec<Account>,
    /// Whether the ledger did not hold what it draws.
    is_unreserved: bool,
}

impl Answered {
    /// A line that draws on no account beside others.
    pub fn alone(order: Order, determination: Option<Determination>) -> Answered {
        Answered { order, determination, accounts: Vec::new(), is_unreserved: false }
    }
}

/// What a run saw.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Lines.
    pub lines: u64,
    /// Lines that could not be decided.
    pub errors: u64,
    /// Lines with something to look at.
    pub warnings: u64,
    /// Lines by outcome, for the two readings.
    pub outcomes: [[u64; 4]; 2],
    /// Facts that keep lines open, by how many lines.
    pub missing: std::collections::BTreeMap<String, u64>,
    /// Whether lines were to be held.
    pub is_reserving: bool,
    /// Lines that a ledger holds since this run, that it held or used before, and that it does not
    /// hold.
    pub reserved: [u64; 3],
    /// Lines dated after the packs were verified.
    pub unverified: u64,
    /// Lines dated before the first rule.
    pub before_first: u64,
}

/// Runs the command.
///
/// # Errors
/// Bad usage, unreadable input or law, an output that cannot be written.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let terminal = args.output.is_none() && io::stdout().is_terminal();
    let format = Format::choose(args.format, args.output.as_deref(), terminal)?;
    let law = common.law()?;
    let chips = Chips::embedded(law.vocabulary())?;
    let parts = Parts::new(args.parts.clone());
    if !args.parts.is_empty() {
        // A table that cannot be read is told before the first line, not on every line.
        parts.find("")?;
    }
    let mut orders = input::open(&args.orders)?;
    let (columns, unknown) = header(&mut orders, &law, common)?;
    if !unknown.is_empty() {
        common.warn(&kept(&unknown, common.lang));
    }
    let delimiter = match orders.form {
        Form::Csv(delimiter) => delimiter,
        Form::JsonLines => b',',
    };
    let reader =
        Reader::new(&law, &chips, &parts, columns.as_ref(), delimiter, format == Format::Csv);
    let book = Phrasebook::new(&law, common.lang);
    let manner = Manner {
        terminal,
        color: common.color(terminal),
        details: args.details,
        name: orders.name.clone(),
    };
    let sink = output::sink(format, &book, columns.as_ref(), manner);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads.map_or(0, usize::from))
        .build()
        .context("cannot start threads")?;
    let (mut out, finish) = writer(args)?;
    let keeper = keeper(args, common, &law, &orders.name)?;
    let is_kept = keeper.as_ref().is_some_and(Keeper::reserves);
    let carry = (!args.no_carry && !is_kept).then(Carry::default);
    let threads = pool.current_num_threads();
    let mut run = Run::new(&law, reader, common.lang, sink, carry, keeper, threads);
    let written = pool.install(|| run.all(&mut orders, &mut out));
    let tally = written?;
    drop(out);
    finish()?;
    common.say(&output::summary::text(&tally, &orders.name, &law, common.lang));
    // What could not be decided may be anything, so that it cannot pass a gate.
    let undecided = !args.fail_on.is_empty() && tally.errors > 0;
    let failed = undecided
        || args
            .fail_on
            .iter()
            .any(|wanted| tally.outcomes.iter().any(|counts| counts[*wanted as usize] > 0));
    Ok(match (args.strict && tally.errors > 0, failed) {
        (true, _) => Done::Bad,
        (false, true) => Done::Met,
        (false, false) => Done::Good,
    })
}

/// The ledger behind the book, where one is named.
fn keeper<'l>(
    args: &Args,
    common: &Common,
    law: &'l Law,
    name: &str,
) -> anyhow::Result<Option<Keeper<'l>>> {
    // The environment names a ledger only to who asks for one: a plain check stays what it is.
    let named = match (&args.ledger, args.reserve) {
        (Some(named), _) => named.clone(),
        (None, true) => None,
        (None, false) => return Ok(None),
    };
    let at = At::or_of_environment(named, args.key.clone());
    if let Some(output) = &args.output {
        at.spare(output)?;
    }
    let book = Path::new(name).file_name();
    let book = book.map_or_else(|| name.to_owned(), |book| book.to_string_lossy().into_owned());
    let reserving = args.reserve.then(|| Reserving {
        expiry: args.expires,
        reading: args.reading,
        book: book.chars().filter(|letter| !letter.is_control()).take(100).collect(),
    });
    let keeper = Keeper::open(law, &at, common.law()?, (common.lang, common.quiet), reserving)?;
    Ok(Some(keeper))
}

type Finish = Box<dyn FnOnce() -> anyhow::Result<()>>;

/// Where to write. A file appears under its name only when it is whole.
fn writer(args: &Args) -> anyhow::Result<(Box<dyn Write + Send>, Finish)> {
    if let Some(path) = &args.output
        && let (Ok(output), Ok(orders)) = (path.canonicalize(), args.orders.canonicalize())
        && output == orders
    {
        anyhow::bail!(
            "`{}` is the order book itself\n\nhint: give the answers another name",
            path.display()
        );
    }
    let Some(path) = &args.output else {
        return Ok((
            Box::new(BufWriter::with_capacity(1 << 16, io::stdout())),
            Box::new(|| Ok(())),
        ));
    };
    let cannot = |path: &Path| format!("cannot write `{}`", path.display());
    // A link is followed, and what is no file (a pipe, a device) is written into as it is.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    if target.exists() && !target.is_file() {
        let file = File::options().write(true).open(&target).with_context(|| cannot(&target))?;
        return Ok((Box::new(BufWriter::with_capacity(1 << 16, file)), Box::new(|| Ok(()))));
    }
    let mut partial = target.clone().into_os_string();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(partial);
    let file = File::create_new(&partial).with_context(|| cannot(&target))?;
    let finish = move || {
        std::fs::rename(&partial, &target)
            .with_context(|| format!("cannot write `{}`", target.display()))
    };
    Ok((Box::new(BufWriter::with_capacity(1 << 16, file)), Box::new(finish)))
}

/// The columns of a CSV file, and those that are no facts.
pub fn header(
    orders: &mut Orders,
    law: &Law,
    common: &Common,
) -> anyhow::Result<(Option<Columns>, Vec<String>)> {
    let Form::Csv(delimiter) = orders.form else { return Ok((None, Vec::new())) };
    let record = orders.records.next_record()?;
    let bytes = record.map(|record| record.bytes).unwrap_or_default();
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(bytes.as_slice());
    let names: Vec<String> = match csv.records().next() {
        Some(Ok(record)) => record.iter().map(str::to_string).collect(),
        Some(Err(error)) => {
            return Err(anyhow::anyhow!(
                "`{}`, row 1: the header cannot be read: {error}\n\nhint: {}",
                orders.name,
                encoding::hint(&bytes)
            ));
        }
        None => Vec::new(),
    };
    let assumed =
        |fact: &&str| common.assume.iter().any(|given| given.starts_with(&format!("{fact}=")));
    let needed: Vec<&str> =
        ["date", "destination"].into_iter().filter(|fact| !assumed(fact)).collect();
    let (columns, unknown) = Columns::read(&names, law.vocabulary(), &needed, &orders.name)?;
    Ok((Some(columns), unknown))
}

/// How many lines a thread renders at a time.
const RENDERED_LINES: usize = 64;
/// How long most lines are at most.
const RENDERED_BYTES: usize = 4096;

/// Renders lines in parallel, in order.
pub fn render(
    answered: &[Answered],
    out: &mut dyn Write,
    write: impl Fn(&Answered, &mut Memory, &mut String) + Sync,
) -> io::Result<()> {
    let chunks: Vec<String> = answered
        .par_chunks(RENDERED_LINES)
        .map_init(Memory::default, |memory, chunk| {
            let mut text = String::with_capacity(chunk.len() * RENDERED_BYTES);
            chunk.iter().for_each(|line| write(line, memory, &mut text));
            text
        })
        .collect();
    chunks.iter().try_for_each(|text| out.write_all(text.as_bytes()))
}

fn progress(orders: &Orders) -> ProgressBar {
    let Some(bytes) = orders.bytes.filter(|bytes| *bytes > 8 << 20) else {
        return ProgressBar::hidden();
    };
    let style = ProgressStyle::with_template("{bar:32} {percent:>3}%  {bytes_per_sec}  {eta} left");
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr_with_hz(4));
    bar.enable_steady_tick(Duration::from_millis(250));
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

impl Tally {
    fn count(&mut self, law: &Law, line: &Answered) {
        self.lines += 1;
        self.warnings += u64::from(!line.order.warnings.is_empty());
        match &line.order.reserved {
            Some(held) => self.reserved[usize::from(held.repeated)] += 1,
            None => self.reserved[2] += u64::from(line.is_unreserved),
        }
        let Some(determination) = &line.determination else {
            self.errors += 1;
            return;
        };
        self.unverified += u64::from(determination.date > law.verified_through());
        self.before_first += u64::from(determination.date < law.first_day());
        let mut missing: Vec<law::FactId> = Vec::new();
        for reading in Reading::BOTH {
            let answer = determination.reading(reading);
            self.outcomes[reading as usize][answer.outcome as usize] += 1;
            missing.extend(&answer.missing);
        }
        missing.sort_unstable();
        missing.dedup();
        for fact in missing {
            let name = &*law.vocabulary().fact(fact).name;
            match self.missing.get_mut(name) {
                Some(lines) => *lines += 1,
                None => {
                    self.missing.insert(name.to_string(), 1);
                }
            }
        }
    }
}

//! The one binary, `weir`, and what the wheel of Python shares with it ([`library`]).
//!
//! Data goes to standard output, everything else to standard error. Exit status 0: done; 1: bad
//! usage, unreadable input or law; 3: done, and some line met the condition of `--fail-on`, or
//! rows, files or many draws had to be left out.

mod catalogue;
mod chinese;
mod commands;
mod diagnostics;
mod embedded;
mod input;
mod language;
#[cfg(feature = "batch")]
pub mod library;
mod loading;
mod output;
mod wording;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use language::Language;

/// Decides, accounts for and simulates controls on the export of AI chips.
///
/// Not legal advice: the packs say how sure each rule is and through which day they were checked.
#[derive(Parser, Debug)]
#[command(name = "weir", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args, Debug)]
pub(crate) struct Common {
    /// A folder of law packs, or one pack, that joins or replaces the program's own.
    #[arg(long, value_name = "DIR", global = true)]
    pub law: Vec<PathBuf>,
    /// A fact taken for granted on every line where it is not given.
    #[arg(long, value_name = "FACT=VALUE", global = true)]
    pub assume: Vec<String>,
    /// The language of what is written.
    #[arg(long, global = true, default_value = "en")]
    pub lang: Language,
    /// When to use color.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: ColorWhen,
    /// Say nothing on standard error but errors.
    #[arg(short, long, global = true)]
    pub quiet: bool,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(commands::check::Args),
    Explain(commands::explain::Args),
    Ask(commands::ask::Args),
    #[cfg(feature = "batch")]
    Batch(commands::batch::Args),
    #[cfg(feature = "engine")]
    Sql(commands::sql::Args),
    #[cfg(feature = "engine")]
    Cluster(commands::cluster::Args),
    Chips(commands::chips::Args),
    Law(commands::law::Args),
    Ledger(commands::ledger::Args),
    Lab(commands::lab::Args),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// Well.
    Good,
    /// With input that cannot be used.
    Bad,
    /// Well, and a condition of `--fail-on` was met, or what could not be used was left out.
    Met,
}

impl Common {
    /// The law that the command uses.
    ///
    /// # Errors
    /// A path that cannot be read, or a law with mistakes.
    pub fn law(&self) -> anyhow::Result<law::Law> {
        loading::law(&self.law, &self.assume, self.lang)
    }

    /// Whether to use color for what goes to a terminal or elsewhere.
    pub fn color(&self, terminal: bool) -> bool {
        match self.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => {
                terminal && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            }
        }
    }

    /// Says something on standard error.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            // Standard error may be closed; there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "{text}");
        }
    }

    /// Says something on standard error that `--quiet` does not silence: what went wrong.
    #[cfg(feature = "batch")]
    pub fn insist(&self, text: &str) {
        // Standard error may be closed; there is nobody left to tell.
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Warns on standard error.
    pub fn warn(&self, text: &str) {
        match self.lang {
            Language::En => self.say(&plain(&format!("warning: {text}"))),
            Language::Zh => self.say(&plain(&format!("警告：{}", chinese::message(text)))),
        }
    }
}

/// A text whose control characters, which a terminal would obey, are shown and not sent.
fn plain(text: &str) -> String {
    let shown = |letter: char| match letter.is_control() && !matches!(letter, '\n' | '\t') {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

/// The moment at which the program runs.
pub(crate) fn now() -> jiff::Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the clock")]
    let now = std::time::SystemTime::now();
    now.try_into().unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// The day on which the program runs, in UTC.
pub(crate) fn today() -> jiff::civil::Date {
    jiff::tz::TimeZone::UTC.to_datetime(now()).date()
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let done = match &cli.command {
        Command::Check(args) => commands::check::run(args, &cli.common),
        Command::Explain(args) => commands::explain::run(args, &cli.common),
        Command::Ask(args) => commands::ask::run(args, &cli.common),
        #[cfg(feature = "batch")]
        Command::Batch(args) => commands::batch::run(args, &cli.common),
        #[cfg(feature = "engine")]
        Command::Sql(args) => commands::sql::run(args, &cli.common),
        #[cfg(feature = "engine")]
        Command::Cluster(args) => commands::cluster::run(args, &cli.common),
        Command::Law(args) => commands::law::run(args, &cli.common),
        Command::Chips(args) => commands::chips::run(args, &cli.common),
        Command::Ledger(args) => commands::ledger::run(args, &cli.common),
        Command::Lab(args) => commands::lab::run(args, &cli.common),
    };
    match done {
        Ok(Done::Good) => ExitCode::SUCCESS,
        Ok(Done::Bad) => ExitCode::from(1),
        Ok(Done::Met) => ExitCode::from(3),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let color = cli.common.color(std::io::stderr().is_terminal());
            let word = cli.common.lang.pick("error", "错误");
            let word = if color { format!("\u{1b}[1;31m{word}\u{1b}[0m") } else { word.into() };
            let _ = match cli.common.lang {
                Language::En => {
                    writeln!(std::io::stderr(), "{word}: {}", plain(&format!("{error:#}")))
                }
                Language::Zh => {
                    writeln!(std::io::stderr(), "{word}：{}", plain(&chinese::error(&error)))
                }
            };
            // What may be done or not is for another script to find out than what is not done.
            ExitCode::from(if commands::ledger::is_unknown(&error) { 4 } else { 1 })
        }
    }
}

/// The command line; what is said of it, and the exit status, where it asks for help or is wrong.
fn parsed() -> Result<Cli, ExitCode> {
    let language = asked_language(std::env::args_os());
    let parsed = match language {
        Language::En => Cli::try_parse(),
        Language::Zh => chinese::help::command(Cli::command())
            .try_get_matches()
            .and_then(|matches| Cli::from_arg_matches(&matches)),
    };
    parsed.map_err(|error| {
        let code = if error.use_stderr() { 1 } else { 0 };
        match language {
            Language::En => {
                let _ = error.print();
            }
            Language::Zh => chinese::help::print(&error, &Cli::command()),
        }
        ExitCode::from(code)
    })
}

/// The language that a command line asks for, before anything else of it is understood.
fn asked_language(arguments: impl Iterator<Item = std::ffi::OsString>) -> Language {
    let arguments: Vec<std::ffi::OsString> = arguments.collect();
    let apart = arguments.windows(2).any(|pair| pair[0] == "--lang" && pair[1] == "zh");
    let joined = arguments.iter().any(|argument| argument == "--lang=zh");
    if apart || joined { Language::Zh } else { Language::En }
}

/// Whether whoever read the output has had enough, which is no mistake.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &std::io::Error| error.kind() == std::io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref().is_some_and(broken))
}

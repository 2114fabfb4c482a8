//! `weir lab`: instruments that weigh claims about export controls.

use std::path::Path;

use anyhow::Context;

use crate::commands::ledger::Form;
use crate::language::Language;
use crate::output::sheet::{Cell, Column, Kind};
use crate::{Common, Done};

mod claims;
#[cfg(feature = "batch")]
mod discover;
mod diversion;
mod events;
#[cfg(feature = "batch")]
mod fit;
#[cfg(feature = "batch")]
mod inputs;
mod kinks;
mod output;
mod quota;
#[cfg(feature = "batch")]
mod regret;
#[cfg(feature = "batch")]
mod report;
#[cfg(feature = "batch")]
mod results;
#[cfg(feature = "batch")]
mod run;
#[cfg(feature = "batch")]
mod scenarios;
#[cfg(feature = "batch")]
mod sensitivity;
mod sums;

/// Weighs claims about export controls: diversion, quotas in chips, prices, bends, output.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// How many chips were diverted to China in 2024, under every reading of one study.
    Diversion(diversion::Args),
    /// How many chips each quota of the law packs is.
    Quota(quota::Args),
    /// What days did to prices beyond what the market did: an event study on any table of prices.
    Events(events::Args),
    /// Whether the growth of one series bends at a day, against another series.
    Kinks(kinks::Args),
    /// How many accelerators a country's own wafers make, by dies and by memory.
    Output(output::Args),
    /// Whether published figures add up to what they are said to make.
    Sums(sums::Args),
    /// Runs scenarios through the simulated world, many draws each.
    #[cfg(feature = "batch")]
    Run(run::Args),
    /// Fits the world to history, and judges it by years that it has not seen.
    #[cfg(feature = "batch")]
    Fit(fit::Args),
    /// What the outcomes of a scenario depend on: screening, then shares of the variance.
    #[cfg(feature = "batch")]
    Sensitivity(sensitivity::Args),
    /// What each lever changes, and what it may cost beside the best one, over the same draws.
    #[cfg(feature = "batch")]
    Regret(regret::Args),
    /// Under which assumptions a quantity passes a threshold: boxes and rules.
    #[cfg(feature = "batch")]
    Discover(discover::Args),
    /// What a run of the simulated world came to: a page of charts, or a table.
    #[cfg(feature = "batch")]
    Report(report::Args),
    /// Claims under test: what was said, what the program itself finds, and the verdict.
    Claims(claims::Args),
}

/// Runs the command.
///
/// # Errors
/// A table that cannot be read, a figure that cannot be used.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    match &args.command {
        Command::Diversion(args) => diversion::run(args, common),
        Command::Quota(args) => quota::run(args, common),
        Command::Events(args) => events::run(args, common),
        Command::Kinks(args) => kinks::run(args, common),
        Command::Output(args) => output::run(args, common),
        Command::Sums(args) => sums::run(args, common),
        #[cfg(feature = "batch")]
        Command::Run(args) => run::run(args, common),
        #[cfg(feature = "batch")]
        Command::Fit(args) => fit::run(args, common),
        #[cfg(feature = "batch")]
        Command::Sensitivity(args) => sensitivity::run(args, common),
        #[cfg(feature = "batch")]
        Command::Regret(args) => regret::run(args, common),
        #[cfg(feature = "batch")]
        Command::Discover(args) => discover::run(args, common),
        #[cfg(feature = "batch")]
        Command::Report(args) => report::run(args, common),
        Command::Claims(args) => claims::run(args, common),
    }
}

/// A column with its heading in both languages.
fn column(language: Language, name: &'static str, titles: [&str; 2], kind: Kind) -> Column {
    Column { name, title: language.pick(titles[0], titles[1]).to_owned(), kind }
}

/// A number with so many decimals; nothing where it is not finite.
fn decimals(number: f64, decimals: usize) -> Cell {
    if number.is_finite() { Cell::number(format!("{number:.decimals$}")) } else { Cell::None }
}

/// A share in thousandths.
fn share(share: f64) -> Cell {
    Cell::Share((share.clamp(0.0, 1.0) * 1000.0).round() as u32)
}

/// A table that a user names, which the output does not take the place of.
fn text_of(path: &Path, form: &Form) -> anyhow::Result<String> {
    form.spare(path)?;
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

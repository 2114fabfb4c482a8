//! `weir ledger`: quotas kept as a bank would keep them.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::builder::{OsStringValueParser, TypedValueParser};
use ledger::ledger::Place;

use crate::{Common, Done};

pub mod alike;
mod desk;
mod excess;
mod importing;
mod keeping;
mod listing;
mod moving;
mod proving;
mod reporting;
mod showing;
mod transfer;

pub use desk::{Desk, grouped, held_by, is_unknown, user};
pub use moving::{day, expiry};
pub use showing::{Form, whole};

/// Keeps the quotas: what is reserved, committed and left, and proves it.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    at: At,
    #[command(subcommand)]
    command: Command,
}

/// Which ledger.
#[derive(clap::Args, Clone, Debug)]
pub struct At {
    /// The ledger: a SQLite file, or `postgres://…`.
    #[arg(
        long,
        global = true,
        env = LEDGER,
        default_value = DEFAULT,
        value_name = "URL",
        hide_env_values = true
    )]
    pub ledger: String,
    /// The key that signs checkpoints; beside a SQLite file, its name with `.key` at the end.
    #[arg(
        id = "signing_key",
        long = "key",
        global = true,
        env = LEDGER_KEY,
        value_parser = OsStringValueParser::new().map(PathBuf::from),
        value_name = "FILE",
        hide_env_values = true
    )]
    pub key: Option<PathBuf>,
}

/// The variable of the environment that names the ledger.
const LEDGER: &str = "WEIR_LEDGER";
/// The variable of the environment that names the key.
const LEDGER_KEY: &str = "WEIR_LEDGER_KEY";
/// The ledger that is meant where none is named.
const DEFAULT: &str = "weir-ledger.db";

impl At {
    /// The ledger and key that are named, or that the environment names, or the usual ones.
    pub fn or_of_environment(ledger: Option<String>, key: Option<PathBuf>) -> At {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let named = || set(LEDGER).map(|value| value.to_string_lossy().into_owned());
        let ledger = ledger.or_else(named).unwrap_or_else(|| DEFAULT.to_owned());
        At { ledger, key: key.or_else(|| set(LEDGER_KEY).map(PathBuf::from)) }
    }

    /// The same where what the environment names is empty, which names nothing.
    fn settled(&self) -> At {
        let ledger = Some(&self.ledger).filter(|ledger| !ledger.is_empty());
        let key = self.key.as_ref().filter(|key| !key.as_os_str().is_empty());
        let ledger = ledger.map_or_else(|| DEFAULT.to_owned(), Clone::clone);
        At { ledger, key: key.cloned() }
    }

    /// Makes sure that an output takes the place of no file of the ledger: not its own, not its
    /// key, nor what is kept beside either.
    ///
    /// # Errors
    /// It would.
    pub fn spare(&self, output: &Path) -> anyhow::Result<()> {
        let mut kept = Vec::new();
        if let Place::Sqlite(path) = Place::parse(&self.ledger) {
            kept.extend(["", "-wal", "-shm", "-journal"].map(|ending| with(&path, ending)));
        }
        if let Some(key) = desk::key_file(self) {
            kept.extend(["", ".pub", ".checkpoint"].map(|ending| with(&key, ending)));
        }
        let output_at = resolved(output);
        if kept.iter().any(|kept| resolved(kept) == output_at) {
            bail!(
                "`{}` is a file of the ledger or of its key\n\nhint: give the output another name",
                output.display()
            );
        }
        Ok(())
    }
}

/// A path with more at its end.
fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Where a file is or would be, with links followed.
fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).canonicalize();
        match (folder, path.file_name()) {
            (Ok(folder), Some(name)) => folder.join(name),
            _ => path.to_owned(),
        }
    })
}

impl Command {
    /// Where a command that writes a file writes it.
    fn output(&self) -> Option<&Path> {
        match self {
            Command::Balance(args) => args.output(),
            Command::Log(args) => args.output(),
            Command::Open(args) => args.output(),
            Command::Export(args) => args.output(),
            Command::Report(args) => args.output(),
            _ => None,
        }
    }
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Makes an empty ledger and its key.
    Init(keeping::Init),
    /// The accounts: limit, used, held and room, today or as of any instant.
    Balance(showing::Balance),
    /// The journal, the latest entries last.
    Log(listing::Log),
    /// The open reservations, those that lapse first going first.
    Open(listing::Open),
    /// One entry, by its number or its request key.
    Show(showing::Show),
    /// Holds an amount on an account, or on several at once.
    Reserve(moving::Reserve),
    /// Turns a reservation into use, in full or in part; the rest returns.
    Commit(moving::Commit),
    /// Gives a reservation up.
    Release(moving::Release),
    /// Records that reservations have lapsed.
    Expire,
    /// Takes what failed, was lost, damaged, relocated or resold off an account.
    Retire(moving::Retire),
    /// Takes over an outside figure, such as the total that a regulator published.
    Adjust(moving::Adjust),
    /// Records another limit of an account, such as after assurances between governments.
    Raise(moving::Raise),
    /// Records who owns whom: accounts of owners count for all they own.
    Own(moving::Own),
    /// Movements from a CSV or JSON Lines file, all or nothing.
    Import(importing::Import),
    /// The journal as CSV or JSON Lines.
    Export(transfer::Export),
    /// What the regulation asks for: certificates, data centers, countries.
    Report(reporting::Args),
    /// Signs the journal as it is.
    Checkpoint,
    /// Proves the whole history, or names the first entry that does not fit.
    Verify(proving::Verify),
    /// A proof that one entry is in the journal, for whoever has the public key.
    Prove(proving::Prove),
    /// Checks such a proof; needs no ledger.
    VerifyProof(proving::VerifyProof),
}

/// Runs the command.
///
/// # Errors
/// A ledger that cannot be reached, a movement that is refused, a history that does not hold.
pub fn run(args: &Args, common: &Common) -> anyhow::Result<Done> {
    let at = &args.at.settled();
    if let Some(output) = args.command.output() {
        at.spare(output)?;
    }
    match &args.command {
        Command::Init(args) => keeping::init(args, at, common),
        Command::Expire => keeping::expire(at, common),
        Command::Checkpoint => keeping::checkpoint(at, common),
        Command::Balance(args) => showing::balance(args, at, common),
        Command::Log(args) => listing::log(args, at, common),
        Command::Open(args) => listing::open(args, at, common),
        Command::Show(args) => showing::show(args, at, common),
        Command::Reserve(args) => moving::reserve(args, at, common),
        Command::Commit(args) => moving::commit(args, at, common),
        Command::Release(args) => moving::release(args, at, common),
        Command::Retire(args) => moving::retire(args, at, common),
        Command::Adjust(args) => moving::adjust(args, at, common),
        Command::Raise(args) => moving::raise(args, at, common),
        Command::Own(args) => moving::own(args, at, common),
        Command::Import(args) => importing::import(args, at, common),
        Command::Export(args) => transfer::export(args, at, common),
        Command::Report(args) => reporting::run(args, at, common),
        Command::Verify(args) => proving::verify(args, at, common),
        Command::Prove(args) => proving::prove(args, at, common),
        Command::VerifyProof(args) => proving::verify_proof(args, common),
    }
}

//! Proofs: of the whole history to oneself, of one entry to others.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;
use ledger::keys;
use ledger::proof::inclusion::{self, Document};
use ledger::proof::note::PublicKey;
use ledger::prove;
use ledger::store::ReadStore;
use ledger::verify::{self, Verified};

use super::At;
use super::desk::{Desk, counted, key_file};
use super::moving::entry_number;
use crate::language::Language;
use crate::{Common, Done};

/// Proves the history.
#[derive(clap::Args, Debug)]
pub struct Verify {
    /// The public key; by default the one beside the ledger's key, or the one the ledger names.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// A checkpoint kept elsewhere, which the history must contain.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Exit with 1 where something is warned of.
    #[arg(long)]
    strict: bool,
}

/// Proves one entry.
#[derive(clap::Args, Debug)]
pub struct Prove {
    /// The entry's number.
    #[arg(value_parser = entry_number)]
    number: u64,
}

/// Checks a proof.
#[derive(clap::Args, Debug)]
pub struct VerifyProof {
    /// The proof, as `weir ledger prove` wrote it; `-` for standard input.
    proof: PathBuf,
    /// The public key of the ledger.
    #[arg(long, value_name = "FILE")]
    public_key: PathBuf,
}

/// Proves the whole history, or names the first entry that does not fit.
///
/// # Errors
/// The history does not hold, or cannot be read.
pub fn verify(args: &Verify, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let (runtime, reader, _) = desk.reading();
    let named = runtime.block_on(reader.identity())?.verifier;
    let secret = key_file(at);
    let beside = secret.as_ref().map(|secret| {
        let mut name = secret.clone().into_os_string();
        name.push(".pub");
        PathBuf::from(name)
    });
    let public = args.public_key.clone().or(beside.filter(|path| path.exists()));
    let key: PublicKey = match &public {
        Some(path) => keys::read_public(path)?,
        None => named.parse().context("the ledger names no key")?,
    };
    let mut witness = Vec::new();
    if let Some(secret) = &secret {
        witness.extend(keys::witness(secret, &key).map_err(anyhow::Error::msg)?);
    }
    for path in &args.checkpoint {
        let note = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let checkpoint = ledger::proof::note::Checkpoint::open(&note, &key)
            .with_context(|| format!("`{}`", path.display()))?;
        witness.push(checkpoint);
    }
    let signed = runtime.block_on(reader.checkpoints())?;
    let found = runtime.block_on(verify::verify(reader, Some(&key), &witness))?;
    said(&found, witness.len() as u64, common.lang, &mut io::stdout())?;
    let outside = witness.iter().map(|one| one.size).max();
    let inside = signed.last().map_or(0, |(size, _)| *size);
    let warnings = doubts(&found, (inside, outside), public.is_some());
    warnings.iter().for_each(|warning| common.warn(warning));
    Ok(if args.strict && !warnings.is_empty() { Done::Bad } else { Done::Good })
}

/// What a history that holds does not show: where the last checkpoint in the ledger and the last
/// one kept outside cover so much, and the key is known from elsewhere or by the ledger alone.
fn doubts(
    found: &Verified,
    (inside, outside): (u64, Option<u64>),
    is_key_known: bool,
) -> Vec<String> {
    let mut doubts = Vec::new();
    if outside.is_none() && found.entries > 0 {
        let doubt = match is_key_known {
            true => {
                "no checkpoint kept outside the ledger was looked at: an older copy of it, or one \
                 that was cut off, would not show\n\nhint: --key FILE, beside which the newest is \
                 kept, or --checkpoint FILE; if there was one, find out who took it away"
            }
            false => {
                "nothing outside the ledger was looked at, and its public key is its own word: an \
                 older copy of it would not show, nor one that was made anew with another key\n\n\
                 hint: --key FILE, or --public-key FILE and --checkpoint FILE"
            }
        };
        doubts.push(doubt.to_owned());
    }
    let unsigned = found.entries.saturating_sub(found.covered);
    if unsigned > 0 && found.checkpoints > 0 {
        let entries = counted(unsigned, "entry", "entries");
        doubts.push(format!(
            "no checkpoint signs the last {entries}: who can write the ledger could write them \
             anew\n\nhint: `weir ledger checkpoint`, with the key, signs them"
        ));
    }
    if let Some(outside) = outside.filter(|outside| *outside > inside) {
        doubts.push(format!(
            "a checkpoint of {outside} entries was signed and is not in the ledger, where the last \
             one covers {inside}: checkpoints were deleted from it"
        ));
    }
    doubts
}

/// Says what a history that holds comes to, with so many checkpoints from outside the ledger.
fn said(found: &Verified, outside: u64, lang: Language, out: &mut dyn Write) -> io::Result<()> {
    let Verified { entries, accounts, open, covered, .. } = *found;
    let inside = found.checkpoints.saturating_sub(outside);
    match lang {
        Language::En => {
            let covered = counted(covered, "entry", "entries");
            let entries = counted(entries, "entry", "entries");
            let accounts = counted(accounts, "account", "accounts");
            let open = counted(open, "open reservation", "open reservations");
            writeln!(out, "the history holds: {entries}, {accounts}, {open}")?;
            let inside = counted(inside, "checkpoint", "checkpoints");
            match found.checkpoints {
                0 => writeln!(out, "no checkpoint was signed yet: nothing outside proves it")?,
                _ => writeln!(
                    out,
                    "{inside} in the ledger and {outside} kept outside hold, the last over {covered}"
                )?,
            }
            writeln!(out, "last hash  {}\ntree root  {}", found.head, found.root)
        }
        Language::Zh => {
            writeln!(
                out,
                "历史记录成立：{entries} 条分录，{accounts} 个账户，{open} 项未了结预留"
            )?;
            match found.checkpoints {
                0 => writeln!(out, "尚未签署检查点：没有外部凭据可证明历史记录")?,
                _ => writeln!(
                    out,
                    "台账内 {inside} 个、另行保存 {outside} 个检查点成立，最近一个覆盖 {covered} 条分录"
                )?,
            }
            writeln!(out, "末条哈希  {}\n树根      {}", found.head, found.root)
        }
    }
}

/// Writes a proof that an entry is in the journal.
///
/// # Errors
/// There is no such entry, or no checkpoint covers it.
pub fn prove(args: &Prove, at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open(at, common)?;
    let (runtime, reader, _) = desk.reading();
    let document = runtime.block_on(prove::prove(reader, args.number))?;
    writeln!(io::stdout(), "{document}")?;
    Ok(Done::Good)
}

/// Checks a proof with the public key alone.
///
/// # Errors
/// It does not hold.
pub fn verify_proof(args: &VerifyProof, common: &Common) -> anyhow::Result<Done> {
    let text = if args.proof.as_os_str() == "-" {
        io::read_to_string(io::stdin())?
    } else {
        std::fs::read_to_string(&args.proof)
            .with_context(|| format!("cannot read `{}`", args.proof.display()))?
    };
    let key = keys::read_public(&args.public_key)?;
    let document = Document::from_json(&text)?;
    let found = inclusion::verify(&document, &key)?;
    let inclusion::Verified { origin, number, size, time, .. } = found;
    let mut out = io::stdout();
    writeln!(out, "{}", document.entry.body)?;
    common.say(&match common.lang {
        Language::En => format!(
            "entry {number} is in the ledger {origin}, among the {size} entries signed at {time}"
        ),
        Language::Zh => {
            format!("分录 {number} 属于台账 {origin}，在 {time} 签署的 {size} 条分录之内")
        }
    });
    Ok(Done::Good)
}

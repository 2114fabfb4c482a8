//! Making a ledger, and what keeps it in order.

use anyhow::{Context, bail};
use ledger::keys;
use ledger::ledger::Place;
use ledger::proof::note::check_name;
use ledger::store::{Identity, ReadStore, StoreError};

use super::At;
use super::desk::{Desk, NOT_DURABLE, counted, key_file, runtime};
use crate::language::Language;
use crate::{Common, Done, now};

/// Makes a ledger.
#[derive(clap::Args, Debug)]
pub struct Init {
    /// The ledger's name in proofs, such as `example.com/quota`; by default, one of chance.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Makes an empty ledger and its key.
///
/// # Errors
/// One is there already, or it cannot be written.
pub fn init(args: &Init, at: &At, common: &Common) -> anyhow::Result<Done> {
    let name = match &args.name {
        Some(name) => name.clone(),
        None => {
            let mut chance = [0u8; 8];
            getrandom::fill(&mut chance).map_err(|why| anyhow::anyhow!("no randomness: {why}"))?;
            format!("weir-ledger-{:016x}", u64::from_be_bytes(chance))
        }
    };
    check_name(&name)?;
    let Some(key) = key_file(at) else {
        bail!("a ledger in PostgreSQL needs a place for its key\n\nhint: --key FILE");
    };
    let runtime = runtime()?;
    let place = Place::parse(&at.ledger);
    if let Place::Sqlite(path) = &place
        && path.exists()
    {
        bail!("there is a file `{}` already", path.display());
    }
    if let Place::Postgres(_) = &place
        && let Ok(reader) = runtime.block_on(place.reader())
    {
        runtime.block_on(reader.close());
        return Err(StoreError::Exists("this database".to_owned()).into());
    }
    let public = keys::create(&key, &name).context("the key cannot be made")?;
    let identity = Identity { id: name.clone(), verifier: public.to_string(), created: now() };
    runtime.block_on(place.create(&identity)).inspect_err(|_| {
        // A key without its ledger is of no use to anybody.
        _ = std::fs::remove_file(&key);
        let mut public = key.clone().into_os_string();
        public.push(".pub");
        _ = std::fs::remove_file(public);
    })?;
    let reader = runtime.block_on(place.reader())?;
    if !reader.is_durable() {
        common.warn(NOT_DURABLE);
    }
    runtime.block_on(reader.close());
    let word = common.lang.pick("ledger", "台账");
    common.say(&format!("{word} {name}"));
    let (secret, open) = (key.display(), public);
    common.say(&match common.lang {
        Language::En => format!(
            "the key that signs its checkpoints is in {secret}: keep it apart from the ledger\nits public half, for whoever is to check proofs: {open}"
        ),
        Language::Zh => format!(
            "签署检查点的密钥在 {secret}：请与台账分开保存\n供第三方核验证明的公钥：{open}"
        ),
    });
    Ok(Done::Good)
}

/// Records the expiries that are due.
///
/// # Errors
/// The ledger cannot be written.
pub fn expire(at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open_to_move(at, common)?;
    let (runtime, reader, _) = desk.reading();
    let due = runtime.block_on(reader.lapsed(now()))?;
    let ledger = desk.ledger()?;
    desk.wait(ledger.expire())?;
    drop(ledger);
    desk.finish(common)?;
    let due = due.len();
    common.say(&match common.lang {
        Language::En => format!("{} lapsed", counted(due, "reservation", "reservations")),
        Language::Zh => format!("{due} 项预留已失效"),
    });
    Ok(Done::Good)
}

/// Signs the journal as it is.
///
/// # Errors
/// There is no key, or the ledger cannot be written.
pub fn checkpoint(at: &At, common: &Common) -> anyhow::Result<Done> {
    let mut desk = Desk::open_to_move(at, common)?;
    if !desk.has_key() {
        bail!("there is no key to sign with\n\nhint: --key FILE, as `weir ledger init` made it");
    }
    let ledger = desk.ledger()?;
    desk.wait(ledger.checkpoint())?;
    drop(ledger);
    let (runtime, reader, _) = desk.reading();
    let signed = runtime.block_on(reader.checkpoints())?.last().map_or(0, |(size, _)| *size);
    desk.finish(common)?;
    common.say(&match common.lang {
        Language::En => format!("the checkpoint covers {}", counted(signed, "entry", "entries")),
        Language::Zh => format!("检查点覆盖 {signed} 条分录"),
    });
    Ok(Done::Good)
}

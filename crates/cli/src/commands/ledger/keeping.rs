//! Making a ledger, and what keeps it in order.

use anyhow::{Context, bail};
use ledger::keys;
use ledger::ledger::Place;
use ledger::proof::note::check_name;
use ledger::store::Identity;

use super::At;
use super::desk::{Desk, key_file, runtime};
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
    let public = keys::create(&key, &name).context("the key cannot be made")?;
    let identity = Identity { id: name.clone(), verifier: public.to_string(), created: now() };
    runtime.block_on(place.create(&identity)).inspect_err(|_| {
        // A key without its ledger is of no use to anybody.
        _ = std::fs::remove_file(&key);
        let mut public = key.clone().into_os_string();
        public.push(".pub");
        _ = std::fs::remove_file(public);
    })?;
    let word = common.lang.pick("ledger", "台账");
    common.say(&format!("{word} {name}"));
    let (secret, open) = (key.display(), public);
    common.say(&match common.lang {
        crate::language::Language::En => format!(
            "the key that signs its checkpoints is in {secret}: keep it apart from the ledger\nits public half, for whoever is to check proofs: {open}"
        ),
        crate::language::Language::Zh => format!(
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
    let ledger = desk.ledger()?;
    desk.wait(ledger.expire())?;
    drop(ledger);
    desk.finish(common)?;
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
    desk.finish(common)?;
    Ok(Done::Good)
}

//! A ledger that is open: its law, its key, and a runtime to wait on.

use std::future::Future;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use ledger::account::{Account, Quotas};
use ledger::amount::Amount;
use ledger::book::Receipt;
use ledger::keys::{KeyNotary, Trouble};
use ledger::ledger::{Clock, Failure, Ledger, MoveError, NoNotary, Notary, Place, Work};
use ledger::movement::{Ask, Entry, Event, Note, Request};
use ledger::packs::PackQuotas;
use ledger::store::reader::Reader;
use ledger::store::{ReadStore, StoreError, StoredEntry, decoded};
use ledger::view::{self, Holder};

use super::At;
use crate::language::Language;
use crate::{Common, now};

/// A ledger that is open.
pub struct Desk {
    runtime: tokio::runtime::Runtime,
    place: Place,
    key: Option<PathBuf>,
    /// The terms of its accounts.
    pub quotas: Arc<dyn Quotas>,
    reader: Reader,
    writer: Option<(Ledger, Work)>,
    trouble: Trouble,
    /// The ledger's public key, where it is written to without the secret one.
    unsigned: Option<String>,
}

/// It is not known what became of a movement.
#[derive(Debug)]
pub struct Unknown(String);

impl std::fmt::Display for Unknown {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl std::error::Error for Unknown {}

/// Whether an error leaves it open what became of a movement.
pub fn is_unknown(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let failure = cause.downcast_ref::<Failure>();
        cause.is::<Unknown>() || matches!(failure, Some(Failure::Unknown(_)))
    })
}

/// The key file of a ledger, where one is named or stands beside it.
pub fn key_file(at: &At) -> Option<PathBuf> {
    if let Some(key) = &at.key {
        return Some(key.clone());
    }
    match Place::parse(&at.ledger) {
        Place::Sqlite(path) => {
            let mut name = path.into_os_string();
            name.push(".key");
            Some(PathBuf::from(name))
        }
        _ => None,
    }
}

/// A runtime to wait on.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start threads")
}

impl Desk {
    /// Opens the ledger.
    ///
    /// # Errors
    /// There is none, or it cannot be read; the law cannot be read.
    pub fn open(at: &At, common: &Common) -> anyhow::Result<Desk> {
        Desk::with_law(at, Arc::new(common.law()?))
    }

    /// Opens the ledger under a law.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn with_law(at: &At, law: Arc<law::Law>) -> anyhow::Result<Desk> {
        let runtime = runtime()?;
        let place = Place::parse(&at.ledger);
        let reader = runtime.block_on(place.reader())?;
        let key = key_file(at).filter(|key| at.key.is_some() || key.exists());
        let quotas = Arc::new(PackQuotas::new(law));
        let (writer, trouble, unsigned) = (None, Trouble::default(), None);
        Ok(Desk { runtime, place, key, quotas, reader, writer, trouble, unsigned })
    }

    /// Opens the ledger for a movement, which is not done where that fails.
    ///
    /// # Errors
    /// Those of [`Desk::open`].
    pub fn open_to_move(at: &At, common: &Common) -> anyhow::Result<Desk> {
        let desk = Desk::open(at, common).context(NOT_DONE)?;
        if !desk.reader.is_durable() {
            common.warn(NOT_DURABLE);
        }
        Ok(desk)
    }

    /// The reading side, and the runtime to read with.
    pub fn reading(&mut self) -> (&tokio::runtime::Runtime, &mut Reader, &dyn Quotas) {
        (&self.runtime, &mut self.reader, &*self.quotas)
    }

    /// Waits for something.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The writing side, opened on first use.
    ///
    /// # Errors
    /// The ledger cannot be written, or its key cannot be read; nothing is done then.
    pub fn ledger(&mut self) -> anyhow::Result<Ledger> {
        self.opened().context(NOT_DONE)
    }

    fn opened(&mut self) -> anyhow::Result<Ledger> {
        if let Some((ledger, _)) = &self.writer {
            return Ok(ledger.clone());
        }
        let notary: Box<dyn Notary> = match &self.key {
            Some(key) => {
                let notary = KeyNotary::open(key)?;
                self.trouble = notary.trouble();
                Box::new(notary)
            }
            None => {
                let identity = self.runtime.block_on(self.reader.identity())?;
                self.unsigned = Some(identity.verifier).filter(|key| !key.is_empty());
                Box::new(NoNotary)
            }
        };
        let clock = Clock::new(now);
        let opened = Ledger::open(&self.place, self.quotas.clone(), clock, notary);
        let (ledger, work) = self.runtime.block_on(opened)?;
        self.writer = Some((ledger.clone(), work));
        Ok(ledger)
    }

    /// Whether a key is at hand.
    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Asks for a movement under a request key, or one of this moment.
    ///
    /// # Errors
    /// It was refused, or the store failed; the error says what happened to the movement.
    pub fn request(&mut self, key: Option<&str>, ask: Ask) -> anyhow::Result<Receipt> {
        let key = match key {
            Some(key) => key.to_owned(),
            None => fresh_key()?,
        };
        let ledger = self.ledger()?;
        let request = Request { key: key.clone(), by: user(), ask };
        let answer = self.runtime.block_on(ledger.request(request));
        answer.map_err(|why| self.explained(why, &key))
    }

    /// What a refusal or failure means, with the way out.
    fn explained(&mut self, why: MoveError, key: &str) -> anyhow::Error {
        use ledger::refusal::Refusal;
        let mut text = why.to_string();
        if let MoveError::Refused(Refusal::Over { account, limit, asked, placed, .. }) = &why {
            // A share has no limit of its own: it grows with what is placed.
            let is_too_much = placed.is_none() && asked > limit;
            if is_too_much {
                text.push_str("\n  what is asked for is by itself more than the whole limit");
            }
            let holders = if is_too_much { Vec::new() } else { self.holders(account) };
            for line in holders {
                text.push_str(&format!("\n  {line}"));
            }
        }
        if let MoveError::Failed(Failure::Unknown(_)) = &why {
            text.push_str(&format!("\n\nhint: `weir ledger show --request {key:?}`"));
            return Unknown(text).into();
        }
        anyhow::anyhow!(text)
    }

    /// Who holds an account and until when, in words, those that lapse first going first; or why
    /// that cannot be told.
    pub fn holders(&mut self, account: &Account) -> Vec<String> {
        let holders = match self.all_holders(account) {
            Ok(holders) => holders,
            Err(why) => return vec![format!("who holds it cannot be read: {why}")],
        };
        held_by(&holders.iter().collect::<Vec<_>>())
    }

    /// Who holds an account or one that counts with it: those of all companies of one owner, where
    /// the quota counts for that; those that lapse first going first.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn all_holders(&mut self, account: &Account) -> Result<Vec<Holder>, StoreError> {
        let terms = self.quotas.terms(account, None);
        let accounts = match terms.is_ok_and(|terms| terms.consolidated) {
            true => self.runtime.block_on(view::owners(&mut self.reader, now()))?.accounts(account),
            false => vec![account.clone()],
        };
        let mut holders = Vec::new();
        for one in &accounts {
            let found = view::holders(&mut self.reader, one, now());
            holders.extend(self.runtime.block_on(found)?);
        }
        holders.sort_by_key(|holder| (holder.expires, holder.reservation));
        Ok(holders)
    }

    /// Hands on every open reservation, with when it lapses, in the order of the journal.
    ///
    /// # Errors
    /// The ledger cannot be read, or what is done with one fails.
    pub fn each_open(
        &mut self,
        mut with: impl FnMut(&StoredEntry, &Entry) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut open = self.runtime.block_on(self.reader.lapsed(Timestamp::MAX))?;
        open.sort_unstable();
        let now = now();
        for numbers in open.chunks(4096) {
            for stored in self.runtime.block_on(self.reader.entries_of(numbers))? {
                let entry = decoded(&stored)?;
                // One that has lapsed holds nothing, whether or not the journal says so yet.
                if matches!(&entry.event, Event::Reserve { expires, .. } if *expires > now) {
                    with(&stored, &entry)?;
                }
            }
        }
        Ok(())
    }

    /// Ends what is done already: a checkpoint that cannot be signed now is a warning.
    pub fn leave(self, common: &Common) {
        if let Err(why) = self.finish(common) {
            common.warn(&match common.lang {
                Language::En => format!("it is done; the last checkpoint is not signed: {why}"),
                Language::Zh => {
                    let why = common.lang.said(&why.to_string()).into_owned();
                    format!("已完成；最近的检查点未能签署：{why}")
                }
            });
        }
    }

    /// Ends what was asked for, signs a checkpoint where the key is at hand, and warns where it
    /// cannot be kept beside the key.
    ///
    /// # Errors
    /// The checkpoint could not be written into the ledger.
    pub fn finish(self, common: &Common) -> anyhow::Result<()> {
        self.sign()?.iter().for_each(|warning| common.warn(warning));
        Ok(())
    }

    /// The same for who has nothing but a language, and no wish to be told little.
    ///
    /// # Errors
    /// The checkpoint could not be written into the ledger.
    pub fn close(self, lang: Language, is_quiet: bool) -> anyhow::Result<()> {
        let word = lang.pick("warning: ", "警告：");
        for warning in self.sign()?.iter().filter(|_| !is_quiet) {
            let warning = match lang {
                Language::En => warning.clone(),
                Language::Zh => crate::chinese::message(warning),
            };
            // Standard error may be closed; there is nobody left to tell.
            _ = writeln!(std::io::stderr(), "{word}{warning}");
        }
        Ok(())
    }

    /// Signs and lets go of the ledger; what is to be told of it.
    fn sign(self) -> anyhow::Result<Vec<String>> {
        let has_key = self.has_key();
        let Desk { runtime, reader, writer, trouble, unsigned, .. } = self;
        runtime.block_on(async {
            reader.close().await;
            let Some((ledger, work)) = writer else { return Ok(()) };
            let signed = if has_key { ledger.checkpoint().await } else { Ok(()) };
            drop(ledger);
            work.finish().await;
            signed
        })?;
        let unsigned = unsigned.map(|key| {
            format!(
                "no key is at hand: what is recorded is not signed, and an older copy put in the \
                 place of this ledger would not show\n\nhint: --key FILE, or `WEIR_LEDGER_KEY`; \
                 the ledger's public key is {key}"
            )
        });
        Ok(unsigned.into_iter().chain(trouble.take().map(|why| not_kept(&why))).collect())
    }
}

/// What is said first of an error that kept a movement from being asked for.
const NOT_DONE: &str = "not done";

/// What is said of a server that acknowledges what it has not made durable.
pub const NOT_DURABLE: &str = "the server of PostgreSQL runs with `fsync = off`: what is recorded \
    may be lost, or damaged, when its machine fails";

/// A checkpoint that is signed and stands in the ledger alone.
fn not_kept(why: &str) -> String {
    format!(
        "the checkpoint is signed and not kept beside the key: {why}; \
         until it is, `weir ledger verify` does not see an older copy"
    )
}

/// Who holds something and until when, in words: the first five.
pub fn held_by(holders: &[&Holder]) -> Vec<String> {
    let more = holders.len().saturating_sub(5);
    let one = |one: &&Holder| {
        let note = match one.note == Note::default() {
            true => "nothing said".to_owned(),
            false => one.note.to_string(),
        };
        let Holder { reservation, expires, by, .. } = one;
        let amount = grouped(one.amount);
        format!("held by reservation {reservation}: {amount} until {expires}, for {note} ({by})")
    };
    let mut lines: Vec<String> = holders.iter().take(5).map(one).collect();
    if more > 0 {
        lines.push(format!("and {} more", counted(more, "reservation", "reservations")));
    }
    lines
}

/// An amount for people.
pub fn grouped(amount: Amount) -> String {
    format!("{amount:#}")
}

/// How many, with the word for one or for several.
pub fn counted(number: impl TryInto<u64>, one: &str, several: &str) -> String {
    let number: u64 = number.try_into().unwrap_or(u64::MAX);
    let word = if number == 1 { one } else { several };
    format!("{} {word}", crate::output::sheet::grouped(&number.to_string()))
}

/// Who asks: the user of the system.
pub fn user() -> String {
    let name =
        ["WEIR_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.unwrap_or_else(|| "weir".to_owned())
}

/// A request key that nobody has used: the moment and chance, so that keys are in the order of
/// time.
fn fresh_key() -> anyhow::Result<String> {
    let mut chance = [0u8; 8];
    getrandom::fill(&mut chance).map_err(|why| anyhow::anyhow!("no randomness: {why}"))?;
    Ok(format!("{:016x}-{:016x}", moment(now()), u64::from_be_bytes(chance)))
}

fn moment(now: Timestamp) -> i64 {
    now.as_microsecond()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_leaves_it_open_is_known_for_one() {
        let lost = || Arc::new(StoreError::Lost("reset".to_owned()));
        let unknown = anyhow::Error::from(Failure::Unknown(lost()));
        assert!(is_unknown(&unknown.context("from row 7 on")));
        assert!(is_unknown(&Unknown("it is not known".to_owned()).into()));
        assert!(!is_unknown(&Failure::NotDone(lost()).into()));
        assert!(!is_unknown(&anyhow::anyhow!("refused: there is no room")));
    }
}

//! What the ledger has for the lines of a book from earlier runs over them.

use jiff::Timestamp;
use ledger::amount::Amount;
use ledger::book::{Balance, Receipt};
use ledger::movement::{Event, Expiry, Note};
use ledger::store::{ReadStore, decoded};

use super::filling::Own;
use super::{Answered, Keeper};
use crate::commands::ledger::grouped;
use crate::input::rows::{Committed, Reserved, Warning};
use crate::language::Language;
use crate::now;

/// What the ledger has for a request key already.
enum Found {
    /// Nothing was asked for.
    Nothing,
    /// It holds or has used this, under this note.
    Has(Option<Note>, Vec<Own>, Kept),
    /// It was released or lapsed.
    Over,
}

/// How a reservation of an earlier run stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    expires: Timestamp,
    /// The seconds it was asked for, where it was asked so.
    after: Option<u32>,
    /// The entry that made it.
    entry: u64,
    /// The entry that used it, and how much of it.
    committed: Option<(u64, Amount)>,
}

/// What a line asks under, and what the ledger has for it from an earlier run over the same line.
#[derive(Clone, Default)]
pub(super) struct Earlier {
    /// The request key; of a line that does not ask, none.
    pub(super) key: Option<String>,
    /// The note of the earlier run, whatever its book was called.
    pub(super) note: Option<Note>,
    /// What is held or used.
    pub(super) own: Vec<Own>,
    /// How the reservations stand, by their amounts.
    pub(super) kept: Vec<Kept>,
    /// Their entries.
    pub(super) entries: Vec<u64>,
}

impl Keeper<'_> {
    /// The same where a line is only looked at: one that draws on nothing has nothing.
    pub(super) fn earlier_of(&mut self, line: &Answered, name: String) -> anyhow::Result<Earlier> {
        if !self.reserves() && self.law.fills(&line.order.facts).is_empty() {
            return Ok(Earlier::default());
        }
        self.earlier(&name)
    }

    /// The request key of a line, and what the ledger has for it from an earlier run over the same
    /// line. What lapsed or was released then is asked for under a further key.
    fn earlier(&mut self, name: &str) -> anyhow::Result<Earlier> {
        let (mut key, mut again) = (name.to_owned(), 1);
        loop {
            if let Some(mut found) = self.found(&key)? {
                found.key = Some(key);
                return Ok(found);
            }
            again += 1;
            key = format!("{name}:{again}");
        }
    }

    /// What the ledger has for a line under a key, in all its amounts; none where that is over.
    fn found(&mut self, key: &str) -> anyhow::Result<Option<Earlier>> {
        let mut all = Earlier::default();
        for number in 1.. {
            let key = if number == 1 { key.to_owned() } else { further_key(key, number) };
            match self.found_under(&key)? {
                Found::Nothing => break,
                Found::Over => return Ok(None),
                Found::Has(note, own, kept) => {
                    all.note = all.note.or(note);
                    all.own.extend(own);
                    all.entries.push(kept.entry);
                    all.kept.push(kept);
                }
            }
        }
        Ok(Some(all))
    }

    fn found_under(&mut self, key: &str) -> anyhow::Result<Found> {
        let (runtime, reader, _) = self.desk.reading();
        let Some(number) = runtime.block_on(reader.entry_of(key))? else {
            return Ok(Found::Nothing);
        };
        let stored = runtime.block_on(reader.entries(number, 1))?;
        let ended = match runtime.block_on(reader.ended_by(number))? {
            Some(ended) => runtime.block_on(reader.entries(ended, 1))?,
            None => Vec::new(),
        };
        let Some(entry) = stored.first().map(decoded).transpose()? else {
            return Ok(Found::Nothing);
        };
        let Event::Reserve { amount, legs, expires, after, note, .. } = &entry.event else {
            let kept = Kept { expires: entry.at, after: None, entry: number, committed: None };
            return Ok(Found::Has(None, Vec::new(), kept));
        };
        let mut kept = Kept { expires: *expires, after: *after, entry: number, committed: None };
        let nothing = Balance::default();
        let balance = match ended.first().map(decoded).transpose()? {
            None if *expires <= now() => return Ok(Found::Over),
            None => Balance { held: *amount, ..nothing },
            Some(ended) => match &ended.event {
                Event::Commit { amount, .. } => {
                    kept.committed = Some((ended.number, *amount));
                    Balance { used: *amount, ..nothing }
                }
                _ => return Ok(Found::Over),
            },
        };
        let mut own = Vec::with_capacity(legs.len());
        for leg in legs {
            let account = self.owners_of(&leg.account)?;
            own.push(Own { account, step: leg.step, balance });
        }
        Ok(Found::Has(Some(note.clone()), own, kept))
    }

    /// Tells of a line what the ledger holds for it: now, or since an earlier run.
    pub(super) fn hold_line(&self, line: &mut Answered, earlier: &Earlier, receipts: &[Receipt]) {
        line.is_unreserved = false;
        line.order.reserved = reserved(receipts, &earlier.kept);
        let Some(expiry) = self.reserving.as_ref().map(|reserving| reserving.expiry) else {
            return;
        };
        for (receipt, kept) in receipts.iter().zip(&earlier.kept) {
            let is_same = match expiry {
                Expiry::At(at) => at.as_microsecond() == kept.expires.as_microsecond(),
                Expiry::After(seconds) => kept.after == Some(seconds),
                Expiry::Any => true,
            };
            if !receipt.repeated || is_same || kept.committed.is_some() {
                continue;
            }
            let (entry, expires) = (receipt.entry.number, kept.expires);
            let message = match self.language {
                Language::En => format!(
                    "entry {entry} holds it already and lapses at {expires}, whatever is said now"
                ),
                Language::Zh => {
                    format!("分录 {entry} 已作预留，仍于 {expires} 失效，不随本次指定而变")
                }
            };
            line.order.warnings.push(Warning { code: "key_reused", message, column: None });
        }
    }
}

/// The request key of what a line draws in another amount.
pub(super) fn further_key(key: &str, number: usize) -> String {
    format!("{key}/{number}")
}

fn reserved(receipts: &[Receipt], kept: &[Kept]) -> Option<Reserved> {
    let one = |(at, Receipt { entry, repeated }): (usize, &Receipt)| {
        let Event::Reserve { amount, expires, legs, .. } = &entry.event else { return None };
        let committed = kept.get(at).and_then(|kept| kept.committed);
        let committed =
            committed.map(|(entry, amount)| Committed { entry, amount: grouped(amount) });
        Some(Reserved {
            entry: entry.number,
            accounts: legs.iter().map(|leg| leg.account.to_string()).collect(),
            amount: grouped(*amount),
            expires: expires.to_string(),
            repeated: *repeated,
            committed: committed.filter(|_| *repeated),
            further: Vec::new(),
        })
    };
    let mut all = receipts.iter().enumerate().filter_map(one);
    let first = all.next()?;
    Some(Reserved { further: all.collect(), ..first })
}

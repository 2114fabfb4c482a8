//! The ledger behind an order book: it fills the facts of quotas, and holds what lines draw.
//!
//! Lines are taken in the order of the file. What a line is to draw is counted at once, so that the
//! next line sees it; the ledger is asked for a batch of lines together, and has the last word.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use jiff::civil::Date;
use law::accounts::{Charge, Filled};
use law::decide::{Because, Draw};
use law::{Carry, Determination, FactId, Facts, Law, Num, Outcome, Reading, Value};
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::book::{Balance, Receipt};
use ledger::movement::{Ask, Event, Expiry, Goods, Note, Request};
use ledger::packs;
use ledger::proof::Hash;
use ledger::refusal::Refusal;
use ledger::store::{AccountAt, ReadStore, decoded};
use ledger::view;

use super::Answered;
use crate::commands::ledger::{At, Desk, grouped, user};
use crate::input::framing::Record;
use crate::input::rows::{Order, Reserved, Warning};
use crate::language::Language;
use crate::now;

/// How lines are to be held.
#[derive(Clone, Debug)]
pub struct Reserving {
    /// When a reservation lapses.
    pub expiry: Expiry,
    /// The reading whose draws are held.
    pub reading: Reading,
    /// What the notes of reservations call the book.
    pub book: String,
}

/// A ledger behind an order book.
pub struct Keeper<'k> {
    law: &'k Law,
    desk: Desk,
    language: Language,
    reserving: Option<Reserving>,
    accounts: HashMap<Account, AccountAt>,
    owners: HashMap<String, String>,
    holders: HashMap<Account, Vec<String>>,
    /// What lines of this book drew, which an order's own figure does not know of.
    drawn: HashMap<Account, Amount>,
    /// How often a line of the same content came, by the beginning of its hash.
    seen: HashMap<u128, u32>,
    sku: Option<FactId>,
    quantity: Option<FactId>,
}

/// Amounts on accounts.
type Charges = Vec<(Account, Amount)>;

/// What a ledger has for a line already.
enum Own {
    /// Nothing was asked for.
    Unknown,
    /// It holds or has used this, under this note.
    Has(Option<Note>, Charges),
    /// It was released or lapsed.
    Over,
}

/// A line whose draws are asked for.
struct Asked {
    at: usize,
    before: Vec<(FactId, Option<Value>)>,
    charges: Charges,
    request: Request,
}

impl<'k> Keeper<'k> {
    /// Opens the ledger.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(
        law: &'k Law,
        at: &At,
        terms: Law,
        language: Language,
        reserving: Option<Reserving>,
    ) -> anyhow::Result<Keeper<'k>> {
        let find = |name: &str| law.vocabulary().find(name);
        Ok(Keeper {
            law,
            desk: Desk::with_law(at, Arc::new(terms))?,
            language,
            reserving,
            accounts: HashMap::new(),
            owners: HashMap::new(),
            holders: HashMap::new(),
            drawn: HashMap::new(),
            seen: HashMap::new(),
            sku: find("item.sku"),
            quantity: find("quantity"),
        })
    }

    /// Whether lines are held, and so count without being carried.
    pub fn reserves(&self) -> bool {
        self.reserving.is_some()
    }

    /// Ends the work on the ledger.
    ///
    /// # Errors
    /// Its last checkpoint could not be written.
    pub fn close(self) -> anyhow::Result<()> {
        self.desk.close()
    }

    /// Fills the facts of quotas of lines in order, decides again what they change, and holds what
    /// the lines draw.
    ///
    /// # Errors
    /// The ledger cannot be read or written; lines before are held, and asking again with the same
    /// book holds nothing twice.
    pub fn draw(
        &mut self,
        records: &[Record],
        lines: &mut [Answered],
        mut carry: Option<&mut Carry>,
        desk: &mut law::Desk,
    ) -> anyhow::Result<()> {
        let mut asked = Vec::new();
        for (at, (line, record)) in lines.iter_mut().zip(records).enumerate() {
            // What has no answer counts too: a line's place among its like does not hang on it.
            let name = self.name_of(&line.order, record);
            if line.determination.is_none() {
                continue;
            }
            let (key, note, own) = self.earlier(name)?;
            let before = self.fill(&mut line.order, &own)?;
            let carried = carry.as_deref().filter(|carry| carry.touches(&line.accounts));
            if !before.is_empty() || carried.is_some() {
                line.determination = self.law.decide(&line.order.facts, carry.as_deref(), desk);
            }
            let Some(determination) = &line.determination else { continue };
            if let Some(carry) = carry.as_deref_mut() {
                carry.add(determination);
            }
            let charges = self.charges(&line.order.facts, determination)?;
            if let Some((mut request, charges)) = self.request(&line.order, key, charges) {
                if let (Some(earlier), Ask::Reserve { note, .. }) = (note, &mut request.ask) {
                    *note = earlier;
                }
                self.draw_on(&charges);
                if own.is_empty() {
                    self.count(&line.order.facts, &charges, false);
                }
                asked.push(Asked { at, before, charges, request });
            }
        }
        self.hold(lines, asked, desk)?;
        // What lines of this batch hold is told of the lines that found no room beside them.
        self.holders.clear();
        lines.iter_mut().try_for_each(|line| self.tell_full(line))
    }

    /// Asks the ledger for what a batch of lines draws.
    fn hold(
        &mut self,
        lines: &mut [Answered],
        asked: Vec<Asked>,
        desk: &mut law::Desk,
    ) -> anyhow::Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        let ledger = self.desk.ledger()?;
        let requests = asked.iter().map(|one| one.request.clone()).collect();
        let answers = self.desk.wait(ledger.each(requests)).with_context(|| {
            let row = lines.get(asked[0].at).map_or(0, |line| line.order.row);
            format!("from row {row} on nothing is known to be held; the same command holds nothing twice")
        })?;
        for (one, answer) in asked.iter().zip(answers) {
            let Some(line) = lines.get_mut(one.at) else { continue };
            match answer {
                Ok(receipt) => line.order.reserved = reserved(&receipt),
                Err(refusal) => self.refused(line, one, &refusal, desk)?,
            }
        }
        Ok(())
    }

    /// Somebody else was there first: the line is decided anew by what is left.
    fn refused(
        &mut self,
        line: &mut Answered,
        one: &Asked,
        refusal: &Refusal,
        desk: &mut law::Desk,
    ) -> anyhow::Result<()> {
        self.count(&line.order.facts, &one.charges, true);
        for (account, _) in &one.charges {
            self.accounts.remove(account);
            self.holders.remove(account);
        }
        for (fact, value) in &one.before {
            line.order.facts.set(*fact, value.clone());
        }
        line.order.warnings.retain(|warning| warning.code != "ledger_differs");
        self.fill(&mut line.order, &[])?;
        line.determination = self.law.decide(&line.order.facts, None, desk);
        let code = refusal.code();
        let message = match self.language {
            Language::En => format!("not reserved: {refusal}"),
            Language::Zh => format!("未预留：{}", self.language.said(&refusal.to_string())),
        };
        line.order.warnings.push(Warning { code, message, column: None });
        Ok(())
    }

    /// Fills the facts of quotas, and answers what they were before.
    ///
    /// Where the order gives a figure of its own, what leaves less room counts: more in use, a
    /// smaller whole. A limit that the ledger recorded goes before the order's.
    fn fill(
        &mut self,
        order: &mut Order,
        own: &[(Account, Amount)],
    ) -> anyhow::Result<Vec<(FactId, Option<Value>)>> {
        let Some(day) = order.facts.date(self.law.date_fact()) else { return Ok(Vec::new()) };
        let mut before = Vec::new();
        for fill in self.law.fills(&order.facts) {
            let account = self.account(&fill.account)?;
            let Some(kept) = self.kept(&account, fill.what, day, own)? else { continue };
            let Some(kept) = kept.to_num() else { continue };
            let given = order.facts.num(fill.fact);
            let drawn = self.drawn.get(&account).copied().and_then(Amount::to_num);
            let drawn = drawn.filter(|_| fill.what == Filled::Used).unwrap_or(Num::ZERO);
            let counts = match (given, fill.what) {
                (None, _) | (_, Filled::Raised) => kept,
                (Some(given), Filled::Used) => given.checked_add(drawn).unwrap_or(given).max(kept),
                (Some(given), Filled::Whole) => given.min(kept),
            };
            if let Some(given) = given.filter(|given| given.checked_add(drawn) != Some(kept)) {
                let fact = self.law.vocabulary().fact(fill.fact).name.to_string();
                let (given, kept) = (law::text::grouped(given), law::text::grouped(kept));
                let message = match self.language {
                    Language::En => {
                        format!("{fact} is {given} in the order and {kept} in the ledger")
                    }
                    Language::Zh => format!("{fact} 订单中为 {given}，台账中为 {kept}"),
                };
                let column = Some(fact);
                order.warnings.push(Warning { code: "ledger_differs", message, column });
            }
            if given != Some(counts) {
                before.push((fill.fact, order.facts.get(fill.fact).cloned()));
                order.facts.set(fill.fact, Some(Value::Num(counts)));
            }
        }
        Ok(before)
    }

    /// What the ledger keeps of an account for a day, without what it holds for the line itself.
    fn kept(
        &mut self,
        account: &Account,
        what: Filled,
        day: Date,
        own: &[(Account, Amount)],
    ) -> anyhow::Result<Option<Amount>> {
        let at = self.at(account)?;
        if what == Filled::Raised {
            return Ok(at.raised);
        }
        let Balance { used, held } =
            sum(at, day).with_context(|| format!("the sum on {account} is too large"))?;
        let held = if what == Filled::Whole { Amount::ZERO } else { held };
        let mine = own.iter().find(|(one, _)| one == account);
        let mine = mine.map_or(Amount::ZERO, |(_, amount)| *amount);
        Ok(used.checked_add(held).and_then(|sum| sum.checked_sub(mine)))
    }

    /// What the request key of a line begins with: its id and a hash of what it says, and its place
    /// among lines that say the same. The same line in another file, or elsewhere in it, is the
    /// same.
    fn name_of(&mut self, order: &Order, record: &Record) -> Option<String> {
        self.reserving.as_ref()?;
        let hash = Hash::of(&[record.bytes.trim_ascii_end()]).short();
        let seen = self.seen.entry(hash).or_default();
        *seen += 1;
        let hash = format!("{hash:032x}");
        let id: String = order.id.chars().filter(|letter| !letter.is_control()).take(100).collect();
        Some(if *seen == 1 { format!("{id}:{hash}") } else { format!("{id}:{hash}.{seen}") })
    }

    /// The request key of a line, and what the ledger has for it from an earlier run over the same
    /// line: its note, and what it holds. What lapsed or was released then is asked for under a
    /// further key.
    fn earlier(
        &mut self,
        name: Option<String>,
    ) -> anyhow::Result<(Option<String>, Option<Note>, Charges)> {
        let Some(name) = name else { return Ok((None, None, Vec::new())) };
        let mut key = name.clone();
        for again in 2.. {
            match self.own(&key)? {
                Own::Over => key = format!("{name}:{again}"),
                Own::Unknown => break,
                Own::Has(note, charges) => return Ok((Some(key), note, charges)),
            }
        }
        Ok((Some(key), None, Vec::new()))
    }

    /// What was asked for under a key.
    fn own(&mut self, key: &str) -> anyhow::Result<Own> {
        let (runtime, reader, _) = self.desk.reading();
        let Some(number) = runtime.block_on(reader.entry_of(key))? else { return Ok(Own::Unknown) };
        let stored = runtime.block_on(reader.entries(number, 1))?;
        let ended = match runtime.block_on(reader.ended_by(number))? {
            Some(ended) => runtime.block_on(reader.entries(ended, 1))?,
            None => Vec::new(),
        };
        let Some(entry) = stored.first().map(decoded).transpose()? else {
            return Ok(Own::Unknown);
        };
        let Event::Reserve { amount, legs, expires, note, .. } = &entry.event else {
            return Ok(Own::Has(None, Vec::new()));
        };
        let amount = match ended.first().map(decoded).transpose()? {
            None if *expires <= now() => return Ok(Own::Over),
            None => *amount,
            Some(ended) => match &ended.event {
                Event::Commit { amount, .. } => *amount,
                _ => return Ok(Own::Over),
            },
        };
        let charges = legs.iter().map(|leg| (leg.account.clone(), amount)).collect();
        Ok(Own::Has(Some(note.clone()), charges))
    }

    /// What a line adds to accounts, in the reading that is held.
    fn charges(&mut self, facts: &Facts, determination: &Determination) -> anyhow::Result<Charges> {
        let Some(reserving) = &self.reserving else { return Ok(Vec::new()) };
        let answer = determination.reading(reserving.reading);
        let mut charges: Vec<Charge> = self.law.charges(facts, &answer.draws);
        if answer.outcome == Outcome::LicenseException {
            charges.extend(self.law.wholes(facts));
        }
        let mut found = Vec::with_capacity(charges.len());
        for charge in charges {
            let account = self.account(&charge.account)?;
            let amount = Amount::from_num(charge.amount)
                .map_err(|why| anyhow!("what the line draws on {account} {why}"))?;
            found.push((account, amount));
        }
        Ok(found)
    }

    /// The request for what a line draws. Draws of different amounts cannot be held together.
    fn request(
        &self,
        order: &Order,
        key: Option<String>,
        charges: Charges,
    ) -> Option<(Request, Charges)> {
        let (reserving, key) = (self.reserving.as_ref()?, key?);
        let amount = charges.first()?.1;
        let charges: Charges = charges.into_iter().filter(|(_, one)| *one == amount).collect();
        let day = order.facts.date(self.law.date_fact())?;
        let ask = Ask::Reserve {
            day: Some(day),
            amount,
            accounts: charges.iter().map(|(account, _)| account.clone()).collect(),
            expiry: reserving.expiry,
            note: self.note(order, &reserving.book),
        };
        Some((Request { key, by: user(), ask }, charges))
    }

    fn note(&self, order: &Order, book: &str) -> Note {
        let shown = |fact: Option<FactId>| {
            let fact = fact?;
            let value = order.facts.get(fact)?;
            Some(self.law.vocabulary().fact(fact).show(value))
        };
        let units = shown(self.quantity).and_then(|units| units.parse().ok());
        let goods = shown(self.sku).zip(units).map(|(item, units)| Goods { item, units });
        Note { text: format!("{book}, line {}", order.id), goods }
    }

    fn draw_on(&mut self, charges: &[(Account, Amount)]) {
        for (account, amount) in charges {
            let drawn = self.drawn.entry(account.clone()).or_default();
            *drawn = drawn.checked_add(*amount).unwrap_or(*drawn);
        }
    }

    /// Counts what a line draws before the ledger has it, or takes it off again.
    fn count(&mut self, facts: &Facts, charges: &[(Account, Amount)], off: bool) {
        let Some(day) = facts.date(self.law.date_fact()) else { return };
        for (account, amount) in charges {
            let Some(at) = self.accounts.get_mut(account) else { continue };
            let held = &mut at.steps.entry(day).or_default().held;
            let sum = if off { held.checked_sub(*amount) } else { held.checked_add(*amount) };
            *held = sum.unwrap_or(*held);
        }
    }

    /// Says who holds a quota that ran out, and until when.
    fn tell_full(&mut self, line: &mut Answered) -> anyhow::Result<()> {
        let Some(determination) = &line.determination else { return Ok(()) };
        let mut full: Vec<Draw> = Vec::new();
        for reading in Reading::BOTH {
            for because in &determination.reading(reading).because {
                if let Because::Full(draw) = because
                    && !full.iter().any(|one| one.quota == draw.quota)
                {
                    full.push(draw.clone());
                }
            }
        }
        for charge in self.law.charges(&line.order.facts, &full) {
            let account = self.account(&charge.account)?;
            for message in self.holders(&account) {
                line.order.warnings.push(Warning { code: "quota_held", message, column: None });
            }
        }
        Ok(())
    }

    fn holders(&mut self, account: &Account) -> Vec<String> {
        if let Some(known) = self.holders.get(account) {
            return known.clone();
        }
        let lines = self.desk.holders(account).into_iter();
        let lines = lines.map(|line| format!("{account} {}", self.language.said(&line)));
        let lines: Vec<String> = lines.collect();
        self.holders.insert(account.clone(), lines.clone());
        lines
    }

    fn account(&mut self, name: &law::accounts::AccountName) -> anyhow::Result<Account> {
        let Some(first) = name.key.first().filter(|_| name.consolidated) else {
            return Ok(packs::account(name, str::to_owned));
        };
        if !self.owners.contains_key(first) {
            let (runtime, reader, _) = self.desk.reading();
            let owner = runtime.block_on(view::ultimate_owner(reader, first))?;
            self.owners.insert(first.clone(), owner);
        }
        let owners = &self.owners;
        Ok(packs::account(name, |name| owners.get(name).cloned().unwrap_or_default()))
    }

    fn at(&mut self, account: &Account) -> anyhow::Result<&AccountAt> {
        if !self.accounts.contains_key(account) {
            let (runtime, reader, _) = self.desk.reading();
            let at = runtime.block_on(view::balances(reader, account, now()))?;
            self.accounts.insert(account.clone(), at);
        }
        match self.accounts.get(account) {
            Some(at) => Ok(at),
            None => bail!("{account} cannot be read"),
        }
    }
}

fn sum(at: &AccountAt, day: Date) -> Option<Balance> {
    let steps: &BTreeMap<Date, Balance> = &at.steps;
    steps.range(..=day).try_fold(Balance::default(), |sum, (_, balance)| {
        Some(Balance {
            used: sum.used.checked_add(balance.used)?,
            held: sum.held.checked_add(balance.held)?,
        })
    })
}

fn reserved(receipt: &Receipt) -> Option<Reserved> {
    let Receipt { entry, repeated } = receipt;
    let Event::Reserve { amount, expires, .. } = &entry.event else { return None };
    Some(Reserved {
        entry: entry.number,
        amount: grouped(*amount),
        expires: expires.to_string(),
        repeated: *repeated,
    })
}

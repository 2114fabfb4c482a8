//! What lines are told of the ledger: who holds a quota that ran out, and what cannot be held.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use law::accounts::{AccountName, Charge};
use law::decide::{Because, Draw};
use law::{FactId, FactType, Facts, Outcome, Reading, Value};
use ledger::account::{Account, Limit};
use ledger::amount::Amount;
use ledger::book::Receipt;
use ledger::store::ReadStore;
use ledger::view::Holder;

use super::{Answered, Keeper, Taken};
use crate::commands::ledger::alike::{self, Alike};
use crate::commands::ledger::{grouped, held_by};
use crate::input::rows::Warning;
use crate::language::Language;

/// How many lines of the file are named that drew on an account before.
const NAMED: usize = 5;

/// When lines of a batch were decided, and what they hold: a line is told of what stood before it.
#[derive(Default)]
pub(super) struct Story {
    /// How often the ledger was asked.
    pub(super) time: u64,
    /// By row, when it was decided last.
    decided: HashMap<u64, u64>,
    /// By entry that was made now, its row and when.
    held: HashMap<u64, (u64, u64)>,
    /// By row, the entries that the ledger has for it from earlier runs.
    own: HashMap<u64, Vec<u64>>,
}

impl Story {
    pub(super) fn decided(&mut self, row: u64, own: &[u64]) {
        self.decided.insert(row, self.time);
        if !own.is_empty() {
            self.own.insert(row, own.to_vec());
        }
    }

    pub(super) fn held(&mut self, row: u64, receipts: &[Receipt]) {
        for receipt in receipts.iter().filter(|receipt| !receipt.repeated) {
            self.held.insert(receipt.entry.number, (row, self.time));
        }
    }

    /// Forgets the lines of a batch.
    pub(super) fn clear(&mut self) {
        self.decided.clear();
        self.held.clear();
        self.own.clear();
    }

    /// Whether a reservation stood in the way of a line when it was decided: not one of its own,
    /// nor one of a line after it.
    fn stood_before(&self, row: u64, reservation: u64) -> bool {
        let is_own = self.own.get(&row).is_some_and(|own| own.contains(&reservation));
        let decided = self.decided.get(&row).copied().unwrap_or(u64::MAX);
        let came_after = self.held.get(&reservation);
        let came_after = came_after.is_some_and(|(other, held)| *other > row && *held >= decided);
        !is_own && !came_after
    }
}

/// The lines of the file that drew on an account.
#[derive(Default)]
pub(super) struct Takers {
    first: Vec<String>,
    count: usize,
    amount: Amount,
}

/// What a line draws on a quota that ran out.
struct Full {
    account: Account,
    amount: Option<Amount>,
}

/// An account that a line draws on and does not name.
struct Unnamed {
    /// The quotas.
    quotas: Vec<String>,
    /// The facts that would name it.
    facts: Vec<String>,
}

impl Keeper<'_> {
    /// Counts what a line draws that is not held, for the lines after it.
    pub(super) fn take_note(&mut self, line: &Answered) -> anyhow::Result<()> {
        let Some(determination) = &line.determination else { return Ok(()) };
        let mut seen: Vec<Account> = Vec::new();
        for reading in Reading::BOTH {
            let draws = &determination.reading(reading).draws;
            for Charge { account, amount } in self.law.charges(&line.order.facts, draws) {
                let account = self.owners_of(&Account::of(account.quota, account.key))?;
                if seen.contains(&account) {
                    continue;
                }
                let takers = self.takers.entry(account.clone()).or_default();
                seen.push(account);
                takers.count += 1;
                if takers.first.len() < NAMED {
                    takers.first.push(line.order.id.clone());
                }
                let sum = Amount::from_num(amount).ok();
                let sum = sum.and_then(|amount| takers.amount.checked_add(amount));
                takers.amount = sum.unwrap_or(takers.amount);
            }
        }
        Ok(())
    }

    /// Says who holds a quota that ran out, and until when; or that the line is too much for it
    /// whoever holds what.
    pub(super) fn tell_full(&mut self, line: &mut Answered) -> anyhow::Result<()> {
        let day = line.order.facts.date(self.law.date_fact());
        for Full { account, amount } in self.full_for(line)? {
            let mut told = Vec::new();
            match self.more_than_all(&account, day, amount)? {
                Some(message) => told.push(message),
                None => {
                    told.extend(
                        self.takers.get(&account).map(|takers| self.taken(&account, takers)),
                    );
                    told.extend(self.holders(&account, line.order.row));
                }
            }
            for message in told {
                line.order.warnings.push(Warning { code: "quota_held", message, column: None });
            }
        }
        Ok(())
    }

    /// That a line alone is more than a whole limit.
    fn more_than_all(
        &mut self,
        account: &Account,
        day: Option<Date>,
        amount: Option<Amount>,
    ) -> anyhow::Result<Option<String>> {
        let Some((day, amount)) = day.zip(amount) else { return Ok(None) };
        let terms = self.terms(account)?;
        let limit = terms.as_ref().and_then(|terms| match terms.step(day)?.limit {
            Limit::Amount(limit) => Some(limit),
            _ => None,
        });
        let Some(limit) = limit.filter(|limit| amount > *limit) else { return Ok(None) };
        let (amount, limit) = (grouped(amount), grouped(limit));
        Ok(Some(match self.language {
            Language::En => format!(
                "{account} has a limit of {limit}, and this line alone draws {amount}: \
                 whoever holds what, it is too much"
            ),
            Language::Zh => {
                format!(
                    "{account} 的限额为 {limit}，仅此一行即占用 {amount}：无论他人预留多少均已超出"
                )
            }
        }))
    }

    /// That lines before drew on an account.
    fn taken(&self, account: &Account, takers: &Takers) -> String {
        let Takers { first, count, amount } = takers;
        let (amount, more) = (grouped(*amount), count - first.len());
        let lines = first.join(self.language.pick(", ", "、"));
        match (self.language, count, more) {
            (Language::En, 1, _) => format!("{account} line {lines} before it draws {amount}"),
            (Language::En, _, 0) => format!("{account} lines {lines} before it draw {amount}"),
            (Language::En, ..) => {
                format!("{account} lines {lines} and {more} more before it draw {amount}")
            }
            (Language::Zh, _, 0) => format!("{account}：此前第 {lines} 行共占用 {amount}"),
            (Language::Zh, ..) => {
                format!("{account}：此前第 {lines} 行及另外 {more} 行共占用 {amount}")
            }
        }
    }

    /// The accounts of the quotas that ran out for a line, in either reading.
    pub(super) fn full(&mut self, line: &Answered) -> anyhow::Result<Vec<Account>> {
        Ok(self.full_for(line)?.into_iter().map(|full| full.account).collect())
    }

    fn full_for(&mut self, line: &Answered) -> anyhow::Result<Vec<Full>> {
        let Some(determination) = &line.determination else { return Ok(Vec::new()) };
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
        let mut found = Vec::with_capacity(full.len());
        let charges =
            if full.is_empty() { Vec::new() } else { self.law.charges(&line.order.facts, &full) };
        for Charge { account: AccountName { quota, key, .. }, amount } in charges {
            let account = self.owners_of(&Account::of(quota, key))?;
            found.push(Full { account, amount: Amount::from_num(amount).ok() });
        }
        Ok(found)
    }

    fn holders(&mut self, account: &Account, row: u64) -> Vec<String> {
        let known = self.holders.get(account).cloned();
        let known = known.unwrap_or_else(|| {
            let found = self.desk.all_holders(account).map_err(|why| why.to_string());
            let found: Arc<Result<Vec<Holder>, String>> = Arc::new(found);
            self.holders.insert(account.clone(), found.clone());
            found
        });
        let lines = match &*known {
            Ok(holders) => {
                let stood = |one: &&Holder| self.story.stood_before(row, one.reservation);
                held_by(&holders.iter().filter(stood).collect::<Vec<_>>())
            }
            Err(why) => vec![format!("who holds it cannot be read: {why}")],
        };
        let lines = lines.into_iter();
        lines.map(|line| format!("{account} {}", self.language.said(&line))).collect()
    }

    /// Warns of what a line draws on accounts that it does not name. Whether anything of it is a
    /// draw of its answer, so that nothing of the line can be held.
    pub(super) fn tell_unnamed(&self, line: &mut Answered) -> bool {
        let draws = self.unnamed_draws(line);
        let is_open = !draws.quotas.is_empty();
        let all = if is_open { draws } else { self.unnamed_shares(line) };
        let Some(first) = all.facts.first() else { return false };
        let (quotas, facts) = (all.quotas.join(", "), self.facts_or_end_user(&all.facts));
        let words = match (self.language, self.reserves()) {
            (Language::En, true) => format!(
                "not reserved: nothing says whose account of {quotas} the line draws on; \
                 give it {facts}"
            ),
            (Language::En, false) => format!(
                "the ledger has no say: nothing says whose account of {quotas} the line draws \
                 on; give it {facts}"
            ),
            (Language::Zh, true) => {
                format!("未预留：无从得知该行占用的是谁的 {quotas} 账户；请补充 {facts}")
            }
            (Language::Zh, false) => {
                format!("台账未计入：无从得知该行占用的是谁的 {quotas} 账户；请补充 {facts}")
            }
        };
        let column = Some(first.clone());
        let warning = Warning { code: "no_account", message: words, column };
        if !line.order.warnings.contains(&warning) {
            line.order.warnings.push(warning);
        }
        is_open
    }

    /// Warns of accounts that a line draws on, that nothing moved yet and that are written like
    /// others.
    pub(super) fn tell_alike(&mut self, line: &mut Answered) -> anyhow::Result<()> {
        let Some(determination) = &line.determination else { return Ok(()) };
        let answers = Reading::BOTH.map(|reading| determination.reading(reading));
        let charges = answers.map(|answer| self.law.charges(&line.order.facts, &answer.draws));
        for Charge { account, .. } in charges.into_iter().flatten() {
            let account = self.owners_of(&Account::of(account.quota, account.key))?;
            if let Some(message) = self.alike(&account)? {
                let warning = Warning { code: "account_alike", message, column: None };
                line.order.warnings.push(warning);
            }
        }
        Ok(())
    }

    fn alike(&mut self, account: &Account) -> anyhow::Result<Option<String>> {
        let at = self.at(account)?;
        if !at.steps.is_empty() || at.raised.is_some() {
            return Ok(None);
        }
        if self.alike.is_none() {
            let (runtime, reader, _) = self.desk.reading();
            self.alike = Some(Alike::of(runtime.block_on(reader.accounts())?));
        }
        let other = self.alike.as_mut().and_then(|alike| alike.like_new(account));
        Ok(other.map(|other| alike::message(account, &other, self.language)))
    }

    /// Facts in words: where one of another party is missing, the first party's stands in for it.
    fn facts_or_end_user(&self, facts: &[String]) -> String {
        let parties = self.law.vocabulary().parties();
        let shown = |fact: &String| {
            let first = parties.first().zip(fact.split_once('.'));
            let first = first.filter(|(first, (party, _))| {
                *party != &*first.name && parties.iter().any(|one| &*one.name == *party)
            });
            match first {
                Some((first, (_, rest))) => {
                    let or = self.language.pick("or", "或");
                    format!("`{fact}` {or} `{}.{rest}`", first.name)
                }
                None => format!("`{fact}`"),
            }
        };
        let shown: Vec<String> = facts.iter().map(shown).collect();
        shown.join(self.language.pick(", ", "、"))
    }

    /// The draws of a line's answer whose account it does not name.
    fn unnamed_draws(&self, line: &Answered) -> Unnamed {
        let mut found = Unnamed { quotas: Vec::new(), facts: Vec::new() };
        let Some(determination) = &line.determination else { return found };
        let held = self.reserving.as_ref().map(|reserving| reserving.reading);
        let readings = Reading::BOTH.into_iter().filter(|one| held.is_none_or(|held| held == *one));
        for draw in readings.flat_map(|reading| &determination.reading(reading).draws) {
            let rule = self.law.quotas().find(|rule| rule.id == draw.quota);
            let Some(rule) = rule.filter(|_| draw.key.is_none()) else { continue };
            let quota = &rule.rule.rule.id;
            if !found.quotas.contains(quota) {
                found.quotas.push(quota.clone());
            }
            for (name, _) in &rule.quota.key {
                let fact = self.law.vocabulary().find(name);
                let is_there = fact.is_some_and(|fact| line.order.facts.get(fact).is_some());
                if !is_there && !found.facts.contains(name) {
                    found.facts.push(name.clone());
                }
            }
        }
        found
    }

    /// What a line under another exception would add to shares, if it named whose they are.
    fn unnamed_shares(&self, line: &Answered) -> Unnamed {
        let mut found = Unnamed { quotas: Vec::new(), facts: Vec::new() };
        let reserving = self.reserving.as_ref().zip(line.determination.as_ref());
        let is_exception = reserving.is_some_and(|(reserving, determination)| {
            determination.reading(reserving.reading).outcome == Outcome::LicenseException
        });
        if !is_exception {
            return found;
        }
        let facts = &line.order.facts;
        let mut named = facts.clone();
        let mut missing: Vec<String> = Vec::new();
        for rule in self.law.quotas().filter(|rule| rule.quota.base.is_some()) {
            for (name, _) in rule.quota.key.iter().chain(&rule.quota.base_key) {
                let fact =
                    self.law.vocabulary().find(name).filter(|id| self.is_open_text(*id, &named));
                if let Some(fact) = fact {
                    named.set(fact, Some(Value::Text("?".into())));
                    missing.push(name.clone());
                }
            }
        }
        if missing.is_empty() {
            return found;
        }
        let known = self.law.measured(facts);
        for Charge { account, .. } in self.law.measured(&named) {
            if !known.iter().any(|one| one.account == account) {
                found.quotas.push(account.quota);
                found.facts.clone_from(&missing);
            }
        }
        found
    }

    /// Whether a fact is a text of which nothing is said.
    fn is_open_text(&self, fact: FactId, facts: &Facts) -> bool {
        let is_text = matches!(self.law.vocabulary().fact(fact).of, FactType::Text);
        is_text && facts.get(fact).is_none()
    }

    /// Warns of a line that the ledger holds under another text as well.
    pub(super) fn tell_other_texts(
        &mut self,
        line: &mut Answered,
        one: &Taken,
        receipts: &[Receipt],
    ) -> anyhow::Result<()> {
        if receipts.iter().all(|receipt| receipt.repeated) {
            return Ok(());
        }
        let Some((id, _)) = one.earlier.key.as_deref().and_then(parts_of) else { return Ok(()) };
        let entries = self.others(id)?;
        for entry in entries {
            let id = &line.order.id;
            let words = match self.language {
                Language::En => format!(
                    "line {id} still holds entry {entry} under another text; where this is the \
                     same line corrected, release that one: `weir ledger release {entry}`"
                ),
                Language::Zh => format!(
                    "第 {id} 行仍以另一内容持有分录 {entry}；若本行是其更正，请释放：\
                     `weir ledger release {entry}`"
                ),
            };
            line.order.warnings.push(Warning { code: "held_twice", message: words, column: None });
        }
        Ok(())
    }

    /// The open reservations of lines of an id that are none of this run's.
    fn others(&mut self, id: &str) -> anyhow::Result<Vec<u64>> {
        if self.open_lines.is_none() {
            let mut lines: HashMap<String, Vec<u64>> = HashMap::new();
            self.desk.each_open(|stored, _| {
                if let Some((id, true)) = stored.request.as_deref().and_then(parts_of) {
                    lines.entry(id.to_owned()).or_default().push(stored.number);
                }
                Ok(())
            })?;
            self.open_lines = Some(lines);
        }
        let found = self.open_lines.as_ref().and_then(|lines| lines.get(id));
        let mine: &HashSet<u64> = &self.mine;
        let found = found.into_iter().flatten().filter(|entry| !mine.contains(entry));
        Ok(found.copied().collect())
    }
}

/// A line's id from its request key `ID:HASH…`, and whether it is the first of the line's
/// reservations; `None` where the key is another.
fn parts_of(key: &str) -> Option<(&str, bool)> {
    let is_hash = |text: &str| {
        text.len() >= 32
            && text.bytes().take(32).all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let at = key.match_indices(':').map(|(at, _)| at).rfind(|at| is_hash(&key[at + 1..]))?;
    let rest = &key[at + 1 + 32..];
    let is_one = rest.is_empty() || rest.starts_with(['.', ':', '/']);
    is_one.then(|| (&key[..at], !rest.contains('/')))
}

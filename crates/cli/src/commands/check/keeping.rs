//! The ledger behind an order book: it fills the facts of quotas, and holds what lines draw.
//!
//! Lines are taken in the order of the file. What a line is to draw is counted at once, so that the
//! next line sees it; the ledger is asked for a batch of lines together, and has the last word.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use law::accounts::{AccountName, Charge, QuotaRule};
use law::{Carry, Determination, FactId, Facts, Law, Outcome, Reading, Value};
use ledger::account::{Account, Terms};
use ledger::amount::Amount;
use ledger::book::Receipt;
use ledger::ledger::{AllError, Failure};
use ledger::movement::{Ask, Expiry, Goods, Note, Request};
use ledger::owners::Owners;
use ledger::proof::Hash;
use ledger::refusal::Refusal;
use ledger::store::AccountAt;
use ledger::view::Holder;

use super::Answered;
use crate::commands::ledger::alike::Alike;
use crate::commands::ledger::{At, Desk, user};
use crate::input::rows::{Order, Warning};
use crate::language::Language;
use records::framing::Record;

mod earlier;
mod filling;
mod telling;

use earlier::{Earlier, further_key};
use filling::{Filling, Own};
use telling::{Story, Takers};

/// How often lines are asked for again that others had kept from their quotas.
const ROUNDS: usize = 8;

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
    is_quiet: bool,
    reserving: Option<Reserving>,
    /// What counts on accounts, with those of the companies that their company owns.
    accounts: HashMap<Account, AccountAt>,
    terms: HashMap<Account, Option<Arc<Terms>>>,
    owners: Option<Owners>,
    /// The quotas whose accounts are those of ultimate owners.
    consolidated: HashSet<String>,
    holders: HashMap<Account, Arc<Result<Vec<Holder>, String>>>,
    story: Story,
    /// Where lines are carried, those that drew on an account.
    takers: HashMap<Account, Takers>,
    /// What was open, by the ids of lines, once that is asked for; and what this run holds.
    open_lines: Option<HashMap<String, Vec<u64>>>,
    mine: HashSet<u64>,
    /// The accounts that are known, once that is asked for.
    alike: Option<Alike>,
    /// What lines of this book drew, which an order's own figure does not know of.
    drawn: HashMap<Account, Amount>,
    /// What is held of parts of ratios, where lines are not carried.
    held: Carry,
    /// How often a line of the same content came, by the beginning of its hash.
    seen: HashMap<u128, u32>,
    sku: Option<FactId>,
    quantity: Option<FactId>,
}

/// What a line adds to an account.
#[derive(Clone, Debug, PartialEq)]
struct Addition {
    /// The account by the line's own names.
    named: Account,
    /// The account that it counts on.
    account: Account,
    amount: Amount,
}

/// A line as it was decided with what the ledger has.
struct Taken {
    /// The facts that were filled, as they were.
    before: Vec<(FactId, Option<Value>)>,
    /// What it asks under, and what the ledger has for it already.
    earlier: Earlier,
    additions: Vec<Addition>,
    /// What is asked for: one request for each amount.
    requests: Vec<Request>,
}

/// What became of a line's requests.
type Outcomes = Vec<Result<Vec<Receipt>, Refusal>>;

impl<'k> Keeper<'k> {
    /// Opens the ledger.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn open(
        law: &'k Law,
        at: &At,
        terms: Law,
        (language, is_quiet): (Language, bool),
        reserving: Option<Reserving>,
    ) -> anyhow::Result<Keeper<'k>> {
        let find = |name: &str| law.vocabulary().find(name);
        let names = |one: QuotaRule<'_>| {
            let whole = one.quota.base.as_ref().map(|((fact, _), _)| fact.clone());
            whole.into_iter().chain([one.rule.rule.id.clone()]).collect::<Vec<String>>()
        };
        let consolidated = law.quotas().filter(|one| one.quota.consolidated);
        let consolidated = consolidated.flat_map(names).collect();
        let desk = Desk::with_law(at, Arc::new(terms));
        let desk = if reserving.is_some() { desk.context("not done")? } else { desk? };
        Ok(Keeper {
            law,
            desk,
            language,
            is_quiet,
            reserving,
            accounts: HashMap::new(),
            terms: HashMap::new(),
            owners: None,
            consolidated,
            holders: HashMap::new(),
            story: Story::default(),
            takers: HashMap::new(),
            open_lines: None,
            mine: HashSet::new(),
            alike: None,
            drawn: HashMap::new(),
            held: Carry::default(),
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
        self.desk.close(self.language, self.is_quiet)
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
        carry: Option<&mut Carry>,
        desk: &mut law::Desk,
    ) -> anyhow::Result<()> {
        match carry {
            Some(carry) => {
                for (line, record) in lines.iter_mut().zip(records) {
                    let name = self.name_of(&line.order, record);
                    if line.determination.is_none() {
                        continue;
                    }
                    let earlier = self.earlier_of(line, name)?;
                    let one = self.take(line, earlier, carry, desk)?;
                    // Of the lines of this file, those before it are told.
                    self.tell_full(line)?;
                    if one.earlier.own.is_empty() {
                        line.determination.iter().for_each(|answer| carry.add(answer));
                        self.take_note(line)?;
                    } else {
                        // The ledger has it, and counts it for the lines after.
                        self.count_own(&one.earlier.own);
                    }
                }
            }
            None => {
                self.hold_all(records, lines, desk)?;
                // What lines of this batch hold is told of the lines that found no room beside
                // them.
                self.holders.clear();
                lines.iter_mut().try_for_each(|line| self.tell_full(line))?;
            }
        }
        self.story.clear();
        Ok(())
    }

    /// Decides lines in order and holds what they draw, many in one go. A line that finds a quota
    /// full beside lines that are only counted waits until the ledger has answered those.
    fn hold_all(
        &mut self,
        records: &[Record],
        lines: &mut [Answered],
        desk: &mut law::Desk,
    ) -> anyhow::Result<()> {
        let mut waiting: Vec<(usize, Taken)> = Vec::new();
        let mut unsure: HashSet<Account> = HashSet::new();
        for (at, record) in records.iter().enumerate().take(lines.len()) {
            // What has no answer counts too: a line's place among its like does not hang on it.
            let name = self.name_of(&lines[at].order, record);
            if lines[at].determination.is_none() {
                continue;
            }
            let earlier = self.earlier_of(&lines[at], name)?;
            let mut one = self.take_held(&mut lines[at], earlier, desk)?;
            if self.hangs_on(&lines[at], &unsure)? {
                unsure.clear();
                if self.hold(lines, std::mem::take(&mut waiting), desk)? {
                    self.undraw(&one);
                    one = self.anew(&mut lines[at], &one, one.earlier.clone(), desk)?;
                }
            }
            if !one.requests.is_empty() {
                unsure.extend(one.additions.iter().map(|addition| addition.account.clone()));
                waiting.push((at, one));
            }
        }
        self.hold(lines, waiting, desk).map(drop)
    }

    /// Whether a quota of a line ran out on an account of which it is not known what it holds.
    fn hangs_on(&mut self, line: &Answered, unsure: &HashSet<Account>) -> anyhow::Result<bool> {
        if unsure.is_empty() {
            return Ok(false);
        }
        let full = self.full(line)?;
        Ok(full.iter().any(|account| unsure.contains(account)))
    }

    /// Decides a line with what the ledger has, and counts what it draws.
    fn take(
        &mut self,
        line: &mut Answered,
        earlier: Earlier,
        carry: &mut Carry,
        desk: &mut law::Desk,
    ) -> anyhow::Result<Taken> {
        let Filling { before, is_held } = self.fill(&mut line.order, &earlier.own, carry)?;
        if is_held || !before.is_empty() || carry.touches(&line.accounts) {
            line.determination = self.law.decide(&line.order.facts, Some(carry), desk);
        }
        let additions = match &line.determination {
            Some(determination) => self.additions(&line.order.facts, determination)?,
            None => Vec::new(),
        };
        self.story.decided(line.order.row, &earlier.entries);
        self.tell_alike(line)?;
        let is_unnamed = self.tell_unnamed(line);
        line.is_unreserved |= is_unnamed && self.reserves();
        let requests = match is_unnamed {
            true => Vec::new(),
            false => self.requests(&line.order, &earlier, &additions),
        };
        let one = Taken { before, earlier, additions, requests };
        if !one.requests.is_empty() {
            self.draw_on(&one.additions);
            if one.earlier.own.is_empty() {
                self.change(&line.order.facts, &one.additions, Amount::checked_add);
            }
        }
        Ok(one)
    }

    /// The same where lines are held, and not carried.
    fn take_held(
        &mut self,
        line: &mut Answered,
        earlier: Earlier,
        desk: &mut law::Desk,
    ) -> anyhow::Result<Taken> {
        let mut held = std::mem::take(&mut self.held);
        let taken = self.take(line, earlier, &mut held, desk);
        self.held = held;
        taken
    }

    /// Decides a line anew by what the ledger has now.
    fn anew(
        &mut self,
        line: &mut Answered,
        one: &Taken,
        earlier: Earlier,
        desk: &mut law::Desk,
    ) -> anyhow::Result<Taken> {
        for (fact, value) in &one.before {
            line.order.facts.set(*fact, value.clone());
        }
        line.order
            .warnings
            .retain(|warning| !matches!(warning.code, "ledger_differs" | "no_account"));
        self.take_held(line, earlier, desk)
    }

    /// Asks the ledger for what lines draw, and again for what those draw then that it refused.
    /// Whether it refused any.
    fn hold(
        &mut self,
        lines: &mut [Answered],
        mut waiting: Vec<(usize, Taken)>,
        desk: &mut law::Desk,
    ) -> anyhow::Result<bool> {
        let mut is_changed = false;
        for _ in 0..ROUNDS {
            let mut refused = Vec::new();
            let outcomes = self.ask(lines, &waiting)?;
            for receipts in outcomes.iter().flatten() {
                self.mine.extend(receipts.iter().map(|receipt| receipt.entry.number));
            }
            for ((at, one), outcome) in waiting.drain(..).zip(outcomes) {
                match outcome {
                    Ok(receipts) => {
                        let line = &mut lines[at];
                        self.story.held(line.order.row, &receipts);
                        self.hold_line(line, &one.earlier, &receipts);
                        self.tell_other_texts(line, &one, &receipts)?;
                    }
                    Err(refusal) => refused.push((at, one, refusal)),
                }
            }
            self.story.time += 1;
            if refused.is_empty() {
                break;
            }
            is_changed = true;
            refused.iter().for_each(|(_, one, _)| self.undraw(one));
            // What was asked for is in the ledger or refused: what is known is read anew.
            self.accounts.clear();
            self.terms.clear();
            self.owners = None;
            for (at, one, refusal) in refused {
                let next = self.again(&mut lines[at], one, &refusal, desk)?;
                if !next.requests.is_empty() {
                    waiting.push((at, next));
                }
            }
        }
        Ok(is_changed)
    }

    /// Somebody else was there first, or the ledger knows better: the line is decided anew by what
    /// is left and says why. Where it then draws on something else, that is asked for.
    fn again(
        &mut self,
        line: &mut Answered,
        one: Taken,
        refusal: &Refusal,
        desk: &mut law::Desk,
    ) -> anyhow::Result<Taken> {
        // Where anything but room is in the way, asking again is of no use. What the ledger has for
        // the line is its own all the same.
        let mut earlier = one.earlier.clone();
        earlier.key = earlier.key.filter(|_| matches!(refusal, Refusal::Over { .. }));
        let mut next = self.anew(line, &one, earlier, desk)?;
        line.is_unreserved = true;
        let why = match refusal {
            Refusal::KeyReused { entry, .. } => reused(*entry),
            refusal => refusal.to_string(),
        };
        let message = match self.language {
            Language::En => format!("not reserved: {why}"),
            Language::Zh => format!("未预留：{}", self.language.said(&why)),
        };
        let warning = Warning { code: refusal.code(), message, column: None };
        if !line.order.warnings.contains(&warning) {
            line.order.warnings.push(warning);
        }
        if next.additions == one.additions && !next.requests.is_empty() {
            self.undraw(&next);
            if next.earlier.own.is_empty() {
                self.change(&line.order.facts, &next.additions, Amount::checked_sub);
            }
            next.requests.clear();
        }
        Ok(next)
    }

    /// Asks for lines in order: what a line draws in several amounts is held together or not at
    /// all.
    fn ask(&mut self, lines: &[Answered], waiting: &[(usize, Taken)]) -> anyhow::Result<Outcomes> {
        let mut outcomes = Vec::with_capacity(waiting.len());
        let is_single = |(_, one): &(usize, Taken)| one.requests.len() == 1;
        for run in waiting.chunk_by(|one, next| is_single(one) && is_single(next)) {
            let requests = run.iter().flat_map(|(_, one)| one.requests.iter().cloned()).collect();
            let row = run.first().map_or(0, |(at, _)| lines[*at].order.row);
            outcomes.extend(self.ask_for(requests, run.len()).with_context(|| {
                format!("from row {row} on nothing is known to be held; the same command holds nothing twice")
            })?);
        }
        Ok(outcomes)
    }

    /// Asks for several lines, or for one with several requests.
    fn ask_for(&mut self, requests: Vec<Request>, lines: usize) -> anyhow::Result<Outcomes> {
        let ledger = self.desk.ledger()?;
        if requests.len() == lines {
            let answers = self.desk.wait(ledger.each(requests))?;
            return Ok(answers.into_iter().map(|one| one.map(|receipt| vec![receipt])).collect());
        }
        Ok(match self.desk.wait(ledger.all(requests)) {
            Ok(receipts) => vec![Ok(receipts)],
            Err(AllError::Failed(failure)) => return Err(Failure::into(failure)),
            Err(AllError::Refused(refusals)) => {
                refusals.into_iter().take(1).map(|(_, refusal)| Err(refusal)).collect()
            }
        })
    }

    /// What the request key of a line begins with: its id and a hash of what it says, and its place
    /// among lines that say the same. The same line in another file, or elsewhere in it, is the
    /// same.
    fn name_of(&mut self, order: &Order, record: &Record) -> String {
        let hash = Hash::of(&[record.bytes.trim_ascii_end()]).short();
        let seen = self.seen.entry(hash).or_default();
        *seen += 1;
        let hash = format!("{hash:032x}");
        let id: String = order.id.chars().filter(|letter| !letter.is_control()).take(100).collect();
        if *seen == 1 { format!("{id}:{hash}") } else { format!("{id}:{hash}.{seen}") }
    }

    /// What a line adds to accounts, in the reading that is held.
    fn additions(
        &mut self,
        facts: &Facts,
        determination: &Determination,
    ) -> anyhow::Result<Vec<Addition>> {
        let Some(reserving) = &self.reserving else { return Ok(Vec::new()) };
        let answer = determination.reading(reserving.reading);
        let mut charges: Vec<Charge> = self.law.charges(facts, &answer.draws);
        if answer.outcome == Outcome::LicenseException {
            for charge in self.law.measured(facts) {
                if !charges.iter().any(|one| one.account == charge.account) {
                    charges.push(charge);
                }
            }
        }
        let mut found = Vec::with_capacity(charges.len());
        for Charge { account: AccountName { quota, key, .. }, amount } in charges {
            let named = Account::of(quota, key);
            let account = self.owners_of(&named)?;
            let amount = Amount::from_num(amount)
                .map_err(|why| anyhow!("what the line draws on {account} {why}"))?;
            found.push(Addition { named, account, amount });
        }
        Ok(found)
    }

    /// The requests for what a line draws: one for each amount, as a reservation holds the same on
    /// all its accounts.
    fn requests(&self, order: &Order, earlier: &Earlier, additions: &[Addition]) -> Vec<Request> {
        let asks = self.reserving.as_ref().zip(earlier.key.as_deref());
        let day = order.facts.date(self.law.date_fact());
        let Some(((reserving, key), day)) = asks.zip(day) else { return Vec::new() };
        let note = || self.note(order, &reserving.book);
        let note = || {
            let mut note = note();
            // The account is its owner's, and the entry is to say who the line is for.
            let moved = additions.iter().find(|one| one.named != one.account);
            if let Some(name) = moved.and_then(|one| one.named.key.first()) {
                note.text.push_str(&format!(", for {name}"));
            }
            note
        };
        let note = earlier.note.clone().unwrap_or_else(note);
        let mut amounts: Vec<Amount> = Vec::new();
        for addition in additions {
            if !amounts.contains(&addition.amount) {
                amounts.push(addition.amount);
            }
        }
        let request = |(at, amount): (usize, &Amount)| {
            let of = additions.iter().filter(|one| one.amount == *amount);
            let ask = Ask::Reserve {
                day: Some(day),
                amount: *amount,
                accounts: of.map(|one| one.named.clone()).collect(),
                // What is held already stays so until it lapses as it was said then.
                expiry: if at < earlier.kept.len() { Expiry::Any } else { reserving.expiry },
                note: note.clone(),
            };
            let key = if at == 0 { key.to_owned() } else { further_key(key, at + 1) };
            Request { key, by: user(), ask }
        };
        amounts.iter().enumerate().map(request).collect()
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

    /// Counts what the ledger has for a line among what the book drew.
    fn count_own(&mut self, own: &[Own]) {
        for Own { account, balance, .. } in own {
            let drawn = self.drawn.entry(account.clone()).or_default();
            let more = balance.used.checked_add(balance.held);
            *drawn = more.and_then(|more| drawn.checked_add(more)).unwrap_or(*drawn);
        }
    }

    fn draw_on(&mut self, additions: &[Addition]) {
        for Addition { account, amount, .. } in additions {
            let drawn = self.drawn.entry(account.clone()).or_default();
            *drawn = drawn.checked_add(*amount).unwrap_or(*drawn);
        }
    }

    /// A line draws nothing after all.
    fn undraw(&mut self, one: &Taken) {
        for Addition { account, amount, .. } in
            one.additions.iter().filter(|_| !one.requests.is_empty())
        {
            if let Some(drawn) = self.drawn.get_mut(account) {
                *drawn = drawn.checked_sub(*amount).unwrap_or(*drawn);
            }
        }
    }

    /// Counts what a line draws before the ledger has it, or takes it off again.
    fn change(
        &mut self,
        facts: &Facts,
        additions: &[Addition],
        to: impl Fn(Amount, Amount) -> Option<Amount>,
    ) {
        let Some(day) = facts.date(self.law.date_fact()) else { return };
        for Addition { account, amount, .. } in additions {
            let terms = self.terms.get(account).and_then(Option::as_ref);
            let step = terms.and_then(|terms| terms.step(day)).map_or(day, |step| step.from);
            let Some(at) = self.accounts.get_mut(account) else { continue };
            let held = &mut at.steps.entry(step).or_default().held;
            *held = to(*held, *amount).unwrap_or(*held);
        }
    }
}

/// Why a line of which the ledger holds something else is not reserved.
fn reused(entry: u64) -> String {
    format!("entry {entry} holds something else for this line; release it first")
}

//! Fills the facts of quotas from what the ledger has.

use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use jiff::civil::Date;
use law::accounts::{Fill, Filled};
use law::{Carry, FactId, Num, Value};
use ledger::account::{Account, Limit, Step, Terms};
use ledger::amount::Amount;
use ledger::book::Balance;
use ledger::room;
use ledger::store::AccountAt;
use ledger::view;

use super::Keeper;
use crate::input::rows::{Order, Warning};
use crate::language::Language;
use crate::now;

/// What the ledger has for a line already, on one account.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) account: Account,
    /// The first day of the step.
    pub(super) step: Date,
    pub(super) balance: Balance,
}

/// What filling did to a line.
#[derive(Default)]
pub(super) struct Filling {
    /// The facts that were filled, as they were.
    pub(super) before: Vec<(FactId, Option<Value>)>,
    /// Whether anything is held of a part, which counts in its whole.
    pub(super) is_held: bool,
}

/// What counts of an account for a day.
#[derive(Clone, Copy, Debug, Default)]
struct Kept {
    /// What is used and held; where a later step leaves less room, what leaves as little.
    taken: Amount,
    /// Of a part, what is held of it.
    held: Amount,
}

impl Keeper<'_> {
    /// Fills the facts of quotas.
    ///
    /// Where the order gives a figure of its own, what leaves less room counts: more in use, a
    /// smaller whole. A limit that the ledger recorded goes before the order's.
    pub(super) fn fill(
        &mut self,
        order: &mut Order,
        own: &[Own],
        carry: &mut Carry,
    ) -> anyhow::Result<Filling> {
        let Some(day) = order.facts.date(self.law.date_fact()) else {
            return Ok(Filling::default());
        };
        let mut filling = Filling::default();
        for fill in self.law.fills(&order.facts) {
            let named = Account::of(fill.account.quota.clone(), fill.account.key.clone());
            let account = self.owners_of(&named)?;
            let Some(kept) = self.filled(&fill, &account, day, own)? else { continue };
            if fill.what == Filled::Used {
                let held = kept.held.to_num().unwrap_or(Num::ZERO);
                filling.is_held |= !held.is_zero();
                carry.hold(fill.quota, fill.account.key.join(" / "), held);
            }
            let Some(kept) = kept.taken.to_num() else { continue };
            let given = order.facts.num(fill.fact);
            if let Some(given) = given
                && fill.what == Filled::Whole
                && self.is_unknown(&account)?
            {
                order.warnings.push(self.unknown(&fill, given));
                continue;
            }
            let drawn = self.drawn.get(&account).copied().and_then(Amount::to_num);
            let drawn = drawn.filter(|_| fill.what == Filled::Used).unwrap_or(Num::ZERO);
            let counts = match (given, fill.what) {
                (None, _) | (_, Filled::Raised) => kept,
                (Some(given), Filled::Used) => given.checked_add(drawn).unwrap_or(given).max(kept),
                (Some(given), Filled::Whole) => given.min(kept),
            };
            if let Some(given) = given.filter(|given| given.checked_add(drawn) != Some(kept)) {
                order.warnings.push(self.differs(&fill, given, kept));
            }
            if given != Some(counts) {
                filling.before.push((fill.fact, order.facts.get(fill.fact).cloned()));
                order.facts.set(fill.fact, Some(Value::Num(counts)));
            }
        }
        Ok(filling)
    }

    /// Whether nothing was ever used on the account of a whole: that is not to say that it is zero.
    fn is_unknown(&mut self, account: &Account) -> anyhow::Result<bool> {
        Ok(self.at(account)?.steps.values().all(|balance| balance.used == Amount::ZERO))
    }

    /// That an order and the ledger say other things.
    fn differs(&self, fill: &Fill, given: Num, kept: Num) -> Warning {
        let fact = self.law.vocabulary().fact(fill.fact).name.to_string();
        let (given, kept) = (law::text::grouped(given), law::text::grouped(kept));
        let message = match self.language {
            Language::En => format!("{fact} is {given} in the order and {kept} in the ledger"),
            Language::Zh => format!("{fact} 订单中为 {given}，台账中为 {kept}"),
        };
        Warning { code: "ledger_differs", message, column: Some(fact) }
    }

    /// That the ledger does not know what an order says.
    fn unknown(&self, fill: &Fill, given: Num) -> Warning {
        let fact = self.law.vocabulary().fact(fill.fact).name.to_string();
        let given = law::text::grouped(given);
        let message = match self.language {
            Language::En => format!(
                "{fact} is {given} in the order, which counts: the ledger has nothing of it; \
                 record it with `weir ledger adjust`"
            ),
            Language::Zh => format!(
                "{fact} 订单中为 {given}，以此为准：台账中没有记录；请用 `weir ledger adjust` 登记"
            ),
        };
        Warning { code: "ledger_differs", message, column: Some(fact) }
    }

    /// What fills a fact, without what the ledger has for the line itself.
    fn filled(
        &mut self,
        fill: &Fill,
        account: &Account,
        day: Date,
        own: &[Own],
    ) -> anyhow::Result<Option<Kept>> {
        let kept = |taken| Kept { taken, held: Amount::ZERO };
        Ok(match fill.what {
            Filled::Raised => self.at(account)?.raised.map(kept),
            Filled::Whole => Some(kept(self.without(account, Date::MAX, own)?.used)),
            Filled::Used => Some(self.kept(account, day, own)?),
        })
    }

    /// What is used and held on an account for a day, as the ledger would weigh it: by the step
    /// that leaves the least room from that day on.
    fn kept(&mut self, account: &Account, day: Date, own: &[Own]) -> anyhow::Result<Kept> {
        let terms = self.terms(account)?;
        let Some((terms, first)) = terms.as_ref().and_then(|terms| Some((terms, terms.step(day)?)))
        else {
            let Balance { used, held } = self.without(account, day, own)?;
            let taken = used.checked_add(held).with_context(|| too_large(account))?;
            return Ok(Kept { taken, held: Amount::ZERO });
        };
        let whole = match terms.whole() {
            Some(whole) => self.without(whole, Date::MAX, own)?.used,
            None => Amount::ZERO,
        };
        let mut least: Option<(Option<Amount>, Kept)> = None;
        for step in terms.steps.iter().filter(|step| step.from >= first.from) {
            let balance = self.without(account, step.through, own)?;
            let left = room::left(&step.limit, balance, whole);
            let left = left.map_err(|_| anyhow!(too_large(account)))?;
            let is_less = match &least {
                None => true,
                Some((before, _)) => left.is_some_and(|left| before.is_none_or(|one| left < one)),
            };
            if is_less {
                let kept = as_of(first, step, balance, left);
                least = Some((left, kept.with_context(|| too_large(account))?));
            }
        }
        Ok(least.map(|(_, kept)| kept).unwrap_or_default())
    }

    /// What counts on an account in the steps that begin by a day, without what the ledger has for
    /// the line itself.
    fn without(&mut self, account: &Account, day: Date, own: &[Own]) -> anyhow::Result<Balance> {
        let all = self.at(account)?.through(day).with_context(|| too_large(account))?;
        let mine = own.iter().filter(|one| one.account == *account && one.step <= day);
        let rest = mine.map(|one| one.balance).try_fold(all, |rest, mine| {
            let used = rest.used.checked_sub(mine.used)?;
            Some(Balance { used, held: rest.held.checked_sub(mine.held)? })
        });
        rest.with_context(|| too_large(account))
    }

    /// The account on which an account's amounts count: its ultimate owner's, where the quota
    /// counts for that.
    pub(super) fn owners_of(&mut self, account: &Account) -> anyhow::Result<Account> {
        self.learn_owners(account)?;
        let owners = self.owners.as_ref().filter(|_| self.consolidated.contains(&account.quota));
        Ok(owners.map_or_else(|| account.clone(), |owners| owners.account(account)))
    }

    fn learn_owners(&mut self, account: &Account) -> anyhow::Result<()> {
        if self.owners.is_none() && self.consolidated.contains(&account.quota) {
            let (runtime, reader, _) = self.desk.reading();
            self.owners = Some(runtime.block_on(view::owners(reader, now()))?);
        }
        Ok(())
    }

    pub(super) fn terms(&mut self, account: &Account) -> anyhow::Result<Option<Arc<Terms>>> {
        if let Some(terms) = self.terms.get(account) {
            return Ok(terms.clone());
        }
        let raised = self.at(account)?.raised;
        let (_, _, quotas) = self.desk.reading();
        let terms = quotas.terms(account, raised).ok().map(Arc::new);
        self.terms.insert(account.clone(), terms.clone());
        Ok(terms)
    }

    pub(super) fn at(&mut self, account: &Account) -> anyhow::Result<&AccountAt> {
        if !self.accounts.contains_key(account) {
            self.learn_owners(account)?;
            let owners =
                self.owners.as_ref().filter(|_| self.consolidated.contains(&account.quota));
            let (runtime, reader, _) = self.desk.reading();
            let at = runtime.block_on(view::counted(reader, owners, account, now()))?;
            self.accounts.insert(account.clone(), at);
        }
        match self.accounts.get(account) {
            Some(at) => Ok(at),
            None => bail!("{account} cannot be read"),
        }
    }
}

/// What leaves as much under the limit of a day's own step as a later one does.
fn as_of(first: &Step, step: &Step, balance: Balance, left: Option<Amount>) -> Option<Kept> {
    let taken = balance.used.checked_add(balance.held)?;
    Some(match (&first.limit, left) {
        (Limit::Amount(limit), Some(left)) if step.from != first.from => {
            Kept { taken: limit.checked_sub(left)?, held: Amount::ZERO }
        }
        (Limit::Share { .. }, _) => Kept { taken, held: balance.held },
        _ => Kept { taken, held: Amount::ZERO },
    })
}

fn too_large(account: &Account) -> String {
    format!("the sum on {account} is too large")
}

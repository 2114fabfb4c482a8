//! The accounts of quotas: which a transaction adds to, which facts they fill, and how far the
//! text lets them go. Who keeps the amounts is no matter of the law.

use jiff::civil::{Date, date};

use crate::decide::Draw;
use crate::eval::{Evaluation, Memory};
use crate::facts::{Facts, Value};
use crate::law::{Law, LawRule, RuleId};
use crate::node::NodeId;
use crate::number::Num;
use crate::pack::{self, Body, Placed, QuotaKind, Reading};
use crate::regime::{Exception, Quota, ReadingRules, Regime};
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// Names an account: a quota and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccountName {
    /// The quota's id; of the whole of a ratio, the fact's name.
    pub quota: String,
    /// The values of its key facts, and the year of a calendar year as a last one.
    pub key: Vec<String>,
    /// Whether the first of the key is a party whose ultimate owner's account it is.
    pub consolidated: bool,
}

/// What a transaction adds to an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    /// The account.
    pub account: AccountName,
    /// The amount.
    pub amount: Num,
}

/// A fact that an account fills.
#[derive(Clone, Debug, PartialEq)]
pub struct Fill {
    /// The fact.
    pub fact: FactId,
    /// The quota.
    pub quota: RuleId,
    /// The account.
    pub account: AccountName,
    /// What of the account it is.
    pub what: Filled,
}

/// What of an account fills a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// What is used.
    Used,
    /// What is used of the whole of a ratio.
    Whole,
    /// The limit recorded for it.
    Raised,
}

/// How far the text lets an account go, for some days.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The limit.
    pub limit: SpanLimit,
}

/// A limit.
#[derive(Clone, Debug, PartialEq)]
pub enum SpanLimit {
    /// An amount.
    Amount(Num),
    /// A share of another account.
    Share(Num, AccountName),
    /// None: the account is the whole of a ratio.
    Unlimited,
}

/// A quota as the packs have it, in one of its versions.
#[derive(Clone, Copy, Debug)]
pub struct QuotaRule<'l> {
    /// The rule.
    pub id: RuleId,
    /// The rule with its days.
    pub rule: &'l LawRule,
    /// Its block.
    pub quota: &'l pack::Quota,
}

/// Why there are no spans for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSpans {
    /// No quota, and no whole of one, has the name.
    UnknownQuota,
    /// The key does not fit; what it holds, by the facts' names.
    WrongKey(Vec<String>),
}

impl Law {
    /// The quotas of all packs, in order of appearance, each in all its versions.
    pub fn quotas(&self) -> impl Iterator<Item = QuotaRule<'_>> {
        self.rules().filter_map(|(id, rule)| match &rule.rule.body {
            Body::Quota(quota) => Some(QuotaRule { id, rule, quota }),
            _ => None,
        })
    }

    /// Whether the accounts of a quota, or of the whole of one, are those of ultimate owners.
    pub fn is_consolidated(&self, quota: &str) -> bool {
        self.quotas().any(|rule| {
            let whole = rule.quota.base.as_ref().map(|((fact, _), _)| fact.as_str());
            rule.quota.consolidated && (rule.rule.rule.id == quota || whole == Some(quota))
        })
    }

    /// Whether what is lost or leaves comes off the accounts of a quota, or of the whole of one:
    /// where it counts what is there, and not what was drawn.
    pub fn takes_off(&self, quota: &str) -> bool {
        self.quotas().any(|rule| {
            let whole = rule.quota.base.as_ref().map(|((fact, _), _)| fact.as_str());
            let counts = matches!(rule.quota.kind, QuotaKind::InstalledBase | QuotaKind::Ratio);
            whole == Some(quota) || counts && rule.rule.rule.id == quota
        })
    }

    /// What a transaction adds to the accounts that its answer draws on.
    pub fn charges(&self, facts: &Facts, draws: &[Draw]) -> Vec<Charge> {
        let Some(day) = facts.date(self.date_fact()) else { return Vec::new() };
        let quotas = &self.on(day).reading(Reading::Written).quotas;
        let charge = |draw: &Draw| {
            let quota = quotas.iter().find(|quota| quota.rule == draw.quota)?;
            Some(Charge { account: self.account_of(quota, facts, day)?, amount: draw.amount })
        };
        draws.iter().filter_map(charge).collect()
    }

    /// What a transaction adds to the wholes of ratios and to the parts it falls in, whether or not
    /// its answer draws on them: what is there counts, however it came.
    ///
    /// Where it is open whether it falls in a part, it counts in it. Where an account or amount is
    /// not known, it adds nothing to that whole: a whole that grows without its parts would leave
    /// them more room than there is.
    pub fn measured(&self, facts: &Facts) -> Vec<Charge> {
        let Some(day) = facts.date(self.date_fact()) else { return Vec::new() };
        let regime = self.on(day);
        let mut memory = Memory::default();
        let mut evaluation = Evaluation::new(regime, facts, &mut memory);
        let mut charges: Vec<(FactId, Charge)> = Vec::new();
        let mut open: Vec<FactId> = Vec::new();
        for quota in &regime.reading(Reading::Written).quotas {
            let Some((whole, base_amount)) = quota.base else { continue };
            let whole_account = self.whole_of(quota, whole, facts);
            let part_account = self.account_of(quota, facts, day);
            if evaluation.truth(quota.base_when) != Truth::True {
                continue;
            }
            let mut sides = vec![(base_amount, whole_account)];
            if evaluation.truth(quota.when) != Truth::False {
                sides.push((quota.amount, part_account));
            }
            for (amount, account) in sides {
                let Some((account, amount)) = account.zip(evaluation.num(amount)) else {
                    open.push(whole);
                    continue;
                };
                let is_there = charges.iter().any(|(_, charge)| charge.account == account);
                if !amount.is_zero() && !is_there {
                    charges.push((whole, Charge { account, amount }));
                }
            }
        }
        charges.retain(|(whole, _)| !open.contains(whole));
        charges.into_iter().map(|(_, charge)| charge).collect()
    }

    /// The facts that accounts fill for a transaction, where its own facts name the accounts.
    pub fn fills(&self, facts: &Facts) -> Vec<Fill> {
        let Some(day) = facts.date(self.date_fact()) else { return Vec::new() };
        let mut fills: Vec<Fill> = Vec::new();
        for quota in &self.on(day).reading(Reading::Written).quotas {
            if let Some(account) = self.account_of(quota, facts, day) {
                let raised = quota.raised.map(|fact| (fact, Filled::Raised));
                for (fact, what) in [Some((quota.used, Filled::Used)), raised].into_iter().flatten()
                {
                    let (quota, account) = (quota.rule, account.clone());
                    fills.push(Fill { fact, quota, account, what });
                }
            }
            let whole = quota.base.map(|(fact, _)| (fact, self.whole_of(quota, fact, facts)));
            if let Some((fact, Some(account))) = whole
                && !fills.iter().any(|fill| fill.fact == fact)
            {
                fills.push(Fill { fact, quota: quota.rule, account, what: Filled::Whole });
            }
        }
        fills
    }

    /// How far the text lets an account go, the earliest days first, where `raised` is a limit
    /// recorded for it.
    ///
    /// # Errors
    /// See [`NoSpans`].
    pub fn spans(
        &self,
        quota: &str,
        key: &[String],
        raised: Option<Num>,
    ) -> Result<Vec<Span>, NoSpans> {
        let mut spans = Vec::new();
        let mut is_known = false;
        for rule in self.quotas() {
            if rule.rule.rule.id == quota {
                is_known = true;
                let days = rule.days(key)?;
                if !self.are_values(&rule.quota.key, key) {
                    return Err(NoSpans::WrongKey(rule.key_names()));
                }
                self.add_spans(rule, days, key, raised, &mut spans);
            } else if rule.quota.base.as_ref().is_some_and(|((fact, _), _)| fact == quota) {
                is_known = true;
                let names = rule.base_key();
                let facts = &rule.quota.base_key;
                let facts = if facts.is_empty() { &rule.quota.key } else { facts };
                if names.len() != key.len() || !self.are_values(facts, key) {
                    return Err(NoSpans::WrongKey(names));
                }
                let (from, through) = rule.in_force();
                spans.push(Span { from, through, limit: SpanLimit::Unlimited });
            }
        }
        spans.sort_by_key(|span| (span.from, span.through));
        spans.dedup();
        if is_known { Ok(spans) } else { Err(NoSpans::UnknownQuota) }
    }

    /// Whether the parts of a key are values of its facts, written as the law writes them: `MY`,
    /// not `Malaysia`.
    fn are_values(&self, facts: &[Placed], key: &[String]) -> bool {
        facts.iter().zip(key).all(|((name, _), part)| {
            let fact = self.vocabulary().find(name).map(|id| self.vocabulary().fact(id));
            fact.is_some_and(|fact| match fact.parse(part) {
                Ok(Some(value)) => fact.show(&value) == *part,
                // What is no text at all is told elsewhere.
                Ok(None) => true,
                Err(_) => false,
            })
        })
    }

    fn add_spans(
        &self,
        rule: QuotaRule<'_>,
        days: (Date, Date),
        key: &[String],
        raised: Option<Num>,
        spans: &mut Vec<Span>,
    ) {
        let steps = rule.quota.steps.iter().map(|step| (step.from, step.through));
        let steps: Vec<(Date, Date)> =
            if rule.quota.steps.is_empty() { vec![days] } else { steps.collect() };
        for (from, through) in steps {
            let (from, through) = (from.max(days.0), through.min(days.1));
            if from > through || !self.is_for(rule, key, (from, through)) {
                continue;
            }
            let Some(limit) = self.limit_on(rule.id, from, raised) else { continue };
            let limit = match &rule.quota.base {
                None => SpanLimit::Amount(limit),
                Some(((whole, _), _)) => {
                    let part = |name: &String| {
                        let at = rule.quota.key.iter().position(|(fact, _)| fact == name);
                        at.and_then(|at| key.get(at)).cloned().unwrap_or_default()
                    };
                    let whole = AccountName {
                        quota: whole.clone(),
                        key: rule.base_key().iter().map(part).collect(),
                        consolidated: rule.quota.consolidated,
                    };
                    SpanLimit::Share(limit, whole)
                }
            };
            spans.push(Span { from, through, limit });
        }
    }

    /// Whether a transaction that names these countries can draw on a quota on any of these days.
    ///
    /// The key's countries alone are known here. A quota that they rule out under every reading is
    /// not for them, whatever else a transaction says: its condition does not hold, no exception
    /// that draws on it is open, and no review comes as far as the policy that draws on it.
    fn is_for(&self, rule: QuotaRule<'_>, key: &[String], days: (Date, Date)) -> bool {
        let mut facts = Facts::new(self.vocabulary());
        let mut is_about_countries = false;
        for ((name, _), part) in rule.quota.key.iter().zip(key) {
            let Some(id) = self.vocabulary().find(name) else { continue };
            if let Ok(Some(value @ Value::Country(_))) = self.vocabulary().fact(id).parse(part) {
                facts.set(id, Some(value));
                is_about_countries = true;
            }
        }
        !is_about_countries || self.leaves_open(rule.id, &facts, days)
    }

    /// Whether a transaction of which only these facts are known can draw on a quota on any day
    /// from one to another, under any reading. What is not known rules nothing out.
    pub fn can_draw(&self, quota: &str, facts: &Facts, from: Date, through: Date) -> bool {
        let mut versions = self.quotas().filter(|rule| rule.rule.rule.id == quota);
        versions.any(|rule| self.leaves_open(rule.id, facts, (from, through)))
    }

    fn leaves_open(&self, quota: RuleId, facts: &Facts, days: (Date, Date)) -> bool {
        let mut day = days.0;
        loop {
            let regime = self.on(day);
            if regime.readings.iter().any(|reading| can_draw(regime, reading, quota, facts)) {
                return true;
            }
            match regime.through.tomorrow() {
                Ok(next) if next <= days.1 => day = next,
                _ => return false,
            }
        }
    }

    /// What the limit comes to on a day; `None` where the text has a gap.
    fn limit_on(&self, id: RuleId, day: Date, raised: Option<Num>) -> Option<Num> {
        let regime = self.on(day);
        let quotas = &regime.reading(Reading::Written).quotas;
        let quota = quotas.iter().find(|quota| quota.rule == id)?;
        let mut facts = Facts::new(self.vocabulary());
        facts.set(self.date_fact(), Some(Value::Date(day)));
        if let (Some(fact), Some(raised)) = (quota.raised, raised) {
            facts.set(fact, Some(Value::Num(raised)));
        }
        let mut memory = Memory::default();
        Evaluation::new(regime, &facts, &mut memory).num(quota.limit?)
    }

    fn account_of(&self, quota: &Quota, facts: &Facts, day: Date) -> Option<AccountName> {
        let mut key = self.key_of(&quota.key, facts)?;
        if quota.kind == QuotaKind::CalendarYear {
            key.push(day.year().to_string());
        }
        let name = self.rule(quota.rule).id.clone();
        Some(AccountName { quota: name, key, consolidated: quota.consolidated })
    }

    fn whole_of(&self, quota: &Quota, whole: FactId, facts: &Facts) -> Option<AccountName> {
        let name = self.vocabulary().fact(whole).name.to_string();
        let key = self.key_of(&quota.base_key, facts)?;
        Some(AccountName { quota: name, key, consolidated: quota.consolidated })
    }

    fn key_of(&self, key: &[FactId], facts: &Facts) -> Option<Vec<String>> {
        let value = |fact: &FactId| Some(self.vocabulary().fact(*fact).show(facts.get(*fact)?));
        key.iter().map(value).collect()
    }
}

/// Whether what is known leaves a way to draw on a quota.
fn can_draw(regime: &Regime, rules: &ReadingRules, quota: RuleId, facts: &Facts) -> bool {
    let Some(at) = rules.quotas.iter().position(|one| one.rule == quota) else { return false };
    let mut memory = Memory::default();
    let mut evaluation = Evaluation::new(regime, facts, &mut memory);
    let mut truth = |node| evaluation.truth(node);
    let quota = &rules.quotas[at];
    if truth(quota.when) == Truth::False {
        return false;
    }
    // What falls in a part counts there, however it came.
    if quota.base.is_some() {
        return truth(quota.base_when) != Truth::False;
    }
    let mut exceptions = rules.exceptions.iter().filter(|one| one.draws.contains(&at));
    let is_open = |one: &Exception| {
        let barred = |(_, bar): &(RuleId, NodeId)| truth(*bar) == Truth::True;
        !one.bars.iter().any(barred) && truth(one.when) != Truth::False
    };
    if exceptions.any(is_open) {
        return true;
    }
    rules.requirements.iter().any(|requirement| {
        if truth(requirement.when) == Truth::False {
            return false;
        }
        for policy in &requirement.policies {
            let found = truth(policy.when);
            if policy.draws.contains(&at) && found != Truth::False {
                return true;
            }
            // The first policy that applies is the one; one that draws may be full.
            if policy.draws.is_empty() && found == Truth::True {
                return false;
            }
        }
        false
    })
}

impl QuotaRule<'_> {
    /// The names of the key facts, and `year` for a calendar year.
    pub fn key_names(&self) -> Vec<String> {
        let year = (self.quota.kind == QuotaKind::CalendarYear).then(|| "year".to_owned());
        self.quota.key.iter().map(|(name, _)| name.clone()).chain(year).collect()
    }

    /// The names of the facts that name the account of the whole.
    pub fn base_key(&self) -> Vec<String> {
        let key =
            if self.quota.base_key.is_empty() { &self.quota.key } else { &self.quota.base_key };
        key.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The first and the last day on which the quota is in force.
    pub fn in_force(&self) -> (Date, Date) {
        (self.rule.rule.from, self.rule.last.unwrap_or(Date::MAX))
    }

    /// The days that an account with this key is about.
    fn days(&self, key: &[String]) -> Result<(Date, Date), NoSpans> {
        let wrong = || NoSpans::WrongKey(self.key_names());
        if key.len() != self.key_names().len() {
            return Err(wrong());
        }
        let (from, through) = self.in_force();
        if self.quota.kind != QuotaKind::CalendarYear {
            return Ok((from, through));
        }
        let year = key.last().filter(|year| year.len() == 4).and_then(|year| year.parse().ok());
        let year: i16 = year.ok_or_else(wrong)?;
        Ok((from.max(date(year, 1, 1)), through.min(date(year, 12, 31))))
    }
}

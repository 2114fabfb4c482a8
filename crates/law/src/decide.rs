//! Decides one transaction: which requirements hold, which exceptions cover it, how an application
//! is reviewed, what is due, and what is not known.
//!
//! Unknown rules are treated as free: the outcome is settled where it is the same whichever of them
//! hold. What is missing is what keeps a rule open that could turn the outcome.

use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;

pub use crate::answer::{Account, Answer, Because, Carry, Determination, Draw, Due, Flag, Outcome};
use crate::docket::{Docket, DocketReading, RecentDockets};
use crate::eval::{Evaluation, Memory, Open};
use crate::facts::Facts;
use crate::law::{Law, RuleId};
use crate::node::{DoubtSource, Doubting};
use crate::number::Num;
use crate::pack::{Body, Policy, QuotaKind, Reading};
use crate::regime::{Exception, Quota, ReadingRules, Regime, Requirement, ReviewPolicy};
use crate::trail::{self, Question, Trail};
use crate::truth::Truth;
use crate::vocabulary::FactId;
use crate::worlds::{Options, Weighed, Worlds};

/// Memory that decisions reuse.
#[derive(Debug, Default)]
pub struct Desk {
    memory: Memory,
    dockets: RecentDockets,
    accounts: Vec<Account>,
    outcomes: Vec<u8>,
}

impl Desk {
    /// The accounts that the last decision asked for room: what others drew on them could change
    /// it.
    pub fn take_accounts(&mut self) -> Vec<Account> {
        std::mem::take(&mut self.accounts)
    }
}

impl Law {
    /// Decides one transaction. The facts must be [complete](Facts::complete).
    ///
    /// `carry` holds what earlier transactions drew. The date must be known; `None` where it is
    /// not.
    pub fn decide(
        &self,
        facts: &Facts,
        carry: Option<&Carry>,
        desk: &mut Desk,
    ) -> Option<Determination> {
        let mut outcomes = std::mem::take(&mut desk.outcomes);
        let mut decision = self.deciding(facts, carry, desk)?;
        decision.test(&mut outcomes);
        let docket = Arc::clone(&decision.docket);
        let determination = match docket.answered.find(&outcomes) {
            Some(answered) => decision.again(&answered),
            None => {
                let determination = decision.determine();
                if !decision.counted && !decision.eval.tested_more() {
                    docket.answered.keep(&outcomes, &determination);
                }
                determination
            }
        };
        let accounts = std::mem::take(&mut decision.accounts);
        desk.accounts = accounts;
        desk.outcomes = outcomes;
        Some(determination)
    }

    /// Decides one transaction on a docket that settles [nothing](Docket::whole), and notes all
    /// that is asked.
    pub(crate) fn decide_asking(
        &self,
        facts: &Facts,
        docket: &Arc<Docket>,
        desk: &mut Desk,
        trail: &mut Trail,
    ) -> Option<Determination> {
        let date = facts.date(self.date_fact())?;
        let regime = self.on(date);
        let mut eval = Evaluation::new(regime, facts, &mut desk.memory);
        eval.trail = Some(trail);
        let docket = Arc::clone(docket);
        let accounts = Vec::new();
        let mut decision = Decision {
            law: self,
            regime,
            docket,
            date,
            carry: None,
            accounts,
            counted: false,
            eval,
        };
        Some(decision.determine())
    }

    /// A decision under way, for what explains one.
    pub(crate) fn deciding<'d>(
        &'d self,
        facts: &'d Facts,
        carry: Option<&'d Carry>,
        desk: &'d mut Desk,
    ) -> Option<Decision<'d>> {
        let date = facts.date(self.date_fact())?;
        let regime = self.on(date);
        let docket = desk.dockets.find(self, regime, facts);
        let eval = Evaluation::settled(regime, facts, &docket.settled, &mut desk.memory);
        let accounts = Vec::new();
        Some(Decision { law: self, regime, docket, date, carry, accounts, counted: false, eval })
    }
}

/// A decision under way.
pub(crate) struct Decision<'d> {
    /// The law.
    pub(crate) law: &'d Law,
    /// The law of the day.
    pub(crate) regime: &'d Regime,
    docket: Arc<Docket>,
    date: Date,
    carry: Option<&'d Carry>,
    accounts: Vec<Account>,
    /// Whether it was asked what is left of a quota.
    counted: bool,
    /// The transaction under it.
    pub(crate) eval: Evaluation<'d>,
}

/// How much room a quota has for a transaction.
pub(crate) struct Room {
    /// Whether there is room.
    pub(crate) truth: Truth,
    /// What would be drawn, where all its numbers are known.
    pub(crate) draw: Option<Draw>,
}

/// What is left of a quota after a transaction.
pub(crate) struct Left {
    amount: Num,
    remaining: Num,
    limit: Num,
}

/// Whether a quota has room for an amount, and what is left where the quota applies for certain.
pub(crate) fn count(
    applies: Truth,
    amount: Option<Num>,
    left: impl FnOnce(Num) -> Option<Left>,
) -> (Truth, Option<Left>) {
    if applies == Truth::False {
        return (Truth::True, None);
    }
    match amount {
        None => (Truth::Unknown, None),
        Some(amount) if amount.is_zero() => (Truth::True, None),
        Some(amount) => match left(amount) {
            None => (Truth::Unknown, None),
            Some(left) => {
                let fits = Truth::from(!left.remaining.is_negative());
                if applies == Truth::True {
                    (fits, Some(left))
                } else {
                    (fits.or(Truth::Unknown), None)
                }
            }
        },
    }
}

/// What is left of a limit, or of the share of a whole, where it fits in a number.
pub(crate) fn counted(amount: Num, used: Num, limit: Num, whole: Option<Num>) -> Option<Left> {
    let limit = whole.map_or(Some(limit), |whole| limit.checked_mul(whole))?;
    let remaining = limit.checked_sub(used)?.checked_sub(amount)?;
    Some(Left { amount, remaining, limit })
}

impl<'d> Decision<'d> {
    /// What a condition is worth under doubts.
    pub(crate) fn truth_of(&mut self, when: crate::node::NodeId, doubts: &[Doubting]) -> Truth {
        let truth = self.eval.truth(when);
        self.eval.doubted(truth, doubts)
    }

    /// Makes the tests that the docket leaves open, the days of the packs among them.
    fn test(&mut self, outcomes: &mut Vec<u8>) {
        outcomes.clear();
        outcomes.extend(self.law.days(self.date).map(u8::from));
        self.eval.test(&self.docket.tests, outcomes);
    }

    fn determine(&mut self) -> Determination {
        let limbs = self.classify();
        let written = self.answer(Reading::Written, &limbs);
        let enforced = self.same_in_both(&written);
        let enforced = enforced.unwrap_or_else(|| self.answer(Reading::Enforced, &limbs));
        let mut classification: Vec<u16> = limbs.iter().map(|(code, _)| *code).collect();
        classification.dedup();
        Determination { date: self.date, classification, readings: [written, enforced] }
    }

    /// The answer of another transaction that is decided alike; only its days are its own.
    fn again(&self, answered: &Determination) -> Determination {
        let mut determination = Determination { date: self.date, ..answered.clone() };
        for answer in &mut determination.readings {
            for due in &mut answer.obligations {
                due.date = self.due_date(due.rule);
            }
        }
        determination
    }

    /// The first limb of each paragraph that holds.
    fn classify(&mut self) -> Vec<(u16, RuleId)> {
        let mut found: Vec<(u16, RuleId)> = Vec::new();
        for at in &Arc::clone(&self.docket).classes {
            let (rule, code, when) = &self.regime.classes[usize::from(*at)];
            let known = found.last().is_some_and(|(last, _)| last == code);
            if !known && self.eval.truth(*when) == Truth::True {
                found.push((*code, *rule));
            }
        }
        found
    }

    fn answer(&mut self, reading: Reading, limbs: &[(u16, RuleId)]) -> Answer {
        let rules = self.regime.reading(reading);
        let mut answer = Answer {
            outcome: Outcome::NoLicenseRequired,
            exceptions: Vec::new(),
            policy: None,
            because: Vec::new(),
            obligations: Vec::new(),
            draws: Vec::new(),
            flags: Vec::new(),
            missing: Vec::new(),
            doubts: Vec::new(),
        };
        let shared = Arc::clone(&self.docket);
        let docket = &shared.readings[reading as usize];
        let mut requirements: Vec<Weighed<Requirement>> = Vec::new();
        for at in &docket.requirements {
            let requirement = &rules.requirements[usize::from(*at)];
            let truth = self.truth_of(requirement.when, &requirement.doubts);
            if truth != Truth::False {
                requirements.push(Weighed { rule: requirement, truth });
            }
        }
        let mut phantoms: Vec<&Doubting> = Vec::new();
        for at in &docket.phantoms {
            let phantom = &rules.phantoms[usize::from(*at)];
            if self.eval.truth(phantom.when) != Truth::False {
                phantoms.push(phantom);
            }
        }
        if requirements.is_empty() && phantoms.is_empty() {
            self.explain_nothing_required(rules, docket, &mut answer);
        } else {
            self.weigh(reading, rules, &requirements, &phantoms, limbs, &mut answer);
        }
        self.obligations(rules, docket, &requirements, &mut answer);
        self.flags(rules, docket, limbs, &mut answer);
        answer
    }

    /// The second answer, where it cannot differ from the first: the same rules can matter, and
    /// nothing was drawn on what they draw on.
    fn same_in_both(&mut self, written: &Answer) -> Option<Answer> {
        if !self.docket.alike || self.carry.is_some() && !self.accounts.is_empty() {
            return None;
        }
        self.accounts.extend_from_within(..);
        let again = self.accounts.len() / 2;
        for (reading, ..) in &mut self.accounts[again..] {
            *reading = Reading::Enforced;
        }
        Some(written.clone())
    }

    fn explain_nothing_required(
        &mut self,
        rules: &ReadingRules,
        docket: &DocketReading,
        answer: &mut Answer,
    ) {
        for at in &docket.suspended {
            let (rule, when, status) = &rules.suspended[usize::from(*at)];
            if self.eval.truth(*when) == Truth::True {
                answer.because.push(Because::Suspended(*rule, *status));
            }
        }
        for at in &docket.abouts {
            let requirement = &rules.requirements[usize::from(*at)];
            if let Some(about) = requirement.about
                && self.eval.truth(about) == Truth::True
            {
                answer.because.push(Because::Otherwise(requirement.rule));
            }
        }
        if answer.because.is_empty() {
            answer.because.push(Because::NoRequirement);
        }
    }

    fn weigh(
        &mut self,
        reading: Reading,
        rules: &'d ReadingRules,
        requirements: &[Weighed<'d, Requirement>],
        phantoms: &[&Doubting],
        limbs: &[(u16, RuleId)],
        answer: &mut Answer,
    ) {
        let held = |requirement: &&Weighed<Requirement>| requirement.truth == Truth::True;
        let common = requirements
            .iter()
            .filter(held)
            .fold(u64::MAX, |bits, held| bits & held.rule.overcome_by);
        let mut exceptions: Vec<Weighed<Exception>> = Vec::new();
        let mut full: Vec<Draw> = Vec::new();
        for at in &Arc::clone(&self.docket).readings[reading as usize].exceptions {
            let exception = &rules.exceptions[usize::from(*at)];
            if common >> exception.code & 1 == 0 {
                continue;
            }
            let truth = self.exception(reading, rules, exception, &mut full);
            if truth != Truth::False {
                exceptions.push(Weighed { rule: exception, truth });
            }
        }
        let worlds = Worlds { requirements, phantoms: phantoms.len(), exceptions: &exceptions };
        answer.outcome = worlds.outcome();
        answer.because.extend(limbs.iter().map(|(_, rule)| Because::Rule(*rule)));
        answer.because.extend(
            requirements
                .iter()
                .filter(held)
                .map(|requirement| Because::Rule(requirement.rule.rule)),
        );
        match answer.outcome {
            Outcome::LicenseException => self.take_exceptions(reading, rules, &worlds, answer),
            Outcome::LicenseRequired => {
                answer.because.extend(full.into_iter().map(Because::Full));
                self.review(reading, rules, requirements, phantoms, answer);
            }
            Outcome::Unresolved => self.find_missing(reading, rules, &worlds, phantoms, answer),
            Outcome::NoLicenseRequired => {}
        }
    }

    /// What an exception is worth, its bars, quotas and doubts counted; `full` gets the quotas
    /// without room.
    pub(crate) fn exception(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        exception: &Exception,
        full: &mut Vec<Draw>,
    ) -> Truth {
        let mut truth = self.eval.truth(exception.when);
        for (_, bar) in &exception.bars {
            if truth == Truth::False {
                return truth;
            }
            truth = truth.and(self.eval.truth(*bar).not());
        }
        if truth == Truth::False {
            return truth;
        }
        for quota in &exception.draws {
            let room = self.ask_room(reading, rules, *quota);
            if room.truth == Truth::False {
                full.extend(room.draw);
            }
            truth = truth.and(room.truth);
        }
        self.eval.doubted(truth, &exception.doubts)
    }

    /// Whether a quota has room, and what the transaction would draw on it: one question.
    fn ask_room(&mut self, reading: Reading, rules: &ReadingRules, at: usize) -> Room {
        let trail = self.eval.trail.take();
        let room = self.room(reading, &rules.quotas[at]);
        self.eval.trail = trail;
        let reply = trail::room(room.truth, room.draw.is_some());
        self.eval.note(Question::Room(reading, at as u16), reply);
        room
    }

    /// The same for what explains an answer.
    pub(crate) fn room(&mut self, reading: Reading, quota: &Quota) -> Room {
        let applies = self.eval.truth(quota.when);
        let amount = if applies == Truth::False { None } else { self.eval.num(quota.amount) };
        self.counted |= amount.is_some();
        let mut key = None;
        let (truth, left) = count(applies, amount, |amount| {
            let limit = quota.limit?;
            key = self.account(quota);
            let account = key.as_ref().map(|key| (reading, quota.rule, key.clone()));
            let (before, base_before) = match (self.carry, &account) {
                (Some(carry), Some(account)) => carry.before(account),
                _ => (Num::ZERO, Num::ZERO),
            };
            self.accounts.extend(account);
            let used = self.eval.facts.num(quota.used)?.checked_add(before)?;
            let limit = self.eval.num(limit)?;
            let whole = match quota.base {
                None => None,
                Some((base, added)) => {
                    let base = self.eval.facts.num(base)?.checked_add(base_before)?;
                    Some(base.checked_add(self.eval.num(added)?)?)
                }
            };
            counted(amount, used, limit, whole)
        });
        let draw = left.map(|left| {
            let Left { amount, remaining, limit } = left;
            Draw { quota: quota.rule, key, amount, remaining, limit }
        });
        Room { truth, draw }
    }

    fn account(&self, quota: &Quota) -> Option<String> {
        let vocabulary = self.law.vocabulary();
        let mut parts = Vec::new();
        for fact in &quota.key {
            parts.push(vocabulary.fact(*fact).show(self.eval.facts.get(*fact)?));
        }
        if quota.kind == QuotaKind::CalendarYear {
            parts.push(self.date.year().to_string());
        }
        Some(parts.join(" / "))
    }

    fn take_exceptions(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        worlds: &Worlds,
        answer: &mut Answer,
    ) {
        let mut taken: Vec<&Exception> = worlds
            .exceptions
            .iter()
            .filter(|exception| exception.truth == Truth::True && worlds.covers_all(exception.rule))
            .map(|exception| exception.rule)
            .collect();
        // The one that costs no quota is the one to take.
        taken.sort_by_key(|exception| !exception.draws.is_empty());
        for exception in &taken {
            if !answer.exceptions.contains(&exception.code) {
                answer.exceptions.push(exception.code);
                answer.because.push(Because::Rule(exception.rule));
            }
        }
        if let Some(first) = taken.first() {
            for quota in &first.draws {
                answer.draws.extend(self.ask_room(reading, rules, *quota).draw);
            }
        }
    }

    /// The policy under which an application is reviewed, over every requirement that holds.
    fn review(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        requirements: &[Weighed<Requirement>],
        phantoms: &[&Doubting],
        answer: &mut Answer,
    ) {
        let mut options = Options::ABSENT;
        let mut open = Open::default();
        for phantom in phantoms {
            options = options.strictest(Options::NULL.or(Options::ABSENT));
            self.eval.open_doubts(std::slice::from_ref(*phantom), &mut open);
        }
        let mut chosen: Vec<(Policy, RuleId, Vec<Draw>)> = Vec::new();
        for requirement in requirements {
            let mut own = Options::NONE;
            let mut settled = false;
            for policy in &requirement.rule.policies {
                let mut draws = Vec::new();
                let truth = self.policy(reading, rules, policy, &mut draws);
                if truth != Truth::False {
                    own = own.or(Options::of(policy.result));
                }
                match truth {
                    Truth::True => {
                        chosen.push((policy.result, policy.rule, draws));
                        settled = true;
                        break;
                    }
                    Truth::Unknown => self.open_policy(reading, rules, policy, &mut open),
                    Truth::False => {
                        let full = draws.into_iter().filter(|draw| draw.remaining.is_negative());
                        answer.because.extend(full.map(Because::Full));
                    }
                }
            }
            if !settled {
                own = own.or(Options::NULL);
            }
            if requirement.truth == Truth::Unknown {
                own = own.or(Options::ABSENT);
                self.open_requirement(requirement.rule, &mut open);
            }
            options = options.strictest(own);
        }
        match options.only() {
            Some(policy) => {
                answer.policy = policy;
                for (result, rule, draws) in chosen {
                    let link = Because::Rule(rule);
                    if Some(result) == policy && !answer.because.contains(&link) {
                        answer.because.push(link);
                        answer.draws.extend(draws);
                    }
                }
            }
            None => {
                let facts = self.asked(open.facts.iter());
                answer.flags.push(Flag::PolicyOpen(facts, open.doubts.into_iter().collect()));
            }
        }
        dedup_draws(&mut answer.draws);
        dedup_links(&mut answer.because);
    }

    /// What a review policy is worth, its quotas and doubts counted.
    pub(crate) fn policy(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        policy: &ReviewPolicy,
        draws: &mut Vec<Draw>,
    ) -> Truth {
        let mut truth = self.eval.truth(policy.when);
        if truth == Truth::False {
            return truth;
        }
        for quota in &policy.draws {
            let room = self.ask_room(reading, rules, *quota);
            draws.extend(room.draw);
            truth = truth.and(room.truth);
        }
        self.eval.doubted(truth, &policy.doubts)
    }

    fn find_missing(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        worlds: &Worlds,
        phantoms: &[&Doubting],
        answer: &mut Answer,
    ) {
        let mut open = Open::default();
        for requirement in worlds.requirements {
            if requirement.truth == Truth::Unknown
                && worlds.turns_requirement(requirement.rule.overcome_by)
            {
                self.open_requirement(requirement.rule, &mut open);
            }
        }
        for phantom in phantoms {
            if worlds.turns_requirement(0) {
                self.eval.open_doubts(std::slice::from_ref(*phantom), &mut open);
            }
        }
        for exception in worlds.exceptions {
            if exception.truth == Truth::Unknown && worlds.turns_exception(exception.rule) {
                self.open_exception(reading, rules, exception.rule, &mut open);
            }
        }
        answer.missing = self.asked(open.facts.iter());
        answer.doubts = open.doubts.into_iter().collect();
    }

    /// What keeps a requirement open.
    pub(crate) fn open_requirement(&mut self, requirement: &Requirement, open: &mut Open) {
        self.eval.open(requirement.when, open);
        self.eval.open_doubts(&requirement.doubts, open);
    }

    /// What keeps an exception open.
    pub(crate) fn open_exception(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        exception: &Exception,
        open: &mut Open,
    ) {
        self.eval.open(exception.when, open);
        for (_, bar) in &exception.bars {
            self.eval.open(*bar, open);
        }
        self.open_quotas(reading, rules, &exception.draws, open);
        self.eval.open_doubts(&exception.doubts, open);
    }

    fn open_policy(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        policy: &ReviewPolicy,
        open: &mut Open,
    ) {
        self.eval.open(policy.when, open);
        self.open_quotas(reading, rules, &policy.draws, open);
        self.eval.open_doubts(&policy.doubts, open);
    }

    fn open_quotas(
        &mut self,
        reading: Reading,
        rules: &ReadingRules,
        quotas: &[usize],
        open: &mut Open,
    ) {
        for at in quotas {
            if self.ask_room(reading, rules, *at).truth != Truth::Unknown {
                continue;
            }
            let quota = &rules.quotas[*at];
            self.eval.open(quota.when, open);
            self.eval.open_num(quota.amount, open);
            match quota.limit {
                Some(limit) => self.eval.open_num(limit, open),
                None => {
                    open.doubts.insert(DoubtSource::Gap(quota.rule));
                }
            }
            let base = quota.base.map(|(fact, amount)| {
                self.eval.open_num(amount, open);
                fact
            });
            for fact in [Some(quota.used), base].into_iter().flatten() {
                if !self.eval.is_given(fact) {
                    open.facts.insert(fact);
                }
            }
        }
    }

    /// The facts to ask about, each once.
    fn asked(&self, facts: impl IntoIterator<Item = FactId>) -> Vec<FactId> {
        let vocabulary = self.law.vocabulary();
        let mut asked: Vec<FactId> =
            facts.into_iter().map(|fact| self.eval.facts.asked(vocabulary, fact)).collect();
        asked.sort_unstable();
        asked.dedup();
        asked
    }

    fn obligations(
        &mut self,
        rules: &ReadingRules,
        docket: &DocketReading,
        requirements: &[Weighed<Requirement>],
        answer: &mut Answer,
    ) {
        let codes = answer.exceptions.iter().fold(0u64, |bits, code| bits | 1 << code);
        for at in &docket.obligations {
            let obligation = &rules.obligations[usize::from(*at)];
            let brought = obligation.always
                || obligation.on_codes & codes != 0
                || requirements.iter().any(|requirement| {
                    requirement.truth == Truth::True
                        && answer.outcome == Outcome::LicenseRequired
                        && obligation.on_rules.contains(&requirement.rule.rule)
                })
                || answer.because.iter().any(|link| match link {
                    Because::Rule(rule) => {
                        answer.outcome == Outcome::LicenseException
                            && obligation.on_rules.contains(rule)
                    }
                    _ => false,
                });
            if !brought || self.eval.truth(obligation.done) == Truth::True {
                continue;
            }
            match self.eval.truth(obligation.when) {
                Truth::False => {}
                Truth::True => {
                    let date = self.due_date(obligation.rule);
                    answer.obligations.push(Due { rule: obligation.rule, date });
                }
                Truth::Unknown => {
                    let mut open = Open::default();
                    self.eval.open(obligation.when, &mut open);
                    let facts = self.asked(open.facts.iter());
                    answer.flags.push(Flag::MayBeDue(obligation.rule, facts));
                }
            }
        }
    }

    fn due_date(&self, rule: RuleId) -> Option<Date> {
        let Body::Obligation(obligation) = &self.law.rule(rule).body else { return None };
        if let Some(days) = obligation.due_days {
            return self.date.checked_add(days.days()).ok();
        }
        let next = obligation.due_on.iter().flat_map(|(month, day)| {
            [self.date.year(), self.date.year() + 1]
                .into_iter()
                .filter_map(|year| Date::new(year, *month, *day).ok())
                .filter(|date| *date > self.date)
        });
        next.min()
    }

    fn flags(
        &mut self,
        rules: &ReadingRules,
        docket: &DocketReading,
        limbs: &[(u16, RuleId)],
        answer: &mut Answer,
    ) {
        let [is_unverified, is_before_first] = self.law.days(self.date);
        if is_unverified {
            answer.flags.push(Flag::Unverified);
        }
        if is_before_first {
            answer.flags.push(Flag::BeforeFirst);
        }
        for at in &docket.coming {
            let (rule, when) = &self.regime.coming[usize::from(*at)];
            if self.eval.truth(*when) == Truth::True {
                answer.flags.push(Flag::Coming(*rule));
            }
        }
        let flags = docket.flags.iter().map(|at| &rules.flags[usize::from(*at)]);
        for (rule, when) in
            flags.chain(docket.remarks.iter().map(|at| &rules.remarks[usize::from(*at)]))
        {
            if self.eval.truth(*when) == Truth::True {
                answer.flags.push(Flag::Rule(*rule));
            }
        }
        let used = answer.because.iter().filter_map(|link| match link {
            Because::Rule(rule) | Because::Otherwise(rule) | Because::Suspended(rule, _) => {
                Some(*rule)
            }
            Because::Full(draw) => Some(draw.quota),
            Because::NoRequirement => None,
        });
        let mut packs: Vec<usize> = used
            .chain(limbs.iter().map(|(_, rule)| *rule))
            .map(|rule| self.law.law_rule(rule).pack)
            .filter(|pack| self.law.packs()[*pack].hypothetical)
            .collect();
        packs.sort_unstable();
        packs.dedup();
        answer.flags.extend(packs.into_iter().map(Flag::Hypothetical));
    }
}

fn dedup_draws(draws: &mut Vec<Draw>) {
    let mut seen: Vec<RuleId> = Vec::new();
    draws.retain(|draw| {
        !seen.contains(&draw.quota) && {
            seen.push(draw.quota);
            true
        }
    });
}

fn dedup_links(links: &mut Vec<Because>) {
    let mut seen: Vec<Because> = Vec::new();
    links.retain(|link| {
        !seen.contains(link) && {
            seen.push(link.clone());
            true
        }
    });
}

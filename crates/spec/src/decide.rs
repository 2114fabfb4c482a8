//! Decides a transaction, step by step as the reference page has it.

use jiff::civil::Date;
use law::expr::Expr;
use law::pack::{Body, Placed};
use law::truth::Truth;
use law::{Answer, Determination, Draw, Facts, Flag, Law, LawRule, Outcome, Reading, RuleId};

use crate::force::Numbered;
use crate::policy::Review;
use crate::quotas::{Carry, Room};
use crate::transaction::{Transaction, Why, listed};
use crate::worlds::Worlds;

/// Decides one transaction in both readings. The facts must be [complete](Facts::complete).
///
/// `carry` holds what earlier lines drew. `None` where the date is not known.
pub fn decide(law: &Law, facts: &Facts, carry: Option<&Carry>) -> Option<Determination> {
    let date: Date = facts.date(law.date_fact())?;
    let transaction = Transaction::new(law, facts, date);
    let codes = law.class_codes().iter().enumerate();
    let classification = codes
        .filter(|(_, code)| transaction.class(code) == Truth::True)
        .filter_map(|(index, _)| u16::try_from(index).ok())
        .collect();
    let readings = Reading::BOTH.map(|reading| transaction.answer(reading, carry));
    Some(Determination { date, classification, readings })
}

/// What a condition of the packs is worth on the day of the transaction. `None` where it, or the
/// date, is not known.
pub fn holds(law: &Law, facts: &Facts, condition: &Expr) -> Option<bool> {
    let date = facts.date(law.date_fact())?;
    match Transaction::new(law, facts, date).truth(condition) {
        Truth::True => Some(true),
        Truth::False => Some(false),
        Truth::Unknown => None,
    }
}

/// A requirement that holds or is open. A blocking doubt that names nothing is one too.
pub(crate) struct Requirement {
    /// The rule, or the doubt.
    pub(crate) rule: RuleId,
    /// Whether it is a rule that requires a license rather than a doubt.
    pub(crate) is_rule: bool,
    /// True or unknown.
    pub(crate) truth: Truth,
    /// What keeps it open.
    pub(crate) why: Why,
    /// The codes that overcome it.
    pub(crate) overcome_by: Vec<String>,
}

/// An exception that is weighed.
pub(crate) struct Exception {
    /// The rule.
    pub(crate) rule: RuleId,
    /// Its code.
    pub(crate) code: String,
    /// Whether it covers a transaction that it can overcome every requirement of.
    pub(crate) truth: Truth,
    /// What keeps it open.
    pub(crate) why: Why,
    /// Whether neither its condition nor a bar takes it away for certain, so that a quota can.
    pub(crate) but_for_room: bool,
    /// Its quotas, each with the room there is.
    pub(crate) rooms: Vec<Room>,
}

/// Everything that was found on the way to the answer.
pub(crate) struct Findings {
    /// The requirements that hold or are open, in the order of their groups, doubts last.
    pub(crate) requirements: Vec<Requirement>,
    /// The exceptions that were weighed.
    pub(crate) weighed: Vec<Exception>,
    /// Of those, by index, the ones that are listed, in order.
    pub(crate) listed: Vec<usize>,
    /// The outcome.
    pub(crate) outcome: Outcome,
}

impl Findings {
    /// The exceptions that are listed.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.listed.iter().map(|at| &self.weighed[*at])
    }

    /// The requirements that hold.
    pub(crate) fn holding(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(|requirement| requirement.truth == Truth::True)
    }
}

impl<'t> Transaction<'t> {
    fn answer(&self, reading: Reading, carry: Option<&Carry>) -> Answer {
        let requirements = self.requirements(reading);
        let weighed = self.exceptions(&requirements, reading, carry);
        let (outcome, why) = outcome(&requirements, &weighed);
        let listed_exceptions = match outcome {
            Outcome::LicenseException => listed_exceptions(&requirements, &weighed),
            _ => Vec::new(),
        };
        let findings = Findings { requirements, weighed, listed: listed_exceptions, outcome };
        let review = match outcome {
            Outcome::LicenseRequired => self.review(&findings, reading, carry),
            _ => Review::default(),
        };
        let because = self.because(&findings, &review, reading);
        let (obligations, may_be_due) = self.obligations(&findings, &because, reading);
        let mut flags: Vec<Flag> = review.flag().into_iter().chain(may_be_due).collect();
        flags.extend(self.flags(&because, reading));
        Answer {
            outcome,
            exceptions: self.codes(&findings),
            policy: review.policy,
            because,
            obligations,
            draws: draws(&findings, &review),
            flags,
            missing: listed(&why.facts),
            doubts: listed(&why.doubts),
        }
    }

    /// Step 2: the requirements that hold or are open.
    fn requirements(&self, reading: Reading) -> Vec<Requirement> {
        let mut rules = Vec::new();
        let mut doubts = Vec::new();
        for rule in self.in_force(reading).iter().copied() {
            match &rule.1.rule.body {
                Body::Requirement { group, overcome_by, .. } => {
                    let truth = self.weigh(rule, reading);
                    let why = self.why_if_open(truth, rule, reading);
                    let overcome_by = words(overcome_by);
                    rules.push((
                        *group,
                        Requirement { rule: rule.0, is_rule: true, truth, why, overcome_by },
                    ));
                }
                Body::Doubt { about, blocking: true } if about.is_empty() => {
                    doubts.extend(self.doubtful_requirement(rule));
                }
                _ => {}
            }
        }
        rules.sort_by_key(|(group, _)| *group);
        let rules = rules.into_iter().map(|(_, requirement)| requirement);
        rules.chain(doubts).filter(|requirement| requirement.truth != Truth::False).collect()
    }

    fn doubtful_requirement(&self, doubt: Numbered<'_>) -> Option<Requirement> {
        if self.condition(doubt) == Truth::False {
            return None;
        }
        let why = self.why_doubt(doubt);
        let overcome_by = Vec::new();
        let truth = Truth::Unknown;
        Some(Requirement { rule: doubt.0, is_rule: false, truth, why, overcome_by })
    }

    fn why_if_open(&self, truth: Truth, rule: Numbered<'_>, reading: Reading) -> Why {
        match truth {
            Truth::Unknown => self.why_open(rule, reading),
            _ => Why::default(),
        }
    }

    /// Step 4: the exceptions whose code every holding requirement lists.
    fn exceptions(
        &self,
        requirements: &[Requirement],
        reading: Reading,
        carry: Option<&Carry>,
    ) -> Vec<Exception> {
        let mut exceptions = Vec::new();
        if requirements.is_empty() {
            return exceptions;
        }
        for rule in self.in_force(reading).iter().copied() {
            let Body::Exception { code, draws } = &rule.1.rule.body else { continue };
            let mut holding =
                requirements.iter().filter(|requirement| requirement.truth == Truth::True);
            if holding.all(|requirement| requirement.overcome_by.contains(code)) {
                exceptions.push(self.exception(rule, code, draws, reading, carry));
            }
        }
        exceptions
    }

    /// Whether an exception holds: its condition, and no bar, and room, and then doubt.
    fn exception(
        &self,
        rule: Numbered<'_>,
        code: &str,
        draws: &[Placed],
        reading: Reading,
        carry: Option<&Carry>,
    ) -> Exception {
        let bars = self.bars(code, reading);
        let rooms: Vec<Room> =
            draws.iter().map(|(quota, _)| self.room(quota, reading, carry)).collect();
        let mut truth = self.condition(rule);
        for bar in &bars {
            truth = truth.and(self.weigh(*bar, reading).not());
        }
        let but_for_room = truth != Truth::False;
        for room in &rooms {
            truth = truth.and(room.truth);
        }
        truth = self.unless_in_doubt(truth, rule, reading);
        let mut why = Why::default();
        if truth == Truth::Unknown {
            why.join(self.why_open(rule, reading));
            for bar in &bars {
                why.join(self.why_if_open(self.weigh(*bar, reading), *bar, reading));
            }
            rooms.iter().for_each(|room| why.join(room.why.clone()));
        }
        Exception { rule: rule.0, code: code.to_string(), truth, why, but_for_room, rooms }
    }

    /// The bars in force that name a code, or all, and do not spare it.
    fn bars(&self, code: &str, reading: Reading) -> Vec<(RuleId, &'t LawRule)> {
        let mut found = self.in_force(reading).to_vec();
        found.retain(|(_, rule)| match &rule.rule.body {
            Body::Bar { bars, spares } => {
                let barred = bars.iter().any(|(bar, _)| bar == code || bar == "*");
                barred && !spares.iter().any(|(spared, _)| spared == code)
            }
            _ => false,
        });
        found
    }

    fn codes(&self, findings: &Findings) -> Vec<u8> {
        let mut codes = Vec::new();
        for exception in findings.exceptions() {
            let mut all = self.law.exception_codes().iter();
            let at = all.position(|code| *code == exception.code);
            if let Some(at) = at.and_then(|at| u8::try_from(at).ok())
                && !codes.contains(&at)
            {
                codes.push(at);
            }
        }
        codes
    }
}

/// Steps 3, 5 and 6: the outcome, and what keeps the rules open that turn it.
fn outcome(requirements: &[Requirement], exceptions: &[Exception]) -> (Outcome, Why) {
    let candidates: Vec<&Exception> =
        exceptions.iter().filter(|exception| exception.truth != Truth::False).collect();
    let worlds = Worlds {
        requirements: requirements.iter().map(|each| each.truth == Truth::Unknown).collect(),
        exceptions: candidates.iter().map(|each| each.truth == Truth::Unknown).collect(),
        overcomes: candidates
            .iter()
            .map(|each| requirements.iter().map(|of| of.overcome_by.contains(&each.code)).collect())
            .collect(),
    };
    let settled = worlds.settle();
    let mut why = Why::default();
    for at in settled.requirements {
        why.join(requirements[at].why.clone());
    }
    for at in settled.exceptions {
        why.join(candidates[at].why.clone());
    }
    match settled.outcome {
        Outcome::Unresolved => (Outcome::Unresolved, why),
        settled => (settled, Why::default()),
    }
}

/// Step 7, where the outcome is `license_exception`: the exceptions that hold and overcome every
/// requirement that holds or is open; those
/// without quotas first.
fn listed_exceptions(requirements: &[Requirement], weighed: &[Exception]) -> Vec<usize> {
    let mut listed: Vec<usize> = (0..weighed.len())
        .filter(|at| weighed[*at].truth == Truth::True)
        .filter(|at| requirements.iter().all(|each| each.overcome_by.contains(&weighed[*at].code)))
        .collect();
    listed.sort_by_key(|at| !weighed[*at].rooms.is_empty());
    listed
}

/// Steps 7 and 8: what the quotas of the exception that is taken draw, or those of the policies
/// that are the answer.
fn draws(findings: &Findings, review: &Review) -> Vec<Draw> {
    let taken = findings.exceptions().next();
    let rooms = taken.map_or(&[][..], |exception| &exception.rooms);
    let of_policies = review.rules.iter().flat_map(|(_, rooms)| rooms);
    let mut draws: Vec<Draw> = Vec::new();
    for draw in rooms.iter().chain(of_policies).filter_map(|room| room.draw.as_ref()) {
        if !draws.iter().any(|known| known.quota == draw.quota) {
            draws.push(draw.clone());
        }
    }
    draws
}

fn words(placed: &[Placed]) -> Vec<String> {
    placed.iter().map(|(word, _)| word.clone()).collect()
}

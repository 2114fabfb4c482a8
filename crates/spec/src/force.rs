//! Which rules are in force, which of them hold, and which are in doubt.
//!
//! This must not ask the law what binds or what was announced: it is what that is compared with.

use std::collections::BTreeSet;

use jiff::civil::Date;
use law::node::DoubtSource;
use law::pack::{Body, State, Status};
use law::truth::Truth;
use law::{LawRule, Reading, RuleId, StatusId};

use crate::transaction::{Transaction, Why};

/// A rule and its number.
pub(crate) type Numbered<'l> = (RuleId, &'l LawRule);

impl<'t> Transaction<'t> {
    /// Every rule that is in force on the day and in the reading, in order of appearance.
    pub(crate) fn in_force(&self, reading: Reading) -> &[Numbered<'t>] {
        &self.rules[reading as usize]
    }

    /// Finds those rules.
    pub(crate) fn find_in_force(&self, reading: Reading) -> Vec<Numbered<'t>> {
        let law = self.law;
        law.rules().filter(|rule| self.is_in_force(*rule, reading)).collect()
    }

    /// Whether a rule binds and no announcement takes it out of force.
    pub(crate) fn is_in_force(&self, rule: Numbered<'_>, reading: Reading) -> bool {
        self.binds(rule, reading) && self.taken_out(rule, reading).is_none()
    }

    /// Whether a rule binds on the day in a reading, announcements apart.
    pub(crate) fn binds(&self, rule: Numbered<'_>, reading: Reading) -> bool {
        rule.1.rule.from <= self.date
            && is_of(rule, reading)
            && self.last_day(rule).is_none_or(|last| self.date <= last)
    }

    /// Whether a rule is in force as a text and does not bind yet.
    pub(crate) fn is_coming(&self, rule: Numbered<'_>, reading: Reading) -> bool {
        rule.1.rule.effective <= self.date && self.date < rule.1.rule.from && is_of(rule, reading)
    }

    /// The last day of a rule: its own, or the day before one that replaces it, whichever is first.
    fn last_day(&self, (_, rule): Numbered<'_>) -> Option<Date> {
        let replaced = self
            .law
            .rules()
            .filter(|(_, by)| by.rule.replaces.iter().any(|(id, _)| *id == rule.rule.id))
            .filter(|(_, by)| rule.rule.from < by.rule.from)
            .filter_map(|(_, by)| by.rule.from.yesterday().ok());
        replaced.chain(rule.rule.through).min()
    }

    /// The announcement that takes a rule out of force.
    pub(crate) fn taken_out(&self, rule: Numbered<'_>, reading: Reading) -> Option<StatusId> {
        self.announced(rule, |status| match status.state {
            State::Stayed | State::Repealed => true,
            State::NotEnforced => reading == Reading::Enforced,
            State::Uncertain => false,
        })
    }

    fn announced(
        &self,
        (_, rule): Numbered<'_>,
        wanted: impl Fn(&Status) -> bool,
    ) -> Option<StatusId> {
        let found = self.law.statuses().iter().position(|status| {
            status.from <= self.date
                && status.through.is_none_or(|through| self.date <= through)
                && status.scope.iter().any(|(id, _)| *id == rule.rule.id)
                && wanted(status)
        });
        found.and_then(|index| u32::try_from(index).ok()).map(StatusId)
    }

    /// What the condition of a rule is worth, doubts apart: `when && !unless`.
    pub(crate) fn condition(&self, (_, rule): Numbered<'_>) -> Truth {
        let when = rule.rule.when.as_ref().map_or(Truth::True, |when| self.truth(when));
        let unless = rule.rule.unless.as_ref().map_or(Truth::False, |unless| self.truth(unless));
        when.and(unless.not())
    }

    /// What keeps the condition of a rule unknown; nothing where it is known.
    pub(crate) fn why_condition(&self, rule: Numbered<'_>) -> Why {
        let mut why = Why::default();
        if self.condition(rule) == Truth::Unknown {
            let parts = rule.1.rule.when.iter().chain(&rule.1.rule.unless);
            parts.for_each(|part| why.join(self.why(part)));
        }
        why
    }

    /// What a rule is worth: one in doubt whose condition is not false is open.
    pub(crate) fn weigh(&self, rule: Numbered<'_>, reading: Reading) -> Truth {
        self.unless_in_doubt(self.condition(rule), rule, reading)
    }

    /// A truth about a rule with the doubts over the rule counted.
    pub(crate) fn unless_in_doubt(
        &self,
        truth: Truth,
        rule: Numbered<'_>,
        reading: Reading,
    ) -> Truth {
        match truth {
            Truth::False => Truth::False,
            _ if self.doubts_over(rule, reading).is_empty() => truth,
            _ => Truth::Unknown,
        }
    }

    /// What keeps a rule open: the unknown parts of its condition and the doubts over it.
    pub(crate) fn why_open(&self, rule: Numbered<'_>, reading: Reading) -> Why {
        let mut why = self.why_condition(rule);
        why.join(self.why_doubts(rule, reading));
        why
    }

    /// The doubts over a rule, and what keeps those of them unknown that are.
    pub(crate) fn why_doubts(&self, rule: Numbered<'_>, reading: Reading) -> Why {
        let mut why = Why::default();
        for doubt in self.doubts_over(rule, reading) {
            match doubt {
                DoubtSource::Rule(id) => why.join(self.why_doubt((id, self.law.law_rule(id)))),
                _ => why.join(Why { doubts: [doubt].into(), ..Why::default() }),
            }
        }
        why
    }

    /// What a doubt puts down: itself where it holds, else the facts that keep it unknown.
    pub(crate) fn why_doubt(&self, doubt: Numbered<'_>) -> Why {
        let mut why = self.why_condition(doubt);
        if self.condition(doubt) == Truth::True {
            why.doubts.insert(DoubtSource::Rule(doubt.0));
        }
        why
    }

    fn doubts_over(&self, rule: Numbered<'_>, reading: Reading) -> BTreeSet<DoubtSource> {
        let mut doubts = BTreeSet::new();
        for doubt in self.in_force(reading).iter().copied() {
            let Body::Doubt { about, blocking: true } = &doubt.1.rule.body else { continue };
            let names_it = about.iter().any(|(name, _)| is_named(rule, name));
            if names_it && self.condition(doubt) != Truth::False {
                doubts.insert(DoubtSource::Rule(doubt.0));
            }
        }
        let uncertain = self.announced(rule, |status| status.state == State::Uncertain);
        doubts.extend(uncertain.map(DoubtSource::Status));
        doubts
    }

    /// The limbs of a paragraph that are in force, each with what it is worth. A class is that of
    /// the written reading in both.
    pub(crate) fn limbs(&self, code: &str) -> Vec<(RuleId, Truth)> {
        let of_code = self.classes(code).into_iter();
        of_code.map(|rule| (rule.0, self.weigh(rule, Reading::Written))).collect()
    }

    fn classes(&self, code: &str) -> Vec<Numbered<'t>> {
        let mut limbs = self.in_force(Reading::Written).to_vec();
        limbs.retain(|rule| matches!(&rule.1.rule.body, Body::Class { code: of } if of == code));
        limbs
    }

    /// Whether an item falls under a paragraph.
    pub(crate) fn class(&self, code: &str) -> Truth {
        self.limbs(code).into_iter().fold(Truth::False, |any, (_, limb)| any.or(limb))
    }

    /// What keeps it open whether an item falls under a paragraph.
    pub(crate) fn why_class(&self, code: &str) -> Why {
        let mut why = Why::default();
        for limb in self.classes(code) {
            if self.weigh(limb, Reading::Written) == Truth::Unknown {
                why.join(self.why_open(limb, Reading::Written));
            }
        }
        why
    }
}

fn is_of((_, rule): Numbered<'_>, reading: Reading) -> bool {
    rule.rule.reading.is_none_or(|only| only == reading)
}

/// Whether a doubt that names something names this rule: by its id, or by the code of an exception
/// or class.
fn is_named((_, rule): Numbered<'_>, name: &str) -> bool {
    let code = match &rule.rule.body {
        Body::Class { code } | Body::Exception { code, .. } => Some(code),
        _ => None,
    };
    rule.rule.id == name || code.is_some_and(|code| code == name)
}

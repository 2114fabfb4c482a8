//! The chain that carries an answer, and the flags beside it.

use law::pack::Body;
use law::truth::Truth;
use law::{Because, Flag, Outcome, Reading, RuleId};

use crate::decide::Findings;
use crate::force::Numbered;
use crate::policy::Review;
use crate::transaction::Transaction;

impl<'t> Transaction<'t> {
    /// The links of the chain, in order.
    pub(crate) fn because(
        &self,
        findings: &Findings,
        review: &Review,
        reading: Reading,
    ) -> Vec<Because> {
        let mut links = match findings.outcome {
            Outcome::NoLicenseRequired => self.why_nothing_is_required(reading),
            _ => self.why_something_may_be(findings, review),
        };
        if links.is_empty() && findings.outcome == Outcome::NoLicenseRequired {
            links.push(Because::NoRequirement);
        }
        links
    }

    fn why_nothing_is_required(&self, reading: Reading) -> Vec<Because> {
        let mut links = Vec::new();
        for rule in self.law.rules() {
            let bound =
                matches!(rule.1.rule.body, Body::Requirement { .. }) && self.binds(rule, reading);
            if bound
                && let Some(status) = self.taken_out(rule, reading)
                && self.condition(rule) == Truth::True
            {
                links.push(Because::Suspended(rule.0, status));
            }
        }
        for rule in self.bound_requirements(reading) {
            let Body::Requirement { about: Some(about), .. } = &rule.1.rule.body else { continue };
            if self.taken_out(rule, reading).is_none() && self.truth(about) == Truth::True {
                links.push(Because::Otherwise(rule.0));
            }
        }
        links
    }

    /// The requirements that bind, announcements apart, in the order of their groups.
    fn bound_requirements(&self, reading: Reading) -> Vec<Numbered<'t>> {
        let mut rules: Vec<_> = self
            .law
            .rules()
            .filter(|rule| self.binds(*rule, reading))
            .filter_map(|rule| match &rule.1.rule.body {
                Body::Requirement { group, .. } => Some((*group, rule)),
                _ => None,
            })
            .collect();
        rules.sort_by_key(|(group, _)| *group);
        rules.into_iter().map(|(_, rule)| rule).collect()
    }

    fn why_something_may_be(&self, findings: &Findings, review: &Review) -> Vec<Because> {
        let mut links: Vec<Because> = Vec::new();
        links.extend(self.first_limbs().map(Because::Rule));
        links.extend(findings.holding().map(|holding| Because::Rule(holding.rule)));
        if findings.listed.is_empty() {
            let required = findings.outcome == Outcome::LicenseRequired;
            let but_for_room =
                findings.weighed.iter().filter(|exception| required && exception.but_for_room);
            let of_exceptions = but_for_room.flat_map(|exception| &exception.rooms);
            for room in of_exceptions.chain(&review.rooms) {
                if room.truth == Truth::False {
                    links.extend(room.draw.clone().map(Because::Full));
                }
            }
            links.extend(review.rules.iter().map(|(rule, _)| Because::Rule(*rule)));
        } else {
            links.extend(findings.exceptions().map(|exception| Because::Rule(exception.rule)));
        }
        without_repetition(links)
    }

    /// The first limb that holds of each paragraph.
    fn first_limbs(&self) -> impl Iterator<Item = RuleId> {
        let holding =
            |code: &String| self.limbs(code).into_iter().find(|(_, truth)| *truth == Truth::True);
        self.law.class_codes().iter().filter_map(holding).map(|(limb, _)| limb)
    }

    /// Step 10, but for what the review and the obligations leave open.
    pub(crate) fn flags(&self, because: &[Because], reading: Reading) -> Vec<Flag> {
        let mut flags = Vec::new();
        let real = self.law.packs().iter().filter(|pack| !pack.hypothetical);
        if real.map(|pack| pack.verified_through).min().is_some_and(|last| self.date > last) {
            flags.push(Flag::Unverified);
        }
        let first = self.law.rules().map(|(_, rule)| rule.rule.effective).min();
        if first.is_some_and(|first| self.date < first) {
            flags.push(Flag::BeforeFirst);
        }
        for rule in self.law.rules() {
            let told = matches!(rule.1.rule.body, Body::Requirement { .. } | Body::Class { .. });
            let is_coming =
                self.is_coming(rule, reading) && self.taken_out(rule, reading).is_none();
            if told && is_coming && self.condition(rule) == Truth::True {
                flags.push(Flag::Coming(rule.0));
            }
        }
        let is_flag = |body: &Body| matches!(body, Body::Flag);
        let is_remark = |body: &Body| matches!(body, Body::Doubt { blocking: false, .. });
        for is_told in [is_flag, is_remark] {
            for rule in self.in_force(reading).iter().copied() {
                if is_told(&rule.1.rule.body) && self.weigh(rule, reading) == Truth::True {
                    flags.push(Flag::Rule(rule.0));
                }
            }
        }
        for (index, pack) in self.law.packs().iter().enumerate() {
            let is_of = |rule: RuleId| self.law.law_rule(rule).pack == index;
            let in_chain = because.iter().filter_map(rule_of).any(is_of);
            let in_classification = self.first_limbs().any(is_of);
            if pack.hypothetical && (in_chain || in_classification) {
                flags.push(Flag::Hypothetical(index));
            }
        }
        flags
    }
}

fn rule_of(link: &Because) -> Option<RuleId> {
    match link {
        Because::Rule(rule) | Because::Otherwise(rule) | Because::Suspended(rule, _) => Some(*rule),
        Because::Full(draw) => Some(draw.quota),
        Because::NoRequirement => None,
    }
}

fn without_repetition(links: Vec<Because>) -> Vec<Because> {
    let mut kept: Vec<Because> = Vec::new();
    for link in links {
        if !kept.contains(&link) {
            kept.push(link);
        }
    }
    kept
}

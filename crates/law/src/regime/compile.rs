//! Compiles the rules of a day: which bind, in which reading, with their doubts and quotas.

use jiff::civil::Date;

use super::{Exception, Obligation, Quota, ReadingRules, Requirement, ReviewPolicy};
use crate::country::CountrySet;
use crate::expr::Expr;
use crate::law::{Law, RuleId};
use crate::node::{DoubtSource, Doubting, Node, NodeId, Nodes};
use crate::pack::{Body, Placed, Reading, Rule, State};
use crate::text::Template;
use crate::vocabulary::FactId;

pub(super) struct Compiler<'l> {
    pub(super) law: &'l Law,
    pub(super) date: Date,
    pub(super) nodes: Nodes,
    pub(super) sets: Vec<(String, CountrySet)>,
    /// Names under way, against endless recursion in a law that was not checked.
    pub(super) names: Vec<String>,
    /// The quantified variable and the party it stands for.
    pub(super) variable: Option<(String, usize)>,
}

impl<'l> Compiler<'l> {
    fn rules(&self) -> impl Iterator<Item = (RuleId, &'static str)> + use<'l> {
        self.law.rules().map(|(id, rule)| (id, rule.rule.body.word()))
    }

    fn condition(&mut self, rule: &Rule) -> NodeId {
        let when = self.optional(rule.when.as_ref(), true);
        let unless = self.optional(rule.unless.as_ref(), false);
        let not = self.nodes.not(unless);
        self.nodes.and([when, not])
    }

    pub(super) fn optional(&mut self, expr: Option<&Expr>, absent: bool) -> NodeId {
        match expr {
            Some(expr) => self.bool(expr),
            None => self.nodes.add(Node::Const(absent)),
        }
    }

    /// Whether a rule is in force in a reading, statuses counted.
    fn in_force(&self, id: RuleId, reading: Reading) -> bool {
        let rule = self.law.law_rule(id);
        let status = self.law.announced(&rule.rule, self.date, reading);
        let out = status.is_some_and(|id| self.law.status(id).state != State::Uncertain);
        rule.binds(self.date, reading) && !out
    }

    pub(super) fn class_limbs(&self, code: &str) -> Vec<RuleId> {
        self.law
            .rules()
            .filter(|(id, rule)| {
                matches!(&rule.rule.body, Body::Class { code: own } if own == code)
                    && self.in_force(*id, Reading::Written)
            })
            .map(|(id, _)| id)
            .collect()
    }

    pub(super) fn class_limb(&mut self, id: RuleId) -> NodeId {
        let condition = self.condition(self.law.rule(id));
        let doubts = self.doubts(id, Reading::Written);
        self.doubted(condition, doubts)
    }

    fn doubted(&mut self, condition: NodeId, doubts: Vec<Doubting>) -> NodeId {
        if doubts.is_empty() {
            return condition;
        }
        self.nodes.add(Node::Doubted(condition, doubts.into()))
    }

    pub(super) fn classes(&mut self) -> Vec<(RuleId, u16, NodeId)> {
        let mut classes = Vec::new();
        for (index, code) in self.law.class_codes().iter().enumerate() {
            for limb in self.class_limbs(code) {
                classes.push((limb, index as u16, self.class_limb(limb)));
            }
        }
        classes
    }

    /// Doubts about a rule: `doubt` blocks that name it or its code, and uncertain force.
    fn doubts(&mut self, about: RuleId, reading: Reading) -> Vec<Doubting> {
        let rule = self.law.rule(about);
        let code = match &rule.body {
            Body::Exception { code, .. } | Body::Class { code } => Some(code.as_str()),
            _ => None,
        };
        let mut doubts = Vec::new();
        for (id, word) in self.rules() {
            if word != "doubt" || !self.in_force(id, reading) {
                continue;
            }
            let doubt = self.law.rule(id);
            let Body::Doubt { about: names, blocking: true } = &doubt.body else { continue };
            if names.iter().any(|(name, _)| *name == rule.id || Some(name.as_str()) == code) {
                let when = self.condition(doubt);
                doubts.push(Doubting { when, source: DoubtSource::Rule(id) });
            }
        }
        if let Some(status) = self.law.announced(rule, self.date, reading)
            && self.law.status(status).state == State::Uncertain
        {
            let when = self.nodes.add(Node::Const(true));
            doubts.push(Doubting { when, source: DoubtSource::Status(status) });
        }
        doubts
    }

    pub(super) fn reading(&mut self, reading: Reading) -> ReadingRules {
        let mut rules = ReadingRules::default();
        let quota_ids: Vec<RuleId> = self
            .rules()
            .filter(|(id, word)| *word == "quota" && self.in_force(*id, reading))
            .map(|(id, _)| id)
            .collect();
        for id in &quota_ids {
            rules.quotas.extend(self.quota(*id));
        }
        let quota_names: Vec<String> =
            quota_ids.iter().map(|id| self.law.rule(*id).id.clone()).collect();
        for (id, _) in self.rules() {
            let law_rule = self.law.law_rule(id);
            let status = self.law.announced(&law_rule.rule, self.date, reading);
            if let Some(status) = status
                && law_rule.binds(self.date, reading)
                && self.law.status(status).state != State::Uncertain
            {
                if matches!(law_rule.rule.body, Body::Requirement { .. }) {
                    let when = self.condition(&law_rule.rule);
                    rules.suspended.push((id, when, status));
                }
                continue;
            }
            if law_rule.binds(self.date, reading) {
                self.rule(id, reading, &quota_names, &mut rules);
            }
        }
        rules.requirements.sort_by_key(|requirement| requirement.group);
        rules
    }

    fn rule(&mut self, id: RuleId, reading: Reading, quotas: &[String], rules: &mut ReadingRules) {
        let rule = self.law.rule(id);
        match &rule.body {
            Body::Requirement { group, about, overcome_by, .. } => {
                let requirement = Requirement {
                    rule: id,
                    group: *group,
                    when: self.condition(rule),
                    about: about.as_ref().map(|about| self.bool(about)),
                    overcome_by: self.code_bits(overcome_by),
                    doubts: self.doubts(id, reading),
                    policies: self.policies(&rule.id, reading, quotas),
                };
                rules.requirements.push(requirement);
            }
            Body::Exception { code, draws } => {
                let exception = Exception {
                    rule: id,
                    code: self.code_index(code),
                    when: self.condition(rule),
                    draws: quota_indexes(draws, quotas),
                    bars: self.bars(code, reading),
                    doubts: self.doubts(id, reading),
                };
                rules.exceptions.push(exception);
            }
            Body::Doubt { about, blocking } => {
                let when = self.condition(rule);
                if !blocking {
                    rules.remarks.push((id, when));
                } else if about.is_empty() {
                    rules.phantoms.push(Doubting { when, source: DoubtSource::Rule(id) });
                }
            }
            Body::Obligation(obligation) => {
                let on_rules = obligation
                    .on
                    .iter()
                    .flat_map(|(name, _)| self.law.rules_named(name).map(|(id, _)| id))
                    .collect();
                let compiled = Obligation {
                    rule: id,
                    when: self.condition(rule),
                    done: self.optional(obligation.done.as_ref(), false),
                    on_rules,
                    on_codes: self.code_bits(&obligation.on),
                    always: obligation.on.is_empty(),
                };
                rules.obligations.push(compiled);
            }
            Body::Flag => {
                let when = self.condition(rule);
                rules.flags.push((id, when));
            }
            Body::Class { .. } | Body::Bar { .. } | Body::Policy { .. } | Body::Quota(_) => {}
        }
    }

    fn policies(
        &mut self,
        requirement: &str,
        reading: Reading,
        quotas: &[String],
    ) -> Vec<ReviewPolicy> {
        let mut policies = Vec::new();
        for (id, word) in self.rules() {
            if word != "policy" || !self.in_force(id, reading) {
                continue;
            }
            let rule = self.law.rule(id);
            let Body::Policy { requirements, result, rank, draws } = &rule.body else { continue };
            if requirements.iter().any(|(name, _)| name == requirement) {
                let policy = ReviewPolicy {
                    rule: id,
                    when: self.condition(rule),
                    result: *result,
                    draws: quota_indexes(draws, quotas),
                    doubts: self.doubts(id, reading),
                };
                policies.push((*rank, policy));
            }
        }
        policies.sort_by_key(|(rank, _)| *rank);
        policies.into_iter().map(|(_, policy)| policy).collect()
    }

    fn bars(&mut self, code: &str, reading: Reading) -> Vec<(RuleId, NodeId)> {
        let mut found = Vec::new();
        for (id, word) in self.rules() {
            if word != "bar" || !self.in_force(id, reading) {
                continue;
            }
            let rule = self.law.rule(id);
            let Body::Bar { bars, spares } = &rule.body else { continue };
            let named = bars.iter().any(|(name, _)| name == code || name == "*");
            if named && !spares.iter().any(|(name, _)| name == code) {
                let when = self.condition(rule);
                found.push((id, when));
            }
        }
        found
    }

    fn quota(&mut self, id: RuleId) -> Option<Quota> {
        let rule = self.law.rule(id);
        let Body::Quota(quota) = &rule.body else { return None };
        let step =
            quota.steps.iter().find(|step| step.from <= self.date && self.date <= step.through);
        let limit = quota.limit.as_ref().or(step.map(|step| &step.limit));
        let vocabulary = self.law.vocabulary();
        let facts = |names: &[Placed]| -> Vec<FactId> {
            names.iter().filter_map(|(name, _)| vocabulary.find(name)).collect()
        };
        let (key, base_key) = (facts(&quota.key), facts(&quota.base_key));
        let when = self.condition(rule);
        Some(Quota {
            rule: id,
            when,
            kind: quota.kind,
            used: self.law.vocabulary.find(&quota.used.0)?,
            amount: self.num(&quota.amount),
            limit: limit.map(|limit| self.num(limit)),
            base: match &quota.base {
                Some((fact, amount)) => {
                    Some((self.law.vocabulary.find(&fact.0)?, self.num(amount)))
                }
                None => None,
            },
            base_when: match &quota.base_when {
                Some(when) => self.bool(when),
                None => when,
            },
            base_key: if base_key.is_empty() { key.clone() } else { base_key },
            key,
            raised: quota.raised.as_ref().and_then(|(name, _)| vocabulary.find(name)),
            consolidated: quota.consolidated,
        })
    }

    pub(super) fn coming(&mut self) -> Vec<(RuleId, NodeId)> {
        let mut coming = Vec::new();
        for (id, word) in self.rules() {
            if matches!(word, "requirement" | "class") && self.law.law_rule(id).is_coming(self.date)
            {
                let when = self.condition(self.law.rule(id));
                coming.push((id, when));
            }
        }
        coming
    }

    /// Numbers that texts name and that are not simply given: defines and derived facts.
    pub(super) fn named_in_texts(&mut self) {
        let law = self.law;
        let texts = law.rules.iter().flat_map(|rule| {
            let otherwise = match &rule.rule.body {
                Body::Requirement { otherwise, .. } => otherwise.as_slice(),
                _ => &[],
            };
            rule.rule.text.iter().chain(otherwise)
        });
        for text in texts.chain(law.statuses.iter().flat_map(|status| &status.text)) {
            for name in Template::new(text).names() {
                if self.nodes.named_num(name).is_some() {
                    continue;
                }
                let derived = self.fact(name).is_some_and(|fact| !self.derives(fact).is_empty());
                if derived || law.defines.contains_key(name) {
                    let id = self.named_num(name);
                    self.nodes.name_num(name, id);
                }
            }
        }
    }

    fn code_index(&self, code: &str) -> u8 {
        let at = self.law.exception_codes().iter().position(|known| known == code);
        at.unwrap_or_default() as u8
    }

    fn code_bits(&self, codes: &[(String, std::ops::Range<usize>)]) -> u64 {
        let known = self.law.exception_codes();
        codes
            .iter()
            .filter_map(|(code, _)| known.iter().position(|known| known == code))
            .fold(0, |bits, at| bits | 1 << at)
    }
}

fn quota_indexes(draws: &[(String, std::ops::Range<usize>)], quotas: &[String]) -> Vec<usize> {
    draws.iter().filter_map(|(name, _)| quotas.iter().position(|known| known == name)).collect()
}

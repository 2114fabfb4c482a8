//! The law of a span of time in which nothing changes, compiled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;

use crate::country::CountrySet;
use crate::expr::{Comparison, Expr, ExprKind};
use crate::law::{Law, RuleId, StatusId};
use crate::node::{DoubtSource, Doubting, Node, NodeId, Nodes, NumId, NumNode};
use crate::pack::{Body, Group, Policy, QuotaKind, Reading, Rule, State};
use crate::text::Template;
use crate::vocabulary::{FactId, FactType};

/// The law of the days `from` to `through`.
#[derive(Debug)]
pub struct Regime {
    /// A number that no other regime of the process has.
    pub id: u64,
    /// First day.
    pub from: Date,
    /// Last day.
    pub through: Date,
    /// The conditions.
    pub nodes: Nodes,
    /// The sets that conditions name, with their members.
    pub sets: Vec<(String, CountrySet)>,
    /// Paragraphs: the rule, its code and its condition.
    pub classes: Vec<(RuleId, u16, NodeId)>,
    /// The two readings.
    pub readings: [ReadingRules; 2],
    /// Rules in force that do not bind yet.
    pub coming: Vec<(RuleId, NodeId)>,
}

/// The rules of one reading.
#[derive(Debug, Default)]
pub struct ReadingRules {
    /// In the order of tests.
    pub requirements: Vec<Requirement>,
    /// In order of appearance.
    pub exceptions: Vec<Exception>,
    /// Doubts that stand for a requirement.
    pub phantoms: Vec<Doubting>,
    /// Quotas.
    pub quotas: Vec<Quota>,
    /// Obligations.
    pub obligations: Vec<Obligation>,
    /// Flags.
    pub flags: Vec<(RuleId, NodeId)>,
    /// Doubts that only remark.
    pub remarks: Vec<(RuleId, NodeId)>,
    /// Rules taken out of force by an announcement.
    pub suspended: Vec<(RuleId, NodeId, StatusId)>,
}

/// A compiled requirement.
#[derive(Debug)]
pub struct Requirement {
    /// The rule.
    pub rule: RuleId,
    /// Its place in the order of tests.
    pub group: Group,
    /// Where it holds.
    pub when: NodeId,
    /// What it is about.
    pub about: Option<NodeId>,
    /// The exceptions that can overcome it, as bits of their codes.
    pub overcome_by: u64,
    /// What puts it in doubt.
    pub doubts: Vec<Doubting>,
    /// How an application under it is reviewed, by rank.
    pub policies: Vec<ReviewPolicy>,
}

/// A compiled policy.
#[derive(Debug)]
pub struct ReviewPolicy {
    /// The rule.
    pub rule: RuleId,
    /// Where it holds.
    pub when: NodeId,
    /// The policy.
    pub result: Policy,
    /// Quotas that must have room, by index.
    pub draws: Vec<usize>,
    /// What puts it in doubt.
    pub doubts: Vec<Doubting>,
}

/// A compiled exception.
#[derive(Debug)]
pub struct Exception {
    /// The rule.
    pub rule: RuleId,
    /// The index of its code.
    pub code: u8,
    /// Where it holds.
    pub when: NodeId,
    /// Quotas that must have room, by index.
    pub draws: Vec<usize>,
    /// What takes it away.
    pub bars: Vec<(RuleId, NodeId)>,
    /// What puts it in doubt.
    pub doubts: Vec<Doubting>,
}

/// A compiled quota.
#[derive(Debug)]
pub struct Quota {
    /// The rule.
    pub rule: RuleId,
    /// Which transactions it is about.
    pub when: NodeId,
    /// How it counts.
    pub kind: QuotaKind,
    /// What was drawn before.
    pub used: FactId,
    /// What a transaction draws.
    pub amount: NumId,
    /// The limit; `None` is a gap in the text.
    pub limit: Option<NumId>,
    /// `ratio`: the whole, and what the transaction adds to it.
    pub base: Option<(FactId, NumId)>,
    /// The facts that name the account.
    pub key: Vec<FactId>,
}

/// A compiled obligation.
#[derive(Debug)]
pub struct Obligation {
    /// The rule.
    pub rule: RuleId,
    /// Where it is due.
    pub when: NodeId,
    /// Where it is done.
    pub done: NodeId,
    /// The rules that bring it.
    pub on_rules: Vec<RuleId>,
    /// The exceptions that bring it, as bits of their codes.
    pub on_codes: u64,
    /// Whether every transaction brings it.
    pub always: bool,
}

impl Regime {
    pub(crate) fn compile(law: &Law, from: Date, through: Date) -> Regime {
        let mut compiler = Compiler {
            law,
            date: from,
            nodes: Nodes::default(),
            sets: Vec::new(),
            names: Vec::new(),
            variable: None,
        };
        let classes = compiler.classes();
        let readings = Reading::BOTH.map(|reading| compiler.reading(reading));
        let coming = compiler.coming();
        compiler.named_in_texts();
        let Compiler { mut nodes, sets, .. } = compiler;
        nodes.finish();
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Regime { id, from, through, nodes, sets, classes, readings, coming }
    }

    /// The rules of a reading.
    pub fn reading(&self, reading: Reading) -> &ReadingRules {
        &self.readings[reading as usize]
    }

    /// The members of a set that conditions of this time name.
    pub fn set(&self, index: u16) -> &(String, CountrySet) {
        &self.sets[usize::from(index)]
    }
}

struct Compiler<'l> {
    law: &'l Law,
    date: Date,
    nodes: Nodes,
    sets: Vec<(String, CountrySet)>,
    /// Names under way, against endless recursion in a law that was not checked.
    names: Vec<String>,
    /// The quantified variable and the party it stands for.
    variable: Option<(String, usize)>,
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

    fn optional(&mut self, expr: Option<&Expr>, absent: bool) -> NodeId {
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

    fn class_limbs(&self, code: &str) -> Vec<RuleId> {
        self.law
            .rules()
            .filter(|(id, rule)| {
                matches!(&rule.rule.body, Body::Class { code: own } if own == code)
                    && self.in_force(*id, Reading::Written)
            })
            .map(|(id, _)| id)
            .collect()
    }

    fn class_limb(&mut self, id: RuleId) -> NodeId {
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

    fn classes(&mut self) -> Vec<(RuleId, u16, NodeId)> {
        let mut classes = Vec::new();
        for (index, code) in self.law.class_codes().iter().enumerate() {
            for limb in self.class_limbs(code) {
                let node = self.class_limb(limb);
                // Counted twice, so that the classification and the conditions share one evaluation.
                let node = self.shared(node);
                classes.push((limb, index as u16, node));
            }
        }
        classes
    }

    fn shared(&mut self, node: NodeId) -> NodeId {
        let copy = self.nodes.node(node).clone();
        self.nodes.add(copy)
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

    fn reading(&mut self, reading: Reading) -> ReadingRules {
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

    fn policies(&mut self, requirement: &str, reading: Reading, quotas: &[String]) -> Vec<ReviewPolicy> {
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
        let step = quota.steps.iter().find(|step| step.from <= self.date && self.date <= step.through);
        let limit = quota.limit.as_ref().or(step.map(|step| &step.limit));
        Some(Quota {
            rule: id,
            when: self.condition(rule),
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
            key: quota.key.iter().filter_map(|(name, _)| self.law.vocabulary.find(name)).collect(),
        })
    }

    fn coming(&mut self) -> Vec<(RuleId, NodeId)> {
        let mut coming = Vec::new();
        for (id, word) in self.rules() {
            if matches!(word, "requirement" | "class") && self.law.law_rule(id).is_coming(self.date) {
                let when = self.condition(self.law.rule(id));
                coming.push((id, when));
            }
        }
        coming
    }

    /// Numbers that texts name and that are not simply given: defines and derived facts.
    fn named_in_texts(&mut self) {
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

    // --- Expressions ---

    /// The fact behind a name; a quantified variable's fact is that of its party.
    fn fact(&self, name: &str) -> Option<FactId> {
        if let Some((variable, party)) = &self.variable
            && let Some(rest) = name.strip_prefix(variable.as_str())
            && let Some(rest) = rest.strip_prefix('.')
        {
            let vocabulary = &self.law.vocabulary;
            let at = vocabulary.party_facts().iter().position(|fact| fact == rest)?;
            return vocabulary.parties()[*party].facts.get(at).copied();
        }
        self.law.vocabulary.find(name)
    }

    fn define(&self, name: &str) -> Option<&'_ crate::pack::Define> {
        self.law.defines.get(name)?.iter().find(|define| {
            define.from <= self.date && define.through.is_none_or(|through| self.date <= through)
        })
    }

    fn set_index(&mut self, name: &str) -> u16 {
        if let Some(at) = self.sets.iter().position(|(known, _)| known == name) {
            return at as u16;
        }
        self.sets.push((name.to_string(), self.law.members(name, self.date)));
        (self.sets.len() - 1) as u16
    }

    fn never(&mut self) -> NodeId {
        self.nodes.add(Node::Const(false))
    }

    fn bool(&mut self, expr: &Expr) -> NodeId {
        match &expr.kind {
            ExprKind::Bool(value) => self.nodes.add(Node::Const(*value)),
            ExprKind::Name(name) => self.named_bool(name),
            ExprKind::Not(inner) => {
                let inner = self.bool(inner);
                self.nodes.not(inner)
            }
            ExprKind::And(left, right) => {
                let parts = [self.bool(left), self.bool(right)];
                self.nodes.and(parts)
            }
            ExprKind::Or(left, right) => {
                let parts = [self.bool(left), self.bool(right)];
                self.nodes.or(parts)
            }
            ExprKind::Choose(condition, then, otherwise) => {
                let node =
                    Node::Choose(self.bool(condition), self.bool(then), self.bool(otherwise));
                self.nodes.add(node)
            }
            ExprKind::Class(code) => self.class(code),
            ExprKind::StartsWith(subject, prefix) => match &subject.kind {
                ExprKind::Name(name) => match self.fact(name) {
                    Some(fact) => self.nodes.add(Node::Prefix(fact, prefix.as_str().into())),
                    None => self.never(),
                },
                _ => self.never(),
            },
            ExprKind::In(left, right) => self.is_in(left, right),
            ExprKind::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            ExprKind::Quantified { every, recipients, variable, body } => {
                self.quantified(*every, *recipients, variable, body)
            }
            _ => self.never(),
        }
    }

    fn named_bool(&mut self, name: &str) -> NodeId {
        if let Some(fact) = self.fact(name) {
            let derives = self.derives(fact);
            if derives.is_empty() {
                return self.nodes.add(Node::Fact(fact));
            }
            let limbs: Vec<(NodeId, NodeId)> = derives
                .into_iter()
                .map(|(when, value)| (self.optional(when.as_ref(), true), self.bool(&value)))
                .collect();
            return self.nodes.add(Node::Derived(fact, limbs.into()));
        }
        if self.names.iter().any(|open| open == name) {
            return self.never();
        }
        let Some(define) = self.define(name) else { return self.never() };
        let value = define.value.clone();
        self.names.push(name.to_string());
        let outer = self.variable.take();
        let inner = self.bool(&value);
        self.variable = outer;
        self.names.pop();
        self.nodes.add(Node::Named(name.into(), inner))
    }

    fn derives(&self, fact: FactId) -> Vec<(Option<Expr>, Expr)> {
        self.law
            .derives
            .iter()
            .filter(|(own, derive)| *own == fact && !self.names.contains(&derive.fact.0))
            .map(|(_, derive)| (derive.when.clone(), derive.value.clone()))
            .collect()
    }

    fn class(&mut self, code: &str) -> NodeId {
        let name = format!("class(\"{code}\")");
        if self.names.contains(&name) {
            return self.never();
        }
        self.names.push(name.clone());
        let outer = self.variable.take();
        let limbs: Vec<NodeId> =
            self.class_limbs(code).into_iter().map(|limb| self.class_limb(limb)).collect();
        self.variable = outer;
        self.names.pop();
        let any = self.nodes.or(limbs);
        self.nodes.add(Node::Named(name.as_str().into(), any))
    }

    fn is_in(&mut self, left: &Expr, right: &Expr) -> NodeId {
        match (&left.kind, &right.kind) {
            (ExprKind::Text(text), ExprKind::Name(list)) => match self.fact(list) {
                Some(fact) => self.nodes.add(Node::Holds(fact, text.as_str().into())),
                None => self.never(),
            },
            (ExprKind::Name(name), ExprKind::Name(set)) => match self.fact(name) {
                Some(fact) => {
                    let set = self.set_index(set);
                    self.nodes.add(Node::InSet(fact, set))
                }
                None => self.never(),
            },
            (_, ExprKind::List(items)) => {
                let any: Vec<NodeId> = match self.one_of(left, items) {
                    Some(node) => return node,
                    None => items
                        .iter()
                        .map(|item| self.compare(Comparison::Equal, left, item))
                        .collect(),
                };
                self.nodes.or(any)
            }
            _ => self.never(),
        }
    }

    /// A fact among fixed words, texts or countries, as one test.
    fn one_of(&mut self, left: &Expr, items: &[Expr]) -> Option<NodeId> {
        let ExprKind::Name(name) = &left.kind else { return None };
        let fact = self.fact(name)?;
        let texts: Vec<&str> = items
            .iter()
            .map(|item| match &item.kind {
                ExprKind::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let node = match &self.law.vocabulary.fact(fact).of {
            FactType::Enum(words) => {
                let bits = words
                    .iter()
                    .enumerate()
                    .filter(|(_, word)| texts.contains(&&***word))
                    .fold(0, |bits, (at, _)| bits | 1 << at);
                Node::WordIn(fact, bits)
            }
            FactType::Country => {
                let members: CountrySet =
                    texts.iter().filter_map(|text| crate::country::Country::parse(text)).collect();
                let name = format!("[{}]", texts.join(", "));
                let at = self.sets.iter().position(|(known, _)| *known == name);
                let at = at.unwrap_or_else(|| {
                    self.sets.push((name, members));
                    self.sets.len() - 1
                });
                Node::InSet(fact, at as u16)
            }
            FactType::Text => {
                Node::TextIn(fact, texts.iter().map(|text| Arc::from(*text)).collect())
            }
            _ => return None,
        };
        Some(self.nodes.add(node))
    }

    fn compare(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> NodeId {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if equality && let Some(equal) = self.equal(left, right) {
            return if comparison == Comparison::Equal { equal } else { self.nodes.not(equal) };
        }
        if let Some(node) = self.date_compare(comparison, left, right) {
            return node;
        }
        let node = Node::Compare(comparison, self.num(left), self.num(right));
        self.nodes.add(node)
    }

    /// Equality of anything but numbers and dates.
    fn equal(&mut self, left: &Expr, right: &Expr) -> Option<NodeId> {
        match (&left.kind, &right.kind) {
            (ExprKind::Name(_), ExprKind::Text(_)) => {
                self.one_of(left, std::slice::from_ref(right))
            }
            (ExprKind::Text(_), ExprKind::Name(_)) => {
                self.one_of(right, std::slice::from_ref(left))
            }
            (ExprKind::Name(a), ExprKind::Name(b)) => {
                let (a, b) = (self.fact(a)?, self.fact(b)?);
                match self.law.vocabulary.fact(a).of {
                    FactType::Country | FactType::Text | FactType::Enum(_) => {
                        Some(self.nodes.add(Node::SameFact(a, b)))
                    }
                    FactType::Bool => Some(self.iff(left, right)),
                    _ => None,
                }
            }
            (ExprKind::Bool(_), _) | (_, ExprKind::Bool(_)) => Some(self.iff(left, right)),
            _ => None,
        }
    }

    fn iff(&mut self, left: &Expr, right: &Expr) -> NodeId {
        let (left, right) = (self.bool(left), self.bool(right));
        let opposite = self.nodes.not(right);
        self.nodes.add(Node::Choose(left, right, opposite))
    }

    fn date_compare(&mut self, comparison: Comparison, left: &Expr, right: &Expr) -> Option<NodeId> {
        let (name, date, comparison) = match (&left.kind, &right.kind) {
            (ExprKind::Name(name), ExprKind::Date(date)) => (name, *date, comparison),
            (ExprKind::Date(date), ExprKind::Name(name)) => {
                let mirrored = match comparison {
                    Comparison::Less => Comparison::Greater,
                    Comparison::Greater => Comparison::Less,
                    Comparison::AtMost => Comparison::AtLeast,
                    Comparison::AtLeast => Comparison::AtMost,
                    same => same,
                };
                (name, *date, mirrored)
            }
            _ => return None,
        };
        let fact = self.fact(name)?;
        Some(self.nodes.add(Node::DateCompare(comparison, fact, date)))
    }

    fn quantified(&mut self, every: bool, recipients: bool, variable: &str, body: &Expr) -> NodeId {
        let outer = self.variable.clone();
        let mut parts = Vec::new();
        for party in 0..self.law.vocabulary.parties().len() {
            if recipients && !self.law.vocabulary.parties()[party].recipient {
                continue;
            }
            self.variable = Some((variable.to_string(), party));
            let node = self.bool(body);
            // A party of whom nothing is said is the first one, which is tested anyway.
            let present = match party {
                0 => self.nodes.add(Node::Const(true)),
                _ => self.nodes.add(Node::Present(party as u8)),
            };
            let part = if every {
                let absent = self.nodes.not(present);
                self.nodes.or([absent, node])
            } else {
                self.nodes.and([present, node])
            };
            parts.push(part);
        }
        self.variable = outer;
        if every { self.nodes.and(parts) } else { self.nodes.or(parts) }
    }

    fn num(&mut self, expr: &Expr) -> NumId {
        let node = match &expr.kind {
            ExprKind::Num(number) => NumNode::Const(*number),
            ExprKind::Name(name) => return self.named_num(name),
            ExprKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.num(left), self.num(right));
                NumNode::Arithmetic(*operator, left, right)
            }
            ExprKind::Extreme(extreme, items) => {
                let items: Vec<NumId> = items.iter().map(|item| self.num(item)).collect();
                NumNode::Extreme(*extreme, items.into())
            }
            ExprKind::Choose(condition, then, otherwise) => {
                let condition = self.bool(condition);
                NumNode::Choose(condition, self.num(then), self.num(otherwise))
            }
            _ => NumNode::Extreme(crate::expr::Extreme::Max, Box::new([])),
        };
        self.nodes.add_num(node)
    }

    fn named_num(&mut self, name: &str) -> NumId {
        if let Some(fact) = self.fact(name) {
            self.names.push(name.to_string());
            let derives = {
                // The fact itself is under way, so that a derive cannot ask for its own fact.
                let open = self.names.pop();
                let derives = self.derives(fact);
                self.names.extend(open);
                derives
            };
            let mut limbs = Vec::new();
            for (when, value) in derives {
                limbs.push((self.optional(when.as_ref(), true), self.num(&value)));
            }
            self.names.pop();
            let node = if limbs.is_empty() {
                NumNode::Fact(fact)
            } else {
                NumNode::Derived(fact, limbs.into())
            };
            return self.nodes.add_num(node);
        }
        let unknown = NumNode::Extreme(crate::expr::Extreme::Max, Box::new([]));
        if self.names.iter().any(|open| open == name) {
            return self.nodes.add_num(unknown);
        }
        let Some(define) = self.define(name) else { return self.nodes.add_num(unknown) };
        let value = define.value.clone();
        self.names.push(name.to_string());
        let outer = self.variable.take();
        let inner = self.num(&value);
        self.variable = outer;
        self.names.pop();
        self.nodes.add_num(NumNode::Named(name.into(), inner))
    }
}

fn quota_indexes(draws: &[(String, std::ops::Range<usize>)], quotas: &[String]) -> Vec<usize> {
    draws.iter().filter_map(|(name, _)| quotas.iter().position(|known| known == name)).collect()
}


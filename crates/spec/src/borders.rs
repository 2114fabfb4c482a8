//! Where the answers of packs turn: the numbers, days, words, texts and countries in them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use law::expr::{Expr, ExprKind, Operator};
use law::pack::Body;
use law::{Country, FactId, Law, Num};

/// What the conditions of a law test.
#[derive(Debug, Default)]
pub(crate) struct Borders {
    /// The numbers that a fact is compared with.
    pub(crate) numbers: BTreeMap<FactId, Vec<Num>>,
    /// The numbers that a define, or a computation over facts, is compared with.
    pub(crate) amounts: Vec<Num>,
    /// The texts that a fact is compared with, and the beginnings of it that are tested.
    pub(crate) texts: BTreeMap<FactId, BTreeSet<String>>,
    /// The countries that conditions name.
    pub(crate) countries: BTreeSet<Country>,
    /// The days on which something begins, ends or changes.
    pub(crate) dates: BTreeSet<Date>,
}

/// A walk over one expression: the borders found, and the variables of the quantifiers around.
struct Walk<'w> {
    law: &'w Law,
    borders: &'w mut Borders,
    variables: Vec<String>,
}

impl Borders {
    /// The borders of a law.
    pub(crate) fn of(law: &Law) -> Borders {
        let mut borders = Borders::default();
        for expression in expressions(law) {
            let mut walk = Walk { law, borders: &mut borders, variables: Vec::new() };
            walk.expression(expression);
        }
        borders.scaled_by_derives(law);
        borders.collect_dates(law);
        borders
    }

    /// Where a derive multiplies a fact by a number, the borders of what it derives, divided by
    /// that number, are borders of the fact.
    fn scaled_by_derives(&mut self, law: &Law) {
        for (derived, derive) in law.derives() {
            let borders = self.numbers.get(derived).cloned().unwrap_or_default();
            let mut factors = Vec::new();
            multiplied(&derive.value, &mut factors);
            for (name, factor) in factors {
                let Some(fact) = law.vocabulary().find(&name) else { continue };
                let quotients = borders.iter().filter_map(|border| border.checked_div(factor));
                self.numbers.entry(fact).or_default().extend(quotients);
            }
        }
    }

    fn collect_dates(&mut self, law: &Law) {
        for pack in law.packs() {
            self.dates.extend([pack.effective, pack.verified_through]);
            self.dates.extend(pack.comply_by.iter().chain(&pack.published));
        }
        for (_, rule) in law.rules() {
            self.dates.extend([rule.rule.effective, rule.rule.from]);
            self.dates.extend(rule.rule.through);
            if let Body::Quota(quota) = &rule.rule.body {
                self.dates.extend(quota.steps.iter().flat_map(|step| [step.from, step.through]));
            }
        }
        for status in law.statuses() {
            self.dates.insert(status.from);
            self.dates.extend(status.through);
        }
        for define in law.defines().values().flatten() {
            self.dates.insert(define.from);
            self.dates.extend(define.through);
        }
        let changes = law.sets().iter().flat_map(|set| &set.changes);
        self.dates.extend(changes.map(|change| change.date));
        self.dates.retain(|date| (2000..2100).contains(&date.year()));
    }
}

/// Every expression of a law.
pub(crate) fn expressions(law: &Law) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    for (_, rule) in law.rules() {
        all.extend(rule.rule.when.iter().chain(&rule.rule.unless));
        match &rule.rule.body {
            Body::Requirement { about, .. } => all.extend(about),
            Body::Obligation(obligation) => all.extend(&obligation.done),
            Body::Quota(quota) => {
                all.push(&quota.amount);
                all.extend(quota.limit.iter().chain(quota.base.as_ref().map(|(_, amount)| amount)));
                all.extend(quota.steps.iter().map(|step| &step.limit));
            }
            _ => {}
        }
    }
    let mut defines: Vec<_> = law.defines().iter().collect();
    defines.sort_by_key(|(name, _)| *name);
    all.extend(defines.into_iter().flat_map(|(_, versions)| versions).map(|define| &define.value));
    for (_, derive) in law.derives() {
        all.push(&derive.value);
        all.extend(&derive.when);
    }
    all
}

/// The parts of an expression.
pub(crate) fn parts(expression: &Expr) -> Vec<&Expr> {
    match &expression.kind {
        ExprKind::List(items) | ExprKind::Extreme(_, items) => items.iter().collect(),
        ExprKind::Not(inner) | ExprKind::StartsWith(inner, _) => vec![inner],
        ExprKind::Quantified { body, .. } => vec![body],
        ExprKind::And(left, right)
        | ExprKind::Or(left, right)
        | ExprKind::Compare(_, left, right)
        | ExprKind::In(left, right)
        | ExprKind::Arithmetic(_, left, right) => vec![left, right],
        ExprKind::Choose(condition, then, otherwise) => vec![condition, then, otherwise],
        ExprKind::Bool(_)
        | ExprKind::Num(_)
        | ExprKind::Text(_)
        | ExprKind::Date(_)
        | ExprKind::Name(_)
        | ExprKind::Class(_) => Vec::new(),
    }
}

fn multiplied(expression: &Expr, out: &mut Vec<(String, Num)>) {
    if let ExprKind::Arithmetic(Operator::Multiply, left, right) = &expression.kind
        && let (ExprKind::Name(name), ExprKind::Num(factor)) = (&left.kind, &right.kind)
    {
        out.push((name.clone(), *factor));
    }
    parts(expression).into_iter().for_each(|part| multiplied(part, out));
}

impl Walk<'_> {
    fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Compare(_, left, right) => {
                self.tested(left, right);
                self.tested(right, left);
            }
            ExprKind::In(item, list) => {
                self.tested(item, list);
                self.tested(list, item);
            }
            ExprKind::StartsWith(subject, prefix) => {
                for fact in self.facts(subject) {
                    self.borders.texts.entry(fact).or_default().insert(prefix.clone());
                }
            }
            ExprKind::Date(date) => {
                self.borders.dates.insert(*date);
            }
            _ => {}
        }
        if let ExprKind::Quantified { variable, body, .. } = &expression.kind {
            self.variables.push(variable.clone());
            self.expression(body);
            self.variables.pop();
        } else {
            parts(expression).into_iter().for_each(|part| self.expression(part));
        }
    }

    /// Puts down the literals of one side as borders of the facts of the other.
    fn tested(&mut self, side: &Expr, literals: &Expr) {
        let facts = self.facts(side);
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        collect_literals(literals, &mut numbers, &mut texts);
        if !matches!(&side.kind, ExprKind::Name(_)) || facts.is_empty() {
            self.borders.amounts.extend(&numbers);
        }
        self.borders.countries.extend(texts.iter().filter_map(|text| Country::parse(text)));
        for fact in facts {
            self.borders.numbers.entry(fact).or_default().extend(&numbers);
            self.borders.texts.entry(fact).or_default().extend(texts.iter().cloned());
        }
    }

    /// The facts that an expression names; behind a variable, those of every party.
    fn facts(&self, expression: &Expr) -> Vec<FactId> {
        let vocabulary = self.law.vocabulary();
        let mut facts = Vec::new();
        if let ExprKind::Name(name) = &expression.kind {
            match name.split_once('.') {
                Some((first, rest)) if self.variables.iter().any(|variable| variable == first) => {
                    let of_parties = vocabulary.parties().iter();
                    facts
                        .extend(of_parties.filter_map(|party| {
                            vocabulary.find(&format!("{}.{rest}", party.name))
                        }));
                }
                _ => facts.extend(vocabulary.find(name)),
            }
        }
        facts.extend(parts(expression).into_iter().flat_map(|part| self.facts(part)));
        facts
    }
}

fn collect_literals(expression: &Expr, numbers: &mut Vec<Num>, texts: &mut Vec<String>) {
    match &expression.kind {
        ExprKind::Num(number) => numbers.push(*number),
        ExprKind::Text(text) => texts.push(text.clone()),
        _ => {}
    }
    for part in parts(expression) {
        collect_literals(part, numbers, texts);
    }
}

//! Facts that let a rule hold: a walk down its condition that sets the facts it tests.
//!
//! It need not succeed. A condition that it cannot see through keeps the facts as they are, and two
//! parts of a condition may want opposite things.

use law::expr::{Comparison, Expr, ExprKind};
use law::pack::Body;
use law::{Country, FactId, FactType, Facts, Num, Value};

use crate::generate::Generator;
use crate::sets;

/// How deep conditions are followed through defines and classes.
const DEPTH: usize = 40;

/// The variables of the quantifiers around a condition, each with the party it stands for.
type Variables<'v> = Vec<(&'v str, usize)>;

impl Generator<'_> {
    /// Sets the facts of some rule's condition so that it may hold, on one of its days.
    pub(crate) fn aim(&mut self, facts: &mut Facts) {
        let rules: Vec<_> = self.law.rules().collect();
        let Some((_, rule)) = self.random.pick(&rules) else { return };
        let later = jiff::Span::new().days(self.random.below(400) as i64);
        let within = rule.rule.from.checked_add(later).ok();
        let date = within.filter(|date| rule.last.is_none_or(|last| *date <= last));
        facts.set(self.law.date_fact(), date.or(Some(rule.rule.from)).map(Value::Date));
        let about = match &rule.rule.body {
            Body::Requirement { about, .. } => about.as_ref(),
            _ => None,
        };
        for part in rule.rule.when.iter().chain(about) {
            self.want(facts, part, true, &Vec::new(), DEPTH);
        }
        if let Some(part) = &rule.rule.unless {
            self.want(facts, part, false, &Vec::new(), DEPTH);
        }
    }

    fn want(&mut self, facts: &mut Facts, part: &Expr, so: bool, of: &Variables<'_>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &part.kind {
            ExprKind::Not(inner) => self.want(facts, inner, !so, of, depth),
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                let needs_both = matches!(part.kind, ExprKind::And(..)) == so;
                let left_first = self.random.chance(50);
                if needs_both || left_first {
                    self.want(facts, left, so, of, depth);
                }
                if needs_both || !left_first {
                    self.want(facts, right, so, of, depth);
                }
            }
            ExprKind::Name(name) => self.want_named(facts, name, so, of, depth),
            ExprKind::Compare(comparison, left, right) => {
                if let Some(fact) = self.fact_behind(left, of) {
                    self.want_compared(facts, fact, *comparison, right, so);
                }
            }
            ExprKind::In(item, list) => self.want_in(facts, item, list, so, of),
            ExprKind::StartsWith(subject, prefix) if so => {
                if let Some(fact) = self.fact_behind(subject, of) {
                    self.give(facts, fact, prefix);
                }
            }
            ExprKind::Class(code) if so => self.want_class(facts, code, depth),
            ExprKind::Quantified { variable, recipients, body, .. } => {
                let party = if self.random.chance(70) { 0 } else { self.party(*recipients) };
                let mut of = of.clone();
                of.push((variable, party));
                self.want(facts, body, so, &of, depth);
            }
            ExprKind::Choose(condition, then, otherwise) => {
                let branch = self.random.chance(50);
                self.want(facts, condition, branch, of, depth);
                self.want(facts, if branch { then } else { otherwise }, so, of, depth);
            }
            _ => {}
        }
    }

    fn party(&mut self, recipients: bool) -> usize {
        let parties = self.law.vocabulary().parties().iter().enumerate();
        let parties: Vec<usize> = parties
            .filter(|(_, party)| party.recipient || !recipients)
            .map(|(index, _)| index)
            .collect();
        self.random.pick(&parties).copied().unwrap_or(0)
    }

    fn want_named(
        &mut self,
        facts: &mut Facts,
        name: &str,
        so: bool,
        of: &Variables<'_>,
        depth: usize,
    ) {
        if let Some(fact) = self.fact_named(name, of) {
            facts.set(fact, Some(Value::Bool(so)));
            return;
        }
        let law = self.law;
        if let Some(define) =
            law.defines().get(name).and_then(|versions| self.random.pick(versions))
        {
            self.want(facts, &define.value, so, &Vec::new(), depth);
        }
    }

    fn want_class(&mut self, facts: &mut Facts, code: &str, depth: usize) {
        let law = self.law;
        let limbs: Vec<_> = law
            .rules()
            .filter(|(_, rule)| matches!(&rule.rule.body, Body::Class { code: of } if of == code))
            .collect();
        let Some((_, limb)) = self.random.pick(&limbs) else { return };
        if let Some(part) = &limb.rule.when {
            self.want(facts, part, true, &Vec::new(), depth);
        }
        if let Some(part) = &limb.rule.unless {
            self.want(facts, part, false, &Vec::new(), depth);
        }
    }

    fn want_compared(
        &mut self,
        facts: &mut Facts,
        fact: FactId,
        comparison: Comparison,
        with: &Expr,
        so: bool,
    ) {
        match &with.kind {
            ExprKind::Num(border) => {
                let (below, above) = border.neighbors();
                let near = [*border, below, above];
                let fit: Vec<Num> = near
                    .into_iter()
                    .filter(|near| comparison.holds(near.cmp(border)) == so)
                    .filter(|near| self.law.vocabulary().fact(fact).bounded(*near).is_ok())
                    .collect();
                if let Some(number) = self.random.pick(&fit) {
                    facts.set(fact, Some(Value::Num(*number)));
                }
            }
            ExprKind::Text(text) if (comparison == Comparison::Equal) == so => {
                self.give(facts, fact, text);
            }
            ExprKind::Text(_) => {
                let value = self.value(fact);
                facts.set(fact, value);
            }
            ExprKind::Bool(value) => facts.set(fact, Some(Value::Bool(*value == so))),
            _ => {}
        }
    }

    fn want_in(
        &mut self,
        facts: &mut Facts,
        item: &Expr,
        list: &Expr,
        so: bool,
        of: &Variables<'_>,
    ) {
        if let (ExprKind::Text(text), Some(fact)) = (&item.kind, self.fact_behind(list, of)) {
            let text = if so { text } else { "none" };
            self.give(facts, fact, text);
            return;
        }
        let Some(fact) = self.fact_behind(item, of) else { return };
        match &list.kind {
            ExprKind::List(items) if so => {
                if let Some(ExprKind::Text(text)) = self.random.pick(items).map(|item| &item.kind) {
                    self.give(facts, fact, text);
                }
            }
            ExprKind::Name(set) => {
                let date = facts.date(self.law.date_fact());
                let fits = |country: &Country| {
                    date.is_some_and(|date| sets::is_member(self.law, set, *country, date) == so)
                };
                let fit: Vec<Country> =
                    self.countries.iter().flatten().copied().filter(fits).collect();
                if let Some(country) = self.random.pick(&fit) {
                    facts.set(fact, Some(Value::Country(*country)));
                }
            }
            _ => {
                let value = self.value(fact);
                facts.set(fact, value);
            }
        }
    }

    /// Gives a fact a value that is written as text, unless it is no value of that fact.
    fn give(&self, facts: &mut Facts, fact: FactId, text: &str) {
        let declared = self.law.vocabulary().fact(fact);
        let already = match (facts.get(fact), &declared.of) {
            (Some(Value::List(items)), FactType::List(_)) => {
                items.iter().any(|item| **item == *text)
            }
            _ => false,
        };
        if !already && let Ok(value) = declared.parse(text) {
            facts.set(fact, value);
        }
    }

    fn fact_behind(&self, expression: &Expr, of: &Variables<'_>) -> Option<FactId> {
        match &expression.kind {
            ExprKind::Name(name) => self.fact_named(name, of),
            _ => None,
        }
    }

    fn fact_named(&self, name: &str, of: &Variables<'_>) -> Option<FactId> {
        let vocabulary = self.law.vocabulary();
        if let Some((variable, fact)) = name.split_once('.')
            && let Some((_, party)) = of.iter().find(|(of, _)| *of == variable)
        {
            let party = &vocabulary.parties().get(*party)?.name;
            return vocabulary.find(&format!("{party}.{fact}"));
        }
        vocabulary.find(name)
    }
}

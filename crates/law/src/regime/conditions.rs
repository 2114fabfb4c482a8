//! Compiles conditions: names become facts, sets become members, quantifiers become junctions.

use std::sync::Arc;

use super::compile::Compiler;
use crate::country::{Country, CountrySet};
use crate::expr::{Comparison, Expr, ExprKind, Extreme};
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::pack::Define;
use crate::vocabulary::{FactId, FactType};

impl Compiler<'_> {
    /// The fact behind a name; a quantified variable's fact is that of its party.
    pub(super) fn fact(&self, name: &str) -> Option<FactId> {
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

    fn define(&self, name: &str) -> Option<&'_ Define> {
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

    pub(super) fn bool(&mut self, expr: &Expr) -> NodeId {
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

    /// The party of a fact and the first party's own, where that one can be derived: an absent
    /// party
    /// is the first one, derived facts included.
    fn stand_in(&self, fact: FactId) -> Option<(u8, FactId)> {
        let vocabulary = &self.law.vocabulary;
        let party = vocabulary.fact(fact).party.filter(|party| *party > 0)?;
        let at = vocabulary.parties()[party].facts.iter().position(|own| *own == fact)?;
        let first = *vocabulary.parties()[0].facts.get(at)?;
        (!self.derives(first).is_empty()).then_some((party as u8, first))
    }

    fn fact_bool(&mut self, fact: FactId) -> NodeId {
        let derives = self.derives(fact);
        if derives.is_empty() {
            return self.nodes.add(Node::Fact(fact));
        }
        let name = self.law.vocabulary.fact(fact).name.to_string();
        self.names.push(name);
        let mut limbs = Vec::new();
        for (when, value) in derives {
            limbs.push((self.optional(when.as_ref(), true), self.bool(&value)));
        }
        self.names.pop();
        self.nodes.add(Node::Derived(fact, limbs.into()))
    }

    /// The fact is under way while its derives are compiled, so that none asks for its own fact.
    fn fact_num(&mut self, fact: FactId) -> NumId {
        let derives = self.derives(fact);
        if derives.is_empty() {
            return self.nodes.add_num(NumNode::Fact(fact));
        }
        let name = self.law.vocabulary.fact(fact).name.to_string();
        self.names.push(name);
        let mut limbs = Vec::new();
        for (when, value) in derives {
            limbs.push((self.optional(when.as_ref(), true), self.num(&value)));
        }
        self.names.pop();
        self.nodes.add_num(NumNode::Derived(fact, limbs.into()))
    }

    fn named_bool(&mut self, name: &str) -> NodeId {
        if let Some(fact) = self.fact(name) {
            let own = self.fact_bool(fact);
            let Some((party, first)) = self.stand_in(fact) else { return own };
            let first = self.fact_bool(first);
            let present = self.nodes.add(Node::Present(party));
            return self.nodes.add(Node::Choose(present, own, first));
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

    pub(super) fn derives(&self, fact: FactId) -> Vec<(Option<Expr>, Expr)> {
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
                    texts.iter().filter_map(|text| Country::parse(text)).collect();
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

    fn date_compare(
        &mut self,
        comparison: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Option<NodeId> {
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

    pub(super) fn num(&mut self, expr: &Expr) -> NumId {
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
            _ => NumNode::Extreme(Extreme::Max, Box::new([])),
        };
        self.nodes.add_num(node)
    }

    pub(super) fn named_num(&mut self, name: &str) -> NumId {
        if let Some(fact) = self.fact(name) {
            let own = self.fact_num(fact);
            let Some((party, first)) = self.stand_in(fact) else { return own };
            let first = self.fact_num(first);
            let present = self.nodes.add(Node::Present(party));
            return self.nodes.add_num(NumNode::Choose(present, own, first));
        }
        let unknown = NumNode::Extreme(Extreme::Max, Box::new([]));
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

//! Compiled conditions as a reader wrote them: `item.tpp >= 4800`, `destination in d5`.
//!
//! This module must not evaluate: it only names what the nodes of a day's law are.

use crate::country::CountrySet;
use crate::expr::{Comparison, Extreme, Operator};
use crate::law::Law;
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// Names the conditions of one day's law.
#[derive(Clone, Copy)]
pub struct Labels<'l> {
    /// The law.
    pub law: &'l Law,
    /// The law of the day.
    pub regime: &'l Regime,
}

/// How tightly the parts of a label hold together, from the loosest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Choice,
    Or,
    And,
    Test,
    Sum,
    Product,
    Whole,
}

impl Labels<'_> {
    /// A condition in the syntax of the packs.
    pub fn condition(&self, id: NodeId) -> String {
        self.bound(id).0
    }

    /// A numeric expression in the syntax of the packs.
    pub fn number(&self, id: NumId) -> String {
        self.bound_num(id).0
    }

    /// The name of a fact.
    pub fn fact(&self, id: FactId) -> &str {
        &self.law.vocabulary().fact(id).name
    }

    fn bound(&self, id: NodeId) -> (String, Tightness) {
        match self.regime.nodes.node(id) {
            Node::Const(value) => (value.to_string(), Tightness::Whole),
            Node::Fact(fact) | Node::Derived(fact, _) => {
                (self.fact(*fact).to_string(), Tightness::Whole)
            }
            Node::InSet(fact, set) if self.only_member(*set).is_some() => {
                let only = self.only_member(*set).unwrap_or_default();
                (format!("{} == \"{only}\"", self.fact(*fact)), Tightness::Test)
            }
            Node::InSet(fact, set) => {
                let set = set_label(self.regime.set(*set));
                (format!("{} in {set}", self.fact(*fact)), Tightness::Test)
            }
            Node::SameFact(a, b) => {
                (format!("{} == {}", self.fact(*a), self.fact(*b)), Tightness::Test)
            }
            Node::WordIn(fact, bits) => {
                let words = self.words(*fact, *bits);
                (one_of(self.fact(*fact), &words), Tightness::Test)
            }
            Node::TextIn(fact, texts) => {
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                (one_of(self.fact(*fact), &texts), Tightness::Test)
            }
            Node::Prefix(fact, prefix) => {
                (format!("{}.startsWith(\"{prefix}\")", self.fact(*fact)), Tightness::Whole)
            }
            Node::Holds(fact, text) => {
                (format!("\"{text}\" in {}", self.fact(*fact)), Tightness::Test)
            }
            Node::Compare(comparison, left, right) => {
                let (left, right) = (self.number(*left), self.number(*right));
                (format!("{left} {} {right}", comparison.symbol()), Tightness::Test)
            }
            Node::DateCompare(comparison, fact, date) => {
                let fact = self.fact(*fact);
                (format!("{fact} {} date(\"{date}\")", comparison.symbol()), Tightness::Test)
            }
            Node::Not(inner) => self.negated(*inner),
            Node::And(parts) => (self.joined(parts, " && ", Tightness::And), Tightness::And),
            Node::Or(parts) => (self.joined(parts, " || ", Tightness::Or), Tightness::Or),
            Node::Choose(condition, then, otherwise) => {
                let condition = self.at_least(*condition, Tightness::Or);
                let (then, otherwise) = (self.condition(*then), self.condition(*otherwise));
                (format!("{condition} ? {then} : {otherwise}"), Tightness::Choice)
            }
            Node::Present(party) => {
                let party = &self.law.vocabulary().parties()[usize::from(*party)].name;
                (format!("{party} is named"), Tightness::Test)
            }
            Node::Named(name, _) => (name.to_string(), Tightness::Whole),
            Node::Doubted(inner, _) => self.bound(*inner),
        }
    }

    fn negated(&self, inner: NodeId) -> (String, Tightness) {
        let node = self.regime.nodes.node(inner);
        let equality = match node {
            Node::SameFact(a, b) => Some(format!("{} != {}", self.fact(*a), self.fact(*b))),
            Node::InSet(fact, set) => {
                self.only_member(*set).map(|only| format!("{} != \"{only}\"", self.fact(*fact)))
            }
            Node::WordIn(fact, bits) if bits.count_ones() == 1 => {
                let word = self.words(*fact, *bits);
                Some(format!("{} != \"{}\"", self.fact(*fact), word.join("")))
            }
            Node::TextIn(fact, texts) if texts.len() == 1 => {
                Some(format!("{} != \"{}\"", self.fact(*fact), texts.join("")))
            }
            Node::Compare(Comparison::Equal, left, right) => {
                Some(format!("{} != {}", self.number(*left), self.number(*right)))
            }
            _ => None,
        };
        match equality {
            Some(label) => (label, Tightness::Test),
            None => (format!("!{}", self.at_least(inner, Tightness::Whole)), Tightness::Whole),
        }
    }

    fn at_least(&self, id: NodeId, needed: Tightness) -> String {
        let (label, found) = self.bound(id);
        if found < needed { format!("({label})") } else { label }
    }

    fn joined(&self, parts: &[NodeId], by: &str, tightness: Tightness) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.at_least(*part, tightness)).collect();
        parts.join(by)
    }

    /// The country of a list that names just one.
    fn only_member(&self, set: u16) -> Option<String> {
        let (name, members) = self.regime.set(set);
        let mut members = members.iter();
        let only = members.next().filter(|_| name.starts_with('[') && members.next().is_none());
        only.map(|country| country.to_string())
    }

    fn words(&self, fact: FactId, bits: u64) -> Vec<&str> {
        let words = self.law.vocabulary().fact(fact).of.words().unwrap_or_default();
        let chosen = words.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, word)| &**word).collect()
    }

    fn bound_num(&self, id: NumId) -> (String, Tightness) {
        match self.regime.nodes.num(id) {
            NumNode::Const(number) => (plain(*number), Tightness::Whole),
            NumNode::Fact(fact) | NumNode::Derived(fact, _) => {
                (self.fact(*fact).to_string(), Tightness::Whole)
            }
            NumNode::Arithmetic(operator, left, right) => {
                let own = match operator {
                    Operator::Add | Operator::Subtract => Tightness::Sum,
                    Operator::Multiply | Operator::Divide => Tightness::Product,
                };
                let (left, left_found) = self.bound_num(*left);
                let (right, right_found) = self.bound_num(*right);
                let left = if left_found < own { format!("({left})") } else { left };
                let right = if right_found <= own && right_found < Tightness::Whole {
                    format!("({right})")
                } else {
                    right
                };
                (format!("{left} {} {right}", operator.symbol()), own)
            }
            NumNode::Extreme(extreme, items) => {
                let items: Vec<String> = items.iter().map(|item| self.number(*item)).collect();
                let word = if *extreme == Extreme::Max { "max" } else { "min" };
                (format!("{word}({})", items.join(", ")), Tightness::Whole)
            }
            NumNode::Choose(condition, then, otherwise) => {
                let condition = self.at_least(*condition, Tightness::Or);
                let (then, otherwise) = (self.number(*then), self.number(*otherwise));
                (format!("({condition} ? {then} : {otherwise})"), Tightness::Whole)
            }
            NumNode::Named(name, _) => (name.to_string(), Tightness::Whole),
        }
    }
}

/// A number as packs write it: `26900000`, `5.92`, `1e26`.
pub fn plain(number: Num) -> String {
    let shown = number.to_string();
    let digits = shown.trim_end_matches('0');
    let zeros = shown.len() - digits.len();
    if zeros >= 12 && !shown.contains('.') {
        let power = zeros + digits.len() - 1;
        let (first, rest) = digits.split_at(1);
        return if rest.is_empty() {
            format!("{first}e{power}")
        } else {
            format!("{first}.{rest}e{power}")
        };
    }
    shown
}

fn set_label((name, members): &(String, CountrySet)) -> String {
    if !name.starts_with('[') {
        return name.clone();
    }
    let members: Vec<String> = members.iter().map(|country| format!("\"{country}\"")).collect();
    format!("[{}]", members.join(", "))
}

fn one_of(fact: &str, words: &[&str]) -> String {
    match words {
        [only] => format!("{fact} == \"{only}\""),
        _ => {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!("{fact} in [{}]", quoted.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_round_numbers_are_short() {
        for (text, shown) in [
            ("4800", "4800"),
            ("26900000", "26900000"),
            ("1e26", "1e26"),
            ("1.5e25", "1.5e25"),
            ("5.92", "5.92"),
        ] {
            assert_eq!(plain(Num::parse(text).expect("a number")), shown);
        }
    }
}

//! How far an item is from the thresholds of each paragraph.

use crate::eval::{Evaluation, Memory};
use crate::expr::Comparison;
use crate::facts::Facts;
use crate::law::{Law, RuleId};
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::regime::Regime;
use crate::truth::Truth;

/// One limb of a paragraph, weighed for an item.
#[derive(Clone, Debug, PartialEq)]
pub struct Limb {
    /// The rule.
    pub rule: RuleId,
    /// The paragraph.
    pub code: String,
    /// Whether the item falls under it.
    pub truth: Truth,
    /// The thresholds that the limb tests.
    pub thresholds: Vec<Threshold>,
}

/// A number of the item against a number of the law.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The fact or define that is measured.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Its value, if it is known.
    pub value: Option<Num>,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub limit: Num,
    /// Whether the comparison holds.
    pub truth: Truth,
}

impl Threshold {
    /// The distance to the limit in the item's own unit, never negative.
    pub fn distance(&self) -> Option<Num> {
        let value = self.value?;
        if value < self.limit {
            self.limit.checked_sub(value)
        } else {
            value.checked_sub(self.limit)
        }
    }
}

/// Weighs every limb of every paragraph that could be about the item, on the day of its facts.
pub fn headroom(law: &Law, facts: &Facts) -> Vec<Limb> {
    let Some(date) = facts.date(law.date_fact()) else { return Vec::new() };
    let regime = law.on(date);
    let mut memory = Memory::default();
    let mut weigh = Weigh { law, regime, evaluation: Evaluation::new(regime, facts, &mut memory) };
    regime
        .classes
        .iter()
        .map(|(rule, code, when)| {
            let mut thresholds = Vec::new();
            weigh.collect(*when, &mut thresholds);
            Limb {
                rule: *rule,
                code: law.class_codes()[usize::from(*code)].clone(),
                truth: weigh.evaluation.truth(*when),
                thresholds,
            }
        })
        .collect()
}

/// Weighs every limb of every paragraph as [`headroom`] does, and looks at no threshold: the code
/// and whether the item falls under it.
pub fn limbs<'l>(law: &'l Law, facts: &Facts) -> Vec<(&'l str, Truth)> {
    let Some(date) = facts.date(law.date_fact()) else { return Vec::new() };
    let regime = law.on(date);
    let mut memory = Memory::default();
    let mut evaluation = Evaluation::new(regime, facts, &mut memory);
    let code = |code: u16| law.class_codes()[usize::from(code)].as_str();
    regime
        .classes
        .iter()
        .map(|(_, paragraph, when)| (code(*paragraph), evaluation.truth(*when)))
        .collect()
}

struct Weigh<'w> {
    law: &'w Law,
    regime: &'w Regime,
    evaluation: Evaluation<'w>,
}

impl Weigh<'_> {
    /// Adds the comparisons with a fixed number that a condition makes, each once.
    fn collect(&mut self, id: NodeId, out: &mut Vec<Threshold>) {
        let regime = self.regime;
        match regime.nodes.node(id) {
            Node::Not(inner) | Node::Named(_, inner) | Node::Doubted(inner, _) => {
                self.collect(*inner, out);
            }
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().for_each(|part| self.collect(*part, out));
            }
            Node::Choose(condition, then, otherwise) => {
                [condition, then, otherwise].into_iter().for_each(|part| self.collect(*part, out));
            }
            Node::Compare(comparison, left, right) => {
                let NumNode::Const(limit) = regime.nodes.num(*right) else { return };
                let Some((name, unit)) = self.measured(*left) else { return };
                let threshold = Threshold {
                    name,
                    unit,
                    value: self.evaluation.num(*left),
                    comparison: *comparison,
                    limit: *limit,
                    truth: self.evaluation.truth(id),
                };
                if !out.contains(&threshold) {
                    out.push(threshold);
                }
            }
            _ => {}
        }
    }

    fn measured(&self, id: NumId) -> Option<(String, String)> {
        match self.regime.nodes.num(id) {
            NumNode::Fact(fact) | NumNode::Derived(fact, _) => {
                let fact = self.law.vocabulary().fact(*fact);
                Some((fact.name.to_string(), fact.unit_text.clone()))
            }
            NumNode::Named(name, inner) => {
                let unit = self.measured(*inner).map_or(String::new(), |(_, unit)| unit);
                Some((name.to_string(), unit))
            }
            _ => None,
        }
    }
}

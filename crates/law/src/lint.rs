//! Checks that need the law compiled: rules that can never hold, and the worked cases.

use jiff::civil::Date;

use crate::country::CountrySet;
use crate::diagnostic::Diagnostic;
use crate::expr::{Comparison, ExprKind};
use crate::law::{Law, RuleId};
use crate::node::{Node, NodeId, NumNode};
use crate::number::Num;
use crate::pack::{Body, Reading, Rule};
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// Every mistake that reading a law does not find, and how many cases were run.
pub fn lint(law: &Law) -> (usize, Vec<Diagnostic>) {
    let (cases, mut diagnostics) = crate::cases::run_all(law);
    never(law, &mut diagnostics);
    diagnostics.sort_by(|a, b| {
        (&a.source.name, a.span.start, a.code).cmp(&(&b.source.name, b.span.start, b.code))
    });
    (cases, diagnostics)
}

/// Rules whose condition cannot hold on any day on which they bind.
fn never(law: &Law, diagnostics: &mut Vec<Diagnostic>) {
    let mut possible = vec![false; law.rules().count()];
    let mut tested = vec![false; law.rules().count()];
    let first = law.dates().first().copied().unwrap_or(Date::MIN);
    for date in law.dates().iter().copied().chain(first.yesterday().ok()) {
        let regime = law.on(date);
        for (rule, when) in conditions(regime) {
            tested[rule.0 as usize] = true;
            possible[rule.0 as usize] |= can_hold(law, regime, when);
        }
    }
    for (id, rule) in law.rules() {
        let at = id.0 as usize;
        if tested[at] && !possible[at] && !says_nothing_is_required(&rule.rule) {
            let source = &law.packs()[rule.pack].source;
            let word = rule.rule.body.word();
            let message = format!("the {word} `{}` can never hold", rule.rule.id);
            diagnostics.push(
                Diagnostic::error("never", source, rule.rule.span.clone(), message)
                    .hint("its condition contradicts itself on every day on which it binds"),
            );
        }
    }
}

/// A requirement written `when = false` with `about` states that the text requires nothing there.
fn says_nothing_is_required(rule: &Rule) -> bool {
    let literal = rule.when.as_ref().is_some_and(|when| when.kind == ExprKind::Bool(false));
    literal && matches!(&rule.body, Body::Requirement { about: Some(_), .. })
}

fn conditions(regime: &Regime) -> Vec<(RuleId, NodeId)> {
    let mut out: Vec<(RuleId, NodeId)> =
        regime.classes.iter().map(|(rule, _, when)| (*rule, *when)).collect();
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        for requirement in &rules.requirements {
            out.push((requirement.rule, requirement.when));
            out.extend(requirement.policies.iter().map(|policy| (policy.rule, policy.when)));
        }
        for exception in &rules.exceptions {
            out.push((exception.rule, exception.when));
            out.extend(exception.bars.iter().copied());
        }
        out.extend(rules.obligations.iter().map(|each| (each.rule, each.when)));
        out.extend(rules.quotas.iter().map(|quota| (quota.rule, quota.when)));
        out.extend(rules.flags.iter().chain(&rules.remarks).copied());
    }
    out
}

/// Whether a condition can hold as far as its conjunctions show: constants, sets of countries that
/// do not meet, words that exclude each other, bounds that cross.
fn can_hold(law: &Law, regime: &Regime, id: NodeId) -> bool {
    match regime.nodes.node(id) {
        Node::Const(value) => *value,
        Node::Named(_, inner) | Node::Doubted(inner, _) => can_hold(law, regime, *inner),
        Node::Or(parts) => parts.iter().any(|part| can_hold(law, regime, *part)),
        // A comparison alone can be beyond what the fact can be.
        Node::Compare(..) => !contradicts(law, regime, &[id]),
        Node::And(parts) => {
            parts.iter().all(|part| can_hold(law, regime, *part))
                && !contradicts(law, regime, parts)
        }
        Node::Choose(condition, then, otherwise) => {
            can_hold(law, regime, *condition) && can_hold(law, regime, *then)
                || can_hold(law, regime, *otherwise)
        }
        _ => true,
    }
}

fn contradicts(law: &Law, regime: &Regime, parts: &[NodeId]) -> bool {
    let mut countries: Vec<(FactId, CountrySet)> = Vec::new();
    let mut words: Vec<(FactId, u64)> = Vec::new();
    let mut bounds: Vec<(FactId, Option<Num>, Option<Num>)> = Vec::new();
    for part in parts {
        let opposite = Node::Not(*part);
        if parts.iter().any(|other| *regime.nodes.node(*other) == opposite) {
            return true;
        }
        match regime.nodes.node(*part) {
            Node::InSet(fact, set) => {
                let members = &regime.set(*set).1;
                match countries.iter_mut().find(|(known, _)| known == fact) {
                    Some((_, both)) => {
                        *both = both.iter().filter(|it| members.contains(*it)).collect()
                    }
                    None => countries.push((*fact, members.clone())),
                }
            }
            Node::WordIn(fact, bits) => match words.iter_mut().find(|(known, _)| known == fact) {
                Some((_, both)) => *both &= bits,
                None => words.push((*fact, *bits)),
            },
            Node::Compare(comparison, left, right) => {
                let (NumNode::Fact(fact) | NumNode::Derived(fact, _), NumNode::Const(limit)) =
                    (regime.nodes.num(*left), regime.nodes.num(*right))
                else {
                    continue;
                };
                let at = bounds.iter().position(|(known, ..)| known == fact);
                let at = at.unwrap_or_else(|| {
                    let declared = law.vocabulary().fact(*fact);
                    bounds.push((*fact, declared.min, declared.max));
                    bounds.len() - 1
                });
                let (_, low, high) = &mut bounds[at];
                let (is_low, is_high) = match comparison {
                    Comparison::AtLeast | Comparison::Greater => (true, false),
                    Comparison::AtMost | Comparison::Less => (false, true),
                    Comparison::Equal => (true, true),
                    Comparison::NotEqual => (false, false),
                };
                if is_low {
                    *low = Some(low.map_or(*limit, |low| low.max(*limit)));
                }
                if is_high {
                    *high = Some(high.map_or(*limit, |high| high.min(*limit)));
                }
                let strict = matches!(comparison, Comparison::Greater | Comparison::Less);
                if let (Some(low), Some(high)) = (low, high)
                    && (*low > *high || (*low == *high && strict))
                {
                    return true;
                }
            }
            _ => {}
        }
    }
    countries.iter().any(|(_, members)| members.iter().next().is_none())
        || words.iter().any(|(_, bits)| *bits == 0)
}

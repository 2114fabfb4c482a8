//! What of a bundle can be asked for, so that values are told apart by nothing else.
//!
//! A decision asks for the conditions that rules name. What they are made of is asked for only
//! where they are unknown, since an answer then names the facts that would settle them.

use std::collections::BTreeSet;

use super::frame::{Frame, Scope};
use crate::node::{NodeId, NumId, Part};
use crate::pack::Reading;
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// The conditions, numbers and facts of one bundle that are asked for by themselves.
#[derive(Debug, Default)]
pub(super) struct Roots {
    pub(super) nodes: BTreeSet<NodeId>,
    pub(super) nums: BTreeSet<NumId>,
    pub(super) facts: BTreeSet<FactId>,
}

impl Roots {
    /// Those of every bundle.
    pub(super) fn of(regime: &Regime, frame: &Frame, bundles: usize) -> Vec<Roots> {
        let mut roots: Vec<Roots> = Vec::new();
        roots.resize_with(bundles, Roots::default);
        let mut open = named(regime);
        let mut seen: BTreeSet<Part> = open.iter().copied().collect();
        while let Some(part) = open.pop() {
            let scope = match part {
                Part::Node(id) => frame.nodes[id.0 as usize],
                Part::Num(id) => frame.nums[id.0 as usize],
                Part::Fact(fact) => frame.fact_scope(fact),
            };
            match (scope, part) {
                (Scope::Constant, _) => {}
                (Scope::Bundle(bundle), Part::Node(id)) => {
                    roots[bundle].nodes.insert(id);
                }
                (Scope::Bundle(bundle), Part::Num(id)) => {
                    roots[bundle].nums.insert(id);
                }
                (Scope::Bundle(bundle), Part::Fact(fact)) => {
                    roots[bundle].facts.insert(fact);
                }
                (Scope::Rows, part) => {
                    regime.nodes.parts(part, |part| {
                        if seen.insert(part) {
                            open.push(part);
                        }
                    });
                }
            }
        }
        roots
    }
}

/// All that rules name themselves.
fn named(regime: &Regime) -> Vec<Part> {
    let mut nodes: Vec<NodeId> = regime.classes.iter().map(|(_, _, when)| *when).collect();
    nodes.extend(regime.coming.iter().map(|(_, when)| *when));
    let mut others = Vec::new();
    for reading in Reading::BOTH {
        let rules = regime.reading(reading);
        for requirement in &rules.requirements {
            nodes.push(requirement.when);
            nodes.extend(requirement.about);
            nodes.extend(requirement.doubts.iter().map(|doubt| doubt.when));
            for policy in &requirement.policies {
                nodes.push(policy.when);
                nodes.extend(policy.doubts.iter().map(|doubt| doubt.when));
            }
        }
        for exception in &rules.exceptions {
            nodes.push(exception.when);
            nodes.extend(exception.bars.iter().map(|(_, bar)| *bar));
            nodes.extend(exception.doubts.iter().map(|doubt| doubt.when));
        }
        nodes.extend(rules.phantoms.iter().map(|phantom| phantom.when));
        nodes.extend(rules.obligations.iter().flat_map(|due| [due.when, due.done]));
        nodes.extend(rules.flags.iter().chain(&rules.remarks).map(|(_, when)| *when));
        nodes.extend(rules.suspended.iter().map(|(_, when, _)| *when));
        for quota in &rules.quotas {
            nodes.push(quota.when);
            let nums = [Some(quota.amount), quota.limit, quota.base.map(|(_, amount)| amount)];
            others.extend(nums.into_iter().flatten().map(Part::Num));
            others.push(Part::Fact(quota.used));
            others.extend(quota.base.map(|(fact, _)| Part::Fact(fact)));
        }
    }
    let mut parts: Vec<Part> = nodes.into_iter().map(Part::Node).chain(others).collect();
    parts.sort_unstable();
    parts.dedup();
    parts
}

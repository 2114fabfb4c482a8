//! How an application is reviewed.

use std::collections::BTreeSet;

use law::pack::Body;
use law::truth::Truth;
use law::{Flag, Policy, Reading, RuleId};

use crate::decide::{Findings, Requirement};
use crate::force::Numbered;
use crate::quotas::{Carry, Room};
use crate::transaction::{Transaction, Why, listed};

/// The policy, and what was found on the way to it.
#[derive(Default)]
pub(crate) struct Review {
    /// The policy, where it is settled and the text sets one.
    pub(crate) policy: Option<Policy>,
    /// Whether there are several possible answers.
    pub(crate) open: bool,
    /// What it depends on.
    pub(crate) why: Why,
    /// The rules that set it, each with the rooms of its quotas.
    pub(crate) rules: Vec<(RuleId, Vec<Room>)>,
    /// The rooms of the quotas of the policies that were weighed.
    pub(crate) rooms: Vec<Room>,
}

impl Review {
    /// The flag that says what the policy depends on.
    pub(crate) fn flag(&self) -> Option<Flag> {
        let flag = Flag::PolicyOpen(listed(&self.why.facts), listed(&self.why.doubts));
        self.open.then_some(flag)
    }
}

/// What a requirement may contribute: nothing where it may not exist, else a policy or that the
/// text sets none.
type Possible = Option<Option<Policy>>;

/// A policy that is the first to hold for some requirement, with the rooms of its quotas.
type SetBy = (RuleId, Policy, Vec<Room>);

impl<'t> Transaction<'t> {
    /// Step 8.
    pub(crate) fn review(
        &self,
        findings: &Findings,
        reading: Reading,
        carry: Option<&Carry>,
    ) -> Review {
        let mut review = Review::default();
        let mut together: BTreeSet<Possible> = BTreeSet::from([None]);
        let mut set_by: Vec<SetBy> = Vec::new();
        for requirement in &findings.requirements {
            let mut each = BTreeSet::new();
            if requirement.truth == Truth::Unknown {
                each.insert(None);
                review.why.join(requirement.why.clone());
            }
            each.extend(
                self.possible(requirement, reading, carry, &mut review, &mut set_by)
                    .into_iter()
                    .map(Some),
            );
            together = together
                .iter()
                .flat_map(|before| each.iter().map(|this| strictest(*before, *this)))
                .collect();
        }
        let mut answers = together.into_iter();
        match (answers.next(), answers.next()) {
            (Some(only), None) => review.policy = only.flatten(),
            _ => review.open = true,
        }
        let policy = review.policy;
        set_by.retain(|(_, sets, _)| Some(*sets) == policy);
        review.rules = set_by.into_iter().map(|(rule, _, rooms)| (rule, rooms)).collect();
        review
    }

    /// The policies that one requirement may have: each unknown one before the first that holds,
    /// and that one; or that the text sets none.
    fn possible(
        &self,
        requirement: &Requirement,
        reading: Reading,
        carry: Option<&Carry>,
        review: &mut Review,
        set_by: &mut Vec<SetBy>,
    ) -> BTreeSet<Option<Policy>> {
        let mut possible = BTreeSet::new();
        if !requirement.is_rule {
            return BTreeSet::from([None]);
        }
        for policy in self.policies(requirement.rule, reading) {
            let Body::Policy { result, draws, .. } = &policy.1.rule.body else { continue };
            let rooms: Vec<Room> =
                draws.iter().map(|(quota, _)| self.room(quota, reading, carry)).collect();
            let room = rooms.iter().fold(Truth::True, |all, room| all.and(room.truth));
            let condition = self.condition(policy);
            let truth = self.unless_in_doubt(condition.and(room), policy, reading);
            review.rooms.extend(rooms.iter().filter(|_| condition != Truth::False).cloned());
            match truth {
                Truth::False => continue,
                Truth::True => {
                    possible.insert(Some(*result));
                    set_by.push((policy.0, *result, rooms));
                    return possible;
                }
                Truth::Unknown => {
                    possible.insert(Some(*result));
                    review.why.join(self.why_open(policy, reading));
                    rooms.into_iter().for_each(|room| review.why.join(room.why));
                }
            }
        }
        possible.insert(None);
        possible
    }

    /// The policies in force for a requirement, by rank, then in order of appearance.
    fn policies(&self, requirement: RuleId, reading: Reading) -> Vec<Numbered<'t>> {
        let wanted = &self.law.rule(requirement).id;
        let mut policies: Vec<(i32, Numbered<'t>)> = Vec::new();
        for policy in self.in_force(reading).iter().copied() {
            if let Body::Policy { requirements, rank, .. } = &policy.1.rule.body
                && requirements.iter().any(|(id, _)| id == wanted)
            {
                policies.push((*rank, policy));
            }
        }
        policies.sort_by_key(|(rank, _)| *rank);
        policies.into_iter().map(|(_, policy)| policy).collect()
    }
}

/// The strictest of two; none with a denial is the denial, none with anything else is none.
fn strictest(one: Possible, other: Possible) -> Possible {
    let (Some(one), Some(other)) = (one, other) else { return one.or(other) };
    Some(match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (None, None) => None,
        (Some(policy), None) | (None, Some(policy)) => {
            let denial = matches!(policy, Policy::PresumptionOfDenial | Policy::PolicyOfDenial);
            denial.then_some(policy)
        }
    })
}

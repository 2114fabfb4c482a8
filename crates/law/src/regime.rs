//! The law of a span of time in which nothing changes, compiled.

mod compile;
mod conditions;

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;

use crate::country::{CountryClasses, CountrySet};
use crate::docket::DocketFacts;
use crate::law::{Law, RuleId, StatusId};
use crate::node::{Doubting, NodeId, Nodes, NumId};
use crate::pack::{Group, Policy, QuotaKind, Reading};
use crate::vocabulary::FactId;
use compile::Compiler;

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
    /// The countries as the sets tell them apart.
    pub(crate) country_classes: CountryClasses,
    /// The facts by which transactions share a docket.
    pub(crate) docket_facts: DocketFacts,
    /// Paragraphs: the rule, its code and its condition.
    pub classes: Vec<(RuleId, u16, NodeId)>,
    /// The two readings.
    pub readings: [ReadingRules; 2],
    /// Rules in force that do not bind yet.
    pub coming: Vec<(RuleId, NodeId)>,
}

/// The rules of one reading.
#[derive(Debug, Default, PartialEq)]
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
#[derive(Debug, PartialEq)]
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
#[derive(Debug, PartialEq)]
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
#[derive(Debug, PartialEq)]
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
#[derive(Debug, PartialEq)]
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
    /// Which transactions add to the whole.
    pub base_when: NodeId,
    /// The facts that name the account of the whole.
    pub base_key: Vec<FactId>,
    /// The fact that another limit, recorded for the account, fills.
    pub raised: Option<FactId>,
    /// Whether the account is the ultimate owner's.
    pub consolidated: bool,
}

/// A compiled obligation.
#[derive(Debug, PartialEq)]
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
        Regime {
            id,
            from,
            through,
            country_classes: CountryClasses::new(sets.iter().map(|(_, members)| members)),
            docket_facts: DocketFacts::of(&nodes, &readings, law.vocabulary()),
            nodes,
            sets,
            classes,
            readings,
            coming,
        }
    }

    /// Whether another regime asks the same of every transaction. Both are of laws in which an
    /// index means the same rule. What the other knows besides is named in texts alone: no rule of
    /// it can look at a condition that this one does not have.
    pub(crate) fn asks_as(&self, other: &Regime) -> bool {
        self.readings == other.readings
            && self.classes == other.classes
            && self.coming == other.coming
            && other.sets.starts_with(&self.sets)
            && self.nodes.begin(&other.nodes)
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

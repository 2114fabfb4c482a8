//! The whole trace of one decision, as a tree.
//!
//! Everything here is read off the evaluation that decided: the nodes of the day's law and what
//! they
//! were worth. This module must not evaluate a condition in a way of its own, and it puts nothing
//! into words but the conditions themselves; wording is the task of whoever renders the tree.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::decide::{Answer, Carry, Decision, Desk, Determination, Draw, Flag, Outcome};
use crate::eval::Open;
use crate::facts::{Facts, Value};
use crate::label::{Labels, plain};
use crate::law::{Law, RuleId, StatusId};
use crate::node::{DoubtSource, Doubting, Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::pack::Reading;
use crate::regime::{Exception, Quota, ReadingRules, Requirement, ReviewPolicy};
use crate::truth::Truth;

/// How one decision came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The answer that is explained.
    pub determination: Determination,
    /// The first and the last day on which the same rules apply.
    pub days: (Date, Date),
    /// The paragraphs of the control list, the same in both readings.
    pub classes: Vec<Branch>,
    /// The two readings, each in the order of tests.
    pub readings: [Vec<Section>; 2],
}

/// One part of a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// What it holds.
    pub part: Part,
    /// Its rules.
    pub branches: Vec<Branch>,
}

/// The parts of a reading, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Requirements, in the order of tests, each with its review policies.
    Requirements,
    /// Doubts that stand for a requirement.
    OpenTexts,
    /// Exceptions, with what takes them away and the quotas they draw on.
    Exceptions,
    /// What is due.
    Obligations,
    /// Red flags and remarks.
    Flags,
    /// Requirements that an announcement took out of force.
    OutOfForce,
    /// Rules in force that do not bind yet.
    Coming,
}

impl Part {
    /// A stable word.
    pub fn word(self) -> &'static str {
        match self {
            Part::Requirements => "requirements",
            Part::OpenTexts => "open_texts",
            Part::Exceptions => "exceptions",
            Part::Obligations => "obligations",
            Part::Flags => "flags",
            Part::OutOfForce => "out_of_force",
            Part::Coming => "coming",
        }
    }
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// What it is.
    pub subject: Subject,
    /// What it was worth.
    pub truth: Truth,
    /// The values that were looked at.
    pub values: Vec<Seen>,
    /// Whether what stands above depends on it: a false part of a true "any of" does not matter.
    pub matters: bool,
    /// What it is made of.
    pub children: Vec<Branch>,
    /// How many parts that do not matter were [left out](Explanation::shorten).
    pub folded: usize,
}

/// What a node of the tree is.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A paragraph of the control list, by index of its code.
    Class(u16),
    /// A rule; its truth counts everything below it.
    Rule(RuleId),
    /// The condition of a rule.
    When(String),
    /// Whether a requirement is about the transaction at all.
    About(String),
    /// What the file must hold for an obligation to be off the list.
    Done(String),
    /// Whether an exception overcomes a requirement that holds or is open.
    Overcomes(RuleId),
    /// Something that takes an exception away.
    Bar(RuleId),
    /// A quota, true where it has room; what would be drawn, where all its numbers are known.
    Quota(RuleId, Option<Draw>),
    /// A conflict or gap in the text.
    Doubt(DoubtSource),
    /// An announcement that took a rule out of force.
    Status(StatusId),
    /// A review policy.
    Policy(RuleId),
    /// All of the parts must hold.
    All,
    /// One of the parts must hold.
    Any,
    /// The part must not hold.
    Not,
    /// The second part where the first holds, else the third.
    Choose,
    /// A test of facts.
    Test(String),
    /// A condition that has a name.
    Named(String),
    /// The same, shown above.
    Again(String),
    /// A fact that is computed from others.
    Derived(String),
}

/// A value that a test looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The fact or define.
    pub name: String,
    /// Its value; `None` where it is unknown.
    pub value: Option<String>,
    /// Whether the packs computed it.
    pub derived: bool,
    /// Whether it was not looked at itself, but for one that was computed from it.
    pub input: bool,
}

/// Explains a decision: everything that was tested, in the order of tests.
///
/// The facts must be [complete](Facts::complete), the `carry` that of the decision. `None` where
/// the date is unknown.
pub fn explain(
    law: &Law,
    facts: &Facts,
    carry: Option<&Carry>,
    desk: &mut Desk,
) -> Option<Explanation> {
    let determination = law.decide(facts, carry, desk)?;
    let decision = law.deciding(facts, carry, desk)?;
    let labels = Labels { law, regime: decision.regime };
    let days = (decision.regime.from, decision.regime.through);
    let mut explainer = Explainer { decision, labels };
    let classes = explainer.classes(&determination);
    let readings =
        Reading::BOTH.map(|reading| explainer.reading(reading, determination.reading(reading)));
    Some(Explanation { determination, days, classes, readings })
}

impl Explanation {
    /// Leaves out what does not matter, unless `everything` is wanted, and shows what has a name
    /// only once in each reading.
    pub fn shorten(&mut self, law: &Law, everything: bool) {
        let mut shown = HashSet::new();
        shorten(&mut self.classes, &mut shown, everything);
        for class in self.classes.iter().filter(|class| !class.children.is_empty()) {
            if let Subject::Class(code) = class.subject
                && let Some(code) = law.class_codes().get(usize::from(code))
            {
                shown.insert(format!("class(\"{code}\")"));
            }
        }
        for reading in &mut self.readings {
            let mut shown = shown.clone();
            for section in reading {
                let matters = |branch: &Branch| branch.matters;
                if !everything && !section.branches.iter().any(matters) {
                    section.branches.iter_mut().for_each(Branch::fold);
                }
                shorten(&mut section.branches, &mut shown, everything);
            }
        }
    }
}

impl Branch {
    fn new(subject: Subject, truth: Truth, mut children: Vec<Branch>) -> Branch {
        let always = Subject::When("true".into());
        children.retain(|child| child.subject != always);
        Branch { subject, truth, values: Vec::new(), matters: true, children, folded: 0 }
    }

    fn matters_if(mut self, matters: bool) -> Branch {
        self.matters = matters;
        self
    }

    fn fold(&mut self) {
        self.folded += self.children.len();
        self.children.clear();
    }
}

fn shorten(branches: &mut [Branch], shown: &mut HashSet<String>, everything: bool) {
    for branch in branches {
        if !everything {
            if !branch.matters {
                branch.fold();
            }
            let before = branch.children.len();
            branch.children.retain(|child| child.matters);
            branch.folded += before - branch.children.len();
        }
        if let Subject::Named(name) = &branch.subject {
            if branch.children.is_empty() {
                continue;
            }
            if !shown.insert(name.clone()) {
                branch.subject = Subject::Again(name.clone());
                branch.children.clear();
                branch.folded = 0;
                continue;
            }
        }
        shorten(&mut branch.children, shown, everything);
    }
}

struct Explainer<'e> {
    decision: Decision<'e>,
    labels: Labels<'e>,
}

impl<'e> Explainer<'e> {
    // --- The order of tests ---

    fn classes(&mut self, determination: &Determination) -> Vec<Branch> {
        let regime = self.decision.regime;
        let mut classes: Vec<Branch> = Vec::new();
        let mut open: Vec<u16> = Vec::new();
        for (rule, code, when) in &regime.classes {
            let condition = self.condition(*when);
            if self.keeps_open(*when, determination) {
                open.push(*code);
            }
            let truth = condition.truth;
            let limb = Branch::new(Subject::Rule(*rule), truth, vec![condition]);
            match classes.last_mut() {
                Some(last) if last.subject == Subject::Class(*code) => {
                    last.truth = last.truth.or(truth);
                    last.children.push(limb);
                }
                _ => classes.push(Branch::new(Subject::Class(*code), truth, vec![limb])),
            }
        }
        for class in &mut classes {
            let open = matches!(class.subject, Subject::Class(code) if open.contains(&code));
            class.matters = class.truth == Truth::True || open;
            let truth = class.truth;
            class.children.iter_mut().for_each(|limb| limb.matters = limb.truth == truth);
        }
        classes
    }

    /// Whether an unknown condition waits for something that keeps the answer open.
    fn keeps_open(&mut self, when: NodeId, determination: &Determination) -> bool {
        let mut open = Open::default();
        self.decision.eval.open(when, &mut open);
        let facts = self.decision.eval.facts;
        let vocabulary = self.labels.law.vocabulary();
        Reading::BOTH.iter().any(|reading| {
            let answer = determination.reading(*reading);
            let asked = |fact| answer.missing.contains(&facts.asked(vocabulary, fact));
            open.facts.iter().any(asked)
                || open.doubts.iter().any(|doubt| answer.doubts.contains(doubt))
        })
    }

    fn reading(&mut self, reading: Reading, answer: &Answer) -> Vec<Section> {
        let rules = self.decision.regime.reading(reading);
        let requirements = self.requirements(reading, rules, answer);
        let open: Vec<Branch> = rules.phantoms.iter().map(|phantom| self.doubt(phantom)).collect();
        let exceptions = self.exceptions(reading, rules, answer);
        let obligations = self.obligations(rules, answer);
        let flags = rules.flags.iter().chain(&rules.remarks);
        let flags: Vec<Branch> = flags.map(|(rule, when)| self.flag(*rule, *when)).collect();
        let suspended: Vec<Branch> =
            rules.suspended.iter().map(|each| self.suspended(*each)).collect();
        let coming = self.coming(answer);
        let sections = [
            (Part::Requirements, requirements),
            (Part::OpenTexts, open),
            (Part::Exceptions, exceptions),
            (Part::Obligations, obligations),
            (Part::Flags, flags),
            (Part::OutOfForce, suspended),
            (Part::Coming, coming),
        ];
        let filled = sections.into_iter().filter(|(_, branches)| !branches.is_empty());
        filled.map(|(part, branches)| Section { part, branches }).collect()
    }

    fn requirements(
        &mut self,
        reading: Reading,
        rules: &'e ReadingRules,
        answer: &Answer,
    ) -> Vec<Branch> {
        let mut branches = Vec::new();
        for requirement in &rules.requirements {
            let truth = self.decision.truth_of(requirement.when, &requirement.doubts);
            let mut children = vec![self.when(requirement.when)];
            let about = requirement.about.map(|about| {
                let mut about = self.wrapped(about, Subject::About);
                about.matters =
                    truth == Truth::False && answer.outcome == Outcome::NoLicenseRequired;
                about
            });
            let concerned = about.as_ref().is_some_and(|about| about.truth == Truth::True);
            children.extend(about);
            children.extend(self.doubts(&requirement.doubts));
            if truth != Truth::False && answer.outcome == Outcome::LicenseRequired {
                let policies = self.policies(reading, rules, requirement);
                children.extend(policies);
            }
            // One that is about the transaction and fails is why no license is required.
            let tells = concerned && answer.outcome == Outcome::NoLicenseRequired;
            let branch = Branch::new(Subject::Rule(requirement.rule), truth, children);
            branches.push(branch.matters_if(truth != Truth::False || tells));
        }
        branches
    }

    fn policies(
        &mut self,
        reading: Reading,
        rules: &'e ReadingRules,
        requirement: &'e Requirement,
    ) -> Vec<Branch> {
        let mut branches = Vec::new();
        let mut settled = false;
        for policy in &requirement.policies {
            let branch = self.policy(reading, rules, policy);
            let matters = !settled && branch.truth != Truth::False;
            settled |= branch.truth == Truth::True;
            branches.push(branch.matters_if(matters));
        }
        branches
    }

    fn policy(
        &mut self,
        reading: Reading,
        rules: &'e ReadingRules,
        policy: &'e ReviewPolicy,
    ) -> Branch {
        let truth = self.decision.policy(reading, rules, policy, &mut Vec::new());
        let mut children = vec![self.when(policy.when)];
        children.extend(policy.draws.iter().map(|at| self.quota(reading, &rules.quotas[*at])));
        children.extend(self.doubts(&policy.doubts));
        Branch::new(Subject::Policy(policy.rule), truth, children)
    }

    fn exceptions(
        &mut self,
        reading: Reading,
        rules: &'e ReadingRules,
        answer: &Answer,
    ) -> Vec<Branch> {
        let live: Vec<(&Requirement, Truth)> = rules
            .requirements
            .iter()
            .map(|each| (each, self.decision.truth_of(each.when, &each.doubts)))
            .filter(|(_, truth)| *truth != Truth::False)
            .collect();
        let mut branches = Vec::new();
        for exception in &rules.exceptions {
            let mut branch = self.exception(reading, rules, exception);
            let mut covers = !live.is_empty();
            for (requirement, held) in &live {
                let overcomes = requirement.overcome_by >> exception.code & 1 == 1;
                covers &= overcomes || *held != Truth::True;
                let child =
                    Branch::new(Subject::Overcomes(requirement.rule), overcomes.into(), Vec::new());
                branch.children.push(child.matters_if(!overcomes));
            }
            let holds = branch.truth;
            branch.truth = if covers { holds } else { Truth::False };
            let concerned = self.decision.eval.truth(exception.when) != Truth::False;
            let listed = answer.exceptions.contains(&exception.code);
            branch.matters = concerned && !live.is_empty() || listed;
            branches.push(branch);
        }
        branches
    }

    fn exception(
        &mut self,
        reading: Reading,
        rules: &'e ReadingRules,
        exception: &'e Exception,
    ) -> Branch {
        let truth = self.decision.exception(reading, rules, exception, &mut Vec::new());
        let mut children = vec![self.when(exception.when)];
        for (rule, when) in &exception.bars {
            let bar = self.wrapped(*when, |_| Subject::Bar(*rule));
            let matters = bar.truth != Truth::False;
            children.push(bar.matters_if(matters));
        }
        children.extend(exception.draws.iter().map(|at| self.quota(reading, &rules.quotas[*at])));
        children.extend(self.doubts(&exception.doubts));
        Branch::new(Subject::Rule(exception.rule), truth, children)
    }

    fn quota(&mut self, reading: Reading, quota: &'e Quota) -> Branch {
        let room = self.decision.room(reading, quota);
        let applies = self.when(quota.when);
        let about = applies.truth;
        let mut branch =
            Branch::new(Subject::Quota(quota.rule, room.draw), room.truth, vec![applies]);
        let mut values = Vec::new();
        self.see_num(quota.amount, &mut values);
        self.see_fact(quota.used, &mut values);
        if let Some(limit) = quota.limit {
            self.see_num(limit, &mut values);
        }
        if let Some((fact, amount)) = quota.base {
            self.see_fact(fact, &mut values);
            self.see_num(amount, &mut values);
        }
        branch.values = values;
        branch.matters_if(about != Truth::False)
    }

    fn obligations(&mut self, rules: &'e ReadingRules, answer: &Answer) -> Vec<Branch> {
        let mut branches = Vec::new();
        for obligation in &rules.obligations {
            let due = answer.obligations.iter().any(|due| due.rule == obligation.rule);
            let open = answer
                .flags
                .iter()
                .any(|flag| matches!(flag, Flag::MayBeDue(rule, _) if *rule == obligation.rule));
            let truth = match (due, open) {
                (true, _) => Truth::True,
                (_, true) => Truth::Unknown,
                _ => Truth::False,
            };
            let when = self.when(obligation.when);
            let done = self.wrapped(obligation.done, Subject::Done);
            let asked = done.subject != Subject::Done("false".into());
            let children = [Some(when), asked.then_some(done)].into_iter().flatten().collect();
            let branch = Branch::new(Subject::Rule(obligation.rule), truth, children);
            branches.push(branch.matters_if(due || open));
        }
        branches
    }

    fn flag(&mut self, rule: RuleId, when: NodeId) -> Branch {
        let when = self.when(when);
        let truth = when.truth;
        Branch::new(Subject::Rule(rule), truth, vec![when]).matters_if(truth == Truth::True)
    }

    fn suspended(&mut self, (rule, when, status): (RuleId, NodeId, StatusId)) -> Branch {
        let would = self.when(when);
        let announced = Branch::new(Subject::Status(status), Truth::True, Vec::new());
        let truth = would.truth;
        Branch::new(Subject::Rule(rule), truth, vec![announced, would])
            .matters_if(truth != Truth::False)
    }

    fn coming(&mut self, answer: &Answer) -> Vec<Branch> {
        let told = |rule: &RuleId| answer.flags.contains(&Flag::Coming(*rule));
        let regime = self.decision.regime;
        let coming = regime.coming.iter().filter(|(rule, _)| told(rule));
        coming.map(|(rule, when)| self.flag(*rule, *when)).collect()
    }

    fn doubts(&mut self, doubts: &[Doubting]) -> Vec<Branch> {
        doubts.iter().map(|doubt| self.doubt(doubt)).collect()
    }

    fn doubt(&mut self, doubt: &Doubting) -> Branch {
        let branch = self.wrapped(doubt.when, |_| Subject::Doubt(doubt.source));
        let matters = branch.truth != Truth::False;
        branch.matters_if(matters)
    }

    // --- Conditions ---

    fn when(&mut self, when: NodeId) -> Branch {
        self.wrapped(when, Subject::When)
    }

    /// A condition under a heading of its own. A test, a conjunction or a disjunction is told by
    /// the heading itself.
    fn wrapped(&mut self, when: NodeId, subject: impl FnOnce(String) -> Subject) -> Branch {
        let condition = self.condition(when);
        let subject = subject(self.labels.condition(when));
        let truth = condition.truth;
        match condition.subject {
            Subject::Test(_) => {
                Branch { values: condition.values, ..Branch::new(subject, truth, Vec::new()) }
            }
            _ => Branch::new(subject, truth, vec![condition]),
        }
    }

    fn condition(&mut self, id: NodeId) -> Branch {
        let truth = self.decision.eval.truth(id);
        let regime = self.decision.regime;
        match regime.nodes.node(id) {
            Node::And(parts) => {
                let children = self.parts(parts, truth, Truth::False);
                Branch::new(Subject::All, truth, children)
            }
            Node::Or(parts) => {
                let children = self.parts(parts, truth, Truth::True);
                Branch::new(Subject::Any, truth, children)
            }
            Node::Not(inner) if !self.is_test(*inner) => {
                let inner = self.condition(*inner);
                Branch::new(Subject::Not, truth, vec![inner])
            }
            Node::Choose(condition, then, otherwise) => {
                let asked = self.condition(*condition);
                let (first, second) = (asked.truth != Truth::False, asked.truth != Truth::True);
                let then = self.condition(*then).matters_if(first);
                let otherwise = self.condition(*otherwise).matters_if(second);
                Branch::new(Subject::Choose, truth, vec![asked, then, otherwise])
            }
            Node::Named(name, inner) => {
                // A name without a version on that day stands for nothing.
                let nothing = matches!(regime.nodes.node(*inner), Node::Const(_));
                let inner = if nothing { Vec::new() } else { vec![self.condition(*inner)] };
                Branch::new(Subject::Named(name.to_string()), truth, inner)
            }
            Node::Derived(fact, limbs) if self.decision.eval.facts.get(*fact).is_none() => {
                self.derived(id, truth, limbs)
            }
            Node::Doubted(inner, doubts) => {
                let mut children = vec![self.condition(*inner)];
                children.extend(self.doubts(doubts));
                match children.as_slice() {
                    [_] => children.remove(0),
                    _ => Branch::new(Subject::All, truth, children),
                }
            }
            _ => {
                let mut branch =
                    Branch::new(Subject::Test(self.labels.condition(id)), truth, Vec::new());
                self.see(id, &mut branch.values);
                branch
            }
        }
    }

    /// The parts of a conjunction or disjunction; `deciding` is the truth of a part that settles
    /// it.
    fn parts(&mut self, parts: &[NodeId], truth: Truth, deciding: Truth) -> Vec<Branch> {
        let mut children = Vec::new();
        for part in parts {
            let child = self.condition(*part);
            let matters = if truth == deciding || truth == Truth::Unknown {
                child.truth == truth
            } else {
                // Nothing is said of a party that is not named.
                !self.is_absent(*part)
            };
            children.push(child.matters_if(matters));
        }
        children
    }

    /// Whether a condition is about a party of whom nothing is said.
    fn is_absent(&mut self, id: NodeId) -> bool {
        let regime = self.decision.regime;
        let absent = |node: &Node, facts: &Facts| match node {
            Node::Present(party) => !facts.is_present(usize::from(*party)),
            _ => false,
        };
        let facts = self.decision.eval.facts;
        match regime.nodes.node(id) {
            Node::And(parts) => parts.iter().any(|part| absent(regime.nodes.node(*part), facts)),
            Node::Or(parts) => parts.iter().any(|part| match regime.nodes.node(*part) {
                Node::Not(inner) => absent(regime.nodes.node(*inner), facts),
                _ => false,
            }),
            node => absent(node, facts),
        }
    }

    fn derived(&mut self, id: NodeId, truth: Truth, limbs: &[(NodeId, NodeId)]) -> Branch {
        let mut children = Vec::new();
        for (when, value) in limbs {
            let when = self.condition(*when);
            let tried = when.truth;
            if tried == Truth::False {
                continue;
            }
            if when.subject != Subject::Test("true".into()) {
                children.push(when);
            }
            if tried == Truth::Unknown {
                break;
            }
            children.push(self.condition(*value));
            break;
        }
        Branch::new(Subject::Derived(self.labels.condition(id)), truth, children)
    }

    fn is_test(&self, id: NodeId) -> bool {
        !matches!(
            self.decision.regime.nodes.node(id),
            Node::And(_)
                | Node::Or(_)
                | Node::Not(_)
                | Node::Choose(..)
                | Node::Named(..)
                | Node::Doubted(..)
                | Node::Derived(..)
        )
    }

    // --- Values ---

    /// Adds the values that a test looks at.
    fn see(&mut self, id: NodeId, values: &mut Vec<Seen>) {
        let regime = self.decision.regime;
        match regime.nodes.node(id) {
            Node::Compare(_, left, right) => {
                self.see_num(*left, values);
                self.see_num(*right, values);
            }
            Node::Not(inner) => self.see(*inner, values),
            test => test.facts().for_each(|fact| self.see_fact(fact, values)),
        }
    }

    fn see_fact(&mut self, fact: crate::vocabulary::FactId, values: &mut Vec<Seen>) {
        let described = self.labels.law.vocabulary().fact(fact);
        let value = self.decision.eval.facts.get(fact).map(|value| match value {
            Value::Num(number) => plain(*number),
            value => described.show(value),
        });
        let name = described.name.to_string();
        add(values, Seen { name, value, derived: false, input: false });
    }

    /// Adds a number and those it is computed from.
    fn see_num(&mut self, id: NumId, values: &mut Vec<Seen>) {
        let regime = self.decision.regime;
        let computed = |value: Option<Num>| value.map(plain);
        match regime.nodes.num(id) {
            NumNode::Const(_) => {}
            NumNode::Fact(fact) => self.see_fact(*fact, values),
            NumNode::Derived(fact, limbs) => {
                if self.decision.eval.facts.get(*fact).is_some() {
                    return self.see_fact(*fact, values);
                }
                let value = computed(self.decision.eval.num(id));
                let derived = value.is_some();
                let name = self.labels.number(id);
                add(values, Seen { name, value, derived, input: false });
                let mut inputs = Vec::new();
                for (when, value) in limbs {
                    if self.decision.eval.truth(*when) == Truth::True {
                        self.see_num(*value, &mut inputs);
                        break;
                    }
                }
                // What was not needed to compute it is not missing.
                let known = inputs.into_iter().filter(|seen| !derived || seen.value.is_some());
                known.for_each(|seen| add(values, Seen { input: true, ..seen }));
            }
            NumNode::Arithmetic(_, left, right) => {
                self.see_num(*left, values);
                self.see_num(*right, values);
            }
            NumNode::Extreme(_, items) => items.iter().for_each(|item| self.see_num(*item, values)),
            NumNode::Choose(condition, then, otherwise) => {
                match self.decision.eval.truth(*condition) {
                    Truth::True => self.see_num(*then, values),
                    Truth::False => self.see_num(*otherwise, values),
                    Truth::Unknown => self.see(*condition, values),
                }
            }
            NumNode::Named(name, inner) => {
                let value = computed(self.decision.eval.num(*inner));
                let name = name.to_string();
                add(values, Seen { name, value, derived: true, input: false });
                let mut inputs = Vec::new();
                self.see_num(*inner, &mut inputs);
                inputs.into_iter().for_each(|seen| add(values, Seen { input: true, ..seen }));
            }
        }
    }
}

fn add(values: &mut Vec<Seen>, seen: Seen) {
    if !values.iter().any(|known| known.name == seen.name) {
        values.push(seen);
    }
}

/// Names that a branch shows, for whoever wants to say what they mean.
pub fn names(branches: &[Branch], found: &mut Vec<Arc<str>>) {
    for branch in branches {
        if let Subject::Named(name) = &branch.subject
            && !found.iter().any(|known| **known == **name)
        {
            found.push(name.as_str().into());
        }
        names(&branch.children, found);
    }
}

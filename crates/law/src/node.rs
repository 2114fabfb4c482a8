//! Compiled conditions: a table of nodes in which equal parts are one node.
//!
//! Conditions of one span of time share their nodes, so that a define, a set test or a threshold
//! that fifty rules use is evaluated once a transaction.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::expr::{Comparison, Extreme, Operator};
use crate::law::{RuleId, StatusId};
use crate::number::Num;
use crate::vocabulary::FactId;

/// The index of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// The index of a numeric expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumId(pub u32);

/// What casts a doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DoubtSource {
    /// A `doubt` block.
    Rule(RuleId),
    /// An announcement of uncertain force.
    Status(StatusId),
    /// A quota that has no limit on that day.
    Gap(RuleId),
}

/// A doubt that holds where its condition does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doubting {
    /// Where it holds.
    pub when: NodeId,
    /// What casts it.
    pub source: DoubtSource,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// Always true, or always false.
    Const(bool),
    /// A fact that is true or false.
    Fact(FactId),
    /// The same, computed where it is not given.
    Derived(FactId, Box<[(NodeId, NodeId)]>),
    /// A country in a set.
    InSet(FactId, u16),
    /// Two facts are the same country, text or word.
    SameFact(FactId, FactId),
    /// A word among some words, as bits.
    WordIn(FactId, u64),
    /// A text among some texts.
    TextIn(FactId, Box<[Arc<str>]>),
    /// A text that begins so.
    Prefix(FactId, Arc<str>),
    /// A list that holds a text.
    Holds(FactId, Arc<str>),
    /// Two numbers compared.
    Compare(Comparison, NumId, NumId),
    /// A date compared with a fixed one.
    DateCompare(Comparison, FactId, Date),
    /// The opposite.
    Not(NodeId),
    /// All of them.
    And(Box<[NodeId]>),
    /// Any of them.
    Or(Box<[NodeId]>),
    /// The second where the first holds, else the third.
    Choose(NodeId, NodeId, NodeId),
    /// Something is said of a party.
    Present(u8),
    /// A condition that has a name.
    Named(Arc<str>, NodeId),
    /// A condition in doubt.
    Doubted(NodeId, Box<[Doubting]>),
}

impl Node {
    /// The facts that a test looks at itself, numbers apart; none for what joins other conditions.
    pub fn facts(&self) -> impl Iterator<Item = FactId> + use<> {
        let facts = match self {
            Node::Fact(fact)
            | Node::Derived(fact, _)
            | Node::InSet(fact, _)
            | Node::WordIn(fact, _)
            | Node::TextIn(fact, _)
            | Node::Prefix(fact, _)
            | Node::Holds(fact, _)
            | Node::DateCompare(_, fact, _) => [Some(*fact), None],
            Node::SameFact(a, b) => [Some(*a), Some(*b)],
            _ => [None, None],
        };
        facts.into_iter().flatten()
    }

    /// Whether it looks at a number, text, day or list, or at which of two countries it is: at more
    /// than transactions of one docket have in common.
    pub fn is_test(&self) -> bool {
        matches!(
            self,
            Node::SameFact(..)
                | Node::TextIn(..)
                | Node::Prefix(..)
                | Node::Holds(..)
                | Node::Compare(..)
                | Node::DateCompare(..)
        )
    }
}

impl NumNode {
    /// Whether it is more than a number that is written or given.
    pub fn is_computed(&self) -> bool {
        !matches!(self, NumNode::Const(_) | NumNode::Fact(_))
    }
}

/// A numeric expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NumNode {
    /// A number.
    Const(Num),
    /// A fact.
    Fact(FactId),
    /// A fact, computed where it is not given: the first that holds and is known.
    Derived(FactId, Box<[(NodeId, NumId)]>),
    /// Two numbers joined.
    Arithmetic(Operator, NumId, NumId),
    /// The largest or smallest of those known.
    Extreme(Extreme, Box<[NumId]>),
    /// The second where the first holds, else the third.
    Choose(NodeId, NumId, NumId),
    /// An expression that has a name.
    Named(Arc<str>, NumId),
}

/// A condition, a number or a fact: what conditions and numbers are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Part {
    /// A condition.
    Node(NodeId),
    /// A number.
    Num(NumId),
    /// A fact.
    Fact(FactId),
}

/// The nodes of one span of time.
#[derive(Debug, Default)]
pub struct Nodes {
    nodes: Vec<Node>,
    nums: Vec<NumNode>,
    by_node: HashMap<Node, NodeId>,
    by_num: HashMap<NumNode, NumId>,
    named: HashMap<Arc<str>, NumId>,
}

impl Nodes {
    /// The node that is equal to this one, made if there is none.
    pub fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.by_node.get(&node) {
            return *id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(node.clone());
        self.by_node.insert(node, id);
        id
    }

    /// The numeric node that is equal to this one, made if there is none.
    pub fn add_num(&mut self, node: NumNode) -> NumId {
        if let Some(id) = self.by_num.get(&node) {
            return *id;
        }
        let id = NumId(self.nums.len() as u32);
        self.nums.push(node.clone());
        self.by_num.insert(node, id);
        id
    }

    /// Lets texts find the number that a name stands for.
    pub fn name_num(&mut self, name: &str, id: NumId) {
        self.named.insert(name.into(), id);
    }

    /// The number that a name stands for in texts.
    pub fn named_num(&self, name: &str) -> Option<NumId> {
        self.named.get(name).copied()
    }

    /// A conjunction, flattened, with constants folded.
    pub fn and(&mut self, parts: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.junction(parts, true)
    }

    /// A disjunction, flattened, with constants folded.
    pub fn or(&mut self, parts: impl IntoIterator<Item = NodeId>) -> NodeId {
        self.junction(parts, false)
    }

    fn junction(&mut self, parts: impl IntoIterator<Item = NodeId>, all: bool) -> NodeId {
        let mut flat: Vec<NodeId> = Vec::new();
        for part in parts {
            match self.node(part) {
                Node::Const(value) if *value == all => {}
                Node::Const(value) => {
                    let value = *value;
                    return self.add(Node::Const(value));
                }
                Node::And(inner) if all => flat.extend(inner.iter().copied()),
                Node::Or(inner) if !all => flat.extend(inner.iter().copied()),
                _ => flat.push(part),
            }
        }
        let mut seen = Vec::with_capacity(flat.len());
        flat.retain(|part| {
            !seen.contains(part) && {
                seen.push(*part);
                true
            }
        });
        // The order means nothing to the logic, so that the cheapest test goes first.
        flat.sort_by_key(|part| self.cost(*part));
        match flat.as_slice() {
            [] => self.add(Node::Const(all)),
            [only] => *only,
            _ if all => self.add(Node::And(flat.into())),
            _ => self.add(Node::Or(flat.into())),
        }
    }

    fn cost(&self, id: NodeId) -> u8 {
        match self.node(id) {
            Node::Const(_)
            | Node::Fact(_)
            | Node::InSet(..)
            | Node::WordIn(..)
            | Node::Present(_) => 0,
            Node::SameFact(..)
            | Node::TextIn(..)
            | Node::Prefix(..)
            | Node::Holds(..)
            | Node::DateCompare(..) => 1,
            Node::Not(inner) => self.cost(*inner),
            Node::Compare(..) => 2,
            _ => 3,
        }
    }

    /// The opposite, with constants folded.
    pub fn not(&mut self, inner: NodeId) -> NodeId {
        match self.node(inner) {
            Node::Const(value) => {
                let value = !*value;
                self.add(Node::Const(value))
            }
            Node::Not(twice) => *twice,
            _ => self.add(Node::Not(inner)),
        }
    }

    /// The condition at an index.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The numeric expression at an index.
    pub fn num(&self, id: NumId) -> &NumNode {
        &self.nums[id.0 as usize]
    }

    /// Tells what something is made of; a fact is made of nothing.
    pub(crate) fn parts(&self, of: Part, mut tell: impl FnMut(Part)) {
        match of {
            Part::Fact(_) => {}
            Part::Node(id) => {
                let node = self.node(id);
                node.facts().for_each(|fact| tell(Part::Fact(fact)));
                let mut each = |part: &NodeId| tell(Part::Node(*part));
                match node {
                    Node::And(parts) | Node::Or(parts) => parts.iter().for_each(each),
                    Node::Not(inner) | Node::Named(_, inner) => each(inner),
                    Node::Choose(condition, then, otherwise) => {
                        [condition, then, otherwise].into_iter().for_each(each);
                    }
                    Node::Doubted(inner, doubts) => {
                        each(inner);
                        doubts.iter().for_each(|doubt| each(&doubt.when));
                    }
                    Node::Derived(_, limbs) => {
                        limbs.iter().flat_map(|(when, value)| [when, value]).for_each(each);
                    }
                    Node::Compare(_, left, right) => {
                        [left, right].into_iter().for_each(|part| tell(Part::Num(*part)));
                    }
                    _ => {}
                }
            }
            Part::Num(id) => match self.num(id) {
                NumNode::Const(_) => {}
                NumNode::Fact(fact) => tell(Part::Fact(*fact)),
                NumNode::Derived(fact, limbs) => {
                    tell(Part::Fact(*fact));
                    for (when, value) in limbs {
                        tell(Part::Node(*when));
                        tell(Part::Num(*value));
                    }
                }
                NumNode::Arithmetic(_, left, right) => {
                    [left, right].into_iter().for_each(|part| tell(Part::Num(*part)));
                }
                NumNode::Extreme(_, items) => items.iter().for_each(|part| tell(Part::Num(*part))),
                NumNode::Choose(condition, then, otherwise) => {
                    tell(Part::Node(*condition));
                    [then, otherwise].into_iter().for_each(|part| tell(Part::Num(*part)));
                }
                NumNode::Named(_, inner) => tell(Part::Num(*inner)),
            },
        }
    }

    /// Every condition.
    pub fn all(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// Every numeric expression.
    pub fn all_nums(&self) -> impl Iterator<Item = &NumNode> {
        self.nums.iter()
    }

    /// Whether others begin with these.
    pub(crate) fn begin(&self, others: &Nodes) -> bool {
        others.nodes.starts_with(&self.nodes) && others.nums.starts_with(&self.nums)
    }

    /// Ends the compilation: what equal parts were found by is no longer needed.
    pub fn finish(&mut self) {
        self.by_node = HashMap::new();
        self.by_num = HashMap::new();
    }

    /// How many conditions and numbers there are.
    pub fn counts(&self) -> (usize, usize) {
        (self.nodes.len(), self.nums.len())
    }
}

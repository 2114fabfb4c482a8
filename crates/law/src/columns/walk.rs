//! The way through the questions that rows of the same kinds go together.

use super::frame::{Frame, Scope};
use super::inquiry::{Branch, Found, Spot};
use super::size::{Size, state};
use super::{Columns, cuts};
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::pack::Reading;
use crate::regime::Regime;
use crate::trail::Question;
use crate::vocabulary::FactId;

/// What rows of the same kinds can still reply otherwise to: a condition or number that looks at
/// several bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Leaf {
    /// What a condition is worth.
    Node(NodeId),
    /// Whether a number is known.
    Num(NumId),
    /// How a number lies to one that is the same for all rows: 0 where it is not known, then less,
    /// equal, more.
    Order(NumId, NumId),
    /// What is left of a quota.
    Room(Reading, u16),
}

/// Where rows of the same kinds come to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arrival {
    /// Their answer.
    Answer(u32),
    /// A place where nobody was before.
    Nothing,
    /// The next that they can reply otherwise to, and the branch to go on from.
    Part(Leaf, Branch),
}

/// What a condition is worth that hangs on how a leaf comes out.
const VARIES: u8 = 3;

/// What a walk found out so far; the memory of one serves the next.
#[derive(Debug, Default)]
pub(super) struct Notes {
    worth: Vec<Option<u8>>,
    sizes: Vec<Option<Size>>,
    /// Which of its distinct values each bundle has.
    places: Vec<usize>,
}

/// A walk of rows of the same kinds.
pub(super) struct Walk<'w> {
    regime: &'w Regime,
    frame: &'w Frame,
    notes: Notes,
    /// The leaves that were told apart before, and how they came out here.
    told: &'w [(Leaf, u8)],
}

impl<'w> Walk<'w> {
    /// Begins, with one of the rows.
    pub(super) fn new(
        columns: &Columns<'_>,
        regime: &'w Regime,
        frame: &'w Frame,
        mut notes: Notes,
        row: usize,
        told: &'w [(Leaf, u8)],
    ) -> Walk<'w> {
        let Notes { worth, sizes, places } = &mut notes;
        worth.clear();
        worth.resize(frame.nodes.len(), None);
        sizes.clear();
        sizes.resize(frame.nums.len(), None);
        places.clear();
        let bundles = columns.bundles.iter().enumerate();
        places.extend(bundles.map(|(at, bundle)| frame.place_of_kind(at, bundle.key(row))));
        Walk { regime, frame, notes, told }
    }

    /// Gives the memory back.
    pub(super) fn done(self) -> Notes {
        self.notes
    }

    /// Goes on from a spot as far as the kinds lead.
    pub(super) fn go(&mut self, mut spot: Spot) -> Arrival {
        loop {
            match self.frame.inquiry.at(spot) {
                Found::Nothing => return Arrival::Nothing,
                Found::Answer(answer) => return Arrival::Answer(answer),
                Found::Ask(question, branch) => match self.reply(question) {
                    Ok(reply) => spot = branch.on(reply),
                    Err(leaf) => return Arrival::Part(leaf, branch),
                },
            }
        }
    }

    /// Goes on from a branch at which the leaves that are told now were not all told.
    pub(super) fn go_on(&mut self, question: Question, branch: Branch) -> Arrival {
        match self.reply(question) {
            Ok(reply) => self.go(branch.on(reply)),
            Err(leaf) => Arrival::Part(leaf, branch),
        }
    }

    /// The reply to a question, or what it still hangs on.
    fn reply(&mut self, question: Question) -> Result<u8, Leaf> {
        match question {
            Question::Truth(id) => match self.worth(id) {
                VARIES => Err(self.leaf(id)),
                worth => Ok(worth),
            },
            Question::Num(id) => match self.size(id) {
                Size::Varies => self.of(Leaf::Num(id)),
                Size::Unknown => Ok(0),
                Size::Zero(_) | Size::Something | Size::Above(..) => Ok(1),
            },
            Question::Fact(fact) => Ok(u8::from(self.is_given(fact))),
            Question::Room(reading, at) => self.room(reading, at),
        }
    }

    /// How a leaf came out, if it was told apart.
    fn of(&self, leaf: Leaf) -> Result<u8, Leaf> {
        let told = self.told.iter().find(|(known, _)| *known == leaf);
        told.map(|(_, reply)| *reply).ok_or(leaf)
    }

    /// Whether a fact is given.
    fn is_given(&self, fact: FactId) -> bool {
        match self.frame.values(fact) {
            Some((bundle, values)) => values[self.notes.places[bundle]].is_some(),
            None => self.frame.constant_fact(fact).is_some(),
        }
    }

    fn room(&mut self, reading: Reading, at: u16) -> Result<u8, Leaf> {
        let regime = self.regime;
        let quota = &regime.reading(reading).quotas[usize::from(at)];
        match self.worth(quota.when) {
            0 => return Ok(0),
            VARIES => return Err(self.leaf(quota.when)),
            _ => {}
        }
        match self.size(quota.amount) {
            Size::Zero(_) => return Ok(0),
            Size::Unknown => return Ok(1),
            Size::Varies => return self.of(Leaf::Room(reading, at)),
            Size::Something | Size::Above(..) => {}
        }
        let is_unknown = |walk: &mut Self, num: Option<NumId>| {
            num.is_none_or(|num| walk.size(num) == Size::Unknown)
        };
        let base = quota
            .base
            .is_some_and(|(base, added)| !self.is_given(base) || is_unknown(self, Some(added)));
        if base || is_unknown(self, quota.limit) || !self.is_given(quota.used) {
            return Ok(1);
        }
        self.of(Leaf::Room(reading, at))
    }

    /// What a condition is worth for all these rows.
    fn worth(&mut self, id: NodeId) -> u8 {
        match self.frame.nodes[id.0 as usize] {
            Scope::Constant => return self.frame.constant(id),
            Scope::Bundle(bundle) => {
                return self.frame.truths(bundle, id)[self.notes.places[bundle]];
            }
            Scope::Rows => {}
        }
        if let Some(worth) = self.notes.worth[id.0 as usize] {
            return worth;
        }
        if let Ok(told) = self.of(Leaf::Node(id)) {
            return told;
        }
        let regime = self.regime;
        let worth = match regime.nodes.node(id) {
            Node::And(parts) => self.junction(parts, 0),
            Node::Or(parts) => self.junction(parts, 2),
            Node::Named(_, inner) => self.worth(*inner),
            Node::Not(inner) => match self.worth(*inner) {
                VARIES => VARIES,
                worth => 2 - worth,
            },
            Node::Choose(condition, then, otherwise) => {
                match (self.worth(*condition), self.worth(*then), self.worth(*otherwise)) {
                    (0, _, otherwise) => otherwise,
                    (2, then, _) => then,
                    (VARIES, ..) | (_, VARIES, _) | (.., VARIES) => VARIES,
                    (_, then, otherwise) if then == otherwise => then,
                    _ => 1,
                }
            }
            Node::Doubted(inner, doubts) => {
                let doubt = doubts.iter().map(|doubt| self.worth(doubt.when));
                // A doubt that holds weighs no more than one that may.
                let doubt = doubt.fold(0, u8::max);
                match (self.worth(*inner), doubt) {
                    (0, _) => 0,
                    (VARIES, _) | (_, VARIES) => VARIES,
                    (worth, 0) => worth,
                    _ => 1,
                }
            }
            Node::Compare(comparison, left, right) => {
                let is_unknown = [left, right].map(|part| self.size(*part) == Size::Unknown);
                if is_unknown.contains(&true) {
                    1
                } else {
                    match self.compared(id, *left, *right) {
                        (leaf @ Leaf::Order(..), is_turned) => match self.of(leaf) {
                            Err(_) => VARIES,
                            Ok(cuts::UNKNOWN) => 1,
                            Ok(reply) => {
                                let order = reply.cmp(&2);
                                let order = if is_turned { order.reverse() } else { order };
                                2 * u8::from(comparison.holds(order))
                            }
                        },
                        _ => VARIES,
                    }
                }
            }
            // What looks at several bundles itself.
            _ => VARIES,
        };
        self.notes.worth[id.0 as usize] = Some(worth);
        worth
    }

    fn junction(&mut self, parts: &[NodeId], final_level: u8) -> u8 {
        let mut joined = 2 - final_level;
        for part in parts {
            match self.worth(*part) {
                worth if worth == final_level => return final_level,
                VARIES => joined = VARIES,
                1 if joined != VARIES => joined = 1,
                _ => {}
            }
        }
        joined
    }

    /// What to tell apart first, that a condition hangs on.
    fn leaf(&mut self, id: NodeId) -> Leaf {
        let regime = self.regime;
        let parts: Vec<NodeId> = match regime.nodes.node(id) {
            Node::And(parts) | Node::Or(parts) => parts.to_vec(),
            Node::Named(_, inner) | Node::Not(inner) => vec![*inner],
            Node::Choose(condition, then, otherwise) => match self.worth(*condition) {
                0 => vec![*otherwise],
                2 => vec![*then],
                _ => vec![*condition, *then, *otherwise],
            },
            Node::Doubted(inner, doubts) => {
                std::iter::once(*inner).chain(doubts.iter().map(|doubt| doubt.when)).collect()
            }
            Node::Compare(_, left, right) => return self.compared(id, *left, *right).0,
            _ => return Leaf::Node(id),
        };
        match parts.into_iter().find(|part| self.worth(*part) == VARIES) {
            Some(part) => self.leaf(part),
            None => Leaf::Node(id),
        }
    }

    /// Two numbers compared; and whether the second one is weighed against the first.
    fn compared(&mut self, id: NodeId, left: NumId, right: NumId) -> (Leaf, bool) {
        let is_constant = |id: NumId| self.frame.nums[id.0 as usize] == Scope::Constant;
        match (is_constant(left), is_constant(right)) {
            (false, true) => (Leaf::Order(self.plain(left), right), false),
            (true, false) => (Leaf::Order(self.plain(right), left), true),
            _ => (Leaf::Node(id), false),
        }
    }

    /// The number that this one is for all these rows.
    fn plain(&mut self, id: NumId) -> NumId {
        let regime = self.regime;
        match regime.nodes.num(id) {
            NumNode::Named(_, inner) => self.plain(*inner),
            NumNode::Extreme(_, items) => {
                let known = items.iter().copied().filter(|item| self.size(*item) != Size::Unknown);
                match known.collect::<Vec<NumId>>()[..] {
                    [one] => self.plain(one),
                    _ => id,
                }
            }
            _ => id,
        }
    }

    /// What is known of a number of all these rows.
    fn size(&mut self, id: NumId) -> Size {
        match self.frame.nums[id.0 as usize] {
            Scope::Constant => return Size::of(self.frame.constant_num(id)),
            Scope::Bundle(bundle) => {
                let number = self.frame.numbers(bundle, id)[self.notes.places[bundle]];
                return Size::of_state(state(number.as_ref()));
            }
            Scope::Rows => {}
        }
        if let Some(size) = self.notes.sizes[id.0 as usize] {
            return size;
        }
        let regime = self.regime;
        let size = match regime.nodes.num(id) {
            NumNode::Named(_, inner) => self.size(*inner),
            NumNode::Arithmetic(operator, left, right) => {
                let (left, right) = (self.size(*left), self.size(*right));
                left.joined(*operator, right)
            }
            NumNode::Extreme(extreme, items) => items.iter().fold(Size::Unknown, |size, item| {
                let item = self.size(*item);
                size.extreme(*extreme, item)
            }),
            NumNode::Choose(condition, then, otherwise) => match self.worth(*condition) {
                0 => self.size(*otherwise),
                2 => self.size(*then),
                _ => Size::Varies,
            },
            NumNode::Const(_) | NumNode::Fact(_) | NumNode::Derived(..) => Size::Varies,
        };
        self.notes.sizes[id.0 as usize] = Some(size);
        size
    }
}

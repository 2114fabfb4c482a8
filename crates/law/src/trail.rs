//! What was asked on the way to an answer.
//!
//! A decision asks one thing after the other, and what it asks next hangs only on what it was told
//! before. So two transactions of a day that say the same to every question on the way have the
//! same answer, whatever else sets them apart.

use rustc_hash::FxHashSet;

use crate::node::{NodeId, NumId};
use crate::pack::Reading;
use crate::truth::Truth;
use crate::vocabulary::FactId;

/// A question to a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    /// What a condition is worth: a [level].
    Truth(NodeId),
    /// Whether a number is known: 0 or 1.
    Num(NumId),
    /// Whether a fact is given: 0 or 1.
    Fact(FactId),
    /// Whether the quota of a reading has room: a [room].
    Room(Reading, u16),
}

/// How many replies a question has at most.
pub(crate) const REPLIES: usize = 4;

/// A truth as a reply: what holds is more than what is unknown, and that more than what does not.
pub(crate) fn level(truth: Truth) -> u8 {
    match truth {
        Truth::False => 0,
        Truth::Unknown => 1,
        Truth::True => 2,
    }
}

/// The room of a quota as a reply. Where it is known how much is drawn, it is known whether that
/// fits; where nothing is drawn, there is room or it is not known.
pub(crate) fn room(truth: Truth, is_drawn: bool) -> u8 {
    match (truth, is_drawn) {
        (Truth::False, _) => 3,
        (_, true) => 2,
        (Truth::Unknown, false) => 1,
        (Truth::True, false) => 0,
    }
}

/// The questions that a decision asked, each once, with the replies.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// In the order of asking.
    pub(crate) asked: Vec<(Question, u8)>,
    seen: FxHashSet<Question>,
}

impl Trail {
    /// Forgets all of it.
    pub(crate) fn clear(&mut self) {
        self.asked.clear();
        self.seen.clear();
    }

    /// Notes a question. What was asked before has the same reply again.
    pub(crate) fn note(&mut self, question: Question, reply: u8) {
        if self.seen.insert(question) {
            self.asked.push((question, reply));
        }
    }
}

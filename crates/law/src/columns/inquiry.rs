//! The questions on the way to every answer that was worked out, as a tree.
//!
//! A decision is worked out once, on the first row that comes to a place where nobody was before.
//! All other rows that reply alike go the same way, and ask nothing that does not matter to it.

use crate::trail::{Question, REPLIES};

/// A place in the tree: where a way leads to that was gone so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot(u32);

/// What is at a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nobody came here yet.
    Nothing,
    /// The answer.
    Answer(u32),
    /// The next question.
    Ask(Question, Branch),
}

/// Where the replies to a question lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch(u32);

impl Branch {
    /// Where a reply leads.
    pub(super) fn on(self, reply: u8) -> Spot {
        Spot(self.0 * REPLIES as u32 + 1 + u32::from(reply))
    }
}

/// The tree.
#[derive(Debug, Default)]
pub(super) struct Inquiry {
    questions: Vec<Question>,
    /// What is at every spot: the root, and then so many for each question.
    spots: Vec<u32>,
}

/// Nobody came here yet.
const NOTHING: u32 = u32::MAX;

/// The bit that tells answers from questions.
const ANSWER: u32 = 1 << 31;

impl Inquiry {
    /// Where every way begins.
    pub(super) const ROOT: Spot = Spot(0);

    /// What is at a spot.
    pub(super) fn at(&self, spot: Spot) -> Found {
        match self.spots.get(spot.0 as usize) {
            None | Some(&NOTHING) => Found::Nothing,
            Some(place) if place & ANSWER != 0 => Found::Answer(place & !ANSWER),
            Some(place) => Found::Ask(self.questions[*place as usize], Branch(*place)),
        }
    }

    /// What is asked at a branch.
    pub(super) fn question(&self, branch: Branch) -> Question {
        self.questions[branch.0 as usize]
    }

    /// Adds a way and the answer at its end.
    pub(super) fn add(&mut self, asked: &[(Question, u8)], answer: u32) {
        if self.spots.is_empty() {
            self.spots.push(NOTHING);
        }
        let mut spot = Inquiry::ROOT;
        for (question, reply) in asked {
            let branch = match self.at(spot) {
                Found::Ask(known, branch) => {
                    debug_assert_eq!(known, *question, "what is asked hangs on the replies alone");
                    branch
                }
                Found::Answer(_) | Found::Nothing => {
                    let branch = Branch(self.questions.len() as u32);
                    self.questions.push(*question);
                    self.spots.extend([NOTHING; REPLIES]);
                    self.spots[spot.0 as usize] = branch.0;
                    branch
                }
            };
            spot = branch.on(*reply);
        }
        self.spots[spot.0 as usize] = ANSWER | answer;
    }

    /// How much is remembered, in values: eight questions take the room of one.
    pub(super) fn remembered(&self) -> usize {
        self.questions.len() / 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::NodeId;

    #[test]
    fn a_way_is_found_again_and_another_is_not() {
        let [a, b] = [0, 1].map(|id| Question::Truth(NodeId(id)));
        let mut inquiry = Inquiry::default();
        assert_eq!(inquiry.at(Inquiry::ROOT), Found::Nothing);
        inquiry.add(&[(a, 0), (b, 2)], 7);
        inquiry.add(&[(a, 1)], 8);
        let Found::Ask(first, on_first) = inquiry.at(Inquiry::ROOT) else { panic!("no question") };
        assert_eq!(first, a);
        assert_eq!(inquiry.at(on_first.on(1)), Found::Answer(8));
        assert_eq!(inquiry.at(on_first.on(2)), Found::Nothing);
        let Found::Ask(second, on_second) = inquiry.at(on_first.on(0)) else {
            panic!("no question")
        };
        assert_eq!(second, b);
        assert_eq!(inquiry.at(on_second.on(2)), Found::Answer(7));
        assert_eq!(inquiry.at(on_second.on(0)), Found::Nothing);
    }

    #[test]
    fn an_answer_without_a_question_stands_at_the_root() {
        let mut inquiry = Inquiry::default();
        inquiry.add(&[], 3);
        assert_eq!(inquiry.at(Inquiry::ROOT), Found::Answer(3));
    }
}

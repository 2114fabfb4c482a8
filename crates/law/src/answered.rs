//! Answers that transactions of one docket share.
//!
//! What a docket leaves open are tests of numbers, texts and days. Transactions for which these
//! come out alike have the same answer, unless it counts what is drawn on a quota. So it is worked
//! out once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::answer::Determination;
use crate::node::{NodeId, NumId};

/// What a docket leaves open.
#[derive(Debug, Default)]
pub struct Tests {
    /// Conditions that look at numbers, texts and days.
    pub conditions: Box<[NodeId]>,
    /// Numbers that they compute; whether one is known can matter.
    pub numbers: Box<[NumId]>,
}

/// The answers of a docket that were worked out, by how its tests came out.
#[derive(Debug, Default)]
pub struct Answered(RwLock<HashMap<Box<[u8]>, Arc<Determination>>>);

/// Past this many the answers of a docket are worked out anew, so that memory stays flat.
const MOST_ANSWERS: usize = 16;

impl Answered {
    /// The answer where the tests come out so, if it was worked out.
    pub fn find(&self, outcomes: &[u8]) -> Option<Arc<Determination>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(outcomes).cloned()
    }

    /// Keeps an answer.
    pub fn keep(&self, outcomes: &[u8], determination: &Determination) {
        let mut answers = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST_ANSWERS {
            answers.clear();
        }
        answers.insert(outcomes.into(), Arc::new(determination.clone()));
    }
}

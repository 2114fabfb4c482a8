//! Sets of small numbers.

use crate::vocabulary::FactId;

/// A set of small numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitSet(Vec<u64>);

impl BitSet {
    /// Adds a number; whether it was not there.
    pub(crate) fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let is_new = self.0[word] & bit == 0;
        self.0[word] |= bit;
        is_new
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.0.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit)
        })
    }
}

/// A set of facts.
#[derive(Clone, Debug, Default)]
pub struct FactSet(BitSet);

impl FactSet {
    /// Adds a fact.
    pub fn insert(&mut self, fact: FactId) {
        self.0.insert(usize::from(fact.0));
    }

    /// The facts in order.
    pub fn iter(&self) -> impl Iterator<Item = FactId> + '_ {
        self.0.iter().map(|number| FactId(number as u16))
    }
}

impl Extend<FactId> for FactSet {
    fn extend<I: IntoIterator<Item = FactId>>(&mut self, facts: I) {
        facts.into_iter().for_each(|fact| self.insert(fact));
    }
}

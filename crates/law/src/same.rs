//! On which days two laws are the same.
//!
//! A supposition is laid over the law: what was there keeps its place, and what is new comes after
//! it. Then the rules of a day can be compared as they are compiled, and where they are equal no
//! transaction of that day can be decided otherwise.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use jiff::civil::Date;

use crate::law::Law;

/// Two laws, and what is known of the days on which they are the same.
#[derive(Debug)]
pub struct Sameness<'l> {
    laws: [&'l Law; 2],
    is_comparable: bool,
    known: RwLock<HashMap<(u64, u64), bool>>,
}

impl<'l> Sameness<'l> {
    /// Two laws.
    pub fn new(one: &'l Law, other: &'l Law) -> Sameness<'l> {
        let (short, long) = match one.packs().len() <= other.packs().len() {
            true => (one, other),
            false => (other, one),
        };
        let is_same = |(at, pack): (usize, &crate::pack::Pack)| {
            let other = &long.packs()[at];
            pack.source.text == other.source.text && pack.hypothetical == other.hypothetical
        };
        let is_comparable = one.vocabulary() == other.vocabulary()
            && one.defaults() == other.defaults()
            && short.packs().iter().enumerate().all(is_same);
        Sameness { laws: [short, long], is_comparable, known: RwLock::default() }
    }

    /// Whether the laws can be compared by the day: one has all packs of the other, first and word
    /// for word.
    pub fn is_comparable(&self) -> bool {
        self.is_comparable
    }

    /// Whether every transaction of a day has the same answer under both laws. `false` where that
    /// is not known.
    pub fn on(&self, date: Date) -> bool {
        let [short, long] = self.laws;
        if !self.is_comparable || short.days(date) != long.days(date) {
            return false;
        }
        let regimes = [short.on(date), long.on(date)];
        let key = (regimes[0].id, regimes[1].id);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let is_same = regimes[0].asks_as(regimes[1]);
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(key, is_same);
            is_same
        })
    }
}

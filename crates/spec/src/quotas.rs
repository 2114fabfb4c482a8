//! Whether a quota has room, and what a transaction draws on it.

use std::collections::HashMap;

use law::node::DoubtSource;
use law::pack::{Body, Quota, QuotaKind};
use law::truth::Truth;
use law::{Determination, Draw, FactId, Num, Reading, RuleId};

use crate::force::Numbered;
use crate::transaction::{Transaction, Why, Worth};

/// What earlier lines of a file drew: every draw, with its reading.
#[derive(Clone, Debug, Default)]
pub struct Carry {
    drawn: HashMap<(Reading, RuleId, String), Num>,
}

impl Carry {
    /// Counts what a line draws.
    pub fn add(&mut self, determination: &Determination) {
        for reading in Reading::BOTH {
            for draw in &determination.reading(reading).draws {
                let Some(key) = &draw.key else { continue };
                let drawn =
                    self.drawn.entry((reading, draw.quota, key.clone())).or_insert(Num::ZERO);
                *drawn = drawn.checked_add(draw.amount).unwrap_or(*drawn);
            }
        }
    }

    fn before(&self, reading: Reading, quota: RuleId, key: Option<&String>) -> Num {
        let drawn = key.and_then(|key| self.drawn.get(&(reading, quota, key.clone())));
        drawn.copied().unwrap_or(Num::ZERO)
    }
}

/// The room that a quota has for a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Whether there is room.
    pub(crate) truth: Truth,
    /// What keeps that unknown.
    pub(crate) why: Why,
    /// What the transaction draws, or would draw if there were room.
    pub(crate) draw: Option<Draw>,
}

impl Room {
    fn free() -> Room {
        Room { truth: Truth::True, why: Why::default(), draw: None }
    }

    fn unknown(why: Why) -> Room {
        Room { truth: Truth::Unknown, why, draw: None }
    }
}

impl Transaction<'_> {
    /// The room of a quota by its id. A quota that is not in force limits nothing.
    pub(crate) fn room(&self, id: &str, reading: Reading, carry: Option<&Carry>) -> Room {
        for rule in self.in_force(reading).iter().copied() {
            if let Body::Quota(quota) = &rule.1.rule.body
                && rule.1.rule.id == id
            {
                return self.room_of(rule, quota, reading, carry);
            }
        }
        Room::free()
    }

    fn room_of(
        &self,
        rule: Numbered<'_>,
        quota: &Quota,
        reading: Reading,
        carry: Option<&Carry>,
    ) -> Room {
        let room = match self.weigh(rule, reading) {
            Truth::False => return Room::free(),
            Truth::True => return self.room_for(rule.0, quota, reading, carry),
            Truth::Unknown => self.room_for(rule.0, quota, reading, carry),
        };
        if room.truth == Truth::True {
            return Room::free();
        }
        let mut why = self.why_open(rule, reading);
        why.join(room.why);
        Room::unknown(why)
    }

    /// The room where the quota is about the transaction.
    fn room_for(&self, id: RuleId, quota: &Quota, reading: Reading, carry: Option<&Carry>) -> Room {
        let amount = self.number(&quota.amount);
        if amount.is_some_and(Num::is_zero) {
            return Room::free();
        }
        let mut why = self.why(&quota.amount);
        let step =
            quota.steps.iter().find(|step| step.from <= self.date && self.date <= step.through);
        let limit = quota.limit.as_ref().or(step.map(|step| &step.limit));
        match limit {
            Some(limit) => why.join(self.why(limit)),
            None => why.join(Why { doubts: [DoubtSource::Gap(id)].into(), ..Why::default() }),
        }
        let key = self.account(quota);
        let before = carry.map_or(Num::ZERO, |carry| carry.before(reading, id, key.as_ref()));
        let used = self.number_named(&quota.used.0, &mut why);
        let used = used.and_then(|used| used.checked_add(before));
        let mut limit = limit.and_then(|limit| self.number(limit));
        if let Some((base, base_amount)) = &quota.base {
            let base = self.number_named(&base.0, &mut why);
            why.join(self.why(base_amount));
            let whole = base.and_then(|base| base.checked_add(before));
            let whole = whole.and_then(|whole| whole.checked_add(self.number(base_amount)?));
            limit = limit.and_then(|share| share.checked_mul(whole?));
        }
        let remaining = limit
            .and_then(|limit| limit.checked_sub(used?))
            .and_then(|left| left.checked_sub(amount?));
        let (Some(amount), Some(limit), Some(remaining)) = (amount, limit, remaining) else {
            return Room::unknown(why);
        };
        let truth = Truth::from(!remaining.is_negative());
        let draw = Draw { quota: id, key, amount, remaining, limit };
        Room { truth, why: Why::default(), draw: Some(draw) }
    }

    /// The account: the values of the key facts, with the year for a calendar year.
    fn account(&self, quota: &Quota) -> Option<String> {
        let mut parts = Vec::new();
        for (name, _) in &quota.key {
            let value = self.fact(self.fact_of(name)?)?;
            parts.push(match value {
                Worth::Text(text) => text,
                Worth::Num(number) => number.to_string(),
                Worth::Date(date) => date.to_string(),
                Worth::Bool(value) => value.to_string(),
                Worth::List(_) | Worth::Set(_) => format!("{value:?}"),
            });
        }
        if quota.kind == QuotaKind::CalendarYear {
            parts.push(self.date.year().to_string());
        }
        Some(parts.join(" / "))
    }

    fn fact_of(&self, name: &str) -> Option<FactId> {
        self.law.vocabulary().find(name)
    }

    fn number_of(&self, fact: FactId) -> Option<Num> {
        match self.fact(fact)? {
            Worth::Num(number) => Some(number),
            _ => None,
        }
    }

    /// The number that a fact holds; where it is not known, that is put down.
    fn number_named(&self, name: &str, why: &mut Why) -> Option<Num> {
        let fact = self.fact_of(name)?;
        let number = self.number_of(fact);
        if number.is_none() {
            why.facts.insert(self.facts.asked(self.law.vocabulary(), fact));
        }
        number
    }
}

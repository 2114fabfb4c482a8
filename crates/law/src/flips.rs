//! The nearest flips: for each fact, the smallest change that would change the answer.
//!
//! A decision is constant between the values at which some test of it turns. So the search finds
//! those values for one fact at a time (the thresholds a number is compared with, directly or
//! through
//! products and quotas; the days on which the law changes; the kinds of country that its sets tell
//! apart; the words that are tested) and asks [`Law::decide`] at each, nearest first. This module
//! must not decide anything itself.
//!
//! # Cost
//!
//! Flips are ordered by a cost in ten-thousandths: nothing for learning a fact that is unknown; for
//! a number the change in proportion to the larger of the two; for a date ten for each day; half of
//! the
//! whole for another word, country, list item or truth value, because there is no measure of those.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::country::Country;
use crate::decide::{Carry, Desk, Determination, Outcome};
use crate::facts::{Facts, Value};
use crate::law::Law;
use crate::node::{Node, NodeId, NumId, NumNode};
use crate::number::Num;
use crate::pack::{Policy, Reading};
use crate::regime::{Quota, Regime};
use crate::truth::Truth;
use crate::uses::Uses;
use crate::vocabulary::{FactId, FactType};

/// A change of one fact that changes the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The fact.
    pub fact: FactId,
    /// Its value now; `None` where it is unknown.
    pub from: Option<Value>,
    /// Whether that value is not given but computed by the packs.
    pub derived: bool,
    /// Its value then.
    pub to: Value,
    /// How it is changed.
    pub change: Change,
    /// How far that is, in ten-thousandths; see the module.
    pub cost: u32,
    /// The answers now, in both readings.
    pub before: [Verdict; 2],
    /// The answers then.
    pub after: [Verdict; 2],
}

/// How a fact is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It becomes known.
    Learned,
    /// A number or a day goes up.
    Raised,
    /// A number or a day goes down.
    Lowered,
    /// It becomes something else.
    Other,
    /// A list gets one more item.
    Added(String),
    /// A list loses an item.
    Removed(String),
}

/// An answer in short.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// What the law says.
    pub outcome: Outcome,
    /// The exceptions that cover the line, by index of their codes.
    pub exceptions: Vec<u8>,
    /// How an application is reviewed.
    pub policy: Option<Policy>,
}

/// What of an answer a change turns, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// Nothing.
    Nothing,
    /// The exceptions that cover the line.
    Exceptions,
    /// How an application is reviewed.
    Policy,
    /// The outcome.
    Outcome,
}

impl Flip {
    /// What it turns in a reading.
    pub fn turns(&self, reading: Reading) -> Turned {
        let at = reading as usize;
        self.before[at].turned(&self.after[at])
    }
}

impl Verdict {
    /// The answers of a determination in short.
    pub fn both(determination: &Determination) -> [Verdict; 2] {
        Reading::BOTH.map(|reading| {
            let answer = determination.reading(reading);
            Verdict {
                outcome: answer.outcome,
                exceptions: answer.exceptions.clone(),
                policy: answer.policy,
            }
        })
    }

    /// What is different in another answer.
    pub fn turned(&self, other: &Verdict) -> Turned {
        if self.outcome != other.outcome {
            Turned::Outcome
        } else if self.policy != other.policy {
            Turned::Policy
        } else if self.exceptions != other.exceptions {
            Turned::Exceptions
        } else {
            Turned::Nothing
        }
    }
}

const CATEGORICAL_COST: u32 = 5_000;
const WHOLE_COST: u32 = 10_000;
const COST_OF_A_DAY: u32 = 10;
/// How many flips of one fact without an order are told.
const MOST_OF_A_FACT: usize = 3;
/// Numbers from here on are changed in their sixth digit.
const LONG_DIGITS: usize = 13;
const KEPT_DIGITS: usize = 6;
/// How often a range of numbers is halved toward either end.
const SAMPLES: u32 = 16;

/// The countries to show for a kind of country, the best known first.
const WELL_KNOWN: [&str; 40] = [
    "CN", "US", "TW", "JP", "KR", "DE", "GB", "NL", "SG", "MY", "IN", "AE", "SA", "BR", "CH", "IL",
    "VN", "RU", "MO", "HK", "IR", "PL", "MX", "TR", "KZ", "TH", "ID", "PT", "BY", "KP", "CU", "SY",
    "VE", "IQ", "QA", "EG", "PK", "UA", "ZA", "NG",
];

/// Finds the nearest flips of a decision, the cheapest first: at most one for a fact and a
/// direction, and for facts without an order a few that lead to different answers.
///
/// A change of the outcome goes before a nearer one of the policy or of the exceptions. The facts
/// must be [complete](Facts::complete), the `carry` that of the decision. Empty where the date is
/// unknown.
pub fn flips(law: &Law, facts: &Facts, carry: Option<&Carry>, desk: &mut Desk) -> Vec<Flip> {
    let Some(date) = facts.date(law.date_fact()) else { return Vec::new() };
    let Some(now) = law.decide(facts, carry, desk) else { return Vec::new() };
    let regime = law.on(date);
    let mut missing: BTreeSet<FactId> = BTreeSet::new();
    for reading in Reading::BOTH {
        let answer = now.reading(reading);
        missing.extend(&answer.missing);
        missing.extend(answer.flags.iter().flat_map(|flag| match flag {
            crate::decide::Flag::PolicyOpen(facts, _) => facts.as_slice(),
            _ => &[],
        }));
    }
    let mut search = Search {
        law,
        regime,
        carry,
        desk,
        given: facts,
        scratch: facts.clone(),
        before: Verdict::both(&now),
        gauges: gauges(regime),
        uses: Uses::of(regime),
        flips: Vec::new(),
    };
    for (fact, described) in law.vocabulary().facts() {
        let absent = described.party.is_some_and(|party| !facts.is_present(party));
        if absent || !(search.is_used(fact) || fact == law.date_fact()) {
            continue;
        }
        search.fact(fact, missing.contains(&fact));
    }
    let mut flips = search.flips;
    flips.sort_by_key(|flip| (flip.cost, flip.fact));
    flips
}

/// Something that turns at some value of a number: a comparison, or a quota's room.
enum Gauge<'g> {
    Compare(NumId, NumId),
    Room(Reading, &'g Quota),
}

/// What can turn in a day's law, each once.
fn gauges(regime: &Regime) -> Vec<Gauge<'_>> {
    let mut pairs: BTreeSet<(NumId, NumId)> = BTreeSet::new();
    for node in regime.nodes.all() {
        if let Node::Compare(_, left, right) = node {
            pairs.insert((*left, *right));
        }
    }
    let mut gauges: Vec<Gauge> =
        pairs.into_iter().map(|(left, right)| Gauge::Compare(left, right)).collect();
    for reading in Reading::BOTH {
        let quotas = regime.reading(reading).quotas.iter();
        gauges.extend(quotas.map(|quota| Gauge::Room(reading, quota)));
    }
    gauges
}

struct Search<'s> {
    law: &'s Law,
    regime: &'s Regime,
    carry: Option<&'s Carry>,
    desk: &'s mut Desk,
    given: &'s Facts,
    scratch: Facts,
    before: [Verdict; 2],
    gauges: Vec<Gauge<'s>>,
    uses: Uses,
    flips: Vec<Flip>,
}

/// A fact under change: its value now, and whether the packs computed it.
struct Subject {
    fact: FactId,
    now: Option<Value>,
    derived: bool,
}

impl<'s> Search<'s> {
    fn is_used(&self, fact: FactId) -> bool {
        let same = self.given.standing_in(self.law.vocabulary(), fact);
        same.iter().any(|own| self.uses.anywhere(*own))
    }

    fn fact(&mut self, fact: FactId, missing: bool) {
        let given = self.given.get(fact).cloned();
        let derived = if given.is_none() { self.computed(fact) } else { None };
        let subject = Subject { fact, derived: derived.is_some(), now: given.or(derived) };
        if subject.now.is_none() && !missing {
            return;
        }
        match &self.law.vocabulary().fact(fact).of {
            FactType::Integer | FactType::Decimal => self.number(&subject),
            FactType::Date => self.date(&subject),
            FactType::Bool => {
                let values = [false, true].map(Value::Bool);
                self.choices(&subject, values.into_iter().map(|value| (value, Change::Other)));
            }
            FactType::Enum(words) => {
                let values = (0..words.len()).map(|word| Value::Word(word as u8));
                self.choices(&subject, values.map(|value| (value, Change::Other)));
            }
            FactType::Country => self.country(&subject),
            FactType::List(_) => self.list(&subject),
            FactType::Text => self.text(&subject),
        }
    }

    /// The value that the packs compute for a fact that is not given.
    fn computed(&mut self, fact: FactId) -> Option<Value> {
        let regime = self.regime;
        let num = regime
            .nodes
            .all_nums()
            .position(|node| matches!(node, NumNode::Derived(own, _) if *own == fact));
        let truth = regime
            .nodes
            .all()
            .position(|node| matches!(node, Node::Derived(own, _) if *own == fact));
        let mut decision = self.law.deciding(self.given, self.carry, self.desk)?;
        if let Some(at) = num {
            return decision.eval.num(NumId(at as u32)).map(Value::Num);
        }
        match decision.eval.truth(NodeId(truth? as u32)) {
            Truth::Unknown => None,
            known => Some(Value::Bool(known == Truth::True)),
        }
    }

    /// The answers with another value of one fact.
    fn with(&mut self, fact: FactId, value: &Value) -> Option<[Verdict; 2]> {
        let vocabulary = self.law.vocabulary();
        self.scratch.replace(vocabulary, fact, Some(value));
        let answer = self.law.decide(&self.scratch, self.carry, self.desk);
        self.scratch.replace(vocabulary, fact, self.given.get(fact));
        answer.map(|answer| Verdict::both(&answer))
    }

    fn turned(&self, after: &[Verdict; 2]) -> Turned {
        let each = self.before.iter().zip(after).map(|(before, after)| before.turned(after));
        each.max().unwrap_or(Turned::Nothing)
    }

    fn push(
        &mut self,
        subject: &Subject,
        to: Value,
        change: Change,
        cost: u32,
        after: [Verdict; 2],
    ) {
        let change = if subject.now.is_none() { Change::Learned } else { change };
        let cost = if change == Change::Learned { 0 } else { cost };
        self.flips.push(Flip {
            fact: subject.fact,
            from: subject.now.clone(),
            derived: subject.derived,
            to,
            change,
            cost,
            before: self.before.clone(),
            after,
        });
    }

    /// Values in order of distance: the first that turns the outcome, else the first that turns
    /// anything.
    fn nearest(
        &mut self,
        subject: &Subject,
        values: impl IntoIterator<Item = Value>,
        change: &Change,
        cost: impl Fn(&Value) -> u32,
    ) {
        let mut second: Option<(Value, [Verdict; 2])> = None;
        for value in values {
            let Some(after) = self.with(subject.fact, &value) else { continue };
            match self.turned(&after) {
                Turned::Nothing => {}
                Turned::Outcome => {
                    let cost = cost(&value);
                    self.push(subject, value, change.clone(), cost, after);
                    return;
                }
                _ => {
                    second.get_or_insert((value, after));
                }
            }
        }
        if let Some((value, after)) = second {
            let cost = cost(&value);
            self.push(subject, value, change.clone(), cost, after);
        }
    }

    /// Values without an order: a few that lead to different answers, changed outcomes first.
    fn choices(&mut self, subject: &Subject, values: impl Iterator<Item = (Value, Change)>) {
        let mut found: Vec<(Turned, Value, Change, [Verdict; 2])> = Vec::new();
        for (value, change) in values {
            if subject.now.as_ref() == Some(&value) {
                continue;
            }
            let Some(after) = self.with(subject.fact, &value) else { continue };
            let turned = self.turned(&after);
            let told = found.iter().any(|(_, _, known, same)| {
                *same == after && std::mem::discriminant(known) == std::mem::discriminant(&change)
            });
            if turned != Turned::Nothing && !told {
                found.push((turned, value, change, after));
            }
        }
        found.sort_by_key(|(turned, ..)| std::cmp::Reverse(*turned));
        for (_, value, change, after) in found.into_iter().take(MOST_OF_A_FACT) {
            self.push(subject, value, change, CATEGORICAL_COST, after);
        }
    }

    // --- Kinds of fact ---

    fn date(&mut self, subject: &Subject) {
        let Some(Value::Date(now)) = subject.now else { return };
        let mut days: BTreeSet<Date> = BTreeSet::new();
        if subject.fact == self.law.date_fact() {
            days.extend(self.law.dates());
        }
        for node in self.regime.nodes.all() {
            if let Node::DateCompare(_, fact, date) = node
                && *fact == subject.fact
            {
                days.extend([Some(*date), date.tomorrow().ok()].into_iter().flatten());
            }
        }
        let cost = |value: &Value| match value {
            Value::Date(then) => {
                let days = now.until(*then).map_or(i32::MAX, |span| span.get_days());
                days.unsigned_abs().saturating_mul(COST_OF_A_DAY).min(WHOLE_COST)
            }
            _ => WHOLE_COST,
        };
        let before = days.iter().rev().filter(|day| **day <= now);
        let before: Vec<Value> =
            before.filter_map(|day| day.yesterday().ok()).map(Value::Date).collect();
        self.nearest(subject, before, &Change::Lowered, cost);
        let after: Vec<Value> =
            days.iter().filter(|day| **day > now).copied().map(Value::Date).collect();
        self.nearest(subject, after, &Change::Raised, cost);
    }

    fn country(&mut self, subject: &Subject) {
        let vocabulary = self.law.vocabulary();
        let same = self.given.standing_in(vocabulary, subject.fact);
        let mut sets: BTreeSet<u16> = BTreeSet::new();
        let mut others: Vec<Country> = Vec::new();
        for node in self.regime.nodes.all() {
            match node {
                Node::InSet(fact, set) if same.contains(fact) => {
                    sets.insert(*set);
                }
                Node::SameFact(a, b) if same.contains(a) || same.contains(b) => {
                    let other = if same.contains(a) { b } else { a };
                    if let Some(Value::Country(country)) = self.given.get(*other) {
                        others.push(*country);
                    }
                }
                _ => {}
            }
        }
        let well_known = WELL_KNOWN.iter().filter_map(|code| Country::parse(code));
        let members = sets.iter().flat_map(|set| self.regime.set(*set).1.iter());
        let kind = |country: Country| -> Vec<bool> {
            let tests = sets.iter().map(|set| self.regime.set(*set).1.contains(country));
            tests.chain(others.iter().map(|other| *other == country)).collect()
        };
        let mut kinds: Vec<Vec<bool>> = Vec::new();
        if let Some(Value::Country(now)) = subject.now {
            kinds.push(kind(now));
        }
        let mut candidates: Vec<Country> = Vec::new();
        for country in well_known.chain(others.iter().copied()).chain(members) {
            let own = kind(country);
            if !kinds.contains(&own) {
                kinds.push(own);
                candidates.push(country);
            }
        }
        let values = candidates.into_iter().map(|country| (Value::Country(country), Change::Other));
        self.choices(subject, values);
    }

    fn list(&mut self, subject: &Subject) {
        let same = self.given.standing_in(self.law.vocabulary(), subject.fact);
        let mut words: Vec<std::sync::Arc<str>> = Vec::new();
        for node in self.regime.nodes.all() {
            if let Node::Holds(fact, word) = node
                && same.contains(fact)
                && !words.contains(word)
            {
                words.push(word.clone());
            }
        }
        words.sort_unstable();
        let now: Vec<std::sync::Arc<str>> = match &subject.now {
            Some(Value::List(items)) => items.to_vec(),
            _ => Vec::new(),
        };
        let mut values = Vec::new();
        if subject.now.is_none() {
            values.push((Value::List([].into()), Change::Other));
        }
        for word in &now {
            let rest = now.iter().filter(|item| *item != word).cloned().collect();
            values.push((Value::List(rest), Change::Removed(word.to_string())));
        }
        for word in words.iter().filter(|word| !now.contains(word)) {
            let more = now.iter().chain([word]).cloned().collect();
            values.push((Value::List(more), Change::Added(word.to_string())));
        }
        self.choices(subject, values.into_iter());
    }

    fn text(&mut self, subject: &Subject) {
        let same = self.given.standing_in(self.law.vocabulary(), subject.fact);
        let mut texts: BTreeSet<std::sync::Arc<str>> = BTreeSet::new();
        for node in self.regime.nodes.all() {
            match node {
                Node::TextIn(fact, tested) if same.contains(fact) => {
                    texts.extend(tested.iter().cloned());
                }
                Node::Prefix(fact, prefix) if same.contains(fact) => {
                    texts.insert(prefix.clone());
                }
                _ => {}
            }
        }
        let values = texts.into_iter().map(|text| (Value::Text(text), Change::Other));
        self.choices(subject, values);
    }

    // --- Numbers ---

    fn number(&mut self, subject: &Subject) {
        let now = match &subject.now {
            Some(Value::Num(now)) => Some(*now),
            _ => None,
        };
        let Some(grid) = self.grid(subject.fact, now) else { return };
        let at = now.map(|now| grid.floor(now));
        let cost = |value: &Value| match (value, now) {
            (Value::Num(then), Some(now)) => relative(now, *then),
            _ => WHOLE_COST,
        };
        let Some(at) = at else {
            let points = self.turning_points(subject.fact, grid, grid.least, grid.most);
            let values = [grid.least].into_iter().chain(points).filter_map(|at| grid.value(at));
            let values: Vec<(Value, Change)> =
                values.map(|number| (Value::Num(number), Change::Other)).collect();
            return self.choices(subject, values.into_iter());
        };
        for (end, change) in [(grid.least, Change::Lowered), (grid.most, Change::Raised)] {
            let points = self.turning_points(subject.fact, grid, at, end);
            let values: Vec<Value> =
                points.into_iter().filter_map(|at| grid.value(at)).map(Value::Num).collect();
            self.nearest(subject, values, &change, cost);
        }
    }

    /// The steps in which a number is changed: its own decimals, or those of the thresholds it is
    /// compared with; long numbers in their sixth digit.
    fn grid(&self, fact: FactId, now: Option<Num>) -> Option<Grid> {
        let described = self.law.vocabulary().fact(fact);
        let mut exponent: i32 = 0;
        let mut digits = 0;
        let compared = self.gauges.iter().filter_map(|gauge| match gauge {
            Gauge::Compare(left, right) => self.threshold(fact, *left, *right),
            Gauge::Room(..) => None,
        });
        for number in compared.chain(now) {
            // A ratio has no decimals of its own.
            let shown = number.to_decimals(4);
            let (whole, decimals) = shown.split_once('.').unwrap_or((&shown, ""));
            exponent = exponent.min(-(decimals.len() as i32));
            digits = digits.max(whole.trim_start_matches('-').len());
        }
        if described.of == FactType::Integer {
            exponent = 0;
        } else if digits >= LONG_DIGITS {
            exponent = (digits - KEPT_DIGITS) as i32;
        }
        let mut grid = Grid { exponent, least: 0, most: 0 };
        let most = described.max.unwrap_or(Num::int(10i128.pow(29)));
        grid.least = described.min.map_or(0, |min| grid.ceiling(min));
        grid.most = grid.floor(most);
        (grid.least < grid.most).then_some(grid)
    }

    /// The number that a fact is compared with directly.
    fn threshold(&self, fact: FactId, left: NumId, right: NumId) -> Option<Num> {
        let nodes = &self.regime.nodes;
        let same = self.given.standing_in(self.law.vocabulary(), fact);
        match (nodes.num(left), nodes.num(right)) {
            (NumNode::Fact(own) | NumNode::Derived(own, _), NumNode::Const(number))
            | (NumNode::Const(number), NumNode::Fact(own) | NumNode::Derived(own, _))
                if same.contains(own) =>
            {
                Some(*number)
            }
            _ => None,
        }
    }

    /// The steps at which something turns between two, nearest to the first one first. What turns
    /// and turns back between two [samples] is not seen.
    fn turning_points(&mut self, fact: FactId, grid: Grid, from: i128, end: i128) -> Vec<i128> {
        let same = self.given.standing_in(self.law.vocabulary(), fact);
        let samples = samples(from, end);
        let mut points: BTreeSet<i128> = BTreeSet::new();
        for gauge in 0..self.gauges.len() {
            if !self.depends(gauge, &same) {
                continue;
            }
            let mut near = from;
            let mut here = self.cell(gauge, fact, grid, near);
            for far in &samples {
                let there = self.cell(gauge, fact, grid, *far);
                while here != there {
                    near = self.first_other(gauge, fact, grid, (near, *far));
                    here = self.cell(gauge, fact, grid, near);
                    points.insert(near);
                }
                near = *far;
            }
        }
        let mut points: Vec<i128> = points.into_iter().collect();
        if end < from {
            points.reverse();
        }
        points
    }

    /// The first step between two at which a gauge is no longer as it is at the first.
    fn first_other(&mut self, gauge: usize, fact: FactId, grid: Grid, span: (i128, i128)) -> i128 {
        let here = self.cell(gauge, fact, grid, span.0);
        let (mut same, mut other) = span;
        while (other - same).abs() > 1 {
            let middle = same + (other - same) / 2;
            if self.cell(gauge, fact, grid, middle) == here {
                same = middle;
            } else {
                other = middle;
            }
        }
        other
    }

    fn depends(&self, gauge: usize, facts: &[FactId]) -> bool {
        let num = |id: NumId| facts.iter().any(|fact| self.uses.number(id).contains(fact));
        match &self.gauges[gauge] {
            Gauge::Compare(left, right) => num(*left) || num(*right),
            Gauge::Room(_, quota) => {
                num(quota.amount)
                    || quota.limit.is_some_and(num)
                    || facts.contains(&quota.used)
                    || quota.base.is_some_and(|(fact, amount)| facts.contains(&fact) || num(amount))
            }
        }
    }

    /// How a gauge stands at a step; `None` where a number of it is unknown.
    fn cell(&mut self, gauge: usize, fact: FactId, grid: Grid, at: i128) -> Option<Ordering> {
        let vocabulary = self.law.vocabulary();
        let value = grid.value(at).map(Value::Num);
        self.scratch.replace(vocabulary, fact, value.as_ref());
        let found = (|| {
            let mut decision = self.law.deciding(&self.scratch, self.carry, self.desk)?;
            match &self.gauges[gauge] {
                Gauge::Compare(left, right) => {
                    let (left, right) = (decision.eval.num(*left)?, decision.eval.num(*right)?);
                    Some(left.cmp(&right))
                }
                Gauge::Room(reading, quota) => match decision.room(*reading, quota).truth {
                    Truth::True => Some(Ordering::Less),
                    Truth::False => Some(Ordering::Greater),
                    Truth::Unknown => None,
                },
            }
        })();
        self.scratch.replace(vocabulary, fact, self.given.get(fact));
        found
    }
}

/// The values that a number may take in the search: whole multiples of a power of ten.
#[derive(Clone, Copy, Debug)]
struct Grid {
    exponent: i32,
    least: i128,
    most: i128,
}

impl Grid {
    fn value(self, at: i128) -> Option<Num> {
        Num::parse(&format!("{at}e{}", self.exponent)).ok()
    }

    fn scaled(self, number: Num) -> Option<Num> {
        let power = Num::int(10i128.checked_pow(self.exponent.unsigned_abs())?);
        if self.exponent < 0 { number.checked_mul(power) } else { number.checked_div(power) }
    }

    fn floor(self, number: Num) -> i128 {
        let cut = self.scaled(number).and_then(|scaled| scaled.to_decimals(0).parse().ok());
        cut.unwrap_or(i128::from(i64::MAX))
    }

    fn ceiling(self, number: Num) -> i128 {
        let floor = self.floor(number);
        match self.value(floor) {
            Some(value) if value < number => floor + 1,
            _ => floor,
        }
    }
}

/// Steps between two, dense at both ends, the last one being the end.
fn samples(from: i128, end: i128) -> Vec<i128> {
    let length = end - from;
    let mut samples: Vec<i128> = (1..SAMPLES).rev().map(|half| from + (length >> half)).collect();
    samples.extend((2..SAMPLES).map(|half| end - (length >> half)));
    samples.push(end);
    samples.retain(|at| *at != from);
    samples.sort_by_key(|at| (at - from).abs());
    samples.dedup();
    samples
}

/// A change in proportion to the larger of two numbers, in ten-thousandths, at least one.
fn relative(now: Num, then: Num) -> u32 {
    let (low, high) = if now < then { (now, then) } else { (then, now) };
    let share = high
        .checked_sub(low)
        .and_then(|change| change.checked_mul(Num::int(i128::from(WHOLE_COST))))
        .and_then(|change| change.checked_div(high))
        .and_then(|share| share.to_decimals(0).parse::<u32>().ok());
    share.unwrap_or(WHOLE_COST).clamp(1, WHOLE_COST)
}

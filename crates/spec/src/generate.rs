//! Random transactions, biased to where answers turn.
//!
//! Most begin as something sensible, a worked case of the packs or a quiet sale, and are then
//! changed
//! in a few facts, to a border of the packs, a neighbor of one, or to not known. The rest are drawn
//! fact by fact. The same seed gives the same transactions.

use law::pack::Body;
use law::truth::Truth;
use law::{Country, Fact, FactId, FactType, Facts, Law, Num, Reading, RuleId, TomlValue, Value};

use crate::borders::Borders;
use crate::corpus;
use crate::random::Random;
use crate::transaction::Transaction;

/// A stream of transactions.
pub struct Generator<'l> {
    pub(crate) law: &'l Law,
    pub(crate) countries: Vec<Vec<Country>>,
    pub(crate) random: Random,
    borders: Borders,
    cases: Vec<Facts>,
    busy: Vec<FactId>,
}

/// A fact with more borders than this is changed more often than others.
const MANY: usize = 8;

/// A percentage of facts that are not known.
const UNKNOWN: usize = 15;

impl<'l> Generator<'l> {
    /// The transactions of a seed.
    pub fn new(law: &'l Law, seed: u64) -> Generator<'l> {
        let borders = Borders::of(law);
        let texts = borders.texts.iter();
        Generator {
            busy: texts.filter(|(_, texts)| texts.len() > MANY).map(|(fact, _)| *fact).collect(),
            countries: countries(law, &borders),
            cases: law.packs().iter().flat_map(|pack| worked_cases(law, pack)).collect(),
            borders,
            law,
            random: Random::new(seed),
        }
    }

    /// The next transaction, completed. Its date is known.
    #[expect(clippy::should_implement_trait, reason = "it never ends, so it is no iterator")]
    pub fn next(&mut self) -> Facts {
        let mut facts = match self.random.below(10) {
            0..=2 => self.scattered(),
            3..=4 => self.quiet(),
            _ => self.worked(),
        };
        if self.random.chance(25) {
            self.aim(&mut facts);
        }
        for _ in 0..self.random.below(6) {
            self.change(&mut facts);
        }
        if self.random.chance(25) {
            self.fit_amount(&mut facts);
        }
        if self.random.chance(20) {
            self.copy_party(&mut facts);
        }
        self.finish(facts)
    }

    /// A transaction like another: the same parties, another amount, seldom another fact. What a
    /// file holds in its next line.
    pub fn next_like(&mut self, facts: &Facts) -> Facts {
        let mut next = facts_as_given(self.law, facts);
        let vocabulary = self.law.vocabulary();
        for name in ["quantity", "item.tpp"] {
            if let Some(id) = vocabulary.find(name).filter(|_| self.random.chance(50)) {
                let value = self.value(id);
                next.set(id, value);
            }
        }
        if self.random.chance(30) {
            self.change(&mut next);
        }
        self.finish(next)
    }

    /// A transaction of which every fact is known, those of every party included.
    pub fn next_known(&mut self) -> Facts {
        let vocabulary = self.law.vocabulary();
        let mut facts = self.next();
        for (id, _) in vocabulary.facts() {
            while facts.get(id).is_none() {
                let value = self.value(id);
                facts.set(id, value);
            }
        }
        self.finish(facts)
    }

    fn finish(&mut self, mut facts: Facts) -> Facts {
        let date = self.law.date_fact();
        while facts.date(date).is_none() {
            let value = self.value(date);
            facts.set(date, value);
        }
        facts.complete(self.law.vocabulary(), self.law.defaults());
        facts
    }

    /// Every fact of its own; each further party in one of three.
    fn scattered(&mut self) -> Facts {
        let vocabulary = self.law.vocabulary();
        let mut facts = Facts::new(vocabulary);
        let present: Vec<bool> =
            vocabulary.parties().iter().map(|_| self.random.chance(35)).collect();
        for (id, fact) in vocabulary.facts() {
            let absent = fact.party.is_some_and(|party| party != 0 && !present[party]);
            if !absent && !self.random.chance(UNKNOWN) {
                let value = self.value(id);
                facts.set(id, value);
            }
        }
        facts
    }

    /// A sale in which nothing is wrong, of an item drawn at random: no lists, no claims, one
    /// country for everything that a party has.
    fn quiet(&mut self) -> Facts {
        let vocabulary = self.law.vocabulary();
        let mut facts = Facts::new(vocabulary);
        let home = self.country();
        for (id, fact) in vocabulary.facts() {
            if fact.party.is_some_and(|party| party != 0) || self.random.chance(4) {
                continue;
            }
            let value = match &fact.of {
                FactType::List(_) => Some(Value::List(Vec::new().into())),
                FactType::Country if fact.party.is_some() => home.map(Value::Country),
                FactType::Enum(_) if fact.party.is_some() => Some(Value::Word(0)),
                FactType::Bool => Some(Value::Bool(self.random.chance(50))),
                _ => self.value(id),
            };
            facts.set(id, value);
        }
        if let Some(destination) = vocabulary.find("destination") {
            facts.set(destination, home.map(Value::Country));
        }
        facts
    }

    /// A worked case of the packs.
    fn worked(&mut self) -> Facts {
        match self.random.pick(&self.cases) {
            Some(case) => case.clone(),
            None => self.scattered(),
        }
    }

    /// Changes one fact: to a border, or to not known.
    fn change(&mut self, facts: &mut Facts) {
        let id = FactId(u16::try_from(self.random.below(self.law.vocabulary().len())).unwrap_or(0));
        let id = match self.random.below(10) {
            0..=1 => self.law.date_fact(),
            2..=4 => self.busy.get(self.random.below(self.busy.len())).copied().unwrap_or(id),
            _ => id,
        };
        let value = if self.random.chance(UNKNOWN) { None } else { self.value(id) };
        facts.set(id, value);
    }

    /// Lets one party be as the first, or leaves it out.
    fn copy_party(&mut self, facts: &mut Facts) {
        let parties = self.law.vocabulary().parties();
        let copy = self.random.chance(50);
        let at = 1 + self.random.below(parties.len().saturating_sub(1));
        let Some((first, party)) = parties.first().zip(parties.get(at)) else { return };
        for (from, to) in first.facts.iter().zip(&party.facts) {
            facts.set(*to, facts.get(*from).cloned().filter(|_| copy));
        }
    }

    /// Chooses the quantity so that the line meets an amount that the packs name, or just does not,
    /// and sometimes what was drawn before so that the line just fits.
    fn fit_amount(&mut self, facts: &mut Facts) {
        let vocabulary = self.law.vocabulary();
        let find = |name: &str| vocabulary.find(name);
        let (Some(quantity), Some(chips), Some(tpp)) =
            (find("quantity"), find("item.chips"), find("item.tpp"))
        else {
            return;
        };
        let one = Num::int(1);
        let unit = facts.num(tpp).and_then(|tpp| tpp.checked_mul(facts.num(chips).unwrap_or(one)));
        let Some(unit) = unit.filter(|unit| !unit.is_zero()) else { return };
        let Some(amount) = self.random.pick(&self.borders.amounts).copied() else { return };
        let count = amount.checked_div(unit).and_then(|count| count.to_decimals(0).parse().ok());
        let count = count.unwrap_or(1i64) + self.random.below(2) as i64;
        if let Ok(count) = vocabulary.fact(quantity).bounded(Num::from(count)) {
            facts.set(quantity, Some(Value::Num(count)));
        }
        let line = facts.num(quantity).and_then(|quantity| quantity.checked_mul(unit));
        for (_, rule) in self.law.rules() {
            let Body::Quota(quota) = &rule.rule.body else { continue };
            let Some(used) = find(&quota.used.0).filter(|_| self.random.chance(30)) else {
                continue;
            };
            let limit = self.random.pick(&self.borders.amounts).copied();
            let left = limit.and_then(|limit| limit.checked_sub(line?));
            let more = Num::from(self.random.below(3) as i64 - 1);
            let left = left.and_then(|left| left.checked_add(more));
            if let Some(Ok(left)) = left.map(|left| vocabulary.fact(used).bounded(left)) {
                facts.set(used, Some(Value::Num(left)));
            }
        }
    }

    fn country(&mut self) -> Option<Country> {
        let of_one_set = self.random.pick(&self.countries)?;
        self.random.pick(of_one_set).copied()
    }

    /// A value of a fact, at a border where there is one; `None` where none was found.
    pub(crate) fn value(&mut self, id: FactId) -> Option<Value> {
        let fact = self.law.vocabulary().fact(id);
        match &fact.of {
            FactType::Bool => Some(Value::Bool(self.random.chance(50))),
            FactType::Integer | FactType::Decimal => self.number(id, fact).map(Value::Num),
            FactType::Text => Some(Value::Text(self.text(id).into())),
            FactType::Date => self.date().map(Value::Date),
            FactType::Country => self.country().map(Value::Country),
            FactType::Enum(words) => {
                u8::try_from(self.random.below(words.len())).ok().map(Value::Word)
            }
            FactType::List(words) => {
                let tested = self.borders.texts.get(&id).into_iter().flatten().cloned();
                let known = words.iter().flatten().map(|word| word.to_string());
                let mut pool: Vec<String> = tested.chain(known).collect();
                if words.is_none() {
                    pool.push("something-else".into());
                }
                let count = self.random.below(4);
                let items: Vec<&String> =
                    (0..count).filter_map(|_| self.random.pick(&pool)).collect();
                let items: Vec<&str> = items.into_iter().map(String::as_str).collect();
                fact.list(&items).ok()
            }
        }
    }

    /// A number that the packs compare the fact with, just below, just above, or some other.
    fn number(&mut self, id: FactId, fact: &Fact) -> Option<Num> {
        let borders = self.borders.numbers.get(&id).map_or(&[][..], Vec::as_slice);
        let amounts = &self.borders.amounts;
        let from_packs =
            if borders.is_empty() || self.random.chance(10) { amounts } else { borders };
        let near = match self.random.pick(from_packs) {
            Some(border) if self.random.chance(75) => {
                let (below, above) = border.neighbors();
                let hair = Num::parse("0.001").unwrap_or(Num::ZERO);
                let near = [
                    Some(*border),
                    Some(below),
                    Some(above),
                    border.checked_sub(hair),
                    border.checked_add(hair),
                ];
                let at = self.random.below(if fact.of == FactType::Integer { 3 } else { 5 });
                near[at]
            }
            _ => {
                let scale = 10i64.pow(u32::try_from(self.random.below(7)).unwrap_or(0));
                Some(Num::from(self.random.below(10) as i64 * scale))
            }
        };
        near.and_then(|near| fact.bounded(near).ok())
            .or_else(|| fact.bounded(Num::int(1)).ok())
            .or(fact.min)
    }

    /// A text that the packs test the fact for, one that begins so, or some name.
    /// An empty text would be an unknown fact.
    fn text(&mut self, id: FactId) -> String {
        let tested = self.borders.texts.get(&id).into_iter().flatten();
        let tested: Vec<&String> = tested.filter(|text| !text.is_empty()).collect();
        match self.random.pick(&tested) {
            Some(text) if self.random.chance(80) => match self.random.below(3) {
                0 => format!("{text}.x"),
                _ => text.to_string(),
            },
            _ => {
                self.random.pick(&["Alpha Computing", "Beta Cloud"]).map_or("", |name| name).into()
            }
        }
    }

    fn date(&mut self) -> Option<jiff::civil::Date> {
        let dates: Vec<_> = self.borders.dates.iter().copied().collect();
        let date = *self.random.pick(&dates)?;
        match self.random.below(4) {
            0 => date.yesterday().ok(),
            1 => date.tomorrow().ok(),
            2 => date.checked_add(jiff::Span::new().days(self.random.below(200) as i64)).ok(),
            _ => Some(date),
        }
    }
}

/// The countries to draw from: those of each set, those that conditions name or that the law treats
/// as others, and one of no set.
fn countries(law: &Law, borders: &Borders) -> Vec<Vec<Country>> {
    let mut groups: Vec<Vec<Country>> = Vec::new();
    for set in law.sets() {
        let mut of_set = set.members.clone();
        of_set
            .extend(set.changes.iter().flat_map(|change| change.add.iter().chain(&change.remove)));
        groups.push(of_set);
    }
    let treated = law.treats().iter().flat_map(|treat| [treat.country, treat.treated_as]);
    groups.push(treated.collect());
    groups.push(borders.countries.iter().copied().collect());
    groups.push(Country::parse("AQ").into_iter().collect());
    groups.retain(|group| !group.is_empty());
    groups
}

/// The facts of the worked cases of a pack, those that can be read.
fn worked_cases(law: &Law, pack: &law::pack::Pack) -> Vec<Facts> {
    let mut cases = Vec::new();
    for case in pack.cases() {
        let mut facts = Facts::new(law.vocabulary());
        for (name, _, item) in &case.given {
            let Some(id) = law.vocabulary().find(name) else { continue };
            let text = as_text(&item.value);
            if let Ok(value) = law.vocabulary().fact(id).parse(&text) {
                facts.set(id, value);
            }
        }
        cases.push(facts);
    }
    cases
}

fn as_text(value: &TomlValue) -> String {
    match value {
        TomlValue::Text(text) | TomlValue::Number(text) => text.clone(),
        TomlValue::Bool(value) => value.to_string(),
        TomlValue::Date(date) => date.to_string(),
        TomlValue::Array(items) if items.is_empty() => "none".into(),
        TomlValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| as_text(&item.value)).collect();
            items.join(";")
        }
        TomlValue::Table(_) => String::new(),
    }
}

/// The facts without what completing them added for absent parties.
fn facts_as_given(law: &Law, facts: &Facts) -> Facts {
    let mut given = Facts::new(law.vocabulary());
    for (id, fact) in law.vocabulary().facts() {
        if fact.party.is_none_or(|party| facts.is_present(party)) {
            given.set(id, facts.get(id).cloned());
        }
    }
    given
}

/// Writes a transaction as the corpus holds it.
pub fn describe(law: &Law, facts: &Facts) -> String {
    corpus::write(law, facts)
}

/// How often each rule held over some transactions.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// For each rule, by its number, in how many transactions it held.
    pub held: Vec<usize>,
}

impl Coverage {
    /// The rules that never held.
    pub fn never(&self) -> Vec<RuleId> {
        let rules = (0u32..).zip(&self.held);
        rules.filter(|(_, held)| **held == 0).map(|(rule, _)| RuleId(rule)).collect()
    }
}

/// Counts, over the first so many transactions of a seed, in how many each rule held: its condition
/// was true on a day on which it binds. Of a requirement that only says what it does not reach,
/// what it is about counts.
pub fn coverage(law: &Law, seed: u64, transactions: usize) -> Coverage {
    let mut generator = Generator::new(law, seed);
    let mut held = vec![0; law.rules().count()];
    for _ in 0..transactions {
        let facts = generator.next();
        let Some(date) = facts.date(law.date_fact()) else { continue };
        let transaction = Transaction::new(law, &facts, date);
        for (rule, held) in law.rules().zip(&mut held) {
            let binds = Reading::BOTH.iter().any(|reading| transaction.binds(rule, *reading));
            let is_about = match &rule.1.rule.body {
                Body::Requirement { about: Some(about), .. } => transaction.truth(about),
                _ => Truth::False,
            };
            let reached = transaction.condition(rule).or(is_about) == Truth::True;
            *held += usize::from(binds && reached);
        }
    }
    Coverage { held }
}

//! The law as a whole: its packs joined, checked and indexed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use crate::check;
use crate::country::{Country, CountrySet};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::docket::Dockets;
use crate::facts::Value;
use crate::node::Node;
use crate::pack::{
    Block, Body, Define, Derive, Pack, Reading, Rule, Set, SetChange, State, Status, Treat,
};
use crate::regime::Regime;
use crate::vocabulary::{FactId, Vocabulary};

/// The index of a rule in its law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u32);

/// The index of a status in its law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusId(pub u32);

/// Every pack, ready to be asked about any day.
#[derive(Debug)]
pub struct Law {
    pub(crate) vocabulary: Vocabulary,
    pub(crate) packs: Vec<Pack>,
    pub(crate) rules: Vec<LawRule>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) defines: HashMap<String, Vec<Define>>,
    pub(crate) derives: Vec<(FactId, Derive)>,
    pub(crate) sets: Vec<Set>,
    pub(crate) treats: Vec<Treat>,
    pub(crate) class_codes: Vec<String>,
    pub(crate) exception_codes: Vec<String>,
    pub(crate) defaults: Vec<(FactId, Value)>,
    pub(crate) date_fact: FactId,
    pub(crate) dockets: Dockets,
    verified_through: Date,
    first_day: Date,
    starts: Vec<Date>,
    regimes: Vec<OnceLock<Regime>>,
}

/// A rule with its pack and its last day, replacements counted.
#[derive(Debug)]
pub struct LawRule {
    /// The rule as written.
    pub rule: Rule,
    /// The index of its pack.
    pub pack: usize,
    /// Its last day, if it has one.
    pub last: Option<Date>,
}

impl LawRule {
    /// Whether the rule binds on a day in a reading, statuses apart.
    pub fn binds(&self, date: Date, reading: Reading) -> bool {
        date >= self.rule.from
            && self.last.is_none_or(|last| date <= last)
            && self.rule.reading.is_none_or(|only| only == reading)
    }

    /// Whether it is in force on a day and does not bind yet.
    pub fn is_coming(&self, date: Date) -> bool {
        date >= self.rule.effective && date < self.rule.from
    }
}

impl Law {
    /// Joins documents into a law. A pack with the id of an earlier one takes its place.
    ///
    /// The law is `None` where a mistake makes it unusable; warnings come with a law.
    pub fn read(
        vocabulary: &Arc<Source>,
        documents: &[Arc<Source>],
    ) -> (Option<Law>, Vec<Diagnostic>) {
        let (vocabulary, mut diagnostics) = Vocabulary::read(vocabulary);
        let mut packs: Vec<Pack> = Vec::new();
        for document in documents {
            let (pack, errors) = Pack::read(document);
            diagnostics.extend(errors);
            let Some(pack) = pack else { continue };
            match packs.iter_mut().find(|earlier| earlier.id == pack.id) {
                Some(earlier) => *earlier = pack,
                None => packs.push(pack),
            }
        }
        let Some(date_fact) = vocabulary.find("date") else { return (None, diagnostics) };
        let mut law = Law {
            defaults: vocabulary.defaults(),
            vocabulary,
            packs: Vec::new(),
            rules: Vec::new(),
            statuses: Vec::new(),
            defines: HashMap::new(),
            derives: Vec::new(),
            sets: Vec::new(),
            treats: Vec::new(),
            class_codes: Vec::new(),
            exception_codes: Vec::new(),
            date_fact,
            dockets: Dockets::default(),
            verified_through: Date::MIN,
            first_day: Date::MIN,
            starts: Vec::new(),
            regimes: Vec::new(),
        };
        law.join(packs, &mut diagnostics);
        check::check(&law, &mut diagnostics);
        diagnostics.sort_by(|a, b| {
            (&a.source.name, a.span.start, a.code).cmp(&(&b.source.name, b.span.start, b.code))
        });
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return (None, diagnostics);
        }
        law.starts = law.change_points();
        law.regimes = law.starts.iter().map(|_| OnceLock::new()).collect();
        (Some(law), diagnostics)
    }

    fn join(&mut self, packs: Vec<Pack>, diagnostics: &mut Vec<Diagnostic>) {
        let mut changes: Vec<(String, std::ops::Range<usize>, SetChange, Arc<Source>)> = Vec::new();
        for (index, pack) in packs.iter().enumerate() {
            for block in &pack.blocks {
                match block.clone() {
                    Block::Rule(rule) => {
                        self.rules.push(LawRule { last: rule.through, rule: *rule, pack: index });
                    }
                    Block::Define(define) => {
                        self.defines.entry(define.id.clone()).or_default().push(define);
                    }
                    Block::Set(set) => self.sets.push(set),
                    Block::Change(set, span, change) => {
                        changes.push((set, span, change, Arc::clone(&pack.source)));
                    }
                    Block::Treat(treat) => self.treats.push(treat),
                    Block::Derive(derive) => match self.vocabulary.find(&derive.fact.0) {
                        Some(fact) => self.derives.push((fact, derive)),
                        None => {
                            diagnostics.push(check::unknown_fact(self, &pack.source, &derive.fact))
                        }
                    },
                    Block::Status(status) => self.statuses.push(status),
                    Block::Case(_) => {}
                }
            }
        }
        for (set, span, change, source) in changes {
            match self.sets.iter_mut().find(|known| known.id == set) {
                Some(known) => known.changes.push(change),
                None => {
                    let message = format!("there is no set `{set}`");
                    diagnostics.push(Diagnostic::error("unknown-set", &source, span, message));
                }
            }
        }
        self.sets.iter_mut().for_each(|set| set.changes.sort_by_key(|change| change.date));
        self.packs = packs;
        let real = self.packs.iter().filter(|pack| !pack.hypothetical);
        let verified = real.map(|pack| pack.verified_through).min();
        self.verified_through = verified.unwrap_or(Date::MIN);
        let effective = self.rules.iter().map(|rule| rule.rule.effective).min();
        self.first_day = effective.unwrap_or(Date::MIN);
        self.end_replaced();
        for rule in &self.rules {
            let (codes, code) = match &rule.rule.body {
                Body::Class { code } => (&mut self.class_codes, code),
                Body::Exception { code, .. } => (&mut self.exception_codes, code),
                _ => continue,
            };
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        }
    }

    /// A rule that another replaces ends on the day before the other binds.
    fn end_replaced(&mut self) {
        let mut ends: Vec<(String, Date, usize)> = Vec::new();
        for (index, by) in self.rules.iter().enumerate() {
            for (id, _) in &by.rule.replaces {
                if let Ok(end) = by.rule.from.yesterday() {
                    ends.push((id.clone(), end, index));
                }
            }
        }
        for (id, end, by) in ends {
            for (index, rule) in self.rules.iter_mut().enumerate() {
                if index != by && rule.rule.id == id && rule.rule.from <= end {
                    rule.last = Some(rule.last.map_or(end, |last| last.min(end)));
                }
            }
        }
    }

    /// The first days of the spans of time in which the law does not change.
    fn change_points(&self) -> Vec<Date> {
        let mut starts = vec![Date::MIN];
        let mut after =
            |date: Option<Date>| starts.extend(date.and_then(|date| date.tomorrow().ok()));
        let mut on = Vec::new();
        for rule in &self.rules {
            on.push(rule.rule.effective);
            on.push(rule.rule.from);
            after(rule.last);
            if let Body::Quota(quota) = &rule.rule.body {
                for step in &quota.steps {
                    on.push(step.from);
                    after(Some(step.through));
                }
            }
        }
        for status in &self.statuses {
            on.push(status.from);
            after(status.through);
        }
        for define in self.defines.values().flatten() {
            on.push(define.from);
            after(define.through);
        }
        on.extend(self.sets.iter().flat_map(|set| set.changes.iter().map(|change| change.date)));
        starts.extend(on);
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// The law of a day, compiled on first use.
    pub fn on(&self, date: Date) -> &Regime {
        let at = self.starts.partition_point(|start| *start <= date).saturating_sub(1);
        self.regimes[at].get_or_init(|| {
            let through = self.starts.get(at + 1).and_then(|next| next.yesterday().ok());
            Regime::compile(self, self.starts[at], through.unwrap_or(Date::MAX))
        })
    }

    /// The days on which something changes, in order, the beginning of time left out.
    pub fn dates(&self) -> &[Date] {
        &self.starts[1..]
    }

    /// The facts that conditions may name.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Whether a document may name a fact. Where none does, no decision depends on it; one that
    /// names it may still not, as in a comment. A document that writes letters by their numbers
    /// (`\u005f`) may name any, and a name with dots may be written apart.
    pub fn mentions(&self, fact: FactId) -> bool {
        let name = &*self.vocabulary.fact(fact).name;
        let hides = |text: &str| ["\\u", "\\U", "\\x"].iter().any(|escape| text.contains(escape));
        let texts = || self.packs.iter().map(|pack| &*pack.source.text);
        name.contains('.') || texts().any(|text| text.contains(name) || hides(text))
    }

    /// The texts that conditions of any day look for in a fact: what it can hold to any effect.
    pub fn texts_of(&self, fact: FactId) -> BTreeSet<&str> {
        let mut texts = BTreeSet::new();
        for start in &self.starts {
            for node in self.on(*start).nodes.all() {
                match node {
                    Node::Holds(of, text) if *of == fact => _ = texts.insert(&**text),
                    Node::TextIn(of, all) if *of == fact => {
                        texts.extend(all.iter().map(|it| &**it))
                    }
                    _ => {}
                }
            }
        }
        texts
    }

    /// The documents, in order.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Every rule, in order.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &LawRule)> {
        self.rules.iter().enumerate().map(|(index, rule)| (RuleId(index as u32), rule))
    }

    /// A rule.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.0 as usize].rule
    }

    /// A rule with its pack and last day.
    pub fn law_rule(&self, id: RuleId) -> &LawRule {
        &self.rules[id.0 as usize]
    }

    /// The rules with that id: one, or several versions.
    pub fn rules_named<'l>(&'l self, id: &'l str) -> impl Iterator<Item = (RuleId, &'l LawRule)> {
        self.rules().filter(move |(_, rule)| rule.rule.id == id)
    }

    /// Every announcement about rules.
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// An announcement about rules.
    pub fn status(&self, id: StatusId) -> &Status {
        &self.statuses[id.0 as usize]
    }

    /// The sets of countries.
    pub fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// Countries that the law treats as others.
    pub fn treats(&self) -> &[Treat] {
        &self.treats
    }

    /// The names that stand for conditions and numbers, each with its versions.
    pub fn defines(&self) -> &HashMap<String, Vec<Define>> {
        &self.defines
    }

    /// How absent facts are computed, in order.
    pub fn derives(&self) -> &[(FactId, Derive)] {
        &self.derives
    }

    /// The paragraphs under which an item can fall, in order of appearance.
    pub fn class_codes(&self) -> &[String] {
        &self.class_codes
    }

    /// The codes of the exceptions, in order of appearance.
    pub fn exception_codes(&self) -> &[String] {
        &self.exception_codes
    }

    /// The values of facts that are not given.
    pub fn defaults(&self) -> &[(FactId, Value)] {
        &self.defaults
    }

    /// Lets an answer take a fact for granted wherever it is not given.
    pub fn assume(&mut self, fact: FactId, value: Value) {
        self.defaults.retain(|(id, _)| *id != fact);
        self.defaults.push((fact, value));
    }

    /// The fact that holds the day of the transaction.
    pub fn date_fact(&self) -> FactId {
        self.date_fact
    }

    /// Through which day somebody checked that the packs are the law.
    pub fn verified_through(&self) -> Date {
        self.verified_through
    }

    /// The first day on which any rule of the packs is in force.
    pub fn first_day(&self) -> Date {
        self.first_day
    }

    /// Whether a day is later than the packs were verified for, and whether it is before their
    /// first rule.
    pub(crate) fn days(&self, day: Date) -> [bool; 2] {
        [day > self.verified_through(), day < self.first_day()]
    }

    /// The members of a set on a day.
    pub fn members(&self, set: &str, date: Date) -> CountrySet {
        let mut members = self.members_before_treatment(set, date, 0);
        for treat in &self.treats {
            if members.contains(treat.treated_as) {
                members.insert(treat.country);
            }
        }
        members
    }

    fn members_before_treatment(&self, set: &str, date: Date, depth: usize) -> CountrySet {
        let Some(set) = self.sets.iter().find(|known| known.id == set).filter(|_| depth < 16)
        else {
            return CountrySet::default();
        };
        let mut members: CountrySet = set.members.iter().copied().collect();
        for change in set.changes.iter().take_while(|change| change.date <= date) {
            change.add.iter().for_each(|country| members.insert(*country));
            change.remove.iter().for_each(|country| members.remove(*country));
        }
        for (include, _) in &set.include {
            members.insert_all(&self.members_before_treatment(include, date, depth + 1));
        }
        for (exclude, _) in &set.exclude {
            members.remove_all(&self.members_before_treatment(exclude, date, depth + 1));
        }
        members
    }

    /// What a country is treated as.
    pub fn treated_as(&self, country: Country) -> Country {
        let treat = self.treats.iter().find(|treat| treat.country == country);
        treat.map_or(country, |treat| treat.treated_as)
    }

    /// Whether an announcement takes a rule out of force on a day and in a reading.
    pub fn is_out_of_force(&self, rule: &Rule, date: Date, reading: Reading) -> bool {
        let announced = self.announced(rule, date, reading);
        announced.is_some_and(|status| self.status(status).state != State::Uncertain)
    }

    /// The state of a rule on a day and in a reading, as announced: the first that takes it out of
    /// force, else the first that puts it in doubt.
    pub fn announced(&self, rule: &Rule, date: Date, reading: Reading) -> Option<StatusId> {
        let applies = |status: &Status| {
            date >= status.from
                && status.through.is_none_or(|through| date <= through)
                && status.scope.iter().any(|(id, _)| *id == rule.id)
                && (status.state != State::NotEnforced || reading == Reading::Enforced)
        };
        let find = |uncertain: bool| {
            self.statuses.iter().position(|status| {
                applies(status) && (status.state == State::Uncertain) == uncertain
            })
        };
        find(false).or_else(|| find(true)).map(|index| StatusId(index as u32))
    }
}

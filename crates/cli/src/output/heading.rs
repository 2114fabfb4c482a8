//! What a line is about, in the few words that a table or a report begins with.
//!
//! It must not judge: it only reads facts.

use law::eval::Memory;
use law::text::{Values, grouped};
use law::{Country, FactId, Facts, Law, Value};

use crate::catalogue::Countries;
use crate::input::rows::Order;
use crate::language::Language;
use crate::output::labels;

/// What a line is about.
pub struct Heading {
    /// The day; empty where it cannot be read.
    pub date: String,
    /// The product, the part, or the kind of item.
    pub item: String,
    /// The performance of one item, with its unit; empty where it is not known.
    pub performance: String,
    /// The destination's code; empty where it is not known.
    pub destination: String,
    /// The destination's name.
    pub country: String,
    /// Where parties or their parents have their headquarters, if not at the destination: codes.
    pub parents: Vec<String>,
    /// How many.
    pub quantity: String,
}

/// Reads headings.
pub struct Headings<'l> {
    law: &'l Law,
    language: Language,
    destination: Option<FactId>,
    quantity: Option<FactId>,
    sku: Option<FactId>,
    part: Option<FactId>,
    kind: Option<FactId>,
    headquarters: Vec<[Option<FactId>; 2]>,
}

impl<'l> Headings<'l> {
    /// A reader of headings.
    pub fn new(law: &'l Law, language: Language) -> Headings<'l> {
        let vocabulary = law.vocabulary();
        let find = |name: &str| vocabulary.find(name);
        let parties = vocabulary.parties().iter();
        Headings {
            law,
            language,
            destination: find("destination"),
            quantity: find("quantity"),
            sku: find("item.sku"),
            part: find("item.part_number"),
            kind: find("item.kind"),
            headquarters: parties
                .map(|party| {
                    ["parent_hq", "hq"].map(|fact| find(&format!("{}.{fact}", party.name)))
                })
                .collect(),
        }
    }

    /// What an order is about.
    pub fn read(&self, order: &Order, memory: &mut Memory) -> Heading {
        let facts = &order.facts;
        let date = facts.date(self.law.date_fact()).map_or(String::new(), |date| date.to_string());
        let tpp =
            Values::new(self.law, facts, memory).and_then(|mut values| values.num("item.tpp"));
        let destination = country(facts, self.destination);
        let code = destination.map_or(String::new(), |country| country.to_string());
        let parents = self.parents(facts, destination);
        Heading {
            date,
            item: self.item(facts),
            performance: tpp.map_or(String::new(), |tpp| format!("{} TPP", grouped(tpp))),
            country: Countries::embedded().name(&code, self.language).to_string(),
            destination: code,
            parents,
            quantity: self.quantity.and_then(|id| facts.num(id)).map_or(String::new(), grouped),
        }
    }

    /// The product or part; else the kind of item.
    pub fn item(&self, facts: &Facts) -> String {
        let show = |id: Option<FactId>| {
            let id = id?;
            Some(self.law.vocabulary().fact(id).show(facts.get(id)?))
        };
        let named = show(self.sku).or_else(|| show(self.part));
        let kind =
            || show(self.kind).map(|kind| labels::item_kind(self.language, &kind).to_string());
        named.or_else(kind).unwrap_or_default()
    }

    fn parents(&self, facts: &Facts, destination: Option<Country>) -> Vec<String> {
        let mut parents = Vec::new();
        if destination.is_none() {
            return parents;
        }
        for (party, [parent, own]) in self.headquarters.iter().enumerate() {
            if !facts.is_present(party) {
                continue;
            }
            let found = country(facts, *parent).or_else(|| country(facts, *own));
            let Some(found) = found.filter(|found| Some(*found) != destination) else { continue };
            let code = found.to_string();
            if !parents.contains(&code) {
                parents.push(code);
            }
        }
        parents
    }
}

fn country(facts: &Facts, id: Option<FactId>) -> Option<Country> {
    match facts.get(id?)? {
        Value::Country(country) => Some(*country),
        _ => None,
    }
}

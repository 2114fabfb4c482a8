//! The facts that a condition may name: their types, units, bounds and questions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};
use crate::fields::Fields;
use crate::number::Num;
use crate::units::Unit;

/// The index of a fact in its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactId(pub u16);

/// The type of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactType {
    /// True or false.
    Bool,
    /// A whole number.
    Integer,
    /// An exact decimal.
    Decimal,
    /// Free text.
    Text,
    /// A day.
    Date,
    /// An ISO 3166-1 alpha-2 code.
    Country,
    /// One of a few words.
    Enum(Vec<Arc<str>>),
    /// Several texts, of free choice or of a few words.
    List(Option<Vec<Arc<str>>>),
}

impl FactType {
    /// The word of the vocabulary for the type.
    pub fn word(&self) -> &'static str {
        match self {
            FactType::Bool => "bool",
            FactType::Integer => "integer",
            FactType::Decimal => "decimal",
            FactType::Text => "text",
            FactType::Date => "date",
            FactType::Country => "country",
            FactType::Enum(_) => "enum",
            FactType::List(_) => "list",
        }
    }

    /// The words that an enum or a list allows, where it has such.
    pub fn words(&self) -> Option<&[Arc<str>]> {
        match self {
            FactType::Enum(words) | FactType::List(Some(words)) => Some(words),
            _ => None,
        }
    }
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The dotted name.
    pub name: Arc<str>,
    /// The type.
    pub of: FactType,
    /// The unit of a number.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// The least that can be true.
    pub min: Option<Num>,
    /// The most that can be true.
    pub max: Option<Num>,
    /// The value where none is given, as text.
    pub default: Option<String>,
    /// One line for the reference.
    pub meaning: [String; 2],
    /// What an interviewer asks, in English and Chinese.
    pub question: [String; 2],
    /// The words of an enum or list in Chinese, in the same order.
    pub words_zh: Vec<String>,
    /// Who defines the term.
    pub source: String,
    /// The party it is a fact of.
    pub party: Option<usize>,
}

/// A party of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Party {
    /// The first part of its facts' names.
    pub name: Arc<str>,
    /// What it is called, in English and Chinese.
    pub label: [String; 2],
    /// Its facts, in the order of [`Vocabulary::party_facts`].
    pub facts: Vec<FactId>,
    /// Whether it receives the item (ultimate consignee, end user).
    pub recipient: bool,
}

/// Every fact, by index and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    facts: Vec<Fact>,
    by_name: HashMap<Arc<str>, FactId>,
    parties: Vec<Party>,
    party_facts: Vec<String>,
}

/// How many parties there may be: which of them are named is kept in so many bits.
pub(crate) const PARTIES: u32 = u8::BITS;

impl Vocabulary {
    /// Reads a vocabulary, with every mistake in it.
    pub fn read(source: &Arc<Source>) -> (Vocabulary, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut vocabulary = Vocabulary::default();
        let mut root = Fields::read(source, 0..source.text.len(), &mut diagnostics);
        for mut table in root.tables("party") {
            let name = table.text("name");
            vocabulary.parties.push(Party {
                label: [table.text("label"), table.text("label_zh")],
                recipient: matches!(name.as_str(), "end_user" | "ultimate_consignee"),
                name: name.into(),
                facts: Vec::new(),
            });
            table.finish(&mut diagnostics);
        }
        for mut table in root.tables("fact") {
            let fact = read_fact(&mut table);
            let span = table.span();
            table.finish(&mut diagnostics);
            vocabulary.add(fact, source, span, &mut diagnostics);
        }
        for mut table in root.tables("party_fact") {
            let template = read_fact(&mut table);
            let span = table.span();
            table.finish(&mut diagnostics);
            vocabulary.party_facts.push(template.name.to_string());
            for party in 0..vocabulary.parties.len() {
                let mut fact = template.clone();
                let owner = &vocabulary.parties[party];
                fact.name = format!("{}.{}", owner.name, template.name).into();
                for (language, label) in owner.label.iter().enumerate() {
                    fact.question[language] = fact.question[language].replace("{party}", label);
                    fact.meaning[language] = fact.meaning[language].replace("{party}", label);
                }
                fact.party = Some(party);
                if let Some(id) = vocabulary.add(fact, source, span.clone(), &mut diagnostics) {
                    vocabulary.parties[party].facts.push(id);
                }
            }
        }
        root.finish(&mut diagnostics);
        if vocabulary.parties.len() > PARTIES as usize {
            let message = format!("there are more than {PARTIES} parties, which is the most");
            diagnostics.push(Diagnostic::error("too-many-parties", source, 0..0, message));
        }
        for needed in ["date", "destination", "quantity", "item.chips", "end_user.name"] {
            if vocabulary.find(needed).is_none() {
                let message = format!("the vocabulary lacks `{needed}`, which the program reads");
                diagnostics.push(Diagnostic::error("missing-fact", source, 0..0, message));
            }
        }
        (vocabulary, diagnostics)
    }

    fn add(
        &mut self,
        fact: Fact,
        source: &Arc<Source>,
        span: std::ops::Range<usize>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<FactId> {
        let id = FactId(u16::try_from(self.facts.len()).ok()?);
        if self.by_name.insert(Arc::clone(&fact.name), id).is_some() {
            let message = format!("the fact `{}` is declared twice", fact.name);
            diagnostics.push(Diagnostic::error("duplicate-fact", source, span, message));
            return None;
        }
        self.facts.push(fact);
        Some(id)
    }

    /// The fact with that name.
    pub fn find(&self, name: &str) -> Option<FactId> {
        self.by_name.get(name).copied()
    }

    /// The fact at that index.
    pub fn fact(&self, id: FactId) -> &Fact {
        &self.facts[usize::from(id.0)]
    }

    /// Every fact in order.
    pub fn facts(&self) -> impl Iterator<Item = (FactId, &Fact)> {
        self.facts.iter().enumerate().map(|(index, fact)| (FactId(index as u16), fact))
    }

    /// How many facts there are.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Every name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().map(|fact| &*fact.name)
    }

    /// The parties; the first stands in for the others where nothing is said of them.
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// The names of the facts that every party has.
    pub fn party_facts(&self) -> &[String] {
        &self.party_facts
    }
}

fn read_fact(table: &mut Fields) -> Fact {
    let name = table.text("name");
    let kind = table
        .one_of("type", &["bool", "integer", "decimal", "text", "date", "country", "enum", "list"]);
    let words: Option<Vec<Arc<str>>> =
        table.optional_texts("values").map(|words| words.into_iter().map(Arc::from).collect());
    let element = table.optional_text("of");
    let of = match kind.as_str() {
        "bool" => FactType::Bool,
        "integer" => FactType::Integer,
        "decimal" => FactType::Decimal,
        "date" => FactType::Date,
        "country" => FactType::Country,
        "enum" => FactType::Enum(words.unwrap_or_else(|| {
            table.error("missing-key", "an `enum` needs `values`");
            Vec::new()
        })),
        "list" => {
            if words.is_none() && element.is_none() {
                table.error("missing-key", "a `list` needs `values` or `of = \"text\"`");
            }
            FactType::List(words)
        }
        _ => FactType::Text,
    };
    let unit_text = table.optional_text("unit").unwrap_or_default();
    Fact {
        name: name.into(),
        of,
        unit: Unit::parse(&unit_text),
        unit_text,
        min: table.optional_num("min"),
        max: table.optional_num("max"),
        default: table.optional_scalar("default"),
        meaning: [
            table.optional_text("meaning").unwrap_or_default(),
            table.optional_text("meaning_zh").unwrap_or_default(),
        ],
        question: [table.text("question"), table.text("question_zh")],
        words_zh: table.optional_texts("values_zh").unwrap_or_default(),
        source: table.optional_text("source").unwrap_or_default(),
        party: None,
    }
}

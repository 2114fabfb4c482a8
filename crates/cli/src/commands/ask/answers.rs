//! Reads what a user answers to a question: words or numbers, countries by name, chips by key.
//!
//! It must not guess in silence: what it took an answer for is shown.

use law::{Fact, FactId, FactType, Law, Value, ValueError};

use crate::catalogue::{Chips, Countries, Parts};
use crate::commands::ask::transaction::{is_list, preset};
use crate::input::rows;
use crate::language::Language;

/// What a user said.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Values of facts: of the one that was asked about, or of others instead.
    Facts(Vec<(FactId, Option<Value>)>),
    /// It is not known.
    Unknown,
    /// One question back.
    Back,
    /// What is meant?
    Explain,
    /// Enough.
    End,
}

/// What answers are read with.
pub struct Listener<'r> {
    /// The law.
    pub law: &'r Law,
    /// The catalogue.
    pub chips: &'r Chips,
    /// The vendors' parts.
    pub parts: &'r Parts,
    /// The language of the interview.
    pub language: Language,
}

impl Listener<'_> {
    /// Reads the answer to a question about a fact.
    ///
    /// # Errors
    /// What is wrong with it and the way out.
    pub fn read(&self, id: FactId, text: &str) -> Result<Reply, ValueError> {
        let text = text.trim();
        if let Some(reply) = word(text) {
            return Ok(reply);
        }
        if let Some(other) = self.other_fact(text)? {
            return Ok(Reply::Facts(vec![other]));
        }
        let fact = self.law.vocabulary().fact(id);
        match self.value(fact, text) {
            Ok(value) => Ok(Reply::Facts(vec![(id, value)])),
            Err(error) if fact.name.starts_with("item.") => {
                self.product(text).map_or_else(|| Err(self.with_products(fact, text, error)), Ok)
            }
            Err(error) => Err(error),
        }
    }

    /// `FACT=VALUE` instead of an answer.
    fn other_fact(&self, text: &str) -> Result<Option<(FactId, Option<Value>)>, ValueError> {
        let known = |(name, _): &(&str, &str)| self.law.vocabulary().find(name.trim()).is_some();
        if text.split_once('=').filter(known).is_none() {
            return Ok(None);
        }
        let error = |error: anyhow::Error| {
            let text = format!("{error:#}");
            let (message, hint) = text.split_once("\n\nhint: ").unwrap_or((&text, ""));
            ValueError::new("bad_value", message, hint)
        };
        preset(text, self.law.vocabulary()).map(Some).map_err(error)
    }

    fn value(&self, fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
        match &fact.of {
            FactType::Bool => fact.parse(match text {
                "是" | "对" | "有" => "yes",
                "否" | "不是" | "没有" | "无" => "no",
                other => other,
            }),
            FactType::Country => self.country(fact, text),
            FactType::Enum(_) => fact.parse(&self.chosen(fact, text)),
            FactType::List(_) => self.items(fact, text),
            FactType::Text if &*fact.name == "item.sku" => match self.chip(text) {
                Some(sku) => fact.parse(&sku),
                None => Err(self.no_product(text)),
            },
            _ => fact.parse(text),
        }
    }

    fn country(&self, fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
        // A name that is only near to one is asked again: a country is too much to guess.
        let countries = Countries::embedded();
        match countries.named(text) {
            Some(country) => fact.parse(&country.code),
            None if countries.is_assigned(&text.to_uppercase()) => fact.parse(&text.to_uppercase()),
            None => rows::parse(fact, text),
        }
    }

    /// A word by its number in the list, in Chinese, or as it stands.
    fn chosen(&self, fact: &Fact, text: &str) -> String {
        let words = fact.of.words().unwrap_or_default();
        let number = text.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let by_number = number.and_then(|at| words.get(at));
        let plain = text.to_lowercase().replace([' ', '-'], "_");
        let same = |word: &&std::sync::Arc<str>| word.to_lowercase() == plain;
        let by_word = || words.iter().find(same);
        let chinese = || fact.words_zh.iter().position(|word| word == text);
        let found = by_number.or_else(by_word).or_else(|| words.get(chinese()?));
        found.map_or_else(|| text.to_string(), |word| word.to_string())
    }

    fn items(&self, fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
        if matches!(text.to_lowercase().as_str(), "none" | "[]" | "no" | "无" | "没有") {
            return fact.list(&[]).map(Some);
        }
        let parts = text.split([';', '|', ',', '，', '、', '；']);
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        let items: Vec<String> = parts.map(|part| self.chosen(fact, part)).collect();
        fact.list(&items.iter().map(String::as_str).collect::<Vec<_>>()).map(Some)
    }

    fn chip(&self, text: &str) -> Option<String> {
        let key = text.to_lowercase().replace([' ', '_'], "-");
        let named =
            || self.chips.iter().find(|chip| chip.column("name").eq_ignore_ascii_case(text));
        self.chips.find(&key).or_else(named).map(|chip| chip.sku.clone())
    }

    /// A chip of the catalogue, or a vendor's part.
    fn product(&self, text: &str) -> Option<Reply> {
        let vocabulary = self.law.vocabulary();
        let (name, value) = match self.chip(text) {
            Some(sku) => ("item.sku", sku),
            None if matches!(self.parts.find(text), Ok(Some(_))) => {
                ("item.part_number", text.to_string())
            }
            None => return None,
        };
        let id = vocabulary.find(name)?;
        let value = vocabulary.fact(id).parse(&value).ok()?;
        Some(Reply::Facts(vec![(id, value)]))
    }

    /// A mistake in an answer about the item, where a product may have been meant.
    fn with_products(&self, fact: &Fact, text: &str, error: ValueError) -> ValueError {
        let near = self.chips.suggestions(text);
        let letters = text.chars().any(char::is_alphabetic);
        if near.is_empty() || is_list(fact) || !letters {
            return error;
        }
        self.no_product(text)
    }

    fn no_product(&self, text: &str) -> ValueError {
        let near = self.chips.suggestions(text);
        let hint = match (near.as_slice(), self.language) {
            ([], _) => "`weir chips list`".to_string(),
            (near, Language::En) => format!("did you mean {}?", near.join(", ")),
            (near, Language::Zh) => format!("是否指 {}？", near.join("、")),
        };
        let message = match self.language {
            Language::En => format!("there is no chip `{text}` in the catalog"),
            Language::Zh => format!("芯片目录中没有 `{text}`"),
        };
        ValueError::new("unknown_sku", message, hint)
    }
}

fn word(text: &str) -> Option<Reply> {
    match text.to_lowercase().as_str() {
        "" | "unknown" | "不知道" | "未知" => Some(Reply::Unknown),
        "<" | "back" | "返回" => Some(Reply::Back),
        "?" | "？" | "help" => Some(Reply::Explain),
        "quit" | "exit" | "结束" => Some(Reply::End),
        _ => None,
    }
}

/// Reads yes or no; `None` where it is neither.
pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "y" | "yes" | "是" | "继续" => Some(true),
        "" | "n" | "no" | "unknown" | "否" | "不" => Some(false),
        _ => None,
    }
}

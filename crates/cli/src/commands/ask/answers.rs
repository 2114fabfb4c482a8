//! Answers of an interview: read from what people write, kept as facts, saved as an order.

use law::text::{Segment, Template, Values};
use law::{Fact, FactId, FactType, Value, ValueError, Vocabulary};
use serde_json::{Map, Value as Json};

use crate::catalogue::Countries;
use crate::input::rows::parse;
use crate::language::Language;

/// Digits up to which a JSON number is exact for whoever reads it.
const EXACT_DIGITS: usize = 15;

/// Whether somebody says that they do not know.
pub fn is_unknown(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "unknown" | "u" | "don't know" | "未知" | "不知道" | "不详"
    )
}

/// Reads an answer. Words may be given by their number or in Chinese, countries by their name.
///
/// # Errors
/// What is wrong with it and the way out.
pub fn read(fact: &Fact, text: &str) -> Result<Option<Value>, ValueError> {
    let text = text.trim();
    match &fact.of {
        FactType::Bool if matches!(text, "是" | "对") => Ok(Some(Value::Bool(true))),
        FactType::Bool if matches!(text, "否" | "不") => Ok(Some(Value::Bool(false))),
        FactType::Enum(words) => match chosen(fact, text) {
            Some(at) if at < words.len() => Ok(Some(Value::Word(at as u8))),
            _ => parse(fact, text),
        },
        FactType::List(Some(words)) => {
            let items = text.split([';', '|', ',', '，', '、', '；']);
            let items: Vec<&str> = items
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| match chosen(fact, item) {
                    Some(at) => words.get(at).map_or(item, |word| word),
                    None => item,
                })
                .collect();
            parse(fact, &items.join(";").replace("无", "none"))
        }
        FactType::List(None) => parse(fact, if text == "无" { "none" } else { text }),
        FactType::Country => {
            let upper = text.to_uppercase();
            let countries = Countries::embedded();
            match countries.named(text) {
                Some(country) if !countries.is_assigned(&upper) => parse(fact, &country.code),
                _ if upper.len() == 2 => parse(fact, &upper),
                _ => parse(fact, text),
            }
        }
        _ => parse(fact, text),
    }
}

/// The index of a word given by its number or in Chinese.
fn chosen(fact: &Fact, text: &str) -> Option<usize> {
    let chinese = fact.words_zh.iter().position(|word| word == text);
    chinese.or_else(|| text.parse::<usize>().ok()?.checked_sub(1))
}

/// A value as it is kept, with the name of a country.
pub fn named(kept: &str, value: &Value, language: Language) -> String {
    match value {
        Value::Country(_) => format!("{kept} {}", Countries::embedded().name(kept, language)),
        _ => kept.to_string(),
    }
}

/// A rule's text with the values that are known; in place of the others stands their name.
pub fn filled(text: &str, values: Option<&mut Values>) -> String {
    let template = Template::new(text);
    let mut out = String::new();
    let mut values = values;
    for segment in template.segments() {
        match segment {
            Segment::Text(text) => out.push_str(text),
            Segment::Value(name) => {
                let known = values.as_deref_mut().map(|values| values.show(name));
                let known = known.filter(|shown| shown != "?");
                out.push_str(known.as_deref().unwrap_or(name));
            }
        }
    }
    out
}

/// The known answers as one JSON object, nested as orders are.
pub fn json(vocabulary: &Vocabulary, answers: &[(FactId, Option<Value>)]) -> String {
    let mut root = Map::new();
    for (id, value) in answers {
        let Some(value) = value else { continue };
        let fact = vocabulary.fact(*id);
        let mut object = &mut root;
        let mut parts = fact.name.split('.').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                object.insert(part.to_string(), plain(fact, value));
                break;
            }
            let inner = object.entry(part).or_insert_with(|| Json::Object(Map::new()));
            let Json::Object(inner) = inner else { break };
            object = inner;
        }
    }
    Json::Object(root).to_string()
}

fn plain(fact: &Fact, value: &Value) -> Json {
    let text = fact.show(value);
    match value {
        Value::Bool(value) => (*value).into(),
        Value::List(items) => items.iter().map(|item| Json::from(&**item)).collect(),
        Value::Num(number) if number.is_decimal() && text.len() <= EXACT_DIGITS => {
            text.parse::<serde_json::Number>().map_or_else(|_| text.into(), Json::Number)
        }
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn people_write_words_numbers_and_names() {
        let source = Arc::new(law::Source {
            name: "law/vocabulary.toml".into(),
            text: crate::embedded::VOCABULARY.into(),
        });
        let (vocabulary, _) = Vocabulary::read(&source);
        for (name, text, kept) in [
            ("destination", "Malaysia", "MY"),
            ("destination", "马来西亚", "MY"),
            ("destination", "my", "MY"),
            ("destination", "UK", "GB"),
            ("activity", "2", "reexport"),
            ("activity", "出口", "export"),
            ("end_use", "military", "military"),
            ("end_user.listed", "none", "none"),
            ("end_user.listed", "无", "none"),
            ("end_user.listed", "entity_list, sdn", "entity_list;sdn"),
            ("item.datacenter", "是", "true"),
            ("item.tpp", "15832", "15832"),
        ] {
            let fact = vocabulary.fact(vocabulary.find(name).expect(name));
            let value = read(fact, text).unwrap_or_else(|error| panic!("{text}: {error:?}"));
            assert_eq!(fact.show(&value.expect("known")), kept, "{text}");
        }
        let tpp = vocabulary.find("item.tpp").expect("there");
        let date = vocabulary.find("date").expect("there");
        let answers = [
            (date, vocabulary.fact(date).parse("2025-06-02").expect("a date")),
            (tpp, vocabulary.fact(tpp).parse("15832.5").expect("a number")),
            (vocabulary.find("end_use").expect("there"), None),
        ];
        assert_eq!(json(&vocabulary, &answers), r#"{"date":"2025-06-02","item":{"tpp":15832.5}}"#);
    }
}

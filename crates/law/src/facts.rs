//! The facts of one transaction: typed, and possibly unknown.

use std::sync::Arc;

use jiff::civil::Date;

use crate::country::Country;
use crate::diagnostic::{did_you_mean, nearest};
use crate::number::{Num, NumError};
use crate::vocabulary::{Fact, FactId, FactType, Vocabulary};

/// A known value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A number.
    Num(Num),
    /// Free text.
    Text(Arc<str>),
    /// A day.
    Date(Date),
    /// A country.
    Country(Country),
    /// The index of a word of an enum.
    Word(u8),
    /// Several texts.
    List(Arc<[Arc<str>]>),
}

/// Why a text is not a value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueError {
    /// A stable word for the kind of mistake, such as `bad_date`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The way out; may be empty.
    pub hint: String,
}

impl ValueError {
    /// A mistake and the way out.
    pub fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> ValueError {
        ValueError { code, message: message.into(), hint: hint.into() }
    }
}

/// What is known of one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    values: Vec<Option<Value>>,
    /// The [codes](code) of the values.
    codes: Vec<u16>,
    present: u8,
}

/// A value as one small number, by which transactions are compared: zero where it is not known.
/// Of truths, words and countries it says all; of a list, whether it holds anything; of the rest,
/// that it is known.
fn code(value: Option<&Value>) -> u16 {
    match value {
        None => 0,
        Some(Value::Bool(value)) => 1 + u16::from(*value),
        Some(Value::Word(word)) => 1 + u16::from(*word),
        Some(Value::Country(country)) => 1 + country.index(),
        Some(Value::List(items)) => 1 + u16::from(!items.is_empty()),
        Some(Value::Num(_) | Value::Text(_) | Value::Date(_)) => 1,
    }
}

impl Facts {
    /// Nothing known.
    pub fn new(vocabulary: &Vocabulary) -> Facts {
        let count = vocabulary.len();
        Facts { values: vec![None; count], codes: vec![0; count], present: 0 }
    }

    /// The value of a fact, if it is known.
    pub fn get(&self, id: FactId) -> Option<&Value> {
        self.values[usize::from(id.0)].as_ref()
    }

    /// Makes a fact known, or unknown again.
    pub fn set(&mut self, id: FactId, value: Option<Value>) {
        self.codes[usize::from(id.0)] = code(value.as_ref());
        self.values[usize::from(id.0)] = value;
    }

    /// The code of a value.
    pub(crate) fn code(&self, id: FactId) -> u16 {
        self.codes[usize::from(id.0)]
    }

    /// Forgets everything, keeping the room.
    pub fn clear(&mut self) {
        self.values.iter_mut().for_each(|value| *value = None);
        self.codes.fill(0);
        self.present = 0;
    }

    /// Says of which parties something is said.
    pub(crate) fn set_present(&mut self, bits: u8) {
        self.present = bits;
    }

    /// Which parties something is said of, as bits.
    pub(crate) fn present_bits(&self) -> u8 {
        self.present
    }

    /// Whether anything is said of a party itself (the first is always there).
    pub fn is_present(&self, party: usize) -> bool {
        party == 0 || self.present >> party & 1 == 1
    }

    /// The date, where it is known.
    pub fn date(&self, id: FactId) -> Option<Date> {
        match self.get(id)? {
            Value::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// The number, where it is known.
    pub fn num(&self, id: FactId) -> Option<Num> {
        match self.get(id)? {
            Value::Num(number) => Some(*number),
            _ => None,
        }
    }

    /// Ends the input: fills the defaults, and lets the first party stand in for those of whom
    /// nothing is said.
    pub fn complete(&mut self, vocabulary: &Vocabulary, defaults: &[(FactId, Value)]) {
        let parties = vocabulary.parties();
        for (index, party) in parties.iter().enumerate().skip(1) {
            if party.facts.iter().any(|fact| self.get(*fact).is_some()) {
                self.present |= 1 << index;
            }
        }
        for (id, value) in defaults {
            if self.get(*id).is_none() {
                self.set(*id, Some(value.clone()));
            }
        }
        for (index, party) in parties.iter().enumerate().skip(1) {
            if self.is_present(index) {
                continue;
            }
            for (own, first) in party.facts.iter().zip(&parties[0].facts) {
                self.set(*own, self.get(*first).cloned());
            }
        }
    }

    /// Changes one fact of a complete transaction. What is said of the first party is said of those
    /// for whom it stands in.
    pub fn replace(&mut self, vocabulary: &Vocabulary, id: FactId, value: Option<&Value>) {
        for own in self.standing_in(vocabulary, id) {
            self.set(own, value.cloned());
        }
    }

    /// A fact, and those of absent parties that are the same while it stands in for them.
    pub fn standing_in(&self, vocabulary: &Vocabulary, id: FactId) -> Vec<FactId> {
        let mut same = vec![id];
        let parties = vocabulary.parties();
        let Some(first) = parties.first().filter(|_| vocabulary.fact(id).party == Some(0)) else {
            return same;
        };
        let Some(at) = first.facts.iter().position(|fact| *fact == id) else { return same };
        let absent = (1..parties.len()).filter(|party| !self.is_present(*party));
        same.extend(absent.filter_map(|party| parties[party].facts.get(at).copied()));
        same
    }

    /// The fact to ask about where this one is unknown: of the first party, where it stands in.
    pub fn asked(&self, vocabulary: &Vocabulary, id: FactId) -> FactId {
        let Some(party) = vocabulary.fact(id).party.filter(|party| !self.is_present(*party)) else {
            return id;
        };
        let parties = vocabulary.parties();
        match parties[party].facts.iter().position(|fact| *fact == id) {
            Some(at) => parties[0].facts[at],
            None => id,
        }
    }
}

impl Fact {
    /// Reads a value of this fact from text. An empty text is an unknown fact: `None`.
    ///
    /// # Errors
    /// What is wrong with the text and the way out.
    pub fn parse(&self, text: &str) -> Result<Option<Value>, ValueError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let value = match &self.of {
            FactType::Bool => Value::Bool(parse_bool(text)?),
            FactType::Integer | FactType::Decimal => Value::Num(self.parse_num(text)?),
            FactType::Text => Value::Text(text.into()),
            FactType::Date => Value::Date(parse_date(text)?),
            FactType::Country => Value::Country(parse_country(text)?),
            FactType::Enum(words) => {
                let at = words.iter().position(|word| &**word == text).ok_or_else(|| {
                    ValueError::new(
                        "unknown_word",
                        format!("`{}` cannot be `{text}`", self.name),
                        did_you_mean(text, words.iter().map(|word| &**word)),
                    )
                })?;
                Value::Word(at as u8)
            }
            FactType::List(_) => {
                let items: Vec<&str> = if text == "none" || text == "[]" {
                    Vec::new()
                } else {
                    text.split([';', '|']).map(str::trim).filter(|item| !item.is_empty()).collect()
                };
                return self.list(&items).map(Some);
            }
        };
        Ok(Some(value))
    }

    /// A list of this fact from its items.
    ///
    /// # Errors
    /// An item that the list does not allow.
    pub fn list(&self, items: &[&str]) -> Result<Value, ValueError> {
        if let Some(words) = self.of.words() {
            for item in items {
                if !words.iter().any(|word| &**word == *item) {
                    return Err(ValueError::new(
                        "unknown_word",
                        format!("`{}` cannot hold `{item}`", self.name),
                        did_you_mean(item, words.iter().map(|word| &**word)),
                    ));
                }
            }
        }
        Ok(Value::List(items.iter().map(|item| Arc::from(*item)).collect()))
    }

    /// A value of this fact from the items of a list; `None` is an item that is no text. One of
    /// which nothing is known is no item less: the list would say what it does not hold.
    ///
    /// # Errors
    /// A fact that is no list, an item that is no text, or one that the list does not allow.
    pub fn items<'i>(
        &self,
        items: impl Iterator<Item = Option<&'i str>>,
    ) -> Result<Value, ValueError> {
        if !matches!(self.of, FactType::List(_)) {
            return Err(self.no_list_or_object());
        }
        let texts: Option<Vec<&str>> = items.collect();
        let texts = texts.ok_or_else(|| {
            let message = format!("`{}` holds something that is no text", self.name);
            ValueError::new("bad_list", message, "a list of texts, such as [\"aia\"]")
        })?;
        self.list(&texts)
    }

    /// What is wrong with a list or an object that is given for one value.
    pub fn no_list_or_object(&self) -> ValueError {
        let (name, word) = (&self.name, self.of.word());
        ValueError::new(
            "wrong_type",
            format!("`{name}` is of type {word}, not a list or object"),
            "",
        )
    }

    /// Reads a value of this fact from what is a number where it comes from, such as a typed
    /// decimal: its point is no mark of thousands.
    ///
    /// # Errors
    /// What is wrong with it and the way out.
    pub fn parse_number(&self, text: &str) -> Result<Option<Value>, ValueError> {
        match self.of {
            FactType::Integer | FactType::Decimal => {
                self.exact(text).map(|it| Some(Value::Num(it)))
            }
            _ => self.parse(text),
        }
    }

    fn parse_num(&self, text: &str) -> Result<Num, ValueError> {
        let thousands = text.split_once('.').is_some_and(|(_, rest)| {
            rest.len() == 3 && rest.bytes().all(|digit| digit.is_ascii_digit())
        });
        if self.of == FactType::Integer && thousands {
            return Err(ValueError::new(
                "bad_number",
                format!("`{text}` could be a number of thousands or a decimal"),
                format!("write it without separators: {}", text.replace('.', "")),
            ));
        }
        self.exact(text)
    }

    fn exact(&self, text: &str) -> Result<Num, ValueError> {
        let number = Num::parse(text).map_err(|error| match error {
            NumError::OutOfRange => ValueError::new(
                "number_out_of_range",
                format!("`{text}` has more digits than an exact number holds"),
                "at most 30 digits, 15 of them decimals",
            ),
            NumError::Malformed => self.not_a_number(text),
        })?;
        self.bounded(number)
    }

    /// Checks that a number can be a value of this fact.
    ///
    /// # Errors
    /// A number out of its bounds, or not whole where it must be.
    pub fn bounded(&self, number: Num) -> Result<Num, ValueError> {
        // Written out only where it is said: tables ask about each of their numbers.
        let unit = || match self.unit_text.is_empty() {
            true => String::new(),
            false => format!(" {}", self.unit_text),
        };
        if self.of == FactType::Integer && number.to_int().is_none() {
            return Err(ValueError::new(
                "not_whole",
                format!("`{}` is a whole number, not {number}", self.name),
                "",
            ));
        }
        if let Some(min) = self.min.filter(|min| number < *min) {
            return Err(ValueError::new(
                "number_out_of_range",
                format!("`{}` cannot be {number}: the least is {min}{}", self.name, unit()),
                "leave the cell empty where the figure is not known",
            ));
        }
        if let Some(max) = self.max.filter(|max| number > *max) {
            return Err(ValueError::new(
                "number_out_of_range",
                format!("`{}` cannot be {number}: the most is {max}{}", self.name, unit()),
                "check the unit and the decimal point",
            ));
        }
        Ok(number)
    }

    fn not_a_number(&self, text: &str) -> ValueError {
        let error =
            |hint: String| ValueError::new("bad_number", format!("`{text}` is not a number"), hint);
        let kept = |letter: &char| !matches!(letter, ' ' | '\u{a0}' | '\'');
        let tight: String = text.chars().filter(kept).collect();
        let end = tight
            .find(|letter: char| {
                !(letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+' | ','))
            })
            .unwrap_or(tight.len());
        let (digits, rest) = tight.split_at(end);
        let Some(readings) = readings(digits) else {
            return error("digits with a decimal point, or nothing where it is not known".into());
        };
        let written = match readings.as_slice() {
            [only] => only.clone(),
            // A whole number has no decimals, so that the other reading is meant.
            [whole, _] if self.of == FactType::Integer => whole.clone(),
            several => several.join(" or "),
        };
        if rest.is_empty() {
            return error(format!("write it without separators: {written}"));
        }
        let unit = if self.unit_text.is_empty() { "the fact's own unit" } else { &self.unit_text };
        error(format!("write the number alone, in {unit}: {written}"))
    }

    /// The value as a user writes it.
    pub fn show(&self, value: &Value) -> String {
        match value {
            Value::Bool(value) => value.to_string(),
            Value::Num(number) => number.to_string(),
            Value::Text(text) => text.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Country(country) => country.to_string(),
            Value::Word(at) => match &self.of {
                FactType::Enum(words) => {
                    words.get(usize::from(*at)).map_or(String::new(), |word| word.to_string())
                }
                _ => String::new(),
            },
            Value::List(items) if items.is_empty() => "none".into(),
            Value::List(items) => items.join(";"),
        }
    }
}

/// What digits with points and commas can mean, written as numbers, whole ones first: one reading,
/// two
/// where a lone comma stands before three digits, or none.
fn readings(digits: &str) -> Option<Vec<String>> {
    let number = |text: String| Num::parse(&text).is_ok().then_some(text);
    let without_commas = number(digits.replace(',', ""));
    let with_decimal_comma = number(digits.replace('.', "").replace(',', "."));
    let Some((_, after)) = digits.rsplit_once(',') else { return Some(vec![without_commas?]) };
    let lone = digits.matches(',').count() == 1;
    let point = digits.rfind('.').map(|point| point > digits.rfind(',').unwrap_or_default());
    match (lone, point, after.len()) {
        // `1,000.5`: the last separator is the decimal one.
        (_, Some(true), _) | (false, None, _) => Some(vec![without_commas?]),
        (true, Some(false), _) => Some(vec![with_decimal_comma?]),
        (true, None, 3) => Some(vec![without_commas?, with_decimal_comma?]),
        (true, None, _) => Some(vec![with_decimal_comma?]),
        (false, Some(false), _) => None,
    }
}

fn parse_bool(text: &str) -> Result<bool, ValueError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Ok(true),
        "false" | "no" | "n" | "0" => Ok(false),
        _ => Err(ValueError::new(
            "bad_bool",
            format!("`{text}` is neither true nor false"),
            "write true or false",
        )),
    }
}

fn parse_date(text: &str) -> Result<Date, ValueError> {
    let iso = text.len() == 10 && text.is_ascii() && text.as_bytes()[4] == b'-';
    if iso && let Ok(date) = text.parse::<Date>() {
        return Ok(date);
    }
    if let Some(day) = text.get(..10)
        && text.as_bytes()[4] == b'-'
        && day.parse::<Date>().is_ok()
    {
        let message = format!("`{text}` is more than a date");
        return Err(ValueError::new("bad_date", message, format!("write {day}")));
    }
    let parts: Vec<&str> = text.split(['/', '.', '-']).collect();
    let hint = match parts.as_slice() {
        [a, b, year] if year.len() == 4 && a.len() <= 2 && b.len() <= 2 => {
            format!("write {year}-MM-DD; `{text}` could be read as day first or month first")
        }
        [year, month, day] if year.len() == 4 && !iso => {
            format!("write {year}-{month:0>2}-{day:0>2}")
        }
        _ => "write the day as YYYY-MM-DD".into(),
    };
    Err(ValueError::new("bad_date", format!("`{text}` is not a date"), hint))
}

fn parse_country(text: &str) -> Result<Country, ValueError> {
    Country::parse(text).filter(|country| country.is_assigned()).ok_or_else(|| {
        let upper = text.to_ascii_uppercase();
        let hint = if Country::parse(&upper).is_some_and(Country::is_assigned) {
            format!("write {upper}")
        } else {
            "two capital letters, ISO 3166-1 alpha-2".into()
        };
        ValueError::new("bad_country", format!("`{text}` is not a country code"), hint)
    })
}

impl Vocabulary {
    /// The declared defaults as values.
    pub fn defaults(&self) -> Vec<(FactId, Value)> {
        self.facts()
            .filter_map(|(id, fact)| {
                let text = fact.default.as_deref()?;
                Some((id, fact.parse(text).ok()??))
            })
            .collect()
    }

    /// The fact that is nearest to a name, if one is near enough to be meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_commas_are_read_as_people_write_them() {
        for (written, meant) in [
            ("1,000", Some(vec!["1000", "1.000"])),
            ("5,92", Some(vec!["5.92"])),
            ("15.832,5", Some(vec!["15832.5"])),
            ("15,832.5", Some(vec!["15832.5"])),
            ("26,900,000", Some(vec!["26900000"])),
            ("500", Some(vec!["500"])),
            ("1.0,0,0", None),
            ("", None),
        ] {
            let meant = meant.map(|texts| texts.into_iter().map(String::from).collect());
            assert_eq!(readings(written), meant, "{written}");
        }
    }
}

//! Walks a TOML document key by key, so that every mistake is placed and no key goes unread.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Source, did_you_mean};
use crate::expr::{Expr, parse};
use crate::number::Num;

/// A value and its place in the document.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value.
    pub value: TomlValue,
    /// Bytes of the document.
    pub span: Range<usize>,
}

/// A TOML value that owns its parts; numbers stay as written, so that none becomes a float.
#[derive(Clone, Debug)]
pub enum TomlValue {
    /// A string.
    Text(String),
    /// An integer or a float, as written.
    Number(String),
    /// A boolean.
    Bool(bool),
    /// A date.
    Date(Date),
    /// An array.
    Array(Vec<Item>),
    /// A table.
    Table(Vec<(String, Range<usize>, Item)>),
}

impl TomlValue {
    /// What the value is, in words.
    pub fn word(&self) -> &'static str {
        match self {
            TomlValue::Text(_) => "a text",
            TomlValue::Number(_) => "a number",
            TomlValue::Bool(_) => "true or false",
            TomlValue::Date(_) => "a date",
            TomlValue::Array(_) => "a list",
            TomlValue::Table(_) => "a table",
        }
    }
}

/// A table whose keys are read one by one; what is left at the end is an unknown key.
pub struct Fields {
    source: Arc<Source>,
    span: Range<usize>,
    entries: Vec<(String, Range<usize>, Item)>,
    asked: Vec<&'static str>,
    errors: Vec<Diagnostic>,
}

impl Fields {
    /// Reads the TOML that stands at `range` of a document.
    pub fn read(
        source: &Arc<Source>,
        range: Range<usize>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Fields {
        let offset = range.start;
        let (table, errors) = DeTable::parse_recoverable(&source.text[range.clone()]);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            diagnostics.push(Diagnostic::error(
                "toml",
                source,
                offset + span.start..offset + span.end,
                error.message().to_lowercase(),
            ));
        }
        let entries = owned_table(table.get_ref(), offset);
        let heading = source.text[..offset].trim_end().rfind('\n').map_or(0, |at| at + 1);
        let span = if offset == 0 { 0..0 } else { heading..offset.saturating_sub(1) };
        Fields { source: Arc::clone(source), span, entries, asked: Vec::new(), errors: Vec::new() }
    }

    /// Where the table starts in the document.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Puts down a mistake about the table as a whole.
    pub fn error(&mut self, code: &'static str, message: impl Into<String>) {
        self.errors.push(Diagnostic::error(code, &self.source, self.span.clone(), message));
    }

    /// Whether a mistake about a key was put down already.
    pub fn has_error_about(&self, key: &str) -> bool {
        self.errors.iter().any(|error| error.message.starts_with(&format!("`{key}`")))
    }

    /// Puts down a mistake at a place.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors.push(diagnostic);
    }

    /// The document.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// Takes a value as it is.
    pub fn take(&mut self, key: &'static str) -> Option<Item> {
        self.asked.push(key);
        let at = self.entries.iter().position(|(name, ..)| name == key)?;
        Some(self.entries.remove(at).2)
    }

    fn mismatch(&mut self, key: &str, item: &Item, expected: &str) {
        let message = format!("`{key}` is {expected}, not {}", item.value.word());
        self.errors.push(Diagnostic::error("wrong-type", &self.source, item.span.clone(), message));
    }

    fn missing(&mut self, key: &str) {
        self.error("missing-key", format!("`{key}` is missing"));
    }

    /// A text that must be there.
    pub fn text(&mut self, key: &'static str) -> String {
        self.optional_text(key).unwrap_or_else(|| {
            if !self.has_error_about(key) {
                self.missing(key);
            }
            String::new()
        })
    }

    /// A text that may be there.
    pub fn optional_text(&mut self, key: &'static str) -> Option<String> {
        self.optional_placed_text(key).map(|(text, _)| text)
    }

    /// A text that may be there, and its place.
    pub fn optional_placed_text(&mut self, key: &'static str) -> Option<(String, Range<usize>)> {
        let item = self.take(key)?;
        if let TomlValue::Text(text) = item.value {
            return Some((text, item.span));
        }
        self.mismatch(key, &item, "a text in quotes");
        None
    }

    /// A word out of a few that must be there.
    pub fn one_of(&mut self, key: &'static str, words: &[&str]) -> String {
        let Some((text, span)) = self.optional_placed_text(key) else {
            self.missing(key);
            return words.first().copied().unwrap_or_default().to_string();
        };
        if !words.contains(&text.as_str()) {
            let message = format!("`{key}` cannot be `{text}`");
            self.errors.push(
                Diagnostic::error("unknown-word", &self.source, span, message)
                    .hint(did_you_mean(&text, words.iter().copied())),
            );
        }
        text
    }

    /// Texts that may be there.
    pub fn optional_texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        Some(self.optional_placed_texts(key)?.into_iter().map(|(text, _)| text).collect())
    }

    /// Texts that may be there, each with its place.
    pub fn optional_placed_texts(
        &mut self,
        key: &'static str,
    ) -> Option<Vec<(String, Range<usize>)>> {
        let item = self.take(key)?;
        let TomlValue::Array(items) = &item.value else {
            self.mismatch(key, &item, "a list of texts");
            return None;
        };
        let mut texts = Vec::new();
        for element in items {
            match &element.value {
                TomlValue::Text(text) => texts.push((text.clone(), element.span.clone())),
                _ => self.mismatch(key, element, "a list of texts"),
            }
        }
        Some(texts)
    }

    /// `true` or `false` that may be there.
    pub fn optional_bool(&mut self, key: &'static str) -> Option<bool> {
        let item = self.take(key)?;
        if let TomlValue::Bool(value) = item.value {
            return Some(value);
        }
        self.mismatch(key, &item, "true or false");
        None
    }

    /// A date that may be there.
    pub fn optional_date(&mut self, key: &'static str) -> Option<Date> {
        let item = self.take(key)?;
        if let TomlValue::Date(date) = item.value {
            return Some(date);
        }
        self.mismatch(key, &item, "a date without quotes, such as 2025-01-13");
        None
    }

    /// A date that must be there.
    pub fn date(&mut self, key: &'static str) -> Date {
        self.optional_date(key).unwrap_or_else(|| {
            if !self.has_error_about(key) {
                self.missing(key);
            }
            Date::MIN
        })
    }

    /// An exact number that may be there.
    pub fn optional_num(&mut self, key: &'static str) -> Option<Num> {
        let item = self.take(key)?;
        if let TomlValue::Number(text) = &item.value
            && let Ok(number) = Num::parse(text)
        {
            return Some(number);
        }
        self.mismatch(key, &item, "a number");
        None
    }

    /// A whole number that may be there.
    pub fn optional_int(&mut self, key: &'static str) -> Option<i32> {
        let item = self.take(key)?;
        if let TomlValue::Number(text) = &item.value
            && let Ok(number) = text.parse()
        {
            return Some(number);
        }
        self.mismatch(key, &item, "a whole number");
        None
    }

    /// A text, number or boolean that may be there, as text.
    pub fn optional_scalar(&mut self, key: &'static str) -> Option<String> {
        let item = self.take(key)?;
        match item.value {
            TomlValue::Text(text) | TomlValue::Number(text) => Some(text),
            TomlValue::Bool(value) => Some(value.to_string()),
            _ => {
                self.mismatch(key, &item, "a text, a number, true or false");
                None
            }
        }
    }

    /// A condition or value that may be there: a text in CEL syntax, a number, or true or false.
    pub fn optional_expr(&mut self, key: &'static str) -> Option<Expr> {
        let item = self.take(key)?;
        match &item.value {
            TomlValue::Text(text) => {
                let written = &self.source.text[item.span.clone()];
                let quotes =
                    if written.starts_with("'''") || written.starts_with("\"\"\"") { 3 } else { 1 };
                let mut inner = item.span.start + quotes;
                // TOML drops a line break that follows the opening quotes.
                if quotes == 3 && self.source.text[inner..].starts_with('\n') {
                    inner += 1;
                }
                let verbatim = self.source.text[inner..].starts_with(text.as_str());
                match parse(text, inner) {
                    Ok(expr) => Some(expr),
                    Err(error) => {
                        let span = if verbatim { error.span } else { item.span.clone() };
                        self.errors.push(
                            Diagnostic::error("condition", &self.source, span, error.message)
                                .hint(error.hint),
                        );
                        None
                    }
                }
            }
            TomlValue::Number(text) => match parse(text, item.span.start) {
                Ok(expr) => Some(expr),
                Err(_) => {
                    self.mismatch(key, &item, "a condition");
                    None
                }
            },
            TomlValue::Bool(value) => {
                Some(Expr { kind: crate::expr::ExprKind::Bool(*value), span: item.span })
            }
            _ => {
                self.mismatch(key, &item, "a condition in quotes");
                None
            }
        }
    }

    /// The tables of an array of tables; none where the key is absent.
    pub fn tables(&mut self, key: &'static str) -> Vec<Fields> {
        let Some(item) = self.take(key) else { return Vec::new() };
        let span = item.span.clone();
        let elements = match item.value {
            TomlValue::Array(items) => items,
            value @ TomlValue::Table(_) => vec![Item { value, span }],
            value => {
                self.mismatch(key, &Item { value, span }, "one or more tables");
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for element in elements {
            match element.value {
                TomlValue::Table(entries) => tables.push(Fields {
                    source: Arc::clone(&self.source),
                    span: element.span,
                    entries,
                    asked: Vec::new(),
                    errors: Vec::new(),
                }),
                value => self.mismatch(key, &Item { value, span: element.span }, "a table"),
            }
        }
        tables
    }

    /// Ends the reading: what was not asked for is an unknown key.
    pub fn finish(self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.extend(self.errors);
        for (name, span, _) in self.entries {
            diagnostics.push(
                Diagnostic::error(
                    "unknown-key",
                    &self.source,
                    span,
                    format!("unknown key `{name}`"),
                )
                .hint(did_you_mean(&name, self.asked.iter().copied())),
            );
        }
    }
}

fn owned_table(table: &DeTable<'_>, offset: usize) -> Vec<(String, Range<usize>, Item)> {
    table
        .iter()
        .map(|(key, value)| {
            let span = key.span();
            let span = offset + span.start..offset + span.end;
            (key.get_ref().to_string(), span, owned(value, offset))
        })
        .collect()
}

fn owned(value: &Spanned<DeValue<'_>>, offset: usize) -> Item {
    let span = value.span();
    let span = offset + span.start..offset + span.end;
    let value = match value.get_ref() {
        DeValue::String(text) => TomlValue::Text(text.to_string()),
        DeValue::Integer(number) => TomlValue::Number(number.as_str().to_string()),
        DeValue::Float(number) => TomlValue::Number(number.as_str().to_string()),
        DeValue::Boolean(value) => TomlValue::Bool(*value),
        DeValue::Datetime(datetime) => match datetime.to_string().parse::<Date>() {
            Ok(date) => TomlValue::Date(date),
            Err(_) => TomlValue::Text(datetime.to_string()),
        },
        DeValue::Array(items) => {
            TomlValue::Array(items.iter().map(|item| owned(item, offset)).collect())
        }
        DeValue::Table(table) => TomlValue::Table(owned_table(table, offset)),
    };
    Item { value, span }
}

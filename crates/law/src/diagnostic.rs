//! What is wrong with a pack, and where.

use std::ops::Range;
use std::sync::Arc;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The law cannot be used.
    Error,
    /// The law can be used; somebody should look.
    Warning,
}

/// A document of the law: its name as given and its text.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// The file's name, relative to the folder it was read from.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// One mistake, with the place in the document that shows it.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// A stable word for the kind of mistake, such as `unknown-fact`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The document.
    pub source: Arc<Source>,
    /// Bytes of the document to underline.
    pub span: Range<usize>,
    /// What is wrong, lower case, without a full stop.
    pub message: String,
    /// What to write under the underlined text; may be empty.
    pub label: String,
    /// The way out; may be empty.
    pub hint: String,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(
        code: &'static str,
        source: &Arc<Source>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            source: Arc::clone(source),
            span,
            message: message.into(),
            label: String::new(),
            hint: String::new(),
        }
    }

    /// The same as a warning.
    pub fn warning(mut self) -> Diagnostic {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what to write under the underlined text.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// Adds the way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = hint.into();
        self
    }

    /// Line and column of the mistake, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let mut start = self.span.start.min(self.source.text.len());
        while !self.source.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &self.source.text[..start];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
        (line, column)
    }
}

/// The word of `known` that is nearest to `word`, if it is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// A hint that offers the nearest known word, or lists the known ones where they are few.
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if known.len() <= 12 => {
            let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            format!("one of {}", list.join(", "))
        }
        None => String::new(),
    }
}

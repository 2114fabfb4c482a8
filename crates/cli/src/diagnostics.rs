//! Renders the mistakes of packs as the Rust compiler does: the line, underlined, with a way out.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use law::{Diagnostic, Severity};

use crate::language::Language;

/// Renders mistakes one after another, with color or without.
pub fn render(diagnostics: &[Diagnostic], color: bool, language: Language) -> String {
    let said = |text: &str| language.said(text).into_owned();
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR.with_name(language.pick("error", "错误")),
            Severity::Warning => Level::WARNING.with_name(language.pick("warning", "警告")),
        };
        let help = Level::HELP.with_name(language.pick("help", "提示"));
        let text = &diagnostic.source.text;
        let span = clamped(text, &diagnostic.span);
        let annotation = AnnotationKind::Primary.span(span).label(said(&diagnostic.label));
        let snippet = Snippet::source(text.as_str())
            .path(diagnostic.source.name.as_str())
            .annotation(annotation);
        let title = level.primary_title(said(&diagnostic.message)).id(diagnostic.code);
        let mut group = Group::with_title(title).element(snippet);
        if !diagnostic.hint.is_empty() {
            group = group.element(help.message(said(&diagnostic.hint)));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    out
}

/// A span that lies in the text, on character borders, at least one character long.
fn clamped(text: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let border = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = border(span.start);
    let end = border(span.end).max(start);
    start..end
}

//! Chinese for what the program says in English, found by the English itself.
//!
//! Messages are written in English where they arise; many arise where no language is known. Here
//! each stands once more, with `{}` for what varies, beside its Chinese, in which `{0}` is the
//! first of what varies, `{0!}` the same in Chinese, `{0,}` the same as a list and `{0@}` the name
//! of the country of that code. A text that has no Chinese stays English; a test reads the sources
//! and finds it.

mod batch;
mod engine;
mod files;
pub mod help;
mod keeping;
mod lab;
mod ledger;
mod packs;
mod parameters;
mod reports;
mod robust;
mod rows;
mod scenarios;
mod statistics;
mod world;

use std::sync::OnceLock;

use crate::catalogue::Countries;
use crate::input::STANDARD_INPUT;
use crate::language::Language;

/// An English pattern and its Chinese.
type Phrase = (&'static str, &'static str);

/// How deep a text within a text may be put into Chinese.
const DEPTH_MAX: usize = 4;

/// The Chinese of an English text; `None` where it has none.
pub fn text(english: &str) -> Option<String> {
    nested(english, 0)
}

/// The Chinese of a message with its way out; what has no Chinese stays as it is.
pub fn message(english: &str) -> String {
    let or_same = |part: &str| listed(part).or_else(|| text(part)).unwrap_or_else(|| part.into());
    let chinese = match english.split_once("\n\nhint: ") {
        Some((message, hint)) => format!("{}\n\n提示：{}", or_same(message), or_same(hint)),
        None => or_same(english),
    };
    chinese.replace(&format!("`{STANDARD_INPUT}`"), "标准输入")
}

/// The Chinese of a text with a list under it, of which every line is set in by two spaces.
fn listed(english: &str) -> Option<String> {
    let mut lines = english.lines();
    let mut chinese = text(lines.next()?)?;
    let mut is_list = false;
    for line in lines {
        let item = line.strip_prefix("  ").filter(|item| !item.starts_with(' '))?;
        chinese.push_str("\n  ");
        chinese.push_str(text(item).as_deref().unwrap_or(item));
        is_list = true;
    }
    is_list.then_some(chinese)
}

/// The Chinese of an error: of what was tried, then of why it failed.
pub fn error(error: &anyhow::Error) -> String {
    let causes: Vec<String> = error.chain().map(|cause| message(&cause.to_string())).collect();
    causes.join("：")
}

fn nested(english: &str, depth: usize) -> Option<String> {
    if depth > DEPTH_MAX {
        return None;
    }
    phrases().iter().find_map(|(pattern, chinese)| {
        let varying = varying(pattern, english)?;
        Some(filled(chinese, &varying, depth))
    })
}

/// Every phrase: those first that begin with words of their own, and have the most of them.
fn phrases() -> &'static [Phrase] {
    static PHRASES: OnceLock<Vec<Phrase>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let tables = [
            rows::PHRASES,
            scenarios::PHRASES,
            files::PHRASES,
            packs::PHRASES,
            parameters::PHRASES,
            help::PHRASES,
            keeping::PHRASES,
            ledger::PHRASES,
            batch::PHRASES,
            engine::PHRASES,
            lab::PHRASES,
            reports::PHRASES,
            robust::PHRASES,
            statistics::PHRASES,
            world::PHRASES,
        ];
        let mut phrases: Vec<Phrase> = tables.into_iter().flatten().copied().collect();
        phrases.sort_by_key(|(pattern, _)| {
            let own = pattern.len() - 2 * pattern.matches("{}").count();
            (pattern.starts_with("{}"), std::cmp::Reverse(own))
        });
        phrases
    })
}

/// What stands in a text where its pattern has `{}`; `None` where the text is another.
fn varying<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let (first, after) = pattern.split_once("{}").unwrap_or((pattern, ""));
    let mut rest = text.strip_prefix(first)?;
    if first.len() == pattern.len() {
        return rest.is_empty().then(Vec::new);
    }
    let mut found = Vec::new();
    let mut pieces = after.split("{}").peekable();
    let mut before = first;
    while let Some(piece) = pieces.next() {
        let end = match pieces.peek() {
            Some(_) => rest.find(piece)?,
            None => rest.strip_suffix(piece)?.len(),
        };
        // What stands in quotes ends with the first one.
        if before.ends_with('`') && piece.starts_with('`') && rest[..end].contains('`') {
            return None;
        }
        before = piece;
        found.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    Some(found)
}

/// A Chinese pattern with what varies in its places.
fn filled(pattern: &str, varying: &[&str], depth: usize) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        let place = after.find('}').map(|end| (&after[1..end], &after[end + 1..]));
        let found = place.and_then(|(name, after)| {
            let number = name.trim_end_matches(['!', ',', '@']);
            let value = *varying.get(number.parse::<usize>().ok()?)?;
            Some((value, &name[number.len()..], after))
        });
        out.push_str(before);
        match found {
            Some((value, how, after)) => {
                match how {
                    "!" => out.push_str(nested(value, depth + 1).as_deref().unwrap_or(value)),
                    "," => out.push_str(&value.replace(", ", "、")),
                    "@" => out.push_str(Countries::embedded().name(value, Language::Zh)),
                    _ => out.push_str(value),
                }
                rest = after;
            }
            None => {
                out.push('{');
                rest = &after[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;

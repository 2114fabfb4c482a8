//! Names that are given twice, or that mean two things.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::Checker;
use crate::diagnostic::{Diagnostic, Source};
use crate::pack::Block;

impl Checker<'_> {
    /// Two rules, defines or sets of one name whose dates overlap.
    pub(super) fn duplicates(&mut self) {
        type Version<'v> = (&'v str, &'v str, Date, Option<Date>, &'v Arc<Source>, Range<usize>);
        let mut versions: Vec<Version> = Vec::new();
        for rule in &self.law.rules {
            let source = &self.law.packs[rule.pack].source;
            versions.push((
                "rule",
                &rule.rule.id,
                rule.rule.from,
                rule.last,
                source,
                rule.rule.span.clone(),
            ));
        }
        for pack in &self.law.packs {
            for block in &pack.blocks {
                match block {
                    Block::Define(define) => versions.push((
                        "define",
                        &define.id,
                        define.from,
                        define.through,
                        &pack.source,
                        define.span.clone(),
                    )),
                    Block::Set(set) => {
                        versions.push((
                            "set",
                            &set.id,
                            Date::MIN,
                            None,
                            &pack.source,
                            set.span.clone(),
                        ));
                    }
                    _ => {}
                }
            }
        }
        let mut found = Vec::new();
        let mut by_name: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for (index, version) in versions.iter().enumerate() {
            let same = by_name.entry((version.0, version.1)).or_default();
            for earlier in same.iter().map(|at| &versions[*at]) {
                let starts_before_end = |a: &Version, b: &Version| b.3.is_none_or(|end| a.2 <= end);
                if starts_before_end(version, earlier) && starts_before_end(earlier, version) {
                    let (line, _) =
                        Diagnostic::error("", earlier.4, earlier.5.clone(), "").line_column();
                    let message = format!("there is a {} `{}` already", version.0, version.1);
                    found.push(
                        Diagnostic::error("duplicate-id", version.4, version.5.clone(), message).hint(
                            format!(
                                "the other is at {}:{line}; give it a last day (`through`) or another id",
                                earlier.4.name
                            ),
                        ),
                    );
                    break;
                }
            }
            same.push(index);
        }
        found.into_iter().for_each(|diagnostic| self.tell(diagnostic));
    }

    /// Names that mean two things.
    pub(super) fn names(&mut self) {
        let mut found = Vec::new();
        for pack in &self.law.packs {
            for block in &pack.blocks {
                let Block::Define(define) = block else { continue };
                let other = if self.law.vocabulary.find(&define.id).is_some() {
                    "a fact"
                } else if self.law.sets.iter().any(|set| set.id == define.id) {
                    "a set"
                } else {
                    continue;
                };
                let message = format!("`{}` is {other} already", define.id);
                found.push(Diagnostic::error(
                    "duplicate-id",
                    &pack.source,
                    define.span.clone(),
                    message,
                ));
            }
        }
        found.into_iter().for_each(|diagnostic| self.tell(diagnostic));
    }
}

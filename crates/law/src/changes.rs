//! What changes in the law between two days.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::country::Country;
use crate::expr::Expr;
use crate::law::{Law, RuleId, StatusId};
use crate::pack::{Body, Reading};
use crate::written::thresholds;

/// What differs on the second day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rules that bind and did not.
    pub begun: Vec<RuleId>,
    /// Rules that no longer bind.
    pub ended: Vec<RuleId>,
    /// Which of the rules that no longer bind were replaced, and by which.
    pub replaced: Vec<(RuleId, RuleId)>,
    /// Rules that an announcement reaches and did not.
    pub announced: Vec<(RuleId, StatusId)>,
    /// Rules that an announcement no longer reaches.
    pub lifted: Vec<(RuleId, StatusId)>,
    /// Sets whose members changed.
    pub sets: Vec<SetDifference>,
    /// Defines whose meaning changed: the name, before and after, as written.
    pub defines: Vec<(String, Option<String>, Option<String>)>,
    /// Paragraphs and defines whose fixed numbers changed.
    pub thresholds: Vec<ThresholdDifference>,
}

/// How the fixed numbers of a paragraph or a define changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThresholdDifference {
    /// The paragraph's code or the define's name.
    pub name: String,
    /// Comparisons that it made and makes no longer, such as `item.io_gbs >= 600`.
    pub gone: Vec<String>,
    /// Comparisons that it makes and did not.
    pub new: Vec<String>,
}

/// How a set of countries changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetDifference {
    /// The set.
    pub set: String,
    /// Who is in it and was not.
    pub joined: Vec<Country>,
    /// Who was in it and is not.
    pub left: Vec<Country>,
    /// The instruments that changed it, or sets in it, in between.
    pub cites: Vec<String>,
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

/// Compares two days.
pub fn changes(law: &Law, before: Date, after: Date) -> Changes {
    let mut out = Changes::default();
    for (id, rule) in law.rules() {
        let binds = |date: Date| Reading::BOTH.into_iter().any(|reading| rule.binds(date, reading));
        match (binds(before), binds(after)) {
            (false, true) => out.begun.push(id),
            (true, false) => out.ended.push(id),
            _ => {}
        }
        let reached = |date: Date| {
            let status = law.announced(&rule.rule, date, Reading::Enforced);
            status.filter(|_| binds(date))
        };
        match (reached(before), reached(after)) {
            (was, Some(is)) if was != Some(is) => out.announced.push((id, is)),
            (Some(was), None) if binds(after) => out.lifted.push((id, was)),
            _ => {}
        }
    }
    set_differences(law, before, after, &mut out);
    replacements(law, &mut out);
    define_differences(law, before, after, &mut out);
    threshold_differences(law, before, after, &mut out);
    out
}

/// Pairs rules that ended with those that say they replace them, or that have the same id.
fn replacements(law: &Law, out: &mut Changes) {
    for ended in &out.ended {
        let id = &law.rule(*ended).id;
        let by = out.begun.iter().filter(|begun| {
            let begun = law.rule(**begun);
            begun.id == *id || begun.replaces.iter().any(|(replaced, _)| replaced == id)
        });
        out.replaced.extend(by.map(|begun| (*ended, *begun)));
    }
}

fn threshold_differences(law: &Law, before: Date, after: Date, out: &mut Changes) {
    let mut compare = |name: &str, was: BTreeSet<String>, is: BTreeSet<String>| {
        if was != is {
            let gone = was.difference(&is).cloned().collect();
            let new = is.difference(&was).cloned().collect();
            out.thresholds.push(ThresholdDifference { name: name.to_string(), gone, new });
        }
    };
    for code in law.class_codes() {
        let on = |date: Date| {
            let limbs = law.rules().filter(|(_, rule)| {
                matches!(&rule.rule.body, Body::Class { code: own } if own == code)
                    && rule.binds(date, Reading::Written)
            });
            comparisons(limbs.flat_map(|(_, rule)| [&rule.rule.when, &rule.rule.unless]).flatten())
        };
        compare(code, on(before), on(after));
    }
    let mut names: Vec<&String> = law.defines().keys().collect();
    names.sort();
    for name in names {
        let on = |date: Date| {
            let versions = law.defines()[name].iter().filter(|define| {
                define.from <= date && define.through.is_none_or(|through| date <= through)
            });
            comparisons(versions.map(|define| &define.value))
        };
        compare(name, on(before), on(after));
    }
}

/// The comparisons with fixed numbers, as written.
fn comparisons<'e>(exprs: impl Iterator<Item = &'e Expr>) -> BTreeSet<String> {
    let mut found = Vec::new();
    exprs.for_each(|expr| thresholds(expr, &mut found));
    found.into_iter().map(|(test, number)| format!("{test} {number}")).collect()
}

fn set_differences(law: &Law, before: Date, after: Date, out: &mut Changes) {
    let (first, last) = if before <= after { (before, after) } else { (after, before) };
    for set in law.sets() {
        let (was, is) = (law.members(&set.id, before), law.members(&set.id, after));
        if was == is {
            continue;
        }
        let mut cites: Vec<String> = Vec::new();
        for name in
            [set.id.as_str()].into_iter().chain(set.include.iter().map(|(name, _)| name.as_str()))
        {
            let known = law.sets().iter().filter(|known| known.id == name);
            for change in known.flat_map(|known| &known.changes) {
                if change.date > first && change.date <= last && !cites.contains(&change.cite) {
                    cites.push(change.cite.clone());
                }
            }
        }
        out.sets.push(SetDifference {
            set: set.id.clone(),
            joined: is.iter().filter(|country| !was.contains(*country)).collect(),
            left: was.iter().filter(|country| !is.contains(*country)).collect(),
            cites,
        });
    }
}

fn define_differences(law: &Law, before: Date, after: Date, out: &mut Changes) {
    let mut names: Vec<&String> = law.defines().keys().collect();
    names.sort();
    for name in names {
        let (was, is) = (define_text(law, name, before), define_text(law, name, after));
        if was != is {
            out.defines.push((name.clone(), was, is));
        }
    }
}

/// What a define stands for on a day, as written.
pub fn define_text(law: &Law, name: &str, date: Date) -> Option<String> {
    for pack in law.packs() {
        for block in &pack.blocks {
            let crate::pack::Block::Define(define) = block else { continue };
            let in_force =
                define.from <= date && define.through.is_none_or(|through| date <= through);
            if define.id == name && in_force {
                let text = &pack.source.text[define.value.span.clone()];
                return Some(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
    None
}

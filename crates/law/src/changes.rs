//! What changes in the law between two days.

use jiff::civil::Date;

use crate::country::Country;
use crate::law::{Law, RuleId, StatusId};
use crate::pack::Reading;

/// What differs on the second day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Rules that bind and did not.
    pub begun: Vec<RuleId>,
    /// Rules that no longer bind.
    pub ended: Vec<RuleId>,
    /// Rules that an announcement reaches and did not.
    pub announced: Vec<(RuleId, StatusId)>,
    /// Rules that an announcement no longer reaches.
    pub lifted: Vec<(RuleId, StatusId)>,
    /// Sets whose members changed.
    pub sets: Vec<SetDifference>,
    /// Defines whose meaning changed: the name, before and after, as written.
    pub defines: Vec<(String, Option<String>, Option<String>)>,
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
    define_differences(law, before, after, &mut out);
    out
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

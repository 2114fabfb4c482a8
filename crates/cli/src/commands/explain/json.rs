//! Writes an explanation as one JSON object.
//!
//! Texts of rules are in the answer's chain; the tree names rules by their ids.

use std::io::{self, Write};

use law::eval::Memory;
use law::explain::{Branch, Section, Seen, Subject};
use law::flips::{Change, Flip, Turned, Verdict};
use law::node::DoubtSource;
use law::truth::Truth;
use law::{Draw, Law, Reading};
use serde_json::{Value as Json, json};

use super::Explained;
use crate::output::json::{Fragments, determination};
use crate::wording::Phrasebook;

/// Writes the object.
///
/// # Errors
/// An output that cannot be written.
pub fn write(out: &mut dyn Write, explained: &Explained, book: &Phrasebook) -> io::Result<()> {
    writeln!(out, "{}", text(explained, book, &Fragments::new(book)))
}

/// The object.
pub fn text(explained: &Explained, book: &Phrasebook, fragments: &Fragments) -> String {
    let law = explained.law;
    let mut memory = Memory::default();
    let found = &explained.explanation.determination;
    let worded = book.word(found, &explained.order.facts, &mut memory);
    let mut answer = String::new();
    let date = found.date.to_string();
    determination(&mut answer, explained.order, &date, &worded, fragments);
    let (from, through) = explained.explanation.days;
    let classes: Vec<Json> =
        explained.explanation.classes.iter().map(|branch| tree(law, branch)).collect();
    let [written, enforced] = &explained.explanation.readings;
    let trace = json!({
        "rules_from": from.to_string(),
        "rules_through": through.to_string(),
        "classification": classes,
        "written": reading(law, written),
        "enforced": reading(law, enforced),
    });
    let flips: Vec<Json> = explained.flips.iter().map(|each| flip(law, each)).collect();
    // The answer is written as everywhere else: its numbers stay exact.
    format!("{{\"determination\":{answer},\"trace\":{trace},\"flips\":{}}}", Json::from(flips))
}

fn reading(law: &Law, sections: &[Section]) -> Json {
    let parts = sections.iter().map(|section| {
        let branches: Vec<Json> = section.branches.iter().map(|branch| tree(law, branch)).collect();
        (section.part.word().to_string(), Json::from(branches))
    });
    Json::Object(parts.collect())
}

fn tree(law: &Law, branch: &Branch) -> Json {
    let (kind, name) = subject(law, &branch.subject);
    let mut node = serde_json::Map::new();
    node.insert("kind".into(), kind.into());
    if !name.is_empty() {
        node.insert("name".into(), name.into());
    }
    node.insert("holds".into(), holds(branch.truth));
    if !branch.matters {
        node.insert("matters".into(), false.into());
    }
    if !branch.values.is_empty() {
        let values: Vec<Json> = branch.values.iter().map(seen).collect();
        node.insert("values".into(), values.into());
    }
    if let Subject::Quota(_, Some(draw)) = &branch.subject {
        node.insert("draw".into(), drawn(draw));
    }
    if branch.folded > 0 {
        node.insert("left_out".into(), branch.folded.into());
    }
    if !branch.children.is_empty() {
        let parts: Vec<Json> = branch.children.iter().map(|child| tree(law, child)).collect();
        node.insert("parts".into(), parts.into());
    }
    Json::Object(node)
}

fn holds(truth: Truth) -> Json {
    match truth {
        Truth::True => true.into(),
        Truth::False => false.into(),
        Truth::Unknown => Json::Null,
    }
}

fn seen(seen: &Seen) -> Json {
    let mut value = json!({ "fact": seen.name, "value": seen.value });
    if seen.derived {
        value["computed"] = true.into();
    }
    value
}

fn drawn(draw: &Draw) -> Json {
    json!({
        "amount": draw.amount.to_string(),
        "limit": draw.limit.to_string(),
        "remaining": draw.remaining.to_string(),
    })
}

/// A word for what a branch is, and its name.
fn subject(law: &Law, subject: &Subject) -> (&'static str, String) {
    let rule = |id: &law::RuleId| law.rule(*id).id.clone();
    match subject {
        Subject::Class(code) => {
            let code = law.class_codes().get(usize::from(*code)).cloned();
            ("paragraph", code.unwrap_or_default())
        }
        Subject::Rule(id) => (law.rule(*id).body.word(), rule(id)),
        Subject::Policy(id) => ("policy", rule(id)),
        Subject::Bar(id) => ("bar", rule(id)),
        Subject::Quota(id, _) => ("quota", rule(id)),
        Subject::Overcomes(id) => ("overcomes", rule(id)),
        Subject::Doubt(DoubtSource::Rule(id)) => ("doubt", rule(id)),
        Subject::Doubt(DoubtSource::Gap(id)) => ("gap", rule(id)),
        Subject::Doubt(DoubtSource::Status(id)) | Subject::Status(id) => {
            ("status", law.status(*id).cite.clone())
        }
        Subject::When(label) => ("when", label.clone()),
        Subject::About(label) => ("about", label.clone()),
        Subject::Done(label) => ("done", label.clone()),
        Subject::All => ("all", String::new()),
        Subject::Any => ("any", String::new()),
        Subject::Not => ("not", String::new()),
        Subject::Choose => ("choose", String::new()),
        Subject::Test(label) => ("test", label.clone()),
        Subject::Named(name) => ("define", name.clone()),
        Subject::Again(name) => ("shown_above", name.clone()),
        Subject::Derived(name) => ("computed", name.clone()),
    }
}

fn flip(law: &Law, flip: &Flip) -> Json {
    let fact = law.vocabulary().fact(flip.fact);
    let change = match &flip.change {
        Change::Learned => "learned",
        Change::Raised => "raised",
        Change::Lowered => "lowered",
        Change::Other => "other",
        Change::Added(_) => "added",
        Change::Removed(_) => "removed",
    };
    let mut out = json!({
        "fact": &*fact.name,
        "from": flip.from.as_ref().map(|value| fact.show(value)),
        "to": fact.show(&flip.to),
        "change": change,
        "cost": flip.cost,
    });
    if let Change::Added(word) | Change::Removed(word) = &flip.change {
        out["item"] = word.as_str().into();
    }
    if flip.derived {
        out["computed"] = true.into();
    }
    for reading in Reading::BOTH {
        let at = reading as usize;
        let turns = match flip.turns(reading) {
            Turned::Nothing => "nothing",
            Turned::Exceptions => "exceptions",
            Turned::Policy => "policy",
            Turned::Outcome => "outcome",
        };
        out[reading.word()] = json!({
            "turns": turns,
            "before": verdict(law, &flip.before[at]),
            "after": verdict(law, &flip.after[at]),
        });
    }
    out
}

fn verdict(law: &Law, verdict: &Verdict) -> Json {
    let codes: Vec<&str> = verdict
        .exceptions
        .iter()
        .filter_map(|code| law.exception_codes().get(usize::from(*code)).map(String::as_str))
        .collect();
    json!({
        "outcome": verdict.outcome.word(),
        "exceptions": codes,
        "policy": verdict.policy.map(|policy| policy.word()),
    })
}

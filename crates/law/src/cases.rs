//! Worked cases inside packs: facts given, answer expected.

use std::sync::Arc;

use crate::decide::{Answer, Desk, Determination};
use crate::diagnostic::{Diagnostic, Source, did_you_mean};
use crate::facts::Facts;
use crate::fields::{Item, TomlValue};
use crate::law::Law;
use crate::pack::{Case, Reading};

/// Runs every case of every pack: how many there are, and a mistake for each that fails.
///
/// A supposition is there to change answers, so that with a hypothetical pack only the cases of
/// such packs are run.
pub fn run_all(law: &Law) -> (usize, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut count = 0;
    let supposed = law.packs().iter().any(|pack| pack.hypothetical);
    for pack in law.packs().iter().filter(|pack| pack.hypothetical || !supposed) {
        for case in pack.cases() {
            count += 1;
            run(law, &pack.source, case, &mut diagnostics);
        }
    }
    (count, diagnostics)
}

fn run(law: &Law, source: &Arc<Source>, case: &Case, diagnostics: &mut Vec<Diagnostic>) {
    let before = diagnostics.len();
    let mut facts = Facts::new(law.vocabulary());
    for (name, span, item) in &case.given {
        let Some(id) = law.vocabulary().find(name) else {
            diagnostics.push(
                Diagnostic::error(
                    "unknown-fact",
                    source,
                    span.clone(),
                    format!("there is no fact `{name}`"),
                )
                .hint(did_you_mean(name, law.vocabulary().names())),
            );
            continue;
        };
        let fact = law.vocabulary().fact(id);
        let value = match &item.value {
            TomlValue::Array(items) => {
                let texts: Vec<String> = items.iter().map(as_text).collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                fact.list(&texts).map(Some)
            }
            _ => fact.parse(&as_text(item)),
        };
        match value {
            Ok(value) => facts.set(id, value),
            Err(error) => diagnostics.push(
                Diagnostic::error("case", source, item.span.clone(), error.message)
                    .hint(error.hint),
            ),
        }
    }
    if diagnostics.len() > before {
        return;
    }
    facts.complete(law.vocabulary(), law.defaults());
    let Some(answer) = law.decide(&facts, None, &mut Desk::default()) else {
        let message = format!("the case \"{}\" gives no date", case.name);
        diagnostics.push(Diagnostic::error("case", source, case.span.clone(), message));
        return;
    };
    for (name, span, item) in &case.expect {
        if let Some(found) = differs(law, &answer, name, item) {
            let message = format!("the case \"{}\" fails", case.name);
            diagnostics.push(
                Diagnostic::error("case", source, span.start..item.span.end, message).label(found),
            );
        }
    }
}

fn as_text(item: &Item) -> String {
    match &item.value {
        TomlValue::Text(text) | TomlValue::Number(text) => text.clone(),
        TomlValue::Bool(value) => value.to_string(),
        TomlValue::Date(date) => date.to_string(),
        TomlValue::Array(_) | TomlValue::Table(_) => String::new(),
    }
}

/// What was found instead, where an expectation is not met.
fn differs(law: &Law, answer: &Determination, name: &str, item: &Item) -> Option<String> {
    let wanted: Vec<String> = match &item.value {
        TomlValue::Array(items) => items.iter().map(as_text).collect(),
        _ => vec![as_text(item)],
    };
    let (reading, key) = name.split_once('.').unwrap_or(("", name));
    let found = match reading {
        "" if key == "classification" => answer
            .classification
            .iter()
            .filter_map(|code| law.class_codes().get(usize::from(*code)).cloned())
            .collect(),
        "written" => words(law, answer.reading(Reading::Written), key)?,
        "enforced" => words(law, answer.reading(Reading::Enforced), key)?,
        _ => return Some(format!("a case cannot expect `{name}`")),
    };
    let absent = key.ends_with("_absent");
    let holds = |word: &String| match key {
        "obligations" | "obligations_absent" => {
            found.iter().any(|cite| cite.contains(word.as_str()))
        }
        _ => found.contains(word),
    };
    let empty = wanted.is_empty() && key != "outcome" && !absent;
    let met = match (absent, empty) {
        (true, _) => !wanted.iter().any(holds),
        (false, true) => found.is_empty(),
        (false, false) => wanted.iter().all(holds),
    };
    (!met).then(|| {
        format!("found {}", if found.is_empty() { "none".into() } else { found.join(", ") })
    })
}

/// What an answer has under a key, as the words of the interface; `None` for an unknown key.
fn words(law: &Law, answer: &Answer, key: &str) -> Option<Vec<String>> {
    let rule_cites = |rules: Vec<crate::law::RuleId>| -> Vec<String> {
        rules.into_iter().map(|rule| law.rule(rule).cite.clone()).collect()
    };
    Some(match key {
        "outcome" => vec![answer.outcome.word().to_string()],
        "policy" => vec![answer.policy.map_or("null", |policy| policy.word()).to_string()],
        "exceptions" | "exceptions_absent" => answer
            .exceptions
            .iter()
            .filter_map(|code| law.exception_codes().get(usize::from(*code)).cloned())
            .collect(),
        "missing" | "missing_absent" => answer
            .missing
            .iter()
            .map(|fact| law.vocabulary().fact(*fact).name.to_string())
            .collect(),
        "obligations" | "obligations_absent" => {
            rule_cites(answer.obligations.iter().map(|due| due.rule).collect())
        }
        "flags" | "flags_absent" => answer
            .flags
            .iter()
            .filter_map(|flag| match flag {
                crate::decide::Flag::Rule(rule) | crate::decide::Flag::Coming(rule) => {
                    Some(law.rule(*rule).id.clone())
                }
                _ => None,
            })
            .collect(),
        "doubts" | "doubts_absent" => answer
            .doubts
            .iter()
            .map(|doubt| match doubt {
                crate::node::DoubtSource::Rule(rule) | crate::node::DoubtSource::Gap(rule) => {
                    law.rule(*rule).id.clone()
                }
                crate::node::DoubtSource::Status(status) => law.status(*status).cite.clone(),
            })
            .collect(),
        _ => return None,
    })
}

//! What the tests share: the laws they ask, and how two answers are compared.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use law::node::DoubtSource;
use law::{
    Answer, Because, Desk, Determination, Draw, Due, FactId, Facts, Flag, Law, Reading, Source,
};

/// A number from the environment.
pub fn setting(name: &str) -> Option<usize> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Whether the naive evaluator, too, is asked about a row: about each where the run is a large one,
/// and else about one of so many, as there is time for.
pub fn is_asked(row: usize, every: usize) -> bool {
    row.is_multiple_of(every) || setting("WEIR_SPEC_RUNS").is_some()
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shipped packs.
pub fn shipped() -> Law {
    supposing(&[])
}

/// The shipped packs with suppositions of the examples over them.
pub fn supposing(scenarios: &[&str]) -> Law {
    let folder = root().join("law");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of the packs")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    names.sort();
    let scenarios = scenarios
        .iter()
        .map(|name| root().join("examples/scenarios").join(name).with_extension("md"));
    names.extend(scenarios);
    let documents: Vec<Arc<Source>> = names.iter().map(|path| source(path)).collect();
    law_from(&source(&folder.join("vocabulary.toml")), &documents)
}

fn source(path: &Path) -> Arc<Source> {
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path).expect("a document");
    Arc::new(Source { name, text })
}

fn law_from(vocabulary: &Arc<Source>, documents: &[Arc<Source>]) -> Law {
    let (law, diagnostics) = Law::read(vocabulary, documents);
    law.unwrap_or_else(|| {
        let errors: Vec<String> = diagnostics
            .iter()
            .map(|error| {
                let (line, column) = error.line_column();
                format!("{}:{line}:{column}: {}", error.source.name, error.message)
            })
            .collect();
        panic!("the packs cannot be used:\n{}", errors.join("\n"))
    })
}

/// A tiny vocabulary: a few facts of every type, two parties that receive and one that does not.
pub const VOCABULARY: &str = include_str!("vocabulary.toml");

/// A law of one pack with the tiny vocabulary. `blocks` is Markdown without its `pack` block.
pub fn law_of(blocks: &str) -> Law {
    law_of_packs(&[&format!("{PACK}{blocks}")])
}

/// A law of several packs with the tiny vocabulary.
pub fn law_of_packs(packs: &[&str]) -> Law {
    let vocabulary = Source { name: "vocabulary.toml".into(), text: VOCABULARY.into() };
    let documents: Vec<Arc<Source>> = packs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            Arc::new(Source { name: format!("pack{index}.md"), text: (*text).to_string() })
        })
        .collect();
    law_from(&Arc::new(vocabulary), &documents)
}

/// The `pack` block of a tiny law: in force from 2024-01-01, verified through 2026-12-31.
pub const PACK: &str = "# Tiny\n\n```toml pack\nid = \"tiny\"\ntitle = \"Tiny\"\ntitle_zh = \"小\"\n\
    cite = \"T\"\npublished = 2024-01-01\neffective = 2024-01-01\n\
    verified_through = 2026-12-31\nsure = \"official\"\n```\n\n";

/// Both answers to one question.
pub fn both(
    law: &Law,
    facts: &Facts,
    carry: Option<(&law::Carry, &spec::Carry)>,
) -> (Determination, Determination) {
    let by_law = law.decide(facts, carry.map(|(by_law, _)| by_law), &mut Desk::default());
    let by_spec = spec::decide(law, facts, carry.map(|(_, by_spec)| by_spec));
    (by_law.expect("the date is known"), by_spec.expect("the date is known"))
}

/// What two answers to one question disagree in, in words; nothing where they agree.
pub fn disagreements(law: &Law, one: &Determination, other: &Determination) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, one: String, other: String| {
        if one != other {
            found.push(format!("{what}\n    law:  {one}\n    spec: {other}"));
        }
    };
    compare("date", one.date.to_string(), other.date.to_string());
    compare("classification", codes(law, one), codes(law, other));
    for reading in Reading::BOTH {
        let word = reading.word();
        let (one, other) = (one.reading(reading), other.reading(reading));
        let shown = shown(law, one).into_iter().zip(shown(law, other));
        shown.for_each(|((what, one), (_, other))| compare(&format!("{word} {what}"), one, other));
    }
    found
}

fn codes(law: &Law, determination: &Determination) -> String {
    let codes = determination.classification.iter();
    let codes: Vec<&str> =
        codes.map(|code| law.class_codes()[usize::from(*code)].as_str()).collect();
    codes.join(" ")
}

/// The parts of an answer in words, each with its name.
pub fn shown(law: &Law, answer: &Answer) -> Vec<(&'static str, String)> {
    let exceptions: Vec<&str> = answer
        .exceptions
        .iter()
        .map(|code| law.exception_codes()[usize::from(*code)].as_str())
        .collect();
    vec![
        ("outcome", answer.outcome.word().to_string()),
        ("exceptions", exceptions.join(" ")),
        ("policy", answer.policy.map_or("none", law::Policy::word).to_string()),
        ("because", list(&answer.because, |link| show_link(law, link))),
        ("obligations", list(&answer.obligations, |due| show_due(law, due))),
        ("draws", list(&answer.draws, |draw| show_draw(law, draw))),
        ("flags", list(&answer.flags, |flag| show_flag(law, flag))),
        ("missing", show_facts(law, &answer.missing)),
        ("doubts", list(&answer.doubts, |doubt| show_doubt(law, doubt))),
    ]
}

fn list<T>(of: &[T], show: impl Fn(&T) -> String) -> String {
    let shown: Vec<String> = of.iter().map(show).collect();
    shown.join(", ")
}

fn show_facts(law: &Law, facts: &[FactId]) -> String {
    list(facts, |fact| law.vocabulary().fact(*fact).name.to_string())
}

fn show_doubt(law: &Law, doubt: &DoubtSource) -> String {
    match doubt {
        DoubtSource::Rule(rule) => law.rule(*rule).id.clone(),
        DoubtSource::Status(status) => format!("status {}", status.0),
        DoubtSource::Gap(rule) => format!("gap {}", law.rule(*rule).id),
    }
}

fn show_draw(law: &Law, draw: &Draw) -> String {
    let Draw { quota, key, amount, remaining, limit } = draw;
    format!("{} {key:?} {amount} leaves {remaining} of {limit}", law.rule(*quota).id)
}

fn show_due(law: &Law, due: &Due) -> String {
    let date = due.date.map_or(String::new(), |date| format!(" on {date}"));
    format!("{}{date}", law.rule(due.rule).id)
}

fn show_link(law: &Law, link: &Because) -> String {
    match link {
        Because::Rule(rule) => law.rule(*rule).id.clone(),
        Because::Otherwise(rule) => format!("not {}", law.rule(*rule).id),
        Because::Suspended(rule, status) => {
            format!("{} out by status {}", law.rule(*rule).id, status.0)
        }
        Because::Full(draw) => format!("full {}", show_draw(law, draw)),
        Because::NoRequirement => "no requirement".into(),
    }
}

fn show_flag(law: &Law, flag: &Flag) -> String {
    match flag {
        Flag::Rule(rule) => law.rule(*rule).id.clone(),
        Flag::Coming(rule) => format!("coming {}", law.rule(*rule).id),
        Flag::MayBeDue(rule, facts) => {
            format!("may be due {} [{}]", law.rule(*rule).id, show_facts(law, facts))
        }
        Flag::PolicyOpen(facts, doubts) => {
            let doubts = list(doubts, |doubt| show_doubt(law, doubt));
            format!("policy open [{}] [{doubts}]", show_facts(law, facts))
        }
        Flag::Unverified => "unverified".into(),
        Flag::BeforeFirst => "before first".into(),
        Flag::Hypothetical(pack) => format!("hypothetical {}", law.packs()[*pack].id),
    }
}

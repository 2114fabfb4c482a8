//! What the tests of jobs share: a law of one rule, and a job without options.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use batch::job::{Job, Quiet, Report, run};
use batch::{Decider, Mapping};
use law::{Law, Source};

/// A law of one rule: what goes to China needs a license.
pub fn law() -> Arc<Law> {
    law_of("destination == \"CN\" && quantity >= 1")
}

/// A law of one rule: a license is needed where a condition holds.
pub fn law_of(when: &str) -> Arc<Law> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("law/vocabulary.toml")).unwrap();
    let pack = format!(
        "# One\n\n```toml pack\nid = \"one\"\ntitle = \"One\"\ntitle_zh = \"一\"\ncite = \"T\"\n\
         effective = 2020-01-01\nverified_through = 2030-01-01\nsure = \"official\"\n```\n\n\
         ```toml requirement\nid = \"china\"\ngroup = \"destination\"\ncite = \"T\"\n\
         text = \"Text.\"\ntext_zh = \"文。\"\nwhen = '{when}'\n```\n"
    );
    let source = |name: &str, text: String| Arc::new(Source { name: name.to_owned(), text });
    let (law, mistakes) = Law::read(&source("vocabulary.toml", text), &[source("one.md", pack)]);
    Arc::new(law.unwrap_or_else(|| panic!("{mistakes:?}")))
}

pub fn decider(map: &[&str]) -> Decider {
    let law = law();
    let mapping = Mapping::read(map.iter().copied(), law.vocabulary()).unwrap();
    Decider::new(law, None, mapping)
}

pub fn job(inputs: &[&Path], output: &Path) -> Job {
    Job {
        inputs: inputs.iter().map(|path| path.to_path_buf()).collect(),
        output: output.to_owned(),
        format: None,
        partition_by: Vec::new(),
        prune: false,
        law: "test".to_owned(),
        threads: 2,
        strict: false,
    }
}

pub fn done(job: &Job) -> Report {
    run(job, &decider(&[]), &Quiet).unwrap_or_else(|why| panic!("{why}"))
}

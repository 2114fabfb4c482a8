//! Every rule of the shipped law says where it stands.

use std::sync::Arc;

use law::pack::{Block, Pack};
use law::{Law, Severity, Source};

use crate::expect_none;

/// The citations of a block, each with what it is of.
fn cites(block: &Block) -> Vec<(String, &str)> {
    match block {
        Block::Rule(rule) => vec![(format!("{} `{}`", rule.body.word(), rule.id), &rule.cite)],
        Block::Define(define) => vec![(format!("define `{}`", define.id), &define.cite)],
        Block::Set(set) => {
            let mut cites = vec![(format!("set `{}`", set.id), set.cite.as_str())];
            let changes = set.changes.iter();
            cites.extend(changes.map(|it| (format!("change of `{}`", set.id), it.cite.as_str())));
            cites
        }
        Block::Change(set, _, change) => vec![(format!("change of `{set}`"), &change.cite)],
        Block::Treat(treat) => vec![(format!("treat `{}`", treat.country), &treat.cite)],
        Block::Derive(derive) => vec![(format!("derive `{}`", derive.fact.0), &derive.cite)],
        Block::Status(status) => vec![(format!("status from {}", status.from), &status.cite)],
        Block::Case(_) => Vec::new(),
    }
}

fn uncited(pack: &Pack) -> Vec<String> {
    let mut all: Vec<(String, &str)> = vec![("pack".into(), &pack.cite)];
    all.extend(pack.blocks.iter().flat_map(cites));
    all.into_iter()
        .filter(|(_, cite)| !cite.chars().any(|letter| letter.is_alphanumeric()))
        .map(|(what, _)| format!("{}: {what} has no citation", pack.source.name))
        .collect()
}

#[test]
fn every_shipped_rule_has_a_citation() {
    let law = xtask::generate::shipped_law().expect("the shipped law reads");
    assert!(law.rules().count() > 100);
    let findings: Vec<String> = law.packs().iter().flat_map(uncited).collect();
    expect_none(&findings, "name the paragraph, or the document that announced it");
}

/// A pack with one rule, with and without its citation.
fn read(cite: &str) -> (Option<Law>, Vec<String>) {
    let pack = format!(
        "# Test\n\n```toml pack\nid = \"test\"\ntitle = \"Test\"\ntitle_zh = \"测试\"\n\
         cite = \"1 TEST 1\"\neffective = 2024-01-01\nverified_through = 2024-12-31\n\
         sure = \"official\"\n```\n\n```toml requirement\nid = \"rule\"\ngroup = \"destination\"\n\
         {cite}text = \"A license is required.\"\ntext_zh = \"需要许可证。\"\n\
         when = 'destination == \"CN\"'\n```\n"
    );
    let source = |name: &str, text: &str| Arc::new(Source { name: name.into(), text: text.into() });
    let vocabulary = source("vocabulary.toml", include_str!("../../../../law/vocabulary.toml"));
    let (law, mistakes) = Law::read(&vocabulary, &[source("test.md", &pack)]);
    let errors = mistakes.iter().filter(|mistake| mistake.severity == Severity::Error);
    (law, errors.map(|mistake| mistake.message.clone()).collect())
}

#[test]
fn a_rule_without_a_citation_is_no_law() {
    let (law, errors) = read("cite = \"1 TEST 2\"\n");
    assert!(law.is_some() && errors.is_empty(), "{errors:?}");
    for bad in ["", "cite = \"\"\n", "cite = \" \"\n"] {
        let (law, errors) = read(bad);
        assert!(law.is_none(), "{bad:?} is taken for a citation");
        assert!(errors.iter().any(|error| error.contains("cite")), "{bad:?}: {errors:?}");
    }
}

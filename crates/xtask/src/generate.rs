//! Reference pages that are written from the law itself: the facts and the rules.
//!
//! A test of the house rules compares them with what is in `docs/reference`; nothing here decides
//! anything.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use law::pack::{Block, Body, Pack};
use law::vocabulary::{Fact, FactType};
use law::{Law, LawRule, Num, Severity, Source, Vocabulary};

const NOTE: &str =
    "<!-- Written by `cargo xtask generate`; a test fails where it is out of date. -->";

/// The pages by their place in the project.
///
/// # Errors
/// A law that cannot be read or has mistakes.
pub fn pages() -> anyhow::Result<[(&'static str, String); 2]> {
    let law = shipped_law()?;
    Ok([
        ("docs/reference/facts.md", facts(law.vocabulary())),
        ("docs/reference/rules.md", rules(&law)),
    ])
}

/// The law in `law/`, as the program carries it.
///
/// # Errors
/// A file that cannot be read, or a law with mistakes.
pub fn shipped_law() -> anyhow::Result<Law> {
    let folder = crate::root().join("law");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .with_context(|| format!("cannot read `{}`", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect();
    files.sort();
    let packs: Vec<_> = files.iter().map(|path| source(path)).collect::<Result<_, _>>()?;
    let (law, mistakes) = Law::read(&source(&folder.join("vocabulary.toml"))?, &packs);
    if let Some(mistake) = mistakes.iter().find(|each| each.severity == Severity::Error) {
        let (line, _) = mistake.line_column();
        bail!(
            "{}:{line}: {}\n\nhint: `weir law lint` shows every mistake",
            mistake.source.name,
            mistake.message
        );
    }
    law.context("the law cannot be used\n\nhint: `weir law lint` shows why")
}

fn source(path: &Path) -> anyhow::Result<Arc<Source>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(Arc::new(Source { name: format!("law/{name}"), text }))
}

/// The page of every fact that a condition may name.
pub fn facts(vocabulary: &Vocabulary) -> String {
    let mut page = format!("# Facts\n\n{NOTE}\n\n");
    page.push_str(
        "Every fact that an order may state and a condition may name, from `law/vocabulary.toml`.\n\
         In JSON a fact is nested (`{\"item\": {\"tpp\": 15832}}`), in CSV a column has the dotted name.\n\
         An empty cell is an unknown fact, which is not the same as `false` or zero.\n\
         A list is written with `;` between its items, and `none` where it is known to be empty.\n",
    );
    let groups: [(&str, &str); 3] =
        [("item.", "The item"), ("exporter.", "The exporter"), ("", "The transaction")];
    let grouped = |fact: &Fact| groups.iter().position(|(prefix, _)| fact.name.starts_with(prefix));
    for (at, (_, title)) in groups.iter().enumerate().rev() {
        let own = vocabulary.facts().map(|(_, fact)| fact);
        let own = own.filter(|fact| fact.party.is_none() && grouped(fact) == Some(at));
        fact_group(&mut page, title, own, |fact| fact.name.to_string());
    }
    let Some(first) = vocabulary.parties().first() else { return page };
    let names: Vec<String> =
        vocabulary.parties().iter().map(|party| format!("`{}`", party.name)).collect();
    fact_group(
        &mut page,
        "The parties",
        first.facts.iter().map(|id| vocabulary.fact(*id)),
        |fact| fact.name.replacen(&*first.name, "PARTY", 1),
    );
    let _ = write!(
        page,
        "\n`PARTY` is one of {}.\nA party of whom nothing is said is taken to be the {}.\n",
        names.join(", "),
        first.label[0]
    );
    page
}

fn fact_group<'f>(
    page: &mut String,
    title: &str,
    facts: impl Iterator<Item = &'f Fact>,
    name: impl Fn(&Fact) -> String,
) {
    let _ = write!(
        page,
        "\n## {title}\n\n| fact | type | unit | default | meaning and question |\n|---|---|---|---|---|\n"
    );
    for fact in facts {
        let mut kind = fact.of.word().to_string();
        if let Some(words) = fact.of.words() {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let _ = write!(
                kind,
                " {}: {}",
                if matches!(fact.of, FactType::List(_)) { "of" } else { "" }.trim(),
                words.join(", ")
            );
        }
        let bound = |word: &str, bound: Option<Num>| bound.map(|bound| format!("{word} {bound}"));
        let bounds: Vec<String> =
            [bound("from", fact.min), bound("to", fact.max)].into_iter().flatten().collect();
        if !bounds.is_empty() {
            let _ = write!(kind, ", {}", bounds.join(" "));
        }
        let default = fact.default.as_ref().map_or(String::new(), |value| format!("`{value}`"));
        let mut lines: Vec<String> = [&fact.meaning[0], &fact.question[0], &fact.question[1]]
            .into_iter()
            .filter(|line| !line.is_empty())
            .map(|line| cell(line))
            .collect();
        if !fact.source.is_empty() {
            lines.push(format!("*{}*", cell(&fact.source)));
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            name(fact),
            cell(&kind),
            cell(&fact.unit_text),
            cell(&default),
            lines.join("<br>")
        );
    }
}

/// The page of every rule by pack, with its citation, its dates and how sure it is.
pub fn rules(law: &Law) -> String {
    let mut page = format!("# Rules\n\n{NOTE}\n\n");
    let rules = law.rules().count();
    let _ = write!(
        page,
        "The {rules} rules of the {} packs that the program carries, checked against the law \
         through {}.\n\
         `weir law show RULE` shows one with its condition.\n\n\
         How sure a rule is: `official`, the official text was read; `quoted`, a source that \
         quotes it word for word; `secondary`, a paraphrase; `memory`, no source was at hand; \
         `inferred` from other rules.\n",
        law.packs().len(),
        law.verified_through()
    );
    for (index, pack) in law.packs().iter().enumerate() {
        pack_head(&mut page, pack);
        rule_table(&mut page, law, index);
        names_table(&mut page, pack);
        status_table(&mut page, pack);
    }
    page
}

fn pack_head(page: &mut String, pack: &Pack) {
    let _ = write!(page, "\n## {}\n\n", pack.title[0]);
    let mut facts = vec![format!("`{}`", pack.id), pack.cite.clone()];
    if let Some(published) = pack.published {
        facts.push(format!("published {published}"));
    }
    facts.push(format!("effective {}", pack.effective));
    if let Some(comply_by) = pack.comply_by {
        facts.push(format!("to be complied with from {comply_by}"));
    }
    facts.push(format!("verified through {}", pack.verified_through));
    facts.push(format!("{} worked cases", pack.cases().count()));
    if pack.hypothetical {
        facts.push("hypothetical".into());
    }
    let _ = writeln!(page, "{}.", facts.join(" · "));
}

fn rule_table(page: &mut String, law: &Law, pack: usize) {
    let own: Vec<&LawRule> =
        law.rules().map(|(_, rule)| rule).filter(|rule| rule.pack == pack).collect();
    if own.is_empty() {
        return;
    }
    page.push_str(
        "\n| rule | kind | citation | binds | sure | what it says |\n|---|---|---|---|---|---|\n",
    );
    for rule in own {
        let last = rule.last.map_or(String::new(), |last| format!(" to {last}"));
        let mut binds = format!("{}{last}", rule.rule.from);
        if rule.rule.effective != rule.rule.from {
            let _ = write!(binds, " (effective {})", rule.rule.effective);
        }
        if let Some(reading) = rule.rule.reading {
            let _ = write!(binds, ", {} reading only", reading.word());
        }
        let mut kind = rule.rule.body.word().to_string();
        match &rule.rule.body {
            Body::Class { code } | Body::Exception { code, .. } => kind = format!("{kind} {code}"),
            Body::Policy { result, .. } => kind = format!("{kind} {}", result.word()),
            _ => {}
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {binds} | {} | {} |",
            rule.rule.id,
            cell(&kind),
            cell(&rule.rule.cite),
            rule.rule.sure.word(),
            cell(&rule.rule.text[0])
        );
    }
}

fn names_table(page: &mut String, pack: &Pack) {
    let mut rows = Vec::new();
    for block in &pack.blocks {
        match block {
            Block::Set(set) => {
                rows.push(format!(
                    "| `{}` | set | {} | {} |",
                    set.id,
                    cell(&set.cite),
                    cell(&set.text[0])
                ));
            }
            Block::Define(define) => {
                let mut says = define.text[0].clone();
                if let Some(through) = define.through {
                    let _ = write!(says, " ({} to {through})", define.from);
                }
                rows.push(format!(
                    "| `{}` | define | {} | {} |",
                    define.id,
                    cell(&define.cite),
                    cell(says.trim())
                ));
            }
            Block::Derive(derive) => {
                rows.push(format!("| `{}` | derive | {} | |", derive.fact.0, cell(&derive.cite)));
            }
            Block::Change(set, _, change) => rows.push(format!(
                "| `{set}` | change of {} | {} | |",
                change.date,
                cell(&change.cite)
            )),
            Block::Treat(treat) => rows.push(format!(
                "| `{}` | treat | {} | treated as {} |",
                treat.country,
                cell(&treat.cite),
                treat.treated_as
            )),
            _ => {}
        }
    }
    if !rows.is_empty() {
        let _ = write!(
            page,
            "\n| name | kind | citation | meaning |\n|---|---|---|---|\n{}\n",
            rows.join("\n")
        );
    }
}

fn status_table(page: &mut String, pack: &Pack) {
    let rows: Vec<String> = pack
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Status(status) => Some(status),
            _ => None,
        })
        .map(|status| {
            let rules: Vec<String> = status.scope.iter().map(|(id, _)| format!("`{id}`")).collect();
            let through = status.through.map_or(String::new(), |through| format!(" to {through}"));
            format!(
                "| {} | {}{through} | {} | {} | {} | {} |",
                status.state.word(),
                status.from,
                rules.join(", "),
                cell(&status.cite),
                status.sure.word(),
                cell(&status.text[0])
            )
        })
        .collect();
    if !rows.is_empty() {
        page.push_str(
            "\n| announced | when | rules | citation | sure | what was announced |\n\
             |---|---|---|---|---|---|\n",
        );
        page.push_str(&rows.join("\n"));
        page.push('\n');
    }
}

/// A text as the cell of a table: on one line, without bars and without what Markdown reads as
/// HTML.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_one_cell() {
        assert_eq!(cell("a | b\n  c < d"), "a \\| b c &lt; d");
    }

    #[test]
    fn the_shipped_law_has_a_row_for_every_rule() {
        let law = shipped_law().expect("the shipped law reads");
        let page = rules(&law);
        for (_, rule) in law.rules() {
            assert!(page.contains(&format!("| `{}` |", rule.rule.id)), "{}", rule.rule.id);
        }
    }
}

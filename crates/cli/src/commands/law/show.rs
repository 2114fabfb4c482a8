//! A pack, a rule or a set, rendered for reading: prose as it stands, rules as sentences.

use std::io::Write;

use anyhow::bail;
use jiff::civil::Date;
use law::diagnostic::did_you_mean;
use law::pack::{Body, Pack, Rule};
use law::text::grouped;
use law::{Country, Law, LawRule};

use crate::catalogue::Countries;
use crate::language::Language;
use crate::output::labels;
use crate::output::wrapping::generic;
use crate::{Common, Done};

/// Shows what has that name.
///
/// # Errors
/// Nothing has that name.
pub fn run(out: &mut dyn Write, law: &Law, name: &str, common: &Common) -> anyhow::Result<Done> {
    if let Some(pack) = law.packs().iter().find(|pack| pack.id == name || short(&pack.id) == name) {
        document(out, law, pack, common.lang)?;
        return Ok(Done::Good);
    }
    let rules: Vec<&LawRule> = law.rules_named(name).map(|(_, rule)| rule).collect();
    let rules = if rules.is_empty() { of_code(law, name) } else { rules };
    if !rules.is_empty() {
        for each in rules {
            let pack = &law.packs()[each.pack];
            writeln!(out, "{}  ({})", pack.title[common.lang as usize], pack.id)?;
            writeln!(out, "{}\n", each.rule.heading)?;
            rule(out, pack, each, common.lang)?;
        }
        return Ok(Done::Good);
    }
    if law.sets().iter().any(|set| set.id == name) {
        set(out, law, name, common.lang)?;
        return Ok(Done::Good);
    }
    if let Some(versions) = law.defines().get(name) {
        for define in versions {
            let value = law::changes::define_text(law, name, define.from.max(law.first_day()));
            let text = generic(&define.text[common.lang as usize]);
            writeln!(out, "{name}  {}\n  {text}", define.cite)?;
            writeln!(out, "  = {}", value.unwrap_or_default())?;
        }
        return Ok(Done::Good);
    }
    let known = law
        .packs()
        .iter()
        .map(|pack| pack.id.as_str())
        .chain(law.rules().map(|(_, rule)| rule.rule.id.as_str()))
        .chain(law.exception_codes().iter().chain(law.class_codes()).map(String::as_str))
        .chain(law.sets().iter().map(|set| set.id.as_str()));
    let hint = did_you_mean(name, known);
    let hint = if hint.is_empty() { "see `weir law list`".to_string() } else { hint };
    bail!("no pack, rule or set is called `{name}`\n\nhint: {hint}")
}

/// The rules of an exception's or a paragraph's code: those that make it, then those that name it.
fn of_code<'l>(law: &'l Law, code: &str) -> Vec<&'l LawRule> {
    let makes = |body: &Body| match body {
        Body::Exception { code: own, .. } | Body::Class { code: own } => own == code,
        _ => false,
    };
    let (made, others): (Vec<&LawRule>, Vec<&LawRule>) =
        law.rules().map(|(_, each)| each).partition(|each| makes(&each.rule.body));
    let named = |names: &[law::pack::Placed]| {
        let is_made = |name: &str| made.iter().any(|each| each.rule.id == name);
        names.iter().any(|(name, _)| name == code || is_made(name))
    };
    let names = |each: &&LawRule| match &each.rule.body {
        Body::Bar { bars: names, .. } | Body::Doubt { about: names, .. } => named(names),
        Body::Obligation(obligation) => named(&obligation.on),
        _ => false,
    };
    if made.is_empty() {
        return made;
    }
    let naming: Vec<&LawRule> = others.into_iter().filter(names).collect();
    made.into_iter().chain(naming).collect()
}

/// The last part of a pack's id.
fn short(id: &str) -> &str {
    id.rsplit('.').next().unwrap_or(id)
}

fn document(out: &mut dyn Write, law: &Law, pack: &Pack, language: Language) -> anyhow::Result<()> {
    let mut fence: Option<(String, usize)> = None;
    let mut at = 0;
    for line in pack.source.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        match (&fence, line.trim_end().strip_prefix("```toml ")) {
            (None, Some(word)) => fence = Some((word.trim().to_string(), start)),
            (Some((word, start)), None) if line.starts_with("```") => {
                block(out, law, pack, word, *start, language)?;
                fence = None;
            }
            (None, None) => write!(out, "{line}")?,
            (Some(_), _) => {}
        }
    }
    Ok(())
}

fn block(
    out: &mut dyn Write,
    law: &Law,
    pack: &Pack,
    word: &str,
    start: usize,
    language: Language,
) -> anyhow::Result<()> {
    if word == "pack" {
        let comply = pack.comply_by.map_or_else(String::new, |date| {
            format!(", {} {date}", language.pick("to be complied with from", "自此须遵守"))
        });
        return Ok(writeln!(
            out,
            "    {}\n    {} {}{comply}; {} {}",
            pack.title[language as usize],
            pack.cite,
            pack.effective,
            language.pick("checked through", "核对截至"),
            pack.verified_through
        )?);
    }
    let found = law
        .rules()
        .find(|(_, rule)| law.packs()[rule.pack].id == pack.id && rule.rule.span.start == start);
    if let Some((_, each)) = found {
        return rule(out, pack, each, language);
    }
    for set_block in law.sets().iter().filter(|set| set.span.start == start) {
        set(out, law, &set_block.id, language)?;
    }
    if word != "set" && word != "case" {
        let text = &pack.source.text[start..];
        for line in text.lines().skip(1).take_while(|line| !line.starts_with("```")) {
            writeln!(out, "    {}", generic(line))?;
        }
    }
    Ok(())
}

/// One rule: what it is, since when, how sure, what it says and where it holds.
fn rule(
    out: &mut dyn Write,
    pack: &Pack,
    each: &LawRule,
    language: Language,
) -> anyhow::Result<()> {
    let rule = &each.rule;
    let kind = labels::rule_kind(language, rule.body.word());
    let sure = labels::sure(language, rule.sure.word());
    writeln!(out, "    {kind} {}  [{sure}]", rule.id)?;
    writeln!(out, "    {}", rule.cite)?;
    writeln!(out, "    {}", days(rule, each.last, language))?;
    if !rule.text[language as usize].is_empty() {
        writeln!(out, "    {}", generic(&rule.text[language as usize]))?;
    }
    let keys = [language.pick("when", "适用于"), language.pick("unless", "除非")];
    for (key, expr) in keys.into_iter().zip([&rule.when, &rule.unless]) {
        if let Some(expr) = expr {
            let text = pack.source.text[expr.span.clone()]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            writeln!(out, "      {key}: {text}")?;
        }
    }
    let names = |placed: &[law::pack::Placed]| {
        placed.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    };
    match &rule.body {
        Body::Requirement { overcome_by, .. } if !overcome_by.is_empty() => {
            writeln!(
                out,
                "      {}: {}",
                language.pick("overcome by", "可由例外克服"),
                names(overcome_by)
            )?;
        }
        Body::Policy { requirements, result, .. } => {
            writeln!(out, "      {} → {}", names(requirements), language.policy(*result))?;
        }
        Body::Doubt { about, .. } if !about.is_empty() => {
            writeln!(out, "      {}: {}", language.pick("about", "涉及"), names(about))?;
        }
        Body::Obligation(obligation) => {
            let kind = labels::duty_kind(language, &obligation.kind);
            writeln!(out, "      {kind}: {}", obligation.due[language as usize])?;
        }
        Body::Quota(quota) => {
            for step in &quota.steps {
                let limit = &pack.source.text[step.limit.span.clone()];
                let limit = law::Num::parse(limit).map_or_else(|_| limit.to_string(), grouped);
                writeln!(out, "      {} – {}: {limit} {}", step.from, step.through, quota.unit)?;
            }
        }
        _ => {}
    }
    Ok(writeln!(out)?)
}

fn days(rule: &Rule, last: Option<Date>, language: Language) -> String {
    let mut text = if rule.effective == rule.from {
        format!("{} {}", language.pick("from", "自"), rule.from)
    } else {
        format!(
            "{} {}, {} {}",
            language.pick("in force from", "生效于"),
            rule.effective,
            language.pick("binds from", "自此须遵守"),
            rule.from
        )
    };
    if let Some(last) = last {
        text.push_str(&format!(" {} {last}", language.pick("through", "至")));
    }
    if let Some(reading) = rule.reading {
        text.push_str(&match language {
            Language::En => format!(", {} reading only", reading.word()),
            Language::Zh => format!("，仅{}", labels::only_in(language, reading)),
        });
    }
    text
}

fn set(out: &mut dyn Write, law: &Law, name: &str, language: Language) -> anyhow::Result<()> {
    let Some(set) = law.sets().iter().find(|set| set.id == name) else { return Ok(()) };
    let today = law.verified_through();
    let members: Vec<Country> = law.members(name, today).iter().collect();
    writeln!(out, "    {} — {}", set.id, set.cite)?;
    if !set.text[language as usize].is_empty() {
        writeln!(out, "    {}", set.text[language as usize])?;
    }
    let list: Vec<String> = members.iter().map(|country| named(*country, language)).collect();
    let on = language.pick("members on", "成员，截至");
    writeln!(out, "    {} {on} {today}: {}", members.len(), list.join(", "))?;
    for change in &set.changes {
        let shown = |sign: &str, countries: &[Country]| -> Vec<String> {
            countries.iter().map(|country| format!("{sign}{}", named(*country, language))).collect()
        };
        let mut parts = shown("+", &change.add);
        parts.extend(shown("−", &change.remove));
        writeln!(
            out,
            "      {}  {}  {} [{}]",
            change.date,
            parts.join(", "),
            change.cite,
            labels::sure(language, change.sure.word())
        )?;
    }
    Ok(writeln!(out)?)
}

/// A country's code and name.
pub fn named(country: Country, language: Language) -> String {
    let code = country.to_string();
    let name = Countries::embedded().name(&code, language).to_string();
    if name == code { code } else { format!("{code} {name}") }
}

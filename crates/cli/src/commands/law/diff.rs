//! What changed between two days, and what other packs would change in an order book.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use jiff::civil::Date;
use law::changes::{Changes, changes};
use law::decide::Desk;
use law::eval::Memory;
use law::{Country, Determination, Facts, Law, Reading, RuleId};

use crate::catalogue::{Chips, Countries, Parts};
use crate::commands::check;
use crate::commands::law::show::named;
use crate::input::rows::{Order, Reader};
use crate::input::{self, Form};
use crate::language::Language;
use crate::output::labels;
use crate::output::wrapping::generic;
use crate::wording::Phrasebook;
use crate::{Common, Done, loading};

/// Compares two days (`2025-05-14 2025-05-15`), or two laws (`shipped scenario.md`).
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The first day, or `shipped`, or packs that join the program's own.
    before: String,
    /// The second day, or `shipped`, or packs that join the program's own.
    after: String,
    /// An order book to decide under both laws.
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,
    /// More vendor tables, as `weir chips import` writes them.
    #[arg(long, value_name = "FILE")]
    parts: Vec<PathBuf>,
}

/// Runs the comparison.
///
/// # Errors
/// A day with a law, or a law without an order book.
pub fn run(out: &mut dyn Write, args: &Args, common: &Common) -> anyhow::Result<Done> {
    let days = (args.before.parse::<Date>(), args.after.parse::<Date>());
    match (days, &args.orders) {
        ((Ok(before), Ok(after)), None) => {
            let law = common.law()?;
            between_days(out, &law, before, after, common.lang)?;
        }
        ((Err(_), Err(_)), Some(orders)) => {
            let (before, after) =
                (named_law(&args.before, common)?, named_law(&args.after, common)?);
            between_laws(out, [&before, &after], orders, &args.parts, common)?;
        }
        ((Ok(_), Ok(_)), Some(_)) => bail!(
            "`--orders` compares two laws, not two days\n\nhint: name packs, for instance: weir law diff \
             shipped scenario.md --orders orders.csv"
        ),
        _ => bail!(
            "`{}` and `{}` are neither two days nor two laws with an order book\n\nhint: weir law diff \
             2025-05-14 2025-05-15, or weir law diff shipped scenario.md --orders orders.csv",
            args.before,
            args.after
        ),
    }
    Ok(Done::Good)
}

fn named_law(name: &str, common: &Common) -> anyhow::Result<Law> {
    let mut paths = common.law.clone();
    if name != "shipped" {
        let path = PathBuf::from(name);
        if !path.exists() {
            bail!("`{name}` is neither `shipped` nor a pack or a folder of packs");
        }
        paths.push(path);
    }
    loading::law(&paths, &common.assume, common.lang)
}

// --- Two days ---

fn between_days(
    out: &mut dyn Write,
    law: &Law,
    before: Date,
    after: Date,
    language: Language,
) -> anyhow::Result<()> {
    writeln!(out, "{before} → {after}")?;
    let found = changes(law, before, after);
    if found.is_empty() {
        writeln!(out, "{}", language.pick("nothing changed in the packs", "规则包无变化"))?;
    }
    rules(out, law, &found, language)?;
    for difference in &found.sets {
        let list = |countries: &[Country]| {
            countries.iter().map(|it| named(*it, language)).collect::<Vec<_>>().join(", ")
        };
        for (sign, countries) in [("+", &difference.joined), ("−", &difference.left)] {
            if !countries.is_empty() {
                let cites = difference.cites.join("; ");
                writeln!(out, "  {} {sign} {}  ({cites})", difference.set, list(countries))?;
            }
        }
    }
    for (name, was, is) in &found.defines {
        let none = || language.pick("(none)", "（无）").to_string();
        writeln!(out, "  {name}")?;
        writeln!(out, "    − {}", was.clone().unwrap_or_else(none))?;
        writeln!(out, "    + {}", is.clone().unwrap_or_else(none))?;
    }
    numbers(out, &found, language)?;
    let chips = Chips::embedded(law.vocabulary())?;
    moved_chips(out, law, &chips, before, after, language)?;
    moved_countries(out, law, &chips, before, after, language)
}

fn rules(
    out: &mut dyn Write,
    law: &Law,
    found: &Changes,
    language: Language,
) -> anyhow::Result<()> {
    let mut section = |title: &str, rules: &[RuleId], sign: &str| -> anyhow::Result<()> {
        if rules.is_empty() {
            return Ok(());
        }
        writeln!(out, "{title}")?;
        for id in rules {
            let rule = law.rule(*id);
            let kind = labels::rule_kind(language, rule.body.word());
            writeln!(out, "  {sign} {kind} {}  {}", rule.id, rule.cite)?;
            let by = found.replaced.iter().filter(|(ended, _)| sign == "−" && ended == id);
            for (_, by) in by {
                let by = law.rule(*by);
                let word = language.pick("replaced by", "由此取代：");
                writeln!(out, "      {word} {}  {}", by.id, by.cite)?;
            }
            let text = &rule.text[language as usize];
            if !text.is_empty() {
                writeln!(out, "      {}", generic(text))?;
            }
        }
        Ok(())
    };
    section(language.pick("rules that begin", "开始适用的规则"), &found.begun, "+")?;
    section(language.pick("rules that end", "不再适用的规则"), &found.ended, "−")?;
    for (title, list) in [
        (language.pick("rules that an announcement reaches", "受公告影响的规则"), &found.announced),
        (
            language.pick("rules that an announcement no longer reaches", "不再受公告影响的规则"),
            &found.lifted,
        ),
    ] {
        if !list.is_empty() {
            writeln!(out, "{title}")?;
        }
        for (id, status) in list {
            let status = law.status(*status);
            let state = labels::state(language, status.state.word());
            writeln!(out, "  {} ({state}): {}", law.rule(*id).id, status.cite)?;
        }
    }
    if !found.sets.is_empty() || !found.defines.is_empty() {
        writeln!(out, "{}", language.pick("sets and definitions", "国家组与定义"))?;
    }
    Ok(())
}

/// The fixed numbers of paragraphs that changed; those of defines are in their texts.
fn numbers(out: &mut dyn Write, found: &Changes, language: Language) -> anyhow::Result<()> {
    let told = |name: &str| found.defines.iter().any(|(known, ..)| known == name);
    let mut differences = found.thresholds.iter().filter(|each| !told(&each.name)).peekable();
    if differences.peek().is_some() {
        writeln!(out, "{}", language.pick("thresholds of paragraphs", "条目的门槛"))?;
    }
    for difference in differences {
        writeln!(out, "  {}", difference.name)?;
        for (sign, list) in [("−", &difference.gone), ("+", &difference.new)] {
            if !list.is_empty() {
                writeln!(out, "    {sign} {}", list.join(", "))?;
            }
        }
    }
    Ok(())
}

fn chip_facts(law: &Law, facts: &[(law::FactId, law::Value)], date: Date) -> Facts {
    let mut out = Facts::new(law.vocabulary());
    facts.iter().for_each(|(fact, value)| out.set(*fact, Some(value.clone())));
    out.set(law.date_fact(), Some(law::Value::Date(date)));
    out
}

fn codes(law: &Law, facts: &Facts) -> Vec<String> {
    let mut complete = facts.clone();
    complete.complete(law.vocabulary(), law.defaults());
    let found = law.decide(&complete, None, &mut Desk::default());
    let codes = found.map(|found| found.classification).unwrap_or_default();
    codes.iter().filter_map(|code| law.class_codes().get(usize::from(*code)).cloned()).collect()
}

fn moved_chips(
    out: &mut dyn Write,
    law: &Law,
    chips: &Chips,
    before: Date,
    after: Date,
    language: Language,
) -> anyhow::Result<()> {
    let mut moves: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for chip in chips.iter() {
        let on = |date| codes(law, &chip_facts(law, &chip.facts, date)).join(", ");
        let (was, is) = (on(before), on(after));
        if was != is {
            moves.entry((was, is)).or_default().push(&chip.sku);
        }
    }
    if moves.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", language.pick("chips that move", "分类改变的芯片"))?;
    let none = |code: &str| {
        if code.is_empty() { language.pick("none", "无").to_string() } else { code.to_string() }
    };
    for ((was, is), skus) in moves {
        writeln!(out, "  {} → {} ({}): {}", none(&was), none(&is), skus.len(), skus.join(", "))?;
    }
    Ok(())
}

/// Where a sale of three chips to a local private company with nothing against it comes out
/// otherwise.
fn moved_countries(
    out: &mut dyn Write,
    law: &Law,
    chips: &Chips,
    before: Date,
    after: Date,
    language: Language,
) -> anyhow::Result<()> {
    let mut told = false;
    for sku in ["nvidia-h100-sxm", "amd-mi210", "nvidia-rtx-4090"] {
        let Some(chip) = chips.find(sku) else { continue };
        let mut moves: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for code in Countries::embedded().codes() {
            let on = |date| clean_sale(law, &chip.facts, code, date, language);
            if let (Some(was), Some(is)) = (on(before), on(after))
                && was != is
            {
                moves.entry((was, is)).or_default().push(code.to_string());
            }
        }
        if moves.is_empty() {
            continue;
        }
        if !std::mem::replace(&mut told, true) {
            writeln!(
                out,
                "{}",
                language.pick(
                    "where a sale of 5,000 to a local private company comes out otherwise",
                    "向当地私营公司销售 5,000 件时结果改变的国家"
                )
            )?;
        }
        for ((was, is), countries) in moves {
            let list = if countries.len() > 24 {
                format!("{} …", countries[..24].join(" "))
            } else {
                countries.join(" ")
            };
            writeln!(out, "  {sku}: {was} → {is} ({}): {list}", countries.len())?;
        }
    }
    Ok(())
}

fn clean_sale(
    law: &Law,
    chip: &[(law::FactId, law::Value)],
    code: &str,
    date: Date,
    language: Language,
) -> Option<String> {
    let mut facts = chip_facts(law, chip, date);
    for (name, value) in [
        ("destination", code),
        ("quantity", "5000"),
        ("exporter.hq", "US"),
        ("exporter.role", "distributor"),
        ("exporter.informed", "none"),
        ("end_user.location", code),
        ("end_user.hq", code),
        ("end_user.parent_hq", code),
        ("end_user.sector", "private"),
        ("end_user.listed", "none"),
        ("end_user.listed_share", "0"),
        ("end_user.approved_under", "none"),
        ("end_use", "civil"),
        ("authorization", "none"),
        ("certifications", "none"),
        ("lpp_used_tpp", "0"),
        ("country_used_tpp", "0"),
    ] {
        let id = law.vocabulary().find(name)?;
        facts.set(id, law.vocabulary().fact(id).parse(value).ok()?);
    }
    facts.complete(law.vocabulary(), law.defaults());
    let found = law.decide(&facts, None, &mut Desk::default())?;
    Some(short(law, &found, language))
}

/// An answer in a few words: both readings where they differ.
fn short(law: &Law, found: &Determination, language: Language) -> String {
    let of = |reading: Reading| {
        let answer = found.reading(reading);
        let mut text = language.outcome(answer.outcome).to_string();
        let codes: Vec<&str> = answer
            .exceptions
            .iter()
            .filter_map(|code| law.exception_codes().get(usize::from(*code)).map(String::as_str))
            .collect();
        if !codes.is_empty() {
            text.push_str(&format!(" {}", codes.join(" ")));
        }
        if let Some(policy) = answer.policy {
            text.push_str(&format!(", {}", language.policy(policy)));
        }
        text
    };
    let (written, enforced) = (of(Reading::Written), of(Reading::Enforced));
    if written == enforced { written } else { format!("{written} | {enforced}") }
}

// --- Two laws ---

fn between_laws(
    out: &mut dyn Write,
    laws: [&Law; 2],
    orders: &Path,
    parts: &[PathBuf],
    common: &Common,
) -> anyhow::Result<()> {
    let language = common.lang;
    let parts = Parts::new(parts.to_vec());
    // A table that cannot be read is told before the first line, not on every line.
    parts.find("")?;
    let [before, after] =
        [decided(laws[0], orders, &parts, common)?, decided(laws[1], orders, &parts, common)?];
    let books = laws.map(|law| Phrasebook::new(law, language));
    let (mut moved, mut errors) = (0, 0);
    let mut kinds: BTreeMap<(String, String), u64> = BTreeMap::new();
    for ((order, was), (order_after, is)) in before.iter().zip(&after) {
        let (Some(was), Some(is)) = (was, is) else {
            errors += 1;
            continue;
        };
        let shown = [short(laws[0], was, language), short(laws[1], is, language)];
        if shown[0] == shown[1] {
            continue;
        }
        moved += 1;
        writeln!(out, "{}  {} → {}", order.id, shown[0], shown[1])?;
        let links = [links(&books[0], was, order), links(&books[1], is, order_after)];
        for (sign, own, other) in [("−", &links[0], &links[1]), ("+", &links[1], &links[0])] {
            for (rule, cite, text) in own.iter().filter(|link| !other.contains(link)) {
                let cite = if cite.is_empty() { rule } else { cite };
                writeln!(out, "    {sign} {cite}: {text}")?;
            }
        }
        *kinds.entry((shown[0].clone(), shown[1].clone())).or_default() += 1;
    }
    writeln!(
        out,
        "{moved} {} {}",
        language.pick("lines change out of", "行改变，共"),
        before.len()
    )?;
    for ((was, is), count) in kinds {
        writeln!(out, "  {count:>6}  {was} → {is}")?;
    }
    if errors > 0 {
        common.warn(&format!("{errors} lines could not be decided; see `weir check`"));
    }
    Ok(())
}

type Chain = Vec<(String, String, String)>;

fn links(book: &Phrasebook, found: &Determination, order: &Order) -> Chain {
    let mut memory = Memory::default();
    let worded = book.word(found, &order.facts, &mut memory);
    let mut chain = Chain::new();
    for answer in &worded.readings {
        for link in answer.because.iter().chain(&answer.doubts) {
            let link = (link.rule.to_string(), link.cite.to_string(), link.text.to_string());
            if !chain.contains(&link) {
                chain.push(link);
            }
        }
    }
    chain
}

/// Every line of an order book, decided in order.
fn decided(
    law: &Law,
    path: &Path,
    parts: &Parts,
    common: &Common,
) -> anyhow::Result<Vec<(Order, Option<Determination>)>> {
    if path == Path::new("-") {
        return Err(anyhow!("`--orders -` cannot be read twice\n\nhint: name a file"));
    }
    let chips = Chips::embedded(law.vocabulary())?;
    let mut orders = input::open(path)?;
    let (columns, _) = check::header(&mut orders, law, common)?;
    let delimiter = match orders.form {
        Form::Csv(delimiter) => delimiter,
        Form::JsonLines => b',',
    };
    let reader = Reader::new(law, &chips, parts, columns.as_ref(), delimiter, false);
    let mut scratch = reader.scratch();
    let (mut desk, mut carry) = (Desk::default(), law::Carry::default());
    let mut lines = Vec::new();
    while let Some(record) = orders.records.next_record()? {
        let order = reader.read(&record, lines.len() as u64 + 1, &mut scratch);
        let found = match &order.error {
            Some(_) => None,
            None => law.decide(&order.facts, Some(&carry), &mut desk),
        };
        found.iter().for_each(|found| carry.add(found));
        lines.push((order, found));
    }
    Ok(lines)
}

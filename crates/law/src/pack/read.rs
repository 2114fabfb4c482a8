//! Reads a document into its blocks, with every mistake of form and its place.

use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{
    Block, Body, Case, Define, Derive, Group, Obligation, Pack, Placed, Policy, Quota, QuotaKind,
    Reading, Rule, Set, SetChange, State, Status, Step, Sure, Treat,
};
use crate::country::Country;
use crate::diagnostic::{Diagnostic, Source, did_you_mean};
use crate::expr::Expr;
use crate::fields::{Fields, Item, TomlValue};

/// The warning of texts that have no Chinese.
const NO_CHINESE: &str = "no-chinese";

const BLOCKS: [&str; 17] = [
    "pack",
    "set",
    "change",
    "treat",
    "derive",
    "define",
    "class",
    "requirement",
    "exception",
    "bar",
    "doubt",
    "policy",
    "quota",
    "obligation",
    "flag",
    "status",
    "case",
];

impl Sure {
    pub(super) fn read(fields: &mut Fields, default: Option<Sure>) -> Sure {
        let word = match default {
            Some(default) => match fields.optional_placed_text("sure") {
                None => return default,
                Some((word, span)) => {
                    if !Sure::WORDS.contains(&word.as_str()) {
                        let message = format!("`sure` cannot be `{word}`");
                        let error =
                            Diagnostic::error("unknown-word", fields.source(), span, message)
                                .hint(did_you_mean(&word, Sure::WORDS));
                        fields.push(error);
                    }
                    word
                }
            },
            None => fields.one_of("sure", &Sure::WORDS),
        };
        match word.as_str() {
            "official" => Sure::Official,
            "quoted" => Sure::Quoted,
            "secondary" => Sure::Secondary,
            "memory" => Sure::Memory,
            _ => Sure::Inferred,
        }
    }
}

impl Pack {
    /// Reads a document. `None` where it has no `pack` block (an ordinary page).
    pub fn read(source: &Arc<Source>) -> (Option<Pack>, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let fences = fences(&source.text);
        let Some(first) = fences.first() else { return (None, diagnostics) };
        if first.word != "pack" {
            diagnostics.push(
                Diagnostic::error(
                    "no-pack",
                    source,
                    first.info.clone(),
                    "the first block is not `pack`",
                )
                .hint("begin with ```toml pack, which says what the document is"),
            );
            return (None, diagnostics);
        }
        let mut fields = Fields::read(source, first.body.clone(), &mut diagnostics);
        let mut pack = Pack {
            id: fields.text("id"),
            title: needed_texts(&mut fields, "title", "title_zh"),
            cite: fields.text("cite"),
            published: fields.optional_date("published"),
            effective: fields.date("effective"),
            comply_by: fields.optional_date("comply_by"),
            verified_through: fields.date("verified_through"),
            sure: Sure::read(&mut fields, None),
            hypothetical: fields.optional_bool("hypothetical").unwrap_or(false),
            source: Arc::clone(source),
            blocks: Vec::new(),
            span: first.info.clone(),
        };
        fields.finish(&mut diagnostics);
        for fence in &fences[1..] {
            if !BLOCKS.contains(&fence.word.as_str()) || fence.word == "pack" {
                let message = match fence.word.as_str() {
                    "pack" => "a document has one `pack` block".to_string(),
                    word => format!("there is no `{word}` block"),
                };
                diagnostics.push(
                    Diagnostic::error("unknown-block", source, fence.info.clone(), message)
                        .hint(did_you_mean(&fence.word, BLOCKS)),
                );
                continue;
            }
            let mut fields = Fields::read(source, fence.body.clone(), &mut diagnostics);
            let block = read_block(&pack, fence, &mut fields);
            fields.finish(&mut diagnostics);
            pack.blocks.extend(block);
        }
        count_untranslated(&mut diagnostics);
        (Some(pack), diagnostics)
    }
}

/// A fenced block ```` ```toml WORD ````.
struct Fence {
    word: String,
    info: Range<usize>,
    body: Range<usize>,
    heading: String,
}

fn fences(text: &str) -> Vec<Fence> {
    let mut fences: Vec<Fence> = Vec::new();
    let mut heading = String::new();
    let (mut in_heading, mut open) = (false, None::<(String, Range<usize>)>);
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                in_heading = level <= HeadingLevel::H4;
                heading.clear();
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Text(part) | Event::Code(part) if in_heading => heading.push_str(&part),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                if let Some(word) = info.trim().strip_prefix("toml ") {
                    let end =
                        text[range.start..].find('\n').map_or(range.end, |at| range.start + at);
                    open = Some((word.trim().to_string(), range.start..end));
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((word, info)) = open.take() {
                    let start = (info.end + 1).min(text.len());
                    let body = &text[start..range.end.max(start)];
                    let length = body.rfind("```").unwrap_or(body.len());
                    fences.push(Fence {
                        word,
                        info,
                        body: start..start + length,
                        heading: heading.clone(),
                    });
                }
            }
            _ => {}
        }
    }
    fences
}

fn read_block(pack: &Pack, fence: &Fence, fields: &mut Fields) -> Option<Block> {
    let span = fence.info.clone();
    Some(match fence.word.as_str() {
        "set" => Block::Set(read_set(pack, fields, span)),
        "change" => {
            let set = fields.text("set");
            Block::Change(set, span, read_change(pack, fields))
        }
        "treat" => Block::Treat(read_treat(fields)?),
        "derive" => Block::Derive(read_derive(fields, span)?),
        "define" => Block::Define(read_define(pack, fields, span)?),
        "status" => Block::Status(read_status(pack, fields, span)),
        "case" => {
            let name = fields.text("name");
            fields.optional_text("why");
            let given = flattened(fields, "given");
            let expect = flattened(fields, "expect");
            Block::Case(Case { name, given, expect, span })
        }
        word => Block::Rule(Box::new(read_rule(pack, fence, word, fields, span)?)),
    })
}

fn read_treat(fields: &mut Fields) -> Option<Treat> {
    let country = country(fields, "country");
    let treated_as = country_as(fields);
    Some(Treat { country: country?, treated_as: treated_as?, cite: fields.text("cite") })
}

fn read_derive(fields: &mut Fields, span: Range<usize>) -> Option<Derive> {
    let fact = placed(fields, "fact");
    let value = fields.optional_expr("value");
    let when = fields.optional_expr("when");
    let cite = fields.text("cite");
    fields.optional_text("text");
    fields.optional_text("text_zh");
    Some(Derive { fact: fact?, value: needed(fields, "value", value)?, when, cite, span })
}

fn read_define(pack: &Pack, fields: &mut Fields, span: Range<usize>) -> Option<Define> {
    let value = fields.optional_expr("value");
    let id = fields.text("id");
    let cite = fields.text("cite");
    let text = texts(fields);
    let from = fields.optional_date("from");
    let through = fields.optional_date("through");
    Sure::read(fields, Some(pack.sure));
    let value = needed(fields, "value", value)?;
    Some(Define { id, value, cite, text, from: from.unwrap_or(Date::MIN), through, span })
}

fn read_status(pack: &Pack, fields: &mut Fields, span: Range<usize>) -> Status {
    Status {
        state: match fields.one_of("state", &State::WORDS).as_str() {
            "stayed" => State::Stayed,
            "not_enforced" => State::NotEnforced,
            "repealed" => State::Repealed,
            _ => State::Uncertain,
        },
        from: fields.date("from"),
        through: fields.optional_date("through"),
        scope: fields.optional_placed_texts("scope").unwrap_or_default(),
        cite: fields.text("cite"),
        text: needed_texts(fields, "text", "text_zh"),
        sure: Sure::read(fields, Some(pack.sure)),
        span,
    }
}

fn read_rule(
    pack: &Pack,
    fence: &Fence,
    word: &str,
    fields: &mut Fields,
    span: Range<usize>,
) -> Option<Rule> {
    let id = fields.text("id");
    let cite = fields.text("cite");
    if cite.trim().is_empty() && !fields.has_error_about("cite") {
        fields.error("missing-citation", format!("the {word} `{id}` cites nothing"));
    }
    let text = texts(fields);
    let told = !matches!(word, "bar" | "quota");
    if told && text[0].is_empty() {
        fields.error("missing-text", format!("the {word} `{id}` needs `text`"));
    }
    let effective = fields.optional_date("effective");
    let from = fields.optional_date("from");
    let effective_or =
        effective.unwrap_or_else(|| from.map_or(pack.effective, |from| from.min(pack.effective)));
    let rule = Rule {
        from: from.unwrap_or_else(|| match (effective, pack.comply_by) {
            (None, Some(comply_by)) => comply_by,
            (Some(effective), Some(comply_by)) => effective.max(comply_by),
            _ => effective_or,
        }),
        effective: effective_or,
        through: fields.optional_date("through"),
        when: fields.optional_expr("when"),
        unless: fields.optional_expr("unless"),
        reading: read_reading(fields),
        replaces: fields.optional_placed_texts("replaces").unwrap_or_default(),
        sure: Sure::read(fields, Some(pack.sure)),
        body: read_body(word, fields)?,
        id,
        cite,
        text,
        span,
        heading: fence.heading.clone(),
    };
    if rule.through.is_some_and(|through| through < rule.from) {
        fields.error("dates", format!("`{}` ends before it binds, so it can never hold", rule.id));
    }
    Some(rule)
}

fn read_reading(fields: &mut Fields) -> Option<Reading> {
    let (word, span) = fields.optional_placed_text("reading")?;
    match word.as_str() {
        "written" => Some(Reading::Written),
        "enforced" => Some(Reading::Enforced),
        _ => {
            let message = format!("`reading` cannot be `{word}`");
            let error = Diagnostic::error("unknown-word", fields.source(), span, message)
                .hint("one of `written`, `enforced`; leave it out for both");
            fields.push(error);
            None
        }
    }
}

fn read_body(word: &str, fields: &mut Fields) -> Option<Body> {
    Some(match word {
        "class" => Body::Class { code: fields.text("code") },
        "requirement" => Body::Requirement {
            group: match fields.one_of("group", &Group::WORDS).as_str() {
                "party" => Group::Party,
                "end_use" => Group::EndUse,
                "embargo" => Group::Embargo,
                "letter" => Group::Letter,
                "destination" => Group::Destination,
                "headquarters" => Group::Headquarters,
                _ => Group::Item,
            },
            about: fields.optional_expr("about"),
            otherwise: optional_texts(fields, "otherwise", "otherwise_zh"),
            overcome_by: fields.optional_placed_texts("overcome_by").unwrap_or_default(),
        },
        "exception" => Body::Exception {
            code: fields.text("code"),
            draws: fields.optional_placed_texts("draws").unwrap_or_default(),
        },
        "bar" => Body::Bar {
            bars: fields.optional_placed_texts("bars").unwrap_or_default(),
            spares: fields.optional_placed_texts("spares").unwrap_or_default(),
        },
        "doubt" => Body::Doubt {
            about: fields.optional_placed_texts("about").unwrap_or_default(),
            blocking: fields.optional_bool("blocking").unwrap_or(true),
        },
        "policy" => Body::Policy {
            requirements: fields.optional_placed_texts("for").unwrap_or_default(),
            result: match fields.one_of("result", &Policy::WORDS).as_str() {
                "presumption_of_approval" => Policy::PresumptionOfApproval,
                "case_by_case" => Policy::CaseByCase,
                "presumption_of_denial" => Policy::PresumptionOfDenial,
                _ => Policy::PolicyOfDenial,
            },
            rank: fields.optional_int("rank").unwrap_or(100),
            draws: fields.optional_placed_texts("draws").unwrap_or_default(),
        },
        "quota" => Body::Quota(Box::new(read_quota(fields)?)),
        "obligation" => Body::Obligation(Box::new(read_obligation(fields))),
        _ => Body::Flag,
    })
}

fn read_quota(fields: &mut Fields) -> Option<Quota> {
    let kind = match fields.one_of("kind", &QuotaKind::WORDS).as_str() {
        "cumulative" => QuotaKind::Cumulative,
        "calendar_year" => QuotaKind::CalendarYear,
        "installed_base" => QuotaKind::InstalledBase,
        _ => QuotaKind::Ratio,
    };
    let used = placed(fields, "used");
    let amount = fields.optional_expr("amount");
    let limit = fields.optional_expr("limit");
    let mut steps = Vec::new();
    for mut step in fields.tables("step") {
        let (from, through) = (step.date("from"), step.date("through"));
        if let Some(limit) = step.optional_expr("limit") {
            steps.push(Step { from, through, limit });
        }
        let mut errors = Vec::new();
        step.finish(&mut errors);
        errors.into_iter().for_each(|error| fields.push(error));
    }
    if limit.is_none() == steps.is_empty() {
        fields.error("missing-key", "a quota needs either `limit` or `[[step]]` tables");
    }
    let base = if kind == QuotaKind::Ratio {
        let base = placed(fields, "base");
        let base_amount = fields.optional_expr("base_amount");
        Some((base?, needed(fields, "base_amount", base_amount)?))
    } else {
        None
    };
    Some(Quota {
        kind,
        used: used?,
        amount: needed(fields, "amount", amount)?,
        limit,
        steps,
        base,
        key: fields.optional_placed_texts("key").unwrap_or_default(),
        base_when: if kind == QuotaKind::Ratio { fields.optional_expr("base_when") } else { None },
        base_key: match kind {
            QuotaKind::Ratio => fields.optional_placed_texts("base_key").unwrap_or_default(),
            _ => Vec::new(),
        },
        raised: fields.optional_placed_text("raised"),
        consolidated: fields.optional_bool("consolidated").unwrap_or(false),
        unit: fields.optional_text("unit").unwrap_or_default(),
    })
}

fn read_obligation(fields: &mut Fields) -> Obligation {
    let due_on = fields.optional_placed_texts("due_on").unwrap_or_default();
    let mut days = Vec::new();
    for (text, span) in due_on {
        let day = text
            .split_once('-')
            .and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)))
            .filter(|(month, day)| Date::new(2024, *month, *day).is_ok());
        match day {
            Some(day) => days.push(day),
            None => {
                let message = format!("`{text}` is not a day of the year");
                let error = Diagnostic::error("wrong-type", fields.source(), span, message)
                    .hint("write \"02-01\" for 1 February");
                fields.push(error);
            }
        }
    }
    Obligation {
        on: fields.optional_placed_texts("on").unwrap_or_default(),
        kind: fields.one_of("kind", &["certify", "notify", "report", "record", "document"]),
        done: fields.optional_expr("done"),
        due: needed_texts(fields, "due", "due_zh"),
        due_days: fields.optional_int("due_days"),
        due_on: days,
    }
}

fn read_set(pack: &Pack, fields: &mut Fields, span: Range<usize>) -> Set {
    let mut changes = Vec::new();
    for mut change in fields.tables("change") {
        changes.push(read_change(pack, &mut change));
        let mut errors = Vec::new();
        change.finish(&mut errors);
        errors.into_iter().for_each(|error| fields.push(error));
    }
    Sure::read(fields, Some(pack.sure));
    Set {
        id: fields.text("id"),
        cite: fields.text("cite"),
        text: texts(fields),
        members: countries(fields, "members"),
        include: fields.optional_placed_texts("include").unwrap_or_default(),
        exclude: fields.optional_placed_texts("exclude").unwrap_or_default(),
        changes,
        span,
    }
}

fn read_change(pack: &Pack, fields: &mut Fields) -> SetChange {
    texts(fields);
    SetChange {
        date: fields.date("date"),
        add: countries(fields, "add"),
        remove: countries(fields, "remove"),
        cite: fields.text("cite"),
        sure: Sure::read(fields, Some(pack.sure)),
    }
}

fn texts(fields: &mut Fields) -> [String; 2] {
    optional_texts(fields, "text", "text_zh")
}

fn optional_texts(fields: &mut Fields, key: &'static str, key_zh: &'static str) -> [String; 2] {
    let english = fields.optional_text(key).unwrap_or_default();
    in_both(fields, english, key_zh)
}

fn needed_texts(fields: &mut Fields, key: &'static str, key_zh: &'static str) -> [String; 2] {
    let english = fields.text(key);
    in_both(fields, english, key_zh)
}

/// A text in English and Chinese; where a pack has no Chinese, its English stands in.
fn in_both(fields: &mut Fields, english: String, key_zh: &'static str) -> [String; 2] {
    let chinese = fields.optional_text(key_zh).filter(|text| !text.is_empty());
    if chinese.is_none() && !english.is_empty() && !fields.has_error_about(key_zh) {
        let source = Arc::clone(fields.source());
        fields.push(Diagnostic::error(NO_CHINESE, &source, fields.span(), "").warning());
    }
    [english.clone(), chinese.unwrap_or(english)]
}

/// One warning for all texts of a document that have no Chinese, where the first of them stands.
fn count_untranslated(diagnostics: &mut Vec<Diagnostic>) {
    let is_one = |diagnostic: &Diagnostic| diagnostic.code == NO_CHINESE;
    let Some(first) = diagnostics.iter().find(|it| is_one(it)).cloned() else { return };
    let count = diagnostics.iter().filter(|it| is_one(it)).count();
    diagnostics.retain(|it| !is_one(it));
    let message = format!("the pack lacks Chinese for {count} of its texts; the English stands in");
    let hint = "give `title_zh`, `text_zh`, `otherwise_zh`, `due_zh`";
    diagnostics.push(Diagnostic { message, ..first }.label("the first one").hint(hint));
}

fn placed(fields: &mut Fields, key: &'static str) -> Option<Placed> {
    let placed = fields.optional_placed_text(key);
    if placed.is_none() {
        fields.error("missing-key", format!("`{key}` is missing"));
    }
    placed
}

fn needed(fields: &mut Fields, key: &str, value: Option<Expr>) -> Option<Expr> {
    if value.is_none() {
        fields.error("missing-key", format!("`{key}` is missing or cannot be read"));
    }
    value
}

fn countries(fields: &mut Fields, key: &'static str) -> Vec<Country> {
    let mut countries = Vec::new();
    for (code, span) in fields.optional_placed_texts(key).unwrap_or_default() {
        match Country::parse(&code).filter(|country| country.is_assigned()) {
            Some(country) => countries.push(country),
            None => fields.push(bad_country(fields.source(), &code, span)),
        }
    }
    countries
}

fn country(fields: &mut Fields, key: &'static str) -> Option<Country> {
    let (code, span) = placed(fields, key)?;
    let country = Country::parse(&code).filter(|country| country.is_assigned());
    if country.is_none() {
        fields.push(bad_country(fields.source(), &code, span));
    }
    country
}

fn country_as(fields: &mut Fields) -> Option<Country> {
    country(fields, "as")
}

fn bad_country(source: &Arc<Source>, code: &str, span: Range<usize>) -> Diagnostic {
    Diagnostic::error("country", source, span, format!("`{code}` is not a country code"))
        .hint("ISO 3166-1 alpha-2, two capital letters")
}

/// The entries of a table with nested tables as dotted names.
fn flattened(fields: &mut Fields, key: &'static str) -> Vec<(String, Range<usize>, Item)> {
    fn walk(
        prefix: &str,
        entries: Vec<(String, Range<usize>, Item)>,
        out: &mut Vec<(String, Range<usize>, Item)>,
    ) {
        for (name, span, item) in entries {
            let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            match item.value {
                TomlValue::Table(inner) => walk(&name, inner, out),
                _ => out.push((name, span, item)),
            }
        }
    }
    let mut out = Vec::new();
    match fields.take(key) {
        Some(Item { value: TomlValue::Table(entries), .. }) => {
            walk("", entries, &mut out);
        }
        _ => fields.error("missing-key", format!("a case needs a table `{key}`")),
    }
    out
}

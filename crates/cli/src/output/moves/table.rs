//! What moves, for a terminal.

use std::io::{self, Write};

use batch::moves::{Amounts, Direction, Flow};
use law::Reading;

use super::{Measure, Picture, Property, Ranked, brief, grouped, standing, way};
use crate::language::Language;
use crate::output::labels;
use crate::output::wrapping::{padded, padded_left, width};

/// How many values of a property are named.
const MOST: usize = 10;

/// How wide names are.
const NAME: usize = 46;

/// Writes the tables.
///
/// # Errors
/// The terminal is gone.
pub fn write(picture: &Picture<'_>, by: Measure, out: &mut dyn Write) -> io::Result<()> {
    let language = picture.language;
    let moves = picture.moves;
    let (decided, errors) = (grouped(moves.decided()), grouped(moves.errors));
    let files = picture.files[0];
    match language {
        Language::En => {
            let word = if files == 1 { "file" } else { "files" };
            writeln!(out, "{decided} lines under two laws, {errors} in error, in {files} {word}")?;
        }
        Language::Zh => {
            writeln!(out, "{decided} 行依两部法律分别裁定，{errors} 行有误，共 {files} 个文件")?;
        }
    }
    for (title, name) in [
        (language.pick("before: ", "之前："), &picture.names[0]),
        (language.pick("after:  ", "之后："), &picture.names[1]),
    ] {
        writeln!(out, "{title}{name}")?;
    }
    writeln!(out, "{}", days(picture))?;
    for reading in Reading::BOTH {
        of_reading(picture, reading, by, out)?;
    }
    if let Some(currencies) = picture.currencies() {
        writeln!(out, "\n{currencies}")?;
    }
    let without = moves.all.iter().map(|flows| flows.sum(|_| true));
    if without.into_iter().any(|sum| sum.without_tpp + sum.without_usd > 0) {
        let note = language.pick(
            "? it is known of no line; + there is more, as it is not known of every line",
            "? 各行均未知；+ 部分行未知，实际更多",
        );
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}

/// On which days something changes, and how many rows are of days on which nothing can.
pub fn days(picture: &Picture<'_>) -> String {
    let language = picture.language;
    let moves = picture.moves;
    let mut text = match (moves.changed, language) {
        (None, _) => language.pick("no answer changes", "没有任何答复改变").to_owned(),
        (Some([first, last]), Language::En) => {
            format!("the first answer that changes is of {first}, the last of {last}")
        }
        (Some([first, last]), Language::Zh) => {
            format!("最早改变的答复在 {first}，最晚在 {last}")
        }
    };
    if picture.knows_days {
        let same = grouped(moves.same_law);
        text.push_str(&match language {
            Language::En => {
                format!("; {same} lines are of days on which the two laws are the same")
            }
            Language::Zh => format!("；{same} 行所在之日两部法律相同"),
        });
    }
    text
}

fn of_reading(
    picture: &Picture<'_>,
    reading: Reading,
    by: Measure,
    out: &mut dyn Write,
) -> io::Result<()> {
    let language = picture.language;
    let all = picture.all(reading);
    writeln!(out)?;
    let title = labels::as_reading(language, reading);
    row(out, title, ["lines", "TPP", "USD"].map(|word| heading(language, word)))?;
    for (direction, name) in ways(language) {
        amounts(out, language, &format!("  {name}"), &all.going(direction))?;
    }
    let other = picture.moves.other_grounds[reading as usize];
    if other > 0 {
        let name = language.pick("    of these on other grounds", "    其中依据改变");
        row(out, name, [grouped(other), String::new(), String::new()])?;
    }
    if all.moving().lines == 0 {
        return Ok(());
    }
    writeln!(out)?;
    let mut flows: Vec<(Flow, &Amounts)> =
        all.iter().filter(|(flow, _)| flow.direction() != Direction::Stays).collect();
    flows.sort_by_key(|(_, one)| std::cmp::Reverse((by.of(one), one.lines)));
    for (flow, one) in flows {
        let [from, to] = [flow.from, flow.to].map(|of| standing(language, of));
        amounts(out, language, &format!("  {from} → {to}"), one)?;
    }
    for property in Property::ALL {
        let ranked = picture.ranked(property, reading, by);
        writeln!(out)?;
        let title = property.title(language);
        row(out, &format!("  {title}"), Default::default())?;
        let (shown, rest) = ranked.split_at(ranked.len().min(MOST));
        shown.iter().try_for_each(|one| of_value(out, language, one))?;
        if !rest.is_empty() {
            let mut sum = Amounts::default();
            rest.iter().for_each(|one| sum.add(&one.flows.moving()));
            let name = match language {
                Language::En => format!("    {} more", rest.len()),
                Language::Zh => format!("    其余 {} 项", rest.len()),
            };
            amounts(out, language, &name, &sum)?;
        }
    }
    Ok(())
}

/// A value, with the ways that its rows go: how many each, where there are several.
fn of_value(out: &mut dyn Write, language: Language, one: &Ranked) -> io::Result<()> {
    let going: Vec<(String, u64)> = ways(language)
        .into_iter()
        .filter(|(way, _)| *way != Direction::Stays)
        .map(|(way, word)| (word, one.going(way).lines))
        .filter(|(_, lines)| *lines > 0)
        .collect();
    let told: Vec<String> = match going.as_slice() {
        [(word, _)] => vec![word.clone()],
        several => several.iter().map(|(word, lines)| format!("{word} {lines}")).collect(),
    };
    let told = told.join(language.pick(", ", "，"));
    amounts(out, language, &format!("    {} ({told})", one.name), &one.flows.moving())
}

fn ways(language: Language) -> [(Direction, String); 4] {
    [Direction::Stricter, Direction::Open, Direction::Easier, Direction::Stays]
        .map(|direction| (direction, way(language, direction).to_owned()))
}

fn heading(language: Language, word: &str) -> String {
    if word == "lines" { language.pick("lines", "行数").to_owned() } else { word.to_owned() }
}

fn amounts(out: &mut dyn Write, language: Language, name: &str, of: &Amounts) -> io::Result<()> {
    // What is known of no row is no zero.
    let known = |without: u64, value: i128| {
        if without == of.lines && of.lines > 0 { "?".to_owned() } else { brief(value, language) }
    };
    let mark = |without: u64| if without > 0 && without < of.lines { "+" } else { "" };
    let tpp = known(of.without_tpp, of.tpp.whole()) + mark(of.without_tpp);
    let usd = known(of.without_usd, of.usd.whole()) + mark(of.without_usd);
    row(out, name, [grouped(of.lines), tpp, usd])
}

fn row(out: &mut dyn Write, name: &str, cells: [String; 3]) -> io::Result<()> {
    // A name that is too wide stands on a line of its own.
    let mut name = name.to_owned();
    if width(&name) > NAME {
        writeln!(out, "{name}")?;
        name.clear();
    }
    let [lines, tpp, usd] = cells.map(|cell| padded_left(&cell, 14));
    let line = format!("{}{lines}{tpp}{usd}", padded(&name, NAME));
    writeln!(out, "{}", line.trim_end())
}

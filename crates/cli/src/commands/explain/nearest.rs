//! The table of the nearest changes that would change the answer.

use std::io::{self, Write};

use law::flips::{Change, Flip, Turned};
use law::text::grouped;
use law::{Fact, FactType, Reading, Value};

use super::tree::Shape;
use super::{Explained, words};
use crate::catalogue::Countries;
use crate::language::Language;
use crate::output::wrapping::{padded, wrapped};

const GAP: usize = 2;

/// Writes the table.
///
/// # Errors
/// An output that cannot be written.
pub fn write(out: &mut dyn Write, explained: &Explained, shape: Shape) -> io::Result<()> {
    let language = shape.language;
    writeln!(out)?;
    for line in wrapped(words::nearest(language), shape.columns) {
        writeln!(out, "{}", shape.bold(&line))?;
    }
    if explained.flips.is_empty() {
        return writeln!(out, "  {}\n", words::no_flips(language));
    }
    let room = shape.columns.saturating_sub(2 * GAP + 2);
    let outcome = room * 3 / 10;
    let widths = [room - 2 * outcome, outcome, outcome];
    row(out, words::nearest_heads(language).map(str::to_string), widths, shape, true)?;
    for flip in &explained.flips {
        let answers = Reading::BOTH.map(|reading| match flip.turns(reading) {
            Turned::Nothing => words::unchanged(language).to_string(),
            _ => words::verdict(language, explained.law, &flip.after[reading as usize]),
        });
        let [written, enforced] = answers;
        let fact = explained.law.vocabulary().fact(flip.fact);
        row(out, [told(flip, fact, language), written, enforced], widths, shape, false)?;
    }
    writeln!(out)
}

fn row(
    out: &mut dyn Write,
    cells: [String; 3],
    widths: [usize; 3],
    shape: Shape,
    head: bool,
) -> io::Result<()> {
    let columns: Vec<Vec<String>> =
        cells.iter().zip(widths).map(|(cell, width)| wrapped(cell, width)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        let mut line = String::from("  ");
        for (column, width) in columns.iter().zip(widths) {
            let text = column.get(at).map_or("", String::as_str);
            line.push_str(&padded(text, width));
            line.push_str(&" ".repeat(GAP));
        }
        let line = line.trim_end();
        let line = if head { shape.dim(line) } else { line.to_string() };
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// A change in words: `quantity 1,000 → 1,700`.
pub fn told(flip: &Flip, fact: &Fact, language: Language) -> String {
    let show = |value: &Value| shown(fact, value, language);
    let from = flip.from.as_ref().map_or_else(|| words::unknown(language).to_string(), show);
    match &flip.change {
        Change::Added(word) => format!("{} + {word}", fact.name),
        Change::Removed(word) => format!("{} − {word}", fact.name),
        Change::Learned | Change::Raised | Change::Lowered | Change::Other => {
            format!("{}  {from} → {}", fact.name, show(&flip.to))
        }
    }
}

/// A value as a reader sees it: thousands grouped, a country with its name.
fn shown(fact: &Fact, value: &Value, language: Language) -> String {
    match (value, &fact.of) {
        (Value::Num(number), _) => grouped(*number),
        (Value::Country(country), _) => {
            let code = country.to_string();
            let name = Countries::embedded().name(&code, language);
            if name == code { code } else { format!("{code} {name}") }
        }
        (Value::Word(at), FactType::Enum(_)) if language == Language::Zh => {
            let word = fact.show(value);
            match fact.words_zh.get(usize::from(*at)) {
                Some(chinese) => format!("{word}（{chinese}）"),
                None => word,
            }
        }
        _ => fact.show(value),
    }
}

//! What is said at the end of a run, on standard error.

use law::text::grouped;
use law::{Law, Num, Outcome, Reading};

use crate::commands::check::Tally;
use crate::input::STANDARD_INPUT;
use crate::language::Language;
use crate::output::labels;
use crate::output::wrapping::{padded, padded_left, width};

/// How many facts are named that would settle open lines.
const MISSING_MAX: usize = 5;

/// The summary of a run: lines by outcome in both readings, and what would settle the open ones.
pub fn text(tally: &Tally, name: &str, law: &Law, language: Language) -> String {
    let name = if name == STANDARD_INPUT { language.pick(name, "标准输入") } else { name };
    let mut out = match (language, tally.lines) {
        (Language::En, 1) => format!("1 line of {name}"),
        (Language::En, lines) => format!("{} lines of {name}", count(lines)),
        (Language::Zh, lines) => format!("{name}：共 {} 行", count(lines)),
    };
    if tally.errors > 0 {
        out.push_str(&match language {
            Language::En => format!(", {} could not be decided", count(tally.errors)),
            Language::Zh => format!("，{} 行无法判定", count(tally.errors)),
        });
    }
    if tally.warnings > 0 {
        out.push_str(&match language {
            Language::En => format!(", {} with warnings", count(tally.warnings)),
            Language::Zh => format!("，{} 行有警告", count(tally.warnings)),
        });
    }
    outcomes(tally, language, &mut out);
    if tally.is_reserving {
        let [fresh, before, refused] = tally.reserved.map(count);
        out.push('\n');
        out.push_str(&match language {
            Language::En => {
                format!(
                    "in the ledger: {fresh} reserved, {before} as before, {refused} not reserved"
                )
            }
            Language::Zh => {
                format!("台账：新预留 {fresh} 行，与先前相同 {before} 行，未预留 {refused} 行")
            }
        });
    }
    let mut missing: Vec<(&String, &u64)> = tally.missing.iter().collect();
    missing.sort_by_key(|(_, lines)| std::cmp::Reverse(**lines));
    missing.truncate(MISSING_MAX);
    if !missing.is_empty() {
        let list: Vec<String> =
            missing.iter().map(|(fact, lines)| format!("{fact} ({})", count(**lines))).collect();
        out.push('\n');
        out.push_str(language.pick("missing most often: ", "最常缺失："));
        out.push_str(&list.join(language.pick(", ", "、")));
    }
    if tally.before_first > 0 {
        out.push('\n');
        out.push_str(&before_first(tally.before_first, &law.first_day().to_string(), language));
    }
    if tally.unverified > 0 {
        out.push('\n');
        out.push_str(&unverified(tally.unverified, &law.verified_through().to_string(), language));
    }
    out
}

/// The lines by outcome, the readings side by side.
fn outcomes(tally: &Tally, language: Language, out: &mut String) {
    if tally.lines == tally.errors {
        return;
    }
    let titles = Reading::BOTH.map(|reading| labels::as_reading(language, reading).to_lowercase());
    let names = Outcome::ALL.map(|outcome| language.outcome(outcome));
    let name_columns = names.into_iter().map(width).max().unwrap_or(0);
    let mut row = |name: &str, cells: [&str; 2]| {
        out.push_str("\n  ");
        out.push_str(&padded(name, name_columns));
        for (cell, title) in cells.into_iter().zip(&titles) {
            out.push_str("  ");
            out.push_str(&padded_left(cell, width(title)));
        }
    };
    row("", [&titles[0], &titles[1]]);
    for (outcome, name) in Outcome::ALL.into_iter().zip(names) {
        let cells = tally.outcomes.map(|counts| count(counts[outcome as usize]));
        row(name, [&cells[0], &cells[1]]);
    }
}

fn before_first(lines: u64, date: &str, language: Language) -> String {
    match (language, lines) {
        (Language::En, 1) => {
            format!("warning: 1 line is dated before {date}, the first day that the packs cover")
        }
        (Language::En, _) => format!(
            "warning: {} lines are dated before {date}, the first day that the packs cover",
            count(lines)
        ),
        (Language::Zh, _) => {
            format!("警告：{} 行的日期早于 {date}（规则包涵盖的第一天）", count(lines))
        }
    }
}

fn unverified(lines: u64, date: &str, language: Language) -> String {
    match (language, lines) {
        (Language::En, 1) => format!(
            "warning: 1 line is dated after {date}, the last day for which the packs were checked"
        ),
        (Language::En, _) => format!(
            "warning: {} lines are dated after {date}, the last day for which the packs were \
             checked",
            count(lines)
        ),
        (Language::Zh, _) => {
            format!("警告：{} 行的日期晚于 {date}（规则包的最后核对日）", count(lines))
        }
    }
}

fn count(number: u64) -> String {
    grouped(Num::int(i128::from(number)))
}

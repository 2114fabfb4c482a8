//! What is said at the end of a run, on standard error.

use law::text::grouped;
use law::{Law, Num, Outcome, Reading};

use crate::commands::check::Tally;
use crate::language::Language;

/// The summary of a run: lines by outcome in both readings, and what would settle the open ones.
pub fn text(tally: &Tally, name: &str, law: &Law, language: Language) -> String {
    let count = |number: u64| grouped(Num::int(i128::from(number)));
    let mut out = match language {
        Language::En => format!("{} lines of {name}", count(tally.lines)),
        Language::Zh => format!("{name}：共 {} 行", count(tally.lines)),
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
    for reading in Reading::BOTH {
        let label = match reading {
            Reading::Written => language.pick("as written ", "条文  "),
            Reading::Enforced => language.pick("as enforced", "执行  "),
        };
        let parts: Vec<String> = Outcome::ALL
            .into_iter()
            .filter(|outcome| tally.outcomes[reading as usize][*outcome as usize] > 0)
            .map(|outcome| {
                let lines = count(tally.outcomes[reading as usize][outcome as usize]);
                format!("{lines} {}", language.outcome(outcome))
            })
            .collect();
        if !parts.is_empty() {
            out.push_str(&format!("\n  {label}  {}", parts.join(language.pick(", ", "，"))));
        }
    }
    let mut missing: Vec<(&String, &u64)> = tally.missing.iter().collect();
    missing.sort_by_key(|(_, lines)| std::cmp::Reverse(**lines));
    if !missing.is_empty() {
        let list: Vec<String> =
            missing.iter().take(5).map(|(fact, lines)| format!("{fact} ({lines})")).collect();
        out.push_str(&format!(
            "\n{} {}",
            language.pick("missing most often:", "最常缺失："),
            list.join(", ")
        ));
    }
    if tally.unverified > 0 {
        let date = law.verified_through();
        out.push_str(&match language {
            Language::En => format!(
                "\nwarning: {} lines are dated after {date}, the last day for which the packs were checked",
                count(tally.unverified)
            ),
            Language::Zh => {
                format!("\n警告：{} 行的日期晚于 {date}（规则包的最后核对日）", count(tally.unverified))
            }
        });
    }
    out
}

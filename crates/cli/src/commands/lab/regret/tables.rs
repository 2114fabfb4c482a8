//! What `weir lab regret` writes: three tables for a folder, and a summary or all regrets.

use lab::robust::comparison::{Group, RegretRow};
use lab::stats::regret::Sense;

use super::{Alternative, Compared, csv_of};
use crate::commands::lab::{column, share};
use crate::language::Language;
use crate::output::Format;
use crate::output::lab::{names, words};
use crate::output::sheet::{Cell, Kind, Sheet};

fn sense(sense: Sense) -> &'static str {
    match sense {
        Sense::More => "more",
        Sense::Less => "less",
    }
}

impl Alternative {
    /// What it is called for people: its lever and the value, or the scenario.
    fn spoken(&self, language: Language) -> String {
        let title = &self.titles[language as usize];
        match &self.pull {
            None => title.clone(),
            Some((lever, value, _)) => {
                let value = words::value(*value, &lever.unit, language);
                format!("{title}{}{value}", language.pick(": ", "："))
            }
        }
    }
}

/// What was compared, an alternative a row.
pub fn alternatives(compared: &Compared<'_>) -> anyhow::Result<String> {
    let head = [
        "alternative",
        "group",
        "title",
        "title_zh",
        "lever",
        "by",
        "value",
        "base_value",
        "unit",
        "from",
        "reason",
        "failed",
        "left_out",
        "dominated_by",
    ];
    let comparison = &compared.comparison;
    let rows = compared.alternatives.iter().enumerate().map(|(at, one)| {
        let pull = |of: &dyn Fn(&super::Lever, f64, f64) -> String| {
            one.pull.as_ref().map_or(String::new(), |(lever, value, base)| of(lever, *value, *base))
        };
        let by = comparison.dominated[at].map(|by| compared.alternatives[by].id.clone());
        let is_out = comparison.left_out.iter().any(|(out, _)| *out == at);
        vec![
            one.id.clone(),
            one.group.word().to_owned(),
            one.titles[0].clone(),
            one.titles[1].clone(),
            pull(&|lever, _, _| lever.name.clone()),
            pull(&|lever, _, _| lever.by.word().to_owned()),
            pull(&|_, value, _| value.to_string()),
            pull(&|_, _, base| base.to_string()),
            pull(&|lever, _, _| lever.unit.clone()),
            pull(&|_, _, _| compared.from.to_string()),
            pull(&|lever, _, _| lever.reason.clone()),
            one.failed.len().to_string(),
            is_out.to_string(),
            by.unwrap_or_default(),
        ]
    });
    csv_of(&head, rows)
}

/// Regrets, an outcome of an alternative a row.
pub fn regrets(compared: &Compared<'_>) -> anyhow::Result<String> {
    let head = [
        "group",
        "alternative",
        "outcome",
        "title",
        "title_zh",
        "unit",
        "sense",
        "p5",
        "p50",
        "p95",
        "largest",
        "mean",
        "best",
        "minimax",
        "draws",
    ];
    let rows = compared.comparison.regrets.iter().map(|row| {
        let outcome = &compared.outcomes[row.outcome];
        let regret = &row.regret;
        let mut cells = vec![
            row.group.word().to_owned(),
            compared.alternatives[row.alternative].id.clone(),
            outcome.name.clone(),
            outcome.titles[0].clone(),
            outcome.titles[1].clone(),
            outcome.unit.clone(),
            sense(outcome.sense).to_owned(),
        ];
        let numbers = [regret.p5, regret.p50, regret.p95, regret.most, regret.mean, regret.best];
        cells.extend(numbers.map(|number| number.to_string()));
        cells.extend([row.is_minimax.to_string(), row.draws.to_string()]);
        cells
    });
    csv_of(&head, rows)
}

/// Effects, an outcome of an alternative a row.
pub fn effects(compared: &Compared<'_>) -> anyhow::Result<String> {
    let head = [
        "alternative",
        "outcome",
        "title",
        "title_zh",
        "unit",
        "sense",
        "base_p50",
        "p5",
        "p50",
        "p95",
        "better",
        "worse",
        "draws",
    ];
    let rows = compared.comparison.effects.iter().map(|row| {
        let outcome = &compared.outcomes[row.outcome];
        let change = &row.change;
        let mut cells = vec![
            compared.alternatives[row.alternative].id.clone(),
            outcome.name.clone(),
            outcome.titles[0].clone(),
            outcome.titles[1].clone(),
            outcome.unit.clone(),
            sense(outcome.sense).to_owned(),
        ];
        let numbers = [row.base, change.p5, change.p50, change.p95, change.better, change.worse];
        cells.extend(numbers.map(|number| number.to_string()));
        cells.push(change.draws.to_string());
        cells
    });
    csv_of(&head, rows)
}

/// On a terminal an outcome a row, in files every regret.
pub fn sheet(compared: &Compared<'_>, format: Format, language: Language) -> Sheet {
    let is_summary = format == Format::Table;
    let text = |name, titles| column(language, name, titles, Kind::Text);
    let number = |name, titles| column(language, name, titles, Kind::Number);
    let rows = compared.comparison.regrets.iter();
    let base = compared.alternatives.first().map_or(String::new(), |one| one.spoken(language));
    let columns = match is_summary {
        true => vec![
            text("group", ["among", "范围"]),
            text("outcome", ["outcome", "结果"]),
            text("sense", ["better", "更好"]),
            text("minimax", ["least to regret", "后悔最小"]),
            text("largest", ["its largest regret", "其最大后悔值"]),
            text("base", ["largest regret of the base", "基准的最大后悔值"]),
            text("unit", ["unit", "单位"]),
        ],
        false => vec![
            text("group", ["among", "范围"]),
            text("outcome", ["outcome", "结果"]),
            text("alternative", ["alternative", "选项"]),
            number("p5", ["5 %", "5%"]),
            number("p50", ["median", "中位数"]),
            number("p95", ["95 %", "95%"]),
            number("largest", ["largest", "最大"]),
            column(language, "best", ["best in", "最优占比"], Kind::Share),
            text("minimax", ["minimax", "最小化最大后悔"]),
            text("unit", ["unit", "单位"]),
        ],
    };
    Sheet {
        title: match language {
            Language::En => format!("{base}: what each lever may cost beside the best one"),
            Language::Zh => format!("{base}：各手段与最优者相比的代价"),
        },
        notes: if is_summary { notes(compared, language) } else { Vec::new() },
        heads: is_summary,
        columns,
        rows: match is_summary {
            true => summary(compared, language),
            false => rows.map(|row| whole(compared, row)).collect(),
        },
        empty: language.pick("nothing was compared", "没有可比较的内容").to_owned(),
    }
}

fn whole(compared: &Compared<'_>, row: &RegretRow) -> Vec<Cell> {
    let outcome = &compared.outcomes[row.outcome];
    let number = |value: f64| Cell::number(names::digits(value));
    vec![
        Cell::text(row.group.word()),
        Cell::text(&outcome.name),
        Cell::text(&compared.alternatives[row.alternative].id),
        number(row.regret.p5),
        number(row.regret.p50),
        number(row.regret.p95),
        number(row.regret.most),
        share(row.regret.best),
        Cell::text(if row.is_minimax { "true" } else { "false" }),
        Cell::text(&outcome.unit),
    ]
}

/// Of each group and outcome the alternative that is least to be regretted.
fn summary(compared: &Compared<'_>, language: Language) -> Vec<Vec<Cell>> {
    let mut out = Vec::new();
    for group in [Group::Choice, Group::Scenario] {
        for (at, outcome) in compared.outcomes.iter().enumerate() {
            let of = compared.comparison.regrets.iter();
            let of: Vec<&RegretRow> =
                of.filter(|row| row.group == group && row.outcome == at).collect();
            let best: Vec<&&RegretRow> = of.iter().filter(|row| row.is_minimax).collect();
            let (Some(first), Some(base)) = (best.first(), of.first()) else { continue };
            let id = |row: &RegretRow| compared.alternatives[row.alternative].spoken(language);
            let which = match (best.len(), language) {
                (1, _) => id(first),
                (more, _) if more == of.len() => language.pick("all alike", "全部相同").to_owned(),
                (more, Language::En) => format!("{} and {} more", id(first), more - 1),
                (more, Language::Zh) => format!("{} 等 {more} 项", id(first)),
            };
            let value = |value: f64| Cell::text(words::value(value, &outcome.unit, language));
            out.push(vec![
                Cell::text(match group {
                    Group::Scenario => language.pick("whole scenarios", "整个情景"),
                    _ => language.pick("levers one at a time", "逐一变动手段"),
                }),
                Cell::text(&outcome.titles[language as usize]),
                Cell::text(match outcome.sense {
                    Sense::More => language.pick("more", "多"),
                    Sense::Less => language.pick("less", "少"),
                }),
                Cell::Text(which),
                value(first.regret.most),
                value(base.regret.most),
                Cell::text(words::unit(&outcome.unit, language)),
            ]);
        }
    }
    out
}

fn notes(compared: &Compared<'_>, language: Language) -> Vec<String> {
    let comparison = &compared.comparison;
    let choices = |one: &Alternative| one.group == Group::Choice;
    let all = compared.alternatives.iter().filter(|one| choices(one)).count();
    let is_out = |at: usize| comparison.left_out.iter().any(|(out, _)| *out == at);
    let worse: Vec<String> = compared
        .alternatives
        .iter()
        .enumerate()
        .filter(|(at, one)| choices(one) && !is_out(*at))
        .filter_map(|(at, one)| {
            let by = compared.alternatives[comparison.dominated[at]?].spoken(language);
            Some(format!("{} ({by})", one.spoken(language)))
        })
        .collect();
    let draws = comparison.regrets.iter().map(|row| row.draws).min().unwrap_or(0);
    let mut notes = vec![match language {
        Language::En => format!(
            "Regret: what the best alternative of the same draw does better; {draws} draws, no weights between outcomes, no probability of an alternative."
        ),
        Language::Zh => format!(
            "后悔值：同一次抽样中最优选项好出多少；{draws} 次抽样，结果之间不加权，选项不附概率。"
        ),
    }];
    let list = |list: &[String]| list.join(language.pick(", ", "、"));
    if !worse.is_empty() {
        notes.push(match language {
            Language::En => format!(
                "{} of {all} choices are dominated: in the medians, another one (in brackets) is no worse in any outcome and better in one: {}.",
                worse.len(),
                list(&worse)
            ),
            Language::Zh => format!(
                "{all} 个选项中 {} 个被支配：按中位数，括号中的选项没有一项更差且至少一项更好：{}。",
                worse.len(),
                list(&worse)
            ),
        });
    }
    if compared.same > 0 {
        notes.push(match language {
            Language::En => {
                format!("{} values are the base's own and were not run.", compared.same)
            }
            Language::Zh => format!("{} 个取值与基准相同，未另行运行。", compared.same),
        });
    }
    for (at, failed) in &comparison.left_out {
        let id = &compared.alternatives[*at].id;
        notes.push(match language {
            Language::En => {
                format!("`{id}` failed in {failed} draws and is left out; `regret.json` says why.")
            }
            Language::Zh => {
                format!("`{id}` 在 {failed} 次抽样中失败，未计入；原因见 `regret.json`。")
            }
        });
    }
    notes
}

//! What `weir ask` itself says, in English and in Simplified Chinese.
//!
//! It must not say anything about a rule: that is the packs'.

use law::Reading;

use crate::language::Language;
use crate::output::labels;

/// How the interview goes.
pub fn greeting(language: Language) -> &'static str {
    language.pick(
        "Only what can still change the answer is asked. Write `unknown` where you do not know, `?` \
         for more, `<` to go back, `.` to stop. Not legal advice.",
        "只询问仍会影响结果的事实。不清楚请填“未知”，输入 ? 查看说明，< 返回上一题，. 结束。本结果不构成法律意见。",
    )
}

/// What can be written beside an answer.
pub fn commands(language: Language) -> &'static str {
    language.pick(
        "`unknown`: leave it open; `<`: the question before; `.`: stop and answer with what is \
         known.",
        "“未知”：暂不确定；<：返回上一题；.：结束并按已知事实作答。",
    )
}

/// An empty answer, or none where one is needed.
pub fn answer_wanted(language: Language, needed: bool) -> &'static str {
    match needed {
        true => language.pick(
            "The law depends on the day; write it as YYYY-MM-DD.",
            "适用的法律取决于日期，请按 YYYY-MM-DD 填写。",
        ),
        false => language.pick(
            "An empty answer says nothing; write `unknown` where you do not know.",
            "空白回答无效；不清楚请填“未知”。",
        ),
    }
}

/// Nothing was asked before.
pub fn nothing_before(language: Language) -> &'static str {
    language.pick("This is the first question.", "这是第一题。")
}

/// A rule that waits for the answer.
pub fn because(language: Language, cite: &str, text: &str) -> String {
    match language {
        Language::En => format!("Asked because {cite} may apply: {text}"),
        Language::Zh => format!("因为 {cite} 可能适用：{text}"),
    }
}

/// More rules wait than are told.
pub fn more_rules(language: Language, count: usize) -> String {
    match language {
        Language::En if count == 1 => "One more rule waits for this; `?` shows it.".into(),
        Language::En => format!("{count} more rules wait for this; `?` shows them."),
        Language::Zh => format!("另有 {count} 条规则需要此项，输入 ? 查看。"),
    }
}

/// Who defines the term.
pub fn source(language: Language, source: &str) -> String {
    match language {
        Language::En => format!("Defined or found in: {source}"),
        Language::Zh => format!("定义或来源：{source}"),
    }
}

/// How several words are given.
pub fn list_hint(language: Language) -> &'static str {
    language.pick(
        "Several: with commas between them; `none` where there are none.",
        "可填多项，以逗号分隔；没有请填“无”。",
    )
}

/// One reading is settled while the other is open.
pub fn one_settled(language: Language, settled: Reading, outcome: &str) -> String {
    let reading = labels::as_reading(language, settled);
    match language {
        Language::En => {
            format!("{reading} it is settled: {outcome}. The other reading is still open.")
        }
        Language::Zh => format!("{reading}已有结论：{outcome}。另一读法尚未确定。"),
    }
}

/// A product that the catalog does not have.
pub fn no_such_chip(language: Language, sku: &str) -> String {
    match language {
        Language::En => format!("there is no chip `{sku}` in the catalog"),
        Language::Zh => format!("目录中没有芯片 `{sku}`"),
    }
}

/// What to do about it.
pub fn no_such_chip_hint(language: Language) -> &'static str {
    language.pick(
        "`weir chips list` shows them; write `unknown` to give the figures instead",
        "`weir chips list` 可列出全部；填“未知”则改为逐项填写参数",
    )
}

/// Products that may be meant.
pub fn suggestion(language: Language, near: &str) -> String {
    match language {
        Language::En => format!("did you mean {near}? Write `unknown` to give the figures instead"),
        Language::Zh => format!("是否为 {near}？填“未知”则改为逐项填写参数"),
    }
}

/// The transaction was saved.
pub fn saved(language: Language, path: &str) -> String {
    match language {
        Language::En => {
            format!("saved to {path}; `weir explain {path}` shows how the answer came about")
        }
        Language::Zh => format!("已保存至 {path}；`weir explain {path}` 可查看推理过程"),
    }
}

/// The interview ended before there was a date.
pub fn no_date(language: Language) -> &'static str {
    language.pick("no date was given, so there is no answer", "未给出日期，无法作答")
}

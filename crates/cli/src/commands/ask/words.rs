//! What the interviewer says itself, in English and in Simplified Chinese.
//!
//! It must not say anything about a rule: texts of rules come from the packs.

use crate::language::Language;

impl Words {
    /// What goes before the first question.
    pub fn opening(self) -> &'static str {
        self.0.pick(
            "Enter leaves a fact unknown or takes the value in brackets. `?` explains, `<` goes back, \
             `quit` ends. FACT=VALUE tells something else than was asked.",
            "直接回车：保持未知，或采用方括号中的值。“?” 查看说明，“<” 返回上一题，“quit” 结束。\
             也可输入 FACT=VALUE 另外给出其他事实。",
        )
    }

    /// Why the date is asked.
    pub fn why_date(self) -> &'static str {
        self.0.pick("the law of that day applies", "适用该日有效的法律")
    }

    /// Why a fact that has a default is asked.
    pub fn why_default(self) -> &'static str {
        self.0.pick("another value than this can change the outcome", "若为其他值，结论可能改变")
    }

    /// How many rules need a fact, before the first of them.
    pub fn why(self, rules: usize, cite: &str, text: &str) -> String {
        match (self.0, rules) {
            (Language::En, 1) => format!("{cite}: {text}"),
            (Language::En, _) => format!("{rules} open rules need it; the first is {cite}: {text}"),
            (Language::Zh, 1) => format!("{cite}：{text}"),
            (Language::Zh, _) => {
                format!("有 {rules} 条尚未确定的规则取决于此；其中第一条为 {cite}：{text}")
            }
        }
    }

    /// The label of why.
    pub fn because(self) -> &'static str {
        self.0.pick("why", "原因")
    }

    /// How an item can be answered.
    pub fn products(self) -> &'static str {
        self.0.pick(
            "or a chip of the catalog, such as nvidia-h100-sxm, or a vendor's part number",
            "也可填芯片目录中的键值（如 nvidia-h100-sxm）或供应商部件号",
        )
    }

    /// How a country is answered.
    pub fn country(self) -> &'static str {
        self.0.pick("a country by code or name", "国家或地区的代码或名称")
    }

    /// How several are answered.
    pub fn several(self) -> &'static str {
        self.0.pick(
            "one or several, with `;` between them, or none",
            "一项或多项，用“;”分隔；没有则填 none",
        )
    }

    /// How a yes or no is answered.
    pub fn yes_no(self) -> &'static str {
        self.0.pick("yes or no", "是或否")
    }

    /// The answer that Enter gives to an offer.
    pub fn no(self) -> &'static str {
        self.0.pick("no", "否")
    }

    /// A mistake in an answer.
    pub fn error(self) -> &'static str {
        self.0.pick("error", "错误")
    }

    /// A way out.
    pub fn hint(self) -> &'static str {
        self.0.pick("hint", "提示")
    }

    /// Labels of an explanation: the fact, its meaning, its source, its words, its unit, the rule.
    pub fn labels(self) -> [&'static str; 6] {
        match self.0 {
            Language::En => ["fact", "meaning", "source", "words", "unit", "rule"],
            Language::Zh => ["事实", "含义", "来源", "可选值", "单位", "规则"],
        }
    }

    /// There is nothing to go back to.
    pub fn at_the_start(self) -> &'static str {
        self.0.pick("this is the first question", "这是第一个问题")
    }

    /// A transaction without a day.
    pub fn no_date(self) -> &'static str {
        self.0.pick("nothing can be decided without a day", "没有日期则无法判定")
    }

    /// A fact that stays unknown.
    pub fn stays_unknown(self) -> &'static str {
        self.0.pick("unknown", "未知")
    }

    /// The outcome is settled.
    pub fn settled(self, questions: usize) -> String {
        match (self.0, questions) {
            (Language::En, 0) => "The outcome is settled by what is given.".to_string(),
            (Language::En, 1) => "The outcome is settled after one question.".to_string(),
            (Language::En, _) => format!("The outcome is settled after {questions} questions."),
            (Language::Zh, 0) => "已有信息足以确定结论。".to_string(),
            (Language::Zh, _) => format!("经 {questions} 个问题，结论已确定。"),
        }
    }

    /// The outcome is not settled: the facts that would, and the texts that conflict.
    pub fn open(self, facts: &[&str], texts: &[String]) -> Vec<String> {
        let mut out = Vec::new();
        if !facts.is_empty() {
            out.push(match self.0 {
                Language::En => format!(
                    "The outcome is not settled. What would help to settle it: {}.",
                    facts.join(", ")
                ),
                Language::Zh => format!("结论尚未确定。有助于确定的事实：{}。", facts.join("、")),
            });
        }
        if !texts.is_empty() {
            let texts = texts.join(self.0.pick("; ", "；"));
            out.push(match (self.0, facts.is_empty()) {
                (Language::En, true) => format!(
                    "No fact can settle this outcome: the text itself conflicts or leaves a gap. {texts}"
                ),
                (Language::En, false) => {
                    format!("The text itself conflicts or leaves a gap, too: {texts}")
                }
                (Language::Zh, true) => {
                    format!("任何事实都无法确定结论：条文本身存在冲突或空白。{texts}")
                }
                (Language::Zh, false) => format!("条文本身亦存在冲突或空白：{texts}"),
            });
        }
        out
    }

    /// The offer to go on for the review policy.
    pub fn policy_offer(self, facts: &str) -> String {
        match self.0 {
            Language::En => format!(
                "A license is required. How an application would be reviewed depends on {facts}. \
                 Go on to find out?"
            ),
            Language::Zh => {
                format!("需要许可证。申请将如何审查取决于 {facts}。是否继续以查明审查政策？")
            }
        }
    }

    /// An answer that is neither yes nor no.
    pub fn neither(self) -> &'static str {
        self.0.pick("neither yes nor no", "既不是“是”也不是“否”")
    }

    /// What was taken for granted.
    pub fn granted(self, facts: &[String]) -> String {
        let facts = facts.join(self.0.pick(", ", "，"));
        match self.0 {
            Language::En => {
                format!("Taken for granted, where another value could change the outcome: {facts}.")
            }
            Language::Zh => format!("以下事实采用默认值，若为其他值结论可能改变：{facts}。"),
        }
    }

    /// Where the transaction was written.
    pub fn saved(self, path: &str) -> String {
        match self.0 {
            Language::En => format!("the transaction is in {path}"),
            Language::Zh => format!("交易已保存至 {path}"),
        }
    }
}

/// The interviewer's words in a language.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub Language);

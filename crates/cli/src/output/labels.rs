//! The words that the outputs for people share, in English and in Simplified Chinese.
//!
//! It must not say anything about a rule: that is the phrasebook's.

use law::{Outcome, Policy, Reading};

use crate::language::Language;
use crate::wording::WordedAnswer;

/// A reading of the day, in one word.
pub fn reading(language: Language, reading: Reading) -> &'static str {
    match reading {
        Reading::Written => language.pick("written", "条文"),
        Reading::Enforced => language.pick("enforced", "执行"),
    }
}

/// A reading of the day, as a heading.
pub fn as_reading(language: Language, reading: Reading) -> &'static str {
    match reading {
        Reading::Written => language.pick("As written", "按条文"),
        Reading::Enforced => language.pick("As enforced", "按执行"),
    }
}

/// What is said of something that holds in one reading alone.
pub fn only_in(language: Language, reading: Reading) -> &'static str {
    match reading {
        Reading::Written => language.pick("as written", "按条文"),
        Reading::Enforced => language.pick("as enforced", "按执行"),
    }
}

/// The kind of a duty.
pub fn duty_kind(language: Language, kind: &str) -> &str {
    match kind {
        "certify" => language.pick("certify", "证明"),
        "notify" => language.pick("notify", "通知"),
        "report" => language.pick("report", "报告"),
        "record" => language.pick("record", "记录"),
        "document" => language.pick("document", "文件"),
        other => other,
    }
}

/// How sure a rule is.
pub fn sure(language: Language, word: &str) -> &str {
    match word {
        "official" => language.pick("official", "官方"),
        "quoted" => language.pick("quoted", "引文"),
        "secondary" => language.pick("secondary", "转述"),
        "memory" => language.pick("memory", "记忆"),
        "inferred" => language.pick("inferred", "推断"),
        other => other,
    }
}

/// What a degree of sureness means.
pub fn sure_meaning(language: Language, word: &str) -> &'static str {
    match word {
        "official" => language.pick("the official text was read", "已阅读官方原文"),
        "quoted" => language.pick(
            "a source that quotes the text word for word was read",
            "已阅读逐字引用原文的来源",
        ),
        "secondary" => language.pick("a paraphrase was read", "已阅读转述材料"),
        "memory" => language
            .pick("written from memory; check it before relying on it", "凭记忆写成，使用前请核对"),
        _ => language.pick("inferred from other rules", "由其他规则推断"),
    }
}

/// What kind of item it is, in a word.
pub fn item_kind(language: Language, kind: &str) -> &str {
    match kind {
        "chip" => language.pick("chip", "芯片"),
        "computer" => language.pick("computer", "计算机"),
        "hbm" => "HBM",
        "model_weights" => language.pick("model weights", "模型权重"),
        "software" => language.pick("software", "软件"),
        "technology" => language.pick("technology", "技术"),
        "other" => language.pick("other item", "其他物项"),
        other => other,
    }
}

/// What stands before a parent's country.
pub fn parent(language: Language) -> &'static str {
    language.pick("parent", "母公司")
}

/// The lines of an answer in short: the outcome with its exceptions, then the review policy.
pub fn answer(language: Language, answer: &WordedAnswer) -> Vec<String> {
    let mut first = language.outcome(answer.outcome).to_string();
    if answer.outcome == Outcome::LicenseException && !answer.exceptions.is_empty() {
        first.push(' ');
        first.push_str(&answer.exceptions.join(", "));
    }
    let policy = answer.policy.map(|policy: Policy| language.policy(policy).to_string());
    std::iter::once(first).chain(policy).collect()
}

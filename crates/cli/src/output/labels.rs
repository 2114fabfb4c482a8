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

/// The kind of a rule.
pub fn rule_kind(language: Language, word: &str) -> &str {
    match word {
        "class" => language.pick("class", "分类"),
        "requirement" => language.pick("requirement", "许可证要求"),
        "exception" => language.pick("exception", "许可例外"),
        "bar" => language.pick("bar", "例外限制"),
        "doubt" => language.pick("doubt", "疑义"),
        "policy" => language.pick("policy", "审查政策"),
        "quota" => language.pick("quota", "配额"),
        "obligation" => language.pick("obligation", "义务"),
        "flag" => language.pick("flag", "提示"),
        other => other,
    }
}

/// What was announced of rules.
pub fn state(language: Language, word: &str) -> &str {
    match word {
        "stayed" => language.pick("stayed", "暂缓"),
        "not_enforced" => language.pick("not_enforced", "不执行"),
        "repealed" => language.pick("repealed", "废止"),
        "uncertain" => language.pick("uncertain", "存疑"),
        other => other,
    }
}

/// A column of the catalogue.
pub fn chip_column(language: Language, name: &str) -> &str {
    match name {
        "vendor" => language.pick(name, "厂商"),
        "designer_hq" => language.pick(name, "设计方总部"),
        "designer" => language.pick(name, "设计方"),
        "announced" => language.pick(name, "发布"),
        "fp4_dense_tflops" => language.pick(name, "FP4 TFLOPS"),
        "fp8_dense_tflops" => language.pick(name, "FP8 TFLOPS"),
        "int8_dense_tops" => language.pick(name, "INT8 TOPS"),
        "fp16_dense_tflops" => language.pick(name, "FP16 TFLOPS"),
        "fp32_tflops" => language.pick(name, "FP32 TFLOPS"),
        "fp64_tflops" => language.pick(name, "FP64 TFLOPS"),
        "die_area_mm2" => language.pick(name, "裸片面积 mm²"),
        "die_area_sure" => language.pick(name, "面积依据"),
        "non_planar" => language.pick(name, "非平面工艺"),
        "process_nm" => language.pick(name, "制程 nm"),
        "foundry" => language.pick(name, "代工厂"),
        "dram_gbs" => language.pick(name, "显存 GB/s"),
        "dram_gb" => language.pick(name, "显存 GB"),
        "io_gbs" => language.pick(name, "互连 GB/s"),
        "has_hbm" => language.pick(name, "含 HBM"),
        "datacenter" => language.pick(name, "数据中心用"),
        "tdp_w" => language.pick(name, "功耗 W"),
        "sure" => language.pick(name, "可信度"),
        "source" => language.pick(name, "来源"),
        "note" => language.pick(name, "备注"),
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

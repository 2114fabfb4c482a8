//! What the program itself says, in English and in Simplified Chinese.

use std::borrow::Cow;

use law::{Outcome, Policy};

use crate::chinese;

/// The language of what a user reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En = 0,
    /// Simplified Chinese.
    Zh = 1,
}

impl Language {
    /// One of two texts.
    pub fn pick<'t>(self, en: &'t str, zh: &'t str) -> &'t str {
        match self {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    /// The name of an outcome.
    pub fn outcome(self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::NoLicenseRequired => self.pick("no license required", "无需许可证"),
            Outcome::LicenseException => self.pick("license exception", "适用许可例外"),
            Outcome::LicenseRequired => self.pick("license required", "需要许可证"),
            Outcome::Unresolved => self.pick("unresolved", "尚未确定"),
        }
    }

    /// The name of a review policy.
    pub fn policy(self, policy: Policy) -> &'static str {
        match policy {
            Policy::PresumptionOfApproval => self.pick("presumption of approval", "推定批准"),
            Policy::CaseByCase => self.pick("case by case", "逐案审查"),
            Policy::PresumptionOfDenial => self.pick("presumption of denial", "推定拒绝"),
            Policy::PolicyOfDenial => self.pick("policy of denial", "拒绝政策"),
        }
    }

    /// A quota that has no room.
    pub fn over_limit(self, over: &str, amount: &str, limit: &str, unit: &str) -> String {
        match self {
            Language::En => format!(
                "The limit of {limit} {unit} would be crossed by {over} {unit}: this line alone draws {amount}."
            ),
            Language::Zh => {
                format!("将超出 {limit} {unit} 的限额 {over} {unit}：仅本行即占用 {amount}。")
            }
        }
    }

    /// No requirement is about the transaction.
    pub fn no_requirement(self) -> &'static str {
        self.pick(
            "No requirement in these packs applies to this item, destination, parties and use on that day.",
            "在该日，规则包中没有任何要求适用于此物项、目的地、交易方和用途。",
        )
    }

    /// A rule in force that does not bind yet.
    pub fn coming(self, effective: &str, from: &str, text: &str) -> String {
        match self {
            Language::En => {
                format!("In force from {effective}, to be complied with from {from}: {text}")
            }
            Language::Zh => format!("自 {effective} 生效，自 {from} 起须遵守：{text}"),
        }
    }

    /// An obligation that may be due.
    pub fn may_be_due(self, text: &str, facts: &[&str]) -> String {
        match self {
            Language::En => format!("May be due, depending on {}: {text}", facts.join(", ")),
            Language::Zh => format!("可能须履行，取决于 {}：{text}", facts.join("、")),
        }
    }

    /// A review policy that is not settled.
    pub fn policy_open(self, on: &[&str]) -> String {
        match self {
            Language::En => format!("The review policy depends on {}.", on.join(", ")),
            Language::Zh => format!("审查政策取决于 {}。", on.join("、")),
        }
    }

    /// A day after the packs were verified.
    pub fn unverified(self, date: &str) -> String {
        match self {
            Language::En => format!(
                "The packs were checked against the law through {date}; anything newer is not in this answer."
            ),
            Language::Zh => format!("规则包的核对截至 {date}；此后的任何变化均未计入本答复。"),
        }
    }

    /// A day before the first rule.
    pub fn before_first(self, date: &str) -> String {
        match self {
            Language::En => format!(
                "The first rule of these packs takes effect on {date}; earlier law is not covered."
            ),
            Language::Zh => format!("规则包的首条规则于 {date} 生效；更早的法律不在范围内。"),
        }
    }

    /// An answer that rests on a supposition.
    pub fn hypothetical(self, title: &str) -> String {
        match self {
            Language::En => {
                format!("This answer rests on a hypothetical pack, not on the law: {title}.")
            }
            Language::Zh => format!("本答复基于假设的规则包，而非现行法律：{title}。"),
        }
    }

    /// A quota without a limit on that day.
    pub fn no_limit_on_that_day(self) -> &'static str {
        self.pick("The text states no limit for that day.", "条文未规定该日的限额。")
    }

    /// What is said of a row, a value or a file.
    pub fn said<'m>(self, message: &'m str) -> Cow<'m, str> {
        match self {
            Language::En => Cow::Borrowed(message),
            Language::Zh => Cow::Owned(chinese::message(message)),
        }
    }
}

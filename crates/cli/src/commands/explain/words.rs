//! What `weir explain` itself says, in English and in Simplified Chinese.
//!
//! It must not say anything about a rule: that is the packs'.

use law::Law;
use law::explain::Part;
use law::flips::Verdict;
use law::pack::Group;

use crate::language::Language;

/// What a part of a reading holds.
pub fn part(language: Language, part: Part) -> &'static str {
    match part {
        Part::Requirements => language.pick("Requirements", "许可要求"),
        Part::OpenTexts => {
            language.pick("Texts that may require a license", "可能要求许可证的条文")
        }
        Part::Exceptions => language.pick("Exceptions", "许可例外"),
        Part::Obligations => language.pick("What is due", "应履行的义务"),
        Part::Flags => language.pick("Flags and remarks", "警示与提示"),
        Part::OutOfForce => language.pick("Requirements out of force", "停止适用的要求"),
        Part::Coming => language.pick("Rules to come", "即将适用的规则"),
    }
}

/// How many of a part are not shown.
pub fn others(language: Language, shown: usize, all: usize) -> String {
    let hidden = all - shown;
    match language {
        Language::En if hidden == 1 => "1 other does not matter here".to_string(),
        Language::En => format!("{hidden} others do not matter here"),
        Language::Zh => format!("另有 {hidden} 项与本行无关"),
    }
}

/// Parts of which nothing matters, with how much they hold.
pub fn idle(language: Language, parts: &[(&str, usize)]) -> String {
    let list: Vec<String> =
        parts.iter().map(|(part, count)| format!("{} ({count})", part.to_lowercase())).collect();
    match language {
        Language::En => format!("Nothing that matters here: {}", list.join("; ")),
        Language::Zh => format!("与本行无关：{}", list.join("；")),
    }
}

/// How many parts of a condition are not shown.
pub fn folded(language: Language, count: usize) -> String {
    match language {
        Language::En => format!("(+{count})"),
        Language::Zh => format!("（另 {count} 项）"),
    }
}

/// What the marks mean.
pub fn legend(language: Language, [held, failed, unknown]: [char; 3], all: bool) -> String {
    let mut text = match language {
        Language::En => format!("{held} holds   {failed} does not hold   {unknown} not known"),
        Language::Zh => format!("{held} 成立   {failed} 不成立   {unknown} 未知"),
    };
    if !all {
        text.push_str(language.pick(
            "   (+2) two more parts do not matter; --all shows them",
            "   （另 2 项）其余部分不影响结果，--all 可显示",
        ));
    }
    text
}

/// The days on which the same rules apply.
pub fn days(language: Language, from: &str, through: &str) -> String {
    match (language, from.is_empty(), through.is_empty()) {
        (Language::En, true, true) => "the same rules apply on every day".into(),
        (Language::En, true, _) => format!("the same rules apply through {through}"),
        (Language::En, _, true) => format!("the same rules apply from {from} on"),
        (Language::En, ..) => format!("the same rules apply from {from} through {through}"),
        (Language::Zh, true, true) => "每日适用相同规则".into(),
        (Language::Zh, true, _) => format!("{through} 及以前适用相同规则"),
        (Language::Zh, _, true) => format!("自 {from} 起适用相同规则"),
        (Language::Zh, ..) => format!("{from} 至 {through} 适用相同规则"),
    }
}

/// The item's paragraphs.
pub fn classes(language: Language) -> &'static str {
    language.pick("What the item is", "物项分类")
}

/// No paragraph holds.
pub fn no_class(language: Language) -> &'static str {
    language.pick("none of the paragraphs that the packs cover", "不属于规则包所涵盖的任何条目")
}

/// A part that is the same as in the other reading.
pub fn as_written(language: Language) -> &'static str {
    language.pick("the same as written", "与条文读法相同")
}

/// A condition of all of its parts.
pub fn all_of(language: Language) -> &'static str {
    language.pick("all of", "全部满足")
}

/// A condition of one of its parts.
pub fn any_of(language: Language) -> &'static str {
    language.pick("one of", "满足其一")
}

/// The opposite of a condition.
pub fn none_of(language: Language) -> &'static str {
    language.pick("not", "非")
}

/// A choice between conditions.
pub fn choice(language: Language) -> &'static str {
    language.pick(
        "where the first holds the second, else the third",
        "若第一项成立则取第二项，否则取第三项",
    )
}

/// A name whose meaning is shown above.
pub fn shown_above(language: Language) -> &'static str {
    language.pick("shown above", "见上文")
}

/// A name that has no meaning on that day.
pub fn no_meaning(language: Language) -> &'static str {
    language.pick("nothing on that day", "该日无此内容")
}

/// A remark beside something.
pub fn aside(language: Language, text: &str) -> String {
    match language {
        Language::En => format!(" ({text})"),
        Language::Zh => format!("（{text}）"),
    }
}

/// The place of a requirement in the order of tests.
pub fn group(language: Language, group: Group) -> &'static str {
    match group {
        Group::Party => language.pick("party", "交易方"),
        Group::EndUse => language.pick("end use", "最终用途"),
        Group::Embargo => language.pick("embargo", "禁运"),
        Group::Letter => language.pick("letter", "通知函"),
        Group::Destination => language.pick("destination", "目的地"),
        Group::Headquarters => language.pick("headquarters", "总部"),
        Group::Item => language.pick("item", "物项"),
    }
}

/// A value that is not known.
pub fn unknown(language: Language) -> &'static str {
    language.pick("unknown", "未知")
}

/// A value that the packs computed.
pub fn derived(language: Language) -> &'static str {
    language.pick("computed", "计算所得")
}

/// Which requirements an exception reaches.
pub fn overcomes(language: Language, rule: &str, does: bool) -> String {
    match (language, does) {
        (Language::En, true) => format!("can overcome {rule}"),
        (Language::En, false) => format!("cannot overcome {rule}"),
        (Language::Zh, true) => format!("可克服 {rule}"),
        (Language::Zh, false) => format!("不能克服 {rule}"),
    }
}

/// What a rule is to the one above it.
pub fn role(language: Language, role: Role) -> &'static str {
    match role {
        Role::Bar => language.pick("taken away by", "被排除："),
        Role::Quota => language.pick("room in", "配额余量"),
        Role::Doubt => language.pick("in doubt:", "存疑："),
        Role::Policy => language.pick("reviewed under", "审查政策"),
        Role::About => language.pick("is about the line:", "涉及本行："),
        Role::Done => language.pick("already done:", "已履行："),
        Role::Announced => language.pick("announced:", "公告："),
    }
}

/// What one rule can be to another.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// It takes an exception away.
    Bar,
    /// An exception or policy draws on it.
    Quota,
    /// It puts the rule in doubt.
    Doubt,
    /// An application is reviewed under it.
    Policy,
    /// What a requirement is about.
    About,
    /// What takes an obligation off the list.
    Done,
    /// What was announced about it.
    Announced,
}

/// A quota's numbers.
pub fn room(
    language: Language,
    amount: &str,
    limit: &str,
    left: &str,
    over: bool,
    unit: &str,
) -> String {
    match (language, over) {
        (Language::En, false) => format!("draws {amount} of {limit} {unit}, {left} left"),
        (Language::En, true) => format!("would draw {amount} of {limit} {unit}, {left} too much"),
        (Language::Zh, false) => format!("占用 {amount}，限额 {limit} {unit}，剩余 {left}"),
        (Language::Zh, true) => format!("将占用 {amount}，限额 {limit} {unit}，超出 {left}"),
    }
}

/// The heading of the nearest changes.
pub fn nearest(language: Language) -> &'static str {
    language.pick(
        "The nearest changes that would change the answer, one fact at a time, cheapest first",
        "足以改变结果的最小变化（每次只变一项事实，由小到大）",
    )
}

/// Nothing that can be changed alone changes the answer.
pub fn no_flips(language: Language) -> &'static str {
    language.pick(
        "No change of a single fact would change the answer.",
        "任何单项事实的变化都不会改变结果。",
    )
}

/// The heads of the columns of the nearest changes.
pub fn nearest_heads(language: Language) -> [&'static str; 3] {
    match language {
        Language::En => ["change", "as written it would be", "as enforced it would be"],
        Language::Zh => ["变化", "按条文将为", "按执行将为"],
    }
}

/// Nothing changes in a reading.
pub fn unchanged(language: Language) -> &'static str {
    language.pick("the same", "不变")
}

/// Not legal advice.
pub fn advice(language: Language) -> &'static str {
    language.pick(
        "Not legal advice. The conditions are those of the packs; `weir law show RULE` gives the \
         whole rule.",
        "本结果不构成法律意见。所列条件出自规则包；`weir law show 规则` 可查看完整规则。",
    )
}

/// An answer in a few words.
pub fn verdict(language: Language, law: &Law, verdict: &Verdict) -> String {
    let mut text = language.outcome(verdict.outcome).to_string();
    let codes = verdict.exceptions.iter();
    let codes: Vec<&str> = codes
        .filter_map(|code| law.exception_codes().get(usize::from(*code)).map(String::as_str))
        .collect();
    if !codes.is_empty() {
        text.push_str(language.pick(": ", "："));
        text.push_str(&codes.join(", "));
    }
    if let Some(policy) = verdict.policy {
        text.push_str(language.pick(", ", "，"));
        text.push_str(language.policy(policy));
    }
    text
}

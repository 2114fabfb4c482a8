//! Numbers as they are written in reports of the lab, and what units and scenarios are called.

use crate::language::Language;

/// What scenarios are called.
const SCENARIOS: [(&str, [&str; 2]); 6] = [
    ("history", ["History", "史实"]),
    ("diffusion-enforced", ["Diffusion rule enforced", "扩散规则得到执行"]),
    ("no-controls", ["No controls", "无管制"]),
    ("negotiation", ["Negotiation", "谈判"]),
    ("two-camps", ["Two camps", "两大阵营"]),
    ("full-decoupling", ["Full decoupling", "全面脱钩"]),
];

/// What units are in Chinese.
const UNITS: [(&str, &str); 50] = [
    ("H100e", "H100 当量"),
    ("H100e a quarter", "H100 当量/季"),
    ("H100e in use", "在用 H100 当量"),
    ("dies", "片裸片"),
    ("stacks", "个堆栈"),
    ("chips", "颗"),
    ("chips a quarter", "颗/季"),
    ("USD", "美元"),
    ("USD a quarter", "美元/季"),
    ("USD per H100e", "美元/H100 当量"),
    ("USD per H100e (TPP)", "美元/H100 当量（按 TPP）"),
    ("USD per GPU-hour", "美元/GPU 小时"),
    ("TPP", "TPP"),
    ("GB/s", "GB/s"),
    ("share", "比例"),
    ("share of demand", "占需求的比例"),
    ("share of countries", "占国家数的比例"),
    ("ratio to list price", "与标价之比"),
    ("jobs", "个岗位"),
    ("percent", "%"),
    ("tiers", "级"),
    ("USD bn", "十亿美元"),
    ("chips in 2024", "颗（2024 年）"),
    ("0 or 1", "0 或 1"),
    ("0..1", "0 至 1"),
    ("1", ""),
    ("a quarter", "每季"),
    ("a year", "每年"),
    ("companies", "家公司"),
    ("dies", "颗裸片"),
    ("exponent", "指数"),
    ("logarithm a quarter", "对数/季"),
    ("logarithm a year", "对数/年"),
    ("logarithm per logarithm", "对数/对数"),
    ("logit", "logit"),
    ("months", "个月"),
    ("per cm2", "每平方厘米"),
    ("probability a year", "概率/年"),
    ("quarters", "季"),
    ("ratio", "比值"),
    ("reticle-size dies a quarter", "颗光罩尺寸裸片/季"),
    ("share a quarter", "比例/季"),
    ("stacks", "个堆栈"),
    ("times a year", "倍/年"),
    ("vendors", "家商贩"),
    ("wafers a month", "片晶圆/月"),
    ("years", "年"),
    ("share of revenue", "占营收的比例"),
    ("strength, 0 to 1", "强度，0 至 1"),
    ("H100e in use", "在用 H100 当量"),
];

/// What a scenario is called.
pub fn scenario(name: &str, language: Language) -> &str {
    let known = SCENARIOS.iter().find(|it| it.0 == name);
    known.map_or(name, |(_, title)| title[language as usize])
}

/// What a unit is called.
pub fn unit(name: &str, language: Language) -> &str {
    let known = || UNITS.iter().find(|it| it.0 == name).map(|it| it.1);
    match language {
        Language::En => name,
        Language::Zh => known().unwrap_or(name),
    }
}

/// Whether a unit is a share of a whole, which is shown in percent.
pub fn is_share(unit: &str) -> bool {
    unit == "share" || unit.starts_with("share of")
}

/// A value in few letters, a share in percent.
pub fn value(value: f64, unit: &str, language: Language) -> String {
    if is_share(unit) {
        let percent = value * 100.0;
        let digits = usize::from(percent.abs() < 10.0 && (percent - percent.round()).abs() > 0.05);
        return format!("{percent:.digits$} %");
    }
    brief(value, language)
}

/// A number in few letters, for axes and labels: 1.2M, 34B; 120 万, 340 亿.
pub fn brief(value: f64, language: Language) -> String {
    let size = value.abs();
    let steps: &[(f64, &str)] = match language {
        Language::En => &[(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")],
        Language::Zh => &[(1e12, " 万亿"), (1e8, " 亿"), (1e4, " 万")],
    };
    let of = |value: f64| {
        let digits = if value.abs() >= 99.95 { 0 } else { 1 };
        let digits = if value.abs() < 9.95 { 2 } else { digits };
        let text = format!("{value:.digits$}");
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text,
        }
    };
    match steps.iter().find(|(step, _)| size >= *step) {
        Some((step, word)) => format!("{}{word}", of(value / step)),
        // What is so small is what is left of sums and differences, and nothing.
        None if size < 1e-6 => "0".to_owned(),
        // Two digits that mean something, as a decimal: few readers take 6e-4 for a price.
        None if size < 0.01 => {
            let digits = (1 - size.log10().floor() as i32).max(0) as usize;
            let text = format!("{value:.digits$}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
        None => of(value),
    }
}

/// A number as it stands in a sentence: grouped in threes where it is large, else four digits.
pub fn spoken(value: f64) -> String {
    let text = match value.abs() {
        size if size < 1e6 && value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    };
    crate::output::sheet::grouped(&text)
}

/// A number with the digits that mean something: six, and no more decimals than that takes.
pub fn digits(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    let decimals = (5 - size.log10().floor() as i32).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brief() {
        for (value, en, zh) in [
            (0.0, "0", "0"),
            (1_234_567.0, "1.23M", "123 万"),
            (999.0, "999", "999"),
            (20_000.0, "20K", "2 万"),
            (-3.4e9, "-3.4B", "-34 亿"),
            (0.25, "0.25", "0.25"),
            (100.0, "100", "100"),
            (6e-4, "0.0006", "0.0006"),
            (-0.00123, "-0.0012", "-0.0012"),
            (1e-7, "0", "0"),
        ] {
            assert_eq!(brief(value, Language::En), en);
            assert_eq!(brief(value, Language::Zh), zh);
        }
        assert_eq!(spoken(1_234_567.4), "1,234,567");
        assert_eq!((spoken(3.0).as_str(), spoken(3.25).as_str()), ("3", "3.25"));
    }

    #[test]
    fn shares_are_in_percent() {
        assert_eq!(value(0.034, "share", Language::En), "3.4 %");
        assert_eq!(value(1.25, "share of demand", Language::En), "125 %");
    }

    #[test]
    fn numbers_keep_six_digits() {
        assert_eq!(digits(1_234_567.89), "1234568");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(0.123_456_78), "0.123457");
        assert_eq!(digits(-12.5), "-12.5");
        assert_eq!(digits(0.000_012_345_6), "0.0000123456");
    }
}

//! Says what moves between two laws: on a terminal, as CSV, and as one page with charts.
//!
//! It must not count anything: that is done where the rows are.

pub mod csv;
mod months;
pub mod page;
mod sankey;
pub mod table;

use batch::moves::{Amounts, Direction, Flows, Moves, Spread, Standing, Sum};
use law::{Law, Num, Reading};

use crate::catalogue::Countries;
use crate::language::Language;

/// Two laws over a data set.
pub struct Picture<'p> {
    /// The language of what is said.
    pub language: Language,
    /// What moves.
    pub moves: &'p Moves,
    /// The laws.
    pub laws: [&'p Law; 2],
    /// What each is called.
    pub names: [String; 2],
    /// What the data set is called.
    pub data: String,
    /// How many files were read, and how many could not be.
    pub files: [usize; 2],
    /// Whether it is known on which days the laws are the same.
    pub knows_days: bool,
}

/// What rows are weighed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How many there are.
    Lines,
    /// Processing performance.
    Tpp,
    /// Money.
    Usd,
}

impl Measure {
    /// All, in order.
    pub const ALL: [Measure; 3] = [Measure::Lines, Measure::Tpp, Measure::Usd];

    /// What amounts come to, whole.
    pub fn of(self, amounts: &Amounts) -> i128 {
        match self {
            Measure::Lines => i128::from(amounts.lines),
            Measure::Tpp => amounts.tpp.whole(),
            Measure::Usd => amounts.usd.whole(),
        }
    }

    /// A value in few digits, with its unit.
    pub fn brief(self, value: i128, language: Language) -> String {
        let digits = brief(value, language);
        match (self, language) {
            (Measure::Lines, Language::En) if value == 1 => "1 line".to_owned(),
            (Measure::Lines, _) => format!("{digits} {}", language.pick("lines", "行")),
            (Measure::Tpp, _) => format!("{digits} TPP"),
            (Measure::Usd, Language::En) => format!("${digits}"),
            (Measure::Usd, Language::Zh) => format!("{digits}美元"),
        }
    }
}

/// A property by which rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// The country that the item goes to.
    Country,
    /// The month.
    Month,
    /// The product.
    Product,
    /// The rules that decided.
    Rule,
}

impl Property {
    /// All, in the order of reports.
    pub const ALL: [Property; 4] =
        [Property::Country, Property::Month, Property::Product, Property::Rule];

    /// As a heading.
    pub fn title(self, language: Language) -> &'static str {
        match self {
            Property::Country => language.pick("By country", "按国家或地区"),
            Property::Month => language.pick("By month", "按月份"),
            Property::Product => language.pick("By product", "按产品"),
            Property::Rule => language.pick("By rule", "按规则"),
        }
    }
}

/// One value of a property with what moves.
pub struct Ranked {
    /// What it is called.
    pub name: String,
    /// What else there is to say of it.
    pub note: String,
    /// Where its rows go.
    pub flows: Flows,
}

impl Ranked {
    /// What goes one way.
    pub fn going(&self, way: Direction) -> Amounts {
        self.flows.going(way)
    }
}

impl Picture<'_> {
    /// The values of a property of which something moves in a reading, those with most first; those
    /// of months in their order.
    pub fn ranked(&self, property: Property, reading: Reading, by: Measure) -> Vec<Ranked> {
        let moves = self.moves;
        let mut found = match property {
            Property::Country => self.of_texts(&moves.destinations, reading, |code| {
                (Countries::embedded().name(code, self.language).to_owned(), code.to_owned())
            }),
            Property::Month => {
                self.of_texts(&moves.months, reading, |month| (month.to_owned(), String::new()))
            }
            Property::Product => {
                self.of_texts(&moves.products, reading, |name| (name.to_owned(), String::new()))
            }
            Property::Rule => self.of_rules(reading),
        };
        if property != Property::Month {
            // Equal ones stay in the order of their names.
            found.sort_by_key(|one| {
                let moving = one.flows.moving();
                (std::cmp::Reverse(by.of(&moving)), std::cmp::Reverse(moving.lines))
            });
        }
        found
    }

    fn of_texts(
        &self,
        spread: &Spread<String>,
        reading: Reading,
        named: impl Fn(&str) -> (String, String),
    ) -> Vec<Ranked> {
        let rest = spread.rest(reading);
        let mut found: Vec<Ranked> = spread
            .iter(reading)
            .filter(|(_, flows)| flows.moving().lines > 0)
            .map(|(value, flows)| {
                let (name, note) = match value.as_str() {
                    "" => (self.language.pick("not given", "未给出").to_owned(), String::new()),
                    value => named(value),
                };
                Ranked { name, note, flows: flows.clone() }
            })
            .collect();
        if rest.moving().lines > 0 {
            let name = self.language.pick("all others together", "其余合计").to_owned();
            found.push(Ranked { name, note: String::new(), flows: rest.clone() });
        }
        found
    }

    fn of_rules(&self, reading: Reading) -> Vec<Ranked> {
        let none = self.language.pick("no rule", "无规则");
        let cite = |at: usize, id: &str| {
            let rule = self.laws[at].rules_named(id).next();
            rule.map_or_else(|| none.to_owned(), |(_, rule)| rule.rule.cite.clone())
        };
        let moving = self.moves.rules.iter(reading).filter(|(_, flows)| flows.moving().lines > 0);
        let of = |(rules, flows): (&[String; 2], &Flows)| {
            let word = |at: usize| if rules[at].is_empty() { none } else { rules[at].as_str() };
            let note = match rules[0] == rules[1] {
                true => cite(0, &rules[0]),
                false => format!("{} → {}", cite(0, &rules[0]), cite(1, &rules[1])),
            };
            let name = match rules[0] == rules[1] {
                true => word(0).to_owned(),
                false => format!("{} → {}", word(0), word(1)),
            };
            Ranked { name, note, flows: flows.clone() }
        };
        moving.map(of).collect()
    }

    /// That values are in other currencies, if they are.
    pub fn currencies(&self) -> Option<String> {
        let language = self.language;
        let other = |(name, flows): (&String, &Flows)| {
            let lines = flows.sum(|_| true).lines;
            let name = match name.as_str() {
                "USD" => return None,
                "" => language.pick("no currency named", "未注明币种"),
                name => name,
            };
            Some((name.to_owned(), lines))
        };
        let mut found: Vec<(String, u64)> =
            self.moves.currencies.iter(Reading::Written).filter_map(other).collect();
        found.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        let lines: u64 = found.iter().map(|(_, lines)| lines).sum();
        let named = found.iter().take(5).map(|(name, lines)| format!("{name} {}", grouped(*lines)));
        let named: Vec<String> = named.collect();
        (lines > 0).then(|| match language {
            Language::En => format!(
                "{} lines are not in U.S. dollars ({}); they are in no sum of dollars, and \
                 by_currency.csv has them in their own",
                grouped(lines),
                named.join(", ")
            ),
            Language::Zh => format!(
                "{} 行不以美元计价（{}），不计入美元合计；by_currency.csv 以各自币种列出",
                grouped(lines),
                named.join("，")
            ),
        })
    }

    /// The flows of a reading.
    pub fn all(&self, reading: Reading) -> &Flows {
        &self.moves.all[reading as usize]
    }
}

/// Where a row stands, in words.
pub fn standing(language: Language, standing: Standing) -> String {
    match (standing, standing.policy()) {
        (Standing::NoPolicy, _) => {
            language.pick("license, no one policy", "需要许可证，无单一政策").to_owned()
        }
        (_, Some(policy)) => {
            format!("{}{}", language.pick("license, ", "需要许可证，"), language.policy(policy))
        }
        (_, None) => language.outcome(standing.outcome()).to_owned(),
    }
}

/// Which way rows go, in words.
pub fn way(language: Language, way: Direction) -> &'static str {
    match way {
        Direction::Stays => language.pick("stays", "不变"),
        Direction::Stricter => language.pick("stricter", "趋严"),
        Direction::Easier => language.pick("easier", "放宽"),
        Direction::Open => language.pick("open", "未定"),
    }
}

/// Digits in threes.
pub fn grouped(number: u64) -> String {
    law::text::grouped(Num::int(i128::from(number)))
}

/// An exact sum with digits in threes.
pub fn exact(sum: Sum) -> String {
    let plain = sum.to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Three digits or so of a number, and how many there are: `1.24B`, `1.24 万亿`.
pub fn brief(value: i128, language: Language) -> String {
    let units: &[(u32, &str)] = match language {
        Language::En => &[(15, "Q"), (12, "T"), (9, "B"), (6, "M"), (3, "K")],
        Language::Zh => &[(16, " 亿亿"), (12, " 万亿"), (8, " 亿"), (4, " 万")],
    };
    // Up to four digits are as good as three and a letter.
    let unit = units.iter().find(|(power, _)| value >= 10i128.pow((*power).max(4)));
    let Some((power, unit)) = unit else {
        return law::text::grouped(Num::int(value));
    };
    let scale = 10i128.pow(*power);
    let decimals = match value / scale {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let step = 10i128.pow(*power - decimals);
    let rounded = (value + step / 2) / step;
    let (whole, rest) = (rounded / 10i128.pow(decimals), rounded % 10i128.pow(decimals));
    let whole = law::text::grouped(Num::int(whole));
    // As many digits each, so that a column of them can be compared.
    match decimals {
        0 => format!("{whole}{unit}"),
        decimals => format!("{whole}.{rest:0width$}{unit}", width = decimals as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_brief() {
        for (value, en, zh) in [
            (0, "0", "0"),
            (9_999, "9,999", "9,999"),
            (12_345, "12.3K", "1.23 万"),
            (999_950, "1,000K", "100.0 万"),
            (26_900_000, "26.9M", "2,690 万"),
            (1_240_000_000, "1.24B", "12.4 亿"),
            (1_000_000_000_000, "1.00T", "1.00 万亿"),
        ] {
            assert_eq!(brief(value, Language::En), en);
            assert_eq!(brief(value, Language::Zh), zh);
        }
        let sum = Sum::of(Num::parse("1234567.25").unwrap_or(Num::ZERO)).unwrap_or_default();
        assert_eq!(exact(sum), "1,234,567.25");
    }
}

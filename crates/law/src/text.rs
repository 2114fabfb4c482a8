//! Fills the texts of rules: `{item.tpp}` becomes the value of that fact or define.

use crate::eval::{Evaluation, Memory};
use crate::facts::Facts;
use crate::law::Law;
use crate::node::NumId;
use crate::number::Num;
use crate::regime::Regime;
use crate::vocabulary::FactId;

/// A text cut at its placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Segment>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// As it stands.
    Text(String),
    /// The value of a fact or define.
    Value(String),
}

impl Template {
    /// Cuts a text.
    pub fn new(text: &str) -> Template {
        let mut segments = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, tail)) = after.split_once('}') else { break };
            if !before.is_empty() {
                segments.push(Segment::Text(before.to_string()));
            }
            segments.push(Segment::Value(name.to_string()));
            rest = tail;
        }
        if !rest.is_empty() {
            segments.push(Segment::Text(rest.to_string()));
        }
        Template(segments)
    }

    /// The pieces in order.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The names between braces.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Value(name) => Some(name.as_str()),
            Segment::Text(_) => None,
        })
    }

    /// Whether nothing is to be filled in.
    pub fn is_plain(&self) -> bool {
        self.names().next().is_none()
    }

    /// The text with its values.
    pub fn fill(&self, values: &mut Values) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Value(name) => out.push_str(&values.show(name)),
            }
        }
        out
    }
}

/// The values of one transaction, derived and defined ones included.
pub struct Values<'v> {
    law: &'v Law,
    regime: &'v Regime,
    facts: &'v Facts,
    evaluation: Evaluation<'v>,
}

impl<'v> Values<'v> {
    /// The values of a transaction under the law of its day; `None` where the day is unknown.
    pub fn new(law: &'v Law, facts: &'v Facts, memory: &'v mut Memory) -> Option<Values<'v>> {
        let regime = law.on(facts.date(law.date_fact())?);
        Some(Values { law, regime, facts, evaluation: Evaluation::new(regime, facts, memory) })
    }

    /// The number that a fact or define stands for, if it is known.
    pub fn num(&mut self, name: &str) -> Option<Num> {
        match self.named(name) {
            Some(id) => self.evaluation.num(id),
            None => self.facts.num(self.fact(name)?),
        }
    }

    /// The value as a reader sees it, thousands grouped; `?` where it is unknown.
    pub fn show(&mut self, name: &str) -> String {
        if let Some(id) = self.named(name) {
            return self.evaluation.num(id).map_or_else(|| "?".into(), grouped);
        }
        let Some(fact) = self.fact(name) else { return "?".into() };
        match self.facts.get(fact) {
            Some(crate::facts::Value::Num(number)) => grouped(*number),
            Some(value) => self.law.vocabulary().fact(fact).show(value),
            None => "?".into(),
        }
    }

    fn named(&self, name: &str) -> Option<NumId> {
        self.regime.nodes.named_num(name)
    }

    fn fact(&self, name: &str) -> Option<FactId> {
        self.law.vocabulary().find(name)
    }
}

/// A number with its thousands grouped: `26,900,000`, `5.92`; a ratio to four decimals, and a
/// number of more than eighteen digits as `1.2e26`.
pub fn grouped(number: Num) -> String {
    if let Some(whole) = number.to_int().filter(|whole| whole.unsigned_abs() >= 10u128.pow(18)) {
        let digits = whole.unsigned_abs().to_string();
        let sign = if whole < 0 { "-" } else { "" };
        let rest = digits[1..].trim_end_matches('0');
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{}{point}{rest}e{}", &digits[..1], digits.len() - 1);
    }
    let plain = if number.is_decimal() { number.to_string() } else { number.to_decimals(4) };
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.as_str()),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut out = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_thousands() {
        for (text, shown) in [
            ("999", "999"),
            ("26900000", "26,900,000"),
            ("-1234.5", "-1,234.5"),
            ("5.92", "5.92"),
            ("1.2e26", "1.2e26"),
            ("1e26", "1e26"),
        ] {
            assert_eq!(grouped(Num::parse(text).expect("a number")), shown);
        }
        assert_eq!(grouped(Num::int(2).checked_div(Num::int(3)).expect("fits")), "0.6666");
    }

    #[test]
    fn cuts_at_braces() {
        let template = Template::new("{a} of {b.c}, not {d");
        assert_eq!(template.names().collect::<Vec<_>>(), ["a", "b.c"]);
        assert!(Template::new("plain").is_plain());
    }
}

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
        let length = |segment: &Segment| match segment {
            Segment::Text(text) => text.len(),
            Segment::Value(_) => VALUE_LENGTH,
        };
        let mut out = String::with_capacity(self.0.iter().map(length).sum());
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Value(name) => out.push_str(&values.show(name)),
            }
        }
        out
    }
}

/// How long a value is that is no longer than most.
const VALUE_LENGTH: usize = 24;

/// The values of one transaction, derived and defined ones included.
pub struct Values<'v> {
    law: &'v Law,
    regime: &'v Regime,
    facts: &'v Facts,
    evaluation: Begun<'v>,
}

/// An evaluation that begins when something is to be evaluated: most texts want nothing.
enum Begun<'v> {
    Not(Option<&'v mut Memory>),
    Yes(Evaluation<'v>),
}

impl<'v> Values<'v> {
    /// The values of a transaction under the law of its day; `None` where the day is unknown.
    pub fn new(law: &'v Law, facts: &'v Facts, memory: &'v mut Memory) -> Option<Values<'v>> {
        let regime = law.on(facts.date(law.date_fact())?);
        Some(Values { law, regime, facts, evaluation: Begun::Not(Some(memory)) })
    }

    fn evaluated(&mut self, id: NumId) -> Option<Num> {
        if let Begun::Not(memory) = &mut self.evaluation {
            let evaluation = Evaluation::new(self.regime, self.facts, memory.take()?);
            self.evaluation = Begun::Yes(evaluation);
        }
        match &mut self.evaluation {
            Begun::Yes(evaluation) => evaluation.num(id),
            Begun::Not(_) => None,
        }
    }

    /// The number that a fact or define stands for, if it is known.
    pub fn num(&mut self, name: &str) -> Option<Num> {
        match self.named(name) {
            Some(id) => self.evaluated(id),
            None => self.facts.num(self.fact(name)?),
        }
    }

    /// The value as a reader sees it, thousands grouped; `?` where it is unknown.
    pub fn show(&mut self, name: &str) -> String {
        if let Some(id) = self.named(name) {
            return self.evaluated(id).map_or_else(|| "?".into(), grouped);
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
    if let Some(whole) = number.to_int() {
        let sign = if whole < 0 { "-" } else { "" };
        if let Some(magnitude) =
            u64::try_from(whole.unsigned_abs()).ok().filter(|n| *n < 10u64.pow(18))
        {
            return grouped_whole(sign, magnitude);
        }
        let digits = whole.unsigned_abs().to_string();
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

/// What nearly every number is: a whole one that fits a machine word.
fn grouped_whole(sign: &str, magnitude: u64) -> String {
    // Three digits at a time, the last ones first.
    let mut groups = [0; 7];
    let (mut count, mut rest) = (0, magnitude);
    loop {
        groups[count] = rest % 1000;
        rest /= 1000;
        count += 1;
        if rest == 0 {
            break;
        }
    }
    let digit = |number: u64| char::from(b'0' + (number % 10) as u8);
    let mut out = String::with_capacity(sign.len() + 4 * count);
    out.push_str(sign);
    for (at, group) in groups[..count].iter().rev().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if at > 0 || *group >= 100 {
            out.push(digit(group / 100));
        }
        if at > 0 || *group >= 10 {
            out.push(digit(group / 10));
        }
        out.push(digit(*group));
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
            ("0", "0"),
            ("1000", "1,000"),
            ("-20045", "-20,045"),
            ("26900000", "26,900,000"),
            ("999999999999999999", "999,999,999,999,999,999"),
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

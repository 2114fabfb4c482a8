//! Units of measure, so that TPP is never compared with TPP/mm².

use std::fmt;

/// A product of base units with whole exponents; empty for a plain number or a count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit(Vec<(String, i8)>);

/// Units that count things: a product with them keeps the other factor's unit.
const COUNTS: [&str; 4] = ["units", "share", "ICs", "1"];

impl Unit {
    /// Reads `TPP`, `GB/s`, `TPP/mm²`; what counts things reads as a plain number.
    pub fn parse(text: &str) -> Unit {
        let mut unit = Unit::default();
        for (index, part) in text.split('/').enumerate() {
            let part = part.trim();
            if !part.is_empty() && !COUNTS.contains(&part) {
                unit = unit.times(&Unit(vec![(part.to_string(), if index == 0 { 1 } else { -1 })]));
            }
        }
        unit
    }

    /// Whether this is a plain number.
    pub fn is_plain(&self) -> bool {
        self.0.is_empty()
    }

    /// The unit of a product.
    pub fn times(&self, other: &Unit) -> Unit {
        let mut parts = self.0.clone();
        for (name, exponent) in &other.0 {
            match parts.iter_mut().find(|(found, _)| found == name) {
                Some((_, sum)) => *sum += exponent,
                None => parts.push((name.clone(), *exponent)),
            }
        }
        parts.retain(|(_, exponent)| *exponent != 0);
        parts.sort();
        Unit(parts)
    }

    /// The unit of a quotient.
    pub fn over(&self, other: &Unit) -> Unit {
        let inverse = other.0.iter().map(|(name, exponent)| (name.clone(), -exponent)).collect();
        self.times(&Unit(inverse))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("a plain number");
        }
        let side = |positive: bool| {
            self.0
                .iter()
                .filter(|(_, exponent)| (*exponent > 0) == positive)
                .flat_map(|(name, exponent)| {
                    std::iter::repeat_n(name.as_str(), usize::from(exponent.unsigned_abs()))
                })
                .collect::<Vec<_>>()
        };
        let (over, under) = (side(true), side(false));
        f.write_str(if over.is_empty() { "1" } else { "" })?;
        f.write_str(&over.join("·"))?;
        under.iter().try_for_each(|name| write!(f, "/{name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_multiply_and_cancel() {
        let density = Unit::parse("TPP").over(&Unit::parse("mm²"));
        assert_eq!(density, Unit::parse("TPP/mm²"));
        assert_eq!(density.times(&Unit::parse("mm²")), Unit::parse("TPP"));
        assert_eq!(Unit::parse("units").times(&Unit::parse("TPP")), Unit::parse("TPP"));
        assert_eq!(density.to_string(), "TPP/mm²");
        assert_eq!(Unit::parse("GB/s/mm²").to_string(), "GB/mm²/s");
    }
}

//! Amounts: exact, in millionths of a unit (TPP).

use std::fmt::{self, Write};

use law::number::Num;

/// An exact amount, in millionths of its quota's unit.
///
/// Sums are checked: what does not fit in 128 bits is refused and never wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

/// Why a text or a number is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number.
    #[error("is not a number; write digits and at most one point, such as 26900000 or 4799.5")]
    Malformed,
    /// More than six decimals.
    #[error("is finer than a millionth of a unit, the smallest amount of the ledger")]
    TooFine,
    /// Past what 128 bits hold.
    #[error("is past the largest amount of the ledger, 1.7e32 units")]
    TooLarge,
}

const DECIMALS: usize = 6;
const UNIT: i128 = 1_000_000;

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);

    /// A whole number of units.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub fn units(units: i128) -> Result<Amount, AmountError> {
        units.checked_mul(UNIT).map(Amount).ok_or(AmountError::TooLarge)
    }

    /// Reads `26900000`, `4799.5`, `-0.25`. Neither exponents nor separators: what is written into
    /// a ledger should be read one way only.
    ///
    /// # Errors
    /// See [`AmountError`].
    pub fn parse(text: &str) -> Result<Amount, AmountError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_digits(whole) || !is_digits(part) {
            return Err(AmountError::Malformed);
        }
        let part = part.trim_end_matches('0');
        if part.len() > DECIMALS {
            return Err(AmountError::TooFine);
        }
        let padding = std::iter::repeat_n(b'0', DECIMALS - part.len());
        if whole.len() + DECIMALS < 19 {
            // What 63 bits hold needs no checks.
            let digits = whole.bytes().chain(part.bytes()).chain(padding);
            let value = digits.fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
            return Ok(Amount(i128::from(if negative { -value } else { value })));
        }
        let mut value: i128 = 0;
        for digit in whole.bytes().chain(part.bytes()).chain(padding) {
            let digit = i128::from(digit - b'0');
            let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
            value = next.ok_or(AmountError::TooLarge)?;
        }
        Ok(Amount(if negative { -value } else { value }))
    }

    /// Takes over an exact number of the law.
    ///
    /// # Errors
    /// [`AmountError::TooFine`], [`AmountError::TooLarge`].
    pub fn from_num(number: Num) -> Result<Amount, AmountError> {
        let scaled = number.checked_mul(Num::int(UNIT)).ok_or(AmountError::TooLarge)?;
        scaled.to_int().map(Amount).ok_or(AmountError::TooFine)
    }

    /// The amount as a number of the law.
    pub fn to_num(self) -> Option<Num> {
        Num::int(self.0).checked_div(Num::int(UNIT))
    }

    /// The amount in millionths.
    pub fn millionths(self) -> i128 {
        self.0
    }

    /// An amount of so many millionths.
    pub const fn from_millionths(millionths: i128) -> Amount {
        Amount(millionths)
    }

    /// The sum, where it fits.
    pub fn checked_add(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(other.0).map(Amount)
    }

    /// The difference, where it fits.
    pub fn checked_sub(self, other: Amount) -> Option<Amount> {
        self.0.checked_sub(other.0).map(Amount)
    }

    /// Whether it is over zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// Exact, as files have it; `{:#}` sets commas between thousands, for people.
impl fmt::Display for Amount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let unit = UNIT.unsigned_abs();
        if self.0 < 0 {
            out.write_char('-')?;
        }
        // Most are small, and millions of them are written: 128 bits are slow to divide.
        let (whole, mut part) = match (u64::try_from(magnitude), u64::try_from(unit)) {
            (Ok(small), Ok(unit)) => (u128::from(small / unit), u128::from(small % unit)),
            _ => (magnitude / unit, magnitude % unit),
        };
        match u64::try_from(whole) {
            Ok(small) if !out.alternate() => write!(out, "{small}")?,
            Err(_) if !out.alternate() => write!(out, "{whole}")?,
            _ => {
                let digits = whole.to_string();
                for (at, digit) in digits.chars().enumerate() {
                    if at > 0 && (digits.len() - at).is_multiple_of(3) {
                        out.write_char(',')?;
                    }
                    out.write_char(digit)?;
                }
            }
        }
        let mut places = DECIMALS;
        if part == 0 {
            return Ok(());
        }
        while part.is_multiple_of(10) {
            (part, places) = (part / 10, places - 1);
        }
        write!(out, ".{part:0places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_the_same() {
        for text in
            ["0", "26900000", "4799.5", "-0.25", "0.000001", "170141183460469231731687303715884"]
        {
            assert_eq!(Amount::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Amount::parse("007.500").unwrap().to_string(), "7.5");
    }

    #[test]
    fn people_read_thousands_apart() {
        for (text, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("26900000", "26,900,000"),
            ("-1234.5", "-1,234.5"),
            ("-100000", "-100,000"),
        ] {
            assert_eq!(format!("{:#}", Amount::parse(text).unwrap()), shown);
        }
    }

    #[test]
    fn says_why_a_text_is_no_amount() {
        for text in ["", "-", ".5", "5.", "1e6", "1,000", "1 000", "+1", "１", "0x10"] {
            assert_eq!(Amount::parse(text), Err(AmountError::Malformed), "{text}");
        }
        assert_eq!(Amount::parse("0.0000001"), Err(AmountError::TooFine));
        assert_eq!(Amount::parse(&"9".repeat(33)), Err(AmountError::TooLarge));
        assert_eq!(Amount::parse(&"9".repeat(5000)), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_number_of_the_law_becomes_the_same_amount() {
        let number = Num::parse("158320000.25").unwrap();
        let amount = Amount::from_num(number).unwrap();
        assert_eq!(amount.to_string(), "158320000.25");
        assert_eq!(amount.to_num(), Some(number));
        assert_eq!(Amount::from_num(Num::parse("0.00000001").unwrap()), Err(AmountError::TooFine));
    }
}

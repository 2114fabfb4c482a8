//! Exact numbers: every quantity of a decision is a fraction of two integers.
//!
//! There is no float here and no rounding: 4799.999 is not 4800, and a ratio is compared by
//! cross-multiplication in 256 bits. What does not fit is refused when it is read; an operation
//! that would overflow answers `None`, which the evaluator treats as unknown.

use std::cmp::Ordering;
use std::fmt;

/// An exact number, `num / den` with `den > 0`.
///
/// A decimal keeps a power of ten as its denominator; only a division makes others.
#[derive(Clone, Copy, Debug)]
pub struct Num {
    num: i128,
    den: i128,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumError {
    /// Not digits with an optional sign, point and exponent.
    Malformed,
    /// More than 30 significant digits, more than 15 decimals, or 10³⁰ and over.
    OutOfRange,
}

const MAX_DIGITS: u32 = 30;
const MAX_DECIMALS: i32 = 15;

impl Num {
    /// Zero.
    pub const ZERO: Num = Num { num: 0, den: 1 };

    /// A whole number.
    pub const fn int(value: i128) -> Num {
        Num { num: value, den: 1 }
    }

    /// Reads `4800`, `-5.92`, `1e26`, `2.8e+26`, `1_000`.
    ///
    /// # Errors
    /// See [`NumError`].
    pub fn parse(text: &str) -> Result<Num, NumError> {
        let bytes = text.as_bytes();
        let (negative, mut at) = match bytes.first() {
            Some(b'-') => (true, 1),
            Some(b'+') => (false, 1),
            _ => (false, 0),
        };
        let mut mantissa: i128 = 0;
        let (mut digits, mut decimals, mut seen_point, mut seen_digit) = (0u32, 0i32, false, false);
        let mut exponent: i32 = 0;
        while at < bytes.len() {
            match bytes[at] {
                digit @ b'0'..=b'9' => {
                    seen_digit = true;
                    if mantissa != 0 || digit != b'0' {
                        digits += 1;
                    }
                    if digits > MAX_DIGITS {
                        return Err(NumError::OutOfRange);
                    }
                    mantissa = mantissa * 10 + i128::from(digit - b'0');
                    decimals += i32::from(seen_point);
                }
                b'_' if seen_digit => {}
                b'.' if !seen_point => seen_point = true,
                b'e' | b'E' if seen_digit => {
                    let rest = &text[at + 1..];
                    let rest = rest.strip_prefix('+').unwrap_or(rest);
                    let digits = rest.strip_prefix('-').unwrap_or(rest);
                    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        return Err(NumError::Malformed);
                    }
                    exponent = rest.parse().map_err(|_| NumError::OutOfRange)?;
                    at = bytes.len();
                    continue;
                }
                _ => return Err(NumError::Malformed),
            }
            at += 1;
        }
        if !seen_digit {
            return Err(NumError::Malformed);
        }
        let mut scale = decimals.checked_sub(exponent).ok_or(NumError::OutOfRange)?;
        if mantissa == 0 {
            return Ok(Num::ZERO);
        }
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if negative {
            mantissa = -mantissa;
        }
        if !(-30..=MAX_DECIMALS).contains(&scale) {
            return Err(NumError::OutOfRange);
        }
        let power = 10i128.pow(scale.unsigned_abs());
        let out = if scale >= 0 {
            Num { num: mantissa, den: power }
        } else {
            Num { num: mantissa.checked_mul(power).ok_or(NumError::OutOfRange)?, den: 1 }
        };
        let limit = 10i128.pow(30);
        if out.num / out.den >= limit || out.num / out.den <= -limit {
            return Err(NumError::OutOfRange);
        }
        Ok(out)
    }

    /// The whole number that this is, if it is one.
    pub fn to_int(self) -> Option<i128> {
        (self.num % self.den == 0).then(|| self.num / self.den)
    }

    /// The whole number at or below this one.
    pub(crate) fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    /// The whole number at or below this one, and what is above it in units of `10⁻ᵈ`; `None`
    /// where that is no whole number of them.
    pub fn split(self, decimals: u32) -> Option<(i128, i128)> {
        let this = self.reduced();
        let scale = 10i128.checked_pow(decimals).filter(|scale| scale % this.den == 0)?;
        Some((this.num.div_euclid(this.den), this.num.rem_euclid(this.den) * (scale / this.den)))
    }

    /// Whether this is below zero.
    pub fn is_negative(self) -> bool {
        self.num < 0
    }

    /// How many bits its numerator and its denominator have.
    pub(crate) fn bits(self) -> (u32, u32) {
        let of = |part: i128| u128::BITS - part.unsigned_abs().leading_zeros();
        (of(self.num), of(self.den))
    }

    /// Whether this is zero.
    pub fn is_zero(self) -> bool {
        self.num == 0
    }

    /// Sum, or `None` where it does not fit.
    pub fn checked_add(self, other: Num) -> Option<Num> {
        if self.den == other.den {
            return Some(Num { num: self.num.checked_add(other.num)?, den: self.den });
        }
        let num = self.num.checked_mul(other.den)?.checked_add(other.num.checked_mul(self.den)?)?;
        Some(Num { num, den: self.den.checked_mul(other.den)? }.reduced())
    }

    /// Difference, or `None` where it does not fit.
    pub fn checked_sub(self, other: Num) -> Option<Num> {
        self.checked_add(Num { num: other.num.checked_neg()?, den: other.den })
    }

    /// Product, or `None` where it does not fit.
    pub fn checked_mul(self, other: Num) -> Option<Num> {
        if let (Some((num, den)), Some((other_num, other_den))) = (self.small(), other.small()) {
            return Some(Num { num: product(num, other_num), den: product(den, other_den) });
        }
        Some(Num { num: self.num.checked_mul(other.num)?, den: self.den.checked_mul(other.den)? })
    }

    /// Quotient, or `None` where the divisor is zero or the result does not fit.
    pub fn checked_div(self, other: Num) -> Option<Num> {
        if other.num == 0 {
            return None;
        }
        let sign = if other.num < 0 { -1 } else { 1 };
        Some(Num {
            num: self.num.checked_mul(other.den)?.checked_mul(sign)?,
            den: self.den.checked_mul(other.num.checked_abs()?)?,
        })
    }

    /// Both halves, where they are so small that products of two cannot overflow.
    fn small(self) -> Option<(i64, i64)> {
        Some((i64::try_from(self.num).ok()?, i64::try_from(self.den).ok()?))
    }

    /// The same number in lowest terms.
    pub fn reduced(self) -> Num {
        let divisor = gcd(self.num.unsigned_abs(), self.den.unsigned_abs());
        if divisor <= 1 || divisor > i128::MAX.unsigned_abs() {
            return self;
        }
        let divisor = divisor as i128;
        Num { num: self.num / divisor, den: self.den / divisor }
    }

    /// The nearest decimals on both sides at the number's own precision: what a "just above" and a
    /// "just below" mean for a threshold.
    pub fn neighbors(self) -> (Num, Num) {
        let den = if self.den == 1 { 1 } else { self.den };
        (Num { num: self.num - 1, den }, Num { num: self.num + 1, den })
    }

    /// Writes at most `decimals` decimals, cut toward zero, with trailing zeros dropped.
    pub fn to_decimals(self, decimals: u32) -> String {
        let this = self.reduced();
        let sign = if this.num < 0 { "-" } else { "" };
        let magnitude = this.num.unsigned_abs();
        let den = this.den.unsigned_abs();
        let mut out = format!("{sign}{}", magnitude / den);
        let mut rest = magnitude % den;
        if rest != 0 && decimals > 0 {
            let mut fraction = String::new();
            for _ in 0..decimals {
                let Some(scaled) = rest.checked_mul(10) else { break };
                fraction.push(char::from(b'0' + (scaled / den) as u8));
                rest = scaled % den;
                if rest == 0 {
                    break;
                }
            }
            let fraction = fraction.trim_end_matches('0');
            if !fraction.is_empty() {
                out.push('.');
                out.push_str(fraction);
            }
        }
        out
    }

    /// Whether the number has a finite decimal expansion.
    pub fn is_decimal(self) -> bool {
        let mut den = self.reduced().den;
        for prime in [2, 5] {
            while den % prime == 0 {
                den /= prime;
            }
        }
        den == 1
    }
}

/// A product that always fits.
fn product(a: i64, b: i64) -> i128 {
    i128::from(a) * i128::from(b)
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The full 256-bit product of two magnitudes, high half first.
fn wide_mul(a: u128, b: u128) -> (u128, u128) {
    const HALF: u32 = 64;
    const MASK: u128 = (1 << HALF) - 1;
    let (a_high, a_low) = (a >> HALF, a & MASK);
    let (b_high, b_low) = (b >> HALF, b & MASK);
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> HALF);
    let middle_low = (middle & MASK) + a_low * b_high;
    let high = a_high * b_high + (middle >> HALF) + (middle_low >> HALF);
    (high, (middle_low << HALF) | (low & MASK))
}

impl Ord for Num {
    fn cmp(&self, other: &Num) -> Ordering {
        if self.den == other.den {
            return self.num.cmp(&other.num);
        }
        if let (Some((num, den)), Some((other_num, other_den))) = (self.small(), other.small()) {
            return product(num, other_den).cmp(&product(other_num, den));
        }
        if let (Some(left), Some(right)) =
            (self.num.checked_mul(other.den), other.num.checked_mul(self.den))
        {
            return left.cmp(&right);
        }
        match (self.num < 0, other.num < 0) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (negative, _) => {
                let left = wide_mul(self.num.unsigned_abs(), other.den.unsigned_abs());
                let right = wide_mul(other.num.unsigned_abs(), self.den.unsigned_abs());
                if negative { right.cmp(&left) } else { left.cmp(&right) }
            }
        }
    }
}

impl PartialOrd for Num {
    fn partial_cmp(&self, other: &Num) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Num {
    fn eq(&self, other: &Num) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Num {}

impl std::hash::Hash for Num {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let this = self.reduced();
        this.num.hash(state);
        this.den.hash(state);
    }
}

impl fmt::Display for Num {
    /// Writes a decimal in full, and any other ratio to six decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_decimals(if self.is_decimal() { 30 } else { 6 }))
    }
}

impl From<i64> for Num {
    fn from(value: i64) -> Num {
        Num::int(i128::from(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n(text: &str) -> Num {
        Num::parse(text).expect("a number")
    }

    #[test]
    fn reads_what_people_write_and_refuses_the_rest() {
        for (text, shown) in [
            ("4800", "4800"),
            ("-5.920", "-5.92"),
            ("2.8e+26", "280000000000000000000000000"),
            ("15812.4999375", "15812.4999375"),
            ("1e-3", "0.001"),
            ("0.000", "0"),
            ("1_000", "1000"),
            (".5", "0.5"),
        ] {
            assert_eq!(n(text).to_string(), shown, "{text}");
        }
        for text in ["", "-", ".", "1,000", "12 TPP", "1e", "1e5x", "0x10", "NaN", "1.2.3", "1e--2"]
        {
            assert_eq!(Num::parse(text), Err(NumError::Malformed), "{text}");
        }
        for text in ["1e31", "1e-16", "1e99999999999", "1234567890123456789012345678901"] {
            assert_eq!(Num::parse(text), Err(NumError::OutOfRange), "{text}");
        }
    }

    #[test]
    fn compares_ratios_without_rounding() {
        assert!(n("4799.999") < n("4800"));
        // 4000/675.7 is just under 5.92, 4000.2/675.7 just over.
        let density = |tpp: &str, area: &str| n(tpp).checked_div(n(area)).expect("fits");
        assert!(density("4000", "675.7") < n("5.92"));
        assert!(density("4000.2", "675.7") > n("5.92"));
        assert_eq!(density("5.92", "1"), n("5.92"));
        assert_eq!(density("1", "3"), density("2", "6"));
    }

    #[test]
    fn compares_where_128_bits_do_not_suffice() {
        let big = Num { num: i128::MAX, den: i128::MAX - 1 };
        let bigger = Num { num: i128::MAX - 1, den: i128::MAX - 2 };
        assert!(big < bigger);
        assert!(
            Num { num: -i128::MAX, den: i128::MAX - 1 }
                > Num { num: -(i128::MAX - 1), den: i128::MAX - 2 }
        );
        assert_eq!(wide_mul(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
    }

    #[test]
    fn refuses_to_overflow() {
        let huge = n("1e29");
        assert!(huge.checked_mul(huge).is_none());
        assert!(huge.checked_div(Num::ZERO).is_none());
        assert_eq!(n("0.1").checked_add(n("0.25")), Some(n("0.35")));
        assert_eq!(n("1").checked_div(n("-4")), Some(n("-0.25")));
    }
}

//! How large a number can be that rows of the same kinds have.

use crate::expr::{Extreme, Operator};
use crate::number::Num;

/// How long the parts of an everyday number are at most, in bits.
const EVERYDAY: (u32, u32) = (40, 20);

/// What a walk asks of a number: whether it is unknown, nothing, or something, and whether it is of
/// an everyday size, with which nothing overflows.
pub(super) fn state(number: Option<&Num>) -> u8 {
    let is_everyday = |number: &Num| {
        let (num, den) = number.bits();
        !number.is_negative() && num <= EVERYDAY.0 && den <= EVERYDAY.1
    };
    let known = number.map_or(0, |number| 1 + u8::from(!number.is_zero()));
    known + if number.is_some_and(is_everyday) { 2 } else { 0 }
}

/// What is known of a number of all rows of the same kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Nothing.
    Varies,
    /// It is unknown.
    Unknown,
    /// It is zero, with a denominator of at most so many bits.
    Zero(u32),
    /// It is known and not zero.
    Something,
    /// It is over zero, and its parts have at most so many bits.
    Above(u32, u32),
}

/// The most bits of a number of which a part has 127.
const MOST_BITS: u32 = 120;

impl Size {
    /// That of a number.
    pub(super) fn of(number: Option<Num>) -> Size {
        match (state(number.as_ref()), number) {
            (4, Some(number)) => Size::Above(number.bits().0, number.bits().1),
            (state, _) => Size::of_state(state),
        }
    }

    /// That of all numbers of one [state].
    pub(super) fn of_state(state: u8) -> Size {
        match state {
            0 => Size::Unknown,
            1 => Size::Zero(i128::BITS),
            3 => Size::Zero(EVERYDAY.1),
            4 => Size::Above(EVERYDAY.0, EVERYDAY.1),
            _ => Size::Something,
        }
    }

    fn above(num: u32, den: u32) -> Size {
        if num.max(den) < MOST_BITS { Size::Above(num, den) } else { Size::Varies }
    }

    fn zero(den: u32) -> Size {
        if den < MOST_BITS { Size::Zero(den) } else { Size::Varies }
    }

    /// That of two numbers joined.
    pub(super) fn joined(self, operator: Operator, other: Size) -> Size {
        match (operator, self, other) {
            (_, Size::Unknown, _) | (_, _, Size::Unknown) => Size::Unknown,
            (Operator::Multiply, Size::Zero(a), Size::Zero(b) | Size::Above(_, b))
            | (Operator::Multiply, Size::Above(_, b), Size::Zero(a)) => Size::zero(a + b),
            (Operator::Multiply, Size::Above(a, b), Size::Above(c, d)) => Size::above(a + c, b + d),
            (Operator::Add, Size::Above(a, b), Size::Zero(den))
            | (Operator::Add, Size::Zero(den), Size::Above(a, b)) => Size::above(a + den, b + den),
            (Operator::Add, Size::Above(a, b), Size::Above(c, d)) => {
                Size::above((a + d).max(c + b) + 1, b + d)
            }
            _ => Size::Varies,
        }
    }

    /// That of the larger or smaller of two.
    pub(super) fn extreme(self, extreme: Extreme, other: Size) -> Size {
        match (extreme, self, other) {
            (_, Size::Unknown, other) => other,
            (_, own, Size::Unknown) => own,
            (_, Size::Zero(a), Size::Zero(b)) => Size::Zero(a.max(b)),
            (Extreme::Max, Size::Above(a, b), Size::Zero(_))
            | (Extreme::Max, Size::Zero(_), Size::Above(a, b)) => Size::Above(a, b),
            (Extreme::Min, Size::Above(..), Size::Zero(den))
            | (Extreme::Min, Size::Zero(den), Size::Above(..)) => Size::Zero(den),
            (_, Size::Above(a, b), Size::Above(c, d)) => Size::Above(a.max(c), b.max(d)),
            _ => Size::Varies,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_at_least_that_of_the_number() {
        let nums = ["0", "1", "0.000000000000001", "4800", "1e29", "-3"];
        let nums = nums.map(|text| Num::parse(text).expect("a number"));
        let bits = |number: Num| Size::Above(number.bits().0, number.bits().1);
        for (a, b) in nums.iter().flat_map(|a| nums.iter().map(move |b| (*a, *b))) {
            for operator in [Operator::Add, Operator::Multiply] {
                let size = Size::of(Some(a)).joined(operator, Size::of(Some(b)));
                let Some(found) = operator.apply(a, b) else {
                    assert_eq!(size, Size::Varies);
                    continue;
                };
                match (size, bits(found)) {
                    (Size::Zero(most), Size::Above(_, den)) => {
                        assert!(found.is_zero() && den <= most);
                    }
                    (Size::Above(num_most, den_most), Size::Above(num, den)) => {
                        assert!(!found.is_zero() && num <= num_most && den <= den_most);
                    }
                    (other, _) => assert_eq!(other, Size::Varies),
                }
            }
        }
    }
}

//! A product of two numbers of every row compared with one that is the same for all.
//!
//! A quantity times a performance is under a limit where the quantity is under that limit divided
//! by the performance. So the limit is divided once for each distinct performance, and each row
//! compares two whole numbers.

use super::frame::{Frame, Scope};
use crate::expr::Operator;
use crate::node::{NumId, NumNode};
use crate::number::Num;
use crate::regime::Regime;

/// How a product lies to a bound, as a reply: it is not known, or less, equal, or more.
pub(super) const UNKNOWN: u8 = 0;
const LESS: u8 = 1;

/// A whole number of a row, where it is one and not too large.
#[derive(Clone, Copy, Debug)]
enum Whole {
    Unknown,
    Is(u64),
    /// It is to be compared as it is.
    Other,
}

/// The whole numbers for which the product is less than the bound, or equal to it.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Unknown,
    /// Less where it is below the first; more where it is not below the second.
    At(u64, u64),
    Other,
}

/// The comparison for the distinct values of two bundles.
#[derive(Debug)]
pub(super) struct Cuts {
    factor: (usize, NumId),
    whole: (usize, NumId),
    bound: Num,
    cuts: Vec<Cut>,
    wholes: Vec<Whole>,
}

/// Past so many bits, a factor or whole number is compared as it is: then no product overflows.
const MOST_BITS: u32 = 60;

impl Cuts {
    /// Those of a number, where it is a product of two bundles.
    pub(super) fn new(regime: &Regime, frame: &Frame, id: NumId, bound: Num) -> Option<Cuts> {
        let id = named(regime, id);
        let NumNode::Arithmetic(Operator::Multiply, left, right) = regime.nodes.num(id) else {
            return None;
        };
        let of_bundle = |id: NumId| match frame.nums[id.0 as usize] {
            Scope::Bundle(bundle) => Some((bundle, id)),
            Scope::Constant | Scope::Rows => None,
        };
        let (left, right) = (of_bundle(*left)?, of_bundle(*right)?);
        let is_whole = |(bundle, id): (usize, NumId)| {
            let numbers = frame.numbers(bundle, id).iter();
            numbers.copied().filter(|number| matches!(whole(*number), Whole::Other)).count() == 0
        };
        let (factor, whole) = if is_whole(left) { (right, left) } else { (left, right) };
        Some(Cuts { factor, whole, bound, cuts: Vec::new(), wholes: Vec::new() })
    }

    /// The bundles of both numbers: which of its distinct values each has is what a reply needs.
    pub(super) fn bundles(&self) -> [usize; 2] {
        [self.factor.0, self.whole.0]
    }

    /// Takes up values that came since.
    pub(super) fn grow(&mut self, frame: &Frame) {
        let numbers = frame.numbers(self.factor.0, self.factor.1);
        let bound = self.bound;
        self.cuts.extend(numbers[self.cuts.len()..].iter().map(|number| cut(*number, bound)));
        let numbers = frame.numbers(self.whole.0, self.whole.1);
        self.wholes.extend(numbers[self.wholes.len()..].iter().map(|number| whole(*number)));
    }

    /// How the product of two of the distinct values lies to the bound; `None` where it is to be
    /// worked out.
    #[inline]
    pub(super) fn reply(&self, factor: u32, number: u32) -> Option<u8> {
        match (self.cuts.get(factor as usize)?, self.wholes.get(number as usize)?) {
            (Cut::Unknown, _) | (_, Whole::Unknown) => Some(UNKNOWN),
            (Cut::At(equal, more), Whole::Is(number)) => {
                Some(LESS + u8::from(number >= equal) + u8::from(number >= more))
            }
            (Cut::Other, _) | (_, Whole::Other) => None,
        }
    }
}

/// The number that stands behind names.
fn named(regime: &Regime, mut id: NumId) -> NumId {
    while let NumNode::Named(_, inner) = regime.nodes.num(id) {
        id = *inner;
    }
    id
}

fn whole(number: Option<Num>) -> Whole {
    let Some(number) = number else { return Whole::Unknown };
    // One that is not in lowest terms may be small, and its product overflow.
    let (num, den) = number.bits();
    if num.max(den) > MOST_BITS {
        return Whole::Other;
    }
    let small = number.to_int().and_then(|whole| u64::try_from(whole).ok());
    small.filter(|whole| whole >> MOST_BITS == 0).map_or(Whole::Other, Whole::Is)
}

fn cut(factor: Option<Num>, bound: Num) -> Cut {
    let Some(factor) = factor else { return Cut::Unknown };
    let (num, den) = factor.bits();
    if factor.is_negative() || num.max(den) > MOST_BITS {
        return Cut::Other;
    }
    match (bound.is_negative(), factor.is_zero()) {
        (true, _) => Cut::At(0, 0),
        (false, true) if bound.is_zero() => Cut::At(0, u64::MAX),
        (false, true) => Cut::At(u64::MAX, u64::MAX),
        (false, false) => divided(bound, factor).unwrap_or(Cut::Other),
    }
}

/// Where a bound that is not below zero is reached by a factor above it.
fn divided(bound: Num, factor: Num) -> Option<Cut> {
    let quotient = bound.checked_div(factor)?;
    let (floor, is_whole) = match quotient.to_int() {
        Some(whole) => (whole, true),
        None => (quotient.floor(), false),
    };
    let floor = u64::try_from(floor).ok()?;
    let more = floor.checked_add(1)?;
    Some(Cut::At(if is_whole { floor } else { more }, more))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reply is that of the product itself.
    #[test]
    fn a_cut_replies_as_the_product_does() {
        let parse = |text: &str| Num::parse(text).expect("a number");
        let texts =
            ["0", "1", "0.5", "0.000001", "3", "7.25", "1e9", "-1", "2999999999999", "1e25"];
        let factors: Vec<Num> = texts.iter().map(|text| parse(text)).collect();
        let bounds = ["0", "1", "-2", "21.75", "26900000", "0.000003", "1e29"].map(parse);
        let mut told = [0; 4];
        for (factor, bound) in factors.iter().flat_map(|one| bounds.map(|bound| (*one, bound))) {
            let cut = cut(Some(factor), bound);
            for number in [0u64, 1, 2, 3, 4, 9, 26_899_999, 26_900_000, 53_800_000, 1 << 59] {
                let cuts = Cuts {
                    factor: (0, NumId(0)),
                    whole: (1, NumId(1)),
                    bound,
                    cuts: vec![cut],
                    wholes: vec![whole(Some(Num::int(i128::from(number))))],
                };
                let product = factor.checked_mul(Num::int(i128::from(number)));
                let expected = product.map(|product| (2 + product.cmp(&bound) as i8) as u8);
                match cuts.reply(0, 0) {
                    Some(reply) => {
                        told[usize::from(reply)] += 1;
                        assert_eq!(Some(reply), expected, "{number} x {factor} to {bound}");
                    }
                    None => assert!(matches!(cut, Cut::Other), "{number} x {factor} to {bound}"),
                }
            }
        }
        assert!(told[1..].iter().all(|count| *count > 20), "{told:?}");
    }

    #[test]
    fn what_is_not_known_or_not_whole_is_told_apart() {
        let reply = |factor: Option<Num>, number: Option<Num>| {
            let cuts = Cuts {
                factor: (0, NumId(0)),
                whole: (1, NumId(1)),
                bound: Num::int(10),
                cuts: vec![cut(factor, Num::int(10))],
                wholes: vec![whole(number)],
            };
            cuts.reply(0, 0)
        };
        let half = Num::parse("0.5").ok();
        assert_eq!(reply(None, Some(Num::int(2))), Some(UNKNOWN));
        assert_eq!(reply(half, None), Some(UNKNOWN));
        assert_eq!(reply(Some(Num::int(2)), half), None);
        assert_eq!(reply(Some(Num::int(2)), Some(Num::int(5))), Some(2));
        let large = Num::parse("1e29").ok();
        let one = large.and_then(|large| large.checked_div(large));
        assert_eq!(one.and_then(Num::to_int), Some(1));
        assert_eq!(reply(Some(Num::int(2)), one), None, "its product may overflow");
    }
}

//! What a limit comes to and leaves: one reckoning for the books, for what is shown and for order
//! books.

use crate::account::Limit;
use crate::amount::Amount;
use crate::book::Balance;

/// A sum or product that does not fit 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// What a share is taken of: all that is used of the whole, and what is held for the part.
///
/// A part is held together with its whole, so that what is held for it arrives on both. Nothing
/// else that is held of the whole counts before it arrives.
///
/// # Errors
/// [`TooLarge`].
pub fn base(whole: Amount, held: Amount) -> Result<Amount, TooLarge> {
    whole.checked_add(held).ok_or(TooLarge)
}

/// What a limit comes to with so much on the account, where so much is used of the whole; `None`
/// where nothing bounds it. A share is rounded down: what is over it is over the share.
///
/// # Errors
/// [`TooLarge`].
pub fn ceiling(limit: &Limit, balance: Balance, whole: Amount) -> Result<Option<Amount>, TooLarge> {
    Ok(match limit {
        Limit::Unlimited => None,
        Limit::Amount(limit) => Some(*limit),
        Limit::Share { share: (part, of), .. } => {
            let base = base(whole, balance.held)?.millionths();
            let part = base.checked_mul(i128::from(*part)).ok_or(TooLarge)?;
            Some(Amount::from_millionths(part.div_euclid(i128::from(*of).max(1))))
        }
    })
}

/// What can still be held under a limit; `None` where nothing bounds it.
///
/// What is placed in a part grows the whole too: of a share `s`, with `P` used and held for the
/// part and the base `B`, as much fits as keeps `P + a <= s × (B + a)`: `(s × B − P) / (1 − s)`,
/// rounded down. Below zero, it is what has to come off part and whole.
///
/// # Errors
/// [`TooLarge`].
pub fn left(limit: &Limit, balance: Balance, whole: Amount) -> Result<Option<Amount>, TooLarge> {
    let total = balance.used.checked_add(balance.held).ok_or(TooLarge)?;
    let Some(ceiling) = ceiling(limit, balance, whole)? else { return Ok(None) };
    let Limit::Share { share: (part, of), .. } = limit else {
        return ceiling.checked_sub(total).map(Some).ok_or(TooLarge);
    };
    let times = |amount: Amount, times: u64| amount.millionths().checked_mul(i128::from(times));
    let base = base(whole, balance.held)?;
    let (allowed, taken) = times(base, *part).zip(times(total, *of)).ok_or(TooLarge)?;
    let free = allowed.checked_sub(taken).ok_or(TooLarge)?;
    match of.checked_sub(*part) {
        Some(rest) if rest > 0 => {
            Ok(Some(Amount::from_millionths(free.div_euclid(i128::from(rest)))))
        }
        // Of all of the whole or more, as much fits as there is.
        _ if free >= 0 => Ok(None),
        _ => ceiling.checked_sub(total).map(Some).ok_or(TooLarge),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at what should not happen")]

    use super::*;
    use crate::account::Account;

    fn units(units: i128) -> Amount {
        Amount::units(units).unwrap()
    }

    fn share(part: u64) -> Limit {
        Limit::Share { share: (part, 100), whole: Account::new("whole", &["Acme"]) }
    }

    #[test]
    fn the_room_of_a_share_is_what_can_be_placed() {
        for (part, used, held, whole) in [
            (7, 0, 0, 1_000_000),
            (25, 40, 3, 1000),
            (50, 0, 100, 100),
            (7, 6, 0, 90),
            (1, 5, 9, 3),
        ] {
            let limit = share(part);
            let balance = Balance { used: units(used), held: units(held) };
            let left = left(&limit, balance, units(whole)).unwrap().unwrap().millionths();
            let fits = |more: i128| {
                let held = Amount::from_millionths(balance.held.millionths() + more);
                let after = Balance { used: balance.used, held };
                let ceiling = ceiling(&limit, after, units(whole)).unwrap().unwrap();
                after.used.checked_add(after.held).unwrap() <= ceiling
            };
            assert!(fits(left) && !fits(left + 1), "{part} % of {whole}: {left}");
        }
    }

    #[test]
    fn all_of_the_whole_has_no_bound() {
        let balance = Balance { used: units(3), held: units(4) };
        assert_eq!(left(&share(100), balance, units(3)), Ok(None));
        assert_eq!(left(&share(100), balance, units(2)), Ok(Some(units(-1))));
        assert_eq!(left(&Limit::Unlimited, balance, units(0)), Ok(None));
        assert_eq!(left(&Limit::Amount(units(5)), balance, units(0)), Ok(Some(units(-2))));
        let huge = Amount::from_millionths(i128::MAX);
        assert_eq!(left(&share(7), balance, huge), Err(TooLarge));
    }
}

//! A table of quotas for tests, with every kind of limit.

use jiff::civil::{Date, date};
use ledger::account::{Account, Limit, NoTerms, Quotas, Step, Terms};
use ledger::amount::Amount;

/// - `cap [country]`: one amount for three years;
/// - `base [company, country]`: an installed base, whose ceiling grows by the quarter, with none
///   for the third quarter;
/// - `part [country]`: a tenth of `whole [country]` in 2025, a quarter in 2026;
/// - `whole [country]`: counted only;
/// - `group [company]`: one amount for a company and all it owns, from which nothing comes off;
/// - `slice [company]`: a quarter of `total [company]`, for a company and all it owns.
pub struct Table;

/// The amount of `cap`, in units.
pub const CAP: i128 = 1000;

/// The ceilings of `base` by quarter, in sixths of its limit.
const BASE: [(i8, i8, i8, i8, i128); 3] = [(1, 1, 3, 31, 1), (4, 1, 6, 30, 3), (10, 1, 12, 31, 6)];

/// The last ceiling of `base`, in units.
pub const BASE_LAST: i128 = 600;

/// What the names of a key are called, for every quota.
pub const QUOTAS: [(&str, &[&str]); 7] = [
    ("cap", &["country"]),
    ("base", &["company", "country"]),
    ("part", &["country"]),
    ("whole", &["country"]),
    ("group", &["company"]),
    ("slice", &["company"]),
    ("total", &["company"]),
];

impl Table {
    /// The account of which another is a part.
    pub fn whole_of(account: &Account) -> Account {
        let quota = if account.quota == "slice" { "total" } else { "whole" };
        Account::of(quota.to_owned(), account.key.clone())
    }

    /// Whether companies count together with those they own.
    pub fn is_consolidated(quota: &str) -> bool {
        matches!(quota, "group" | "slice" | "total")
    }

    /// The steps of a quota.
    fn steps(account: &Account, raised: Option<Amount>) -> Vec<Step> {
        let units = |units: i128| Amount::units(units).unwrap();
        let step = |from: Date, through: Date, limit: Limit| Step { from, through, limit };
        match account.quota.as_str() {
            "cap" | "group" => {
                let limit = Limit::Amount(raised.unwrap_or(units(CAP)));
                vec![step(date(2025, 1, 1), date(2027, 12, 31), limit)]
            }
            "base" => {
                let last = raised.unwrap_or(units(BASE_LAST)).millionths();
                let quarter = |(month, day, month2, day2, sixths): (i8, i8, i8, i8, i128)| {
                    let limit = Amount::from_millionths(last / 6 * sixths);
                    let limit = Limit::Amount(limit);
                    step(date(2025, month, day), date(2025, month2, day2), limit)
                };
                BASE.into_iter().map(quarter).collect()
            }
            "part" => {
                let year = |year: i16, share: (u64, u64)| {
                    let limit = Limit::Share { share, whole: Table::whole_of(account) };
                    step(date(year, 1, 1), date(year, 12, 31), limit)
                };
                vec![year(2025, (1, 10)), year(2026, (1, 4))]
            }
            "slice" => {
                let limit = Limit::Share { share: (1, 4), whole: Table::whole_of(account) };
                vec![step(date(2025, 1, 1), date(2026, 12, 31), limit)]
            }
            _ => vec![step(date(2025, 1, 1), date(2026, 12, 31), Limit::Unlimited)],
        }
    }
}

impl Quotas for Table {
    fn terms(&self, account: &Account, raised: Option<Amount>) -> Result<Terms, NoTerms> {
        let Some((_, key)) = QUOTAS.iter().find(|(name, _)| *name == account.quota) else {
            let nearest = account.quota.starts_with('c').then(|| "cap".to_owned());
            return Err(NoTerms::UnknownQuota(nearest));
        };
        if key.len() != account.key.len() {
            return Err(NoTerms::WrongKey(key.iter().map(|part| (*part).to_owned()).collect()));
        }
        let consolidated = Table::is_consolidated(&account.quota);
        let takes_off = account.quota != "group";
        let (steps, counts_from) = (Table::steps(account, raised), None);
        Ok(Terms { steps, beside: Vec::new(), consolidated, counts_from, takes_off })
    }

    fn can_raise(&self, account: &Account) -> bool {
        matches!(account.quota.as_str(), "cap" | "base" | "group")
    }
}

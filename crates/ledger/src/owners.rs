//! Who owns whom: which company stands for which others.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::Account;
use crate::amount::Amount;

/// More than this is control.
const HALF: Amount = Amount::from_millionths(500_000);

/// Every share that was recorded, and what follows from them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// By the company owned, its owners in the order in which they were recorded last.
    shares: BTreeMap<String, Vec<(String, Amount)>>,
    /// By owner, the companies that it controls directly.
    controlled: BTreeMap<String, BTreeSet<String>>,
    /// By company, those with which any share was ever recorded.
    near: BTreeMap<String, BTreeSet<String>>,
}

impl Owners {
    /// Records a share; the last one recorded for an owner counts.
    pub fn record(&mut self, owned: &str, owner: &str, share: Amount) {
        let before = self.direct(owned).map(str::to_owned);
        let shares = self.shares.entry(owned.to_owned()).or_default();
        shares.retain(|(one, _)| one != owner);
        shares.push((owner.to_owned(), share));
        let after = self.direct(owned).map(str::to_owned);
        if let Some(companies) = before.and_then(|before| self.controlled.get_mut(&before)) {
            companies.remove(owned);
        }
        if let Some(after) = after {
            self.controlled.entry(after).or_default().insert(owned.to_owned());
        }
        for (one, other) in [(owned, owner), (owner, owned)] {
            self.near.entry(one.to_owned()).or_default().insert(other.to_owned());
        }
    }

    /// The owner with more than half. A sale is recorded by its buyer: the latest who has it.
    fn direct(&self, company: &str) -> Option<&str> {
        let shares = self.shares.get(company)?;
        shares.iter().rfind(|(_, share)| *share > HALF).map(|(owner, _)| owner.as_str())
    }

    /// The company that owns a company, and whoever owns that one, up to the last. Companies that
    /// own one another in a circle have no last owner: the first of them by name stands for all.
    pub fn ultimate<'o>(&'o self, company: &'o str) -> &'o str {
        let mut seen = vec![company];
        while let Some(owner) = self.direct(seen[seen.len() - 1]) {
            if let Some(at) = seen.iter().position(|one| *one == owner) {
                return seen[at..].iter().min().copied().unwrap_or(owner);
            }
            seen.push(owner);
        }
        seen[seen.len() - 1]
    }

    /// Every company with the same ultimate owner, that one first.
    pub fn family<'o>(&'o self, company: &'o str) -> Vec<&'o str> {
        let mut family = vec![self.ultimate(company)];
        let mut seen: BTreeSet<&str> = family.iter().copied().collect();
        let mut at = 0;
        while let Some(owner) = family.get(at).copied() {
            at += 1;
            for one in self.controlled.get(owner).into_iter().flatten() {
                if seen.insert(one) {
                    family.push(one);
                }
            }
        }
        family
    }

    /// Every company that could come to be of the family by what is recorded, and by what is about
    /// to be recorded of others.
    pub(crate) fn kin<'o>(
        &'o self,
        company: &'o str,
        more: &'o [(String, String)],
    ) -> BTreeSet<&'o str> {
        let mut kin = BTreeSet::from([company]);
        let mut open = vec![company];
        while let Some(one) = open.pop() {
            let beside = more.iter().filter_map(|(owned, owner)| match one {
                _ if owned == one => Some(owner),
                _ if owner == one => Some(owned),
                _ => None,
            });
            for other in self.near.get(one).into_iter().flatten().chain(beside) {
                if kin.insert(other) {
                    open.push(other);
                }
            }
        }
        kin
    }

    /// Whether an account is the same of a company that owns or owned any share of the first one's,
    /// or of an owner of it.
    pub(crate) fn may_be_of(&self, account: &Account, owners: &Account) -> bool {
        let (Some(company), Some(owner)) = (account.key.first(), owners.key.first()) else {
            return false;
        };
        if of_company(account, owner) != *owners {
            return false;
        }
        let mut seen = BTreeSet::from([company]);
        let mut open = vec![company];
        while let Some(one) = open.pop() {
            for (above, _) in self.shares.get(one).into_iter().flatten() {
                if seen.insert(above) {
                    open.push(above);
                }
            }
        }
        seen.contains(owner)
    }

    /// The account of the ultimate owner of an account's company, which is the first of its key.
    pub fn account(&self, account: &Account) -> Account {
        let owner = account.key.first().map(|company| self.ultimate(company));
        owner.map_or_else(|| account.clone(), |owner| of_company(account, owner))
    }

    /// The accounts of all companies with the same ultimate owner.
    pub fn accounts(&self, account: &Account) -> Vec<Account> {
        let Some(company) = account.key.first() else { return vec![account.clone()] };
        self.family(company).into_iter().map(|one| of_company(account, one)).collect()
    }
}

/// The same account of another company.
pub(crate) fn of_company(account: &Account, company: &str) -> Account {
    let mut key = account.key.clone();
    if let Some(first) = key.first_mut() {
        company.clone_into(first);
    }
    Account::of(account.quota.clone(), key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(shares: &[(&str, &str, i128)]) -> Owners {
        let mut owners = Owners::default();
        for (owned, owner, percent) in shares {
            owners.record(owned, owner, Amount::from_millionths(percent * 10_000));
        }
        owners
    }

    #[test]
    fn control_goes_up_to_the_last_and_is_the_latest_buyers() {
        let owners = owners(&[("S", "P", 60), ("P", "Q", 51), ("P", "R", 50), ("T", "P", 100)]);
        assert_eq!(owners.ultimate("S"), "Q");
        assert_eq!(owners.family("T"), ["Q", "P", "S", "T"]);
        assert_eq!(owners.family("R"), ["R"]);
        let mut sold = owners.clone();
        sold.record("S", "N", Amount::from_millionths(1_000_000));
        assert_eq!(sold.family("S"), ["N", "S"]);
        assert_eq!(sold.family("Q"), ["Q", "P", "T"]);
        // Sold, and nobody said to whom.
        sold.record("T", "P", Amount::ZERO);
        assert_eq!(sold.family("T"), ["T"]);
    }

    #[test]
    fn companies_that_own_one_another_are_one() {
        let owners = owners(&[("C", "B", 100), ("B", "A", 100), ("A", "B", 100), ("D", "D", 100)]);
        for company in ["A", "B", "C"] {
            assert_eq!(owners.ultimate(company), "A", "{company}");
            assert_eq!(owners.family(company), ["A", "B", "C"], "{company}");
        }
        assert_eq!(owners.family("D"), ["D"]);
        let more = [("X".to_owned(), "C".to_owned())];
        assert_eq!(owners.kin("X", &more), BTreeSet::from(["A", "B", "C", "X"]));
    }
}

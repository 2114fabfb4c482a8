//! The terms of accounts from the law packs.

use std::sync::Arc;

use jiff::civil::Date;
use law::Num;
use law::accounts::{AccountName, NoSpans, QuotaRule, SpanLimit};

use crate::account::{Account, Limit, NoTerms, Quotas, Step, Terms};
use crate::amount::Amount;
use crate::owners::Owners;

/// One part in a million: how finely a share is told.
const PARTS: u64 = 1_000_000;

/// The quotas of a law.
#[derive(Clone)]
pub struct PackQuotas {
    law: Arc<law::Law>,
}

impl PackQuotas {
    /// The quotas of a law.
    pub fn new(law: Arc<law::Law>) -> PackQuotas {
        PackQuotas { law }
    }

    /// The accounts of quotas that are about the same transactions and the same whole as an
    /// account's, where the account's own key names them: what falls in it falls in them.
    fn beside(&self, account: &Account) -> Vec<Account> {
        let about = |rule: &QuotaRule<'_>| {
            let base = rule.quota.base.as_ref().map(|((whole, _), _)| whole.clone());
            let conditions = [&rule.rule.rule.when, &rule.quota.base_when];
            let texts = conditions.map(|one| one.as_ref().map(ToString::to_string));
            (base, texts, rule.quota.consolidated)
        };
        let ids = |rule: &QuotaRule<'_>| rule.rule.rule.id.clone();
        let of = self.law.quotas().filter(|rule| ids(rule) == account.quota);
        let mut beside = Vec::new();
        for rule in of.filter(|rule| rule.quota.base.is_some()) {
            let names = rule.key_names();
            for other in self.law.quotas().filter(|other| ids(other) != account.quota) {
                let part = |name: &String| {
                    let at = names.iter().position(|one| one == name)?;
                    account.key.get(at).cloned()
                };
                let is_alike = other.in_force() == rule.in_force() && about(&other) == about(&rule);
                let key = other.key_names().iter().map(part).collect::<Option<Vec<String>>>();
                if let Some(key) = key.filter(|_| is_alike) {
                    beside.push(Account::of(ids(&other), key));
                }
            }
        }
        beside.dedup();
        beside
    }

    /// The first day that the steps of a quota name, whenever it came into force: an allocation for
    /// 2025 to 2027 counts what was licensed before anybody had to ask.
    fn counts_from(&self, quota: &str) -> Option<Date> {
        let versions = self.law.quotas().filter(|rule| rule.rule.rule.id == quota);
        versions.flat_map(|rule| &rule.quota.steps).map(|step| step.from).min()
    }

    /// The nearest name of a quota.
    fn nearest(&self, name: &str) -> Option<String> {
        let mut names: Vec<&str> =
            self.law.quotas().map(|quota| quota.rule.rule.id.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let mut scored: Vec<(usize, &str)> =
            names.into_iter().map(|one| (strsim::levenshtein(one, name), one)).collect();
        scored.sort_unstable();
        let near = |(distance, one): &(usize, &str)| *distance <= one.len() / 2;
        scored.first().filter(|one| near(one)).map(|(_, one)| (*one).to_owned())
    }
}

/// The account of a name of the law, which is the ultimate owner's where the quota counts for that.
pub fn account(name: &AccountName, owners: &Owners) -> Account {
    let account = Account::of(name.quota.clone(), name.key.clone());
    if name.consolidated { owners.account(&account) } else { account }
}

impl Quotas for PackQuotas {
    fn terms(&self, account: &Account, raised: Option<Amount>) -> Result<Terms, NoTerms> {
        let raised = raised.and_then(Amount::to_num);
        let spans = self.law.spans(&account.quota, &account.key, raised);
        let spans = spans.map_err(|why| match why {
            NoSpans::UnknownQuota => NoTerms::UnknownQuota(self.nearest(&account.quota)),
            NoSpans::WrongKey(expected) => NoTerms::WrongKey(expected),
        })?;
        let mut steps = Vec::with_capacity(spans.len());
        for span in spans {
            let limit = match span.limit {
                SpanLimit::Unlimited => Limit::Unlimited,
                SpanLimit::Amount(limit) => {
                    let Ok(limit) = Amount::from_num(limit) else { continue };
                    Limit::Amount(limit)
                }
                SpanLimit::Share(share, whole) => {
                    let Some(share) = parts(share) else { continue };
                    // The key of an account is that of its owner already.
                    Limit::Share {
                        share: (share, PARTS),
                        whole: self::account(&whole, &Owners::default()),
                    }
                }
            };
            steps.push(Step { from: span.from, through: span.through, limit });
        }
        let consolidated = self.law.is_consolidated(&account.quota);
        let takes_off = self.law.takes_off(&account.quota);
        let counts_from = self.counts_from(&account.quota);
        let beside = self.beside(account);
        Ok(Terms { steps, beside, consolidated, counts_from, takes_off })
    }

    fn can_raise(&self, account: &Account) -> bool {
        let mut rules = self.law.quotas().filter(|rule| rule.rule.rule.id == account.quota);
        rules.any(|rule| rule.quota.raised.is_some())
    }
}

fn parts(share: Num) -> Option<u64> {
    let parts = share.checked_mul(Num::int(i128::from(PARTS)))?.to_int()?;
    u64::try_from(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn quotas() -> PackQuotas {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../law");
        let read = |path: &std::path::Path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Arc::new(law::Source { name, text: std::fs::read_to_string(path).unwrap() })
        };
        let mut paths: Vec<_> =
            std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
        paths.sort();
        let vocabulary = read(&std::path::Path::new(root).join("vocabulary.toml"));
        let packs: Vec<_> = paths.iter().map(|path| read(path)).collect();
        let (law, _) = law::Law::read(&vocabulary, &packs);
        PackQuotas::new(Arc::new(law.unwrap()))
    }

    #[test]
    fn the_quotas_of_the_framework_have_their_terms() {
        let quotas = quotas();
        let units = |units| Limit::Amount(Amount::units(units).unwrap());
        let terms = |quota: &str, key: &[&str], raised: Option<i128>| {
            let raised = raised.map(|raised| Amount::units(raised).unwrap());
            quotas.terms(&Account::new(quota, key), raised)
        };
        let country = terms("country-allocation", &["MY"], None).unwrap();
        assert_eq!(country.step(date(2026, 6, 1)).unwrap().limit, units(790_000_000));
        // 15 CFR 742.6(b)(10)(iii)(C): assurances may raise it, at most to double.
        // The allocation is for 2025 to 2027; it bounds licenses from the day of compliance on.
        assert_eq!(country.steps[0].from, date(2025, 5, 15));
        assert_eq!(country.counts_from, Some(date(2025, 1, 1)));
        let raised = terms("country-allocation", &["MY"], Some(1_000_000_000)).unwrap();
        assert_eq!(raised.step(date(2026, 6, 1)).unwrap().limit, units(1_000_000_000));
        let capped = terms("country-allocation", &["MY"], Some(5_000_000_000)).unwrap();
        assert_eq!(capped.step(date(2026, 6, 1)).unwrap().limit, units(1_580_000_000));
        let lpp = terms("lpp-limit", &["Acme", "2025"], None).unwrap();
        assert_eq!(lpp.step(date(2025, 12, 31)).unwrap().limit, units(26_900_000));
        assert_eq!(lpp.step(date(2026, 1, 1)), None);
        let installed = terms("nveu-installed", &["Acme", "IN"], None).unwrap();
        assert_eq!(installed.step(date(2025, 6, 30)).unwrap().limit, units(949_500_000));
        assert_eq!(installed.step(date(2025, 7, 1)).unwrap().limit, units(1_266_000_000));
        let part = terms("uveu-country", &["Acme", "IN"], None).unwrap();
        let whole = Account::new("uveu_total_tpp", &["Acme"]);
        let limit = Limit::Share { share: (70_000, 1_000_000), whole: whole.clone() };
        assert_eq!(part.step(date(2025, 7, 1)).unwrap().limit, limit);
        // Nothing is in a country outside Supplement No. 5(a) that is not outside it.
        assert_eq!(part.beside, [Account::new("uveu-outside", &["Acme"])]);
        let alone = ["uveu-outside", "uveu-outside-us"];
        assert!(alone.iter().all(|quota| terms(quota, &["Acme"], None).unwrap().beside.is_empty()));
        assert!(part.consolidated && lpp.consolidated && !installed.consolidated);
        let whole = quotas.terms(&whole, None).unwrap();
        assert_eq!(whole.step(date(2025, 7, 1)).unwrap().limit, Limit::Unlimited);
        assert!(whole.consolidated);
        // 740.29(d) and 742.6(b)(10)(iii)(B)(1) count what was shipped and licensed.
        assert!(installed.takes_off && part.takes_off && whole.takes_off);
        assert!(!country.takes_off && !lpp.takes_off);
    }

    #[test]
    fn a_country_that_a_quota_is_not_for_has_no_limit() {
        let quotas = quotas();
        let has_limit = |quota: &str, key: &[&str]| {
            !quotas.terms(&Account::new(quota, key), None).unwrap().steps.is_empty()
        };
        for place in ["MY", "IN", "AE", "SA", "IL", "PL", "SG"] {
            assert!(has_limit("country-allocation", &[place]), "{place}");
            assert!(has_limit("nveu-installed", &["Acme", place]), "{place}");
            assert!(has_limit("uveu-country", &["Acme", place]), "{place}");
        }
        // 742.6(b)(10)(iii)(A): denied or approved without an allocation.
        for place in ["CN", "MO", "GB", "JP", "US", "RU"] {
            assert!(!has_limit("country-allocation", &[place]), "{place}");
        }
        // Supplement No. 10 to part 748, para. 6: outside Supplement No. 5(a).
        assert!(!has_limit("uveu-country", &["Acme", "GB"]));
        assert!(has_limit("lpp-limit", &["Acme", "2025"]));
    }

    #[test]
    fn a_wrong_name_or_key_is_told_with_the_right_one() {
        let quotas = quotas();
        let why =
            |quota: &str, key: &[&str]| quotas.terms(&Account::new(quota, key), None).unwrap_err();
        let near = NoTerms::UnknownQuota(Some("lpp-limit".to_owned()));
        assert_eq!(why("lpp-limits", &["Acme", "2025"]), near);
        let key = ["ultimate_consignee.name", "year"].map(str::to_owned).to_vec();
        assert_eq!(why("lpp-limit", &["Acme"]), NoTerms::WrongKey(key.clone()));
        assert_eq!(why("lpp-limit", &["Acme", "25"]), NoTerms::WrongKey(key));
        let key = NoTerms::WrongKey(vec!["destination".to_owned()]);
        for place in ["Malaysia", "my", "UK", "ZZ"] {
            assert_eq!(why("country-allocation", &[place]), key, "{place}");
        }
    }
}

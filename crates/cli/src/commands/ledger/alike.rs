//! Accounts that may be one and the same under two spellings, each with a limit of its own.

use std::collections::HashMap;
use std::sync::Arc;

use ledger::account::Account;
use ledger::movement::{Entry, Event};
use ledger::store::ReadStore;

use super::desk::Desk;
use crate::Common;
use crate::language::Language;

/// What says of a company how it is incorporated, as the last words of its name.
const LEGAL_FORMS: [&str; 32] = [
    "ab",
    "ag",
    "as",
    "bhd",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "kg",
    "kk",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "nv",
    "oy",
    "plc",
    "pte",
    "pty",
    "pvt",
    "sa",
    "sarl",
    "sas",
    "sdn",
    "spa",
    "srl",
    "ug",
];

/// A name without what is only its spelling: capitals, blanks, punctuation and the legal form.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '.' | '\'' | '\u{2019}'));
    let letters: String = letters.flat_map(char::to_lowercase).collect();
    let words = letters.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let is_form = |word: &&str| LEGAL_FORMS.contains(word);
    let own = words.iter().rposition(|word| !is_form(word)).map_or(words.len(), |last| last + 1);
    let joined = words[..own].concat();
    let bare = joined.strip_suffix("有限公司").filter(|rest| !rest.is_empty());
    bare.unwrap_or(&joined).to_owned()
}

fn plain_account(account: &Account) -> (String, Vec<String>) {
    let key = account.key.iter().map(|part| plain(part)).collect();
    (account.quota.clone(), key)
}

/// Accounts by what they are called but for their spelling.
#[derive(Default)]
pub struct Alike(HashMap<(String, Vec<String>), Vec<Account>>);

impl Alike {
    /// These accounts.
    pub fn of(accounts: impl IntoIterator<Item = Account>) -> Alike {
        let mut alike = Alike::default();
        accounts.into_iter().for_each(|account| alike.add(account));
        alike
    }

    fn add(&mut self, account: Account) {
        self.0.entry(plain_account(&account)).or_default().push(account);
    }

    /// Other accounts that differ from one in their spelling alone.
    fn others(&self, account: &Account) -> impl Iterator<Item = &Account> {
        let alike = self.0.get(&plain_account(account));
        alike.into_iter().flatten().filter(move |one| *one != account)
    }

    /// The same for an account that may be new, which is known from then on; none where it was
    /// known.
    pub fn like_new(&mut self, account: &Account) -> Option<Account> {
        let known = self.0.get(&plain_account(account));
        if known.is_some_and(|known| known.contains(account)) {
            return None;
        }
        let other = self.others(account).next().cloned();
        self.add(account.clone());
        other
    }
}

/// That an account is new and written like another.
pub fn message(account: &Account, other: &Account, language: Language) -> String {
    match language {
        Language::En => format!(
            "{account} is a new account and differs from {other} in its spelling alone: each has \
             a limit of its own; where both are one, use one name, or say so with \
             `weir ledger own`"
        ),
        Language::Zh => format!(
            "{account} 是新账户，与 {other} 仅写法不同：两者各有限额；若为同一企业，请统一名称，\
             或用 `weir ledger own` 登记"
        ),
    }
}

/// Warns of accounts that entries made and that are written like others. What cannot be read is
/// not told: the entries are made.
pub fn warn(desk: &mut Desk, entries: &[Arc<Entry>], common: &Common) {
    let Some(before) = entries.iter().map(|entry| entry.number - 1).min() else { return };
    let mut moved: Vec<Account> = Vec::new();
    for entry in entries {
        match &entry.event {
            Event::Reserve { legs, .. } | Event::Retire { legs, .. } => {
                moved.extend(legs.iter().map(|leg| leg.account.clone()));
            }
            Event::Adjust { leg, .. } => moved.push(leg.account.clone()),
            Event::Raise { account, .. } => moved.push(account.clone()),
            Event::Commit { .. }
            | Event::Release { .. }
            | Event::Expire { .. }
            | Event::Own { .. } => {}
        }
    }
    moved.sort();
    moved.dedup();
    let (runtime, reader, _) = desk.reading();
    let known = runtime.block_on(reader.balances_of(&moved, before)).unwrap_or_default();
    moved.retain(|account| !known.contains_key(account));
    if moved.is_empty() {
        return;
    }
    let all = Alike::of(runtime.block_on(reader.accounts()).unwrap_or_default());
    for account in &moved {
        // Of two that are new, one is told of the other.
        let mut others = all.others(account).filter(|one| *one < account || !moved.contains(one));
        if let Some(other) = others.next() {
            common.warn(&message(account, other, common.lang));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_alike() {
        for name in ["ACME Inc", "Acme, Inc.", "acme", " A.C.M.E  L.L.C. ", "Acme Co., Ltd"] {
            assert_eq!(plain(name), "acme", "{name}");
        }
        assert_eq!(plain("Acme Data-Center GmbH"), plain("acme DataCenter"));
        assert_ne!(plain("Acme 2"), plain("Acme"));
        assert_ne!(plain("Coca"), plain("Ca"));
        // A name of nothing else is its own.
        assert_eq!(plain("Limited Co"), "limitedco");
        assert_eq!(plain("华星有限公司"), plain("华星"));
    }

    #[test]
    fn a_key_is_alike_as_a_whole() {
        let account = |key: &[&str]| Account::new("lpp-limit", key);
        let mut alike = Alike::of([account(&["Acme", "2025"])]);
        assert_eq!(alike.like_new(&account(&["Acme", "2025"])), None);
        assert_eq!(alike.like_new(&account(&["ACME", "2026"])), None);
        assert_eq!(alike.like_new(&account(&["ACME", "2025"])), Some(account(&["Acme", "2025"])));
        assert_eq!(alike.like_new(&account(&["ACME", "2025"])), None);
    }
}

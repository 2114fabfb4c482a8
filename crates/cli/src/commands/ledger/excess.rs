//! Accounts over their limit: what is a fact is recorded, and told.

use std::collections::BTreeSet;
use std::sync::Arc;

use ledger::account::Account;
use ledger::amount::Amount;
use ledger::movement::{Entry, Event};
use ledger::store::ReadStore;
use ledger::view;

use super::desk::{Desk, grouped};
use super::showing;
use crate::{Common, now};

/// Warns of accounts that are over their limit after entries that no limit bounds: figures from
/// outside, other limits, owners, and what came off a whole. What cannot be read is not told: the
/// entries are made.
pub fn warn(desk: &mut Desk, entries: &[Arc<Entry>], common: &Common) {
    let (mut moved, mut companies) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        match &entry.event {
            Event::Adjust { leg, .. } => _ = moved.insert(leg.account.clone()),
            Event::Retire { legs, .. } => moved.extend(legs.iter().map(|leg| leg.account.clone())),
            Event::Raise { account, .. } => _ = moved.insert(account.clone()),
            Event::Own { owned, owner, .. } => companies.extend([owned.clone(), owner.clone()]),
            _ => {}
        }
    }
    if moved.is_empty() && companies.is_empty() {
        return;
    }
    for told in over(desk, &moved, &companies).unwrap_or_default() {
        common.warn(&told);
    }
}

/// The accounts that hang on accounts that moved, or on who owns whom, and are over their limit:
/// each with the first step in which it is.
fn over(
    desk: &mut Desk,
    moved: &BTreeSet<Account>,
    companies: &BTreeSet<String>,
) -> anyhow::Result<Vec<String>> {
    let when = now();
    let (runtime, reader, quotas) = desk.reading();
    let mut accounts = runtime.block_on(reader.accounts())?;
    let owners = runtime.block_on(view::owners(reader, when))?;
    let companies: BTreeSet<&str> = companies.iter().map(|name| owners.ultimate(name)).collect();
    accounts.retain(|account| {
        let Ok(terms) = quotas.terms(account, None) else { return false };
        let company = account.key.first().map(|company| owners.ultimate(company));
        moved.contains(account)
            || terms.whole().is_some_and(|whole| moved.contains(whole))
            || terms.consolidated && company.is_some_and(|company| companies.contains(company))
    });
    showing::to_owners(desk, &mut accounts, when)?;
    let mut told = Vec::new();
    for (account, (_, standing)) in accounts.iter().zip(showing::standings(desk, &accounts, when)?)
    {
        let Ok(standing) = standing else { continue };
        let excess = standing.steps.iter().find_map(|step| {
            let room = step.room().filter(|room| *room < Amount::ZERO)?;
            Some((step.from, step.limit?, Amount::ZERO.checked_sub(room)?))
        });
        let Some((from, limit, excess)) = excess else { continue };
        let (limit, excess) = (grouped(limit), grouped(excess));
        told.push(format!("{account} is over its limit from {from}, {limit}, by {excess}"));
    }
    Ok(told)
}

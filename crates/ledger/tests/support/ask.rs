//! Requests for tests that are not about what is asked.

use jiff::civil::date;
use ledger::account::Account;
use ledger::amount::Amount;
use ledger::ledger::{Failure, Ledger, MoveError};
use ledger::movement::{Ask, Expiry, Request};
use ledger::store::StoreError;

/// Reserves one unit of an account without a limit, for a long time.
pub fn reserve(key: &str) -> Request {
    let ask = Ask::Reserve {
        day: Some(date(2025, 6, 2)),
        amount: Amount::units(1).unwrap(),
        accounts: vec![Account::new("whole", &["MY"])],
        expiry: Expiry::After(1_000_000),
        note: "a line of an order".into(),
    };
    Request { key: key.to_owned(), by: "desk".to_owned(), ask }
}

/// Asks for it and expects that it is done.
pub async fn moves(ledger: &Ledger, key: &str) -> u64 {
    let receipt = ledger.request(reserve(key)).await.unwrap();
    assert!(!receipt.repeated);
    receipt.entry.number
}

/// Asks for it and expects that it is certain that it is not done; why.
pub async fn not_done(ledger: &Ledger, key: &str) -> std::sync::Arc<StoreError> {
    match ledger.request(reserve(key)).await {
        Err(MoveError::Failed(Failure::NotDone(why))) => why,
        other => panic!("{other:?}"),
    }
}

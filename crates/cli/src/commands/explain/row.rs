//! A row of a table, as an order.

use std::sync::Arc;

use anyhow::bail;
use batch::{Decider, Mapping, address};
use law::Law;

use super::Args;
use crate::Common;
use crate::catalogue::{Chips, Parts};
use crate::commands::batch::Known;
use crate::input::rows::{Order, RowError};

/// Finds the row that is meant.
///
/// # Errors
/// A file that cannot be read, or that does not have it.
pub fn find(args: &Args, number: u64, law: &Law, common: &Common) -> anyhow::Result<Order> {
    if number == 0 {
        bail!("there is no row 0\n\nhint: rows count from 1, a header not counted");
    }
    let shared = Arc::new(common.law()?);
    let chips = Chips::embedded(shared.vocabulary())?;
    let parts = Arc::new(Parts::new(args.parts.clone()));
    let mapping = Mapping::read(args.map.iter().map(String::as_str), shared.vocabulary())?;
    let known = Known::new(Arc::clone(&shared), chips, parts);
    let decider = Decider::new(shared, Some(Arc::new(known)), mapping);
    let row = decider.row(&address(&args.orders)?, number)?;
    let mut order = Order::blank(law);
    order.id = number.to_string();
    order.row = number;
    order.facts = row.facts;
    order.facts.complete(law.vocabulary(), law.defaults());
    let mut errors = row.errors.into_iter().map(|error| RowError {
        code: error.code,
        message: common.lang.said(&error.message).into_owned(),
        hint: String::new(),
        column: None,
    });
    order.error = errors.next();
    order.more_errors = errors.collect();
    if let Some(warnings) = row.warnings {
        common.warn(&warnings);
    }
    Ok(order)
}

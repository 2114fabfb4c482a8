//! The law as data: packs that are read, checked, compiled for a day, and asked about a
//! transaction.
//!
//! This crate does no I/O, reads no clock and holds no float. Everything that depends on the day
//! takes the day from the transaction; everything that depends on a document takes the document's
//! text from the caller.
//!
//! - [`Law::read`] joins documents into a law, with every mistake in them.
//! - [`Law::decide`] answers for one transaction.
//! - [`Columns::decide`](columns::Columns::decide) answers for millions, given by column.
//! - [`explain`](explain::explain) shows how it came to the answer; [`flips`](flips::flips), what
//!   would change it.

pub mod accounts;
mod answer;
mod answered;
mod bits;
pub mod cases;
pub mod changes;
pub mod check;
pub mod columns;
pub mod country;
pub mod decide;
pub mod diagnostic;
mod docket;
pub mod eval;
pub mod explain;
pub mod expr;
pub mod facts;
pub mod fields;
pub mod flips;
pub mod headroom;
pub mod label;
mod law;
pub mod lint;
pub mod naming;
pub mod node;
pub mod number;
pub mod pack;
pub mod regime;
pub mod same;
mod settle;
pub mod text;
mod trail;
pub mod truth;
pub mod units;
mod uses;
pub mod vocabulary;
mod worlds;
pub mod written;

pub use country::{Country, CountrySet};
pub use decide::{Answer, Because, Carry, Desk, Determination, Draw, Due, Flag, Outcome};
pub use diagnostic::{Diagnostic, Severity, Source};
pub use facts::{Facts, Value, ValueError};
pub use fields::{Item, TomlValue};
pub use law::{Law, LawRule, RuleId, StatusId};
pub use number::Num;
pub use pack::{Policy, Reading, Sure};
pub use vocabulary::{Fact, FactId, FactType, Vocabulary};

//! Decides whole tables: record batches of Arrow, and files of them by the folder.
//!
//! Only this crate knows Arrow and Parquet. It reads no law and no catalogue itself: the caller
//! brings both, so that a table is decided by the same law as a single line.
//!
//! - [`Decider::decide`] answers a record batch with the same rows and the decision's columns.
//! - [`job::run`] does so for files, again and again where it was interrupted.

mod answers;
mod cells;
mod columnar;
pub mod compare;
mod copying;
pub mod diff;
pub mod files;
mod inputs;
pub mod job;
pub mod moves;
mod outputs;
mod places;
pub mod reading;
mod rejects;
pub mod single;
pub mod summary;
mod table;

pub use answers::{DECISION_COLUMNS, Decided, Decider, Worker};
pub use arrow;
pub use inputs::{files_below, partitioned, partitions};
pub use places::{AddressError, address, is_stored};
pub use table::{Catalogue, ColumnError, Mapping, MappingError, Refused, RowError, RowWarning};

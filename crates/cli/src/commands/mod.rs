//! One module a command.

pub mod ask;
#[cfg(feature = "batch")]
pub mod batch;
pub mod check;
pub mod chips;
#[cfg(feature = "engine")]
pub mod cluster;
pub mod explain;
mod import;
pub mod lab;
pub mod law;
pub mod ledger;
#[cfg(feature = "engine")]
pub mod sql;

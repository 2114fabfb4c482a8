//! The pages of the lab: what a run came to, and claims under test.
//!
//! Charts are drawn here from values over draws; nothing here simulates, decides or reads files.

pub mod claims;
#[cfg(feature = "batch")]
pub mod discovery;
#[cfg(feature = "batch")]
mod fan;
#[cfg(feature = "batch")]
mod fit;
#[cfg(feature = "batch")]
pub mod frame;
#[cfg(feature = "batch")]
mod map;
pub mod names;
#[cfg(feature = "batch")]
pub mod page;
#[cfg(feature = "batch")]
mod parameters;
#[cfg(feature = "batch")]
pub mod regions;
#[cfg(feature = "batch")]
pub mod regret;
#[cfg(feature = "batch")]
mod scatter;
#[cfg(feature = "batch")]
mod stack;
#[cfg(feature = "batch")]
pub mod suppositions;
#[cfg(feature = "batch")]
pub mod svg;
#[cfg(feature = "batch")]
mod tornado;
#[cfg(feature = "batch")]
pub mod words;

/// What is installed in China and what it rents abroad: a sum that a report makes of a run.
#[cfg(feature = "batch")]
pub const WITH_RENTED: &str = "china_with_rented";

//! One module an instrument.

pub mod diversion;
pub mod events;
pub mod kinks;
pub mod output;
pub mod quota;
pub mod sums;

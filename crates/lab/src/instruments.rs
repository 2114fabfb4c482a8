//! One module an instrument.

pub mod diversion;
pub mod quota;

//! Instruments that weigh what is said about export controls on AI chips.
//!
//! Each module of [`instruments`] answers one question by one method, alone: with its equation, its
//! units, where it comes from and what it takes for granted. What a rule says comes from the law
//! packs, never from here.
//!
//! Floats are allowed here. Where the same seed promises the same bits ([`random`]), everything
//! between the seed and the number is either exact or frozen in this crate.

pub mod claims;
pub mod ensemble;
pub mod instruments;
pub mod math;
pub mod quantiles;
pub mod quarter;
pub mod random;
pub mod results;
pub mod returns;
pub mod robust;
pub mod sensitivity;
pub mod stats;
pub mod table;
pub mod tables;
pub mod targets;
pub mod validation;
pub mod world;

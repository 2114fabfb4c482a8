//! The simulated world: who gets how much AI compute under which rules, by quarters.
//!
//! A [`Scenario`] is a file: law packs over time, levers, events. [`Compiled`] is what the law
//! packs say of everything that the scenario can offer, asked once; a [`Run`] is one draw of the
//! parameters through it. The order of a quarter is that of [`mechanisms`].
//!
//! Units are in the names: `h100e` counts 8-bit operations (1,979 dense TOPS are one), `tpp` is the
//! law's total processing performance; they are never mixed. Money is in U.S. dollars of the day,
//! flows are per quarter.
//!
//! The same seed gives the same bits: sums are in a fixed order, and everything beyond
//! `+ - * / sqrt` is [`crate::math`].

pub mod balance;
pub mod compiled;
pub mod data;
pub mod linear;
pub mod mechanisms;
pub mod observe;
pub mod parameters;
pub mod run;
pub mod scenario;
pub mod state;

pub use crate::quarter::Quarter;
pub use compiled::Compiled;
pub use data::WorldData;
pub use parameters::Parameters;
pub use run::{Diverged, Run};
pub use scenario::Scenario;

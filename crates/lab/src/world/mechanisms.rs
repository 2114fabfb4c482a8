//! The mechanisms, one module each, in the order of a quarter.
//!
//! Each changes the [`World`](super::state::World) by its own equation; the equation, its source
//! and what it takes for granted stand at the head of its module. Parameters carry their evidence
//! in `data/lab/parameters.csv`.

pub mod allies;
pub mod allocation;
pub mod anticipation;
pub mod bifurcation;
pub mod cloud;
pub mod demand;
pub mod design;
pub mod diversion;
pub mod licenses;
pub mod manufacture;
pub mod market;
pub mod research;
pub mod retaliation;
pub mod rules;
pub mod substitution;
pub mod supply;

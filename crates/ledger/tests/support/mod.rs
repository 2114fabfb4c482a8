//! What several test files share. Each is a crate of its own and uses what it needs of it.

#![allow(dead_code, reason = "no test file uses everything")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

pub mod ask;
pub mod check;
pub mod counting;
pub mod dice;
pub mod model;
pub mod postgres;
pub mod table;
pub mod world;

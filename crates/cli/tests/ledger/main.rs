//! `weir ledger`, run as a user would run it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod bad_input;
mod checking;
mod desk;
mod files;
mod guide;
mod holding;
mod moving;
#[allow(dead_code, reason = "these tests need less of it than those of the ledger")]
#[path = "../../../ledger/tests/support/postgres.rs"]
mod postgres;
mod proving;
mod servers;
mod showing;
mod telling;
mod transfer;

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
mod guide;
mod holding;
mod moving;
mod proving;
mod showing;
mod transfer;

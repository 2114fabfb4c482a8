//! The house rules, as tests: what may depend on what, how long things may be, what may not be used
//! where, that every rule has its citation and every generated page is up to date.
//!
//! A check is a function from text to findings with a test of its own on a small example; the tests
//! that walk the project only call it. Lists of exceptions may only shrink.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at what should not happen"
)]

mod citations;
mod code;
mod edges;
mod length;
mod pages;
mod tree;

/// Fails with every finding, one a line, and the way out.
#[track_caller]
fn expect_none(findings: &[String], hint: &str) {
    assert!(findings.is_empty(), "\n{}\n\nhint: {hint}\n", findings.join("\n"));
}

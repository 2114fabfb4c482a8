//! What several test files share. Each is a crate of its own and uses what it needs of it.

#![allow(dead_code, reason = "no test file uses everything")]

pub mod postgres;

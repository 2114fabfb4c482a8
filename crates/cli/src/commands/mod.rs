//! One module a command.

pub mod check;

//! One module a command.

pub mod check;
pub mod chips;
mod import;
pub mod law;

//! One module a command.

pub mod check;
pub mod chips;
pub mod explain;
mod import;
pub mod law;

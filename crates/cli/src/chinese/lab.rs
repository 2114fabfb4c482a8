//! What is said of the lab: its instruments, their options and the tables they read.

use super::Phrase;

pub const PHRASES: &[Phrase] = &[];

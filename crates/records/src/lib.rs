//! Cuts text into records and cells: CSV in the dialects that spreadsheets write, and lines.
//!
//! It must not know what a column is for. Order books and tables are cut by it alike, so that both
//! are read in the same way.

pub mod cells;
pub mod dialect;
pub mod framing;

pub use cells::{Cut, Cutter};
pub use dialect::{NoText, delimiter, named_delimiter, no_text, without_mark};
pub use framing::{Framing, Problem, Record, Records};

/// How much of a file is looked at to tell what it is.
pub const SNIFFED_BYTES: usize = 1 << 16;

//! The cells of a CSV record, and what cells meant.
//!
//! It must not know what a column is for: reading a cell is the vocabulary's.

use std::hash::Hasher as _;

use law::Value;
use records::{Cut, Cutter};
use rustc_hash::FxHasher;

/// What cuts records, and room for what cells meant, reused from one record to the next.
pub struct Scratch {
    cutter: Cutter,
    known: Known,
}

impl Scratch {
    /// Room for the records of a file with that delimiter.
    pub fn new(delimiter: u8) -> Scratch {
        Scratch { cutter: Cutter::new(delimiter), known: Known::default() }
    }

    /// Cuts a CSV record into its cells; how many there are, or `None` where a quote stays open.
    pub fn cut(&mut self, bytes: &[u8]) -> Option<usize> {
        self.cutter.cut(bytes)
    }

    /// The record that was cut last, and what cells meant before it.
    pub fn parts(&mut self) -> (&Cut, &mut Known) {
        (self.cutter.record(), &mut self.known)
    }
}

/// What cells meant lately. Most columns hold few words, countries and days, so that looking one up
/// saves reading it.
#[derive(Default)]
pub struct Known {
    slots: Vec<Slot>,
}

/// The cell that was read last of those that share a place.
#[derive(Clone, Default)]
struct Slot {
    column: usize,
    cell: String,
    value: Option<Value>,
}

const SLOTS: usize = 2048;
/// Longer cells seldom come twice.
const LONGEST_CELL: usize = 64;

impl Known {
    /// What a cell of a column means: as it was read before, or by reading it. An error is not
    /// remembered.
    pub fn value<E>(
        &mut self,
        column: usize,
        cell: &str,
        read: impl FnOnce() -> Result<Option<Value>, E>,
    ) -> Result<Option<Value>, E> {
        if cell.len() > LONGEST_CELL {
            return read();
        }
        if self.slots.is_empty() {
            // No column has that number, so that nothing is found in an empty place.
            self.slots.resize(SLOTS, Slot { column: usize::MAX, ..Slot::default() });
        }
        let mut hasher = FxHasher::default();
        hasher.write_usize(column);
        hasher.write(cell.as_bytes());
        let slot = &mut self.slots[hasher.finish() as usize % SLOTS];
        if slot.column != column || slot.cell != cell {
            slot.value = read()?;
            slot.column = column;
            slot.cell.clear();
            slot.cell.push_str(cell);
        }
        Ok(slot.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_read_once_for_each_column() {
        let mut known = Known::default();
        let yes = || Ok::<_, ()>(Some(Value::Bool(true)));
        let no = || Ok::<_, ()>(Some(Value::Bool(false)));
        assert_eq!(known.value(1, "x", yes), yes());
        assert_eq!(known.value(1, "x", no), yes());
        assert_eq!(known.value(2, "x", no), no());
        assert_eq!(known.value(3, "y", || Err(())), Err(()));
        assert_eq!(known.value(3, "y", no), no());
    }
}

//! Groups rows by what they have in common, one property after the other.

use rustc_hash::FxHashMap;

/// A grouping under way.
pub(super) struct Grouping {
    rows: Vec<u32>,
    /// The group of each row.
    of_row: Vec<u32>,
    count: usize,
}

impl Grouping {
    /// Begins with all rows in one group.
    pub(super) fn new(rows: Vec<u32>) -> Grouping {
        Grouping { of_row: vec![0; rows.len()], count: 1, rows }
    }

    /// Splits the groups by a property that is one of `count` numbers.
    pub(super) fn split(&mut self, count: usize, of: impl Fn(u32) -> u32) {
        let mut next = 0u32;
        let mut fresh = || {
            next += 1;
            next - 1
        };
        let pairs = self.count.saturating_mul(count);
        // A table is quicker than a map, where it is not much larger than the rows.
        if pairs <= 4 * self.rows.len() {
            let mut table = vec![u32::MAX; pairs];
            for (group, row) in self.of_row.iter_mut().zip(&self.rows) {
                let place = &mut table[*group as usize * count + of(*row) as usize];
                if *place == u32::MAX {
                    *place = fresh();
                }
                *group = *place;
            }
        } else {
            let mut table: FxHashMap<u64, u32> = FxHashMap::default();
            for (group, row) in self.of_row.iter_mut().zip(&self.rows) {
                let pair = u64::from(*group) << 32 | u64::from(of(*row));
                *group = *table.entry(pair).or_insert_with(&mut fresh);
            }
        }
        self.count = next as usize;
    }

    /// The rows of each group, in their order.
    pub(super) fn finish(self) -> Vec<Vec<u32>> {
        let mut sizes = vec![0usize; self.count];
        self.of_row.iter().for_each(|group| sizes[*group as usize] += 1);
        let mut groups: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
        for (group, row) in self.of_row.iter().zip(&self.rows) {
            groups[*group as usize].push(*row);
        }
        groups
    }
}

//! One row of a table, as it is decided among the others.

use std::path::{Path, PathBuf};

use law::Facts;
use rustc_hash::FxHashMap;

use crate::answers::Decider;
use crate::files::{FileError, Format};
use crate::inputs::{partitioned, partitions};
use crate::places::Source;
use crate::reading::{Names, Read, read_from};
use crate::table::{ColumnError, RowError, Table};

/// A row of a table.
#[derive(Debug)]
pub struct Row {
    /// What it says, and what the catalogue knows besides.
    pub facts: Facts,
    /// What is wrong with it.
    pub errors: Vec<RowError>,
    /// What to look at, if there is anything.
    pub warnings: Option<String>,
}

/// Why a row cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum NoRow {
    /// The file is no table.
    #[error(
        "`{}` ends in none of .parquet, .arrow (or .feather), .csv, .tsv and .jsonl (or .ndjson), \
         nor in one of the texts and .gz or .zst", .0.display()
    )]
    Ending(PathBuf),
    /// The file cannot be read.
    #[error("`{}` cannot be read: {why}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: FileError,
    },
    /// A column cannot be read.
    #[error("`{}` cannot be read: {why}", .path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// Why.
        why: ColumnError,
    },
    /// It has fewer rows.
    #[error("`{}` has {rows} rows, and no row {row}", .path.display())]
    Past {
        /// The file.
        path: PathBuf,
        /// The row.
        row: u64,
        /// How many there are.
        rows: u64,
    },
}

impl Decider {
    /// A row of a file, by its number from 1, a header not counted.
    ///
    /// # Errors
    /// See [`NoRow`].
    pub fn row(&self, path: &Path, number: u64) -> Result<Row, NoRow> {
        let path = || path.to_owned();
        let unread = |why: FileError| NoRow::File { path: path(), why };
        let format = Format::of_input(&path()).ok_or_else(|| NoRow::Ending(path()))?;
        let folders = partitions(&path());
        let source = Source::open(&path(), None).map_err(|why| unread(why.into()))?;
        let names =
            Names { is_apart: &|path| self.is_fact(path), is_list: &|path| self.is_list(path) };
        let (_, reads) = read_from(source, format, &names).map_err(unread)?;
        let mut before = 0;
        for read in reads {
            let Read { batch, mut errors, .. } = read.map_err(unread)?;
            let rows = batch.num_rows() as u64;
            let Some(at) = number.checked_sub(before + 1).filter(|at| *at < rows) else {
                before += rows;
                continue;
            };
            let at = at as usize;
            let wrong = errors.remove(&at);
            let one = partitioned(batch.slice(at, 1), &folders);
            let one = one.map_err(|why| unread(why.into()))?;
            let unfit = |why: ColumnError| NoRow::Column { path: path(), why };
            let facts = self.fit(&one).map_err(unfit)?;
            let known = &mut FxHashMap::default();
            let table = Table::read(self.law(), self.catalogue(), &facts, &one, known);
            let mut table = table.map_err(unfit)?;
            let mut row = Facts::new(self.law().vocabulary());
            for column in table.columns() {
                let value = column.keys.first().and_then(|key| column.values.get(*key as usize));
                row.set(column.fact, value.cloned().flatten());
            }
            let warnings = table.warnings().and_then(|mut texts| texts.next()?.map(str::to_owned));
            let errors = wrong.or_else(|| table.errors.remove(&0)).unwrap_or_default();
            return Ok(Row { facts: row, errors, warnings });
        }
        Err(NoRow::Past { path: path(), row: number, rows: before })
    }
}

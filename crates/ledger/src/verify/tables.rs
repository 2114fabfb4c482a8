//! The tables beside the journal, each row held against the entry that it follows from.
//!
//! A row is a line of text. What the journal says a table should hold is added to the account of
//! its entry, and what the table does hold is taken off; whatever is left over names the entry. The
//! lines are hashed with a key that is drawn for this run alone, so that nobody can make up rows
//! that cancel out.

use std::fmt::Write;
use std::hash::{BuildHasher, Hasher, RandomState};

use jiff::civil::Date;

use super::VerifyError;
use crate::book::Balance;
use crate::proof::merkle::Subtree;
use crate::store::{Lines, ReadStore, Table};

/// How many rows are read at once.
const PAGE: u32 = 4096;

/// What is left of every entry's lines. What should be there may be added apart from what is read:
/// the two come together at the end.
pub(super) struct Tables {
    keyed: RandomState,
    of_entry: Vec<u64>,
    of_table: [u64; Table::ALL.len()],
    line: String,
}

impl Tables {
    pub(super) fn new() -> Tables {
        Tables {
            keyed: RandomState::new(),
            of_entry: Vec::new(),
            of_table: [0; Table::ALL.len()],
            line: String::new(),
        }
    }

    /// An account of lines that comes together with this one in [`Tables::settle`].
    pub(super) fn apart(&self) -> Tables {
        Tables { keyed: self.keyed.clone(), ..Tables::new() }
    }

    pub(super) fn posting(&mut self, account: i64, step: Date, number: u64, left: Balance) {
        let Balance { used, held } = left;
        self.expect(Table::Posting, number, |line| {
            write!(line, "{account}\t{step}\t{number}\t{used}\t{held}")
        });
    }

    pub(super) fn raise(&mut self, account: i64, number: u64, limit: impl std::fmt::Display) {
        self.expect(Table::Raise, number, |line| write!(line, "{account}\t{number}\t{limit}"));
    }

    pub(super) fn hold(&mut self, account: i64, number: u64, expires: i64) {
        self.expect(Table::Hold, number, |line| write!(line, "{account}\t{number}\t{expires}"));
    }

    pub(super) fn ended(&mut self, reservation: u64, number: u64) {
        self.expect(Table::Ended, number, |line| write!(line, "{reservation}\t{number}"));
    }

    pub(super) fn owner(
        &mut self,
        number: u64,
        owned: &str,
        owner: &str,
        share: impl std::fmt::Display,
    ) {
        self.expect(Table::Owner, number, |line| {
            write!(line, "{number}\t{owned}\t{owner}\t{share}")
        });
    }

    pub(super) fn subtree(&mut self, subtree: &Subtree) {
        let Subtree { level, index, hash } = subtree;
        let last = (index + 1) << level;
        self.expect(Table::Subtree, last, |line| write!(line, "{level}\t{index}\t{hash}"));
    }

    fn expect(
        &mut self,
        table: Table,
        number: u64,
        write: impl FnOnce(&mut String) -> std::fmt::Result,
    ) {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        // A text takes whatever is written to it.
        _ = write(&mut line);
        let hash = self.hash(table, &line);
        self.line = line;
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.reach(at);
        self.of_entry[at] = self.of_entry[at].wrapping_add(hash);
        let of_table = &mut self.of_table[table as usize];
        *of_table = of_table.wrapping_add(hash);
    }

    /// Makes room for an entry.
    fn reach(&mut self, at: usize) {
        if self.of_entry.len() <= at {
            self.of_entry.resize(at + 1, 0);
        }
    }

    fn hash(&self, table: Table, line: &str) -> u64 {
        let mut hasher = self.keyed.build_hasher();
        hasher.write_u8(table as u8);
        hasher.write(line.as_bytes());
        hasher.finish()
    }

    /// Takes off what the tables hold of a journal of so many entries.
    pub(super) async fn read<S: ReadStore>(
        &mut self,
        store: &mut S,
        entries: u64,
    ) -> Result<(), VerifyError> {
        self.reach(usize::try_from(entries).unwrap_or(usize::MAX));
        for table in Table::ALL {
            let mut lines = store.lines(table, None, PAGE).await?;
            while lines.count > 0 {
                let last = lines.text.rsplit('\n').next().unwrap_or_default().to_owned();
                // While a page is looked at, the next one is read.
                let (next, looked) = tokio::join!(store.lines(table, Some(&last), PAGE), async {
                    self.page(table, &lines)
                });
                looked?;
                lines = next?;
            }
        }
        Ok(())
    }

    /// Brings what should be there and what was read together, and names the first entry for which
    /// a table says something else.
    pub(super) fn settle(&self, read: &Tables) -> Result<(), VerifyError> {
        let sum = |(one, other): (&u64, &u64)| one.wrapping_add(*other);
        let most = self.of_entry.len().max(read.of_entry.len());
        let of = |tables: &Tables, at: usize| tables.of_entry.get(at).copied().unwrap_or(0);
        let Some(entry) = (0..most).find(|at| sum((&of(self, *at), &of(read, *at))) != 0) else {
            return Ok(());
        };
        let of_table: Vec<u64> = self.of_table.iter().zip(&read.of_table).map(sum).collect();
        let others = Table::ALL.into_iter().filter(|table| of_table[*table as usize] != 0);
        let names: Vec<String> = others.map(|table| format!("`{}`", table.name())).collect();
        let names = names.join(", ");
        Err(VerifyError::Books(format!("entry {entry} left something else in {names}")))
    }

    fn page(&mut self, table: Table, lines: &Lines) -> Result<(), VerifyError> {
        if lines.text.split('\n').count() != lines.count {
            let what = format!("the table `{}` has texts of several lines", table.name());
            return Err(VerifyError::Books(what));
        }
        lines.text.split('\n').try_for_each(|line| self.found(table, line))
    }

    fn found(&mut self, table: Table, line: &str) -> Result<(), VerifyError> {
        let hash = self.hash(table, line);
        let number = table.entry_of(line).and_then(|number| usize::try_from(number).ok());
        match number.and_then(|number| self.of_entry.get_mut(number)) {
            Some(left) => *left = left.wrapping_sub(hash),
            None => {
                let (name, line) = (table.name(), line.replace('\t', " "));
                let what = format!("`{name}` has a row of no entry: {line}");
                return Err(VerifyError::Books(what));
            }
        }
        let of_table = &mut self.of_table[table as usize];
        *of_table = of_table.wrapping_sub(hash);
        Ok(())
    }
}

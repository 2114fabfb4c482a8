//! A whole transaction of SQLite, or a part of one, as one text of statements, which the thread of
//! a connection runs without a word in between: each word there and back costs more than writing
//! some ten rows.

use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{Arguments, Encode, Error, Type};

use super::rows::{micros, signed};
use super::sql::Rows;
use super::{Batch, StoreError};
use crate::book::Head;

/// The most rows of a table that one text has: so many values a statement can take.
const WIDEST: usize = 1024;

/// The most values that belong to no row.
const OTHERS: usize = 9;

/// The end of the journal moves only from where it is said to be: elsewhere the number is null,
/// which its column does not take, and nothing of the text is done. This comes first in a
/// transaction and last in a further part of one: whoever waits for a part wakes up for each
/// statement that takes long after one that does not.
const HEAD: &str = "UPDATE head SET number = CASE WHEN number = ? AND hash = ? THEN ? END, \
    at_us = ?, hash = ?, frontier = ?;";

/// What is open no longer.
const CLOSED: &str = "DELETE FROM hold WHERE (account, number) IN \
    (SELECT value ->> 0, value ->> 1 FROM json_each(?));";

/// SQLite's code of a null where none may be (SQLITE_CONSTRAINT_NOTNULL).
const NULL: &str = "1299";

const CHECKPOINT: &str = "INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO NOTHING;";

/// Which statements there are, and how many rows each has room for: few numbers, so that texts are
/// few and each is prepared once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Once {
    entries: usize,
    postings: usize,
    opened: usize,
    ended: usize,
    subtrees: usize,
    closes: bool,
    signs: bool,
    begins: bool,
    ends: bool,
}

/// A table's statement of so many rows. Those to spare are null and left out. What fails is given
/// up with the whole transaction: a copy of every page, to undo the statement alone, is not needed.
fn insert(into: &str, columns: usize, rows: usize) -> String {
    if rows == 0 {
        return String::new();
    }
    let row = format!("({})", vec!["?"; columns].join(","));
    let rows = vec![row; rows].join(",");
    format!("INSERT OR FAIL INTO {into} SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL;")
}

/// Room for so many rows: a power of two.
fn room(rows: usize) -> usize {
    if rows == 0 { 0 } else { rows.next_power_of_two() }
}

/// Room for so many rows of the widest tables: a power of two or three quarters of one, so that
/// less is spare.
fn close_room(rows: usize) -> usize {
    let next = room(rows);
    if rows <= next / 4 * 3 { next / 4 * 3 } else { next }
}

impl Once {
    /// What a batch takes, which begins a transaction or goes on in one.
    pub(super) fn of(rows: &Rows<'_>, batch: Batch<'_>, begins: bool) -> Once {
        Once {
            entries: close_room(rows.entries.len()),
            postings: close_room(rows.postings.len()),
            opened: room(rows.opened.len()),
            ended: room(rows.ended.len()),
            subtrees: room(batch.subtrees.len()),
            closes: !rows.closed.is_empty(),
            signs: batch.checkpoint.is_some(),
            begins,
            ends: batch.is_last,
        }
    }

    /// Whether it is not too large for one text.
    pub(super) fn fits(self) -> bool {
        let widest = [self.entries, self.postings, self.opened, self.ended, self.subtrees];
        widest.iter().all(|rows| *rows <= WIDEST)
    }

    /// The statements, and how many there are.
    pub(super) fn text(self) -> (String, usize) {
        let statements = [
            if self.begins { "BEGIN IMMEDIATE;" } else { "" },
            if self.begins { HEAD } else { "" },
            &insert("entry (number, at_us, request, body, hash)", 5, self.entries),
            &insert("posting (account, step, number, used, held)", 5, self.postings),
            &insert("hold (account, number, expires_us)", 3, self.opened),
            if self.closes { CLOSED } else { "" },
            &insert("ended (reservation, number)", 2, self.ended),
            &insert("subtree (level, position, hash)", 3, self.subtrees),
            if self.signs { CHECKPOINT } else { "" },
            if self.begins { "" } else { HEAD },
            if self.ends { "COMMIT" } else { "" },
        ];
        (statements.concat(), statements.iter().filter(|one| !one.is_empty()).count())
    }

    /// The values, in the order of the statements.
    pub(super) fn values(
        self,
        end: &Head,
        rows: &Rows<'_>,
        batch: Batch<'_>,
    ) -> Result<SqliteArguments, StoreError> {
        let mut values = Values(SqliteArguments::default());
        let wide = 5 * (self.entries + self.postings);
        values.0.reserve(wide + 3 * (self.opened + self.subtrees) + 2 * self.ended + OTHERS, 0);
        if self.begins {
            values.head(end, batch)?;
        }
        for one in rows.entries {
            values.add(signed(one.entry.number)?)?;
            values.add(micros(one.entry.at))?;
            values.add(one.entry.key.as_deref())?;
            values.add(one.body.clone())?;
            values.add(&one.hash.as_bytes()[..])?;
        }
        values.spare(5 * (self.entries - rows.entries.len()))?;
        for (account, step, number, left) in &rows.postings {
            values.add(*account)?;
            values.add(step.clone())?;
            values.add(*number)?;
            values.add(left.used.to_string())?;
            values.add(left.held.to_string())?;
        }
        values.spare(5 * (self.postings - rows.postings.len()))?;
        for (account, number, expires) in &rows.opened {
            values.add(*account)?;
            values.add(*number)?;
            values.add(*expires)?;
        }
        values.spare(3 * (self.opened - rows.opened.len()))?;
        if self.closes {
            values.add(serde_json::to_string(&rows.closed).unwrap_or_default())?;
        }
        for (reservation, number) in &rows.ended {
            values.add(*reservation)?;
            values.add(*number)?;
        }
        values.spare(2 * (self.ended - rows.ended.len()))?;
        for subtree in batch.subtrees {
            values.add(i64::from(subtree.level))?;
            values.add(signed(subtree.index)?)?;
            values.add(&subtree.hash.as_bytes()[..])?;
        }
        values.spare(3 * (self.subtrees - batch.subtrees.len()))?;
        if let Some((size, note)) = batch.checkpoint {
            values.add(signed(size)?)?;
            values.add(note)?;
        }
        if !self.begins {
            values.head(end, batch)?;
        }
        Ok(values.0)
    }
}

/// Values in their order.
struct Values(SqliteArguments);

impl Values {
    fn add<'v, V: Encode<'v, Sqlite> + Type<Sqlite>>(
        &mut self,
        value: V,
    ) -> Result<(), StoreError> {
        self.0.add(value).map_err(|why| StoreError::Other(why.to_string()))
    }

    fn head(&mut self, end: &Head, batch: Batch<'_>) -> Result<(), StoreError> {
        self.add(signed(end.number)?)?;
        self.add(&end.hash.as_bytes()[..])?;
        self.add(signed(batch.tip.head.number)?)?;
        self.add(micros(batch.tip.head.at))?;
        self.add(&batch.tip.head.hash.as_bytes()[..])?;
        self.add(batch.tip.frontier.to_bytes())
    }

    /// The values of rows that a statement has room for and that are not there.
    fn spare(&mut self, values: usize) -> Result<(), StoreError> {
        (0..values).try_for_each(|_| self.add(None::<i64>))
    }
}

/// Whether a text was given up because the journal does not end where it was said to.
pub(super) fn is_elsewhere(error: &Error) -> bool {
    let database = error.as_database_error();
    let is_null = database.and_then(|one| one.code()).is_some_and(|code| code == NULL);
    is_null && error.to_string().contains("head.number")
}

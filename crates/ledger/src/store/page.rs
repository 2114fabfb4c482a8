//! Entries by the page: a thousand of them as a few long texts, since rows are dear and texts are
//! not.

use jiff::Timestamp;

use super::rows::instant;
use super::{StoreError, StoredEntry};
use crate::proof::Hash;

/// Entries in their order.
#[derive(Clone, Debug)]
pub enum Page {
    /// One by one.
    Rows(Vec<StoredEntry>),
    /// As texts.
    Texts(Texts),
}

/// Entries whose numbers follow one another, as texts.
#[derive(Clone, Debug)]
pub struct Texts {
    /// The number of the first.
    first: u64,
    /// How many there are.
    count: usize,
    /// Microseconds since 1970, with spaces between them.
    instants: String,
    /// `=` and the key, or nothing, with line feeds between them.
    requests: String,
    /// With line feeds between them.
    bodies: String,
    /// Hexadecimal digits.
    hashes: String,
}

/// An entry on a page.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'p> {
    /// Its number.
    pub number: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// Its request's key.
    pub request: Option<&'p str>,
    /// Its bytes.
    pub body: &'p str,
    /// The chain's hash through it.
    pub hash: Hash,
}

/// How many digits a hash has.
const DIGITS: usize = 2 * Hash::LENGTH;

/// What a letter is worth as a hexadecimal digit; more than any digit where it is none.
const VALUES: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u8;
        values[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// How many lines a text has. Small sums of bytes are what a processor does many of at once.
fn lines(text: &str) -> usize {
    let feeds = |piece: &[u8]| {
        piece.iter().fold(0u8, |sum, byte| sum.wrapping_add(u8::from(*byte == b'\n')))
    };
    text.as_bytes()
        .chunks(usize::from(u8::MAX))
        .map(|piece| usize::from(feeds(piece)))
        .sum::<usize>()
        + 1
}

impl Texts {
    /// The entries between two numbers, by their instants, request keys, bodies and hashes; `None`
    /// where the texts do not part into so many, as none that a ledger wrote do.
    pub(super) fn new(count: i64, between: [i64; 2], texts: [String; 4]) -> Option<Texts> {
        let [first, last] = between;
        if last.checked_sub(first)?.checked_add(1)? != count {
            return None;
        }
        let count = usize::try_from(count).ok()?;
        let [instants, requests, bodies, hashes] = texts;
        let is_plain = lines(&requests) == count && lines(&bodies) == count;
        let first = u64::try_from(first).ok()?;
        let texts = Texts { first, count, instants, requests, bodies, hashes };
        (is_plain && texts.hashes.len() == DIGITS * count).then_some(texts)
    }

    fn hash(&self, at: usize) -> Option<Hash> {
        let digits = self.hashes.as_bytes().get(DIGITS * at..DIGITS * (at + 1))?;
        let mut bytes = [0; Hash::LENGTH];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|letter| VALUES[usize::from(letter)]);
            if high | low > 15 {
                return None;
            }
            *byte = high << 4 | low;
        }
        Some(Hash::new(bytes))
    }

    fn entries(&self) -> Result<Vec<Seen<'_>>, StoreError> {
        let damaged = |at: usize| {
            StoreError::damaged(format!("entry {}", self.first + at as u64), "its row is no entry")
        };
        let mut entries = Vec::with_capacity(self.count);
        let texts = self.requests.split('\n').zip(self.bodies.split('\n'));
        let rows = self.instants.split(' ').zip(texts).take(self.count);
        for (at, (micros, (request, body))) in rows.enumerate() {
            let micros = micros.parse().map_err(|_| damaged(at))?;
            entries.push(Seen {
                number: self.first + at as u64,
                at: instant(micros)?,
                request: request.strip_prefix('='),
                body,
                hash: self.hash(at).ok_or_else(|| damaged(at))?,
            });
        }
        if entries.len() == self.count { Ok(entries) } else { Err(damaged(entries.len())) }
    }
}

impl Page {
    /// A page without entries: the end.
    pub fn is_empty(&self) -> bool {
        match self {
            Page::Rows(rows) => rows.is_empty(),
            Page::Texts(texts) => texts.count == 0,
        }
    }

    /// The number and the hash of the last entry.
    pub fn last(&self) -> Option<(u64, Hash)> {
        match self {
            Page::Rows(rows) => rows.last().map(|last| (last.number, last.hash)),
            Page::Texts(texts) => {
                let last = texts.count.checked_sub(1)?;
                Some((texts.first + last as u64, texts.hash(last)?))
            }
        }
    }

    /// The entries.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where a text is none of a ledger.
    pub fn entries(&self) -> Result<Vec<Seen<'_>>, StoreError> {
        match self {
            Page::Rows(rows) => Ok(rows
                .iter()
                .map(|row| Seen {
                    number: row.number,
                    at: row.at,
                    request: row.request.as_deref(),
                    body: &row.body,
                    hash: row.hash,
                })
                .collect()),
            Page::Texts(texts) => texts.entries(),
        }
    }
}

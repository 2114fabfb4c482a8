//! Cuts a stream of text into records, so that one bad record never takes its neighbors with it.
//!
//! A CSV record may span lines inside quotes. A quote that is never closed would swallow the rest
//! of
//! the file: past a limit the first line alone is called bad and reading goes on with the second.

use std::collections::VecDeque;
use std::io::{self, BufRead};

/// The longest record that is read; what is longer is skipped and told.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// The most lines that one quoted CSV record may span.
const MAX_RECORD_LINES: usize = 200;

/// How a file separates its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Lines, joined inside quotes.
    Csv,
    /// Lines.
    Lines,
}

/// One record as it stands in the file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The number of its first line in the file, from 1.
    pub row: u64,
    /// Its bytes, without the line break.
    pub bytes: Vec<u8>,
    /// What is wrong with its form.
    pub problem: Option<Problem>,
}

/// What can be wrong with the form of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Longer than [`MAX_RECORD_BYTES`].
    TooLong,
    /// A quote is opened and never closed.
    OpenQuote,
}

/// Reads records one by one.
pub struct Records<R> {
    reader: R,
    framing: Framing,
    row: u64,
    /// Lines that were read for a record that turned out to be bad.
    waiting: VecDeque<Line>,
    bytes_read: u64,
}

#[derive(Debug, Default)]
struct Line {
    row: u64,
    bytes: Vec<u8>,
    too_long: bool,
}

impl<R: BufRead> Records<R> {
    /// Begins at the reader's place; its next line is line `row`.
    pub fn new(reader: R, framing: Framing, row: u64) -> Records<R> {
        Records { reader, framing, row, waiting: VecDeque::new(), bytes_read: 0 }
    }

    /// How many bytes were read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The next record that is not an empty line.
    ///
    /// # Errors
    /// The reader's.
    pub fn next_record(&mut self) -> io::Result<Option<Record>> {
        let mut record = Record::default();
        Ok(self.read(&mut record)?.then_some(record))
    }

    /// Reads the next record that is not an empty line into the room of another; whether there was
    /// one.
    ///
    /// # Errors
    /// The reader's.
    pub fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        let mut line = Line { bytes: std::mem::take(&mut record.bytes), ..Line::default() };
        loop {
            if !self.line(&mut line)? {
                return Ok(false);
            }
            if line.too_long {
                *record = whole(line, Some(Problem::TooLong));
                return Ok(true);
            }
            // A spreadsheet leaves rows of nothing but delimiters behind.
            let nothing = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';');
            if line.bytes.iter().all(nothing) {
                continue;
            }
            let open = self.framing == Framing::Csv && is_open_after(&line.bytes, false);
            *record = if open { self.quoted(line)? } else { whole(line, None) };
            return Ok(true);
        }
    }

    /// Joins lines until the quotes are balanced.
    fn quoted(&mut self, first: Line) -> io::Result<Record> {
        let mut joined = first.bytes.clone();
        let mut taken: Vec<Line> = Vec::new();
        loop {
            let mut line = Line::default();
            if !self.line(&mut line)? {
                return Ok(self.give_back(first, taken));
            }
            let too_much = line.too_long
                || taken.len() >= MAX_RECORD_LINES
                || joined.len() + line.bytes.len() > MAX_RECORD_BYTES;
            if too_much {
                taken.push(line);
                return Ok(self.give_back(first, taken));
            }
            joined.push(b'\n');
            joined.extend_from_slice(&line.bytes);
            let closed = !is_open_after(&line.bytes, true);
            taken.push(line);
            if closed {
                return Ok(Record { row: first.row, bytes: joined, problem: None });
            }
        }
    }

    fn give_back(&mut self, first: Line, taken: Vec<Line>) -> Record {
        for line in taken.into_iter().rev() {
            self.waiting.push_front(line);
        }
        whole(first, Some(Problem::OpenQuote))
    }

    /// Reads the next line into the room of another; whether there was one.
    fn line(&mut self, line: &mut Line) -> io::Result<bool> {
        if let Some(waiting) = self.waiting.pop_front() {
            *line = waiting;
            return Ok(true);
        }
        line.row = self.row;
        line.bytes.clear();
        line.too_long = false;
        let mut any = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                break;
            }
            any = true;
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let room = MAX_RECORD_BYTES.saturating_sub(line.bytes.len());
            line.too_long |= part.len() > room;
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            let used = end.map_or(buffer.len(), |end| end + 1);
            self.reader.consume(used);
            self.bytes_read += used as u64;
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(false);
        }
        self.row += 1;
        if line.bytes.last() == Some(&b'\r') {
            line.bytes.pop();
        }
        Ok(true)
    }
}

fn whole(line: Line, problem: Option<Problem>) -> Record {
    Record { row: line.row, bytes: line.bytes, problem }
}

/// Whether a quoted value is open at the end of a line. Only a quote at the beginning of a value
/// opens
/// one: the inch mark of `19" rack` is a letter like any other.
fn is_open_after(bytes: &[u8], mut open: bool) -> bool {
    let mut at = 0;
    while let Some(quote) = memchr::memchr(b'"', &bytes[at..]) {
        at += quote;
        let begins = at == 0 || matches!(bytes[at - 1], b',' | b';' | b'\t');
        match (open, bytes.get(at + 1)) {
            (true, Some(b'"')) => at += 1,
            (true, _) => open = false,
            (false, _) => open = begins,
        }
        at += 1;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], framing: Framing) -> Vec<(u64, String, Option<Problem>)> {
        let mut records = Records::new(text, framing, 1);
        let mut out = Vec::new();
        while let Some(record) = records.next_record().expect("memory does not fail") {
            out.push((
                record.row,
                String::from_utf8_lossy(&record.bytes).into_owned(),
                record.problem,
            ));
        }
        out
    }

    #[test]
    fn joins_lines_inside_quotes_and_skips_empty_ones() {
        let found = read(b"a,b\r\n\r\n1,\"x\ny\"\r\n2,z", Framing::Csv);
        let wanted = [(1, "a,b"), (3, "1,\"x\ny\""), (5, "2,z")];
        assert_eq!(found, wanted.map(|(row, text)| (row, text.to_string(), None)));
    }

    #[test]
    fn an_open_quote_spoils_its_own_line_only() {
        let found = read(b"1,\"open\n2,b\n3,c\n", Framing::Csv);
        assert_eq!(found[0], (1, "1,\"open".into(), Some(Problem::OpenQuote)));
        assert_eq!(found[1..], [(2, "2,b".into(), None), (3, "3,c".into(), None)]);
    }

    #[test]
    fn an_inch_mark_opens_nothing() {
        let text = "1,19\" rack\n2,b\n3,21\" rack\n4,\"a \"\"b\"\"\"\n";
        let found = read(text.as_bytes(), Framing::Csv);
        assert_eq!(found.iter().map(|record| record.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(found.iter().all(|record| record.2.is_none()));
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_read() {
        let mut text = vec![b'x'; 3 * MAX_RECORD_BYTES];
        text.extend_from_slice(b"\nnext");
        let found = read(&text, Framing::Lines);
        assert_eq!(found[0].2, Some(Problem::TooLong));
        assert_eq!(found[0].1.len(), MAX_RECORD_BYTES);
        assert_eq!(found[1], (2, "next".into(), None));
    }
}

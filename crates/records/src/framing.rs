//! Cuts a stream of text into records, so that one bad record never takes its neighbors with it.
//!
//! A CSV record may span lines inside quotes. A quote that is never closed would swallow what comes
//! after it: where it is not closed as a value is, or not within the limits, the first line alone
//! is called bad and reading goes on with the second.

use std::collections::VecDeque;
use std::io::{self, BufRead};

/// The longest record that is read; what is longer is skipped and told.
pub const MAX_RECORD_BYTES: usize = 1 << 20;
/// The most lines that one quoted CSV record may span, so that short ones take no more room than
/// long ones.
pub const MAX_RECORD_LINES: usize = 1 << 16;

/// How a file separates its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Lines, joined inside quotes. Values are separated by that delimiter.
    Csv(u8),
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
    /// A quote is opened and never closed, or not where a value ends.
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
    /// Rows of nothing but delimiters are records.
    keeps_bare: bool,
    /// A quote that is opened in a row before this one was looked for up to there, in vain.
    in_vain: u64,
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
        let waiting = VecDeque::new();
        Records { reader, framing, row, waiting, bytes_read: 0, keeps_bare: false, in_vain: 0 }
    }

    /// From here on, rows of nothing but delimiters are records. Else they are passed over as empty
    /// lines are: a spreadsheet leaves them behind.
    pub fn keep_bare(&mut self) {
        self.keeps_bare = true;
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
            if self.is_nothing(&line.bytes) {
                continue;
            }
            let Framing::Csv(delimiter) = self.framing else {
                *record = whole(line, None);
                return Ok(true);
            };
            let after = after(&line.bytes, false, delimiter);
            *record = match after {
                After { is_open: false, .. } => whole(line, None),
                After { is_broken: false, .. } if line.row >= self.in_vain => {
                    self.quoted(line, delimiter)?
                }
                _ => whole(line, Some(Problem::OpenQuote)),
            };
            return Ok(true);
        }
    }

    fn is_nothing(&self, line: &[u8]) -> bool {
        let is_bare = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';');
        match self.framing {
            Framing::Csv(delimiter) if self.keeps_bare => {
                line.iter().all(|byte| byte.is_ascii_whitespace() && *byte != delimiter)
            }
            _ => line.iter().all(is_bare),
        }
    }

    /// Joins lines until the quotes are balanced.
    fn quoted(&mut self, first: Line, delimiter: u8) -> io::Result<Record> {
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
            let After { is_open, is_broken } = after(&line.bytes, true, delimiter);
            taken.push(line);
            if is_broken {
                return Ok(self.give_back(first, taken));
            }
            if !is_open {
                return Ok(Record { row: first.row, bytes: joined, problem: None });
            }
        }
    }

    fn give_back(&mut self, first: Line, taken: Vec<Line>) -> Record {
        // A quote that is opened in one of these lines meets the same lines after it.
        self.in_vain = self.in_vain.max(taken.last().map_or(0, |line| line.row));
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

/// How quotes stand at the end of a line.
#[derive(Clone, Copy)]
struct After {
    /// A quoted value is open.
    is_open: bool,
    /// A quote closed a value where none ends, or a carriage return stands outside quotes: what was
    /// open before is not what it seemed.
    is_broken: bool,
}

/// Reads a line of a record. Only a quote at the beginning of a value opens one: the inch mark of
/// `19" rack` is a letter like any other.
fn after(bytes: &[u8], mut is_open: bool, delimiter: u8) -> After {
    let (mut at, mut is_broken) = (0, false);
    while let Some(found) = memchr::memchr2(b'"', b'\r', &bytes[at..]) {
        at += found;
        let rest = &bytes[at + 1..];
        if bytes[at] == b'\r' {
            is_broken |= !is_open && rest.iter().any(|byte| *byte != b'\r');
        } else if !is_open {
            is_open = at == 0 || bytes[at - 1] == delimiter;
        } else if rest.first() == Some(&b'"') {
            at += 1;
        } else {
            is_open = false;
            let next = rest.iter().find(|byte| **byte != b' ');
            is_broken |= next.is_some_and(|byte| *byte != delimiter && *byte != b'\r');
        }
        at += 1;
    }
    After { is_open, is_broken }
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
        let found = read(b"a,b\r\n\r\n1,\"x\ny\"\r\n2,z", Framing::Csv(b','));
        let wanted = [(1, "a,b"), (3, "1,\"x\ny\""), (5, "2,z")];
        assert_eq!(found, wanted.map(|(row, text)| (row, text.to_string(), None)));
    }

    #[test]
    fn an_open_quote_spoils_its_own_line_only() {
        let found = read(b"1,\"open\n2,b\n3,c\n", Framing::Csv(b','));
        assert_eq!(found[0], (1, "1,\"open".into(), Some(Problem::OpenQuote)));
        assert_eq!(found[1..], [(2, "2,b".into(), None), (3, "3,c".into(), None)]);
    }

    #[test]
    fn an_inch_mark_opens_nothing() {
        let text = "1,19\" rack\n2,b\n3,21\" rack\n4,\"a \"\"b\"\"\"\n";
        let found = read(text.as_bytes(), Framing::Csv(b','));
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

    #[test]
    fn only_the_delimiter_of_the_file_is_followed_by_a_quoted_value() {
        let text = "1,size;\"large\n2,size;\"small\n3,a\t\"b\n";
        let found = read(text.as_bytes(), Framing::Csv(b','));
        let wanted = [(1, "1,size;\"large"), (2, "2,size;\"small"), (3, "3,a\t\"b")];
        assert_eq!(found, wanted.map(|(row, text)| (row, text.to_string(), None)));
        let found = read(b"1;\"a\nb\";c\n", Framing::Csv(b';'));
        assert_eq!(found, [(1, "1;\"a\nb\";c".into(), None)]);
    }

    #[test]
    fn a_quote_that_is_closed_where_no_value_ends_spoils_its_own_line_only() {
        for second in ["2,b,\"quoted note\"", "2,\" b\",c", "2,\"\"\"b\"\" c\",d", "2,\"b\rc\",d"] {
            let found = read(format!("1,a,\"open\n{second}\n").as_bytes(), Framing::Csv(b','));
            let wanted = [
                (1, "1,a,\"open".to_owned(), Some(Problem::OpenQuote)),
                (2, second.to_owned(), None),
            ];
            assert_eq!(found, wanted);
        }
        // Spaces before the delimiter end a value as well.
        let found = read(b"1,\"a\nb\" ,c\n2,\"a\nb\"  \n", Framing::Csv(b','));
        assert_eq!(found.iter().map(|record| record.2).collect::<Vec<_>>(), [None; 2]);
    }

    #[test]
    fn rows_of_delimiters_are_records_where_asked() {
        let text = b"a,b\n,,\n  \n\n;;\n\t\t\n1,2\n";
        let rows = |keeps: bool, delimiter: u8| {
            let mut records = Records::new(&text[..], Framing::Csv(delimiter), 1);
            if keeps {
                records.keep_bare();
            }
            std::iter::from_fn(|| records.next_record().expect("memory does not fail"))
                .map(|record| record.row)
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(false, b','), [1, 7]);
        assert_eq!(rows(true, b','), [1, 2, 5, 7]);
        assert_eq!(rows(true, b'\t'), [1, 2, 5, 6, 7]);
    }

    #[test]
    fn a_record_spans_lines_up_to_the_limits() {
        let text = |lines: usize, line: &str| {
            format!("1,\"{}end\",b\n2,c\n", format!("{line}\n").repeat(lines))
        };
        let first = |text: String| read(text.as_bytes(), Framing::Csv(b',')).swap_remove(0).2;
        for (lines, line, problem) in [
            (10_000, "a line of a long note", None),
            (MAX_RECORD_LINES, "", None),
            (MAX_RECORD_LINES + 1, "", Some(Problem::OpenQuote)),
            (MAX_RECORD_BYTES / 64 + 1, &"x".repeat(63), Some(Problem::OpenQuote)),
        ] {
            assert_eq!(first(text(lines, line)), problem, "{lines} lines");
        }
    }

    #[test]
    fn many_open_quotes_are_each_told_without_looking_again() {
        // Each line opens a quote that no other one closes: read anew for each, all of them would
        // take hours.
        let text = "a\",\",c\n".repeat(60_000);
        let found = read(text.as_bytes(), Framing::Csv(b','));
        assert_eq!(found.len(), 60_000);
        assert!(found.iter().all(|record| record.2 == Some(Problem::OpenQuote)));
    }
}

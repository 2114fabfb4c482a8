//! Cuts CSV records into cells.

use std::ops::Range;

/// A CSV parser and room for the cells of one record, reused from one to the next: making a parser
/// takes longer than reading a line.
pub struct Cutter {
    csv: csv_core::Reader,
    delimiter: u8,
    record: Cut,
    ends: Vec<usize>,
}

/// The cells of one record.
#[derive(Default)]
pub struct Cut {
    bytes: Vec<u8>,
    cells: Vec<Range<usize>>,
    /// The record as text, where it has no quotes and is UTF-8; then so is every cell.
    text: String,
    is_text: bool,
}

impl Cut {
    /// Whether a cell is empty, as most are.
    pub fn is_empty(&self, at: usize) -> bool {
        self.cells.get(at).is_none_or(Range::is_empty)
    }

    /// A cell; empty past the last one.
    pub fn bytes(&self, at: usize) -> &[u8] {
        let cell = self.cells.get(at).cloned().unwrap_or_default();
        if self.is_text { &self.text.as_bytes()[cell] } else { &self.bytes[cell] }
    }

    /// A cell as text; `None` where it is not UTF-8.
    pub fn text(&self, at: usize) -> Option<&str> {
        if self.is_text {
            return Some(self.cells.get(at).map_or("", |cell| &self.text[cell.clone()]));
        }
        std::str::from_utf8(self.bytes(at)).ok()
    }
}

impl Cutter {
    /// Room for the records of a file with that delimiter.
    pub fn new(delimiter: u8) -> Cutter {
        Cutter { csv: parser(delimiter), delimiter, record: Cut::default(), ends: Vec::new() }
    }

    /// Cuts a CSV record into its cells; how many there are, or `None` where a quote stays open.
    pub fn cut(&mut self, bytes: &[u8]) -> Option<usize> {
        self.record.cells.clear();
        self.record.is_text = false;
        // Without quotes and stray line ends, a record is what stands between its delimiters.
        if memchr::memchr2(b'"', b'\r', bytes).is_none()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            self.record.cut_plain(text, self.delimiter);
            return Some(self.record.cells.len());
        }
        self.cut_quoted(bytes)
    }

    /// Cuts a record in which a carriage return stands outside quotes, as if it were a letter.
    pub fn cut_through(&mut self, bytes: &[u8]) -> Option<usize> {
        self.record.cells.clear();
        self.record.is_text = false;
        let letters = csv_core::Terminator::Any(b'\n');
        self.csv =
            csv_core::ReaderBuilder::new().delimiter(self.delimiter).terminator(letters).build();
        let found = self.cut_quoted(bytes);
        self.csv = parser(self.delimiter);
        found
    }

    /// The record that was cut last.
    pub fn record(&self) -> &Cut {
        &self.record
    }

    fn cut_quoted(&mut self, bytes: &[u8]) -> Option<usize> {
        let output = &mut self.record.bytes;
        output.resize(output.len().max(bytes.len() + 2), 0);
        self.ends.resize(self.ends.len().max(64), 0);
        let (mut read, mut written, mut count, mut last) = (0, 0, 0, false);
        loop {
            // The line break that framing took away ends the record and readies the parser for the
            // next.
            let input = if last { b"\n".as_slice() } else { &bytes[read..] };
            let (result, used, wrote, ended) =
                self.csv.read_record(input, &mut output[written..], &mut self.ends[count..]);
            read += used;
            written += wrote;
            count += ended;
            match result {
                csv_core::ReadRecordResult::InputEmpty if last => {
                    self.csv = parser(self.delimiter);
                    return None;
                }
                csv_core::ReadRecordResult::InputEmpty => last = true,
                csv_core::ReadRecordResult::OutputFull => {
                    output.resize(output.len() * 2, 0);
                }
                csv_core::ReadRecordResult::OutputEndsFull => {
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => break,
            }
        }
        if read < bytes.len() {
            // The parser saw the end of a record where framing did not: nothing may be lost.
            self.csv = parser(self.delimiter);
            return None;
        }
        let mut start = 0;
        for end in &self.ends[..count] {
            self.record.cells.push(start..*end);
            start = *end;
        }
        Some(count)
    }
}

impl Cut {
    fn cut_plain(&mut self, text: &str, delimiter: u8) {
        self.text.clear();
        self.text.push_str(text);
        self.is_text = true;
        let mut start = 0;
        // Cells are so short that searching for the next delimiter takes longer than walking there.
        for (end, byte) in text.bytes().enumerate() {
            if byte == delimiter {
                self.cells.push(start..end);
                start = end + 1;
            }
        }
        self.cells.push(start..text.len());
    }
}

fn parser(delimiter: u8) -> csv_core::Reader {
    csv_core::ReaderBuilder::new().delimiter(delimiter).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_the_same_with_and_without_quotes() {
        let mut scratch = Cutter::new(b',');
        for record in ["a,,\"b\",é", "a,,b,é", "\"a\",,b,\"é\""] {
            assert_eq!(scratch.cut(record.as_bytes()), Some(4), "{record}");
            let cells: Vec<_> = (0..5).map(|at| scratch.record.text(at)).collect();
            assert_eq!(cells, ["a", "", "b", "é", ""].map(Some), "{record}");
        }
        assert_eq!(scratch.cut(b"a,\xff,b"), Some(3));
        assert_eq!((scratch.record.text(0), scratch.record.text(1)), (Some("a"), None));
        assert_eq!(scratch.cut(b"a\rb,c"), None);
        assert_eq!(scratch.cut_through(b"a\rb,\"c\"\"\"\r,d"), Some(3));
        let cells: Vec<_> = (0..3).map(|at| scratch.record.text(at)).collect();
        assert_eq!(cells, ["a\rb", "c\"\r", "d"].map(Some));
        assert_eq!(scratch.cut(b"a,\"b\"\r"), Some(2));
    }
}

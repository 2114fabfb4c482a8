//! How a text separates its cells, and whether it is text at all.

/// A text without its byte order mark.
pub fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Why bytes are no text that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoText {
    /// It is in UTF-16.
    Utf16,
    /// Its lines end with carriage returns only.
    CarriageReturns,
    /// It holds zeros.
    Binary,
}

/// Whether the beginning of a file is no text, and why.
pub fn no_text(start: &[u8]) -> Option<NoText> {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Some(NoText::Utf16);
    }
    if start.contains(&b'\r') && !start.contains(&b'\n') {
        return Some(NoText::CarriageReturns);
    }
    start.contains(&0).then_some(NoText::Binary)
}

/// The delimiter of a CSV text: the one that it names, else the one that its header has most.
pub fn delimiter(text: &[u8]) -> u8 {
    if let Some((named, _)) = named_delimiter(text) {
        return named;
    }
    let header = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    // What stands in quotes separates nothing.
    let bare = || header.split(|byte| *byte == b'"').step_by(2).flatten();
    let count = |delimiter: u8| bare().filter(|byte| **byte == delimiter).count();
    let (commas, semicolons, tabs) = (count(b','), count(b';'), count(b'\t'));
    if semicolons > commas.max(tabs) {
        b';'
    } else if tabs > commas {
        b'\t'
    } else {
        b','
    }
}

/// The delimiter that a first line `sep=;` names, as spreadsheets write it, and the length of that
/// line.
pub fn named_delimiter(text: &[u8]) -> Option<(u8, usize)> {
    let length = memchr::memchr(b'\n', text)? + 1;
    let line = text[..length].trim_ascii_end();
    // A tab is white space, too.
    let line = if line.len() == 4 { &text[..5.min(length)] } else { line };
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (word, delimiter) = line.split_at_checked(4)?;
    let known = matches!(delimiter, b"," | b";" | b"\t");
    (word.eq_ignore_ascii_case(b"sep=") && known).then(|| (delimiter[0], length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_named_or_the_one_that_the_header_has_most() {
        for (text, found) in [
            ("a,b;c,d\n1;2;3;4\n", b','),
            ("a;b,c;d\n", b';'),
            ("a\tb\n", b'\t'),
            ("\"a;b;c;d\",e\n", b','),
            ("sep=;\na,b,c\n", b';'),
            ("SEP=\t\r\na,b\n", b'\t'),
            ("a\n", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes()), found, "{text}");
        }
        assert_eq!(named_delimiter(b"sep=;\r\na\n"), Some((b';', 7)));
        assert_eq!(named_delimiter(b"sep=x\na\n"), None);
    }

    #[test]
    fn what_is_no_text_is_told() {
        assert_eq!(no_text(b"a,b\n"), None);
        assert_eq!(no_text(b"\xff\xfea\0"), Some(NoText::Utf16));
        assert_eq!(no_text(b"a\rb"), Some(NoText::CarriageReturns));
        assert_eq!(no_text(b"a\0\n"), Some(NoText::Binary));
        assert_eq!(without_mark(b"\xef\xbb\xbfa"), b"a");
    }
}

//! Orders as they come in: CSV or JSON Lines, from a file or standard input.

pub mod cells;
pub mod columns;
pub mod framing;
pub mod rows;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};

use framing::{Framing, Records};

/// An open file of orders, at its first record.
pub struct Orders {
    /// The records; the header of a CSV file comes first.
    pub records: Records<Box<dyn BufRead + Send>>,
    /// How it is read.
    pub form: Form,
    /// Its size, where it is a file.
    pub bytes: Option<u64>,
    /// What to call it.
    pub name: String,
}

/// The form of a file of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values, by their delimiter.
    Csv(u8),
    /// One JSON object a line.
    JsonLines,
}

const SNIFFED_BYTES: usize = 1 << 16;

/// Opens a file of orders, or standard input for `-`.
///
/// # Errors
/// A file that cannot be read, is empty, or is no text.
pub fn open(path: &Path) -> anyhow::Result<Orders> {
    let (reader, bytes, name): (Box<dyn Read + Send>, _, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None, "standard input".to_string())
    } else {
        let file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            bail!("`{}` is a folder\n\nhint: name a CSV or JSON Lines file", path.display());
        }
        (Box::new(file), Some(metadata.len()), path.display().to_string())
    };
    let mut reader = BufReader::with_capacity(1 << 18, reader);
    let start = first_bytes(&mut reader).with_context(|| format!("cannot read `{name}`"))?;
    let form = sniff(&start, &name, path)?;
    let byte_order_mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let reader = io::Cursor::new(start[byte_order_mark..].to_vec()).chain(reader);
    let framing = match form {
        Form::Csv(_) => Framing::Csv,
        Form::JsonLines => Framing::Lines,
    };
    Ok(Orders { records: Records::new(Box::new(reader), framing, 1), form, bytes, name })
}

/// The first bytes of a stream, taken from it.
fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    Ok(start)
}

fn sniff(start: &[u8], name: &str, path: &Path) -> anyhow::Result<Form> {
    if start.starts_with(b"PAR1") {
        bail!(
            "`{name}` is a Parquet file, which this program does not read\n\nhint: convert it, for \
             instance: duckdb -c \"copy (from '{name}') to 'orders.csv'\""
        );
    }
    if start.starts_with(b"PK\x03\x04") {
        bail!("`{name}` is a spreadsheet or an archive\n\nhint: save the sheet as CSV (UTF-8)");
    }
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        bail!("`{name}` is in UTF-16\n\nhint: iconv -f UTF-16 -t UTF-8 {name} > orders.utf8.csv");
    }
    if start.contains(&b'\r') && !start.contains(&b'\n') {
        bail!(
            "`{name}` ends its lines with carriage returns only\n\nhint: tr '\\r' '\\n' < {name} > \
             orders.unix.csv"
        );
    }
    if start.contains(&0) {
        bail!("`{name}` is not a text file\n\nhint: orders are CSV or JSON Lines in UTF-8");
    }
    let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        bail!(
            "`{name}` is empty\n\nhint: a CSV file begins with the names of its columns; see \
             `weir law facts`"
        );
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    match first {
        b'[' => bail!(
            "`{name}` is one JSON list; orders are one JSON object a line\n\nhint: jq -c '.[]' {name} \
             > orders.flat.jsonl"
        ),
        b'{' => Ok(Form::JsonLines),
        _ if matches!(ending, "jsonl" | "ndjson") => Ok(Form::JsonLines),
        _ => Ok(Form::Csv(delimiter(text))),
    }
}

/// The delimiter of the header: a comma, unless it has none and has semicolons or tabs.
fn delimiter(text: &[u8]) -> u8 {
    let header = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
    let count = |byte: u8| memchr::memchr_iter(byte, header).count();
    match (count(b','), count(b';'), count(b'\t')) {
        (0, semicolons, tabs) if semicolons > tabs => b';',
        (0, _, tabs) if tabs > 0 => b'\t',
        _ => b',',
    }
}

//! Orders as they come in: CSV or JSON Lines, from a file or standard input.

pub mod cells;
pub mod columns;
pub mod encoding;
pub mod rows;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};

use records::framing::{Framing, Records};
use records::{NoText, SNIFFED_BYTES, delimiter, named_delimiter, no_text, without_mark};

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

/// What to call orders that come from standard input.
pub const STANDARD_INPUT: &str = "standard input";

/// Opens a file of orders, or standard input for `-`.
///
/// # Errors
/// A file that cannot be read, is empty, or is no text.
pub fn open(path: &Path) -> anyhow::Result<Orders> {
    let (reader, bytes, name): (Box<dyn Read + Send>, _, _) = if path == Path::new("-") {
        (Box::new(io::stdin()), None, STANDARD_INPUT.to_string())
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
    let text = without_mark(&start);
    let (skipped, first_row) = match named_delimiter(text) {
        Some((_, length)) if matches!(form, Form::Csv(_)) => (length, 2),
        _ => (0, 1),
    };
    let reader = io::Cursor::new(text[skipped..].to_vec()).chain(reader);
    let framing = match form {
        Form::Csv(delimiter) => Framing::Csv(delimiter),
        Form::JsonLines => Framing::Lines,
    };
    Ok(Orders { records: Records::new(Box::new(reader), framing, first_row), form, bytes, name })
}

/// The first bytes of a stream, taken from it.
fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    reader.take(SNIFFED_BYTES as u64).read_to_end(&mut start)?;
    Ok(start)
}

fn sniff(start: &[u8], name: &str, path: &Path) -> anyhow::Result<Form> {
    refuse_what_is_no_text(start, name)?;
    let text = without_mark(start);
    let Some(first) = text.iter().find(|byte| !byte.is_ascii_whitespace()) else {
        bail!(
            "`{name}` is empty\n\nhint: a CSV file begins with the names of its columns; see \
             `weir law facts`"
        );
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let typed = encoding::typed(name);
    match first {
        b'[' => bail!(
            "`{name}` is one JSON list; orders are one JSON object a line\n\nhint: jq -c '.[]' {typed} \
             > orders.flat.jsonl"
        ),
        b'{' if is_spread(text) => bail!(
            "`{name}` has JSON objects over several lines; orders are one JSON object a \
             line\n\nhint: jq -c . {typed} > orders.flat.jsonl"
        ),
        b'{' => Ok(Form::JsonLines),
        _ if matches!(ending, "jsonl" | "ndjson") => Ok(Form::JsonLines),
        _ => Ok(Form::Csv(delimiter(text))),
    }
}

/// Whether the first JSON object goes on in a second line: a pretty one, not a broken one.
fn is_spread(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut next = || lines.find(|line| !line.is_empty()).unwrap_or_default();
    let (first, second) = (next(), next());
    !first.ends_with(b"}") && second.starts_with(b"\"")
}

fn refuse_what_is_no_text(start: &[u8], name: &str) -> anyhow::Result<()> {
    let typed = encoding::typed(name);
    if start.starts_with(b"PAR1") && cfg!(feature = "batch") {
        bail!(
            "`{name}` is a Parquet file\n\nhint: `weir batch` decides its rows, and `weir explain \
             --row N` explains one of them"
        );
    }
    if start.starts_with(b"PAR1") {
        bail!(
            "`{name}` is a Parquet file, which this program does not read\n\nhint: convert it, for \
             instance: duckdb -c \"copy (from '{typed}') to 'orders.csv'\""
        );
    }
    if start.starts_with(b"PK\x03\x04") {
        bail!("`{name}` is a spreadsheet or an archive\n\nhint: save the sheet as CSV (UTF-8)");
    }
    match no_text(start) {
        Some(NoText::Utf16) => {
            bail!(
                "`{name}` is in UTF-16\n\nhint: iconv -f UTF-16 -t UTF-8 {typed} > orders.utf8.csv"
            )
        }
        Some(NoText::CarriageReturns) => bail!(
            "`{name}` ends its lines with carriage returns only\n\nhint: tr '\\r' '\\n' < {typed} > \
             orders.unix.csv"
        ),
        Some(NoText::Binary) => {
            bail!("`{name}` is not a text file\n\nhint: orders are CSV or JSON Lines in UTF-8")
        }
        None => {}
    }
    Ok(())
}

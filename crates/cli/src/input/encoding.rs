//! Bytes that are not UTF-8, and what they probably are.

use std::path::Path;

use crate::input::STANDARD_INPUT;

/// The way out for bytes that are not UTF-8.
pub fn hint(bytes: &[u8]) -> String {
    format!("save the file as UTF-8; for instance: iconv -f {} -t UTF-8", probable(bytes))
}

/// The command that turns a file into UTF-8.
pub fn command(bytes: &[u8], path: &Path) -> String {
    format!("iconv -f {} -t UTF-8 {}", probable(bytes), path.display())
}

/// What to call a file in a command that a user may type.
pub fn typed(name: &str) -> &str {
    if name == STANDARD_INPUT { "FILE" } else { name }
}

/// The name of the encoding that bytes are probably in. A Chinese text in GBK or GB18030 has its
/// high bytes in pairs; a Western one has them mostly alone.
fn probable(bytes: &[u8]) -> &'static str {
    let mut runs = bytes.split(|byte| *byte < 0xa1).filter(|run| !run.is_empty()).peekable();
    let chinese = runs.peek().is_some() && runs.all(|run| run.len() % 2 == 0);
    if chinese { "GB18030" } else { "WINDOWS-1252" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_high_bytes_are_chinese() {
        assert_eq!(probable(b"\xb1\xb1\xbe\xa9 NVIDIA"), "GB18030");
        assert_eq!(probable(b"caf\xe9"), "WINDOWS-1252");
        assert_eq!(probable(b"M\xfcnchen, K\xf6ln"), "WINDOWS-1252");
    }
}

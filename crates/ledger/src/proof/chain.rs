//! The chain: the hash of an entry covers its body and the hash of the entry before it.
//!
//! Whoever knows the hash of the last entry knows the whole history: no entry can be changed, left
//! out or put elsewhere without changing every hash that follows.

use super::Hash;

/// What the hash of an entry begins with, so that it can be taken for nothing else.
const ENTRY: &[u8] = b"weir-ledger-entry-v1\n";

/// What the hash before the first entry begins with.
const START: &[u8] = b"weir-ledger-start-v1\n";

/// The hash that entry 1 has before it: SHA-256 of `weir-ledger-start-v1`, a newline and the id of
/// the ledger, in UTF-8.
///
/// The id is the one that the ledger's checkpoints carry as their
/// [origin](super::note::Checkpoint::origin). Two ledgers share no hash, even where they hold the
/// same entries.
#[must_use]
pub fn start(ledger_id: &str) -> Hash {
    Hash::of(&[START, ledger_id.as_bytes()])
}

/// The hash of an entry: SHA-256 of `weir-ledger-entry-v1`, a newline, the 32 bytes of the hash
/// before it, and its body.
#[must_use]
pub fn next(previous: &Hash, body: &[u8]) -> Hash {
    Hash::of(&[ENTRY, previous.as_bytes(), body])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that Python's hashlib made of the same bytes.
    #[test]
    fn the_chain_is_what_is_written_down() {
        let start = start("example.com/quota");
        let first = next(&start, b"{\"amount\":1}");
        let second = next(&first, b"");
        let all = [start, first, second].map(|hash| hash.to_string());
        assert_eq!(
            all,
            [
                "b451919dcb6ce5d650d34727284f58e29118bbfa0fe2e30af09a3692fee8524b",
                "8a0c459277bb5ef572130cfeb4542ed0fa102edbd732d0777debff3635904322",
                "2a85fd96bca981183009873580c6a9440d2813570892a10a01ee1a0858d54e75",
            ]
        );
    }

    #[test]
    fn every_part_counts() {
        let here = next(&start("a"), b"body");
        assert_ne!(here, next(&start("b"), b"body"));
        assert_ne!(here, next(&start("a"), b"body "));
        assert_ne!(start(""), start("a"));
    }
}

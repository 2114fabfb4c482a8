//! The proof that a third party receives: this entry is in the ledger that was signed.
//!
//! ```json
//! {
//!   "format": "weir-ledger-proof-v1",
//!   "entry": { "number": 17, "previous": "8a0c…", "body": "the exact text of the entry" },
//!   "path": ["96a2…", "5f08…"],
//!   "checkpoint": "example.com/quota\n20\n…\n\n— example.com/quota …\n"
//! }
//! ```
//!
//! To check it by hand: the chain hash is SHA-256 of `weir-ledger-entry-v1`, a newline, the 32
//! bytes of `previous` and the bytes of `body` in UTF-8; that hash is leaf `number - 1` of the
//! tree; `path` leads from it to a root (RFC 9162, section 2.1.3.2); the checkpoint says that root
//! for its size, and the signature of the checkpoint is right
//! (<https://c2sp.org/tlog-checkpoint>).

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::note::{Checkpoint, CheckpointError, PublicKey};
use super::{Hash, chain, merkle};

/// The only format there is.
pub const FORMAT: &str = "weir-ledger-proof-v1";

/// The proof of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// What is proved.
    pub entry: Entry,
    /// The hashes beside the way from the entry to the root, from below.
    pub path: Vec<Hash>,
    /// The signed note of the checkpoint.
    pub checkpoint: String,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number in the journal, from 1.
    pub number: u64,
    /// The chain hash of the entry before it; of entry 1, [`chain::start`].
    pub previous: Hash,
    /// Its text, byte for byte.
    pub body: String,
}

/// What a proof that holds says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The ledger.
    pub origin: String,
    /// The number of the entry.
    pub number: u64,
    /// Its chain hash.
    pub hash: Hash,
    /// How many entries the ledger had when the checkpoint was signed.
    pub size: u64,
    /// When that was, by the clock of the ledger.
    pub time: Timestamp,
}

/// Why a proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProofError {
    /// A document that cannot be read.
    #[error("this is no proof of an entry: {0}")]
    Json(String),
    /// A document of another format.
    #[error("this is a document of the format `{0}`, and not `weir-ledger-proof-v1`")]
    Format(String),
    /// A checkpoint that is none, or not signed with the key.
    #[error("the checkpoint does not hold: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// Number 0, before the first.
    #[error("entries are counted from 1, and the proof is of entry 0")]
    Zero,
    /// An entry that came after the checkpoint.
    #[error("the proof is of entry {number}, and only {size} entries were signed")]
    NotSigned {
        /// The number of the entry.
        number: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A first entry with something else before it than the beginning of this ledger.
    #[error("entry 1 does not follow the beginning of the ledger `{0}`")]
    Start(String),
    /// A path that is too long or too short.
    #[error("entry {number} of {size} takes a path of {expected} hashes, and there are {found}")]
    PathLength {
        /// The number of the entry.
        number: u64,
        /// The size of the tree.
        size: u64,
        /// How many hashes the path takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A path that leads elsewhere.
    #[error(
        "entry {0} is not what was signed: the path does not lead to the root in the checkpoint"
    )]
    Root(u64),
    /// A last entry that is not the head of the chain.
    #[error(
        "entry {0} is the last that was signed, and the checkpoint has another hash as its head"
    )]
    Head(u64),
}

impl Document {
    /// The proof of an entry.
    #[must_use]
    pub fn new(entry: Entry, path: Vec<Hash>, checkpoint: String) -> Document {
        Document { format: FORMAT.into(), entry, path, checkpoint }
    }

    /// Reads a document. It is not checked: [`verify`] does that.
    ///
    /// # Errors
    /// It is not JSON, it is of another format, or a field is missing or unknown.
    pub fn from_json(text: &str) -> Result<Document, ProofError> {
        #[derive(Deserialize)]
        struct Any {
            format: String,
        }
        // First the format alone, as another one will have other fields.
        let read = |error: serde_json::Error| ProofError::Json(error.to_string());
        let Any { format } = serde_json::from_str(text).map_err(read)?;
        if format != FORMAT {
            return Err(ProofError::Format(format));
        }
        serde_json::from_str(text).map_err(read)
    }
}

impl fmt::Display for Document {
    /// The document as JSON over several lines, for a person to look at.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string_pretty(self).map_err(|_| fmt::Error)?)
    }
}

/// Checks a proof, with nothing but the document and the public key of the ledger.
///
/// It proves that whoever has the key has signed a history with this very entry at this number.
/// It does not prove that no other history was signed: for that, compare checkpoints
/// ([`merkle::verify_consistency`]).
///
/// # Errors
/// It does not hold, and why.
pub fn verify(document: &Document, key: &PublicKey) -> Result<Verified, ProofError> {
    let Document { format, entry, path, checkpoint } = document;
    if format != FORMAT {
        return Err(ProofError::Format(format.clone()));
    }
    let Checkpoint { origin, size, root, head, time } = Checkpoint::open(checkpoint, key)?;
    let number = entry.number;
    let index = number.checked_sub(1).ok_or(ProofError::Zero)?;
    if number > size {
        return Err(ProofError::NotSigned { number, size });
    }
    if number == 1 && entry.previous != chain::start(&origin) {
        return Err(ProofError::Start(origin));
    }
    let hash = chain::next(&entry.previous, entry.body.as_bytes());
    let found = merkle::root_from_inclusion(&hash, index, size, path).map_err(|error| {
        let merkle::MerkleError::PathLength { expected, found } = error else {
            return ProofError::NotSigned { number, size };
        };
        ProofError::PathLength { number, size, expected, found }
    })?;
    if found != root {
        return Err(ProofError::Root(number));
    }
    if number == size && hash != head {
        return Err(ProofError::Head(number));
    }
    Ok(Verified { origin, number, hash, size, time })
}

#[cfg(test)]
mod tests;

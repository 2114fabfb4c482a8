//! Signed notes and checkpoints: a text, a blank line, and the signatures of the text.
//!
//! A note is that of <https://c2sp.org/signed-note>, signed with Ed25519. A checkpoint is that of
//! <https://c2sp.org/tlog-checkpoint>: the head of the Merkle tree at a size, and two lines of
//! extension, the hash of the last entry and when it was made.
//!
//! ```text
//! example.com/quota
//! 17
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! head 8a0c459277bb5ef572130cfeb4542ed0fa102edbd732d0777debff3635904322
//! time 2026-07-01T12:00:00Z
//!
//! — example.com/quota Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGz…
//! ```

mod keys;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use thiserror::Error;

pub use keys::{KeyError, PublicKey, SigningKey, check_name};

use super::Hash;

/// What a line of a signature begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";

/// How many signatures a note may have. Sixteen must be read; more than this nobody needs.
const MAX_SIGNATURES: usize = 100;

/// Why a text is no note of a key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoteError {
    /// A control character in the text.
    #[error("line {0} of the note holds a control character")]
    Control(usize),
    /// A text that does not end with its line.
    #[error("the text of a note must end with a newline")]
    Unended,
    /// A note without signatures.
    #[error("the note is not signed: it has no blank line with signatures after it")]
    Unsigned,
    /// A line among the signatures that is none.
    #[error("line {0} of the note should be a signature, `— NAME SIGNATURE`, and is not")]
    SignatureLine(usize),
    /// More signatures than anyone reads.
    #[error("the note has more than 100 signatures")]
    ManySignatures,
    /// Signatures of others only.
    #[error("the note is not signed with the key `{name}+{id:08x}`")]
    OtherKey {
        /// The name of the key that was asked for.
        name: String,
        /// Its id.
        id: u32,
    },
    /// A signature by that name that does not fit the text.
    #[error(
        "the signature `{name}+{id:08x}` does not fit the text of the note: either was changed"
    )]
    Forged {
        /// The name of the key.
        name: String,
        /// Its id.
        id: u32,
    },
}

/// Signs a text: gives the text, a blank line and the signature.
///
/// # Errors
/// The text does not end with a newline or holds another control character.
pub fn sign(text: &str, key: &SigningKey) -> Result<String, NoteError> {
    check_characters(text)?;
    if !text.ends_with('\n') {
        return Err(NoteError::Unended);
    }
    let id = key.public_key().id().to_be_bytes();
    let signature = BASE64_STANDARD.encode([&id[..], &key.sign(text)].concat());
    Ok(format!("{text}\n{SIGNATURE}{} {signature}\n", key.name()))
}

/// The text of a note that a key has signed. Signatures of other keys are passed over, and say
/// nothing; one of this key that is wrong spoils the note.
///
/// # Errors
/// The text is no note, or it is not signed with this key.
pub fn open<'n>(note: &'n str, key: &PublicKey) -> Result<&'n str, NoteError> {
    check_characters(note)?;
    let at = note.rfind("\n\n").ok_or(NoteError::Unsigned)?;
    let (text, signatures) = (&note[..=at], &note[at + 2..]);
    if signatures.is_empty() {
        return Err(NoteError::Unsigned);
    }
    let before = text.lines().count() + 1;
    if !signatures.ends_with('\n') {
        return Err(NoteError::SignatureLine(before + signatures.lines().count()));
    }
    let (name, id) = (key.name().to_string(), key.id());
    let mut signed = false;
    for (at, line) in signatures.lines().enumerate() {
        if at == MAX_SIGNATURES {
            return Err(NoteError::ManySignatures);
        }
        let wrong = NoteError::SignatureLine(before + at + 1);
        let (signer, by, signature) = signature_of(line).ok_or(wrong)?;
        if signer != name || by != id {
            continue;
        }
        if !key.has_signed(text, &signature) {
            return Err(NoteError::Forged { name, id });
        }
        signed = true;
    }
    if signed { Ok(text) } else { Err(NoteError::OtherKey { name, id }) }
}

/// The name, the key id and the signature of a line.
fn signature_of(line: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
    check_name(name).ok()?;
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    let (id, signature) = bytes.split_first_chunk()?;
    (!signature.is_empty()).then(|| (name, u32::from_be_bytes(*id), signature.to_vec()))
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let is_control = |letter: char| letter.is_ascii_control() && letter != '\n';
    match text.split('\n').position(|line| line.contains(is_control)) {
        Some(at) => Err(NoteError::Control(at + 1)),
        None => Ok(()),
    }
}

/// A head of the ledger at a size, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The id of the ledger, which is the name of its keys.
    pub origin: String,
    /// How many entries the ledger had.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Hash,
    /// The chain hash of the last; of an empty ledger, [`chain::start`](super::chain::start).
    pub head: Hash,
    /// When the checkpoint was made.
    pub time: Timestamp,
}

/// Why a note is no checkpoint of weir's.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// No note, or not by this key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line that is missing or empty.
    #[error("the checkpoint has no line {line}: {what}")]
    Missing {
        /// Which line.
        line: usize,
        /// What should stand there.
        what: &'static str,
    },
    /// An origin that is not the name of the key.
    #[error("the checkpoint is of the ledger `{origin}`, and the key is of `{key}`")]
    OtherOrigin {
        /// The origin that is written.
        origin: String,
        /// The name of the key.
        key: String,
    },
    /// A size that is no number.
    #[error("`{0}` is no size of a tree: digits without leading zeros")]
    Size(String),
    /// A root that is no hash.
    #[error("`{0}` is no root of a tree: 32 bytes in Base64")]
    Root(String),
    /// A fourth line that is not the hash of the last entry.
    #[error("`{0}` should be `head` and the hash of the last entry")]
    Head(String),
    /// A fifth line that is not a time.
    #[error("`{0}` should be `time` and an instant in UTC such as `2026-07-01T12:00:00Z`")]
    Time(String),
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Checkpoint { origin, size, root, head, time } = self;
        let root = BASE64_STANDARD.encode(root.as_bytes());
        format!("{origin}\n{size}\n{root}\nhead {head}\ntime {time}\n")
    }

    /// The checkpoint as a note signed with the key of its ledger.
    ///
    /// # Errors
    /// The key is of another ledger.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CheckpointError> {
        self.must_be_of(key.name())?;
        Ok(sign(&self.to_text(), key)?)
    }

    /// Reads a note that was signed with the key of the ledger.
    ///
    /// # Errors
    /// The text is no note, it is not signed with this key, or it is no checkpoint.
    pub fn open(note: &str, key: &PublicKey) -> Result<Checkpoint, CheckpointError> {
        let checkpoint = Checkpoint::from_text(open(note, key)?)?;
        checkpoint.must_be_of(key.name())?;
        Ok(checkpoint)
    }

    /// A key may sign for its own ledger only, so that no proof of one is a proof of another.
    fn must_be_of(&self, key: &str) -> Result<(), CheckpointError> {
        if self.origin == key {
            return Ok(());
        }
        Err(CheckpointError::OtherOrigin { origin: self.origin.clone(), key: key.into() })
    }

    /// Reads a text that was signed. Further lines are extensions that this version does not know,
    /// and are passed over.
    fn from_text(text: &str) -> Result<Checkpoint, CheckpointError> {
        let mut lines = text.lines().zip(1..);
        let mut next = |at, what| match lines.next() {
            Some((line, _)) if !line.is_empty() => Ok(line),
            _ => Err(CheckpointError::Missing { line: at, what }),
        };
        let origin = next(1, "the origin")?;
        let size = next(2, "the size of the tree")?;
        let root = next(3, "the root of the tree")?;
        let head = next(4, "`head` and the hash of the last entry")?;
        let time = next(5, "`time` and when it was made")?;
        if let Some((_, line)) = lines.find(|(line, _)| line.is_empty()) {
            return Err(CheckpointError::Missing { line, what: "an extension may not be empty" });
        }
        Ok(Checkpoint {
            origin: origin.into(),
            size: size_of(size).ok_or_else(|| CheckpointError::Size(size.into()))?,
            root: root_of(root).ok_or_else(|| CheckpointError::Root(root.into()))?,
            head: head
                .strip_prefix("head ")
                .and_then(|hash| hash.parse().ok())
                .ok_or_else(|| CheckpointError::Head(head.into()))?,
            time: time_of(time).ok_or_else(|| CheckpointError::Time(time.into()))?,
        })
    }
}

fn size_of(text: &str) -> Option<u64> {
    let size: u64 = text.parse().ok()?;
    (size.to_string() == text).then_some(size)
}

fn root_of(text: &str) -> Option<Hash> {
    Hash::try_from(&BASE64_STANDARD.decode(text).ok()?[..]).ok()
}

fn time_of(line: &str) -> Option<Timestamp> {
    let text = line.strip_prefix("time ")?;
    let time: Timestamp = text.parse().ok()?;
    (time.to_string() == text).then_some(time)
}

#[cfg(test)]
mod tests;

//! The keys of notes and their text forms.
//!
//! The forms are those of <https://pkg.go.dev/golang.org/x/mod/sumdb/note>, section "Signing Keys"
//! and "Verifying Keys"; the key id is that of <https://c2sp.org/signed-note>, section "Ed25519
//! signatures".

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signature, Signer, VerifyingKey};
use thiserror::Error;

use super::super::Hash;

/// What a private key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The signature type of Ed25519 over the text of the note.
const ED25519: u8 = 1;

/// Why a text is no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// A name that no key may have.
    #[error(
        "`{0}` cannot be the name of a key: it may not be empty, nor hold a space, `+` or a control character"
    )]
    Name(String),
    /// A text whose beginning is no name.
    #[error("a key begins with its name, and this begins with what can be none")]
    Nameless,
    /// A private key where the public one belongs.
    #[error("this is a private key, which must stay secret: its public key is needed here")]
    Private,
    /// A text that is not a private key.
    #[error("this is no private key: one begins with `PRIVATE+KEY+`")]
    NotPrivate,
    /// A text without the three parts of a key.
    #[error("a key is written `NAME+ID+KEY`, and this has no `{0}`")]
    Part(&'static str),
    /// An id that is not eight digits.
    #[error("the id of a key has 8 lower-case hexadecimal digits, and this has others")]
    Id,
    /// A key that is not Base64.
    #[error("the key after the name and the id is not Base64")]
    Base64,
    /// A key of another kind.
    #[error("this is a key of type {0}, and weir knows type 1, Ed25519")]
    Algorithm(u8),
    /// A key that is too short or too long.
    #[error("an Ed25519 key has 32 bytes, and this has {0}")]
    Length(usize),
    /// 32 bytes that are no public key.
    #[error("the 32 bytes are no Ed25519 public key")]
    NoPoint,
    /// An id that is not that of the name and the key.
    #[error(
        "the id `{written}` is not that of this name and key, which is `{right}`: a part of it was changed"
    )]
    OtherId {
        /// The id that is written.
        written: String,
        /// The id that name and key have.
        right: String,
    },
}

/// Checks that a key may have a name: it is not empty and holds no Unicode space, no `+` and no
/// control character (<https://c2sp.org/signed-note>, section "Format").
///
/// # Errors
/// It may not.
pub fn check_name(name: &str) -> Result<(), KeyError> {
    let banned = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
    if name.is_empty() || name.chars().any(banned) {
        return Err(KeyError::Name(name.into()));
    }
    Ok(())
}

/// A key that signs. Its text form is secret; `Debug` does not show it.
#[derive(Clone)]
pub struct SigningKey {
    name: String,
    key: ed25519_dalek::SigningKey,
}

impl SigningKey {
    /// Makes a key of 32 bytes that nobody else can know: from the system's random source.
    ///
    /// # Errors
    /// No key may have this name.
    pub fn generate(name: &str, entropy: [u8; 32]) -> Result<SigningKey, KeyError> {
        check_name(name)?;
        let key = ed25519_dalek::SigningKey::from_bytes(&entropy);
        Ok(SigningKey { name: name.into(), key })
    }

    /// Whose key it is: the origin of the checkpoints that it signs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        let key = self.key.verifying_key();
        PublicKey { id: key_id(&self.name, &key), name: self.name.clone(), key }
    }

    /// The secret text of the key, to be kept in a file: `PRIVATE+KEY+`, the name, the id of the
    /// public key and the Base64 of the type and of the 32 secret bytes, with `+` between them.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let PublicKey { name, id, .. } = self.public_key();
        format!("{PRIVATE}{name}+{id:08x}+{}", encoded(self.key.as_bytes()))
    }

    pub(super) fn sign(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public_key())
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    /// Reads what [`to_secret_text`](SigningKey::to_secret_text) gives; a line end may follow.
    fn from_str(text: &str) -> Result<SigningKey, KeyError> {
        let rest = text.trim_end().strip_prefix(PRIVATE).ok_or(KeyError::NotPrivate)?;
        let (name, id, secret) = parts(rest)?;
        let key = SigningKey::generate(name, secret)?;
        right_id(id, key.public_key().id)?;
        Ok(key)
    }
}

/// A key that checks signatures, and the name it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl PublicKey {
    /// Whose key it is: the origin of the checkpoints that it checks.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id that its signatures carry: the beginning of a hash of the name and the key.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether the signature of a text is right; weak keys and signatures that could be written in
    /// two ways are not (RFC 8032, section 5.1.7, in its strict reading).
    pub(super) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        self.key.verify_strict(text.as_bytes(), &signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{:08x}+{}", self.name, self.id, encoded(self.key.as_bytes()))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads what [`Display`](fmt::Display) writes; a line end may follow.
    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        if text.starts_with(PRIVATE) {
            return Err(KeyError::Private);
        }
        let (name, written, bytes) = parts(text.trim_end())?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::NoPoint)?;
        let id = key_id(name, &key);
        right_id(written, id)?;
        Ok(PublicKey { name: name.into(), id, key })
    }
}

fn key_id(name: &str, key: &VerifyingKey) -> u32 {
    let hash = Hash::of(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]);
    let [a, b, c, d, ..] = *hash.as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

fn right_id(written: &str, right: u32) -> Result<(), KeyError> {
    let right = format!("{right:08x}");
    if written == right {
        return Ok(());
    }
    Err(KeyError::OtherId { written: written.into(), right })
}

/// The type and the key, in Base64.
fn encoded(key: &[u8; 32]) -> String {
    BASE64_STANDARD.encode([&[ED25519][..], key].concat())
}

/// The name, the id and the 32 bytes of a key.
fn parts(text: &str) -> Result<(&str, &str, [u8; 32]), KeyError> {
    let (name, rest) = text.split_once('+').ok_or(KeyError::Part("+ID"))?;
    let (id, key) = rest.split_once('+').ok_or(KeyError::Part("+KEY"))?;
    check_name(name).map_err(|_| KeyError::Nameless)?;
    let is_digit = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
    if id.len() != 8 || !id.chars().all(is_digit) {
        return Err(KeyError::Id);
    }
    let bytes = BASE64_STANDARD.decode(key).map_err(|_| KeyError::Base64)?;
    match bytes.split_first() {
        Some((&ED25519, key)) => {
            let bytes = key.try_into().map_err(|_| KeyError::Length(key.len()))?;
            Ok((name, id, bytes))
        }
        Some((other, _)) => Err(KeyError::Algorithm(*other)),
        None => Err(KeyError::Length(0)),
    }
}

//! What makes the history provable: the hash chain, its Merkle tree, signed checkpoints.
//!
//! Nothing here reads a clock, a file or a network, and everything is SHA-256, Ed25519 and text, so
//! that a third party can check a proof in any language:
//!
//! - [`chain`] binds every entry to the one before it;
//! - [`merkle`] is the tree of RFC 6962 over the entries' chain hashes;
//! - [`note`] signs a head of that tree as a checkpoint of <https://c2sp.org/tlog-checkpoint>;
//! - [`inclusion`] is the document that says: this entry is in the ledger that was signed.

pub mod chain;
pub mod inclusion;
pub mod merkle;
pub mod note;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A SHA-256 hash, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// How many bytes a hash has.
    pub const LENGTH: usize = 32;

    /// The hash with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }

    /// The SHA-256 of the parts, one after the other.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Hash {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Hash(hasher.finalize().into())
    }

    /// Its first half: enough to tell texts apart.
    #[must_use]
    pub fn short(&self) -> u128 {
        self.0.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash {
    fn from(bytes: [u8; 32]) -> Hash {
        Hash(bytes)
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = HashError;

    fn try_from(bytes: &[u8]) -> Result<Hash, HashError> {
        let bytes = bytes.try_into().map_err(|_| HashError::Length(bytes.len()))?;
        Ok(Hash(bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// Why something is no hash.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// Bytes that are not 32.
    #[error("a SHA-256 hash has 32 bytes, and this has {0}")]
    Length(usize),
    /// Digits that are not 64.
    #[error("a SHA-256 hash is written with 64 hexadecimal digits, and this has {0} characters")]
    Digits(usize),
    /// A character that is no digit.
    #[error("`{0}` is no lower-case hexadecimal digit")]
    Digit(char),
}

impl FromStr for Hash {
    type Err = HashError;

    /// Reads what [`Display`](fmt::Display) writes, and nothing else: one hash, one text.
    fn from_str(text: &str) -> Result<Hash, HashError> {
        let digits = text.chars().count();
        if digits != 2 * Hash::LENGTH {
            return Err(HashError::Digits(digits));
        }
        let digit = |letter: u8| match letter {
            b'0'..=b'9' => Some(letter - b'0'),
            b'a'..=b'f' => Some(letter - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; Hash::LENGTH];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let Some((high, low)) = digit(pair[0]).zip(digit(pair[1])) else {
                let is_other = |letter: &char| !matches!(letter, '0'..='9' | 'a'..='f');
                return Err(HashError::Digit(text.chars().find(is_other).unwrap_or_default()));
            };
            *byte = high << 4 | low;
        }
        Ok(Hash(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn sha_256_is_that_of_fips_180() {
        assert_eq!(Hash::of(&[b"abc"]).to_string(), ABC);
        assert_eq!(Hash::of(&[b"a", b"", b"bc"]).to_string(), ABC);
        assert_eq!(format!("{:?}", Hash::of(&[b"abc"])), format!("Hash({ABC})"));
    }

    #[test]
    fn a_hash_has_one_text() {
        let hash: Hash = ABC.parse().expect("reads");
        assert_eq!(hash, Hash::of(&[b"abc"]));
        assert_eq!(ABC.to_uppercase().parse::<Hash>(), Err(HashError::Digit('B')));
        assert_eq!(ABC[1..].parse::<Hash>(), Err(HashError::Digits(63)));
        assert_eq!(format!("{}é", &ABC[1..]).parse::<Hash>(), Err(HashError::Digit('é')));
        assert_eq!("".parse::<Hash>(), Err(HashError::Digits(0)));
        assert_eq!(Hash::try_from(&[1, 2][..]), Err(HashError::Length(2)));
        assert_eq!(Hash::try_from(&hash.as_bytes()[..]), Ok(hash));
    }

    #[test]
    fn a_hash_is_a_text_in_json() {
        let hash: Hash = ABC.parse().expect("reads");
        let json = serde_json::to_string(&hash).expect("writes");
        assert_eq!(json, format!("\"{ABC}\""));
        assert_eq!(serde_json::from_str::<Hash>(&json).expect("reads"), hash);
        assert!(serde_json::from_str::<Hash>("\"12\"").is_err());
    }
}

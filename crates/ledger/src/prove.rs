//! Proofs for third parties, from what is stored.

use std::collections::HashMap;

use crate::proof::inclusion::{Document, Entry};
use crate::proof::merkle::{MerkleError, Needed, inclusion_needs, inclusion_path};
use crate::proof::{Hash, chain};
use crate::store::{ReadStore, StoreError};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The ledger could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such entry.
    #[error("there is no entry {number}; the last one is {last}")]
    NoEntry {
        /// The number asked for.
        number: u64,
        /// The last entry.
        last: u64,
    },
    /// No checkpoint covers it yet.
    #[error("no checkpoint covers entry {0} yet; `weir ledger checkpoint` signs one")]
    NoCheckpoint(u64),
    /// What is stored of the tree has a hole.
    #[error("the stored tree lacks what the proof needs; run `weir ledger verify`")]
    Hole,
    /// The tree cannot be.
    #[error(transparent)]
    Merkle(#[from] MerkleError),
}

/// Proves that an entry is in the journal that the latest checkpoint signs.
///
/// # Errors
/// See [`ProveError`].
pub async fn prove<S: ReadStore>(store: &mut S, number: u64) -> Result<Document, ProveError> {
    let last = store.tip().await?.head.number;
    if number == 0 || number > last {
        return Err(ProveError::NoEntry { number, last });
    }
    let checkpoints = store.checkpoints().await?;
    let latest = checkpoints.into_iter().rev().find(|(size, _)| *size >= number);
    let (size, note) = latest.ok_or(ProveError::NoCheckpoint(number))?;
    let known = tree_hashes(store, inclusion_needs(number - 1, size)?).await?;
    let path = inclusion_path(number - 1, size, |level, index| {
        known.get(&(level, index)).copied().ok_or(ProveError::Hole)
    })?;
    let previous = match number {
        1 => chain::start(&store.identity().await?.id),
        _ => store.entries(number - 1, 1).await?.first().ok_or(ProveError::Hole)?.hash,
    };
    let entry = store.entries(number, 1).await?.into_iter().next().ok_or(ProveError::Hole)?;
    Ok(Document::new(Entry { number, previous, body: entry.body }, path, note))
}

/// What is stored of the Merkle tree, by level and place, as far as a proof needs it. What is not
/// stored is left out.
pub(crate) async fn tree_hashes<S: ReadStore>(
    store: &mut S,
    needs: Vec<Needed>,
) -> Result<HashMap<(u8, u64), Hash>, StoreError> {
    let mut known = HashMap::new();
    for needed in needs {
        let hashes: Vec<Hash> = if needed.level == 0 {
            let most = u32::try_from(needed.count).unwrap_or(u32::MAX);
            let entries = store.entries(needed.first + 1, most).await?;
            entries.into_iter().map(|entry| entry.hash).collect()
        } else {
            store.subtrees(needed.level, needed.first, needed.count).await?
        };
        for (at, hash) in (needed.first..).zip(hashes) {
            known.insert((needed.level, at), hash);
        }
    }
    Ok(known)
}

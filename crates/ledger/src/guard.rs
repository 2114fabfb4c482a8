//! Holds a ledger against the checkpoint beside its key, before anything is written or signed.
//!
//! An older copy of a ledger is whole in itself. What tells it is the checkpoint that is kept where
//! the ledger's own storage cannot change it.

use crate::ledger::{Notary, Place};
use crate::proof::merkle::{
    Frontier, MerkleError, consistency_needs, consistency_path, verify_consistency,
};
use crate::proof::note::{Checkpoint, PublicKey};
use crate::prove::tree_hashes;
use crate::store::{ReadStore, StoreError, Tip, WriteStore};

/// Knows which of the kept checkpoints were found in the ledger.
#[derive(Debug)]
pub(crate) struct Guard {
    place: Place,
    found: Option<String>,
}

/// What is kept outside, and the key that signed it.
pub(crate) struct Kept {
    note: String,
    key: PublicKey,
}

impl Kept {
    fn opened(&self) -> Result<Checkpoint, StoreError> {
        let checkpoint = Checkpoint::open(&self.note, &self.key);
        checkpoint.map_err(|why| StoreError::Kept(why.to_string()))
    }
}

impl Guard {
    pub(crate) fn new(place: &Place) -> Guard {
        Guard { place: place.clone(), found: None }
    }

    /// What is kept, where it is not known yet that the ledger contains it.
    pub(crate) fn unknown(&self, notary: &dyn Notary) -> Result<Option<Kept>, StoreError> {
        let note = notary.kept().map_err(StoreError::Kept)?;
        let Some((note, key)) = note.zip(notary.public_key()) else { return Ok(None) };
        Ok((self.found.as_deref() != Some(&note)).then_some(Kept { note, key }))
    }

    /// Checks that the ledger contains what is kept. It was read before the ledger is: what others
    /// write and sign meanwhile does no harm.
    pub(crate) async fn check<S: WriteStore>(
        &mut self,
        store: &mut S,
        kept: Kept,
    ) -> Result<(), StoreError> {
        let checkpoint = kept.opened()?;
        if let Some(found) = store.contains(&checkpoint).await {
            found?;
            self.found = Some(kept.note);
            return Ok(());
        }
        let place = self.place.clone();
        let runtime = tokio::runtime::Handle::current();
        let look = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                let mut reader = place.reader().await?;
                let found = contains(&mut reader, &checkpoint).await;
                reader.close().await;
                found
            })
        });
        look.await.map_err(|why| StoreError::Other(why.to_string()))??;
        self.found = Some(kept.note);
        Ok(())
    }

    /// The same by a reader that is there already: a server may have few connections.
    pub(crate) async fn check_by<S: ReadStore>(
        &mut self,
        reader: &mut S,
        kept: Kept,
    ) -> Result<(), StoreError> {
        contains(reader, &kept.opened()?).await?;
        self.found = Some(kept.note);
        Ok(())
    }

    /// Takes over what this ledger signed itself.
    pub(crate) fn signed(&mut self, note: String) {
        self.found = Some(note);
    }
}

/// Whether a ledger begins with what a checkpoint signs: its last entry and its tree.
pub(crate) async fn contains<S: ReadStore>(
    store: &mut S,
    kept: &Checkpoint,
) -> Result<(), StoreError> {
    let Tip { head, frontier } = store.tip().await?;
    let size = kept.size;
    if size > head.number {
        return Err(StoreError::Older { entries: head.number, size });
    }
    let is_last = match size {
        0 => Tip::start(&store.identity().await?).head.hash == kept.head,
        _ => store.entries(size, 1).await?.first().is_some_and(|one| one.hash == kept.head),
    };
    if is_last && extends(store, kept, &frontier).await? {
        return Ok(());
    }
    Err(StoreError::Parted { size })
}

async fn extends<S: ReadStore>(
    store: &mut S,
    kept: &Checkpoint,
    tree: &Frontier,
) -> Result<bool, StoreError> {
    let no_tree = |why: MerkleError| StoreError::Other(why.to_string());
    let (old, new) = (kept.size, tree.size());
    let known = tree_hashes(store, consistency_needs(old, new).map_err(no_tree)?).await?;
    // What is not there is not what was signed.
    let fetch = |level, index| known.get(&(level, index)).copied().ok_or(MerkleError::OldRoot);
    let Ok(path) = consistency_path::<MerkleError>(old, new, fetch) else { return Ok(false) };
    Ok(verify_consistency(old, &kept.root, new, &tree.root(), &path).is_ok()
        && (old != new || kept.root == tree.root()))
}

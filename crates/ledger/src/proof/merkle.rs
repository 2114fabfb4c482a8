//! The Merkle tree of RFC 6962, section 2.1 (the same as of RFC 9162), over the entries' chain
//! hashes: how the tree grows, and how a third party sees that it holds an entry or was only added
//! to.
//!
//! Entries are counted from 0 here: entry `n` of the journal is leaf `n - 1`. What a store is given
//! it gives back: the chain hash that it appended is level 0, and every perfect subtree that
//! [`Frontier::append`] reported is level 8, 16, and so on. That `0x00` goes before a leaf and
//! `0x01` before a node is nobody's concern but this module's.

use thiserror::Error;

use super::Hash;

/// Subtrees whose level is a multiple of this are worth keeping: of 2^8 = 256 leaves, of 2^16, …
pub const STORED_LEVELS: u8 = 8;

/// The largest tree: what a signed integer of a database can count.
const MAX_SIZE: u64 = i64::MAX as u64;

/// The root of the tree that holds nothing (RFC 6962, section 2.1): SHA-256 of no bytes.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The hash of a leaf with this content (RFC 6962, section 2.1).
fn leaf(content: &[u8]) -> Hash {
    Hash::of(&[&[0], content])
}

/// The hash of a node over two others (RFC 6962, section 2.1).
fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// A perfect subtree: of `2^level` leaves, the first of which is `index * 2^level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// How many levels it stands above the leaves.
    pub level: u8,
    /// How many of its size stand to its left.
    pub index: u64,
    /// Its root.
    pub hash: Hash,
}

/// What a tree needs to know of itself in order to grow: its size, and the roots of the perfect
/// subtrees that its leaves make from left to right (a "compact range" from 0).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One root for every bit of the size, the largest first.
    roots: Vec<Hash>,
}

/// Why bytes are no frontier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrontierError {
    /// Too few bytes for the size.
    #[error("the frontier of a tree begins with its size in 8 bytes, and there are {0}")]
    Short(usize),
    /// A size that no ledger reaches, and that could not grow.
    #[error("a tree of {0} leaves is larger than any ledger")]
    Size(u64),
    /// Not as many roots as the size asks for.
    #[error("the frontier of a tree of {size} leaves has {expected} bytes, and there are {found}")]
    Length {
        /// The size.
        size: u64,
        /// How many bytes it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry's chain hash, and says which subtrees worth keeping that completes: those of
    /// level 8, 16, … Most entries complete none; none can complete more than eight.
    #[must_use = "a store keeps the subtrees, or makes proofs from every leaf"]
    pub fn append(&mut self, entry: &Hash) -> Vec<Subtree> {
        self.push(leaf(entry.as_bytes()))
    }

    fn push(&mut self, mut hash: Hash) -> Vec<Subtree> {
        let mut completed = Vec::new();
        let mut level: u8 = 0;
        while self.size >> level & 1 == 1 {
            if let Some(left) = self.roots.pop() {
                hash = node(&left, &hash);
            }
            level += 1;
            if level.is_multiple_of(STORED_LEVELS) {
                completed.push(Subtree { level, index: self.size >> level, hash });
            }
        }
        self.roots.push(hash);
        self.size += 1;
        completed
    }

    /// The root of the tree (RFC 6962, section 2.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(last) = roots.next() else { return empty_root() };
        roots.fold(*last, |right, left| node(left, &right))
    }

    /// The frontier as bytes: the size (8 bytes, the highest first), then the roots, the largest
    /// subtree first, of 32 bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        for root in &self.roots {
            bytes.extend_from_slice(root.as_bytes());
        }
        bytes
    }

    /// Reads what [`to_bytes`](Frontier::to_bytes) wrote.
    ///
    /// # Errors
    /// The bytes are too few or too many for the size they begin with, or that is no size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Frontier, FrontierError> {
        let short = FrontierError::Short(bytes.len());
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(short)?;
        let size = u64::from_be_bytes(*size);
        if size > MAX_SIZE {
            return Err(FrontierError::Size(size));
        }
        let (roots, over) = rest.as_chunks::<{ Hash::LENGTH }>();
        let expected = size.count_ones() as usize;
        if roots.len() != expected || !over.is_empty() {
            let expected = 8 + expected * Hash::LENGTH;
            return Err(FrontierError::Length { size, expected, found: bytes.len() });
        }
        Ok(Frontier { size, roots: roots.iter().copied().map(Hash::new).collect() })
    }
}

/// Why a path through the tree cannot be made or is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MerkleError {
    /// A leaf that the tree does not have.
    #[error("leaf {index} (counted from 0) is not in a tree of {size} leaves")]
    NoSuchLeaf {
        /// The leaf.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A later tree that is smaller than the earlier one.
    #[error("a tree of {old} leaves cannot have grown to {new}")]
    Shrunk {
        /// The size of the earlier tree.
        old: u64,
        /// The size of the later tree.
        new: u64,
    },
    /// More or fewer hashes than the sizes ask for.
    #[error("the path has {found} hashes, and it takes {expected}")]
    PathLength {
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A path that does not lead to the root of the earlier tree.
    #[error("the path does not lead to the root of the earlier tree: history was changed")]
    OldRoot,
    /// A path that does not lead to the root of the later tree.
    #[error("the path does not lead to the root of the later tree")]
    NewRoot,
}

/// The path from a leaf to the root of the tree that the first `size` leaves make: the hashes of
/// what stands beside it, from the leaf upwards (RFC 6962, section 2.1.1).
///
/// `fetch` gives the chain hash of a leaf (level 0) or a perfect subtree that
/// [`Frontier::append`] reported (level 8, 16, …); [`inclusion_needs`] says beforehand which.
/// They may come from a tree that has grown since.
///
/// # Errors
/// There is no such leaf, or `fetch` failed.
pub fn inclusion_path<E: From<MerkleError>>(
    index: u64,
    size: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    inclusion_nodes(index, size, &mut leaves_hashed(&mut fetch))
}

/// The proof that the tree of the first `old` leaves is the beginning of the tree of the first
/// `new` (RFC 6962, section 2.1.2). It is empty where one of them says nothing of the other: from
/// the empty tree, and between equal sizes.
///
/// # Errors
/// The later tree is smaller, or `fetch` failed.
pub fn consistency_path<E: From<MerkleError>>(
    old: u64,
    new: u64,
    mut fetch: impl FnMut(u8, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    consistency_nodes(old, new, &mut leaves_hashed(&mut fetch))
}

/// Hashes that follow one another on one level: `count` of them, from `first`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needed {
    /// 0 for the chain hashes of leaves, 8, 16, … for stored subtrees.
    pub level: u8,
    /// The index of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
}

/// What [`inclusion_path`] will fetch, so that a store can read it all at once: fewer than 512
/// hashes of a level, the neighbours of the leaf and the right edge of the tree.
///
/// # Errors
/// There is no such leaf.
pub fn inclusion_needs(index: u64, size: u64) -> Result<Vec<Needed>, MerkleError> {
    needed(|fetch| inclusion_nodes(index, size, fetch))
}

/// What [`consistency_path`] will fetch, so that a store can read it all at once.
///
/// # Errors
/// The later tree is smaller.
pub fn consistency_needs(old: u64, new: u64) -> Result<Vec<Needed>, MerkleError> {
    needed(|fetch| consistency_nodes(old, new, fetch))
}

/// The root of the tree of `size` leaves in which an entry with this chain hash is leaf `index`,
/// where the path is right (RFC 9162, section 2.1.3.2). It says nothing until it is compared with a
/// root that is known.
///
/// # Errors
/// There is no such leaf, or the path is too long or too short for it.
pub fn root_from_inclusion(
    entry: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
) -> Result<Hash, MerkleError> {
    root_from_leaf(leaf(entry.as_bytes()), index, size, path)
}

/// Checks that the tree of `new` leaves begins with the tree of `old` leaves (RFC 9162, section
/// 2.1.4.2).
///
/// # Errors
/// The path does not show it.
pub fn verify_consistency(
    old: u64,
    old_root: &Hash,
    new: u64,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), MerkleError> {
    let expected = consistency_length(old, new)?;
    if path.len() != expected {
        return Err(MerkleError::PathLength { expected, found: path.len() });
    }
    // Where the earlier tree is a perfect one, it is a node of the later, and the proof begins
    // with what stands beside it.
    let perfect = old.is_power_of_two().then_some(old_root);
    let mut steps = perfect.into_iter().chain(path);
    let (was, is) = match steps.next() {
        _ if old == 0 => (empty_root(), *new_root),
        _ if old == new => (*old_root, *old_root),
        None => return Err(MerkleError::PathLength { expected: 1, found: 0 }),
        Some(first) => roots_from_consistency(old - 1, new - 1, *first, steps),
    };
    if was != *old_root {
        return Err(MerkleError::OldRoot);
    }
    if is != *new_root {
        return Err(MerkleError::NewRoot);
    }
    Ok(())
}

/// The roots of the earlier and of the later tree, from the indexes of their last leaves.
fn roots_from_consistency<'a>(
    mut old_last: u64,
    mut new_last: u64,
    first: Hash,
    steps: impl Iterator<Item = &'a Hash>,
) -> (Hash, Hash) {
    let perfect = old_last.trailing_ones();
    old_last >>= perfect;
    new_last >>= perfect;
    let (mut was, mut is) = (first, first);
    for step in steps {
        if old_last & 1 == 1 || old_last == new_last {
            was = node(step, &was);
            is = node(step, &is);
            while old_last & 1 == 0 && old_last != 0 {
                old_last >>= 1;
                new_last >>= 1;
            }
        } else {
            is = node(&is, step);
        }
        old_last >>= 1;
        new_last >>= 1;
    }
    (was, is)
}

/// How many levels of the path have a neighbour on either side, and how many above that only one
/// on the left.
fn inclusion_lengths(index: u64, size: u64) -> Result<(u32, u32), MerkleError> {
    if index >= size {
        return Err(MerkleError::NoSuchLeaf { index, size });
    }
    let inner = u64::BITS - (index ^ (size - 1)).leading_zeros();
    let border = index.checked_shr(inner).unwrap_or(0).count_ones();
    Ok((inner, border))
}

/// How many hashes the proof between two sizes has.
fn consistency_length(old: u64, new: u64) -> Result<usize, MerkleError> {
    if old > new {
        return Err(MerkleError::Shrunk { old, new });
    }
    if old == 0 || old == new {
        return Ok(0);
    }
    // It is the path of the last leaf of the earlier tree, from the largest perfect subtree that
    // ends there.
    let (inner, border) = inclusion_lengths(old - 1, new)?;
    let inside = inner - old.trailing_zeros();
    Ok((inside + border + u32::from(!old.is_power_of_two())) as usize)
}

fn root_from_leaf(hash: Hash, index: u64, size: u64, path: &[Hash]) -> Result<Hash, MerkleError> {
    let (inner, border) = inclusion_lengths(index, size)?;
    let expected = (inner + border) as usize;
    if path.len() != expected {
        return Err(MerkleError::PathLength { expected, found: path.len() });
    }
    let (inside, above) = path.split_at(inner as usize);
    let hash = inside.iter().enumerate().fold(hash, |hash, (level, beside)| {
        if index >> level & 1 == 0 { node(&hash, beside) } else { node(beside, &hash) }
    });
    Ok(above.iter().fold(hash, |hash, left| node(left, &hash)))
}

/// Gives the hashes of nodes: the stored ones as they are, and of a leaf's content its hash.
fn leaves_hashed<E>(
    fetch: &mut impl FnMut(u8, u64) -> Result<Hash, E>,
) -> impl FnMut(u8, u64) -> Result<Hash, E> {
    |level, index| {
        let hash = fetch(level, index)?;
        Ok(if level == 0 { leaf(hash.as_bytes()) } else { hash })
    }
}

/// What a walk through the tree fetches, in order of level and index.
fn needed(
    walk: impl FnOnce(&mut dyn FnMut(u8, u64) -> Result<Hash, MerkleError>) -> Walked,
) -> Result<Vec<Needed>, MerkleError> {
    let mut asked = Vec::new();
    walk(&mut |level, index| {
        asked.push((level, index));
        Ok(empty_root())
    })?;
    asked.sort_unstable();
    asked.dedup();
    let mut runs: Vec<Needed> = Vec::new();
    for (level, index) in asked {
        match runs.last_mut() {
            Some(run) if run.level == level && run.first + run.count == index => run.count += 1,
            _ => runs.push(Needed { level, first: index, count: 1 }),
        }
    }
    Ok(runs)
}

type Walked = Result<Vec<Hash>, MerkleError>;

fn inclusion_nodes<E: From<MerkleError>>(
    index: u64,
    size: u64,
    fetch: &mut (impl FnMut(u8, u64) -> Result<Hash, E> + ?Sized),
) -> Result<Vec<Hash>, E> {
    inclusion_lengths(index, size)?;
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = split(start, end);
        if index < middle {
            path.push(root_of(middle, end, fetch)?);
            end = middle;
        } else {
            path.push(root_of(start, middle, fetch)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

fn consistency_nodes<E: From<MerkleError>>(
    old: u64,
    new: u64,
    fetch: &mut (impl FnMut(u8, u64) -> Result<Hash, E> + ?Sized),
) -> Result<Vec<Hash>, E> {
    if consistency_length(old, new)? == 0 {
        return Ok(Vec::new());
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while old != end {
        let middle = split(start, end);
        if old <= middle {
            path.push(root_of(middle, end, fetch)?);
            end = middle;
        } else {
            path.push(root_of(start, middle, fetch)?);
            start = middle;
        }
    }
    // Whoever checks the proof knows the earlier root, and that is this node where it begins at 0.
    if start > 0 {
        path.push(root_of(start, end, fetch)?);
    }
    path.reverse();
    Ok(path)
}

/// Where a range of at least two leaves is split: after the largest power of two that leaves some.
fn split(start: u64, end: u64) -> u64 {
    start + (1 << (end - start - 1).ilog2())
}

/// The root over a range of leaves that begins at a multiple of the power of two it would fit in.
fn root_of<E>(
    start: u64,
    end: u64,
    fetch: &mut (impl FnMut(u8, u64) -> Result<Hash, E> + ?Sized),
) -> Result<Hash, E> {
    let leaves = end - start;
    if leaves.is_power_of_two() {
        let level = leaves.trailing_zeros();
        return perfect(level as u8, start >> level, fetch);
    }
    let middle = split(start, end);
    let left = root_of(start, middle, fetch)?;
    Ok(node(&left, &root_of(middle, end, fetch)?))
}

/// The root of a perfect subtree, from the stored level below it.
fn perfect<E>(
    level: u8,
    index: u64,
    fetch: &mut (impl FnMut(u8, u64) -> Result<Hash, E> + ?Sized),
) -> Result<Hash, E> {
    if level.is_multiple_of(STORED_LEVELS) {
        return fetch(level, index);
    }
    let left = perfect(level - 1, 2 * index, fetch)?;
    Ok(node(&left, &perfect(level - 1, 2 * index + 1, fetch)?))
}

#[cfg(test)]
mod tests;

//! The tree against Certificate Transparency's test data and against RFC 6962 written down word
//! for word.

use std::collections::HashMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

use super::*;

/// The leaves and hashes of Certificate Transparency's reference tree (`testonly/constants.go` of
/// transparency-dev/merkle).
const CT_LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

const CT_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Leaf, size, path.
const CT_INCLUSION: [(u64, u64, &[&str]); 5] = [
    (0, 1, &[]),
    (
        0,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        &[
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        &[
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Earlier size, later size, proof.
const CT_CONSISTENCY: [(u64, u64, &[&str]); 4] = [
    (1, 1, &[]),
    (
        1,
        8,
        &[
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        &[
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        &[
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
];

/// Size and root where leaf `i` holds the two bytes of `i`, the lowest first
/// (`compact/range_test.go` of transparency-dev/merkle).
const GOLDEN: [(u64, &str); 11] = [
    (10, "VjWMPSYNtCuCNlF/RLnQy6HcwSk6CIipfxm+hettA+4="),
    (15, "j4SulYmocFuxdeyp12xXCIgK6PekBcxzAIj4zbQzNEI="),
    (16, "c+4Uc6BCMOZf/v3NZK1kqTUJe+bBoFtOhP+P3SayKRE="),
    (100, "dUh9hYH88p0CMoHkdr1wC2szbhcLAXOejWpINIooKUY="),
    (255, "SmdsuKUqiod3RX2jyF2M6JnbdE4QuTwwipfAowI4/i0="),
    (256, "qFI0t/tZ1MdOYgyPpPzHFiZVw86koScXy9q3FU5casA="),
    (1000, "RXrgb8xHd55Y48FbfotJwCbV82Kx22LZfEbmBGAvwlQ="),
    (4095, "cWRFdQhPcjn9WyBXE/r1f04ejxIm5lvg40DEpRBVS0w="),
    (4096, "6uU/phfHg1n/GksYT6TO9aN8EauMCCJRl3dIK0HDs2M="),
    (10000, "VZcav65F9haHVRk3wre2axFoBXRNeUh/1d9d5FQfxIg="),
    (65535, "iPuVYJhP6SEE4gUFp8qbafd2rYv9YTCDYqAxCj8HdLM="),
];

fn hash(text: &str) -> Hash {
    text.parse().expect("a hash")
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().copied().map(hash).collect()
}

fn ct_leaf(level: u8, index: u64) -> Result<Hash, MerkleError> {
    assert_eq!(level, 0);
    Ok(leaf(CT_LEAVES[index as usize]))
}

#[test]
fn leaves_and_nodes_are_hashed_as_the_rfc_says() {
    let of_leaf = hash("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56");
    assert_eq!(leaf(b"L123456"), of_leaf);
    assert_eq!(empty_root(), hash(CT_ROOTS[0]));
    assert_eq!(leaf(b""), hash(CT_ROOTS[1]));
    assert_eq!(node(&leaf(b""), &leaf(b"\x00")), hash(CT_ROOTS[2]));
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    let mut frontier = Frontier::new();
    assert_eq!(frontier.root(), hash(CT_ROOTS[0]));
    for (content, root) in CT_LEAVES.iter().zip(&CT_ROOTS[1..]) {
        assert_eq!(frontier.push(leaf(content)), []);
        assert_eq!(frontier.root(), hash(root));
    }
    let mut frontier = Frontier::new();
    for (size, root) in GOLDEN {
        while frontier.size() < size {
            let _ = frontier.push(leaf(&(frontier.size() as u16).to_le_bytes()));
        }
        assert_eq!(BASE64_STANDARD.encode(frontier.root().as_bytes()), root, "{size}");
    }
}

#[test]
fn the_paths_are_those_of_certificate_transparency() {
    for (index, size, path) in CT_INCLUSION {
        let made = inclusion_nodes(index, size, &mut ct_leaf).expect("a path");
        assert_eq!(made, hashes(path), "{index} of {size}");
        let of = leaf(CT_LEAVES[index as usize]);
        let root = root_from_leaf(of, index, size, &made);
        assert_eq!(root, Ok(hash(CT_ROOTS[size as usize])));
    }
    for (old, new, path) in CT_CONSISTENCY {
        let made = consistency_nodes(old, new, &mut ct_leaf).expect("a proof");
        assert_eq!(made, hashes(path), "{old} to {new}");
        let roots = [old, new].map(|size| hash(CT_ROOTS[size as usize]));
        assert_eq!(verify_consistency(old, &roots[0], new, &roots[1], &made), Ok(()));
    }
}

/// RFC 6962, sections 2.1, 2.1.1 and 2.1.2, word for word, over leaf hashes; it remembers the roots
/// of ranges, as otherwise it would never end.
#[derive(Default)]
struct Naive {
    leaves: Vec<Hash>,
    known: HashMap<(usize, usize), Hash>,
}

impl Naive {
    fn of(entries: &[Hash]) -> Naive {
        let leaves = entries.iter().map(|entry| Hash::of(&[&[0], entry.as_bytes()])).collect();
        Naive { leaves, known: HashMap::new() }
    }

    /// The largest power of two smaller than `n`.
    fn k(n: usize) -> usize {
        let mut k = 1;
        while k * 2 < n {
            k *= 2;
        }
        k
    }

    fn mth(&mut self, from: usize, to: usize) -> Hash {
        match to - from {
            0 => Hash::of(&[]),
            1 => self.leaves[from],
            n => {
                if let Some(known) = self.known.get(&(from, to)) {
                    return *known;
                }
                let middle = from + Naive::k(n);
                let (left, right) = (self.mth(from, middle), self.mth(middle, to));
                let root = Hash::of(&[&[1], left.as_bytes(), right.as_bytes()]);
                self.known.insert((from, to), root);
                root
            }
        }
    }

    fn path(&mut self, m: usize, from: usize, to: usize) -> Vec<Hash> {
        if to - from == 1 {
            return Vec::new();
        }
        let middle = from + Naive::k(to - from);
        let (mut path, beside) = if m < middle - from {
            (self.path(m, from, middle), self.mth(middle, to))
        } else {
            (self.path(m - (middle - from), middle, to), self.mth(from, middle))
        };
        path.push(beside);
        path
    }

    fn subproof(&mut self, m: usize, from: usize, to: usize, known: bool) -> Vec<Hash> {
        if m == to - from {
            return if known { Vec::new() } else { vec![self.mth(from, to)] };
        }
        let k = Naive::k(to - from);
        let (mut path, beside) = if m <= k {
            (self.subproof(m, from, from + k, known), self.mth(from + k, to))
        } else {
            (self.subproof(m - k, from + k, to, false), self.mth(from, from + k))
        };
        path.push(beside);
        path
    }

    fn proof(&mut self, m: usize, n: usize) -> Vec<Hash> {
        if m == 0 { Vec::new() } else { self.subproof(m, 0, n, true) }
    }
}

/// What a store keeps: the chain hashes and the subtrees that were reported.
#[derive(Default)]
struct Store {
    entries: Vec<Hash>,
    frontier: Frontier,
    subtrees: HashMap<(u8, u64), Hash>,
}

impl Store {
    fn with(count: u64) -> Store {
        let mut store = Store::default();
        for number in 0..count {
            let entry = Hash::of(&[b"entry", &number.to_be_bytes()]);
            store.entries.push(entry);
            for Subtree { level, index, hash } in store.frontier.append(&entry) {
                assert_eq!(store.subtrees.insert((level, index), hash), None);
            }
        }
        store
    }

    /// Gives what is kept, and only what was announced.
    fn fetch(&self, needs: &[Needed], level: u8, index: u64) -> Result<Hash, MerkleError> {
        let announced = |need: &Needed| {
            need.level == level && (need.first..need.first + need.count).contains(&index)
        };
        assert!(needs.iter().any(announced), "({level}, {index}) is not in {needs:?}");
        Ok(match level {
            0 => self.entries[index as usize],
            _ => self.subtrees[&(level, index)],
        })
    }

    fn inclusion(&self, index: u64, size: u64) -> Vec<Hash> {
        let needs = inclusion_needs(index, size).expect("it is in the tree");
        inclusion_path(index, size, |level, index| self.fetch(&needs, level, index))
            .expect("a path")
    }

    fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        let needs = consistency_needs(old, new).expect("it grew");
        consistency_path(old, new, |level, index| self.fetch(&needs, level, index))
            .expect("a proof")
    }
}

fn check_inclusion(store: &Store, naive: &mut Naive, index: u64, size: u64) {
    let path = store.inclusion(index, size);
    assert_eq!(path, naive.path(index as usize, 0, size as usize), "{index} of {size}");
    let root = root_from_inclusion(&store.entries[index as usize], index, size, &path);
    assert_eq!(root, Ok(naive.mth(0, size as usize)), "{index} of {size}");
}

fn check_consistency(store: &Store, naive: &mut Naive, old: u64, new: u64) {
    let path = store.consistency(old, new);
    assert_eq!(path, naive.proof(old as usize, new as usize), "{old} to {new}");
    let roots = [old, new].map(|size| naive.mth(0, size as usize));
    assert_eq!(verify_consistency(old, &roots[0], new, &roots[1], &path), Ok(()), "{old} to {new}");
}

#[test]
fn every_size_has_the_root_of_the_naive_tree() {
    let store = Store::with(300);
    let mut naive = Naive::of(&store.entries);
    let mut frontier = Frontier::new();
    for size in 0..=300 {
        assert_eq!(frontier.root(), naive.mth(0, size), "{size}");
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes).as_ref(), Ok(&frontier), "{size}");
        if let Some(entry) = store.entries.get(size) {
            let completed = frontier.append(entry);
            let expected = (size == 255).then(|| (8, 0, naive.mth(0, 256)));
            let found = completed.first().map(|it| (it.level, it.index, it.hash));
            assert_eq!((found, completed.len()), (expected, usize::from(size == 255)));
        }
    }
}

#[test]
fn every_path_is_that_of_the_naive_tree() {
    let store = Store::with(300);
    let mut naive = Naive::of(&store.entries);
    for size in (0..=40).chain(256..=257) {
        for index in 0..size {
            check_inclusion(&store, &mut naive, index, size);
            check_consistency(&store, &mut naive, index, size);
        }
        check_consistency(&store, &mut naive, size, size);
    }
}

/// Two levels of stored subtrees, and paths into a tree that has grown since.
#[test]
fn a_large_tree_is_proved_from_what_is_stored() {
    let store = Store::with(0x1_0000 + 0x300 + 5);
    assert!(store.subtrees.contains_key(&(16, 0)) && store.subtrees.contains_key(&(8, 258)));
    assert_eq!(store.subtrees.len(), 1 + 256 + 3);
    let mut naive = Naive::of(&store.entries);
    assert_eq!(store.frontier.root(), naive.mth(0, store.entries.len()));
    let sizes = [0x1_0000 + 0x300 + 5, 0x1_0000 + 1, 0x1_0000, 0xffff, 0x300];
    for size in sizes {
        for index in [0, 1, 255, 256, 0x2fe, size / 2, size - 2, size - 1] {
            check_inclusion(&store, &mut naive, index, size);
            check_consistency(&store, &mut naive, index, size);
        }
        let needs = inclusion_needs(size / 3, size).expect("it is in the tree");
        let hashes: u64 = needs.iter().map(|need| need.count).sum();
        assert!(hashes < 3 * 256, "{needs:?}");
    }
}

#[test]
fn what_is_not_there_has_no_path() {
    let store = Store::with(9);
    let no_such = |index, size| Err(MerkleError::NoSuchLeaf { index, size });
    assert_eq!(inclusion_needs(0, 0), no_such(0, 0).map(|()| Vec::new()));
    assert_eq!(inclusion_needs(8, 8), no_such(8, 8).map(|()| Vec::new()));
    let entry = &store.entries[0];
    assert_eq!(root_from_inclusion(entry, 3, 3, &[]), no_such(3, 3).map(|()| *entry));
    assert_eq!(consistency_needs(9, 8), Err(MerkleError::Shrunk { old: 9, new: 8 }));
    let root = store.frontier.root();
    let shrunk = verify_consistency(9, &root, 8, &root, &[]);
    assert_eq!(shrunk, Err(MerkleError::Shrunk { old: 9, new: 8 }));
    assert_eq!(verify_consistency(0, &root, 9, &root, &[]), Err(MerkleError::OldRoot));
    assert_eq!(verify_consistency(9, &root, 9, &empty_root(), &[]), Err(MerkleError::NewRoot));
}

/// The numbers at the end of what 64 bits hold do not overflow.
#[test]
fn the_largest_sizes_have_paths() {
    let path = vec![empty_root(); 64];
    let last = u64::MAX - 1;
    assert!(root_from_inclusion(&empty_root(), 0, u64::MAX, &path).is_ok());
    assert!(root_from_inclusion(&empty_root(), last, u64::MAX, &path[1..]).is_ok());
    let (root, half) = (empty_root(), 1 << 63);
    assert_eq!(
        verify_consistency(half, &root, u64::MAX, &root, &path[63..]),
        Err(MerkleError::NewRoot)
    );
    assert!(verify_consistency(last, &root, u64::MAX, &root, &path).is_err());
    let found = verify_consistency(last, &root, u64::MAX, &root, &[]);
    assert!(matches!(found, Err(MerkleError::PathLength { found: 0, .. })), "{found:?}");
}

#[test]
fn what_fetch_says_is_passed_on() {
    let failed: Result<_, MerkleError> = inclusion_path(0, 2, |_, _| Err(MerkleError::OldRoot));
    assert_eq!(failed, Err(MerkleError::OldRoot));
}

#[test]
fn bytes_that_are_no_frontier_are_refused() {
    let frontier = Store::with(7).frontier;
    let bytes = frontier.to_bytes();
    assert_eq!(bytes.len(), 8 + 3 * 32);
    let length = |found| Err(FrontierError::Length { size: 7, expected: 104, found });
    assert_eq!(Frontier::from_bytes(&bytes[..103]), length(103));
    assert_eq!(Frontier::from_bytes(&bytes[..72]), length(72));
    assert_eq!(Frontier::from_bytes(&[&bytes[..], &[0]].concat()), length(105));
    assert_eq!(Frontier::from_bytes(&bytes[..7]), Err(FrontierError::Short(7)));
    assert_eq!(Frontier::from_bytes(&[255; 8]), Err(FrontierError::Size(u64::MAX)));
}

proptest! {
    #[test]
    fn paths_of_any_tree_are_those_of_the_naive_one(
        size in 1_u64..300, index in any::<prop::sample::Index>(), grown in 0_u64..300,
    ) {
        let store = Store::with(size + grown);
        let mut naive = Naive::of(&store.entries);
        let index = index.index(size as usize) as u64;
        check_inclusion(&store, &mut naive, index, size);
        check_consistency(&store, &mut naive, size, size + grown);
    }

    #[test]
    fn a_wrong_path_proves_nothing(
        size in 2_u64..300, index in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), bit in 0_usize..256,
    ) {
        let store = Store::with(size);
        let index = index.index(size as usize) as u64;
        let entry = &store.entries[index as usize];
        let mut path = store.inclusion(index, size);
        let root = store.frontier.root();
        let mut longer = path.clone();
        longer.push(root);
        prop_assert!(root_from_inclusion(entry, index, size, &longer).is_err());
        prop_assert!(root_from_inclusion(entry, index, size, &path[1..]).is_err());
        prop_assert_ne!(root_from_inclusion(entry, index ^ 1, size, &path), Ok(root));
        prop_assert_ne!(root_from_inclusion(&root, index, size, &path), Ok(root));
        flip(&mut path, at, bit);
        prop_assert_ne!(root_from_inclusion(entry, index, size, &path), Ok(root));
    }

    #[test]
    fn a_changed_history_is_not_consistent(
        old in 1_u64..299, more in 1_u64..200,
        at in any::<prop::sample::Index>(), bit in 0_usize..256,
    ) {
        let store = Store::with(old + more);
        let mut naive = Naive::of(&store.entries);
        let (was, is) = (naive.mth(0, old as usize), store.frontier.root());
        let mut path = store.consistency(old, old + more);
        prop_assert_eq!(verify_consistency(old, &was, old + more, &is, &path), Ok(()));
        prop_assert!(verify_consistency(old, &is, old + more, &is, &path).is_err());
        prop_assert!(verify_consistency(old, &was, old + more, &was, &path).is_err());
        prop_assert!(verify_consistency(old, &was, old + more, &is, &path[1..]).is_err());
        flip(&mut path, at, bit);
        prop_assert!(verify_consistency(old, &was, old + more, &is, &path).is_err());
    }
}

fn flip(path: &mut [Hash], at: prop::sample::Index, bit: usize) {
    let at = at.index(path.len());
    let mut bytes = *path[at].as_bytes();
    bytes[bit / 8] ^= 1 << (bit % 8);
    path[at] = Hash::new(bytes);
}

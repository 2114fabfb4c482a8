//! What makes the history provable: the hash chain, its Merkle tree, signed checkpoints.

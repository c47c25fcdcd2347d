//! The rewards' tree against one that is built the long way round: all nodes, pads too.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use pumpbox::math::merkle::{levels, Hash, Leaf};
use pumpbox::units::Lamports;
use sha2::{Digest, Sha256};

fn sha(parts: &[&[u8]]) -> Hash {
    Sha256::digest(parts.concat()).into()
}

/// Every level of the tree, the leaves first, filled up with pads to a power of two.
fn tree(leaves: &[Hash]) -> Vec<Vec<Hash>> {
    let mut rows = vec![leaves.to_vec()];
    rows[0].resize(leaves.len().next_power_of_two(), sha(&[&[2]]));
    while rows.last().unwrap().len() > 1 {
        let above = rows.last().unwrap().chunks(2).map(|pair| sha(&[&[1], &pair[0], &pair[1]])).collect();
        rows.push(above);
    }
    rows
}

fn recipient(index: u64) -> Hash {
    sha(&[b"recipient", &index.to_le_bytes()])
}

fn leaf(epoch: u64, index: u64, recipient: &Hash) -> Leaf<'_> {
    Leaf { epoch, index, recipient, amount: Lamports(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)) }
}

fn hashes(epoch: u64, count: u64) -> Vec<Hash> {
    (0..count).map(|index| leaf(epoch, index, &recipient(index)).hash()).collect()
}

fn proof(rows: &[Vec<Hash>], index: usize) -> Vec<Hash> {
    rows[..rows.len() - 1].iter().enumerate().map(|(level, row)| row[(index >> level) ^ 1]).collect()
}

#[test]
fn a_leaf_is_hashed_field_by_field() {
    let whose = [7u8; 32];
    let found = Leaf { epoch: 1, index: 2, recipient: &whose, amount: Lamports(3) }.hash();
    let mut bytes = vec![0u8, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend([7u8; 32]);
    bytes.extend([3u8, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(found, sha(&[&bytes]));
}

#[test]
fn a_proof_is_as_long_as_the_tree_is_high() {
    assert_eq!([0, 1, 2, 3, 4, 5, 8, 9].map(levels), [0, 0, 1, 2, 2, 3, 3, 4]);
    for bits in 1..64 {
        assert_eq!(levels(1 << bits), bits);
        assert_eq!(levels((1 << bits) + 1), bits + 1);
    }
    assert_eq!(levels(u64::MAX), 64);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_leaf_of_any_tree_gives_its_root(epoch: u64, count in 1u64..70) {
        let rows = tree(&hashes(epoch, count));
        prop_assert_eq!(rows.len() as u32, levels(count) + 1);
        for index in 0..count {
            let siblings = proof(&rows, index as usize);
            prop_assert_eq!(leaf(epoch, index, &recipient(index)).root(&siblings), rows.last().unwrap()[0]);
        }
    }

    /// One field, index bit or sibling changed is another root.
    #[test]
    fn what_is_not_the_leaf_does_not_give_the_root(epoch: u64, count in 2u64..70, at: u64, other: u64, bit in 0u32..256) {
        let rows = tree(&hashes(epoch, count));
        let (index, root) = (at % count, rows.last().unwrap()[0]);
        let (mut siblings, whose) = (proof(&rows, index as usize), recipient(index));
        let genuine = || leaf(epoch, index, &whose);
        let mut wrong = vec![Leaf { recipient: &recipient(count), ..genuine() }.root(&siblings)];
        if other != epoch {
            wrong.push(Leaf { epoch: other, ..genuine() }.root(&siblings));
        }
        if other != index {
            wrong.push(Leaf { index: other, ..genuine() }.root(&siblings));
        }
        if Lamports(other) != genuine().amount {
            wrong.push(Leaf { amount: Lamports(other), ..genuine() }.root(&siblings));
        }
        wrong.push(genuine().root(&siblings[1..]));
        let level = at as usize % siblings.len();
        siblings[level][bit as usize / 8] ^= 1 << (bit % 8);
        wrong.push(genuine().root(&siblings));
        for given in wrong {
            prop_assert_ne!(given, root);
        }
    }
}

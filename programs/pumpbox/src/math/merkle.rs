//! The tree that rewards are proved by: sha256 with a tag for each kind of node, so that none passes for
//! another.
//!
//! leaf = sha256(0x00 || epoch || index || recipient || amount), node = sha256(0x01 || left || right), both
//! numbers and amount as u64 little-endian. Leaves stand in the order of their indexes; what is missing to a
//! power of two is pad = sha256(0x02).

use crate::sys::sha256;
use crate::units::Lamports;

pub type Hash = [u8; 32];

const LEAF: &[u8] = &[0];
const NODE: &[u8] = &[1];

/// What one recipient gets.
pub struct Leaf<'a> {
    pub epoch: u64,
    pub index: u64,
    pub recipient: &'a [u8; 32],
    pub amount: Lamports,
}

impl Leaf<'_> {
    #[inline(always)]
    pub fn hash(&self) -> Hash {
        sha256(&[
            LEAF,
            &self.epoch.to_le_bytes(),
            &self.index.to_le_bytes(),
            self.recipient,
            &self.amount.0.to_le_bytes(),
        ])
    }

    /// The root that follows from this leaf and its siblings, the lowest first. At each level the index's
    /// next bit says on which side the sibling stands.
    #[inline(always)]
    pub fn root(&self, siblings: &[Hash]) -> Hash {
        let mut hash = self.hash();
        let mut index = self.index;
        for sibling in siblings {
            let (left, right) = if index & 1 == 0 { (&hash, sibling) } else { (sibling, &hash) };
            hash = sha256(&[NODE, left, right]);
            index >>= 1;
        }
        hash
    }
}

/// Levels above the leaves of a tree of `count`, which is how long a proof is: ceil(log2 count), 0 for 0.
#[inline(always)]
pub const fn levels(count: u64) -> u32 {
    match count {
        0 => 0,
        // At most 64 zeros, so nothing wraps.
        _ => 64_u32.wrapping_sub(count.wrapping_sub(1).leading_zeros()),
    }
}

//! How long a word is for `wide`.

pub type Word = u64;
/// Of a limb: half a word.
pub const HALF_BITS: u32 = 32;

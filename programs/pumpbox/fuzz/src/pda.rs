//! Program derived addresses: what the runtime's syscalls compute.

use std::cell::RefCell;
use std::collections::HashMap;

use curve25519_dalek::edwards::CompressedEdwardsY;
use pinocchio::Address;
use sha2::{Digest, Sha256};

thread_local! {
    // Whether bytes are a point of the curve costs more than all the rest of a trade.
    static ON_CURVE: RefCell<HashMap<[u8; 32], bool>> = RefCell::default();
}

/// sha256 of the parts joined.
pub fn sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// The address of `seeds`, the last of which is the bump; None if somebody could have its key.
pub fn create(seeds: &[&[u8]], program: &Address) -> Option<Address> {
    let tail: [&[u8]; 2] = [program.as_ref(), b"ProgramDerivedAddress"];
    let bytes = sha256(seeds.iter().copied().chain(tail));
    let on_curve = ON_CURVE.with_borrow_mut(|known| {
        *known.entry(bytes).or_insert_with(|| CompressedEdwardsY(bytes).decompress().is_some())
    });
    (!on_curve).then(|| Address::new_from_array(bytes))
}

/// The canonical address of `seeds` and its bump.
pub fn find(seeds: &[&[u8]], program: &Address) -> (Address, u8) {
    (0..=u8::MAX)
        .rev()
        .find_map(|bump| {
            let bump_seed = [bump];
            let mut all = seeds.to_vec();
            all.push(&bump_seed);
            create(&all, program).map(|address| (address, bump))
        })
        .expect("one of 256 hashes is off the curve")
}

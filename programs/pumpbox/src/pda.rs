//! Addresses derived from our program id. Found (canonical bump) at creation, checked by hash afterwards.

use pinocchio::{AccountView, Address};

use crate::error::Error;

pub const CONFIG: &[u8] = b"config";
pub const MINT: &[u8] = b"mint";
pub const CURVE: &[u8] = b"curve";
pub const VAULT: &[u8] = b"vault";
pub const PROPOSAL: &[u8] = b"proposal";
/// The program's upgrade authority.
pub const UPGRADE: &[u8] = b"upgrade";
pub const EPOCH: &[u8] = b"epoch";
pub const CLAIMS: &[u8] = b"claims";
/// Empty but inside `graduate`: makes the coin's pool, pays for it, and ends empty again.
pub const POOL_CREATOR: &[u8] = b"pool_creator";
/// Raydium's pool state, at an address that only this program can sign for.
pub const POOL: &[u8] = b"pool";

/// The canonical address of `seeds` must be `account`'s; returns its bump.
#[inline(always)]
pub fn find(account: &AccountView, seeds: &[&[u8]], program_id: &Address) -> Result<u8, Error> {
    #[cfg(target_arch = "bpf")]
    {
        let (address, bump) = Address::find_program_address(seeds, program_id);
        if account.address() != &address {
            return Err(Error::WrongAddress);
        }
        Ok(bump)
    }
    #[cfg(not(target_arch = "bpf"))]
    {
        // Deriving addresses takes a syscall; host tests cover the pure modules only.
        core::hint::black_box((account, seeds, program_id));
        Err(Error::WrongAddress)
    }
}

/// `account` must be at the address of `seeds`, whose last is a bump that was canonical at creation: then
/// the plain hash is enough, and ten times cheaper than asking whether it is off the curve again.
#[inline(always)]
pub fn check<const N: usize>(
    account: &AccountView,
    seeds: &[&[u8]; N],
    program_id: &Address,
) -> Result<(), Error> {
    let mut parts: [&[u8]; 8] = [&[]; 8];
    for (part, seed) in parts.iter_mut().zip(seeds) {
        *part = seed;
    }
    let tail = parts.get_mut(N..N.saturating_add(2)).ok_or(Error::WrongAddress)?;
    tail.copy_from_slice(&[program_id.as_ref(), b"ProgramDerivedAddress"]);
    let used = parts.get(..N.saturating_add(2)).ok_or(Error::WrongAddress)?;
    if account.address().as_array() != &crate::sys::sha256(used) {
        return Err(Error::WrongAddress);
    }
    Ok(())
}

//! Our accounts: fixed layouts, 8-byte discriminators, little-endian, no padding.

mod action;
mod config;
mod curve;
mod epoch;
mod page;
mod proposal;

pub use action::{members, Action, Council, Terms, MAX_ACTION};
pub use config::{is_zero, CoinTerms, Config, MAX_COUNCIL};
pub use curve::{Curve, Origin, Side, Trade, GRADUATED};
pub use epoch::{EpochTerms, Opening, RewardEpoch};
pub use page::{ClaimPage, Place};
pub use proposal::{close_proposal, Making, Proposal};

use pinocchio::{AccountView, Address};

use crate::error::Error;

/// An account type of ours.
///
/// # Safety
/// The type is `repr(C)`, at most 8-aligned, without padding, valid for every bit pattern, and begins
/// with its 8-byte discriminator.
pub unsafe trait State: Sized {
    const DISCRIMINATOR: [u8; 8];
    const SIZE: usize = core::mem::size_of::<Self>();

    /// The account's state. Checks owner, size and discriminator, which together say "made by us": only
    /// an account's creation writes them, at its canonical address, so an address needs no check of its
    /// own where just one account of its kind, or of its kind and stored number, can be meant.
    #[inline(always)]
    fn load<'a>(account: &'a AccountView, program_id: &Address) -> Result<&'a Self, Error> {
        check::<Self>(account, program_id)?;
        // SAFETY: size and discriminator were checked, account data is 8-aligned, any bits are valid; no
        // `&mut` to it lives, since callers hold results of `load_mut` only after their last `load`.
        Ok(unsafe { &*account.data_ptr().cast::<Self>() })
    }

    /// As `load`, to be changed. The account must be writable.
    #[inline(always)]
    fn load_mut<'a>(account: &'a mut AccountView, program_id: &Address) -> Result<&'a mut Self, Error> {
        if !account.is_writable() {
            return Err(Error::NotWritable);
        }
        check::<Self>(account, program_id)?;
        // SAFETY: as in `load`; the borrow of `account` is exclusive and no other place in an
        // instruction may hold this account (owner and kind differ, or the instruction compares addresses).
        Ok(unsafe { &mut *account.data_mut_ptr().cast::<Self>() })
    }

    /// Writes the first state of an account that was created with `SIZE` bytes in this instruction.
    #[inline(always)]
    fn store(self, account: &mut AccountView) -> Result<(), Error> {
        if account.data_len() != Self::SIZE {
            return Err(Error::WrongAccountKind);
        }
        // SAFETY: the size was checked, account data is 8-aligned and nothing borrows it.
        unsafe { account.data_mut_ptr().cast::<Self>().write(self) };
        Ok(())
    }
}

#[inline(always)]
fn check<T: State>(account: &AccountView, program_id: &Address) -> Result<(), Error> {
    if !account.owned_by(program_id) {
        return Err(Error::WrongOwner);
    }
    if account.data_len() != T::SIZE {
        return Err(Error::WrongAccountKind);
    }
    // SAFETY: SIZE >= 8 and account data is 8-aligned.
    let discriminator = unsafe { account.data_ptr().cast::<u64>().read() };
    if discriminator != u64::from_le_bytes(T::DISCRIMINATOR) {
        return Err(Error::WrongAccountKind);
    }
    Ok(())
}

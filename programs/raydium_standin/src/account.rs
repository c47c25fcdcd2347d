//! Token accounts and mints, as both token programs lay them out.

use pinocchio::{AccountView, Address};

use crate::anchor;
use crate::error::Error;

const TOKEN_ACCOUNT_SIZE: usize = 165;
const MINT_SIZE: usize = 82;
const MINT_DECIMALS: usize = 44;
const MINT_INITIALIZED: usize = 45;

/// The beginning of a token account.
#[repr(C, packed)]
pub struct TokenAccount {
    pub mint: Address,
    pub owner: Address,
    pub amount: u64,
}

impl TokenAccount {
    /// A copy of what the account says now.
    #[inline(always)]
    pub fn load(account: &AccountView) -> Result<Self, Error> {
        anchor::of_tokens(account)?;
        if account.data_len() < TOKEN_ACCOUNT_SIZE {
            return Err(Error::AccountDidNotDeserialize);
        }
        // SAFETY: packed, so 1-aligned, shorter than the data, and any bytes are valid.
        Ok(unsafe { account.data_ptr().cast::<Self>().read() })
    }
}

/// A mint's decimals.
#[inline(always)]
pub fn decimals(mint: &AccountView) -> Result<u8, Error> {
    anchor::of_tokens(mint)?;
    // SAFETY: nothing borrows this data mutably while the instruction only looks.
    let data = unsafe { mint.borrow_unchecked() };
    let (Some(decimals), Some(1), true) =
        (data.get(MINT_DECIMALS), data.get(MINT_INITIALIZED), data.len() >= MINT_SIZE)
    else {
        return Err(Error::AccountDidNotDeserialize);
    };
    Ok(*decimals)
}

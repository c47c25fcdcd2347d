//! Which Token-2022 extensions a coin in a pool may have.

use pinocchio::AccountView;

use crate::anchor::TOKEN_2022;
use crate::error::Error;

/// The base mint padded to a token account's length, and one byte for the kind of account.
const EXTENSIONS_AT: usize = 166;
const UNINITIALIZED: u16 = 0;
const INTEREST_BEARING: u16 = 10;
const METADATA_POINTER: u16 = 18;
const TOKEN_METADATA: u16 = 19;
const SCALED_UI_AMOUNT: u16 = 25;

/// Refuses what lets somebody take, freeze or hide coins in a vault. The real program takes transfer fees
/// too; no coin of ours has them, so here they are refused.
#[inline(never)]
pub fn check_extensions(mint: &AccountView) -> Result<(), Error> {
    if !mint.owned_by(&TOKEN_2022) {
        return Ok(());
    }
    // SAFETY: nothing borrows this data mutably while the instruction only looks.
    let data = unsafe { mint.borrow_unchecked() };
    let mut rest = data.get(EXTENSIONS_AT..).unwrap_or(&[]);
    while let Some(([kind0, kind1, length0, length1], tail)) = rest.split_first_chunk::<4>() {
        match u16::from_le_bytes([*kind0, *kind1]) {
            UNINITIALIZED => break,
            INTEREST_BEARING | METADATA_POINTER | TOKEN_METADATA | SCALED_UI_AMOUNT => {}
            _ => return Err(Error::NotSupportMint),
        }
        let length = usize::from(u16::from_le_bytes([*length0, *length1]));
        rest = tail.get(length..).ok_or(Error::NotSupportMint)?;
    }
    Ok(())
}

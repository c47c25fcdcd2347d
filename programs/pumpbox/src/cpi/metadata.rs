//! The token-metadata interface that Token-2022 implements, for a mint that carries its own metadata.

use pinocchio::cpi::{invoke_signed, Signer};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, ProgramResult};

use crate::error::Error;
use crate::sys;

/// Bytes of name, symbol and uri together.
pub const MAX_STRINGS: usize = 160;
/// The same with a length before each.
const MAX_CONTENT: usize = MAX_STRINGS + 12;
const MAX_DATA: usize = 8 + MAX_CONTENT;

// spl_token_metadata_interface:initialize_account and :update_the_authority
const INITIALIZE: [u8; 8] = [210, 225, 30, 162, 88, 184, 77, 141];
const UPDATE_AUTHORITY: [u8; 8] = [215, 228, 166, 228, 84, 100, 86, 123];

/// Writes name, symbol and uri into a mint that carries its own metadata.
pub struct Initialize<'a> {
    pub mint: &'a AccountView,
    /// Becomes the update authority; is the mint's authority and signs.
    pub authority: &'a AccountView,
    /// name, symbol, uri as Borsh strings. Whether they are UTF-8 is checked by Token-2022.
    pub content: &'a [u8],
}

impl Initialize<'_> {
    #[inline(never)]
    pub fn invoke(&self, signer: &[Signer]) -> ProgramResult {
        let mut data = [0u8; MAX_DATA];
        let (head, tail) = data.split_at_mut(8);
        head.copy_from_slice(&INITIALIZE);
        let length = self.content.len();
        sys::copy(tail.get_mut(..length).ok_or(Error::InvalidMetadata)?, self.content)?;
        let (mint, authority) = (self.mint, self.authority);
        let accounts = [
            InstructionAccount::writable(mint.address()),
            InstructionAccount::readonly(authority.address()),
            InstructionAccount::readonly(mint.address()),
            InstructionAccount::readonly_signer(authority.address()),
        ];
        let instruction = InstructionView {
            program_id: &pinocchio_token_2022::ID,
            accounts: &accounts,
            data: data.get(..length.saturating_add(8)).ok_or(Error::InvalidMetadata)?,
        };
        invoke_signed(&instruction, &[mint, authority, mint, authority], signer)
    }
}

/// Makes the metadata immutable: its update authority becomes none.
#[inline(never)]
pub fn drop_authority(mint: &AccountView, authority: &AccountView, signer: &[Signer]) -> ProgramResult {
    let mut data = [0u8; 40]; // the new authority, 32 zeros, is none
    let (head, _) = data.split_at_mut(8);
    head.copy_from_slice(&UPDATE_AUTHORITY);
    let accounts = [
        InstructionAccount::writable(mint.address()),
        InstructionAccount::readonly_signer(authority.address()),
    ];
    let instruction =
        InstructionView { program_id: &pinocchio_token_2022::ID, accounts: &accounts, data: &data };
    invoke_signed(&instruction, &[mint, authority], signer)
}

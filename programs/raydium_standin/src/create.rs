//! Creating accounts at addresses that anyone may have sent lamports to, and the two kinds that hold tokens.

use pinocchio::cpi::{invoke, Signer};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_system::instructions::{Allocate, Assign, Transfer};

/// ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL
pub const ATA_PROGRAM: Address = Address::new_from_array([
    0x8c, 0x97, 0x25, 0x8f, 0x4e, 0x24, 0x89, 0xf1, 0xbb, 0x3d, 0x10, 0x29, 0x14, 0x8e, 0x0d, 0x83, 0x0b,
    0x5a, 0x13, 0x99, 0xda, 0xff, 0x10, 0x84, 0x04, 0x8e, 0x7b, 0xd8, 0xdb, 0xe9, 0xf8, 0x59,
]);
const ATA_CREATE: u8 = 0;

/// An account of `space` bytes. Whatever lamports are there already stay and count.
pub struct Creation<'a> {
    pub payer: &'a AccountView,
    pub account: &'a AccountView,
    pub space: usize,
    pub owner: &'a Address,
}

impl Creation<'_> {
    /// Without `signer` the account itself must have signed.
    #[inline(never)]
    pub fn invoke(&self, signer: &[Signer]) -> ProgramResult {
        let lack = Rent::get()?.try_minimum_balance(self.space)?.saturating_sub(self.account.lamports());
        if lack > 0 {
            Transfer { from: self.payer, to: self.account, lamports: lack }.invoke()?;
        }
        let space = u64::try_from(self.space).map_err(|_| ProgramError::InvalidArgument)?;
        Allocate { account: self.account, space }.invoke_signed(signer)?;
        Assign { account: self.account, owner: self.owner }.invoke_signed(signer)
    }
}

/// The associated token account of `wallet` for an SPL Token mint. Fails if it exists.
pub struct AssociatedCreation<'a> {
    pub payer: &'a AccountView,
    pub account: &'a AccountView,
    pub wallet: &'a AccountView,
    pub mint: &'a AccountView,
    pub system_program: &'a AccountView,
    pub token_program: &'a AccountView,
}

impl AssociatedCreation<'_> {
    #[inline(never)]
    pub fn invoke(&self) -> ProgramResult {
        let accounts = [
            InstructionAccount::writable_signer(self.payer.address()),
            InstructionAccount::writable(self.account.address()),
            InstructionAccount::readonly(self.wallet.address()),
            InstructionAccount::readonly(self.mint.address()),
            InstructionAccount::readonly(self.system_program.address()),
            InstructionAccount::readonly(self.token_program.address()),
        ];
        let instruction =
            InstructionView { program_id: &ATA_PROGRAM, accounts: &accounts, data: &[ATA_CREATE] };
        invoke(
            &instruction,
            &[self.payer, self.account, self.wallet, self.mint, self.system_program, self.token_program],
        )
    }
}

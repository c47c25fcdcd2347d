//! What is done to a token account of either token program by its owner.

use pinocchio::cpi::Signer;
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_token::instructions::{Burn, CloseAccount};

#[derive(Clone, Copy)]
pub struct Tokens<'a> {
    pub account: &'a AccountView,
    pub owner: &'a AccountView,
    /// SPL Token or Token-2022, whose instructions these two share.
    pub program: &'a Address,
}

impl Tokens<'_> {
    #[inline(never)]
    pub fn burn(&self, mint: &AccountView, amount: u64, owner: &[Signer; 1]) -> ProgramResult {
        Burn::new(self.account, mint, self.owner, amount)
            .invoke_signed_with_unverified_program(owner, self.program)
    }

    /// The account's lamports become the owner's. Fails while coins are in it; wrapped SOL is lamports.
    #[inline(never)]
    pub fn close(&self, owner: &[Signer; 1]) -> ProgramResult {
        CloseAccount::new(self.account, self.owner, self.owner)
            .invoke_signed_with_unverified_program(owner, self.program)
    }
}

//! Creating accounts at addresses that anyone may have sent lamports to, and paying between accounts.
//!
//! Never by CreateAccount, which fails at a prefunded address: one lamport would keep a coin from being
//! launched. Instead the payer tops up what is lacking, and the address itself, which signs by its seeds,
//! takes its space and its owner.

use pinocchio::cpi::{invoke, Signer};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult, UnsafeResize};
use pinocchio_system::instructions::{Allocate, Assign, Transfer};

use crate::state::State;

/// `payer` gives what `account` lacks of `lamports`; more than that, sent there before, stays.
///
/// Called for 0 too: the System program asks that the payer signs, is writable and is no account with data.
/// Who is written down as having paid gets everything back one day, and whoever pays beforehand could else name
/// an account that can't be paid: a sysvar, or the new account itself, which then could never be closed.
#[inline(always)]
fn top_up(payer: &AccountView, account: &AccountView, lamports: u64) -> ProgramResult {
    let lack = lamports.saturating_sub(account.lamports());
    Transfer { from: payer, to: account, lamports: lack }.invoke()
}

/// An account for another program.
pub struct Creation<'a> {
    pub payer: &'a AccountView,
    pub account: &'a AccountView,
    pub space: u64,
    pub lamports: u64,
    pub owner: &'a Address,
}

impl Creation<'_> {
    #[inline(never)]
    pub fn invoke(&self, signer: &[Signer]) -> ProgramResult {
        top_up(self.payer, self.account, self.lamports)?;
        Allocate { account: self.account, space: self.space }.invoke_signed(signer)?;
        Assign { account: self.account, owner: self.owner }.invoke_signed(signer)
    }
}

/// An account of our own: once it is ours we give it its space ourselves, which saves a call.
pub struct OwnCreation<'a> {
    pub payer: &'a AccountView,
    pub account: &'a mut AccountView,
    pub lamports: u64,
    pub program_id: &'a Address,
}

impl OwnCreation<'_> {
    #[inline(always)]
    pub fn invoke<T: State>(self, signer: &[Signer]) -> ProgramResult {
        const { assert!(T::SIZE <= pinocchio::account::MAX_PERMITTED_DATA_INCREASE) };
        self.with_space(T::SIZE, signer)
    }

    /// Once in the binary, for every type.
    #[inline(never)]
    fn with_space(self, space: usize, signer: &[Signer]) -> ProgramResult {
        top_up(self.payer, self.account, self.lamports)?;
        Assign { account: self.account, owner: self.program_id }.invoke_signed(signer)?;
        // SAFETY: nothing borrows the data; it was empty (`checks::unused`, or an address that nothing but
        // this program can sign for) and grows by less than the runtime permits.
        unsafe { self.account.resize(space) };
        Ok(())
    }
}

/// A transfer after lamports were moved by hand from `moved` to `to`.
///
/// At each call the runtime compares the sum of the caller's accounts with what it was, and it has learnt of
/// a move only from the accounts that calls named since: a call that names one of the two fails with
/// UnbalancedInstruction. This one names both, so that later calls may name either. Even 0 lamports do.
pub struct SettlingTransfer<'a> {
    pub from: &'a AccountView,
    pub to: &'a AccountView,
    pub moved: &'a AccountView,
    pub lamports: u64,
}

impl SettlingTransfer<'_> {
    #[inline(never)]
    pub fn invoke(&self) -> ProgramResult {
        let mut data = [0u8; 12];
        let (tag, amount) = data.split_at_mut(4);
        tag.copy_from_slice(&Transfer::DISCRIMINATOR.to_le_bytes());
        amount.copy_from_slice(&self.lamports.to_le_bytes());
        let accounts = [
            InstructionAccount::writable_signer(self.from.address()),
            InstructionAccount::writable(self.to.address()),
            InstructionAccount::readonly(self.moved.address()),
        ];
        let instruction =
            InstructionView { program_id: &pinocchio_system::ID, accounts: &accounts, data: &data };
        invoke(&instruction, &[self.from, self.to, self.moved])
    }
}

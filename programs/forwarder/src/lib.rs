//! Calls another program with what it was given. Tests use it as the caller that our instructions may have:
//! a multisig whose vault is in the council, or an attacker's contract around a trade.
//!
//! Accounts: the program to call, then those of the call, flags kept. Data: the call's. Where one of them is
//! this program's own address ["forwarder"], it signs.
#![cfg_attr(target_arch = "bpf", no_std)] // built on the host too, by lints

use pinocchio::cpi::{invoke_signed_with_bounds, Seed, Signer};
use pinocchio::error::ProgramError;
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};

/// The most accounts of a call.
pub const MAX_ACCOUNTS: usize = 40;
const SEED: &[u8] = b"forwarder";

#[cfg(target_arch = "bpf")]
mod entry {
    pinocchio::program_entrypoint!(super::process, { super::MAX_ACCOUNTS + 1 });
    pinocchio::no_allocator!();
    pinocchio::nostd_panic_handler!();
}

/// Fails as the called program does.
pub fn process(program_id: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let (target, accounts) = accounts.split_first().ok_or(ProgramError::NotEnoughAccountKeys)?;
    let (own, bump) = own_address(program_id)?;
    let metas: [InstructionAccount; MAX_ACCOUNTS] = core::array::from_fn(|at| {
        let account = accounts.get(at).unwrap_or(target);
        let signs = account.is_signer() || account.address() == &own;
        InstructionAccount::new(account.address(), account.is_writable(), signs)
    });
    let metas = metas.get(..accounts.len()).ok_or(ProgramError::InvalidArgument)?;
    let instruction = InstructionView { program_id: target.address(), accounts: metas, data };
    let bump = [bump];
    let seeds = [Seed::from(SEED), Seed::from(&bump)];
    invoke_signed_with_bounds::<MAX_ACCOUNTS, AccountView>(&instruction, accounts, &[Signer::from(&seeds)])
}

/// The address that this program signs for.
fn own_address(program_id: &Address) -> Result<(Address, u8), ProgramError> {
    #[cfg(target_arch = "bpf")]
    {
        Ok(Address::find_program_address(&[SEED], program_id))
    }
    #[cfg(not(target_arch = "bpf"))]
    {
        // Deriving addresses takes a syscall.
        core::hint::black_box(program_id);
        Err(ProgramError::UnsupportedSysvar)
    }
}

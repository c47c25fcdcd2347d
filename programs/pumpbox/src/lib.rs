//! pumpbox: coins launched on a bonding curve, bought and sold on it, with fees that anyone may sweep, and
//! rewards that anyone may claim for whom they are, under a council whose every change waits.
//!
//! docs/program.md says what it promises. Accounts beyond those that an instruction takes are ignored
//! (wallets append references); data beyond its arguments is refused.
// "none" is the chain. `target_arch = "bpf"` is set for programs/pumpbox/fuzz too, so that the very same
// handlers run there, with syscalls of its own; but std, allocator and panic handler are the host's.
#![cfg_attr(target_os = "none", no_std)]

pub mod checks;
pub mod cpi;
pub mod data;
pub mod error;
pub mod events;
pub mod execution;
pub mod instructions;
pub mod lamports;
pub mod math;
pub mod pda;
pub mod raydium;
pub mod state;
pub mod sys;
pub mod units;

use pinocchio::{AccountView, Address, ProgramResult};

use error::Error;

/// The most accounts that an instruction of ours takes; later ones are skipped unread.
pub const MAX_ACCOUNTS: usize = 32;

#[cfg(target_os = "none")]
mod entry {
    pinocchio::program_entrypoint!(super::process, { super::MAX_ACCOUNTS });
    pinocchio::no_allocator!();
    pinocchio::nostd_panic_handler!();
}

/// What an instruction gets. One argument, because the target passes at most five words.
pub struct Context<'a> {
    pub program_id: &'a Address,
    pub accounts: &'a mut [AccountView],
    /// The data after the discriminator.
    pub data: &'a [u8],
}

/// Picks the instruction by the first 8 bytes of `data`.
#[inline(always)]
pub fn process(program_id: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    use instructions::*;

    let (discriminator, data) = data.split_first_chunk().ok_or(Error::UnknownInstruction)?;
    let context = Context { program_id, accounts, data };
    match *discriminator {
        buy::DISCRIMINATOR => buy::process(context),
        sell::DISCRIMINATOR => sell::process(context),
        launch::DISCRIMINATOR => launch::process(context),
        sweep_fees::DISCRIMINATOR => sweep_fees::process(context),
        graduate::DISCRIMINATOR => graduate::process(context),
        set_fee_recipient::DISCRIMINATOR => set_fee_recipient::process(context),
        claim::DISCRIMINATOR => claim::process(context),
        close_page::DISCRIMINATOR => close_page::process(context),
        close_epoch::DISCRIMINATOR => close_epoch::process(context),
        open_epoch::DISCRIMINATOR => open_epoch::process(context),
        void_epoch::DISCRIMINATOR => void_epoch::process(context),
        initialize::DISCRIMINATOR => initialize::process(context),
        propose::DISCRIMINATOR => propose::process(context),
        approve::DISCRIMINATOR => approve::process(context),
        execute::DISCRIMINATOR => execute::process(context),
        rotate::DISCRIMINATOR => rotate::process(context),
        upgrade::DISCRIMINATOR => upgrade::process(context),
        cancel::DISCRIMINATOR => cancel::process(context),
        pause::DISCRIMINATOR => pause::process(context),
        unpause::DISCRIMINATOR => unpause::process(context),
        _ => Err(Error::UnknownInstruction.into()),
    }
}

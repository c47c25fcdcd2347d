//! Stands in for Raydium's constant-product market maker (CPMM) where the real one can't be had: on the
//! embedded chain and in tests, at the same address.
//!
//! `initialize`, `swap_base_input` and `swap_base_output` take the same accounts and data, check the same
//! things with the same error codes, compute the same amounts and leave the same bytes as the real program
//! deployed in October 2025; tests/contracts/test_raydium_*.py run against either. What our coins never use
//! is not here: deposits, withdrawals, collecting fees, pools at the canonical address, transfer fees,
//! creator fees, and the entries of the price observation.
#![cfg_attr(target_arch = "bpf", no_std)] // host tests bring their own panic handler

pub mod account;
pub mod anchor;
pub mod create;
pub mod error;
pub mod initialize;
pub mod mint;
pub mod quote;
pub mod state;
pub mod swap;
#[path = "../../pumpbox/src/math/wide.rs"]
pub mod wide;
#[path = "../../pumpbox/src/math/width.rs"]
pub mod width;

use pinocchio::{AccountView, Address, ProgramResult};

use error::Error;

/// The most accounts that an instruction takes; later ones are skipped unread.
pub const MAX_ACCOUNTS: usize = 20;

#[cfg(target_arch = "bpf")]
mod entry {
    pinocchio::program_entrypoint!(super::process, { super::MAX_ACCOUNTS });
    pinocchio::no_allocator!();
    pinocchio::nostd_panic_handler!();
}

/// What an instruction gets. One argument, because the target passes at most five words.
pub struct Context<'a> {
    pub program_id: &'a Address,
    pub accounts: &'a mut [AccountView],
    /// The data after the discriminator; what is beyond the arguments is ignored, as Anchor does.
    pub data: &'a [u8],
}

/// Picks the instruction by the first 8 bytes of `data`.
#[inline(always)]
pub fn process(program_id: &Address, accounts: &mut [AccountView], data: &[u8]) -> ProgramResult {
    let (discriminator, data) = data.split_first_chunk().ok_or(Error::UnknownInstruction)?;
    let context = Context { program_id, accounts, data };
    match *discriminator {
        initialize::DISCRIMINATOR => initialize::process(context),
        swap::BASE_INPUT => swap::base_input(context),
        swap::BASE_OUTPUT => swap::base_output(context),
        _ => Err(Error::UnknownInstruction.into()),
    }
}

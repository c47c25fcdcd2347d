//! upgrade: anyone puts approved code in this program's place once its lock is over.
//!
//! The program's upgrade authority is our own address ["upgrade"], which signs here and nowhere else.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::{AccountView, ProgramResult};

use crate::cpi::loader;
use crate::data::Reader;
use crate::error::Error;
use crate::execution::Execution;
use crate::state::{Action, Config, State};
use crate::sys::sha256;
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0xef, 0xee, 0x39, 0x4a, 0xcd, 0x57, 0xa5, 0x1a]; // global:upgrade

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let [config, proposal, payer, program_data, program, buffer, authority, rent, clock, _loader, ..] =
        accounts
    else {
        return Err(Error::NotEnoughAccounts.into());
    };
    let execution = Execution { config, proposal, payer };
    let (action, _) = execution.begin(program_id)?;
    let Action::ReplaceCode { buffer: named, sha256: hash } = action else {
        return Err(Error::WrongAction.into());
    };
    // The loader would as well upgrade another program whose authority is ours, and use the proposal up.
    checks::address(program, program_id)?;
    // program_data: the loader takes the one that the program names. rent, clock: it takes the sysvars only.
    checks::address(buffer, &named)?;
    let bump = [pda::find(authority, &[pda::UPGRADE], program_id)?];
    check_code(buffer, authority, &hash)?;
    let seeds = [Seed::from(pda::UPGRADE), Seed::from(&bump)];
    loader::Upgrade { program_data, program, buffer, spill: execution.payer, rent, clock, authority }
        .invoke(&[Signer::from(&seeds)])?;
    // A new version: what was approved under the old code is not executed by the new.
    Config::load_mut(execution.config, program_id)?.apply(&action)?;
    execution.conclude(program_id)?;
    Ok(())
}

/// The buffer is ours alone, so that its content is what is hashed here, and that is what was approved.
fn check_code(buffer: &AccountView, authority: &AccountView, hash: &[u8; 32]) -> Result<(), Error> {
    if &sha256(&[loader::buffer_code(buffer, authority)?]) != hash {
        return Err(Error::WrongBuffer);
    }
    Ok(())
}

//! rotate: anyone applies an approved change of the council or the guardian once its lock is over.

use pinocchio::ProgramResult;

use crate::data::Reader;
use crate::error::Error;
use crate::execution::Execution;
use crate::state::{Action, Config, State};
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xd9, 0xa6, 0xf9, 0xb0, 0x03, 0xd9, 0xc8, 0x49]; // global:rotate

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let [config, proposal, payer, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    let execution = Execution { config, proposal, payer };
    let (action, _) = execution.begin(program_id)?;
    if !matches!(action, Action::RotateCouncil(_) | Action::RotateGuardian(_)) {
        return Err(Error::WrongAction.into());
    }
    Config::load_mut(execution.config, program_id)?.apply(&action)?;
    execution.conclude(program_id)?;
    Ok(())
}

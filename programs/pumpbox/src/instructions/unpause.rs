//! unpause: anyone ends the guardian's pause as soon as the council, asked since it began, has approved that,
//! without a lock.

use pinocchio::ProgramResult;

use crate::data::Reader;
use crate::error::Error;
use crate::execution::Execution;
use crate::state::{Action, Config, Proposal, State};
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xa9, 0x90, 0x04, 0x26, 0x0a, 0x8d, 0xbc, 0xff]; // global:unpause

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let [config, proposal, payer, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    let execution = Execution { config, proposal, payer };
    let (action, now) = execution.begin(program_id)?;
    if !matches!(action, Action::EndPause) {
        return Err(Error::WrongAction.into());
    }
    let asked = Proposal::load(execution.proposal, program_id)?.created_at;
    let config = Config::load_mut(execution.config, program_id)?;
    config.set_pause(config.pause().end(asked, now)?);
    execution.conclude(program_id)?;
    Ok(())
}

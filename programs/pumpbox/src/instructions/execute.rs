//! execute: anyone applies an approved change of terms, keys or time lock once its lock is over.

use pinocchio::ProgramResult;

use crate::data::Reader;
use crate::error::Error;
use crate::execution::Execution;
use crate::state::{Action, Config, State};
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0x82, 0xdd, 0xf2, 0x9a, 0x0d, 0xc1, 0xbd, 0x1d]; // global:execute

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let [config, proposal, payer, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    let execution = Execution { config, proposal, payer };
    let (action, _) = execution.begin(program_id)?;
    if !matches!(action, Action::SetTerms(_) | Action::SetKeys { .. } | Action::SetTimeLock(_)) {
        return Err(Error::WrongAction.into());
    }
    Config::load_mut(execution.config, program_id)?.apply(&action)?;
    execution.conclude(program_id)?;
    Ok(())
}

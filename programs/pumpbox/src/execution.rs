//! What execute, rotate, unpause and upgrade share: the proposal that lets them act, used up by acting.

use pinocchio::{AccountView, Address};

use crate::checks;
use crate::error::Error;
use crate::events::{Event, ProposalExecuted};
use crate::state::{close_proposal, Action, Config, Proposal, State};
use crate::sys::Now;
use crate::units::Seconds;

pub struct Execution<'a> {
    pub config: &'a mut AccountView,
    pub proposal: &'a mut AccountView,
    /// The proposal's: its rent goes there.
    pub payer: &'a mut AccountView,
}

impl<'a> Execution<'a> {
    /// The approved action, and the time at which it is executed. Anyone may execute: the council has decided.
    #[inline(never)]
    pub fn begin(&self, program_id: &Address) -> Result<(Action, Seconds), pinocchio::error::ProgramError> {
        // config, proposal: owner and kind are checked where they are loaded, writability by load_mut and,
        // of the proposal and the payer, by the runtime, which refuses the change of their lamports.
        let config = Config::load(self.config, program_id)?;
        let proposal = Proposal::load(self.proposal, program_id)?;
        checks::address(self.payer, &proposal.payer)?;
        let now = Now::get()?.time;
        Ok((proposal.executable(config, now)?, now))
    }

    /// Tells, and closes the proposal. Lamports move here, so every call was made before.
    #[inline(never)]
    pub fn conclude(self, program_id: &Address) -> Result<(), Error> {
        let proposal = Proposal::load(self.proposal, program_id)?;
        let config = Config::load_mut(self.config, program_id)?;
        config.next_sequence()?;
        ProposalExecuted {
            discriminator: ProposalExecuted::DISCRIMINATOR,
            sequence: config.sequence,
            number: proposal.number,
            action: proposal.tag(),
            config_version: config.config_version,
        }
        .emit();
        close_proposal(self.proposal, self.payer)
    }
}

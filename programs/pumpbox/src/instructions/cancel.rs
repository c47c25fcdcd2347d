//! cancel: closes a proposal that shall not be executed, or can't be any more.

use pinocchio::{AccountView, Address, ProgramResult};

use crate::checks;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, ProposalCancelled};
use crate::state::{close_proposal, Config, Proposal, State};
use crate::sys::Now;
use crate::units::Seconds;
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xe8, 0xdb, 0xdf, 0x29, 0xdb, 0xec, 0xdc, 0xbe]; // global:cancel

pub struct Accounts<'a> {
    pub by: &'a AccountView,
    pub config: &'a mut AccountView,
    pub proposal: &'a mut AccountView,
    pub payer: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [by, config, proposal, payer, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        checks::signer(by)?;
        // config, proposal: owner and kind are checked where they are loaded; writable, else load_mut or the
        // runtime refuses. payer: writable, else the runtime refuses the change of its lamports.
        checks::address(payer, &Proposal::load(proposal, program_id)?.payer)?;
        Ok(Self { by, config, proposal, payer })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let accounts = Accounts::validate(accounts, program_id)?;
    let config = Config::load_mut(accounts.config, program_id)?;
    let proposal = Proposal::load(accounts.proposal, program_id)?;
    if !may_cancel(accounts.by.address(), config, proposal, Now::get()?.time)? {
        return Err(Error::Unauthorized.into());
    }
    config.next_sequence()?;
    ProposalCancelled {
        discriminator: ProposalCancelled::DISCRIMINATOR,
        sequence: config.sequence,
        number: proposal.number,
        by: *accounts.by.address(),
    }
    .emit();
    close_proposal(accounts.proposal, accounts.payer)?;
    Ok(())
}

/// Anyone what is void or over; the guardian what it may veto; the proposer until the council has approved,
/// because then it is no longer one member's.
fn may_cancel(by: &Address, config: &Config, proposal: &Proposal, now: Seconds) -> Result<bool, Error> {
    if !proposal.is_current(config) {
        return Ok(true);
    }
    let vetoed = by == &config.guardian && proposal.action()?.is_vetoable();
    Ok(match proposal.window(config)? {
        None => vetoed || by == &proposal.proposer,
        Some(window) => vetoed || window.is_over(now),
    })
}

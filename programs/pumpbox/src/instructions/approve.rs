//! approve: a council member agrees to a proposal. The k-th to do so starts its lock.

use pinocchio::{Address, ProgramResult};

use crate::checks;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, ProposalApproved};
use crate::state::{Config, Proposal, State};
use crate::sys::Now;
use crate::units::Seconds;
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0x45, 0x4a, 0xd9, 0x24, 0x73, 0x75, 0x61, 0x4c]; // global:approve

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let mut reader = Reader(data);
    let digest = reader.array::<32>()?;
    reader.finish()?;
    let [member, config, proposal, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    // Signed by the transaction or, by a multisig's or another program's address, through a call.
    checks::signer(member)?;
    // Owner, kind and writability are checked by load_mut; the two differ in kind.
    let config = Config::load_mut(config, program_id)?;
    let proposal = Proposal::load_mut(proposal, program_id)?;
    proposal.check_current(config)?;
    // A member signs for the content, not for a number: a signature given before a fork, or kept for later,
    // can't approve anything else.
    if &proposal.digest != digest {
        return Err(Error::WrongDigest.into());
    }
    count(config, proposal, member.address(), Now::get()?.time)?;
    Ok(())
}

/// Counts `member`'s approval and tells.
#[inline(never)]
pub fn count(
    config: &mut Config,
    proposal: &mut Proposal,
    member: &Address,
    now: Seconds,
) -> Result<(), Error> {
    let threshold = config.terms.threshold;
    proposal.ballot.approve(config.member(member)?, threshold, now)?;
    config.next_sequence()?;
    ProposalApproved {
        discriminator: ProposalApproved::DISCRIMINATOR,
        sequence: config.sequence,
        number: proposal.number,
        member: *member,
        approvals: proposal.ballot.approvals,
        approved: u8::from(proposal.ballot.is_approved(threshold)),
        time: now,
    }
    .emit();
    Ok(())
}

//! propose: a council member writes down a change, and thereby approves it.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::ProgramResult;

use crate::cpi::system::OwnCreation;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, ProposalMade};
use crate::instructions::approve;
use crate::state::{Action, Config, Making, Proposal, State};
use crate::sys::Now;
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0x5d, 0xfd, 0x52, 0xa8, 0x76, 0x21, 0x66, 0x5a]; // global:propose

pub struct Args<'a> {
    /// Config's version that the proposer saw: a change in between fails the proposal.
    pub config_version: u64,
    /// One Borsh `Action`, checked here and stored byte by byte.
    pub bytes: &'a [u8],
    pub action: Action,
}

impl<'a> Args<'a> {
    #[inline(always)]
    fn parse(data: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let config_version = reader.u64()?;
        let bytes = reader.0;
        let action = Action::read(&mut reader)?;
        reader.finish()?;
        Ok(Self { config_version, bytes, action })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let [payer, proposer, config, proposal, _system_program, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    // payer: a writable signer, else its transfer fails. config: owner, kind, writability where it is loaded.
    // proposal: writable, else its creation fails; unused, because its number is new.
    checks::signer(proposer)?;
    let state = Config::load(config, program_id)?;
    state.member(proposer.address())?;
    if state.config_version != args.config_version {
        return Err(Error::ConfigChanged.into());
    }
    // What could not be executed is not worth approving.
    let mut tried = *state;
    tried.apply(&args.action)?;

    let number = state.next_proposal.to_le_bytes();
    let bump = [pda::find(proposal, &[pda::PROPOSAL, &number], program_id)?];
    let seeds = [Seed::from(pda::PROPOSAL), Seed::from(&number), Seed::from(&bump)];
    OwnCreation {
        payer,
        account: proposal,
        lamports: Rent::get()?.try_minimum_balance(Proposal::SIZE)?,
        program_id,
    }
    .invoke::<Proposal>(&[Signer::from(&seeds)])?;

    let now = Now::get()?.time;
    let config = Config::load_mut(config, program_id)?;
    let making = Making { payer: *payer.address(), proposer: *proposer.address(), now };
    let mut made = Proposal::new(config, args.bytes, making)?;
    config.next_proposal = config.next_proposal.checked_add(1).ok_or(Error::MathOverflow)?;
    config.next_sequence()?;
    ProposalMade {
        discriminator: ProposalMade::DISCRIMINATOR,
        sequence: config.sequence,
        number: made.number,
        config_version: made.config_version,
        proposer: made.proposer,
        digest: made.digest,
        action: made.tag(),
    }
    .emit();
    approve::count(config, &mut made, proposer.address(), now)?;
    made.store(proposal)?;
    Ok(())
}

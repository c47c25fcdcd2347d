//! open_epoch: rewards are promised by a root and paid in, in one instruction.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::cpi::system::OwnCreation;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{EpochOpened, Event};
use crate::state::{Config, EpochTerms, Opening, RewardEpoch, State};
use crate::sys::Now;
use crate::units::{Lamports, Seconds};
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0x4b, 0x39, 0xda, 0x21, 0xad, 0xfe, 0xcf, 0x88]; // global:open_epoch

#[inline(always)]
fn parse(data: &[u8]) -> Result<EpochTerms, Error> {
    let mut reader = Reader(data);
    let terms = EpochTerms {
        number: reader.u64()?,
        root: *reader.array()?,
        leaves_sha256: *reader.array()?,
        count: reader.u64()?,
        total: Lamports(reader.u64()?),
        claim_time: Seconds(i64::from(reader.u32()?)),
    };
    reader.finish()?;
    Ok(terms)
}

pub struct Accounts<'a> {
    pub funder: &'a AccountView,
    pub config: &'a mut AccountView,
    pub epoch: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(
        accounts: &'a mut [AccountView],
        number: u64,
        program_id: &Address,
    ) -> Result<(Self, u8), Error> {
        let [authority, funder, config, epoch, _system_program, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        checks::signer(authority)?;
        let state = Config::load(config, program_id)?;
        if authority.address() != &state.rewards {
            return Err(Error::Unauthorized);
        }
        // The leaves were hashed with this number: under another one none of them could be claimed.
        if number != state.next_epoch {
            return Err(Error::WrongEpoch);
        }
        // funder: a writable signer with that much SOL, else its transfer fails.
        // epoch: writable, else its creation fails; unused, because no number comes twice.
        let bump = pda::find(epoch, &[pda::EPOCH, &number.to_le_bytes()], program_id)?;
        Ok((Self { funder, config, epoch }, bump))
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let terms = parse(data)?;
    let (accounts, bump) = Accounts::validate(accounts, terms.number, program_id)?;
    terms.validate()?;

    let rent_deposit = Lamports(Rent::get()?.try_minimum_balance(RewardEpoch::SIZE)?);
    let opening = Opening { now: Now::get()?.time, rent_deposit, funder: *accounts.funder.address() };
    let epoch = RewardEpoch::at_opening(&terms, opening)?;

    let (seed, bump) = (terms.number.to_le_bytes(), [bump]);
    let seeds = [Seed::from(pda::EPOCH), Seed::from(&seed), Seed::from(&bump)];
    OwnCreation {
        payer: accounts.funder,
        account: accounts.epoch,
        lamports: rent_deposit.plus(terms.total)?.0,
        program_id,
    }
    .invoke::<RewardEpoch>(&[Signer::from(&seeds)])?;
    let config = Config::load_mut(accounts.config, program_id)?;
    config.next_epoch = config.next_epoch.checked_add(1).ok_or(Error::MathOverflow)?;
    EpochOpened::new(&epoch).emit();
    epoch.store(accounts.epoch)?;
    Ok(())
}

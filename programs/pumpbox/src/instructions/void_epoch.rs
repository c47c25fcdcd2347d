//! void_epoch: before the first claim the guardian sends everything back, when the leaves are wrong.

use pinocchio::{AccountView, Address, ProgramResult};

use crate::data::Reader;
use crate::error::Error;
use crate::events::{EpochVoided, Event};
use crate::state::{Config, RewardEpoch, State};
use crate::sys::Now;
use crate::Context;
use crate::{checks, lamports};

pub const DISCRIMINATOR: [u8; 8] = [0x54, 0x49, 0xe5, 0xc9, 0xe0, 0x24, 0x29, 0xcb]; // global:void_epoch

pub struct Accounts<'a> {
    pub epoch: &'a mut AccountView,
    pub funder: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [guardian, config, epoch, funder, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        checks::signer(guardian)?;
        if guardian.address() != &Config::load(config, program_id)?.guardian {
            return Err(Error::Unauthorized);
        }
        // epoch: owner and kind are checked here; any epoch can be voided, so its address needs no check.
        checks::writable(epoch)?;
        checks::address(funder, &RewardEpoch::load(epoch, program_id)?.funder)?;
        // funder: writable, else the runtime refuses; another than epoch, whose key nobody has to sign with.
        Ok(Self { epoch, funder })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let accounts = Accounts::validate(accounts, program_id)?;
    let mut epoch = *RewardEpoch::load(accounts.epoch, program_id)?;
    if Now::get()?.time >= epoch.claims_from {
        return Err(Error::ClaimsStarted.into());
    }
    epoch.next_sequence()?;
    let refunded = lamports::close(accounts.epoch, accounts.funder)?;
    EpochVoided {
        discriminator: EpochVoided::DISCRIMINATOR,
        epoch: epoch.number,
        sequence: epoch.sequence,
        funder: epoch.funder,
        refunded,
    }
    .emit();
    Ok(())
}

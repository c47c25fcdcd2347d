//! close_epoch: after the expiry anyone sends what nobody claimed back to who paid it in.

use pinocchio::{AccountView, Address, ProgramResult};

use crate::data::Reader;
use crate::error::Error;
use crate::events::{EpochClosed, Event};
use crate::state::{RewardEpoch, State};
use crate::sys::Now;
use crate::Context;
use crate::{checks, lamports};

pub const DISCRIMINATOR: [u8; 8] = [0x0d, 0x57, 0x07, 0x85, 0x6d, 0x0e, 0x53, 0x19]; // global:close_epoch

pub struct Accounts<'a> {
    pub epoch: &'a mut AccountView,
    pub funder: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [epoch, funder, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        // epoch: owner and kind are checked here; any expired one can be closed, so its address needs no check.
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
    if Now::get()?.time < epoch.expires_at {
        return Err(Error::EpochOpen.into());
    }
    epoch.next_sequence()?;
    let refunded = lamports::close(accounts.epoch, accounts.funder)?;
    EpochClosed {
        discriminator: EpochClosed::DISCRIMINATOR,
        epoch: epoch.number,
        sequence: epoch.sequence,
        paid: epoch.paid,
        funder: epoch.funder,
        refunded,
    }
    .emit();
    Ok(())
}

//! close_page: once its epoch is gone a page is needed no more; who paid for it gets its rent back.

use pinocchio::{AccountView, Address, ProgramResult};

use crate::data::Reader;
use crate::error::Error;
use crate::state::{ClaimPage, State};
use crate::Context;
use crate::{checks, lamports, pda};

pub const DISCRIMINATOR: [u8; 8] = [0xcd, 0x8d, 0x19, 0xb3, 0x1f, 0x01, 0x67, 0x2b]; // global:close_page

pub struct Accounts<'a> {
    pub page: &'a mut AccountView,
    pub payer: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [page, epoch, payer, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        // page: owner and kind are checked here; any page of a closed epoch can be closed.
        checks::writable(page)?;
        let state = ClaimPage::load(page, program_id)?;
        // Not the time, which a chain's clock might take back: the epoch's account is gone, and no number
        // comes twice, so there is nothing left that this page's bits protect.
        pda::find(epoch, &[pda::EPOCH, &u64::from(state.epoch).to_le_bytes()], program_id)?;
        checks::unused(epoch, Error::EpochOpen)?;
        checks::address(payer, &state.payer)?;
        // payer: writable, else the runtime refuses; another than page, whose key nobody has to sign with.
        Ok(Self { page, payer })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let accounts = Accounts::validate(accounts, program_id)?;
    lamports::close(accounts.page, accounts.payer)?;
    Ok(())
}

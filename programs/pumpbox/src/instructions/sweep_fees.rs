//! sweep_fees: anyone sends a coin's fees to whom they belong.

use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, FeesSwept};
use crate::state::{Config, Curve, State};
use crate::units::Lamports;
use crate::Context;
use crate::{checks, lamports};

pub const DISCRIMINATOR: [u8; 8] = [0xaf, 0xe1, 0x62, 0x47, 0x76, 0x42, 0x22, 0x94]; // global:sweep_fees

pub struct Accounts<'a> {
    pub curve: &'a mut AccountView,
    pub treasury: &'a mut AccountView,
    pub fee_recipient: &'a mut AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [curve, config, treasury, fee_recipient, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        // curve and config: owner and kind are checked where they are loaded.
        checks::writable(curve)?;
        checks::address(treasury, &Config::load(config, program_id)?.treasury)?;
        checks::address(fee_recipient, &Curve::load(curve, program_id)?.fee_recipient)?;
        // Fees paid into the curve itself would be nobody's.
        checks::distinct(curve, treasury)?;
        checks::distinct(curve, fee_recipient)?;
        // treasury and fee_recipient: one that is not writable is not paid, see `payable`.
        Ok(Self { curve, treasury, fee_recipient })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    Reader(data).finish()?;
    let accounts = Accounts::validate(accounts, program_id)?;
    let curve = Curve::load(accounts.curve, program_id)?;
    let (protocol, creator) = payable(&accounts, curve.protocol_fees, curve.creator_fees)?;
    if protocol.plus(creator)?.0 == 0 {
        return Err(Error::NothingToSweep.into());
    }
    lamports::pay(accounts.curve, accounts.treasury, protocol)?;
    lamports::pay(accounts.curve, accounts.fee_recipient, creator)?;

    let balance = accounts.curve.lamports();
    let curve = Curve::load_mut(accounts.curve, program_id)?;
    curve.protocol_fees = curve.protocol_fees.minus(protocol)?;
    curve.creator_fees = curve.creator_fees.minus(creator)?;
    curve.next_sequence()?;
    curve.check_solvent(balance)?;
    FeesSwept {
        discriminator: FeesSwept::DISCRIMINATOR,
        mint: curve.mint,
        sequence: curve.sequence,
        treasury: *accounts.treasury.address(),
        protocol_fees: protocol,
        fee_recipient: *accounts.fee_recipient.address(),
        creator_fees: creator,
    }
    .emit();
    Ok(())
}

/// Each share if its payee can be given it: one that would end below the rent minimum, or is read-only, would
/// make the runtime refuse the whole transaction, and with it the other's share. So that share stays accrued.
/// The chain keeps sysvars, and programs that a transaction runs, read-only whatever the caller asks; else a
/// creator could name one and withhold the protocol's fees for ever. One payee for both gets the sum.
#[inline(always)]
fn payable(
    accounts: &Accounts,
    protocol: Lamports,
    creator: Lamports,
) -> Result<(Lamports, Lamports), pinocchio::error::ProgramError> {
    let rent = Rent::get()?;
    let can_keep = |payee: &AccountView, share: Lamports| {
        let minimum = rent.try_minimum_balance(payee.data_len())?;
        let kept = Lamports(payee.lamports()).plus(share)?.0 >= minimum;
        Ok::<bool, pinocchio::error::ProgramError>(kept && payee.is_writable())
    };
    let (to_treasury, to_recipient) = if accounts.treasury.address() == accounts.fee_recipient.address() {
        let both = protocol.plus(creator)?;
        (both, both)
    } else {
        (protocol, creator)
    };
    let keep = |payee: &AccountView, total: Lamports, share: Lamports| {
        can_keep(payee, total).map(|kept| if kept { share } else { Lamports(0) })
    };
    Ok((
        keep(accounts.treasury, to_treasury, protocol)?,
        keep(accounts.fee_recipient, to_recipient, creator)?,
    ))
}

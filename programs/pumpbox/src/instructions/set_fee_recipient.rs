//! set_fee_recipient: the coin's creator says who gets the creator's share.

use pinocchio::ProgramResult;

use crate::checks;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, FeeRecipientSet};
use crate::state::{is_zero, Curve, State};
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xe3, 0x12, 0xd7, 0x2a, 0xed, 0xf6, 0x97, 0x42]; // global:set_fee_recipient

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let mut reader = Reader(data);
    let fee_recipient = reader.address()?;
    reader.finish()?;
    let [creator, curve, ..] = accounts else {
        return Err(Error::NotEnoughAccounts.into());
    };
    checks::signer(creator)?;
    // The curve itself can't be paid, and nobody has the key of zero.
    if is_zero(&fee_recipient) || &fee_recipient == curve.address() {
        return Err(Error::InvalidRecipient.into());
    }
    // Owner, kind and writability are checked by load_mut.
    let curve = Curve::load_mut(curve, program_id)?;
    if creator.address() != &curve.creator {
        return Err(Error::Unauthorized.into());
    }
    curve.fee_recipient = fee_recipient;
    curve.next_sequence()?;
    FeeRecipientSet {
        discriminator: FeeRecipientSet::DISCRIMINATOR,
        mint: curve.mint,
        sequence: curve.sequence,
        fee_recipient,
    }
    .emit();
    Ok(())
}

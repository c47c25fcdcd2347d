//! The associated token program: CreateIdempotent, for plain accounts of the first token program.

use pinocchio::Address;

use super::raydium::WSOL;
use super::token::{native, plain_account, sync, ACCOUNT};
use super::{create, Callee, MALFORMED};
use crate::pda;
use crate::world::Refusal;

pub const ID: Address = Address::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");

/// Where `owner` keeps a token of `mint`.
pub fn address(owner: &Address, mint: &Address) -> Address {
    pda::find(&[owner.as_ref(), pinocchio_token::ID.as_ref(), mint.as_ref()], &ID).0
}

pub fn run(callee: &Callee) -> Result<(), Refusal> {
    if callee.data != [1] || callee.account(5)?.address() != pinocchio_token::ID {
        return Err(MALFORMED);
    }
    let (funder, account) = (callee.signer(0)?, callee.account(1)?);
    let (owner, mint) = (callee.account(2)?.address(), callee.account(3)?.address());
    if account.address() != address(&owner, &mint) {
        return Err(Refusal::Runtime("InvalidSeeds"));
    }
    if account.owner() == pinocchio_token::ID {
        return Ok(());
    }
    let mut data = plain_account(&mint, &owner, 0);
    if mint == WSOL {
        data = native(data, callee.rent(ACCOUNT));
    }
    create(callee, &funder, &account, pinocchio_token::ID, &data)?;
    if mint == WSOL {
        sync(&account, callee)?;
    }
    Ok(())
}

//! What is asked of an account, by name.

use pinocchio::{AccountView, Address};

use crate::error::Error;

#[inline(always)]
pub fn signer(account: &AccountView) -> Result<(), Error> {
    if !account.is_signer() {
        return Err(Error::MissingSigner);
    }
    Ok(())
}

#[inline(always)]
pub fn writable(account: &AccountView) -> Result<(), Error> {
    if !account.is_writable() {
        return Err(Error::NotWritable);
    }
    Ok(())
}

#[inline(always)]
pub fn address(account: &AccountView, expected: &Address) -> Result<(), Error> {
    if account.address() != expected {
        return Err(Error::WrongAddress);
    }
    Ok(())
}

#[inline(always)]
pub fn distinct(one: &AccountView, other: &AccountView) -> Result<(), Error> {
    if one.address() == other.address() {
        return Err(Error::AliasedAccounts);
    }
    Ok(())
}

/// Nobody has made anything at this address yet. Lamports sent there beforehand don't count.
#[inline(always)]
pub fn unused(account: &AccountView, or: Error) -> Result<(), Error> {
    if !account.owned_by(&pinocchio_system::ID) || !account.is_data_empty() {
        return Err(or);
    }
    Ok(())
}

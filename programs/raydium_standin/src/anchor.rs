//! What Anchor asks of an account before the instruction itself runs, with its codes.

use pinocchio::{AccountView, Address};

use crate::error::Error;

/// TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb
pub const TOKEN_2022: Address = Address::new_from_array([
    0x06, 0xdd, 0xf6, 0xe1, 0xee, 0x75, 0x8f, 0xde, 0x18, 0x42, 0x5d, 0xbc, 0xe4, 0x6c, 0xcd, 0xda, 0xb6,
    0x1a, 0xfc, 0x4d, 0x83, 0xb9, 0x0d, 0x27, 0xfe, 0xbd, 0xf9, 0x28, 0xd8, 0xa1, 0x8b, 0xfc,
]);

#[inline(always)]
pub fn signer(account: &AccountView) -> Result<(), Error> {
    if !account.is_signer() {
        return Err(Error::AccountNotSigner);
    }
    Ok(())
}

#[inline(always)]
pub fn writable(account: &AccountView) -> Result<(), Error> {
    if !account.is_writable() {
        return Err(Error::ConstraintMut);
    }
    Ok(())
}

#[inline(always)]
pub fn address(account: &AccountView, expected: &Address) -> Result<(), Error> {
    if account.address() != expected {
        return Err(Error::ConstraintAddress);
    }
    Ok(())
}

/// Either token program.
#[inline(always)]
pub fn token_program(account: &AccountView) -> Result<(), Error> {
    program(account, &TOKEN_2022).or_else(|_| program(account, &pinocchio_token::ID))
}

#[inline(always)]
pub fn program(account: &AccountView, expected: &Address) -> Result<(), Error> {
    if account.address() != expected {
        return Err(Error::InvalidProgramId);
    }
    Ok(())
}

/// The account exists and is `owner`'s.
#[inline(always)]
pub fn owned_by(account: &AccountView, owner: &Address) -> Result<(), Error> {
    exists(account)?;
    if !account.owned_by(owner) {
        return Err(Error::AccountOwnedByWrongProgram);
    }
    Ok(())
}

/// The account exists and belongs to either token program.
#[inline(always)]
pub fn of_tokens(account: &AccountView) -> Result<(), Error> {
    owned_by(account, &TOKEN_2022).or_else(|_| owned_by(account, &pinocchio_token::ID))
}

#[inline(always)]
fn exists(account: &AccountView) -> Result<(), Error> {
    if account.lamports() == 0 && account.owned_by(&pinocchio_system::ID) {
        return Err(Error::AccountNotInitialized);
    }
    Ok(())
}

/// The account is at the canonical address of `seeds`; returns its bump.
#[inline(always)]
pub fn seeds(account: &AccountView, seeds: &[&[u8]], program_id: &Address) -> Result<u8, Error> {
    #[cfg(target_arch = "bpf")]
    {
        let (address, bump) = Address::find_program_address(seeds, program_id);
        if account.address() != &address {
            return Err(Error::ConstraintSeeds);
        }
        Ok(bump)
    }
    #[cfg(not(target_arch = "bpf"))]
    {
        // Deriving addresses takes a syscall; host tests cover the arithmetic only.
        core::hint::black_box((account, seeds, program_id));
        Err(Error::ConstraintSeeds)
    }
}

//! Raydium's constant-product program (CPMM): its addresses, and what is read of its accounts.
//!
//! Two sets of addresses are compiled in and Config names one of them; no instruction takes an address of
//! Raydium's on trust.

use pinocchio::error::ProgramError;
use pinocchio::sysvars::rent::Rent;
use pinocchio::{AccountView, Address};

use crate::error::Error;
use crate::units::Lamports;

/// One cluster's deployment.
pub struct Deployment {
    pub program: Address,
    /// ["vault_and_lp_mint_auth_seed"]: owns every pool's vaults and LP mint.
    pub authority: Address,
    /// ["amm_config", 0]: the pools with a trade fee of 0.25 %.
    pub config: Address,
    /// The token account of WSOL that is paid for a new pool.
    pub fee_receiver: Address,
}

const MAINNET: Deployment = Deployment {
    program: Address::from_str_const("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C"),
    authority: Address::from_str_const("GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL"),
    config: Address::from_str_const("D4FPEruKEHrG5TenZ2mpDGEfu1iUvTiqBxvpU8HLBvC2"),
    fee_receiver: Address::from_str_const("DNXgeM9EiiaAbaWvwjHj9fQQLAX5ZsfHyvmYUNRAdNC8"),
};

const DEVNET: Deployment = Deployment {
    program: Address::from_str_const("DRaycpLY18LhpbydsBWbVJtxpNv9oXPgjRSfpF2bWpYb"),
    authority: Address::from_str_const("CXniRufdq5xL8t8jZAPxsPZDpuudwuJSPWnbcD5Y5Nxq"),
    config: Address::from_str_const("5MxLgy9oPdTC3YgkiePHqr3EoCRD9uLVYRQS2ANAs7wy"),
    fee_receiver: Address::from_str_const("3oE58BKVt8KuYkGxx8zBojugnymWmBiyafWgMrnb6eYy"),
};

/// So11111111111111111111111111111111111111112, the mint of wrapped SOL.
pub const WSOL: Address = Address::from_str_const("So11111111111111111111111111111111111111112");

pub const TOKEN_ACCOUNT_SIZE: usize = 165;
/// Bytes of the accounts that a pool's creator pays the rent of.
const PAID_FOR: [usize; 7] = [
    637,                // pool
    4_075,              // observation
    82,                 // LP mint
    TOKEN_ACCOUNT_SIZE, // the pool's vaults
    TOKEN_ACCOUNT_SIZE,
    TOKEN_ACCOUNT_SIZE, // the creator's own for WSOL and LP: a float, they are closed again
    TOKEN_ACCOUNT_SIZE,
];

/// Offsets in PoolState, AmmConfig, a token account and a mint.
const POOL_VAULTS: [usize; 2] = [72, 104];
const POOL_LP_MINT: usize = 136;
const CREATE_POOL_FEE: usize = 36;
const TOKEN_OWNER: usize = 32;
const TOKEN_AMOUNT: usize = 64;
const MINT_SUPPLY: usize = 36;

/// The deployment that Config's number means; `Config::validate` let no other number in.
#[inline(always)]
pub fn deployment(set: u8) -> Result<&'static Deployment, Error> {
    match set {
        1 => Ok(&MAINNET),
        2 => Ok(&DEVNET),
        _ => Err(Error::InvalidConfig),
    }
}

/// What Raydium takes for a new pool at present, as its AmmConfig says.
#[inline(always)]
pub fn create_pool_fee(config: &AccountView, deployment: &Deployment) -> Result<Lamports, Error> {
    if !config.owned_by(&deployment.program) {
        return Err(Error::WrongOwner);
    }
    read_u64(config, CREATE_POOL_FEE).map(Lamports)
}

/// The rent of everything that is made, at the present price.
#[inline(always)]
pub fn rents(rent: &Rent) -> Result<Lamports, ProgramError> {
    let mut sum = Lamports(0);
    for size in PAID_FOR {
        sum = sum.plus(Lamports(rent.try_minimum_balance(size)?))?;
    }
    Ok(sum)
}

/// The pool belongs to `program` and says that these are its vaults, in the mints' order, and its LP mint.
#[inline(always)]
pub fn check_pool(
    pool: &AccountView,
    program: &Address,
    vaults: [&AccountView; 2],
    lp_mint: &AccountView,
) -> Result<(), Error> {
    let [vault_0, vault_1] = vaults;
    let [at_0, at_1] = POOL_VAULTS;
    let as_asked = pool.owned_by(program)
        && read_address(pool, at_0)? == *vault_0.address()
        && read_address(pool, at_1)? == *vault_1.address()
        && read_address(pool, POOL_LP_MINT)? == *lp_mint.address();
    if !as_asked {
        return Err(Error::PoolMismatch);
    }
    Ok(())
}

/// The amount in a token account that must be `owner`'s, of `mint`, kept by `program`.
#[inline(always)]
pub fn check_vault(
    vault: &AccountView,
    program: &Address,
    mint: &Address,
    owner: &Address,
) -> Result<u64, Error> {
    let kept = vault.owned_by(program)
        && read_address(vault, 0)? == *mint
        && read_address(vault, TOKEN_OWNER)? == *owner;
    if !kept {
        return Err(Error::PoolMismatch);
    }
    token_amount(vault)
}

/// What a token account holds; that it is one, the caller has checked or the next call on it will.
#[inline(always)]
pub fn token_amount(account: &AccountView) -> Result<u64, Error> {
    read_u64(account, TOKEN_AMOUNT)
}

/// What exists of a mint; that it is one, as above.
#[inline(always)]
pub fn mint_supply(mint: &AccountView) -> Result<u64, Error> {
    read_u64(mint, MINT_SUPPLY)
}

#[inline(always)]
fn read_u64(account: &AccountView, offset: usize) -> Result<u64, Error> {
    read(account, offset).map(u64::from_le_bytes)
}

#[inline(always)]
fn read_address(account: &AccountView, offset: usize) -> Result<Address, Error> {
    read(account, offset).map(Address::new_from_array)
}

/// A foreign account's bytes; an account too short for them is of another kind.
#[inline(always)]
fn read<const N: usize>(account: &AccountView, offset: usize) -> Result<[u8; N], Error> {
    // SAFETY: nothing writes to this account's data while the slice lives: it is copied from at once.
    let data = unsafe { account.borrow_unchecked() };
    let bytes = data.get(offset..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or(Error::WrongAccountKind)
}

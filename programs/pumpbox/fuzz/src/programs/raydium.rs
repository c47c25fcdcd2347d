//! Raydium CPMM's `initialize`, as far as a pool's creator can tell: accounts, amounts, fees. Of the pool's
//! own state only what our program reads; nobody swaps here.

use pinocchio::Address;

use super::token::{native, plain_account, sync, ACCOUNT};
use super::{associated, create, pay, word, Callee, MALFORMED};
use crate::frame::View;
use crate::pda;
use crate::world::{Account, Refusal, World};

pub const ID: Address = Address::from_str_const("CPMMoo8L3F4NbTegBCKVNunggL7H1ZpdTHKxQB5qKP1C");
pub const CONFIG: Address = Address::from_str_const("D4FPEruKEHrG5TenZ2mpDGEfu1iUvTiqBxvpU8HLBvC2");
pub const AUTHORITY: Address = Address::from_str_const("GpMZbSM2GgvTKHJirzeGfMFoaZ8UR2X7F4v8vHTvxFbL");
pub const FEE_RECEIVER: Address = Address::from_str_const("DNXgeM9EiiaAbaWvwjHj9fQQLAX5ZsfHyvmYUNRAdNC8");
pub const WSOL: Address = Address::from_str_const("So11111111111111111111111111111111111111112");
const INITIALIZE: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed];
const POOL: usize = 637;
const OBSERVATION: usize = 4_075;
/// Offsets in the pool and in the fee tier.
const VAULTS: [usize; 2] = [72, 104];
const LP_MINT: usize = 136;
const CREATE_POOL_FEE: usize = 36;
/// Liquidity that nobody gets.
const LOCKED: u64 = 100;

/// What a cluster has before any pool: the fee tier with `fee` lamports for a new one, and who gets them.
pub fn install(world: &mut World, fee: u64) {
    let mut tier = vec![0; 236];
    tier[CREATE_POOL_FEE..][..8].copy_from_slice(&fee.to_le_bytes());
    let mut mint = vec![0; 82];
    (mint[44], mint[45]) = (9, 1);
    let rent = world.rent(165);
    let receiver = native(plain_account(&WSOL, &AUTHORITY, 0), rent);
    for (address, owner, data) in
        [(CONFIG, ID, tier), (WSOL, pinocchio_token::ID, mint), (FEE_RECEIVER, pinocchio_token::ID, receiver)]
    {
        let lamports = world.rent(data.len());
        world.accounts.insert(address, Account { lamports, owner, data });
    }
}

/// An address that Raydium derives for a pool.
pub fn address(seeds: &[&[u8]]) -> Address {
    pda::find(seeds, &ID).0
}

pub fn run(callee: &Callee) -> Result<(), Refusal> {
    if !callee.data.starts_with(&INITIALIZE) {
        return Err(MALFORMED);
    }
    let (creator, pool) = (callee.signer(0)?, callee.signer(3)?);
    let (lp_mint, creator_lp, observation) = (callee.account(6)?, callee.account(9)?, callee.account(13)?);
    let mints = [callee.account(4)?, callee.account(5)?];
    let sources = [callee.account(7)?, callee.account(8)?];
    let vaults = [callee.account(10)?, callee.account(11)?];
    check(&lp_mint, &[b"pool_lp_mint", pool.address().as_ref()])?;
    check(&observation, &[b"observation", pool.address().as_ref()])?;
    let mut state = vec![0; POOL];
    let mut amounts = [word(callee.data, 8)?, word(callee.data, 16)?];
    for side in 0..2 {
        let mint = mints[side].address();
        check(&vaults[side], &[b"pool_vault", pool.address().as_ref(), mint.as_ref()])?;
        state[VAULTS[side]..][..32].copy_from_slice(vaults[side].address().as_ref());
        amounts[side] = fill(callee, &creator, &mints[side], [&sources[side], &vaults[side]], amounts[side])?;
    }
    state[LP_MINT..][..32].copy_from_slice(lp_mint.address().as_ref());
    create(callee, &creator, &pool, ID, &state)?;
    create(callee, &creator, &observation, ID, &[0; OBSERVATION])?;
    mint_liquidity(callee, &creator, &lp_mint, &creator_lp, amounts)?;
    take_fee(callee, &creator)
}

fn check(account: &View, seeds: &[&[u8]]) -> Result<(), Refusal> {
    if account.address() == address(seeds) {
        Ok(())
    } else {
        Err(Refusal::Callee(2006)) // Anchor's ConstraintSeeds
    }
}

/// Makes a vault and moves one side into it. Returns what the vault holds, gifts of SOL included.
fn fill(
    callee: &Callee,
    creator: &View,
    mint: &View,
    [source, vault]: [&View; 2],
    amount: u64,
) -> Result<u64, Refusal> {
    let mut data = plain_account(&mint.address(), &AUTHORITY, 0);
    if mint.address() == WSOL {
        data = native(data, callee.rent(ACCOUNT));
    }
    create(callee, creator, vault, mint.owner(), &data)?;
    let mut from = source.data().to_vec();
    if from.get(..64) != Some(&[mint.address().as_ref(), creator.address().as_ref()].concat()) {
        return Err(Refusal::Callee(2015)); // Anchor's ConstraintTokenOwner
    }
    let rest = word(&from, 64)?.checked_sub(amount).ok_or(Refusal::Callee(1))?;
    from[64..72].copy_from_slice(&rest.to_le_bytes());
    source.set_data(&from)?;
    if mint.address() == WSOL {
        pay(source, vault, amount)?;
        sync(vault, callee)?;
    } else {
        data[64..72].copy_from_slice(&amount.to_le_bytes());
        vault.set_data(&data)?;
    }
    word(vault.data(), 64)
}

/// The square root of the product, less what is locked.
fn mint_liquidity(
    callee: &Callee,
    creator: &View,
    lp_mint: &View,
    creator_lp: &View,
    amounts: [u64; 2],
) -> Result<(), Refusal> {
    let product = u128::from(amounts[0]) * u128::from(amounts[1]);
    let minted = (product.isqrt() as u64).checked_sub(LOCKED).ok_or(Refusal::Callee(6_000))?;
    let mut mint = vec![0; 82];
    mint[0] = 1;
    mint[4..36].copy_from_slice(AUTHORITY.as_ref());
    mint[36..44].copy_from_slice(&minted.to_le_bytes());
    (mint[44], mint[45]) = (9, 1);
    create(callee, creator, lp_mint, pinocchio_token::ID, &mint)?;
    if creator_lp.address() != associated::address(&creator.address(), &lp_mint.address()) {
        return Err(Refusal::Runtime("InvalidSeeds"));
    }
    let tokens = plain_account(&lp_mint.address(), &creator.address(), minted);
    create(callee, creator, creator_lp, pinocchio_token::ID, &tokens)
}

fn take_fee(callee: &Callee, creator: &View) -> Result<(), Refusal> {
    let (config, receiver) = (callee.account(1)?, callee.account(12)?);
    if config.owner() != ID || receiver.address() != FEE_RECEIVER {
        return Err(Refusal::Callee(2_001));
    }
    pay(creator, &receiver, word(config.data(), CREATE_POOL_FEE)?)?;
    sync(&receiver, callee)
}

//! initialize: a pool at any address that signs, with its vaults, LP mint and observation.

mod accounts;

use pinocchio::cpi::{Seed, Signer};
use pinocchio::error::ProgramError;
use pinocchio::sysvars::{clock::Clock, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_system::instructions::Transfer;
use pinocchio_token::instructions::{
    InitializeAccount3, InitializeMint2, MintTo, SyncNative, TransferChecked,
};

use crate::account::TokenAccount;
use crate::create::{AssociatedCreation, Creation};
use crate::error::Error;
use crate::mint::check_extensions;
use crate::quote::sqrt_of_product;
use crate::state::{AmmConfig, Observation, PoolState, State};
use crate::Context;

use accounts::{Accounts, Side};

pub const DISCRIMINATOR: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed]; // global:initialize

pub const AUTHORITY: &[u8] = b"vault_and_lp_mint_auth_seed";
const LP_MINT: &[u8] = b"pool_lp_mint";
const VAULT: &[u8] = b"pool_vault";
const OBSERVATION: &[u8] = b"observation";
const LP_DECIMALS: u8 = 9;
const LP_MINT_SIZE: usize = 82;
const VAULT_SIZE: usize = 165;
/// Of the LP supply, never minted.
const LOCKED_LP: u64 = 100;

struct Args {
    amount_0: u64,
    amount_1: u64,
    /// Unix seconds.
    open_time: u64,
}

impl Args {
    fn parse(data: &[u8]) -> Result<Self, Error> {
        let (amount_0, data) = data.split_first_chunk().ok_or(Error::ArgumentsDidNotDeserialize)?;
        let (amount_1, data) = data.split_first_chunk().ok_or(Error::ArgumentsDidNotDeserialize)?;
        let open_time = data.first_chunk().ok_or(Error::ArgumentsDidNotDeserialize)?;
        Ok(Self {
            amount_0: u64::from_le_bytes(*amount_0),
            amount_1: u64::from_le_bytes(*amount_1),
            open_time: u64::from_le_bytes(*open_time),
        })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let mut accounts = Accounts::validate(accounts, program_id)?;

    create_lp(&accounts)?;
    create_observation(&mut accounts, program_id)?;
    check_extensions(accounts.side_0.mint)?;
    check_extensions(accounts.side_1.mint)?;
    if AmmConfig::load(accounts.amm_config, program_id)?.disable_create_pool != 0 {
        return Err(Error::NotApproved.into());
    }
    accounts.side_0.create_vault(&accounts)?;
    accounts.side_1.create_vault(&accounts)?;
    create_pool(&accounts, program_id)?;

    let vault_0 = accounts.side_0.fill(accounts.creator, args.amount_0)?;
    let vault_1 = accounts.side_1.fill(accounts.creator, args.amount_1)?;
    if vault_0 == 0 || vault_1 == 0 {
        return Err(Error::EmptySupply.into());
    }
    let lp_supply = sqrt_of_product(vault_0, vault_1);
    mint_lp(&accounts, lp_supply.checked_sub(LOCKED_LP).ok_or(Error::InitLpAmountTooLess)?)?;
    pay_fee(&accounts, program_id)?;
    write_pool(accounts, lp_supply, args.open_time)
}

impl Side<'_> {
    #[inline(never)]
    fn create_vault(&self, accounts: &Accounts) -> ProgramResult {
        let bump = [self.vault_bump];
        let seeds = [
            Seed::from(VAULT),
            Seed::from(accounts.pool.address().as_array()),
            Seed::from(self.mint.address().as_array()),
            Seed::from(&bump),
        ];
        Creation {
            payer: accounts.creator,
            account: self.vault,
            space: VAULT_SIZE,
            owner: self.token_program.address(),
        }
        .invoke(&[Signer::from(&seeds)])?;
        InitializeAccount3::new(self.vault, self.mint, accounts.authority.address())
            .invoke_with_program(self.token_program.address())
    }

    /// Moves `amount` into the vault; what the vault holds then, which may be more.
    #[inline(never)]
    fn fill(&self, creator: &AccountView, amount: u64) -> Result<u64, ProgramError> {
        if amount > 0 {
            TransferChecked::new(self.creator_token, self.mint, self.vault, creator, amount, self.decimals)
                .invoke_with_program(self.token_program.address())?;
        }
        Ok(TokenAccount::load(self.vault)?.amount)
    }
}

/// The LP mint, and the creator's account for it.
#[inline(never)]
fn create_lp(accounts: &Accounts) -> ProgramResult {
    let bump = [accounts.bumps.lp_mint];
    let seeds = [Seed::from(LP_MINT), Seed::from(accounts.pool.address().as_array()), Seed::from(&bump)];
    let (payer, mint) = (accounts.creator, accounts.lp_mint);
    Creation { payer, account: mint, space: LP_MINT_SIZE, owner: &pinocchio_token::ID }
        .invoke(&[Signer::from(&seeds)])?;
    InitializeMint2::new(mint, LP_DECIMALS, accounts.authority.address(), None).invoke()?;
    AssociatedCreation {
        payer,
        account: accounts.creator_lp,
        wallet: accounts.creator,
        mint,
        system_program: accounts.system_program,
        token_program: accounts.token_program,
    }
    .invoke()
}

#[inline(never)]
fn create_observation(accounts: &mut Accounts, program_id: &Address) -> ProgramResult {
    let bump = [accounts.bumps.observation];
    let pool = *accounts.pool.address();
    let seeds = [Seed::from(OBSERVATION), Seed::from(pool.as_array()), Seed::from(&bump)];
    let account = &*accounts.observation;
    Creation { payer: accounts.creator, account, space: Observation::SIZE, owner: program_id }
        .invoke(&[Signer::from(&seeds)])?;
    let observation = Observation::create(accounts.observation)?;
    observation.pool = pool;
    Ok(())
}

/// The pool's address signs by itself: the one derived from the mints, which needs no signature, is not
/// supported here.
#[inline(never)]
fn create_pool(accounts: &Accounts, program_id: &Address) -> ProgramResult {
    if !accounts.pool.owned_by(&pinocchio_system::ID) {
        return Err(Error::NotApproved.into());
    }
    if !accounts.pool.is_signer() {
        return Err(Error::RequireEq.into());
    }
    let account = &*accounts.pool;
    Creation { payer: accounts.creator, account, space: PoolState::SIZE, owner: program_id }.invoke(&[])
}

#[inline(never)]
fn mint_lp(accounts: &Accounts, amount: u64) -> ProgramResult {
    let bump = [accounts.bumps.authority];
    let seeds = [Seed::from(AUTHORITY), Seed::from(&bump)];
    MintTo::new(accounts.lp_mint, accounts.creator_lp, accounts.authority, amount)
        .invoke_signed(&[Signer::from(&seeds)])
}

/// What Raydium asks for a new pool, into its WSOL account.
#[inline(never)]
fn pay_fee(accounts: &Accounts, program_id: &Address) -> ProgramResult {
    let lamports = AmmConfig::load(accounts.amm_config, program_id)?.create_pool_fee;
    if lamports == 0 {
        return Ok(());
    }
    Transfer { from: accounts.creator, to: accounts.fee_receiver, lamports }.invoke()?;
    SyncNative::new(accounts.fee_receiver, None).invoke()
}

#[inline(never)]
fn write_pool(accounts: Accounts, lp_supply: u64, open_time: u64) -> ProgramResult {
    let clock = Clock::get()?;
    let now = u64::try_from(clock.unix_timestamp).map_err(|_| Error::MathOverflow)?;
    let next = now.checked_add(1).ok_or(Error::MathOverflow)?;
    let (side_0, side_1) = (&accounts.side_0, &accounts.side_1);
    let pool = PoolState::create(accounts.pool)?;
    pool.amm_config = *accounts.amm_config.address();
    pool.pool_creator = *accounts.creator.address();
    pool.vault_0 = *side_0.vault.address();
    pool.vault_1 = *side_1.vault.address();
    pool.lp_mint = *accounts.lp_mint.address();
    pool.mint_0 = *side_0.mint.address();
    pool.mint_1 = *side_1.mint.address();
    pool.token_program_0 = *side_0.token_program.address();
    pool.token_program_1 = *side_1.token_program.address();
    pool.observation = *accounts.observation.address();
    pool.auth_bump = accounts.bumps.authority;
    pool.lp_decimals = LP_DECIMALS;
    pool.decimals_0 = side_0.decimals;
    pool.decimals_1 = side_1.decimals;
    pool.lp_supply = lp_supply;
    pool.open_time = open_time.max(next);
    pool.recent_epoch = clock.epoch;
    Ok(())
}

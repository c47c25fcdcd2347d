//! initialize: a pool at any address that signs, with its vaults, LP mint and observation.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::error::ProgramError;
use pinocchio::sysvars::{clock::Clock, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_system::instructions::Transfer;
use pinocchio_token::instructions::{
    InitializeAccount3, InitializeMint2, MintTo, SyncNative, TransferChecked,
};

use crate::account::{decimals, TokenAccount};
use crate::anchor;
use crate::create::{AssociatedCreation, Creation, ATA_PROGRAM};
use crate::error::Error;
use crate::mint::check_extensions;
use crate::quote::sqrt_of_product;
use crate::state::{AmmConfig, Observation, PoolState, State};
use crate::Context;

pub const DISCRIMINATOR: [u8; 8] = [0xaf, 0xaf, 0x6d, 0x1f, 0x0d, 0x98, 0x9b, 0xed]; // global:initialize

pub const AUTHORITY: &[u8] = b"vault_and_lp_mint_auth_seed";
const LP_MINT: &[u8] = b"pool_lp_mint";
const VAULT: &[u8] = b"pool_vault";
const OBSERVATION: &[u8] = b"observation";
/// DRaycpLY18LhpbydsBWbVJtxpNv9oXPgjRSfpF2bWpYb: Raydium's address on devnet.
const DEVNET: Address = Address::new_from_array([
    0xb8, 0x98, 0x99, 0x79, 0x2d, 0xca, 0x52, 0x34, 0x79, 0x6f, 0xe7, 0x74, 0x62, 0xb0, 0x31, 0xdf, 0x46,
    0x3f, 0x5f, 0xfe, 0xae, 0x36, 0x7c, 0x5c, 0x0f, 0xfb, 0x24, 0x6e, 0x1c, 0xb7, 0xce, 0x0c,
]);
/// 3oE58BKVt8KuYkGxx8zBojugnymWmBiyafWgMrnb6eYy: takes the fee there.
const DEVNET_FEE_RECEIVER: Address = Address::new_from_array([
    0x29, 0x8e, 0xde, 0xe0, 0x3e, 0xbe, 0x2b, 0xd6, 0x42, 0x98, 0x8c, 0xad, 0x48, 0xb7, 0x7a, 0x61, 0x17,
    0xcf, 0xeb, 0x9c, 0x18, 0xd3, 0x9b, 0x14, 0xe1, 0x91, 0xf5, 0xe4, 0x57, 0x0d, 0x56, 0xba,
]);
/// DNXgeM9EiiaAbaWvwjHj9fQQLAX5ZsfHyvmYUNRAdNC8: takes it on mainnet.
const FEE_RECEIVER: Address = Address::new_from_array([
    0xb7, 0xd0, 0x22, 0x52, 0x54, 0xac, 0x07, 0xe3, 0xb2, 0xbd, 0x3f, 0x86, 0xc1, 0xf0, 0xf1, 0x10, 0x3f,
    0xc0, 0x70, 0x8c, 0xc1, 0x5a, 0xef, 0x14, 0x07, 0x3a, 0xa6, 0x45, 0x3f, 0x55, 0xea, 0x69,
]);
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

/// One of the two tokens: what the creator gives and where it goes.
struct Side<'a> {
    mint: &'a AccountView,
    decimals: u8,
    creator_token: &'a AccountView,
    vault: &'a AccountView,
    vault_bump: u8,
    token_program: &'a AccountView,
}

struct Accounts<'a> {
    creator: &'a AccountView,
    amm_config: &'a AccountView,
    authority: &'a AccountView,
    pool: &'a mut AccountView,
    side_0: Side<'a>,
    side_1: Side<'a>,
    lp_mint: &'a AccountView,
    creator_lp: &'a AccountView,
    fee_receiver: &'a AccountView,
    observation: &'a mut AccountView,
    token_program: &'a AccountView,
    system_program: &'a AccountView,
    authority_bump: u8,
    lp_mint_bump: u8,
    observation_bump: u8,
}

impl<'a> Accounts<'a> {
    /// In Anchor's order: each account by itself, then what holds between them.
    #[inline(never)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [creator, amm_config, authority, pool, mint_0, mint_1, lp_mint, creator_token_0, creator_token_1, creator_lp, vault_0, vault_1, fee_receiver, observation, token_program, token_program_0, token_program_1, ata_program, system_program, _rent, ..] =
            accounts
        else {
            return Err(Error::AccountNotEnoughKeys);
        };
        anchor::signer(creator)?;
        AmmConfig::load(amm_config, program_id)?;
        anchor::program(token_program, &pinocchio_token::ID)?;
        anchor::token_program(token_program_0)?;
        anchor::token_program(token_program_1)?;
        anchor::program(ata_program, &ATA_PROGRAM)?;
        anchor::program(system_program, &pinocchio_system::ID)?;
        let pool_key = pool.address().as_ref();
        let lp_mint_bump = anchor::seeds(lp_mint, &[LP_MINT, pool_key], program_id)?;
        let observation_bump = anchor::seeds(observation, &[OBSERVATION, pool_key], program_id)?;
        for account in [&*creator, pool, lp_mint, creator_lp, fee_receiver, observation] {
            anchor::writable(account)?;
        }
        let authority_bump = anchor::seeds(authority, &[AUTHORITY], program_id)?;
        if mint_0.address().as_array() >= mint_1.address().as_array() {
            return Err(Error::ConstraintRaw);
        }
        let receiver = if program_id == &DEVNET { &DEVNET_FEE_RECEIVER } else { &FEE_RECEIVER };
        anchor::address(fee_receiver, receiver)?;
        anchor::owned_by(fee_receiver, &pinocchio_token::ID)?;
        let side_0 = Side {
            mint: mint_0,
            decimals: decimals_of(mint_0, token_program_0)?,
            creator_token: creator_token_0,
            vault: vault_0,
            vault_bump: anchor::seeds(vault_0, &[VAULT, pool_key, mint_0.address().as_ref()], program_id)?,
            token_program: token_program_0,
        };
        let side_1 = Side {
            mint: mint_1,
            decimals: decimals_of(mint_1, token_program_1)?,
            creator_token: creator_token_1,
            vault: vault_1,
            vault_bump: anchor::seeds(vault_1, &[VAULT, pool_key, mint_1.address().as_ref()], program_id)?,
            token_program: token_program_1,
        };
        Ok(Self {
            creator,
            amm_config,
            authority,
            pool,
            side_0,
            side_1,
            lp_mint,
            creator_lp,
            fee_receiver,
            observation,
            token_program,
            system_program,
            authority_bump,
            lp_mint_bump,
            observation_bump,
        })
    }
}

/// The mint is this token program's.
#[inline(always)]
fn decimals_of(mint: &AccountView, token_program: &AccountView) -> Result<u8, Error> {
    let decimals = decimals(mint)?;
    if !mint.owned_by(token_program.address()) {
        return Err(Error::ConstraintMintTokenProgram);
    }
    Ok(decimals)
}

impl Side<'_> {
    /// The creator's account holds this token and is the creator's.
    fn check_creator_token(&self, creator: &AccountView) -> Result<(), Error> {
        anchor::writable(self.creator_token)?;
        let token = TokenAccount::load(self.creator_token)?;
        if token.mint != *self.mint.address() {
            return Err(Error::ConstraintTokenMint);
        }
        if token.owner != *creator.address() {
            return Err(Error::ConstraintTokenOwner);
        }
        Ok(())
    }

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

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let mut accounts = Accounts::validate(accounts, program_id)?;
    accounts.side_0.check_creator_token(accounts.creator)?;
    accounts.side_1.check_creator_token(accounts.creator)?;

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

/// The LP mint, and the creator's account for it.
#[inline(never)]
fn create_lp(accounts: &Accounts) -> ProgramResult {
    let bump = [accounts.lp_mint_bump];
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
    let bump = [accounts.observation_bump];
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
    let bump = [accounts.authority_bump];
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
    pool.auth_bump = accounts.authority_bump;
    pool.lp_decimals = LP_DECIMALS;
    pool.decimals_0 = side_0.decimals;
    pool.decimals_1 = side_1.decimals;
    pool.lp_supply = lp_supply;
    pool.open_time = open_time.max(next);
    pool.recent_epoch = clock.epoch;
    Ok(())
}

//! The twenty accounts of initialize, and what is asked of them.

use pinocchio::{AccountView, Address};

use crate::account::{decimals, TokenAccount};
use crate::anchor;
use crate::create::ATA_PROGRAM;
use crate::error::Error;
use crate::initialize::{AUTHORITY, LP_MINT, OBSERVATION, VAULT};
use crate::state::{AmmConfig, State};

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

/// One of the two tokens: what the creator gives and where it goes.
pub struct Side<'a> {
    pub mint: &'a AccountView,
    pub decimals: u8,
    pub creator_token: &'a AccountView,
    pub vault: &'a AccountView,
    pub vault_bump: u8,
    pub token_program: &'a AccountView,
}

impl<'a> Side<'a> {
    /// `given`: mint, the creator's account, vault, token program.
    #[inline(never)]
    fn open(
        given: [&'a AccountView; 4],
        creator: &AccountView,
        pool: &Address,
        program_id: &Address,
    ) -> Result<Self, Error> {
        let [mint, creator_token, vault, token_program] = given;
        anchor::token_program(token_program)?;
        let decimals = decimals(mint)?;
        if !mint.owned_by(token_program.address()) {
            return Err(Error::ConstraintMintTokenProgram);
        }
        anchor::writable(creator_token)?;
        let token = TokenAccount::load(creator_token)?;
        if token.mint != *mint.address() {
            return Err(Error::ConstraintTokenMint);
        }
        if token.owner != *creator.address() {
            return Err(Error::ConstraintTokenOwner);
        }
        let seeds = [VAULT, pool.as_ref(), mint.address().as_ref()];
        let vault_bump = anchor::seeds(vault, &seeds, program_id)?;
        Ok(Self { mint, decimals, creator_token, vault, vault_bump, token_program })
    }
}

pub struct Bumps {
    pub authority: u8,
    pub lp_mint: u8,
    pub observation: u8,
}

pub struct Accounts<'a> {
    pub creator: &'a AccountView,
    pub amm_config: &'a AccountView,
    pub authority: &'a AccountView,
    pub pool: &'a mut AccountView,
    pub side_0: Side<'a>,
    pub side_1: Side<'a>,
    pub lp_mint: &'a AccountView,
    pub creator_lp: &'a AccountView,
    pub fee_receiver: &'a AccountView,
    pub observation: &'a mut AccountView,
    pub token_program: &'a AccountView,
    pub system_program: &'a AccountView,
    pub bumps: Bumps,
}

impl<'a> Accounts<'a> {
    #[inline(never)]
    pub fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [creator, amm_config, authority, pool, mint_0, mint_1, lp_mint, token_0, token_1, creator_lp, vault_0, vault_1, fee_receiver, observation, token_program, program_0, program_1, ata_program, system_program, _rent, ..] =
            accounts
        else {
            return Err(Error::AccountNotEnoughKeys);
        };
        anchor::signer(creator)?;
        AmmConfig::load(amm_config, program_id)?;
        anchor::program(token_program, &pinocchio_token::ID)?;
        anchor::program(ata_program, &ATA_PROGRAM)?;
        anchor::program(system_program, &pinocchio_system::ID)?;
        for account in [&*creator, pool, lp_mint, creator_lp, fee_receiver, observation] {
            anchor::writable(account)?;
        }
        let pool_key = pool.address();
        let bumps = Bumps {
            authority: anchor::seeds(authority, &[AUTHORITY], program_id)?,
            lp_mint: anchor::seeds(lp_mint, &[LP_MINT, pool_key.as_ref()], program_id)?,
            observation: anchor::seeds(observation, &[OBSERVATION, pool_key.as_ref()], program_id)?,
        };
        if mint_0.address().as_array() >= mint_1.address().as_array() {
            return Err(Error::ConstraintRaw);
        }
        let receiver = if program_id == &DEVNET { &DEVNET_FEE_RECEIVER } else { &FEE_RECEIVER };
        anchor::address(fee_receiver, receiver)?;
        anchor::owned_by(fee_receiver, &pinocchio_token::ID)?;
        let side_0 = Side::open([mint_0, token_0, vault_0, program_0], creator, pool_key, program_id)?;
        let side_1 = Side::open([mint_1, token_1, vault_1, program_1], creator, pool_key, program_id)?;
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
            bumps,
        })
    }
}

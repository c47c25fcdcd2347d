//! graduate: anyone moves a complete coin's liquidity into a pool on Raydium, for good.
//!
//! The pool starts at the curve's last price. Its liquidity tokens are burnt in the same instruction, so
//! nobody can ever withdraw it. No pause stops this.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::error::ProgramError;
use pinocchio::sysvars::rent::{Rent, RENT_ID};
use pinocchio::sysvars::Sysvar;
use pinocchio::{AccountView, Address, ProgramResult};

use crate::cpi::wsol::ASSOCIATED_TOKEN;
use crate::data::Reader;
use crate::error::Error;
use crate::events::{Event, Graduated};
use crate::math::graduation::{split, Costs, Estate, Split};
use crate::raydium::{self, Deployment, WSOL};
use crate::state::{Config, Curve, State};
use crate::units::{Atoms, Lamports};
use crate::Context;
use crate::{checks, pda};

mod steps;

pub const DISCRIMINATOR: [u8; 8] = [0x2d, 0xeb, 0xe1, 0xb5, 0x11, 0xda, 0x40, 0x82]; // global:graduate

pub struct Args {
    /// The most that the caller pays if a pool costs more than the coin's cap; 0 is usual.
    pub max_top_up: Lamports,
}

impl Args {
    #[inline(always)]
    fn parse(data: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let args = Self { max_top_up: Lamports(reader.u64()?) };
        reader.finish()?;
        Ok(args)
    }
}

pub struct Accounts<'a> {
    pub caller: &'a AccountView,
    pub curve: &'a mut AccountView,
    pub mint: &'a AccountView,
    pub vault: &'a AccountView,
    pub pool_creator: &'a mut AccountView,
    pub pool: &'a AccountView,
    pub wsol_mint: &'a AccountView,
    pub creator_wsol: &'a AccountView,
    pub creator_lp: &'a AccountView,
    pub raydium_config: &'a AccountView,
    pub raydium_authority: &'a AccountView,
    pub lp_mint: &'a AccountView,
    pub pool_coins: &'a AccountView,
    pub pool_wsol: &'a AccountView,
    pub fee_receiver: &'a AccountView,
    pub observation: &'a AccountView,
    pub token_program: &'a AccountView,
    pub token_2022_program: &'a AccountView,
    pub associated_token_program: &'a AccountView,
    pub system_program: &'a AccountView,
    pub rent: &'a AccountView,
    pub deployment: &'static Deployment,
}

struct Bumps {
    curve: [u8; 1],
    pool_creator: [u8; 1],
    pool: [u8; 1],
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<(Self, Bumps), Error> {
        let [caller, config, curve, mint, vault, pool_creator, pool, wsol_mint, creator_wsol, creator_lp, raydium_config, raydium_authority, lp_mint, pool_coins, pool_wsol, fee_receiver, observation, raydium_program, token_program, token_2022_program, associated_token_program, system_program, rent, ..] =
            accounts
        else {
            return Err(Error::NotEnoughAccounts);
        };
        // caller: a writable plain wallet, else the transfer from it fails.
        checks::signer(caller)?;
        checks::writable(curve)?;
        let state = Curve::load(curve, program_id)?;
        state.check_not_graduated()?;
        state.check_complete()?;
        checks::address(mint, &state.mint)?;
        state.check_vault(vault, program_id)?;
        let coin = mint.address().as_ref();
        let bumps = Bumps {
            curve: [state.bump],
            pool_creator: [pda::find(pool_creator, &[pda::POOL_CREATOR, coin], program_id)?],
            pool: [pda::find(pool, &[pda::POOL, coin], program_id)?],
        };
        let deployment = raydium::deployment(Config::load(config, program_id)?.terms.raydium_set)?;
        checks::address(raydium_config, &deployment.config)?;
        checks::address(raydium_authority, &deployment.authority)?;
        checks::address(fee_receiver, &deployment.fee_receiver)?;
        checks::address(raydium_program, &deployment.program)?;
        checks::address(wsol_mint, &WSOL)?;
        checks::address(token_program, &pinocchio_token::ID)?;
        checks::address(token_2022_program, &pinocchio_token_2022::ID)?;
        checks::address(associated_token_program, &ASSOCIATED_TOKEN)?;
        checks::address(system_program, &pinocchio_system::ID)?;
        checks::address(rent, &RENT_ID)?;
        // creator_wsol: the associated token program takes no other address than pool_creator's.
        // creator_lp, lp_mint, pool_coins, pool_wsol, observation: Raydium derives them from pool and mints
        // and refuses others; what it made of them is checked afterwards.
        // All that change: writable, else the call that changes them fails.
        Ok((
            Self {
                caller,
                curve,
                mint,
                vault,
                pool_creator,
                pool,
                wsol_mint,
                creator_wsol,
                creator_lp,
                raydium_config,
                raydium_authority,
                lp_mint,
                pool_coins,
                pool_wsol,
                fee_receiver,
                observation,
                token_program,
                token_2022_program,
                associated_token_program,
                system_program,
                rent,
                deployment,
            },
            bumps,
        ))
    }
}

/// What will be done, decided before anything is.
struct Plan {
    real_sol: Lamports,
    costs: Costs,
    split: Split,
    /// Atoms that the pool doesn't get.
    surplus: Atoms,
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let (mut accounts, bumps) = Accounts::validate(accounts, program_id)?;
    let plan = plan(&accounts, &args, program_id)?;

    let coin = accounts.mint.address().as_array();
    let curve_seeds = [Seed::from(pda::CURVE), Seed::from(coin), Seed::from(&bumps.curve)];
    let creator_seeds = [Seed::from(pda::POOL_CREATOR), Seed::from(coin), Seed::from(&bumps.pool_creator)];
    let pool_seeds = [Seed::from(pda::POOL), Seed::from(coin), Seed::from(&bumps.pool)];
    let creator = [Signer::from(&creator_seeds)];

    steps::hand_over(&accounts, plan.surplus, &[Signer::from(&curve_seeds)])?;
    steps::fund(&mut accounts, &plan)?;
    steps::wrap(&accounts, plan.split.deposit, &creator)?;
    let sol = steps::make_pool(&accounts, &plan, &[Signer::from(&creator_seeds), Signer::from(&pool_seeds)])?;
    let lp_burnt = steps::clean_up(&accounts, &creator)?;
    let (bounty, rest) = steps::distribute(&accounts, &creator)?;

    let balance = accounts.curve.lamports();
    let curve = Curve::load_mut(accounts.curve, program_id)?;
    curve.graduate(rest, balance)?;
    Graduated {
        discriminator: Graduated::DISCRIMINATOR,
        mint: curve.mint,
        sequence: curve.sequence,
        caller: *accounts.caller.address(),
        pool: *accounts.pool.address(),
        sol,
        atoms: plan.split.tokens,
        atoms_burnt: plan.surplus,
        lp_burnt,
        cost: plan.costs.total,
        top_up: plan.split.top_up,
        bounty,
        protocol_fees: rest,
    }
    .emit();
    Ok(())
}

#[inline(never)]
fn plan(accounts: &Accounts, args: &Args, program_id: &Address) -> Result<Plan, ProgramError> {
    let rent = Rent::get()?;
    let curve = Curve::load(accounts.curve, program_id)?;
    let estate = Estate {
        reserves: curve.reserves(),
        real_sol: curve.real_sol,
        vault: Atoms(raydium::token_amount(accounts.vault)?),
    };
    let token_rent = rent.try_minimum_balance(raydium::TOKEN_ACCOUNT_SIZE)?;
    let fee = raydium::create_pool_fee(accounts.raydium_config, accounts.deployment)?;
    let costs = Costs {
        total: fee.plus(raydium::rents(&rent)?)?,
        cap: Lamports(curve.graduation_cap.into()),
        donated: Lamports(accounts.pool_wsol.lamports().saturating_sub(token_rent)),
    };
    let split = split(&estate, &costs)?;
    if split.top_up > args.max_top_up {
        return Err(Error::CostAboveCap.into());
    }
    Ok(Plan { real_sol: curve.real_sol, costs, split, surplus: estate.vault.minus(split.tokens)? })
}

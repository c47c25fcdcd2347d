//! The calls that graduation makes, in their order.

use pinocchio::cpi::Signer;
use pinocchio::error::ProgramError;
use pinocchio::sysvars::{rent::Rent, Sysvar};
use pinocchio::ProgramResult;
use pinocchio_system::instructions::Transfer;
use pinocchio_token_2022::instructions::{AuthorityType, SetAuthority};

use super::{Accounts, Plan};
use crate::cpi::raydium::{Initialize, PoolSide};
use crate::cpi::system::SettlingTransfer;
use crate::cpi::token::Tokens;
use crate::cpi::wsol::Wrap;
use crate::error::Error;
use crate::lamports;
use crate::math::graduation::share;
use crate::raydium::{self, Deployment, WSOL};
use crate::units::{Atoms, Lamports};

/// The vault, with just the pool's atoms left in it, becomes pool_creator's. The curve has signed for the
/// last time.
#[inline(never)]
pub fn hand_over(accounts: &Accounts, surplus: Atoms, curve: &[Signer; 1]) -> ProgramResult {
    let vault = Tokens { account: accounts.vault, owner: accounts.curve, program: &pinocchio_token_2022::ID };
    vault.burn(accounts.mint, surplus.0, curve)?;
    SetAuthority::new(
        accounts.vault,
        accounts.curve,
        AuthorityType::AccountOwner,
        Some(accounts.pool_creator.address()),
    )
    .invoke_signed(curve)
}

/// The raised SOL goes to pool_creator, and with it what the caller pays. The move by hand comes before
/// other calls, so the first of them names the curve too (`SettlingTransfer`).
#[inline(never)]
pub fn fund(accounts: &mut Accounts, plan: &Plan) -> ProgramResult {
    lamports::pay(accounts.curve, accounts.pool_creator, plan.real_sol)?;
    SettlingTransfer {
        from: accounts.caller,
        to: accounts.pool_creator,
        moved: accounts.curve,
        lamports: plan.split.top_up.0,
    }
    .invoke()
}

#[inline(never)]
pub fn wrap(accounts: &Accounts, deposit: Lamports, creator: &[Signer; 1]) -> ProgramResult {
    Wrap {
        owner: accounts.pool_creator,
        tokens: accounts.creator_wsol,
        mint: accounts.wsol_mint,
        system_program: accounts.system_program,
        token_program: accounts.token_program,
        lamports: deposit.0,
    }
    .invoke(creator)
}

/// Raydium's `initialize`, and whether it did what it was asked. Returns the pool's SOL.
#[inline(never)]
pub fn make_pool(accounts: &Accounts, plan: &Plan, signers: &[Signer; 2]) -> Result<Lamports, ProgramError> {
    let coin = PoolSide {
        mint: accounts.mint,
        token_program: accounts.token_2022_program,
        source: accounts.vault,
        vault: accounts.pool_coins,
        amount: plan.split.tokens.0,
    };
    let wsol = PoolSide {
        mint: accounts.wsol_mint,
        token_program: accounts.token_program,
        source: accounts.creator_wsol,
        vault: accounts.pool_wsol,
        amount: plan.split.deposit.0,
    };
    let wsol_first = WSOL.as_array() < accounts.mint.address().as_array();
    let sides = if wsol_first { [wsol, coin] } else { [coin, wsol] };
    Initialize {
        program: &accounts.deployment.program,
        creator: accounts.pool_creator,
        config: accounts.raydium_config,
        authority: accounts.raydium_authority,
        pool: accounts.pool,
        sides,
        lp_mint: accounts.lp_mint,
        creator_lp: accounts.creator_lp,
        fee_receiver: accounts.fee_receiver,
        observation: accounts.observation,
        token_program: accounts.token_program,
        associated_token_program: accounts.associated_token_program,
        system_program: accounts.system_program,
        rent: accounts.rent,
    }
    .invoke(signers)?;

    let [one, two] = sides;
    let Deployment { program, authority, .. } = accounts.deployment;
    raydium::check_pool(accounts.pool, program, [one.vault, two.vault], accounts.lp_mint)?;
    let coins = raydium::check_vault(coin.vault, &pinocchio_token_2022::ID, coin.mint.address(), authority)?;
    let sol = raydium::check_vault(wsol.vault, &pinocchio_token::ID, &WSOL, authority)?;
    if coins != coin.amount || sol != plan.split.deposit.plus(plan.costs.donated)?.0 {
        return Err(Error::PoolMismatch.into());
    }
    Ok(Lamports(sol))
}

/// Burns all liquidity tokens there are, and closes pool_creator's three token accounts into it. The vault
/// can be closed only if Raydium took every atom. Returns the liquidity tokens burnt.
#[inline(never)]
pub fn clean_up(accounts: &Accounts, creator: &[Signer; 1]) -> Result<u64, ProgramError> {
    let owner = &*accounts.pool_creator;
    let lp = Tokens { account: accounts.creator_lp, owner, program: &pinocchio_token::ID };
    let amount = raydium::token_amount(lp.account)?;
    lp.burn(accounts.lp_mint, amount, creator)?;
    if raydium::mint_supply(accounts.lp_mint)? != 0 {
        return Err(Error::PoolMismatch.into());
    }
    lp.close(creator)?;
    Tokens { account: accounts.creator_wsol, ..lp }.close(creator)?;
    Tokens { account: accounts.vault, owner, program: &pinocchio_token_2022::ID }.close(creator)?;
    Ok(amount)
}

/// Empties pool_creator. Returns what the caller got and what the curve got, as protocol fees.
#[inline(never)]
pub fn distribute(accounts: &Accounts, creator: &[Signer; 1]) -> Result<(Lamports, Lamports), ProgramError> {
    let from = &*accounts.pool_creator;
    // A curve that ended below the live rent minimum would make the runtime refuse the transaction.
    let minimum = Rent::get()?.try_minimum_balance(accounts.curve.data_len())?;
    let needed = Lamports(minimum.saturating_sub(accounts.curve.lamports()));
    let (bounty, rest) = share(Lamports(from.lamports()), needed)?;
    Transfer { from, to: accounts.caller, lamports: bounty.0 }.invoke_signed(creator)?;
    Transfer { from, to: accounts.curve, lamports: rest.0 }.invoke_signed(creator)?;
    if from.lamports() != 0 {
        return Err(Error::Insolvent.into());
    }
    Ok((bounty, rest))
}

//! swap_base_input and swap_base_output: one token for the other along x * y = k.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::sysvars::{clock::Clock, Sysvar};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_token::instructions::TransferChecked;

use crate::account::{decimals, TokenAccount};
use crate::anchor;
use crate::error::Error;
use crate::initialize::AUTHORITY;
use crate::quote::{self, Quote, Rates, Reserves};
use crate::state::{AmmConfig, Observation, PoolState, State, NO_SWAP};
use crate::Context;

pub const BASE_INPUT: [u8; 8] = [0x8f, 0xbe, 0x5a, 0xda, 0xc4, 0x1e, 0x33, 0xde]; // global:swap_base_input
pub const BASE_OUTPUT: [u8; 8] = [0x37, 0xd9, 0x62, 0x56, 0xa3, 0x4a, 0xb4, 0xad]; // global:swap_base_output

/// The two numbers after the discriminator.
fn parse(data: &[u8]) -> Result<(u64, u64), Error> {
    let (first, data) = data.split_first_chunk().ok_or(Error::ArgumentsDidNotDeserialize)?;
    let second = data.first_chunk().ok_or(Error::ArgumentsDidNotDeserialize)?;
    Ok((u64::from_le_bytes(*first), u64::from_le_bytes(*second)))
}

/// The user's account and the vault of one token.
struct Side<'a> {
    user: &'a AccountView,
    vault: &'a AccountView,
    token_program: &'a AccountView,
    mint: &'a AccountView,
    decimals: u8,
}

struct Accounts<'a> {
    payer: &'a AccountView,
    authority: &'a AccountView,
    amm_config: &'a AccountView,
    pool: &'a mut AccountView,
    input: Side<'a>,
    output: Side<'a>,
}

impl<'a> Accounts<'a> {
    /// In Anchor's order: each account by itself, then what holds between them.
    #[inline(never)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [payer, authority, amm_config, pool, user_in, user_out, vault_in, vault_out, program_in, program_out, mint_in, mint_out, observation, ..] =
            accounts
        else {
            return Err(Error::AccountNotEnoughKeys);
        };
        anchor::signer(payer)?;
        AmmConfig::load(amm_config, program_id)?;
        let state = PoolState::load(pool, program_id)?;
        TokenAccount::load(user_in)?;
        TokenAccount::load(user_out)?;
        let (mint_of_in, mint_of_out) =
            (TokenAccount::load(vault_in)?.mint, TokenAccount::load(vault_out)?.mint);
        anchor::token_program(program_in)?;
        anchor::token_program(program_out)?;
        Observation::load(observation, program_id)?;

        anchor::seeds(authority, &[AUTHORITY], program_id)?;
        anchor::address(amm_config, &{ state.amm_config })?;
        for account in [&*pool, user_in, user_out, vault_in, vault_out, observation] {
            anchor::writable(account)?;
        }
        let (vault_0, vault_1) = (state.vault_0, state.vault_1);
        for vault in [&*vault_in, vault_out] {
            if *vault.address() != vault_0 && *vault.address() != vault_1 {
                return Err(Error::ConstraintRaw);
            }
        }
        anchor::address(mint_in, &mint_of_in)?;
        anchor::address(mint_out, &mint_of_out)?;
        anchor::address(observation, &{ state.observation })?;
        let side = |user, vault, token_program, mint| {
            Ok::<_, Error>(Side { user, vault, token_program, mint, decimals: decimals(mint)? })
        };
        let input = side(user_in, vault_in, program_in, mint_in)?;
        let output = side(user_out, vault_out, program_out, mint_out)?;
        Ok(Self { payer, authority, amm_config, pool, input, output })
    }

    /// Whether the input is the pool's first token.
    fn input_first(&self, program_id: &Address) -> Result<bool, Error> {
        let pool = PoolState::load(self.pool, program_id)?;
        let (vault_0, vault_1) = (pool.vault_0, pool.vault_1);
        match (self.input.vault.address(), self.output.vault.address()) {
            (input, output) if *input == vault_0 && *output == vault_1 => Ok(true),
            (input, output) if *input == vault_1 && *output == vault_0 => Ok(false),
            _ => Err(Error::InvalidVault),
        }
    }
}

/// amount_in, minimum_amount_out: all of the input is swapped.
#[inline(never)]
pub fn base_input(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let (input, minimum) = parse(data)?;
    let swap = Swap::open(accounts, program_id)?;
    let quote = quote::base_input(swap.reserves, input, swap.rates)?;
    if quote.input == 0 || quote.output == 0 {
        return Err(Error::RequireGt.into());
    }
    if quote.output < minimum {
        return Err(Error::ExceededSlippage.into());
    }
    swap.settle(quote, true, program_id)
}

/// max_amount_in, amount_out: just that output is bought.
#[inline(never)]
pub fn base_output(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let (maximum, output) = parse(data)?;
    let swap = Swap::open(accounts, program_id)?;
    if output == 0 {
        return Err(Error::RequireGt.into());
    }
    let quote = quote::base_output(swap.reserves, output, swap.rates)?;
    if quote.input > maximum {
        return Err(Error::ExceededSlippage.into());
    }
    swap.settle(quote, false, program_id)
}

/// A swap that may happen, before its amounts are known.
struct Swap<'a> {
    accounts: Accounts<'a>,
    rates: Rates,
    reserves: Reserves,
    input_first: bool,
    epoch: u64,
}

impl<'a> Swap<'a> {
    #[inline(always)]
    fn open(
        accounts: &'a mut [AccountView],
        program_id: &Address,
    ) -> Result<Self, pinocchio::error::ProgramError> {
        let accounts = Accounts::validate(accounts, program_id)?;
        let clock = Clock::get()?;
        let now = u64::try_from(clock.unix_timestamp).map_err(|_| Error::MathOverflow)?;
        let pool = PoolState::load(accounts.pool, program_id)?;
        if pool.status & NO_SWAP != 0 || now < pool.open_time {
            return Err(Error::NotApproved.into());
        }
        let input_first = accounts.input_first(program_id)?;
        let reserves = Reserves {
            input: pool.reserve(input_first, TokenAccount::load(accounts.input.vault)?.amount)?,
            output: pool.reserve(!input_first, TokenAccount::load(accounts.output.vault)?.amount)?,
        };
        let rates = AmmConfig::load(accounts.amm_config, program_id)?.rates();
        Ok(Self { accounts, rates, reserves, input_first, epoch: clock.epoch })
    }

    /// Books the fees, tells of the swap and moves both tokens.
    #[inline(always)]
    fn settle(self, quote: Quote, base_input: bool, program_id: &Address) -> ProgramResult {
        let Accounts { payer, authority, pool, input, output, .. } = self.accounts;
        let pool_key = *pool.address();
        let pool = PoolState::load_mut(pool, program_id)?;
        pool.book(self.input_first, &quote, self.epoch)?;
        let bump = [pool.auth_bump];
        SwapEvent {
            discriminator: SwapEvent::DISCRIMINATOR,
            pool: pool_key,
            input_reserve: self.reserves.input,
            output_reserve: self.reserves.output,
            input: quote.input,
            output: quote.output,
            input_transfer_fee: 0,
            output_transfer_fee: 0,
            base_input: u8::from(base_input),
            input_mint: *input.mint.address(),
            output_mint: *output.mint.address(),
            trade_fee: quote.fee,
            creator_fee: 0,
            creator_fee_on_input: 1,
        }
        .emit();
        TransferChecked::new(input.user, input.mint, input.vault, payer, quote.input, input.decimals)
            .invoke_with_program(input.token_program.address())?;
        let seeds = [Seed::from(AUTHORITY), Seed::from(&bump)];
        TransferChecked::new(output.vault, output.mint, output.user, authority, quote.output, output.decimals)
            .invoke_signed_with_program(&[Signer::from(&seeds)], output.token_program.address())
    }
}

/// One `Program data:` line; reserves are those before the swap.
#[repr(C, packed)]
struct SwapEvent {
    discriminator: [u8; 8],
    pool: Address,
    input_reserve: u64,
    output_reserve: u64,
    input: u64,
    output: u64,
    input_transfer_fee: u64,
    output_transfer_fee: u64,
    base_input: u8,
    input_mint: Address,
    output_mint: Address,
    trade_fee: u64,
    creator_fee: u64,
    creator_fee_on_input: u8,
}

const _: () = assert!(core::mem::size_of::<SwapEvent>() == 170);

impl SwapEvent {
    const DISCRIMINATOR: [u8; 8] = [0x40, 0xc6, 0xcd, 0xe8, 0x26, 0x08, 0x71, 0xe2];

    #[inline(always)]
    fn emit(&self) {
        // SAFETY: packed, so every one of the `size_of` bytes is an initialized field's.
        let bytes =
            unsafe { core::slice::from_raw_parts((self as *const Self).cast::<u8>(), size_of::<Self>()) };
        #[cfg(target_arch = "bpf")]
        // SAFETY: a `&[&[u8]]` of one element is what the syscall reads.
        unsafe {
            pinocchio::syscalls::sol_log_data([bytes].as_ptr().cast(), 1);
        }
        #[cfg(not(target_arch = "bpf"))]
        core::hint::black_box(bytes);
    }
}

//! buy: SOL for a coin, along the curve. The first buy is a `buy` in the launch's transaction.

use pinocchio::cpi::{Seed, Signer};
use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_system::instructions::Transfer;
use pinocchio_token_2022::instructions::TransferChecked;

use crate::data::Reader;
use crate::error::Error;
use crate::instructions::launch::DECIMALS;
use crate::math::curve;
use crate::state::{Config, Curve, Side, State, Trade};
use crate::sys::{check_deadline, Now};
use crate::units::{Atoms, Lamports, Slot};
use crate::Context;
use crate::{checks, pda};

pub const DISCRIMINATOR: [u8; 8] = [0x66, 0x06, 0x3d, 0x12, 0x01, 0xda, 0xeb, 0xea]; // global:buy

pub struct Args {
    /// The most to pay, fee included.
    pub max_in: Lamports,
    /// The least to get for the whole of `max_in`; a clamped fill is held to the same price.
    pub min_out: Atoms,
    pub deadline: Slot,
}

impl Args {
    #[inline(always)]
    fn parse(data: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let args = Self {
            max_in: Lamports(reader.u64()?),
            min_out: Atoms(reader.u64()?),
            deadline: Slot(reader.u64()?),
        };
        reader.finish()?;
        Ok(args)
    }
}

pub struct Accounts<'a> {
    pub buyer: &'a AccountView,
    pub config: &'a AccountView,
    pub curve: &'a mut AccountView,
    pub mint: &'a AccountView,
    pub vault: &'a AccountView,
    pub buyer_tokens: &'a AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [buyer, config, curve, mint, vault, buyer_tokens, _token_program, _system_program, ..] = accounts
        else {
            return Err(Error::NotEnoughAccounts);
        };
        // buyer: writable, system-owned and without data: else the System transfer fails.
        checks::signer(buyer)?;
        // config and curve: owner and kind are checked where they are loaded.
        checks::writable(curve)?;
        checks::address(mint, &Curve::load(curve, program_id)?.mint)?;
        Curve::load(curve, program_id)?.check_vault(vault, program_id)?;
        // buyer_tokens: a writable account of this mint, else the token transfer fails; to the vault itself
        // it would succeed and give nothing. Whose account it is, is the buyer's choice.
        checks::distinct(vault, buyer_tokens)?;
        Ok(Self { buyer, config, curve, mint, vault, buyer_tokens })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let accounts = Accounts::validate(accounts, program_id)?;
    let now = Now::get()?;
    check_deadline(now.slot, args.deadline)?;
    Config::load(accounts.config, program_id)?.check_not_paused(now.time)?;

    let curve = Curve::load(accounts.curve, program_id)?;
    curve.check_not_graduated()?;
    let terms = curve.fee_terms();
    let bps = terms.at(now.slot)?;
    let fill = curve::buy(curve.reserves(), bps, args.max_in, args.min_out)?;
    let creator_fee = terms.creator_share(fill.fee, bps)?;
    let bump = [curve.bump];

    let lamports = fill.sol.plus(fill.fee)?.0;
    Transfer { from: accounts.buyer, to: accounts.curve, lamports }.invoke()?;
    let seeds = [Seed::from(pda::CURVE), Seed::from(accounts.mint.address().as_array()), Seed::from(&bump)];
    TransferChecked::new(
        accounts.vault,
        accounts.mint,
        accounts.buyer_tokens,
        accounts.curve,
        fill.atoms.0,
        DECIMALS,
    )
    .invoke_signed(&[Signer::from(&seeds)])?;

    let trade =
        Trade { side: Side::Buy, trader: *accounts.buyer.address(), fill, creator_fee, slot: now.slot };
    let balance = accounts.curve.lamports();
    Curve::load_mut(accounts.curve, program_id)?.settle(&trade, balance)?;
    Ok(())
}

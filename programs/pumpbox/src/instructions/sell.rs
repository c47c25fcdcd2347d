//! sell: a coin for SOL, along the curve. No pause stops it.

use pinocchio::{AccountView, Address, ProgramResult};
use pinocchio_token_2022::instructions::TransferChecked;

use crate::data::Reader;
use crate::error::Error;
use crate::instructions::launch::DECIMALS;
use crate::math::curve;
use crate::state::{Curve, Side, State, Trade};
use crate::sys::{check_deadline, Now};
use crate::units::{Atoms, Lamports, Slot};
use crate::Context;
use crate::{checks, lamports};

pub const DISCRIMINATOR: [u8; 8] = [0x33, 0xe6, 0x85, 0xa4, 0x01, 0x7f, 0x83, 0xad]; // global:sell

pub struct Args {
    pub amount: Atoms,
    /// The least to be paid, after the fee.
    pub min_out: Lamports,
    pub deadline: Slot,
}

impl Args {
    #[inline(always)]
    fn parse(data: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader(data);
        let args = Self {
            amount: Atoms(reader.u64()?),
            min_out: Lamports(reader.u64()?),
            deadline: Slot(reader.u64()?),
        };
        reader.finish()?;
        Ok(args)
    }
}

pub struct Accounts<'a> {
    pub seller: &'a mut AccountView,
    pub curve: &'a mut AccountView,
    pub mint: &'a AccountView,
    pub vault: &'a AccountView,
    pub seller_tokens: &'a AccountView,
}

impl<'a> Accounts<'a> {
    #[inline(always)]
    fn validate(accounts: &'a mut [AccountView], program_id: &Address) -> Result<Self, Error> {
        let [seller, curve, mint, vault, seller_tokens, _token_program, ..] = accounts else {
            return Err(Error::NotEnoughAccounts);
        };
        checks::signer(seller)?;
        checks::writable(seller)?;
        // curve: owner and kind are checked where it is loaded.
        checks::writable(curve)?;
        checks::address(mint, &Curve::load(curve, program_id)?.mint)?;
        // Coins sent to any other account than the vault would be paid for and not be there.
        Curve::load(curve, program_id)?.check_vault(vault, program_id)?;
        // seller_tokens: an account of this mint that the seller may spend from, else the token transfer
        // fails. The vault is not: its owner is the curve, which signs nothing here.
        Ok(Self { seller, curve, mint, vault, seller_tokens })
    }
}

#[inline(never)]
pub fn process(context: Context) -> ProgramResult {
    let Context { program_id, accounts, data } = context;
    let args = Args::parse(data)?;
    let accounts = Accounts::validate(accounts, program_id)?;
    let slot = Now::slot()?;
    check_deadline(slot, args.deadline)?;

    let curve = Curve::load(accounts.curve, program_id)?;
    curve.check_not_graduated()?;
    let terms = curve.fee_terms();
    let fill = curve::sell(curve.reserves(), terms.normal, args.amount, args.min_out)?;
    let creator_fee = terms.creator_share(fill.fee, terms.normal)?;

    TransferChecked::new(
        accounts.seller_tokens,
        accounts.mint,
        accounts.vault,
        accounts.seller,
        fill.atoms.0,
        DECIMALS,
    )
    .invoke()?;
    // Lamports move last: a call after a move fails with UnbalancedInstruction.
    lamports::pay(accounts.curve, accounts.seller, fill.sol.minus(fill.fee)?)?;

    let trade = Trade { side: Side::Sell, trader: *accounts.seller.address(), fill, creator_fee, slot };
    let balance = accounts.curve.lamports();
    Curve::load_mut(accounts.curve, program_id)?.settle(&trade, balance)?;
    Ok(())
}

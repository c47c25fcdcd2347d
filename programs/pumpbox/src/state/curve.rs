//! One coin's market: what it copied from Config at launch, its reserves, and the SOL it holds.

use pinocchio::{AccountView, Address};

use crate::error::Error;
use crate::events::{Event, Traded};
use crate::math::curve::{FeeTerms, Fill, Reserves, FINAL_TOKENS, INITIAL_TOKENS};
use crate::math::wide::mul;
use crate::state::{CoinTerms, State};
use crate::units::{Atoms, Bps, Lamports, Slot};

/// Flag: the liquidity moved to the pool; the curve only pays out fees.
pub const GRADUATED: u8 = 1;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Curve {
    pub discriminator: [u8; 8],
    /// R and T.
    pub virtual_sol: Lamports,
    pub virtual_tokens: Atoms,
    /// SOL that sellers can take out; R - R0 until graduation, then 0.
    pub real_sol: Lamports,
    /// Fees taken but not yet swept.
    pub protocol_fees: Lamports,
    pub creator_fees: Lamports,
    /// `real_sol` when T last reached its end; 0 = not complete.
    pub completed_sol: Lamports,
    /// Lamports that keep this account alive, as the rent sysvar said at launch; never read again.
    pub rent_deposit: Lamports,
    pub launch_slot: Slot,
    /// Number of this coin's last event; launch is 1.
    pub sequence: u64,
    /// The most that graduation may take from the raised SOL for Raydium's costs.
    pub graduation_cap: u32,
    pub schedule_slots: u16,
    pub fee: Bps,
    pub creator_fee: Bps,
    pub schedule_fee: Bps,
    pub flags: u8,
    pub bump: u8,
    pub vault_bump: u8,
    pub reserved: u8,
    /// R0.
    pub initial_sol: Lamports,
    pub mint: Address,
    pub creator: Address,
    pub fee_recipient: Address,
}

const _: () = assert!(core::mem::size_of::<Curve>() == 200);

// SAFETY: integers and byte arrays in `repr(C)`; the size above is the sum of the fields, so no padding.
unsafe impl State for Curve {
    const DISCRIMINATOR: [u8; 8] = [0xbf, 0xb4, 0xf9, 0x42, 0xb4, 0x47, 0x33, 0xb6]; // account:Curve
}

/// Which way a trade goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Buy,
    Sell,
}

/// A trade that was made, as it is booked and told.
pub struct Trade {
    pub side: Side,
    pub trader: Address,
    pub fill: Fill,
    pub creator_fee: Lamports,
    pub slot: Slot,
}

/// What is particular to one coin when it is launched; the rest is copied from Config.
pub struct Origin {
    pub mint: Address,
    pub creator: Address,
    pub launch_slot: Slot,
    pub rent_deposit: Lamports,
    pub bump: u8,
    pub vault_bump: u8,
}

impl Curve {
    /// A coin's first state: number 1 of its events, nothing sold.
    #[inline(always)]
    pub fn at_launch(terms: &CoinTerms, origin: Origin) -> Self {
        Self {
            discriminator: Self::DISCRIMINATOR,
            virtual_sol: terms.initial_sol,
            virtual_tokens: INITIAL_TOKENS,
            real_sol: Lamports(0),
            protocol_fees: Lamports(0),
            creator_fees: Lamports(0),
            completed_sol: Lamports(0),
            rent_deposit: origin.rent_deposit,
            launch_slot: origin.launch_slot,
            sequence: 1,
            graduation_cap: terms.graduation_cap,
            schedule_slots: terms.schedule_slots,
            fee: terms.fee,
            creator_fee: terms.creator_fee,
            schedule_fee: terms.schedule_fee,
            flags: 0,
            bump: origin.bump,
            vault_bump: origin.vault_bump,
            reserved: 0,
            initial_sol: terms.initial_sol,
            mint: origin.mint,
            creator: origin.creator,
            fee_recipient: origin.creator,
        }
    }

    #[inline(always)]
    pub fn reserves(&self) -> Reserves {
        Reserves { sol: self.virtual_sol, tokens: self.virtual_tokens }
    }

    #[inline(always)]
    pub fn fee_terms(&self) -> FeeTerms {
        FeeTerms {
            normal: self.fee,
            creator: self.creator_fee,
            high: self.schedule_fee,
            schedule_slots: self.schedule_slots,
            launch_slot: self.launch_slot,
        }
    }

    #[inline(always)]
    pub fn check_not_graduated(&self) -> Result<(), Error> {
        if self.flags & GRADUATED != 0 {
            return Err(Error::Graduated);
        }
        Ok(())
    }

    /// Everything was sold, and no more than 5 % of the raised SOL was sold back out since.
    #[inline(always)]
    pub fn check_complete(&self) -> Result<(), Error> {
        if self.completed_sol.0 == 0 {
            return Err(Error::NotComplete);
        }
        Ok(())
    }

    /// Books a trade whose lamports have moved: reserves, fees, completeness, sequence; then checks that
    /// the account's `balance` covers what it owes, and tells.
    #[inline(always)]
    pub fn settle(&mut self, trade: &Trade, balance: u64) -> Result<(), Error> {
        let fill = &trade.fill;
        self.virtual_sol = fill.after.sol;
        self.virtual_tokens = fill.after.tokens;
        let protocol_fee = fill.fee.minus(trade.creator_fee)?;
        self.creator_fees = self.creator_fees.plus(trade.creator_fee)?;
        self.protocol_fees = self.protocol_fees.plus(protocol_fee)?;
        match trade.side {
            Side::Buy => self.take_in(fill.sol)?,
            Side::Sell => self.give_out(fill.sol)?,
        }
        self.next_sequence()?;
        self.check_solvent(balance)?;
        Traded::new(self, trade, protocol_fee).emit();
        Ok(())
    }

    /// At T_END the curve is complete; what it has raised by then is remembered.
    #[inline(always)]
    fn take_in(&mut self, sol: Lamports) -> Result<(), Error> {
        self.real_sol = self.real_sol.plus(sol)?;
        if self.virtual_tokens == FINAL_TOKENS {
            self.completed_sol = self.real_sol;
        }
        Ok(())
    }

    /// A complete curve stays so until more than 5 % of what it had then is gone: dust can't hold it back.
    #[inline(always)]
    fn give_out(&mut self, sol: Lamports) -> Result<(), Error> {
        self.real_sol = self.real_sol.minus(sol).map_err(|_| Error::Insolvent)?;
        if below_95_percent(self.real_sol, self.completed_sol) {
            self.completed_sol = Lamports(0);
        }
        Ok(())
    }

    /// Books graduation: the market is over, its SOL gone; `rest` of it came back as protocol fees.
    #[inline(always)]
    pub fn graduate(&mut self, rest: Lamports, balance: u64) -> Result<(), Error> {
        self.flags |= GRADUATED;
        self.real_sol = Lamports(0);
        self.protocol_fees = self.protocol_fees.plus(rest)?;
        self.next_sequence()?;
        self.check_solvent(balance)
    }

    #[inline(always)]
    pub fn next_sequence(&mut self) -> Result<(), Error> {
        self.sequence = self.sequence.checked_add(1).ok_or(Error::MathOverflow)?;
        Ok(())
    }

    /// Invariant 1: the account holds at least its rent, what sellers can take and the unswept fees.
    /// More than that is a donation and stays.
    #[inline(always)]
    pub fn check_solvent(&self, balance: u64) -> Result<(), Error> {
        let owed =
            self.rent_deposit.plus(self.real_sol)?.plus(self.protocol_fees)?.plus(self.creator_fees)?;
        if balance < owed.0 {
            return Err(Error::Insolvent);
        }
        Ok(())
    }

    /// The vault is the one derived from this coin: its address is the hash of its seeds and stored bump.
    #[inline(always)]
    pub fn check_vault(&self, vault: &AccountView, program_id: &Address) -> Result<(), Error> {
        crate::pda::check(vault, &[crate::pda::VAULT, self.mint.as_ref(), &[self.vault_bump]], program_id)
    }
}

/// `real_sol < completed_sol * 95 / 100`, exact. False for 0: nothing is below nothing.
#[inline(always)]
fn below_95_percent(real_sol: Lamports, completed_sol: Lamports) -> bool {
    mul(real_sol.0, 100) < mul(completed_sol.0, 95)
}

//! Raydium's accounts, byte for byte: packed, little-endian, an 8-byte discriminator first.

use pinocchio::{AccountView, Address};

use crate::anchor;
use crate::error::Error;
use crate::quote::{Quote, Rates};

/// An account type of this program.
///
/// # Safety
/// The type is `repr(C, packed)` and valid for every bit pattern.
pub unsafe trait State: Sized {
    const DISCRIMINATOR: [u8; 8];
    const SIZE: usize = core::mem::size_of::<Self>();

    #[inline(always)]
    fn load<'a>(account: &'a AccountView, program_id: &Address) -> Result<&'a Self, Error> {
        check::<Self>(account, program_id)?;
        // SAFETY: 1-aligned, its size was checked, any bytes are valid; `load_mut` borrows exclusively.
        Ok(unsafe { &*account.data_ptr().cast::<Self>() })
    }

    /// An account just created: zeros, until its discriminator is written here.
    #[inline(always)]
    fn create(account: &mut AccountView) -> Result<&mut Self, Error> {
        if account.data_len() != Self::SIZE {
            return Err(Error::AccountDidNotDeserialize);
        }
        // SAFETY: 1-aligned, its size was checked, any bytes are valid; the borrow is exclusive.
        let state = unsafe {
            let data = account.data_mut_ptr();
            data.cast::<[u8; 8]>().write(Self::DISCRIMINATOR);
            &mut *data.cast::<Self>()
        };
        Ok(state)
    }

    #[inline(always)]
    fn load_mut<'a>(account: &'a mut AccountView, program_id: &Address) -> Result<&'a mut Self, Error> {
        check::<Self>(account, program_id)?;
        // SAFETY: as in `load`; the borrow of `account` is exclusive, and no other account of the
        // instruction can be of this type.
        Ok(unsafe { &mut *account.data_mut_ptr().cast::<Self>() })
    }
}

#[inline(always)]
fn check<T: State>(account: &AccountView, program_id: &Address) -> Result<(), Error> {
    anchor::owned_by(account, program_id)?;
    // SAFETY: nothing borrows this data mutably while it is looked at.
    let data = unsafe { account.borrow_unchecked() };
    if data.first_chunk() != Some(&T::DISCRIMINATOR) {
        return Err(Error::AccountDiscriminatorMismatch);
    }
    if data.len() < T::SIZE {
        return Err(Error::AccountDidNotDeserialize);
    }
    Ok(())
}

/// A fee tier.
#[repr(C, packed)]
pub struct AmmConfig {
    pub discriminator: [u8; 8],
    pub bump: u8,
    pub disable_create_pool: u8,
    pub index: u16,
    pub trade_fee_rate: u64,
    pub protocol_fee_rate: u64,
    pub fund_fee_rate: u64,
    /// Lamports.
    pub create_pool_fee: u64,
    pub protocol_owner: Address,
    pub fund_owner: Address,
    pub creator_fee_rate: u64,
    pub padding: [u64; 15],
}

const _: () = assert!(core::mem::size_of::<AmmConfig>() == 236);

// SAFETY: packed integers and byte arrays.
unsafe impl State for AmmConfig {
    const DISCRIMINATOR: [u8; 8] = [0xda, 0xf4, 0x21, 0x68, 0xcb, 0xcb, 0x2b, 0x6f];
}

impl AmmConfig {
    #[inline(always)]
    pub fn rates(&self) -> Rates {
        Rates { trade: self.trade_fee_rate, protocol: self.protocol_fee_rate, fund: self.fund_fee_rate }
    }
}

/// Bit of `status` that stops swaps.
pub const NO_SWAP: u8 = 4;

#[repr(C, packed)]
pub struct PoolState {
    pub discriminator: [u8; 8],
    pub amm_config: Address,
    pub pool_creator: Address,
    pub vault_0: Address,
    pub vault_1: Address,
    pub lp_mint: Address,
    pub mint_0: Address,
    pub mint_1: Address,
    pub token_program_0: Address,
    pub token_program_1: Address,
    pub observation: Address,
    pub auth_bump: u8,
    pub status: u8,
    pub lp_decimals: u8,
    pub decimals_0: u8,
    pub decimals_1: u8,
    pub lp_supply: u64,
    pub protocol_fees_0: u64,
    pub protocol_fees_1: u64,
    pub fund_fees_0: u64,
    pub fund_fees_1: u64,
    /// Unix seconds; no swap before it.
    pub open_time: u64,
    pub recent_epoch: u64,
    pub creator_fee_on: u8,
    pub enable_creator_fee: u8,
    pub padding_1: [u8; 6],
    pub creator_fees_0: u64,
    pub creator_fees_1: u64,
    pub padding_2: [u64; 28],
}

const _: () = assert!(core::mem::size_of::<PoolState>() == 637);

// SAFETY: packed integers and byte arrays.
unsafe impl State for PoolState {
    const DISCRIMINATOR: [u8; 8] = [0xf7, 0xed, 0xe3, 0xf5, 0xd7, 0xc3, 0xde, 0x46];
}

impl PoolState {
    /// What of a vault's amount is the pool's: fees that were taken and not yet collected are not.
    #[inline(always)]
    pub fn reserve(&self, first: bool, amount: u64) -> Result<u64, Error> {
        let (protocol, fund, creator) = if first {
            (self.protocol_fees_0, self.fund_fees_0, self.creator_fees_0)
        } else {
            (self.protocol_fees_1, self.fund_fees_1, self.creator_fees_1)
        };
        let less = |amount: u64, fees: u64| amount.checked_sub(fees).ok_or(Error::MathOverflow);
        less(less(less(amount, protocol)?, fund)?, creator)
    }

    /// Books a swap's fees on the side of its input.
    #[inline(always)]
    pub fn book(&mut self, input_first: bool, quote: &Quote, epoch: u64) -> Result<(), Error> {
        let more = |fees: u64, share: u64| fees.checked_add(share).ok_or(Error::MathOverflow);
        if input_first {
            self.protocol_fees_0 = more(self.protocol_fees_0, quote.protocol)?;
            self.fund_fees_0 = more(self.fund_fees_0, quote.fund)?;
        } else {
            self.protocol_fees_1 = more(self.protocol_fees_1, quote.protocol)?;
            self.fund_fees_1 = more(self.fund_fees_1, quote.fund)?;
        }
        self.recent_epoch = epoch;
        Ok(())
    }
}

/// The price observation; its entries are not kept here.
#[repr(C, packed)]
pub struct Observation {
    pub discriminator: [u8; 8],
    pub initialized: u8,
    pub index: u16,
    pub pool: Address,
    pub entries: [u8; 4_000],
    pub last_update: u64,
    pub padding: [u8; 24],
}

const _: () = assert!(core::mem::size_of::<Observation>() == 4_075);

// SAFETY: packed integers and byte arrays.
unsafe impl State for Observation {
    const DISCRIMINATOR: [u8; 8] = [0x7a, 0xae, 0xc5, 0x35, 0x81, 0x09, 0xa5, 0x84];
}

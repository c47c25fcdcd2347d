//! The installation's one Config: who governs, what new coins copy, the pause.

use pinocchio::Address;

use crate::error::Error;
use crate::math::curve::{MAX_FEE, MAX_INITIAL_SOL, MAX_SCHEDULE_FEE, MIN_INITIAL_SOL};
use crate::state::State;
use crate::units::{Bps, Lamports, Seconds};

pub const MAX_COUNCIL: usize = 9;
/// Bounds of the council's time lock: 48 hours to 30 days.
pub const MIN_LOCK: Seconds = Seconds(172_800);
pub const MAX_LOCK: Seconds = Seconds(2_592_000);
/// A launch schedule ends within about an hour.
pub const MAX_SCHEDULE_SLOTS: u16 = 9_000;
/// 1 SOL.
pub const MAX_GRADUATION_CAP: u32 = 1_000_000_000;
/// Sets of Raydium's addresses that the program knows: 1 mainnet, 2 devnet.
const RAYDIUM_SETS: core::ops::RangeInclusive<u8> = 1..=2;

/// What a coin copies at launch. No later change touches a coin that exists.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CoinTerms {
    /// R0.
    pub initial_sol: Lamports,
    pub graduation_cap: u32,
    pub schedule_slots: u16,
    pub fee: Bps,
    pub creator_fee: Bps,
    pub schedule_fee: Bps,
    /// Council members in use, and how many of them decide.
    pub council_len: u8,
    pub threshold: u8,
    pub raydium_set: u8,
    pub bump: u8,
}

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Config {
    pub discriminator: [u8; 8],
    /// Grows with every change of terms, keys or council; a launch names the one it saw.
    pub config_version: u64,
    /// Number of the last event about Config or its proposals; initialize is 1.
    pub sequence: u64,
    pub next_proposal: u64,
    pub next_epoch: u64,
    pub time_lock: Seconds,
    /// Launches and buys are refused before this time.
    pub paused_until: Seconds,
    /// The guardian may not pause before this time.
    pub pause_allowed_at: Seconds,
    pub terms: CoinTerms,
    pub reserved: [u64; 5],
    pub guardian: Address,
    pub treasury: Address,
    pub rewards: Address,
    pub council: [Address; MAX_COUNCIL],
}

const _: () = assert!(core::mem::size_of::<Config>() == 512);

// SAFETY: integers and byte arrays in `repr(C)`; the size above is the sum of the fields, so no padding.
unsafe impl State for Config {
    const DISCRIMINATOR: [u8; 8] = [0x9b, 0x0c, 0xaa, 0xe0, 0x1e, 0xfa, 0xcc, 0x82]; // account:Config
}

impl Config {
    #[inline(always)]
    pub fn check_not_paused(&self, now: Seconds) -> Result<(), Error> {
        if now < self.paused_until {
            return Err(Error::Paused);
        }
        Ok(())
    }

    /// Everything that must hold of a Config that anyone sets, now or by a proposal.
    pub fn validate(&self) -> Result<(), Error> {
        let named = [&self.guardian, &self.treasury, &self.rewards];
        let valid = self.terms.is_valid()
            && (MIN_LOCK..=MAX_LOCK).contains(&self.time_lock)
            && RAYDIUM_SETS.contains(&self.terms.raydium_set)
            && named.iter().all(|key| !is_zero(key))
            && self.has_valid_council();
        if !valid {
            return Err(Error::InvalidConfig);
        }
        Ok(())
    }

    /// 1 to 9 distinct keys, none zero, the rest of the array zero; a threshold that they can reach.
    fn has_valid_council(&self) -> bool {
        let len = usize::from(self.terms.council_len);
        let Some((members, unused)) = self.council.split_at_checked(len) else {
            return false;
        };
        let distinct = members
            .iter()
            .enumerate()
            .all(|(i, key)| !members.iter().skip(i.saturating_add(1)).any(|other| other == key));
        distinct
            && members.iter().all(|key| !is_zero(key))
            && unused.iter().all(is_zero)
            && (1..=self.terms.council_len).contains(&self.terms.threshold)
    }
}

impl CoinTerms {
    fn is_valid(&self) -> bool {
        let schedule = if self.schedule_slots == 0 {
            self.schedule_fee.0 == 0
        } else {
            self.schedule_slots <= MAX_SCHEDULE_SLOTS
                && (self.fee..=MAX_SCHEDULE_FEE).contains(&self.schedule_fee)
        };
        schedule
            && (MIN_INITIAL_SOL..=MAX_INITIAL_SOL).contains(&self.initial_sol)
            && self.fee <= MAX_FEE
            && self.creator_fee <= self.fee
            && self.graduation_cap <= MAX_GRADUATION_CAP
    }
}

#[inline(always)]
pub fn is_zero(key: &Address) -> bool {
    key.as_array() == &[0u8; 32]
}

//! The installation's one Config: who governs, what new coins copy, the pause.

use pinocchio::Address;

use crate::error::Error;
use crate::math::curve::{MAX_FEE, MAX_INITIAL_SOL, MAX_SCHEDULE_FEE, MIN_INITIAL_SOL};
use crate::math::governance::{Pause, MAX_LOCK, MIN_LOCK};
use crate::state::{Action, State};
use crate::units::{Bps, Lamports, Seconds};

pub const MAX_COUNCIL: usize = 9;
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

    #[inline(always)]
    pub fn next_sequence(&mut self) -> Result<(), Error> {
        self.sequence = self.sequence.checked_add(1).ok_or(Error::MathOverflow)?;
        Ok(())
    }

    #[inline(always)]
    pub fn pause(&self) -> Pause {
        Pause { until: self.paused_until, next_at: self.pause_allowed_at }
    }

    #[inline(always)]
    pub fn set_pause(&mut self, pause: Pause) {
        self.paused_until = pause.until;
        self.pause_allowed_at = pause.next_at;
    }

    /// A council member's place, which is their bit in approvals.
    #[inline(always)]
    pub fn member(&self, key: &Address) -> Result<usize, Error> {
        self.council
            .iter()
            .take(usize::from(self.terms.council_len))
            .position(|member| member == key)
            .ok_or(Error::Unauthorized)
    }

    /// Changes what `action` says and holds the result to the compiled bounds. Whatever changes terms, keys,
    /// council or code is a new version, which voids all other proposals and the launches that saw the old
    /// one; a pause and its end are not, or the guardian could void proposals by pausing.
    #[inline(never)]
    pub fn apply(&mut self, action: &Action) -> Result<(), Error> {
        match action {
            Action::SetTerms(terms) => {
                self.terms.initial_sol = terms.initial_sol;
                self.terms.graduation_cap = terms.graduation_cap;
                self.terms.schedule_slots = terms.schedule_slots;
                self.terms.fee = terms.fee;
                self.terms.creator_fee = terms.creator_fee;
                self.terms.schedule_fee = terms.schedule_fee;
            }
            Action::SetKeys { treasury, rewards } => {
                self.treasury = *treasury;
                self.rewards = *rewards;
            }
            Action::SetTimeLock(lock) => self.time_lock = *lock,
            Action::RotateCouncil(council) => {
                self.council = council.members;
                self.terms.council_len = council.len;
                self.terms.threshold = council.threshold;
            }
            Action::RotateGuardian(guardian) => self.guardian = *guardian,
            Action::ReplaceCode { .. } => {}
            Action::EndPause => return Ok(()),
        }
        self.config_version = self.config_version.checked_add(1).ok_or(Error::MathOverflow)?;
        self.validate()
    }

    /// Everything that must hold of a Config that anyone sets, now or by a proposal.
    #[inline(never)]
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
    #[inline(never)]
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

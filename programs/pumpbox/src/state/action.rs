//! What a proposal does: a Borsh enum, so that any client reads it from the IDL.

use pinocchio::Address;

use crate::data::Reader;
use crate::error::Error;
use crate::math::governance::Delay;
use crate::state::MAX_COUNCIL;
use crate::units::{Bps, Lamports, Seconds};

/// Bytes of the longest: a tag, a threshold, a length and nine members.
pub const MAX_ACTION: usize = 1 + 1 + 4 + 32 * MAX_COUNCIL;

/// What coins launched from now on copy. The set of Raydium's addresses is not among it: it never changes.
pub struct Terms {
    pub initial_sol: Lamports,
    pub graduation_cap: u32,
    pub schedule_slots: u16,
    pub fee: Bps,
    pub creator_fee: Bps,
    pub schedule_fee: Bps,
}

/// Members first, zeros after them.
pub struct Council {
    pub threshold: u8,
    pub len: u8,
    pub members: [Address; MAX_COUNCIL],
}

/// The variants' order is their tag on the wire: append, never renumber.
#[allow(clippy::large_enum_variant)] // there is no heap to box the largest in
pub enum Action {
    SetTerms(Terms),
    SetKeys { treasury: Address, rewards: Address },
    SetTimeLock(Seconds),
    RotateCouncil(Council),
    RotateGuardian(Address),
    EndPause,
    ReplaceCode { buffer: Address, sha256: [u8; 32] },
}

impl Action {
    /// Takes one action off the front. Fails with InvalidData where the bytes are none, with InvalidConfig
    /// where a value can't be any Config's.
    #[inline(never)]
    pub fn read(reader: &mut Reader) -> Result<Self, Error> {
        Ok(match reader.u8()? {
            0 => Self::SetTerms(Terms {
                initial_sol: Lamports(reader.u64()?),
                graduation_cap: reader.u32()?,
                schedule_slots: reader.u16()?,
                fee: Bps(reader.u16()?),
                creator_fee: Bps(reader.u16()?),
                schedule_fee: Bps(reader.u16()?),
            }),
            1 => Self::SetKeys { treasury: reader.address()?, rewards: reader.address()? },
            2 => Self::SetTimeLock(Seconds(i64::try_from(reader.u64()?).map_err(|_| Error::InvalidConfig)?)),
            3 => {
                let threshold = reader.u8()?;
                let (len, members) = members(reader)?;
                Self::RotateCouncil(Council { threshold, len, members })
            }
            4 => Self::RotateGuardian(reader.address()?),
            5 => Self::EndPause,
            6 => Self::ReplaceCode { buffer: reader.address()?, sha256: *reader.array()? },
            _ => return Err(Error::InvalidData),
        })
    }

    /// How long it waits once approved.
    #[inline(always)]
    pub fn delay(&self) -> Delay {
        match self {
            Self::SetTimeLock(new) => Delay::LockOr(*new),
            Self::RotateGuardian(_) => Delay::TwiceLock,
            Self::EndPause => Delay::None,
            _ => Delay::Lock,
        }
    }

    /// Whether the guardian may veto it: not its own removal, and not the end of its own pause.
    #[inline(always)]
    pub fn is_vetoable(&self) -> bool {
        !matches!(self, Self::RotateGuardian(_) | Self::EndPause)
    }
}

/// A Borsh list of at most nine keys: how many, and they with zeros after them. Whether they can be a council
/// is `Config::validate`'s.
#[inline(never)]
pub fn members(reader: &mut Reader) -> Result<(u8, [Address; MAX_COUNCIL]), Error> {
    let len = reader.u32()? as usize;
    if len > MAX_COUNCIL {
        return Err(Error::InvalidConfig);
    }
    let mut members = [Address::new_from_array([0; 32]); MAX_COUNCIL];
    for member in members.iter_mut().take(len) {
        *member = reader.address()?;
    }
    Ok((len as u8, members)) // at most 9
}

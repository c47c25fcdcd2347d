//! The few things asked of the runtime directly.

use pinocchio::error::ProgramError;
use pinocchio::sysvars::clock::CLOCK_ID;

use crate::error::Error;
use crate::units::{Seconds, Slot};

/// sha256 of the parts joined.
#[inline(always)]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    #[cfg(target_arch = "bpf")]
    {
        let mut hash = [0u8; 32];
        // SAFETY: a `&[&[u8]]` is what the syscall reads (pointer, length pairs); `hash` has 32 bytes.
        unsafe {
            pinocchio::syscalls::sol_sha256(parts.as_ptr().cast(), parts.len() as u64, hash.as_mut_ptr());
        }
        hash
    }
    #[cfg(not(target_arch = "bpf"))]
    {
        use sha2::Digest;
        parts.iter().fold(sha2::Sha256::new(), |hasher, part| hasher.chain_update(part)).finalize().into()
    }
}

/// Writes one `Program data:` line.
#[inline(always)]
pub fn log_data(data: &[u8]) {
    #[cfg(target_arch = "bpf")]
    // SAFETY: a `&[&[u8]]` of one element is what the syscall reads.
    unsafe {
        pinocchio::syscalls::sol_log_data([data].as_ptr().cast(), 1);
    }
    #[cfg(not(target_arch = "bpf"))]
    core::hint::black_box(data);
}

/// Now, as the cluster says.
#[derive(Clone, Copy)]
pub struct Now {
    pub slot: Slot,
    pub time: Seconds,
}

impl Now {
    #[inline(always)]
    pub fn get() -> Result<Self, ProgramError> {
        use pinocchio::sysvars::{clock::Clock, Sysvar};
        let clock = Clock::get()?;
        Ok(Self { slot: Slot(clock.slot), time: Seconds(clock.unix_timestamp) })
    }

    /// Only the slot: a fifth of the bytes.
    #[inline(always)]
    pub fn slot() -> Result<Slot, ProgramError> {
        let mut bytes = [0u8; 8];
        pinocchio::sysvars::get_sysvar(&mut bytes, &CLOCK_ID, 0)?;
        Ok(Slot(u64::from_le_bytes(bytes)))
    }
}

/// The deadline is the last slot in which the caller still wants this.
#[inline(always)]
pub fn check_deadline(now: Slot, deadline: Slot) -> Result<(), Error> {
    if now > deadline {
        return Err(Error::Expired);
    }
    Ok(())
}

/// Copies `from` into `to`, which has the same length. By syscall: the compiler's own loop over a length
/// known only at run time goes byte by byte.
#[inline(always)]
pub fn copy(to: &mut [u8], from: &[u8]) -> Result<(), Error> {
    if to.len() != from.len() {
        return Err(Error::InvalidData);
    }
    #[cfg(target_arch = "bpf")]
    // SAFETY: both slices have `from.len()` bytes, and `&mut` can't overlap `&`.
    unsafe {
        pinocchio::syscalls::sol_memcpy_(to.as_mut_ptr(), from.as_ptr(), from.len() as u64);
    }
    #[cfg(not(target_arch = "bpf"))]
    to.copy_from_slice(from);
    Ok(())
}

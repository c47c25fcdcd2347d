//! Which of 1,024 leaves of an epoch have been paid, one bit each.

use pinocchio::Address;

use crate::error::Error;
use crate::state::State;

const LEAVES: u64 = 1_024;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct ClaimPage {
    pub discriminator: [u8; 8],
    /// The epoch's number, and which 1,024 of its leaves: index / 1,024.
    pub epoch: u32,
    pub number: u32,
    /// Who paid for this account and gets that back when it closes.
    pub payer: Address,
    /// The leaf's bit is `index % 8`, the lowest first, of byte `index % 1,024 / 8`.
    pub claimed: [u8; 128],
}

const _: () = assert!(core::mem::size_of::<ClaimPage>() == 176);

// SAFETY: integers and byte arrays in `repr(C)`; the size above is the sum of the fields, so no padding.
unsafe impl State for ClaimPage {
    const DISCRIMINATOR: [u8; 8] = [0xb1, 0x7d, 0xa6, 0xba, 0x1e, 0x2d, 0x56, 0x0a]; // account:ClaimPage
}

/// Where a leaf's bit is.
#[derive(Clone, Copy)]
pub struct Place {
    pub epoch: u32,
    pub page: u32,
    byte: usize,
    mask: u8,
}

impl Place {
    /// An epoch's number fits 32 bits, and so does a page of an index below its count: see `EpochTerms`.
    #[inline(always)]
    pub fn of(epoch: u64, index: u64) -> Result<Self, Error> {
        let [page, bit] = [index / LEAVES, index % LEAVES];
        Ok(Self {
            epoch: u32::try_from(epoch).map_err(|_| Error::MathOverflow)?,
            page: u32::try_from(page).map_err(|_| Error::MathOverflow)?,
            byte: (bit / 8) as usize,
            mask: 1 << (bit % 8),
        })
    }

    /// The last seed of the page's address.
    #[inline(always)]
    pub fn seed(&self) -> [u8; 8] {
        u64::from(self.page).to_le_bytes()
    }
}

impl ClaimPage {
    #[inline(always)]
    pub fn of(place: Place, payer: Address) -> Self {
        Self {
            discriminator: Self::DISCRIMINATOR,
            epoch: place.epoch,
            number: place.page,
            payer,
            claimed: [0; 128],
        }
    }

    /// Sets the leaf's bit, once. Epoch and number are those of just one page, so they say that this is it.
    #[inline(always)]
    pub fn mark(&mut self, place: Place) -> Result<(), Error> {
        if (self.epoch, self.number) != (place.epoch, place.page) {
            return Err(Error::WrongAddress);
        }
        let byte = self.claimed.get_mut(place.byte).ok_or(Error::MathOverflow)?;
        if *byte & place.mask != 0 {
            return Err(Error::AlreadyClaimed);
        }
        *byte |= place.mask;
        Ok(())
    }
}

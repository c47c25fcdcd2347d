//! What a number means. Sums and differences are checked; anything else is named in `math`.

use crate::error::Error;

macro_rules! amount {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(transparent)]
        pub struct $name(pub u64);

        impl $name {
            #[inline(always)]
            pub fn plus(self, other: Self) -> Result<Self, Error> {
                self.0.checked_add(other.0).map(Self).ok_or(Error::MathOverflow)
            }

            #[inline(always)]
            pub fn minus(self, other: Self) -> Result<Self, Error> {
                self.0.checked_sub(other.0).map(Self).ok_or(Error::MathOverflow)
            }
        }
    };
}

amount!(Lamports, "10^-9 SOL.");
amount!(Atoms, "10^-6 of a coin's token.");

/// The cluster's slot number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Slot(pub u64);

/// Seconds since 1970, as the Clock sysvar has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Seconds(pub i64);

impl Seconds {
    #[inline(always)]
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.0.checked_add(other.0).map(Self).ok_or(Error::MathOverflow)
    }
}

/// 1 / 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Bps(pub u16);

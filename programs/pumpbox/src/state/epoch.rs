//! One distribution of rewards: the root of who gets what, and the SOL that it is paid from.

use pinocchio::Address;

use crate::error::Error;
use crate::events::{Event, RewardClaimed};
use crate::math::merkle::{levels, Hash, Leaf};
use crate::state::State;
use crate::units::{Lamports, Seconds};

/// What an account without data must hold: a leaf of less could not be paid to an empty one.
pub const MIN_LEAF: Lamports = Lamports(890_880);
/// With 24 levels a claim still fits one transaction.
pub const MAX_COUNT: u64 = 1 << 24;
/// Between opening and the first claim; meanwhile anyone can check the leaves, and the guardian can void.
pub const CLAIM_DELAY: Seconds = Seconds(86_400);
/// Bounds of how long claims stay possible: 30 days to 2 years.
pub const MIN_CLAIM_TIME: Seconds = Seconds(2_592_000);
pub const MAX_CLAIM_TIME: Seconds = Seconds(63_072_000);

#[derive(Clone, Copy)]
#[repr(C)]
pub struct RewardEpoch {
    pub discriminator: [u8; 8],
    /// n of its address and of its leaves' hashes.
    pub number: u64,
    /// Number of this epoch's last event; open_epoch is 1.
    pub sequence: u64,
    /// Leaves; an index is below it.
    pub count: u64,
    pub total: Lamports,
    pub paid: Lamports,
    /// Lamports that keep this account alive, as the rent sysvar said at opening; never read again.
    pub rent_deposit: Lamports,
    pub opened_at: Seconds,
    /// From here on claims are paid and nobody can void; `expires_at` is the first second without claims.
    pub claims_from: Seconds,
    pub expires_at: Seconds,
    pub root: Hash,
    /// Of the public file with all leaves.
    pub leaves_sha256: Hash,
    /// Who paid, and gets back what nobody claimed.
    pub funder: Address,
}

const _: () = assert!(core::mem::size_of::<RewardEpoch>() == 176);

// SAFETY: integers and byte arrays in `repr(C)`; the size above is the sum of the fields, so no padding.
unsafe impl State for RewardEpoch {
    const DISCRIMINATOR: [u8; 8] = [0xd6, 0x67, 0x6a, 0x61, 0x0e, 0x04, 0x21, 0x9c]; // account:RewardEpoch
}

/// What open_epoch is told.
pub struct EpochTerms {
    /// The number that the leaves were hashed with.
    pub number: u64,
    pub root: Hash,
    pub leaves_sha256: Hash,
    pub count: u64,
    pub total: Lamports,
    /// How long claims stay possible once they have started.
    pub claim_time: Seconds,
}

/// What open_epoch finds.
pub struct Opening {
    pub now: Seconds,
    pub rent_deposit: Lamports,
    pub funder: Address,
}

impl EpochTerms {
    /// Bounds, and a total that could pay every leaf the least.
    #[inline(always)]
    pub fn validate(&self) -> Result<(), Error> {
        let in_bounds = (1..=MAX_COUNT).contains(&self.count)
            && (MIN_CLAIM_TIME..=MAX_CLAIM_TIME).contains(&self.claim_time)
            // Pages keep the number in 32 bits.
            && u32::try_from(self.number).is_ok();
        // Once in bounds the product is below 2^44. (Multiplying with a check takes 128 bits.)
        if !in_bounds || self.total.0 < self.count.wrapping_mul(MIN_LEAF.0) {
            return Err(Error::InvalidEpoch);
        }
        Ok(())
    }
}

impl RewardEpoch {
    #[inline(always)]
    pub fn at_opening(terms: &EpochTerms, opening: Opening) -> Result<Self, Error> {
        let claims_from = opening.now.plus(CLAIM_DELAY)?;
        Ok(Self {
            discriminator: Self::DISCRIMINATOR,
            number: terms.number,
            sequence: 1,
            count: terms.count,
            total: terms.total,
            paid: Lamports(0),
            rent_deposit: opening.rent_deposit,
            opened_at: opening.now,
            claims_from,
            expires_at: claims_from.plus(terms.claim_time)?,
            root: terms.root,
            leaves_sha256: terms.leaves_sha256,
            funder: opening.funder,
        })
    }

    #[inline(always)]
    pub fn check_claimable(&self, now: Seconds) -> Result<(), Error> {
        if now < self.claims_from {
            return Err(Error::ClaimsNotStarted);
        }
        if now >= self.expires_at {
            return Err(Error::ClaimsEnded);
        }
        Ok(())
    }

    /// The leaf is one of this epoch's: the proof has the tree's height and gives its root. Pads have no
    /// index below `count`, and nothing but a leaf hashes like one.
    #[inline(always)]
    pub fn check_leaf(&self, leaf: &Leaf, proof: &[Hash]) -> Result<(), Error> {
        if leaf.index >= self.count
            || proof.len() != levels(self.count) as usize
            || leaf.root(proof) != self.root
        {
            return Err(Error::InvalidProof);
        }
        if leaf.amount < MIN_LEAF {
            return Err(Error::LeafTooSmall);
        }
        Ok(())
    }

    /// What stays for the other leaves after `amount` more is paid. Asked before anything moves.
    #[inline(always)]
    pub fn check_left(&self, amount: Lamports) -> Result<(), Error> {
        if self.paid.plus(amount)? > self.total {
            return Err(Error::ExceedsTotal);
        }
        Ok(())
    }

    /// Books a leaf whose lamports have moved; then checks that the account's `balance` covers what is
    /// still owed, and tells.
    #[inline(always)]
    pub fn settle(&mut self, leaf: &Leaf, balance: u64) -> Result<(), Error> {
        self.paid = self.paid.plus(leaf.amount)?;
        self.next_sequence()?;
        self.check_solvent(balance)?;
        RewardClaimed {
            discriminator: RewardClaimed::DISCRIMINATOR,
            epoch: self.number,
            sequence: self.sequence,
            index: leaf.index,
            recipient: Address::new_from_array(*leaf.recipient),
            amount: leaf.amount,
            paid: self.paid,
        }
        .emit();
        Ok(())
    }

    #[inline(always)]
    pub fn next_sequence(&mut self) -> Result<(), Error> {
        self.sequence = self.sequence.checked_add(1).ok_or(Error::MathOverflow)?;
        Ok(())
    }

    /// The account holds at least its rent and what is not paid yet. More than that is a donation, which
    /// the funder gets with the rest.
    #[inline(always)]
    fn check_solvent(&self, balance: u64) -> Result<(), Error> {
        let left = self.total.minus(self.paid).map_err(|_| Error::ExceedsTotal)?;
        if balance < self.rent_deposit.plus(left)?.0 {
            return Err(Error::Insolvent);
        }
        Ok(())
    }
}

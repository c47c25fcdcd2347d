//! Events: one `Program data:` line each, an 8-byte discriminator and packed little-endian fields.
//!
//! A cross-check for whoever indexes: the truth is the instruction and the state before it. `sequence`
//! counts a coin's events (or Config's, or an epoch's) without gaps.

use pinocchio::Address;

use crate::state::{Curve, RewardEpoch, Side, Trade};
use crate::sys;
use crate::units::{Atoms, Bps, Lamports, Seconds, Slot};

/// An event type.
///
/// # Safety
/// The type is `repr(C, packed)`, so that its bytes are its fields and nothing else.
pub unsafe trait Event: Sized {
    #[inline(always)]
    fn emit(&self) {
        // SAFETY: packed, so every one of the `size_of` bytes is an initialized field's.
        let bytes =
            unsafe { core::slice::from_raw_parts((self as *const Self).cast::<u8>(), size_of::<Self>()) };
        sys::log_data(bytes);
    }
}

macro_rules! event {
    ($name:ident, $discriminator:expr, { $($(#[$doc:meta])* $field:ident: $type:ty),* $(,)? }) => {
        #[repr(C, packed)]
        pub struct $name {
            pub discriminator: [u8; 8],
            $($(#[$doc])* pub $field: $type),*
        }

        // SAFETY: the macro writes `repr(C, packed)` above.
        unsafe impl Event for $name {}

        impl $name {
            pub const DISCRIMINATOR: [u8; 8] = $discriminator;
        }
    };
}

event!(Initialized, [0xd0, 0xd5, 0x73, 0x62, 0x73, 0x52, 0xc9, 0xd1], {
    sequence: u64,
    config_version: u64,
});

event!(Launched, [0xd1, 0x7f, 0x1d, 0x98, 0x81, 0xd4, 0xbd, 0xb7], {
    mint: Address,
    sequence: u64,
    creator: Address,
    config_version: u64,
    launch_slot: Slot,
    initial_sol: Lamports,
    rent_deposit: Lamports,
    graduation_cap: u32,
    schedule_slots: u16,
    fee: Bps,
    creator_fee: Bps,
    schedule_fee: Bps,
});

impl Launched {
    #[inline(always)]
    pub fn new(curve: &Curve, config_version: u64) -> Self {
        Self {
            discriminator: Self::DISCRIMINATOR,
            mint: curve.mint,
            sequence: curve.sequence,
            creator: curve.creator,
            config_version,
            launch_slot: curve.launch_slot,
            initial_sol: curve.initial_sol,
            rent_deposit: curve.rent_deposit,
            graduation_cap: curve.graduation_cap,
            schedule_slots: curve.schedule_slots,
            fee: curve.fee,
            creator_fee: curve.creator_fee,
            schedule_fee: curve.schedule_fee,
        }
    }
}

event!(Traded, [0xe1, 0xca, 0x49, 0xaf, 0x93, 0x2b, 0xa0, 0x96], {
    mint: Address,
    sequence: u64,
    trader: Address,
    /// 1 buy, 0 sell.
    is_buy: u8,
    atoms: Atoms,
    /// What moved between trader and reserve, without fees.
    sol: Lamports,
    protocol_fee: Lamports,
    creator_fee: Lamports,
    /// After the trade.
    virtual_sol: Lamports,
    virtual_tokens: Atoms,
    real_sol: Lamports,
    slot: Slot,
});

impl Traded {
    /// `curve` is the one after the trade.
    #[inline(always)]
    pub fn new(curve: &Curve, trade: &Trade, protocol_fee: Lamports) -> Self {
        Self {
            discriminator: Self::DISCRIMINATOR,
            mint: curve.mint,
            sequence: curve.sequence,
            trader: trade.trader,
            is_buy: u8::from(trade.side == Side::Buy),
            atoms: trade.fill.atoms,
            sol: trade.fill.sol,
            protocol_fee,
            creator_fee: trade.creator_fee,
            virtual_sol: curve.virtual_sol,
            virtual_tokens: curve.virtual_tokens,
            real_sol: curve.real_sol,
            slot: trade.slot,
        }
    }
}

event!(FeesSwept, [0x60, 0xda, 0x73, 0x88, 0x4a, 0xaa, 0xca, 0xac], {
    mint: Address,
    sequence: u64,
    treasury: Address,
    protocol_fees: Lamports,
    fee_recipient: Address,
    creator_fees: Lamports,
});

event!(FeeRecipientSet, [0x63, 0x8c, 0x50, 0x23, 0xf5, 0xb0, 0xb3, 0x6e], {
    mint: Address,
    sequence: u64,
    fee_recipient: Address,
});

event!(Graduated, [0x33, 0xf1, 0x42, 0x32, 0x8c, 0xf5, 0x9c, 0xc0], {
    mint: Address,
    sequence: u64,
    caller: Address,
    /// Raydium's pool, where the coin trades from now on, and what it starts with.
    pool: Address,
    sol: Lamports,
    atoms: Atoms,
    atoms_burnt: Atoms,
    /// Liquidity tokens, all that there were.
    lp_burnt: u64,
    /// Raydium's fee, rents and float.
    cost: Lamports,
    /// The caller's part of the cost, and what the caller got of what was left.
    top_up: Lamports,
    bounty: Lamports,
    /// What was left besides, added to the curve's.
    protocol_fees: Lamports,
});

event!(ProposalMade, [0x33, 0xe3, 0xdb, 0xc8, 0x87, 0x2d, 0x58, 0x95], {
    sequence: u64,
    number: u64,
    config_version: u64,
    proposer: Address,
    digest: [u8; 32],
    /// The action's tag.
    action: u8,
});

event!(ProposalApproved, [0x46, 0x31, 0x9b, 0xe4, 0x9d, 0x2b, 0x58, 0x31], {
    sequence: u64,
    number: u64,
    member: Address,
    /// A bit a member, this one's included.
    approvals: u16,
    /// 1 from the k-th approval on, at which the lock began.
    approved: u8,
    time: Seconds,
});

event!(ProposalExecuted, [0x5c, 0xd5, 0xbd, 0xc9, 0x65, 0x53, 0x6f, 0x53], {
    sequence: u64,
    number: u64,
    action: u8,
    /// After it.
    config_version: u64,
});

event!(ProposalCancelled, [0xfd, 0x3b, 0x68, 0x2e, 0x81, 0x4e, 0x09, 0x0e], {
    sequence: u64,
    number: u64,
    by: Address,
});

event!(Paused, [0xac, 0xf8, 0x05, 0xfd, 0x31, 0xff, 0xff, 0xe8], {
    sequence: u64,
    until: Seconds,
    next_at: Seconds,
});

event!(EpochOpened, [0x88, 0xa6, 0x82, 0xaa, 0x4e, 0x91, 0x43, 0x4e], {
    epoch: u64,
    sequence: u64,
    root: [u8; 32],
    leaves_sha256: [u8; 32],
    count: u64,
    total: Lamports,
    opened_at: Seconds,
    claims_from: Seconds,
    expires_at: Seconds,
    rent_deposit: Lamports,
    funder: Address,
});

impl EpochOpened {
    #[inline(always)]
    pub fn new(epoch: &RewardEpoch) -> Self {
        Self {
            discriminator: Self::DISCRIMINATOR,
            epoch: epoch.number,
            sequence: epoch.sequence,
            root: epoch.root,
            leaves_sha256: epoch.leaves_sha256,
            count: epoch.count,
            total: epoch.total,
            opened_at: epoch.opened_at,
            claims_from: epoch.claims_from,
            expires_at: epoch.expires_at,
            rent_deposit: epoch.rent_deposit,
            funder: epoch.funder,
        }
    }
}

event!(EpochVoided, [0xc2, 0xb3, 0xb5, 0xb5, 0xc4, 0x7e, 0xb6, 0x46], {
    epoch: u64,
    sequence: u64,
    funder: Address,
    /// All that the account held, its rent too.
    refunded: Lamports,
});

event!(RewardClaimed, [0x31, 0x1c, 0x57, 0x54, 0x9e, 0x30, 0xe5, 0xaf], {
    epoch: u64,
    sequence: u64,
    index: u64,
    recipient: Address,
    amount: Lamports,
    /// Of the epoch so far, this claim included.
    paid: Lamports,
});

event!(EpochClosed, [0x15, 0x04, 0x30, 0x38, 0x1d, 0xa9, 0x4d, 0x2a], {
    epoch: u64,
    sequence: u64,
    paid: Lamports,
    funder: Address,
    /// All that the account held, its rent too.
    refunded: Lamports,
});

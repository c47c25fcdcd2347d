//! The bonding curve: constant product on virtual reserves, all rounding against the caller.
//!
//! With R lamports and T atoms of virtual reserves, `R * T` is constant but for rounding, which only lets
//! it grow. The price is R / T. See docs/program.md for the derivation from `price = k * cap^2 / supply`.

use crate::error::Error;
use crate::math::wide::{mul, mul_div_ceil, mul_div_floor};
use crate::units::{Atoms, Bps, Lamports, Slot};

/// Constant total supply, 10^9 tokens of 6 decimals.
pub const SUPPLY: Atoms = Atoms(1_000_000_000_000_000);
/// Virtual token reserve at launch: floor(69 S / 65).
pub const INITIAL_TOKENS: Atoms = Atoms(1_061_538_461_538_461);
/// Virtual token reserve when the curve is complete: 80.595 % of the supply is sold then.
pub const FINAL_TOKENS: Atoms = Atoms(255_588_426_551_325);
/// Bounds of R0, the virtual SOL reserve at launch: 5 to 500 SOL.
pub const MIN_INITIAL_SOL: Lamports = Lamports(5_000_000_000);
pub const MAX_INITIAL_SOL: Lamports = Lamports(500_000_000_000);
pub const MAX_FEE: Bps = Bps(500);
pub const MAX_SCHEDULE_FEE: Bps = Bps(9_900);

const ONE: u64 = 10_000;

/// The virtual reserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserves {
    pub sol: Lamports,
    pub tokens: Atoms,
}

/// What a trade does: `sol` moves between trader and reserve, `fee` comes on top (buy) or out of it (sell).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    pub atoms: Atoms,
    pub sol: Lamports,
    pub fee: Lamports,
    pub after: Reserves,
}

/// The fees that a coin copied at launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeTerms {
    pub normal: Bps,
    pub creator: Bps,
    pub high: Bps,
    pub schedule_slots: u16,
    pub launch_slot: Slot,
}

impl FeeTerms {
    /// The buy fee at `slot`: from `high` at launch it falls to `normal` over `schedule_slots`, rounded up.
    #[inline(always)]
    pub fn at(&self, slot: Slot) -> Result<Bps, Error> {
        let elapsed = slot.0.saturating_sub(self.launch_slot.0);
        let slots = u64::from(self.schedule_slots);
        let Some(left) = slots.checked_sub(elapsed).filter(|left| *left > 0) else {
            return Ok(self.normal);
        };
        let surplus = u64::from(self.high.0).saturating_sub(u64::from(self.normal.0));
        let extra = mul_div_ceil(surplus, left, slots).ok_or(Error::MathOverflow)?;
        let bps = u64::from(self.normal.0).saturating_add(extra);
        Ok(Bps(u16::try_from(bps).map_err(|_| Error::MathOverflow)?))
    }

    /// The creator's part of a `fee` taken at `applied`: `creator` bps of the trade, rounded down. A
    /// schedule's surplus is thus the protocol's alone.
    #[inline(always)]
    pub fn creator_share(&self, fee: Lamports, applied: Bps) -> Result<Lamports, Error> {
        if applied.0 == 0 {
            return Ok(Lamports(0));
        }
        mul_div_floor(fee.0, self.creator.0.into(), applied.0.into()).map(Lamports).ok_or(Error::MathOverflow)
    }
}

/// `ceil(amount * bps / 10000)`.
#[inline(always)]
fn fee_of(amount: Lamports, bps: Bps) -> Result<Lamports, Error> {
    mul_div_ceil(amount.0, bps.0.into(), ONE).map(Lamports).ok_or(Error::MathOverflow)
}

/// Buy with at most `max_in` lamports, fee included. Clamped to what the curve still sells: the rest of
/// `max_in` is then not taken. `min_out` is for the whole of `max_in`: a price limit, so a clamped fill is
/// held to the same price.
#[inline(always)]
pub fn buy(now: Reserves, bps: Bps, max_in: Lamports, min_out: Atoms) -> Result<Fill, Error> {
    if max_in.0 == 0 {
        return Err(Error::ZeroAmount);
    }
    let left = now.tokens.minus(FINAL_TOKENS)?;
    if left.0 == 0 {
        return Err(Error::CurveComplete);
    }
    let fee = fee_of(max_in, bps)?;
    let net = max_in.minus(fee)?;
    // `None` (R + net above 64 bits) buys more than is left: R and T are below 2^63.
    let wanted = match now.sol.0.checked_add(net.0) {
        Some(sum) => mul_div_floor(now.tokens.0, net.0, sum).ok_or(Error::MathOverflow)?,
        None => u64::MAX,
    };
    let (atoms, sol, fee) = if wanted > left.0 {
        let sol = mul_div_ceil(now.sol.0, left.0, FINAL_TOKENS.0).ok_or(Error::MathOverflow)?;
        // bps <= 9900, so the divisor is positive.
        let rest = ONE.saturating_sub(bps.0.into());
        let fee = mul_div_ceil(sol, bps.0.into(), rest).ok_or(Error::MathOverflow)?;
        (left, Lamports(sol), Lamports(fee))
    } else {
        (Atoms(wanted), net, fee)
    };
    if atoms.0 == 0 {
        return Err(Error::ZeroOutput);
    }
    let spent = sol.plus(fee)?;
    if spent.0 > max_in.0 {
        return Err(Error::Insolvent);
    }
    // out / spent >= min_out / max_in, in 128 bits.
    if mul(atoms.0, max_in.0) < mul(min_out.0, spent.0) {
        return Err(Error::SlippageExceeded);
    }
    let after = Reserves { sol: now.sol.plus(sol)?, tokens: now.tokens.minus(atoms)? };
    Ok(Fill { atoms, sol, fee, after })
}

/// Sell `atoms` for at least `min_out` lamports after the fee.
#[inline(always)]
pub fn sell(now: Reserves, bps: Bps, atoms: Atoms, min_out: Lamports) -> Result<Fill, Error> {
    if atoms.0 == 0 {
        return Err(Error::ZeroAmount);
    }
    if atoms.0 > INITIAL_TOKENS.minus(now.tokens)?.0 {
        return Err(Error::ExceedsSold);
    }
    let tokens = now.tokens.plus(atoms)?;
    let sol = mul_div_floor(now.sol.0, atoms.0, tokens.0).map(Lamports).ok_or(Error::MathOverflow)?;
    let fee = fee_of(sol, bps)?;
    let paid = sol.minus(fee)?;
    if paid.0 == 0 {
        return Err(Error::ZeroOutput);
    }
    if paid.0 < min_out.0 {
        return Err(Error::SlippageExceeded);
    }
    let after = Reserves { sol: now.sol.minus(sol)?, tokens };
    Ok(Fill { atoms, sol, fee, after })
}

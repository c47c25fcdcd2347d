//! Graduation's amounts: what the pool starts with, and who pays for making it.
//!
//! The pool's price must be the curve's last one, so everything that anyone may have sent beforehand is
//! kept out of it.

use crate::error::Error;
use crate::math::curve::Reserves;
use crate::math::wide::mul_div_floor;
use crate::units::{Atoms, Lamports};

/// The most that whoever calls gets of what is left.
pub const MAX_BOUNTY: Lamports = Lamports(5_000_000);

/// What a complete curve brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estate {
    pub reserves: Reserves,
    pub real_sol: Lamports,
    /// Atoms in the coin's vault, donated ones included.
    pub vault: Atoms,
}

/// What making the pool costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Raydium's fee, rents, and a float for accounts that are closed again.
    pub total: Lamports,
    /// The most of it that the raised SOL bears.
    pub cap: Lamports,
    /// SOL lying in the pool's vault already: Raydium counts it as the pool's.
    pub donated: Lamports,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Atoms for the pool; the vault's rest is burnt.
    pub tokens: Atoms,
    /// SOL handed to Raydium: with what was donated it makes the pool's side, unless that alone is more.
    pub deposit: Lamports,
    /// Part of the cost that the caller pays.
    pub top_up: Lamports,
}

/// The raised SOL less its part of the cost goes into the pool, with as many atoms as that buys at the
/// curve's last price R / T, rounded down. If the vault holds fewer, all of them, and that much less SOL.
#[inline(always)]
pub fn split(estate: &Estate, costs: &Costs) -> Result<Split, Error> {
    let borne = costs.total.min(costs.cap);
    let sol = estate.real_sol.minus(borne)?;
    let (r, t) = (estate.reserves.sol.0, estate.reserves.tokens.0);
    let wanted = mul_div_floor(sol.0, t, r).map(Atoms).ok_or(Error::MathOverflow)?;
    let (sol, tokens) = if wanted > estate.vault {
        let sol = mul_div_floor(estate.vault.0, r, t).map(Lamports).ok_or(Error::MathOverflow)?;
        (sol, estate.vault)
    } else {
        (sol, wanted)
    };
    Ok(Split { tokens, deposit: sol.minus(costs.donated.min(sol))?, top_up: costs.total.minus(borne)? })
}

/// Of what is left: the caller's part and the curve's, as protocol fees. `needed` is what the curve lacks to
/// stay alive if rent has risen since the launch; it comes first.
#[inline(always)]
pub fn share(left: Lamports, needed: Lamports) -> Result<(Lamports, Lamports), Error> {
    let bounty = left.minus(needed.min(left))?.min(MAX_BOUNTY);
    Ok((bounty, left.minus(bounty)?))
}

//! What a swap moves and takes, on limbs of 64 bits.

use crate::error::Error;
use crate::wide::{div_rem, mul, mul_div_ceil, mul_div_floor, Wide};

/// Rates are parts of this.
pub const RATE_DENOMINATOR: u64 = 1_000_000;

/// AmmConfig's rates: trade of the input; protocol and fund of the trade fee.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub trade: u64,
    pub protocol: u64,
    pub fund: u64,
}

/// Amounts of the input's token, but `output` of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// All that enters the vault, the fee included.
    pub input: u64,
    pub output: u64,
    pub fee: u64,
    /// Shares of the fee that leave the reserve; the rest of it stays there.
    pub protocol: u64,
    pub fund: u64,
}

/// Reserves of the input's and of the output's token.
#[derive(Clone, Copy, Debug)]
pub struct Reserves {
    pub input: u64,
    pub output: u64,
}

impl Rates {
    fn quote(&self, input: u64, output: u64, fee: u64) -> Option<Quote> {
        Some(Quote {
            input,
            output,
            fee,
            protocol: mul_div_floor(fee, self.protocol, RATE_DENOMINATOR)?,
            fund: mul_div_floor(fee, self.fund, RATE_DENOMINATOR)?,
        })
    }
}

/// What `input` gives; an output of 0 is the caller's to refuse.
pub fn base_input(reserves: Reserves, input: u64, rates: Rates) -> Result<Quote, Error> {
    let quote = || {
        let fee = mul_div_ceil(input, rates.trade, RATE_DENOMINATOR)?;
        let net = input.checked_sub(fee)?;
        let output = mul_div_floor(net, reserves.output, reserves.input.checked_add(net)?)?;
        rates.quote(input, output, fee)
    };
    quote().ok_or(Error::MathOverflow)
}

/// What `output` costs. `MathOverflow` for the whole reserve or more.
pub fn base_output(reserves: Reserves, output: u64, rates: Rates) -> Result<Quote, Error> {
    let quote = || {
        let left = reserves.output.checked_sub(output)?;
        let net = mul_div_ceil(reserves.input, output, left)?;
        let kept = RATE_DENOMINATOR.checked_sub(rates.trade)?;
        let input = mul_div_ceil(net, RATE_DENOMINATOR, kept)?;
        rates.quote(input, output, input.checked_sub(net)?)
    };
    quote().ok_or(Error::MathOverflow)
}

/// `floor(sqrt(a * b))` by Newton's method from above: steps fall until they would rise.
pub fn sqrt_of_product(a: u64, b: u64) -> u64 {
    let square = mul(a, b);
    let mut root = power_above(square);
    loop {
        // No quotient in 64 bits: it is above any root, so this root is the one.
        let Some((quotient, _)) = div_rem(square, root) else { return root };
        if quotient >= root {
            return root;
        }
        // The mean, rounded down; quotient < root, so nothing wraps.
        root = quotient.wrapping_add(root.wrapping_sub(quotient) >> 1);
    }
}

/// A power of two not below the square root, or the largest word.
fn power_above(square: Wide) -> u64 {
    let zeros =
        if square.hi == 0 { square.lo.leading_zeros().wrapping_add(64) } else { square.hi.leading_zeros() };
    // zeros is 0 to 128, so the shift is 0 to 64.
    let shift = 128_u32.wrapping_sub(zeros).wrapping_add(1) >> 1;
    1_u64.checked_shl(shift).unwrap_or(u64::MAX)
}

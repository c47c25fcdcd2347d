//! Exact 64 x 64 -> 128-bit products and 128 / 64 -> 64-bit quotients in 32-bit limbs.
//!
//! The target has no `u128` (its compiler runtime is refused by the linker), so the schoolbook product
//! and Knuth's algorithm D (TAOCP 4.3.1; "Hacker's Delight" divlu) stand in. Every step says why it can't
//! overflow; the host tests hold each function against `u128`.
//!
//! Nothing here knows how long a word is but `width`: tests/exhaustive.rs compiles this very file for
//! words of 8 bits, limbs of 4, and tries every input. Comments give the real sizes.

use super::width::{Word, HALF_BITS};

const HALF: Word = BASE - 1;
const BASE: Word = 1 << HALF_BITS;

/// A 128-bit product. Ordered as the number it is: `hi` first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide {
    pub hi: Word,
    pub lo: Word,
}

/// `a * b`, exact.
#[inline(always)]
pub const fn mul(a: Word, b: Word) -> Wide {
    let (a1, a0) = (a >> HALF_BITS, a & HALF);
    let (b1, b0) = (b >> HALF_BITS, b & HALF);
    // Products of 32-bit halves fit 64 bits, so none of the four wraps.
    let low = a0.wrapping_mul(b0);
    let cross = a1.wrapping_mul(b0);
    let other = a0.wrapping_mul(b1);
    let high = a1.wrapping_mul(b1);
    // Three terms below 2^32: the sum is below 2^34.
    let middle = (low >> HALF_BITS).wrapping_add(cross & HALF).wrapping_add(other & HALF);
    Wide {
        // The true high word of the product is below 2^64, and these are its parts.
        hi: high
            .wrapping_add(cross >> HALF_BITS)
            .wrapping_add(other >> HALF_BITS)
            .wrapping_add(middle >> HALF_BITS),
        lo: (middle << HALF_BITS) | (low & HALF),
    }
}

/// `(n / d, n % d)`; `None` if `d` is 0 or the quotient needs more than 64 bits.
#[inline(always)]
pub const fn div_rem(n: Wide, d: Word) -> Option<(Word, Word)> {
    // hi < d is exactly "the quotient fits"; it also refuses d = 0.
    if n.hi >= d {
        return None;
    }
    if n.hi == 0 {
        return match (n.lo.checked_div(d), n.lo.checked_rem(d)) {
            (Some(q), Some(r)) => Some((q, r)),
            _ => None,
        };
    }
    let shift = d.leading_zeros();
    // Normalized, so that an estimated digit is at most 2 too large. d != 0, so shift <= 63; hi < d, so
    // no bit of hi is shifted out.
    let d = d << shift;
    let top = if shift == 0 { n.hi } else { (n.hi << shift) | (n.lo >> (Word::BITS.wrapping_sub(shift))) };
    let low = n.lo << shift;
    let (q1, r1) = digit(top, low >> HALF_BITS, d);
    let (q0, r0) = digit(r1, low & HALF, d);
    // Each digit is below 2^32 because its partial remainder is below d.
    Some(((q1 << HALF_BITS) | q0, r0 >> shift))
}

/// One base-2^32 digit of `(rem * 2^32 + next) / d` and the remainder, for `rem < d`, d's top bit set.
#[inline(always)]
const fn digit(rem: Word, next: Word, d: Word) -> (Word, Word) {
    let (d1, d0) = (d >> HALF_BITS, d & HALF);
    #[allow(clippy::arithmetic_side_effects)] // d1 >= 2^31, never 0
    let mut q = rem / d1;
    let mut r = rem.wrapping_sub(q.wrapping_mul(d1));
    // The product is taken only while q < 2^32, r always is: neither it nor the shift loses bits.
    while q >= BASE || q.wrapping_mul(d0) > ((r << HALF_BITS) | next) {
        q = q.wrapping_sub(1);
        r = r.wrapping_add(d1);
        if r >= BASE {
            break;
        }
    }
    // Wraps on purpose: the true value is below d, so it is right modulo 2^64.
    let rest = (rem << HALF_BITS).wrapping_add(next).wrapping_sub(q.wrapping_mul(d));
    (q, rest)
}

/// `floor(a * b / d)`; `None` if `d` is 0 or the result needs more than 64 bits.
#[inline(always)]
pub const fn mul_div_floor(a: Word, b: Word, d: Word) -> Option<Word> {
    match div_rem(mul(a, b), d) {
        Some((q, _)) => Some(q),
        None => None,
    }
}

/// `ceil(a * b / d)`; `None` if `d` is 0 or the result needs more than 64 bits.
#[inline(always)]
pub const fn mul_div_ceil(a: Word, b: Word, d: Word) -> Option<Word> {
    match div_rem(mul(a, b), d) {
        Some((q, 0)) => Some(q),
        Some((q, _)) => q.checked_add(1),
        None => None,
    }
}

//! The limb arithmetic on words of 8 bits, where every input can be tried: a mistake in a carry or in a
//! quotient digit's correction that random 64-bit numbers meet once in 2^32 is met here for certain.
#![allow(clippy::arithmetic_side_effects)] // a test may panic

mod width {
    pub type Word = u8;
    pub const HALF_BITS: u32 = 4;
}
#[path = "../src/math/wide.rs"]
mod wide; // the program's own source, not a copy

use wide::{div_rem, mul, mul_div_ceil, mul_div_floor, Wide};

fn words() -> impl Iterator<Item = u8> {
    0..=u8::MAX
}

#[test]
fn every_product_is_exact() {
    for a in words() {
        for b in words() {
            let exact = u16::from(a) * u16::from(b);
            assert_eq!(mul(a, b), Wide { hi: (exact >> 8) as u8, lo: exact as u8 }, "{a} * {b}");
        }
    }
}

#[test]
fn every_comparison_is_that_of_the_numbers() {
    for n in 0..=u16::MAX {
        let wide = Wide { hi: (n >> 8) as u8, lo: n as u8 };
        for other in [n.wrapping_sub(1), n, n.wrapping_add(1), n.swap_bytes(), n >> 8, n << 8] {
            assert_eq!(wide.cmp(&Wide { hi: (other >> 8) as u8, lo: other as u8 }), n.cmp(&other));
        }
    }
}

#[test]
fn every_quotient_and_remainder_is_exact() {
    for n in 0..=u16::MAX {
        for d in words() {
            let exact = n
                .checked_div(d.into())
                .and_then(|q| u8::try_from(q).ok())
                .map(|q| (q, (n % u16::from(d)) as u8));
            assert_eq!(div_rem(Wide { hi: (n >> 8) as u8, lo: n as u8 }, d), exact, "{n} / {d}");
        }
    }
}

#[test]
fn every_product_divided_is_exact_either_way() {
    for a in words() {
        for b in words() {
            let product = u16::from(a) * u16::from(b);
            for d in words() {
                let floor = product.checked_div(d.into()).and_then(|q| u8::try_from(q).ok());
                let whole = floor.is_some_and(|q| u16::from(q) * u16::from(d) == product);
                let ceil = if whole { floor } else { floor.and_then(|q| q.checked_add(1)) };
                assert_eq!(mul_div_floor(a, b, d), floor, "{a} * {b} / {d}");
                assert_eq!(mul_div_ceil(a, b, d), ceil, "{a} * {b} / {d}");
            }
        }
    }
}

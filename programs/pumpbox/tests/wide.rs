//! The limb arithmetic against the compiler's own 128-bit integers.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use pumpbox::math::wide::{div_rem, mul, mul_div_ceil, mul_div_floor, Wide};

const EDGES: [u64; 14] = [
    0,
    1,
    2,
    9_999,
    10_000,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    (1 << 32) + 1,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX - 1,
    u64::MAX,
];

/// Numbers of every length, and those next to the limbs' borders, where carries and estimates go wrong.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        (any::<u64>(), 0..64u32).prop_map(|(value, shift)| value >> shift),
        proptest::sample::select(&EDGES[..]),
        (0..64u32, -2i64..=2).prop_map(|(bit, off)| (1u64 << bit).wrapping_add_signed(off)),
    ]
}

fn wide(value: u128) -> Wide {
    Wide { hi: (value >> 64) as u64, lo: value as u64 }
}

fn agree(a: u64, b: u64, d: u64) -> Result<(), TestCaseError> {
    let product = u128::from(a) * u128::from(b);
    prop_assert_eq!(mul(a, b), wide(product));
    let expected = |quotient: u128| u64::try_from(quotient).ok();
    let (floor, ceil) = if d == 0 {
        (None, None)
    } else {
        let divisor = u128::from(d);
        (expected(product / divisor), expected(product.div_ceil(divisor)))
    };
    prop_assert_eq!(mul_div_floor(a, b, d), floor);
    prop_assert_eq!(mul_div_ceil(a, b, d), ceil);
    if let Some(quotient) = floor {
        let rest = (product % u128::from(d)) as u64;
        prop_assert_eq!(div_rem(wide(product), d), Some((quotient, rest)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn products_and_quotients_equal_u128(a in word(), b in word(), d in word()) {
        agree(a, b, d)?;
    }

    #[test]
    fn comparing_products_equals_u128(a in word(), b in word(), c in word(), d in word()) {
        let expected = (u128::from(a) * u128::from(b)).cmp(&(u128::from(c) * u128::from(d)));
        prop_assert_eq!(mul(a, b).cmp(&mul(c, d)), expected);
    }

    /// Any 128-bit dividend, not only products: Knuth's rare correction step needs crafted ones.
    #[test]
    fn any_dividend_equals_u128(hi in word(), lo in word(), d in word()) {
        let n = Wide { hi, lo };
        let value = (u128::from(hi) << 64) | u128::from(lo);
        let expected = if d == 0 {
            None
        } else {
            u64::try_from(value / u128::from(d)).ok().map(|q| (q, (value % u128::from(d)) as u64))
        };
        prop_assert_eq!(div_rem(n, d), expected);
    }
}

#[test]
fn every_combination_of_edges_equals_u128() {
    for a in EDGES {
        for b in EDGES {
            for d in EDGES {
                agree(a, b, d).unwrap();
            }
        }
    }
}

//! The swaps' arithmetic against the compiler's own 128-bit integers, written down once more.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use raydium_standin::quote::{base_input, base_output, sqrt_of_product, Quote, Rates, Reserves};

const PARTS: u128 = 1_000_000;

/// Numbers of every length.
fn word() -> impl Strategy<Value = u64> {
    prop_oneof![
        (any::<u64>(), 0..64u32).prop_map(|(value, shift)| value >> shift),
        (0..64u32, -2i64..=2).prop_map(|(bit, off)| (1u64 << bit).wrapping_add_signed(off)),
    ]
}

fn rates() -> impl Strategy<Value = Rates> {
    let trade = prop_oneof![Just(2_500), 0..1_000_000u64];
    (trade, 0..=500_000u64, 0..=500_000u64).prop_map(|(trade, protocol, fund)| Rates {
        trade,
        protocol,
        fund,
    })
}

fn quote(input: u128, output: u128, fee: u128, rates: Rates) -> Option<Quote> {
    let word = |value: u128| u64::try_from(value).ok();
    Some(Quote {
        input: word(input)?,
        output: word(output)?,
        fee: word(fee)?,
        protocol: word(fee * u128::from(rates.protocol) / PARTS)?,
        fund: word(fee * u128::from(rates.fund) / PARTS)?,
    })
}

proptest! {
    #[test]
    fn an_input_gives_what_wide_integers_say(input in word(), output in word(), given in word(), rates in rates()) {
        let (ri, ro, x) = (u128::from(input), u128::from(output), u128::from(given));
        let fee = (x * u128::from(rates.trade)).div_ceil(PARTS);
        let net = x - fee;
        let fits = ri + net > 0 && ri + net <= u128::from(u64::MAX); // a vault can't hold more
        let expected = if fits { quote(x, net * ro / (ri + net), fee, rates) } else { None };
        prop_assert_eq!(base_input(Reserves { input, output }, given, rates).ok(), expected);
    }

    #[test]
    fn an_output_costs_what_wide_integers_say(input in word(), output in word(), wanted in word(), rates in rates()) {
        let (ri, ro, y) = (u128::from(input), u128::from(output), u128::from(wanted));
        let expected = (y < ro).then(|| (ri * y).div_ceil(ro - y)).filter(|net| *net <= u128::from(u64::MAX));
        let expected = expected.and_then(|net| {
            let x = (net * PARTS).div_ceil(PARTS - u128::from(rates.trade));
            quote(x, y, x - net, rates)
        });
        prop_assert_eq!(base_output(Reserves { input, output }, wanted, rates).ok(), expected);
    }

    #[test]
    fn the_root_is_the_largest_whose_square_fits(a in word(), b in word()) {
        prop_assert_eq!(u128::from(sqrt_of_product(a, b)), (u128::from(a) * u128::from(b)).isqrt());
    }
}

#[test]
fn the_root_at_its_ends() {
    for (a, b, root) in [
        (0, 0, 0),
        (0, u64::MAX, 0),
        (1, 1, 1),
        (1, 3, 1),
        (2, 2, 2),
        (u64::MAX, u64::MAX, u64::MAX),
        (1, u64::MAX, 4_294_967_295),
    ] {
        assert_eq!(sqrt_of_product(a, b), root);
    }
}

//! What the curve promises, over its whole parameter space.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use pumpbox::error::Error;
use pumpbox::math::curve::{self, FeeTerms, Reserves, FINAL_TOKENS, INITIAL_TOKENS};
use pumpbox::units::{Atoms, Bps, Lamports, Slot};

/// Amounts of every magnitude up to all 64 bits.
fn amount() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64u32).prop_map(|(value, shift)| value >> shift)
}

fn fee() -> impl Strategy<Value = Bps> {
    prop_oneof![(0..=500u16), (0..=9_900u16)].prop_map(Bps)
}

/// A market somewhere between launch and complete, R as trades without fees would have left it or more.
fn market() -> impl Strategy<Value = Reserves> {
    let initial = 5_000_000_000u64..=500_000_000_000;
    let tokens = FINAL_TOKENS.0..=INITIAL_TOKENS.0;
    (initial, tokens, 0..1_000u64).prop_map(|(initial, tokens, dust)| {
        let product = u128::from(initial) * u128::from(INITIAL_TOKENS.0);
        let sol = product.div_ceil(u128::from(tokens)) as u64 + dust;
        Reserves { sol: Lamports(sol), tokens: Atoms(tokens) }
    })
}

fn product(reserves: Reserves) -> u128 {
    u128::from(reserves.sol.0) * u128::from(reserves.tokens.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_buy_never_takes_more_than_max_in_nor_lets_the_product_fall(
        now in market(), bps in fee(), max_in in amount()
    ) {
        match curve::buy(now, bps, Lamports(max_in), Atoms(0)) {
            Ok(fill) => {
                prop_assert!(fill.sol.0 + fill.fee.0 <= max_in);
                prop_assert!(fill.after.tokens >= FINAL_TOKENS);
                prop_assert!(product(fill.after) >= product(now));
                // The fee is not less than its rate says of what was spent.
                let spent = u128::from(fill.sol.0 + fill.fee.0);
                prop_assert!(u128::from(fill.fee.0) * 10_000 >= spent * u128::from(bps.0));
            }
            Err(error) => prop_assert!(
                matches!(error, Error::ZeroAmount | Error::ZeroOutput | Error::CurveComplete),
                "{error:?}"
            ),
        }
    }

    #[test]
    fn a_sell_never_pays_what_is_not_there_nor_lets_the_product_fall(
        now in market(), bps in (0..=500u16).prop_map(Bps), share in 0..=u64::MAX
    ) {
        let sold = INITIAL_TOKENS.0 - now.tokens.0;
        let atoms = (u128::from(sold) * u128::from(share) / u128::from(u64::MAX)) as u64;
        match curve::sell(now, bps, Atoms(atoms), Lamports(0)) {
            Ok(fill) => {
                prop_assert!(product(fill.after) >= product(now));
                prop_assert!(fill.after.tokens <= INITIAL_TOKENS);
                // R can't fall below R0, the R of T0: what was never paid in can't be paid out.
                let floor = product(now) / u128::from(INITIAL_TOKENS.0);
                prop_assert!(u128::from(fill.after.sol.0) >= floor);
            }
            Err(error) => {
                prop_assert!(matches!(error, Error::ZeroAmount | Error::ZeroOutput), "{error:?}");
            }
        }
    }

    #[test]
    fn buying_then_selling_never_profits(now in market(), bps in (0..=500u16).prop_map(Bps), max_in in amount()) {
        if let Ok(bought) = curve::buy(now, bps, Lamports(max_in), Atoms(0)) {
            if let Ok(sold) = curve::sell(bought.after, bps, bought.atoms, Lamports(0)) {
                prop_assert!(sold.sol.0 - sold.fee.0 <= bought.sol.0 + bought.fee.0);
            }
        }
    }

    #[test]
    fn splitting_a_buy_never_gives_more(now in market(), bps in fee(), one in amount(), two in amount()) {
        let (Some(both), Ok(first)) =
            (one.checked_add(two), curve::buy(now, bps, Lamports(one), Atoms(0))) else { return Ok(()) };
        let whole = curve::buy(now, bps, Lamports(both), Atoms(0)).map_or(0, |fill| fill.atoms.0);
        let second = curve::buy(first.after, bps, Lamports(two), Atoms(0)).map_or(0, |fill| fill.atoms.0);
        prop_assert!(first.atoms.0 + second <= whole);
    }

    #[test]
    fn splitting_a_sell_never_pays_more(now in market(), bps in (0..=500u16).prop_map(Bps), a in amount(), b in amount()) {
        let paid = |fill: curve::Fill| fill.sol.0 - fill.fee.0;
        let (Some(both), Ok(first)) =
            (a.checked_add(b), curve::sell(now, bps, Atoms(a), Lamports(0))) else { return Ok(()) };
        let Ok(second) = curve::sell(first.after, bps, Atoms(b), Lamports(0)) else { return Ok(()) };
        let whole = curve::sell(now, bps, Atoms(both), Lamports(0)).map_or(0, paid);
        prop_assert!(paid(first) + paid(second) <= whole);
    }

    #[test]
    fn a_price_limit_binds_every_fill_in_128_bits(
        now in market(), bps in fee(), max_in in amount(), min_out in amount()
    ) {
        let Ok(free) = curve::buy(now, bps, Lamports(max_in), Atoms(0)) else { return Ok(()) };
        let spent = u128::from(free.sol.0 + free.fee.0);
        let kept = u128::from(free.atoms.0) * u128::from(max_in) >= u128::from(min_out) * spent;
        let limited = curve::buy(now, bps, Lamports(max_in), Atoms(min_out));
        prop_assert_eq!(limited, if kept { Ok(free) } else { Err(Error::SlippageExceeded) });
    }

    #[test]
    fn the_schedule_falls_from_high_to_normal_without_a_jump(
        normal in 0..=500u16, above in 0..=9_400u16, slots in 1..=9_000u16, elapsed in 0..20_000u64
    ) {
        let terms = FeeTerms {
            normal: Bps(normal),
            creator: Bps(normal / 2),
            high: Bps(normal + above),
            schedule_slots: slots,
            launch_slot: Slot(1_000),
        };
        let at = |elapsed: u64| terms.at(Slot(1_000 + elapsed)).unwrap().0;
        prop_assert_eq!(at(0), normal + above);
        prop_assert_eq!(at(slots.into()), normal);
        let (now, next) = (at(elapsed), at(elapsed + 1));
        prop_assert!(next <= now && now >= normal);
        prop_assert!(u64::from(now - next) <= u64::from(above).div_ceil(slots.into()));
    }

    #[test]
    fn the_creators_share_is_their_rate_of_the_trade_whatever_the_schedule(
        applied in 1..=9_900u16, creator in 0..=500u16, fee in amount()
    ) {
        let creator = creator.min(applied);
        let terms = FeeTerms {
            normal: Bps(applied), creator: Bps(creator), high: Bps(0), schedule_slots: 0, launch_slot: Slot(0),
        };
        let share = terms.creator_share(Lamports(fee), Bps(applied)).unwrap().0;
        prop_assert_eq!(u128::from(share), u128::from(fee) * u128::from(creator) / u128::from(applied));
        prop_assert!(share <= fee);
    }
}

#[test]
fn the_largest_number_completes_the_curve_and_takes_only_its_price() {
    let now = Reserves { sol: Lamports(28_307_692_307), tokens: INITIAL_TOKENS };
    for max_in in [1 << 63, u64::MAX] {
        let fill = curve::buy(now, Bps(100), Lamports(max_in), Atoms(0)).unwrap();
        assert_eq!(fill.after.tokens, FINAL_TOKENS);
        assert_eq!(fill.sol.0, 89_262_983_904);
    }
}

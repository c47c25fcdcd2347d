//! What graduation promises about the pool's price and about who pays, over its whole parameter space.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic

use proptest::prelude::*;
use pumpbox::error::Error;
use pumpbox::math::curve::{Reserves, FINAL_TOKENS, INITIAL_TOKENS, SUPPLY};
use pumpbox::math::graduation::{share, split, Costs, Estate, MAX_BOUNTY};
use pumpbox::units::{Atoms, Lamports};

/// Amounts of every magnitude up to all 64 bits.
fn amount() -> impl Strategy<Value = u64> {
    (any::<u64>(), 0..64u32).prop_map(|(value, shift)| value >> shift)
}

/// A curve that is complete, or was and had some sold back; the vault as trades leave it plus a gift.
fn estate() -> impl Strategy<Value = Estate> {
    let initial = 5_000_000_000u64..=500_000_000_000;
    let sold_back = (any::<u64>(), 20..64u32).prop_map(|(value, shift)| value >> shift);
    (initial, sold_back, 0..1_000u64, prop_oneof![Just(0), 0..=1_000_000_000u64]).prop_map(
        |(initial, sold_back, dust, gift)| {
            let tokens = FINAL_TOKENS.0 + sold_back;
            let product = u128::from(initial) * u128::from(INITIAL_TOKENS.0);
            let sol = product.div_ceil(u128::from(tokens)) as u64 + dust;
            Estate {
                reserves: Reserves { sol: Lamports(sol), tokens: Atoms(tokens) },
                real_sol: Lamports(sol - initial),
                vault: Atoms(SUPPLY.0 - (INITIAL_TOKENS.0 - tokens) + gift),
            }
        },
    )
}

fn costs() -> impl Strategy<Value = Costs> {
    (amount(), 0..=1_000_000_000u64, prop_oneof![Just(0), amount()]).prop_map(|(total, cap, donated)| Costs {
        total: Lamports(total),
        cap: Lamports(cap),
        donated: Lamports(donated),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_pool_starts_at_the_curves_price_to_one_unit(estate in estate(), costs in costs()) {
        let done = split(&estate, &costs).unwrap();
        let (r, t) = (u128::from(estate.reserves.sol.0), u128::from(estate.reserves.tokens.0));
        prop_assert!(done.tokens <= estate.vault);
        if costs.donated.0 > done.deposit.0 && done.deposit.0 == 0 {
            return Ok(()); // more was given than the curve has: the price is the giver's
        }
        let sol = u128::from(done.deposit.0 + costs.donated.0);
        let (pool, curve) = (sol * t, u128::from(done.tokens.0) * r);
        if done.tokens < estate.vault {
            prop_assert!(pool >= curve && pool - curve < r, "an atom less would be the curve's price");
        } else {
            prop_assert!(pool.abs_diff(curve) < r.max(t));
        }
    }

    #[test]
    fn every_lamport_of_the_cost_is_paid_once_and_the_curve_pays_no_more_than_its_cap(
        estate in estate(), costs in costs()
    ) {
        let done = split(&estate, &costs).unwrap();
        let borne = costs.total.0 - done.top_up.0;
        prop_assert!(borne <= costs.cap.0);
        prop_assert!(done.top_up.0 == 0 || borne == costs.cap.0, "the caller pays only above the cap");
        prop_assert!(done.deposit.0 + borne <= estate.real_sol.0);
    }

    #[test]
    fn all_that_was_raised_goes_into_the_pool_but_what_rounding_had_added(estate in estate(), costs in costs()) {
        let costs = Costs { donated: Lamports(0), ..costs };
        let done = split(&estate, &costs).unwrap();
        let raised = estate.real_sol.0 - (costs.total.0 - done.top_up.0);
        // R of trades without rounding, R0 * T0 / T; the vault's atoms suffice for that in every state.
        let Reserves { sol: Lamports(r), tokens: Atoms(t) } = estate.reserves;
        let product = u128::from(r - estate.real_sol.0) * u128::from(INITIAL_TOKENS.0);
        let added = r - product.div_ceil(u128::from(t)) as u64;
        prop_assert!(raised - done.deposit.0 <= added + 1);
    }

    #[test]
    fn a_gift_to_the_vault_of_raydium_only_takes_the_place_of_as_much(
        estate in estate(), costs in costs()
    ) {
        let without = split(&estate, &Costs { donated: Lamports(0), ..costs }).unwrap();
        let with = split(&estate, &costs).unwrap();
        prop_assert_eq!(with.tokens, without.tokens);
        prop_assert_eq!(with.deposit.0, without.deposit.0.saturating_sub(costs.donated.0));
    }

    #[test]
    fn no_numbers_make_it_panic_or_create_money(
        r in amount(), t in amount(), real_sol in amount(), vault in amount(), costs in costs()
    ) {
        let reserves = Reserves { sol: Lamports(r), tokens: Atoms(t) };
        let estate = Estate { reserves, real_sol: Lamports(real_sol), vault: Atoms(vault) };
        match split(&estate, &costs) {
            Ok(done) => {
                prop_assert!(done.tokens <= estate.vault);
                prop_assert!(u128::from(done.deposit.0) + u128::from(costs.total.0)
                    <= u128::from(real_sol) + u128::from(done.top_up.0));
            }
            Err(error) => prop_assert_eq!(error, Error::MathOverflow),
        }
    }

    #[test]
    fn what_is_left_is_shared_whole_and_the_curve_stays_alive(left in amount(), needed in amount()) {
        let (bounty, rest) = share(Lamports(left), Lamports(needed)).unwrap();
        prop_assert_eq!(bounty.0 + rest.0, left);
        prop_assert!(bounty <= MAX_BOUNTY);
        prop_assert!(rest.0 >= needed.min(left));
        prop_assert!(bounty == MAX_BOUNTY || rest.0 == needed.min(left), "the caller gets all that may be had");
    }
}

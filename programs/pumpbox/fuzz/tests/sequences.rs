//! A short run of what `make fuzz` does for long, and that the run would notice.

use pumpbox_fuzz::market::{Market, Tally};

#[test]
fn a_crowd_breaks_no_invariant() {
    let mut sum = Tally::default();
    for seed in 1..=10 {
        let mut market = Market::new(seed);
        while market.tally.run < 10_000 {
            market.step();
        }
        market.check_everyone_can_leave();
        let tally = market.tally;
        sum.add(&tally);
        assert!(tally.launches > 1 && tally.tampered_done > 0, "{tally:?}");
    }
    assert!(
        sum.completions > 10 && sum.graduations > 10 && sum.executions > 20 && sum.pauses > 20,
        "{sum:?}"
    );
    assert!(sum.epochs > 20 && sum.claims > 100, "{sum:?}");
}

#[test]
fn the_same_seed_is_the_same_life() {
    let life = |seed| {
        let mut market = Market::new(seed);
        (0..5_000).for_each(|_| market.step());
        market.coins.iter().map(|coin| (coin.last.virtual_sol, coin.last.sequence)).collect::<Vec<_>>()
    };
    assert_eq!(life(7), life(7));
    assert_ne!(life(7), life(8));
}

#[test]
#[should_panic(expected = "1: solvent, to the lamport")]
fn a_lamport_that_went_missing_is_noticed() {
    let mut market = Market::new(1);
    while market.coins.is_empty() {
        market.step();
    }
    let curve = market.coins[0].curve;
    market.world.accounts.get_mut(&curve).expect("a curve").lamports += 1;
    (0..1_000).for_each(|_| market.step());
}

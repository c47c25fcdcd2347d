//! `cargo run --release --bin sequences -- COUNT [SEED]`: random instructions by many actors, the
//! invariants after each. Says what happened; a broken invariant panics with the seed to repeat it.

use std::time::Instant;

use pumpbox_fuzz::market::{Market, Tally};

/// Instructions in one market before the next begins, on other terms.
const LIFE: u64 = 20_000;
const CHECK_EVERY: u64 = 2_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |or: u64| arguments.next().map_or(or, |text| text.parse().expect("a number"));
    let (count, first_seed) = (number(1_000_000), number(1));
    let (started, mut tally) = (Instant::now(), Tally::default());
    for seed in first_seed.. {
        if tally.run >= count {
            break;
        }
        let life = LIFE.min(count - tally.run);
        let lived = std::panic::catch_unwind(|| live(seed, life));
        match lived {
            Ok(market) => tally.add(&market),
            Err(_) => {
                eprintln!("a broken invariant; again: cargo run --release --bin sequences -- {life} {seed}");
                std::process::exit(1);
            }
        }
    }
    println!("{tally:#?}");
    println!("{} instructions, no broken invariant, {:.0?}", tally.run, started.elapsed());
}

fn live(seed: u64, life: u64) -> Tally {
    let mut market = Market::new(seed);
    let mut next_check = CHECK_EVERY;
    while market.tally.run < life {
        market.step();
        if market.tally.run >= next_check {
            next_check += CHECK_EVERY;
            market.check_everyone_can_leave();
        }
    }
    market.tally
}

//! Coverage-guided: instruction data and accounts as an attacker would shape them. The first bytes pick
//! accounts out of all that a market has, the rest is the data; every invariant is checked after.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use pumpbox_fuzz::market::Market;

thread_local! {
    // Two coins that were traded, made once: each input starts from the same copy.
    static START: RefCell<Option<Market>> = const { RefCell::new(None) };
}

fn start() -> Market {
    START.with_borrow_mut(|start| {
        start
            .get_or_insert_with(|| {
                let mut market = Market::new(1);
                while market.coins.len() < 2 || market.tally.run < 500 {
                    market.step();
                }
                market
            })
            .clone()
    })
}

fuzz_target!(|data: &[u8]| {
    let mut market = start();
    // Several instructions an input, each after its length: a hole may need two steps.
    let mut rest = data;
    while let Some((len, tail)) = rest.split_first() {
        let (one, tail) = tail.split_at(usize::from(*len).min(tail.len()));
        market.run_bytes(one);
        rest = tail;
    }
});

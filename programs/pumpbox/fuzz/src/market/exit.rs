//! Invariant 5: nobody is ever locked in.

use pinocchio::Address;
use pumpbox::error::Error;
use pumpbox::math::curve::{FINAL_TOKENS, INITIAL_TOKENS};

use super::{check, Coin, Market};
use crate::world::Refusal;

/// A coin is complete after this many lamports at the very most: R0 500 SOL raises 1,577 SOL, 99 % fees.
const WHALE: u64 = 1 << 58;

impl Market {
    /// Invariant 5: whatever happened, each coin can be completed, and then every holder can leave. On a
    /// copy: the market goes on as it was.
    pub fn check_everyone_can_leave(&self) {
        let mut market = self.clone();
        // Nobody can pause again in this very second, so it is over by itself.
        market.world.time = market.world.time.max(market.config().paused_until.0);
        for index in 0..market.coins.len() {
            let coin = market.coins[index].clone();
            if coin.graduated() {
                continue; // holders trade on the pool
            }
            let whale = market.actors[0];
            market.world.accounts.entry(whale).or_default().lamports = WHALE;
            if check::curve_of(&market.world, &coin.curve).virtual_tokens != FINAL_TOKENS {
                let call = market.calls.buy(&whale, &coin, WHALE, 0, u64::MAX);
                market.must_run(&call);
            }
            assert_eq!(check::curve_of(&market.world, &coin.curve).virtual_tokens, FINAL_TOKENS);
            for actor in market.actors.clone() {
                market.leave(&actor, &coin);
            }
            let curve = check::curve_of(&market.world, &coin.curve);
            assert!(curve.virtual_tokens <= INITIAL_TOKENS);
            assert!(curve.virtual_sol >= curve.initial_sol, "what was never paid in was paid out");
        }
    }

    fn leave(&mut self, actor: &Address, coin: &Coin) {
        let held = self.held(actor, &coin.mint);
        let call = self.calls.sell(actor, coin, held, 0, u64::MAX);
        self.tally.run += 1;
        match self.world.run(&call) {
            Ok(outcome) => self.check(&call, &outcome),
            Err(refusal) => {
                let code = |error: Error| Refusal::Program(u64::from(error as u32));
                let worthless =
                    held == 0 && refusal == code(Error::ZeroAmount) || refusal == code(Error::ZeroOutput);
                assert!(worthless, "{held} atoms can't be sold: {refusal:?}");
            }
        }
    }
}

//! docs/program.md's invariants, after every instruction. Each panics with the invariant's number.

use pinocchio::Address;
use pumpbox::error::Error;
use pumpbox::instructions::{graduate, launch, sell, set_fee_recipient, sweep_fees};
use pumpbox::math::curve::{FINAL_TOKENS, INITIAL_TOKENS, SUPPLY};
use pumpbox::state::{Config, Curve, State, GRADUATED};

use super::{Coin, Market};
use crate::pda;
use crate::programs::raydium;
use crate::world::{Account, Call, Change, Outcome, Refusal, World};

/// A curve's bytes as the program lays them out.
pub fn curve_of(world: &World, address: &Address) -> Curve {
    let data = &world.accounts.get(address).expect("a curve").data;
    assert_eq!(data.len(), Curve::SIZE);
    // SAFETY: `State`'s promise: any bits of this size are valid; read unaligned.
    unsafe { data.as_ptr().cast::<Curve>().read_unaligned() }
}

/// Config's bytes, the same way.
pub fn config_of(account: &Account) -> Config {
    assert_eq!(account.data.len(), Config::SIZE);
    // SAFETY: as above.
    unsafe { account.data.as_ptr().cast::<Config>().read_unaligned() }
}

pub fn atoms(account: &Account) -> u64 {
    let bytes = account.data.get(64..72).and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn product(curve: &Curve) -> u128 {
    u128::from(curve.virtual_sol.0) * u128::from(curve.virtual_tokens.0)
}

impl Market {
    /// After an instruction that did something.
    pub(super) fn check(&mut self, call: &Call, outcome: &Outcome) {
        for change in &outcome.changes {
            self.check_signed(call, change);
            self.check_nothing_else_moved(call, change);
        }
        self.check_governance(call, outcome);
        self.check_rewards(call, outcome);
        for index in 0..self.coins.len() {
            let address = self.coins[index].curve;
            if outcome.changes.iter().any(|change| change.address == address) {
                self.check_coin(index, call, outcome);
            }
        }
        for change in &outcome.changes {
            let is_curve = change.after.owner == self.world.program && change.after.data.len() == Curve::SIZE;
            if is_curve && !self.coins.iter().any(|coin| coin.curve == change.address) {
                assert!(call.data.starts_with(&launch::DISCRIMINATOR), "a curve that nobody launched");
                self.meet(change);
                self.check_launch(outcome);
            }
        }
    }

    fn check_launch(&mut self, outcome: &Outcome) {
        let coin = self.coins.last().expect("the coin launched");
        assert_eq!((outcome.events.len(), coin.last.sequence), (1, 1));
        assert_eq!(atoms(&self.world.account(&coin.vault)), SUPPLY.0);
        // A gift that lay there before is not rent.
        assert_eq!(coin.last.rent_deposit.0, self.world.rent(Curve::SIZE), "what keeps the curve alive");
        self.check_books(coin, &coin.last);
    }

    /// Nobody's lamports or atoms leave without their signature.
    fn check_signed(&self, call: &Call, change: &Change) {
        let Change { address, before, after } = change;
        let signed = |key: &Address| call.metas.iter().any(|meta| meta.signer && &meta.address == key);
        if self.people.contains(address) {
            assert!(after.lamports >= before.lamports || signed(address), "lamports without a signature");
        }
        let owner = self.actors.iter().find(|actor| before.data.get(32..64) == Some(actor.as_ref()));
        if let Some(owner) = owner.filter(|_| before.owner == pinocchio_token_2022::ID) {
            assert!(atoms(after) >= atoms(before) || signed(owner), "atoms without a signature");
            assert_eq!(before.lamports, after.lamports);
        }
    }

    /// Invariant 3, and what no instruction touches after launch: mints, authorities.
    fn check_nothing_else_moved(&self, call: &Call, change: &Change) {
        let Change { address, before, after } = change;
        let config = address == &self.calls.config;
        assert!(!config || before.lamports == after.lamports, "Config's lamports moved");
        for coin in &self.coins {
            let graduates = call.data.starts_with(&graduate::DISCRIMINATOR);
            assert!(address != &coin.mint || graduates, "a launched mint changed");
            if address == &coin.vault && !graduates {
                let same = |range: core::ops::Range<usize>| before.data[range.clone()] == after.data[range];
                assert!(
                    same(0..64) && same(72..165) && before.lamports == after.lamports,
                    "the vault's terms"
                );
            }
            if address == &coin.curve && after.lamports < before.lamports {
                let pays = [sell::DISCRIMINATOR, sweep_fees::DISCRIMINATOR, graduate::DISCRIMINATOR];
                assert!(pays.iter().any(|one| call.data.starts_with(one)), "3: SOL left otherwise");
            }
        }
    }

    fn check_coin(&mut self, index: usize, call: &Call, outcome: &Outcome) {
        let coin = &self.coins[index];
        let curve = curve_of(&self.world, &coin.curve);
        self.check_books(coin, &curve);
        let last = &coin.last;
        assert!(product(&curve) >= product(last), "2: R * T fell");
        assert_eq!(curve.sequence, last.sequence + 1, "a gap in the events");
        check_frozen(&curve, last, call);
        if call.data.starts_with(&graduate::DISCRIMINATOR) {
            self.check_pool(coin, call);
        }
        let [event] = outcome.events.as_slice() else { panic!("{} events", outcome.events.len()) };
        assert_eq!(event[8..40], *coin.mint.as_array());
        assert_eq!(event[40..48], curve.sequence.to_le_bytes());
        let tally = &mut self.tally;
        tally.graduations += u64::from(curve.flags != last.flags);
        tally.buys += u64::from(curve.virtual_tokens < last.virtual_tokens);
        tally.sells += u64::from(curve.virtual_tokens > last.virtual_tokens);
        tally.sweeps +=
            u64::from(curve.real_sol == last.real_sol && curve.fee_recipient == last.fee_recipient);
        tally.completions += u64::from(curve.completed_sol.0 > 0 && last.completed_sol.0 == 0);
        self.coins[index].last = curve;
    }

    /// Invariants 1 and 4, and the reserves' bounds.
    fn check_books(&self, coin: &Coin, curve: &Curve) {
        let owed = curve.rent_deposit.0 + curve.real_sol.0 + curve.protocol_fees.0 + curve.creator_fees.0;
        assert_eq!(self.world.lamports(&coin.curve), owed + coin.donated, "1: solvent, to the lamport");
        assert!((FINAL_TOKENS..=INITIAL_TOKENS).contains(&curve.virtual_tokens));
        if curve.flags & GRADUATED != 0 {
            return self.check_graduated(coin, curve);
        }
        assert_eq!(curve.real_sol.0, curve.virtual_sol.0 - curve.initial_sol.0);
        assert!(curve.completed_sol.0 * 95 <= curve.real_sol.0 * 100, "complete below 95 %");
        assert!(curve.virtual_tokens != FINAL_TOKENS || curve.completed_sol.0 > 0);
        let sold = INITIAL_TOKENS.0 - curve.virtual_tokens.0;
        let vault = atoms(&self.world.account(&coin.vault));
        assert_eq!(vault, SUPPLY.0 - sold + coin.donated_atoms, "4: the vault holds what is not sold");
        let held: u64 = self.actors.iter().map(|actor| self.held(actor, &coin.mint)).sum();
        assert_eq!(vault + held, SUPPLY.0, "4: the supply");
    }

    /// Nothing is left on the curve but fees, and every atom is a holder's or the pool's.
    fn check_graduated(&self, coin: &Coin, curve: &Curve) {
        assert_eq!(curve.real_sol.0, 0);
        assert!(self.world.account(&coin.vault).data.is_empty(), "the vault is gone, whoever sends it SOL");
        let pool = pda::find(&[b"pool", coin.mint.as_ref()], &self.world.program).0;
        let vault = raydium::address(&[b"pool_vault", pool.as_ref(), coin.mint.as_ref()]);
        let held: u64 = self.actors.iter().map(|actor| self.held(actor, &coin.mint)).sum();
        let mint = self.world.account(&coin.mint);
        let supply = mint.data[36..].first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
        assert_eq!(supply, Some(held + atoms(&self.world.account(&vault))), "4: the supply");
    }

    /// The pool starts at the curve's last price to an atom, and nobody has a share of it.
    fn check_pool(&self, coin: &Coin, call: &Call) {
        let at = |index: usize| self.world.account(&call.metas[index].address);
        let (lp_mint, coins, sol) = (at(12), atoms(&at(13)), atoms(&at(14)));
        let (sol, coins) = (u128::from(sol), u128::from(coins));
        let (r, t) = (u128::from(coin.last.virtual_sol.0), u128::from(coin.last.virtual_tokens.0));
        assert!(coins * r <= sol * t, "the pool starts below the curve's price");
        assert_eq!(lp_mint.data[36..44], [0; 8], "somebody has a share of the pool");
        let exact = (coins + 1) * r > sol * t;
        let all_that_there_was = self.world.account(&coin.mint).data[36..44] == SUPPLY.0.to_le_bytes();
        assert!(exact || all_that_there_was, "the pool starts above the curve's price");
        for index in [5, 8, 9] {
            assert_eq!(at(index), Account::default(), "what graduation needed is gone");
        }
    }

    /// Refused calls change nothing: `World::run` wrote nothing back. Our own assertions must never be why.
    pub(super) fn check_refusal(&self, call: &Call, refusal: &Refusal, tampered: bool) {
        let code = |error: Error| Refusal::Program(u64::from(error as u32));
        assert_ne!(refusal, &code(Error::Insolvent), "insolvent: {call:?}");
        if let Refusal::Runtime(reason) = refusal {
            // An honest call may be too poor, but never break the runtime's rules.
            let poor = *reason == "InsufficientFundsForRent" || *reason == "ExternalAccountLamportSpend";
            assert!(tampered || poor, "{reason}: {call:?}");
        }
    }
}

/// What a coin copied at launch is never changed; its fee recipient only by that instruction, signed
/// by its creator.
fn check_frozen(curve: &Curve, last: &Curve, call: &Call) {
    let terms = |curve: &Curve| {
        let rates = (curve.fee, curve.creator_fee, curve.schedule_fee, curve.schedule_slots);
        let deal = (curve.initial_sol, curve.rent_deposit, curve.launch_slot, curve.graduation_cap);
        (rates, deal, curve.mint, curve.creator, curve.bump, curve.vault_bump)
    };
    assert_eq!(terms(curve), terms(last), "frozen terms changed");
    let signed = call.metas.iter().any(|meta| meta.signer && meta.address == curve.creator);
    let named = call.data.starts_with(&set_fee_recipient::DISCRIMINATOR) && signed;
    assert!(named || curve.fee_recipient == last.fee_recipient, "the fee recipient changed");
}

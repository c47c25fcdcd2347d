//! What actors try: honest instructions at every magnitude, and what an attacker makes of them.

use pinocchio::Address;

use super::{check, Coin, Market, ACTORS, SOL};
use crate::world::{Account, Call};

/// What an actor is about to do.
pub struct Act {
    pub call: Call,
    pub tampered: bool,
}

impl Market {
    /// One instruction out of arbitrary bytes: its kind, an actor, a coin and how its accounts are changed;
    /// then how its data is. For coverage-guided fuzzing; panics if an invariant breaks.
    pub fn run_bytes(&mut self, bytes: &[u8]) {
        let [kind, actor, coin, index, address, flags, data @ ..] = bytes else { return };
        let actor = self.actors[usize::from(*actor) % ACTORS];
        let coin = self.coins[usize::from(*coin) % self.coins.len()].clone();
        let mut call = match kind % 5 {
            0 => self.calls.buy(&actor, &coin, SOL, 0, u64::MAX),
            1 => self.calls.sell(&actor, &coin, SOL, 0, u64::MAX),
            2 => self.calls.sweep_fees(&coin, &self.config().treasury),
            3 => self.calls.set_fee_recipient(&actor, &coin, &self.config().treasury),
            _ => self.calls.launch(&actor, u64::from(*index), self.config().config_version),
        };
        if let Some(meta) = call.metas.get_mut(usize::from(*index)) {
            let mut known: Vec<Address> = self.world.accounts.keys().copied().collect();
            known.sort_unstable();
            meta.address = known[usize::from(*address) % known.len()];
            meta.writable ^= flags & 1 != 0;
            meta.signer = self.people.contains(&meta.address) && flags & 2 == 0;
        }
        if flags & 4 != 0 {
            call.data = data.to_vec();
        } else {
            let start = 8.min(call.data.len());
            call.data[start..].iter_mut().zip(data).for_each(|(byte, new)| *byte = *new);
        }
        if let Ok(outcome) = self.world.run(&call) {
            self.check(&call, &outcome);
        }
    }

    pub(super) fn choose(&mut self) -> Act {
        let actor = self.actors[self.rng.usize(..ACTORS)];
        let coin = self.some_coin();
        let deadline = self.deadline();
        let call = match self.rng.u8(..48) {
            // Seldom: a coin that has graduated trades no more.
            0 if self.rng.u8(..16) == 0 => self.graduation(&actor, &coin),
            32..=41 => self.govern(),
            42..=47 => self.reward(),
            0..=13 => {
                let max_in =
                    if self.rng.u8(..8) == 0 { self.magnitude(u64::MAX) } else { self.magnitude(300 * SOL) };
                let min_out = if self.rng.bool() { 0 } else { self.magnitude(u64::MAX) };
                self.calls.buy(&actor, &coin, max_in, min_out, deadline)
            }
            14..=26 => {
                let held = self.held(&actor, &coin.mint);
                let amount = match self.rng.u8(..8) {
                    0 => self.magnitude(u64::MAX),
                    1 => held,
                    _ => self.magnitude(held),
                };
                let min_out = if self.rng.u8(..4) != 0 { 0 } else { self.magnitude(300 * SOL) };
                self.calls.sell(&actor, &coin, amount, min_out, deadline)
            }
            27..=29 => self.calls.sweep_fees(&coin, &self.config().treasury),
            30 => {
                let to = self.actors[self.rng.usize(..ACTORS)];
                let to = if self.rng.u8(..4) == 0 { self.config().treasury } else { to };
                self.calls.set_fee_recipient(&coin.creator, &coin, &to)
            }
            _ => self.calls.launch(&coin.creator, coin.number, self.config().config_version),
        };
        let tampered = self.rng.u8(..8) == 0;
        Act { call: if tampered { self.tamper(call) } else { call }, tampered }
    }

    /// Mostly one that still trades.
    fn some_coin(&mut self) -> Coin {
        let trading: Vec<_> = self.coins.iter().filter(|coin| !coin.graduated()).collect();
        let any = trading.is_empty() || self.rng.u8(..16) == 0;
        if any {
            &self.coins[self.rng.usize(..self.coins.len())]
        } else {
            trading[self.rng.usize(..trading.len())]
        }
        .clone()
    }

    fn deadline(&mut self) -> u64 {
        match self.rng.u8(..16) {
            0 => self.world.slot - 1,
            1 => self.world.slot,
            _ => u64::MAX,
        }
    }

    /// What an attacker can make of an instruction: other accounts, other flags, other data. Signatures only
    /// of wallets: nobody has the keys of derived addresses.
    fn tamper(&mut self, mut call: Call) -> Call {
        let mut known: Vec<Address> = self.world.accounts.keys().copied().collect();
        known.sort_unstable(); // a map's order is not the seed's
        for _ in 0..=self.rng.u8(..2) {
            let index = self.rng.usize(..call.metas.len());
            let other = self.rng.usize(..call.metas.len());
            match self.rng.u8(..8) {
                0 => call.metas[index].address = known[self.rng.usize(..known.len())],
                1 => call.metas[index].address = call.metas[other].address,
                2 => call.metas.swap(index, other),
                3 => call.metas[index].writable ^= true,
                4 => call.metas[index].signer ^= true,
                5 => call.metas.truncate(index.max(1)),
                6 => call.data.truncate(self.rng.usize(..call.data.len()).max(1)),
                _ => {
                    let at = self.rng.usize(..call.data.len());
                    call.data[at] = self.rng.u8(..);
                }
            }
        }
        for meta in &mut call.metas {
            meta.signer &= self.people.contains(&meta.address);
        }
        call
    }

    /// Anybody's graduation, often with gifts at addresses that it will need.
    fn graduation(&mut self, caller: &Address, coin: &Coin) -> Call {
        let max_top_up = if self.rng.bool() { 0 } else { SOL };
        let call = self.calls.graduate(caller, coin, max_top_up);
        let index = self.rng.usize(..call.metas.len() * 2);
        if let Some(meta) = call.metas.get(index).filter(|meta| meta.writable) {
            if !self.world.accounts.contains_key(&meta.address) {
                let lamports = self.magnitude(SOL);
                self.world.accounts.insert(meta.address, Account { lamports, ..Account::default() });
            }
        }
        call
    }

    /// Lamports sent to a curve, which are nobody's.
    pub(super) fn donate(&mut self) {
        let lamports = self.magnitude(SOL);
        let coin = &mut self.coins[0];
        coin.donated += lamports;
        self.world.accounts.entry(coin.curve).or_default().lamports += lamports;
    }

    /// Atoms sent to a vault by a holder.
    pub(super) fn donate_atoms(&mut self) {
        let index = self.rng.usize(..self.coins.len());
        if self.coins[index].graduated() {
            return; // its vault is gone
        }
        let (mint, vault) = (self.coins[index].mint, self.coins[index].vault);
        let actor = self.actors[self.rng.usize(..ACTORS)];
        let amount = self.magnitude(self.held(&actor, &mint)) / 1_000;
        let (from, to) = (self.calls.tokens(&actor, &mint), vault);
        self.move_atoms(&from, &to, amount);
        self.coins[index].donated_atoms += amount;
    }

    pub(super) fn move_atoms(&mut self, from: &Address, to: &Address, amount: u64) {
        for (address, change) in [(from, amount.wrapping_neg()), (to, amount)] {
            let account = self.world.accounts.get_mut(address).expect("a token account");
            let held = check::atoms(account).wrapping_add(change);
            account.data[64..72].copy_from_slice(&held.to_le_bytes());
        }
    }
}

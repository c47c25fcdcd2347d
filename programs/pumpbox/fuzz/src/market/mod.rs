//! A crowd on one installation: several coins, every instruction, honest and hostile, at every magnitude;
//! and after each the invariants of docs/program.md.

mod calls;
mod check;
mod governance;
mod rewards;

use pinocchio::Address;
use pumpbox::error::Error;
use pumpbox::math::curve::{FINAL_TOKENS, INITIAL_TOKENS};
use pumpbox::state::Curve;

pub use calls::{key, Calls};
use governance::Governance;
use rewards::Rewards;

use crate::programs::token;
use crate::world::{Account, Call, Change, Outcome, Refusal, World};

const ACTORS: usize = 5;
const COINS: usize = 4;
const WEALTH: u64 = 1 << 50; // a thousand times what completes a coin
/// A coin is complete after this many lamports at the very most: R0 500 SOL raises 1,577 SOL, 99 % fees.
const WHALE: u64 = 1 << 58;
const SOL: u64 = 1_000_000_000;

/// How often what happened: a run that refuses everything would prove nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub run: u64,
    pub done: u64,
    pub buys: u64,
    pub sells: u64,
    pub sweeps: u64,
    pub launches: u64,
    pub completions: u64,
    pub executions: u64,
    pub pauses: u64,
    pub epochs: u64,
    pub claims: u64,
    pub tampered_done: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.run += other.run;
        self.done += other.done;
        self.buys += other.buys;
        self.sells += other.sells;
        self.sweeps += other.sweeps;
        self.launches += other.launches;
        self.completions += other.completions;
        self.executions += other.executions;
        self.pauses += other.pauses;
        self.epochs += other.epochs;
        self.claims += other.claims;
        self.tampered_done += other.tampered_done;
    }
}

/// A coin and what was given to it for nothing.
#[derive(Clone)]
pub struct Coin {
    pub mint: Address,
    pub curve: Address,
    pub vault: Address,
    pub creator: Address,
    /// Which of its creator's.
    pub number: u64,
    pub donated: u64,
    pub donated_atoms: u64,
    /// The curve as last seen, to compare with.
    pub last: Curve,
}

#[derive(Clone)]
pub struct Market {
    pub world: World,
    pub calls: Calls,
    pub coins: Vec<Coin>,
    pub actors: Vec<Address>,
    /// Everybody who can sign: actors, the installation's keys, candidates.
    people: Vec<Address>,
    governance: Governance,
    rewards: Rewards,
    pub tally: Tally,
    launched: u64,
    rng: fastrand::Rng,
}

/// What an actor is about to do.
struct Act {
    call: Call,
    tampered: bool,
}

impl Market {
    /// An installation on terms that `seed` decides, without coins.
    pub fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let program = key(1);
        let calls = Calls::new(program);
        let mut world = World::new(program);
        for (index, address) in (100..).map(key).take(ACTORS).enumerate() {
            let account = Account { lamports: WEALTH << index, ..Account::default() };
            world.accounts.insert(address, account);
        }
        calls.install(&mut world, &mut rng);
        let actors = (100..).map(key).take(ACTORS).collect();
        Self {
            world,
            calls,
            coins: Vec::new(),
            actors,
            people: governance::people(),
            governance: Governance::default(),
            rewards: Rewards::default(),
            tally: Tally::default(),
            launched: 0,
            rng,
        }
    }

    /// One instruction by somebody; panics if it breaks an invariant.
    pub fn step(&mut self) {
        if self.rng.u8(..16) == 0 {
            let slots = self.magnitude(10_000);
            self.world.slot += slots;
            self.world.time += slots as i64 * 2 / 5;
        }
        if self.rng.u8(..64) == 0 {
            self.world.time += self.magnitude(1_000_000) as i64; // to the end of a lock or a pause
        }
        if self.coins.is_empty() || (self.coins.len() < COINS && self.rng.u16(..256) == 0) {
            return self.launch();
        }
        match self.rng.u8(..64) {
            0 => self.donate(),
            1 => self.donate_atoms(),
            _ => self.act(),
        }
    }

    fn act(&mut self) {
        let Act { call, tampered } = self.choose();
        self.tally.run += 1;
        match self.world.run(&call) {
            Ok(outcome) => {
                self.tally.done += 1;
                self.tally.tampered_done += u64::from(tampered);
                self.check(&call, &outcome);
            }
            Err(refusal) => self.check_refusal(&call, &refusal, tampered),
        }
    }

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

    fn choose(&mut self) -> Act {
        let actor = self.actors[self.rng.usize(..ACTORS)];
        let coin = self.coins[self.rng.usize(..self.coins.len())].clone();
        let deadline = self.deadline();
        let call = match self.rng.u8(..48) {
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

    /// A new coin, at addresses that somebody may have sent lamports to before.
    fn launch(&mut self) {
        let creator = self.actors[self.rng.usize(..ACTORS)];
        self.launched += 1;
        let call = self.calls.launch(&creator, self.launched, self.config().config_version);
        for address in self.calls.coin(&creator, self.launched) {
            if self.rng.bool() {
                let lamports = self.magnitude(SOL);
                self.world.accounts.insert(address, Account { lamports, ..Account::default() });
            }
        }
        self.tally.run += 1;
        if self.world.time < self.config().paused_until.0 {
            let refusal = self.world.run(&call).err();
            return assert_eq!(refusal, Some(Refusal::Program(u64::from(Error::Paused as u32))));
        }
        self.must_run(&call);
        self.tally.done += 1;
    }

    /// Takes a coin that an instruction made under its eyes.
    fn meet(&mut self, change: &Change) {
        let last = check::curve_of(&self.world, &change.address);
        self.tally.launches += 1;
        self.coins.push(Coin {
            mint: last.mint,
            curve: change.address,
            vault: self.calls.vault(&last.mint),
            number: self.launched,
            creator: last.creator,
            donated: change.before.lamports.saturating_sub(last.rent_deposit.0),
            donated_atoms: 0,
            last,
        });
        self.open_tokens(&last.mint);
    }

    /// Everybody's token account for the coin.
    fn open_tokens(&mut self, mint: &Address) {
        for actor in &self.actors {
            let data = token::plain_account(mint, actor, 0);
            let lamports = self.world.rent(data.len());
            let account = Account { lamports, owner: pinocchio_token_2022::ID, data };
            self.world.accounts.insert(self.calls.tokens(actor, mint), account);
        }
    }

    /// Lamports sent to a curve, which are nobody's.
    fn donate(&mut self) {
        let lamports = self.magnitude(SOL);
        let coin = &mut self.coins[0];
        coin.donated += lamports;
        self.world.accounts.entry(coin.curve).or_default().lamports += lamports;
    }

    /// Atoms sent to a vault by a holder.
    fn donate_atoms(&mut self) {
        let index = self.rng.usize(..self.coins.len());
        let (mint, vault) = (self.coins[index].mint, self.coins[index].vault);
        let actor = self.actors[self.rng.usize(..ACTORS)];
        let amount = self.magnitude(self.held(&actor, &mint)) / 1_000;
        let (from, to) = (self.calls.tokens(&actor, &mint), vault);
        self.move_atoms(&from, &to, amount);
        self.coins[index].donated_atoms += amount;
    }

    fn move_atoms(&mut self, from: &Address, to: &Address, amount: u64) {
        for (address, change) in [(from, amount.wrapping_neg()), (to, amount)] {
            let account = self.world.accounts.get_mut(address).expect("a token account");
            let held = check::atoms(account).wrapping_add(change);
            account.data[64..72].copy_from_slice(&held.to_le_bytes());
        }
    }

    pub fn held(&self, actor: &Address, mint: &Address) -> u64 {
        self.world.accounts.get(&self.calls.tokens(actor, mint)).map_or(0, check::atoms)
    }

    /// Up to `largest`, every order of magnitude as likely.
    fn magnitude(&mut self, largest: u64) -> u64 {
        let bits = 64 - largest.leading_zeros();
        let shift = 64 - self.rng.u32(..=bits);
        self.rng.u64(..).checked_shr(shift).unwrap_or(0).min(largest)
    }

    /// Invariant 5: whatever happened, each coin can be completed, and then every holder can leave. On a
    /// copy: the market goes on as it was.
    pub fn check_everyone_can_leave(&self) {
        let mut market = self.clone();
        // Nobody can pause again in this very second, so it is over by itself.
        market.world.time = market.world.time.max(market.config().paused_until.0);
        for index in 0..market.coins.len() {
            let coin = market.coins[index].clone();
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

    fn must_run(&mut self, call: &Call) -> Outcome {
        let outcome = self.world.run(call).unwrap_or_else(|refusal| panic!("{call:?}: {refusal:?}"));
        self.check(call, &outcome);
        outcome
    }
}

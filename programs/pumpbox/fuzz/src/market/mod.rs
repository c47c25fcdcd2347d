//! A crowd on one installation: several coins, every instruction, honest and hostile, at every magnitude;
//! and after each the invariants of docs/program.md.

mod acts;
mod calls;
mod check;
mod exit;
mod governance;
mod rewards;

use pinocchio::Address;
use pumpbox::error::Error;
use pumpbox::state::{Curve, GRADUATED};

use acts::Act;
pub use calls::{key, Calls};
use governance::Governance;
use rewards::Rewards;

use crate::programs::token;
use crate::world::{Account, Call, Change, Outcome, Refusal, World};

const ACTORS: usize = 5;
/// On the curve at a time, and in a life.
const COINS: usize = 4;
const MOST_COINS: usize = 16;
const WEALTH: u64 = 1 << 50; // a thousand times what completes a coin
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
    pub graduations: u64,
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
        self.graduations += other.graduations;
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

impl Coin {
    pub fn graduated(&self) -> bool {
        self.last.flags & GRADUATED != 0
    }
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
        let trading = self.coins.iter().filter(|coin| !coin.graduated()).count();
        let room = trading < COINS && self.coins.len() < MOST_COINS;
        if self.coins.is_empty() || (room && self.rng.u16(..256) == 0) {
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

    pub fn held(&self, actor: &Address, mint: &Address) -> u64 {
        self.world.accounts.get(&self.calls.tokens(actor, mint)).map_or(0, check::atoms)
    }

    /// Up to `largest`, every order of magnitude as likely.
    fn magnitude(&mut self, largest: u64) -> u64 {
        let bits = 64 - largest.leading_zeros();
        let shift = 64 - self.rng.u32(..=bits);
        self.rng.u64(..).checked_shr(shift).unwrap_or(0).min(largest)
    }

    fn must_run(&mut self, call: &Call) -> Outcome {
        let outcome = self.world.run(call).unwrap_or_else(|refusal| panic!("{call:?}: {refusal:?}"));
        self.check(call, &outcome);
        outcome
    }
}

//! The council, the guardian and strangers at their proposals, and a model of the rules of its own: who
//! agreed to what, and since when that is enough.

use std::collections::{HashMap, HashSet};

use pinocchio::Address;
use pumpbox::instructions::{approve, cancel, execute, pause, propose, rotate, unpause};
use pumpbox::state::Config;

use super::calls::{bytes, key, readonly, signer, writable};
use super::{check, Market};
use crate::pda;
use crate::world::{Call, Change, Outcome};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
const LOCK: i64 = 48 * HOUR;
const LONGEST_LOCK: i64 = 30 * DAY;
const WINDOW: i64 = 7 * DAY;
const PAUSE: i64 = 7 * DAY;
const TIME_LOCK: u8 = 2;
const GUARDIAN: u8 = 4;
const END_PAUSE: u8 = 5;

/// Instructions that change what Config says; propose, approve and cancel only count in it.
const CHANGING: [[u8; 8]; 4] =
    [execute::DISCRIMINATOR, rotate::DISCRIMINATOR, unpause::DISCRIMINATOR, pause::DISCRIMINATOR];

/// A proposal as the model knows it.
#[derive(Clone)]
struct Ballot {
    version: u64,
    action: Vec<u8>,
    made: i64,
    proposer: Address,
    payer: Address,
    signed: HashSet<Address>,
    /// When the k-th member signed.
    decided: Option<i64>,
}

#[derive(Clone, Default)]
pub struct Governance {
    ballots: HashMap<Address, Ballot>,
    /// In the order in which they were made, because a map's order is not the seed's.
    order: Vec<Address>,
}

impl Market {
    pub fn config(&self) -> Config {
        check::config_of(&self.world.accounts[&self.calls.config])
    }

    /// Something that the council's rules are about, by somebody.
    pub(super) fn govern(&mut self) -> Call {
        let config = self.config();
        let member = config.council[self.rng.usize(..usize::from(config.terms.council_len))];
        let stranger = self.actors[self.rng.usize(..self.actors.len())];
        let who = if self.rng.u8(..8) == 0 { stranger } else { member };
        let known = self.governance.order.len();
        match self.rng.u8(..16) {
            0..=2 => return self.proposal(&config, &who),
            3 => {
                let by = if self.rng.bool() { config.guardian } else { stranger };
                return Call {
                    metas: vec![signer(&by), writable(&self.calls.config)],
                    data: bytes(pause::DISCRIMINATOR, &[]),
                };
            }
            _ if known == 0 => return self.proposal(&config, &who),
            _ => {}
        }
        // Mostly a recent one: the old are executed, void or over.
        let address = self.governance.order[known - 1 - self.rng.usize(..known.min(4))];
        let ballot = self.governance.ballots[&address].clone();
        match self.rng.u8(..8) {
            0..=3 => self.approval(&who, &address, &ballot),
            4 => self.cancellation(&config, &who, &address, &ballot),
            _ => self.execution(&address, &ballot),
        }
    }

    fn proposal(&mut self, config: &Config, by: &Address) -> Call {
        let number = config.next_proposal.to_le_bytes();
        let address = pda::find(&[b"proposal", &number], &self.world.program).0;
        let mut data = bytes(propose::DISCRIMINATOR, &[config.config_version]);
        data.extend(self.action());
        let payer = self.actors[self.rng.usize(..self.actors.len())];
        let metas = vec![
            signer(&payer),
            signer(by),
            writable(&self.calls.config),
            writable(&address),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data }
    }

    /// Borsh of a change; some of them nobody could make.
    fn action(&mut self) -> Vec<u8> {
        let rng = &mut self.rng;
        let people = |rng: &mut fastrand::Rng| self.people[rng.usize(..self.people.len())];
        let mut action = vec![rng.u8(..6)];
        match action[0] {
            0 => {
                action.extend(rng.u64(4_900_000_000..=500_100_000_000).to_le_bytes());
                action.extend(rng.u32(0..=1_000_100_000).to_le_bytes());
                let fee = rng.u16(0..=510);
                let slots = if rng.bool() { 0 } else { rng.u16(1..=9_010) };
                let high = if slots == 0 { 0 } else { rng.u16(fee..=9_910) };
                for word in [slots, fee, rng.u16(0..=fee), high] {
                    action.extend(word.to_le_bytes());
                }
            }
            1 => [people(rng), people(rng)].iter().for_each(|key| action.extend_from_slice(key.as_ref())),
            TIME_LOCK => action.extend((rng.u64(0..=31) * DAY as u64).to_le_bytes()),
            3 => {
                let len = rng.u32(1..=4);
                action.push(rng.u8(1..=3));
                action.extend(len.to_le_bytes());
                (0..len).for_each(|_| action.extend_from_slice(people(rng).as_ref()));
            }
            GUARDIAN => action.extend_from_slice(people(rng).as_ref()),
            _ => {}
        }
        action
    }

    fn approval(&mut self, by: &Address, address: &Address, ballot: &Ballot) -> Call {
        let version = ballot.version.to_le_bytes();
        let digest = pda::sha256([&b"pumpbox:proposal:1"[..], &version, &ballot.action]);
        let mut data = bytes(approve::DISCRIMINATOR, &[]);
        data.extend(digest);
        Call { metas: vec![signer(by), writable(&self.calls.config), writable(address)], data }
    }

    fn cancellation(&mut self, config: &Config, who: &Address, at: &Address, ballot: &Ballot) -> Call {
        let by = match self.rng.u8(..3) {
            0 => config.guardian,
            1 => ballot.proposer,
            _ => *who,
        };
        let metas = vec![signer(&by), writable(&self.calls.config), writable(at), writable(&ballot.payer)];
        Call { metas, data: bytes(cancel::DISCRIMINATOR, &[]) }
    }

    fn execution(&mut self, address: &Address, ballot: &Ballot) -> Call {
        let right = match ballot.action.first() {
            Some(3 | &GUARDIAN) => rotate::DISCRIMINATOR,
            Some(&END_PAUSE) => unpause::DISCRIMINATOR,
            _ => execute::DISCRIMINATOR,
        };
        let any = CHANGING[self.rng.usize(..3)];
        let chosen = if self.rng.u8(..8) == 0 { any } else { right };
        let metas = vec![writable(&self.calls.config), writable(address), writable(&ballot.payer)];
        Call { metas, data: bytes(chosen, &[]) }
    }

    /// Config after an instruction that touched it: nothing but what the model allows has changed.
    pub(super) fn check_governance(&mut self, call: &Call, outcome: &Outcome) {
        let Some(Change { before, .. }) =
            outcome.changes.iter().find(|change| change.address == self.calls.config)
        else {
            return;
        };
        if before.data.is_empty() {
            return; // initialize
        }
        let (old, new) = (check::config_of(before), self.config());
        let kind: [u8; 8] = *call.data.first_chunk().expect("an instruction of ours");
        let at = |index: usize| call.metas[index].address;
        match kind {
            propose::DISCRIMINATOR => self.check_proposed(&old, call, at(0), at(1), at(3)),
            approve::DISCRIMINATOR => self.check_approved(&old, at(0), at(2)),
            cancel::DISCRIMINATOR => self.check_cancelled(&old, at(0), at(2)),
            pause::DISCRIMINATOR => self.check_paused(&old, &new, at(0)),
            execute::DISCRIMINATOR | rotate::DISCRIMINATOR | unpause::DISCRIMINATOR => {
                self.check_executed(&old, &new, at(1));
            }
            _ => assert!(new.next_epoch == old.next_epoch + 1, "Config changed by another instruction"),
        }
        if !CHANGING.contains(&kind) {
            assert!(says(&old) == says(&new), "Config says otherwise without an execution");
            assert_eq!(old.config_version, new.config_version);
        }
        if new.next_epoch == old.next_epoch {
            assert_eq!(new.sequence, old.sequence + outcome.events.len() as u64, "a gap in Config's events");
        }
    }

    fn check_proposed(&mut self, old: &Config, call: &Call, payer: Address, by: Address, address: Address) {
        let version = old.config_version;
        let action = call.data[16..].to_vec();
        let ballot = Ballot {
            version,
            action,
            made: self.world.time,
            proposer: by,
            payer,
            signed: HashSet::new(),
            decided: None,
        };
        assert!(self.governance.ballots.insert(address, ballot).is_none(), "a number came twice");
        self.governance.order.push(address);
        self.check_approved(old, by, address);
    }

    fn check_approved(&mut self, old: &Config, by: Address, address: Address) {
        let ballot = self.governance.ballots.get_mut(&address).expect("a proposal");
        assert!(members(old).contains(&by), "a stranger approved");
        assert_eq!(ballot.version, old.config_version, "a void proposal was approved");
        assert!(ballot.signed.insert(by), "approved twice");
        if ballot.signed.len() >= usize::from(old.terms.threshold) {
            ballot.decided.get_or_insert(self.world.time);
        }
    }

    /// Written down once more, not asked of the program: the lock runs from the k-th approval.
    fn check_executed(&mut self, old: &Config, new: &Config, address: Address) {
        let ballot = self.close(&address);
        let tag = ballot.action[0];
        let decided = ballot.decided.expect("executed without enough approvals");
        assert_eq!(ballot.version, old.config_version, "a void proposal was executed");
        assert!(ballot.signed.iter().all(|member| members(old).contains(member)));
        let waited = self.world.time - decided;
        let least = match tag {
            END_PAUSE => 0,
            GUARDIAN => 2 * old.time_lock.0,
            TIME_LOCK => old.time_lock.0.max(new.time_lock.0),
            _ => old.time_lock.0,
        };
        assert!(waited >= least, "executed {waited} s after the k-th approval");
        assert!(waited < least + WINDOW, "executed after a week");
        assert!(tag == END_PAUSE || waited >= LOCK);
        let began = old.paused_until.0 - PAUSE;
        assert!(tag != END_PAUSE || ballot.made >= began, "a pause ended by a proposal older than it");
        assert_eq!(new.config_version, old.config_version + u64::from(tag != END_PAUSE));
        assert!((LOCK..=LONGEST_LOCK).contains(&new.time_lock.0));
        let distinct: HashSet<_> = members(new).into_iter().collect();
        assert_eq!(distinct.len(), usize::from(new.terms.council_len), "a member twice");
        self.tally.executions += 1;
    }

    fn check_cancelled(&mut self, old: &Config, by: Address, address: Address) {
        let ballot = self.close(&address);
        let tag = ballot.action[0];
        let vetoed = by == old.guardian && tag != GUARDIAN && tag != END_PAUSE;
        let void = ballot.version != old.config_version;
        let withdrawn = ballot.decided.is_none() && by == ballot.proposer;
        let over = ballot.decided.is_some_and(|decided| self.world.time >= decided + WINDOW);
        assert!(vetoed || void || withdrawn || over, "a living proposal was cancelled");
    }

    fn close(&mut self, address: &Address) -> Ballot {
        self.governance.order.retain(|other| other != address);
        assert_eq!(self.world.lamports(address), 0, "a proposal that is done is gone");
        self.governance.ballots.remove(address).expect("a proposal")
    }

    fn check_paused(&mut self, old: &Config, new: &Config, by: Address) {
        assert_eq!(by, old.guardian);
        assert_eq!(new.paused_until.0, self.world.time + PAUSE);
        let began = old.paused_until.0 + if old.paused_until.0 == 0 { 0 } else { PAUSE };
        assert!(self.world.time >= began, "paused again within a week");
        self.tally.pauses += 1;
    }
}

fn members(config: &Config) -> Vec<Address> {
    config.council[..usize::from(config.terms.council_len)].to_vec()
}

/// Everything that only an execution or a pause may change, byte by byte.
fn says(config: &Config) -> Vec<u8> {
    let terms = &config.terms;
    let numbers = [
        config.time_lock.0 as u64,
        config.paused_until.0 as u64,
        config.pause_allowed_at.0 as u64,
        terms.initial_sol.0,
        terms.graduation_cap.into(),
        terms.schedule_slots.into(),
        terms.fee.0.into(),
        terms.creator_fee.0.into(),
        terms.schedule_fee.0.into(),
        terms.council_len.into(),
        terms.threshold.into(),
        terms.raydium_set.into(),
    ];
    let keys = [config.guardian, config.treasury, config.rewards];
    let named = keys.iter().chain(&config.council).flat_map(|key| *key.as_array());
    numbers.iter().flat_map(|number| number.to_le_bytes()).chain(named).collect()
}

/// Those who may sign: actors, the installation's keys, and some who may be elected.
pub(super) fn people() -> Vec<Address> {
    [3, 4, 5, 10, 11, 12, 20, 21, 22, 23].into_iter().chain(100..105).map(key).collect()
}

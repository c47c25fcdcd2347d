//! Epochs of rewards: opened, claimed by anybody for anybody, voided, closed; and who has been paid what.

use std::collections::{HashMap, HashSet};

use pinocchio::Address;
use pumpbox::instructions::{claim, close_epoch, close_page, open_epoch, void_epoch};

use super::calls::{bytes, key, readonly, signer, writable};
use super::Market;
use crate::pda;
use crate::world::{Call, Outcome};

type Hash = [u8; 32];

const DAY: i64 = 86_400;
const MIN_LEAF: u64 = 890_880;
const PAGE: u64 = 1_024;
const EPOCH_SIZE: usize = 176;

/// An epoch that is open, and what was paid.
#[derive(Clone)]
struct Epoch {
    number: u64,
    address: Address,
    leaves: Vec<(Address, u64)>,
    /// Leaves' hashes first, the root last.
    levels: Vec<Vec<Hash>>,
    total: u64,
    funder: Address,
    claims_from: i64,
    expires_at: i64,
    claimed: HashSet<u64>,
    paid: u64,
}

#[derive(Clone, Default)]
pub struct Rewards {
    open: Vec<Epoch>,
    /// What the last open_epoch that was tried would make.
    planned: Option<Epoch>,
    /// Epoch, number and payer of each page.
    pages: Vec<(Address, u64, Address, Address)>,
    /// Epochs that are gone.
    closed: HashMap<Address, u64>,
}

impl Market {
    /// Something about rewards, by somebody.
    pub(super) fn reward(&mut self) -> Call {
        if self.rewards.open.is_empty() || (self.rewards.open.len() < 3 && self.rng.u8(..32) == 0) {
            return self.opening();
        }
        let epoch = self.rewards.open[self.rng.usize(..self.rewards.open.len())].clone();
        let someone = self.actors[self.rng.usize(..self.actors.len())];
        match self.rng.u8(..32) {
            0 => {
                let guardian = self.config().guardian;
                let metas = vec![
                    signer(&guardian),
                    readonly(&self.calls.config),
                    writable(&epoch.address),
                    writable(&epoch.funder),
                ];
                Call { metas, data: bytes(void_epoch::DISCRIMINATOR, &[]) }
            }
            1 | 2 => Call {
                metas: vec![writable(&epoch.address), writable(&epoch.funder)],
                data: bytes(close_epoch::DISCRIMINATOR, &[]),
            },
            3 | 4 if !self.rewards.pages.is_empty() => {
                let index = self.rng.usize(..self.rewards.pages.len());
                let (of, _, page, payer) = self.rewards.pages[index];
                let metas = vec![writable(&page), readonly(&of), writable(&payer)];
                Call { metas, data: bytes(close_page::DISCRIMINATOR, &[]) }
            }
            _ => self.claim(&epoch, &someone),
        }
    }

    fn opening(&mut self) -> Call {
        let config = self.config();
        let (number, funder) = (config.next_epoch, self.actors[self.rng.usize(..self.actors.len())]);
        let count = if self.rng.u8(..16) == 0 { PAGE + 6 } else { self.rng.u64(1..=9) };
        let leaves: Vec<_> = (0..count).map(|index| self.leaf(index)).collect();
        let sum: u64 = leaves.iter().map(|(_, amount)| amount).sum();
        // Now and then more is promised than is paid in.
        let total = if self.rng.u8(..4) == 0 { (sum / 2).max(count * MIN_LEAF) } else { sum };
        let claim_time = self.rng.u32(30..=60) * DAY as u32;
        let levels = tree(number, &leaves);
        let root = levels.last().expect("a root")[0];
        let address = pda::find(&[b"epoch", &number.to_le_bytes()], &self.world.program).0;
        let claims_from = self.world.time + DAY;
        let expires_at = claims_from + i64::from(claim_time);
        let (claimed, paid) = (HashSet::new(), 0);
        self.rewards.planned = Some(Epoch {
            number,
            address,
            leaves,
            levels,
            total,
            funder,
            claims_from,
            expires_at,
            claimed,
            paid,
        });
        let mut data = bytes(open_epoch::DISCRIMINATOR, &[number]);
        data.extend(root);
        data.extend([7; 32]);
        data.extend(count.to_le_bytes());
        data.extend(total.to_le_bytes());
        data.extend(claim_time.to_le_bytes());
        let metas = vec![
            signer(&config.rewards),
            signer(&funder),
            writable(&self.calls.config),
            writable(&address),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data }
    }

    /// Somebody of the market, or an address that holds nothing; some leaves are too small to be paid.
    fn leaf(&mut self, index: u64) -> (Address, u64) {
        let known = self.people[self.rng.usize(..self.people.len())];
        let recipient = if self.rng.bool() { known } else { key(10_000 + self.rng.u64(..1_000)) };
        let least = if self.rng.u8(..16) == 0 { MIN_LEAF - 1 } else { MIN_LEAF };
        (recipient, least + self.rng.u64(..1_000_000) + index)
    }

    fn claim(&mut self, epoch: &Epoch, submitter: &Address) -> Call {
        let index = self.rng.u64(..epoch.leaves.len() as u64);
        let (recipient, amount) = epoch.leaves[index as usize];
        let proof = proof(epoch, index);
        let page = self.page(&epoch.address, index / PAGE);
        let (mut index, mut amount) = (index, amount);
        match self.rng.u8(..16) {
            0 => index += 1 << proof.len(), // bits above the tree: the same path
            1 => index = self.rng.u64(..),
            2 => amount += 1,
            _ => {}
        }
        let mut data = bytes(claim::DISCRIMINATOR, &[index, amount]);
        data.extend((proof.len() as u32).to_le_bytes());
        data.extend(proof.concat());
        let metas = vec![
            signer(submitter),
            writable(&epoch.address),
            writable(&page),
            writable(&recipient),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data }
    }

    fn page(&self, epoch: &Address, number: u64) -> Address {
        pda::find(&[b"claims", epoch.as_ref(), &number.to_le_bytes()], &self.world.program).0
    }

    /// After an instruction about rewards that did something.
    pub(super) fn check_rewards(&mut self, call: &Call, outcome: &Outcome) {
        let Some(kind) = call.data.first_chunk::<8>() else { return };
        let at = |index: usize| call.metas[index].address;
        match *kind {
            open_epoch::DISCRIMINATOR => self.check_opened(call),
            claim::DISCRIMINATOR => self.check_claimed(call, outcome),
            void_epoch::DISCRIMINATOR => {
                assert_eq!(at(0), self.config().guardian);
                let epoch = self.close_epoch(&at(2));
                assert!(self.world.time < epoch.claims_from && epoch.paid == 0, "voided after claims began");
            }
            close_epoch::DISCRIMINATOR => {
                let epoch = self.close_epoch(&at(0));
                assert!(self.world.time >= epoch.expires_at, "closed while anybody could claim");
            }
            close_page::DISCRIMINATOR => {
                let place = self.rewards.pages.iter().position(|page| page.2 == at(0)).expect("a page");
                let (epoch, _, _, payer) = self.rewards.pages.remove(place);
                assert!(self.rewards.closed.contains_key(&epoch), "a page closed before its epoch");
                assert_eq!(payer, at(2));
            }
            _ => {}
        }
        for epoch in &self.rewards.open {
            let owed = self.world.rent(EPOCH_SIZE) + epoch.total - epoch.paid;
            assert_eq!(self.world.lamports(&epoch.address), owed, "an epoch holds what it has not paid");
        }
    }

    fn check_opened(&mut self, call: &Call) {
        let mut epoch = self.rewards.planned.take().expect("planned");
        // Tampered data may have opened another than was planned; then no leaf of it can be proved.
        epoch.total = u64::from_le_bytes(*call.data[88..].first_chunk().expect("lamports"));
        epoch.funder = call.metas[1].address;
        epoch.expires_at = epoch.claims_from
            + i64::from(u32::from_le_bytes(*call.data[96..].first_chunk().expect("seconds")));
        assert!(!self.rewards.closed.contains_key(&epoch.address), "a number came twice");
        self.rewards.open.push(epoch);
        self.tally.epochs += 1;
    }

    fn check_claimed(&mut self, call: &Call, outcome: &Outcome) {
        let (address, page, recipient) =
            (call.metas[1].address, call.metas[2].address, call.metas[3].address);
        let index = u64::from_le_bytes(*call.data[8..].first_chunk().expect("an index"));
        let time = self.world.time;
        let epoch =
            self.rewards.open.iter_mut().find(|epoch| epoch.address == address).expect("an open epoch");
        assert!(epoch.claimed.insert(index), "claim twice");
        let (owner, amount) = *epoch.leaves.get(index as usize).expect("an index of a leaf");
        assert_eq!(owner, recipient, "claimed for another");
        assert!((epoch.claims_from..epoch.expires_at).contains(&time), "claimed at the wrong time");
        epoch.paid += amount;
        assert!(epoch.paid <= epoch.total, "beyond the total");
        let number = index / PAGE;
        let made = outcome.changes.iter().find(|change| change.address == page).expect("its page");
        if made.before.data.is_empty() {
            self.rewards.pages.push((address, number, page, call.metas[0].address));
        }
        self.tally.claims += 1;
    }

    fn close_epoch(&mut self, address: &Address) -> Epoch {
        let place = self.rewards.open.iter().position(|epoch| &epoch.address == address);
        let epoch = self.rewards.open.remove(place.expect("an open epoch"));
        assert_eq!(self.world.lamports(address), 0, "an epoch that is done is gone");
        self.rewards.closed.insert(*address, epoch.number);
        epoch
    }
}

fn tree(epoch: u64, leaves: &[(Address, u64)]) -> Vec<Vec<Hash>> {
    let hash = |(index, (recipient, amount)): (usize, &(Address, u64))| {
        let recipient = recipient.as_array();
        let parts = [epoch, index as u64].map(u64::to_le_bytes);
        pda::sha256([&[0][..], &parts[0], &parts[1], recipient, &amount.to_le_bytes()])
    };
    let mut level: Vec<Hash> = leaves.iter().enumerate().map(hash).collect();
    level.resize(level.len().next_power_of_two(), pda::sha256([&[2][..]]));
    let mut levels = vec![level];
    while levels[levels.len() - 1].len() > 1 {
        let below = &levels[levels.len() - 1];
        levels.push(below.chunks(2).map(|pair| pda::sha256([&[1][..], &pair[0], &pair[1]])).collect());
    }
    levels
}

fn proof(epoch: &Epoch, index: u64) -> Vec<Hash> {
    let sides = &epoch.levels[..epoch.levels.len() - 1];
    sides.iter().enumerate().map(|(height, level)| level[(index as usize >> height) ^ 1]).collect()
}

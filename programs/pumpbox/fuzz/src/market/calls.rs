//! The instructions as clients build them, and the accounts that an installation begins with.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pinocchio::sysvars::rent::RENT_ID;
use pinocchio::Address;
use pumpbox::instructions::{buy, graduate, initialize, launch, sell, set_fee_recipient, sweep_fees};

use super::Coin;
use crate::pda;
use crate::programs::{associated, raydium};
use crate::world::{Account, Call, Meta, World};

/// BPFLoaderUpgradeab1e11111111111111111111111
const LOADER: Address = Address::new_from_array([
    2, 168, 246, 145, 78, 136, 161, 176, 226, 16, 21, 62, 247, 99, 174, 43, 0, 194, 185, 61, 22, 193, 36,
    210, 192, 83, 122, 16, 4, 128, 0, 0,
]);
const MIN_LOCK: u64 = 172_800;

/// An address that a test knows by number.
pub fn key(number: u64) -> Address {
    Address::new_from_array(pda::sha256([&number.to_le_bytes()[..]]))
}

/// mint, curve and vault of a creator's numbered box.
type Coins = HashMap<(Address, u64), [Address; 3]>;

/// Addresses of an installation.
#[derive(Clone)]
pub struct Calls {
    pub program: Address,
    pub config: Address,
    pub authority: Address,
    pub treasury: Address,
    pub program_data: Address,
    /// Derived addresses, because deriving costs more than trading.
    coins: Rc<RefCell<Coins>>,
}

pub(super) fn signer(address: &Address) -> Meta {
    Meta { address: *address, signer: true, writable: true }
}

pub(super) fn writable(address: &Address) -> Meta {
    Meta { address: *address, signer: false, writable: true }
}

pub(super) fn readonly(address: &Address) -> Meta {
    Meta { address: *address, signer: false, writable: false }
}

/// Instruction data: words after a discriminator.
pub(super) fn bytes(discriminator: [u8; 8], words: &[u64]) -> Vec<u8> {
    discriminator.into_iter().chain(words.iter().flat_map(|word| word.to_le_bytes())).collect()
}

impl Calls {
    pub fn new(program: Address) -> Self {
        Self {
            program,
            config: pda::find(&[b"config"], &program).0,
            authority: key(2),
            treasury: key(4),
            program_data: pda::find(&[program.as_ref()], &LOADER).0,
            coins: Rc::default(),
        }
    }

    /// ProgramData, and Config made on random terms within the bounds.
    pub fn install(&self, world: &mut World, rng: &mut fastrand::Rng) {
        let tag = [&3u32.to_le_bytes()[..], &0u64.to_le_bytes(), &[1], self.authority.as_ref()].concat();
        let lamports = world.rent(tag.len());
        world.accounts.insert(self.program_data, Account { lamports, owner: LOADER, data: tag });
        world.accounts.insert(self.authority, Account { lamports: 1 << 40, ..Account::default() });
        if rng.bool() {
            world.accounts.insert(self.treasury, Account { lamports: 890_880, ..Account::default() });
        }
        raydium::install(world, rng.u64(0..=1_000_000_000));
        let call = self.initialize(rng);
        if let Err(refusal) = world.run(&call) {
            panic!("initialize: {refusal:?}");
        }
    }

    fn initialize(&self, rng: &mut fastrand::Rng) -> Call {
        let fee = rng.u16(0..=500);
        let creator_fee = rng.u16(0..=fee);
        let slots = if rng.bool() { 0 } else { rng.u16(1..=9_000) };
        let high = if slots == 0 { 0 } else { rng.u16(fee..=9_900) };
        let mut data =
            bytes(initialize::DISCRIMINATOR, &[MIN_LOCK, rng.u64(5_000_000_000..=500_000_000_000)]);
        data.extend(rng.u32(0..=1_000_000_000).to_le_bytes());
        for word in [slots, fee, creator_fee, high] {
            data.extend(word.to_le_bytes());
        }
        data.extend([2, 1]); // threshold, Raydium's mainnet
        for number in [3, 4, 5] {
            data.extend_from_slice(key(number).as_ref());
        }
        data.extend(3u32.to_le_bytes());
        for number in [10, 11, 12] {
            data.extend_from_slice(key(number).as_ref());
        }
        let metas = vec![
            signer(&self.authority),
            signer(&self.authority),
            writable(&self.config),
            readonly(&self.program_data),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data }
    }

    /// mint, curve and vault of a creator's box.
    pub fn coin(&self, creator: &Address, number: u64) -> [Address; 3] {
        *self.coins.borrow_mut().entry((*creator, number)).or_insert_with(|| {
            let content = pda::sha256([&content()[..]]);
            let id = pda::sha256([b"pumpbox:box:1", creator.as_ref(), &commitment(number), &content]);
            let mint = pda::find(&[b"mint", &id], &self.program).0;
            let curve = pda::find(&[b"curve", mint.as_ref()], &self.program).0;
            [mint, curve, self.vault(&mint)]
        })
    }

    pub fn vault(&self, mint: &Address) -> Address {
        pda::find(&[b"vault", mint.as_ref()], &self.program).0
    }

    pub fn launch(&self, creator: &Address, number: u64, config_version: u64) -> Call {
        let [mint, curve, vault] = self.coin(creator, number);
        let mut data = bytes(launch::DISCRIMINATOR, &[config_version]);
        data.extend(commitment(number));
        data.extend(content());
        let metas = vec![
            signer(creator),
            readonly(&self.config),
            writable(&mint),
            writable(&curve),
            writable(&vault),
            readonly(&pinocchio_token_2022::ID),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data }
    }

    /// Where an actor keeps a coin. Not the associated address: nothing in the program asks for that.
    pub fn tokens(&self, owner: &Address, mint: &Address) -> Address {
        let mut bytes = *mint.as_array();
        bytes.iter_mut().zip(owner.as_array()).for_each(|(byte, other)| *byte ^= other);
        Address::new_from_array(bytes)
    }

    pub fn buy(&self, buyer: &Address, coin: &Coin, max_in: u64, min_out: u64, deadline: u64) -> Call {
        let metas = vec![
            signer(buyer),
            readonly(&self.config),
            writable(&coin.curve),
            readonly(&coin.mint),
            writable(&coin.vault),
            writable(&self.tokens(buyer, &coin.mint)),
            readonly(&pinocchio_token_2022::ID),
            readonly(&pinocchio_system::ID),
        ];
        Call { metas, data: bytes(buy::DISCRIMINATOR, &[max_in, min_out, deadline]) }
    }

    pub fn sell(&self, seller: &Address, coin: &Coin, amount: u64, min_out: u64, deadline: u64) -> Call {
        let metas = vec![
            signer(seller),
            writable(&coin.curve),
            readonly(&coin.mint),
            writable(&coin.vault),
            writable(&self.tokens(seller, &coin.mint)),
            readonly(&pinocchio_token_2022::ID),
        ];
        Call { metas, data: bytes(sell::DISCRIMINATOR, &[amount, min_out, deadline]) }
    }

    pub fn sweep_fees(&self, coin: &Coin, treasury: &Address) -> Call {
        let metas = vec![
            writable(&coin.curve),
            readonly(&self.config),
            writable(treasury),
            writable(&coin.last.fee_recipient),
        ];
        Call { metas, data: bytes(sweep_fees::DISCRIMINATOR, &[]) }
    }

    /// In the order of the IDL.
    pub fn graduate(&self, caller: &Address, coin: &Coin, max_top_up: u64) -> Call {
        let creator = pda::find(&[b"pool_creator", coin.mint.as_ref()], &self.program).0;
        let pool = pda::find(&[b"pool", coin.mint.as_ref()], &self.program).0;
        let lp_mint = raydium::address(&[b"pool_lp_mint", pool.as_ref()]);
        let vault = |mint: &Address| raydium::address(&[b"pool_vault", pool.as_ref(), mint.as_ref()]);
        let metas = vec![
            signer(caller),
            readonly(&self.config),
            writable(&coin.curve),
            writable(&coin.mint),
            writable(&coin.vault),
            writable(&creator),
            writable(&pool),
            readonly(&raydium::WSOL),
            writable(&associated::address(&creator, &raydium::WSOL)),
            writable(&associated::address(&creator, &lp_mint)),
            readonly(&raydium::CONFIG),
            readonly(&raydium::AUTHORITY),
            writable(&lp_mint),
            writable(&vault(&coin.mint)),
            writable(&vault(&raydium::WSOL)),
            writable(&raydium::FEE_RECEIVER),
            writable(&raydium::address(&[b"observation", pool.as_ref()])),
            readonly(&raydium::ID),
            readonly(&pinocchio_token::ID),
            readonly(&pinocchio_token_2022::ID),
            readonly(&associated::ID),
            readonly(&pinocchio_system::ID),
            readonly(&RENT_ID),
        ];
        Call { metas, data: bytes(graduate::DISCRIMINATOR, &[max_top_up]) }
    }

    pub fn set_fee_recipient(&self, creator: &Address, coin: &Coin, to: &Address) -> Call {
        let mut data = bytes(set_fee_recipient::DISCRIMINATOR, &[]);
        data.extend_from_slice(to.as_ref());
        Call { metas: vec![signer(creator), writable(&coin.curve)], data }
    }
}

fn commitment(number: u64) -> [u8; 32] {
    *key(1_000 + number).as_array()
}

fn content() -> Vec<u8> {
    let strings: [&[u8]; 3] = [b"Space Cats", b"CATS", b"https://example.org/"];
    strings.iter().flat_map(|text| [&(text.len() as u32).to_le_bytes()[..], text].concat()).collect()
}

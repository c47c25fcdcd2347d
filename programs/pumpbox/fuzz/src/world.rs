//! The ledger, and one instruction of the program on it: all or nothing, under the runtime's rules.

use std::collections::HashMap;

use pinocchio::account::{RuntimeAccount, MAX_PERMITTED_DATA_INCREASE, NOT_BORROWED};
use pinocchio::entrypoint::process_entrypoint;
use pinocchio::Address;

use crate::frame::{Frame, View, FRAME};

const HEADER: usize = size_of::<RuntimeAccount>();

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub lamports: u64,
    pub owner: Address,
    pub data: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    pub address: Address,
    pub signer: bool,
    pub writable: bool,
}

/// An instruction of our program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub metas: Vec<Meta>,
    pub data: Vec<u8>,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Our program's code, or a built-in error's number above 32 bits.
    Program(u64),
    /// A called program's own code.
    Callee(u32),
    Runtime(&'static str),
}

pub struct Change {
    pub address: Address,
    pub before: Account,
    pub after: Account,
}

/// What an instruction did.
pub struct Outcome {
    pub events: Vec<Vec<u8>>,
    pub changes: Vec<Change>,
}

#[derive(Clone)]
pub struct World {
    pub program: Address,
    pub accounts: HashMap<Address, Account>,
    pub slot: u64,
    pub time: i64,
    pub rent_per_byte: u64,
    /// The loader's input, kept between instructions; words, because it is 8-aligned.
    input: Vec<u64>,
}

impl World {
    pub fn new(program: Address) -> Self {
        let (slot, time) = (1_000, 400);
        Self { program, accounts: HashMap::new(), slot, time, rent_per_byte: 6_960, input: Vec::new() }
    }

    pub fn rent(&self, bytes: usize) -> u64 {
        (bytes as u64 + 128) * self.rent_per_byte
    }

    pub fn account(&self, address: &Address) -> Account {
        self.accounts.get(address).cloned().unwrap_or_default()
    }

    pub fn lamports(&self, address: &Address) -> u64 {
        self.accounts.get(address).map_or(0, |account| account.lamports)
    }

    /// Runs one instruction; on a refusal nothing has changed.
    pub fn run(&mut self, call: &Call) -> Result<Outcome, Refusal> {
        let views = self.serialize(call);
        let mut frame = Frame {
            program: self.program,
            views,
            slot: self.slot,
            time: self.time,
            rent_per_byte: self.rent_per_byte,
            ..Frame::default()
        };
        frame.note();
        FRAME.set(frame);
        // SAFETY: `serialize` wrote the loader's format, with room to grow behind each account; the buffer
        // is not touched until the program returns.
        let status = unsafe {
            process_entrypoint::<{ pumpbox::MAX_ACCOUNTS }>(self.input.as_mut_ptr().cast(), pumpbox::process)
        };
        let frame = FRAME.take();
        if let Some(refusal) = frame.refusal {
            return Err(refusal);
        }
        if status != 0 {
            return Err(Refusal::Program(status));
        }
        frame.check_changes()?;
        let changes = self.changes(&frame)?;
        for change in &changes {
            if change.after.lamports == 0 {
                self.accounts.remove(&change.address); // the runtime forgets it
            } else {
                self.accounts.insert(change.address, change.after.clone());
            }
        }
        Ok(Outcome { events: frame.events, changes })
    }

    /// The changed accounts; the cluster lets none of them end below its rent minimum.
    fn changes(&self, frame: &Frame) -> Result<Vec<Change>, Refusal> {
        let mut changes = Vec::new();
        for view in &frame.views {
            let (before, after) = (self.account(&view.address()), view.account());
            if before == after {
                continue;
            }
            let minimum = self.rent(after.data.len());
            let was_poor =
                before.lamports < minimum && after.lamports <= before.lamports && before.lamports > 0;
            let same_size = before.data.len() == after.data.len();
            if after.lamports != 0 && after.lamports < minimum && !(was_poor && same_size) {
                return Err(Refusal::Runtime("InsufficientFundsForRent"));
            }
            changes.push(Change { address: view.address(), before, after });
        }
        Ok(changes)
    }

    /// Writes the loader's input: each account once, later mentions as the index of the first.
    fn serialize(&mut self, call: &Call) -> Vec<View> {
        let room: usize = call
            .metas
            .iter()
            .map(|meta| self.accounts.get(&meta.address).map_or(0, |account| account.data.len()))
            .map(|len| HEADER + len + MAX_PERMITTED_DATA_INCREASE + 16)
            .sum();
        let words = (8 + room + 8 + call.data.len() + 32) / 8 + 2;
        if self.input.len() < words {
            self.input.resize(words, 0);
        }
        let start: *mut u8 = self.input.as_mut_ptr().cast();
        let mut views: Vec<(usize, View)> = Vec::with_capacity(call.metas.len());
        // SAFETY: every write below stays within `words`, which was computed from the same lengths.
        unsafe {
            start.cast::<u64>().write(call.metas.len() as u64);
            let mut at = start.add(8);
            for (index, meta) in call.metas.iter().enumerate() {
                if let Some((first, _)) = views.iter().find(|(_, view)| view.address() == meta.address) {
                    at.cast::<u64>().write(*first as u64);
                    at = at.add(8);
                    continue;
                }
                let raw: *mut RuntimeAccount = at.cast();
                at = at.add(self.write_account(call, meta, raw));
                views.push((index, View::new(raw)));
            }
            at.cast::<u64>().write(call.data.len() as u64);
            at = at.add(8);
            core::ptr::copy_nonoverlapping(call.data.as_ptr(), at, call.data.len());
            at = at.add(call.data.len());
            core::ptr::copy_nonoverlapping(self.program.as_ref().as_ptr(), at, 32);
        }
        views.into_iter().map(|(_, view)| view).collect()
    }

    /// One account in the loader's format; returns how many bytes it takes. An account that is mentioned
    /// several times has the most that any mention grants.
    ///
    /// # Safety
    /// There is room behind `raw`, which is 8-aligned.
    unsafe fn write_account(&self, call: &Call, meta: &Meta, raw: *mut RuntimeAccount) -> usize {
        let empty = Account::default();
        let account = self.accounts.get(&meta.address).unwrap_or(&empty);
        let mentions = || call.metas.iter().filter(|other| other.address == meta.address);
        // SAFETY: the caller's promise.
        unsafe {
            raw.write(RuntimeAccount {
                borrow_state: NOT_BORROWED,
                is_signer: mentions().any(|other| other.signer).into(),
                is_writable: mentions().any(|other| other.writable).into(),
                executable: 0,
                padding: [0; 4],
                address: meta.address,
                owner: account.owner,
                lamports: account.lamports,
                data_len: account.data.len() as u64,
            });
            core::ptr::copy_nonoverlapping(account.data.as_ptr(), raw.add(1).cast(), account.data.len());
        }
        let data = (account.data.len() + MAX_PERMITTED_DATA_INCREASE).next_multiple_of(8);
        HEADER + data + 8 // the rent epoch, which nobody reads
    }
}

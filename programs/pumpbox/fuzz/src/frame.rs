//! The instruction that runs now: its accounts in the memory that the program sees, and the runtime's rules
//! about who may change what.

use std::cell::RefCell;

use pinocchio::account::{RuntimeAccount, MAX_PERMITTED_DATA_INCREASE};
use pinocchio::Address;

use crate::world::{Account, Refusal};

/// One account of the running instruction. `raw` points into the world's buffer.
#[derive(Clone, Copy)]
pub struct View {
    raw: *mut RuntimeAccount,
    /// What the caller grants, which for a callee is less than what the transaction granted.
    pub signer: bool,
    pub writable: bool,
}

impl View {
    /// # Safety
    /// `raw` is an account in the loader's format with room to grow behind it, alive until the frame ends.
    pub unsafe fn new(raw: *mut RuntimeAccount) -> Self {
        // SAFETY: the caller's promise.
        let (signer, writable) = unsafe { ((*raw).is_signer != 0, (*raw).is_writable != 0) };
        Self { raw, signer, writable }
    }

    pub fn address(&self) -> Address {
        // SAFETY: `new`'s promise, here and below; one thread, and no reference outlives a statement.
        unsafe { (*self.raw).address }
    }

    pub fn owner(&self) -> Address {
        // SAFETY: as above.
        unsafe { (*self.raw).owner }
    }

    pub fn lamports(&self) -> u64 {
        // SAFETY: as above.
        unsafe { (*self.raw).lamports }
    }

    pub fn data(&self) -> &[u8] {
        // SAFETY: as above; `data_len` bytes follow the header.
        unsafe { core::slice::from_raw_parts(self.raw.add(1).cast(), (*self.raw).data_len as usize) }
    }

    pub fn account(&self) -> Account {
        Account { lamports: self.lamports(), owner: self.owner(), data: self.data().to_vec() }
    }

    fn changeable(&self) -> Result<(), Refusal> {
        if self.writable {
            Ok(())
        } else {
            Err(Refusal::Runtime("a callee changes a read-only account"))
        }
    }

    pub fn set_lamports(&self, lamports: u64) -> Result<(), Refusal> {
        self.changeable()?;
        // SAFETY: as above.
        unsafe { (*self.raw).lamports = lamports };
        Ok(())
    }

    pub fn set_owner(&self, owner: Address) -> Result<(), Refusal> {
        self.changeable()?;
        // SAFETY: as above.
        unsafe { (*self.raw).owner = owner };
        Ok(())
    }

    /// Overwrites the data, at its new length.
    pub fn set_data(&self, data: &[u8]) -> Result<(), Refusal> {
        self.changeable()?;
        if data.len() > self.data().len() + MAX_PERMITTED_DATA_INCREASE {
            return Err(Refusal::Runtime("an account grows by more than 10,240 bytes"));
        }
        // SAFETY: as above; the length was checked against the room behind the account.
        unsafe {
            (*self.raw).data_len = data.len() as u64;
            core::ptr::copy_nonoverlapping(data.as_ptr(), self.raw.add(1).cast(), data.len());
        }
        Ok(())
    }
}

/// The running instruction.
#[derive(Default)]
pub struct Frame {
    pub program: Address,
    /// Distinct accounts.
    pub views: Vec<View>,
    /// What each was when the program last got it: at the start, and after each call.
    pub(crate) before: Vec<Account>,
    pub slot: u64,
    pub time: i64,
    pub rent_per_byte: u64,
    pub events: Vec<Vec<u8>>,
    /// Set when a call fails. On a chain the program would not run on; here it does, since a syscall can't
    /// unwind through it, and whatever it does then is thrown away.
    pub refusal: Option<Refusal>,
}

thread_local! {
    pub static FRAME: RefCell<Frame> = RefCell::default();
}

impl Frame {
    pub fn view(&self, address: &Address) -> Option<View> {
        self.views.iter().find(|view| &view.address() == address).copied()
    }

    /// Takes note of what the program gets to see.
    pub fn note(&mut self) {
        self.before.clear();
        self.before.extend(self.views.iter().map(View::account));
    }

    /// What the program did since `note` must be allowed to it.
    pub fn check_changes(&self) -> Result<(), Refusal> {
        let (mut sum_before, mut sum_after) = (0u128, 0u128);
        for (view, before) in self.views.iter().zip(&self.before) {
            sum_before += u128::from(before.lamports);
            sum_after += u128::from(view.lamports());
            self.check_change(view, before)?;
        }
        if sum_before != sum_after {
            return Err(Refusal::Runtime("UnbalancedInstruction"));
        }
        Ok(())
    }

    fn check_change(&self, view: &View, before: &Account) -> Result<(), Refusal> {
        let ours = before.owner == self.program;
        let new_data = view.data() != before.data.as_slice();
        let new_owner = view.owner() != before.owner;
        let refused = if !view.writable && (new_data || new_owner || view.lamports() != before.lamports) {
            "a read-only account was changed"
        } else if !ours && view.lamports() < before.lamports {
            "ExternalAccountLamportSpend"
        } else if !ours && new_data {
            "ExternalAccountDataModified"
        } else if new_owner && (!ours || view.data().iter().any(|byte| *byte != 0)) {
            "ModifiedProgramId"
        } else {
            return Ok(());
        };
        Err(Refusal::Runtime(refused))
    }

    pub fn rent(&self, bytes: usize) -> u64 {
        (bytes as u64 + 128) * self.rent_per_byte
    }
}

//! The programs that ours calls, as far as it uses them.

pub mod associated;
pub mod raydium;
pub mod system;
pub mod token;

use pinocchio::Address;

use crate::frame::View;
use crate::world::Refusal;

/// A call: its accounts with what the caller granted, and its data.
pub struct Callee<'a> {
    pub program: Address,
    pub accounts: Vec<View>,
    pub data: &'a [u8],
    pub rent_per_byte: u64,
}

pub(crate) const MALFORMED: Refusal = Refusal::Runtime("a call that the model does not know");

impl Callee<'_> {
    pub fn account(&self, index: usize) -> Result<View, Refusal> {
        self.accounts.get(index).copied().ok_or(MALFORMED)
    }

    pub fn signer(&self, index: usize) -> Result<View, Refusal> {
        let view = self.account(index)?;
        if view.signer {
            Ok(view)
        } else {
            Err(Refusal::Runtime("MissingRequiredSignature"))
        }
    }

    pub fn rent(&self, bytes: usize) -> u64 {
        (bytes as u64 + 128) * self.rent_per_byte
    }
}

pub fn run(program: &Address, callee: &Callee) -> Result<(), Refusal> {
    if program == &pinocchio_system::ID {
        system::run(callee)
    } else if [pinocchio_token::ID, pinocchio_token_2022::ID].contains(program) {
        token::run(callee)
    } else if program == &associated::ID {
        associated::run(callee)
    } else if program == &raydium::ID {
        raydium::run(callee)
    } else {
        Err(Refusal::Runtime("the model does not have this program"))
    }
}

/// An account made by a called program: what lacks of its rent from `payer`, its data, its owner.
pub(crate) fn create(
    callee: &Callee,
    payer: &View,
    account: &View,
    owner: Address,
    data: &[u8],
) -> Result<(), Refusal> {
    if account.owner() != pinocchio_system::ID || !account.data().is_empty() {
        return Err(Refusal::Callee(0));
    }
    pay(payer, account, callee.rent(data.len()).saturating_sub(account.lamports()))?;
    account.set_data(data)?;
    account.set_owner(owner)
}

pub(crate) fn pay(from: &View, to: &View, lamports: u64) -> Result<(), Refusal> {
    from.set_lamports(from.lamports().checked_sub(lamports).ok_or(Refusal::Callee(1))?)?;
    to.set_lamports(to.lamports() + lamports)
}

pub(crate) fn word(data: &[u8], at: usize) -> Result<u64, Refusal> {
    let bytes = data.get(at..at + 8).ok_or(MALFORMED)?;
    Ok(bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)))
}

pub(crate) fn key(data: &[u8], at: usize) -> Result<Address, Refusal> {
    let bytes = data.get(at..at + 32).and_then(|bytes| bytes.try_into().ok()).ok_or(MALFORMED)?;
    Ok(Address::new_from_array(bytes))
}

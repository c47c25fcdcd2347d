//! The System program: Assign, Transfer, Allocate.

use crate::programs::{key, word, Callee, MALFORMED};
use crate::world::Refusal;

const MAX_SPACE: u64 = 10 * 1_048_576;
const NEGATIVE_BALANCE: Refusal = Refusal::Callee(1);
const ALREADY_IN_USE: Refusal = Refusal::Callee(0);

pub fn run(callee: &Callee) -> Result<(), Refusal> {
    match callee.data.first_chunk().map(|tag| u32::from_le_bytes(*tag)) {
        Some(1) => assign(callee),
        Some(2) => transfer(callee),
        Some(8) => allocate(callee),
        _ => Err(MALFORMED),
    }
}

fn assign(callee: &Callee) -> Result<(), Refusal> {
    let account = callee.signer(0)?;
    if account.owner() != pinocchio_system::ID {
        return Err(Refusal::Runtime("ModifiedProgramId"));
    }
    account.set_owner(key(callee.data, 4)?)
}

fn transfer(callee: &Callee) -> Result<(), Refusal> {
    let (from, to, lamports) = (callee.signer(0)?, callee.account(1)?, word(callee.data, 4)?);
    if !from.data().is_empty() {
        return Err(Refusal::Runtime("InvalidArgument"));
    }
    let rest = from.lamports().checked_sub(lamports).ok_or(NEGATIVE_BALANCE)?;
    if from.owner() != pinocchio_system::ID {
        return Err(Refusal::Runtime("ExternalAccountLamportSpend"));
    }
    from.set_lamports(rest)?;
    // Read after the write: both may be the same account.
    to.set_lamports(to.lamports().checked_add(lamports).ok_or(Refusal::Runtime("ArithmeticOverflow"))?)
}

fn allocate(callee: &Callee) -> Result<(), Refusal> {
    let (account, space) = (callee.signer(0)?, word(callee.data, 4)?);
    if account.owner() != pinocchio_system::ID || !account.data().is_empty() {
        return Err(ALREADY_IN_USE);
    }
    if space > MAX_SPACE {
        return Err(Refusal::Callee(3));
    }
    account.set_data(&vec![0; space as usize])
}

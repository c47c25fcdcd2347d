//! Token and Token-2022: mints with a metadata pointer and metadata, plain accounts and such of wrapped SOL.

use pinocchio::Address;

use crate::frame::View;
use crate::programs::{key, word, Callee, MALFORMED};
use crate::world::Refusal;

const INSUFFICIENT_FUNDS: Refusal = Refusal::Callee(1);
const MINT_MISMATCH: Refusal = Refusal::Callee(3);
const OWNER_MISMATCH: Refusal = Refusal::Callee(4);
const FIXED_SUPPLY: Refusal = Refusal::Callee(5);
const ALREADY_IN_USE: Refusal = Refusal::Callee(6);
const UNINITIALIZED: Refusal = Refusal::Callee(9);
const NOT_RENT_EXEMPT: Refusal = Refusal::Callee(0);
const INVALID_INSTRUCTION: Refusal = Refusal::Callee(12);
const OVERFLOW: Refusal = Refusal::Callee(14);
const DECIMALS_MISMATCH: Refusal = Refusal::Callee(18);

const NOT_EMPTY: Refusal = Refusal::Callee(11);

pub const ACCOUNT: usize = 165;
/// Of an account: an option of the rent below wrapped SOL.
const NATIVE_AT: usize = 109;
const MINT: usize = 82;
/// A mint with extensions: as long as an account, a byte for its kind, then type, length, value of each.
const TYPE_AT: usize = 165;
const EXTENSIONS: usize = 166;
const MULTISIG: usize = 355;
const METADATA_POINTER: u16 = 18;
const TOKEN_METADATA: u16 = 19;
const POINTER: usize = 64;
const INITIALIZE_METADATA: [u8; 8] = [210, 225, 30, 162, 88, 184, 77, 141];
const UPDATE_AUTHORITY: [u8; 8] = [215, 228, 166, 228, 84, 100, 86, 123];

pub fn run(callee: &Callee) -> Result<(), Refusal> {
    match callee.data {
        data if data.starts_with(&INITIALIZE_METADATA) => initialize_metadata(callee),
        data if data.starts_with(&UPDATE_AUTHORITY) => update_authority(callee),
        [6, 2, 1, ..] => set_owner(callee),
        [6, ..] => set_authority(callee),
        [7, ..] => mint_to(callee),
        [8, ..] => burn(callee),
        [9, ..] => close(callee),
        [12, ..] => transfer_checked(callee),
        [17, ..] => sync_native(callee),
        [18, ..] => initialize_account(callee),
        [20, ..] => initialize_mint(callee),
        [39, 0, ..] => initialize_pointer(callee),
        _ => Err(MALFORMED),
    }
}

fn ours(view: &View, callee: &Callee) -> Result<(), Refusal> {
    if view.owner() == callee.program {
        Ok(())
    } else {
        Err(Refusal::Runtime("IncorrectProgramId"))
    }
}

fn mint_data(view: &View, callee: &Callee) -> Result<Vec<u8>, Refusal> {
    ours(view, callee)?;
    let data = view.data().to_vec();
    let is_mint = data.len() == MINT || data.len() > EXTENSIONS && data[TYPE_AT] == 1;
    if !is_mint || data[45] != 1 {
        return Err(UNINITIALIZED);
    }
    Ok(data)
}

fn account_data(view: &View, callee: &Callee) -> Result<Vec<u8>, Refusal> {
    ours(view, callee)?;
    let data = view.data().to_vec();
    if data.len() < ACCOUNT || data.len() == MULTISIG || data[108] != 1 {
        return Err(UNINITIALIZED);
    }
    Ok(data)
}

/// The mint's authority must be the signing account.
fn check_authority(mint: &[u8], authority: &View, without: Refusal) -> Result<(), Refusal> {
    if mint[..4] != [1, 0, 0, 0] {
        return Err(without);
    }
    if mint[4..36] != *authority.address().as_array() {
        return Err(OWNER_MISMATCH);
    }
    if authority.signer {
        Ok(())
    } else {
        Err(Refusal::Runtime("MissingRequiredSignature"))
    }
}

fn add(data: &mut [u8], at: usize, amount: u64) -> Result<(), Refusal> {
    let sum = word(data, at)?.checked_add(amount).ok_or(OVERFLOW)?;
    data[at..at + 8].copy_from_slice(&sum.to_le_bytes());
    Ok(())
}

fn initialize_pointer(callee: &Callee) -> Result<(), Refusal> {
    let mint = callee.account(0)?;
    ours(&mint, callee)?;
    let mut data = mint.data().to_vec();
    if data.len() != EXTENSIONS + 4 + POINTER || data.iter().any(|byte| *byte != 0) {
        return Err(Refusal::Runtime("InvalidAccountData"));
    }
    data[TYPE_AT] = 1;
    data[EXTENSIONS..][..2].copy_from_slice(&METADATA_POINTER.to_le_bytes());
    data[EXTENSIONS + 2..][..2].copy_from_slice(&(POINTER as u16).to_le_bytes());
    data[EXTENSIONS + 4..].copy_from_slice(callee.data.get(2..2 + POINTER).ok_or(MALFORMED)?);
    mint.set_data(&data)
}

fn initialize_mint(callee: &Callee) -> Result<(), Refusal> {
    let mint = callee.account(0)?;
    ours(&mint, callee)?;
    let mut data = mint.data().to_vec();
    if data.len() < MINT || data[45] != 0 {
        return Err(ALREADY_IN_USE);
    }
    if mint.lamports() < callee.rent(data.len()) {
        return Err(NOT_RENT_EXEMPT);
    }
    data[..4].copy_from_slice(&[1, 0, 0, 0]);
    data[4..36].copy_from_slice(key(callee.data, 2)?.as_ref());
    data[44] = callee.data[1];
    data[45] = 1;
    if callee.data.get(34) != Some(&0) {
        return Err(MALFORMED); // a freeze authority: this program never gives one
    }
    mint.set_data(&data)
}

fn initialize_account(callee: &Callee) -> Result<(), Refusal> {
    let (account, mint) = (callee.account(0)?, callee.account(1)?);
    ours(&account, callee)?;
    let mut data = account.data().to_vec();
    if data.len() != ACCOUNT || data[108] != 0 {
        return Err(ALREADY_IN_USE);
    }
    if account.lamports() < callee.rent(data.len()) {
        return Err(NOT_RENT_EXEMPT);
    }
    mint_data(&mint, callee)?;
    data.copy_from_slice(&plain_account(&mint.address(), &key(callee.data, 1)?, 0));
    account.set_data(&data)
}

/// A token account's bytes.
pub fn plain_account(mint: &Address, owner: &Address, amount: u64) -> Vec<u8> {
    let mut data = vec![0; ACCOUNT];
    data[..32].copy_from_slice(mint.as_ref());
    data[32..64].copy_from_slice(owner.as_ref());
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    data[108] = 1;
    data
}

fn initialize_metadata(callee: &Callee) -> Result<(), Refusal> {
    let (metadata, authority, mint) = (callee.account(0)?, callee.account(1)?, callee.account(2)?);
    let mut data = mint_data(&mint, callee)?;
    if mint.address() != metadata.address() {
        return Err(MINT_MISMATCH);
    }
    check_authority(&data, &callee.account(3)?, FIXED_SUPPLY)?;
    let content = &callee.data[8..];
    check_strings(content)?;
    let value = [authority.address().as_ref(), mint.address().as_ref(), content, &[0; 4]].concat();
    data.extend(TOKEN_METADATA.to_le_bytes());
    data.extend((value.len() as u16).to_le_bytes());
    data.extend(value);
    if data.len() == MULTISIG {
        data.extend([0; 2]);
    }
    metadata.set_data(&data)
}

/// Three Borsh strings in UTF-8 and nothing more.
fn check_strings(mut content: &[u8]) -> Result<(), Refusal> {
    for _ in 0..3 {
        let (len, rest) = content.split_first_chunk().ok_or(INVALID_INSTRUCTION)?;
        let (text, rest) =
            rest.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or(INVALID_INSTRUCTION)?;
        core::str::from_utf8(text).map_err(|_| INVALID_INSTRUCTION)?;
        content = rest;
    }
    if content.is_empty() {
        Ok(())
    } else {
        Err(INVALID_INSTRUCTION)
    }
}

fn update_authority(callee: &Callee) -> Result<(), Refusal> {
    let (metadata, authority) = (callee.account(0)?, callee.signer(1)?);
    let mut data = mint_data(&metadata, callee)?;
    let at = EXTENSIONS + 4 + POINTER + 4;
    let held = data.get_mut(at..at + 32).ok_or(UNINITIALIZED)?;
    if held != authority.address().as_ref() {
        return Err(Refusal::Runtime("IncorrectUpdateAuthority"));
    }
    held.copy_from_slice(callee.data.get(8..40).ok_or(MALFORMED)?);
    metadata.set_data(&data)
}

/// Only what this program does: a mint's authority to none.
fn set_authority(callee: &Callee) -> Result<(), Refusal> {
    let mint = callee.account(0)?;
    if callee.data != [6, 0, 0] {
        return Err(MALFORMED);
    }
    let mut data = mint_data(&mint, callee)?;
    check_authority(&data, &callee.account(1)?, FIXED_SUPPLY)?;
    data[..36].fill(0);
    mint.set_data(&data)
}

fn mint_to(callee: &Callee) -> Result<(), Refusal> {
    let (mint, account, amount) = (callee.account(0)?, callee.account(1)?, word(callee.data, 1)?);
    let (mut supply, mut held) = (mint_data(&mint, callee)?, account_data(&account, callee)?);
    if held[..32] != *mint.address().as_array() {
        return Err(MINT_MISMATCH);
    }
    check_authority(&supply, &callee.account(2)?, FIXED_SUPPLY)?;
    add(&mut supply, 36, amount)?;
    add(&mut held, 64, amount)?;
    mint.set_data(&supply)?;
    account.set_data(&held)
}

fn transfer_checked(callee: &Callee) -> Result<(), Refusal> {
    let (from, mint, to, authority) =
        (callee.account(0)?, callee.account(1)?, callee.account(2)?, callee.account(3)?);
    let amount = word(callee.data, 1)?;
    let mut source = account_data(&from, callee)?;
    account_data(&to, callee)?;
    let rest = word(&source, 64)?.checked_sub(amount).ok_or(INSUFFICIENT_FUNDS)?;
    if [&from, &to].iter().any(|account| account.data()[..32] != *mint.address().as_array()) {
        return Err(MINT_MISMATCH);
    }
    if callee.data.get(9) != Some(&mint_data(&mint, callee)?[44]) {
        return Err(DECIMALS_MISMATCH);
    }
    if source[32..64] != *authority.address().as_array() {
        return Err(OWNER_MISMATCH);
    }
    if !authority.signer {
        return Err(Refusal::Runtime("MissingRequiredSignature"));
    }
    source[64..72].copy_from_slice(&rest.to_le_bytes());
    from.set_data(&source)?;
    // Read after the write: both may be the same account.
    let mut target = account_data(&to, callee)?;
    add(&mut target, 64, amount)?;
    to.set_data(&target)
}

/// The account's owner must sign.
fn check_owner(account: &[u8], owner: &View) -> Result<(), Refusal> {
    if account[32..64] != *owner.address().as_array() {
        return Err(OWNER_MISMATCH);
    }
    if owner.signer {
        Ok(())
    } else {
        Err(Refusal::Runtime("MissingRequiredSignature"))
    }
}

fn set_owner(callee: &Callee) -> Result<(), Refusal> {
    let account = callee.account(0)?;
    let mut data = account_data(&account, callee)?;
    check_owner(&data, &callee.account(1)?)?;
    data[32..64].copy_from_slice(key(callee.data, 3)?.as_ref());
    account.set_data(&data)
}

fn burn(callee: &Callee) -> Result<(), Refusal> {
    let (account, mint, amount) = (callee.account(0)?, callee.account(1)?, word(callee.data, 1)?);
    let (mut held, mut supply) = (account_data(&account, callee)?, mint_data(&mint, callee)?);
    if held[..32] != *mint.address().as_array() {
        return Err(MINT_MISMATCH);
    }
    check_owner(&held, &callee.account(2)?)?;
    for (data, at) in [(&mut held, 64), (&mut supply, 36)] {
        let rest = word(data, at)?.checked_sub(amount).ok_or(INSUFFICIENT_FUNDS)?;
        data[at..at + 8].copy_from_slice(&rest.to_le_bytes());
    }
    account.set_data(&held)?;
    mint.set_data(&supply)
}

fn close(callee: &Callee) -> Result<(), Refusal> {
    let (account, to) = (callee.account(0)?, callee.account(1)?);
    let data = account_data(&account, callee)?;
    if word(&data, 64)? != 0 && data[NATIVE_AT] == 0 {
        return Err(NOT_EMPTY);
    }
    check_owner(&data, &callee.account(2)?)?;
    super::pay(&account, &to, account.lamports())?;
    account.set_data(&[])?;
    account.set_owner(pinocchio_system::ID)
}

/// The amount of wrapped SOL is what the account holds beyond its rent.
fn sync_native(callee: &Callee) -> Result<(), Refusal> {
    sync(&callee.account(0)?, callee)
}

pub(super) fn sync(account: &View, callee: &Callee) -> Result<(), Refusal> {
    let mut data = account.data().to_vec();
    if data.len() != ACCOUNT || data[NATIVE_AT] != 1 {
        return Err(Refusal::Callee(19));
    }
    let amount = account.lamports() - callee.rent(ACCOUNT);
    data[64..72].copy_from_slice(&amount.to_le_bytes());
    account.set_data(&data)
}

/// A plain account that says it holds wrapped SOL, with `rent` lamports below it.
pub fn native(mut account: Vec<u8>, rent: u64) -> Vec<u8> {
    account[NATIVE_AT] = 1;
    account[NATIVE_AT + 4..NATIVE_AT + 12].copy_from_slice(&rent.to_le_bytes());
    account
}

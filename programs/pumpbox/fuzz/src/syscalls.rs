//! What the program asks of the runtime. Names and signatures are the chain's.

use core::slice::from_raw_parts;

use pinocchio::cpi::{Seed, Signer};
use pinocchio::instruction::InstructionAccount;
use pinocchio::sysvars::clock::CLOCK_ID;
use pinocchio::sysvars::rent::RENT_ID;
use pinocchio::Address;

use crate::frame::{Frame, View, FRAME};
use crate::pda;
use crate::programs::{self, Callee};
use crate::world::Refusal;

const SUCCESS: u64 = 0;
const OUT_OF_BOUNDS: u64 = 1;
const NOT_FOUND: u64 = 2;

/// A `&[u8]` as the syscalls take it.
#[repr(C)]
struct Part {
    start: *const u8,
    len: u64,
}

/// # Safety
/// `parts` points to `count` parts, each of readable bytes that live as long as the result is used.
unsafe fn slices<'a>(parts: *const u8, count: u64) -> Vec<&'a [u8]> {
    // SAFETY: the caller's promise.
    let parts = unsafe { from_raw_parts(parts.cast::<Part>(), count as usize) };
    // SAFETY: the same. A slice without bytes may have any address.
    parts.iter().map(|part| unsafe { from_raw_parts(part.start, part.len as usize) }).collect()
}

/// # Safety
/// As the chain's: pointers and lengths of live memory. So for all below.
#[no_mangle]
pub unsafe extern "C" fn sol_sha256(parts: *const u8, count: u64, hash: *mut u8) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { hash.cast::<[u8; 32]>().write(pda::sha256(slices(parts, count))) };
    SUCCESS
}

/// # Safety
/// See `sol_sha256`.
#[no_mangle]
pub unsafe extern "C" fn sol_log_data(parts: *const u8, count: u64) {
    // SAFETY: the caller's promise.
    let line = unsafe { slices(parts, count) }.concat();
    FRAME.with_borrow_mut(|frame| frame.events.push(line));
}

/// # Safety
/// See `sol_sha256`; the two don't overlap.
#[no_mangle]
pub unsafe extern "C" fn sol_memcpy_(to: *mut u8, from: *const u8, count: u64) {
    // SAFETY: the caller's promise.
    unsafe { core::ptr::copy_nonoverlapping(from, to, count as usize) };
}

/// # Safety
/// See `sol_sha256`.
#[no_mangle]
pub unsafe extern "C" fn sol_try_find_program_address(
    seeds: *const u8,
    count: u64,
    program: *const u8,
    address: *mut u8,
    bump: *mut u8,
) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let (found, at) = pda::find(&slices(seeds, count), &*program.cast::<Address>());
        address.cast::<Address>().write(found);
        bump.write(at);
    }
    SUCCESS
}

/// # Safety
/// See `sol_sha256`.
#[no_mangle]
pub unsafe extern "C" fn sol_create_program_address(
    seeds: *const u8,
    count: u64,
    program: *const u8,
    address: *mut u8,
) -> u64 {
    // SAFETY: the caller's promise.
    match unsafe { pda::create(&slices(seeds, count), &*program.cast::<Address>()) } {
        Some(found) => {
            // SAFETY: the caller's promise.
            unsafe { address.cast::<Address>().write(found) };
            SUCCESS
        }
        None => OUT_OF_BOUNDS,
    }
}

/// # Safety
/// See `sol_sha256`.
#[no_mangle]
pub unsafe extern "C" fn sol_get_sysvar(id: *const u8, to: *mut u8, offset: u64, length: u64) -> u64 {
    // SAFETY: the caller's promise.
    let id = unsafe { &*id.cast::<Address>() };
    let bytes = FRAME.with_borrow(|frame| sysvar(frame, id));
    let (offset, length) = (offset as usize, length as usize);
    let Some(bytes) = bytes else { return NOT_FOUND };
    let Some(wanted) = bytes.get(offset..offset.saturating_add(length)) else { return OUT_OF_BOUNDS };
    // SAFETY: the caller's promise: `length` bytes can be written.
    unsafe { core::ptr::copy_nonoverlapping(wanted.as_ptr(), to, length) };
    SUCCESS
}

fn sysvar(frame: &Frame, id: &Address) -> Option<Vec<u8>> {
    if id == &CLOCK_ID {
        let words = [frame.slot, 0, 0, 0, frame.time as u64];
        return Some(words.iter().flat_map(|word| word.to_le_bytes()).collect());
    }
    (id == &RENT_ID).then(|| {
        let threshold = 1f64.to_le_bytes();
        [&frame.rent_per_byte.to_le_bytes()[..], &threshold, &[50]].concat()
    })
}

#[repr(C)]
struct RawInstruction<'a> {
    program: *const Address,
    metas: *const InstructionAccount<'a>,
    metas_len: u64,
    data: *const u8,
    data_len: u64,
}

/// # Safety
/// See `sol_sha256`.
#[no_mangle]
pub unsafe extern "C" fn sol_invoke_signed_c(
    instruction: *const u8,
    _accounts: *const u8, // found by address: the model has no other accounts than the frame's
    _accounts_len: u64,
    signers: *const u8,
    signers_len: u64,
) -> u64 {
    // SAFETY: the caller's promise.
    let (program, metas, data, signers) = unsafe {
        let raw = &*instruction.cast::<RawInstruction>();
        (
            *raw.program,
            from_raw_parts(raw.metas, raw.metas_len as usize),
            from_raw_parts(raw.data, raw.data_len as usize),
            from_raw_parts(signers.cast::<Signer>(), signers_len as usize),
        )
    };
    FRAME.with_borrow_mut(|frame| {
        if frame.refusal.is_none() {
            frame.refusal = invoke(frame, &program, metas, data, signers).err();
        }
        u64::from(frame.refusal.is_some())
    })
}

fn invoke(
    frame: &mut Frame,
    program: &Address,
    metas: &[InstructionAccount],
    data: &[u8],
    signers: &[Signer],
) -> Result<(), Refusal> {
    frame.check_changes()?;
    if frame.view(program).is_none() {
        return Err(Refusal::Runtime("MissingAccount"));
    }
    let signed =
        signers.iter().map(|signer| derived(signer, &frame.program)).collect::<Result<Vec<_>, _>>()?;
    let accounts = metas.iter().map(|meta| granted(frame, meta, &signed)).collect::<Result<Vec<_>, _>>()?;
    let callee = Callee { program: *program, accounts, data, rent_per_byte: frame.rent_per_byte };
    programs::run(program, &callee)?;
    frame.note();
    Ok(())
}

/// The account with the privileges that the call gives it, which the program must have itself.
fn granted(frame: &Frame, meta: &InstructionAccount, signed: &[Address]) -> Result<View, Refusal> {
    let mut view = frame.view(meta.address).ok_or(Refusal::Runtime("MissingAccount"))?;
    let signs = view.signer || signed.contains(meta.address);
    if (meta.is_writable && !view.writable) || (meta.is_signer && !signs) {
        return Err(Refusal::Runtime("PrivilegeEscalation"));
    }
    (view.signer, view.writable) = (meta.is_signer, meta.is_writable);
    Ok(view)
}

fn derived(signer: &Signer, program: &Address) -> Result<Address, Refusal> {
    // SAFETY: `Signer` is a pointer to `Seed`s and their count, `Seed` a pointer to bytes and theirs; both
    // borrow what they point to.
    let seeds = unsafe {
        let list = &*(signer as *const Signer).cast::<Part>();
        const { assert!(size_of::<Seed>() == size_of::<Part>()) };
        slices(list.start, list.len)
    };
    pda::create(&seeds, program).ok_or(Refusal::Runtime("InvalidSeeds"))
}

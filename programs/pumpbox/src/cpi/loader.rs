//! The upgradeable loader: what it stores about programs, and the one call of it that we make.
//!
//! Our upgrade authority signs `Upgrade` and nothing else. Nothing here can close the program, close a buffer
//! or give an authority away.

use pinocchio::cpi::{invoke_signed, Signer};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use pinocchio::{AccountView, Address, ProgramResult};

use crate::data::Reader;
use crate::error::Error;

/// BPFLoaderUpgradeab1e11111111111111111111111
pub const ID: Address = Address::new_from_array([
    2, 168, 246, 145, 78, 136, 161, 176, 226, 16, 21, 62, 247, 99, 174, 43, 0, 194, 185, 61, 22, 193, 36,
    210, 192, 83, 122, 16, 4, 128, 0, 0,
]);

const BUFFER: u32 = 1;
const PROGRAM_DATA: u32 = 3;
const UPGRADE: [u8; 4] = 3u32.to_le_bytes();

/// The upgrade authority that a ProgramData account names: tag u32, slot u64, Option<key>.
pub fn program_authority(program_data: &AccountView) -> Result<Address, Error> {
    let mut reader = reader(program_data)?;
    let tag = reader.u32()?;
    reader.u64()?;
    authority(&mut reader, tag == PROGRAM_DATA)
}

/// The code in a buffer that `owner` alone can write to: tag u32, Option<key>, then the code. Drop it before
/// calling the loader.
pub fn buffer_code<'a>(buffer: &'a AccountView, owner: &AccountView) -> Result<&'a [u8], Error> {
    let mut reader = reader(buffer)?;
    let tag = reader.u32()?;
    if &authority(&mut reader, tag == BUFFER)? != owner.address() {
        return Err(Error::Unauthorized);
    }
    Ok(reader.0)
}

fn reader(account: &AccountView) -> Result<Reader<'_>, Error> {
    if !account.owned_by(&ID) {
        return Err(Error::WrongOwner);
    }
    // SAFETY: only the loader writes to its accounts, and no call is made while the slice lives.
    Ok(Reader(unsafe { account.borrow_unchecked() }))
}

/// An Option<key>, which must be some, of the right kind of account.
fn authority(reader: &mut Reader, is_right_kind: bool) -> Result<Address, Error> {
    let is_some = reader.u8()?;
    let key = reader.address()?;
    if !is_right_kind || is_some != 1 {
        return Err(Error::Unauthorized);
    }
    Ok(key)
}

/// Replaces the program's code by the buffer's. The loader checks that all belongs together.
pub struct Upgrade<'a> {
    pub program_data: &'a AccountView,
    pub program: &'a AccountView,
    pub buffer: &'a AccountView,
    /// Gets the buffer's lamports.
    pub spill: &'a AccountView,
    pub rent: &'a AccountView,
    pub clock: &'a AccountView,
    pub authority: &'a AccountView,
}

impl Upgrade<'_> {
    #[inline(never)]
    pub fn invoke(&self, signer: &[Signer]) -> ProgramResult {
        let accounts = [
            InstructionAccount::writable(self.program_data.address()),
            InstructionAccount::writable(self.program.address()),
            InstructionAccount::writable(self.buffer.address()),
            InstructionAccount::writable(self.spill.address()),
            InstructionAccount::readonly(self.rent.address()),
            InstructionAccount::readonly(self.clock.address()),
            InstructionAccount::readonly_signer(self.authority.address()),
        ];
        let instruction = InstructionView { program_id: &ID, accounts: &accounts, data: &UPGRADE };
        invoke_signed(
            &instruction,
            &[
                self.program_data,
                self.program,
                self.buffer,
                self.spill,
                self.rent,
                self.clock,
                self.authority,
            ],
            signer,
        )
    }
}

//! Instruction data: little-endian, Borsh, nothing short and nothing left over.

use pinocchio::Address;

use crate::error::Error;

/// Reads fields off the front; each fails with `InvalidData` when too few bytes are left.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    #[inline(always)]
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Error::InvalidData)?;
        self.0 = rest;
        Ok(head)
    }

    #[inline(always)]
    pub fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(|bytes| u8::from_le_bytes(*bytes))
    }

    #[inline(always)]
    pub fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(|bytes| u16::from_le_bytes(*bytes))
    }

    #[inline(always)]
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }

    #[inline(always)]
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(|bytes| u64::from_le_bytes(*bytes))
    }

    #[inline(always)]
    pub fn address(&mut self) -> Result<Address, Error> {
        self.array().map(|bytes| Address::new_from_array(*bytes))
    }

    /// The length of a Borsh string, its bytes skipped. Whether they are UTF-8 is not looked at.
    #[inline(always)]
    pub fn string_len(&mut self) -> Result<usize, Error> {
        let len = self.u32()? as usize;
        self.0 = self.0.get(len..).ok_or(Error::InvalidData)?;
        Ok(len)
    }

    /// All data must have been read.
    #[inline(always)]
    pub fn finish(self) -> Result<(), Error> {
        if !self.0.is_empty() {
            return Err(Error::InvalidData);
        }
        Ok(())
    }
}

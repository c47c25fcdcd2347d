//! Raydium's error codes (6000 and up) and those of the Anchor framework that it is written with.

use pinocchio::error::ProgramError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Error {
    // Anchor's
    UnknownInstruction = 101,
    ArgumentsDidNotDeserialize = 102,
    ConstraintMut = 2000,
    ConstraintRaw = 2003,
    ConstraintSeeds = 2006,
    ConstraintAddress = 2012,
    ConstraintTokenMint = 2014,
    ConstraintTokenOwner = 2015,
    ConstraintMintTokenProgram = 2022,
    RequireEq = 2501,
    RequireGt = 2505,
    AccountDiscriminatorMismatch = 3002,
    AccountDidNotDeserialize = 3003,
    AccountNotEnoughKeys = 3005,
    AccountOwnedByWrongProgram = 3007,
    InvalidProgramId = 3008,
    AccountNotSigner = 3010,
    AccountNotInitialized = 3012,
    // Raydium's
    NotApproved = 6000,
    EmptySupply = 6002,
    ExceededSlippage = 6005,
    NotSupportMint = 6007,
    InvalidVault = 6008,
    InitLpAmountTooLess = 6009,
    MathOverflow = 6011,
}

impl From<Error> for ProgramError {
    #[inline(always)]
    fn from(error: Error) -> Self {
        Self::Custom(error as u32)
    }
}

//! Every way in which this program says no. Codes are part of the interface: append, never renumber.

use pinocchio::error::ProgramError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Error {
    /// The first 8 bytes name no instruction.
    UnknownInstruction = 6000,
    /// Instruction data is shorter or longer than the instruction takes.
    InvalidData = 6001,
    NotEnoughAccounts = 6002,
    MissingSigner = 6003,
    NotWritable = 6004,
    /// An account is owned by another program than the right one.
    WrongOwner = 6005,
    /// An account has another address than the one derived or stored.
    WrongAddress = 6006,
    /// An account of ours, but of another kind.
    WrongAccountKind = 6007,
    /// The same account stands in two places that must differ.
    AliasedAccounts = 6008,
    /// The signer may not do this.
    Unauthorized = 6009,
    AlreadyInitialized = 6010,
    /// A parameter is outside the bounds compiled into the program.
    InvalidConfig = 6011,
    /// Config is at another version than the one that the caller saw.
    ConfigChanged = 6012,
    AlreadyLaunched = 6013,
    /// Name, symbol or uri is empty or too long.
    InvalidMetadata = 6014,
    /// Launches and buys are paused.
    Paused = 6015,
    /// The deadline slot has passed.
    Expired = 6016,
    ZeroAmount = 6017,
    /// The amount is so small that it buys or pays nothing.
    ZeroOutput = 6018,
    /// The price is worse than the caller's limit.
    SlippageExceeded = 6019,
    /// The curve has sold all it sells.
    CurveComplete = 6020,
    /// The coin trades on its pool now.
    Graduated = 6021,
    /// More atoms than the curve ever sold.
    ExceedsSold = 6022,
    /// No fee share can be paid out now.
    NothingToSweep = 6023,
    InvalidRecipient = 6024,
    MathOverflow = 6025,
    /// An invariant would break; nothing is done.
    Insolvent = 6026,
    /// The curve has not sold all it sells, or too much was sold back since.
    NotComplete = 6027,
    /// A pool costs more than the coin's cap, and the caller did not agree to pay that much of it.
    CostAboveCap = 6028,
    /// Raydium did not make the pool that was asked for.
    PoolMismatch = 6029,
    /// The proposal was made for another version of Config, or to end an earlier pause.
    ProposalOutdated = 6032,
    /// This member has approved already.
    AlreadyApproved = 6033,
    /// The approval names another proposal's content than this one's.
    WrongDigest = 6034,
    /// Too few of the council have approved.
    NotApproved = 6035,
    /// The time lock is not over.
    TimeLocked = 6036,
    /// The time in which the proposal could be executed is over.
    ProposalExpired = 6037,
    /// Another instruction executes this kind of proposal.
    WrongAction = 6038,
    /// The last pause ended less than 7 days ago, or has not ended.
    PauseTooSoon = 6039,
    NotPaused = 6040,
    /// The buffer's content has another hash than the proposal's.
    WrongBuffer = 6041,
    /// Count, total or claim time of an epoch are outside the bounds compiled into the program.
    InvalidEpoch = 6044,
    /// The next epoch has another number than the one that the leaves were made for.
    WrongEpoch = 6045,
    /// Claims have started: the epoch can't be voided any more.
    ClaimsStarted = 6046,
    ClaimsNotStarted = 6047,
    /// The epoch has expired: what was not claimed goes back to the funder.
    ClaimsEnded = 6048,
    /// Index, recipient, amount and proof don't give the epoch's root.
    InvalidProof = 6049,
    /// A leaf below the least that an empty account can keep.
    LeafTooSmall = 6050,
    AlreadyClaimed = 6051,
    /// More than the epoch has left of its total.
    ExceedsTotal = 6052,
    /// The epoch can still be claimed from, or was not closed yet.
    EpochOpen = 6053,
}

impl From<Error> for ProgramError {
    #[inline(always)]
    fn from(error: Error) -> Self {
        Self::Custom(error as u32)
    }
}

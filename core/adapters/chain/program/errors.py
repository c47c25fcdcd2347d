"""The program's error codes. Held against the IDL and the source by tests/program."""

from __future__ import annotations

from enum import IntEnum


class ProgramErrorCode(IntEnum):
    """What `Custom(code)` means when our program failed."""

    UnknownInstruction = 6000
    InvalidData = 6001
    NotEnoughAccounts = 6002
    MissingSigner = 6003
    NotWritable = 6004
    WrongOwner = 6005
    WrongAddress = 6006
    WrongAccountKind = 6007
    AliasedAccounts = 6008
    Unauthorized = 6009
    AlreadyInitialized = 6010
    InvalidConfig = 6011
    ConfigChanged = 6012
    AlreadyLaunched = 6013
    InvalidMetadata = 6014
    Paused = 6015
    Expired = 6016
    ZeroAmount = 6017
    ZeroOutput = 6018
    SlippageExceeded = 6019
    CurveComplete = 6020
    Graduated = 6021
    ExceedsSold = 6022
    NothingToSweep = 6023
    InvalidRecipient = 6024
    MathOverflow = 6025
    Insolvent = 6026
    NotComplete = 6027
    CostAboveCap = 6028
    PoolMismatch = 6029
    ProposalOutdated = 6032
    AlreadyApproved = 6033
    WrongDigest = 6034
    NotApproved = 6035
    TimeLocked = 6036
    ProposalExpired = 6037
    WrongAction = 6038
    PauseTooSoon = 6039
    NotPaused = 6040
    WrongBuffer = 6041
    InvalidEpoch = 6044
    WrongEpoch = 6045
    ClaimsStarted = 6046
    ClaimsNotStarted = 6047
    ClaimsEnded = 6048
    InvalidProof = 6049
    LeafTooSmall = 6050
    AlreadyClaimed = 6051
    ExceedsTotal = 6052
    EpochOpen = 6053


def program_error(code: int) -> ProgramErrorCode | None:
    """The error with this custom code, or None if it is none of ours (a token program's, say)."""
    try:
        return ProgramErrorCode(code)
    except ValueError:
        return None

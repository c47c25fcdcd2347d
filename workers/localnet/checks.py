"""What a cluster checks and LiteSVM doesn't: age, duplicates, and that no lamport is made or lost."""

from __future__ import annotations

from collections.abc import Mapping

from workers.localnet.clock import SlotClock
from workers.localnet.engine import Engine, Outcome
from workers.localnet.errors import INTERNAL_ERROR, RpcError
from workers.localnet.ledger import Ledger
from workers.localnet.wire import Wire

_TEXTS = {
    "AccountInUse": "Account in use",
    "AccountLoadedTwice": "Account loaded twice",
    "AccountNotFound": "Attempt to debit an account but found no record of a prior credit.",
    "ProgramAccountNotFound": "Attempt to load a program that does not exist",
    "InsufficientFundsForFee": "Insufficient funds for fee",
    "InvalidAccountForFee": "This account may not be used to pay transaction fees",
    "AlreadyProcessed": "This transaction has already been processed",
    "BlockhashNotFound": "Blockhash not found",
    "SignatureFailure": "Transaction did not pass signature verification",
    "InvalidProgramForExecution": "This program may not be used for executing instructions",
    "TooManyAccountLocks": "Transaction locked too many accounts",
    "AddressLookupTableNotFound": "Transaction loads an address table account that doesn't exist",
    "InvalidAddressLookupTableIndex": "Transaction address table lookup uses an invalid index",
}


def refusal(wire: Wire, clock: SlotClock, ledger: Ledger, engine: Engine) -> str | None:
    """Why the transaction may not run at all: it already landed, or its blockhash is dead or foreign."""
    if ledger.has(wire.signature):
        return "AlreadyProcessed"
    if clock.slot_of(wire.blockhash) is None and not engine.nonce_is_usable(wire):
        return "BlockhashNotFound"
    return None


def assert_conserved(outcome: Outcome) -> None:
    """Refuses an outcome that makes or loses lamports: the sum before is the sum after and the fee."""
    before = sum(change.before.lamports for change in outcome.changes if change.before)
    after = sum(change.after.lamports for change in outcome.changes if change.after)
    if before != after + outcome.fee:
        raise RpcError(
            INTERNAL_ERROR,
            f"refused: lamports are not conserved ({before} before, {after} after, fee {outcome.fee})",
        )


def describe(err: object) -> str:
    """A transaction error in the words of a cluster."""
    if isinstance(err, str):
        return _TEXTS.get(err, err)
    if not isinstance(err, Mapping):
        return str(err)
    if "InstructionError" in err:
        index, cause = err["InstructionError"]
        return f"Error processing Instruction {index}: {_instruction_error(cause)}"
    if "InsufficientFundsForRent" in err:
        index = err["InsufficientFundsForRent"]["account_index"]
        return f"Transaction results in an account ({index}) with insufficient funds for rent"
    if "DuplicateInstruction" in err:
        return f"Transaction contains a duplicate instruction ({err['DuplicateInstruction']}) that is not allowed"
    return str(err)


def _instruction_error(cause: object) -> str:
    if isinstance(cause, Mapping) and "Custom" in cause:
        return f"custom program error: {cause['Custom']:#x}"
    return str(cause)

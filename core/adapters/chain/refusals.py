"""What the chain's errors mean to a user: a table for each program that can fail.

Ours is whole: each of its codes is in `USER_ERRORS` or in `FAULTS`, and a test meets each of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from core.adapters.chain.program.errors import ProgramErrorCode, program_error
from core.adapters.chain.raydium.addresses import BY_SET
from core.adapters.chain.trace import keys_of
from core.domain.errors import Arg

_P = ProgramErrorCode
USER_ERRORS: dict[ProgramErrorCode, str] = {
    _P.ConfigChanged: "config-changed",
    _P.AlreadyLaunched: "already-launched",
    _P.Paused: "buy-paused",
    _P.Expired: "quote-expired",
    _P.ZeroAmount: "amount-zero",
    _P.ZeroOutput: "amount-dust",
    _P.SlippageExceeded: "slippage",
    _P.CurveComplete: "curve-complete",
    _P.Graduated: "coin-graduated",
    _P.ExceedsSold: "amount-too-large",
    _P.AlreadyClaimed: "reward-claimed",
    _P.ClaimsNotStarted: "reward-early",
    _P.ClaimsEnded: "reward-ended",
}
FAULTS = frozenset(
    {
        # A transaction of ours can't be made like this by anything that a user asks for.
        _P.UnknownInstruction,
        _P.InvalidData,
        _P.NotEnoughAccounts,
        _P.MissingSigner,
        _P.NotWritable,
        _P.WrongOwner,
        _P.WrongAddress,
        _P.WrongAccountKind,
        _P.AliasedAccounts,
        _P.Unauthorized,
        _P.InvalidMetadata,
        _P.InvalidRecipient,
        _P.MathOverflow,
        _P.Insolvent,
        # Of what operators, keepers, council and guardian send; no user does.
        _P.AlreadyInitialized,
        _P.InvalidConfig,
        _P.NothingToSweep,
        _P.NotComplete,
        _P.CostAboveCap,
        _P.PoolMismatch,
        _P.ProposalOutdated,
        _P.AlreadyApproved,
        _P.WrongDigest,
        _P.NotApproved,
        _P.TimeLocked,
        _P.ProposalExpired,
        _P.WrongAction,
        _P.PauseTooSoon,
        _P.NotPaused,
        _P.WrongBuffer,
        # Of epochs, and of claims that are not as our own rows have them.
        _P.InvalidEpoch,
        _P.WrongEpoch,
        _P.ClaimsStarted,
        _P.InvalidProof,
        _P.LeafTooSmall,
        _P.ExceedsTotal,
        _P.EpochOpen,
    }
)
"""Refusals that no user can cause: shown as `program-fault`, by their name, for the operator."""
_RAYDIUM = frozenset(str(cpmm.program) for cpmm in BY_SET.values())
# Raydium's own codes, and those of Anchor, in which it is written.
RAYDIUM_ERRORS = {
    6000: "pool-closed",  # NotApproved: its first second has not passed, or swaps are switched off
    6005: "slippage",  # ExceededSlippage
    2505: "amount-dust",  # RequireGtViolated: nothing in or nothing out
}
_TRANSACTION_ERRORS = {
    "InsufficientFundsForFee": "balance-short",
    "InsufficientFundsForRent": "balance-short",
    "AccountNotFound": "balance-short",  # the fee payer holds nothing
    "BlockhashNotFound": "quote-expired",
}
_NOT_ENOUGH = 1  # the System and the Token programs' own code for a balance that does not suffice


_FAILED = re.compile(r"Program ([1-9A-HJ-NP-Za-km-z]{32,44}) failed: ")


def failed_program(err: Any, programs: Sequence[str], logs: Sequence[str]) -> str | None:
    """Which program an error of a transaction is of: custom codes mean nothing without.

    programs: of the transaction's instructions, in order. The first to fail is the innermost, whose error
    all above it hand on; a log that was cut or not kept leaves the outermost.
    """
    for line in logs:
        found = _FAILED.match(line)
        if found is not None:
            return found[1]
    match err:
        case {"InstructionError": [int(index), _]} if 0 <= index < len(programs):
            return programs[index]
    return None


def failed_in(transaction: dict[str, Any]) -> str | None:
    """`failed_program` of a getTransaction answer (encoding json)."""
    meta, keys = transaction["meta"], keys_of(transaction)
    programs = [keys[i["programIdIndex"]] for i in transaction["transaction"]["message"]["instructions"]]
    return failed_program(meta["err"], programs, meta.get("logMessages") or ())


def needs_program(err: Any) -> bool:
    """Whether what an error means hangs on which program failed."""
    return _custom(err) not in (None, _NOT_ENOUGH)


def user_error(err: Any, failed: str | None, ours: str) -> tuple[str, dict[str, Arg]]:
    """Code and arguments of the `UserError` for a transaction's `err`, as JSON-RPC gives it.

    failed: from `failed_program`; None if nobody can say. ours: the program's id.
    """
    name = err if isinstance(err, str) else next(iter(err), "") if isinstance(err, dict) else ""
    if name in _TRANSACTION_ERRORS:
        return _TRANSACTION_ERRORS[name], {}
    code = _custom(err)
    if code == _NOT_ENOUGH:
        return "balance-short", {}
    if code is None:
        return "chain-refused", {"reason": str(name or "unknown")[:40]}
    if failed == ours:
        known = program_error(code)
        if known in USER_ERRORS:
            return USER_ERRORS[known], {}
        if known in FAULTS:
            return "program-fault", {"reason": known.name}
        return "chain-refused", {"reason": f"error {code}"}
    if failed in _RAYDIUM and code in RAYDIUM_ERRORS:
        return RAYDIUM_ERRORS[code], {}
    return "chain-refused", {"reason": f"error {code}"}


def named(err: Any) -> str:
    """A transaction's `err` for an operator, who calls our program and Solana's own: those have no codes as high."""
    code = _custom(err)
    known = None if code is None else program_error(code)
    if known is not None:
        return f"{known.name} ({code})"
    return err if isinstance(err, str) else json.dumps(err)[:200]


def _custom(err: Any) -> int | None:
    match err:
        case {"InstructionError": [int(), {"Custom": int(code)}]}:
            return code
    return None

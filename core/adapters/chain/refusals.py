"""What the chain's errors mean to a user: one table, held by a test against the IDL.

A code that is not here can't be provoked by what our builder makes, or means a fault of ours: it is shown
as `chain-refused` with its name.
"""

from __future__ import annotations

from typing import Any

from core.adapters.chain.program.errors import ProgramErrorCode, program_error
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
}
_TRANSACTION_ERRORS = {
    "InsufficientFundsForFee": "balance-short",
    "InsufficientFundsForRent": "balance-short",
    "AccountNotFound": "balance-short",  # the fee payer holds nothing
    "BlockhashNotFound": "quote-expired",
}
_NOT_ENOUGH = 1  # the System and the Token programs' own code for a balance that does not suffice


def user_error(err: Any) -> tuple[str, dict[str, Arg]]:
    """Code and arguments of the `UserError` for a transaction's `err`, as JSON-RPC gives it."""
    name = err if isinstance(err, str) else next(iter(err), "") if isinstance(err, dict) else ""
    if name in _TRANSACTION_ERRORS:
        return _TRANSACTION_ERRORS[name], {}
    code = _custom(err)
    if code == _NOT_ENOUGH:
        return "balance-short", {}
    known = None if code is None else program_error(code)
    if known in USER_ERRORS:
        return USER_ERRORS[known], {}
    return "chain-refused", {"reason": known.name if known else str(name or "unknown")[:40]}


def _custom(err: Any) -> int | None:
    if not isinstance(err, dict):
        return None
    match err.get("InstructionError"):
        case [int(), {"Custom": int(code)}]:
            return code
    return None

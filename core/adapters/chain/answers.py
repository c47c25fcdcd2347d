"""What a node must answer to be believed: the shape of each method's result, as far as we read it.

A node may be broken, another kind of server, or hostile. What has the shape can still be a lie; what has not is no
answer, and is treated as silence wherever it was asked for.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from solders.hash import Hash

from core.domain.money import U64_MAX

_Check = Callable[[Any], bool]


def fits(method: str, result: object) -> bool:
    """Whether a result has its method's shape; any does of a method that we don't read."""
    check = _SHAPES.get(method)
    try:
        return check is None or check(result)
    except (AttributeError, LookupError, TypeError, ValueError):
        return False


def plain(text: str) -> str:
    """A node's words for a terminal: without what would move its cursor, colour it or rename its window."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= U64_MAX


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()


def _simulation(value: Any) -> bool:
    """Logs may be anything that a program says."""
    logs, units = value.get("logs"), value.get("unitsConsumed")
    return "err" in value and all(isinstance(line, str) for line in logs or ()) and _maybe(_whole)(units)


def _any(_: Any) -> bool:
    return True


def _blockhash(value: Any) -> bool:
    Hash.from_string(value)  # raises ValueError or TypeError for what is none
    return True


def _data(value: Any) -> bool:
    """Bytes in base64, and the word that says so."""
    encoded, encoding = value
    b64decode(encoded, validate=True)
    return bool(encoding == "base64")


def _maybe(check: _Check) -> _Check:
    return lambda value: value is None or check(value)


def _each(check: _Check) -> _Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _with(**checks: _Check) -> _Check:
    """An object with these fields, and others that we don't read."""
    return lambda value: all(check(value[name]) for name, check in checks.items())


_ACCOUNT = _with(lamports=_whole, owner=_text, data=_data)
_MESSAGE = _with(accountKeys=_each(_text), instructions=_each(_with(programIdIndex=_whole)))
_BALANCES = {"preBalances": _each(_whole), "postBalances": _each(_whole), "fee": _whole}
_SHAPES: dict[str, _Check] = {
    "getAccountInfo": _with(value=_maybe(_ACCOUNT)),
    "getBalance": _with(value=_whole),
    "getBlockHeight": _whole,
    "getEpochInfo": _with(absoluteSlot=_whole, blockHeight=_whole),
    "getGenesisHash": _text,
    "getLatestBlockhash": _with(value=_with(blockhash=_blockhash, lastValidBlockHeight=_whole)),
    "getMinimumBalanceForRentExemption": _whole,
    "getMultipleAccounts": _with(value=_each(_maybe(_ACCOUNT))),
    "getRecentPrioritizationFees": _each(_with(prioritizationFee=_whole)),
    "getSignatureStatuses": _with(
        context=_with(slot=_whole), value=_each(_maybe(_with(slot=_whole, err=_any)))
    ),
    "getSignaturesForAddress": _each(_with(signature=_text, slot=_whole, err=_any)),
    "getSlot": _whole,
    "getTokenAccountsByOwner": _with(value=_each(_with(account=_ACCOUNT))),
    "getTransaction": _maybe(
        _with(
            slot=_whole,
            blockTime=_maybe(_whole),
            meta=_with(err=_any, **_BALANCES),
            transaction=_with(message=_MESSAGE),
        )
    ),
    "requestAirdrop": _text,
    "sendTransaction": _text,
    "simulateTransaction": _with(value=_simulation),
}

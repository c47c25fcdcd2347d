"""A transaction's meta, as history keeps it: the RPC's own "json" form, compressed."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from typing import Any

from solders.account import Account
from solders.pubkey import Pubkey

from core.domain import base58
from workers.localnet import tokens
from workers.localnet.engine import Inner, Outcome
from workers.localnet.wire import Wire

_MEMO_PROGRAMS = frozenset(
    Pubkey.from_string(key)
    for key in (
        "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
        "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
    )
)
_encoder = json.JSONEncoder(separators=(",", ":"))
Find = Callable[[Pubkey], Account | None]


def build(outcome: Outcome, find: Find) -> dict[str, object]:
    """The meta object. `find` gives an account as it is after the transaction: mints are read by it."""
    after = outcome.after()
    loaded = outcome.roles
    meta: dict[str, object] = {
        "err": outcome.err,
        "status": {"Ok": None} if outcome.err is None else {"Err": outcome.err},
        "fee": outcome.fee,
        "preBalances": [account.lamports if account else 0 for account in outcome.before],
        "postBalances": [account.lamports if account else 0 for account in after],
        "innerInstructions": inner_instructions(outcome),
        "logMessages": outcome.logs,
        "preTokenBalances": _token_balances(outcome.roles.keys, outcome.before, find),
        "postTokenBalances": _token_balances(outcome.roles.keys, after, find),
        "rewards": [],
        "loadedAddresses": {
            "writable": [str(key) for key in loaded.loaded_writable],
            "readonly": [str(key) for key in loaded.loaded_readonly],
        },
        "computeUnitsConsumed": outcome.units,
    }
    if outcome.return_data is not None:
        meta["returnData"] = return_data(outcome)
    return meta


def return_data(outcome: Outcome) -> dict[str, object] | None:
    """What the last program returned."""
    if outcome.return_data is None:
        return None
    program, data = outcome.return_data
    return {"programId": str(program), "data": [base64.b64encode(data).decode(), "base64"]}


def inner_instructions(outcome: Outcome) -> list[dict[str, object]]:
    """Inner instructions with accounts as indexes into the transaction's keys."""
    return [
        {"index": index, "instructions": [_compiled(call) for call in calls]}
        for index, calls in outcome.inner
    ]


def _compiled(call: Inner) -> dict[str, object]:
    return {
        "programIdIndex": call.program_index,
        "accounts": call.accounts,
        "data": base58.encode(call.data),
        "stackHeight": call.stack_height,
    }


def _token_balances(
    keys: list[Pubkey], accounts: list[Account | None], find: Find
) -> list[dict[str, object]]:
    balances: list[dict[str, object]] = []
    for index, account in enumerate(accounts):
        if account is None or (held := tokens.holding(account)) is None:
            continue
        mint = find(held.mint)
        decimals = tokens.supply_and_decimals(mint)[1] if mint is not None and tokens.is_mint(mint) else 0
        balances.append(
            {
                "accountIndex": index,
                "mint": str(held.mint),
                "owner": str(held.owner),
                "programId": str(account.owner),
                "uiTokenAmount": tokens.ui_amount(held.amount, decimals),
            }
        )
    return balances


def memo(wire: Wire) -> str | None:
    """The memos of a transaction, as getSignaturesForAddress shows them."""
    if _MEMO_PROGRAMS.isdisjoint(wire.keys):
        return None
    texts = []
    for instruction in wire.message.instructions:
        index = instruction.program_id_index
        if index < len(wire.keys) and wire.keys[index] in _MEMO_PROGRAMS:
            data = instruction.data
            texts.append(f"[{len(data)}] {data.decode(errors='replace')}")
    return "; ".join(texts) or None


def pack(meta: dict[str, object]) -> bytes:
    """The stored form."""
    return zlib.compress(_encoder.encode(meta).encode(), 1)


def unpack(stored: bytes) -> dict[str, Any]:
    """The meta object of a stored form."""
    meta: dict[str, Any] = json.loads(zlib.decompress(stored))
    return meta

"""An order: a person's intent to buy, sell, launch, withdraw or claim, and what became of it.

    quoted -> signed -> sent -> landed
       |        |        |---> failed    the chain ran it and refused
       |        |        |---> expired   its blockhash is dead and it is not on chain
       |        |        `---> unknown   we could not find out -> landed | failed | expired
       |        `-> as from sent: it may have been sent by a process that died before it said so
       `-> cancelled, expired

A signed transaction is stored before it is sent, so nothing after `signed` is ever signed again.
`unknown` is said to the user and resolved by asking the chain; it is never retried by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class OrderKind(StrEnum):
    BUY = "buy"
    SELL = "sell"
    LAUNCH = "launch"
    WITHDRAW = "withdraw"
    CLAIM = "claim"


class OrderState(StrEnum):
    QUOTED = "quoted"
    SIGNED = "signed"
    SENT = "sent"
    LANDED = "landed"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


_S = OrderState
NEXT: dict[OrderState, frozenset[OrderState]] = {
    _S.QUOTED: frozenset({_S.SIGNED, _S.CANCELLED, _S.EXPIRED}),
    _S.SIGNED: frozenset({_S.SENT, _S.LANDED, _S.FAILED, _S.EXPIRED, _S.UNKNOWN}),
    _S.SENT: frozenset({_S.LANDED, _S.FAILED, _S.EXPIRED, _S.UNKNOWN}),
    _S.UNKNOWN: frozenset({_S.LANDED, _S.FAILED, _S.EXPIRED}),
    _S.LANDED: frozenset(),
    _S.FAILED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.CANCELLED: frozenset(),
}
ENDED = frozenset(state for state, following in NEXT.items() if not following)
IN_FLIGHT = frozenset({_S.SIGNED, _S.SENT, _S.UNKNOWN})


class IllegalTransition(Exception):
    """The order can't go from that state to this one: somebody else moved it first, or a fault of ours."""


def check_transition(before: OrderState, after: OrderState) -> None:
    """Raises `IllegalTransition` unless the diagram has an arrow from `before` to `after`."""
    if after not in NEXT[before]:
        raise IllegalTransition(f"{before} -> {after}")


@dataclass(frozen=True, slots=True)
class Order:
    """One row of the ledger of intents.

    id: 26 characters that follow from the update that asked for it, also the idempotency key at the signer.
    intent: the `core.domain.intent` dataclass as JSON; what exactly will be signed.
    origin: where the result is to be shown.
    signature, raw: base58 signature and the signed transaction's bytes, from `signed` on.
    last_valid_block_height: past it, an unlanded transaction is dead.
    result: lamports, atoms, fee, slot... of a landed order (integers), else empty.
    error: code of a `UserError` for failed, expired and unknown.
    lease_owner, lease_until: the process that drives it, until which unix second.
    """

    id: str
    kind: OrderKind
    person_id: str
    wallet: str
    mint: str | None
    box_id: str | None
    intent: dict[str, Any]
    quote: dict[str, Any]
    state: OrderState
    platform: str
    chat_id: str | None
    thread_id: str | None
    user_id: str
    created_at: int
    quote_expires_at: int
    signature: str | None = None
    raw: bytes | None = None
    last_valid_block_height: int | None = None
    result: dict[str, Any] | None = None
    error: str | None = None
    error_args: dict[str, Any] | None = None
    lease_owner: str | None = None
    lease_until: int = 0
    cause: str | None = None

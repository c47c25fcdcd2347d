"""What a landed transaction of ours did, read from the chain's answer.

From instructions (those that the program called too) and balances: whole whatever the logs say. Our own
program's event is a cross-check, and decides where a sell's fee could be one of two neighbouring numbers.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import structlog

from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.events import Event, Traded, decode_event
from core.adapters.chain.program.layout import LayoutError
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.trace import (
    NotTold,
    Step,
    following,
    keys_of,
    lamports_gained,
    steps_of,
    system_transfer,
    token_transfer,
)
from core.domain.curve import CurveState, buy_fee
from core.domain.fees import fee_of_spent, fees_of_paid
from core.domain.intent import BuyIntent, ClaimIntent, Intent, LaunchIntent, SellIntent, WithdrawIntent
from core.ports.chain import Fill

log = structlog.get_logger()

_DATA = "Program data: "


def events_of(logs: Sequence[str], program_id: str) -> Iterator[Event]:
    """Events that our program itself logged: lines outside its own invoke frame are somebody else's."""
    frames: list[str] = []
    for line in logs:
        words = line.split(" ")
        if words[:2] == ["Program", "log:"]:
            continue  # a program's own words, which may imitate the runtime's
        if len(words) == 4 and words[0] == "Program" and words[2] == "invoke":
            frames.append(words[1])
        elif len(words) >= 3 and words[0] == "Program" and words[2].rstrip(":") in ("success", "failed"):
            if frames and frames[-1] == words[1]:
                frames.pop()
        elif line.startswith(_DATA) and frames and frames[-1] == program_id:
            try:
                yield decode_event(b64decode(line[len(_DATA) :]))
            except (LayoutError, ValueError):
                continue  # a newer program's event: instructions are the truth, logs a convenience


def fill_of(
    transaction: dict[str, Any],
    signature: str,
    intent: Intent,
    wallet: str,
    program_id: str,
    terms: CurveState | None,
) -> Fill:
    """`transaction`: the result of getTransaction in encoding json. The wallet is the fee payer. terms: of
    the coin that was traded, as at any time.

    Raises `NotTold` (a `LookupError`) for an answer from which it can't be read, rather than guess.
    """
    meta = transaction["meta"]
    if keys_of(transaction)[0] != wallet:
        raise NotTold("another wallet's transaction")
    slot, network_fee = int(transaction["slot"]), int(meta["fee"])
    if isinstance(intent, WithdrawIntent):
        return Fill(signature, slot, intent.lamports, 0, 0, network_fee)
    if isinstance(intent, ClaimIntent):
        # The program pays just what the leaf says; what is missing of it paid for a page.
        page = intent.amount - lamports_gained(transaction, wallet) - network_fee
        return Fill(signature, slot, intent.amount, 0, 0, network_fee, deposit=page)
    ours = _Ours(transaction, steps_of(transaction), program_id, wallet)
    left = -lamports_gained(transaction, wallet) - network_fee
    if isinstance(intent, LaunchIntent):
        atoms = ours.bought()[1] if intent.first_buy else 0
        return Fill(signature, slot, left, atoms, 0, network_fee)
    if terms is None:
        raise NotTold("no terms of the coin")
    events = [e for e in events_of(meta.get("logMessages") or (), program_id) if isinstance(e, Traded)]
    event = next((e for e in events if str(e.trader) == wallet), None)  # none: cut off, flooded, not kept
    if isinstance(intent, BuyIntent):
        spent, atoms = ours.bought()
        fees = _only(fee_of_spent(spent, buy_fee(terms, slot)))
        partial, deposit = spent < intent.max_in, left - spent
        fill = Fill(signature, slot, spent, atoms, fees.start, network_fee, partial, deposit)
    elif isinstance(intent, SellIntent):
        paid, atoms = ours.sold()
        fees = fees_of_paid(paid, terms.fee)
        fill = Fill(signature, slot, paid, atoms, _decided(fees, event), network_fee)
    else:
        raise TypeError(f"no fill of a {type(intent).__name__}")
    if event is not None and not _agrees(event, fill, fees):
        # Believe what moved; but one of us has a fault, and somebody must look.
        log.error("chain.event_differs", signature=signature, mint=intent.mint)
    return fill


@dataclass(frozen=True, slots=True)
class _Ours:
    """What the one call of the program's that trades for `wallet` moved, lamports and atoms."""

    transaction: dict[str, Any]
    steps: list[Step]
    program_id: str
    wallet: str

    def bought(self) -> tuple[int, int]:
        """A buy calls System, then the token program, and they call nobody: the two steps that follow."""
        at = self._call(Buy.DISCRIMINATOR)
        buyer, curve, vault, tokens = (self.steps[at].accounts[i] for i in (0, 2, 4, 5))
        called = list(islice(following(self.steps, at), 2))
        if len(called) == 2:
            paid, given = system_transfer(called[0]), token_transfer(called[1])
            if paid is not None and given is not None:
                ends = (paid.source, paid.destination, given.source, given.destination)
                if ends == (buyer, curve, vault, tokens):
                    return paid.amount, given.amount
        raise NotTold("a buy without its transfers")

    def sold(self) -> tuple[int, int]:
        """A sell calls the token program, then moves lamports by itself: only balances show those."""
        at = self._call(Sell.DISCRIMINATOR)
        curve, vault, tokens = (self.steps[at].accounts[i] for i in (1, 3, 4))
        called = next(following(self.steps, at), None)
        given = None if called is None else token_transfer(called)
        if given is None or (given.source, given.destination) != (tokens, vault):
            raise NotTold("a sell without its transfer")
        touching = [s for s in self.steps if s.program == self.program_id and curve in s.accounts]
        if len(touching) != 1:
            raise NotTold("other calls moved lamports of the same curve")
        return -lamports_gained(self.transaction, curve), given.amount

    def _call(self, kind: bytes) -> int:
        """Where it is among the steps."""
        found = [
            at
            for at, step in enumerate(self.steps)
            if step.program == self.program_id and step.data[:8] == kind and step.accounts[0] == self.wallet
        ]
        if len(found) != 1:
            raise NotTold(f"{len(found)} calls of the program where one was sent")
        return found[0]


def _only(fee: int) -> range:
    return range(fee, fee + 1)


def _decided(fees: range, event: Traded | None) -> int | None:
    """The fee, if it is certain."""
    if len(fees) == 1:
        return fees.start
    told = None if event is None else event.protocol_fee + event.creator_fee
    return told if told in fees else None


def _agrees(event: Traded, fill: Fill, fees: range) -> bool:
    fee = event.protocol_fee + event.creator_fee
    lamports = event.sol + fee if event.is_buy else event.sol - fee
    return fee in fees and (lamports, event.atoms) == (fill.lamports, fill.atoms)

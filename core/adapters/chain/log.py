"""The `ChainLog` port: successful transactions of the program, parsed by instruction, inner ones too."""

from __future__ import annotations

from base64 import b64decode
from collections import deque
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.program.accounts import Curve
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.layout import LayoutError, Reader
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.rpc import Rpc, RpcRefused
from core.adapters.chain.trace import steps_of
from core.domain.calls import Bought, Call, Launched, ProgramTransaction, Sold, Touched
from core.domain.curve import CurveState
from core.ports.chain import ChainAway

PAGE = 1_000  # signatures that one call gives
_CONFIRMED = "confirmed"
_CURVE_OF = {SweepFees.DISCRIMINATOR: 0, SetFeeRecipient.DISCRIMINATOR: 1}  # which account it is


class RpcChainLog:
    """`program_id`: base58. Keeps the signatures of a long catch-up in memory, 100 bytes each."""

    def __init__(self, rpc: Rpc, program_id: str) -> None:
        self._rpc, self._program_id = rpc, program_id
        self._ids = ProgramIds(Pubkey.from_string(program_id))
        self._ahead: deque[dict[str, Any]] = deque()  # oldest first
        self._last: str | None = None  # what `_ahead` follows

    async def after(self, signature: str | None, limit: int) -> list[ProgramTransaction]:
        if not self._ahead or signature != self._last:
            self._ahead = await self._signatures_after(signature)
        found: list[ProgramTransaction] = []
        while self._ahead and len(found) < limit:
            entry = self._ahead[0]
            if entry["err"] is None:
                found.append(await self._transaction(entry))
            else:
                found.append(ProgramTransaction(entry["signature"], int(entry["slot"]), 0, ()))
            self._ahead.popleft()
        self._last = found[-1].signature if found else signature
        return found

    async def terms(self, mint: str) -> CurveState | None:
        curve = await self._curve(mint)
        if curve is None:
            return None
        now = curve.state
        return CurveState.launch(
            initial_sol=now.initial_sol,
            fee=now.fee,
            creator_fee=now.creator_fee,
            launch_slot=now.launch_slot,
            schedule_fee=now.schedule_fee,
            schedule_slots=now.schedule_slots,
        )

    async def market(self, mint: str) -> tuple[int, CurveState] | None:
        curve = await self._curve(mint)
        return None if curve is None else (curve.sequence, curve.state)

    async def _signatures_after(self, signature: str | None) -> deque[dict[str, Any]]:
        """All that came after, oldest first: pages come newest first, back to `signature`."""
        found: deque[dict[str, Any]] = deque()
        before: str | None = None
        while True:
            options: dict[str, Any] = {"limit": PAGE, "commitment": _CONFIRMED}
            if before is not None:
                options["before"] = before
            if signature is not None:
                options["until"] = signature
            page = await self._ask("getSignaturesForAddress", self._program_id, options)
            found.extendleft(page)
            if len(page) < PAGE:
                return found
            before = page[-1]["signature"]

    async def _transaction(self, entry: dict[str, Any]) -> ProgramTransaction:
        options = {"encoding": "json", "commitment": _CONFIRMED, "maxSupportedTransactionVersion": 0}
        answer = await self._ask("getTransaction", entry["signature"], options)
        if answer is None:
            # Listed but not given: a lagging node. Skipping it would leave a hole.
            raise ChainAway(f"getTransaction: no {entry['signature']}")
        slot, time = int(answer["slot"]), int(answer["blockTime"] or 0)
        try:
            calls = tuple(calls_of(answer, self._program_id))
        except LookupError as missing:
            raise ChainAway(f"getTransaction {entry['signature']}: {missing}") from missing
        return ProgramTransaction(entry["signature"], slot, time, calls)

    async def _curve(self, mint: str) -> Curve | None:
        address = str(self._ids.curve(Pubkey.from_string(mint)))
        options = {"encoding": "base64", "commitment": _CONFIRMED}
        value = (await self._ask("getAccountInfo", address, options))["value"]
        return None if value is None else Curve.decode(b64decode(value["data"][0]))

    async def _ask(self, method: str, *params: Any) -> Any:
        try:
            return await self._rpc.call(method, *params)
        except RpcRefused as refused:
            raise ChainAway(f"{method}: {refused}") from refused


def calls_of(transaction: dict[str, Any], program_id: str) -> list[Call]:
    """Calls of the program in a getTransaction answer (encoding json), in the order in which they ran.

    Raises `NotTold` for an answer that hides what programs called.
    """
    found = (_call(step.data, step.accounts) for step in steps_of(transaction) if step.program == program_id)
    return [call for call in found if call is not None]


def _call(data: bytes, accounts: tuple[str, ...]) -> Call | None:
    """None for what does not touch a market. Raises `LayoutError` never: a successful instruction is whole,
    and one that a later program version added is not ours to read."""
    kind = data[:8]
    try:
        if kind == Launch.DISCRIMINATOR:
            reader = Reader(data, kind)
            reader.take(8 + 32)  # config version, commitment
            name, symbol, uri = (reader.string().decode("utf-8", "replace") for _ in range(3))
            return Launched(accounts[2], accounts[3], accounts[0], name, symbol, uri)
        if kind in (Buy.DISCRIMINATOR, Sell.DISCRIMINATOR):
            reader = Reader(data, kind)
            first, second = reader.uint(8), reader.uint(8)
            if kind == Buy.DISCRIMINATOR:
                return Bought(accounts[3], accounts[0], first, second)
            return Sold(accounts[2], accounts[0], first, second)
        if kind in (SweepFees.DISCRIMINATOR, SetFeeRecipient.DISCRIMINATOR):
            return Touched(accounts[_CURVE_OF[kind]])
    except LayoutError:
        return None
    return None

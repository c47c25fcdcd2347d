"""The `ChainLog` port: successful transactions of the program, parsed by instruction, inner ones too."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from solders.pubkey import Pubkey

from core.adapters.chain.history import History, ask
from core.adapters.chain.program.accounts import Curve
from core.adapters.chain.program.buy import Buy
from core.adapters.chain.program.graduate import Graduate
from core.adapters.chain.program.ids import ProgramIds
from core.adapters.chain.program.launch import Launch
from core.adapters.chain.program.layout import LayoutError, Reader
from core.adapters.chain.program.sell import Sell
from core.adapters.chain.program.set_fee_recipient import SetFeeRecipient
from core.adapters.chain.program.sweep_fees import SweepFees
from core.adapters.chain.rpc import Rpc
from core.adapters.chain.trace import atoms_after, steps_of
from core.domain.calls import Bought, Call, Graduated, Launched, ProgramTransaction, Sold, Touched
from core.domain.curve import CurveState
from core.ports.chain import ChainAway

_CONFIRMED = "confirmed"
_CURVE_OF = {SweepFees.DISCRIMINATOR: 0, SetFeeRecipient.DISCRIMINATOR: 1}  # which account it is


class RpcChainLog:
    """`program_id`: base58."""

    def __init__(self, rpc: Rpc, program_id: str) -> None:
        self._rpc, self._program_id = rpc, program_id
        self._ids = ProgramIds(Pubkey.from_string(program_id))
        self._history = History(rpc, program_id)

    async def after(self, signature: str | None, limit: int) -> list[ProgramTransaction]:
        return [self._read(*found) for found in await self._history.after(signature, limit)]

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

    def _read(self, entry: dict[str, Any], answer: dict[str, Any] | None) -> ProgramTransaction:
        if answer is None:
            return ProgramTransaction(entry["signature"], int(entry["slot"]), 0, ())
        try:
            calls = tuple(calls_of(answer, self._program_id))
        except LookupError as missing:
            raise ChainAway(f"getTransaction {entry['signature']}: {missing}") from missing
        slot, time = int(answer["slot"]), int(answer["blockTime"] or 0)
        return ProgramTransaction(entry["signature"], slot, time, calls)

    async def _curve(self, mint: str) -> Curve | None:
        address = str(self._ids.curve(Pubkey.from_string(mint)))
        options = {"encoding": "base64", "commitment": _CONFIRMED}
        value = (await ask(self._rpc, "getAccountInfo", address, options))["value"]
        return None if value is None else Curve.decode(b64decode(value["data"][0]))


def calls_of(transaction: dict[str, Any], program_id: str) -> list[Call]:
    """Calls of the program in a getTransaction answer (encoding json), in the order in which they ran.

    Raises `NotTold` for an answer that hides what programs called, or what a new pool holds.
    """
    calls: list[Call] = []
    for step in steps_of(transaction):
        if step.program != program_id:
            continue
        data = step.data
        if data[:8] == Graduate.DISCRIMINATOR:
            calls.append(_graduated(transaction, step.accounts))
        elif (call := _call(data, step.accounts)) is not None:
            calls.append(call)
    return calls


def _graduated(transaction: dict[str, Any], accounts: tuple[str, ...]) -> Graduated:
    """Its pool holds what its vaults do: nobody has swapped yet, so no fees lie there."""
    coins, wsol = accounts[13], accounts[14]
    return Graduated(
        accounts[3], accounts[6], atoms_after(transaction, wsol), atoms_after(transaction, coins)
    )


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

"""The keeper's own transactions: an errand is one thing to do for one coin, until it is done on chain.

- One at a time: while a transaction of an errand may still land, no other is begun for it.
- Each is numbered, and noted before it is sent. The signer signs a number once, so that whoever takes over after a
  kill finds the same bytes; they are sent again until they have landed or their blockhash is dead.
- What can't be done now is tried again, later each time. It is said once, and again when the reason changes.
- Everything that is done here can be done once on chain; a second try fails there and costs its network fee.
"""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import structlog

from core.domain.errors import Arg, UserError
from core.domain.intent import Intent
from core.ports.chain import Chain, Compute, Status
from core.ports.ids import Clock
from core.ports.meter import SILENT, Meter
from core.ports.signer import Signer
from core.ports.store import Store

log = structlog.get_logger()

RESEND_EVERY = 2  # seconds
FIRST_PAUSE = 2  # seconds after a first failure, doubled by each that follows
LONGEST_PAUSE = 300  # seconds
UNITS_MARGIN_PERCENT = 15
SPARE_UNITS = 30_000  # whoever funds the accounts that it makes beforehand makes it cost that much more
# Anybody may do what the keeper does, and for a graduation be paid for it: then all is well.
DONE_BY_OTHERS = frozenset({"coin-graduated", "program-fault NothingToSweep"})
MAX_UNIT_PRICE = 1_000_000  # micro-lamports


@dataclass(frozen=True, slots=True)
class Errand:
    """Where the keeper is with one thing. attempt: transactions begun so far. raw (base64), signature,
    last_valid_block_height: of the one in flight, else empty. failures: in a row; not_before: unix second of the
    next try; error: what the last one failed with, a code and perhaps the chain's own name for it."""

    attempt: int = 0
    raw: str = ""
    signature: str = ""
    last_valid_block_height: int = 0
    failures: int = 0
    not_before: int = 0
    error: str = ""

    def over(self) -> Errand:
        """Done; the next time begins a new one."""
        return Errand(self.attempt)

    def failed(self, error: str, now: int) -> Errand:
        """Not in flight any more, to be tried again when the pause is over."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE << min(self.failures, 16))
        pause += random.randrange(pause // 2 + 1)  # noqa: S311 - two keepers' tries apart, no secret
        return Errand(self.attempt, failures=self.failures + 1, not_before=now + pause, error=error)


@dataclass
class Errands:
    """wallet: the keeper's, base58; whoever calls sets it before the first errand.

    What is remembered may be out of date when another keeper was the leader meanwhile. Then nothing is noted or sent
    by it: a note is written over the one that we knew or not at all, and what we forgot is read anew.
    """

    store: Store
    chain: Chain
    signer: Signer
    clock: Clock
    meter: Meter = SILENT
    wallet: str = ""
    _known: dict[str, Errand] = field(default_factory=dict)
    _sent: dict[str, int] = field(default_factory=dict)  # name -> unix second of the last sending

    async def due(self, names: Sequence[str]) -> list[str]:
        """Those that may be begun now: nothing of theirs is in flight, and no pause holds them."""
        now, found = self.clock.now(), []
        for name in names:
            errand = self._known.get(name) or await self._load(name)
            if not errand.raw and errand.not_before <= now:
                found.append(name)
        return found

    async def begin(self, name: str, intent: Intent) -> None:
        """Carries a due errand out as far as sent. name: `kind:coin`, the same for the same thing.

        Raises `ChainAway`, `SignerAway`, `StoreAway`; then it is begun again, with the bytes that were signed.
        """
        errand = self._known[name]
        simulation, blockhash, price = await asyncio.gather(
            self.chain.simulate(intent, self.wallet),
            self.chain.latest_blockhash(),
            self.chain.priority_price(),
        )
        if simulation.error is not None:
            await self._end(name, errand, "refused", _reason(simulation.error, simulation.error_args))
            return
        limit = simulation.units * (100 + UNITS_MARGIN_PERCENT) // 100 + SPARE_UNITS
        compute = Compute(limit, min(price, MAX_UNIT_PRICE))
        attempt = errand.attempt + 1
        try:
            signed = await self.signer.sign(f"{name}:{attempt}", self.wallet, intent, blockhash, compute)
        except UserError as refused:
            await self._end(name, errand, "refused", refused.code)
            return
        flying = replace(
            errand,
            attempt=attempt,
            raw=base64.b64encode(signed.raw).decode(),
            signature=signed.signature,
            last_valid_block_height=signed.last_valid_block_height,
        )
        if await self._note(name, errand, flying):
            await self._send(name, flying)

    async def follow(self) -> int:
        """One look at everything in flight; how many still are. Raises as `begin`."""
        flying = {name: errand for name, errand in self._known.items() if errand.raw}
        if not flying:
            return 0
        # The height first: what is missing from an answer given later, though its height had passed, can't come.
        height = await self.chain.block_height()
        statuses = await self.chain.statuses([errand.signature for errand in flying.values()])
        for (name, errand), status in zip(flying.items(), statuses, strict=True):
            await self._settle(name, errand, status, height)
        return sum(bool(errand.raw) for errand in self._known.values())

    async def _settle(self, name: str, errand: Errand, status: Status | None, height: int) -> None:
        if status is not None and status.confirmed:
            if status.error is not None:
                await self._end(name, errand, "failed", _reason(status.error, status.error_args))
            else:
                await self._end(name, errand, "landed")
        elif status is None and height > errand.last_valid_block_height:
            await self._end(name, errand, "expired", "order-expired")
        elif status is None and self.clock.now() - self._sent.get(name, 0) >= RESEND_EVERY:
            await self._send(name, errand)

    async def _send(self, name: str, errand: Errand) -> None:
        await self.store.synced()  # sent, and then forgotten by a power cut: another would be begun beside it
        self._sent[name] = self.clock.now()
        await self.chain.send(base64.b64decode(errand.raw))

    async def _end(self, name: str, errand: Errand, outcome: str, error: str = "") -> None:
        after = errand.failed(error, self.clock.now()) if error else errand.over()
        outcome = "overtaken" if error in DONE_BY_OTHERS else outcome
        if not await self._note(name, errand, after):
            return
        self._sent.pop(name, None)
        kind = name.partition(":")[0]
        self.meter.kept(kind, outcome)
        if outcome == "landed":
            log.info(f"keeper.{kind}", coin=name.partition(":")[2], signature=errand.signature)
        elif outcome != "overtaken" and error != errand.error:
            log.warning("keeper.not_done", errand=name, outcome=outcome, error=error)

    async def _load(self, name: str) -> Errand:
        async with self.store.read() as work:
            stored = await work.cursors.get(_key(name))
        self._known[name] = Errand(**stored) if stored else Errand()
        return self._known[name]

    async def _note(self, name: str, before: Errand, after: Errand) -> bool:
        """Whether it was as we thought: if not, another keeper has gone on with it, and it is looked at anew."""
        async with self.store.begin() as work:
            stored: dict[str, Any] = await work.cursors.get(_key(name)) or asdict(Errand())
            same = stored == asdict(before)
            if same:
                await work.cursors.set(_key(name), asdict(after))
        if same:
            self._known[name] = after
        else:
            del self._known[name]
        return same


def _reason(code: str, args: Mapping[str, Arg] | None) -> str:
    return f"{code} {args['reason']}" if args and "reason" in args else code


def _key(name: str) -> str:
    return f"keeper:{name}"

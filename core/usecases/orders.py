"""Driving an order: simulated, signed, stored, sent, and followed to its end.

The rules that keep money safe:
- The order's state moves by compare-and-set in the database; whoever loses the race stops.
- The signed transaction is stored before it is sent. The signer signs an order id once, so a repeat after
  a kill finds the same bytes.
- A transaction is sent again until it has landed or its blockhash is dead. It is dead only when the
  finalized height has passed its last valid one and the chain, asked after that, does not have it.
- What can't be found out is `unknown`: said, asked again later, never signed or sent anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog

from core.domain.errors import Arg, UserError
from core.domain.intent import Intent, from_json
from core.domain.order import Order, OrderKind, OrderState
from core.ports.bell import EVENTS, ORDERS, Bell
from core.ports.chain import Blockhash, Chain, ChainAway, Compute, Status
from core.ports.ids import Clock
from core.ports.meter import SILENT, Meter
from core.ports.rows import Coin
from core.ports.signer import Signer
from core.ports.store import Store, StoreAway, Work
from core.reply import Visibility
from core.usecases.landed import landed_fill
from core.usecases.launch_box import box_follows, launching
from core.usecases.list_coin import launched_coin, list_coin
from core.usecases.requote import again, refusal_of

log = structlog.get_logger()

LEASE = 20  # seconds a process may drive an order without giving a sign
UNKNOWN_AFTER = 90  # seconds after which an unanswered question is called unknown
UNITS_MARGIN_PERCENT = 15
EXPIRE_BATCH = 100
END_BATCH = 4  # orders in one unit of work: it holds the write lock, and people press meanwhile
MIN_UNITS = 5_000
MAX_UNIT_PRICE = 1_000_000  # micro-lamports; the signer has its own cap on price x limit

_S = OrderState


@dataclass(frozen=True, slots=True)
class _End:
    """What an order comes to: `after` follows the state that it has in `order`. coin: launched by it."""

    order: Order
    after: OrderState
    error: str | None = None
    error_args: Mapping[str, Arg] | None = None
    result: dict[str, Any] | None = None
    coin: Coin | None = None


def subject_of(order_id: str) -> str:
    """The live message's name."""
    return f"order:{order_id}"


def visibility_of(order: Order) -> Visibility:
    """Who may see what becomes of it, where it was asked for in a group."""
    if order.kind is OrderKind.LAUNCH:
        return Visibility.PUBLIC
    return Visibility.PRIVATE if order.kind is OrderKind.WITHDRAW else Visibility.QUIET


@dataclass(frozen=True)
class Orders:
    """owner: this process, in leases."""

    store: Store
    chain: Chain
    signer: Signer
    bell: Bell
    clock: Clock
    owner: str
    meter: Meter = SILENT

    async def add(self, order: Order) -> Order:
        """Records a quoted order; gives the one that the same update made before it came again, if any."""
        async with self.store.begin() as work:
            known = await work.orders.get(order.id)
            if known is None:
                await work.orders.add(order)
        if known is None:
            self.meter.order(order.kind, order.state)
        return known or order

    async def find(self, order_id: str) -> Order | None:
        async with self.store.read() as work:
            return await work.orders.get(order_id)

    async def get(self, order_id: str, person_id: str) -> Order:
        """Raises `UserError("order-unknown")` unless it is this person's order."""
        order = await self.find(order_id)
        if order is None or order.person_id != person_id:
            raise UserError("order-unknown")
        return order

    async def confirm(self, order_id: str, person_id: str, event_id: str) -> Order:
        """Carries a quoted order out as far as `sent`; an order that went on already is returned as it is.

        Raises order-unknown, quote-expired (with a button for a new quote), `ChainAway`, `SignerAway`,
        `StoreAway`, what the simulation found and what the signer refuses. Then the order is still quoted:
        nothing was sent, and the press can be repeated. What the signer may have signed is sent by nobody
        but this. After order-not-noted it may be sent all the same, by the keeper.
        """
        order = await self.get(order_id, person_id)
        if order.state is _S.EXPIRED and order.signature is None:
            raise UserError("quote-expired", again=again(order))
        if order.state is not _S.QUOTED:
            return order
        now = self.clock.now()
        if order.quote_expires_at < now:
            await self._expire_quote(order)
            raise UserError("quote-expired", again=again(order))
        intent = from_json(order.intent)
        compute, blockhash = await self._prepare(intent, order)
        signed = await self.signer.sign(order.id, order.wallet, intent, blockhash, compute)
        changes: dict[str, Any] = {
            "signature": signed.signature,
            "raw": signed.raw,
            "last_valid_block_height": signed.last_valid_block_height,
            "lease_owner": self.owner,
            "lease_until": now + LEASE,
            "cause": event_id,
        }
        if not await self._note_signed(order, changes):
            return await self.get(order_id, person_id)
        order = replace(order, state=_S.SIGNED, **changes)
        return replace(order, state=_S.SENT) if await self._send(order) else order

    async def _note_signed(self, order: Order, changes: Mapping[str, Any]) -> bool:
        """Stores the signed transaction; of two presses, which hold the same bytes, one gets through.

        Raises box-closed, and order-not-noted when the database went away: a commit whose answer was lost may
        have happened, and then the keeper goes on. The live message says how it ends, either way.
        """
        try:
            async with self.store.begin() as work:
                stored = await work.orders.move(order.id, _S.QUOTED, _S.SIGNED, **changes)
                if stored:
                    await launching(work, order)
        except StoreAway as away:
            log.warning("order.not_noted", order=order.id, error=str(away))
            raise UserError("order-not-noted") from away
        if stored:
            self.meter.order(order.kind, _S.SIGNED)
        return stored

    async def cancel(self, order_id: str, person_id: str) -> Order:
        """Throws a quote away. Raises order-unknown, order-too-late once it was signed."""
        order = await self.get(order_id, person_id)
        async with self.store.begin() as work:
            moved = order.state is _S.QUOTED and await work.orders.move(order.id, _S.QUOTED, _S.CANCELLED)
        if moved:
            self.meter.order(order.kind, _S.CANCELLED)
        if not moved and order.state is not _S.CANCELLED:
            raise UserError("order-too-late")
        return await self.get(order_id, person_id)

    async def resolve(self, orders: Sequence[Order], *, resend: bool) -> None:
        """Asks the chain about signed, sent and unknown orders and moves those whose end is certain."""
        if not orders:
            return
        try:
            # The height first: what is missing from an answer given later, though its height had passed,
            # can't come any more.
            height = await self.chain.block_height()
            statuses = await self.chain.statuses([o.signature or "" for o in orders])
        except ChainAway as away:
            log.warning("orders.chain_away", error=str(away), orders=len(orders))
            await self._end_all(self._not_known(orders))
            return
        ends: list[_End] = []
        for order, status in zip(orders, statuses, strict=True):
            try:
                end = await self._settle(order, status, height, resend)
            except ChainAway as away:
                log.warning("orders.chain_away", order=order.id, error=str(away))
            else:
                ends += [end] if end is not None else []
        await self._end_all(ends)

    async def _prepare(self, intent: Intent, order: Order) -> tuple[Compute, Blockhash]:
        """Simulation first: raises the `UserError` that the chain would answer with."""
        simulation, blockhash, price = await asyncio.gather(
            self.chain.simulate(intent, order.wallet),
            self.chain.latest_blockhash(),
            self.chain.priority_price(),
        )
        if simulation.error is not None:
            raise refusal_of(simulation, order)
        limit = max(MIN_UNITS, simulation.units * (100 + UNITS_MARGIN_PERCENT) // 100)
        return Compute(limit, min(price, MAX_UNIT_PRICE)), blockhash

    async def _send(self, order: Order) -> bool:
        """Sends a signed order; whether the cluster took it. If not, the keeper sends it again."""
        assert order.raw is not None, "signed orders hold their transaction"
        try:
            await self.store.synced()  # sent, and then forgotten by a power cut: it would be called undone
            await self.chain.send(order.raw)
        except (ChainAway, StoreAway) as away:
            log.warning("order.not_sent", order=order.id, error=str(away))
            return False
        try:
            async with self.store.begin() as work:
                moved = await work.orders.move(order.id, _S.SIGNED, _S.SENT, lease_until=0)
            if moved:
                self.meter.order(order.kind, _S.SENT)
        except StoreAway as away:
            # It is sent all the same, and nobody may be told otherwise. Its lease runs out, the keeper goes on.
            log.warning("order.sent_not_noted", order=order.id, error=str(away))
        await self.bell.ring(ORDERS)
        return True

    async def _settle(self, order: Order, status: Status | None, height: int, resend: bool) -> _End | None:
        """How the order ended, or None; what is not on chain yet is sent (again)."""
        if status is not None and status.confirmed:
            if status.error is not None:
                return _End(order, _S.FAILED, status.error, status.error_args)
            return await self._landed(order)
        dead_after = order.last_valid_block_height
        if status is None and dead_after is not None and height > dead_after:
            return _End(order, _S.EXPIRED, "order-expired")
        if order.state is _S.SIGNED:
            await self._send(order)
        elif status is None and resend and order.state is _S.SENT and order.raw is not None:
            await self.chain.send(order.raw)
        return None

    async def _landed(self, order: Order) -> _End | None:
        fill = await landed_fill(self.store, self.chain, order)
        if fill is None:
            return None  # known to be on chain; its contents are asked for again
        if order.kind is not OrderKind.LAUNCH:
            return _End(order, _S.LANDED, result=asdict(fill))
        market = await self.chain.curve(order.mint or "")
        if market is None:
            return None  # a node that lags behind the one that confirmed it
        coin = launched_coin(order, fill, market, self.clock.now())
        return _End(order, _S.LANDED, result=asdict(fill), coin=coin)

    def _not_known(self, orders: Sequence[Order]) -> list[_End]:
        """The orders that the chain has been silent about for too long."""
        before = self.clock.now() - UNKNOWN_AFTER
        silent = (o for o in orders if o.state is not _S.UNKNOWN and o.quote_expires_at < before)
        return [_End(order, _S.UNKNOWN, "order-not-known") for order in silent]

    async def expire_quotes(self) -> int:
        """Ends the quotes that nobody confirmed in time; how many there were. Raises `StoreAway`."""
        async with self.store.read() as work:
            stale = await work.orders.stale_quotes(self.clock.now(), EXPIRE_BATCH)
        for order in stale:
            await self._expire_quote(order)
        return len(stale)

    async def _expire_quote(self, order: Order) -> None:
        # A launch's quote is never shown: its box is, and that is still open.
        quiet = order.kind is OrderKind.LAUNCH
        await self._end_all([_End(order, _S.EXPIRED, "quote-expired")], quiet=quiet)

    async def _end_all(self, ends: Sequence[_End], *, quiet: bool = False) -> None:
        """Moves the orders and writes the events that their users hear of, a few in one unit of work."""
        if not ends:
            return
        if len(ends) > END_BATCH:
            await self._end_all(ends[:END_BATCH], quiet=quiet)
            await self._end_all(ends[END_BATCH:], quiet=quiet)
            return
        ended: list[tuple[_End, int | None]] = []  # with when it was pressed, unix seconds
        async with self.store.begin() as work:
            for end in ends:
                changes = {
                    "error": end.error,
                    "error_args": end.error_args,
                    "result": end.result,
                    "lease_until": 0,
                }
                moved = await work.orders.move(end.order.id, end.order.state, end.after, **changes)
                if moved:
                    ended.append((end, await _pressed(work, end)))
                if moved and not quiet:
                    await box_follows(work, end.order, end.after)
                    if end.coin is not None:
                        await list_coin(work, end.coin)
                    await work.events.add(f"order.{end.after}", {"order": end.order.id}, self.clock.now())
        for end, pressed in ended:
            self.meter.order(end.order.kind, end.after)
            if pressed is not None:
                self.meter.landed(end.order.kind, self.clock.now() - pressed)
        await self.bell.ring(EVENTS)


async def _pressed(work: Work, end: _End) -> int | None:
    """When the update that confirmed a landed order came, unix seconds."""
    if end.after is not _S.LANDED or end.order.cause is None:
        return None
    return await work.inbox.received_at(end.order.platform, end.order.cause)

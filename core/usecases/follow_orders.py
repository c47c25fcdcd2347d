"""The keeper's round: orders in flight are followed to their end, whoever began them."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.order import ENDED, Order
from core.ports.ids import Clock
from core.ports.store import Store
from core.usecases.orders import LEASE, Orders

RESEND_EVERY = 2  # seconds
BATCH = 200


@dataclass
class FollowOrders:
    """Holds the leases of what it follows; they run out with it, and another keeper goes on."""

    store: Store
    orders: Orders
    clock: Clock
    owner: str
    _followed: dict[str, int] = field(default_factory=dict)  # order id -> unix second of the last sending
    _prolonged: int = 0  # unix second

    async def round(self) -> int:
        """One look at everything in flight; how many orders are still followed. Raises `StoreAway`."""
        now = self.clock.now()
        async with self.store.read() as work:
            waiting = await work.orders.waiting(now)
        if waiting:
            async with self.store.begin() as work:
                for order in await work.orders.claim_expired(self.owner, now, now + LEASE, BATCH):
                    self._followed.setdefault(order.id, 0)
        await self._prolong(now)
        current = await self._current()
        on_chain = [o for o in current if o.signature is not None and o.state not in ENDED]
        due = [o for o in on_chain if now - self._followed.get(o.id, 0) >= RESEND_EVERY]
        rest = [o for o in on_chain if o not in due]
        await self.orders.resolve(due, resend=True)
        await self.orders.resolve(rest, resend=False)
        for order in due:
            self._followed[order.id] = now
        return len(self._followed)

    async def _current(self) -> list[Order]:
        """What is followed, as it is now; what has ended is let go."""
        if not self._followed:
            return []
        async with self.store.read() as work:
            found = await work.orders.get_many(list(self._followed))
        current = [order for order in found if order.state not in ENDED]
        kept = {order.id for order in current}
        self._followed = {order_id: sent for order_id, sent in self._followed.items() if order_id in kept}
        return sorted(current, key=lambda order: order.id)

    async def _prolong(self, now: int) -> None:
        """Leases are prolonged well before they run out; one that was lost is let go."""
        if now - self._prolonged < LEASE // 4:
            return
        self._prolonged = now
        for order_id in list(self._followed):
            async with self.store.begin() as work:
                if not await work.orders.lease(order_id, self.owner, now, now + LEASE):
                    del self._followed[order_id]

"""Throwing away a person's open quotes and unlaunched boxes. What is under way goes on."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.order import OrderState
from core.ports.bell import EVENTS, Bell
from core.ports.ids import Clock
from core.ports.store import Store


@dataclass(frozen=True)
class CancelAll:
    store: Store
    bell: Bell
    clock: Clock

    async def __call__(self, person_id: str) -> int:
        """How many were thrown away; their messages are edited."""
        count = 0
        async with self.store.begin() as work:
            for order in await work.orders.of_person(person_id, 50):
                if order.state is not OrderState.QUOTED:
                    continue
                if await work.orders.move(order.id, OrderState.QUOTED, OrderState.CANCELLED):
                    await work.events.add("order.cancelled", {"order": order.id}, self.clock.now())
                    count += 1
            for box in await work.boxes.open_of_person(person_id):
                if await work.boxes.update(box.id, ("sealed", "opened", "failed"), state="cancelled"):
                    await work.events.add("box.cancelled", {"box": box.id}, self.clock.now())
                    count += 1
        await self.bell.ring(EVENTS)
        return count

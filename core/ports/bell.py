"""A bell between processes: something is waiting in the database, look now rather than at the next poll.

A ring can be lost (it lives in Valkey): whoever waits also looks every `timeout` seconds, so a lost ring
costs time and nothing else.
"""

from __future__ import annotations

from typing import Protocol


class Bell(Protocol):
    async def ring(self, name: str) -> None:
        """Wakes all who wait on `name`, in any process. Never raises: a bell that can't ring is logged."""
        ...

    async def wait(self, name: str, timeout: float) -> bool:
        """Until the bell rings or `timeout` seconds have passed; whether it rang. A ring since the last
        `wait` on this object counts."""
        ...


# The bells there are.
EVENTS = "events"  # events were written: the announcer
BOXES = "boxes"  # a box was sealed: the preparer
ORDERS = "orders"  # an order is in flight: the keeper


def deliveries(platform: str) -> str:
    """Deliveries of a platform are due: its surface."""
    return f"deliveries:{platform}"

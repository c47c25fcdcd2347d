"""A press and what comes of it, in this order in the message that was pressed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from bots.desk import RetryAfter


class Presses:
    """Which messages are being changed. `message`: what names it on the platform."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    def answering(self, message: Hashable) -> asyncio.Lock:
        """Held from a press until its reply is shown, so that the result of what it began, which another task
        sends, comes after the reply and not before."""
        return self._locks.setdefault(message, asyncio.Lock())

    @asynccontextmanager
    async def editing(self, message: Hashable) -> AsyncIterator[None]:
        """Held while a delivery is edited in. Raises `RetryAfter` while a press is being answered: a delivery
        waits for nothing."""
        lock = self.answering(message)
        if lock.locked():
            raise RetryAfter(1)
        async with lock:
            yield

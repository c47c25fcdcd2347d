"""The bell for one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class LocalBell:
    """Rings in this event loop."""

    def __init__(self) -> None:
        self._rung: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def ring(self, name: str) -> None:
        self._rung[name].set()

    async def wait(self, name: str, timeout: float) -> bool:
        rung = self._rung[name]
        try:
            await asyncio.wait_for(rung.wait(), timeout)
        except TimeoutError:
            return False
        rung.clear()
        return True

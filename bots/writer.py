"""Writing down what comes one by one, such as a webhook's requests: what waits goes together."""

from __future__ import annotations

import asyncio

from bots.desk import Desk, InboxRunner
from core.ports.rows import InboxItem

TOGETHER = 100  # items in one write


class InboxWriter:
    """While one write is under way others gather for the next: a busy bot writes few times, an idle one at
    once. What is new is handed to the runner, in the order in which it came."""

    def __init__(self, desk: Desk, runner: InboxRunner) -> None:
        self._desk, self._runner = desk, runner
        self._waiting: list[tuple[InboxItem, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def accept(self, item: InboxItem) -> None:
        """When this returns the platform may be told that we have the item. Raises `StoreAway`."""
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            failed: Exception | None = None
            try:
                self._runner.feed(await self._desk.accept([item for item, _ in batch]))
            except Exception as error:  # noqa: BLE001 - raised to each of those who wait
                failed = error
            for _, written in batch:
                if written.done():
                    continue  # who waited has gone away; the item is written all the same
                if failed is None:
                    written.set_result(None)
                else:
                    written.set_exception(failed)
        self._writing = None

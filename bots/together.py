"""Writing together what comes one by one: a busy bot writes few times, an idle one at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

MOST = 100  # items in one write

Item = TypeVar("Item")
Result = TypeVar("Result")


class Together(Generic[Item, Result]):
    """While one write is under way others gather for the next.

    write: gets the items in the order in which they came, and gives a result for each; what it raises is
    raised to each that waits for one of them. pause: seconds that the first waits for others, where nobody is kept by that.
    """

    def __init__(
        self, write: Callable[[list[Item]], Awaitable[Sequence[Result]]], pause: float = 0.0
    ) -> None:
        self._write, self._pause = write, pause
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Result:
        """Returns when the item is written. Raises what `write` raises."""
        written: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._work())
        return await written

    async def _work(self) -> None:
        await asyncio.sleep(self._pause)
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                results = await self._write([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - raised to each of those who wait
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
                continue
            for (_, written), result in zip(batch, results, strict=True):
                if not written.done():  # who waited may have gone away; the item is written all the same
                    written.set_result(result)
        self._writing = None

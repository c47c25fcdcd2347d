"""What comes while a write is under way is written together; each hears how its own went."""

from __future__ import annotations

import asyncio

import pytest

from bots.together import MOST, Together


class Slow:
    """A write that ends when it is let; `failing`: raises instead."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.let, self.failing = asyncio.Event(), asyncio.Event(), False

    async def __call__(self, items: list[int]) -> list[int]:
        self.batches.append(items)
        self.begun.set()
        await self.let.wait()
        if self.failing:
            raise ConnectionError("away")
        return [item * 10 for item in items]


async def test_the_first_goes_at_once_and_the_rest_together() -> None:
    write = Slow()
    together = Together(write)
    first = asyncio.create_task(together.add(1))
    await write.begun.wait()
    rest = [asyncio.create_task(together.add(n)) for n in range(2, MOST + 3)]
    await asyncio.sleep(0)
    write.let.set()
    assert await asyncio.gather(first, *rest) == [n * 10 for n in range(1, MOST + 3)]
    assert [len(batch) for batch in write.batches] == [1, MOST, 1]


async def test_each_hears_of_the_fault_and_the_next_is_written() -> None:
    write = Slow()
    together = Together(write)
    write.failing = True
    write.let.set()
    failed = await asyncio.gather(together.add(1), together.add(2), return_exceptions=True)
    assert [type(error) for error in failed] == [ConnectionError, ConnectionError]
    write.failing = False
    assert await together.add(3) == 30


async def test_one_who_went_away_costs_the_others_nothing() -> None:
    write = Slow()
    together = Together(write)
    leaving, staying = (asyncio.create_task(together.add(n)) for n in (1, 2))
    await write.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    write.let.set()
    assert await staying == 20
    assert write.batches == [[1, 2]]

"""The result of a press comes after its answer, in the message that was pressed."""

from __future__ import annotations

import asyncio
import gc

import pytest

from bots.desk import RetryAfter
from bots.presses import Presses


async def test_a_delivery_comes_later_while_the_press_is_being_answered() -> None:
    presses = Presses()
    async with presses.answering("m1"):
        with pytest.raises(RetryAfter):
            async with presses.editing("m1"):
                raise AssertionError("the result would be covered by the answer")
        async with presses.editing("m2"):
            pass  # of another message
    async with presses.editing("m1"):
        pass  # the answer is shown


async def test_a_press_waits_for_the_edit_that_is_under_way() -> None:
    presses, order = Presses(), list[str]()

    async def press() -> None:
        async with presses.answering("m1"):
            order.append("answer")

    async with presses.editing("m1"):
        pressed = asyncio.create_task(press())
        await asyncio.sleep(0)
        order.append("edit")
    await pressed
    assert order == ["edit", "answer"]


async def test_messages_are_not_remembered() -> None:
    presses = Presses()
    async with presses.answering("m1"):
        pass
    gc.collect()
    assert not presses._locks

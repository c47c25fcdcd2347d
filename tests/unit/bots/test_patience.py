"""What is worth trying again is tried until it is done; the rest is raised at once."""

from __future__ import annotations

import pytest

from bots.patience import patiently


async def test_it_is_tried_until_it_is_done() -> None:
    failures = [ConnectionError("away"), ConnectionError("still away")]

    async def call() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    def at_once(error: Exception) -> bool | float:
        return 0.001 if isinstance(error, ConnectionError) else False

    assert await patiently("test.call", at_once, call) == "done"
    assert failures == []


async def test_a_refusal_is_not_tried_again() -> None:
    tries = []

    async def call() -> None:
        tries.append(1)
        raise PermissionError("no")

    with pytest.raises(PermissionError, match="no"):
        await patiently("test.call", ConnectionError, call)
    assert len(tries) == 1

"""Each interaction has a rate limit bucket of its own: those that nobody uses any more must not pile up."""

from __future__ import annotations

import asyncio

import pytest

from bots.discord.wire import Buckets


async def test_idle_buckets_are_thrown_out_and_those_in_use_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    buckets = Buckets()
    for number in range(600):
        buckets[f"interaction {number}"]
    assert len(buckets) == 600  # all of them were used just now
    used = buckets["interaction 7"]
    later = asyncio.get_running_loop().time() + 301
    for bucket in buckets.values():
        monkeypatch.setattr(bucket, "_loop", type("Later", (), {"time": lambda _: later})())
    used._last_request = later
    for number in range(600, 1_100):
        buckets[f"interaction {number}"]
    assert buckets["interaction 7"] is used
    assert len(buckets) < 520

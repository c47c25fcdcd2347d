"""Bells and rate limits, in one process and through a real Valkey that goes away and comes back."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from core.adapters.queue.bell import LocalBell, ValkeyBell
from core.adapters.queue.limiter import LocalLimiter, ValkeyLimiter
from core.adapters.queue.valkey import EmbeddedValkey, ValkeyAway
from core.ports.bell import Bell
from core.ports.limiter import Limiter


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because a socket's path may have about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="vk-") as name:
        yield Path(name)


@pytest.fixture
async def valkey(folder: Path) -> AsyncIterator[EmbeddedValkey]:
    server = EmbeddedValkey(folder / "valkey", folder / "run" / "valkey.sock")
    await server.start()
    yield server
    await server.stop()


@pytest.fixture(params=["local", "valkey"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Of a Valkey; None for what works without."""
    return None if request.param == "local" else str(request.getfixturevalue("valkey").url)


@pytest.fixture
async def bells(url: str | None) -> AsyncIterator[tuple[Bell, Bell]]:
    """One who rings and one who waits."""
    if url is None:
        one = LocalBell()
        yield one, one
        return
    ringer, waiter = ValkeyBell(url), ValkeyBell(url)
    yield ringer, waiter
    await ringer.close()
    await waiter.close()


@pytest.fixture
async def limiter(url: str | None) -> AsyncIterator[Limiter]:
    if url is None:
        yield LocalLimiter()
        return
    shared = ValkeyLimiter(url)
    yield shared
    await shared.close()


async def _kill(server: EmbeddedValkey) -> None:
    """As a crash or the kernel would: without a word to its clients."""
    async with Redis.from_url(server.url) as client:
        pid = (await client.info("server"))["process_id"]
    ended = os.pidfd_open(pid)
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(select.select, [ended], [], [], 20)
    os.close(ended)


async def _rung_until_heard(ringer: Bell, waiter: Bell, name: str) -> None:
    """The first ring may come before the waiter listens, as in life."""
    heard = asyncio.create_task(waiter.wait(name, 20))
    while not heard.done():
        await ringer.ring(name)
        await asyncio.wait({heard}, timeout=0.01)
    assert await heard
    while await waiter.wait(name, 0.05):  # what was rung in excess
        pass


async def test_a_ring_wakes_who_waits_for_that_name(bells: tuple[Bell, Bell]) -> None:
    ringer, waiter = bells
    await _rung_until_heard(ringer, waiter, "events")
    await _rung_until_heard(ringer, waiter, "boxes")
    waiting = asyncio.create_task(waiter.wait("events", 20))
    await ringer.ring("boxes")
    assert await waiter.wait("boxes", 20)
    assert not waiting.done()
    await ringer.ring("events")
    assert await waiting


async def test_a_ring_between_two_waits_counts_once(bells: tuple[Bell, Bell]) -> None:
    ringer, waiter = bells
    await _rung_until_heard(ringer, waiter, "events")
    await ringer.ring("events")
    assert await waiter.wait("events", 20)
    assert not await waiter.wait("events", 0.01)


async def test_names_that_come_while_it_subscribes_are_heard_too(bells: tuple[Bell, Bell]) -> None:
    ringer, waiter = bells
    names = [f"bell-{number}" for number in range(40)]
    waits = set()
    for name in names:
        waits.add(asyncio.create_task(waiter.wait(name, 10)))
        await asyncio.sleep(0)  # one step of the subscription between any two
    pending = waits
    while pending:
        for name in names:
            await ringer.ring(name)
        _, pending = await asyncio.wait(pending, timeout=0.05)
    assert all(wait.result() for wait in waits)


async def test_nobody_rings_and_the_time_passes(bells: tuple[Bell, Bell]) -> None:
    assert not await bells[1].wait("silence", 0.01)
    assert not await bells[1].wait("silence", 0)


async def test_a_bell_closes_at_any_moment(valkey: EmbeddedValkey) -> None:
    """Also while it connects, where redis-py can lose a cancellation."""
    for turns in range(15):
        bell = ValkeyBell(valkey.url)
        await bell.wait("events", 0)
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await bell.close()


async def test_a_bell_survives_its_valkey(valkey: EmbeddedValkey) -> None:
    ringer, waiter = ValkeyBell(valkey.url), ValkeyBell(valkey.url)
    await _rung_until_heard(ringer, waiter, "events")
    with capture_logs() as logs:
        await _kill(valkey)
        await ringer.ring("events")  # neither raises nor is heard elsewhere
        await ringer.ring("events")
        assert not await waiter.wait("events", 0.01)
        assert await ringer.wait("events", 20)  # but in its own process
        await valkey.start()
        await _rung_until_heard(ringer, waiter, "events")
    await ringer.close()
    await waiter.close()
    said = [entry["event"] for entry in logs]
    assert sorted(said) == ["bell_away", "bell_away", "bell_back", "bell_back"]  # each of the two bells once


async def test_the_limit_is_a_moving_window(limiter: Limiter) -> None:
    assert [await limiter.hit("buy:u1", 3, 60) for _ in range(3)] == [0, 0, 0]
    assert 1 <= await limiter.hit("buy:u1", 3, 60) <= 60
    assert await limiter.hit("buy:u2", 3, 60) == 0


async def test_processes_count_together(valkey: EmbeddedValkey) -> None:
    one, other = ValkeyLimiter(valkey.url), ValkeyLimiter(valkey.url)
    assert await one.hit("buy:u1", 2, 60) == 0
    assert await other.hit("buy:u1", 2, 60) == 0
    assert await one.hit("buy:u1", 2, 60) > 0
    await one.close()
    await other.close()


async def test_a_limit_survives_its_valkey(valkey: EmbeddedValkey) -> None:
    clock = [0.0]
    limiter = ValkeyLimiter(valkey.url, now=lambda: clock[0])
    assert await limiter.hit("buy:u1", 1, 60) == 0
    assert await limiter.hit("buy:u1", 1, 60) > 0
    with capture_logs() as logs:
        await valkey.stop()
        assert [await limiter.hit("buy:u1", 2, 60) for _ in range(2)] == [0, 0]  # counted here
        assert await limiter.hit("buy:u1", 2, 60) > 0
        clock[0] += 5
        assert await limiter.hit("buy:u1", 2, 60) > 0  # tried again, and still away
        await valkey.start()
        clock[0] += 5
        assert await limiter.hit("buy:u1", 1, 60) > 0  # Valkey kept its count over the restart
    assert [entry["event"] for entry in logs] == ["limiter_away", "limiter_back"]
    await limiter.close()


async def test_a_server_that_outlived_its_parent_is_used_again(folder: Path) -> None:
    """The parent is killed, the server stays; the next start takes it, and can end it."""
    place = f"Path({str(folder / 'valkey')!r}), Path({str(folder / 'valkey.sock')!r})"
    parent = (
        "import asyncio, os, signal\n"
        "from pathlib import Path\n"
        "from core.adapters.queue.valkey import EmbeddedValkey\n"
        f"asyncio.run(EmbeddedValkey({place}).start())\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", parent], check=False)
    assert killed.returncode == -signal.SIGKILL
    server = EmbeddedValkey(folder / "valkey", folder / "valkey.sock")
    assert server.answers()
    client = Redis.from_url(server.url)
    before = (await client.info("server"))["process_id"]
    await server.start()
    assert (await client.info("server"))["process_id"] == before != os.getpid()
    await client.aclose()
    await server.stop()
    assert not server.answers()


async def test_only_this_user_reaches_the_socket(valkey: EmbeddedValkey, folder: Path) -> None:
    assert (folder / "run").stat().st_mode & 0o077 == 0
    assert (folder / "run" / "valkey.sock").stat().st_mode & 0o077 == 0


async def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    (folder / "valkey").write_text("a file where the folder should be")
    with pytest.raises(ValkeyAway, match="doesn't start"):
        await EmbeddedValkey(folder / "valkey", folder / "valkey.sock").start()
    with pytest.raises(ValkeyAway, match="doesn't start"):
        await EmbeddedValkey(folder / "other", folder / ("x" * 120)).start()

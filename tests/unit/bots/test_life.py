"""A surface takes up what was left, works, and stops with what is under way done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bots.desk import Desk
from bots.inbox import InboxRunner
from bots.life import live, unless
from core.adapters.db.migrate import upgrade
from core.adapters.db.store import SqlStore
from core.adapters.queue.bell import LocalBell
from core.ports.ids import SystemClock
from core.ports.rows import InboxItem

PLATFORM = "test"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    await upgrade(f"sqlite:///{tmp_path}/store.db")
    store = SqlStore(f"sqlite:///{tmp_path}/store.db")
    core: Any = None  # nothing here is dispatched
    yield Desk(PLATFORM, store, core, LocalBell(), SystemClock(), tmp_path)
    await store.close()


def item(name: str) -> InboxItem:
    return InboxItem(PLATFORM, name, {}, 0)


async def nothing(*_: Any) -> None:
    """No delivery comes in these tests."""


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_what_was_left_is_taken_up_and_what_is_under_way_is_finished(desk: Desk) -> None:
    await desk.accept([item("left over")])
    began, go_on, stop, handled = asyncio.Event(), asyncio.Event(), asyncio.Event(), list[str]()

    async def handle(given: InboxItem) -> None:
        began.set()
        await go_on.wait()
        handled.append(given.event_id)

    inbox = InboxRunner(desk, handle, lambda _: "lane")
    living = asyncio.create_task(live(desk, inbox, for_ever(), nothing, stop))
    await asyncio.wait_for(began.wait(), 5)
    stop.set()
    go_on.set()
    await asyncio.wait_for(living, 5)
    assert handled == ["left over"]
    async with desk.store.read() as work:
        assert await work.inbox.pending(PLATFORM) == []


async def test_what_does_not_end_is_left_for_the_next_start(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bots.life.GRACE", 0.01)
    await desk.accept([item("endless")])
    began, stop = asyncio.Event(), asyncio.Event()

    async def handle(_: InboxItem) -> None:
        began.set()
        await for_ever()

    inbox = InboxRunner(desk, handle, lambda _: "lane")
    living = asyncio.create_task(live(desk, inbox, for_ever(), nothing, stop))
    await asyncio.wait_for(began.wait(), 5)
    stop.set()
    await asyncio.wait_for(living, 5)
    async with desk.store.read() as work:
        assert [left.event_id for left in await work.inbox.pending(PLATFORM)] == ["endless"]


async def test_listening_that_ends_with_a_fault_ends_the_surface(desk: Desk) -> None:
    async def refused() -> NoReturn:
        raise PermissionError("the token was revoked")

    inbox = InboxRunner(desk, nothing, lambda _: "lane")
    with pytest.raises(PermissionError, match="revoked"):
        await asyncio.wait_for(live(desk, inbox, refused(), nothing, asyncio.Event()), 5)


async def test_what_is_done_beside_may_end_but_its_fault_ends_the_surface(desk: Desk) -> None:
    stop, registered = asyncio.Event(), asyncio.Event()

    async def register() -> None:
        registered.set()

    async def refused() -> NoReturn:
        await registered.wait()
        raise PermissionError("the menu is not ours")

    inbox = InboxRunner(desk, nothing, lambda _: "lane")
    with pytest.raises(PermissionError, match="menu"):
        await asyncio.wait_for(live(desk, inbox, for_ever(), nothing, stop, register(), refused()), 5)
    assert inbox.ended, "what comes now is for the next process"

    inbox = InboxRunner(desk, nothing, lambda _: "lane")
    living = asyncio.create_task(live(desk, inbox, for_ever(), nothing, stop, register()))
    await inbox.accept(item("after the registration"))
    await inbox.idle()
    assert not living.done()
    stop.set()
    await asyncio.wait_for(living, 5)


async def test_work_is_waited_for_no_longer_than_until_the_stop() -> None:
    async def answer() -> int:
        return 7

    assert await unless(asyncio.Event(), answer()) == 7
    stopped = asyncio.Event()
    stopped.set()
    assert await unless(stopped, for_ever()) is None

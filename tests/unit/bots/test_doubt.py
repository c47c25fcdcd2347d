"""A commit whose answer was lost: what it wrote is in the inbox, and nobody has been told that it is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.desk import Desk
from bots.inbox import InboxRunner
from core.adapters.db.migrate import upgrade
from core.adapters.queue.bell import LocalBell
from core.ports.ids import SystemClock
from core.ports.rows import InboxItem
from core.ports.store import StoreAway
from tests.fakes.away import SwitchedStore

PLATFORM = "test"


def item(name: str) -> InboxItem:
    return InboxItem(PLATFORM, name, {}, 0)


class Running:
    """A runner; `handled` is what it has handled, in order. `gate`: what its handler waits for."""

    def __init__(self, store: SwitchedStore, files: Path) -> None:
        core: Any = None  # nothing here is dispatched
        self.store, self.handled, self.gate = store, list[str](), asyncio.Event()
        self.gate.set()
        desk = Desk(PLATFORM, store, core, LocalBell(), SystemClock(), files)
        self.inbox = InboxRunner(desk, self._handle, lambda given: given.event_id)

    async def _handle(self, given: InboxItem) -> None:
        await self.gate.wait()
        self.handled.append(given.event_id)

    async def lose_the_answer_for(self, *names: str) -> None:
        self.store.mute = True
        with pytest.raises(StoreAway):
            await self.inbox.take([item(name) for name in names])
        self.store.mute = False


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    await upgrade(f"sqlite:///{tmp_path}/store.db")
    store = SwitchedStore(f"sqlite:///{tmp_path}/store.db")
    yield Running(store, tmp_path)
    await store.close()


async def test_what_the_platform_delivers_again_is_handled_though_it_was_written_before(
    running: Running,
) -> None:
    await running.lose_the_answer_for("press", "line")
    assert await running.inbox.take([item("press"), item("line")]) == [item("press"), item("line")]
    await running.inbox.idle()
    assert running.handled == ["press", "line"]


async def test_what_no_platform_delivers_again_is_handled_with_the_next(running: Running) -> None:
    running.store.mute = True
    with pytest.raises(StoreAway):
        await running.inbox.accept(item("press"))
    running.store.mute = False
    assert await running.inbox.accept(item("next"))
    await running.inbox.idle()
    assert sorted(running.handled) == ["next", "press"]


async def test_what_is_being_handled_meanwhile_is_not_handled_twice(running: Running) -> None:
    running.gate.clear()
    await running.inbox.take([item("slow")])
    await running.lose_the_answer_for("press")
    await running.inbox.take([item("press")])
    running.gate.set()
    await running.inbox.idle()
    assert sorted(running.handled) == ["press", "slow"]


async def test_a_database_that_goes_again_before_it_is_asked_leaves_the_doubt(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.lose_the_answer_for("press")
    with monkeypatch.context() as patched:
        patched.setattr(running.store, "read", _gone)
        with pytest.raises(StoreAway):
            await running.inbox.take([item("press")])
    await running.inbox.take([item("press")])
    await running.inbox.idle()
    assert running.handled == ["press"]


def _gone() -> Any:
    raise StoreAway("unplugged")

"""The way in: nothing accepted is lost or handled twice, and the slow delay only themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bots.desk import Desk
from bots.inbox import InboxRunner
from core.ports.rows import InboxItem
from tests.unit.bots.conftest import Surface, an_item, lane_of


class TestInbox:
    async def test_in_order_within_a_lane_side_by_side_between_lanes(self, surface: Surface) -> None:
        done: list[str] = []
        gate = asyncio.Event()

        async def handle(item: InboxItem) -> None:
            if item.event_id == "1":
                await gate.wait()  # Ann's first takes long
            done.append(item.event_id)
            if item.event_id == "3":
                gate.set()

        runner = InboxRunner(surface.desk, handle, lane_of)
        items = [an_item(1), an_item(2), an_item(3, "bob"), an_item(4, "ann", "c2")]
        runner.feed(await surface.desk.accept(items))
        await runner.idle()
        assert done.index("1") < done.index("2")
        assert done.index("3") < done.index("1")
        assert set(done) == {"1", "2", "3", "4"}

    async def test_the_same_update_twice_is_one(self, surface: Surface) -> None:
        assert await surface.desk.accept([an_item(1), an_item(2)]) == [an_item(1), an_item(2)]
        assert await surface.desk.accept([an_item(2), an_item(3)]) == [an_item(3)]

    async def test_one_whose_lane_nobody_can_tell_stops_nobody(self, surface: Surface) -> None:
        done: list[str] = []

        async def handle(item: InboxItem) -> None:
            done.append(item.event_id)

        def lane(item: InboxItem) -> str:
            if item.event_id == "1":
                raise AttributeError("a shape that the surface doesn't know")
            return lane_of(item)

        await surface.desk.accept([an_item(1), an_item(2)])
        runner = InboxRunner(surface.desk, handle, lane)
        await runner.resume()
        await runner.idle()
        assert sorted(done) == ["1", "2"]

    async def test_a_killed_process_leaves_its_unfinished_to_the_next(self, surface: Surface) -> None:
        begun = asyncio.Event()

        async def hang(item: InboxItem) -> None:
            begun.set()
            await asyncio.Event().wait()

        first = InboxRunner(surface.desk, hang, lane_of)
        first.feed(await surface.desk.accept([an_item(1), an_item(2)]))
        await begun.wait()
        await first.close()

        done: list[str] = []

        async def handle(item: InboxItem) -> None:
            done.append(item.event_id)

        second = InboxRunner(surface.desk, handle, lane_of)
        await second.resume()
        await second.idle()
        assert done == ["1", "2"]
        third = InboxRunner(surface.desk, handle, lane_of)
        await third.resume()
        await third.idle()
        assert done == ["1", "2"]

    async def test_a_fault_ends_the_update_and_not_the_lane_though_the_database_goes_too(
        self, surface: Surface, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tries: list[str] = []

        async def handle(item: InboxItem) -> None:
            tries.append(item.event_id)
            if item.event_id == "1":
                surface.home.store.away = True
                raise ValueError("a picture that can't be drawn")

        async def back(seconds: float) -> None:
            surface.home.store.away = False

        runner = InboxRunner(surface.desk, handle, lane_of)
        items = await surface.desk.accept([an_item(1), an_item(2)])
        monkeypatch.setattr("bots.inbox.asyncio.sleep", back)
        runner.feed(items)
        await runner.idle()
        assert tries == ["1", "2"]

    async def test_a_database_that_refuses_the_note_is_not_asked_without_end(
        self, surface: Surface, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A role without the right to write, say: neither handled again, nor a log that fills the disk."""
        pauses: list[float] = []
        done, refusals = Desk.done, 3

        async def refused(desk: Desk, items: Sequence[InboxItem]) -> None:
            if len(pauses) < refusals:
                raise PermissionError("UPDATE on inbox")
            await done(desk, items)

        async def pause(seconds: float) -> None:
            if seconds >= 1:
                pauses.append(seconds)

        handled: list[str] = []

        async def handle(item: InboxItem) -> None:
            handled.append(item.event_id)

        runner = InboxRunner(surface.desk, handle, lane_of)
        items = await surface.desk.accept([an_item(1)])
        monkeypatch.setattr(Desk, "done", refused)
        monkeypatch.setattr("bots.inbox.asyncio.sleep", pause)
        runner.feed(items)
        await runner.idle()
        assert (handled, pauses) == (["1"], [1] * refusals)

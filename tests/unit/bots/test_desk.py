"""What every surface stands on: nothing accepted is lost, nothing is covered by something older."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bots.desk import Desk, Gone, MessageGone, RetryAfter, lane
from bots.inbox import InboxRunner
from bots.outbox import PATIENCE, run_outbox
from core.commands.dispatch import Dispatcher
from core.ports.bell import deliveries
from core.ports.rows import Chat, Delivery, InboxItem, LiveMessage
from core.reply import Media, Message, Reply, encode, t
from tests.fakes.house import House, house
from tests.fakes.rows import a_delivery, a_message

PLATFORM = "terminal"


@dataclass
class Surface:
    """A chat platform: `shown` is what it shows, `raises` what it answers the next sendings with."""

    desk: Desk
    home: House
    shown: list[tuple[str, str | None]] = field(default_factory=list)  # text, id of the edited message
    raises: list[Exception] = field(default_factory=list)

    async def send(
        self, delivery: Delivery, message: Message, live: LiveMessage | None
    ) -> LiveMessage | None:
        if self.raises:
            raise self.raises.pop(0)
        self.shown.append((str(message.title.args["value"]), live and live.message_id))
        if live is not None:
            return None
        return a_message(f"new-{len(self.shown)}", chat_id=delivery.chat_id, subject=delivery.subject or "")

    async def deliver(self, text: str, **changes: Any) -> None:
        """What the announcer writes."""
        row = a_delivery(
            text, subject="box:1", kind="result", message=encode(said(text)), created_at=self.home.clock.now()
        )
        async with self.home.store.begin() as work:
            await work.deliveries.add([replace(row, **changes)])
        await self.desk.bell.ring(deliveries(PLATFORM))

    async def live(self, message_id: str = "m1", **changes: Any) -> None:
        """A message of the subject is in the chat."""
        await self.desk.shown(Reply(said("reply"), subject="box:1"), a_message(message_id, **changes))

    async def later(self, seconds: int) -> None:
        self.home.passes(seconds)
        await self.desk.bell.ring(deliveries(PLATFORM))

    async def open(self) -> int:
        async with self.home.store.read() as work:
            return await work.deliveries.open_count(PLATFORM)

    async def settled(self, number: int = 0) -> None:
        """Until so many rows are left open."""
        async with asyncio.timeout(10):
            while await self.open() != number:  # noqa: ASYNC110 - asks the database, which wakes nobody
                await asyncio.sleep(0)

    async def time_until_settled(self, step: int) -> None:
        """Lets time pass, `step` seconds at a time, until no row is left open."""
        async with asyncio.timeout(10):
            while await self.open():
                for _ in range(50):  # what was taken is tried before the clock goes on
                    await asyncio.sleep(0)
                await self.later(step)


def said(text: str) -> Message:
    return Message(t("value", value=text))


@pytest.fixture
async def surface(tmp_path: Path) -> AsyncIterator[Surface]:
    async with house(tmp_path) as home:
        dispatcher = Dispatcher({}, {}, {}, home.store, _NoLimit(), home.clock)
        yield Surface(Desk(PLATFORM, home.store, dispatcher, home.bell, home.clock, tmp_path / "files"), home)


class _NoLimit:
    async def hit(self, key: str, times: int, per: int) -> int:
        return 0


@asynccontextmanager
async def outbox(surface: Surface, inbox: InboxRunner | None = None) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_outbox(surface.desk, surface.send, stop, inbox=inbox))
    try:
        yield
    finally:
        stop.set()
        await surface.desk.bell.ring(deliveries(PLATFORM))
        await task


class TestOutbox:
    async def test_a_result_is_edited_into_every_message_of_its_subject(self, surface: Surface) -> None:
        await surface.live("m1")
        await surface.live("m2", chat_id="c2")
        async with outbox(surface):
            await surface.deliver("opened")
            await surface.settled()
        assert sorted(surface.shown) == [("opened", "m1"), ("opened", "m2")]

    async def test_a_notice_is_a_new_message(self, surface: Surface) -> None:
        await surface.live("m1")
        async with outbox(surface):
            await surface.deliver("big buy", kind="notice")
            await surface.settled()
        assert surface.shown == [("big buy", None)]

    async def test_an_older_look_never_covers_a_newer_one(self, surface: Surface) -> None:
        await surface.live("m1")
        async with outbox(surface):
            await surface.deliver("landed", version=7)
            await surface.settled()
            await surface.deliver("art", version=5, kind="progress")
            await surface.live("m1")  # and a reply that is shown late in the same message
            await surface.deliver("publish", version=6, kind="progress")
            await surface.settled()
        assert surface.shown == [("landed", "m1")]

    async def test_an_edit_waits_for_the_message_it_is_for(self, surface: Surface) -> None:
        async with outbox(surface):
            await surface.deliver("opened")
            await surface.settled(1)
            await surface.live("m1")
            await surface.later(2)
            await surface.settled()
        assert surface.shown == [("opened", "m1")]

    async def test_a_result_whose_message_never_came_is_sent_anew(self, surface: Surface) -> None:
        async with outbox(surface):
            await surface.deliver("art", key="1", kind="progress")
            await surface.later(PATIENCE + 1)
            await surface.settled()
            await surface.deliver("landed", key="2", version=2, created_at=1)
            await surface.settled()
            await surface.deliver("final", key="3", version=3)  # and followed from there
            await surface.settled()
        assert surface.shown == [("landed", None), ("final", "new-1")]

    async def test_a_deleted_message_is_forgotten_and_a_result_sent_anew(self, surface: Surface) -> None:
        await surface.live("m1")
        surface.raises = [MessageGone()]
        async with outbox(surface):
            await surface.deliver("landed")
            await surface.settled()
        assert surface.shown == [("landed", None)]

    async def test_it_waits_as_long_as_the_platform_asks(self, surface: Surface) -> None:
        await surface.live("m1")
        surface.raises = [RetryAfter(30)]
        async with outbox(surface):
            await surface.deliver("landed")
            begun = surface.home.clock.now()
            await surface.time_until_settled(step=1)
        assert surface.shown == [("landed", "m1")]
        assert surface.home.clock.now() - begun >= 30

    async def test_a_chat_that_threw_us_out_is_left_alone(self, surface: Surface) -> None:
        async with surface.home.store.begin() as work:
            await work.chats.ensure(Chat(PLATFORM, "c1", "group", "Cats"))
        surface.raises = [Gone()]
        async with outbox(surface):
            await surface.deliver("news", kind="notice")
            await surface.settled()
        async with surface.home.store.read() as work:
            chat = await work.chats.get(PLATFORM, "c1")
        assert chat is not None
        assert not chat.active

    @pytest.mark.parametrize("shown_before", [False, True])
    async def test_a_result_whose_group_threw_us_out_is_told_in_private(
        self, surface: Surface, shown_before: bool
    ) -> None:
        async with surface.home.store.begin() as work:
            await work.chats.ensure(Chat(PLATFORM, "c1", "group", "Cats"))
        if shown_before:
            await surface.live("m1")
        surface.raises = [Gone()]
        async with outbox(surface):
            await surface.deliver("landed", user_id="u1", created_at=surface.home.clock.now() - PATIENCE)
            await surface.settled()
        assert surface.shown == [("landed", None)]
        async with surface.home.store.read() as work:
            chat = await work.chats.get(PLATFORM, "c1")
            shown = await work.messages.of_subject(PLATFORM, "box:1")
        assert chat is not None
        assert not chat.active
        assert [m.message_id for m in shown] == (["m1"] if shown_before else ["new-1"])

    async def test_a_fault_is_tried_again_some_times_and_then_dropped(self, surface: Surface) -> None:
        await surface.live("m1")
        surface.raises = [ValueError(f"broken {number}") for number in range(20)]
        async with outbox(surface):
            await surface.deliver("landed")
            await surface.time_until_settled(step=300)
        assert surface.shown == []
        assert 5 < 20 - len(surface.raises) < 12

    async def test_a_row_in_flight_at_a_kill_comes_again_and_is_marked(self, surface: Surface) -> None:
        await surface.live("m1")
        await surface.deliver("landed")
        now = surface.home.clock.now()
        async with surface.home.store.begin() as work:  # a process takes it, and dies
            assert len(await work.deliveries.claim(PLATFORM, "the dead", now, now + 30, 10)) == 1
        marked: list[bool] = []
        send = surface.send

        async def seen(delivery: Delivery, message: Message, live: LiveMessage | None) -> LiveMessage | None:
            marked.append(delivery.maybe_doubled)
            return await send(delivery, message, live)

        surface.send = seen  # type: ignore[method-assign]  # to look at the row
        async with outbox(surface):
            await surface.later(31)
            await surface.settled()
        assert marked == [True]

    async def test_pictures_are_found_in_the_installation(self, surface: Surface) -> None:
        message = replace(said("x"), media=Media("image/webp", "i/abc.webp", "abc", t("value", value="")))
        found = surface.desk.with_files(message).media
        assert found is not None
        assert found.path == str(surface.desk.files / "i/abc.webp")


def an_item(number: int, user: str = "ann", chat: str = "c1") -> InboxItem:
    return InboxItem(PLATFORM, str(number), {"user": user, "chat": chat}, 1)


def lane_of(item: InboxItem) -> str:
    return lane(item.payload["chat"], item.payload["user"])


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

    async def test_a_result_waits_for_the_press_that_is_being_answered(self, surface: Surface) -> None:
        answered, pressed = asyncio.Event(), asyncio.Event()

        async def handle(item: InboxItem) -> None:
            pressed.set()
            await answered.wait()
            surface.shown.append(("launching", "m1"))
            await surface.live("m1")

        await surface.live("m1")
        runner = InboxRunner(surface.desk, handle, lane_of)
        runner.feed(await surface.desk.accept([an_item(1, "u1")]))
        await pressed.wait()
        async with outbox(surface, runner):
            await surface.deliver("landed", user_id="u1")
            for _ in range(500):  # turns of the loop in which a wrong outbox would be first
                await asyncio.sleep(0)
            answered.set()
            await surface.settled()
        assert surface.shown == [("launching", "m1"), ("landed", "m1")]

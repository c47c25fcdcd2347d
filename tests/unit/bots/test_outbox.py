"""The way out: nothing promised is lost, nothing is covered by something older."""

from __future__ import annotations

import asyncio

import pytest

from bots.desk import Gone, MessageGone, RetryAfter
from bots.inbox import InboxRunner
from bots.outbox import PATIENCE
from core.ports.rows import Chat, Delivery, InboxItem, LiveMessage
from core.reply import Message
from tests.unit.bots.conftest import PLATFORM, Surface, an_item, lane_of, outbox


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

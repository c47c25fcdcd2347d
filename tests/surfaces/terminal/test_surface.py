"""Terminals that are killed, and terminals beside each other, on one store."""

from __future__ import annotations

import asyncio

from core.commands.incoming import Invocation, Press
from core.ports.ids import SystemClock
from core.ports.rows import InboxItem
from core.reply import Button, Message, Reply, t
from tests.fakes.rows import a_box, a_person
from tests.surfaces.terminal.conftest import Bench


def card(title: str) -> Message:
    return Message(t("value", value=title))


def order(_: Invocation) -> Reply:
    return Reply(card("quoted"), subject="order:1")


async def test_a_line_of_a_terminal_that_died_is_answered_by_the_next(bench: Bench) -> None:
    payload = {"id": 9, "as": "you", "chat": None, "text": "/buy"}
    async with bench.store.begin() as work:
        await work.inbox.put([InboxItem("terminal", "DEADRUN-1", payload, SystemClock().now())])
    async with bench.terminal(order) as terminal:
        await terminal.terminal.idle()
        [record] = terminal.written()
    assert (record["re"], record["kind"], record["text"]) == (None, "reply", "quoted")
    async with bench.store.read() as work:
        assert await work.inbox.pending("terminal") == []


async def test_a_line_of_a_living_terminal_is_left_to_it(bench: Bench) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async with bench.terminal(order) as first:
        dispatch = first.terminal._desk.dispatch

        async def slow(invocation: Invocation) -> Reply | None:
            asked.set()
            await go.wait()
            return await dispatch(invocation)

        object.__setattr__(first.terminal._desk, "dispatch", slow)
        saying = asyncio.create_task(first.say({"id": 1, "text": "/buy"}))
        await asked.wait()
        async with bench.terminal(order) as second:
            await second.terminal.idle()
            assert second.written() == []
        go.set()
        assert [record["re"] for record in await saying] == [1]


async def test_each_terminal_edits_what_it_showed(bench: Bench) -> None:
    async with bench.terminal(order) as first, bench.terminal(order) as second:
        await first.say({"id": 1, "text": "/buy"})
        await bench.deliver(card("bought"), "order:1")
        [_, record] = await first.until(2)
        assert (record["kind"], record["re"]) == ("edit", 1)
        assert second.written() == []


async def test_the_next_terminal_edits_what_a_dead_one_showed(bench: Bench) -> None:
    async with bench.terminal(order) as first:
        [shown] = await first.say({"id": 1, "text": "/buy"})
    await bench.deliver(card("bought"), "order:1")
    async with bench.terminal(order) as second:
        [record] = await second.until(1)
    assert (record["kind"], record["msg"], record["re"]) == ("edit", shown["msg"], None)


async def test_a_button_of_a_dead_terminal_edits_its_message(bench: Bench) -> None:
    button = Button(t("value", value="Go"), press=("go", {}))

    def answer(invocation: Invocation) -> Reply:
        message = (
            card("after")
            if isinstance(invocation.what, Press)
            else Message(t("value", value="x"), buttons=((button,),))
        )
        return Reply(message, subject="order:1")

    async with bench.terminal(answer) as first:
        [shown] = await first.say({"id": 1, "text": "/buy"})
    async with bench.terminal(answer) as second:
        [record] = await second.say({"id": 2, "press": shown["buttons"][0]["id"]})
    assert (record["kind"], record["msg"], record["re"]) == ("edit", shown["msg"], 2)


async def test_the_end_waits_for_a_box_and_for_what_it_will_say(bench: Bench) -> None:
    async with bench.terminal(order) as terminal:
        assert await terminal.terminal.settled()
        async with bench.store.begin() as work:
            await work.boxes.add(a_box("b1", await a_person(work)))
        assert not await terminal.terminal.settled()
        async with bench.store.begin() as work:
            assert await work.boxes.update("b1", ["sealed"], state="opened")
            seq = await work.events.add("box.opened", {"box": "b1"}, 1)
        assert not await terminal.terminal.settled()  # the announcer has not been there yet
        async with bench.store.begin() as work:
            await work.cursors.set("announcer", {"seq": seq})
        assert await terminal.terminal.settled()
        assert await terminal.terminal.finish(10)


async def test_the_end_gives_up_on_what_does_not_end(bench: Bench) -> None:
    async with bench.store.begin() as work:
        await work.boxes.add(a_box("b1", await a_person(work)))
    async with bench.terminal(order) as terminal:
        assert not await terminal.terminal.finish(0.1)

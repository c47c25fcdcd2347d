"""Telegram asks us to wait, for a second or an hour: others go on, nothing is lost, doubled or shown late."""

import asyncio

import pytest

from core.commands.incoming import Invocation
from core.reply import Reply
from tests.surfaces.telegram.conftest import Running, card


async def test_a_flood_in_one_chat_stalls_that_chat_alone(running: Running) -> None:
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    running.core.on("/buy", Reply(card("A quote")))
    running.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 1", chat=7, retry_after=1)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.until(lambda: "sendMessage" in running.telegram.methods())
        await running.telegram.say(bob, "/buy")
        await running.telegram.shown(bob, "A quote")
        assert running.telegram.messages(ada) == []
        await running.telegram.shown(ada, "A quote")
    assert running.core.lines == ["/buy", "/buy"]  # the waiting reply was not dispatched again


async def test_an_hour_of_flood_does_not_hold_up_the_outbox(running: Running) -> None:
    running.telegram.user(7, "Ada")
    bob = running.telegram.user(8, "Bob")
    running.telegram.fail("sendMessage", 429, "Too Many Requests", chat=7, times=20, retry_after=3600)
    async with running.process():
        for _ in range(20):
            await running.deliver(card("To Ada"), kind="result", user_id="7")
        await running.deliver(card("To Bob"), kind="result", user_id="8")
        await running.telegram.shown(bob, "To Bob")
    # At most a burst was in flight when the first refusal came; then nobody asked for Ada again.
    assert sum(name == "sendMessage" for name in running.telegram.methods()) <= 6
    async with running.store.read() as work:
        assert await work.deliveries.open_count("telegram") == 20  # kept until the hour has passed


async def test_an_answer_that_takes_long_holds_up_no_other_persons_results(running: Running) -> None:
    """Results wait for the answer that they follow, but not in the place of others' results."""
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    held, release = asyncio.Event(), asyncio.Event()

    async def slow(_: Invocation) -> Reply:
        held.set()
        await release.wait()
        return Reply(card("Done"))

    running.core.on("/slow", slow)
    async with running.process():
        await running.telegram.say(ada, "/slow")
        await held.wait()
        for number in range(20):
            await running.deliver(card("For Ada"), kind="result", subject=f"order:{number}", user_id="7")
        await running.deliver(card("For Bob"), kind="notice", user_id="8")
        async with asyncio.timeout(4):  # less than Ada's results wait for her answer
            await running.telegram.shown(bob, "For Bob")
        release.set()
        await running.telegram.shown(ada, "Done")


async def test_an_hour_of_flood_and_a_restart_lose_no_answer_and_double_none(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer waits out the hour; a process that stops meanwhile leaves the update to the next one."""
    monkeypatch.setattr("bots.life.GRACE", 0)
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    running.core.on("/buy", Reply(card("A quote")))
    running.telegram.fail("sendMessage", 429, "Too Many Requests", chat=7, retry_after=3600)
    async with running.process():
        asked = await running.telegram.say(ada, "/buy")
        await running.telegram.until(lambda: "sendMessage" in running.telegram.methods())
        await running.telegram.say(bob, "/buy")
        await running.telegram.shown(bob, "A quote")
        assert running.telegram.messages(ada) == []
    async with running.process():  # an hour later
        await running.telegram.shown(ada, "A quote")
    assert len(running.telegram.messages(ada)) == 1
    # Dispatched again as the same event, which the core does once.
    assert [i.event_id for i in running.core.asked if i.caller.user_id == "7"] == [str(asked)] * 2


async def test_progress_is_shown_by_its_newest_look_alone(running: Running) -> None:
    """Twenty steps within a second are a few edits, and the last one is what stays."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/launch", Reply(card("A box"), subject="box:1"))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        box = await running.telegram.shown(ada, "A box")
        for percent in range(20):
            await running.deliver(card(f"{percent} of 19"), kind="progress", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "19 of 19")
    assert box.edits <= 2
    assert len(running.telegram.messages(ada)) == 1
    async with running.store.read() as work:
        assert await work.deliveries.open_count("telegram") == 0


async def test_a_result_overtakes_the_progress_that_waits(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/launch", Reply(card("A box"), subject="box:1"))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        box = await running.telegram.shown(ada, "A box")
        await running.deliver(card("Half"), kind="progress", subject="box:1", user_id="7")
        await running.deliver(card("A cat"), kind="result", subject="box:1", user_id="7")
        await running.telegram.shown(ada, "A cat")
    assert (box.text, box.edits) == ("A cat", 1)

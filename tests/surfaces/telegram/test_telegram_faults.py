"""Floods, outages, kills, blocked users, wrong tokens: never a loss, never a double, always an answer."""

import asyncio
import logging
import re

import pytest

from bots.telegram import poll, surface
from core.commands.incoming import Invocation
from core.ports.store import StoreAway
from core.reply import Message, Reply, T
from core.settings import Settings
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.surfaces.telegram.conftest import SPECS, Running, card


async def test_an_update_is_written_down_before_it_is_confirmed(running: Running) -> None:
    """The handler has not even begun when Telegram is told that we have the update: it is in the inbox."""
    ada = running.telegram.user(7, "Ada")
    held, release = asyncio.Event(), asyncio.Event()

    async def slow(_: Invocation) -> Reply:
        held.set()
        await release.wait()
        return Reply(card("Done"))

    running.core.on("/slow", slow)
    async with running.process():
        update = await running.telegram.say(ada, "/slow")
        await held.wait()
        await running.telegram.until(lambda: update not in running.telegram.unconfirmed)
        async with running.store.read() as work:
            pending = await work.inbox.pending("telegram")
        release.set()
        await running.telegram.shown(ada, "Done")
    assert [item.event_id for item in pending] == [str(update)]


async def test_what_was_not_handled_at_a_kill_is_handled_after_the_restart(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    held = asyncio.Event()

    async def never(_: Invocation) -> Reply:
        held.set()
        await asyncio.Event().wait()
        raise AssertionError("killed before")

    running.core.on("/buy", never)
    process = asyncio.create_task(
        surface.serve(running.desk, running.settings, stop=asyncio.Event(), specs=SPECS)
    )
    update = await running.telegram.say(ada, "/buy")
    await held.wait()
    await running.telegram.until(lambda: update not in running.telegram.unconfirmed)
    process.cancel()
    await asyncio.gather(process, return_exceptions=True)

    running.core.on("/buy", Reply(card("A quote")))
    async with running.process():
        await running.telegram.shown(ada, "A quote")
    assert [asked.event_id for asked in running.core.asked] == [str(update), str(update)]


async def test_a_repeated_update_is_handled_once_also_across_a_restart(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        update = await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
        await running.telegram.redeliver(update)
        await running.telegram.say(ada, "/start")
        await running.telegram.shown(ada, "Hello")
    await running.telegram.redeliver(update)
    async with running.process():
        await running.telegram.until(lambda: update not in running.telegram.unconfirmed)
    assert running.core.lines == ["/buy", "/start"]


async def test_lower_update_ids_after_a_quiet_week_are_not_swallowed(running: Running) -> None:
    """Telegram numbers anew after a week without updates; a remembered offset would confirm them unseen."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/start", Reply(card("Hello")))
    running.core.on("/buy", Reply(card("A quote")))
    async with running.process():
        update = await running.telegram.say(ada, "/start")
        await running.telegram.until(lambda: update not in running.telegram.unconfirmed)
    running.telegram.renumber(1_000)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")


async def test_a_store_that_is_away_loses_no_update(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    desk = running.desk
    accept, failures = desk.accept, [StoreAway("gone")]

    async def flaky(items: object) -> object:
        if failures:
            raise failures.pop()
        return await accept(items)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(type(desk), "accept", lambda _, items: flaky(items))
    monkeypatch.setattr(poll, "STORE_PAUSE", 0)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
    assert running.core.lines == ["/buy"]


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_outages_delay_and_lose_nothing(running: Running, status: int) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    running.telegram.fail("getMe", status, "Bad Gateway", times=2)
    running.telegram.fail("getUpdates", status, "Bad Gateway", times=3)
    running.telegram.fail("sendMessage", status, "Bad Gateway", times=3)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
    assert running.core.lines == ["/buy"]
    assert len(running.telegram.messages(ada)) == 1


async def test_two_processes_with_one_token_are_told_and_go_on(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    running.telegram.fail("getUpdates", 409, "Conflict: terminated by other getUpdates request", times=2)
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")


async def test_an_earlier_webhook_is_replaced_by_polling(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.telegram.webhook = "https://old.example/hook"
    running.core.on("/buy", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")


@pytest.mark.parametrize("token", ["", "hunter2", "99:wrong-token-of-somebody", None])
async def test_a_wrong_token_is_said_clearly_and_never_shown(
    telegram: FakeTelegram, running: Running, token: str | None
) -> None:
    settings = Settings(telegram_token=token, telegram_api_base=telegram.base)
    with pytest.raises(surface.TelegramRefused, match="TELEGRAM_TOKEN") as refused:
        await surface.serve(running.desk, settings, stop=asyncio.Event(), specs=SPECS)
    assert not token or token not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_a_token_that_is_revoked_while_we_run_stops_the_surface(running: Running) -> None:
    running.telegram.fail("getUpdates", 401, "Unauthorized")
    with pytest.raises(surface.TelegramRefused, match="revoked"):
        await surface.serve(running.desk, running.settings, stop=asyncio.Event(), specs=SPECS)


async def test_the_token_is_in_no_log(
    running: Running, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    running.telegram.fail("*", 502, "Bad Gateway", times=3)
    running.telegram.fail("sendMessage", 400, "Bad Request: something new", times=1)
    running.core.on("/fault", Reply(Message(title=T("no-such-text"))))
    async with running.process():
        await running.telegram.say(ada, "x", photo=[{}])
        await running.telegram.say(ada, "/fault")
        await running.telegram.say(ada, "/buy")
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
    written = caplog.text + "".join(capsys.readouterr())
    assert "telegram.started" in written
    assert "telegram.unreadable_update" in written
    assert "inbox.failed" in written
    assert not re.search(re.escape(TOKEN.partition(":")[2]), written)

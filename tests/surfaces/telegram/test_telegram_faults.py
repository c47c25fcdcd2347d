"""Floods, outages, kills, blocked users, wrong tokens: never a loss, never a double, always an answer."""

import asyncio
import logging
import re

import pytest

from bots.telegram import poll, surface
from core.commands.incoming import Invocation
from core.ports.store import StoreAway
from core.reply import Button, Kind, Message, Reply, T, t
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


async def test_a_user_who_blocked_us_ends_the_matter_and_nothing_else(running: Running) -> None:
    ada, bob = running.telegram.user(7, "Ada"), running.telegram.user(8, "Bob")
    running.telegram.blocked.add(7)
    running.core.on("/buy", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.deliver(card("Bought"), kind="result", user_id="7")
        await running.telegram.say(bob, "/buy")
        await running.telegram.shown(bob, "A quote")
        await running.telegram.until(lambda: running.telegram.methods().count("sendMessage") >= 3)
    async with running.store.read() as work:
        assert await work.inbox.pending("telegram") == []
        assert await work.deliveries.open_count("telegram") == 0


async def test_an_edit_that_changes_nothing_is_no_error(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
        await running.deliver(card("A quote"), kind="result", subject="order:1", user_id="7")
        await running.telegram.until(lambda: "editMessageText" in running.telegram.methods())
    async with running.store.read() as work:
        assert await work.deliveries.open_count("telegram") == 0


async def test_a_press_that_is_too_old_for_an_alert_is_answered_in_the_chat(running: Running) -> None:
    """After a restart Telegram takes no answer to the press any more."""
    ada = running.telegram.user(7, "Ada")
    button = Button(t("value", value="Go"), press=("x", {}), token="tok")
    running.core.on("/buy", Reply(card("A quote", buttons=((button,),))))
    running.core.on("tok", Reply(card("This button is used"), kind=Kind.ERROR))
    async with running.process():
        await running.telegram.say(ada, "/buy")
        quote = await running.telegram.shown(ada, "A quote")
        running.telegram.queries_expire = True
        await running.telegram.press(ada, quote, "Go")
        await running.telegram.shown(ada, "This button is used")


async def test_a_refusal_that_we_do_not_know_leaves_plain_text(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("<A> quote")))
    running.telegram.fail("sendMessage", 400, "Bad Request: something new")
    async with running.process():
        await running.telegram.say(ada, "/buy")
        shown = await running.telegram.shown(ada, "quote")
    assert shown.text == "<A> quote"


async def test_an_update_that_nobody_can_read_stops_no_other(
    running: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any stranger could send one, if the library knew less than Telegram does."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/buy", Reply(card("A quote")))
    async with running.process():
        await running.telegram.say(ada, "x", photo=[{}])
        await running.telegram.say(ada, "/buy")
        await running.telegram.shown(ada, "A quote")
    async with running.store.read() as work:
        assert await work.inbox.pending("telegram") == []
    assert "telegram.unreadable_update" in capsys.readouterr().out


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
    monkeypatch.setattr(surface, "GRACE", 0)
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


async def test_progress_of_a_message_that_was_deleted_is_nobodys(running: Running) -> None:
    ada = running.telegram.user(7, "Ada")
    running.core.on("/launch", Reply(card("A box"), subject="box:1"))
    async with running.process():
        await running.telegram.say(ada, "/launch")
        running.telegram.delete(await running.telegram.shown(ada, "A box"))
        await running.deliver(card("Half"), kind="progress", subject="box:1", user_id="7")
        await running.telegram.until(lambda: "editMessageText" in running.telegram.methods())
        await running.deliver(card("A cat"), kind="result", subject="box:1", user_id="7")
        await running.deliver(card("News"), kind="notice", user_id="7")
        await running.telegram.shown(ada, "News")
    async with running.store.read() as work:
        assert await work.messages.of_subject("telegram", "box:1") == []


async def test_who_sent_what_nobody_can_read_is_told_so(running: Running) -> None:
    """The library fails on it, now as then; its sender hears of it, in words or at the button."""
    ada = running.telegram.user(7, "Ada")
    running.core.on("/start", Reply(card("Hello")))
    async with running.process():
        await running.telegram.say(ada, "x", photo=[{}])
        await running.telegram.shown(ada, "I read text only")
        await running.telegram.say(ada, "/start")
        hello = await running.telegram.shown(ada, "Hello")
        await running.telegram.press_data(ada, hello, "tok", message={"message_id": 1})
        await running.telegram.until(lambda: running.telegram.alerts)
    assert running.telegram.alerts[0]["text"].startswith("This button is too old")
    assert running.core.lines == ["/start"]


@pytest.mark.parametrize("end", ["closed", "deleted"])
async def test_a_topic_that_ends_while_we_work_moves_the_answer(running: Running, end: str) -> None:
    ada, group = running.telegram.user(7, "Ada"), running.telegram.group(-100, "Cats", topics=(1, 42))

    async def slow(_: Invocation) -> Reply:
        (group.closed.add if end == "closed" else group.topics.discard)(42)
        return Reply(card("A quote"), subject="order:1")

    running.core.on("/buy", slow)
    async with running.process():
        await running.telegram.say(ada, "/buy", group, topic=42)
        quote = await running.telegram.shown(group, "A quote")
        await running.deliver(card("Bought"), kind="result", subject="order:1", chat_id="-100", user_id="7")
        await running.telegram.until(lambda: quote.text == "Bought")
    assert quote.thread is None


async def test_kicked_between_order_and_result_the_trader_still_hears_in_private(running: Running) -> None:
    """The quote is gone with the group; the order was done all the same."""
    ada, group = running.telegram.user(7, "Ada"), running.telegram.group(-100, "Cats")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "A quote")
        await running.telegram.member(ada, group, "kicked")
        await running.deliver(card("Bought"), kind="result", subject="order:1", chat_id="-100", user_id="7")
        await running.telegram.shown(ada, "Bought")
    assert len(running.telegram.messages(ada)) == 1
    async with running.store.read() as work:
        assert await work.deliveries.open_count("telegram") == 0


async def test_kicked_and_never_written_to_in_private_there_is_nobody_to_tell(running: Running) -> None:
    ada = running.telegram.user(7, "Ada", started=False)
    group = running.telegram.group(-100, "Cats")
    running.core.on("/buy", Reply(card("A quote"), subject="order:1"))
    async with running.process():
        await running.telegram.say(ada, "/buy", group)
        await running.telegram.shown(group, "A quote")
        await running.telegram.member(ada, group, "kicked")
        await running.deliver(card("Bought"), kind="result", subject="order:1", chat_id="-100", user_id="7")
        await running.telegram.until(lambda: running.telegram.methods().count("sendMessage") == 2)
    async with running.store.read() as work:
        assert await work.deliveries.open_count("telegram") == 0

"""What is not there any more, or not as we thought: blocked, kicked, deleted, too old, unreadable."""

import pytest

from core.commands.incoming import Invocation
from core.reply import Button, Kind, Reply, t
from tests.surfaces.telegram.conftest import Running, card


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

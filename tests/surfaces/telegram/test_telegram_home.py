"""A coin's own topic: begun once, with its card first; without the right the card says what is missing."""

from typing import Any

import pytest

from core.ports.rows import Chat
from core.reply import Message, t
from tests.fakes.telegram import Group
from tests.surfaces.telegram.conftest import Running, card

COIN = {"kind": "home", "subject": "home:cat", "chat_id": "-100", "user_id": "7", "thread_id": "here"}


def forum(running: Running, **more: Any) -> Group:
    running.telegram.user(7, "Ada")
    group = running.telegram.group(-100, "Cats", topics=(1, 42))
    group.manage_topics = True
    for name, value in more.items():
        setattr(group, name, value)
    return group


async def open_count(running: Running) -> int:
    async with running.store.read() as work:
        return await work.deliveries.open_count("telegram")


async def test_the_coin_gets_its_topic_with_the_card_and_its_news(running: Running) -> None:
    group = forum(running)
    async with running.process():
        await running.deliver(card("Turbo Cat"), **COIN)
        shown = await running.telegram.shown(group, "Turbo Cat")
        assert running.telegram.topics == {(-100, shown.thread): "Turbo Cat"}
        await running.telegram.until(lambda: shown.silent)
    async with running.store.read() as work:
        (live,) = await work.messages.of_subject("telegram", "home:cat")
    # By this the announcer finds the topic for what comes later.
    assert (live.chat_id, live.thread_id, live.message_id) == ("-100", str(shown.thread), str(shown.id))


async def test_a_name_that_is_too_long_for_a_topic_is_cut(running: Running) -> None:
    group = forum(running)
    async with running.process():
        await running.deliver(card("🧨" * 100), **COIN)
        await running.telegram.shown(group, "🧨")
    ((_, name),) = running.telegram.topics.items()
    assert name == "🧨" * 63 + "…"


async def test_a_topic_is_begun_once_however_often_its_card_must_be_sent(running: Running) -> None:
    group = forum(running)
    running.telegram.fail("sendMessage", 429, "Too Many Requests", chat=-100, retry_after=1)
    async with running.process():
        await running.deliver(card("Turbo Cat"), **COIN)
        await running.telegram.until(lambda: not running.telegram.failing)
    # A killed announcer's row comes again to another process.
    async with running.store.begin() as work:
        await work.deliveries.retry(1, 0)
    async with running.process():
        shown = await running.telegram.shown(group, "Turbo Cat")
    assert list(running.telegram.topics) == [(-100, shown.thread)]


@pytest.mark.parametrize(
    ("lacking", "why"),
    [
        ({"manage_topics": False}, "Make me an administrator of this group with “Manage topics”"),
        ({"topics": set()}, "turn “Topics” on in the group's settings"),
    ],
)
async def test_without_a_topic_the_card_comes_to_the_chat_and_says_why(
    running: Running, lacking: dict[str, Any], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    group = forum(running, **lacking)
    async with running.process():
        await running.deliver(
            Message(t("value", value="Turbo Cat"), body=(t("value", value="A cat"),)), **COIN
        )
        shown = await running.telegram.shown(group, "Turbo Cat")
    assert "A cat" in shown.text
    assert why in shown.text
    assert shown.thread is None
    assert "telegram.no_topic" in capsys.readouterr().out
    assert await open_count(running) == 0


async def test_another_channel_is_no_place_for_topics_on_telegram(running: Running) -> None:
    group = forum(running)
    async with running.process():
        await running.deliver(card("Turbo Cat"), **{**COIN, "thread_id": "123456"})
        shown = await running.telegram.shown(group, "Turbo Cat")
    assert "Say /home here" in shown.text
    assert shown.thread is None


@pytest.mark.parametrize("end", ["closed", "deleted"])
async def test_news_of_a_coin_whose_topic_is_closed_or_deleted_come_to_the_group(
    running: Running, end: str
) -> None:
    group = forum(running)
    (group.closed.add if end == "closed" else group.topics.discard)(42)
    async with running.process():
        await running.deliver(card("A big buy"), subject="home:cat", chat_id="-100", thread_id="42")
        shown = await running.telegram.shown(group, "A big buy")
    assert shown.thread is None


async def test_a_group_that_moved_gets_its_topic_under_its_new_id(running: Running) -> None:
    forum(running)
    moved = running.telegram.group(-1005, "Cats", topics=(1,))
    moved.manage_topics = True
    running.telegram.migrated[-100] = -1005
    async with running.store.begin() as work:
        await work.chats.ensure(Chat("telegram", "-100", "group", "Cats"))
    async with running.process():
        await running.deliver(card("Turbo Cat"), **COIN)
        shown = await running.telegram.shown(moved, "Turbo Cat")
    assert running.telegram.topics == {(-1005, shown.thread): "Turbo Cat"}


async def test_a_group_that_threw_us_out_gets_no_more(running: Running) -> None:
    group = forum(running)
    running.telegram.blocked.add(-100)
    async with running.store.begin() as work:
        await work.chats.ensure(Chat("telegram", "-100", "group", "Cats"))
    async with running.process():
        await running.deliver(card("Turbo Cat"), **COIN)
        await running.telegram.until(lambda: "createForumTopic" in running.telegram.methods())
    async with running.store.read() as work:
        chat = await work.chats.get("telegram", "-100")
    assert chat is not None
    assert not chat.active
    assert running.telegram.messages(group) == []
    assert await open_count(running) == 0

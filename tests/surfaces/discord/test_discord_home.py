"""A coin gets a thread of its own, once; where that can't be the card comes to the chat and says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from bots.desk import Gone, RetryAfter
from bots.discord.send import Outbox
from core.reply import Media, Message, t
from tests.fakes.discord import FakeDiscord, text
from tests.fakes.discord_threads import REQUIRE_TAG
from tests.fakes.discord_world import DM, FORUM, TEXT_CHANNEL, THREAD, Channel
from tests.surfaces.discord.parts import delivery

TITLE = "Space Cats * <@1> ($CATS)"
CARD = Message(t("coin-title", name="Space Cats * <@1>", ticker="CATS"))
SEEN = r"## Space Cats \* \<\@1\> ($CATS)"


def threads(discord: FakeDiscord, parent: Channel) -> list[Channel]:
    return [c for c in discord.channels.values() if c.type == THREAD and c.parent is parent]


async def test_here_is_a_thread_below_the_card(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    where = await outbox.send(delivery(room, kind="home", thread_id="here"), CARD, None)
    (card,) = room.messages
    (thread,) = threads(discord, room)
    assert text(card) == SEEN
    assert thread.name == TITLE, "a name knows no markup"
    assert where is not None
    assert (where.chat_id, where.thread_id, where.message_id) == (room.id, thread.id, card.id)

    await outbox.send(delivery(room), Message(t("discord-news")), where)
    assert text(card) == "## There is news", "the card is edited where it is"


async def test_a_forum_gets_a_post_with_the_card_and_its_picture(
    discord: FakeDiscord, outbox: Outbox, tmp_path: Path
) -> None:
    room = discord.room()
    forum = discord.beside(room, "coins", FORUM)
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    card = Message(CARD.title, media=Media("image/png", str(tmp_path / "a.png"), "a1", t("discord-news")))
    where = await outbox.send(delivery(room, kind="home", thread_id=forum.id), card, None)
    (post,) = threads(discord, forum)
    assert (post.name, text(post.messages[0]), list(post.messages[0].files)) == (TITLE, SEEN, ["pa1.png"])
    assert where is not None
    assert (where.chat_id, where.thread_id) == (room.id, post.id)

    await outbox.send(delivery(room, thread_id=post.id), Message(t("discord-news")), None)
    await outbox.send(delivery(room), Message(t("discord-news")), where)
    assert [text(m) for m in post.messages] == ["## There is news"] * 2, "news, and a new look of the card"
    assert room.messages == []


async def test_a_forum_that_wants_a_tag_gets_the_first_that_anybody_may_give(
    discord: FakeDiscord, outbox: Outbox
) -> None:
    room = discord.room()
    forum = discord.beside(room, "coins", FORUM)
    forum.flags = REQUIRE_TAG
    forum.tags = [
        {"id": "1", "name": "news", "moderated": True},
        {"id": "2", "name": "coins", "moderated": False},
    ]
    await outbox.send(delivery(room, kind="home", thread_id=forum.id), CARD, None)
    assert len(threads(discord, forum)) == 1


@pytest.mark.parametrize("type_", [TEXT_CHANNEL, FORUM])
@pytest.mark.parametrize("broken", ["the note of it", "the answer"])
async def test_a_thread_is_made_once_however_often_it_is_tried(
    discord: FakeDiscord, outbox: Outbox, type_: int, broken: str
) -> None:
    """A kill comes before we noted it, or Discord made it and its answer got lost."""
    room = discord.room()
    place = discord.beside(room, "coins", type_)
    first = delivery(room, kind="home", thread_id=place.id, created_at=int(discord.clock.now()), attempts=1)
    if broken == "the answer":
        discord.lose(r"POST .*/threads")
        with pytest.raises(RetryAfter):
            await outbox.send(first, CARD, None)
    else:
        await outbox.send(first, CARD, None)
    again = delivery(room, kind="home", thread_id=place.id, created_at=first.created_at, attempts=2)
    where = await outbox.send(again, CARD, None)
    (thread,) = threads(discord, place)
    assert where is not None
    assert where.thread_id == thread.id
    assert len(thread.messages if type_ == FORUM else place.messages) == 1


async def test_a_post_of_the_same_name_by_somebody_else_or_of_old_is_not_ours(
    discord: FakeDiscord, outbox: Outbox
) -> None:
    """Two coins may have one name; the second gets a thread of its own all the same."""
    room = discord.room()
    forum = discord.beside(room, "coins", FORUM)
    discord.thread(forum, TITLE)
    discord.later(3600)
    now = int(discord.clock.now())
    await outbox.send(delivery(room, kind="home", thread_id=forum.id, created_at=now, attempts=2), CARD, None)
    assert len(threads(discord, forum)) == 2


@pytest.mark.parametrize(
    ("type_", "denied", "lacking"),
    [
        (TEXT_CHANNEL, "threads", "Create Public Threads"),
        (TEXT_CHANNEL, "send", "Send Messages, Attach Files"),
        (FORUM, "send", "Create Posts, Attach Files"),
        (FORUM, "view", "View Channel"),
        (TEXT_CHANNEL, "view", "View Channel"),
    ],
)
async def test_a_permission_that_lacks_is_named_in_the_chat(
    discord: FakeDiscord, outbox: Outbox, type_: int, denied: str, lacking: str
) -> None:
    room = discord.room()
    place = discord.beside(room, "coins", type_)
    place.denied, place.accessible = {denied}, denied != "view"
    where = await outbox.send(delivery(room, kind="home", thread_id=place.id), CARD, None)
    (card,) = room.messages
    assert text(card).startswith(SEEN)
    assert f"in <#{place.id}>. There I lack the permission: {lacking}." in text(card)
    assert place.messages == [], "the card is not left behind without its thread"
    assert where is not None
    assert (where.chat_id, where.thread_id, where.message_id) == (room.id, None, card.id)


async def test_here_without_the_permission_the_card_itself_says_so(
    discord: FakeDiscord, outbox: Outbox
) -> None:
    room = discord.room()
    room.denied = {"threads"}
    await outbox.send(delivery(room, kind="home", thread_id="here"), CARD, None)
    (card,) = room.messages
    assert "Create Public Threads" in text(card)


async def test_a_server_with_too_many_threads_says_so(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    assert room.guild is not None
    room.guild.full = True
    await outbox.send(delivery(room, kind="home", thread_id="here"), CARD, None)
    assert "as many open threads as Discord allows" in text(room.messages[0])


@pytest.mark.parametrize("wrong", ["another server", "a private chat", "a thread", "nothing"])
async def test_a_home_is_a_channel_of_the_same_server(
    discord: FakeDiscord, outbox: Outbox, wrong: str
) -> None:
    """Who manages one server can't have the bot speak in another."""
    room, elsewhere = discord.room(), discord.room("elsewhere")
    place = {
        "another server": elsewhere.id,
        "a private chat": discord.dm(discord.user("ann")).id,
        "a thread": discord.thread(room).id,
        "nothing": "404",
    }[wrong]
    await outbox.send(delivery(room, kind="home", thread_id=place), CARD, None)
    assert "is no text or forum channel of this server" in text(room.messages[0])
    assert elsewhere.messages == []
    assert all(c.messages == [] for c in discord.channels.values() if c.type == DM)


async def test_a_chat_that_is_closed_altogether_is_gone(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    room.accessible = False
    with pytest.raises(Gone):
        await outbox.send(delivery(room, kind="home", thread_id="here"), CARD, None)


@pytest.mark.parametrize("closed", ["deleted", "locked", "archived"])
async def test_news_of_a_thread_that_is_closed_are_seen_all_the_same(
    discord: FakeDiscord, outbox: Outbox, closed: str
) -> None:
    room = discord.room()
    forum = discord.beside(room, "coins", FORUM)
    where = await outbox.send(delivery(room, kind="home", thread_id=forum.id), CARD, None)
    assert where is not None
    (post,) = threads(discord, forum)
    if closed == "deleted":
        del discord.channels[post.id]
    else:
        post.locked, post.archived = closed == "locked", True
    await outbox.send(delivery(room, thread_id=where.thread_id), Message(t("discord-news")), None)
    seen = post if closed == "archived" else room  # Discord opens an archived one for a new message
    assert text(seen.messages[-1]) == "## There is news"


async def test_a_card_in_an_archived_thread_is_edited(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    forum = discord.beside(room, "coins", FORUM)
    where = await outbox.send(delivery(room, kind="home", thread_id=forum.id), CARD, None)
    (post,) = threads(discord, forum)
    post.archived = True
    await outbox.send(delivery(room), Message(t("discord-news")), where)
    assert text(post.messages[0]) == "## There is news"

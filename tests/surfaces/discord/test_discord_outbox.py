"""What was promised is sent: notices to channels, new looks into the messages that show a subject."""

from __future__ import annotations

import aiohttp
import pytest

from bots.desk import Desk, Gone, MessageGone, RetryAfter
from bots.discord.send import Outbox
from core.adapters.db.store import SqlStore
from core.ports.rows import Chat
from core.reply import Message, Reply, Visibility, t
from tests.fakes.discord import FakeDiscord, text
from tests.fakes.discord_world import Channel, User
from tests.surfaces.discord.parts import NEWS, Script, Serving, TestClock, delivery, recorded, result

DONE = Message(t("discord-open-form"))
SEEN, SEEN_DONE = "## There is news", "## Fill in"
QUARTER = 15 * 60 + 1


async def test_a_notice_is_posted_once_however_often_it_is_sent(discord: FakeDiscord, outbox: Outbox) -> None:
    """The nonce names the delivery: a kill between the post and the note of it doubles nothing."""
    room = discord.room()
    for _ in range(2):
        where = await outbox.send(delivery(room), NEWS, None)
        assert where is not None
        assert (where.chat_id, where.message_id) == (room.id, room.messages[0].id)
    assert [text(m) for m in room.messages] == [SEEN]
    assert room.messages[0].allowed_mentions == {"parse": []}


async def test_a_notice_to_a_person_goes_to_the_private_chat(discord: FakeDiscord, outbox: Outbox) -> None:
    ann = discord.user("ann")
    where = await outbox.send(delivery(None, ann), NEWS, None)
    assert where is not None
    assert where.chat_id is None
    assert [text(m) for m in discord.dm(ann).messages] == [SEEN]


async def test_a_closed_private_chat_is_gone(discord: FakeDiscord, outbox: Outbox) -> None:
    ann = discord.user("ann")
    ann.accepts_dms = False
    with pytest.raises(Gone):
        await outbox.send(delivery(None, ann), NEWS, None)


async def test_private_news_of_a_group_go_to_the_person(discord: FakeDiscord, outbox: Outbox) -> None:
    ann, room = discord.acquainted("ann"), discord.room()
    await outbox.send(delivery(room, ann, visibility=Visibility.PRIVATE), NEWS, None)
    assert [text(m) for m in discord.dm(ann).messages] == [SEEN]
    assert room.messages == []


@pytest.mark.parametrize("closed", [False, True])
async def test_private_news_for_a_stranger_or_a_closed_door_are_only_pointed_at(
    discord: FakeDiscord, outbox: Outbox, closed: bool
) -> None:
    """The bot writes first to nobody: who wants such news in private says something there once."""
    ann, room = discord.acquainted("ann") if closed else discord.user("ann"), discord.room()
    ann.accepts_dms = not closed
    where = await outbox.send(delivery(room, ann, visibility=Visibility.PRIVATE), DONE, None)
    assert where is None, "else what becomes of it would be edited in there"
    assert SEEN_DONE not in text(room.messages[0])
    assert f"<@{ann.id}>, it is for your eyes only" in text(room.messages[0])
    assert discord.dm(ann).messages == []


async def test_a_closed_channel_is_gone(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    room.accessible = False
    with pytest.raises(Gone):
        await outbox.send(delivery(room), NEWS, None)


async def test_a_result_for_a_closed_channel_goes_to_who_waits_for_it(
    discord: FakeDiscord, serving: Serving, store: SqlStore, desk: Desk
) -> None:
    ann, room = discord.user("ann"), discord.room()
    room.accessible = False
    row = delivery(room, ann, kind="result", subject="order:1", created_at=desk.clock.now() - 61)
    async with store.begin() as work:
        await work.deliveries.add([row])
    async with serving():
        await discord.until(lambda: discord.dm(ann).messages)
    assert [text(m) for m in discord.dm(ann).messages] == [SEEN]


async def test_news_for_a_deleted_thread_go_to_its_channel(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    where = await outbox.send(delivery(room, thread_id="404"), NEWS, None)
    assert where is not None
    assert (where.chat_id, where.thread_id) == (room.id, None)
    assert [text(m) for m in room.messages] == [SEEN]


@pytest.mark.parametrize("via", [{"Via": "1.1 google", "Retry_After": "90"}, {"Retry_After": "90"}])
async def test_a_rate_limit_is_handed_on(discord: FakeDiscord, outbox: Outbox, via: dict[str, str]) -> None:
    """Discord's own (with `Via`) and that of a proxy before it."""
    discord.fail("POST /channels", 429, **via)
    with pytest.raises(RetryAfter) as wait:
        await outbox.send(delivery(discord.room()), NEWS, None)
    assert wait.value.seconds == 90


async def test_an_outage_is_waited_out(discord: FakeDiscord, outbox: Outbox) -> None:
    discord.fail("POST /channels", 503)
    with pytest.raises(RetryAfter):
        await outbox.send(delivery(discord.room()), NEWS, None)


async def test_the_edit_of_a_deleted_message_says_so(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    where = await outbox.send(delivery(room), NEWS, None)
    room.messages.clear()
    with pytest.raises(MessageGone):
        await outbox.send(delivery(room), DONE, where)


async def test_a_network_that_is_away_is_waited_out(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise aiohttp.ClientConnectionError("no route")

    monkeypatch.setattr(aiohttp.ClientSession, "_request", refuse)
    with pytest.raises(RetryAfter):
        await outbox.send(delivery(None, User("1", "ann")), NEWS, None)


@pytest.mark.parametrize("seconds", [0, QUARTER])
@pytest.mark.parametrize("hidden", [False, True])
async def test_a_result_is_edited_in_for_as_long_as_that_works(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    store: SqlStore,
    desk: Desk,
    clock: TestClock,
    seconds: int,
    hidden: bool,
) -> None:
    """By the interaction's token for 15 minutes; then as the bot, which can't reach what one person sees."""
    ann, room = discord.acquainted("ann"), discord.room()
    script.answers(
        Reply(NEWS, subject="order:1", visibility=Visibility.PRIVATE if hidden else Visibility.PUBLIC)
    )
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy"))
        await recorded(discord, store)
        discord.later(seconds)
        clock.added += seconds
        visibility = Visibility.PRIVATE if hidden else Visibility.PUBLIC
        await result(store, desk, chat_id=room.id, user_id=ann.id, visibility=visibility)
        if hidden and seconds:
            await discord.until(lambda: len(discord.dm(ann).messages) == 1)
            assert text(discord.dm(ann).messages[0]) == SEEN_DONE
        else:
            await discord.until(lambda: text(asked.message) == SEEN_DONE)
    assert len(discord.seen_by(discord.user("bob"), room)) == (0 if hidden else 1)


async def test_a_token_that_died_early_is_no_loss(
    discord: FakeDiscord, script: Script, serving: Serving, store: SqlStore, desk: Desk
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS, subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy"))
        await recorded(discord, store)
        discord.later(QUARTER)  # their clock, not ours
        await result(store, desk, chat_id=room.id, user_id=ann.id)
        await discord.until(lambda: text(asked.message) == SEEN_DONE)


async def test_a_channel_that_threw_us_out_hears_no_more(
    discord: FakeDiscord, serving: Serving, store: SqlStore, desk: Desk
) -> None:
    room = discord.room()
    room.accessible = False
    async with store.begin() as work:
        await work.chats.ensure(Chat("discord", room.id, "group", "general"))
    async with serving():
        async with store.begin() as work:
            await work.deliveries.add([delivery(room)])
        await desk.bell.ring("deliveries:discord")
        await discord.until(lambda: ("POST", f"/channels/{room.id}/messages") in discord.requests)
    async with store.read() as work:
        chat = await work.chats.get("discord", room.id)
        assert chat is not None
        assert not chat.active
        assert await work.deliveries.open_count("discord") == 0


async def test_a_server_that_threw_us_out_hears_no_more(
    discord: FakeDiscord, script: Script, serving: Serving, store: SqlStore, desk: Desk
) -> None:
    ann, room, other = discord.user("ann"), discord.room(), discord.room("elsewhere")
    async with store.begin() as work:
        for channel in (room, other):
            await work.chats.ensure(Chat("discord", channel.id, "group", channel.name))
    script.answers(Reply(NEWS))
    async with serving():
        await discord.gateway.dispatch("GUILD_DELETE", {"id": room.guild.id})  # type: ignore[union-attr]  # a room has one
        while await active(store, room):
            await discord.answered(await discord.slash(ann, other, "coin"))
    assert await active(store, other)


async def active(store: SqlStore, channel: Channel) -> bool:
    async with store.read() as work:
        chat = await work.chats.get("discord", channel.id)
    assert chat is not None
    return chat.active

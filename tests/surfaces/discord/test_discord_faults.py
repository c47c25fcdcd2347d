"""What Discord and its people break: the bot goes on, nothing is said twice, the caller sees an answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bots.desk import Desk, Gone, RetryAfter
from bots.discord import surface
from bots.discord.send import Outbox
from core.adapters.db.store import SqlStore
from core.ports.rows import Chat
from core.reply import Button, Item, Kind, Media, Message, Reply, Visibility, encode, t
from tests.fakes.discord import FakeDiscord, buttons, text
from tests.fakes.discord_limits import Rule
from tests.surfaces.discord.parts import NEWS, Script, Serving, TestClock, delivery, recorded, result

SEEN, OTHER = "## There is news", "## Fill in"
CARD = Message(
    t("discord-news"), buttons=((Button(t("discord-open-form"), press=("buy", {}), token="tok-1"),),)
)
FORM_TITLE = Message(t("discord-open-form"))


# the gateway


async def test_a_session_that_is_invalid_for_now_is_resumed(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        await discord.gateway.invalidate(resumable=True)
        await discord.gateway.connected(resumed=1)
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert discord.gateway.identified == 1


async def test_an_interaction_that_comes_twice_is_handled_once(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    go = asyncio.Event()

    async def act(_: object) -> Reply:
        await go.wait()
        return Reply(NEWS)

    script.act = act
    async with serving():
        asked = discord.make(ann, room, "coin")
        await discord.deliver(asked)
        await discord.redeliver(asked)  # while the first is being handled
        go.set()
        await discord.answered(asked)
        await discord.redeliver(asked)  # and after it was
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert len(script.asked) == 2
    assert len(room.messages) == 2


# what is shown goes away under us


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("patience", [0.0, 1.5], ids=["deferred", "at once"])
async def test_a_press_on_a_message_that_was_deleted_meanwhile_is_answered_anew(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    hidden: bool,
    patience: float,
) -> None:
    """Or dismissed, if one person saw it: then the answer is for them alone."""
    monkeypatch.setattr(surface, "DEFER_AFTER", patience)
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(CARD, visibility=Visibility.PRIVATE if hidden else Visibility.PUBLIC))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        shown = asked.message
        deferred = asyncio.Event()

        async def act(_: object) -> Reply:
            if patience == 0.0:
                await deferred.wait()
            return Reply(FORM_TITLE, edit=True)

        script.act = act
        pressed = discord.make_press(ann, shown, "Fill in")
        if patience:
            room.messages.remove(shown)
            await discord.deliver(pressed)
        else:
            await discord.deliver(pressed)
            await discord.until(lambda: pressed.state == "deferred_update")
            room.messages.remove(shown)
            deferred.set()
        await discord.until(lambda: any(text(m) == OTHER for m in room.messages))
    assert [text(m) for m in discord.seen_by(ann, room)] == [OTHER]
    assert [text(m) for m in discord.seen_by(bob, room)] == ([] if hidden else [OTHER])


async def test_a_result_for_a_deleted_message_is_said_anew(
    discord: FakeDiscord, script: Script, serving: Serving, store: SqlStore, desk: Desk
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS, subject="order:1"))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "buy"))
        await recorded(discord, store)
        room.messages.clear()
        await result(store, desk, chat_id=room.id, user_id=ann.id)
        await discord.until(lambda: [text(m) for m in room.messages] == [OTHER])


async def test_an_answer_for_a_thread_that_was_deleted_goes_to_its_channel(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    thread = discord.thread(room)
    script.answers(Reply(NEWS))
    async with serving():
        asked = discord.make(ann, thread, "coin")
        del discord.channels[thread.id]
        await discord.deliver(asked)
        await discord.until(lambda: [text(m) for m in room.messages] == [SEEN])


async def test_an_answer_that_discord_refuses_in_every_form_is_at_least_an_error_with_a_reference(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    discord.fail("POST /interactions", 403, 50013)
    script.answers(Reply(NEWS))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    assert "reference" in text(asked.message)
    assert "look at /portfolio before you repeat it" in text(asked.message)
    assert discord.seen_by(bob, room) == []


async def test_a_channel_where_we_may_not_write_hears_no_more(discord: FakeDiscord, outbox: Outbox) -> None:
    room = discord.room()
    room.denied = {"send"}
    with pytest.raises(Gone):
        await outbox.send(delivery(room), NEWS, None)


# a user-installed app, where the bot is no member


@pytest.mark.parametrize("seconds", [0, 901])
@pytest.mark.parametrize("acquainted", [False, True])
async def test_where_the_bot_is_no_member_a_result_comes_by_the_token_and_then_in_private(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    store: SqlStore,
    desk: Desk,
    clock: TestClock,
    seconds: int,
    acquainted: bool,
) -> None:
    """In private even to who never wrote there, since nothing else is left and they wait for it."""
    ann = discord.acquainted("ann") if acquainted else discord.user("ann")
    friends = discord.group()
    script.answers(Reply(NEWS, subject="order:1", visibility=Visibility.PRIVATE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, friends, "buy"))
        await recorded(discord, store)
        discord.later(seconds)
        clock.added += seconds
        await result(store, desk, chat_id=friends.id, user_id=ann.id, visibility=Visibility.PRIVATE)
        if seconds:
            await discord.until(lambda: [text(m) for m in discord.dm(ann).messages] == [OTHER])
            assert text(asked.message) == SEEN
        else:
            await discord.until(lambda: text(asked.message) == OTHER)
    assert len(friends.messages) == 1


@pytest.mark.parametrize(
    ("permissions", "may"), [(1 << 5, True), (1 << 3, True), (1 << 4, False), (0, False)]
)
async def test_who_manages_the_server_is_what_discord_says_with_the_call(
    discord: FakeDiscord, script: Script, serving: Serving, permissions: int, may: bool
) -> None:
    """Manage Server or Administrator; to manage channels is not enough."""
    ann, room = discord.user("ann"), discord.room()
    ann.permissions = permissions
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "home", place="here"))
    assert await script.asked[0].manages() is may


@pytest.mark.parametrize("owner", [False, True])
async def test_who_manages_the_server_is_known_of_a_line_too(
    discord: FakeDiscord, script: Script, serving: Serving, owner: bool
) -> None:
    ann, room = discord.user("ann"), discord.room()
    assert room.guild is not None
    room.guild.owner = ann if owner else discord.user("bob")
    script.answers(Reply(NEWS))
    async with serving():
        await discord.say(ann, room, "/home here", mention=True)
        await discord.until(lambda: len(room.messages) == 2)
    assert await script.asked[0].manages() is owner


async def test_what_is_chosen_from_a_list_is_a_press(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    items = tuple(
        Item(t("value", value=f"C{n}"), button=Button(t("discord-news"), press=("coin", {}), token=f"t{n}"))
        for n in range(20)
    )
    script.answers(Reply(Message(t("discord-news"), items=items)), Reply(FORM_TITLE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        assert buttons(asked.message) == []
        chosen = await discord.answered(await discord.choose(ann, asked.message, "C17"))
    assert script.asked[-1].what.token == "t17"  # type: ignore[union-attr]  # a Press
    assert text(chosen.message) == OTHER


# limits and outages


async def test_a_busy_channel_gets_every_notice_in_time_and_discord_refuses_none(
    discord: FakeDiscord, outbox: Outbox
) -> None:
    """Five messages in five seconds a channel: the rest wait for their turn."""
    discord.limits.pace = 100
    busy, quiet = discord.room(), discord.room("quiet")
    await asyncio.gather(*(outbox.send(delivery(busy, id=n), NEWS, None) for n in range(12)))
    await outbox.send(delivery(quiet, id=99), NEWS, None)
    assert (len(busy.messages), len(quiet.messages)) == (12, 1)
    assert discord.limits.limited == []


async def test_the_limit_over_all_channels_is_waited_out_and_nothing_is_doubled(
    discord: FakeDiscord, outbox: Outbox
) -> None:
    discord.limits.pace, discord.limits.overall = 20, Rule(10, 1)
    rooms = [discord.room(f"room {n}") for n in range(25)]
    await asyncio.gather(*(outbox.send(delivery(room, id=n), NEWS, None) for n, room in enumerate(rooms)))
    assert [len(room.messages) for room in rooms] == [1] * 25
    assert discord.limits.limited, "so many at once can't all be let in"


async def test_answers_are_not_held_up_by_the_limit_over_all_channels(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """Discord counts interactions apart: notices may be late, answers not."""
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        discord.limits.overall = Rule(0, 3600)
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert discord.limits.limited == []


async def test_a_ban_is_waited_out_and_not_run_against(discord: FakeDiscord, outbox: Outbox) -> None:
    """After 10,000 refusals in 10 minutes Discord's doorman answers by himself, in plain words."""
    discord.limits.refusals = Rule(0, 600)
    with pytest.raises(RetryAfter) as wait:
        await outbox.send(delivery(discord.room()), NEWS, None)
    assert 590 < wait.value.seconds <= 600
    assert len(discord.limits.limited) == 1


@pytest.mark.parametrize("status", [502, 503])
async def test_a_notice_whose_answer_got_lost_is_posted_once(
    discord: FakeDiscord, outbox: Outbox, status: int
) -> None:
    """discord.py asks again by itself after a 502, we after a 503; the nonce makes it one message."""
    room = discord.room()
    discord.lose("POST /channels", status)
    try:
        await outbox.send(delivery(room), NEWS, None)
    except RetryAfter:
        await outbox.send(delivery(room), NEWS, None)
    assert [text(m) for m in room.messages] == [SEEN]


async def test_a_file_that_is_too_large_for_discord_is_left_out_and_the_rest_is_said(
    discord: FakeDiscord, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We look at the size first; should Discord allow less one day, the message goes without it."""
    (tmp_path / "large.png").write_bytes(bytes((10 << 20) + 1))
    picture = Media("image/png", str(tmp_path / "large.png"), "k", t("value", value="A cat"))
    monkeypatch.setattr("bots.discord.render.MAX_FILE", 20 << 20)
    room = discord.room()
    await outbox.send(delivery(room), replace(NEWS, media=picture), None)
    assert (text(room.messages[0]), room.messages[0].files) == (f"{SEEN}\nA cat", {})


async def test_a_first_response_whose_answer_got_lost_is_not_given_again_blindly(
    discord: FakeDiscord, script: Script, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 502, after which discord.py alone would ask again at once."""
    monkeypatch.setattr("bots.discord.wire.OUTAGE", 0.0)
    ann, room = discord.user("ann"), discord.room()
    discord.lose("POST /interactions", 502)
    script.answers(Reply(NEWS))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        await discord.until(lambda: asked.message.edits > 0)
    assert [text(m) for m in room.messages] == [SEEN]
    assert len([r for r in discord.requests if r[1].startswith("/interactions/")]) == 1


async def test_what_was_promised_waits_for_a_discord_that_is_away(
    discord: FakeDiscord, serving: Serving, store: SqlStore, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was promised is dropped: after the outage it is there, once."""
    monkeypatch.setattr("bots.discord.wire.OUTAGE", 0.0)
    room = discord.room()
    async with store.begin() as work:
        await work.chats.ensure(Chat("discord", room.id, "group", "general"))
    discord.fail("POST /channels", 503)
    async with serving():
        async with store.begin() as work:
            await work.deliveries.add([replace(delivery(room), message=encode(NEWS))])
        await desk.bell.ring("deliveries:discord")
        await discord.until(lambda: bool(room.messages))
    assert [text(m) for m in room.messages] == [SEEN]
    assert discord.faults == []


async def test_a_refusal_of_the_core_is_private_and_changes_nothing(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(NEWS, kind=Kind.ERROR))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "home", place="here"))
    assert discord.seen_by(bob, room) == []

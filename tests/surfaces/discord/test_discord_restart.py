"""Kills, late arrivals and broken connections: nothing asked is lost, and it is answered somewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bots.desk import Desk
from bots.discord import surface
from bots.discord.inbound import Asked
from core.commands.incoming import Call, Submit
from core.ports.rows import InboxItem
from core.reply import Button, Form, FormField, Message, Reply, Visibility, t
from core.settings import Settings
from tests.fakes.discord import FakeDiscord, text
from tests.fakes.discord_world import Interaction
from tests.surfaces.discord.parts import SPECS, Script, Serving, TestClock

NEWS = Message(t("discord-news"))
SEEN = "## There is news"
FORM = Form(t("discord-news"), (FormField("sol", t("discord-open-form")),), "buy", token="form-1")
CARD = Message(
    t("discord-news"), buttons=((Button(t("discord-open-form"), press=("buy", {}), token="tok-1"),),)
)


async def accepted(desk: Desk, asked: Interaction, kind: str = "slash") -> None:
    """An earlier process wrote it down, and was killed before it was done."""
    source = asked.source
    item = Asked(
        id=asked.id,
        kind=kind,
        at=desk.clock.now(),
        user_id=asked.user.id,
        user_name=asked.user.name,
        locale="en-US",
        channel_id=asked.channel.id,
        chat_id=asked.channel.id,
        chat_title="general",
        thread_id=None,
        shared=True,
        name="buy" if kind == "slash" else "tok-1",
        token=asked.token,
        application_id="1",
        source=source.id if source else None,
    ).item()
    assert await desk.accept([item])


async def test_what_was_not_answered_is_answered_after_a_restart(
    discord: FakeDiscord, script: Script, serving: Serving, desk: Desk
) -> None:
    ann, room = discord.user("ann"), discord.room()
    asked = await discord.slash(ann, room, "buy")
    await accepted(desk, asked)
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(asked)
    assert text(asked.message) == SEEN
    assert script.asked[0].event_id == asked.id
    assert script.asked[0].what == Call("buy", {})


@pytest.mark.parametrize("hidden", [False, True])
async def test_what_was_left_thinking_is_answered_in_that_place(
    discord: FakeDiscord, script: Script, serving: Serving, desk: Desk, hidden: bool
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    asked = await discord.slash(ann, room, "buy")
    await discord.acknowledge(asked, ephemeral=hidden)
    await accepted(desk, asked)
    script.answers(Reply(NEWS, visibility=Visibility.PRIVATE))
    async with serving():
        await discord.until(lambda: text(asked.message) == SEEN)
    assert [text(m) for m in discord.seen_by(ann, room)] == [SEEN]
    assert discord.seen_by(bob, room) == []


async def test_what_was_answered_just_before_the_kill_is_not_said_twice(
    discord: FakeDiscord, script: Script, serving: Serving, forgetful: pytest.MonkeyPatch
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy"))
    forgetful.undo()
    async with serving():
        await discord.until(lambda: asked.message.edits > 0)
    assert [text(m) for m in room.messages] == [SEEN]


async def test_a_live_message_shown_just_before_the_kill_is_known_at_any_age(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    clock: TestClock,
    forgetful: pytest.MonkeyPatch,
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS, subject="order:1"))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "buy"))
    forgetful.undo()
    discord.later(1000)
    clock.added += 1000
    async with serving():
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert len(script.asked) == 3
    assert len(room.messages) == 2


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Until undone, a kill comes always just before something handled is marked done."""

    async def killed(*_: object) -> None:
        return

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "done", killed)
        yield patch


@pytest.mark.parametrize(
    ("visibility", "in_room", "in_private"),
    [(Visibility.PUBLIC, [SEEN], []), (Visibility.PRIVATE, [], [SEEN]), (Visibility.QUIET, [], [SEEN])],
)
async def test_after_fifteen_minutes_the_bot_answers_as_itself(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    desk: Desk,
    clock: TestClock,
    visibility: Visibility,
    in_room: list[str],
    in_private: list[str],
) -> None:
    ann, room = discord.acquainted("ann"), discord.room()
    asked = await discord.slash(ann, room, "buy")
    await accepted(desk, asked)
    discord.later(1000)
    clock.added += 1000
    script.answers(Reply(NEWS, visibility=visibility))
    async with serving():
        await discord.until(lambda: len(room.messages) + len(discord.dm(ann).messages) == 1)
    assert [text(m) for m in room.messages] == in_room
    assert [text(m) for m in discord.dm(ann).messages] == in_private


async def test_what_another_version_wrote_down_holds_up_nothing(
    discord: FakeDiscord, script: Script, serving: Serving, desk: Desk
) -> None:
    ann, room = discord.user("ann"), discord.room()
    await desk.accept([InboxItem("discord", "1", {"of": "the future"}, 0)])
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "coin"))
    async with desk.store.read() as work:
        assert await work.inbox.pending("discord") == []


async def test_a_press_from_before_the_kill_still_edits_its_message(
    discord: FakeDiscord, script: Script, serving: Serving, desk: Desk, clock: TestClock
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    pressed = await discord.press(ann, asked.message, "Fill in")
    await accepted(desk, pressed, "press")
    discord.later(1000)
    clock.added += 1000
    script.answers(Reply(Message(t("discord-open-form")), edit=True))
    async with serving():
        await discord.until(lambda: room.messages[0].edits > 0)
    assert [text(m) for m in room.messages] == ["## Fill in"]


async def test_too_late_for_discord_is_not_too_late_for_an_answer(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """It took more than 3 s to reach us: the user saw a failure, and gets the answer all the same."""
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        late = discord.make(ann, room, "buy")
        discord.later(5)
        await discord.deliver(late)
        await discord.until(lambda: len(room.messages) == 1)
    assert late.state is None
    assert text(room.messages[0]) == SEEN


async def test_where_no_answer_can_be_given_the_bot_goes_on(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    ann.accepts_dms = room.accessible = False
    script.answers(Reply(NEWS))
    async with serving():
        late = discord.make(ann, room, "buy")
        discord.later(5)
        await discord.deliver(late)
        await discord.until(lambda: ("POST", f"/channels/{discord.dm(ann).id}/messages") in discord.requests)
        await discord.answered(await discord.slash(ann, room, "coin"))


async def test_a_modal_is_taken_after_a_restart(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(Message(t("discord-news"), form=FORM)))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy"))
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(await discord.submit(asked, sol="1"))
    assert script.asked[-1].what == Submit("form-1", {"sol": "1"})


async def test_a_button_is_taken_after_a_restart(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    async with serving():
        pressed = await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert text(pressed.message) == SEEN


async def test_events_missed_while_reconnecting_come_by_resume_and_are_handled_once(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        await discord.gateway.drop()
        asked = await discord.slash(ann, room, "coin")
        await discord.gateway.connected(resumed=1)
        await discord.answered(asked)
        await discord.redeliver(asked)
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert discord.gateway.identified == 1
    assert len(script.asked) == 2
    assert len(room.messages) == 2


async def test_the_gateway_may_ask_to_reconnect(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        await discord.gateway.ask_to_reconnect()
        await discord.gateway.connected(resumed=1)
        await discord.answered(await discord.slash(ann, room, "coin"))


async def test_an_invalid_session_begins_anew(
    discord: FakeDiscord, script: Script, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(*_: object, **__: object) -> None:
        """The library leaves 5 s between two IDENTIFYs."""

    monkeypatch.setattr(surface.Client, "before_identify_hook", at_once)
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(NEWS))
    async with serving():
        await discord.gateway.invalidate(resumable=False)
        await discord.gateway.connected(identified=2)
        await discord.answered(await discord.slash(ann, room, "coin"))


@pytest.mark.parametrize("token", ["wrong", " ", None])
async def test_a_bad_token_is_named_with_what_to_do(
    discord: FakeDiscord, desk: Desk, token: str | None
) -> None:

    settings = Settings(DISCORD_TOKEN=token, DISCORD_API_BASE=discord.api)  # type: ignore[call-arg]  # aliases as keywords; pydantic validates them
    with pytest.raises(surface.TokenRefused, match="Developer Portal") as refused:
        await surface.serve(desk, settings, stop=asyncio.Event(), specs=SPECS)
    assert "wrong" not in str(refused.value)


@pytest.mark.parametrize("fault", ["fail", "lose"])
@pytest.mark.parametrize("edit", [None, True, False])
async def test_a_response_that_fails_is_given_again_and_seen_once(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    monkeypatch: pytest.MonkeyPatch,
    edit: bool | None,
    fault: str,
) -> None:
    """Whether Discord never had it, or had it and its answer got lost. edit None: the first response to a
    command, else to a press."""
    monkeypatch.setattr("bots.discord.wire.OUTAGE", 0.0)
    ann, room = discord.user("ann"), discord.room()

    def break_next() -> None:
        if fault == "fail":
            discord.fail("POST /interactions", 503)
        else:
            discord.lose("POST /interactions")

    script.answers(Reply(CARD))
    async with serving():
        if edit is None:
            break_next()
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        if edit is not None:
            script.answers(Reply(Message(t("discord-open-form")), edit=edit))
            break_next()
            await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    expected = {None: [SEEN], True: ["## Fill in"], False: [SEEN, "## Fill in"]}[edit]
    assert [text(m) for m in room.messages] == expected
    assert discord.faults == discord.losses == []


async def test_it_waits_for_a_discord_that_is_away_at_the_start(
    discord: FakeDiscord, script: Script, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surface, "LOGIN_WAITS", (0.0,))
    ann, room = discord.user("ann"), discord.room()
    discord.fail("GET /users/@me", 503)
    discord.fail("GET /users/@me", 503)
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "coin"))


async def test_it_stops_while_discord_is_away(desk: Desk) -> None:
    tried, stop = asyncio.Event(), asyncio.Event()

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tried.set()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        settings = Settings(DISCORD_TOKEN="x", DISCORD_API_BASE=f"http://{host}:{port}")  # type: ignore[call-arg, arg-type]  # aliases as keywords; pydantic validates them
        task = asyncio.create_task(surface.serve(desk, settings, stop=stop, specs=SPECS))
        await asyncio.wait_for(tried.wait(), 10)
        stop.set()
        await asyncio.wait_for(task, 5)


async def test_commands_that_discord_refuses_stop_nothing_else(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    discord.fail("PUT /applications", 400, 50035)
    script.answers(Reply(NEWS))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "coin"))
    assert discord.overwrites == 0

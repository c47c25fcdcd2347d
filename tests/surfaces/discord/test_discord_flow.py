"""People use the bot: slash commands, buttons, pictures, through the wire."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core.commands.incoming import Call, Caller, Invocation, Press
from core.ports.store import StoreAway
from core.reply import Button, Kind, Media, Message, Reply, Visibility, t
from tests.fakes.discord import TOKEN, FakeDiscord, button, text
from tests.surfaces.discord.parts import Script, Serving, Slow

NEWS, OTHER = "## There is news", "## Fill in"
PLAIN = Message(t("discord-news"))
CARD = Message(
    t("discord-news"), buttons=((Button(t("discord-open-form"), press=("buy", {}), token="tok-1"),),)
)


async def test_a_command_is_answered_and_a_press_edits_its_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD, subject="order:1"), Reply(Message(t("discord-open-form")), subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "buy", coin="SPACE", sol="0.1"))
        assert text(asked.message) == NEWS
        pressed = await discord.answered(await discord.press(ann, asked.message, "Fill in"))

    assert pressed.state == "updated"
    assert [text(m) for m in room.messages] == [OTHER]
    assert script.asked[0].what == Call("buy", {"coin": "SPACE", "sol": "0.1"})
    assert script.asked[1].what == Press("tok-1")
    assert script.asked[1].caller == Caller("discord", ann.id, "ann", room.id, "general", None, "en-US")


async def test_a_press_with_another_subject_gets_a_message_of_its_own(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD, subject="coin:1"), Reply(Message(t("discord-open-form")), subject="order:1"))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert [text(m) for m in room.messages] == [NEWS, OTHER]


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.QUIET])
async def test_what_is_private_is_seen_by_the_caller_alone(
    discord: FakeDiscord, script: Script, serving: Serving, visibility: Visibility
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(PLAIN, visibility=visibility))
    async with serving():
        await discord.answered(await discord.slash(ann, room, "wallet"))
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]
    assert discord.seen_by(bob, room) == []


async def test_a_private_reply_never_takes_the_place_of_a_public_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    secret = Reply(Message(t("discord-open-form")), visibility=Visibility.PRIVATE, edit=True)
    script.answers(Reply(CARD), secret)
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert [text(m) for m in discord.seen_by(bob, room)] == [NEWS]
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS, OTHER]


async def test_an_error_is_told_to_the_caller_alone_and_leaves_the_pressed_message(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    script.answers(Reply(CARD), Reply(Message(t("discord-open-form")), kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press(bob, asked.message, "Fill in"))
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]
    assert [text(m) for m in discord.seen_by(bob, room)] == [NEWS, OTHER]


@pytest.mark.usefixtures("impatient")
async def test_a_slow_answer_is_deferred_and_takes_that_place(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    slow = script.act = Slow(Reply(PLAIN))
    async with serving():
        asked = await discord.slash(ann, room, "coin", coin="SPACE")
        await discord.until(lambda: asked.state == "deferred")
        assert asked.message.loading
        slow.go.set()
        await discord.answered(asked)
    assert [text(m) for m in room.messages] == [NEWS]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("command", "visibility", "bob_sees"),
    [
        ("coin", Visibility.PRIVATE, []),  # "thinking" was public, the reply is not
        ("wallet", Visibility.PUBLIC, [NEWS]),  # and the other way round
        ("wallet", Visibility.PRIVATE, []),
    ],
)
async def test_a_deferred_answer_is_seen_by_whom_it_is_for(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    command: str,
    visibility: Visibility,
    bob_sees: list[str],
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    slow = script.act = Slow(Reply(PLAIN, visibility=visibility))
    async with serving():
        asked = await discord.slash(ann, room, command)
        await discord.until(lambda: asked.state == "deferred")
        assert asked.message.ephemeral is (command == "wallet")
        slow.go.set()
        await discord.until(lambda: text(asked.message) == NEWS)
    assert [text(m) for m in discord.seen_by(bob, room)] == bob_sees
    assert [text(m) for m in discord.seen_by(ann, room)] == [NEWS]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("edit", [True, False])
async def test_a_slow_press_edits_or_follows_up(
    discord: FakeDiscord, script: Script, serving: Serving, edit: bool
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        slow = script.act = Slow(Reply(Message(t("discord-open-form")), edit=edit))
        pressed = await discord.press(ann, asked.message, "Fill in")
        await discord.until(lambda: pressed.state == "deferred_update")
        slow.go.set()
        await discord.answered(pressed)
    assert [text(m) for m in room.messages] == ([OTHER] if edit else [NEWS, OTHER])


async def test_in_the_bots_own_chat_nothing_is_hidden(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann = discord.user("ann", locale="de")
    script.answers(Reply(PLAIN, visibility=Visibility.PRIVATE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, discord.dm(ann), "wallet"))
    assert not asked.message.ephemeral
    assert script.asked[0].caller == Caller("discord", ann.id, "ann", locale="de")


async def test_a_thread_is_a_place_in_its_channel(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    thread = discord.thread(room)
    script.answers(Reply(PLAIN))
    async with serving():
        await discord.answered(await discord.slash(ann, thread, "coin", coin="SPACE"))
    assert script.asked[0].caller.chat_id == room.id
    assert script.asked[0].caller.thread_id == thread.id


async def test_where_the_bot_is_no_member_private_things_stay_private(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    """As a user-installed app it answers in any group, and is a stranger there."""
    ann, friends = discord.user("ann"), discord.group()
    script.answers(Reply(PLAIN, visibility=Visibility.PRIVATE))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, friends, "wallet"))
    assert asked.message.ephemeral
    assert script.asked[0].caller.chat_id == friends.id


async def test_while_the_database_is_away_the_caller_is_told(
    discord: FakeDiscord, script: Script, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreAway("gone fishing")

    ann, room = discord.user("ann"), discord.room()
    async with serving():
        monkeypatch.setattr("bots.desk.Desk.accept", away)
        asked = await discord.answered(await discord.slash(ann, room, "wallet"))
    assert "Nothing was lost" in text(asked.message)
    assert asked.message.ephemeral
    assert script.asked == []


async def test_an_old_button_of_another_version_is_answered_too(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(CARD), Reply(PLAIN, kind=Kind.ERROR))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin", coin="SPACE"))
        await discord.answered(await discord.press_id(ann, asked.message, "some:other:scheme"))
    assert script.asked[-1].what == Press("some:other:scheme")


@pytest.fixture
def picture(tmp_path: Path) -> Media:
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    return Media("image/png", "a.png", "a1", t("discord-news"))


async def test_a_picture_is_shown_and_changed_in_place(
    discord: FakeDiscord, script: Script, serving: Serving, picture: Media, tmp_path: Path
) -> None:
    ann, room = discord.user("ann"), discord.room()
    Image.new("RGB", (3, 3)).save(tmp_path / "b.png")
    after = replace(CARD, media=replace(picture, path="b.png", key="b2"))
    script.answers(Reply(replace(CARD, media=picture)), Reply(after, edit=True), Reply(CARD, edit=True))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
        assert asked.message.files == {"pa1.png": (tmp_path / "a.png").read_bytes()}
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
        assert asked.message.files == {"pb2.png": (tmp_path / "b.png").read_bytes()}
        await discord.answered(await discord.press(ann, asked.message, "Fill in"))
    assert asked.message.files == {}


async def test_a_picture_that_discord_refuses_is_said_in_words(
    discord: FakeDiscord, script: Script, serving: Serving, picture: Media
) -> None:
    ann, room = discord.user("ann"), discord.room()
    discord.fail("POST /interactions", 400, 50035)
    script.answers(Reply(replace(CARD, media=picture)))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    assert text(asked.message) == f"{NEWS}\nThere is news"
    assert button(asked.message, "Fill in")


async def test_one_slow_person_delays_nobody_else(
    discord: FakeDiscord, script: Script, serving: Serving
) -> None:
    ann, bob, room = discord.user("ann"), discord.user("bob"), discord.room()
    slow = Slow(Reply(PLAIN))

    async def act(invocation: Invocation) -> Reply:
        return await slow(invocation) if invocation.caller.user_id == ann.id else Reply(PLAIN)

    script.act = act
    async with serving():
        first = await discord.slash(ann, room, "coin")
        await discord.answered(await discord.slash(bob, room, "coin"))
        assert first.state is None
        slow.go.set()
        await discord.answered(first)


async def test_tokens_are_not_logged(
    discord: FakeDiscord,
    script: Script,
    serving: Serving,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the bot's nor an interaction's, which lets anybody speak as the bot for 15 minutes."""
    caplog.set_level("DEBUG", "discord")
    ann, room = discord.user("ann"), discord.room()
    script.answers(Reply(PLAIN))
    async with serving():
        asked = await discord.answered(await discord.slash(ann, room, "coin"))
    out, err = capsys.readouterr()
    for secret in (TOKEN, asked.token):
        assert secret not in caplog.text + out + err
    assert asked.token not in repr(script.asked)
